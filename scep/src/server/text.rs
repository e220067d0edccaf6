//! What failInfoText says, where it says anything.

use super::{Error, IssueError};
use crate::{
    attribute::{FailInfo, FailInfoText, KnownFailInfo},
    message::MessageError,
};
use pki_core::cms::{EnvelopeError, SignatureError};

/// Whether a FAILURE has a failInfoText (RFC 8894 section 3.2.1.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FailInfoTexts {
    /// Only what the caller writes.
    #[default]
    Off,
    /// Always.
    On,
}

impl FailInfoTexts {
    /// What to write beside the failInfo of this error.
    pub(super) fn of(self, error: &Error) -> Option<FailInfoText> {
        match self {
            Self::Off => None,
            Self::On => {
                let text =
                    before_any_key(error).or_else(|| by_policy(error)).unwrap_or_else(|| of_number(error.fail_info()));
                Some(FailInfoText::new(text))
            }
        }
    }

    /// What to write beside a failInfo that says all there is to say.
    pub(super) fn of_info(self, info: FailInfo) -> Option<FailInfoText> {
        match self {
            Self::Off => None,
            Self::On => Some(FailInfoText::new(of_number(info))),
        }
    }
}

/// What anybody can see in the message without a private key. `None` for the rest, of which no more may be told than
/// failInfo does.
const fn before_any_key(error: &Error) -> Option<&'static str> {
    let message = match error {
        Error::ClockSkew { .. } => return Some("the signingTime is too far from the time here: set the clock"),
        Error::OperationUnsupported => return Some("this operation is not served here"),
        Error::ReplyUndeliverable => return Some("no reply can be encrypted to the key that signed the request"),
        Error::SenderNonceMissing => return Some("senderNonce is missing"),
        Error::Message(message) => message,
        _ => return None,
    };
    Some(match message {
        MessageError::Attribute { .. } => "a signed attribute is malformed or repeated",
        MessageError::AttributeMissing { .. } => "messageType or transactionID is missing",
        MessageError::EnvelopeMissing => "there is no pkcsPKIEnvelope",
        MessageError::Envelope(EnvelopeError::AuthenticatedCipher | EnvelopeError::UnauthenticatedCipher) => {
            "the content encryption algorithm does not belong into this kind of envelope"
        }
        MessageError::Envelope(EnvelopeError::UnsupportedCipher) => "the content encryption algorithm is not supported",
        MessageError::Envelope(EnvelopeError::UnsupportedKeyTransport) => {
            "the key encryption algorithm is not supported"
        }
        MessageError::Envelope(_) | MessageError::EnvelopeMalformed(_) => "the pkcsPKIEnvelope is malformed",
        MessageError::SignerUnknown => "the signer's certificate is not in the message",
        MessageError::Signature(SignatureError::UnsupportedAlgorithm { .. }) => {
            "the digest or signature algorithm is not supported"
        }
        MessageError::Signature(_) => "the signature does not hold",
        MessageError::UnknownRecipient => "the message is encrypted to somebody else: get the CA's certificates again",
        MessageError::UnexpectedType(_) => "this messageType is not served here",
        _ => return None,
    })
}

/// What policy has against somebody who is known, or against a key that anybody can look at.
const fn by_policy(error: &Error) -> Option<&'static str> {
    match error {
        Error::Denied(denied) => denied.text(),
        Error::Issue(IssueError::Key(_)) => Some("the key is of a kind or length that gets no certificate"),
        _ => None,
    }
}

/// RFC 8894 table 5.
const fn of_number(info: FailInfo) -> &'static str {
    match info.known() {
        Some(KnownFailInfo::BadAlg) => "an algorithm is unknown or not supported",
        Some(KnownFailInfo::BadMessageCheck) => "the integrity check failed",
        Some(KnownFailInfo::BadTime) => "the signingTime is not close enough to the time here",
        Some(KnownFailInfo::BadCertId) => "no certificate matches",
        _ => "the transaction is not permitted or not supported",
    }
}
