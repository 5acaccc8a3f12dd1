//! The lines that are printed, and the same as JSON.

use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use crate::measure::Fallible;

/// What has been measured so far.
#[derive(Default)]
pub(crate) struct Report {
    results: Vec<Value>,
    notes: Vec<String>,
    missed: bool,
}

/// On which side of a bound a ratio has to lie.
#[derive(Clone, Copy)]
pub(crate) enum Budget {
    AtLeast(f64),
    AtMost(f64),
}

impl Budget {
    fn holds(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(bound) => ratio >= bound,
            Self::AtMost(bound) => ratio <= bound,
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, ">={bound:.2}"),
            Self::AtMost(bound) => write!(f, "<={bound:.2}"),
        }
    }
}

impl Report {
    /// Judges one ratio. `medians` are the absolute values behind it, by name and unit.
    pub(crate) fn judge(&mut self, name: &str, ratio: f64, budget: Budget, medians: &[(&str, f64)]) {
        let verdict = if budget.holds(ratio) { "ok" } else { "MISSED" };
        self.missed |= verdict == "MISSED";
        println!("{name} {ratio:.3} {budget} {verdict}");
        let medians: serde_json::Map<String, Value> =
            medians.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        self.results.push(json!({
            "name": name, "ratio": ratio, "budget": budget.to_string(), "verdict": verdict,
            "medians": medians,
        }));
    }

    /// Says why a ratio is not there.
    pub(crate) fn not_measured(&mut self, name: &str, budget: Budget, why: &str) {
        println!("{name} - {budget} not measured: {why}");
        self.results.push(json!({
            "name": name, "ratio": null, "budget": budget.to_string(),
            "verdict": format!("not measured: {why}"), "medians": {},
        }));
    }

    /// Says what is not judged.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        println!("# {note}");
        self.notes.push(note);
    }

    /// Whether a budget was missed.
    pub(crate) fn missed(&self) -> bool {
        self.missed
    }

    /// Writes all of it.
    pub(crate) fn write_json(&self, to: &Path) -> Fallible {
        let Self { results, notes, missed: _ } = self;
        let text = serde_json::to_string_pretty(&json!({ "results": results, "notes": notes }))?;
        Ok(std::fs::write(to, text + "\n")?)
    }
}
