//! Pinning countries, and taking and keeping their rosters.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{PoisonError, RwLockWriteGuard};

use super::Replica;
use super::rows::{
    self, country_of, damaged, decode_checkpoint, decode_entry, decode_heard, encode_checkpoint,
    encode_entry, encode_heard, end_of, entry_key, heard_key, section_key, view_key,
};
use crate::error::Error;
use crate::ids::Country;
use crate::keys::authority::WitnessPublicKey;
use crate::roster::event::{Content, SignedEvent};
use crate::roster::import::{Keep, Staged};
use crate::roster::restore::Kept;
use crate::roster::{
    BundleReader, EquivocationProof, Imported, Observed, Policy, Roster, RosterError, RosterPolicy, Rosters,
    TrustAnchor,
};
use crate::time::{Times, Timestamp};
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

    /// Takes a bundle: verified, durable, and then counted. A fork is kept with its proof; of a
    /// frozen country only revocations are heard.
    pub(crate) fn import(&self, bundle: BundleReader<impl Read>) -> Result<Imported, Error> {
        let country = bundle.anchor().country();
        let times = self.times();
        let rosters = self.rosters().clone();
        if rosters.pinned().all(|anchor| anchor.country() != country) {
            return Err(Error::NotPinned(country));
        }
        if rosters.is_frozen(country) {
            self.keep_heard(&rosters.hear_from(bundle, times.now), times.now)?;
            return Err(RosterError::Frozen(country).into());
        }
        let mut rosters = self.rosters_mut()?;
        match self.stage(&mut rosters, bundle, times) {
            Ok(imported) => {
                self.note_quorum_time(&rosters);
                if times.jumped() && !self.times().jumped() {
                    // [ROT-43] What the quorum has confirmed of the clock, the floor remembers.
                    self.write(|_| Ok(()))?;
                }
                if imported.new > 0 {
                    self.renew_policies(&mut rosters)?;
                }
                Ok(imported)
            }
            Err(Error::Roster(RosterError::Fork(proof))) => {
                self.freeze(&mut rosters, (*proof).clone())?;
                Err(RosterError::Fork(proof).into())
            }
            Err(error) => Err(error),
        }
    }

    fn stage(
        &self,
        rosters: &mut Rosters,
        bundle: BundleReader<impl Read>,
        times: Times,
    ) -> Result<Imported, Error> {
        let country = bundle.anchor().country();
        let mut once = Some(bundle);
        let mut staged: Option<Staged> = None;
        self.write(|edit| {
            let again = Error::State("the store asked for the import twice: import the bundle again");
            let bundle = once.take().ok_or(again)?;
            if rosters.roster(country).is_none() {
                // What could not be restored is taken anew from the first event on.
                forget(edit, country, &[Table::RosterEntry, Table::Checkpoint])?;
            }
            staged = Some(rosters.stage(bundle, times, |row| keep(edit, country, row))?);
            Ok(())
        })?;
        let staged = staged.ok_or(RosterError::NoRoster(country))?;
        Ok(rosters.commit(staged)?)
    }

    /// Takes a proof that a log has shown two rosters.
    pub(crate) fn accuse(&self, proof: EquivocationProof) -> Result<(), Error> {
        self.freeze(&mut *self.rosters_mut()?, proof)
    }

    fn freeze(&self, rosters: &mut Rosters, proof: EquivocationProof) -> Result<(), Error> {
        let (country, bytes) = (proof.anchor().country(), proof.encode());
        rosters.accuse(proof)?;
        self.write(|edit| Ok(edit.put(Table::Freeze, country.as_str().as_bytes(), &bytes)?))
    }

    /// Takes a revocation outside the log.
    pub(crate) fn hear(&self, event: &SignedEvent) -> Result<(), Error> {
        self.check_process()?;
        let (country, at) = (event.event().subject().country(), self.times().now);
        let rosters = self.rosters().clone();
        rosters.judge_heard(country, &Observed { event: event.clone(), at })?;
        self.keep_heard(std::slice::from_ref(event), at)
    }

    /// Durable, and then counted.
    fn keep_heard(&self, verified: &[SignedEvent], at: Timestamp) -> Result<(), Error> {
        self.write(|edit| verified.iter().try_for_each(|event| put_heard(edit, event, at)))?;
        let mut rosters = self.rosters_mut()?;
        for event in verified {
            rosters.note_heard(event, at);
        }
        Ok(())
    }

    /// Drops the bytes of epochs that had ended at the time of each view, in the vault and in memory.
    pub(crate) fn forget_epochs(&self) -> Result<(), Error> {
        let mut rosters = self.rosters_mut()?;
        let ends: Vec<_> = rosters.iter().map(|roster| (roster.country(), roster.as_of())).collect();
        for (country, as_of) in ends {
            let mut ended = Vec::new();
            self.read(|view| {
                rows::each(view, Table::RosterEntry, entry_key(country, 0), &end_of(country), |(key, row)| {
                    if let Some(leaf) = decode_entry(&row)?.leaf_if_ended(as_of)? {
                        ended.push((key, encode_entry(&leaf)));
                    }
                    Ok(())
                })
            })?;
            if !ended.is_empty() {
                self.write(|edit| {
                    ended.iter().try_for_each(|(key, row)| Ok(edit.put(Table::RosterEntry, key, row)?))
                })?;
            }
        }
        rosters.forget_epochs();
        Ok(())
    }

    /// With changed rosters another view may examine proposals: see [`Rosters::examine`].
    pub(crate) fn rosters_mut(&self) -> Result<RwLockWriteGuard<'_, Rosters>, Error> {
        self.check_process()?;
        Ok(self.rosters.write().unwrap_or_else(PoisonError::into_inner))
    }

    #[cfg(test)]
    pub(crate) fn try_rosters_mut(&self) -> Option<RwLockWriteGuard<'_, Rosters>> {
        self.rosters.try_write().ok()
    }

    fn renew_policies(&self, rosters: &mut Rosters) -> Result<(), Error> {
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
    rows::each(view, Table::Freeze, Vec::new(), &[], |(_, row)| {
        Ok(rosters.restore_freeze(EquivocationProof::decode(&row)?)?)
    })?;
    apply_policies(&mut rosters, &pins, &policies(view)?)?;
    Ok(rosters)
}

/// `[RPL-05]`: what was heard was verified then. Rows of an anchor that is not pinned wait for it.
fn note_kept(view: &View<'_>, rosters: &mut Rosters) -> Result<(), Error> {
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

/// The rows of a country's roster, in the order in which they were taken.
fn kept(view: &View<'_>, country: Country) -> Result<Vec<Result<Kept, Error>>, Error> {
    let mut sections = Vec::new();
    rows::each(view, Table::Checkpoint, section_key(country, 0), &view_key(country), |(_, row)| {
        let (checkpoint, at) = decode_checkpoint(&row)?;
        sections.push((checkpoint.checkpoint().size(), at));
        Ok(())
    })?;
    let mut entries = Vec::new();
    rows::each(view, Table::RosterEntry, entry_key(country, 0), &end_of(country), |(_, row)| {
        entries.push(decode_entry(&row)?);
        Ok(())
    })?;
    let mut kept = Vec::new();
    let mut entries = entries.into_iter();
    let mut next = 0;
    for (size, at) in sections {
        kept.push(Ok(Kept::Section(at)));
        while next < size {
            let entry = entries.next().ok_or_else(|| damaged(Table::RosterEntry))?;
            kept.push(Ok(Kept::Entry(entry)));
            next += 1;
        }
    }
    if let Some(row) = view.get(Table::Checkpoint, &view_key(country))? {
        let (checkpoint, as_of) = decode_checkpoint(&row)?;
        kept.push(Ok(Kept::View(checkpoint, as_of)));
    }
    Ok(kept)
}

/// One row of a bundle.
fn keep(edit: &mut Edit<'_>, country: Country, row: Keep<'_>) -> Result<(), Error> {
    let (table, key, value) = match row {
        Keep::Entry(place, entry) => (Table::RosterEntry, entry_key(country, place), encode_entry(entry)),
        Keep::Section(checkpoint, at) => {
            let key = section_key(country, checkpoint.checkpoint().size());
            (Table::Checkpoint, key, encode_checkpoint(checkpoint, at))
        }
        Keep::View(checkpoint, as_of) => {
            (Table::Checkpoint, view_key(country), encode_checkpoint(checkpoint, as_of))
        }
    };
    Ok(edit.put(table, &key, &value)?)
}

/// One row for each revoked key, who revoked it, and why: signatures are hedged, and never end. It holds
/// the earliest times, so that it says what all that were heard say together (`[ROS-40]`).
fn put_heard(edit: &mut Edit<'_>, event: &SignedEvent, at: Timestamp) -> Result<(), Error> {
    let Content::Revoke(revoke) = event.event().content() else { return Ok(()) };
    let key = heard_key(event.event(), revoke);
    let (mut earliest, mut first) = (event.clone(), at);
    if let Some(row) = edit.get(Table::Heard, &key)? {
        let (known, seen) = decode_heard(&row)?;
        let stated = |event: &SignedEvent| match event.event().content() {
            Content::Revoke(revoke) => revoke.effective(),
            _ => None,
        };
        if stated(&known) <= stated(event) {
            earliest = known;
        }
        first = seen.min(at);
    }
    Ok(edit.put(Table::Heard, &key, &encode_heard(&earliest, first))?)
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
