//! [`Lookup`]: GetCert and GetCRL, and [`LookupAuthorized`]: who may ask.

use core::{fmt, marker::PhantomData};

use pki_core::{
    Certificate, Crl, UnixTime,
    chain::{ChainError, ChainValidator, Pool, Purpose, RevocationPolicy, TrustAnchor, ValidationProfile},
    crypto::SecureRandom,
};

use super::{
    Error, Refusal, Reply,
    reply::{Answer, Found, Recipient, ReplyContext},
};
use crate::{
    attribute::{FailInfo, TransactionId},
    message::IssuerAndSerial,
};

/// A GetCert, `Lookup<Certificate>`, or a GetCRL, `Lookup<Crl>` (RFC 8894 section 3.3.4).
///
/// Nothing says yet that the requester may know: that is [`LookupAuthorized`]. There is no way to say PENDING (section
/// 4.5.1).
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
pub struct Lookup<T> {
    target: IssuerAndSerial,
    signer: Certificate,
    context: ReplyContext,
    wanted: PhantomData<fn() -> T>,
}

/// Proof that one requester may have the answer to one lookup. Made only by the methods of [`Lookup`].
///
/// A server that answers whoever asks lets strangers enumerate its certificates by serial number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupAuthorized {
    target: IssuerAndSerial,
    signer: Certificate,
}

/// Who may have which certificates. Whoever asks has to have one that one of the responder's CAs issued, and that is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookupPolicy {
    /// The very one that signs the request.
    #[default]
    OwnCertificate,
    /// All.
    AnyCertificate,
}

/// Why a lookup is not authorised.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookupDenied {
    /// The certificate that is asked for is not the one that signs the request.
    NotOwnCertificate,
    /// The certificate that signs the request is not one that a CA of ours issued and that is valid now.
    SignerUntrusted(ChainError),
}

impl<T> Lookup<T> {
    pub(super) const fn new(target: IssuerAndSerial, signer: Certificate, context: ReplyContext) -> Self {
        Self { target, signer, context, wanted: PhantomData }
    }

    /// The certificate that is asked for, or whose CRL is.
    #[must_use]
    pub const fn target(&self) -> &IssuerAndSerial {
        &self.target
    }

    /// The certificate that the request is signed by.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// The transactionID.
    #[must_use]
    pub const fn transaction_id(&self) -> &TransactionId {
        self.context.transaction_id()
    }

    /// Somebody decided by other means that this requester may have this answer.
    #[must_use]
    pub fn authorize_manually(&self) -> LookupAuthorized {
        LookupAuthorized { target: self.target.clone(), signer: self.signer.clone() }
    }

    /// Whether the certificate that signs the request validates at `now` below a CA of the responder, whichever of its
    /// generations that is, and is not revoked by what CRLs and OCSP responses in `pool` say (RFC 5280 section 6).
    fn validate_signer(&self, pool: &Pool, now: UnixTime) -> Result<(), LookupDenied> {
        let anchors = self.context.responder().generations();
        let anchors: alloc::vec::Vec<_> =
            anchors.map(|generation| TrustAnchor::from_certificate(generation.ca().clone())).collect();
        let validated = ChainValidator::new(anchors, *self.context.crypto())
            .with_profile(ValidationProfile::SCEP_TRANSPORT)
            .with_revocation(RevocationPolicy::Prefer)
            .validate(&self.signer, pool, Purpose::ANY, now);
        validated.map(drop).map_err(LookupDenied::SignerUntrusted)
    }

    fn check(&self, authorized: &LookupAuthorized) -> Result<(), Error> {
        if authorized.target == self.target && authorized.signer == self.signer {
            Ok(())
        } else {
            Err(Error::AuthorizedForAnotherLookup)
        }
    }

    fn answer_with(self, found: Found<'_>, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        self.context.answer(Answer::Success(found, Recipient::Key(&self.signer)), rng)
    }

    /// No: who asks may not know. Whether there is such a certificate does not show.
    pub fn deny(self, denied: LookupDenied, rng: &mut dyn SecureRandom) -> Refusal {
        self.context.refuse(Error::LookupDenied(denied), rng)
    }

    /// No: there is no such certificate, or no CRL of its issuer; badCertId (RFC 8894 section 3.2.1.4).
    pub fn not_found(self, rng: &mut dyn SecureRandom) -> Refusal {
        self.context.refuse(Error::NotFound, rng)
    }

    /// No, for a reason of the caller's.
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::Build`].
    pub fn reject(self, info: FailInfo, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        self.context.answer(Answer::Failure(info, None), rng)
    }
}

impl Lookup<Certificate> {
    /// Decides whether whoever signed the request may have the certificate. Ask before looking for it: the answer is the
    /// same whether there is one.
    ///
    /// `pool` has what lies between the requester's certificate and the CA, if anything does, and what tells whether it is
    /// revoked.
    ///
    /// # Errors
    /// [`LookupDenied`].
    pub fn authorize(
        &self,
        policy: LookupPolicy,
        pool: &Pool,
        now: UnixTime,
    ) -> Result<LookupAuthorized, LookupDenied> {
        if policy == LookupPolicy::OwnCertificate && !self.target.names(&self.signer) {
            return Err(LookupDenied::NotOwnCertificate);
        }
        self.validate_signer(pool, now)?;
        Ok(self.authorize_manually())
    }

    /// Here it is. It alone goes into the reply (RFC 8894 section 3.3.2.1).
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::AuthorizedForAnotherLookup`], [`Error::CertificateMismatch`] if it is not the one that
    /// [`Lookup::target`] names, or [`Error::Build`].
    pub fn answer(
        self,
        authorized: &LookupAuthorized,
        certificate: &Certificate,
        rng: &mut dyn SecureRandom,
    ) -> Result<Reply, Refusal> {
        let checked = self
            .check(authorized)
            .and_then(|()| if self.target.names(certificate) { Ok(()) } else { Err(Error::CertificateMismatch) });
        match checked {
            Ok(()) => self.answer_with(Found::Certificates(core::slice::from_ref(certificate)), rng),
            Err(cause) => Err(self.context.refuse(cause, rng)),
        }
    }
}

impl Lookup<Crl> {
    /// Decides whether whoever signed the request may have the CRL: whoever has a certificate may. `pool` is as for GetCert.
    ///
    /// # Errors
    /// [`LookupDenied::SignerUntrusted`].
    pub fn authorize(&self, pool: &Pool, now: UnixTime) -> Result<LookupAuthorized, LookupDenied> {
        self.validate_signer(pool, now)?;
        Ok(self.authorize_manually())
    }

    /// Here it is: the most recent CRL of the issuer, alone (RFC 8894 section 4.6.1).
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::AuthorizedForAnotherLookup`], [`Error::CrlMismatch`] if it is of another issuer than
    /// [`Lookup::target`] names, or [`Error::Build`].
    pub fn answer(
        self,
        authorized: &LookupAuthorized,
        crl: &Crl,
        rng: &mut dyn SecureRandom,
    ) -> Result<Reply, Refusal> {
        let checked = self.check(authorized).and_then(|()| {
            if crl.issuer() == self.target.issuer().as_ref() { Ok(()) } else { Err(Error::CrlMismatch) }
        });
        match checked {
            Ok(()) => self.answer_with(Found::Crl(crl), rng),
            Err(cause) => Err(self.context.refuse(cause, rng)),
        }
    }
}

impl LookupAuthorized {
    /// What may be answered.
    #[must_use]
    pub const fn target(&self) -> &IssuerAndSerial {
        &self.target
    }

    /// To whom.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }
}

impl LookupDenied {
    /// What to tell the peer: badRequest, "transaction not permitted" (RFC 8894 table 5).
    #[must_use]
    pub const fn fail_info(&self) -> FailInfo {
        FailInfo::BAD_REQUEST
    }
}

impl fmt::Display for LookupDenied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOwnCertificate => f.write_str("the certificate asked for is not the requester's own"),
            Self::SignerUntrusted(error) => write!(f, "the requester's certificate: {error}"),
        }
    }
}

impl core::error::Error for LookupDenied {}
