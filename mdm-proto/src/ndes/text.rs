//! The text of a page, whatever its encoding.

use alloc::string::String;

/// The text of these octets. What they are counts for more than what anybody says they are: NDES sends UTF-16 in a page that
/// calls itself UTF-8.
///
/// A byte order mark decides; without one, UTF-16 is known by the zeros in ASCII markup; all else is UTF-8. What is malformed is
/// replaced.
pub(super) fn decode(page: &[u8]) -> String {
    match page {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            let (first, second) = zeros(page);
            if second > first && second >= FEWEST_ZEROS {
                utf16(page, u16::from_le_bytes)
            } else if first > second && first >= FEWEST_ZEROS {
                utf16(page, u16::from_be_bytes)
            } else {
                String::from_utf8_lossy(page).into_owned()
            }
        }
    }
}

fn utf16(octets: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = octets.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Zeros among the first and among the second octets of the first pairs.
fn zeros(page: &[u8]) -> (usize, usize) {
    let (pairs, _) = page.as_chunks::<2>();
    let pairs = || pairs.iter().take(SAMPLE);
    (pairs().filter(|[first, _]| *first == 0).count(), pairs().filter(|[_, second]| *second == 0).count())
}

/// Pairs that are looked at.
const SAMPLE: usize = 64;
/// Two characters of markup.
const FEWEST_ZEROS: usize = 2;
