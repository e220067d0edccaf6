//! What deviates in requests and responses.

use alloc::string::String;

use percent_encoding::percent_decode_str;
use pki_core::{Certificate, Limits};

use super::{HttpRequest, HttpResponse, MediaType, Method, Operation, query::Parameters};
use crate::{
    capability::Capabilities,
    message::is_der,
    peer::{Quirk, Quirks},
};

impl HttpRequest {
    /// What deviates in the request as a server receives it; not in the pkiMessage, which has its own. A `Content-Type`
    /// counts where it was handed over.
    #[must_use]
    pub fn quirks(&self) -> Quirks {
        let mut seen = Quirks::NONE;
        let Ok(parameters) = Parameters::parse(&self.query) else { return seen };
        let is_other = |value: &String| MediaType::from_content_type(value) != Some(MediaType::PkiMessage);
        seen.note(Quirk::MediaType, self.method == Method::Post && self.content_type.as_ref().is_some_and(is_other));
        let operation = parameters.operation.and_then(Operation::from_name);
        match (operation, self.method) {
            (Some(Operation::PkiOperation), Method::Get) => {
                seen |= Quirks::from(Quirk::GetInsteadOfPost) | of_base64(parameters.message.unwrap_or_default());
            }
            (Some(Operation::PkiOperation), Method::Post) => {}
            _ => seen.note(Quirk::CaIdentifier, parameters.message.is_some()),
        }
        seen
    }
}

impl HttpResponse {
    /// What deviates in the answer to this operation, as a client receives it; not in the pkiMessage, which has its own.
    #[must_use]
    pub fn quirks(&self, operation: Operation) -> Quirks {
        let mut seen = Quirks::NONE;
        let expected = match operation {
            Operation::GetCaCaps if !self.is_success() => return Quirk::CapabilitiesMissing.into(),
            Operation::GetCaCaps => {
                seen |= Capabilities::quirks(&self.body);
                MediaType::TextPlain
            }
            _ if !self.is_success() => return seen,
            Operation::GetCaCert if Certificate::from_der(&self.body).is_ok() => MediaType::X509CaCert,
            Operation::GetCaCert => {
                seen.note(Quirk::BerMessage, !is_der(&self.body, Limits::DEFAULT));
                MediaType::X509CaRaCert
            }
            Operation::GetNextCaCert => MediaType::NextCaCert,
            Operation::PkiOperation => MediaType::PkiMessage,
        };
        seen.note(Quirk::MediaType, self.media_type() != Some(expected));
        seen
    }
}

/// RFC 8894 section 4.1: base64 in one line, padded, and percent-escaped.
fn of_base64(raw: &str) -> Quirks {
    let mut seen = Quirks::NONE;
    seen.note(Quirk::Base64Escapes, raw.contains(['+', '/', '=']));
    let (mut characters, mut padding) = (0_usize, 0_usize);
    for character in percent_decode_str(raw) {
        match character {
            b'\r' | b'\n' => {
                seen.note(Quirk::Base64LineBreaks, true);
                continue;
            }
            b' ' => seen.note(Quirk::Base64Spaces, true),
            b'-' | b'_' => seen.note(Quirk::Base64Alphabet, true),
            b'=' => padding += 1,
            _ => {}
        }
        characters += 1;
    }
    seen.note(Quirk::Base64Padding, padding == 0 && !characters.is_multiple_of(4));
    seen
}
