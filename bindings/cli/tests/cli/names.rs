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

/// Which some recipient's system would take for something else: said at once, not when it is opened.
#[test]
fn a_name_that_no_manifest_takes_can_be_left_out() {
    let town = Town::new();
    town.write("nul.txt", "content");
    let refused = town.refused("seal --home cyber --to UA/npu/cyber nul.txt", "usage", 2);
    assert!(refused.err.contains("--no-name"), "{}", refused.err);
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
