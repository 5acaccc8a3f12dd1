//! One command's run: the world, and how it is spoken with.

use std::io::{self, Write};

use serde_json::{Value, json};
use vlec::Timestamp;

use crate::failure::{Exit, Failure};
use crate::output::{Lines, Paint, Style, escaped, one_line};
use crate::world::World;

/// What every command returns.
pub(crate) type Done<T = Exit> = Result<T, Failure>;

/// The world, and the options that all commands have.
pub(crate) struct Session {
    pub(crate) world: World,
    pub(crate) json: bool,
    /// Nobody is asked, also on a terminal.
    pub(crate) no_input: bool,
    /// The first failure of standard output; nothing more is written then.
    broken: Option<io::Error>,
}

impl Session {
    pub(crate) fn new(world: World) -> Self {
        Self { world, json: false, no_input: false, broken: None }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.world.clock)().now()
    }

    pub(crate) fn paint(&self) -> Paint {
        Paint::when(self.world.terminals.colour)
    }

    /// What was asked for: printed always. `text` is for people, ending in a line end or empty.
    pub(crate) fn print(&mut self, json: &Value, text: impl FnOnce(Paint) -> String) {
        let text = match self.json {
            true => format!("{json:#}\n"),
            false => escaped(&text(self.paint()), Lines::Keep, self.paint()),
        };
        self.write(text.as_bytes());
    }

    /// What was done: quiet where nobody reads it, as in a pipe.
    pub(crate) fn report(&mut self, json: &Value, text: impl FnOnce(Paint) -> String) {
        if self.json || self.world.terminals.stdout {
            self.print(json, text);
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        if self.broken.is_none() {
            self.broken = self.world.stdout.write_all(bytes).and_then(|()| self.world.stdout.flush()).err();
        }
    }

    /// Something that people should know, and that is no failure.
    pub(crate) fn warn(&mut self, text: &str) {
        let warning = Paint::when(self.world.terminals.colour_of_errors).text(Style::Warning, "warning");
        let _ = writeln!(self.world.stderr, "vlec: {warning}: {}", one_line(text));
    }

    /// For a person at the terminal, beside what is printed.
    pub(crate) fn tell(&mut self, text: &str) {
        let shown = match self.json {
            true => text.to_owned(),
            false => escaped(text, Lines::Keep, Paint::when(self.world.terminals.colour_of_errors)),
        };
        let _ = write!(self.world.stderr, "{shown}");
        let _ = self.world.stderr.flush();
    }

    /// Says on standard error why something was not done.
    pub(crate) fn fail(&mut self, failure: &Failure) -> Exit {
        // Who reads the output has gone: nothing is to be said, and nobody to say it to.
        if failure.code() == "broken-pipe" {
            return Exit::Failed;
        }
        let text = match self.json {
            true => format!("{}\n", json!({ "error": failure.json() })),
            false => {
                let paint = Paint::when(self.world.terminals.colour_of_errors);
                let error = paint.text(Style::Error, &format!("error[{}]", failure.code()));
                let remedy = failure
                    .what_to_do()
                    .map(|remedy| format!("  {} {}\n", paint.text(Style::Strong, "try:"), one_line(remedy)));
                format!("vlec: {error}: {}\n{}", one_line(failure.message()), remedy.unwrap_or_default())
            }
        };
        let _ = self.world.stderr.write_all(text.as_bytes());
        failure.exit_code()
    }

    /// The end: what could not be written counts too.
    pub(crate) fn finish(&mut self, exit: Exit) -> Exit {
        match self.broken.take() {
            Some(error) => exit.and(self.fail(&Failure::io("write to standard output", &error))),
            None => exit,
        }
    }
}
