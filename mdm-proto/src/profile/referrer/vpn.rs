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
}

common!(VpnProfile);
