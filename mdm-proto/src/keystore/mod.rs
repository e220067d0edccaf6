//! The work keystore of a device, as values: which certificates and keys belong to which profile, and what to do to the real
//! keystore so that it has them.
//!
//! A [`Keystore`] is a record. [`put`](Keystore::put), [`proven`](Keystore::proven) and [`remove`](Keystore::remove) say what
//! should be, and give a new record; [`steps`](Keystore::steps) are what is left to do for it, and [`done`](Keystore::done)
//! says that one is. Nothing is stored here.
//!
//! ```text
//!              put                 done(Add)              proven               done(Delete), done(DeleteKey)
//!  (profile) ───────▶ next, planned ───────▶ next, installed ─────▶ current ─────▶ retired ─────▶ (gone)
//!                                                    └── failed: retired, the current one stays
//! ```
//!
//! A certificate is replaced only when the one after it was used with success: until then both are there, and
//! [`candidates`](Keystore::candidates) has the new one first.
//!
//! # Crashes
//!
//! Store the record before a step is executed, and again when it is done. After a crash go on from what is stored. A step may
//! be executed twice then, so: an entry is added under its [`EntryId`], over what is there; what is not found is deleted; what
//! is to be revoked may be. The same id never names two entries.
//!
//! # When a profile goes
//!
//! BES10 left the certificate of a profile where it was. [`Removal`] has that and what else there is.
//!
//! ```
//! use mdm_proto::{keystore::{KeyHandle, Keystore, Removal, Step}, profile::ProfileId};
//! # fn ca(serial: u8) -> Result<pki_core::Certificate, Box<dyn core::error::Error>> {
//! #     use pki_core::{CertificateBuilder, Name, Profile, PublicKey, SerialNumber, UnixTime, Validity};
//! #     use pki_core::{algorithm::SignatureAlgorithm, crypto::Signature};
//! #     let key = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0][..], &[7; 32]].concat();
//! #     let (name, at) = (Name::from_common_name("Example CA")?, UnixTime::from_seconds(1_795_392_000));
//! #     let validity = Validity::new(at, UnixTime::NO_EXPIRATION);
//! #     let serial = SerialNumber::from_bytes(&[serial])?;
//! #     let builder = CertificateBuilder::new(serial, name.clone(), name, validity, PublicKey::from_der(&key)?);
//! #     Ok(builder.with_profile(&Profile::ROOT_CA).build(SignatureAlgorithm::ED25519)?.attach(Signature::new(vec![0; 64])))
//! # }
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! # let (chain, renewed) = (vec![ca(1)?], vec![ca(2)?]);
//! let wifi = ProfileId::new("wifi-7")?;
//! let keystore = Keystore::new().put(&wifi, chain, KeyHandle::new(b"key-1")?)?; // stored
//! let [step @ Step::Add(entry)] = &keystore.steps()[..] else { panic!("one thing to do") };
//! // … entry.chain and entry.key go into the real keystore, under entry.id …
//! let keystore = keystore.done(step).proven(&wifi); // stored
//!
//! let keystore = keystore.put(&wifi, renewed, KeyHandle::new(b"key-2")?)?;
//! let keystore = keystore.steps().iter().fold(keystore, |keystore, step| keystore.done(step));
//! assert_eq!(keystore.candidates(&wifi).count(), 2, "until the new one is proven");
//! assert!(matches!(keystore.proven(&wifi).steps()[..], [Step::Delete(_)]));
//!
//! assert!(keystore.remove(&wifi, Removal::Keep).steps().is_empty());
//! # Ok(())
//! # }
//! ```

mod encoding;
mod entry;
mod key_handle;
mod record;
mod step;

pub use self::{
    entry::{Entry, EntryId},
    key_handle::KeyHandle,
    record::{Keystore, KeystoreError},
    step::{Removal, Step},
};

#[cfg(test)]
mod tests;
