//! [`TransactionRecord`]: what a server remembers of a request.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use pki_core::{CsrDigest, PublicKey, UnixTime, cms::PasswordKey};

use super::{
    MessageDigest, TransactionKey, TransactionLimits, TransactionState,
    state::{Advance, Finality},
};
use crate::{
    attribute::FailInfo,
    http::{HttpResponse, MediaType},
    server::{CertPoll, Enrol, Sealed},
};

/// One transaction, as it goes into a database: plain data.
///
/// It ties a transactionID to one CSR and to one key: a repeated request gets the same answer, another request under the
/// same transactionID gets none, and a poll is answered to whoever made the request.
///
/// Keep its parts in columns ([`from_parts`](Self::from_parts)), or all of it as one blob ([`to_der`](Self::to_der)). It is
/// no secret, unless it has a [password key](Self::password_key).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionRecord {
    pub(super) key: TransactionKey,
    pub(super) csr: CsrDigest,
    pub(super) signer: PublicKey,
    pub(super) created: UnixTime,
    pub(super) state: TransactionState,
    pub(super) changed: UnixTime,
    pub(super) replies: Vec<KeptReply>,
    /// Shared by copies of the record, since it is not copied itself.
    pub(super) password_key: Option<Arc<PasswordKey>>,
}

/// A reply as it was sent, for the same message to come again.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the columns of a table")]
pub struct KeptReply {
    /// The message that it answers.
    pub message: MessageDigest,
    /// Whether it was the last word. With `message` and the transaction's key this is the primary key of a table of replies.
    pub finality: Finality,
    /// The CertRep, signed.
    pub body: Vec<u8>,
}

/// Why a request does not get the answer of the transaction it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// The same transactionID with another CSR, or signed by another key. The first one stands.
    DifferentRequest,
    /// No room for another transaction.
    Full,
    /// No such transaction (RFC 8894 section 4.4).
    Unknown,
}

impl TransactionRecord {
    /// Of a request that came for the first time, undecided.
    #[must_use]
    pub fn new(enrol: &Enrol, now: UnixTime) -> Self {
        let signer = enrol.signer().public_key().to_owned();
        let state = TransactionState::Pending;
        Self::from_parts(enrol.transaction().clone(), *enrol.csr_digest(), signer, now, state, now)
    }

    /// From the columns of a database, without replies: the key, the CSR, the key that signed the request, when it came, how
    /// it stands, and since when.
    #[must_use]
    pub const fn from_parts(
        key: TransactionKey,
        csr: CsrDigest,
        signer: PublicKey,
        created: UnixTime,
        state: TransactionState,
        changed: UnixTime,
    ) -> Self {
        Self { key, csr, signer, created, state, changed, replies: Vec::new(), password_key: None }
    }

    /// Replaces the replies, the oldest first.
    #[must_use]
    pub fn with_replies(self, replies: Vec<KeptReply>) -> Self {
        Self { replies, ..self }
    }

    /// Replaces the key that replies are encrypted under where the signer's key can't decrypt: what
    /// [`Enrol::reply_password_key`] made, for polls, which have no challengePassword.
    #[must_use]
    pub fn with_password_key(self, key: PasswordKey) -> Self {
        Self { password_key: Some(Arc::new(key)), ..self }
    }

    /// Which transaction.
    #[must_use]
    pub const fn key(&self) -> &TransactionKey {
        &self.key
    }

    /// The CSR that it is about.
    #[must_use]
    pub const fn csr(&self) -> &CsrDigest {
        &self.csr
    }

    /// The key that signed the request and that the answer is encrypted to.
    #[must_use]
    pub const fn signer(&self) -> &PublicKey {
        &self.signer
    }

    /// When the request came first.
    #[must_use]
    pub const fn created(&self) -> UnixTime {
        self.created
    }

    /// How it stands.
    #[must_use]
    pub const fn state(&self) -> &TransactionState {
        &self.state
    }

    /// Since when it stands so.
    #[must_use]
    pub const fn changed(&self) -> UnixTime {
        self.changed
    }

    /// The replies kept, the oldest first.
    #[must_use]
    pub fn replies(&self) -> &[KeptReply] {
        &self.replies
    }

    /// The key that replies are encrypted under where the signer's key can't decrypt.
    #[must_use]
    pub fn password_key(&self) -> Option<&PasswordKey> {
        self.password_key.as_deref()
    }

    /// Whether `enrol` is this very request again, and how it stands then.
    ///
    /// # Errors
    /// [`Conflict::DifferentRequest`] if it is another request under the same transactionID.
    pub fn admit(&self, enrol: &Enrol) -> Result<&TransactionState, Conflict> {
        let same = self.key == *enrol.transaction()
            && self.csr == *enrol.csr_digest()
            && self.signer.as_ref() == enrol.signer().public_key();
        if same { Ok(&self.state) } else { Err(Conflict::DifferentRequest) }
    }

    /// Whether this transaction is over because `enrol` is signed by the certificate that it issued, and asks for another one:
    /// certmonger and others make the transactionID of their key, and renew under the same one while they keep that. The
    /// requester has the certificate then, so nothing is lost with the record: remove it, and [admit](Self::admit) the
    /// request to a [new](Self::new) one.
    #[must_use]
    pub fn is_over(&self, enrol: &Enrol) -> bool {
        let TransactionState::Issued(certificates) = &self.state else { return false };
        self.csr != *enrol.csr_digest() && certificates.first() == Some(enrol.signer())
    }

    /// Whether `poll` comes from whoever made the request, and how it stands then.
    ///
    /// # Errors
    /// [`Conflict::DifferentRequest`] if it is signed by another key: the certificate is not for that key.
    pub fn admit_poll(&self, poll: &CertPoll) -> Result<&TransactionState, Conflict> {
        let same = self.key == *poll.transaction() && self.signer.as_ref() == poll.signer().public_key();
        if same { Ok(&self.state) } else { Err(Conflict::DifferentRequest) }
    }

    /// Goes on to `next` if [that may follow](super), and gives what stands then: `next`, or what was decided before.
    #[must_use = "what stands may be an earlier decision"]
    pub fn settle(&mut self, next: TransactionState, now: UnixTime) -> &TransactionState {
        if self.state.advance(next) == Advance::Changed {
            self.changed = now;
        }
        &self.state
    }

    /// The reply that these very octets got before. None while the transaction is only approved: what is asked again then
    /// goes on to the signature.
    #[must_use]
    pub fn replay(&self, sealed: &Sealed) -> Option<HttpResponse> {
        let same = self.key == *sealed.transaction() && self.signer.as_ref() == sealed.signer().public_key();
        if !same || matches!(self.state, TransactionState::Approved(_)) {
            return None;
        }
        self.reply_to(sealed.message_digest(), self.state.finality())
    }

    /// Keeps the reply to a message, made when the transaction stood at `answered`, and gives the one to send: this one, or
    /// one that was kept before, the last word before any other. Nothing but a CertRep is kept, and none that is too large.
    #[must_use = "an earlier reply is the one to send"]
    pub fn keep_reply(
        &mut self,
        message: &MessageDigest,
        answered: &TransactionState,
        reply: HttpResponse,
        limits: &TransactionLimits,
    ) -> HttpResponse {
        let finality = answered.finality();
        let earlier = self.reply_to(message, Finality::Final).or_else(|| self.reply_to(message, finality));
        if let Some(earlier) = earlier {
            return earlier;
        }
        let is_cert_rep = reply.is_success() && reply.media_type() == Some(MediaType::PkiMessage);
        if is_cert_rep && reply.body.len() <= limits.reply_octets && limits.replies > 0 {
            self.replies.push(KeptReply { message: *message, finality, body: reply.body.clone() });
            self.drop_old_replies(limits);
        }
        reply
    }

    fn reply_to(&self, message: &MessageDigest, finality: Finality) -> Option<HttpResponse> {
        let kept = self.replies.iter().find(|kept| kept.message == *message && kept.finality == finality)?;
        Some(HttpResponse::ok(MediaType::PkiMessage, kept.body.clone()))
    }

    fn drop_old_replies(&mut self, limits: &TransactionLimits) {
        let mut octets = 0;
        let fitting = self.replies.iter().rev().take(limits.replies).take_while(|kept| {
            octets += kept.body.len();
            octets <= limits.reply_octets
        });
        let superfluous = self.replies.len() - fitting.count();
        self.replies.drain(..superfluous);
    }
}

impl Conflict {
    /// What to tell the peer.
    #[must_use]
    pub const fn fail_info(self) -> FailInfo {
        FailInfo::BAD_REQUEST
    }
}

impl fmt::Debug for KeptReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptReply({:?} to {}, {} octets)", self.finality, self.message, self.body.len())
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DifferentRequest => "the transactionID belongs to another request",
            Self::Full => "no room for another transaction",
            Self::Unknown => "no such transaction",
        })
    }
}

impl core::error::Error for Conflict {}
