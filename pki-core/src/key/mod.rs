//! [`PublicKey`]: a `SubjectPublicKeyInfo`, and identifiers made from it.

mod index;

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

pub(crate) use index::PublicKeyIndex;

use crate::{
    algorithm::{AlgorithmIdentifier, DigestAlgorithm},
    crypto::CryptoProvider,
    der::{Reader, Tag},
    error::{DecodeError, DecodeErrorKind},
    oid,
};

/// A public key: the exact DER of its `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7). Cheap to clone.
///
/// Equality is equality of bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(Arc<[u8]>);

/// A public key where it stands in a certificate or CSR.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKeyRef<'a> {
    der: &'a [u8],
    algorithm: AlgorithmIdentifier<'a>,
    bits: &'a [u8],
}

/// What sort of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// On P-256 (RFC 5480).
    P256,
    /// On P-384.
    P384,
    /// On P-521.
    P521,
    /// RSA with a modulus of so many bits.
    Rsa {
        /// Bits in the modulus.
        bits: usize,
    },
    /// Something else.
    Unknown,
}

/// A key identifier: any octets, by custom the SHA-1 of the subjectPublicKey bits (RFC 5280 section 4.2.1.2, method 1).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyIdentifier(Vec<u8>);

impl PublicKey {
    /// From the DER of a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// Those of [`PublicKeyRef::from_der`].
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        PublicKeyRef::from_der(der)?;
        Ok(Self(der.into()))
    }

    /// The DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }

    /// Borrowed.
    #[must_use]
    pub fn as_ref(&self) -> PublicKeyRef<'_> {
        PublicKeyRef::from_checked(&self.0)
    }

    /// What sort of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.as_ref().kind()
    }
}

impl<'a> PublicKeyRef<'a> {
    /// From the DER of a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// Those of [`Reader`], with the path below `subjectPublicKeyInfo`.
    pub fn from_der(der: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(der);
        let key = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(key)
    }

    /// Over bytes that were parsed before; what can't be here reads as a key of no known kind.
    pub(crate) fn from_checked(der: &'a [u8]) -> Self {
        Self::from_der(der).unwrap_or(Self { der, algorithm: AlgorithmIdentifier::new(oid::DATA, None), bits: &[] })
    }

    /// Reads the next element.
    ///
    /// # Errors
    /// As [`PublicKeyRef::from_der`].
    pub fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Self::decode_parts(reader).map(|(key, _)| key)
    }

    /// Also says where the algorithm ends.
    fn decode_parts(reader: &mut Reader<'a>) -> Result<(Self, usize), DecodeError> {
        let element = reader.expect(Tag::SEQUENCE)?;
        let mut inner = element.reader();
        let algorithm = AlgorithmIdentifier::decode(&mut inner)?;
        let algorithm_end = inner.position();
        let string = inner.expect(Tag::BIT_STRING).map_err(DecodeError::within("subjectPublicKey"))?;
        let bits = string.bit_string()?.whole_bytes().ok_or_else(|| string.error(DecodeErrorKind::InvalidValue))?;
        inner.finish()?;
        Ok((Self { der: element.raw(), algorithm, bits }, algorithm_end))
    }

    /// The DER of the `SubjectPublicKeyInfo`.
    #[must_use]
    pub const fn as_der(self) -> &'a [u8] {
        self.der
    }

    /// The algorithm with its parameters, which name the curve of an EC key.
    #[must_use]
    pub const fn algorithm(self) -> AlgorithmIdentifier<'a> {
        self.algorithm
    }

    /// The contents of the subjectPublicKey BIT STRING.
    #[must_use]
    pub const fn key_bits(self) -> &'a [u8] {
        self.bits
    }

    /// The same key with these algorithm parameters, which it inherits from the key of its issuer (RFC 5280 section 6.1.4
    /// (d) to (f)). The DER stays without them.
    pub(crate) const fn with_parameters(self, parameters: &'a [u8]) -> Self {
        Self { algorithm: AlgorithmIdentifier::new(self.algorithm.oid, Some(parameters)), ..self }
    }

    /// Owned.
    #[must_use]
    pub fn to_owned(self) -> PublicKey {
        PublicKey(self.der.into())
    }

    /// What sort of key it is.
    #[must_use]
    pub fn kind(self) -> KeyKind {
        let AlgorithmIdentifier { oid, parameters } = self.algorithm;
        if oid == oid::RSA_ENCRYPTION {
            return rsa_modulus_bits(self.bits).map_or(KeyKind::Unknown, |bits| KeyKind::Rsa { bits });
        }
        if oid == oid::ED25519 {
            return KeyKind::Ed25519;
        }
        let curve = parameters.and_then(|der| Reader::new(der).oid().ok());
        match curve.filter(|_| oid == oid::EC_PUBLIC_KEY) {
            Some(oid::SECP256R1) => KeyKind::P256,
            Some(oid::SECP384R1) => KeyKind::P384,
            Some(oid::SECP521R1) => KeyKind::P521,
            _ => KeyKind::Unknown,
        }
    }

    /// Whether the key can be encrypted to, as RSA keys can.
    #[must_use]
    pub fn can_encrypt(self) -> bool {
        self.algorithm.oid == oid::RSA_ENCRYPTION
    }

    /// The SHA-1 of the key bits (RFC 5280 section 4.2.1.2, method 1). `None` if the provider has no SHA-1.
    #[must_use]
    pub fn key_identifier(self, crypto: &CryptoProvider) -> Option<KeyIdentifier> {
        let sha1 = crypto.digest(DigestAlgorithm::SHA1.oid())?;
        Some(KeyIdentifier::new(sha1.digest(&[self.bits]).as_bytes()))
    }
}

impl KeyIdentifier {
    /// From octets.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.kind())
    }
}

impl fmt::Debug for PublicKeyRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKeyRef({:?})", self.kind())
    }
}

impl fmt::Display for KeyIdentifier {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyIdentifier({self})")
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::P256 => f.write_str("EC P-256"),
            Self::P384 => f.write_str("EC P-384"),
            Self::P521 => f.write_str("EC P-521"),
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// Bits in the modulus of an `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn rsa_modulus_bits(der: &[u8]) -> Option<usize> {
    let mut key = Reader::new(der).sequence().ok()?;
    let modulus = key.integer().ok()?;
    let digits = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let leading_zeros = usize::try_from(digits.first()?.leading_zeros()).ok()?;
    Some(digits.len() * 8 - leading_zeros)
}
