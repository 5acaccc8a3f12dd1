//! What is sealed, and the core sealing it with the recorded random values.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde::Deserialize;
use vlec::hazmat::injected_random;
use vlec::{AgencyId, Draft, EnvelopeId, Labels, Padding, Sealer, Urgency};

use crate::bytes::Hex;
use crate::independent::cbor::{bytes, text, uint};
use crate::support::Verdict;
use crate::world::{World, time};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seal {
    pub(crate) sender: String,
    pub(crate) to: Vec<String>,
    pub(crate) at: u64,
    pub(crate) content_type: String,
    pub(crate) sequence: u64,
    pub(crate) padding: FilePadding,
    pub(crate) labels: FileLabels,
    pub(crate) extensions: Vec<(u64, Hex)>,
    pub(crate) random: Draws,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FilePadding {
    None,
    Padme,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileLabels {
    pub(crate) case: Option<String>,
    pub(crate) operation: Option<String>,
    pub(crate) in_reply_to: Option<Hex>,
    pub(crate) handling: Option<String>,
    pub(crate) urgency: Option<u64>,
    pub(crate) deadline: Option<u64>,
    pub(crate) file_name: Option<String>,
    pub(crate) replaces: Option<Hex>,
}

/// In the order of drawing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draws {
    pub(crate) envelope_id: Hex,
    pub(crate) file_key: Hex,
    pub(crate) content_salt: Hex,
    pub(crate) body_salt: Hex,
    pub(crate) signature: Hex,
    pub(crate) encapsulations: Vec<Hex>,
    pub(crate) front_salt: Hex,
}

impl Seal {
    /// The envelope that the core seals.
    pub(crate) fn seal(&self, world: &World, content: &[u8]) -> Verdict<Vec<u8>> {
        let Draws { envelope_id, file_key, content_salt, body_salt, signature, encapsulations, front_salt } =
            &self.random;
        let mut draws = VecDeque::from([envelope_id, file_key, content_salt, body_salt, signature]);
        draws.extend(encapsulations);
        draws.push_back(front_salt);
        let draws = Mutex::new(draws.into_iter().map(|Hex(bytes)| bytes.clone()).collect::<VecDeque<_>>());
        let random = injected_random(move |out| match draws.lock().unwrap().pop_front() {
            Some(bytes) if bytes.len() == out.len() => {
                out.copy_from_slice(&bytes);
                true
            }
            _ => false,
        });
        let identity = world.identity(&self.sender);
        let to: Vec<AgencyId> = self.to.iter().map(|agency| agency.parse().unwrap()).collect();
        let to = world.rosters.address(&identity, &to, time(self.at)).map_err(|error| error.to_string())?;
        let sealed =
            Sealer::new(&identity, to, self.draft(), &random).and_then(|sealer| sealer.seal(content));
        sealed.map_err(|error| error.to_string())
    }

    fn draft(&self) -> Draft {
        let padding = match self.padding {
            FilePadding::None => Padding::None,
            FilePadding::Padme => Padding::Padme,
        };
        let draft = Draft::new(&self.content_type, self.sequence).unwrap().padding(padding);
        let draft = draft.labels(self.labels.labels()).unwrap();
        self.extensions.iter().fold(draft, |draft, (id, value)| draft.extension(*id, &value.0).unwrap())
    }
}

impl FileLabels {
    pub(crate) fn labels(&self) -> Labels {
        let id = |id: &Option<Hex>| id.as_ref().map(|id| EnvelopeId::from_bytes(id.array()));
        let urgency = |number| match number {
            0 => Urgency::Routine,
            1 => Urgency::Priority,
            2 => Urgency::Urgent,
            3 => Urgency::Emergency,
            _ => panic!("no such urgency"),
        };
        let FileLabels {
            case,
            operation,
            in_reply_to,
            handling,
            urgency: number,
            deadline,
            file_name,
            replaces,
        } = self;
        Labels {
            case: case.clone(),
            operation: operation.clone(),
            in_reply_to: id(in_reply_to),
            handling: handling.clone(),
            urgency: number.map(urgency),
            deadline: deadline.map(time),
            file_name: file_name.clone(),
            replaces: id(replaces),
        }
    }

    /// The entries of the map of labels, encoded without the core.
    pub(crate) fn entries(&self) -> Vec<(u64, Vec<u8>)> {
        let Self { case, operation, in_reply_to, handling, urgency, deadline, file_name, replaces } = self;
        let present = [
            (1, case.as_deref().map(text)),
            (2, operation.as_deref().map(text)),
            (3, in_reply_to.as_ref().map(|id| bytes(&id.0))),
            (4, handling.as_deref().map(text)),
            (5, urgency.map(uint)),
            (6, deadline.map(uint)),
            (7, file_name.as_deref().map(text)),
            (8, replaces.as_ref().map(|id| bytes(&id.0))),
        ];
        present.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}
