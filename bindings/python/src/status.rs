//! What calls report: value objects.

use std::path::PathBuf;
use std::time::Duration;

use pyo3::prelude::*;

use crate::convert::{DueKind, DueKindEnum, EpochStateEnum, Many, QuarantineEnum, Time, Whole};
use crate::event::{TrustAnchor, Window};
use crate::fault::Answer;
use crate::record::{describe, hash, record};

record! {
    /// An envelope that was written to a file or a stream.
    Sealed {
        /// Its id, by which a reply names it.
        id: String,
        /// Its length in bytes.
        size: u64,
    }
}

impl From<vlec::Sealed> for Sealed {
    fn from(sealed: vlec::Sealed) -> Self {
        Self { id: sealed.id.to_string(), size: sealed.len }
    }
}

record! {
    /// What an import brought.
    Imported {
        /// The roster's country.
        country: String,
        /// The number of events now.
        size: u64,
        /// How many of them are new.
        new: u64,
        /// The time of the view now.
        as_of: Time,
        /// Whether the bundle was older than what is held, which stays.
        older: bool,
    }
}

impl From<vlec::Imported> for Imported {
    fn from(imported: vlec::Imported) -> Self {
        let vlec::Imported { country, size, new, as_of } = imported;
        Self { country: country.to_string(), size, new, as_of: as_of.into(), older: false }
    }
}

/// What a bundle has brought; of one that is older than what is held of the same roster, what is held.
pub(crate) fn imported(
    done: Result<vlec::Imported, vlec::Error>,
    held: impl FnOnce(vlec::Country) -> Option<vlec::Imported>,
) -> Answer<Imported> {
    let error = match done {
        Ok(imported) => return Ok(imported.into()),
        Err(error) => error,
    };
    match error.older_bundle_of().and_then(held) {
        Some(held) => Ok(Imported { older: true, ..held.into() }),
        None => Err(error.into()),
    }
}

/// What is held of a country.
pub(crate) fn held(rosters: &vlec::Rosters, country: vlec::Country) -> Option<vlec::Imported> {
    let roster = rosters.roster(country)?;
    Some(vlec::Imported { country, size: roster.size(), new: 0, as_of: roster.as_of() })
}

record! {
    /// Where an event stands, or will stand, in the log.
    Admitted {
        /// The event's place, counted from 0.
        place: u64,
        /// Whether a quorum has cosigned it.
        published: bool,
    }
}

impl From<vlec::Admitted> for Admitted {
    fn from(vlec::Admitted { place, published }: vlec::Admitted) -> Self {
        Self { place, published }
    }
}

record! {
    /// How far a proposal has come.
    Collected {
        /// What the published roster holds now; `None` while the policy asks for more cosignatures.
        published: Option<Imported>,
        /// Who has cosigned, as long as it is not published.
        cosigned: Many<String>,
        /// Whose cosignatures would count too.
        missing: Many<String>,
        /// Who has cosigned this note, and when by the witness's clock, at a time that is still to come by this
        /// centre's: one of the two clocks is wrong. It counts once that time is here.
        not_yet: Many<(String, Time)>,
        /// What time it is by this centre's clock, as long as it is not published.
        now: Option<Time>,
    }
}

impl From<vlec::Collected> for Collected {
    fn from(collected: vlec::Collected) -> Self {
        match collected {
            vlec::Collected::Waiting { cosigned, missing, not_yet, now } => Self {
                published: None,
                cosigned: names(&cosigned),
                missing: names(&missing),
                not_yet: with_times(&not_yet),
                now: Some(Time(now)),
            },
            vlec::Collected::Published(imported) => Self {
                published: Some(imported.into()),
                cosigned: Many(vec![]),
                missing: Many(vec![]),
                not_yet: Many(vec![]),
                now: None,
            },
        }
    }
}

record! {
    /// How far a centre has come with what its restored store may have lost of one log.
    Relearned {
        /// Whether that log is cosigned again, or the own log goes on; the attributes below then say nothing.
        done: bool,
        /// How many more witnesses are needed.
        needed: usize,
        /// Who has cosigned since the restore.
        cosigned: Many<String>,
        /// Whose cosignatures would count too.
        missing: Many<String>,
        /// Who has cosigned this note, and when, before others' words count: that shows nothing of what was lost.
        /// The log is to publish anew, and they to cosign that.
        too_old: Many<(String, Time)>,
        /// Who has cosigned this note, and when by the witness's clock, at a time that is still to come by this
        /// centre's: one of the two clocks is wrong. It counts once that time is here.
        not_yet: Many<(String, Time)>,
        /// From when on cosignatures count, as long as it is not done.
        since: Option<Time>,
        /// What time it is by this centre's clock, as long as it is not done.
        now: Option<Time>,
    }
}

impl From<vlec::Relearned> for Relearned {
    fn from(relearned: vlec::Relearned) -> Self {
        match relearned {
            vlec::Relearned::Waiting { cosigned, missing, needed, too_old, not_yet, since, now } => Self {
                done: false,
                needed,
                cosigned: names(&cosigned),
                missing: names(&missing),
                too_old: with_times(&too_old),
                not_yet: with_times(&not_yet),
                since: Some(Time(since)),
                now: Some(Time(now)),
            },
            vlec::Relearned::Done => Self {
                done: true,
                needed: 0,
                cosigned: Many(vec![]),
                missing: Many(vec![]),
                too_old: Many(vec![]),
                not_yet: Many(vec![]),
                since: None,
                now: None,
            },
        }
    }
}

fn names(countries: &[vlec::Country]) -> Many<String> {
    countries.iter().map(ToString::to_string).collect()
}

fn with_times(said: &[(vlec::Country, vlec::Timestamp)]) -> Many<(String, Time)> {
    said.iter().map(|(country, at)| (country.to_string(), Time(*at))).collect()
}

record! {
    /// A country's log, as this party sees it.
    CountryStatus {
        /// The country.
        country: String,
        /// The pinned anchor.
        anchor: TrustAnchor,
        /// The number of events in the view; 0 if there is none yet.
        size: u64,
        /// The time of the view; `None` if there is none yet.
        as_of: Option<Time>,
        /// How long that is ago; `None` if there is none yet.
        age: Option<Duration>,
        /// The view is older than the policy allows, or there is none: nothing new is sealed.
        stale: bool,
        /// Who has cosigned the newest checkpoint, and when.
        cosigned: Many<(String, Time)>,
        /// Who else would count.
        missing: Many<String>,
        /// Who has cosigned it, and when by the witness's clock, at a time that is still to come by the own one:
        /// one of the two is wrong. It counts once that time is here.
        not_yet: Many<(String, Time)>,
        /// What time it is by the own clock.
        now: Time,
        /// The time that the cosignatures give, if they are a quorum.
        quorum: Option<Time>,
        /// Its log has shown two rosters: no new key of it counts.
        frozen: bool,
        /// How many events are admitted and not published: known of a centre's own log only.
        pending: usize,
        /// A centre's store was restored: the log is not cosigned until `relearn` is done.
        relearn: bool,
    }
}

impl From<vlec::CountryStatus> for CountryStatus {
    fn from(status: vlec::CountryStatus) -> Self {
        let held = status.size > 0;
        Self {
            country: status.anchor.country().to_string(),
            anchor: TrustAnchor(status.anchor),
            size: status.size,
            as_of: held.then_some(Time(status.as_of)),
            age: held.then_some(Duration::from_secs(status.age)),
            stale: status.stale,
            cosigned: with_times(&status.cosigned),
            missing: status.missing.iter().map(ToString::to_string).collect(),
            not_yet: with_times(&status.not_yet),
            now: Time(status.now),
            quorum: status.quorum.map(Time),
            frozen: status.frozen,
            pending: status.pending,
            relearn: status.relearn,
        }
    }
}

record! {
    /// One of an agency's epochs.
    EpochStatus {
        /// Its number.
        number: u64,
        /// The id of its key.
        key_id: String,
        /// When it is used.
        window: Window,
        /// What it is doing now.
        state: EpochStateEnum,
    }
}

impl From<vlec::EpochStatus> for EpochStatus {
    fn from(status: vlec::EpochStatus) -> Self {
        let vlec::EpochStatus { number, key_id, window, state } = status;
        Self { number: number.0, key_id: key_id.to_string(), window: window.into(), state: state.into() }
    }
}

record! {
    /// One thing that is due; the attributes that its kind does not need are `None`.
    Due {
        /// What.
        kind: DueKindEnum,
        /// The country whose bundle is to be imported.
        country: Option<String>,
        /// The key.
        key_id: Option<String>,
        /// The epoch's number.
        epoch: Option<u64>,
        /// How many events, keys or epochs.
        count: Option<u64>,
        /// By how much the clock is behind.
        behind: Option<Duration>,
        /// The file that a crash has left.
        path: Option<PathBuf>,
        /// Why the vault is quarantined.
        reason: Option<QuarantineEnum>,
        /// Until when a recovery waits.
        until: Option<Time>,
        /// The sender that used a number twice.
        sender: Option<String>,
    }
}

impl From<vlec::Due> for Due {
    fn from(due: vlec::Due) -> Self {
        let only = |kind| Self {
            kind: DueKindEnum(kind),
            country: None,
            key_id: None,
            epoch: None,
            count: None,
            behind: None,
            path: None,
            reason: None,
            until: None,
            sender: None,
        };
        match due {
            vlec::Due::Quarantine(reason) => {
                Self { reason: Some(reason.into()), ..only(DueKind::Quarantine) }
            }
            vlec::Due::ConfirmTime => only(DueKind::ConfirmTime),
            vlec::Due::ClockBehind(seconds) => {
                Self { behind: Some(Duration::from_secs(seconds)), ..only(DueKind::ClockBehind) }
            }
            vlec::Due::RenewPassphrase => only(DueKind::RenewPassphrase),
            vlec::Due::Refresh(country) => {
                Self { country: Some(country.to_string()), ..only(DueKind::Refresh) }
            }
            vlec::Due::Enrol => only(DueKind::Enrol),
            vlec::Due::Withdrawn => only(DueKind::Withdrawn),
            vlec::Due::Recover => only(DueKind::Recover),
            vlec::Due::Recovering(until) => Self { until: Some(Time(until)), ..only(DueKind::Recovering) },
            vlec::Due::ForeignIdentity(id) => {
                Self { key_id: Some(id.to_string()), ..only(DueKind::ForeignIdentity) }
            }
            vlec::Due::ForeignEpoch(number) => Self { epoch: Some(number.0), ..only(DueKind::ForeignEpoch) },
            vlec::Due::SequenceTwice(sender) => {
                Self { sender: Some(sender.to_string()), ..only(DueKind::SequenceTwice) }
            }
            vlec::Due::Announce(count) => Self { count: Some(count), ..only(DueKind::Announce) },
            vlec::Due::Revoke(count) => Self { count: Some(count), ..only(DueKind::Revoke) },
            vlec::Due::Prepare(count) => Self { count: Some(count), ..only(DueKind::Prepare) },
            vlec::Due::Destroy(number) => Self { epoch: Some(number.0), ..only(DueKind::Destroy) },
            vlec::Due::RetireIdentity(id) => {
                Self { key_id: Some(id.to_string()), ..only(DueKind::RetireIdentity) }
            }
            vlec::Due::Orphan(path) => Self { path: Some(path), ..only(DueKind::Orphan) },
            _ => only(DueKind::Other),
        }
    }
}

record! {
    /// What a maintenance did, and what is left for people and for the application.
    Maintained {
        /// Done, and durable.
        done: Many<Due>,
        /// Still due.
        left: Many<Due>,
    }
}

impl From<vlec::Maintained> for Maintained {
    fn from(vlec::Maintained { done, left }: vlec::Maintained) -> Self {
        let all = |due: Vec<vlec::Due>| due.into_iter().map(Due::from).collect();
        Self { done: all(done), left: all(left) }
    }
}

/// How an agency's epochs follow each other.
///
/// `epoch` is for how long one is sealed to, `open_for` for how long after that it is opened, and
/// `announce_ahead` how many whole ones are announced beyond the current one.
///
/// >>> from datetime import timedelta
/// >>> RotationPolicy(epoch=timedelta(hours=12)).open_for
/// datetime.timedelta(days=7)
#[pyclass(frozen, get_all, eq, module = "vlec")]
#[derive(Clone, PartialEq)]
pub struct RotationPolicy {
    /// For how long an epoch is sealed to.
    epoch: Duration,
    /// For how long after that it is opened.
    open_for: Duration,
    /// How many whole epochs are announced beyond the current one.
    announce_ahead: u64,
}

#[pymethods]
impl RotationPolicy {
    #[new]
    #[pyo3(signature = (*, epoch: "timedelta | None" = None, open_for: "timedelta | None" = None, announce_ahead: "int | None" = None))]
    fn new(epoch: Option<Duration>, open_for: Option<Duration>, announce_ahead: Option<Whole<u64>>) -> Self {
        let default = Self::from(vlec::RotationPolicy::default());
        Self {
            epoch: epoch.unwrap_or(default.epoch),
            open_for: open_for.unwrap_or(default.open_for),
            announce_ahead: announce_ahead.map_or(default.announce_ahead, |ahead| ahead.0),
        }
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        hash(slf.as_any(), &["epoch", "open_for", "announce_ahead"])
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        describe(slf.as_any(), &["epoch", "open_for", "announce_ahead"])
    }
}

impl From<vlec::RotationPolicy> for RotationPolicy {
    fn from(policy: vlec::RotationPolicy) -> Self {
        Self {
            epoch: Duration::from_secs(policy.epoch),
            open_for: Duration::from_secs(policy.open_for),
            announce_ahead: policy.announce_ahead,
        }
    }
}

impl From<&RotationPolicy> for vlec::RotationPolicy {
    fn from(policy: &RotationPolicy) -> Self {
        Self {
            epoch: policy.epoch.as_secs(),
            open_for: policy.open_for.as_secs(),
            announce_ahead: policy.announce_ahead,
        }
    }
}
