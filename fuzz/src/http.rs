//! HTTP requests and GetCACaps responses.

use std::borrow::Cow;

use pki_core::Limits;
use scep::{
    Capabilities, Capability,
    http::{HttpRequest, HttpResponse, MediaType, Method, Request, RetryAfter},
};

use super::fake;

/// A request: the first octet has the method, the query ends at the first NUL, the rest is the body.
pub fn http_request(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let method = if first & 1 == 0 { Method::Get } else { Method::Post };
    let limits = if first & 2 == 0 { Limits::DEFAULT } else { Limits::DEFAULT.with_size(64) };
    let end = rest.iter().position(|octet| *octet == 0).unwrap_or(rest.len());
    let query = String::from_utf8_lossy(&rest[..end]);
    let request = HttpRequest::new(method, query.clone(), rest.get(end + 1..).unwrap_or_default());
    let _ = MediaType::from_content_type(&query);
    if let Some(hint) = RetryAfter::parse(&query) {
        assert_eq!(RetryAfter::parse(&hint.to_string()), Some(hint));
    }

    match request.parse(&limits) {
        Ok(Request::PkiOperation { message }) => {
            assert!((1..=limits.size).contains(&message.len()));
            for method in [Method::Get, Method::Post] {
                let again = HttpRequest::pki_operation(method, message.to_vec());
                assert_eq!(again.parse(&limits), Ok(Request::PkiOperation { message: Cow::Borrowed(&message) }));
            }
        }
        Ok(Request::GetCaCaps { ca_identifier: Some(id) }) => {
            let again = HttpRequest::get_ca_caps(Some(&id));
            assert_eq!(again.parse(&Limits::DEFAULT), Ok(Request::GetCaCaps { ca_identifier: Some(id) }));
        }
        Ok(Request::GetCaCert { ca_identifier: Some(id) }) => {
            let again = HttpRequest::get_ca_cert(Some(&id));
            assert_eq!(again.parse(&Limits::DEFAULT), Ok(Request::GetCaCert { ca_identifier: Some(id) }));
        }
        Ok(_) => {}
        Err(error) => {
            assert!(!HttpResponse::refusal(&error).is_success());
        }
    }
}

/// A GetCACaps response: what is written is read as the same.
pub fn capabilities(data: &[u8]) {
    let Ok(capabilities) = Capabilities::parse(data) else {
        assert!(data.len() > Capabilities::SIZE_LIMIT);
        return;
    };
    let encoded = capabilities.encode();
    // Octets that are not UTF-8 grow when they are replaced.
    if encoded.len() <= Capabilities::SIZE_LIMIT {
        assert_eq!(Capabilities::parse(encoded.as_bytes()), Ok(capabilities.clone()));
    }
    assert!(!capabilities.to_string().contains(|c: char| c.is_control()));
    assert!(capabilities.best_digest(&fake::PROVIDER).is_some());
    assert!(capabilities.best_cipher(&fake::PROVIDER).is_some());
    for capability in Capability::ALL {
        assert!(!capabilities.states(capability) || capabilities.supports(capability));
        assert!(!capabilities.clone().without(capability).supports(capability));
        assert!(capabilities.clone().with(capability).states(capability));
    }
}
