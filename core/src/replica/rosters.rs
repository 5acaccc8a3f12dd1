//! Pinning countries, and taking and keeping their rosters.

use std::collections::BTreeMap;

use super::Replica;
use super::rows::{
    self, PAGE, country_of, damaged, decode_checkpoint, decode_entry, decode_heard, encode_entry, end_of,
    entry_key, section_key, view_key,
};
use crate::error::Error;
use crate::ids::Country;
use crate::keys::authority::WitnessPublicKey;
use crate::roster::event::{Content, SignedEvent};
use crate::roster::restore::Kept;
use crate::roster::{EquivocationProof, Policy, Roster, RosterPolicy, Rosters, TrustAnchor};
use crate::sync::Writing;
use crate::vault::edit::{Edit, View};
use crate::vault::handle::Vault;
use crate::vault::store::Table;

/// Of the other countries, a majority and at least so many must have cosigned, unless the operator
/// says otherwise.
const THRESHOLD: usize = 2;
/// As many as a checkpoint has lines for, beside those of its log.
const MAX_WITNESSES: usize = 6;

/// What a pin takes the place of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replaces {
    Nothing,
    /// Roster, policy and freeze, also where the ceremony has confirmed the same anchor.
    Everything,
}

impl Replica {
    /// Pins the anchor that people have compared, with the genesis that it is the hash of.
    pub(crate) fn pin(&self, genesis: &SignedEvent, anchor: &TrustAnchor) -> Result<(), Error> {
        self.pin_with(genesis, anchor, Replaces::Nothing)
    }

    /// Pins an anchor in the place of another, and forgets everything of that one.
    pub(crate) fn repin(&self, genesis: &SignedEvent, anchor: &TrustAnchor) -> Result<(), Error> {
        self.pin_with(genesis, anchor, Replaces::Everything)
    }

    fn pin_with(&self, genesis: &SignedEvent, anchor: &TrustAnchor, replaces: Replaces) -> Result<(), Error> {
        let country = anchor.country();
        if genesis.event().anchor() != Some(*anchor) {
            return Err(Error::NotTheAnchor(country));
        }
        Roster::check_genesis(anchor, genesis)?;
        let mut rosters = self.rosters_mut()?;
        if replaces == Replaces::Nothing && rosters.pinned().any(|held| held == anchor) {
            return Ok(());
        }
        let mut next = rosters.clone();
        match replaces {
            Replaces::Nothing => next.pin(*anchor)?,
            Replaces::Everything => next.repin(*anchor),
        }
        let bytes = genesis.encode();
        self.write(|edit| {
            if replaces == Replaces::Everything {
                let all = [Table::RosterEntry, Table::Checkpoint, Table::Freeze, Table::Policy];
                forget(edit, country, &all)?;
            }
            Ok(edit.put(Table::Pin, country.as_str().as_bytes(), &bytes)?)
        })?;
        // What was heard under this anchor before stays heard.
        self.read(|view| note_kept(view, &mut next))?;
        self.renew_policies(&mut next)?;
        self.note_quorum_time(&next);
        *rosters = next;
        Ok(())
    }

    /// Says whose cosignatures the log of a pinned country needs. Unless it is set, a majority of the other
    /// pinned countries', of at most six and of two at least.
    pub(crate) fn set_policy(&self, country: Country, policy: Policy) -> Result<(), Error> {
        let mut rosters = self.rosters_mut()?;
        if rosters.pinned().all(|anchor| anchor.country() != country) {
            return Err(Error::NotPinned(country));
        }
        self.write(|edit| {
            Ok(edit.put(Table::Policy, country.as_str().as_bytes(), policy.text().as_bytes())?)
        })?;
        Ok(rosters.set_policy(country, policy)?)
    }

    /// Takes a proof that a log has shown two rosters.
    pub(crate) fn accuse(&self, proof: EquivocationProof) -> Result<(), Error> {
        self.freeze(&mut *self.rosters_mut()?, proof)
    }

    pub(super) fn freeze(&self, rosters: &mut Rosters, proof: EquivocationProof) -> Result<(), Error> {
        let (country, bytes) = (proof.anchor().country(), proof.encode());
        rosters.accuse(proof)?;
        self.write(|edit| Ok(edit.put(Table::Freeze, country.as_str().as_bytes(), &bytes)?))
    }

    /// Drops the bytes of epochs that had ended at the time of each view, in the vault and in memory. While
    /// they are looked for, nobody waits.
    pub(crate) fn forget_epochs(&self) -> Result<(), Error> {
        self.check_process()?;
        // No import writes what is read here.
        let _importing = self.importing();
        let rosters = self.rosters().clone();
        for roster in rosters.iter() {
            let (country, until) = (roster.country(), entry_key(roster.country(), roster.size()));
            let mut from = entry_key(country, 0);
            loop {
                let rows = self.read(|view| Ok(view.range(Table::RosterEntry, &from, &until, PAGE)?))?;
                let Some((last, _)) = rows.last() else { break };
                from.clone_from(last);
                from.push(0);
                let mut ended = Vec::new();
                for (key, row) in rows {
                    if let Some(leaf) = decode_entry(&row)?.leaf_if_ended(roster.as_of())? {
                        ended.push((key, encode_entry(&leaf)));
                    }
                }
                if !ended.is_empty() {
                    self.write(|edit| {
                        ended.iter().try_for_each(|(key, row)| Ok(edit.put(Table::RosterEntry, key, row)?))
                    })?;
                }
            }
            if let Some(forgotten) = rosters.forgetting_epochs(country) {
                let mut rosters = self.rosters_mut()?;
                // Pinned anew or frozen meanwhile, it is left as it is.
                if rosters.is_current(&forgotten) {
                    rosters.commit(&forgotten)?;
                }
            }
        }
        Ok(())
    }

    /// With changed rosters another view may examine proposals: see [`Rosters::examine`].
    pub(crate) fn rosters_mut(&self) -> Result<Writing<'_, Rosters>, Error> {
        self.check_process()?;
        Ok(self.rosters.write())
    }

    #[cfg(test)]
    pub(crate) fn try_rosters_mut(&self) -> Option<std::sync::RwLockWriteGuard<'_, Rosters>> {
        self.rosters.try_write()
    }

    pub(super) fn renew_policies(&self, rosters: &mut Rosters) -> Result<(), Error> {
        let (pins, set) = self.read(|view| Ok((pins(view)?, policies(view)?)))?;
        apply_policies(rosters, &pins, &set)
    }
}

/// Everything that was kept of rosters, as it was taken.
pub(super) fn load(vault: &Vault) -> Result<Rosters, Error> {
    super::undoing(|undo| vault.read(|view| undo.keep(load_from(view))))
}

fn load_from(view: &View<'_>) -> Result<Rosters, Error> {
    let mut rosters = Rosters::new(RosterPolicy::default());
    let pins = pins(view)?;
    for (country, genesis) in &pins {
        rosters.pin(genesis.event().anchor().ok_or(Error::NotTheAnchor(*country))?)?;
        match rosters.restore(*country, kept(view, *country)?) {
            // The vault must open: its rosters can be had again from everybody.
            Ok(()) | Err(Error::Roster(_)) => {}
            Err(error) => return Err(error),
        }
    }
    note_kept(view, &mut rosters)?;
    apply_policies(&mut rosters, &pins, &policies(view)?)?;
    Ok(rosters)
}

/// `[RPL-05]`: what was heard, and each proof of a fork, was verified then. Rows of an anchor that is not pinned
/// wait for it.
fn note_kept(view: &View<'_>, rosters: &mut Rosters) -> Result<(), Error> {
    rows::each(view, Table::Freeze, Vec::new(), &[], |(_, row)| {
        rosters.restore_freeze(EquivocationProof::decode(&row)?);
        Ok(())
    })?;
    rows::each(view, Table::Heard, Vec::new(), &[], |(_, row)| {
        let (event, at) = decode_heard(&row)?;
        rosters.note_heard(&event, at);
        Ok(())
    })
}

type Pins = BTreeMap<Country, SignedEvent>;

fn pins(view: &View<'_>) -> Result<Pins, Error> {
    let mut pins = Pins::new();
    rows::each(view, Table::Pin, Vec::new(), &[], |(key, row)| {
        let country = country_of(&key).ok_or_else(|| damaged(Table::Pin))?;
        pins.insert(country, SignedEvent::decode(&row)?);
        Ok(())
    })?;
    Ok(pins)
}

fn policies(view: &View<'_>) -> Result<BTreeMap<Country, Policy>, Error> {
    let mut policies = BTreeMap::new();
    rows::each(view, Table::Policy, Vec::new(), &[], |(key, row)| {
        let country = country_of(&key).ok_or_else(|| damaged(Table::Policy))?;
        let text = std::str::from_utf8(&row).map_err(|_| damaged(Table::Policy))?;
        policies.insert(country, Policy::parse(text)?);
        Ok(())
    })?;
    Ok(policies)
}

/// `[BND-08]`: what the operator has set; else a majority of the witnesses that the other countries name
/// now, by their rosters, or by their geneses where no roster is held.
fn apply_policies(rosters: &mut Rosters, pins: &Pins, set: &BTreeMap<Country, Policy>) -> Result<(), Error> {
    let witnesses: Vec<(TrustAnchor, WitnessPublicKey)> =
        pins.values().filter_map(|genesis| witness(rosters, genesis)).collect();
    for country in pins.keys() {
        let policy = match set.get(country) {
            Some(policy) => policy.clone(),
            None => {
                let mut others: Vec<(TrustAnchor, WitnessPublicKey)> = Vec::new();
                for (anchor, key) in witnesses.iter().filter(|(anchor, _)| anchor.country() != *country) {
                    // One key under two names would count twice: the second is passed over.
                    let known = |(_, other): &(TrustAnchor, WitnessPublicKey)| other.shares_with(key);
                    if !others.iter().any(known) && others.len() < MAX_WITNESSES {
                        others.push((*anchor, key.clone()));
                    }
                }
                let threshold = THRESHOLD.max(others.len() / 2 + 1);
                if others.len() < THRESHOLD {
                    continue;
                }
                Policy::new(&others, threshold)?
            }
        };
        rosters.set_policy(*country, policy)?;
    }
    Ok(())
}

fn witness(rosters: &Rosters, genesis: &SignedEvent) -> Option<(TrustAnchor, WitnessPublicKey)> {
    let anchor = genesis.event().anchor()?;
    let Content::Genesis(first) = genesis.event().content() else { return None };
    let roster = rosters.roster(anchor.country());
    let key = roster.map_or_else(|| first.keys().witness(), |roster| roster.authority().keys().witness());
    Some((anchor, key.clone()))
}

/// The rows of a country's roster, in the order in which they were taken. What lies beyond the view is left
/// of an import that did not end (`[RPL-01]`).
fn kept(view: &View<'_>, country: Country) -> Result<Vec<Result<Kept, Error>>, Error> {
    let mut kept = Vec::new();
    let Some(row) = view.get(Table::Checkpoint, &view_key(country))? else { return Ok(kept) };
    let (newest, as_of) = decode_checkpoint(&row)?;
    let size = newest.checkpoint().size();
    let mut sections = Vec::new();
    let until = section_key(country, size.saturating_add(1));
    rows::each(view, Table::Checkpoint, section_key(country, 0), &until, |(_, row)| {
        let (checkpoint, at) = decode_checkpoint(&row)?;
        sections.push((checkpoint.checkpoint().size(), at));
        Ok(())
    })?;
    let mut entries = Vec::new();
    let until = entry_key(country, size);
    rows::each(view, Table::RosterEntry, entry_key(country, 0), &until, |(_, row)| {
        entries.push(decode_entry(&row)?);
        Ok(())
    })?;
    let mut entries = entries.into_iter();
    let mut next = 0;
    for (size, at) in sections {
        kept.push(Ok(Kept::Section(at)));
        while next < size {
            // [RPL-04] Where one is missing, the root is another.
            let Some(entry) = entries.next() else { break };
            kept.push(Ok(Kept::Entry(entry)));
            next += 1;
        }
    }
    kept.push(Ok(Kept::View(newest, as_of)));
    Ok(kept)
}

/// Everything of a country that is in these tables.
fn forget(edit: &mut Edit<'_>, country: Country, tables: &[Table]) -> Result<(), Error> {
    for table in tables.iter().copied() {
        let mut keys = Vec::new();
        rows::each(
            &edit.view(),
            table,
            country.as_str().as_bytes().to_vec(),
            &end_of(country),
            |(key, _)| {
                keys.push(key);
                Ok(())
            },
        )?;
        keys.iter().try_for_each(|key| edit.delete(table, key))?;
    }
    Ok(())
}
