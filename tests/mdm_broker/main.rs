//! The broker: whole enrolments in memory against our SCEP server, and what hostile devices and hostile services come to.

mod budget;
mod dialogue;
mod hostile_device;
mod hostile_service;
mod profiles;
mod records;
mod secrecy;
mod world;

use conformance::{
    Policy, TestRandom, TestServer,
    fixtures::{self, CHALLENGE, ca_key, client_key, ec_key, name, other_key, ra_encryption_key, ra_key},
};
use mdm_proto::{
    broker::{
        AttributeFlaw, Blinding, BlindingAttribute, BlindingKey, BudgetError, CsrFlaw, RefusalReason, SigningBudget,
        SigningLimits, UnusableChallenge,
        device::{self, DeviceConfig, IssuedNames, Rejected, Submission, TransportFlaw},
        service::{self, Broker, Entitlement, Incoming, Outcome},
    },
    csr_policy::{Expectation, ExpectedKey},
    profile::{KeyAlgorithm, ProfileId},
};
use pki_core::{
    Certificate, Csr, CsrBuilder, DecodeErrorKind, Secret,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
    der::{Reader, Tag, Writer},
    oid,
};
use scep::{
    FailInfo,
    client::{Fingerprint, Misbehaviour},
    server::Names,
};
use world::{World, csr, expectation, transport};

/// A profile of this name.
fn profile(name: &str) -> ProfileId {
    ProfileId::new(name).expect("a name")
}

/// A message of the protocol with this body.
fn message(number: u8, write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.small_integer(1);
            w.constructed(Tag::context_constructed(number), write);
        });
    })
}

/// The number of a message's body.
fn number(message: &[u8]) -> u8 {
    let mut fields = Reader::new(message).sequence().expect("a message");
    assert_eq!(fields.small_integer(), Ok(1));
    fields.any().expect("a body").tag().as_byte() & 0x1f
}

/// Over the fields of a message's body.
fn body(message: &[u8]) -> Reader<'_> {
    let mut fields = Reader::new(message).sequence().expect("a message");
    fields.small_integer().expect("a version");
    fields.any().expect("a body").reader()
}
