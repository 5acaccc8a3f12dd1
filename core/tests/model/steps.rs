//! What happens at random: time, the network, the operators of honest centres.

use std::sync::Arc;

use vlec::event::{Reason, Revoke};
use vlec::hazmat::{self, world::seed};
use vlec::{AgencyId, Error, Event, Identity, KeyId, Renewal, SignedEvent, Signer, Successors};

use crate::oracle::State;
use crate::sim::{Kind, Message, Outcome, Sim};
use crate::wire::{Leaf, sha256};
use crate::world::{self, DAY, HOUR};

pub const STEPS: usize = 70;

impl Sim {
    pub fn run(&mut self) -> Outcome {
        for _ in 0..STEPS {
            self.step()?;
        }
        self.heal()
    }

    fn step(&mut self) -> Outcome {
        let honest = self.honest();
        let node = honest[self.rng.below(honest.len())];
        if self.subtle && self.evil.is_some() && self.rng.once_in(4) {
            return self.step_evil();
        }
        match self.rng.below(100) {
            0..8 => self.step_tick(),
            8..12 => self.step_skew(node),
            12..15 => self.step_partition(),
            15..45 => self.step_deliver(),
            45..58 => self.step_admit(node),
            58..70 => self.publish(node),
            70..76 => self.step_export(node),
            76..80 => self.step_heads(node),
            80..84 => self.step_restart(node),
            _ => self.step_evil(),
        }
    }

    fn step_tick(&mut self) -> Outcome {
        let hours = [1, 3, 6, 12, 24, 24, 48, 60, 8 * 24][self.rng.below(9)];
        self.now += hours * HOUR + self.rng.below(900) as u64;
        self.set_clocks();
        self.tell(|_| format!("{hours} hours later"));
        self.check_all()
    }

    /// A clock goes wrong, or right again.
    fn step_skew(&mut self, node: usize) -> Outcome {
        let (day, small) = (DAY as i64, self.rng.below(240) as i64 - 120);
        self.nodes[node].offset = match self.rng.below(8) {
            _ if self.calm => small,
            0..2 => 0,
            2 => small,
            3 => 290,
            4 => [2, -2][self.rng.below(2)] * HOUR as i64,
            5 => [day, -day][self.rng.below(2)],
            6 => [9 * day, -9 * day][self.rng.below(2)],
            _ => 30 * day,
        };
        self.set_clocks();
        if !self.calm {
            self.count("clock set");
        }
        self.tell(|s| format!("the clock of {} is {} s off", s.name(node), s.nodes[node].offset));
        self.check(node)
    }

    fn step_partition(&mut self) -> Outcome {
        let heals = self.rng.once_in(if self.subtle { 4 } else { 2 });
        self.part();
        if heals {
            self.nodes.iter_mut().for_each(|node| node.group = 0);
        }
        self.count(if heals { "net: healed" } else { "net: parted" });
        self.tell(|s| format!("groups {:?}", s.nodes.iter().map(|node| node.group).collect::<Vec<_>>()));
        Ok(())
    }

    fn step_restart(&mut self, node: usize) -> Outcome {
        self.tell(|s| format!("{} starts again", s.name(node)));
        self.count("restarts");
        self.open(node)?;
        self.check(node)
    }

    fn step_export(&mut self, node: usize) -> Outcome {
        let country = self.rng.below(4);
        let Some(head) = self.view(node, country) else { return Ok(()) };
        let from = if self.rng.once_in(2) { 0 } else { self.rng.below(head.1 as usize + 1) as u64 };
        if let Some(bundle) = self.export(node, country, from)? {
            self.tell(|s| format!("{} sends {}", s.name(node), crate::oracle::show(&head)));
            self.send_all(node, Kind::Bundle, &bundle);
        }
        Ok(())
    }

    pub fn step_heads(&mut self, from: usize) -> Outcome {
        let heads: Vec<_> =
            hazmat::centre::rosters(self.nodes[from].centre()).iter().map(|roster| roster.head()).collect();
        for to in self.honest() {
            if to != from {
                let (kind, bytes) = (Kind::Heads, [].into());
                self.pool.push(Message { from, to, kind, bytes, heads: heads.clone() });
            }
        }
        Ok(())
    }

    /// The log of a centre signs, and everybody hears of it.
    pub fn publish(&mut self, node: usize) -> Outcome {
        let country = self.nodes[node].country;
        match self.nodes[node].centre().publish() {
            Ok(proposal) => {
                let head = self.oracle.learn(country, &proposal)?;
                if self.nodes[node].honest {
                    for other in self.oracle.of_log.keys().filter(|other| other.0 == country) {
                        if !self.oracle.consistent(other, &head)? {
                            let (a, b) = (crate::oracle::show(other), crate::oracle::show(&head));
                            return Err(format!("an honest log has signed both {a} and {b}"));
                        }
                    }
                }
                let before = self.oracle.of_log.entry(head).or_default();
                *before = (*before).max(self.now);
                self.nodes[node].log = self.oracle.trees[&head].to_vec();
                self.tell(|s| format!("{} proposes {}", s.name(node), crate::oracle::show(&head)));
                self.count("proposed");
                self.send_all(node, Kind::Proposal, &proposal);
                Ok(())
            }
            Err(error) if self.nodes[node].honest => Err(format!("an honest log does not publish: {error}")),
            Err(_) => Ok(()),
        }
    }

    // ── events ──────────────────────────────────────────────────────────────────────────────────

    pub fn new_identity(&mut self, agency: &AgencyId) -> Arc<Identity> {
        self.made += 1;
        let name = format!("{} {agency} {}", self.seed, self.made);
        let identity = Arc::new(hazmat::identity(agency.clone(), &seed(&name)));
        self.secrets.insert(*identity.id(), Arc::clone(&identity));
        identity
    }

    /// Signs, and knows who has really signed.
    pub fn sign(&mut self, event: Event, signers: &[Signer<'_>]) -> Result<SignedEvent, String> {
        let event = event.sign(signers, &self.random).map_err(|error| error.to_string())?;
        self.know(&event);
        Ok(event)
    }

    pub fn know(&mut self, event: &SignedEvent) {
        let keys = self.oracle.signed.entry(sha256(&[event.body()])).or_default();
        keys.extend(event.signers().copied());
        self.oracle.genuine.insert(sha256(&[&event.encode()]));
    }

    pub fn log_state(&self, node: usize) -> Result<State, String> {
        self.oracle.fold(&self.nodes[node].log)
    }

    fn secret(&self, id: Option<KeyId>) -> Option<Arc<Identity>> {
        self.secrets.get(&id?).cloned()
    }

    /// Something happens in the country of a centre.
    pub fn step_admit(&mut self, node: usize) -> Outcome {
        let state = self.log_state(node)?;
        let country = self.nodes[node].country;
        let (anchor, now) = (self.world.anchors[country], self.nodes[node].now());
        let roots = &self.world.roots[country];
        let spoken = self.rng.below(3);
        let mut some = vec![&roots[spoken], &roots[(spoken + 1) % 3]];
        if self.rng.once_in(12) {
            some.pop();
        }
        let agencies: Vec<AgencyId> = state.agencies.keys().cloned().collect();
        let agency = agencies[self.rng.below(agencies.len())].clone();
        let told = &state.agencies[&agency];
        let serial = told.serial + if self.rng.once_in(15) { 2 } else { 1 };
        let owner = self.secret(told.identities.last().copied());
        let key = self.some_key(&state, &agency);
        let what = self.rng.below(20);
        let admitted = match what {
            0..8 => {
                let Some(owner) = owner else { return Ok(()) };
                let number = told.epochs.len() as u64 + 1;
                self.made += 1;
                let name = format!("{} {}", self.seed, self.made);
                let days = 1 + self.rng.below(16) as u64;
                let key = world::epoch(&agency, number, now, days, &name);
                let event = Event::epoch(&anchor, serial, key.public().clone()).map_err(|e| e.to_string())?;
                let event = self.sign(event, &[Signer::Identity(&owner)])?;
                self.nodes[node].centre().admit(&event).map(|_| event)
            }
            8..10 => {
                let Some(owner) = owner else { return Ok(()) };
                let next = self.new_identity(&agency);
                let event = Event::rotation(&anchor, serial, next.public().clone());
                let event = self.sign(event, &[Signer::Identity(&owner), Signer::Identity(&next)])?;
                self.nodes[node].centre().admit(&event).map(|_| event)
            }
            10..12 => {
                // Of an epoch or an identity, by whom it belongs to.
                let id = match key {
                    Some((id, by)) if self.secrets.contains_key(&by) => (id, by),
                    _ => return Ok(()),
                };
                let owner = self.secrets[&id.1].clone();
                let event = Event::revoke(&anchor, agency, Revoke::by_owner(id.0, Reason::Superseded));
                let event = self.sign(event, &[Signer::Identity(&owner)])?;
                self.spread(node, &event);
                self.nodes[node].centre().admit(&event).map(|_| event)
            }
            12..15 => {
                let Some((id, _)) = key else { return Ok(()) };
                let revoke = Revoke::by_roots(id, Reason::KeyCompromise, world::time(now - HOUR));
                let event = self.nodes[node].centre().revoke(&agency, revoke, &some);
                if let Ok(event) = &event {
                    self.know(event);
                    let event = event.clone();
                    self.spread(node, &event);
                }
                event
            }
            15..17 => {
                let next = self.new_identity(&agency);
                let event = Event::recovery(&anchor, serial, next.public().clone());
                let event = self.sign(event, &[Signer::Identity(&next)])?;
                self.nodes[node].centre().recover(&event, &some)
            }
            17 if self.rng.once_in(3) => self.nodes[node].centre().withdraw(&agency, &some),
            18 if self.quorum == 2 && self.nodes[node].honest => {
                let renew = |yes: bool| if yes { Renewal::Renew } else { Renewal::Keep };
                let witness = self.renews && self.rng.once_in(2);
                let (log, witness) = (renew(self.rng.once_in(2)), renew(witness));
                let successors = Successors { roots: None, log, witness };
                let all: Vec<_> = roots.iter().collect();
                self.nodes[node].centre().authority(&successors, &all)
            }
            _ => {
                self.made += 1;
                let office = format!("{}/office-{}", self.nodes[node].centre().country(), self.made);
                let agency: AgencyId = office.parse().map_err(|_| "name")?;
                let identity = self.new_identity(&agency);
                let request =
                    self.sign(world::enrolment(&anchor, &identity), &[Signer::Identity(&identity)])?;
                self.nodes[node].centre().enrol(&request, &some)
            }
        };
        self.admitted(node, admitted)
    }

    fn admitted(&mut self, node: usize, admitted: Result<SignedEvent, Error>) -> Outcome {
        match admitted {
            Ok(event) => {
                self.know(&event);
                let leaf = Leaf::of(&event);
                self.tell(|s| {
                    let event = event.event();
                    format!("{} admits {} of {}", s.name(node), event.kind(), event.subject())
                });
                self.count(format!("admitted: {}", event.event().kind()));
                if self.nodes[node].log.iter().all(|known| known.hash != leaf.hash) {
                    self.nodes[node].log.push(leaf);
                }
                self.log_state(node).map(drop).map_err(|fault| format!("a log admits too much: {fault}"))
            }
            Err(error) => {
                self.tell(|s| format!("{} does not admit: {error}", s.name(node)));
                if self.nodes[node].honest {
                    self.count(format!("admit refused: {}", error.code()));
                }
                Ok(())
            }
        }
    }

    /// A key of an agency that has not been revoked, and the identity that it hangs on.
    fn some_key(&mut self, state: &State, agency: &AgencyId) -> Option<(KeyId, KeyId)> {
        let told = state.agencies.get(agency)?;
        let mut keys: Vec<(KeyId, KeyId)> = told.epochs.iter().map(|(id, _, by)| (*id, *by)).collect();
        if self.rng.once_in(3) {
            keys = told.identities.iter().map(|id| (*id, *id)).collect();
        }
        keys.retain(|(id, _)| !state.revoked.contains(id));
        self.rng.pick(&keys).copied()
    }

    /// Revocations go round without waiting for the log.
    fn spread(&mut self, node: usize, event: &SignedEvent) {
        if self.rng.once_in(2) {
            self.send_all(node, Kind::Revocation, &event.encode());
        }
    }
}
