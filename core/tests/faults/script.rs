//! The script of vault operations that is stopped everywhere, and what must hold of the vault
//! that is found afterwards.

use std::path::Path;
use std::sync::PoisonError;

use vlec::hazmat::{Entry, arrive_entries};
use vlec::hazmat::{LedgerPolicy, Vault};
use vlec::{
    AgencyId, Arrival, Condition, EnvelopeId, FileAnchor, LedgerError, Outcome, Random, Secret,
    SignedManifest, SqliteStore, Timestamp, Unlock, VaultError,
};

use crate::child::STARTING;

pub type Fallible<T = ()> = Result<T, Box<dyn std::error::Error>>;

pub fn now() -> Timestamp {
    Timestamp::from_unix(1_000_000).unwrap()
}

pub fn owner() -> AgencyId {
    "GE/mia/cyber".parse().unwrap()
}

pub fn key(byte: u8) -> Unlock {
    Unlock::Key(Secret::new(|out| out.fill(byte)))
}

pub fn seed(n: u64) -> Secret<32> {
    Secret::new(|out| {
        out.iter_mut().zip((0..).map(|i| (n as u8).wrapping_mul(31) ^ i)).for_each(|(o, b)| *o = b)
    })
}

pub fn create(home: &Path) -> Fallible<Vault> {
    let store = SqliteStore::create(&home.join("home"))?;
    Ok(Vault::create(
        store,
        FileAnchor::new(&home.join("anchor"))?,
        owner(),
        key(1),
        Random::system(),
        now(),
    )?)
}

pub fn open(home: &Path, unlock: Unlock) -> Fallible<Vault> {
    let store = SqliteStore::open(&home.join("home"))?;
    Ok(Vault::open(store, FileAnchor::new(&home.join("anchor"))?, owner(), unlock, Random::system())?)
}

/// What the ledger knows of invented envelope `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mail {
    Unknown,
    Pending,
    Accepted,
}

pub fn arrive(vault: &Vault, n: u64) -> Fallible<Mail> {
    let signed = SignedManifest { bytes: n.to_be_bytes().to_vec(), signature: [n as u8; 3373] };
    let (sender, digest) = ("UA/npu".parse()?, [n as u8; 64]);
    let (id, created) = (envelope(n), now());
    let entry = Entry {
        sender: &sender,
        id,
        digest: &digest,
        created,
        replaces: None,
        signed: &signed,
        epoch: None,
        sequence: 0,
    };
    let ledger = vault.ledger(LedgerPolicy::default(), now());
    match arrive_entries(&ledger, &[entry])?.remove(0) {
        Ok(Arrival::First) => Ok(Mail::Unknown),
        Ok(Arrival::Again) => Ok(Mail::Pending),
        Err(LedgerError::Duplicate { outcome }) if outcome.as_bytes() == n.to_be_bytes() => {
            Ok(Mail::Accepted)
        }
        Err(other) => Err(other.into()),
    }
}

pub fn accept(vault: &Vault, n: u64) -> Fallible {
    let outcome = Outcome::new(&n.to_be_bytes())?;
    let ledger = vault.ledger(LedgerPolicy::default(), now());
    match ledger.accept(&"UA/npu".parse()?, &envelope(n), &outcome) {
        // A step that is tried again may have been done.
        Ok(()) | Err(LedgerError::Duplicate { .. }) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

fn envelope(n: u64) -> EnvelopeId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&n.to_be_bytes());
    EnvelopeId::from_bytes(id)
}

pub fn put_epochs(vault: &Vault, epochs: &[u64]) -> Result<(), VaultError> {
    vault.write(now(), |edit| epochs.iter().try_for_each(|n| edit.put_wrapped(&n.to_be_bytes(), &seed(*n))))
}

pub fn destroy(vault: &Vault, epoch: u64) -> Result<(), VaultError> {
    vault.destroy(now(), |edit| edit.delete_wrapped(&epoch.to_be_bytes()))
}

/// The epochs whose seeds are there, and right.
pub fn epochs(vault: &Vault) -> Vec<u64> {
    let found = vault.read(|view| {
        let keys = view.wrapped_keys(&[], usize::MAX)?;
        keys.iter()
            .map(|key| Ok((key.clone(), view.get_wrapped(key)?.unwrap())))
            .collect::<Result<Vec<_>, _>>()
    });
    let number = |(key, secret): (Vec<u8>, Secret<32>)| {
        let n = u64::from_be_bytes(key.try_into().unwrap());
        assert_eq!(secret.expose(), seed(n).expose(), "epoch {n} is another");
        n
    };
    found.unwrap().into_iter().map(number).collect()
}

/// The steps, in order. Each may be tried again.
pub const STEPS: usize = 9;

pub fn run(step: usize, home: &Path, vault: &mut Option<Vault>) -> Fallible {
    let Some(vault) = vault else {
        *vault = Some(create(home).or_else(|_| open(home, key(1)))?);
        return Ok(());
    };
    match step {
        1 => Ok(put_epochs(vault, &[1, 2, 3])?),
        2 => arrive(vault, 1).map(|_| ()),
        3 => accept(vault, 1),
        4 => Ok(destroy(vault, 1)?),
        5 => arrive(vault, 2).map(|_| ()),
        6 => Ok(vault.change_unlock(now(), key(2))?),
        7 => accept(vault, 2),
        _ => Ok(destroy(vault, 2)?),
    }
}

/// The vault after the first `steps` steps: key, epochs, envelopes.
fn expected(steps: usize) -> (u8, Vec<u64>, [Mail; 2]) {
    let mail = |pending, accepted| match steps {
        n if n >= accepted => Mail::Accepted,
        n if n >= pending => Mail::Pending,
        _ => Mail::Unknown,
    };
    let epochs = match steps {
        0 | 1 => vec![],
        2..=4 => vec![1, 2, 3],
        5..=8 => vec![2, 3],
        _ => vec![3],
    };
    (if steps >= 7 { 2 } else { 1 }, epochs, [mail(3, 4), mail(6, 8)])
}

/// `[VLT-31]`: after any stop the vault is as it was after the last acknowledged step, or after the next
/// one; sound; and usable.
pub fn check(home: &Path, acknowledged: usize, what: &str) {
    let _open = STARTING.read().unwrap_or_else(PoisonError::into_inner);
    let opened =
        open(home, key(1)).map(|vault| (1, vault)).or_else(|_| open(home, key(2)).map(|vault| (2, vault)));
    let (unlocked, vault) = match opened {
        Ok(opened) => opened,
        Err(_) if acknowledged == 0 => (1, create(home).unwrap_or_else(|error| panic!("{what}: {error}"))),
        Err(error) => panic!("{what}: after {acknowledged} steps: {error}"),
    };
    assert_eq!(vault.condition(), Condition::Sound, "{what}: after {acknowledged} steps");
    let found = (unlocked, epochs(&vault), [1, 2].map(|n| arrive(&vault, n).unwrap()));
    let allowed = [expected(acknowledged), expected((acknowledged + 1).min(STEPS))];
    assert!(allowed.contains(&found), "{what}: after {acknowledged} steps: {found:?}");
    put_epochs(&vault, &[77]).unwrap_or_else(|error| panic!("{what}: {error}"));
    destroy(&vault, 77).unwrap_or_else(|error| panic!("{what}: {error}"));
    drop(vault);
    assert_eq!(open(home, key(unlocked)).unwrap().condition(), Condition::Sound, "{what}: opened again");
    let hidden = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(".vlec-");
    let left =
        std::fs::read_dir(home.join("anchor")).unwrap().filter(|entry| hidden(entry.as_ref().unwrap()));
    assert_eq!(left.count(), 0, "{what}: the anchor's folder is not swept");
}
