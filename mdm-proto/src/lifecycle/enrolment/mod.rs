//! [`Enrolment`]: how a profile stands on a device, as the server knows it.

mod encoding;
mod event;

use alloc::vec::Vec;

use pki_core::{Certificate, CsrDigest, UnixTime, crl::RevocationReason};
use scep::TransactionId;

pub use event::{Applied, EnrolmentConflict, EnrolmentEvent};

use super::{FailureClass, thumbprints::thumbprint};

/// How one profile stands on one device, as the server knows it: a value to keep in a database.
///
/// ```text
/// None ──▶ ChallengeIssued ──▶ Delivered ──▶ Requested ──▶ Issued ──▶ Installed ──▶ RenewDue ──┐
///               ▲                                ▲                                             │
///               └────────────────────────────────┴─────────────────────────────────────────────┘
/// beside: Failed, Expired, Revoked, Orphaned
/// ```
///
/// - Reports may come twice, late, or not at all: what is known already changes nothing, and a device may ask before its
///   profile is reported as delivered.
/// - The same request again, transactionID and CSR, is answered with the same certificate; another CSR under the same
///   transactionID is refused (RFC 8894 section 3.2.1.1) until that attempt has failed, another challenge is issued, or
///   renewal is due.
/// - The certificate that is there stays known while another is on its way.
///
/// [`apply`](Self::apply) gives the next value. Store it only if the old one is still there, and begin anew if it is not:
///
/// ```sql
/// UPDATE enrolments SET record = :new WHERE device = :device AND profile = :profile AND record = :old;
/// ```
///
/// ```
/// use mdm_proto::lifecycle::{Applied, Enrolment, EnrolmentEvent, EnrolmentState};
/// use pki_core::UnixTime;
///
/// let now = UnixTime::from_seconds(1_795_392_000);
/// let expires = now.plus(std::time::Duration::from_secs(3600));
/// let Applied::Changed(issued) = Enrolment::NONE.apply(EnrolmentEvent::ChallengeIssued { expires }, now)? else { panic!() };
/// assert_eq!(issued.state(), &EnrolmentState::ChallengeIssued);
/// assert_eq!(issued.apply(EnrolmentEvent::ChallengeIssued { expires }, now)?, Applied::Unchanged);
/// # Ok::<(), mdm_proto::lifecycle::EnrolmentConflict>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    state: EnrolmentState,
    /// When the challenge ends that may still be used.
    challenge: Option<UnixTime>,
    request: Option<Request>,
    certificate: Option<IssuedCertificate>,
    failures: u16,
    changed: UnixTime,
}

/// How a profile stands on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnrolmentState {
    /// Nothing was done.
    None,
    /// There is a challenge that was not sent, or not reported as arrived.
    ChallengeIssued,
    /// The device has the profile and the challenge.
    Delivered,
    /// The device has asked for a certificate.
    Requested,
    /// The certificate is issued.
    Issued,
    /// The device has it, as it reported.
    Installed,
    /// It is to be renewed.
    RenewDue,
    /// It did not work.
    Failed(FailureClass),
    /// The certificate has ended.
    Expired,
    /// It is revoked.
    Revoked(Option<RevocationReason>),
    /// The profile was taken away.
    Orphaned,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Request {
    transaction: TransactionId,
    csr: CsrDigest,
}

/// What there is to know of a certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCertificate {
    thumbprint: [u8; 32],
    serial_number: Vec<u8>,
    not_after: UnixTime,
}

impl IssuedCertificate {
    /// Of this certificate.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        Self {
            thumbprint: thumbprint(certificate),
            serial_number: certificate.serial_number().to_vec(),
            not_after: certificate.validity().not_after,
        }
    }

    /// The SHA-256 of it.
    #[must_use]
    pub const fn thumbprint(&self) -> &[u8; 32] {
        &self.thumbprint
    }

    /// The octets of the INTEGER.
    #[must_use]
    pub fn serial_number(&self) -> &[u8] {
        &self.serial_number
    }

    /// Its last second.
    #[must_use]
    pub const fn not_after(&self) -> UnixTime {
        self.not_after
    }
}

impl Enrolment {
    /// Nothing was done.
    pub const NONE: Self = Self {
        state: EnrolmentState::None,
        challenge: None,
        request: None,
        certificate: None,
        failures: 0,
        changed: UnixTime::from_seconds(0),
    };

    /// How it stands.
    #[must_use]
    pub const fn state(&self) -> &EnrolmentState {
        &self.state
    }

    /// The certificate that the device has, or is about to get; while another is on its way, the one before.
    #[must_use]
    pub const fn certificate(&self) -> Option<&IssuedCertificate> {
        self.certificate.as_ref()
    }

    /// The transaction that it was asked for in, last.
    #[must_use]
    pub fn transaction(&self) -> Option<&TransactionId> {
        self.request.as_ref().map(|request| &request.transaction)
    }

    /// When the challenge ends that may still be used.
    #[must_use]
    pub const fn challenge_expires(&self) -> Option<UnixTime> {
        self.challenge
    }

    /// How many attempts failed since the last certificate. Challenges that were too old don't count.
    #[must_use]
    pub const fn failures(&self) -> u16 {
        self.failures
    }

    /// When it last changed.
    #[must_use]
    pub const fn changed(&self) -> UnixTime {
        self.changed
    }
}
