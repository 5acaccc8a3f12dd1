//! What is sealed, by whom and to whom: the sample data, or the user's own files.

use std::fs;
use std::path::{Path, PathBuf};

use vlec::{AgencyId, Labels, Timestamp, Urgency};

use crate::error::{Context, Result};

pub(crate) struct Item {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) content_type: &'static str,
    pub(crate) from: AgencyId,
    pub(crate) to: Vec<AgencyId>,
    pub(crate) labels: Labels,
    pub(crate) len: u64,
}

/// File, sender, recipients, urgency, answer due (Unix seconds). Who gets what is said in the
/// README beside the files.
type Sample = (&'static str, &'static str, &'static [&'static str], Urgency, Option<u64>);

const CASE: &str = "DEMO-2026-0314";
const HANDLING: &str = "LAW ENFORCEMENT USE ONLY";
const ON_THE_VAN: &[&str] = &["MD/igp/search", "UA/dpsu/border", "AZ/customs/control"];
const ON_THE_PISTOL: &[&str] = &["GE/police/border", "UA/npu/cyber", "MD/igp/search", "AZ/customs/control"];
const SAMPLES: [Sample; 8] = [
    (
        "article-29-preservation-request.txt",
        "GE/mia/cyber",
        &["UA/npu/cyber", "MD/pg/mla"],
        Urgency::Emergency,
        None,
    ),
    (
        "person-search-request.xml",
        "MD/igp/search",
        &["GE/police/border", "UA/dpsu/border", "AZ/mia/crime", "MD/pg/mla"],
        Urgency::Urgent,
        Some(1_774_540_800),
    ),
    ("stolen-vehicle-check.json", "GE/police/border", ON_THE_VAN, Urgency::Urgent, Some(1_773_648_000)),
    ("scene-photograph.jpg", "GE/police/border", ON_THE_VAN, Urgency::Urgent, None),
    ("voice-recording.wav", "GE/police/border", ON_THE_VAN, Urgency::Urgent, None),
    ("firearm-check.json", "AZ/mia/crime", ON_THE_PISTOL, Urgency::Routine, Some(1_775_829_600)),
    ("forensic-report.pdf", "AZ/mia/crime", ON_THE_PISTOL, Urgency::Routine, None),
    (
        "trafficking-statistics.csv",
        "AZ/mia/crime",
        &["GE/police/border", "UA/dpsu/border", "MD/igp/search"],
        Urgency::Routine,
        None,
    ),
];

/// A user's own files go from one contact point to one agency in each of the other countries.
const OWN_FROM: &str = "GE/mia/cyber";
const OWN_TO: [&str; 3] = ["UA/npu/cyber", "AZ/mia/crime", "MD/igp/search"];

/// The user's files if there are any, or the sample data.
pub(crate) fn choose(files: &[PathBuf]) -> Result<Vec<Item>> {
    if files.is_empty() {
        SAMPLES.iter().map(sample).collect()
    } else {
        files.iter().map(|path| own(path)).collect()
    }
}

fn sample((name, from, to, urgency, due): &Sample) -> Result<Item> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    let labels = Labels {
        // The statistics belong to no case.
        case: (!name.ends_with(".csv")).then(|| CASE.to_owned()),
        handling: Some(HANDLING.to_owned()),
        urgency: Some(*urgency),
        deadline: due.and_then(Timestamp::from_unix),
        ..Labels::default()
    };
    item(&path, from, to, labels)
}

fn own(path: &Path) -> Result<Item> {
    item(path, OWN_FROM, &OWN_TO, Labels::default())
}

fn item(path: &Path, from: &str, to: &[&str], labels: Labels) -> Result<Item> {
    let found = fs::symlink_metadata(path).context(format!("seal {}", path.display()))?;
    let problem = match found.file_type() {
        kind if kind.is_dir() => Some("it is a folder: name the files in it"),
        kind if kind.is_symlink() => Some("it is a symbolic link: name the file itself"),
        kind if !kind.is_file() => Some("it is not a regular file"),
        _ => None,
    };
    if let Some(problem) = problem {
        return Err(format!("cannot seal {}: {problem}", path.display()).into());
    }
    let name = label_name(path);
    let is_own = path.file_name().and_then(|own| own.to_str()) == Some(name.as_str());
    Ok(Item {
        path: path.into(),
        content_type: content_type(&name),
        from: from.parse()?,
        to: to.iter().map(|to| to.parse()).collect::<std::result::Result<_, _>>()?,
        // A name that no label may have is not sent.
        labels: Labels { file_name: is_own.then(|| name.clone()), ..labels },
        len: found.len(),
        name,
    })
}

/// A file's name in the form that a label may have: no `/`, `\`, `:` or control characters, and
/// at most 255 bytes.
fn label_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_control() || matches!(c, '/' | '\\' | ':') { '_' } else { c };
    let mut name: String = name.chars().map(plain).collect();
    while name.len() > 200 {
        name.pop();
    }
    name
}

fn content_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("csv") => "text/csv; charset=utf-8",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("json") => "application/json",
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        Some("wav") => "audio/wav",
        Some("xml") => "application/xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_labels_that_a_draft_accepts() {
        let long = "ს".repeat(100);
        for name in ["a:b.txt", "line\nbreak", "back\\slash", long.as_str()] {
            let labels = Labels { file_name: Some(label_name(Path::new(name))), ..Labels::default() };
            assert!(vlec::Draft::new("text/plain", 1).unwrap().labels(labels).is_ok(), "{name}");
        }
    }
}
