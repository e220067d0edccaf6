//! The messages, as DER.
//!
//! ```text
//! Message      ::= SEQUENCE { version INTEGER (1), kind INTEGER, … by kind … }
//! hello 1         user UTF8String
//! parameters 2    service UTF8String, salt OCTET STRING (32), logN INTEGER, r INTEGER, p INTEGER
//! share 3         user UTF8String, device UTF8String, shareP OCTET STRING (65)
//! proof 4         shareV OCTET STRING (65), confirmV OCTET STRING (32)
//! request 5       … share …, confirmP OCTET STRING (32), sealed OCTET STRING
//! answer 6        sealed OCTET STRING
//! failure 7
//! ```

use alloc::vec::Vec;

use pki_core::{
    DecodeError, DecodeErrorKind,
    der::{Reader, Writer},
};

use super::{
    identifier::{DeviceName, ServiceName, UserId},
    scrypt_parameters::ScryptParameters,
    spake,
};
use crate::identity::der;

pub(super) mod content;

/// A message, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Hello(UserId),
    Parameters(Parameters),
    Share(Share),
    Proof(Proof),
    Request(Request),
    Answer(Vec<u8>),
    Failure,
}

/// Who asks: in everything but the hello, so that a service need not keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    pub(super) user: UserId,
    pub(super) device: DeviceName,
}

/// What to do with the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) service: ServiceName,
    pub(super) salt: Salt,
    pub(super) scrypt: ScryptParameters,
}

/// The device's share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) sender: Sender,
    pub(super) share: spake::Share,
}

/// The service's share, and that it knows the verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) share: spake::Share,
    pub(super) confirmation: spake::Confirmation,
}

/// That the device knows the password, and the CSR, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) share: Share,
    pub(super) confirmation: spake::Confirmation,
    pub(super) sealed: Vec<u8>,
}

/// A salt.
pub(super) type Salt = [u8; 32];

impl Message {
    pub(super) fn hello(user: &UserId) -> Vec<u8> {
        encode(HELLO, |w| user.encode(w))
    }

    pub(super) fn parameters(parameters: &Parameters) -> Vec<u8> {
        encode(PARAMETERS, |w| {
            parameters.service.encode(w);
            w.octet_string(&parameters.salt);
            parameters.scrypt.encode(w);
        })
    }

    pub(super) fn share(share: &Share) -> Vec<u8> {
        encode(SHARE, |w| share.encode(w))
    }

    pub(super) fn proof(proof: &Proof) -> Vec<u8> {
        encode(PROOF, |w| {
            w.octet_string(&proof.share);
            w.octet_string(&proof.confirmation);
        })
    }

    pub(super) fn request(request: &Request) -> Vec<u8> {
        encode(REQUEST, |w| {
            request.share.encode(w);
            w.octet_string(&request.confirmation);
            w.octet_string(&request.sealed);
        })
    }

    pub(super) fn answer(sealed: &[u8]) -> Vec<u8> {
        encode(ANSWER, |w| w.octet_string(sealed))
    }

    pub(super) fn failure() -> Vec<u8> {
        encode(FAILURE, |_| {})
    }

    /// Reads a message of at most `largest` octets. There is one encoding of each, so it can be written again.
    pub(super) fn decode(der: &[u8], largest: usize) -> Result<Self, DecodeError> {
        let mut fields = der::record(der, VERSION, largest)?;
        let kind = fields.error(DecodeErrorKind::InvalidValue);
        let message = match fields.small_integer()? {
            HELLO => Self::Hello(UserId::decode(&mut fields)?),
            PARAMETERS => Self::Parameters(Parameters {
                service: ServiceName::decode(&mut fields)?,
                salt: der::octets(&mut fields)?,
                scrypt: ScryptParameters::decode(&mut fields)?,
            }),
            SHARE => Self::Share(Share::decode(&mut fields)?),
            PROOF => Self::Proof(Proof { share: der::octets(&mut fields)?, confirmation: der::octets(&mut fields)? }),
            REQUEST => Self::Request(Request {
                share: Share::decode(&mut fields)?,
                confirmation: der::octets(&mut fields)?,
                sealed: fields.octet_string()?.to_vec(),
            }),
            ANSWER => Self::Answer(fields.octet_string()?.to_vec()),
            FAILURE => Self::Failure,
            _ => return Err(kind),
        };
        fields.finish()?;
        Ok(message)
    }
}

impl Sender {
    pub(super) fn encode(&self, w: &mut Writer) {
        self.user.encode(w);
        self.device.encode(w);
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { user: UserId::decode(fields)?, device: DeviceName::decode(fields)? })
    }
}

impl Share {
    fn encode(&self, w: &mut Writer) {
        self.sender.encode(w);
        w.octet_string(&self.share);
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { sender: Sender::decode(fields)?, share: der::octets(fields)? })
    }
}

fn encode(kind: u32, fields: impl FnOnce(&mut Writer)) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.small_integer(VERSION);
            w.small_integer(kind);
            fields(w);
        });
    })
}

const VERSION: u32 = 1;
const HELLO: u32 = 1;
const PARAMETERS: u32 = 2;
const SHARE: u32 = 3;
const PROOF: u32 = 4;
const REQUEST: u32 = 5;
const ANSWER: u32 = 6;
const FAILURE: u32 = 7;

/// The most octets of a message to a service; a CSR for a key of RSA-4096 has 1.7 kB.
pub(super) const LARGEST_TO_SERVICE: usize = 16 * 1024;
/// The most octets of a message to a device.
pub(super) const LARGEST_TO_DEVICE: usize = 64 * 1024;

#[cfg(test)]
mod tests;
