//! Proposals, as a witness of another country judges them (`[BND-30]`, `[BND-31]`).

use vlec::hazmat::world::NOW;

use super::{Case, Item, Log, Logs, Proposed, WORLD, Witness, consistency, proof};
use crate::Result;
use crate::cbor::{array, bytes, text, uint};
use crate::checkpoints::Scene;
use crate::hex::hex;
use crate::party::sign;
use crate::rosters::DELAY;
use crate::story::{BORDER, CYBER, DAY, Story};

/// When the log has signed.
const SIGNED: u64 = NOW + 500;

impl Case {
    /// Judged by a witness that has cosigned this note of the log last.
    fn witness(mut self, last: Option<&str>) -> Self {
        self.witness = Some(Witness { last: last.map(str::to_owned) });
        self
    }
}

/// Signed by the log alone.
fn own(log: &Log<'_>, at: u64) -> Result<String> {
    log.note_of(&log.text(log.entries.len()), &[&log.scene.log], at, 0)
}

pub(super) fn cases(scene: &Scene, story: &Story<'_>, logs: &Logs<'_>) -> Result<Vec<Case>> {
    let Logs { world, grown, forked, longer, .. } = logs;
    let new = |name: &str, what: &str, rule: &'static str| {
        Case::new(scene, &format!("proposal-{name}"), what, &[rule]).held("bundle-whole")
    };
    // Nothing of a proposal counts in the own view.
    let may = |case: Case, note: &str, signed_at: u64| {
        let mut says = world.says(0, NOW + 1);
        says.proposed = Some(Proposed { note: note.to_owned(), signed_at });
        case.says(says)
    };
    let note = own(grown, SIGNED)?;
    let one_witness = grown.note_of(&grown.text(6), &[&scene.log], SIGNED, 1)?;
    let proposal = || grown.bundle(WORLD, note.clone());
    let mut then_quorum = proposal();
    then_quorum.push(Item::Checkpoint(grown.note(6, SIGNED + 10)?));
    let mut two_sections = forked.bundle(WORLD, own(forked, SIGNED)?);
    two_sections.push(Item::Checkpoint(own(longer, SIGNED)?));
    two_sections.extend(longer.entries(6, 7));
    let stranger = grown.note_of(&grown.text(6), &[&scene.next_log], SIGNED, 0)?;
    let ended = array(&[uint(4), text(CYBER), uint(3), uint(NOW + DAY), bytes([9; 32])]);
    let dropped = world.with_leaf(ended);
    let late = NOW + 9 * DAY;
    // What this witness has cosigned last.
    let theirs = forked.note(6, NOW + 210)?;
    let larger = longer.note(7, NOW + 220)?;
    let ours = own(grown, NOW + 200)?;
    let (next, _) = sign(story.enrol(&story.new)?, &story.quorum(&[&story.new]), "bundle 2")?;
    let continued = grown.with(&[&next]);
    let continued_note = own(&continued, SIGNED)?;
    let continues = || continued.bundle(WORLD, continued_note.clone());
    let mut cases = vec![
        may(
            new("first", "the first that this witness sees of the log", "BND-30")
                .witness(None)
                .of(proposal()),
            &note,
            SIGNED,
        ),
        may(
            new(
                "with-a-cosignature",
                "one witness has cosigned: the note that goes back has the log's \
             lines alone",
                "BND-30",
            )
            .witness(None)
            .of(grown.bundle(WORLD, one_witness)),
            &note,
            SIGNED,
        ),
        may(
            new("heartbeat", "the same events under a new time of the log", "BND-54")
                .witness(Some(&world.note(5, NOW)?))
                .of(world.bundle(WORLD, own(world, SIGNED)?)),
            &own(world, SIGNED)?,
            SIGNED,
        ),
        may(
            new("after-another-section", "two sections without a quorum: the last one is proposed", "BND-59")
                .witness(None)
                .of(two_sections),
            &own(longer, SIGNED)?,
            SIGNED,
        ),
        new("of-a-quorum", "a quorum has cosigned all of it", "BND-30")
            .witness(None)
            .of(grown.bundle(WORLD, grown.note(6, SIGNED)?))
            .expect("roster-nothing-proposed", ""),
        new("then-a-quorum", "a checkpoint with a quorum follows", "BND-30")
            .witness(None)
            .of(then_quorum)
            .expect("roster-nothing-proposed", ""),
        new("not-signed", "another pair has signed", "BND-30")
            .witness(None)
            .of(grown.bundle(WORLD, stranger))
            .expect("checkpoint-log-signature-missing", "R15"),
        new("of-a-leaf", "of an event that is proposed only the leaf is there", "BND-30")
            .witness(None)
            .at(late)
            .of(dropped.bundle(WORLD, own(&dropped, late)?))
            .expect("event-bytes-missing", "R9"),
        may(
            new("that-continues", "it continues what this witness has cosigned last", "BND-31")
                .witness(Some(&ours))
                .of(continues()),
            &continued_note,
            SIGNED,
        ),
        new("smaller", "it is smaller than what this witness has cosigned last", "BND-31")
            .witness(Some(&own(&continued, NOW + 200)?))
            .of(proposal())
            .expect("roster-smaller", "R2"),
        new("fork-of-one-size", "this witness has cosigned another sixth event", "BND-31")
            .witness(Some(&theirs))
            .of(proposal())
            .proof(&proof([&theirs, &note], forked.text(6).root, &[]))
            .expect("roster-fork", "R1"),
        new(
            "fork-of-another-size",
            "this witness has cosigned another sixth event, and two are proposed",
            "BND-31",
        )
        .witness(Some(&theirs))
        .of(continues())
        .proof(&proof(
            [&theirs, &continued_note],
            continued.text(6).root,
            &consistency(6, &continued.hashes(7)),
        ))
        .expect("roster-fork", "R1"),
        new(
            "smaller-fork",
            "it is smaller than what this witness has cosigned, and of another \
             tree: the size is looked at first",
            "BND-31",
        )
        .witness(Some(&larger))
        .of(proposal())
        .expect("roster-smaller", "R1"),
    ];
    cases.extend(recovery(scene, story, logs)?);
    Ok(cases)
}

/// `[ROS-37]`: a witness judges whether a delay is over.
fn recovery(scene: &Scene, story: &Story<'_>, logs: &Logs<'_>) -> Result<Vec<Case>> {
    let next = &story.border_next;
    let (recover, _) = sign(story.recover(3, next)?, &story.quorum(&[next]), "bundle recovery 1")?;
    let epoch = story.epoch(BORDER, 4, 2, DELAY as i64, "GE/police/border epoch 2")?;
    let (epoch, _) = sign(epoch, &[next], "bundle recovery 2")?;
    let log = logs.world.with(&[&recover, &epoch]);
    let over = NOW + 202 + DELAY;
    let note = own(&log, over - 10)?;
    let mut items = vec![log.header(WORLD), Item::Checkpoint(log.note(6, NOW + 200)?)];
    items.extend(log.entries(5, 6));
    items.push(Item::Checkpoint(note.clone()));
    items.push(Item::Event(hex(epoch.encode())));
    let new = |name: &str, what: &str, now: u64| {
        Case::new(scene, &format!("proposal-{name}"), what, &["ROS-37", "BND-30"])
            .held("bundle-whole")
            .witness(None)
            .at(now)
            .of(items.clone())
    };
    let mut says = logs.world.says(0, NOW + 1);
    says.proposed = Some(Proposed { note, signed_at: over - 10 });
    let word = word(scene, story, logs)?;
    Ok(vec![
        new(
            "before-a-recovery-takes-effect",
            "the recovered identity announces an epoch a second before the \
             witness's time reaches the end of its delay",
            over - 1,
        )
        .expect("event-recovering", "R14"),
        new("when-a-recovery-takes-effect", "the same a second later", over).says(says),
        word,
    ])
}

/// `[ROS-62]`: what the log has appended goes on.
fn word(scene: &Scene, story: &Story<'_>, logs: &Logs<'_>) -> Result<Case> {
    let late = NOW + 9 * DAY;
    let unknown = story.revoke_by_owner(CYBER, vlec::KeyId::from_bytes([5; 32]))?;
    let (unknown, _) = sign(unknown, &[&story.cyber], "leaf word")?;
    let log = logs.world.with(&[&unknown]);
    let note = own(&log, late)?;
    let mut says = logs.world.says(0, NOW + 1);
    says.proposed = Some(Proposed { note: note.clone(), signed_at: late });
    let what =
        "an owner's word on a key that nobody knows, which a log has appended, after its epoch has ended";
    let case = Case::new(scene, "proposal-word-on-an-unknown-key", what, &["ROS-62"]);
    Ok(case.held("bundle-whole").witness(None).at(late).of(log.bundle(WORLD, note)).says(says))
}
