//! [`ServerProfile`].

use alloc::{string::String, vec::Vec};
use core::{net::IpAddr, time::Duration};

use pki_core::{
    Certificate, CertificateBuilder, GeneralNamesBuilder, KeyKind, Name, Profile, PublicKey, ToBeSigned, UnixTime,
    Validity,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    crypto::CryptoProvider,
    extension::KeyUsage,
    oid::Oid,
};
use scep::server::Issuance;

use super::{InstallationError, pointers::Pointers};

/// What server certificates are like: serverAuth and nothing else, every name in subjectAltName, and 825 days at most, which
/// is all that Apple's devices take of private roots, too.
#[derive(Clone, Debug, Default)]
pub struct ServerProfile {
    subject: Option<Name>,
    dns_names: Vec<String>,
    addresses: Vec<IpAddr>,
    lifetime: Option<Duration>,
    back_dating: Option<Duration>,
    key_transport: KeyTransport,
    pointers: Pointers,
}

/// Whether clients encrypt to a server's RSA key, as TLS up to 1.2 can without forward secrecy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "they do or they don't")]
pub enum KeyTransport {
    /// digitalSignature alone.
    #[default]
    None,
    /// For RSA keys keyEncipherment besides, for clients that know nothing else.
    Tls12,
}

impl ServerProfile {
    /// Longest lifetime, back-dating included.
    pub const LONGEST: Duration = Duration::from_secs(825 * 86_400);

    /// For a year, back-dated by 5 minutes, with an empty subject and without names, of which it needs one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a subject, which nothing is looked for in (RFC 9525 section 2).
    #[must_use]
    pub fn with_subject(self, subject: Name) -> Self {
        Self { subject: Some(subject), ..self }
    }

    /// With another lifetime.
    #[must_use]
    pub fn with_lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime: Some(lifetime), ..self }
    }

    /// With another time by which notBefore lies before the time of issuing.
    #[must_use]
    pub fn with_back_dating(self, back_dating: Duration) -> Self {
        Self { back_dating: Some(back_dating), ..self }
    }

    /// With key transport or without.
    #[must_use]
    pub fn with_key_transport(self, key_transport: KeyTransport) -> Self {
        Self { key_transport, ..self }
    }

    /// Adds a name of the server: a host name, its first label `*` perhaps.
    #[must_use]
    pub fn add_dns_name(mut self, name: &str) -> Self {
        self.dns_names.push(name.into());
        self
    }

    /// Adds an address of the server.
    #[must_use]
    pub fn add_ip_address(mut self, address: IpAddr) -> Self {
        self.addresses.push(address);
        self
    }

    /// Adds a URI to cRLDistributionPoints; over HTTP, not HTTPS (RFC 5280 section 8).
    #[must_use]
    pub fn add_crl_distribution_point(mut self, uri: &str) -> Self {
        self.pointers.add_crl(uri);
        self
    }

    /// Adds to authorityInfoAccess: what can be got, like [`AD_OCSP`](pki_core::oid::AD_OCSP), and its URI.
    #[must_use]
    pub fn add_authority_info_access(mut self, method: Oid<'_>, uri: &str) -> Self {
        self.pointers.add_access(method, uri);
        self
    }

    /// A certificate for this key, to be signed by the key of `issuer`, whose end it does not outlive.
    ///
    /// # Errors
    /// - [`InstallationError::NoName`], [`InstallationError::InvalidName`].
    /// - [`InstallationError::Lifetime`] if it is more than [`ServerProfile::LONGEST`], or back-dating leaves nothing of that.
    /// - [`InstallationError::WeakKey`] for RSA of fewer than 2048 bits, and for keys of unknown kinds.
    /// - [`InstallationError::IssuerNotValid`] if the issuer is not valid then, and
    ///   [`InstallationError::IssuerKeyUnsupported`] if it can't sign.
    /// - [`InstallationError::KeyOfIssuer`] if the key is the issuer's.
    /// - [`InstallationError::Build`] for what [`CertificateBuilder::build`] refuses.
    pub fn certificate(
        &self,
        issuer: &Certificate,
        key: PublicKey,
        issuance: &Issuance,
        crypto: &CryptoProvider,
    ) -> Result<ToBeSigned<Certificate>, InstallationError> {
        let names = self.names()?;
        match key.kind() {
            KeyKind::P256 | KeyKind::P384 | KeyKind::P521 | KeyKind::Ed25519 | KeyKind::Rsa { bits: 2048.. } => {}
            kind => return Err(InstallationError::WeakKey { kind }),
        }
        if key.as_ref().key_bits() == issuer.public_key().key_bits() {
            return Err(InstallationError::KeyOfIssuer);
        }
        let validity = self.validity(issuer, issuance.at)?;
        let usages = match self.key_transport {
            KeyTransport::None => Profile::TLS_SERVER.with_key_usage(KeyUsage::DIGITAL_SIGNATURE),
            KeyTransport::Tls12 => Profile::TLS_SERVER,
        };
        let subject = self.subject.clone().unwrap_or_else(Name::empty);
        let issuer_name = issuer.subject().to_owned();
        let builder = CertificateBuilder::new(issuance.serial.clone(), issuer_name, subject, validity, key)
            .with_profile(&usages)
            .with_subject_key_identifier(crypto)
            .with_authority(issuer, crypto)
            .with_subject_alt_name(names);
        let algorithm = SignatureAlgorithm::for_key(issuer.public_key(), DigestAlgorithm::SHA256);
        Ok(self.pointers.apply(builder).build(algorithm.ok_or(InstallationError::IssuerKeyUnsupported)?)?)
    }

    fn names(&self) -> Result<GeneralNamesBuilder, InstallationError> {
        if self.dns_names.is_empty() && self.addresses.is_empty() {
            return Err(InstallationError::NoName);
        }
        if let Some(name) = self.dns_names.iter().find(|name| !is_host_name(name)) {
            return Err(InstallationError::InvalidName { name: name.clone() });
        }
        let names = self.dns_names.iter().fold(GeneralNamesBuilder::new(), |names, name| names.add_dns_name(name));
        Ok(self.addresses.iter().fold(names, |names, address| names.add_ip_address(*address)))
    }

    fn validity(&self, issuer: &Certificate, at: UnixTime) -> Result<Validity, InstallationError> {
        let asked = self.lifetime.unwrap_or(Duration::from_secs(365 * 86_400));
        if asked > Self::LONGEST {
            let least = Duration::ZERO;
            return Err(InstallationError::Lifetime { asked, least, most: Self::LONGEST });
        }
        let limits = issuer.validity();
        if !limits.contains(at) {
            return Err(InstallationError::IssuerNotValid { at });
        }
        let back_dating = self.back_dating.unwrap_or(Duration::from_secs(5 * 60));
        let not_before = at.minus(back_dating).max(limits.not_before);
        // The last second counts (RFC 5280 section 4.1.2.5).
        let longest = not_before.plus(Self::LONGEST).minus(Duration::from_secs(1));
        if longest < at {
            let asked = back_dating.saturating_add(asked);
            return Err(InstallationError::Lifetime { asked, least: Duration::ZERO, most: Self::LONGEST });
        }
        Ok(Validity::new(not_before, at.plus(asked).min(longest).min(limits.not_after)))
    }
}

/// Labels of letters, digits and hyphens, the first `*` perhaps (RFC 5280 section 4.2.1.6, RFC 9525 section 6.3).
fn is_host_name(name: &str) -> bool {
    let rest = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    name.len() <= 253
        && rest.split('.').all(is_label)
        && !rest.rsplit('.').next().is_some_and(is_number)
        && (rest.len() == name.len() || rest.contains('.'))
}
