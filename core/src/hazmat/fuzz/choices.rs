//! A fuzzer's bytes as decisions. Past the end every byte is 0.

pub(super) struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `end`, and below 2^24; 0 if there is none.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let bytes = match end {
            0..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 3,
        };
        let number = (0..bytes).fold(0, |number, _| number << 8 | usize::from(self.byte()));
        number.checked_rem(end).unwrap_or(0)
    }

    /// Any number; short ones cost few bytes.
    pub(super) fn number(&mut self) -> u64 {
        let bytes = self.below(9);
        (0..bytes).fold(0, |number, _| number << 8 | u64::from(self.byte()))
    }

    /// At most `max` bytes.
    pub(super) fn bytes(&mut self, max: usize) -> &'a [u8] {
        let len = self.below(max + 1).min(self.0.len());
        let (bytes, rest) = self.0.split_at_checked(len).unwrap_or_default();
        self.0 = rest;
        bytes
    }

    pub(super) fn of<T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }

    /// Changes the bits of one byte.
    pub(super) fn flip(&mut self, bytes: &mut [u8]) {
        let at = self.below(bytes.len());
        let bits = self.byte();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= bits;
        }
    }

    /// Lets a few bytes give way to a few others.
    pub(super) fn splice(&mut self, bytes: &mut Vec<u8>) {
        const MAX: usize = 32;
        let at = self.below(bytes.len() + 1);
        let end = at.saturating_add(self.below(MAX)).min(bytes.len());
        bytes.splice(at..end, self.bytes(MAX).iter().copied());
    }
}
