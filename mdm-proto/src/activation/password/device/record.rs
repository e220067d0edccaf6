//! [`RequestRecord`]: a request whose answer has not come yet, to be kept and resumed.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{DecodeError, PublicKey, Secret, der::Writer};
use zeroize::Zeroize;

use super::{Device, DeviceExchange, exchange::Requested};
use crate::activation::password::{
    DeviceError,
    keys::{SealingKey, Transcript},
    message::LARGEST_TO_SERVICE,
};
use crate::identity::der;

/// The last exchange as plain data: what [`DeviceExchange::record`] gives and [`RequestRecord::resume`] takes.
///
/// It holds the key that the answer is sealed with: whoever reads it can read and forge the answer. Keep it where private
/// keys are kept, and remove it with the answer.
pub struct RequestRecord {
    message: Vec<u8>,
    key: SealingKey,
    transcript: Transcript,
    public_key: PublicKey,
}

impl RequestRecord {
    pub(super) fn new(message: &[u8], requested: &Requested) -> Self {
        let Requested { key, transcript, public_key, .. } = requested;
        Self { message: message.to_vec(), key: key.copy(), transcript: *transcript, public_key: public_key.clone() }
    }

    /// The key that a certificate is asked for: which private key to have kept.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Goes on waiting for the answer.
    pub fn resume(self, device: &Device) -> DeviceExchange {
        let Self { message, key, transcript, public_key } = self;
        DeviceExchange::request(message, Requested { device: device.clone(), key, transcript, public_key })
    }

    /// As bytes, of the newest version.
    ///
    /// ```text
    /// RequestRecord ::= SEQUENCE { version INTEGER (1), message OCTET STRING, key OCTET STRING (64),
    ///                              transcript OCTET STRING (32), publicKey SubjectPublicKeyInfo }
    /// ```
    #[must_use]
    pub fn to_der(&self) -> Secret {
        Secret::new(Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.octet_string(&self.message);
                w.octet_string(&*self.key.to_bytes());
                w.octet_string(self.transcript.as_bytes());
                w.raw(self.public_key.as_der());
            });
        }))
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`DeviceError::Record`], with [`UnsupportedVersion`](pki_core::DecodeErrorKind::UnsupportedVersion) for one written
    /// by a later release.
    pub fn from_der(der: &[u8]) -> Result<Self, DeviceError> {
        Self::decode(der).map_err(DecodeError::within("RequestRecord")).map_err(DeviceError::Record)
    }

    fn decode(der: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = der::record(der, VERSION, LARGEST)?;
        let message = fields.octet_string()?.to_vec();
        let mut key: [u8; 64] = der::octets(&mut fields)?;
        let sealing = SealingKey::from_bytes(&key);
        key.zeroize();
        let transcript = Transcript::from_bytes(der::octets(&mut fields)?);
        let public_key = PublicKey::from_der(fields.any()?.raw())?;
        fields.finish()?;
        Ok(Self { message, key: sealing, transcript, public_key })
    }
}

impl fmt::Debug for RequestRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestRecord({} octets)", self.message.len())
    }
}

const VERSION: u32 = 1;
const LARGEST: usize = 2 * LARGEST_TO_SERVICE;
