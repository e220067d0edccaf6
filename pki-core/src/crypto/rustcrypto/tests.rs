extern crate std;

use alloc::{format, vec, vec::Vec};
use core::num::NonZeroU32;
use std::{fs, process::Command};

use hex_literal::hex;

use super::*;
use crate::{
    DecodeErrorKind, KeyKind, PublicKey,
    algorithm::{
        AlgorithmIdentifier, CipherAlgorithm, DigestAlgorithm, KeyDerivationAlgorithm, KeyTransportAlgorithm,
        SignatureAlgorithm,
    },
    crypto::{
        BadSignature, CipherFailed, ContentCipher, ContentKey, Decrypter, Digest, DigestValue, KeyTransport,
        RandomFailed, SecureRandom, SignFailed, SignatureVerifier, Signer, UnwrapFailed, VerifyError, WrapFailed,
        WrappedKey,
    },
    der::{Tag, Writer},
    oid::{self, Oid},
    pem,
    secret::Secret,
};

/// A file that `tests/data/openssl/make.sh` made.
macro_rules! openssl {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/data/openssl/", $name))
    };
}

macro_rules! openssl_pem {
    ($name:literal) => {
        include_str!(concat!("../../../tests/data/openssl/", $name))
    };
}

const MESSAGE: &[u8] = openssl!("message");
const CONTENT_KEY: &[u8] = openssl!("content_key");
const RSA: &str = openssl_pem!("rsa.pem");

fn rng() -> Random<getrandom::SysRng> {
    Random(getrandom::SysRng)
}

/// Gives so many octets and then fails.
struct Failing(usize);

impl SecureRandom for Failing {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        self.0 = self.0.checked_sub(out.len()).ok_or(RandomFailed)?;
        rng().fill(out)
    }
}

fn verify(algorithm: SignatureAlgorithm, spki: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    PROVIDER.verify(algorithm.identifier(), PublicKey::from_der(spki).unwrap().as_ref(), MESSAGE, signature)
}

fn kind(result: Result<PrivateKey, crate::DecodeError>) -> DecodeErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn digests_of_abc() {
    // RFC 3174 section 7.3, RFC 6234 section 8.5, FIPS 180-4 examples (SHA-224).
    let abc: &[&[u8]] = &[b"a", b"", b"bc"];
    assert_eq!(Sha1.digest(abc).as_bytes(), hex!("a9993e364706816aba3e25717850c26c9cd0d89d"));
    assert_eq!(Sha224.digest(abc).as_bytes(), hex!("23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"));
    assert_eq!(Sha256.digest(abc).as_bytes(), hex!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_eq!(
        format!("{}", Sha384.digest(abc)),
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
    );
    assert_eq!(
        format!("{}", Sha512.digest(abc)),
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    );
    for digest in PROVIDER.digests {
        assert_eq!(digest.digest(&[]).as_bytes().len(), digest.algorithm().output_length());
    }
}

#[test]
fn aes_cbc_of_rfc3602_s4() {
    // Cases 1 and 4, without the last block: RFC 3602 does not pad.
    let key = ContentKey::new(hex!("06a9214036b8a15b512e03d534120006").to_vec());
    let iv = hex!("3dafba429d9eb430b422da802c9fac41");
    let encrypted = Aes128Cbc.encrypt(&key, &iv, b"Single block msg").unwrap();
    assert_eq!(encrypted[..16], hex!("e353779c1079aeb82708942dbe77181a"));
    assert_eq!(encrypted.len(), 32);
    assert_eq!(Aes128Cbc.decrypt(&key, &iv, &encrypted).unwrap().expose(), b"Single block msg");
}

#[test]
fn ciphers_agree_with_openssl() {
    // printf 'The quick brown fox' | openssl enc -CIPHER -K 00010203.. -iv 00010203.. | xxd -p
    // for aes-128-cbc, aes-192-cbc, aes-256-cbc and des-ede3-cbc
    let octets: Vec<u8> = (0..32).collect();
    let vectors: [(&dyn ContentCipher, &[u8]); 4] = [
        (&Aes128Cbc, &hex!("d5f239401cf82914474428e33d8b1c9ec111f16b3bef2d373ce264bbca4e592b")[..]),
        (&Aes192Cbc, &hex!("10acab422ae42b3528294371bdbbc03731cbc522c944bb225d12d47f01ce875d")),
        (&Aes256Cbc, &hex!("4846f83aa211e239aa62a21f527f089e8d41d34e98dc3393534b4bcf510728c4")),
        (&DesEde3Cbc, &hex!("2116057c372e0e95dbe91fbfd148371bb1a92b67ddb87d6d")),
    ];
    for (cipher, encrypted) in vectors {
        let algorithm = cipher.algorithm();
        let key = ContentKey::new(octets[..algorithm.key_length()].to_vec());
        let iv = &octets[..algorithm.block_length()];
        assert_eq!(cipher.encrypt(&key, iv, MESSAGE).unwrap(), encrypted, "{algorithm:?}");
        assert_eq!(cipher.decrypt(&key, iv, encrypted).unwrap().expose(), MESSAGE, "{algorithm:?}");
        for length in 0..=2 * algorithm.block_length() {
            let plaintext = vec![0x55; length];
            let encrypted = cipher.encrypt(&key, iv, &plaintext).unwrap();
            assert_eq!(encrypted.len(), (length / iv.len() + 1) * iv.len());
            assert!(cipher.decrypt(&key, iv, &encrypted).unwrap().matches(&plaintext));
        }
    }
}

/// The vectors with additional data of "The Galois/Counter Mode of Operation (GCM)", appendix B, test cases 4, 10 and 16.
#[test]
fn aes_gcm_of_its_specification() {
    let key = hex!("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    let nonce = hex!("cafebabefacedbaddecaf888");
    let data = hex!("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let plaintext = hex!(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    );
    for (cipher, first, tag) in [
        (
            CipherAlgorithm::AES128_GCM,
            hex!("42831ec2217774244b7221b784d0d49c"),
            hex!("5bc94fbc3221a5db94fae95ae7121a47"),
        ),
        (
            CipherAlgorithm::AES192_GCM,
            hex!("3980ca0b3c00e841eb06fac4872a2757"),
            hex!("2519498e80f1478f37ba55bd6d27618c"),
        ),
        (
            CipherAlgorithm::AES256_GCM,
            hex!("522dc1f099567d07f47f37a32a84427d"),
            hex!("76fc6ece0f4e1768cddf8853bb2d551b"),
        ),
    ] {
        let implementation = PROVIDER.authenticated_cipher(cipher.oid()).unwrap();
        let key = ContentKey::new(key[..cipher.key_length()].to_vec());
        let sealed = implementation.seal(&key, &nonce, &data, &plaintext).unwrap();
        assert_eq!((&sealed.ciphertext[..16], &sealed.tag[..]), (&first[..], &tag[..]), "{cipher:?}");
        let opened = implementation.open(&key, &nonce, &data, &sealed.ciphertext, &sealed.tag);
        assert!(opened.unwrap().matches(&plaintext), "{cipher:?}");
        let short = ContentKey::new(vec![0; cipher.key_length() - 1]);
        assert_eq!(implementation.seal(&short, &nonce, &data, &plaintext), Err(CipherFailed));
        assert_eq!(implementation.open(&short, &nonce, &data, &sealed.ciphertext, &sealed.tag), Err(CipherFailed));
    }
}

#[test]
fn rfc6070_rfc7914_s11_pbkdf2() {
    // Those of SHA-224, SHA-384 and SHA-512 are from `openssl kdf ... PBKDF2`.
    for (digest, password, salt, iterations, expected) in [
        (DigestAlgorithm::SHA1, "password", "salt", 1, &hex!("0c60c80f961f0e71f3a9b524af6012062fe037a6")[..]),
        (DigestAlgorithm::SHA1, "password", "salt", 4096, &hex!("4b007901b765489abead49d926f721d065a429c1")),
        (
            DigestAlgorithm::SHA1,
            "passwordPASSWORDpassword",
            "saltSALTsaltSALTsaltSALTsaltSALTsalt",
            4096,
            &hex!("3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"),
        ),
        (DigestAlgorithm::SHA1, "pass\0word", "sa\0lt", 4096, &hex!("56fa6aa75548099dcc37d7f03425e0c3")),
        (
            DigestAlgorithm::SHA256,
            "passwd",
            "salt",
            1,
            &hex!(
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
                "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
            ),
        ),
        (
            DigestAlgorithm::SHA256,
            "Password",
            "NaCl",
            80_000,
            &hex!("4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414"),
        ),
        (DigestAlgorithm::SHA224, "password", "salt", 1000, &hex!("d3bcf320fd918908eafcaa460faf40e201f6508d4e6f3d9c")),
        (DigestAlgorithm::SHA384, "password", "salt", 1000, &hex!("3bd37e2236941d4a77b1b5b714c6f913fabb6b0841a6d7d8")),
        (DigestAlgorithm::SHA512, "password", "salt", 1000, &hex!("afe6c5530785b6cc6b1c6453384731bd5ee432ee549fd42f")),
    ] {
        let iterations = NonZeroU32::new(iterations).unwrap();
        let derivation = PROVIDER.key_derivation(KeyDerivationAlgorithm::Pbkdf2(digest)).unwrap();
        let key = derivation.derive(&Secret::from(password), salt.as_bytes(), iterations, expected.len());
        assert_eq!(key.expose(), expected, "{derivation:?} {password} {iterations}");
    }
}

#[test]
fn rfc5652_s6_3_every_wrong_padding_is_one_error() {
    // Without a chain between blocks: the IV is XORed to the only block, so it chooses the plaintext.
    let key = ContentKey::new(vec![7; 16]);
    let zeros = Aes128Cbc.encrypt(&key, &[0x10; 16], &[]).unwrap();
    let decrypt = |block: [u8; 16]| Aes128Cbc.decrypt(&key, &block, &zeros);
    for padding in 0..=255_u8 {
        let mut block = [0; 16];
        let good = (1..=16).contains(&padding);
        let length = usize::from(padding).clamp(1, 16);
        block[16 - length..].fill(padding);
        let kept = decrypt(block);
        assert_eq!(
            kept.as_ref().map(|kept| kept.expose().len()),
            if good { Ok(16 - length) } else { Err(&CipherFailed) }
        );
        for position in 16 - length..15 {
            let mut broken = block;
            broken[position] ^= 0x80;
            assert_eq!(decrypt(broken), Err(CipherFailed), "{padding} {position}");
        }
    }
    for (iv, ciphertext) in
        [(&[0; 16][..], &[][..]), (&[0; 16], &[0; 15]), (&[0; 16], &[0; 17]), (&[0; 15], &zeros), (&[], &zeros)]
    {
        assert_eq!(Aes128Cbc.decrypt(&key, iv, ciphertext), Err(CipherFailed));
    }
    assert_eq!(Aes256Cbc.decrypt(&key, &[0; 16], &zeros), Err(CipherFailed));
    assert_eq!(Aes256Cbc.encrypt(&key, &[0; 16], &[]), Err(CipherFailed));
    assert_eq!(Aes128Cbc.encrypt(&key, &[0; 8], &[]), Err(CipherFailed));
}

#[test]
fn rsa_pkcs1_signatures_are_those_of_openssl() {
    let key = PrivateKey::from_pem(RSA).unwrap();
    assert_eq!(Signer::public_key(&key).as_der(), openssl!("rsa_spki.der"));
    for (algorithm, signature) in [
        (SignatureAlgorithm::RSA_PKCS1_SHA1, &openssl!("rsa_sha1.sig")[..]),
        (SignatureAlgorithm::RSA_PKCS1_SHA224, openssl!("rsa_sha224.sig")),
        (SignatureAlgorithm::RSA_PKCS1_SHA256, openssl!("rsa_sha256.sig")),
        (SignatureAlgorithm::RSA_PKCS1_SHA384, openssl!("rsa_sha384.sig")),
        (SignatureAlgorithm::RSA_PKCS1_SHA512, openssl!("rsa_sha512.sig")),
    ] {
        assert_eq!(key.sign(algorithm, MESSAGE, &mut rng()).unwrap().as_bytes(), signature, "{algorithm:?}");
        assert_eq!(verify(algorithm, openssl!("rsa_spki.der"), signature), Ok(()));
        let mut forged = signature.to_vec();
        forged[100] ^= 1;
        assert_eq!(verify(algorithm, openssl!("rsa_spki.der"), &forged), Err(VerifyError::BadSignature));
        assert_eq!(verify(algorithm, openssl!("rsa_spki.der"), &signature[1..]), Err(VerifyError::BadSignature));
        // RFC 4055 section 5: receivers accept absent parameters.
        let absent = AlgorithmIdentifier::new(algorithm.identifier().oid, None);
        assert_eq!(PROVIDER.verify(absent, Signer::public_key(&key).as_ref(), MESSAGE, signature), Ok(()));
        let other = AlgorithmIdentifier::new(algorithm.identifier().oid, Some(&[0x04, 0x00]));
        let verdict = PROVIDER.verify(other, Signer::public_key(&key).as_ref(), MESSAGE, signature);
        assert_eq!(verdict, Err(VerifyError::UnsupportedAlgorithm));
    }
}

#[test]
fn rsa_pss_signatures_of_openssl_with_a_salt_of_20() {
    let key = PublicKey::from_der(openssl!("rsa_spki.der")).unwrap();
    for (digest, signature) in [
        (DigestAlgorithm::SHA1, &openssl!("rsa_pss_sha1.sig")[..]),
        (DigestAlgorithm::SHA256, openssl!("rsa_pss_sha256.sig")),
        (DigestAlgorithm::SHA384, openssl!("rsa_pss_sha384.sig")),
        (DigestAlgorithm::SHA512, openssl!("rsa_pss_sha512.sig")),
    ] {
        let verdict = |salt| {
            let parameters = pss_parameters(digest, salt);
            let algorithm = AlgorithmIdentifier::new(oid::RSASSA_PSS, Some(&parameters));
            PROVIDER.verify(algorithm, key.as_ref(), MESSAGE, signature)
        };
        assert_eq!(verdict(20), Ok(()), "{digest:?}");
        for salt in [0, 19, 21, 32, 222, 1024, u32::MAX] {
            assert_eq!(verdict(salt), Err(VerifyError::BadSignature), "{digest:?} {salt}");
        }
    }
    let without = AlgorithmIdentifier::new(oid::RSASSA_PSS, None);
    let verdict = PROVIDER.verify(without, key.as_ref(), MESSAGE, openssl!("rsa_pss_sha1.sig"));
    assert_eq!(verdict, Err(VerifyError::UnsupportedAlgorithm));
}

fn pss_parameters(digest: DigestAlgorithm, salt: u32) -> Vec<u8> {
    let hash = AlgorithmIdentifier::new(digest.oid(), None);
    let hash_der = Writer::encode(|w| hash.encode(w));
    Writer::encode(|w| {
        w.sequence(|w| {
            w.constructed(Tag::context_constructed(0), |w| hash.encode(w));
            w.constructed(Tag::context_constructed(1), |w| {
                AlgorithmIdentifier::new(oid::MGF1, Some(&hash_der)).encode(w);
            });
            w.constructed(Tag::context_constructed(2), |w| w.small_integer(salt));
        });
    })
}

#[test]
fn ecdsa_signatures_of_openssl() {
    let digests = [
        SignatureAlgorithm::ECDSA_SHA1,
        SignatureAlgorithm::ECDSA_SHA224,
        SignatureAlgorithm::ECDSA_SHA256,
        SignatureAlgorithm::ECDSA_SHA384,
        SignatureAlgorithm::ECDSA_SHA512,
    ];
    let p256: [&[u8]; 5] = [
        openssl!("p256_sha1.sig"),
        openssl!("p256_sha224.sig"),
        openssl!("p256_sha256.sig"),
        openssl!("p256_sha384.sig"),
        openssl!("p256_sha512.sig"),
    ];
    let p384: [&[u8]; 5] = [
        openssl!("p384_sha1.sig"),
        openssl!("p384_sha224.sig"),
        openssl!("p384_sha256.sig"),
        openssl!("p384_sha384.sig"),
        openssl!("p384_sha512.sig"),
    ];
    let p521: [&[u8]; 5] = [
        openssl!("p521_sha1.sig"),
        openssl!("p521_sha224.sig"),
        openssl!("p521_sha256.sig"),
        openssl!("p521_sha384.sig"),
        openssl!("p521_sha512.sig"),
    ];
    for (spki, signatures) in [
        (&openssl!("p256_spki.der")[..], &p256),
        (openssl!("p256_compressed_spki.der"), &p256),
        (openssl!("p384_spki.der"), &p384),
        (openssl!("p521_spki.der"), &p521),
    ] {
        let key = PublicKey::from_der(spki).unwrap();
        for (index, (algorithm, signature)) in digests.iter().zip(signatures).enumerate() {
            assert_eq!(verify(*algorithm, spki, signature), Ok(()), "{key:?} {algorithm:?}");
            let verdict = verify(digests[(index + 1) % 5], spki, signature);
            assert_eq!(verdict, Err(VerifyError::BadSignature), "{key:?} {algorithm:?}");
            // OpenSSL 3.0.19 accepts a CSR with this change in its signatureAlgorithm.
            let null = AlgorithmIdentifier::new(algorithm.identifier().oid, Some(&[0x05, 0x00]));
            assert_eq!(PROVIDER.verify(null, key.as_ref(), MESSAGE, signature), Ok(()));
        }
    }
}

#[test]
fn ed25519_of_rfc8032_s7_1() {
    // Test 2.
    let pkcs8 =
        hex!("302e020100300506032b657004220420 4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let key = PrivateKey::from_pkcs8_der(&pkcs8).unwrap();
    let public = hex!("302a300506032b6570032100 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    assert_eq!(Signer::public_key(&key).as_der(), public);
    let signature = key.sign(SignatureAlgorithm::ED25519, &[0x72], &mut Failing(0)).unwrap();
    assert_eq!(
        signature.as_bytes(),
        hex!(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        )
    );
    assert!(key.to_pkcs8_der().matches(&pkcs8));
    assert_eq!(verify(SignatureAlgorithm::ED25519, openssl!("ed25519_spki.der"), openssl!("ed25519.sig")), Ok(()));
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
        let unwrap = |octets: &[u8], length| {
            key.unwrap_key(&WrappedKey::new(algorithm, octets.to_vec(), length), &mut rng()).unwrap()
        };
        assert_eq!(unwrap(wrapped, 16).expose(), CONTENT_KEY, "{algorithm:?}");

        // RFC 3218: whatever is wrong, the answer is a random key of the length asked for.
        let mut broken = wrapped.to_vec();
        broken[255] ^= 1;
        for (octets, length) in [
            (wrapped, 24),
            (wrapped, 15),
            (&broken, 16),
            (&wrapped[1..], 16),
            (&[0xff; 256], 16),
            (&[], 16),
            (&[0; 256], 32),
        ] {
            let (one, two) = (unwrap(octets, length), unwrap(octets, length));
            assert_eq!((one.expose().len(), two.expose().len()), (length, length));
            assert_ne!(one, two, "{algorithm:?} {length}");
        }

        // And our own way there.
        let transport = PROVIDER.key_transport(algorithm).unwrap();
        let ours = transport
            .wrap(Signer::public_key(&key).as_ref(), &ContentKey::new(CONTENT_KEY.to_vec()), &mut rng())
            .unwrap();
        assert_eq!(unwrap(&ours, 16).expose(), CONTENT_KEY, "{algorithm:?}");
    }
}

#[test]
fn what_does_not_depend_on_the_ciphertext_is_an_error() {
    let key = PrivateKey::from_pem(RSA).unwrap();
    let wrapped = WrappedKey::new(KeyTransportAlgorithm::RsaPkcs1, openssl!("rsa_pkcs1.bin").to_vec(), 16);
    assert_eq!(key.unwrap_key(&wrapped, &mut Failing(0)), Err(UnwrapFailed));
    // The second draw is for blinding: without it there is no private operation.
    assert_eq!(key.unwrap_key(&wrapped, &mut Failing(16)), Err(UnwrapFailed));
    let unknown = KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA224);
    assert_eq!(key.unwrap_key(&WrappedKey::new(unknown, vec![0; 256], 16), &mut rng()), Err(UnwrapFailed));
    let ec = PrivateKey::from_pem(openssl_pem!("p256.pem")).unwrap();
    assert_eq!(ec.unwrap_key(&wrapped, &mut rng()), Err(UnwrapFailed));

    let content_key = ContentKey::new(CONTENT_KEY.to_vec());
    assert_eq!(RsaPkcs1.wrap(Signer::public_key(&ec).as_ref(), &content_key, &mut rng()), Err(WrapFailed));
    assert_eq!(RsaPkcs1.wrap(Signer::public_key(&key).as_ref(), &content_key, &mut Failing(0)), Err(WrapFailed));
    // RFC 8017 section 7.2.1: at most k - 11 octets.
    let long = ContentKey::new(vec![1; 246]);
    assert_eq!(RsaPkcs1.wrap(Signer::public_key(&key).as_ref(), &long, &mut rng()), Err(WrapFailed));
}

#[test]
fn rsa_private_operations_are_always_blinded() {
    let key = PrivateKey::from_pem(RSA).unwrap();
    for algorithm in key.algorithms() {
        assert_eq!(key.sign(*algorithm, MESSAGE, &mut Failing(0)), Err(SignFailed), "{algorithm:?}");
    }
    // PSS draws its salt first.
    assert_eq!(key.sign(SignatureAlgorithm::RSA_PSS_SHA256, MESSAGE, &mut Failing(32)), Err(SignFailed));
}

#[test]
fn every_key_signs_with_all_that_it_lists() {
    for text in [
        RSA,
        openssl_pem!("rsa1024.pem"),
        openssl_pem!("p256.pem"),
        openssl_pem!("p384.pem"),
        openssl_pem!("p521.pem"),
        openssl_pem!("ed25519.pem"),
    ] {
        let key = PrivateKey::from_pem(text).unwrap();
        let public = Signer::public_key(&key).as_der();
        assert!(!key.algorithms().contains(&SignatureAlgorithm::RSA_PKCS1_MD5));
        assert!(!key.algorithms().contains(&SignatureAlgorithm::ECDSA_SHA1));
        for algorithm in SignatureAlgorithm::KNOWN {
            let signature = key.sign(*algorithm, MESSAGE, &mut rng());
            if key.algorithms().contains(algorithm) {
                assert_eq!(verify(*algorithm, public, signature.unwrap().as_bytes()), Ok(()), "{key:?} {algorithm:?}");
            } else {
                assert_eq!(signature, Err(SignFailed), "{key:?} {algorithm:?}");
            }
        }
    }
}

#[test]
fn a_digest_is_signed_as_the_message_is() {
    for text in
        [RSA, openssl_pem!("p256.pem"), openssl_pem!("p384.pem"), openssl_pem!("p521.pem"), openssl_pem!("ed25519.pem")]
    {
        let key = PrivateKey::from_pem(text).unwrap();
        let public = Signer::public_key(&key).as_der();
        for algorithm in SignatureAlgorithm::KNOWN {
            let digest = PROVIDER.digest(algorithm.cms_digest().oid());
            let Some(value) = digest.map(|digest| digest.digest(&[MESSAGE])) else { continue };
            let signature = key.sign_digest(*algorithm, &value, &mut rng());
            if key.algorithms().contains(algorithm) && algorithm.digest().is_some() {
                assert_eq!(verify(*algorithm, public, signature.unwrap().as_bytes()), Ok(()), "{key:?} {algorithm:?}");
            } else {
                assert_eq!(signature, Err(SignFailed), "{key:?} {algorithm:?}");
            }
        }
    }
}

#[test]
fn a_digest_of_another_length_is_not_signed() {
    let key = PrivateKey::from_pem(RSA).unwrap();
    for length in [0, 20, 31, 33, 64] {
        let value = DigestValue::new(&vec![7; length]).unwrap();
        assert_eq!(key.sign_digest(SignatureAlgorithm::RSA_PKCS1_SHA256, &value, &mut rng()), Err(SignFailed));
    }
    let value = DigestValue::new(&[7; 32]).unwrap();
    assert_eq!(key.sign_digest(SignatureAlgorithm::RSA_PKCS1_SHA256, &value, &mut Failing(0)), Err(SignFailed));
}

#[test]
fn preferences() {
    let first = |text| PrivateKey::from_pem(text).unwrap().algorithms()[0];
    assert_eq!(first(RSA), SignatureAlgorithm::RSA_PKCS1_SHA256);
    assert_eq!(first(openssl_pem!("p256.pem")), SignatureAlgorithm::ECDSA_SHA256);
    assert_eq!(first(openssl_pem!("p384.pem")), SignatureAlgorithm::ECDSA_SHA384);
    assert_eq!(first(openssl_pem!("p521.pem")), SignatureAlgorithm::ECDSA_SHA512);
    assert_eq!(first(openssl_pem!("ed25519.pem")), SignatureAlgorithm::ED25519);
    assert_eq!(PROVIDER.digests[0].algorithm(), DigestAlgorithm::SHA256);
    assert_eq!(PROVIDER.key_transports[0].algorithm(), KeyTransportAlgorithm::RsaPkcs1);
    // RFC 8017 section 9.1.1: emLen is at least hLen + sLen + 2, which is 130 here and 128 there.
    let small = PrivateKey::from_pem(openssl_pem!("rsa1024.pem")).unwrap();
    assert!(!small.algorithms().contains(&SignatureAlgorithm::RSA_PSS_SHA512));
}

#[test]
fn the_provider_does_not_know_what_is_forbidden() {
    // RFC 8894 section 2.9, whatever features are on.
    assert!(PROVIDER.cipher(oid::DES_CBC).is_none());
    assert!(PROVIDER.digest(oid::MD5).is_none());
    let verdict = verify(SignatureAlgorithm::RSA_PKCS1_MD5, openssl!("rsa_spki.der"), openssl!("rsa_md5.sig"));
    assert_eq!(verdict, Err(VerifyError::UnsupportedAlgorithm));
}

#[cfg(feature = "legacy")]
#[test]
fn the_legacy_provider_knows_everything_of_the_other_and_three_more() {
    assert_eq!(LEGACY_PROVIDER.verifiers.len(), PROVIDER.verifiers.len() + 1);
    assert_eq!(LEGACY_PROVIDER.digests.len(), PROVIDER.digests.len() + 1);
    assert_eq!(LEGACY_PROVIDER.ciphers.len(), PROVIDER.ciphers.len() + 1);
    let key = PublicKey::from_der(openssl!("rsa_spki.der")).unwrap();
    let md5 = SignatureAlgorithm::RSA_PKCS1_MD5.identifier();
    assert_eq!(LEGACY_PROVIDER.verify(md5, key.as_ref(), MESSAGE, openssl!("rsa_md5.sig")), Ok(()));
    // RFC 1321 appendix A.5.
    assert_eq!(Md5.digest(&[b"abc"]).as_bytes(), hex!("900150983cd24fb0d6963f7d28e17f72"));
    // FIPS 81 appendix C, table C3.1; its last block is not padded.
    let key = ContentKey::new(hex!("0123456789abcdef").to_vec());
    let encrypted = DesCbc.encrypt(&key, &hex!("1234567890abcdef"), b"Now is the time for all ").unwrap();
    assert_eq!(encrypted[..24], hex!("e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"));
}

#[test]
fn keys_in_every_form_that_openssl_writes() {
    for (one, other) in [
        (RSA, openssl_pem!("rsa_pkcs1.pem")),
        (openssl_pem!("p256.pem"), openssl_pem!("p256_sec1.pem")),
        (openssl_pem!("p384.pem"), openssl_pem!("p384_sec1.pem")),
        (openssl_pem!("p521.pem"), openssl_pem!("p521_sec1.pem")),
        (openssl_pem!("ed25519.pem"), openssl_pem!("ed25519.pem")),
    ] {
        let (one, other) = (PrivateKey::from_pem(one).unwrap(), PrivateKey::from_pem(other).unwrap());
        assert_eq!(one.to_pkcs8_der(), other.to_pkcs8_der());
        assert_eq!(Signer::public_key(&one), Decrypter::public_key(&other));
        let again = PrivateKey::from_pem(core::str::from_utf8(one.to_pem().expose()).unwrap()).unwrap();
        assert_eq!(again.to_pkcs8_der(), one.to_pkcs8_der());
    }
    // For RSA and Ed25519 there is one encoding, and it is that of OpenSSL; ours of EC keys leaves nothing out either.
    for text in [RSA, openssl_pem!("ed25519.pem"), openssl_pem!("p256.pem")] {
        assert!(PrivateKey::from_pem(text).unwrap().to_pem().matches(text.as_bytes()), "{text}");
    }
}

#[test]
fn keys_that_are_refused() {
    for (text, expected) in [
        ("", DecodeErrorKind::InvalidPem),
        (openssl_pem!("encrypted.pem"), DecodeErrorKind::InvalidPem),
        (openssl_pem!("rsa1016.pem"), DecodeErrorKind::InvalidValue),
        (openssl_pem!("rsa_three_primes.pem"), DecodeErrorKind::UnsupportedVersion),
        (openssl_pem!("secp256k1.pem"), DecodeErrorKind::InvalidValue),
    ] {
        assert_eq!(kind(PrivateKey::from_pem(text)), expected, "{text}");
    }
    let pkcs8 = pem::decode(RSA, "PRIVATE KEY").unwrap();
    assert_eq!(kind(PrivateKey::from_pkcs8_der(&pkcs8[..pkcs8.len() - 1])), DecodeErrorKind::Truncated);
    assert_eq!(kind(PrivateKey::from_pkcs8_der(&[&pkcs8[..], &[0]].concat())), DecodeErrorKind::TrailingData);
    assert_eq!(
        kind(PrivateKey::from_pkcs1_der(&pkcs8)),
        DecodeErrorKind::UnexpectedTag { expected: Tag::INTEGER, found: Some(Tag::SEQUENCE) }
    );

    // Each octet of the numbers matters: n, e and d first, then p and q.
    let pkcs1 = pem::decode(openssl_pem!("rsa_pkcs1.pem"), "RSA PRIVATE KEY").unwrap();
    for position in [100, 270, 400, 600, 730] {
        let mut broken = pkcs1.clone();
        broken[position] ^= 2;
        assert!(PrivateKey::from_pkcs1_der(&broken).is_err(), "{position}");
    }

    // The public key in an ECPrivateKey is that of another (its last octet).
    let mut sec1 = pem::decode(openssl_pem!("p256_sec1.pem"), "EC PRIVATE KEY").unwrap();
    *sec1.last_mut().unwrap() ^= 1;
    assert_eq!(kind(PrivateKey::from_sec1_der(&sec1)), DecodeErrorKind::InvalidValue);
    // Zero is not a scalar.
    let scalar = |value: u8| {
        hex!(
            "3031020101 0420 0000000000000000000000000000000000000000000000000000000000000000 a00a06082a8648ce3d030107"
        )
        .into_iter()
        .enumerate()
        .map(|(index, octet)| if index == 38 { value } else { octet })
        .collect::<Vec<u8>>()
    };
    assert_eq!(kind(PrivateKey::from_sec1_der(&scalar(0))), DecodeErrorKind::InvalidValue);
    assert!(PrivateKey::from_sec1_der(&scalar(1)).is_ok());
}

#[test]
fn versions_algorithms_and_curves_of_keys() {
    // PrivateKeyInfo { version, algorithm, ECPrivateKey { version, 1, [0] curve } }
    let key =
        |version: u8, algorithm: Oid<'_>, curve: Option<Oid<'_>>, inner_version: u8, inner_curve: Option<Oid<'_>>| {
            let curve = curve.map(|curve| Writer::encode(|w| w.oid(curve)));
            let ec = Writer::encode(|w| {
                w.sequence(|w| {
                    w.small_integer(inner_version.into());
                    w.octet_string(&[&[0; 31][..], &[1]].concat());
                    if let Some(curve) = inner_curve {
                        w.constructed(Tag::context_constructed(0), |w| w.oid(curve));
                    }
                });
            });
            let der = Writer::encode(|w| {
                w.sequence(|w| {
                    w.small_integer(version.into());
                    AlgorithmIdentifier::new(algorithm, curve.as_deref()).encode(w);
                    w.octet_string(&ec);
                });
            });
            PrivateKey::from_pkcs8_der(&der)
        };
    let (ec, p256, p384) = (oid::EC_PUBLIC_KEY, oid::SECP256R1, oid::SECP384R1);
    for (version, curve, inner_curve) in [(0, Some(p256), None), (1, Some(p256), Some(p256)), (0, None, Some(p256))] {
        let key = key(version, ec, curve, 1, inner_curve).unwrap();
        assert_eq!(Signer::public_key(&key).kind(), KeyKind::P256);
    }
    assert_eq!(kind(key(2, ec, Some(p256), 1, None)), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(kind(key(0, ec, Some(p256), 0, None)), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(kind(key(0, ec, Some(p256), 1, Some(p384))), DecodeErrorKind::InvalidValue);
    assert_eq!(kind(key(0, ec, None, 1, None)), DecodeErrorKind::InvalidValue);
    assert_eq!(kind(key(0, oid::RSAES_OAEP, Some(p256), 1, None)), DecodeErrorKind::InvalidValue);
}

#[test]
fn rfc8410_s10_3_the_second_form_with_attributes_and_a_public_key() {
    let text = "-----BEGIN PRIVATE KEY-----\n\
        MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n\
        Z9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PRIVATE KEY-----\n";
    let key = PrivateKey::from_pem(text).unwrap();
    assert_eq!(Signer::public_key(&key).kind(), KeyKind::Ed25519);
    let mut der = pem::decode(text, "PRIVATE KEY").unwrap();
    *der.last_mut().unwrap() ^= 1;
    assert_eq!(kind(PrivateKey::from_pkcs8_der(&der)), DecodeErrorKind::InvalidValue);
}

#[test]
fn rsa_public_keys_out_of_bounds_verify_nothing() {
    let key = |modulus: &[u8], exponent: &[u8]| {
        let numbers = Writer::encode(|w| {
            w.sequence(|w| {
                w.unsigned(Tag::INTEGER, modulus);
                w.unsigned(Tag::INTEGER, exponent);
            });
        });
        let der = Writer::encode(|w| {
            w.sequence(|w| {
                AlgorithmIdentifier::new(oid::RSA_ENCRYPTION, Some(&[0x05, 0x00])).encode(w);
                w.bit_string(&numbers);
            });
        });
        rsa::public_key(PublicKey::from_der(&der).unwrap().as_ref()).is_ok()
    };
    let odd = [0xff; 1025];
    for (octets, good) in [(127, false), (128, true), (256, true), (1024, true), (1025, false)] {
        assert_eq!(key(&odd[..octets], &[1, 0, 1]), good, "{octets}");
    }
    for (exponent, good) in [
        (&hex!("00")[..], false),
        (&hex!("01"), false),
        (&hex!("02"), false),
        (&hex!("03"), true),
        (&hex!("010000"), false),
        (&hex!("01ffffffff"), true),
        (&hex!("0200000001"), false),
        (&odd[..256], false),
    ] {
        assert_eq!(key(&odd[..256], exponent), good, "{exponent:02x?}");
    }
    let mut even = odd;
    even[255] = 0xfe;
    assert!(!key(&even[..256], &[3]));
}

#[test]
fn a_verifier_refuses_what_it_does_not_support() {
    let (rsa, ec) = (openssl!("rsa_spki.der"), openssl!("p256_spki.der"));
    let (rsa, ec) = (PublicKey::from_der(rsa).unwrap(), PublicKey::from_der(ec).unwrap());
    let (sha256, sha512) = (SignatureAlgorithm::RSA_PKCS1_SHA256, SignatureAlgorithm::RSA_PKCS1_SHA512);
    assert!(RsaPkcs1Sha256.verify(sha256.identifier(), rsa.as_ref(), MESSAGE, openssl!("rsa_sha256.sig")).is_ok());
    let verdict = RsaPkcs1Sha256.verify(sha512.identifier(), rsa.as_ref(), MESSAGE, openssl!("rsa_sha256.sig"));
    assert_eq!(verdict, Err(BadSignature));
    for algorithm in SignatureAlgorithm::KNOWN {
        for verifier in PROVIDER.verifiers {
            let key = if algorithm.key_algorithm() == oid::RSA_ENCRYPTION { &ec } else { &rsa };
            assert!(!verifier.supports(algorithm.identifier(), key.as_ref().algorithm()), "{verifier:?}");
            assert!(verifier.verify(algorithm.identifier(), key.as_ref(), MESSAGE, &[0; 256]).is_err());
        }
        let supporting = |key: &PublicKey| {
            let supports = |v: &&&dyn SignatureVerifier| v.supports(algorithm.identifier(), key.as_ref().algorithm());
            PROVIDER.verifiers.iter().filter(supports).count()
        };
        assert!(supporting(&rsa) <= 1 && supporting(&ec) <= 1, "{algorithm:?}");
    }
}

#[test]
fn keys_are_generated() {
    for (kind, name) in [
        (KeyKind::Ed25519, "PrivateKey(Ed25519, ..)"),
        (KeyKind::P256, "PrivateKey(EC P-256, ..)"),
        (KeyKind::P384, "PrivateKey(EC P-384, ..)"),
        (KeyKind::P521, "PrivateKey(EC P-521, ..)"),
        (KeyKind::Rsa { bits: 1024 }, "PrivateKey(RSA-1024, ..)"),
        (KeyKind::Rsa { bits: 1025 }, "PrivateKey(RSA-1025, ..)"),
        (KeyKind::Rsa { bits: 2048 }, "PrivateKey(RSA-2048, ..)"),
    ] {
        let key = PrivateKey::generate(kind, &mut rng()).unwrap();
        assert_eq!((Signer::public_key(&key).kind(), format!("{key:?}").as_str()), (kind, name));
        let read = PrivateKey::from_pkcs8_der(key.to_pkcs8_der().expose()).unwrap();
        let signature = read.sign(key.algorithms()[0], MESSAGE, &mut rng()).unwrap();
        assert_eq!(verify(key.algorithms()[0], Signer::public_key(&key).as_der(), signature.as_bytes()), Ok(()));
        assert_eq!(PrivateKey::generate(kind, &mut Failing(0)).unwrap_err(), GenerateError::RandomFailed);
    }
    for kind in [KeyKind::Unknown, KeyKind::Rsa { bits: 1023 }, KeyKind::Rsa { bits: 8193 }] {
        assert_eq!(PrivateKey::generate(kind, &mut rng()).unwrap_err(), GenerateError::UnsupportedKind);
    }
}

#[test]
fn key_generation_ends_when_randomness_fails_on_the_way() {
    // Two primes of 64 octets need more.
    for enough in [1, 64, 100] {
        let failed = PrivateKey::generate(KeyKind::Rsa { bits: 1024 }, &mut Failing(enough)).unwrap_err();
        assert_eq!(failed, GenerateError::RandomFailed);
    }
    /// Never below the order.
    struct Ones;
    impl SecureRandom for Ones {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
            out.fill(0xff);
            Ok(())
        }
    }
    assert_eq!(PrivateKey::generate(KeyKind::P256, &mut Ones).unwrap_err(), GenerateError::RandomFailed);
}

/// What we make with randomness can be no fixture: OpenSSL looks at it.
#[test]
fn openssl_accepts_our_signatures_and_wrapped_keys() {
    if Command::new("openssl").arg("version").output().is_err() {
        std::eprintln!("SKIPPED: no openssl program here");
        return;
    }
    let folder = std::env::temp_dir().join(format!("pki-core-rustcrypto-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let run = |arguments: &str, files: &[(&str, &[u8])]| {
        files.iter().for_each(|(name, content)| fs::write(folder.join(name), content).unwrap());
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {output:?}");
        output.stdout
    };
    for kind in [KeyKind::Rsa { bits: 2048 }, KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Ed25519] {
        let key = PrivateKey::generate(kind, &mut rng()).unwrap();
        let spki = Signer::public_key(&key).as_der();
        let pem = key.to_pem();
        assert_eq!(run("pkey -in key -pubout -outform DER", &[("key", pem.expose())]), spki);
        if kind != KeyKind::Ed25519 {
            run("pkey -in key -noout -check", &[]);
        }
        for algorithm in key.algorithms() {
            let signature = key.sign(*algorithm, MESSAGE, &mut rng()).unwrap();
            let files = [("spki", spki), ("signature", signature.as_bytes()), ("message", MESSAGE)];
            let command = "pkeyutl -verify -pubin -inkey spki -keyform DER -sigfile signature -in message -rawin";
            let options = match algorithm.digest() {
                None => alloc::string::String::new(),
                Some(digest) if algorithm.identifier().oid == oid::RSASSA_PSS => format!(
                    " -digest {} -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:{}",
                    digest.name().replace('-', ""),
                    digest.output_length()
                ),
                Some(digest) => format!(" -digest {}", digest.name().replace('-', "")),
            };
            run(&format!("{command}{options}"), &files);
        }
    }
    let key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, &mut rng()).unwrap();
    for transport in PROVIDER.key_transports {
        let content_key = ContentKey::new(CONTENT_KEY.to_vec());
        let wrapped = transport.wrap(Signer::public_key(&key).as_ref(), &content_key, &mut rng()).unwrap();
        let options = match transport.algorithm() {
            KeyTransportAlgorithm::RsaPkcs1 => alloc::string::String::new(),
            KeyTransportAlgorithm::RsaOaep(digest) => {
                let name = digest.name().replace('-', "");
                format!(" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{name} -pkeyopt rsa_mgf1_md:{name}")
            }
        };
        let command = format!("pkeyutl -decrypt -inkey key -in wrapped{options}");
        let pem = key.to_pem();
        assert_eq!(run(&command, &[("key", pem.expose()), ("wrapped", &wrapped)]), CONTENT_KEY, "{transport:?}");
    }
    fs::remove_dir_all(&folder).unwrap();
}
