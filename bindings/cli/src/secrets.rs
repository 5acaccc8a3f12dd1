//! Passphrases and keys: by prompt, file or descriptor. Never an argument, never from the environment.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use clap::Args;
use rustix::event::{PollFd, PollFlags, poll};
use vlec::{Secret, SecretText, Unlock};
use zeroize::Zeroizing;

use crate::descriptor;
use crate::failure::Failure;
use crate::output;
use crate::session::{Done, Session};
use crate::terminal;

/// Longest passphrase in bytes, its line end included.
const MAX_LEN: usize = 4096;

/// How often a new passphrase may be mistyped, and the last time counts.
const ATTEMPTS: u32 = 3;

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
            Self::Vault => "--passphrase-file FILE, --passphrase-fd N, --key-file FILE or --key-fd N",
            Self::NextOfVault => {
                "--new-passphrase-file FILE, --new-passphrase-fd N, --new-key-file FILE or --new-key-fd N"
            }
            Self::RootKey => {
                "--root-passphrase-file FILE, --root-passphrase-fd N, --root-key-file FILE or --root-key-fd N"
            }
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
    /// Read the key of 32 bytes from the open file descriptor N
    #[arg(long, value_name = "N", help_heading = "Unlocking")]
    pub(crate) key_fd: Option<u32>,
}

/// Where one secret comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    PassphraseFile(PathBuf),
    PassphraseFd(u32),
    KeyFile(PathBuf),
    KeyFd(u32),
}

impl Source {
    /// The one that was named, of options that exclude each other.
    pub(crate) fn of(
        passphrase_file: Option<&PathBuf>,
        passphrase_fd: Option<u32>,
        key_file: Option<&PathBuf>,
        key_fd: Option<u32>,
    ) -> Option<Self> {
        let passphrase = passphrase_file.cloned().map(Self::PassphraseFile);
        let passphrase = passphrase.or(passphrase_fd.map(Self::PassphraseFd));
        passphrase.or(key_file.cloned().map(Self::KeyFile)).or(key_fd.map(Self::KeyFd))
    }
}

impl UnlockArgs {
    pub(crate) fn source(&self) -> Option<Source> {
        Source::of(self.passphrase_file.as_ref(), self.passphrase_fd, self.key_file.as_ref(), self.key_fd)
    }

    /// The file that opens the vault, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.passphrase_file.as_deref().or(self.key_file.as_deref())
    }

    /// The secret of a vault that is there; asked for if none is named.
    pub(crate) fn existing(&self, of: &str, session: &Session) -> Done<Unlock> {
        match self.source() {
            Some(source) => source.read(),
            None => Ok(unlock(ask(session, "Passphrase", of, Use::Vault)?)),
        }
    }

    /// The secret of a vault in the making; asked for twice if none is named.
    pub(crate) fn new_one(&self, of: &str, session: &mut Session) -> Done<Unlock> {
        match self.source() {
            Some(source) => source.read(),
            None => ask_twice(of, Use::Vault, session),
        }
    }
}

/// A new passphrase, typed twice alike. Whoever mistypes is asked again: a ceremony does not end by it.
pub(crate) fn ask_twice(of: &str, uses: Use, session: &mut Session) -> Done<Unlock> {
    let mut attempt = 1;
    loop {
        let failure = match typed_twice(of, uses, session)? {
            Ok(typed) => return Ok(unlock(typed)),
            Err(failure) if attempt == ATTEMPTS => return Err(failure),
            Err(failure) => failure,
        };
        session.tell(&format!("{}; once more.\n", failure.message()));
        attempt += 1;
    }
}

/// What was typed; the inner failure is a slip of whoever types.
fn typed_twice(of: &str, uses: Use, session: &Session) -> Done<Done<Zeroizing<String>>> {
    let first = ask(session, "New passphrase", of, uses)?;
    if first.is_empty() {
        return Ok(Err(Failure::new("empty-passphrase", "the passphrase is empty")));
    }
    let second = prompt(&format!("The same again, for {of}: "), session)?;
    if *first != *second {
        let failure = Failure::new("not-confirmed", "the two passphrases are not the same");
        return Ok(Err(failure.remedy("the same command again")));
    }
    Ok(Ok(first))
}

/// Asks on the terminal, as `Passphrase of GE/mia/cyber: `.
pub(crate) fn ask(session: &Session, what: &str, of: &str, uses: Use) -> Done<Zeroizing<String>> {
    ask_with(session, what, of, "", uses)
}

/// As [`ask`]; `hint` is for whoever is asked.
pub(crate) fn ask_with(
    session: &Session,
    what: &str,
    of: &str,
    hint: &str,
    uses: Use,
) -> Done<Zeroizing<String>> {
    let terminals = session.world.terminals;
    if session.no_input || !(terminals.stdin || terminals.stderr) {
        // Names are told apart by their case.
        let text = format!("the {} of {of} is needed, and there is nobody to ask", what.to_lowercase());
        return Err(Failure::new("no-terminal", text)
            .remedy(format!("{}; a terminal is needed to be asked", uses.options())));
    }
    prompt(&format!("{what} of {of}{hint}: "), session)
}

/// Nothing of what is typed is shown.
fn prompt(text: &str, session: &Session) -> Done<Zeroizing<String>> {
    let typed = terminal::ask_hidden(&output::one_line(text), &session.world.interrupt)
        .map_err(|error| Failure::io("ask for a passphrase", &error))?;
    text_of(&typed, "what was typed")
}

pub(crate) fn unlock(mut text: Zeroizing<String>) -> Unlock {
    Unlock::Passphrase(SecretText::new(std::mem::take(&mut *text)))
}

impl Source {
    /// What a descriptor gives, it gives once.
    pub(crate) fn read(&self) -> Done<Unlock> {
        match self {
            Self::PassphraseFile(path) => passphrase(open_private(path)?, &path.display().to_string()),
            Self::PassphraseFd(number) => passphrase(open_inherited(*number)?, DESCRIPTOR),
            Self::KeyFile(path) => key(open_private(path)?, &path.display().to_string()),
            Self::KeyFd(number) => key(open_inherited(*number)?, DESCRIPTOR),
        }
    }
}

/// Its number may be the secret itself: it is not repeated.
const DESCRIPTOR: &str = "the file descriptor that is named for a passphrase or key";

fn open_inherited(number: u32) -> Done<File> {
    let file = descriptor::inherited(number).map_err(|error| {
        refused(format!("{DESCRIPTOR} cannot be read: {error}"))
            .remedy("the number of a descriptor that is open, as in --passphrase-fd 3 3<file")
    })?;
    if file.is_terminal() {
        return Err(refused(format!("{DESCRIPTOR} is a terminal, which would show what is typed"))
            .remedy("without that option it is asked for, and not shown"));
    }
    Ok(file)
}

/// A regular file of nobody else's concern; what a link names, since platforms mount secrets behind links.
fn open_private(path: &Path) -> Done<File> {
    // What is no file's name may be the secret itself: it is not repeated.
    let missing = |error: io::Error| {
        let remedy = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                "the right to read it for the user who runs vlec; or --passphrase-fd N or --key-fd N, opened by \
                 another user"
            }
            _ => {
                "the name of a file that holds it; what is on the command line, everybody on this machine reads"
            }
        };
        refused(format!("the file that is named for a passphrase or key cannot be opened: {error}"))
            .remedy(remedy)
    };
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    let file = File::options().read(true).custom_flags(flags.cast_signed()).open(path).map_err(missing)?;
    let found = file.metadata().map_err(|error| Failure::path(path, "examine", &error))?;
    let name = path.display();
    if !found.is_file() {
        return Err(refused(format!("{name}: not a regular file")).remedy(format!(
            "a regular file; what comes from a pipe or a device, by --passphrase-fd 3 3<{name} or --key-fd 3 3<{name}"
        )));
    }
    let owner = found.uid();
    if owner != rustix::process::geteuid().as_raw() && owner != 0 {
        return Err(refused(format!("{name}: it belongs to another user"))
            .remedy(format!("`chown` {name} to the user who runs vlec")));
    }
    if is_open_to_others(found.permissions().mode() & 0o777, owner) {
        return Err(refused(format!("{name}: others may read this secret")).remedy(format!(
            "`chmod 600 {name}`, and change the secret if somebody may have read it; where a platform mounts it, its \
             mode is set to 0400 or 0440 there, or it comes by --passphrase-fd or --key-fd"
        )));
    }
    Ok(file)
}

/// A group may read what root has put there and nobody writes: so platforms hand a secret to one program.
fn is_open_to_others(mode: u32, owner: u32) -> bool {
    let handed_to_group = owner == 0 && mode & 0o222 == 0 && mode & 0o077 == 0o040;
    mode & 0o077 != 0 && !handed_to_group
}

/// All that there is, up to `max` bytes and one more. Read into one buffer that is large enough from the start: no
/// copy is left behind.
fn read_all(mut file: File, max: usize, name: &str) -> Done<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; max + 1]);
    let mut len = 0;
    loop {
        let rest = bytes.get_mut(len..).unwrap_or_default();
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Whoever opened the descriptor may use it so.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let ready = poll(&mut [PollFd::new(&file, PollFlags::IN)], None);
                ready.map_err(|error| Failure::io(&format!("read {name}"), &error.into()))?;
            }
            Err(error) => return Err(refused(format!("{name}: cannot be read: {error}"))),
        }
    }
    bytes.truncate(len);
    Ok(bytes)
}

fn key(file: File, name: &str) -> Done<Unlock> {
    let bytes = read_all(file, 32, name)?;
    let Ok(bytes) = <&[u8; 32]>::try_from(bytes.as_slice()) else {
        let text = match bytes.len() {
            0 => format!("{name}: nothing is left in it: a key has 32 bytes"),
            _ => format!("{name}: a key has 32 bytes"),
        };
        return Err(refused(text).remedy("`head -c 32 /dev/urandom > FILE` with umask 077 makes a new one"));
    };
    Ok(Unlock::Key(Secret::new(|out| out.copy_from_slice(bytes))))
}

/// The text without its last line end, LF or CRLF. Whether it does for a new one, the core judges.
fn passphrase(file: File, name: &str) -> Done<Unlock> {
    let bytes = read_all(file, MAX_LEN, name)?;
    if bytes.len() > MAX_LEN {
        return Err(refused(format!("{name}: longer than {MAX_LEN} bytes")));
    }
    let line = bytes.as_slice();
    let line = line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
    if line.is_empty() {
        return Err(Failure::new("empty-passphrase", format!("{name}: the passphrase is empty")));
    }
    Ok(unlock(text_of(line, name)?))
}

fn refused(text: String) -> Failure {
    Failure::new("secret-file", text)
}

/// As it was given: the core puts it into its normal form.
fn text_of(bytes: &[u8], called: &str) -> Done<Zeroizing<String>> {
    let typed = std::str::from_utf8(bytes)
        .map_err(|_| refused(format!("{called}: not UTF-8 text, as a passphrase is")))?;
    let mut text = Zeroizing::new(String::with_capacity(typed.len()));
    text.push_str(typed);
    Ok(text)
}
