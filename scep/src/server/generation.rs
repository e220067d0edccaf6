//! [`Generation`]: a CA with the certificates that answer for it.

use alloc::vec::Vec;

use pki_core::{
    Certificate,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    chain::{ChainValidator, Pool, Purpose, TrustAnchor, ValidationProfile},
    crypto::CryptoProvider,
    extension::KeyUsage,
};

use super::{AuthorityId, ConfigError};
use crate::message::{has_mandatory_algorithms, signature_algorithm};

/// The certificates of a registration authority, whose keys talk SCEP so that the CA's key need not.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "an RA has these two certificates, or one in both places")]
pub struct RegistrationAuthority {
    /// Signs replies: keyUsage digitalSignature.
    pub signing: Certificate,
    /// Receives requests: an RSA key, keyUsage keyEncipherment.
    pub encryption: Certificate,
}

/// A CA and the certificates that answer SCEP for it, without their keys.
///
/// A server has one, and several at a time while its CA or RA is replaced (RFC 8894 sections 4.7 and 5.1): a request chooses
/// by whom it is encrypted to.
#[derive(Clone, Debug)]
pub struct Generation {
    id: AuthorityId,
    /// All that GetCACert gives; the CA is the first.
    authority: Vec<Certificate>,
    ca: Certificate,
    signing: Certificate,
    encryption: Certificate,
    /// `None` for whatever the kind of key can do.
    signature_algorithms: Option<Vec<SignatureAlgorithm>>,
}

impl Generation {
    /// A CA with a registration authority apart from it: the recommended way. A key that decrypts what strangers send
    /// should not be the key that signs certificates (RFC 8894 section 7.2).
    ///
    /// # Errors
    /// - [`ConfigError::SigningCertificate`], [`ConfigError::EncryptionCertificate`] for wrong key usages or keys.
    /// - [`ConfigError::NotIssuedByCa`] if there is no time at which the RA's certificates are valid below the CA's (RFC 5280
    ///   section 6). When they expire is the caller's to watch.
    /// - [`ConfigError::Provider`] if `crypto` lacks a mandatory algorithm.
    pub fn new(ca: Certificate, ra: RegistrationAuthority, crypto: &CryptoProvider) -> Result<Self, ConfigError> {
        let mut authority = alloc::vec![ca.clone()];
        let validator = ChainValidator::new([TrustAnchor::from_certificate(ca.clone())], *crypto)
            .with_profile(ValidationProfile::SCEP_TRANSPORT);
        for certificate in [&ra.signing, &ra.encryption] {
            let both_begun = ca.validity().not_before.max(certificate.validity().not_before);
            validator
                .validate(certificate, &Pool::new(), Purpose::ANY, both_begun)
                .map_err(ConfigError::NotIssuedByCa)?;
            if !authority.contains(certificate) {
                authority.push(certificate.clone());
            }
        }
        Self::of(authority, ca, ra, crypto)
    }

    /// A CA whose own key signs and decrypts SCEP messages. Needed for clients that know no RA; weaker, see
    /// [`Generation::new`].
    ///
    /// # Errors
    /// As [`Generation::new`]; the CA's keyUsage needs digitalSignature and keyEncipherment (RFC 8894 section 2.1.2).
    pub fn with_ca_key(ca: Certificate, crypto: &CryptoProvider) -> Result<Self, ConfigError> {
        let ra = RegistrationAuthority { signing: ca.clone(), encryption: ca.clone() };
        Self::of(alloc::vec![ca.clone()], ca, ra, crypto)
    }

    fn of(
        authority: Vec<Certificate>,
        ca: Certificate,
        ra: RegistrationAuthority,
        crypto: &CryptoProvider,
    ) -> Result<Self, ConfigError> {
        let RegistrationAuthority { signing, encryption } = ra;
        let signs = signing.key_usage()?.is_none_or(|usage| usage.contains(KeyUsage::DIGITAL_SIGNATURE));
        if !signs {
            return Err(ConfigError::SigningCertificate);
        }
        let encrypts = encryption.key_usage()?.is_none_or(|usage| usage.contains(KeyUsage::KEY_ENCIPHERMENT));
        if !encrypts || !encryption.public_key().can_encrypt() {
            return Err(ConfigError::EncryptionCertificate);
        }
        if !has_mandatory_algorithms(crypto) {
            return Err(ConfigError::Provider);
        }
        let id = AuthorityId::of(&ca, crypto).ok_or(ConfigError::Provider)?;
        Ok(Self { id, authority, ca, signing, encryption, signature_algorithms: None })
    }

    /// Adds the certificates above the CA, up to the root, which GetCACert then gives too (RFC 8894 section 2.2).
    #[must_use]
    pub fn add_superiors(mut self, superiors: impl IntoIterator<Item = Certificate>) -> Self {
        self.authority.extend(superiors);
        self
    }

    /// Says what the key of the signing certificate signs with, [`Signer::algorithms`](pki_core::crypto::Signer::algorithms),
    /// where that is less than its kind of key could: an HSM, or AWS-LC, which has no SHA-1. A request signed otherwise is
    /// answered with the first of them.
    #[must_use]
    pub fn with_signature_algorithms(self, algorithms: &[SignatureAlgorithm]) -> Self {
        Self { signature_algorithms: Some(algorithms.to_vec()), ..self }
    }

    /// What the CA's transactions are found by, beside the transactionID.
    #[must_use]
    pub const fn id(&self) -> AuthorityId {
        self.id
    }

    /// The CA, which issues the certificates.
    #[must_use]
    pub const fn ca(&self) -> &Certificate {
        &self.ca
    }

    /// Whose key signs replies.
    #[must_use]
    pub const fn signing(&self) -> &Certificate {
        &self.signing
    }

    /// Whose key opens requests.
    #[must_use]
    pub const fn encryption(&self) -> &Certificate {
        &self.encryption
    }

    /// All that GetCACert gives: the CA first, then its RA, then what is above it.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.authority
    }

    /// What to sign a reply with: by the digest of the request, if the signing key does that. Not with RSASSA-PSS, unless the
    /// key does nothing else: strongSwan 5.9.8 can sign its requests with that, and can't read it in replies.
    pub(super) fn signature_algorithm(&self, digest: DigestAlgorithm) -> Option<SignatureAlgorithm> {
        let fitting = signature_algorithm(self.signing.public_key(), digest);
        match &self.signature_algorithms {
            None => fitting,
            Some(known) => fitting.into_iter().chain(known.iter().copied()).find(|algorithm| known.contains(algorithm)),
        }
    }
}
