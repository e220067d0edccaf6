//! [`EmailProfile`].

use alloc::string::String;

use super::OtherSettings;
use crate::profile::ProfileId;

/// E-mail, by Exchange or otherwise. The CA certificates that the server and other people's S/MIME
/// certificates are believed by are those of the purpose e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailProfile {
    id: ProfileId,
    host: String,
    authentication: EmailAuthentication,
    certificate: Option<ProfileId>,
    signing_certificate: Option<ProfileId>,
    encryption_certificate: Option<ProfileId>,
    other: OtherSettings,
}

/// How a device authenticates to a mail server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmailAuthentication {
    /// By the certificate.
    #[default]
    Certificate,
    /// The user by a password or token.
    Password,
}

impl EmailProfile {
    /// E-mail with this server, by certificate.
    #[must_use]
    pub fn new(id: ProfileId, host: impl Into<String>) -> Self {
        Self {
            id,
            host: host.into(),
            authentication: EmailAuthentication::Certificate,
            certificate: None,
            signing_certificate: None,
            encryption_certificate: None,
            other: OtherSettings::default(),
        }
    }

    /// With another way to authenticate.
    #[must_use]
    pub fn with_authentication(self, authentication: EmailAuthentication) -> Self {
        Self { authentication, ..self }
    }

    /// With the certificate of this SCEP profile to sign e-mail by (S/MIME).
    #[must_use]
    pub fn with_signing_certificate(self, scep: ProfileId) -> Self {
        Self { signing_certificate: Some(scep), ..self }
    }

    /// With the certificate of this SCEP profile to be sent encrypted e-mail to (S/MIME). What was encrypted to the key of a
    /// certificate that has since been replaced can be read with that key alone, so it is kept.
    #[must_use]
    pub fn with_encryption_certificate(self, scep: ProfileId) -> Self {
        Self { encryption_certificate: Some(scep), ..self }
    }

    /// The mail server.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// How the device authenticates.
    #[must_use]
    pub const fn authentication(&self) -> EmailAuthentication {
        self.authentication
    }

    /// The SCEP profile whose certificate signs.
    #[must_use]
    pub const fn signing_certificate(&self) -> Option<&ProfileId> {
        self.signing_certificate.as_ref()
    }

    /// The SCEP profile whose certificate others encrypt to.
    #[must_use]
    pub const fn encryption_certificate(&self) -> Option<&ProfileId> {
        self.encryption_certificate.as_ref()
    }
}

common!(EmailProfile);
