//! Spans of time as bars under one scale.
//!
//! ```text
//!             04-07        04-12        04-17
//! identity 1  ███████████████████████████████   fb6d …  signs
//! epoch 1     ██▒▒▒▒▒▒▒▒▒           │           41c9 …  opened
//!                                  now
//! ```

use vlec::Timestamp;

use crate::times;

/// With names and notes, a terminal of 80 columns.
const WIDTH: usize = 42;
const DAY: u64 = 86_400;
/// So much before and after now is drawn at most.
const REACH: u64 = 60 * DAY;

/// One row.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) from: Timestamp,
    /// The end of its full use; none yet if it has no end.
    pub(super) until: Option<Timestamp>,
    /// The end of its lesser use.
    pub(super) after: Option<Timestamp>,
    pub(super) note: String,
}

pub(super) struct Timeline {
    now: Timestamp,
    bars: Vec<Bar>,
    from: u64,
    until: u64,
}

impl Timeline {
    pub(super) fn new(now: Timestamp, bars: Vec<Bar>) -> Self {
        let (least, most) = (now.unix().saturating_sub(REACH), now.unix().saturating_add(REACH));
        let ends = bars.iter().flat_map(|bar| [bar.until, bar.after]).flatten().map(Timestamp::unix);
        let from = bars.iter().map(|bar| bar.from.unix()).min().unwrap_or(now.unix());
        let until = ends.chain([now.unix().saturating_add(DAY)]).max().unwrap_or(most);
        let (from, until) = (from.min(now.unix()).clamp(least, most), until.clamp(least, most));
        Self { now, bars, from, until: until.max(from.saturating_add(1)) }
    }

    pub(super) fn draw(&self) -> String {
        let names = self.bars.iter().map(|bar| bar.name.chars().count()).max().unwrap_or_default();
        let indent = " ".repeat(names + 2);
        let mut text = format!("{indent}{}\n", self.scale());
        for bar in &self.bars {
            text.push_str(&format!("{:<names$}  {}  {}\n", bar.name, self.row(bar), bar.note));
        }
        let at = self.column(self.now.unix()).min(WIDTH - 1);
        text.push_str(&format!("{indent}{}now\n", " ".repeat(at.saturating_sub(1))));
        text
    }

    /// Three dates.
    fn scale(&self) -> String {
        let date = |column: usize| {
            let at = self.from + (self.until - self.from) * column as u64 / WIDTH as u64;
            times::month_and_day(Timestamp::from_unix(at).unwrap_or(Timestamp::MAX))
        };
        let third = WIDTH / 3;
        format!("{:<third$}{:<third$}{}", date(0), date(third), date(2 * third))
    }

    fn column(&self, time: u64) -> usize {
        let part = time.clamp(self.from, self.until) - self.from;
        let column = u128::from(part) * WIDTH as u128 / u128::from(self.until - self.from);
        usize::try_from(column).unwrap_or(WIDTH)
    }

    fn row(&self, bar: &Bar) -> String {
        let from = self.column(bar.from.unix());
        let until = bar.until.map_or(WIDTH, |until| self.column(until.unix()));
        let after = bar.after.map_or(until, |after| self.column(after.unix()));
        let now = self.column(self.now.unix()).min(WIDTH - 1);
        let cell = |column: usize| match column {
            // What is shorter than a cell is seen all the same.
            c if c == from && from == until => '█',
            c if (from..until).contains(&c) => '█',
            c if (until..after).contains(&c) => '▒',
            c if c == now => '│',
            _ => ' ',
        };
        (0..WIDTH).map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_under_their_dates() {
        let at = |day: u64| Timestamp::from_unix(1_775_520_000 + day * DAY).unwrap();
        let bar = |name: &str, from, until, after| Bar {
            name: name.into(),
            from: at(from),
            until,
            after,
            note: "note".into(),
        };
        let bars = vec![
            bar("identity 1", 0, None, None),
            bar("epoch 1", 0, Some(at(1)), Some(at(7))),
            bar("epoch 9", 7, Some(at(8)), Some(at(14))),
        ];
        let drawn = Timeline::new(at(7), bars).draw();
        let lines: Vec<_> = drawn.lines().collect();
        assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["04-07", "04-11", "04-16"]);
        let row = |cells: [(&str, usize); 3]| cells.map(|(cell, count)| cell.repeat(count)).concat();
        assert_eq!(lines[1], format!("identity 1  {}  note", "█".repeat(WIDTH)));
        assert_eq!(
            lines[2],
            format!("epoch 1     {}│{}  note", row([("█", 3), ("▒", 18), (" ", 0)]), " ".repeat(20))
        );
        assert_eq!(lines[3], format!("epoch 9     {}  note", row([(" ", 21), ("█", 3), ("▒", 18)])));
        assert_eq!(lines[4].find("now"), Some(12 + 20));
    }

    #[test]
    fn nothing_and_everything_can_be_drawn() {
        for now in [Timestamp::default(), Timestamp::MAX] {
            let bars = vec![Bar {
                name: "x".into(),
                from: Timestamp::default(),
                until: Some(Timestamp::MAX),
                after: Some(Timestamp::MAX),
                note: String::new(),
            }];
            assert_eq!(Timeline::new(now, bars).draw().lines().count(), 3);
            assert_eq!(Timeline::new(now, Vec::new()).draw().lines().count(), 2);
        }
    }
}
