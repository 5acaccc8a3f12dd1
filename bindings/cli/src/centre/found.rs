//! The key ceremony: root keys, the country's log, its anchor.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use vlec::{Centre, Country, Existing, RootFile, RootKey, Storage};

use crate::ceremony::{self, Given, RootArgs, RootSecrets};
use crate::failure::{Exit, Failure};
use crate::files;
use crate::home::{self, HomeArgs};
use crate::pin;
use crate::session::{Done, Session};
use crate::times;

/// Found a country's centre: make its root keys, its log and its witness
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec centre found GE --roots 3 --threshold 2 --home ge --anchor-dir /mnt/other-disk/ge.anchor
      asks for a passphrase for each root key and one for the vault; the root keys' files are in
      ge/roots: move each to its officer's medium when the ceremony is over
  vlec centre found GE --threshold 2 --root a.root --root b.root --root c.root --home ge
      with root keys that were made before, by `vlec centre root`")]
pub(crate) struct FoundArgs {
    /// The country, as GE
    country: Country,
    /// How many root keys to make
    #[arg(long, value_name = "N", default_value_t = 3)]
    roots: usize,
    /// How many of them speak for the country
    #[arg(long, value_name = "K", default_value_t = 2)]
    threshold: usize,
    /// After how long a recovered identity takes effect, from its publication on
    #[arg(long, value_name = "TIME", default_value = "3d", value_parser = times::seconds)]
    recovery_delay: u64,
    #[command(flatten)]
    files: RootArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl FoundArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let count = if self.files.roots.is_empty() { self.roots } else { self.files.roots.len() };
        if self.threshold == 0 || self.threshold > count {
            let text = format!("{} of {count} root keys cannot speak for a country", self.threshold);
            return Err(Failure::usage(text, format!("--threshold 1 to {count}")));
        }
        if self.home.storage().is_ok_and(|storage| storage.owner().is_ok()) {
            let text = format!("{}: a vault is there already", self.home.home.display());
            return Err(Failure::new("vault-exists", text));
        }
        let file = self.home.file(format!("{}.anchor", self.country.as_str().to_lowercase()));
        if fs::symlink_metadata(&file).is_ok() {
            let text = format!("{}: the anchor's file would be this one, and it is there", file.display());
            return Err(Failure::new("exists", text).remedy("another --home, or move that file away"));
        }
        ceremony::distinct(&self.files.roots, self.country, "--root")?;
        let storage = self.home.create_storage()?;
        let (keys, made) = self.root_keys(session)?;
        match self.found(storage, &keys, session) {
            Ok(centre) => self.announce(&centre, &keys, &file, session),
            Err(failure) => {
                // Keys of a country that was not founded are nobody's; where that is not sure, they stay.
                let found = self.home.storage().and_then(|storage| Ok(storage.owner()?));
                if found.is_err_and(|failure| failure.code() == "no-vault") {
                    made.iter().for_each(|path| drop(fs::remove_file(path)));
                }
                Err(failure)
            }
        }
    }

    fn found(&self, storage: Storage, keys: &[RootKey], session: &mut Session) -> Done<Centre> {
        let country = self.country;
        let unlock = self.home.unlock.new_one(&format!("the centre of {country}"), session)?;
        let roots: Vec<&RootKey> = keys.iter().collect();
        let ceremony = (roots.as_slice(), self.threshold, self.recovery_delay);
        Ok(home::found_centre(storage, country, unlock, ceremony, session)?)
    }

    /// The country is founded, whatever becomes of the anchor's file.
    fn announce(&self, centre: &Centre, keys: &[RootKey], path: &Path, session: &mut Session) -> Done {
        let country = self.country;
        files::write(path, &centre.genesis().encode(), Existing::Refuse).map_err(|failure| {
            let text = format!("{country} is founded, but its anchor's file: {}", failure.message());
            let again = format!("`vlec centre anchor -o {country}.anchor --home …` writes it elsewhere");
            Failure::new(failure.code(), text).remedy(again)
        })?;
        let anchor = *centre.anchor();
        let mut record = pin::anchor_json(&anchor);
        if let Value::Object(fields) = &mut record {
            fields.insert("file".into(), path.display().to_string().into());
            fields.insert("roots".into(), keys.iter().map(|key| key.id().to_string()).collect());
            fields.insert("threshold".into(), self.threshold.into());
        }
        let terminal = session.world.terminals.stdout;
        let lies = self.home.where_the_anchor_lies();
        session.print(&record, |paint| {
            format!(
                "{}\n{country} is founded. Hand {} to the other centres and to your agencies, and read them the \
                 fingerprint over another channel.\n{lies}",
                pin::anchor_text(&anchor, paint, terminal),
                path.display()
            )
        });
        Ok(Exit::Done)
    }

    /// The keys, and the files that were made for them now.
    fn root_keys(&self, session: &mut Session) -> Done<(Vec<RootKey>, Vec<PathBuf>)> {
        let country = self.country;
        if !self.files.roots.is_empty() {
            let count = self.files.roots.len();
            return Ok((self.files.open(&self.home.home, country, count, session)?, Vec::new()));
        }
        let folder = self.files.folder(&self.home.home);
        make_private_folder(&folder)?;
        let paths: Vec<PathBuf> =
            (1..=self.roots).map(|number| folder.join(format!("{country}-{number}.root"))).collect();
        if let Some(there) = paths.iter().find(|path| path.exists()) {
            let text = format!("{} is there, as if of a ceremony that was cut off", there.display());
            let missing: Vec<String> = paths
                .iter()
                .filter(|path| !path.exists())
                .map(|path| format!("`vlec centre root {country} -o {}`", path.display()))
                .collect();
            let first = match missing.as_slice() {
                [] => String::new(),
                commands => format!("{} for what is missing; then ", commands.join(", ")),
            };
            return Err(Failure::new("exists", text).remedy(format!(
                "{first}--root FILE for each of the {}, to found with those keys; or another --roots-dir",
                self.roots
            )));
        }
        let (mut keys, mut made) = (Vec::new(), Vec::new());
        let mut given = self.files.secrets.given();
        for (place, path) in paths.iter().enumerate() {
            match make(path, country, (place, self.roots), &mut given, session) {
                Ok(key) => {
                    keys.push(key);
                    made.push(path.clone());
                }
                Err(failure) => {
                    made.iter().for_each(|path| drop(fs::remove_file(path)));
                    return Err(failure);
                }
            }
        }
        Ok((keys, made))
    }
}

/// Make one root key's file, for a ceremony in which several officers bring theirs
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec centre root GE -o officer-4.root\n      \
    then, with the others: vlec centre authority --successor officer-4.root … --home ge")]
pub(crate) struct RootKeyArgs {
    /// The country, as GE
    country: Country,
    /// The file to make
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    secrets: RootSecrets,
}

impl RootKeyArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let key = make(&self.output, self.country, (0, 1), &mut self.secrets.given(), session)?;
        let (file, id) = (self.output.display().to_string(), key.id());
        let record = json!({ "file": file, "key": id.to_string(), "fingerprint": id.fingerprint() });
        session.report(&record, |_| format!("{file}  {}\n", id.fingerprint()));
        Ok(Exit::Done)
    }
}

fn make(
    path: &Path,
    country: Country,
    place: (usize, usize),
    given: &mut Given,
    session: &mut Session,
) -> Done<RootKey> {
    let of = format!("the root key {}", path.display());
    given.new_one(place, &of, session, |secret| {
        RootFile::create(path, country, secret)?;
        // What is on the disk is what will sign.
        Ok(ceremony::read(path, country)?.open(secret)?)
    })
}

fn make_private_folder(folder: &Path) -> Done<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| Failure::path(folder, "make the folder", &error))
}
