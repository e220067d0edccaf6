//! [`AttemptReceived`]: a share comes, and is counted before it is answered.

use alloc::vec::Vec;

use pki_core::{
    UnixTime,
    crypto::{RandomFailed, SecureRandom},
};
use spake2plus::ShareP;

use super::{Service, Unwritten, digest, of_user};
use crate::activation::password::{
    ActivationRecord,
    identifier::{DeviceName, UserId},
    message::{Message, Parameters, Share},
    record::{Attempted, Standing, State},
    spake::{Bound, ServiceRun, ServiceVerifier, Suite},
};

/// A device has made a share of a password, right or wrong.
#[must_use]
#[derive(Debug)]
pub struct AttemptReceived {
    pub(super) service: Service,
    pub(super) share: Share,
    pub(super) point: ShareP<Suite>,
}

/// What an attempt comes to.
#[must_use]
#[derive(Debug)]
#[non_exhaustive]
pub enum Attempt {
    /// It is counted as soon as the record is written; then the reply may go out.
    Counted(Unwritten),
    /// It can't succeed. The reply is one that no password fits, and looks like any other.
    Decoy(Decoy, Vec<u8>),
    /// The very same was counted before. The reply is the same as well.
    Repeated(Vec<u8>),
}

/// Why an attempt can't succeed: for the log, never for the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoy {
    /// The password was used up.
    Activated,
    /// The password was not used in time.
    Expired,
    /// Too many attempts were made.
    Locked,
    /// There is no record, or it is another user's.
    Unknown,
}

impl AttemptReceived {
    /// Whose password.
    #[must_use]
    pub const fn user(&self) -> &UserId {
        &self.share.sender.user
    }

    /// Which device it says that it is.
    #[must_use]
    pub const fn device(&self) -> &DeviceName {
        &self.share.sender.device
    }

    /// Counts it. By reference: if the record has changed in the meantime, it is counted again with the new one.
    ///
    /// # Errors
    /// [`RandomFailed`]: nothing has happened.
    pub fn count(
        &self,
        record: Option<&ActivationRecord>,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Attempt, RandomFailed> {
        let mut nonce = [0; 32];
        rng.fill(&mut nonce)?;
        let run = Runs::new(&self.service, &self.share, &self.point, record);
        let Some(record) = run.record else { return Ok(Attempt::Decoy(Decoy::Unknown, run.decoy())) };
        if let Some(earlier) = record.find(&run.share) {
            return Ok(Attempt::Repeated(run.proof(&earlier.nonce)));
        }
        let attempt = Attempted { share: run.share, nonce, at: now };
        Ok(match (record.counting(attempt, now), record.standing(now)) {
            (Some(record), _) => Attempt::Counted(Unwritten::new(record, run.proof(&nonce))),
            (None, Standing::Activated { .. }) => Attempt::Decoy(Decoy::Activated, run.decoy()),
            (None, Standing::Expired) => Attempt::Decoy(Decoy::Expired, run.decoy()),
            (None, _) => Attempt::Decoy(Decoy::Locked, run.decoy()),
        })
    }
}

/// The runs of the verifier's side that a share can have: the real one, and the one of the decoy. Both verifiers are always
/// made, and one run always computed, so that time does not tell them apart.
pub(super) struct Runs<'a> {
    pub(super) record: Option<&'a ActivationRecord>,
    pub(super) parameters: Parameters,
    /// The digest of the message with the share.
    pub(super) share: [u8; 32],
    service: &'a Service,
    message: &'a Share,
    point: &'a ShareP<Suite>,
    decoy: Option<ServiceVerifier>,
}

impl<'a> Runs<'a> {
    pub(super) fn new(
        service: &'a Service,
        message: &'a Share,
        point: &'a ShareP<Suite>,
        record: Option<&'a ActivationRecord>,
    ) -> Self {
        let record = of_user(record, &message.sender.user);
        let parameters = service.parameters(&message.sender.user, record);
        let decoy = service.0.keys.decoy(&message.sender.user);
        Self { record, parameters, share: digest(&Message::share(message)), service, message, point, decoy }
    }

    /// With the verifier of the record.
    pub(super) fn real(&self, nonce: &[u8; 32]) -> Option<ServiceRun> {
        let State::Open { verifier, .. } = &self.record?.state else { return None };
        let seed = self.service.0.keys.seed(&self.share, nonce);
        ServiceRun::new(verifier, &self.bound(), self.point, &seed)
    }

    /// With the one that no password fits.
    pub(super) fn false_one(&self) -> Option<ServiceRun> {
        let seed = self.service.0.keys.decoy_seed(&self.share);
        ServiceRun::new(self.decoy.as_ref()?, &self.bound(), self.point, &seed)
    }

    fn bound(&self) -> Bound<'_> {
        Bound::new(&self.message.sender, &self.parameters)
    }

    /// The reply with the real one; with the decoy where the share would leave nothing secret.
    fn proof(&self, nonce: &[u8; 32]) -> Vec<u8> {
        self.real(nonce).map_or_else(|| self.decoy(), |run| Message::proof(&run.proof))
    }

    fn decoy(&self) -> Vec<u8> {
        self.false_one().map_or_else(Message::failure, |run| Message::proof(&run.proof))
    }
}
