//! Whole vaults: what store and anchor say together (SPEC §12.4, `[VLT-31]`).

use serde::Serialize;
use vlec::hazmat::world::NOW;

use super::anchors::{Anchor, Says, State, tag};
use super::headers::header;
use super::rows::{seal, wrap};
use super::{Case, Lock, OTHER_OWNER, OWNER, Record, Unlock, case, fixed};
use crate::Result;
use crate::hex::hex;

/// The rows of a store, the slots of an anchor's file, and who opens them with what.
#[derive(Clone, Serialize)]
pub(super) struct Stored {
    pub(super) unlock: Unlock,
    pub(super) owner: &'static str,
    /// Table, row key, value.
    pub(super) rows: Vec<(&'static str, String, String)>,
    /// Whether it was closed in order; absent where that makes no difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closed: Option<bool>,
    /// Absent: there is no anchor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) slots: Option<[String; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) says: Option<Opened>,
}

/// What an opened vault says, quarantined or not.
#[derive(Clone, Serialize)]
pub(super) struct Opened {
    pub(super) generation: u64,
    /// The row `now` of the table identity.
    value: String,
    /// The secret `epoch 7`, where it is in reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// What the anchor holds after the opening; absent if there is none that is this vault's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) anchor: Option<Says>,
    /// The table whose rows differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) differing: Option<&'static str>,
    /// The part `rows` of the state that the opening has written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) written: Option<String>,
    /// What comes of examining it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) examined: Option<&'static str>,
}

pub(super) const VALUE: &[u8] = b"what is kept";
/// The generation in the store.
pub(super) const GENERATION: u64 = 7;

/// A store of generation 7 whose secrets are under the key of this number.
fn store(number: u64, previous: [u8; 16]) -> Result<Stored> {
    state_of(&state(GENERATION, number).bytes(tag(GENERATION), previous), number)
}

pub(super) fn state(generation: u64, number: u64) -> State {
    State { generation, tag: String::new(), previous: String::new(), number, floor: NOW, rows: None }
}

fn state_of(state: &[u8], number: u64) -> Result<Stored> {
    let row = |table: u8, key: &[u8], value: &[u8]| {
        Ok::<_, Box<dyn std::error::Error>>(hex(seal(
            OWNER,
            table,
            key,
            &fixed(&format!("nonce of {table}")),
            value,
        )?))
    };
    let rows = vec![
        ("meta", hex("header"), hex(header(OWNER, &Lock::key())?)),
        ("meta", hex("state"), row(1, b"state", state)?),
        ("identity", hex("now"), row(2, b"now", VALUE)?),
        ("wrapped", hex("epoch 7"), row(15, b"epoch 7", &wrap(number, b"epoch 7", &fixed::<32>("secret"))?)?),
    ];
    Ok(Stored::of(rows))
}

impl Stored {
    /// A store with these rows.
    pub(super) fn of(rows: Vec<(&'static str, String, String)>) -> Self {
        Self { unlock: Unlock::key(), owner: OWNER, rows, closed: None, slots: None, says: None }
    }

    pub(super) fn anchor(mut self, anchor: &Anchor) -> Self {
        self.slots = Some([hex(anchor.bytes()), String::new()]);
        self
    }

    /// What comes of it: whether the secret is in reach, and what the anchor then holds.
    pub(super) fn opens(mut self, secret: bool, anchor: Option<Says>) -> Self {
        let secret = secret.then(|| hex(fixed::<32>("secret")));
        let (generation, value) = (GENERATION, hex(VALUE));
        let (differing, written, examined) = (None, None, None);
        self.says = Some(Opened { generation, value, secret, anchor, differing, written, examined });
        self
    }

    pub(super) fn case(self, name: &str, what: &str, expect: &'static str) -> Case {
        case(&format!("vault-{name}"), what, "VLT-31", Record::Vault(self)).expect(expect)
    }
}

pub(super) fn cases() -> Result<Vec<Case>> {
    let mut cases = sound()?;
    cases.extend(quarantined()?);
    cases.extend(refused()?);
    Ok(cases)
}

fn sound() -> Result<Vec<Case>> {
    let (before, now) = (Anchor::new(3, 6), Anchor::new(3, 7));
    let both = Anchor::new(3, 7).keys(&[1, 2]);
    let settled = Anchor::new(3, 7).keys(&[2]).says();
    let honest = || store(1, tag(6));
    Ok(vec![
        honest()?
            .anchor(&now)
            .opens(true, Some(now.says()))
            .case("sound", "store and anchor are of one generation", "ok")
            .rule("VLT-10"),
        honest()?.anchor(&before).opens(true, Some(now.says())).case(
            "ahead",
            "the last write was not acknowledged: the anchor follows",
            "ok",
        ),
        store(2, tag(6))?.anchor(&both).opens(true, Some(settled.clone())).case(
            "two-keys",
            "a destruction was cut off before the anchor gave up the old key",
            "ok",
        ),
        store(2, tag(6))?.anchor(&Anchor::new(3, 6).keys(&[1, 2])).opens(true, Some(settled)).case(
            "ahead-with-two-keys",
            "a destruction was cut off after its transaction",
            "ok",
        ),
        honest()?.anchor(&both).opens(true, Some(now.says())).case(
            "next-key-unused",
            "a destruction was cut off before its transaction",
            "ok",
        ),
    ])
}

fn quarantined() -> Result<Vec<Case>> {
    let honest = || store(1, tag(6));
    let at = |generation: u64| Anchor::new(3, generation);
    let tagged = |generation: u64, tag: [u8; 16]| Anchor { tag, ..Anchor::new(3, generation) };
    let other = Anchor { vault: fixed("other id"), ..at(7) };
    let damaged = Stored { slots: Some([hex("VLECANCH"), String::new()]), ..honest()? };
    let kept = |stored: Stored, anchor: &Anchor| stored.anchor(anchor).opens(true, Some(anchor.says()));
    let lost = |stored: Stored| stored.opens(false, None);
    let without_key = |generation: u64| {
        let anchor = at(generation).keys(&[2]);
        Ok::<_, Box<dyn std::error::Error>>(honest()?.anchor(&anchor).opens(false, Some(anchor.says())))
    };
    let mut cases = vec![
        kept(honest()?, &at(8)).case("store-behind", "a snapshot of the store was restored", "store-older"),
        kept(honest()?, &at(5)).case("ahead-by-two", "the store is two generations ahead", "anchor-older"),
        kept(honest()?, &tagged(6, tag(9))).case(
            "ahead-of-another",
            "the store is one generation ahead, of an anchor with another tag",
            "anchor-older",
        ),
        kept(honest()?, &tagged(7, tag(9))).case("diverged", "one generation and two tags", "diverged"),
        lost(honest()?).case("without-anchor", "there is no anchor", "anchor-missing"),
        lost(damaged).case("anchor-torn", "neither slot of the anchor is whole", "anchor-damaged"),
        lost(honest()?.anchor(&other)).case(
            "anchor-of-another",
            "the anchor is another vault's",
            "anchor-of-another",
        ),
        without_key(7)?.case(
            "key-missing",
            "the anchor lacks the key that the state names",
            "anchor-damaged",
        ),
        without_key(6)?.case("key-missing-ahead", "the same, one generation behind", "anchor-damaged"),
    ];
    let first = state_of(&state(0, 1).bytes(tag(0), tag(u64::MAX)), 1)?;
    let mut wrapped = kept(first, &at(u64::MAX));
    if let Some(says) = &mut wrapped.says {
        says.generation = 0;
    }
    cases.push(wrapped.case("generation-wraps", "generation 0 does not follow 2^64 - 1", "store-older"));
    Ok(cases.into_iter().map(|case| case.attack("L6")).collect())
}

/// Not opened at all.
fn refused() -> Result<Vec<Case>> {
    let anchor = Anchor::new(3, 7);
    let honest = || Ok::<_, Box<dyn std::error::Error>>(store(1, tag(6))?.anchor(&anchor));
    let without = |key: &str| {
        let mut stored = honest()?;
        stored.rows.retain(|(_, row_key, _)| *row_key != hex(key));
        Ok::<_, Box<dyn std::error::Error>>(stored)
    };
    let mut moved = honest()?;
    let other = seal(OTHER_OWNER, 1, b"state", &fixed("nonce of 1"), &state(7, 1).bytes(tag(7), tag(6)))?;
    moved.rows.iter_mut().filter(|row| row.1 == hex("state")).for_each(|row| row.2 = hex(&other));
    let short = state_of(&[0; 55], 1)?.anchor(&anchor);
    Ok(vec![
        Stored { unlock: Unlock::Key(hex([7; 32])), ..honest()? }.case(
            "wrong-key",
            "another key",
            "wrong-passphrase",
        ),
        Stored { owner: OTHER_OWNER, ..honest()? }.case(
            "other-owner",
            "asked for as another agency's",
            "other-owner",
        ),
        without("header")?.case("no-header", "a store without a header", "no-vault"),
        without("state")?.case("no-state", "a store without a state", "row-damaged").rule("VLT-11"),
        moved
            .case("state-moved", "the state of another agency's vault", "row-damaged")
            .rule("VLT-11")
            .attack("L7"),
        short.case("state-short", "a state that is too short, rightly sealed", "row-damaged"),
    ])
}
