//! Character data: what stands between tags and in attributes.

use alloc::{borrow::Cow, string::String};

use super::{
    character::is_allowed,
    error::{XmlError, XmlErrorKind},
};

/// Text in which references are resolved and ends of lines are line feeds (XML 1.0 sections 2.4, 2.11 and 4.1). `raw` begins
/// at byte `position` of the document.
pub(super) fn parsed(raw: &str, position: usize) -> Result<Cow<'_, str>, XmlError> {
    decode(raw, position, |rest| match rest.as_bytes() {
        [b'&', ..] => reference(rest).map(Some).ok_or(XmlErrorKind::InvalidReference),
        [b']', b']', b'>', ..] => Err(XmlErrorKind::Malformed),
        _ => Ok(None),
    })
}

/// The same for what stands in a CDATA section, where nothing is a reference.
pub(super) fn literal(raw: &str, position: usize) -> Result<Cow<'_, str>, XmlError> {
    decode(raw, position, |_rest| Ok(None))
}

/// Whether a comment, an instruction or a literal has only characters that a document may have.
pub(super) fn check(raw: &str, position: usize) -> Result<(), XmlError> {
    literal(raw, position).map(|_text| ())
}

type Replaced<'a> = Option<(char, &'a str)>;

fn decode<'a>(
    raw: &'a str,
    position: usize,
    special: impl Fn(&'a str) -> Result<Replaced<'a>, XmlErrorKind>,
) -> Result<Cow<'a, str>, XmlError> {
    if raw.bytes().all(is_plain) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut decoded = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(character) = rest.chars().next() {
        let error = |kind| XmlError::new(kind, position.saturating_add(raw.len().saturating_sub(rest.len())));
        if let Some((character, after)) = special(rest).map_err(error)? {
            decoded.push(character);
            rest = after;
            continue;
        }
        if !is_allowed(character) {
            return Err(error(XmlErrorKind::InvalidCharacter));
        }
        let after = rest.get(character.len_utf8()..).unwrap_or_default();
        if character == '\r' {
            decoded.push('\n');
            rest = after.strip_prefix('\n').unwrap_or(after);
        } else {
            decoded.push(character);
            rest = after;
        }
    }
    Ok(Cow::Owned(decoded))
}

/// Whether an octet stands for itself in every text, whatever is around it. U+FFFE and U+FFFF begin with EF.
const fn is_plain(octet: u8) -> bool {
    !matches!(octet, 0..=0x08 | 0x0b..=0x1f | b'&' | b']' | 0xef)
}

/// The character of the reference that `text` begins with, and what follows it.
fn reference(text: &str) -> Replaced<'_> {
    let (name, after) = text.strip_prefix('&')?.split_once(';')?;
    let character = match name {
        "amp" => '&',
        "apos" => '\'',
        "gt" => '>',
        "lt" => '<',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            let code = u32::from_str_radix(digits, radix).ok()?;
            char::from_u32(code).filter(|character| is_allowed(*character))?
        }
    };
    Some((character, after))
}
