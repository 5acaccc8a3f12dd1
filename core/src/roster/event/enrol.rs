//! `Enrol`: an agency joins (SPEC §4.4, `[EVT-20]`…`[EVT-22]`).
//!
//! ```text
//! 6: [1*16 [language, name]]   strictly ascending by language
//! 7: [*16 role]                strictly ascending
//! 8: identity                  composite public key (1984)
//! ```

use std::fmt;
use std::str::FromStr;

use super::super::error::RosterError;
use super::{Written, identity};
use crate::cbor::{Encoder, Malformed, Reader};
use crate::ids::{AgencyId, is_label};
use crate::keys::identity::IdentityKey;
use crate::text;

const MAX_NAMES: usize = 16;
const MAX_ROLES: usize = 16;
const MAX_LANGUAGE: usize = 35;
const MAX_NAME: usize = 256;

/// An agency's names, roles and first identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrol {
    names: Vec<DisplayName>,
    roles: Vec<Role>,
    identity: IdentityKey,
}

/// An agency's name in one language, to be shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName {
    language: Box<str>,
    name: Box<str>,
}

/// What an agency is there for, such as `contact-24x7`, `liaison` or `centre`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role(Box<str>);

impl Enrol {
    /// The agency is the identity's. The order of names and roles does not matter.
    ///
    /// # Errors
    /// [`RosterError::Draft`]: not 1 to 16 names, more than 16 roles, a language or role twice.
    pub fn new(
        mut names: Vec<DisplayName>,
        mut roles: Vec<Role>,
        identity: IdentityKey,
    ) -> Result<Self, RosterError> {
        names.sort_by(|a, b| a.language.cmp(&b.language));
        roles.sort();
        let enrol = Self { names, roles, identity };
        enrol.check().map_err(RosterError::draft)?;
        Ok(enrol)
    }

    /// The agency's names, one for each language.
    pub fn names(&self) -> &[DisplayName] {
        &self.names
    }

    /// The agency's roles.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The agency's first identity.
    pub fn identity(&self) -> &IdentityKey {
        &self.identity
    }

    pub(crate) fn into_parts(self) -> (Vec<DisplayName>, Vec<Role>, IdentityKey) {
        (self.names, self.roles, self.identity)
    }

    /// `[EVT-20]`, `[EVT-21]`.
    fn check(&self) -> Result<(), Malformed> {
        let sorted = self.names.is_sorted_by(|a, b| a.language < b.language);
        if !(1..=MAX_NAMES).contains(&self.names.len()) || !sorted {
            return Err(Malformed { field: "names" });
        }
        if self.roles.len() > MAX_ROLES || !self.roles.is_sorted_by(|a, b| a < b) {
            return Err(Malformed { field: "roles" });
        }
        Ok(())
    }

    pub(super) fn write(&self, e: &mut Encoder<'_>) -> Written {
        e.u8(6)?.array(self.names.len() as u64)?;
        for DisplayName { language, name } in &self.names {
            e.array(2)?.str(language)?.str(name)?;
        }
        e.u8(7)?.array(self.roles.len() as u64)?;
        for Role(role) in &self.roles {
            e.str(role)?;
        }
        e.u8(8)?.bytes(&self.identity.key().to_bytes())?;
        Ok(())
    }

    pub(super) fn read(subject: &AgencyId, r: &mut Reader<'_>) -> Result<Self, Malformed> {
        r.key("names", 6)?;
        let mut names = Vec::new();
        for _ in 0..r.array("names", 1, MAX_NAMES as u64)? {
            r.array("names", 2, 2)?;
            let language = r.text("names", 1, MAX_LANGUAGE)?;
            names.push(DisplayName::read(language, r.text("names", 1, MAX_NAME)?)?);
        }
        r.key("roles", 7)?;
        let mut roles = Vec::new();
        for _ in 0..r.array("roles", 0, MAX_ROLES as u64)? {
            roles.push(r.parsed("roles", 32)?);
        }
        r.key("identity", 8)?;
        let enrol = Self { names, roles, identity: identity::read_key("identity", subject, r)? };
        enrol.check()?;
        Ok(enrol)
    }
}

impl DisplayName {
    /// A name of 1 to 256 bytes in the language of a BCP 47 tag, such as `ka` or `az-Latn`. It is put into NFC.
    ///
    /// # Errors
    /// [`RosterError::Draft`]: a tag not of the form `[a-z]{2,3}(-[A-Za-z0-9]{1,8})*` or longer
    /// than 35 bytes, an empty or too long name, or one with characters that show nothing,
    /// which could make a list of agencies show something else.
    pub fn new(language: &str, name: &str) -> Result<Self, RosterError> {
        let name = text::normal(name).ok_or(RosterError::draft(Malformed { field: "names" }))?;
        Self::read(language, &name).map_err(RosterError::draft)
    }

    /// The language's tag.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `[EVT-22]`.
    fn read(language: &str, name: &str) -> Result<Self, Malformed> {
        if is_language_tag(language) && text::is_plain(name, MAX_NAME) {
            Ok(Self { language: language.into(), name: name.into() })
        } else {
            Err(Malformed { field: "names" })
        }
    }
}

impl Role {
    /// The role as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Role {
    type Err = RosterError;

    fn from_str(text: &str) -> Result<Self, RosterError> {
        if is_label(text) {
            Ok(Self(text.into()))
        } else {
            Err(RosterError::draft(Malformed { field: "roles" }))
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Role({self})")
    }
}

/// A primary language subtag and its subtags, the common form of RFC 5646 §2.1.
fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    tag.len() <= MAX_LANGUAGE
        && (2..=3).contains(&primary.len())
        && primary.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b8_names_are_made_in_one_form_and_without_what_shows_nothing() {
        let name = |text| DisplayName::new("uk", text);
        assert_eq!(name("Спраи\u{306}").unwrap(), name("Спрай").unwrap());
        assert_eq!(name("a\u{200b}b").unwrap_err().code(), "draft");
        // Another's is taken, and shown safely.
        assert!(DisplayName::read("uk", "a\u{200b}b").is_ok());
    }

    #[test]
    fn names_that_could_deceive_a_reader_are_malformed() {
        for good in ["კიბერდანაშაული", "Kiberdanaşaül (GE)"] {
            assert!(DisplayName::new("ka", good).is_ok(), "{good}");
        }
        for bad in ["", "a\nb", "a\u{1b}[2J", "a\u{202e}b", "a\u{2066}b", &"a".repeat(257)] {
            assert!(DisplayName::new("ka", bad).is_err(), "{bad:?}");
        }
        for good in ["ka", "az-Latn", "az-Latn-AZ"] {
            assert!(DisplayName::new(good, "n").is_ok(), "{good}");
        }
        for bad in ["", "k", "KA", "ka-", "ka--x", "geor", "ka_GE", "ka-toolongsub"] {
            assert!(DisplayName::new(bad, "n").is_err(), "{bad}");
        }
    }

    #[test]
    fn roles_are_labels() {
        assert!("contact-24x7".parse::<Role>().is_ok());
        for bad in ["", "Liaison", "a b", &"a".repeat(33)] {
            assert!(bad.parse::<Role>().is_err(), "{bad}");
        }
    }
}
