//! Apple: configuration profiles, and the declarative form.
//!
//! [`ScepPayload`] has every key of `com.apple.security.scep`, typed, lowered from a profile or read from one. It goes
//! - into a [`ConfigurationProfile`] beside [`CertificatePayload`]s and the Wi-Fi, VPN and e-mail payloads that refer to it,
//!   which comes out as a [`Document`]: plain or [encrypted](ConfigurationProfile::encrypt), then
//!   [signed](Document::to_be_signed);
//! - or into [`Declarations`]: the credential, its asset, and the configuration that uses it.
//!
//! # Identifiers
//!
//! Identifiers and UUIDs come from the profile's identifier and the names of payloads alone, never from randomness: the same
//! profile sent again has the same ones, so the device replaces what it has. A UUID is one of version 8 (RFC 9562 section 5.8)
//! of SHA-256. Sending a SCEP payload again makes the device enrol again, even if no octet is different: that is how Apple's
//! devices renew.
//!
//! # What Apple's client leaves no choice about
//!
//! RSA keys of 1024, 2048 or 4096 bits, which are not bound to hardware; digest and cipher come of GetCACaps; no extended key
//! usages, no lifetime, no template; one URL, one fingerprint. ACME has some of that, SCEP has not.
//!
//! ```
//! use mdm_proto::lowering::{PlatformProfile, apple::{ConfigurationProfile, Identifier, ScepPayload}};
//! use mdm_proto::plist::Dictionary;
//! use mdm_proto::profile::{
//!     AgentChallenge, NameTemplate, ProfileId, ScepProfile, ScepSettings, Variables, WifiProfile,
//! };
//!
//! let id = ProfileId::new("wifi-cert")?;
//! let settings = ScepSettings::new(id.clone(), "https://ca.example/scep");
//! let profile = ScepProfile::new(settings, NameTemplate::parse("CN=device-7")?);
//! let device = profile.for_device(&Variables::new(), AgentChallenge::None)?;
//! let (payload, _losses) = ScepPayload::lower(&PlatformProfile::new(&device)?)?.into_parts();
//!
//! let wifi = WifiProfile::new(ProfileId::new("office")?, "Office").with_certificate(id);
//! let configuration = ConfigurationProfile::new(Identifier::new("com.example.mdm")?)
//!     .add_payload(&payload)
//!     .add_referrer(&wifi.into(), &[], Dictionary::new())?;
//! assert!(configuration.to_document()?.as_bytes().starts_with(b"<?xml"));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod answer;
mod certificate;
mod declaration;
mod document;
mod envelope;
mod identifier;
mod payload;
mod profile;
mod referrer;
mod scep;

pub use answer::{
    AnswerError, CertificateList, CertificateStatus, InstalledProfile, certificate_list, certificate_status,
    profile_list,
};
pub use certificate::{CertificatePayload, CertificateRole};
pub use declaration::{Accessible, DeclarationError, Declarations};
pub use document::Document;
pub use envelope::EncryptError;
pub use identifier::{Identifier, InvalidIdentifier};
pub use payload::Payload;
pub use profile::{ConfigurationProfile, ProfileError, Removal};
pub use scep::{AppAccess, NotScepPayload, PayloadWarning, ReadPayload, ScepPayload, SubjectAttribute};
