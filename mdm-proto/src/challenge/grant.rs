//! [`Grant`]: what a redeemed challenge gives.

use alloc::{boxed::Box, sync::Arc};

use pki_core::{Certificate, UnixTime};
use scep::server::Redeemed;

use super::{
    Presented,
    external::{Call, Duty, Failure, Notification},
    sealed::TokenId,
};

/// What a redeemed challenge gives: the word for the SCEP server, and for whom the challenge was.
///
/// [`Grant::redeemed`] goes to [`Enrol::authorize_challenge`](scep::server::Enrol::authorize_challenge). When the certificate is
/// there, it goes through [`Grant::issued`], since a service elsewhere may want to hear of it first; when there is none,
/// through [`Grant::failed`].
#[derive(Clone, Debug)]
#[must_use = "nothing is authorised yet"]
pub struct Grant {
    redeemed: Redeemed,
    device: Option<Arc<str>>,
    profile: Option<Arc<str>>,
    token: Option<TokenId>,
    data: Option<Arc<str>>,
    duty: Option<Box<Duty>>,
}

/// Whether a certificate may go out.
#[derive(Debug)]
#[must_use = "the certificate is here"]
#[expect(clippy::exhaustive_enums, reason = "now, or after somebody was told")]
pub enum Release {
    /// Now.
    Ready(Certificate),
    /// When the service that validated the challenge was told.
    Notify(Notification),
}

impl Grant {
    pub(super) const fn new(presented: &Presented) -> Self {
        let redeemed = Redeemed::for_csr(*presented.csr_digest());
        Self { redeemed, device: None, profile: None, token: None, data: None, duty: None }
    }

    pub(super) fn for_device(self, device: &str, profile: &str) -> Self {
        Self { device: Some(device.into()), ..self }.for_profile(profile)
    }

    pub(super) fn for_profile(self, profile: &str) -> Self {
        Self { profile: Some(profile.into()), ..self }
    }

    pub(super) fn by_token(self, token: TokenId) -> Self {
        Self { token: Some(token), ..self }
    }

    pub(super) fn with_duty(self, duty: Duty) -> Self {
        Self { duty: Some(Box::new(duty)), ..self }
    }

    pub(super) fn with_data(self, data: Option<Arc<str>>) -> Self {
        Self { data, ..self }
    }

    /// For [`Enrol::authorize_challenge`](scep::server::Enrol::authorize_challenge).
    #[must_use]
    pub const fn redeemed(&self) -> &Redeemed {
        &self.redeemed
    }

    /// The device that the challenge was for; `None` if it is one password for all, or a service elsewhere knows.
    #[must_use]
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// The profile that the challenge was for, if that is known.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// Of a sealed challenge: by which to see to it that it is used once, where that is wanted.
    #[must_use]
    pub const fn token(&self) -> Option<&TokenId> {
        self.token.as_ref()
    }

    /// What a webhook gave beside its yes, in JSON, for the certificate's content.
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// The certificate is there. It comes back at once, or when the service elsewhere was told.
    pub fn issued(self, certificate: Certificate, now: UnixTime) -> Release {
        match self.duty {
            None => Release::Ready(certificate),
            Some(duty) => Release::Notify(duty.issued(certificate, now)),
        }
    }

    /// There will be no certificate. What the service elsewhere is to be told, if it wants to know.
    #[must_use]
    pub fn failed(self, failure: &Failure<'_>, now: UnixTime) -> Option<Call> {
        self.duty.map(|duty| duty.failed(failure, now))
    }
}
