//! Why a command did not do what was asked: a stable code, a message, what to do next, an exit status.

use std::io;
use std::path::Path;

use serde_json::{Value, json};
use vlec::Country;

use crate::{exits, files, remedy};

/// How the process ends. The numbers are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Something failed: the machine, a file, or several inputs for several reasons.
    Failed,
    /// The command was not called as it must be; nothing was done.
    Usage,
    /// A passphrase or key does not open what it is for, or none was given.
    Key,
    /// Not now: import a newer roster, or wait, and do the same again.
    Held,
    /// Refused, and it will not be otherwise next time.
    Refused,
    /// It works, and something needs people.
    Attention,
    /// Stopped by Ctrl-C; nothing is half-written.
    Interrupted,
}

impl Exit {
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Key => 3,
            Self::Held => 4,
            Self::Refused => 5,
            Self::Attention => 6,
            Self::Interrupted => 130,
        }
    }

    /// Of several inputs: their common end, or that something failed.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Interrupted, _) | (_, Self::Interrupted) => Self::Interrupted,
            (Self::Done, end) | (end, Self::Done) => end,
            (one, two) if one == two => one,
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        exit.number().into()
    }
}

/// Boxed: it is returned by everything, and rarely there.
#[derive(Debug)]
pub(crate) struct Failure(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: &'static str,
    message: String,
    remedy: Option<String>,
    exit: Exit,
    /// What an error carries besides, for `--json`.
    details: Vec<(&'static str, Value)>,
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        let (remedy, exit) = (remedy::of(code).map(str::to_owned), exits::of(code));
        Self(Box::new(Parts { code, message: message.into(), remedy, exit, details: Vec::new() }))
    }

    /// The command was not called as it must be.
    pub(crate) fn usage(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new("usage", message).exit(Exit::Usage).remedy(remedy)
    }

    /// A file or stream failed.
    pub(crate) fn io(doing: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new("broken-pipe", format!("cannot {doing}: {error}")),
            _ => Self::new("io", format!("cannot {doing}: {error}")),
        }
    }

    pub(crate) fn path(path: &Path, doing: &str, error: &io::Error) -> Self {
        Self::io(&format!("{doing} {}", path.display()), error)
    }

    #[must_use]
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    #[must_use]
    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.0.exit = exit;
        self
    }

    #[must_use]
    pub(crate) fn detail(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.details.push((name, value.into()));
        self
    }

    /// Says which input it was.
    #[must_use]
    pub(crate) fn of(mut self, input: &str) -> Self {
        let input = files::called(input);
        if !self.0.message.starts_with(input) {
            self.0.message = format!("{input}: {}", self.0.message);
        }
        self
    }

    /// Whose roster, anchor or log it is about: what to do names it.
    #[must_use]
    pub(crate) fn about(mut self, country: Country) -> Self {
        let (upper, lower) = (country.as_str(), country.as_str().to_lowercase());
        let named =
            |remedy: String| remedy.replace("XX", upper).replace("xx.anchor", &format!("{lower}.anchor"));
        self.0.remedy = self.0.remedy.map(named);
        self
    }

    /// What to do where the failure is the one of this code.
    #[must_use]
    pub(crate) fn when(self, code: &str, remedy: impl Into<String>) -> Self {
        if self.0.code == code { self.remedy(remedy) } else { self }
    }

    pub(crate) fn code(&self) -> &'static str {
        self.0.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    pub(crate) fn what_to_do(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    pub(crate) fn exit_code(&self) -> Exit {
        self.0.exit
    }

    pub(crate) fn json(&self) -> Value {
        let Parts { code, message, remedy, exit, details } = &*self.0;
        let mut error = json!({
            "code": code, "message": message, "remedy": remedy, "exit": exit.number(),
        });
        if let Value::Object(fields) = &mut error {
            fields.extend(details.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        error
    }
}
