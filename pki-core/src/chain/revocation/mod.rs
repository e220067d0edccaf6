//! Whether certificates of a path are revoked (RFC 5280 sections 6.1.3 (a) (3) and 6.3, RFC 6960).

mod crl;
mod ocsp;
mod signers;

use alloc::vec::Vec;
use core::cmp::Reverse;

pub use self::{
    crl::CrlRejected,
    ocsp::{OcspPolicy, OcspRejection, TrustedResponder},
};
use self::{
    crl::CrlVerdict,
    ocsp::{Answer, Question},
    signers::Signers,
};
use super::{
    Context,
    error::Violation,
    limits::{Budget, LimitKind},
    missing::Missing,
};
use crate::{cert::Certificate, key::PublicKeyRef, name::NameRef, ocsp::CertStatus};

/// What to make of revocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationPolicy {
    /// Nobody looks. For those who check elsewhere, or issue certificates that live for days.
    #[default]
    Ignore,
    /// What is known to be revoked is refused; what is not known, by CRLs or OCSP responses in the pool, passes, and
    /// [`ValidatedChain::missing`](super::ValidatedChain::missing) says what would tell.
    Prefer,
    /// Every certificate below the anchor needs a status, by a CRL or an OCSP response in the pool, that is good.
    Require,
}

/// Who issued a certificate, as the path has it.
#[derive(Clone, Copy)]
pub(super) struct Issuer<'a> {
    /// Its certificate; absent where it is the anchor.
    pub(super) certificate: Option<&'a Certificate>,
    /// Its name.
    pub(super) name: NameRef<'a>,
    /// The key that signed the certificate, with inherited parameters.
    pub(super) key: PublicKeyRef<'a>,
    /// The anchor of the path: CRL issuers have to end there, too (6.3.3 (f)).
    pub(super) anchor: usize,
}

/// Refuses what is revoked, and what is not known where policy wants to know. An OCSP response that tells is believed before
/// CRLs are looked at: it is newer.
pub(super) fn check<'a>(
    context: &Context<'a>,
    certificate: &'a Certificate,
    issuer: &Issuer<'a>,
    budget: &mut Budget,
    missing: &mut Missing,
) -> Result<(), Violation> {
    if context.validator.revocation == RevocationPolicy::Ignore {
        return Ok(());
    }
    let mut signers = Signers { context: *context, certificate, issuer: *issuer, budget, missing };
    let responses = match by_ocsp(certificate, &mut signers) {
        Ok(verdict) => return verdict,
        Err(rejected) => rejected,
    };
    let undetermined = match crl::status(certificate, context.pool, context.now, &mut signers) {
        CrlVerdict::NotRevoked => return Ok(()),
        CrlVerdict::Revoked(revoked) => return Err(Violation::Revoked { at: revoked.at, reason: revoked.reason }),
        CrlVerdict::Undetermined(undetermined) => undetermined,
    };
    // What nobody had the time to look at may revoke it.
    if let Some(limit) = budget.exhausted() {
        return Err(Violation::LimitExceeded(limit));
    }
    missing.add_status_of(certificate, issuer.key);
    missing.add_crls(&undetermined.urls);
    if context.validator.revocation == RevocationPolicy::Prefer {
        return Ok(());
    }
    let crls = undetermined.rejected.into_iter().map(|(_, rejected)| rejected).collect();
    Err(Violation::RevocationUnknown { crls, responses })
}

/// What OCSP responses tell, or why they tell nothing.
fn by_ocsp<'a>(
    certificate: &'a Certificate,
    signers: &mut Signers<'a, '_>,
) -> Result<Result<(), Violation>, Vec<OcspRejection>> {
    let Context { validator, pool, now, .. } = signers.context;
    let question = Question {
        certificate,
        issuer_key: signers.issuer.key,
        now,
        policy: &validator.ocsp,
        crypto: &validator.crypto,
    };
    let (mut answers, mut rejected) = (Vec::new(), Vec::new());
    for response in pool.ocsp_responses() {
        if !signers.budget.step() {
            break;
        }
        match Answer::find(&question, response) {
            Ok(answer) => answers.push(answer),
            Err(rejection) if rejection != OcspRejection::OtherCertificate && rejected.len() < MOST_REPORTED => {
                rejected.push(rejection);
            }
            Err(_) => {}
        }
    }
    // The order of the pool has no meaning.
    answers.sort_by_key(|answer| Reverse(answer.weight()));
    for (count, answer) in answers.into_iter().enumerate() {
        if count == MOST_REPORTED {
            signers.budget.exhaust(LimitKind::Steps);
        }
        if signers.budget.exhausted().is_some() {
            break;
        }
        match answer.status(&question, pool.certificates().iter(), signers) {
            Ok(CertStatus::Good) => return Ok(Ok(())),
            Ok(CertStatus::Revoked { at, reason }) => return Ok(Err(Violation::Revoked { at, reason })),
            Ok(CertStatus::Unknown) => rejected.push(OcspRejection::UnknownCertificate),
            Err(OcspRejection::LimitExceeded) => signers.budget.exhaust(LimitKind::Signatures),
            Err(rejection) => rejected.push(rejection),
        }
    }
    Err(rejected)
}

/// How many responses may be of no use before the search ends.
const MOST_REPORTED: usize = 16;

#[cfg(test)]
mod tests;
