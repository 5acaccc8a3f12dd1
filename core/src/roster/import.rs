//! Taking a bundle into a roster (SPEC §4.18, `[BND-20]`…`[BND-29]`).
//!
//! ```text
//! bundle ──sections──▶ checkpoint: the log's and the witnesses' signatures ─▶ time
//!                      entries: those held must be the same, new ones are verified
//!                      the tree's root is the checkpoint's
//! ```
//!
//! An import is staged: what is new is handed to its keeper while it is verified, and counts in
//! memory once the keeper has made it durable. Unless it is committed, nothing has changed.

use std::io::Read;

use super::bundle::{BundleReader, Entry, EntryKind, Item};
use super::checkpoint::{CheckpointError, SignedCheckpoint};
use super::checks::{self, Checks};
use super::error::{Rejection, RosterError};
use super::event::SignedEvent;
use super::fold::Delays;
use super::held::Held;
use super::leaf::Leaf;
use super::merkle::Tree;
use super::state::{Mark, State};
use super::{Context, Roster, fork};
use crate::ids::Country;
use crate::time::Timestamp;

/// What an import brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The roster's country.
    pub country: Country,
    /// The number of events now.
    pub size: u64,
    /// How many of them are new.
    pub new: u64,
    /// The time of the view now.
    pub as_of: Timestamp,
}

/// What is to be kept of a bundle.
#[derive(Debug)]
pub(crate) enum Keep<'a> {
    /// The first checkpoint over new entries, and the time that they have.
    Section(&'a SignedCheckpoint, Timestamp),
    /// The checkpoint of the view, and its time.
    View(&'a SignedCheckpoint, Timestamp),
    /// The entry of this place in the log.
    Entry(u64, &'a Entry),
}

/// Whose judgement a bundle is taken by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judge {
    pub(super) now: Timestamp,
    /// Times beyond this do not count.
    pub(super) latest: Timestamp,
    pub(super) mode: Mode,
}

/// Whether a checkpoint that no quorum has cosigned may stand at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Import,
    /// A witness judges it as of its own time.
    Witness,
}

/// A verified bundle. It counts once it is committed; else everything is as it was.
#[must_use]
pub(crate) struct Staged<'a> {
    held: &'a mut Held,
    before: Option<Before>,
    imported: Imported,
    proposed: Option<SignedCheckpoint>,
}

enum Before {
    Nothing,
    Roster(Mark, Option<SignedCheckpoint>),
}

impl Staged<'_> {
    pub(crate) fn commit(mut self) -> Imported {
        self.before = None;
        if let Some(roster) = &mut self.held.roster {
            roster.state.commit();
        }
        self.imported
    }

    /// The last checkpoint, where no quorum has cosigned it, and the roster that it speaks of.
    pub(super) fn proposed(&self) -> Option<(&SignedCheckpoint, &Roster)> {
        Some((self.proposed.as_ref()?, self.held.roster.as_ref()?))
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        match (self.before.take(), &mut self.held.roster) {
            (Some(Before::Nothing), roster) => *roster = None,
            (Some(Before::Roster(mark, checkpoint)), Some(roster)) => {
                roster.state.roll_back(mark);
                roster.checkpoint = checkpoint;
            }
            (None, _) | (Some(Before::Roster(..)), None) => {}
        }
    }
}

/// Verifies a bundle against what is held.
///
/// # Errors
/// Those of `keep`; [`RosterError`], of which [`RosterError::Fork`] carries the proof.
pub(super) fn stage<'a, E: From<RosterError>>(
    held: &'a mut Held,
    bundle: BundleReader<impl Read>,
    judge: Judge,
    mut keep: impl FnMut(Keep<'_>) -> Result<(), E>,
) -> Result<Staged<'a>, E> {
    let (country, known) = (held.anchor.country(), held.size());
    let before = held
        .roster
        .as_ref()
        .map_or(Before::Nothing, |roster| Before::Roster(roster.state.mark(), roster.checkpoint.clone()));
    let imported = Imported { country, size: known, new: 0, as_of: held.as_of() };
    let mut staged = Staged { held, before: Some(before), imported, proposed: None };
    let next = bundle.from();
    let (dropped, as_of, unproven) = (None, None, false);
    let mut import = Import { staged: &mut staged, bundle, judge, known, next, dropped, as_of, unproven };
    checks::run(|checks| import.run(checks, &mut keep))?;
    Ok(staged)
}

/// One bundle on its way.
struct Import<'i, 'a, R> {
    staged: &'i mut Staged<'a>,
    bundle: BundleReader<R>,
    judge: Judge,
    /// How many entries were held before.
    known: u64,
    /// The place of the next entry.
    next: u64,
    /// The dropped epoch that ends last.
    dropped: Option<(Timestamp, Context)>,
    as_of: Option<Timestamp>,
    /// The last checkpoint had no quorum.
    unproven: bool,
}

impl<R: Read> Import<'_, '_, R> {
    fn run<E: From<RosterError>>(
        &mut self,
        checks: &Checks<'_, '_>,
        keep: &mut impl FnMut(Keep<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (country, from) = (self.staged.held.anchor.country(), &self.bundle.header().from);
        if self.next > self.known {
            return Err(RosterError::Gap { country, held: self.known, from: self.next }.into());
        }
        if self.staged.held.root_at(self.next) != Some(from.root()) {
            let tree = Tree::from_peaks(from);
            return Err(fork::prove(self.staged.held, tree, None, &mut self.bundle).into());
        }
        while let Some(item) = self.bundle.next()? {
            match item {
                Item::Checkpoint(checkpoint) => self.section(checkpoint, checks, keep)?,
                Item::Entry(_) => return Err(malformed("bundle (an entry under no checkpoint)").into()),
            }
        }
        Ok(self.finish()?)
    }

    fn section<E: From<RosterError>>(
        &mut self,
        checkpoint: SignedCheckpoint,
        checks: &Checks<'_, '_>,
        keep: &mut impl FnMut(Keep<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let size = checkpoint.checkpoint().size();
        if size == 0 || size < self.next {
            return Err(malformed("bundle (a checkpoint out of order)").into());
        }
        // Only the last is proposed.
        self.staged.proposed = None;
        while self.next < size.min(self.known) {
            let leaf = Unverified::decode(&self.entry()?)?.leaf();
            if !self.staged.held.has_leaf(self.next, &leaf) {
                let tree = self.staged.held.tree_with(self.next, &leaf);
                return Err(fork::prove(self.staged.held, tree, Some(checkpoint), &mut self.bundle).into());
            }
            self.next += 1;
        }
        if size <= self.known && self.staged.held.root_at(size) != Some(*checkpoint.checkpoint().root()) {
            return Err(fork::with_checkpoint(self.staged.held, checkpoint).into());
        }
        if size < self.known {
            return Ok(());
        }
        self.extend(checkpoint, checks, keep)
    }

    /// The entries that are new under this checkpoint, if any.
    fn extend<E: From<RosterError>>(
        &mut self,
        checkpoint: SignedCheckpoint,
        checks: &Checks<'_, '_>,
        keep: &mut impl FnMut(Keep<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let country = self.staged.held.anchor.country();
        let (size, root) = (checkpoint.checkpoint().size(), *checkpoint.checkpoint().root());
        let times = self.times(&checkpoint)?;
        // [BND-24] Nobody has cosigned the entries before the view that is held, and a witness that
        // lies makes them later at most: what waits for a time waits long enough.
        let floor = self.staged.held.roster.as_ref().map(|roster| roster.state.as_of.max(roster.state.last));
        let at = times.map_or(self.judge.now, |(_, newest)| newest).max(floor.unwrap_or_default());
        let known_keys = self.staged.held.roster.as_ref().map_or(0, |roster| roster.state.log_keys.len());
        if let Some(roster) = &mut self.staged.held.roster {
            // Before any of its entries is looked at.
            checkpoint.verify_log(roster.state.log_key()).map_err(RosterError::Checkpoint)?;
            roster.state.as_of = at;
        }
        let grows = self.next < size;
        if grows {
            keep(Keep::Section(&checkpoint, at))?;
        }
        while self.next < size {
            let entry = self.entry()?;
            self.take(Unverified::decode(&entry)?, at, checks)?;
            keep(Keep::Entry(self.next, &entry))?;
            self.next += 1;
        }
        let roster = self.staged.held.roster.as_mut().ok_or(RosterError::Empty(country))?;
        if roster.state.tree.root() != root {
            return Err(RosterError::WrongRoot { country, size }.into());
        }
        // [BND-23] Those of before and of after every change of the authority.
        for key in roster.state.log_keys.iter().skip(known_keys) {
            checkpoint.verify_log(key).map_err(RosterError::Checkpoint)?;
        }
        let before = self.staged.imported.as_of;
        match times {
            // More events are a newer view, whatever the clocks of those who cosigned it.
            Some((time, _)) if grows => {
                let held = if before <= self.judge.latest { before } else { time };
                let time = time.max(held).max(self.as_of.unwrap_or_default());
                keep(Keep::View(&checkpoint, time))?;
                (self.as_of, roster.checkpoint) = (Some(time), Some(checkpoint));
            }
            Some((time, _)) if self.as_of.is_none_or(|as_of| as_of <= time) => {
                keep(Keep::View(&checkpoint, time))?;
                (self.as_of, roster.checkpoint) = (Some(time), Some(checkpoint));
            }
            None if self.staged.proposed.is_some() => {
                (self.as_of, roster.checkpoint) = (self.as_of.or(Some(at)), Some(checkpoint));
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    /// `[BND-22]`: the time that a quorum of witnesses gives it, and the newest of one; or
    /// none, where another one must follow, or where a witness judges it.
    fn times(
        &mut self,
        checkpoint: &SignedCheckpoint,
    ) -> Result<Option<(Timestamp, Timestamp)>, RosterError> {
        let held = &self.staged.held;
        let policy = held.policy.as_ref().ok_or(RosterError::NoPolicy(held.anchor.country()))?;
        let times = checkpoint.times(policy, self.judge.latest);
        self.unproven = times == Err(CheckpointError::NoQuorum);
        if self.unproven && self.judge.mode == Mode::Witness {
            self.staged.proposed = Some(checkpoint.clone());
            self.unproven = false;
            return Ok(None);
        }
        if self.unproven {
            return Ok(None);
        }
        times.map(Some).map_err(RosterError::Checkpoint)
    }

    fn take(&mut self, entry: Unverified, at: Timestamp, checks: &Checks<'_, '_>) -> Result<(), RosterError> {
        let (held, proposed) = (&mut *self.staged.held, self.staged.proposed.is_some());
        let context = entry.context(self.next);
        match (entry, &mut held.roster) {
            (Unverified::Event(event), Some(roster)) => {
                // [ROS-37] Whether a delay was over, those have judged who have cosigned.
                let delays = if proposed { Delays::Bind } else { Delays::WereJudged };
                let taken = roster.state.take(*event, at, delays);
                let check = taken.map_err(|reason| context.clone().rejected(reason))?;
                checks.push(context, check)
            }
            // Nobody can judge what has not been seen.
            (Unverified::Dropped(_), Some(_)) if proposed => Err(context.rejected(Rejection::BytesMissing)),
            (Unverified::Dropped(leaf), Some(roster)) => {
                roster.state.take_dropped(&leaf, at).map_err(|reason| context.clone().rejected(reason))?;
                if self.dropped.as_ref().is_none_or(|(until, _)| *until < leaf.expiry) {
                    self.dropped = Some((leaf.expiry, context));
                }
                Ok(())
            }
            (Unverified::Event(event), empty) => {
                let state = State::genesis(held.anchor, *event, at);
                let state = state.map_err(|reason| context.rejected(reason))?;
                *empty = Some(Roster { state, checkpoint: None });
                Ok(())
            }
            (Unverified::Dropped(_), None) => Err(context.rejected(Rejection::NotTheAnchor)),
        }
    }

    fn entry(&mut self) -> Result<Entry, RosterError> {
        match self.bundle.next()? {
            Some(Item::Entry(entry)) => Ok(entry),
            Some(Item::Checkpoint(_)) | None => {
                Err(malformed("bundle (fewer entries than its checkpoint says)"))
            }
        }
    }

    fn finish(&mut self) -> Result<(), RosterError> {
        let country = self.staged.held.anchor.country();
        let (held, offered) = (self.known, self.next);
        if self.unproven {
            return Err(RosterError::Checkpoint(CheckpointError::NoQuorum));
        }
        let Some(as_of) = self.as_of else { return Err(RosterError::Smaller { country, held, offered }) };
        // [BND-26] Only what had ended by the time of the view may be without its bytes.
        if let Some((_, context)) = self.dropped.take().filter(|(until, _)| as_of < *until) {
            return Err(context.rejected(Rejection::BytesMissing));
        }
        let before = self.staged.imported.as_of;
        if as_of < before && before <= self.judge.latest {
            return Err(RosterError::OlderView { country, held: before, offered: as_of });
        }
        if let Some(roster) = &mut self.staged.held.roster {
            roster.state.as_of = as_of;
        }
        self.staged.imported = Imported { country, size: offered, new: offered - held, as_of };
        Ok(())
    }
}

/// An entry of its form.
pub(super) enum Unverified {
    Event(Box<SignedEvent>),
    Dropped(Leaf),
}

impl Unverified {
    pub(super) fn decode(entry: &Entry) -> Result<Self, RosterError> {
        Ok(match entry.kind {
            EntryKind::Event => Self::Event(Box::new(SignedEvent::decode(&entry.bytes)?)),
            EntryKind::Leaf => Self::Dropped(Leaf::decode(&entry.bytes)?),
        })
    }

    pub(super) fn leaf(&self) -> Leaf {
        match self {
            Self::Event(event) => Leaf::of(event),
            Self::Dropped(leaf) => leaf.clone(),
        }
    }

    pub(super) fn context(&self, index: u64) -> Context {
        match self {
            Self::Event(event) => Context::of(index, event),
            Self::Dropped(leaf) => Context { index, kind: leaf.kind, subject: leaf.subject.clone() },
        }
    }
}

fn malformed(field: &'static str) -> RosterError {
    RosterError::Malformed { field }
}
