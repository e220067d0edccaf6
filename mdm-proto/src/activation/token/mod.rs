//! By a one-time token over TLS, with the bodies of EST.
//!
//! The service makes a [`Token`] of 130 random bits and gives it to the user, as text or as a QR code. The device fetches the
//! CA's certificates, which it recognises by a fingerprint that came with the token, connects anew to a server that these
//! certify, and sends its CSR with the token as the password of HTTP Basic. It gets its client certificate.
//!
//! ```text
//!  device:   FetchAuthority ──▶ Ready ── enrol(csr) ──▶ Exchange ──▶ Activated
//!              /cacerts                                    │  ▲      (renewal: Exchange::renew)
//!                                                          ▼  │
//!                                                          Wait
//!  service:  /simpleenroll ── TokenRecord::redeem ── check ── store ── ClientCertificates::enrol ── store ── sign ── issue
//! ```
//!
//! # What a token is good for
//! - for one certificate: once redeemed, it is bound to that CSR. The same CSR again, in a [grace](TokenPolicy::with_grace)
//!   time, gets the same answer, since the first may be lost; another CSR gets none, ever;
//! - until it expires, and until it was guessed wrong [so often](TokenPolicy::with_attempts) under its user's name. Not that
//!   130 bits could be guessed: it shows that somebody tries. Who knows the name can lock the token that way, no more; limit
//!   requests by address before;
//! - what is mistyped is known by two characters that check the others, and costs no attempt.
//!
//! The service keeps no token but an HMAC of it, under a [`TokenKey`] that is not in the database.
//!
//! # In a database
//! [`TokenRecord::redeem`] gives the record to store, and what to answer once it is stored. If somebody else changed it
//! meanwhile, begin anew with what stands there. So of two devices with one token one gets a certificate:
//!
//! ```sql
//! UPDATE tokens SET record = :new WHERE user = :user AND record = :old;
//! ```
//!
//! In between, when the token [is right](Attempt::is_right) and nothing is stored yet, is the time to look at the CSR
//! ([`ClientCertificates::check`](crate::client_certificate::ClientCertificates::check)): one that gets no certificate costs no
//! token, and a stranger is told neither that the user has a token nor which names the service has decided on. The whole
//! service, but for its database:
//!
//! ```
//! # #[cfg(feature = "rustcrypto")]
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! use mdm_proto::activation::token::{ActivationData, FetchAuthority, Progress, TokenKey, TokenPolicy};
//! use mdm_proto::client_certificate::{ClientCertificates, ClientRecord, Issuance, NameRule, Step};
//! use mdm_proto::est::{CaTrust, client::Config, server::{Connection, Operation, Responder}};
//! # use mdm_proto::identity::{DeviceId, Identity, User, WorkSpaceId};
//! # use pki_core::{algorithm::SignatureAlgorithm, crypto::{Signer, rustcrypto::{PROVIDER, PrivateKey, Random}}};
//! # use pki_core::{CertificateBuilder, CsrBuilder, KeyKind, Name, Profile, Secret, SerialNumber, UnixTime, Validity};
//! # let mut rng = Random(getrandom::SysRng);
//! # let now = UnixTime::from_seconds(1_795_392_000);
//! # let (ca_key, device_key) = (PrivateKey::generate(KeyKind::P256, &mut rng)?, PrivateKey::generate(KeyKind::P256, &mut rng)?);
//! # let name = Name::from_common_name("Example Root")?;
//! # let years = Validity::starting(now, core::time::Duration::from_secs(15 * 365 * 86_400));
//! # let root = CertificateBuilder::new(SerialNumber::random(&mut rng)?, name.clone(), name, years, ca_key.public_key().clone())
//! #     .with_profile(&Profile::issuing_ca(0)).with_subject_key_identifier(&PROVIDER)
//! #     .build(SignatureAlgorithm::ECDSA_SHA256)?.sign_with(&ca_key, &mut rng)?;
//! # let (user, work_space, device) = (User::from_email("jane@example.com")?, WorkSpaceId::new("sales-7")?, DeviceId::random(&mut rng)?);
//! // The administrator sends Jane a token.
//! let identity = Identity::new(user, work_space, device);
//! let token_key = TokenKey::new(Secret::from(&[7; 32][..])).ok_or("too short")?;
//! let (token, record) = token_key.issue(identity.clone(), &TokenPolicy::DEFAULT, now, &mut rng)?;
//!
//! // Her device has the token and the root's fingerprint.
//! let pin = scep::client::Fingerprint::of(&root, &PROVIDER).ok_or("no SHA-256")?;
//! let data = ActivationData::new("jane@example.com", token, CaTrust::Fingerprint(pin))?;
//! let fetch = FetchAuthority::start(Config::new(PROVIDER).into(), data);
//!
//! let responder = Responder::new(PROVIDER);
//! let Ok(Operation::CaCerts(asked)) = responder.receive(fetch.request(), &Connection::new()) else { panic!() };
//! let ready = fetch.finish(&asked.answer(&[root.clone()]), now)?;
//! // A new connection, whose server is certified by `ready.authority()`.
//! let csr = CsrBuilder::new(Name::from_common_name("my phone")?, device_key.public_key().clone())
//!     .build(SignatureAlgorithm::ECDSA_SHA256)?
//!     .sign_with(&device_key, &mut rng)?;
//! let exchange = ready.enrol(&csr);
//!
//! let Ok(Operation::SimpleEnroll(enrol)) = responder.receive(exchange.request(), &Connection::new()) else { panic!() };
//! // The device does not know its names yet.
//! let clients = ClientCertificates::new(root, PROVIDER).with_csr_names(NameRule::Any);
//! let client = ClientRecord::new(record.identity().clone());
//! let attempt = record.redeem(&enrol, &token_key, now);
//! if attempt.is_right() {
//!     clients.check(enrol.csr(), record.identity())?;
//! }
//! let record = attempt.record(); // stored
//! let authorized = attempt.stored()?;
//! let decision = clients.enrol(enrol.csr(), &client, &Issuance::new(now, &mut rng)?)?;
//! let client = decision.record; // stored
//! let certificate = match decision.step {
//!     Step::Sign(unsigned) => unsigned.to_be_signed().sign_with(&ca_key, &mut rng)?, // with_signed(), stored
//!     Step::Send(certificate) => certificate,
//! };
//! let response = enrol.issue(&authorized, &certificate).unwrap_or_else(|refusal| refusal.reply);
//!
//! let Progress::Activated(activated) = exchange.finish(&response, now)? else { panic!() };
//! assert_eq!(activated.certificate(), &certificate);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "rustcrypto"))]
//! # fn main() {}
//! ```

mod device;
mod key;
mod record;
mod text;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;

pub use device::{Activated, ActivationData, DeviceError, Exchange, FetchAuthority, Progress, Ready, Wait};
pub use key::{TokenHash, TokenKey};
pub use record::{Attempt, TokenDenied, TokenPolicy, TokenRecord, TokenState};
pub use text::{InvalidToken, Token};
