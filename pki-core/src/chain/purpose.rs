//! [`Purpose`]: what the target of a path is to be used for.

use super::PeerName;
use crate::{cert::extension::KeyUsage, oid, oid::Oid};

/// What a certificate is to be used for: the usages it has to allow, and the names it has to have.
///
/// ```
/// use pki_core::chain::{PeerName, Purpose};
///
/// let names = [PeerName::Dns("scep.example.com")];
/// let server = Purpose::SERVER_AUTH.with_names(&names);
/// assert_eq!(server.names().len(), 1);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'a> {
    extended_key_usage: &'a [Oid<'a>],
    key_usage: KeyUsage,
    names: &'a [PeerName<'a>],
}

impl<'a> Purpose<'a> {
    /// Anything.
    pub const ANY: Self = Self { extended_key_usage: &[], key_usage: KeyUsage::NONE, names: &[] };
    /// To be a TLS client.
    pub const CLIENT_AUTH: Self = Self { extended_key_usage: &[oid::CLIENT_AUTH], ..Self::ANY };
    /// To be a TLS server.
    pub const SERVER_AUTH: Self = Self { extended_key_usage: &[oid::SERVER_AUTH], ..Self::ANY };

    /// With other extended key usages; a certificate without extKeyUsage is for every purpose, one with it must have all of
    /// these or anyExtendedKeyUsage (RFC 5280 section 4.2.1.12), and so must the CAs above it that have one.
    #[must_use]
    pub const fn with_extended_key_usage(self, purposes: &'a [Oid<'a>]) -> Self {
        Self { extended_key_usage: purposes, ..self }
    }

    /// With another key usage; a certificate without keyUsage is for every use, one with it must have all of these bits
    /// (RFC 5280 section 4.2.1.3).
    #[must_use]
    pub const fn with_key_usage(self, key_usage: KeyUsage) -> Self {
        Self { key_usage, ..self }
    }

    /// With other names; the subjectAltName must have every one of them.
    #[must_use]
    pub const fn with_names(self, names: &'a [PeerName<'a>]) -> Self {
        Self { names, ..self }
    }

    /// The extended key usages that are needed.
    #[must_use]
    pub const fn extended_key_usage(&self) -> &'a [Oid<'a>] {
        self.extended_key_usage
    }

    /// The key usage that is needed.
    #[must_use]
    pub const fn key_usage(&self) -> KeyUsage {
        self.key_usage
    }

    /// The names that are needed.
    #[must_use]
    pub const fn names(&self) -> &'a [PeerName<'a>] {
        self.names
    }
}
