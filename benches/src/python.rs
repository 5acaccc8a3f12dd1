//! What a call costs from Python, over the same call in Rust (`bindings/python`).
//!
//! A Python process of its own does the same work as this one, on agencies of its own in memory, of as many
//! countries and under the system's clock and randomness as here; both take turns, block after block. Each call is timed by itself, and compared are the fastest calls of two
//! blocks beside each other: a signature is tried until it fits, so that the time of sealing is a
//! random variable, whose smallest values are those of a first try. The median of the rounds counts. PyNaCl's sealed boxes and pyrage
//! do their part of the work, without a signature, in the same run.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use vlec::{Agency, Letter, SealedMessage, Secret, Storage, Unlock};

use crate::measure::Fallible;
use crate::report::{Budget, Report};
use crate::town;

const ROUNDS: usize = 40;
/// Content's length, and the calls of a block.
const KIB: (usize, usize) = (1 << 10, 100);
const LARGE: [(&str, (usize, usize)); 2] = [("1mib", (1 << 20, 8)), ("16mib", (16 << 20, 6))];

/// As in `python.py`, whose agencies know as many countries.
const FROM: &str = "GE/mia/cyber";
const TO: &str = "MD/igp/search";

const PROGRAM: &str = include_str!("python.py");
const INSTALL: &str = "prepare with \"scripts/python budgets\"";

/// Nanoseconds of calls.
type Times = Vec<f64>;

pub(crate) fn measure(target: &Path, report: &mut Report) -> Fallible {
    let interpreter = target.join("python/budgets/bin/python");
    if !interpreter.exists() {
        for name in ["seal", "open"] {
            report.not_measured(&format!("python-{name}-call-1kib"), Budget::AtMost(2.0), INSTALL);
            for (size, _) in LARGE {
                report.not_measured(&format!("python-{name}-{size}"), Budget::AtMost(1.03), INSTALL);
            }
        }
        return Ok(());
    }
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/python");
    let mut sides = Sides { rust: Rust::new()?, python: Python::start(&interpreter, &examples)? };
    for name in ["seal", "open"] {
        let rounds = sides.compare(name, KIB)?;
        let values = rounds.values("µs", 1e3);
        let over = rounds.median(|[rust, python]| python - rust) / 1e3;
        report.judge(&format!("python-{name}-call-1kib"), over, Budget::AtMost(2.0), &as_values(&values));
        for (size, block) in LARGE {
            let rounds = sides.compare(name, block)?;
            let values = rounds.values("ms", 1e6);
            let ratio = rounds.median(|[rust, python]| python / rust);
            report.judge(&format!("python-{name}-{size}"), ratio, Budget::AtMost(1.03), &as_values(&values));
        }
    }
    report.note(format!(
        "python: each call timed by itself, {ROUNDS} blocks of {}, {} and {} calls in turn; the fastest tenth of each block, and the median of the rounds; \
         the call rows are a difference in µs",
        KIB.1, 8, 6,
    ));
    for rival in ["nacl-seal", "nacl-open", "pyrage-seal", "pyrage-open"] {
        for (size, (len, calls)) in [("1kib", KIB)].into_iter().chain(LARGE) {
            let mut times = sides.python.block(rival, len, calls)?;
            report.note(format!("python: {rival} {size} {:.1} µs, unsigned", fastest(&mut times) / 1e3));
        }
    }
    Ok(())
}

/// The time below which a tenth of them lies.
fn fastest(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 10).copied().unwrap_or(f64::NAN)
}

/// The fastest calls of Rust and of Python in each round, in nanoseconds.
struct Rounds(Vec<[f64; 2]>);

impl Rounds {
    fn median(&self, of: impl Fn([f64; 2]) -> f64) -> f64 {
        let mut values: Times = self.0.iter().map(|round| of(*round)).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn values(&self, unit: &str, nanoseconds: f64) -> [(String, f64); 2] {
        let rust = self.median(|[rust, _]| rust) / nanoseconds;
        let python = self.median(|[_, python]| python) / nanoseconds;
        [(format!("rust {unit}"), rust), (format!("python {unit}"), python)]
    }
}

fn as_values(values: &[(String, f64); 2]) -> [(&str, f64); 2] {
    values.each_ref().map(|(name, value)| (name.as_str(), *value))
}

struct Sides {
    rust: Rust,
    python: Python,
}

impl Sides {
    /// The same blocks on both sides, in turn.
    fn compare(&mut self, what: &str, (len, calls): (usize, usize)) -> Fallible<Rounds> {
        let mut rounds = Vec::with_capacity(ROUNDS);
        for round in 0..=ROUNDS {
            let both = [self.rust.block(what, len, calls)?, self.python.block(what, len, calls)?];
            // The first warms up.
            if round > 0 {
                rounds.push(both.map(|mut times| fastest(&mut times)));
            }
        }
        Ok(Rounds(rounds))
    }
}

struct Rust {
    from: Agency,
    to: Agency,
}

impl Rust {
    fn new() -> Fallible<Self> {
        let unlock = || Unlock::Key(Secret::new(|key: &mut [u8; 32]| key.fill(7)));
        let agencies = [(FROM, Storage::memory()), (TO, Storage::memory())];
        let [from, to] = town::agencies(&["GE", "UA", "AZ", "MD"], agencies, unlock)?;
        Ok(Self { from, to })
    }

    fn block(&self, what: &str, len: usize, calls: usize) -> Fallible<Times> {
        let content = vec![7; len];
        let envelope = self.seal(&content)?.bytes;
        let mut times = Times::with_capacity(calls);
        for _ in 0..calls {
            let start = Instant::now();
            match what {
                "seal" => {
                    let sealed = self.seal(&content)?;
                    times.push(start.elapsed().as_nanos() as f64);
                    drop(sealed);
                }
                _ => {
                    let opened = self.to.open(&envelope)?;
                    times.push(start.elapsed().as_nanos() as f64);
                    drop(opened);
                }
            }
        }
        Ok(times)
    }

    /// From text to the envelope, as the call from Python.
    fn seal(&self, content: &[u8]) -> Fallible<SealedMessage> {
        let letter = Letter::new([TO.parse()?], "application/octet-stream")?;
        Ok(self.from.seal(&letter, content)?)
    }
}

struct Python {
    process: Child,
    asks: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Python {
    fn start(interpreter: &Path, examples: &Path) -> Fallible<Self> {
        let mut command = Command::new(interpreter);
        command.args(["-c", PROGRAM]).env("PYTHONPATH", examples).env("PYTHONDONTWRITEBYTECODE", "1");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (asks, answers) = pipes.ok_or("the Python process has no pipes")?;
        Ok(Self { process, asks, answers: BufReader::new(answers).lines() })
    }

    fn block(&mut self, what: &str, len: usize, calls: usize) -> Fallible<Times> {
        writeln!(self.asks, "{what} {len} {calls}")?;
        self.asks.flush()?;
        let answer = self.answers.next().ok_or("the Python process has ended")??;
        let times: Result<Times, _> = answer.split_whitespace().map(str::parse).collect();
        Ok(times?)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}
