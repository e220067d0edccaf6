//! What a client puts up with: [`AlgorithmFloor`], [`StandardPolicy`], [`DowngradePolicy`], [`AuthenticatedEncryption`].

use alloc::string::String;

use pki_core::algorithm::{CipherAlgorithm, DigestAlgorithm};

use crate::capability::Capabilities;

/// The weakest algorithms that requests are made with.
///
/// Replies are read with whatever the provider has: NDES answers with SHA-1 who asks it with SHA-256, and what is in a reply
/// is a certificate, which everybody may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8894 section 2.9 has what everybody implements, and what is older")]
pub enum AlgorithmFloor {
    /// Triple DES and SHA-1, for a CA that states nothing better (RFC 8894 section 3.5.2), if the provider has them. Single
    /// DES and MD5 are never chosen.
    Legacy,
    /// AES-128 and SHA-256. The default.
    #[default]
    Standard,
}

/// What to do about a CA that does not state SCEPStandard, nor what is meant by it. RFC 8894 section 7.5 has these choices,
/// since someone in between may have taken the word out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 8894 section 7.5 has two choices, and section 3.5.2 a CA that is silent"
)]
pub enum StandardPolicy {
    /// Go on as if it had stated SCEPStandard, whatever else it states: with POST, AES and SHA-256. A CA that does not have
    /// them will say so, or say nothing that can be understood.
    Assume,
    /// Go on as if it had stated SCEPStandard where it states nothing at all: an empty answer, an HTTP error, a page of HTML.
    /// One that states less is believed.
    AssumeIfSilent,
    /// Believe it, and end with [`Unsupported::BelowFloor`](super::Unsupported::BelowFloor) if that is less than the
    /// [`AlgorithmFloor`]. The default.
    #[default]
    Refuse,
}

/// What to do about a CA that no longer states what it was known to state
/// ([`ClientConfig::with_known_capabilities`](super::ClientConfig::with_known_capabilities)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8894 section 7.5 has these two")]
pub enum DowngradePolicy {
    /// Go on as if it still stated it.
    ContinueAsBefore,
    /// End with [`Error::Downgraded`](super::Error::Downgraded). The default.
    #[default]
    Refuse,
}

/// Encryption with a cipher that authenticates, AES-GCM, and how it is known that the CA reads it.
///
/// Requests go as `AuthEnvelopedData` then (RFC 5083), never as EnvelopedData. No keyword for that is registered, and a CA that
/// does not know it can't read the request; so both sides have to say so, and the client never guesses. A private keyword
/// begins with whose it is: an organisation, or a domain name (RFC 8894 section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatedEncryption {
    cipher: CipherAlgorithm,
    /// `None` where it was agreed on otherwise.
    keyword: Option<String>,
}

impl AuthenticatedEncryption {
    /// Used where the CA states this keyword, in any letter case, in GetCACaps. Where it does not, since somebody may have
    /// taken the word out, requests are no weaker than the [`AlgorithmFloor`].
    #[must_use]
    pub fn stated_by(keyword: impl Into<String>, cipher: CipherAlgorithm) -> Self {
        Self { cipher, keyword: Some(keyword.into()) }
    }

    /// Used always: the CA is known to read it.
    #[must_use]
    pub const fn agreed(cipher: CipherAlgorithm) -> Self {
        Self { cipher, keyword: None }
    }

    /// The cipher, if the CA says that it has it.
    pub(super) fn of(&self, capabilities: &Capabilities) -> Option<CipherAlgorithm> {
        let stated = self.keyword.as_ref().is_none_or(|keyword| capabilities.states_private(keyword));
        stated.then_some(self.cipher)
    }
}

impl AlgorithmFloor {
    pub(super) fn allows_digest(self, digest: DigestAlgorithm) -> bool {
        self == Self::Legacy || ![DigestAlgorithm::MD5, DigestAlgorithm::SHA1].contains(&digest)
    }

    pub(super) fn allows_cipher(self, cipher: CipherAlgorithm) -> bool {
        self == Self::Legacy || ![CipherAlgorithm::DES_CBC, CipherAlgorithm::DES_EDE3_CBC].contains(&cipher)
    }
}
