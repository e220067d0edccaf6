//! [`Extended`]: a device's CSR with challenge and blinding in it, still to be signed.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    Csr, CsrOddity, DecodeError, Secret,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    crypto::{CryptoProvider, DigestValue, Signature, VerifyError},
    der::{Tag, Writer},
    name::DirectoryString,
    oid,
};

use super::{BlindingAttribute, blinding::Seed};

/// Why a device's CSR can't be given a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CsrFlaw {
    /// Its signature is by no algorithm that signs a digest of SHA-2: Ed25519, SHA-1, or something unknown.
    Algorithm,
    /// It has a challengePassword already, or the attribute for the blinding.
    Attribute,
    /// It is not written as RFC 2986 has it.
    Form(CsrOddity),
    /// Its signature does not verify: the device has not the key (RFC 2986 section 3).
    Signature(VerifyError),
}

/// Why a challenge fits into no CSR. The service's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnusableChallenge {
    /// It has no octet.
    Empty,
    /// It is not UTF-8.
    NotText,
    /// It has more octets than [`BlindingAttribute::longest_challenge`].
    TooLong,
    /// The CSR with it can't be read back, since it is larger than a CSR may be.
    Unreadable(DecodeError),
}

/// A `CertificationRequestInfo` with challenge and blinding: wiped when dropped, for the challenge is in it.
pub(super) struct Extended {
    info: Secret,
    algorithm: SignatureAlgorithm,
}

/// The algorithm that a CSR without challenge is signed by, which the CSR with it will be signed by as well.
///
/// The signature is verified, which proves that the device has the key.
pub(super) fn check(csr: &Csr, crypto: &CryptoProvider) -> Result<SignatureAlgorithm, CsrFlaw> {
    if let Some(oddity) = csr.oddities().next() {
        return Err(CsrFlaw::Form(oddity));
    }
    if csr.attributes().any(|attribute| attribute.oid == oid::CHALLENGE_PASSWORD) {
        return Err(CsrFlaw::Attribute);
    }
    let algorithm = SignatureAlgorithm::KNOWN.iter().find(|known| known.identifier() == csr.signature_algorithm());
    let fits = |known: &&SignatureAlgorithm| {
        known.key_algorithm() == csr.public_key().algorithm().oid && known.digest().is_some_and(is_sha2)
    };
    let algorithm = algorithm.copied().filter(|known| fits(&known)).ok_or(CsrFlaw::Algorithm)?;
    csr.verify(crypto).map_err(CsrFlaw::Signature)?;
    Ok(algorithm)
}

/// Whether it is one of SHA-2.
pub(super) fn is_sha2(digest: DigestAlgorithm) -> bool {
    [DigestAlgorithm::SHA224, DigestAlgorithm::SHA256, DigestAlgorithm::SHA384, DigestAlgorithm::SHA512]
        .contains(&digest)
}

/// The challengePassword attribute: PrintableString where its characters allow, else UTF8String, a single value (RFC 2985
/// section 5.4.1).
pub(super) fn encode_challenge(text: &str, w: &mut Writer) {
    w.sequence(|w| {
        w.oid(oid::CHALLENGE_PASSWORD);
        w.constructed(Tag::SET, |w| DirectoryString::encode(text, w));
    });
}

impl Extended {
    /// Subject, key and attributes of a CSR that was [checked](check), octet for octet, and two attributes more, in the order of a
    /// DER SET.
    pub(super) fn new(
        csr: &Csr,
        algorithm: SignatureAlgorithm,
        challenge: &Secret,
        attribute: BlindingAttribute,
        seed: &Seed,
    ) -> Result<Self, UnusableChallenge> {
        let text = match str::from_utf8(challenge.expose()) {
            Err(_) => return Err(UnusableChallenge::NotText),
            Ok("") => return Err(UnusableChallenge::Empty),
            Ok(text) if text.len() > attribute.longest_challenge() => return Err(UnusableChallenge::TooLong),
            Ok(text) => text,
        };
        let password = Secret::new(Writer::encode(|w| encode_challenge(text, w)));
        let blinding = Secret::new(attribute.encode(seed, password.expose().len()));
        let theirs = csr.attributes().map(|attribute| Secret::new(encode(&attribute)));
        let mut attributes: Vec<Secret> = theirs.chain([password, blinding]).collect();
        attributes.sort_by(|one, other| one.expose().cmp(other.expose()));
        let info = Secret::new(Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(0);
                w.raw(csr.subject().as_der());
                w.raw(csr.public_key().as_der());
                let all = Tag::context_constructed(0);
                w.constructed(all, |w| attributes.iter().for_each(|attribute| w.raw(attribute.expose())));
            });
        }));
        Ok(Self { info, algorithm })
    }

    /// What the device is to sign; `None` if the provider lacks the digest.
    pub(super) fn digest(&self, crypto: &CryptoProvider) -> Option<DigestValue> {
        let digest = crypto.digest(self.algorithm.digest()?.oid())?;
        Some(digest.digest(&[self.info.expose()]))
    }

    /// The CSR with this signature, which is not verified here.
    pub(super) fn complete(&self, signature: &Signature) -> Result<Csr, UnusableChallenge> {
        let der = Secret::new(Writer::encode(|w| {
            w.sequence(|w| {
                w.raw(self.info.expose());
                self.algorithm.identifier().encode(w);
                w.bit_string(signature.as_bytes());
            });
        }));
        Csr::from_der(der.expose()).map_err(UnusableChallenge::Unreadable)
    }
}

fn encode(attribute: &pki_core::csr::Attribute<'_>) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(attribute.oid);
            w.constructed(Tag::SET, |w| w.raw(attribute.reader().rest()));
        });
    })
}

impl fmt::Display for CsrFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm => f.write_str("the CSR is not signed over a digest of SHA-2"),
            Self::Attribute => f.write_str("the CSR has an attribute that the service adds"),
            Self::Form(oddity) => write!(f, "the CSR is not as RFC 2986 has it: {oddity}"),
            Self::Signature(error) => write!(f, "the CSR is not signed by its key: {error}"),
        }
    }
}

impl core::error::Error for CsrFlaw {}

impl fmt::Display for UnusableChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the challenge of the profile is empty"),
            Self::NotText => f.write_str("the challenge of the profile is not UTF-8"),
            Self::TooLong => f.write_str("the challenge of the profile is too long for the blinding attribute"),
            Self::Unreadable(error) => write!(f, "the CSR can't be given a challenge: {error}"),
        }
    }
}

impl core::error::Error for UnusableChallenge {}
