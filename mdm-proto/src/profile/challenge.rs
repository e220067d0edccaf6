//! [`ChallengeSource`]: where the challenges of a profile come from.

use alloc::sync::Arc;

use pki_core::Secret;

/// Where the challenge passwords of a profile (RFC 8894 section 2.4) come from. The service's side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChallengeSource {
    /// The device sends a CSR without a challenge, and the service's broker puts this password in before the device signs:
    /// it is never sent to a device.
    Broker(StaticPassword),
    /// The device sends a CSR without a challenge, and the service's broker puts in a password that it gets for this one
    /// request, as from NDES.
    BrokerPerRequest,
    /// Somebody else gives one for each device: the admin page of NDES, a webhook.
    External,
    /// There is none: the CA looks at requests by hand, or renewals are all that there is.
    #[default]
    None,
    /// The service's own: one for each device, good once.
    OneTime,
    /// The service's own: one for each device, which says itself what may be asked for.
    Sealed,
    /// One for all devices.
    Static(StaticPassword),
}

/// A challenge password that is one for all devices: who has it can ask for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticPassword {
    password: Arc<Secret>,
    usage: StaticUse,
}

/// Who may have a static password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the service, or more than that")]
pub enum StaticUse {
    /// Also devices whose platform's own SCEP client can't enrol otherwise (Apple, Windows). Their users can read it.
    PlatformClients,
    /// The service alone.
    #[default]
    ServiceOnly,
}

impl ChallengeSource {
    /// The password that is one for all devices, if there is one.
    #[must_use]
    pub const fn static_password(&self) -> Option<&StaticPassword> {
        match self {
            Self::Broker(password) | Self::Static(password) => Some(password),
            _ => None,
        }
    }
}

impl StaticPassword {
    /// A password for the service alone.
    #[must_use]
    pub fn new(password: Secret) -> Self {
        Self { password: Arc::new(password), usage: StaticUse::ServiceOnly }
    }

    /// With others who may have it.
    #[must_use]
    pub fn with_use(self, usage: StaticUse) -> Self {
        Self { usage, ..self }
    }

    /// Who may have it.
    #[must_use]
    pub const fn usage(&self) -> StaticUse {
        self.usage
    }

    /// The password, for what the service itself does with it: comparing, or putting it into a CSR. Not for a device.
    #[must_use]
    pub fn for_service(&self) -> &Secret {
        &self.password
    }

    /// The password, to be written into a payload that the platform's own client reads; `None` unless
    /// [`StaticUse::PlatformClients`] was chosen.
    #[must_use]
    pub fn for_platform_client(&self) -> Option<&Secret> {
        (self.usage == StaticUse::PlatformClients).then_some(&*self.password)
    }
}
