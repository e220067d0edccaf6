//! [`ActivationRecord`]: what a service keeps of a password.

use alloc::vec::Vec;
use core::{fmt, num::NonZeroU8};

use pki_core::{
    DecodeError, DecodeErrorKind, UnixTime,
    der::{Reader, Tag, Writer},
};

use super::{
    identifier::{DeviceName, UserId},
    message::Salt,
    scrypt_parameters::ScryptParameters,
    spake::ServiceVerifier,
};
use crate::identity::der;

/// One activation password of one user, as it goes into a database: the verifier, every attempt that was made at it, and what
/// came of it.
///
/// It is changed by compare and set: what a step gives is [the record to be written](super::Unwritten), instead of the one
/// that was read, and only while that one is still there; else the step is made again with the one that is there now.
///
/// Whoever reads it can try passwords against it, at the cost of scrypt for each, and can answer in the service's place:
/// keep it as password hashes are kept. Nothing in it is the password. After a success the verifier and all attempts are
/// gone from it.
#[derive(Clone)]
pub struct ActivationRecord {
    pub(super) user: UserId,
    pub(super) salt: Salt,
    pub(super) scrypt: ScryptParameters,
    pub(super) expires: UnixTime,
    pub(super) limit: NonZeroU8,
    pub(super) state: State,
}

/// How it stands with a password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// A device was activated by it. It is used up.
    Activated {
        /// Which.
        device: DeviceName,
        /// When.
        at: UnixTime,
    },
    /// It was not used in time.
    Expired,
    /// As many attempts were made as there may be, and none succeeded. Only a new password helps.
    Locked,
    /// It can be used.
    Open {
        /// How many attempts may still be made.
        attempts_left: u8,
    },
}

/// Up to success, and after.
#[derive(Clone)]
pub(super) enum State {
    Open { verifier: ServiceVerifier, attempts: Vec<Attempted> },
    Activated { device: DeviceName, at: UnixTime, request: [u8; 32], answer: Vec<u8> },
}

/// An attempt: a device's share that was answered, or is about to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Attempted {
    /// The digest of the message with the share.
    pub(super) share: [u8; 32],
    /// What the service's scalar is derived from, with the service's secret.
    pub(super) nonce: [u8; 32],
    pub(super) at: UnixTime,
}

impl ActivationRecord {
    /// Whose password it is.
    #[must_use]
    pub const fn user(&self) -> &UserId {
        &self.user
    }

    /// The last second in which an attempt can be made.
    #[must_use]
    pub const fn expires(&self) -> UnixTime {
        self.expires
    }

    /// How many attempts may be made in all.
    #[must_use]
    pub const fn attempt_limit(&self) -> NonZeroU8 {
        self.limit
    }

    /// How many attempts were made, successful or not; none is known of any more after a success.
    #[must_use]
    pub fn attempts(&self) -> u8 {
        u8::try_from(self.attempted().len()).unwrap_or(u8::MAX)
    }

    /// How it stands at `now`.
    #[must_use]
    pub fn standing(&self, now: UnixTime) -> Standing {
        match &self.state {
            State::Activated { device, at, .. } => Standing::Activated { device: device.clone(), at: *at },
            State::Open { .. } => match self.limit.get().saturating_sub(self.attempts()) {
                0 => Standing::Locked,
                _ if now > self.expires => Standing::Expired,
                attempts_left => Standing::Open { attempts_left },
            },
        }
    }

    /// The attempt that this share was counted as.
    pub(super) fn find(&self, share: &[u8; 32]) -> Option<&Attempted> {
        self.attempted().iter().find(|attempt| attempt.share == *share)
    }

    /// With one more attempt; none if there may be no more.
    pub(super) fn counting(&self, attempt: Attempted, now: UnixTime) -> Option<Self> {
        let mut counted = self.clone();
        match (self.standing(now), &mut counted.state) {
            (Standing::Open { .. }, State::Open { attempts, .. }) => {
                attempts.push(attempt);
                Some(counted)
            }
            _ => None,
        }
    }

    /// Used up by this device.
    pub(super) fn activated(&self, device: DeviceName, at: UnixTime, request: [u8; 32], answer: Vec<u8>) -> Self {
        let Self { user, salt, scrypt, expires, limit, .. } = self;
        let state = State::Activated { device, at, request, answer };
        Self { user: user.clone(), salt: *salt, scrypt: *scrypt, expires: *expires, limit: *limit, state }
    }

    fn attempted(&self) -> &[Attempted] {
        match &self.state {
            State::Open { attempts, .. } => attempts,
            State::Activated { .. } => &[],
        }
    }

    /// As bytes, of the newest version.
    ///
    /// ```text
    /// ActivationRecord ::= SEQUENCE {
    ///     version INTEGER (1), user UTF8String, salt OCTET STRING, logN INTEGER, r INTEGER, p INTEGER,
    ///     expires Seconds, limit INTEGER,
    ///     state CHOICE {
    ///         open      [0] { verifier OCTET STRING (97),
    ///                         attempts SEQUENCE OF SEQUENCE { share OCTET STRING, nonce OCTET STRING, at Seconds } },
    ///         activated [1] { device UTF8String, at Seconds, request OCTET STRING, answer OCTET STRING } } }
    /// Seconds ::= OCTET STRING (8)  -- since 1970, two's complement
    /// ```
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                self.user.encode(w);
                w.octet_string(&self.salt);
                self.scrypt.encode(w);
                der::write_time(w, self.expires);
                w.small_integer(self.limit.get().into());
                self.state.encode(w);
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`DecodeError`], with [`DecodeErrorKind::UnsupportedVersion`] for one written by a later release.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        Self::decode(der).map_err(DecodeError::within("ActivationRecord"))
    }

    fn decode(der: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = der::record(der, VERSION, LARGEST)?;
        let user = UserId::decode(&mut fields)?;
        let salt = der::octets(&mut fields)?;
        let scrypt = ScryptParameters::decode(&mut fields)?;
        let expires = der::time(&mut fields)?;
        let invalid = fields.error(DecodeErrorKind::InvalidValue);
        let limit = u8::try_from(fields.small_integer()?).ok().and_then(NonZeroU8::new).ok_or(invalid)?;
        let state = State::decode(&mut fields, limit)?;
        fields.finish()?;
        Ok(Self { user, salt, scrypt, expires, limit, state })
    }
}

impl State {
    fn encode(&self, w: &mut Writer) {
        match self {
            Self::Open { verifier, attempts } => w.constructed(OPEN, |w| {
                w.octet_string(&*verifier.to_bytes());
                w.sequence(|w| attempts.iter().for_each(|attempt| attempt.encode(w)));
            }),
            Self::Activated { device, at, request, answer } => w.constructed(ACTIVATED, |w| {
                device.encode(w);
                der::write_time(w, *at);
                w.octet_string(request);
                w.octet_string(answer);
            }),
        }
    }

    fn decode(fields: &mut Reader<'_>, limit: NonZeroU8) -> Result<Self, DecodeError> {
        let (mut inner, open) = match fields.optional(OPEN)? {
            Some(open) => (open.reader(), true),
            None => (fields.nested(ACTIVATED)?, false),
        };
        let state = if open {
            let invalid = inner.error(DecodeErrorKind::InvalidValue);
            let verifier = ServiceVerifier::from_bytes(inner.octet_string()?).map_err(|_error| invalid)?;
            let attempts = der::list(&mut inner, limit.get().into(), Attempted::decode)?;
            Self::Open { verifier, attempts }
        } else {
            Self::Activated {
                device: DeviceName::decode(&mut inner)?,
                at: der::time(&mut inner)?,
                request: der::octets(&mut inner)?,
                answer: inner.octet_string()?.to_vec(),
            }
        };
        inner.finish()?;
        Ok(state)
    }
}

impl Attempted {
    fn encode(&self, w: &mut Writer) {
        w.sequence(|w| {
            w.octet_string(&self.share);
            w.octet_string(&self.nonce);
            der::write_time(w, self.at);
        });
    }

    fn decode(list: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut fields = list.sequence()?;
        let attempt =
            Self { share: der::octets(&mut fields)?, nonce: der::octets(&mut fields)?, at: der::time(&mut fields)? };
        fields.finish()?;
        Ok(attempt)
    }
}

/// The same octets.
impl PartialEq for ActivationRecord {
    fn eq(&self, other: &Self) -> bool {
        self.to_der() == other.to_der()
    }
}

impl Eq for ActivationRecord {}

impl fmt::Debug for ActivationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Open { .. } => "open",
            State::Activated { .. } => "activated",
        };
        let (user, limit) = (&self.user, self.limit);
        write!(f, "ActivationRecord({user}, {state}, {} of {limit} attempts, until {})", self.attempts(), self.expires)
    }
}

const VERSION: u32 = 1;
const OPEN: Tag = Tag::context_constructed(0);
const ACTIVATED: Tag = Tag::context_constructed(1);
/// More than the largest answer, and than 255 attempts.
const LARGEST: usize = 128 * 1024;

#[cfg(test)]
mod tests;
