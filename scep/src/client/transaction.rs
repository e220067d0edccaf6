//! What all messages of one transaction share.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{Certificate, ToBeSigned, UnixTime, crypto::SecureRandom};

use super::{
    Authority, ClientConfig, Error, HttpRefusal, KeyRole, Misbehaviour,
    protection::Protection,
    request::{RsaPadding, signature_algorithm},
};
use crate::{
    attribute::{MessageType, Nonce, TransactionId},
    http::{HttpResponse, MediaType, Operation},
    message::{Attributes, PkiMessage, PkiMessageBuilder, Received, Verified, seal},
    peer::Quirk,
};

/// What is needed to make the messages of a transaction and to judge the replies. No secret is in it.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) config: Arc<ClientConfig>,
    pub(super) authority: Authority,
    pub(super) protection: Protection,
    pub(super) id: TransactionId,
    pub(super) sender: Sender,
}

/// Whose signature the messages bear, and whom the reply is encrypted to (RFC 8894 section 2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    pub(super) certificate: Certificate,
    /// Sent along.
    pub(super) chain: Vec<Certificate>,
    pub(super) key: KeyRole,
    pub(super) padding: RsaPadding,
}

/// A message that is not signed yet, and what it is made of.
#[derive(Clone, Debug)]
pub(super) struct Unsigned {
    pub(super) nonce: Nonce,
    pub(super) envelope: Vec<u8>,
    pub(super) message: ToBeSigned<PkiMessage>,
}

impl Transaction {
    /// A message with this senderNonce and messageData.
    pub(super) fn message(
        &self,
        message_type: MessageType,
        nonce: Nonce,
        data: &[u8],
        rng: &mut dyn SecureRandom,
    ) -> Result<Unsigned, Error> {
        let (recipient, algorithms) = (self.authority.recipient(), self.protection.envelope);
        let envelope = seal(data, recipient, algorithms, self.config.crypto(), rng)?;
        self.message_of(message_type, nonce, envelope)
    }

    /// The same with messageData that is encrypted already. The same arguments give the same octets to sign.
    pub(super) fn message_of(
        &self,
        message_type: MessageType,
        nonce: Nonce,
        envelope: Vec<u8>,
    ) -> Result<Unsigned, Error> {
        let Sender { certificate, chain, padding, .. } = &self.sender;
        let attributes = Attributes::request(message_type, self.id.clone(), nonce.clone());
        let algorithm = signature_algorithm(certificate.public_key(), self.protection.digest)?;
        let algorithm = padding.applied_to(algorithm, self.protection.digest);
        let mut builder =
            PkiMessageBuilder::new(attributes).with_envelope(envelope.clone()).add_certificate(certificate);
        for superior in chain {
            builder = builder.add_certificate(superior);
        }
        let message = builder.build(certificate, algorithm, self.config.crypto())?;
        Ok(Unsigned { nonce, envelope, message })
    }

    /// The checks of RFC 8894 on a CertRep, in the order of section 3.2: the signature by the confirmed authority, then
    /// transactionID, messageType and recipientNonce. Its status is the caller's to judge.
    pub(super) fn verified_reply(&self, nonce: &Nonce, reply: &HttpResponse, now: UnixTime) -> Result<Verified, Error> {
        if !reply.is_success() {
            return Err(Error::Http(HttpRefusal::of(reply)));
        }
        let received = match Received::decode(&reply.body, self.config.limits()) {
            Ok(received) => received,
            // A page of HTML, most likely: its beginning says more than the position of its first odd byte.
            Err(_) if reply.media_type() != Some(MediaType::PkiMessage) => {
                return Err(Error::Http(HttpRefusal::of(reply)));
            }
            Err(error) => return Err(error.into()),
        };
        let verified = received.verify_by(&self.config.signers(&self.authority, now), self.config.crypto())?;
        let attributes = verified.attributes();
        if attributes.transaction_id != self.id {
            return Err(Misbehaviour::TransactionId.into());
        }
        if attributes.message_type != MessageType::CERT_REP {
            return Err(Misbehaviour::Type(attributes.message_type).into());
        }
        let nonce_counts = !self.config.peer().tolerated().contains(Quirk::NonceNotEchoed);
        if nonce_counts && attributes.recipient_nonce.as_ref() != Some(nonce) {
            return Err(Misbehaviour::RecipientNonce.into());
        }
        self.config.check_quirks(|| reply.quirks(Operation::PkiOperation) | verified.quirks())?;
        Ok(verified)
    }
}
