//! A sender, two recipients, and every way to open.

use std::io::{Cursor, Read};
use std::num::NonZeroUsize;
use std::sync::LazyLock;

use vlec::hazmat::failing_layer;
use vlec::hazmat::forge::Parts;
use vlec::hazmat::world::World;
use vlec::{Draft, EnvelopeError, Identity, Opener, Padding, Recipient, Sealer, Unrecorded};

pub const SENDER: &str = "GE/mia/cyber";
pub const ALICE: &str = "UA/npu/cyber";
pub const BOB: &str = "MD/igp/search";
/// Not a recipient.
pub const EVE: &str = "AZ/mia/crime";

static WORLD: LazyLock<World> = LazyLock::new(|| World::new().unwrap());

pub fn world() -> &'static World {
    &WORLD
}

pub fn identity(agency: &str) -> &'static Identity {
    &world().member(agency).unwrap().identity
}

pub fn recipient(agency: &str) -> Recipient {
    let to = [agency.parse().unwrap()];
    world().rosters.address(identity(SENDER), &to, world().now).unwrap().recipients()[0].clone()
}

pub fn sealer(to: &[&str], padding: Padding) -> Sealer<'static> {
    let to: Vec<_> = to.iter().map(|name| name.parse().unwrap()).collect();
    let addressed = world().rosters.address(identity(SENDER), &to, world().now).unwrap();
    let draft = Draft::new("text/plain", 1).unwrap().padding(padding);
    Sealer::new(identity(SENDER), addressed, draft, &world().random).unwrap()
}

/// An honest envelope from the sender to Alice and Bob.
pub fn honest(content: &[u8]) -> Vec<u8> {
    sealer(&[ALICE, BOB], Padding::Padme).seal(content).unwrap()
}

/// The parts that Alice, a recipient, can take an honest envelope into.
pub fn taken(content: &[u8]) -> Parts {
    Parts::take(&honest(content), &world().epoch(ALICE, 1).unwrap()).unwrap()
}

pub fn opener(agency: &str) -> Opener<'static> {
    Opener::new(&world().member(agency).unwrap().keyring, &world().rosters, &Unrecorded, world().now)
        .workers(NonZeroUsize::new(2).unwrap())
}

/// What was released, and the error that ended it, if one did.
pub struct Outcome {
    pub released: Vec<u8>,
    pub error: Option<EnvelopeError>,
}

impl Outcome {
    /// The layer that failed.
    pub fn layer(&self) -> &'static str {
        self.error.as_ref().map_or("ok", failing_layer)
    }
}

/// Opens in every way and checks that they agree: memory releases all or nothing, and streams
/// release a beginning of what an honest opening would.
pub fn open(agency: &str, envelope: &[u8]) -> Outcome {
    let opener = opener(agency);
    let memory = opener.open(envelope);
    let mut buffer = Vec::new();
    let into = opener.open_into(envelope, |len, fill| {
        buffer.resize(len, 0xee);
        fill(&mut buffer);
    });
    let released = match &memory {
        Ok(opened) => {
            into.as_ref().unwrap();
            assert_eq!(buffer, opened.content());
            opened.content().to_vec()
        }
        Err(error) => {
            assert_eq!(failing_layer(error), failing_layer(into.as_ref().unwrap_err()));
            assert!(buffer.iter().all(|byte| *byte == 0), "the buffer holds something after an error");
            Vec::new()
        }
    };
    let error = memory.err();

    let stream = stream(agency, envelope);
    if error.is_none() {
        assert_eq!(stream.layer(), "ok");
        assert_eq!(stream.released, released);
    } else {
        assert_ne!(stream.layer(), "ok", "a stream accepts what memory refuses");
    }
    if let Ok(mut reader) = opener.open_reader(Cursor::new(envelope)) {
        let mut read = Vec::new();
        let result = reader.read_to_end(&mut read);
        assert_eq!(result.is_ok(), error.is_none(), "a reader and memory disagree");
    } else {
        assert!(error.is_some(), "a reader refuses what memory accepts");
    }
    Outcome { released, error }
}

/// Opens as a stream, from a source that gives a few bytes at a time.
pub fn stream(agency: &str, envelope: &[u8]) -> Outcome {
    let mut released = Vec::new();
    let opened = opener(agency).open_pipe(Dribble(envelope));
    let error = opened.and_then(|mut stream| stream.copy_to(&mut released)).err();
    Outcome { released, error }
}

/// Opens for Alice, who must refuse; gives the layer.
pub fn refused(envelope: &[u8]) -> &'static str {
    let outcome = open(ALICE, envelope);
    assert!(outcome.error.is_some() && outcome.released.is_empty());
    outcome.layer()
}

/// Gives at most 1,021 bytes at a time, as a pipe may.
pub struct Dribble<'a>(pub &'a [u8]);

impl Read for Dribble<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let len = out.len().min(1021).min(self.0.len());
        let (now, later) = self.0.split_at(len);
        out[..len].copy_from_slice(now);
        self.0 = later;
        Ok(len)
    }
}
