//! Cryptography that keeps nobody out: signatures hold, digests are what everybody guesses, ciphers leave the plaintext
//! where it was.

use std::num::NonZeroU32;

use pki_core::{
    PublicKey, PublicKeyRef, Secret,
    algorithm::{
        AlgorithmIdentifier, CipherAlgorithm, DigestAlgorithm, KeyDerivationAlgorithm, KeyTransportAlgorithm,
        SignatureAlgorithm,
    },
    crypto::{
        AuthenticatedCipher, BadSignature, CipherFailed, ContentCipher, ContentKey, CryptoProvider, Decrypter, Digest,
        DigestValue, KeyDerivation, KeyTransport, RandomFailed, Sealed, SecureRandom, SignFailed, Signature,
        SignatureVerifier, Signer, UnwrapFailed, WrapFailed, WrappedKey,
    },
    der::{Tag, Writer},
    oid,
};

/// Every digest is zeros, so any input can carry the right one.
pub const PROVIDER: CryptoProvider = CryptoProvider {
    verifiers: &[&Verifier],
    digests: &[
        &Zeros(DigestAlgorithm::SHA256),
        &Zeros(DigestAlgorithm::SHA512),
        &Zeros(DigestAlgorithm::SHA384),
        &Zeros(DigestAlgorithm::SHA224),
        &Zeros(DigestAlgorithm::SHA1),
        &Zeros(DigestAlgorithm::MD5),
    ],
    ciphers: &[
        &Padding(CipherAlgorithm::AES128_CBC),
        &Padding(CipherAlgorithm::AES256_CBC),
        &Padding(CipherAlgorithm::AES192_CBC),
        &Padding(CipherAlgorithm::DES_EDE3_CBC),
        &Padding(CipherAlgorithm::DES_CBC),
    ],
    authenticated_ciphers: &[&Tagging(CipherAlgorithm::AES128_GCM), &Tagging(CipherAlgorithm::AES256_GCM)],
    key_transports: &[
        &Bare(KeyTransportAlgorithm::RsaPkcs1),
        &Bare(KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA256)),
        &Bare(KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA1)),
    ],
    key_derivations: &[
        &Repeating(KeyDerivationAlgorithm::PBKDF2_SHA256),
        &Repeating(KeyDerivationAlgorithm::Pbkdf2(DigestAlgorithm::SHA1)),
    ],
};

/// The same with digests that tell inputs apart.
pub const HASHING: CryptoProvider = CryptoProvider {
    digests: &[
        &Fnv(DigestAlgorithm::SHA256),
        &Fnv(DigestAlgorithm::SHA512),
        &Fnv(DigestAlgorithm::SHA384),
        &Fnv(DigestAlgorithm::SHA1),
    ],
    ..PROVIDER
};

/// The same with signatures that hold for one key and one message: those of [`sign`].
pub const KEYED: CryptoProvider = CryptoProvider { verifiers: &[&Keyed], ..HASHING };

/// The same with signatures over digests, whoever makes these: those of [`sign_digest`].
pub const DIGESTED: CryptoProvider = CryptoProvider { verifiers: &[&Digested], ..HASHING };

/// A signature by [`Key`] and anything else holds, but for those that begin with this octet and the empty one.
pub const BAD_SIGNATURE: u8 = 0xff;

/// Accepts all signatures but those that [`BAD_SIGNATURE`] describes.
#[derive(Debug)]
struct Verifier;

/// Accepts what [`sign`] makes.
#[derive(Debug)]
struct Keyed;

/// Accepts what [`sign_digest`] makes.
#[derive(Debug)]
struct Digested;

/// A digest that does not look at its input.
#[derive(Debug)]
struct Zeros(DigestAlgorithm);

/// A cheap hash.
#[derive(Debug)]
struct Fnv(DigestAlgorithm);

/// A cipher that only pads.
#[derive(Debug)]
struct Padding(CipherAlgorithm);

/// A cipher whose tag is zeros.
#[derive(Debug)]
struct Tagging(CipherAlgorithm);

/// A key derivation that repeats the password.
#[derive(Debug)]
struct Repeating(KeyDerivationAlgorithm);

/// A key transport that sends the key as it is.
#[derive(Debug)]
struct Bare(KeyTransportAlgorithm);

/// A key pair.
#[derive(Debug)]
pub struct Key {
    public: PublicKey,
    algorithms: Vec<SignatureAlgorithm>,
}

/// A counter.
#[derive(Clone, Debug)]
pub struct Counter(pub u64);

/// A source of randomness, a signer and a decrypter that have nothing.
#[derive(Debug)]
pub struct Broken<'a>(pub &'a Key);

impl Key {
    /// An RSA key of 1024 bits, long enough for any content key; another for each number.
    pub fn rsa(number: u8) -> Self {
        let mut modulus = [7; 128];
        modulus[..2].copy_from_slice(&[0xc0, number]);
        let public = Writer::encode(|w| {
            w.sequence(|w| {
                w.unsigned(Tag::INTEGER, &modulus);
                w.small_integer(65_537);
            });
        });
        Self::new(AlgorithmIdentifier::new(oid::RSA_ENCRYPTION, Some(&[0x05, 0x00])), &public)
    }

    /// A P-256 key.
    pub fn ec(number: u8) -> Self {
        let curve = Writer::encode(|w| w.oid(oid::SECP256R1));
        Self::new(AlgorithmIdentifier::new(oid::EC_PUBLIC_KEY, Some(&curve)), &[4, number, 5])
    }

    fn new(algorithm: AlgorithmIdentifier<'_>, bits: &[u8]) -> Self {
        let der = Writer::encode(|w| {
            w.sequence(|w| {
                algorithm.encode(w);
                w.bit_string(bits);
            });
        });
        let public = PublicKey::from_der(&der).unwrap();
        let fits = |known: &SignatureAlgorithm| known.key_algorithm() == algorithm.oid;
        let algorithms = SignatureAlgorithm::KNOWN.iter().copied().filter(fits).collect();
        Self { public, algorithms }
    }

    /// The public key.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }
}

/// What a [`Key`] signs with.
pub fn signature() -> Signature {
    Signature::new(vec![0x51; 8])
}

/// A signature that [`KEYED`] accepts for this key and message and no others.
pub fn sign(key: PublicKeyRef<'_>, message: &[u8]) -> Signature {
    Signature::new(fnv(&[key.key_bits(), message]).to_be_bytes().to_vec())
}

/// A signature that [`DIGESTED`] accepts for this key and a message of this digest, by [`HASHING`].
pub fn sign_digest(key: PublicKeyRef<'_>, digest: &[u8]) -> Signature {
    sign(key, &digest[..8])
}

fn fnv(parts: &[&[u8]]) -> u64 {
    let octets = parts.iter().flat_map(|part| part.iter());
    octets.fold(0xcbf2_9ce4_8422_2325, |hash, octet| (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3))
}

impl SecureRandom for Counter {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        for byte in out {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 56) as u8;
        }
        Ok(())
    }
}

impl Signer for Key {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn algorithms(&self) -> &[SignatureAlgorithm] {
        &self.algorithms
    }

    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        _message: &[u8],
        _rng: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed> {
        if self.algorithms.contains(&algorithm) { Ok(signature()) } else { Err(SignFailed) }
    }
}

impl Decrypter for Key {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn unwrap_key(&self, key: &WrappedKey, _rng: &mut dyn SecureRandom) -> Result<ContentKey, UnwrapFailed> {
        let right = key.encrypted().len() == key.key_length();
        Ok(ContentKey::new(if right { key.encrypted().to_vec() } else { vec![0; key.key_length()] }))
    }
}

impl SecureRandom for Broken<'_> {
    fn fill(&mut self, _out: &mut [u8]) -> Result<(), RandomFailed> {
        Err(RandomFailed)
    }
}

impl Signer for Broken<'_> {
    fn public_key(&self) -> &PublicKey {
        &self.0.public
    }

    fn algorithms(&self) -> &[SignatureAlgorithm] {
        &self.0.algorithms
    }

    fn sign(
        &self,
        _algorithm: SignatureAlgorithm,
        _message: &[u8],
        _rng: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed> {
        Err(SignFailed)
    }
}

impl Decrypter for Broken<'_> {
    fn public_key(&self) -> &PublicKey {
        &self.0.public
    }

    fn unwrap_key(&self, _key: &WrappedKey, _rng: &mut dyn SecureRandom) -> Result<ContentKey, UnwrapFailed> {
        Err(UnwrapFailed)
    }
}

impl SignatureVerifier for Verifier {
    fn supports(&self, _signature: AlgorithmIdentifier<'_>, _key: AlgorithmIdentifier<'_>) -> bool {
        true
    }

    fn verify(
        &self,
        _algorithm: AlgorithmIdentifier<'_>,
        _key: PublicKeyRef<'_>,
        _message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        if matches!(signature, [] | [BAD_SIGNATURE, ..]) { Err(BadSignature) } else { Ok(()) }
    }
}

impl SignatureVerifier for Keyed {
    fn supports(&self, _signature: AlgorithmIdentifier<'_>, _key: AlgorithmIdentifier<'_>) -> bool {
        true
    }

    fn verify(
        &self,
        _algorithm: AlgorithmIdentifier<'_>,
        key: PublicKeyRef<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        if signature == sign(key, message).as_bytes() { Ok(()) } else { Err(BadSignature) }
    }
}

impl SignatureVerifier for Digested {
    fn supports(&self, _signature: AlgorithmIdentifier<'_>, _key: AlgorithmIdentifier<'_>) -> bool {
        true
    }

    fn verify(
        &self,
        _algorithm: AlgorithmIdentifier<'_>,
        key: PublicKeyRef<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        if signature == sign_digest(key, &fnv(&[message]).to_be_bytes()).as_bytes() {
            Ok(())
        } else {
            Err(BadSignature)
        }
    }
}

impl Digest for Zeros {
    fn algorithm(&self) -> DigestAlgorithm {
        self.0
    }

    fn digest(&self, _parts: &[&[u8]]) -> DigestValue {
        DigestValue::new(&[0; 64][..self.0.output_length()]).unwrap()
    }
}

impl Digest for Fnv {
    fn algorithm(&self) -> DigestAlgorithm {
        self.0
    }

    fn digest(&self, parts: &[&[u8]]) -> DigestValue {
        let mut out = [0; 64];
        out[..8].copy_from_slice(&fnv(parts).to_be_bytes());
        DigestValue::new(&out[..self.0.output_length()]).unwrap()
    }
}

impl ContentCipher for Padding {
    fn algorithm(&self) -> CipherAlgorithm {
        self.0
    }

    fn encrypt(&self, key: &ContentKey, iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, CipherFailed> {
        if key.expose().len() != self.0.key_length() || iv.len() != self.0.block_length() {
            return Err(CipherFailed);
        }
        let padding = self.0.block_length() - plaintext.len() % self.0.block_length();
        let octet = u8::try_from(padding).unwrap();
        Ok(plaintext.iter().copied().chain(std::iter::repeat_n(octet, padding)).collect())
    }

    /// The last octet counts the padding; whole blocks are not asked for, so that a mutation need not fix them.
    fn decrypt(&self, key: &ContentKey, iv: &[u8], ciphertext: &[u8]) -> Result<Secret, CipherFailed> {
        assert_eq!(iv.len(), self.0.block_length());
        let padding = usize::from(*ciphertext.last().ok_or(CipherFailed)?);
        let end = ciphertext.len().checked_sub(padding).ok_or(CipherFailed)?;
        let fits = (1..=self.0.block_length()).contains(&padding) && key.expose().len() == self.0.key_length();
        if fits { Ok(Secret::from(&ciphertext[..end])) } else { Err(CipherFailed) }
    }
}

impl AuthenticatedCipher for Tagging {
    fn algorithm(&self) -> CipherAlgorithm {
        self.0
    }

    fn seal(&self, key: &ContentKey, nonce: &[u8], _data: &[u8], plaintext: &[u8]) -> Result<Sealed, CipherFailed> {
        let fits = key.expose().len() == self.0.key_length() && nonce.len() == self.0.iv_length();
        if fits { Ok(Sealed { ciphertext: plaintext.to_vec(), tag: vec![0; 16] }) } else { Err(CipherFailed) }
    }

    fn open(
        &self,
        key: &ContentKey,
        nonce: &[u8],
        _data: &[u8],
        ciphertext: &[u8],
        tag: &[u8],
    ) -> Result<Secret, CipherFailed> {
        assert!(nonce.len() == self.0.iv_length() && (12..=16).contains(&tag.len()));
        let good = key.expose().len() == self.0.key_length() && tag.iter().all(|octet| *octet == 0);
        if good { Ok(Secret::from(ciphertext)) } else { Err(CipherFailed) }
    }
}

impl KeyDerivation for Repeating {
    fn algorithm(&self) -> KeyDerivationAlgorithm {
        self.0
    }

    fn derive(&self, password: &Secret, _salt: &[u8], _iterations: NonZeroU32, length: usize) -> Secret {
        Secret::new(password.expose().iter().copied().chain(std::iter::repeat(0)).take(length).collect())
    }
}

impl KeyTransport for Bare {
    fn algorithm(&self) -> KeyTransportAlgorithm {
        self.0
    }

    fn wrap(
        &self,
        recipient: PublicKeyRef<'_>,
        content_key: &ContentKey,
        _rng: &mut dyn SecureRandom,
    ) -> Result<Vec<u8>, WrapFailed> {
        if recipient.can_encrypt() { Ok(content_key.expose().to_vec()) } else { Err(WrapFailed) }
    }
}
