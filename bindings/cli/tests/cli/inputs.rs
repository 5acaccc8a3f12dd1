//! What comes in as a file is whole, unchanged and what its name says, or an error; and each of many on its own.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::town::{Ran, Town, copy, names, ran, with_key};

const SEAL: [&str; 5] = ["seal", "--home", "cyber", "--to", "UA/npu/cyber"];

/// Runs it under a limit, since opening a pipe by its name may wait for ever.
fn limited<S: AsRef<OsStr>>(town: &Town, args: impl IntoIterator<Item = S>) -> Ran {
    let args: Vec<OsString> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
    let mut command = std::process::Command::new("timeout");
    command.arg("20").arg(crate::town::VLEC).args(args).current_dir(town.folder()).stdin(Stdio::null());
    with_key(&mut command);
    ran(command.output().unwrap())
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err))
}

/// With the key, by the shell, in the town's folder.
fn shell(town: &Town, script: &str) -> Ran {
    let script =
        format!("vlec() {{ {} \"$@\"; }}; {}", crate::town::VLEC, script.replace("KEY", "--key-file key"));
    ran(std::process::Command::new("sh").args(["-c", &script]).current_dir(town.folder()).output().unwrap())
}

/// Of files in /proc the system lists no length, of those in /sys a page.
#[test]
fn f7_a_file_whose_listed_length_is_not_its_contents_is_refused_or_whole() {
    let town = Town::new();
    for path in ["/proc/version", "/proc/sys/kernel/random/boot_id", "/sys/class/net/lo/mtu"] {
        if !Path::new(path).exists() {
            continue;
        }
        for line in [
            format!("seal --home cyber --to UA/npu/cyber -o out.vlec {path}"),
            format!("seal --home cyber --to UA/npu/cyber -o - {path}"),
            format!("open --home npu -o out {path}"),
            format!("open --home npu -o - {path}"),
            format!("roster import --home npu {path}"),
            format!("inspect {path}"),
        ] {
            let refused = town.run(line.split(' '));
            // What is listed as a page may be too short for an envelope, which is said first.
            if path.starts_with("/sys") && !line.starts_with("seal") {
                assert_ne!(refused.code, 0, "{line}");
                continue;
            }
            assert_eq!(refused.code, 1, "{line}: {}{}", refused.out, refused.err);
            assert!(refused.err.contains("error[input-length]"), "{line}: {}", refused.err);
            assert!(refused.err.contains(path), "{line}: {}", refused.err);
        }
        assert!(!town.exists("out") && !town.exists("out.vlec"));
        // As a stream, which is what the message tells to do, it is whole.
        let sealed = shell(
            &town,
            &format!("vlec seal --home cyber KEY --to UA/npu/cyber -o x.vlec --force - < {path}"),
        );
        assert_eq!(sealed.code, 0, "{}", sealed.err);
        let opened = town.run("open --home npu -o - x.vlec".split(' '));
        assert_eq!(opened.bytes, fs::read(path).unwrap(), "{path}: {}", opened.err);
    }
}

#[test]
fn f7_such_a_file_in_a_folder_is_said_and_the_others_are_sealed() {
    let town = Town::new();
    let sealed = town.run(SEAL.into_iter().chain(["-o", "out", "/proc/sys/kernel/random", "--json"]));
    assert_eq!(sealed.code, 1, "{}", sealed.err);
    let records = json(&sealed);
    let all = records.as_array().unwrap();
    assert!(all.len() > 3, "{records}");
    for record in all {
        assert_eq!(record["error"]["code"], "input-length", "{record}");
    }
    assert!(names(&town.path("out/random")).is_empty());
}

/// What is meant as a stream is named `-`.
#[test]
fn f7_links_pipes_devices_and_folders_are_refused_on_every_way_in() {
    let town = Town::new();
    let envelope = town.sealed("a.txt", b"content");
    fs::create_dir(town.path("folder")).unwrap();
    symlink("a.txt", town.path("to-content")).unwrap();
    symlink(&envelope, town.path("to-envelope")).unwrap();
    symlink("GE.bundle", town.path("to-bundle")).unwrap();
    symlink("ge/ge.anchor", town.path("to-event")).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, town.path("pipe"), fifo, 0o600.into(), 0).unwrap();
    for (line, link) in [
        ("seal --home cyber --to UA/npu/cyber -o -", "to-content"),
        ("seal --home cyber --to UA/npu/cyber -o out", "to-content"),
        ("open --home npu -o -", "to-envelope"),
        ("open --home npu -o out", "to-envelope"),
        ("open --home npu -o in/", "to-envelope"),
        ("reopen --home npu -o -", "to-envelope"),
        ("reopen --home npu -o in/", "to-envelope"),
        ("accept --home npu", "to-envelope"),
        ("inspect --home npu", "to-envelope"),
        ("inspect", "to-envelope"),
        ("roster import --home npu", "to-bundle"),
        ("roster hear --home npu", "to-event"),
        ("roster accuse --home npu", "to-event"),
        ("centre admit --home ge", "to-event"),
        ("centre cosign --home ge", "to-bundle"),
        ("centre collect --home ge", "to-event"),
        ("centre relearn --home ge", "to-event"),
        ("agency pin --home npu", "to-event"),
        ("roster policy GE --home npu --set", "to-event"),
    ] {
        for input in [link, "/dev/null", "pipe"] {
            let refused = limited(&town, line.split(' ').chain([input]));
            assert!(refused.err.contains("error[path]"), "{line} {input}: {} {}", refused.code, refused.err);
            let is = if input == link { "is a symbolic link" } else { "is not a regular file" };
            assert!(refused.err.contains(&format!("{input}: {is}")), "{line} {input}: {}", refused.err);
            assert_eq!(refused.code, 1, "{line} {input}: {}", refused.err);
            assert!(!town.exists("out") && !town.exists("in"), "{line}");
        }
    }
    // A remedy that is followed works.
    let refused = limited(&town, ["open", "--home", "npu", "-o", "out", "to-envelope"]);
    assert!(refused.err.contains("- as a stream"), "{}", refused.err);
    let opened = shell(&town, "vlec open --home npu KEY -o out - < to-envelope");
    assert_eq!((opened.code, town.read("out")), (0, b"content".to_vec()), "{}", opened.err);
}

/// What was read first was of another time than what is read last.
#[test]
fn f4_a_file_that_changes_while_it_goes_to_standard_output_ends_in_an_error() {
    const LEN: usize = 5 << 20;
    let town = Town::new();
    town.write("big", vec![7; LEN]);
    let mut command = town.command("seal --home cyber --to UA/npu/cyber -o - big".split(' '));
    with_key(&mut command);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut out, mut said) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let mut sealed = vec![0; 1000];
    out.read_exact(&mut sealed).unwrap();
    // The pipe is full long before the end of the file is read.
    let file = fs::File::options().write(true).open(town.path("big")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"other", LEN as u64 - 5).unwrap();
    out.read_to_end(&mut sealed).unwrap();
    let mut text = String::new();
    said.read_to_string(&mut text).unwrap();
    let code = child.wait().unwrap().code();
    assert!(text.contains("error[input-changed]") && text.contains("not whole"), "{code:?} {text}");
    assert_eq!(code, Some(1));
    town.write("torn.vlec", sealed);
    let opened = town.run("open --home npu -o out torn.vlec".split(' '));
    assert_ne!(opened.code, 0);
    assert!(!town.exists("out"));
}

#[test]
fn a_file_goes_to_standard_output_without_a_spool_and_a_stream_says_where_its_spool_is() {
    let town = Town::new();
    let content: Vec<u8> = (0..2_500_000_u32).map(|n| n as u8).collect();
    town.write("big", &content);
    town.write("empty", "");
    for (name, content) in [("big", content), ("empty", Vec::new())] {
        let mut command = town.command(format!("seal --home cyber --to UA/npu/cyber -o - {name}").split(' '));
        with_key(&mut command);
        let sealed = ran(command.env("TMPDIR", "/nowhere").output().unwrap());
        assert_eq!((sealed.code, sealed.err.as_str()), (0, ""));
        town.write("x.vlec", &sealed.bytes);
        assert!(town.run("open --home npu -o - x.vlec".split(' ')).bytes == content);
    }
    let mut command = town.command("seal --home cyber --to UA/npu/cyber -".split(' '));
    with_key(&mut command);
    let refused = ran(command.env("TMPDIR", "/nowhere").output().unwrap());
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("/nowhere") && refused.err.contains("TMPDIR"), "{}", refused.err);
}

#[test]
fn f9_of_many_files_a_missing_one_is_said_and_the_others_are_sealed_and_opened() {
    let town = Town::new();
    for name in ["a.txt", "c.txt"] {
        town.write(name, name);
    }
    let sealed = town.run(SEAL.into_iter().chain(["a.txt", "b.txt", "c.txt", "no/folder"]));
    assert_eq!(sealed.code, 1, "{}", sealed.err);
    for missing in ["b.txt", "no/folder"] {
        assert_eq!(
            sealed.err.matches(&format!("]: {missing}: cannot be read: ")).count(),
            1,
            "{}",
            sealed.err
        );
    }
    assert!(town.exists("a.txt.vlec") && town.exists("c.txt.vlec"));
    let opened = town.run("open --home npu -o in/ a.txt.vlec b.txt.vlec c.txt.vlec --json".split(' '));
    assert_eq!(opened.code, 1, "{}", opened.err);
    let records = json(&opened);
    let failed: Vec<_> = records.as_array().unwrap().iter().filter(|one| one["error"].is_object()).collect();
    assert_eq!((records.as_array().unwrap().len(), failed.len()), (3, 1), "{records}");
    assert_eq!((&failed[0]["file"], &failed[0]["error"]["code"]), (&"b.txt.vlec".into(), &"io".into()));
    assert_eq!(names(&town.path("in")), ["a.txt", "c.txt"]);
    // Nothing is asked for where nothing is left to be done.
    let none = town.bare("seal --home cyber --to UA/npu/cyber --no-input missing.txt".split(' '));
    assert!(none.code == 1 && none.err.contains("missing.txt: cannot be read"), "{}", none.err);
}

#[test]
fn f9_of_many_events_notes_and_bundles_the_bad_ones_are_said_and_the_others_are_taken() {
    let town = Town::new();
    town.write("bad", "not of any kind");
    town.run("maintain --home cyber --announce to-ge".split(' '));
    town.line("rotate --home cyber -o to-ge");
    let events: Vec<String> = names(&town.path("to-ge")).iter().map(|name| format!("to-ge/{name}")).collect();
    assert!(!events.is_empty());
    let args = ["centre", "admit", "--home", "ge", "missing.event", "bad", "--json"].map(str::to_owned);
    let admitted = town.run(args.into_iter().chain(events.clone()));
    assert_eq!(admitted.code, 1, "{}", admitted.err);
    let records = json(&admitted);
    let (failed, taken): (Vec<_>, Vec<_>) =
        records.as_array().unwrap().iter().partition(|one| one["error"].is_object());
    assert_eq!((failed.len(), taken.len()), (2, events.len()), "{records}");

    town.line("centre publish --home ge --force");
    town.line("centre cosign GE.proposal --home ua --force");
    town.line("centre cosign GE.proposal --home md --force");
    let notes = "GE-cosigned-by-UA.note bad missing.note GE-cosigned-by-MD.note";
    let collected =
        town.run(format!("centre collect {notes} -o GE.bundle --force --home ge --json").split(' '));
    assert_eq!(collected.code, 1, "{}", collected.err);
    let record = json(&collected);
    assert_eq!(record["published"], true);
    let files: Vec<_> = record["failed"].as_array().unwrap().iter().map(|one| one["file"].clone()).collect();
    assert_eq!(files, ["bad", "missing.note"], "{record}");

    let imported = town.run("roster import bad missing.bundle GE.bundle --home npu --json".split(' '));
    assert_eq!(imported.code, 1);
    assert_eq!(json(&imported)[2]["country"], "GE", "{}", imported.out);
}

/// It brings nothing, and is nothing that has failed.
#[test]
fn f9_an_older_bundle_of_the_same_roster_is_no_failure_and_is_said() {
    let town = Town::new();
    let older = town.read("GE.bundle");
    town.line("rotate --home cyber -o to-ge");
    let events: Vec<String> = names(&town.path("to-ge")).iter().map(|name| format!("to-ge/{name}")).collect();
    town.ok(["centre", "admit", "--home", "ge"].map(str::to_owned).into_iter().chain(events));
    town.publish();
    town.write("older.bundle", older);
    let imported = town.json("roster import older.bundle GE.bundle older.bundle --home npu");
    let states: Vec<_> = imported.as_array().unwrap().iter().map(|one| one["older"].clone()).collect();
    assert_eq!(states, [true, false, true], "{imported}");
    assert_eq!(imported[0]["size"], imported[1]["size"]);
    let said = town.run("roster import older.bundle --home npu".split(' '));
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("older.bundle: older than what is held"), "{}", said.err);
    // The same number of events, and an older time.
    let held = town.read("GE.bundle");
    town.line("centre publish --home ge --force");
    assert_eq!(town.run("roster import GE.bundle --home npu".split(' ')).code, 0);
    drop(held);
}

/// A name's bytes are kept apart, and what is sealed of it can be shown.
#[test]
fn b8_names_that_are_not_utf_8_are_sealed_as_what_can_be_shown_and_told_apart() {
    let town = Town::new();
    fs::create_dir(town.path("case")).unwrap();
    let names_of =
        |last: u8| OsString::from(OsStr::from_bytes(&[b'c', b'a', b'f', last, b'.', b't', b'x', b't']));
    for last in [0xe8, 0xe9] {
        fs::write(town.path("case").join(names_of(last)), [last]).unwrap();
    }
    let sealed = town.run(SEAL.into_iter().chain(["-o", "out", "case", "--json"]));
    assert_eq!(sealed.code, 0, "{}", sealed.err);
    assert_eq!(sealed.err.matches("is sealed as caf_.txt").count(), 2, "{}", sealed.err);
    let records = json(&sealed);
    let hex: Vec<_> = records.as_array().unwrap().iter().map(|one| one["input-hex"].clone()).collect();
    assert_eq!(hex, ["636173652f636166e82e747874", "636173652f636166e92e747874"], "{records}");
    for last in [0xe8, 0xe9] {
        let mut envelope = town.path("out/case").join(names_of(last)).into_os_string();
        envelope.push(".vlec");
        let args = ["open", "--home", "npu", "-o", "in/", "--force", "--json"].map(OsString::from);
        let opened = town.run(args.into_iter().chain([envelope]));
        assert_eq!(opened.code, 0, "{}", opened.err);
        assert_eq!(json(&opened)[0]["manifest"]["labels"]["file-name"], "caf_.txt");
        assert_eq!(json(&opened)[0]["manifest"]["content-type"], "text/plain");
        assert!(
            json(&opened)[0]["input-hex"]
                .as_str()
                .unwrap()
                .ends_with(&format!("{last:02x}2e7478742e766c6563"))
        );
        assert_eq!(town.read("in/caf_.txt"), [last]);
    }
    // Also of one that fails.
    let missing = town.run(["inspect".into(), names_of(0xe8), "--json".into()]);
    assert_eq!(json(&missing)[0]["input-hex"], "636166e82e747874", "{}", missing.out);
}

#[test]
fn b8_what_a_file_name_may_not_have_is_sealed_as_an_underline_and_said() {
    let town = Town::new();
    for (name, sealed_as) in [
        ("10:30 who?.txt", "10_30 who_.txt"),
        ("con.txt", "_con.txt"),
        ("end. ", "end._"),
        ("a\u{202e}fdp.exe", "a_fdp.exe"),
        ("line\nend", "line_end"),
    ] {
        town.write(&format!("from/{name}"), "content");
        let path = format!("from/{name}");
        let sealed = town.run(SEAL.into_iter().chain(["-o", "x", "--force", path.as_str()]));
        assert_eq!(sealed.code, 0, "{}", sealed.err);
        assert!(sealed.err.contains(&format!("is sealed as {sealed_as}")), "{}", sealed.err);
        assert!(sealed.err.contains("--name"), "{}", sealed.err);
        let shown = town.json("inspect --home npu x");
        assert_eq!(shown[0]["manifest"]["labels"]["file-name"], sealed_as);
    }
    town.write("a:b.pdf", "content");
    let line = "seal --home cyber --to UA/npu/cyber -o x --force a:b.pdf";
    let named = town.run(line.split(' ').chain(["--name", "a-b.pdf"]));
    assert_eq!((named.code, named.err.as_str()), (0, ""));
    let manifest = &town.json("inspect --home npu x")[0]["manifest"];
    assert_eq!(
        (&manifest["labels"]["file-name"], &manifest["content-type"]),
        (&"a-b.pdf".into(), &"application/pdf".into())
    );
    let wrong = town.run(line.split(' ').chain(["--name", "a/b"]));
    assert!(wrong.code == 2 && wrong.err.contains("--name"), "{}", wrong.err);
    let none = town.run(line.split(' ').chain(["--no-name"]));
    assert_eq!((none.code, none.err.as_str()), (0, ""));
    assert_eq!(town.json("inspect --home npu x")[0]["manifest"]["labels"]["file-name"], Value::Null);
    // Of a stream too; of several files none is the one that is meant.
    let sealed = shell(&town, "echo x | vlec seal --home cyber KEY --to UA/npu/cyber --name x.txt - > x");
    assert_eq!(sealed.code, 0, "{}", sealed.err);
    assert_eq!(town.json("inspect --home npu x")[0]["manifest"]["labels"]["file-name"], "x.txt");
    town.refused("seal --home cyber --to UA/npu/cyber --name x a:b.pdf GE.bundle", "usage", 2);
}

/// Whoever does what is told gets what was meant.
#[test]
fn f7_the_remedy_for_what_a_folder_leaves_out_can_be_followed() {
    let town = Town::new();
    town.write("kept/real.txt", "behind the link");
    town.write("case/a.txt", "a");
    town.write("case/old.vlec", "an envelope that is meant");
    symlink("../kept/real.txt", town.path("case/link")).unwrap();
    symlink("../kept", town.path("case/tree")).unwrap();
    symlink("nothing", town.path("case/lost")).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, town.path("case/pipe"), fifo, 0o600.into(), 0).unwrap();
    let sealed = town.run(SEAL.into_iter().chain(["-o", "out", "case", "--json"]));
    assert_eq!(sealed.code, 6, "{}", sealed.err);
    let records = json(&sealed);
    let remedy = |name: &str| {
        let of = |one: &&Value| one["file"] == format!("case/{name}").as_str();
        let record = records.as_array().unwrap().iter().find(of).unwrap();
        record["error"]["remedy"].as_str().unwrap().to_owned()
    };
    let quoted = |name: &str| {
        let text = remedy(name);
        text.split('`').nth(1).unwrap_or_else(|| panic!("{name}: {text}")).to_owned()
    };
    for (name, file) in [("link", "real.txt"), ("tree", "kept/real.txt"), ("old.vlec", "old.vlec")] {
        let named = quoted(name);
        let told = town.run(SEAL.into_iter().chain(["-o", &format!("told-{name}/"), named.as_str()]));
        assert_eq!(told.code, 0, "{name}: {named}: {}", told.err);
        assert!(town.exists(&format!("told-{name}/{file}.vlec")), "{name}: {named}");
    }
    assert!(remedy("lost").contains("names nothing"), "{}", remedy("lost"));
    assert!(remedy("pipe").contains("`… - < case/pipe`"), "{}", remedy("pipe"));
    // The same of what is named itself.
    let link = town.run(SEAL.into_iter().chain(["case/link"]));
    assert!(link.err.contains("is a symbolic link") && link.err.contains("try: "), "{}", link.err);
    let named = link.err.split('`').nth(1).unwrap_or_else(|| panic!("{}", link.err));
    town.ok(SEAL.into_iter().chain(["-o", "again/", named]));
    assert!(town.exists("again/real.txt.vlec"));
}

/// By what is in it: a name is easily another's.
#[test]
fn a_folder_is_one_of_root_keys_only_where_a_root_key_lies_in_it() {
    let town = Town::new();
    town.write("notes/tree.root", "of a plant");
    let envelope = town.sealed("a.txt", b"content");
    town.line(&format!("open --home npu -o notes/ {envelope}"));
    assert_eq!(town.read("notes/a.txt"), b"content");
    town.write("cyber/plan.root", "of a plant");
    town.line("seal --home cyber --to UA/npu/cyber -o x.vlec cyber/plan.root");
    copy(&town.path("ge/roots"), &town.path("medium"));
    town.refused("seal --home cyber --to UA/npu/cyber -o medium/x a.txt", "protected", 2);
    fs::rename(town.path("medium/GE-1.root"), town.path("alone")).unwrap();
    let mut file = fs::File::options().append(true).open(town.path("notes/tree.root")).unwrap();
    file.write_all(b", and more").unwrap();
}
