//! [`ScepProfile`]: a certificate by SCEP, as the service knows it.

use alloc::vec::Vec;

use pki_core::GeneralNamesBuilder;
use scep::server::Names;

use super::{
    AgentChallenge, AgentProfile, AlternativeNameTemplate, ChallengeSource, ExpandError, ForDeviceError, NameTemplate,
    ProfileId, ScepSettings, Variables,
};

/// A certificate by SCEP, as the service knows it: settings, templates of names, and where challenges come from. It may hold
/// a password that is good for every device, and is never sent to one: see [`ScepProfile::for_device`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScepProfile {
    settings: ScepSettings,
    subject: NameTemplate,
    alternative_names: Vec<AlternativeNameTemplate>,
    challenge: ChallengeSource,
}

impl ScepProfile {
    /// With these settings and this subject, without alternative names, without challenge.
    #[must_use]
    pub const fn new(settings: ScepSettings, subject: NameTemplate) -> Self {
        Self { settings, subject, alternative_names: Vec::new(), challenge: ChallengeSource::None }
    }

    /// With other settings.
    #[must_use]
    pub fn with_settings(self, settings: ScepSettings) -> Self {
        Self { settings, ..self }
    }

    /// With another subject.
    #[must_use]
    pub fn with_subject(self, subject: NameTemplate) -> Self {
        Self { subject, ..self }
    }

    /// With other alternative names, in place of all.
    #[must_use]
    pub fn with_alternative_names(self, names: impl IntoIterator<Item = AlternativeNameTemplate>) -> Self {
        Self { alternative_names: names.into_iter().collect(), ..self }
    }

    /// Adds an alternative name.
    #[must_use]
    pub fn add_alternative_name(mut self, name: AlternativeNameTemplate) -> Self {
        self.alternative_names.push(name);
        self
    }

    /// With another source of challenges.
    #[must_use]
    pub fn with_challenge(self, challenge: ChallengeSource) -> Self {
        Self { challenge, ..self }
    }

    /// The identifier.
    #[must_use]
    pub const fn id(&self) -> &ProfileId {
        self.settings.id()
    }

    /// What the device knows, too.
    #[must_use]
    pub const fn settings(&self) -> &ScepSettings {
        &self.settings
    }

    /// The subject.
    #[must_use]
    pub const fn subject(&self) -> &NameTemplate {
        &self.subject
    }

    /// The alternative names.
    #[must_use]
    pub fn alternative_names(&self) -> &[AlternativeNameTemplate] {
        &self.alternative_names
    }

    /// Where challenges come from.
    #[must_use]
    pub const fn challenge(&self) -> &ChallengeSource {
        &self.challenge
    }

    /// The names of one device's certificate: what the device is told, what a CSR is compared with, what is issued.
    ///
    /// # Errors
    /// [`ExpandError`], of any kind.
    pub fn names(&self, variables: &Variables) -> Result<Names, ExpandError> {
        let names = Names::new(self.subject.expand(variables)?);
        if self.alternative_names.is_empty() {
            return if names.subject().is_empty() { Err(ExpandError::Nameless) } else { Ok(names) };
        }
        let mut alternative = GeneralNamesBuilder::new();
        for name in &self.alternative_names {
            alternative = name.add_to(alternative, variables)?;
        }
        Ok(names.with_alternative(alternative)?)
    }

    /// What one device gets: the settings, its names, and this challenge, which is its own.
    ///
    /// # Errors
    /// - [`ForDeviceError::Challenge`] for a challenge that does not come from this profile's source, or for the password
    ///   that is one for all devices.
    /// - [`ForDeviceError::Names`] if the names can't be made.
    pub fn for_device(&self, variables: &Variables, challenge: AgentChallenge) -> Result<AgentProfile, ForDeviceError> {
        challenge.check(self)?;
        Ok(AgentProfile::from_parts(self.settings.clone(), self.names(variables)?, challenge))
    }
}
