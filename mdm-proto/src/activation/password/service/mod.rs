//! [`Service`]: the side that keeps verifiers.

mod attempt;
mod hello;
mod request;
mod secret;

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{fmt, num::NonZeroU8, time::Duration};

use pki_core::{DecodeError, DecodeErrorKind, Secret, UnixTime, crypto::CryptoProvider};
use sha2::{Digest, Sha256};

use self::secret::ServiceKeys;
pub use self::{
    attempt::{Attempt, AttemptReceived, Decoy},
    hello::HelloReceived,
    request::{Activated, Confirmed, Opened, RequestReceived},
};
use super::{
    ActivationPassword, ActivationRecord, RegisterError, ServiceError, ServiceName, UserId,
    message::{LARGEST_TO_SERVICE, Message, Parameters, Share},
    record::State,
    scrypt_parameters::ScryptParameters,
    spake,
};

/// An activation service: immutable, shared by any number of threads, the same on any number of replicas that have its secret
/// and its database. Cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Settings>);

struct Settings {
    name: ServiceName,
    keys: ServiceKeys,
    crypto: CryptoProvider,
    scrypt: ScryptParameters,
    attempt_limit: NonZeroU8,
    attempt_lifetime: Duration,
    grace: Duration,
}

/// A message, by what it asks for.
#[must_use]
#[derive(Debug)]
#[non_exhaustive]
pub enum Received {
    /// What to do with the password.
    Hello(HelloReceived),
    /// An attempt: the share that is made of a password.
    Attempt(AttemptReceived),
    /// The proof, and the CSR.
    Request(RequestReceived),
}

/// A record that must be written before the reply goes out.
///
/// Write it in the place of the one that was given, if that one is still there, octet for octet. If it is not, drop this, and
/// make the step again with the record that is there.
///
/// ```sql
/// UPDATE activations SET record = :new WHERE user = :user AND record = :old;  -- 1 row, or make the step again
/// ```
#[must_use = "nothing has happened before it is written"]
pub struct Unwritten {
    record: Box<ActivationRecord>,
    reply: Vec<u8>,
}

impl Service {
    /// Under this name, with a secret of at least 32 random octets that only the service's replicas know. The provider
    /// verifies CSRs.
    ///
    /// The secret makes the answers for users that there are none of, and the scalars of its runs. Without it, who reads the
    /// database can't read runs that are under way; with another, those runs fail.
    ///
    /// # Errors
    /// [`RegisterError::ShortSecret`].
    pub fn new(name: ServiceName, secret: &Secret, crypto: CryptoProvider) -> Result<Self, RegisterError> {
        let keys = ServiceKeys::new(secret).ok_or(RegisterError::ShortSecret)?;
        Ok(Self(Arc::new(Settings {
            name,
            keys,
            crypto,
            scrypt: ScryptParameters::DEFAULT,
            attempt_limit: ATTEMPT_LIMIT,
            attempt_lifetime: ATTEMPT_LIFETIME,
            grace: GRACE,
        })))
    }

    /// With other parameters for the passwords that are registered from now on, and for users that there are none of: unlike
    /// those of earlier passwords, which can be told from them until they are used or replaced.
    #[must_use]
    pub fn with_scrypt(self, scrypt: ScryptParameters) -> Self {
        self.with(|settings| settings.scrypt = scrypt)
    }

    /// With another number of attempts at each password that is registered from now on. Default 10.
    #[must_use]
    pub fn with_attempt_limit(self, limit: NonZeroU8) -> Self {
        self.with(|settings| settings.attempt_limit = limit)
    }

    /// With another time from an attempt to its request, in which the device makes its key and its CSR. Default ten minutes.
    #[must_use]
    pub fn with_attempt_lifetime(self, lifetime: Duration) -> Self {
        self.with(|settings| settings.attempt_lifetime = lifetime)
    }

    /// With another time in which a request that was answered is answered again, word for word. Default one day.
    #[must_use]
    pub fn with_grace(self, grace: Duration) -> Self {
        self.with(|settings| settings.grace = grace)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &ServiceName {
        &self.0.name
    }

    /// What to keep of a new password for `user`, good until `expires`. It replaces the record that there is for this user.
    ///
    /// This is where scrypt is run, and the only place: nothing that a device sends makes a service run it.
    ///
    /// # Errors
    /// [`RegisterError::UnsuitablePassword`].
    pub fn register(
        &self,
        user: UserId,
        password: &ActivationPassword,
        expires: UnixTime,
    ) -> Result<ActivationRecord, RegisterError> {
        if password.characters() < FEWEST_CHARACTERS {
            return Err(RegisterError::UnsuitablePassword);
        }
        let (salt, scrypt) = (self.0.keys.salt(&user), self.0.scrypt);
        let secret = spake::derive(password, (&user, &self.0.name), &salt, scrypt);
        let verifier = secret.ok_or(RegisterError::UnsuitablePassword)?.verifier_record();
        let state = State::Open { verifier, attempts: Vec::new() };
        Ok(ActivationRecord { user, salt, scrypt, expires, limit: self.0.attempt_limit, state })
    }

    /// Takes a message. What it asks for says [which user's](HelloReceived::user) record to fetch; none is fine.
    ///
    /// # Errors
    /// [`ServiceError::Message`] for anything but a message of a device: answer it with HTTP 400.
    pub fn receive(&self, message: &[u8]) -> Result<Received, ServiceError> {
        let service = self.clone();
        match Message::decode(message, LARGEST_TO_SERVICE).map_err(ServiceError::Message)? {
            Message::Hello(user) => Ok(Received::Hello(HelloReceived { service, user })),
            Message::Share(share) => {
                let point = point(&share)?;
                Ok(Received::Attempt(AttemptReceived { service, share, point }))
            }
            Message::Request(request) => {
                let point = point(&request.share)?;
                Ok(Received::Request(RequestReceived { service, request, point }))
            }
            _ => Err(ServiceError::Message(DecodeError::new(DecodeErrorKind::InvalidValue, 0))),
        }
    }

    /// What a device is told to do with the password, which must not depend on whether there is a record.
    fn parameters(&self, user: &UserId, record: Option<&ActivationRecord>) -> Parameters {
        let service = self.0.name.clone();
        match of_user(record, user) {
            Some(record) => Parameters { service, salt: record.salt, scrypt: record.scrypt },
            None => Parameters { service, salt: self.0.keys.salt(user), scrypt: self.0.scrypt },
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl Received {
    /// Whose record to fetch.
    #[must_use]
    pub const fn user(&self) -> &UserId {
        match self {
            Self::Hello(hello) => hello.user(),
            Self::Attempt(attempt) => attempt.user(),
            Self::Request(request) => request.user(),
        }
    }
}

impl Unwritten {
    fn new(record: ActivationRecord, reply: Vec<u8>) -> Self {
        Self { record: Box::new(record), reply }
    }

    /// What to write.
    #[must_use]
    pub fn record(&self) -> &ActivationRecord {
        &self.record
    }

    /// It is written: here is the reply, for the device.
    #[must_use]
    pub fn written(self) -> Vec<u8> {
        self.reply
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Service({})", self.0.name)
    }
}

impl fmt::Debug for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unwritten({:?})", self.record)
    }
}

impl Clone for Settings {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), keys: self.keys.clone(), ..*self }
    }
}

/// The record, unless it is another user's.
fn of_user<'a>(record: Option<&'a ActivationRecord>, user: &UserId) -> Option<&'a ActivationRecord> {
    record.filter(|record| record.user == *user)
}

fn point(share: &Share) -> Result<spake2plus::ShareP<spake::Suite>, ServiceError> {
    let invalid = ServiceError::Message(DecodeError::new(DecodeErrorKind::InvalidValue, 0));
    spake::device_share(&share.share).ok_or(invalid)
}

fn digest(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

const FEWEST_CHARACTERS: usize = 6;
const ATTEMPT_LIMIT: NonZeroU8 = NonZeroU8::new(10).unwrap();
const ATTEMPT_LIFETIME: Duration = Duration::from_secs(600);
const GRACE: Duration = Duration::from_secs(86_400);
