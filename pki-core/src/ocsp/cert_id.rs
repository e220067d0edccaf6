//! [`CertId`]: which certificate is meant.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use crate::{
    algorithm::{AlgorithmIdentifier, DigestAlgorithm},
    build_error::BuildError,
    cert::Certificate,
    crypto::CryptoProvider,
    der::{Element, Reader, Tag, Writer},
    error::DecodeError,
    key::PublicKeyRef,
    name::NameRef,
};

/// The name of a certificate in OCSP: digests of its issuer's name and key, and its serial number
/// (RFC 6960 section 4.1.1). The exact DER; cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertId(Arc<[u8]>);

/// A [`CertId`] where it stands in a request or response.
///
/// Equality is equality of bytes. The same certificate has other names by other digests; see [`CertIdRef::matches`].
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertIdRef<'a> {
    der: &'a [u8],
    /// The digest.
    pub hash_algorithm: AlgorithmIdentifier<'a>,
    /// The digest of the DER of the issuer's name.
    pub issuer_name_hash: &'a [u8],
    /// The digest of the contents of the issuer's subjectPublicKey.
    pub issuer_key_hash: &'a [u8],
    /// The octets of the serial number INTEGER.
    pub serial_number: &'a [u8],
}

impl CertId {
    /// Of the certificate with this serial number, whose octets are those of [`Certificate::serial_number`], by the issuer
    /// with this name, as the certificate spells it, and this key.
    ///
    /// SHA-1 is what every responder knows; SHA-256 is what RFC 9919 wants. The parameters of the digest are NULL, as in
    /// the example of RFC 5019 appendix A, since there are responders that look requests up by their bytes.
    ///
    /// # Errors
    /// - [`BuildError::InvalidValue`] if the serial number is not the octets of an INTEGER.
    /// - [`BuildError::MissingDigest`] if the provider lacks the digest.
    pub fn new(
        serial_number: &[u8],
        issuer_name: NameRef<'_>,
        issuer_key: PublicKeyRef<'_>,
        digest: DigestAlgorithm,
        crypto: &CryptoProvider,
    ) -> Result<Self, BuildError> {
        let integer = Writer::encode(|w| w.primitive(Tag::INTEGER, serial_number));
        if Element::from_der(&integer).and_then(|element| element.integer()).is_err() {
            return Err(BuildError::InvalidValue("serialNumber"));
        }
        let hash = crypto.digest(digest.oid()).ok_or(BuildError::MissingDigest)?;
        let der: Vec<u8> = Writer::encode(|w| {
            w.sequence(|w| {
                AlgorithmIdentifier::new(digest.oid(), Some(&[0x05, 0x00])).encode(w);
                w.octet_string(hash.digest(&[issuer_name.as_der()]).as_bytes());
                w.octet_string(hash.digest(&[issuer_key.key_bits()]).as_bytes());
                w.raw(&integer);
            });
        });
        Ok(Self(der.into()))
    }

    /// Of `certificate`, which `issuer_key` signed.
    ///
    /// # Errors
    /// Those of [`CertId::new`].
    pub fn of_certificate(
        certificate: &Certificate,
        issuer_key: PublicKeyRef<'_>,
        digest: DigestAlgorithm,
        crypto: &CryptoProvider,
    ) -> Result<Self, BuildError> {
        Self::new(certificate.serial_number(), certificate.issuer(), issuer_key, digest, crypto)
    }

    /// From DER.
    ///
    /// # Errors
    /// Those of [`CertIdRef::decode`], and [`TrailingData`](crate::DecodeErrorKind::TrailingData).
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(der);
        CertIdRef::decode(&mut reader)?;
        reader.finish()?;
        Ok(Self(der.into()))
    }

    /// The DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }

    /// Borrowed.
    #[must_use]
    pub fn as_ref(&self) -> CertIdRef<'_> {
        // What is here was decoded before.
        CertIdRef::decode(&mut Reader::new(&self.0)).unwrap_or(CertIdRef {
            der: &self.0,
            hash_algorithm: AlgorithmIdentifier::new(crate::oid::DATA, None),
            issuer_name_hash: &[],
            issuer_key_hash: &[],
            serial_number: &[],
        })
    }
}

impl<'a> CertIdRef<'a> {
    /// Reads the next element.
    ///
    /// # Errors
    /// Those of [`Reader`], with the name of the field.
    pub fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let element = reader.expect(Tag::SEQUENCE)?;
        let mut fields = element.reader();
        let hash_algorithm = AlgorithmIdentifier::decode(&mut fields).map_err(DecodeError::within("hashAlgorithm"))?;
        let issuer_name_hash = fields.octet_string().map_err(DecodeError::within("issuerNameHash"))?;
        let issuer_key_hash = fields.octet_string().map_err(DecodeError::within("issuerKeyHash"))?;
        let serial_number = fields.integer().map_err(DecodeError::within("serialNumber"))?;
        fields.finish()?;
        Ok(Self { der: element.raw(), hash_algorithm, issuer_name_hash, issuer_key_hash, serial_number })
    }

    /// The DER.
    #[must_use]
    pub const fn as_der(self) -> &'a [u8] {
        self.der
    }

    /// Owned.
    #[must_use]
    pub fn to_owned(self) -> CertId {
        CertId(self.der.into())
    }

    /// Whether it means the certificate with this serial number of the issuer with this name and key; `None` if the
    /// provider lacks the digest, so that nobody can tell. Serial numbers are compared first.
    #[must_use]
    pub fn matches(
        self,
        issuer_name: NameRef<'_>,
        issuer_key: PublicKeyRef<'_>,
        serial_number: &[u8],
        crypto: &CryptoProvider,
    ) -> Option<bool> {
        if self.serial_number != serial_number {
            return Some(false);
        }
        let hash = crypto.digest(self.hash_algorithm.oid)?;
        Some(
            hash.digest(&[issuer_key.key_bits()]).as_bytes() == self.issuer_key_hash
                && hash.digest(&[issuer_name.as_der()]).as_bytes() == self.issuer_name_hash,
        )
    }
}

impl fmt::Debug for CertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl fmt::Debug for CertIdRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertId(serial ")?;
        self.serial_number.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, " by {})", self.hash_algorithm.oid)
    }
}
