//! Windows: the `ClientCertificateInstall` configuration service provider, as SyncML.
//!
//! [`ScepInstall`] is one request: an Atomic that makes the node, adds the values and, last, runs `Enroll`. Once Windows has
//! taken that, the values are frozen: look at [`ScepInstall::status_query`] before sending others under the same
//! [`UniqueId`]. [`ScepInstall::removal`] takes the certificate away. What the query gives is an [`InstallReport`].
//!
//! Windows does not tell by itself when it is done, so the query is to be repeated.
//!
//! # The subject
//!
//! is written for `CertStrToName`: RDNs in the order of the encoding, with commas between; a value is quoted where it is empty,
//! begins or ends with white space, or has one of `,+="<>#;` or a line feed, and a quotation mark in it is doubled. Nothing is escaped with a
//! backslash, which Intune found to break validation.
//!
//! # What Windows' client leaves no choice about
//!
//! RSA keys of 1024, 2048 or 4096 bits; the cipher; a family of digests and not one of it; the SHA-1 thumbprint of the *root* CA,
//! where others take the CA that answers; waiting in whole minutes. It appends `/pkiclient.exe` to the URL.
//!
//! ```
//! use mdm_proto::lowering::{PlatformProfile, windows::ScepInstall};
//! use mdm_proto::profile::{
//!     AgentChallenge, ChallengeSource, NameTemplate, ProfileId, ScepProfile, ScepSettings, Variables,
//! };
//! use mdm_proto::syncml::SyncBody;
//! use pki_core::Secret;
//! use scep::client::Fingerprint;
//!
//! let root = Fingerprint::from_hex("da39a3ee5e6b4b0d3255bfef95601890afd80709")?;
//! let settings = ScepSettings::new(ProfileId::new("wifi-cert")?, "https://ca.example/scep").with_thumbprint(root);
//! let profile = ScepProfile::new(settings, NameTemplate::parse("CN=device-7")?).with_challenge(ChallengeSource::OneTime);
//! let device = profile.for_device(&Variables::new(), AgentChallenge::one_time(Secret::from("XG4sLq0")))?;
//!
//! let (install, losses) = ScepInstall::lower(&PlatformProfile::new(&device)?)?.into_parts();
//! assert!(!losses.is_empty());
//! assert!(SyncBody::new([install.to_command()]).to_xml()?.contains("SCEP/wifi-cert/Install/Enroll"));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod report;
mod scep;
mod subject;
mod unique_id;

pub use report::{Hresult, InstallReport, InstallStatus, ReportError};
pub use scep::ScepInstall;
pub use unique_id::UniqueId;
