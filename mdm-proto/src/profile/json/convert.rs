//! Values that JSON has as text or numbers.

use alloc::{string::String, vec::Vec};
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
        .ok_or(JsonField::Digest.into())
}

pub(super) fn from_digest(name: &str) -> Option<DigestAlgorithm> {
    DIGESTS.into_iter().find(|known| known.name() == name)
}

pub(super) fn cipher(algorithm: CipherAlgorithm) -> Result<&'static str, JsonError> {
    from_cipher(algorithm.name())
        .filter(|known| *known == algorithm)
        .map(CipherAlgorithm::name)
        .ok_or(JsonField::Cipher.into())
}

pub(super) fn from_cipher(name: &str) -> Option<CipherAlgorithm> {
    CIPHERS.into_iter().find(|known| known.name() == name)
}

/// The names of the bits, in the order of the bits.
pub(super) fn key_usage(usage: KeyUsage) -> Vec<&'static str> {
    KEY_USAGES.iter().filter(|(bit, _)| usage.contains(*bit)).map(|(_, name)| *name).collect()
}

/// From names, each once.
pub(super) fn from_key_usage(names: &[String]) -> Result<KeyUsage, JsonError> {
    names.iter().try_fold(KeyUsage::NONE, |usage, name| {
        let bit = KEY_USAGES.iter().find(|(_, known)| known == name).map(|(bit, _)| *bit);
        let bit = bit.filter(|bit| !usage.contains(*bit)).ok_or(JsonField::KeyUsage)?;
        Ok(usage | bit)
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

const KEY_USAGES: [(KeyUsage, &str); 9] = [
    (KeyUsage::DIGITAL_SIGNATURE, "digitalSignature"),
    (KeyUsage::NON_REPUDIATION, "nonRepudiation"),
    (KeyUsage::KEY_ENCIPHERMENT, "keyEncipherment"),
    (KeyUsage::DATA_ENCIPHERMENT, "dataEncipherment"),
    (KeyUsage::KEY_AGREEMENT, "keyAgreement"),
    (KeyUsage::KEY_CERT_SIGN, "keyCertSign"),
    (KeyUsage::CRL_SIGN, "cRLSign"),
    (KeyUsage::ENCIPHER_ONLY, "encipherOnly"),
    (KeyUsage::DECIPHER_ONLY, "decipherOnly"),
];
