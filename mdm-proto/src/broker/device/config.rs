//! [`DeviceConfig`]: what a device knows beforehand.

use pki_core::{Limits, algorithm::DigestAlgorithm, crypto::CryptoProvider};
use scep::client::{AlgorithmFloor, Fingerprint};

use crate::{
    broker::{PinCount, request_info::is_sha2},
    profile::{AgentProfile, ProfileId},
};

/// What a device knows beforehand, by its profile. Immutable, shared by any number of enrolments.
#[derive(Clone, Debug)]
pub struct DeviceConfig {
    pub(super) profile: ProfileId,
    pub(super) pin: Fingerprint,
    pub(super) crypto: CryptoProvider,
    pub(super) submission: Submission,
    pub(super) names: IssuedNames,
    floor: AlgorithmFloor,
    pub(super) limits: Limits,
}

/// Who sends the message to the CA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is nobody else")]
pub enum Submission {
    /// The device, which is given the envelope. See
    /// [`seal_for_submission_by_device`](crate::broker::service::Completed::seal_for_submission_by_device) for what that costs.
    ByDevice,
    /// The service. The default.
    #[default]
    ByService,
}

/// Which names the certificate has to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "one believes the CA, or one does not")]
pub enum IssuedNames {
    /// The subject that was asked for, and at least the alternative names. The default.
    #[default]
    AsAsked,
    /// Whatever the CA writes: its policy gives the names.
    ByCa,
}

impl DeviceConfig {
    /// For a profile whose CA has this fingerprint. That has to come from the profile, not from the broker's messages.
    #[must_use]
    pub const fn new(profile: ProfileId, pin: Fingerprint, crypto: CryptoProvider) -> Self {
        Self {
            profile,
            pin,
            crypto,
            submission: Submission::ByService,
            names: IssuedNames::AsAsked,
            floor: AlgorithmFloor::Standard,
            limits: Limits::DEFAULT,
        }
    }

    /// For the profile as the agent has it. The CSR to begin with is [`AgentProfile::csr_without_challenge`].
    ///
    /// # Errors
    /// [`PinCount`] if it has not just one thumbprint.
    pub fn from_profile(profile: &AgentProfile, crypto: CryptoProvider) -> Result<Self, PinCount> {
        let pin = PinCount::only(profile.settings().thumbprints())?;
        Ok(Self::new(profile.id().clone(), pin, crypto))
    }

    /// Who sends the message to the CA. [`Submission::ByService`] by default.
    #[must_use]
    pub fn with_submission(self, submission: Submission) -> Self {
        Self { submission, ..self }
    }

    /// Which names the certificate has to have. [`IssuedNames::AsAsked`] by default.
    #[must_use]
    pub fn with_issued_names(self, names: IssuedNames) -> Self {
        Self { names, ..self }
    }

    /// The weakest digest that attributes are signed with. SHA-2 by default.
    #[must_use]
    pub fn with_algorithm_floor(self, floor: AlgorithmFloor) -> Self {
        Self { floor, ..self }
    }

    /// Replaces the limits on what is read.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The profile.
    #[must_use]
    pub const fn profile(&self) -> &ProfileId {
        &self.profile
    }

    /// Who sends the message to the CA.
    #[must_use]
    pub const fn submission(&self) -> Submission {
        self.submission
    }

    pub(super) fn allows(&self, digest: DigestAlgorithm) -> bool {
        is_sha2(digest) || (self.floor == AlgorithmFloor::Legacy && digest == DigestAlgorithm::SHA1)
    }
}
