//! Whom one may seal to, and whose signature holds (SPEC §4.12, `[ROS-51]`…`[ROS-58]`).

use std::collections::BTreeSet;
use std::marker::PhantomData;

use super::Roster;
use super::agency::Agency;
use super::anchor::TrustAnchor;
use super::rosters::Rosters;
use crate::ids::{AgencyId, Country, KeyId};
use crate::keys::directory::{Addressed, Directory, DirectoryError, Head, Recipient, VerifiedSender, sealed};
use crate::keys::identity::Identity;
use crate::time::Timestamp;

const MAX_RECIPIENTS: usize = 1024;

impl Rosters {
    /// Resolves one envelope's sender and recipients at `now`.
    ///
    /// The sender signs with its current identity; each recipient is sealed to under its highest
    /// epoch that may be sealed to now and is not revoked, nor is the identity that announced it.
    ///
    /// # Errors
    /// [`DirectoryError`]: nothing is resolved unless everything is.
    pub fn address(
        &self,
        sender: &Identity,
        to: &[AgencyId],
        now: Timestamp,
    ) -> Result<Addressed<'_>, DirectoryError> {
        self.check_sender(sender, now)?;
        if !(1..=MAX_RECIPIENTS).contains(&to.len()) {
            return Err(DirectoryError::RecipientCount);
        }
        let mut named = BTreeSet::new();
        if let Some(twice) = to.iter().find(|agency| !named.insert(*agency)) {
            return Err(DirectoryError::NamedTwice(twice.clone()));
        }
        let recipients = to.iter().map(|agency| self.recipient(agency, now)).collect::<Result<_, _>>()?;
        Ok(Addressed {
            rosters: PhantomData,
            sender: sender.agency().clone(),
            sender_key: *sender.id(),
            recipients,
            heads: self.iter().map(Roster::head).collect(),
            at: now,
        })
    }

    /// `[ROS-53]`: only the current identity signs for an agency.
    fn check_sender(&self, sender: &Identity, now: Timestamp) -> Result<(), DirectoryError> {
        let (roster, agency) = self.agency(sender.agency(), now)?;
        if roster.end_of_identity(agency, sender.id()).is_some() {
            return Err(DirectoryError::Revoked(sender.agency().clone()));
        }
        match roster.current_at(agency, now) {
            Ok(current) if **current == *sender.public() => Ok(()),
            _ => Err(DirectoryError::UnknownKey(sender.agency().clone())),
        }
    }

    /// `[ROS-54]`.
    pub(crate) fn recipient(&self, id: &AgencyId, now: Timestamp) -> Result<Recipient, DirectoryError> {
        let (roster, agency) = self.agency(id, now)?;
        // Numbers ascend: the first from the end is the highest.
        let epoch = agency.epochs.iter().rev().flatten().find(|epoch| {
            epoch.key.window().seals_at(now)
                && roster.end_of_epoch(agency, epoch).is_none()
                // [ROS-37]
                && agency
                    .identity(&epoch.announced_by)
                    .is_some_and(|identity| roster.is_in_effect(identity, now))
        });
        let epoch = epoch.ok_or_else(|| DirectoryError::NoEpoch(id.clone()))?;
        Ok(Recipient::from_roster(epoch.key.clone()))
    }

    /// `[ROS-51]`, `[ROS-56]`: a roster that is neither too old nor from the future.
    pub(crate) fn fresh(&self, country: Country, now: Timestamp) -> Result<&Roster, DirectoryError> {
        let roster = self.roster(country).ok_or(DirectoryError::NoRoster(country))?;
        let age = now.since(roster.as_of());
        if age > self.policy.max_age {
            return Err(DirectoryError::Stale { country, age });
        }
        if self.policy.is_from_future(roster.as_of(), now) {
            return Err(DirectoryError::FromFuture { country, ahead: roster.as_of().since(now) });
        }
        Ok(roster)
    }

    /// `[ROS-52]`: an agency of a fresh roster.
    fn agency(&self, id: &AgencyId, now: Timestamp) -> Result<(&Roster, &Agency), DirectoryError> {
        let roster = self.fresh(id.country(), now)?;
        let agency = roster.state.agencies.get(id);
        let agency = agency.ok_or_else(|| DirectoryError::NotEnrolled(id.clone()))?;
        if agency.withdrawn.is_some() {
            return Err(DirectoryError::Withdrawn(id.clone()));
        }
        Ok((roster, agency))
    }
}

impl sealed::Sealed for Rosters {}

impl Directory for Rosters {
    /// `[ROS-55]`: an identity that a rotation has replaced holds until it is revoked; a recovered
    /// one holds once its delay is over.
    fn sender(
        &self,
        agency: &AgencyId,
        key_id: &KeyId,
        now: Timestamp,
    ) -> Result<VerifiedSender, DirectoryError> {
        let (roster, record) = self.agency(agency, now)?;
        if roster.end_of_identity(record, key_id).is_some() {
            return Err(DirectoryError::Revoked(agency.clone()));
        }
        let identity = record.identity(key_id).filter(|identity| roster.is_in_effect(identity, now));
        let identity = identity.ok_or_else(|| DirectoryError::UnknownKey(agency.clone()))?;
        Ok(VerifiedSender(identity.key.key().clone()))
    }

    /// `[ROS-57]`, `[ROS-58]`: a head that is not of the own view holds up the envelope that
    /// carries it, and nothing else: it is one sender's word. Of a country that is frozen here no two
    /// need agree, and neither could come to the other's view: what they write each other goes on.
    fn check_heads(&self, heads: &[Head]) -> Result<(), DirectoryError> {
        for head in heads {
            let Ok(anchor) = head.origin.parse::<TrustAnchor>() else { continue };
            if self.is_frozen(anchor.country()) {
                continue;
            }
            let roster = self.roster(anchor.country()).filter(|roster| *roster.anchor() == anchor);
            let Some(roster) = roster else { continue };
            let (country, size) = (roster.country(), head.size);
            if size > roster.size() {
                return Err(DirectoryError::RosterBehind { country, size });
            }
            if roster.state.tree.root_at(size) != Some(head.root) {
                return Err(DirectoryError::RosterConflict { country, size });
            }
        }
        Ok(())
    }
}
