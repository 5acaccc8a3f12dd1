//! Byte secrets: boxed, wiped on drop, without `Clone`, `Copy`, `PartialEq` or a printing `Debug`.

use std::fmt;
use std::ops::{Deref, DerefMut};

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// `N` secret bytes on the heap, overwritten with zeros when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Lets `fill` write the secret where it will live, so that no copy is left elsewhere.
    pub fn try_new<E>(fill: impl FnOnce(&mut [u8; N]) -> Result<(), E>) -> Result<Self, E> {
        let mut secret = Self(Box::new([0; N]));
        fill(&mut secret.0)?;
        Ok(secret)
    }

    /// As [`Secret::try_new`], for a `fill` that cannot fail.
    pub fn new(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self(Box::new([0; N]));
        fill(&mut secret.0);
        secret
    }

    /// The bytes, for the time of one computation.
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        write!(f, "Secret<{N}>(…)")
    }
}

/// Secret bytes of any number, overwritten with zeros when dropped: many bytes at a time, where
/// `zeroize` writes one after the other, which for a segment takes as long as opening it.
pub(crate) struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// `len` zeros.
    pub(crate) fn zeroed(len: usize) -> Self {
        Self(vec![0; len])
    }

    /// The bytes themselves, for the caller to keep; still wiped when dropped.
    pub(crate) fn into_zeroizing(mut self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(std::mem::take(&mut self.0))
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for SecretBytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = self;
        write!(f, "SecretBytes<{}>(…)", bytes.len())
    }
}

/// A secret text, such as a passphrase; overwritten with zeros when dropped.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes the text over. Copies that the caller made before are the caller's to wipe.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("SecretText(…)")
    }
}

/// Overwrites `bytes` with zeros; the barrier keeps the compiler from leaving it out.
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    zeroize::optimization_barrier(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_byte() {
        let secret = Secret::<4>::new(|bytes| bytes.fill(0xab));
        assert_eq!(format!("{secret:?}"), "Secret<4>(…)");
        assert_eq!(format!("{:?}", SecretBytes::zeroed(3)), "SecretBytes<3>(…)");
        assert_eq!(format!("{:?}", SecretText::new("open sesame".into())), "SecretText(…)");
    }

    /// What holds a secret of ours wipes it when dropped: said by the types, so that no feature
    /// of a dependency can take it away unnoticed.
    #[test]
    fn c2_every_secret_type_wipes_itself_on_drop() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<Secret<32>>();
        wipes::<x25519_dalek::StaticSecret>();
        wipes::<x25519_dalek::SharedSecret>();
        wipes::<ed25519_dalek::SigningKey>();
        wipes::<chacha20poly1305::ChaCha20Poly1305>();
    }

    #[test]
    fn zeroize_overwrites_every_byte() {
        let mut secret = Secret::<4>::new(|bytes| bytes.fill(0xab));
        secret.zeroize();
        assert_eq!(secret.expose(), &[0; 4]);
        let mut bytes = [1; 100];
        wipe(&mut bytes);
        assert_eq!(bytes, [0; 100]);
    }
}
