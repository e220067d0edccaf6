//! PEM texts (RFC 7468).
//!
//! Reading follows the lax rules of section 3: text before, between and after the blocks is ignored, lines may have any length
//! and end in LF or CRLF, and white space inside the base64 does not count. Header lines, as encrypted keys of old have
//! them, are refused. Writing is strict: 64 columns and LF.

use alloc::{string::String, vec::Vec};
use core::fmt;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::{
    error::{DecodeError, DecodeErrorKind},
    limits::Limits,
};

/// One block of a PEM text. `Debug` does not show what is in it, which may be a private key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block<'a> {
    /// What the boundaries call it, like `CERTIFICATE`.
    pub label: &'a str,
    /// What is in it.
    pub der: Vec<u8>,
}

/// The contents of the first block labelled `label`. Blocks with other labels before it are passed over.
///
/// ```
/// use pki_core::pem;
///
/// let text = "Subject: x\n-----BEGIN X-----\nAAEC\n-----END X-----\n";
/// assert_eq!(pem::decode(text, "X")?, [0, 1, 2]);
/// # Ok::<(), pki_core::DecodeError>(())
/// ```
///
/// # Errors
/// - [`InvalidPem`](DecodeErrorKind::InvalidPem) if there is no such block, or the boundaries up to it do not match.
/// - [`InvalidBase64`](DecodeErrorKind::InvalidBase64)
pub fn decode(text: &str, label: &str) -> Result<Vec<u8>, DecodeError> {
    for block in blocks(text) {
        let block = block?;
        if block.label == label {
            return block.decode();
        }
    }
    Err(DecodeError::new(DecodeErrorKind::InvalidPem, text.len()))
}

/// All blocks, in order; none is an answer too.
///
/// # Errors
/// - [`InvalidPem`](DecodeErrorKind::InvalidPem) if boundaries do not match.
/// - [`InvalidBase64`](DecodeErrorKind::InvalidBase64)
/// - [`TooLarge`](DecodeErrorKind::TooLarge) if the text has more bytes than [`Limits::size`].
/// - [`TooMany`](DecodeErrorKind::TooMany) if there are more blocks than [`Limits::entries`].
pub fn decode_all<'a>(text: &'a str, limits: &Limits) -> Result<Vec<Block<'a>>, DecodeError> {
    if text.len() > limits.size {
        return Err(DecodeError::new(DecodeErrorKind::TooLarge, 0));
    }
    let mut decoded = Vec::new();
    for block in blocks(text) {
        let block = block?;
        if decoded.len() >= limits.entries {
            return Err(DecodeError::new(DecodeErrorKind::TooMany, block.position));
        }
        decoded.push(Block { label: block.label, der: block.decode()? });
    }
    Ok(decoded)
}

/// One block.
///
/// The label is used as it is: printable characters without hyphens at its ends (RFC 7468 section 3).
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    let base64 = Zeroizing::new(Base64::encode_string(der));
    let lines = base64.len().div_ceil(COLUMNS);
    // Allocated once: what is in it may be a private key.
    let mut text =
        String::with_capacity(base64.len() + lines + BEGIN.len() + END.len() + 2 * (label.len() + DASHES.len() + 1));
    for part in [BEGIN, label, DASHES, "\n"] {
        text.push_str(part);
    }
    for (index, character) in base64.chars().enumerate() {
        if index > 0 && index % COLUMNS == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    for part in [if lines > 0 { "\n" } else { "" }, END, label, DASHES, "\n"] {
        text.push_str(part);
    }
    text
}

impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block({}, {} octets)", self.label, self.der.len())
    }
}

/// A block that is not decoded yet, and where it begins.
struct Encoded<'a> {
    label: &'a str,
    base64: &'a str,
    position: usize,
}

impl Encoded<'_> {
    fn decode(&self) -> Result<Vec<u8>, DecodeError> {
        let mut buffer = Zeroizing::new(Vec::with_capacity(self.base64.len()));
        buffer.extend(self.base64.bytes().filter(|byte| !byte.is_ascii_whitespace()));
        let length = Base64::decode_in_place(&mut buffer)
            .map_err(|_error| DecodeError::new(DecodeErrorKind::InvalidBase64, self.position))?
            .len();
        buffer.truncate(length);
        Ok(core::mem::take(&mut buffer))
    }
}

/// The blocks of a text. Ends after the first error.
fn blocks(text: &str) -> impl Iterator<Item = Result<Encoded<'_>, DecodeError>> {
    let mut lines = text.split_inclusive('\n').scan(0, |end, line| {
        let start = *end;
        *end += line.len();
        Some((start, *end, line.trim_end()))
    });
    let mut failed = false;
    core::iter::from_fn(move || {
        if failed {
            return None;
        }
        let (position, body, label) =
            lines.find_map(|(start, end, line)| Some((start, end, boundary(line, BEGIN)?)))?;
        let closing = lines.find(|(_, _, line)| boundary(line, BEGIN).or_else(|| boundary(line, END)).is_some());
        let base64 = closing
            .filter(|(_, _, line)| boundary(line, END) == Some(label))
            .and_then(|(start, _, _)| text.get(body..start));
        failed = base64.is_none();
        let error = DecodeError::new(DecodeErrorKind::InvalidPem, position);
        Some(base64.map(|base64| Encoded { label, base64, position }).ok_or(error))
    })
}

fn boundary<'a>(line: &'a str, prefix: &str) -> Option<&'a str> {
    line.strip_prefix(prefix)?.strip_suffix(DASHES)
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
const COLUMNS: usize = 64;

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    fn kind(result: Result<Vec<u8>, DecodeError>) -> DecodeErrorKind {
        result.unwrap_err().kind()
    }

    #[test]
    fn rfc4648_s10_vectors_in_a_block() {
        for (text, base64) in [("", ""), ("f", "Zg==\n"), ("fo", "Zm8=\n"), ("foobar", "Zm9vYmFy\n")] {
            let pem = format!("-----BEGIN X-----\n{base64}-----END X-----\n");
            assert_eq!(encode("X", text.as_bytes()), pem);
            assert_eq!(decode(&pem, "X").unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn rfc7468_s2_lines_have_64_columns() {
        for octets in [47, 48, 49, 96, 97, 1000] {
            let text = encode("CERTIFICATE", &alloc::vec![0x5a; octets]);
            let lines: Vec<&str> = text.lines().collect();
            let (last, full) = lines[1..lines.len() - 1].split_last().unwrap();
            assert!(full.iter().all(|line| line.len() == 64) && (1..=64).contains(&last.len()));
            assert_eq!(text.len(), text.capacity(), "allocated once");
            assert_eq!(decode(&text, "CERTIFICATE").unwrap(), alloc::vec![0x5a; octets]);
        }
    }

    #[test]
    fn rfc7468_s3_lax_reading() {
        let crlf = "before\r\n-----BEGIN A-----\r\nAA\r\nEC  \r\n-----END A-----\r\nbetween\r\n-----BEGIN B-----\r\nAw==\r\n-----END B-----";
        assert_eq!(decode(crlf, "A").unwrap(), [0, 1, 2]);
        assert_eq!(decode(crlf, "B").unwrap(), [3]);
        let blocks = decode_all(crlf, &Limits::DEFAULT).unwrap();
        assert!(blocks.iter().map(|block| block.label).eq(["A", "B"]));
        assert_eq!(format!("{blocks:?}"), "[Block(A, 3 octets), Block(B, 1 octets)]");
        assert_eq!(decode_all("no blocks", &Limits::DEFAULT), Ok(Vec::new()));
    }

    #[test]
    fn boundaries_must_match() {
        for text in [
            "",
            "AAEC",
            "-----BEGIN X-----\nAAEC\n",
            "-----BEGIN X-----\nAAEC\n-----END Y-----\n",
            "-----BEGIN X-----\nAAEC\n-----BEGIN X-----\nAAEC\n-----END X-----\n",
            "-----BEGIN Y-----\nAAEC\n-----END Y-----\n",
            " -----BEGIN X-----\nAAEC\n-----END X-----\n",
        ] {
            assert_eq!(kind(decode(text, "X")), DecodeErrorKind::InvalidPem, "{text}");
        }
        let error = decode("a\n-----BEGIN X-----\n", "X").unwrap_err();
        assert_eq!(error.position(), 2);
    }

    #[test]
    fn base64_is_strict_but_for_white_space() {
        for base64 in ["AAE", "AAE*", "AA-_", "AAEC=", "A===", "Proc-Type: 4,ENCRYPTED\n\nAAEC"] {
            let text = format!("-----BEGIN X-----\n{base64}\n-----END X-----\n");
            assert_eq!(kind(decode(&text, "X")), DecodeErrorKind::InvalidBase64, "{base64}");
        }
    }

    #[test]
    fn limits_hold() {
        let text = encode("X", b"foo").repeat(3);
        let limits = |size, entries| Limits { size, entries, ..Limits::DEFAULT };
        assert_eq!(decode_all(&text, &limits(text.len(), 3)).unwrap().len(), 3);
        let error = decode_all(&text, &limits(text.len() - 1, 3)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TooLarge);
        let error = decode_all(&text, &limits(text.len(), 2)).unwrap_err();
        assert_eq!((error.kind(), error.position()), (DecodeErrorKind::TooMany, text.len() / 3 * 2));
        assert_eq!(error.to_string(), format!("TooMany at byte {}", error.position()));
    }
}
