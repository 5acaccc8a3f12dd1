//! Bundles of another tree than the one that is held: step 10 of SPEC §4.18, exit by exit.

use vlec::hazmat::world::NOW;

use super::{Case, Item, Logs, consistency, proof};
use crate::Result;
use crate::checkpoints::{Scene, Text};
use crate::hex::hex;

pub(super) fn cases(scene: &Scene, logs: &Logs<'_>) -> Result<Vec<Case>> {
    let Logs { grown, forked, longer, .. } = logs;
    // What is held is `grown`, under this checkpoint.
    let ours = grown.note(6, NOW + 200)?;
    let new = |name: &str, what: &str| {
        Case::new(scene, &format!("bundle-{name}"), what, &["BND-21", "BND-40"]).held("bundle-increment")
    };
    let signed = |text: &Text| grown.note_of(text, &[&scene.log], NOW + 210, 3);
    let other = |size: usize| Text { root: [1; 32], ..grown.text(size) };
    let under = |note: &str, items: Vec<Item>| -> Vec<Item> {
        [vec![grown.header(5), Item::Checkpoint(note.to_owned())], items].concat()
    };
    let theirs = vec![Item::Event(hex(forked.event(5)?.encode()))];
    let (differs, fork) = ("roster-differs", "roster-fork");
    let equal = signed(&other(6))?;
    let smaller = signed(&other(3))?;
    let larger = longer.note(7, NOW + 220)?;
    let hashes = consistency(6, &longer.hashes(7));
    let larger_proof = proof([&ours, &larger], longer.text(6).root, &hashes);
    let stranger = forked.note_of(&forked.text(6), &[&scene.next_log], NOW + 210, 3)?;
    let by_peaks =
        vec![longer.header(6), Item::Checkpoint(larger.clone()), Item::Event(hex(longer.event(6)?.encode()))];
    let peaks_of_nobody = |from: u64| Item::Header {
        origin: scene.text.origin.clone(),
        from,
        peaks: vec![hex([1; 32]); from.count_ones() as usize],
    };
    let end = grown.entries(5, 6);
    let mut later = under(&signed(&other(6))?, theirs.clone());
    later.push(Item::Checkpoint(larger.clone()));
    later.extend(longer.entries(6, 7));
    let mut unread = under(&stranger, vec![Item::Event("00".into())]);
    unread.push(Item::Checkpoint(larger.clone()));
    Ok(vec![
        new(
            "fork-by-root",
            "the entries are those that are held, and the log has signed \
             another root over them",
        )
        .of(vec![grown.header(6), Item::Checkpoint(equal.clone())])
        .proof(&proof([&equal, &ours], [1; 32], &[]))
        .expect(fork, "R1"),
        new("fork-by-a-smaller-root", "the log has signed another root at an earlier size")
            .of([vec![grown.header(0), Item::Checkpoint(smaller.clone())], grown.entries(0, 3)].concat())
            .proof(&proof([&smaller, &ours], grown.text(3).root, &consistency(3, &grown.hashes(6))))
            .expect(fork, "R1"),
        new(
            "fork-by-peaks",
            "the bundle begins at the end of another tree, whose checkpoint the \
             log has signed",
        )
        .of(by_peaks)
        .proof(&larger_proof)
        .expect(fork, "R1"),
        new(
            "fork-by-a-later-checkpoint",
            "the checkpoint of the entry that differs is not of its tree, the \
             next one is",
        )
        .of(later)
        .proof(&larger_proof)
        .expect(fork, "R1"),
        new(
            "differs-under-another-root",
            "an entry that differs, under a checkpoint that the log has signed \
             and that is not of this tree",
        )
        .of(under(&equal, theirs.clone()))
        .expect(differs, "R11"),
        new("differs-unsigned", "an entry that differs, under a checkpoint that the log has not signed")
            .of(under(&stranger, theirs.clone()))
            .expect(differs, "R11"),
        new(
            "differs-unsigned-is-not-read",
            "after an entry that differs what the log has not signed is not \
             read, and what follows neither",
        )
        .of([under(&stranger, theirs.clone()), vec![Item::Event("00".into()), Item::Checkpoint(larger)]]
            .concat())
        .expect(differs, "R11"),
        new(
            "differs-and-malformed",
            "an entry that is no event, before one could differ: the form comes \
             first",
        )
        .of(unread)
        .expect("event-malformed", "R11"),
        new("peaks-of-nobody", "the peaks are of no tree that anybody has signed")
            .of([vec![peaks_of_nobody(5), Item::Checkpoint(ours.clone())], end.clone()].concat())
            .expect(differs, "R11"),
        new("peaks-of-nobody-under-a-stranger", "and the log has not signed the checkpoint either")
            .of([vec![peaks_of_nobody(5), Item::Checkpoint(stranger)], end].concat())
            .expect(differs, "R11"),
        new("peaks-and-nothing-else", "peaks of another tree, and no checkpoint")
            .of(vec![peaks_of_nobody(6)])
            .expect(differs, "R11"),
        new("wrong-root-of-a-stranger", "another root at an earlier size, which the log has not signed")
            .of([
                vec![
                    grown.header(0),
                    Item::Checkpoint(grown.note_of(&other(3), &[&scene.next_log], NOW, 3)?),
                ],
                grown.entries(0, 3),
            ]
            .concat())
            .expect("roster-wrong-root", "R11"),
    ])
}
