//! Agencies of several countries, made as everybody makes them: under the system's clock and randomness, which
//! cost what they cost in production.

use vlec::event::DisplayName;
use vlec::{Agency, AgencyId, Centre, Country, Random, RootKey, Storage, Unlock};

use crate::measure::Fallible;

/// Founds `countries`, which cosign each other's logs, and enrols the agencies; all hold the newest rosters.
pub(crate) fn agencies<const N: usize>(
    countries: &[&str],
    agencies: [(&str, Storage); N],
    unlock: impl Fn() -> Unlock,
) -> Fallible<[Agency; N]> {
    let mut centres = Vec::new();
    for name in countries {
        let country: Country = name.parse()?;
        let root = RootKey::generate(country, &Random::system())?;
        let centre = Centre::found(Storage::memory(), country, unlock(), &[&root], 1, 86_400)?;
        centres.push((centre, root));
    }
    for (one, _) in &centres {
        for (other, _) in &centres {
            one.pin(other.genesis(), other.anchor())?;
        }
    }
    let agencies: Vec<Agency> = agencies
        .into_iter()
        .map(|(name, storage)| enrolled(&name.parse()?, storage, unlock(), &centres))
        .collect::<Fallible<_>>()?;
    publish(&centres, &agencies)?;
    for agency in &agencies {
        agency.maintain(&[])?;
        let (centre, _) = own(agency.id(), &centres)?;
        agency.announcements()?.iter().try_for_each(|event| centre.admit(event).map(drop))?;
    }
    publish(&centres, &agencies)?;
    agencies.try_into().map_err(|_| "as many agencies as were named".into())
}

fn own<'c>(id: &AgencyId, centres: &'c [(Centre, RootKey)]) -> Fallible<&'c (Centre, RootKey)> {
    let own = centres.iter().find(|(centre, _)| centre.country() == id.country());
    Ok(own.ok_or("the agency's country has no centre")?)
}

fn enrolled(
    id: &AgencyId,
    storage: Storage,
    unlock: Unlock,
    centres: &[(Centre, RootKey)],
) -> Fallible<Agency> {
    let agency = Agency::create(storage, id.clone(), unlock)?;
    for (centre, _) in centres {
        agency.pin(centre.genesis(), centre.anchor())?;
    }
    let request = agency.enrol_request(vec![DisplayName::new("en", id.as_str())?], Vec::new())?;
    let (centre, root) = own(id, centres)?;
    centre.enrol(&request, &[root])?;
    Ok(agency)
}

fn publish(centres: &[(Centre, RootKey)], agencies: &[Agency]) -> Fallible {
    for (centre, _) in centres {
        let proposal = centre.publish()?;
        for (witness, _) in centres.iter().filter(|(witness, _)| witness.country() != centre.country()) {
            centre.collect(&witness.cosign(&proposal)?)?;
        }
        let mut bundle = Vec::new();
        centre.export(centre.country(), 0, &mut bundle)?;
        for agency in agencies {
            agency.import(&bundle[..])?;
        }
        for (other, _) in centres.iter().filter(|(other, _)| other.country() != centre.country()) {
            other.import(&bundle[..])?;
        }
    }
    Ok(())
}
