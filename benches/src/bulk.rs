//! Sealing and opening in memory, against the speed of the two primitives that touch every byte.
//!
//! The limit is the time of AES-256-GCM in calls of 16 KiB plus the time of keyed BLAKE3 in calls
//! of 1 MiB, over as many bytes, in the same round as what is compared with it. Everything runs
//! four times in a row and the last time counts, so that each side finds the caches as it left
//! them. Opening is compared with decryption.
//!
//! The two primitives work on each buffer in place. Sealing and opening cannot: they read one buffer and
//! write another. The limit therefore has one plain copy of the content too, of the same round; how
//! they stand to the primitives alone is said in a note.

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
const SIZES: [(usize, &str, usize); 2] = [(16 << 20, "16mib", 25), (128 << 20, "128mib", 9)];

pub(crate) fn measure(setting: &Setting, report: &mut Report) -> Fallible {
    report.note(
        "memory: 1core = one worker, 2cores = two, into buffers that are used again; limit = \
         AES-256-GCM at 16 KiB in place, BLAKE3 keyed at 1 MiB and a plain copy, one after the other, over as many bytes",
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
    setting.sealer(two)?.seal_into(&content, |_, fill| fill(&mut envelope))?;
    setting.opener(two)?.open_into(&envelope, |_, fill| fill(&mut opened))?;
    if opened != content {
        return Err("the envelope opened to other content".into());
    }

    let mut limit = Limit::new(len)?;
    let (sealed, opened) = (RefCell::new(vec![0; envelope_len]), RefCell::new(opened));
    let seal = |workers| {
        let mut sealed = sealed.borrow_mut();
        time(|| Ok(setting.sealer(workers)?.seal_into(&content, |_, fill| fill(&mut sealed))?))
    };
    let open = |workers| {
        let mut opened = opened.borrow_mut();
        time(|| Ok(setting.opener(workers)?.open_into(&envelope, |_, fill| fill(&mut opened))?))
    };
    let limit = RefCell::new(&mut limit);
    let mut copied = vec![0; len];
    let mut copy = || {
        copied.copy_from_slice(black_box(&content));
        black_box(&mut copied);
        Ok(())
    };
    let runs: [Run<'_>; 10] = [
        &mut || warm(&mut || limit.borrow_mut().seal()),
        &mut || warm(&mut || limit.borrow_mut().open()),
        &mut || warm(&mut || limit.borrow_mut().seal_with_two_threads()),
        &mut || warm(&mut || seal(ONE)),
        &mut || warm(&mut || open(ONE)),
        &mut || warm(&mut || seal(two)),
        &mut || warm(&mut || open(two)),
        &mut || time(|| Ok(setting.sealer(ONE)?.seal(&content)?)),
        &mut || time(|| Ok(setting.opener(ONE)?.open(&envelope)?)),
        &mut || warm(&mut || time(&mut copy)),
    ];
    let all = interleave(2, rounds, runs)?;

    let rate = |of: fn([f64; 10]) -> f64| len as f64 / all.median(of) / 1e9;
    let medians = [
        ("seal limit GB/s", rate(|[limit, ..]| limit)),
        ("open limit GB/s", rate(|[_, limit, ..]| limit)),
        ("seal 1 GB/s", rate(|[_, _, _, seal, ..]| seal)),
        ("open 1 GB/s", rate(|[_, _, _, _, open, ..]| open)),
        ("seal 2 GB/s", rate(|[_, _, _, _, _, seal, ..]| seal)),
        ("open 2 GB/s", rate(|[_, _, _, _, _, _, open, ..]| open)),
    ];
    let one = Budget::AtLeast(0.95);
    let seal_1 = all.median(|[limit, _, _, seal, .., copy]| (limit + copy) / seal);
    report.judge(&format!("seal-memory-1core-{name}"), seal_1, one, &medians);
    let open_1 = all.median(|[_, limit, _, _, open, .., copy]| (limit + copy) / open);
    report.judge(&format!("open-memory-1core-{name}"), open_1, one, &medians);
    let two = Budget::AtLeast(1.7);
    let seal_2 = all.median(|[_, _, _, one, _, two, ..]| one / two);
    report.judge(&format!("seal-memory-2cores-{name}"), seal_2, two, &medians);
    let open_2 = all.median(|[_, _, _, _, one, _, two, ..]| one / two);
    report.judge(&format!("open-memory-2cores-{name}"), open_2, two, &medians);

    let values: Vec<String> = medians.iter().map(|(name, value)| format!("{name} {value:.2}")).collect();
    report.note(format!("memory-{name}: {}", values.join(", ")));
    report.note(format!(
        "memory-{name}: two threads of the two primitives alone are {:.2} times as fast as one: \
         below 1.7, this machine has no second core to give, and 2cores says nothing of the library",
        all.median(|[one, _, two, ..]| one / two)
    ));
    let seal_alone = all.median(|[limit, _, _, seal, ..]| limit / seal);
    let open_alone = all.median(|[_, limit, _, _, open, ..]| limit / open);
    report.note(format!(
        "memory-{name}: of the speed of the two primitives in place, without the copy ({:.2} GB/s): \
         sealing {seal_alone:.3}, opening {open_alone:.3}",
        rate(|[.., copy]| copy)
    ));
    let seal_fresh = all.median(|[_, _, _, seal, .., fresh, _, _]| fresh / seal);
    let open_fresh = all.median(|[_, _, _, _, open, .., fresh, _]| fresh / open);
    report.note(format!(
        "memory-{name}: into a fresh Vec, whose pages the system makes one by one, \
         sealing takes {seal_fresh:.2} times as long, opening {open_fresh:.2}"
    ));
    Ok(())
}

/// Runs four times in a row and counts the last: each side finds the caches as it left them
/// itself, whatever ran before it. After one time, a large cache still holds the other's bytes.
fn warm(run: &mut dyn FnMut() -> Fallible<Duration>) -> Fallible<Duration> {
    for _ in 0..3 {
        run()?;
    }
    run()
}

/// The limit without the way to memory: one chunk and one segment that stay in the cache. No
/// content of 16 MiB can reach it; shown so that nobody has to ask.
fn hot_limit(report: &mut Report) -> Fallible {
    let mut chunk = Limit::new(CHUNK_LEN)?;
    let segment = Limit::new(SEGMENT_LEN)?;
    let mut encrypt =
        || time(|| (0..64).try_for_each(|_| encrypt(&chunk.key, &mut chunk.encrypted, &mut chunk.tags)));
    let mut hash = || {
        time(|| {
            hash(&segment.hashed);
            Ok(())
        })
    };
    let all = interleave(4, 101, [&mut encrypt, &mut hash])?;
    let hot = SEGMENT_LEN as f64 / all.median(|[aes, blake3]| aes + blake3) / 1e9;
    report.note(format!("memory: limit over one hot chunk and one hot segment {hot:.2} GB/s"));
    Ok(())
}

/// The primitives alone. What stands for the envelope is encrypted or decrypted in place, what
/// stands for the content is hashed: as many bytes are touched in as much memory as in sealing
/// and opening, but none is copied.
struct Limit {
    key: LessSafeKey,
    encrypted: Vec<u8>,
    hashed: Vec<u8>,
    tags: Vec<Tag>,
}

impl Limit {
    fn new(len: usize) -> Fallible<Self> {
        let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).map_err(|_| "AES key")?;
        Ok(Self { key: LessSafeKey::new(key), encrypted: noise(len), hashed: noise(len), tags: Vec::new() })
    }

    fn seal(&mut self) -> Fallible<Duration> {
        time(|| {
            hash(&self.hashed);
            encrypt(&self.key, &mut self.encrypted, &mut self.tags)
        })
    }

    /// Decrypts what it encrypts first, which is not counted.
    fn open(&mut self) -> Fallible<Duration> {
        let Self { key, encrypted, hashed, tags } = self;
        encrypt(key, encrypted, tags)?;
        time(|| {
            hash(hashed);
            for ((index, chunk), tag) in (0..).zip(encrypted.chunks_mut(CHUNK_LEN)).zip(tags.drain(..)) {
                let opened = key.open_in_place_separate_tag(nonce(index), Aad::empty(), tag, chunk, 0..);
                opened.map_err(|_| "decryption")?;
            }
            Ok(())
        })
    }

    /// Each thread does one half.
    fn seal_with_two_threads(&mut self) -> Fallible<Duration> {
        let Self { key, encrypted, hashed, tags } = self;
        let half = hashed.len() / 2;
        let (first_encrypted, encrypted) = encrypted.split_at_mut(half);
        let (first_hashed, hashed) = hashed.split_at(half);
        let key = &*key;
        time(|| {
            std::thread::scope(|scope| {
                let other = scope.spawn(|| {
                    hash(first_hashed);
                    encrypt(key, first_encrypted, &mut Vec::new()).is_ok()
                });
                hash(hashed);
                encrypt(key, encrypted, tags)?;
                if other.join().is_ok_and(|ok| ok) { Ok(()) } else { Err("encryption".into()) }
            })
        })
    }
}

fn encrypt(key: &LessSafeKey, buffer: &mut [u8], tags: &mut Vec<Tag>) -> Fallible {
    tags.clear();
    for (index, chunk) in (0..).zip(buffer.chunks_mut(CHUNK_LEN)) {
        let tag = key.seal_in_place_separate_tag(nonce(index), Aad::empty(), chunk);
        tags.push(tag.map_err(|_| "encryption")?);
    }
    Ok(())
}

fn hash(buffer: &[u8]) {
    buffer.chunks(SEGMENT_LEN).for_each(|segment| {
        black_box(blake3::keyed_hash(&[7; 32], segment));
    });
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
