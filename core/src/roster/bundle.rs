//! A roster bundle: a country's log, or its end, as a file or message (SPEC §4.17).
//!
//! ```text
//! bundle  = item*                          header, then sections
//! section = checkpoint, then the entries between the checkpoint before it and this one
//! item    = kind u8 ‖ length u32 ‖ bytes
//!
//! kind 1 header      CBOR [ "vlec/1 bundle", origin, from, [ *peak ] ]     peaks of the tree of size from
//!      2 checkpoint  signed note
//!      3 event       signed event
//!      4 leaf        of an epoch that has ended, where its event has been dropped
//! ```
//!
//! Nothing here is verified but the form. A checkpoint stands before its entries, so that a reader
//! knows their time when it comes to them.

use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};

use super::anchor::TrustAnchor;
use super::checkpoint::SignedCheckpoint;
use super::error::RosterError;
use super::event::{EventKind, SignedEvent};
use super::leaf::Leaf;
use super::merkle::Peaks;
use crate::cbor::{self, Malformed, Reader};
use crate::time::Timestamp;

const FORMAT: &str = "vlec/1 bundle";
const MAX_HEADER: usize = 4096;
const MAX_CHECKPOINT: usize = 65_536;
/// A body of 64 KiB and 64 signatures.
const MAX_EVENT: usize = 300_000;
const MAX_PEAKS: u64 = 63;
/// Of everything after the header.
const MAX_LEN: u64 = 1 << 32;
/// Kind and length of an item.
const ITEM_HEAD: usize = 5;

/// Where a bundle begins.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) anchor: TrustAnchor,
    /// The tree of the entries that the bundle leaves out.
    pub(crate) from: Peaks,
}

/// What a bundle is made of.
#[derive(Debug)]
pub(crate) enum Item {
    Checkpoint(SignedCheckpoint),
    Entry(Entry),
}

/// One leaf of the log, as it is kept and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub(crate) kind: EntryKind,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Event = 3,
    Leaf = 4,
}

/// Reads a bundle from front to back, and keeps none of it.
#[derive(Debug)]
pub struct BundleReader<R> {
    input: R,
    header: Header,
}

impl Entry {
    pub(crate) fn event(event: &SignedEvent) -> Self {
        Self { kind: EntryKind::Event, bytes: event.encode() }
    }

    /// The leaf that may stand for it, if it is the event of an epoch that had ended by then.
    pub(crate) fn leaf_if_ended(&self, as_of: Timestamp) -> Result<Option<Self>, RosterError> {
        if self.kind == EntryKind::Leaf {
            return Ok(None);
        }
        let leaf = Leaf::of(&SignedEvent::decode(&self.bytes)?);
        let ended = leaf.kind == EventKind::Epoch && leaf.expiry <= as_of;
        Ok(ended.then(|| Self { kind: EntryKind::Leaf, bytes: leaf.encode() }))
    }
}

impl<R: Read> BundleReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`RosterError::Malformed`], [`RosterError::Unreadable`].
    pub fn new(mut input: R) -> Result<Self, RosterError> {
        match read_item(&mut input)? {
            Some((1, bytes)) => Ok(Self { input, header: Header::decode(&bytes)? }),
            _ => Err(malformed("bundle header")),
        }
    }

    /// The trust anchor of the log whose entries these claim to be.
    pub fn anchor(&self) -> &TrustAnchor {
        &self.header.anchor
    }

    /// How many entries were left out.
    pub fn from(&self) -> u64 {
        self.header.from.size()
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Reads the rest, by its form alone, into `spool`, and gives the bundle that is read from there:
    /// whoever verifies it under a lock waits for nobody's input (`[BND-10]`).
    pub(crate) fn spooled<S: Read + Write + Seek>(
        mut self,
        spool: S,
    ) -> Result<BundleReader<BufReader<S>>, RosterError> {
        let unreadable = RosterError::unreadable("read");
        let mut output = BufWriter::new(spool);
        let mut left = MAX_LEN;
        while let Some((kind, bytes)) = read_item(&mut self.input)? {
            let item = (ITEM_HEAD + bytes.len()) as u64;
            left = left.checked_sub(item).ok_or(malformed("bundle (longer than 4 GiB)"))?;
            write_item(&mut output, kind, &bytes).map_err(unreadable)?;
        }
        let mut spool = output.into_inner().map_err(|error| unreadable(error.into_error()))?;
        spool.rewind().map_err(unreadable)?;
        Ok(BundleReader { input: BufReader::new(spool), header: self.header })
    }

    /// Where the next item begins.
    pub(crate) fn position(&mut self) -> Result<u64, RosterError>
    where
        R: Seek,
    {
        self.input.stream_position().map_err(RosterError::unreadable("read"))
    }

    /// Goes back to where an item began.
    pub(crate) fn go_to(&mut self, position: u64) -> Result<(), RosterError>
    where
        R: Seek,
    {
        self.input.seek(SeekFrom::Start(position)).map(drop).map_err(RosterError::unreadable("read"))
    }

    pub(crate) fn next(&mut self) -> Result<Option<Item>, RosterError> {
        let Some((kind, bytes)) = read_item(&mut self.input)? else { return Ok(None) };
        let entry = |kind, bytes| Ok(Some(Item::Entry(Entry { kind, bytes })));
        match kind {
            2 => {
                let checkpoint = SignedCheckpoint::decode(&bytes).map_err(RosterError::Checkpoint)?;
                if checkpoint.checkpoint().anchor() != self.anchor() {
                    return Err(malformed("bundle checkpoint (of another log)"));
                }
                Ok(Some(Item::Checkpoint(checkpoint)))
            }
            3 => entry(EntryKind::Event, bytes),
            4 => entry(EntryKind::Leaf, bytes),
            _ => Err(malformed("bundle item")),
        }
    }
}

/// Writes a bundle.
pub(crate) struct BundleWriter<W>(W);

impl<W: Write> BundleWriter<W> {
    pub(crate) fn new(mut output: W, header: &Header) -> std::io::Result<Self> {
        write_item(&mut output, 1, &header.encode())?;
        Ok(Self(output))
    }

    pub(crate) fn checkpoint(&mut self, checkpoint: &SignedCheckpoint) -> std::io::Result<()> {
        write_item(&mut self.0, 2, checkpoint.encode().as_bytes())
    }

    pub(crate) fn entry(&mut self, entry: &Entry) -> std::io::Result<()> {
        write_item(&mut self.0, entry.kind as u8, &entry.bytes)
    }

    pub(crate) fn finish(self) -> W {
        self.0
    }
}

impl Header {
    fn encode(&self) -> Vec<u8> {
        let Self { anchor, from } = self;
        cbor::encode(|e| {
            e.array(4)?.str(FORMAT)?.str(&anchor.to_string())?.u64(from.size())?;
            e.array(from.hashes().len() as u64)?;
            from.hashes().iter().try_for_each(|hash| e.bytes(hash).map(drop))
        })
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        const FIELD: &str = "bundle header";
        let r = &mut Reader::new(bytes);
        r.array(FIELD, 4, 4)?;
        if r.text(FIELD, FORMAT.len(), FORMAT.len())? != FORMAT {
            return Err(Malformed { field: FIELD });
        }
        let anchor = r.parsed(FIELD, 128)?;
        let size = r.uint(FIELD)?;
        let mut hashes = Vec::new();
        for _ in 0..r.array(FIELD, 0, MAX_PEAKS)? {
            hashes.push(*r.fixed::<32>(FIELD)?);
        }
        r.end(FIELD)?;
        let from = Peaks::from_peaks(size, hashes).ok_or(Malformed { field: FIELD })?;
        let header = Self { anchor, from };
        cbor::check_canonical(bytes, &header.encode(), FIELD)?;
        Ok(header)
    }
}

/// The items of a bundle in memory that follow its header.
pub(crate) fn after_header(bundle: &[u8]) -> Result<&[u8], RosterError> {
    let mut rest = bundle;
    match read_item(&mut rest)? {
        Some((1, _)) => Ok(rest),
        _ => Err(malformed("bundle header")),
    }
}

fn malformed(field: &'static str) -> RosterError {
    RosterError::Malformed { field }
}

/// The next item, if the input does not end before it.
fn read_item(input: &mut impl Read) -> Result<Option<(u8, Vec<u8>)>, RosterError> {
    let mut kind = [0];
    match input.read_exact(&mut kind) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(RosterError::unreadable("read")(error)),
    }
    let [kind] = kind;
    let mut length = [0; 4];
    read(input, &mut length)?;
    let limit = match kind {
        1 => MAX_HEADER,
        2 => MAX_CHECKPOINT,
        3 => MAX_EVENT,
        4 => Leaf::MAX_LEN,
        _ => return Err(malformed("bundle item")),
    };
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > limit {
        return Err(malformed("bundle item (longer than its kind allows)"));
    }
    let mut bytes = vec![0; length];
    read(input, &mut bytes)?;
    Ok(Some((kind, bytes)))
}

fn read(input: &mut impl Read, out: &mut [u8]) -> Result<(), RosterError> {
    input.read_exact(out).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => malformed("bundle (cut off)"),
        _ => RosterError::unreadable("read")(error),
    })
}

fn write_item(output: &mut impl Write, kind: u8, bytes: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| std::io::Error::other("bundle item is too long"))?;
    output.write_all(&[kind])?;
    output.write_all(&length.to_be_bytes())?;
    output.write_all(bytes)
}
