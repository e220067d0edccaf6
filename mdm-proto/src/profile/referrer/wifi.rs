//! [`WifiProfile`].

use alloc::{string::String, vec::Vec};

use super::OtherSettings;
use crate::profile::ProfileId;

/// A Wi-Fi network that devices authenticate to by EAP (IEEE 802.1X). The CA certificates that it is believed by are those of
/// the purpose Wi-Fi.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WifiProfile {
    id: ProfileId,
    ssid: String,
    methods: Vec<EapMethod>,
    server_names: Vec<String>,
    certificate: Option<ProfileId>,
    other: OtherSettings,
}

/// A method of EAP (RFC 3748).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EapMethod {
    /// EAP-FAST (RFC 4851).
    Fast,
    /// PEAP.
    Peap,
    /// EAP-TLS (RFC 5216, RFC 9190): by the certificate.
    Tls,
    /// EAP-TTLS (RFC 5281).
    Ttls,
}

impl WifiProfile {
    /// A network of this name, by EAP-TLS.
    #[must_use]
    pub fn new(id: ProfileId, ssid: impl Into<String>) -> Self {
        Self {
            id,
            ssid: ssid.into(),
            methods: [EapMethod::Tls].into(),
            server_names: Vec::new(),
            certificate: None,
            other: OtherSettings::default(),
        }
    }

    /// With other methods, in place of all.
    #[must_use]
    pub fn with_methods(self, methods: &[EapMethod]) -> Self {
        Self { methods: methods.to_vec(), ..self }
    }

    /// Adds a name that the authentication server's certificate may have.
    #[must_use]
    pub fn add_server_name(mut self, name: impl Into<String>) -> Self {
        self.server_names.push(name.into());
        self
    }

    /// The name of the network.
    #[must_use]
    pub fn ssid(&self) -> &str {
        &self.ssid
    }

    /// The methods, best first.
    #[must_use]
    pub fn methods(&self) -> &[EapMethod] {
        &self.methods
    }

    /// The names that the authentication server's certificate may have; none for any.
    #[must_use]
    pub fn server_names(&self) -> &[String] {
        &self.server_names
    }
}

common!(WifiProfile);
