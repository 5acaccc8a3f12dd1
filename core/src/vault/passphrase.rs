//! The key that a passphrase gives: Argon2id, RFC 9106 (SPEC §12.3).

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroize;

use crate::secret::{Secret, SecretText};

use super::error::VaultError;

pub(super) const SALT_LEN: usize = 16;
/// 1 GiB, in KiB.
const MAX_MEMORY: u32 = 1 << 20;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 16;

/// What one guess costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// KiB.
    pub(super) memory: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

impl Cost {
    /// The second recommended option of RFC 9106 §4: 64 MiB, three passes, four lanes. It fits
    /// into the machines that agencies have; an auditor finds it in the RFC and in every tool.
    pub(super) const DEFAULT: Self = Self { memory: 64 << 10, passes: 3, lanes: 4 };

    /// `[VLT-21]` Checked before any memory is taken or work is done.
    pub(super) fn check(self) -> Result<Self, VaultError> {
        let Self { memory, passes, lanes } = self;
        let within = (1..=MAX_LANES).contains(&lanes)
            && (1..=MAX_PASSES).contains(&passes)
            && (8 * lanes..=MAX_MEMORY).contains(&memory);
        if within { Ok(self) } else { Err(VaultError::HostileParameters { memory, passes, lanes }) }
    }
}

/// `[VLT-25]` A new passphrase is one line of text: what an editor, a shell or a key of the terminal has put into it
/// unseen would be missing when it is typed.
pub(super) fn check_new(passphrase: &SecretText) -> Result<(), VaultError> {
    let text = passphrase.expose();
    let problem = match text.chars().find(|c| c.is_control() || "\u{feff}\u{2028}\u{2029}".contains(*c)) {
        None => return Ok(()),
        Some('\u{feff}') => "a byte order mark",
        Some('\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}') => "a line end",
        Some('\0') => "a zero byte",
        Some('\t') => "a tab",
        Some(_) => "a control character",
    };
    Err(VaultError::PassphraseForm(problem))
}

/// `[VLT-20]` `Argon2id(passphrase, salt, m, t, p)`, version 0x13, 32 bytes. The memory it was
/// computed in is wiped.
pub(super) fn derive(passphrase: &SecretText, salt: &[u8], cost: Cost) -> Result<Secret<32>, VaultError> {
    if passphrase.expose().is_empty() {
        return Err(VaultError::EmptyPassphrase);
    }
    let Cost { memory, passes, lanes } = cost.check()?;
    let failed = |_| VaultError::HostileParameters { memory, passes, lanes };
    let params = Params::new(memory, passes, lanes, Some(32)).map_err(failed)?;
    let mut blocks: Vec<Block> = Vec::new();
    blocks.try_reserve_exact(params.block_count()).map_err(|_| VaultError::NoMemory { kib: memory })?;
    blocks.resize(params.block_count(), Block::default());
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let key = Secret::try_new(|out| {
        argon2.hash_password_into_with_memory(passphrase.expose().as_bytes(), salt, out, &mut *blocks)
    });
    blocks.iter_mut().for_each(Zeroize::zeroize);
    key.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `test.c` of the reference implementation of RFC 9106's authors: Argon2id, version 0x13.
    #[test]
    fn argon2id_gives_the_reference_values() {
        for (memory, lanes, expected) in [
            (64 << 10, 1, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"),
            (256, 1, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
            (256, 2, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"),
        ] {
            let passphrase = SecretText::new("password".into());
            let key = derive(&passphrase, b"somesalt", Cost { memory, passes: 2, lanes }).unwrap();
            let hex: String = key.expose().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected);
        }
    }

    #[test]
    fn b6_a_new_passphrase_is_one_line_of_text() {
        let checked =
            |text: &str| check_new(&SecretText::new(text.into())).map_err(|error| error.to_string());
        for (text, problem) in [
            ("\u{feff}words", "a byte order mark"),
            ("wo\u{feff}rds", "a byte order mark"),
            ("words\r", "a line end"),
            ("words\n", "a line end"),
            ("two\nlines", "a line end"),
            ("two\u{2028}lines", "a line end"),
            ("words\0", "a zero byte"),
            ("two\twords", "a tab"),
            ("words\u{1a}", "a control character"),
            ("words\u{9b}", "a control character"),
        ] {
            let said = checked(text).unwrap_err();
            assert!(said.contains(problem), "{text:?}: {said}");
        }
        for text in ["words", "two words", "g\u{e9}nie \u{10e1}\u{10d0} \u{5d9}\u{5b4}", "\u{1f511}", " "] {
            assert_eq!(checked(text), Ok(()));
        }
    }

    #[test]
    fn l8_hostile_parameters_are_refused_before_any_work() {
        for (memory, passes, lanes) in [
            (u32::MAX, 3, 4),
            (MAX_MEMORY + 1, 1, 1),
            (64 << 10, u32::MAX, 1),
            (64 << 10, 17, 1),
            (64 << 10, 0, 1),
            (64 << 10, 3, 0),
            (64 << 10, 3, 17),
            (1 << 20, 3, u32::MAX),
            (31, 1, 4),
        ] {
            let cost = Cost { memory, passes, lanes };
            assert_eq!(cost.check().unwrap_err().code(), "hostile-parameters", "{cost:?}");
        }
        assert!(Cost::DEFAULT.check().is_ok());
        for (memory, passes, lanes) in [(MAX_MEMORY, 16, 16), (MAX_MEMORY, 1, 1), (128, 1, 16), (8, 1, 1)] {
            let cost = Cost { memory, passes, lanes };
            assert_eq!(cost.check().ok(), Some(cost));
        }
    }
}
