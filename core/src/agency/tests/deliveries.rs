//! Deliveries: once, whatever happens in between.

use std::sync::Barrier;
use std::thread;

use super::*;
use crate::envelope::draft::Draft;
use crate::envelope::error::EnvelopeError;
use crate::envelope::labels::Labels;
use crate::envelope::ledger::LedgerError;
use crate::envelope::outside::EnvelopeHeader;
use crate::envelope::seal::Sealer;
use crate::hazmat::seeded_random;

#[track_caller]
fn duplicate(scene: &Scene, mail: &[u8]) -> Vec<u8> {
    match scene.cyber.open(mail) {
        Err(Error::Envelope(EnvelopeError::Ledger(LedgerError::Duplicate { outcome }))) => {
            outcome.as_bytes().to_vec()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn l1_what_was_accepted_is_a_duplicate_with_the_first_outcome_also_after_a_restart() {
    let scene = Scene::new();
    let mail = scene.mail();
    let opened = scene.cyber.open(&mail).unwrap();
    assert_eq!((opened.content(), opened.arrival()), (&b"content"[..], Arrival::First));
    scene.cyber.accept(opened.manifest(), b"17/2026").unwrap();
    assert_eq!(duplicate(&scene, &mail), b"17/2026");
    let again = scene.cyber.accept(opened.manifest(), b"another");
    assert_eq!(code(again), "duplicate");
    let scene = scene.restart();
    assert_eq!(duplicate(&scene, &mail), b"17/2026");
}

#[test]
fn l1_a_restored_store_opens_nothing_again() {
    let scene = Scene::new();
    let (mail, backup) = (scene.mail(), scene.store.snapshot());
    let opened = scene.cyber.open(&mail).unwrap();
    scene.cyber.accept(opened.manifest(), b"done").unwrap();
    let restored = scene.town.unlock(Storage::new(backup, scene.anchor.snapshot())).unwrap();
    assert_eq!(code(restored.open(&mail)), "quarantined");
    restored.leave_quarantine().unwrap();
    assert_eq!(code(restored.open(&mail)), "epoch-destroyed");
}

#[test]
fn l1_past_the_ledgers_horizon_an_arrival_fails_closed() {
    let mut scene = Scene::new();
    let long = RotationPolicy { epoch: 60 * DAY, open_for: 300 * DAY, announce_ahead: 1 };
    scene.cyber.set_rotation_policy(long).unwrap();
    scene.days(3);
    let mail = scene.mail();
    let opened = scene.cyber.open(&mail).unwrap();
    scene.cyber.accept(opened.manifest(), b"done").unwrap();
    for _ in 0..62 {
        scene.town.advance(2 * DAY);
        scene.share();
        scene.cyber.maintain(&[]).unwrap();
    }
    assert_eq!(code(scene.cyber.open(&mail)), "past-horizon");
}

#[test]
fn l2_another_manifest_under_the_same_id_is_a_conflict_and_evidence() {
    let scene = Scene::new();
    // One source, twice: the same id, another content.
    let seal = |content: &[u8]| {
        let identity = scene.border.signing_identity().unwrap();
        let (now, to) = (scene.town.now(), [CYBER.parse().unwrap()]);
        let to = scene.border.replica.rosters().address(&identity, &to, now).unwrap().detached();
        let random = seeded_random([3; 32]);
        let draft = Draft::new("text/plain", 7).unwrap();
        Sealer::new(&identity, to, draft, &random).unwrap().seal(content).unwrap()
    };
    let opened = scene.cyber.open(&seal(b"one")).unwrap();
    assert_eq!(code(scene.cyber.open(&seal(b"two"))), "conflict");
    let (sender, id) = (opened.manifest().sender.clone(), opened.manifest().id);
    let evidence = scene.cyber.conflicts(&sender, &id).unwrap();
    assert_eq!(evidence.len(), 2);
    let key = scene.border.signing_identity().unwrap().public().clone();
    assert!(evidence.iter().all(|one| one.verify(&key).is_ok() && one.manifest.is_some()));
    assert!(evidence.iter().all(|one| one.manifest.as_ref().unwrap().verify(&key).is_ok()));
    // The first one is still to be accepted, and is not mistaken for the other.
    assert_eq!(code(scene.cyber.pending(&*seal(b"two"))), "conflict");
    assert_eq!(scene.cyber.pending(&*seal(b"one")).unwrap().id, id);
    assert_eq!(scene.cyber.open(&seal(b"one")).unwrap().arrival(), Arrival::Again);
    scene.cyber.accept(opened.manifest(), b"").unwrap();
}

/// After an epoch's end nothing that the vault keeps, nor any copy of it with what opens it, tells more of
/// an envelope than who sent it and when: no recipients, labels, content salt or body root.
#[test]
fn l13_after_the_epochs_end_nothing_is_left_to_compare_a_guess_with() {
    let mut scene = Scene::new();
    let opened = scene.cyber.open(&scene.mail()).unwrap();
    scene.cyber.accept(opened.manifest(), b"").unwrap();
    let manifest = opened.manifest();
    let told = [manifest.content_salt.to_vec(), manifest.body_root.to_vec(), BORDER.as_bytes().to_vec()];
    let tables = [Table::Ledger, Table::LedgerTime, Table::Conflict];
    let values = |scene: &Scene| {
        let all = |table| scene.cyber.replica.read(|view| Ok(view.range(table, &[], &[], usize::MAX)?));
        tables.iter().flat_map(|table| all(*table).unwrap()).map(|(_, value)| value).collect::<Vec<_>>()
    };
    // Not even while the epoch lives, for who has the vault key without the epoch's seed.
    let tells = |scene: &Scene| {
        let holds = |value: &[u8], part: &[u8]| value.windows(part.len()).any(|window| window == part);
        values(scene).iter().any(|value| told.iter().any(|part| holds(value, part)))
    };
    assert_eq!(values(&scene).len(), 3);
    assert!(!tells(&scene));
    scene.days(9);
    assert!(!tells(&scene) && values(&scene).len() == 3);
}

#[test]
fn l13_evidence_is_whole_until_its_epoch_ends_and_still_proves_the_senders_word_afterwards() {
    let mut scene = Scene::new();
    let key = scene.border.signing_identity().unwrap().public().clone();
    let (sender, id) = conflict(&scene);
    scene.days(1);
    let mut scene = scene.restart();
    let before = scene.cyber.conflicts(&sender, &id).unwrap();
    assert!(before.iter().all(|one| one.manifest.is_some() && one.verify(&key).is_ok()));
    scene.days(9);
    let after = scene.cyber.conflicts(&sender, &id).unwrap();
    assert_eq!(after.len(), 2);
    for (one, whole) in after.iter().zip(&before) {
        assert_eq!((&one.manifest, one.digest, one.signature), (&None, whole.digest, whole.signature));
        one.verify(&key).unwrap();
        let other = crate::Evidence { digest: [9; 64], ..one.clone() };
        assert_eq!(other.verify(&key).unwrap_err().code(), "open-failed");
    }
}

/// Rows of an earlier version hold the manifest under the vault key alone.
#[test]
fn l13_rows_of_before_are_put_under_their_epochs_or_lose_their_manifests() {
    let mut scene = Scene::new();
    let opened = scene.cyber.open(&scene.mail()).unwrap();
    let (sender, id) = conflict(&scene);
    scene.days(10);
    let late = scene.cyber.open(&scene.mail()).unwrap();
    let old = |signed: &crate::SignedManifest| {
        let mut row = vec![0x82, 0x59];
        row.extend((signed.bytes.len() as u16).to_be_bytes());
        row.extend_from_slice(&signed.bytes);
        row.extend([0x59, 0x0d, 0x2d]);
        row.extend_from_slice(&signed.signature);
        row
    };
    scene
        .cyber
        .replica
        .write(|edit| {
            for (key, _) in edit.range(Table::LedgerTime, &[], &[], usize::MAX)? {
                let of = if key.ends_with(late.manifest().id.as_bytes()) { &late } else { &opened };
                edit.put(Table::LedgerTime, &key, &old(of.manifest().signed()))?;
            }
            for (key, _) in edit.range(Table::Conflict, &[], &[], usize::MAX)? {
                edit.put(Table::Conflict, &key, &old(opened.manifest().signed()))?;
            }
            Ok(edit.delete(Table::Handle, b"evidence")?)
        })
        .unwrap();
    // As they stand they are still read.
    let evidence = scene.cyber.conflicts(&sender, &id).unwrap();
    assert!(evidence.iter().all(|one| one.manifest.is_some()));
    scene.cyber.ledger_at(scene.town.now()).convert().unwrap();
    let evidence = scene.cyber.conflicts(&sender, &id).unwrap();
    assert!(evidence.iter().all(|one| one.manifest.is_none()));
    let rows = scene.cyber.replica.read(|view| Ok(view.range(Table::LedgerTime, &[], &[], 99)?)).unwrap();
    assert_eq!(rows.len(), 3);
    for (key, row) in rows {
        let is_late = key.ends_with(late.manifest().id.as_bytes());
        assert_eq!(row.len() > 3600, is_late, "what is held is sealed, what has ended is gone");
        assert!(!row.windows(32).any(|window| window == late.manifest().content_salt));
        assert!(!row.windows(32).any(|window| window == opened.manifest().content_salt));
    }
}

/// Store and anchor were copied together: both copies go on with the same numbers, and nothing but what they
/// send tells it.
#[test]
fn l15_one_number_under_two_ids_is_reported_and_refused_nothing() {
    let mut scene = Scene::new();
    let other = scene.town.unlock(Storage::new(scene.store.snapshot(), scene.anchor.snapshot())).unwrap();
    let from = |agency: &Agency| agency.seal(&letter(BORDER), b"content").unwrap().bytes;
    let (one, two) = (from(&scene.cyber), from(&other));
    let twice = |scene: &Scene| is_due(&scene.border, |due| matches!(due, Due::SequenceTwice(_)));
    let first = scene.border.open(&one).unwrap();
    scene.border.open(&one).unwrap();
    assert_eq!(twice(&scene), []);
    let second = scene.border.open(&two).unwrap();
    assert_eq!(first.manifest().sequence, second.manifest().sequence);
    assert_eq!(second.arrival(), Arrival::First);
    assert_eq!(twice(&scene), [Due::SequenceTwice(CYBER.parse().unwrap())]);
    for opened in [first, second] {
        scene.border.accept(opened.manifest(), b"").unwrap();
    }
    scene.days(29);
    assert_eq!(twice(&scene).len(), 1);
    scene.days(2);
    assert_eq!(twice(&scene), []);
}

#[test]
fn l15_a_re_seal_and_what_its_sender_goes_on_with_are_no_second_use_of_a_number() {
    let scene = Scene::new();
    let first = scene.border.seal(&letter(CYBER), b"content").unwrap();
    let labels = Labels { replaces: Some(first.id), ..Labels::default() };
    let again = scene.border.seal(&letter(CYBER).labels(labels).unwrap(), b"content").unwrap();
    for envelope in [&first.bytes, &again.bytes, &scene.mail()] {
        scene.cyber.open(envelope).unwrap();
    }
    assert_eq!(is_due(&scene.cyber, |due| matches!(due, Due::SequenceTwice(_))), []);
    // The numbers go with the rows that carry them.
    let ledger = |scene: &Scene| {
        let rows = scene.cyber.replica.read(|view| Ok(view.range(Table::Ledger, &[], &[], 99)?));
        rows.unwrap().len()
    };
    assert_eq!(ledger(&scene), 6);
    let later = scene.town.now().plus(121 * DAY);
    scene.cyber.ledger_at(later).prune().unwrap();
    assert_eq!(ledger(&scene), 0);
}

/// Two manifests of `border` under one id.
fn conflict(scene: &Scene) -> (AgencyId, crate::EnvelopeId) {
    let seal = |content: &[u8]| {
        let identity = scene.border.signing_identity().unwrap();
        let (now, to) = (scene.town.now(), [CYBER.parse().unwrap()]);
        let to = scene.border.replica.rosters().address(&identity, &to, now).unwrap().detached();
        let random = seeded_random([3; 32]);
        let draft = Draft::new("text/plain", 7).unwrap();
        Sealer::new(&identity, to, draft, &random).unwrap().seal(content).unwrap()
    };
    let opened = scene.cyber.open(&seal(b"one")).unwrap();
    assert_eq!(code(scene.cyber.open(&seal(b"two"))), "conflict");
    (opened.manifest().sender.clone(), opened.manifest().id)
}

#[test]
fn what_is_pending_was_opened_and_not_accepted_and_asking_records_nothing() {
    let scene = Scene::new();
    let mail = scene.mail();
    for _ in 0..2 {
        assert_eq!(code(scene.cyber.pending(&*mail)), "not-pending");
    }
    let opened = scene.cyber.open(&mail).unwrap();
    assert_eq!(opened.arrival(), Arrival::First);
    assert_eq!(scene.cyber.pending(&*mail).unwrap().id, opened.manifest().id);
    scene.cyber.accept(opened.manifest(), b"").unwrap();
    assert_eq!(code(scene.cyber.pending(&*mail)), "duplicate");
}

#[test]
fn l3_of_many_threads_one_gets_the_first_delivery_and_one_accepts() {
    let scene = Scene::new();
    let (mail, start) = (scene.mail(), Barrier::new(8));
    let work = |n: u8| {
        start.wait();
        let opened = match scene.cyber.open(&mail) {
            Ok(opened) => opened,
            Err(error) => return (None, Err(error)),
        };
        (Some(opened.arrival()), scene.cyber.accept(opened.manifest(), &[n]))
    };
    let results: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || work(n))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|(arrival, _)| *arrival == Some(Arrival::First)).count(), 1);
    assert_eq!(results.iter().filter(|(_, accepted)| accepted.is_ok()).count(), 1);
    for (_, accepted) in results {
        assert!(accepted.is_ok() || code(accepted) == "duplicate");
    }
}

#[test]
fn l10_between_arrival_and_acceptance_a_crash_leads_to_a_second_offer() {
    let scene = Scene::new();
    let mail = scene.mail();
    assert_eq!(scene.cyber.open(&mail).unwrap().arrival(), Arrival::First);
    let scene = scene.restart();
    let opened = scene.cyber.open(&mail).unwrap();
    assert_eq!(opened.arrival(), Arrival::Again);
    scene.cyber.accept(opened.manifest(), b"once").unwrap();
    assert_eq!(duplicate(&scene, &mail), b"once");
}

#[test]
fn l10_what_is_sealed_again_is_the_same_delivery() {
    let scene = Scene::new();
    let first = scene.border.seal(&letter(CYBER), b"content").unwrap();
    let labels = Labels { replaces: Some(first.id), ..Labels::default() };
    let again = scene.border.seal(&letter(CYBER).labels(labels).unwrap(), b"content").unwrap();
    assert_eq!(scene.cyber.open(&first.bytes).unwrap().arrival(), Arrival::First);
    let opened = scene.cyber.open(&again.bytes).unwrap();
    assert_eq!(opened.arrival(), Arrival::Again);
    scene.cyber.accept(opened.manifest(), b"once").unwrap();
    assert_eq!(duplicate(&scene, &first.bytes), b"once");
}

#[test]
fn accepted_mail_is_read_again_and_nothing_else_is() {
    let mut scene = Scene::new();
    let mail = scene.mail();
    assert_eq!(code(scene.cyber.reopen(&mail)), "not-accepted");
    let opened = scene.cyber.open(&mail).unwrap();
    assert_eq!(opened.arrival(), Arrival::First);
    assert_eq!(code(scene.cyber.reopen(&mail)), "not-accepted");
    scene.cyber.accept(opened.manifest(), b"").unwrap();
    let generation = scene.cyber.replica.vault().generation();
    let read = scene.cyber.reopen(&mail).unwrap();
    assert_eq!((read.content(), read.manifest().sequence), (&b"content"[..], 1));
    assert_eq!(scene.cyber.replica.vault().generation(), generation);
    scene.days(8);
    assert_eq!(code(scene.cyber.reopen(&mail)), "epoch-destroyed");
}

#[test]
fn who_only_looks_is_not_delivered_to() {
    let scene = Scene::new();
    let mail = scene.mail();
    let generation = scene.cyber.replica.vault().generation();
    // The body is not looked at.
    let front = usize::try_from(EnvelopeHeader::read(&*mail).unwrap().front_len).unwrap();
    let seen = scene.cyber.inspect(&mail[..front + 56]).unwrap();
    assert_eq!((seen.sender.to_string().as_str(), seen.sequence), (BORDER, 1));
    assert_eq!(code(scene.border.inspect(&*mail)), "not-a-recipient");
    let mut forged = mail.clone();
    forged[front - 1] ^= 1;
    assert_eq!(code(scene.cyber.inspect(&*forged)), "open-failed");
    assert_eq!(scene.cyber.replica.vault().generation(), generation);

    let opened = scene.cyber.open(&mail).unwrap();
    assert_eq!(opened.arrival(), Arrival::First);
    scene.cyber.accept(opened.manifest(), b"").unwrap();
    assert_eq!(scene.cyber.inspect(&*mail).unwrap().id, seen.id);
    assert_eq!(duplicate(&scene, &mail), b"");
}

#[test]
fn many_are_accepted_in_one_transaction() {
    let scene = Scene::new();
    let opened: Vec<_> = (0..3).map(|_| scene.cyber.open(&scene.mail()).unwrap()).collect();
    let generation = scene.cyber.replica.vault().generation();
    let mut all: Vec<_> = opened.iter().map(|opened| Acceptance::of(opened.manifest(), b"ok")).collect();
    all.push(all[0].clone());
    let results = scene.cyber.accept_all(&all).unwrap();
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, true, false]);
    assert_eq!(scene.cyber.replica.vault().generation(), generation + 1);
}

#[test]
fn sequence_numbers_increase_and_never_come_back() {
    let scene = Scene::new();
    let sequence = |agency: &Agency| {
        let sealed = agency.seal(&letter(CYBER), b"").unwrap();
        scene.cyber.open(&sealed.bytes).unwrap().manifest().sequence
    };
    assert_eq!([sequence(&scene.cyber), sequence(&scene.cyber)], [1, 2]);
    let again = scene.town.unlock(Storage::new(scene.store.clone(), scene.anchor.clone())).unwrap();
    // What was reserved and not used is a gap.
    let sealed = again.seal(&letter(BORDER), b"").unwrap();
    assert_eq!(scene.border.open(&sealed.bytes).unwrap().manifest().sequence, 1025);
}

#[test]
fn files_pipes_and_readers_are_deliveries_too() {
    use std::io::{Cursor, Read};
    let scene = Scene::new();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let content = vec![5; 3 << 20];
    std::fs::write(path("content"), &content).unwrap();
    let refuse = crate::Existing::Refuse;
    let letter = letter(CYBER).padding(crate::Padding::None).extension(9, b"x").unwrap();
    scene.border.seal_file(&letter, &path("content"), &path("a"), refuse).unwrap();
    scene.border.seal_pipe_to_file(&letter, &content[..], &path("b"), refuse).unwrap();
    let mut piped = Vec::new();
    scene.border.seal_pipe(&letter, &content[..], &mut piped, folder.path()).unwrap();

    let about = scene.cyber.open_file(&path("a"), &path("a.out"), refuse).unwrap();
    scene.cyber.accept(about.manifest(), b"").unwrap();
    assert_eq!(std::fs::read(path("a.out")).unwrap(), content);
    scene.cyber.reopen_file(&path("a"), &path("a.again"), refuse).unwrap();
    assert_eq!(code(scene.cyber.open_file_reader(&path("a"))), "duplicate");

    let mut reader = scene.cyber.open_file_reader(&path("b")).unwrap();
    let mut read = Vec::new();
    reader.read_to_end(&mut read).unwrap();
    assert!(read == content && reader.arrival() == Arrival::First);
    let stream = scene.cyber.open_pipe(std::fs::File::open(path("b")).unwrap()).unwrap();
    assert_eq!(stream.arrival(), Arrival::Again);

    let mut stream = scene.cyber.open_pipe(&piped[..]).unwrap();
    let mut read = Vec::new();
    stream.copy_to(&mut read).unwrap();
    assert!(read == content);
    scene.cyber.accept(stream.finish().unwrap().manifest(), b"").unwrap();
    assert_eq!(code(scene.cyber.open_reader(Cursor::new(&piped))), "duplicate");
    assert_eq!(code(scene.cyber.open_pipe_to_file(&piped[..], &path("c"), refuse)), "duplicate");
    assert!(!path("c").exists());
}

#[test]
fn a_slow_sender_keeps_nobody_waiting() {
    use std::io::Read;
    /// Gives the beginning of an envelope, lets the agency do something else, then gives the rest.
    struct Slow<'a>(&'a [u8], Option<Box<dyn FnOnce() + 'a>>);
    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            if let Some(meanwhile) = self.1.take_if(|_| self.0.len() < 2000) {
                meanwhile();
            }
            let len = out.len().min(100).min(self.0.len());
            out[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }
    let mut scene = Scene::new();
    let mail = scene.mail();
    scene.town.advance(DAY);
    let bundles = scene.town.publish().unwrap();
    let meanwhile = || {
        for bundle in &bundles {
            scene.cyber.import(&bundle[..]).unwrap();
        }
        assert_eq!(scene.cyber.maintain(&[]).unwrap().done, [Due::Prepare(1)]);
    };
    let mut stream = scene.cyber.open_pipe(Slow(&mail, Some(Box::new(meanwhile)))).unwrap();
    let mut content = Vec::new();
    stream.copy_to(&mut content).unwrap();
    assert_eq!(content, b"content");
}

#[test]
fn a_lent_buffer_gets_the_same_as_an_own_one_or_nothing() {
    let scene = Scene::new();
    let into = |buffer: &mut Vec<u8>, extra: usize, len: usize, fill: crate::envelope::memory::Fill<'_>| {
        *buffer = vec![0xff; len + extra];
        fill(buffer);
    };
    let (mut content, mail) = (Vec::new(), scene.mail());
    let opened = scene.cyber.open_into(&mail, |len, fill| into(&mut content, 0, len, fill)).unwrap();
    assert_eq!((&content[..], opened.arrival()), (&b"content"[..], Arrival::First));

    // One buffer is filled; what is offered after it changes nothing.
    let (mut first, mut second) = ([0; 7], [0xff; 9]);
    let twice = scene.cyber.open_into(&mail, |_, fill| {
        fill(&mut first);
        fill(&mut second);
    });
    assert!(twice.is_ok() && first == *b"content" && second == [0xff; 9]);
    let too_long = scene.cyber.open_into(&mail, |len, fill| into(&mut content, 1, len, fill));
    assert_eq!((code(too_long), &content[..]), ("buffer", &[0xff; 8][..]));
    assert_eq!(code(scene.cyber.open_into(&mail, |_, _| ())), "buffer");
    let mut damaged = mail.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let failed = scene.cyber.open_into(&damaged, |len, fill| into(&mut content, 0, len, fill));
    assert_eq!((code(failed), &content[..]), ("damaged", &[0; 7][..]));

    scene.cyber.accept(opened.manifest(), b"").unwrap();
    scene.cyber.reopen_into(&mail, |len, fill| into(&mut content, 0, len, fill)).unwrap();
    assert_eq!(content, b"content");

    let letter = Letter::new([scene.cyber.id().clone()], "text/plain").unwrap();
    let mut sealed = Vec::new();
    let done = scene.cyber.seal_into(&letter, b"mine", |len, fill| into(&mut sealed, 0, len, fill)).unwrap();
    assert_eq!(done.len, sealed.len() as u64);
    assert_eq!(scene.cyber.open(&sealed).unwrap().content(), b"mine");
    let too_long = scene.cyber.seal_into(&letter, b"mine", |len, fill| into(&mut sealed, 1, len, fill));
    assert_eq!((code(too_long), sealed.iter().all(|byte| *byte == 0xff)), ("buffer", true));
}

#[test]
fn b3_debug_of_an_acceptance_shows_no_outcome() {
    let sender = CYBER.parse().unwrap();
    let id = crate::ids::EnvelopeId::from_bytes([7; 16]);
    let shown = format!("{:?}", Acceptance { sender: &sender, id, outcome: b"filed under 17/2026" });
    assert_eq!(shown, format!("Acceptance({id} from {CYBER}, outcome of 19 bytes)"));
}
