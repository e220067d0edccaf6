//! Times as the suites write them.

use pki_core::UnixTime;

/// A time of RFC 3339 in UTC: `2024-01-01T00:00:00Z`, or with `+00:00`; or a date alone. Fractions of a second are cut off, as
/// certificates have none.
#[must_use]
pub fn parse(text: &str) -> Option<UnixTime> {
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let time = time.strip_suffix('Z').or_else(|| time.strip_suffix("+00:00"))?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|octet| octet.is_ascii_digit());
    let mut date = date.splitn(3, '-');
    let (year, month, day) = (number(date.next()?, 4)?, small(date.next()?)?, small(date.next()?)?);
    let mut time = time.splitn(3, ':');
    let (hour, minute, second) = (small(time.next()?)?, small(time.next()?)?, small(time.next()?)?);
    UnixTime::from_civil(year, month, day, hour, minute, second).filter(|_| is_fraction)
}

fn number(digits: &str, length: usize) -> Option<u16> {
    let all_digits = digits.len() == length && digits.bytes().all(|octet| octet.is_ascii_digit());
    all_digits.then(|| digits.parse().ok()).flatten()
}

fn small(digits: &str) -> Option<u8> {
    number(digits, 2).and_then(|number| u8::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_utc() {
        let forms = ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00.999Z", "2024-01-01"];
        for text in forms {
            assert_eq!(parse(text), Some(UnixTime::from_seconds(1_704_067_200)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_times() {
        let others = [
            "",
            "2024-1-01",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+01:00",
            "2024-02-30",
            "2024-01-01T0:0:0Z",
        ];
        for text in others {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
