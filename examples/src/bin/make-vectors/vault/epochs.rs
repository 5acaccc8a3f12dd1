//! Rows of the table epoch, by anchor and number (SPEC §6.3, `[ROT-23]`).

use data_encoding::HEXLOWER;
use serde::Serialize;
use serde_json::Value;
use vlec::hazmat::world::{NOW, World};

use super::{Case, Record, Shown, case, fixed, longer, shorter};
use crate::Result;
use crate::cbor::{array, bytes, uint};
use crate::hex::hex;

const DAY: u64 = 86_400;

/// The rows of the table, key and value, and the digest of the anchor that is pinned.
#[derive(Serialize)]
pub(super) struct EpochRows {
    pinned: String,
    rows: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<Says>,
}

#[derive(Serialize)]
struct Says {
    /// In the order of the rows.
    epochs: Vec<Epoch>,
    /// The rows after the opening.
    after: Vec<(String, String)>,
}

#[derive(Clone, Serialize)]
struct Epoch {
    /// Absent in an earlier version's row.
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<String>,
    number: u64,
    key_id: String,
    not_before: u64,
    not_after: u64,
    destroy_at: u64,
    held: bool,
    event: String,
}

impl Epoch {
    /// Of this number and anchor, held, its event no longer kept.
    fn new(anchor: Option<[u8; 32]>, number: u64) -> Self {
        Self {
            anchor: anchor.map(hex),
            number,
            key_id: hex(fixed::<32>(&format!("key id {number}"))),
            not_before: NOW,
            not_after: NOW + DAY,
            destroy_at: NOW + 8 * DAY,
            held: true,
            event: String::new(),
        }
    }

    fn destroyed(self) -> Self {
        Self { held: false, ..self }
    }

    fn event(self, event: &str) -> Self {
        Self { event: event.to_owned(), ..self }
    }

    fn under(&self, anchor: [u8; 32]) -> Self {
        Self { anchor: Some(hex(anchor)), ..self.clone() }
    }

    fn key(&self) -> Vec<u8> {
        let anchor = self.anchor.as_deref().unwrap_or_default();
        [HEXLOWER.decode(anchor.as_bytes()).unwrap_or_default(), self.number.to_be_bytes().to_vec()].concat()
    }

    fn items(&self) -> [Vec<u8>; 6] {
        let of = |text: &str| bytes(HEXLOWER.decode(text.as_bytes()).unwrap_or_default());
        [
            of(&self.key_id),
            uint(self.not_before),
            uint(self.not_after),
            uint(self.destroy_at),
            uint(self.held.into()),
            of(&self.event),
        ]
    }

    fn row(&self) -> (String, String) {
        (hex(self.key()), hex(array(&self.items())))
    }
}

pub(super) fn cases(world: &World, shown: &Shown) -> Result<Vec<Case>> {
    let named = *world.countries.get(&"GE".parse()?).ok_or("country")?.anchor.digest();
    let event = shown.epoch.pointer("/event").and_then(Value::as_str).ok_or("event")?;
    let other: [u8; 32] = fixed("another anchor");
    let mut cases = Vec::new();
    for (name, what, pinned, before, after) in [
        ("epoch-row", "an epoch whose event the roster holds", named, vec![Epoch::new(Some(named), 7)], None),
        (
            "epoch-row-pending",
            "its event is still brought to the centre",
            named,
            vec![Epoch::new(Some(named), 7).event(event)],
            None,
        ),
        (
            "epoch-row-destroyed",
            "its secret is gone; number and key id are left",
            named,
            vec![Epoch::new(Some(named), 7).destroyed()],
            None,
        ),
        ("epoch-row-largest", "the largest number", named, vec![Epoch::new(Some(named), u64::MAX)], None),
        (
            "epoch-row-of-two-anchors",
            "after a re-pin: two epochs of one number",
            other,
            vec![Epoch::new(Some(named), 7), Epoch::new(Some(other), 7).event(event)],
            None,
        ),
        (
            "epoch-row-old",
            "an earlier version's row, without an event: of the anchor that is pinned",
            other,
            vec![Epoch::new(None, 7)],
            Some(vec![Epoch::new(None, 7).under(other)]),
        ),
        (
            "epoch-row-old-of-another-anchor",
            "an earlier version's row, whose event names another anchor than the one that is pinned",
            other,
            vec![Epoch::new(None, 7).event(event)],
            Some(vec![Epoch::new(None, 7).event(event).under(named)]),
        ),
        (
            "epoch-row-old-destroyed",
            "an earlier version's row of an epoch that is gone",
            other,
            vec![Epoch::new(None, 7).destroyed()],
            Some(vec![Epoch::new(None, 7).destroyed().under(other)]),
        ),
        (
            "epoch-row-old-beside-new",
            "rows of both versions: those under an anchor stay as they are",
            other,
            vec![Epoch::new(None, 8).event(event), Epoch::new(Some(other), 1)],
            Some(vec![Epoch::new(None, 8).event(event).under(named), Epoch::new(Some(other), 1)]),
        ),
    ] {
        let mut after: Vec<_> = after.unwrap_or_else(|| before.clone()).iter().map(Epoch::row).collect();
        after.sort();
        let rows = before.iter().map(Epoch::row).collect();
        let says = Some(Says { epochs: before, after });
        let rows = EpochRows { pinned: hex(pinned), rows, says };
        cases.push(case(name, what, "ROT-23", Record::EpochRows(rows)));
    }
    cases.extend(damaged(named));
    Ok(cases)
}

fn damaged(anchor: [u8; 32]) -> Vec<Case> {
    let good = Epoch::new(Some(anchor), 7);
    let (key, items) = (good.key(), good.items());
    let value = array(&items);
    let with = |at: usize, item: Vec<u8>| {
        let mut items = items.clone();
        items.iter_mut().skip(at).take(1).for_each(|old| *old = item.clone());
        array(&items)
    };
    let window = |not_before, not_after, destroy_at| {
        array(&Epoch { not_before, not_after, destroy_at, ..good.clone() }.items())
    };
    let [first, .., last] = &items;
    let more = [&items[..], std::slice::from_ref(last)].concat();
    let id = fixed::<32>("key id 7");
    let cut = |from: usize| key.get(from..).map(<[u8]>::to_vec).unwrap_or_default();
    let rows = [
        ("key-of-39", "a row key of 39 bytes", cut(1), value.clone()),
        ("key-of-41", "a row key of 41 bytes", longer(&key, 0), value.clone()),
        ("key-of-7", "a row key of seven bytes", cut(33), value.clone()),
        ("key-of-9", "a row key of nine bytes", cut(31), value.clone()),
        ("key-of-no-bytes", "a row key without bytes", Vec::new(), value.clone()),
        ("of-five", "five items", key.clone(), array(items.get(1..).unwrap_or_default())),
        ("of-seven", "seven items", key.clone(), array(&more)),
        ("key-id-of-31", "a key id of 31 bytes", key.clone(), with(0, bytes(&id[1..]))),
        ("held-2", "neither held nor gone", key.clone(), with(4, uint(2))),
        ("held-long", "a number in more bytes than it needs", key.clone(), with(4, vec![0x18, 1])),
        ("event-number", "a number in the event's place", key.clone(), with(5, uint(0))),
        ("times-exchanged", "a key id in the place of a time", key.clone(), with(1, first.clone())),
        ("window-empty", "a window that ends as it begins", key.clone(), window(NOW, NOW, NOW + DAY)),
        ("window-backwards", "a window that ends before it begins", key.clone(), window(NOW, NOW - 1, NOW)),
        (
            "window-destroyed-early",
            "destroyed before it ends",
            key.clone(),
            window(NOW, NOW + DAY, NOW + DAY - 1),
        ),
        ("time-2-53", "an end that is no time", key.clone(), window(NOW, NOW + DAY, 1 << 53)),
        ("cut", "the last byte is missing", key.clone(), shorter(&value)),
        ("trailing", "a byte follows", key.clone(), longer(&value, 0)),
        ("no-bytes", "no bytes at all", key.clone(), Vec::new()),
    ];
    let rows = rows.into_iter().map(|(name, what, key, value)| {
        let rows = EpochRows { pinned: hex(anchor), rows: vec![(hex(key), hex(value))], says: None };
        case(&format!("epoch-row-{name}"), what, "ROT-23", Record::EpochRows(rows)).expect("row-damaged")
    });
    rows.collect()
}
