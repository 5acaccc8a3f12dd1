//! Seeded cases: the same ones in every run.

use std::convert::Infallible;

use hpke::rand_core::{TryCryptoRng, TryRng};
use vlec::Random;
use vlec::hazmat::{Secret, injected_random, seeded_random};

/// Random cases of each test.
pub(crate) const CASES: usize = 64;

/// A stream of bytes determined by the test's name.
pub(crate) struct Dice(Random);

impl Dice {
    pub(crate) fn new(test: &str) -> Self {
        let mut seed = [0; 32];
        seed[..test.len()].copy_from_slice(test.as_bytes());
        Self(seeded_random(seed))
    }

    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        self.0.bytes().unwrap()
    }

    pub(crate) fn vec(&self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.0.fill(&mut bytes).unwrap();
        bytes
    }

    pub(crate) fn below(&self, limit: usize) -> usize {
        u32::from_be_bytes(self.bytes()) as usize % limit
    }

    /// A copy with one bit flipped.
    pub(crate) fn damaged(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let at = self.below(bytes.len());
        bytes[at] ^= 1 << self.below(8);
        bytes
    }
}

pub(crate) fn secret<const N: usize>(bytes: &[u8; N]) -> Secret<N> {
    Secret::new(|out| out.copy_from_slice(bytes))
}

/// Our source, whose draws all are these bytes.
pub(crate) fn fixed_random<const N: usize>(bytes: [u8; N]) -> Random {
    injected_random(move |out| {
        out.copy_from_slice(&bytes);
        true
    })
}

/// Theirs, whose draws all are the same bytes.
pub(crate) struct FixedRng<const N: usize>(pub(crate) [u8; N]);

impl<const N: usize> TryRng for FixedRng<N> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("one draw of {N} bytes was expected")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("one draw of {N} bytes was expected")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0);
        Ok(())
    }
}

impl<const N: usize> TryCryptoRng for FixedRng<N> {}
