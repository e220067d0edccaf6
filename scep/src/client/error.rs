//! [`Error`]: why a step could not be answered. The step itself is unchanged.

use alloc::{string::String, vec::Vec};
use core::fmt;

use pki_core::{
    DecodeError,
    algorithm::{CipherAlgorithm, DigestAlgorithm},
    chain::ChainError,
    crypto::{RandomFailed, SignFailed, UnwrapFailed},
};

use super::{AuthorityError, NextAuthorityError, UnusableCertificate};
use crate::{
    attribute::{MessageType, PkiStatus},
    capability::Capability,
    http::{HttpResponse, RetryAfter},
    message::{BuildError, MessageError},
    peer::Quirk,
};

/// Why a step could not be answered, by who is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The peer: its certificates make no authority, or not the one that is pinned.
    Authority(AuthorityError),
    /// The caller: the message could not be made.
    Build(BuildError),
    /// The caller: the certificate that is to be renewed, or to sign a lookup, can't sign.
    CurrentCertificate(UnusableCertificate),
    /// The peer, or something before it: it no longer states what it was known to state. The answer to GetCACaps is not
    /// signed (RFC 8894 section 7.5).
    Downgraded {
        /// What is missing.
        missing: Vec<Capability>,
    },
    /// The peer, or something before it: not an answer by SCEP.
    Http(HttpRefusal),
    /// The peer: the reply can't be believed or read.
    Message(MessageError),
    /// The peer: a well-formed reply that breaks the protocol.
    Misbehaved(Misbehaviour),
    /// The peer, or somebody in its place: the answer to GetNextCACert can't be believed or read.
    NextAuthority(NextAuthorityError),
    /// The source of randomness.
    Random(RandomFailed),
    /// The caller: a saved record can't be read.
    Record(DecodeError),
    /// The caller: the CSR could not be made as asked.
    Request(pki_core::BuildError),
    /// The key: the signer failed.
    Sign(SignFailed),
    /// The caller: what was configured or asked for can't work.
    Unsupported(Unsupported),
    /// The key: the decrypter failed.
    Unwrap(UnwrapFailed),
}

/// An answer that is none: an HTTP status outside of 200 to 299, or a body that is something else. IIS before NDES answers a
/// request that it can't read with 200 and a page of HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRefusal {
    /// The HTTP status.
    pub status: u16,
    /// The content type, as it came.
    pub content_type: String,
    /// The beginning of the body, at most 256 octets, with everything that is not printable replaced.
    pub excerpt: String,
    /// When the server wants to be asked again, if it says so.
    pub retry_after: Option<RetryAfter>,
}

/// How a peer broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// The certificate in the reply does not validate below the confirmed one, though its issuer's certificate is at hand.
    BadCertificatePath(ChainError),
    /// The certificate in the reply does not verify by its issuer's key.
    BadCertificateSignature,
    /// The CRL in the reply does not verify by its issuer's key.
    BadCrlSignature,
    /// Another number of CRLs than one in answer to GetCRL (section 4.6.1).
    CrlCount {
        /// How many there were.
        found: usize,
    },
    /// The CRL in the reply is another issuer's than the one that was asked for.
    CrlIssuer,
    /// SUCCESS without a certificate for the key that was asked for (RFC 8894 section 3.3.2.1).
    NoCertificateForKey,
    /// SUCCESS to GetCert without the certificate that was asked for (section 4.5.1).
    NoSuchCertificate,
    /// PENDING in answer to GetCert or GetCRL, which are answered at once or not at all (sections 4.5.1 and 4.6.1).
    PendingLookup,
    /// What the CA does is not in the profile. See [`ClientConfig::with_peer`](super::ClientConfig::with_peer).
    Quirk(Quirk),
    /// recipientNonce is not the senderNonce of the request, or absent (section 3.2.1.5).
    RecipientNonce,
    /// pkiStatus is absent or not defined (section 3.2.1.3).
    Status(Option<PkiStatus>),
    /// transactionID is not that of the request (section 3.2.1.1).
    TransactionId,
    /// messageType is not CertRep (section 3.2.1.2).
    Type(MessageType),
}

/// What can't work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsupported {
    /// What the CA states, or is taken to have, is weaker than the caller's [`AlgorithmFloor`](super::AlgorithmFloor). Someone
    /// in between may have taken words out (RFC 8894 section 7.5); see [`StandardPolicy`](super::StandardPolicy).
    BelowFloor {
        /// Its best digest, if that is too weak.
        digest: Option<DigestAlgorithm>,
        /// Its best cipher, if that is too weak.
        cipher: Option<CipherAlgorithm>,
    },
    /// The cipher of [`AuthenticatedEncryption`](super::AuthenticatedEncryption) does not authenticate.
    Cipher,
    /// The reply is encrypted to a key, and was to be opened with the challenge: see [`Open::needs`](super::Open::needs).
    EncryptedToKey,
    /// The reply is encrypted under the challenge, and was to be opened with a key: see [`Open::needs`](super::Open::needs).
    EncryptedUnderChallenge,
    /// No signature algorithm is known for a key of this kind.
    Key,
    /// The provider lacks SHA-256, AES-128-CBC or RSA key transport (RFC 8894 section 2.9), what was asked for instead, or
    /// PBKDF2 where the reply is to be encrypted under the challenge.
    Provider,
    /// The CA states no digest or cipher that the provider has.
    NoCommonAlgorithm,
    /// The CA does not state Renewal, no [`Renewal::with_fallback`](super::Renewal::with_fallback) says what to do then, and
    /// there is no challenge for a first request.
    RenewalNotStated,
    /// The key that signs the messages can't decrypt the reply, and there is no challenge to encrypt it under. Give an RSA
    /// transport key, or a challenge that the CA expects.
    TransportKeyCannotDecrypt,
}

impl Error {
    /// Whether the same request may well succeed if it is sent again, a little later: the server was busy or out of order.
    ///
    /// Any exchange *can* be sent again, since an error changes nothing; this says when there is reason to.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Http(HttpRefusal { status: 408 | 425 | 429 | 500 | 502 | 503 | 504, .. }))
    }

    /// When the server wants to be asked again, where it says so: with 429 or 503, as a rule.
    ///
    /// Nobody signs it: do not wait longer than is reasonable.
    #[must_use]
    pub const fn retry_after(&self) -> Option<RetryAfter> {
        match self {
            Self::Http(refusal) | Self::NextAuthority(NextAuthorityError::None(refusal)) => refusal.retry_after,
            _ => None,
        }
    }
}

impl HttpRefusal {
    /// Whether it says that there is no such thing, and will say so again: HTTP 501, or 400 to 499 but for 408, 425 and 429.
    pub(super) const fn is_final(&self) -> bool {
        matches!(self.status, 400..=407 | 409..=424 | 426..=428 | 430..=499 | 501)
    }

    pub(super) fn of(response: &HttpResponse) -> Self {
        let body = response.body.get(..EXCERPT).unwrap_or(&response.body);
        let printable = |byte: &u8| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' };
        let content_type = response.content_type.chars().take(EXCERPT).collect();
        let excerpt = body.iter().map(printable).collect();
        Self { status: response.status, content_type, excerpt, retry_after: response.retry_after }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authority(error) => write!(f, "CA certificates: {error}"),
            Self::Build(error) => write!(f, "the message could not be made: {error}"),
            Self::CurrentCertificate(error) => write!(f, "the current certificate can't sign: {error}"),
            Self::Downgraded { missing } => {
                f.write_str("the CA no longer states")?;
                missing.iter().try_for_each(|word| write!(f, " {word}"))
            }
            Self::Http(refusal) => refusal.fmt(f),
            Self::Message(error) => write!(f, "reply: {error}"),
            Self::Misbehaved(misbehaviour) => write!(f, "reply: {misbehaviour}"),
            Self::NextAuthority(error) => write!(f, "next CA certificates: {error}"),
            Self::Random(error) => error.fmt(f),
            Self::Record(error) => write!(f, "record: {error}"),
            Self::Request(error) => write!(f, "the CSR could not be made: {error}"),
            Self::Sign(error) => error.fmt(f),
            Self::Unsupported(unsupported) => unsupported.fmt(f),
            Self::Unwrap(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Error {}

impl fmt::Display for HttpRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {} with {:?}: {}", self.status, self.content_type, self.excerpt)
    }
}

impl fmt::Display for Misbehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadCertificatePath(error) => write!(f, "the certificate is not valid below the CA's: {error}"),
            Self::BadCertificateSignature => f.write_str("the certificate does not verify by its issuer's key"),
            Self::BadCrlSignature => f.write_str("the CRL does not verify by its issuer's key"),
            Self::CrlCount { found } => write!(f, "{found} CRLs instead of one"),
            Self::CrlIssuer => f.write_str("the CRL is of another issuer"),
            Self::NoSuchCertificate => f.write_str("the certificate that was asked for is not there"),
            Self::PendingLookup => f.write_str("a lookup can't be pending"),
            Self::NoCertificateForKey => f.write_str("no certificate for the key that was asked for"),
            Self::Quirk(quirk) => write!(f, "not tolerated: {quirk}"),
            Self::RecipientNonce => f.write_str("recipientNonce is not that of the request"),
            Self::Status(Some(status)) => write!(f, "pkiStatus {status} is not defined"),
            Self::Status(None) => f.write_str("pkiStatus is missing"),
            Self::TransactionId => f.write_str("transactionID is not that of the request"),
            Self::Type(message_type) => write!(f, "messageType {message_type} instead of CertRep"),
        }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BelowFloor { digest, cipher } => {
                f.write_str("the CA states nothing better than")?;
                digest.map_or(Ok(()), |digest| write!(f, " {}", digest.name()))?;
                return cipher.map_or(Ok(()), |cipher| write!(f, " {}", cipher.name()));
            }
            Self::Cipher => "the cipher does not authenticate",
            Self::Key => "no signature algorithm is known for this kind of key",
            Self::Provider => "the provider lacks a mandatory algorithm",
            Self::NoCommonAlgorithm => "the CA states no algorithm that the provider has",
            Self::EncryptedToKey => "the reply is encrypted to a key, not under the challenge",
            Self::EncryptedUnderChallenge => "the reply is encrypted under the challenge, not to a key",
            Self::RenewalNotStated => "the CA does not state Renewal, and there is no challenge for a first request",
            Self::TransportKeyCannotDecrypt => {
                "the key can't decrypt a reply, and there is no challenge; give an RSA transport key"
            }
        })
    }
}

impl From<AuthorityError> for Error {
    fn from(error: AuthorityError) -> Self {
        Self::Authority(error)
    }
}

impl From<NextAuthorityError> for Error {
    fn from(error: NextAuthorityError) -> Self {
        Self::NextAuthority(error)
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<MessageError> for Error {
    fn from(error: MessageError) -> Self {
        Self::Message(error)
    }
}

impl From<Misbehaviour> for Error {
    fn from(misbehaviour: Misbehaviour) -> Self {
        Self::Misbehaved(misbehaviour)
    }
}

impl From<RandomFailed> for Error {
    fn from(error: RandomFailed) -> Self {
        Self::Random(error)
    }
}

impl From<SignFailed> for Error {
    fn from(error: SignFailed) -> Self {
        Self::Sign(error)
    }
}

impl From<Unsupported> for Error {
    fn from(unsupported: Unsupported) -> Self {
        Self::Unsupported(unsupported)
    }
}

impl From<UnwrapFailed> for Error {
    fn from(error: UnwrapFailed) -> Self {
        Self::Unwrap(error)
    }
}

const EXCERPT: usize = 256;
