//! An agency: its identity, its epochs, its own view of the rosters.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use vlec::event::{DisplayName, Enrol};
use vlec::{
    About, AgencyId, Draft, EnvelopeError, Epoch, EpochNumber, Event, Existing, Identity, Keyring, Labels,
    Opener, Random, Sealed, Sealer, Signer, Timestamp, TrustAnchor, Unrecorded, Window,
};

use crate::checks::{refused, require};
use crate::clock::DAY;
use crate::error::{Context, Result};
use crate::exchange::{self, Exchange};
use crate::replica::Replica;

pub(crate) struct Agency {
    pub(crate) identity: Identity,
    pub(crate) keyring: Keyring,
    pub(crate) replica: Replica,
    random: Random,
    sequence: Cell<u64>,
}

/// What an agency says of what it seals.
pub(crate) struct Letter<'a> {
    pub(crate) to: &'a [AgencyId],
    pub(crate) content_type: &'a str,
    pub(crate) labels: Labels,
}

impl Agency {
    pub(crate) fn new(id: AgencyId) -> Result<Self> {
        let random = Random::system();
        let identity = Identity::generate(id.clone(), &random)?;
        Ok(Self {
            identity,
            keyring: Keyring::new(id),
            replica: Replica::new(),
            random,
            sequence: Cell::new(0),
        })
    }

    pub(crate) fn id(&self) -> &AgencyId {
        self.identity.agency()
    }

    /// Asks its centre to enrol it: the request, signed, waits for the roots' signatures.
    pub(crate) fn ask(&self, name: &str, role: &str, exchange: &Exchange) -> Result<PathBuf> {
        let anchor = exchange.anchor(self.id().country())?;
        let names = vec![DisplayName::new("en", name)?];
        let enrol = Enrol::new(names, vec![role.parse()?], self.identity.public().clone())?;
        let event = Event::enrol(&anchor, enrol).sign(&[Signer::Identity(&self.identity)], &self.random)?;
        let request = exchange.request(self.id());
        exchange::write_event(&request, &event)?;
        Ok(request)
    }

    /// Announces the next epoch: sealed to for a day from `not_before`, opened for seven more.
    pub(crate) fn announce(&mut self, not_before: Timestamp, exchange: &Exchange) -> Result<EpochNumber> {
        let country = self.id().country();
        let roster = self.replica.rosters().roster(country).context("find the own roster")?;
        let view = roster.agency(self.id()).context("find the own enrolment")?;
        let (number, serial, anchor): (_, _, TrustAnchor) =
            (view.next_epoch(), view.next_serial(), *roster.anchor());

        let window = Window::new(not_before, not_before.plus(DAY), not_before.plus(8 * DAY))?;
        let epoch = Epoch::generate(self.id().clone(), number, window, &self.random)?;
        let event = Event::epoch(&anchor, serial, epoch.public().clone())?
            .sign(&[Signer::Identity(&self.identity)], &self.random)?;
        self.keyring.add(epoch)?;
        exchange.publish(country, &event)?;
        Ok(number)
    }

    /// What seals one envelope at `now`.
    pub(crate) fn sealer(&self, letter: Letter<'_>, now: Timestamp) -> Result<Sealer<'_>> {
        let to = self.replica.rosters().address(&self.identity, letter.to, now)?;
        self.sequence.set(self.sequence.get() + 1);
        let draft = Draft::new(letter.content_type, self.sequence.get())?.labels(letter.labels)?;
        Ok(Sealer::new(&self.identity, to, draft, &self.random)?)
    }

    pub(crate) fn seal_file(
        &self,
        from: &Path,
        envelope: &Path,
        letter: Letter<'_>,
        now: Timestamp,
    ) -> Result<Sealed> {
        Ok(self.sealer(letter, now)?.seal_file(from, envelope, Existing::Refuse)?)
    }

    /// What opens envelopes at `now`, with the keys and rosters held now. Nothing remembers what
    /// arrived: in a real system that is the ledger's task.
    pub(crate) fn opener(&self, now: Timestamp) -> Opener<'_> {
        Opener::new(&self.keyring, self.replica.rosters(), &Unrecorded, now)
    }

    /// Whether an envelope is refused with this code, and nothing is left of the attempt.
    pub(crate) fn refuses(
        &self,
        envelope: &Path,
        exchange: &Exchange,
        now: Timestamp,
        code: &str,
    ) -> Result<String> {
        refused(self.try_open(envelope, exchange, now)?, EnvelopeError::code, code)
    }

    /// Whether an envelope still opens, and with which epoch.
    pub(crate) fn opens(
        &self,
        envelope: &Path,
        exchange: &Exchange,
        now: Timestamp,
        epoch: u64,
    ) -> Result<String> {
        let about = self.try_open(envelope, exchange, now)??;
        let used = about.manifest().opened_with();
        require(used.epoch == EpochNumber(epoch), "another epoch's key opened it")?;
        Ok(format!("{}, epoch {}", used.agency, used.epoch))
    }

    /// Opens an envelope and keeps nothing of it.
    fn try_open(
        &self,
        envelope: &Path,
        exchange: &Exchange,
        now: Timestamp,
    ) -> Result<std::result::Result<About, EnvelopeError>> {
        let inbox = exchange.inbox(self.id())?;
        let before = exchange::entries(&inbox)?;
        let output = inbox.join("attempt");
        let opened = self.opener(now).open_file(envelope, &output, Existing::Refuse);
        if opened.is_ok() {
            std::fs::remove_file(&output).context(format!("remove {}", output.display()))?;
        }
        if exchange::entries(&inbox)? != before {
            return Err(format!("an attempt left something in {}", inbox.display()).into());
        }
        Ok(opened)
    }
}
