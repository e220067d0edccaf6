//! [`OcspPolicy`] and [`TrustedResponder`].

use alloc::vec::Vec;
use core::time::Duration;

use crate::{
    cert::Certificate,
    key::PublicKey,
    name::{Name, NameRef},
};

/// How old OCSP responses may be, and who may sign them beside the CA and those that it delegates to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OcspPolicy {
    /// How far the clocks of responders may be off. Default 5 minutes.
    pub clock_skew: Duration,
    /// How old a response without nextUpdate may be. Default 1 day.
    pub max_age: Duration,
    /// Responders that are trusted without any certificate (RFC 6960 section 4.2.2.2, criterion 1). Default none.
    pub responders: Vec<TrustedResponder>,
}

/// A responder that is trusted by configuration, for all CAs or for one. Neither the validity of its certificate nor its
/// revocation is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedResponder {
    pub(super) key: PublicKey,
    pub(super) name: Option<Name>,
    issuer: Option<Name>,
}

impl OcspPolicy {
    /// The defaults.
    pub const DEFAULT: Self =
        Self { clock_skew: Duration::from_secs(300), max_age: Duration::from_secs(86_400), responders: Vec::new() };

    /// With another tolerance of clocks.
    #[must_use]
    pub fn with_clock_skew(self, clock_skew: Duration) -> Self {
        Self { clock_skew, ..self }
    }

    /// With another age for responses without nextUpdate.
    #[must_use]
    pub fn with_max_age(self, max_age: Duration) -> Self {
        Self { max_age, ..self }
    }

    /// Adds a responder that is trusted without a certificate.
    #[must_use]
    pub fn add_responder(mut self, responder: TrustedResponder) -> Self {
        self.responders.push(responder);
        self
    }
}

impl Default for OcspPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TrustedResponder {
    /// Who has this key, for all CAs.
    #[must_use]
    pub const fn new(key: PublicKey) -> Self {
        Self { key, name: None, issuer: None }
    }

    /// The subject and key of a certificate, for all CAs.
    #[must_use]
    pub fn from_certificate(certificate: &Certificate) -> Self {
        let name = Some(certificate.subject().to_owned());
        Self { key: certificate.public_key().to_owned(), name, issuer: None }
    }

    /// The same for certificates of one CA alone.
    #[must_use]
    pub fn for_issuer(self, issuer: Name) -> Self {
        Self { issuer: Some(issuer), ..self }
    }

    pub(super) fn answers_for(&self, issuer: NameRef<'_>) -> bool {
        self.issuer.as_ref().is_none_or(|own| own.matches(issuer))
    }
}
