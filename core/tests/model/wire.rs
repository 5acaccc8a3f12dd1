//! The bundle's bytes and the tree's hashes, written down again from SPEC.md without the library:
//! the oracle reads with it what logs have signed, and the hostile country writes with it.

use std::rc::Rc;

use sha2::{Digest, Sha256};
use vlec::event::Content;
use vlec::{SignedCheckpoint, SignedEvent, TrustAnchor};

pub type Hash = [u8; 32];

pub fn sha256(parts: &[&[u8]]) -> Hash {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// An event, the hash of its body, and of its leaf.
#[derive(Debug)]
pub struct Leaf {
    pub event: SignedEvent,
    pub body: Hash,
    pub hash: Hash,
}

impl Leaf {
    /// leaf = [ kind, subject, serial, expiry, SHA-256 of the body ]
    pub fn of(event: &SignedEvent) -> Rc<Self> {
        let (told, body) = (event.event(), sha256(&[event.body()]));
        let expiry = match told.content() {
            Content::Epoch(epoch) => epoch.window().destroy_at().unix(),
            _ => 0,
        };
        let mut leaf = vec![0, 0x85];
        head(&mut leaf, 0, told.kind().number());
        text(&mut leaf, told.subject().as_str());
        head(&mut leaf, 0, told.serial());
        head(&mut leaf, 0, expiry);
        bytes(&mut leaf, &body);
        Rc::new(Self { event: event.clone(), body, hash: sha256(&[&leaf]) })
    }
}

fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    match value {
        0..24 => out.push(major | value as u8),
        24..0x100 => out.extend([major | 24, value as u8]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend((value as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend((value as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend(value.to_be_bytes());
        }
    }
}

pub fn text(out: &mut Vec<u8>, text: &str) {
    head(out, 3, text.len() as u64);
    out.extend(text.as_bytes());
}

pub fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    head(out, 2, bytes.len() as u64);
    out.extend(bytes);
}

pub fn array(out: &mut Vec<u8>, length: u64) {
    head(out, 4, length);
}

fn read_head(input: &mut &[u8], major: u8) -> Option<u64> {
    let (first, rest) = input.split_first()?;
    if first >> 5 != major {
        return None;
    }
    let more = match first & 31 {
        low @ 0..24 => {
            *input = rest;
            return Some(low.into());
        }
        low @ 24..28 => 1 << (low - 24),
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(more)?;
    *input = rest;
    Some(value.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

fn read_bytes<'a>(input: &mut &'a [u8], major: u8) -> Option<&'a [u8]> {
    let length = read_head(input, major)?;
    let (bytes, rest) = input.split_at_checked(length as usize)?;
    *input = rest;
    Some(bytes)
}

/// RFC 6962, 2.1: the hash of a list of leaves.
pub fn root(leaves: &[Rc<Leaf>]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [leaf] => leaf.hash,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            sha256(&[&[1], &root(left), &root(right)])
        }
    }
}

/// The full subtrees of a tree, the largest first.
fn peaks(leaves: &[Rc<Leaf>]) -> Vec<Hash> {
    let (mut peaks, mut rest) = (Vec::new(), leaves);
    while !rest.is_empty() {
        let (full, after) = rest.split_at(1 << rest.len().ilog2());
        peaks.push(root(full));
        rest = after;
    }
    peaks
}

/// RFC 6962, 2.1.2: that the tree of `leaves` continues the one of its first `size`.
pub fn consistency(leaves: &[Rc<Leaf>], size: usize) -> Vec<Hash> {
    fn of(size: usize, leaves: &[Rc<Leaf>], whole: bool) -> Vec<Hash> {
        if size == leaves.len() {
            return if whole { Vec::new() } else { vec![root(leaves)] };
        }
        let split = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(split);
        if size <= split {
            let mut proof = of(size, left, whole);
            proof.push(root(right));
            proof
        } else {
            let mut proof = of(size - split, right, false);
            proof.push(root(left));
            proof
        }
    }
    of(size, leaves, true)
}

/// A bundle in parts; nothing of it is verified.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub from: (u64, Hash),
    pub sections: Vec<(SignedCheckpoint, Vec<Rc<Leaf>>)>,
}

impl Bundle {
    /// Those with dropped epochs are none here: the model drops none.
    pub fn read(mut input: &[u8]) -> Option<Self> {
        let header = &mut item(&mut input, 1)?;
        (read_head(header, 4)? == 4 && read_bytes(header, 3)? == b"vlec/1 bundle").then_some(())?;
        read_bytes(header, 3)?;
        let size = read_head(header, 0)?;
        let peaks = (0..read_head(header, 4)?).map(|_| read_bytes(header, 2)?.try_into().ok());
        let peaks = peaks.collect::<Option<Vec<Hash>>>()?;
        let joined = peaks.into_iter().rev().reduce(|right, left| sha256(&[&[1], &left, &right]));
        let mut sections = Vec::new();
        while !input.is_empty() {
            let note = item(&mut input, 2)?;
            let mut leaves = Vec::new();
            while input.first() == Some(&3) {
                leaves.push(Leaf::of(&SignedEvent::decode(item(&mut input, 3)?).ok()?));
            }
            sections.push((SignedCheckpoint::decode(note).ok()?, leaves));
        }
        Some(Self { from: (size, joined.unwrap_or_else(|| sha256(&[]))), sections })
    }
}

fn item<'a>(input: &mut &'a [u8], kind: u8) -> Option<&'a [u8]> {
    let (front, rest) = input.split_first_chunk::<5>()?;
    let [found, length @ ..] = front;
    let (item, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *input = rest;
    (*found == kind).then_some(item)
}

/// Writes a bundle that leaves out `from`; each section is a checkpoint and its entries.
pub fn write(
    anchor: &TrustAnchor,
    from: &[Rc<Leaf>],
    sections: &[(&SignedCheckpoint, &[Rc<Leaf>])],
) -> Vec<u8> {
    let mut header = Vec::new();
    array(&mut header, 4);
    text(&mut header, "vlec/1 bundle");
    text(&mut header, &anchor.to_string());
    head(&mut header, 0, from.len() as u64);
    let peaks = peaks(from);
    array(&mut header, peaks.len() as u64);
    peaks.iter().for_each(|peak| bytes(&mut header, peak));
    let mut out = Vec::new();
    let mut put = |kind: u8, item: &[u8]| {
        out.push(kind);
        out.extend((item.len() as u32).to_be_bytes());
        out.extend(item);
    };
    put(1, &header);
    for (note, leaves) in sections {
        put(2, note.encode().as_bytes());
        leaves.iter().for_each(|leaf| put(3, &leaf.event.encode()));
    }
    out
}

/// A proof of equivocation, whatever it is worth.
pub fn accusation(first: &SignedCheckpoint, second: &SignedCheckpoint, at: &Hash, path: &[Hash]) -> Vec<u8> {
    let mut proof = Vec::new();
    array(&mut proof, 5);
    text(&mut proof, "vlec/1 equivocation");
    text(&mut proof, &first.encode());
    text(&mut proof, &second.encode());
    bytes(&mut proof, at);
    array(&mut proof, path.len() as u64);
    path.iter().for_each(|hash| bytes(&mut proof, hash));
    proof
}

/// The times that a witness states in its lines of a note.
pub fn times(note: &str, witness: &str) -> Vec<u64> {
    let lines = note.lines().filter_map(|line| line.strip_prefix("— ")?.split_once(' '));
    let signatures = lines.filter(|(name, _)| *name == witness);
    let bytes = signatures.filter_map(|(_, base64)| data_encoding::BASE64.decode(base64.as_bytes()).ok());
    bytes.filter_map(|line| Some(u64::from_be_bytes(line.get(4..12)?.try_into().ok()?))).collect()
}
