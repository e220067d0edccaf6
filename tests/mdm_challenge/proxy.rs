//! A proxy before another CA.

use conformance::{
    TestRandom, attack,
    chain::Ca,
    fixtures::{self, ca_key, client_key, other_key, ra_key},
    forge::{Flaw, RawMessage},
};
use mdm_proto::{
    challenge::{
        Binding, Challenge, ChallengeFormat, ChallengeRecord, Presented, RedeemError, RedeemPolicy, Service,
        ServiceLimits,
    },
    proxy::{
        Class, InitialSigner, InvalidRoute, NotPassed, Operation, PassThrough, Passage, Permit, RequestKey, Route,
        certificate_for,
    },
};
use pki_core::{
    Certificate, Csr, Limits, Profile,
    crypto::rustcrypto::{PROVIDER, PrivateKey},
    oid,
};
use scep::{
    HttpRequest, HttpResponse, MessageType, Method,
    http::HttpError,
    message::MessageError,
    server::{self, AgentPolicy, Denied, Enrol, Incoming, RenewalPolicy},
};

use crate::{HOUR, after, alternative_names, csr_with, now, rng, service_key};

const UPSTREAM: &str = "http://ndes.internal/certsrv/mscep/mscep.dll";

fn proxy() -> PassThrough {
    PassThrough::new(UPSTREAM, PROVIDER)
}

fn token_binding() -> Binding {
    Binding::passage("host/1 \u{e9}", "wifi,1").expect("names")
}

fn token() -> Challenge {
    ChallengeFormat::DEFAULT.generate(&mut rng()).expect("random")
}

#[test]
fn routes_come_back_whatever_is_in_the_names() {
    let (binding, token) = (token_binding(), token());
    let path = Route::path("/scep/proxy/", &binding, &token);
    assert_eq!(path, format!("/scep/proxy/host%2F1%20%C3%A9/wifi%2C1/{}", token.expose()));
    for suffix in ["", "/", "/pkiclient.exe", "/PKIClient.exe/"] {
        let route = Route::parse("/scep/proxy", &format!("{path}{suffix}")).expect("a route");
        assert_eq!((route.device(), route.profile()), ("host/1 \u{e9}", "wifi,1"));
        assert_eq!(route.token(), &token);
        assert!(!format!("{route:?}").contains(token.expose()));
    }
    for path in ["/other/a/b/c", "/scep/proxy", "/scep/proxy/a/b", "/scep/proxy/a/b/c/d", "/scep/proxyx/a/b/c", ""] {
        assert_eq!(Route::parse("/scep/proxy", path).map(drop), Err(InvalidRoute::NotFound), "{path}");
    }
    for path in
        ["/p//b/c", "/p/a//c", "/p/a/b/%20", "/p/a/b/%ff", "/p/%00/b/c", &format!("/p/{}/b/c", "a".repeat(9999))]
    {
        assert_eq!(Route::parse("/p", path).map(drop), Err(InvalidRoute::Malformed), "{path}");
    }
}

#[test]
fn questions_pass_as_they_came() {
    for query in ["operation=GetCACaps&message=default", "operation=GetCACert&message="] {
        let request = HttpRequest::new(Method::Get, query, []);
        let Ok(Passage::Query(forward)) = proxy().receive(request.clone()) else { panic!("{query}") };
        assert_eq!(forward.url(), format!("{UPSTREAM}?{query}"));
        assert_eq!(forward.request(), &request);
        let answer = HttpResponse::new(200, "text/plain", "AES");
        assert_eq!(forward.finish(answer.clone()), answer);
    }
    let next = HttpRequest::get_next_ca_cert(None);
    assert_eq!(proxy().receive(next.clone()).map(drop), Err(NotPassed::NotAllowed));
    assert!(matches!(proxy().with_next_ca().receive(next), Ok(Passage::Query(_))));
    let with_query = PassThrough::new("https://ca.example.com/scep?tenant=1", PROVIDER);
    let Ok(Passage::Query(forward)) = with_query.receive(HttpRequest::get_ca_caps(None)) else { panic!() };
    assert_eq!(forward.url(), "https://ca.example.com/scep?tenant=1&operation=GetCACaps");
}

/// Servers differ in what they take for a parameter: in letter case (IIS), with escapes in its name, after a semicolon.
#[test]
fn no_server_reads_another_operation_than_the_proxy() {
    let forwarded = |request: HttpRequest| match proxy().receive(request) {
        Ok(Passage::Query(forward)) => (forward.url().to_owned(), forward.request().query.clone()),
        Ok(Passage::Operation(operation)) => {
            let mut service = Service::new(service_key(), ServiceLimits::DEFAULT);
            let token = service.issue(token_binding(), HOUR, now(), &mut rng()).expect("room");
            let route = Route::parse("/p", &Route::path("/p", &token_binding(), &token)).expect("a route");
            let forward = operation.redeem_in_memory(&mut service, &route, now()).map_err(|(error, _)| error);
            let forward = forward.expect("right");
            (forward.url().to_owned(), forward.request().query.clone())
        }
        Err(error) => panic!("{error}"),
    };
    for (query, passes) in [
        ("Operation=PKIOperation&operation=GetCACaps&message=MIIB", "operation=GetCACaps&message=MIIB"),
        ("operation=GetCACaps&%6Fperation=PKIOperation&message=MIIB", "operation=GetCACaps&message=MIIB"),
        ("message=MIIB&+operation=PKIOperation&operation=GetCACaps", "message=MIIB&operation=GetCACaps"),
        ("operation=GetCACaps&x=1;operation=PKIOperation", "operation=GetCACaps"),
        (
            "operation=GetCACert&message=a;operation=PKIOperation",
            "operation=GetCACert&message=a%3Boperation=PKIOperation",
        ),
    ] {
        let (url, query) = forwarded(HttpRequest::new(Method::Get, query, []));
        assert_eq!((url, query.as_str()), (format!("{UPSTREAM}?{passes}"), passes));
    }
    // The message of a POST is its body.
    let mut post = message("1").to_request();
    post.query.push_str("&message=MIIB&Message=MIIB");
    assert_eq!(forwarded(post).1, "operation=PKIOperation");
}

#[test]
fn what_does_not_pass() {
    let none = proxy().receive(HttpRequest::new(Method::Get, "", [])).expect_err("nothing");
    assert_eq!(none, NotPassed::Http(HttpError::MissingOperation));
    assert_eq!(none.to_http().status, 400);
    let junk = proxy().receive(HttpRequest::pki_operation(Method::Post, b"junk".to_vec())).expect_err("junk");
    assert!(matches!(junk, NotPassed::Message(MessageError::Malformed(_))));
    assert_eq!(junk.to_http().status, 400);
    let forged = attack::good().with(|message| message.signer().flaw = Flaw::Bit);
    assert!(matches!(proxy().receive(forged.to_request()), Err(NotPassed::Message(MessageError::Signature(_)))));
    let lookup = RawMessage::request(
        &attack::server(),
        "21",
        &[0x30, 0],
        fixtures::self_signed("x", client_key()),
        client_key(),
    );
    let refused = proxy().receive(lookup.to_request()).expect_err("GetCert");
    assert_eq!((refused.clone(), refused.to_http().status), (NotPassed::NotAllowed, 403));
    assert!(matches!(
        proxy().add_message_type(MessageType::GET_CERT).receive(lookup.to_request()),
        Ok(Passage::Operation(_))
    ));
    // Answers are bounded, too.
    let small = proxy().with_limits(Limits::DEFAULT.with_size(4096));
    let Ok(Passage::Query(forward)) = small.receive(HttpRequest::get_ca_caps(None)) else { panic!() };
    assert_eq!(forward.finish(HttpResponse::new(200, "", vec![0; 4097])).status, 502);
    let Ok(Passage::Query(forward)) = small.receive(HttpRequest::get_ca_caps(None)) else { panic!() };
    assert_eq!(forward.unreachable().status, 502);
}

fn operation(message: &RawMessage) -> Operation {
    operation_in(message.to_request())
}

fn operation_in(request: HttpRequest) -> Operation {
    match proxy().receive(request).expect("a message") {
        Passage::Operation(operation) => operation,
        passage => panic!("{passage:?}"),
    }
}

/// The fixtures' message with this transactionID.
fn message(id: &str) -> RawMessage {
    attack::good().set_text(oid::SCEP_TRANSACTION_ID, id)
}

#[test]
fn a11_a_message_by_get_passes_octet_for_octet() {
    // As Apple sends it: raw plus and slash, only the padding escaped.
    use base64_of::encode;
    let body = message("1").to_request().body;
    let query = format!("operation=PKIOperation&message={}", encode(&body).replace('=', "%3D"));
    let operation = operation_in(HttpRequest::new(Method::Get, query.clone(), []));
    assert_eq!(operation.message_type(), MessageType::PKCS_REQ);
    let mut service = Service::new(service_key(), ServiceLimits::DEFAULT);
    let token = service.issue(token_binding(), HOUR, now(), &mut rng()).expect("room");
    let route = Route::parse("/p", &Route::path("/p", &token_binding(), &token)).expect("a route");
    let forward = operation.redeem_in_memory(&mut service, &route, now()).map_err(|(error, _)| error).expect("right");
    assert_eq!(forward.url(), format!("{UPSTREAM}?{query}"));
    assert_eq!(forward.request().query, query);
}

#[test]
fn a_token_is_for_one_transaction_with_its_repetitions_and_polls() {
    let keys = [service_key()];
    let (token, record) =
        keys[0].issue(token_binding(), after(3600), ChallengeFormat::DEFAULT, now(), &mut rng()).expect("random");
    let path = |device: &str, profile: &str, token: &Challenge| {
        let binding = Binding::passage(device, profile).expect("names");
        Route::parse("/p", &Route::path("/p", &binding, token)).expect("a route")
    };
    let route = path(token_binding().device(), token_binding().profile(), &token);
    let redeem = |route: &Route, id: &str, record: Option<&ChallengeRecord>, seconds| {
        let operation = operation(&message(id));
        operation.redeem(&keys, route, record, &RedeemPolicy::DEFAULT, after(seconds)).map_err(|(error, _)| error)
    };
    let Ok(Permit::Store(unstored)) = redeem(&route, "1", Some(&record), 10) else { panic!() };
    assert_eq!(unstored.previous(), &record);
    let spent = unstored.record().clone();
    assert_eq!(ChallengeRecord::from_der(&spent.to_der()).as_ref(), Ok(&spent));
    assert_eq!(unstored.stored().url(), format!("{UPSTREAM}?operation=PKIOperation"));

    assert!(matches!(redeem(&route, "1", Some(&spent), 3610), Ok(Permit::Granted(_))));
    assert_eq!(redeem(&route, "1", Some(&spent), 3611).map(drop), Err(RedeemError::Spent));
    assert_eq!(redeem(&route, "2", Some(&spent), 10).map(drop), Err(RedeemError::Spent));
    // Somebody else was first: looked up again, it is theirs.
    let Ok(Permit::Store(unstored)) = redeem(&route, "2", Some(&record), 10) else { panic!() };
    let lost = unstored.lost().redeem(&keys, &route, Some(&spent), &RedeemPolicy::DEFAULT, after(10));
    assert_eq!(lost.map(drop).map_err(|(error, _)| error), Err(RedeemError::Spent));

    assert_eq!(redeem(&route, "1", None, 0).map(drop), Err(RedeemError::Unknown));
    let other = ChallengeFormat::DEFAULT.generate(&mut TestRandom::new(4)).expect("random");
    let wrong = |device: &str, profile: &str, token: &Challenge| {
        redeem(&path(device, profile, token), "1", Some(&record), 0).map(drop)
    };
    let (device, profile) = (token_binding().device().to_string(), token_binding().profile().to_string());
    assert_eq!(wrong(&device, &profile, &other), Err(RedeemError::Unknown));
    assert_eq!(wrong("other", &profile, &token), Err(RedeemError::WrongDevice));
    assert_eq!(wrong(&device, "other", &token), Err(RedeemError::WrongProfile));
    assert!(matches!(redeem(&route, "1", Some(&record), 3901), Err(RedeemError::Expired { .. })));
    assert_eq!(redeem(&route, "1", Some(&record.withdrawn(now())), 1).map(drop), Err(RedeemError::Withdrawn));
}

/// By plain HTTP anybody sees the path and the transactionID, and a signature shows no more than that its key has signed.
#[test]
fn a_transaction_is_that_of_whoever_signed_its_first_message() {
    let mut service = Service::new(service_key(), ServiceLimits::DEFAULT);
    let token = service.issue(token_binding(), HOUR, now(), &mut rng()).expect("room");
    let route = Route::parse("/p", &Route::path("/p", &token_binding(), &token)).expect("a route");
    let message = |key: &'static PrivateKey| {
        let server = attack::server();
        let signer = fixtures::self_signed("device", key);
        operation(
            &RawMessage::request(&server, "19", own_csr("device").as_der(), signer, key)
                .set_text(oid::SCEP_TRANSACTION_ID, "1"),
        )
    };
    assert!(message(client_key()).redeem_in_memory(&mut service, &route, now()).is_ok());
    assert!(message(client_key()).redeem_in_memory(&mut service, &route, now()).is_ok());
    let stranger = message(other_key()).redeem_in_memory(&mut service, &route, now());
    assert_eq!(stranger.map(drop).map_err(|(error, _)| error), Err(RedeemError::Spent));
}

/// A token goes with whatever CSR the CA behind takes: as a challenge it would be good for any name.
#[test]
fn a_token_is_no_challenge() {
    let mut service = Service::new(service_key(), ServiceLimits::DEFAULT);
    let token = service.issue(token_binding(), HOUR, now(), &mut rng()).expect("room");
    let csr = csr_with("admin", alternative_names(), Some(token.expose()), client_key());
    let presented = Presented::in_csr(&csr).expect("readable");
    assert_eq!(service.redeem(&presented, now()).map(drop), Err(RedeemError::Unknown));
}

#[test]
fn a_challenge_is_no_token() {
    for binding in [crate::binding("device"), Binding::any_request("device", "wifi").expect("names")] {
        let mut service = Service::new(service_key(), ServiceLimits::DEFAULT);
        let challenge = service.issue(binding.clone(), HOUR, now(), &mut rng()).expect("room");
        let route = Route::parse("/p", &Route::path("/p", &binding, &challenge)).expect("a route");
        let refused = operation(&message("1")).redeem_in_memory(&mut service, &route, now());
        assert_eq!(refused.map(drop).map_err(|(error, _)| error), Err(RedeemError::Unknown));
    }
}

fn ask(message_type: &str, csr: &Csr, signer: &Certificate) -> Enrol {
    let server = attack::server();
    let message = RawMessage::request(&server, message_type, csr.as_der(), signer.clone(), client_key());
    let incoming = server.responder.receive(&message.to_request(), now(), &mut rng()).expect("a message");
    let Incoming::Sealed(sealed) = incoming else { panic!() };
    match sealed.open_with(ra_key(), &mut rng()).expect("an operation") {
        server::Operation::PkcsReq(enrol) | server::Operation::RenewalReq(enrol) => enrol,
        operation => panic!("{operation:?}"),
    }
}

fn own_csr(name: &str) -> Csr {
    csr_with(name, alternative_names(), Some("x"), client_key())
}

fn issued(name: &str) -> Certificate {
    fixtures::below_root(ca_key(), name, client_key(), &Profile::DEVICE_CLIENT)
}

#[test]
fn what_a_request_is() {
    let (renewal, agents) = (RenewalPolicy::new(), AgentPolicy::new().add_agent(issued("agent")));
    let class =
        |message_type, csr: &Csr, signer: &Certificate| Class::of(&ask(message_type, csr, signer), &renewal, &agents);
    let self_signed = |name: &str| fixtures::self_signed(name, client_key());
    assert_eq!(class("19", &own_csr("device"), &self_signed("device")), Class::Initial(InitialSigner::OwnKey));
    let other_subject = class("19", &own_csr("device"), &self_signed("SCEP SIGNER"));
    assert_eq!(other_subject, Class::Initial(InitialSigner::OwnKeyOtherSubject));
    let separate = csr_with("device", alternative_names(), Some("x"), other_key());
    assert_eq!(class("19", &separate, &self_signed("device")), Class::Initial(InitialSigner::SeparateKey));
    assert_eq!(class("19", &separate, &issued("device")), Class::Renewal);
    assert_eq!(class("17", &separate, &issued("device")), Class::Renewal);
    assert_eq!(class("19", &separate, &issued("somebody")), Class::Stranger);
    assert_eq!(class("19", &separate, &issued("agent")), Class::OnBehalf);
}

#[test]
fn a_renewal_by_what_is_over_or_revoked_is_one_and_is_denied() {
    use pki_core::{chain::Pool, crl::RevocationReason, ocsp::CertStatus};
    use scep::server::Evidence;
    let ca = Ca { certificate: fixtures::root(ca_key()), key: ca_key() };
    let draft = ca.draft("device").with_key(client_key()).with_validity(now().minus(2 * HOUR), now().minus(HOUR));
    let expired = draft.issue(|builder| builder);
    let (renewal, agents) = (RenewalPolicy::new(), AgentPolicy::new());
    let csr = csr_with("device", alternative_names(), None, other_key());
    let enrol = ask("17", &csr, &expired);
    assert_eq!(Class::of(&enrol, &renewal, &agents), Class::Renewal);
    let pool = Pool::new();
    let good = Evidence::new(&pool).with_status(CertStatus::Good);
    assert!(matches!(enrol.authorize_renewal(&renewal, good, now()), Err(Denied::Expired { .. })));
    let enrol = ask("17", &csr, &issued("device"));
    assert_eq!(Class::of(&enrol, &renewal, &agents), Class::Renewal);
    let revoked = CertStatus::Revoked { at: now(), reason: Some(RevocationReason::KeyCompromise) };
    let evidence = Evidence::new(&pool).with_status(revoked);
    assert!(matches!(enrol.authorize_renewal(&renewal, evidence, now()), Err(Denied::Revoked { .. })));
}

#[test]
fn a9_the_certificate_for_a_csr_wherever_it_stands() {
    let ca = fixtures::root(ca_key());
    let (mine, others) =
        (issued("device"), fixtures::below_root(ca_key(), "device", other_key(), &Profile::DEVICE_CLIENT));
    let csr = own_csr("device");
    assert_eq!(certificate_for(&csr, &[ca.clone(), others.clone(), mine.clone()]), Some(&mine));
    assert_eq!(certificate_for(&csr, &[mine.clone(), ca.clone()]), Some(&mine));
    assert_eq!(certificate_for(&csr, &[ca, others]), None);
    assert_eq!(certificate_for(&csr, &[]), None);
}

#[test]
fn a_repeated_request_is_told_by_all_that_makes_it() {
    let device = fixtures::self_signed("device", client_key());
    let key = |csr: &Csr, signer: &Certificate| RequestKey::of(&ask("19", csr, signer));
    let same = key(&own_csr("device"), &device);
    assert_eq!(key(&own_csr("device"), &device), same);
    // The same key in another certificate is the same sender.
    assert_eq!(key(&own_csr("device"), &fixtures::self_signed("x", client_key())), same);
    assert_ne!(key(&own_csr("other"), &device), same);
    assert_eq!(same.as_bytes().len(), 32);
}

/// Base64 by hand, so that the query is as a client writes it.
mod base64_of {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    pub(super) fn encode(octets: &[u8]) -> String {
        let mut text = String::new();
        for chunk in octets.chunks(3) {
            let number = (0..3).fold(0_u32, |number, index| number << 8 | u32::from(*chunk.get(index).unwrap_or(&0)));
            for index in 0..4 {
                let digit = usize::try_from(number >> (18 - 6 * index) & 63).expect("six bits");
                text.push(if index <= chunk.len() { char::from(ALPHABET[digit]) } else { '=' });
            }
        }
        text
    }
}
