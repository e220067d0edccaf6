//! A [`DeviceIdentity`] as bytes.

use alloc::vec::Vec;

use pki_core::{
    BuildError, Csr, DecodeError, DecodeErrorKind,
    der::{Reader, Tag, Writer},
};

use super::{ClientKey, DeviceIdentity, MOST_KEYS, PendingRequest};
use crate::{
    identity::{IdentityUris, der},
    keystore::KeyHandle,
};

impl DeviceIdentity {
    /// Most bytes in a record, 8 MiB. With usual certificates they stay below 8 kB.
    pub const MAX_SIZE: usize = 8 * 1024 * 1024;

    /// As bytes. They begin with a version number; versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                der::write_text(w, self.uris.work_space_prefix());
                der::write_certificates(w, &self.roots);
                for (tag, key) in [(CURRENT, &self.current), (NEXT, &self.next)] {
                    if let Some(key) = key {
                        w.constructed(tag, |w| key.encode(w));
                    }
                }
                if let Some(pending) = &self.pending {
                    w.constructed(PENDING, |w| {
                        w.raw(pending.csr.as_der());
                        pending.key.encode(w);
                    });
                }
                w.sequence(|w| self.unused_keys.iter().for_each(|key| key.encode(w)));
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::UnsupportedVersion`] for a record written by a later release.
    /// - [`DecodeErrorKind::TooLarge`], [`DecodeErrorKind::TooMany`] beyond its bounds.
    /// - Others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("DeviceIdentity"))
    }
}

impl ClientKey {
    fn encode(&self, w: &mut Writer) {
        der::write_certificates(w, &self.chain);
        self.key.encode(w);
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let empty = fields.error(DecodeErrorKind::Empty);
        let chain = der::certificates(fields, DeviceIdentity::MOST_CERTIFICATES)?;
        if chain.is_empty() {
            return Err(empty);
        }
        Ok(Self { chain, key: KeyHandle::decode(fields)? })
    }
}

fn decode(der: &[u8]) -> Result<DeviceIdentity, DecodeError> {
    let mut fields = der::record(der, VERSION, DeviceIdentity::MAX_SIZE)?;
    let invalid = fields.error(DecodeErrorKind::InvalidValue);
    let prefix = der::text(&mut fields)?;
    let uris = IdentityUris::DEFAULT.with_work_space_prefix(&prefix).map_err(|_: BuildError| invalid)?;
    let roots = der::certificates(&mut fields, DeviceIdentity::MOST_CERTIFICATES)?;
    let [current, next] = [CURRENT, NEXT].map(|tag| der::optional(&mut fields, tag, ClientKey::decode));
    let pending = der::optional(&mut fields, PENDING, pending)?;
    let unused_keys = der::list(&mut fields, MOST_KEYS, KeyHandle::decode)?;
    fields.finish()?;
    Ok(DeviceIdentity { uris, roots, current: current?, pending, next: next?, unused_keys })
}

fn pending(fields: &mut Reader<'_>) -> Result<PendingRequest, DecodeError> {
    let element = fields.any()?;
    let csr = Csr::from_der(element.raw()).map_err(DecodeError::shifted(element.position()))?;
    Ok(PendingRequest { csr, key: KeyHandle::decode(fields)? })
}

const VERSION: u32 = 1;
const CURRENT: Tag = Tag::context_constructed(0);
const NEXT: Tag = Tag::context_constructed(1);
const PENDING: Tag = Tag::context_constructed(2);
