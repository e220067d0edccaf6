//! [`PlatformProfile`]: what a platform's own SCEP client is to be told.

use alloc::{string::String, sync::Arc, vec::Vec};

use pki_core::Secret;
use scep::server::Names;

use super::{Field, Loss, LoweringError, Reason};
use crate::profile::{AgentChallenge, AgentProfile, Route, ScepProfile, ScepSettings, Variables};

/// What a platform's own SCEP client is to be told: settings, one device's names, and a challenge that the device may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformProfile {
    settings: ScepSettings,
    names: Names,
    challenge: Option<Arc<Secret>>,
    disclosure: Disclosure,
    url: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disclosure {
    /// The challenge is the device's own.
    None,
    /// It is the password of all devices.
    StaticPassword,
}

impl PlatformProfile {
    /// What one device gets, with the challenge that is its own.
    ///
    /// # Errors
    /// - [`LoweringError::NeedsAgent`] if the service's broker has the challenge.
    /// - [`LoweringError::ChallengeNotText`]
    pub fn new(profile: &AgentProfile) -> Result<Self, LoweringError> {
        let challenge = match profile.challenge() {
            AgentChallenge::None => None,
            AgentChallenge::OneTime(challenge) => Some(Arc::clone(challenge)),
            AgentChallenge::Broker => return Err(LoweringError::NeedsAgent),
        };
        if challenge.as_ref().is_some_and(|challenge| as_text(challenge).is_none()) {
            return Err(LoweringError::ChallengeNotText);
        }
        Ok(Self {
            settings: profile.settings().clone(),
            names: profile.names().clone(),
            challenge,
            disclosure: Disclosure::None,
            url: None,
        })
    }

    /// The same with the password that is one for all devices. **Every user of a device can read it and ask for any
    /// certificate**; the losses say so once more.
    ///
    /// # Errors
    /// - [`LoweringError::StaticPasswordKept`] unless the profile has a
    ///   [`ChallengeSource::Static`](crate::profile::ChallengeSource::Static) for
    ///   [`StaticUse::PlatformClients`](crate::profile::StaticUse::PlatformClients).
    /// - [`LoweringError::Names`] if the names cannot be made.
    /// - [`LoweringError::ChallengeNotText`]
    pub fn disclosing_static_password(profile: &ScepProfile, variables: &Variables) -> Result<Self, LoweringError> {
        let password = match profile.challenge() {
            crate::profile::ChallengeSource::Static(password) => password.for_platform_client(),
            _ => None,
        };
        let password = password.ok_or(LoweringError::StaticPasswordKept)?;
        if as_text(password).is_none() {
            return Err(LoweringError::ChallengeNotText);
        }
        Ok(Self {
            settings: profile.settings().clone(),
            names: profile.names(variables)?,
            challenge: Some(Arc::new(Secret::from(password.expose()))),
            disclosure: Disclosure::StaticPassword,
            url: None,
        })
    }

    /// With another URL in place of all: the service's own, where messages go by it ([`Route::ByService`]), or one that says
    /// which device it is.
    #[must_use]
    pub fn with_url(self, url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..self }
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &ScepSettings {
        &self.settings
    }

    /// The names of the certificate.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// The challenge.
    pub(super) fn challenge(&self) -> Option<&str> {
        self.challenge.as_deref().and_then(as_text)
    }

    /// The URLs to be told; at least one.
    pub(super) fn urls(&self) -> Result<Vec<&str>, LoweringError> {
        match (&self.url, self.settings.route()) {
            (Some(url), _) => Ok([url.as_str()].into()),
            (None, Route::ByService) => Err(LoweringError::NeedsServiceUrl),
            (None, Route::Direct) => Ok(self.settings.urls().iter().map(String::as_str).collect()),
        }
    }

    /// What is lost on every platform.
    pub(super) fn losses(&self) -> Vec<Loss> {
        let disclosed = self.disclosure == Disclosure::StaticPassword;
        disclosed.then_some(Loss::warning(Field::Challenge, Reason::Disclosed)).into_iter().collect()
    }
}

fn as_text(secret: &Secret) -> Option<&str> {
    core::str::from_utf8(secret.expose()).ok()
}
