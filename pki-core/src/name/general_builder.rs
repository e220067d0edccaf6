//! [`GeneralNamesBuilder`]: alternative names, owned.

use core::net::IpAddr;

use super::{GeneralName, NameRef};
use crate::{
    build_error::BuildError,
    der::{Element, Tag, Writer},
    oid::{self, Oid},
};

/// Builds `GeneralNames`, for subjectAltName in CSRs and certificates. What is wrong with a name shows when the CSR or
/// certificate is built.
///
/// Also made by collecting [`GeneralName`]s, as to copy those of a CSR into a certificate.
#[derive(Debug)]
#[must_use]
pub struct GeneralNamesBuilder {
    names: Writer,
    error: Option<BuildError>,
}

impl GeneralNamesBuilder {
    /// Without names.
    pub const fn new() -> Self {
        Self { names: Writer::new(), error: None }
    }

    /// Adds a directoryName.
    pub fn add_directory_name(self, name: NameRef<'_>) -> Self {
        self.add_name(GeneralName::DirectoryName(name))
    }

    /// Adds a dNSName: ASCII, internationalised labels in their `xn--` form (RFC 5280 section 7.2).
    pub fn add_dns_name(self, name: &str) -> Self {
        self.add_name(GeneralName::DnsName(name))
    }

    /// Adds an rfc822Name: a mailbox like `user@example.com`.
    pub fn add_email_address(self, mailbox: &str) -> Self {
        self.add_name(GeneralName::Rfc822Name(mailbox))
    }

    /// Adds an iPAddress.
    pub fn add_ip_address(self, address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => self.add_name(GeneralName::IpAddress(&address.octets())),
            IpAddr::V6(address) => self.add_name(GeneralName::IpAddress(&address.octets())),
        }
    }

    /// Adds an otherName; `value` is one DER element.
    pub fn add_other_name(self, type_id: Oid<'_>, value: &[u8]) -> Self {
        self.add_name(GeneralName::OtherName { type_id, value })
    }

    /// Adds a registeredID.
    pub fn add_registered_id(self, oid: Oid<'_>) -> Self {
        self.add_name(GeneralName::RegisteredId(oid))
    }

    /// Adds a user principal name like `user@corp.example.com`, which Windows logs on by.
    pub fn add_upn(mut self, upn: &str) -> Self {
        if upn.is_empty() {
            self.error.get_or_insert(BuildError::Empty("userPrincipalName"));
        }
        self.add_other_name(oid::UPN, &Writer::encode(|w| w.primitive(Tag::UTF8_STRING, upn.as_bytes())))
    }

    /// Adds a uniformResourceIdentifier.
    pub fn add_uri(self, uri: &str) -> Self {
        self.add_name(GeneralName::Uri(uri))
    }

    /// Adds a name of any kind.
    pub fn add_name(mut self, name: GeneralName<'_>) -> Self {
        if let Err(error) = check(&name) {
            self.error.get_or_insert(error);
        }
        name.encode(&mut self.names);
        self
    }

    /// The DER of `GeneralNames`.
    ///
    /// # Errors
    /// What was wrong first; [`BuildError::Empty`] if there is no name.
    pub fn build(self) -> Result<alloc::vec::Vec<u8>, BuildError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        match self.names.finish() {
            names if names.is_empty() => Err(BuildError::Empty("GeneralNames")),
            names => Ok(Writer::encode(|w| w.sequence(|w| w.raw(&names)))),
        }
    }
}

impl Default for GeneralNamesBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> FromIterator<GeneralName<'a>> for GeneralNamesBuilder {
    fn from_iter<I: IntoIterator<Item = GeneralName<'a>>>(names: I) -> Self {
        names.into_iter().fold(Self::new(), Self::add_name)
    }
}

fn check(name: &GeneralName<'_>) -> Result<(), BuildError> {
    let (field, text) = match *name {
        GeneralName::Rfc822Name(text) => ("rfc822Name", text),
        GeneralName::DnsName(text) => ("dNSName", text),
        GeneralName::Uri(text) => ("uniformResourceIdentifier", text),
        GeneralName::OtherName { value, .. } if Element::from_der(value).is_err() => {
            return Err(BuildError::InvalidValue("otherName"));
        }
        GeneralName::IpAddress(octets) if !matches!(octets.len(), 4 | 16) => {
            return Err(BuildError::InvalidValue("iPAddress"));
        }
        _ => return Ok(()),
    };
    if text.is_empty() {
        return Err(BuildError::Empty(field));
    }
    if !text.is_ascii() {
        return Err(BuildError::InvalidCharacters(field));
    }
    Ok(())
}
