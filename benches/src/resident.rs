//! The most memory that a process which seals or opens a file ever holds: all of it, program,
//! rosters and keys included, as the system counts it (`VmHWM`).

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode};

use vlec::Existing;

use crate::measure::Fallible;
use crate::report::{Budget, Report};
use crate::setting::{Setting, default_workers};

/// The argument with which this program starts itself for one file.
pub(crate) const CHILD: &str = "seal-or-open-one-file";

const MIB: u64 = 1 << 20;
/// The file's length; it has holes only, so that reading it costs no disk.
const LEN: u64 = 2048 * MIB;
const SMALL: u64 = 64 * MIB;

pub(crate) fn measure(folder: &Path, report: &mut Report) -> Fallible {
    let small = Peaks::measure(folder, SMALL)?;
    let large = Peaks::measure(folder, LEN)?;
    let workers = default_workers();
    let allowed = 32 * MIB + 32 * (LEN / MIB) + 2 * MIB * workers.get() as u64;
    let mib = |bytes: u64| bytes as f64 / MIB as f64;
    for (name, peak) in [("seal-file-memory", large.seal), ("open-file-memory", large.open)] {
        let values = [("peak MiB", mib(peak)), ("allowed MiB", mib(allowed))];
        report.judge(name, peak as f64 / allowed as f64, Budget::AtMost(1.0), &values);
    }
    report.note(format!(
        "file memory: peak of a process of its own for {} MiB with {workers} workers: sealing {:.1} MiB, \
         opening {:.1}; allowed {:.1}; for {} MiB sealing {:.1}, opening {:.1}",
        LEN / MIB,
        mib(large.seal),
        mib(large.open),
        mib(allowed),
        SMALL / MIB,
        mib(small.seal),
        mib(small.open),
    ));
    Ok(())
}

/// Bytes.
struct Peaks {
    seal: u64,
    open: u64,
}

impl Peaks {
    fn measure(folder: &Path, len: u64) -> Fallible<Self> {
        let [content, sealed, opened] = ["holes", "sealed-holes", "opened-holes"].map(|n| folder.join(n));
        File::create(&content)?.set_len(len)?;
        let seal = run_child("seal", &content, &sealed)?;
        let open = run_child("open", &sealed, &opened)?;
        let opened_len = fs::metadata(&opened)?.len();
        [content, sealed, opened].iter().try_for_each(fs::remove_file)?;
        if opened_len != len {
            return Err("the opened file has another length".into());
        }
        Ok(Self { seal, open })
    }
}

fn run_child(what: &str, from: &Path, to: &Path) -> Fallible<u64> {
    let output = Command::new(std::env::current_exe()?).args([CHILD, what]).args([from, to]).output()?;
    if !output.status.success() {
        return Err(format!("to {what} a file: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Seals or opens one file and prints the process's peak in bytes.
pub(crate) fn child(arguments: &[String]) -> Fallible<ExitCode> {
    let [what, from, to] = arguments else { return Err("expected seal or open, and two files".into()) };
    let (from, to) = (Path::new(from), Path::new(to));
    let setting = Setting::new()?;
    let workers = default_workers();
    match what.as_str() {
        "seal" => drop(setting.sealer(workers)?.seal_file(from, to, Existing::Refuse)?),
        "open" => drop(setting.opener(workers)?.open_file(from, to, Existing::Refuse)?),
        _ => return Err("expected seal or open".into()),
    }
    println!("{}", peak()?);
    Ok(ExitCode::SUCCESS)
}

/// The highest resident size of this process so far, in bytes.
fn peak() -> Fallible<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
    Ok(kibibytes.ok_or("/proc/self/status has no VmHWM")?.trim().parse::<u64>()? * 1024)
}
