//! Times in JSON (RFC 3339).

use alloc::string::String;

use pki_core::UnixTime;

/// With milliseconds, as Intune and .NET have it.
pub(super) fn with_milliseconds(time: UnixTime) -> String {
    let text = alloc::format!("{time}");
    text.strip_suffix('Z').map_or_else(String::new, |seconds| alloc::format!("{seconds}.000Z"))
}

/// Reads a date-time with any fraction and offset (RFC 3339 section 5.6).
pub(super) fn read(text: &str) -> Option<UnixTime> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let (year, rest_of_date) = number::<u16>(date, 4)?;
    let (month, rest_of_date) = number::<u8>(rest_of_date.strip_prefix('-')?, 2)?;
    let (day, "") = number::<u8>(rest_of_date.strip_prefix('-')?, 2)? else { return None };
    let (hour, rest) = number::<u8>(rest, 2)?;
    let (minute, rest) = number::<u8>(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = number::<u8>(rest.strip_prefix(':')?, 2)?;
    let offset = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
            fraction.trim_start_matches(|c: char| c.is_ascii_digit())
        }
        Some(_) => return None,
    };
    // A leap second is the last of its minute.
    let time = UnixTime::from_civil(year, month, day, hour, minute, second.min(59))?;
    let (sign, offset) = match offset {
        "Z" | "z" => return Some(time),
        _ => (if offset.starts_with('+') { -1 } else { 1 }, offset.strip_prefix(['+', '-'])?),
    };
    let (hours, minutes) = number::<u8>(offset, 2)?;
    let (minutes, "") = number::<u8>(minutes.strip_prefix(':')?, 2)? else { return None };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = (i64::from(hours) * 60 + i64::from(minutes)) * 60;
    Some(UnixTime::from_seconds(time.as_seconds() + sign * seconds))
}

/// So many digits, and what follows.
fn number<T: core::str::FromStr>(text: &str, digits: usize) -> Option<(T, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Some((number.parse().ok()?, rest)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_s5_8_examples() {
        // Seconds by `date -d … +%s`.
        let seconds = |text| read(text).map(UnixTime::as_seconds);
        assert_eq!(seconds("1985-04-12T23:20:50.52Z"), Some(482_196_050));
        assert_eq!(seconds("1996-12-19T16:39:57-08:00"), Some(851_042_397));
        assert_eq!(seconds("1990-12-31T23:59:60Z"), Some(662_687_999));
        assert_eq!(seconds("1937-01-01T12:00:27.87+00:20"), Some(-1_041_337_173));
        assert_eq!(seconds("2026-11-23T09:00:00.123456789+01:00"), Some(1_795_420_800));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T09:00:00",
            "2026-11-23T09:00:00.Z",
            "2026-11-23T09:00:00+24:00",
            "2026-11-23T09:00:00+0100",
            "2026-02-30T09:00:00Z",
            "2026-11-23T09:00:00Zx",
            "+026-11-23T09:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn milliseconds_are_written() {
        assert_eq!(with_milliseconds(UnixTime::from_seconds(1_795_420_800)), "2026-11-23T08:00:00.000Z");
    }
}
