//! The floor of algorithms (RFC 8894 sections 3.5.2 and 7.5).

use super::*;

/// Answers that state nothing.
fn silence() -> Vec<HttpResponse> {
    let mut silent = vec![text(""), text("\n"), text("Frobnicate SHA-2567"), text(&"x ".repeat(9000))];
    silent.push(HttpResponse::new(200, "text/html", "<html><title>SCEP</title></html>"));
    silent.extend(
        [400, 401, 403, 404, 405, 410, 501].map(|status| HttpResponse::new(status, "text/html", "AES SHA-256")),
    );
    silent
}

const TOO_WEAK: Unsupported =
    Unsupported::BelowFloor { digest: Some(DigestAlgorithm::SHA1), cipher: Some(CipherAlgorithm::DES_EDE3_CBC) };

#[test]
fn scep_3_5_2_13_and_7_5_01_a_silent_ca_is_refused_unless_policy_says_otherwise() {
    for reply in silence() {
        let (_, step) = after(config(), &reply);
        assert_eq!(step.map(drop), Err(Error::Unsupported(TOO_WEAK)), "{reply:?}");
        for policy in [StandardPolicy::AssumeIfSilent, StandardPolicy::Assume] {
            let (pair, step) = after(config().with_standard_policy(policy), &reply);
            assert_eq!(sent(pair, step), Sent::BEST, "{reply:?}");
        }
        let (pair, step) = after(config().with_algorithm_floor(AlgorithmFloor::Legacy), &reply);
        let sent = sent(pair, step);
        assert_eq!((sent.digest, sent.cipher), (DigestAlgorithm::SHA1, CipherAlgorithm::DES_EDE3_CBC), "{reply:?}");
        assert_eq!(sent.method, Method::Get);
    }
}

#[test]
fn scep_7_5_01_a_ca_that_states_less_is_refused_unless_policy_says_otherwise() {
    let (sha1, des3) = (Some(DigestAlgorithm::SHA1), Some(CipherAlgorithm::DES_EDE3_CBC));
    for (words, digest, cipher) in [
        ("SHA-1\nDES3", sha1, des3),
        ("AES\nPOSTPKIOperation", sha1, None),
        ("SHA-256\nPOSTPKIOperation", None, des3),
        ("SHA-512\nDES3", None, des3),
        ("Renewal\nAES\nSHA-1", sha1, None),
    ] {
        let less = Error::Unsupported(Unsupported::BelowFloor { digest, cipher });
        for policy in [StandardPolicy::Refuse, StandardPolicy::AssumeIfSilent] {
            let (_, step) = after(config().with_standard_policy(policy), &text(words));
            assert_eq!(step.map(drop), Err(less.clone()), "{words}");
        }
        let (pair, step) = after(config().with_standard_policy(StandardPolicy::Assume), &text(words));
        assert_eq!(sent(pair, step), Sent::BEST, "{words}");
    }
    assert_eq!(TOO_WEAK.to_string(), "the CA states nothing better than SHA-1 3DES-CBC");
}

#[test]
fn the_floor_is_reached_by_words_other_than_scep_standard() {
    let (pair, step) = after(config(), &text("AES SHA-256"));
    assert_eq!(sent(pair, step), Sent { method: Method::Get, ..Sent::BEST });
    let (pair, step) = after(config(), &text("AES SHA-512 POSTPKIOperation"));
    assert_eq!(sent(pair, step), Sent { digest: DigestAlgorithm::SHA512, ..Sent::BEST });
}

#[test]
fn the_floor_is_no_matter_of_the_provider() {
    // Neither 3DES nor SHA-1 is there; it is the CA that is too weak.
    const MODERN: CryptoProvider =
        CryptoProvider { digests: &[&rustcrypto::Sha256], ciphers: &[&rustcrypto::Aes128Cbc], ..PROVIDER };
    let (_, step) = after(ClientConfig::new(MODERN), &text(""));
    assert_eq!(step.map(drop), Err(Error::Unsupported(TOO_WEAK)));
    let (_, step) = after(ClientConfig::new(MODERN), &text("AES SHA-512"));
    assert_eq!(step.map(drop), Err(Error::Unsupported(Unsupported::NoCommonAlgorithm)));
}

#[test]
fn a_server_that_is_out_of_order_states_nothing_at_all() {
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let config = config().with_standard_policy(StandardPolicy::Assume);
        let (mut pair, step) = after(config, &HttpResponse::new(status, "text/plain", "SCEPStandard"));
        let error = step.map(drop).expect_err("an error");
        assert!(error.is_retryable(), "{error}");
        assert!(matches!(error, Error::Http(refusal) if refusal.status == status));
        // The step is what it was.
        assert!(matches!(pair.drive(), End::Issued(_)));
    }
    for status in [100, 301, 302, 307, 505, 511] {
        let (_, step) = after(config(), &HttpResponse::new(status, "text/plain", "SCEPStandard"));
        assert!(matches!(step, Err(Error::Http(refusal)) if refusal.status == status));
    }
}

/// NDES of old closes the connection on GetCACaps: the caller knows the server by other signs, and answers for it.
#[test]
fn scep_3_5_2_18_n7_a_caller_can_answer_for_the_server() {
    let legacy = || config().with_algorithm_floor(AlgorithmFloor::Legacy);
    let (pair, step) = after(legacy(), &HttpResponse::new(501, "", []));
    assert_eq!(sent(pair, step).cipher, CipherAlgorithm::DES_EDE3_CBC);
    let (pair, step) = after(legacy(), &text("SHA-1 DES3 POSTPKIOperation"));
    let sent = sent(pair, step);
    assert_eq!((sent.method, sent.digest), (Method::Post, DigestAlgorithm::SHA1));
}

#[test]
fn w1_oaep_on_request() {
    for digest in [DigestAlgorithm::SHA1, DigestAlgorithm::SHA256] {
        let key_transport = KeyTransportAlgorithm::RsaOaep(digest);
        let (pair, step) = after(config().with_key_transport(key_transport), &text("SCEPStandard"));
        assert_eq!(sent(pair, step), Sent { key_transport, ..Sent::BEST });
    }
    let unknown = KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::MD5);
    let (_, step) = after(config().with_key_transport(unknown), &text("SCEPStandard"));
    assert_eq!(step.map(drop), Err(Error::Unsupported(Unsupported::Provider)));
}

#[test]
fn aes_gcm_goes_as_auth_enveloped_data_where_both_sides_say_so() {
    let cipher = CipherAlgorithm::AES128_GCM;
    let stated =
        || config().with_authenticated_encryption(AuthenticatedEncryption::stated_by("example.com-AES-GCM", cipher));
    let gcm = || Sent { cipher, authenticated: true, ..Sent::BEST };
    for (config, words, expected) in [
        (config(), "SCEPStandard example.com-AES-GCM", Sent::BEST),
        (stated(), "SCEPStandard", Sent::BEST),
        (stated(), "SCEPStandard example.com-AES-GCM2", Sent::BEST),
        (stated(), "SCEPStandard Example.com-aes-gcm", gcm()),
        (config().with_authenticated_encryption(AuthenticatedEncryption::agreed(cipher)), "SCEPStandard", gcm()),
        (
            config().with_authenticated_encryption(AuthenticatedEncryption::agreed(CipherAlgorithm::AES256_GCM)),
            "SHA-256 POSTPKIOperation",
            Sent { cipher: CipherAlgorithm::AES256_GCM, ..gcm() },
        ),
    ] {
        let (pair, step) = after(config, &text(words));
        assert_eq!(sent(pair, step), expected, "{words}");
    }
    // A CA that does not even know SHA-256 is no better for it.
    let (_, step) = after(stated(), &text("example.com-AES-GCM"));
    let weak = Unsupported::BelowFloor { digest: Some(DigestAlgorithm::SHA1), cipher: None };
    assert_eq!(step.map(drop), Err(Error::Unsupported(weak)));
    for cipher in [CipherAlgorithm::AES256_CBC, CipherAlgorithm::DES_CBC] {
        let (_, step) = after(
            config().with_authenticated_encryption(AuthenticatedEncryption::agreed(cipher)),
            &text("SCEPStandard"),
        );
        assert_eq!(step.map(drop), Err(Error::Unsupported(Unsupported::Cipher)));
    }
    const NO_GCM: CryptoProvider = CryptoProvider { authenticated_ciphers: &[], ..PROVIDER };
    let config = ClientConfig::new(NO_GCM).with_authenticated_encryption(AuthenticatedEncryption::agreed(cipher));
    let (_, step) = after(config, &text("SCEPStandard"));
    assert_eq!(step.map(drop), Err(Error::Unsupported(Unsupported::Provider)));
}
