//! Taking a bundle into a roster (SPEC §4.18, `[BND-20]`…`[BND-29]`).
//!
//! ```text
//! bundle ──sections──▶ checkpoint: the log's and the witnesses' signatures ─▶ time
//!                      entries: those held must be the same, new ones are verified
//!                      the tree's root is the checkpoint's
//! ```
//!
//! An import is staged: a copy of what is held takes the new entries. The copy counts once it is committed;
//! until then nothing has changed. What is to be kept of the bundle is read from it a second time.

use std::io::Read;

use super::bundle::{BundleReader, Entry, EntryKind, Item};
use super::checkpoint::{CheckpointError, SignedCheckpoint};
use super::checks::{self, Checks};
use super::error::{Rejection, RosterError};
use super::event::SignedEvent;
use super::fold::Phase;
use super::held::Held;
use super::leaf::Leaf;
use super::merkle::Tree;
use super::standing::Heard;
use super::state::State;
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

/// A verified bundle: what is held once it is committed.
#[must_use]
#[derive(Debug)]
pub(crate) struct Staged {
    /// What it was verified against.
    pub(super) basis: Held,
    pub(super) roster: Roster,
    pub(super) imported: Imported,
    /// The last checkpoint, where no quorum has cosigned it.
    pub(super) proposed: Option<SignedCheckpoint>,
    /// The sizes of the sections that have brought entries, and the time of those.
    sections: Vec<(u64, Timestamp)>,
}

impl Staged {
    /// The same events in another roster of them.
    pub(super) fn unchanged(basis: Held, roster: Roster) -> Self {
        let (country, size, as_of) = (roster.country(), roster.size(), roster.as_of());
        let imported = Imported { country, size, new: 0, as_of };
        Self { basis, roster, imported, proposed: None, sections: Vec::new() }
    }

    /// The checkpoint of the view, and its time.
    pub(crate) fn view(&self) -> Option<(&SignedCheckpoint, Timestamp)> {
        Some((self.roster.checkpoint()?, self.roster.as_of()))
    }

    /// Reads the bundle, from its first checkpoint on, once more, and hands on what is to be kept of it.
    ///
    /// # Errors
    /// Those of `keep`; [`RosterError`] if it is not the bundle that was verified.
    pub(crate) fn replay<E: From<RosterError>>(
        &self,
        bundle: &mut BundleReader<impl Read>,
        mut keep: impl FnMut(Keep) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut next, known) = (bundle.from(), self.basis.size());
        let mut sections = self.sections.iter();
        while let Some(item) = bundle.next()? {
            match item {
                Item::Checkpoint(checkpoint) if checkpoint.checkpoint().size() > next.max(known) => {
                    let section = sections.next().filter(|(size, _)| *size == checkpoint.checkpoint().size());
                    let (_, at) = section.ok_or(malformed("bundle (it has changed)"))?;
                    keep(Keep::Section(checkpoint, *at))?;
                }
                Item::Checkpoint(_) => {}
                Item::Entry(entry) => {
                    if next >= known {
                        keep(Keep::Entry(next, entry))?;
                    }
                    next += 1;
                }
            }
        }
        if next == self.imported.size { Ok(()) } else { Err(malformed("bundle (it has changed)").into()) }
    }
}

/// What is kept of a bundle.
#[derive(Debug)]
pub(crate) enum Keep {
    /// The first checkpoint over new entries, and the time that they have.
    Section(SignedCheckpoint, Timestamp),
    /// The entry of this place in the log.
    Entry(u64, Entry),
}

/// Verifies a bundle against what is held.
///
/// # Errors
/// [`RosterError`], of which [`RosterError::Fork`] carries the proof.
pub(super) fn stage(
    held: &Held,
    bundle: &mut BundleReader<impl Read>,
    judge: Judge,
) -> Result<Staged, RosterError> {
    let (next, state) = (bundle.from(), held.roster().map(|roster| roster.state.clone()));
    let (dropped, view, proposed, unproven) = (None, None, None, None);
    let (sections, size, more) = (Vec::new(), 0, 0);
    let mut import =
        Import { held, bundle, judge, next, state, dropped, view, proposed, unproven, sections, size, more };
    checks::run(|checks| import.run(checks))?;
    import.finish()
}

/// One bundle on its way.
struct Import<'i, R> {
    held: &'i Held,
    bundle: &'i mut BundleReader<R>,
    judge: Judge,
    /// The place of the next entry.
    next: u64,
    /// What is held, and every entry that has been taken since; `None` before the first of all.
    state: Option<State>,
    /// The dropped epoch that ends last.
    dropped: Option<(Timestamp, Context)>,
    /// The newest that a quorum has cosigned, and its time.
    view: Option<(SignedCheckpoint, Timestamp)>,
    proposed: Option<SignedCheckpoint>,
    /// Why the last checkpoint has no quorum, where it has none.
    unproven: Option<CheckpointError>,
    sections: Vec<(u64, Timestamp)>,
    /// Of the last checkpoint.
    size: u64,
    /// How many checkpoints before it were of that size too.
    more: u8,
}

/// Who stands for a checkpoint (`[BND-22]`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    /// A quorum: the time that it gives, and the newest of one of its witnesses.
    Quorum { time: Timestamp, newest: Timestamp },
    /// Nobody yet: a witness judges it.
    Proposed,
    /// Nobody: one with a quorum must follow.
    None,
}

impl<R: Read> Import<'_, R> {
    fn run(&mut self, checks: &Checks<'_, '_>) -> Result<(), RosterError> {
        let from = &self.bundle.header().from;
        if self.next > self.held.size() {
            let (country, held) = (self.held.anchor.country(), self.held.size());
            return Err(RosterError::Gap { country, held, from: self.next });
        }
        if self.held.root_at(self.next) != Some(from.root()) {
            let tree = Tree::from_peaks(from);
            return Err(fork::prove(self.held, tree, None, self.bundle));
        }
        while let Some(item) = self.bundle.next()? {
            match item {
                Item::Checkpoint(checkpoint) => self.section(checkpoint, checks)?,
                Item::Entry(_) => return Err(malformed("bundle (an entry under no checkpoint)")),
            }
        }
        Ok(())
    }

    fn section(&mut self, checkpoint: SignedCheckpoint, checks: &Checks<'_, '_>) -> Result<(), RosterError> {
        let (size, known) = (checkpoint.checkpoint().size(), self.held.size());
        if size == 0 || size < self.next {
            return Err(malformed("bundle (a checkpoint out of order)"));
        }
        // [BND-05] The first over its entries, the newest, and before a witness what is proposed.
        self.more = if size == self.size { self.more + 1 } else { 0 };
        self.size = size;
        match (self.judge.mode, self.more) {
            (Mode::Import, 2..) => return Err(malformed("bundle (a third checkpoint of one size)")),
            (Mode::Witness, 3..) => return Err(malformed("bundle (a fourth checkpoint of one size)")),
            _ => {}
        }
        // Only the last is proposed.
        self.proposed = None;
        while self.next < size.min(known) {
            let leaf = Unverified::decode(&self.entry()?)?.leaf();
            if !self.held.has_leaf(self.next, &leaf) {
                let tree = self.held.tree_with(self.next, &leaf);
                return Err(fork::prove(self.held, tree, Some(checkpoint), self.bundle));
            }
            self.next += 1;
        }
        if size <= known && self.held.root_at(size) != Some(*checkpoint.checkpoint().root()) {
            return Err(fork::with_checkpoint(self.held, checkpoint));
        }
        if size < known {
            return Ok(());
        }
        let word = self.word(&checkpoint)?;
        let grows = self.next < size;
        self.grow(&checkpoint, word, checks)?;
        match word {
            Word::Quorum { time, .. } => self.see(checkpoint, time, grows),
            Word::Proposed => self.proposed = Some(checkpoint),
            Word::None => {}
        }
        Ok(())
    }

    fn word(&mut self, checkpoint: &SignedCheckpoint) -> Result<Word, RosterError> {
        let policy = self.held.policy.as_ref().ok_or(RosterError::NoPolicy(self.held.anchor.country()))?;
        let word = match (checkpoint.times(policy, self.judge.latest), self.judge.mode) {
            (Ok((time, newest)), _) => Word::Quorum { time, newest },
            (Err(CheckpointError::NoQuorum), Mode::Witness) => Word::Proposed,
            (Err(CheckpointError::NoQuorum), Mode::Import) => Word::None,
            (Err(error), _) => return Err(RosterError::Checkpoint(error)),
        };
        self.unproven = (word == Word::None).then(|| checkpoint.why_no_quorum(policy, self.judge.latest));
        Ok(word)
    }

    /// Takes the entries that are new under this checkpoint, if any.
    fn grow(
        &mut self,
        checkpoint: &SignedCheckpoint,
        word: Word,
        checks: &Checks<'_, '_>,
    ) -> Result<(), RosterError> {
        let country = self.held.anchor.country();
        let (size, root) = (checkpoint.checkpoint().size(), *checkpoint.checkpoint().root());
        // [BND-24] Nobody has cosigned the entries before the view that is held, and a witness that
        // lies makes them later at most: what waits for a time waits long enough.
        // A view from the future binds nothing but its last event ([ROS-56]).
        let counts = |as_of: &Timestamp| *as_of <= self.judge.latest;
        let floor = self
            .state
            .as_ref()
            .map(|state| Some(state.as_of).filter(counts).unwrap_or_default().max(state.last));
        let floor = floor.unwrap_or_default();
        let at = match word {
            Word::Quorum { newest, .. } => newest,
            Word::Proposed | Word::None => self.judge.now,
        };
        let at = at.max(floor);
        let known_keys = self.state.as_ref().map_or(0, |state| state.log_keys.len());
        if let Some(state) = &mut self.state {
            // Before any of its entries is looked at.
            checkpoint.verify_log(state.log_key()).map_err(RosterError::Checkpoint)?;
            state.as_of = at;
        }
        if self.next < size {
            self.sections.push((size, at));
        }
        while self.next < size {
            let entry = self.entry()?;
            self.take(Unverified::decode(&entry)?, word, at, checks)?;
            self.next += 1;
        }
        let state = self.state.as_ref().ok_or(RosterError::Empty(country))?;
        if state.tree.root() != root {
            return Err(RosterError::WrongRoot { country, size });
        }
        // [BND-23] Those of before and of after every change of the authority.
        for key in state.log_keys.iter().skip(known_keys) {
            checkpoint.verify_log(key).map_err(RosterError::Checkpoint)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        entry: Unverified,
        word: Word,
        at: Timestamp,
        checks: &Checks<'_, '_>,
    ) -> Result<(), RosterError> {
        let (context, proposed) = (entry.context(self.next), word == Word::Proposed);
        match (entry, &mut self.state) {
            (Unverified::Event(event), Some(state)) => {
                let phase = if proposed { Phase::Appended } else { Phase::Cosigned };
                let taken = state.take(*event, at, phase);
                let check = taken.map_err(|reason| context.clone().rejected(reason))?;
                checks.push(context, check)
            }
            // Nobody can judge what has not been seen.
            (Unverified::Dropped(_), Some(_)) if proposed => Err(context.rejected(Rejection::BytesMissing)),
            (Unverified::Dropped(leaf), Some(state)) => {
                state.take_dropped(&leaf, at).map_err(|reason| context.clone().rejected(reason))?;
                if self.dropped.as_ref().is_none_or(|(until, _)| *until < leaf.expiry) {
                    self.dropped = Some((leaf.expiry, context));
                }
                Ok(())
            }
            (Unverified::Event(event), nothing) => {
                let state = State::genesis(self.held.anchor, *event, at);
                *nothing = Some(state.map_err(|reason| context.rejected(reason))?);
                Ok(())
            }
            (Unverified::Dropped(_), None) => Err(context.rejected(Rejection::NotTheAnchor)),
        }
    }

    /// What a quorum has cosigned is a view; of those over the same events the newest counts.
    fn see(&mut self, checkpoint: SignedCheckpoint, time: Timestamp, grows: bool) {
        let seen = self.view.as_ref().map(|(_, time)| *time).unwrap_or_default();
        let mut as_of = time;
        if grows {
            // More events are a newer view, whatever the clocks of those who cosigned it.
            let held = Some(self.held.as_of()).filter(|held| *held <= self.judge.latest);
            as_of = as_of.max(seen).max(held.unwrap_or_default());
        }
        if as_of >= seen {
            self.view = Some((checkpoint, as_of));
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

    fn finish(self) -> Result<Staged, RosterError> {
        let country = self.held.anchor.country();
        let (held, offered) = (self.held.size(), self.next);
        if let Some(error) = self.unproven {
            return Err(RosterError::Checkpoint(error));
        }
        let nothing_new = RosterError::Smaller { country, held, offered };
        let Some(state) = self.state else { return Err(nothing_new) };
        let (checkpoint, as_of) = match (self.view, &self.proposed) {
            (Some((checkpoint, as_of)), _) => (checkpoint, as_of),
            (None, Some(proposed)) => (proposed.clone(), state.as_of),
            (None, None) => return Err(nothing_new),
        };
        // [BND-26] Only what had ended by the time of the view may be without its bytes.
        if let Some((_, context)) = self.dropped.filter(|(until, _)| as_of < *until) {
            return Err(context.rejected(Rejection::BytesMissing));
        }
        let before = self.held.as_of();
        if as_of < before && before <= self.judge.latest {
            return Err(RosterError::OlderView { country, held: before, offered: as_of });
        }
        let state = State { as_of, ..state };
        let roster = Roster { state, heard: Heard::default(), checkpoint: Some(checkpoint) };
        let imported = Imported { country, size: offered, new: offered - held, as_of };
        let (basis, proposed, sections) = (self.held.clone(), self.proposed, self.sections);
        Ok(Staged { basis, roster, imported, proposed, sections })
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
