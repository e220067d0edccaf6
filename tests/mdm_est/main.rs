//! EST (RFC 7030) by `mdm_proto::est`, both roles, and activation by a token on top of it.

mod activation;
mod authority;
mod binding;
mod client;
mod openssl;
mod server;

use std::time::Duration;

use conformance::{Clock, TestRandom, fixtures};
use mdm_proto::est::{
    HttpRequest, HttpResponse,
    server::{Connection, Enrol, Operation, Refusal, Responder},
};
use pki_core::{
    Certificate, CertificateBuilder, Csr, CsrBuilder, Name, Profile, UnixTime, Validity,
    chain::{ChainValidator, Pool, Purpose, ValidatedChain},
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};

fn now() -> UnixTime {
    Clock::new().now()
}

fn root() -> Certificate {
    fixtures::root(fixtures::ca_key())
}

/// A CSR without challengePassword.
fn csr(common_name: &str, key: &PrivateKey) -> Csr {
    fixtures::sign_csr(&CsrBuilder::new(fixtures::name(common_name), Signer::public_key(key).clone()), key)
}

/// A device's certificate below the root.
fn certificate(common_name: &str, key: &PrivateKey) -> Certificate {
    fixtures::below_root(fixtures::ca_key(), common_name, key, &Profile::DEVICE_CLIENT)
}

/// What TLS says of a client with this certificate.
fn validated(certificate: &Certificate) -> ValidatedChain {
    let validator = ChainValidator::new([root().into()], PROVIDER);
    validator.validate(certificate, &Pool::new(), Purpose::CLIENT_AUTH, now()).expect("a valid chain")
}

fn receive(request: &HttpRequest) -> Result<Operation, Refusal> {
    Responder::new(PROVIDER).receive(request, &Connection::new())
}

fn enrol(request: &HttpRequest, connection: &Connection) -> Enrol {
    match Responder::new(PROVIDER).receive(request, connection) {
        Ok(Operation::SimpleEnroll(enrol) | Operation::SimpleReenroll(enrol)) => enrol,
        other => panic!("{other:?}"),
    }
}

/// The same request, without credentials.
fn copy(request: &HttpRequest) -> HttpRequest {
    let mut copy = HttpRequest::new(request.method, request.path.clone(), request.body.clone());
    copy.content_type.clone_from(&request.content_type);
    copy
}

/// The value of a header that is to be sent.
fn header(response: &HttpResponse, name: &str) -> Option<String> {
    response.headers().find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// A CA certificate with this name and key, signed by another.
fn ca(issuer: (&Name, &PrivateKey), subject: &Name, key: &PrivateKey, validity: Validity) -> Certificate {
    fixtures::certify(issuer, subject, Signer::public_key(key), validity, &Profile::ROOT_CA)
}

/// So many days from `now`, to so many.
fn days(from: i64, to: i64) -> Validity {
    let at = |days: i64| UnixTime::from_seconds(now().as_seconds() + days * 86_400);
    Validity::new(at(from), at(to))
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn rng() -> TestRandom {
    TestRandom::new(7)
}

/// A body as a file of `data/est` has it.
macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../data/est/", $name))
    };
}
use sample;

/// For certificates that the fixtures don't have.
fn build(builder: CertificateBuilder) -> Certificate {
    fixtures::certify_with((&fixtures::name("Root"), fixtures::ca_key()), builder)
}
