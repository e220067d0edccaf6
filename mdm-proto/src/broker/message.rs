//! The messages between device and service: small DER, with a version number.
//!
//! ```text
//! Message ::= SEQUENCE {
//!     version INTEGER (1),
//!     body CHOICE {                                         -- all IMPLICIT
//!         request          [0] SEQUENCE { profile UTF8String, csr CertificationRequest },
//!         signedDigest     [1] SEQUENCE { profile UTF8String, csr CertificationRequest, signature OCTET STRING,
//!                                         transport Certificate, transactionID OCTET STRING, senderNonce OCTET STRING },
//!         signedAttributes [2] SEQUENCE { transactionID OCTET STRING, signature OCTET STRING },
//!         poll             [3] SEQUENCE { transactionID OCTET STRING, senderNonce OCTET STRING },
//!         installed        [4] SEQUENCE { transactionID OCTET STRING, certificate Certificate },
//!         digest           [8] SEQUENCE { digest OCTET STRING },
//!         attributes       [9] SEQUENCE { algorithm AlgorithmIdentifier, attributes OCTET STRING },
//!         reply           [10] SEQUENCE { certRep OCTET STRING, authority SEQUENCE OF Certificate,
//!                                         pollAt OCTET STRING (SIZE (8)) OPTIONAL },
//!         envelope        [11] SEQUENCE { envelope OCTET STRING, authority SEQUENCE OF Certificate,
//!                                         digest OBJECT IDENTIFIER, cipher OBJECT IDENTIFIER,
//!                                         keyTransport AlgorithmIdentifier, post BOOLEAN },
//!         refusal         [12] SEQUENCE { reason INTEGER } } }
//! ```
//! Of these, 0 to 4 go to the service, the others to the device. None of the former has a place for a CA's certificate, none of the
//! latter one for a challenge.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    AlgorithmIdentifier, Certificate, Csr, DecodeError, DecodeErrorKind, UnixTime,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    crypto::{DigestValue, Signature},
    der::{Element, Reader, Tag, Writer},
};
use scep::{Method, Nonce, TransactionId, message::EnvelopeAlgorithms};

use crate::{identity::der, profile::ProfileId};

/// What goes to the service.
#[derive(Debug)]
pub(super) enum ToService {
    Installed { transaction_id: TransactionId, certificate: Certificate },
    Poll { transaction_id: TransactionId, nonce: Nonce },
    Request { profile: ProfileId, csr: Csr },
    SignedAttributes { transaction_id: TransactionId, signature: Signature },
    SignedDigest(SignedDigest),
}

/// The digest's signature, and all that the service needs to go on without having kept anything.
#[derive(Clone, Debug)]
pub(super) struct SignedDigest {
    pub(super) profile: ProfileId,
    pub(super) csr: Csr,
    pub(super) signature: Signature,
    pub(super) transport: Certificate,
    pub(super) transaction_id: TransactionId,
    pub(super) nonce: Nonce,
}

/// What goes to the device.
#[derive(Debug)]
pub(super) enum ToDevice {
    Attributes { algorithm: SignatureAlgorithm, attributes: Vec<u8> },
    Digest(DigestValue),
    Envelope(Envelope),
    Refusal(RefusalReason),
    Reply { cert_rep: Vec<u8>, authority: Vec<Certificate>, poll_at: Option<UnixTime> },
}

/// An envelope that the device submits, and how.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub(super) envelope: Vec<u8>,
    pub(super) authority: Vec<Certificate>,
    pub(super) digest: DigestAlgorithm,
    pub(super) algorithms: EnvelopeAlgorithms,
    pub(super) method: Method,
}

/// Why the service refuses, as far as a device is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalReason {
    /// The CA did not decide in time.
    GaveUp,
    /// The request is malformed, or the signature in it does not verify.
    Invalid,
    /// The CSR is not what the service has on record for this device and profile.
    Mismatch,
    /// There is no such profile for this device.
    Profile,
    /// Too many requests. Come back later.
    TooMany,
    /// The service can't: its CA, its challenge, or itself. Come back later.
    Unavailable,
    /// A reason that this release does not know.
    Unknown(u32),
}

impl ToService {
    pub(super) fn to_der(&self) -> Vec<u8> {
        match self {
            Self::Request { profile, csr } => message(0, |w| {
                der::write_text(w, profile.as_str());
                w.raw(csr.as_der());
            }),
            Self::SignedDigest(signed) => message(1, |w| {
                der::write_text(w, signed.profile.as_str());
                w.raw(signed.csr.as_der());
                w.octet_string(signed.signature.as_bytes());
                w.raw(signed.transport.as_der());
                w.octet_string(signed.transaction_id.as_bytes());
                w.octet_string(signed.nonce.as_bytes());
            }),
            Self::SignedAttributes { transaction_id, signature } => message(2, |w| {
                w.octet_string(transaction_id.as_bytes());
                w.octet_string(signature.as_bytes());
            }),
            Self::Poll { transaction_id, nonce } => message(3, |w| {
                w.octet_string(transaction_id.as_bytes());
                w.octet_string(nonce.as_bytes());
            }),
            Self::Installed { transaction_id, certificate } => message(4, |w| {
                w.octet_string(transaction_id.as_bytes());
                w.raw(certificate.as_der());
            }),
        }
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        let (body, mut fields) = open(der)?;
        let read = match body.tag() {
            tag if tag == body_tag(0) => {
                Self::Request { profile: profile(&mut fields)?, csr: Csr::from_der(fields.any()?.raw())? }
            }
            tag if tag == body_tag(1) => Self::SignedDigest(SignedDigest {
                profile: profile(&mut fields)?,
                csr: Csr::from_der(fields.any()?.raw())?,
                signature: signature(&mut fields)?,
                transport: der::certificate(&mut fields)?,
                transaction_id: TransactionId::from_bytes(fields.octet_string()?)?,
                nonce: nonce(&mut fields)?,
            }),
            tag if tag == body_tag(2) => Self::SignedAttributes {
                transaction_id: TransactionId::from_bytes(fields.octet_string()?)?,
                signature: signature(&mut fields)?,
            },
            tag if tag == body_tag(3) => Self::Poll {
                transaction_id: TransactionId::from_bytes(fields.octet_string()?)?,
                nonce: nonce(&mut fields)?,
            },
            tag if tag == body_tag(4) => Self::Installed {
                transaction_id: TransactionId::from_bytes(fields.octet_string()?)?,
                certificate: der::certificate(&mut fields)?,
            },
            _ => return Err(body.error(DecodeErrorKind::InvalidValue)),
        };
        fields.finish()?;
        Ok(read)
    }
}

impl ToDevice {
    pub(super) fn to_der(&self) -> Vec<u8> {
        match self {
            Self::Digest(digest) => message(8, |w| w.octet_string(digest.as_bytes())),
            Self::Attributes { algorithm, attributes } => message(9, |w| {
                algorithm.identifier().encode(w);
                w.octet_string(attributes);
            }),
            Self::Reply { cert_rep, authority, poll_at } => message(10, |w| {
                w.octet_string(cert_rep);
                der::write_certificates(w, authority);
                if let Some(time) = poll_at {
                    der::write_time(w, *time);
                }
            }),
            Self::Envelope(envelope) => message(11, |w| envelope.encode(w)),
            Self::Refusal(reason) => message(12, |w| w.small_integer(reason.number())),
        }
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        let (body, mut fields) = open(der)?;
        let read = match body.tag() {
            tag if tag == body_tag(8) => Self::Digest(digest_value(fields.expect(Tag::OCTET_STRING)?)?),
            tag if tag == body_tag(9) => {
                let unknown = fields.error(DecodeErrorKind::InvalidValue);
                let identifier = AlgorithmIdentifier::decode(&mut fields)?;
                let algorithm = SignatureAlgorithm::KNOWN.iter().find(|known| known.identifier() == identifier);
                Self::Attributes { algorithm: *algorithm.ok_or(unknown)?, attributes: fields.octet_string()?.to_vec() }
            }
            tag if tag == body_tag(10) => Self::Reply {
                cert_rep: fields.octet_string()?.to_vec(),
                authority: der::certificates(&mut fields, MOST_CERTIFICATES)?,
                poll_at: if fields.is_empty() { None } else { Some(der::time(&mut fields)?) },
            },
            tag if tag == body_tag(11) => Self::Envelope(Envelope::decode(&mut fields)?),
            tag if tag == body_tag(12) => Self::Refusal(RefusalReason::from_number(fields.small_integer()?)),
            _ => return Err(body.error(DecodeErrorKind::InvalidValue)),
        };
        fields.finish()?;
        Ok(read)
    }
}

impl Envelope {
    pub(super) fn encode(&self, w: &mut Writer) {
        w.octet_string(&self.envelope);
        der::write_certificates(w, &self.authority);
        w.oid(self.digest.oid());
        w.oid(self.algorithms.cipher.oid());
        self.algorithms.key_transport.encode(w);
        w.boolean(self.method == Method::Post);
    }

    pub(super) fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let envelope = fields.octet_string()?.to_vec();
        let authority = der::certificates(fields, MOST_CERTIFICATES)?;
        let unknown = fields.error(DecodeErrorKind::InvalidValue);
        let digest = DigestAlgorithm::from_oid(fields.oid()?).ok_or(unknown)?;
        let cipher = CipherAlgorithm::from_oid(fields.oid()?).ok_or(unknown)?;
        let transport = AlgorithmIdentifier::decode(fields)?;
        let key_transport = KeyTransportAlgorithm::from_identifier(transport).ok_or(unknown)?;
        let method = if fields.boolean()? { Method::Post } else { Method::Get };
        Ok(Self { envelope, authority, digest, algorithms: EnvelopeAlgorithms { cipher, key_transport }, method })
    }
}

impl RefusalReason {
    const fn number(self) -> u32 {
        match self {
            Self::Invalid => 0,
            Self::Profile => 1,
            Self::Mismatch => 2,
            Self::TooMany => 3,
            Self::Unavailable => 4,
            Self::GaveUp => 5,
            Self::Unknown(number) => number,
        }
    }

    const fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Invalid,
            1 => Self::Profile,
            2 => Self::Mismatch,
            3 => Self::TooMany,
            4 => Self::Unavailable,
            5 => Self::GaveUp,
            number => Self::Unknown(number),
        }
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GaveUp => "the CA did not decide in time",
            Self::Invalid => "the request is malformed or not signed by its key",
            Self::Mismatch => "the request is not what the service has on record",
            Self::Profile => "there is no such profile for this device",
            Self::TooMany => "too many requests",
            Self::Unavailable => "the service can't do it now",
            Self::Unknown(number) => return write!(f, "reason {number}"),
        })
    }
}

fn message(number: u8, write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.small_integer(VERSION);
            w.constructed(body_tag(number), write);
        });
    })
}

/// The body and what is in it.
fn open(der: &[u8]) -> Result<(Element<'_>, Reader<'_>), DecodeError> {
    let mut fields = der::record(der, VERSION, LARGEST)?;
    let body = fields.any()?;
    fields.finish()?;
    Ok((body, body.reader()))
}

const fn body_tag(number: u8) -> Tag {
    Tag::context_constructed(number)
}

/// The name of a profile.
pub(super) fn profile(fields: &mut Reader<'_>) -> Result<ProfileId, DecodeError> {
    let invalid = fields.error(DecodeErrorKind::InvalidString);
    ProfileId::new(&der::text(fields)?).map_err(|_invalid| invalid)
}

fn signature(fields: &mut Reader<'_>) -> Result<Signature, DecodeError> {
    fields.octet_string().map(|octets| Signature::new(octets.to_vec()))
}

/// Sixteen octets: these nonces are ours.
fn nonce(fields: &mut Reader<'_>) -> Result<Nonce, DecodeError> {
    let element = fields.expect(Tag::OCTET_STRING)?;
    let nonce = Nonce::from_bytes(element.content()).map_err(|error| element.error(error.kind()))?;
    if nonce.was_odd_length() { Err(element.error(DecodeErrorKind::InvalidValue)) } else { Ok(nonce) }
}

fn digest_value(element: Element<'_>) -> Result<DigestValue, DecodeError> {
    DigestValue::new(element.content()).ok_or_else(|| element.error(DecodeErrorKind::InvalidValue))
}

const VERSION: u32 = 1;
/// Most octets in a message. A CertRep with a chain in it has some ten thousand.
const LARGEST: usize = 128 * 1024;
/// Most certificates of an authority; as many as [`Limits`](pki_core::Limits) has entries by default.
const MOST_CERTIFICATES: usize = 32;
