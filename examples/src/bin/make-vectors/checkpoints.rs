//! Checkpoints that hold, and what all vectors of the folder are made of.

use data_encoding::BASE64;
use serde::Serialize;
use vlec::event::AuthorityKeys;
use vlec::hazmat::note_pair::SigningPair;
use vlec::hazmat::world::{NOW, World, seed};
use vlec::hazmat::{digest::sha256, injected_random};
use vlec::{Country, Event, Signer};

use crate::Result;
use crate::events::root;
use crate::hex::{Fill, hex};
use crate::party::Party;

pub(crate) const ED25519: u8 = 1;
pub(crate) const ED25519_COSIGNATURE: u8 = 4;
pub(crate) const ML_DSA: u8 = 6;

/// When the log of the vectors has signed.
pub(crate) const AT: u64 = NOW;
/// The latest time that counts: the clock and the skew allowed.
pub(crate) const LATEST: u64 = NOW + 600;

/// A text, whose word it needs, and what must come of it. The fields are in the order of the file.
#[derive(Serialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    description: String,
    rule: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attack: Vec<&'static str>,
    expect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fill: Option<Fill>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    log: Vec<[String; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    judged_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<Says>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signatures: Vec<Signature>,
}

/// What a good one comes to.
#[derive(Default, Serialize)]
pub(crate) struct Says {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) root: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) log_times: Vec<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extra: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) witnesses: Vec<String>,
}

/// Who signed what, to make the line again.
#[derive(Clone, Serialize)]
pub(crate) struct Signature {
    name: String,
    r#type: u8,
    key_id: String,
    seed: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    random: Option<String>,
    message: String,
}

impl Case {
    pub(crate) fn new(name: &str, description: &str, rule: &[&'static str]) -> Self {
        Self {
            name: name.to_owned(),
            description: description.to_owned(),
            rule: rule.to_vec(),
            attack: Vec::new(),
            expect: "ok",
            field: None,
            line: None,
            note: None,
            proof: None,
            policy: None,
            fill: None,
            log: Vec::new(),
            judged_by: None,
            latest: None,
            leaf: None,
            says: None,
            signatures: Vec::new(),
        }
    }

    pub(crate) fn attack(mut self, attack: &'static str) -> Self {
        self.attack.push(attack);
        self
    }

    pub(crate) fn expect(mut self, expect: &'static str) -> Self {
        self.expect = expect;
        self
    }

    pub(crate) fn malformed(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self.expect("checkpoint-malformed")
    }

    pub(crate) fn at_line(mut self, line: usize, expect: &'static str) -> Self {
        self.line = Some(line);
        self.expect(expect)
    }

    /// A checkpoint, or a proof, of the log of these pairs.
    pub(crate) fn note(mut self, note: String, log: &[&Pair]) -> Self {
        self.note = Some(note);
        self.of_log(log)
    }

    pub(crate) fn proof(mut self, proof: String, leaf: &[u8], log: &[&Pair]) -> Self {
        (self.proof, self.leaf) = (Some(proof), Some(hex(leaf)));
        self.of_log(log)
    }

    fn of_log(mut self, log: &[&Pair]) -> Self {
        self.log = log.iter().map(|pair| pair.vkeys(ED25519)).collect();
        self
    }

    pub(crate) fn policy(mut self, policy: String) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Each `…` of the text stands for this; with it the text is so long.
    pub(crate) fn filled(mut self, fill: Fill, length: usize) -> Result<Self> {
        let text = self.note.as_ref().or(self.policy.as_ref()).ok_or("nothing to fill")?;
        if fill.fill(text).len() != length {
            return Err(format!("{} is not of the length that it is to have", self.name).into());
        }
        self.fill = Some(fill);
        Ok(self)
    }

    pub(crate) fn judged_by(mut self, policy: &str) -> Self {
        (self.judged_by, self.latest) = (Some(format!("{policy}.json")), Some(LATEST));
        self
    }

    pub(crate) fn says(mut self, says: Says, signatures: &[&Line]) -> Self {
        self.says = Some(says);
        self.signatures = signatures.iter().map(|line| line.signature.clone()).collect();
        self
    }
}

/// A pair under its name in notes.
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) seed: String,
}

impl Pair {
    pub(crate) fn vkeys(&self, ed25519: u8) -> [String; 2] {
        [ed25519, ML_DSA].map(|key_type| {
            let key = [&[key_type][..], &self.key(key_type)].concat();
            format!("{}+{}+{}", self.name, hex(self.key_id(key_type)), BASE64.encode(&key))
        })
    }

    pub(crate) fn pair(&self) -> SigningPair {
        SigningPair::from_seed(&seed(&self.seed))
    }

    fn key(&self, key_type: u8) -> Vec<u8> {
        let pair = self.pair();
        let [ml_dsa, ed25519] = pair.verifying_pair().components();
        if key_type == ML_DSA { ml_dsa.to_vec() } else { ed25519.to_vec() }
    }

    pub(crate) fn key_id(&self, key_type: u8) -> [u8; 4] {
        key_id(&self.name, key_type, &self.key(key_type))
    }

    /// The pair under another name.
    pub(crate) fn renamed(&self, name: &str) -> Self {
        Self { name: name.to_owned(), seed: self.seed.clone() }
    }

    /// The log's own line over a text.
    pub(crate) fn text_line(&self, text: &Text) -> Result<Line> {
        self.sign(ED25519, None, text.text().into_bytes())
    }

    pub(crate) fn ed25519_line(&self, text: &Text, time: u64) -> Result<Line> {
        let message = format!("cosignature/v1\ntime {time}\n{}", text.text());
        self.sign(ED25519_COSIGNATURE, Some(time), message.into_bytes())
    }

    pub(crate) fn ml_dsa_line(&self, text: &Text, time: u64) -> Result<Line> {
        self.sign(ML_DSA, Some(time), text.ml_dsa_message(&self.name, time)?)
    }

    /// Both lines of a log.
    pub(crate) fn log_lines(&self, text: &Text, time: u64) -> Result<[Line; 2]> {
        Ok([self.text_line(text)?, self.ml_dsa_line(text, time)?])
    }

    /// Both lines of a witness.
    pub(crate) fn witness_lines(&self, text: &Text, time: u64) -> Result<[Line; 2]> {
        Ok([self.ed25519_line(text, time)?, self.ml_dsa_line(text, time)?])
    }

    /// A line over any message.
    pub(crate) fn sign(&self, key_type: u8, time: Option<u64>, message: Vec<u8>) -> Result<Line> {
        let pair = self.pair();
        let random = sha256(&[self.seed.as_bytes(), &message]);
        let (signed, drawn) = if key_type == ML_DSA {
            let source = injected_random(move |out| {
                out.copy_from_slice(&random);
                true
            });
            (pair.sign_ml_dsa(&message, &source)?.to_vec(), Some(hex(random)))
        } else {
            (pair.sign_ed25519(&message)?.to_vec(), None)
        };
        let stamp = time.map(u64::to_be_bytes);
        let bytes = [stamp.as_ref().map_or(&[][..], |stamp| &stamp[..]), &signed].concat();
        let signature = Signature {
            name: self.name.clone(),
            r#type: key_type,
            key_id: hex(self.key_id(key_type)),
            seed: hex(seed::<64>(&self.seed).expose()),
            time,
            random: drawn,
            message: hex(message),
        };
        Ok(Line { text: self.line(key_type, &bytes), bytes, signature })
    }

    /// A line of any bytes.
    pub(crate) fn line(&self, key_type: u8, signature: &[u8]) -> String {
        let bytes = [&self.key_id(key_type)[..], signature].concat();
        format!("— {} {}\n", self.name, BASE64.encode(&bytes))
    }
}

/// SPEC §4.14.
pub(crate) fn key_id(name: &str, key_type: u8, key: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &[key_type], key]);
    [a, b, c, d]
}

/// A signature line.
pub(crate) struct Line {
    pub(crate) text: String,
    /// Without the key id.
    pub(crate) bytes: Vec<u8>,
    signature: Signature,
}

/// What a checkpoint says.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) origin: String,
    pub(crate) size: u64,
    pub(crate) root: [u8; 32],
}

impl Text {
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root))
    }

    fn ml_dsa_message(&self, name: &str, time: u64) -> Result<Vec<u8>> {
        let mut message = b"subtree/v1\n\0".to_vec();
        message.push(u8::try_from(name.len())?);
        message.extend(name.as_bytes());
        message.extend(time.to_be_bytes());
        message.push(u8::try_from(self.origin.len())?);
        message.extend(self.origin.as_bytes());
        message.extend(0u64.to_be_bytes());
        message.extend(self.size.to_be_bytes());
        message.extend(self.root);
        Ok(message)
    }

    pub(crate) fn says(&self, log_times: &[u64], time: Option<u64>) -> Says {
        let (origin, size, root) = (Some(self.origin.clone()), Some(self.size), Some(hex(self.root)));
        Says { origin, size, root, log_times: log_times.to_vec(), time, ..Says::default() }
    }
}

/// A note of these lines.
pub(crate) fn note<'a>(text: &str, lines: impl IntoIterator<Item = &'a str>) -> String {
    let lines: String = lines.into_iter().collect();
    format!("{text}\n{lines}")
}

/// The log of GE, as in `world.json`, and the witnesses of the other three.
pub(crate) struct Scene {
    pub(crate) log: Pair,
    /// UA, AZ, MD.
    pub(crate) witnesses: [Pair; 3],
    pub(crate) text: Text,
    /// After an authority event that follows the world's.
    pub(crate) changed: Text,
    /// The log pair that the event names.
    pub(crate) next_log: Pair,
}

impl Scene {
    pub(crate) fn new(world: &World) -> Result<Self> {
        let authority = world.countries.get(&"GE".parse()?).ok_or("country")?;
        let origin = authority.anchor.to_string();
        let at = |events: &[_]| -> Result<Text> {
            let digest: vlec::KeyId = root(events).parse()?;
            Ok(Text { origin: origin.clone(), size: events.len() as u64, root: *digest.as_bytes() })
        };
        let country: Country = "GE".parse()?;
        let next = Party::log(country, "GE log 2");
        let roots = authority.roots.iter().map(|root| root.public().clone()).collect();
        let (next_log, witness) = (next.as_log()?.public().clone(), authority.witness.public().clone());
        let keys = AuthorityKeys::new(country, roots, 2, next_log, witness)?;
        let mut signers: Vec<Signer<'_>> = authority.roots.iter().map(Signer::Root).collect();
        signers.extend([next.signer(), Signer::Witness(&authority.witness)]);
        let random = vlec::hazmat::seeded_random([0; 32]);
        let mut events = authority.events.clone();
        let text = at(&events)?;
        events.push(Event::authority(&authority.anchor, 1, keys).sign(&signers, &random)?);
        let changed = at(&events)?;
        let witness = |code: &str| -> Result<Pair> {
            let anchor = world.countries.get(&code.parse()?).ok_or("country")?.anchor;
            Ok(Pair { name: format!("{anchor}/witness"), seed: format!("{code} witness") })
        };
        let witnesses = [witness("UA")?, witness("AZ")?, witness("MD")?];
        let pair = |seed: &str| Pair { name: origin.clone(), seed: seed.to_owned() };
        Ok(Self { log: pair("GE log"), witnesses, text, changed, next_log: pair("GE log 2") })
    }
}

pub(crate) fn cases(scene: &Scene) -> Result<Vec<Case>> {
    let Scene { log, witnesses: [ua, az, md], text, changed, next_log } = scene;
    let [ed, ml] = log.log_lines(text, AT)?;
    let [ua_ed, ua_ml] = ua.witness_lines(text, AT + 60)?;
    let [az_ed, az_ml] = az.witness_lines(text, AT + 20)?;
    let [md_ed, md_ml] = md.witness_lines(text, AT + 40)?;
    let all = [&ed, &ml, &ua_ed, &ua_ml, &az_ed, &az_ml, &md_ed, &md_ml];
    let of = |lines: &[&Line]| note(&text.text(), lines.iter().map(|line| line.text.as_str()));
    let mut cases = vec![
        Case::new("checkpoint-log-only", "signed by the log alone", &["LOG-10", "LOG-30", "LOG-31"])
            .note(of(&[&ed, &ml]), &[log])
            .says(text.says(&[AT], None), &[&ed, &ml]),
        Case::new(
            "checkpoint-one-witness",
            "cosigned by the one witness of the policy",
            &["LOG-31", "LOG-52"],
        )
        .note(of(&[&ed, &ml, &ua_ed, &ua_ml]), &[log])
        .judged_by("policy-one-witness")
        .says(text.says(&[AT], Some(AT + 60)), &[&ed, &ml, &ua_ed, &ua_ml]),
        Case::new("checkpoint-three-witnesses", "the second largest of three times counts", &["LOG-52"])
            .note(of(&all), &[log])
            .judged_by("policy-two-of-three")
            .says(text.says(&[AT], Some(AT + 40)), &all),
    ];
    let [old_ed, old_ml] = log.log_lines(changed, AT + 100)?;
    let [new_ed, new_ml] = next_log.log_lines(changed, AT + 110)?;
    let [ua_ed, ua_ml] = ua.witness_lines(changed, AT + 120)?;
    let lines = [&old_ed, &old_ml, &new_ed, &new_ml, &ua_ed, &ua_ml];
    let rules = ["LOG-35", "LOG-31"];
    cases.push(
        Case::new(
            "checkpoint-after-authority",
            "the first over an authority event, signed by the old and the new log pair",
            &rules,
        )
        .note(note(&changed.text(), lines.iter().map(|line| line.text.as_str())), &[log, next_log])
        .judged_by("policy-one-witness")
        .says(changed.says(&[AT + 100, AT + 110], Some(AT + 120)), &lines),
    );
    let largest = Text { size: (1 << 63) - 1, ..text.clone() };
    let [large_ed, large_ml] = log.log_lines(&largest, AT)?;
    let lines = [&large_ed, &large_ml];
    cases.push(
        Case::new("checkpoint-largest", "of the largest tree", &["LOG-12"])
            .note(note(&largest.text(), lines.iter().map(|line| line.text.as_str())), &[log])
            .says(largest.says(&[AT], None), &lines),
    );
    let smaller = ua.ml_dsa_line(text, AT + 10)?;
    let ua_ed = ua.ed25519_line(text, AT + 60)?;
    cases.push(
        Case::new(
            "checkpoint-smaller-time-of-a-pair",
            "the times of a pair differ: the smaller one is the witness's",
            &["LOG-51"],
        )
        .note(of(&[&ed, &ml, &ua_ed, &smaller]), &[log])
        .judged_by("policy-one-witness")
        .says(text.says(&[AT], Some(AT + 10)), &[]),
    );
    let strangers: String =
        (0..12).map(|n| ua.renamed(&format!("stranger.example/{n}")).line(ED25519, &[n; 64])).collect();
    let sixteen = of(&[&ed, &ml, &ua_ed, &smaller]) + &strangers;
    cases.push(
        Case::new(
            "checkpoint-16-lines",
            "twelve lines of unknown keys, which are ignored",
            &["LOG-22", "LOG-34"],
        )
        .note(sixteen, &[log])
        .judged_by("policy-one-witness")
        .says(text.says(&[AT], Some(AT + 10)), &[]),
    );
    Ok(cases)
}
