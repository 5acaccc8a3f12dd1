//! Equivocation proofs, each condition of `[BND-40]` on its own.

use vlec::hazmat::world::NOW;

use super::{Case, Logs, consistency, proof};
use crate::Result;
use crate::cbor::{array, bytes, head, text};
use crate::checkpoints::{Pair, Scene, Text};

pub(super) fn cases(scene: &Scene, logs: &Logs<'_>) -> Result<Vec<Case>> {
    let Logs { world, grown, forked, longer, changed } = logs;
    let (ours, theirs) = (grown.note(6, NOW + 200)?, forked.note(6, NOW + 210)?);
    let larger = longer.note(7, NOW + 220)?;
    let hashes = consistency(6, &longer.hashes(7));
    let against = |name: &str, what: &str, held: &str, proof: Vec<u8>| {
        Case::new(scene, &format!("proof-{name}"), what, &["BND-40"]).held(held).proof(&proof)
    };
    let held = "bundle-increment";
    let none = "roster-no-equivocation";
    let two = |format: &str, first: &str, second: &str| {
        array(&[text(format), text(first), text(second), bytes(forked.text(6).root), head(4, 0)])
    };
    let says = || grown.says(0, NOW + 201);
    // Notes under other names, by the same pair.
    let named = |origin: &str, root: [u8; 32]| {
        let text = Text { origin: origin.to_owned(), root, ..grown.text(6) };
        grown.note_of(&text, &[&scene.log.renamed(origin)], NOW, 0)
    };
    let (other, abroad) =
        (format!("vlec/1/GE/{}", "0".repeat(64)), scene.witnesses[0].name.replace("/witness", ""));
    let (other_a, other_b) = (named(&other, [1; 32])?, named(&other, [2; 32])?);
    let (abroad_a, abroad_b) = (named(&abroad, [1; 32])?, named(&abroad, [2; 32])?);
    let half = |log: &Pair, text: &Text, keep: usize| -> Result<String> {
        let note = grown.note_of(text, &[log], NOW + 210, 0)?;
        let mut lines: Vec<&str> = note.split_inclusive('\n').collect();
        let signatures = lines.split_off(lines.len() - 2);
        lines.extend(signatures.get(keep));
        Ok(lines.concat())
    };
    let mut cases = vec![
        against(
            "equal-size-in-the-other-order",
            "two roots of one size, the other note first",
            held,
            proof([&ours, &theirs], grown.text(6).root, &[]),
        )
        .says(says()),
        against("without-cosignatures", "notes of the log alone", held, {
            let bare = forked.note_of(&forked.text(6), &[&scene.log], NOW, 0)?;
            proof([&bare, &ours], forked.text(6).root, &[])
        })
        .says(says()),
        against(
            "root-of-the-second",
            "of two notes of one size the root is the second one's",
            held,
            proof([&theirs, &ours], grown.text(6).root, &[]),
        )
        .expect(none, "R11"),
        against(
            "root-of-nobody",
            "of two notes of one size the root is neither one's",
            held,
            proof([&theirs, &ours], [1; 32], &[]),
        )
        .expect(none, "R11"),
        against("of-another-format", "another format", held, two("vlec/2 equivocation", &theirs, &ours))
            .expect("event-malformed", "R11"),
        against(
            "of-a-longer-format",
            "the format with a letter more",
            held,
            two("vlec/1 equivocations", &theirs, &ours),
        )
        .expect("event-malformed", "R11"),
        against(
            "of-another-anchor",
            "both notes are of another log of the country, under the same pair",
            held,
            proof([&other_a, &other_b], [1; 32], &[]),
        )
        .expect(none, "R11"),
        against(
            "second-of-another-anchor",
            "the second note is of another log of the country",
            held,
            proof([&ours, &other_b], grown.text(6).root, &[]),
        )
        .expect(none, "R11"),
        against(
            "of-a-country-not-held",
            "of a country that is not pinned",
            held,
            proof([&abroad_a, &abroad_b], [1; 32], &[]),
        )
        .expect("no-roster", "R11"),
        against(
            "of-a-log-key-that-was-replaced",
            "the log pair that the country had before signed both",
            "bundle-authority",
            {
                let [a, b] = [[1; 32], [2; 32]].map(|root| Text { root, ..world.text(5) });
                let note = |text: &Text| world.note_of(text, &[&scene.log], NOW, 0);
                proof([&note(&a)?, &note(&b)?], [1; 32], &[])
            },
        )
        .says(changed.says(0, NOW + 201)),
        against(
            "of-two-log-keys",
            "one note under the pair of before, the other under that of now",
            "bundle-authority",
            {
                let [a, b] = [[1; 32], [2; 32]].map(|root| Text { root, ..world.text(5) });
                let a = world.note_of(&a, &[&scene.log], NOW, 0)?;
                proof([&a, &world.note_of(&b, &[&scene.next_log], NOW, 0)?], [1; 32], &[])
            },
        )
        .says(changed.says(0, NOW + 201)),
        against("hash-changed", "a hash of the proof of consistency is another", held, {
            let mut changed = hashes.clone();
            changed.iter_mut().take(1).for_each(|hash| *hash = [1; 32]);
            proof([&ours, &larger], longer.text(6).root, &changed)
        })
        .expect(none, "R11"),
        against(
            "hash-of-the-larger-tree-changed",
            "a hash that only the larger tree has is another",
            held,
            {
                let mut changed = hashes.clone();
                changed.iter_mut().skip(1).take(1).for_each(|hash| *hash = [1; 32]);
                proof([&ours, &larger], longer.text(6).root, &changed)
            },
        )
        .expect(none, "R11"),
        against("hash-missing", "a hash of the proof of consistency is missing", held, {
            let fewer: Vec<_> = hashes.iter().skip(1).copied().collect();
            proof([&ours, &larger], longer.text(6).root, &fewer)
        })
        .expect(none, "R11"),
        against(
            "note-malformed",
            "a note without its last newline",
            held,
            two("vlec/1 equivocation", theirs.trim_end(), &ours),
        )
        .expect("checkpoint-malformed", "R11"),
    ];
    for (name, what, keep) in [
        ("ed25519-alone", "the log's Ed25519 line alone", 0),
        ("ml-dsa-alone", "the log's ML-DSA-44 line alone", 1),
    ] {
        let half = half(&scene.log, &forked.text(6), keep)?;
        cases.push(
            against(name, what, held, proof([&half, &ours], forked.text(6).root, &[])).expect(none, "R11"),
        );
    }
    Ok(cases)
}
