//! [`Judge`]: what a device makes of the CA's reply, whoever brings it.

use alloc::{sync::Arc, vec::Vec};
use core::{fmt, time::Duration};

use pki_core::{Certificate, UnixTime};
use scep::{
    FailInfo, FailInfoText, MessageType, Nonce,
    attribute::KnownPkiStatus,
    client::{Authority, Misbehaviour},
    message::Received,
};

use super::{DeviceConfig, Enrolment, Error, Open, Step, Wait, pending::Own};
use crate::broker::RefusalReason;

/// There will be no certificate from this request.
#[must_use = "the enrolment has failed"]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejected {
    /// The CA says no, in a reply that it signed.
    ByCa {
        /// failInfo, where there is one.
        info: Option<FailInfo>,
        /// failInfoText, for a person to read.
        text: Option<FailInfoText>,
    },
    /// The service says no.
    ByService(RefusalReason),
}

/// The authority below the pinned certificate, wherever that stands among those that came.
pub(super) fn authority(
    certificates: &[Certificate],
    config: &DeviceConfig,
    now: UnixTime,
) -> Result<Authority, Error> {
    let (mut pinned, others): (Vec<_>, Vec<_>) =
        certificates.iter().cloned().partition(|certificate| config.pin.matches(certificate, &config.crypto));
    pinned.truncate(1);
    if pinned.is_empty() {
        return Err(Error::NotPinned);
    }
    pinned.extend(others);
    Ok(Authority::new(&pinned, &config.crypto, now)?)
}

/// A reply is judged by what was asked, and whom.
pub(super) struct Judge<'a> {
    pub(super) enrolment: &'a Arc<Enrolment>,
    pub(super) authority: &'a Authority,
    pub(super) nonce: &'a Nonce,
    pub(super) polls: u32,
    pub(super) own: Option<&'a Arc<Own>>,
}

impl Judge<'_> {
    /// The checks of RFC 8894 in the order of section 3.2, as [`scep::client`] makes them.
    pub(super) fn judge(&self, cert_rep: &[u8], poll_at: Option<UnixTime>, now: UnixTime) -> Result<Step, Error> {
        let config = &self.enrolment.config;
        let received = Received::decode(cert_rep, config.limits)?;
        let verified = received.verify_by(self.authority.signers(), &config.crypto)?;
        let attributes = verified.attributes();
        if attributes.transaction_id != self.enrolment.transaction_id {
            return Err(Misbehaviour::TransactionId.into());
        }
        if attributes.message_type != MessageType::CERT_REP {
            return Err(Misbehaviour::Type(attributes.message_type).into());
        }
        if attributes.recipient_nonce.as_ref() != Some(self.nonce) {
            return Err(Misbehaviour::RecipientNonce.into());
        }
        match attributes.pki_status.and_then(|status| status.known()) {
            Some(KnownPkiStatus::Success) => {
                let wrapped = verified.wrapped_key(&self.enrolment.transport, &config.crypto)?;
                let (enrolment, authority) = (Arc::clone(self.enrolment), self.authority.clone());
                Ok(Step::Open(Open::new(enrolment, authority, verified, wrapped, now)))
            }
            Some(KnownPkiStatus::Failure) => {
                let (info, text) = (attributes.fail_info, attributes.fail_info_text.clone());
                Ok(Step::Rejected(Rejected::ByCa { info, text }))
            }
            Some(KnownPkiStatus::Pending) => {
                let until = poll_at.unwrap_or_else(|| now.plus(usual_wait(self.polls)));
                let until = until.max(now.plus(SHORTEST_WAIT)).min(now.plus(LONGEST_WAIT));
                let (enrolment, own) = (Arc::clone(self.enrolment), self.own.cloned());
                Ok(Step::Wait(Wait::new(enrolment, own, until, self.polls.saturating_add(1))))
            }
            _ => Err(Misbehaviour::Status(attributes.pki_status).into()),
        }
    }
}

/// A minute, and twice as long before each further poll, up to a day.
fn usual_wait(polls: u32) -> Duration {
    Duration::from_secs(60).saturating_mul(2_u32.saturating_pow(polls)).min(LONGEST_WAIT)
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByCa { info: Some(info), .. } => write!(f, "the CA refuses: {info}"),
            Self::ByCa { .. } => f.write_str("the CA refuses"),
            Self::ByService(reason) => write!(f, "the service refuses: {reason}"),
        }
    }
}

const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);
