//! [`Hook`]: what a CA's webhook calls.

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};
use core::{fmt, time::Duration};

use base64ct::{Base64, Encoding as _};
use pki_core::{Certificate, Csr, DecodeError, Secret, UnixTime};
use scep::{TransactionId, http::HttpResponse};
use serde_json::Value;

use super::{
    body::{Body, Reply, ReplyError},
    signing_key,
};
use crate::{
    challenge::{
        DEFAULT_SKEW, InvalidChallenge, Presented, RedeemError,
        external::{call::read_body, time},
    },
    keyed,
};

/// A service that a CA's webhook calls, to know whether a challenge is right or to say what came of it.
#[derive(Debug)]
pub struct Hook {
    id: String,
    secret: Secret,
    tolerance: Duration,
}

/// What a CA's webhook says.
#[derive(Debug)]
#[non_exhaustive]
pub enum Incoming {
    /// Whether this challenge is right (SCEPCHALLENGE): to be answered by [`Answer::allow`] or [`Answer::deny`]. The CA has
    /// verified the CSR.
    Challenge(Presented),
    /// There will be no certificate (NOTIFYING).
    Failed {
        /// The transaction.
        transaction: Option<TransactionId>,
        /// Why, by number.
        code: i64,
        /// Why, in words.
        description: String,
    },
    /// There is a certificate (NOTIFYING).
    Issued {
        /// The transaction.
        transaction: Option<TransactionId>,
        /// The certificate.
        certificate: Certificate,
    },
}

/// Why a call is not to be answered, but by its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HookError {
    /// The body is not the JSON that it should be.
    Malformed,
    /// The signature is missing, or does not hold.
    Signature,
    /// The body was made too long ago, or lies ahead.
    Stale,
    /// The body is larger than any that makes sense.
    TooLarge,
    /// A CSR or a certificate in it can't be read.
    Unreadable(DecodeError),
    /// It is another webhook's.
    WrongId,
}

/// What is answered.
#[derive(Clone, Debug, Default)]
#[must_use = "the CA waits"]
pub struct Answer {
    data: Value,
    denied: Option<(String, String)>,
}

impl Hook {
    /// With this number, and the secret that signs, in base64 as step-ca shows it.
    ///
    /// # Errors
    /// [`InvalidChallenge`] if the secret is empty, or no base64.
    pub fn new(id: &str, secret: &Secret) -> Result<Self, InvalidChallenge> {
        let secret = signing_key(secret)?;
        let (id, tolerance) = (id.into(), DEFAULT_SKEW);
        Ok(Self { id, secret, tolerance })
    }

    /// With another tolerance for the age of a body. Default [`DEFAULT_SKEW`].
    #[must_use]
    pub fn with_tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// Reads a call: the headers [`ID_HEADER`](super::ID_HEADER) and [`SIGNATURE_HEADER`](super::SIGNATURE_HEADER), and the body.
    ///
    /// # Errors
    /// [`HookError`]. Nothing in the body is looked at before its signature holds.
    pub fn receive(
        &self,
        id: Option<&str>,
        signature: Option<&str>,
        body: &[u8],
        now: UnixTime,
    ) -> Result<Incoming, HookError> {
        if body.len() > LARGEST_BODY {
            return Err(HookError::TooLarge);
        }
        if id != Some(self.id.as_str()) {
            return Err(HookError::WrongId);
        }
        let expected = Secret::from(keyed::hash(self.secret.expose(), &[body]).as_slice());
        let signature = signature.and_then(|text| octets(text.trim())).ok_or(HookError::Signature)?;
        if !expected.matches(&signature) {
            return Err(HookError::Signature);
        }
        let body: Body<'_> = read_body(body, LARGEST_BODY).map_err(|_| HookError::Malformed)?;
        let made = time::read(&body.timestamp).ok_or(HookError::Malformed)?;
        if made < now.minus(self.tolerance) || made > now.plus(self.tolerance) {
            return Err(HookError::Stale);
        }
        read(&body)
    }
}

fn read(body: &Body<'_>) -> Result<Incoming, HookError> {
    let transaction = TransactionId::from_bytes(body.transaction.as_bytes()).ok();
    if let Some(certificate) = &body.certificate {
        let certificate = Certificate::from_der(&der(&certificate.raw)?).map_err(HookError::Unreadable)?;
        return Ok(Incoming::Issued { transaction, certificate });
    }
    if body.scep_error_code != 0 || !body.scep_error_description.is_empty() {
        let description = body.scep_error_description.chars().take(1024).collect();
        return Ok(Incoming::Failed { transaction, code: body.scep_error_code, description });
    }
    let request = body.request.as_ref().ok_or(HookError::Malformed)?;
    let csr = Csr::from_der(&der(&request.raw)?).map_err(HookError::Unreadable)?;
    let challenge = Some(&body.scep_challenge).filter(|text| !text.is_empty());
    let presented = Presented::new(&csr, challenge.map(|text| Secret::from(&**text)).as_ref());
    Ok(Incoming::Challenge(match transaction {
        Some(transaction) => presented.with_transaction(transaction),
        None => presented,
    }))
}

fn der(base64: &str) -> Result<Vec<u8>, HookError> {
    Base64::decode_vec(base64).map_err(|_| HookError::Malformed)
}

/// Octets from hexadecimal.
fn octets(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

impl Answer {
    /// Yes.
    pub fn allow() -> Self {
        Self::default()
    }

    /// No. What the CA's log and the certificate's requester see says no more than is good for them.
    pub fn deny(error: &RedeemError) -> Self {
        let code = match error {
            RedeemError::Expired { .. } => "expired",
            RedeemError::Missing => "missing",
            RedeemError::Mismatch(_) => "mismatch",
            _ => "denied",
        };
        Self { data: Value::Null, denied: Some((code.into(), "the challenge was not redeemed".into())) }
    }

    /// With JSON for the template of the certificate.
    ///
    /// # Errors
    /// [`HookError::Malformed`] if it is no JSON.
    pub fn with_data(self, json: &str) -> Result<Self, HookError> {
        let data = serde_json::from_str(json).map_err(|_| HookError::Malformed)?;
        Ok(Self { data, ..self })
    }

    /// As it is sent.
    #[must_use]
    pub fn to_http(&self) -> HttpResponse {
        let error = self.denied.as_ref();
        let error = error.map(|(code, message)| ReplyError { code: code.into(), message: message.into() });
        let reply = Reply { data: self.data.clone(), allow: self.denied.is_none(), error };
        HttpResponse::new(200, "application/json".to_string(), serde_json::to_vec(&reply).unwrap_or_default())
    }
}

impl HookError {
    /// The status to answer by.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Signature | Self::Stale | Self::WrongId => 401,
            Self::TooLarge => 413,
            _ => 400,
        }
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the body is not the JSON of a webhook"),
            Self::Signature => f.write_str("the body's signature does not hold: compare the secrets"),
            Self::Stale => f.write_str("the body was made too long ago, or the clocks differ"),
            Self::TooLarge => f.write_str("the body is too large"),
            Self::Unreadable(error) => write!(f, "what the body is about can't be read: {error}"),
            Self::WrongId => f.write_str("the call is another webhook's"),
        }
    }
}

impl core::error::Error for HookError {}

/// A CSR of 64 KiB, in base64, in parts and as a whole, and a certificate.
const LARGEST_BODY: usize = 1024 * 1024;
