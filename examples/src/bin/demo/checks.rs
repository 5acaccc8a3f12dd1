//! What must hold, and whether it did.

use crate::error::Result;

/// The checks in the order in which they were made.
#[derive(Default)]
pub(crate) struct Checks(Vec<Check>);

pub(crate) struct Check {
    pub(crate) claim: &'static str,
    /// What was seen, or what is not as it must be.
    pub(crate) outcome: std::result::Result<String, String>,
}

impl Checks {
    pub(crate) fn add(&mut self, claim: &'static str, outcome: Result<String>) {
        self.0.push(Check { claim, outcome: outcome.map_err(|error| error.to_string()) });
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Check> {
        self.0.iter()
    }

    pub(crate) fn all_hold(&self) -> bool {
        !self.0.is_empty() && self.iter().all(|check| check.outcome.is_ok())
    }
}

/// `yes`, or else an error that says what was expected.
pub(crate) fn require(yes: bool, otherwise: &str) -> Result<()> {
    if yes { Ok(()) } else { Err(otherwise.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_checks_and_a_failed_check_do_not_hold() {
        let mut checks = Checks::default();
        assert!(!checks.all_hold());
        checks.add("one", Ok(String::new()));
        assert!(checks.all_hold());
        checks.add("two", Err("no".into()));
        assert!(!checks.all_hold());
    }
}
