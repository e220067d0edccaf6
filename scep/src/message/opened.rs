//! [`Opened`]: the envelope decrypted and the messageData read.

use alloc::vec::Vec;

use pki_core::{
    Certificate, Crl, Csr,
    cms::{EnvelopedData, SignedData},
    crypto::{ContentKey, CryptoProvider},
    oid,
};

use super::{IssuerAndSerial, IssuerAndSubject, Verified, quirks};
use crate::{
    attribute::{KnownMessageType, MessageType},
    peer::Quirks,
};

/// A pkiMessage all of which is readable.
#[derive(Clone, Debug)]
pub struct Opened {
    verified: Verified,
    data: MessageData,
    /// Those that only messageData shows.
    quirks: Quirks,
}

/// messageData: what was in the envelope, by messageType (RFC 8894 section 3.3).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MessageData {
    /// CertRep (section 3.4).
    Bundle(Bundle),
    /// PKCSReq: a PKCS#10 request (section 3.3.1). Its own signature is not verified yet.
    Csr(Csr),
    /// GetCert, GetCRL (section 3.3.4).
    IssuerAndSerial(IssuerAndSerial),
    /// CertPoll (section 3.3.3).
    IssuerAndSubject(IssuerAndSubject),
}

/// What is in a degenerate SignedData, in the order received, which means nothing (section 3.4). What can't be read is left
/// out.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Bundle {
    /// The certificates: the one issued or asked for, and any above it.
    pub certificates: Vec<Certificate>,
    /// The CRLs: one in answer to GetCRL, none otherwise.
    pub crls: Vec<Crl>,
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
        let mut seen = Quirks::NONE;
        let data = match verified.attributes().message_type.known()? {
            KnownMessageType::PkcsReq | KnownMessageType::RenewalReq => {
                let csr = Csr::from_der(plaintext.expose()).ok()?;
                seen |= quirks::of_csr(&csr, verified.signer());
                MessageData::Csr(csr)
            }
            KnownMessageType::CertPoll => {
                let names = IssuerAndSubject::from_der(plaintext.expose()).ok()?;
                seen |= quirks::of_poll(&names, verified.signer());
                MessageData::IssuerAndSubject(names)
            }
            KnownMessageType::GetCert | KnownMessageType::GetCrl => {
                MessageData::IssuerAndSerial(IssuerAndSerial::from_der(plaintext.expose()).ok()?)
            }
            KnownMessageType::CertRep => {
                let signed_data = SignedData::from_ber(plaintext.expose(), limits).ok()?;
                let certificates = signed_data.certificates().filter_map(|der| Certificate::from_der(der).ok());
                let crls = signed_data.crls().filter_map(|der| Crl::from_der(der).ok());
                let bundle = Bundle { certificates: certificates.collect(), crls: crls.collect() };
                seen |= quirks::of_bundle(plaintext.expose(), bundle.certificates.len(), limits);
                MessageData::Bundle(bundle)
            }
        };
        Some(Self { verified: verified.clone(), data, quirks: seen })
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

    /// What deviates in the message, now that all of it is seen.
    #[must_use]
    pub fn quirks(&self) -> Quirks {
        self.verified.quirks() | self.quirks
    }

    /// Shorthand for the messageType.
    #[must_use]
    pub const fn message_type(&self) -> MessageType {
        self.verified.attributes().message_type
    }
}
