//! Whether certificates of a path are revoked (RFC 5280 sections 6.1.3 (a) (3) and 6.3, RFC 6960).

mod ocsp;

pub use ocsp::{OcspPolicy, OcspRejection, TrustedResponder};

use super::{Context, error::Violation, limits::Budget, missing::Missing};
use crate::{cert::Certificate, key::PublicKeyRef, name::NameRef};

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
pub(super) struct Issuer<'a> {
    /// Its certificate; absent where it is the anchor.
    pub(super) certificate: Option<&'a Certificate>,
    /// The key that signed the certificate, with inherited parameters.
    pub(super) key: PublicKeyRef<'a>,
    /// The anchor of the path: CRL issuers have to end there, too (6.3.3 (f)).
    pub(super) anchor: usize,
}

impl<'a> Issuer<'a> {
    /// Its name.
    pub(super) fn name(&self, context: &Context<'a>) -> NameRef<'a> {
        match self.certificate {
            Some(certificate) => certificate.subject(),
            None => context.validator.anchors.get(self.anchor).map_or(NameRef::EMPTY, |anchor| anchor.name()),
        }
    }
}

/// Refuses what is revoked, and what is not known where policy wants to know.
pub(super) fn check<'a>(
    context: &Context<'a>,
    certificate: &'a Certificate,
    _issuer: &Issuer<'a>,
    _budget: &mut Budget,
    missing: &mut Missing,
) -> Result<(), Violation> {
    match context.validator.revocation {
        RevocationPolicy::Ignore => Ok(()),
        RevocationPolicy::Prefer => {
            missing.add_status_of(certificate);
            Ok(())
        }
        RevocationPolicy::Require => {
            missing.add_status_of(certificate);
            Err(Violation::RevocationUnknown)
        }
    }
}
