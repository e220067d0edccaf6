//! [`SignRecord`]: a message that waits for its signature, to be kept and resumed.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{
    Certificate, DecodeError, DecodeErrorKind, PublicKey, UnixTime,
    der::{Reader, Writer},
};

use super::{
    ClientConfig, Error, KeyRole, PendingRecord, Sign,
    enrolment::{Enrolment, Progress, Purpose},
    transaction::Unsigned,
};
use crate::attribute::{MessageType, Nonce, TransactionId};

/// A message that waits for its signature, as plain data: what [`Sign::record`] gives and [`SignRecord::resume`] takes. For
/// those whose signer is elsewhere and takes its time, like a device behind a broker: any replica may go on.
///
/// [`to_der`](Self::to_der) and [`from_der`](Self::from_der) turn it into bytes and back. The encoding begins with a version
/// number; versions that were written once stay readable. The CSR is in it as it goes to the CA, encrypted; but who can change
/// the record can change which CA is believed: keep it as one keeps configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignRecord {
    /// The transaction; its progress counts in a poll only.
    pending: PendingRecord,
    kind: Kind,
    nonce: Nonce,
    envelope: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Request,
    Poll,
}

impl SignRecord {
    pub(super) fn of(enrolment: &Enrolment, progress: Option<Progress>, unsigned: &Unsigned) -> Self {
        let kind = if progress.is_some() { Kind::Poll } else { Kind::Request };
        let start = UnixTime::from_seconds(0);
        let progress = progress.unwrap_or(Progress { since: start, polls: 0, seed: 0 });
        Self {
            pending: PendingRecord::of(enrolment, progress, start),
            kind,
            nonce: unsigned.nonce.clone(),
            envelope: unsigned.envelope.clone(),
        }
    }

    /// The transaction.
    #[must_use]
    pub const fn transaction_id(&self) -> &TransactionId {
        self.pending.transaction_id()
    }

    /// The key that a certificate is asked for.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        self.pending.public_key()
    }

    /// The key that has to sign, and the certificate that says so.
    #[must_use]
    pub const fn signer(&self) -> (KeyRole, &Certificate) {
        self.pending.signer()
    }

    /// Goes on waiting for the signature: the same octets are to be signed.
    ///
    /// # Errors
    /// - [`Error::Authority`] if the CA's certificates no longer do at `now`, or lack the fingerprint that `config` pins.
    /// - [`Error::Build`] if the provider lacks the digest that was signed with, [`Error::Unsupported`] if nothing is known that the
    ///   signer's key could sign with.
    pub fn resume(&self, config: Arc<ClientConfig>, now: UnixTime) -> Result<Sign, Error> {
        let enrolment = self.pending.enrolment(config, now)?;
        let (message_type, progress) = match self.kind {
            Kind::Request => (enrolment.message_type, None),
            Kind::Poll => (MessageType::CERT_POLL, Some(self.pending.progress())),
        };
        let unsigned = enrolment.transaction.message_of(message_type, self.nonce.clone(), self.envelope.clone())?;
        Ok(Sign::message(Purpose::Certificate(Arc::new(enrolment), progress), unsigned))
    }

    /// As bytes.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.raw(&self.pending.to_der());
                w.boolean(self.kind == Kind::Poll);
                w.octet_string(self.nonce.as_bytes());
                w.octet_string(&self.envelope);
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`Error::Record`], with [`DecodeErrorKind::UnsupportedVersion`] for one written by a later release.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Self::decode(der).map_err(DecodeError::within("SignRecord")).map_err(Error::Record)
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
            pending: PendingRecord::decode(fields.any()?.raw())?,
            kind: if fields.boolean()? { Kind::Poll } else { Kind::Request },
            nonce: Nonce::from_bytes(fields.octet_string()?)?,
            envelope: fields.octet_string()?.to_vec(),
        };
        fields.finish()?;
        Ok(record)
    }
}

const VERSION: u32 = 1;
