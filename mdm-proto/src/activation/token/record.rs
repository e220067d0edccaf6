//! [`TokenRecord`]: what the service keeps of a token.

use alloc::vec::Vec;
use core::{fmt, num::NonZeroU32, time::Duration};

use pki_core::{
    CsrDigest, DecodeError, DecodeErrorKind, UnixTime,
    der::{Decode as _, Reader, Tag, Writer},
};

use super::{Token, TokenHash, TokenKey};
use crate::{
    est::{
        HttpResponse,
        server::{Authorized, Enrol, Means, Rejection},
    },
    identity::{Identity, der},
};

/// What tokens are like: plain data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenPolicy {
    lifetime: Duration,
    attempts: u32,
    grace: Duration,
}

/// What the service keeps of a token. Plain data, no secret; who can change it can activate devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    hash: TokenHash,
    identity: Identity,
    expires: UnixTime,
    grace: Duration,
    /// How many wrong tokens may still come.
    attempts: u32,
    state: TokenState,
}

/// How a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "callers show it, and a new state would change what they have to say")]
pub enum TokenState {
    /// It was not redeemed.
    Open,
    /// It was redeemed.
    Redeemed {
        /// For this CSR.
        csr: CsrDigest,
        /// At this time.
        at: UnixTime,
    },
    /// It was taken back.
    Revoked,
}

/// What came of a token that was presented. It counts when the record is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it has to be stored"]
pub struct Attempt {
    record: TokenRecord,
    outcome: Result<Authorized, TokenDenied>,
}

/// Why a token is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenDenied {
    /// It is the right one, too late.
    Expired {
        /// When it came.
        at: UnixTime,
        /// When it expired.
        expired: UnixTime,
    },
    /// It is the right one, after too many wrong ones.
    Locked,
    /// There is none, or what there is is no token: mistyped, perhaps. It costs no attempt.
    Missing,
    /// It is the right one, and was taken back.
    Revoked,
    /// It is the right one, and was used: for another CSR, or for this one longer ago than the grace time.
    Used {
        /// When.
        at: UnixTime,
    },
    /// It is another.
    Wrong {
        /// How many more wrong ones may come.
        left: u32,
    },
}

impl TokenPolicy {
    /// Good for a day, locked by ten wrong attempts, with an hour of grace.
    pub const DEFAULT: Self =
        Self { lifetime: Duration::from_secs(86_400), attempts: 10, grace: Duration::from_secs(3600) };

    /// With another time until it expires.
    #[must_use]
    pub const fn with_lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime, ..self }
    }

    /// With another number of wrong tokens that may come before it is locked.
    #[must_use]
    pub const fn with_attempts(self, attempts: NonZeroU32) -> Self {
        Self { attempts: attempts.get(), ..self }
    }

    /// With another time in which the same CSR is answered again.
    #[must_use]
    pub const fn with_grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }
}

impl Default for TokenPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TokenRecord {
    /// Most bytes in a record.
    pub const MAX_SIZE: usize = 16 * 1024;

    pub(super) fn new(hash: TokenHash, identity: Identity, policy: &TokenPolicy, now: UnixTime) -> Self {
        let expires = now.plus(policy.lifetime);
        Self { hash, identity, expires, grace: policy.grace, attempts: policy.attempts, state: TokenState::Open }
    }

    /// Who is activated by it.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// When it expires.
    #[must_use]
    pub const fn expires(&self) -> UnixTime {
        self.expires
    }

    /// How it stands.
    #[must_use]
    pub const fn state(&self) -> TokenState {
        self.state
    }

    /// How many wrong tokens may still come; with none it is locked.
    #[must_use]
    pub const fn attempts_left(&self) -> u32 {
        self.attempts
    }

    /// Taken back. What was redeemed stays so: revoke the device.
    #[must_use]
    pub fn revoke(&self) -> Self {
        match self.state {
            TokenState::Open => Self { state: TokenState::Revoked, ..self.clone() },
            TokenState::Redeemed { .. } | TokenState::Revoked => self.clone(),
        }
    }

    /// The token in the credentials of this request, for its CSR. The user name in them is what the caller found this record
    /// by.
    pub fn redeem(&self, enrol: &Enrol, key: &TokenKey, now: UnixTime) -> Attempt {
        let credentials = enrol.credentials().ok().flatten();
        let token = credentials.and_then(|credentials| Token::from_text(credentials.password()).ok());
        match token {
            Some(token) => self.present(&token, enrol.digest(), key, now),
            None => Attempt { record: self.clone(), outcome: Err(TokenDenied::Missing) },
        }
    }

    /// A token, for the CSR with this digest.
    ///
    /// Only who has the right token is told that it is expired, used, locked or revoked. Wrong ones count while there is
    /// something to guess.
    pub fn present(&self, token: &Token, csr: CsrDigest, key: &TokenKey, now: UnixTime) -> Attempt {
        if self.hash != key.hash(token) {
            // What is not good any more can't be guessed.
            let guessed = self.state == TokenState::Open && now <= self.expires;
            let attempts = if guessed { self.attempts.saturating_sub(1) } else { self.attempts };
            let record = Self { attempts, ..self.clone() };
            return Attempt { record, outcome: Err(TokenDenied::Wrong { left: attempts }) };
        }
        let outcome = self.judge(csr, now);
        let redeemed = outcome.is_ok() && self.state == TokenState::Open;
        let state = if redeemed { TokenState::Redeemed { csr, at: now } } else { self.state };
        let authorized = outcome.map(|()| Authorized::new(csr, Means::Token));
        Attempt { record: Self { state, ..self.clone() }, outcome: authorized }
    }

    /// The right token came.
    fn judge(&self, csr: CsrDigest, now: UnixTime) -> Result<(), TokenDenied> {
        match self.state {
            TokenState::Open if self.attempts == 0 => Err(TokenDenied::Locked),
            TokenState::Open if now > self.expires => Err(TokenDenied::Expired { at: now, expired: self.expires }),
            TokenState::Open => Ok(()),
            TokenState::Redeemed { csr: before, at } if before == csr && now <= at.plus(self.grace) => Ok(()),
            TokenState::Redeemed { at, .. } => Err(TokenDenied::Used { at }),
            TokenState::Revoked => Err(TokenDenied::Revoked),
        }
    }

    /// As bytes: the same for the same record, so that a database can compare them. They begin with a version number;
    /// versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.octet_string(self.hash.as_bytes());
                self.identity.encode(w);
                der::write_time(w, self.expires);
                w.octet_string(&self.grace.as_secs().to_be_bytes());
                w.small_integer(self.attempts);
                match self.state {
                    TokenState::Open => w.primitive(OPEN, &[]),
                    TokenState::Redeemed { csr, at } => w.constructed(REDEEMED, |w| {
                        w.octet_string(csr.as_bytes());
                        der::write_time(w, at);
                    }),
                    TokenState::Revoked => w.primitive(REVOKED, &[]),
                }
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::UnsupportedVersion`] for a record written by a later release.
    /// - [`DecodeErrorKind::TooLarge`] beyond [`MAX_SIZE`](Self::MAX_SIZE).
    /// - Others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("TokenRecord"))
    }
}

impl Attempt {
    /// What to store in the place of the old record, before anything is answered; the same where nothing changes.
    #[must_use]
    pub const fn record(&self) -> &TokenRecord {
        &self.record
    }

    /// Whether the token is right, and good for this CSR: the time to look at the CSR, if it is. One that gets no certificate costs
    /// no token as long as nothing is stored, and only who has the token learns what is wrong with it.
    #[must_use]
    pub const fn is_right(&self) -> bool {
        self.outcome.is_ok()
    }

    /// The record is stored: whether the CSR may be issued.
    ///
    /// # Errors
    /// All of [`TokenDenied`].
    pub fn stored(self) -> Result<Authorized, TokenDenied> {
        self.outcome
    }
}

impl TokenDenied {
    /// What to tell the client: credentials are asked for again where they are wrong, and refused where they are right and
    /// not good any more.
    #[must_use]
    pub fn answer(&self, enrol: Enrol, realm: &str) -> HttpResponse {
        match self {
            Self::Missing | Self::Wrong { .. } => enrol.ask_for_credentials(realm),
            Self::Expired { .. } | Self::Locked | Self::Revoked | Self::Used { .. } => {
                enrol.reject(Rejection::Forbidden, self)
            }
        }
    }
}

impl fmt::Display for TokenDenied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { expired, .. } => write!(f, "the token expired at {expired}: ask for another"),
            Self::Locked => f.write_str("the token is locked after too many wrong ones: ask for another"),
            Self::Missing => f.write_str("there is no token, or it is mistyped"),
            Self::Revoked => f.write_str("the token was taken back: ask for another"),
            Self::Used { .. } => f.write_str("the token was used: ask for another"),
            Self::Wrong { left } => write!(f, "the token is wrong; {left} more wrong ones lock it"),
        }
    }
}

impl core::error::Error for TokenDenied {}

fn decode(der: &[u8]) -> Result<TokenRecord, DecodeError> {
    let mut fields = der::record(der, VERSION, TokenRecord::MAX_SIZE)?;
    let hash = TokenHash::from_bytes(der::octets(&mut fields)?);
    let identity = Identity::decode(&mut fields).map_err(DecodeError::within("identity"))?;
    let expires = der::time(&mut fields)?;
    let grace = Duration::from_secs(u64::from_be_bytes(der::octets(&mut fields)?));
    let attempts = fields.small_integer()?;
    let state = read_state(&mut fields).map_err(DecodeError::within("state"))?;
    fields.finish()?;
    Ok(TokenRecord { hash, identity, expires, grace, attempts, state })
}

fn read_state(fields: &mut Reader<'_>) -> Result<TokenState, DecodeError> {
    let element = fields.any()?;
    let mut content = element.reader();
    let state = match element.tag() {
        OPEN => TokenState::Open,
        REVOKED => TokenState::Revoked,
        REDEEMED => {
            let csr = CsrDigest::from_bytes(der::octets(&mut content)?);
            TokenState::Redeemed { csr, at: der::time(&mut content)? }
        }
        _ => return Err(element.error(DecodeErrorKind::InvalidValue)),
    };
    content.finish()?;
    Ok(state)
}

const VERSION: u32 = 1;
const OPEN: Tag = Tag::context(0);
const REDEEMED: Tag = Tag::context_constructed(1);
const REVOKED: Tag = Tag::context(2);
