//! What is to be brought to the centre, as files.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use vlec::{Agency, SignedEvent};

use crate::failure::{Exit, Failure};
use crate::fields;
use crate::files::{self, ForceArgs};
use crate::home::HomeArgs;
use crate::session::{Done, Session};

/// Write the events that are to be brought to the centre
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec agency announce -o to-our-centre/ --home cyber\n      \
    the same bytes each time, until an imported roster holds them")]
pub(crate) struct AnnounceArgs {
    /// The folder for them
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl AnnounceArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.home.check_folder(&self.output)?;
        let agency = self.home.agency(session)?;
        let (records, text) = write_announcements(&agency, &self.output, self.force)?;
        session.report(&Value::Array(records), |_| text);
        Ok(Exit::Done)
    }
}

/// Writes each announcement to a file of its own; gives a record and a line for each.
pub(crate) fn write_announcements(
    agency: &Agency,
    folder: &Path,
    force: ForceArgs,
) -> Done<(Vec<Value>, String)> {
    let (mut records, mut text) = (Vec::new(), String::new());
    for event in &agency.announcements()? {
        let (record, line) = write_one(event, folder, force)?;
        records.push(record);
        text.push_str(&line);
    }
    Ok((records, text))
}

pub(crate) fn write_one(event: &SignedEvent, folder: &Path, force: ForceArgs) -> Done<(Value, String)> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::path(folder, "make the folder", &error))?;
    let path = folder.join(files::event_name(event));
    files::write(&path, &event.encode(), force.existing())?;
    let file = path.display().to_string();
    let record = json!({ "file": file, "event": fields::event_json(event) });
    Ok((record, format!("{file}  {}\n", fields::event_text(event))))
}
