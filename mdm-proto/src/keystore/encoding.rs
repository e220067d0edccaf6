//! A [`Keystore`] as bytes.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use pki_core::{
    DecodeError, DecodeErrorKind,
    der::{Reader, Tag, Writer},
};

use super::{
    Entry, EntryId, KeyHandle, Keystore,
    record::{Slot, Stage},
};
use crate::{identity::der, profile::ProfileId};

impl Keystore {
    /// Most bytes in a record, 512 MiB. With usual chains a profile takes 3 kB.
    pub const MAX_SIZE: usize = 512 * 1024 * 1024;

    /// Most entries, keys or certificates that are left to be deleted or revoked.
    pub(super) const MOST_LEFT: usize = 2048;

    /// As bytes. They begin with a version number; versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.small_integer(self.last_id);
                w.sequence(|w| self.slots.iter().for_each(|(profile, slot)| slot.encode(profile, w)));
                w.sequence(|w| self.retired.iter().for_each(|entry| entry.encode(w)));
                w.sequence(|w| self.unused_keys.iter().for_each(|key| key.encode(w)));
                der::write_certificates(w, &self.to_revoke);
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::UnsupportedVersion`] for a record written by a later release.
    /// - [`DecodeErrorKind::TooLarge`], [`DecodeErrorKind::TooMany`] beyond its bounds.
    /// - [`DecodeErrorKind::Duplicate`] for a profile or an id that is there twice.
    /// - Others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("Keystore"))
    }
}

impl Slot {
    fn encode(&self, profile: &ProfileId, w: &mut Writer) {
        w.sequence(|w| {
            der::write_text(w, profile.as_str());
            w.boolean(self.is_assigned);
            if let Some(current) = &self.current {
                w.constructed(CURRENT, |w| current.encode(w));
            }
            if let Some((next, stage)) = &self.next {
                let tag = if *stage == Stage::Planned { PLANNED } else { INSTALLED };
                w.constructed(tag, |w| next.encode(w));
            }
        });
    }

    fn decode(fields: &mut Reader<'_>) -> Result<(ProfileId, Self), DecodeError> {
        let mut fields = fields.sequence()?;
        let [invalid, empty] = [DecodeErrorKind::InvalidValue, DecodeErrorKind::Empty].map(|kind| fields.error(kind));
        let profile = ProfileId::new(&der::text(&mut fields)?).map_err(|_| invalid)?;
        let is_assigned = fields.boolean()?;
        let [current, planned, installed] =
            [CURRENT, PLANNED, INSTALLED].map(|tag| der::optional(&mut fields, tag, Entry::decode));
        fields.finish()?;
        let planned = planned?.map(|entry| (entry, Stage::Planned));
        let next = match (planned, installed?) {
            (Some(_), Some(_)) => return Err(invalid),
            (planned, installed) => planned.or_else(|| installed.map(|entry| (entry, Stage::Installed))),
        };
        let slot = Self { is_assigned, current: current?, next };
        if slot.is_empty() { Err(empty) } else { Ok((profile, slot)) }
    }
}

impl Entry {
    fn encode(&self, w: &mut Writer) {
        w.sequence(|w| {
            w.small_integer(self.id.0);
            der::write_certificates(w, &self.chain);
            self.key.encode(w);
        });
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut fields = fields.sequence()?;
        let empty = fields.error(DecodeErrorKind::Empty);
        let id = EntryId(fields.small_integer()?);
        let chain = der::certificates(&mut fields, Keystore::MOST_CERTIFICATES)?;
        let key = KeyHandle::decode(&mut fields)?;
        fields.finish()?;
        if chain.is_empty() { Err(empty) } else { Ok(Self { id, chain, key }) }
    }
}

fn decode(der: &[u8]) -> Result<Keystore, DecodeError> {
    let mut fields = der::record(der, VERSION, Keystore::MAX_SIZE)?;
    let [duplicate, invalid] =
        [DecodeErrorKind::Duplicate, DecodeErrorKind::InvalidValue].map(|kind| fields.error(kind));
    let last_id = fields.small_integer()?;
    let list = der::list(&mut fields, Keystore::MOST_PROFILES, Slot::decode).map_err(DecodeError::within("slots"))?;
    let count = list.len();
    let slots: BTreeMap<_, _> = list.into_iter().collect();
    let retired = der::list(&mut fields, Keystore::MOST_LEFT, Entry::decode).map_err(DecodeError::within("retired"))?;
    let unused_keys = der::list(&mut fields, Keystore::MOST_LEFT, KeyHandle::decode)?;
    let to_revoke = der::certificates(&mut fields, Keystore::MOST_LEFT)?;
    fields.finish()?;
    let keystore = Keystore { last_id, slots, retired, unused_keys, to_revoke };
    let mut ids: Vec<_> = keystore.entries().map(|entry| entry.id).collect();
    ids.sort_unstable();
    let repeated = ids.windows(2).any(|pair| matches!(pair, [one, next] if one == next));
    // An id beyond the last would be given again.
    let beyond = ids.last().is_some_and(|id| id.0 > last_id);
    if repeated || beyond || keystore.slots.len() < count {
        return Err(duplicate);
    }
    // A key that an entry has would be deleted.
    let held: BTreeSet<_> = keystore.entries().map(|entry| &entry.key).collect();
    if keystore.unused_keys.iter().any(|key| held.contains(key)) { Err(invalid) } else { Ok(keystore) }
}

const VERSION: u32 = 1;
const CURRENT: Tag = Tag::context_constructed(0);
const PLANNED: Tag = Tag::context_constructed(1);
const INSTALLED: Tag = Tag::context_constructed(2);
