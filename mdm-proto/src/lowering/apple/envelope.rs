//! Encrypting a profile to a device.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    Certificate, DecodeError, Secret,
    algorithm::{CipherAlgorithm, KeyTransportAlgorithm},
    cms::{CertificateIdentifier, EnvelopedDataBuilder, SealError},
    crypto::{CryptoProvider, SecureRandom},
    extension::KeyUsage,
};

use super::ProfileError;

/// Why a profile could not be encrypted to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncryptError {
    /// The device's certificate has no RSA key, or is not for keyEncipherment: Apple's devices decrypt with RSA alone.
    CannotEncrypt,
    /// The device's certificate cannot be read.
    Certificate(DecodeError),
    /// The profile could not be written.
    Profile(ProfileError),
    /// The encryption failed.
    Seal(SealError),
}

/// An EnvelopedData of `content` to `device`, AES-256-CBC with RSAES-PKCS1-v1_5: what Apple's devices are known to open.
pub(super) fn envelope(
    content: &Secret,
    device: &Certificate,
    rng: &mut dyn SecureRandom,
    crypto: &CryptoProvider,
) -> Result<Vec<u8>, EncryptError> {
    let usage = device.key_usage().map_err(EncryptError::Certificate)?;
    // RFC 5652 section 6.2.1.
    let allowed = usage.is_none_or(|usage| usage.contains(KeyUsage::KEY_ENCIPHERMENT));
    if !allowed || !device.public_key().can_encrypt() {
        return Err(EncryptError::CannotEncrypt);
    }
    EnvelopedDataBuilder::new(content.expose(), CipherAlgorithm::AES256_CBC)
        .add_recipient(CertificateIdentifier::of(device), device.public_key(), KeyTransportAlgorithm::RsaPkcs1)
        .build(rng, crypto)
        .map_err(EncryptError::Seal)
}

impl From<ProfileError> for EncryptError {
    fn from(error: ProfileError) -> Self {
        Self::Profile(error)
    }
}

impl fmt::Display for EncryptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotEncrypt => f.write_str("the device's certificate is not for encryption with RSA"),
            Self::Certificate(error) => error.fmt(f),
            Self::Profile(error) => error.fmt(f),
            Self::Seal(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for EncryptError {}
