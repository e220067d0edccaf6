//! The challenge broker: an enrolment by SCEP in which the challenge password never reaches the device.
//!
//! **Read [Patents](#patents) first.** This module is behind the feature `split-signing`, off by default.
//!
//! A CA that wants a challenge wants it inside of the CSR, and the device's key has to sign the CSR. So the device sends a CSR
//! without challenge; the service compares it with what it has on record, adds the challenge, and gives the device the *digest* of what
//! came of it; the device signs the digest; the service puts signature and CSR together, and encrypts it to the CA. The CA is any SCEP
//! server, unmodified: what it gets can't be told from an ordinary request.
//!
//! ```text
//!  device                                             service                                    CA
//!    │ CSR without challenge, profile ─────────────────▶ │ signature, names, key, usages: as on record?
//!    │ ◀───────────────────────────── digest, 32 octets │ adds challenge and blinding
//!    │ signs it, once for each key                       │
//!    │ CSR, signature, transport certificate, ──────────▶│ completes and verifies the CSR,
//!    │   transactionID and nonce of its own              │ encrypts it for the pinned CA
//!    │ ◀────────────────── signed attributes, in clear  │
//!    │ these and no others? signs them                   │
//!    │ signature ──────────────────────────────────────▶ │ pkiMessage ──────────────────────────▶ │
//!    │ ◀───────────────────── CertRep as it came         │ ◀────────────────────────── CertRep    │
//!    │ signed by the pinned CA, for this request?        │
//!    │ decrypts, validates                               │
//! ```
//!
//! This is for first requests. A renewal is signed by the certificate that is there, wants no challenge from most CAs, and is the device's
//! own business: [`scep::client::Renewal`].
//!
//! Both halves are dialogues of owned steps, [`device::Step`] and [`service::Step`]; their messages are octets that the caller carries
//! over a channel on which both sides are authenticated, such as TLS with the client certificate of
//! [`client_certificate`](crate::client_certificate). The service *must* know by that channel which device it talks to: the messages
//! don't say.
//!
//! # What nobody has to believe
//! - The device names no certificate to encrypt to, and no message has a place for one. The envelope is for the CA whose fingerprint
//!   the profile has, or its RA: found by GetCACert, validated below the pinned certificate, for keyEncipherment
//!   ([`Authority`](scep::client::Authority)). If the device chose, it would choose itself and read the challenge.
//! - The service compares before it adds the challenge, and once more before it uses the signature.
//! - The device verifies the CA's reply and the chain of the certificate by itself. The service relays both and can change neither.
//! - Nothing that the device decrypts goes back to the service.
//!
//! # What is given away, and what is done about it
//! | what | what would follow | what is done |
//! |---|---|---|
//! | the digest is over fields that the device knows, and the challenge | guesses at a challenge that a person chose can be tried without asking anybody | 256 bits of [`Blinding`] beside the challenge |
//! | the same digest again for the same CSR | whether the challenge was changed in between | [`Blinding::Fresh`]; with [`Blinding::Derived`] the same for a period |
//! | a recipient of the device's choice | it decrypts the challenge | there is no such choice |
//! | an envelope in the device's hands | the CA as an oracle for decryption | the service submits. [`seal_for_submission_by_device`](service::Completed::seal_for_submission_by_device) is a choice, and says so |
//! | the size of an envelope | how long the challenge is | challenge and blinding together have always the same size |
//! | the CA's database and log | the challenge itself | outside of this module: one-time challenges |
//! | many requests | other leaks, faster | [`service::admit`]: attempts of a device, and for a challenge |
//!
//! Buffers that the challenge is in are wiped, but for those that grew while they were written, and but for the completed CSR, which is
//! dropped when the enrolment has begun.
//!
//! # What the device has to believe
//! It signs a digest of which it can't know what it is of. A service that lies gets one signature over whatever it likes: a TLS
//! handshake, another CSR. What bounds that:
//! - the key is new and not certified yet, so its signature means nothing to anybody;
//! - [`SigningBudget`], kept beside the key: one digest for each key, and so many sets of attributes, then nothing more;
//! - only in answer to a request that the device itself made for that profile, over the authenticated channel;
//! - the attributes are looked at: five of them, in DER, with the device's own transactionID and nonce ([`AttributeFlaw`]). The device
//!   hashes them itself. A message of another protocol is no such set.
//!
//! That it was the CSR with the challenge, and that CSR alone, that the device signed, can't be shown to it without the challenge.
//!
//! # CAs
//! | CA | first request signed by the key of the CSR, self-signed |
//! |---|---|
//! | NDES | yes |
//! | OpenXPKI | yes; key and subject must be those of the CSR: no transport key of its own |
//! | step-ca, micromdm, Dogtag, EJBCA, Trust Protection, `DigiCert`, Okta | yes |
//!
//! An EC key can't decrypt a reply, and the challenge that the CA might encrypt it under instead is not for the device: it takes an RSA
//! transport key beside it, where the CA allows one. Ed25519 signs no digests. Which CAs take which blinding attribute has been tried with
//! micromdm's scepserver only; [`BlindingAttribute`] has three.
//!
//! # Patents
//! Facts as publicly listed in November 2026, not legal advice. Who ships this asks somebody who may answer.
//!
//! | number | listed | what its claims are about, in short |
//! |---|---|---|
//! | US 8,522,035 | to 2032-02-29; assignee Malikie Innovations | *Assisted certificate enrollment*, the device: sends a CSR to a helper, receives a hash of the CSR altered by a challenge password, signs it, returns the signature, receives the altered CSR in an envelope, signs the envelope, sends both to a CA |
//! | US 8,909,934 | to 2032-02-09 | the same, the helper: receives a CSR, adds a password, hashes, sends the hash, receives CSR and signature, adds the password again, encrypts, sends the encrypted CSR to the device |
//! | CA 2849172, EP 2587715 B1 | issued 2018; active | the same family; their claims were not read in full and may be broader |
//! | US 8,527,770, US 8,943,323 | the first to 2029-05-08 | a device certificate requested during activation, with identities of user and device in it; not about the broker |
//!
//! [`seal_for_submission_by_device`](service::Completed::seal_for_submission_by_device) is the flow of the first two, and
//! [`Blinding::Derived`] that of a helper who adds the password again. With [`Completed::submit`](service::Completed::submit), the default,
//! the device neither receives nor sends the envelope; dependent claims, claims in other countries and equivalents were not looked into.
//! Assignees of this family have filed suits over patents of the same origin in 2025. [`challenge`](crate::challenge) has ways that need
//! none of this: one-time, sealed and external challenges.
//!
//! # Example
//! Up to what goes to the CA. `tests/examples/broker` goes on from there.
//!
//! ```
//! # #[cfg(feature = "rustcrypto")] {
//! use std::sync::Arc;
//! use mdm_proto::{
//!     broker::{Blinding, SigningBudget, SigningLimits, device, service},
//!     csr_policy::{Expectation, ExpectedKey},
//!     profile::{KeyAlgorithm, ProfileId},
//! };
//! use pki_core::{
//!     CsrBuilder, KeyKind, Name, Secret, UnixTime,
//!     algorithm::SignatureAlgorithm,
//!     crypto::{Signer, rustcrypto::{PROVIDER, PrivateKey, Random}},
//! };
//! use scep::{client::{ClientConfig, Fingerprint}, server::Names};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (rng, now) = (&mut Random(getrandom::SysRng), UnixTime::from_seconds(1_795_000_000));
//! let profile = ProfileId::new("wifi")?;
//! let (pin, name) = (Fingerprint::new(&[7; 32])?, Name::from_common_name("device 1")?);
//!
//! // The device: a new key, a CSR without challenge, and a self-signed certificate for the transport.
//! let key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng)?;
//! let (public, algorithm) = (Signer::public_key(&key), SignatureAlgorithm::RSA_PKCS1_SHA256);
//! let csr = CsrBuilder::new(name.clone(), public.clone()).build(algorithm)?.sign_with(&key, rng)?;
//! let transport = device::transport_certificate(&name, public, algorithm, now, rng)?.sign_with(&key, rng)?;
//! let mut budget = SigningBudget::new(public.as_ref(), SigningLimits::DEFAULT);
//! let config = Arc::new(device::DeviceConfig::new(profile.clone(), pin.clone(), PROVIDER));
//! let device::Step::Send(request) = device::Step::start(config, csr, transport, now, rng)? else { panic!() };
//!
//! // The service: what it has on record, and the digest.
//! let broker = service::Broker::new(PROVIDER, Blinding::Fresh);
//! let expectation = Expectation::new(Names::new(name), ExpectedKey::Algorithm(KeyAlgorithm::Rsa { bits: 2048 }));
//! let entitlement = service::Entitlement::new(profile, expectation, Secret::from("s3cret"), pin);
//! let service::Incoming::Request(received) = broker.receive(request.message())? else { panic!() };
//! let first = service::admit(None, None, service::AttemptLimits::DEFAULT, now)?;
//! let (device, challenge) = (*first.device(), *first.challenge()); // stored
//! let prepared = broker.prepare(&received, &entitlement, first.stored(), now, rng)?;
//!
//! // The device signs it, once.
//! let device::Step::SignDigest(digest) = request.finish(prepared.message(), now)? else { panic!() };
//! let device::Step::Send(signed) = digest.sign_with(&mut budget, &key, rng)? else { panic!() };
//!
//! // The service completes the CSR and turns to the CA.
//! let service::Incoming::SignedDigest(received) = broker.receive(signed.message())? else { panic!() };
//! let second = service::admit(Some(&device), Some(&challenge), service::AttemptLimits::DEFAULT, now)?;
//! let completed = broker.complete(&received, &entitlement, prepared.record(), second.stored(), now)?;
//! let service::Step::Exchange(exchange) = completed.submit(ClientConfig::new(PROVIDER))? else { panic!() };
//! assert_eq!(exchange.request().query, "operation=GetCACaps");
//! # Ok(()) }
//! # main().unwrap();
//! # }
//! ```

pub mod device;
pub mod service;

mod attributes;
mod blinding;
mod budget;
mod digest_signer;
mod message;
mod pin;
mod request_info;

pub use attributes::AttributeFlaw;
pub use blinding::{Blinding, BlindingAttribute, BlindingKey, ShortBlindingKey};
pub use budget::{BudgetError, SigningBudget, SigningLimits};
pub use digest_signer::DigestSigner;
pub use message::RefusalReason;
pub use pin::PinCount;
pub use request_info::{CsrFlaw, UnusableChallenge};
