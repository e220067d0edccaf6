//! A [`ChallengeRecord`] as bytes.

use alloc::vec::Vec;

use pki_core::{
    CsrDigest, DecodeError, DecodeErrorKind, UnixTime,
    der::{Reader, Tag, Writer},
};
use scep::TransactionId;

use super::{ChallengeRecord, ChallengeState, SpentOn, key::Hash};
use crate::challenge::Binding;

impl ChallengeRecord {
    /// As bytes: the same for the same record, so that a database can compare them. They begin with a version number;
    /// versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.octet_string(&[self.hash.id.as_bytes().as_slice(), &self.hash.verifier].concat());
                time(w, self.issued);
                time(w, self.expires);
                w.sequence(|w| self.binding.encode(w));
                match &self.state {
                    ChallengeState::Issued => {}
                    ChallengeState::Delivered { at } => w.constructed(DELIVERED, |w| time(w, *at)),
                    ChallengeState::Withdrawn { at } => w.constructed(WITHDRAWN, |w| time(w, *at)),
                    ChallengeState::Spent { at, on } => w.constructed(SPENT, |w| {
                        time(w, *at);
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
    /// - Others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("ChallengeRecord"))
    }
}

fn decode(der: &[u8]) -> Result<ChallengeRecord, DecodeError> {
    let mut outer = Reader::new(der);
    let mut fields = outer.sequence()?;
    outer.finish()?;
    let version = fields.error(DecodeErrorKind::UnsupportedVersion);
    if fields.small_integer()? != VERSION {
        return Err(version);
    }
    let hash = Hash::from_bytes(octets(&mut fields)?);
    let issued = read_time(&mut fields)?;
    let expires = read_time(&mut fields)?;
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
        DELIVERED => ChallengeState::Delivered { at: read_time(&mut content)? },
        WITHDRAWN => ChallengeState::Withdrawn { at: read_time(&mut content)? },
        SPENT => {
            let at = read_time(&mut content)?;
            let on = match content.optional(TRANSACTION)? {
                Some(transaction) => {
                    let mut inner = transaction.reader();
                    let id = TransactionId::from_bytes(inner.octet_string()?)?;
                    let signer = octets(&mut inner)?;
                    inner.finish()?;
                    SpentOn::Transaction { id, signer }
                }
                None => SpentOn::Csr(CsrDigest::from_bytes(octets(&mut content)?)),
            };
            ChallengeState::Spent { at, on }
        }
        _ => return Err(element.error(DecodeErrorKind::InvalidValue)),
    };
    content.finish()?;
    Ok(state)
}

/// Seconds in eight octets, two's complement.
fn time(w: &mut Writer, time: UnixTime) {
    w.octet_string(&time.as_seconds().to_be_bytes());
}

fn read_time(fields: &mut Reader<'_>) -> Result<UnixTime, DecodeError> {
    octets(fields).map(i64::from_be_bytes).map(UnixTime::from_seconds)
}

/// An OCTET STRING of so many octets.
fn octets<const N: usize>(fields: &mut Reader<'_>) -> Result<[u8; N], DecodeError> {
    let wrong = fields.error(DecodeErrorKind::InvalidValue);
    fields.octet_string()?.try_into().map_err(|_| wrong)
}

const VERSION: u32 = 1;
const DELIVERED: Tag = Tag::context_constructed(0);
const WITHDRAWN: Tag = Tag::context_constructed(1);
const SPENT: Tag = Tag::context_constructed(2);
const TRANSACTION: Tag = Tag::context_constructed(0);
