//! [`InstallReport`]: what Windows says of a request.

use alloc::string::String;
use core::fmt;

use super::{UniqueId, scep::REPORTED};
use crate::{lowering::InstalledCertificate, profile::CertificateStore, syncml::SyncBody};

/// What Windows says of a request. Nodes that it does not answer for are absent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InstallReport {
    /// The request.
    pub id: UniqueId,
    /// `Status`.
    pub status: Option<InstallStatus>,
    /// `ErrorCode`: the last error.
    pub error: Option<Hresult>,
    /// `CertThumbprint`: SHA-1 of the certificate; absent too where that is no longer valid.
    pub thumbprint: Option<[u8; 20]>,
    /// `RespondentServerUrl`: who answered.
    pub respondent: Option<String>,
}

/// How far a request is. All numbers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstallStatus {
    /// 1: the certificate is there.
    Done,
    /// 16: it failed, see the error.
    Failed,
    /// Another number.
    Other(u32),
    /// 2: the CA has not decided.
    Pending,
    /// 32: Windows does not know.
    Unknown,
}

/// An error code of Windows.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hresult(u32);

/// Why a report cannot be read: the value of a node is none of its kind. Names the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the node is all there is to say")]
pub struct ReportError(pub &'static str);

impl InstallReport {
    /// What a device's message says of one request, in any of its results. The names of nodes compare without case, and
    /// `CertThumprint`, as some documentation spells it, is the same.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn from_body(body: &SyncBody, id: &UniqueId, store: CertificateStore) -> Result<Self, ReportError> {
        let mut report = Self { id: id.clone(), status: None, error: None, thumbprint: None, respondent: None };
        let node = id.node(store);
        for item in body.results().flat_map(|results| &results.items) {
            let Some(name) = name_below(item.uri(), &node) else { continue };
            let text = item.data().unwrap_or_default().trim_ascii();
            report.take(name, text)?;
        }
        Ok(report)
    }

    /// The certificate that the report is about.
    #[must_use]
    pub fn to_installed(&self) -> Option<InstalledCertificate> {
        let sha1 = self.thumbprint?;
        Some(InstalledCertificate::Thumbprint { sha1, unique_id: self.id.as_str().into() })
    }

    fn take(&mut self, name: &str, text: &str) -> Result<(), ReportError> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        let [status, error, thumbprint, respondent] = REPORTED;
        if is(status) {
            self.status = Some(InstallStatus::from_number(text.parse().map_err(|_| ReportError(status))?));
        } else if is(error) {
            self.error = Some(Hresult::parse(text).ok_or(ReportError(error))?);
        } else if is(thumbprint) || is("CertThumprint") {
            self.thumbprint = if text.is_empty() { None } else { Some(sha1(text).ok_or(ReportError(thumbprint))?) };
        } else if is(respondent) {
            self.respondent = (!text.is_empty()).then(|| text.into());
        }
        Ok(())
    }
}

impl InstallStatus {
    /// By its number.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Done,
            2 => Self::Pending,
            16 => Self::Failed,
            32 => Self::Unknown,
            other => Self::Other(other),
        }
    }
}

impl Hresult {
    /// No error.
    pub const OK: Self = Self(0);
    /// `CERT_E_EXPIRED`: a certificate of the CA is out of its time, or not yet in it.
    pub const CERT_E_EXPIRED: Self = Self(0x800b_0101);
    /// `CERT_E_UNTRUSTEDROOT`: the root is not believed.
    pub const CERT_E_UNTRUSTED_ROOT: Self = Self(0x800b_0109);

    /// This code.
    #[must_use]
    pub const fn new(code: u32) -> Self {
        Self(code)
    }

    /// The code.
    #[must_use]
    pub const fn as_number(self) -> u32 {
        self.0
    }

    /// Whether it is an error: its top bit.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 >> 31 == 1
    }

    /// Windows writes it signed; others write it without sign, or in hexadecimal.
    fn parse(text: &str) -> Option<Self> {
        let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let number = match hexadecimal {
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                i64::from_str_radix(digits, 16).ok()?
            }
            Some(_) => return None,
            None => text.parse().ok()?,
        };
        let signed = i32::try_from(number).map(i32::cast_unsigned);
        signed.or_else(|_| u32::try_from(number)).ok().map(Self)
    }
}

impl fmt::Display for Hresult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

impl fmt::Debug for Hresult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hresult({self})")
    }
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has a value that is none of its kind", self.0)
    }
}

impl core::error::Error for ReportError {}

/// The name of a node right below `node`.
fn name_below<'a>(uri: &'a str, node: &str) -> Option<&'a str> {
    let (parent, name) = uri.split_at_checked(node.len())?;
    let same = parent.eq_ignore_ascii_case(node);
    same.then(|| name.strip_prefix('/')).flatten().filter(|name| !name.contains('/'))
}

fn sha1(hex: &str) -> Option<[u8; 20]> {
    let fingerprint = scep::client::Fingerprint::from_hex(hex).ok()?;
    fingerprint.as_bytes().try_into().ok()
}
