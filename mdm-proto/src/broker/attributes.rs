//! What a device checks before it signs attributes.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    DecodeError, Oid,
    algorithm::DigestAlgorithm,
    der::{Element, Reader, Tag, Writer},
    oid,
};
use scep::{MessageType, Nonce, TransactionId};

/// Why a device does not sign what it was given as the signed attributes of its pkiMessage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttributeFlaw {
    /// contentType is not id-data.
    ContentType,
    /// messageDigest is not as long as the digests of the algorithm.
    Digest,
    /// An attribute occurs again, or has another number of values than one.
    Duplicate,
    /// An attribute that a request by this device has not.
    Foreign,
    /// messageType is another than that of the message that the device wants to send.
    MessageType,
    /// One of the five attributes is missing.
    Missing,
    /// senderNonce is not the device's.
    Nonce,
    /// Not the DER of a SET OF attributes in order, and nothing behind it.
    NotDer(DecodeError),
    /// All there, and not as they are written: another order, another string type.
    NotCanonical,
    /// transactionID is not the device's.
    TransactionId,
}

/// What the attributes have to say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) message_type: MessageType,
    pub(super) transaction_id: &'a TransactionId,
    pub(super) nonce: &'a Nonce,
    pub(super) digest: DigestAlgorithm,
}

impl Expected<'_> {
    /// Whether `given` is what this device's own request would have to be signed over: contentType, messageDigest, messageType,
    /// transactionID, senderNonce, each with one value, in DER (RFC 5652 section 5.4, RFC 8894 section 3.2.1).
    ///
    /// In the end the whole is made once more from what the device knows, and compared: but for the octets of messageDigest,
    /// nothing in it is the service's choice.
    pub(super) fn check(&self, given: &[u8]) -> Result<(), AttributeFlaw> {
        let mut outer = Reader::new(given);
        let mut set = outer.nested(Tag::SET).map_err(AttributeFlaw::NotDer)?;
        outer.finish().map_err(AttributeFlaw::NotDer)?;
        let mut found: Vec<(Oid<'_>, Element<'_>)> = Vec::with_capacity(5);
        while !set.is_empty() {
            let (oid, value) = attribute(&mut set)?;
            if !ALL.contains(&oid) {
                return Err(AttributeFlaw::Foreign);
            }
            if found.iter().any(|(known, _)| *known == oid) {
                return Err(AttributeFlaw::Duplicate);
            }
            found.push((oid, value));
        }
        let value = |oid| found.iter().find(|(known, _)| *known == oid).map(|(_, value)| *value);
        let value = |oid| value(oid).ok_or(AttributeFlaw::Missing);
        let same = |oid, expected: &[u8], flaw| if value(oid)?.raw() == expected { Ok(()) } else { Err(flaw) };
        let digest = value(oid::MESSAGE_DIGEST)?;
        same(oid::CONTENT_TYPE, &content_type(), AttributeFlaw::ContentType)?;
        same(oid::SCEP_MESSAGE_TYPE, &self.message_type.to_der(), AttributeFlaw::MessageType)?;
        same(oid::SCEP_TRANSACTION_ID, &self.transaction_id.to_der(), AttributeFlaw::TransactionId)?;
        same(oid::SCEP_SENDER_NONCE, &self.nonce.to_der(), AttributeFlaw::Nonce)?;
        if digest.tag() != Tag::OCTET_STRING || digest.content().len() != self.digest.output_length() {
            return Err(AttributeFlaw::Digest);
        }
        if self.encode(digest.content()) == given { Ok(()) } else { Err(AttributeFlaw::NotCanonical) }
    }

    /// The attributes of a message whose content has this digest.
    fn encode(&self, digest: &[u8]) -> Vec<u8> {
        let attribute = |oid: Oid<'_>, value: &[u8]| {
            Writer::encode(|w| {
                w.sequence(|w| {
                    w.oid(oid);
                    w.constructed(Tag::SET, |w| w.raw(value));
                });
            })
        };
        let digest = Writer::encode(|w| w.octet_string(digest));
        let all = [
            attribute(oid::CONTENT_TYPE, &content_type()),
            attribute(oid::MESSAGE_DIGEST, &digest),
            attribute(oid::SCEP_MESSAGE_TYPE, &self.message_type.to_der()),
            attribute(oid::SCEP_TRANSACTION_ID, &self.transaction_id.to_der()),
            attribute(oid::SCEP_SENDER_NONCE, &self.nonce.to_der()),
        ];
        Writer::encode(|w| w.set_of(Tag::SET, all))
    }
}

fn content_type() -> Vec<u8> {
    Writer::encode(|w| w.oid(oid::DATA))
}

/// The next attribute, which has one value.
fn attribute<'a>(set: &mut Reader<'a>) -> Result<(Oid<'a>, Element<'a>), AttributeFlaw> {
    let mut fields = set.sequence().map_err(AttributeFlaw::NotDer)?;
    let oid = fields.oid().map_err(AttributeFlaw::NotDer)?;
    let mut values = fields.nested(Tag::SET).map_err(AttributeFlaw::NotDer)?;
    fields.finish().map_err(AttributeFlaw::NotDer)?;
    let value = values.any().map_err(AttributeFlaw::NotDer)?;
    if values.is_empty() { Ok((oid, value)) } else { Err(AttributeFlaw::Duplicate) }
}

impl fmt::Display for AttributeFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not signed: ")?;
        f.write_str(match self {
            Self::ContentType => "contentType is not id-data",
            Self::Digest => "messageDigest is not of the algorithm's length",
            Self::Duplicate => "an attribute occurs twice",
            Self::Foreign => "an attribute that no request of this device has",
            Self::MessageType => "messageType is another",
            Self::Missing => "an attribute is missing",
            Self::Nonce => "senderNonce is not this device's",
            Self::NotDer(error) => return write!(f, "no set of attributes: {error}"),
            Self::NotCanonical => "the attributes are not in the order or form of DER",
            Self::TransactionId => "transactionID is not this device's",
        })
    }
}

impl core::error::Error for AttributeFlaw {}

const ALL: [Oid<'static>; 5] =
    [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST, oid::SCEP_MESSAGE_TYPE, oid::SCEP_TRANSACTION_ID, oid::SCEP_SENDER_NONCE];
