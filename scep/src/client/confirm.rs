//! [`ConfirmAuthority`]: is this the right CA?

use alloc::sync::Arc;

use pki_core::crypto::SecureRandom;

use super::{Authority, Error, Fingerprint, Sign, Step, Unsupported, enrolment::Draft};

/// The CA's certificate came over an open line, and nobody said yet whether it is the right one (RFC 8894 section 2.2).
///
/// Show the fingerprint to somebody who knows it, or compare it with one that came another way. Drop the step if it is not
/// the right one.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct ConfirmAuthority {
    draft: Arc<Draft>,
    fingerprint: Fingerprint,
}

impl ConfirmAuthority {
    pub(super) fn new(draft: Draft) -> Result<Self, Error> {
        let fingerprint = Fingerprint::of(draft.authority.anchor(), draft.plan.config.crypto());
        let fingerprint = fingerprint.ok_or(Unsupported::Provider)?;
        Ok(Self { draft: Arc::new(draft), fingerprint })
    }

    /// The SHA-256 fingerprint of [`Authority::anchor`], the certificate to be confirmed.
    #[must_use]
    pub const fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The certificates that would be trusted.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.draft.authority
    }

    /// It is the right one.
    ///
    /// # Errors
    /// [`Error::Request`], [`Error::Unsupported`] or [`Error::Random`] if the CSR can't be made.
    pub fn accept(&self, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        Sign::first(Draft::clone(&self.draft), rng).map(Step::Sign)
    }
}
