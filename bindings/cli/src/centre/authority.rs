//! New keys of the country: its roots, its log, its witness.

use std::path::PathBuf;

use clap::Args;
use vlec::{Renewal, RootKey, RootPublicKey, Successors};

use crate::ceremony::{self, RootArgs};
use crate::failure::{Exit, Failure};
use crate::home::HomeArgs;
use crate::session::{Done, Session};

/// Change the keys that speak for the country
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec centre authority --new-witness --home ge
  vlec centre authority --successor a.root --successor b.root --successor d.root --threshold 2 --home ge
      d takes the place of c: all that are to speak sign, and at least the threshold of those that do now;
      further ones that sign are named with --root")]
pub(crate) struct AuthorityArgs {
    /// A root key that is to speak for the country from now on; all of them, not only the new ones
    #[arg(long, value_name = "FILE")]
    successor: Vec<PathBuf>,
    /// How many of the successors speak for the country
    #[arg(long, value_name = "K", requires = "successor")]
    threshold: Option<usize>,
    /// Make a new key pair for the log
    #[arg(long)]
    new_log: bool,
    /// Make a new key pair for the witness
    #[arg(long)]
    new_witness: bool,
    #[command(flatten)]
    roots: RootArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl AuthorityArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        if self.successor.is_empty() && !self.new_log && !self.new_witness {
            return Err(Failure::usage(
                "no key is to change",
                "--successor FILE, --new-log or --new-witness",
            ));
        }
        let centre = self.home.centre(session)?;
        let (country, threshold) = (centre.country(), super::threshold(&centre));
        let renewal = |asked| if asked { Renewal::Renew } else { Renewal::Keep };
        let mut successors =
            Successors { roots: None, log: renewal(self.new_log), witness: renewal(self.new_witness) };
        let mut signing = self.roots.clone();
        if !self.successor.is_empty() {
            ceremony::distinct(&self.successor, country, "--successor")?;
            let key = |path: &PathBuf| Ok(ceremony::read(path, country)?.public().clone());
            let named: Vec<RootPublicKey> = signing.roots.iter().map(key).collect::<Done<_>>()?;
            let public: Vec<RootPublicKey> = self.successor.iter().map(key).collect::<Done<_>>()?;
            for (path, key) in self.successor.iter().zip(&public) {
                if named.iter().all(|named| named.id() != key.id()) {
                    signing.roots.push(path.clone());
                }
            }
            successors.roots = Some((public, self.threshold.unwrap_or(threshold)));
        } else if signing.roots.is_empty() {
            // All that are to speak must sign, so all that are there are opened.
            signing.roots = ceremony::found_once(&signing.folder(&self.home.home), country)?;
        }
        let keys = signing.open(&self.home.home, country, threshold, session)?;
        let event =
            centre.authority(&successors, &keys.iter().collect::<Vec<&RootKey>>()).map_err(|error| {
                let remedy =
                    "`vlec centre publish`, have it cosigned, `vlec centre collect`; then the same again";
                Failure::from(error).when("state", remedy)
            })?;
        super::enrol::held(&event, session);
        Ok(Exit::Done)
    }
}
