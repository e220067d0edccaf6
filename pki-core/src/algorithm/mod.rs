//! [`AlgorithmIdentifier`] and the algorithms that can be named in one.
//!
//! Each kind of algorithm is a small value that knows its name and its encoding. The constants are those that the family
//! uses; an application that brings another algorithm makes a constant of its own with `new`.

mod cipher;
mod derivation;

pub use cipher::CipherAlgorithm;
pub use derivation::KeyDerivationAlgorithm;

use core::fmt;

use crate::{
    der::{Reader, Tag, Writer},
    error::DecodeError,
    key::PublicKeyRef,
    oid::{self, Oid},
};

/// An `AlgorithmIdentifier` as received (RFC 5280 section 4.1.1.2): the identifier and the raw parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlgorithmIdentifier<'a> {
    /// Which algorithm.
    pub oid: Oid<'a>,
    /// The parameters with their header; `None` where absent.
    pub parameters: Option<&'a [u8]>,
}

impl<'a> AlgorithmIdentifier<'a> {
    /// From its parts; the parameters are one DER element.
    #[must_use]
    pub const fn new(oid: Oid<'a>, parameters: Option<&'a [u8]>) -> Self {
        Self { oid, parameters }
    }

    /// Reads the next element.
    ///
    /// # Errors
    /// Those of [`Reader::sequence`] and [`Reader::oid`], and
    /// [`TrailingData`](crate::DecodeErrorKind::TrailingData).
    pub fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut inner = reader.sequence()?;
        let oid = inner.oid().map_err(DecodeError::within("algorithm"))?;
        let parameters = if inner.is_empty() { None } else { Some(inner.any()?.raw()) };
        inner.finish()?;
        Ok(Self { oid, parameters })
    }

    /// Writes it.
    pub fn encode(&self, writer: &mut Writer) {
        writer.sequence(|w| {
            w.oid(self.oid);
            w.raw(self.parameters.unwrap_or_default());
        });
    }

    /// Whether the parameters are absent or NULL. RFC 4055 and RFC 5754 have receivers accept both for digests and RSA.
    #[must_use]
    pub const fn has_no_parameters(&self) -> bool {
        matches!(self.parameters, None | Some(NULL))
    }
}

/// A message digest algorithm.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DigestAlgorithm {
    name: &'static str,
    oid: Oid<'static>,
    length: usize,
}

impl DigestAlgorithm {
    /// MD5. Broken; known so that it can be named in a refusal, and for the `legacy` provider.
    pub const MD5: Self = Self::new("MD5", oid::MD5, 16);
    /// SHA-1. Tolerated for legacy peers (RFC 8894 section 2.9).
    pub const SHA1: Self = Self::new("SHA-1", oid::SHA1, 20);
    /// SHA-224.
    pub const SHA224: Self = Self::new("SHA-224", oid::SHA224, 28);
    /// SHA-256. Mandatory to implement (RFC 8894 section 2.9).
    pub const SHA256: Self = Self::new("SHA-256", oid::SHA256, 32);
    /// SHA-384.
    pub const SHA384: Self = Self::new("SHA-384", oid::SHA384, 48);
    /// SHA-512.
    pub const SHA512: Self = Self::new("SHA-512", oid::SHA512, 64);

    /// Another one: its name, identifier, and output length in octets.
    #[must_use]
    pub const fn new(name: &'static str, oid: Oid<'static>, length: usize) -> Self {
        Self { name, oid, length }
    }

    /// The name, as capabilities spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The object identifier.
    #[must_use]
    pub const fn oid(self) -> Oid<'static> {
        self.oid
    }

    /// Octets in its output.
    #[must_use]
    pub const fn output_length(self) -> usize {
        self.length
    }

    /// The identifier as CMS SignedData carries it: parameters absent (RFC 5754 section 2).
    #[must_use]
    pub const fn identifier(self) -> AlgorithmIdentifier<'static> {
        AlgorithmIdentifier::new(self.oid, None)
    }

    /// One of the constants above.
    #[must_use]
    pub fn from_oid(oid: Oid<'_>) -> Option<Self> {
        [Self::SHA256, Self::SHA1, Self::SHA512, Self::SHA384, Self::SHA224, Self::MD5]
            .into_iter()
            .find(|known| known.oid == oid)
    }
}

/// A signature algorithm together with its digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignatureAlgorithm {
    name: &'static str,
    identifier: Encoded,
    key: Oid<'static>,
    digest: Option<DigestAlgorithm>,
}

/// An algorithm identifier as constants hold it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Encoded {
    oid: Oid<'static>,
    parameters: Option<&'static [u8]>,
}

macro_rules! signature_algorithms {
    ($($(#[$doc:meta])* $id:ident = $name:literal, $oid:expr, $parameters:expr, $key:expr, $digest:expr;)*) => {
        impl SignatureAlgorithm {
            $($(#[$doc])* pub const $id: Self = Self::new(
                $name, AlgorithmIdentifier::new($oid, $parameters), $key, $digest,
            );)*

            /// Every algorithm named above.
            pub const KNOWN: &'static [Self] = &[$(Self::$id),*];
        }
    };
}

signature_algorithms! {
    /// RSASSA-PKCS1-v1_5 with MD5. Broken; `legacy` only, never made by us.
    RSA_PKCS1_MD5 = "RSA-PKCS1-MD5", oid::MD5_WITH_RSA, Some(NULL), oid::RSA_ENCRYPTION, Some(DigestAlgorithm::MD5);
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    RSA_PKCS1_SHA1 = "RSA-PKCS1-SHA1", oid::SHA1_WITH_RSA, Some(NULL), oid::RSA_ENCRYPTION, Some(DigestAlgorithm::SHA1);
    /// RSASSA-PKCS1-v1_5 with SHA-224.
    RSA_PKCS1_SHA224 = "RSA-PKCS1-SHA224", oid::SHA224_WITH_RSA, Some(NULL), oid::RSA_ENCRYPTION, Some(DigestAlgorithm::SHA224);
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RSA_PKCS1_SHA256 = "RSA-PKCS1-SHA256", oid::SHA256_WITH_RSA, Some(NULL), oid::RSA_ENCRYPTION, Some(DigestAlgorithm::SHA256);
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RSA_PKCS1_SHA384 = "RSA-PKCS1-SHA384", oid::SHA384_WITH_RSA, Some(NULL), oid::RSA_ENCRYPTION, Some(DigestAlgorithm::SHA384);
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RSA_PKCS1_SHA512 = "RSA-PKCS1-SHA512", oid::SHA512_WITH_RSA, Some(NULL), oid::RSA_ENCRYPTION, Some(DigestAlgorithm::SHA512);
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, salt of 32 octets (RFC 4055 section 3).
    RSA_PSS_SHA256 = "RSA-PSS-SHA256", oid::RSASSA_PSS, Some(&PSS_SHA256), oid::RSA_ENCRYPTION, Some(DigestAlgorithm::SHA256);
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384, salt of 48 octets.
    RSA_PSS_SHA384 = "RSA-PSS-SHA384", oid::RSASSA_PSS, Some(&PSS_SHA384), oid::RSA_ENCRYPTION, Some(DigestAlgorithm::SHA384);
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512, salt of 64 octets.
    RSA_PSS_SHA512 = "RSA-PSS-SHA512", oid::RSASSA_PSS, Some(&PSS_SHA512), oid::RSA_ENCRYPTION, Some(DigestAlgorithm::SHA512);
    /// ECDSA with SHA-1, for verifying what is old.
    ECDSA_SHA1 = "ECDSA-SHA1", oid::ECDSA_WITH_SHA1, None, oid::EC_PUBLIC_KEY, Some(DigestAlgorithm::SHA1);
    /// ECDSA with SHA-224.
    ECDSA_SHA224 = "ECDSA-SHA224", oid::ECDSA_WITH_SHA224, None, oid::EC_PUBLIC_KEY, Some(DigestAlgorithm::SHA224);
    /// ECDSA with SHA-256.
    ECDSA_SHA256 = "ECDSA-SHA256", oid::ECDSA_WITH_SHA256, None, oid::EC_PUBLIC_KEY, Some(DigestAlgorithm::SHA256);
    /// ECDSA with SHA-384.
    ECDSA_SHA384 = "ECDSA-SHA384", oid::ECDSA_WITH_SHA384, None, oid::EC_PUBLIC_KEY, Some(DigestAlgorithm::SHA384);
    /// ECDSA with SHA-512.
    ECDSA_SHA512 = "ECDSA-SHA512", oid::ECDSA_WITH_SHA512, None, oid::EC_PUBLIC_KEY, Some(DigestAlgorithm::SHA512);
    /// Ed25519 (RFC 8410). Hashes inside; in CMS it goes with SHA-512 (RFC 8419 section 3).
    ED25519 = "Ed25519", oid::ED25519, None, oid::ED25519, None;
}

impl SignatureAlgorithm {
    /// Another one: its name, the identifier that goes into `signatureAlgorithm`, the identifier of the public keys that fit
    /// it, and the digest that it uses, `None` if that is part of it.
    #[must_use]
    pub const fn new(
        name: &'static str,
        identifier: AlgorithmIdentifier<'static>,
        key: Oid<'static>,
        digest: Option<DigestAlgorithm>,
    ) -> Self {
        Self { name, identifier: Encoded { oid: identifier.oid, parameters: identifier.parameters }, key, digest }
    }

    /// The name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// What goes into `signatureAlgorithm` of certificates, CSRs and CRLs.
    #[must_use]
    pub const fn identifier(self) -> AlgorithmIdentifier<'static> {
        AlgorithmIdentifier::new(self.identifier.oid, self.identifier.parameters)
    }

    /// The public key algorithm that fits.
    #[must_use]
    pub const fn key_algorithm(self) -> Oid<'static> {
        self.key
    }

    /// The digest; `None` if the algorithm has its own inside.
    #[must_use]
    pub const fn digest(self) -> Option<DigestAlgorithm> {
        self.digest
    }

    /// The digest to name beside it in a CMS SignerInfo. SHA-512 for Ed25519 (RFC 8419 section 3).
    #[must_use]
    pub fn cms_digest(self) -> DigestAlgorithm {
        self.digest.unwrap_or(DigestAlgorithm::SHA512)
    }

    /// What goes into `signatureAlgorithm` of a CMS SignerInfo: rsaEncryption for PKCS#1 v1.5 (RFC 3370 section 3.2), which
    /// is all that strongSwan 5.9 accepts there; the same as [`SignatureAlgorithm::identifier`] for others.
    #[must_use]
    pub fn cms_identifier(self) -> AlgorithmIdentifier<'static> {
        if self.key == oid::RSA_ENCRYPTION && self.identifier.oid != oid::RSASSA_PSS {
            AlgorithmIdentifier::new(oid::RSA_ENCRYPTION, Some(NULL))
        } else {
            self.identifier()
        }
    }

    /// What a key of this kind signs with this digest: PKCS#1 v1.5 for RSA, ECDSA for EC whatever the curve, Ed25519 with
    /// SHA-512 only. `None` where there is nothing.
    #[must_use]
    pub fn for_key(key: PublicKeyRef<'_>, digest: DigestAlgorithm) -> Option<Self> {
        Self::KNOWN.iter().copied().find(|known| {
            known.key == key.algorithm().oid && known.cms_digest() == digest && known.identifier.oid != oid::RSASSA_PSS
        })
    }

    /// The same family of signature with another digest: RSA-PKCS1-SHA256 and SHA-1 give RSA-PKCS1-SHA1. `None` where there
    /// is none.
    #[must_use]
    pub fn with_digest(self, digest: DigestAlgorithm) -> Option<Self> {
        let pss = self.identifier.oid == oid::RSASSA_PSS;
        Self::KNOWN.iter().copied().find(|known| {
            known.key == self.key && known.cms_digest() == digest && (known.identifier.oid == oid::RSASSA_PSS) == pss
        })
    }
}

/// How a content key is encrypted to a recipient's public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyTransportAlgorithm {
    /// RSAES-OAEP (RFC 3560) with one digest for the label and for MGF1, and an empty label.
    RsaOaep(DigestAlgorithm),
    /// RSAES-PKCS1-v1_5 (RFC 3370 section 4.2.1).
    RsaPkcs1,
}

impl KeyTransportAlgorithm {
    /// Reads `keyEncryptionAlgorithm`. `None` for what is not supported, like two different digests or a label.
    #[must_use]
    pub fn from_identifier(identifier: AlgorithmIdentifier<'_>) -> Option<Self> {
        if identifier.oid == oid::RSA_ENCRYPTION && identifier.has_no_parameters() {
            return Some(Self::RsaPkcs1);
        }
        if identifier.oid != oid::RSAES_OAEP {
            return None;
        }
        oaep_digest(identifier.parameters).ok().flatten().map(Self::RsaOaep)
    }

    /// Writes `keyEncryptionAlgorithm`.
    pub fn encode(self, writer: &mut Writer) {
        match self {
            Self::RsaPkcs1 => AlgorithmIdentifier::new(oid::RSA_ENCRYPTION, Some(NULL)).encode(writer),
            Self::RsaOaep(digest) => writer.sequence(|w| {
                w.oid(oid::RSAES_OAEP);
                w.sequence(|w| {
                    if digest != DigestAlgorithm::SHA1 {
                        let hash = AlgorithmIdentifier::new(digest.oid, Some(NULL));
                        w.constructed(Tag::context_constructed(0), |w| hash.encode(w));
                        w.constructed(Tag::context_constructed(1), |w| {
                            w.sequence(|w| {
                                w.oid(oid::MGF1);
                                hash.encode(w);
                            });
                        });
                    }
                });
            }),
        }
    }
}

/// `RSAES-OAEP-params` (RFC 4055 section 4.1), each field with its default of SHA-1.
fn oaep_digest(parameters: Option<&[u8]>) -> Result<Option<DigestAlgorithm>, DecodeError> {
    let Some(parameters) = parameters.filter(|der| *der != NULL) else { return Ok(Some(DigestAlgorithm::SHA1)) };
    let mut fields = Reader::new(parameters).sequence()?;
    let digest = hash_field(&mut fields, 0)?;
    let mask = mask_field(&mut fields, 1)?;
    let empty_label = match fields.optional(Tag::context_constructed(2))? {
        None => true,
        Some(label) => {
            let source = AlgorithmIdentifier::decode(&mut label.reader())?;
            source.oid == oid::P_SPECIFIED && source.parameters == Some(&[0x04, 0x00])
        }
    };
    fields.finish()?;
    Ok(digest.filter(|_| empty_label && digest == mask))
}

/// `RSASSA-PSS-params` (RFC 4055 section 3.1): the digest if it is the same for MGF1 and the trailer is 0xBC, and the salt
/// length in octets.
pub(crate) fn pss_parameters(parameters: Option<&[u8]>) -> Result<Option<(DigestAlgorithm, usize)>, DecodeError> {
    let Some(parameters) = parameters else { return Ok(None) };
    let mut fields = Reader::new(parameters).sequence()?;
    let digest = hash_field(&mut fields, 0)?;
    let mask = mask_field(&mut fields, 1)?;
    let salt_length = match fields.optional(Tag::context_constructed(2))? {
        None => 20,
        Some(field) => field.reader().small_integer()?,
    };
    let trailer = match fields.optional(Tag::context_constructed(3))? {
        None => 1,
        Some(field) => field.reader().small_integer()?,
    };
    fields.finish()?;
    let salt_length = usize::try_from(salt_length).unwrap_or(usize::MAX);
    Ok(digest.filter(|_| digest == mask && trailer == 1).map(|digest| (digest, salt_length)))
}

fn hash_field(fields: &mut Reader<'_>, number: u8) -> Result<Option<DigestAlgorithm>, DecodeError> {
    let Some(field) = fields.optional(Tag::context_constructed(number))? else {
        return Ok(Some(DigestAlgorithm::SHA1));
    };
    let hash = AlgorithmIdentifier::decode(&mut field.reader())?;
    Ok(DigestAlgorithm::from_oid(hash.oid).filter(|_| hash.has_no_parameters()))
}

fn mask_field(fields: &mut Reader<'_>, number: u8) -> Result<Option<DigestAlgorithm>, DecodeError> {
    let Some(field) = fields.optional(Tag::context_constructed(number))? else {
        return Ok(Some(DigestAlgorithm::SHA1));
    };
    let mask = AlgorithmIdentifier::decode(&mut field.reader())?;
    let Some(parameters) = mask.parameters.filter(|_| mask.oid == oid::MGF1) else { return Ok(None) };
    let hash = AlgorithmIdentifier::decode(&mut Reader::new(parameters))?;
    Ok(DigestAlgorithm::from_oid(hash.oid).filter(|_| hash.has_no_parameters()))
}

impl fmt::Debug for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for KeyTransportAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaPkcs1 => f.write_str("RSA-PKCS1"),
            Self::RsaOaep(digest) => write!(f, "RSA-OAEP-{digest:?}"),
        }
    }
}

const NULL: &[u8] = &[0x05, 0x00];

/// `RSASSA-PSS-params` for one digest (RFC 4055 section 6): the last octets of its identifier and its salt length.
const fn pss(digest: u8, salt: u8) -> [u8; 54] {
    [
        0x30, 0x34, //
        0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, digest, 0x05, 0x00, //
        0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, //
        0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, digest, 0x05, 0x00, //
        0xa2, 0x03, 0x02, 0x01, salt,
    ]
}

static PSS_SHA256: [u8; 54] = pss(1, 32);
static PSS_SHA384: [u8; 54] = pss(2, 48);
static PSS_SHA512: [u8; 54] = pss(3, 64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pss_parameters_are_read_as_they_are_written() {
        for (algorithm, digest) in [
            (SignatureAlgorithm::RSA_PSS_SHA256, DigestAlgorithm::SHA256),
            (SignatureAlgorithm::RSA_PSS_SHA384, DigestAlgorithm::SHA384),
            (SignatureAlgorithm::RSA_PSS_SHA512, DigestAlgorithm::SHA512),
        ] {
            let parameters = pss_parameters(algorithm.identifier().parameters).unwrap();
            assert_eq!(parameters, Some((digest, digest.output_length())));
        }
        // RFC 4055 section 3.1: every field has a default.
        assert_eq!(pss_parameters(Some(&[0x30, 0x00])), Ok(Some((DigestAlgorithm::SHA1, 20))));
    }

    #[test]
    fn oaep_parameters_are_read_as_they_are_written() {
        for digest in [DigestAlgorithm::SHA1, DigestAlgorithm::SHA256, DigestAlgorithm::SHA512] {
            let algorithm = KeyTransportAlgorithm::RsaOaep(digest);
            let der = Writer::encode(|w| algorithm.encode(w));
            let identifier = AlgorithmIdentifier::decode(&mut Reader::new(&der)).unwrap();
            assert_eq!(KeyTransportAlgorithm::from_identifier(identifier), Some(algorithm));
        }
    }

    #[test]
    fn the_same_signature_with_another_digest() {
        let sha1 = SignatureAlgorithm::RSA_PKCS1_SHA256.with_digest(DigestAlgorithm::SHA1);
        assert_eq!(sha1, Some(SignatureAlgorithm::RSA_PKCS1_SHA1));
        assert_eq!(SignatureAlgorithm::RSA_PSS_SHA256.with_digest(DigestAlgorithm::SHA1), None);
        assert_eq!(
            SignatureAlgorithm::RSA_PSS_SHA256.with_digest(DigestAlgorithm::SHA512),
            Some(SignatureAlgorithm::RSA_PSS_SHA512)
        );
        assert_eq!(SignatureAlgorithm::ED25519.with_digest(DigestAlgorithm::SHA512), Some(SignatureAlgorithm::ED25519));
    }

    #[test]
    fn rfc3370_s3_2_rsa_is_named_rsa_encryption_in_signer_info() {
        assert_eq!(SignatureAlgorithm::RSA_PKCS1_SHA512.cms_identifier().oid, oid::RSA_ENCRYPTION);
        assert_eq!(SignatureAlgorithm::RSA_PSS_SHA256.cms_identifier().oid, oid::RSASSA_PSS);
        assert_eq!(SignatureAlgorithm::ECDSA_SHA256.cms_identifier().oid, oid::ECDSA_WITH_SHA256);
    }
}
