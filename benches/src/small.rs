//! Sealing and opening 1 KiB to one recipient, against the sum of the primitives it cannot do
//! without.
//!
//! ML-DSA tries until a signature fits, so that its time is a random variable with a wide spread:
//! both sides make new signatures all the time, in blocks of equal numbers, and what is compared
//! is the mean of a block with the mean of the block beside it. The primitives run in turn, as they
//! do in an envelope: encapsulate, sign and verify the own signature; decapsulate and verify. Sealing counts from the look-up of
//! the recipient in the rosters to the envelope.

use std::hint::black_box;
use std::time::Duration;

use vlec::hazmat::world::seed;
use vlec::hazmat::{composite, label, xwing};

use crate::measure::{Fallible, Run, interleave, time};
use crate::report::{Budget, Report};
use crate::setting::{Setting, default_workers};

const BLOCKS: usize = 120;
const CALLS: usize = 40;

pub(crate) fn measure(setting: &Setting, report: &mut Report) -> Fallible {
    let random = &setting.random;
    let content = [7; 1024];
    let seal = || Ok(setting.sealer(default_workers())?.seal(&content)?);
    let open = |envelope: &[u8]| Ok(setting.opener(default_workers())?.open(envelope)?);
    let envelope = seal()?;
    let manifest = open(&envelope)?.manifest().encode();

    let signing = composite::SigningKey::from_seed(&seed("signing"));
    let verifying = signing.verifying_key();
    let epoch = xwing::DecapsulationKey::from_seed(&seed("epoch"));
    let signature = signing.sign(label::SIGN_MANIFEST, &manifest, random)?;
    let (_, ciphertext) = epoch.encapsulation_key().encapsulate(random)?;

    // Signing includes the verification of its own signature.
    let sign = || Ok(signing.sign(label::SIGN_MANIFEST, &manifest, random)?);
    let encapsulate = || Ok(epoch.encapsulation_key().encapsulate(random)?);
    let decapsulate = || Ok(epoch.decapsulate(&ciphertext)?);
    let verify = || Ok(verifying.verify(label::SIGN_MANIFEST, &manifest, &signature)?);
    let runs: [Run<'_>; 8] = [
        &mut || block(seal),
        &mut || block(|| Ok((sign()?, encapsulate()?))),
        &mut || block(|| open(&envelope)),
        &mut || block(|| Ok((decapsulate()?, verify()?))),
        &mut || block(sign),
        &mut || block(encapsulate),
        &mut || block(decapsulate),
        &mut || block(verify),
    ];
    let all = interleave(4, BLOCKS, runs)?;

    let microseconds = |of: fn([f64; 8]) -> f64| all.mean(of) * 1e6;
    let means = [
        ("seal µs", microseconds(|[seal, ..]| seal)),
        ("its primitives µs", microseconds(|[_, sum, ..]| sum)),
        ("open µs", microseconds(|[_, _, open, ..]| open)),
        ("its primitives µs", microseconds(|[_, _, _, sum, ..]| sum)),
        ("sign and verify alone µs", microseconds(|[_, _, _, _, sign, ..]| sign)),
        ("encapsulate alone µs", microseconds(|[.., encapsulate, _, _]| encapsulate)),
        ("decapsulate alone µs", microseconds(|[.., decapsulate, _]| decapsulate)),
        ("verify alone µs", microseconds(|[.., verify]| verify)),
    ];
    let [seal, seal_sum, open, open_sum, ..] = means;
    let sealing = all.median(|[seal, sum, ..]| seal / sum);
    report.judge("seal-1kib", sealing, Budget::AtMost(1.15), &[seal, seal_sum]);
    let opening = all.median(|[_, _, open, sum, ..]| open / sum);
    report.judge("open-1kib", opening, Budget::AtMost(1.15), &[open, open_sum]);

    let calls = BLOCKS * CALLS;
    report.note(format!("1kib: {calls} calls of each side in blocks of {CALLS}; means follow"));
    means.iter().for_each(|(name, value)| report.note(format!("1kib: {name} {value:.1}")));
    Ok(())
}

/// The mean time of one call, over a block of calls.
fn block<T>(call: impl Fn() -> Fallible<T>) -> Fallible<Duration> {
    let all = time(|| {
        for _ in 0..CALLS {
            black_box(call()?);
        }
        Ok(())
    });
    Ok(all? / CALLS as u32)
}
