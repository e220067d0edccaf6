//! [`InfoIndex`]: where the fields of a `CertificationRequestInfo` lie.

use super::{Attribute, Csr};
use crate::{
    cert::extension::ExtensionIndex,
    der::{Decode, Element, Reader, Tag},
    error::{DecodeError, DecodeErrorKind},
    key::PublicKeyRef,
    name::NameRef,
    oid,
    signed::{Index, Span},
};

/// The fields of a `CertificationRequestInfo`, counted from its first byte.
#[derive(Clone, Debug)]
pub(super) struct InfoIndex {
    /// The number that was there: 0 by the RFC.
    pub(super) version: u32,
    pub(super) subject: Span,
    pub(super) public_key: Span,
    /// The contents octets of the SET.
    pub(super) attributes: Span,
    pub(super) has_attributes: bool,
    pub(super) has_empty_extension_request: bool,
    pub(super) has_microsoft_request: bool,
    pub(super) extensions: ExtensionIndex,
}

impl Index for InfoIndex {
    const TBS: &'static str = "certificationRequestInfo";
    const SIGNATURE: &'static str = "signature";
    const MAX_SIZE: usize = Csr::MAX_SIZE;

    /// RFC 2986 section 4.1.
    fn read(info: &Element<'_>) -> Result<Self, DecodeError> {
        let base = info.position();
        let mut fields = info.reader();
        let version = fields.expect(Tag::INTEGER).map_err(DecodeError::within("version"))?;
        let version = match version.content() {
            [number @ 0..=2] => u32::from(*number),
            _ => return Err(DecodeError::within("version")(version.error(DecodeErrorKind::UnsupportedVersion))),
        };
        let subject = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("subject"))?;
        NameRef::from_element(&subject).map_err(DecodeError::within("subject"))?;
        let key_start = fields.position();
        let key = PublicKeyRef::decode(&mut fields).map_err(DecodeError::within("subjectPKInfo"))?;
        let attributes = fields.optional(Tag::context_constructed(0))?;
        fields.finish()?;

        let mut index = Self {
            version,
            subject: Span::of(&subject, base),
            public_key: Span::new(key_start - base, key.as_der().len()),
            attributes: attributes.map_or_else(Span::default, |element| Span::of_content(&element, base)),
            has_attributes: attributes.is_some(),
            has_empty_extension_request: false,
            has_microsoft_request: false,
            extensions: ExtensionIndex::default(),
        };
        if let Some(attributes) = attributes {
            index.read_attributes(attributes.reader(), info).map_err(DecodeError::within("attributes"))?;
        }
        Ok(index)
    }
}

impl InfoIndex {
    fn read_attributes(&mut self, mut attributes: Reader<'_>, info: &Element<'_>) -> Result<(), DecodeError> {
        let mut requested = false;
        while !attributes.is_empty() {
            let place = attributes;
            let attribute = Attribute::decode(&mut attributes)?;
            let is_microsoft = attribute.oid == oid::MICROSOFT_CERTIFICATE_EXTENSIONS;
            if !is_microsoft && attribute.oid != oid::EXTENSION_REQUEST {
                continue;
            }
            // Two lists would let one reader see what another does not.
            if requested {
                return Err(place.error(DecodeErrorKind::Duplicate));
            }
            requested = true;
            self.has_microsoft_request = is_microsoft;
            self.read_request(attribute.reader(), info).map_err(DecodeError::within("extensionRequest"))?;
        }
        Ok(())
    }

    fn read_request(&mut self, mut values: Reader<'_>, info: &Element<'_>) -> Result<(), DecodeError> {
        if values.is_empty() {
            self.has_empty_extension_request = true;
            return Ok(());
        }
        let list = values.sequence()?;
        if !values.is_empty() {
            return Err(values.error(DecodeErrorKind::Duplicate));
        }
        self.extensions = ExtensionIndex::read(list, info.raw(), info.position())?;
        self.has_empty_extension_request = self.extensions.is_empty_list();
        Ok(())
    }
}
