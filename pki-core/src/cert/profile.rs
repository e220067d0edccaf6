//! [`Profile`]: what kind of certificate to make.

use super::extension::{BasicConstraints, KeyUsage};
use crate::{
    key::PublicKeyRef,
    oid::{self, Oid},
};

/// What a certificate is for: basicConstraints, keyUsage and extKeyUsage that go together.
///
/// The constants are those that a SCEP deployment needs. Where a key can be encrypted to (RSA), the profiles of those who
/// receive SCEP messages add keyEncipherment (RFC 8894 sections 2.1.2 and 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    basic_constraints: Option<BasicConstraints>,
    key_usage: KeyUsage,
    /// What is added for keys that can be encrypted to.
    encryption: KeyUsage,
    extended_key_usage: &'static [Oid<'static>],
}

impl Profile {
    /// A device that authenticates by TLS, and renews by SCEP: digitalSignature, for RSA also keyEncipherment, clientAuth.
    pub const DEVICE_CLIENT: Self = Self {
        basic_constraints: Some(BasicConstraints::END_ENTITY),
        key_usage: KeyUsage::DIGITAL_SIGNATURE,
        encryption: KeyUsage::KEY_ENCIPHERMENT,
        extended_key_usage: &[oid::CLIENT_AUTH],
    };

    /// An OCSP responder that the CA delegates to: digitalSignature, `OCSPSigning` (RFC 6960 section 4.2.2.2). Most go with
    /// [`CertificateBuilder::with_ocsp_no_check`](super::CertificateBuilder::with_ocsp_no_check) and a short life.
    pub const OCSP_RESPONDER: Self = Self {
        basic_constraints: Some(BasicConstraints::END_ENTITY),
        key_usage: KeyUsage::DIGITAL_SIGNATURE,
        encryption: KeyUsage::NONE,
        extended_key_usage: &[oid::OCSP_SIGNING],
    };

    /// An RA certificate for both: it signs replies and requests are encrypted to it (RFC 8894 section 2.1.2).
    pub const RA: Self = Self { encryption: KeyUsage::KEY_ENCIPHERMENT, ..Self::RA_SIGNING };

    /// An RA certificate that requests are encrypted to: keyEncipherment (RFC 8894 section 2.1.2). RSA only.
    pub const RA_ENCRYPTION: Self = Self {
        basic_constraints: Some(BasicConstraints::END_ENTITY),
        key_usage: KeyUsage::KEY_ENCIPHERMENT,
        encryption: KeyUsage::NONE,
        extended_key_usage: &[],
    };

    /// An RA certificate that signs replies: digitalSignature (RFC 8894 section 2.1.2).
    pub const RA_SIGNING: Self = Self { key_usage: KeyUsage::DIGITAL_SIGNATURE, ..Self::RA_ENCRYPTION };

    /// An enterprise root: a CA of any depth, keyCertSign and cRLSign (RFC 5280 sections 4.2.1.3 and 4.2.1.9).
    pub const ROOT_CA: Self = Self {
        basic_constraints: Some(BasicConstraints::CA),
        key_usage: KeyUsage::KEY_CERT_SIGN.union(KeyUsage::CRL_SIGN),
        encryption: KeyUsage::NONE,
        extended_key_usage: &[],
    };

    /// The self-signed certificate that a client without one signs its first request with (RFC 8894 section 2.3):
    /// digitalSignature, for RSA also keyEncipherment.
    pub const SCEP_TRANSPORT: Self = Self {
        basic_constraints: None,
        key_usage: KeyUsage::DIGITAL_SIGNATURE,
        encryption: KeyUsage::KEY_ENCIPHERMENT,
        extended_key_usage: &[],
    };

    /// A TLS server: digitalSignature, for RSA also keyEncipherment, serverAuth.
    pub const TLS_SERVER: Self = Self { extended_key_usage: &[oid::SERVER_AUTH], ..Self::DEVICE_CLIENT };

    /// A CA below a root, with `path_length` more CAs below it at most.
    #[must_use]
    pub const fn issuing_ca(path_length: u32) -> Self {
        let basic_constraints = BasicConstraints { is_ca: true, path_length: Some(path_length) };
        Self { basic_constraints: Some(basic_constraints), ..Self::ROOT_CA }
    }

    /// The same for a CA that signs and receives SCEP messages with its own key, without an RA: digitalSignature, and for
    /// RSA keyEncipherment, besides (RFC 8894 section 2.1.2).
    #[must_use]
    pub const fn answering_scep(self) -> Self {
        Self {
            key_usage: self.key_usage.union(KeyUsage::DIGITAL_SIGNATURE),
            encryption: self.encryption.union(KeyUsage::KEY_ENCIPHERMENT),
            ..self
        }
    }

    /// The same with other extended key usages; none leaves the extension out.
    #[must_use]
    pub const fn with_extended_key_usage(self, extended_key_usage: &'static [Oid<'static>]) -> Self {
        Self { extended_key_usage, ..self }
    }

    /// The same with another key usage, for keys of every kind.
    #[must_use]
    pub const fn with_key_usage(self, key_usage: KeyUsage) -> Self {
        Self { key_usage, encryption: KeyUsage::NONE, ..self }
    }

    /// The basicConstraints; `None` where the extension is left out.
    #[must_use]
    pub const fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.basic_constraints
    }

    /// The extKeyUsage.
    #[must_use]
    pub const fn extended_key_usage(&self) -> &'static [Oid<'static>] {
        self.extended_key_usage
    }

    /// The keyUsage of a certificate for `key`.
    #[must_use]
    pub fn key_usage(&self, key: PublicKeyRef<'_>) -> KeyUsage {
        if key.can_encrypt() { self.key_usage | self.encryption } else { self.key_usage }
    }
}
