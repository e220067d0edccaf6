//! Profiles: what a device is to have, whatever its platform.
//!
//! - [`ScepProfile`] is what the service knows of one certificate by SCEP: [settings](ScepSettings), names with
//!   [variables](Variables) in them, and [where challenges come from](ChallengeSource). [`ScepProfile::for_device`] makes of it
//!   what one device gets.
//! - [`AgentProfile`] is that: the same settings, the device's names, and a challenge that is good for this device alone. It
//!   can't hold the password that is one for all devices. The service expands the names, and the agent takes them as they are:
//!   so the two can't disagree, and the agent needs no directory.
//! - [`WifiProfile`], [`VpnProfile`] and [`EmailProfile`] use its certificate. A [`ProfileSet`] is all that a device has;
//!   [`ProfileSet::diff`] says what a change of it means: where an enrolment starts, and why.
//! - All of them are written and read [as JSON](ScepProfile::to_json); [`ScepProfile::warnings`] says what is odd.
//!
//! ```
//! use mdm_proto::csr_policy::Expectation;
//! use mdm_proto::profile::{
//!     AgentChallenge, AgentProfile, AlternativeNameTemplate, ChallengeSource, Curve, KeyAlgorithm, KeySpec, NameTemplate,
//!     ProfileId, ScepProfile, ScepSettings, Template, Variable, Variables,
//! };
//! use pki_core::crypto::{Signer, rustcrypto::{PrivateKey, Random}};
//! use pki_core::{KeyKind, Secret, algorithm::SignatureAlgorithm, extension::KeyUsage};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The service.
//! let settings = ScepSettings::new(ProfileId::new("user-certificate")?, "https://ca.example.com/scep")
//!     .with_key(KeySpec::new(KeyAlgorithm::Ec(Curve::P256)))
//!     .with_key_usage(KeyUsage::DIGITAL_SIGNATURE);
//! let profile = ScepProfile::new(settings, NameTemplate::parse("CN=%UserName%,O=Example")?)
//!     .add_alternative_name(AlternativeNameTemplate::Email(Template::parse("%UserName%@example.com")?))
//!     .with_challenge(ChallengeSource::OneTime);
//! let variables = Variables::new().with(Variable::UserName, "jane");
//! let message = profile.for_device(&variables, AgentChallenge::one_time(Secret::from("T1CKET")))?.to_json()?;
//!
//! // The device. `AgentProfile::request` is the same for the dialogue of `scep::client`.
//! let mut rng = Random(getrandom::SysRng);
//! let profile_of_device = AgentProfile::from_json(message.expose())?;
//! let key = PrivateKey::generate(KeyKind::P256, &mut rng)?;
//! let csr = profile_of_device.csr(key.public_key().clone())?.build(SignatureAlgorithm::ECDSA_SHA256)?;
//! let csr = csr.sign_with(&key, &mut rng)?;
//!
//! // The service again, when the CSR comes.
//! assert_eq!(Expectation::from_profile(&profile, &variables)?.check(&csr), Ok(()));
//! # Ok(())
//! # }
//! ```

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

#[cfg(test)]
mod tests;
