//! [`PendingRecord`]: a pending transaction, to be kept and resumed.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{
    Certificate, DecodeError, DecodeErrorKind, Name, NameRef, Oid, PublicKey, PublicKeyRef, UnixTime,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm},
    der::{Element, Reader, Tag, Writer},
};

use super::{
    Authority, AuthorityError, ClientConfig, Error, KnownCapabilities, Wait,
    enrolment::{Enrolment, Progress},
    protection::Protection,
};
use crate::{attribute::TransactionId, http::Method, message::EnvelopeAlgorithms};

/// A pending transaction as plain data: what [`Wait::record`] gives and [`PendingRecord::resume`] takes.
///
/// [`to_der`](Self::to_der) and [`from_der`](Self::from_der) turn it into bytes and back. The encoding begins with a version
/// number; versions that were written once stay readable. It holds no secret, but who can change it can change which CA is
/// believed: keep it as one keeps configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRecord {
    transaction_id: TransactionId,
    subject: Name,
    public_key: PublicKey,
    transport: Certificate,
    separate_transport_key: bool,
    certificates: Vec<Certificate>,
    protection: Protection,
    progress: Progress,
    until: UnixTime,
}

impl PendingRecord {
    pub(super) fn of(enrolment: &Enrolment, progress: Progress, until: UnixTime) -> Self {
        Self {
            transaction_id: enrolment.transaction_id.clone(),
            subject: enrolment.subject.clone(),
            public_key: enrolment.public_key.clone(),
            transport: enrolment.transport.clone(),
            separate_transport_key: enrolment.separate_transport_key,
            certificates: enrolment.authority.certificates().to_vec(),
            protection: enrolment.protection,
            progress,
            until,
        }
    }

    /// The transaction.
    #[must_use]
    pub const fn transaction_id(&self) -> &TransactionId {
        &self.transaction_id
    }

    /// The key that a certificate is asked for: which private key to have at hand.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// When to poll.
    #[must_use]
    pub const fn until(&self) -> UnixTime {
        self.until
    }

    /// Goes on waiting.
    ///
    /// # Errors
    /// [`Error::Authority`] if the CA's certificates no longer do at `now`, or lack the fingerprint that `config` pins.
    pub fn resume(&self, config: Arc<ClientConfig>, now: UnixTime) -> Result<Wait, Error> {
        let pinned = |pin: &super::Fingerprint| self.certificates.iter().any(|c| pin.matches(c, config.crypto()));
        if config.fingerprint().is_some_and(|pin| !pinned(pin)) {
            return Err(AuthorityError::FingerprintMismatch.into());
        }
        let enrolment = Enrolment {
            authority: Authority::new(&self.certificates, config.crypto(), now)?,
            config,
            protection: self.protection,
            transaction_id: self.transaction_id.clone(),
            transport: self.transport.clone(),
            separate_transport_key: self.separate_transport_key,
            subject: self.subject.clone(),
            public_key: self.public_key.clone(),
        };
        Ok(Wait::from_record(Arc::new(enrolment), self.progress, self.until))
    }

    /// As bytes.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.octet_string(self.transaction_id.as_bytes());
                w.raw(self.subject.as_der());
                w.raw(self.public_key.as_der());
                w.raw(self.transport.as_der());
                w.boolean(self.separate_transport_key);
                w.sequence(|w| self.certificates.iter().for_each(|certificate| w.raw(certificate.as_der())));
                w.oid(self.protection.digest.oid());
                w.oid(self.protection.envelope.cipher.oid());
                w.boolean(self.protection.method == Method::Post);
                w.octet_string(&self.progress.since.as_seconds().to_be_bytes());
                w.small_integer(self.progress.polls);
                w.octet_string(&self.until.as_seconds().to_be_bytes());
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`Error::Record`], with [`DecodeErrorKind::UnsupportedVersion`] for one written by a later release.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Self::decode(der).map_err(DecodeError::within("PendingRecord")).map_err(Error::Record)
    }

    fn decode(der: &[u8]) -> Result<Self, DecodeError> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let version = fields.error(DecodeErrorKind::UnsupportedVersion);
        if fields.small_integer()? != VERSION {
            return Err(version);
        }
        let record = Self {
            transaction_id: TransactionId::from_bytes(fields.octet_string()?)?,
            subject: NameRef::decode(&mut fields)?.to_owned(),
            public_key: PublicKeyRef::decode(&mut fields)?.to_owned(),
            transport: Certificate::from_der(fields.any()?.raw())?,
            separate_transport_key: fields.boolean()?,
            certificates: certificates(fields.sequence()?)?,
            protection: protection(&mut fields)?,
            progress: Progress { since: time(fields.any()?)?, polls: fields.small_integer()?, seed: 0 },
            until: time(fields.any()?)?,
        };
        fields.finish()?;
        Ok(record)
    }
}

fn certificates(mut list: Reader<'_>) -> Result<Vec<Certificate>, DecodeError> {
    let mut certificates = Vec::new();
    while !list.is_empty() {
        certificates.push(Certificate::from_der(list.any()?.raw())?);
    }
    Ok(certificates)
}

fn protection(fields: &mut Reader<'_>) -> Result<Protection, DecodeError> {
    let unknown = fields.error(DecodeErrorKind::InvalidValue);
    let digest = DigestAlgorithm::from_oid(fields.oid()?).ok_or(unknown)?;
    let cipher = cipher(fields.oid()?).ok_or(unknown)?;
    let method = if fields.boolean()? { Method::Post } else { Method::Get };
    let envelope = EnvelopeAlgorithms { cipher, key_transport: KeyTransportAlgorithm::RsaPkcs1 };
    Ok(Protection { digest, envelope, method, seen: KnownCapabilities::default() })
}

fn cipher(oid: Oid<'_>) -> Option<CipherAlgorithm> {
    [
        CipherAlgorithm::AES128_CBC,
        CipherAlgorithm::AES192_CBC,
        CipherAlgorithm::AES256_CBC,
        CipherAlgorithm::DES_EDE3_CBC,
        CipherAlgorithm::DES_CBC,
    ]
    .into_iter()
    .find(|cipher| cipher.oid() == oid)
}

/// Seconds in eight octets, two's complement.
fn time(element: Element<'_>) -> Result<UnixTime, DecodeError> {
    match (element.tag(), element.content().try_into()) {
        (Tag::OCTET_STRING, Ok(seconds)) => Ok(UnixTime::from_seconds(i64::from_be_bytes(seconds))),
        _ => Err(element.error(DecodeErrorKind::InvalidTime)),
    }
}

const VERSION: u32 = 1;
