//! What a client makes of a CA that says little, that says less than before, that is busy, and that is followed by another.

use std::{sync::Arc, time::Duration};

use conformance::{
    End, Pair, Scenario, Stage, TestRandom, TestServer,
    fixtures::{self, ca_key, client_key, other_key, ra_encryption_key, ra_key},
    forge::{Asked, Flaw, RawMessage, RawSigner, certs_only, envelope},
};
use pki_core::{
    Certificate, DecodeErrorKind, Limits, Profile, UnixTime, Validity,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm},
    cms::{EnvelopedData, SignatureError, SignedData},
    crypto::{
        CryptoProvider, Signer,
        rustcrypto::{self, PROVIDER, PrivateKey},
    },
    oid,
};
use scep::{
    Capability, HttpRequest, HttpResponse, Method,
    client::{
        AlgorithmFloor, AuthenticatedEncryption, Authority, AuthorityError, Call, ClientConfig, DowngradePolicy,
        EnrolmentRequest, Error, KnownCapabilities, NextAuthority, NextAuthorityError, NextSigner, PendingRecord,
        PollPolicy, Rollover, StandardPolicy, Standing, Step, Unsupported, UnusableCertificate,
    },
    http::{MediaType, Request, RetryAfter},
    message::MessageError,
    server::{NextCaCertificates, RegistrationAuthority, Responder},
};

const DAY: Duration = Duration::from_secs(86_400);

fn config() -> ClientConfig {
    ClientConfig::new(PROVIDER)
}

fn text(words: &str) -> HttpResponse {
    HttpResponse::ok(MediaType::TextPlain, words)
}

/// What comes of this answer to GetCACaps.
fn after(config: ClientConfig, reply: &HttpResponse) -> (Pair, Result<Step, Error>) {
    let mut pair = Scenario::new().start_with(config);
    let step = pair.try_reply(reply);
    (pair, step)
}

/// Goes on from a step to the certificate, and looks at the request that was sent for it.
fn sent(mut pair: Pair, step: Result<Step, Error>) -> Sent {
    pair.step = step.expect("a next step");
    assert!(matches!(pair.drive(), End::Issued(_)), "{:?}", pair.errors);
    let is_request = |request: &&HttpRequest| request.query.starts_with("operation=PKIOperation");
    Sent::of(pair.network.log().iter().map(|(request, _)| request).find(is_request).expect("a request"))
}

/// How a request was made.
#[derive(Debug, PartialEq, Eq)]
struct Sent {
    method: Method,
    digest: DigestAlgorithm,
    cipher: CipherAlgorithm,
    key_transport: KeyTransportAlgorithm,
    authenticated: bool,
}

impl Sent {
    const BEST: Self = Self {
        method: Method::Post,
        digest: DigestAlgorithm::SHA256,
        cipher: CipherAlgorithm::AES128_CBC,
        key_transport: KeyTransportAlgorithm::RsaPkcs1,
        authenticated: false,
    };

    fn of(request: &HttpRequest) -> Self {
        let Ok(Request::PkiOperation { message }) = request.parse(&Limits::DEFAULT) else { panic!("{request:?}") };
        let signed_data = SignedData::from_ber(&message, Limits::DEFAULT).expect("SignedData");
        let content = signed_data.content().expect("an envelope");
        let envelope = EnvelopedData::from_ber(content, Limits::DEFAULT).expect("an envelope");
        let recipient = &envelope.recipients()[0];
        Self {
            method: request.method,
            digest: DigestAlgorithm::from_oid(signed_data.signers()[0].digest_algorithm().oid).expect("a digest"),
            cipher: CipherAlgorithm::from_oid(envelope.cipher().oid).expect("a cipher"),
            key_transport: envelope.wrapped_key(recipient, &PROVIDER).expect("a key").algorithm(),
            authenticated: envelope.is_authenticated(),
        }
    }
}

// The floor (sections 3.5.2 and 7.5).

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

// The memory (section 7.5).

#[test]
fn scep_7_5_01_a_ca_that_states_less_than_before_is_refused() {
    let (_, issued) = Scenario::new().to_issued();
    let known = issued.known_capabilities();
    assert!(known.iter().any(|word| word == Capability::ScepStandard));
    assert_eq!(KnownCapabilities::from_der(&known.to_der()), Ok(known));
    let legacy = || config().with_known_capabilities(known).with_algorithm_floor(AlgorithmFloor::Legacy);
    let weaker = [
        (text("SHA-1 DES3"), vec![Capability::Aes, Capability::PostPkiOperation, Capability::Sha256]),
        (text(""), vec![Capability::Aes, Capability::PostPkiOperation, Capability::Sha256]),
        (HttpResponse::new(404, "", ""), vec![Capability::Aes, Capability::PostPkiOperation, Capability::Sha256]),
        (text("AES SHA-256 POSTPKIOperation"), vec![]),
        (text("AES POSTPKIOperation"), vec![Capability::Sha256]),
    ];
    for (reply, mut words) in weaker {
        let (pair, step) = after(legacy(), &reply);
        let Err(Error::Downgraded { missing }) = step else { panic!("{step:?}") };
        words.push(Capability::ScepStandard);
        let digests = [Capability::Sha384, Capability::Sha512];
        assert!(missing.iter().filter(|word| !digests.contains(word)).eq(&words), "{reply:?}: {missing:?}");
        drop(pair);
        // As before, and not as low as the floor allows.
        let (pair, step) = after(legacy().with_downgrade_policy(DowngradePolicy::ContinueAsBefore), &reply);
        assert_eq!(sent(pair, step), Sent::BEST);
    }
    let (pair, step) = after(legacy(), &text("SCEPStandard"));
    assert_eq!(sent(pair, step), Sent::BEST);
    let error = Error::Downgraded { missing: vec![Capability::Aes, Capability::ScepStandard] };
    assert_eq!(error.to_string(), "the CA no longer states AES SCEPStandard");
}

#[test]
fn what_is_known_comes_with_the_certificate_and_is_not_forgotten() {
    let words = |known: KnownCapabilities| known.iter().collect::<Vec<_>>();
    let known: KnownCapabilities = [Capability::ScepStandard, Capability::Renewal].into_iter().collect();
    let config = config().with_known_capabilities(known).with_downgrade_policy(DowngradePolicy::ContinueAsBefore);
    let (mut pair, step) = after(config, &text("DES3 SHA-512"));
    pair.step = step.expect("a next step");
    let issued = pair.drive().issued();
    let expected = [Capability::Des3, Capability::Sha512, Capability::ScepStandard];
    assert_eq!(words(issued.known_capabilities()), expected);
}

#[test]
fn what_is_known_outlives_a_restart_while_the_ca_decides() {
    let (mut pair, _) = Scenario::new().pending(2).to_wait();
    pair.restart_client();
    let (_, at_once) = Scenario::new().to_issued();
    assert_eq!(pair.drive().issued().known_capabilities(), at_once.known_capabilities());
}

/// Written by version 1, kept since: `SCEPStandard`, `Renewal` and `DES3`.
const KNOWN_1: &[u8] = include_bytes!("data/records/known-1.der");

#[test]
fn known_capabilities_of_version_1_are_read() {
    let known: KnownCapabilities =
        [Capability::ScepStandard, Capability::Renewal, Capability::Des3].into_iter().collect();
    assert_eq!(KnownCapabilities::from_der(KNOWN_1), Ok(known));
    assert_eq!(known.to_der(), KNOWN_1);
}

// HTTP (section 4.1), and when to ask again.

/// Every exchange of an enrolment.
fn every_exchange() -> [Pair; 4] {
    [Stage::Capabilities, Stage::Certificates, Stage::Request, Stage::Poll]
        .map(|stage| Scenario::new().pending(3).to_exchange(stage).0)
}

#[test]
fn a_server_that_is_busy_says_when_to_ask_again() {
    let hint = RetryAfter::Delay(Duration::from_secs(120));
    for mut pair in every_exchange() {
        for status in [429, 503] {
            let busy = HttpResponse::new(status, "text/plain", "").with_retry_after(hint);
            let error = pair.try_reply(&busy).map(drop).expect_err("an error");
            assert!(error.is_retryable());
            assert_eq!(error.retry_after(), Some(hint));
            let busy = HttpResponse::new(status, "text/plain", "");
            assert_eq!(pair.try_reply(&busy).map(drop).expect_err("an error").retry_after(), None);
        }
        assert!(matches!(pair.drive(), End::Issued(_)), "{:?}", pair.errors);
    }
    let error = Error::Unsupported(Unsupported::Key);
    assert_eq!((error.retry_after(), error.is_retryable()), (None, false));
}

/// IIS before NDES answers what it can't read with 200 and HTML; sscep says "wrong MIME".
#[test]
fn n11_an_answer_that_is_none_says_what_it_was() {
    let page = format!("<html>\r\n<title>Server Error in '/CertSrv' \u{e9}</title>{}", "x".repeat(1000));
    let [_, rest @ ..] = every_exchange();
    for mut pair in rest {
        for (status, content_type) in [
            (200, "text/html; charset=utf-8"),
            (200, "text/plain"),
            (200, "application/octet-stream"),
            (200, ""),
            (404, "text/html"),
            (403, "application/x-pki-message"),
            (301, "text/html"),
        ] {
            let error = pair.try_reply(&HttpResponse::new(status, content_type, page.as_bytes())).map(drop);
            let Err(Error::Http(refusal)) = error else { panic!("{error:?}") };
            assert_eq!((refusal.status, refusal.content_type.as_str()), (status, content_type));
            assert!(refusal.excerpt.starts_with("<html>..<title>Server Error in '/CertSrv' ..</title>xxx"));
            assert_eq!(refusal.excerpt.chars().count(), 256);
            assert!(refusal.to_string().starts_with(&format!("HTTP {status} with {content_type:?}: <html>")));
        }
        assert!(matches!(pair.drive(), End::Issued(_)));
    }
}

#[test]
fn an_answer_that_is_none_is_one_to_get_next_ca_cert_either() {
    let call = Call::next_certificates(&config(), &Generations::new().current);
    for (status, content_type) in [(200, "text/html"), (200, ""), (503, "text/html"), (302, "text/html"), (403, "")] {
        let reply = HttpResponse::new(status, content_type, "<html>").with_retry_after(RetryAfter::parse("7"));
        let error = call.finish(&reply).expect_err("an error");
        assert!(matches!(&error, Error::Http(refusal) if refusal.status == status && refusal.excerpt == "<html>"));
        assert_eq!(error.retry_after(), RetryAfter::parse("7"));
    }
}

#[test]
fn long_content_types_are_cut() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
    let error = pair.try_reply(&HttpResponse::new(200, "x".repeat(100_000), "")).map(drop);
    let Err(Error::Http(refusal)) = error else { panic!("{error:?}") };
    assert_eq!(refusal.content_type.len(), 256);
}

/// The waits of a client that is never answered, in seconds.
fn waits(pair: &mut Pair) -> Vec<i64> {
    let (mut waits, mut last) = (Vec::new(), None);
    while pair.end().is_none() {
        if let Step::Wait(wait) = &pair.step {
            let until = wait.until().as_seconds();
            if last != Some(until) {
                waits.push(until - pair.clock.now().as_seconds());
                last = Some(until);
            }
        }
        pair.turn().expect("a next step");
    }
    waits
}

#[test]
fn a15_and_c7_apple_and_cisco_give_up_when_they_do() {
    for (policy, expected) in [(PollPolicy::APPLE, vec![10; 3]), (PollPolicy::CISCO_IOS, vec![60; 10])] {
        let mut pair = Scenario::new().pending(u32::MAX).poll_policy(policy).start();
        assert_eq!(waits(&mut pair), expected);
    }
}

#[test]
fn a_client_that_goes_on_elsewhere_goes_on_by_the_same_schedule() {
    let policy = PollPolicy { limit: 8, ..PollPolicy::DEFAULT };
    let start = |policy| Scenario::new().pending(u32::MAX).poll_policy(policy);
    let stay = waits(&mut start(policy).start());
    assert_ne!(stay, [60, 120, 240, 480, 960, 1920, 3600, 3600], "there is jitter");
    let (mut pair, _) = start(policy).to_wait();
    pair.restart_client();
    // Other randomness from here on changes nothing.
    pair.rng = TestRandom::new(77);
    assert_eq!(waits(&mut pair), stay);
    // Nor does any if the policy has the seed.
    let seeded = |seed| waits(&mut start(PollPolicy { seed: Some(9), ..policy }).seed(seed).start());
    assert_eq!(seeded(1), seeded(2));
}

#[test]
fn the_server_s_hint_is_kept_to() {
    let (mut pair, _) = Scenario::new().pending(3).to_exchange(Stage::Request);
    let now = pair.clock.now();
    let wait = |pair: &mut Pair, hint: Option<RetryAfter>| {
        let reply = pair.true_reply().with_retry_after(hint);
        match pair.try_reply(&reply) {
            Ok(Step::Wait(wait)) => wait.until().as_seconds() - now.as_seconds(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(wait(&mut pair, None), 60);
    assert_eq!(wait(&mut pair, RetryAfter::parse("5")), 5);
    // The clock of the tests says 2026-11-23 09:00:00.
    assert_eq!(wait(&mut pair, RetryAfter::parse("Mon, 23 Nov 2026 09:01:15 GMT")), 75);
    assert_eq!(wait(&mut pair, RetryAfter::parse("Mon, 23 Nov 2020 09:01:15 GMT")), 1);
    assert_eq!(wait(&mut pair, RetryAfter::parse("999999")), 3600);
    assert_eq!(wait(&mut pair, RetryAfter::parse("later")), 60);
}

// GetNextCACert (section 4.7).

/// Two generations of a CA, each with an RA. The current one expires in five years.
struct Generations {
    server: TestServer,
    next_server: TestServer,
    current: Authority,
    next_ca: Certificate,
}

fn now() -> UnixTime {
    conformance::Clock::new().now()
}

fn authority(certificates: &[Certificate]) -> Authority {
    Authority::new(certificates, &PROVIDER, now()).expect("an authority")
}

/// A root for this key, valid from and to so many days from now.
fn root(name: &str, key: &PrivateKey, from: i64, to: i64) -> Certificate {
    let day = |days: i64| UnixTime::from_seconds(now().as_seconds() + days * 86_400);
    let name = fixtures::name(name);
    let validity = Validity::new(day(from), day(to));
    fixtures::certify((&name, key), &name, Signer::public_key(key), validity, &Profile::ROOT_CA)
}

impl Generations {
    fn new() -> Self {
        let server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
        let next_server = TestServer::with_ra(other_key(), ra_encryption_key(), PROVIDER);
        let current = authority(&server.authority());
        let next_ca = next_server.ca().clone();
        Self { server, next_server, current, next_ca }
    }

    fn call(&self) -> Call<NextAuthority> {
        Call::next_certificates(&config(), &self.current)
    }

    /// What the current CA signs about the next.
    fn message(&self) -> RawMessage {
        let content = certs_only(&[&self.next_ca]);
        RawMessage::new(Some(content), RawSigner::new(self.server.ca().clone(), ca_key(), []))
    }

    fn read(&self, message: &RawMessage) -> Result<NextAuthority, NextAuthorityError> {
        self.read_octets(message.encode())
    }

    fn read_octets(&self, octets: Vec<u8>) -> Result<NextAuthority, NextAuthorityError> {
        match self.call().finish(&HttpResponse::ok(MediaType::NextCaCert, octets)) {
            Ok(next) => Ok(next),
            Err(Error::NextAuthority(error)) => Err(error),
            Err(error) => panic!("{error}"),
        }
    }

    fn next(&self) -> NextAuthority {
        self.read(&self.message()).expect("the next authority")
    }

    /// After that message; the next CA comes with its RA.
    fn rollover(&self) -> Rollover {
        let next: Vec<_> = self.next_server.authority();
        let content = certs_only(&next.iter().collect::<Vec<_>>());
        let next = self.read(&self.message().content(content)).expect("the next authority");
        Rollover::new(self.current.clone()).with_next(&next, &PROVIDER, now()).expect("a rollover")
    }
}

#[test]
fn scep_4_7_01_the_operation_is_get_next_ca_cert_by_get_without_data() {
    let call = Generations::new().call();
    assert_eq!((call.request().method, call.request().query.as_str()), (Method::Get, "operation=GetNextCACert"));
    assert!(format!("{call:?}").contains("GetNextCACert"));
}

#[test]
fn scep_4_7_1_01_what_the_current_ca_signed_is_believed() {
    let generations = Generations::new();
    let next = generations.next();
    assert_eq!(next.certificates(), std::slice::from_ref(&generations.next_ca));
    assert_eq!(next.valid_from(), generations.next_ca.validity().not_before);
    // Content types lie, and drafts had another.
    for content_type in ["application/x-x509-ca-ra-cert", "text/plain", ""] {
        let reply = HttpResponse::new(200, content_type, generations.message().encode());
        assert_eq!(generations.call().finish(&reply), Ok(next.clone()));
    }
    // CMS leaves signed attributes to the signer where the content is id-data.
    let bare = generations.message().with(|message| message.signer().flaw = Flaw::OverContent);
    assert_eq!(generations.read(&bare), Ok(next));
}

#[test]
fn get_next_ca_cert_signed_by_a_stranger_scep_4_7_1_02() {
    let generations = Generations::new();
    let signed_by = |certificate: &Certificate, key| {
        let message = generations.message().signed_by(certificate, key);
        // The signer's certificate beside it makes no difference.
        generations.read(&message.with(|message| message.certificates = vec![certificate.as_der().to_vec()]))
    };
    let device = fixtures::below_root(ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let stranger = root("Stranger", other_key(), -1, 1);
    let namesake = fixtures::self_signed("Root", client_key());
    for (who, certificate, key) in [
        ("the next CA", &generations.next_ca, other_key()),
        ("a stranger", &stranger, other_key()),
        ("a stranger of the CA's name", &namesake, client_key()),
        ("a device below the CA", &device, client_key()),
        ("the CA's RA", &generations.server.signing(), ra_key()),
    ] {
        assert_eq!(signed_by(certificate, key), Err(NextAuthorityError::SignerUnknown), "{who}");
    }
    let ca = generations.server.ca();
    let bad = NextAuthorityError::Signature(SignatureError::BadSignature);
    assert_eq!(signed_by(ca, client_key()), Err(bad.clone()), "in the CA's name");
    let bit = generations.message().with(|message| message.signer().flaw = Flaw::Bit);
    assert_eq!(generations.read(&bit), Err(bad));
    let attributes = generations.message().with(|message| message.signer().flaw = Flaw::OverContent);
    let other = attributes.clone().content(certs_only(&[&stranger]));
    assert!(generations.read(&other).is_ok(), "signed anew");
}

#[test]
fn scep_4_7_1_02_a_good_signature_over_other_content_is_none() {
    let generations = Generations::new();
    let good = generations.message().encode();
    let stranger = root("Stranger", client_key(), -1, 1);
    let other = generations.message().content(certs_only(&[&stranger])).encode();
    // The signature, which is the end of the message, moves from one to the other.
    let moved = [&other[..other.len() - 256], &good[good.len() - 256..]].concat();
    let refused = NextAuthorityError::Signature(SignatureError::BadSignature);
    assert_eq!(generations.read_octets(moved), Err(refused));
    // The content is changed under the signed attributes.
    let place = good.windows(3).position(|octets| octets == b"Exa").expect("a name");
    let mut changed = good;
    changed[place] ^= 1;
    let found = generations.read_octets(changed);
    let refused = [SignatureError::DigestMismatch, SignatureError::BadSignature].map(NextAuthorityError::Signature);
    assert!(found.as_ref().is_err_and(|error| refused.contains(error)), "{found:?}");
}

#[test]
fn scep_4_7_1_02_unsigned_and_signed_twice_are_refused() {
    let generations = Generations::new();
    let unsigned = generations.message().with(|message| message.signers.clear());
    assert_eq!(generations.read(&unsigned), Err(NextAuthorityError::SignerCount { found: 0 }));
    let degenerate = certs_only(&[&generations.next_ca]);
    assert_eq!(generations.read_octets(degenerate), Err(NextAuthorityError::SignerCount { found: 0 }));
    let twice = generations.message().with(|message| message.signers.push(message.signers[0].clone()));
    assert_eq!(generations.read(&twice), Err(NextAuthorityError::SignerCount { found: 2 }));
    let der = generations.next_ca.as_der().to_vec();
    assert!(matches!(generations.read_octets(der), Err(NextAuthorityError::Malformed(_))));
}

/// jscep issue 72.
#[test]
fn scep_4_7_1_04_certificates_beside_the_content_do_not_count() {
    let generations = Generations::new();
    let outer = |content: Option<Vec<u8>>| {
        generations.message().with(|message| {
            message.content = content;
            message.certificates = vec![generations.next_ca.as_der().to_vec()];
        })
    };
    assert_eq!(generations.read(&outer(None)), Err(NextAuthorityError::ContentMissing));
    assert_eq!(generations.read(&outer(Some(vec![]))), Err(NextAuthorityError::ContentMissing));
    assert_eq!(generations.read(&outer(Some(certs_only(&[])))), Err(NextAuthorityError::NoCa));
}

#[test]
fn scep_4_7_1_04_the_content_is_a_certificates_only_message_with_a_new_ca() {
    let generations = Generations::new();
    let with = |content: Vec<u8>| generations.read(&generations.message().content(content));
    assert!(matches!(with(b"next".to_vec()), Err(NextAuthorityError::ContentMalformed(_))));
    assert!(matches!(with(generations.next_ca.as_der().to_vec()), Err(NextAuthorityError::ContentMalformed(_))));
    let nested = generations.message().with(|message| {
        message.certificates = vec![generations.next_ca.as_der().to_vec()];
    });
    assert_eq!(with(nested.encode()), Err(NextAuthorityError::NotCertificatesOnly));
    let device = fixtures::below_root(other_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    assert_eq!(with(certs_only(&[&device])), Err(NextAuthorityError::NoCa));
    assert_eq!(with(certs_only(&[generations.server.ca()])), Err(NextAuthorityError::Unchanged));
    let with_broken = RawMessage { certificates: vec![vec![0x30, 0x03, 0x02, 0x01, 0x01]], ..generations.message() };
    let broken = with_broken.with(|message| (message.content, message.signers) = (None, vec![]));
    assert!(matches!(with(broken.encode()), Err(NextAuthorityError::ContentMalformed(_))));
    let typed = generations.message().with(|message| message.content_type = oid::SIGNED_DATA);
    assert_eq!(generations.read(&typed), Err(NextAuthorityError::ContentType));
    // The current one may be there, too.
    assert!(with(certs_only(&[generations.server.ca(), &generations.next_ca])).is_ok());
}

#[test]
fn scep_4_7_1_01_no_next_ca_is_an_error_of_its_own() {
    let call = Generations::new().call();
    for status in [400, 404, 405, 410, 501] {
        let error = call.finish(&HttpResponse::new(status, "text/html", "<html>")).expect_err("an error");
        let Error::NextAuthority(NextAuthorityError::None(refusal)) = &error else { panic!("{error:?}") };
        assert_eq!(refusal.status, status);
        assert!(error.to_string().starts_with("next CA certificates: there are none: HTTP 4") || status == 501);
    }
    // Our own server.
    let mut server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
    let reply = server.answer(call.request(), &conformance::Clock::new(), &mut TestRandom::new(1));
    assert!(matches!(call.finish(&reply), Err(Error::NextAuthority(NextAuthorityError::None(_)))));
}

#[test]
fn an_ra_may_sign_for_the_ca_only_where_that_was_configured() {
    let generations = Generations::new();
    let by_ra = generations.message().signed_by(&generations.server.signing(), ra_key()).encode();
    let reply = HttpResponse::ok(MediaType::NextCaCert, by_ra);
    let config = config().with_next_signer(NextSigner::CaOrRa);
    let call = Call::next_certificates(&config, &generations.current);
    assert_eq!(call.finish(&reply), Ok(generations.next()));
    let by_ca = HttpResponse::ok(MediaType::NextCaCert, generations.message().encode());
    assert_eq!(call.finish(&by_ca), Ok(generations.next()));
    let device = fixtures::below_root(ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let by_device = generations.message().signed_by(&device, client_key()).encode();
    let refused = call.finish(&HttpResponse::ok(MediaType::NextCaCert, by_device));
    assert_eq!(refused, Err(NextAuthorityError::SignerUnknown.into()));
}

#[test]
fn who_confirmed_an_ra_alone_knows_no_ca_that_could_sign() {
    let generations = Generations::new();
    let ra_alone = authority(&[generations.server.signing()]);
    let call = Call::next_certificates(&config(), &ra_alone);
    let by_ra = generations.message().signed_by(&generations.server.signing(), ra_key()).encode();
    for message in [generations.message().encode(), by_ra] {
        let refused = call.finish(&HttpResponse::ok(MediaType::NextCaCert, message));
        assert_eq!(refused, Err(NextAuthorityError::SignerUnknown.into()));
    }
}

// The rollover (section 5.1).

#[test]
fn scep_5_1_02_a_next_ca_that_is_not_valid_yet_is_kept() {
    let generations = Generations::new();
    let future = root("Root", other_key(), 100, 4000);
    let next = generations.read(&generations.message().content(certs_only(&[&future]))).expect("the next");
    let rollover = Rollover::new(generations.current.clone()).with_next(&next, &PROVIDER, now()).expect("a rollover");
    let expiry = generations.server.ca().validity().not_after;
    assert_eq!(rollover.switch_at(), Some(expiry));
    let day = |days: u32| now().plus(DAY * days);
    let is_next = |rollover: &Rollover, at| Some(rollover.at(at)) == rollover.next();
    for at in [day(0), day(99), day(101), day(1800)] {
        assert!(!is_next(&rollover, at));
    }
    assert!(is_next(&rollover, expiry) && is_next(&rollover, day(3000)));
    assert_eq!(rollover.accepted(day(99)).count(), 1);
    assert_eq!(rollover.accepted(day(101)).count(), 2);
    assert_eq!(rollover.accepted(expiry.plus(DAY)).count(), 1);
    // Sooner, as the caller likes, but not before it is valid.
    let sooner = rollover.with_switch_at(day(50));
    assert!(!is_next(&sooner, day(51)) && is_next(&sooner, day(100)));
    assert_eq!(sooner.accepted(day(101)).count(), 2);
}

#[test]
fn where_the_current_ca_expires_early_the_next_one_takes_over() {
    let generations = Generations::new();
    let short = root("Root", ca_key(), -10, 10);
    let ra = fixtures::below_root(ca_key(), "RA", ra_key(), &Profile::RA);
    let rollover = Rollover::new(authority(&[short.clone(), ra]));
    let rollover = rollover.with_next(&generations.next(), &PROVIDER, now()).expect("a rollover");
    let late = rollover.clone().with_switch_at(now().plus(DAY * 1000));
    assert_eq!(late.at(now()), late.current());
    assert_eq!(Some(late.at(now().plus(DAY * 11))), late.next());
    let settled = rollover.clone().settled(now());
    assert_eq!(settled, rollover);
    let settled = rollover.clone().settled(now().plus(DAY * 11));
    assert_eq!(Some(settled.current()), rollover.next());
    assert_eq!((settled.next(), settled.switch_at()), (None, None));
    assert_eq!(settled.clone().settled(now().plus(DAY * 99_999)), settled);
}

#[test]
fn a_next_ca_that_has_expired_makes_no_rollover() {
    let generations = Generations::new();
    let expired = root("Root", other_key(), -100, -50);
    let next = generations.read(&generations.message().content(certs_only(&[&expired]))).expect("the next");
    let refused = Rollover::new(generations.current.clone()).with_next(&next, &PROVIDER, now());
    assert!(matches!(refused, Err(AuthorityError::NotValidNow { .. })), "{refused:?}");
}

#[test]
fn an_authority_has_a_standing() {
    let generations = Generations::new();
    let rollover = generations.rollover().with_switch_at(now().plus(DAY * 30));
    let (current, next) = (rollover.current().clone(), rollover.next().expect("the next").clone());
    let stranger = authority(&[root("Stranger", client_key(), -1, 5000)]);
    let end = generations.server.ca().validity().not_after;
    for (authority, at, standing) in [
        (&current, now(), Standing::Active),
        (&next, now(), Standing::Accepted),
        (&next, now().plus(DAY * 30), Standing::Active),
        (&current, now().plus(DAY * 30), Standing::Accepted),
        (&current, end.plus(DAY), Standing::Former),
        (&stranger, now(), Standing::Unknown),
    ] {
        assert_eq!(rollover.standing(authority, at), standing);
    }
    let future = root("Root", other_key(), 100, 4000);
    let next = generations.read(&generations.message().content(certs_only(&[&future]))).expect("the next");
    let rollover = Rollover::new(generations.current.clone()).with_next(&next, &PROVIDER, now()).expect("a rollover");
    assert_eq!(rollover.standing(rollover.next().expect("the next"), now()), Standing::Future);
}

/// The whole way: GetNextCACert from our server, an enrolment before the switch, one with the next CA in advance, and one
/// after the switch.
#[test]
fn scep_5_1_01_requests_go_to_the_ca_whose_time_it_is() {
    let Generations { mut server, mut next_server, current, next_ca } = Generations::new();
    let switch = now().plus(DAY * 30);
    let response = NextCaCertificates::new(&next_server.authority())
        .build(server.ca(), pki_core::algorithm::SignatureAlgorithm::RSA_PKCS1_SHA256, &PROVIDER)
        .expect("a response")
        .sign_with(ca_key(), &mut TestRandom::new(5))
        .expect("a signature");
    server.responder = server.responder.clone().with_next_ca_response(response);
    let call = Call::next_certificates(&config(), &current);
    let reply = server.answer(call.request(), &conformance::Clock::new(), &mut TestRandom::new(1));
    let next = call.finish(&reply).expect("the next certificates");
    let rollover = Rollover::new(current).with_next(&next, &PROVIDER, now()).expect("a rollover");
    let rollover = rollover.with_switch_at(switch);
    // As kept by the caller.
    let rollover = Rollover::from_der(&rollover.to_der()).expect("a record");

    let enrol = |server: &mut TestServer, config: ClientConfig, at: UnixTime| {
        let mut pair = Scenario::new().start_with(config);
        std::mem::swap(&mut pair.server, server);
        pair.clock.advance_to(at);
        let issued = pair.drive().issued();
        std::mem::swap(&mut pair.server, server);
        assert!(issued.validated().is_some());
        issued.chain().last().expect("a root").clone()
    };
    let rolling = || config().with_rollover(rollover.clone());
    assert_eq!(enrol(&mut server, rolling(), now()), fixtures::root(ca_key()));
    // Figure 9: with the next CA, in advance.
    let in_advance = config().with_authority(rollover.next().expect("the next").clone());
    assert_eq!(enrol(&mut next_server, in_advance, now()), next_ca);
    assert_eq!(enrol(&mut next_server, rolling(), switch), next_ca);
}

/// A SUCCESS for what the client asked, by this RA, with a certificate by this CA.
fn success_by(pair: &Pair, ra: &Certificate, ra_key: &'static PrivateKey, ca_key: &PrivateKey) -> HttpResponse {
    let asked = Asked::by(pair);
    let leaf = fixtures::below_root(ca_key, "device", client_key(), &Profile::DEVICE_CLIENT);
    let content = envelope(&certs_only(&[&leaf]), &asked.signer);
    RawMessage::cert_rep(&asked, &pair.server, "0").content(content).signed_by(ra, ra_key).to_reply()
}

#[test]
fn in_the_overlap_replies_by_either_count_and_certificates_below_either() {
    let generations = Generations::new();
    let rollover = generations.rollover();
    let (old_ra, new_ra) = (generations.server.signing(), generations.next_server.signing());
    let to_exchange = |config: ClientConfig| {
        let mut pair = Scenario::new().pending(9).start_with(config);
        while !matches!(&pair.step, Step::Exchange(exchange) if exchange.request().method == Method::Post) {
            pair.turn().expect("a next step");
        }
        pair
    };
    let outcome = |pair: &mut Pair, reply: &HttpResponse| {
        let Step::Open(open) = pair.try_reply(reply)? else { panic!("no SUCCESS") };
        match open.open_with(client_key(), &mut pair.rng)? {
            Step::Issued(issued) => Ok(issued.validated().is_some()),
            step => panic!("{step:?}"),
        }
    };
    let mut pair = to_exchange(config().with_rollover(rollover.clone()));
    for (ra, ra_key) in [(&old_ra, ra_key()), (&new_ra, ra_encryption_key())] {
        for ca_key in [ca_key(), other_key()] {
            let reply = success_by(&pair, ra, ra_key, ca_key);
            assert_eq!(outcome(&mut pair, &reply), Ok(true));
        }
        let reply = success_by(&pair, ra, ra_key, client_key());
        assert!(matches!(outcome(&mut pair, &reply), Err(Error::Misbehaved(_))), "below neither");
    }
    // Without the rollover, or before the next CA is valid, the new RA is a stranger.
    let mut alone = to_exchange(config().with_authority(generations.current.clone()));
    let reply = success_by(&alone, &new_ra, ra_encryption_key(), ca_key());
    assert_eq!(outcome(&mut alone, &reply), Err(MessageError::SignerUnknown.into()));
    let future = root("Root", other_key(), 100, 4000);
    let ra = fixtures::below_root(other_key(), "RA", ra_encryption_key(), &Profile::RA);
    let next = generations.read(&generations.message().content(certs_only(&[&future, &ra]))).expect("the next");
    let early = Rollover::new(generations.current.clone()).with_next(&next, &PROVIDER, now()).expect("a rollover");
    let mut early = to_exchange(config().with_rollover(early));
    let reply = success_by(&early, &ra, ra_encryption_key(), other_key());
    assert_eq!(outcome(&mut early, &reply), Err(MessageError::SignerUnknown.into()));
    // Nor does a stranger count at any time.
    let stranger = fixtures::below_root(client_key(), "RA", client_key(), &Profile::RA);
    let reply = success_by(&pair, &stranger, client_key(), ca_key());
    assert_eq!(outcome(&mut pair, &reply), Err(MessageError::SignerUnknown.into()));
}

#[test]
fn a_certificate_of_the_former_ca_asks_the_next_one_for_its_successor() {
    let rollover = Generations::new().rollover().with_switch_at(now());
    let next = rollover.next().expect("the next").clone();
    let device = fixtures::below_root(ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let renewal = |config: ClientConfig| {
        let request = EnrolmentRequest::renewal(fixtures::request("device", client_key()), device.clone());
        let step = Step::start(Arc::new(config), request).expect("a beginning");
        let Step::Exchange(exchange) = step else { panic!("{step:?}") };
        exchange.finish(&text("SCEPStandard Renewal"), now(), &mut TestRandom::new(1))
    };
    assert!(matches!(renewal(config().with_rollover(rollover)), Ok(Step::Sign(_))));
    let refused = renewal(config().with_authority(next));
    assert!(matches!(refused, Err(Error::CurrentCertificate(UnusableCertificate::NotIssuedByAuthority(_)))));
}

#[test]
fn a_transaction_of_the_former_ca_has_to_start_anew() {
    let generations = Generations::new();
    let rollover = generations.rollover().with_switch_at(now().plus(DAY));
    let mut pair = Scenario::new().pending(9).start_with(config().with_rollover(rollover.clone()));
    while !matches!(pair.step, Step::Wait(_)) {
        pair.turn().expect("a next step");
    }
    let Step::Wait(wait) = &pair.step else { unreachable!() };
    let record = wait.record();
    let end = generations.server.ca().validity().not_after;
    for (at, standing) in
        [(now(), Standing::Active), (now().plus(DAY), Standing::Accepted), (end.plus(DAY), Standing::Former)]
    {
        assert_eq!(rollover.standing(wait.authority(), at), standing);
        let resumed = record.resume(Arc::clone(&pair.config), at).expect("a wait");
        assert_eq!(resumed.authority(), &generations.current);
    }
    // Without the rollover there is nothing that it could go on with.
    let resumed = record.resume(Arc::new(config()), end.plus(DAY));
    assert!(matches!(resumed, Err(Error::Authority(AuthorityError::NotValidNow { .. }))));
}

/// RA certificates live for a year or two, CAs for ten: the RA is replaced while transactions are pending.
#[test]
fn an_ra_is_replaced_under_a_running_service() {
    let (mut pair, wait) = Scenario::new().pending(3).to_wait();
    let record = wait.record();
    let old = authority(&pair.server.authority());

    let mut server = TestServer::with_ra(ca_key(), ra_encryption_key(), PROVIDER);
    server.transactions = pair.server.transactions.clone();
    std::mem::swap(&mut pair.server, &mut server);
    let call = Call::certificates(&pair.config);
    let reply = pair.server.answer(call.request(), &pair.clock, &mut pair.rng);
    let certificates = call.finish(&reply).expect("certificates");
    let rollover = Rollover::new(old.clone()).refreshed(&certificates, &PROVIDER, now()).expect("the new RA");
    assert_eq!(rollover.current().anchor(), old.anchor());
    assert_ne!(rollover.current().recipient(), old.recipient());
    assert_eq!(rollover.standing(&old, now()), Standing::Active, "it is the same CA");

    pair.config = Arc::new(config().with_rollover(rollover));
    let wait = PendingRecord::from_der(&record.to_der()).and_then(|record| record.resume(pair.config.clone(), now()));
    let wait = wait.expect("a wait");
    assert_eq!(wait.authority().recipient(), pair.server.authority().last().expect("the RA"));
    pair.step = Step::Wait(wait);
    pair.turn().expect("a poll");
    pair.turn().expect("a message");
    let reply = pair.true_reply();
    assert!(!matches!(pair.try_reply(&reply), Err(Error::Message(_))), "the new RA reads it and is believed");
}

#[test]
fn get_ca_cert_refreshes_the_generation_that_it_leads_to() {
    let generations = Generations::new();
    let rollover = generations.rollover();
    let next_ra = fixtures::below_root(other_key(), "RA 2", ra_key(), &Profile::RA);
    // The server has switched, and has a new RA.
    let given = [generations.next_ca.clone(), next_ra.clone()];
    let refreshed = rollover.refreshed(&given, &PROVIDER, now()).expect("the new RA");
    assert_eq!(refreshed.current(), rollover.current());
    assert_eq!(refreshed.next().expect("the next").recipient(), &next_ra);
    assert_eq!(refreshed.switch_at(), rollover.switch_at());
    // It leads to the confirmed CA, or it counts for nothing.
    let stranger = root("Stranger", client_key(), -1, 1);
    for given in [vec![], vec![stranger.clone()], vec![fixtures::self_signed("RA", client_key())]] {
        let refused = rollover.refreshed(&given, &PROVIDER, now());
        assert!(matches!(refused, Err(AuthorityError::NoRecipient(_))), "{given:?}: {refused:?}");
    }
    let without_signer = fixtures::below_root(ca_key(), "RA", ra_key(), &Profile::RA_ENCRYPTION);
    let given = [generations.server.ca().clone(), without_signer, stranger];
    assert!(matches!(rollover.refreshed(&given, &PROVIDER, now()), Err(AuthorityError::NoSigner(_))));
    let expired = rollover.current().refreshed(&given, &PROVIDER, now().plus(DAY * 9999));
    assert!(matches!(expired, Err(AuthorityError::NotValidNow { .. })));
}

#[test]
fn a_lone_ca_is_refreshed_by_its_own_certificate_too() {
    let ca = fixtures::answering_root(ca_key());
    let rollover = Rollover::new(authority(std::slice::from_ref(&ca)));
    assert_eq!(rollover.refreshed(std::slice::from_ref(&ca), &PROVIDER, now()), Ok(rollover.clone()));
}

/// Written by version 1, kept since: [`Generations::rollover`] with the switch in thirty days.
const ROLLOVER_1: &[u8] = include_bytes!("data/records/rollover-1.der");

#[test]
fn a_rollover_of_version_1_is_read() {
    let rollover = Generations::new().rollover().with_switch_at(now().plus(DAY * 30));
    assert_eq!(Rollover::from_der(ROLLOVER_1), Ok(rollover.clone()));
    assert_eq!(rollover.to_der(), ROLLOVER_1);
    let alone = Rollover::new(rollover.current().clone());
    assert_eq!(Rollover::from_der(&alone.to_der()), Ok(alone));
}

#[test]
fn a_broken_rollover_record_is_refused() {
    let kind = |der: &[u8]| match Rollover::from_der(der) {
        Err(Error::Record(error)) => error.kind(),
        other => panic!("{other:?}"),
    };
    for length in 0..ROLLOVER_1.len() {
        kind(&ROLLOVER_1[..length]);
    }
    // The version comes first: SEQUENCE of a length in two octets, INTEGER 1.
    let mut later = ROLLOVER_1.to_vec();
    assert_eq!(later[4..7], [0x02, 0x01, 0x01]);
    later[6] = 2;
    assert_eq!(kind(&later), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(kind(&[ROLLOVER_1, &[0]].concat()), DecodeErrorKind::TrailingData);
    // The last eight octets are the time.
    let mut short = ROLLOVER_1.to_vec();
    let place = short.len() - 10;
    assert_eq!(short[place..place + 2], [0x04, 0x08]);
    short[place] = 0x0c;
    assert_eq!(kind(&short), DecodeErrorKind::InvalidTime);
    // A role is the place of a certificate that is there: the recipient is the second of two.
    let mut nobody = ROLLOVER_1.to_vec();
    let place = nobody.windows(8).position(|octets| octets == [0x02, 0x01, 0x01, 0x30, 0x03, 0x02, 0x01, 0x01]);
    nobody[place.expect("the roles") + 2] = 2;
    assert_eq!(kind(&nobody), DecodeErrorKind::InvalidValue);
}

#[test]
fn a_responder_of_the_next_generation_is_found_by_get_ca_cert() {
    let generations = Generations::new();
    let ra = fixtures::below_root(other_key(), "RA", ra_encryption_key(), &Profile::RA);
    let ra = RegistrationAuthority { signing: ra.clone(), encryption: ra };
    let responder = Responder::new(generations.next_ca.clone(), ra, PROVIDER).expect("a responder");
    let mut server = TestServer::with_ra(other_key(), ra_encryption_key(), PROVIDER);
    server.responder = responder;
    let rollover = generations.rollover();
    let refreshed = rollover.refreshed(&server.authority(), &PROVIDER, now()).expect("an authority");
    assert_eq!(refreshed, rollover);
}
