//! authorityKeyIdentifier and subjectKeyIdentifier.

use crate::{
    der::{Decode, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    name::GeneralNames,
};

/// Which key signed the certificate (RFC 5280 section 4.2.1.1). A hint for finding it, never a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorityKeyIdentifier<'a> {
    /// `keyIdentifier`: the subjectKeyIdentifier of the issuer.
    pub key_identifier: Option<&'a [u8]>,
    /// `authorityCertIssuer`: the issuer of the issuer's certificate.
    pub issuer: Option<GeneralNames<'a>>,
    /// `authorityCertSerialNumber`: the INTEGER octets of the serial number of the issuer's certificate.
    pub serial_number: Option<&'a [u8]>,
}

/// Which key the certificate is for (RFC 5280 section 4.2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectKeyIdentifier<'a>(&'a [u8]);

impl AuthorityKeyIdentifier<'_> {
    /// Writes the form that names a key identifier alone.
    pub(crate) fn encode(key_identifier: &[u8], writer: &mut Writer) {
        writer.sequence(|w| w.primitive(Tag::context(0), key_identifier));
    }
}

impl<'a> SubjectKeyIdentifier<'a> {
    /// The octets; at least one.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

impl<'a> Decode<'a> for AuthorityKeyIdentifier<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut inner = reader.sequence()?;
        let key_identifier = inner.optional(Tag::context(0))?.map(|element| element.content());
        let issuer = inner.optional(Tag::context_constructed(1))?;
        let issuer = issuer.map(|element| GeneralNames::from_contents(element.reader())).transpose()?;
        let serial_number = inner.optional(Tag::context(2))?.map(|element| element.integer()).transpose()?;
        inner.finish()?;
        Ok(Self { key_identifier, issuer, serial_number })
    }
}

impl<'a> Decode<'a> for SubjectKeyIdentifier<'a> {
    /// # Errors
    /// [`Empty`](DecodeErrorKind::Empty) if it has no octets.
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let element = reader.expect(Tag::OCTET_STRING)?;
        match element.content() {
            [] => Err(element.error(DecodeErrorKind::Empty)),
            octets => Ok(Self(octets)),
        }
    }
}
