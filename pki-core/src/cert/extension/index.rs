//! [`ExtensionIndex`]: where the extensions of a certificate, CSR or CRL lie.

use alloc::vec::Vec;

use super::Extension;
use crate::{
    der::{Element, Reader, Tag},
    error::{DecodeError, DecodeErrorKind},
    oid::{self, Oid},
    signed::Span,
};

/// The extensions of a certificate, CSR or CRL, each type once.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExtensionIndex {
    entries: Vec<Entry>,
    has_ber_boolean: bool,
    is_empty_list: bool,
}

/// One extension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// The end of the identifier: where these differ, the identifiers do.
    key: u32,
    critical: bool,
    oid: Span,
    value: Span,
}

/// One extension where it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawExtension<'a> {
    /// The element of `extnID`.
    pub(crate) id: Element<'a>,
    /// What that says.
    pub(crate) oid: Oid<'a>,
    pub(crate) critical: bool,
    /// Whether `critical` was a BOOLEAN that is BER and not DER.
    is_ber: bool,
    /// The element of `extnValue`.
    pub(crate) value: Element<'a>,
}

impl<'a> RawExtension<'a> {
    /// Reads an `Extension`.
    ///
    /// `critical` may be any BOOLEAN of BER, and written out though it is the default.
    pub(crate) fn read(list: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut extension = list.sequence()?;
        let id = extension.expect(Tag::OID)?;
        let oid = id.oid()?;
        let (critical, is_ber) = match extension.optional(Tag::BOOLEAN)? {
            None => (false, false),
            Some(element) => {
                let (critical, strict) = tolerant_boolean(element.content())
                    .ok_or_else(|| element.error(DecodeErrorKind::InvalidEncoding))?;
                (critical, !strict)
            }
        };
        let value = extension.expect(Tag::OCTET_STRING)?;
        extension.finish()?;
        Ok(Self { id, oid, critical, is_ber, value })
    }

    pub(crate) fn extension(&self) -> Extension<'a> {
        Extension { oid: self.oid, critical: self.critical, value: self.value.content() }
    }
}

impl ExtensionIndex {
    /// Reads the contents of `Extensions`, which lie somewhere in `bytes`, whose first byte has position `base`.
    ///
    /// That some `critical` is BER and not DER is remembered.
    pub(crate) fn read(mut list: Reader<'_>, bytes: &[u8], base: usize) -> Result<Self, DecodeError> {
        let entries = Vec::with_capacity(USUAL_EXTENSIONS);
        let mut index = Self { entries, has_ber_boolean: false, is_empty_list: list.is_empty() };
        while !list.is_empty() {
            let start = list;
            let RawExtension { id, oid, critical, is_ber, value } = RawExtension::read(&mut list)?;
            index.has_ber_boolean |= is_ber;
            if index.find(oid, bytes).is_some() {
                return Err(start.error(DecodeErrorKind::Duplicate));
            }
            if index.entries.len() == MOST_EXTENSIONS {
                return Err(start.error(DecodeErrorKind::TooMany));
            }
            let (oid_at, value) = (Span::of_content(&id, base), Span::of_content(&value, base));
            index.entries.push(Entry { key: key_of(oid), critical, oid: oid_at, value });
        }
        Ok(index)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether some `critical` was a BOOLEAN that is BER and not DER.
    pub(crate) const fn has_ber_boolean(&self) -> bool {
        self.has_ber_boolean
    }

    /// Whether there was a list, without extensions.
    pub(crate) const fn is_empty_list(&self) -> bool {
        self.is_empty_list
    }

    pub(crate) fn find(&self, oid: Oid<'_>, bytes: &[u8]) -> Option<&Entry> {
        let key = key_of(oid);
        self.entries.iter().find(|entry| entry.key == key && entry.oid.of_bytes(bytes) == oid.as_bytes())
    }
}

impl Entry {
    pub(crate) fn extension<'a>(&self, bytes: &'a [u8]) -> Extension<'a> {
        // The identifier was checked when it was read.
        let oid = Oid::from_bytes(self.oid.of_bytes(bytes)).unwrap_or(oid::DATA);
        Extension { oid, critical: self.critical, value: self.value.of_bytes(bytes) }
    }

    pub(crate) fn value_start(&self) -> usize {
        self.value.start()
    }
}

/// The value of a BOOLEAN in BER, and whether it is DER.
pub(crate) const fn tolerant_boolean(content: &[u8]) -> Option<(bool, bool)> {
    match content {
        [octet] => Some((*octet != 0, matches!(octet, 0x00 | 0xff))),
        _ => None,
    }
}

const fn key_of(oid: Oid<'_>) -> u32 {
    match *oid.as_bytes() {
        [.., a, b, c, d] => u32::from_be_bytes([a, b, c, d]),
        [a, b, c] => u32::from_be_bytes([0, a, b, c]),
        [a, b] => u32::from_be_bytes([0, 0, a, b]),
        [a] => u32::from_be_bytes([0, 0, 0, a]),
        [] => 0,
    }
}

/// Enough for nearly every certificate, so that the list is allocated once.
const USUAL_EXTENSIONS: usize = 12;

/// RFC 5280 defines 17. Each is compared with all before it, so there must be an end.
const MOST_EXTENSIONS: usize = 128;
