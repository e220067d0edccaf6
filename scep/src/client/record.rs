//! [`PendingRecord`]: a pending transaction, to be kept and resumed.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{
    Certificate, DecodeError, DecodeErrorKind, Name, NameRef, PublicKey, PublicKeyRef, UnixTime,
    algorithm::{AlgorithmIdentifier, CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm},
    der::{Element, Reader, Tag, Writer},
};

use super::{
    Authority, AuthorityError, ClientConfig, Error, KeyRole, KnownCapabilities, Wait,
    enrolment::{Enrolment, Progress},
    protection::Protection,
    request::RsaPadding,
    transaction::{Sender, Transaction},
};
use crate::{
    attribute::{MessageType, TransactionId},
    http::Method,
    message::EnvelopeAlgorithms,
};

/// A pending transaction as plain data: what [`Wait::record`] gives and [`PendingRecord::resume`] takes.
///
/// [`to_der`](Self::to_der) and [`from_der`](Self::from_der) turn it into bytes and back. The encoding begins with a version
/// number; versions that were written once stay readable. It holds no secret, but who can change it can change which CA is
/// believed: keep it as one keeps configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRecord {
    transaction_id: TransactionId,
    message_type: MessageType,
    subject: Name,
    public_key: PublicKey,
    sender: Sender,
    current: Option<Certificate>,
    certificates: Vec<Certificate>,
    protection: Protection,
    progress: Progress,
    until: UnixTime,
}

impl PendingRecord {
    pub(super) fn of(enrolment: &Enrolment, progress: Progress, until: UnixTime) -> Self {
        let transaction = &enrolment.transaction;
        Self {
            transaction_id: transaction.id.clone(),
            message_type: enrolment.message_type,
            subject: enrolment.subject.clone(),
            public_key: enrolment.public_key.clone(),
            sender: transaction.sender.clone(),
            current: enrolment.current.clone(),
            certificates: transaction.authority.certificates().to_vec(),
            protection: transaction.protection,
            progress,
            until,
        }
    }

    /// The transaction.
    #[must_use]
    pub const fn transaction_id(&self) -> &TransactionId {
        &self.transaction_id
    }

    /// What was asked by: PKCSReq or RenewalReq.
    #[must_use]
    pub const fn message_type(&self) -> MessageType {
        self.message_type
    }

    /// The key that a certificate is asked for.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The certificate that is to be renewed, if there is one.
    #[must_use]
    pub const fn current(&self) -> Option<&Certificate> {
        self.current.as_ref()
    }

    /// The key that signs polls, and opens the reply if it can decrypt: which private key to have at hand. Where it can't,
    /// the challenge is needed.
    #[must_use]
    pub const fn signer(&self) -> (KeyRole, &Certificate) {
        (self.sender.key, &self.sender.certificate)
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
        Ok(Wait::from_record(Arc::new(self.enrolment(config, now)?), self.progress, self.until))
    }

    /// The transaction, by the CA as it was.
    pub(super) fn enrolment(&self, config: Arc<ClientConfig>, now: UnixTime) -> Result<Enrolment, Error> {
        let pinned = |pin: &super::Fingerprint| self.certificates.iter().any(|c| pin.matches(c, config.crypto()));
        if config.fingerprint().is_some_and(|pin| !pinned(pin)) {
            return Err(AuthorityError::FingerprintMismatch.into());
        }
        let authority = match config.known_authority(&self.certificates) {
            Some(authority) => authority.clone(),
            None => Authority::new(&self.certificates, config.crypto(), now)?,
        };
        let transaction = Transaction {
            authority,
            config,
            protection: self.protection,
            id: self.transaction_id.clone(),
            sender: self.sender.clone(),
        };
        Ok(Enrolment {
            transaction,
            message_type: self.message_type,
            subject: self.subject.clone(),
            public_key: self.public_key.clone(),
            current: self.current.clone(),
        })
    }

    pub(super) const fn progress(&self) -> Progress {
        self.progress
    }

    /// As bytes, of the newest version.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        // Of a renewal, the current certificate is the sender's.
        let former = self.current.as_ref().filter(|_| self.sender.key != KeyRole::Current);
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.octet_string(self.transaction_id.as_bytes());
                w.small_integer(self.message_type.number());
                w.raw(self.subject.as_der());
                w.raw(self.public_key.as_der());
                self.sender.encode(w);
                if let Some(former) = former {
                    w.constructed(FORMER, |w| w.raw(former.as_der()));
                }
                w.sequence(|w| self.certificates.iter().for_each(|certificate| w.raw(certificate.as_der())));
                self.protection.encode(w);
                w.octet_string(&self.progress.since.as_seconds().to_be_bytes());
                w.small_integer(self.progress.polls);
                w.octet_string(&self.progress.seed.to_be_bytes());
                w.octet_string(&self.until.as_seconds().to_be_bytes());
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`Error::Record`], with [`DecodeErrorKind::UnsupportedVersion`] for one written by a later release.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Self::decode(der).map_err(Error::Record)
    }

    pub(super) fn decode(der: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_any(der).map_err(DecodeError::within("PendingRecord"))
    }

    fn decode_any(der: &[u8]) -> Result<Self, DecodeError> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let version = fields.error(DecodeErrorKind::UnsupportedVersion);
        let record = match fields.small_integer()? {
            1 => Self::decode_1(&mut fields)?,
            VERSION => Self::decode_2(&mut fields)?,
            _ => return Err(version),
        };
        fields.finish()?;
        Ok(record)
    }

    /// Version 1: first requests, RSA with PKCS#1 v1.5.
    fn decode_1(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let transaction_id = TransactionId::from_bytes(fields.octet_string()?)?;
        let subject = NameRef::decode(fields)?.to_owned();
        let public_key = PublicKeyRef::decode(fields)?.to_owned();
        let certificate = Certificate::from_der(fields.any()?.raw())?;
        let key = if fields.boolean()? { KeyRole::Transport } else { KeyRole::New };
        Ok(Self {
            transaction_id,
            message_type: MessageType::PKCS_REQ,
            subject,
            public_key,
            sender: Sender::transport(certificate, key, RsaPadding::Pkcs1),
            current: None,
            certificates: certificates(fields.sequence()?)?,
            protection: Protection::decode_1(fields)?,
            progress: Progress { since: time(fields.any()?)?, polls: fields.small_integer()?, seed: 0 },
            until: time(fields.any()?)?,
        })
    }

    /// Version 2: with renewals, any key transport, RSASSA-PSS.
    fn decode_2(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let transaction_id = TransactionId::from_bytes(fields.octet_string()?)?;
        let message_type = MessageType::new(fields.small_integer()?);
        let subject = NameRef::decode(fields)?.to_owned();
        let public_key = PublicKeyRef::decode(fields)?.to_owned();
        let sender = Sender::decode(fields)?;
        let former = match fields.optional(FORMER)? {
            Some(element) => Some(Certificate::from_der(element.content())?),
            None => None,
        };
        let current = if sender.key == KeyRole::Current { Some(sender.certificate.clone()) } else { former };
        Ok(Self {
            transaction_id,
            message_type,
            subject,
            public_key,
            sender,
            current,
            certificates: certificates(fields.sequence()?)?,
            protection: Protection::decode(fields)?,
            progress: Progress {
                since: time(fields.any()?)?,
                polls: fields.small_integer()?,
                seed: seed(fields.any()?)?,
            },
            until: time(fields.any()?)?,
        })
    }
}

impl Sender {
    fn encode(&self, w: &mut Writer) {
        w.sequence(|w| {
            w.small_integer(match self.key {
                KeyRole::New => 0,
                KeyRole::Transport => 1,
                KeyRole::Current => 2,
            });
            w.boolean(self.padding == RsaPadding::Pss);
            w.raw(self.certificate.as_der());
            self.chain.iter().for_each(|certificate| w.raw(certificate.as_der()));
        });
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut fields = fields.sequence()?;
        let unknown = fields.error(DecodeErrorKind::InvalidValue);
        let key = match fields.small_integer()? {
            0 => KeyRole::New,
            1 => KeyRole::Transport,
            2 => KeyRole::Current,
            _ => return Err(unknown),
        };
        let padding = if fields.boolean()? { RsaPadding::Pss } else { RsaPadding::Pkcs1 };
        let certificate = Certificate::from_der(fields.any()?.raw())?;
        Ok(Self { certificate, chain: certificates(fields)?, key, padding })
    }
}

impl Protection {
    fn encode(&self, w: &mut Writer) {
        w.sequence(|w| {
            w.oid(self.digest.oid());
            w.oid(self.envelope.cipher.oid());
            self.envelope.key_transport.encode(w);
            w.boolean(self.method == Method::Post);
            w.raw(&self.seen.to_der());
        });
    }

    fn decode_1(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let unknown = fields.error(DecodeErrorKind::InvalidValue);
        let digest = DigestAlgorithm::from_oid(fields.oid()?).ok_or(unknown)?;
        let cipher = CipherAlgorithm::from_oid(fields.oid()?).ok_or(unknown)?;
        let method = if fields.boolean()? { Method::Post } else { Method::Get };
        let envelope = EnvelopeAlgorithms { cipher, key_transport: KeyTransportAlgorithm::RsaPkcs1 };
        Ok(Self { digest, envelope, method, seen: KnownCapabilities::NONE })
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut fields = fields.sequence()?;
        let unknown = fields.error(DecodeErrorKind::InvalidValue);
        let digest = DigestAlgorithm::from_oid(fields.oid()?).ok_or(unknown)?;
        let cipher = CipherAlgorithm::from_oid(fields.oid()?).ok_or(unknown)?;
        let transport = AlgorithmIdentifier::decode(&mut fields)?;
        let key_transport = KeyTransportAlgorithm::from_identifier(transport).ok_or(unknown)?;
        let method = if fields.boolean()? { Method::Post } else { Method::Get };
        let seen = KnownCapabilities::decode(fields.any()?.raw())?;
        fields.finish()?;
        Ok(Self { digest, envelope: EnvelopeAlgorithms { cipher, key_transport }, method, seen })
    }
}

pub(super) fn certificates(mut list: Reader<'_>) -> Result<Vec<Certificate>, DecodeError> {
    let mut certificates = Vec::new();
    while !list.is_empty() {
        certificates.push(Certificate::from_der(list.any()?.raw())?);
    }
    Ok(certificates)
}

/// Seconds in eight octets, two's complement.
pub(super) fn time(element: Element<'_>) -> Result<UnixTime, DecodeError> {
    match (element.tag(), element.content().try_into()) {
        (Tag::OCTET_STRING, Ok(seconds)) => Ok(UnixTime::from_seconds(i64::from_be_bytes(seconds))),
        _ => Err(element.error(DecodeErrorKind::InvalidTime)),
    }
}

/// A number in eight octets.
fn seed(element: Element<'_>) -> Result<u64, DecodeError> {
    match (element.tag(), element.content().try_into()) {
        (Tag::OCTET_STRING, Ok(seed)) => Ok(u64::from_be_bytes(seed)),
        _ => Err(element.error(DecodeErrorKind::InvalidValue)),
    }
}

const VERSION: u32 = 2;
const FORMER: Tag = Tag::context_constructed(0);
