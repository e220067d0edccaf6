//! Profiles in the form that each platform wants, and what they lose by it.
//!
//! The neutral [`ScepProfile`](crate::profile::ScepProfile) is the union of what the platforms can say. Lowering it gives the
//! output together with a list of [`Loss`]es: what was dropped, what was clamped, and what deserves a warning, each with its
//! [`Reason`]. What cannot be said at all, an EC key to Apple for instance, is a [`LoweringError`]: nothing is replaced by
//! something weaker.
//!
//! - [`apple`]: the `com.apple.security.scep` payload, the configuration profile around it, signed and encrypted, and the
//!   declarative form.
//! - [`windows`]: the `ClientCertificateInstall` tree as SyncML.
//! - [`android`]: managed configuration for an agent. Android has no SCEP client of its own.
//!
//! # Challenges
//!
//! The SCEP clients of Apple and Windows read their challenge from the profile, so the device has it, and its user can find it.
//! [`PlatformProfile::new`] takes it from an [`AgentProfile`](crate::profile::AgentProfile), which cannot hold the password
//! that is one for all devices. To hand that one out is a choice that the profile makes
//! ([`StaticUse::PlatformClients`](crate::profile::StaticUse)) and the caller repeats by name:
//! [`PlatformProfile::disclosing_static_password`].
//!
//! ```
//! use mdm_proto::lowering::{PlatformProfile, apple::ScepPayload};
//! use mdm_proto::profile::{AgentChallenge, ChallengeSource, NameTemplate, ProfileId, ScepProfile, ScepSettings, Variables};
//! use pki_core::Secret;
//!
//! let settings = ScepSettings::new(ProfileId::new("wifi")?, "https://ca.example/scep");
//! let profile = ScepProfile::new(settings, NameTemplate::parse("CN=device-7,O=Example")?)
//!     .with_challenge(ChallengeSource::OneTime);
//! let device = profile.for_device(&Variables::new(), AgentChallenge::one_time(Secret::from("XG4sLq0")))?;
//!
//! let lowered = ScepPayload::lower(&PlatformProfile::new(&device)?)?;
//! for loss in lowered.losses() {
//!     println!("{loss}");
//! }
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

pub mod android;
pub mod apple;
pub mod windows;

mod error;
mod installed;
mod key;
mod loss;
mod names;
mod platform;

pub use error::LoweringError;
pub use installed::{InstalledCertificate, Possession};
pub use loss::{Change, Field, Loss, Lowered, Reason};
pub use platform::PlatformProfile;
