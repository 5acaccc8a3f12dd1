//! Texts that people read: what may stand in one.

/// 1 to `max` bytes that show what they say: no control characters, and none that change the
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
