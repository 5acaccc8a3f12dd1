//! What every suite shares: counting, the printed line, the external folder, encodings.

use std::fmt::{Debug, Display};
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Deserializer, de::Error};
use vlec::hazmat::Secret;

/// What went wrong with one vector.
pub(crate) type Verdict = Result<(), String>;

/// The vectors of one suite that ran, and those that failed.
pub(crate) struct Suite {
    name: &'static str,
    run: usize,
    failures: Vec<String>,
}

impl Suite {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, run: 0, failures: Vec::new() }
    }

    /// Counts one vector and keeps its failure, so that one run names them all.
    pub(crate) fn vector(&mut self, id: impl Display, verdict: Verdict) {
        self.run += 1;
        if let Err(reason) = verdict {
            self.failures.push(format!("{id}: {reason}"));
        }
    }

    /// Prints the suite's line; fails on any failure, and unless exactly `pinned` vectors ran.
    pub(crate) fn finish(self, pinned: usize) {
        let Self { name, run, failures } = self;
        println!("vectors: {name}: {run} run, 0 skipped");
        assert!(failures.is_empty(), "{name}: {} of {run} failed:\n{}", failures.len(), failures.join("\n"));
        assert_eq!(run, pinned, "{name}: another number of vectors than is pinned");
    }
}

/// The text of an external file. `None`, after printing the suite's line, if the folder is not
/// set; in CI that is a failure. A folder that is set and lacks the file is always a failure.
pub(crate) fn external(suite: &str, file: &str, pinned: usize) -> Option<String> {
    let Some(folder) = std::env::var_os("VLEC_EXTERNAL_VECTORS").filter(|folder| !folder.is_empty()) else {
        println!("vectors: {suite}: 0 run, {pinned} skipped (VLEC_EXTERNAL_VECTORS is not set)");
        assert!(!in_ci(), "{suite}: CI needs VLEC_EXTERNAL_VECTORS");
        return None;
    };
    let path = workspace_root().join(folder).join(file);
    Some(
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{suite}: {}: {error}", path.display())),
    )
}

fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false")
}

fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

pub(crate) fn ensure(condition: bool, reason: &str) -> Verdict {
    if condition { Ok(()) } else { Err(reason.to_owned()) }
}

/// `what` must be what the vector says. A difference is shown by its beginning.
pub(crate) fn same<A: PartialEq<B> + Debug, B: Debug>(what: &str, ours: A, theirs: B) -> Verdict {
    if ours == theirs {
        return Ok(());
    }
    let head = |text: String| text.chars().take(80).collect::<String>();
    Err(format!("{what}: {} is not {}", head(format!("{ours:02x?}")), head(format!("{theirs:02x?}"))))
}

/// What the vector says must be accepted is accepted, and only that.
pub(crate) fn accepted(accepted: bool, valid: bool) -> Verdict {
    match (accepted, valid) {
        (true, false) => Err("accepted, but must be rejected".to_owned()),
        (false, true) => Err("rejected, but must be accepted".to_owned()),
        _ => Ok(()),
    }
}

pub(crate) fn secret<const N: usize>(bytes: &[u8]) -> Secret<N> {
    Secret::new(|out| out.copy_from_slice(bytes))
}

/// Bytes written in hexadecimal.
#[derive(Debug)]
pub(crate) struct Hex(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        HEXLOWER.decode(text.as_bytes()).map(Self).map_err(D::Error::custom)
    }
}

/// Bytes written in base64.
#[derive(Debug)]
pub(crate) struct Base64(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text.as_bytes()).map(Self).map_err(D::Error::custom)
    }
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.trim().as_bytes()).unwrap()
}
