//! [`CertificateProfile`]: from a CSR and an [`Authorized`] to a certificate that wants to be signed.

mod error;
mod key;

use alloc::{string::String, vec::Vec};
use core::time::Duration;

use pki_core::{
    Certificate, CertificateBuilder, Csr, GeneralNamesBuilder, OwnedOid, Profile, SerialNumber, ToBeSigned, UnixTime,
    Validity,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    crypto::{CryptoProvider, RandomFailed, SecureRandom},
    extension::Criticality,
    oid::Oid,
};

pub use self::{
    error::IssueError,
    key::{KeyPolicy, KeyRefused},
};
use super::{Authorized, NameRule, Names};

/// What certificates of one kind by one CA are like: plain data, made once.
///
/// The server decides on subject, alternative names, usages, validity and everything else. From the CSR comes the key; its
/// names are compared with those that were decided on, and whatever else it asks for counts for nothing.
#[derive(Clone, Debug)]
pub struct CertificateProfile {
    issuer: Certificate,
    crypto: CryptoProvider,
    algorithm: Option<SignatureAlgorithm>,
    usages: Profile,
    lifetime: Duration,
    back_dating: Duration,
    keys: KeyPolicy,
    names: NameRule,
    crl_urls: Vec<String>,
    access: Vec<(OwnedOid, String)>,
    policies: Vec<OwnedOid>,
    extensions: Vec<(OwnedOid, Criticality, Vec<u8>)>,
}

/// What makes one certificate out of all that a request could get: a serial number and a time.
///
/// It, or the certificate made of it as [`TransactionState::Approved`](super::TransactionState::Approved), goes into the
/// database before anything is signed. Whoever finds it there after a crash makes the same certificate again, and not a
/// second one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "columns of a database")]
pub struct Issuance {
    /// The serial number.
    pub serial: SerialNumber,
    /// The time that the validity is counted from.
    pub at: UnixTime,
}

impl CertificateProfile {
    /// End entities for TLS clients ([`Profile::DEVICE_CLIENT`]) by this CA, with its identifiers, for `lifetime`, which ends
    /// with the CA's at the latest.
    #[must_use]
    pub const fn new(issuer: Certificate, lifetime: Duration, crypto: CryptoProvider) -> Self {
        Self {
            issuer,
            crypto,
            algorithm: None,
            usages: Profile::DEVICE_CLIENT,
            lifetime,
            back_dating: Duration::from_secs(5 * 60),
            keys: KeyPolicy::DEFAULT,
            names: NameRule::Same,
            crl_urls: Vec::new(),
            access: Vec::new(),
            policies: Vec::new(),
            extensions: Vec::new(),
        }
    }

    /// With another CA, as while one replaces another.
    #[must_use]
    pub fn with_issuer(self, issuer: Certificate) -> Self {
        Self { issuer, ..self }
    }

    /// With another lifetime.
    #[must_use]
    pub fn with_lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime, ..self }
    }

    /// With another signature algorithm than that of the CA's key with SHA-256.
    #[must_use]
    pub fn with_signature_algorithm(self, algorithm: SignatureAlgorithm) -> Self {
        Self { algorithm: Some(algorithm), ..self }
    }

    /// With other basicConstraints, keyUsage and extKeyUsage.
    #[must_use]
    pub fn with_usages(self, usages: Profile) -> Self {
        Self { usages, ..self }
    }

    /// With another time by which notBefore lies before the time of issuing, for devices whose clocks are slow. Default 5
    /// minutes.
    #[must_use]
    pub fn with_back_dating(self, back_dating: Duration) -> Self {
        Self { back_dating, ..self }
    }

    /// With another policy on keys.
    #[must_use]
    pub fn with_keys(self, keys: KeyPolicy) -> Self {
        Self { keys, ..self }
    }

    /// With another rule on how the names in a CSR have to stand to those that were decided on. Default the same.
    #[must_use]
    pub fn with_names(self, names: NameRule) -> Self {
        Self { names, ..self }
    }

    /// Adds a URI to cRLDistributionPoints.
    #[must_use]
    pub fn add_crl_distribution_point(mut self, uri: &str) -> Self {
        self.crl_urls.push(uri.into());
        self
    }

    /// Adds to authorityInfoAccess: what can be got, like [`AD_OCSP`](pki_core::oid::AD_OCSP), and its URI.
    #[must_use]
    pub fn add_authority_info_access(mut self, method: Oid<'_>, uri: &str) -> Self {
        self.access.push((method.into(), uri.into()));
        self
    }

    /// Adds to certificatePolicies.
    #[must_use]
    pub fn add_certificate_policy(mut self, policy: Oid<'_>) -> Self {
        self.policies.push(policy.into());
        self
    }

    /// Adds an extension; `value` is the DER that goes into `extnValue`.
    #[must_use]
    pub fn add_extension(mut self, oid: Oid<'_>, criticality: Criticality, value: &[u8]) -> Self {
        self.extensions.push((oid.into(), criticality, value.to_vec()));
        self
    }

    /// The CA.
    #[must_use]
    pub const fn issuer(&self) -> &Certificate {
        &self.issuer
    }

    /// The algorithms.
    #[must_use]
    pub const fn crypto(&self) -> &CryptoProvider {
        &self.crypto
    }

    /// The policy on keys.
    #[must_use]
    pub const fn keys(&self) -> &KeyPolicy {
        &self.keys
    }

    /// The lifetime, where the CA's leaves room for it.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Whether a certificate with these names could be issued for this CSR: for asking before a challenge is used up.
    ///
    /// # Errors
    /// [`IssueError::Key`] and [`IssueError::Names`].
    pub fn check(&self, csr: &Csr, names: &Names) -> Result<(), IssueError> {
        self.keys.check(csr.public_key())?;
        Ok(names.compare(csr, self.names)?)
    }

    /// The certificate with these names for the key in this CSR, complete but for the CA's signature. The same arguments
    /// give the same octets.
    ///
    /// # Errors
    /// - [`IssueError::AuthorizedForAnotherCsr`] if `authorized` names another CSR.
    /// - [`IssueError::Key`] and [`IssueError::Names`] as [`CertificateProfile::check`].
    /// - [`IssueError::IssuerNotValid`] if the CA is not valid at the time of issuing.
    /// - [`IssueError::IssuerKeyUnsupported`] if no signature algorithm is known for the CA's key.
    /// - [`IssueError::Build`] for what [`CertificateBuilder::build`] refuses.
    pub fn certificate(
        &self,
        csr: &Csr,
        authorized: &Authorized,
        names: &Names,
        issuance: &Issuance,
    ) -> Result<ToBeSigned<Certificate>, IssueError> {
        if csr.digest(&self.crypto).as_ref() != Some(authorized.csr()) {
            return Err(IssueError::AuthorizedForAnotherCsr);
        }
        self.check(csr, names)?;
        let algorithm = self.signature_algorithm().ok_or(IssueError::IssuerKeyUnsupported)?;
        let builder = CertificateBuilder::new(
            issuance.serial.clone(),
            self.issuer.subject().to_owned(),
            names.subject().clone(),
            self.validity(issuance.at)?,
            csr.public_key().to_owned(),
        );
        Ok(self.add_extensions(builder, names).build(algorithm)?)
    }

    fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        let usual = || SignatureAlgorithm::for_key(self.issuer.public_key(), DigestAlgorithm::SHA256);
        self.algorithm.or_else(usual)
    }

    /// Never beyond the CA's own.
    fn validity(&self, at: UnixTime) -> Result<Validity, IssueError> {
        let issuer = self.issuer.validity();
        if !issuer.contains(at) {
            return Err(IssueError::IssuerNotValid { at });
        }
        let not_before = at.minus(self.back_dating).max(issuer.not_before);
        Ok(Validity::new(not_before, at.plus(self.lifetime).min(issuer.not_after)))
    }

    fn add_extensions(&self, builder: CertificateBuilder, names: &Names) -> CertificateBuilder {
        let crl_urls: Vec<_> = self.crl_urls.iter().map(String::as_str).collect();
        let access: Vec<_> =
            self.access.iter().filter_map(|(method, uri)| Some((method.as_oid()?, uri.as_str()))).collect();
        let policies: Vec<_> = self.policies.iter().filter_map(OwnedOid::as_oid).collect();
        let mut builder = builder
            .with_profile(&self.usages)
            .with_subject_key_identifier(&self.crypto)
            .with_authority(&self.issuer, &self.crypto)
            .with_crl_distribution_points(&crl_urls)
            .with_authority_info_access(&access)
            .with_certificate_policies(&policies);
        if names.alternative().next().is_some() {
            builder = builder.with_subject_alt_name(names.alternative().collect::<GeneralNamesBuilder>());
        }
        let extensions = self
            .extensions
            .iter()
            .filter_map(|(oid, criticality, value)| oid.as_oid().map(|oid| (oid, *criticality, value)));
        extensions.fold(builder, |builder, (oid, criticality, value)| builder.add_extension(oid, criticality, value))
    }
}

impl Issuance {
    /// Now, with a random serial number.
    ///
    /// # Errors
    /// [`RandomFailed`] from the source.
    pub fn new(now: UnixTime, rng: &mut dyn SecureRandom) -> Result<Self, RandomFailed> {
        Ok(Self { serial: SerialNumber::random(rng)?, at: now })
    }
}
