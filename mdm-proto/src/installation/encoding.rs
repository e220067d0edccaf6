//! An [`Installation`] as bytes.

use alloc::vec::Vec;

use pki_core::{
    DecodeError,
    der::{Reader, Tag, Writer},
};

use super::{Authority, Former, Installation, ServerKey};
use crate::{identity::der, keystore::KeyHandle};

impl Installation {
    /// Most bytes in a record, 4 MiB. With usual certificates they stay below 16 kB.
    pub const MAX_SIZE: usize = 4 * 1024 * 1024;

    /// As bytes: the same for the same record, so that a database can compare them. They begin with a version number;
    /// versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                self.current.encode(w);
                if let Some((next, since)) = &self.next {
                    w.constructed(NEXT, |w| {
                        next.encode(w);
                        der::write_time(w, *since);
                    });
                }
                w.sequence(|w| {
                    for former in &self.former {
                        w.sequence(|w| {
                            former.authority.encode(w);
                            der::write_time(w, former.until);
                        });
                    }
                });
                if let Some(server) = &self.server {
                    w.constructed(SERVER, |w| {
                        w.raw(server.certificate.as_der());
                        server.key.encode(w);
                        w.small_integer(server.generation);
                    });
                }
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// - [`UnsupportedVersion`](pki_core::DecodeErrorKind::UnsupportedVersion) for a record written by a later release.
    /// - [`TooLarge`](pki_core::DecodeErrorKind::TooLarge), [`TooMany`](pki_core::DecodeErrorKind::TooMany) beyond its bounds.
    /// - Others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("Installation"))
    }
}

impl Authority {
    fn encode(&self, w: &mut Writer) {
        w.sequence(|w| {
            w.small_integer(self.generation);
            w.raw(self.root.as_der());
            self.root_key.encode(w);
            if let Some((certificate, key)) = &self.issuing {
                w.constructed(ISSUING, |w| {
                    w.raw(certificate.as_der());
                    key.encode(w);
                });
            }
            der::write_certificates(w, &self.cross);
        });
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut fields = fields.sequence()?;
        let generation = fields.small_integer()?;
        let root = der::certificate(&mut fields)?;
        let root_key = KeyHandle::decode(&mut fields)?;
        let issuing = der::optional(&mut fields, ISSUING, |content| {
            Ok((der::certificate(content)?, KeyHandle::decode(content)?))
        })?;
        let cross = der::certificates(&mut fields, Installation::MOST_CROSS)?;
        fields.finish()?;
        Ok(Self { generation, root, root_key, issuing, cross })
    }
}

fn decode(der: &[u8]) -> Result<Installation, DecodeError> {
    let mut fields = der::record(der, VERSION, Installation::MAX_SIZE)?;
    let current = Authority::decode(&mut fields).map_err(DecodeError::within("current"))?;
    let next = der::optional(&mut fields, NEXT, |content| Ok((Authority::decode(content)?, der::time(content)?)))?;
    let former = der::list(&mut fields, Installation::MOST_FORMER, |fields| {
        let mut fields = fields.sequence()?;
        let former = Former { authority: Authority::decode(&mut fields)?, until: der::time(&mut fields)? };
        fields.finish()?;
        Ok(former)
    })?;
    let server = der::optional(&mut fields, SERVER, |content| {
        let (certificate, key) = (der::certificate(content)?, KeyHandle::decode(content)?);
        Ok(ServerKey { certificate, key, generation: content.small_integer()? })
    })?;
    fields.finish()?;
    Ok(Installation { current, next, former, server })
}

const VERSION: u32 = 1;
const ISSUING: Tag = Tag::context_constructed(0);
const NEXT: Tag = Tag::context_constructed(0);
const SERVER: Tag = Tag::context_constructed(1);
