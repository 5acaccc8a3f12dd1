//! What a file is called when an envelope is opened. The name in a manifest is its sender's word: it
//! names a file in the folder that the operator has chosen, and nothing else.

use std::ffi::OsStr;
use std::path::Path;

use vlec::{Labels, Letter, Manifest};

/// What some system takes for a device, whatever follows the first dot.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Longest name in bytes on the systems that there are, less what may be put before and after it.
const MAX_LEN: usize = 253;
/// How much of a long name's end is looked at for an extension, in bytes: `.tar.gz`, `.docx`.
const END_LEN: usize = 16;
/// Ends of names that a database, or this program, takes for its own.
const TAKEN: [&str; 5] = ["-journal", "-wal", "-shm", ".sqlite", ".root"];

/// The name for an envelope's content: the manifest's, else the envelope's without `.vlec`, else its id.
pub(crate) fn of(manifest: &Manifest, envelope: Option<&Path>) -> String {
    let own = || {
        let name = text(envelope?.file_name()?);
        name.strip_suffix(".vlec").filter(|rest| !rest.is_empty()).map(str::to_owned)
    };
    let name = manifest.labels.file_name.clone().or_else(own);
    sanitised(&name.unwrap_or_else(|| format!("{}.bin", manifest.id)))
}

/// What a file is called in a manifest: its name, if it may stand there, else with `_` for what may not.
pub(crate) fn sealed(name: &OsStr) -> String {
    let may_stand = |name: &&str| {
        let labels = Labels { file_name: Some((*name).to_owned()), ..Labels::default() };
        Letter::new(None, "a/b").and_then(|letter| letter.labels(labels)).is_ok()
    };
    if let Some(name) = name.to_str().filter(may_stand) {
        return name.to_owned();
    }
    let mut plain: String = text(name).chars().map(|c| if is_unsafe(c) { '_' } else { c }).collect();
    if plain.ends_with(['.', ' ']) {
        plain.pop();
        plain.push('_');
    }
    if is_device(&plain) {
        plain.insert(0, '_');
    }
    plain
}

/// A name as a text: `_` for bytes that are none.
fn text(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend((!chunk.invalid().is_empty()).then_some('_'));
    }
    text
}

/// What no name of a file has on every system, or what does not show what it says.
fn is_unsafe(c: char) -> bool {
    vlec::is_invisible(c) || "/\\:*?\"<>|".contains(c)
}

/// Whether some system takes the name for a device.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = |port: &str| {
        let rest = stem.strip_prefix(port);
        rest.is_some_and(|rest| {
            rest.chars().count() == 1 && rest.chars().all(|c| "0123456789¹²³".contains(c))
        })
    };
    DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

/// A visible name without a path, which no system takes for something else.
pub(crate) fn sanitised(name: &str) -> String {
    let plain: String = name.chars().map(|c| if is_unsafe(c) { '_' } else { c }).collect();
    let mut plain = fitted(plain.trim_end_matches(['.', ' ']), MAX_LEN);
    let lower = plain.to_lowercase();
    let is_taken = TAKEN.iter().any(|end| lower.ends_with(end));
    if plain.is_empty() || plain.starts_with(['.', ' ', '-', '~']) || is_device(&plain) || is_taken {
        plain.insert(0, '_');
    }
    // No content passes for an envelope, to be opened with the others of its folder or to replace one.
    if lower.ends_with(".vlec") {
        plain.push('_');
    }
    plain
}

/// The name, cut before its end from the last dots on, which say what kind of file it is, and between two characters.
fn fitted(name: &str, max: usize) -> String {
    if name.len() <= max {
        return name.to_owned();
    }
    let tail = name.get(name.ceil_char_boundary(name.len() - END_LEN)..).unwrap_or_default();
    let end = tail.find('.').and_then(|at| tail.get(at..)).unwrap_or_default();
    let stem = name.get(..name.floor_char_boundary(max - end.len())).unwrap_or_default();
    format!("{stem}{end}").trim_end_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Component;

    #[test]
    fn a_plain_name_stays_as_it_is() {
        for name in ["report.pdf", "Звіт 17.docx", "ანგარიში.txt", "a..b", "x-1_2 (3).tar.gz", "console.log"]
        {
            assert_eq!(sanitised(name), name);
        }
    }

    #[test]
    fn f6_a_name_that_is_too_long_keeps_its_end() {
        for (stem, end) in
            [("x", ".pdf"), ("ü", ".tar.gz"), ("\u{10e1}", ".docx"), ("\u{1f511}", ".p"), ("x", "")]
        {
            for len in 240..=255 {
                let name = format!("{}{end}", stem.repeat((len - end.len()) / stem.len()));
                let safe = sanitised(&name);
                assert!(safe.ends_with(end) && safe.starts_with(stem), "{name} gave {safe}");
                assert!(safe.len() <= MAX_LEN && safe.len() + stem.len() > MAX_LEN.min(name.len()), "{safe}");
                assert!(name.len() > MAX_LEN || safe == name, "{name} gave {safe}");
            }
        }
    }

    #[test]
    fn no_name_leads_out_of_the_folder_hides_or_names_a_device() {
        for name in [
            "",
            ".",
            "..",
            "../x",
            "/etc/passwd",
            "..\\x",
            "C:\\x",
            ".bashrc",
            ".ssh/authorized_keys",
            "a/b",
            "nul",
            "NUL.txt",
            "con .txt",
            "COM1",
            "lpt9.pdf",
            "com¹",
            "x.",
            "x ",
            "...",
            "-rf",
            "~root",
            "x\u{202e}fdp.exe",
            "a\nb",
            "\u{1b}[2J",
            "a\0b",
            &"ü".repeat(300),
            &format!("{}. {}", "x".repeat(251), "y".repeat(9)),
            &format!("{}.root", "x".repeat(250)),
            &format!("{}.vlec", "x".repeat(250)),
            &format!("{}. .", "x".repeat(254)),
            "re\u{200b}port",
            "re\u{2060}port",
            "vault.sqlite-journal",
            "VAULT.SQLite-WAL",
            "x-shm",
            "vault.sqlite",
            "GE-1.ROOT",
            "z.vlec",
        ] {
            let safe = sanitised(name);
            let parts: Vec<_> = Path::new(&safe).components().collect();
            assert!(matches!(parts[..], [Component::Normal(_)]), "{name:?} gave {safe:?}");
            assert!(
                !safe.starts_with(['.', '-', '~']) && !safe.ends_with(['.', ' ']),
                "{name:?} gave {safe:?}"
            );
            assert!(safe.len() <= 255 && !safe.chars().any(vlec::is_invisible), "{safe:?}");
            let stem = safe.split('.').next().unwrap().trim_end().to_lowercase();
            assert!(!["nul", "con", "com1", "lpt9", "com¹"].contains(&stem.as_str()), "{safe:?}");
            let lower = safe.to_lowercase();
            assert!(TAKEN.iter().all(|end| !lower.ends_with(end)) || safe.starts_with('_'), "{safe:?}");
            assert!(!lower.ends_with(".vlec"), "{safe:?}");
        }
    }
}
