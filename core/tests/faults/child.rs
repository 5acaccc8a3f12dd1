//! The child's side: this program again, running one ignored test by name.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, PoisonError, RwLock};

use crate::script::{self, Fallible, STEPS};

/// The shim, compiled once for this run.
static SHIM: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/shim.c");
    let shim = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shim-{}.so", std::process::id()));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-w", "-o"]).arg(&shim).arg(source).arg("-ldl");
    assert!(cc.status().unwrap().success(), "cc is needed to compile {source}");
    shim
});

/// A child holds copies of its parent's open files, locks among them, until it has begun: none is
/// started while a vault is open here.
pub static STARTING: RwLock<()> = RwLock::new(());

/// Starts a child.
pub fn start(command: &mut Command) -> Child {
    let _alone = STARTING.write().unwrap_or_else(PoisonError::into_inner);
    command.spawn().unwrap()
}

/// Whether every case is asked for.
pub fn soak() -> bool {
    std::env::var_os("VLEC_SOAK").is_some()
}

/// A child that runs the ignored test `name`.
pub fn command(name: &str, home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1", "-q"]);
    command.env("VLEC_FAULT_HOME", home).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Loads the shim into the child.
pub fn with_shim<'c>(command: &'c mut Command, root: &Path, mode: &str, at: u64) -> &'c mut Command {
    let undo = root.join("undo");
    std::fs::create_dir_all(&undo).unwrap();
    command.env("LD_PRELOAD", &*SHIM).env("VLEC_FAULT_DIR", root.join("files")).env("VLEC_FAULT_UNDO", undo);
    command.env("VLEC_FAULT_MODE", mode).env("VLEC_FAULT_AT", at.to_string())
}

/// Runs a child to its end and gives what it acknowledged.
pub fn acknowledged(command: &mut Command) -> Vec<String> {
    let mut child = start(command);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let acks =
        lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("ack ").map(str::to_owned)).collect();
    child.wait().unwrap();
    acks
}

pub fn home() -> PathBuf {
    std::env::var_os("VLEC_FAULT_HOME").expect("this test is run by others").into()
}

/// Runs the script; a step that fails is tried again where `VLEC_FAULT_RETRY` says so.
#[test]
#[ignore = "run by other tests as a child"]
fn steps() -> Fallible {
    let (home, mut vault) = (home(), None);
    let tries = if std::env::var_os("VLEC_FAULT_RETRY").is_some() { 3 } else { 1 };
    for step in 0..STEPS {
        let mut done = script::run(step, &home, &mut vault);
        for _ in 1..tries {
            if done.is_err() {
                done = script::run(step, &home, &mut vault);
            }
        }
        done.inspect_err(|error| println!("error {error}"))?;
        println!("ack {step}");
    }
    Ok(())
}
