//! What the records of several modules are made of.

use alloc::{string::String, vec::Vec};

use pki_core::{
    Certificate, DecodeError, DecodeErrorKind, UnixTime,
    der::{Reader, Tag, Writer},
};

/// The fields of a record of this version and of this size at most: a SEQUENCE that begins with the version.
pub(crate) fn record(der: &[u8], version: u32, largest: usize) -> Result<Reader<'_>, DecodeError> {
    if der.len() > largest {
        return Err(DecodeError::new(DecodeErrorKind::TooLarge, 0));
    }
    let mut outer = Reader::new(der);
    let mut fields = outer.sequence()?;
    outer.finish()?;
    let unsupported = fields.error(DecodeErrorKind::UnsupportedVersion);
    if fields.small_integer()? == version { Ok(fields) } else { Err(unsupported) }
}

/// Seconds in eight octets, two's complement.
pub(crate) fn write_time(w: &mut Writer, time: UnixTime) {
    w.octet_string(&time.as_seconds().to_be_bytes());
}

/// The same, read.
pub(crate) fn time(fields: &mut Reader<'_>) -> Result<UnixTime, DecodeError> {
    octets(fields).map(i64::from_be_bytes).map(UnixTime::from_seconds)
}

/// An OCTET STRING of so many octets.
pub(crate) fn octets<const N: usize>(fields: &mut Reader<'_>) -> Result<[u8; N], DecodeError> {
    let wrong = fields.error(DecodeErrorKind::InvalidValue);
    fields.octet_string()?.try_into().map_err(|_| wrong)
}

/// A UTF8String.
pub(crate) fn write_text(w: &mut Writer, text: &str) {
    w.primitive(Tag::UTF8_STRING, text.as_bytes());
}

/// The same, read.
pub(crate) fn text(fields: &mut Reader<'_>) -> Result<String, DecodeError> {
    let element = fields.expect(Tag::UTF8_STRING)?;
    let text = core::str::from_utf8(element.content());
    text.map(String::from).map_err(|_| element.error(DecodeErrorKind::InvalidString))
}

/// The next certificate.
pub(crate) fn certificate(fields: &mut Reader<'_>) -> Result<Certificate, DecodeError> {
    let element = fields.any()?;
    Certificate::from_der(element.raw()).map_err(DecodeError::shifted(element.position()))
}

/// A SEQUENCE of certificates.
pub(crate) fn write_certificates(w: &mut Writer, certificates: &[Certificate]) {
    w.sequence(|w| certificates.iter().for_each(|certificate| w.raw(certificate.as_der())));
}

/// The same, read; so many at most.
pub(crate) fn certificates(fields: &mut Reader<'_>, most: usize) -> Result<Vec<Certificate>, DecodeError> {
    list(fields, most, certificate)
}

/// What `read` reads out of the element with this tag, if there is one.
pub(crate) fn optional<T>(
    fields: &mut Reader<'_>,
    tag: Tag,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    let Some(element) = fields.optional(tag)? else { return Ok(None) };
    let mut content = element.reader();
    let value = read(&mut content)?;
    content.finish()?;
    Ok(Some(value))
}

/// A SEQUENCE of so many elements at most.
pub(crate) fn list<T>(
    fields: &mut Reader<'_>,
    most: usize,
    read: impl Fn(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let mut elements = fields.sequence()?;
    let mut all = Vec::new();
    while !elements.is_empty() {
        if all.len() == most {
            return Err(elements.error(DecodeErrorKind::TooMany));
        }
        all.push(read(&mut elements)?);
    }
    Ok(all)
}
