//! One signed event of each kind, with all that it says and who signed it.

use serde::Serialize;
use serde_json::{Value, json};
use vlec::event::{AuthorityKeys, DisplayName, Enrol, Genesis, Reason, Revoke, Revoker};
use vlec::hazmat::world::{World, seed};
use vlec::hazmat::xwing::DecapsulationKey;
use vlec::hazmat::{digest::sha256, label};
use vlec::{Country, Event, EventKind, KeyId, SignedEvent, Timestamp};

use crate::Result;
use crate::cbor::{array, bytes, text, uint};
use crate::hex::{Fill, hex};
use crate::intermediates::composite_message;
use crate::party::{Party, sign};

/// One event. The fields are in the order of the file.
#[derive(Serialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) rule: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attack: Vec<&'static str>,
    pub(crate) expect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<&'static str>,
    pub(crate) event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fill: Option<Fill>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decoded: Option<Decoded>,
}

#[derive(Serialize)]
pub(crate) struct Decoded {
    kind: &'static str,
    subject: String,
    serial: u64,
    roster: Option<String>,
    fields: Value,
    key_ids: Vec<String>,
    body_length: usize,
    body_sha256: String,
    anchor: Option<String>,
    signatures: Vec<Signature>,
    leaf: String,
    leaf_hash: String,
}

#[derive(Serialize)]
struct Signature {
    signer: String,
    role: &'static str,
    owner: String,
    seed: String,
    random: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_message: Option<String>,
}

/// A country of one root, small enough to be written out.
pub(crate) struct Small {
    pub(crate) country: Country,
    pub(crate) root: Party,
    pub(crate) log: Party,
    pub(crate) witness: Party,
}

impl Small {
    pub(crate) fn new() -> Result<Self> {
        let country = "GE".parse()?;
        Ok(Self {
            country,
            root: Party::root(country, "small root"),
            log: Party::log(country, "small log"),
            witness: Party::witness(country, "small witness"),
        })
    }

    pub(crate) fn keys(&self) -> Result<AuthorityKeys> {
        let (log, witness) =
            (self.log.as_log()?.public().clone(), self.witness.as_witness()?.public().clone());
        Ok(AuthorityKeys::new(self.country, vec![self.root.as_root()?.public().clone()], 1, log, witness)?)
    }

    pub(crate) fn genesis(&self) -> Result<Event> {
        Ok(Event::genesis(self.country, Genesis::new(self.keys()?, 3600)?))
    }

    pub(crate) fn parties(&self) -> [&Party; 3] {
        [&self.root, &self.log, &self.witness]
    }
}

pub(crate) fn cases(world: &World) -> Result<Vec<Case>> {
    let country: Country = "GE".parse()?;
    let anchor = world.countries.get(&country).ok_or("country")?.anchor;
    let roots = [1, 2].map(|n| Party::root(country, &format!("GE root {n}")));
    let [first, second] = &roots;
    let cyber = Party::identity("GE/mia/cyber", "GE/mia/cyber identity")?;
    let next = Party::identity("GE/mia/cyber", "GE/mia/cyber next identity")?;
    let new = Party::identity("GE/moj/mutual-aid", "GE/moj/mutual-aid identity")?;
    let small = Small::new()?;

    let names = vec![
        DisplayName::new("ka", "ურთიერთდახმარება")?,
        DisplayName::new("en", "Mutual Assistance")?,
        DisplayName::new("az-Latn", "Qarşılıqlı yardım")?,
    ];
    let roles = vec!["liaison".parse()?, "contact-24x7".parse()?];
    let enrol = Enrol::new(names, roles, new.as_identity()?.public().clone())?;
    let epoch = world.epoch("GE/mia/cyber", 2)?;
    let key_id = *cyber.as_identity()?.id();
    let by_owner = Revoke::by_owner(key_id, Reason::KeyCompromise);
    let by_roots = Revoke::by_roots(key_id, Reason::KeyCompromise, world.now);
    let agency = || "GE/mia/cyber".parse();

    let authority = [&small.root, &small.log, &small.witness, first, second];
    Ok(vec![
        good(
            "genesis",
            "a country begins, with one root",
            &["EVT-10", "EVT-13", "ROS-02"],
            small.genesis()?,
            &small.parties(),
        )?,
        good(
            "authority",
            "new keys, vouched for by two of three old roots",
            &["EVT-10", "ROS-11"],
            Event::authority(&anchor, 1, small.keys()?),
            &authority,
        )?,
        good(
            "enrol",
            "an agency joins, with names in three languages and two roles",
            &["EVT-20", "EVT-21", "EVT-22"],
            Event::enrol(&anchor, enrol),
            &[first, second, &new],
        )?,
        good(
            "epoch",
            "an agency announces its second epoch",
            &["EVT-30", "EVT-31", "EVT-32", "ROS-03"],
            Event::epoch(&anchor, 3, epoch.public().clone())?,
            &[&cyber],
        )?,
        good(
            "identity-rotation",
            "the next identity, signed by the old and the new",
            &["ROS-35"],
            Event::rotation(&anchor, 3, next.as_identity()?.public().clone()),
            &[&cyber, &next],
        )?,
        good(
            "identity-recovery",
            "the next identity, signed by two roots and the new one",
            &["ROS-36"],
            Event::recovery(&anchor, 3, next.as_identity()?.public().clone()),
            &[first, second, &next],
        )?,
        good(
            "revoke-by-owner",
            "an identity revokes itself",
            &["EVT-40", "EVT-04"],
            Event::revoke(&anchor, agency()?, by_owner),
            &[&cyber],
        )?,
        good(
            "revoke-by-roots",
            "two roots revoke an identity",
            &["EVT-40", "ROS-10"],
            Event::revoke(&anchor, agency()?, by_roots),
            &[first, second],
        )?,
        good(
            "withdraw-of-the-longest-name",
            "an agency of four labels of 32 characters leaves",
            &["ID-01", "EVT-03"],
            Event::withdraw(&anchor, format!("GE{}", format!("/{}", "a".repeat(32)).repeat(4)).parse()?, 3),
            &[first, second],
        )?,
        good(
            "withdraw",
            "an agency leaves",
            &["EVT-01"],
            Event::withdraw(&anchor, agency()?, 3),
            &[first, second],
        )?,
    ])
}

fn good(
    name: &str,
    description: &str,
    rule: &[&'static str],
    event: Event,
    parties: &[&Party],
) -> Result<Case> {
    let (signed, draws) = sign(event, parties, name)?;
    let body = signed.body();
    let event = signed.event();
    let (fields, key_ids) = fields(&signed)?;
    let leaf = leaf(&signed);
    let mut signatures: Vec<Signature> =
        parties.iter().zip(draws).map(|(party, random)| signature(party, random, &signed)).collect();
    signatures.sort_by(|a, b| a.signer.cmp(&b.signer));
    Ok(Case {
        name: name.to_owned(),
        description: description.to_owned(),
        rule: rule.to_vec(),
        attack: Vec::new(),
        expect: "ok",
        field: None,
        decoded: Some(Decoded {
            kind: event.kind().as_str(),
            subject: event.subject().to_string(),
            serial: event.serial(),
            roster: event.roster().map(hex),
            fields,
            key_ids,
            body_length: body.len(),
            body_sha256: hex(sha256(&[body])),
            anchor: event.anchor().map(|anchor| anchor.to_string()),
            signatures,
            leaf_hash: hex(sha256(&[&[0], &leaf])),
            leaf: hex(leaf),
        }),
        event: hex(signed.encode()),
        fill: None,
    })
}

fn signature(party: &Party, random: Vec<u8>, signed: &SignedEvent) -> Signature {
    let composite = matches!(party.role, "root" | "identity");
    let message = composite_message(event_label(signed.event().kind()), signed.body());
    Signature {
        signer: party.signer().id().to_string(),
        role: party.role,
        owner: party.owner.clone(),
        seed: hex(party.seed.expose()),
        random: hex(random),
        signed_message: composite.then(|| hex(message)),
    }
}

pub(crate) fn event_label(kind: EventKind) -> label::Label {
    match kind {
        EventKind::Genesis => label::SIGN_GENESIS,
        EventKind::Authority => label::SIGN_AUTHORITY,
        EventKind::Enrol => label::SIGN_ENROL,
        EventKind::Epoch => label::SIGN_EPOCH,
        EventKind::Identity => label::SIGN_IDENTITY,
        EventKind::Revoke => label::SIGN_REVOKE,
        EventKind::Withdraw => label::SIGN_WITHDRAW,
    }
}

/// What the body says besides kind, subject, serial and roster; and the ids of its keys in order.
fn fields(signed: &SignedEvent) -> Result<(Value, Vec<String>)> {
    use vlec::event::Content;
    let id = |id: &KeyId| id.to_string();
    let authority = |keys: &AuthorityKeys| {
        let ids = keys.roots().iter().map(|root| id(root.id()));
        let fields = json!({
            "roots": keys.roots().iter().map(|root| hex(root.to_bytes())).collect::<Vec<_>>(),
            "threshold": keys.threshold(),
            "log": hex(keys.log().to_bytes()),
            "witness": hex(keys.witness().to_bytes()),
        });
        (fields, ids.chain([id(keys.log().id()), id(keys.witness().id())]).collect())
    };
    Ok(match signed.event().content() {
        Content::Genesis(genesis) => {
            let (mut fields, ids) = authority(genesis.keys());
            fields["recovery_delay"] = json!(genesis.recovery_delay());
            (fields, ids)
        }
        Content::Authority(keys) => authority(keys),
        Content::Enrol(enrol) => {
            let names: Vec<_> = enrol.names().iter().map(|name| [name.language(), name.name()]).collect();
            let roles: Vec<_> = enrol.roles().iter().map(|role| role.as_str()).collect();
            let identity = enrol.identity();
            (
                json!({ "names": names, "roles": roles, "identity": hex(identity.to_bytes()) }),
                vec![id(identity.id())],
            )
        }
        Content::Epoch(epoch) => {
            let name = format!("{} epoch {}", epoch.agency(), epoch.number());
            let key = DecapsulationKey::from_seed(&seed(&name)).encapsulation_key().to_bytes();
            let window = epoch.window();
            let fields = json!({
                "number": epoch.number().0,
                "key": hex(key),
                "not_before": window.not_before().unix(),
                "not_after": window.not_after().unix(),
                "destroy_at": window.destroy_at().unix(),
            });
            (fields, vec![id(epoch.id())])
        }
        Content::Rotation(next) | Content::Recovery(next) => {
            let by = u64::from(matches!(signed.event().content(), Content::Recovery(_)));
            (json!({ "next": hex(next.to_bytes()), "by": by }), vec![id(next.id())])
        }
        Content::Revoke(revoke) => {
            let (key_id, reason) = (id(revoke.key_id()), revoke.reason().number());
            (
                json!({
                    "key_id": key_id,
                    "reason": reason,
                    "effective": revoke.effective().map_or(0, Timestamp::unix),
                    "by": match revoke.by() {
                        Revoker::Owner => 0,
                        Revoker::Roots => 1,
                    },
                }),
                Vec::new(),
            )
        }
        Content::Withdraw => (json!({}), Vec::new()),
        _ => return Err("a kind without a description".into()),
    })
}

/// `[ROS-03]`.
pub(crate) fn leaf(signed: &SignedEvent) -> Vec<u8> {
    let event = signed.event();
    let expiry = match event.content() {
        vlec::event::Content::Epoch(epoch) => epoch.window().destroy_at().unix(),
        _ => 0,
    };
    let digest = sha256(&[signed.body()]);
    array(&[
        uint(event.kind().number()),
        text(event.subject().as_str()),
        uint(event.serial()),
        uint(expiry),
        bytes(digest),
    ])
}

/// The root of RFC 6962 §2.1 over the events' leaves.
pub(crate) fn root(events: &[SignedEvent]) -> String {
    let leaves: Vec<[u8; 32]> = events.iter().map(|event| sha256(&[&[0], &leaf(event)])).collect();
    hex(tree(&leaves))
}

fn tree(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            // The largest power of two that is smaller than their number.
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            sha256(&[&[1], &tree(left), &tree(right)])
        }
    }
}
