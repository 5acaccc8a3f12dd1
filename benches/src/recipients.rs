//! What each further recipient costs: the slope between an envelope to one and one to a thousand,
//! against one encapsulation and HPKE seal.

use std::hint::black_box;

use vlec::Signer;
use vlec::event::{DisplayName, Enrol, Event};
use vlec::hazmat::world::{NOW, World, seed};
use vlec::hazmat::{self, hpke, xwing};
use vlec::{
    AgencyId, Epoch, EpochNumber, Identity, Keyring, Opener, Random, Sealer, Timestamp, Unrecorded, Window,
};

use crate::measure::{Fallible, Run, interleave, time};
use crate::report::{Budget, Report};
use crate::setting::draft;

const RECIPIENTS: usize = 1000;
const SENDER: &str = "GE/mia/cyber";
const ROUNDS: usize = 15;

pub(crate) fn measure(report: &mut Report) -> Fallible {
    let random = Random::system();
    let crowd = Crowd::new(&random)?;
    let Crowd { world, agencies, last } = &crowd;
    let sender = &world.member(SENDER)?.identity;
    let seal = |to: &[AgencyId]| {
        let to = world.rosters.address(sender, to, world.now)?;
        Ok(Sealer::new(sender, to, draft()?, &random)?.seal(b"to all of them")?)
    };
    let (_, others) = agencies.split_last().ok_or("no agencies")?;
    let first = others.get(..1).ok_or("no agencies")?;

    let envelope = seal(agencies)?;
    let opener = Opener::new(last, &world.rosters, &Unrecorded, world.now);
    let opened = opener.open(&envelope)?;
    if opened.content() != b"to all of them" || opened.manifest().recipients.len() != RECIPIENTS {
        return Err("the envelope to all opened to something else".into());
    }

    let epoch = xwing::DecapsulationKey::from_seed(&seed("epoch"));
    let info: [&[u8]; 4] = [hazmat::label::STANZA.bytes(), &[0, 1], &[2; 16], &[3; 32]];
    let file_key = seed("file key");
    let runs: [Run<'_>; 4] = [
        &mut || time(|| seal(first)),
        &mut || time(|| seal(agencies)),
        &mut || {
            time(|| {
                for _ in 1..RECIPIENTS {
                    black_box(hpke::seal(epoch.encapsulation_key(), &info, &file_key, &random)?);
                }
                Ok(())
            })
        },
        &mut || time(|| Ok(opener.open(&envelope)?)),
    ];
    let all = interleave(1, ROUNDS, runs)?;

    let ratio = all.median(|[one, thousand, wraps, _]| (thousand - one) / wraps);
    let further = (RECIPIENTS - 1) as f64 / 1e6;
    let medians = [
        ("each further recipient µs", all.median(|[one, thousand, ..]| thousand - one) / further),
        ("encapsulate and HPKE seal µs", all.median(|[_, _, wraps, _]| wraps) / further),
        ("open to 1000 recipients ms", all.median(|[.., open]| open) * 1e3),
    ];
    report.judge("each-further-recipient", ratio, Budget::AtMost(1.15), &medians);
    report.note("recipients: 1 and 1000; an envelope to 1000 was sealed and opened by the last of them");
    medians.iter().for_each(|(name, value)| report.note(format!("recipients: {name} {value:.1}")));
    Ok(())
}

/// The invented world with a thousand more agencies in one country.
struct Crowd {
    world: World,
    agencies: Vec<AgencyId>,
    /// The keyring of the last of them.
    last: Keyring,
}

impl Crowd {
    fn new(random: &Random) -> Fallible<Self> {
        let mut world = World::new()?;
        let agencies = (0..RECIPIENTS).map(|n| format!("UA/crowd/n{n}").parse());
        let agencies: Vec<AgencyId> = agencies.collect::<Result<_, _>>()?;
        let country = world.countries.get_mut(&"UA".parse()?).ok_or("country")?;
        let mut last = None;
        for agency in &agencies {
            let identity = Identity::generate(agency.clone(), random)?;
            let name = DisplayName::new("en", "One of many")?;
            let enrol = Enrol::new(vec![name], Vec::new(), identity.public().clone())?;
            let mut signers = country.quorum();
            signers.push(Signer::Identity(&identity));
            let enrol = Event::enrol(&country.anchor, enrol).sign(&signers, random)?;
            let epoch = Epoch::generate(agency.clone(), EpochNumber(1), window()?, random)?;
            let announced = Event::epoch(&country.anchor, 2, epoch.public().clone())?;
            let announced = announced.sign(&[Signer::Identity(&identity)], random)?;
            country.events.extend([enrol, announced]);
            last = Some(epoch);
        }
        world.rosters = world.verify_rosters()?;
        let epoch = last.ok_or("no agencies")?;
        let mut last = Keyring::new(epoch.public().agency().clone());
        last.add(epoch)?;
        Ok(Self { world, agencies, last })
    }
}

/// From an hour ago for a day.
fn window() -> Fallible<Window> {
    let at = |seconds| Timestamp::from_unix(seconds).ok_or("time");
    Ok(Window::new(at(NOW - 3_600)?, at(NOW + 82_800)?, at(NOW + 687_600)?)?)
}
