//! [`RootProfile`]: roots, issuing CAs and cross certificates.

use core::time::Duration;

use pki_core::{
    Certificate, CertificateBuilder, KeyKind, Name, Profile, PublicKey, PublicKeyRef, ToBeSigned, UnixTime, Validity,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    crypto::CryptoProvider,
    extension::BasicConstraints,
};
use scep::server::Issuance;

use super::InstallationError;

/// What enterprise management roots are like, and CAs below them: keyCertSign and cRLSign, for 10 to 20 years, with a key on
/// P-384 or P-521 or RSA of 3072 bits or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootProfile {
    lifetime: Duration,
    back_dating: Duration,
    path_length: u32,
}

impl RootProfile {
    /// 15 years, back-dated by 5 minutes, with path length 0: the root itself issues.
    pub const DEFAULT: Self =
        Self { lifetime: Duration::from_secs(15 * YEAR), back_dating: Duration::from_secs(5 * 60), path_length: 0 };

    /// With another lifetime.
    #[must_use]
    pub const fn with_lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime, ..self }
    }

    /// With another time by which notBefore lies before the time of issuing.
    #[must_use]
    pub const fn with_back_dating(self, back_dating: Duration) -> Self {
        Self { back_dating, ..self }
    }

    /// With path length 1: there is an issuing CA below the root, whose key can then stay offline.
    #[must_use]
    pub const fn with_issuing_ca(self) -> Self {
        Self { path_length: 1, ..self }
    }

    /// A root with this name for this key, to be signed by it.
    ///
    /// # Errors
    /// - [`InstallationError::WeakKey`]
    /// - [`InstallationError::Lifetime`] if it is not 10 to 20 years.
    /// - [`InstallationError::Build`] for what [`CertificateBuilder::build`] refuses, like an empty name.
    pub fn root(
        &self,
        name: Name,
        key: PublicKey,
        issuance: &Issuance,
        crypto: &CryptoProvider,
    ) -> Result<ToBeSigned<Certificate>, InstallationError> {
        let (least, most) = (Duration::from_secs(10 * YEAR), Duration::from_secs(20 * YEAR + 5 * DAY));
        if self.lifetime < least || self.lifetime > most {
            return Err(InstallationError::Lifetime { asked: self.lifetime, least, most });
        }
        let algorithm = algorithm(key.as_ref())?;
        let validity = Validity::new(issuance.at.minus(self.back_dating), issuance.at.plus(self.lifetime));
        let builder = CertificateBuilder::new(issuance.serial.clone(), name.clone(), name, validity, key)
            .with_profile(&Profile::issuing_ca(self.path_length))
            .with_subject_key_identifier(crypto);
        Ok(builder.build(algorithm)?)
    }

    /// An issuing CA with this name for this key, below a root, valid as long as that is, to be signed by the root's key.
    ///
    /// # Errors
    /// - [`InstallationError::WeakKey`] for one that is weaker than P-256 or RSA of 3072 bits.
    /// - [`InstallationError::NoRoom`] below a root of path length 0.
    /// - [`InstallationError::IssuerNotValid`] if the root is not valid then.
    /// - [`InstallationError::Build`] for what [`CertificateBuilder::build`] refuses.
    pub fn issuing_ca(
        &self,
        root: &Certificate,
        name: Name,
        key: PublicKey,
        issuance: &Issuance,
        crypto: &CryptoProvider,
    ) -> Result<ToBeSigned<Certificate>, InstallationError> {
        if key.kind() != KeyKind::P256 {
            algorithm(key.as_ref())?;
        }
        if path_length(root)? == Some(0) {
            return Err(InstallationError::NoRoom);
        }
        let validity = self.validity(issuance.at, root.validity().not_after, root)?;
        below(root, issuance, name, key, crypto, &Profile::issuing_ca(0), validity)
    }

    /// A certificate for the name and the key of root `subject`, to be signed by the key of root `signer`: who trusts `signer`
    /// trusts what `subject` issued. It is valid as long as both are.
    ///
    /// # Errors
    /// - [`InstallationError::NoRoom`] if `signer` has path length 0 and another name than `subject`, or one too short for
    ///   an issuing CA.
    /// - [`InstallationError::IssuerNotValid`] if one of them is not valid then.
    /// - [`InstallationError::Build`] for what [`CertificateBuilder::build`] refuses.
    pub fn cross(
        &self,
        subject: &Certificate,
        signer: &Certificate,
        issuance: &Issuance,
        crypto: &CryptoProvider,
    ) -> Result<ToBeSigned<Certificate>, InstallationError> {
        let room = path_length(signer)?;
        let below_subject = path_length(subject)?;
        // A self-issued certificate takes no room (RFC 5280 section 6.1.4 (l)).
        let taken = u32::from(!subject.subject().matches(signer.subject()));
        if room.is_some_and(|room| below_subject.is_none_or(|below| room < below.saturating_add(taken))) {
            return Err(InstallationError::NoRoom);
        }
        if !subject.validity().contains(issuance.at) {
            return Err(InstallationError::IssuerNotValid { at: issuance.at });
        }
        let validity = self.validity(issuance.at, subject.validity().not_after, signer)?;
        let validity = Validity::new(validity.not_before.max(subject.validity().not_before), validity.not_after);
        let profile = below_subject.map_or(Profile::ROOT_CA, Profile::issuing_ca);
        let (name, key) = (subject.subject().to_owned(), subject.public_key().to_owned());
        below(signer, issuance, name, key, crypto, &profile, validity)
    }

    fn validity(&self, at: UnixTime, end: UnixTime, issuer: &Certificate) -> Result<Validity, InstallationError> {
        let limits = issuer.validity();
        if !limits.contains(at) {
            return Err(InstallationError::IssuerNotValid { at });
        }
        Ok(Validity::new(at.minus(self.back_dating).max(limits.not_before), end.min(limits.not_after)))
    }
}

impl Default for RootProfile {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A CA below `issuer`.
#[expect(clippy::too_many_arguments, reason = "the parts of a certificate, in one place")]
fn below(
    issuer: &Certificate,
    issuance: &Issuance,
    name: Name,
    key: PublicKey,
    crypto: &CryptoProvider,
    profile: &Profile,
    validity: Validity,
) -> Result<ToBeSigned<Certificate>, InstallationError> {
    let issuer_name = issuer.subject().to_owned();
    let builder = CertificateBuilder::new(issuance.serial.clone(), issuer_name, name, validity, key)
        .with_profile(profile)
        .with_subject_key_identifier(crypto)
        .with_authority(issuer, crypto);
    Ok(builder.build(algorithm(issuer.public_key())?)?)
}

/// What a root's key signs with: a digest of the strength of the curve; SHA-256 for RSA.
pub(super) fn algorithm(key: PublicKeyRef<'_>) -> Result<SignatureAlgorithm, InstallationError> {
    let digest = match key.kind() {
        KeyKind::P384 => DigestAlgorithm::SHA384,
        KeyKind::P521 => DigestAlgorithm::SHA512,
        KeyKind::Rsa { bits: 3072.. } => DigestAlgorithm::SHA256,
        kind => return Err(InstallationError::WeakKey { kind }),
    };
    SignatureAlgorithm::for_key(key, digest).ok_or(InstallationError::WeakKey { kind: key.kind() })
}

fn path_length(ca: &Certificate) -> Result<Option<u32>, InstallationError> {
    match ca.basic_constraints() {
        Ok(Some(BasicConstraints { is_ca: true, path_length })) => Ok(path_length),
        _ => Err(InstallationError::NotACa),
    }
}

const DAY: u64 = 86_400;
const YEAR: u64 = 365 * DAY;
