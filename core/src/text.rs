//! Texts that people read: what may stand in one, and how another's is shown (SPEC §5.3, `[MAN-04]`, `[MAN-09]`).

use unicode_normalization::UnicodeNormalization;

/// What shows nothing of itself, in the order of the code points: the categories Cc, Cf, Zl and Zp, and the
/// property Default_Ignorable_Code_Point, of Unicode 16. With them one text can look like another.
const INVISIBLE: [(char, char); 27] = [
    ('\0', '\u{1f}'),
    ('\u{7f}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Returns whether a character shows nothing of itself: a control character, one that turns the direction of
/// writing, a line or paragraph separator, or one without width.
///
/// ```
/// assert!(vlec::is_invisible('\u{200b}') && !vlec::is_invisible('ე'));
/// ```
pub fn is_invisible(c: char) -> bool {
    use std::cmp::Ordering;
    let place = INVISIBLE.binary_search_by(|(first, last)| match (*first <= c, c <= *last) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, _) => Ordering::Greater,
    });
    place.is_ok()
}

/// Returns another's text as it may be shown to people: in NFC, with every invisible character written out.
/// Labels of a manifest are what their sender has signed; compare and show them so.
///
/// ```
/// assert_eq!(vlec::shown("A-1\u{200b}7 e\u{301}"), "A-1\\u{200b}7 \u{e9}");
/// ```
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.nfc() {
        match is_invisible(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    shown
}

/// A text as it is sealed: in NFC, so that what looks alike is alike; `None` if something in it is invisible.
pub(crate) fn normal(text: &str) -> Option<String> {
    let normal: String = text.nfc().collect();
    (!normal.chars().any(is_invisible)).then_some(normal)
}

/// What every version takes: 1 to `max` bytes, no control characters, and none that change the
/// direction of writing, with which one name can look like another.
pub(crate) fn is_plain(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && !text.chars().any(is_invisible_control)
}

fn is_invisible_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A plain text that names a file inside its folder, on every system.
pub(crate) fn is_file_name(name: &str, max: usize) -> bool {
    const ELSEWHERE: [char; 9] = ['/', '\\', ':', '<', '>', '|', '?', '*', '"'];
    is_plain(name, max) && !name.contains(ELSEWHERE) && !name.ends_with(['.', ' ']) && !is_device(name)
}

/// Names that Windows gives to devices, in every folder and with any ending.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered =
        |prefix: &str| stem.strip_prefix(prefix).is_some_and(|n| matches!(n.as_bytes(), [b'0'..=b'9']));
    matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_could_deceive_a_reader_are_not_plain() {
        for good in ["a", "კიბერდანაშაული", "Case 17/2026"] {
            assert!(is_plain(good, 255), "{good}");
        }
        for bad in ["", "a\nb", "a\u{202e}fdp.exe", "a\u{200f}", &"x".repeat(256)] {
            assert!(!is_plain(bad, 255), "{bad:?}");
        }
    }

    #[test]
    fn b8_what_shows_nothing_is_written_out_and_not_sealed() {
        for (given, safe) in [
            ("Case 17/2026", "Case 17/2026"),
            ("კიბერდანაშაული", "კიბერდანაშაული"),
            ("A\u{200b}-1", "A\\u{200b}-1"),
            ("A\u{202e}1", "A\\u{202e}1"),
            ("A\u{3164}\u{ad}\u{fe0f}\u{e0001}", "A\\u{3164}\\u{ad}\\u{fe0f}\\u{e0001}"),
            ("a\nb", "a\\u{a}b"),
        ] {
            assert_eq!(shown(given), safe);
            assert_eq!(normal(given).is_some(), given == safe, "{given:?}");
        }
        assert_eq!(normal("й").unwrap(), normal("и\u{306}").unwrap());
        assert_eq!(shown("й"), shown("и\u{306}"));
        assert!(INVISIBLE.windows(2).all(|pair| pair[0].0 <= pair[0].1 && pair[0].1 < pair[1].0));
    }

    #[test]
    fn what_the_format_refuses_is_invisible_too() {
        assert!(('\0'..=char::MAX).all(|c| !is_invisible_control(c) || is_invisible(c)));
    }

    #[test]
    fn names_that_leave_their_folder_somewhere_are_no_file_names() {
        for good in ["report.pdf", "звіт.pdf", ".hidden", "console.txt", "com10.txt", "a b"] {
            assert!(is_file_name(good, 255), "{good}");
        }
        for bad in
            [".", "..", "a/b", "a\\b", "c:x", "con", "NUL.txt", "com1", "lpt9.log", "a.", "a ", "a?b", "a*"]
        {
            assert!(!is_file_name(bad, 255), "{bad}");
        }
    }
}
