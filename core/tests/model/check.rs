//! What must hold of every honest party after every step.

use std::rc::Rc;

use vlec::hazmat::centre as open_door;
use vlec::{AgencyId, Directory, KeyId};

use crate::oracle::{Head, State, show};
use crate::sim::{MAX_AGE, MAX_SKEW, Outcome, PROPOSAL_AGE, Seen, Sim};
use crate::world::{self, COUNTRIES};

impl Sim {
    pub fn view(&self, node: usize, country: usize) -> Option<Head> {
        let rosters = open_door::rosters(self.nodes[node].centre());
        let roster = rosters.roster(self.world.anchors[country].country())?;
        let head = roster.head();
        Some((country, head.size, head.root))
    }

    pub fn state(&mut self, head: &Head) -> Result<Rc<State>, String> {
        if let Some(state) = self.folded.get(head) {
            return Ok(Rc::clone(state));
        }
        let tree = self.oracle.trees.get(head).ok_or_else(|| format!("nobody made {}", show(head)))?;
        let state = Rc::new(self.oracle.fold(tree).map_err(|fault| format!("{}: {fault}", show(head)))?);
        self.folded.insert(*head, Rc::clone(&state));
        Ok(state)
    }

    pub fn state_at(&mut self, node: usize, country: usize) -> Result<Rc<State>, String> {
        let head = self.view(node, country).ok_or("no view")?;
        if self.nodes[node].honest { self.state(&head) } else { Ok(Rc::default()) }
    }

    /// An honest witness cosigns one tree of a log, growing.
    pub fn check_witness(&mut self, witness: usize, head: &Head) -> Outcome {
        self.state(head)?;
        if self.evil != Some(head.0) && !self.oracle.of_log.contains_key(head) {
            return Err(format!(
                "{} cosigns {}, which its log has not signed",
                COUNTRIES[witness],
                show(head)
            ));
        }
        for (other, all) in &self.oracle.cosigned {
            let same = other.0 == head.0 && all.iter().any(|cosigned| cosigned.witness == witness);
            if same && !self.oracle.consistent(other, head)? {
                let (a, b) = (show(other), show(head));
                return Err(format!("{} has cosigned both {a} and {b}", COUNTRIES[witness]));
            }
        }
        Ok(())
    }

    pub fn check_all(&mut self) -> Outcome {
        (0..self.nodes.len()).try_for_each(|node| self.check(node))
    }

    pub fn check(&mut self, node: usize) -> Outcome {
        if self.nodes[node].honest {
            (0..4).try_for_each(|country| {
                self.check_view(node, country)
                    .map_err(|fault| format!("{} of {}: {fault}", self.name(node), COUNTRIES[country]))
            })?;
        }
        Ok(())
    }

    fn check_view(&mut self, node: usize, country: usize) -> Outcome {
        let Some(head) = self.view(node, country) else { return Err("the view is gone".into()) };
        let name = self.world.anchors[country].country();
        let (as_of, frozen) = {
            let rosters = open_door::rosters(self.nodes[node].centre());
            let as_of = rosters.roster(name).map_or(0, |roster| roster.as_of().unix());
            (as_of, rosters.frozen(name).is_some())
        };
        let now = self.nodes[node].now();
        let honest_log = self.evil != Some(country);
        // 1: whose words the view rests on.
        if honest_log && !self.oracle.of_log.contains_key(&head) {
            return Err(format!("the view {} is not of the country's one log", show(&head)));
        }
        let mut words: Vec<u64> = self.oracle.witnesses(&head).into_values().collect();
        words.sort_unstable();
        let Some(word) = words.len().checked_sub(self.quorum).map(|place| words[place]) else {
            return Err(format!("only {} witnesses have cosigned {}", words.len(), show(&head)));
        };
        let state = self.state(&head)?;
        // 2: what is frozen.
        if frozen && honest_log {
            return Err("an honest country is frozen".into());
        }
        // 4: views do not go back.
        let seen = Seen { head, as_of, frozen };
        if let Some(before) = self.nodes[node].seen[country].replace(seen) {
            if head.1 < before.head.1 || !self.oracle.consistent(&head, &before.head)? {
                return Err(format!("the view went from {} to {}", show(&before.head), show(&head)));
            }
            if as_of < before.as_of && before.as_of <= now + MAX_SKEW {
                return Err(format!("the time of the view went from {} to {as_of}", before.as_of));
            }
            if before.frozen && (!frozen || head != before.head) {
                return Err("a freeze has thawed".into());
            }
            if frozen && !before.frozen {
                self.count("freezes");
            }
        }
        for (agency, told) in &state.agencies {
            let sealed = {
                let rosters = open_door::rosters(self.nodes[node].centre());
                let now = world::time(now);
                for id in &told.identities {
                    if rosters.sender(agency, id, now).is_ok() {
                        let gone = told.withdrawn || state.revoked.contains(id);
                        if gone || self.nodes[node].heard.contains(id) {
                            return Err(format!("{id:?} of {agency} still speaks"));
                        }
                    }
                }
                open_door::recipient(&rosters, agency, now)
            };
            match sealed {
                Ok(to) => self.check_sealed(node, &head, &state, agency, (to.key_id(), word, now))?,
                Err(error) => self.count(format!("not sealed: {}", error.code())),
            }
        }
        Ok(())
    }

    /// One would seal to `key` now; `word` is the time by which a quorum has cosigned the view.
    fn check_sealed(
        &mut self,
        node: usize,
        head: &Head,
        state: &State,
        agency: &AgencyId,
        (key, word, now): (&KeyId, u64, u64),
    ) -> Outcome {
        self.count("sealed");
        let told = state.agencies.get(agency).ok_or("no agency")?;
        let epoch = told.epochs.iter().find(|(id, ..)| id == key);
        let (_, window, by) = epoch.ok_or_else(|| format!("{key:?} is no epoch of {agency} in the log"))?;
        let heard = &self.nodes[node].heard;
        if told.withdrawn {
            return Err(format!("{agency} has been withdrawn, and is sealed to"));
        }
        for id in [key, by] {
            if state.revoked.contains(id) {
                return Err(format!("{id:?} of {agency} is revoked in the log, and is sealed to"));
            }
            if heard.contains(id) {
                return Err(format!("{id:?} of {agency} is revoked, as was heard, and is sealed to"));
            }
        }
        if !window.seals_at(world::time(now)) {
            return Err(format!("{key:?} of {agency} is sealed to outside its window"));
        }
        // 3: nothing is sealed by a view that is too old: one that continues a newer word is as new.
        if now.saturating_sub(word) > MAX_AGE {
            let word = self.oracle.newest_word(head, self.quorum)?.max(word);
            if now.saturating_sub(word) > MAX_AGE {
                return Err(format!("{agency} is sealed to by a view {} s old", now - word));
            }
        }
        let liars = usize::from(self.evil.is_some_and(|evil| evil != head.0));
        if let (true, true, Some(signed)) = (
            self.calm,
            self.quorum > liars,
            self.oracle.of_log.get(head).filter(|_| self.evil != Some(head.0)),
        ) {
            let age = self.now.saturating_sub(*signed);
            if age > MAX_AGE + PROPOSAL_AGE + 3 * MAX_SKEW {
                return Err(format!("{agency} is sealed to by what its log said {age} s ago"));
            }
        }
        Ok(())
    }
}
