//! As much DER as finding the three parts of a certificate takes.

/// A certificate's signed bytes and its signature (RFC 5280 §4.1).
pub(crate) fn certificate(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, certificate, rest) = element(der, 0x30)?;
    let (signed, _, after) = element(certificate, 0x30)?;
    let (_, _algorithm, after) = element(after, 0x30)?;
    let (_, bits, end) = element(after, 0x03)?;
    // The first byte of a BIT STRING counts unused bits.
    let (unused, signature) = bits.split_first()?;
    (rest.is_empty() && end.is_empty() && *unused == 0).then_some((signed, signature))
}

/// The element with `tag` at the start of `der`: all of it, its content, and what follows.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8], &[u8])> {
    let (&[found, first], body) = der.split_first_chunk::<2>()?;
    let (len, body) = match first {
        0..=0x7f => (usize::from(first), body),
        0x81..=0x83 => {
            let (len, body) = body.split_at_checked(usize::from(first & 0x7f))?;
            (len.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)), body)
        }
        _ => return None,
    };
    let (content, rest) = body.split_at_checked(len)?;
    (found == tag).then_some((&der[..der.len() - rest.len()], content, rest))
}
