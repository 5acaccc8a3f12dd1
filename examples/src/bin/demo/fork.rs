//! A centre that shows different rosters to different peers is caught, with a proof for everybody.

use vlec::event::{DisplayName, Reason};
use vlec::hazmat::timed;
use vlec::{AgencyId, Centre, Country, EquivocationProof, Error, RosterError, Storage};

use crate::checks::{Checks, refused, require};
use crate::error::{Context, Result};
use crate::exchange::{self, Exchange};
use crate::parties::{World, passphrase};
use crate::report;

pub(crate) fn fork(world: &mut World, exchange: &Exchange, checks: &mut Checks) -> Result<()> {
    let liar: Country = "MD".parse()?;
    let [one, other]: [Country; 2] = ["GE".parse()?, "UA".parse()?];
    report::section(
        world.clock.now()?,
        &format!("The log of {liar} shows {one} and {other} different rosters"),
    );
    report::line("  A copy of its centre enrols an agency that the other peer is not to see.");
    let twin = twin(world, exchange, liar)?;
    let seen = enrol_ghost(world, exchange, liar, &twin)?;
    let first = world.national(liar)?.centre.publish()?;
    let second = twin.publish()?;
    world.national(one)?.centre.cosign(&first)?;
    world.national(other)?.centre.cosign(&second)?;

    // The two peers meet, and hand each other what they were shown.
    let caught = world.national(other)?.centre.cosign(&first);
    let proof = match caught {
        Err(Error::Roster(RosterError::Fork(proof))) => proof,
        Err(error) => return Err(error.into()),
        Ok(_) => return Err("the second roster was cosigned too".into()),
    };
    exchange::write(&exchange.proof(liar), &proof.encode())?;
    checks.add(
        "Two rosters of one log meet: a proof remains",
        Ok(format!("{seen}, {} bytes", proof.encode().len())),
    );
    checks.add("The proof convinces every party, and the country is frozen", convince(world, exchange, liar));
    let claim = "A frozen log is cosigned no more";
    let again = world.national(one)?.centre.cosign(&first);
    checks.add(claim, refused(again, Error::code, "roster-frozen"));
    let claim = "Revocations of the frozen country are still heard";
    checks.add(claim, hear_revocation(world, liar));
    Ok(())
}

/// The liar's centre, a second time: whoever holds the keys can do so.
fn twin(world: &mut World, exchange: &Exchange, country: Country) -> Result<Centre> {
    let home = exchange.home(&country.into());
    let copy = home.with_extension("twin");
    // A copy is taken of a vault at rest.
    let national = world.centres.remove(&country).context("find the centre")?;
    drop(national.centre);
    exchange::copy_folder(&home, &copy)?;
    let centre = timed::open_centre(Storage::open(&home)?, passphrase("centre"), world.clock.hand())?;
    world.centres.insert(country, crate::parties::National { centre, ..national });
    Ok(timed::open_centre(Storage::open(&copy)?, passphrase("centre"), world.clock.hand())?)
}

fn enrol_ghost(world: &World, exchange: &Exchange, country: Country, twin: &Centre) -> Result<String> {
    let id: AgencyId = format!("{country}/ghost").parse()?;
    let storage = Storage::create(&exchange.home(&id))?;
    let ghost = timed::create(storage, id.clone(), passphrase("agency"), world.clock.hand())?;
    ghost.pin(twin.genesis(), twin.anchor())?;
    let request = ghost.enrol_request(vec![DisplayName::new("en", "Nobody")?], Vec::new())?;
    let roots = world.national(country)?.two_roots()?;
    twin.enrol(&request, &roots.iter().collect::<Vec<_>>())?;
    // The honest-looking one goes on with something else.
    let agency = world.agency(&"MD/pg/mla".parse()?)?;
    let event = agency.revoke_epoch(vlec::EpochNumber(3), Reason::Superseded)?;
    world.national(country)?.centre.admit(&event)?;
    Ok(id.to_string())
}

fn convince(world: &World, exchange: &Exchange, country: Country) -> Result<String> {
    let mut convinced = 0;
    for agency in world.agencies.values() {
        agency.accuse(EquivocationProof::decode(&exchange::read(&exchange.proof(country))?)?)?;
        require(agency.with_rosters(|rosters| rosters.frozen(country).is_some()), "it is not frozen")?;
        convinced += 1;
    }
    for (other, national) in &world.centres {
        if *other != country {
            national.centre.accuse(EquivocationProof::decode(&exchange::read(&exchange.proof(country))?)?)?;
            require(national.centre.frozen(country).is_some(), "it is not frozen")?;
            convinced += 1;
        }
    }
    Ok(format!("{convinced} parties"))
}

fn hear_revocation(world: &World, country: Country) -> Result<String> {
    let agency: AgencyId = "MD/igp/search".parse()?;
    let event = world.agency(&agency)?.revoke_epoch(vlec::EpochNumber(2), Reason::KeyLoss)?;
    let listener = world.agency(&"GE/mia/cyber".parse()?)?;
    listener.hear(&event)?;
    let revoked = listener.with_rosters(|rosters| {
        let agency = rosters.roster(country)?.agency(&agency)?;
        agency.epochs().find(|epoch| epoch.number().0 == 2)?.revocation()
    });
    require(revoked.is_some(), "it was not heard")?;
    Ok(format!("{agency}, epoch 2"))
}
