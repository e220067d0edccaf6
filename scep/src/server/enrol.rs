//! [`Enrol`]: a certificate is asked for.

use alloc::vec::Vec;

use pki_core::{
    Certificate, Csr, CsrDigest, Secret, UnixTime,
    cms::{DeriveError, PasswordKey, PasswordProfile},
    crypto::SecureRandom,
};

use super::{
    AgentPolicy, Authorized, Denied, Error, Evidence, Generation, Means, Redeemed, Refusal, RenewalPolicy, Reply,
    TransactionKey,
    renewal::same_key,
    reply::{Answer, Found, Recipient, ReplyContext},
    signer::RequestSigner,
};
use crate::{
    attribute::{FailInfo, FailInfoText, KnownMessageType, MessageType, TransactionId},
    message::{MessageError, Verified},
};

/// A PKCSReq or RenewalReq, open and readable. The CSR's own signature holds, so the requester has the key; on a renewal
/// nothing else proves that (RFC 8894 section 7.6).
///
/// Nothing says yet that the requester may have a certificate: that is [`Authorized`]. A server that issues to whoever has the
/// challenge, renews, lets an MDM server ask for its devices, and leaves the rest to somebody who looks at it:
///
/// ```
/// use std::collections::BTreeSet;
///
/// use pki_core::{CsrDigest, Secret, UnixTime, chain::Pool, crypto::SecureRandom};
/// use scep::message::BuildError;
/// use scep::server::{
///     AgentPolicy, Authorized, CertificateProfile, Denied, Enrol, Error, Issuance, IssueError, Names, Nature,
///     RenewalPolicy, TransactionState,
/// };
///
/// struct Policies {
///     challenge: Secret,
///     renewal: RenewalPolicy,
///     agents: AgentPolicy,
///     profile: CertificateProfile,
/// }
///
/// impl Policies {
///     /// Whether, and by which means. `None` for not yet.
///     fn authorize(
///         &self, enrol: &Enrol, approved: &BTreeSet<CsrDigest>, pool: &Pool, now: UnixTime,
///     ) -> Option<Result<Authorized, Denied>> {
///         match enrol.nature(&self.renewal, &self.agents) {
///             Nature::Renewal => Some(enrol.authorize_renewal(&self.renewal, pool, now)),
///             Nature::OnBehalf => Some(enrol.authorize_on_behalf(&self.agents, pool, now)),
///             Nature::First if enrol.challenge().is_some() => Some(enrol.check_challenge(&self.challenge)),
///             Nature::First if approved.contains(enrol.csr_digest()) => Some(Ok(enrol.authorize_manually())),
///             Nature::First => None,
///         }
///     }
///
///     /// The certificate, before the CA signs it. The CSR gives the key; its names are compared with those decided here.
///     fn decide(
///         &self, enrol: &Enrol, authorized: &Authorized, now: UnixTime, rng: &mut dyn SecureRandom,
///     ) -> Result<TransactionState, Error> {
///         let issuance = Issuance::new(now, rng).map_err(BuildError::Random)?;
///         let names = Names::of_request(enrol.csr(), authorized).map_err(IssueError::from)?;
///         let certificate = self.profile.certificate(enrol.csr(), authorized, &names, &issuance)?;
///         Ok(TransactionState::Approved(certificate.into()))
///     }
/// }
/// ```
///
/// What fails goes to [`Enrol::refuse`]; what is not yet decided, to [`Enrol::pend`]; what is approved, to the transactions, the
/// CA's key and [`Enrol::issue`], as in the example of [the module](super).
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
pub struct Enrol {
    csr: Csr,
    digest: CsrDigest,
    challenge: Option<Secret>,
    message_type: MessageType,
    signer: Certificate,
    /// All certificates of the message.
    bag: Vec<Certificate>,
    context: ReplyContext,
}

/// What a request asks for, by its messageType and by who signed it. Says nothing of whether it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "for itself, again, for others")]
pub enum Nature {
    /// A certificate for somebody who has none: a PKCSReq signed by whoever. Apple renews like that, too.
    First,
    /// A certificate for somebody else: a PKCSReq signed by an agent.
    OnBehalf,
    /// A certificate in place of the signer's: a RenewalReq; or a PKCSReq whose signer is issued by the CA, as Cisco,
    /// certmonger, sscep and jscep renew.
    Renewal,
}

impl Enrol {
    /// Verifies the CSR's proof of possession and takes the challenge out. What fails, fails as a damaged envelope does.
    pub(super) fn new(csr: Csr, verified: &Verified, context: ReplyContext) -> Result<Self, Error> {
        let unopenable = || Error::Message(MessageError::Unopenable);
        let crypto = context.crypto();
        csr.verify(crypto).map_err(|_| unopenable())?;
        let challenge = csr.challenge_password().map_err(|_| unopenable())?;
        let digest = csr.digest(crypto).ok_or_else(unopenable)?;
        let message_type = verified.attributes().message_type;
        let (signer, bag) = (verified.signer().clone(), verified.received().certificates().to_vec());
        let this = Self { csr, digest, challenge, message_type, signer, bag, context };
        if this.is_deliverable() { Ok(this) } else { Err(Error::ReplyUndeliverable) }
    }

    /// Whether a certificate could be sent: to a key that can decrypt, or else under the challengePassword (RFC 8894 section
    /// 3.1).
    ///
    /// What goes out under a challengePassword may be used to guess it. So it goes to whoever has the key in the CSR, or a
    /// certificate of this CA, and not to a stranger who signs another's envelope anew.
    fn is_deliverable(&self) -> bool {
        let signer = self.signer.public_key();
        let crypto = self.context.crypto();
        let profile = self.context.responder().settings().password_profile;
        let by_password = || {
            self.challenge.as_ref().is_some_and(|challenge| !challenge.expose().is_empty())
                && profile.iterations().get() >= PasswordProfile::FEWEST_ITERATIONS
                && crypto.key_derivation(profile.derivation()).is_some()
                && crypto.cipher(profile.cipher().oid()).is_some()
        };
        let is_ours = || {
            let cas = self.context.responder().generations().map(Generation::ca);
            signer == self.csr.public_key()
                || cas.into_iter().any(|ca| self.signer.verify_signature(ca.public_key(), crypto).is_ok())
        };
        signer.can_encrypt() || (by_password() && is_ours())
    }

    /// The PKCS#10 request, exactly as it came.
    #[must_use]
    pub const fn csr(&self) -> &Csr {
        &self.csr
    }

    /// The SHA-256 of the CSR's DER.
    #[must_use]
    pub const fn csr_digest(&self) -> &CsrDigest {
        &self.digest
    }

    /// The challengePassword (RFC 2985 section 5.4.1) as UTF-8, if there is one.
    #[must_use]
    pub const fn challenge(&self) -> Option<&Secret> {
        self.challenge.as_ref()
    }

    /// The certificate that the message is signed by; self-signed on a first enrolment, and no authentication at all (RFC
    /// 8894 section 2.4). Its key is what the reply is encrypted to. It may differ from the key in the CSR: macOS signs
    /// with a key of its own.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// The CA that issues: the one whose generation the request is encrypted to (RFC 8894 section 5.1).
    #[must_use]
    pub fn issuer(&self) -> &Certificate {
        self.context.generation().ca()
    }

    /// What its transaction is found by.
    #[must_use]
    pub const fn transaction(&self) -> &TransactionKey {
        self.context.transaction()
    }

    /// The transactionID.
    #[must_use]
    pub const fn transaction_id(&self) -> &TransactionId {
        self.context.transaction_id()
    }

    /// The key that a reply to a later CertPoll has to be encrypted under, because the one that signs can't decrypt (RFC 8894
    /// section 3.1); `None` if that can. To be kept, as a secret, with the transaction's record, if the answer is
    /// [`Enrol::pend`]. Slow; see [`Responder::with_password_profile`](super::Responder::with_password_profile).
    ///
    /// # Errors
    /// [`DeriveError`].
    pub fn reply_password_key(&self, rng: &mut dyn SecureRandom) -> Result<Option<PasswordKey>, DeriveError> {
        if self.signer.public_key().can_encrypt() {
            return Ok(None);
        }
        let profile = self.context.responder().settings().password_profile;
        let derive = |challenge| PasswordKey::derive(challenge, profile, rng, self.context.crypto());
        self.challenge.as_ref().map(derive).transpose()
    }

    /// Whether the message is signed by another key than the one in the CSR. macOS does that, and every agent.
    #[must_use]
    pub fn has_separate_signer(&self) -> bool {
        !same_key(self.signer.public_key(), self.csr.public_key())
    }

    /// What is asked for, and so which of the methods below is the one to call. Looks at who issued the signer's
    /// certificate, not at whether that is valid: an expired one makes a renewal too, which is then denied.
    #[must_use]
    pub fn nature(&self, renewal: &RenewalPolicy, agents: &AgentPolicy) -> Nature {
        let issuers = self.issuers();
        let signer = self.request_signer(&issuers);
        if self.message_type.known() == Some(KnownMessageType::RenewalReq) {
            Nature::Renewal
        } else if agents.names(&self.signer) && signer.is_issued_by_any(&agents.signers.authorities) {
            Nature::OnBehalf
        } else if signer.is_issued_by_any(&renewal.signers.authorities) {
            Nature::Renewal
        } else {
            Nature::First
        }
    }

    /// Wants the key in the CSR to have signed the message: for first requests of clients that do as RFC 8894 section 2.3
    /// says.
    ///
    /// # Errors
    /// [`Denied::SeparateSigner`] if another one did.
    pub fn check_signer_key(&self) -> Result<(), Denied> {
        if self.has_separate_signer() { Err(Denied::SeparateSigner) } else { Ok(()) }
    }

    /// Compares the challengePassword with the one secret that is right, in constant time.
    ///
    /// A static secret authorises *anything* for anybody who knows it: compare the CSR's names with what the requester may
    /// have, too.
    ///
    /// # Errors
    /// - [`Denied::ChallengeMissing`] if the CSR has none.
    /// - [`Denied::ChallengeWrong`] if it is another, or `expected` is empty: no secret is none that anybody knows.
    pub fn check_challenge(&self, expected: &Secret) -> Result<Authorized, Denied> {
        let presented = self.challenge.as_ref().ok_or(Denied::ChallengeMissing)?;
        if presented.matches(expected.expose()) && !expected.expose().is_empty() {
            Ok(Authorized::new(self.digest, Means::Challenge))
        } else {
            Err(Denied::ChallengeWrong)
        }
    }

    /// Takes a challenge service's word for it.
    ///
    /// # Errors
    /// [`Denied::RedeemedForAnotherCsr`] if it was given for another CSR.
    pub fn authorize_challenge(&self, redeemed: &Redeemed) -> Result<Authorized, Denied> {
        if redeemed.csr() == &self.digest {
            Ok(Authorized::new(self.digest, Means::Challenge))
        } else {
            Err(Denied::RedeemedForAnotherCsr)
        }
    }

    /// Authorises a renewal by the certificate that the message is signed with, be it a RenewalReq or a PKCSReq.
    ///
    /// `evidence` is a pool of CRLs and OCSP responses, or what a CA has in its database: see [`Evidence`].
    ///
    /// # Errors
    /// - [`Denied::CaCertificate`] if the signer's certificate is a CA's.
    /// - [`Denied::SelfSigned`], [`Denied::NotIssuedByCa`] if it does not come from an authority.
    /// - [`Denied::Revoked`], [`Denied::StatusUnknown`], [`Denied::NotYetValid`], [`Denied::Expired`] if it is good no longer,
    ///   or not yet.
    /// - [`Denied::TooEarly`], [`Denied::KeyChanged`], [`Denied::KeyUnchanged`], [`Denied::Names`] if policy does not allow
    ///   this renewal of it.
    /// - [`Denied::Unreadable`] if it can't be read.
    #[expect(single_use_lifetimes, reason = "an `impl Trait` argument can't do without")]
    pub fn authorize_renewal<'a>(
        &self,
        policy: &RenewalPolicy,
        evidence: impl Into<Evidence<'a>>,
        now: UnixTime,
    ) -> Result<Authorized, Denied> {
        let issuers = self.issuers();
        policy.check(&self.csr, &self.request_signer(&issuers), &evidence.into(), now)?;
        Ok(Authorized::by_signer(self.digest, Means::Renewal, self.signer.clone()))
    }

    /// Authorises a request that an agent signed for somebody else. Whether the agent may ask for just these names is not
    /// looked at.
    ///
    /// # Errors
    /// [`Denied::AgentUnknown`] if the signer is no agent; else as [`Enrol::authorize_renewal`] for what it says of the
    /// signer's certificate.
    #[expect(single_use_lifetimes, reason = "an `impl Trait` argument can't do without")]
    pub fn authorize_on_behalf<'a>(
        &self,
        policy: &AgentPolicy,
        evidence: impl Into<Evidence<'a>>,
        now: UnixTime,
    ) -> Result<Authorized, Denied> {
        let issuers = self.issuers();
        policy.check(&self.request_signer(&issuers), &evidence.into(), now)?;
        Ok(Authorized::by_signer(self.digest, Means::OnBehalf, self.signer.clone()))
    }

    /// Somebody looked at this request and approved it.
    pub fn authorize_manually(&self) -> Authorized {
        Authorized::manually(self.digest)
    }

    /// Grants: `certificates` begins with the one issued for the CSR's key. Give that one alone unless the client is known
    /// to want the chain: Apple takes the first, after DER has sorted them, for its own; Juniper refuses a chain; the Cisco
    /// VPN client wants one.
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::AuthorizedForAnotherCsr`], [`Error::CertificateMismatch`] or [`Error::Build`].
    pub fn issue(
        self,
        authorized: &Authorized,
        certificates: &[Certificate],
        rng: &mut dyn SecureRandom,
    ) -> Result<Reply, Refusal> {
        if authorized.csr() != &self.digest {
            return Err(self.context.refuse(Error::AuthorizedForAnotherCsr, rng));
        }
        let for_this_key = |leaf: &Certificate| leaf.public_key() == self.csr.public_key();
        if !certificates.first().is_some_and(for_this_key) {
            return Err(self.context.refuse(Error::CertificateMismatch, rng));
        }
        let password_key = match self.reply_password_key(rng) {
            Ok(key) => key,
            Err(error) => return Err(self.context.refuse(Error::Build(error.into()), rng)),
        };
        let recipient = password_key.as_ref().map_or(Recipient::Key(&self.signer), Recipient::Password);
        self.context.answer(Answer::Success(Found::Certificates(certificates), recipient), rng)
    }

    /// Not yet: the client will send CertPoll with the same transactionID.
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::Build`].
    pub fn pend(self, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        self.context.answer(Answer::Pending, rng)
    }

    /// No, for a reason of the caller's own; see [`Enrol::refuse`] for a [`Denied`].
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::Build`].
    pub fn reject(self, info: FailInfo, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        self.context.answer(Answer::Failure(info, None), rng)
    }

    /// No, with a text for the person at the other end. It goes out signed but not encrypted: no secrets in it.
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::Build`].
    pub fn reject_with_text(
        self,
        info: FailInfo,
        text: FailInfoText,
        rng: &mut dyn SecureRandom,
    ) -> Result<Reply, Refusal> {
        self.context.answer(Answer::Failure(info, Some(text)), rng)
    }

    /// No, since authorisation or issuing failed: failInfo and log get what belongs to each. To be returned as the error of
    /// the whole, like what [`Sealed::open_with`](super::Sealed::open_with) refuses.
    pub fn refuse(self, cause: impl Into<Error>, rng: &mut dyn SecureRandom) -> Refusal {
        self.context.refuse(cause.into(), rng)
    }

    /// The CAs whose certificates may be renewed: those of all generations, since a device comes from the old one to the new.
    fn issuers(&self) -> Vec<Certificate> {
        self.context.responder().generations().map(|generation| generation.ca().clone()).collect()
    }

    fn request_signer<'a>(&'a self, issuers: &'a [Certificate]) -> RequestSigner<'a> {
        let crypto = self.context.crypto();
        RequestSigner { certificate: &self.signer, bag: &self.bag, issuers, crypto }
    }
}
