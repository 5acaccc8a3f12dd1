//! The keyed digest against BLAKE3's own vectors, all 35 lengths.

use vlec::hazmat::{digest::KeyedHash, seeded_random};

use crate::support::{Suite, same, unhex};

const KEY: &[u8; 32] = b"whats the Elvish word for friend";

#[test]
fn blake3_keyed_digest_gives_the_published_values() {
    let mut suite = Suite::new("blake3 keyed");
    for line in include_str!("blake3-keyed.txt").lines().filter(|line| !line.starts_with('#')) {
        let (len, output) = line.split_once(' ').unwrap();
        let (len, output): (usize, _) = (len.parse().unwrap(), unhex(output));
        let input: Vec<u8> = (0..=250).cycle().take(len).collect();
        // In unequal pieces: the digest must not depend on how it was fed.
        let mut digest = KeyedHash::new(KEY);
        input.chunks(1000).for_each(|piece| digest.update(piece));
        let mut verdict = same("digest", &digest.finish()[..], &output[..32]);
        if len == 0 {
            // The seeded source is this stream.
            let mut stream = vec![0; output.len()];
            seeded_random(*KEY).fill(&mut stream).unwrap();
            verdict = verdict.and(same("stream", stream, output));
        }
        suite.vector(len, verdict);
    }
    suite.finish(35);
}
