//! Certificates that Intune wants revoked.

use alloc::{string::String, vec::Vec};

use pki_core::crypto::{RandomFailed, SecureRandom};
use scep::http::HttpResponse;
use serde::{Deserialize, Serialize};

use super::{Call, ExternalError, Intune, activity, read};

/// A certificate that Intune wants revoked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RevocationRequest {
    /// What the result is to be reported under.
    pub request_context: String,
    /// The serial number, in hexadecimal.
    pub serial_number: String,
    /// The CA, as Intune was told by the success notification.
    #[serde(default)]
    pub issuer_name: Option<String>,
    /// What [`Intune::with_ca_configuration`] said.
    #[serde(default)]
    pub ca_configuration: Option<String>,
}

/// What came of a [`RevocationRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what is reported: a request, and what came of it")]
pub struct RevocationResult {
    /// That of the request.
    pub request_context: String,
    /// Done, or why not, in a word and in a sentence for people.
    pub outcome: Result<(), (RevocationError, String)>,
}

/// Why a certificate was not revoked, by the numbers that Microsoft gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RevocationError {
    /// It won't be, for no reason in this list.
    NonRetryable,
    /// The request could not be read.
    Serialization,
    /// A parameter is wrong.
    Parameter,
    /// A signature failed, or a key.
    Cryptography,
    /// There is no such certificate.
    NotFound,
    /// It is revoked already, or something else is in the way.
    Conflict,
    /// The CA does not revoke.
    NotSupported,
    /// The request is too large.
    TooLarge,
    /// It may be later, for no reason in this list.
    Retryable,
    /// The CA can't be reached.
    Unavailable,
    /// The CA is busy.
    Busy,
    /// The CA does not know who asks.
    Authentication,
}

impl RevocationError {
    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::NonRetryable => 4000,
            Self::Serialization => 4001,
            Self::Parameter => 4002,
            Self::Cryptography => 4003,
            Self::NotFound => 4004,
            Self::Conflict => 4005,
            Self::NotSupported => 4006,
            Self::TooLarge => 4007,
            Self::Retryable => 4100,
            Self::Unavailable => 4101,
            Self::Busy => 4102,
            Self::Authentication => 4103,
        }
    }
}

impl Intune {
    /// Asks which certificates are to be revoked: `most` of them, 1 to 500, and of one issuer only where that is given. `None`
    /// without [`Intune::with_connector`]. The answer goes to [`read_revocations`]. After an answer Intune gives nothing for an
    /// hour.
    ///
    /// # Errors
    /// [`RandomFailed`].
    pub fn download_revocations(
        &self,
        most: u16,
        issuer: Option<&str>,
        rng: &mut dyn SecureRandom,
    ) -> Result<Option<Call>, RandomFailed> {
        let parameters = Parameters { max_requests: most.clamp(1, MOST), issuer_name: issuer };
        self.connector_call("downloadRevocationRequests", &Download { download_parameters: parameters }, rng)
    }

    /// Reports what came of them. `None` without [`Intune::with_connector`]. The answer goes to [`read_upload`].
    ///
    /// # Errors
    /// [`RandomFailed`].
    pub fn upload_revocation_results(
        &self,
        results: &[RevocationResult],
        rng: &mut dyn SecureRandom,
    ) -> Result<Option<Call>, RandomFailed> {
        let results = results.iter().map(|result| Report {
            request_context: &result.request_context,
            succeeded: result.outcome.is_ok(),
            error_code: result.outcome.as_ref().map_or_else(|(error, _)| error.number(), |()| 0),
            error_message: result.outcome.as_ref().err().map(|(_, message)| message),
        });
        self.connector_call("uploadRevocationResults", &Upload { results: results.collect() }, rng)
    }

    fn connector_call(
        &self,
        action: &str,
        body: &impl Serialize,
        rng: &mut dyn SecureRandom,
    ) -> Result<Option<Call>, RandomFailed> {
        let this = Self { activity: activity(rng)?, ..self.clone() };
        Ok(self.settings.connector.as_ref().map(|url| {
            let url = alloc::format!("{url}/CertificateAuthorityRequests/{action}");
            this.with_headers(Call::json(url, body), CONNECTOR_VERSION)
        }))
    }
}

/// The answer to [`Intune::download_revocations`].
///
/// # Errors
/// [`ExternalError::Http`], [`ExternalError::TooLarge`], [`ExternalError::Malformed`].
pub fn read_revocations(answer: &HttpResponse) -> Result<Vec<RevocationRequest>, ExternalError> {
    read::<Downloaded>(answer, LARGEST).map(|downloaded| downloaded.value)
}

/// The answer to [`Intune::upload_revocation_results`].
///
/// # Errors
/// [`ExternalError::Http`], [`ExternalError::TooLarge`]; [`ExternalError::Malformed`] if Intune did not take note.
pub fn read_upload(answer: &HttpResponse) -> Result<(), ExternalError> {
    if read::<Uploaded>(answer, LARGEST)?.value { Ok(()) } else { Err(ExternalError::Malformed) }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Download<'a> {
    download_parameters: Parameters<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    max_requests: u16,
    issuer_name: Option<&'a str>,
}

#[derive(Deserialize)]
struct Downloaded {
    value: Vec<RevocationRequest>,
}

#[derive(Serialize)]
struct Upload<'a> {
    results: Vec<Report<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    request_context: &'a str,
    succeeded: bool,
    error_code: u32,
    error_message: Option<&'a String>,
}

#[derive(Deserialize)]
struct Uploaded {
    value: bool,
}

/// As Microsoft has it.
const CONNECTOR_VERSION: &str = "5019-05-05";
/// Most requests in one answer.
const MOST: u16 = 500;
/// 500 requests of some kilobytes.
const LARGEST: usize = 2 * 1024 * 1024;
