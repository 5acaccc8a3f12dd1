//! The ledger's rows and what an arrival or an acceptance makes of them (SPEC §12.7).
//!
//! ```text
//! Ledger      length u8 ‖ sender ‖ envelope id(16)  ─▶ [digest(64) or empty, created, kept,
//!                parent id(16) or empty, size, arrived, group kept, [] or [accepted, outcome]]
//! LedgerTime  kept u64 ‖ the Ledger row's key       ─▶ evidence, or empty if only named
//! Conflict    the Ledger row's key ‖ n u8           ─▶ evidence, n = 0 the first, 1 to 3 others
//! ```
//!
//! Envelopes that replace one another are a group: a tree by `parent`, joined by size so that no
//! path is longer than the logarithm of the group's size. The root's row says whether the group
//! has been accepted, and until when the group is kept.

use crate::cbor::{self, Malformed, Reader};
use crate::envelope::ledger::{Arrival, LedgerError, MAX_OUTCOME, Outcome};
use crate::envelope::signed::{SignedManifest, VerifiedManifest};
use crate::ids::{AgencyId, EnvelopeId, KeyId};
use crate::time::Timestamp;

use super::edit::{Edit, View};
use super::error::VaultError;
use super::evidence::Kept;
use super::sequence;
use super::store::Table;

/// So many other manifests are kept as evidence under one sender and id.
const MAX_CONFLICTS: u8 = 3;
/// A path is never longer: groups are joined by size.
const MAX_PATH: usize = 64;

/// What the ledger needs of an envelope that arrived.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Who sealed it.
    pub sender: &'a AgencyId,
    /// Its id.
    pub id: EnvelopeId,
    /// SHA-512 of the manifest's bytes.
    pub digest: &'a [u8; 64],
    /// When it was sealed, by the sender's word.
    pub created: Timestamp,
    /// The earlier envelope that it seals again.
    pub replaces: Option<EnvelopeId>,
    /// The manifest as signed.
    pub signed: &'a SignedManifest,
    /// The epoch with whose key it was opened: the manifest is kept as long as that.
    pub epoch: Option<KeyId>,
    /// The number that its sender gave it; 0 for none.
    pub sequence: u64,
}

impl<'a> Entry<'a> {
    pub(super) fn of(manifest: &'a VerifiedManifest) -> Self {
        Self {
            sender: &manifest.sender,
            id: manifest.id,
            digest: manifest.digest(),
            created: manifest.created,
            replaces: manifest.labels.replaces.filter(|earlier| *earlier != manifest.id),
            signed: manifest.signed(),
            epoch: Some(manifest.opened_with().key_id),
            sequence: manifest.sequence,
        }
    }
}

/// A row of the table `Ledger`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// `None`: only named by one that replaces it.
    digest: Option<[u8; 64]>,
    created: Timestamp,
    /// Its place in `LedgerTime`.
    pub(super) kept: Timestamp,
    parent: Option<EnvelopeId>,
    /// Of a root: how many are in its group.
    size: u64,
    /// Of a root: how many of them arrived.
    arrived: u64,
    /// Of a root: the latest `kept` of its group.
    pub(super) group_kept: Timestamp,
    /// Of a root: when the group was accepted, and with what outcome.
    accepted: Option<(Timestamp, Outcome)>,
}

impl Node {
    fn new(digest: Option<[u8; 64]>, created: Timestamp, kept: Timestamp) -> Self {
        let arrived = u64::from(digest.is_some());
        Self { digest, created, kept, parent: None, size: 1, arrived, group_kept: kept, accepted: None }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let Self { digest, created, kept, parent, size, arrived, group_kept, accepted } = self;
        cbor::encode(|e| {
            e.array(8)?.bytes(digest.as_ref().map_or(&[], |digest| digest))?;
            e.u64(created.unix())?.u64(kept.unix())?;
            e.bytes(parent.as_ref().map_or(&[], |parent| parent.as_bytes()))?;
            e.u64(*size)?.u64(*arrived)?.u64(group_kept.unix())?;
            match accepted {
                None => e.array(0)?,
                Some((at, outcome)) => e.array(2)?.u64(at.unix())?.bytes(outcome.as_bytes())?,
            };
            Ok(())
        })
    }

    fn decode(bytes: &[u8]) -> Result<Self, VaultError> {
        let node = Self::parse(bytes).map_err(|_| VaultError::Row(Table::Ledger.name()))?;
        if node.encode() == bytes { Ok(node) } else { Err(VaultError::Row(Table::Ledger.name())) }
    }

    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(bytes);
        r.array("ledger row", 8, 8)?;
        let digest = r.bytes("digest", 0, 64)?;
        let (created, kept) = (r.time("created")?, r.time("kept")?);
        let parent = r.bytes("parent", 0, 16)?;
        let (size, arrived, group_kept) = (r.uint("size")?, r.uint("arrived")?, r.time("kept")?);
        let accepted = match r.array("acceptance", 0, 2)? {
            0 => None,
            _ => {
                let at = r.time("accepted")?;
                let outcome = Outcome::new(r.bytes("outcome", 0, MAX_OUTCOME)?);
                Some((at, outcome.map_err(|_| Malformed { field: "outcome" })?))
            }
        };
        let digest = fixed("digest", digest)?;
        let parent = fixed("parent", parent)?.map(EnvelopeId::from_bytes);
        Ok(Self { digest, created, kept, parent, size, arrived, group_kept, accepted })
    }
}

/// Nothing, or exactly `N` bytes.
fn fixed<const N: usize>(field: &'static str, bytes: &[u8]) -> Result<Option<[u8; N]>, Malformed> {
    if bytes.is_empty() { Ok(None) } else { bytes.try_into().map(Some).map_err(|_| Malformed { field }) }
}

/// The key of a row in `Ledger`.
pub(super) fn row_key(sender: &AgencyId, id: &EnvelopeId) -> Vec<u8> {
    // An agency's name has at most 134 bytes.
    [&[sender.as_str().len() as u8], sender.as_str().as_bytes(), id.as_bytes()].concat()
}

fn time_key(kept: Timestamp, row_key: &[u8]) -> Vec<u8> {
    [kept.unix().to_be_bytes().as_slice(), row_key].concat()
}

/// The same sender's row with another id.
fn sibling(row_key: &[u8], id: &EnvelopeId) -> Vec<u8> {
    let sender = row_key.len().saturating_sub(EnvelopeId::LEN);
    [row_key.get(..sender).unwrap_or_default(), id.as_bytes()].concat()
}

pub(super) fn node(view: &View<'_>, key: &[u8]) -> Result<Option<Node>, VaultError> {
    view.get(Table::Ledger, key)?.map(|bytes| Node::decode(&bytes)).transpose()
}

/// The root of a row's group; `None` if it was pruned already.
pub(super) fn root(view: &View<'_>, key: &[u8]) -> Result<Option<(Vec<u8>, Node)>, VaultError> {
    let Some(found) = node(view, key)? else { return Ok(None) };
    root_of(view, key, found)
}

/// As [`root`], of a row that has been read.
fn root_of(view: &View<'_>, key: &[u8], row: Node) -> Result<Option<(Vec<u8>, Node)>, VaultError> {
    let (mut key, mut found) = (key.to_vec(), row);
    for _ in 0..MAX_PATH {
        let Some(parent) = &found.parent else { return Ok(Some((key, found))) };
        key = sibling(&key, parent);
        let Some(next) = node(view, &key)? else { return Ok(None) };
        found = next;
    }
    Err(VaultError::Row(Table::Ledger.name()))
}

/// What the ledger says of an arrival.
pub(super) type Verdict = Result<Arrival, LedgerError>;

/// `[LED-02]`, `[LED-03]`, `[LED-06]`: the verdict where it follows from rows that stand already; `None` where
/// something has to be written first.
pub(super) fn known(
    view: &View<'_>,
    entry: &Entry<'_>,
    horizon: Timestamp,
) -> Result<Option<Verdict>, VaultError> {
    let key = row_key(entry.sender, &entry.id);
    let found = node(view, &key)?;
    known_by(view, entry, horizon, &key, found.as_ref())
}

/// As [`known`], by the row that was found.
fn known_by(
    view: &View<'_>,
    entry: &Entry<'_>,
    horizon: Timestamp,
    key: &[u8],
    found: Option<&Node>,
) -> Result<Option<Verdict>, VaultError> {
    let past = || Some(Err(LedgerError::PastHorizon { created: entry.created }));
    let Some(found) = found else {
        return Ok(if entry.created < horizon { past() } else { None });
    };
    if found.digest.is_some_and(|digest| digest != *entry.digest) {
        let news = is_news(view, key, entry.digest)?;
        return Ok(if news == News::No { Some(Err(LedgerError::Conflict)) } else { None });
    }
    let Some((_, root)) = root_of(view, key, found.clone())? else { return Ok(past()) };
    let is_past = entry.created < horizon;
    Ok(match (root.accepted, found.digest) {
        // Of one that was only named, what it replaces is still to be learned.
        (_, None) if !is_past => None,
        (Some((_, outcome)), _) => Some(Err(LedgerError::Duplicate { outcome })),
        (None, Some(_)) => Some(Ok(Arrival::Again)),
        (None, None) => past(),
    })
}

/// Records an arrival.
pub(super) fn arrive(
    edit: &mut Edit<'_>,
    entry: &Entry<'_>,
    evidence: &Kept,
    now: Timestamp,
    horizon: Timestamp,
) -> Result<Verdict, VaultError> {
    let key = row_key(entry.sender, &entry.id);
    let found = node(&edit.view(), &key)?;
    if let Some(verdict) = known_by(&edit.view(), entry, horizon, &key, found.as_ref())? {
        return Ok(verdict);
    }
    if found.as_ref().is_some_and(|found| found.digest.is_some()) {
        keep_conflict(edit, &key, evidence)?;
        return Ok(Err(LedgerError::Conflict));
    }
    let kept = entry.created.max(now);
    let mut own = Node::new(Some(*entry.digest), entry.created, kept);
    if let Some(named) = found {
        edit.delete(Table::LedgerTime, &time_key(named.kept, &key))?;
        let kept = kept.max(named.kept);
        own = Node { digest: own.digest, created: entry.created, kept, ..named };
        put(edit, &key, &own)?;
        // It counts as arrived in its group.
        if let Some((root_key, root)) = root(&edit.view(), &key)? {
            let (arrived, group_kept) = (root.arrived + 1, root.group_kept.max(kept));
            put(edit, &root_key, &Node { arrived, group_kept, ..root })?;
        }
    } else {
        put(edit, &key, &own)?;
    }
    edit.put(Table::LedgerTime, &time_key(own.kept, &key), &evidence.encode())?;
    sequence::note(edit, entry.sender, entry.sequence, &entry.id, now)?;
    if let Some(earlier) = &entry.replaces {
        let earlier = sibling(&key, earlier);
        if node(&edit.view(), &earlier)?.is_none() {
            put(edit, &earlier, &Node::new(None, entry.created, kept))?;
            edit.put(Table::LedgerTime, &time_key(kept, &earlier), &[])?;
        }
        join(edit, &key, &earlier)?;
    } else if own.parent.is_none() && own.size == 1 {
        return Ok(Ok(Arrival::First));
    }
    let Some((_, root)) = root(&edit.view(), &key)? else {
        return Ok(Err(LedgerError::PastHorizon { created: entry.created }));
    };
    Ok(match root.accepted {
        Some((_, outcome)) => Err(LedgerError::Duplicate { outcome }),
        None if root.arrived > 1 => Ok(Arrival::Again),
        None => Ok(Arrival::First),
    })
}

/// `[LED-05]` Makes two rows one group: the smaller one's root points to the larger one's.
fn join(edit: &mut Edit<'_>, a: &[u8], b: &[u8]) -> Result<(), VaultError> {
    let (Some(a), Some(b)) = (root(&edit.view(), a)?, root(&edit.view(), b)?) else { return Ok(()) };
    if a.0 == b.0 {
        return Ok(());
    }
    let ((top_key, top), (low_key, low)) = if a.1.size > b.1.size { (a, b) } else { (b, a) };
    // Both may have been accepted before anybody knew that they belong together.
    let accepted = match (top.accepted, low.accepted) {
        (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
        (a, b) => a.or(b),
    };
    let joined = Node {
        size: top.size + low.size,
        arrived: top.arrived + low.arrived,
        group_kept: top.group_kept.max(low.group_kept),
        accepted,
        ..top
    };
    let parent = top_key.last_chunk().map(|id| EnvelopeId::from_bytes(*id));
    put(edit, &low_key, &Node { parent, accepted: None, ..low })?;
    put(edit, &top_key, &joined)
}

/// `[LED-04]` Accepts a group, once.
pub(super) fn accept(
    edit: &mut Edit<'_>,
    sender: &AgencyId,
    id: &EnvelopeId,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<Result<(), LedgerError>, VaultError> {
    let key = row_key(sender, id);
    let arrived = node(&edit.view(), &key)?.filter(|node| node.digest.is_some());
    let Some(arrived) = arrived else { return Ok(Err(LedgerError::NotPending)) };
    let Some((root_key, root)) = root_of(&edit.view(), &key, arrived)? else {
        return Ok(Err(LedgerError::NotPending));
    };
    if let Some((_, outcome)) = root.accepted {
        return Ok(Err(LedgerError::Duplicate { outcome }));
    }
    put(edit, &root_key, &Node { accepted: Some((now, outcome.clone())), ..root })?;
    Ok(Ok(()))
}

/// Whether a row is kept until before `until` only.
pub(super) fn is_due(view: &View<'_>, until: Timestamp) -> Result<News, VaultError> {
    let due = view.range(Table::LedgerTime, &[], &until.unix().to_be_bytes(), 1)?;
    Ok(if due.is_empty() { News::No } else { News::Yes })
}

/// `[LED-09]` Of the first `limit` rows that are due, removes those whose group is; gives how many.
pub(super) fn prune(edit: &mut Edit<'_>, until: Timestamp, limit: usize) -> Result<u64, VaultError> {
    let due = edit.range(Table::LedgerTime, &[], &until.unix().to_be_bytes(), limit)?;
    let mut removed = 0;
    for (place, evidence) in &due {
        let Some(key) = place.get(8..) else { return Err(VaultError::Row(Table::LedgerTime.name())) };
        edit.delete(Table::LedgerTime, place)?;
        // Without a root, the group was due and is on its way out.
        let group_kept = root(&edit.view(), key)?.map(|(_, root)| root.group_kept);
        match (group_kept.filter(|kept| *kept >= until), node(&edit.view(), key)?) {
            (Some(kept), Some(node)) => {
                put(edit, key, &Node { kept, ..node })?;
                edit.put(Table::LedgerTime, &time_key(kept, key), evidence)?;
            }
            _ => {
                edit.delete(Table::Ledger, key)?;
                if !evidence.is_empty() {
                    sequence::forget(edit, key, Kept::decode(Table::LedgerTime, evidence)?.sequence)?;
                }
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// `[LED-07]` Keeps both manifests: the first, and up to three others.
fn keep_conflict(edit: &mut Edit<'_>, key: &[u8], other: &Kept) -> Result<(), VaultError> {
    let kept = conflicts_of(&edit.view(), key)?;
    if has(&kept, &other.digest) == News::No {
        return Ok(());
    }
    let mut at = kept.len() as u8;
    if at == 0 {
        let Some(found) = node(&edit.view(), key)? else { return Ok(()) };
        let first = edit.get(Table::LedgerTime, &time_key(found.kept, key))?;
        edit.put(Table::Conflict, &conflict_key(key, at), &first.unwrap_or_default())?;
        at += 1;
    }
    edit.put(Table::Conflict, &conflict_key(key, at), &other.encode())
}

/// Whether another manifest under this key would still be kept.
pub(super) fn is_news(view: &View<'_>, key: &[u8], other: &[u8; 64]) -> Result<News, VaultError> {
    Ok(has(&conflicts_of(view, key)?, other))
}

fn has(kept: &[Kept], other: &[u8; 64]) -> News {
    let full = kept.iter().any(|kept| kept.digest == *other) || kept.len() > MAX_CONFLICTS.into();
    if full { News::No } else { News::Yes }
}

/// Whether there is something to write.
#[derive(PartialEq, Eq)]
pub(super) enum News {
    Yes,
    No,
}

pub(super) fn conflicts_of(view: &View<'_>, key: &[u8]) -> Result<Vec<Kept>, VaultError> {
    let rows =
        view.range(Table::Conflict, key, &conflict_key(key, u8::MAX), usize::from(MAX_CONFLICTS) + 1)?;
    rows.iter().map(|(_, value)| Kept::decode(Table::Conflict, value)).collect()
}

fn conflict_key(key: &[u8], n: u8) -> Vec<u8> {
    [key, &[n]].concat()
}

fn put(edit: &mut Edit<'_>, key: &[u8], node: &Node) -> Result<(), VaultError> {
    edit.put(Table::Ledger, key, &node.encode())
}
