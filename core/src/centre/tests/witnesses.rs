//! R19: how many others a restored witness must hear.

use super::relearn::still_needed;
use super::*;
use crate::keys::authority::WitnessKey;
use crate::roster::TrustAnchor;

/// `GE`, whose log lies, and so many witnesses.
struct Crowd {
    world: World,
    ge: Party,
    witnesses: Vec<Party>,
}

impl Crowd {
    fn published(witnesses: &[&str]) -> Self {
        let world = World::default();
        let ge = Party::found(&world, "GE", 3, 2);
        let witnesses: Vec<_> = witnesses.iter().map(|country| Party::found(&world, country, 1, 1)).collect();
        let this = Self { world, ge, witnesses };
        for a in this.all() {
            for b in this.all() {
                a.centre.pin(b.centre.genesis(), b.centre.anchor()).unwrap();
            }
        }
        this.round(&this.ge, &[0, 1, 2, 3, 4]);
        this
    }

    fn all(&self) -> impl Iterator<Item = &Party> {
        std::iter::once(&self.ge).chain(&self.witnesses)
    }

    fn request(&self, name: &str) -> SignedEvent {
        let identity = Identity::generate(agency(name), &self.world.random()).unwrap();
        let names = vec![DisplayName::new("en", name).unwrap()];
        let enrol = Enrol::new(names, vec![], identity.public().clone()).unwrap();
        let event = Event::enrol(self.ge.centre.anchor(), enrol);
        event.sign(&[Signer::Identity(&identity)], &self.world.random()).unwrap()
    }

    /// Some cosign what `log` proposes, and hold it once it is published.
    fn round(&self, log: &Party, who: &[usize]) -> Vec<SignedCheckpoint> {
        let proposal = log.centre.publish().unwrap();
        let who: Vec<_> = who.iter().map(|index| &self.witnesses[*index]).collect();
        let notes: Vec<_> = who.iter().map(|one| one.centre.cosign(&proposal).unwrap()).collect();
        let mut published = false;
        for note in &notes {
            published = matches!(log.centre.collect(note).unwrap(), Collected::Published(_));
        }
        if published {
            for one in who {
                one.centre.import(&*bundle(log, 0)).unwrap();
            }
        }
        notes
    }
}

#[test]
fn r19_a_lying_log_gets_no_second_quorum_of_five_with_the_help_of_a_restored_witness() {
    let mut crowd = Crowd::published(&["UA", "AZ", "MD", "PL", "RO"]);
    let then = crowd.witnesses[0].disk.store.snapshot();
    let liar = crowd.ge.twin();
    let two = crowd.ge.two_roots();
    crowd.ge.centre.enrol(&crowd.request("GE/mia"), &two).unwrap();
    crowd.world.wait(10);
    // Three of five make a quorum, and one of them is restored.
    crowd.round(&crowd.ge, &[0, 1, 2]);
    let disk = Disk { store: then, anchor: crowd.witnesses[0].disk.anchor.clone(), fault: Arc::default() };
    crowd.witnesses[0].centre = Party::open(&crowd.world, &disk);
    let ua = &crowd.witnesses[0].centre;
    ua.leave_quarantine().unwrap();
    crowd.world.wait(400);

    // The other two have seen what the log shows them.
    let told = crowd.round(&liar, &[3, 4]);
    let needed = |note: &SignedCheckpoint| match ua.relearn(note).unwrap() {
        Relearned::Waiting { needed, .. } => needed,
        Relearned::Done => 0,
    };
    let heard: Vec<_> = told.iter().map(needed).collect();
    liar.centre.enrol(&crowd.request("GE/ghost"), &two).unwrap();
    let other = liar.centre.publish().unwrap();
    assert_eq!((heard, refused(ua.cosign(&other))), (vec![2, 1], "relearn"));
    for note in crowd.round(&liar, &[3, 4]) {
        let done = liar.centre.collect(&note).unwrap();
        assert!(matches!(done, Collected::Waiting { .. }), "{done:?}");
    }
    // Whoever was of the first quorum tells.
    let told = crowd.round(&crowd.ge, &[1]);
    assert_eq!(refused(ua.relearn(&told[0])), "roster-gap");
    ua.import(&*bundle(&crowd.ge, 0)).unwrap();
    assert_eq!(ua.relearn(&told[0]).unwrap(), Relearned::Done);
    assert_eq!(refused(ua.cosign(&other)), "roster-fork");
}

fn names(anchors: &[TrustAnchor]) -> Vec<String> {
    anchors.iter().map(rows::witness_name).collect()
}

/// Every choice of these.
fn subsets<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    let all = 0..1_usize << of.len();
    let chosen = |bits: usize| of.iter().enumerate().filter(move |(place, _)| bits >> place & 1 == 1);
    all.map(|bits| chosen(bits).map(|(_, one)| one.clone()).collect()).collect()
}

/// Whoever has told, every quorum that `own` may have been part of with others has one of them in it.
fn check_quorums_meet(policy: &Policy, own: &str) {
    let all: Vec<String> = policy.witnesses().map(str::to_owned).collect();
    let others: Vec<String> = all.iter().filter(|name| *name != own).cloned().collect();
    for heard in subsets(&others).into_iter().filter(|heard| still_needed(policy, own, heard) == 0) {
        for quorum in subsets(&all) {
            let is_quorum = policy.is_quorum(|name| quorum.iter().any(|one| one == name));
            let alone = quorum.iter().all(|name| name == own);
            if is_quorum && !alone {
                assert!(quorum.iter().any(|one| heard.contains(one)), "{policy}: {heard:?} miss {quorum:?}");
            }
        }
    }
}

fn witnesses_of(n: usize) -> Vec<(TrustAnchor, crate::keys::authority::WitnessPublicKey)> {
    let country = |index: usize| ["AZ", "FR", "MD", "PL", "RO", "UA"][index];
    let anchor =
        |index| format!("vlec/1/{}/{}", country(index), "a1".repeat(32)).parse::<TrustAnchor>().unwrap();
    let key = |index: usize| {
        WitnessKey::from_seed(country(index).parse().unwrap(), &Secret::new(|seed| seed.fill(index as u8)))
    };
    (0..n).map(|index| (anchor(index), key(index).public().clone())).collect()
}

#[test]
fn r19_of_n_witnesses_of_which_q_count_a_restored_one_hears_n_less_q_and_one() {
    for n in 2..=6 {
        let witnesses = witnesses_of(n);
        let anchors: Vec<_> = witnesses.iter().map(|(anchor, _)| *anchor).collect();
        let (all, stranger) = (names(&anchors), "vlec/1/GE/somebody/witness".to_owned());
        for q in 1..=n {
            let policy = Policy::new(&witnesses, q).unwrap();
            for own in [&all[0], &stranger] {
                check_quorums_meet(&policy, own);
                let others: Vec<String> = all.iter().filter(|name| *name != own).cloned().collect();
                for heard in subsets(&others) {
                    let enough = (n - q + 1).min(others.len()).max(1);
                    let needed = enough.saturating_sub(heard.len());
                    assert_eq!(still_needed(&policy, own, &heard), needed, "{q} of {n}: {}", heard.len());
                }
            }
        }
    }
}

#[test]
fn r19_in_a_policy_of_groups_every_quorum_is_met_too() {
    let witnesses = witnesses_of(6);
    let plain = Policy::new(&witnesses, 6).unwrap();
    let pairs: String =
        plain.text().lines().filter(|line| !line.contains("peers")).map(|l| format!("{l}\n")).collect();
    for groups in [
        "group a 2 AZ FR MD\ngroup b any PL RO UA\ngroup c all a b\nquorum c\n",
        "group a 2 AZ FR MD\ngroup b all PL RO UA\ngroup c any a b\nquorum c\n",
        "group a any AZ FR\ngroup b all MD PL\ngroup c 3 a b RO UA\nquorum c\n",
    ] {
        let policy = Policy::parse(&format!("{pairs}{groups}")).unwrap();
        for (anchor, _) in &witnesses {
            check_quorums_meet(&policy, &rows::witness_name(anchor));
        }
    }
}
