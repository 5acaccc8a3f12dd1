//! What a sender calls a file names a file in the folder that was chosen, and nothing else.

use crate::town::{Town, names};

#[test]
fn hidden_and_device_names_become_plain_ones() {
    let town = Town::new();
    for (name, safe) in
        [(".bashrc", "_.bashrc"), ("nul.txt", "_nul.txt"), ("-rf", "_-rf"), ("Звіт 17.txt", "Звіт 17.txt")]
    {
        town.write(&format!("from/{name}"), "content");
        let path = format!("from/{name}");
        town.ok([
            "seal",
            "--home",
            "cyber",
            "--to",
            "UA/npu/cyber",
            "-o",
            "x.vlec",
            "--force",
            "--",
            path.as_str(),
        ]);
        town.line("open --home npu -o in/ x.vlec");
        assert_eq!(names(&town.path("in")), [safe]);
        std::fs::remove_dir_all(town.path("in")).unwrap();
    }
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
