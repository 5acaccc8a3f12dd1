//! The home: the folder of an agency's or a centre's vault.

use std::path::{Path, PathBuf};

use clap::Args;
use vlec::{
    Agency, AgencyId, Centre, Condition, Country, CountryStatus, EquivocationProof, Imported, InclusionProof,
    Policy, Rosters, SignedEvent, Storage, TrustAnchor, Unlock,
};

use crate::failure::Failure;
use crate::secrets::UnlockArgs;
use crate::session::{Done, Session};

/// Which vault, and how it is opened.
#[derive(Args, Clone, Debug)]
pub(crate) struct HomeArgs {
    /// The folder of the agency's or centre's vault
    #[arg(long, value_name = "DIR", help_heading = "Home")]
    pub(crate) home: PathBuf,
    /// The folder of the vault's anchor, if it is not in the home
    #[arg(long, value_name = "DIR", help_heading = "Home")]
    pub(crate) anchor_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) unlock: UnlockArgs,
}

/// As [`HomeArgs`], where the command does something without a vault too.
#[derive(Args, Clone, Debug)]
pub(crate) struct OptionalHomeArgs {
    /// The folder of the agency's or centre's vault
    #[arg(long, value_name = "DIR", help_heading = "Home")]
    home: Option<PathBuf>,
    /// The folder of the vault's anchor, if it is not in the home
    #[arg(long, value_name = "DIR", help_heading = "Home", requires = "home")]
    anchor_dir: Option<PathBuf>,
    #[command(flatten)]
    unlock: UnlockArgs,
}

impl OptionalHomeArgs {
    pub(crate) fn named(&self) -> Option<HomeArgs> {
        let Self { home, anchor_dir, unlock } = self.clone();
        Some(HomeArgs { home: home?, anchor_dir, unlock })
    }
}

/// Whoever the home belongs to.
pub(crate) enum Party {
    Agency(Box<Agency>),
    Centre(Box<Centre>),
}

/// Calls what both handles have under one name.
macro_rules! either {
    ($party:expr, $it:ident => $call:expr) => {
        match $party {
            Party::Agency($it) => $call,
            Party::Centre($it) => $call,
        }
    };
}

impl HomeArgs {
    /// Said when a vault is made: nothing where the anchor has a folder of its own.
    pub(crate) fn where_the_anchor_lies(&self) -> &'static str {
        match self.anchor_dir {
            Some(_) => "",
            None => {
                "note: the anchor lies in the home, so that a snapshot of its disk takes both, and is not noticed when it is \
                 put back; `--anchor-dir` names another place\n"
            }
        }
    }

    /// Where the vault's anchor is looked for.
    pub(crate) fn anchor_folder(&self) -> PathBuf {
        self.anchor_dir.clone().unwrap_or_else(|| self.file("anchor"))
    }

    pub(crate) fn create_storage(&self) -> Done<Storage> {
        Ok(match &self.anchor_dir {
            Some(anchor) => Storage::create_with_anchor(&self.home, anchor)?,
            None => Storage::create(&self.home)?,
        })
    }

    pub(crate) fn storage(&self) -> Done<Storage> {
        let storage = match &self.anchor_dir {
            Some(anchor) => Storage::open_with_anchor(&self.home, anchor),
            None => Storage::open(&self.home),
        };
        storage.map_err(|error| Failure::from(error).of(&self.home.display().to_string()))
    }

    /// Opens the vault, whosever it is.
    pub(crate) fn party(&self, session: &Session) -> Done<Party> {
        let storage = self.storage()?;
        let owner = storage.owner().map_err(|error| self.failed(error))?;
        match is_centre(&owner) {
            true => Ok(Party::Centre(Box::new(self.open_centre(storage, &owner, session)?))),
            false => Ok(Party::Agency(Box::new(self.open_agency(storage, &owner, session)?))),
        }
    }

    /// Opens an agency's vault.
    pub(crate) fn agency(&self, session: &Session) -> Done<Agency> {
        let storage = self.storage()?;
        let owner = storage.owner().map_err(|error| self.failed(error))?;
        match is_centre(&owner) {
            true => Err(self.wrong(&format!("the centre of {owner}"), "an agency")),
            false => self.open_agency(storage, &owner, session),
        }
    }

    /// Opens a centre's vault.
    pub(crate) fn centre(&self, session: &Session) -> Done<Centre> {
        let storage = self.storage()?;
        let owner = storage.owner().map_err(|error| self.failed(error))?;
        match is_centre(&owner) {
            true => self.open_centre(storage, &owner, session),
            false => Err(self.wrong(&format!("the agency {owner}"), "a centre")),
        }
    }

    fn failed(&self, error: vlec::Error) -> Failure {
        Failure::from(error).of(&self.home.display().to_string())
    }

    fn wrong(&self, is: &str, wanted: &str) -> Failure {
        let text = format!("{} is the home of {is}, and this is done by {wanted}", self.home.display());
        Failure::new("wrong-home", text).remedy(format!("--home with the folder of {wanted}"))
    }

    fn open_agency(&self, storage: Storage, owner: &AgencyId, session: &Session) -> Done<Agency> {
        let unlock = self.unlock.existing(owner.as_str(), session)?;
        unlock_agency(storage, unlock, session).map_err(|error| self.failed(error))
    }

    fn open_centre(&self, storage: Storage, owner: &AgencyId, session: &Session) -> Done<Centre> {
        let unlock = self.unlock.existing(&format!("the centre of {owner}"), session)?;
        unlock_centre(storage, unlock, session).map_err(|error| self.failed(error))
    }

    /// A path in the home.
    pub(crate) fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.home.join(name)
    }
}

/// A centre is named by its country alone.
pub(crate) fn is_centre(owner: &AgencyId) -> bool {
    owner.as_str().parse::<Country>().is_ok()
}

#[cfg(not(feature = "hazmat"))]
mod handles {
    //! The handles take the system's clock by themselves.
    use super::*;

    pub(crate) fn create_agency(
        storage: Storage,
        id: AgencyId,
        unlock: Unlock,
        _: &Session,
    ) -> Result<Agency, vlec::Error> {
        Agency::create(storage, id, unlock)
    }

    pub(crate) fn unlock_agency(
        storage: Storage,
        unlock: Unlock,
        _: &Session,
    ) -> Result<Agency, vlec::Error> {
        Agency::unlock(storage, unlock)
    }

    pub(crate) fn unlock_centre(
        storage: Storage,
        unlock: Unlock,
        _: &Session,
    ) -> Result<Centre, vlec::Error> {
        Centre::open(storage, unlock)
    }

    pub(crate) fn found_centre(
        storage: Storage,
        country: Country,
        unlock: Unlock,
        (roots, threshold, delay): (&[&vlec::RootKey], usize, u64),
        _: &Session,
    ) -> Result<Centre, vlec::Error> {
        Centre::found(storage, country, unlock, roots, threshold, delay)
    }
}

#[cfg(feature = "hazmat")]
mod handles {
    //! The handles go by the clock of the world, which in production is the system's.
    use super::*;
    use vlec::hazmat::timed;

    pub(crate) fn create_agency(
        storage: Storage,
        id: AgencyId,
        unlock: Unlock,
        session: &Session,
    ) -> Result<Agency, vlec::Error> {
        timed::create(storage, id, unlock, (session.world.clock)())
    }

    pub(crate) fn unlock_agency(
        storage: Storage,
        unlock: Unlock,
        session: &Session,
    ) -> Result<Agency, vlec::Error> {
        timed::open(storage, unlock, (session.world.clock)())
    }

    pub(crate) fn unlock_centre(
        storage: Storage,
        unlock: Unlock,
        session: &Session,
    ) -> Result<Centre, vlec::Error> {
        timed::open_centre(storage, unlock, (session.world.clock)())
    }

    pub(crate) fn found_centre(
        storage: Storage,
        country: Country,
        unlock: Unlock,
        (roots, threshold, recovery_delay): (&[&vlec::RootKey], usize, u64),
        session: &Session,
    ) -> Result<Centre, vlec::Error> {
        let ceremony = timed::Ceremony { roots, threshold, recovery_delay };
        timed::found(storage, country, unlock, ceremony, (session.world.clock)())
    }
}

pub(crate) use handles::{create_agency, found_centre};
use handles::{unlock_agency, unlock_centre};

impl Party {
    pub(crate) fn owner(&self) -> AgencyId {
        match self {
            Self::Agency(agency) => agency.id().clone(),
            Self::Centre(centre) => centre.country().into(),
        }
    }

    pub(crate) fn condition(&self) -> Condition {
        either!(self, it => it.condition())
    }

    pub(crate) fn pin(&self, genesis: &SignedEvent, anchor: &TrustAnchor) -> Done<()> {
        Ok(either!(self, it => it.pin(genesis, anchor))?)
    }

    pub(crate) fn repin(&self, genesis: &SignedEvent, anchor: &TrustAnchor) -> Done<()> {
        Ok(either!(self, it => it.repin(genesis, anchor))?)
    }

    /// What a bundle has brought; of one that is older than the roster that is held, what is held, and `true`.
    pub(crate) fn import(&self, bundle: impl std::io::Read) -> Done<(Imported, bool)> {
        let error = match either!(self, it => it.import(bundle)) {
            Ok(imported) => return Ok((imported, false)),
            Err(error) => error,
        };
        let held = error.older_bundle_of().and_then(|country| {
            self.with_rosters(|rosters| {
                let roster = rosters.roster(country)?;
                Some(Imported { country, size: roster.size(), new: 0, as_of: roster.as_of() })
            })
        });
        held.map(|held| (held, true)).ok_or_else(|| error.into())
    }

    pub(crate) fn export(&self, country: Country, from: u64, output: impl std::io::Write) -> Done<()> {
        Ok(either!(self, it => it.export(country, from, output))?)
    }

    pub(crate) fn with_rosters<T>(&self, look: impl FnOnce(&Rosters) -> T) -> T {
        either!(self, it => it.with_rosters(look))
    }

    pub(crate) fn status(&self) -> Done<Vec<CountryStatus>> {
        match self {
            Self::Agency(agency) => Ok(agency.status()),
            Self::Centre(centre) => Ok(centre.status()?),
        }
    }

    pub(crate) fn events(&self, subject: &AgencyId) -> Done<Vec<(u64, SignedEvent)>> {
        Ok(either!(self, it => it.events(subject))?)
    }

    pub(crate) fn proof(&self, event: &SignedEvent) -> Done<InclusionProof> {
        Ok(either!(self, it => it.proof(event))?)
    }

    pub(crate) fn accuse(&self, proof: EquivocationProof) -> Done<()> {
        Ok(either!(self, it => it.accuse(proof))?)
    }

    pub(crate) fn frozen(&self, country: Country) -> Option<EquivocationProof> {
        either!(self, it => it.frozen(country))
    }

    pub(crate) fn hear(&self, revocation: &SignedEvent) -> Done<()> {
        Ok(either!(self, it => it.hear(revocation))?)
    }

    pub(crate) fn set_policy(&self, country: Country, policy: Policy) -> Done<()> {
        Ok(either!(self, it => it.set_policy(country, policy))?)
    }

    pub(crate) fn change_unlock(&self, new: Unlock) -> Done<()> {
        Ok(either!(self, it => it.change_unlock(new))?)
    }

    pub(crate) fn backup(&self, to: &Path) -> Done<()> {
        Ok(either!(self, it => it.backup(to))?)
    }

    pub(crate) fn rows_compared(&self) -> Option<vlec::Timestamp> {
        either!(self, it => it.rows_compared())
    }

    pub(crate) fn examine(&self) -> Done<()> {
        Ok(either!(self, it => it.examine())?)
    }

    pub(crate) fn confirm_time(&self) -> Done<()> {
        Ok(either!(self, it => it.confirm_time())?)
    }

    pub(crate) fn passphrase_form(&self) -> vlec::PassphraseForm {
        either!(self, it => it.passphrase_form())
    }

    pub(crate) fn clock_behind(&self) -> Option<vlec::Span> {
        either!(self, it => it.clock_behind())
    }

    pub(crate) fn set_clock_back(&self) -> Done<()> {
        Ok(either!(self, it => it.set_clock_back())?)
    }

    pub(crate) fn leave_quarantine(&self) -> Done<()> {
        Ok(either!(self, it => it.leave_quarantine())?)
    }
}
