//! A [`Life`] as bytes.

use alloc::vec::Vec;

use pki_core::{
    DecodeError, DecodeErrorKind, UnixTime,
    der::{Reader, Tag, Writer},
};

use super::{Attempts, CertificateFacts, Hints, Life, Revocation, Role, Seed, Window, attempts::Phase, codes::Code};
use crate::identity::der;

impl Life {
    /// As bytes: the same for the same life, so that a database can compare them. They begin with a version number; versions
    /// that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| self.encode(w))
    }

    /// From bytes.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::UnsupportedVersion`] for a record written by a later release.
    /// - [`DecodeErrorKind::InvalidValue`] for values that don't exist, or don't go together.
    /// - Others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(der);
        let life = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(life)
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        let (phase, since) = self.attempts.phase.to_code();
        let (revocation, until) = self.revocation.to_code();
        writer.sequence(|w| {
            w.small_integer(VERSION);
            w.small_integer(self.seed.number());
            w.small_integer(self.attempts.failures.into());
            w.octet_string(&[
                phase,
                self.attempts.mismatches.code(),
                revocation,
                self.profile.code(),
                self.device.code(),
                self.predecessor.code(),
                self.told.code(),
                self.acknowledged.code(),
            ]);
            if let Some(facts) = self.certificate {
                w.constructed(CERTIFICATE, |w| {
                    der::write_time(w, facts.starts);
                    der::write_time(w, facts.expires);
                    w.small_integer(facts.role.code().into());
                });
            }
            for (tag, time) in
                [(SINCE, since), (UNTIL, until), (CHECK, self.check_at), (REFRESH, self.hints.refresh_at)]
            {
                if let Some(time) = time {
                    w.primitive(tag, &time.as_seconds().to_be_bytes());
                }
            }
            for (tag, window) in [(ACCEPTED, self.hints.accepted), (SUGGESTED, self.hints.suggested)] {
                if let Some(window) = window {
                    w.constructed(tag, |w| {
                        [window.start, window.end].into_iter().for_each(|time| der::write_time(w, time));
                    });
                }
            }
        });
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        decode(reader).map_err(DecodeError::within("Life"))
    }
}

fn decode(reader: &mut Reader<'_>) -> Result<Life, DecodeError> {
    let invalid = reader.error(DecodeErrorKind::InvalidValue);
    let mut fields = reader.sequence()?;
    let version = fields.error(DecodeErrorKind::UnsupportedVersion);
    if fields.small_integer()? != VERSION {
        return Err(version);
    }
    let seed = Seed::from_number(fields.small_integer()?);
    let failures = u16::try_from(fields.small_integer()?).map_err(|_| invalid)?;
    let [phase, mismatches, revocation, profile, device, predecessor, told, acknowledged] = der::octets(&mut fields)?;
    let certificate = der::optional(&mut fields, CERTIFICATE, |inner| {
        let (starts, expires) = (der::time(inner)?, der::time(inner)?);
        let role = u8::try_from(inner.small_integer()?).ok().and_then(Role::from_code).ok_or(invalid)?;
        Ok(CertificateFacts::new(starts, expires, seed).with_role(role))
    })?;
    let since = tagged_time(&mut fields, SINCE)?;
    let until = tagged_time(&mut fields, UNTIL)?;
    let check_at = tagged_time(&mut fields, CHECK)?;
    let refresh_at = tagged_time(&mut fields, REFRESH)?;
    let accepted = window(&mut fields, ACCEPTED)?;
    let suggested = window(&mut fields, SUGGESTED)?;
    fields.finish()?;
    let phase = Phase::from_code(phase, since).ok_or(invalid)?;
    Ok(Life {
        certificate,
        seed,
        hints: Hints { accepted, suggested, refresh_at },
        attempts: Attempts { failures, mismatches: Code::from_code(mismatches).ok_or(invalid)?, phase },
        revocation: Revocation::from_code(revocation, until).ok_or(invalid)?,
        check_at,
        profile: Code::from_code(profile).ok_or(invalid)?,
        device: Code::from_code(device).ok_or(invalid)?,
        predecessor: Code::from_code(predecessor).ok_or(invalid)?,
        told: Code::from_code(told).ok_or(invalid)?,
        acknowledged: Code::from_code(acknowledged).ok_or(invalid)?,
    })
}

fn window(fields: &mut Reader<'_>, tag: Tag) -> Result<Option<Window>, DecodeError> {
    der::optional(fields, tag, |inner| {
        let invalid = inner.error(DecodeErrorKind::InvalidValue);
        Window::new(der::time(inner)?, der::time(inner)?).sensible().ok_or(invalid)
    })
}

fn tagged_time(fields: &mut Reader<'_>, tag: Tag) -> Result<Option<UnixTime>, DecodeError> {
    let Some(element) = fields.optional(tag)? else { return Ok(None) };
    let octets = element.content().try_into().map_err(|_| element.error(DecodeErrorKind::InvalidValue))?;
    Ok(Some(UnixTime::from_seconds(i64::from_be_bytes(octets))))
}

const VERSION: u32 = 1;
const CERTIFICATE: Tag = Tag::context_constructed(0);
const SINCE: Tag = Tag::context(1);
const UNTIL: Tag = Tag::context(2);
const CHECK: Tag = Tag::context(3);
const REFRESH: Tag = Tag::context(4);
const ACCEPTED: Tag = Tag::context_constructed(5);
const SUGGESTED: Tag = Tag::context_constructed(6);
