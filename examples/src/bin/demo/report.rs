//! What is shown: plain text without colours, at most 110 columns wide.

use std::io::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use vlec::Timestamp;

use crate::checks::Checks;
use crate::clock;
use crate::delivery::Delivery;

const WIDTH: u16 = 110;

/// Writes a line. A reader who has gone away is no reason to stop.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

pub(crate) fn title(text: &str) {
    line(text);
    line(&"=".repeat(text.chars().count()));
    line("Keys are random, everything travels as files, and the time is simulated.");
}

pub(crate) fn section(now: Timestamp, text: &str) {
    line(&format!("\n[{}] {text}", clock::show(now)));
}

/// What became of each file.
pub(crate) fn deliveries(deliveries: &[Delivery<'_>]) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(["File", "Bytes", "Sealed", "From → to", "Opened by", "Verdict"]);
    for delivery in deliveries {
        let Delivery { item, sealed, opened, .. } = delivery;
        let mut route = vec![item.from.to_string()];
        route.extend(item.to.iter().map(|to| format!("→ {to}")));
        let mut openings = vec![String::new()];
        openings
            .extend(item.to.iter().map(|to| if opened.contains(to) { to.to_string() } else { "-".into() }));
        table.add_row([
            item.name.clone(),
            grouped(item.len),
            sealed.map_or("-".into(), grouped),
            route.join("\n"),
            openings.join("\n"),
            if delivery.arrived() { "ok".into() } else { "FAILED".into() },
        ]);
    }
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if i < 5 { 2 } else { 0 }));
        if let 1 | 2 = i {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    line(&format!("\n{}", table.trim_fmt()));
}

/// What held and what did not.
pub(crate) fn checks(checks: &Checks) {
    line("\nChecks");
    for check in checks.iter() {
        match &check.outcome {
            Ok(seen) => line(&format!("  ok      {:<64} {seen}", check.claim)),
            Err(fault) => line(&format!("  FAILED  {}\n          {fault}", check.claim)),
        }
    }
    let failed = checks.iter().filter(|check| check.outcome.is_err()).count();
    line(&match failed {
        0 => format!("\nAll {} checks ok.", checks.iter().count()),
        _ => format!("\n{failed} of {} checks FAILED.", checks.iter().count()),
    });
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let shown = [0, 12, 999, 1000, 123_456, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "12", "999", "1,000", "123,456", "1,234,567"]);
    }
}
