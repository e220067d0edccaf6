//! [`Enrol`]: a certificate is asked for.

use pki_core::{Certificate, Csr, CsrDigest, Secret, crypto::SecureRandom};

use super::{
    Authorized, Denied, Error, Redeemed, Refusal, Reply,
    reply::{Answer, Found, Recipient, ReplyContext},
};
use crate::{
    attribute::{FailInfo, FailInfoText, TransactionId},
    message::MessageError,
};

/// A PKCSReq, open and readable. The CSR's own signature holds, so the requester has the key.
///
/// Nothing says yet that the requester may have a certificate: that is [`Authorized`].
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
pub struct Enrol {
    csr: Csr,
    digest: CsrDigest,
    challenge: Option<Secret>,
    signer: Certificate,
    context: ReplyContext,
}

impl Enrol {
    /// Verifies the CSR's proof of possession and takes the challenge out. What fails, fails as a damaged envelope does.
    pub(super) fn new(csr: Csr, signer: Certificate, context: ReplyContext) -> Result<Self, Error> {
        let unopenable = || Error::Message(MessageError::Unopenable);
        let crypto = context.crypto();
        csr.verify(crypto).map_err(|_| unopenable())?;
        let challenge = csr.challenge_password().map_err(|_| unopenable())?;
        let digest = csr.digest(crypto).ok_or_else(unopenable)?;
        Ok(Self { csr, digest, challenge, signer, context })
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

    /// The transactionID.
    #[must_use]
    pub const fn transaction_id(&self) -> &TransactionId {
        self.context.transaction_id()
    }

    /// Compares the challengePassword with the one secret that is right, in constant time.
    ///
    /// A static secret authorises *anything* for anybody who knows it: compare the CSR's names with what the requester may
    /// have, too.
    ///
    /// # Errors
    /// - [`Denied::ChallengeMissing`] if the CSR has none.
    /// - [`Denied::ChallengeWrong`] if it is another.
    pub fn check_challenge(&self, expected: &Secret) -> Result<Authorized, Denied> {
        let presented = self.challenge.as_ref().ok_or(Denied::ChallengeMissing)?;
        if presented.matches(expected.expose()) {
            Ok(Authorized::new(self.digest))
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
            Ok(Authorized::new(self.digest))
        } else {
            Err(Denied::RedeemedForAnotherCsr)
        }
    }

    /// Somebody looked at this request and approved it.
    #[must_use]
    pub fn authorize_manually(&self) -> Authorized {
        Authorized::new(self.digest)
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
        self.context.answer(Answer::Success(Found::Certificates(certificates), Recipient::Key(&self.signer)), rng)
    }

    /// Not yet: the client will send CertPoll with the same transactionID.
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::Build`].
    pub fn pend(self, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        self.context.answer(Answer::Pending, rng)
    }

    /// No.
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
}
