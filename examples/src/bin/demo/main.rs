//! Four countries found their centres, two agencies in each exchange files, rotate, revoke and
//! destroy keys; a forked roster is caught, a stale one refuses to seal.
//!
//! What happens, happens by the operator's commands, as `vlec` runs them: random keys, a vault in a folder
//! for every party, files that travel. They run in this process, because the clock is set, which no
//! command line can do. What only a program sees is looked at through the library's handles.

#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod attempts;
mod checks;
mod clock;
mod delivery;
mod destruction;
mod error;
mod exchange;
mod fork;
mod founding;
mod items;
mod parties;
mod refusals;
mod report;
mod revocation;
mod ring;
mod rotation;
mod shell;
mod streams;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use checks::Checks;
use delivery::Delivery;
use error::{Context, Result};
use exchange::{Exchange, Keep};
use items::Item;

/// Agencies of four countries seal files to each other, open them, and are refused where they must be.
#[derive(Parser)]
#[command(name = "demo", version)]
struct Args {
    /// Files to seal instead of the sample data
    files: Vec<PathBuf>,
    /// Keep the folder with events, envelopes and opened files
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let items = match items::choose(&args.files) {
        Ok(items) => items,
        Err(error) => Args::command().error(ErrorKind::ValueValidation, error).exit(),
    };
    match run(items, if args.keep { Keep::Yes } else { Keep::No }) {
        Ok(checks) if checks.all_hold() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(items: Vec<Item>, keep: Keep) -> Result<Checks> {
    let folder = tempfile::Builder::new().prefix("vlec-demo-").tempdir().context("make a folder")?;
    let exchange = Exchange::create(folder.path(), keep)?;
    let mut checks = Checks::default();

    report::title("VLEC demonstration: four centres, and two agencies behind each");
    let world = &mut founding::found(&exchange, &mut checks)?;
    founding::enrol(world, &exchange, &mut checks)?;

    // The second half is sealed after the rotation.
    let (first_half, second_half) = items.split_at(items.len().div_ceil(2));
    let mut deliveries: Vec<Delivery> = Vec::new();
    world.shell.section("Files are sealed to the agencies they concern, and opened there")?;
    report::line("  Compared: bytes, sender, recipients, content type, labels.");
    delivery::deliver(world, &exchange, first_half, &mut deliveries);
    refusals::refuse(world, &exchange, &deliveries, &mut checks)?;

    let again = rotation::rotate(world, &exchange, &deliveries, &mut checks)?;
    delivery::deliver(world, &exchange, second_half, &mut deliveries);
    delivery::check(&deliveries, &mut checks);
    streams::stream(world, &exchange, &mut checks)?;
    revocation::revoke(world, &exchange, &mut checks)?;
    fork::fork(world, &exchange, &mut checks)?;
    destruction::destroy(world, &exchange, &deliveries, &again, &mut checks)?;

    report::deliveries(&deliveries);
    report::checks(&checks);
    if keep == Keep::Yes {
        report::line(&format!("\nThe files are in {}", folder.keep().display()));
    }
    Ok(checks)
}
