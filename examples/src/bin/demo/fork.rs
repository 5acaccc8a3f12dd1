//! A centre that shows different rosters to different peers is caught, with a proof for everybody.

use std::fs;

use vlec::{AgencyId, Country};

use crate::checks::{Checks, require};
use crate::error::{Context, Result};
use crate::exchange::{self, Exchange};
use crate::founding;
use crate::parties::World;
use crate::report;
use crate::shell::{field, words};

pub(crate) fn fork(world: &mut World, exchange: &Exchange, checks: &mut Checks) -> Result<()> {
    let liar: Country = "MD".parse()?;
    let [one, other]: [Country; 2] = ["GE".parse()?, "UA".parse()?];
    world.shell.section(&format!("The log of {liar} shows {one} and {other} different rosters"))?;
    report::line("  A copy of its centre enrols an agency that the other peer is not to see.");
    let twin = twin(world, liar)?;
    let seen = enrol_ghost(world, exchange, liar, &twin)?;
    let mut proposals = Vec::new();
    for (home, name) in [(AgencyId::from(liar), "first"), (twin, "second")] {
        let proposal = exchange.proposal(liar).with_extension(name).display().to_string();
        world.vlec(&home, &words(&[&"centre", &"publish", &"-o", &proposal]))?;
        proposals.push(proposal);
    }
    let [first, second] = &proposals[..] else { return Err("two were published".into()) };
    let cosign = |centre: Country, proposal: &String| {
        let note = exchange.note(liar, centre).with_extension("fork").display().to_string();
        world.try_vlec(&centre.into(), &words(&[&"centre", &"cosign", proposal, &"--force", &"-o", &note]))
    };
    require(cosign(one, first).error_code().is_none(), "the first roster was not cosigned")?;
    require(cosign(other, second).error_code().is_none(), "the second roster was not cosigned")?;

    // The two peers meet, and hand each other what they were shown.
    cosign(other, first).refused("roster-fork")?;
    let proof = exchange.proof(liar);
    world.vlec(&other.into(), &words(&[&"roster", &"frozen", &liar, &"-o", &proof.display()]))?;
    let length = fs::metadata(&proof).context("find the proof")?.len();
    checks.add("Two rosters of one log meet: a proof remains", Ok(format!("{seen}, {length} bytes")));
    checks.add("The proof convinces every party, and the country is frozen", convince(world, exchange, liar));
    checks.add("A frozen log is cosigned no more", cosign(one, first).refused("roster-frozen"));
    let claim = "Revocations of the frozen country are still heard";
    checks.add(claim, hear_revocation(world, exchange, liar));
    Ok(())
}

/// The liar's centre, a second time: whoever holds the keys can do so. Its home is that of a made-up name.
fn twin(world: &World, country: Country) -> Result<AgencyId> {
    let twin: AgencyId = format!("{country}/twin").parse()?;
    exchange::copy_folder(&world.home(&country.into()), &world.home(&twin))?;
    Ok(twin)
}

fn enrol_ghost(world: &World, exchange: &Exchange, country: Country, twin: &AgencyId) -> Result<String> {
    let ghost: AgencyId = format!("{country}/ghost").parse()?;
    founding::create(world, &ghost, "Nobody", "liaison")?;
    founding::enrol_one(world, exchange, &ghost, "liaison", twin)?;
    // The honest-looking one goes on with something else.
    let requests = exchange.requests().display().to_string();
    let revoke = words(&[&"revoke", &"--epoch", &3, &"--reason", &"superseded", &"--yes", &"-o", &requests]);
    let event = world.vlec(&"MD/pg/mla".parse()?, &revoke)?;
    world.vlec(&country.into(), &words(&[&"centre", &"admit", &field(&event, "/file")?]))?;
    Ok(ghost.to_string())
}

fn convince(world: &World, exchange: &Exchange, country: Country) -> Result<String> {
    let accuse = words(&[&"roster", &"accuse", &exchange.proof(country).display()]);
    let centres = world.centres().filter(|other| *other != country).map(AgencyId::from);
    let mut convinced = 0;
    for party in world.agencies.iter().cloned().chain(centres) {
        let frozen = world.vlec(&party, &accuse)?;
        require(frozen.pointer("/0/frozen") == Some(&true.into()), "it is not frozen")?;
        convinced += 1;
    }
    Ok(format!("{convinced} parties"))
}

fn hear_revocation(world: &World, exchange: &Exchange, country: Country) -> Result<String> {
    let agency: AgencyId = "MD/igp/search".parse()?;
    let requests = exchange.requests().display().to_string();
    let revoke = words(&[&"revoke", &"--epoch", &2, &"--reason", &"key-loss", &"--yes", &"-o", &requests]);
    let event = world.vlec(&agency, &revoke)?;
    let listener = "GE/mia/cyber".parse()?;
    world.vlec(&listener, &words(&[&"roster", &"hear", &field(&event, "/file")?]))?;
    let revoked = world.agency(&listener)?.with_rosters(|rosters| {
        let agency = rosters.roster(country)?.agency(&agency)?;
        agency.epochs().find(|epoch| epoch.number().0 == 2)?.revocation()
    });
    require(revoked.is_some(), "it was not heard")?;
    Ok(format!("{agency}, epoch 2"))
}
