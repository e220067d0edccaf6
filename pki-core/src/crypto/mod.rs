//! Algorithms and keys as values.
//!
//! A [`CryptoProvider`] is six lists of algorithm objects. What is in a list is allowed, what is not is refused, and the
//! order is the preference: there is no global setting. Keys are objects behind [`Signer`] and [`Decrypter`], so they may
//! live in an HSM. `rustcrypto` (a default feature) has a provider and software keys.
//!
//! Taking one algorithm out of a provider is a matter of a new list:
//!
//! ```
//! # #[cfg(feature = "rustcrypto")] {
//! use pki_core::crypto::{CryptoProvider, rustcrypto};
//!
//! const AES_ONLY: CryptoProvider =
//!     CryptoProvider { ciphers: &[&rustcrypto::Aes128Cbc, &rustcrypto::Aes256Cbc], ..rustcrypto::PROVIDER };
//! assert_eq!(AES_ONLY.ciphers.len(), 2);
//! # }
//! ```

use alloc::vec::Vec;
use core::{fmt, num::NonZeroU32};

use crate::{
    algorithm::{
        AlgorithmIdentifier, CipherAlgorithm, DigestAlgorithm, KeyDerivationAlgorithm, KeyTransportAlgorithm,
        SignatureAlgorithm,
    },
    key::{PublicKey, PublicKeyRef},
    oid::Oid,
    secret::Secret,
};

#[cfg(feature = "aws-lc-rs")]
pub mod aws_lc_rs;
#[cfg(feature = "rustcrypto")]
pub mod rustcrypto;

/// Which algorithms may be used, most preferred first.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct CryptoProvider {
    /// Signature verification.
    pub verifiers: &'static [&'static dyn SignatureVerifier],
    /// Message digests.
    pub digests: &'static [&'static dyn Digest],
    /// Content encryption.
    pub ciphers: &'static [&'static dyn ContentCipher],
    /// Content encryption that authenticates. Nothing chooses it by itself.
    pub authenticated_ciphers: &'static [&'static dyn AuthenticatedCipher],
    /// Encryption of content keys to a public key.
    pub key_transports: &'static [&'static dyn KeyTransport],
    /// Keys from passwords.
    pub key_derivations: &'static [&'static dyn KeyDerivation],
}

/// A source of randomness fit for keys. Always an argument; the family keeps none.
pub trait SecureRandom {
    /// Fills `out` with random octets.
    ///
    /// # Errors
    /// [`RandomFailed`] if the source has none to give.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed>;
}

/// A private key that signs.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The public key that belongs to it.
    fn public_key(&self) -> &PublicKey;

    /// What it signs with, most preferred first; at least one.
    fn algorithms(&self) -> &[SignatureAlgorithm];

    /// Signs `message`, which is not hashed yet.
    ///
    /// `rng` serves blinding and salts; an implementation that has its own may ignore it.
    ///
    /// # Errors
    /// [`SignFailed`] if `algorithm` is none of [`Signer::algorithms`], or the key is out of reach.
    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        rng: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed>;
}

/// A private key that decrypts content keys.
pub trait Decrypter: fmt::Debug + Send + Sync {
    /// The public key that belongs to it.
    fn public_key(&self) -> &PublicKey;

    /// Decrypts a content key.
    ///
    /// Wrong padding, or a key of another length than [`WrappedKey::key_length`], gives a *random* key of that length and no
    /// error, so that what fails later fails as one (RFC 3218). An implementation must not let the difference show in time
    /// either.
    ///
    /// # Errors
    /// [`UnwrapFailed`] if the algorithm is not supported or the key is out of reach: reasons that do not depend on the
    /// contents of the ciphertext.
    fn unwrap_key(&self, key: &WrappedKey, rng: &mut dyn SecureRandom) -> Result<ContentKey, UnwrapFailed>;
}

/// Verifies signatures of one kind.
pub trait SignatureVerifier: fmt::Debug + Send + Sync {
    /// Whether it verifies signatures said to be `signature` made by a key that is said to be `key`.
    fn supports(&self, signature: AlgorithmIdentifier<'_>, key: AlgorithmIdentifier<'_>) -> bool;

    /// Verifies.
    ///
    /// # Errors
    /// [`BadSignature`] if the signature is not over this message by this key, or if the key is malformed.
    fn verify(
        &self,
        algorithm: AlgorithmIdentifier<'_>,
        key: PublicKeyRef<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature>;
}

/// A message digest.
pub trait Digest: fmt::Debug + Send + Sync {
    /// Which.
    fn algorithm(&self) -> DigestAlgorithm;

    /// Digests the concatenation of `parts`.
    fn digest(&self, parts: &[&[u8]]) -> DigestValue;
}

/// A block cipher in CBC mode with the padding of RFC 5652 section 6.3.
pub trait ContentCipher: fmt::Debug + Send + Sync {
    /// Which.
    fn algorithm(&self) -> CipherAlgorithm;

    /// Pads and encrypts.
    ///
    /// # Errors
    /// [`CipherFailed`] if the key or IV has another length than the algorithm says.
    fn encrypt(&self, key: &ContentKey, iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, CipherFailed>;

    /// Decrypts and removes the padding, checking it in constant time.
    ///
    /// # Errors
    /// [`CipherFailed`], one and the same for every reason.
    fn decrypt(&self, key: &ContentKey, iv: &[u8], ciphertext: &[u8]) -> Result<Secret, CipherFailed>;
}

/// A cipher that authenticates what it encrypts, and data beside it (RFC 5116), with a nonce of
/// [`CipherAlgorithm::iv_length`] octets.
pub trait AuthenticatedCipher: fmt::Debug + Send + Sync {
    /// Which.
    fn algorithm(&self) -> CipherAlgorithm;

    /// Encrypts `plaintext`, and authenticates it together with `data`. The tag has 16 octets. A nonce must never be used
    /// again with the same key.
    ///
    /// # Errors
    /// [`CipherFailed`] if the key or nonce has another length than the algorithm says.
    fn seal(&self, key: &ContentKey, nonce: &[u8], data: &[u8], plaintext: &[u8]) -> Result<Sealed, CipherFailed>;

    /// Decrypts. The tag may be cut off at the end, down to 12 octets (RFC 5084 section 3.2). Nothing is given out before it is
    /// found right, in constant time.
    ///
    /// # Errors
    /// [`CipherFailed`], one and the same for every reason.
    fn open(
        &self,
        key: &ContentKey,
        nonce: &[u8],
        data: &[u8],
        ciphertext: &[u8],
        tag: &[u8],
    ) -> Result<Secret, CipherFailed>;
}

/// Derives keys from passwords.
pub trait KeyDerivation: fmt::Debug + Send + Sync {
    /// Which.
    fn algorithm(&self) -> KeyDerivationAlgorithm;

    /// A key of `length` octets, at the cost of so many iterations. The octets of a text are those of its UTF-8.
    fn derive(&self, password: &Secret, salt: &[u8], iterations: NonZeroU32, length: usize) -> Secret;
}

/// Encrypts content keys to public keys.
pub trait KeyTransport: fmt::Debug + Send + Sync {
    /// Which.
    fn algorithm(&self) -> KeyTransportAlgorithm;

    /// Encrypts `content_key` to `recipient`.
    ///
    /// # Errors
    /// [`WrapFailed`] if the recipient's key does not fit the algorithm, or randomness fails.
    fn wrap(
        &self,
        recipient: PublicKeyRef<'_>,
        content_key: &ContentKey,
        rng: &mut dyn SecureRandom,
    ) -> Result<Vec<u8>, WrapFailed>;
}

/// A signature value: the octets that go into the BIT STRING or OCTET STRING.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature(Vec<u8>);

/// What an [`AuthenticatedCipher`] makes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "all there is")]
pub struct Sealed {
    /// As long as the plaintext.
    pub ciphertext: Vec<u8>,
    /// The authentication tag.
    pub tag: Vec<u8>,
}

/// The key that content is encrypted with.
#[derive(Debug, PartialEq, Eq)]
pub struct ContentKey(Secret);

/// A content key encrypted to a recipient, and what is needed to decrypt it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    algorithm: KeyTransportAlgorithm,
    encrypted: Vec<u8>,
    key_length: usize,
}

/// The output of a [`Digest`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DigestValue {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl CryptoProvider {
    /// Verifies a signature with the first verifier that supports the algorithm and the key.
    ///
    /// # Errors
    /// - [`VerifyError::UnsupportedAlgorithm`] if none does.
    /// - [`VerifyError::BadSignature`] if it does not verify.
    pub fn verify(
        &self,
        algorithm: AlgorithmIdentifier<'_>,
        key: PublicKeyRef<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let verifier = self.verifiers.iter().find(|verifier| verifier.supports(algorithm, key.algorithm()));
        let verifier = verifier.ok_or(VerifyError::UnsupportedAlgorithm)?;
        verifier.verify(algorithm, key, message, signature).map_err(|BadSignature| VerifyError::BadSignature)
    }

    /// The digest with this identifier.
    #[must_use]
    pub fn digest(&self, oid: Oid<'_>) -> Option<&'static dyn Digest> {
        self.digests.iter().find(|digest| digest.algorithm().oid() == oid).copied()
    }

    /// The cipher with this identifier.
    #[must_use]
    pub fn cipher(&self, oid: Oid<'_>) -> Option<&'static dyn ContentCipher> {
        self.ciphers.iter().find(|cipher| cipher.algorithm().oid() == oid).copied()
    }

    /// The authenticated cipher with this identifier.
    #[must_use]
    pub fn authenticated_cipher(&self, oid: Oid<'_>) -> Option<&'static dyn AuthenticatedCipher> {
        self.authenticated_ciphers.iter().find(|cipher| cipher.algorithm().oid() == oid).copied()
    }

    /// The key derivation for this algorithm.
    #[must_use]
    pub fn key_derivation(&self, algorithm: KeyDerivationAlgorithm) -> Option<&'static dyn KeyDerivation> {
        self.key_derivations.iter().find(|derivation| derivation.algorithm() == algorithm).copied()
    }

    /// The key transport for this algorithm.
    #[must_use]
    pub fn key_transport(&self, algorithm: KeyTransportAlgorithm) -> Option<&'static dyn KeyTransport> {
        self.key_transports.iter().find(|transport| transport.algorithm() == algorithm).copied()
    }
}

impl Signature {
    /// From the octets.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl ContentKey {
    /// From the octets.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(Secret::new(bytes))
    }

    /// A fresh key for `algorithm`.
    ///
    /// # Errors
    /// [`RandomFailed`] from the source.
    pub fn generate(algorithm: CipherAlgorithm, rng: &mut dyn SecureRandom) -> Result<Self, RandomFailed> {
        let mut bytes = alloc::vec![0; algorithm.key_length()];
        rng.fill(&mut bytes)?;
        Ok(Self::new(bytes))
    }

    /// The octets.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl WrappedKey {
    /// From its parts: the algorithm, the encrypted octets, and how many octets the content key inside has.
    #[must_use]
    pub const fn new(algorithm: KeyTransportAlgorithm, encrypted: Vec<u8>, key_length: usize) -> Self {
        Self { algorithm, encrypted, key_length }
    }

    /// How it is encrypted.
    #[must_use]
    pub const fn algorithm(&self) -> KeyTransportAlgorithm {
        self.algorithm
    }

    /// The encrypted octets.
    #[must_use]
    pub fn encrypted(&self) -> &[u8] {
        &self.encrypted
    }

    /// How many octets the content key must have, by the cipher that it is for.
    #[must_use]
    pub const fn key_length(&self) -> usize {
        self.key_length
    }
}

impl DigestValue {
    const LONGEST: usize = 64;

    /// From the octets; `None` if there are more than 64.
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::LONGEST];
        bytes.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(Self { bytes, length: octets.len() })
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({} octets)", self.0.len())
    }
}

impl fmt::Display for DigestValue {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for DigestValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DigestValue({self})")
    }
}

macro_rules! failures {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(clippy::exhaustive_structs, reason = "says all that it will ever say")]
        pub struct $name;

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl core::error::Error for $name {})*
    };
}

failures! {
    /// The source of randomness failed.
    RandomFailed = "the source of randomness failed";
    /// A private key could not sign.
    SignFailed = "the private key could not sign";
    /// A content key could not be unwrapped, for a reason that says nothing of its contents.
    UnwrapFailed = "the content key could not be unwrapped";
    /// A content key could not be wrapped.
    WrapFailed = "the content key could not be encrypted to the recipient";
    /// Encryption or decryption failed. It does not say why.
    CipherFailed = "the content could not be encrypted or decrypted";
    /// The signature is not over this message by this key.
    BadSignature = "the signature is not over this message by this key";
}

/// Why a signature was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// What was signed names another signature algorithm inside than outside (RFC 5280 section 4.1.1.2).
    AlgorithmMismatch,
    /// The signature is not over this message by this key.
    BadSignature,
    /// The provider has no verifier for this algorithm with this kind of key.
    UnsupportedAlgorithm,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmMismatch => f.write_str("the signature algorithms inside and outside differ"),
            Self::BadSignature => BadSignature.fmt(f),
            Self::UnsupportedAlgorithm => {
                f.write_str("the provider does not verify this signature algorithm with this key")
            }
        }
    }
}

impl core::error::Error for VerifyError {}
