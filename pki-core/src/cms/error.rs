//! Why CMS was not accepted, opened or made.

use core::fmt;

use crate::{
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyDerivationAlgorithm, KeyTransportAlgorithm},
    crypto::{BadSignature, CipherFailed, RandomFailed, WrapFailed},
    error::DecodeError,
    oid::Oid,
};

/// Why the signature of a SignerInfo was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// digestAlgorithm is not the digest that signatureAlgorithm uses (RFC 8933 section 3).
    AlgorithmMismatch,
    /// There are no signed attributes, and the content that was signed reads as signed attributes: the signature may have
    /// been made for those and moved here.
    AmbiguousContent,
    /// A signed attribute that occurs again, or has another number of values than one, or the wrong type of value.
    AttributeMalformed {
        /// Which.
        oid: Oid<'static>,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// A signed attribute that must be there is not.
    AttributeMissing {
        /// Which.
        oid: Oid<'static>,
    },
    /// The signature is not over the attributes, or over the content, by this key.
    BadSignature,
    /// The content-type attribute names another type than eContentType (RFC 5652 section 11.1).
    ContentTypeMismatch,
    /// The message-digest attribute is not the digest of the content (RFC 5652 section 5.6).
    DigestMismatch,
    /// There are no signed attributes where they must be.
    NoSignedAttributes,
    /// The provider does not know the digest, or does not verify the signature algorithm with this key.
    UnsupportedAlgorithm {
        /// `digestAlgorithm` or `signatureAlgorithm`.
        field: &'static str,
    },
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmMismatch => f.write_str("digestAlgorithm is not the digest of signatureAlgorithm"),
            Self::AmbiguousContent => {
                f.write_str("the content reads as signed attributes, and there are none beside it")
            }
            Self::AttributeMalformed { oid, error } => write!(f, "signed attribute {oid}: {error}"),
            Self::AttributeMissing { oid } => write!(f, "no signed attribute {oid}"),
            Self::BadSignature => BadSignature.fmt(f),
            Self::ContentTypeMismatch => f.write_str("the content-type attribute differs from eContentType"),
            Self::DigestMismatch => f.write_str("the message-digest attribute is not the digest of the content"),
            Self::NoSignedAttributes => f.write_str("there are no signed attributes"),
            Self::UnsupportedAlgorithm { field } => write!(f, "{field} is not supported"),
        }
    }
}

impl core::error::Error for SignatureError {}

/// Why an envelope can't be opened: what anyone can see without the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// A cipher that authenticates, in an EnvelopedData, which has no place for its tag (RFC 5083 section 1): some peers put
    /// the tag behind the ciphertext.
    AuthenticatedCipher,
    /// The content of an AuthEnvelopedData is not id-data and the authenticated attributes don't say of what type it is, or
    /// they name another type than there is (RFC 5083 section 2.1, RFC 5652 section 11.1).
    ContentTypeMismatch,
    /// The content cipher's parameters are no IV of the length of its block (RFC 3565 section 4.1), or no nonce of 12 octets
    /// (RFC 5084 section 3.2).
    InvalidIv,
    /// The authentication tag is not as long as the parameters of the cipher say, or they say something else than 12 to 16
    /// octets (RFC 5084 section 3.2).
    InvalidMac,
    /// The parameters of PBKDF2 or of the key wrap are malformed or out of bounds. Positions count from the start of those
    /// parameters.
    InvalidPasswordRecipient(DecodeError),
    /// The password recipients ask for more iterations than [`Limits::iterations`](crate::Limits::iterations).
    TooManyIterations {
        /// How many they ask for together; 4,294,967,295 stands for any larger number of one of them.
        requested: u64,
        /// How many they may.
        limit: u32,
    },
    /// A cipher that does not authenticate, in an AuthEnvelopedData (RFC 5083 section 2.1).
    UnauthenticatedCipher,
    /// The provider does not know the content cipher.
    UnsupportedCipher,
    /// The provider does not know how a key is derived from the password.
    UnsupportedKeyDerivation,
    /// The provider does not know how the content key is encrypted.
    UnsupportedKeyTransport,
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthenticatedCipher => f.write_str("a cipher that authenticates, in an EnvelopedData"),
            Self::ContentTypeMismatch => {
                f.write_str("the authenticated attributes do not name the type of the content")
            }
            Self::InvalidIv => f.write_str("the parameters of the content cipher are no IV for it"),
            Self::InvalidMac => f.write_str("the authentication tag is not as long as it should be"),
            Self::InvalidPasswordRecipient(error) => write!(f, "the parameters of a password recipient: {error}"),
            Self::TooManyIterations { requested, limit } => {
                write!(f, "the password recipients ask for {requested} iterations, and {limit} are allowed")
            }
            Self::UnauthenticatedCipher => f.write_str("a cipher that does not authenticate, in an AuthEnvelopedData"),
            Self::UnsupportedCipher => f.write_str("the content cipher is not supported"),
            Self::UnsupportedKeyDerivation => f.write_str("the key derivation algorithm is not supported"),
            Self::UnsupportedKeyTransport => f.write_str("the key encryption algorithm is not supported"),
        }
    }
}

impl core::error::Error for EnvelopeError {}

/// Why a key could not be derived from a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeriveError {
    /// The source of randomness failed.
    Random(RandomFailed),
    /// Fewer iterations than [`PasswordProfile::FEWEST_ITERATIONS`](super::PasswordProfile::FEWEST_ITERATIONS).
    TooFewIterations(u32),
    /// The provider does not have the cipher, or not in CBC mode.
    UnsupportedCipher(CipherAlgorithm),
    /// The provider does not have the key derivation, or it has no identifier.
    UnsupportedKeyDerivation(KeyDerivationAlgorithm),
}

impl fmt::Display for DeriveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random(failed) => failed.fmt(f),
            Self::TooFewIterations(iterations) => write!(f, "{iterations} iterations are too few"),
            Self::UnsupportedCipher(cipher) => write!(f, "the provider has no {cipher:?} to wrap keys with"),
            Self::UnsupportedKeyDerivation(derivation) => write!(f, "the provider has no {derivation:?}"),
        }
    }
}

impl core::error::Error for DeriveError {}

/// Why a SignedData could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The same attribute was added twice.
    DuplicateAttribute,
    /// A certificate, CRL, attribute value, issuer or serial number that is not one DER element.
    InvalidDer(DecodeError),
    /// content-type and message-digest are added by the builder.
    ReservedAttribute,
    /// The provider does not have the digest of the signature algorithm.
    UnsupportedDigest(DigestAlgorithm),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateAttribute => f.write_str("the same attribute was added twice"),
            Self::InvalidDer(error) => write!(f, "not one DER element: {error}"),
            Self::ReservedAttribute => f.write_str("content-type and message-digest are added by the builder"),
            Self::UnsupportedDigest(digest) => write!(f, "the provider has no {digest:?}"),
        }
    }
}

impl core::error::Error for BuildError {}

/// Why an EnvelopedData could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The cipher failed.
    Cipher(CipherFailed),
    /// A recipient's issuer or serial number that is not one DER element.
    InvalidDer(DecodeError),
    /// There is nobody to encrypt to (RFC 5652 section 6.1).
    NoRecipients,
    /// The source of randomness failed.
    Random(RandomFailed),
    /// The provider does not have the cipher.
    UnsupportedCipher(CipherAlgorithm),
    /// The provider does not have the key transport.
    UnsupportedKeyTransport(KeyTransportAlgorithm),
    /// The content key could not be encrypted to a recipient.
    Wrap(WrapFailed),
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cipher(failed) => failed.fmt(f),
            Self::InvalidDer(error) => write!(f, "not one DER element: {error}"),
            Self::NoRecipients => f.write_str("no recipients"),
            Self::Random(failed) => failed.fmt(f),
            Self::UnsupportedCipher(cipher) => write!(f, "the provider has no {cipher:?}"),
            Self::UnsupportedKeyTransport(transport) => write!(f, "the provider has no {transport:?}"),
            Self::Wrap(failed) => failed.fmt(f),
        }
    }
}

impl core::error::Error for SealError {}
