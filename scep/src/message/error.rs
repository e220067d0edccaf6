//! [`MessageError`]: why a pkiMessage is not believed; [`BuildError`]: why one can't be made.

use core::fmt;

use pki_core::{
    DecodeError, Oid,
    cms::{self, DeriveError, EnvelopeError, SealError, SignatureError},
    crypto::RandomFailed,
};

use crate::attribute::MessageType;

/// Why a received pkiMessage goes no further. All of it is the peer's doing, but for [`MessageError::UnknownRecipient`],
/// which can also be one's own (a certificate that was replaced).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// A transaction attribute is repeated, empty or malformed (section 3.2.1).
    Attribute {
        /// Which.
        oid: Oid<'static>,
        /// How.
        cause: DecodeError,
    },
    /// A transaction attribute that must be there is not (section 3.2.1).
    AttributeMissing {
        /// Which.
        oid: Oid<'static>,
    },
    /// There is no pkcsPKIEnvelope where the message type has one (section 3).
    EnvelopeMissing,
    /// The envelope uses what the provider does not have (section 3.2.2).
    Envelope(EnvelopeError),
    /// The content is no EnvelopedData, or a malformed one (section 3.2.2).
    EnvelopeMalformed(DecodeError),
    /// Not a CMS SignedData, or a malformed one (section 3.2).
    Malformed(DecodeError),
    /// The message does not carry the certificate that its SignerInfo names (section 2.3), or, for a reply, none of the
    /// authority's certificates is the one it names.
    SignerUnknown,
    /// Another number of SignerInfos than one (section 3.2).
    SignerCount {
        /// How many there were.
        found: usize,
    },
    /// The CMS signature does not hold.
    Signature(SignatureError),
    /// There are no signed attributes (section 3.2).
    SignedAttributesMissing,
    /// The envelope is for somebody else: no recipientInfo names the certificate.
    UnknownRecipient,
    /// The envelope could not be opened, or what was inside is not what the message type says. Which of the two is never
    /// told: the difference would be a decryption oracle.
    Unopenable,
    /// A messageType that is not defined, or not one that goes this way (section 3.2.1.2).
    UnexpectedType(MessageType),
}

/// Why a pkiMessage can't be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The SignedData can't be made.
    Cms(cms::BuildError),
    /// No key could be derived from the password.
    Derive(DeriveError),
    /// The source of randomness failed.
    Random(RandomFailed),
    /// The envelope can't be made.
    Seal(SealError),
    /// The signer's key is of no kind that the family has a signature algorithm for, or not with the digest wanted.
    SignerKeyUnsupported,
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute { oid, cause } => write!(f, "attribute {oid}: {cause}"),
            Self::AttributeMissing { oid } => write!(f, "attribute {oid} is missing"),
            Self::EnvelopeMissing => f.write_str("there is no pkcsPKIEnvelope"),
            Self::Envelope(error) => write!(f, "pkcsPKIEnvelope: {error}"),
            Self::EnvelopeMalformed(error) => write!(f, "pkcsPKIEnvelope: {error}"),
            Self::Malformed(error) => write!(f, "not a pkiMessage: {error}"),
            Self::SignerUnknown => f.write_str("the signer's certificate is not known"),
            Self::SignerCount { found } => write!(f, "{found} signers instead of one"),
            Self::Signature(error) => write!(f, "signature: {error}"),
            Self::SignedAttributesMissing => f.write_str("there are no signed attributes"),
            Self::UnknownRecipient => f.write_str("the envelope is for another recipient"),
            Self::Unopenable => f.write_str("the envelope can't be opened"),
            Self::UnexpectedType(message_type) => write!(f, "messageType {message_type} is not expected here"),
        }
    }
}

impl core::error::Error for MessageError {}

impl From<SignatureError> for MessageError {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}

impl From<EnvelopeError> for MessageError {
    fn from(error: EnvelopeError) -> Self {
        Self::Envelope(error)
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cms(error) => error.fmt(f),
            Self::Derive(error) => error.fmt(f),
            Self::Random(error) => error.fmt(f),
            Self::Seal(error) => error.fmt(f),
            Self::SignerKeyUnsupported => f.write_str("no signature algorithm fits the signer's key"),
        }
    }
}

impl core::error::Error for BuildError {}

impl From<RandomFailed> for BuildError {
    fn from(error: RandomFailed) -> Self {
        Self::Random(error)
    }
}

impl From<DeriveError> for BuildError {
    fn from(error: DeriveError) -> Self {
        Self::Derive(error)
    }
}

impl From<SealError> for BuildError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl From<cms::BuildError> for BuildError {
    fn from(error: cms::BuildError) -> Self {
        Self::Cms(error)
    }
}
