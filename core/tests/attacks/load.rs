//! D1 and D3: work and memory that unauthenticated input can cause. D2 stands beside the code,
//! where decapsulations are counted.

use std::cell::Cell;
use std::io::Read;

use super::scene::{ALICE, BOB, honest, open, opener, stream, taken};

/// An endless source that counts what was read of it.
struct Counted<'a> {
    head: &'a [u8],
    read: &'a Cell<u64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let len = out.len().min(4096);
        for byte in &mut out[..len] {
            *byte = match self.head.split_first() {
                Some((first, rest)) => {
                    self.head = rest;
                    *first
                }
                None => 0x55,
            };
        }
        self.read.set(self.read.get() + len as u64);
        Ok(len)
    }
}

/// How many bytes of an endless input opening reads before it gives up.
fn read_of(head: &[u8]) -> u64 {
    let read = Cell::new(0);
    assert!(opener(ALICE).open_pipe(Counted { head, read: &read }).is_err());
    read.get()
}

#[test]
fn d1_lengths_beyond_the_limits_are_refused_before_they_are_read() {
    let mut many_stanzas = honest(b"x");
    many_stanzas[23..25].copy_from_slice(&u16::MAX.to_be_bytes());
    assert_eq!(read_of(&many_stanzas), 25);

    let parts = taken(b"x");
    let at = parts.offsets().unwrap().front_length;
    let mut long_front = parts.assemble().unwrap();
    long_front[at..at + 8].copy_from_slice(&u64::MAX.to_be_bytes());
    assert_eq!(read_of(&long_front), at as u64 + 8);

    // A signed length field of 4 GiB in the front.
    let mut parts = taken(b"x");
    parts.front = Some([&u32::MAX.to_be_bytes()[..], &[0; 1020]].concat());
    assert_eq!(open(ALICE, &parts.assemble().unwrap()).layer(), "too-large");
}

#[test]
fn d1_deep_nesting_in_a_manifest_is_malformed() {
    let good = taken(b"x").manifest;
    // Arrays in arrays where the manifest, its version, its heads and its labels are expected.
    let heads = good.windows(2).position(|pair| pair == [14, 0x84]).unwrap() + 1;
    let labels = good.windows(2).position(|pair| pair == [15, 0xa0]).unwrap() + 1;
    for at in [0, 2, heads, labels] {
        for opening in [&[0x81][..], &[0xa1, 0x01]] {
            let mut parts = taken(b"x");
            parts.manifest = [&good[..at], &opening.repeat(50_000)].concat();
            assert_eq!(open(ALICE, &parts.assemble().unwrap()).layer(), "malformed", "{at}");
        }
    }
}

#[test]
fn d3_input_for_somebody_else_costs_its_header_only() {
    let envelope = honest(&[7; 100_000]);
    let read = Cell::new(0);
    let opened = opener("AZ/mia/crime").open_pipe(Counted { head: &envelope, read: &read });
    assert_eq!(opened.unwrap_err().code(), "not-a-recipient");
    assert_eq!(read.get(), 25 + 2 * 1176 + 32);
}

#[test]
fn d3_garbage_is_given_up_at_its_first_bytes() {
    assert_eq!(read_of(&[0; 64]), 4);
    assert_eq!(stream(BOB, &[0x55; 1 << 20]).layer(), "malformed");
}
