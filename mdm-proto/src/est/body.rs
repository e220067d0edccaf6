//! Bodies: base64 around DER (RFC 8951 section 3).

use alloc::{string::String, vec::Vec};
use core::fmt;

use base64ct::{Base64, Encoding};
use pki_core::Limits;
use zeroize::Zeroizing;

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// There is nothing in it.
    Empty,
    /// It is not base64 (RFC 4648 section 4), white space aside.
    NotBase64,
    /// It has more than twice [`Limits::size`] characters, or more than [`Limits::size`] octets are in it.
    TooLarge,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the body is empty",
            Self::NotBase64 => "the body is not base64",
            Self::TooLarge => "the body is too large",
        })
    }
}

impl core::error::Error for BodyError {}

/// As sent: one line.
pub(super) fn encode(der: &[u8]) -> Vec<u8> {
    Base64::encode_string(der).into_bytes()
}

/// As taken: white space anywhere does not count (RFC 8951 section 3.1).
pub(super) fn decode(body: &[u8], limits: Limits) -> Result<Vec<u8>, BodyError> {
    if body.len() > limits.size.saturating_mul(2) {
        return Err(BodyError::TooLarge);
    }
    // What is in it may hold a password.
    let mut text = Zeroizing::new(Vec::with_capacity(body.len()));
    text.extend(body.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')));
    let length = Base64::decode_in_place(&mut text).map_err(|_error| BodyError::NotBase64)?.len();
    match length {
        0 => Err(BodyError::Empty),
        _ if length > limits.size => Err(BodyError::TooLarge),
        _ => {
            text.truncate(length);
            Ok(core::mem::take(&mut text))
        }
    }
}

/// The beginning of a body for a log: at most 256 characters, with everything that is not printable replaced.
pub(super) fn excerpt(body: &[u8]) -> String {
    let start = body.get(..EXCERPT).unwrap_or(body);
    let printable = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    String::from_utf8_lossy(start).trim_end().chars().map(printable).collect()
}

const EXCERPT: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc8951_s3_1_white_space_counts_for_nothing() {
        for text in ["AAEC", "AAEC\r\n", " A\tA\nE\r\nC ", "AA\nEC"] {
            assert_eq!(decode(text.as_bytes(), Limits::DEFAULT).unwrap(), [0, 1, 2], "{text:?}");
        }
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in ["AAE", "A-_C", "AAEC====", "-----BEGIN X-----", "AA\u{b}EC"] {
            assert_eq!(decode(text.as_bytes(), Limits::DEFAULT), Err(BodyError::NotBase64), "{text:?}");
        }
        assert_eq!(decode(b" \r\n", Limits::DEFAULT), Err(BodyError::Empty));
    }

    #[test]
    fn size_is_bounded_before_anything_is_decoded() {
        let limits = Limits::DEFAULT.with_size(3);
        assert_eq!(decode(b"AAEC", limits).unwrap(), [0, 1, 2]);
        assert_eq!(decode(b"AAECAw==", limits), Err(BodyError::TooLarge));
        assert_eq!(decode(b"AAEC   ", limits), Err(BodyError::TooLarge));
        assert_eq!(decode(b"AAAA", limits.with_size(2)), Err(BodyError::TooLarge));
    }

    #[test]
    fn an_excerpt_is_one_short_printable_line() {
        assert_eq!(excerpt(b"no\x1b[0m\nway\n"), "no\u{fffd}[0m\u{fffd}way");
        assert_eq!(excerpt(&[b'a'; 1000]).len(), 256);
    }
}
