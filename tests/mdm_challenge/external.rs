//! Intune, step-ca's webhooks, Jamf's webhook.

use std::time::Duration;

use conformance::{
    TestRandom,
    fixtures::{self, ca_key, client_key},
};
use mdm_proto::challenge::{
    Advice, Challenge, Grant, Presented, RedeemError, Release, Service, ServiceLimits, Source, Step,
    external::{
        Ask, BasicAuth, Call, ExternalError, Failure,
        intune::{Code, Intune, RevocationError, RevocationResult, read_revocations, read_upload},
        jamf::{self, ChallengeEvent},
        step_ca::{Answer, Hook, HookError, ID_HEADER, Incoming, SIGNATURE_HEADER, Webhook, WebhookAuth},
    },
};
use pki_core::{
    Certificate, Csr, Profile, Secret,
    crypto::{CryptoProvider, rustcrypto::PROVIDER},
};
use scep::http::{HttpResponse, Method};
use serde_json::{Value, json};

use crate::{HOUR, after, alternative_names, binding, csr, csr_with, now, present, rng, service_key};

fn request() -> Csr {
    csr_with("device", alternative_names(), Some("sealed-by-intune"), client_key())
}

fn certificate() -> Certificate {
    fixtures::below_root(ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT)
}

fn body(call: &Call) -> Value {
    serde_json::from_slice(&call.http().body).expect("JSON")
}

fn header<'c>(call: &'c Call, name: &str) -> &'c str {
    call.headers().find(|(known, _)| *known == name).expect(name).1
}

fn answer(json: &Value) -> HttpResponse {
    HttpResponse::new(200, "application/json; charset=utf-8", json.to_string())
}

fn base64(octets: &[u8]) -> String {
    // By the reading side of another library: base64 in PEM.
    pki_core::pem::encode("X", octets).lines().filter(|line| !line.starts_with('-')).collect()
}

// ------------------------------------------------------------------------------------------------------------------ Intune

fn intune() -> Intune {
    Intune::new("https://fef.example.com/RACerts/", "ExampleCA/1.0", PROVIDER)
        .expect("SHA-1")
        .with_ca_configuration("ca-1")
        .with_connector("https://fef.example.com/PkiConnector")
}

fn asked() -> Ask {
    intune().ask(&present(&request()), &mut rng()).expect("a challenge")
}

fn validated() -> Grant {
    match asked().finish(&answer(&json!({"code": "Success", "errorDescription": ""}))) {
        Ok(Step::Granted(grant)) => grant,
        step => panic!("{step:?}"),
    }
}

#[test]
fn intune_is_asked_with_the_csr_unaltered() {
    let ask = asked();
    let call = ask.call();
    assert_eq!(call.url(), "https://fef.example.com/RACerts/ScepActions/validateRequest");
    assert_eq!((call.http().method, call.http().content_type.as_deref()), (Method::Post, Some("application/json")));
    assert_eq!(header(call, "api-version"), "2018-02-20");
    assert_eq!(header(call, "UserAgent"), "ExampleCA/1.0");
    // A random UUID: 8-4-4-4-12, version 4, variant 10 (RFC 9562 section 5.4).
    let activity = header(call, "client-request-id");
    assert_eq!(activity.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(activity[14..].starts_with('4') && activity[19..].starts_with(['8', '9', 'a', 'b']), "{activity}");
    let expected = json!({"request": {
        "transactionId": "1",
        "certificateRequest": base64(request().as_der()),
        "callerInfo": "ExampleCA/1.0",
    }});
    assert_eq!(body(call), expected);
    // It can be asked again as it is, and does not show what is in it.
    assert!(!format!("{ask:?}").contains("sealed-by-intune"));
}

#[test]
fn intune_validated_then_issued_then_notified_then_released() {
    let grant = validated();
    assert_eq!(grant.redeemed().csr(), present(&request()).csr_digest());
    let Release::Notify(notification) = grant.issued(certificate(), now()) else { panic!() };
    let call = notification.call();
    assert_eq!(call.url(), "https://fef.example.com/RACerts/ScepActions/successNotification");
    // Thumbprint and names by the facts of the fixture: SHA-1 of the DER, the serial number, ten years around 2026-11-23.
    let sha1 = PROVIDER.digest(pki_core::oid::SHA1).expect("SHA-1").digest(&[certificate().as_der()]);
    let upper = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02X}")).collect::<String>();
    let told = &body(call)["notification"];
    assert_eq!(told["certificateThumbprint"], upper(sha1.as_bytes()));
    assert_eq!(told["certificateSerialNumber"], upper(certificate().serial_number()));
    let end = certificate().validity().not_after.to_string().replace('Z', ".000Z");
    assert_eq!(told["certificateExpirationDateUtc"], end);
    assert_eq!(told["issuingCertificateAuthority"], fixtures::name("Root").to_string());
    assert_eq!((&told["transactionId"], &told["callerInfo"]), (&json!("1"), &json!("ExampleCA/1.0")));
    assert_eq!(told["certificateRequest"], base64(request().as_der()));
    assert_eq!(told["caConfiguration"], "ca-1");
    let released = notification.finish(&answer(&json!({"code": "Success", "errorDescription": null})));
    assert_eq!(released.expect("told"), certificate());
}

#[test]
fn intune_that_can_t_be_told_withholds_the_certificate() {
    let refusals = [
        answer(&json!({"code": "Unknown", "errorDescription": "no"})),
        answer(&json!({"code": "ChallengeExpired"})),
        answer(&json!({"code": "SomethingNew", "errorDescription": "?"})),
        answer(&json!({})),
        answer(&json!([])),
        HttpResponse::new(200, "text/html", "<html>"),
        HttpResponse::new(503, "", ""),
        HttpResponse::new(200, "application/json", vec![b' '; 70_000]),
    ];
    let Release::Notify(mut notification) = validated().issued(certificate(), now()) else { panic!() };
    for refusal in &refusals {
        let withheld = notification.finish(refusal).expect_err("not told");
        assert!(!format!("{withheld:?} {withheld}").contains("device"), "{withheld:?}");
        notification = withheld.again();
    }
    let withheld = notification.unreachable();
    assert_eq!(withheld.cause(), &ExternalError::Unreachable);
    let told = withheld.again().finish(&answer(&json!({"code": "success"})));
    assert_eq!(told.expect("told at last"), certificate());
}

#[test]
fn intune_is_told_of_failures() {
    let text = "x".repeat(300);
    let call = validated().failed(&Failure::new(0x8000_4005, &text), now()).expect("a duty");
    assert_eq!(call.url(), "https://fef.example.com/RACerts/ScepActions/failureNotification");
    let told = &body(&call)["notification"];
    assert_eq!(told["hResult"], 2_147_500_037_u32);
    assert_eq!(told["errorDescription"].as_str().map(str::len), Some(255));
    assert_eq!(told["transactionId"], "1");
}

/// mdm.md section 4.3, by name.
const CODES: &str = "Success Unknown CertificateRequestDecodingFailed ChallengePasswordMissing
    ChallengeDeserializationError ChallengeDecryptionError ChallengeDecodingError ChallengeInvalidTimestamp
    ChallengeExpired SubjectNameMissing SubjectNameMismatch SubjectAltNameMissing SubjectAltNameMismatch KeyUsageMismatch
    KeyLengthMismatch EnhancedKeyUsageMissing EnhancedKeyUsageMismatch AadKeyIdentifierListMissing RegisteredKeyMismatch
    SigningCertThumbprintMismatch ScepProfileNoLongerTargetedToTheClient SignatureValidationFailed
    BadCertificateRequestIdInChallenge BadDeviceIdInChallenge BadUserIdInChallenge";

#[test]
fn intune_every_code_maps_and_an_unknown_one_is_unknown() {
    let names: Vec<_> = CODES.split_whitespace().collect();
    assert_eq!(names.len(), Code::ALL.len());
    for name in names {
        let code = Code::from_name(name);
        assert_eq!(code.name(), name);
        assert_eq!(Code::from_name(&name.to_uppercase()), code);
        let finished = asked().finish(&answer(&json!({"code": name, "errorDescription": "because\nso"})));
        if name == "Success" {
            assert!(matches!(finished, Ok(Step::Granted(_))));
            continue;
        }
        let error = finished.map(drop).expect_err("no");
        let description = "because so".into();
        assert_eq!(error, RedeemError::External(ExternalError::Intune { code, description }));
        let advice = if name == "ChallengeExpired" { Advice::IssueNew } else { Advice::Refuse };
        assert_eq!(error.advice(), advice, "{name}");
    }
    for name in ["", "SuccessX", "Succes", "9", "\u{0}"] {
        assert_eq!(Code::from_name(name), Code::Unknown, "{name:?}");
    }
}

#[test]
fn intune_anything_but_an_answer_is_no_yes() {
    for (answer, error) in [
        (HttpResponse::new(401, "application/json", r#"{"code":"Success"}"#), ExternalError::Http { status: 401 }),
        (HttpResponse::new(500, "application/json", r#"{"code":"Success"}"#), ExternalError::Http { status: 500 }),
        (HttpResponse::new(200, "application/json", r#"{"code":"Success""#), ExternalError::Malformed),
        (HttpResponse::new(200, "application/json", r#"{"Code":"Success"}"#), ExternalError::Malformed),
        (HttpResponse::new(200, "application/json", r#"{"code":true}"#), ExternalError::Malformed),
        (HttpResponse::new(200, "application/json", "[".repeat(60_000)), ExternalError::Malformed),
        (HttpResponse::new(200, "application/json", " ".repeat(65_537)), ExternalError::TooLarge),
    ] {
        assert_eq!(asked().finish(&answer).map(drop), Err(RedeemError::External(error)));
    }
    assert_eq!(asked().unreachable().advice(), Advice::AskAgain);
    let advice = |status| RedeemError::from(ExternalError::Http { status }).advice();
    assert_eq!([408, 429, 500, 503].map(advice), [Advice::AskAgain; 4]);
    // A token for Intune that has run out, or an address that has changed, is nothing that a device did.
    assert_eq!([302, 401, 403, 404].map(advice), [Advice::AskAgain; 4]);
    assert_eq!([400, 413, 422].map(advice), [Advice::Refuse; 3]);
    // A byte order mark, and more than is asked for.
    let more = "\u{feff}{\"@odata.context\":\"x\",\"code\":\"Success\",\"errorDescription\":\"\"}";
    assert!(asked().finish(&HttpResponse::new(200, "application/json", more)).is_ok());
}

#[test]
fn intune_wants_a_challenge_a_transaction_and_sha_1() {
    let none = csr_with("device", alternative_names(), None, client_key());
    assert_eq!(intune().ask(&present(&none), &mut rng()).map(drop), Err(RedeemError::Missing));
    let no_transaction = Presented::in_csr(&request()).expect("readable");
    let refused = intune().ask(&no_transaction, &mut rng()).map(drop);
    assert_eq!(refused, Err(ExternalError::TransactionMissing.into()));
    let dry = intune().ask(&present(&request()), &mut TestRandom::failing_after(1, 0)).map(drop);
    assert_eq!(dry, Err(ExternalError::Unreachable.into()));
    let without = CryptoProvider { digests: &[], ..PROVIDER };
    assert!(Intune::new("https://x", "x", without).is_err());
    assert!(matches!(Source::Intune(&intune()).redeem(&present(&request()), now(), &mut rng()), Ok(Step::Ask(_))));
}

#[test]
fn intune_revocations_are_fetched_and_reported() {
    let call = intune().download_revocations(1000, Some("CN=Root"), &mut rng()).expect("random").expect("an address");
    assert_eq!(
        call.url(),
        "https://fef.example.com/PkiConnector/CertificateAuthorityRequests/downloadRevocationRequests"
    );
    assert_eq!(header(&call, "api-version"), "5019-05-05");
    assert_eq!(body(&call), json!({"downloadParameters": {"maxRequests": 500, "issuerName": "CN=Root"}}));

    let given = json!({"value": [
        {"requestContext": "a", "serialNumber": "0A0B", "issuerName": "CN=Root", "caConfiguration": "ca-1"},
        {"requestContext": "b", "serialNumber": "0C", "issuerName": null, "more": 1},
    ]});
    let requests = read_revocations(&answer(&given)).expect("two");
    assert_eq!((requests[0].request_context.as_str(), requests[0].serial_number.as_str()), ("a", "0A0B"));
    assert_eq!(requests[0].ca_configuration.as_deref(), Some("ca-1"));
    assert_eq!((requests.len(), requests[1].issuer_name.as_deref()), (2, None));
    assert_eq!(read_revocations(&answer(&json!({"value": 1}))), Err(ExternalError::Malformed));
    assert_eq!(read_revocations(&HttpResponse::new(403, "", "")), Err(ExternalError::Http { status: 403 }));

    let results = [
        RevocationResult { request_context: "a".into(), outcome: Ok(()) },
        RevocationResult { request_context: "b".into(), outcome: Err((RevocationError::NotFound, "none".into())) },
    ];
    let call = intune().upload_revocation_results(&results, &mut rng()).expect("random").expect("an address");
    let expected = json!({"results": [
        {"requestContext": "a", "succeeded": true, "errorCode": 0, "errorMessage": null},
        {"requestContext": "b", "succeeded": false, "errorCode": 4004, "errorMessage": "none"},
    ]});
    assert_eq!(body(&call), expected);
    assert_eq!(read_upload(&answer(&json!({"value": true}))), Ok(()));
    assert_eq!(read_upload(&answer(&json!({"value": false}))), Err(ExternalError::Malformed));
    let nowhere = Intune::new("https://x", "x", PROVIDER).expect("SHA-1");
    assert!(nowhere.download_revocations(1, None, &mut rng()).expect("random").is_none());
    use RevocationError as E;
    let numbers = [
        E::NonRetryable,
        E::Serialization,
        E::Parameter,
        E::Cryptography,
        E::NotFound,
        E::Conflict,
        E::NotSupported,
        E::TooLarge,
        E::Retryable,
        E::Unavailable,
        E::Busy,
        E::Authentication,
    ];
    let expected = [4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007, 4100, 4101, 4102, 4103];
    assert_eq!(numbers.map(RevocationError::number), expected);
}

// ------------------------------------------------------------------------------------------------------------------ step-ca

/// `hunter2` in base64.
const SECRET: &str = "aHVudGVyMg==";

fn webhook() -> Webhook {
    Webhook::new("https://hook.example.com/challenge", "abc123", &Secret::from(SECRET)).expect("a secret")
}

fn hook() -> Hook {
    Hook::new("abc123", &Secret::from(SECRET)).expect("a secret")
}

fn receive(call: &Call, seconds: u64) -> Result<Incoming, HookError> {
    let headers = (header(call, ID_HEADER), header(call, SIGNATURE_HEADER));
    hook().receive(Some(headers.0), Some(headers.1), &call.http().body, after(seconds))
}

#[test]
fn step_ca_the_signature_is_an_hmac_over_the_body() {
    // By OpenSSL 3: printf of this body, piped into `openssl dgst -sha256 -hmac hunter2`.
    let body = br#"{"timestamp":"2026-11-23T09:00:00Z","x509CertificateRequest":{"raw":""}}"#;
    let wrong = hook().receive(Some("abc123"), Some(OPENSSL), body, now());
    assert!(matches!(wrong, Err(HookError::Unreadable(_))), "past the signature: {wrong:?}");
    let damaged = OPENSSL.replace('0', "1");
    for signature in [None, Some(""), Some("zz"), Some(&OPENSSL[1..]), Some(damaged.as_str())] {
        assert_eq!(hook().receive(Some("abc123"), signature, body, now()).map(drop), Err(HookError::Signature));
    }
    for id in [None, Some(""), Some("abc"), Some("abc1234")] {
        assert_eq!(hook().receive(id, Some(OPENSSL), body, now()).map(drop), Err(HookError::WrongId));
    }
}

/// See the test above.
const OPENSSL: &str = "a1df9d736b28958d3195b82063fce49f04a789b74b2c362dddf409dc4e3016ce";

#[test]
fn step_ca_asks_a_service_with_challenges_of_its_own() {
    // step-ca's end.
    let mut service = Service::new(service_key(), ServiceLimits::DEFAULT);
    let challenge = service.issue(binding("device"), HOUR, now(), &mut rng()).expect("room");
    let csr = csr("device", &challenge);
    let webhook = webhook().with_provisioner("scep").with_auth(WebhookAuth::Bearer(Secret::from("token")));
    let ask = webhook.ask(&present(&csr), now()).expect("a challenge");
    assert_eq!(header(ask.call(), "Authorization"), "Bearer token");
    let sent = body(ask.call());
    assert_eq!((&sent["provisionerName"], &sent["scepChallenge"]), (&json!("scep"), &json!(challenge.expose())));
    assert_eq!((&sent["scepTransactionID"], &sent["timestamp"]), (&json!("1"), &json!("2026-11-23T09:00:00Z")));
    let request = &sent["x509CertificateRequest"];
    assert_eq!(request["raw"], base64(csr.as_der()));
    assert_eq!(
        (&request["subject"]["commonName"], &request["dnsNames"]),
        (&json!("device"), &json!(["device.example.com"]))
    );
    assert_eq!(request["publicKeyAlgorithm"], "RSA");

    // The service's end.
    let Ok(Incoming::Challenge(presented)) = receive(ask.call(), 10) else { panic!() };
    assert_eq!(presented.csr(), &csr);
    assert_eq!(presented.transaction().map(ToString::to_string).as_deref(), Some("1"));
    assert!(service.redeem(&presented, after(10)).is_ok());
    let yes = Answer::allow().with_data(r#"{"role":"dba"}"#).expect("JSON").to_http();
    let Ok(Step::Granted(grant)) = ask.finish(&yes) else { panic!() };
    assert_eq!(grant.data(), Some(r#"{"role":"dba"}"#));
    assert_eq!(grant.redeemed().csr(), presented.csr_digest());
    // Nobody is to be told.
    assert!(matches!(grant.clone().issued(certificate(), now()), Release::Ready(_)));
    assert!(grant.failed(&Failure::new(1, "x"), now()).is_none());
    assert!(Answer::allow().with_data("{").is_err());
}

#[test]
fn step_ca_a_no_is_a_no() {
    let ask = webhook().ask(&present(&request()), now()).expect("a challenge");
    let refused = |answer: &HttpResponse| match ask.finish(answer) {
        Err(RedeemError::External(error)) => error,
        step => panic!("{step:?}"),
    };
    for (error, code) in [
        (RedeemError::Expired { at: now() }, "expired"),
        (RedeemError::Missing, "missing"),
        (RedeemError::Unknown, "denied"),
        (RedeemError::Spent, "denied"),
    ] {
        let expected = ExternalError::Refused { code: code.into(), message: "the challenge was not redeemed".into() };
        assert_eq!(refused(&Answer::deny(&error).to_http()), expected);
    }
    let nothing = ExternalError::Refused { code: "".into(), message: "".into() };
    assert_eq!(refused(&answer(&json!({"allow": false}))), nothing);
    assert_eq!(refused(&answer(&json!({}))), nothing, "what does not allow denies");
    assert_eq!(refused(&answer(&json!({"allow": "true"}))), ExternalError::Malformed);
    assert_eq!(refused(&HttpResponse::new(404, "", r#"{"allow":true}"#)), ExternalError::Http { status: 404 });
    let none = csr_with("device", alternative_names(), None, client_key());
    assert_eq!(webhook().ask(&present(&none), now()).map(drop), Err(RedeemError::Missing));
    assert!(matches!(Source::Webhook(&webhook()).redeem(&present(&request()), now(), &mut rng()), Ok(Step::Ask(_))));
}

#[test]
fn step_ca_is_notified_and_notifies() {
    let notify = Webhook::new("https://hook.example.com/notify", "abc123", &Secret::from(SECRET)).expect("a secret");
    let auth = WebhookAuth::Basic(BasicAuth::new("step", Secret::from("ca")));
    let webhook = webhook().with_notify(notify.with_auth(auth));
    let grant = || {
        let ask = webhook.ask(&present(&request()), now()).expect("a challenge");
        let Ok(Step::Granted(grant)) = ask.finish(&Answer::allow().to_http()) else { panic!() };
        grant
    };
    let Release::Notify(notification) = grant().issued(certificate(), after(5)) else { panic!() };
    assert_eq!(header(notification.call(), "Authorization"), "Basic c3RlcDpjYQ==");
    let Ok(Incoming::Issued { transaction, certificate: told }) = receive(notification.call(), 6) else { panic!() };
    assert_eq!((transaction.map(|id| id.to_string()).as_deref(), told), (Some("1"), certificate()));
    let withheld = notification.finish(&HttpResponse::new(500, "", "")).expect_err("not told");
    assert_eq!(withheld.cause(), &ExternalError::Http { status: 500 });
    assert!(withheld.again().finish(&HttpResponse::new(200, "", "")).is_ok());

    let call = grant().failed(&Failure::new(7, "the CA is out"), after(5)).expect("a duty");
    let Ok(Incoming::Failed { code, description, .. }) = receive(&call, 6) else { panic!() };
    assert_eq!((code, description.as_str()), (7, "the CA is out"));
}

#[test]
fn step_ca_what_is_old_or_lies_ahead_is_refused() {
    let ask = webhook().ask(&present(&request()), after(1000)).expect("a challenge");
    for (seconds, fresh) in [(699, false), (700, true), (1300, true), (1301, false)] {
        let received = receive(ask.call(), seconds).map(drop);
        assert_eq!(received, if fresh { Ok(()) } else { Err(HookError::Stale) }, "{seconds}");
    }
    let strict = hook().with_tolerance(Duration::from_secs(10));
    let headers = (header(ask.call(), ID_HEADER), header(ask.call(), SIGNATURE_HEADER));
    let late = strict.receive(Some(headers.0), Some(headers.1), &ask.call().http().body, after(1011));
    assert_eq!(late.map(drop), Err(HookError::Stale));
}

#[test]
fn step_ca_what_is_no_webhook() {
    assert!(Webhook::new("https://x", "1", &Secret::from("not base64!")).is_err());
    assert!(Webhook::new("https://x", "1", &Secret::from("")).is_err());
    assert!(Hook::new("1", &Secret::from("")).is_err());
    assert!(Hook::new("1", &Secret::from("=")).is_err());
    let large = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(hook().receive(Some("abc123"), Some(OPENSSL), &large, now()).map(drop), Err(HookError::TooLarge));
    let statuses =
        [HookError::Signature, HookError::Stale, HookError::WrongId, HookError::TooLarge, HookError::Malformed];
    assert_eq!(statuses.map(|error| error.status()), [401, 401, 401, 413, 400]);
    let shown = format!("{:?} {:?}", hook(), webhook());
    assert!(!shown.contains("hunter2") && !shown.contains(SECRET), "{shown}");
}

// -------------------------------------------------------------------------------------------------------------------- Jamf

#[test]
fn jamf_a_challenge_for_a_profile() {
    let auth = BasicAuth::new("fleet", Secret::from("secret"));
    let event = ChallengeEvent::new("https://ca.example.com/scep", "com.example.wifi", now());
    let call = event.call("https://ca.example.com/challenge", &auth);
    assert_eq!(header(&call, "Authorization"), "Basic ZmxlZXQ6c2VjcmV0");
    assert!(auth.permits(Some(header(&call, "Authorization"))));
    let expected = json!({
        "webhook": {"webhookEvent": "SCEPChallenge", "id": 1, "eventTimestamp": 1_795_424_400_u64, "name": "SCEPChallenge"},
        "event": {
            "scepServerUrl": "https://ca.example.com/scep",
            "payloadIdentifier": "com.example.wifi",
            "payloadTypes": ["com.apple.security.scep"],
        },
    });
    assert_eq!(body(&call), expected);

    // The other end.
    assert_eq!(ChallengeEvent::receive(&call.http().body), Ok(event));
    let challenge = Challenge::from_text(b"DYNAMIC-1").expect("a challenge");
    let reply = jamf::answer(&challenge);
    assert_eq!((reply.status, reply.content_type.as_str()), (200, "text/plain"));
    assert_eq!(jamf::read_challenge(&reply), Ok(challenge));
}

#[test]
fn jamf_what_is_no_challenge_and_no_event() {
    let read = |status, body: &str| jamf::read_challenge(&HttpResponse::new(status, "text/plain", body)).map(drop);
    assert_eq!(read(200, " dynamic-challenge \r\n"), Ok(()));
    assert_eq!(read(200, ""), Err(ExternalError::InvalidChallenge));
    assert_eq!(read(200, "<html> <b>Sign in</b>"), Err(ExternalError::InvalidChallenge));
    assert_eq!(read(200, &"x".repeat(256)), Err(ExternalError::InvalidChallenge));
    assert_eq!(read(401, "x"), Err(ExternalError::Http { status: 401 }));
    assert_eq!(ChallengeEvent::receive(b"{}"), Err(ExternalError::Malformed));
    let other = br#"{"webhook":{"webhookEvent":"ComputerAdded"},"event":{}}"#;
    assert_eq!(ChallengeEvent::receive(other), Err(ExternalError::Malformed));
    assert_eq!(ChallengeEvent::receive(&vec![b' '; 65_537]), Err(ExternalError::TooLarge));
    // More than is asked for, as Jamf may send.
    let more = br#"{"webhook":{"webhookEvent":"SCEPChallenge","extra":1},"event":{"targetDevice":{"udid":"x"}}}"#;
    assert!(ChallengeEvent::receive(more).is_ok());
}

#[test]
fn rfc7617_name_and_password() {
    // RFC 7617 section 2.
    let auth = BasicAuth::new("Aladdin", Secret::from("open sesame"));
    assert!(auth.permits(Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")));
    assert!(auth.permits(Some("basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ==")));
    for wrong in
        ["", "Basic", "Basic ", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZR==", "Basic !"]
    {
        assert!(!auth.permits(Some(wrong)), "{wrong}");
    }
    assert!(!auth.permits(None));
    assert!(!format!("{auth:?}").contains("sesame"));
}
