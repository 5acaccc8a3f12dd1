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

impl Style {
    fn ansi(self) -> Ansi {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default().bold(),
            Self::Error => AnsiColor::Red.on_default().bold(),
            Self::Strong => Ansi::new().bold(),
            Self::Faint => Ansi::new().dimmed(),
        }
    }
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
        let ansi = style.ansi();
        format!("{ansi}{text}{ansi:#}")
    }

    /// Everything that it puts around texts.
    fn codes() -> Vec<String> {
        let all = [Style::Good, Style::Warning, Style::Error, Style::Strong, Style::Faint].map(Style::ansi);
        all.iter().flat_map(|ansi| [ansi.to_string(), format!("{ansi:#}")]).collect()
    }
}

/// What must not reach a terminal from a file's name or another's text: control characters command it,
/// some turn the direction round, and some show nothing. The colours of [`Paint`] stay where `paint` has them.
pub(crate) fn escaped(text: &str, lines: Lines, paint: Paint) -> String {
    let colours = if paint.0 { Paint::codes() } else { Vec::new() };
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    while let Some(c) = rest.chars().next() {
        if let Some(code) = colours.iter().find(|code| rest.starts_with(code.as_str())) {
            plain.push_str(code);
            rest = rest.get(code.len()..).unwrap_or_default();
            continue;
        }
        match c {
            '\n' if lines == Lines::Keep => plain.push(c),
            c if vlec::is_invisible(c) => plain.extend(c.escape_unicode()),
            c => plain.push(c),
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    plain
}

/// Whether a text may have several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    Keep,
    One,
}

/// A name, on a line that has more.
pub(crate) fn one_line(text: &str) -> String {
    escaped(text, Lines::One, Paint(false))
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

/// `1 file`, `2 files`
pub(crate) fn counted(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short() {
        let shown = [0, 1023, 1024, 1536, 5 << 20, 3 << 30].map(bytes);
        assert_eq!(shown, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "5.0 MiB", "3.0 GiB"]);
    }

    #[test]
    fn nothing_commands_the_terminal_but_the_colours_of_this_program() {
        let name = "a\u{1b}[2J\u{202e}b\u{9b}1m\rc\nd";
        assert_eq!(one_line(name), "a\\u{1b}[2J\\u{202e}b\\u{9b}1m\\u{d}c\\u{a}d");
        let paint = Paint::when(true);
        let shown = escaped(&format!("{}\n{name}", paint.text(Style::Error, "x")), Lines::Keep, paint);
        assert!(shown.starts_with(&format!("{}\na\\u{{1b}}", paint.text(Style::Error, "x"))), "{shown:?}");
        let own = paint.text(Style::Error, "x").matches('\u{1b}').count();
        assert_eq!(shown.matches('\u{1b}').count(), own, "{shown:?}");
    }

    #[test]
    fn colour_is_put_around_text_or_not_at_all() {
        assert_eq!(Paint::when(false).text(Style::Error, "x"), "x");
        let red = Paint::when(true).text(Style::Error, "x");
        assert!(red.starts_with("\u{1b}[") && red.ends_with("\u{1b}[0m"), "{red:?}");
    }
}
