//! `padme.json`: lengths and what they are padded to.

use serde::Serialize;
use vlec::Padding;

use crate::Result;

#[derive(Serialize)]
pub(crate) struct Table {
    name: &'static str,
    description: &'static str,
    rule: [&'static str; 1],
    lengths: Vec<(u64, u64)>,
}

/// Around every power of two from 1 KiB to the format's limit, and a few between.
pub(crate) fn table() -> Result<Table> {
    let mut lengths = vec![0, 1, 1000];
    lengths.extend(
        (10..52).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1, 3 << (power - 1)]),
    );
    lengths.push(1 << 52);
    let padded = |length| Ok((length, Padding::Padme.body_len(length).ok_or("length")?));
    Ok(Table {
        name: "padme",
        description: "lengths of contents, and of their bodies",
        rule: ["ENV-20"],
        lengths: lengths.into_iter().map(padded).collect::<Result<_>>()?,
    })
}
