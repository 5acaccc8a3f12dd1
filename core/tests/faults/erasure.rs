//! What is left of a destroyed secret: in files, and in this process's own memory.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use vlec::{Random, Table};

use crate::child::{acknowledged, command, home};
use crate::script::{create, destroy, key, now, open, put_epochs};

/// Bytes to look for, kept so that the copy that is kept is not found itself.
struct Needle {
    name: &'static str,
    masked: Vec<u8>,
}

const MASK: u8 = 0xa7;

impl Needle {
    fn new(name: &'static str, bytes: &[u8]) -> Self {
        Self { name, masked: bytes.iter().map(|byte| byte ^ MASK).collect() }
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        let first = self.masked[0] ^ MASK;
        let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == first).map(|(at, _)| at);
        starts.into_iter().any(|at| {
            bytes.get(at..at + self.masked.len()).is_some_and(|window| {
                window.iter().zip(&self.masked).all(|(byte, masked)| byte ^ MASK == *masked)
            })
        })
    }
}

fn wipe(mut bytes: Vec<u8>) {
    bytes.fill(0);
    std::hint::black_box(&bytes);
}

/// Names of the mappings of this process in which a needle is.
fn found_in_memory(needle: &Needle) -> Vec<String> {
    let memory = File::open("/proc/self/mem").unwrap();
    let mut found = Vec::new();
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let mut fields = line.split_whitespace();
        let (range, rights) = (fields.next().unwrap(), fields.next().unwrap());
        let name = fields.nth(3).unwrap_or("anonymous").to_owned();
        if !rights.starts_with("rw") || name.starts_with("[v") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|number| u64::from_str_radix(number, 16).unwrap());
        // A test runs on a thread whose stack has no name.
        let local = std::ptr::from_ref(&memory) as u64;
        let name = if (start..end).contains(&local) { "[stack]".to_owned() } else { name };
        let mut page = vec![0; (end - start) as usize];
        if memory.read_exact_at(&mut page, start).is_ok() && needle.is_in(&page) {
            found.push(name);
        }
        wipe(page);
    }
    found
}

fn found_in_files(folder: &Path, needle: &Needle) -> Vec<String> {
    let mut found = Vec::new();
    for sub in ["home", "anchor"] {
        for entry in fs::read_dir(folder.join(sub)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            if needle.is_in(&bytes) {
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
            wipe(bytes);
        }
    }
    found
}

#[test]
fn l9_a_destroyed_secret_is_in_no_file_and_not_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let acks = acknowledged(&mut command("erasure::destroys", folder.path()));
    assert_eq!(acks.last().map(String::as_str), Some("done"), "{acks:?}");
}

#[test]
#[ignore = "run by other tests as a child"]
fn destroys() {
    let folder = home();
    let random = Random::system();
    let vault = create(&folder).unwrap();
    put_epochs(&vault, &[1, 2]).unwrap();
    let row = 9u64.to_be_bytes();
    let secret = random.secret::<32>().unwrap();
    let mut needles = vec![Needle::new("seed", secret.expose())];
    vault.write(now(), |edit| edit.put_wrapped(&row, &secret)).unwrap();
    drop(secret);
    let wrapped = vault.read(|view| view.get(Table::Wrapped, &row)).unwrap().unwrap();
    needles.push(Needle::new("wrapped form", &wrapped[32..64]));
    drop(wrapped);
    // Uses that leave copies where they can: read back, other rows around it, opened again.
    for n in 100..160 {
        put_epochs(&vault, &[n]).unwrap();
    }
    drop(vault.read(|view| view.get_wrapped(&row)).unwrap());
    drop(vault);
    let database = rusqlite_rows(&folder, &row);
    needles.push(Needle::new("sealed row", &database[24..64]));
    wipe(database);
    let anchor = fs::read(folder.join("anchor/anchor")).unwrap();
    needles.push(Needle::new("wrapping key", &anchor[66..98]));
    wipe(anchor);
    // The search finds what is there.
    let vault = open(&folder, key(1)).unwrap();
    drop(vault.read(|view| view.get_wrapped(&row)).unwrap());
    assert_eq!(found_in_files(&folder, &needles[2]), ["vault.sqlite"]);
    assert_eq!(found_in_files(&folder, &needles[3]), ["anchor"]);
    let seen = found_in_memory(&needles[3]);
    assert!(!seen.is_empty(), "the search is blind");
    println!("the key in use is in {seen:?}");

    destroy(&vault, 9).unwrap();
    for needle in &needles {
        let none: [String; 0] = [];
        assert_eq!(found_in_files(&folder, needle), none, "{}", needle.name);
        let mut memory = found_in_memory(needle);
        println!("{} in memory: {memory:?}", needle.name);
        // SECURITY.md: slots of the stack are overwritten by later calls, not by us.
        memory.retain(|mapping| mapping != "[stack]");
        assert_eq!(memory, none, "{}", needle.name);
    }
    println!("ack done");
}

/// The sealed row as it lies in the database.
fn rusqlite_rows(folder: &Path, key: &[u8]) -> Vec<u8> {
    let database = rusqlite::Connection::open(folder.join("home/vault.sqlite")).unwrap();
    database.query_row("SELECT value FROM wrapped WHERE key = ?1", [key], |row| row.get(0)).unwrap()
}
