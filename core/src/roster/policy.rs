//! Whose cosignatures a checkpoint needs, C2SP tlog-policy without `log` lines (SPEC §4.15).
//!
//! ```text
//! witness GE-ed vlec/1/GE/…/witness+5e5c9a1f+BA…     type 0x04
//! witness GE-ml vlec/1/GE/…/witness+0b8d2c44+Bg…     type 0x06
//! group GE all GE-ed GE-ml
//! …
//! group peers 2 GE AZ MD
//! quorum peers
//! ```
//!
//! The log is known from the roster, so no line names one. A key counts only beside the other one of
//! its witness, so every witness line stands in one `all` group of two, and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::anchor::TrustAnchor;
use super::checkpoint::CheckpointError;
use super::cosignature::{NotePair, witness_name};
use super::note::{KeyType, VerifierKey, decimal};
use crate::crypto::note_pair::VerifyingPair;
use crate::ids::Country;
use crate::keys::authority::WitnessPublicKey;
use crate::time::Timestamp;

/// The longest policy in bytes (`[LOG-41]`).
const MAX_LEN: usize = 256 * 1024;
/// The most witness lines, and the most groups (`[LOG-41]`).
const MAX_LINES: usize = 64;

/// Whose cosignatures a checkpoint of one country's log needs.
///
/// ```
/// # let random = vlec::Random::system();
/// # let key = |c: &str| Ok::<_, Box<dyn std::error::Error>>((
/// #     format!("vlec/1/{c}/{}", "a1".repeat(32)).parse()?,
/// #     vlec::WitnessKey::generate(c.parse()?, &random)?.public().clone(),
/// # ));
/// // The other three countries' witnesses, of which two must have cosigned.
/// let policy = vlec::Policy::new(&[key("UA")?, key("AZ")?, key("MD")?], 2)?;
/// assert_eq!(vlec::Policy::parse(policy.text())?, policy);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Policy {
    text: String,
    /// Members stand before the groups they are in.
    nodes: Vec<Node>,
    quorum: usize,
}

#[derive(Clone, PartialEq, Eq)]
enum Node {
    /// Both keys of a witness.
    Witness(Box<NotePair>),
    /// So many of these.
    Group { threshold: usize, members: Vec<usize> },
}

/// A policy is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the policy: {fault}")]
pub struct PolicyError {
    line: usize,
    fault: PolicyFault,
}

/// What is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFault {
    /// Not a line of the format.
    #[error("it is not of the form that the format gives: correct it")]
    Malformed,
    /// More than is supported.
    #[error("the policy has more than 64 witness lines or 64 groups, or 256 KiB: make it smaller")]
    TooLarge,
    /// A log is named.
    #[error("a policy here names no log, the roster does: remove the line")]
    LogLine,
    /// The key is not one of a witness.
    #[error("its key is not a witness's verifier key of type 0x04 or 0x06: get the key again")]
    WitnessKey,
    /// The key, or the other keys of the same key name, stand in another line.
    #[error("its key, or a witness of its key name, stands in the policy already: name each once")]
    WitnessTwice,
    /// The name serves already, or is `none`.
    #[error("its name is taken: give it another")]
    NameTaken,
    /// The name stands in no line before.
    #[error("{0:?} is not defined before it: define it, or correct the name")]
    NameUnknown(String),
    /// The name is a member already.
    #[error("{0:?} is a member of a group already: name it once")]
    MemberTwice(String),
    /// Not a number between 1 and the number of members.
    #[error("its threshold is not between 1 and the number of members: correct it")]
    Threshold,
    /// A witness line does not count together with its other half, and only so.
    #[error("{0:?} does not count alone: put both keys of its witness, 0x04 and 0x06, into one group of all")]
    NotAPair(String),
    /// No cosignature is asked for.
    #[error("a quorum of none gives a checkpoint no time: name witnesses")]
    QuorumNone,
    /// There is no quorum line, or a second one.
    #[error("a policy has exactly one quorum line: add it, or remove the others")]
    QuorumLine,
}

impl PolicyError {
    /// The line, counted from 1; the last one for what the whole lacks.
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is wrong.
    pub fn fault(&self) -> &PolicyFault {
        &self.fault
    }

    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self.fault {
            PolicyFault::Malformed => "policy-malformed",
            PolicyFault::TooLarge => "policy-too-large",
            PolicyFault::LogLine => "policy-log-line",
            PolicyFault::WitnessKey => "policy-witness-key",
            PolicyFault::WitnessTwice => "policy-witness-twice",
            PolicyFault::NameTaken => "policy-name-taken",
            PolicyFault::NameUnknown(_) => "policy-name-unknown",
            PolicyFault::MemberTwice(_) => "policy-member-twice",
            PolicyFault::Threshold => "policy-threshold",
            PolicyFault::NotAPair(_) => "policy-not-a-pair",
            PolicyFault::QuorumNone => "policy-quorum-none",
            PolicyFault::QuorumLine => "policy-quorum-line",
        }
    }
}

impl Policy {
    /// `threshold` of the witnesses of these countries.
    ///
    /// # Errors
    /// [`PolicyError`] if a country or a key is named twice, if there is no witness, or too many, or
    /// if the threshold is not between 1 and their number.
    pub fn new(witnesses: &[(TrustAnchor, WitnessPublicKey)], threshold: usize) -> Result<Self, PolicyError> {
        let mut text = String::new();
        for (anchor, key) in witnesses {
            let country = anchor.country();
            let [ed25519, ml_dsa] = NotePair::witness(witness_name(anchor), key.key()).verifier_keys();
            text += &format!("witness {country}-ed {ed25519}\nwitness {country}-ml {ml_dsa}\n");
            text += &format!("group {country} all {country}-ed {country}-ml\n");
        }
        let members: String = witnesses.iter().map(|(anchor, _)| format!(" {}", anchor.country())).collect();
        text += &format!("group peers {threshold}{members}\nquorum peers\n");
        Self::parse(&text)
    }

    /// Reads a policy (`[LOG-40]` to `[LOG-48]`).
    ///
    /// # Errors
    /// [`PolicyError`] names the line and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut parser = Parser::default();
        if text.len() > MAX_LEN {
            return Err(PolicyError { line: 1, fault: PolicyFault::TooLarge });
        }
        let mut line = 0;
        for content in text.split_inclusive('\n') {
            line += 1;
            parser.line(content).map_err(|fault| PolicyError { line, fault })?;
        }
        let (nodes, quorum) = parser.finish().map_err(|fault| PolicyError { line: line.max(1), fault })?;
        Ok(Self { text: text.to_owned(), nodes, quorum })
    }

    /// The policy as it was read, comments too.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The key names of the witnesses, in the order of the policy.
    pub fn witnesses(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Witness(pair) => Some(pair.name()),
            Node::Group { .. } => None,
        })
    }

    /// The key names of the witnesses that are countries', with the country.
    pub(crate) fn countries(&self) -> impl Iterator<Item = (&str, Country)> {
        self.pairs().filter_map(|pair| Some((pair.name(), pair.witness_of()?.country())))
    }

    /// How many witnesses must stand aside so that the others are no quorum, if that can be. `asks` says of one how
    /// many that are, 0 or 1; nothing of one that stays.
    pub(crate) fn needed_against(&self, asks: impl Fn(&str) -> Option<usize>) -> Option<usize> {
        let mut needed: Vec<Option<usize>> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            needed.push(match node {
                Node::Witness(pair) => asks(pair.name()),
                Node::Group { threshold, members } => {
                    let mut each: Vec<usize> =
                        members.iter().filter_map(|member| *needed.get(*member)?).collect();
                    each.sort_unstable();
                    let enough = (members.len() + 1).checked_sub(*threshold)?;
                    each.get(..enough).map(|cheapest| cheapest.iter().sum())
                }
            });
        }
        needed.get(self.quorum).copied().flatten()
    }

    /// Whether these witnesses are a quorum.
    #[cfg(test)]
    pub(crate) fn is_quorum(&self, counts: impl Fn(&str) -> bool) -> bool {
        let time = self.evaluate(|pair| Ok(counts(pair.name()).then_some(Timestamp::default())));
        matches!(time, Ok(Some(_)))
    }

    /// The pairs of the witnesses, in the order of the policy.
    pub(super) fn pairs(&self) -> impl Iterator<Item = &NotePair> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Witness(pair) => Some(&**pair),
            Node::Group { .. } => None,
        })
    }

    /// The time of the quorum: a witness's is its own, that of k of n is the k-th largest (`[LOG-52]`).
    /// Every witness is asked for, also where it cannot change the result.
    pub(super) fn evaluate(
        &self,
        time_of: impl Fn(&NotePair) -> Result<Option<Timestamp>, CheckpointError>,
    ) -> Result<Option<Timestamp>, CheckpointError> {
        let mut times: Vec<Option<Timestamp>> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let time = match node {
                Node::Witness(pair) => time_of(pair)?,
                Node::Group { threshold, members } => {
                    let known = members.iter().filter_map(|member| *times.get(*member)?);
                    let mut known: Vec<Timestamp> = known.collect();
                    known.sort_unstable_by(|a, b| b.cmp(a));
                    threshold.checked_sub(1).and_then(|last| known.get(last).copied())
                }
            };
            times.push(time);
        }
        Ok(times.get(self.quorum).copied().flatten())
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text: _, nodes: _, quorum: _ } = self;
        f.write_str("Policy(")?;
        f.debug_list().entries(self.witnesses()).finish()?;
        f.write_str(")")
    }
}

/// What the lines so far have defined.
#[derive(Default)]
struct Parser {
    names: BTreeMap<String, Named>,
    /// Names that are a member of a group.
    members: BTreeSet<String>,
    keys: BTreeSet<Vec<u8>>,
    key_names: BTreeSet<String>,
    nodes: Vec<Node>,
    witness_lines: usize,
    groups: usize,
    quorum: Option<usize>,
}

enum Named {
    /// A witness line.
    Key(VerifierKey),
    /// A group.
    Node(usize),
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), PolicyFault> {
        let line = line.strip_suffix('\n').ok_or(PolicyFault::Malformed)?;
        if line.bytes().any(|byte| byte != b'\t' && byte.is_ascii_control()) {
            return Err(PolicyFault::Malformed);
        }
        let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", ..] => Err(PolicyFault::LogLine),
            ["witness", name, vkey] | ["witness", name, vkey, _] => self.witness(name, vkey),
            ["group", name, threshold, members @ ..] => self.group(name, threshold, members),
            ["quorum", name] => self.quorum(name),
            _ => Err(PolicyFault::Malformed),
        }
    }

    fn witness(&mut self, name: &str, vkey: &str) -> Result<(), PolicyFault> {
        let vkey = VerifierKey::decode(vkey).ok_or(PolicyFault::WitnessKey)?;
        let length = match vkey.key_type {
            KeyType::Ed25519 => return Err(PolicyFault::WitnessKey),
            KeyType::CosignatureEd25519 => 32,
            KeyType::CosignatureMlDsa44 => crate::crypto::note_pair::ML_DSA_KEY_LEN,
        };
        if vkey.key.len() != length {
            return Err(PolicyFault::WitnessKey);
        }
        self.witness_lines += 1;
        if self.witness_lines > MAX_LINES {
            return Err(PolicyFault::TooLarge);
        }
        if !self.keys.insert(vkey.key.clone()) {
            return Err(PolicyFault::WitnessTwice);
        }
        self.define(name, Named::Key(vkey))
    }

    fn group(&mut self, name: &str, threshold: &str, members: &[&str]) -> Result<(), PolicyFault> {
        self.groups += 1;
        if self.groups > MAX_LINES {
            return Err(PolicyFault::TooLarge);
        }
        let threshold = match threshold {
            "all" => members.len(),
            "any" => 1,
            number => {
                let number = decimal(number).ok_or(PolicyFault::Malformed)?;
                usize::try_from(number).map_err(|_| PolicyFault::Threshold)?
            }
        };
        if !(1..=members.len()).contains(&threshold) {
            return Err(PolicyFault::Threshold);
        }
        for member in members {
            if !self.names.contains_key(*member) {
                return Err(PolicyFault::NameUnknown((*member).to_owned()));
            }
            if !self.members.insert((*member).to_owned()) {
                return Err(PolicyFault::MemberTwice((*member).to_owned()));
            }
        }
        let node = match self.pair(threshold, members)? {
            Some(pair) => Node::Witness(Box::new(pair)),
            None => Node::Group { threshold, members: self.nodes_of(members)? },
        };
        self.define(name, Named::Node(self.nodes.len()))?;
        self.nodes.push(node);
        Ok(())
    }

    /// The pair, if the members are both lines of a witness and both are asked for (`[LOG-46]`).
    fn pair(&mut self, threshold: usize, members: &[&str]) -> Result<Option<NotePair>, PolicyFault> {
        let &[a, b] = members else { return Ok(None) };
        let (Some(Named::Key(first)), Some(Named::Key(second))) = (self.names.get(a), self.names.get(b))
        else {
            return Ok(None);
        };
        let (ed25519, ml_dsa) = match (first.key_type, second.key_type) {
            (KeyType::CosignatureEd25519, KeyType::CosignatureMlDsa44) => (first, second),
            (KeyType::CosignatureMlDsa44, KeyType::CosignatureEd25519) => (second, first),
            _ => return Err(PolicyFault::NotAPair(a.to_owned())),
        };
        if threshold != 2 || ed25519.name != ml_dsa.name {
            return Err(PolicyFault::NotAPair(a.to_owned()));
        }
        let key = VerifyingPair::from_bytes(&[&ml_dsa.key[..], &ed25519.key].concat());
        let pair = NotePair::witness(ed25519.name.clone(), &key.map_err(|_| PolicyFault::WitnessKey)?);
        if !self.key_names.insert(pair.name().to_owned()) {
            return Err(PolicyFault::WitnessTwice);
        }
        Ok(Some(pair))
    }

    fn nodes_of(&self, members: &[&str]) -> Result<Vec<usize>, PolicyFault> {
        members.iter().map(|member| self.node(member)).collect()
    }

    fn node(&self, name: &str) -> Result<usize, PolicyFault> {
        match self.names.get(name) {
            Some(Named::Node(node)) => Ok(*node),
            Some(Named::Key(_)) => Err(PolicyFault::NotAPair(name.to_owned())),
            None => Err(PolicyFault::NameUnknown(name.to_owned())),
        }
    }

    fn quorum(&mut self, name: &str) -> Result<(), PolicyFault> {
        if name == "none" {
            return Err(PolicyFault::QuorumNone);
        }
        match self.quorum.replace(self.node(name)?) {
            None => Ok(()),
            Some(_) => Err(PolicyFault::QuorumLine),
        }
    }

    fn define(&mut self, name: &str, named: Named) -> Result<(), PolicyFault> {
        match self.names.insert(name.to_owned(), named) {
            None if name != "none" => Ok(()),
            _ => Err(PolicyFault::NameTaken),
        }
    }

    fn finish(self) -> Result<(Vec<Node>, usize), PolicyFault> {
        let alone = |(name, named): &(&String, &Named)| {
            matches!(named, Named::Key(_)) && !self.members.contains(*name)
        };
        if let Some((name, _)) = self.names.iter().find(alone) {
            return Err(PolicyFault::NotAPair(name.clone()));
        }
        Ok((self.nodes, self.quorum.ok_or(PolicyFault::QuorumLine)?))
    }
}
