//! Help, completions, manual pages: made for every command there is.

use crate::town::{Town, names};

/// Every command, as its words.
fn commands(town: &Town) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(words) = open.pop() {
        let help = town.bare(words.iter().map(String::as_str).chain(["--help"]));
        assert_eq!(help.code, 0, "{words:?}");
        let below =
            help.out.split("Commands:\n").nth(1).map(|rest| rest.split("\n\n").next().unwrap_or_default());
        for line in below.unwrap_or_default().lines() {
            let name = line.strip_prefix("  ").and_then(|line| line.split(' ').next());
            if let Some(name) = name.filter(|name| !name.is_empty() && *name != "help") {
                open.push(words.iter().cloned().chain([name.to_owned()]).collect());
            }
        }
        found.push(words);
    }
    found
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let town = Town::empty();
    let all = commands(&town);
    assert!(all.len() >= 45, "{all:?}");
    for words in &all {
        let help = town.bare(words.iter().map(String::as_str).chain(["--help"])).out;
        let is_group = help.contains("Commands:\n");
        assert!(is_group || help.contains("Example"), "{words:?}\n{help}");
        assert!(help.contains("--json"), "{words:?}");
        assert!(help.lines().all(|line| line.chars().count() <= 120), "{words:?}\n{help}");
    }
}

#[test]
fn the_exit_statuses_are_explained() {
    let town = Town::empty();
    let help = town.bare(["--help"]).out;
    for status in ["0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "6 ", "130 "] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(status)), "{status}\n{help}");
    }
    assert!(town.bare(["--version"]).out.starts_with("vlec "));
    let nothing = town.bare(Vec::<&str>::new());
    assert_eq!(nothing.code, 2);
    assert!(nothing.err.contains("no command was given"), "{}", nothing.err);
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let town = Town::empty();
    town.line("man -o man1");
    let pages = names(&town.path("man1"));
    for words in commands(&town) {
        let name = ["vlec".to_owned()].into_iter().chain(words).collect::<Vec<_>>().join("-");
        assert!(pages.contains(&format!("{name}.1")), "{name}: {pages:?}");
    }
    let page = String::from_utf8(town.read("man1/vlec-seal.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("padding"), "{page}");
    assert_eq!(town.line("man"), String::from_utf8(town.read("man1/vlec.1")).unwrap());
}

#[test]
fn shells_complete_it() {
    let town = Town::empty();
    for shell in ["bash", "zsh", "fish"] {
        let text = town.line(&format!("completions {shell}"));
        assert!(text.contains("vlec") && text.contains("passphrase-file"), "{shell}");
    }
}
