//! Every way to open an envelope, and what comes of each.

use std::cell::RefCell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use vlec::hazmat::failing_layer;
use vlec::{Arrival, EnvelopeError, Existing, Ledger, LedgerError, Opener, VerifiedManifest};

use crate::support::names;

/// What one way of opening came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) verdict: Told,
    pub(crate) released: Vec<u8>,
    pub(crate) arrival: Option<Arrival>,
}

/// The failing layer or the code, and what the error names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) expect: String,
    pub(crate) field: Option<String>,
    pub(crate) segment: Option<u64>,
}

impl Told {
    pub(crate) fn ok() -> Self {
        Self { expect: "ok".into(), field: None, segment: None }
    }

    fn of(error: &EnvelopeError) -> Self {
        let field = match error {
            EnvelopeError::Malformed(field) => Some((*field).to_owned()),
            _ => None,
        };
        let segment = match error {
            EnvelopeError::Damaged { segment } => Some(*segment),
            _ => None,
        };
        Self { expect: failing_layer(error).to_owned(), field, segment }
    }

    /// The traits of `std` carry the error inside one of their own.
    fn of_io(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        inner.map_or_else(|| panic!("an error that is not the library's: {error}"), Self::of)
    }
}

impl Outcome {
    fn new(result: Result<(Vec<u8>, Arrival), EnvelopeError>) -> Self {
        match result {
            Ok((released, arrival)) => Self { verdict: Told::ok(), released, arrival: Some(arrival) },
            Err(error) => Self { verdict: Told::of(&error), released: Vec::new(), arrival: None },
        }
    }
}

/// A way to open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) name: &'static str,
    /// The input's length can be known.
    pub(crate) sized: bool,
    /// Opens whole or not at all: on error nothing has been released.
    pub(crate) whole: bool,
}

/// Opens by every way.
pub(crate) fn all(envelope: &[u8], opener: &Opener<'_>) -> Vec<(Way, Outcome)> {
    let pipe = |step| stream(opener.open_pipe(Slow { input: envelope, step }));
    let way = |name, sized, whole| Way { name, sized, whole };
    vec![
        (way("open", true, true), memory(envelope, opener)),
        (way("open_into", true, true), buffer(envelope, opener)),
        (way("open_file", true, true), file(envelope, opener)),
        (way("open_pipe_to_file", false, true), pipe_to_file(envelope, opener)),
        (way("open_pipe of single bytes", false, false), pipe(1)),
        (way("open_pipe of 4093 bytes", false, false), pipe(4093)),
        (way("open_pipe copied", false, false), copied(envelope, opener)),
        (way("open_reader", true, false), reader(envelope, opener, 0)),
        (way("open_reader behind other bytes", true, false), reader(envelope, opener, 13)),
    ]
}

pub(crate) fn memory(envelope: &[u8], opener: &Opener<'_>) -> Outcome {
    Outcome::new(opener.open(envelope).map(|opened| (opened.content().to_vec(), opened.arrival())))
}

/// On error the buffer is zero.
fn buffer(envelope: &[u8], opener: &Opener<'_>) -> Outcome {
    let mut out = Vec::new();
    let opened = opener.open_into(envelope, |len, fill| {
        out.resize(len, 0xee);
        fill(&mut out);
    });
    assert!(opened.is_ok() || out.iter().all(|byte| *byte == 0), "the buffer is not wiped");
    Outcome::new(opened.map(|about| (out, about.arrival())))
}

/// As a file, from input of unknown length: what a stream would have released, nobody sees.
fn pipe_to_file(envelope: &[u8], opener: &Opener<'_>) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("content");
    let opened = opener.open_pipe_to_file(envelope, &to, Existing::Refuse);
    let files = names(folder.path()).len();
    assert_eq!(files, usize::from(opened.is_ok()), "files left behind");
    Outcome::new(opened.map(|about| (std::fs::read(&to).unwrap(), about.arrival())))
}

/// On error there is no file under the name, and none is left behind.
fn file(envelope: &[u8], opener: &Opener<'_>) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("envelope"), folder.path().join("content"));
    std::fs::write(&from, envelope).unwrap();
    let opened = opener.open_file(&from, &to, Existing::Refuse);
    let files = names(folder.path()).len();
    assert_eq!(files, if opened.is_ok() { 2 } else { 1 }, "files left behind");
    Outcome::new(opened.map(|about| (std::fs::read(&to).unwrap(), about.arrival())))
}

/// Reads to the end; what was read before an error was released.
fn stream<R: Read>(opened: Result<vlec::EnvelopeStream<R>, EnvelopeError>) -> Outcome {
    let mut stream = match opened {
        Ok(stream) => stream,
        Err(error) => return Outcome::new(Err(error)),
    };
    let arrival = stream.arrival();
    let (released, error) = drain(&mut stream);
    if error.is_some() {
        let later = stream.read(&mut [0; 8]).expect_err("a stream that failed goes on");
        assert_eq!(Told::of_io(&later).expect, "after-error");
    }
    let verdict = error.map_or(Told::ok(), |error| Told::of_io(&error));
    Outcome { arrival: (verdict == Told::ok()).then_some(arrival), verdict, released }
}

fn copied(envelope: &[u8], opener: &Opener<'_>) -> Outcome {
    let mut stream = match opener.open_pipe(envelope) {
        Ok(stream) => stream,
        Err(error) => return Outcome::new(Err(error)),
    };
    let (arrival, mut released) = (stream.arrival(), Vec::new());
    match stream.copy_to(&mut released) {
        Ok(length) => {
            assert_eq!(length, released.len() as u64);
            Outcome { verdict: Told::ok(), released, arrival: Some(arrival) }
        }
        Err(error) => Outcome { verdict: Told::of(&error), released, arrival: None },
    }
}

/// Front to back, and again from the middle: a reader may go on behind an error elsewhere.
fn reader(envelope: &[u8], opener: &Opener<'_>, before: u64) -> Outcome {
    let mut input = Cursor::new([&vec![0x56; before as usize][..], envelope].concat());
    input.set_position(before);
    let mut reader = match opener.open_reader(input) {
        Ok(reader) => reader,
        Err(error) => return Outcome::new(Err(error)),
    };
    let arrival = reader.arrival();
    let (released, error) = drain(&mut reader);
    let middle = released.len() as u64 / 2;
    reader.seek(SeekFrom::Start(middle)).unwrap();
    let (again, _) = drain(&mut reader);
    assert_eq!(again, released[middle as usize..], "another content at the second reading");
    let verdict = error.map_or(Told::ok(), |error| Told::of_io(&error));
    Outcome { arrival: (verdict == Told::ok()).then_some(arrival), verdict, released }
}

fn drain(input: &mut dyn Read) -> (Vec<u8>, Option<io::Error>) {
    let (mut out, mut part) = (Vec::new(), [0; 1021]);
    loop {
        match input.read(&mut part) {
            Ok(0) => return (out, None),
            Ok(length) => out.extend_from_slice(&part[..length]),
            Err(error) => return (out, Some(error)),
        }
    }
}

/// Gives at most `step` bytes at a time.
struct Slow<'a> {
    input: &'a [u8],
    step: usize,
}

impl Read for Slow<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = out.len().min(self.step);
        self.input.read(&mut out[..length])
    }
}

/// Sender, envelope id, SHA-512 of the manifest, and whether it was accepted.
pub(crate) type Row = (String, String, Vec<u8>, bool);

/// A ledger that holds one arrival, and counts how often it is asked.
pub(crate) struct OneRow {
    pub(crate) held: Option<Row>,
    /// What was sealed before this time, and has no row, is too old.
    pub(crate) too_old: Option<u64>,
    pub(crate) asked: RefCell<Vec<[u8; 64]>>,
}

impl Ledger for OneRow {
    fn arrive(&self, manifest: &VerifiedManifest) -> Result<Arrival, LedgerError> {
        let (sender, id, created) = (&manifest.sender, &manifest.id, manifest.created);
        let manifest = manifest.digest();
        self.asked.borrow_mut().push(*manifest);
        match &self.held {
            Some((by, envelope, held, accepted)) if *by == sender.as_str() && *envelope == id.to_string() => {
                match (&held[..] == manifest, accepted) {
                    (true, true) => Err(LedgerError::Duplicate { outcome: vlec::Outcome::new(b"")? }),
                    (true, false) => Ok(Arrival::Again),
                    (false, _) => Err(LedgerError::Conflict),
                }
            }
            _ if self.too_old.is_some_and(|since| created.unix() < since) => {
                Err(LedgerError::PastHorizon { created })
            }
            _ => Ok(Arrival::First),
        }
    }
}
