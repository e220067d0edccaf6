//! Which certificate is good.

use core::fmt;

use pki_core::{Certificate, UnixTime, chain::ValidatedChain};

use super::{ClientCertificates, ClientRecord, NextCertificate, RetiredBecause};
use crate::identity::{Identity, IdentityError};

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "the first use of a certificate has to be stored"]
pub struct Authenticated {
    /// Who, as the record has it now.
    pub identity: Identity,
    /// Where the certificate is used for the first time: the record to store in the place of the old one, before anything is
    /// done for the device. The certificate before this one is not good any more.
    pub first_use: Option<ClientRecord>,
}

/// Why a certificate is not believed though its chain is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAuthenticated {
    /// It is over. Chains that are validated now don't have it.
    Expired {
        /// The time.
        at: UnixTime,
        /// When it ended to be valid.
        not_after: UnixTime,
    },
    /// It does not say who it stands for.
    Identity(IdentityError),
    /// It stands for another device or work space than the record: the caller has read the wrong one.
    OtherRecord,
    /// The device is revoked.
    Revoked {
        /// Since when.
        at: UnixTime,
    },
    /// It was good before. Nobody but who has the certificate after it is the device: a copy of an old key, or a device that
    /// was set back.
    Superseded {
        /// Since when.
        at: UnixTime,
        /// Why.
        because: RetiredBecause,
    },
    /// The service did not issue it, or forgot that it did.
    Unknown,
}

impl ClientCertificates {
    /// Who is at the other end, by the chain that it authenticated with and the record of the device that
    /// [`Identity::from_certificate_with`] names.
    ///
    /// # Errors
    /// [`NotAuthenticated`]
    pub fn authenticate(
        &self,
        chain: &ValidatedChain,
        record: &ClientRecord,
        now: UnixTime,
    ) -> Result<Authenticated, NotAuthenticated> {
        let identity = Identity::from_certificate_with(chain, self.uris()).map_err(NotAuthenticated::Identity)?;
        if !identity.is_same_place(record.identity()) {
            return Err(NotAuthenticated::OtherRecord);
        }
        if let Some(revocation) = record.revoked() {
            return Err(NotAuthenticated::Revoked { at: revocation.at });
        }
        let target = chain.target().ok_or(NotAuthenticated::Unknown)?;
        let first_use = record.use_of(target, now)?;
        let not_after = target.validity().not_after;
        if now > not_after {
            return Err(NotAuthenticated::Expired { at: now, not_after });
        }
        Ok(Authenticated { identity: record.identity().clone(), first_use })
    }
}

impl ClientRecord {
    /// The record after `certificate` was used, if that is its first use.
    fn use_of(&self, certificate: &Certificate, now: UnixTime) -> Result<Option<Self>, NotAuthenticated> {
        if self.current.as_ref().is_some_and(|current| current.certificate == *certificate) {
            return Ok(None);
        }
        let is_next = match &self.next {
            Some(NextCertificate::Issued(issued)) => issued.certificate == *certificate,
            // It was signed and sent, and that was not recorded.
            Some(NextCertificate::Approved { unsigned, .. }) => unsigned.tbs() == certificate.tbs(),
            None => false,
        };
        if is_next {
            return Ok(Some(self.clone().with_used(certificate, now)));
        }
        let retired = self.retired.iter().find(|retired| retired.serial == certificate.serial_number());
        Err(retired.map_or(NotAuthenticated::Unknown, |retired| NotAuthenticated::Superseded {
            at: retired.at,
            because: retired.because,
        }))
    }
}

impl fmt::Display for NotAuthenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { at, not_after } => {
                write!(f, "valid until {not_after}, not at {at}: activate the device anew")
            }
            Self::Identity(error) => error.fmt(f),
            Self::OtherRecord => {
                f.write_str("the record is that of another device: read the one that the certificate names")
            }
            Self::Revoked { at } => write!(f, "the device is revoked since {at}: activate it anew"),
            Self::Superseded { at, because: RetiredBecause::Renewed } => {
                write!(f, "superseded at {at} by a certificate that is in use: look into who has the old key")
            }
            Self::Superseded { at, because: RetiredBecause::Replaced } => {
                write!(f, "superseded at {at} by a certificate that was asked for later: renew again")
            }
            Self::Unknown => f.write_str("the record does not have the certificate: activate the device anew"),
        }
    }
}

impl core::error::Error for NotAuthenticated {}
