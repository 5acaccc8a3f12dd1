//! The roots' keys: files that are opened for one ceremony, and dropped.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::Args;
use vlec::{Country, PassphraseForm, RootFile, RootKey, Unlock, VaultError};

use crate::failure::Failure;
use crate::kinds::{self, Kind};
use crate::secrets::{self, Source, Use};
use crate::session::{Done, Session};

/// Which root keys sign, and how their files are opened.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct RootArgs {
    /// Sign with the root key in FILE; may be given again [default: those in HOME/roots]
    #[arg(id = "root", long = "root", value_name = "FILE", help_heading = "Root keys")]
    pub(crate) roots: Vec<PathBuf>,
    /// The folder of the root keys' files [default: HOME/roots]
    #[arg(long, value_name = "DIR", help_heading = "Root keys")]
    pub(crate) roots_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) secrets: RootSecrets,
}

/// One for each root key's file, in the order of the files; or one for all.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct RootSecrets {
    /// The passphrase of a root key's file is in FILE; once for each in turn, or once for all
    #[arg(long, value_name = "FILE", help_heading = "Root keys")]
    root_passphrase_file: Vec<PathBuf>,
    /// The passphrase of a root key's file comes from the descriptor N
    #[arg(long, value_name = "N", help_heading = "Root keys")]
    root_passphrase_fd: Vec<u32>,
    /// The root key's file is under a key of 32 bytes, in FILE
    #[arg(long, value_name = "FILE", help_heading = "Root keys")]
    root_key_file: Vec<PathBuf>,
    /// The key of a root key's file comes from the descriptor N
    #[arg(long, value_name = "N", help_heading = "Root keys")]
    root_key_fd: Vec<u32>,
}

impl RootSecrets {
    pub(crate) fn given(&self) -> Given {
        let files = self.root_passphrase_file.iter().cloned().map(Source::PassphraseFile);
        let descriptors = self.root_passphrase_fd.iter().copied().map(Source::PassphraseFd);
        let keys = self.root_key_file.iter().cloned().map(Source::KeyFile);
        let keys = keys.chain(self.root_key_fd.iter().copied().map(Source::KeyFd));
        Given { sources: files.chain(descriptors).chain(keys).collect(), read: BTreeMap::new() }
    }
}

/// The secrets that are given, each read once.
pub(crate) struct Given {
    sources: Vec<Source>,
    read: BTreeMap<usize, Unlock>,
}

impl Given {
    /// The secret for the `place`th root key's file; none if fewer are given.
    fn at(&mut self, place: usize) -> Done<Option<&Unlock>> {
        let place = if self.sources.len() == 1 { 0 } else { place };
        let Some(source) = self.sources.get(place) else { return Ok(None) };
        Ok(Some(match self.read.entry(place) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(new) => new.insert(source.read()?),
        }))
    }

    /// Calls `make` with the secret for the `place`th of `count` files in the making.
    pub(crate) fn new_one<T>(
        &mut self,
        (place, count): (usize, usize),
        of: &str,
        session: &mut Session,
        make: impl FnOnce(&Unlock) -> Done<T>,
    ) -> Done<T> {
        if self.sources.is_empty() {
            return make(&secrets::ask_twice(of, Use::RootKey, session)?);
        }
        match self.at(place)? {
            Some(secret) => make(secret),
            None => Err(Failure::usage(
                format!("{} secrets are given for {count} root keys", self.sources.len()),
                "one --root-passphrase-file for each root key, or one for all",
            )),
        }
    }
}

impl RootArgs {
    pub(crate) fn folder(&self, home: &Path) -> PathBuf {
        self.roots_dir.clone().unwrap_or_else(|| home.join("roots"))
    }

    /// Opens as many root keys as speak for the country; where files are named, all of them.
    pub(crate) fn open(
        &self,
        home: &Path,
        country: Country,
        threshold: usize,
        session: &mut Session,
    ) -> Done<Vec<RootKey>> {
        let named = !self.roots.is_empty();
        let paths = if named { self.roots.clone() } else { found_once(&self.folder(home), country)? };
        if paths.is_empty() {
            let text = format!("no root key's file is in {}", self.folder(home).display());
            return Err(Failure::new("no-roots", text)
                .remedy(format!("--root FILE for each root key; {threshold} speak for {country}")));
        }
        if named {
            distinct(&paths, country, "--root")?;
        }
        let mut given = self.secrets.given();
        let asks = given.sources.is_empty();
        let mut keys = Vec::new();
        for (place, path) in paths.iter().enumerate() {
            if !named && keys.len() == threshold {
                break;
            }
            let file = read(path, country)?;
            let key = match given.at(place)? {
                Some(secret) => Some(opened(&file, path, secret, session)?),
                None if asks => ask(&file, path, session)?,
                // Those whose secrets are given, sign.
                None => break,
            };
            keys.extend(key);
        }
        if keys.len() < threshold {
            let text =
                format!("{} of the {threshold} root keys that speak for {country} are open", keys.len());
            return Err(Failure::new("event-too-few-roots", text));
        }
        Ok(keys)
    }
}

/// Each root key is named once; of two copies that is known before a secret is asked for.
pub(crate) fn distinct(paths: &[PathBuf], country: Country, option: &str) -> Done<()> {
    let mut seen = BTreeMap::new();
    for path in paths {
        let Some(before) = seen.insert(*read(path, country)?.public().id(), path) else { continue };
        let text = match before == path {
            true => format!("the root key {} is given twice, and speaks once", path.display()),
            false => {
                let (one, other) = (before.display(), path.display());
                format!("{one} and {other} are the same root key, which is given twice and speaks once")
            }
        };
        return Err(Failure::usage(text, format!("each root key once: {option} FILE with another one")));
    }
    Ok(())
}

/// The files of a folder that end in `.root`, by name.
pub(crate) fn found(folder: &Path) -> Done<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Failure::path(folder, "read", &error))?.path();
        if path.extension().is_some_and(|extension| extension == "root") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Whether root keys lie in a folder: by what is in them, since a name is easily another's. What may not be read
/// may be one.
pub(crate) fn lie_in(folder: &Path) -> Done<bool> {
    let is_key = |path: &PathBuf| {
        path.is_file() && (File::open(path).is_err() || Kind::of_file(path) == Some(Kind::RootKey))
    };
    Ok(found(folder)?.iter().any(is_key))
}

/// As [`found`], those of `country`; of copies that lie in one folder, one speaks. What cannot be read is judged
/// where it is needed.
pub(crate) fn found_once(folder: &Path, country: Country) -> Done<Vec<PathBuf>> {
    let (mut paths, mut seen) = (Vec::new(), BTreeSet::new());
    for path in found(folder)? {
        match RootFile::read(&path) {
            Ok(file) if file.country() != country || !seen.insert(*file.public().id()) => {}
            _ => paths.push(path),
        }
    }
    Ok(paths)
}

pub(crate) fn read(path: &Path, country: Country) -> Done<RootFile> {
    let file = RootFile::read(path)
        .map_err(|error| kinds::ROOT.or(error.into(), &path.display().to_string(), &kinds::head(path)))?;
    if file.country() != country {
        let text = format!("{} is a root key of {}, not of {country}", path.display(), file.country());
        return Err(Failure::new("wrong-root", text).remedy(format!("--root with a root key of {country}")));
    }
    Ok(file)
}

fn opened(file: &RootFile, path: &Path, secret: &Unlock, session: &mut Session) -> Done<RootKey> {
    let (key, form) = file.open_with_form(secret).map_err(|error| failed(error, path))?;
    say_form(form, path, session);
    Ok(key)
}

fn say_form(form: PassphraseForm, path: &Path, session: &mut Session) {
    if form == PassphraseForm::AsGiven {
        session.warn(&format!(
            "{}: another keyboard or language may write this passphrase in other bytes, which do not open the root \
             key: give it again in the same way, and make another root key with the next change of keys",
            path.display()
        ));
    }
}

/// Asks its officer, who may not be here: an empty line goes on to the next.
fn ask(file: &RootFile, path: &Path, session: &mut Session) -> Done<Option<RootKey>> {
    for _ in 0..3 {
        let of = path.display().to_string();
        let typed = secrets::ask_with(session, "Passphrase", &of, " (empty: not here)", Use::RootKey)?;
        if typed.is_empty() {
            return Ok(None);
        }
        match file.open_with_form(&secrets::unlock(typed)) {
            Ok((key, form)) => {
                say_form(form, path, session);
                return Ok(Some(key));
            }
            Err(error) if error.code() == "wrong-passphrase" => session.tell("That is not it.\n"),
            Err(error) => return Err(failed(error, path)),
        }
    }
    let text = format!("{}: three times the wrong passphrase", path.display());
    Err(Failure::new("wrong-passphrase", text).remedy(RIGHT_SECRET))
}

const RIGHT_SECRET: &str = "the right one; mind the keyboard's layout and Caps Lock, and which root key's file it is \
                            for: --root FILE names others";

/// The core speaks of a vault: a root key's file is locked as one.
fn failed(error: vlec::Error, path: &Path) -> Failure {
    let name = path.display();
    match &error {
        vlec::Error::Vault(VaultError::WrongPassphrase) => {
            let text = format!("{name}: the passphrase or key does not open this root key");
            Failure::new(error.code(), text).remedy(RIGHT_SECRET)
        }
        vlec::Error::Vault(VaultError::OtherUnlock(with)) => {
            Failure::new(error.code(), format!("{name}: this root key is opened with {with}"))
                .remedy(Use::RootKey.options())
        }
        _ => Failure::from(error).of(&name.to_string()),
    }
}
