//! Passphrases and keys: by prompt, file or descriptor. Never an argument, never from the environment.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use clap::Args;
use unicode_normalization::UnicodeNormalization;
use vlec::{Secret, SecretText, Unlock};
use zeroize::{Zeroize, Zeroizing};

use crate::failure::Failure;
use crate::output;
use crate::session::{Done, Session};

/// Longest passphrase in bytes, its line end included.
const MAX_LEN: usize = 4096;

/// What a secret is for: the options that give it where nobody is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Use {
    Vault,
    /// A vault's next one.
    NextOfVault,
    RootKey,
}

impl Use {
    pub(crate) const fn options(self) -> &'static str {
        match self {
            Self::Vault => "--passphrase-file FILE, --passphrase-fd N or --key-file FILE",
            Self::NextOfVault => "--new-passphrase-file FILE, --new-passphrase-fd N or --new-key-file FILE",
            Self::RootKey => "--root-passphrase-file FILE, --root-passphrase-fd N or --root-key-file FILE",
        }
    }
}

/// How the vault in the home is opened.
#[derive(Args, Clone, Debug, Default)]
#[group(id = "unlock", multiple = false)]
pub(crate) struct UnlockArgs {
    /// Read the passphrase from FILE, which nobody else may read; its last line end is cut
    #[arg(long, value_name = "FILE", help_heading = "Unlocking")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Read the passphrase from the open file descriptor N
    #[arg(long, value_name = "N", help_heading = "Unlocking")]
    pub(crate) passphrase_fd: Option<u32>,
    /// The vault is under a key of 32 bytes, in FILE, which nobody else may read
    #[arg(long, value_name = "FILE", help_heading = "Unlocking")]
    pub(crate) key_file: Option<PathBuf>,
}

/// Where one secret comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    PassphraseFile(PathBuf),
    PassphraseFd(u32),
    KeyFile(PathBuf),
}

impl UnlockArgs {
    pub(crate) fn source(&self) -> Option<Source> {
        let file = self.passphrase_file.clone().map(Source::PassphraseFile);
        file.or(self.passphrase_fd.map(Source::PassphraseFd)).or(self.key_file.clone().map(Source::KeyFile))
    }

    /// The file that opens the vault, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.passphrase_file.as_deref().or(self.key_file.as_deref())
    }

    /// The secret of a vault that is there; asked for if none is named.
    pub(crate) fn existing(&self, of: &str, session: &Session) -> Done<Unlock> {
        match self.source() {
            Some(source) => source.read(),
            None => Ok(Unlock::Passphrase(SecretText::new(ask(session, "Passphrase", of, Use::Vault)?))),
        }
    }

    /// The secret of a vault in the making; asked for twice if none is named.
    pub(crate) fn new_one(&self, of: &str, session: &Session) -> Done<Unlock> {
        match self.source() {
            Some(source) => source.read(),
            None => ask_twice(of, Use::Vault, session),
        }
    }
}

/// A new passphrase, typed twice alike.
pub(crate) fn ask_twice(of: &str, uses: Use, session: &Session) -> Done<Unlock> {
    let mut first = Zeroizing::new(ask(session, "New passphrase", of, uses)?);
    let second = Zeroizing::new(prompt(&format!("The same again, for {of}: "))?);
    if *first != *second {
        return Err(Failure::new("not-confirmed", "the two passphrases are not the same")
            .remedy("the same command again"));
    }
    Ok(Unlock::Passphrase(SecretText::new(std::mem::take(&mut *first))))
}

/// Asks on the terminal, as `Passphrase of GE/mia/cyber: `.
pub(crate) fn ask(session: &Session, what: &str, of: &str, uses: Use) -> Done<String> {
    ask_with(session, what, of, "", uses)
}

/// As [`ask`]; `hint` is for whoever is asked.
pub(crate) fn ask_with(session: &Session, what: &str, of: &str, hint: &str, uses: Use) -> Done<String> {
    let terminals = session.world.terminals;
    if session.no_input || !(terminals.stdin || terminals.stderr) {
        // Names are told apart by their case.
        let text = format!("the {} of {of} is needed, and there is nobody to ask", what.to_lowercase());
        return Err(Failure::new("no-terminal", text)
            .remedy(format!("{}; a terminal is needed to be asked", uses.options())));
    }
    prompt(&format!("{what} of {of}{hint}: "))
}

/// Nothing of what is typed is shown.
fn prompt(text: &str) -> Done<String> {
    let typed = rpassword::prompt_password(output::one_line(text))
        .map_err(|error| Failure::io("ask for a passphrase", &error))?;
    Ok(normal(typed))
}

impl Source {
    pub(crate) fn read(&self) -> Done<Unlock> {
        match self {
            Self::PassphraseFile(path) => passphrase(path, open_private(path)?),
            Self::PassphraseFd(number) => {
                let path = PathBuf::from(format!("/dev/fd/{number}"));
                let file = File::open(&path).map_err(|error| {
                    Failure::io("open the file descriptor that is named for a passphrase", &error)
                        .remedy("the number of a descriptor that is open, as in --passphrase-fd 3 3<file")
                })?;
                if file.is_terminal() {
                    let text = "the descriptor is a terminal, which would show what is typed";
                    return Err(Failure::new("secret-file", text)
                        .remedy("without --passphrase-fd it is asked for, and not shown"));
                }
                passphrase(&path, file)
            }
            Self::KeyFile(path) => {
                let mut file = open_private(path)?;
                let failed = |error: io::Error| Failure::path(path, "read", &error);
                if file.metadata().map_err(failed)?.len() != 32 {
                    let text = format!("{}: a key file has 32 bytes", path.display());
                    return Err(Failure::new("secret-file", text)
                        .remedy("`head -c 32 /dev/urandom > FILE` with umask 077 makes a new one"));
                }
                Ok(Unlock::Key(Secret::try_new(|out| file.read_exact(out)).map_err(failed)?))
            }
        }
    }
}

/// A regular file of nobody else's concern.
fn open_private(path: &Path) -> Done<File> {
    // What is no file's name may be the secret itself: it is not repeated.
    let missing = |error: io::Error| {
        Failure::io("open the file that is named for a passphrase or key", &error).remedy(
            "the name of a file that holds it; what is on the command line, everybody on this machine reads",
        )
    };
    let failed = |error: io::Error| Failure::path(path, "open", &error);
    let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits();
    let file = File::options().read(true).custom_flags(flags.cast_signed()).open(path).map_err(missing)?;
    let found = file.metadata().map_err(failed)?;
    let name = path.display();
    if !found.is_file() {
        return Err(Failure::new("secret-file", format!("{name}: not a regular file")));
    }
    if found.permissions().mode() & 0o077 != 0 {
        return Err(Failure::new("secret-file", format!("{name}: others may read this secret"))
            .remedy(format!("`chmod 600 {name}`, and change the secret if somebody may have read it")));
    }
    let owner = found.uid();
    if owner != rustix::process::geteuid().as_raw() && owner != 0 {
        return Err(Failure::new("secret-file", format!("{name}: it belongs to another user"))
            .remedy(format!("`chown` {name} to the user who runs vlec")));
    }
    Ok(file)
}

/// Read into one buffer that is large enough from the start: no copy is left behind.
fn passphrase(path: &Path, mut file: File) -> Done<Unlock> {
    let mut bytes = Zeroizing::new(vec![0; MAX_LEN + 1]);
    let mut len = 0;
    loop {
        let rest = bytes.get_mut(len..).unwrap_or_default();
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Failure::path(path, "read", &error)),
        }
    }
    let name = path.display();
    let text = std::str::from_utf8(bytes.get(..len).unwrap_or_default())
        .map_err(|_| Failure::new("secret-file", format!("{name}: not UTF-8 text: is it a key file?")))?;
    if len > MAX_LEN {
        return Err(Failure::new("secret-file", format!("{name}: longer than {MAX_LEN} bytes")));
    }
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        return Err(Failure::new("empty-passphrase", format!("{name}: the passphrase is empty")));
    }
    let mut typed = String::with_capacity(text.len());
    typed.push_str(text);
    Ok(Unlock::Passphrase(SecretText::new(normal(typed))))
}

/// One Unicode form: what two keyboards write differently is one passphrase.
fn normal(mut typed: String) -> String {
    // Of NFC no text becomes longer than three times its UTF-8: nothing is moved, and left behind.
    let mut text = String::with_capacity(3 * typed.len());
    text.extend(typed.nfc());
    typed.zeroize();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ways_to_write_a_letter_are_one_passphrase() {
        assert_eq!(normal("ge\u{301}nie \u{fb1d}".into()), normal("g\u{e9}nie \u{5d9}\u{5b4}".into()));
        assert_eq!(normal("საქართველო".into()), "საქართველო");
    }
}
