//! Challenge passwords (RFC 8894 section 2.4): one service, four kinds.
//!
//! | kind | who knows it | kept | good for | |
//! |---|---|---|---|---|
//! | static | every device | in the profile | anything, until it is changed | [`StaticChallenge`] |
//! | one-time | one device | a keyed hash | one CSR as expected, once, for a time | [`one_time`] |
//! | sealed | one device | nothing | CSRs as expected, for a time | [`sealed`] |
//! | external | who gave it | elsewhere | what they say | [`external`] |
//!
//! A challenge goes out in a profile and comes back in a CSR. Redeeming gives a [`Grant`], whose
//! [`redeemed`](Grant::redeemed) is the word that [`Enrol::authorize_challenge`](scep::server::Enrol::authorize_challenge) wants.
//! [`Source`] is whichever kind a profile has, [`Step`] is what it takes: a record out of a database, an answer from elsewhere.
//!
//! Too late is not wrong. [`RedeemError::Expired`] says that the device needs a new challenge, and [`RedeemError::advice`] that it
//! gets one at once and loses none of its retries: a fleet that was offline over the weekend comes back by itself.
//! [`Retries`] counts by that rule.
//!
//! The peer is told the same for every wrong challenge ([`RedeemError::denied`]); the log is told why.
//!
//! A service without a database:
//!
//! ```
//! use core::time::Duration;
//!
//! use mdm_proto::challenge::{Binding, Presented, RedeemError, Service, ServiceKey, ServiceLimits};
//! use mdm_proto::csr_policy::{Expectation, ExpectedKey};
//! use mdm_proto::profile::{Curve, KeyAlgorithm};
//! use pki_core::{CsrBuilder, KeyKind, Name, UnixTime, algorithm::SignatureAlgorithm};
//! use pki_core::crypto::{Signer, rustcrypto::{PrivateKey, Random}};
//! use scep::server::Names;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut rng = Random(getrandom::SysRng);
//! let now = UnixTime::from_seconds(1_795_424_400);
//! let mut service = Service::new(ServiceKey::generate(&mut rng)?, ServiceLimits::DEFAULT);
//!
//! // The device may have this name for a key of its own, and nothing else.
//! let name = Name::from_common_name("device-1")?;
//! let key = ExpectedKey::Algorithm(KeyAlgorithm::Ec(Curve::P256));
//! let binding = Binding::new("device-1", "wifi", Expectation::new(Names::new(name.clone()), key))?;
//! let challenge = service.issue(binding, Duration::from_secs(3600), now, &mut rng)?;
//!
//! // The device puts it into its CSR. The server's `enrol` would give `Presented::of(&enrol)`.
//! let key = PrivateKey::generate(KeyKind::P256, &mut rng)?;
//! let csr = CsrBuilder::new(name, key.public_key().clone())
//!     .with_challenge_password(challenge.as_secret())
//!     .build(SignatureAlgorithm::ECDSA_SHA256)?
//!     .sign_with(&key, &mut rng)?;
//! let grant = service.redeem(&Presented::in_csr(&csr)?, now)?;
//! assert_eq!((grant.device(), grant.profile()), (Some("device-1"), Some("wifi")));
//!
//! // The reply was lost, and the same CSR comes again. Another one does not get through.
//! assert!(service.redeem(&Presented::in_csr(&csr)?, now).is_ok());
//! let key = PrivateKey::generate(KeyKind::P256, &mut rng)?;
//! let other = CsrBuilder::new(Name::from_common_name("device-1")?, key.public_key().clone())
//!     .with_challenge_password(challenge.as_secret())
//!     .build(SignatureAlgorithm::ECDSA_SHA256)?
//!     .sign_with(&key, &mut rng)?;
//! assert_eq!(service.redeem(&Presented::in_csr(&other)?, now).unwrap_err(), RedeemError::Spent);
//! # Ok(())
//! # }
//! ```

mod binding;
mod error;
pub mod external;
mod fixed;
mod grant;
pub mod one_time;
mod presented;
mod retries;
pub mod sealed;
mod source;
mod text;

use core::time::Duration;

pub use binding::{Binding, InvalidName};
pub use error::{Advice, RedeemError};
pub use fixed::StaticChallenge;
pub use grant::{Grant, Release};
pub use one_time::{
    ChallengeId, ChallengeRecord, ChallengeState, IssueError, KeyTooShort, Lookup, RedeemPolicy, Service, ServiceKey,
    ServiceLimits, Spending, SpentOn, Status,
};
pub use presented::Presented;
pub use retries::{NextTry, Retries};
pub use sealed::{Detail, KeyError, Recall, SealError, SealingKeys, TokenId};
pub use source::{Source, Step};
pub use text::{Challenge, ChallengeFormat, InvalidChallenge};

/// How far the clocks of who makes a challenge and who redeems it may differ, unless told: five minutes.
pub const DEFAULT_SKEW: Duration = Duration::from_secs(300);
