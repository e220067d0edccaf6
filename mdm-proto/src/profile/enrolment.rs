//! What an agent asks for, made of its profile.

use core::fmt;

use pki_core::{
    Certificate, CsrBuilder, GeneralNamesBuilder, KeyKind, OwnedOid, PublicKey, crypto::CryptoProvider,
    extension::Criticality,
};
use scep::client::{Authority, ClientConfig, EnrolmentRequest, PollPolicy};

use super::{AgentChallenge, AgentProfile, KeyAlgorithm};

/// The key is not of the kind that the profile wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrongKey {
    /// What the profile wants.
    pub expected: KeyAlgorithm,
    /// What was given.
    pub found: KeyKind,
}

impl AgentProfile {
    /// The CSR that the service expects for this key: names, usages and template of the profile, and the challenge if there
    /// is one. Sign it with the profile's [digest](super::ScepSettings::digest).
    ///
    /// # Errors
    /// [`WrongKey`]
    pub fn csr(&self, key: PublicKey) -> Result<CsrBuilder, WrongKey> {
        let csr = self.csr_without_challenge(key)?;
        Ok(match self.challenge() {
            AgentChallenge::OneTime(challenge) => csr.with_challenge_password(challenge),
            _ => csr,
        })
    }

    /// The same without the challenge: for a broker, who puts it in, and for a renewal.
    ///
    /// # Errors
    /// [`WrongKey`]
    pub fn csr_without_challenge(&self, key: PublicKey) -> Result<CsrBuilder, WrongKey> {
        let (settings, names) = (self.settings(), self.names());
        let (expected, found) = (settings.key().algorithm(), key.kind());
        if expected.kind() != found {
            return Err(WrongKey { expected, found });
        }
        let purposes: alloc::vec::Vec<_> = settings.extended_key_usage().iter().filter_map(OwnedOid::as_oid).collect();
        let mut csr = CsrBuilder::new(names.subject().clone(), key)
            .with_key_usage(settings.key_usage())
            .with_extended_key_usage(&purposes);
        if names.alternative().next().is_some() {
            csr = csr.with_subject_alt_name(names.alternative().collect::<GeneralNamesBuilder>());
        }
        Ok(match settings.template() {
            Some(template) => {
                let (oid, value) = template.to_extension();
                csr.add_extension(oid, Criticality::NonCritical, &value)
            }
            None => csr,
        })
    }

    /// The request for a first certificate.
    ///
    /// # Errors
    /// [`WrongKey`]
    pub fn request(&self, key: PublicKey) -> Result<EnrolmentRequest, WrongKey> {
        self.csr(key).map(EnrolmentRequest::new)
    }

    /// The request for a certificate in the place of `current`. The challenge, if there is one, is sent only to a CA that can't
    /// renew.
    ///
    /// # Errors
    /// [`WrongKey`]
    pub fn renewal(&self, key: PublicKey, current: Certificate) -> Result<EnrolmentRequest, WrongKey> {
        self.csr(key).map(|csr| EnrolmentRequest::renewal(csr, current))
    }

    /// What the client is to know beforehand: the CA identifier, the retries, and the thumbprint if there is just one. Where
    /// there are several, [`ConfirmAuthority`](scep::client::ConfirmAuthority) asks; answer by [`AgentProfile::believes`].
    #[must_use]
    pub fn client_config(&self, crypto: CryptoProvider) -> ClientConfig {
        let settings = self.settings();
        let config = ClientConfig::new(crypto).with_poll_policy(self.poll_policy());
        let config = match settings.ca_identifier() {
            Some(identifier) => config.with_ca_identifier(identifier),
            None => config,
        };
        match settings.thumbprints() {
            [thumbprint] => config.with_fingerprint(thumbprint.clone()),
            _ => config,
        }
    }

    /// Whether the certificate that is to be confirmed has a thumbprint of the profile: that one, and none that came along
    /// with it, since anybody can send the right certificate beside their own. `false` where the profile has no thumbprint:
    /// somebody else has to say.
    #[must_use]
    pub fn believes(&self, authority: &Authority, crypto: &CryptoProvider) -> bool {
        let thumbprints = self.settings().thumbprints();
        thumbprints.iter().any(|thumbprint| thumbprint.matches(authority.anchor(), crypto))
    }

    /// As often and as far apart as the profile says.
    fn poll_policy(&self) -> PollPolicy {
        let retries = self.settings().retries();
        let mut policy = PollPolicy::DEFAULT;
        policy.first = retries.delay;
        policy.longest = policy.longest.max(retries.delay);
        policy.limit = retries.count.into();
        policy
    }
}

impl fmt::Display for WrongKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the profile wants a key {}, not {}", self.expected, self.found)
    }
}

impl core::error::Error for WrongKey {}
