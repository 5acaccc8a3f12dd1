//! Sealing a file of 1 GiB, signed, to one recipient, against rage, GnuPG and a plain copy.
//!
//! All read the same file, which the system holds in its cache, and write beside it. The time runs
//! until content and folder are on the disk: this library does that itself, for the others it is
//! done here, when they have ended.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use vlec::Existing;

use crate::measure::{Fallible, Run, interleave, time};
use crate::report::{Budget, Report};
use crate::rivals::{GnuPg, Rage};
use crate::setting::{Setting, default_workers};

const LEN: u64 = 1 << 30;
const ROUNDS: usize = 4;

pub(crate) fn measure(setting: &Setting, folder: &Path, report: &mut Report) -> Fallible {
    let input = &folder.join("content");
    write_noise(input)?;
    let (rage, gpg) = (Rage::find()?, GnuPg::find()?);
    let runs: [Run<'_>; 4] = [
        &mut || {
            let output = fresh(folder, "sealed")?;
            let sealer = setting.sealer(default_workers())?;
            time(|| Ok(sealer.seal_file(input, &output, Existing::Refuse)?))
        },
        &mut || {
            let output = fresh(folder, "copied")?;
            time(|| {
                fs::copy(input, &output)?;
                make_durable(&output, folder)
            })
        },
        &mut || {
            let (Some(rage), output) = (&rage, fresh(folder, "rage")?) else { return Ok(Duration::ZERO) };
            time(|| {
                rage.encrypt(input, &output)?;
                make_durable(&output, folder)
            })
        },
        &mut || {
            let (Some(gpg), output) = (&gpg, fresh(folder, "gpg")?) else { return Ok(Duration::ZERO) };
            time(|| {
                gpg.sign_and_encrypt(input, &output)?;
                make_durable(&output, folder)
            })
        },
    ];
    let all = interleave(1, ROUNDS, runs)?;

    let medians = [
        ("seal s", all.median(|[seal, ..]| seal)),
        ("copy s", all.median(|[_, copy, ..]| copy)),
        ("rage s", all.median(|[_, _, rage, _]| rage)),
        ("gpg s", all.median(|[.., gpg]| gpg)),
    ];
    let budget = Budget::AtLeast(2.0);
    match rage {
        Some(_) => {
            let ratio = all.median(|[seal, _, rage, _]| rage / seal);
            report.judge("seal-file-vs-rage", ratio, budget, &medians);
        }
        None => report.not_measured("seal-file-vs-rage", budget, Rage::INSTALL),
    }
    let budget = Budget::AtLeast(4.0);
    match gpg {
        Some(_) => {
            let ratio = all.median(|[seal, .., gpg]| gpg / seal);
            report.judge("seal-file-vs-gpg", ratio, budget, &medians);
        }
        None => report.not_measured("seal-file-vs-gpg", budget, GnuPg::INSTALL),
    }
    let ratio = all.median(|[seal, copy, ..]| copy / seal);
    report.judge("seal-file-vs-copy", ratio, Budget::AtLeast(0.7), &medians);
    report.note(
        "file: 1 GiB, in the system's cache, written and made durable; rage unsigned to one X25519 key; \
         gpg --sign --encrypt with ed25519 and cv25519 keys, its compression off to its advantage",
    );
    medians.iter().for_each(|(name, value)| report.note(format!("file: {name} {value:.2}")));
    Ok(())
}

/// The path of an output that does not exist; what was there is removed before the time runs.
pub(crate) fn fresh(folder: &Path, name: &str) -> Fallible<std::path::PathBuf> {
    let path = folder.join(name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    File::open(folder)?.sync_all()?;
    Ok(path)
}

fn make_durable(file: &Path, folder: &Path) -> Fallible {
    File::open(file)?.sync_all()?;
    Ok(File::open(folder)?.sync_all()?)
}

/// Content that no compression shortens, on the disk and in the cache.
pub(crate) fn write_noise(path: &Path) -> Fallible {
    let mut noise = blake3::Hasher::new().finalize_xof();
    let mut block = vec![0; 1 << 20];
    let mut file = File::create_new(path)?;
    for _ in 0..LEN / block.len() as u64 {
        noise.fill(&mut block);
        file.write_all(&block)?;
    }
    Ok(file.sync_all()?)
}
