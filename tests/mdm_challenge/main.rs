//! Challenges of all kinds, NDES, and a proxy.

mod concurrent;
mod external;
mod fixed;
mod model;
mod ndes;
mod one_time;
mod proxy;
mod sealed;
mod server;

use std::time::Duration;

use conformance::{
    Clock, TestRandom,
    fixtures::{self, client_key},
};
use mdm_proto::{
    challenge::{Binding, Challenge, Presented, ServiceKey},
    csr_policy::{Expectation, ExpectedKey},
    profile::KeyAlgorithm,
};
use pki_core::{
    Csr, CsrBuilder, GeneralNamesBuilder, Secret, UnixTime,
    crypto::{Signer as _, rustcrypto::PrivateKey},
};
use scep::{TransactionId, server::Names};

const HOUR: Duration = Duration::from_secs(3600);

fn now() -> UnixTime {
    Clock::new().now()
}

fn after(seconds: u64) -> UnixTime {
    now().plus(Duration::from_secs(seconds))
}

fn rng() -> TestRandom {
    TestRandom::new(7)
}

fn service_key() -> ServiceKey {
    ServiceKey::from_secret(Secret::new(vec![0x42; 32])).expect("32 octets")
}

/// Two names, in this order.
fn alternative_names() -> GeneralNamesBuilder {
    GeneralNamesBuilder::new().add_dns_name("device.example.com").add_upn("user@example.com")
}

/// `O=Example, CN=common_name`, two alternative names, RSA-2048.
fn expectation(common_name: &str) -> Expectation {
    let names = Names::new(fixtures::name(common_name)).with_alternative(alternative_names()).expect("names");
    Expectation::new(names, ExpectedKey::Algorithm(KeyAlgorithm::Rsa { bits: 2048 }))
}

/// For this device and the profile `wifi`.
fn binding(device: &str) -> Binding {
    Binding::new(device, "wifi", expectation(device)).expect("names")
}

/// A CSR with these names.
fn csr_with(common_name: &str, names: GeneralNamesBuilder, challenge: Option<&str>, key: &PrivateKey) -> Csr {
    let csr = CsrBuilder::new(fixtures::name(common_name), key.public_key().clone()).with_subject_alt_name(names);
    let csr = match challenge {
        Some(challenge) => csr.with_challenge_password(&Secret::from(challenge)),
        None => csr,
    };
    fixtures::sign_csr(&csr, key)
}

/// A CSR as it is expected of this device, with this challenge.
fn csr(device: &str, challenge: &Challenge) -> Csr {
    csr_with(device, alternative_names(), Some(challenge.expose()), client_key())
}

fn present(csr: &Csr) -> Presented {
    Presented::in_csr(csr).expect("readable").with_transaction(transaction("1"))
}

fn transaction(id: &str) -> TransactionId {
    TransactionId::from_text(id).expect("an id")
}
