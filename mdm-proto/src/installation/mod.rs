//! The enterprise management root, the server certificate below it, and how both are replaced in time.
//!
//! What the certificates are like is in [`RootProfile`] and [`ServerProfile`]. Keys are the caller's: certificates come as
//! [`ToBeSigned`](pki_core::ToBeSigned), and the record has [`KeyHandle`](crate::keystore::KeyHandle)s.
//!
//! # The record
//!
//! An [`Installation`] is what the service keeps: its authorities, each a root with an issuing CA below it or without, and the
//! server certificate. [`Installation::next_action`] says what is due:
//!
//! ```text
//!  next_action          the caller                            the record
//!  IssueServer          makes and signs a certificate         with_server
//!  BeginRollover        makes and signs the next root         begin_rollover
//!                       hands out roots() to every device     add_cross, if cross-signed
//!  Switch                                                     switch
//!                       issues by current() from here on
//!  Retire               hands out roots() without it          retire
//! ```
//!
//! A root is replaced so early that no certificate below it is cut short: a [`Schedule`] before its end the next is made, and
//! is handed out beside it for some time; then the next issues, and the former stays only for what it issued. When the last
//! client certificate under it is over, and the server certificate is under another, it is withdrawn.
//!
//! A device that was off while the next root was handed out knows the former only, and one that is activated after that may
//! know the next only. Cross certificates ([`RootProfile::cross`]) lead each to the other, if there is room: below a root of
//! path length 0, only if both roots have one name (RFC 5280 section 6.1.4 (l); RFC 4210 section 4.4).
//!
//! Store each record that a step gives if the one before is still there, and begin anew if not:
//!
//! ```sql
//! UPDATE installation SET record = :new WHERE record = :old;
//! ```
//!
//! ```
//! # #[cfg(feature = "rustcrypto")]
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! use mdm_proto::client_certificate::Issuance;
//! use mdm_proto::installation::{Action, Authority, Installation, RootProfile, Schedule, ServerProfile, verify_server};
//! use mdm_proto::keystore::KeyHandle;
//! use pki_core::{KeyKind, NameBuilder, UnixTime, chain::PeerName, crypto::Signer};
//! # use pki_core::crypto::rustcrypto::{PROVIDER, PrivateKey, Random};
//!
//! # let mut rng = Random(getrandom::SysRng);
//! # let now = UnixTime::from_seconds(1_795_392_000);
//! # let (root_key, server_key) = (PrivateKey::generate(KeyKind::P384, &mut rng)?, PrivateKey::generate(KeyKind::P256, &mut rng)?);
//! let name = NameBuilder::new().add_organization("Example").add_common_name("Example Enterprise Management Root").build()?;
//! let root = RootProfile::DEFAULT
//!     .root(name, root_key.public_key().clone(), &Issuance::new(now, &mut rng)?, &PROVIDER)?
//!     .sign_with(&root_key, &mut rng)?;
//! let installation = Installation::new(Authority::new(root, KeyHandle::new(b"root-1")?));
//! assert!(matches!(installation.next_action(&Schedule::DEFAULT, now), Action::IssueServer { .. }));
//!
//! let server = ServerProfile::new()
//!     .add_dns_name("mdm.example.com")
//!     .certificate(installation.current().issuer(), server_key.public_key().clone(), &Issuance::new(now, &mut rng)?, &PROVIDER)?
//!     .sign_with(&root_key, &mut rng)?;
//! let installation = installation.with_server(server, KeyHandle::new(b"server-1")?, &PROVIDER)?; // stored
//!
//! // A device that was given the roots.
//! verify_server(&installation.roots(), &installation.server_chain(), &[PeerName::Dns("mdm.example.com")], now, &PROVIDER)?;
//! assert!(matches!(installation.next_action(&Schedule::DEFAULT, now), Action::Wait { .. }));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "rustcrypto"))]
//! # fn main() {}
//! ```

mod authority;
mod encoding;
mod error;
mod record;
mod root;
mod schedule;
mod server;
mod verify;

pub use self::{
    authority::Authority,
    error::{InstallationError, StepError},
    record::{Former, Installation, ServerKey},
    root::RootProfile,
    schedule::{Action, Schedule, ServerDue},
    server::{KeyTransport, ServerProfile},
    verify::{ServerRefused, verify_server},
};
