//! [`Event`] and [`Output`].

use pki_core::UnixTime;

use super::CertificateId;
use crate::lifecycle::{Alert, EnrolReason, KeyPolicy, Life, Proof, RefreshReason, Task, Urgency};

/// What [`Monitor::poll`](super::Monitor::poll) gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "something, or nothing until then")]
pub enum Output {
    /// Something is to be done. Poll again: there may be more.
    Event(Event),
    /// Nothing is to be done until then; `None` if nothing will be by itself.
    Wait(Option<UnixTime>),
}

/// What is to be done, or told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A CA's or RA's certificate ends soon: get the next one.
    AuthorityRollover {
        /// Whose.
        id: CertificateId,
    },
    /// The clock can't be right, and no server's is known: no expiry is judged until it is. Told once.
    ClockDistrusted,
    /// A full enrolment is to start.
    EnrolmentDue {
        /// Of which.
        id: CertificateId,
        /// Which attempt it is, from 1.
        attempt: u32,
        /// Why.
        reason: EnrolReason,
    },
    /// It has ended.
    Expired {
        /// Which.
        id: CertificateId,
    },
    /// It will end, and nothing renews it.
    Expiring {
        /// Which.
        id: CertificateId,
    },
    /// A renewal is to start.
    RenewalDue {
        /// Of which.
        id: CertificateId,
        /// Which attempt it is, from 1.
        attempt: u32,
        /// By what it is authorised.
        proof: Proof,
        /// For which key.
        key: KeyPolicy,
        /// Whether time is short.
        urgency: Urgency,
    },
    /// It, or a CA above it, is revoked.
    Revoked {
        /// Which.
        id: CertificateId,
        /// What is to be done about it.
        task: Task,
    },
    /// Something else is to be done.
    Todo {
        /// With which.
        id: CertificateId,
        /// What.
        task: Task,
    },
    /// It ends soon.
    Urgent {
        /// Which.
        id: CertificateId,
    },
}

impl Event {
    pub(super) const fn of_alert(id: CertificateId, alert: Alert) -> Self {
        match alert {
            Alert::Expiring => Self::Expiring { id },
            Alert::Urgent => Self::Urgent { id },
            Alert::Expired => Self::Expired { id },
        }
    }

    pub(super) const fn of_task(id: CertificateId, task: Task, life: &Life) -> Self {
        match task {
            Task::RefreshAuthority(RefreshReason::Expiring) => Self::AuthorityRollover { id },
            Task::Enrol { attempt, reason } => Self::EnrolmentDue { id, attempt, reason },
            Task::Renew { attempt, proof, key, urgency } => Self::RenewalDue { id, attempt, proof, key, urgency },
            Task::CheckRevocation => Self::Todo { id, task },
            task if life.revocation.is_revoked() => Self::Revoked { id, task },
            task => Self::Todo { id, task },
        }
    }
}
