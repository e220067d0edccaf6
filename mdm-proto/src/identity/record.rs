//! An [`Identity`] inside of records.

use alloc::string::String;

use pki_core::{
    BuildError, DecodeError, DecodeErrorKind,
    der::{Decode, Element, Reader, Tag, Writer},
};

use super::{DeviceId, Identity, Sid, User, WorkSpaceId, der};

impl Identity {
    /// Writes it, for a record.
    pub(crate) fn encode(&self, w: &mut Writer) {
        w.sequence(|w| {
            w.octet_string(self.device().as_bytes());
            der::write_text(w, self.work_space().as_str());
            let optional = [self.user().email(), self.user().upn(), self.sid().map(Sid::as_str), self.organisation()];
            for (tag, text) in [EMAIL, UPN, SID, ORGANISATION].into_iter().zip(optional) {
                if let Some(text) = text {
                    w.primitive(tag, text.as_bytes());
                }
            }
        });
    }
}

impl Decode<'_> for Identity {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let element = reader.expect(Tag::SEQUENCE)?;
        let invalid = |_: BuildError| element.error(DecodeErrorKind::InvalidValue);
        let mut fields = element.reader();
        let device = DeviceId::from_bytes(der::octets(&mut fields)?);
        let work_space = WorkSpaceId::new(&der::text(&mut fields)?).map_err(invalid)?;
        let [email, upn, sid, organisation] = [EMAIL, UPN, SID, ORGANISATION].map(|tag| optional(&mut fields, tag));
        fields.finish()?;
        let user = match (email?, upn?) {
            (Some(email), Some(upn)) => User::from_email(&email).and_then(|user| user.with_upn(&upn)),
            (Some(email), None) => User::from_email(&email),
            (None, Some(upn)) => User::from_upn(&upn),
            (None, None) => Err(BuildError::Empty("user")),
        };
        let mut identity = Self::new(user.map_err(invalid)?, work_space, device);
        if let Some(sid) = sid? {
            identity = identity.with_sid(Sid::new(&sid).map_err(invalid)?);
        }
        match organisation? {
            Some(organisation) => identity.with_organisation(&organisation).map_err(invalid),
            None => Ok(identity),
        }
    }
}

fn optional(fields: &mut Reader<'_>, tag: Tag) -> Result<Option<String>, DecodeError> {
    fields.optional(tag)?.as_ref().map(text).transpose()
}

fn text(element: &Element<'_>) -> Result<String, DecodeError> {
    let text = core::str::from_utf8(element.content());
    text.map(String::from).map_err(|_| element.error(DecodeErrorKind::InvalidString))
}

const EMAIL: Tag = Tag::context(0);
const UPN: Tag = Tag::context(1);
const SID: Tag = Tag::context(2);
const ORGANISATION: Tag = Tag::context(3);
