//! Padmé: lengths that leak O(log log L) bits and cost at most 12 %.
//!
//! Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs",
//! PoPETs 2019, §4. Here with a smallest size of 1 KiB (`[ENV-20]`).

/// How a body's length is hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Padding {
    /// Zeros to the Padmé size, at least 1 KiB.
    #[default]
    Padme,
    /// None: the exact length of the content is visible to everyone.
    None,
}

/// The smallest padded size in bytes.
const SMALLEST: u64 = 1024;

impl Padding {
    /// The length of the body for content of `len` bytes, or `None` past 2^63.
    pub fn body_len(self, len: u64) -> Option<u64> {
        match self {
            Self::None => Some(len),
            Self::Padme if len <= SMALLEST => Some(SMALLEST),
            Self::Padme => {
                let exponent = len.ilog2();
                let kept = exponent.ilog2() + 1;
                let mask = (1_u64 << (exponent - kept)) - 1;
                len.checked_add(mask).map(|padded| padded & !mask)
            }
        }
    }

    /// Whether some policy pads `content` bytes to `body` bytes (`[ENV-21]`).
    pub(crate) fn explains(content: u64, body: u64) -> bool {
        [Self::Padme, Self::None].iter().any(|padding| padding.body_len(content) == Some(body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_sizes() {
        // L = 9: E = 3, S = 2, so one low bit is rounded up; the same rule at larger sizes.
        let cases = [
            (0, 1024),
            (1, 1024),
            (1024, 1024),
            (1025, 1088),
            (1088, 1088),
            (1089, 1152),
            (65_535, 65_536),
            (65_537, 67_584),
            (1 << 20, 1 << 20),
            ((1 << 20) + 1, (1 << 20) + (1 << 15)),
        ];
        for (len, padded) in cases {
            assert_eq!(Padding::Padme.body_len(len), Some(padded), "{len}");
        }
        assert_eq!(Padding::None.body_len(0), Some(0));
        assert_eq!(Padding::Padme.body_len(u64::MAX), None);
    }

    proptest! {
        #[test]
        fn never_shorter_monotone_idempotent_and_at_most_12_percent(len in 1024..1_u64 << 50) {
            let padded = Padding::Padme.body_len(len).unwrap();
            prop_assert!(padded >= len);
            prop_assert!((padded - len) * 100 <= len * 12);
            prop_assert_eq!(Padding::Padme.body_len(padded), Some(padded));
            prop_assert!(Padding::Padme.body_len(len + 1).unwrap() >= padded);
            prop_assert!(Padding::explains(len, padded));
        }
    }
}
