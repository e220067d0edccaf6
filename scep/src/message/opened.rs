//! [`Opened`]: the envelope decrypted and the messageData read.

use alloc::vec::Vec;

use pki_core::{
    Certificate, Csr,
    cms::{EnvelopedData, SignedData},
    crypto::{ContentKey, CryptoProvider},
    oid,
};

use super::{IssuerAndSubject, Verified};
use crate::attribute::{KnownMessageType, MessageType};

/// A pkiMessage all of which is readable.
#[derive(Clone, Debug)]
pub struct Opened {
    verified: Verified,
    data: MessageData,
}

/// messageData: what was in the envelope, by messageType (RFC 8894 section 3.3).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MessageData {
    /// CertRep: the certificates of a degenerate SignedData, in the order received, which means nothing (section 3.4).
    Certificates(Vec<Certificate>),
    /// PKCSReq: a PKCS#10 request (section 3.3.1). Its own signature is not verified yet.
    Csr(Csr),
    /// CertPoll (section 3.3.3).
    IssuerAndSubject(IssuerAndSubject),
}

impl Opened {
    /// `None` for every failure alike.
    pub(super) fn open(verified: &Verified, key: &ContentKey, crypto: &CryptoProvider) -> Option<Self> {
        let limits = verified.received().limits();
        let content = verified.content().ok()?;
        let envelope = EnvelopedData::from_ber(&content, limits).ok()?;
        if envelope.content_type() != oid::DATA {
            return None;
        }
        let plaintext = envelope.decrypt(key, crypto).ok()?;
        let data = match verified.attributes().message_type.known()? {
            KnownMessageType::PkcsReq | KnownMessageType::RenewalReq => {
                MessageData::Csr(Csr::from_der(plaintext.expose()).ok()?)
            }
            KnownMessageType::CertPoll => {
                MessageData::IssuerAndSubject(IssuerAndSubject::from_der(plaintext.expose()).ok()?)
            }
            KnownMessageType::CertRep => {
                let signed_data = SignedData::from_ber(plaintext.expose(), limits).ok()?;
                let certificates = signed_data.certificates().filter_map(|der| Certificate::from_der(der).ok());
                MessageData::Certificates(certificates.collect())
            }
            _ => return None,
        };
        Some(Self { verified: verified.clone(), data })
    }

    /// The stage before: attributes and signer.
    #[must_use]
    pub const fn verified(&self) -> &Verified {
        &self.verified
    }

    /// What was in the envelope.
    #[must_use]
    pub const fn data(&self) -> &MessageData {
        &self.data
    }

    /// Shorthand for the messageType.
    #[must_use]
    pub const fn message_type(&self) -> MessageType {
        self.verified.attributes().message_type
    }
}
