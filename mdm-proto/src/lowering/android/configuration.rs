//! [`ManagedConfiguration`].

use alloc::{string::ToString, vec::Vec};

use pki_core::Secret;
use serde_json::json;

use super::restriction::{self, Restriction};

/// The managed configuration of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedConfiguration {
    restrictions: Vec<Restriction>,
}

impl ManagedConfiguration {
    pub(super) const fn new(restrictions: Vec<Restriction>) -> Self {
        Self { restrictions }
    }

    /// The restrictions.
    #[must_use]
    pub fn restrictions(&self) -> &[Restriction] {
        &self.restrictions
    }

    /// The `managedConfiguration` of an application in a policy of the Android Management API. It may hold a challenge.
    #[must_use]
    pub fn to_json(&self) -> Secret {
        Secret::new(restriction::to_json(&self.restrictions).to_string().into_bytes())
    }

    /// A `managedConfigurationsForDevice` of the Play EMM API. It may hold a challenge.
    #[must_use]
    pub fn to_managed_properties(&self) -> Secret {
        let properties = restriction::to_properties(&self.restrictions);
        let resource =
            json!({ "kind": "androidenterprise#managedConfigurationsForDevice", "managedProperty": properties });
        Secret::new(resource.to_string().into_bytes())
    }
}
