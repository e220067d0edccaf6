//! How to talk with a peer: the ways of a [`PeerProfile`](super::PeerProfile) beside its quirks.

use core::time::Duration;

use pki_core::{Certificate, PublicKeyRef, oid};

/// What a CertRep SUCCESS may carry (RFC 8894 section 3.3.2.1: the certificate, and others if the CA likes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "all there is to choose")]
pub enum ReplyCertificates {
    /// What the application gives.
    #[default]
    AsGiven,
    /// The first of them only: Apple takes the first, after DER has sorted them, for its own (A9), and Juniper refuses
    /// others (C6).
    LeafOnly,
}

/// How a renewal is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RenewalStyle {
    /// By a first request: PKCSReq (19), signed by a fresh self-signed certificate (A6: Apple).
    Anew,
    /// By PKCSReq (19) signed with the old certificate, as drafts before the RFC had it (C4); some do unless the CA states
    /// [`Renewal`](crate::Capability::Renewal).
    PkcsReq,
    /// By RenewalReq (17) signed with the old certificate (RFC 8894 section 2.3).
    #[default]
    RenewalReq,
}

/// Which characters of a challengePassword a peer can take from its configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChallengeAlphabet {
    /// Any text.
    #[default]
    Any,
    /// Letters and digits of ASCII, and the hyphen. Windows refuses what a PrintableString lacks by
    /// `CRYPT_E_INVALID_PRINTABLE_STRING` (W4), and what it has beside these is trouble in XML and shells.
    LettersDigitsHyphen,
}

/// Which keys a peer gets along with, in its own certificate and in those of the CA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SuitableKeys {
    /// Any.
    #[default]
    Any,
    /// RSA under its plain identifier: no EC, no RSASSA-PSS (A13).
    PlainRsa,
}

/// How GetCACert gives several certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CaCertificates {
    /// One as it is, several in a certificates-only SignedData (RFC 8894 section 4.2.1; A7).
    #[default]
    Bundle,
    /// One for each number in `message`, from 0 up (O7: Dogtag, which certmonger walks).
    OneByOne,
}

/// What a client's transactionIDs are made of. For information: they mean nothing to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransactionIdStyle {
    /// Base64 of the hash of the key (micromdm, smallstep).
    Base64KeyHash,
    /// Hexadecimal MD5 of the key (sscep, older tools around NDES).
    HexMd5,
    /// Lower-case hexadecimal SHA-1 of the subjectPublicKeyInfo (jscep, strongSwan).
    HexSha1OfSpki,
    /// Upper-case hexadecimal SHA-1 of the `RSAPublicKey` (A4: Apple).
    UpperHexSha1OfRsaKey,
}

/// How often a client asks again unless its configuration says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a schedule without back-off has these two numbers")]
pub struct Polling {
    /// Between one question and the next.
    pub interval: Duration,
    /// How many there are.
    pub attempts: u32,
}

impl ReplyCertificates {
    /// What of `given` goes into a reply.
    #[must_use]
    pub fn choose(self, given: &[Certificate]) -> &[Certificate] {
        match self {
            Self::AsGiven => given,
            Self::LeafOnly => given.get(..1).unwrap_or_default(),
        }
    }
}

impl ChallengeAlphabet {
    /// Whether a challenge of these characters will do.
    #[must_use]
    pub fn permits(self, challenge: &str) -> bool {
        match self {
            Self::Any => true,
            Self::LettersDigitsHyphen => challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
        }
    }
}

impl SuitableKeys {
    /// Whether this key is one.
    #[must_use]
    pub fn include(self, key: PublicKeyRef<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::PlainRsa => key.algorithm().oid == oid::RSA_ENCRYPTION,
        }
    }
}
