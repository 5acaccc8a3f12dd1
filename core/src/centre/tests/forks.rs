//! A log that shows two rosters, and who notices.

use super::*;
use crate::roster::{EquivocationProof, RosterError};

/// `GE` and a second one with the same keys: each enrols somebody else.
fn forked() -> (Federation, Party) {
    let federation = Federation::published();
    let mut liar = federation.ge.twin();
    federation.enrol("GE/mia");
    let (identity, two) = (federation.identity("GE/ghost"), federation.ge.two_roots());
    liar.centre.enrol(&federation.request(&identity), &two).unwrap();
    liar.reopen();
    (federation, liar)
}

#[track_caller]
fn proof_of<T: std::fmt::Debug>(done: Result<T, Error>) -> EquivocationProof {
    match done.unwrap_err() {
        Error::Roster(RosterError::Fork(proof)) => *proof,
        other => panic!("{other:?}"),
    }
}

#[test]
fn r1_a_witness_catches_a_forked_log_before_it_cosigns() {
    let (mut federation, liar) = forked();
    let [honest, forged] = [&federation.ge, &liar].map(|log| log.centre.publish().unwrap());
    let note = federation.ua.centre.cosign(&honest).unwrap();
    let proof = proof_of(federation.ua.centre.cosign(&forged));
    let country = federation.ge.centre.country();
    federation.ua.reopen();
    assert_eq!(federation.ua.centre.frozen(country), Some(proof.clone()));
    assert_eq!(federation.ua.centre.witnessed(country).unwrap(), Some(note));
    assert_eq!(refused(federation.ua.centre.cosign(&honest)), "roster-frozen");

    // The proof is for everybody.
    let bytes = proof.encode();
    federation.md.centre.accuse(EquivocationProof::decode(&bytes).unwrap()).unwrap();
    assert_eq!(refused(federation.md.centre.cosign(&honest)), "roster-frozen");
    assert!(federation.md.centre.status().unwrap().iter().any(|status| status.frozen));
    let mut changed = bytes.clone();
    let last = changed.len() - 2;
    changed[last] ^= 1;
    let accused = EquivocationProof::decode(&changed).map(|proof| federation.az.centre.accuse(proof));
    assert!(!matches!(accused, Ok(Ok(()))));
    assert_eq!(federation.az.centre.frozen(country), None);
}

#[test]
fn r1_a_log_that_forks_before_it_has_published_anything_is_frozen_too() {
    let mut federation = Federation::new();
    let liar = federation.ge.twin();
    federation.enrol("GE/mia");
    let request = federation.request(&federation.identity("GE/ghost"));
    liar.centre.enrol(&request, &federation.ge.two_roots()).unwrap();
    let [honest, forged] = [&federation.ge, &liar].map(|log| log.centre.publish().unwrap());
    federation.ua.centre.cosign(&honest).unwrap();
    proof_of(federation.ua.centre.cosign(&forged));
    federation.ua.reopen();
    assert!(federation.ua.centre.frozen(federation.ge.centre.country()).is_some());
}

#[test]
fn r1_a_fork_of_another_size_is_caught_too() {
    let (federation, liar) = forked();
    let [honest, _] = [&federation.ge, &liar].map(|log| log.centre.publish().unwrap());
    federation.ua.centre.cosign(&honest).unwrap();
    let request = federation.request(&federation.identity("GE/second"));
    liar.centre.enrol(&request, &federation.ge.two_roots()).unwrap();
    let proof = proof_of(federation.ua.centre.cosign(&liar.centre.publish().unwrap()));
    federation.md.centre.accuse(proof).unwrap();
}

#[test]
fn r1_an_importer_catches_a_fork_that_lying_witnesses_have_cosigned() {
    let (mut federation, liar) = forked();
    let accomplices = [federation.az.twin(), federation.md.twin()];
    federation.publish();
    let proposal = liar.centre.publish().unwrap();
    for accomplice in &accomplices {
        liar.centre.collect(&accomplice.centre.cosign(&proposal).unwrap()).unwrap();
    }
    let proof = proof_of(federation.ua.centre.import(&*bundle(&liar, 0)));
    federation.ua.reopen();
    let country = federation.ge.centre.country();
    assert_eq!(federation.ua.centre.frozen(country), Some(proof.clone()));

    // What two peers hold, each of the other, is enough.
    accomplices[1].centre.import(&*bundle(&liar, 0)).unwrap();
    proof_of(accomplices[1].centre.import(&*bundle_of_ge(&federation.az)));
    // A freeze stops new keys, never revocations, and ends with a ceremony.
    let mia = federation
        .ge
        .centre
        .replica
        .rosters()
        .roster(country)
        .map(|roster| *roster.agency(&agency("GE/mia")).unwrap().identities().next().unwrap().key().id());
    let revoke = Revoke::by_roots(mia.unwrap(), Reason::KeyCompromise, t(0));
    let event = federation.ge.centre.revoke(&agency("GE/mia"), revoke, &federation.ge.two_roots()).unwrap();
    federation.ua.centre.hear(&event).unwrap();
    assert_eq!(refused(federation.ua.centre.import(&*bundle(&federation.ge, 0))), "roster-frozen");
    federation.ua.centre.repin(federation.ge.centre.genesis(), federation.ge.centre.anchor()).unwrap();
    assert_eq!(federation.ua.centre.frozen(country), None);
    let own = (federation.ge.centre.genesis(), federation.ge.centre.anchor());
    assert_eq!(refused(federation.ge.centre.repin(own.0, own.1)), "own-log");
}

#[test]
fn r11_a_proposal_that_no_log_has_signed_freezes_nobody() {
    let (federation, _) = forked();
    let honest = federation.ge.centre.publish().unwrap();
    federation.ua.centre.cosign(&honest).unwrap();
    // Every byte of it may be changed on the way.
    for at in (0..honest.len()).step_by(211) {
        let mut changed = honest.clone();
        changed[at] ^= 1;
        let _ = federation.ua.centre.cosign(&changed);
        assert_eq!(federation.ua.centre.frozen(federation.ge.centre.country()), None, "{at}");
    }
}

#[test]
fn a_restarted_log_and_its_twin_cannot_both_go_on_in_one_vault() {
    let federation = Federation::published();
    let twin = Party::open(&federation.world, &federation.ge.disk);
    federation.enrol("GE/mia");
    let request = federation.request(&federation.identity("GE/ghost"));
    assert_eq!(refused(twin.enrol(&request, &federation.ge.two_roots())), "quarantined");
    assert_eq!(refused(twin.publish()), "quarantined");
}

#[test]
fn a_country_that_was_pinned_anew_has_a_new_log_to_be_cosigned() {
    let federation = Federation::published();
    let Federation { world, ua, .. } = &federation;
    let anew = Party::found(world, "GE", 3, 2);
    ua.centre.repin(anew.centre.genesis(), anew.centre.anchor()).unwrap();
    let note = ua.centre.cosign(&anew.centre.publish().unwrap()).unwrap();
    assert_eq!(note.checkpoint().anchor(), anew.centre.anchor());
    assert_eq!(refused(ua.centre.cosign(&federation.ge.centre.publish().unwrap())), "roster-other-anchor");
    assert_eq!(ua.centre.frozen(anew.centre.country()), None);
}

#[test]
fn r1_a_witness_that_has_cosigned_the_other_branch_proves_it_when_it_imports() {
    let (mut federation, liar) = forked();
    federation.ua.centre.cosign(&liar.centre.publish().unwrap()).unwrap();
    let proposal = federation.ge.centre.publish().unwrap();
    for witness in [&federation.az, &federation.md] {
        federation.ge.centre.collect(&witness.centre.cosign(&proposal).unwrap()).unwrap();
    }
    let proof = proof_of(federation.ua.centre.import(&*bundle(&federation.ge, 0)));
    federation.ua.reopen();
    assert_eq!(federation.ua.centre.frozen(federation.ge.centre.country()), Some(proof.clone()));
    federation.md.centre.import(&*bundle(&federation.ge, 0)).unwrap();
    federation.md.centre.accuse(proof).unwrap();
}

#[test]
fn r3_a_witness_remembers_a_log_whose_country_was_pinned_anew_and_back() {
    let (federation, liar) = forked();
    let [honest, forged] = [&federation.ge, &liar].map(|log| log.centre.publish().unwrap());
    let ua = &federation.ua.centre;
    let note = ua.cosign(&honest).unwrap();
    let anew = Party::found(&federation.world, "GE", 3, 2);
    ua.repin(anew.centre.genesis(), anew.centre.anchor()).unwrap();
    assert_eq!(ua.witnessed(anew.centre.country()).unwrap(), None);
    ua.cosign(&anew.centre.publish().unwrap()).unwrap();
    ua.repin(federation.ge.centre.genesis(), federation.ge.centre.anchor()).unwrap();
    assert_eq!(ua.witnessed(anew.centre.country()).unwrap(), Some(note));
    ua.import(&*bundle(&federation.ge, 0)).unwrap();
    proof_of(ua.cosign(&forged));
}

#[test]
fn r3_what_an_earlier_version_kept_under_the_country_alone_binds_a_witness() {
    use crate::vault::store::Table;
    let (federation, liar) = forked();
    let [honest, forged] = [&federation.ge, &liar].map(|log| log.centre.publish().unwrap());
    let ua = &federation.ua.centre;
    let note = ua.cosign(&honest).unwrap();
    let moved = ua.replica.write(|edit| {
        for (key, _) in edit.range(Table::Witnessed, &[], &[], 10)? {
            edit.delete(Table::Witnessed, &key)?;
        }
        Ok(edit.put(Table::Witnessed, b"GE", note.encode().as_bytes())?)
    });
    moved.unwrap();
    assert_eq!(ua.witnessed(federation.ge.centre.country()).unwrap(), Some(note));
    proof_of(ua.cosign(&forged));
}

#[test]
fn r1_the_proof_of_a_log_that_is_no_longer_pinned_freezes_nobody() {
    let (mut federation, liar) = forked();
    let [honest, forged] = [&federation.ge, &liar].map(|log| log.centre.publish().unwrap());
    federation.az.centre.cosign(&honest).unwrap();
    let proof = proof_of(federation.az.centre.cosign(&forged));
    let anew = Party::found(&federation.world, "GE", 3, 2);
    federation.ua.centre.repin(anew.centre.genesis(), anew.centre.anchor()).unwrap();
    // The judgement began before the pin.
    assert_eq!(refused(federation.ua.centre.freeze(&proof)), "roster-other-anchor");
    assert_eq!(federation.ua.centre.frozen(anew.centre.country()), None);
    federation.ua.reopen();
    assert_eq!(federation.ua.centre.frozen(anew.centre.country()), None);
}

/// The vault opens, and the proof counts once the country is pinned by the anchor that it is of.
#[test]
fn l7_a_freeze_of_a_country_that_is_not_pinned_waits_for_it() {
    use crate::vault::store::Table;
    let (federation, liar) = forked();
    let [honest, forged] = [&federation.ge, &liar].map(|log| log.centre.publish().unwrap());
    federation.az.centre.cosign(&honest).unwrap();
    let proof = proof_of(federation.az.centre.cosign(&forged));
    let mut stranger = Party::found(&federation.world, "RO", 1, 1);
    stranger.centre.replica.write(|edit| Ok(edit.put(Table::Freeze, b"GE", &proof.encode())?)).unwrap();
    stranger.reopen();
    let ge = &federation.ge.centre;
    assert_eq!(stranger.centre.frozen(ge.country()), None);
    stranger.centre.pin(ge.genesis(), ge.anchor()).unwrap();
    assert_eq!(stranger.centre.frozen(ge.country()), Some(proof.clone()));
    stranger.reopen();
    assert_eq!(stranger.centre.frozen(ge.country()), Some(proof));
    // Of another anchor it says nothing.
    let anew = Party::found(&federation.world, "GE", 3, 2);
    stranger.centre.repin(anew.centre.genesis(), anew.centre.anchor()).unwrap();
    stranger.reopen();
    assert_eq!(stranger.centre.frozen(ge.country()), None);
}
