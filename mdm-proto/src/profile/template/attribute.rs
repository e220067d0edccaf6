//! [`AttributeType`]: what an attribute of a name is.

use core::fmt;

use pki_core::{NameBuilder, Oid, OwnedOid, oid};

use super::ExpandError;
use crate::profile::oid_text;

/// The type of an attribute of a distinguished name.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AttributeType(OwnedOid);

/// What is known of a type.
struct Known {
    oid: Oid<'static>,
    /// Short names; the first is written.
    names: &'static [&'static str],
    field: &'static str,
    longest: usize,
}

impl AttributeType {
    /// commonName.
    #[must_use]
    pub fn common_name() -> Self {
        Self(oid::COMMON_NAME.into())
    }

    /// By its short name in any letter case (RFC 4514 section 3, and those of Windows and OpenSSL), or its dotted decimal
    /// identifier; `None` if it is neither.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let same = |known: &&Known| known.names.iter().any(|short| short.eq_ignore_ascii_case(name));
        match KNOWN.iter().find(same) {
            Some(known) => Some(Self(known.oid.into())),
            None => {
                let dotted = name.strip_prefix("OID.").or_else(|| name.strip_prefix("oid.")).unwrap_or(name);
                oid_text::parse(dotted).map(Self)
            }
        }
    }

    /// The identifier.
    #[must_use]
    pub const fn oid(&self) -> &OwnedOid {
        &self.0
    }

    /// Adds an attribute of this type to a name.
    pub(super) fn add(&self, builder: NameBuilder, text: &str) -> Result<NameBuilder, ExpandError> {
        let known = self.known();
        let (field, longest) = known.map_or(("attribute", LONGEST_OTHER), |known| (known.field, known.longest));
        let length = text.chars().count();
        if length > longest {
            return Err(ExpandError::TooLong { field, length, longest });
        }
        Ok(match known.map(|known| known.oid) {
            Some(oid::COUNTRY_NAME) => builder.add_country(text),
            Some(oid::DOMAIN_COMPONENT) => builder.add_domain_component(text),
            Some(oid::EMAIL_ADDRESS) => builder.add_email_address(text),
            Some(oid::SERIAL_NUMBER) => builder.add_serial_number(text),
            Some(oid) => builder.add(oid, text),
            None => match self.0.as_oid() {
                Some(oid) => builder.add(oid, text),
                None => return Err(ExpandError::InvalidValue(field)),
            },
        })
    }

    fn known(&self) -> Option<&'static Known> {
        KNOWN.iter().find(|known| self.0.as_oid() == Some(known.oid))
    }
}

impl fmt::Display for AttributeType {
    /// The short name, or else the identifier.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known().and_then(|known| known.names.first()) {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

impl fmt::Debug for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttributeType({self})")
    }
}

const fn known(oid: Oid<'static>, names: &'static [&'static str], field: &'static str, longest: usize) -> Known {
    Known { oid, names, field, longest }
}

/// The upper bounds are those of RFC 5280 appendix A.1; of userId and domainComponent RFC 4519 and RFC 1034; of
/// streetAddress X.520 (2019) section 6.3.5.
const KNOWN: &[Known] = &[
    known(oid::COMMON_NAME, &["CN"], "commonName", 64),
    known(oid::COUNTRY_NAME, &["C"], "countryName", 2),
    known(oid::DN_QUALIFIER, &["dnQualifier"], "dnQualifier", LONGEST_OTHER),
    known(oid::DOMAIN_COMPONENT, &["DC"], "domainComponent", 63),
    known(oid::EMAIL_ADDRESS, &["emailAddress", "E", "EMAIL"], "emailAddress", 255),
    known(oid::GIVEN_NAME, &["GN", "G", "givenName"], "givenName", LONGEST_OTHER),
    known(oid::INITIALS, &["initials", "I"], "initials", LONGEST_OTHER),
    known(oid::LOCALITY_NAME, &["L"], "localityName", 128),
    known(oid::ORGANIZATION_NAME, &["O"], "organizationName", 64),
    known(oid::ORGANIZATIONAL_UNIT_NAME, &["OU"], "organizationalUnitName", 64),
    known(oid::PSEUDONYM, &["pseudonym"], "pseudonym", 128),
    known(oid::SERIAL_NUMBER, &["serialNumber"], "serialNumber", 64),
    known(oid::STATE_OR_PROVINCE_NAME, &["ST", "S"], "stateOrProvinceName", 128),
    known(oid::STREET_ADDRESS, &["STREET"], "streetAddress", 128),
    known(oid::SURNAME, &["SN", "surname"], "surname", LONGEST_OTHER),
    known(oid::TITLE, &["title", "T"], "title", 64),
    known(oid::UNSTRUCTURED_NAME, &["unstructuredName"], "unstructuredName", 255),
    known(oid::USER_ID, &["UID", "userid"], "userId", 256),
];

/// `ub-name`
const LONGEST_OTHER: usize = 32_768;
