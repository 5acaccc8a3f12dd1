//! `vlec`, the operator's shell: ceremonies, rotation, recovery, sealing by scripts and cron, and looking
//! inside. It wraps the crate `vlec` and adds no behaviour of its own: every decision is the core's.
//!
//! ```text
//! main ─▶ run(args, World) ─▶ args ─▶ one module for each command ─▶ home ─▶ vlec::Agency, vlec::Centre
//!                                            │
//!                                            ├─ secrets  prompts, files, descriptors
//!                                            ├─ output   text, tables, JSON
//!                                            └─ failure  code, message, remedy, exit status
//! ```
//!
//! What the commands print with `--json`, and the exit statuses: README.md of this crate.

#![deny(unsafe_code)]

mod agency;
mod args;
mod backup;
mod centre;
mod ceremony;
mod delivery;
mod descriptor;
mod doctor;
mod errors;
mod exits;
mod failure;
mod fields;
mod files;
mod handbook;
mod home;
mod inputs;
mod inspect;
mod interrupt;
mod kinds;
mod maintain;
mod names;
mod near;
mod open;
mod output;
mod passphrase;
mod pin;
mod places;
mod progress;
mod recover;
mod remedy;
mod revoke;
mod roles;
mod roster;
mod rotate;
mod seal;
mod secrets;
mod session;
mod terminal;
mod times;
mod waiting;
mod world;

pub use world::World;

use std::ffi::OsString;
use std::process::ExitCode;

use failure::Exit;
use session::Session;

/// Runs one command as the process `vlec` does.
pub fn run(args: impl IntoIterator<Item = impl Into<OsString>>, world: World) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let mut session = Session::new(world);
    let exit = match args::parse(&args, &mut session) {
        Ok(Some(command)) => match command.run(&mut session) {
            Ok(exit) => exit,
            Err(failure) => session.fail(&failure),
        },
        Ok(None) => Exit::Done,
        Err(failure) => session.fail(&failure),
    };
    let exit = session.finish(exit);
    session.world.interrupt.end_of(exit);
    exit.into()
}
