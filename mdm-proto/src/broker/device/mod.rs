//! The device's half of the dialogue.
//!
//! ```text
//!  start ─▶ Send (request) ─▶ SignDigest ─▶ Send (signed digest) ─┬─▶ SignAttributes ─▶ Send (signed attributes) ─┐
//!                                                                 │          ▲                                    │
//!            by the device: envelope ─▶ SignAttributes ─▶ Submit ─┘          └── Send (poll) ◀── Wait ◀── PENDING ─┤
//!                                                           │                                                     │
//!                                                           └──────────────▶ Open ─▶ Issued      SUCCESS, FAILURE ┘
//! ```
//!
//! As in [`scep::client`], a step is answered by `&self`; if that fails, the step is as it was. What must not happen twice is not
//! counted by the steps, which can be cloned, but by the key's [`SigningBudget`].

mod config;
mod error;
mod open;
mod pending;
mod reply;
mod send;
mod sign;

use alloc::sync::Arc;

pub use config::{DeviceConfig, IssuedNames, Submission};
pub use error::{Error, TransportFlaw};
pub(in crate::broker) use open::below;
pub use open::{Issued, Open};
pub use pending::{PendingRecord, Wait};
pub use reply::Rejected;
pub use send::{Send, Submit};
pub use sign::{SignAttributes, SignDigest};

use core::time::Duration;

use pki_core::{
    BuildError, Certificate, CertificateBuilder, Csr, Name, Profile, PublicKey, SerialNumber, ToBeSigned, UnixTime,
    Validity,
    algorithm::SignatureAlgorithm,
    crypto::{CryptoProvider, RandomFailed, SecureRandom},
    extension::KeyUsage,
};
use scep::TransactionId;

use super::{SigningBudget, message::ToService, request_info};

/// What the device has to do next.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Here is the certificate. The end.
    Issued(Issued),
    /// Decrypt the CA's reply.
    Open(Open),
    /// There will be no certificate. The end.
    Rejected(Rejected),
    /// Send a message to the service, and bring its answer.
    Send(Send),
    /// Sign the attributes of a message to the CA.
    SignAttributes(SignAttributes),
    /// Sign the digest of the CSR that has the challenge in it.
    SignDigest(SignDigest),
    /// Send a message to the CA, and bring its answer: with [`Submission::ByDevice`] only.
    Submit(Submit),
    /// Come back later.
    Wait(Wait),
}

/// What all steps of an enrolment share.
#[derive(Debug)]
struct Enrolment {
    config: Arc<DeviceConfig>,
    csr: Csr,
    /// The algorithm of the CSR.
    algorithm: SignatureAlgorithm,
    transport: Certificate,
    transaction_id: TransactionId,
}

impl Step {
    /// Begins an enrolment.
    ///
    /// - `csr` asks for what the profile says, for a key that was just made, without a challenge, and is signed by that key.
    /// - `transport` is the self-signed certificate that messages to the CA are signed by, from [`transport_certificate`]: for the
    ///   same key, as strict CAs want it, or for another RSA key where the first can't decrypt.
    ///
    /// # Errors
    /// - [`Error::Csr`] if the CSR can't be given to a broker.
    /// - [`Error::Transport`] if the transport certificate does not go with it at `now`.
    /// - [`Error::Random`] from the source.
    pub fn start(
        config: Arc<DeviceConfig>,
        csr: Csr,
        transport: Certificate,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, Error> {
        let algorithm = request_info::check(&csr, &config.crypto)?;
        check_transport(&transport, &csr, &config.crypto, now)?;
        let message = ToService::Request { profile: config.profile.clone(), csr: csr.clone() }.to_der();
        let transaction_id = TransactionId::generate(rng)?;
        let enrolment = Enrolment { config, csr, algorithm, transport, transaction_id };
        Ok(Self::Send(Send::request(Arc::new(enrolment), message)))
    }
}

/// The self-signed certificate that a device's messages to the CA are signed by (RFC 8894 section 2.3), for 30 days: sign it with
/// `key`.
///
/// # Errors
/// - [`TransportError::Build`] if the algorithm does not fit the key, or the subject is empty.
/// - [`TransportError::Random`] from the source.
pub fn transport_certificate(
    subject: &Name,
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    now: UnixTime,
    rng: &mut dyn SecureRandom,
) -> Result<ToBeSigned<Certificate>, TransportError> {
    if algorithm.key_algorithm() != key.as_ref().algorithm().oid {
        return Err(TransportError::Build(BuildError::InvalidValue("signatureAlgorithm")));
    }
    let validity = Validity::new(now.minus(CLOCK_SKEW), now.plus(LIFETIME));
    let serial = SerialNumber::random(rng).map_err(TransportError::Random)?;
    CertificateBuilder::new(serial, subject.clone(), subject.clone(), validity, key.clone())
        .with_profile(&Profile::SCEP_TRANSPORT)
        .build(algorithm)
        .map_err(TransportError::Build)
}

/// Why there is no transport certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportError {
    /// The algorithm does not fit the key, or the subject is empty.
    Build(BuildError),
    /// The source of randomness.
    Random(RandomFailed),
}

impl core::fmt::Display for TransportError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Build(error) => write!(f, "the transport certificate can't be made: {error}"),
            Self::Random(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for TransportError {}

/// What both halves ask of a transport certificate.
pub(super) fn check_transport(
    transport: &Certificate,
    csr: &Csr,
    crypto: &CryptoProvider,
    now: UnixTime,
) -> Result<(), TransportFlaw> {
    let key = transport.public_key();
    if !key.can_encrypt() {
        return Err(TransportFlaw::CannotDecrypt);
    }
    if transport.extensions().basic_constraints().map_or(true, |found| found.is_some_and(|found| found.is_ca)) {
        return Err(TransportFlaw::IsCa);
    }
    if transport.subject() != csr.subject() {
        return Err(TransportFlaw::Subject);
    }
    let wanted = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT;
    if !transport.key_usage().is_ok_and(|usage| usage.is_none_or(|usage| usage.contains(wanted))) {
        return Err(TransportFlaw::Usage);
    }
    let validity = transport.validity();
    let longest = validity.not_before.plus(LONGEST_LIFETIME);
    if !validity.contains(now) || validity.not_after > longest {
        return Err(TransportFlaw::Validity);
    }
    let self_signed = transport.is_self_issued() && transport.verify_signature(key, crypto).is_ok();
    if self_signed { Ok(()) } else { Err(TransportFlaw::NotSelfSigned) }
}

/// How far the clocks of device, service and CA may differ.
const CLOCK_SKEW: Duration = Duration::from_secs(3600);
/// Longer than any transaction is pending.
const LIFETIME: Duration = Duration::from_secs(30 * 86_400);
const LONGEST_LIFETIME: Duration = Duration::from_secs(90 * 86_400);
