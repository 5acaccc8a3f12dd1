//! The end of a schedule: clocks are right, the network is whole, everything that was ever sent
//! comes to every honest centre, and they talk until nothing changes.

use std::collections::BTreeSet;
use std::rc::Rc;

use vlec::event::{Reason, Revoke};
use vlec::hazmat::centre;
use vlec::{Directory, DirectoryError, Event, Signer};

use crate::evil::is_frozen;
use crate::oracle::{Head, show};
use crate::sim::{Kind, MAX_SKEW, Message, Outcome, Sim};
use crate::wire::{self, Leaf};
use crate::world::{self, HOUR};

impl Sim {
    pub fn heal(&mut self) -> Outcome {
        self.tell(|_| "healing".to_owned());
        let honest = self.honest();
        for node in 0..self.nodes.len() {
            self.nodes[node].offset = 0;
            self.nodes[node].group = 0;
        }
        self.set_clocks();
        // What a clock has said too early is waited for.
        let latest = honest.iter().map(|node| self.nodes[*node].now()).max().unwrap_or_default();
        self.now = self.now.max(latest) + MAX_SKEW + 60;
        self.set_clocks();
        self.check_all()?;
        self.pool.clear();
        for node in &honest {
            self.step_heads(*node)?;
        }
        self.answer()?;
        self.pool.clear();
        // A witness that has cosigned a larger tree cannot compare a smaller one: those who have cosigned
        // that are to be shown the larger again.
        let sent = self.archive.clone();
        for round in 0..2 {
            for (kind, bytes) in &sent {
                let of_liar = self.is_of_liar(bytes);
                // What honest logs have made comes with the exchange, too.
                if of_liar && self.someone_is_deceived() || !of_liar && round == 0 && self.rng.once_in(3) {
                    self.give_all(*kind, bytes)?;
                }
            }
            if round == 0 {
                self.exchange()?;
            }
        }
        // A log signs a proposal again after half a day, and witnesses whose clock was ahead then say
        // a time that counts.
        self.now += 13 * HOUR;
        self.set_clocks();
        self.exchange()?;
        self.exchange()?;
        if self.someone_waits()? {
            // What a log has admitted by a clock that was ahead, others take once the recovery's delay is over.
            self.now += world::RECOVERY_DELAY;
            self.set_clocks();
            self.exchange()?;
            self.exchange()?;
        }
        self.check_all()?;
        self.check_forks_found()?;
        self.check_mail()?;
        self.last_word()?;
        self.check_alive()
    }

    fn give_all(&mut self, kind: Kind, bytes: &Rc<[u8]>) -> Outcome {
        for to in self.honest() {
            let from = self.nodes.iter().position(|node| !node.honest).unwrap_or(to);
            self.give(from, to, kind, bytes)?;
        }
        // Answers come with the exchange.
        self.pool.clear();
        Ok(())
    }

    fn someone_waits(&self) -> Result<bool, String> {
        for log in self.honest() {
            if !self.nodes[log].centre().pending().map_err(|e| e.to_string())?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn someone_is_deceived(&self) -> bool {
        let deceived = |evil| self.honest().into_iter().any(|node| !is_frozen(self, node, evil));
        self.evil.is_some_and(deceived)
    }

    fn is_of_liar(&self, bytes: &[u8]) -> bool {
        let origin = self.evil.map(|evil| self.world.anchors[evil].to_string());
        origin.is_some_and(|origin| bytes.windows(origin.len()).any(|window| window == origin.as_bytes()))
    }

    fn give(&mut self, from: usize, to: usize, kind: Kind, bytes: &Rc<[u8]>) -> Outcome {
        let (bytes, heads) = (Rc::clone(bytes), Vec::new());
        self.deliver(&Message { from, to, kind, bytes, heads })
    }

    /// What the deliveries have caused, among honest centres; a liar is silent now.
    fn answer(&mut self) -> Outcome {
        while let Some(message) = self.pool.pop() {
            if self.nodes[message.to].honest && self.nodes[message.from].honest {
                self.deliver(&message)?;
            }
        }
        Ok(())
    }

    /// Everybody publishes, cosigns, collects, and hands on all that it holds.
    fn exchange(&mut self) -> Outcome {
        let honest = self.honest();
        for log in &honest {
            self.publish(*log)?;
            let offers: Vec<Message> = std::mem::take(&mut self.pool);
            let proposal = offers.iter().find(|message| message.kind == Kind::Proposal);
            let Some(bytes) = proposal.map(|message| Rc::clone(&message.bytes)) else { continue };
            for witness in honest.iter().filter(|witness| *witness != log) {
                // From where the witness ends, if it could not take the rest.
                let held = self.view(*witness, *log).map_or(0, |view| view.1);
                let longer = self.nodes[*log].centre().publish_for(held).ok();
                let bytes = longer.map_or_else(|| Rc::clone(&bytes), |longer| longer.into());
                self.give(*log, *witness, Kind::Proposal, &bytes)?;
                self.answer()?;
            }
        }
        for from in &honest {
            for country in 0..4 {
                let name = self.world.anchors[country].country();
                let proof = self.nodes[*from].centre().frozen(name).map(|proof| proof.encode());
                for to in honest.iter().filter(|to| *to != from) {
                    if let Some(proof) = proof.as_ref().filter(|_| !is_frozen(self, *to, country)) {
                        self.give(*from, *to, Kind::Proof, &proof[..].into())?;
                    }
                    let (Some(ours), Some(theirs)) = (self.view(*from, country), self.view(*to, country))
                    else {
                        return Err("no view".into());
                    };
                    if ours == theirs {
                        continue;
                    }
                    // What is missing; the whole where that is not all.
                    let start = if ours.1 > theirs.1 && self.oracle.consistent(&ours, &theirs)? {
                        theirs.1
                    } else {
                        0
                    };
                    if let Some(bundle) = self.export(*from, country, start)? {
                        self.give(*from, *to, Kind::Bundle, &bundle[..].into())?;
                    }
                }
            }
        }
        self.pool.clear();
        Ok(())
    }

    /// If two honest peers hold, or have cosigned, what no one log has, everybody knows.
    fn check_forks_found(&mut self) -> Outcome {
        let Some(evil) = self.evil else { return Ok(()) };
        let honest = self.honest();
        let mut heads: BTreeSet<Head> = honest.iter().filter_map(|node| self.view(*node, evil)).collect();
        let mut quorums = Vec::new();
        for (head, cosigned) in self.oracle.cosigned.iter().filter(|(head, _)| head.0 == evil) {
            let by_honest = cosigned.iter().filter(|cosigned| cosigned.witness != evil).count();
            if by_honest > 0 {
                heads.insert(*head);
            }
            if self.oracle.witnesses(head).len() >= self.quorum {
                quorums.push(*head);
            }
        }
        let heads: Vec<Head> = heads.into_iter().collect();
        let pair = self.inconsistent(&heads)?;
        if self.inconsistent(&quorums)?.is_some() {
            self.count("forks with two quorums");
        }
        let frozen: Vec<bool> = honest.iter().map(|node| is_frozen(self, *node, evil)).collect();
        match pair {
            None if frozen.contains(&true) => self.count("forks that nobody was deceived by"),
            None => self.count("no fork taken"),
            Some((a, b)) => {
                if frozen.contains(&false) {
                    let (a, b) = (show(&a), show(&b));
                    return Err(format!("{a} and {b} were taken, and not everybody knows: {frozen:?}"));
                }
                self.count("forks taken, and known to all");
            }
        }
        Ok(())
    }

    /// What is written between honest countries is read: a liar does not come between them.
    fn check_mail(&mut self) -> Outcome {
        let honest = self.honest();
        for from in &honest {
            let heads: Vec<_> =
                centre::rosters(self.nodes[*from].centre()).iter().map(|roster| roster.head()).collect();
            for to in honest.iter().filter(|to| *to != from) {
                self.on_heads(*from, *to, &heads)?;
                let Some(evil) = self.evil else { continue };
                let of_liar: Vec<_> = heads
                    .iter()
                    .filter(|h| h.origin == self.world.anchors[evil].to_string())
                    .cloned()
                    .collect();
                let read = centre::rosters(self.nodes[*to].centre()).check_heads(&of_liar);
                match read {
                    Ok(()) => self.count("mail goes on"),
                    // One of both takes what the other cannot: by a clock, or by keys that only one knows.
                    Err(DirectoryError::RosterBehind { .. })
                        if self.excuse(evil).is_some() || self.knows_too_few(*to, evil) => {}
                    Err(error) => {
                        let (from, to) = (self.name(*from), self.name(*to));
                        return Err(format!("{to} does not read what {from} writes: {error}"));
                    }
                }
            }
        }
        Ok(())
    }

    /// The roots of a country that is frozen revoke what is still sealed to: that is heard.
    fn last_word(&mut self) -> Outcome {
        let Some(evil) = self.evil else { return Ok(()) };
        for node in self.honest() {
            if !is_frozen(self, node, evil) {
                continue;
            }
            let head = self.view(node, evil).ok_or("no view")?;
            let state = self.state(&head)?;
            let agency = state.agencies.iter().find(|(_, told)| !told.withdrawn && !told.epochs.is_empty());
            let Some((agency, told)) = agency else { continue };
            let now = world::time(self.nodes[node].now());
            let sealed = centre::recipient(&centre::rosters(self.nodes[node].centre()), agency, now);
            let key = sealed.map_or(told.epochs[told.epochs.len() - 1].0, |to| *to.key_id());
            let revoke = Revoke::by_roots(key, Reason::KeyCompromise, now);
            let event = Event::revoke(&self.world.anchors[evil], agency.clone(), revoke);
            let roots = &self.world.roots[evil];
            let event = self.sign(event, &[Signer::Root(&roots[1]), Signer::Root(&roots[2])])?;
            let mut leaves = self.oracle.trees[&head].to_vec();
            leaves.push(Leaf::of(&event));
            let note = self.sign_head(evil, &leaves)?;
            let bundle = wire::write(&self.world.anchors[evil], &[], &[(&note, &leaves)]);
            self.give(node, node, Kind::Bundle, &bundle[..].into())?;
            if !self.nodes[node].heard.contains(&key) {
                return Err(format!("{} does not hear the roots of a frozen country", self.name(node)));
            }
            self.open(node)?;
            self.check(node)?;
        }
        Ok(())
    }

    fn inconsistent(&self, heads: &[Head]) -> Result<Option<(Head, Head)>, String> {
        for (place, a) in heads.iter().enumerate() {
            for b in &heads[..place] {
                if !self.oracle.consistent(a, b)? {
                    return Ok(Some((*b, *a)));
                }
            }
        }
        Ok(None)
    }

    /// A quorum may count for the log that collects it, and not for others until its time has come: by a
    /// clock that is ahead, with a liar's word of the future.
    fn excuse(&self, log: usize) -> Option<&'static str> {
        let of_log = self.oracle.cosigned.iter().filter(|(head, _)| head.0 == log);
        let ahead = of_log.flat_map(|(_, all)| all).any(|cosigned| cosigned.at > self.now);
        (ahead && !self.calm).then_some("stuck behind a cosignature of the future")
    }

    /// A witness counts by the key by which both the log and the reader know it. Where a liar's word has
    /// brought new keys of honest centres to some, and others know the liar by another key, it may be that
    /// too few honest ones are known to both (SPEC §4.20).
    fn knows_too_few(&self, node: usize, log: usize) -> bool {
        let known = |of: usize, holder: usize| {
            let rosters = centre::rosters(self.nodes[holder].centre());
            let country = self.world.anchors[of].country();
            rosters.roster(country).map(|roster| *roster.authority().keys().witness().id())
        };
        let is_known = |witness: &usize| {
            let signs_with = known(*witness, *witness);
            known(*witness, node) == signs_with && known(*witness, log) == signs_with
        };
        let counted = self.honest().into_iter().filter(|witness| *witness != log).filter(is_known);
        self.evil.is_some() && counted.count() < self.quorum
    }

    /// What honest countries have admitted is published, and everybody holds it.
    fn check_alive(&mut self) -> Outcome {
        let honest = self.honest();
        // The other honest countries; a liar's word is not to be had.
        if honest.len() - 1 < self.quorum {
            self.count("no quorum of honest witnesses");
            return Ok(());
        }
        for log in &honest {
            let pending = self.nodes[*log].centre().pending().map_err(|e| e.to_string())?;
            let pending = pending.len();
            if let (true, Some(why)) = (pending > 0, self.excuse(*log)) {
                self.count(why);
                continue;
            }
            if pending > 0 && self.knows_too_few(*log, *log) {
                self.count("stuck behind new keys under a liar's word");
                continue;
            }
            if pending > 0 {
                return Err(format!("{} has {pending} events that are not published", self.name(*log)));
            }
            let own = self.view(*log, *log).ok_or("no view")?;
            for node in &honest {
                let view = self.view(*node, *log).ok_or("no view")?;
                let excuse = self.excuse(*log).filter(|_| view != own);
                if view != own && self.knows_too_few(*node, *log) {
                    self.count("stuck behind new keys under a liar's word");
                } else if let Some(why) = excuse {
                    self.count(why);
                } else if view != own {
                    let (a, b) = (show(&view), show(&own));
                    return Err(format!("{} holds {a}, where {b} is published", self.name(*node)));
                }
            }
        }
        self.count("all published and held");
        Ok(())
    }
}
