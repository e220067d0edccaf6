//! [`Notification`]: a certificate that waits until somebody was told of it.

use alloc::boxed::Box;
use core::fmt;

use pki_core::{Certificate, Csr, UnixTime};
use scep::{TransactionId, http::HttpResponse};

use super::{Call, ExternalError, intune::Intune, step_ca::Webhook};
use crate::challenge::Presented;

/// A certificate that waits until the service that validated its challenge was told of it.
///
/// Intune: if it can't be told, the certificate must not go out.
#[derive(Clone)]
#[must_use = "the certificate waits"]
pub struct Notification {
    call: Call,
    certificate: Certificate,
    reader: Reader,
}

/// The service was not told. The certificate stays here.
#[derive(Debug)]
pub struct Withheld {
    notification: Box<Notification>,
    cause: ExternalError,
}

/// Why there is no certificate, as services elsewhere want to hear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure<'a> {
    /// An HRESULT, which Intune shows to the administrator: `0x80004005` for no reason in particular.
    pub code: u32,
    /// For people; the first 255 characters count. No secrets.
    pub text: &'a str,
}

/// Who is to be told what came of a request.
#[derive(Clone, Debug)]
pub(in crate::challenge) struct Duty {
    pub(super) to: Recipient,
    pub(super) csr: Csr,
    pub(super) transaction: Option<TransactionId>,
}

/// Who.
#[derive(Clone, Debug)]
pub(in crate::challenge) enum Recipient {
    Intune(Intune),
    StepCa(Webhook),
}

/// How the answer is read.
#[derive(Clone, Copy, Debug)]
enum Reader {
    Intune,
    StepCa,
}

impl Duty {
    pub(super) fn new(to: Recipient, presented: &Presented) -> Self {
        Self { to, csr: presented.csr().clone(), transaction: presented.transaction().cloned() }
    }

    pub(in crate::challenge) fn issued(self, certificate: Certificate, now: UnixTime) -> Notification {
        let (call, reader) = match &self.to {
            Recipient::Intune(intune) => (intune.success(&self, &certificate), Reader::Intune),
            Recipient::StepCa(webhook) => (webhook.success(&self, &certificate, now), Reader::StepCa),
        };
        Notification { call, certificate, reader }
    }

    pub(in crate::challenge) fn failed(self, failure: &Failure<'_>, now: UnixTime) -> Call {
        match &self.to {
            Recipient::Intune(intune) => intune.failure(&self, failure),
            Recipient::StepCa(webhook) => webhook.failure(&self, failure, now),
        }
    }

    /// The transactionID as text.
    pub(super) fn transaction_text(&self) -> alloc::string::String {
        self.transaction.as_ref().map(transaction_text).unwrap_or_default()
    }
}

/// A transactionID as text: what it is, unless it is no UTF-8.
pub(super) fn transaction_text(id: &TransactionId) -> alloc::string::String {
    alloc::string::String::from_utf8_lossy(id.as_bytes()).into_owned()
}

impl Notification {
    /// What to send.
    #[must_use]
    pub const fn call(&self) -> &Call {
        &self.call
    }

    /// The service was told: here is the certificate.
    ///
    /// # Errors
    /// [`Withheld`] unless the service took note.
    pub fn finish(self, answer: &HttpResponse) -> Result<Certificate, Withheld> {
        let told = match self.reader {
            Reader::Intune => Intune::read_verdict(answer),
            // step-ca looks at nothing but whether the webhook could be called.
            Reader::StepCa if answer.is_success() => Ok(()),
            Reader::StepCa => Err(ExternalError::Http { status: answer.status }),
        };
        match told {
            Ok(()) => Ok(self.certificate),
            Err(cause) => Err(Withheld { notification: Box::new(self), cause }),
        }
    }

    /// There was no answer.
    #[must_use]
    pub fn unreachable(self) -> Withheld {
        Withheld { notification: Box::new(self), cause: ExternalError::Unreachable }
    }
}

impl Withheld {
    /// Why.
    #[must_use]
    pub const fn cause(&self) -> &ExternalError {
        &self.cause
    }

    /// To tell the service again.
    pub fn again(self) -> Notification {
        *self.notification
    }
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate is withheld: {}", self.cause)
    }
}

impl core::error::Error for Withheld {}

impl fmt::Debug for Notification {
    /// Without the certificate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notification({:?})", self.call)
    }
}

impl<'a> Failure<'a> {
    /// From code and text.
    #[must_use]
    pub const fn new(code: u32, text: &'a str) -> Self {
        Self { code, text }
    }
}
