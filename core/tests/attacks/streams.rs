//! F1 to F3 on whole envelopes, and the small envelope of which every byte is changed.

use std::io::{Cursor, Read, Seek, SeekFrom};

use vlec::Padding;

use super::scene::{ALICE, BOB, Dribble, honest, open, opener, refused, sealer, stream, taken};

const MIB: usize = 1 << 20;

fn content(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

#[test]
fn every_changed_byte_of_a_small_envelope_is_an_error_that_releases_nothing() {
    let envelope = sealer(&[ALICE], Padding::None).seal(b"small").unwrap();
    for at in 0..envelope.len() {
        let mut changed = envelope.clone();
        changed[at] ^= 0x01;
        assert!(opener(ALICE).open(&changed).is_err(), "byte {at}");
        let outcome = stream(ALICE, &changed);
        assert!(outcome.error.is_some() && outcome.released.is_empty(), "byte {at}");
    }
}

#[test]
fn every_truncation_of_a_small_envelope_is_an_error_that_releases_nothing() {
    let envelope = sealer(&[ALICE], Padding::None).seal(b"small").unwrap();
    for len in 0..envelope.len() {
        assert!(opener(ALICE).open(&envelope[..len]).is_err(), "{len}");
        let outcome = stream(ALICE, &envelope[..len]);
        assert!(outcome.released.is_empty(), "{len}");
        assert_eq!(outcome.layer(), "truncated", "{len}");
    }
}

#[test]
fn every_extension_of_a_small_envelope_is_an_error() {
    let envelope = sealer(&[ALICE], Padding::None).seal(b"small").unwrap();
    for extra in [1, 15, 16, 17, 1024, 16_400] {
        let mut longer = envelope.clone();
        longer.resize(envelope.len() + extra, 0);
        assert_eq!(refused(&longer), "trailing", "{extra}");
        let outcome = stream(ALICE, &longer);
        assert_eq!((outcome.layer(), &outcome.released[..]), ("trailing", &b"small"[..]), "{extra}");
    }
}

#[test]
fn contents_of_every_awkward_length_come_back_in_every_way() {
    for len in [0, 1, 1023, 1024, 1025, 16_383, 16_384, 16_385, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB - 5] {
        for padding in [Padding::Padme, Padding::None] {
            let content = content(len);
            let envelope = sealer(&[ALICE, BOB], padding).seal(&content).unwrap();
            let outcome = open(BOB, &envelope);
            assert_eq!(outcome.layer(), "ok", "{len} {padding:?}");
            assert_eq!(outcome.released, content);

            let mut piped = Vec::new();
            let spool = std::env::temp_dir();
            let sealed = sealer(&[ALICE], padding).seal_pipe(Dribble(&content), &mut piped, &spool).unwrap();
            assert_eq!(sealed.len, piped.len() as u64);
            assert_eq!(opener(ALICE).open(&piped).unwrap().content(), content, "{len} {padding:?}");
        }
    }
}

#[test]
fn f1_chunks_swapped_dropped_doubled_or_changed_stop_the_stream_at_their_segment() {
    let plain = content(3 * MIB + 70_000);
    let mut parts = taken(&plain);
    let good = parts.assemble().unwrap();
    let first = parts.offsets().unwrap().first_chunk;
    let chunk = |n: usize| first + n * 16_400..first + (n + 1) * 16_400;

    let mut swapped = good.clone();
    let (a, b) = (good[chunk(70)].to_vec(), good[chunk(71)].to_vec());
    swapped[chunk(70)].copy_from_slice(&b);
    swapped[chunk(71)].copy_from_slice(&a);
    let dropped = [&good[..chunk(70).start], &good[chunk(70).end..]].concat();
    let doubled = [&good[..chunk(70).end], &good[chunk(70).start..]].concat();
    let mut changed = good.clone();
    changed[chunk(70).start + 5] ^= 1;
    // A co-recipient seals another chunk there, with a tag that holds.
    parts.body[70 * 16_384] ^= 1;
    let resealed = parts.assemble().unwrap();

    for bad in [&swapped, &dropped, &doubled, &changed, &resealed] {
        let outcome = stream(ALICE, bad);
        assert!(
            matches!(outcome.error, Some(vlec::EnvelopeError::Damaged { segment: 1 })),
            "{:?}",
            outcome.error
        );
        assert_eq!(outcome.released, plain[..MIB]);
        assert!(opener(ALICE).open(bad).is_err());
    }
}

#[test]
fn f1_a_stream_cut_anywhere_releases_whole_segments_only_and_never_ends_well() {
    let plain = content(2 * MIB + 5000);
    let envelope = honest(&plain);
    let first = taken(&plain).offsets().unwrap().first_chunk;
    for cut in [
        first,
        first + 1,
        first + 64 * 16_400 - 1,
        first + 64 * 16_400,
        first + 128 * 16_400,
        envelope.len() - 1,
    ] {
        let outcome = stream(ALICE, &envelope[..cut]);
        assert_eq!(outcome.layer(), "truncated", "{cut}");
        let segments = cut.saturating_sub(first) / (64 * 16_400);
        assert_eq!(outcome.released, plain[..segments * MIB], "{cut}");
    }
}

#[test]
fn f1_after_an_error_a_stream_gives_nothing_more() {
    let plain = content(3 * MIB);
    let mut envelope = honest(&plain);
    let first = taken(&plain).offsets().unwrap().first_chunk;
    envelope[first + 64 * 16_400] ^= 1;
    let mut stream = opener(ALICE).open_pipe(&envelope[..]).unwrap();
    let mut out = vec![0; 4 * MIB];
    let mut got = 0;
    let failed = loop {
        match stream.read(&mut out[got..]) {
            Ok(n) => got += n,
            Err(error) => break error,
        }
    };
    assert_eq!((got, failed.kind()), (MIB, std::io::ErrorKind::InvalidData));
    assert!(stream.read(&mut out).is_err());
    assert_eq!(stream.copy_to(&mut Vec::new()).unwrap_err().code(), "after-error");
}

#[test]
fn f1_a_stream_gives_nothing_to_accept_before_its_end_was_read() {
    let plain = content(2 * MIB + 5000);
    let envelope = honest(&plain);
    let trailing = [&envelope[..], &[0]].concat();
    // After so many bytes of content, and before a read that returns 0.
    let finish = |envelope: &[u8], read: usize| {
        let mut stream = opener(ALICE).open_pipe(envelope).unwrap();
        let mut out = vec![0; read];
        stream.read_exact(&mut out).unwrap();
        stream.finish().map_or_else(|error| error.code(), |_| "ok")
    };
    for read in [0, 1, MIB, 2 * MIB, plain.len() - 1] {
        assert_eq!(finish(&envelope, read), "not-read", "{read}");
    }
    assert_eq!(finish(&envelope, plain.len()), "ok");
    assert_eq!(finish(&trailing, plain.len()), "trailing");
    let cut = &envelope[..envelope.len() - 1];
    assert_eq!(finish(cut, 2 * MIB), "truncated");
    assert_eq!(finish(&honest(&[]), 0), "ok");
}

#[test]
fn f2_the_length_is_authenticated_before_a_seek() {
    let plain = content(2 * MIB + 5000);
    let envelope = honest(&plain);
    let mut reader = opener(ALICE).open_reader(Cursor::new(&envelope)).unwrap();
    assert_eq!(reader.seek(SeekFrom::End(0)).unwrap(), plain.len() as u64);
    for cut in [envelope.len() - 1, envelope.len() - 16_400, envelope.len() / 2] {
        let error = opener(ALICE).open_reader(Cursor::new(&envelope[..cut])).unwrap_err();
        assert_eq!(error.code(), "truncated");
    }
    let longer = [&envelope[..], &[0; 16_400]].concat();
    assert_eq!(opener(ALICE).open_reader(Cursor::new(longer)).unwrap_err().code(), "trailing");
}

#[test]
fn f2_random_places_read_what_a_whole_opening_reads() {
    let plain = content(3 * MIB + 77_777);
    let envelope = honest(&plain);
    let mut reader = opener(ALICE).open_reader(Cursor::new(&envelope)).unwrap();
    let mut at = 12_345_usize;
    for _ in 0..200 {
        at = (at * 1_103_515_245 + 12_345) % (plain.len() + 1000);
        let len = at % 70_000;
        let mut out = vec![0; len];
        reader.seek(SeekFrom::Start(at as u64)).unwrap();
        let mut got = 0;
        while got < len {
            match reader.read(&mut out[got..]).unwrap() {
                0 => break,
                n => got += n,
            }
        }
        let expected = &plain[at.min(plain.len())..(at + len).min(plain.len())];
        assert_eq!(&out[..got], expected);
    }
    assert_eq!(reader.seek(SeekFrom::Current(-1)).unwrap() + 1, reader.seek(SeekFrom::Current(1)).unwrap());
    assert!(reader.seek(SeekFrom::End(-(plain.len() as i64) - 1)).is_err());
}

#[test]
fn f2_a_damaged_segment_is_refused_and_the_others_stay_readable() {
    let plain = content(3 * MIB);
    let mut envelope = honest(&plain);
    let first = taken(&plain).offsets().unwrap().first_chunk;
    envelope[first + 64 * 16_400 + 9] ^= 1;
    let mut reader = opener(ALICE).open_reader(Cursor::new(&envelope)).unwrap();
    let mut out = vec![0; 1000];
    reader.seek(SeekFrom::Start(MIB as u64 + 5)).unwrap();
    assert!(reader.read(&mut out).is_err());
    assert!(out.iter().all(|byte| *byte == 0));
    reader.seek(SeekFrom::Start(2 * MIB as u64)).unwrap();
    reader.read_exact(&mut out).unwrap();
    assert_eq!(out, plain[2 * MIB..][..1000]);
    reader.seek(SeekFrom::Start(MIB as u64 - 1000)).unwrap();
    reader.read_exact(&mut out).unwrap();
    assert_eq!(out, plain[MIB - 1000..MIB]);
    assert!(reader.read(&mut out).is_err());
}

#[test]
fn f3_chunks_of_another_envelope_are_refused() {
    let plain = content(2 * MIB);
    let (a, b) = (honest(&plain), honest(&plain));
    let first = taken(&plain).offsets().unwrap().first_chunk;
    for range in [first..first + 16_400, first + 64 * 16_400..a.len()] {
        let mut mixed = a.clone();
        mixed[range.clone()].copy_from_slice(&b[range]);
        assert_eq!(refused(&mixed), "damaged");
    }
}

/// What a source does at each read: gives bytes, ends, is interrupted, or lies about how much.
enum Step {
    Give(usize),
    End,
    Interrupt,
    Claim(usize),
}

struct Script<'a>(&'a [u8], std::vec::IntoIter<Step>);

impl<'a> Script<'a> {
    fn new(content: &'a [u8], steps: Vec<Step>) -> Self {
        Self(content, steps.into_iter())
    }
}

impl Read for Script<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match self.1.next().unwrap_or(Step::End) {
            Step::Give(len) => {
                let (now, later) = self.0.split_at(len.min(out.len()).min(self.0.len()));
                out[..now.len()].copy_from_slice(now);
                self.0 = later;
                Ok(now.len())
            }
            Step::End => Ok(0),
            Step::Interrupt => Err(std::io::ErrorKind::Interrupted.into()),
            Step::Claim(more) => Ok(out.len() + more),
        }
    }
}

fn seal_script(content: &[u8], steps: Vec<Step>) -> Result<Vec<u8>, vlec::EnvelopeError> {
    let mut out = Vec::new();
    let sealer = sealer(&[ALICE], Padding::Padme);
    sealer.seal_pipe(Script::new(content, steps), &mut out, &std::env::temp_dir())?;
    Ok(out)
}

#[test]
fn f4_a_pipe_ends_at_its_first_end_even_if_more_would_come() {
    let plain = content(MIB + 500);
    for first in [0, 100, MIB, MIB + 300] {
        let steps = vec![
            Step::Give(first.min(MIB)),
            Step::Give(first.saturating_sub(MIB)),
            Step::End,
            Step::Give(50),
        ];
        let envelope = seal_script(&plain, steps).unwrap();
        assert_eq!(opener(ALICE).open(&envelope).unwrap().content(), &plain[..first], "{first}");
    }
}

#[test]
fn f4_a_pipe_that_is_interrupted_goes_on_and_one_that_lies_is_refused() {
    let plain = content(1000);
    let steps = vec![Step::Give(10), Step::Interrupt, Step::Give(990), Step::Interrupt, Step::End];
    let envelope = seal_script(&plain, steps).unwrap();
    assert_eq!(opener(ALICE).open(&envelope).unwrap().content(), plain);
    for more in [1, usize::MAX / 2] {
        let error = seal_script(&plain, vec![Step::Give(10), Step::Claim(more)]).unwrap_err();
        assert!(error.to_string().contains("claims more bytes"), "{error}");
    }
}

#[test]
fn f1_a_copy_that_could_not_be_written_is_not_taken_up_again() {
    /// Takes a few bytes, then fails once, then would take the rest.
    struct Flaky(Vec<u8>, usize);
    impl std::io::Write for Flaky {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.1 += 1;
            match self.1 {
                2 => Err(std::io::Error::other("full")),
                _ => {
                    let len = bytes.len().min(1000);
                    self.0.extend_from_slice(&bytes[..len]);
                    Ok(len)
                }
            }
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let envelope = honest(&content(5000));
    let mut stream = opener(ALICE).open_pipe(&envelope[..]).unwrap();
    let mut output = Flaky(Vec::new(), 0);
    assert_eq!(stream.copy_to(&mut output).unwrap_err().code(), "io");
    assert_eq!(stream.copy_to(&mut output).unwrap_err().code(), "after-error");
    assert_eq!(output.0, content(1000));
}
