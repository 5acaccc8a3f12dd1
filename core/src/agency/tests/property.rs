//! Sixty days, with outages of up to two days at any time.

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]

    /// Daily maintenance, and a centre that is out of reach now and then: there is always exactly one
    /// epoch to seal to, and what was sealed to it opens for seven days.
    #[test]
    fn there_is_always_one_epoch_to_seal_to_and_its_mail_opens(
        outages in proptest::collection::vec((25..200_u64, 1..=48_u64), 12),
    ) {
        let mut scene = Scene::new();
        let mut under_way: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut out = Vec::new();
        let mut at = 0;
        for (pause, length) in outages {
            out.push((at + pause)..(at + pause + length));
            at += pause + length;
        }
        for hour in 1..60 * 24_u64 {
            scene.town.advance(HOUR);
            if hour % 24 == 0 {
                let reachable = !out.iter().any(|outage| outage.contains(&hour));
                scene.cyber.maintain(&[]).unwrap();
                scene.border.maintain(&[]).unwrap();
                if reachable {
                    scene.bring();
                    scene.share();
                }
            }
            let now = scene.town.now();
            let open = scene.border.with_rosters(|rosters| {
                let agency = rosters.roster("GE".parse().unwrap()).unwrap().agency(scene.cyber.id()).unwrap();
                agency.epochs().filter(|epoch| epoch.window().seals_at(now)).count()
            });
            prop_assert_eq!(open, 1, "hour {}", hour);
            if hour % 13 == 0 {
                under_way.push((hour, scene.mail()));
            }
            while under_way.first().is_some_and(|(sealed, _)| sealed + 7 * 24 <= hour) {
                let (sealed, mail) = under_way.remove(0);
                let opened = scene.cyber.open(&mail);
                prop_assert!(opened.is_ok(), "sealed in hour {}, opened in hour {}: {:?}", sealed, hour, opened);
                scene.cyber.accept(opened.unwrap().manifest(), b"").unwrap();
            }
        }
        prop_assert!(under_way.len() < 14);
    }
}
