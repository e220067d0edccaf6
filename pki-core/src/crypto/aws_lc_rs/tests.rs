use alloc::{format, vec};
use core::num::NonZeroU32;

use super::*;
use crate::{
    DecodeErrorKind, KeyKind, PublicKey,
    algorithm::{DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    crypto::{
        ContentKey, Decrypter, SignFailed, Signer, UnwrapFailed, VerifyError, WrappedKey,
        rustcrypto::{PrivateKey as SoftwareKey, Random},
    },
    secret::Secret,
};

/// A file that `tests/data/openssl/make.sh` made.
macro_rules! openssl {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/data/openssl/", $name))
    };
}

const MESSAGE: &[u8] = openssl!("message");
const RSA: &str = include_str!("../../../tests/data/openssl/rsa.pem");

fn rng() -> Random<getrandom::SysRng> {
    Random(getrandom::SysRng)
}

#[test]
fn both_providers_verify_and_refuse_the_same() {
    assert_eq!(PROVIDER.verifiers.len(), rustcrypto::PROVIDER.verifiers.len());
    for kind in [KeyKind::Rsa { bits: 1024 }, KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Ed25519] {
        let key = SoftwareKey::generate(kind, &mut rng()).unwrap();
        for algorithm in SignatureAlgorithm::KNOWN {
            let signature = key.sign(*algorithm, MESSAGE, &mut rng()).map(|signature| signature.as_bytes().to_vec());
            let signature = signature.unwrap_or_default();
            for forged in [false, true] {
                let message = if forged { &MESSAGE[1..] } else { MESSAGE };
                let verdict = |provider: CryptoProvider| {
                    let public = Signer::public_key(&key).as_ref();
                    provider.verify(algorithm.identifier(), public, message, &signature)
                };
                assert_eq!(verdict(PROVIDER), verdict(rustcrypto::PROVIDER), "{kind} {algorithm:?}");
            }
        }
    }
}

#[test]
fn both_providers_derive_the_same_keys() {
    assert_eq!(PROVIDER.key_derivations.len(), rustcrypto::PROVIDER.key_derivations.len());
    for (ours, theirs) in PROVIDER.key_derivations.iter().zip(rustcrypto::PROVIDER.key_derivations) {
        assert_eq!(ours.algorithm(), theirs.algorithm());
        assert!(format!("{ours:?}").contains(&format!("{theirs:?}")));
        // Longer than a block of the digest, and nothing at all.
        for password in [vec![0x61; 200], vec![]] {
            let password = Secret::new(password);
            for (iterations, length) in [(1, 16), (1000, 24), (3, 100)] {
                let iterations = NonZeroU32::new(iterations).unwrap();
                let derive = |by: &dyn KeyDerivation| by.derive(&password, b"salt", iterations, length);
                assert_eq!(derive(*ours), derive(*theirs), "{ours:?}");
            }
        }
    }
}

#[test]
fn ecdsa_signatures_of_openssl() {
    for (spki, algorithm, signature) in [
        (&openssl!("p256_spki.der")[..], SignatureAlgorithm::ECDSA_SHA256, &openssl!("p256_sha256.sig")[..]),
        (openssl!("p256_compressed_spki.der"), SignatureAlgorithm::ECDSA_SHA256, openssl!("p256_sha256.sig")),
        (openssl!("p256_spki.der"), SignatureAlgorithm::ECDSA_SHA1, openssl!("p256_sha1.sig")),
        (openssl!("p384_spki.der"), SignatureAlgorithm::ECDSA_SHA512, openssl!("p384_sha512.sig")),
        (openssl!("p521_spki.der"), SignatureAlgorithm::ECDSA_SHA224, openssl!("p521_sha224.sig")),
    ] {
        let key = PublicKey::from_der(spki).unwrap();
        let verdict = |message| PROVIDER.verify(algorithm.identifier(), key.as_ref(), message, signature);
        assert_eq!(verdict(MESSAGE), Ok(()), "{key:?} {algorithm:?}");
        assert_eq!(verdict(b"other"), Err(VerifyError::BadSignature));
    }
}

#[test]
fn every_key_signs_with_all_that_it_lists() {
    for text in [
        RSA,
        include_str!("../../../tests/data/openssl/p256.pem"),
        include_str!("../../../tests/data/openssl/p384_sec1.pem"),
        include_str!("../../../tests/data/openssl/p521.pem"),
    ] {
        let key = PrivateKey::from_pem(text).unwrap();
        let public = Signer::public_key(&key).as_ref();
        assert_eq!(format!("{key:?}"), format!("PrivateKey({}, ..)", public.kind()));
        for algorithm in SignatureAlgorithm::KNOWN {
            match key.sign(*algorithm, MESSAGE, &mut rng()) {
                Ok(signature) => {
                    assert!(key.algorithms().contains(algorithm));
                    let verdict =
                        rustcrypto::PROVIDER.verify(algorithm.identifier(), public, MESSAGE, signature.as_bytes());
                    assert_eq!(verdict, Ok(()), "{key:?} {algorithm:?}");
                }
                Err(SignFailed) => assert!(!key.algorithms().contains(algorithm), "{key:?} {algorithm:?}"),
            }
        }
    }
    let key = PrivateKey::from_pem(RSA).unwrap();
    let signature = key.sign(SignatureAlgorithm::RSA_PKCS1_SHA256, MESSAGE, &mut rng()).unwrap();
    assert_eq!(signature.as_bytes(), openssl!("rsa_sha256.sig"));
}

#[test]
fn content_keys_wrapped_by_openssl() {
    let key = PrivateKey::from_pem(RSA).unwrap();
    for (algorithm, wrapped) in [
        (KeyTransportAlgorithm::RsaPkcs1, &openssl!("rsa_pkcs1.bin")[..]),
        (KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA1), openssl!("rsa_oaep_sha1.bin")),
        (KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA256), openssl!("rsa_oaep_sha256.bin")),
        (KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA384), openssl!("rsa_oaep_sha384.bin")),
        (KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA512), openssl!("rsa_oaep_sha512.bin")),
    ] {
        let unwrap = |octets: &[u8], length| -> Result<ContentKey, UnwrapFailed> {
            key.unwrap_key(&WrappedKey::new(algorithm, octets.to_vec(), length), &mut rng())
        };
        assert_eq!(unwrap(wrapped, 16).unwrap().expose(), openssl!("content_key"), "{algorithm:?}");
        // RFC 3218: whatever is wrong, the answer is a random key of the length asked for.
        let mut broken = wrapped.to_vec();
        broken[255] ^= 1;
        for (octets, length) in [(wrapped, 24), (&broken, 16), (&wrapped[1..], 16), (&[0xff; 256], 16), (&[], 16)] {
            let (one, two) = (unwrap(octets, length).unwrap(), unwrap(octets, length).unwrap());
            assert_eq!(one.expose().len(), length);
            assert_ne!(one, two, "{algorithm:?} {length}");
        }
    }
    let unknown = WrappedKey::new(KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA224), [0; 256].to_vec(), 16);
    assert_eq!(key.unwrap_key(&unknown, &mut rng()), Err(UnwrapFailed));
    let ec = PrivateKey::from_pem(include_str!("../../../tests/data/openssl/p256.pem")).unwrap();
    assert_eq!(ec.unwrap_key(&unknown, &mut rng()), Err(UnwrapFailed));
}

#[test]
fn keys_that_are_refused() {
    for text in [
        include_str!("../../../tests/data/openssl/rsa1024.pem"),
        include_str!("../../../tests/data/openssl/ed25519.pem"),
    ] {
        assert_eq!(PrivateKey::from_pem(text).unwrap_err().kind(), DecodeErrorKind::InvalidValue);
    }
    assert_eq!(PrivateKey::from_pkcs8_der(&[0x30]).unwrap_err().kind(), DecodeErrorKind::Truncated);
}
