//! One envelope for a thousand agencies.

use vlec::event::{AuthorityKeys, DisplayName, Enrol, Genesis};
use vlec::hazmat::{seeded_random, world::NOW};
use vlec::{
    AgencyId, Country, Draft, Epoch, EpochNumber, Event, Identity, Keyring, LogKey, Observed, Opener, Random,
    RootKey, RosterPolicy, Rosters, Sealer, SignedEvent, Signer, Timestamp, TrustAnchor, Unrecorded, Window,
    WitnessKey,
};

/// A country with one root, in which many agencies enrol.
struct Crowd {
    root: RootKey,
    anchor: TrustAnchor,
    events: Vec<SignedEvent>,
    now: Timestamp,
    random: Random,
}

impl Crowd {
    fn found() -> Self {
        let (random, country): (_, Country) = (seeded_random([1; 32]), "GE".parse().unwrap());
        let root = RootKey::generate(country, &random).unwrap();
        let log = LogKey::generate(country, &random).unwrap();
        let witness = WitnessKey::generate(country, &random).unwrap();
        let (log_key, witness_key) = (log.public().clone(), witness.public().clone());
        let keys = AuthorityKeys::new(country, vec![root.public().clone()], 1, log_key, witness_key).unwrap();
        let genesis = Event::genesis(country, Genesis::new(keys, 86_400).unwrap());
        let anchor = genesis.anchor().unwrap();
        let signers = [Signer::Root(&root), Signer::Log(&log), Signer::Witness(&witness)];
        let events = vec![genesis.sign(&signers, &random).unwrap()];
        Self { root, anchor, events, now: Timestamp::from_unix(NOW).unwrap(), random }
    }

    fn admit(&mut self, agency: &AgencyId) -> (Identity, Epoch) {
        let random = &self.random;
        let identity = Identity::generate(agency.clone(), random).unwrap();
        let names = vec![DisplayName::new("en", agency.as_str()).unwrap()];
        let enrol = Enrol::new(names, Vec::new(), identity.public().clone()).unwrap();
        let signers = [Signer::Root(&self.root), Signer::Identity(&identity)];
        let enrol = Event::enrol(&self.anchor, enrol).sign(&signers, random).unwrap();
        let window = Window::new(self.now, self.now.plus(10), self.now.plus(20)).unwrap();
        let epoch = Epoch::generate(agency.clone(), EpochNumber(1), window, random).unwrap();
        let announced = Event::epoch(&self.anchor, 2, epoch.public().clone()).unwrap();
        let announced = announced.sign(&[Signer::Identity(&identity)], random).unwrap();
        self.events.extend([enrol, announced]);
        (identity, epoch)
    }
}

#[test]
fn a_thousand_recipients_share_one_envelope_and_one_more_than_the_limit_do_not() {
    let mut crowd = Crowd::found();
    let agencies: Vec<AgencyId> = (0..1025).map(|n| format!("GE/unit-{n}").parse().unwrap()).collect();
    let mut keys: Vec<(Identity, Epoch)> = agencies.iter().map(|agency| crowd.admit(agency)).collect();
    let observed = crowd.events.iter().cloned().map(|event| Observed { event, at: crowd.now });
    let mut rosters = Rosters::new(RosterPolicy::default());
    rosters.import_events(crowd.anchor, observed, crowd.now).unwrap();

    let (sender, _) = &keys[0];
    let error = rosters.address(sender, &agencies, crowd.now).unwrap_err();
    assert_eq!(error.code(), "recipient-count");
    let to = rosters.address(sender, &agencies[..1000], crowd.now).unwrap();
    let draft = Draft::new("text/plain", 1).unwrap();
    let envelope = Sealer::new(sender, to, draft, &crowd.random).unwrap().seal(b"to all").unwrap();

    for place in [999, 500, 0] {
        let mut keyring = Keyring::new(agencies[place].clone());
        keyring.add(keys.remove(place).1).unwrap();
        let opened = Opener::new(&keyring, &rosters, &Unrecorded, crowd.now).open(&envelope).unwrap();
        assert_eq!((opened.content(), opened.manifest().recipients.len()), (&b"to all"[..], 1000));
    }
}
