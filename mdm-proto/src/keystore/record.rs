//! [`Keystore`].

use alloc::{collections::BTreeMap, vec::Vec};
use core::fmt;

use pki_core::Certificate;

use super::{Entry, EntryId, KeyHandle, Removal, Step};
use crate::profile::ProfileId;

/// What a work keystore should have, and what is left to do for it. [The module](super) shows the steps.
///
/// It has no private key, but who can change it can change which keys are deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keystore {
    pub(super) last_id: u32,
    pub(super) slots: BTreeMap<ProfileId, Slot>,
    pub(super) retired: Vec<Entry>,
    pub(super) unused_keys: Vec<KeyHandle>,
    pub(super) to_revoke: Vec<Certificate>,
}

/// What a profile has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) is_assigned: bool,
    pub(super) current: Option<Entry>,
    pub(super) next: Option<(Entry, Stage)>,
}

/// How far the next entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Planned,
    Installed,
}

/// Why an entry can't be put into a keystore. Nothing is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeystoreError {
    /// Too much is left to do: do the steps first.
    Full,
    /// There is no certificate.
    NoCertificate,
    /// The chain has more than [`Keystore::MOST_CHAIN_OCTETS`].
    TooLarge,
    /// The chain is longer than [`Keystore::MOST_CERTIFICATES`].
    TooManyCertificates,
    /// There are [`Keystore::MOST_PROFILES`] already.
    TooManyProfiles,
}

impl Keystore {
    /// Most certificates in a chain.
    pub const MOST_CERTIFICATES: usize = 16;

    /// Most octets in a chain, 128 KiB.
    pub const MOST_CHAIN_OCTETS: usize = 128 * 1024;

    /// Most profiles.
    pub const MOST_PROFILES: usize = 256;

    /// Empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a certificate for this profile, in the place of the one that it has once this one is proven. One that was put and
    /// not proven is given up, unless it is all that there is. The same certificate again changes nothing.
    ///
    /// # Errors
    /// [`KeystoreError`]
    pub fn put(&self, profile: &ProfileId, chain: Vec<Certificate>, key: KeyHandle) -> Result<Self, KeystoreError> {
        if chain.is_empty() {
            return Err(KeystoreError::NoCertificate);
        }
        if chain.len() > Self::MOST_CERTIFICATES {
            return Err(KeystoreError::TooManyCertificates);
        }
        if chain.iter().map(|certificate| certificate.as_der().len()).sum::<usize>() > Self::MOST_CHAIN_OCTETS {
            return Err(KeystoreError::TooLarge);
        }
        let mut record = self.clone();
        let known = record.slots.get(profile);
        if known.is_some_and(|slot| slot.newest().is_some_and(|entry| entry.chain.first() == chain.first())) {
            record.slots.entry(profile.clone()).and_modify(|slot| slot.is_assigned = true);
            return Ok(record);
        }
        if known.is_none() && record.slots.len() >= Self::MOST_PROFILES {
            return Err(KeystoreError::TooManyProfiles);
        }
        let left = record.retired.len().max(record.to_revoke.len()).max(record.unused_keys.len());
        let id = record.last_id.checked_add(1).filter(|_| left < Self::MOST_LEFT / 4).ok_or(KeystoreError::Full)?;
        record.last_id = id;
        // What is in use again is not to be deleted.
        record.unused_keys.retain(|unused| *unused != key);
        let slot = record.slots.entry(profile.clone()).or_insert_with(Slot::new);
        slot.is_assigned = true;
        match slot.next.replace((Entry { id: EntryId(id), chain, key }, Stage::Planned)) {
            // Not proven, and all that there is.
            Some((entry, Stage::Installed)) if slot.current.is_none() => slot.current = Some(entry),
            replaced => record.retired.extend(replaced.map(|(entry, _)| entry)),
        }
        Ok(record)
    }

    /// After the next certificate of the profile was used with success: it is the current one, and the former is to be deleted.
    #[must_use]
    pub fn proven(&self, profile: &ProfileId) -> Self {
        let mut record = self.clone();
        let Some(slot) = record.slots.get_mut(profile) else { return record };
        if let Some((entry, _)) = slot.next.take_if(|(_, stage)| *stage == Stage::Installed) {
            record.retired.extend(slot.current.replace(entry));
        }
        record
    }

    /// After the next certificate of the profile was refused where the current one works: it is to be deleted.
    #[must_use]
    pub fn failed(&self, profile: &ProfileId) -> Self {
        let mut record = self.clone();
        let refused = record.slots.get_mut(profile).and_then(|slot| slot.next.take());
        record.retired.extend(refused.map(|(entry, _)| entry));
        record.slots.retain(|_, slot| !slot.is_empty());
        record
    }

    /// After the profile was removed.
    #[must_use]
    pub fn remove(&self, profile: &ProfileId, removal: Removal) -> Self {
        let mut record = self.clone();
        if removal == Removal::Keep {
            record.keep(profile);
            return record;
        }
        let Some(slot) = record.slots.remove(profile) else { return record };
        let entries: Vec<_> = slot.next.into_iter().map(|(entry, _)| entry).chain(slot.current).collect();
        if removal == Removal::DeleteAndRevoke {
            record.to_revoke.extend(entries.iter().filter_map(|entry| entry.chain.first().cloned()));
        }
        record.retired.extend(entries);
        record
    }

    /// After a step was done. One that is not to be done changes nothing.
    #[must_use]
    pub fn done(&self, step: &Step) -> Self {
        let mut record = self.clone();
        match step {
            Step::Add(added) => {
                let next = record.slots.values_mut().filter_map(|slot| slot.next.as_mut());
                next.filter(|(entry, _)| entry.id == added.id).for_each(|(_, stage)| *stage = Stage::Installed);
            }
            Step::Delete(id) => {
                let deleted = record.retired.iter().position(|entry| entry.id == *id);
                if let Some(place) = deleted {
                    let entry = record.retired.remove(place);
                    if !record.entries().any(|other| other.key == entry.key) {
                        KeyHandle::insert(&mut record.unused_keys, entry.key, Self::MOST_LEFT);
                    }
                }
            }
            Step::DeleteKey(key) => record.unused_keys.retain(|unused| unused != key),
            Step::Revoke(certificate) => record.to_revoke.retain(|revoked| revoked != certificate),
        }
        record
    }

    /// What is left to do, in this order.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let planned = self.slots.values().filter_map(|slot| slot.next.as_ref());
        let adds = planned.filter(|(_, stage)| *stage == Stage::Planned).map(|(entry, _)| Step::Add(entry.clone()));
        adds.chain(self.to_revoke.iter().cloned().map(Step::Revoke))
            .chain(self.retired.iter().map(|entry| Step::Delete(entry.id)))
            .chain(self.unused_keys.iter().cloned().map(Step::DeleteKey))
            .collect()
    }

    /// What to use for this profile: the next entry once it is installed, and if that fails the current one.
    pub fn candidates(&self, profile: &ProfileId) -> impl Iterator<Item = &Entry> {
        let slot = self.slots.get(profile);
        let next = slot.and_then(|slot| slot.next.as_ref()).filter(|(_, stage)| *stage == Stage::Installed);
        next.map(|(entry, _)| entry).into_iter().chain(slot.and_then(|slot| slot.current.as_ref()))
    }

    /// The profiles that are assigned.
    pub fn profiles(&self) -> impl Iterator<Item = &ProfileId> {
        self.slots.iter().filter(|(_, slot)| slot.is_assigned).map(|(profile, _)| profile)
    }

    /// Those that were removed, and whose certificates were kept.
    pub fn kept(&self) -> impl Iterator<Item = &ProfileId> {
        self.slots.iter().filter(|(_, slot)| !slot.is_assigned).map(|(profile, _)| profile)
    }

    /// What is planned for a profile that is removed need not come any more, and may be there.
    fn keep(&mut self, profile: &ProfileId) {
        let Some(slot) = self.slots.get_mut(profile) else { return };
        slot.is_assigned = false;
        let planned = slot.next.take_if(|(_, stage)| *stage == Stage::Planned);
        self.retired.extend(planned.map(|(entry, _)| entry));
        self.slots.retain(|_, slot| !slot.is_empty());
    }

    /// Every entry that is there or may be.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.slots.values().flat_map(Slot::entries).chain(&self.retired)
    }
}

impl Slot {
    const fn new() -> Self {
        Self { is_assigned: true, current: None, next: None }
    }

    fn newest(&self) -> Option<&Entry> {
        self.entries().next()
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.next.iter().map(|(entry, _)| entry).chain(&self.current)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.current.is_none() && self.next.is_none()
    }
}

impl fmt::Display for KeystoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "too much is left to do: do the steps first",
            Self::NoCertificate => "there is no certificate to put",
            Self::TooLarge => "the chain is too large: leave out what does not belong to it",
            Self::TooManyCertificates => "the chain is too long: leave out what does not belong to it",
            Self::TooManyProfiles => "there are too many profiles: remove one",
        })
    }
}

impl core::error::Error for KeystoreError {}
