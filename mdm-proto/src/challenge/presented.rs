//! [`Presented`]: a challenge as it comes back, with the CSR that it came in.

use alloc::sync::Arc;

use pki_core::{Csr, CsrDigest, DecodeError, Secret};
use scep::{TransactionId, server::Enrol};
use sha2::{Digest as _, Sha256};

use super::{Binding, RedeemError};

/// A challenge as it comes back: with the CSR that it came in, and with what the server knows of who presents it.
///
/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Presented {
    csr: Csr,
    digest: CsrDigest,
    challenge: Option<Arc<Secret>>,
    transaction: Option<TransactionId>,
    device: Option<Arc<str>>,
    profile: Option<Arc<str>>,
}

impl Presented {
    /// In a PKCSReq.
    #[must_use]
    pub fn of(enrol: &Enrol) -> Self {
        let presented = Self::new(enrol.csr(), enrol.challenge());
        Self { transaction: Some(enrol.transaction_id().clone()), ..presented }
    }

    /// Beside a CSR, whose signature the caller has verified ([`Csr::verify`]).
    #[must_use]
    pub fn new(csr: &Csr, challenge: Option<&Secret>) -> Self {
        Self {
            csr: csr.clone(),
            digest: CsrDigest::from_bytes(Sha256::digest(csr.as_der()).into()),
            challenge: challenge.map(|challenge| Arc::new(super::text::copy(challenge))),
            transaction: None,
            device: None,
            profile: None,
        }
    }

    /// In a CSR, whose signature the caller has verified ([`Csr::verify`]).
    ///
    /// # Errors
    /// Those of [`Csr::challenge_password`].
    pub fn in_csr(csr: &Csr) -> Result<Self, DecodeError> {
        csr.challenge_password().map(|challenge| Self::new(csr, challenge.as_ref()))
    }

    /// In this transaction.
    #[must_use]
    pub fn with_transaction(self, transaction: TransactionId) -> Self {
        Self { transaction: Some(transaction), ..self }
    }

    /// By this device: known from the path of the URL or from a client certificate. A challenge for another one is refused.
    #[must_use]
    pub fn with_device(self, device: &str) -> Self {
        Self { device: Some(device.into()), ..self }
    }

    /// For this profile: where each has an address of its own. A challenge for another one is refused.
    #[must_use]
    pub fn with_profile(self, profile: &str) -> Self {
        Self { profile: Some(profile.into()), ..self }
    }

    /// The CSR.
    #[must_use]
    pub const fn csr(&self) -> &Csr {
        &self.csr
    }

    /// The SHA-256 of the CSR's DER.
    #[must_use]
    pub const fn csr_digest(&self) -> &CsrDigest {
        &self.digest
    }

    /// The transactionID, if it is known.
    #[must_use]
    pub const fn transaction(&self) -> Option<&TransactionId> {
        self.transaction.as_ref()
    }

    /// The challenge.
    ///
    /// # Errors
    /// [`RedeemError::Missing`] if there is none, or an empty one.
    pub fn challenge(&self) -> Result<&Secret, RedeemError> {
        self.challenge.as_deref().filter(|challenge| !challenge.expose().is_empty()).ok_or(RedeemError::Missing)
    }

    /// Whether who presents it is whom it is for, as far as that is known.
    pub(super) fn check_presenter(&self, binding: &Binding) -> Result<(), RedeemError> {
        let differs = |known: &Option<Arc<str>>, bound: &str| known.as_deref().is_some_and(|known| known != bound);
        if differs(&self.device, binding.device()) {
            return Err(RedeemError::WrongDevice);
        }
        if differs(&self.profile, binding.profile()) { Err(RedeemError::WrongProfile) } else { Ok(()) }
    }

    /// Whether the CSR is as it should be. With what is for a proxy none is.
    pub(super) fn check_csr(&self, binding: &Binding) -> Result<(), RedeemError> {
        if binding.is_passage() {
            return Err(RedeemError::Unknown);
        }
        let expectation = binding.expectation();
        expectation.map_or(Ok(()), |expectation| expectation.check(&self.csr)).map_err(RedeemError::Mismatch)
    }

    pub(super) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }
}
