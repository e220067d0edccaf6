//! [`Issued`] and [`Rejected`]: the ends.

use alloc::vec::Vec;

use pki_core::{
    Certificate, UnixTime,
    chain::{ChainError, Pool, Purpose, TrustAnchor, ValidatedChain, Violation},
    crypto::CryptoProvider,
};

use super::{
    Authority, Error, KnownCapabilities, Misbehaviour,
    authority::{self, may_issue},
};
use crate::{
    attribute::{FailInfo, FailInfoText},
    message::{VendorText, Verified},
};

/// The certificate is here.
///
/// It exists only if all of this holds:
/// - the reply is signed by the confirmed authority (RFC 8894 section 3.3.2),
/// - its transactionID is that of the request (section 3.2.1.1),
/// - its recipientNonce is the senderNonce of the request (section 3.2.1.5),
/// - the certificate is for the key that was asked for (section 3.3.2.1), and is another one than that which is renewed,
/// - where its issuer's certificate is at hand, among the authority's or in the reply, it validates below the confirmed
///   certificate (RFC 5280 section 6, without revocation); see [`Issued::validated`].
///
/// Names, usages, validity and extensions are the CA's choice: look at them before use. A certificate that is not valid yet,
/// since clocks differ, is validated for the first second of its validity; one that no longer is, for the last.
#[must_use = "here is the certificate"]
#[derive(Clone, Debug)]
pub struct Issued {
    chain: Vec<Certificate>,
    validated: Option<ValidatedChain>,
    certificate: Certificate,
    known: KnownCapabilities,
}

/// There will be no certificate from this transaction. Begin another one when the reason is gone.
#[must_use = "the enrolment has failed"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    reason: RejectReason,
    vendor_text: VendorText,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectReason {
    /// The CA says no.
    Failed {
        /// failInfo. NDES answers a wrong challenge with badMessageCheck. Absent where the CA forgot it, or gave what is no
        /// number.
        info: Option<FailInfo>,
        /// failInfoText, for a person to read.
        text: Option<FailInfoText>,
    },
    /// Still pending when the deadline or the number of polls of [`PollPolicy`](super::PollPolicy) was reached.
    PollLimit,
    /// The CA answered a renewal with the certificate that was to be renewed, by its issuer and serial number: NDES does where
    /// the key is the same. Ask for a certificate for a new key.
    SameCertificate,
}

impl Issued {
    /// Judges `certificate`, which came with `given` at this time.
    pub(super) fn new(
        certificate: Certificate,
        given: &[Certificate],
        authority: &Authority,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let others = given.iter().chain(authority.certificates()).filter(|other| **other != certificate);
        let pool: Pool = others.cloned().collect();
        let validity = certificate.validity();
        let at = now.max(validity.not_before).min(validity.not_after);
        match path(&certificate, &pool, authority, crypto, at) {
            Ok(validated) => {
                let mut chain = validated.path().to_vec();
                chain.extend(validated.anchor().certificate().filter(|anchor| **anchor != certificate).cloned());
                let validated = is_ca_known(authority).then_some(validated);
                Ok(Self { chain, validated, certificate, known: KnownCapabilities::default() })
            }
            Err(error) => match error.violation() {
                Violation::UnknownIssuer { .. } if !has_issuer(&certificate, &pool) => Ok(Self {
                    chain: alloc::vec![certificate.clone()],
                    validated: None,
                    certificate,
                    known: KnownCapabilities::default(),
                }),
                Violation::Signature(_) if error.depth() == 0 => Err(Misbehaviour::BadCertificateSignature.into()),
                _ => Err(Misbehaviour::BadCertificatePath(error).into()),
            },
        }
    }

    pub(super) fn with_known_capabilities(self, known: KnownCapabilities) -> Self {
        Self { known, ..self }
    }

    /// What this CA is now known to state: keep it for
    /// [`ClientConfig::with_known_capabilities`](super::ClientConfig::with_known_capabilities).
    #[must_use]
    pub const fn known_capabilities(&self) -> KnownCapabilities {
        self.known
    }

    /// The certificate for the key that was asked for.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// That certificate and those above it, each issued by the next, up to the confirmed one; that certificate alone where
    /// its issuer's is not at hand.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The proof that it is valid below the confirmed certificate; `None` where there can be none: its issuer's certificate
    /// is not at hand, or the confirmed certificate is an RA's.
    #[must_use]
    pub const fn validated(&self) -> Option<&ValidatedChain> {
        self.validated.as_ref()
    }
}

/// Whether the certificate of its issuer is at hand, by name; what issued itself needs no other.
fn has_issuer(certificate: &Certificate, pool: &Pool) -> bool {
    certificate.is_self_issued() || pool.certificates().iter().any(|ca| ca.subject().matches(certificate.issuer()))
}

/// Whether the confirmed certificate is a CA's, not that of an RA that was confirmed by itself.
pub(super) fn is_ca_known(authority: &Authority) -> bool {
    may_issue(authority.anchor())
}

/// The path from `certificate` up to the confirmed one (RFC 5280 section 6, without revocation). Its extensions may be
/// critical and unknown here: they are for those who use it.
pub(super) fn path(
    certificate: &Certificate,
    pool: &Pool,
    authority: &Authority,
    crypto: &CryptoProvider,
    at: UnixTime,
) -> Result<ValidatedChain, ChainError> {
    let anchors = if is_ca_known(authority) {
        alloc::vec![authority.anchor().clone().into()]
    } else {
        // Who confirmed an RA by itself leaves it to the RA to say who the CA is.
        pool.certificates().iter().filter(|ca| may_issue(ca)).cloned().map(TrustAnchor::from).collect()
    };
    let critical = certificate.extensions().iter().filter(|extension| extension.critical);
    let validator = authority::validator(anchors, crypto);
    let validator = critical.fold(validator, |validator, extension| validator.add_known_extension(extension.oid));
    validator.validate(certificate, pool, Purpose::ANY, at)
}

impl Rejected {
    /// By us.
    pub(super) fn new(reason: RejectReason) -> Self {
        Self { reason, vendor_text: VendorText::default() }
    }

    /// By this reply of the CA.
    pub(super) fn by_ca(reason: RejectReason, reply: &Verified) -> Self {
        Self { reason, vendor_text: reply.vendor_text() }
    }

    /// What NDES says beside failInfo and failInfoText.
    #[must_use]
    pub const fn vendor_text(&self) -> &VendorText {
        &self.vendor_text
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> &RejectReason {
        &self.reason
    }
}
