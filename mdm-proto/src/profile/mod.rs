//! Profiles: what a device is to have, whatever its platform.
//!
//! - [`ScepProfile`] is what the service knows of one certificate by SCEP: settings, names with [variables](Variables) in
//!   them, and where challenges come from. [`ScepProfile::for_device`] makes of it what one device gets.
//! - [`AgentProfile`] is that: the same settings, the device's names, and a challenge that is good for this device alone. It
//!   can't hold the static password of a profile.

mod agent;
mod certificate_template;
mod challenge;
mod key;
mod oid_text;
mod scep;
mod settings;
mod template;
mod variable;

pub use agent::{AgentChallenge, AgentProfile, ChallengeUnfit, ForDeviceError};
pub use certificate_template::CertificateTemplate;
pub use challenge::{ChallengeSource, StaticPassword, StaticUse};
pub use key::{Curve, Extractability, KeyAlgorithm, KeyProtection, KeySpec};
pub use scep::ScepProfile;
pub use settings::{CertificateStore, InvalidProfileId, ProfileId, Retries, Route, ScepSettings};
pub use template::{
    AlternativeNameTemplate, AttributeType, ExpandError, NameTemplate, Template, TemplateError, TemplateErrorKind,
};
pub use variable::{CustomVariable, Variable, Variables};
