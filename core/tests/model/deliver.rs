//! What arrives at a party, and what it does with it.

use std::rc::Rc;

use vlec::event::{Content, Revoker};
use vlec::hazmat::centre as open_door;
use vlec::{
    BundleReader, Collected, Directory, DirectoryError, EquivocationProof, Error, KeyId, RosterError,
    SignedCheckpoint, SignedEvent,
};

use crate::evil::is_frozen;
use crate::oracle::{Cosigned, Head, show};
use crate::sim::{Kind, Message, Outcome, Sim};
use crate::wire::{self, Bundle};
use crate::world::COUNTRIES;

impl Sim {
    pub fn step_deliver(&mut self) -> Outcome {
        for _ in 0..6 {
            let open: Vec<usize> =
                (0..self.pool.len()).filter(|index| self.reaches(&self.pool[*index])).collect();
            // Mostly in order, but often not.
            let place = if self.rng.once_in(3) { self.rng.below(open.len()) } else { 0 };
            let Some(index) = open.get(place).copied() else { return Ok(()) };
            let message = match self.rng.below(12) {
                0 => {
                    self.count("net: lost");
                    self.pool.remove(index);
                    continue;
                }
                1 => {
                    self.count("net: doubled");
                    self.pool[index].clone()
                }
                _ => self.pool.remove(index),
            };
            self.deliver(&message)?;
        }
        Ok(())
    }

    fn reaches(&self, message: &Message) -> bool {
        self.nodes[message.from].group == self.nodes[message.to].group
    }

    pub fn deliver(&mut self, message: &Message) -> Outcome {
        let Message { from, to, kind, bytes, heads } = message;
        let (from, to) = (*from, *to);
        match kind {
            Kind::Proposal if self.nodes[to].honest => self.on_proposal(from, to, bytes)?,
            Kind::Proposal => self.cosign_whatever(from, to, bytes)?,
            Kind::Note => self.on_note(to, bytes)?,
            Kind::Bundle => self.on_bundle(to, bytes)?,
            Kind::Revocation => self.on_revocation(to, bytes)?,
            Kind::Proof => self.on_proof(to, bytes)?,
            Kind::Heads => self.on_heads(from, to, heads)?,
        }
        self.check(to)
    }

    fn head_of(&self, note: &SignedCheckpoint) -> Result<Head, String> {
        let checkpoint = note.checkpoint();
        let country = self.anchor_country(checkpoint.anchor()).ok_or("a note of no known log")?;
        Ok((country, checkpoint.size(), *checkpoint.root()))
    }

    /// Notes what witnesses have really cosigned, and when they say so.
    pub fn record(&mut self, note: &SignedCheckpoint, witness: usize) -> Result<Head, String> {
        let head = self.head_of(note)?;
        let times = wire::times(&note.encode(), &format!("{}/witness", self.world.anchors[witness]));
        let at = times.into_iter().min().ok_or("a witness has not cosigned what it returned")?;
        self.oracle.cosigned.entry(head).or_default().push(Cosigned { witness, at });
        Ok(head)
    }

    fn on_proposal(&mut self, from: usize, to: usize, bytes: &[u8]) -> Outcome {
        let cosigned = self.nodes[to].centre().cosign(bytes);
        match cosigned {
            Ok(note) => {
                let witness = self.nodes[to].country;
                let head = self.record(&note, witness)?;
                self.tell(|s| {
                    let word = s.oracle.cosigned[&head].last().map_or(0, |word| word.at);
                    format!("{} cosigns {} at {}", s.name(to), show(&head), word as i64 - s.now as i64)
                });
                self.count("cosigned");
                self.check_witness(witness, &head)?;
                let bytes: Rc<[u8]> = note.encode().into_bytes().into();
                let to_log = if self.nodes[from].country == head.0 { from } else { head.0 };
                self.send(to, to_log, Kind::Note, bytes);
            }
            Err(error) => self.refused("cosign", to, &error)?,
        }
        Ok(())
    }

    fn refused(&mut self, what: &str, node: usize, error: &Error) -> Outcome {
        self.tell(|s| format!("{} refuses to {what}: {error}", s.name(node)));
        if self.nodes[node].honest {
            self.count(format!("{what} refused: {}", error.code()));
        }
        if let Error::Vault(_) | Error::Quarantined(_) = error {
            return Err(format!("{} does not {what}: {error}", self.name(node)));
        }
        if let (true, Error::Roster(RosterError::Fork(proof))) = (self.nodes[node].honest, error) {
            let bytes = proof.encode();
            self.count("forks found");
            if self.rng.once_in(2) {
                self.send_all(node, Kind::Proof, &bytes);
            }
        }
        Ok(())
    }

    fn on_note(&mut self, to: usize, bytes: &[u8]) -> Outcome {
        let Ok(note) = SignedCheckpoint::decode(bytes) else { return Ok(()) };
        let collected = self.nodes[to].centre().collect(&note);
        match collected {
            Ok(Collected::Waiting { cosigned, missing, .. }) => {
                self.tell(|s| format!("{} waits: {cosigned:?}, not {missing:?}", s.name(to)));
                self.count("waiting");
            }
            Ok(Collected::Published(imported)) => {
                self.tell(|s| format!("{} has published {}", s.name(to), imported.size));
                self.count("published");
                let whole = self.rng.once_in(2);
                let size = imported.size;
                let first = if whole { 0 } else { size - imported.new };
                if let Some(bundle) = self.export(to, self.nodes[to].country, first)? {
                    self.send_all(to, Kind::Bundle, &bundle);
                }
            }
            Err(error) => self.refused("collect", to, &error)?,
        }
        Ok(())
    }

    pub fn export(&mut self, node: usize, country: usize, from: u64) -> Result<Option<Vec<u8>>, String> {
        let mut bundle = Vec::new();
        let country = self.world.anchors[country].country();
        match self.nodes[node].centre().export(country, from, &mut bundle) {
            Ok(()) => Ok(Some(bundle)),
            Err(error) => {
                self.refused("export", node, &error)?;
                Ok(None)
            }
        }
    }

    fn on_bundle(&mut self, to: usize, bytes: &[u8]) -> Outcome {
        let imported = self.nodes[to].centre().import(bytes);
        match imported {
            Ok(imported) => {
                self.tell(|s| format!("{} holds {imported:?}", s.name(to)));
                self.count(if imported.new > 0 { "imported: new" } else { "imported: nothing new" });
            }
            Err(error) => {
                self.refused("import", to, &error)?;
                if let (true, Error::Roster(RosterError::Frozen(_))) = (self.nodes[to].honest, &error) {
                    self.hear_all(to, bytes)?;
                }
            }
        }
        Ok(())
    }

    /// Of a frozen country the revocations are heard.
    fn hear_all(&mut self, to: usize, bytes: &[u8]) -> Outcome {
        let Some(bundle) = Bundle::read(bytes) else { return Ok(()) };
        let Ok(reader) = BundleReader::new(bytes) else { return Ok(()) };
        let Some(country) = self.anchor_country(reader.anchor()) else { return Ok(()) };
        let state = self.state_at(to, country)?;
        let leaves = bundle.sections.iter().flat_map(|(_, leaves)| leaves);
        let keys = leaves.filter_map(|leaf| self.oracle.revoked_by_roots(&state, &leaf.event));
        let keys: Vec<KeyId> = keys.collect();
        for key in keys {
            if self.nodes[to].heard.insert(key) {
                self.count("heard of a frozen country");
            }
        }
        Ok(())
    }

    fn on_revocation(&mut self, to: usize, bytes: &[u8]) -> Outcome {
        let Ok(event) = SignedEvent::decode(bytes) else { return Ok(()) };
        let country = event.event().subject().country();
        let country = COUNTRIES.iter().position(|name| *name == country.as_str());
        let Some(country) = country else { return Ok(()) };
        let heard = self.nodes[to].centre().hear(&event);
        let state = self.state_at(to, country)?;
        let by_roots = self.oracle.revoked_by_roots(&state, &event);
        match heard {
            Ok(()) => {
                let Content::Revoke(revoke) = event.event().content() else { return Err("heard?".into()) };
                self.tell(|s| format!("{} hears the end of {:?}", s.name(to), revoke.key_id()));
                self.count("heard");
                if self.nodes[to].honest && revoke.by() == Revoker::Roots && by_roots.is_none() {
                    return Err(format!("{} hears what too few roots have signed", self.name(to)));
                }
                self.nodes[to].heard.insert(*revoke.key_id());
            }
            Err(error) => {
                self.refused("hear", to, &error)?;
                if self.nodes[to].honest && by_roots.is_some() {
                    return Err(format!("{} does not hear the roots: {error}", self.name(to)));
                }
            }
        }
        Ok(())
    }

    fn on_proof(&mut self, to: usize, bytes: &[u8]) -> Outcome {
        let accused = EquivocationProof::decode(bytes).map_err(Error::from);
        let accused = accused.and_then(|proof| self.nodes[to].centre().accuse(proof));
        match accused {
            Ok(()) => self.count("accused"),
            Err(error) => self.refused("accuse", to, &error)?,
        }
        Ok(())
    }

    pub fn on_heads(&mut self, from: usize, to: usize, heads: &[vlec::Head]) -> Outcome {
        let checked = open_door::rosters(self.nodes[to].centre()).check_heads(heads);
        if !self.nodes[to].honest {
            return Ok(());
        }
        let mut behind = false;
        let mut conflict = false;
        for head in heads {
            let country = self.world.anchors.iter().position(|anchor| anchor.to_string() == head.origin);
            let Some(country) = country else { continue };
            let Some(ours) = self.view(to, country) else { continue };
            // What a liar shows others must not come between those who know that it lies.
            if is_frozen(self, to, country) {
                self.count("heads: of a frozen country");
                continue;
            }
            let theirs = (country, head.size, head.root);
            behind |= head.size > ours.1;
            conflict |= head.size <= ours.1 && !self.oracle.consistent(&theirs, &ours)?;
        }
        match checked {
            Ok(()) if behind || conflict => Err("heads that differ are taken for the same".to_owned()),
            Ok(()) => {
                self.count("heads: same");
                Ok(())
            }
            Err(DirectoryError::RosterBehind { .. }) if behind => {
                self.count("heads: behind");
                Ok(())
            }
            Err(DirectoryError::RosterConflict { .. }) if conflict => {
                self.tell(|s| format!("{} sees another roster with {}", s.name(to), s.name(from)));
                self.count("heads: conflict");
                Ok(())
            }
            Err(error) => {
                let (to, from) = (self.name(to), self.name(from));
                Err(format!("{to} refuses heads of {from} that do not differ: {error}"))
            }
        }
    }
}
