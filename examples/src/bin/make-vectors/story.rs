//! What rosters are told by: the invented country GE, its events, and those who sign them.

use std::collections::HashMap;

use serde::Serialize;
use vlec::event::{DisplayName, Enrol, Reason, Revoke};
use vlec::hazmat::world::{NOW, World, seed};
use vlec::hazmat::{Secret, epoch};
use vlec::{Country, EpochNumber, Event, KeyId, SignedEvent, Timestamp, TrustAnchor, Window};

use crate::Result;
use crate::events::Small;
use crate::party::{Party, sign};
use crate::world::Observed;

pub(crate) const DAY: u64 = 86_400;
pub(crate) const CYBER: &str = "GE/mia/cyber";
pub(crate) const BORDER: &str = "GE/police/border";
pub(crate) const NEW: &str = "GE/moj/mutual-aid";

/// One roster. The fields are in the order of the file.
#[derive(Serialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    description: String,
    rule: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attack: Vec<&'static str>,
    expect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    anchor: String,
    as_of: u64,
    world_events: usize,
    events: Vec<Published>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hear: Vec<Observed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    follow: Vec<Observed>,
    replaces_world: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<View>,
}

/// An event, or where another roster's file has it.
#[derive(Serialize)]
struct Published {
    at: u64,
    event: Written,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Written {
    Hex(String),
    Elsewhere { of: String, index: usize },
}

/// What a good roster says.
#[derive(Serialize)]
pub(crate) struct View {
    size: usize,
    root: String,
    revoked: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<Evidence>,
    answers: Vec<Answer>,
}

/// What is kept of a revoked key.
#[derive(Serialize)]
pub(crate) struct Evidence {
    pub(crate) key_id: String,
    pub(crate) seen: u64,
    pub(crate) effective: u64,
    pub(crate) reason: u64,
    /// "owner", "recovery" or "roots".
    pub(crate) by: &'static str,
}

/// A question to the rosters at a time, and the answer's code.
#[derive(Serialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// Which epoch is sealed to?
    SealTo {
        agency: &'static str,
        now: u64,
        expect: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        epoch: Option<u64>,
    },
    /// May the agency seal with the identity of this seed?
    SealAs { agency: &'static str, now: u64, identity_seed: String, expect: &'static str },
    /// Does a signature under this identity count?
    Sender { agency: &'static str, now: u64, key_id: String, expect: &'static str },
}

/// The cast.
pub(crate) struct Story<'w> {
    pub(crate) world: &'w World,
    pub(crate) country: Country,
    pub(crate) anchor: TrustAnchor,
    pub(crate) roots: Vec<Party>,
    pub(crate) cyber: Party,
    pub(crate) border: Party,
    /// The next identities of both, and the first of an agency to come.
    pub(crate) cyber_next: Party,
    pub(crate) border_next: Party,
    pub(crate) new: Party,
    pub(crate) small: Small,
}

impl<'w> Story<'w> {
    pub(crate) fn new(world: &'w World) -> Result<Self> {
        let country: Country = "GE".parse()?;
        let identity = |agency: &str, name: &str| Party::identity(agency, &format!("{agency} {name}"));
        Ok(Self {
            world,
            country,
            anchor: world.countries.get(&country).ok_or("country")?.anchor,
            roots: (1..=3).map(|n| Party::root(country, &format!("GE root {n}"))).collect(),
            cyber: identity(CYBER, "identity")?,
            border: identity(BORDER, "identity")?,
            cyber_next: identity(CYBER, "next identity")?,
            border_next: identity(BORDER, "next identity")?,
            new: identity(NEW, "identity")?,
            small: Small::new()?,
        })
    }

    /// Two roots and others.
    pub(crate) fn quorum<'a>(&'a self, others: &[&'a Party]) -> Vec<&'a Party> {
        self.roots.iter().take(2).chain(others.iter().copied()).collect()
    }

    pub(crate) fn withdraw(&self, agency: &str, serial: u64) -> Result<Event> {
        Ok(Event::withdraw(&self.anchor, agency.parse()?, serial))
    }

    pub(crate) fn rotate(&self, serial: u64, next: &Party) -> Result<Event> {
        Ok(Event::rotation(&self.anchor, serial, next.as_identity()?.public().clone()))
    }

    pub(crate) fn recover(&self, serial: u64, next: &Party) -> Result<Event> {
        Ok(Event::recovery(&self.anchor, serial, next.as_identity()?.public().clone()))
    }

    pub(crate) fn enrol(&self, identity: &Party) -> Result<Event> {
        let name = DisplayName::new("en", "An agency")?;
        Ok(Event::enrol(
            &self.anchor,
            Enrol::new(vec![name], vec![], identity.as_identity()?.public().clone())?,
        ))
    }

    pub(crate) fn revoke_by_owner(&self, agency: &str, key_id: KeyId) -> Result<Event> {
        let revoke = Revoke::by_owner(key_id, Reason::KeyCompromise);
        Ok(Event::revoke(&self.anchor, agency.parse()?, revoke))
    }

    pub(crate) fn revoke_by_roots(&self, agency: &str, key_id: KeyId) -> Result<Event> {
        let revoke = Revoke::by_roots(key_id, Reason::KeyCompromise, self.world.now);
        Ok(Event::revoke(&self.anchor, agency.parse()?, revoke))
    }

    /// An epoch of a day that begins `start` seconds from now, under the key of any seed.
    pub(crate) fn epoch(
        &self,
        agency: &str,
        serial: u64,
        number: u64,
        start: i64,
        key: &str,
    ) -> Result<Event> {
        let start = NOW.checked_add_signed(start).ok_or("time")?;
        let at = |seconds| Timestamp::from_unix(seconds).ok_or("time");
        let window = Window::new(at(start)?, at(start + DAY)?, at(start + 8 * DAY)?)?;
        let seed: Secret<32> = seed(key);
        let epoch = epoch(agency.parse()?, EpochNumber(number), window, &seed);
        Ok(Event::epoch(&self.anchor, serial, epoch.public().clone())?)
    }

    pub(crate) fn id(party: &Party) -> KeyId {
        party.signer().id()
    }
}

impl Answer {
    /// Of another key: one that is nobody's identity here.
    pub(crate) fn of_key(mut self, id: &KeyId) -> Self {
        if let Self::Sender { key_id, .. } = &mut self {
            *key_id = id.to_string();
        }
        self
    }
}

/// Signs with randomness that depends on the name alone, and publishes `after` seconds from now.
pub(crate) fn publish(name: &str, after: u64, event: Event, parties: &[&Party]) -> Result<Observed> {
    let (signed, _) = sign(event, parties, name)?;
    Ok(Observed::new(NOW + after, &signed))
}

impl Case {
    /// A roster that begins with so many events of `world.json`'s roster of GE.
    pub(crate) fn new(
        story: &Story<'_>,
        name: &str,
        description: &str,
        rule: &[&'static str],
        world_events: usize,
    ) -> Self {
        Self {
            name: name.to_owned(),
            description: description.to_owned(),
            rule: rule.to_vec(),
            attack: Vec::new(),
            expect: "ok",
            index: None,
            anchor: story.anchor.to_string(),
            as_of: NOW,
            world_events,
            events: Vec::new(),
            hear: Vec::new(),
            follow: Vec::new(),
            replaces_world: false,
            held_until: None,
            view: None,
        }
    }

    pub(crate) fn attack(mut self, attack: &[&'static str]) -> Self {
        self.attack = attack.to_vec();
        self
    }

    /// The last event is refused.
    pub(crate) fn last_fails(mut self, expect: &'static str) -> Self {
        self.index = Some((self.world_events + self.events.len()).saturating_sub(1));
        self.expect = expect;
        self
    }

    /// Something other than an event is refused.
    pub(crate) fn fails(mut self, expect: &'static str) -> Self {
        self.expect = expect;
        self
    }

    pub(crate) fn anchored(mut self, anchor: TrustAnchor) -> Self {
        self.anchor = anchor.to_string();
        self
    }

    pub(crate) fn viewed_at(mut self, as_of: u64) -> Self {
        self.as_of = as_of;
        self
    }

    pub(crate) fn event(mut self, event: Observed) -> Self {
        self.as_of = self.as_of.max(event.at);
        self.events.push(Published { at: event.at, event: Written::Hex(event.event) });
        self
    }

    /// As [`Case::event`], of bytes that no honest signer makes.
    pub(crate) fn bytes(self, event: &[u8]) -> Result<Self> {
        Ok(self.event(Observed::new(NOW, &SignedEvent::decode(event)?)))
    }

    pub(crate) fn hear(mut self, event: Observed) -> Self {
        self.hear.push(event);
        self
    }

    /// Follows in the log, after what was heard.
    pub(crate) fn follow(mut self, event: Observed) -> Self {
        self.as_of = self.as_of.max(event.at);
        self.follow.push(event);
        self
    }

    /// The last of the events that follow is refused.
    pub(crate) fn follow_fails(mut self, expect: &'static str) -> Self {
        self.index = Some((self.world_events + self.events.len() + self.follow.len()).saturating_sub(1));
        self.expect = expect;
        self
    }

    /// The view of `world.json` that is held goes on until then.
    pub(crate) fn held_until(mut self, as_of: u64) -> Self {
        self.held_until = Some(as_of);
        self
    }

    /// What is kept of a revoked key of the good roster.
    pub(crate) fn evidence(mut self, told: Evidence) -> Self {
        if let Some(view) = &mut self.view {
            view.evidence.push(told);
        }
        self
    }

    /// The verified roster takes the place of that of `world.json`.
    pub(crate) fn replaces_world(mut self) -> Self {
        self.replaces_world = true;
        self
    }

    /// A good roster's head and answers.
    pub(crate) fn says(
        mut self,
        story: &Story<'_>,
        revoked: &[&Party],
        answers: Vec<Answer>,
    ) -> Result<Self> {
        let known = &story.world.countries.get(&story.country).ok_or("country")?.events;
        let own = self.events.iter().filter_map(|event| match &event.event {
            Written::Hex(hex) => Some(data_encoding::HEXLOWER.decode(hex.as_bytes()).map_err(Into::into)),
            Written::Elsewhere { .. } => None,
        });
        let follow =
            self.follow.iter().map(|event| Ok(data_encoding::HEXLOWER.decode(event.event.as_bytes())?));
        let own = own.chain(follow).collect::<Result<Vec<_>>>()?;
        let known = known.iter().take(self.world_events).map(|event| event.encode());
        let events = known.chain(own).map(|bytes| Ok(SignedEvent::decode(&bytes)?));
        let events = events.collect::<Result<Vec<_>>>()?;
        let size = events.len();
        let mut revoked: Vec<String> = revoked.iter().map(|party| Story::id(party).to_string()).collect();
        revoked.sort();
        self.view =
            Some(View { size, root: crate::events::root(&events), revoked, evidence: Vec::new(), answers });
        Ok(self)
    }

    /// The good roster calls this key revoked too.
    pub(crate) fn revoked(mut self, key_id: KeyId) -> Self {
        if let Some(view) = &mut self.view {
            view.revoked.push(key_id.to_string());
            view.revoked.sort();
        }
        self
    }
}

/// An event that an earlier roster has, in the same bytes, is written there only.
pub(crate) fn share_events(cases: &mut [Case]) {
    let mut known: HashMap<String, (String, usize)> = HashMap::new();
    for case in cases {
        for (index, event) in case.events.iter_mut().enumerate() {
            let Written::Hex(hex) = &event.event else { continue };
            if let Some((of, index)) = known.get(hex) {
                event.event = Written::Elsewhere { of: of.clone(), index: *index };
            } else {
                known.insert(hex.clone(), (format!("{}.json", case.name), index));
            }
        }
    }
}
