//! [`CsrAttributes`]: what a server wants in CSRs.

mod template;
mod wants;

#[cfg(test)]
mod tests;

pub use template::{SubjectHint, Template};
pub use wants::WantedExtension;

use alloc::vec::Vec;

use pki_core::{
    BuildError, DecodeError, DecodeErrorKind, Limits, Oid, OwnedOid,
    der::{Element, Reader, Tag, Writer},
};

/// `CsrAttrs` (RFC 7030 section 4.5.2, RFC 9908 section 3): hints of what the CA wants in a CSR. None, which is the default,
/// says nothing.
///
/// What is not understood is kept and means nothing (RFC 7030 section 4.5.2). What is understood has a method:
/// [`wants_linking`](Self::wants_linking), [`key_kind`](Self::key_kind), [`oids`](Self::oids),
/// [`extensions`](Self::extensions), [`template`](Self::template).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsrAttributes {
    entries: Vec<CsrAttribute>,
}

/// One of them (`AttrOrOID`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the CHOICE of RFC 7030 section 4.5.2")]
pub enum CsrAttribute {
    /// Something to put into the CSR, value and all up to the client; or a signature algorithm to use.
    Oid(OwnedOid),
    /// Something to put in with these values, or whose parameters these are.
    Attribute {
        /// Its type.
        oid: OwnedOid,
        /// The DER of each value. RFC 7030 has at least one, RFC 9908 has an rsaEncryption without.
        values: Vec<Vec<u8>>,
    },
}

impl CsrAttributes {
    /// None: the server wants nothing in particular.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds an identifier.
    #[must_use]
    pub fn add_oid(mut self, oid: Oid<'_>) -> Self {
        self.entries.push(CsrAttribute::Oid(oid.into()));
        self
    }

    /// Adds an attribute with these values, each one DER element.
    ///
    /// # Errors
    /// [`BuildError::InvalidValue`] if a value is something else.
    pub fn add_attribute(mut self, oid: Oid<'_>, values: &[&[u8]]) -> Result<Self, BuildError> {
        if values.iter().any(|value| Element::from_der(value).is_err()) {
            return Err(BuildError::InvalidValue("attribute"));
        }
        let values = values.iter().map(|value| value.to_vec()).collect();
        self.entries.push(CsrAttribute::Attribute { oid: oid.into(), values });
        Ok(self)
    }

    /// All of them, in the order of the encoding.
    #[must_use]
    pub fn entries(&self) -> &[CsrAttribute] {
        &self.entries
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| w.sequence(|w| self.entries.iter().for_each(|entry| entry.write(w))))
    }

    /// From DER.
    ///
    /// # Errors
    /// [`TooMany`](DecodeErrorKind::TooMany) for more than [`Limits::entries`], of attributes or of values of one;
    /// [`TooLarge`](DecodeErrorKind::TooLarge) for more than [`Limits::size`]; others for what is no `CsrAttrs`.
    pub fn from_der(der: &[u8], limits: Limits) -> Result<Self, DecodeError> {
        decode(der, limits).map_err(DecodeError::within("CsrAttrs"))
    }

    /// The attribute of this type, and its values. Of several the first.
    fn attribute(&self, wanted: Oid<'_>) -> Option<&[Vec<u8>]> {
        self.entries.iter().find_map(|entry| match entry {
            CsrAttribute::Attribute { oid, values } if oid.as_oid() == Some(wanted) => Some(values.as_slice()),
            _ => None,
        })
    }

    /// The identifiers that stand alone.
    fn alone(&self) -> impl Iterator<Item = Oid<'_>> {
        self.entries.iter().filter_map(|entry| match entry {
            CsrAttribute::Oid(oid) => oid.as_oid(),
            CsrAttribute::Attribute { .. } => None,
        })
    }
}

impl CsrAttribute {
    fn write(&self, w: &mut Writer) {
        let octets = |oid: &OwnedOid| oid.as_oid().map(|oid| oid.as_bytes().to_vec()).unwrap_or_default();
        match self {
            Self::Oid(oid) => w.primitive(Tag::OID, &octets(oid)),
            Self::Attribute { oid, values } => w.sequence(|w| {
                w.primitive(Tag::OID, &octets(oid));
                w.set_of(Tag::SET, values.iter().cloned());
            }),
        }
    }
}

fn decode(der: &[u8], limits: Limits) -> Result<CsrAttributes, DecodeError> {
    if der.len() > limits.size {
        return Err(DecodeError::new(DecodeErrorKind::TooLarge, 0));
    }
    let mut outer = Reader::new(der);
    let mut list = outer.sequence()?;
    outer.finish()?;
    let mut entries = Vec::new();
    while !list.is_empty() {
        if entries.len() >= limits.entries {
            return Err(list.error(DecodeErrorKind::TooMany));
        }
        entries.push(entry(&mut list, limits)?);
    }
    Ok(CsrAttributes { entries })
}

fn entry(list: &mut Reader<'_>, limits: Limits) -> Result<CsrAttribute, DecodeError> {
    if list.peek() == Some(Tag::OID) {
        return Ok(CsrAttribute::Oid(list.oid()?.into()));
    }
    let mut fields = list.sequence()?;
    let oid = fields.oid().map_err(DecodeError::within("type"))?.into();
    let mut set = fields.nested(Tag::SET).map_err(DecodeError::within("values"))?;
    fields.finish()?;
    let mut values = Vec::new();
    while !set.is_empty() {
        if values.len() >= limits.entries {
            return Err(set.error(DecodeErrorKind::TooMany));
        }
        values.push(set.any()?.raw().to_vec());
    }
    Ok(CsrAttribute::Attribute { oid, values })
}
