//! Those who sign events, each from a named seed.

use std::sync::{Arc, Mutex};

use vlec::hazmat::world::seed;
use vlec::hazmat::{Secret, authority_keys, identity, injected_random, seeded_random};
use vlec::{Country, Event, Identity, LogKey, Random, RootKey, SignedEvent, Signer, WitnessKey};

use crate::Result;

/// A signer, and what a file says of it.
pub(crate) struct Party {
    pub(crate) role: &'static str,
    pub(crate) owner: String,
    pub(crate) seed: Secret<64>,
    key: Key,
}

enum Key {
    Root(RootKey),
    Log(LogKey),
    Witness(WitnessKey),
    Identity(Identity),
}

impl Party {
    pub(crate) fn root(country: Country, name: &str) -> Self {
        let (root, _, _) = authority_keys(country, &seed(name), &seed(name), &seed(name));
        Self { role: "root", owner: country.to_string(), seed: seed(name), key: Key::Root(root) }
    }

    pub(crate) fn log(country: Country, name: &str) -> Self {
        let (_, log, _) = authority_keys(country, &seed(name), &seed(name), &seed(name));
        Self { role: "log", owner: country.to_string(), seed: seed(name), key: Key::Log(log) }
    }

    pub(crate) fn witness(country: Country, name: &str) -> Self {
        let (_, _, witness) = authority_keys(country, &seed(name), &seed(name), &seed(name));
        Self { role: "witness", owner: country.to_string(), seed: seed(name), key: Key::Witness(witness) }
    }

    pub(crate) fn identity(agency: &str, name: &str) -> Result<Self> {
        Self::identity_of(agency, seed(name))
    }

    pub(crate) fn identity_of(agency: &str, seed: Secret<64>) -> Result<Self> {
        let key = Key::Identity(identity(agency.parse()?, &seed));
        Ok(Self { role: "identity", owner: agency.to_owned(), seed, key })
    }

    pub(crate) fn signer(&self) -> Signer<'_> {
        match &self.key {
            Key::Root(key) => Signer::Root(key),
            Key::Log(key) => Signer::Log(key),
            Key::Witness(key) => Signer::Witness(key),
            Key::Identity(key) => Signer::Identity(key),
        }
    }

    pub(crate) fn as_root(&self) -> Result<&RootKey> {
        if let Key::Root(key) = &self.key { Ok(key) } else { Err("not a root".into()) }
    }

    pub(crate) fn as_log(&self) -> Result<&LogKey> {
        if let Key::Log(key) = &self.key { Ok(key) } else { Err("not a log".into()) }
    }

    pub(crate) fn as_witness(&self) -> Result<&WitnessKey> {
        if let Key::Witness(key) = &self.key { Ok(key) } else { Err("not a witness".into()) }
    }

    pub(crate) fn as_identity(&self) -> Result<&Identity> {
        if let Key::Identity(key) = &self.key { Ok(key) } else { Err("not an identity".into()) }
    }
}

/// Signs with randomness that depends on `name` alone, and tells what each signer drew.
pub(crate) fn sign(event: Event, parties: &[&Party], name: &str) -> Result<(SignedEvent, Vec<Vec<u8>>)> {
    let (random, draws) = recorded(name);
    let signers: Vec<Signer<'_>> = parties.iter().map(|party| party.signer()).collect();
    let signed = event.sign(&signers, &random)?;
    let draws = draws.lock().map_err(|_| "draws")?.clone();
    Ok((signed, draws))
}

/// What a source drew, one value after the other.
pub(crate) type Draws = Arc<Mutex<Vec<Vec<u8>>>>;

/// A source that depends on `name` alone, and what it drew.
pub(crate) fn recorded(name: &str) -> (Random, Draws) {
    let source = seeded_random(*seed::<32>(&format!("vector {name}")).expose());
    let drawn = Draws::default();
    let record = Arc::clone(&drawn);
    let random = injected_random(move |out| {
        let filled = source.fill(out).is_ok();
        record.lock().map(|mut draws| draws.push(out.to_vec())).is_ok() && filled
    });
    (random, drawn)
}
