//! Content of unknown length from a pipe, and a large envelope that is read in places.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::thread;

use vlec::{AgencyId, Existing, Labels, Letter};

use crate::checks::{Checks, require};
use crate::delivery::same_bytes;
use crate::error::{Context, Result};
use crate::exchange::Exchange;
use crate::parties::World;
use crate::report::{self, grouped};

/// Just over five segments of 1 MiB.
const LEN: u64 = 5 * (1 << 20) + 12_345;
const CONTENT_TYPE: &str = "application/octet-stream";

pub(crate) fn stream(world: &World, exchange: &Exchange, checks: &mut Checks) -> Result<()> {
    let [source, middle, reader]: [AgencyId; 3] =
        ["MD/pg/mla".parse()?, "UA/npu/cyber".parse()?, "GE/police/border".parse()?];
    report::line(&format!(
        "  A recording goes through pipes from {source} to {middle}, which seals the file it got"
    ));
    report::line(&format!("  for {reader}; there only some places are read."));

    let recording = exchange.inbox(&middle)?.join("recording");
    checks.add("Sealed from one pipe and opened from another: same bytes", {
        through_pipes(world, exchange, &source, &middle, &recording)
    });
    checks.add("Large envelope read at places, over a segment's end: same bytes", {
        read_at_places(world, exchange, &recording, &middle, &reader)
    });
    exchange.discard(&recording)
}

/// Content, pipe, envelope, pipe, content: neither side knows the length before the end.
fn through_pipes(
    world: &World,
    exchange: &Exchange,
    from: &AgencyId,
    to: &AgencyId,
    output: &Path,
) -> Result<String> {
    let (content, mut content_in) = io::pipe()?;
    let (envelope, envelope_in) = io::pipe()?;
    let (sender, recipient, letter) = (world.agency(from)?, world.agency(to)?, letter(to)?);
    let spool = exchange.spool();
    let sealed = thread::scope(|scope| {
        scope.spawn(move || io::copy(&mut Recording::new(), &mut content_in));
        let sealing = scope.spawn(move || sender.seal_pipe(&letter, content, envelope_in, spool));
        recipient.open_pipe_to_file(envelope, output, Existing::Refuse)?;
        Ok::<_, Box<dyn std::error::Error>>(sealing.join().map_err(|_| "the sealing thread failed")??)
    })?;
    require(same_bytes(Recording::new(), File::open(output)?)?, "the bytes differ")?;
    Ok(format!("{} bytes, sealed {}", grouped(LEN), grouped(sealed.len)))
}

/// The recording is sealed as a file and never opened as a whole.
fn read_at_places(
    world: &World,
    exchange: &Exchange,
    recording: &Path,
    from: &AgencyId,
    to: &AgencyId,
) -> Result<String> {
    let envelope = exchange.outbox("recording");
    world.agency(from)?.seal_file(&letter(to)?, recording, &envelope, Existing::Refuse)?;

    let mut reader = world.agency(to)?.open_file_reader(&envelope)?;
    require(reader.manifest().content_len == LEN, "the manifest has another length")?;
    let mut original = File::open(recording)?;
    let places =
        [SeekFrom::End(-64), SeekFrom::Start((3 << 20) - 32), SeekFrom::Start(0), SeekFrom::Start(LEN / 2)];
    for place in places {
        let (mut read, mut expected) = ([0; 64], [0; 64]);
        reader.seek(place).and_then(|_| reader.read_exact(&mut read)).context("read the envelope")?;
        original
            .seek(place)
            .and_then(|_| original.read_exact(&mut expected))
            .context("read the recording")?;
        require(read == expected, "the bytes differ")?;
    }
    Ok(format!("{} places of {} bytes", places.len(), grouped(LEN)))
}

fn letter(to: &AgencyId) -> Result<Letter> {
    let labels = Labels { file_name: Some("recording.raw".into()), ..Labels::default() };
    Ok(Letter::new([to.clone()], CONTENT_TYPE)?.labels(labels)?)
}

/// Invented content: the same pseudo-random bytes each time (xorshift64).
struct Recording {
    left: u64,
    state: u64,
}

impl Recording {
    fn new() -> Self {
        Self { left: LEN, state: 0x9e37_79b9_7f4a_7c15 }
    }
}

impl Read for Recording {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        for byte in out.iter_mut().take(len) {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            *byte = self.state.to_le_bytes()[0];
        }
        self.left -= len as u64;
        Ok(len)
    }
}
