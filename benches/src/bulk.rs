//! Sealing and opening in memory, against the speed of the two primitives that touch every byte.
//!
//! The limit is the time of AES-256-GCM in calls of 16 KiB plus the time of keyed BLAKE3 in calls
//! of 1 MiB, each over a buffer of the content's size, in place, from its beginning to its end, in
//! the same round as what is compared with it. Opening is compared with decryption.

use std::cell::RefCell;
use std::hint::black_box;
use std::time::Duration;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};

use crate::measure::{Fallible, Run, interleave, time};
use crate::report::{Budget, Report};
use crate::setting::{ONE, Setting};

const CHUNK_LEN: usize = 16 << 10;
const SEGMENT_LEN: usize = 1 << 20;

/// The smallest size for which the budget holds, and a larger one.
const SIZES: [(usize, &str, usize); 2] = [(16 << 20, "16mib", 61), (128 << 20, "128mib", 11)];

pub(crate) fn measure(setting: &Setting, report: &mut Report) -> Fallible {
    report.note(
        "memory: 1core = one worker, 2cores = two, into buffers that are used again; \
         limit = 1/(1/AES-256-GCM at 16 KiB + 1/BLAKE3 keyed at 1 MiB), in place over as many bytes",
    );
    for (len, name, rounds) in SIZES {
        measure_size(setting, report, len, name, rounds)?;
    }
    hot_limit(report)
}

fn measure_size(setting: &Setting, report: &mut Report, len: usize, name: &str, rounds: usize) -> Fallible {
    let two = ONE.saturating_add(1);
    let content = noise(len);
    let envelope_len = usize::try_from(setting.sealer(ONE)?.sealed_len(len as u64)?)?;
    let (mut envelope, mut opened) = (vec![0; envelope_len], vec![0; len]);
    setting.sealer(two)?.seal_into(&content, &mut envelope)?;
    setting.opener(two)?.open_into(&envelope, &mut opened)?;
    if opened != content {
        return Err("the envelope opened to other content".into());
    }

    let limit = RefCell::new(Limit::new(len)?);
    let (sealed, opened) = (RefCell::new(vec![0; envelope_len]), RefCell::new(opened));
    let seal =
        |workers| time(|| Ok(setting.sealer(workers)?.seal_into(&content, &mut sealed.borrow_mut())?));
    let open =
        |workers| time(|| Ok(setting.opener(workers)?.open_into(&envelope, &mut opened.borrow_mut())?));
    let runs: [Run<'_>; 9] = [
        &mut || second(&|| limit.borrow_mut().encrypt()),
        &mut || second(&|| limit.borrow_mut().decrypt()),
        &mut || second(&|| limit.borrow_mut().hash()),
        &mut || second(&|| seal(ONE)),
        &mut || second(&|| open(ONE)),
        &mut || second(&|| seal(two)),
        &mut || second(&|| open(two)),
        &mut || time(|| Ok(setting.sealer(ONE)?.seal(&content)?)),
        &mut || time(|| Ok(setting.opener(ONE)?.open(&envelope)?)),
    ];
    let all = interleave(2, rounds, runs)?;

    let rate = |of: fn([f64; 9]) -> f64| len as f64 / all.median(of) / 1e9;
    let medians = [
        ("AES-256-GCM seal GB/s", rate(|[aes, ..]| aes)),
        ("AES-256-GCM open GB/s", rate(|[_, aes, ..]| aes)),
        ("BLAKE3 GB/s", rate(|[_, _, blake3, ..]| blake3)),
        ("seal 1 GB/s", rate(|[_, _, _, seal, ..]| seal)),
        ("open 1 GB/s", rate(|[_, _, _, _, open, ..]| open)),
        ("seal 2 GB/s", rate(|[_, _, _, _, _, seal, ..]| seal)),
        ("open 2 GB/s", rate(|[_, _, _, _, _, _, open, ..]| open)),
    ];
    let one = Budget::AtLeast(0.85);
    let seal_1 = all.median(|[encrypt, _, hash, seal, ..]| (encrypt + hash) / seal);
    report.judge(&format!("seal-memory-1core-{name}"), seal_1, one, &medians);
    let open_1 = all.median(|[_, decrypt, hash, _, open, ..]| (decrypt + hash) / open);
    report.judge(&format!("open-memory-1core-{name}"), open_1, one, &medians);
    let two = Budget::AtLeast(1.7);
    let seal_2 = all.median(|[_, _, _, one, _, two, ..]| one / two);
    report.judge(&format!("seal-memory-2cores-{name}"), seal_2, two, &medians);
    let open_2 = all.median(|[_, _, _, _, one, _, two, ..]| one / two);
    report.judge(&format!("open-memory-2cores-{name}"), open_2, two, &medians);

    for (name, value) in medians {
        report.note(format!("{name}: {value:.2}"));
    }
    let seal_fresh = all.median(|[.., seal, _]| seal) / all.median(|[_, _, _, seal, ..]| seal);
    let open_fresh = all.median(|[.., open]| open) / all.median(|[_, _, _, _, open, ..]| open);
    report.note(format!(
        "memory, a fresh Vec for each result, whose pages the system makes one by one: \
         sealing takes {seal_fresh:.2} times as long, opening {open_fresh:.2}"
    ));
    Ok(())
}

/// Runs twice in a row and counts the second: each side finds the caches as it left them itself,
/// whatever ran before it.
fn second(run: &dyn Fn() -> Fallible<Duration>) -> Fallible<Duration> {
    run()?;
    run()
}

/// The limit without the way to memory: one chunk and one segment that stay in the cache. Not what
/// any content of 16 MiB can reach; shown so that nobody has to ask.
fn hot_limit(report: &mut Report) -> Fallible {
    const TIMES: usize = 16;
    let mut chunk = Limit::new(CHUNK_LEN)?;
    let mut segment = Limit::new(SEGMENT_LEN)?;
    let repeated = |times: usize, run: &mut dyn FnMut() -> Fallible<Duration>| {
        (0..times).try_fold(Duration::ZERO, |sum, _| Ok::<_, Box<dyn std::error::Error>>(sum + run()?))
    };
    let runs: [Run<'_>; 2] =
        [&mut || repeated(TIMES * SEGMENT_LEN / CHUNK_LEN, &mut || chunk.encrypt()), &mut || {
            repeated(TIMES, &mut || segment.hash())
        }];
    let all = interleave(2, 31, runs)?;
    let bytes = (TIMES * SEGMENT_LEN) as f64;
    report.note(format!(
        "memory: limit over one hot chunk and one hot segment {:.2} GB/s",
        bytes / all.median(|[aes, blake3]| aes + blake3) / 1e9
    ));
    Ok(())
}

/// The primitives alone, over one buffer in place.
struct Limit {
    key: LessSafeKey,
    buffer: Vec<u8>,
    tags: Vec<Tag>,
}

impl Limit {
    fn new(len: usize) -> Fallible<Self> {
        let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).map_err(|_| "AES key")?;
        Ok(Self { key: LessSafeKey::new(key), buffer: noise(len), tags: Vec::new() })
    }

    fn encrypt(&mut self) -> Fallible<Duration> {
        let Self { key, buffer, tags } = self;
        tags.clear();
        time(|| {
            for (index, chunk) in (0..).zip(buffer.chunks_mut(CHUNK_LEN)) {
                let tag = key.seal_in_place_separate_tag(nonce(index), Aad::empty(), chunk);
                tags.push(tag.map_err(|_| "encryption")?);
            }
            Ok(())
        })
    }

    /// Decrypts what it encrypts first, which is not counted.
    fn decrypt(&mut self) -> Fallible<Duration> {
        self.encrypt()?;
        let Self { key, buffer, tags } = self;
        time(|| {
            for ((index, chunk), tag) in (0..).zip(buffer.chunks_mut(CHUNK_LEN)).zip(tags.drain(..)) {
                let opened = key.open_in_place_separate_tag(nonce(index), Aad::empty(), tag, chunk, 0..);
                opened.map_err(|_| "decryption")?;
            }
            Ok(())
        })
    }

    fn hash(&mut self) -> Fallible<Duration> {
        time(|| {
            self.buffer.chunks(SEGMENT_LEN).for_each(|segment| {
                black_box(blake3::keyed_hash(&[7; 32], segment));
            });
            Ok(())
        })
    }
}

fn nonce(index: u64) -> Nonce {
    let [a, b, c, d, e, f, g, h] = index.to_be_bytes();
    Nonce::assume_unique_for_key([0, 0, 0, 0, a, b, c, d, e, f, g, h])
}

/// Bytes that no compression shortens.
fn noise(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}
