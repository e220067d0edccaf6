//! A [`TransactionRecord`] as bytes.

use alloc::vec::Vec;

use pki_core::{
    BuildError, Certificate, CsrDigest, DecodeError, DecodeErrorKind, PublicKeyRef, UnixTime,
    cms::PasswordKey,
    der::{Element, Reader, Tag, Writer},
};

use super::{
    AuthorityId, Finality, KeptReply, MessageDigest, TransactionKey, TransactionRecord, TransactionState,
    UnsignedCertificate,
};
use crate::attribute::{FailInfo, TransactionId};

impl TransactionRecord {
    /// As bytes: the same for the same record, so that a database can compare them. They begin with a version number;
    /// versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.octet_string(self.key.authority.as_bytes());
                w.octet_string(self.key.id.as_bytes());
                w.octet_string(self.csr.as_bytes());
                w.raw(self.signer.as_der());
                w.octet_string(&self.created.as_seconds().to_be_bytes());
                w.octet_string(&self.changed.as_seconds().to_be_bytes());
                write_state(w, &self.state);
                w.sequence(|w| self.replies.iter().for_each(|reply| write_reply(w, reply)));
                if let Some(key) = &self.password_key {
                    w.constructed(PASSWORD_KEY, |w| w.raw(key.to_der().expose()));
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
        decode(der).map_err(DecodeError::within("TransactionRecord"))
    }
}

fn decode(der: &[u8]) -> Result<TransactionRecord, DecodeError> {
    let mut outer = Reader::new(der);
    let mut fields = outer.sequence()?;
    outer.finish()?;
    let version = fields.error(DecodeErrorKind::UnsupportedVersion);
    if fields.small_integer()? != VERSION {
        return Err(version);
    }
    let authority = AuthorityId::from_bytes(octets(&mut fields)?);
    let key = TransactionKey::new(authority, TransactionId::from_bytes(fields.octet_string()?)?);
    let csr = CsrDigest::from_bytes(octets(&mut fields)?);
    let signer = PublicKeyRef::decode(&mut fields)?.to_owned();
    let created = time(&mut fields)?;
    let changed = time(&mut fields)?;
    let state = read_state(&fields.any()?).map_err(DecodeError::within("state"))?;
    let replies = read_replies(fields.sequence()?).map_err(DecodeError::within("replies"))?;
    let password_key = fields.optional(PASSWORD_KEY)?.map(|element| PasswordKey::from_der(element.content()));
    let password_key = password_key.transpose().map_err(DecodeError::within("passwordKey"))?;
    fields.finish()?;
    let record = TransactionRecord::from_parts(key, csr, signer, created, state, changed).with_replies(replies);
    Ok(match password_key {
        Some(key) => record.with_password_key(key),
        None => record,
    })
}

fn write_state(w: &mut Writer, state: &TransactionState) {
    match state {
        TransactionState::Pending => w.primitive(PENDING, &[]),
        TransactionState::Approved(certificate) => w.constructed(APPROVED, |w| w.raw(certificate.tbs())),
        TransactionState::Issued(chain) => {
            w.constructed(ISSUED, |w| chain.iter().for_each(|certificate| w.raw(certificate.as_der())));
        }
        TransactionState::Rejected(info) => w.constructed(REJECTED, |w| w.small_integer(info.number())),
    }
}

fn read_state(element: &Element<'_>) -> Result<TransactionState, DecodeError> {
    let mut content = element.reader();
    let state = match element.tag() {
        PENDING => TransactionState::Pending,
        APPROVED => {
            let tbs = content.any()?;
            let certificate = UnsignedCertificate::from_tbs(tbs.raw()).map_err(|error| match error {
                BuildError::Unreadable(error) => error,
                _ => tbs.error(DecodeErrorKind::InvalidValue),
            })?;
            TransactionState::Approved(certificate)
        }
        ISSUED => {
            let mut chain = Vec::new();
            while !content.is_empty() {
                chain.push(Certificate::from_der(content.any()?.raw())?);
            }
            TransactionState::Issued(chain)
        }
        REJECTED => TransactionState::Rejected(FailInfo::new(content.small_integer()?)),
        _ => return Err(element.error(DecodeErrorKind::InvalidValue)),
    };
    content.finish()?;
    Ok(state)
}

fn write_reply(w: &mut Writer, reply: &KeptReply) {
    w.sequence(|w| {
        w.octet_string(reply.message.as_bytes());
        w.boolean(reply.finality == Finality::Final);
        w.octet_string(&reply.body);
    });
}

fn read_replies(mut list: Reader<'_>) -> Result<Vec<KeptReply>, DecodeError> {
    let mut replies = Vec::new();
    while !list.is_empty() {
        let mut fields = list.sequence()?;
        let message = MessageDigest::from_bytes(octets(&mut fields)?);
        let finality = if fields.boolean()? { Finality::Final } else { Finality::Interim };
        replies.push(KeptReply { message, finality, body: fields.octet_string()?.to_vec() });
        fields.finish()?;
    }
    Ok(replies)
}

/// Seconds in eight octets, two's complement.
fn time(fields: &mut Reader<'_>) -> Result<UnixTime, DecodeError> {
    octets(fields).map(i64::from_be_bytes).map(UnixTime::from_seconds)
}

/// An OCTET STRING of so many octets.
fn octets<const N: usize>(fields: &mut Reader<'_>) -> Result<[u8; N], DecodeError> {
    let wrong = fields.error(DecodeErrorKind::InvalidValue);
    fields.octet_string()?.try_into().map_err(|_| wrong)
}

const VERSION: u32 = 1;
const PENDING: Tag = Tag::context(0);
const APPROVED: Tag = Tag::context_constructed(1);
const ISSUED: Tag = Tag::context_constructed(2);
const PASSWORD_KEY: Tag = Tag::context_constructed(0);
const REJECTED: Tag = Tag::context_constructed(3);
