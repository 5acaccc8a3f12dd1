//! The vault: a store and an anchor, opened (SPEC §12.4 to §12.6).
//!
//! ```text
//! write      store: rows, state(g + 1) ─▶ anchor(g + 1) ─▶ acknowledged
//! destroy    anchor(g, K, K') ─▶ store: rows gone, others under K', state(g + 1) ─▶ scrub ─▶ anchor(g + 1, K')
//! open       equal: sound · store one ahead, on the anchor's tag: scrub, anchor ─▶ sound · else quarantined
//! ```

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::ids::AgencyId;
use crate::random::Random;
use crate::time::Timestamp;

use super::anchor::{Anchor, AnchorState, AnchorStoreError};
use super::edit::{Edit, View};
use super::error::VaultError;
use super::header::{self, Header, Unlock};
use super::lock::Process;
use super::seal::{RowSeal, VaultId, WrappingKey};
use super::state::{self, Condition, Reason, Standing, State};
use super::store::{Rows, RowsMut, Store, StoreError, Table};

/// So many rows are read at a time where all of a table are sealed anew.
const PAGE: usize = 256;

/// An agency's or a centre's vault.
///
/// One write at a time; what `work` is given to do must not call the vault itself.
pub struct Vault {
    store: Box<dyn Store>,
    anchor: Box<dyn Anchor>,
    random: Random,
    vault: VaultId,
    owner: AgencyId,
    pub(super) process: Process,
    inner: RwLock<Inner>,
}

struct Inner {
    seal: RowSeal,
    state: State,
    /// What the anchor holds, or will hold once `unsettled` is done.
    anchored: AnchorState,
    condition: Condition,
    unsettled: Unsettled,
}

/// What is still to be done before the last write counts as acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unsettled {
    Nothing,
    Anchor,
    ScrubAndAnchor,
}

impl Vault {
    /// Creates a vault for `owner` in an empty store, with an anchor of its own.
    ///
    /// # Errors
    /// [`VaultError::Exists`], [`VaultError::AnchorTaken`] and the other kinds of [`VaultError`].
    pub fn create(
        store: impl Store + 'static,
        anchor: impl Anchor + 'static,
        owner: AgencyId,
        unlock: Unlock,
        random: Random,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let mut found = None;
        store.read(&mut |rows| {
            found = rows.get(Table::Meta, header::KEY)?;
            Ok(())
        })?;
        if found.is_some() {
            return Err(VaultError::Exists);
        }
        // Generation 0 was never acknowledged: it is what an earlier attempt left.
        if anchor.load()?.is_some_and(|held| held.generation > 0) {
            return Err(VaultError::AnchorTaken);
        }
        let vault = random.bytes()?;
        let (header, seal) = header::create(&vault, &owner, &unlock, &random)?;
        let anchored = AnchorState {
            vault,
            generation: 0,
            tag: random.bytes()?,
            keys: vec![WrappingKey { number: 1, key: random.secret()? }],
        };
        anchor.save(&anchored)?;
        let state = State { generation: 0, tag: anchored.tag, previous: [0; 16], wrapping: 1, floor: now };
        let (condition, unsettled) = (Condition::Sound, Unsettled::Nothing);
        let inner = Inner { seal, state, anchored, condition, unsettled };
        let (store, anchor) = (Box::new(store), Box::new(anchor));
        let vault =
            Self { store, anchor, random, vault, owner, process: Process::this(), inner: RwLock::new(inner) };
        let put_header = &mut |edit: &mut Edit<'_>| Ok(edit.rows.put(Table::Meta, header::KEY, &header)?);
        vault.commit(&mut vault.locked(), now, Expect::NoState, put_header)?;
        Ok(vault)
    }

    /// Opens the vault of `owner`, and finishes what a crash left unfinished.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`], [`VaultError::OtherOwner`] and the other kinds of
    /// [`VaultError`]. A vault that does not fit its anchor is opened, quarantined.
    pub fn open(
        store: impl Store + 'static,
        anchor: impl Anchor + 'static,
        owner: AgencyId,
        unlock: Unlock,
        random: Random,
    ) -> Result<Self, VaultError> {
        let (mut header, mut sealed_state) = (None, None);
        store.read(&mut |rows| {
            header = rows.get(Table::Meta, header::KEY)?;
            sealed_state = rows.get(Table::Meta, state::KEY)?;
            Ok(())
        })?;
        let header = Header::decode(&header.ok_or(StoreError::Missing)?)?;
        if header.owner != owner {
            return Err(VaultError::OtherOwner);
        }
        let seal = header.unlock(&unlock)?;
        drop(unlock);
        let state = read_state(&seal, sealed_state.as_deref())?;
        let (anchored, condition, unsettled) = stand(&state, &header.vault, anchor.load())?;
        let inner = Inner { seal, state, anchored, condition, unsettled };
        let (store, anchor) = (Box::new(store), Box::new(anchor));
        let vault = Self {
            store,
            anchor,
            random,
            vault: header.vault,
            owner,
            process: Process::this(),
            inner: RwLock::new(inner),
        };
        vault.settle(&mut vault.locked())?;
        Ok(vault)
    }

    /// Whose vault is in the store, by its header, which nothing protects until the vault is open.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none; [`VaultError`].
    pub fn owner_in(store: &dyn Store) -> Result<AgencyId, VaultError> {
        let mut header = None;
        store.read(&mut |rows| {
            header = rows.get(Table::Meta, header::KEY)?;
            Ok(())
        })?;
        Ok(Header::decode(&header.ok_or(StoreError::Missing)?)?.owner)
    }

    /// Whose vault it is.
    pub fn owner(&self) -> &AgencyId {
        &self.owner
    }

    /// Whether store and anchor belong together.
    pub fn condition(&self) -> Condition {
        self.shared().condition
    }

    /// `[VLT-02]`: that the vault was opened by this process, and not by one that it was forked from.
    pub fn check_process(&self) -> Result<(), VaultError> {
        Ok(self.process.check()?)
    }

    /// The generation of the last write.
    pub fn generation(&self) -> u64 {
        self.shared().state.generation
    }

    /// `now`, or the latest time that was written if that is later (`[VLT-40]`).
    pub fn now_floor(&self, now: Timestamp) -> Timestamp {
        now.max(self.shared().state.floor)
    }

    /// Reads. Works in quarantine too.
    ///
    /// # Errors
    /// What `work` returns; [`VaultError::Store`].
    pub fn read<T>(&self, mut work: impl FnMut(&View<'_>) -> Result<T, VaultError>) -> Result<T, VaultError> {
        self.check_process()?;
        let inner = self.shared();
        let mut result = None;
        let done = self.store.read(&mut |rows| {
            let view = View { rows, seal: &inner.seal, wrapping: inner.wrapping() };
            keep(work(&view), &mut result)
        });
        outcome(done, result)
    }

    /// Opens every row and every wrapped secret: damage that no command has met yet is found.
    ///
    /// # Errors
    /// [`VaultError::Row`] for the first that does not open; as [`Vault::read`].
    pub fn examine(&self) -> Result<(), VaultError> {
        self.read(|view| Table::ALL.iter().try_for_each(|table| examine(view, *table)))
    }

    /// Writes, all or nothing; durable and acknowledged by the anchor when this returns. `work` may
    /// be called again if the store asks for it.
    ///
    /// # Errors
    /// What `work` returns, and then nothing was written; [`VaultError::Quarantined`];
    /// [`VaultError::Store`], and [`VaultError::Anchor`] after which the write may have taken place.
    pub fn write<T>(
        &self,
        now: Timestamp,
        mut work: impl FnMut(&mut Edit<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let mut inner = self.ready()?;
        self.commit(&mut inner, now, Expect::OwnState, &mut work)
    }

    /// Writes, and makes the secrets that `work` deletes unreadable everywhere: the others are wrapped
    /// under a new key, store and journal are scrubbed, and the anchor gives up the old key.
    ///
    /// # Errors
    /// As [`Vault::write`]. After an error of store or anchor the destruction is finished with the
    /// next write, or when the vault is opened again, if it was begun.
    pub fn destroy<T>(
        &self,
        now: Timestamp,
        mut work: impl FnMut(&mut Edit<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let mut inner = self.ready()?;
        self.rewrap(&mut inner, now, None, &mut work)
    }

    /// Changes what opens the vault. Every row is sealed under a new vault key, every secret wrapped under a
    /// new wrapping key; the old passphrase opens nothing any more, and an older copy of the store no secret.
    ///
    /// # Errors
    /// As [`Vault::destroy`].
    pub fn change_unlock(&self, now: Timestamp, new: Unlock) -> Result<(), VaultError> {
        let mut inner = self.ready()?;
        let made = header::create(&self.vault, &self.owner, &new, &self.random)?;
        drop(new);
        self.rewrap(&mut inner, now, Some(made), &mut |_| Ok(()))
    }

    /// Ends a quarantine: a new generation with a new wrapping key begins. Every wrapped secret in the
    /// store is deleted, before `work` writes what else the owner decided.
    ///
    /// # Errors
    /// [`VaultError::NotQuarantined`]; [`VaultError::AnchorTaken`] if the anchor is another vault's; as
    /// [`Vault::write`], and the vault is then still quarantined.
    pub fn leave_quarantine<T>(
        &self,
        now: Timestamp,
        mut work: impl FnMut(&mut Edit<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        self.check_process()?;
        let mut inner = self.locked();
        match inner.condition {
            Condition::Sound => return Err(VaultError::NotQuarantined),
            Condition::Quarantined(Reason::AnchorOfAnother) => return Err(VaultError::AnchorTaken),
            Condition::Quarantined(_) => {}
        }
        let last = inner.anchored.keys.iter().map(|key| key.number).max().unwrap_or(0);
        let number = last.max(inner.state.wrapping).saturating_add(1);
        let generation = inner.anchored.generation.max(inner.state.generation);
        let anchored = AnchorState {
            vault: self.vault,
            generation,
            tag: self.random.bytes()?,
            keys: vec![WrappingKey { number, key: self.random.secret()? }],
        };
        self.anchor.save(&anchored)?;
        let before = inner.state.clone();
        inner.state = State { generation, tag: anchored.tag, wrapping: number, ..before.clone() };
        inner.anchored = anchored;
        inner.unsettled = Unsettled::ScrubAndAnchor;
        let result = self.commit(&mut inner, now, Expect::AnyState, &mut |edit| {
            for key in edit.view().wrapped_keys(&[], usize::MAX)? {
                edit.delete_wrapped(&key)?;
            }
            work(edit)
        });
        if inner.state.generation == generation {
            inner.state = before;
        } else {
            inner.condition = Condition::Sound;
        }
        result
    }

    /// Sets the latest time that is believed back to `now`, on the operator's word: after a clock that
    /// was ahead has written.
    ///
    /// # Errors
    /// As [`Vault::write`].
    pub fn set_clock_back(&self, now: Timestamp) -> Result<(), VaultError> {
        let mut inner = self.ready()?;
        let before = std::mem::replace(&mut inner.state.floor, now);
        let result = self.commit(&mut inner, now, Expect::OwnTag, &mut |_| Ok(()));
        if result.is_err() && inner.unsettled == Unsettled::Nothing {
            inner.state.floor = before;
        }
        result
    }

    fn shared(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn locked(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The vault for a write: sound, and every earlier write acknowledged.
    fn ready(&self) -> Result<RwLockWriteGuard<'_, Inner>, VaultError> {
        self.check_process()?;
        let mut inner = self.locked();
        if let Condition::Quarantined(reason) = inner.condition {
            return Err(VaultError::Quarantined(reason));
        }
        self.settle(&mut inner)?;
        Ok(inner)
    }

    /// `[VLT-32]` Scrubs if a destruction asks for it, then brings the anchor up to the store.
    fn settle(&self, inner: &mut Inner) -> Result<(), VaultError> {
        if inner.unsettled == Unsettled::ScrubAndAnchor {
            self.store.scrub()?;
            inner.unsettled = Unsettled::Anchor;
        }
        if inner.unsettled == Unsettled::Anchor {
            let State { generation, tag, wrapping, .. } = inner.state;
            inner.anchored.keys.retain(|key| key.number == wrapping);
            inner.anchored.generation = generation;
            inner.anchored.tag = tag;
            self.anchor.save(&inner.anchored)?;
            inner.unsettled = Unsettled::Nothing;
        }
        Ok(())
    }

    /// One transaction of the store with the state that follows, then the anchor.
    fn commit<T>(
        &self,
        inner: &mut Inner,
        now: Timestamp,
        expect: Expect,
        work: &mut dyn FnMut(&mut Edit<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let state = self.next_state(inner, now, inner.state.wrapping)?;
        let mut result = None;
        let done = self.store.write(&mut |rows| {
            let mut attempt = || {
                expect.check(inner, rows)?;
                let (seal, wrapping) = (&inner.seal, inner.wrapping());
                let mut edit = Edit { rows: &mut *rows, seal, wrapping, random: &self.random };
                let value = work(&mut edit)?;
                edit.put_sealed(Table::Meta, state::KEY, &state.encode())?;
                Ok(value)
            };
            keep(attempt(), &mut result)
        });
        let value = outcome(done, result).inspect_err(|error| inner.note(error))?;
        inner.state = state;
        inner.unsettled = inner.unsettled.max(Unsettled::Anchor);
        self.settle(inner)?;
        Ok(value)
    }

    /// `[VLT-33]` A write after which nothing is sealed or wrapped under the old keys.
    fn rewrap<T>(
        &self,
        inner: &mut Inner,
        now: Timestamp,
        new: Option<(Vec<u8>, RowSeal)>,
        work: &mut dyn FnMut(&mut Edit<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let number = inner.state.wrapping.saturating_add(1);
        let state = self.next_state(inner, now, number)?;
        // A transaction that failed may have reached the disk: the next key stays in the anchor until
        // a later one is durable, and serves again.
        if inner.anchored.keys.iter().all(|key| key.number != number) {
            inner.anchored.keys.push(WrappingKey { number, key: self.random.secret()? });
        }
        self.anchor.save(&inner.anchored)?;
        let mut result = None;
        let done = self.store.write(&mut |rows| {
            let mut attempt = || {
                Expect::OwnState.check(inner, rows)?;
                let (seal, wrapping) = (&inner.seal, inner.wrapping());
                let mut edit = Edit { rows: &mut *rows, seal, wrapping, random: &self.random };
                let value = work(&mut edit)?;
                let to = new.as_ref().map_or(seal, |(_, seal)| seal);
                self.rewrap_secrets(inner, rows, to)?;
                if let Some((header, to)) = &new {
                    self.seal_anew(inner, rows, to)?;
                    rows.put(Table::Meta, header::KEY, header)?;
                }
                let sealed = to.seal(Table::Meta, state::KEY, &state.encode(), &self.random)?;
                rows.put(Table::Meta, state::KEY, &sealed)?;
                Ok(value)
            };
            keep(attempt(), &mut result)
        });
        let value = outcome(done, result).inspect_err(|error| inner.note(error))?;
        inner.state = state;
        if let Some((_, seal)) = new {
            inner.seal = seal;
        }
        inner.unsettled = Unsettled::ScrubAndAnchor;
        self.settle(inner)?;
        Ok(value)
    }

    /// Wraps every secret under the anchor's newest key, and seals its row with `to`.
    fn rewrap_secrets(&self, inner: &Inner, rows: &mut dyn RowsMut, to: &RowSeal) -> Result<(), VaultError> {
        let next = inner.anchored.keys.last().ok_or(VaultError::SecretOutOfReach)?;
        for (key, sealed) in rows.range(Table::Wrapped, &[], &[], usize::MAX)? {
            let wrapped = inner.seal.open(Table::Wrapped, &key, &sealed)?;
            let present = inner.wrapping().ok_or(VaultError::SecretOutOfReach)?;
            let secret = present.unwrap(&inner.seal, &key, &wrapped)?;
            let wrapped = next.wrap(to, &key, &secret, &self.random)?;
            rows.put(Table::Wrapped, &key, &to.seal(Table::Wrapped, &key, &wrapped, &self.random)?)?;
        }
        Ok(())
    }

    /// Seals the rows of all other tables with `to`.
    fn seal_anew(&self, inner: &Inner, rows: &mut dyn RowsMut, to: &RowSeal) -> Result<(), VaultError> {
        let others = Table::ALL.iter().filter(|table| !matches!(table, Table::Meta | Table::Wrapped));
        for &table in others {
            let mut from = Vec::new();
            loop {
                let page = rows.range(table, &from, &[], PAGE)?;
                for (key, sealed) in &page {
                    let plain = inner.seal.open(table, key, sealed)?;
                    rows.put(table, key, &to.seal(table, key, &plain, &self.random)?)?;
                }
                let Some((last, _)) = page.into_iter().next_back() else { break };
                from = last;
                // The key that follows `last`: none lies between.
                from.push(0);
            }
        }
        Ok(())
    }

    fn next_state(&self, inner: &Inner, now: Timestamp, wrapping: u64) -> Result<State, VaultError> {
        let State { generation, tag, floor, .. } = inner.state;
        let generation = generation.saturating_add(1);
        Ok(State { generation, tag: self.random.bytes()?, previous: tag, wrapping, floor: floor.max(now) })
    }
}

impl Inner {
    fn wrapping(&self) -> Option<&WrappingKey> {
        self.anchored.keys.iter().find(|key| key.number == self.state.wrapping)
    }

    /// Somebody else wrote to the store: this process must not any more.
    fn note(&mut self, error: &VaultError) {
        if let VaultError::Quarantined(reason) = error {
            self.condition = Condition::Quarantined(*reason);
        }
    }
}

/// Which state a transaction must find in the store.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    NoState,
    AnyState,
    /// The one this process wrote or read last.
    OwnState,
    /// The same, whatever its floor.
    OwnTag,
}

impl Expect {
    /// `[VLT-34]`
    fn check(self, inner: &Inner, rows: &dyn Rows) -> Result<(), VaultError> {
        let found = rows.get(Table::Meta, state::KEY)?;
        match (self, &found) {
            (Self::AnyState, _) | (Self::NoState, None) => return Ok(()),
            (Self::NoState, Some(_)) => return Err(VaultError::Exists),
            (Self::OwnState | Self::OwnTag, _) => {}
        }
        let found = read_state(&inner.seal, found.as_deref())?;
        let same = found == inner.state || (self == Self::OwnTag && found.tag == inner.state.tag);
        if same { Ok(()) } else { Err(VaultError::Quarantined(Reason::Diverged)) }
    }
}

fn read_state(seal: &RowSeal, sealed: Option<&[u8]>) -> Result<State, VaultError> {
    let error = || VaultError::Row(Table::Meta.name());
    let plain = seal.open(Table::Meta, state::KEY, sealed.ok_or_else(error)?)?;
    State::decode(&plain).ok_or_else(error)
}

/// `[VLT-31]` How store and anchor stand, and what is left to be done.
fn stand(
    state: &State,
    vault: &VaultId,
    loaded: Result<Option<AnchorState>, AnchorStoreError>,
) -> Result<(AnchorState, Condition, Unsettled), VaultError> {
    let none = || AnchorState { vault: *vault, generation: 0, tag: [0; 16], keys: Vec::new() };
    let apart = |anchored, reason| Ok((anchored, Condition::Quarantined(reason), Unsettled::Nothing));
    let anchored = match loaded {
        Ok(Some(anchored)) if anchored.vault == *vault => anchored,
        Ok(Some(_)) => return apart(none(), Reason::AnchorOfAnother),
        Ok(None) => return apart(none(), Reason::AnchorMissing),
        Err(AnchorStoreError::Damaged) => return apart(none(), Reason::AnchorDamaged),
        Err(other) => return Err(other.into()),
    };
    let unsettled = match state.compare(&anchored) {
        Standing::Equal if anchored.keys.len() == 1 => Unsettled::Nothing,
        Standing::Equal => Unsettled::Anchor,
        Standing::Ahead => Unsettled::ScrubAndAnchor,
        Standing::Apart(reason) => return apart(anchored, reason),
    };
    Ok((anchored, Condition::Sound, unsettled))
}

/// Keeps what a caller's work returned, and tells the store whether to go on.
fn keep<T>(value: Result<T, VaultError>, kept: &mut Option<Result<T, VaultError>>) -> Result<(), StoreError> {
    match value {
        Ok(value) => {
            *kept = Some(Ok(value));
            Ok(())
        }
        // The store must see its own errors: it may know what to do.
        Err(VaultError::Store(error)) => Err(error),
        Err(error) => {
            *kept = Some(Err(error));
            Err(StoreError::Undone)
        }
    }
}

fn outcome<T>(done: Result<(), StoreError>, kept: Option<Result<T, VaultError>>) -> Result<T, VaultError> {
    match (done, kept) {
        (Ok(()), Some(result)) => result,
        (Err(StoreError::Undone), Some(Err(error))) => Err(error),
        (Err(error), _) => Err(error.into()),
        (Ok(()), None) => Err(StoreError::Undone.into()),
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { store: _, anchor: _, random: _, vault: _, owner, process: _, inner: _ } = self;
        write!(f, "Vault({owner}, generation {}, {:?})", self.generation(), self.condition())
    }
}

/// The vault's own rows were opened with it; secrets are opened to the end, under the anchor's key.
fn examine(view: &View<'_>, table: Table) -> Result<(), VaultError> {
    let mut from = Vec::new();
    loop {
        let keys: Vec<Vec<u8>> = match table {
            Table::Meta => return Ok(()),
            Table::Wrapped => view.wrapped_keys(&from, PAGE)?,
            _ => view.range(table, &from, &[], PAGE)?.into_iter().map(|(key, _)| key).collect(),
        };
        if table == Table::Wrapped {
            keys.iter().try_for_each(|key| view.get_wrapped(key).map(drop))?;
        }
        match keys.into_iter().last() {
            Some(last) => from = [last.as_slice(), &[0]].concat(),
            None => return Ok(()),
        }
    }
}
