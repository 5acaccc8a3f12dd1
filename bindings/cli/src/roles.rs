//! Roles of agencies. The list is open: each network agrees on its own, and these are the ones that the examples use.

use vlec::event::Role;

use crate::near;
use crate::session::Session;

/// The roles that the help and README.md name.
const KNOWN: [&str; 2] = ["contact-24x7", "liaison"];

/// A role that is nearly a known one is most likely mistyped: it is taken, and said.
pub(crate) fn warn_of_near(roles: &[Role], session: &mut Session) {
    for role in roles {
        if let Some(known) = near::slip_of(role.as_str(), &KNOWN) {
            session.warn(&format!(
                "the role {role} is nearly {known}: did you mean that? Roles are compared letter by letter"
            ));
        }
    }
}
