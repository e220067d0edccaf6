//! [`UnixTime`]: a point in time, always an argument.

use alloc::string::String;
use core::{fmt, time::Duration};

use crate::{
    der::{Element, Tag},
    error::{DecodeError, DecodeErrorKind},
};

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds; negative before, since certificates may begin in 1950.
///
/// Nothing in the family reads a clock: whoever calls knows the time and passes it in.
///
/// ```
/// use pki_core::UnixTime;
///
/// let now = UnixTime::from_seconds(1_795_392_000);
/// assert_eq!(now.to_string(), "2026-11-23T00:00:00Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(i64);

/// The period from `not_before` to `not_after`, both included (RFC 5280 section 4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "RFC 5280 gives it two fields for good")]
pub struct Validity {
    /// First second of the period.
    pub not_before: UnixTime,
    /// Last second of the period.
    pub not_after: UnixTime,
}

impl UnixTime {
    /// The time `99991231235959Z` that stands for "no well-defined expiration" (RFC 5280 section 4.1.2.5).
    pub const NO_EXPIRATION: Self = Self(253_402_300_799);

    /// From seconds since the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0
    }

    /// This time plus `duration`, whole seconds, at most the largest time there is.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
    }

    /// This time minus `duration`, whole seconds, at least the smallest time there is.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
    }

    /// From a civil date and time in UTC; `None` where there is no such date.
    #[must_use]
    pub fn from_civil(year: u16, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Option<Self> {
        let year_valid = year <= 9999 && (1..=12).contains(&month);
        if !year_valid || day == 0 || day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds_of_day = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        Some(Self(days_from_civil(year, month, day) * SECONDS_PER_DAY + seconds_of_day))
    }

    /// Year, month, day, hour, minute, second in UTC; `None` outside of the years 0 to 9999.
    #[must_use]
    pub fn to_civil(self) -> Option<(u16, u8, u8, u8, u8, u8)> {
        let (days, seconds) = (self.0.div_euclid(SECONDS_PER_DAY), self.0.rem_euclid(SECONDS_PER_DAY));
        // Howard Hinnant's civil calendar: eras of 400 years that begin on 1 March.
        let days = days.checked_add(719_468)?;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        if year > 9999 {
            return None;
        }
        Some((
            u16::try_from(year).ok()?,
            u8::try_from(month).ok()?,
            u8::try_from(day).ok()?,
            u8::try_from(seconds / 3600).ok()?,
            u8::try_from(seconds / 60 % 60).ok()?,
            u8::try_from(seconds % 60).ok()?,
        ))
    }

    /// Reads a `Time`: UTCTime or GeneralizedTime in the profile of RFC 5280 section 4.1.2.5: seconds present, `Z`, no
    /// fraction. Years of two digits are 1950 to 2049.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::UnexpectedTag`] for another type.
    /// - [`DecodeErrorKind::InvalidTime`] for another form, or a date that does not exist.
    pub fn from_element(element: &Element<'_>) -> Result<Self, DecodeError> {
        let invalid = || DecodeError::new(DecodeErrorKind::InvalidTime, element.position());
        match element.tag() {
            Tag::UTC_TIME => {
                let [century_digits @ .., b'Z'] = element.content() else { return Err(invalid()) };
                let [yy, rest @ ..] = pairs::<6>(century_digits).ok_or_else(invalid)?;
                let year = u16::from(yy) + if yy < 50 { 2000 } else { 1900 };
                Self::from_fields(year, rest).ok_or_else(invalid)
            }
            Tag::GENERALIZED_TIME => {
                let [digits @ .., b'Z'] = element.content() else { return Err(invalid()) };
                let [century, yy, rest @ ..] = pairs::<7>(digits).ok_or_else(invalid)?;
                Self::from_fields(u16::from(century) * 100 + u16::from(yy), rest).ok_or_else(invalid)
            }
            found => Err(DecodeError::new(
                DecodeErrorKind::UnexpectedTag { expected: Tag::UTC_TIME, found: Some(found) },
                element.position(),
            )),
        }
    }

    /// Reads a GeneralizedTime, in the same profile (RFC 5280 section 4.1.2.5.2).
    ///
    /// # Errors
    /// As [`UnixTime::from_element`], and [`DecodeErrorKind::UnexpectedTag`] for a UTCTime.
    pub fn from_generalized(element: &Element<'_>) -> Result<Self, DecodeError> {
        match element.tag() {
            Tag::GENERALIZED_TIME => Self::from_element(element),
            found => {
                let expected = Tag::GENERALIZED_TIME;
                Err(element.error(DecodeErrorKind::UnexpectedTag { expected, found: Some(found) }))
            }
        }
    }

    /// The `Time` to write: UTCTime for 1950 to 2049, else GeneralizedTime. Times outside of the years 0 to 9999 are
    /// written as the nearest one that can be.
    pub(crate) fn to_asn1(self) -> (Tag, String) {
        let (year, month, day, hour, minute, second) = self.clamped();
        if (1950..2050).contains(&year) {
            let text = alloc::format!("{:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z", year % 100);
            (Tag::UTC_TIME, text)
        } else {
            (Tag::GENERALIZED_TIME, self.to_generalized())
        }
    }

    /// The text of a GeneralizedTime, clamped likewise.
    pub(crate) fn to_generalized(self) -> String {
        let (year, month, day, hour, minute, second) = self.clamped();
        alloc::format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z")
    }

    /// The civil time of the nearest time that can be written.
    fn clamped(self) -> (u16, u8, u8, u8, u8, u8) {
        let clamped = Self(self.0.clamp(-62_167_219_200, Self::NO_EXPIRATION.0));
        clamped.to_civil().unwrap_or((9999, 12, 31, 23, 59, 59))
    }

    fn from_fields(year: u16, [month, day, hour, minute, second]: [u8; 5]) -> Option<Self> {
        Self::from_civil(year, month, day, hour, minute, second)
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_civil() {
            Some((year, month, day, hour, minute, second)) => {
                write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
            }
            None => write!(f, "{} s", self.0),
        }
    }
}

impl Validity {
    /// From `not_before` to `not_after`.
    #[must_use]
    pub const fn new(not_before: UnixTime, not_after: UnixTime) -> Self {
        Self { not_before, not_after }
    }

    /// From `start`, for `duration`.
    #[must_use]
    pub fn starting(start: UnixTime, duration: Duration) -> Self {
        Self { not_before: start, not_after: start.plus(duration) }
    }

    /// Whether `time` lies in the period, its ends included.
    #[must_use]
    pub fn contains(&self, time: UnixTime) -> bool {
        self.not_before <= time && time <= self.not_after
    }
}

/// Exactly `N` pairs of decimal digits.
fn pairs<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    if pairs.len() != N {
        return None;
    }
    for (value, [tens, ones]) in out.iter_mut().zip(pairs) {
        if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
            return None;
        }
        *value = (tens - b'0') * 10 + (ones - b'0');
    }
    Some(out)
}

const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01; the month is 1 to 12.
fn days_from_civil(year: u16, month: u8, day: u8) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const SECONDS_PER_DAY: i64 = 86_400;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::der::Reader;

    fn read(tag: u8, text: &str) -> Result<UnixTime, DecodeErrorKind> {
        let mut der = alloc::vec![tag, u8::try_from(text.len()).unwrap()];
        der.extend_from_slice(text.as_bytes());
        let element = Reader::new(&der).any().unwrap();
        UnixTime::from_element(&element).map_err(|error| error.kind())
    }

    #[test]
    fn known_dates() {
        // Seconds from `date -u -d ... +%s`.
        for (text, seconds) in [
            ("1950-01-01T00:00:00Z", -631_152_000),
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("2049-12-31T23:59:59Z", 2_524_607_999),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(UnixTime::from_seconds(seconds).to_string(), text);
        }
    }

    #[test]
    fn civil_round_trip_over_every_day_of_four_centuries() {
        let first = UnixTime::from_civil(1800, 1, 1, 0, 0, 0).unwrap().as_seconds();
        for day in 0..146_097 {
            let time = UnixTime::from_seconds(first + day * SECONDS_PER_DAY + 86_399);
            let (year, month, day, hour, minute, second) = time.to_civil().unwrap();
            assert_eq!(UnixTime::from_civil(year, month, day, hour, minute, second), Some(time));
        }
    }

    #[test]
    fn rfc5280_s4_1_2_5_1_utc_time() {
        assert_eq!(read(0x17, "500101000000Z"), Ok(UnixTime::from_seconds(-631_152_000)));
        assert_eq!(read(0x17, "491231235959Z"), Ok(UnixTime::from_seconds(2_524_607_999)));
        for bad in ["5001010000Z", "500101000000+0000", "500101000060Z", "501301000000Z", "500230000000Z", "Z", ""] {
            assert_eq!(read(0x17, bad), Err(DecodeErrorKind::InvalidTime), "{bad}");
        }
    }

    #[test]
    fn rfc5280_s4_1_2_5_2_generalized_time() {
        assert_eq!(read(0x18, "20500101000000Z"), Ok(UnixTime::from_seconds(2_524_608_000)));
        for bad in ["20500101000000.5Z", "20500101000000", "205001010000Z", "2050010100000Z", "20500101000000+0100"] {
            assert_eq!(read(0x18, bad), Err(DecodeErrorKind::InvalidTime), "{bad}");
        }
    }

    #[test]
    fn written_as_rfc5280_demands() {
        assert_eq!(UnixTime::from_seconds(2_524_607_999).to_asn1(), (Tag::UTC_TIME, "491231235959Z".into()));
        assert_eq!(UnixTime::from_seconds(2_524_608_000).to_asn1(), (Tag::GENERALIZED_TIME, "20500101000000Z".into()));
        assert_eq!(UnixTime::from_seconds(i64::MAX).to_asn1().1, "99991231235959Z");
        assert_eq!(UnixTime::from_seconds(i64::MIN).to_asn1().1, "00000101000000Z");
    }
}
