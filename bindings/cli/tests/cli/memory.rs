//! The most memory that sealing and opening a file takes. Passphrases cost 64 MiB of their own, by Argon2id:
//! measured with a key.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Stdio};

use crate::town::{Town, with_key};

const MIB: u64 = 1 << 20;

/// The peak that the system has seen so far, in bytes.
fn peak(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"))?;
    Some(kib.trim().parse::<u64>().ok()? * 1024)
}

fn peak_of(town: &Town, line: &str) -> u64 {
    let mut command = town.command(line.split(' '));
    with_key(&mut command);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = peak(&child).unwrap_or_default().max(most);
        std::thread::yield_now();
    }
    assert!(child.wait().unwrap().success(), "{line}");
    most
}

fn within_budget(len: u64) {
    let town = Town::new();
    fs::File::create(town.path("holes")).unwrap().set_len(len).unwrap();
    let workers = std::thread::available_parallelism().unwrap().get().min(8) as u64;
    let allowed = 32 * MIB + 32 * (len / MIB) + 2 * MIB * workers;
    for (what, line) in [
        ("sealing", "seal --home cyber --to UA/npu/cyber holes"),
        ("opening", "open --home npu -o opened holes.vlec"),
    ] {
        let peak = peak_of(&town, line);
        println!(
            "{what} {} MiB: peak {:.1} MiB, allowed {:.1}",
            len / MIB,
            peak as f64 / MIB as f64,
            allowed as f64 / MIB as f64
        );
        assert!(peak > 0 && peak <= allowed, "{what}: {peak} of {allowed} bytes");
    }
    assert_eq!(fs::metadata(town.path("opened")).unwrap().size(), len);
}

#[test]
fn a_file_of_256_mib_is_sealed_and_opened_within_the_budget() {
    within_budget(256 * MIB);
}

/// Takes 8 GiB of disk: run with `VLEC_SOAK` set.
#[test]
fn a_file_of_4_gib_is_sealed_and_opened_within_the_budget() {
    if std::env::var_os("VLEC_SOAK").is_some() {
        within_budget(4096 * MIB);
    }
}
