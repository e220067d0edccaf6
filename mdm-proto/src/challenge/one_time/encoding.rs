//! A [`ChallengeRecord`] as bytes.

use alloc::vec::Vec;

use pki_core::{
    CsrDigest, DecodeError, DecodeErrorKind,
    der::{Reader, Tag, Writer},
};
use scep::TransactionId;

use super::{ChallengeRecord, ChallengeState, SpentOn, key::Hash};
use crate::{challenge::Binding, identity::der};

impl ChallengeRecord {
    /// As bytes: the same for the same record, so that a database can compare them. They begin with a version number;
    /// versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.octet_string(&[self.hash.id.as_bytes().as_slice(), &self.hash.verifier].concat());
                der::write_time(w, self.issued);
                der::write_time(w, self.expires);
                w.sequence(|w| self.binding.encode(w));
                match &self.state {
                    ChallengeState::Issued => {}
                    ChallengeState::Delivered { at } => w.constructed(DELIVERED, |w| der::write_time(w, *at)),
                    ChallengeState::Withdrawn { at } => w.constructed(WITHDRAWN, |w| der::write_time(w, *at)),
                    ChallengeState::Spent { at, on } => w.constructed(SPENT, |w| {
                        der::write_time(w, *at);
                        match on {
                            SpentOn::Csr(digest) => w.octet_string(digest.as_bytes()),
                            SpentOn::Transaction { id, signer } => w.constructed(TRANSACTION, |w| {
                                w.octet_string(id.as_bytes());
                                w.octet_string(signer);
                            }),
                        }
                    }),
                }
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::UnsupportedVersion`] for a record written by a later release.
    /// - [`DecodeErrorKind::TooLarge`] for more than 32 KiB.
    /// - Others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("ChallengeRecord"))
    }
}

fn decode(der: &[u8]) -> Result<ChallengeRecord, DecodeError> {
    let mut fields = der::record(der, VERSION, LARGEST)?;
    let hash = Hash::from_bytes(der::octets(&mut fields)?);
    let issued = der::time(&mut fields)?;
    let expires = der::time(&mut fields)?;
    let mut inner = fields.sequence()?;
    let binding = Binding::decode(&mut inner).map_err(DecodeError::within("binding"))?;
    inner.finish()?;
    let state = read_state(&mut fields).map_err(DecodeError::within("state"))?;
    fields.finish()?;
    Ok(ChallengeRecord { hash, binding, issued, expires, state })
}

fn read_state(fields: &mut Reader<'_>) -> Result<ChallengeState, DecodeError> {
    if fields.is_empty() {
        return Ok(ChallengeState::Issued);
    }
    let element = fields.any()?;
    let mut content = element.reader();
    let state = match element.tag() {
        DELIVERED => ChallengeState::Delivered { at: der::time(&mut content)? },
        WITHDRAWN => ChallengeState::Withdrawn { at: der::time(&mut content)? },
        SPENT => {
            let at = der::time(&mut content)?;
            let on = match content.optional(TRANSACTION)? {
                Some(transaction) => {
                    let mut inner = transaction.reader();
                    let id = TransactionId::from_bytes(inner.octet_string()?)?;
                    let signer = der::octets(&mut inner)?;
                    inner.finish()?;
                    SpentOn::Transaction { id, signer }
                }
                None => SpentOn::Csr(CsrDigest::from_bytes(der::octets(&mut content)?)),
            };
            ChallengeState::Spent { at, on }
        }
        _ => return Err(element.error(DecodeErrorKind::InvalidValue)),
    };
    content.finish()?;
    Ok(state)
}

const VERSION: u32 = 1;
/// More than an [`Expectation`](crate::csr_policy::Expectation) has, and the rest.
const LARGEST: usize = 32 * 1024;
const DELIVERED: Tag = Tag::context_constructed(0);
const WITHDRAWN: Tag = Tag::context_constructed(1);
const SPENT: Tag = Tag::context_constructed(2);
const TRANSACTION: Tag = Tag::context_constructed(0);
