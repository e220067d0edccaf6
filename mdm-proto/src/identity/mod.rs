//! Who a client certificate stands for: a user, in a work space, on a device.
//!
//! The service puts an [`Identity`] into the subjectAltName of the certificates that it issues, out of its own records, and
//! reads it back from a chain that it validated:
//!
//! | | name | form |
//! |---|---|---|
//! | device | URI | `urn:uuid:` and a UUID in lower case (RFC 9562 section 4); any case is read |
//! | work space | URI | a prefix and an identifier of unreserved characters (RFC 3986 section 2.3); [`IdentityUris`] has the prefix |
//! | user | rfc822Name, otherName of type [UPN](pki_core::oid::UPN) | one of each at most, one at least |
//! | SID of the user | URI | `tag:microsoft.com,2022-09-14:sid:` and the SID, by which Active Directory maps certificates |
//! | organisation | organizationName of the subject | |
//!
//! No prefix may stand before another, so a URI has one meaning or none, and a certificate with one that has none is refused:
//! nobody can tell whether it was meant for a device or a work space of a service with other prefixes. The default prefix of
//! work spaces, `work-space:`, is of no registered scheme: it needs no domain name, and services that have one choose their own.
//!
//! The subject is for people: the device's UUID as commonName, which is different for every device (RFC 5280 section 4.1.2.6)
//! and always short enough, and the organisation.
//!
//! ```
//! use mdm_proto::identity::{DeviceId, Identity, IdentityUris, User, WorkSpaceId};
//!
//! let device = DeviceId::from_text("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")?;
//! let user = User::from_email("jane@example.com")?.with_upn("jane@corp.example.com")?;
//! let identity = Identity::new(user, WorkSpaceId::new("sales-7")?, device).with_organisation("Example, Inc.")?;
//! assert_eq!(identity.subject()?.to_string(), "CN=f81d4fae-7dec-11d0-a765-00a0c91e6bf6,O=Example\\, Inc.");
//!
//! let uris = IdentityUris::DEFAULT.with_work_space_prefix("https://mdm.example.com/work-spaces/")?;
//! assert_eq!(uris.work_space(identity.work_space()), "https://mdm.example.com/work-spaces/sales-7");
//! # Ok::<(), pki_core::BuildError>(())
//! ```

pub(crate) mod der;
mod device;
mod error;
mod read;
mod record;
mod sid;
mod uris;
mod user;
mod work_space;

use alloc::{string::String, sync::Arc};

use pki_core::{BuildError, GeneralNamesBuilder, Name, NameBuilder, chain::ValidatedChain};
use scep::server::Names;

pub(crate) use self::read::identity as identity_of;
pub use self::{
    device::DeviceId,
    error::{IdentityError, IdentityField},
    sid::Sid,
    uris::IdentityUris,
    user::User,
    work_space::WorkSpaceId,
};

/// Who a client certificate stands for. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity(Arc<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    user: User,
    work_space: WorkSpaceId,
    device: DeviceId,
    sid: Option<Sid>,
    organisation: Option<String>,
}

impl Identity {
    /// Without SID and organisation.
    #[must_use]
    pub fn new(user: User, work_space: WorkSpaceId, device: DeviceId) -> Self {
        Self(Arc::new(Parts { user, work_space, device, sid: None, organisation: None }))
    }

    /// With the SID of the user.
    #[must_use]
    pub fn with_sid(self, sid: Sid) -> Self {
        self.changed(|parts| parts.sid = Some(sid))
    }

    /// With the organisation, up to 64 characters, for the subject.
    ///
    /// # Errors
    /// [`BuildError::Empty`], [`BuildError::TooLong`].
    pub fn with_organisation(self, organisation: &str) -> Result<Self, BuildError> {
        NameBuilder::new().add_organization(organisation).build()?;
        Ok(self.changed(|parts| parts.organisation = Some(organisation.into())))
    }

    /// With another user, as after a change of name.
    #[must_use]
    pub fn with_user(self, user: User) -> Self {
        self.changed(|parts| parts.user = user)
    }

    /// Who a client certificate stands for, by [`IdentityUris::DEFAULT`]. A chain that was validated for another purpose, or
    /// to another root than that of the service, says nothing: that is the caller's to see to.
    ///
    /// # Errors
    /// [`IdentityError`]
    pub fn from_certificate(chain: &ValidatedChain) -> Result<Self, IdentityError> {
        Self::from_certificate_with(chain, &IdentityUris::DEFAULT)
    }

    /// The same with other prefixes.
    ///
    /// # Errors
    /// [`IdentityError`]
    pub fn from_certificate_with(chain: &ValidatedChain, uris: &IdentityUris) -> Result<Self, IdentityError> {
        let target = chain.target().ok_or(IdentityError::Absent(IdentityField::Device))?;
        read::identity(target, uris)
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.0.user
    }

    /// The work space.
    #[must_use]
    pub fn work_space(&self) -> &WorkSpaceId {
        &self.0.work_space
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &DeviceId {
        &self.0.device
    }

    /// The SID of the user.
    #[must_use]
    pub fn sid(&self) -> Option<&Sid> {
        self.0.sid.as_ref()
    }

    /// The organisation.
    #[must_use]
    pub fn organisation(&self) -> Option<&str> {
        self.0.organisation.as_deref()
    }

    /// Whether both are the same device and work space, whoever the user is.
    #[must_use]
    pub fn is_same_place(&self, other: &Self) -> bool {
        self.0.device == other.0.device && self.0.work_space == other.0.work_space
    }

    /// The alternative names of a certificate.
    pub fn alternative_names(&self, uris: &IdentityUris) -> GeneralNamesBuilder {
        let Parts { user, work_space, device, sid, .. } = &*self.0;
        let mut names = GeneralNamesBuilder::new().add_uri(&device.to_uri()).add_uri(&uris.work_space(work_space));
        if let Some(email) = user.email() {
            names = names.add_email_address(email);
        }
        if let Some(upn) = user.upn() {
            names = names.add_upn(upn);
        }
        match sid {
            Some(sid) => names.add_uri(&sid.to_uri()),
            None => names,
        }
    }

    /// The subject of a certificate.
    ///
    /// # Errors
    /// None that can happen: the parts were checked.
    pub fn subject(&self) -> Result<Name, BuildError> {
        let name = match self.organisation() {
            Some(organisation) => NameBuilder::new().add_organization(organisation),
            None => NameBuilder::new(),
        };
        name.add_common_name(&alloc::format!("{}", self.0.device)).build()
    }

    /// Both, as `scep` issues them and compares them with those of a CSR.
    ///
    /// # Errors
    /// None that can happen: the parts were checked.
    pub fn names(&self, uris: &IdentityUris) -> Result<Names, BuildError> {
        Names::new(self.subject()?).with_alternative(self.alternative_names(uris))
    }

    fn changed(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

#[cfg(test)]
mod tests;
