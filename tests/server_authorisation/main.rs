//! Who gets a certificate from a server, and which: renewals, agents, challenges, and what is issued.
//!
//! Each test that is about one clause of RFC 8894 has its number; the others are named after the attack, or after what is
//! allowed.

mod agent;
mod challenge;
mod issue;
mod renewal;

use conformance::{
    Clock, TestRandom, TestServer, attack,
    chain::Ca,
    fixtures::{self, ca_key, client_key, other_key},
    forge::RawMessage,
};
use pki_core::{
    Certificate, CertificateBuilder, Csr, CsrBuilder, DecodeError, GeneralNamesBuilder, NameRef, PublicKey, Secret,
    UnixTime,
    algorithm::SignatureAlgorithm,
    chain::Pool,
    crypto::{Signer as _, rustcrypto::PrivateKey},
    der::{Tag, Writer},
    oid,
};
use scep::{
    http::HttpRequest,
    server::{Enrol, Incoming, Operation, Responder},
};

/// The fixtures' CA.
fn ca() -> Ca {
    Ca { certificate: fixtures::root(ca_key()), key: ca_key() }
}

/// A CA of the same name, of which nobody knows.
fn stranger() -> Ca {
    Ca { certificate: fixtures::root(other_key()), key: other_key() }
}

fn server() -> TestServer {
    attack::server()
}

fn now() -> UnixTime {
    Clock::new().now()
}

/// What a device has in its certificate: two names.
fn san() -> GeneralNamesBuilder {
    GeneralNamesBuilder::new().add_dns_name("device.example.com").add_email_address("device@example.com")
}

fn with_san(builder: CertificateBuilder) -> CertificateBuilder {
    builder.with_subject_alt_name(san())
}

/// The certificate of a device whose key is [`client_key`].
fn device() -> Certificate {
    ca().draft("device").with_key(client_key()).issue(with_san)
}

/// A CSR for the device's names and a new key.
fn renewal_csr() -> Csr {
    csr("device", other_key(), |csr| csr.with_subject_alt_name(san()))
}

/// A CSR without challenge.
fn csr(common_name: &str, key: &PrivateKey, change: impl FnOnce(CsrBuilder) -> CsrBuilder) -> Csr {
    fixtures::sign_csr(&change(CsrBuilder::new(fixtures::name(common_name), public(key))), key)
}

fn public(key: &PrivateKey) -> PublicKey {
    key.public_key().clone()
}

/// What the server's caller sees of a message of this type with this CSR, signed with [`client_key`] by this certificate.
fn ask(message_type: &str, csr: &Csr, signer: &Certificate) -> Enrol {
    open(&RawMessage::request(&server(), message_type, csr.as_der(), signer.clone(), client_key()))
}

/// A RenewalReq.
fn renewal(csr: &Csr, signer: &Certificate) -> Enrol {
    ask("17", csr, signer)
}

/// A PKCSReq with a challenge, signed by a self-signed certificate for the key in the CSR.
fn first(common_name: &str, challenge: &str) -> Enrol {
    let csr = csr(common_name, client_key(), |csr| csr.with_challenge_password(&Secret::from(challenge)));
    ask("19", &csr, &fixtures::self_signed(common_name, client_key()))
}

/// A CSR as no builder of ours makes one: without a name, with an empty challengePassword.
fn raw_csr(subject: NameRef<'_>, key: &PrivateKey, challenge: Option<&str>) -> Csr {
    let info = Writer::encode(|w| {
        w.sequence(|w| {
            w.small_integer(0);
            w.raw(subject.as_der());
            w.raw(public(key).as_der());
            w.constructed(Tag::context_constructed(0), |w| {
                challenge.into_iter().for_each(|text| {
                    w.sequence(|w| {
                        w.oid(oid::CHALLENGE_PASSWORD);
                        w.constructed(Tag::SET, |w| w.primitive(Tag::UTF8_STRING, text.as_bytes()));
                    });
                });
            });
        });
    });
    signed(&info, key, Csr::from_der)
}

/// What is signed, the algorithm and the signature, as in certificates and CSRs.
fn signed<T>(message: &[u8], key: &PrivateKey, read: impl FnOnce(&[u8]) -> Result<T, DecodeError>) -> T {
    let algorithm = SignatureAlgorithm::RSA_PKCS1_SHA256;
    let signature = key.sign(algorithm, message, &mut TestRandom::new(1)).expect("a signature");
    let der = Writer::encode(|w| {
        w.sequence(|w| {
            w.raw(message);
            algorithm.identifier().encode(w);
            w.bit_string(signature.as_bytes());
        });
    });
    read(&der).expect("well-formed")
}

/// What the server's caller sees.
fn open(message: &RawMessage) -> Enrol {
    open_by(&server().responder, &message.to_request())
}

/// The same, by another responder with the same RA.
fn open_by(responder: &Responder, request: &HttpRequest) -> Enrol {
    let rng = &mut TestRandom::new(1);
    let incoming = responder.receive(request, now(), rng).expect("a message");
    let Incoming::Sealed(sealed) = incoming else { panic!("{incoming:?}") };
    match sealed.open_with(fixtures::ra_key(), rng).expect("an operation") {
        Operation::PkcsReq(enrol) | Operation::RenewalReq(enrol) => enrol,
        operation => panic!("{operation:?}"),
    }
}

/// What the CA's CRL of today says, with this certificate on it.
fn crl_with(revoked: Option<&Certificate>) -> Pool {
    use pki_core::{
        CrlBuilder,
        algorithm::SignatureAlgorithm,
        crl::{CrlNumber, Revocation},
        crypto::rustcrypto::PROVIDER,
    };
    let ca = ca();
    let day = std::time::Duration::from_secs(86_400);
    let mut crl = CrlBuilder::new(ca.certificate.subject().to_owned(), now().minus(day), now().plus(day))
        .with_authority(&ca.certificate, &PROVIDER)
        .with_number(CrlNumber::from(1));
    if let Some(certificate) = revoked {
        crl = crl.add_revoked(Revocation::new(certificate.serial_number(), now().minus(day)));
    }
    let crl = crl.build(SignatureAlgorithm::RSA_PKCS1_SHA256).expect("a CRL");
    let mut pool = Pool::new();
    pool.add_crl(crl.sign_with(ca.key, &mut TestRandom::new(1)).expect("a signature"));
    pool
}
