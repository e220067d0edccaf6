//! The service's half of the dialogue.
//!
//! ```text
//!  from the device                to the device
//!  request ──▶ prepare ─────────▶ digest
//!  signed digest ─▶ complete ─┬─▶ Exchange ──▶ Attributes ──▶ attributes to sign           (Completed::submit)
//!                             │                    │  ▲
//!  signed attributes ─────────│─▶ answer ◀─────────┘  └──────── poll ◀── poll (from the device)
//!                             │     └─▶ Exchange ─┬─▶ Pending ─▶ the CA's reply ──┘
//!                             │                   └─▶ Relayed ─▶ the CA's reply
//!                             └─▶ envelope, for the device to submit                       (the name says it)
//! ```
//!
//! What to log of an enrolment: the device, the transactionID, the SHA-256 of its key. Never a message, and nothing of the entitlement.
//!
//! [`Broker`] is immutable and shared. Requests and completions are answered by it out of what the caller has on record, the
//! [`Entitlement`]; from there on there are steps, by way of [`scep::client`].
//!
//! Steps are kept under the device and its transactionID. What waits for the device has a record: [`Attributes::record`],
//! [`Pending::record`]. Stored before the message goes out, it lets any replica answer what comes next, and a device that asks again
//! after a crash. What is lost without a record is refused, and the device begins again with another key. A message that comes again
//! when its step is over, since the answer was lost, is [`Error::Unexpected`] to the step that follows: send that one's message again.

mod attempts;
mod complete;
mod entitlement;
mod error;
mod prepare;
mod step;

pub use attempts::{Admission, Admitted, AttemptLimits, AttemptRecord, Counted, TooManyAttempts, admit};
pub use complete::Completed;
pub use entitlement::{Entitlement, NotBrokered};
pub use error::Error;
use pki_core::{Csr, crypto::CryptoProvider};
pub use prepare::{BlindRecord, Prepared};
use scep::TransactionId;
pub use step::{Attributes, Exchange, Outcome, Pending, Relayed, Step};

use super::{Blinding, BlindingAttribute, message, message::ToService};
use crate::profile::ProfileId;

/// What all enrolments through a broker share.
#[derive(Debug)]
pub struct Broker {
    crypto: CryptoProvider,
    blinding: Blinding,
    attribute: BlindingAttribute,
}

/// A message of a device, read and not believed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Incoming {
    /// A message about a transaction that is under way: for the step that waits for it.
    Further(Further),
    /// For [`Broker::prepare`].
    Request(Request),
    /// For [`Broker::complete`].
    SignedDigest(SignedDigest),
}

/// A device asks for a digest.
#[derive(Debug)]
pub struct Request {
    profile: ProfileId,
    csr: Csr,
}

/// A device has signed the digest.
#[derive(Debug)]
pub struct SignedDigest(message::SignedDigest);

/// A message about a transaction that is under way.
#[derive(Debug)]
pub struct Further {
    body: ToService,
    transaction_id: TransactionId,
}

impl Broker {
    /// With these algorithms, and this source of blinding.
    #[must_use]
    pub const fn new(crypto: CryptoProvider, blinding: Blinding) -> Self {
        Self { crypto, blinding, attribute: BlindingAttribute::RandomNonce }
    }

    /// Replaces the attribute that carries the blinding.
    #[must_use]
    pub fn with_blinding_attribute(self, attribute: BlindingAttribute) -> Self {
        Self { attribute, ..self }
    }

    /// Reads a message of a device. Which device it is, the channel says.
    ///
    /// # Errors
    /// [`Error::Decode`], or [`Error::Unexpected`] for a message that goes to devices.
    pub fn receive(&self, message: &[u8]) -> Result<Incoming, Error> {
        let further = |transaction_id: &TransactionId, body| {
            Incoming::Further(Further { body, transaction_id: transaction_id.clone() })
        };
        Ok(match ToService::from_der(message)? {
            ToService::Request { profile, csr } => Incoming::Request(Request { profile, csr }),
            ToService::SignedDigest(signed) => Incoming::SignedDigest(SignedDigest(signed)),
            body => {
                let transaction_id = match &body {
                    ToService::Installed { transaction_id, .. }
                    | ToService::Poll { transaction_id, .. }
                    | ToService::SignedAttributes { transaction_id, .. } => transaction_id.clone(),
                    ToService::Request { .. } | ToService::SignedDigest(_) => return Err(Error::Unexpected),
                };
                further(&transaction_id, body)
            }
        })
    }
}

impl Request {
    /// The profile that the device names.
    #[must_use]
    pub const fn profile(&self) -> &ProfileId {
        &self.profile
    }

    /// What it asks for; not compared with anything yet.
    #[must_use]
    pub const fn csr(&self) -> &Csr {
        &self.csr
    }
}

impl SignedDigest {
    /// The profile that the device names.
    #[must_use]
    pub const fn profile(&self) -> &ProfileId {
        &self.0.profile
    }

    /// What it asks for: where a [`BlindRecord`] was kept, it is found by [`BlindRecord::name`] of this.
    #[must_use]
    pub const fn csr(&self) -> &Csr {
        &self.0.csr
    }

    /// The transaction that begins, by the device's choice: further messages have it. Where there is a step of *this device* with it
    /// already, the message came twice, since the answer was lost: that step's message is the answer. Keep steps under both: a
    /// device can choose the transactionID of another, and must not get at its step.
    #[must_use]
    pub const fn transaction_id(&self) -> &TransactionId {
        &self.0.transaction_id
    }
}

impl Further {
    /// The transaction: which step of the device that sent it it is for.
    #[must_use]
    pub const fn transaction_id(&self) -> &TransactionId {
        &self.transaction_id
    }
}
