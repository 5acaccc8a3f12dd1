//! F4 to F6: files that change, fail or cannot be used. Nothing half-written is left.

use std::fs;
use std::io::Read;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::thread;

use vlec::{Existing, Padding};

use super::scene::{ALICE, BOB, Dribble, EVE, opener, sealer};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A source that breaks off.
struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("pulled out"))
    }
}

fn content() -> Vec<u8> {
    (0..(2 << 20) + 12_345_u32).map(|i| (i % 253) as u8).collect()
}

#[test]
fn a_file_is_sealed_and_opened_and_only_its_owner_may_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, sealed, opened] = ["plain", "sealed", "opened"].map(|name| folder.path().join(name));
    fs::write(&plain, content()).unwrap();
    let report = sealer(&[ALICE, BOB], Padding::Padme).seal_file(&plain, &sealed, Existing::Refuse).unwrap();
    assert_eq!(report.len, fs::metadata(&sealed).unwrap().len());
    let about = opener(BOB).open_file(&sealed, &opened, Existing::Refuse).unwrap();
    assert_eq!(about.manifest().id, report.id);
    assert_eq!(fs::read(&opened).unwrap(), content());
    assert_eq!(fs::metadata(&opened).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(folder.path()), ["opened", "plain", "sealed"]);

    // A file and memory are one format.
    assert_eq!(opener(ALICE).open(&fs::read(&sealed).unwrap()).unwrap().content(), content());
    let mut reader = opener(ALICE).open_file_reader(&sealed).unwrap();
    let mut read = Vec::new();
    reader.read_to_end(&mut read).unwrap();
    assert_eq!(read, content());
}

#[test]
fn f4_an_input_that_changes_while_it_is_sealed_gives_no_output() {
    /// Appends to the file when the random source is first asked: after it was opened.
    fn sealing_while(
        change: impl Fn(&Path) + Send + Sync + 'static,
        streamed: bool,
    ) -> (vlec::EnvelopeError, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain");
        fs::write(&plain, content()).unwrap();
        let path = plain.clone();
        let inner = vlec::Random::system();
        let random = vlec::hazmat::injected_random(move |out| {
            change(&path);
            inner.fill(out).is_ok()
        });
        let world = super::scene::world();
        let me = super::scene::identity(super::scene::SENDER);
        let to = world.rosters.address(me, &[ALICE.parse().unwrap()], world.now).unwrap();
        let draft = vlec::Draft::new("text/plain", 1).unwrap();
        let sealer = vlec::Sealer::new(me, to, draft, &random).unwrap();
        if streamed {
            let mut out = Vec::new();
            let error =
                sealer.seal_file_to(&plain, &mut out, &mut |_| ControlFlow::Continue(())).unwrap_err();
            assert!(out.is_empty());
            return (error, names(folder.path()));
        }
        let error = sealer.seal_file(&plain, &folder.path().join("out"), Existing::Refuse).unwrap_err();
        (error, names(folder.path()))
    }
    let append = |path: &Path| {
        use std::io::Write;
        fs::OpenOptions::new().append(true).open(path).unwrap().write_all(b"!").unwrap();
    };
    let shrink = |path: &Path| fs::OpenOptions::new().write(true).open(path).unwrap().set_len(5).unwrap();
    let overwrite = |path: &Path| {
        use std::os::unix::fs::FileExt;
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        file.write_all_at(b"other", 0).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    };
    for streamed in [false, true] {
        for (error, left) in [
            sealing_while(append, streamed),
            sealing_while(shrink, streamed),
            sealing_while(overwrite, streamed),
        ] {
            assert_eq!(error.code(), "input-changed");
            assert_eq!(left, ["plain"]);
        }
    }
}

/// What is written out is what was signed, or nothing that anybody opens.
#[test]
fn f4_a_file_that_changes_after_its_front_was_written_out_is_no_envelope() {
    /// Changes the file when the envelope's first bytes come.
    struct Changing<'a>(&'a Path, Vec<u8>);
    impl std::io::Write for Changing<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            use std::os::unix::fs::FileExt;
            let file = fs::OpenOptions::new().write(true).open(self.0)?;
            file.write_all_at(b"other", (2 << 20) + 5)?;
            self.1.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let [plain, sealed, opened] = ["plain", "sealed", "opened"].map(|name| folder.path().join(name));
    fs::write(&plain, content()).unwrap();
    let mut out = Changing(&plain, Vec::new());
    let mut watch = |_| ControlFlow::Continue(());
    let error = sealer(&[ALICE], Padding::Padme).seal_file_to(&plain, &mut out, &mut watch).unwrap_err();
    assert_eq!(error.code(), "input-changed");
    fs::write(&sealed, &out.1).unwrap();
    assert_eq!(opener(ALICE).open_file(&sealed, &opened, Existing::Refuse).unwrap_err().code(), "truncated");

    for content in [content(), Vec::new(), vec![7; 1 << 20]] {
        fs::write(&plain, &content).unwrap();
        let (mut out, mut told) = (Vec::new(), Vec::new());
        let mut watch = |done| {
            told.push(done);
            ControlFlow::Continue(())
        };
        let report = sealer(&[ALICE], Padding::Padme).seal_file_to(&plain, &mut out, &mut watch).unwrap();
        assert_eq!(report.len, out.len() as u64);
        assert_eq!(opener(ALICE).open(&out).unwrap().content(), content);
        assert!(told.is_sorted() && told.last() == Some(&(content.len() as u64)), "{told:?}");
    }
}

#[test]
fn f5_a_failed_opening_leaves_no_file_and_replaces_none() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, sealed, out] = ["plain", "sealed", "out"].map(|name| folder.path().join(name));
    fs::write(&plain, content()).unwrap();
    sealer(&[ALICE], Padding::Padme).seal_file(&plain, &sealed, Existing::Refuse).unwrap();
    let good = fs::read(&sealed).unwrap();

    let mut last_chunk = good.clone();
    *last_chunk.last_mut().unwrap() ^= 1;
    let mut front = good.clone();
    front[2000] ^= 1;
    for bad in [&last_chunk[..], &front, &good[..good.len() - 1], &good[..100], &[]] {
        fs::write(&sealed, bad).unwrap();
        assert!(opener(ALICE).open_file(&sealed, &out, Existing::Refuse).is_err());
        assert_eq!(names(folder.path()), ["plain", "sealed"]);
        fs::write(&out, b"old").unwrap();
        assert!(opener(ALICE).open_file(&sealed, &out, Existing::Replace).is_err());
        assert_eq!(fs::read(&out).unwrap(), b"old");
        fs::remove_file(&out).unwrap();
    }
    fs::write(&sealed, &good).unwrap();
    assert_eq!(opener(EVE).open_file(&sealed, &out, Existing::Refuse).unwrap_err().code(), "not-a-recipient");
    assert_eq!(names(folder.path()), ["plain", "sealed"]);
}

/// On the caller's thread, never backwards, from nothing to everything.
#[test]
fn whoever_watches_is_told_how_much_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, sealed, opened] = ["plain", "sealed", "opened"].map(|name| folder.path().join(name));
    fs::write(&plain, content()).unwrap();
    for workers in [1, 3] {
        let (me, workers) = (thread::current().id(), NonZeroUsize::new(workers).unwrap());
        let mut told = Vec::new();
        let mut watch = |done| {
            assert_eq!(thread::current().id(), me);
            told.push(done);
            ControlFlow::Continue(())
        };
        let sealer = sealer(&[ALICE], Padding::Padme).workers(workers);
        sealer.seal_file_watched(&plain, &sealed, Existing::Replace, &mut watch).unwrap();
        opener(ALICE)
            .workers(workers)
            .open_file_watched(&sealed, &opened, Existing::Replace, &mut watch)
            .unwrap();
        let len = content().len() as u64;
        assert_eq!(told.iter().filter(|done| **done == 0).count(), 2, "{told:?}");
        let opening = told.iter().rposition(|done| *done == 0).unwrap();
        for told in [&told[..opening], &told[opening..]] {
            assert!(told.is_sorted(), "{told:?}");
            assert_eq!(told.last(), Some(&len));
        }
        if workers.get() == 1 {
            assert_eq!(opening, 5, "the beginning, three segments, the end");
        }
    }
}

#[test]
fn f5_whoever_watches_stops_the_work_at_any_place_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, sealed, out] = ["plain", "sealed", "out"].map(|name| folder.path().join(name));
    fs::write(&plain, content()).unwrap();
    sealer(&[ALICE], Padding::Padme).seal_file(&plain, &sealed, Existing::Refuse).unwrap();
    for stop_at in 0..5 {
        let mut calls = 0;
        let mut stop = |_| {
            calls += 1;
            if calls > stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let one = NonZeroUsize::MIN;
        let error = if stop_at % 2 == 0 {
            let sealer = sealer(&[ALICE], Padding::Padme).workers(one);
            sealer.seal_file_watched(&plain, &out, Existing::Refuse, &mut stop).unwrap_err()
        } else {
            let opener = opener(ALICE).workers(one);
            opener.open_file_watched(&sealed, &out, Existing::Refuse, &mut stop).unwrap_err()
        };
        assert_eq!((error.code(), calls), ("cancelled", stop_at + 1));
        assert_eq!(names(folder.path()), ["plain", "sealed"]);
    }
}

#[test]
fn f5_an_existing_file_is_replaced_only_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, sealed] = ["plain", "sealed"].map(|name| folder.path().join(name));
    fs::write(&plain, b"content").unwrap();
    fs::write(&sealed, b"old").unwrap();
    let error = sealer(&[ALICE], Padding::Padme).seal_file(&plain, &sealed, Existing::Refuse).unwrap_err();
    assert!(error.to_string().contains("exists already"), "{error}");
    assert_eq!(fs::read(&sealed).unwrap(), b"old");
    sealer(&[ALICE], Padding::Padme).seal_file(&plain, &sealed, Existing::Replace).unwrap();
    assert_eq!(opener(ALICE).open(&fs::read(&sealed).unwrap()).unwrap().content(), b"content");
    assert_eq!(names(folder.path()), ["plain", "sealed"]);
}

#[test]
fn f5_a_pipe_that_fails_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut out = Vec::new();
    let error = sealer(&[ALICE], Padding::Padme)
        .seal_pipe(Dribble(&content()).chain(Failing), &mut out, folder.path())
        .unwrap_err();
    assert!(error.to_string().contains("pulled out"));
    assert!(out.is_empty() && names(folder.path()).is_empty());
}

#[test]
fn f5_pipes_into_files_are_whole_or_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [sealed, opened] = ["sealed", "opened"].map(|name| folder.path().join(name));
    let seal = |input: &mut dyn Read| {
        sealer(&[ALICE], Padding::Padme).seal_pipe_to_file(input, &sealed, Existing::Refuse)
    };
    let plain = content();
    let error = seal(&mut Dribble(&plain).chain(Failing)).unwrap_err();
    assert!(error.to_string().contains("pulled out"), "{error}");
    assert!(names(folder.path()).is_empty());

    let report = seal(&mut Dribble(&plain)).unwrap();
    let envelope = fs::read(&sealed).unwrap();
    assert_eq!(report.len, envelope.len() as u64);
    let open = |input: &[u8]| opener(ALICE).open_pipe_to_file(Dribble(input), &opened, Existing::Refuse);
    for cut in [100, envelope.len() / 2, envelope.len() - 1] {
        assert_eq!(open(&envelope[..cut]).unwrap_err().code(), "truncated");
        assert_eq!(names(folder.path()), ["sealed"]);
    }
    assert_eq!(open(&envelope).unwrap().manifest().id, report.id);
    assert_eq!(fs::read(&opened).unwrap(), plain);
    assert_eq!(names(folder.path()), ["opened", "sealed"]);
}

#[test]
fn f6_paths_that_cannot_be_used_are_clear_errors() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, link, out] = ["plain", "link", "out"].map(|name| folder.path().join(name));
    fs::write(&plain, b"content").unwrap();
    symlink(&plain, &link).unwrap();
    let missing = folder.path().join("no/such/folder");
    let seal = |from: &Path, to: &Path| {
        let error = sealer(&[ALICE], Padding::Padme).seal_file(from, to, Existing::Replace).unwrap_err();
        error.to_string()
    };
    for (from, to, part) in [
        (&link, &out, "link: is a symbolic link"),
        (&plain, &link, "link: is a symbolic link"),
        (&folder.path().to_path_buf(), &out, "is not a regular file"),
        (&plain, &folder.path().to_path_buf(), "is not a regular file"),
        (&plain, &plain, "plain: is the input itself"),
        (&missing, &out, "no/such/folder: cannot open the file"),
        (&plain, &missing, "no/such: cannot create a file in this folder"),
    ] {
        let text = seal(from, to);
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(names(folder.path()), ["link", "plain"]);
}
