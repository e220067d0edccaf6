//! [`AgentProfile`]: a certificate by SCEP, as one device knows it.

use alloc::sync::Arc;
use core::fmt;

use pki_core::Secret;
use scep::server::Names;

use super::{ChallengeSource, ExpandError, ProfileId, Route, ScepProfile, ScepSettings};

/// A certificate by SCEP, as one device knows it: settings, the names of its certificate, and what entitles it.
///
/// It comes from [`ScepProfile::for_device`] or from what that was written as. There is no place in it for the password that
/// is one for all devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentProfile {
    settings: ScepSettings,
    names: Names,
    challenge: AgentChallenge,
}

/// What entitles one device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentChallenge {
    /// The service's broker has the challenge: the device sends it a CSR without.
    Broker,
    /// Nothing: the CA wants none, or the device is to renew.
    #[default]
    None,
    /// A challenge for this device, good once or for what it says itself.
    OneTime(Arc<Secret>),
}

/// Why a challenge can't be given to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChallengeUnfit {
    /// The profile has no broker.
    NoBroker,
    /// The profile's challenges are none that a device is given: there is a broker, or one password for all devices and no
    /// service between device and CA that would put it in.
    NotForDevices,
    /// It is the password that is one for all devices.
    StaticPassword,
    /// The profile has no challenges.
    Unwanted,
}

/// Why a device can't be given a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForDeviceError {
    /// The challenge does not do.
    Challenge(ChallengeUnfit),
    /// The names can't be made.
    Names(ExpandError),
}

impl AgentProfile {
    pub(super) const fn from_parts(settings: ScepSettings, names: Names, challenge: AgentChallenge) -> Self {
        Self { settings, names, challenge }
    }

    /// The identifier.
    #[must_use]
    pub const fn id(&self) -> &ProfileId {
        self.settings.id()
    }

    /// The settings, as the service has them.
    #[must_use]
    pub const fn settings(&self) -> &ScepSettings {
        &self.settings
    }

    /// The names of the certificate.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// What entitles the device.
    #[must_use]
    pub const fn challenge(&self) -> &AgentChallenge {
        &self.challenge
    }

    /// Without the challenge, as it is kept once that is used up.
    #[must_use]
    pub fn without_challenge(self) -> Self {
        Self { challenge: AgentChallenge::None, ..self }
    }
}

impl AgentChallenge {
    /// A challenge for one device.
    #[must_use]
    pub fn one_time(challenge: Secret) -> Self {
        Self::OneTime(Arc::new(challenge))
    }

    /// Whether it comes from where the profile says, and may leave the service.
    pub(super) fn check(&self, profile: &ScepProfile) -> Result<(), ChallengeUnfit> {
        let source = profile.challenge();
        match self {
            Self::None => Ok(()),
            Self::Broker => match source {
                ChallengeSource::Broker(_) | ChallengeSource::BrokerPerRequest => Ok(()),
                _ => Err(ChallengeUnfit::NoBroker),
            },
            Self::OneTime(challenge) => {
                let shared = source.static_password().map(|password| password.for_service());
                if shared.is_some_and(|password| password == &**challenge) {
                    return Err(ChallengeUnfit::StaticPassword);
                }
                match source {
                    ChallengeSource::External | ChallengeSource::OneTime | ChallengeSource::Sealed => Ok(()),
                    // The service takes the device's own challenge and has the other one for the CA.
                    ChallengeSource::Static(_) if profile.settings().route() == Route::ByService => Ok(()),
                    ChallengeSource::None => Err(ChallengeUnfit::Unwanted),
                    _ => Err(ChallengeUnfit::NotForDevices),
                }
            }
        }
    }
}

impl From<ChallengeUnfit> for ForDeviceError {
    fn from(unfit: ChallengeUnfit) -> Self {
        Self::Challenge(unfit)
    }
}

impl From<ExpandError> for ForDeviceError {
    fn from(error: ExpandError) -> Self {
        Self::Names(error)
    }
}

impl fmt::Display for ChallengeUnfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoBroker => "the profile has no broker",
            Self::NotForDevices => "the profile's challenges are not for devices",
            Self::StaticPassword => "the password that is one for all devices is not given to a device",
            Self::Unwanted => "the profile has no challenges",
        })
    }
}

impl fmt::Display for ForDeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Challenge(unfit) => unfit.fmt(f),
            Self::Names(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ChallengeUnfit {}
impl core::error::Error for ForDeviceError {}
