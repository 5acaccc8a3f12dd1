//! A vault's beginning, and how store and anchor stand when it is opened (SPEC §12.3, §12.4).

use crate::ids::AgencyId;
use crate::random::Random;
use crate::sync::{Rank, Shared};
use crate::time::Timestamp;

use super::anchor::{Anchor, AnchorState, AnchorStoreError};
use super::compare;
use super::edit::Edit;
use super::error::VaultError;
use super::group::Group;
use super::handle::{Inner, Unsettled, Vault};
use super::header::{self, Header, PassphraseForm, Unlock};
use super::lock::Process;
use super::seal::{VaultId, WrappingKey};
use super::state::{self, Condition, Reason, RowState, Standing, State};
use super::store::{Store, StoreError, Table};
use super::transaction::{Expect, read_state};

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
        if header_in(&store)?.is_some() {
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
        let rows = Some(RowState::default());
        let state =
            State { generation: 0, tag: anchored.tag, previous: [0; 16], wrapping: 1, floor: now, rows };
        let (condition, unsettled) = (Condition::Sound, Unsettled::Nothing);
        let form = PassphraseForm::Normal;
        let inner = Inner { seal, form, state, anchored, condition, unsettled, walk: None };
        let (store, anchor) = (Box::new(store), Box::new(anchor));
        let vault = Self {
            store,
            anchor,
            random,
            vault,
            owner,
            process: Process::this(),
            accepting: Group::default(),
            inner: Shared::new(Rank::Vault, inner),
        };
        let put_header = &mut |edit: &mut Edit<'_>| Ok(edit.rows.put(Table::Meta, header::KEY, &header)?);
        vault.commit(&mut vault.locked(), now, Expect::Nothing, put_header)?;
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
        let (seal, form) = header.unlock(&unlock)?;
        drop(unlock);
        let mut state = read_state(&seal, sealed_state.as_deref())?;
        let (anchored, condition, unsettled) = stand(&state, &header.vault, anchor.load())?;
        let differs = compare::at_opening(&store, &seal, &mut state)?;
        let inner = Inner { seal, form, state, anchored, condition, unsettled, walk: None };
        let (store, anchor) = (Box::new(store), Box::new(anchor));
        let vault = Self {
            store,
            anchor,
            random,
            vault: header.vault,
            owner,
            process: Process::this(),
            accepting: Group::default(),
            inner: Shared::new(Rank::Vault, inner),
        };
        let mut inner = vault.locked();
        match (inner.condition, differs) {
            (Condition::Sound, Some(table)) => vault.quarantine(&mut inner, table)?,
            _ => vault.settle(&mut inner)?,
        }
        drop(inner);
        Ok(vault)
    }

    /// Whose vault is in the store, by its header, which nothing protects until the vault is open.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none; [`VaultError`].
    pub fn owner_in(store: &dyn Store) -> Result<AgencyId, VaultError> {
        Ok(Header::decode(&header_in(store)?.ok_or(StoreError::Missing)?)?.owner)
    }
}

fn header_in(store: &dyn Store) -> Result<Option<Vec<u8>>, StoreError> {
    let mut header = None;
    store.read(&mut |rows| {
        header = rows.get(Table::Meta, header::KEY)?;
        Ok(())
    })?;
    Ok(header)
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
