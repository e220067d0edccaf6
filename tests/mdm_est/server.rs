//! What a server has to do, by the sections of RFC 7030.

use conformance::fixtures;
use mdm_proto::est::{
    BodyError, ChannelBinding, CsrAttributes, Function, HttpRequest, InvalidCredentials, Label, LinkError, Linking,
    MediaType, PathError, Reenrolment, ReenrolmentError,
    client::{Call, Config},
    reenrolment_csr,
    server::{Authorized, Connection, Error, Means, Operation, Rejection, Responder},
};
use pki_core::{
    Csr, CsrBuilder, GeneralNamesBuilder, Limits, Secret,
    algorithm::SignatureAlgorithm,
    cms::SignedData,
    crypto::{
        CryptoProvider, Signer, VerifyError,
        rustcrypto::{PROVIDER, PrivateKey},
    },
    der::{Tag, Writer},
    oid,
};
use scep::http::{Method, RetryAfter};

use crate::{certificate, copy, csr, days, enrol, header, receive, root, sample, seconds, validated};

fn config() -> Config {
    Config::new(PROVIDER)
}

fn post(csr: &Csr) -> HttpRequest {
    copy(Call::simple_enroll(&config(), csr).request())
}

fn repost(csr: &Csr) -> HttpRequest {
    let mut request = post(csr);
    request.path = Function::SimpleReenroll.path(None);
    request
}

fn cause(request: &HttpRequest) -> Error {
    let refusal = receive(request).unwrap_err();
    assert_eq!(refusal.reply.status, refusal.cause.status());
    // Section 4.2.3: a problem is a suitable 4xx or 5xx, and text for people.
    assert!((400..600).contains(&refusal.reply.status));
    assert_eq!(refusal.reply.media_type(), Some(MediaType::TextPlain));
    assert!(!refusal.reply.body.is_empty() && !refusal.to_string().is_empty());
    refusal.cause
}

fn key() -> &'static PrivateKey {
    fixtures::client_key()
}

/// Base64 by arithmetic, not by the crate under test.
fn der(text: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for byte in text.iter().filter(|byte| **byte != b'=') {
        let value = ALPHABET.iter().position(|known| known == byte).expect("base64");
        bits = (bits << 6) | u32::try_from(value).expect("six bits");
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).expect("an octet"));
        }
    }
    out
}

#[test]
fn rfc7030_s3_2_2_the_path_prefix_and_the_operation_paths() {
    let get = |path: &str| receive(&HttpRequest::new(Method::Get, path, []));
    assert!(matches!(get("/.well-known/est/cacerts"), Ok(Operation::CaCerts(_))));
    assert!(matches!(get("/.well-known/est/csrattrs"), Ok(Operation::CsrAttributes(_))));
    assert!(matches!(receive(&post(&csr("a", key()))), Ok(Operation::SimpleEnroll(_))));
    let unknown = HttpRequest::new(Method::Get, "/.well-known/est/renew", []);
    assert_eq!(cause(&unknown), Error::Path(PathError::UnknownFunction));
    assert_eq!(cause(&HttpRequest::new(Method::Get, "/est/cacerts", [])), Error::Path(PathError::NotEst));
}

#[test]
fn rfc7030_s3_2_2_services_with_and_without_a_label() {
    let label = Label::new("arbitraryLabel1").unwrap();
    let config = config().with_label(label.clone());
    let Ok(Operation::CaCerts(asked)) = receive(Call::ca_certificates(&config).request()) else { panic!() };
    assert_eq!(asked.label(), Some(&label));
    assert_eq!(asked.not_found().status, 404);
    let Ok(Operation::CsrAttributes(asked)) = receive(Call::csr_attributes(&config).request()) else { panic!() };
    assert_eq!(asked.label(), Some(&label));
    assert_eq!(asked.not_found().status, 404);
    let call = Call::simple_enroll(&config, &csr("a", key()));
    assert_eq!(enrol(call.request(), &Connection::new()).label(), Some(&label));
}

#[test]
fn rfc7030_s3_2_3_credentials_are_asked_for_and_read() {
    let unauthorized = enrol(&post(&csr("a", key())), &Connection::new()).ask_for_credentials("the \"house\"\r\n");
    assert_eq!((unauthorized.status, unauthorized.body.len()), (401, 0));
    let challenge = header(&unauthorized, "WWW-Authenticate");
    assert_eq!(challenge.as_deref(), Some("Basic realm=\"the house\", charset=\"UTF-8\""));

    let with = |value: &str| {
        let request = post(&csr("a", key())).with_authorization(Secret::from(value));
        enrol(&request, &Connection::new()).credentials()
    };
    // RFC 7617 section 2.
    let credentials = with("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==").unwrap().unwrap();
    assert_eq!((credentials.user(), credentials.password()), ("Aladdin", &Secret::from("open sesame")));
    assert_eq!(with("Digest username=\"a\""), Err(InvalidCredentials::Scheme));
    assert_eq!(enrol(&post(&csr("a", key())), &Connection::new()).credentials(), Ok(None));
}

#[test]
fn rfc7030_s3_2_4_media_types() {
    let with = |content_type: Option<&str>| {
        let mut request = post(&csr("a", key()));
        request.content_type = content_type.map(Into::into);
        request
    };
    for content_type in ["application/pkcs10", "Application/PKCS10; charset=us-ascii"] {
        assert!(receive(&with(Some(content_type))).is_ok());
    }
    assert_eq!(cause(&with(Some("application/x-pem-file"))), Error::MediaType);
    // A framework that hands no headers over.
    assert!(receive(&with(None)).is_ok());
}

#[test]
fn rfc7030_s3_2_4_methods() {
    for function in [Function::CaCerts, Function::CsrAttrs] {
        let request = HttpRequest::new(Method::Post, function.path(None), []);
        assert_eq!(cause(&request), Error::Method(function));
    }
    for function in [Function::SimpleEnroll, Function::SimpleReenroll] {
        let request = HttpRequest::new(Method::Get, function.path(None), []);
        assert_eq!(cause(&request), Error::Method(function));
    }
}

#[test]
fn rfc7030_s3_4_a_csr_has_to_be_signed_by_its_key() {
    let builder = CsrBuilder::new(fixtures::name("a"), Signer::public_key(key()).clone());
    let forged = fixtures::sign_csr(&builder, fixtures::other_key());
    assert_eq!(cause(&post(&forged)), Error::Signature(VerifyError::BadSignature));
}

#[test]
fn rfc7030_s3_5_a_link_that_is_there_has_to_be_right() {
    let [here, there] = [[1; 32], [2; 32]].map(|octets| ChannelBinding::new(&octets).unwrap());
    let linked = |binding: &ChannelBinding| {
        let builder = CsrBuilder::new(fixtures::name("a"), Signer::public_key(key()).clone());
        post(&fixtures::sign_csr(&builder.with_challenge_password(&binding.to_challenge_password()), key()))
    };
    let through = |linking: Linking, request: &HttpRequest, binding: Option<[u8; 32]>| {
        let connection = match binding {
            Some(octets) => Connection::new().with_channel_binding(ChannelBinding::new(&octets).unwrap()),
            None => Connection::new(),
        };
        let responder = Responder::new(PROVIDER).with_linking(linking);
        responder.receive(request, &connection).map(|_| ()).map_err(|refusal| {
            // Section 3.5: the text should say that linking is required.
            assert!(
                String::from_utf8_lossy(&refusal.reply.body).contains("linking of identity and proof of possession")
            );
            refusal.cause
        })
    };
    let unlinked = post(&csr("a", key()));
    for linking in [Linking::IfPresent, Linking::Required] {
        assert_eq!(through(linking, &linked(&here), Some([1; 32])), Ok(()));
        assert_eq!(through(linking, &linked(&there), Some([1; 32])), Err(Error::Link(LinkError::Mismatch)));
        assert_eq!(through(linking, &linked(&here), None), Err(Error::Link(LinkError::BindingUnknown)));
    }
    assert_eq!(through(Linking::IfPresent, &unlinked, Some([1; 32])), Ok(()));
    assert_eq!(through(Linking::Required, &unlinked, Some([1; 32])), Err(Error::Link(LinkError::Missing)));
    // Section 3.7: a registration authority has looked at it.
    assert_eq!(through(Linking::ByOthers, &linked(&there), Some([1; 32])), Ok(()));
}

/// A CSR with two challengePasswords, which no builder makes.
#[test]
fn rfc7030_s3_5_a_link_that_cant_be_read_is_refused() {
    let password = |text: &[u8]| {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.oid(oid::CHALLENGE_PASSWORD);
                w.constructed(Tag::SET, |w| w.primitive(Tag::UTF8_STRING, text));
            });
        })
    };
    let info = Writer::encode(|w| {
        w.sequence(|w| {
            w.small_integer(0);
            w.raw(fixtures::name("a").as_der());
            w.raw(Signer::public_key(key()).as_der());
            w.constructed(Tag::context_constructed(0), |w| {
                [b"a", b"b"].iter().for_each(|text| w.raw(&password(*text)))
            });
        });
    });
    let algorithm = SignatureAlgorithm::RSA_PKCS1_SHA256;
    let signature = key().sign(algorithm, &info, &mut crate::rng()).unwrap();
    let csr = Writer::encode(|w| {
        w.sequence(|w| {
            w.raw(&info);
            algorithm.identifier().encode(w);
            w.bit_string(signature.as_bytes());
        });
    });
    let error = cause(&post(&Csr::from_der(&csr).unwrap()));
    assert!(matches!(error, Error::Link(LinkError::Unreadable(_))), "{error:?}");
}

#[test]
fn rfc7030_s3_5_the_value_is_base64_in_the_challenge_password() {
    // tls-unique of the CSR in appendix A.3: 12 octets.
    let octets = [0xfa, 0xba, 0xc2, 0x8a, 0xbf, 0xfb, 0xf8, 0x46, 0x2e, 0xe7, 0x44, 0xf8];
    let connection = Connection::new().with_channel_binding(ChannelBinding::new(&octets).unwrap());
    let request = HttpRequest::new(Method::Post, "/.well-known/est/simpleenroll", *sample!("rfc7030-a3-csr.b64"));
    let enrol = enrol(&request, &connection);
    assert_eq!(enrol.csr().challenge_password().unwrap(), Some(Secret::from("+rrCir/7+EYu50T4")));
    assert_eq!(enrol.csr().subject().to_string(), "CN=demostep4 1368141352");
}

#[test]
fn rfc7030_s3_5_a_binding_fits_into_a_challenge_password() {
    assert!(ChannelBinding::new(&[]).is_err());
    assert!(ChannelBinding::new(&[0; 190]).unwrap_err().to_string().contains("189"));
    let longest = ChannelBinding::new(&[0; 189]).unwrap().to_challenge_password();
    assert!(longest.expose().len() <= 255);
    assert_eq!(mdm_proto::est::EXPORTER_LABEL, b"EXPORTER-Channel-Binding");
}

#[test]
fn rfc7030_s4_1_3_the_answer_is_200_certs_only_in_base64() {
    let Ok(Operation::CaCerts(asked)) = receive(Call::ca_certificates(&config()).request()) else { panic!() };
    let subordinate = certificate("sub", fixtures::other_key());
    let answer = asked.answer(&[root(), subordinate.clone()]);
    assert_eq!(answer.status, 200);
    assert_eq!(header(&answer, "Content-Type").as_deref(), Some("application/pkcs7-mime; smime-type=certs-only"));
    assert_eq!(header(&answer, "Content-Transfer-Encoding").as_deref(), Some("base64"));
    let message = der(&answer.body);
    let signed_data = SignedData::from_ber(&message, Limits::DEFAULT).unwrap();
    assert!(signed_data.certificates().eq([root().as_der(), subordinate.as_der()]));
    assert!(signed_data.signers().is_empty() && signed_data.content().is_none());
}

#[test]
fn rfc8951_s3_white_space_in_a_body_is_tolerated_and_none_is_sent() {
    let request = post(&csr("a", key()));
    assert!(request.body.iter().all(|byte| !byte.is_ascii_whitespace()));
    let text = String::from_utf8(request.body.clone()).unwrap();
    let lines: Vec<_> = text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line)).collect();
    for spaced in [lines.join("\r\n"), lines.join("\n") + "\n", format!(" {}\t", lines.join(" "))] {
        let mut request = post(&csr("a", key()));
        request.body = spaced.into_bytes();
        assert!(receive(&request).is_ok());
    }
}

#[test]
fn rfc7030_s4_2_1_a_body_that_is_no_csr_is_refused() {
    let with = |body: &[u8]| cause(&HttpRequest::new(Method::Post, Function::SimpleEnroll.path(None), body));
    assert_eq!(with(b""), Error::Body(BodyError::Empty));
    assert_eq!(with(b"-----BEGIN CERTIFICATE REQUEST-----"), Error::Body(BodyError::NotBase64));
    assert!(matches!(with(b"MAA="), Error::Csr(_)));
    assert_eq!(with(&[b'A'; 200_000]), Error::Body(BodyError::TooLarge));
    let small = Responder::new(PROVIDER).with_limits(Limits::DEFAULT.with_size(100));
    let refusal = small.receive(&post(&csr("a", key())), &Connection::new()).unwrap_err();
    assert_eq!((refusal.cause, refusal.reply.status), (Error::Body(BodyError::TooLarge), 413));
}

#[test]
fn rfc7030_s4_2_2_subject_and_alternative_names_have_to_be_identical() {
    let profile = pki_core::Profile::DEVICE_CLIENT;
    let names = || GeneralNamesBuilder::new().add_dns_name("a.example").add_uri("urn:uuid:1");
    let builder = pki_core::CertificateBuilder::new(
        fixtures::serial(&fixtures::name("a"), Signer::public_key(key())),
        fixtures::name("Root"),
        fixtures::name("a"),
        days(-1, 300),
        Signer::public_key(key()).clone(),
    );
    let current = crate::build(builder.with_profile(&profile).with_subject_alt_name(names()));
    let connection = || Connection::new().with_client(validated(&current));
    let responder = Responder::new(PROVIDER);
    let ask = |builder: CsrBuilder, key: &PrivateKey| {
        responder.receive(&repost(&fixtures::sign_csr(&builder, key)), &connection()).map_err(|refusal| refusal.cause)
    };
    let builder = |name: &str| CsrBuilder::new(fixtures::name(name), Signer::public_key(key()).clone());

    let Ok(Operation::SimpleReenroll(same_key)) = ask(builder("a").with_subject_alt_name(names()), key()) else {
        panic!()
    };
    assert_eq!(same_key.reenrolment(), Some(Reenrolment::Renew));
    assert_eq!(same_key.client().and_then(|chain| chain.target()), Some(&current));
    let authorized = same_key.authorize_by_certificate().unwrap();
    assert_eq!((authorized.means(), authorized.csr()), (Means::Certificate, &same_key.digest()));

    let other = fixtures::other_key();
    let Ok(Operation::SimpleReenroll(rekey)) = ask(reenrolment_csr(&current, Signer::public_key(other).clone()), other)
    else {
        panic!()
    };
    assert_eq!(rekey.reenrolment(), Some(Reenrolment::Rekey));

    // The same names in another order are the same.
    let turned = GeneralNamesBuilder::new().add_uri("urn:uuid:1").add_dns_name("a.example");
    assert!(ask(builder("a").with_subject_alt_name(turned), key()).is_ok());

    let more = names().add_dns_name("b.example");
    for (asked, error) in [
        (builder("b").with_subject_alt_name(names()), ReenrolmentError::Subject),
        (builder("a"), ReenrolmentError::SubjectAltName),
        (builder("a").with_subject_alt_name(more), ReenrolmentError::SubjectAltName),
        // id-cmc-changeSubjectName, with any value.
        (
            builder("a")
                .with_subject_alt_name(names())
                .add_attribute(pki_core::Oid::from_bytes(&[0x2b, 6, 1, 5, 5, 7, 7, 0x24]).unwrap(), &[0x30, 0]),
            ReenrolmentError::ChangeSubjectName,
        ),
    ] {
        assert!(!error.to_string().is_empty());
        assert_eq!(ask(asked, key()).unwrap_err(), Error::Reenrolment(error));
    }
    let malformed =
        builder("a").add_extension(oid::SUBJECT_ALT_NAME, pki_core::extension::Criticality::NonCritical, &[5, 0]);
    let unreadable = ask(malformed, key());
    assert!(matches!(unreadable, Err(Error::Reenrolment(ReenrolmentError::Unreadable(_)))), "{unreadable:?}");
}

#[test]
fn rfc7030_s4_2_2_without_a_certificate_there_is_nothing_to_renew() {
    assert_eq!(cause(&repost(&csr("a", key()))), Error::ClientCertificateMissing);
    let first = enrol(&post(&csr("a", key())), &Connection::new().with_client(validated(&certificate("a", key()))));
    assert_eq!(first.authorize_by_certificate(), Err(Error::ClientCertificateMissing));
}

#[test]
fn rfc7030_s4_2_3_the_answer_has_the_certificate_that_was_issued_and_no_other() {
    let enrol = enrol(&post(&csr("a", key())), &Connection::new());
    let authorized = Authorized::manually(enrol.digest());
    let issued = certificate("a", key());
    let answer = enrol.issue(&authorized, &issued).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(header(&answer, "Content-Type").as_deref(), Some("application/pkcs7-mime; smime-type=certs-only"));
    let message = der(&answer.body);
    let signed_data = SignedData::from_ber(&message, Limits::DEFAULT).unwrap();
    assert!(signed_data.certificates().eq([issued.as_der()]));
}

#[test]
fn nothing_is_issued_by_an_authorisation_for_something_else() {
    let [mine, other] = ["a", "b"].map(|name| csr(name, key()));
    let authorized = Authorized::manually(other.digest(&PROVIDER).unwrap());
    let ask = || enrol(&post(&mine), &Connection::new());
    let refusal = ask().issue(&authorized, &certificate("a", key())).unwrap_err();
    assert_eq!((refusal.cause, refusal.reply.status), (Error::DifferentRequest, 500));
    assert!(!String::from_utf8_lossy(&refusal.reply.body).contains("authorisation"), "not the peer's business");

    let authorized = Authorized::manually(ask().digest());
    let refusal = ask().issue(&authorized, &certificate("a", fixtures::other_key())).unwrap_err();
    assert_eq!(refusal.cause, Error::KeyMismatch);
}

#[test]
fn rfc7030_s4_2_3_pending_says_when_to_ask_again() {
    let answer = enrol(&post(&csr("a", key())), &Connection::new()).pend(RetryAfter::Delay(seconds(90)));
    assert_eq!((answer.status, header(&answer, "Retry-After").as_deref()), (202, Some("90")));
    assert!(answer.body.is_empty() && answer.headers().count() == 1);
}

#[test]
fn rfc7030_s4_2_3_a_rejection_is_4xx_or_5xx_with_text() {
    let busy = Rejection::Unavailable(RetryAfter::Delay(seconds(5)));
    for (rejection, status) in [(Rejection::BadRequest, 400), (Rejection::Forbidden, 403), (busy, 503)] {
        let answer =
            enrol(&post(&csr("a", key())), &Connection::new()).reject(rejection, "CSR attributes are incomplete");
        assert_eq!((answer.status, answer.body.as_slice()), (status, &b"CSR attributes are incomplete\n"[..]));
        assert_eq!(header(&answer, "Content-Type").as_deref(), Some("text/plain; charset=utf-8"));
        assert_eq!(header(&answer, "Retry-After").is_some(), rejection == busy);
    }
}

#[test]
fn rfc7030_s4_3_s4_4_what_is_optional_is_refused_by_name() {
    for function in [Function::FullCmc, Function::ServerKeyGen] {
        for method in [Method::Get, Method::Post] {
            let request = HttpRequest::new(method, function.path(None), []);
            let refusal = receive(&request).unwrap_err();
            assert_eq!((refusal.reply.status, &refusal.cause), (501, &Error::NotImplemented(function)));
            assert!(String::from_utf8_lossy(&refusal.reply.body).contains(function.name()));
        }
    }
}

#[test]
fn rfc7030_s4_5_2_csr_attributes_are_200_in_base64_and_none_are_204() {
    let ask = || match receive(Call::csr_attributes(&config()).request()) {
        Ok(Operation::CsrAttributes(asked)) => asked,
        other => panic!("{other:?}"),
    };
    let answer = ask().answer(&CsrAttributes::new().add_oid(oid::CHALLENGE_PASSWORD));
    assert_eq!(answer.status, 200);
    assert_eq!(header(&answer, "Content-Type").as_deref(), Some("application/csrattrs"));
    assert_eq!(header(&answer, "Content-Transfer-Encoding").as_deref(), Some("base64"));
    assert_eq!(der(&answer.body), b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07");

    let none = ask().answer(&CsrAttributes::new());
    assert_eq!((none.status, none.body.len(), none.headers().count()), (204, 0, 0));
}

#[test]
fn a_provider_without_sha256_names_no_csr() {
    let poor = CryptoProvider { digests: &[], ..PROVIDER };
    let refusal = Responder::new(poor).receive(&post(&csr("a", key())), &Connection::new()).unwrap_err();
    assert_eq!((refusal.cause, refusal.reply.status), (Error::DigestMissing, 500));
}

#[test]
fn requests_and_refusals_show_no_secret() {
    let request = post(&csr("a", key())).with_authorization(Secret::from("Basic c2VjcmV0OnNlY3JldA=="));
    let shown = format!("{request:?} {:?}", receive(&request).unwrap());
    assert!(!shown.contains("c2VjcmV0"), "{shown}");
    assert!(request.headers().all(|(name, _)| name != "Authorization"));
}
