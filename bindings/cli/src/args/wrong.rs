//! A command that was not called as it must be: the mistake named, and the remedy.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::failure::Failure;

pub(crate) fn failure(error: &clap::Error, args: &[OsString]) -> Failure {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let mut paragraphs = text.split("\n\n");
    let what = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "no command was given".to_owned()
        }
        // A word too many may be a passphrase: what is typed by mistake is not repeated.
        ErrorKind::UnknownArgument if invalid_arg(error).is_some_and(|arg| !arg.starts_with('-')) => {
            "there is an argument too many".to_owned()
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue
            if invalid_arg(error).is_some_and(names_secret) =>
        {
            let arg = invalid_arg(error).unwrap_or_default();
            format!("the value for '{arg}' is not the number of a file descriptor")
        }
        _ => joined(paragraphs.next().unwrap_or_default()),
    };
    let tips: Vec<_> =
        text.lines().filter_map(|line| line.trim().strip_prefix("tip: ")).map(str::to_owned).collect();
    let usage = text.lines().find_map(|line| line.trim().strip_prefix("Usage: "));
    if invalid_arg(error).is_some_and(is_secret) {
        let remedy = "a prompt, --passphrase-file FILE or --passphrase-fd N: what is on the command line, everybody \
                      on this machine reads";
        return Failure::usage(what, remedy);
    }
    let remedy = match (tips.is_empty(), valid_values(error), usage) {
        (false, ..) => tips.join("; "),
        (_, Some(values), _) => format!("one of {values}"),
        (.., Some(usage)) => usage.to_owned(),
        _ => format!("`{} --help`", called(args)),
    };
    Failure::usage(what, remedy)
}

/// `the following arguments were not provided: --home <DIR>`, on one line.
fn joined(paragraph: &str) -> String {
    let lines = paragraph.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

/// The command's words, as in `vlec centre found`.
fn called(args: &[OsString]) -> String {
    let (mut command, mut words) = (super::Cli::command(), String::from("vlec"));
    for arg in args.iter().skip(1) {
        let Some(below) = arg.to_str().and_then(|name| command.find_subcommand(name)).cloned() else {
            continue;
        };
        words.push(' ');
        words.push_str(below.get_name());
        command = below;
    }
    words
}

fn invalid_arg(error: &clap::Error) -> Option<&str> {
    match error.get(ContextKind::InvalidArg)? {
        ContextValue::String(arg) => Some(arg),
        _ => None,
    }
}

/// Options after which people write a secret, and not where it is.
fn names_secret(arg: &str) -> bool {
    arg.contains("passphrase") || arg.contains("key-file") || arg.contains("key-fd")
}

/// What people try who want to give a secret as an argument.
fn is_secret(arg: &str) -> bool {
    ["--pass", "--key", "--secret", "--pin"].iter().any(|start| arg.starts_with(start))
        && !arg.contains("file")
        && !arg.contains("fd")
}

fn valid_values(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::ValidValue).or_else(|| error.get(ContextKind::ValidSubcommand))? {
        ContextValue::Strings(values) if !values.is_empty() => Some(values.join(", ")),
        _ => None,
    }
}
