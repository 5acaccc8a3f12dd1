//! Sealing with every random value on record, so that anyone can seal the same bytes again.

use serde::Serialize;
use vlec::hazmat::world::{NOW, World};
use vlec::{Draft, EnvelopeId, Labels, Padding, Sealer, Timestamp, Urgency};

use crate::Result;
use crate::hex::hex;
use crate::party::recorded;

/// What is sealed, as the file says it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Order {
    #[serde(skip)]
    seed: String,
    pub(crate) sender: &'static str,
    pub(crate) to: Vec<&'static str>,
    pub(crate) at: u64,
    pub(crate) content_type: &'static str,
    pub(crate) sequence: u64,
    pub(crate) padding: &'static str,
    pub(crate) labels: LabelTexts,
    pub(crate) extensions: Vec<(u64, String)>,
}

/// The labels, as the file says them.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct LabelTexts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) case: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_reply_to: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) handling: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) urgency: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deadline: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file_name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replaces: Option<&'static str>,
}

/// An order and the random values that it drew, in the order of drawing.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Seal {
    #[serde(flatten)]
    pub(crate) order: Order,
    pub(crate) random: Draws,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Draws {
    pub(crate) envelope_id: String,
    pub(crate) file_key: String,
    pub(crate) content_salt: String,
    pub(crate) body_salt: String,
    pub(crate) signature: String,
    pub(crate) encapsulations: Vec<String>,
    pub(crate) front_salt: String,
}

/// An envelope and how it was made.
pub(crate) struct SealedOrder {
    pub(crate) envelope: Vec<u8>,
    pub(crate) draws: Vec<Vec<u8>>,
    pub(crate) seal: Seal,
}

impl Order {
    pub(crate) fn new(seed: &str, sender: &'static str, to: &[&'static str]) -> Self {
        Self {
            seed: seed.to_owned(),
            sender,
            to: to.to_vec(),
            at: NOW,
            content_type: "text/plain",
            sequence: 1,
            padding: "padme",
            labels: LabelTexts::default(),
            extensions: Vec::new(),
        }
    }

    pub(crate) fn padding(mut self, padding: &'static str) -> Self {
        self.padding = padding;
        self
    }

    pub(crate) fn content_type(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }

    pub(crate) fn sequence(mut self, sequence: u64) -> Self {
        self.sequence = sequence;
        self
    }

    pub(crate) fn labels(mut self, labels: LabelTexts) -> Self {
        self.labels = labels;
        self
    }

    pub(crate) fn extension(mut self, id: u64, value: &[u8]) -> Self {
        self.extensions.push((id, hex(value)));
        self
    }

    fn draft(&self) -> Result<Draft> {
        let padding = if self.padding == "none" { Padding::None } else { Padding::Padme };
        let draft = Draft::new(self.content_type, self.sequence)?.padding(padding);
        let mut draft = draft.labels(self.labels.parse()?)?;
        for (id, value) in &self.extensions {
            draft = draft.extension(*id, &data_encoding::HEXLOWER.decode(value.as_bytes())?)?;
        }
        Ok(draft)
    }

    /// Seals as the order says.
    pub(crate) fn seal(self, world: &World, content: &[u8]) -> Result<SealedOrder> {
        let identity = &world.member(self.sender)?.identity;
        let to = self.to.iter().map(|agency| agency.parse()).collect::<std::result::Result<Vec<_>, _>>()?;
        let at = Timestamp::from_unix(self.at).ok_or("time")?;
        let to = world.rosters.address(identity, &to, at)?;

        let (random, drawn) = recorded(&self.seed);
        let envelope = Sealer::new(identity, to, self.draft()?, &random)?.seal(content)?;
        let draws = drawn.lock().map_err(|_| "draws")?.clone();
        let seal = Seal { random: Draws::of(&draws)?, order: self };
        Ok(SealedOrder { envelope, draws, seal })
    }
}

impl LabelTexts {
    fn parse(&self) -> Result<Labels> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let id = |id: Option<&str>| id.map(str::parse::<EnvelopeId>).transpose();
        Ok(Labels {
            case: text(self.case),
            operation: text(self.operation),
            in_reply_to: id(self.in_reply_to)?,
            handling: text(self.handling),
            urgency: self.urgency.map(urgency),
            deadline: self.deadline.and_then(Timestamp::from_unix),
            file_name: text(self.file_name),
            replaces: id(self.replaces)?,
        })
    }
}

fn urgency(number: u64) -> Urgency {
    match number {
        0 => Urgency::Routine,
        1 => Urgency::Priority,
        2 => Urgency::Urgent,
        _ => Urgency::Emergency,
    }
}

impl Draws {
    /// SPEC §5.5 draws in this order.
    fn of(draws: &[Vec<u8>]) -> Result<Self> {
        let [id, file_key, content_salt, body_salt, signature, encapsulations @ .., front_salt] = draws
        else {
            return Err("too few random values were drawn".into());
        };
        let lengths = [id, file_key, content_salt, body_salt, signature, front_salt].map(Vec::len);
        if lengths != [16, 32, 32, 24, 32, 24] || encapsulations.iter().any(|eseed| eseed.len() != 64) {
            return Err("the random values were drawn in another order".into());
        }
        Ok(Self {
            envelope_id: hex(id),
            file_key: hex(file_key),
            content_salt: hex(content_salt),
            body_salt: hex(body_salt),
            signature: hex(signature),
            encapsulations: encapsulations.iter().map(hex).collect(),
            front_salt: hex(front_salt),
        })
    }
}
