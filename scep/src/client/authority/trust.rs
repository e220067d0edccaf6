//! Which certificates of an authority are trusted: those that validate below the confirmed one.

use alloc::vec::Vec;

use pki_core::{
    Certificate, UnixTime,
    chain::{ChainLimits, ChainValidator, Pool, Purpose, TrustAnchor, ValidatedChain, ValidationProfile, Violation},
    crypto::CryptoProvider,
    extension::KeyUsage,
};

use super::{LeftOut, LeftOutCause};

/// What became of the certificates of an authority.
pub(super) struct Judged {
    /// The confirmed one, and those that validate below it, each once, the shorter path first. Those for the same key as the
    /// confirmed one stand with it: after a key rollover, the new CA may have certified the old one.
    pub(super) trusted: Vec<Certificate>,
    /// The others.
    left_out: Vec<LeftOut>,
}

impl Judged {
    /// RFC 8894 section 2.2: certificates are verified before use, by RFC 5280 section 6, with `anchor` as the only one to
    /// believe and all the others in the pool.
    ///
    /// Each of n certificates is validated by itself: at most [`LIMITS`] n times, n being bounded when they were read. For 32
    /// of them, which is what [`Limits`](pki_core::Limits) has, that is 2,048 signature checks where all of them are made to
    /// waste time. An honest authority costs as many as its paths are long.
    pub(super) fn below(
        anchor: &Certificate,
        certificates: &[Certificate],
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Self {
        let anchors = may_issue(anchor).then(|| TrustAnchor::from_certificate(anchor.clone()));
        let validator = validator(anchors.into_iter().collect(), crypto);
        let pool: Pool = certificates.iter().cloned().collect();
        let (mut trusted, mut left_out) = (alloc::vec![(0, anchor.clone())], Vec::new());
        for certificate in pool.certificates().iter().filter(|certificate| *certificate != anchor) {
            let cause = match validator.validate(certificate, &pool, Purpose::ANY, now) {
                Ok(chain) if allows(&chain, certificate) => {
                    let same_key = certificate.public_key() == anchor.public_key();
                    trusted.push((if same_key { 0 } else { chain.path().len() }, certificate.clone()));
                    continue;
                }
                Ok(_) => LeftOutCause::PathLength,
                Err(error) => LeftOutCause::Invalid(error),
            };
            left_out.push(LeftOut::new(certificate.clone(), cause));
        }
        trusted.sort_by_key(|(length, _)| *length);
        Self { trusted: trusted.into_iter().map(|(_, certificate)| certificate).collect(), left_out }
    }

    /// Of those that are not trusted, the one that was most likely meant for a part: an RA before a CA, and one that leads
    /// somewhere before one of strangers.
    pub(super) fn missed(self, suits: impl Fn(&Certificate) -> bool) -> Option<LeftOut> {
        let strange = |left_out: &LeftOut| match left_out.cause() {
            LeftOutCause::Invalid(error) => {
                matches!(error.violation(), Violation::UnknownIssuer { .. } | Violation::Signature(_))
            }
            LeftOutCause::PathLength => false,
        };
        let suitable = self.left_out.into_iter().filter(|left_out| suits(left_out.certificate()));
        suitable.min_by_key(|left_out| (strange(left_out), is_ca(left_out.certificate())))
    }
}

/// What validates paths to `anchors`. extKeyUsage of a CA is for its own part in SCEP, and restricts nothing.
pub(in crate::client) fn validator(anchors: Vec<TrustAnchor>, crypto: &CryptoProvider) -> ChainValidator {
    ChainValidator::new(anchors, *crypto).with_profile(ValidationProfile::SCEP_TRANSPORT).with_limits(LIMITS)
}

/// RFC 5280 section 6.1 lets the end of a path be a CA that may have nothing below it; here it would have.
fn allows(chain: &ValidatedChain, target: &Certificate) -> bool {
    !is_ca(target) || target.is_self_issued() || chain.constraints().path_length > 0
}

/// Whether it may have issued certificates: a CA by basicConstraints, for certificates by keyUsage. Of an anchor, path
/// validation does not ask that.
pub(in crate::client) fn may_issue(certificate: &Certificate) -> bool {
    is_ca(certificate) && may(certificate, KeyUsage::KEY_CERT_SIGN)
}

pub(in crate::client) fn is_ca(certificate: &Certificate) -> bool {
    certificate.basic_constraints().ok().flatten().is_some_and(|constraints| constraints.is_ca)
}

/// Whether keyUsage allows it; a certificate without keyUsage may do anything, one that can't be read nothing.
pub(super) fn may(certificate: &Certificate, usage: KeyUsage) -> bool {
    certificate.key_usage().is_ok_and(|found| found.is_none_or(|found| found.contains(usage)))
}

/// For one certificate. Twice as many signature checks as there may be certificates in a message: one of each in vain, and a
/// path. Steps for any mesh that an authority could be, see [`ChainLimits::steps`].
const LIMITS: ChainLimits =
    ChainLimits { signatures: 64, steps: 2_000, name_comparisons: 50_000, ..ChainLimits::DEFAULT };
