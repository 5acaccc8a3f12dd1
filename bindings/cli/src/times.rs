//! Times as people and scripts write them: RFC 3339 in UTC, and durations as in `7d`.

use vlec::Timestamp;

/// `2026-04-07 08:00 UTC`
pub(crate) fn short(time: Timestamp) -> String {
    let text = time.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => text,
    }
}

/// `04-07`
pub(crate) fn month_and_day(time: Timestamp) -> String {
    time.to_string().get(5..10).unwrap_or("?").to_owned()
}

/// RFC 3339 with an offset, or a date alone, which is its first second in UTC.
pub(crate) fn parse(text: &str) -> Result<Timestamp, String> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let time: jiff::Timestamp =
        whole.parse().map_err(|_| "expected a time as in 2026-04-07T08:00:00Z, or a date".to_owned())?;
    let seconds = u64::try_from(time.as_second()).map_err(|_| "the time is before 1970".to_owned())?;
    Timestamp::from_unix(seconds).ok_or_else(|| "the time is too late".to_owned())
}

/// Seconds of `90s`, `15min`, `12h`, `7d`.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let expected = || "expected a duration as in 12h or 7d".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "s" => 1,
        "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(expected()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2026-04-07T08:00:00Z"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse("2026-04-07").unwrap(), parse("2026-04-07T04:00:00+04:00").unwrap());
        assert_eq!(short(parse("2026-04-07").unwrap()), "2026-04-07 00:00 UTC");
        for wrong in ["", "tomorrow", "2026-13-01", "2026-04-07T08:00:00", "1969-12-31"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!([seconds("90s"), seconds("12h"), seconds("7d")], [Ok(90), Ok(43_200), Ok(604_800)]);
        for wrong in ["", "7", "d", "7 d", "-7d", "7w", "99999999999999999999d", "999999999999999999d"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
