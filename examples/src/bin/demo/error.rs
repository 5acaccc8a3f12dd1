//! Errors as a person reads them: what was being done, and why it failed.

use std::error::Error;
use std::fmt::Display;

/// The demonstration only reports errors; it decides nothing by their type.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Says what was being done when something failed.
pub(crate) trait Context<T> {
    fn context(self, doing: impl Display) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn context(self, doing: impl Display) -> Result<T> {
        self.map_err(|error| format!("cannot {doing}: {error}").into())
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, doing: impl Display) -> Result<T> {
        self.ok_or_else(|| format!("cannot {doing}").into())
    }
}
