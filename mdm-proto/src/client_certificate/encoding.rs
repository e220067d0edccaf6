//! A [`ClientRecord`] as bytes.

use alloc::vec::Vec;

use pki_core::{
    BuildError, CsrDigest, DecodeError, DecodeErrorKind,
    der::{Decode as _, Reader, Tag, Writer},
};
use scep::server::UnsignedCertificate;

use super::{ClientRecord, IssuedCertificate, NextCertificate, Retired, RetiredBecause, Revocation};
use crate::identity::{Identity, der};

impl ClientRecord {
    /// Most bytes in a record, 256 KiB. With usual certificates they stay below 4 kB.
    pub const MAX_SIZE: usize = 256 * 1024;

    /// As bytes: the same for the same record, so that a database can compare them. They begin with a version number;
    /// versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                self.identity.encode(w);
                if let Some(current) = &self.current {
                    w.constructed(CURRENT, |w| current.encode(w));
                }
                match &self.next {
                    Some(NextCertificate::Approved { csr, unsigned }) => w.constructed(APPROVED, |w| {
                        w.octet_string(csr.as_bytes());
                        w.raw(unsigned.tbs());
                    }),
                    Some(NextCertificate::Issued(issued)) => w.constructed(ISSUED, |w| issued.encode(w)),
                    None => {}
                }
                w.sequence(|w| self.retired.iter().for_each(|retired| retired.encode(w)));
                if let Some(revocation) = self.revoked {
                    w.constructed(REVOKED, |w| der::write_time(w, revocation.at));
                }
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::UnsupportedVersion`] for a record written by a later release.
    /// - [`DecodeErrorKind::TooLarge`] beyond [`MAX_SIZE`](Self::MAX_SIZE), [`DecodeErrorKind::TooMany`] beyond
    ///   [`MOST_RETIRED`](Self::MOST_RETIRED).
    /// - Others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("ClientRecord"))
    }
}

impl IssuedCertificate {
    fn encode(&self, w: &mut Writer) {
        w.octet_string(self.csr.as_bytes());
        w.raw(self.certificate.as_der());
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let csr = CsrDigest::from_bytes(der::octets(fields)?);
        Ok(Self { csr, certificate: der::certificate(fields)? })
    }
}

impl Retired {
    fn encode(&self, w: &mut Writer) {
        w.sequence(|w| {
            w.octet_string(&self.serial);
            der::write_time(w, self.not_after);
            der::write_time(w, self.at);
            w.boolean(self.because == RetiredBecause::Renewed);
        });
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut fields = fields.sequence()?;
        let serial = fields.octet_string()?.to_vec();
        let (not_after, at) = (der::time(&mut fields)?, der::time(&mut fields)?);
        let because = if fields.boolean()? { RetiredBecause::Renewed } else { RetiredBecause::Replaced };
        fields.finish()?;
        Ok(Self { serial, not_after, at, because })
    }
}

fn decode(der: &[u8]) -> Result<ClientRecord, DecodeError> {
    let mut fields = der::record(der, VERSION, ClientRecord::MAX_SIZE)?;
    let identity = Identity::decode(&mut fields).map_err(DecodeError::within("identity"))?;
    let current = der::optional(&mut fields, CURRENT, IssuedCertificate::decode);
    let current = current.map_err(DecodeError::within("current"))?;
    let next = read_next(&mut fields).map_err(DecodeError::within("next"))?;
    let retired = der::list(&mut fields, ClientRecord::MOST_RETIRED, Retired::decode);
    let retired = retired.map_err(DecodeError::within("retired"))?;
    let revoked = der::optional(&mut fields, REVOKED, der::time)?.map(|at| Revocation { at });
    fields.finish()?;
    Ok(ClientRecord { identity, current, next, retired, revoked })
}

fn read_next(fields: &mut Reader<'_>) -> Result<Option<NextCertificate>, DecodeError> {
    if let Some(issued) = der::optional(fields, ISSUED, IssuedCertificate::decode)? {
        return Ok(Some(NextCertificate::Issued(issued)));
    }
    der::optional(fields, APPROVED, |content| {
        let csr = CsrDigest::from_bytes(der::octets(content)?);
        let tbs = content.any()?;
        let unsigned = UnsignedCertificate::from_tbs(tbs.raw()).map_err(|error| match error {
            BuildError::Unreadable(error) => error,
            _ => tbs.error(DecodeErrorKind::InvalidValue),
        })?;
        Ok(NextCertificate::Approved { csr, unsigned })
    })
}

const VERSION: u32 = 1;
const CURRENT: Tag = Tag::context_constructed(0);
const APPROVED: Tag = Tag::context_constructed(1);
const ISSUED: Tag = Tag::context_constructed(2);
const REVOKED: Tag = Tag::context_constructed(3);
