//! Sealing, opening, accepting, reading again, looking inside.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::town::{Ran, Town, VLEC, mode, names, ran, with_key};

fn piped(town: &Town, line: &str, input: &[u8]) -> Ran {
    let mut command = town.command(line.split(' '));
    with_key(&mut command);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    ran(output)
}

#[test]
fn a_file_is_sealed_opened_refused_and_read_again() {
    let town = Town::new();
    town.write("report.pdf", b"%PDF-1.7 the van was seen");
    let sealed = town.json(
        "seal --home cyber --to UA/npu/cyber --to MD/igp --label case=CH-2026-17 --label urgency=urgent --label \
         deadline=2027-01-01 --padding none report.pdf",
    );
    assert_eq!(sealed[0]["envelope"], "report.pdf.vlec");
    assert_eq!(mode(&town.path("report.pdf.vlec")), 0o600);

    let outside = town.json("inspect report.pdf.vlec");
    assert_eq!((outside[0]["recipients"].as_u64(), outside[0]["verified"].as_bool()), (Some(2), Some(false)));
    assert_eq!(outside[0]["id"], sealed[0]["id"]);
    let inside = town.json("inspect --home npu report.pdf.vlec");
    let manifest = &inside[0]["manifest"];
    assert_eq!(manifest["content-type"], "application/pdf");
    assert_eq!(manifest["labels"]["case"], "CH-2026-17");
    assert_eq!(manifest["labels"]["deadline"], "2027-01-01T00:00:00Z");
    assert_eq!(manifest["labels"]["file-name"], "report.pdf");
    assert_eq!(manifest["sender"], "GE/mia/cyber");

    let opened = town.json("open --home npu -o inbox/ --outcome receipt-17 report.pdf.vlec");
    assert_eq!((&opened[0]["arrival"], &opened[0]["accepted"]), (&"first".into(), &true.into()));
    assert_eq!(town.read("inbox/report.pdf"), b"%PDF-1.7 the van was seen");
    assert_eq!(mode(&town.path("inbox/report.pdf")), 0o600);

    let again = town.refused("open --home npu -o other/ report.pdf.vlec", "duplicate", 5);
    assert!(again.err.contains("vlec reopen") && again.err.contains("receipt-17"), "{}", again.err);
    assert!(!town.exists("other/report.pdf"));
    let again = town.run("open --home npu -o other/ report.pdf.vlec --json".split(' '));
    let record: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(record[0]["error"]["outcome"], "receipt-17");

    town.line("reopen --home npu -o other/ report.pdf.vlec");
    assert_eq!(town.read("other/report.pdf"), b"%PDF-1.7 the van was seen");
    assert_eq!(
        town.run("reopen --home npu -o - report.pdf.vlec".split(' ')).bytes,
        b"%PDF-1.7 the van was seen"
    );
    town.refused("reopen --home igp -o third/ report.pdf.vlec", "not-accepted", 4);
    town.refused("reopen --home cyber -o third/ report.pdf.vlec", "not-a-recipient", 5);
    town.refused("inspect --home cyber report.pdf.vlec", "not-a-recipient", 5);
}

#[test]
fn quiet_in_pipes_and_on_success() {
    let town = Town::new();
    town.write("a.txt", "a");
    assert_eq!(town.line("seal --home cyber --to UA/npu/cyber a.txt"), "");
    assert_eq!(town.line("open --home npu -o in/ a.txt.vlec"), "");
}

#[test]
fn a_delivery_stays_pending_until_it_is_accepted() {
    let town = Town::new();
    let envelope = town.sealed("a.txt", b"content");
    town.line(&format!("open --home npu --no-accept -o one/ {envelope}"));
    let again = town.run(format!("open --home npu --no-accept -o two/ {envelope} --json").split(' '));
    assert!(again.err.contains("offered again"), "{}", again.err);
    assert!(again.out.contains("\"arrival\": \"again\""), "{}", again.out);
    // As after a crash between the file and its acceptance.
    let there = town.refused(&format!("open --home npu -o one/ {envelope}"), "exists", 1);
    assert!(there.err.contains("vlec accept"), "{}", there.err);
    town.line(&format!("accept --home npu --outcome filed {envelope}"));
    town.refused(&format!("accept --home npu {envelope}"), "duplicate", 5);
    town.refused(&format!("open --home npu -o three/ {envelope}"), "duplicate", 5);

    let envelope = town.sealed("b.txt", b"content");
    let id = town.json(&format!("inspect {envelope}"))[0]["id"].as_str().unwrap().to_owned();
    town.refused(&format!("accept --home npu --sender GE/mia/cyber --id {id}"), "not-pending", 4);
    town.line(&format!("open --home npu --no-accept -o four/ {envelope}"));
    town.line(&format!("accept --home npu --sender GE/mia/cyber --id {id}"));
    town.refused(&format!("open --home npu -o five/ {envelope}"), "duplicate", 5);
}

#[test]
fn streams_carry_content_and_envelopes() {
    let town = Town::new();
    let content: Vec<u8> = (0..3_000_000_u32).map(|n| n as u8).collect();
    let sealed = piped(&town, "seal --home cyber --to UA/npu/cyber --type application/x-tar -", &content);
    assert_eq!((sealed.code, sealed.err.as_str()), (0, ""));
    let opened = piped(&town, "open --home npu --no-accept -", &sealed.bytes);
    assert_eq!((opened.code, opened.err.as_str()), (0, ""));
    assert!(opened.bytes == content);

    // Into files, and out of them.
    assert_eq!(piped(&town, "seal --home cyber --to UA/npu/cyber -o x.vlec -", b"x").code, 0);
    let opened = town.run("open --home npu -o - x.vlec".split(' '));
    assert_eq!(opened.bytes, b"x");
    town.write("y.txt", "y");
    let sealed = town.run("seal --home cyber --to UA/npu/cyber -o - y.txt".split(' '));
    assert_eq!(piped(&town, "open --home npu -o in/ -", &sealed.bytes).code, 0);
    // There was no such folder: the file has its name.
    assert!(town.path("in").is_dir() && town.read("in/y.txt") == b"y");
    let sealed = town.run("seal --home cyber --to UA/npu/cyber -o - y.txt".split(' '));
    assert_eq!(piped(&town, "open --home npu -o z.txt -", &sealed.bytes).code, 0);
    assert_eq!(town.read("z.txt"), b"y");
}

/// Whoever reads the pipe may have gone before anything was kept.
#[test]
fn what_goes_into_a_pipe_stays_pending() {
    let town = Town::new();
    let envelope = town.sealed("a.txt", b"content");
    for line in
        [format!("open --home npu -o - {envelope}"), format!("open --home npu -o - {envelope} --json")]
    {
        let opened = town.run(line.split(' '));
        assert_eq!((opened.code, opened.bytes.as_slice()), (0, &b"content"[..]));
        assert!(
            opened.err.contains("pending") && opened.err.contains("vlec accept --sender"),
            "{}",
            opened.err
        );
    }
    let streamed = piped(&town, "open --home npu -", &town.read(&envelope));
    assert_eq!((streamed.code, streamed.bytes.as_slice()), (0, &b"content"[..]));
    assert!(streamed.err.contains("offered again") && streamed.err.contains("pending"), "{}", streamed.err);
    town.line(&format!("accept --home npu {envelope}"));
    // What was made durable is accepted.
    let envelope = town.sealed("b.txt", b"content");
    let mut command = town.command(format!("open --home npu -o - {envelope}").split(' '));
    with_key(&mut command);
    let opened = ran(command.stdout(fs::File::create(town.path("kept")).unwrap()).output().unwrap());
    assert_eq!((opened.code, opened.err.as_str()), (0, ""));
    assert_eq!(town.read("kept"), b"content");
    town.refused(&format!("open --home npu -o x/ {envelope}"), "duplicate", 5);
}

/// By its manifest, and asking leaves no trace.
#[test]
fn a_file_is_accepted_that_was_opened_and_no_other() {
    let town = Town::new();
    let envelope = town.sealed("a.txt", b"content");
    for _ in 0..2 {
        town.refused(&format!("accept --home npu {envelope}"), "not-pending", 4);
    }
    town.line(&format!("open --home npu --no-accept -o in/ {envelope}"));
    town.line(&format!("accept --home npu {envelope}"));
    town.refused(&format!("accept --home npu {envelope}"), "duplicate", 5);
}

#[test]
fn an_input_is_never_replaced_by_an_output() {
    let town = Town::new();
    town.sealed("b.txt", b"b");
    town.write("x/b.txt.vlec.vlec", "a");
    town.write("b.txt.vlec.copy", town.read("b.txt.vlec"));
    town.write("out/a", "a");
    let before = town.read("b.txt.vlec");
    // Sealed without a name, it has its envelope's: that of the envelope beside it.
    town.line("seal --no-name --home cyber --to UA/npu/cyber -o b.txt.vlec.vlec out/a");
    let opened = town.run("open --force --home npu b.txt.vlec.vlec b.txt.vlec".split(' '));
    assert_eq!(opened.code, 0, "{}", opened.err);
    assert_eq!(town.read("b.txt.vlec"), before);
    // An output that is another input.
    town.write("c", "c");
    town.write("c.vlec", "content that has such a name");
    let sealed = town.run("seal --force --home cyber --to UA/npu/cyber c c.vlec".split(' '));
    assert_eq!(sealed.code, 1);
    assert!(sealed.err.contains("c.vlec: it is an input of this command"), "{}", sealed.err);
    assert_eq!(town.read("c.vlec"), b"content that has such a name");
}

#[test]
fn a_stream_that_ends_early_is_no_delivery() {
    let town = Town::new();
    let sealed = piped(&town, "seal --home cyber --to UA/npu/cyber -", &[7; 2_500_000]);
    let cut = sealed.bytes.get(..sealed.bytes.len() - 1000).unwrap();
    let opened = piped(&town, "open --home npu -", cut);
    assert_eq!(opened.code, 5);
    assert!(opened.err.contains("error[truncated]"), "{}", opened.err);
    assert_eq!(opened.bytes.len() % (1 << 20), 0, "whole segments only");
    assert_eq!(piped(&town, "open --home npu -o late.bin -", cut).code, 5);
    assert!(!town.exists("late.bin"));
    assert!(piped(&town, "open --home npu -", &sealed.bytes).bytes == [7; 2_500_000]);
}

#[test]
fn folders_keep_their_tree_and_one_fault_does_not_stop_the_rest() {
    let town = Town::new();
    for name in ["case/a.txt", "case/photos/b.jpg", "case/photos/c.jpg"] {
        town.write(name, name);
    }
    town.write("case/old.vlec", "not sealed again");
    std::os::unix::fs::symlink("a.txt", town.path("case/link")).unwrap();
    let sealed = town.run("seal --home cyber --to UA/npu/cyber -o out case".split(' '));
    assert_eq!(sealed.code, 6, "{}", sealed.err);
    assert!(
        sealed.err.contains("error[left-out]: case/link: not a regular file, left out"),
        "{}",
        sealed.err
    );
    assert!(sealed.err.contains("error[left-out]: case/old.vlec: an envelope, left out"), "{}", sealed.err);
    let json = town.run("seal --home cyber --to UA/npu/cyber -o other case --json".split(' '));
    assert_eq!((json.code, json.out.matches("\"left-out\"").count()), (6, 2), "{}", json.out);
    fs::remove_file(town.path("case/link")).unwrap();
    fs::remove_file(town.path("case/old.vlec")).unwrap();
    assert_eq!(names(&town.path("out/case")), ["a.txt.vlec", "photos"]);
    assert_eq!(names(&town.path("out/case/photos")), ["b.jpg.vlec", "c.jpg.vlec"]);

    let path = town.path("out/case/photos/b.jpg.vlec");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    let opened = town.run("open --home npu -o inbox out/case".split(' '));
    assert_eq!(opened.code, 5, "{}", opened.err);
    assert!(
        opened.err.contains("out/case/photos/b.jpg.vlec: segment 0 of the body is damaged"),
        "{}",
        opened.err
    );
    assert_eq!(town.read("inbox/case/a.txt"), b"case/a.txt");
    assert_eq!(names(&town.path("inbox/case/photos")), ["c.jpg"]);

    // Beside themselves, where nothing else is said.
    town.line("seal --home cyber --to UA/npu/cyber case");
    assert!(town.exists("case/photos/b.jpg.vlec"));
    let twice = town.refused("seal --home cyber --to UA/npu/cyber case", "exists", 1);
    assert_eq!(twice.err.matches("exists already").count(), 3, "{}", twice.err);
    town.line("seal --force --home cyber --to UA/npu/cyber case");
}

#[test]
fn nothing_is_overwritten_unless_it_is_asked_for() {
    let town = Town::new();
    let envelope = town.sealed("a.txt", b"new");
    town.write("in/a.txt", "old");
    let refused = town.refused(&format!("open --home npu -o in/ {envelope}"), "exists", 1);
    assert!(refused.err.contains("--force"), "{}", refused.err);
    assert_eq!(town.read("in/a.txt"), b"old");
    town.line(&format!("open --home npu --force -o in/ {envelope}"));
    assert_eq!(town.read("in/a.txt"), b"new");
    // Two inputs, one name.
    town.write("x/same.txt", "1");
    town.write("y/same.txt", "2");
    let both =
        town.run("seal --force --home cyber --to UA/npu/cyber -o out/ x/same.txt y/same.txt".split(' '));
    assert_eq!(both.code, 1);
    assert!(both.err.contains("y/same.txt") && both.err.contains("earlier input"), "{}", both.err);
}

#[test]
fn evidence_is_for_a_third_party() {
    let town = Town::new();
    let envelope = town.sealed("a.txt", b"content");
    town.line(&format!("inspect --home npu --evidence proof {envelope}"));
    let kept = names(&town.path("proof"));
    assert_eq!(kept.len(), 2);
    assert!(kept[0].ends_with(".manifest") && kept[1].ends_with(".signature"), "{kept:?}");
    assert_eq!(town.read(&format!("proof/{}", kept[1])).len(), 3373);
}

/// As a letter was left out, exchanged or typed twice; also in the country.
#[test]
fn a_recipient_that_is_in_no_roster_is_named_and_the_one_that_was_meant() {
    let town = Town::new();
    town.write("a.txt", "a");
    for (typed, code, said) in [
        ("UA/npu/cybr", "not-enrolled", "UA/npu/cybr is not in the roster of UA"),
        ("UA/npu/cyebr", "not-enrolled", "UA/npu/cyebr is not in the roster of UA"),
        ("UA/npu/cyyberr", "not-enrolled", "UA/npu/cyyberr is not in the roster of UA"),
        ("AU/npu/cyber", "no-roster", "no roster of AU is held, and AU/npu/cyber would be in it"),
    ] {
        let line = format!("seal --home cyber --to MD/igp --to {typed} a.txt");
        let refused = town.refused(&line, code, 4);
        assert!(refused.err.contains(said), "{}", refused.err);
        assert!(refused.err.contains("try: did you mean UA/npu/cyber?"), "{}", refused.err);
        let json = town.run(line.split(' ').chain(["--json"]));
        let record: serde_json::Value = serde_json::from_str(&json.out).unwrap();
        assert!(record[0]["error"]["message"].as_str().unwrap().contains(typed), "{record}");
    }
    let far = town.refused("seal --home cyber --to UA/customs a.txt", "not-enrolled", 4);
    assert!(far.err.contains("try: UA has UA/npu/cyber; if it was enrolled lately"), "{}", far.err);
    // The same name in quite another country is nobody's slip.
    for other in ["FR/npu/cyber", "MD/npu/cyber"] {
        let none = town.run(["seal", "--home", "cyber", "--to", other, "a.txt"]);
        let import = format!("vlec roster import {}.bundle", &other[..2]);
        assert!(none.err.contains(&import) && !none.err.contains("mean"), "{}", none.err);
    }
    let shown = town.refused("roster show MD/igq --home cyber", "not-enrolled", 4);
    assert!(shown.err.contains("did you mean MD/igp?"), "{}", shown.err);
    assert!(!town.exists("a.txt.vlec"));
}

#[test]
fn sealing_is_refused_where_the_rosters_do_not_allow_it() {
    let town = Town::new();
    town.write("a.txt", "a");
    town.refused("seal --home cyber --to UA/npu/nobody a.txt", "not-enrolled", 4);
    town.refused("seal --home cyber --to FR/dgpn a.txt", "no-roster", 4);
    town.refused("seal --home cyber --to UA/npu/cyber --to UA/npu/cyber a.txt", "named-twice", 1);
    town.refused("seal --home ge --to UA/npu/cyber a.txt", "wrong-home", 5);
    assert!(!town.exists("a.txt.vlec"));
    std::os::unix::fs::symlink("a.txt", town.path("link")).unwrap();
    let link = town.refused("seal --home cyber --to UA/npu/cyber link", "path", 1);
    assert!(link.err.contains("symbolic link"), "{}", link.err);
}

/// As a drop folder: what is written there, others fetch.
#[test]
fn f8_a_folder_that_can_be_written_to_and_not_read_takes_files() {
    let town = Town::new();
    town.write("a.txt", "content");
    std::fs::create_dir(town.path("drop")).unwrap();
    let seal = format!("{VLEC} seal --home cyber --key-file key --to UA/npu/cyber -o drop/ a.txt");
    // Root reads every folder.
    let script = match rustix::process::geteuid().is_root() {
        true => format!(
            "chown -R 65534:65534 . && chmod 300 drop && \
             exec setpriv --reuid 65534 --regid 65534 --clear-groups {seal}"
        ),
        false => format!("chmod 300 drop && exec {seal}"),
    };
    let sealed = ran(Command::new("sh").args(["-c", &script]).current_dir(town.folder()).output().unwrap());
    assert_eq!(sealed.code, 0, "{}", sealed.err);
    assert!(town.exists("drop/a.txt.vlec"));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(town.path("drop"), mode).unwrap();
    assert_eq!(names(&town.path("drop")), ["a.txt.vlec"]);
}
