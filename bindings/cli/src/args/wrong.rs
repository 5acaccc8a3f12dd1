//! A command that was not called as it must be: the mistake named, and the remedy.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::failure::Failure;

pub(crate) fn failure(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let mut paragraphs = text.split("\n\n");
    let what = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "no command was given".to_owned()
        }
        _ => joined(paragraphs.next().unwrap_or_default()),
    };
    let tips: Vec<_> =
        text.lines().filter_map(|line| line.trim().strip_prefix("tip: ")).map(str::to_owned).collect();
    let usage = text.lines().find_map(|line| line.trim().strip_prefix("Usage: "));
    let remedy = match (tips.is_empty(), valid_values(error), usage) {
        (false, ..) => tips.join("; "),
        (_, Some(values), _) => format!("one of {values}"),
        (.., Some(usage)) => usage.to_owned(),
        _ => "`vlec --help`".to_owned(),
    };
    Failure::usage(what, remedy)
}

/// `the following arguments were not provided: --home <DIR>`, on one line.
fn joined(paragraph: &str) -> String {
    let lines = paragraph.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

fn valid_values(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::ValidValue).or_else(|| error.get(ContextKind::ValidSubcommand))? {
        ContextValue::Strings(values) if !values.is_empty() => Some(values.join(", ")),
        _ => None,
    }
}
