//! [`Association`]: which certificate a device is known by, and how another one takes its place.

use core::fmt;

use pki_core::{Certificate, DecodeError, PublicKeyRef, UnixTime, chain::ValidatedChain, der::Writer, oid};
use sha2::{Digest, Sha256};

use super::thumbprints::thumbprint;
use crate::identity::der;

/// What a server remembers of the certificate that a device is known by.
///
/// Servers that pin the hash alone lose their devices when these renew, since no check-in tells of it (micromdm#557). Here the
/// new certificate takes the place of the old one, but only if it was validated, is by the same issuer with the same key, for
/// the same subject and alternative names, and its key is one that the old one vouches for. Store the new association only if
/// the old one is still there:
///
/// ```sql
/// UPDATE devices SET association = :new WHERE device = :device AND association = :old;
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Association {
    certificate: [u8; 32],
    issuer: [u8; 32],
    identity: [u8; 32],
    key: [u8; 32],
    not_before: UnixTime,
}

/// Why a key that is not the old one is the device's.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "one of two")]
pub enum KeyEvidence<'a> {
    /// There is nothing: only the same key will do.
    SameKey,
    /// A renewal for this key was authorised by the old certificate, or on a channel that the device authenticated.
    Renewal(PublicKeyRef<'a>),
}

/// Why a certificate does not take the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotAssociated {
    /// Another subject, or other alternative names.
    DifferentIdentity,
    /// Another issuer, or another key of the same name.
    DifferentIssuer,
    /// It began before the one that it would replace.
    Older,
    /// Its key is neither the old one, nor one that a renewal was authorised for.
    UnknownKey,
}

impl Association {
    /// By this certificate. `None` if the chain has none, which does not happen.
    #[must_use]
    pub fn new(chain: &ValidatedChain) -> Option<Self> {
        let certificate = chain.target()?;
        let issuer_key = match chain.path().get(1) {
            Some(issuer) => issuer.public_key().as_der(),
            None => chain.anchor().public_key().as_der(),
        };
        Some(Self {
            certificate: thumbprint(certificate),
            issuer: digest(&[certificate.issuer().as_der(), issuer_key]),
            identity: identity(certificate),
            key: digest(&[certificate.public_key().as_der()]),
            not_before: certificate.validity().not_before,
        })
    }

    /// Whether this is the certificate that the device is known by.
    #[must_use]
    pub fn is(&self, certificate: &Certificate) -> bool {
        self.certificate == thumbprint(certificate)
    }

    /// The association by the certificate of `chain`, if it may take the place of this one. The same certificate again gives
    /// the same.
    ///
    /// # Errors
    /// [`NotAssociated`]
    pub fn follow(&self, chain: &ValidatedChain, evidence: KeyEvidence<'_>) -> Result<Self, NotAssociated> {
        let new = Self::new(chain).ok_or(NotAssociated::DifferentIdentity)?;
        if new.certificate == self.certificate {
            return Ok(*self);
        }
        if new.issuer != self.issuer {
            return Err(NotAssociated::DifferentIssuer);
        }
        if new.identity != self.identity {
            return Err(NotAssociated::DifferentIdentity);
        }
        let is_authorised = match evidence {
            KeyEvidence::SameKey => false,
            KeyEvidence::Renewal(key) => digest(&[key.as_der()]) == new.key,
        };
        if new.key != self.key && !is_authorised {
            return Err(NotAssociated::UnknownKey);
        }
        if new.not_before < self.not_before {
            return Err(NotAssociated::Older);
        }
        Ok(new)
    }

    /// As bytes that begin with a version number; versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> alloc::vec::Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                let digests = [&self.certificate, &self.issuer, &self.identity, &self.key];
                digests.into_iter().for_each(|digest| w.octet_string(digest));
                der::write_time(w, self.not_before);
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// - [`UnsupportedVersion`](pki_core::DecodeErrorKind::UnsupportedVersion) for a record written by a later release.
    /// - Others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("Association"))
    }
}

fn decode(der: &[u8]) -> Result<Association, DecodeError> {
    let mut fields = der::record(der, VERSION, usize::MAX)?;
    let mut digest = || der::octets(&mut fields);
    let (certificate, issuer, identity, key) = (digest()?, digest()?, digest()?, digest()?);
    let not_before = der::time(&mut fields)?;
    fields.finish()?;
    Ok(Association { certificate, issuer, identity, key, not_before })
}

/// Subject and alternative names, whatever their spelling: other octets are another identity.
fn identity(certificate: &Certificate) -> [u8; 32] {
    let names = certificate.extension(oid::SUBJECT_ALT_NAME).map_or(&[][..], |extension| extension.value);
    digest(&[certificate.subject().as_der(), names])
}

/// Of parts, each behind its length.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

impl fmt::Debug for Association {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Association(")?;
        self.certificate.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

impl fmt::Display for NotAssociated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DifferentIdentity => "it is for another subject, or other alternative names",
            Self::DifferentIssuer => "it is by another issuer, or another key of that",
            Self::Older => "it is older than the one that it would replace",
            Self::UnknownKey => "its key is neither the old one nor one whose renewal was authorised",
        })
    }
}

impl core::error::Error for NotAssociated {}

const VERSION: u32 = 1;
