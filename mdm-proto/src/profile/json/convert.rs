//! Values that JSON has as text or numbers.

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};
use core::time::Duration;

use base64ct::{Base64, Encoding as _};
use pki_core::{
    algorithm::{CipherAlgorithm, DigestAlgorithm},
    extension::KeyUsage,
};

use super::{JsonError, JsonField};
use crate::profile::ProfileId;

/// Text of up to so many characters.
pub(super) fn text(text: String, longest: usize, field: JsonField) -> Result<String, JsonError> {
    if text.chars().count() > longest { Err(field.into()) } else { Ok(text) }
}

pub(super) fn id(text: &str) -> Result<ProfileId, JsonError> {
    ProfileId::new(text).map_err(|_| JsonField::Id.into())
}

pub(super) fn seconds(time: Duration) -> Result<u64, JsonError> {
    if time.subsec_nanos() == 0 { Ok(time.as_secs()) } else { Err(JsonField::Time.into()) }
}

pub(super) fn base64(octets: &[u8]) -> String {
    Base64::encode_string(octets)
}

pub(super) fn from_base64(text: &str, field: JsonField) -> Result<Vec<u8>, JsonError> {
    Base64::decode_vec(text).map_err(|_| field.into())
}

pub(super) fn digest(algorithm: DigestAlgorithm) -> Result<&'static str, JsonError> {
    from_digest(algorithm.name())
        .filter(|known| *known == algorithm)
        .map(DigestAlgorithm::name)
        .ok_or(JsonError::Value(JsonField::Digest))
}

pub(super) fn from_digest(name: &str) -> Option<DigestAlgorithm> {
    DIGESTS.into_iter().find(|known| known.name() == name)
}

pub(super) fn cipher(algorithm: CipherAlgorithm) -> Result<&'static str, JsonError> {
    from_cipher(algorithm.name())
        .filter(|known| *known == algorithm)
        .map(CipherAlgorithm::name)
        .ok_or(JsonError::Value(JsonField::Cipher))
}

pub(super) fn from_cipher(name: &str) -> Option<CipherAlgorithm> {
    CIPHERS.into_iter().find(|known| known.name() == name)
}

/// The names of the bits, in the order of the bits.
pub(super) fn key_usage(usage: KeyUsage) -> Vec<String> {
    KEY_USAGES.iter().filter(|bit| usage.contains(**bit)).map(KeyUsage::to_string).collect()
}

/// From names, each once.
pub(super) fn from_key_usage(names: &[String]) -> Result<KeyUsage, JsonError> {
    names.iter().try_fold(KeyUsage::NONE, |usage, name| {
        let bit = KEY_USAGES.into_iter().find(|bit| bit.to_string() == *name && !usage.contains(*bit));
        Ok(usage | bit.ok_or(JsonField::KeyUsage)?)
    })
}

const DIGESTS: [DigestAlgorithm; 6] = [
    DigestAlgorithm::MD5,
    DigestAlgorithm::SHA1,
    DigestAlgorithm::SHA224,
    DigestAlgorithm::SHA256,
    DigestAlgorithm::SHA384,
    DigestAlgorithm::SHA512,
];

const CIPHERS: [CipherAlgorithm; 8] = [
    CipherAlgorithm::AES128_CBC,
    CipherAlgorithm::AES192_CBC,
    CipherAlgorithm::AES256_CBC,
    CipherAlgorithm::AES128_GCM,
    CipherAlgorithm::AES192_GCM,
    CipherAlgorithm::AES256_GCM,
    CipherAlgorithm::DES_EDE3_CBC,
    CipherAlgorithm::DES_CBC,
];

const KEY_USAGES: [KeyUsage; 9] = [
    KeyUsage::DIGITAL_SIGNATURE,
    KeyUsage::NON_REPUDIATION,
    KeyUsage::KEY_ENCIPHERMENT,
    KeyUsage::DATA_ENCIPHERMENT,
    KeyUsage::KEY_AGREEMENT,
    KeyUsage::KEY_CERT_SIGN,
    KeyUsage::CRL_SIGN,
    KeyUsage::ENCIPHER_ONLY,
    KeyUsage::DECIPHER_ONLY,
];
