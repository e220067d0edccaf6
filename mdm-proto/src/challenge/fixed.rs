//! [`StaticChallenge`]: one password for a profile.

use pki_core::{Secret, UnixTime};

use super::{Grant, Presented, RedeemError};
use crate::csr_policy::Expectation;

/// One password for all devices of a profile.
///
/// Whoever knows it may ask for anything, for as long as it is not changed: say what the CSR has to look like
/// ([`StaticChallenge::redeem_as`]), or keep it from the devices by the broker. Better is one of the other kinds.
#[derive(Debug)]
pub struct StaticChallenge {
    profile: alloc::sync::Arc<str>,
    secret: Secret,
    former: Option<Former>,
}

/// The password before a change.
#[derive(Debug)]
struct Former {
    secret: Secret,
    until: UnixTime,
}

impl StaticChallenge {
    /// For this profile. An empty secret is none that anybody knows.
    #[must_use]
    pub fn new(profile: &str, secret: Secret) -> Self {
        Self { profile: profile.into(), secret, former: None }
    }

    /// Changes the password. The one before stays good up to and including `until`, for devices whose profile is on its way.
    #[must_use]
    pub fn changed(self, secret: Secret, until: UnixTime) -> Self {
        Self { profile: self.profile, secret, former: Some(Former { secret: self.secret, until }) }
    }

    /// Compares in constant time, and looks at nothing else in the CSR.
    ///
    /// # Errors
    /// - [`RedeemError::Missing`] without a challenge.
    /// - [`RedeemError::WrongProfile`] if it is presented for another profile.
    /// - [`RedeemError::Expired`] if it is the former one, and too late.
    /// - [`RedeemError::Unknown`] if it is another.
    pub fn redeem(&self, presented: &Presented, now: UnixTime) -> Result<Grant, RedeemError> {
        let challenge = presented.challenge()?;
        if presented.profile().is_some_and(|profile| profile != &*self.profile) {
            return Err(RedeemError::WrongProfile);
        }
        // Both comparisons are made, whatever the first one says.
        let is_current = challenge.matches(self.secret.expose());
        let former = self.former.as_ref().filter(|former| challenge.matches(former.secret.expose()));
        match former {
            _ if is_current => Ok(Grant::new(presented).for_profile(&self.profile)),
            Some(former) if now <= former.until => Ok(Grant::new(presented).for_profile(&self.profile)),
            Some(former) => Err(RedeemError::Expired { at: former.until }),
            None => Err(RedeemError::Unknown),
        }
    }

    /// The same for a CSR that has to be as expected.
    ///
    /// # Errors
    /// As [`StaticChallenge::redeem`], and [`RedeemError::Mismatch`].
    pub fn redeem_as(
        &self,
        expectation: &Expectation,
        presented: &Presented,
        now: UnixTime,
    ) -> Result<Grant, RedeemError> {
        let grant = self.redeem(presented, now)?;
        expectation.check(presented.csr()).map_err(RedeemError::Mismatch)?;
        Ok(grant)
    }
}
