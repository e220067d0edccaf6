//! [`Entitlement`]: what the service has on record.

use core::fmt;

use pki_core::Secret;
use scep::client::Fingerprint;

use crate::{
    broker::PinCount,
    csr_policy::Expectation,
    profile::{ChallengeSource, ExpandError, ProfileId, ScepProfile, Variables},
};

/// What the service has on record for one device and one profile: whoever builds this decides that the device may have it.
///
/// It has to be the same when a digest is prepared and when it is completed; a challenge that is for one request
/// ([`ChallengeSource::BrokerPerRequest`]) is kept in between, out of the device's reach.
#[derive(Debug)]
pub struct Entitlement {
    pub(super) profile: ProfileId,
    pub(super) expectation: Expectation,
    pub(super) challenge: Secret,
    pub(super) pin: Fingerprint,
}

/// Why a profile is not for a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotBrokered {
    /// Its challenge comes from elsewhere: see [`ChallengeSource`].
    Challenge,
    /// Its names can't be filled in for this device.
    Names(ExpandError),
    /// It does not say which CA to encrypt to.
    Pin(PinCount),
}

impl Entitlement {
    /// For a profile: what the CSR has to be like, the challenge that the CA expects, and the fingerprint that its certificate has.
    #[must_use]
    pub const fn new(profile: ProfileId, expectation: Expectation, challenge: Secret, pin: Fingerprint) -> Self {
        Self { profile, expectation, challenge, pin }
    }

    /// Of a profile whose challenge is one for all devices and known to the service alone: [`ChallengeSource::Broker`].
    ///
    /// # Errors
    /// [`NotBrokered`]
    pub fn from_profile(profile: &ScepProfile, variables: &Variables) -> Result<Self, NotBrokered> {
        let ChallengeSource::Broker(password) = profile.challenge() else { return Err(NotBrokered::Challenge) };
        Self::of(profile, variables, Secret::from(password.for_service().expose()))
    }

    /// Of a profile with a challenge that the service got for this one request: [`ChallengeSource::BrokerPerRequest`].
    ///
    /// # Errors
    /// [`NotBrokered`]
    pub fn per_request(profile: &ScepProfile, variables: &Variables, challenge: Secret) -> Result<Self, NotBrokered> {
        match profile.challenge() {
            ChallengeSource::BrokerPerRequest => Self::of(profile, variables, challenge),
            _ => Err(NotBrokered::Challenge),
        }
    }

    fn of(profile: &ScepProfile, variables: &Variables, challenge: Secret) -> Result<Self, NotBrokered> {
        let pin = PinCount::only(profile.settings().thumbprints()).map_err(NotBrokered::Pin)?;
        let expectation = Expectation::from_profile(profile, variables).map_err(NotBrokered::Names)?;
        Ok(Self::new(profile.id().clone(), expectation, challenge, pin))
    }

    /// The profile.
    #[must_use]
    pub const fn profile(&self) -> &ProfileId {
        &self.profile
    }

    /// The fingerprint of the CA's certificate.
    #[must_use]
    pub const fn pin(&self) -> &Fingerprint {
        &self.pin
    }
}

impl fmt::Display for NotBrokered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Challenge => f.write_str("the profile's challenge is not for a broker"),
            Self::Names(error) => write!(f, "the profile's names: {error}"),
            Self::Pin(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for NotBrokered {}
