//! The key that a passphrase gives: Argon2id, RFC 9106, over its text in NFC (SPEC §12.3).

use argon2::{Algorithm, Argon2, Block, Params, Version};
use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};
use zeroize::{Zeroize, Zeroizing};

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
    Err(VaultError::PassphraseNotOneLine(problem))
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

/// `[VLT-20]` The passphrase in Normalization Form C (Unicode Standard Annex 15): what two keyboards write
/// differently is one passphrase. The iterators of the crate keep letters in buffers that nobody wipes; here
/// every buffer is large enough from the start, and wiped.
pub(super) fn normal(passphrase: &SecretText) -> SecretText {
    let text = passphrase.expose();
    let mut count = 0;
    text.chars().for_each(|c| decompose_canonical(c, |_| count += 1));
    let mut decomposed = Zeroizing::new(Vec::with_capacity(count));
    text.chars().for_each(|c| decompose_canonical(c, |part| decomposed.push(part)));
    order(&mut decomposed);
    let composed = recompose(&decomposed);
    let mut normal = String::with_capacity(composed.iter().map(|c| c.len_utf8()).sum());
    composed.iter().for_each(|c| normal.push(*c));
    SecretText::new(normal)
}

/// Whether the normal form has the same bytes.
pub(super) fn is_normal(passphrase: &SecretText) -> bool {
    normal(passphrase).expose() == passphrase.expose()
}

/// Sorts marks that follow one letter by their class; those of one class keep their order.
fn order(chars: &mut [char]) {
    for end in 1..chars.len() {
        for at in (1..=end).rev() {
            match chars.get_mut(at - 1..=at) {
                Some([before, mark]) if is_before(*mark, *before) => std::mem::swap(before, mark),
                _ => break,
            }
        }
    }
}

fn is_before(mark: char, other: char) -> bool {
    let class = canonical_combining_class(mark);
    class != 0 && class < canonical_combining_class(other)
}

/// Joins each letter with the marks that follow it and are not blocked by another one between.
fn recompose(decomposed: &[char]) -> Zeroizing<Vec<char>> {
    let mut composed: Zeroizing<Vec<char>> = Zeroizing::new(Vec::with_capacity(decomposed.len()));
    let (mut letter, mut last) = (None, 0);
    for c in decomposed.iter().copied() {
        let (class, len) = (canonical_combining_class(c), composed.len());
        let free = |at: &usize| at.saturating_add(1) == len || last < class;
        let letter_at = letter.filter(free).and_then(|at: usize| composed.get_mut(at));
        if let Some(letter) = letter_at
            && let Some(joined) = compose(*letter, c)
        {
            *letter = joined;
            continue;
        }
        if class == 0 {
            letter = Some(len);
        }
        last = class;
        composed.push(c);
    }
    composed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    proptest! {
        #[test]
        fn b6_the_normal_form_is_that_of_the_standard(
            text in "[ -~]{0,3}[a-zA-Zα-ωა-ჰ\u{300}-\u{36f}\u{1100}-\u{11ff}가-깋\u{1e00}-\u{1fff}\u{5b0}-\u{5c2}\u{fb1d}-\u{fb4e}\u{2000}-\u{2126}\u{915}-\u{94d}]{0,12}",
            any in ".{0,12}",
        ) {
            for text in [text, any] {
                let expected: String = text.nfc().collect();
                let normal = normal(&SecretText::new(text));
                prop_assert_eq!(normal.expose(), expected);
            }
        }
    }

    #[test]
    fn b6_two_ways_to_write_a_letter_are_one_passphrase() {
        let shown = |text: &str| normal(&SecretText::new(text.into())).expose().to_owned();
        assert_eq!(shown("ge\u{301}nie \u{fb1d}"), shown("g\u{e9}nie \u{5d9}\u{5b4}"));
        assert_eq!(shown("საქართველო"), "საქართველო");
        assert_eq!(shown("a\u{323}\u{307}"), shown("a\u{307}\u{323}"));
    }

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
