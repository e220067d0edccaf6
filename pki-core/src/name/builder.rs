//! [`NameBuilder`]: names from texts.

use super::{DirectoryString, Name};
use crate::{
    build_error::BuildError,
    der::{Tag, Writer},
    oid::{self, Oid},
};

/// Builds a [`Name`], one attribute to an RDN, in the order of the calls.
///
/// Texts become PrintableString where their characters allow, else UTF8String; countryName is a PrintableString of two
/// letters; domainComponent and emailAddress are of type IA5String (RFC 5280 appendix A).
///
/// ```
/// use pki_core::NameBuilder;
///
/// let name = NameBuilder::new().add_country("US").add_organization("Example, Inc.").add_common_name("device 1").build()?;
/// assert_eq!(name.to_string(), "CN=device 1,O=Example\\, Inc.,C=US");
/// # Ok::<(), pki_core::BuildError>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct NameBuilder {
    rdns: Writer,
    error: Option<BuildError>,
}

impl NameBuilder {
    /// Without attributes.
    pub const fn new() -> Self {
        Self { rdns: Writer::new(), error: None }
    }

    /// Adds a commonName (CN), up to 64 characters.
    pub fn add_common_name(self, text: &str) -> Self {
        self.add_bounded(oid::COMMON_NAME, "commonName", text, 64)
    }

    /// Adds a countryName (C): two letters (ISO 3166).
    pub fn add_country(mut self, text: &str) -> Self {
        if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return self.push(oid::COUNTRY_NAME, Tag::PRINTABLE_STRING, text);
        }
        self.error.get_or_insert(BuildError::InvalidValue("countryName"));
        self
    }

    /// Adds a domainComponent (DC): one label of a domain name. The top level goes first.
    pub fn add_domain_component(self, text: &str) -> Self {
        self.add_ia5(oid::DOMAIN_COMPONENT, "domainComponent", text, 63)
    }

    /// Adds an emailAddress, up to 255 characters. An rfc822Name in subjectAltName is the better place for it
    /// (RFC 5280 section 4.1.2.6).
    pub fn add_email_address(self, text: &str) -> Self {
        self.add_ia5(oid::EMAIL_ADDRESS, "emailAddress", text, 255)
    }

    /// Adds a localityName (L), up to 128 characters.
    pub fn add_locality(self, text: &str) -> Self {
        self.add_bounded(oid::LOCALITY_NAME, "localityName", text, 128)
    }

    /// Adds an organizationName (O), up to 64 characters.
    pub fn add_organization(self, text: &str) -> Self {
        self.add_bounded(oid::ORGANIZATION_NAME, "organizationName", text, 64)
    }

    /// Adds an organizationalUnitName (OU), up to 64 characters.
    pub fn add_organizational_unit(self, text: &str) -> Self {
        self.add_bounded(oid::ORGANIZATIONAL_UNIT_NAME, "organizationalUnitName", text, 64)
    }

    /// Adds a serialNumber of a device or person, a PrintableString of up to 64 characters.
    pub fn add_serial_number(mut self, text: &str) -> Self {
        if !text.bytes().all(super::is_printable) {
            self.error.get_or_insert(BuildError::InvalidCharacters("serialNumber"));
        }
        self.add_bounded(oid::SERIAL_NUMBER, "serialNumber", text, 64)
    }

    /// Adds a stateOrProvinceName (ST), up to 128 characters.
    pub fn add_state_or_province(self, text: &str) -> Self {
        self.add_bounded(oid::STATE_OR_PROVINCE_NAME, "stateOrProvinceName", text, 128)
    }

    /// Adds a userId (UID), up to 256 characters (RFC 4519 section 2.39).
    pub fn add_user_id(self, text: &str) -> Self {
        self.add_bounded(oid::USER_ID, "userId", text, 256)
    }

    /// Adds an attribute of another type, up to 32,768 characters.
    pub fn add(self, oid: Oid<'_>, text: &str) -> Self {
        self.add_bounded(oid, "attribute", text, 32_768)
    }

    /// The name.
    ///
    /// # Errors
    /// What was wrong first: [`BuildError::Empty`], [`BuildError::InvalidCharacters`], [`BuildError::InvalidValue`] or
    /// [`BuildError::TooLong`] with the name of the attribute.
    pub fn build(self) -> Result<Name, BuildError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let rdns = self.rdns.finish();
        Ok(Name(Writer::encode(|w| w.sequence(|w| w.raw(&rdns))).into()))
    }

    fn add_bounded(mut self, oid: Oid<'_>, field: &'static str, text: &str, longest: usize) -> Self {
        self.check_length(field, text, longest);
        self.rdns.constructed(Tag::SET, |w| {
            w.sequence(|w| {
                w.oid(oid);
                DirectoryString::encode(text, w);
            });
        });
        self
    }

    fn add_ia5(mut self, oid: Oid<'_>, field: &'static str, text: &str, longest: usize) -> Self {
        self.check_length(field, text, longest);
        if !text.is_ascii() {
            self.error.get_or_insert(BuildError::InvalidCharacters(field));
        }
        self.push(oid, Tag::IA5_STRING, text)
    }

    fn push(mut self, oid: Oid<'_>, tag: Tag, text: &str) -> Self {
        self.rdns.constructed(Tag::SET, |w| {
            w.sequence(|w| {
                w.oid(oid);
                w.primitive(tag, text.as_bytes());
            });
        });
        self
    }

    fn check_length(&mut self, field: &'static str, text: &str, longest: usize) {
        if text.is_empty() {
            self.error.get_or_insert(BuildError::Empty(field));
        } else if text.chars().count() > longest {
            self.error.get_or_insert(BuildError::TooLong(field));
        }
    }
}

impl Default for NameBuilder {
    fn default() -> Self {
        Self::new()
    }
}
