//! What Apple's devices say of the certificates and profiles that they have.

use alloc::{string::String, vec::Vec};
use core::fmt;

use base64ct::{Base64, Encoding};
use pki_core::{Certificate, Limits};
use serde::Deserialize;

use crate::{
    lowering::{InstalledCertificate, Possession},
    plist::{Dictionary, Value},
};

/// A profile that a device says it has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InstalledProfile {
    /// `PayloadIdentifier`.
    pub identifier: String,
    /// `PayloadUUID`.
    pub uuid: String,
    /// `IsManaged`: whether the service installed it; `None` where the device does not say.
    pub is_managed: Option<bool>,
}

/// The certificates of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateList {
    /// Those that can be read, in the order of the list.
    pub certificates: Vec<InstalledCertificate>,
    /// The places in the list of those that can't.
    pub unreadable: Vec<usize>,
}

/// One entry of the status item `security.certificate.list`, which says what changed since the last report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateStatus {
    /// What the entry is known by in later reports.
    pub identifier: String,
    /// The declaration that the certificate came by.
    pub declaration: Option<String>,
    /// The certificate; `None` where it is gone.
    pub certificate: Option<InstalledCertificate>,
}

/// Why an answer cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerError {
    /// An entry of a status report has no certificate that can be read, and is not about one that is gone.
    Certificate,
    /// Not the JSON that a status report is.
    Json,
    /// An entry or list that must be there is not, or is something else. Names the key.
    Missing(&'static str),
    /// More octets than `Limits::size`, or more entries than `Limits::elements`.
    TooMuch,
}

/// The answer to the command `CertificateList`.
///
/// # Errors
/// [`AnswerError::Missing`]. A certificate that cannot be read spoils nothing: devices have odd ones.
pub fn certificate_list(answer: &Value) -> Result<CertificateList, AnswerError> {
    let mut list = CertificateList::default();
    for (place, entry) in entries(answer, "CertificateList")?.iter().enumerate() {
        let entry = entry.as_dictionary().ok_or(AnswerError::Missing("CertificateList"))?;
        match entry.data("Data").and_then(|der| Certificate::from_der(der).ok()) {
            None => list.unreadable.push(place),
            Some(certificate) => list.certificates.push(InstalledCertificate::Whole {
                certificate,
                possession: possession(entry.find("IsIdentity").and_then(Value::as_boolean)),
                label: entry.string("CommonName").map(String::from),
            }),
        }
    }
    Ok(list)
}

/// The answer to the command `ProfileList`.
///
/// # Errors
/// [`AnswerError::Missing`].
pub fn profile_list(answer: &Value) -> Result<Vec<InstalledProfile>, AnswerError> {
    let profile = |entry: &Value| {
        let entry = entry.as_dictionary().ok_or(AnswerError::Missing("ProfileList"))?;
        Ok(InstalledProfile {
            identifier: text(entry, "PayloadIdentifier")?,
            uuid: text(entry, "PayloadUUID")?,
            is_managed: entry.find("IsManaged").and_then(Value::as_boolean),
        })
    };
    entries(answer, "ProfileList")?.iter().map(profile).collect()
}

/// The entries of `security.certificate.list` in a status report; none where the report is of other things.
///
/// # Errors
/// - [`AnswerError::TooMuch`]
/// - [`AnswerError::Json`]
/// - [`AnswerError::Certificate`]
pub fn certificate_status(report: &[u8], limits: Limits) -> Result<Vec<CertificateStatus>, AnswerError> {
    if report.len() > limits.size {
        return Err(AnswerError::TooMuch);
    }
    let report: Report = serde_json::from_slice(report).map_err(|_error| AnswerError::Json)?;
    let list = report.items.security.certificate.list;
    if u32::try_from(list.len()).is_ok_and(|length| length <= limits.elements) {
        list.into_iter().map(CertificateStatus::try_from).collect()
    } else {
        Err(AnswerError::TooMuch)
    }
}

#[derive(Deserialize)]
struct Report {
    #[serde(rename = "StatusItems", default)]
    items: StatusItems,
}

#[derive(Default, Deserialize)]
struct StatusItems {
    #[serde(default)]
    security: Security,
}

#[derive(Default, Deserialize)]
struct Security {
    #[serde(default)]
    certificate: CertificateItems,
}

#[derive(Default, Deserialize)]
struct CertificateItems {
    #[serde(default)]
    list: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    identifier: String,
    #[serde(rename = "_removed", default)]
    removed: bool,
    #[serde(rename = "declaration-identifier")]
    declaration: Option<String>,
    #[serde(rename = "subject-summary")]
    summary: Option<String>,
    #[serde(rename = "is-identity")]
    is_identity: Option<bool>,
    data: Option<String>,
}

impl TryFrom<Entry> for CertificateStatus {
    type Error = AnswerError;

    fn try_from(entry: Entry) -> Result<Self, AnswerError> {
        let certificate = if entry.removed {
            None
        } else {
            let der = entry.data.and_then(|data| Base64::decode_vec(&data).ok()).ok_or(AnswerError::Certificate)?;
            let certificate = Certificate::from_der(&der).map_err(|_error| AnswerError::Certificate)?;
            let possession = possession(entry.is_identity);
            Some(InstalledCertificate::Whole { certificate, possession, label: entry.summary })
        };
        Ok(Self { identifier: entry.identifier, declaration: entry.declaration, certificate })
    }
}

fn possession(is_identity: Option<bool>) -> Possession {
    if is_identity == Some(true) { Possession::WithKey } else { Possession::CertificateOnly }
}

fn entries<'a>(answer: &'a Value, key: &'static str) -> Result<&'a [Value], AnswerError> {
    let list = answer.as_dictionary().and_then(|answer| answer.find(key));
    list.and_then(Value::as_array).ok_or(AnswerError::Missing(key))
}

fn text(entry: &Dictionary, key: &'static str) -> Result<String, AnswerError> {
    entry.string(key).map(String::from).ok_or(AnswerError::Missing(key))
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate => f.write_str("an entry has no certificate that can be read"),
            Self::Json => f.write_str("not the JSON of a status report"),
            Self::Missing(key) => write!(f, "there is no {key}, or it is something else"),
            Self::TooMuch => f.write_str("more than is read"),
        }
    }
}

impl core::error::Error for AnswerError {}
