//! What the attributes mean.

use alloc::vec::Vec;

use pki_core::{
    DecodeError, KeyKind, Oid, OwnedOid,
    der::{Element, Reader, Tag},
    oid,
};

use super::{CsrAttributes, Template};

/// An extension that the CSR should ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WantedExtension {
    /// Its type.
    pub oid: OwnedOid,
    /// The DER that goes into `extnValue`; `None` where the client is to find it.
    pub value: Option<Vec<u8>>,
}

impl CsrAttributes {
    /// The identifiers that stand alone: attributes to put in, and signature algorithms to use.
    pub fn oids(&self) -> impl Iterator<Item = Oid<'_>> {
        self.alone()
    }

    /// Whether the CSR is to have a [`ChannelBinding`](crate::est::ChannelBinding) (RFC 7030 section 3.5): the
    /// challengePassword's identifier stands there.
    #[must_use]
    pub fn wants_linking(&self) -> bool {
        self.alone().any(|oid| oid == oid::CHALLENGE_PASSWORD)
    }

    /// The kind of key that is wanted, if it is one that has a name here: by the template, or by an attribute rsaEncryption
    /// with a number of bits or id-ecPublicKey with a curve (RFC 7030 section 4.5.2, RFC 9908 section 3.3).
    #[must_use]
    pub fn key_kind(&self) -> Option<KeyKind> {
        if let Some(kind) = self.template().ok().flatten().and_then(|template| template.key_kind) {
            return Some(kind);
        }
        let first = |wanted| self.attribute(wanted).and_then(<[_]>::first).and_then(|der| Element::from_der(der).ok());
        let curve = first(oid::EC_PUBLIC_KEY).and_then(|element| of_curve(element.oid().ok()?));
        let bits = || {
            let bits = first(oid::RSA_ENCRYPTION)?.small_integer().ok()?;
            usize::try_from(bits).ok().map(|bits| KeyKind::Rsa { bits })
        };
        curve.or_else(bits)
    }

    /// The extensions that are wanted: identifiers alone (RFC 7030 section 4.5.2), extensions with values (RFC 9908 section
    /// 3.2), and those of the [`template`](Self::template).
    ///
    /// # Errors
    /// What is neither, and those of [`template`](Self::template).
    pub fn extensions(&self) -> Result<Vec<WantedExtension>, DecodeError> {
        let mut wanted = self.template()?.map(|template| template.extensions).unwrap_or_default();
        for value in self.attribute(oid::EXTENSION_REQUEST).unwrap_or_default() {
            let mut reader = Reader::new(value);
            if reader.peek() == Some(Tag::OID) {
                wanted.push(WantedExtension { oid: reader.oid()?.into(), value: None });
            } else {
                read_extensions(&mut reader, &mut wanted).map_err(DecodeError::within("extensionRequest"))?;
            }
            reader.finish()?;
        }
        Ok(wanted)
    }

    /// The template for a CSR, if there is one (RFC 9908 section 3.4). Who understands it looks at nothing else.
    ///
    /// # Errors
    /// For what is no `CertificationRequestInfoTemplate`.
    pub fn template(&self) -> Result<Option<Template>, DecodeError> {
        let Some(oid) = Oid::from_bytes(TEMPLATE) else { return Ok(None) };
        let value = self.attribute(oid).and_then(<[_]>::first);
        value.map(|der| Template::from_der(der)).transpose()
    }
}

/// `Extensions`, whose `extnValue` may be left out (RFC 9908 section 3.4).
pub(super) fn read_extensions(reader: &mut Reader<'_>, wanted: &mut Vec<WantedExtension>) -> Result<(), DecodeError> {
    let mut list = reader.sequence()?;
    while !list.is_empty() {
        let mut fields = list.sequence()?;
        let oid = fields.oid()?.into();
        fields.optional(Tag::BOOLEAN)?;
        let value = fields.optional(Tag::OCTET_STRING)?.map(|element| element.content().to_vec());
        fields.finish()?;
        wanted.push(WantedExtension { oid, value });
    }
    Ok(())
}

pub(super) fn of_curve(curve: Oid<'_>) -> Option<KeyKind> {
    [(oid::SECP256R1, KeyKind::P256), (oid::SECP384R1, KeyKind::P384), (oid::SECP521R1, KeyKind::P521)]
        .into_iter()
        .find_map(|(known, kind)| (known == curve).then_some(kind))
}

/// id-aa-certificationRequestInfoTemplate, 1.2.840.113549.1.9.16.2.61
const TEMPLATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x3d];
