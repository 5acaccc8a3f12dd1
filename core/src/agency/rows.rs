//! The rows of an agency's vault (SPEC §12.1).
//!
//! ```text
//! identity   key id                seed(64) ‖ signed event that announces it, or nothing
//! epoch      anchor(32) ‖ number u64  [key id, not_before, not_after, destroy_at, 1 held or 0, event or empty]
//!            number u64            the same, as it was kept before; read, and written under its new key
//! wrapped    key id of the epoch   seed(32), under the anchor's key
//! outbox     key id                not before u64 ‖ signed revocation, or nothing while nobody can sign it
//! handle     "rotation"            policy: 3 × u64
//!            "sequence"            next number that is not reserved u64
//! ```

use zeroize::Zeroizing;

use crate::cbor::{self, Malformed, Reader};
use crate::error::Error;
use crate::ids::{EpochNumber, KeyId};
use crate::keys::epoch::Window;
use crate::roster::event::SignedEvent;
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::vault::edit::{Edit, View};
use crate::vault::error::VaultError;
use crate::vault::store::Table;

use super::rotation::RotationPolicy;

const ROTATION: &[u8] = b"rotation";
const SEQUENCE: &[u8] = b"sequence";

/// An epoch as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct EpochRow {
    /// The digest of the trust anchor in whose roster it counts; `None` in a row of before that was kept.
    pub(crate) anchor: Option<[u8; 32]>,
    pub(crate) number: EpochNumber,
    pub(crate) key_id: KeyId,
    pub(crate) window: Window,
    pub(crate) secret: SecretIs,
    /// As it was signed; without its secret it is kept only while the roster does not hold it.
    pub(crate) event: Option<SignedEvent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretIs {
    Held,
    Destroyed,
}

/// An identity as it is kept.
pub(super) struct IdentityRow {
    pub(super) key_id: KeyId,
    pub(super) seed: Secret<64>,
    /// A rotation or recovery that names it.
    pub(super) event: Option<SignedEvent>,
}

/// A revocation that is brought to the centre.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) key_id: KeyId,
    pub(super) not_before: Timestamp,
    /// `None` while no identity of the agency signs: then its reason will be that the key was lost.
    pub(super) event: Option<SignedEvent>,
}

impl EpochRow {
    fn encode(&self) -> Vec<u8> {
        let Self { anchor: _, number: _, key_id, window, secret, event } = self;
        let event = event.as_ref().map(SignedEvent::encode).unwrap_or_default();
        cbor::encode(|e| {
            e.array(6)?.bytes(key_id.as_bytes())?;
            e.u64(window.not_before().unix())?.u64(window.not_after().unix())?;
            e.u64(window.destroy_at().unix())?.u64(u64::from(*secret == SecretIs::Held))?.bytes(&event)?;
            Ok(())
        })
    }

    fn decode(key: &[u8], row: &[u8]) -> Result<Self, Error> {
        let damaged = || damaged(Table::Epoch);
        let parse = || {
            let r = &mut Reader::new(row);
            r.array("epoch", 6, 6)?;
            let key_id = KeyId::from_bytes(*r.fixed::<32>("epoch")?);
            let times = [r.time("epoch")?, r.time("epoch")?, r.time("epoch")?];
            let secret = if r.uint("epoch")? == 1 { SecretIs::Held } else { SecretIs::Destroyed };
            let event = r.bytes("epoch", 0, row.len())?;
            Ok::<_, Malformed>((key_id, times, secret, event))
        };
        let (key_id, [not_before, not_after, destroy_at], secret, event) = parse().map_err(|_| damaged())?;
        let (anchor, number) = key.split_last_chunk().ok_or_else(damaged)?;
        let anchor = match anchor {
            [] => None,
            anchor => Some(anchor.try_into().map_err(|_| damaged())?),
        };
        let number = EpochNumber(u64::from_be_bytes(*number));
        let window = Window::new(not_before, not_after, destroy_at).map_err(|_| damaged())?;
        let decoded = Self { anchor, number, key_id, window, secret, event: decode_event(event)? };
        if decoded.encode() == row { Ok(decoded) } else { Err(damaged()) }
    }

    /// In the order of their numbers.
    pub(crate) fn all(view: &View<'_>) -> Result<Vec<Self>, Error> {
        let rows = view.range(Table::Epoch, &[], &[], usize::MAX)?;
        let mut rows: Vec<Self> =
            rows.iter().map(|(key, row)| Self::decode(key, row)).collect::<Result<_, _>>()?;
        rows.sort_by_key(|row| row.number);
        Ok(rows)
    }

    pub(super) fn key(&self) -> Vec<u8> {
        let anchor = self.anchor.as_ref().map_or(&[][..], |anchor| anchor);
        [anchor, &self.number.0.to_be_bytes()].concat()
    }

    /// `[ROT-23]` Writes rows that were kept by their number alone under their new key: of the anchor that
    /// their event names, or else of the one that is pinned.
    pub(crate) fn rewrite_old(edit: &mut Edit<'_>, pinned: &[u8; 32]) -> Result<(), Error> {
        for old in Self::all(&edit.view())?.into_iter().filter(|row| row.anchor.is_none()) {
            edit.delete(Table::Epoch, &old.key())?;
            let named = old.event.as_ref().and_then(|event| event.event().roster());
            Self { anchor: Some(*named.unwrap_or(pinned)), ..old.clone() }.put(edit)?;
        }
        Ok(())
    }

    pub(super) fn put(&self, edit: &mut Edit<'_>) -> Result<(), Error> {
        Ok(edit.put(Table::Epoch, &self.key(), &self.encode())?)
    }

    /// Leaves nothing of the epoch; of one that is held, within `Replica::destroy` only.
    pub(super) fn delete(&self, edit: &mut Edit<'_>) -> Result<(), Error> {
        edit.delete_wrapped(self.key_id.as_bytes())?;
        Ok(edit.delete(Table::Epoch, &self.key())?)
    }

    pub(crate) fn is_held(&self) -> bool {
        self.secret == SecretIs::Held
    }
}

impl IdentityRow {
    pub(super) fn all(view: &View<'_>) -> Result<Vec<Self>, Error> {
        let rows = view.range(Table::Identity, &[], &[], usize::MAX)?;
        rows.iter().map(|(key, row)| Self::decode(key, row)).collect()
    }

    fn decode(key: &[u8], row: &[u8]) -> Result<Self, Error> {
        let damaged = || damaged(Table::Identity);
        let (seed, event) = row.split_first_chunk::<64>().ok_or_else(damaged)?;
        let key_id = KeyId::from_bytes(key.try_into().map_err(|_| damaged())?);
        Ok(Self { key_id, seed: Secret::new(|out| out.copy_from_slice(seed)), event: decode_event(event)? })
    }

    pub(super) fn put(&self, edit: &mut Edit<'_>) -> Result<(), Error> {
        let event = self.event.as_ref().map(SignedEvent::encode).unwrap_or_default();
        let mut row = Zeroizing::new(Vec::with_capacity(64 + event.len()));
        row.extend_from_slice(self.seed.expose());
        row.extend_from_slice(&event);
        Ok(edit.put(Table::Identity, self.key_id.as_bytes(), &row)?)
    }
}

impl Outgoing {
    pub(super) fn all(view: &View<'_>) -> Result<Vec<Self>, Error> {
        let rows = view.range(Table::Outbox, &[], &[], usize::MAX)?;
        rows.iter().map(|(key, row)| Self::decode(key, row)).collect()
    }

    pub(super) fn get(view: &View<'_>, key_id: &KeyId) -> Result<Option<Self>, Error> {
        let row = view.get(Table::Outbox, key_id.as_bytes())?;
        row.map(|row| Self::decode(key_id.as_bytes(), &row)).transpose()
    }

    fn decode(key: &[u8], row: &[u8]) -> Result<Self, Error> {
        let parse = || {
            let key_id = KeyId::from_bytes(key.try_into().ok()?);
            let (not_before, event) = row.split_first_chunk()?;
            Some((key_id, Timestamp::from_unix(u64::from_be_bytes(*not_before))?, event))
        };
        let (key_id, not_before, event) = parse().ok_or_else(|| damaged(Table::Outbox))?;
        Ok(Self { key_id, not_before, event: decode_event(event)? })
    }

    pub(super) fn put(&self, edit: &mut Edit<'_>) -> Result<(), Error> {
        let event = self.event.as_ref().map(SignedEvent::encode).unwrap_or_default();
        let row = [self.not_before.unix().to_be_bytes().as_slice(), &event].concat();
        Ok(edit.put(Table::Outbox, self.key_id.as_bytes(), &row)?)
    }
}

pub(super) fn policy(view: &View<'_>) -> Result<RotationPolicy, Error> {
    match view.get(Table::Handle, ROTATION)? {
        None => Ok(RotationPolicy::default()),
        Some(row) => RotationPolicy::decode(&row).ok_or_else(|| damaged(Table::Handle)),
    }
}

pub(super) fn put_policy(edit: &mut Edit<'_>, policy: &RotationPolicy) -> Result<(), Error> {
    Ok(edit.put(Table::Handle, ROTATION, &policy.encode())?)
}

/// The first sequence number that is not reserved.
pub(super) fn sequence(view: &View<'_>) -> Result<u64, Error> {
    match view.get(Table::Handle, SEQUENCE)? {
        None => Ok(1),
        Some(row) => {
            let row = row.as_slice().try_into().map_err(|_| damaged(Table::Handle))?;
            Ok(u64::from_be_bytes(row))
        }
    }
}

pub(super) fn put_sequence(edit: &mut Edit<'_>, next: u64) -> Result<(), Error> {
    Ok(edit.put(Table::Handle, SEQUENCE, &next.to_be_bytes())?)
}

fn decode_event(bytes: &[u8]) -> Result<Option<SignedEvent>, Error> {
    if bytes.is_empty() { Ok(None) } else { Ok(Some(SignedEvent::decode(bytes)?)) }
}

pub(super) fn damaged(table: Table) -> Error {
    VaultError::Row(table.name()).into()
}
