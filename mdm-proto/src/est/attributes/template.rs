//! [`Template`]: a CSR with gaps (RFC 9908).

use alloc::vec::Vec;

use pki_core::{
    DecodeError, DecodeErrorKind, KeyKind, OwnedOid, PublicKey,
    algorithm::AlgorithmIdentifier,
    der::{Reader, Tag, Writer},
    oid,
};

use super::wants::{WantedExtension, of_curve, read_extensions};

/// What the CSR should be like: `CertificationRequestInfoTemplate` (RFC 9908 section 3.4). Read only.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Template {
    /// The attributes of the subject, in order; `None` where any subject does.
    pub subject: Option<Vec<SubjectHint>>,
    /// The kind of key, if it is one that has a name here.
    pub key_kind: Option<KeyKind>,
    /// The extensions.
    pub extensions: Vec<WantedExtension>,
}

/// An attribute of the subject.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubjectHint {
    /// Its type.
    pub oid: OwnedOid,
    /// The DER of its value; `None` where the client is to fill it in.
    pub value: Option<Vec<u8>>,
}

impl Template {
    /// From DER.
    ///
    /// # Errors
    /// [`UnsupportedVersion`](DecodeErrorKind::UnsupportedVersion) for another version than 0; others for what is none.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("CertificationRequestInfoTemplate"))
    }
}

fn decode(der: &[u8]) -> Result<Template, DecodeError> {
    let mut outer = Reader::new(der);
    let mut fields = outer.sequence()?;
    outer.finish()?;
    let version = fields.error(DecodeErrorKind::UnsupportedVersion);
    if fields.small_integer()? != 0 {
        return Err(version);
    }
    let subject = fields.optional(Tag::SEQUENCE)?.map(|element| read_subject(element.reader()));
    let subject = subject.transpose().map_err(DecodeError::within("subject"))?;
    let key = fields.optional(Tag::context_constructed(0))?.map(|element| read_key(element.reader()));
    let key_kind = key.transpose().map_err(DecodeError::within("subjectPKInfo"))?.flatten();
    let attributes = fields.expect(Tag::context_constructed(1)).map_err(DecodeError::within("attributes"))?;
    fields.finish()?;
    let extensions = read_attributes(attributes.reader()).map_err(DecodeError::within("attributes"))?;
    Ok(Template { subject, key_kind, extensions })
}

fn read_subject(mut sequence: Reader<'_>) -> Result<Vec<SubjectHint>, DecodeError> {
    let mut hints = Vec::new();
    while !sequence.is_empty() {
        let mut set = sequence.nested(Tag::SET)?;
        while !set.is_empty() {
            let mut fields = set.sequence()?;
            let oid = fields.oid()?.into();
            let value = if fields.is_empty() { None } else { Some(fields.any()?.raw().to_vec()) };
            fields.finish()?;
            hints.push(SubjectHint { oid, value });
        }
    }
    Ok(hints)
}

/// An algorithm, and for RSA a key of the size that is wanted.
fn read_key(mut fields: Reader<'_>) -> Result<Option<KeyKind>, DecodeError> {
    let start = fields.rest();
    let algorithm = AlgorithmIdentifier::decode(&mut fields)?;
    let key = fields.optional(Tag::BIT_STRING)?;
    fields.finish()?;
    if key.is_some() {
        let placeholder = Writer::encode(|w| w.sequence(|w| w.raw(start)));
        return Ok(PublicKey::from_der(&placeholder).ok().map(|key| key.kind()));
    }
    let curve = (algorithm.oid == oid::EC_PUBLIC_KEY).then_some(algorithm.parameters).flatten();
    Ok(curve.and_then(|der| of_curve(Reader::new(der).oid().ok()?)))
}

/// Of the attributes, extensionRequest and extensionReqTemplate count.
fn read_attributes(mut list: Reader<'_>) -> Result<Vec<WantedExtension>, DecodeError> {
    let mut wanted = Vec::new();
    while !list.is_empty() {
        let mut fields = list.sequence()?;
        let oid = fields.oid()?;
        let mut values = fields.nested(Tag::SET)?;
        fields.finish()?;
        if oid == oid::EXTENSION_REQUEST || oid.as_bytes() == EXTENSION_TEMPLATE {
            read_extensions(&mut values, &mut wanted)?;
            values.finish()?;
        }
    }
    Ok(wanted)
}

/// id-aa-extensionReqTemplate, 1.2.840.113549.1.9.16.2.62
const EXTENSION_TEMPLATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x3e];
