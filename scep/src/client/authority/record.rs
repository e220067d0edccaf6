//! [`Authority`] as bytes, for records that hold one.

use alloc::vec::Vec;

use pki_core::{
    Certificate, DecodeError, DecodeErrorKind,
    der::{Element, Reader, Writer},
};

use super::Authority;
use crate::client::record::certificates;

impl Authority {
    /// `SEQUENCE { certificates SEQUENCE OF Certificate, recipient INTEGER, signers SEQUENCE OF INTEGER }`, the numbers being
    /// places among the certificates.
    pub(in crate::client) fn encode(&self, writer: &mut Writer) {
        let place = |certificate: &Certificate| {
            let place = self.certificates.iter().position(|other| other == certificate);
            place.and_then(|place| u32::try_from(place).ok()).unwrap_or(0)
        };
        writer.sequence(|w| {
            w.sequence(|w| self.certificates.iter().for_each(|certificate| w.raw(certificate.as_der())));
            w.small_integer(place(&self.recipient));
            w.sequence(|w| self.signers.iter().for_each(|signer| w.small_integer(place(signer))));
        });
    }

    /// Reads it back. The roles are believed: whoever keeps the record has judged the certificates.
    pub(in crate::client) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut fields = reader.sequence()?;
        let certificates = certificates(fields.sequence()?)?;
        let at = |element: Element<'_>| {
            let place = element.small_integer()?;
            let found = usize::try_from(place).ok().and_then(|place| certificates.get(place));
            found.cloned().ok_or_else(|| element.error(DecodeErrorKind::InvalidValue))
        };
        let recipient = at(fields.any()?)?;
        let mut places = fields.sequence()?;
        fields.finish()?;
        let mut signers = Vec::new();
        while !places.is_empty() {
            signers.push(at(places.any()?)?);
        }
        Ok(Self { certificates, recipient, signers })
    }
}
