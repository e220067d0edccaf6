//! Names as text, attribute by attribute.

use alloc::{string::String, vec::Vec};

use pki_core::{GeneralName, Oid};
use scep::server::Names;

use super::LoweringError;

/// An attribute of a name: its type and its text.
pub(super) type Attribute<'a> = (Oid<'a>, String);

/// The RDNs of a subject, in the order of the encoding, each with its attributes.
pub(super) fn subject(names: &Names) -> Result<Vec<Vec<Attribute<'_>>>, LoweringError> {
    let rdns = names.subject().as_ref().rdns().map(|rdn| {
        let attributes = rdn.attributes().map(|attribute| {
            let text = attribute.to_text().ok_or(LoweringError::SubjectNotText)?;
            Ok((attribute.oid, text.into_owned()))
        });
        attributes.collect()
    });
    rdns.collect()
}

/// An alternative name that can be written as text.
pub(super) enum Alternative {
    Dns(String),
    Email(String),
    Upn(String),
    Uri(String),
}

/// The alternative name as text; `None` for kinds that the platforms' clients do not ask for.
pub(super) fn alternative(name: GeneralName<'_>) -> Option<Alternative> {
    match name {
        GeneralName::DnsName(text) => Some(Alternative::Dns(text.into())),
        GeneralName::Rfc822Name(text) => Some(Alternative::Email(text.into())),
        GeneralName::Uri(text) => Some(Alternative::Uri(text.into())),
        other => other.upn().map(|upn| Alternative::Upn(upn.into_owned())),
    }
}
