//! Rosters come and go as bundles.

use std::io::{BufReader, Read};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vlec::{Country, Imported};

use crate::failure::Exit;
use crate::files::{self, OutArgs};
use crate::home::{HomeArgs, Party};
use crate::inputs::Tally;
use crate::kinds;
use crate::output;
use crate::progress::Progress;
use crate::session::{Done, Session};
use crate::times::short;

/// Take bundles of any pinned country: each is verified, then durable, then in force
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec roster import *.bundle --home cyber")]
pub(crate) struct ImportArgs {
    /// The bundles; - is standard input
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
    #[command(flatten)]
    home: HomeArgs,
}

impl ImportArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let party = self.home.party(session)?;
        session.world.interrupt.watch()?;
        let mut tally = Tally::new();
        for path in &self.bundles {
            let name = path.display().to_string();
            let imported = match files::is_stream(path) {
                true => {
                    let interrupt = session.world.interrupt.clone();
                    import(&party, &name, interrupt.reader(&mut *session.world.stdin))
                }
                false => files::open(path).and_then(|file| {
                    let progress = Progress::of(&format!("importing {name}"), Some(file.size()), session);
                    import(&party, &name, progress.reader(file))
                }),
            };
            let imported = imported.map(|(it, older)| {
                if older {
                    let name = files::called(&name);
                    session.warn(&format!("{name}: older than what is held of {}, which stays", it.country));
                }
                let record = json!({
                    "file": name, "country": it.country.to_string(), "size": it.size, "new": it.new,
                    "as-of": it.as_of.to_string(), "older": older,
                });
                let size = output::counted(it.size, "event");
                (record, format!("{}  {size}, {} new, of {}\n", it.country, it.new, short(it.as_of)))
            });
            if !tally.take(path, imported, session) {
                break;
            }
        }
        Ok(tally.end(session))
    }
}

/// As it comes, but for its first bytes, by which another file is called by its name.
fn import(party: &Party, name: &str, mut bundle: impl Read) -> Done<(Imported, bool)> {
    let mut head = Vec::new();
    // What cannot be read is the reader's to say.
    let _ = bundle.by_ref().take(kinds::HEAD).read_to_end(&mut head);
    let imported = party.import(BufReader::new(head.chain(bundle)));
    imported.map_err(|failure| kinds::BUNDLE.or(failure, name, &head))
}

/// Write a bundle of what is held of a country
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  vlec roster export GE --home ge\n      writes GE.bundle\n  \
    vlec roster export GE --from 1200 -o - --home ge | ssh …")]
pub(crate) struct ExportArgs {
    /// The country
    country: Country,
    /// Leave out the first N events, which the receiver holds
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl ExportArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.home.check_out(&self.out)?;
        let party = self.home.party(session)?;
        let mut bundle = Vec::new();
        party.export(self.country, self.from, &mut bundle)?;
        let path = self.out.write(format!("{}.bundle", self.country), &bundle, session)?;
        if !files::is_stream(&path) {
            let (file, bytes) = (path.display().to_string(), bundle.len() as u64);
            let record = json!({ "file": file, "country": self.country.to_string(), "bytes": bytes });
            session.report(&record, |_| format!("{file}  {}\n", output::bytes(bytes)));
        }
        Ok(Exit::Done)
    }
}
