//! The operator's commands, run in this process under the demonstration's clock: what is shown is what runs.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::clock::SimulatedClock;
use crate::error::{Context, Result};
use crate::report;

/// Shown commands are cut at this width.
const WIDTH: usize = 106;

/// Runs commands, and shows the first of each kind in each section.
pub(crate) struct Shell {
    clock: SimulatedClock,
    key: PathBuf,
    shown: RefCell<BTreeSet<String>>,
}

/// How a command ended.
pub(crate) struct Ran {
    pub(crate) code: ExitCode,
    out: String,
    err: String,
}

impl Shell {
    pub(crate) fn new(clock: SimulatedClock, key: &Path) -> Self {
        Self { clock, key: key.into(), shown: RefCell::default() }
    }

    /// A new section begins: commands are shown again.
    pub(crate) fn section(&self, text: &str) -> Result<()> {
        self.shown.borrow_mut().clear();
        report::section(self.clock.now()?, text);
        Ok(())
    }

    /// Runs `vlec` with these words in `home`, under the key that opens everything here.
    pub(crate) fn try_run(&self, home: &Path, words: &[String]) -> Ran {
        self.show(home, words);
        let key = self.key.display().to_string();
        let home = home.display().to_string();
        let mut args = vec!["vlec".to_owned()];
        args.extend(words.iter().cloned());
        args.extend(["--json".into(), "--home".into(), home, "--key-file".into(), key.clone()]);
        let of_roots = ["found", "enrol", "withdraw", "authority"];
        let by_roots = words.iter().take(2).any(|word| of_roots.contains(&word.as_str()))
            || words.iter().any(|word| word == "--roots-dir");
        if by_roots {
            args.extend(["--root-key-file".into(), key]);
        }
        let (out, err) = (Captured::default(), Captured::default());
        let clock = self.clock.clone();
        let world = vlec_cli::World::at(move || clock.hand(), io::empty(), out.clone(), err.clone());
        let code = vlec_cli::run(args, world);
        Ran { code, out: out.text(), err: err.text() }
    }

    /// As [`Self::try_run`]; gives what the command printed.
    pub(crate) fn run(&self, home: &Path, words: &[String]) -> Result<Value> {
        let ran = self.try_run(home, words);
        match ran.code == ExitCode::SUCCESS {
            true => Ok(ran.json()),
            false => Err(ran.failure().into()),
        }
    }

    fn show(&self, home: &Path, words: &[String]) {
        let kind: Vec<&str> =
            words.iter().take(2).filter(|word| is_plain(word)).map(String::as_str).collect();
        if !self.shown.borrow_mut().insert(kind.join(" ")) {
            return;
        }
        let mut line = String::from("  $ vlec");
        for word in words.iter().map(String::as_str).chain(["--home", &home.display().to_string()]) {
            let short =
                Path::new(word).file_name().filter(|_| word.starts_with('/')).and_then(|name| name.to_str());
            let short = short.unwrap_or(word);
            let quoted = if short.contains(' ') { format!("'{short}'") } else { short.to_owned() };
            line.push(' ');
            line.push_str(&quoted);
        }
        let shortened = line.chars().count() > WIDTH;
        let mut line: String = line.chars().take(WIDTH).collect();
        if shortened {
            line.push_str(" …");
        }
        report::line(&line);
    }
}

/// A word of a command's name, not a path or a value.
fn is_plain(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_default()
    }

    /// The code of the command's error, or of that of its one input.
    pub(crate) fn error_code(&self) -> Option<String> {
        let error = serde_json::from_str::<Value>(&self.err).ok();
        let of_all = error.as_ref().and_then(|error| error.pointer("/error/code")?.as_str());
        let out = self.json();
        let of_one = out.pointer("/0/error/code").and_then(Value::as_str);
        of_all.or(of_one).map(str::to_owned)
    }

    fn failure(&self) -> String {
        let text = format!("{}{}", self.err, self.out);
        let value: Option<Value> = serde_json::from_str(&text).ok();
        let error = value.as_ref().and_then(|value| value.pointer("/error").or(value.pointer("/0/error")));
        let part = |name| error.and_then(|error| error.get(name)?.as_str()).unwrap_or_default();
        match error {
            Some(_) => format!("{}: {}", part("code"), part("message")),
            None => text,
        }
    }

    /// That it was refused with this code.
    pub(crate) fn refused(&self, code: &str) -> Result<String> {
        match self.error_code() {
            Some(found) if found == code => Ok(found),
            Some(_) => Err(format!("expected {code}: {}", self.failure()).into()),
            None => Err("it was not refused".into()),
        }
    }
}

/// The words of a command, from texts and paths.
pub(crate) fn words(words: &[&dyn std::fmt::Display]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// A field of what a command has printed.
pub(crate) fn field<'a>(value: &'a Value, pointer: &str) -> Result<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).context(format!("find {pointer} in what was printed"))
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
