//! Keys that can't decrypt: replies under the challengePassword (RFC 8894 section 3.1, item E-07).

use conformance::{
    Policy, TestRandom, TestServer,
    fixtures::{self, ca_key, client_key, ec_key, other_key, ra_key},
    forge::{self, RawMessage},
};
use pki_core::{
    Certificate, CsrBuilder, Limits, Profile, Secret,
    algorithm::{CipherAlgorithm, KeyDerivationAlgorithm},
    cms::{DeriveError, EnvelopedData, PasswordProfile},
    crypto::{CryptoProvider, RandomFailed, Signer, rustcrypto::PROVIDER},
    oid,
};
use scep::{
    FailInfo, PkiStatus,
    message::{BuildError, Bundle, IssuerAndSerial, Verified},
    server::{Error, Operation},
};

use super::{Bench, bundle, content};

fn request(bench: &Bench) -> RawMessage {
    RawMessage::pkcs_req(&bench.server, "device", ec_key())
}

/// A reply under a password is opened by who knows it.
fn open(reply: &Verified, password: &str) -> Bundle {
    let envelope = content(reply).expect("an envelope");
    let envelope = EnvelopedData::from_ber(&envelope, Limits::DEFAULT).expect("EnvelopedData");
    assert!(envelope.recipients().is_empty(), "under the password and to no key");
    let [recipient] = envelope.password_recipients() else { panic!("{:?}", envelope.password_recipients()) };
    let wrapped = envelope.password_wrapped_key(recipient, &PROVIDER).expect("a wrapped key");
    let rng = &mut TestRandom::new(3);
    let key = wrapped.derive(&Secret::from(password), &PROVIDER).expect("a key");
    bundle(reply, &wrapped.unwrap_key(&key, rng, &PROVIDER).expect("a content key"))
}

#[test]
fn scep_3_1_03_an_ec_signer_gets_its_certificate_under_the_challenge() {
    let mut bench = Bench::new();
    let request = request(&bench);
    let reply = bench.granted(&request);
    let bundle = open(&reply, fixtures::CHALLENGE);
    assert_eq!(bundle.certificates[0].public_key(), Signer::public_key(ec_key()).as_ref());
}

#[test]
fn e_07_the_profile_is_pbkdf2_with_hmac_sha_256_and_pwri_kek_with_aes_128() {
    let mut bench = Bench::new();
    let request = request(&bench);
    let reply = bench.granted(&request);
    let envelope = content(&reply).expect("an envelope");
    let envelope = EnvelopedData::from_ber(&envelope, Limits::DEFAULT).expect("EnvelopedData");
    assert_eq!(envelope.version(), 3);
    assert_eq!(envelope.cipher().oid, oid::AES128_CBC);
    let recipient = &envelope.password_recipients()[0];
    assert_eq!(recipient.algorithm().oid, oid::PWRI_KEK);
    let wrapped = envelope.password_wrapped_key(recipient, &PROVIDER).expect("a wrapped key");
    let key = wrapped.derive(&Secret::from(fixtures::CHALLENGE), &PROVIDER).expect("a key");
    let profile = key.profile();
    assert_eq!(profile.derivation(), KeyDerivationAlgorithm::PBKDF2_SHA256);
    assert_eq!(profile.cipher(), CipherAlgorithm::AES128_CBC);
    assert!(profile.iterations().get() >= 10_000);
}

#[test]
fn scep_3_1_03_without_a_challenge_nothing_is_issued() {
    let mut bench = Bench::new();
    bench.server.challenge = None;
    let csr = CsrBuilder::new(fixtures::name("device"), Signer::public_key(ec_key()).clone());
    let csr = fixtures::sign_csr(&csr, ec_key());
    let message = request(&bench).content(forge::envelope(csr.as_der(), &forge::recipient(&bench.server)));
    assert_eq!(bench.refused(&message, FailInfo::BAD_ALG), Error::ReplyUndeliverable);
    assert_eq!(bench.server.transactions.records().count(), 0);
}

#[test]
fn scep_3_1_03_a_provider_without_the_algorithms_issues_nothing() {
    let crypto = CryptoProvider { key_derivations: &[], ..PROVIDER };
    let mut bench = Bench::with_server(TestServer::with_ra(ca_key(), ra_key(), crypto));
    let good = request(&bench);
    assert_eq!(bench.refused(&good, FailInfo::BAD_ALG), Error::ReplyUndeliverable);
    let mut bench = Bench::new();
    let few = PasswordProfile::DEFAULT.with_iterations(9_999.try_into().expect("some"));
    bench.server.responder = bench.server.responder.clone().with_password_profile(few);
    let request = request(&bench);
    assert_eq!(bench.refused(&request, FailInfo::BAD_ALG), Error::ReplyUndeliverable);
    assert_eq!(bench.server.transactions.records().count(), 0);
}

#[test]
fn randomness_that_fails_makes_no_key_and_no_reply() {
    let mut bench = Bench::new();
    let message = request(&bench).encode();
    let now = bench.clock.now();
    let sealed = bench.server.responder.receive_message(&message, now, &mut bench.rng).expect("a request");
    let operation = sealed.open_with(ra_key(), &mut bench.rng).expect("an operation");
    let Operation::PkcsReq(enrol) = operation else { panic!("{operation:?}") };
    let failed = || DeriveError::Random(RandomFailed);
    assert_eq!(enrol.reply_password_key(&mut TestRandom::failing_after(1, 0)), Err(failed()));
    let certificate = fixtures::below_root(ca_key(), "device", ec_key(), &Profile::DEVICE_CLIENT);
    let authorized = enrol.authorize_manually();
    let refusal = enrol.issue(&authorized, &[certificate], &mut TestRandom::failing_after(1, 0)).expect_err("no");
    assert_eq!(refusal.cause, Error::Build(BuildError::Derive(failed())));
}

#[test]
fn a_poll_is_answered_under_the_key_that_was_derived_when_the_request_came() {
    let mut bench = Bench::pending(2);
    let request = request(&bench);
    assert_eq!(bench.send(&request).attributes().pki_status, Some(PkiStatus::PENDING));
    let poll = bench.poll(ec_key());
    assert_eq!(bench.send(&poll).attributes().pki_status, Some(PkiStatus::PENDING));
    let reply = bench.granted(&poll);
    assert_eq!(open(&reply, fixtures::CHALLENGE).certificates[0].public_key(), Signer::public_key(ec_key()).as_ref());
}

#[test]
fn a_poll_without_that_key_can_not_be_answered() {
    let mut bench = Bench::new();
    // Issued at once, so that nobody kept a key.
    let request = request(&bench);
    bench.granted(&request);
    let poll = bench.poll(ec_key());
    assert_eq!(bench.refused(&poll, FailInfo::BAD_ALG), Error::ReplyUndeliverable);
}

#[test]
fn scep_3_1_03_lookups_have_no_challenge_to_answer_under() {
    let mut bench = Bench::new();
    let request = request(&bench);
    let reply = bench.granted(&request);
    let own = open(&reply, fixtures::CHALLENGE).certificates.remove(0);
    for kind in ["21", "22"] {
        let question = bench.lookup(kind, &IssuerAndSerial::of(&own), &own, ec_key());
        assert_eq!(bench.refused(&question, FailInfo::BAD_ALG), Error::ReplyUndeliverable);
    }
}

#[test]
fn a_stranger_who_signs_another_s_envelope_anew_gets_nothing_to_guess_the_challenge_by() {
    let mut bench = Bench::new();
    let theirs = RawMessage::pkcs_req(&bench.server, "device", client_key());
    for kind in ["17", "19"] {
        let anew = theirs
            .clone()
            .set_text(oid::SCEP_MESSAGE_TYPE, kind)
            .signed_by(&fixtures::self_signed("stranger", ec_key()), ec_key());
        assert_eq!(bench.refused(&anew, FailInfo::BAD_ALG), Error::ReplyUndeliverable);
    }
    assert_eq!(bench.server.transactions.records().count(), 0);
}

#[test]
fn an_ec_certificate_of_the_ca_asks_for_another_key_under_a_challenge() {
    let mut bench = Bench::new();
    let current = fixtures::below_root(ca_key(), "device", ec_key(), &Profile::DEVICE_CLIENT);
    let renewal = RawMessage::pkcs_req(&bench.server, "device", other_key());
    let renewal = renewal.set_text(oid::SCEP_MESSAGE_TYPE, "17").signed_by(&current, ec_key());
    let reply = bench.granted(&renewal);
    let issued: Certificate = open(&reply, fixtures::CHALLENGE).certificates.remove(0);
    assert_eq!(issued.public_key(), Signer::public_key(other_key()).as_ref());
}

#[test]
fn scep_3_1_02_an_rsa_signer_is_encrypted_to_whatever_its_challenge() {
    let mut bench = Bench::new();
    let request = RawMessage::pkcs_req(&bench.server, "device", client_key());
    let reply = bench.granted(&request);
    let envelope = content(&reply).expect("an envelope");
    let envelope = EnvelopedData::from_ber(&envelope, Limits::DEFAULT).expect("EnvelopedData");
    assert_eq!((envelope.recipients().len(), envelope.password_recipients().len()), (1, 0));
    bench.server.policy = Policy::Pend(1);
    let request = request.set_text(oid::SCEP_TRANSACTION_ID, "another");
    bench.send(&request);
    let poll = bench.poll(client_key()).set_text(oid::SCEP_TRANSACTION_ID, "another");
    let reply = bench.granted(&poll);
    bench.open(&reply, &fixtures::self_signed("device", client_key()), client_key());
}
