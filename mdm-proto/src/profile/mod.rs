//! Profiles: what a device is to have, whatever its platform.
//!
//! - [`ScepProfile`] is what the service knows of one certificate by SCEP: settings, names with [variables](Variables) in
//!   them, and where challenges come from. [`ScepProfile::for_device`] makes of it what one device gets.
//! - [`AgentProfile`] is that: the same settings, the device's names, and a challenge that is good for this device alone. It
//!   can't hold the static password of a profile.

mod agent;
mod certificate_template;
mod challenge;
mod enrolment;
mod json;
mod key;
mod names_der;
mod oid_text;
mod referrer;
mod scep;
mod set;
mod settings;
mod template;
mod variable;
mod warning;

pub use agent::{AgentChallenge, AgentProfile, ChallengeUnfit, ForDeviceError};
pub use certificate_template::CertificateTemplate;
pub use challenge::{ChallengeSource, StaticPassword, StaticUse};
pub use enrolment::WrongKey;
pub use json::{JsonError, JsonField};
pub use key::{Curve, Extractability, KeyAlgorithm, KeyProtection, KeySpec};
pub(crate) use names_der::with_alternative;
pub use referrer::{
    EapMethod, EmailAuthentication, EmailProfile, OtherSettings, Referrer, VpnAuthentication, VpnProfile, WifiProfile,
};
pub use scep::ScepProfile;
pub use set::{
    AgentProfileSet, EnrolmentReason, ProfileChange, ProfileDiff, ProfileSet, ProfileSetError, Scep, SilentChange,
};
pub use settings::{CertificateStore, InvalidProfileId, ProfileId, Retries, Route, ScepSettings};
pub use template::{
    AlternativeNameTemplate, AttributeType, ExpandError, NameTemplate, Template, TemplateError, TemplateErrorKind,
};
pub use variable::{CustomVariable, Variable, Variables};
pub use warning::ProfileWarning;
