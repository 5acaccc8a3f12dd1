//! `padme.json`: the table, by the core and by the formula of `[ENV-20]`.

use serde::Deserialize;
use vlec::Padding;

use crate::support::{check_heading, read, root};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: String,
    description: String,
    rule: Vec<String>,
    lengths: Vec<(u64, u64)>,
}

/// `[ENV-20]`.
pub(crate) fn padme(length: u64) -> u64 {
    if length <= 1024 {
        return 1024;
    }
    let e = length.ilog2();
    let s = e.ilog2() + 1;
    length.next_multiple_of(1 << (e - s))
}

#[test]
fn lengths_are_padded_as_the_table_says() {
    let table: Table = read(&root().join("padme.json"));
    check_heading("padme.json", &table.name, &table.description, &table.rule, &[]).unwrap();
    for (length, padded) in &table.lengths {
        assert_eq!(Padding::Padme.body_len(*length), Some(*padded), "{length}");
        assert_eq!(padme(*length), *padded, "{length}");
    }
    println!("vectors: own padme: {} run, 0 skipped", table.lengths.len());
    assert!(table.lengths.len() >= 170);
}
