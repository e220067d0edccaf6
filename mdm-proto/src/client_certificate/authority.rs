//! [`ClientCertificates`]: what client certificates are like.

use core::time::Duration;

use pki_core::{
    BuildError, Certificate, Csr, Profile, ToBeSigned, UnixTime, algorithm::SignatureAlgorithm, crypto::CryptoProvider,
    extension::KeyUsage, oid::Oid,
};
use scep::server::{Authorized, CertificateProfile, Issuance, KeyPolicy, NameRule, Names};

use super::{Refused, RenewalRules};
use crate::identity::{Identity, IdentityUris};

/// What the client certificates of a service are like, and when they are renewed: plain data, made once.
///
/// | | default |
/// |---|---|
/// | lifetime | a year, and never longer than the CA and the root, see [`with_lifetime`](Self::with_lifetime) |
/// | notBefore | 5 minutes before the time of issuing, see [`with_back_dating`](Self::with_back_dating) |
/// | keyUsage, extKeyUsage | digitalSignature and clientAuth, see [`with_key_use`](Self::with_key_use) |
/// | key | RSA of 2048 to 8192 bits, P-256, P-384, P-521, see [`with_keys`](Self::with_keys) |
/// | names in the CSR | the same or none, see [`with_csr_names`](Self::with_csr_names) |
/// | pointers | none, see [`add_crl_distribution_point`](Self::add_crl_distribution_point), [`add_authority_info_access`](Self::add_authority_info_access) |
/// | renewal | see [`RenewalRules`] |
///
/// Always there: basicConstraints that say no CA, subjectKeyIdentifier, authorityKeyIdentifier, subjectAltName.
#[derive(Clone, Debug)]
pub struct ClientCertificates {
    /// All but names, which are decided on and compared here.
    profile: CertificateProfile,
    root_end: UnixTime,
    csr_names: NameRule,
    uris: IdentityUris,
    renewal: RenewalRules,
}

/// What the key of a client certificate does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyUse {
    /// It authenticates in TLS: digitalSignature.
    #[default]
    Tls,
    /// It also renews over SCEP, where replies are encrypted to it: for RSA keyEncipherment besides (RFC 8894 section 2.3).
    TlsAndScep,
}

impl ClientCertificates {
    /// By this CA, which is the root or one below it ([`with_root`](Self::with_root)), with the defaults above.
    #[must_use]
    pub fn new(issuer: Certificate, crypto: CryptoProvider) -> Self {
        Self {
            root_end: issuer.validity().not_after,
            profile: CertificateProfile::new(issuer, YEAR, crypto)
                .with_usages(KeyUse::Tls.usages())
                .with_names(NameRule::Any),
            csr_names: NameRule::NotMore,
            uris: IdentityUris::DEFAULT,
            renewal: RenewalRules::DEFAULT,
        }
    }

    /// With the root above the CA: no certificate outlives it.
    #[must_use]
    pub fn with_root(self, root: &Certificate) -> Self {
        Self { root_end: root.validity().not_after, ..self }
    }

    /// With another signature algorithm than that of the CA's key with SHA-256.
    #[must_use]
    pub fn with_signature_algorithm(self, algorithm: SignatureAlgorithm) -> Self {
        Self { profile: self.profile.with_signature_algorithm(algorithm), ..self }
    }

    /// With another lifetime.
    #[must_use]
    pub fn with_lifetime(self, lifetime: Duration) -> Self {
        Self { profile: self.profile.with_lifetime(lifetime), ..self }
    }

    /// With another time by which notBefore lies before the time of issuing, for devices whose clocks are slow.
    #[must_use]
    pub fn with_back_dating(self, back_dating: Duration) -> Self {
        Self { profile: self.profile.with_back_dating(back_dating), ..self }
    }

    /// With another use of the key.
    #[must_use]
    pub fn with_key_use(self, key_use: KeyUse) -> Self {
        Self { profile: self.profile.with_usages(key_use.usages()), ..self }
    }

    /// With another policy on keys.
    #[must_use]
    pub fn with_keys(self, keys: KeyPolicy) -> Self {
        Self { profile: self.profile.with_keys(keys), ..self }
    }

    /// With another rule on how the names in a CSR have to stand to those that the service decided on. They are never obeyed.
    #[must_use]
    pub fn with_csr_names(self, names: NameRule) -> Self {
        Self { csr_names: names, ..self }
    }

    /// With other URIs for identities.
    #[must_use]
    pub fn with_uris(self, uris: IdentityUris) -> Self {
        Self { uris, ..self }
    }

    /// With other rules on renewal.
    #[must_use]
    pub fn with_renewal(self, renewal: RenewalRules) -> Self {
        Self { renewal, ..self }
    }

    /// Adds a URI to cRLDistributionPoints; over HTTP, not HTTPS (RFC 5280 section 8).
    #[must_use]
    pub fn add_crl_distribution_point(self, uri: &str) -> Self {
        Self { profile: self.profile.add_crl_distribution_point(uri), ..self }
    }

    /// Adds to authorityInfoAccess: what can be got, like [`AD_OCSP`](pki_core::oid::AD_OCSP), and its URI.
    #[must_use]
    pub fn add_authority_info_access(self, method: Oid<'_>, uri: &str) -> Self {
        Self { profile: self.profile.add_authority_info_access(method, uri), ..self }
    }

    /// The CA.
    #[must_use]
    pub const fn issuer(&self) -> &Certificate {
        self.profile.issuer()
    }

    /// The algorithms.
    #[must_use]
    pub const fn crypto(&self) -> &CryptoProvider {
        self.profile.crypto()
    }

    /// The URIs of identities.
    #[must_use]
    pub const fn uris(&self) -> &IdentityUris {
        &self.uris
    }

    /// The policy on keys, as for what csrattrs ask for (RFC 7030 section 4.5).
    #[must_use]
    pub const fn keys(&self) -> &KeyPolicy {
        self.profile.keys()
    }

    /// The rules on renewal.
    #[must_use]
    pub const fn renewal(&self) -> &RenewalRules {
        &self.renewal
    }

    /// Whether a certificate with this identity could be issued for this CSR: for asking before a password or token is used
    /// up. Proof of possession is verified.
    ///
    /// # Errors
    /// [`Refused::ProofOfPossession`], [`Refused::Key`], [`Refused::KeyOfIssuer`], [`Refused::Names`].
    pub fn check(&self, csr: &Csr, identity: &Identity) -> Result<(), Refused> {
        self.check_key(csr)?;
        Ok(identity.names(&self.uris)?.compare(csr, self.csr_names)?)
    }

    /// The certificate with this identity for the key in this CSR, complete but for the CA's signature, whoever asks: that it
    /// may be issued is decided before. The same arguments give the same octets.
    ///
    /// It keeps no record; [`enrol`](Self::enrol) and [`renew`](Self::renew) do.
    ///
    /// # Errors
    /// - Those of [`check`](Self::check).
    /// - [`Refused::IssuerNotValid`], [`Refused::IssuerKeyUnsupported`], [`Refused::Build`]: the service's own to mend.
    pub fn issue(
        &self,
        csr: &Csr,
        identity: &Identity,
        issuance: &Issuance,
    ) -> Result<ToBeSigned<Certificate>, Refused> {
        self.check(csr, identity)?;
        self.certificate(csr, &identity.names(&self.uris)?, issuance)
    }

    /// What of [`check`](Self::check) is not about names.
    pub(super) fn check_key(&self, csr: &Csr) -> Result<(), Refused> {
        self.keys().check(csr.public_key())?;
        if csr.public_key().key_bits() == self.issuer().public_key().key_bits() {
            return Err(Refused::KeyOfIssuer);
        }
        csr.verify(self.crypto()).map_err(Refused::ProofOfPossession)
    }

    pub(super) const fn csr_names(&self) -> NameRule {
        self.csr_names
    }

    /// For a CSR that was checked.
    pub(super) fn certificate(
        &self,
        csr: &Csr,
        names: &Names,
        issuance: &Issuance,
    ) -> Result<ToBeSigned<Certificate>, Refused> {
        let digest = csr.digest(self.crypto()).ok_or(BuildError::MissingDigest)?;
        if issuance.at > self.root_end {
            return Err(Refused::IssuerNotValid { at: issuance.at });
        }
        let left = self.root_end.as_seconds().saturating_sub(issuance.at.as_seconds());
        let lifetime = self.profile.lifetime().min(Duration::from_secs(u64::try_from(left).unwrap_or(0)));
        let profile = self.profile.clone().with_lifetime(lifetime);
        Ok(profile.certificate(csr, &Authorized::manually(digest), names, issuance)?)
    }
}

impl KeyUse {
    const fn usages(self) -> Profile {
        match self {
            Self::Tls => Profile::DEVICE_CLIENT.with_key_usage(KeyUsage::DIGITAL_SIGNATURE),
            Self::TlsAndScep => Profile::DEVICE_CLIENT,
        }
    }
}

const YEAR: Duration = Duration::from_secs(365 * 86_400);
