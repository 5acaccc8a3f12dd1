//! The programs that are compared with, where they are installed.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::measure::Fallible;

/// rage, an implementation of age, with a recipient of its own.
pub(crate) struct Rage {
    recipient: String,
}

impl Rage {
    pub(crate) const INSTALL: &str = "install with \"cargo install rage --locked\"";

    pub(crate) fn find() -> Fallible<Option<Self>> {
        let Some(made) = run_if_installed(&mut Command::new("rage-keygen"))? else { return Ok(None) };
        let text = String::from_utf8(made.stdout)?;
        let recipient = text.lines().find_map(|line| line.strip_prefix("# public key: "));
        Ok(Some(Self { recipient: recipient.ok_or("rage-keygen shows no public key")?.to_owned() }))
    }

    pub(crate) fn encrypt(&self, from: &Path, to: &Path) -> Fallible {
        run(Command::new("rage").args(["-r", &self.recipient, "-o"]).arg(to).arg(from))?;
        Ok(())
    }
}

/// GnuPG with keys of its own in a folder of its own.
pub(crate) struct GnuPg {
    home: TempDir,
}

impl GnuPg {
    pub(crate) const INSTALL: &str = "install with \"apt-get install gnupg\"";

    pub(crate) fn find() -> Fallible<Option<Self>> {
        // The agent's socket has a short path only: not below the target folder.
        let home = TempDir::with_prefix("gpg-")?;
        if run_if_installed(Command::new("gpg").arg("--version"))?.is_none() {
            return Ok(None);
        }
        let gpg = Self { home };
        // Ed25519 to sign, with Curve25519 to encrypt.
        let key = ["--passphrase", "", "--quick-generate-key", "bench", "future-default", "default", "never"];
        run(gpg.command().args(key))?;
        Ok(Some(gpg))
    }

    pub(crate) fn sign_and_encrypt(&self, from: &Path, to: &Path) -> Fallible {
        let options = ["--trust-model", "always", "--compress-level", "0", "--recipient", "bench"];
        run(self.command().args(options).args(["--sign", "--encrypt", "--output"]).arg(to).arg(from))?;
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = Command::new("gpg");
        command.env("GNUPGHOME", self.home.path()).args(["--batch", "--quiet"]);
        command
    }
}

impl Drop for GnuPg {
    /// Ends the agent that belongs to this folder.
    fn drop(&mut self) {
        let mut end = Command::new("gpgconf");
        let _ended = end.env("GNUPGHOME", self.home.path()).args(["--kill", "all"]).status();
    }
}

fn run(command: &mut Command) -> Fallible<Output> {
    run_if_installed(command)?.ok_or_else(|| format!("{command:?} is not installed").into())
}

fn run_if_installed(command: &mut Command) -> Fallible<Option<Output>> {
    let output = match command.output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    if output.status.success() {
        return Ok(Some(output));
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
}
