//! [`RetryAfter`]: when a server wants to be asked again.

use core::{fmt, time::Duration};

use pki_core::UnixTime;

/// The value of `Retry-After` (RFC 9110 section 10.2.3): a server says it with 429 and 503, and a SCEP server may say it with
/// PENDING.
///
/// A client parses the header's text, a server writes it by `Display`.
///
/// Nobody signs it. What is made of it is bounded by [`PollPolicy::longest`](crate::client::PollPolicy::longest).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// Not before this time.
    At(UnixTime),
    /// This long after the response, in whole seconds.
    Delay(Duration),
}

impl RetryAfter {
    /// From the text of the header: decimal seconds, or a date in one of the three forms of HTTP (RFC 9110 section 5.6.7).
    ///
    /// `None` for anything else: a header that can't be read is as good as none. Seconds over 2³² - 1 are as many. Days of
    /// the week are not looked at, and years of two digits are 1970 to 2069.
    ///
    /// ```
    /// use core::time::Duration;
    /// use pki_core::UnixTime;
    /// use scep::http::RetryAfter;
    ///
    /// assert_eq!(RetryAfter::parse("120"), Some(RetryAfter::Delay(Duration::from_secs(120))));
    /// let date = RetryAfter::parse("Fri, 31 Dec 1999 23:59:59 GMT");
    /// assert_eq!(date, Some(RetryAfter::At(UnixTime::from_seconds(946_684_799))));
    /// assert_eq!(RetryAfter::parse("soon"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t']);
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // The only thing that can go wrong is that there are too many digits.
            return Some(Self::Delay(Duration::from_secs(text.parse().unwrap_or(u32::MAX).into())));
        }
        date(text).map(Self::At)
    }

    /// How long to wait, the response having come at `now`; nothing where the time has passed.
    #[must_use]
    pub fn delay(self, now: UnixTime) -> Duration {
        match self {
            Self::Delay(delay) => delay,
            Self::At(at) => {
                let seconds = at.as_seconds().saturating_sub(now.as_seconds());
                Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
            }
        }
    }
}

impl fmt::Display for RetryAfter {
    /// The header's text: seconds, or an IMF-fixdate. A time outside of the years 0 to 9999 has no date, and is 0 seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = match self {
            Self::Delay(delay) => return write!(f, "{}", delay.as_secs()),
            Self::At(at) => *at,
        };
        let Some((year, month, day, hour, minute, second)) = at.to_civil() else { return f.write_str("0") };
        // 1970 began on a Thursday.
        let week_day = at.as_seconds().div_euclid(86_400).rem_euclid(7);
        let week_day = usize::try_from(week_day).ok().and_then(|place| WEEK_DAYS.get(place)).unwrap_or(&"");
        let month = MONTHS.get(usize::from(month).saturating_sub(1)).unwrap_or(&"");
        write!(f, "{week_day}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

/// `HTTP-date`: IMF-fixdate, RFC 850's, asctime's.
fn date(text: &str) -> Option<UnixTime> {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let mut next = || words.next();
    let (day, month, year, clock) = match next()? {
        week_day if week_day.ends_with(',') => {
            let date = next()?;
            match date.split_once('-') {
                Some((day, rest)) => {
                    let (month, year) = rest.split_once('-')?;
                    let year: u16 = digits(year, 2)?;
                    (digits(day, 2)?, month, year + if year < 70 { 2000 } else { 1900 }, zoned(next()?, next()?)?)
                }
                None => (digits(date, 2)?, next()?, digits(next()?, 4)?, zoned(next()?, next()?)?),
            }
        }
        _ => {
            let (month, day, clock, year) = (next()?, next()?, next()?, next()?);
            (digits(day, day.len().min(2))?, month, digits(year, 4)?, clock)
        }
    };
    if next().is_some() {
        return None;
    }
    let (hour, rest) = clock.split_once(':')?;
    let (minute, second) = rest.split_once(':')?;
    // A leap second is the one before.
    let second: u16 = digits(second, 2).filter(|second| *second <= 60)?;
    let small = |number: u16| u8::try_from(number).ok();
    let number = MONTHS.iter().position(|name| *name == month)? + 1;
    UnixTime::from_civil(
        year,
        u8::try_from(number).ok()?,
        small(day)?,
        small(digits(hour, 2)?)?,
        small(digits(minute, 2)?)?,
        small(second.min(59))?,
    )
}

fn zoned<'t>(clock: &'t str, zone: &str) -> Option<&'t str> {
    (zone == "GMT").then_some(clock)
}

/// A number of so many digits.
fn digits(text: &str, count: usize) -> Option<u16> {
    let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

const WEEK_DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn seconds(seconds: u64) -> Option<RetryAfter> {
        Some(RetryAfter::Delay(Duration::from_secs(seconds)))
    }

    #[test]
    fn rfc9110_10_2_3_seconds() {
        assert_eq!(RetryAfter::parse("120"), seconds(120));
        assert_eq!(RetryAfter::parse(" 0\t"), seconds(0));
        assert_eq!(RetryAfter::parse("00060"), seconds(60));
        assert_eq!(RetryAfter::parse("99999999999999999999999999"), seconds(u32::MAX.into()));
    }

    /// The examples of RFC 9110 section 5.6.7; `date -u -d '1994-11-06 08:49:37' +%s` says 784111777.
    #[test]
    fn rfc9110_5_6_7_dates_in_all_three_forms() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(RetryAfter::parse(text), Some(RetryAfter::At(UnixTime::from_seconds(784_111_777))), "{text}");
        }
        // `date -u -d '2016-12-31 23:59:59' +%s`; the leap second behind it.
        let leap = RetryAfter::parse("Sat, 31 Dec 2016 23:59:60 GMT");
        assert_eq!(leap, Some(RetryAfter::At(UnixTime::from_seconds(1_483_228_799))));
        // `date -u -d '2026-11-26 10:00:00' +%s`
        let two_digits = RetryAfter::parse("Thursday, 26-Nov-26 10:00:00 GMT");
        assert_eq!(two_digits, Some(RetryAfter::At(UnixTime::from_seconds(1_795_687_200))));
    }

    /// By `date -u -R -d @…`, with GMT for +0000.
    #[test]
    fn rfc9110_10_2_3_the_text_of_the_header() {
        for (seconds, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_795_687_200, "Thu, 26 Nov 2026 10:00:00 GMT"),
            (951_825_600, "Tue, 29 Feb 2000 12:00:00 GMT"),
        ] {
            let at = RetryAfter::At(UnixTime::from_seconds(seconds));
            assert_eq!(at.to_string(), text);
            assert_eq!(RetryAfter::parse(text), Some(at));
        }
        assert_eq!(RetryAfter::Delay(Duration::from_millis(120_900)).to_string(), "120");
        assert_eq!(RetryAfter::At(UnixTime::from_seconds(i64::MAX)).to_string(), "0");
    }

    #[test]
    fn what_is_neither_is_none() {
        for text in [
            "",
            " ",
            "-1",
            "1.5",
            "1e3",
            "٣",
            "tomorrow",
            "Sun,",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT x",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "Sun, 06-Nov 08:49:37 GMT",
            "Sun Nov 6 08:49:37 94",
            "Sun Nov 006 08:49:37 1994",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 99999 08:49:37 GMT",
        ] {
            assert_eq!(RetryAfter::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_time_that_has_passed_is_no_delay() {
        let at = |seconds| RetryAfter::At(UnixTime::from_seconds(seconds));
        let now = UnixTime::from_seconds(1000);
        assert_eq!(at(1090).delay(now), Duration::from_secs(90));
        assert_eq!(at(1000).delay(now), Duration::ZERO);
        assert_eq!(at(i64::MIN).delay(now), Duration::ZERO);
        assert_eq!(at(i64::MAX).delay(UnixTime::from_seconds(i64::MIN)), Duration::from_secs(i64::MAX.unsigned_abs()));
    }
}
