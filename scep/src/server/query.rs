//! [`Query`]: GetCACaps, GetCACert and GetNextCACert.

use pki_core::{Certificate, cms};

use super::{Generation, NextCaResponse, Reply};
use crate::{
    capability::Capabilities,
    http::{HttpResponse, MediaType},
};

/// A request for what anybody may know.
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
pub struct Query {
    response: HttpResponse,
}

impl Query {
    /// GetCACaps: the capabilities as plain text (RFC 8894 section 3.5.2).
    pub(super) fn capabilities(capabilities: &Capabilities) -> Self {
        let text = capabilities.encode();
        Self { response: HttpResponse::ok(MediaType::TextPlain, text.into_bytes()) }
    }

    /// GetCACert: the CA certificate alone, or a degenerate SignedData where there are more (section 4.2.1). Apple expects
    /// separate RA certificates in the second form, so it is used only when there are.
    pub(super) fn certificates(current: &Generation) -> Self {
        let response = match current.certificates() {
            [ca] => HttpResponse::ok(MediaType::X509CaCert, ca.as_der().to_vec()),
            all => {
                let bundle = cms::certs_only(all.iter().map(Certificate::as_der), []);
                HttpResponse::ok(MediaType::X509CaRaCert, bundle)
            }
        };
        Self { response }
    }

    /// GetNextCACert: what was signed beforehand (section 4.7.1).
    pub(super) fn next_certificates(next: &NextCaResponse) -> Self {
        Self { response: HttpResponse::ok(MediaType::NextCaCert, next.as_bytes()) }
    }

    /// The answer.
    pub fn reply(self) -> Reply {
        Reply::Ready(self.response)
    }
}
