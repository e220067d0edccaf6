//! What an OCSP response says of a certificate, and whether its signer may say it: RFC 6960 sections 3.2 and 4.2.2.2.
//!
//! Nothing is counted or remembered here: whoever calls has the signatures checked, by [`Checks`].

mod policy;
mod rejection;
mod signer;

pub use policy::{OcspPolicy, TrustedResponder};
pub use rejection::OcspRejection;

use crate::{
    cert::Certificate,
    chain::error::Violation,
    crypto::{CryptoProvider, VerifyError},
    key::PublicKeyRef,
    ocsp::{BasicOcspResponse, CertStatus, OcspResponse, SingleResponse},
    time::UnixTime,
};

/// Whose status is asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::chain) struct Question<'a> {
    pub(in crate::chain) certificate: &'a Certificate,
    /// The key that signed it. Another key of the same CA won't do (RFC 6960 section 4.2.2.2).
    pub(in crate::chain) issuer_key: PublicKeyRef<'a>,
    pub(in crate::chain) now: UnixTime,
    pub(in crate::chain) policy: &'a OcspPolicy,
    pub(in crate::chain) crypto: &'a CryptoProvider,
}

/// What costs, and is counted by whoever calls.
pub(in crate::chain) trait Checks {
    /// Whether `key` signed `certificate`; `None` if no more signatures may be checked.
    fn certificate(&mut self, certificate: &Certificate, key: PublicKeyRef<'_>) -> Option<Result<(), VerifyError>>;

    /// Whether `key` signed `response`; `None` likewise.
    fn response(&mut self, response: &BasicOcspResponse, key: PublicKeyRef<'_>) -> Option<Result<(), VerifyError>>;

    /// Refuses a delegate that is revoked, or whose status is not known where policy wants to know. Not asked of those with
    /// `id-pkix-ocsp-nocheck` (RFC 6960 section 4.2.2.2.1). What the delegate itself signed must not decide.
    fn delegate_status(&mut self, delegate: &Certificate) -> Result<(), Violation>;
}

/// What a response says of the certificate, if its signer may say it.
#[derive(Clone, Copy, Debug)]
pub(in crate::chain) struct Answer<'a> {
    basic: &'a BasicOcspResponse,
    single: SingleResponse<'a>,
}

impl<'a> Answer<'a> {
    /// What `response` says of the certificate: of the acceptance requirements of RFC 6960 section 3.2 those that cost no
    /// signature.
    pub(in crate::chain) fn find(question: &Question<'_>, response: &'a OcspResponse) -> Result<Self, OcspRejection> {
        let basic = response.basic().map_err(OcspRejection::NoAnswer)?;
        if let Some(extension) = basic.unknown_critical() {
            return Err(OcspRejection::UnknownCriticalExtension(extension.into()));
        }
        Ok(Self { basic, single: answer(question, basic)? })
    }

    /// What counts more among the answers of several responses: the newest, then one that revokes.
    pub(in crate::chain) fn weight(&self) -> (UnixTime, UnixTime, bool) {
        let (is_revoked, this_update) = weight(&self.single);
        (this_update, self.basic.produced_at(), is_revoked)
    }

    /// The status, if the signer may tell it. `helpers` are further certificates among which the delegate's may be.
    pub(in crate::chain) fn status<'h>(
        &self,
        question: &Question<'h>,
        helpers: impl Iterator<Item = &'h Certificate>,
        checks: &mut dyn Checks,
    ) -> Result<CertStatus, OcspRejection> {
        signer::check_signer(question, self.basic, helpers, checks).map(|()| self.single.status)
    }
}

/// Requirements 1, 5 and 6: the fresh answer for the certificate. Where there are several, one that revokes it counts first,
/// then the newest.
fn answer<'a>(question: &Question<'_>, basic: &'a BasicOcspResponse) -> Result<SingleResponse<'a>, OcspRejection> {
    let mut best: Option<SingleResponse<'a>> = None;
    let mut rejection = OcspRejection::OtherCertificate;
    for single in basic.responses() {
        let (certificate, id) = (question.certificate, single.cert_id);
        let matches =
            id.matches(certificate.issuer(), question.issuer_key, certificate.serial_number(), question.crypto);
        match matches {
            Some(false) => {}
            None => {
                if rejection == OcspRejection::OtherCertificate {
                    rejection = OcspRejection::UnsupportedDigest(id.hash_algorithm.oid.into());
                }
            }
            Some(true) => match check_single(question, &single) {
                Ok(()) if best.is_none_or(|best| weight(&single) > weight(&best)) => best = Some(single),
                Ok(()) => {}
                Err(found) => rejection = found,
            },
        }
    }
    best.ok_or(rejection)
}

fn weight(single: &SingleResponse<'_>) -> (bool, UnixTime) {
    (matches!(single.status, CertStatus::Revoked { .. }), single.this_update)
}

/// Whether one answer is fresh and wholly understood.
fn check_single(question: &Question<'_>, single: &SingleResponse<'_>) -> Result<(), OcspRejection> {
    if let Some(extension) = single.unknown_critical() {
        return Err(OcspRejection::UnknownCriticalExtension(extension.into()));
    }
    let &Question { now: at, policy, .. } = question;
    let SingleResponse { this_update, next_update, .. } = *single;
    if this_update > at.plus(policy.clock_skew) {
        return Err(OcspRejection::NotYetValid { at, this_update });
    }
    match next_update {
        Some(next_update) if next_update < this_update => Err(OcspRejection::InvalidPeriod),
        Some(next_update) if next_update.plus(policy.clock_skew) <= at => {
            Err(OcspRejection::Expired { at, next_update })
        }
        None if this_update.plus(policy.max_age).plus(policy.clock_skew) < at => {
            Err(OcspRejection::TooOld { at, this_update })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[cfg(feature = "rustcrypto")]
mod tests;
