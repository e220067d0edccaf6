//! From a certificate to an [`Identity`].

use alloc::string::ToString;

use pki_core::{BuildError, Certificate, GeneralName, oid};

use super::{
    DeviceId, Identity, IdentityError, IdentityField, IdentityUris, Sid, User, WorkSpaceId, uris::begins_with,
};

/// Who a certificate stands for, if it is to be believed, which is not looked at.
pub(crate) fn identity(certificate: &Certificate, uris: &IdentityUris) -> Result<Identity, IdentityError> {
    let mut found = Found::default();
    let names = certificate.subject_alt_name().map_err(IdentityError::Unreadable)?;
    for name in names.iter().flat_map(|names| names.iter()) {
        match name {
            GeneralName::Uri(uri) => found.add_uri(uri, uris)?,
            GeneralName::Rfc822Name(mailbox) => set(&mut found.email, mailbox.to_string(), IdentityField::Email)?,
            GeneralName::OtherName { type_id: oid::UPN, .. } => {
                let upn = name.upn().ok_or(IdentityError::Malformed(IdentityField::Upn))?;
                set(&mut found.upn, upn.into_owned(), IdentityField::Upn)?;
            }
            _ => {}
        }
    }
    let identity = found.into_identity()?;
    with_organisation(identity, certificate)
}

#[derive(Default)]
struct Found {
    device: Option<DeviceId>,
    work_space: Option<WorkSpaceId>,
    sid: Option<Sid>,
    email: Option<alloc::string::String>,
    upn: Option<alloc::string::String>,
}

impl Found {
    fn add_uri(&mut self, uri: &str, uris: &IdentityUris) -> Result<(), IdentityError> {
        // Scheme and namespace of a URN have no case (RFC 8141 section 3.1).
        if begins_with(uri, DeviceId::PREFIX) {
            let device = uri.get(DeviceId::PREFIX.len()..).unwrap_or_default();
            return set(
                &mut self.device,
                of(IdentityField::Device)(DeviceId::from_text(device))?,
                IdentityField::Device,
            );
        }
        if let Some(sid) = uri.strip_prefix(Sid::PREFIX) {
            return set(&mut self.sid, of(IdentityField::Sid)(Sid::new(sid))?, IdentityField::Sid);
        }
        if let Some(id) = uri.strip_prefix(uris.work_space_prefix()) {
            let id = of(IdentityField::WorkSpace)(WorkSpaceId::new(id))?;
            return set(&mut self.work_space, id, IdentityField::WorkSpace);
        }
        Err(IdentityError::Ambiguous { uri: uri.to_string() })
    }

    fn into_identity(self) -> Result<Identity, IdentityError> {
        let device = self.device.ok_or(IdentityError::Absent(IdentityField::Device))?;
        let work_space = self.work_space.ok_or(IdentityError::Absent(IdentityField::WorkSpace))?;
        let user = match (self.email, self.upn) {
            (None, None) => return Err(IdentityError::Absent(IdentityField::User)),
            (None, Some(upn)) => of(IdentityField::Upn)(User::from_upn(&upn))?,
            (Some(email), upn) => {
                let user = of(IdentityField::Email)(User::from_email(&email))?;
                match upn {
                    Some(upn) => of(IdentityField::Upn)(user.with_upn(&upn))?,
                    None => user,
                }
            }
        };
        let identity = Identity::new(user, work_space, device);
        Ok(match self.sid {
            Some(sid) => identity.with_sid(sid),
            None => identity,
        })
    }
}

fn with_organisation(identity: Identity, certificate: &Certificate) -> Result<Identity, IdentityError> {
    let mut organisations =
        certificate.subject().attributes().filter(|attribute| attribute.oid == oid::ORGANIZATION_NAME);
    let Some(attribute) = organisations.next() else { return Ok(identity) };
    if organisations.next().is_some() {
        return Err(IdentityError::Twice(IdentityField::Organisation));
    }
    let text = attribute.to_text().ok_or(IdentityError::Malformed(IdentityField::Organisation))?;
    of(IdentityField::Organisation)(identity.with_organisation(&text))
}

fn set<T>(place: &mut Option<T>, value: T, field: IdentityField) -> Result<(), IdentityError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(IdentityError::Twice(field)),
    }
}

/// What can't be built is malformed.
fn of<T>(field: IdentityField) -> impl Fn(Result<T, BuildError>) -> Result<T, IdentityError> {
    move |built| built.map_err(|_| IdentityError::Malformed(field))
}
