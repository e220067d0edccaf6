use alloc::{borrow::Cow, format, string::String, vec, vec::Vec};
use core::error::Error as _;

use hex_literal::hex;
use pki_core::{DecodeError, DecodeErrorKind, Limits};

use super::*;

/// Its base64 has `+`, `/` and `=`: `printf '\xfb\xff\xbe\x01' | base64` says `+/++AQ==`.
const MESSAGE: [u8; 4] = hex!("fbffbe01");

fn get(query: &str) -> Result<Request<'static>, HttpError> {
    parse(Method::Get, query, &[])
}

fn parse(method: Method, query: &str, body: &[u8]) -> Result<Request<'static>, HttpError> {
    match HttpRequest::new(method, query, body).parse(&Limits::DEFAULT)? {
        Request::PkiOperation { message } => Ok(Request::PkiOperation { message: Cow::Owned(message.into_owned()) }),
        Request::GetCaCaps { ca_identifier } => Ok(Request::GetCaCaps { ca_identifier: owned(ca_identifier) }),
        Request::GetCaCert { ca_identifier } => Ok(Request::GetCaCert { ca_identifier: owned(ca_identifier) }),
        Request::GetNextCaCert { ca_identifier } => Ok(Request::GetNextCaCert { ca_identifier: owned(ca_identifier) }),
    }
}

fn owned(text: Option<Cow<'_, str>>) -> Option<Cow<'static, str>> {
    text.map(|text| Cow::Owned(text.into_owned()))
}

fn message(bytes: &[u8]) -> Result<Request<'static>, HttpError> {
    Ok(Request::PkiOperation { message: Cow::Owned(bytes.to_vec()) })
}

#[test]
fn scep_3_5_1_01_queries_are_get_with_one_parameter() {
    for (request, query) in [
        (HttpRequest::get_ca_caps(None), "operation=GetCACaps"),
        (HttpRequest::get_ca_cert(None), "operation=GetCACert"),
        (HttpRequest::get_next_ca_cert(None), "operation=GetNextCACert"),
        (HttpRequest::get_ca_cert(Some("My CA/1&2=\u{e9}~")), "operation=GetCACert&message=My%20CA%2F1%262%3D%C3%A9~"),
    ] {
        assert_eq!(request, HttpRequest::new(Method::Get, query, []));
    }
}

#[test]
fn scep_4_3_02_post_has_the_message_as_body() {
    let request = HttpRequest::pki_operation(Method::Post, MESSAGE.to_vec());
    assert_eq!((request.method, request.query.as_str()), (Method::Post, "operation=PKIOperation"));
    assert_eq!(request.content_type.as_deref(), Some("application/x-pki-message"));
    assert_eq!(request.body, MESSAGE);
    assert_eq!(parse(Method::Post, &request.query, &request.body), message(&MESSAGE));
}

#[test]
fn scep_4_1_06_and_07_get_has_escaped_base64() {
    let request = HttpRequest::pki_operation(Method::Get, MESSAGE.to_vec());
    assert_eq!(request.query, "operation=PKIOperation&message=%2B%2F%2B%2BAQ%3D%3D");
    assert_eq!((request.method, request.body.len()), (Method::Get, 0));
    assert_eq!(get(&request.query), message(&MESSAGE));
}

#[test]
fn a11_c1_every_way_to_write_base64_is_read() {
    for written in [
        "%2B%2F%2B%2BAQ%3D%3D",       // RFC 8894
        "%2b%2f%2b%2bAQ%3d%3d",       // lower-case escapes
        "+/++AQ%3D%3D",               // Apple
        "%2B/%2B%2BAQ==",             // strongSwan
        "+/++AQ==",                   // nothing escaped
        "%2B%2F%0A%2B%2BAQ%3D%3D%0A", // sscep, Cisco IOS
        "+/\r\n++AQ%0D%0A==",         // line breaks of both kinds
        "-_--AQ==",                   // mdmb: the URL-safe alphabet
        "-_--AQ",                     // without padding
        "+/++AQ=",                    // with half of it
        " /  AQ==",                   // plus signs that were decoded as spaces
        "%20/%20%20AQ==",             // the same, escaped again
    ] {
        assert_eq!(get(&format!("operation=PKIOperation&message={written}")), message(&MESSAGE), "{written}");
    }
}

#[test]
fn base64_of_every_length_is_read() {
    let bytes: Vec<u8> = (0..=255).collect();
    for length in 1..=256 {
        let request = HttpRequest::pki_operation(Method::Get, bytes[..length].to_vec());
        assert_eq!(get(&request.query), message(&bytes[..length]), "{length}");
    }
}

#[test]
fn what_is_not_base64_is_refused() {
    for (written, position) in [("AQ*=", 2), ("AQ==AQ==", 2), ("%zz", 0), ("AQIDA", 5), ("AR==", 2), ("\u{e9}AQ", 0)] {
        let error = get(&format!("operation=PKIOperation&message={written}")).unwrap_err();
        let expected = DecodeError::new(DecodeErrorKind::InvalidBase64, position);
        assert_eq!(error, HttpError::InvalidBase64(expected), "{written}");
        assert!(error.source().is_some());
    }
}

#[test]
fn parameters_come_in_any_order_among_others() {
    let expected = Ok(Request::GetCaCert { ca_identifier: Some(Cow::Borrowed("default")) });
    for query in [
        "operation=GetCACert&message=default",
        "message=default&operation=GetCACert",
        "?x=1&message=default&&y&operation=GetCACert&",
    ] {
        assert_eq!(get(query), expected);
    }
}

#[test]
fn scep_4_2_01_operation_in_any_letter_case() {
    for query in ["operation=GetCACert", "operation=getcacert", "operation=GETCACERT"] {
        assert_eq!(get(query), Ok(Request::GetCaCert { ca_identifier: None }));
    }
}

#[test]
fn w3_o10_message_is_optional_and_may_be_empty() {
    assert_eq!(get("operation=GetCACaps&message="), Ok(Request::GetCaCaps { ca_identifier: None }));
    assert_eq!(get("operation=GetCACaps&message"), Ok(Request::GetCaCaps { ca_identifier: None }));
    assert_eq!(get("operation=GetNextCACert"), Ok(Request::GetNextCaCert { ca_identifier: None }));
    let odd = Some(Cow::Borrowed("a+b \u{e9}\u{fffd}"));
    assert_eq!(get("operation=GetCACaps&message=a+b%20%C3%A9%ff"), Ok(Request::GetCaCaps { ca_identifier: odd }));
}

#[test]
fn a_query_without_a_known_operation_is_refused() {
    assert_eq!(get(""), Err(HttpError::MissingOperation));
    assert_eq!(get("Operation=GetCACert"), Err(HttpError::MissingOperation));
    for query in ["operation=", "operation", "operation=GetCACer", "operation=GetCACertX", "operation=GetCACert "] {
        assert_eq!(get(query), Err(HttpError::UnknownOperation));
    }
}

#[test]
fn a_parameter_that_occurs_twice_is_refused() {
    let twice = get("operation=GetCACert&operation=GetCACert");
    assert_eq!(twice, Err(HttpError::DuplicateParameter("operation")));
    let twice = get("operation=PKIOperation&message=AQ==&message=Ag==");
    assert_eq!(twice, Err(HttpError::DuplicateParameter("message")));
}

#[test]
fn scep_4_1_05_post_is_for_pki_operation() {
    for (query, operation) in [
        ("operation=GetCACaps", Operation::GetCaCaps),
        ("operation=GetCACert", Operation::GetCaCert),
        ("operation=GetNextCACert", Operation::GetNextCaCert),
    ] {
        assert_eq!(parse(Method::Post, query, &MESSAGE), Err(HttpError::WrongMethod(operation)));
    }
}

#[test]
fn a_pki_operation_needs_a_message() {
    for query in ["operation=PKIOperation", "operation=PKIOperation&message=", "operation=PKIOperation&message=%0A=="] {
        assert_eq!(get(query), Err(HttpError::EmptyMessage));
    }
    assert_eq!(parse(Method::Post, "operation=PKIOperation&message=AQ==", &[]), Err(HttpError::EmptyMessage));
}

#[test]
fn scep_4_1_08_messages_are_read_up_to_the_limit() {
    let limits = Limits::DEFAULT.with_size(1000);
    for (length, fits) in [(999, true), (1000, true), (1001, false), (1002, false), (1003, false), (100_000, false)] {
        for method in [Method::Get, Method::Post] {
            let request = HttpRequest::pki_operation(method, vec![0xff; length]);
            let parsed = request.parse(&limits);
            assert_eq!(parsed.is_ok(), fits, "{length}");
            assert!(fits || parsed == Err(HttpError::TooLarge));
        }
    }
    let escaped: String = (0..1336).map(|_| "%2F").collect();
    let request = HttpRequest::new(Method::Get, format!("operation=PKIOperation&message={escaped}"), []);
    assert_eq!(request.parse(&limits), Err(HttpError::TooLarge));
}

#[test]
fn refusals_carry_a_status_and_a_line_of_text() {
    for (error, status) in [
        (HttpError::TooLarge, 413),
        (HttpError::WrongMethod(Operation::GetCaCert), 405),
        (HttpError::EmptyMessage, 400),
        (HttpError::MissingOperation, 400),
    ] {
        let response = HttpResponse::refusal(&error);
        assert_eq!((response.status, response.is_success()), (status, false));
        assert_eq!(response.content_type, "text/plain");
        assert!(response.body.ends_with(b"\n"));
    }
}

#[test]
fn scep_3_5_2_14_media_types_are_compared_without_case_and_parameters() {
    for (value, media_type) in [
        ("text/plain", Some(MediaType::TextPlain)),
        ("Text/Plain; charset=UTF-8", Some(MediaType::TextPlain)),
        ("application/x-x509-ca-cert", Some(MediaType::X509CaCert)),
        ("application/x-x509-ca-ra-cert ;q=1", Some(MediaType::X509CaRaCert)),
        ("application/x-x509-next-ca-cert", Some(MediaType::NextCaCert)),
        (" APPLICATION/X-PKI-MESSAGE ", Some(MediaType::PkiMessage)),
        ("application/x-pki-messages", None),
        ("text/html", None),
        ("", None),
    ] {
        assert_eq!(HttpResponse::new(200, value, []).media_type(), media_type, "{value}");
    }
    let response = HttpResponse::ok(MediaType::X509CaCert, MESSAGE);
    assert_eq!((response.status, response.media_type()), (200, Some(MediaType::X509CaCert)));
}
