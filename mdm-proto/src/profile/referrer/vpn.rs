//! [`VpnProfile`].

use alloc::string::String;

use super::OtherSettings;
use crate::profile::ProfileId;

/// A VPN. The CA certificates that its server is believed by are those of the purpose VPN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpnProfile {
    id: ProfileId,
    server: String,
    authentication: VpnAuthentication,
    certificate: Option<ProfileId>,
    other: OtherSettings,
}

/// How a device authenticates to a VPN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VpnAuthentication {
    /// By the certificate.
    #[default]
    Certificate,
    /// By the certificate, and the user by a password.
    CertificateAndPassword,
    /// By EAP-TLS within the VPN's own exchange.
    EapTls,
    /// The user by a password.
    Password,
}

impl VpnProfile {
    /// A VPN with this server, by certificate.
    #[must_use]
    pub fn new(id: ProfileId, server: impl Into<String>) -> Self {
        Self {
            id,
            server: server.into(),
            authentication: VpnAuthentication::Certificate,
            certificate: None,
            other: OtherSettings::default(),
        }
    }

    /// With another way to authenticate.
    #[must_use]
    pub fn with_authentication(self, authentication: VpnAuthentication) -> Self {
        Self { authentication, ..self }
    }

    /// With the certificate of this SCEP profile to authenticate by.
    #[must_use]
    pub fn with_certificate(self, scep: ProfileId) -> Self {
        Self { certificate: Some(scep), ..self }
    }

    /// With a digest of what else the profile has.
    #[must_use]
    pub fn with_other(self, other: OtherSettings) -> Self {
        Self { other, ..self }
    }

    /// The identifier.
    #[must_use]
    pub const fn id(&self) -> &ProfileId {
        &self.id
    }

    /// The server: a host name or an address.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// How the device authenticates.
    #[must_use]
    pub const fn authentication(&self) -> VpnAuthentication {
        self.authentication
    }

    /// The SCEP profile whose certificate authenticates.
    #[must_use]
    pub const fn certificate(&self) -> Option<&ProfileId> {
        self.certificate.as_ref()
    }

    /// The digest of what else it has.
    #[must_use]
    pub const fn other(&self) -> &OtherSettings {
        &self.other
    }
}
