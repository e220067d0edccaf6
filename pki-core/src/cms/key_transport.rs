//! [`KeyTransRecipient`]: a recipient who has a private key.

use alloc::borrow::Cow;

use super::{CertificateIdentifier, algorithm_identifier};
use crate::{algorithm::AlgorithmIdentifier, ber, der::Tag, error::DecodeError};

/// A recipient whose public key the content key is encrypted to (RFC 5652 section 6.2.1).
#[derive(Clone, Debug)]
pub struct KeyTransRecipient<'a> {
    version: u32,
    identifier: CertificateIdentifier<'a>,
    algorithm: AlgorithmIdentifier<'a>,
    encrypted_key: Cow<'a, [u8]>,
}

impl<'a> KeyTransRecipient<'a> {
    /// Reads the next element.
    pub(super) fn decode(set: &mut ber::Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = set.sequence()?;
        let version = fields.small_integer().map_err(DecodeError::within("version"))?;
        let identifier = CertificateIdentifier::decode(&mut fields).map_err(DecodeError::within("rid"))?;
        let algorithm = algorithm_identifier(&mut fields).map_err(DecodeError::within("keyEncryptionAlgorithm"))?;
        let encrypted_key = fields.octets(Tag::OCTET_STRING).map_err(DecodeError::within("encryptedKey"))?;
        fields.finish()?;
        Ok(Self { version, identifier, algorithm, encrypted_key })
    }

    /// The version: 0 for issuer and serial number, 2 for a key identifier.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The recipient's certificate.
    #[must_use]
    pub const fn rid(&self) -> CertificateIdentifier<'a> {
        self.identifier
    }

    /// How the content key is encrypted.
    #[must_use]
    pub const fn algorithm(&self) -> AlgorithmIdentifier<'a> {
        self.algorithm
    }

    /// The encrypted content key.
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        &self.encrypted_key
    }
}
