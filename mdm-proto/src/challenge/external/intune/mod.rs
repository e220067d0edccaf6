//! Microsoft Intune's service for third-party CAs: it validates the challenge in a CSR, hears what came of it, and asks for
//! revocations.
//!
//! The CSR goes there unaltered, with the challengePassword in it, which is sealed to Intune and means nothing to others. Any
//! answer but Success, and no answer, mean that nothing is issued; and if Intune can't be told of a certificate, it must not go
//! out.
//!
//! Where the services are is looked up for each tenant: by Microsoft Graph, under the names [`Intune::VALIDATION_SERVICE`] and
//! [`Intune::CONNECTOR_SERVICE`]. Every call wants an OAuth token for [`Intune::SCOPE`] in `Authorization`. Both are the caller's.

mod code;
mod revocation;

use alloc::{format, string::String, sync::Arc};
use core::fmt::Write as _;

use base64ct::{Base64, Encoding as _};
pub use code::Code;
use pki_core::{
    Certificate,
    crypto::{CryptoProvider, RandomFailed, SecureRandom},
    oid,
};
pub use revocation::{RevocationError, RevocationRequest, RevocationResult, read_revocations, read_upload};
use scep::http::HttpResponse;
use serde::{Deserialize, Serialize};

use super::{
    Ask, Call, ExternalError, Failure, Question,
    call::{read, shown},
    notify::{Duty, Recipient, transaction_text},
    time,
};
use crate::challenge::{Grant, Presented, RedeemError};

/// Intune, as one CA calls it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Intune {
    settings: Arc<Settings>,
    /// Ties the calls about one request together, for Microsoft's logs.
    activity: Arc<str>,
}

#[derive(Clone, Debug)]
struct Settings {
    crypto: CryptoProvider,
    validation: String,
    connector: Option<String>,
    caller: String,
    ca_configuration: Option<String>,
}

/// The provider has no SHA-1, by which Intune wants to be told of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sha1Missing;

impl Intune {
    /// The name that the address of validation is looked up under.
    pub const VALIDATION_SERVICE: &'static str = "ScepRequestValidationFEService";
    /// The name that the address for revocations is looked up under.
    pub const CONNECTOR_SERVICE: &'static str = "PkiConnectorFEService";
    /// What the OAuth token has to be for.
    pub const SCOPE: &'static str = "https://api.manage.microsoft.com/.default";

    /// At this address, by a caller that calls itself so, with a version: it is shown to administrators.
    ///
    /// # Errors
    /// [`Sha1Missing`].
    pub fn new(validation_url: &str, caller: &str, crypto: CryptoProvider) -> Result<Self, Sha1Missing> {
        crypto.digest(oid::SHA1).ok_or(Sha1Missing)?;
        let validation = validation_url.trim_end_matches('/').into();
        let settings = Settings { crypto, validation, connector: None, caller: caller.into(), ca_configuration: None };
        Ok(Self { settings: Arc::new(settings), activity: Arc::default() })
    }

    /// With the address for revocations.
    #[must_use]
    pub fn with_connector(self, connector_url: &str) -> Self {
        let connector = Some(connector_url.trim_end_matches('/').into());
        Self { settings: Arc::new(Settings { connector, ..Settings::clone(&self.settings) }), ..self }
    }

    /// With a text that comes back in requests to revoke, by which the CA finds its certificate.
    #[must_use]
    pub fn with_ca_configuration(self, text: &str) -> Self {
        let ca_configuration = Some(text.into());
        Self { settings: Arc::new(Settings { ca_configuration, ..Settings::clone(&self.settings) }), ..self }
    }

    /// Whether the challenge in the CSR is right.
    ///
    /// # Errors
    /// - [`RedeemError::Missing`] without a challenge.
    /// - [`ExternalError::TransactionMissing`] without a transactionID.
    pub fn ask(&self, presented: &Presented, rng: &mut dyn SecureRandom) -> Result<Ask, RedeemError> {
        presented.challenge()?;
        let transaction = presented.transaction().ok_or(ExternalError::TransactionMissing)?;
        let activity = activity(rng).map_err(|RandomFailed| ExternalError::Unreachable)?;
        let this = Self { activity, ..self.clone() };
        let body = Validate {
            request: Request {
                transaction_id: &transaction_text(transaction),
                certificate_request: &Base64::encode_string(presented.csr().as_der()),
                caller_info: &self.settings.caller,
            },
        };
        let call = this.call("ScepActions/validateRequest", &body);
        Ok(Ask::new(call, presented.clone(), Question::Intune(this)))
    }

    /// What Intune answers to anything but revocations.
    pub(super) fn read_verdict(answer: &HttpResponse) -> Result<(), ExternalError> {
        let verdict: Verdict<'_> = read(answer, LARGEST_VERDICT)?;
        match Code::from_name(&verdict.code) {
            Code::Success => Ok(()),
            code => Err(ExternalError::Intune { code, description: shown(verdict.error_description) }),
        }
    }

    pub(in crate::challenge) fn validated(
        &self,
        presented: &Presented,
        answer: &HttpResponse,
    ) -> Result<Grant, ExternalError> {
        Self::read_verdict(answer)?;
        Ok(Grant::new(presented).with_duty(Duty::new(Recipient::Intune(self.clone()), presented)))
    }

    pub(super) fn success(&self, duty: &Duty, certificate: &Certificate) -> Call {
        let issuer = format!("{}", certificate.issuer());
        let settings = &self.settings;
        let sha1 = settings.crypto.digest(oid::SHA1).map(|sha1| sha1.digest(&[certificate.as_der()]));
        self.call(
            "ScepActions/successNotification",
            &Notify {
                notification: Success {
                    transaction_id: &duty.transaction_text(),
                    certificate_request: &Base64::encode_string(duty.csr.as_der()),
                    certificate_thumbprint: &hexadecimal(sha1.as_ref().map_or(&[], |digest| digest.as_bytes())),
                    certificate_serial_number: &hexadecimal(certificate.serial_number()),
                    certificate_expiration_date_utc: &time::with_milliseconds(certificate.validity().not_after),
                    issuing_certificate_authority: &issuer,
                    caller_info: &settings.caller,
                    ca_configuration: settings.ca_configuration.as_deref().unwrap_or_default(),
                    certificate_authority: &issuer,
                },
            },
        )
    }

    pub(super) fn failure(&self, duty: &Duty, failure: &Failure<'_>) -> Call {
        self.call(
            "ScepActions/failureNotification",
            &Notify {
                notification: Failed {
                    transaction_id: &duty.transaction_text(),
                    certificate_request: &Base64::encode_string(duty.csr.as_der()),
                    h_result: failure.code,
                    error_description: &failure.text.chars().take(LONGEST_DESCRIPTION).collect::<String>(),
                    caller_info: &self.settings.caller,
                },
            },
        )
    }

    fn call(&self, action: &str, body: &impl Serialize) -> Call {
        self.with_headers(Call::json(format!("{}/{action}", self.settings.validation), body), VALIDATION_VERSION)
    }

    fn with_headers(&self, call: Call, version: &'static str) -> Call {
        call.with_header("api-version", version)
            .with_header("client-request-id", &*self.activity)
            .with_header("UserAgent", &*self.settings.caller)
    }
}

#[derive(Serialize)]
struct Validate<'a> {
    request: Request<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    transaction_id: &'a str,
    certificate_request: &'a str,
    caller_info: &'a str,
}

#[derive(Serialize)]
struct Notify<T> {
    notification: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Success<'a> {
    transaction_id: &'a str,
    certificate_request: &'a str,
    certificate_thumbprint: &'a str,
    certificate_serial_number: &'a str,
    certificate_expiration_date_utc: &'a str,
    issuing_certificate_authority: &'a str,
    caller_info: &'a str,
    ca_configuration: &'a str,
    certificate_authority: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failed<'a> {
    transaction_id: &'a str,
    certificate_request: &'a str,
    h_result: u32,
    error_description: &'a str,
    caller_info: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verdict<'a> {
    #[serde(borrow)]
    code: alloc::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    error_description: Option<alloc::borrow::Cow<'a, str>>,
}

/// Upper-case, as .NET writes thumbprints and serial numbers.
fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02X}");
        text
    })
}

/// A random UUID (RFC 9562 section 5.4).
fn activity(rng: &mut dyn SecureRandom) -> Result<Arc<str>, RandomFailed> {
    let mut octets = [0; 16];
    rng.fill(&mut octets)?;
    let number = u128::from_be_bytes(octets) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let (a, b, c) = (number >> 96, number >> 80 & 0xffff, number >> 64 & 0xffff);
    Ok(format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", number >> 48 & 0xffff, number & 0xffff_ffff_ffff).into())
}

impl core::fmt::Display for Sha1Missing {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the provider has no SHA-1, which Intune's thumbprints are made by")
    }
}

impl core::error::Error for Sha1Missing {}

const VALIDATION_VERSION: &str = "2018-02-20";
/// A code and a description.
const LARGEST_VERDICT: usize = 64 * 1024;
/// Of errorDescription.
const LONGEST_DESCRIPTION: usize = 255;
