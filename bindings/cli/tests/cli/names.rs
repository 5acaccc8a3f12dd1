//! What a sender calls a file names a file in the folder that was chosen, and nothing else.

use crate::town::{Town, names};

#[test]
fn hidden_names_and_options_become_plain_ones() {
    let town = Town::new();
    for (name, safe) in [(".bashrc", "_.bashrc"), ("-rf", "_-rf"), ("Звіт 17.txt", "Звіт 17.txt")] {
        town.write(&format!("from/{name}"), "content");
        let path = format!("from/{name}");
        let line = "seal --home cyber --key-file key --to UA/npu/cyber -o x.vlec --force --";
        town.ok(line.split(' ').chain([path.as_str()]));
        town.line("open --home npu -o in/ x.vlec");
        assert_eq!(names(&town.path("in")), [safe]);
        std::fs::remove_dir_all(town.path("in")).unwrap();
    }
}

#[test]
fn a_name_that_a_database_or_this_program_takes_for_its_own_is_changed() {
    let town = Town::new();
    for (name, safe) in [
        ("vault.sqlite-journal", "_vault.sqlite-journal"),
        ("Vault.SQLITE-wal", "_Vault.SQLITE-wal"),
        ("GE-1.root", "_GE-1.root"),
        ("z.vlec", "z.vlec_"),
        ("re\u{200b}port.txt", "re_port.txt"),
    ] {
        town.write(&format!("from/{name}"), "content");
        town.ok([
            "seal",
            "--home",
            "cyber",
            "--to",
            "UA/npu/cyber",
            "-o",
            "x",
            "--force",
            &format!("from/{name}"),
        ]);
        town.line("open --home npu -o in/ x");
        assert_eq!(names(&town.path("in")), [safe]);
        std::fs::remove_dir_all(town.path("in")).unwrap();
    }
}

#[test]
fn a_files_name_does_not_command_the_terminal() {
    let town = Town::new();
    let bad = "a\u{1b}[2J\u{202e}\nvlec: b";
    town.write(&format!("case/{bad}"), "not an envelope");
    std::os::unix::fs::symlink("x", town.path(format!("case/link{bad}"))).unwrap();
    let seal = ["seal", "--home", "cyber", "--to", "UA/npu/cyber", "-o", "out/"];
    let named = format!("case/{bad}");
    for ran in [
        town.run(["inspect", named.as_str()]),
        town.run(["inspect", format!("{named}.missing").as_str()]),
        town.run(["open", "--home", "npu", named.as_str()]),
        town.run(seal.into_iter().chain(["case"])),
        town.run(["roster", "import", "--home", "npu", named.as_str()]),
    ] {
        assert_ne!(ran.code, 0);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(said.contains("\\u{1b}[2J\\u{202e}\\u{a}vlec: b"), "{said:?}");
        assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said:?}");
    }
}

/// Beside the vault, a file of another's name would be its journal.
#[test]
fn nothing_is_written_into_the_home_beside_the_anchor_or_among_root_keys() {
    let town = Town::new();
    town.write("vault.sqlite-journal", "not a journal");
    town.line("seal --home cyber --to UA/npu/cyber -o npu/evil.vlec vault.sqlite-journal");
    std::os::unix::fs::symlink("npu", town.path("link")).unwrap();
    town.write("case/a.txt", "a");
    let before = names(&town.path("npu"));
    for line in [
        "open --home npu npu/evil.vlec",
        "open --home npu -o npu/ npu/evil.vlec",
        "open --home npu -o npu npu/evil.vlec",
        "open --home npu -o link/new/ npu/evil.vlec",
        "open --home npu -o x/../npu/file npu/evil.vlec",
        "open --home npu -o ge/roots npu/evil.vlec",
        "reopen --home npu -o npu/x npu/evil.vlec",
        "inspect --home npu --evidence npu npu/evil.vlec",
        "seal --home npu --to MD/igp -o npu/anchor/ case",
        "seal --home npu --to MD/igp -o npu/vault.sqlite-wal case/a.txt",
        "roster export GE -o npu/GE.bundle --home npu",
        "agency announce -o npu --home npu",
        "agency request -o npu/other --home npu",
        "maintain --announce npu/events --home npu",
        "revoke --epoch 1 --yes -o npu --home npu",
        "rotate -o npu --home npu",
        "roster prove UA/npu/cyber -o npu --home npu",
        "recover -o npu/x --home npu",
        "roster frozen GE -o npu/x --home npu",
        "centre publish -o ge/x --home ge",
        "centre anchor -o ge/roots/x --home ge",
        "centre witnessed UA -o ge/x --home ge",
        "centre cosign GE.proposal -o ge/x --home ge",
        "centre collect GE-cosigned-by-UA.note -o ge/x --home ge",
    ] {
        town.refused(line, "protected", 2);
    }
    assert_eq!(names(&town.path("npu")), before);
    town.line("open --home npu -o in/ npu/evil.vlec");
    // An anchor that lies elsewhere.
    town.line("agency create GE/mia/lab --home lab --anchor-dir kept");
    let lab = "agency announce --home lab --anchor-dir kept -o kept/x";
    town.refused(lab, "protected", 2);
    // Root keys without a home around them.
    std::fs::create_dir(town.path("keys")).unwrap();
    town.line("centre root GE -o keys/officer-4.root --root-key-file key");
    town.refused("open --home npu -o keys/ npu/evil.vlec", "protected", 2);
}

#[test]
fn the_vault_itself_is_not_sealed_to_others() {
    let town = Town::new();
    for input in ["cyber", ".", "cyber/../", "cyber/vault.sqlite", "cyber/anchor"] {
        town.refused(&format!("seal --home cyber --to UA/npu/cyber -o out/ {input}"), "protected", 2);
    }
    assert!(!town.exists("out"));
    town.line("seal --home cyber --to UA/npu/cyber -o out/ ge/ge.anchor");
}

/// Whoever's they are, and whatever they are called.
#[test]
fn a_folder_with_root_keys_or_a_vault_in_it_is_not_sealed() {
    let town = Town::new();
    let seal = "seal --home cyber --to UA/npu/cyber -o out/";
    town.write("case/a.txt", "a");
    town.write("case/plan.root", "no root key");
    let copy = |from: &str, to: &str| {
        std::fs::create_dir_all(town.path(to).parent().unwrap()).unwrap();
        std::fs::copy(town.path(from), town.path(to)).unwrap();
    };
    for (from, to, said) in [
        ("ge/roots/GE-1.root", "case/keys/GE-1.root", "a root key's file"),
        ("ge/roots/GE-1.root", "case/scan.pdf", "a root key's file"),
        ("npu/vault.sqlite", "case/old/vault.sqlite", "a vault's database"),
        ("npu/anchor/anchor", "case/old/a", "a vault's anchor"),
    ] {
        copy(from, to);
        for input in ["case", to] {
            let refused = town.refused(&format!("{seal} {input}"), "protected", 2);
            assert!(refused.err.contains(&format!("{to}: {said} is not sealed")), "{}", refused.err);
            assert!(refused.err.contains("name the files that are to be sealed"), "{}", refused.err);
        }
        std::fs::remove_file(town.path(to)).unwrap();
    }
    copy("npu/vault.sqlite", "case/old/vault.sqlite");
    town.write("case/old/vault.sqlite-wal", "rows that are on their way");
    let refused = town.refused(&format!("{seal} case"), "protected", 2);
    assert!(refused.err.contains("and 1 file like it"), "{}", refused.err);
    town.refused(&format!("{seal} case/old/vault.sqlite-wal"), "protected", 2);
    assert!(!town.exists("out"));
    std::fs::remove_dir_all(town.path("case/old")).unwrap();
    town.line(&format!("{seal} case"));
    assert_eq!(names(&town.path("out/case")), ["a.txt.vlec", "plan.root.vlec"]);
}

#[test]
fn what_opens_the_vault_is_not_sealed_by_it() {
    let town = Town::new();
    std::fs::create_dir(town.path("case")).unwrap();
    town.write("case/a.txt", "content");
    std::fs::copy(town.path("key"), town.path("case/my.key")).unwrap();
    for named in ["case", "case/my.key"] {
        let line = format!("seal --home cyber --key-file case/my.key --to UA/npu/cyber -o out/ {named}");
        let refused = town.refused(&line, "protected", 2);
        assert!(refused.err.contains("case/my.key: it opens the vault"), "{}", refused.err);
    }
    assert!(!town.exists("out"));
}

/// Which some recipient's system would take for something else: said at once, not when it is opened.
#[test]
fn a_name_that_no_manifest_takes_can_be_left_out() {
    let town = Town::new();
    town.write("nul.txt", "content");
    let changed = town.run("seal --home cyber --to UA/npu/cyber -o changed nul.txt".split(' '));
    assert_eq!(changed.code, 0, "{}", changed.err);
    assert!(
        changed.err.contains("sealed as _nul.txt") && changed.err.contains("--no-name"),
        "{}",
        changed.err
    );
    town.line("seal --no-name --home cyber --to UA/npu/cyber nul.txt");
    town.line("open --home npu -o in/ nul.txt.vlec");
    assert_eq!(names(&town.path("in")), ["_nul.txt"]);
}

#[test]
fn without_a_name_the_envelopes_own_is_taken() {
    let town = Town::new();
    town.write("secret-name.txt", "content");
    town.line("seal --home cyber --to UA/npu/cyber --no-name -o parcel.vlec secret-name.txt");
    assert_eq!(town.json("inspect --home npu parcel.vlec")[0]["manifest"]["labels"], serde_json::json!({}));
    town.line("open --home npu -o in/ parcel.vlec");
    assert_eq!(names(&town.path("in")), ["parcel"]);
}

/// `.vlec` is longer by five bytes; the name in the manifest may be as long as any.
#[test]
fn f6_a_long_name_is_sealed_to_another_one_and_keeps_its_end() {
    let town = Town::new();
    for len in [251, 255] {
        let name = format!("{}.pdf", "x".repeat(len - 4));
        town.write(&name, "content");
        let seal = format!("seal --home cyber --to UA/npu/cyber {name}");
        let refused = town.refused(&seal, "name-too-long", 1);
        assert!(refused.err.contains("a shorter name with -o"), "{}", refused.err);
        town.line(&format!("{seal} -o short-{len}.vlec"));
        town.line(&format!("open --home npu -o in-{len}/ short-{len}.vlec"));
        let opened = names(&town.path(format!("in-{len}")));
        assert!(opened[0].ends_with("xxx.pdf") && opened[0].len() > 250, "{opened:?}");
    }
}
