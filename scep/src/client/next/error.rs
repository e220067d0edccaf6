//! [`NextAuthorityError`]: why an answer to GetNextCACert is not believed.

use core::fmt;

use pki_core::{DecodeError, cms::SignatureError};

use crate::client::HttpRefusal;

/// Why an answer to GetNextCACert is not believed. Nothing in it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextAuthorityError {
    /// What is signed is no SignedData, or one with a malformed certificate (RFC 8894 section 4.7.1).
    ContentMalformed(DecodeError),
    /// Nothing is signed. Certificates beside that count for nothing: jscep's servers put them there.
    ContentMissing,
    /// What is signed is not of type id-data.
    ContentType,
    /// Not a CMS SignedData, or a malformed one.
    Malformed(DecodeError),
    /// There is no certificate of a CA in it.
    NoCa,
    /// The CA has no next certificate: HTTP 404, which is usual, 410, or one of 400, 405 and 501, by which a server says that
    /// it does not know the operation.
    None(HttpRefusal),
    /// What is signed has signers of its own, and is no certificates-only message (section 3.4).
    NotCertificatesOnly,
    /// The signature does not hold.
    Signature(SignatureError),
    /// Another number of signers than one. There is none in a certificates-only message.
    SignerCount {
        /// How many there were.
        found: usize,
    },
    /// It is signed by somebody else than the current CA: the next one, an RA, a device, a stranger.
    SignerUnknown,
    /// The current CA's certificates, and none that is new.
    Unchanged,
}

impl fmt::Display for NextAuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContentMalformed(error) => write!(f, "not a bundle of certificates in the SignedData: {error}"),
            Self::ContentMissing => f.write_str("nothing is signed"),
            Self::ContentType => f.write_str("what is signed is not id-data"),
            Self::Malformed(error) => write!(f, "not a SignedData: {error}"),
            Self::NoCa => f.write_str("no certificate of a CA"),
            Self::None(refusal) => write!(f, "there are none: {refusal}"),
            Self::NotCertificatesOnly => f.write_str("what is signed has signers of its own"),
            Self::Signature(error) => write!(f, "signature: {error}"),
            Self::SignerCount { found } => write!(f, "{found} signers instead of one"),
            Self::SignerUnknown => f.write_str("not signed by the current CA"),
            Self::Unchanged => f.write_str("no certificate that the current CA does not have"),
        }
    }
}

impl core::error::Error for NextAuthorityError {}
