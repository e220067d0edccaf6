//! The certificates by which devices authenticate to the service: issued, renewed, told apart.
//!
//! # The service
//!
//! [`ClientCertificates`] is what they are like. The service decides on the names, out of its own records ([`Identity`]); from
//! the CSR comes the key, once the signature shows that who asks has it, and the names in it are compared.
//!
//! A [`ClientRecord`] is what the service keeps for each device. It makes every request give one certificate, however often
//! the request comes and wherever the service stops, and it knows which certificate is good:
//!
//! ```text
//!                enrol, renew          with_signed              authenticate
//!  (nothing) ──────────────▶ approved ────────────▶ issued ──────────────────────▶ current
//!                               │                     │      (its first use)          │
//!                               └──── another CSR ────┴─────▶ retired ◀── the next one is used
//! ```
//!
//! - *approved*: the `TBSCertificate` is recorded **before it is signed**. Whoever comes to sign it signs the same bytes.
//! - *issued*: the same CSR again, since the reply was lost, gives this certificate again and not a second one.
//! - While the next certificate is issued and not used, the current one stays good, since the device may never get the next. The
//!   first use of the next shows that it did, and retires the current one, which is refused from then on.
//! - Another CSR replaces what was not used yet: the device lost its pending key.
//! - Revoking ends all of them.
//!
//! Every step takes the stored record and gives a new one. Store that if the old one is still there, and begin anew if not:
//!
//! ```sql
//! UPDATE clients SET record = :new WHERE device = :device AND record = :old;
//! ```
//!
//! # The device
//!
//! [`DeviceIdentity`] is what the device keeps: the key and the CSR that it asked with, what it got, and the former certificate
//! until the service accepted the new one.
//!
//! ```
//! # #[cfg(feature = "rustcrypto")]
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! # use std::time::Duration;
//! # use mdm_proto::client_certificate::{ClientCertificates, ClientRecord, Issuance, Step};
//! # use mdm_proto::identity::{DeviceId, Identity, User, WorkSpaceId};
//! # use pki_core::{algorithm::SignatureAlgorithm, chain::{ChainValidator, Pool, Purpose}, crypto::rustcrypto::{PROVIDER, PrivateKey, Random}};
//! # use pki_core::{CertificateBuilder, CsrBuilder, KeyKind, Name, Profile, SerialNumber, UnixTime, Validity, crypto::Signer};
//! # let mut rng = Random(getrandom::SysRng);
//! # let now = UnixTime::from_seconds(1_795_392_000);
//! # let (ca_key, device_key) = (PrivateKey::generate(KeyKind::P256, &mut rng)?, PrivateKey::generate(KeyKind::P256, &mut rng)?);
//! # let name = Name::from_common_name("Example Root")?;
//! # let years = Validity::starting(now, Duration::from_secs(15 * 365 * 86_400));
//! # let root = CertificateBuilder::new(SerialNumber::random(&mut rng)?, name.clone(), name, years, ca_key.public_key().clone())
//! #     .with_profile(&Profile::issuing_ca(0)).with_subject_key_identifier(&PROVIDER)
//! #     .build(SignatureAlgorithm::ECDSA_SHA256)?.sign_with(&ca_key, &mut rng)?;
//! # let (user, work_space, device) = (User::from_email("jane@example.com")?, WorkSpaceId::new("sales-7")?, DeviceId::random(&mut rng)?);
//! let identity = Identity::new(user, work_space, device);
//! # let csr = CsrBuilder::new(identity.subject()?, device_key.public_key().clone())
//! #     .build(SignatureAlgorithm::ECDSA_SHA256)?.sign_with(&device_key, &mut rng)?;
//! let clients = ClientCertificates::new(root.clone(), PROVIDER);
//! let record = ClientRecord::new(identity);
//!
//! // The device showed its activation token, and sent this CSR.
//! let decision = clients.enrol(&csr, &record, &Issuance::new(now, &mut rng)?)?;
//! let record = decision.record; // stored
//! let Step::Sign(unsigned) = decision.step else { panic!("asked for the first time") };
//! let certificate = unsigned.to_be_signed().sign_with(&ca_key, &mut rng)?;
//! let record = record.with_signed(certificate.clone())?; // stored, and the certificate sent
//!
//! // Later it connects.
//! let chain = ChainValidator::new([root.into()], PROVIDER).validate(&certificate, &Pool::new(), Purpose::CLIENT_AUTH, now)?;
//! let device = clients.authenticate(&chain, &record, now)?;
//! assert_eq!(device.identity.user().email(), Some("jane@example.com"));
//! assert!(device.first_use.is_some(), "to be stored");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "rustcrypto"))]
//! # fn main() {}
//! ```

mod authenticate;
mod authority;
pub mod device;
mod encoding;
mod record;
mod refused;
mod renewal;

pub use scep::server::{
    Issuance, KeyPolicy, KeyRefused, NameMismatch, NameRule, RenewalKey, RenewalWindow, UnsignedCertificate,
};

pub use self::{
    authenticate::{Authenticated, NotAuthenticated},
    authority::{ClientCertificates, KeyUse},
    device::DeviceIdentity,
    record::{ClientRecord, IssuedCertificate, NextCertificate, RecordError, Retired, RetiredBecause, Revocation},
    refused::Refused,
    renewal::{Decision, RenewalRules, Step, UserChange},
};
#[cfg(doc)]
use crate::identity::Identity;

#[cfg(test)]
mod tests;
