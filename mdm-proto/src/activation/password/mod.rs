//! By password: SPAKE2+ (RFC 9383).
//!
//! ```text
//!  device:   Exchange ─▶ Derive ─▶ Exchange ─▶ Enrol ─▶ Exchange ─┬─▶ Activated
//!            hello       scrypt    share │              request   └─▶ Refused
//!                                        └─ not confirmed: the end
//!
//!  service:  Hello ── answer            salt and cost; nothing is written
//!            Attempt ── count ─┬─ Counted: write, then reply
//!                              └─ Decoy, Repeated: reply
//!            Request ── open ─┬─ Confirmed ─┬─ issue: write, then reply
//!                             │             └─ refuse
//!                             └─ Answered: the same reply again
//! ```
//!
//! The device holds a [`DeviceStep`], which says what is needed next. The service is a [`Service`] without state: what it
//! has to know from one message to the next is in its [`ActivationRecord`], or comes with the message again, so any replica
//! may answer any message. No key of a certificate enters the dialogue on either side: the device brings a CSR, the service
//! a certificate, signed wherever its key is.
//!
//! # What a guess costs
//! - Who listens learns nothing that a password could be checked with, however short it is.
//! - Who pretends to be a device makes a share of one password, and the reply tells whether it was that one. The attempt is
//!   [written down](Unwritten) before that reply exists for anybody. After [so many](Service::with_attempt_limit) attempts
//!   the password is locked, and the right one no longer helps: ten attempts at a password of 6 random digits succeed once
//!   in 100,000.
//! - Who pretends to be the service learns of one password for each run that a person begins, since a device sends nothing
//!   more before the service has proven itself. So a device does not begin again by itself.
//! - Who has the database tries passwords at the cost of scrypt for each, or answers in the service's place. The salt is told to
//!   anybody who asks, so the work can be done before the database is in his hands. Who has the
//!   service's secret too can read what was recorded, but only of runs whose record still has its attempt; a success wipes
//!   it.
//!
//! Anyone who knows a user's name can bring a lock about. That is the price of a limit, and it is bounded: a lock ends one
//! password, not the user; only the administrator sees it; a new password ends it. A lock that went away by itself would be no
//! limit on guesses. Where names are easy to come by, use a [token](super::token), and let requests be limited by address
//! before they get here.
//!
//! For a user that there is none of, whose password is locked, expired or used up, the service answers as ever, with a salt
//! that depends on the user and the service's secret alone and with a share that no password fits. Computation is the same
//! for each; what the database takes to write an attempt is not, and whoever measures that should write a row elsewhere for
//! a [`Decoy`]. Who repeats a message of his own after the password has been used or replaced can see that the reply has
//! changed.
//!
//! # Compare and set
//! [`Unwritten`] has the record to write in the place of the one that was read. If that is no longer there, make the step
//! again with the record that is; a certificate that was made meanwhile can be [issued](Confirmed::issue) then, it need not
//! be made twice.
//!
//! ```sql
//! UPDATE activations SET record = :new WHERE user = :user AND record = :old;  -- 1 row, or make the step again
//! ```
//!
//! # What is bound to what
//! The messages are [DER](https://www.itu.int/rec/T-REC-X.690) and say the protocol's version first. SPAKE2+ is run with the
//! user and the service as identities, and with protocol, version, suite, device, salt and cost as context (RFC 9383 section
//! 3.3). There is one suite, P256-SHA256-HKDF-SHA256-HMAC-SHA256, so there is nothing to negotiate down. Password, user and
//! service go into scrypt as RFC 9383 section 3.2 says, with 40 octets for each half. `K_shared` goes through HKDF, salted
//! with a digest of all four messages, to an AES-256-GCM key for each direction; CSR and answer are sealed with the digest
//! of everything before them as associated data. Nonces are MACs of what is sealed, so that one that is decided twice by two
//! replicas costs no secrecy.
//!
//! # The crate `spake2plus`
//! Version 0.1.0, by one author and reviewed by nobody else as far as is known, was read whole before it was used here
//! (1,245 lines): M and N are RFC 9383's; shares are uncompressed points on the curve and not the identity, of a curve with
//! cofactor 1; a share that cancels the mask is refused; transcript, lengths and key schedule are those of sections 3.3 and
//! 3.4; w0 and w1 are reduced from at least 40 octets each; scalars come from 64 random octets; scalar multiplication is
//! `p256`'s, in constant time, and never its `_vartime`; confirmations are compared in constant time; secrets are wiped. It
//! agrees with RFC 9383's vectors for P256-SHA256-HKDF-SHA256-HMAC-SHA256 and P256-SHA512-HKDF-SHA512-HMAC-SHA512, which the
//! tests here repeat, and with an implementation of our own on bare arithmetic in the tests. It has neither the suites with
//! CMAC nor other curves. Not wiped is the memory of scrypt, nor the copies that the compiler makes. So it is used, in one
//! module, `spake`, and could be replaced there.
//!
//! # Example
//! ```
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! use core::time::Duration;
//!
//! use mdm_proto::activation::password::{
//!     Activated, ActivationPassword, Attempt, Device, DeviceName, DeviceStep, Opened, Received, ScryptBounds, ScryptParameters, Service,
//!     ServiceName, UserId,
//! };
//! use mdm_proto::client_certificate::{ClientCertificates, ClientRecord, Issuance, NameRule, Step};
//! # use mdm_proto::identity::{DeviceId, Identity, User, WorkSpaceId};
//! # use pki_core::{algorithm::SignatureAlgorithm, crypto::{Signer, rustcrypto::{PROVIDER, PrivateKey, Random}}};
//! # use pki_core::{CertificateBuilder, CsrBuilder, KeyKind, Name, Profile, Secret, SerialNumber, UnixTime, Validity};
//! # let mut rng = Random(getrandom::SysRng);
//! # let now = UnixTime::from_seconds(1_795_392_000);
//! # let (ca_key, device_key) = (PrivateKey::generate(KeyKind::P256, &mut rng)?, PrivateKey::generate(KeyKind::P256, &mut rng)?);
//! # let name = Name::from_common_name("Example Root")?;
//! # let years = Validity::starting(now, Duration::from_secs(15 * 365 * 86_400));
//! # let root = CertificateBuilder::new(SerialNumber::random(&mut rng)?, name.clone(), name, years, ca_key.public_key().clone())
//! #     .with_profile(&Profile::issuing_ca(0)).with_subject_key_identifier(&PROVIDER)
//! #     .build(SignatureAlgorithm::ECDSA_SHA256)?.sign_with(&ca_key, &mut rng)?;
//! # let identity = Identity::new(User::from_email("jane@example.com")?, WorkSpaceId::new("sales-7")?, DeviceId::random(&mut rng)?);
//! # let client = ClientRecord::new(identity);
//! # let clients = ClientCertificates::new(root.clone(), PROVIDER).with_csr_names(NameRule::Any);
//! // The administrator gives Jane a password.
//! let service = Service::new(ServiceName::new("mdm.example.com")?, &Secret::new(vec![7; 32]), PROVIDER)?;
//! # let service = service.with_scrypt(ScryptParameters::new(4, 8, 1)?);
//! let password = ActivationPassword::generate(&mut rng)?;
//! let mut record = service.register(UserId::new("jane@example.com")?, &password, now.plus(Duration::from_secs(7 * 86_400)))?;
//!
//! // Jane types it, and her name.
//! let device = Device::new(UserId::new("Jane@Example.com")?, DeviceName::new("Jane's phone")?, PROVIDER);
//! # let device = device.with_scrypt_bounds(ScryptBounds::DEFAULT.with_memory(0, 1 << 20));
//! let mut step = device.start();
//! let activated = loop {
//!     step = match step {
//!         DeviceStep::Exchange(exchange) => {
//!             // On the service:
//!             let reply = match service.receive(exchange.message())? {
//!                 Received::Hello(hello) => hello.answer(Some(&record)),
//!                 Received::Attempt(attempt) => match attempt.count(Some(&record), now, &mut rng)? {
//!                     Attempt::Counted(unwritten) => {
//!                         record = unwritten.record().clone(); // compare and set
//!                         unwritten.written()
//!                     }
//!                     Attempt::Decoy(_, reply) | Attempt::Repeated(reply) => reply,
//!                     _ => unreachable!(),
//!                 },
//!                 Received::Request(request) => match request.open(Some(&record), now)? {
//!                     Opened::Confirmed(confirmed) => {
//!                         let decision = clients.enrol(confirmed.csr(), &client, &Issuance::new(now, &mut rng)?)?;
//!                         let Step::Sign(unsigned) = decision.step else { panic!("asked for the first time") };
//!                         let certificate = unsigned.to_be_signed().sign_with(&ca_key, &mut rng)?;
//!                         let activated = Activated::new(certificate, root.clone(), "https://mdm.example.com/manage");
//!                         let unwritten = confirmed.issue(&activated, now)?;
//!                         record = unwritten.record().clone(); // compare and set
//!                         unwritten.written()
//!                     }
//!                     Opened::Answered(reply) => reply,
//!                     _ => unreachable!(),
//!                 },
//!                 _ => unreachable!(),
//!             };
//!             exchange.finish(&reply, now)?
//!         }
//!         DeviceStep::Derive(derive) => derive.derive(&password, &mut rng)?,
//!         DeviceStep::Enrol(enrol) => {
//!             let csr = CsrBuilder::new(Name::from_common_name("my phone")?, device_key.public_key().clone())
//!                 .build(SignatureAlgorithm::ECDSA_SHA256)?
//!                 .sign_with(&device_key, &mut rng)?;
//!             enrol.request(&csr)?
//!         }
//!         DeviceStep::Activated(activated) => break activated,
//!         other => panic!("{other:?}"),
//!     };
//! };
//! assert_eq!(activated.roots(), [root]);
//! assert_eq!(activated.url(), "https://mdm.example.com/manage");
//! # Ok(())
//! # }
//! ```

mod activation_password;
mod device;
mod error;
mod identifier;
mod keys;
mod message;
mod record;
mod refusal_reason;
mod scrypt_parameters;
mod service;
mod spake;

pub use activation_password::{ActivationPassword, InvalidPassword};
pub use device::{Derive, Device, DeviceActivated, DeviceExchange, DeviceStep, Enrol, RequestRecord};
pub use error::{DeviceError, DeviceFailure, IssueError, Refusal, RegisterError, ServiceError};
pub use identifier::{DeviceName, InvalidIdentifier, ServiceName, UserId};
pub use record::{ActivationRecord, Standing};
pub use refusal_reason::RefusalReason;
pub use scrypt_parameters::{ScryptBounds, ScryptParameters, UnacceptableParameters};
pub use service::{
    Activated, Attempt, AttemptReceived, Confirmed, Decoy, HelloReceived, Opened, Received, RequestReceived, Service,
    Unwritten,
};
