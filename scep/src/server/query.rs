//! [`Query`]: GetCACaps and GetCACert.

use pki_core::{Certificate, cms};

use super::{Reply, responder::Identity};
use crate::http::{HttpResponse, MediaType};

/// A request for what anybody may know.
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
pub struct Query {
    response: HttpResponse,
}

impl Query {
    /// GetCACaps: the capabilities as plain text (RFC 8894 section 3.5.2).
    pub(super) fn capabilities(identity: &Identity) -> Self {
        let text = identity.capabilities.encode();
        Self { response: HttpResponse::ok(MediaType::TextPlain, text.into_bytes()) }
    }

    /// GetCACert: the CA certificate alone, or a degenerate SignedData where there are more (section 4.2.1). Apple expects
    /// separate RA certificates in the second form, so it is used only when there are.
    pub(super) fn certificates(identity: &Identity) -> Self {
        let response = match identity.authority.as_slice() {
            [ca] => HttpResponse::ok(MediaType::X509CaCert, ca.as_der().to_vec()),
            all => {
                let bundle = cms::certs_only(all.iter().map(Certificate::as_der), []);
                HttpResponse::ok(MediaType::X509CaRaCert, bundle)
            }
        };
        Self { response }
    }

    /// The answer.
    pub fn reply(self) -> Reply {
        Reply::Ready(self.response)
    }
}
