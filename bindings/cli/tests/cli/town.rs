//! Three countries with an agency each, made once by the binary itself; each test has a copy.
//!
//! ```text
//! ge/ ua/ md/          homes of the centres, 2-of-3 roots in ge/roots
//! cyber/ npu/ igp/     homes of GE/mia/cyber, UA/npu/cyber, MD/igp
//! GE.bundle …          what the centres publish
//! key                  opens all of it
//! ```

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

pub const CENTRES: [&str; 3] = ["GE", "UA", "MD"];
pub const AGENCIES: [(&str, &str, &str); 3] =
    [("GE/mia/cyber", "cyber", "ge"), ("UA/npu/cyber", "npu", "ua"), ("MD/igp", "igp", "md")];

/// The program.
pub const VLEC: &str = env!("CARGO_BIN_EXE_vlec");

pub struct Town {
    folder: TempDir,
}

/// How a command ended.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub bytes: Vec<u8>,
    pub err: String,
}

impl Town {
    /// A copy of the town, in which everybody holds all rosters and has epochs.
    pub fn new() -> Self {
        static ONCE: OnceLock<Town> = OnceLock::new();
        let first = ONCE.get_or_init(Self::founded);
        let town = Self { folder: tempfile::tempdir().unwrap() };
        copy(first.folder.path(), town.folder.path());
        town
    }

    /// A folder with a key, and nothing else.
    pub fn empty() -> Self {
        let town = Self { folder: tempfile::tempdir().unwrap() };
        town.secret("key", &[7; 32]);
        town
    }

    fn founded() -> Self {
        let town = Self::empty();
        for country in CENTRES {
            town.found(country);
        }
        let anchors: Vec<String> = CENTRES.iter().map(|name| anchor_of(name)).collect();
        for centre in ["ge", "ua", "md"] {
            let others = anchors.iter().filter(|path| !path.starts_with(centre));
            let args = ["centre", "pin", "--home", centre].into_iter().chain(others.map(String::as_str));
            town.ok(args.chain(town.fingerprints().iter().map(String::as_str)));
        }
        for (agency, home, centre) in AGENCIES {
            town.enrolled(agency, home, centre);
        }
        town.publish();
        for (_, home, centre) in AGENCIES {
            town.announce(home, centre);
        }
        town.publish();
        town
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file that nobody else reads.
    pub fn secret(&self, name: &str, bytes: &[u8]) {
        use std::io::Write;
        let mut file = fs::File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(self.path(name))
            .unwrap();
        file.write_all(bytes).unwrap();
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }

    /// The command itself, without key and environment.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = by_default_signals(VLEC);
        command.current_dir(self.folder()).args(args).stdin(Stdio::null());
        command
    }

    /// Runs it with the key that opens every home.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        let mut command = self.command(args);
        with_key(&mut command);
        ran(command.output().unwrap())
    }

    /// Runs it without any secret.
    pub fn bare<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        ran(self.command(args).output().unwrap())
    }

    pub fn ok<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        ran.out
    }

    /// Runs `line`, split at spaces, with the key; it must do what it says.
    pub fn line(&self, line: &str) -> String {
        self.ok(line.split(' '))
    }

    /// As [`Self::line`], with JSON.
    pub fn json(&self, line: &str) -> Value {
        let out = self.ok(line.split(' ').chain(["--json"]));
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}: {out}"))
    }

    /// Runs `line`, which must be refused with this code and exit status, also as JSON.
    pub fn refused(&self, line: &str, code: &str, exit: i32) -> Ran {
        let ran = self.run(line.split(' '));
        assert_eq!(ran.code, exit, "{line}\n{}{}", ran.out, ran.err);
        assert!(ran.err.contains(&format!("error[{code}]")), "{line}\n{}", ran.err);
        assert!(ran.err.starts_with("vlec: "), "{}", ran.err);
        ran
    }

    /// Anchors of all countries, as options.
    pub fn fingerprints(&self) -> Vec<String> {
        let all = CENTRES.iter().flat_map(|name| ["--fingerprint".to_owned(), self.fingerprint(name)]);
        all.collect()
    }

    pub fn fingerprint(&self, country: &str) -> String {
        let shown = self.json(&format!("centre anchor --home {}", country.to_lowercase()));
        shown["fingerprint"].as_str().unwrap().to_owned()
    }

    pub fn found(&self, country: &str) {
        let home = country.to_lowercase();
        self.line(&format!(
            "centre found {country} --roots 3 --threshold 2 --home {home} --root-key-file key"
        ));
    }

    /// Creates an agency that has pinned every country, and has its centre enrol it.
    pub fn enrolled(&self, agency: &str, home: &str, centre: &str) {
        self.created(agency, home);
        let fingerprint = self.line(&format!("agency fingerprint --home {home}"));
        let line = format!(
            "centre enrol {home}/enrol.request --role contact-24x7 --home {centre} --root-key-file key"
        );
        self.ok(line.split(' ').chain(["--fingerprint", fingerprint.trim()]));
    }

    pub fn created(&self, agency: &str, home: &str) {
        let line = format!("agency create {agency} --home {home} --role contact-24x7");
        let mut args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        args.extend(["--name".to_owned(), format!("en=Unit {home}")]);
        args.extend(CENTRES.iter().flat_map(|name| ["--pin".to_owned(), anchor_of(name)]));
        args.extend(self.fingerprints());
        self.ok(args);
    }

    /// The agency prepares its epochs, and its centre takes them.
    pub fn announce(&self, home: &str, centre: &str) {
        let folder = format!("events-{home}");
        self.run(["maintain", "--home", home, "--announce", folder.as_str()]);
        let mut events: Vec<String> = fs::read_dir(self.path(&folder))
            .unwrap()
            .map(|entry| entry.unwrap().path().display().to_string())
            .collect();
        // The worst order.
        events.sort();
        events.reverse();
        let args = ["centre", "admit", "--home", centre].into_iter().chain(events.iter().map(String::as_str));
        self.ok(args);
    }

    /// Every centre publishes, all cosign, and everybody imports.
    pub fn publish(&self) {
        for country in CENTRES {
            let home = country.to_lowercase();
            self.line(&format!("centre publish --home {home} --force"));
            for other in CENTRES.iter().filter(|other| **other != country) {
                let other = other.to_lowercase();
                self.line(&format!("centre cosign {country}.proposal --home {other} --force"));
            }
            let notes: Vec<String> = CENTRES
                .iter()
                .filter(|other| **other != country)
                .map(|other| format!("{country}-cosigned-by-{other}.note"))
                .collect();
            self.line(&format!(
                "centre collect {} -o {country}.bundle --force --home {home}",
                notes.join(" ")
            ));
        }
        for home in ["ge", "ua", "md", "cyber", "npu", "igp"] {
            self.line(&format!("roster import GE.bundle UA.bundle MD.bundle --home {home}"));
        }
    }

    /// Seals `content` from GE/mia/cyber to UA/npu/cyber; gives the envelope's name.
    pub fn sealed(&self, name: &str, content: &[u8]) -> String {
        self.write(name, content);
        self.line(&format!("seal --home cyber --to UA/npu/cyber {name}"));
        format!("{name}.vlec")
    }
}

pub fn anchor_of(country: &str) -> String {
    let home = country.to_lowercase();
    format!("{home}/{home}.anchor")
}

/// The key, where the command has a home.
pub fn with_key(command: &mut Command) {
    let args: Vec<String> = command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let own = ["--key-file", "--key-fd", "--passphrase-file", "--passphrase-fd"];
    if args.iter().any(|arg| arg == "--home") && !args.iter().any(|arg| own.contains(&arg.as_str())) {
        command.args(["--key-file", "key"]);
    }
}

pub fn ran(output: Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran {
        // As shells say it of a process that a signal has ended.
        code: output.status.code().or(output.status.signal().map(|signal| 128 + signal)).unwrap(),
        out: text(&output.stdout),
        err: text(&output.stderr),
        bytes: output.stdout,
    }
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}

/// Names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// `program`, which takes every signal as programs do by default, also where these tests were started to ignore some.
pub fn by_default_signals(program: &str) -> Command {
    let mut command = Command::new("env");
    command.arg("--default-signal").arg(program);
    command
}
