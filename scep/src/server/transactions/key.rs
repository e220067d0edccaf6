//! [`TransactionKey`]: whose transaction it is, and which; [`MessageDigest`]: which message.

use core::fmt;

use pki_core::{Certificate, algorithm::DigestAlgorithm, crypto::CryptoProvider};

use crate::attribute::TransactionId;

/// What a transaction is found by: the primary key of a table of transactions.
///
/// Two CAs, or two generations of one, may meet the same transactionID: many clients make it of their public key. So the
/// CA is part of the key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the columns of a primary key")]
pub struct TransactionKey {
    /// The CA that the request was made to.
    pub authority: AuthorityId,
    /// The transactionID, chosen by the client.
    pub id: TransactionId,
}

macro_rules! digests {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// From octets that were kept.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The octets.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            /// Lower-case hexadecimal.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        })*
    };
}

digests! {
    /// One generation of a CA: the SHA-256 of its name and its key, the DER of `subject` and then of
    /// `subjectPublicKeyInfo`. A certificate renewed for the same key is the same CA (RFC 5280 section 6.1.1 (d)).
    AuthorityId;
    /// The SHA-256 of a whole pkiMessage: names the very octets that were answered.
    MessageDigest;
}

impl TransactionKey {
    /// From its parts.
    #[must_use]
    pub const fn new(authority: AuthorityId, id: TransactionId) -> Self {
        Self { authority, id }
    }
}

impl AuthorityId {
    /// Of this CA. `None` if the provider has no SHA-256.
    #[must_use]
    pub fn of(ca: &Certificate, crypto: &CryptoProvider) -> Option<Self> {
        sha256(&[ca.subject().as_der(), ca.public_key().as_der()], crypto).map(Self)
    }
}

impl MessageDigest {
    /// Of this message. `None` if the provider has no SHA-256.
    #[must_use]
    pub fn of(message: &[u8], crypto: &CryptoProvider) -> Option<Self> {
        sha256(&[message], crypto).map(Self)
    }
}

fn sha256(parts: &[&[u8]], crypto: &CryptoProvider) -> Option<[u8; 32]> {
    let digest = crypto.digest(DigestAlgorithm::SHA256.oid())?.digest(parts);
    digest.as_bytes().try_into().ok()
}

impl fmt::Display for TransactionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of CA {}", self.id, self.authority)
    }
}
