//! Text for people: colour on terminals, tables, lengths and ages in words.

use anstyle::{AnsiColor, Style as Ansi};
use comfy_table::{ContentArrangement, Table, presets};

/// What a piece of text means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    Good,
    Warning,
    Error,
    Strong,
    Faint,
}

/// Colours, or leaves text as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(bool);

impl Paint {
    pub(crate) fn when(colour: bool) -> Self {
        Self(colour)
    }

    pub(crate) fn text(self, style: Style, text: &str) -> String {
        if !self.0 {
            return text.to_owned();
        }
        let ansi = match style {
            Style::Good => AnsiColor::Green.on_default(),
            Style::Warning => AnsiColor::Yellow.on_default().bold(),
            Style::Error => AnsiColor::Red.on_default().bold(),
            Style::Strong => Ansi::new().bold(),
            Style::Faint => Ansi::new().dimmed(),
        };
        format!("{ansi}{text}{ansi:#}")
    }
}

/// A table that fits the terminal.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().copied());
    rows.into_iter().for_each(|row| {
        table.add_row(row);
    });
    let lines = table.to_string();
    lines.lines().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line).trim_end())).collect()
}

/// `12.3 MiB`
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut value = count as f64;
    let mut unit = "B";
    for next in UNITS {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, next);
    }
    format!("{value:.1} {unit}")
}

/// `3 d 4 h`: the two largest units.
pub(crate) fn duration(seconds: u64) -> String {
    let parts = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut shown = Vec::new();
    for (length, unit) in parts {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            shown.push(format!("{count} {unit}"));
        } else if !shown.is_empty() {
            break;
        }
        if shown.len() == 2 {
            break;
        }
    }
    if shown.is_empty() { "0 s".into() } else { shown.join(" ") }
}

/// `1 file`, `2 files`
pub(crate) fn counted(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_durations_are_short() {
        let shown = [0, 1023, 1024, 1536, 5 << 20, 3 << 30].map(bytes);
        assert_eq!(shown, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "5.0 MiB", "3.0 GiB"]);
        let shown = [0, 59, 60, 3601, 90_000, 86_400 * 9 + 61].map(duration);
        assert_eq!(shown, ["0 s", "59 s", "1 min", "1 h", "1 d 1 h", "9 d"]);
    }

    #[test]
    fn colour_is_put_around_text_or_not_at_all() {
        assert_eq!(Paint::when(false).text(Style::Error, "x"), "x");
        let red = Paint::when(true).text(Style::Error, "x");
        assert!(red.starts_with("\u{1b}[") && red.ends_with("\u{1b}[0m"), "{red:?}");
    }
}
