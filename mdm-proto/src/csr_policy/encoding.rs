//! An [`Expectation`] as bytes.

use alloc::vec::Vec;

use pki_core::{
    DecodeError, DecodeErrorKind, NameRef, OwnedOid,
    der::{Decode as _, Element, Reader, SequenceOf, Tag, Writer},
    extension::KeyUsage,
};
use scep::server::Names;

use super::{
    Expectation, ExpectedKey, KeyDigest,
    expectation::{Field, FieldRule, NameComparison},
};
use crate::{
    identity::der,
    profile::{CertificateTemplate, Curve, KeyAlgorithm, with_alternative},
};

impl Expectation {
    /// Most bytes in one.
    pub const MAX_SIZE: usize = 16 * 1024;

    /// As bytes: the same for the same expectation. They begin with a version number; versions that were written once stay
    /// readable. With a commonName and two alternative names they are about 120; what has more names than go into
    /// [`MAX_SIZE`](Self::MAX_SIZE) is not read back.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.small_integer(self.packed_rules());
                w.raw(self.names.subject().as_der());
                self.key.encode(w);
                if self.names.alternative().next().is_some() {
                    w.constructed(ALTERNATIVE_NAMES, |w| self.names.alternative().for_each(|name| name.encode(w)));
                }
                if !self.key_usage.is_empty() {
                    w.constructed(KEY_USAGE, |w| self.key_usage.encode(w));
                }
                if !self.extended_key_usage.is_empty() {
                    w.constructed(EXTENDED_KEY_USAGE, |w| {
                        self.extended_key_usage.iter().filter_map(OwnedOid::as_oid).for_each(|oid| w.oid(oid));
                    });
                }
                match &self.template {
                    None => {}
                    Some(CertificateTemplate::Id(id)) => {
                        w.primitive(TEMPLATE_ID, id.as_oid().map_or(&[][..], pki_core::Oid::as_bytes));
                    }
                    Some(CertificateTemplate::Name(name)) => w.primitive(TEMPLATE_NAME, name.as_bytes()),
                }
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::TooLarge`] over [`Expectation::MAX_SIZE`].
    /// - [`DecodeErrorKind::UnsupportedVersion`] for one written by a later release.
    /// - Others for what [`Expectation::to_der`] does not write.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        let decoded = decode(der).map_err(DecodeError::within("Expectation"))?;
        if decoded.to_der() == der { Ok(decoded) } else { Err(DecodeError::new(DecodeErrorKind::InvalidEncoding, 0)) }
    }

    /// Two bits for each rule, and one for the comparison.
    fn packed_rules(&self) -> u32 {
        let comparison = u32::from(self.comparison == NameComparison::Raw);
        Field::ALL.iter().fold(comparison, |packed, field| {
            packed << 2
                | match self.rule(*field) {
                    FieldRule::MustEqual => 0,
                    FieldRule::MayBeAbsent => 1,
                    FieldRule::NotCompared => 2,
                }
        })
    }
}

fn decode(der: &[u8]) -> Result<Expectation, DecodeError> {
    let mut fields = der::record(der, VERSION, Expectation::MAX_SIZE)?;
    let rules = fields.any()?;
    let names = Names::new(NameRef::decode(&mut fields)?.to_owned());
    let key = decode_key(&fields.any()?).map_err(DecodeError::within("key"))?;
    let expectation = with_rules(Expectation::new(names, key), &rules)?;
    with_optional_fields(expectation, &mut fields)
}

fn with_optional_fields(mut expectation: Expectation, fields: &mut Reader<'_>) -> Result<Expectation, DecodeError> {
    if let Some(element) = fields.optional(ALTERNATIVE_NAMES)? {
        expectation.names = with_alternative(expectation.names, element.reader())?;
    }
    if let Some(element) = fields.optional(KEY_USAGE)? {
        let mut inner = element.reader();
        expectation.key_usage = KeyUsage::decode(&mut inner)?;
        inner.finish()?;
    }
    if let Some(element) = fields.optional(EXTENDED_KEY_USAGE)? {
        let purposes = SequenceOf::<pki_core::Oid<'_>>::from_contents(element.reader())?;
        expectation.extended_key_usage = purposes.iter().map(OwnedOid::from).collect();
    }
    if let Some(element) = fields.optional(TEMPLATE_ID)? {
        expectation.template = Some(CertificateTemplate::Id(element.oid()?.into()));
    } else if let Some(element) = fields.optional(TEMPLATE_NAME)? {
        let name = str::from_utf8(element.content()).map_err(|_| element.error(DecodeErrorKind::InvalidString))?;
        expectation.template = Some(CertificateTemplate::Name(name.into()));
    }
    fields.finish()?;
    Ok(expectation)
}

fn with_rules(expectation: Expectation, element: &Element<'_>) -> Result<Expectation, DecodeError> {
    let unknown = || element.error(DecodeErrorKind::InvalidValue);
    if element.tag() != Tag::INTEGER {
        return Err(unknown());
    }
    let mut packed = element.small_integer()?;
    let mut expectation = expectation;
    for field in Field::ALL.iter().rev() {
        let rule = match packed & 3 {
            0 => FieldRule::MustEqual,
            1 => FieldRule::MayBeAbsent,
            2 => FieldRule::NotCompared,
            _ => return Err(unknown()),
        };
        expectation = expectation.with_rule(*field, rule);
        packed >>= 2;
    }
    match packed {
        0 => Ok(expectation.with_comparison(NameComparison::Normalised)),
        1 => Ok(expectation.with_comparison(NameComparison::Raw)),
        _ => Err(unknown()),
    }
}

impl ExpectedKey {
    /// The digest as octets, RSA as the number of bits, a curve as its identifier.
    fn encode(self, w: &mut Writer) {
        match self {
            Self::Exact(digest) => w.octet_string(digest.as_bytes()),
            Self::Algorithm(KeyAlgorithm::Rsa { bits }) => w.small_integer(bits.into()),
            Self::Algorithm(KeyAlgorithm::Ec(curve)) => w.oid(curve.oid()),
        }
    }
}

fn decode_key(element: &Element<'_>) -> Result<ExpectedKey, DecodeError> {
    let invalid = || element.error(DecodeErrorKind::InvalidValue);
    match element.tag() {
        Tag::OCTET_STRING => {
            let digest = element.content().try_into().map_err(|_| invalid())?;
            Ok(ExpectedKey::Exact(KeyDigest::from_bytes(digest)))
        }
        Tag::INTEGER => {
            let bits = u16::try_from(element.small_integer()?).map_err(|_| invalid())?;
            Ok(ExpectedKey::Algorithm(KeyAlgorithm::Rsa { bits }))
        }
        Tag::OID => {
            let oid = element.oid()?;
            let curve = Curve::ALL.into_iter().find(|curve| curve.oid() == oid).ok_or_else(invalid)?;
            Ok(ExpectedKey::Algorithm(KeyAlgorithm::Ec(curve)))
        }
        _ => Err(invalid()),
    }
}

const VERSION: u32 = 1;
const ALTERNATIVE_NAMES: Tag = Tag::context_constructed(0);
const KEY_USAGE: Tag = Tag::context_constructed(1);
const EXTENDED_KEY_USAGE: Tag = Tag::context_constructed(2);
const TEMPLATE_ID: Tag = Tag::context(3);
const TEMPLATE_NAME: Tag = Tag::context(4);
