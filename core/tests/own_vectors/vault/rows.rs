//! Sealed rows and wrapped secrets.

use serde::Deserialize;
use vlec::hazmat::vault::Rows;
use vlec::{AgencyId, Table, WrappingKey};

use super::{code, draws, formulas, secret, verdict};
use crate::bytes::Hex;
use crate::support::{Verdict, same};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    vault_key: Hex,
    vault: Hex,
    owner: String,
    table: String,
    row_key: Hex,
    pub(super) sealed: Hex,
    says: Option<RowSays>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowSays {
    nonce: Hex,
    value: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrapped {
    vault: Hex,
    owner: String,
    number: u64,
    wrapping_key: Hex,
    row_key: Hex,
    wrapped: Hex,
    says: Option<SecretSays>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretSays {
    nonce: Hex,
    secret: Hex,
}

impl Row {
    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Self { vault_key, vault, owner, table, row_key, sealed, says } = self;
        let rows = Rows::new(secret(vault_key), &vault.array(), &agency(owner)?);
        let table = table_of(table)?;
        let come = rows.open(table, &row_key.0, &sealed.0).map_err(code);
        let (Some(value), Some(says)) = (verdict(expect, come, says.is_some())?, says) else { return Ok(()) };
        same("value", &*value, &says.value.0)?;
        let again = rows.seal(table, &row_key.0, &says.value.0, &draws([&says.nonce])).map_err(code)?;
        same("sealed by the core", again, sealed.0.clone())?;
        let ad = formulas::row_ad(&vault.0, owner, number_of(table)?, &row_key.0);
        let again = formulas::seal(&vault_key.0, &says.nonce.0, &ad, &says.value.0);
        same("sealed by the formula", again, sealed.0.clone())
    }
}

impl Wrapped {
    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Self { vault, owner, number, wrapping_key, row_key, wrapped, says } = self;
        let rows = Rows::new(secret(&Hex(vec![3; 32])), &vault.array(), &agency(owner)?);
        let wrapping = WrappingKey { number: *number, key: secret(wrapping_key) };
        let come = rows.unwrap(&wrapping, &row_key.0, &wrapped.0).map_err(code);
        let (Some(value), Some(says)) = (verdict(expect, come, says.is_some())?, says) else { return Ok(()) };
        same("secret", value.expose(), &says.secret.array::<32>())?;
        let again = rows.wrap(&wrapping, &row_key.0, &value, &draws([&says.nonce])).map_err(code)?;
        same("wrapped by the core", &*again, &wrapped.0)?;
        let ad = formulas::secret_ad(&vault.0, owner, *number, &row_key.0);
        let again = formulas::seal(&wrapping_key.0, &says.nonce.0, &ad, &says.secret.0);
        same("wrapped by the formula", [&number.to_be_bytes()[..], &again].concat(), wrapped.0.clone())
    }
}

pub(super) fn agency(name: &str) -> Verdict<AgencyId> {
    name.parse().map_err(|_| format!("{name} is no agency"))
}

pub(super) fn table_of(name: &str) -> Verdict<Table> {
    let mut all = Table::ALL.iter().copied();
    all.find(|table| table.name() == name).ok_or_else(|| format!("no table {name}"))
}

/// The number that SPEC §12.1 gives the table.
pub(super) fn number_of(table: Table) -> Verdict<u8> {
    const SPEC: &str = include_str!("../../../../SPEC.md");
    let list = SPEC.split("### 12.1 Store").nth(1).and_then(|text| text.split("- `[VLT-01]`").next());
    let cells: Vec<&str> = list.unwrap_or_default().split('|').map(str::trim).collect();
    let place = cells.iter().position(|cell| *cell == table.name());
    let number = place.and_then(|place| cells.get(place + 1)).and_then(|number| number.parse().ok());
    number.ok_or_else(|| format!("SPEC §12.1 does not number {}", table.name()))
}

/// SPEC §12.1 lists every table that there is, and no table that there is not, by its number.
#[test]
fn the_specification_numbers_every_table() {
    for table in Table::ALL {
        assert_eq!(number_of(*table), Ok(table.number()), "{}", table.name());
    }
}
