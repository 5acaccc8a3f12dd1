//! Bundles, put together from the items that a vector names (SPEC §4.17).

use data_encoding::HEXLOWER;
use serde_json::Value;

use crate::Result;

/// The bytes of a bundle; `world` gives the events of GE's roster, of which items name the number.
pub(crate) fn assemble(items: &[Value], world: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut bundle = Vec::new();
    for item in items {
        let (kind, value) = item.as_object().and_then(|item| item.iter().next()).ok_or("an item")?;
        let text = value.as_str().unwrap_or_default();
        let (number, bytes) = match kind.as_str() {
            "header" => (1, header(value)?),
            "checkpoint" => (2, text.as_bytes().to_vec()),
            // Without its filling: a seed is short.
            "long-checkpoint" => (2, value["note"].as_str().ok_or("note")?.as_bytes().to_vec()),
            "world-event" => {
                let place = value.as_u64().and_then(|place| usize::try_from(place).ok());
                (3, place.and_then(|place| world.get(place)).ok_or("an event of the world")?.clone())
            }
            "event" => (3, HEXLOWER.decode(text.as_bytes())?),
            "leaf" => (4, HEXLOWER.decode(text.as_bytes())?),
            "raw" => {
                bundle.extend(HEXLOWER.decode(text.as_bytes())?);
                continue;
            }
            other => return Err(format!("no item is {other}").into()),
        };
        bundle.push(number);
        bundle.extend(u32::try_from(bytes.len())?.to_be_bytes());
        bundle.extend(bytes);
    }
    Ok(bundle)
}

/// `[ "vlec/1 bundle", origin, from, [ *peak ] ]`
fn header(fields: &Value) -> Result<Vec<u8>> {
    const FORMAT: &str = "vlec/1 bundle";
    let origin = fields["origin"].as_str().ok_or("origin")?;
    let from = fields["from"].as_u64().ok_or("from")?;
    let peaks = fields["peaks"].as_array().ok_or("peaks")?;
    let texts = [FORMAT, origin].map(|text| [head(3, text.len() as u64), text.as_bytes().to_vec()].concat());
    let mut out = [head(4, 4), texts.concat(), head(0, from), head(4, peaks.len() as u64)].concat();
    for peak in peaks {
        out.extend(head(2, 32));
        out.extend(HEXLOWER.decode(peak.as_str().ok_or("peak")?.as_bytes())?);
    }
    Ok(out)
}

/// The head of a CBOR item, of the shortest form.
fn head(major: u8, number: u64) -> Vec<u8> {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    match number {
        0..24 => vec![major | bytes[7]],
        24..0x100 => vec![major | 24, bytes[7]],
        0x100..0x1_0000 => [&[major | 25], &bytes[6..]].concat(),
        0x1_0000..0x1_0000_0000 => [&[major | 26], &bytes[4..]].concat(),
        _ => [&[major | 27], &bytes[..]].concat(),
    }
}
