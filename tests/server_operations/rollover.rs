//! One CA, or RA, after another (RFC 8894 sections 4.7 and 5.1).

use std::time::Duration;

use conformance::{
    Clock, TestServer,
    fixtures::{self, ca_key, client_key, other_key, ra_encryption_key, ra_key},
    forge::{self, Asked, Flaw, RawMessage},
};
use pki_core::{
    Certificate, KeyIdentifier, Profile, UnixTime, Validity,
    algorithm::{CipherAlgorithm, KeyTransportAlgorithm},
    cms::{CertificateIdentifier, EnvelopedDataBuilder},
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
    oid,
};
use scep::{
    Capability, FailInfo,
    client::{Call, ClientConfig},
    http::HttpRequest,
    message::MessageError,
    server::{Error, Generation, RegistrationAuthority, Responder},
};

use super::Bench;

fn ra(issuer: &str, ca_key: &PrivateKey, key: &PrivateKey) -> RegistrationAuthority {
    let subject = fixtures::name("RA");
    let public = Signer::public_key(key);
    let ra = fixtures::certify((&fixtures::name(issuer), ca_key), &subject, public, fixtures::validity(), &Profile::RA);
    RegistrationAuthority { signing: ra.clone(), encryption: ra }
}

fn next_ca() -> Certificate {
    let name = fixtures::name("Root 2");
    let key = Signer::public_key(other_key());
    let now = Clock::new().now();
    let validity = Validity::new(now.minus(YEAR), now.plus(9 * YEAR));
    fixtures::certify((&name, other_key()), &name, key, validity, &Profile::ROOT_CA)
}

/// The next one, and the one that the harness has.
pub(super) fn two_generations() -> (Generation, Generation) {
    let next = Generation::new(next_ca(), ra("Root 2", other_key(), ra_encryption_key()), &PROVIDER);
    let current = Generation::new(fixtures::root(ca_key()), ra("Root", ca_key(), ra_key()), &PROVIDER);
    (next.expect("a generation"), current.expect("a generation"))
}

fn switch() -> UnixTime {
    Clock::new().now().plus(YEAR)
}

fn bench(responder: Responder) -> Bench {
    let mut bench = Bench::new();
    bench.server.responder = responder;
    bench.server.other_keys = vec![other_key(), ra_encryption_key()];
    bench
}

/// A request that is encrypted to this generation, with a transaction of its own.
fn request_to(bench: &Bench, generation: &Generation, id: &str) -> RawMessage {
    let csr = fixtures::csr("device", client_key());
    let envelope = forge::envelope(csr.as_der(), generation.encryption());
    RawMessage::pkcs_req(&bench.server, "device", client_key()).content(envelope).set_text(oid::SCEP_TRANSACTION_ID, id)
}

/// Who signed the reply, and what was issued.
fn served(bench: &mut Bench, message: &RawMessage) -> (Certificate, Certificate) {
    let reply = bench.granted(message);
    let signer = fixtures::self_signed("device", client_key());
    let issued = bench.open(&reply, &signer, client_key()).certificates.remove(0);
    (reply.signer().clone(), issued)
}

fn certificates(bench: &mut Bench) -> Vec<Certificate> {
    let config = ClientConfig::new(PROVIDER);
    let call = Call::certificates(&config);
    let reply = bench.send_raw(&call.request().clone());
    call.finish(&reply).expect("certificates")
}

#[test]
fn scep_5_1_01_whom_a_request_is_encrypted_to_chooses_who_issues() {
    let (next, current) = two_generations();
    let mut bench = bench(Responder::of(current.clone(), PROVIDER).with_next(next.clone(), switch()));
    for now in [Clock::new().now(), switch().minus(SECOND), switch(), switch().plus(YEAR)] {
        bench.clock.advance_to(now);
        for (generation, name) in [(&current, "to current"), (&next, "to next")] {
            let message = request_to(&bench, generation, &format!("{name} {now}").replace([':', '-'], "."));
            let (signer, issued) = served(&mut bench, &message);
            assert_eq!(&signer, generation.signing());
            assert_eq!(issued.issuer(), generation.ca().subject());
            assert_eq!(issued.verify_signature(generation.ca().public_key(), &PROVIDER), Ok(()));
        }
    }
}

#[test]
fn scep_5_1_01_get_ca_cert_changes_at_the_time() {
    let (next, current) = two_generations();
    let mut bench = bench(Responder::of(current.clone(), PROVIDER).with_next(next.clone(), switch()));
    assert_eq!(certificates(&mut bench), current.certificates());
    bench.clock.advance_to(switch().minus(SECOND));
    assert_eq!(certificates(&mut bench), current.certificates());
    bench.clock.advance_to(switch());
    assert_eq!(certificates(&mut bench), next.certificates());
    assert_eq!(bench.server.responder.current(switch()).ca(), next.ca());
}

#[test]
fn scep_5_1_01_a_request_to_neither_is_refused_in_the_name_of_the_current_one() {
    let (next, current) = two_generations();
    let mut bench = bench(Responder::of(current.clone(), PROVIDER).with_next(next.clone(), switch()));
    let csr = fixtures::csr("device", client_key());
    // RFC 8894 section 5.1: to the CA's own certificate, which is not who answers here.
    let message = RawMessage::pkcs_req(&bench.server, "device", client_key())
        .content(forge::envelope(csr.as_der(), current.ca()));
    for signer in [current.signing(), next.signing()] {
        let reply = bench.send(&message);
        assert_eq!(reply.attributes().fail_info, Some(FailInfo::BAD_REQUEST));
        assert_eq!(reply.signer(), signer);
        assert_eq!(bench.server.refusals.last(), Some(&Error::Message(MessageError::UnknownRecipient)));
        bench.clock.advance_to(switch());
    }
}

#[test]
fn a_refusal_is_signed_for_the_generation_that_was_asked() {
    let (next, current) = two_generations();
    let mut bench = bench(Responder::of(current.clone(), PROVIDER).with_next(next.clone(), switch()));
    let undefined = request_to(&bench, &next, "1").set_text(oid::SCEP_MESSAGE_TYPE, "18");
    assert_eq!(bench.send(&undefined).signer(), next.signing());
    let no_nonce = request_to(&bench, &next, "1").without(oid::SCEP_SENDER_NONCE);
    assert_eq!(bench.send(&no_nonce).signer(), next.signing());
    // Whatever can't be believed is not asked whom it was for.
    let broken = request_to(&bench, &next, "1").with(|message| message.signer().flaw = Flaw::Bit);
    assert_eq!(bench.send(&broken).signer(), current.signing());
}

#[test]
fn former_generations_are_served_until_their_certificates_expire() {
    let (next, current) = two_generations();
    let mut bench = bench(Responder::of(next.clone(), PROVIDER).with_former([current.clone()]));
    bench.clock.advance_to(current.ca().validity().not_after);
    let message = request_to(&bench, &current, "1");
    assert_eq!(&served(&mut bench, &message).0, current.signing());
    assert_eq!(certificates(&mut bench), next.certificates());
    bench.clock.advance(SECOND);
    let message = request_to(&bench, &current, "2");
    assert_eq!(bench.refused(&message, FailInfo::BAD_REQUEST), Error::Message(MessageError::UnknownRecipient));
    let message = request_to(&bench, &next, "3");
    assert_eq!(&served(&mut bench, &message).0, next.signing());
}

#[test]
fn ra_certificates_are_replaced_under_a_running_service() {
    let ca = fixtures::root(ca_key());
    let old = Generation::new(ca.clone(), ra("Root", ca_key(), ra_key()), &PROVIDER).expect("a generation");
    let new = Generation::new(ca.clone(), ra("Root", ca_key(), ra_encryption_key()), &PROVIDER).expect("a generation");
    let mut bench = bench(Responder::of(new.clone(), PROVIDER).with_former([old.clone()]));
    for (generation, id) in [(&old, "1"), (&new, "2")] {
        let message = request_to(&bench, generation, id);
        let (signer, issued) = served(&mut bench, &message);
        assert_eq!((&signer, issued.issuer()), (generation.signing(), ca.subject()));
    }
    assert_eq!(certificates(&mut bench), new.certificates());
    // A poll about a request to the old one may be encrypted to the new one.
    let poll = bench.poll(client_key());
    let names = scep::message::IssuerAndSubject::new(ca.subject().to_owned(), fixtures::name("device")).to_der();
    let poll = poll.content(forge::envelope(&names, new.encryption())).set_text(oid::SCEP_TRANSACTION_ID, "1");
    assert_eq!(&served(&mut bench, &poll).0, new.signing());
}

#[test]
fn a_generation_is_named_by_key_identifier_too() {
    let (next, current) = two_generations();
    let mut bench = bench(Responder::of(current, PROVIDER).with_next(next.clone(), switch()));
    let csr = fixtures::csr("device", client_key());
    let identifier: KeyIdentifier = next.encryption().public_key().key_identifier(&PROVIDER).expect("SHA-1 is there");
    let envelope = EnvelopedDataBuilder::new(csr.as_der(), CipherAlgorithm::AES128_CBC)
        .add_recipient(
            CertificateIdentifier::SubjectKeyIdentifier(identifier.as_bytes()),
            next.encryption().public_key(),
            KeyTransportAlgorithm::RsaPkcs1,
        )
        .build(&mut bench.rng, &PROVIDER)
        .expect("an envelope");
    let message = RawMessage::pkcs_req(&bench.server, "device", client_key()).content(envelope);
    assert_eq!(&served(&mut bench, &message).0, next.signing());
}

#[test]
fn ra_keys_stay_out_of_the_responder_and_are_named_by_their_certificates() {
    let server = TestServer::with_two_ras(ca_key(), ra_key(), ra_encryption_key());
    let mut bench = Bench::with_server(server);
    let message = RawMessage::pkcs_req(&bench.server, "device", client_key());
    let now = bench.clock.now();
    let sealed = bench.server.responder.receive_message(&message.encode(), now, &mut bench.rng).expect("a request");
    assert_eq!(sealed.recipient().public_key(), Signer::public_key(ra_encryption_key()).as_ref());
    assert_eq!(sealed.issuer(), bench.server.ca());
    let operation = sealed.open_with(ra_encryption_key(), &mut bench.rng).expect("an operation");
    let scep::server::Operation::PkcsReq(enrol) = operation else { panic!("{operation:?}") };
    assert_eq!(enrol.issuer(), bench.server.ca());
    let reply = enrol.pend(&mut bench.rng).expect("a reply");
    let signer = reply.signer().expect("somebody");
    assert_eq!(signer.public_key(), Signer::public_key(ra_key()).as_ref());
    assert_eq!(Asked::of_message(&reply.sign_with(ra_key(), &mut bench.rng).expect("a reply").body).signer, *signer);
    assert_eq!(scep::server::Reply::Ready(bench.send_raw(&HttpRequest::get_ca_caps(None))).signer(), None);
}

#[test]
fn scep_3_5_2_17_renewal_is_served_where_it_is_stated_and_nowhere_else() {
    let mut bench = Bench::new();
    assert!(bench.server.responder.capabilities(bench.clock.now()).states(Capability::Renewal));
    let message = |bench: &Bench, id| {
        let message = RawMessage::pkcs_req(&bench.server, "device", client_key());
        message.set_text(oid::SCEP_MESSAGE_TYPE, "17").set_text(oid::SCEP_TRANSACTION_ID, id)
    };
    let renewal = message(&bench, "1");
    bench.granted(&renewal);
    bench.server.responder = Responder::of(two_generations().1, PROVIDER);
    assert!(!bench.server.responder.capabilities(bench.clock.now()).states(Capability::Renewal));
    let renewal = message(&bench, "2");
    assert_eq!(bench.refused(&renewal, FailInfo::BAD_REQUEST), Error::OperationUnsupported);
}

const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(365 * 86_400);
