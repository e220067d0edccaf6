//! What a webhook is sent and what it answers, as JSON.

use alloc::{
    borrow::Cow,
    string::{String, ToString as _},
    vec::Vec,
};

use base64ct::{Base64, Encoding as _};
use pki_core::{Csr, GeneralName, KeyKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is sent. step-ca sends more, which is passed over.
#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    pub(super) timestamp: Cow<'a, str>,
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(super) provisioner_name: Cow<'a, str>,
    #[serde(rename = "x509CertificateRequest", skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<Request>,
    #[serde(rename = "x509Certificate", skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<Raw>,
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(super) scep_challenge: Cow<'a, str>,
    #[serde(borrow, rename = "scepTransactionID", skip_serializing_if = "str::is_empty")]
    pub(super) transaction: Cow<'a, str>,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) scep_error_code: i64,
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(super) scep_error_description: Cow<'a, str>,
}

/// A CSR: `raw`, and what step-ca takes out of it for those who don't read DER.
#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Request {
    version: i32,
    subject: Subject,
    raw_subject: String,
    dns_names: Vec<String>,
    email_addresses: Vec<String>,
    #[serde(rename = "uris")]
    uris: Vec<String>,
    public_key: String,
    public_key_algorithm: String,
    pub(super) raw: String,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Subject {
    common_name: String,
}

/// A certificate.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub(super) struct Raw {
    pub(super) raw: String,
}

/// What is answered.
#[derive(Serialize, Deserialize)]
pub(super) struct Reply<'a> {
    #[serde(default)]
    pub(super) data: Value,
    #[serde(default)]
    pub(super) allow: bool,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<ReplyError<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ReplyError<'a> {
    #[serde(borrow, default)]
    pub(super) code: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) message: Cow<'a, str>,
}

impl Request {
    pub(super) fn new(csr: &Csr) -> Self {
        let mut request = Self {
            version: 0,
            subject: Subject { common_name: csr.subject().common_name().unwrap_or_default().into_owned() },
            raw_subject: Base64::encode_string(csr.subject().as_der()),
            public_key: Base64::encode_string(csr.public_key().as_der()),
            public_key_algorithm: algorithm(csr.public_key().kind()).into(),
            raw: Base64::encode_string(csr.as_der()),
            ..Self::default()
        };
        for name in csr.subject_alt_name().ok().flatten().into_iter().flat_map(|names| names.iter()) {
            match name {
                GeneralName::DnsName(name) => request.dns_names.push(name.to_string()),
                GeneralName::Rfc822Name(name) => request.email_addresses.push(name.to_string()),
                GeneralName::Uri(name) => request.uris.push(name.to_string()),
                _ => {}
            }
        }
        request
    }
}

impl Raw {
    pub(super) fn new(der: &[u8]) -> Self {
        Self { raw: Base64::encode_string(der) }
    }
}

/// As Go names it.
const fn algorithm(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Ed25519 => "Ed25519",
        KeyKind::P256 | KeyKind::P384 | KeyKind::P521 => "ECDSA",
        KeyKind::Rsa { .. } => "RSA",
        _ => "0",
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}
