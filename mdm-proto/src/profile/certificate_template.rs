//! [`CertificateTemplate`]: the kind of certificate that a Microsoft CA is asked for.

use alloc::{string::String, vec::Vec};
use core::fmt;

use pki_core::{
    Csr, DecodeError, Oid, OwnedOid,
    der::{Decode, Reader, Tag, Writer},
    name::DirectoryString,
    oid,
};

/// A certificate template of Microsoft's, which the CSR names in an extension. Other CAs pass over it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateTemplate {
    /// By its identifier, extension `1.3.6.1.4.1.311.21.7` (MS-WCCE section 2.2.2.7.7.2).
    Id(OwnedOid),
    /// By its name, extension `1.3.6.1.4.1.311.20.2` (MS-WCCE section 2.2.2.7.7.1).
    Name(String),
}

impl CertificateTemplate {
    /// Those that a CSR names: none, one, or one of each kind.
    ///
    /// # Errors
    /// What is wrong with an extension.
    pub fn of_csr(csr: &Csr) -> Result<Vec<Self>, DecodeError> {
        let extensions = csr.extension_request();
        let id = extensions.typed::<TemplateId<'_>>(oid::MICROSOFT_TEMPLATE)?;
        let name = extensions.typed::<DirectoryString<'_>>(oid::MICROSOFT_TEMPLATE_NAME)?;
        let id = id.map(|id| Self::Id(id.0.into()));
        Ok(id.into_iter().chain(name.map(|name| Self::Name(name.as_str().into()))).collect())
    }

    /// Whether both are the same; names compare without case, as directories do.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(one), Self::Name(other)) => one.to_lowercase() == other.to_lowercase(),
            (one, other) => one == other,
        }
    }

    /// The extension that names it: its type, and the DER that goes into `extnValue`.
    #[must_use]
    pub fn to_extension(&self) -> (Oid<'static>, Vec<u8>) {
        match self {
            Self::Id(id) => {
                let id = id.as_oid().unwrap_or(oid::MICROSOFT_TEMPLATE);
                (oid::MICROSOFT_TEMPLATE, Writer::encode(|w| w.sequence(|w| w.oid(id))))
            }
            Self::Name(name) => {
                let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
                (oid::MICROSOFT_TEMPLATE_NAME, Writer::encode(|w| w.primitive(Tag::BMP_STRING, &units)))
            }
        }
    }
}

impl fmt::Display for CertificateTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => write!(f, "{name:?}"),
        }
    }
}

/// The identifier out of `CertificateTemplateOID`; versions may follow it.
struct TemplateId<'a>(Oid<'a>);

impl<'a> Decode<'a> for TemplateId<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = reader.sequence()?;
        let id = fields.oid()?;
        for _version in 0..2 {
            if !fields.is_empty() {
                fields.small_integer()?;
            }
        }
        fields.finish()?;
        Ok(Self(id))
    }
}
