//! Recovery: the roots vouch for a new identity, where the old one is lost or stolen (SPEC §6.5,
//! `[ROT-34]`).

use crate::error::Error;
use crate::keys::Signer;
use crate::keys::identity::Identity;
use crate::roster::event::{Content, Event, SignedEvent};

use super::Agency;
use super::chain::Ground;
use super::rows::IdentityRow;

impl Agency {
    /// The request to be recovered, signed by the agency's next identity: the country's roots
    /// countersign it at the centre. It revokes every earlier identity at once; the new one signs when
    /// the country's delay is over. Asked again, it gives the same bytes, unless the agency's chain in
    /// the roster has grown meanwhile. An identity that was revoked before it was used is passed over.
    ///
    /// # Errors
    /// [`Error::State`] if the agency is not in its country's roster, as far as that was imported.
    pub fn recovery_request(&self) -> Result<SignedEvent, Error> {
        let _upkeep = self.begin_upkeep()?;
        let now = self.replica.times().now;
        let anchor = self.anchor()?;
        let rows = self.replica.read(IdentityRow::all)?;
        let found = self.with_rosters(|rosters| {
            let roster = rosters.roster(anchor.country())?;
            let agency = roster.agency(self.id())?;
            let announced = |row: &IdentityRow| agency.identities().any(|i| *i.key_id() == row.key_id);
            let barred = |row: &IdentityRow| {
                let identity = Identity::from_seed(self.id().clone(), &row.seed);
                roster.is_revoked_before_use(identity.public(), now)
            };
            let unused = rows.into_iter().find(|row| !announced(row) && !is_rotation(row) && !barred(row));
            Some((Ground::of(&anchor, &agency, now), unused))
        });
        let none = Error::State("the agency is not in its country's roster: import it, or enrol");
        let (ground, unused) = found.ok_or(none)?;
        let row = match unused {
            Some(IdentityRow { event: Some(event), .. }) if fits(&event, &ground) => return Ok(event),
            Some(row) => row,
            None => {
                let seed = self.replica.random().secret()?;
                let identity = Identity::from_seed(self.id().clone(), &seed);
                IdentityRow { key_id: *identity.id(), seed, event: None }
            }
        };
        let identity = Identity::from_seed(self.id().clone(), &row.seed);
        let event = Event::recovery(&anchor, ground.serial, identity.public().clone());
        let event = event.sign(&[Signer::Identity(&identity)], self.replica.random())?;
        self.keep_identity(row.seed, identity, Some(event.clone()))?;
        Ok(event)
    }
}

fn is_rotation(row: &IdentityRow) -> bool {
    row.event.as_ref().is_some_and(|event| matches!(event.event().content(), Content::Rotation(_)))
}

fn fits(event: &SignedEvent, ground: &Ground) -> bool {
    let body = event.event();
    body.serial() == ground.serial && body.roster() == Some(ground.anchor.digest())
}
