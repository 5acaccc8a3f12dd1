//! What must hold, and whether it did.

use std::fmt::Display;

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

/// What must be refused was refused, and for the reason with this code.
pub(crate) fn refused<T, E: Display>(
    outcome: std::result::Result<T, E>,
    code_of: fn(&E) -> &'static str,
    code: &str,
) -> Result<String> {
    match outcome {
        Ok(_) => Err("it was accepted".into()),
        Err(error) if code_of(&error) == code => Ok(code.to_owned()),
        Err(error) => Err(format!("refused as {} instead of {code}: {error}", code_of(&error)).into()),
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
    fn a_refusal_for_another_reason_is_not_the_refusal_that_was_asked_for() {
        let code = |error: &&'static str| *error;
        assert_eq!(refused::<(), _>(Err("a"), code, "a").unwrap(), "a");
        assert!(refused::<(), _>(Err("b"), code, "a").is_err());
        assert!(refused(Ok(()), code, "a").is_err());
    }

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
