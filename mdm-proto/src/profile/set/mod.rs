//! [`ProfileSet`]: what a device has, and what a change of it means.

mod diff;
mod reason;

use alloc::{collections::BTreeMap, string::String};
use core::fmt;

pub use diff::{ProfileChange, ProfileDiff};
pub use reason::{EnrolmentReason, SilentChange};

use super::{AgentProfile, ProfileId, Referrer, ScepProfile, ScepSettings};

/// The profiles of one device, with the activation that they came in. `ProfileSet` is the service's, [`AgentProfileSet`] the
/// device's own; both come to the same decisions.
///
/// ```
/// use mdm_proto::profile::{EnrolmentReason, NameTemplate, ProfileId, ProfileSet, ScepProfile, ScepSettings, WifiProfile};
///
/// let id = ProfileId::new("user-certificate")?;
/// let settings = ScepSettings::new(id.clone(), "https://ca.example.com/scep");
/// let profile = ScepProfile::new(settings.clone(), NameTemplate::parse("CN=%UserName%")?);
/// let before = ProfileSet::new("activation 1").with_scep(profile.clone())?;
///
/// // Another URL changes nothing about the certificate; a Wi-Fi network that needs it does.
/// let after = before.clone().with_scep(profile.with_settings(settings.with_url("https://ca2.example.com/scep")))?;
/// assert_eq!(before.diff(&after).enrolments().count(), 0);
/// let after = after.with_referrer(WifiProfile::new(ProfileId::new("office")?, "Office").with_certificate(id))?;
/// let diff = before.diff(&after);
/// let enrolment = diff.enrolments().next().unwrap();
/// assert_eq!(enrolment.reasons(), [EnrolmentReason::NewReferrer(ProfileId::new("office")?)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSet<P = ScepProfile> {
    activation: String,
    scep: BTreeMap<ProfileId, P>,
    referrers: BTreeMap<ProfileId, Referrer>,
}

/// The profiles of one device, as the device has them.
pub type AgentProfileSet = ProfileSet<AgentProfile>;

/// A SCEP profile, whoever's.
pub trait Scep: sealed::Sealed {
    /// What both sides know.
    fn settings(&self) -> &ScepSettings;
}

/// Why a profile can't be put into a set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileSetError {
    /// Another profile of another kind has this identifier.
    Ambiguous(ProfileId),
    /// There are 256 SCEP profiles, or as many others.
    TooMany,
}

impl<P: Scep> ProfileSet<P> {
    /// Most SCEP profiles, and most others.
    pub const MOST: usize = 256;

    /// Without profiles. `activation` is what tells one activation of the device from the next; any text that does.
    #[must_use]
    pub fn new(activation: impl Into<String>) -> Self {
        Self { activation: activation.into(), scep: BTreeMap::new(), referrers: BTreeMap::new() }
    }

    /// The same profiles in another activation.
    #[must_use]
    pub fn with_activation(self, activation: impl Into<String>) -> Self {
        Self { activation: activation.into(), ..self }
    }

    /// With this SCEP profile, in place of the one with its identifier.
    ///
    /// # Errors
    /// [`ProfileSetError`]
    pub fn with_scep(mut self, profile: P) -> Result<Self, ProfileSetError> {
        let id = profile.settings().id().clone();
        if self.referrers.contains_key(&id) {
            return Err(ProfileSetError::Ambiguous(id));
        }
        self.scep.insert(id, profile);
        if self.scep.len() > Self::MOST { Err(ProfileSetError::TooMany) } else { Ok(self) }
    }

    /// With this profile, in place of the one with its identifier.
    ///
    /// # Errors
    /// [`ProfileSetError`]
    pub fn with_referrer(mut self, profile: impl Into<Referrer>) -> Result<Self, ProfileSetError> {
        let profile = profile.into();
        let id = profile.id().clone();
        if self.scep.contains_key(&id) {
            return Err(ProfileSetError::Ambiguous(id));
        }
        self.referrers.insert(id, profile);
        if self.referrers.len() > Self::MOST { Err(ProfileSetError::TooMany) } else { Ok(self) }
    }

    /// Without the profile that has this identifier.
    #[must_use]
    pub fn without(mut self, id: &ProfileId) -> Self {
        self.scep.remove(id);
        self.referrers.remove(id);
        self
    }

    /// The activation.
    #[must_use]
    pub fn activation(&self) -> &str {
        &self.activation
    }

    /// The SCEP profile with this identifier.
    #[must_use]
    pub fn scep(&self, id: &ProfileId) -> Option<&P> {
        self.scep.get(id)
    }

    /// The SCEP profiles, by identifier.
    #[must_use]
    pub fn scep_profiles(&self) -> impl ExactSizeIterator<Item = &P> {
        self.scep.values()
    }

    /// The other profiles, by identifier.
    #[must_use]
    pub fn referrers(&self) -> impl ExactSizeIterator<Item = &Referrer> {
        self.referrers.values()
    }

    /// The profiles that refer to the SCEP profile with this identifier.
    pub fn referrers_to(&self, scep: &ProfileId) -> impl Iterator<Item = &Referrer> {
        self.referrers().filter(move |referrer| referrer.certificates().any(|id| id == scep))
    }

    /// SCEP profiles that are referred to and not there: the profile that refers has no certificate.
    pub fn dangling(&self) -> impl Iterator<Item = (&Referrer, &ProfileId)> {
        let references = self.referrers().flat_map(|referrer| referrer.certificates().map(move |id| (referrer, id)));
        references.filter(|(_, id)| !self.scep.contains_key(*id))
    }
}

impl Scep for AgentProfile {
    fn settings(&self) -> &ScepSettings {
        self.settings()
    }
}

impl Scep for ScepProfile {
    fn settings(&self) -> &ScepSettings {
        self.settings()
    }
}

mod sealed {
    use crate::profile::{AgentProfile, ScepProfile};

    /// What changes without a new enrolment, beside the settings.
    #[expect(unnameable_types, reason = "lest it be implemented elsewhere")]
    pub trait Sealed: PartialEq {
        /// Whether both ask for the same names.
        fn has_names_of(&self, other: &Self) -> bool;
        /// Whether the challenges are the same, or come from the same source.
        fn has_challenge_of(&self, other: &Self) -> bool;
    }

    impl Sealed for AgentProfile {
        fn has_names_of(&self, other: &Self) -> bool {
            self.names() == other.names()
        }

        fn has_challenge_of(&self, other: &Self) -> bool {
            self.challenge() == other.challenge()
        }
    }

    impl Sealed for ScepProfile {
        fn has_names_of(&self, other: &Self) -> bool {
            self.subject() == other.subject() && self.alternative_names() == other.alternative_names()
        }

        fn has_challenge_of(&self, other: &Self) -> bool {
            self.challenge() == other.challenge()
        }
    }
}

impl fmt::Display for ProfileSetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ambiguous(id) => write!(f, "another profile of another kind is called {id}"),
            Self::TooMany => write!(f, "a device has {} profiles of one kind at most", ProfileSet::<ScepProfile>::MOST),
        }
    }
}

impl core::error::Error for ProfileSetError {}

#[cfg(test)]
mod tests;
