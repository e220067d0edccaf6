//! [`ManagedConfiguration`].

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use pki_core::Secret;
use serde_json::json;

use super::{
    AGENT_PROFILES,
    restriction::{self, Restriction, RestrictionValue},
};
use crate::profile::{AgentProfileSet, JsonError};

/// The managed configuration of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedConfiguration {
    restrictions: Vec<Restriction>,
}

impl ManagedConfiguration {
    pub(super) const fn new(restrictions: Vec<Restriction>) -> Self {
        Self { restrictions }
    }

    /// One restriction [`AGENT_PROFILES`] with everything that an agent built with this crate reads by
    /// [`AgentProfileSet::from_json`]: nothing is lost, and the profiles that refer to SCEP profiles are there, too.
    ///
    /// # Errors
    /// Those of [`AgentProfileSet::to_json`].
    pub fn of_agent_profiles(profiles: &AgentProfileSet) -> Result<Self, JsonError> {
        let json = profiles.to_json()?;
        let text = String::from_utf8_lossy(json.expose()).into_owned();
        Ok(Self::new([Restriction { key: AGENT_PROFILES, value: RestrictionValue::String(text.into()) }].into()))
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
