//! The operator's shell beside the library: how fast it starts, and what a file of 1 GiB costs more
//! through it. It is the program `vlec` of the same build, which lies beside this one.
//!
//! Library and shell work in copies of one home each, so that both have theirs open; the library's
//! handle is opened before the time runs, the shell opens its own in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use vlec::{Agency, Existing, Letter, Secret, Storage, Unlock};

use crate::files::{fresh, write_noise};
use crate::measure::{Fallible, Run, interleave, time};
use crate::report::{Budget, Report};
use crate::town;

const SENDER: &str = "GE/mia/cyber";
const RECIPIENT: &str = "UA/npu/cyber";
const KEY: [u8; 32] = [7; 32];
/// More than elsewhere: a few hundredths are judged, of a time that the disk has a say in.
const ROUNDS: usize = 9;
const STARTS: usize = 40;

pub(crate) fn measure(folder: &Path, report: &mut Report) -> Fallible {
    let shell = Shell::find(folder)?;
    let town = Town::found(folder)?;
    let key = folder.join("key");
    fs::write(&key, KEY)?;
    set_private(&key)?;
    startup(&shell, &town, report)?;

    let content = folder.join("content");
    if !content.exists() {
        write_noise(&content)?;
    }
    let letter = Letter::new([RECIPIENT.parse()?], "application/octet-stream")?;
    let sender = Agency::unlock(Storage::open(&town.sender)?, unlock())?;
    let recipient = Agency::unlock(Storage::open(&town.recipient)?, unlock())?;
    let seal: [Run<'_>; 2] = [
        &mut || {
            let output = fresh(folder, "sealed-by-either")?;
            time(|| Ok(sender.seal_file(&letter, &content, &output, Existing::Refuse)?))
        },
        &mut || {
            let output = fresh(folder, "sealed-by-either")?;
            let home = town.sender.with_extension("shell");
            time(|| {
                let mut command = shell.command(&["seal", "--to", RECIPIENT], &home);
                shell.run(command.arg("-o").arg(&output).arg(&content))
            })
        },
    ];
    judge("cli-seal-file", &interleave(1, ROUNDS, seal)?, report);
    let envelope = folder.join("sealed-by-either");
    let open: [Run<'_>; 2] = [
        &mut || {
            let output = fresh(folder, "opened-by-either")?;
            time(|| Ok(recipient.open_file(&envelope, &output, Existing::Refuse)?))
        },
        &mut || {
            let output = fresh(folder, "opened-by-either")?;
            let home = town.recipient.with_extension("shell");
            time(|| {
                let mut command = shell.command(&["open", "--no-accept"], &home);
                shell.run(command.arg("-o").arg(&output).arg(&envelope))
            })
        },
    ];
    judge("cli-open-file", &interleave(1, ROUNDS, open)?, report);
    Ok(())
}

fn judge(name: &str, rounds: &crate::measure::Rounds<2>, report: &mut Report) {
    let medians = [
        ("library s", rounds.median(|[library, _]| library)),
        ("shell s", rounds.median(|[_, shell]| shell)),
    ];
    report.judge(name, rounds.median(|[library, shell]| shell / library), Budget::AtMost(1.05), &medians);
    medians.iter().for_each(|(side, value)| report.note(format!("{name}: {side} {value:.3}")));
}

/// Milliseconds from the start of the process to its end: of the least, and of a look into a vault.
fn startup(shell: &Shell, town: &Town, report: &mut Report) -> Fallible {
    let home = town.sender.with_extension("shell");
    let runs: [Run<'_>; 2] =
        [&mut || time(|| shell.run(Command::new(&shell.program).arg("--version"))), &mut || {
            time(|| shell.run(&mut shell.command(&["agency", "fingerprint"], &home)))
        }];
    let rounds = interleave(2, STARTS, runs)?;
    let version = 1000.0 * rounds.median(|[version, _]| version);
    let vault = 1000.0 * rounds.median(|[_, vault]| vault);
    report.judge(
        "cli-startup-ms",
        version,
        Budget::AtMost(30.0),
        &[("version ms", version), ("vault ms", vault)],
    );
    report.note(format!("cli startup: --version {version:.1} ms, a vault opened with a key {vault:.1} ms"));
    Ok(())
}

struct Shell {
    program: PathBuf,
    folder: PathBuf,
}

impl Shell {
    fn find(folder: &Path) -> Fallible<Self> {
        let program = std::env::current_exe()?.with_file_name("vlec");
        match program.exists() {
            true => Ok(Self { program, folder: folder.into() }),
            false => Err(format!("{}: build it first, by `make budgets`", program.display()).into()),
        }
    }

    /// A command of these words in `home`.
    fn command(&self, words: &[&str], home: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).arg("--home").arg(home).arg("--key-file").arg(self.folder.join("key"));
        command
    }

    fn run(&self, command: &mut Command) -> Fallible {
        let output = command.stdin(Stdio::null()).output()?;
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        }
    }
}

/// Homes of two agencies on the disk, and copies of them.
struct Town {
    sender: PathBuf,
    recipient: PathBuf,
}

impl Town {
    fn found(folder: &Path) -> Fallible<Self> {
        let (sender, recipient) = (folder.join("sender"), folder.join("recipient"));
        let agencies = [(SENDER, Storage::create(&sender)?), (RECIPIENT, Storage::create(&recipient)?)];
        drop(town::agencies(&["GE", "UA", "MD"], agencies, unlock)?);
        for home in [&sender, &recipient] {
            copy(home, &home.with_extension("shell"))?;
        }
        Ok(Self { sender, recipient })
    }
}

fn unlock() -> Unlock {
    Unlock::Key(Secret::new(|key| *key = KEY))
}

fn copy(from: &Path, to: &Path) -> Fallible {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

fn set_private(path: &Path) -> Fallible {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}
