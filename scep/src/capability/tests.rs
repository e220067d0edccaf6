use alloc::{format, vec, vec::Vec};

use pki_core::{
    Secret,
    crypto::{CipherFailed, ContentCipher, ContentKey, Digest, DigestValue},
};

use super::*;

/// Algorithms that can be found in a provider and do nothing.
#[derive(Debug)]
struct Named<A>(A);

impl Digest for Named<DigestAlgorithm> {
    fn algorithm(&self) -> DigestAlgorithm {
        self.0
    }

    fn digest(&self, _: &[&[u8]]) -> DigestValue {
        DigestValue::new(&[]).unwrap()
    }
}

impl ContentCipher for Named<CipherAlgorithm> {
    fn algorithm(&self) -> CipherAlgorithm {
        self.0
    }

    fn encrypt(&self, _: &ContentKey, _: &[u8], _: &[u8]) -> Result<Vec<u8>, CipherFailed> {
        Err(CipherFailed)
    }

    fn decrypt(&self, _: &ContentKey, _: &[u8], _: &[u8]) -> Result<Secret, CipherFailed> {
        Err(CipherFailed)
    }
}

const NOTHING: CryptoProvider = CryptoProvider {
    verifiers: &[],
    digests: &[],
    ciphers: &[],
    authenticated_ciphers: &[],
    key_transports: &[],
    key_derivations: &[],
};
/// Worst first, so that a choice by its order shows.
const LEGACY: CryptoProvider = CryptoProvider {
    digests: &[
        &Named(DigestAlgorithm::MD5),
        &Named(DigestAlgorithm::SHA1),
        &Named(DigestAlgorithm::SHA512),
        &Named(DigestAlgorithm::SHA384),
        &Named(DigestAlgorithm::SHA256),
    ],
    ciphers: &[
        &Named(CipherAlgorithm::DES_CBC),
        &Named(CipherAlgorithm::DES_EDE3_CBC),
        &Named(CipherAlgorithm::AES256_CBC),
        &Named(CipherAlgorithm::AES128_CBC),
    ],
    ..NOTHING
};
const MODERN: CryptoProvider = CryptoProvider {
    digests: &[&Named(DigestAlgorithm::SHA256)],
    ciphers: &[&Named(CipherAlgorithm::AES128_CBC)],
    ..NOTHING
};

fn parse(body: &str) -> Capabilities {
    Capabilities::parse(body.as_bytes()).unwrap()
}

fn choice(body: &str, crypto: &CryptoProvider) -> (Option<DigestAlgorithm>, Option<CipherAlgorithm>) {
    let capabilities = parse(body);
    (capabilities.best_digest(crypto), capabilities.best_cipher(crypto))
}

const OLDEST: (Option<DigestAlgorithm>, Option<CipherAlgorithm>) =
    (Some(DigestAlgorithm::SHA1), Some(CipherAlgorithm::DES_EDE3_CBC));
const STANDARD: (Option<DigestAlgorithm>, Option<CipherAlgorithm>) =
    (Some(DigestAlgorithm::SHA256), Some(CipherAlgorithm::AES128_CBC));

#[test]
fn scep_3_5_2_01_one_keyword_per_line() {
    let capabilities: Capabilities =
        [Capability::ScepStandard, Capability::Aes, Capability::Sha1].into_iter().collect();
    assert_eq!(capabilities.encode(), "AES\nSHA-1\nSCEPStandard\n");
    assert_eq!(parse(&capabilities.encode()), capabilities);
    assert_eq!(Capabilities::default().encode(), "");
}

#[test]
fn scep_3_5_2_03_unknown_keywords_have_no_effect() {
    let capabilities = parse("SHA SHA-2567 AESX SCEP S DES SHA2 \"AES\" AES,DES3\n\n");
    assert_eq!(capabilities.known().count(), 0);
    assert_eq!(
        capabilities.unknown().collect::<Vec<_>>(),
        ["SHA", "SHA-2567", "AESX", "SCEP", "S", "DES", "SHA2", "\"AES\"", "AES,DES3"]
    );
    assert_eq!(choice("SHA SHA-2567 AESX SCEP S", &LEGACY), OLDEST);
}

#[test]
fn scep_3_5_2_04_keywords_have_the_case_of_table_7() {
    // Table 7 of RFC 8894.
    let table =
        ["AES", "DES3", "GetNextCACert", "POSTPKIOperation", "Renewal", "SHA-1", "SHA-256", "SHA-512", "SCEPStandard"];
    for word in table {
        assert_eq!(parse(&word.to_uppercase()).encode(), format!("{word}\n"));
    }
}

#[test]
fn scep_3_5_2_05_letter_case_is_ignored() {
    for body in ["postpkioperation sha-256 aes scepstandard", "PostPKIOperation\nSha-256\nAes\nScepStandard"] {
        assert_eq!(parse(body), parse("POSTPKIOperation SHA-256 AES SCEPStandard"));
    }
}

#[test]
fn scep_3_5_2_06_any_line_ending() {
    let expected: Capabilities = [Capability::Renewal, Capability::Sha256].into_iter().collect();
    for body in ["Renewal\nSHA-256", "Renewal\r\nSHA-256\r\n", "Renewal\rSHA-256", "\n\nSHA-256 \t\r\n Renewal\n\0"] {
        assert_eq!(parse(body), expected, "{body:?}");
    }
}

#[test]
fn c5_words_may_be_separated_by_spaces() {
    let capabilities = parse("GetNextCACert Renewal SHA2");
    assert!(capabilities.known().eq([Capability::GetNextCaCert, Capability::Renewal]));
    assert!(capabilities.unknown().eq(["SHA2"]));
}

#[test]
fn a_byte_order_mark_is_ignored() {
    assert!(parse("\u{feff}AES").states(Capability::Aes));
}

#[test]
fn scep_3_5_2_07_sha_256_and_08_aes128_are_preferred() {
    assert_eq!(choice("SHA-1 SHA-256 DES3 AES", &LEGACY), STANDARD);
}

#[test]
fn scep_3_5_2_09_sha_256_rather_than_another_sha_2() {
    assert_eq!(choice("SHA-512 SHA-384 SHA-256 SHA-1", &LEGACY).0, Some(DigestAlgorithm::SHA256));
    assert_eq!(choice("SHA-512 SHA-1", &LEGACY).0, Some(DigestAlgorithm::SHA512));
    assert_eq!(choice("SHA-384 SHA-1", &LEGACY).0, Some(DigestAlgorithm::SHA384));
}

#[test]
fn scep_3_5_2_10_aes128_rather_than_another_aes() {
    let without_aes128 = CryptoProvider { ciphers: &[&Named(CipherAlgorithm::AES256_CBC)], ..LEGACY };
    assert_eq!(choice("AES", &LEGACY).1, Some(CipherAlgorithm::AES128_CBC));
    assert_eq!(choice("AES", &without_aes128).1, None);
}

#[test]
fn scep_3_5_2_13_no_capability_means_triple_des_and_sha_1() {
    for body in ["", "\n", "<html><head><title>404 Not Found</title></head></html>", "POSTPKIOperation Renewal"] {
        assert_eq!(choice(body, &LEGACY), OLDEST, "{body:?}");
        assert_eq!(choice(body, &MODERN), (None, None), "{body:?}");
    }
    assert!(!Capabilities::default().supports(Capability::PostPkiOperation));
}

#[test]
fn des_and_md5_are_never_chosen() {
    let broken = CryptoProvider {
        digests: &[&Named(DigestAlgorithm::MD5)],
        ciphers: &[&Named(CipherAlgorithm::DES_CBC)],
        ..NOTHING
    };
    for body in ["", "DES MD5", "AES DES3 SHA-1 SHA-256"] {
        assert_eq!(choice(body, &broken), (None, None));
    }
    assert_eq!(Capabilities::of(&broken).encode(), "POSTPKIOperation\n");
}

#[test]
fn the_provider_bounds_the_choice() {
    assert_eq!(choice("SHA-1 DES3", &MODERN), (None, None));
    assert_eq!(choice("SHA-1 SHA-256 SHA-512 AES DES3", &MODERN), STANDARD);
    assert_eq!(choice("SCEPStandard", &NOTHING), (None, None));
}

#[test]
fn scep_3_5_2_16_scep_standard_alone_is_enough() {
    let capabilities = parse("SCEPStandard");
    for implied in [Capability::Aes, Capability::PostPkiOperation, Capability::Sha256] {
        assert!(capabilities.supports(implied) && !capabilities.states(implied));
    }
    for other in
        [Capability::Des3, Capability::Renewal, Capability::GetNextCaCert, Capability::Sha1, Capability::Update]
    {
        assert!(!capabilities.supports(other));
    }
    assert_eq!(choice("SCEPStandard", &LEGACY), STANDARD);
}

#[test]
fn scep_3_5_2_17_a_server_states_what_its_provider_has() {
    assert_eq!(Capabilities::of(&MODERN).encode(), "AES\nPOSTPKIOperation\nSHA-256\nSCEPStandard\n");
    // strongSwan 5.9.8 takes SHA-512 and SHA-384 for SHA-256 and AES.
    let all = "AES\nDES3\nPOSTPKIOperation\nSHA-1\nSHA-256\nSHA-384\nSHA-512\nSCEPStandard\n";
    assert_eq!(Capabilities::of(&LEGACY).encode(), all);
    let sha1_only = CryptoProvider { digests: &[&Named(DigestAlgorithm::SHA1)], ..MODERN };
    assert!(!Capabilities::of(&sha1_only).states(Capability::ScepStandard));
    assert_eq!(Capabilities::of(&NOTHING).with(Capability::Renewal).encode(), "POSTPKIOperation\nRenewal\n");
}

#[test]
fn a_capability_that_is_taken_away_is_not_implied_either() {
    let capabilities = Capabilities::of(&MODERN).without(Capability::PostPkiOperation);
    assert_eq!(capabilities.encode(), "AES\nSHA-256\n");
}

#[test]
fn the_size_is_limited() {
    let mut body = vec![b'\n'; Capabilities::SIZE_LIMIT];
    assert_eq!(Capabilities::parse(&body), Ok(Capabilities::default()));
    body.push(b'\n');
    assert_eq!(Capabilities::parse(&body).unwrap_err().kind(), DecodeErrorKind::TooLarge);
}

#[test]
fn known_words_count_after_any_number_of_unknown_ones() {
    let capabilities = parse(&("x ".repeat(4000) + "AES"));
    assert_eq!(capabilities.unknown().count(), 64);
    assert!(capabilities.states(Capability::Aes));
}

#[test]
fn octets_that_are_not_text_are_unknown_words() {
    let capabilities = Capabilities::parse(b"\xff\xfe AES \x1b[31m").unwrap();
    assert!(capabilities.states(Capability::Aes));
    assert_eq!(format!("{capabilities}"), "AES \u{fffd}\u{fffd} \\u{1b}[31m");
}

#[test]
fn byte_order_marks_before_a_word_do_not_count() {
    let capabilities = Capabilities::parse(b"\xef\xbb\xbf\xef\xbb\xbfX-Local\n\xef\xbb\xbfAES\n").unwrap();
    assert!(capabilities.states(Capability::Aes));
    assert!(capabilities.unknown().eq(["X-Local"]));
    assert_eq!(Capabilities::parse(capabilities.encode().as_bytes()), Ok(capabilities));
}

#[test]
fn scep_6_02_private_keywords_are_stated_and_recognised() {
    let capabilities = Capabilities::default().with(Capability::Aes).with_private("example.com-GCM").unwrap();
    assert_eq!(capabilities.encode(), "AES\nexample.com-GCM\n");
    assert_eq!(parse(&capabilities.encode()), capabilities);
    for keyword in ["example.com-GCM", "EXAMPLE.COM-gcm"] {
        assert!(capabilities.states_private(keyword));
        assert_eq!(capabilities.clone().with_private(keyword), Ok(capabilities.clone()));
    }
    for keyword in ["example.com-GC", "example.com-GCM2", "GCM", "", "AES"] {
        assert!(!capabilities.states_private(keyword), "{keyword}");
    }
}

#[test]
fn what_would_be_read_as_something_else_is_no_private_keyword() {
    for keyword in ["", " ", "a b", "a\nAES", "a\0", "aes", "SCEPStandard", "\u{feff}x", "\u{e9}", "\x1b[31m"] {
        assert_eq!(Capabilities::default().with_private(keyword), Err(InvalidKeyword), "{keyword:?}");
    }
    let full = (0..64).try_fold(Capabilities::default(), |all, number| all.with_private(&format!("x-{number}")));
    assert_eq!(full.clone().unwrap().unknown().count(), 64);
    assert_eq!(full.and_then(|full| full.with_private("x-64")), Err(InvalidKeyword));
}
