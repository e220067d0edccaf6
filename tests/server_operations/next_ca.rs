//! GetNextCACert (RFC 8894 section 4.7).

use std::time::Duration;

use conformance::{
    Clock, TestRandom,
    fixtures::{self, ca_key, other_key},
};
use pki_core::{
    Certificate, Limits, Profile, Validity,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    cms::{self, BuildError, CertificateIdentifier, SignatureError, SignedData, SignedDataBuilder},
    crypto::{
        CryptoProvider, Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};
use scep::{
    Capability,
    http::HttpRequest,
    server::{NextCaCertificates, NextCaError, NextCaResponse, Responder},
};

use super::{Bench, rollover::two_generations};

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::RSA_PKCS1_SHA256;

fn current() -> Certificate {
    fixtures::root(ca_key())
}

fn made(certificates: &[Certificate]) -> NextCaResponse {
    let unsigned = NextCaCertificates::new(certificates).build(&current(), ALGORITHM, &PROVIDER).expect("a response");
    unsigned.sign_with(ca_key(), &mut TestRandom::new(1)).expect("a signature")
}

fn signed(content: Option<Vec<u8>>, signer: &Certificate, key: &PrivateKey) -> Vec<u8> {
    let unsigned = SignedDataBuilder::new(content).build(CertificateIdentifier::of(signer), ALGORITHM, &PROVIDER);
    unsigned.expect("SignedData").sign_with(key, &mut TestRandom::new(1)).expect("a signature")
}

fn read(der: &[u8]) -> Result<NextCaResponse, NextCaError> {
    NextCaResponse::from_der(der, &current(), &PROVIDER)
}

#[test]
fn scep_4_7_1_01_and_03_and_04_the_current_ca_signs_the_next_one_s_certificates() {
    let (next, _) = two_generations();
    let mut bench = Bench::new();
    bench.server.responder = bench.server.responder.clone().with_next_ca_response(made(next.certificates()));
    let reply = bench.send_raw(&HttpRequest::get_next_ca_cert(None));
    assert_eq!((reply.status, reply.content_type.as_str()), (200, "application/x-x509-next-ca-cert"));
    let outer = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
    let [signer] = outer.signers() else { panic!("{:?}", outer.signers()) };
    assert!(signer.sid().names(&current()));
    let verified = signer.verify(outer.content_type(), outer.content(), current().public_key(), &PROVIDER);
    assert_eq!(verified, Ok(()));
    let inner = SignedData::from_ber(outer.content().expect("content"), Limits::DEFAULT).expect("SignedData");
    assert_eq!((inner.content(), inner.signers().len()), (None, 0));
    let certificates: Vec<_> = inner.certificates().map(|der| Certificate::from_der(der).expect("one")).collect();
    assert_eq!(certificates, next.certificates());
}

#[test]
fn scep_3_5_2_17_get_next_ca_cert_is_stated_exactly_while_it_is_answered() {
    let (next, current) = two_generations();
    let switch = Clock::new().now().plus(Duration::from_secs(86_400));
    let without = Responder::of(current, PROVIDER).with_next(next.clone(), switch);
    let with = without.clone().with_next_ca_response(made(next.certificates()));
    let mut bench = Bench::new();
    for (responder, now, is_there) in [
        (&without, Clock::new().now(), false),
        (&with, Clock::new().now(), true),
        (&with, switch.minus(Duration::from_secs(1)), true),
        (&with, switch, false),
    ] {
        bench.server.responder = responder.clone();
        bench.clock.advance_to(now);
        let stated = bench.send_raw(&HttpRequest::get_ca_caps(None)).body;
        let stated = String::from_utf8(stated).expect("text").lines().any(|line| line == "GetNextCACert");
        let status = bench.send_raw(&HttpRequest::get_next_ca_cert(None)).status;
        assert_eq!((stated, status), (is_there, if is_there { 200 } else { 404 }));
        assert_eq!(bench.server.responder.capabilities(now).states(Capability::GetNextCaCert), is_there);
    }
}

#[test]
fn a_response_is_made_once_and_read_by_every_server() {
    let (next, _) = two_generations();
    let response = made(next.certificates());
    let again = read(response.as_bytes()).expect("the same");
    assert_eq!(again, response);
    assert_eq!(again.certificates(), next.certificates());
}

#[test]
fn scep_4_7_1_01_a_response_by_anybody_else_is_not_read() {
    let (next, _) = two_generations();
    let content = || Some(cms::certs_only(next.certificates().iter().map(Certificate::as_der), []));
    assert!(read(&signed(content(), &current(), ca_key())).is_ok());
    assert_eq!(read(&signed(content(), next.ca(), other_key())), Err(NextCaError::NotSignedByCurrent));
    assert_eq!(read(&content().expect("some")), Err(NextCaError::NotSignedByCurrent));
    let by_the_wrong_key = signed(content(), &current(), other_key());
    assert_eq!(read(&by_the_wrong_key), Err(NextCaError::Signature(SignatureError::BadSignature)));
    assert!(matches!(read(b"no DER"), Err(NextCaError::Decode(_))));
    assert!(matches!(read(&signed(None, &current(), ca_key())), Err(NextCaError::Decode(_))));
    let no_certificates = Some(cms::certs_only([], []));
    assert_eq!(read(&signed(no_certificates, &current(), ca_key())), Err(NextCaError::NoCaCertificate));
}

#[test]
fn scep_4_7_1_04_the_next_ca_is_another_and_begins_before_the_current_one_ends() {
    let build = |certificates: &[Certificate]| {
        NextCaCertificates::new(certificates).build(&current(), ALGORITHM, &PROVIDER).map(drop)
    };
    let (next, _) = two_generations();
    assert_eq!(build(next.certificates()), Ok(()));
    assert_eq!(build(&[]), Err(NextCaError::NoCaCertificate));
    assert_eq!(build(&[next.encryption().clone()]), Err(NextCaError::NoCaCertificate));
    assert_eq!(build(&[next.ca().clone(), current()]), Err(NextCaError::IsCurrent));
    let ends = current().validity().not_after;
    let beginning = |start| {
        let name = fixtures::name("Root 2");
        let validity = Validity::starting(start, Duration::from_secs(86_400));
        fixtures::certify((&name, other_key()), &name, Signer::public_key(other_key()), validity, &Profile::ROOT_CA)
    };
    assert_eq!(build(&[beginning(ends)]), Ok(()));
    assert_eq!(build(&[beginning(ends.plus(Duration::from_secs(1)))]), Err(NextCaError::Gap));
}

#[test]
fn a_digest_that_the_provider_lacks_makes_no_response() {
    let (next, _) = two_generations();
    let crypto = CryptoProvider { digests: &[], ..PROVIDER };
    let made = NextCaCertificates::new(next.certificates()).build(&current(), ALGORITHM, &crypto);
    let lacks = BuildError::UnsupportedDigest(DigestAlgorithm::SHA256);
    assert_eq!(made.err(), Some(NextCaError::Build(lacks)));
}
