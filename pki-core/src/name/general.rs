//! [`GeneralName`]: what subjectAltName, constraints and distribution points name things by.

use alloc::borrow::Cow;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{DirectoryString, NameRef};
use crate::{
    der::{Decode, Element, Reader, SequenceOf, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    oid::{self, Oid},
};

/// A `GeneralName` (RFC 5280 section 4.2.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GeneralName<'a> {
    /// `otherName`
    OtherName {
        /// What kind of name.
        type_id: Oid<'a>,
        /// The value, one DER element.
        value: &'a [u8],
    },
    /// `rfc822Name`: a mailbox.
    Rfc822Name(&'a str),
    /// `dNSName`
    DnsName(&'a str),
    /// `x400Address`: the contents octets of the `ORAddress`.
    X400Address(&'a [u8]),
    /// `directoryName`
    DirectoryName(NameRef<'a>),
    /// `ediPartyName`: the contents octets of the `EDIPartyName`.
    EdiPartyName(&'a [u8]),
    /// `uniformResourceIdentifier`
    Uri(&'a str),
    /// `iPAddress`: 4 or 16 octets; in name constraints 8 or 32, address and mask.
    IpAddress(&'a [u8]),
    /// `registeredID`
    RegisteredId(Oid<'a>),
}

/// `GeneralNames`: at least one.
pub type GeneralNames<'a> = SequenceOf<'a, GeneralName<'a>>;

impl<'a> GeneralName<'a> {
    /// Reads the base of a `GeneralSubtree`, where an iPAddress is an address with its mask (RFC 5280 section 4.2.1.10).
    ///
    /// # Errors
    /// As [`GeneralName::decode`], but for the lengths of an iPAddress.
    pub fn decode_constraint(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Self::from_element(&reader.any()?, [8, 32])
    }

    /// The user principal name, if this is an otherName of that type with a readable text.
    #[must_use]
    pub fn upn(&self) -> Option<Cow<'a, str>> {
        match *self {
            Self::OtherName { type_id: oid::UPN, value } => {
                DirectoryString::decode(&mut Reader::new(value)).ok().map(DirectoryString::into_text)
            }
            _ => None,
        }
    }

    /// The address, if this is an iPAddress of 4 or 16 octets.
    #[must_use]
    pub fn ip_address(&self) -> Option<IpAddr> {
        let Self::IpAddress(octets) = *self else { return None };
        let version_4 = <[u8; 4]>::try_from(octets).map(|octets| IpAddr::V4(Ipv4Addr::from(octets)));
        version_4.or_else(|_| <[u8; 16]>::try_from(octets).map(|octets| IpAddr::V6(Ipv6Addr::from(octets)))).ok()
    }

    /// Writes it.
    pub fn encode(&self, writer: &mut Writer) {
        match *self {
            Self::OtherName { type_id, value } => writer.constructed(Tag::context_constructed(0), |w| {
                w.oid(type_id);
                w.constructed(Tag::context_constructed(0), |w| w.raw(value));
            }),
            Self::Rfc822Name(text) => writer.primitive(Tag::context(1), text.as_bytes()),
            Self::DnsName(text) => writer.primitive(Tag::context(2), text.as_bytes()),
            Self::X400Address(contents) => writer.primitive(Tag::context_constructed(3), contents),
            Self::DirectoryName(name) => writer.constructed(Tag::context_constructed(4), |w| w.raw(name.as_der())),
            Self::EdiPartyName(contents) => writer.primitive(Tag::context_constructed(5), contents),
            Self::Uri(text) => writer.primitive(Tag::context(6), text.as_bytes()),
            Self::IpAddress(octets) => writer.primitive(Tag::context(7), octets),
            Self::RegisteredId(oid) => writer.primitive(Tag::context(8), oid.as_bytes()),
        }
    }

    fn from_element(element: &Element<'a>, address_lengths: [usize; 2]) -> Result<Self, DecodeError> {
        let content = element.content();
        match element.tag().as_byte() {
            0xa0 => {
                let mut inner = element.reader();
                let type_id = inner.oid()?;
                let mut explicit = inner.nested(Tag::context_constructed(0))?;
                inner.finish()?;
                let value = explicit.any()?.raw();
                explicit.finish()?;
                Ok(Self::OtherName { type_id, value })
            }
            0x81 => ia5(element).map(Self::Rfc822Name),
            0x82 => ia5(element).map(Self::DnsName),
            0xa3 => Ok(Self::X400Address(content)),
            0xa4 => {
                let mut inner = element.reader();
                let name = NameRef::decode(&mut inner)?;
                inner.finish()?;
                Ok(Self::DirectoryName(name))
            }
            0xa5 => Ok(Self::EdiPartyName(content)),
            0x86 => ia5(element).map(Self::Uri),
            0x87 if address_lengths.contains(&content.len()) => Ok(Self::IpAddress(content)),
            0x87 => Err(element.error(DecodeErrorKind::InvalidValue)),
            0x88 => element.oid().map(Self::RegisteredId),
            _ => {
                let kind = DecodeErrorKind::UnexpectedTag { expected: Tag::context(2), found: Some(element.tag()) };
                Err(element.error(kind))
            }
        }
    }
}

impl<'a> Decode<'a> for GeneralName<'a> {
    /// # Errors
    /// - [`DecodeErrorKind::UnexpectedTag`] if it is none of the nine kinds.
    /// - [`DecodeErrorKind::InvalidString`] for characters outside of IA5String.
    /// - [`DecodeErrorKind::InvalidValue`] for an iPAddress that has neither 4 nor 16 octets.
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Self::from_element(&reader.any()?, [4, 16])
    }
}

fn ia5<'a>(element: &Element<'a>) -> Result<&'a str, DecodeError> {
    let text = str::from_utf8(element.content()).ok().filter(|text| text.is_ascii());
    text.ok_or_else(|| element.error(DecodeErrorKind::InvalidString))
}
