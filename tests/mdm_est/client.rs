//! What a client has to do, by the sections of RFC 7030.

use conformance::fixtures;
use mdm_proto::est::{
    BodyError, BundleError, Credentials, CsrAttributes, HttpResponse, Label,
    client::{Call, Config, EnrolReply, Error, Misbehaviour},
};
use pki_core::{
    Csr, DecodeErrorKind, Limits, Secret,
    cms::{SignedDataBuilder, certs_only},
    crypto::rustcrypto::{PROVIDER, PrivateKey},
    pem,
};
use scep::http::{Method, RetryAfter};

use crate::{certificate, csr, root, sample, seconds};

fn config() -> Config {
    Config::new(PROVIDER)
}

fn key() -> &'static PrivateKey {
    fixtures::client_key()
}

fn enrolment() -> Call<EnrolReply> {
    Call::simple_enroll(&config(), &csr("a", key()))
}

/// Base64 as PEM has it: in lines.
fn base64(der: &[u8]) -> Vec<u8> {
    let text = pem::encode("X", der);
    text.lines().filter(|line| !line.starts_with('-')).fold(String::new(), |all, line| all + line + "\r\n").into_bytes()
}

fn certs(der: &[&[u8]]) -> HttpResponse {
    HttpResponse::new(
        200,
        "application/pkcs7-mime; smime-type=certs-only",
        base64(&certs_only(der.iter().copied(), [])),
    )
}

#[test]
fn rfc7030_s3_2_2_requests_go_to_the_operation_paths() {
    let config = config();
    let requests = [
        (Call::ca_certificates(&config).request().path.clone(), "/.well-known/est/cacerts"),
        (Call::csr_attributes(&config).request().path.clone(), "/.well-known/est/csrattrs"),
        (enrolment().request().path.clone(), "/.well-known/est/simpleenroll"),
        (Call::simple_reenroll(&config, &csr("a", key())).request().path.clone(), "/.well-known/est/simplereenroll"),
    ];
    for (path, expected) in requests {
        assert_eq!(path, expected);
    }
    let labelled = config.with_label(Label::new("wifi").unwrap());
    assert_eq!(Call::ca_certificates(&labelled).request().path, "/.well-known/est/wifi/cacerts");
}

#[test]
fn rfc7030_s4_2_1_a_request_is_a_csr_in_base64() {
    let call = enrolment();
    let request = call.request();
    assert_eq!((request.method, request.content_type.as_deref()), (Method::Post, Some("application/pkcs10")));
    let headers: Vec<_> = request.headers().collect();
    assert!(headers.contains(&("Content-Transfer-Encoding", "base64".into())));
    let text = base64(csr("a", key()).as_der());
    assert!(request.body.iter().eq(text.iter().filter(|byte| !byte.is_ascii_whitespace())));
    assert_eq!(Call::ca_certificates(&config()).request().headers().count(), 0);
}

#[test]
fn rfc7030_s3_2_3_credentials_go_along_when_told() {
    assert!(enrolment().request().authorization.is_none());
    let credentials = Credentials::new("Aladdin", Secret::from("open sesame")).unwrap();
    let call = enrolment().with_credentials(&credentials);
    let expected = Secret::from("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    assert_eq!(call.request().authorization, Some(expected));
}

#[test]
fn rfc7030_s4_1_3_any_code_but_200_is_an_error() {
    for status in [100, 201, 202, 204, 301, 401, 404, 500, 503] {
        let mut reply = certs(&[root().as_der()]);
        reply.status = status;
        let error = Call::ca_certificates(&config()).finish(&reply).unwrap_err();
        let Error::Refused(refused) = error else { panic!("{error:?}") };
        assert_eq!(refused.status, status);
    }
}

#[test]
fn rfc7030_s4_1_3_a_certs_only_message_is_read() {
    let bag = Call::ca_certificates(&config()).finish(&certs(&[root().as_der()])).unwrap();
    assert_eq!(bag.certificates(), [root()]);
}

#[test]
fn rfc7030_s4_1_3_what_is_not_certs_only_is_refused() {
    let read = |body: Vec<u8>| {
        let reply = HttpResponse::new(200, "application/pkcs7-mime", body);
        match Call::ca_certificates(&config()).finish(&reply) {
            Err(Error::Bundle(error)) => {
                assert!(!error.to_string().is_empty());
                error
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read(base64(&certs_only([], []))), BundleError::NoCertificate);
    assert_eq!(read(b"????".to_vec()), BundleError::Body(BodyError::NotBase64));
    assert_eq!(read(Vec::new()), BundleError::Body(BodyError::Empty));
    assert!(matches!(read(base64(&[0x30, 0])), BundleError::Malformed(_)));
    assert!(matches!(read(base64(&certs_only([&[0x30, 0][..]], []))), BundleError::Certificate(_)));
    assert!(matches!(read(base64(&vec![0; 300_000])), BundleError::Body(BodyError::TooLarge)));
    let root = root();
    let many = vec![root.as_der(); 33];
    let BundleError::Malformed(error) = read(base64(&certs_only(many, []))) else { panic!() };
    assert_eq!(error.kind(), DecodeErrorKind::TooMany);

    // Signed content: a Full PKI Response looks like that.
    let algorithm = pki_core::algorithm::SignatureAlgorithm::RSA_PKCS1_SHA256;
    let signed = SignedDataBuilder::new(Some(b"content".to_vec()));
    let signed = signed
        .build(pki_core::cms::CertificateIdentifier::of(&root), algorithm, &PROVIDER)
        .unwrap()
        .sign_with(fixtures::ca_key(), &mut crate::rng())
        .unwrap();
    assert_eq!(read(base64(&signed)), BundleError::NotCertificatesOnly);
}

#[test]
fn something_else_with_200_is_shown_as_what_it_is() {
    let page = HttpResponse::new(200, "text/html", "<html>sign in</html>");
    for error in [
        Call::ca_certificates(&config()).finish(&page).unwrap_err(),
        Call::csr_attributes(&config()).finish(&page).unwrap_err(),
        enrolment().finish(&page).unwrap_err(),
    ] {
        let Error::SomethingElse(refused) = &error else { panic!("{error:?}") };
        assert_eq!(refused.text, "<html>sign in</html>");
        assert!(error.to_string().contains("sign in") && !error.is_retryable());
    }
    // What can be read is taken, whatever it is called.
    let mut misnamed = certs(&[root().as_der()]);
    misnamed.content_type = "application/octet-stream".into();
    assert!(Call::ca_certificates(&config()).finish(&misnamed).is_ok());
}

#[test]
fn rfc7030_s4_2_3_the_certificate_has_to_be_for_the_key() {
    let issued = certificate("a", key());
    let other = certificate("a", fixtures::other_key());
    assert_eq!(enrolment().finish(&certs(&[issued.as_der()])), Ok(EnrolReply::Issued(issued.clone())));
    let error = enrolment().finish(&certs(&[other.as_der()])).unwrap_err();
    assert_eq!(error, Error::Misbehaved(Misbehaviour::NoCertificateForKey));
    assert!(error.to_string().contains("key") && !error.is_retryable());
    // A chain around it does no harm.
    let chain = certs(&[root().as_der(), issued.as_der()]);
    assert_eq!(enrolment().finish(&chain), Ok(EnrolReply::Issued(issued)));
}

#[test]
fn rfc7030_s4_2_3_the_example_of_the_rfc_is_read() {
    let text = String::from_utf8_lossy(sample!("rfc7030-a3-csr.b64"));
    let pem = format!("-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n");
    let csr = Csr::from_pem(&pem).unwrap();
    let reply =
        HttpResponse::new(200, "application/pkcs7-mime; smime-type=certs-only", *sample!("rfc7030-a3-certificate.b64"));
    let Ok(EnrolReply::Issued(certificate)) = Call::simple_enroll(&config(), &csr).finish(&reply) else { panic!() };
    assert_eq!(certificate.subject().to_string(), "CN=demostep4 1368141352");
}

#[test]
fn rfc7030_s4_2_3_202_has_to_say_when_to_ask_again() {
    let pending = HttpResponse::new(202, "text/plain", "wait").with_retry_after(RetryAfter::parse("120"));
    assert_eq!(enrolment().finish(&pending), Ok(EnrolReply::Pending(RetryAfter::Delay(seconds(120)))));
    let silent = HttpResponse::new(202, "", "");
    let error = enrolment().finish(&silent).unwrap_err();
    assert_eq!(error, Error::Misbehaved(Misbehaviour::RetryAfterMissing));
    assert!(error.is_retryable() && error.to_string().contains("again"));
}

#[test]
fn rfc7030_s4_2_3_a_refusal_is_shown_with_its_text() {
    let reply = HttpResponse::new(400, "text/plain", "CSR attributes are incomplete\n");
    let Err(Error::Refused(refused)) = enrolment().finish(&reply) else { panic!() };
    assert_eq!(refused.to_string(), "HTTP 400: CSR attributes are incomplete");
    assert!(!refused.is_unsupported() && !refused.wants_credentials());

    let reply = HttpResponse::new(401, "", "").with_www_authenticate(Some("Basic realm=\"x\"".into()));
    let Err(Error::Refused(refused)) = enrolment().finish(&reply) else { panic!() };
    assert!(refused.wants_credentials());
    assert_eq!(refused.www_authenticate.as_deref(), Some("Basic realm=\"x\""));

    let long = HttpResponse::new(503, "x".repeat(10_000), "y".repeat(100_000)).with_retry_after(RetryAfter::parse("9"));
    let error = enrolment().finish(&long).unwrap_err();
    assert!(error.is_retryable());
    let Error::Refused(refused) = error else { panic!() };
    assert_eq!((refused.content_type.len(), refused.text.len()), (128, 256));
    assert_eq!(refused.retry_after, Some(RetryAfter::Delay(seconds(9))));
}

#[test]
fn rfc7030_s4_3_2_404_and_501_say_that_there_is_no_such_service() {
    for (status, unsupported) in [(404, true), (501, true), (500, false), (403, false)] {
        let Err(Error::Refused(refused)) = enrolment().finish(&HttpResponse::new(status, "", "")) else { panic!() };
        assert_eq!(refused.is_unsupported(), unsupported);
        assert_eq!(Error::Refused(refused).is_retryable(), status == 500);
    }
}

#[test]
fn rfc7030_s4_5_2_no_attributes_are_an_answer() {
    let call = Call::csr_attributes(&config());
    for status in [204, 404] {
        assert_eq!(call.finish(&HttpResponse::new(status, "", "")), Ok(CsrAttributes::new()));
    }
    let empty = HttpResponse::new(200, "application/csrattrs", "MAA=");
    assert_eq!(call.finish(&empty), Ok(CsrAttributes::new()));
    assert!(matches!(call.finish(&HttpResponse::new(500, "", "")), Err(Error::Refused(_))));
}

#[test]
fn rfc7030_s4_5_2_attributes_that_cant_be_read_are_an_error() {
    let call = Call::csr_attributes(&config());
    let read = |body: &[u8]| call.finish(&HttpResponse::new(200, "application/csrattrs", body)).unwrap_err();
    assert!(matches!(read(&base64(&[5, 0])), Error::Attributes(_)));
    assert_eq!(read(b"?"), Error::Body(BodyError::NotBase64));
    for error in [read(&base64(&[5, 0])), read(b"?")] {
        assert!(!error.to_string().is_empty() && std::error::Error::source(&error).is_some());
    }
}

#[test]
fn limits_hold_for_a_client() {
    let call = Call::ca_certificates(&config().with_limits(Limits::DEFAULT.with_size(100)));
    let error = call.finish(&certs(&[root().as_der()])).unwrap_err();
    assert_eq!(error, Error::Bundle(BundleError::Body(BodyError::TooLarge)));
}

#[test]
fn a_reply_that_fails_changes_nothing() {
    let call = enrolment();
    let request = call.request().body.clone();
    assert!(call.finish(&HttpResponse::new(500, "", "")).is_err());
    assert_eq!(call.request().body, request);
    assert!(call.finish(&certs(&[certificate("a", key()).as_der()])).is_ok());
    assert!(format!("{call:?}").contains("simpleenroll"));
}
