//! [`Attributes`]: the signed transaction attributes (RFC 8894 section 3.2.1).

use alloc::vec::Vec;

use pki_core::{Oid, cms::SignedAttributes, oid};

use super::MessageError;
use crate::attribute::{FailInfo, FailInfoText, MessageType, Nonce, PkiStatus, TransactionId};

/// The transaction attributes of one message, with contentType and messageDigest left to CMS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attributes {
    /// messageType (section 3.2.1.2). In every message.
    pub message_type: MessageType,
    /// transactionID (section 3.2.1.1). In every message.
    pub transaction_id: TransactionId,
    /// senderNonce (section 3.2.1.5). In every request; replies of cryptlib and of old micromdm have none.
    pub sender_nonce: Option<Nonce>,
    /// recipientNonce (section 3.2.1.5). In every reply: the senderNonce of the request.
    pub recipient_nonce: Option<Nonce>,
    /// pkiStatus (section 3.2.1.3). In every reply.
    pub pki_status: Option<PkiStatus>,
    /// failInfo (section 3.2.1.4). In every reply whose status is FAILURE.
    pub fail_info: Option<FailInfo>,
    /// failInfoText (section 3.2.1.4). For people; never to be acted on.
    pub fail_info_text: Option<FailInfoText>,
}

/// What a reply has to quote from a request: enough to say *no* to a message that can't be believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyAddress {
    /// transactionID, if it could be read.
    pub transaction_id: Option<TransactionId>,
    /// senderNonce, if it could be read.
    pub sender_nonce: Option<Nonce>,
}

impl Attributes {
    /// Of a request.
    #[must_use]
    pub const fn request(message_type: MessageType, transaction_id: TransactionId, sender_nonce: Nonce) -> Self {
        Self {
            message_type,
            transaction_id,
            sender_nonce: Some(sender_nonce),
            recipient_nonce: None,
            pki_status: None,
            fail_info: None,
            fail_info_text: None,
        }
    }

    /// Of a CertRep that answers the request with this transactionID and senderNonce. `nonce` is a fresh senderNonce for
    /// the reply itself, never a copy of the request's.
    #[must_use]
    pub const fn reply(
        transaction_id: TransactionId,
        recipient_nonce: Option<Nonce>,
        pki_status: PkiStatus,
        nonce: Nonce,
    ) -> Self {
        Self {
            message_type: MessageType::CERT_REP,
            transaction_id,
            sender_nonce: Some(nonce),
            recipient_nonce,
            pki_status: Some(pki_status),
            fail_info: None,
            fail_info_text: None,
        }
    }

    /// Reads them: each SCEP attribute at most once, with one value; unknown attributes are passed over (item 3.2.1-18).
    /// A failInfo that is no number, and a failInfoText that is no text, count as absent.
    ///
    /// # Errors
    /// - [`MessageError::AttributeMissing`] without messageType or transactionID.
    /// - [`MessageError::Attribute`] for a repeated, empty or malformed one.
    pub fn decode(signed: &SignedAttributes<'_>) -> Result<Self, MessageError> {
        let single = |oid| signed.single(oid).map_err(|cause| MessageError::Attribute { oid, cause });
        macro_rules! read {
            ($oid:expr, $kind:ty) => {
                match single($oid)? {
                    None => None,
                    Some(value) => {
                        Some(<$kind>::decode(&value).map_err(|cause| MessageError::Attribute { oid: $oid, cause })?)
                    }
                }
            };
        }
        let missing = |oid| move || MessageError::AttributeMissing { oid };
        Ok(Self {
            message_type: read!(oid::SCEP_MESSAGE_TYPE, MessageType).ok_or_else(missing(oid::SCEP_MESSAGE_TYPE))?,
            transaction_id: read!(oid::SCEP_TRANSACTION_ID, TransactionId)
                .ok_or_else(missing(oid::SCEP_TRANSACTION_ID))?,
            sender_nonce: read!(oid::SCEP_SENDER_NONCE, Nonce),
            recipient_nonce: read!(oid::SCEP_RECIPIENT_NONCE, Nonce),
            pki_status: read!(oid::SCEP_PKI_STATUS, PkiStatus),
            // A failure remains one, whatever its reason looks like.
            fail_info: single(oid::SCEP_FAIL_INFO)?.and_then(|value| FailInfo::decode(&value).ok()),
            fail_info_text: single(oid::SCEP_FAIL_INFO_TEXT)?.and_then(|value| FailInfoText::decode(&value).ok()),
        })
    }

    /// The attributes that are there, each with its value in DER.
    pub(super) fn encode(&self) -> Vec<(Oid<'static>, Vec<u8>)> {
        let mut out = alloc::vec![
            (oid::SCEP_MESSAGE_TYPE, self.message_type.to_der()),
            (oid::SCEP_TRANSACTION_ID, self.transaction_id.to_der()),
        ];
        out.extend(self.sender_nonce.as_ref().map(|nonce| (oid::SCEP_SENDER_NONCE, nonce.to_der())));
        out.extend(self.recipient_nonce.as_ref().map(|nonce| (oid::SCEP_RECIPIENT_NONCE, nonce.to_der())));
        out.extend(self.pki_status.map(|status| (oid::SCEP_PKI_STATUS, status.to_der())));
        out.extend(self.fail_info.map(|info| (oid::SCEP_FAIL_INFO, info.to_der())));
        out.extend(self.fail_info_text.as_ref().map(|text| (oid::SCEP_FAIL_INFO_TEXT, text.to_der())));
        out
    }
}

impl ReplyAddress {
    /// What can be read of it; what can't is left out.
    pub(super) fn read(signed: &SignedAttributes<'_>) -> Self {
        let single = |oid| signed.single(oid).ok().flatten();
        Self {
            transaction_id: single(oid::SCEP_TRANSACTION_ID).and_then(|value| TransactionId::decode(&value).ok()),
            sender_nonce: single(oid::SCEP_SENDER_NONCE).and_then(|value| Nonce::decode(&value).ok()),
        }
    }
}
