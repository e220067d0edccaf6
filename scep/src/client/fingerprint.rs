//! [`Fingerprint`]: how a CA certificate is recognised.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{Certificate, algorithm::DigestAlgorithm, crypto::CryptoProvider};
use subtle::ConstantTimeEq;

/// The digest of a whole DER certificate (RFC 8894 section 2.2). SHA-256 by rule; profiles and people also have SHA-1,
/// SHA-384, SHA-512 and MD5 ones, told apart by their length.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(Vec<u8>);

/// Not a fingerprint: not hexadecimal, or of a length that no digest has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidFingerprint;

impl Fingerprint {
    /// From the digest's octets: 16, 20, 28, 32, 48 or 64 of them.
    ///
    /// # Errors
    /// [`InvalidFingerprint`] for another number.
    pub fn new(octets: &[u8]) -> Result<Self, InvalidFingerprint> {
        let fingerprint = Self(octets.to_vec());
        fingerprint.algorithm().map(|_| fingerprint).ok_or(InvalidFingerprint)
    }

    /// From hexadecimal in either case; colons, spaces and dashes between the digits are passed over.
    ///
    /// # Errors
    /// [`InvalidFingerprint`] for other characters, or another number of digits.
    pub fn from_hex(text: &str) -> Result<Self, InvalidFingerprint> {
        let separator = |c: &char| matches!(c, ':' | ' ' | '-');
        let digits = text.chars().filter(|c| !separator(c)).map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()));
        let digits: Vec<u8> = digits.collect::<Option<_>>().ok_or(InvalidFingerprint)?;
        let (pairs, []) = digits.as_chunks::<2>() else { return Err(InvalidFingerprint) };
        Self::new(&pairs.iter().map(|[high, low]| high << 4 | low).collect::<Vec<u8>>())
    }

    /// The SHA-256 fingerprint of a certificate; `None` if the provider has no SHA-256.
    #[must_use]
    pub fn of(certificate: &Certificate, crypto: &CryptoProvider) -> Option<Self> {
        Self::with_digest(certificate, DigestAlgorithm::SHA256, crypto)
    }

    /// Whether this is the certificate's. The whole digest is compared.
    #[must_use]
    pub fn matches(&self, certificate: &Certificate, crypto: &CryptoProvider) -> bool {
        let found = self.algorithm().and_then(|algorithm| Self::with_digest(certificate, algorithm, crypto));
        found.is_some_and(|found| bool::from(found.0.as_slice().ct_eq(&self.0)))
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn with_digest(certificate: &Certificate, algorithm: DigestAlgorithm, crypto: &CryptoProvider) -> Option<Self> {
        let digest = crypto.digest(algorithm.oid())?;
        Some(Self(digest.digest(&[certificate.as_der()]).as_bytes().to_vec()))
    }

    fn algorithm(&self) -> Option<DigestAlgorithm> {
        [
            DigestAlgorithm::SHA256,
            DigestAlgorithm::SHA1,
            DigestAlgorithm::SHA512,
            DigestAlgorithm::SHA384,
            DigestAlgorithm::SHA224,
            DigestAlgorithm::MD5,
        ]
        .into_iter()
        .find(|algorithm| algorithm.output_length() == self.0.len())
    }
}

impl fmt::Display for Fingerprint {
    /// Upper-case pairs with colons, as OpenSSL prints them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(index, byte)| {
            let colon = if index == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")
        })
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl fmt::Display for InvalidFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a fingerprint: 32, 40, 56, 64, 96 or 128 hexadecimal digits are")
    }
}

impl core::error::Error for InvalidFingerprint {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn hexadecimal_as_people_paste_it() {
        let sha1 = "DA:39:a3:ee 5e6b4b0d-3255bfef95601890afd80709";
        let fingerprint = Fingerprint::from_hex(sha1).unwrap();
        assert_eq!(fingerprint.to_string(), "DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:18:90:AF:D8:07:09");
    }

    #[test]
    fn what_is_no_fingerprint_is_refused() {
        for text in
            ["", "da39", "zz", "da39a3ee5e6b4b0d3255bfef95601890afd8070", "da39a3ee5e6b4b0d3255bfef95601890afd80709ff"]
        {
            assert_eq!(Fingerprint::from_hex(text), Err(InvalidFingerprint), "{text}");
        }
    }
}
