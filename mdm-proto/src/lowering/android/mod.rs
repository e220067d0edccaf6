//! Android: managed configuration for an agent.
//!
//! Android has no SCEP client of its own: an agent with the right to install certificates makes the key
//! (`DevicePolicyManager.generateKeyPair`) and enrols. What it is to do reaches it as managed configuration, a bundle of
//! restrictions, each with a key, a type and a value. [`ManagedConfiguration`] is that bundle: one restriction
//! [`SCEP_PROFILES`], an array of bundles, one for each profile:
//!
//! | key | type | value |
//! |---|---|---|
//! | `id`, `name` | string | the profile's identifier, and its name for people |
//! | `urls` | multi-select | the URLs, in order |
//! | `ca_identifier` | string | only if there is one |
//! | `ca_thumbprints` | multi-select | hexadecimal; the length says which digest |
//! | `key_algorithm` | choice | `RSA`, `EC` |
//! | `key_size` | integer | bits in the modulus, or of the curve |
//! | `key_protection` | choice | `software`, `hardware-preferred`, `hardware-required` |
//! | `key_exportable` | bool | whether the key may be taken out |
//! | `subject` | string | as people read it |
//! | `subject_der` | string | base64 of the encoded name, which is what counts |
//! | `alternative_names` | bundle array | of `type` (`dns`, `email`, `upn`, `uri`) and `value` |
//! | `key_usage`, `extended_key_usage` | multi-select | names of RFC 5280; object identifiers |
//! | `digest`, `cipher` | string | `SHA-256`; `AES-128-CBC` |
//! | `lifetime_seconds` | integer | only if one is asked for |
//! | `renew_seconds_before`, `renew_percent_remaining` | integer | one of them |
//! | `retry_count`, `retry_delay_seconds` | integer | |
//! | `template` | string | only if there is one |
//! | `route` | choice | `direct`, `service` |
//! | `store` | choice | `device`, `user` |
//! | `challenge_source` | choice | `none`, `one-time`, `broker` |
//! | `challenge` | string | only with `one-time` |
//!
//! An agent built with this crate needs none of these: [`ManagedConfiguration::of_agent_profiles`] has one string restriction
//! [`AGENT_PROFILES`] with everything.
//!
//! It is written as the `managedConfiguration` object of the Android Management API ([`ManagedConfiguration::to_json`]) or as
//! the `managedProperty` list of the Play EMM API ([`ManagedConfiguration::to_managed_properties`]).
//!
//! There is no place in an [`AgentProfile`](crate::profile::AgentProfile) for a password that is one for all devices, so there
//! is none here. Managed configuration passes through Google's service: a challenge in it should be good once, and not for
//! long.
//!
//! ```
//! use mdm_proto::lowering::android::ManagedConfiguration;
//! use mdm_proto::profile::{AgentChallenge, NameTemplate, ProfileId, ScepProfile, ScepSettings, Variables};
//!
//! let settings = ScepSettings::new(ProfileId::new("wifi")?, "https://ca.example/scep");
//! let profile = ScepProfile::new(settings, NameTemplate::parse("CN=device-7")?);
//! let device = profile.for_device(&Variables::new(), AgentChallenge::None)?;
//!
//! let lowered = ManagedConfiguration::lower(&[device])?;
//! let json = lowered.output().to_json();
//! assert!(core::str::from_utf8(json.expose())?.contains(r#""challenge_source":"none""#));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod configuration;
mod lower;
mod restriction;

pub use configuration::ManagedConfiguration;
pub use lower::{AGENT_PROFILES, SCEP_PROFILES};
pub use restriction::{Restriction, RestrictionValue};
