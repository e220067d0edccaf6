//! [`SignerRules`]: when the certificate that signed a request is good enough to authorise it. [`Evidence`]: what is known of
//! that certificate.

use alloc::vec::Vec;
use core::time::Duration;

use pki_core::{
    Certificate, UnixTime,
    chain::{ChainError, ChainValidator, Pool, Purpose, RevocationPolicy, TrustAnchor},
    crypto::CryptoProvider,
    extension::KeyUsage,
    ocsp::CertStatus,
    oid::Oid,
};

use super::Denied;

/// What is known of the certificate that signed a request: a [`Pool`] of CRLs, OCSP responses and certificates of CAs between
/// it and an authority, and the word of a CA that looked into its own database.
///
/// A `&Pool` is one by itself.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    pool: &'a Pool,
    status: Option<CertStatus>,
}

/// What renewals and requests on behalf of others have in common.
#[derive(Clone, Debug)]
pub(super) struct SignerRules {
    /// Beside the CAs of the responder.
    pub(super) authorities: Vec<TrustAnchor>,
    pub(super) revocation: RevocationPolicy,
    pub(super) extended_key_usage: &'static [Oid<'static>],
    /// How long after its end a certificate is still good enough.
    pub(super) grace: Duration,
}

/// The certificate that signed a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestSigner<'a> {
    pub(super) certificate: &'a Certificate,
    /// All certificates that came along.
    pub(super) bag: &'a [Certificate],
    /// The CAs of the responder.
    pub(super) issuers: &'a [Certificate],
    pub(super) crypto: &'a CryptoProvider,
}

impl<'a> Evidence<'a> {
    /// What is in the pool.
    #[must_use]
    pub const fn new(pool: &'a Pool) -> Self {
        Self { pool, status: None }
    }

    /// With the word of a CA that knows its certificates: of this one, found by issuer and serial number, and of all CAs
    /// above it. It counts for more than the pool does, but what the pool says is revoked is revoked.
    ///
    /// [`CertStatus::Unknown`] is no word at all.
    #[must_use]
    pub const fn with_status(self, status: CertStatus) -> Self {
        Self { status: Some(status), ..self }
    }
}

impl<'a> From<&'a Pool> for Evidence<'a> {
    fn from(pool: &'a Pool) -> Self {
        Self::new(pool)
    }
}

impl SignerRules {
    /// Nobody but the CAs of the responder, the status has to be known, no grace.
    pub(super) const STRICT: Self = Self {
        authorities: Vec::new(),
        revocation: RevocationPolicy::Require,
        extended_key_usage: &[],
        grace: Duration::ZERO,
    };

    /// Whether the signer is an end entity below one of the authorities, may sign, is valid and not revoked.
    pub(super) fn check(
        &self,
        signer: &RequestSigner<'_>,
        evidence: &Evidence<'_>,
        now: UnixTime,
    ) -> Result<(), Denied> {
        let certificate = signer.certificate;
        if is_ca(certificate)? {
            return Err(Denied::CaCertificate);
        }
        if signer.is_self_signed() {
            return Err(Denied::SelfSigned);
        }
        if let Some(CertStatus::Revoked { at, reason }) = evidence.status {
            return Err(Denied::Revoked { at, reason });
        }
        // Whose certificate it is comes before when it is valid, so that a stranger is called a stranger.
        let validity = certificate.validity();
        let at = now.max(validity.not_before).min(validity.not_after);
        self.validate(signer, evidence, at)?;
        if now < validity.not_before {
            return Err(Denied::NotYetValid { at: now, not_before: validity.not_before });
        }
        if now > validity.not_after.plus(self.grace) {
            return Err(Denied::Expired { at: now, not_after: validity.not_after });
        }
        // CRLs forget what has expired (RFC 5280 section 5), so they can't say that it is still good.
        let is_known = evidence.status == Some(CertStatus::Good) || self.revocation == RevocationPolicy::Ignore;
        if now > validity.not_after && !is_known {
            return Err(Denied::StatusUnknown(None));
        }
        Ok(())
    }

    fn validate(&self, signer: &RequestSigner<'_>, evidence: &Evidence<'_>, at: UnixTime) -> Result<(), ChainError> {
        let revocation = match (self.revocation, evidence.status) {
            (RevocationPolicy::Require, Some(CertStatus::Good)) => RevocationPolicy::Prefer,
            (policy, _) => policy,
        };
        let validator = ChainValidator::new(self.anchors(signer.issuers), *signer.crypto).with_revocation(revocation);
        let purpose =
            Purpose::ANY.with_key_usage(KeyUsage::DIGITAL_SIGNATURE).with_extended_key_usage(self.extended_key_usage);
        let validated = if self.authorities.is_empty() || signer.bag.len() < 2 {
            validator.validate(signer.certificate, evidence.pool, purpose, at)
        } else {
            let mut pool = evidence.pool.clone();
            signer.bag.iter().cloned().for_each(|certificate| pool.add_certificate(certificate));
            validator.validate(signer.certificate, &pool, purpose, at)
        };
        validated.map(drop)
    }

    /// What the responder's CAs issued themselves, and whatever lies below the further authorities.
    fn anchors(&self, issuers: &[Certificate]) -> Vec<TrustAnchor> {
        let own = issuers.iter().map(|issuer| TrustAnchor::from_certificate(issuer.clone()).with_path_length(0));
        own.chain(self.authorities.iter().cloned()).collect()
    }
}

impl RequestSigner<'_> {
    /// Whether one of the responder's CAs, or one of these, signed it. Says nothing of whether it is valid.
    pub(super) fn is_issued_by_any(&self, authorities: &[TrustAnchor]) -> bool {
        let issued = |name: pki_core::NameRef<'_>, key| {
            name.matches(self.certificate.issuer()) && self.certificate.verify_signature(key, self.crypto).is_ok()
        };
        self.issuers.iter().any(|issuer| issued(issuer.subject(), issuer.public_key()))
            || authorities.iter().any(|anchor| issued(anchor.name(), anchor.public_key()))
    }

    fn is_self_signed(&self) -> bool {
        self.certificate.is_self_issued()
            && self.certificate.verify_signature(self.certificate.public_key(), self.crypto).is_ok()
    }
}

/// By basicConstraints or by keyUsage: a mistake in one of them makes no CA an end entity.
fn is_ca(certificate: &Certificate) -> Result<bool, Denied> {
    let constraints = certificate.basic_constraints()?;
    let usage = certificate.key_usage()?;
    Ok(constraints.is_some_and(|constraints| constraints.is_ca)
        || usage.is_some_and(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN)))
}
