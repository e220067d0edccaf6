//! A [`Monitor`] as bytes.

use alloc::vec::Vec;

use pki_core::{
    DecodeError, DecodeErrorKind,
    der::{Reader, Writer},
};

use super::{CertificateId, Monitor, PolicyId};
use crate::{
    identity::der,
    lifecycle::{Life, LifecyclePolicy},
};

impl Monitor {
    /// All that is watched, as bytes that begin with a version number; versions that were written once stay readable. Some
    /// 75 octets for each certificate. Policies and what is known of the clock are not among it.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                der::write_time(w, self.latest);
                w.sequence(|w| {
                    for entry in &self.entries {
                        let Some(life) = self.unpack(entry) else { continue };
                        w.sequence(|w| {
                            w.octet_string(&entry.id.to_be_bytes());
                            w.small_integer(entry.policy.into());
                            life.encode(w);
                        });
                    }
                });
            });
        })
    }

    /// From bytes, with the same policies in the same order. What was told before is not told again.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::Empty`] without policies.
    /// - [`DecodeErrorKind::TooMany`] for more than 255.
    /// - [`DecodeErrorKind::UnsupportedVersion`] for a record written by a later release.
    /// - [`DecodeErrorKind::InvalidValue`] for a policy that is not there, and whatever is wrong with a [`Life`].
    /// - [`DecodeErrorKind::Duplicate`] for a certificate that is there twice.
    /// - Others for what is no record.
    pub fn from_der(policies: &[LifecyclePolicy], der: &[u8]) -> Result<Self, DecodeError> {
        Self::decode(policies, der).map_err(DecodeError::within("Monitor"))
    }

    fn decode(policies: &[LifecyclePolicy], der: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = der::record(der, VERSION, usize::MAX)?;
        let (first, others) = policies.split_first().ok_or_else(|| fields.error(DecodeErrorKind::Empty))?;
        let mut monitor = Self::new(*first);
        for policy in others {
            monitor.add_policy(*policy).map_err(|_| fields.error(DecodeErrorKind::TooMany))?;
        }
        let latest = der::time(&mut fields)?;
        let mut list = fields.sequence()?;
        fields.finish()?;
        while !list.is_empty() {
            monitor.read_entry(&mut list)?;
        }
        monitor.latest = latest;
        Ok(monitor)
    }

    fn read_entry(&mut self, list: &mut Reader<'_>) -> Result<(), DecodeError> {
        let (invalid, duplicate) = (list.error(DecodeErrorKind::InvalidValue), list.error(DecodeErrorKind::Duplicate));
        let mut fields = list.sequence()?;
        let id = fields.octet_string()?.try_into().map(u64::from_be_bytes).map_err(|_| invalid)?;
        let policy = u8::try_from(fields.small_integer()?).map_err(|_| invalid)?;
        let life = Life::decode(&mut fields)?;
        fields.finish()?;
        if usize::from(policy) >= self.policies.len() {
            return Err(invalid);
        }
        let id = CertificateId(id);
        if self.slot(id).is_some() {
            return Err(duplicate);
        }
        self.track_under(PolicyId(policy), id, life);
        Ok(())
    }
}

const VERSION: u32 = 1;
