//! The budgets of the design, measured as ratios in one run.
//!
//! ```text
//! cargo run --release -p vlec-benches --bin budgets [-- [--dir FOLDER] [GROUP…]]
//! ```
//!
//! Each line is `name ratio budget verdict`; lines that begin with `#` say how it was measured. The
//! same stands in `budgets.json` in Cargo's target folder. The exit status is 1 when a budget is
//! missed. What is compared runs in turn, round after round, in one process or one after the
//! other on the same files; a ratio is the median of the rounds' ratios, so that a machine whose
//! speed changes changes both sides of it. Large files are written to the target folder, or to
//! the folder that is named; put it on the disk that is to be judged.

mod admission;
mod bulk;
mod files;
mod ledger;
mod measure;
mod python;
mod recipients;
mod report;
mod resident;
mod rivals;
mod roster;
mod setting;
mod shell;
mod small;
mod town;
mod waiting;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use measure::Fallible;
use report::Report;
use setting::Setting;

/// The groups of rows, which can be asked for by name.
const GROUPS: [&str; 10] =
    ["memory", "1kib", "recipients", "roster", "admission", "ledger", "file", "file-memory", "cli", "python"];

fn main() -> Fallible<ExitCode> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == resident::CHILD).is_some() {
        return resident::child(&arguments.collect::<Vec<_>>());
    }
    let mut folder = target_folder()?;
    if arguments.next_if(|first| first == "--dir").is_some() {
        folder = arguments.next().ok_or("--dir needs a folder")?.into();
    }
    let groups: Vec<String> = arguments.collect();
    if let Some(unknown) = groups.iter().find(|group| !GROUPS.contains(&group.as_str())) {
        return Err(format!("{unknown}: expected [--dir FOLDER] [GROUP…] with groups of {GROUPS:?}").into());
    }
    let report = measure(&folder, |group| groups.is_empty() || groups.iter().any(|asked| asked == group))?;
    report.write_json(&target_folder()?.join("budgets.json"))?;
    Ok(if report.missed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn measure(folder: &Path, is_asked: impl Fn(&str) -> bool) -> Fallible<Report> {
    let mut report = Report::default();
    let setting = Setting::new()?;
    let folder = tempfile::Builder::new().prefix("budgets-").tempdir_in(folder)?;
    for group in GROUPS.into_iter().filter(|group| is_asked(group)) {
        match group {
            "memory" => bulk::measure(&setting, &mut report)?,
            "1kib" => small::measure(&setting, &mut report)?,
            "recipients" => recipients::measure(&mut report)?,
            "roster" => roster::measure(folder.path(), &mut report)?,
            "admission" => admission::measure(&mut report)?,
            "ledger" => ledger::measure(folder.path(), &mut report)?,
            "file" => files::measure(&setting, folder.path(), &mut report)?,
            "file-memory" => resident::measure(folder.path(), &mut report)?,
            "cli" => shell::measure(folder.path(), &mut report)?,
            _ => python::measure(&target_folder()?, &mut report)?,
        }
    }
    Ok(report)
}

/// The folder `target/` into which Cargo put `target/release/budgets`.
fn target_folder() -> Fallible<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.ancestors().nth(2).ok_or("this program lies in no target folder")?.to_path_buf())
}
