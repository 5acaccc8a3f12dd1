//! Whole vaults with sums: rows that are what the vault wrote last, and others (SPEC §12.4, `[VLT-14]`, `[VLT-15]`).

use super::anchors::{Anchor, tag};
use super::headers::header;
use super::rows::wrap;
use super::stored::{GENERATION, Stored, VALUE, state};
use super::sums::{Row, RowsPart, TABLES};
use super::{Case, Lock, OWNER, fixed};
use crate::Result;
use crate::hex::hex;

/// These are not gone through at each opening.
const LARGE: [&str; 5] = ["roster_entry", "ledger", "ledger_time", "conflict", "pending"];

/// The rows that the vault wrote last, but header and state.
fn rows() -> Result<Vec<Row>> {
    let secret = wrap(1, b"epoch 7", &fixed::<32>("secret"))?;
    let mut rows =
        vec![Row::new("identity", b"now", VALUE, "now")?, Row::new("wrapped", b"epoch 7", &secret, "seven")?];
    for (table, keys) in [
        ("identity", &["before"][..]),
        ("heard", &["one", "two"]),
        ("outbox", &["one", "two", "three"]),
        ("ledger", &["one", "two", "three"]),
        ("ledger_time", &["one"]),
    ] {
        for key in keys {
            rows.push(Row::new(table, key.as_bytes(), format!("{key} of {table}").as_bytes(), key)?);
        }
    }
    Ok(rows)
}

/// A store of generation 7 with these rows, whose state says that of them; closed in order or not.
fn stored(part: Option<RowsPart>, rows: &[Row], closed: bool) -> Result<Stored> {
    let mut state = state(GENERATION, 1);
    state.rows = part;
    let state = Row::new("meta", b"state", &state.bytes(tag(GENERATION), tag(GENERATION - 1)), "state")?;
    let mut written = vec![("meta", hex("header"), hex(header(OWNER, &Lock::key())?)), state.written()];
    written.extend(rows.iter().map(Row::written));
    Ok(Stored { closed: Some(closed), ..Stored::of(written) })
}

/// Closed in order, its rows being those that it wrote last.
fn honest() -> Result<Stored> {
    let rows = rows()?;
    stored(Some(RowsPart::of(&rows)), &rows, true)
}

impl Stored {
    /// Beside its anchor it opens sound, nothing is written, and examining it gives that.
    fn sound(self, examined: &'static str) -> Self {
        let anchor = Anchor::new(3, GENERATION);
        let mut stored = self.anchor(&anchor).opens(true, Some(anchor.says()));
        if let Some(says) = &mut stored.says {
            says.examined = Some(examined);
        }
        stored
    }

    /// The rows of this table differ, which the opening writes into the state.
    fn differs(self, table: &'static str, part: RowsPart) -> Self {
        let mut stored = self.anchor(&Anchor::new(3, GENERATION)).opens(true, None);
        if let Some(says) = &mut stored.says {
            says.generation = GENERATION + 1;
            says.differing = Some(table);
            says.written = Some(hex(RowsPart { differing: Some(table), ..part }.bytes()));
        }
        stored
    }

    fn differing(self, name: &str, what: &str) -> Case {
        self.case(name, what, "rows-differ").rule("VLT-14").attack("L12")
    }
}

pub(super) fn cases() -> Result<Vec<Case>> {
    let mut cases = sound()?;
    cases.extend(changed()?);
    cases.extend(tables()?);
    cases.extend(kept()?);
    Ok(cases)
}

fn is(row: &Row, table: &str, key: &str) -> bool {
    row.table == table && row.key == key.as_bytes()
}

fn without(table: &str, key: &str) -> Result<Vec<Row>> {
    let mut rows = rows()?;
    rows.retain(|row| !is(row, table, key));
    Ok(rows)
}

fn with(row: Row) -> Result<Vec<Row>> {
    let mut rows = rows()?;
    rows.push(row);
    Ok(rows)
}

fn replaced(table: &str, key: &str, change: impl Fn(&Row) -> Result<Row>) -> Result<Vec<Row>> {
    let change = |row: &Row| if is(row, table, key) { change(row) } else { Ok(row.clone()) };
    rows()?.iter().map(change).collect()
}

fn sound() -> Result<Vec<Case>> {
    let all = rows()?;
    let part = || RowsPart::of(&all);
    let mut open = honest()?;
    open.closed = Some(false);
    let damaged = replaced("outbox", "two", |row| {
        let mut row = row.clone();
        row.sealed.iter_mut().skip(24).take(1).for_each(|byte| *byte ^= 1);
        Ok(row)
    })?;
    let short = with(Row { table: "outbox", key: b"short".to_vec(), sealed: b"short".to_vec() })?;
    let meta = with(Row::new("meta", b"other", b"value", "other")?)?;
    let old = stored(None, &without("outbox", "two")?, true)?;
    Ok(vec![
        honest()?
            .sound("ok")
            .case("summed", "rows that are those of the sums", "ok")
            .rule("VLT-14")
            .rule("VLT-15"),
        open.sound("ok").case("summed-not-closed", "the same, not closed in order", "ok").rule("VLT-14"),
        stored(Some(part()), &damaged, true)?
            .sound("row-damaged")
            .case(
                "summed-ciphertext-changed",
                "a row with its nonce and tag that does not open: examining finds it",
                "ok",
            )
            .rule("VLT-15"),
        stored(Some(RowsPart::of(&short)), &short, true)?
            .sound("row-damaged")
            .case("summed-short-row", "a row of five bytes, which the sum has", "ok")
            .rule("VLT-15"),
        stored(Some(part()), &meta, true)?
            .sound("ok")
            .case("summed-meta", "another row in meta, of which there is no sum", "ok")
            .rule("VLT-13"),
        old.sound("ok")
            .case("summed-old", "a state without sums: the rows are taken as they are", "ok")
            .rule("VLT-14"),
        stored(None, &rows()?, false)?
            .sound("ok")
            .case("summed-old-not-closed", "the same, not closed in order", "ok")
            .rule("VLT-14"),
    ])
}

/// What was put back or removed, in a table that each opening goes through.
fn changed() -> Result<Vec<Case>> {
    let part = || Ok::<_, Box<dyn std::error::Error>>(RowsPart::of(&rows()?));
    let closed = |rows: &[Row]| stored(Some(part()?), rows, true);
    let found =
        |table, rows: &[Row]| Ok::<_, Box<dyn std::error::Error>>(closed(rows)?.differs(table, part()?));
    let earlier = |value: &'static [u8]| {
        replaced("outbox", "two", move |row| Row::new(row.table, &row.key, value, "two, earlier"))
    };
    let emptied = |table: &str| {
        let mut rows = rows()?;
        rows.retain(|row| row.table != table);
        Ok::<_, Box<dyn std::error::Error>>(rows)
    };
    let mut exchanged = rows()?;
    for row in exchanged.iter_mut().filter(|row| row.table == "outbox") {
        row.key = match row.key.as_slice() {
            b"one" => b"two".to_vec(),
            b"two" => b"one".to_vec(),
            _ => continue,
        };
    }
    let mut two = without("outbox", "two")?;
    two.retain(|row| !is(row, "heard", "one"));
    let mut sums = part()?;
    let (heard, outbox) =
        (sums.sums.iter().position(|s| s.0 == "heard"), sums.sums.iter().position(|s| s.0 == "outbox"));
    if let (Some(heard), Some(outbox)) = (heard, outbox) {
        sums.sums.swap(heard, outbox);
        sums.sums.iter_mut().for_each(|sum| {
            sum.0 = match sum.0 {
                "heard" => "outbox",
                "outbox" => "heard",
                other => other,
            };
        });
    }
    let by_sums = stored(Some(sums.clone()), &rows()?, true)?.differs("heard", sums);
    let mut ahead = found("outbox", &without("outbox", "two")?)?;
    ahead = ahead.anchor(&Anchor::new(3, GENERATION - 1));
    let behind = Anchor::new(3, GENERATION + 1);
    Ok(vec![
        found("outbox", &earlier(b"what was there before")?)?
            .differing("row-put-back", "an earlier row was put back"),
        found("outbox", &earlier(b"two of outbox")?)?
            .differing("row-sealed-otherwise", "a row of the same value that another write has sealed"),
        found("heard", &without("heard", "one")?)?.differing("row-removed", "a row was removed"),
        found("outbox", &emptied("outbox")?)?.differing("table-emptied", "the rows of a table were removed"),
        found("outbox", &exchanged)?.differing("rows-exchanged", "two rows stand in each other's place"),
        by_sums.differing("sums-exchanged", "two tables have each other's sum"),
        found("heard", &two)?.differing("two-tables-differ", "the table of the lowest number is named"),
        ahead.differing(
            "ahead-and-rows-differ",
            "the anchor follows first, as the last write was not acknowledged",
        ),
        closed(&without("outbox", "two")?)?
            .anchor(&behind)
            .opens(true, Some(behind.says()))
            .case("behind-and-rows-differ", "the anchor is ahead, which is the first reason", "store-older")
            .rule("VLT-14")
            .attack("L12"),
    ])
}

/// A row more in each table; and one less in the ledger.
fn tables() -> Result<Vec<Case>> {
    let part = RowsPart::of(&rows()?);
    let closed = |rows: &[Row], closed| stored(Some(part.clone()), rows, closed);
    let mut cases = Vec::new();
    for table in TABLES.iter().copied().filter(|table| *table != "meta") {
        let more = with(Row::new(table, b"more", b"a row that the vault did not write last", "more")?)?;
        let (name, what) =
            (format!("row-more-in-{}", table.replace('_', "-")), format!("a row more in {table}"));
        if LARGE.contains(&table) {
            let what = format!("{what}, which examining finds");
            cases.push(
                closed(&more, true)?
                    .sound("rows-differ")
                    .case(&name, &what, "ok")
                    .rule("VLT-14")
                    .rule("VLT-15"),
            );
            let (name, what) = (
                format!("{name}-not-closed"),
                format!("a row more in {table}, of a store not closed in order"),
            );
            cases.push(closed(&more, false)?.differs(table, part.clone()).differing(&name, &what));
        } else {
            cases.push(closed(&more, true)?.differs(table, part.clone()).differing(&name, &what));
        }
    }
    let less = without("ledger", "two")?;
    let mut both = less.clone();
    both.retain(|row| !is(row, "outbox", "one"));
    let mut none = less.clone();
    none.retain(|row| row.table != "ledger");
    cases.extend([
        closed(&less, true)?
            .sound("rows-differ")
            .case("ledger-row-removed", "a row was removed from the ledger: examining finds it", "ok")
            .rule("VLT-14")
            .rule("VLT-15"),
        closed(&less, false)?
            .differs("ledger", part.clone())
            .differing("ledger-row-removed-not-closed", "the same, of a store not closed in order"),
        closed(&none, false)?.differs("ledger", part.clone()).differing(
            "ledger-emptied-not-closed",
            "the ledger's rows were removed, and the store not closed in order",
        ),
        closed(&both, true)?
            .differs("outbox", part.clone())
            .differing("ledger-and-outbox-differ", "the ledger is not looked at"),
        closed(&both, false)?
            .differs("ledger", part.clone())
            .differing("ledger-and-outbox-differ-not-closed", "the ledger is looked at, and is first"),
    ]);
    Ok(cases)
}

/// The state says that a table was found to differ.
fn kept() -> Result<Vec<Case>> {
    let part = RowsPart { differing: Some("ledger"), ..RowsPart::of(&rows()?) };
    let now = Anchor::new(3, GENERATION);
    let kept = |rows: &[Row], anchor: &Anchor| {
        let mut stored = stored(Some(part.clone()), rows, true)?.anchor(anchor).opens(true, Some(now.says()));
        if let Some(says) = &mut stored.says {
            says.differing = Some("ledger");
        }
        Ok::<_, Box<dyn std::error::Error>>(stored)
    };
    Ok(vec![
        kept(&rows()?, &now)?
            .differing("differing-kept", "rows that are those of the sums, and were found to differ"),
        kept(&without("heard", "one")?, &now)?.differing(
            "differing-kept-and-another",
            "another table differs: the one that was found first stays",
        ),
        kept(&rows()?, &Anchor::new(3, GENERATION - 1))?.differing(
            "differing-kept-ahead",
            "the write of the finding was not acknowledged: the anchor follows",
        ),
    ])
}
