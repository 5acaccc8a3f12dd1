//! The randomness seam: the operating system in production, an injected source only for auditors.

use std::fmt;
use std::sync::Mutex;

use ring::rand::SecureRandom;
use zeroize::Zeroize;

use crate::secret::Secret;

/// A draw shorter than this is not compared with the draw before it.
const COMPARED: usize = 16;

/// A source of random bytes. Every key, salt and identifier comes out of one.
///
/// Two consecutive draws that begin with the same 16 bytes are refused: a source that repeats,
/// as a generator copied by `fork` or a restored virtual machine does, yields an error and no
/// output. The operating system's source keeps no state in the process.
pub struct Random {
    source: Source,
    last: Mutex<[u8; COMPARED]>,
}

/// Fills a buffer, or says that it could not.
#[cfg(any(test, feature = "hazmat"))]
type Fill = Box<dyn Fn(&mut [u8]) -> bool + Send + Sync>;

enum Source {
    System(ring::rand::SystemRandom),
    #[cfg(any(test, feature = "hazmat"))]
    Injected(Fill),
}

/// The random source failed or repeated itself; nothing was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RandomError {
    /// The operating system gave no random bytes.
    #[error("the random source failed: nothing was made; check the operating system's source")]
    Failed,
    /// Two draws in a row were equal.
    #[error("the random source repeated itself: nothing was made; do not use this machine")]
    Repeated,
}

impl Random {
    /// The operating system's source, through `ring`.
    pub fn system() -> Self {
        Self::from_source(Source::System(ring::rand::SystemRandom::new()))
    }

    /// A source given by the caller, which says whether it could fill the buffer. For vectors
    /// and tests: reachable only through `hazmat`.
    #[cfg(any(test, feature = "hazmat"))]
    pub(crate) fn injected(fill: impl Fn(&mut [u8]) -> bool + Send + Sync + 'static) -> Self {
        Self::from_source(Source::Injected(Box::new(fill)))
    }

    fn from_source(source: Source) -> Self {
        Self { source, last: Mutex::new([0; COMPARED]) }
    }

    /// Fills `out`.
    ///
    /// # Errors
    /// [`RandomError`]; `out` is then zero.
    pub fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        let filled = match &self.source {
            Source::System(system) => system.fill(out).is_ok(),
            #[cfg(any(test, feature = "hazmat"))]
            Source::Injected(fill) => fill(out),
        };
        let checked = if filled { self.check_repeat(out) } else { Err(RandomError::Failed) };
        if checked.is_err() {
            out.zeroize();
        }
        checked
    }

    /// `N` random bytes that are not secret.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], RandomError> {
        let mut out = [0; N];
        self.fill(&mut out)?;
        Ok(out)
    }

    /// `N` random bytes that are secret.
    pub fn secret<const N: usize>(&self) -> Result<Secret<N>, RandomError> {
        Secret::try_new(|out| self.fill(out))
    }

    /// Keeps a digest of the draw's beginning, never the draw.
    fn check_repeat(&self, drawn: &[u8]) -> Result<(), RandomError> {
        let Some(head) = drawn.get(..COMPARED) else { return Ok(()) };
        let digest = ring::digest::digest(&ring::digest::SHA256, head);
        let mut last = self.last.lock().map_err(|_| RandomError::Failed)?;
        let current = digest.as_ref().get(..COMPARED).ok_or(RandomError::Failed)?;
        if *last == *current {
            return Err(RandomError::Repeated);
        }
        last.copy_from_slice(current);
        Ok(())
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, last: _ } = self;
        f.write_str(match source {
            Source::System(_) => "Random(system)",
            #[cfg(any(test, feature = "hazmat"))]
            Source::Injected(_) => "Random(injected)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k5_failing_source_is_an_error() {
        let random = Random::injected(|_| false);
        assert_eq!(random.bytes::<32>(), Err(RandomError::Failed));
    }

    #[test]
    fn k5_repeating_source_is_an_error_and_leaves_zeros() {
        let random = Random::injected(|out| {
            out.fill(7);
            true
        });
        assert_eq!(random.bytes::<32>(), Ok([7; 32]));
        let mut out = [1; 32];
        assert_eq!(random.fill(&mut out), Err(RandomError::Repeated));
        assert_eq!(out, [0; 32]);
    }

    #[test]
    fn system_source_does_not_repeat() {
        let random = Random::system();
        assert_ne!(random.bytes::<32>(), random.bytes::<32>());
    }
}
