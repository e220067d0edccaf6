//! A [`TrustStore`] as bytes.

use alloc::{collections::BTreeMap, vec::Vec};

use pki_core::{DecodeError, DecodeErrorKind, der::Writer};

use super::{TrustPurpose, TrustStore};
use crate::identity::der;

impl TrustStore {
    /// Most bytes in a record, 32 MiB. With usual certificates they stay below 1 kB for each.
    pub const MAX_SIZE: usize = 32 * 1024 * 1024;

    /// As bytes. They begin with a version number; versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.sequence(|w| {
                    for (purpose, certificates) in &self.sets {
                        w.sequence(|w| {
                            w.small_integer(purpose.number());
                            der::write_certificates(w, certificates);
                        });
                    }
                });
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::UnsupportedVersion`] for a record written by a later release.
    /// - [`DecodeErrorKind::TooLarge`], [`DecodeErrorKind::TooMany`] beyond its bounds.
    /// - [`DecodeErrorKind::Duplicate`] for a purpose that is there twice.
    /// - Others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("TrustStore"))
    }
}

impl TrustPurpose {
    /// What it is in records, for good.
    const fn number(self) -> u32 {
        match self {
            Self::Browser => 0,
            Self::Email => 1,
            Self::Enterprise => 2,
            Self::Vpn => 3,
            Self::WiFi => 4,
        }
    }
}

fn decode(der: &[u8]) -> Result<TrustStore, DecodeError> {
    let mut fields = der::record(der, VERSION, TrustStore::MAX_SIZE)?;
    let duplicate = fields.error(DecodeErrorKind::Duplicate);
    let list = der::list(&mut fields, TrustPurpose::ALL.len(), |fields| {
        let mut fields = fields.sequence()?;
        let unknown = fields.error(DecodeErrorKind::InvalidValue);
        let number = fields.small_integer()?;
        let purpose = TrustPurpose::ALL.into_iter().find(|purpose| purpose.number() == number).ok_or(unknown)?;
        let certificates = der::certificates(&mut fields, TrustStore::MOST_CERTIFICATES)?;
        fields.finish()?;
        Ok((purpose, certificates))
    })?;
    fields.finish()?;
    let count = list.len();
    let sets: BTreeMap<_, _> = list.into_iter().collect();
    if sets.len() < count { Err(duplicate) } else { Ok(TrustStore { sets }) }
}

const VERSION: u32 = 1;
