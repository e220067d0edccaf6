//! Whole enrolments.

use std::mem::discriminant;

use scep::{
    Nonce, TransactionId,
    client::{ClientConfig, PollPolicy},
    message::{MessageData, Received},
};

use super::{
    world::{blinding_key, public},
    *,
};

fn issued(end: Result<device::Step, device::Error>, world: &World) -> Certificate {
    let Ok(device::Step::Issued(issued)) = end else { panic!("{end:?} {:?}", world.refusals) };
    assert_eq!(issued.certificate().public_key(), public(world.key).as_ref());
    assert_eq!(issued.validated().anchor().certificate(), Some(world.server.ca()));
    assert!(!world.budget.is_open());
    issued.certificate().clone()
}

/// The requests that the CA got, opened by its key.
fn requests(world: &World) -> Vec<(scep::message::Attributes, Certificate, Option<Csr>)> {
    let operations = world.to_ca.iter().filter(|request| request.query.contains("PKIOperation"));
    let read = |request: &scep::HttpRequest| {
        let received = Received::decode(&request.body, pki_core::Limits::DEFAULT).expect("a message");
        let verified = received.verify(&PROVIDER).expect("a signature");
        let authority = world.server.authority();
        let recipient = verified.recipient_among(&authority).expect("a recipient");
        let wrapped = verified.wrapped_key(recipient, &PROVIDER).expect("a key");
        let key = pki_core::crypto::Decrypter::unwrap_key(ra_key(), &wrapped, &mut TestRandom::new(1)).expect("a key");
        let opened = verified.open(&key, &PROVIDER).expect("contents");
        let csr = match opened.data() {
            MessageData::Csr(csr) => Some(csr.clone()),
            _ => None,
        };
        (verified.attributes().clone(), verified.signer().clone(), csr)
    };
    operations.map(read).collect()
}

#[test]
fn a_certificate_is_issued_and_the_ca_sees_an_ordinary_request() {
    for blinding in [Blinding::Fresh, blinding_key()] {
        for attribute in [
            BlindingAttribute::RandomNonce,
            BlindingAttribute::UnstructuredName,
            BlindingAttribute::Private(oid::TITLE),
        ] {
            let blinding = match &blinding {
                Blinding::Fresh => Blinding::Fresh,
                _ => blinding_key(),
            };
            let mut world = World::new().broker(blinding, attribute);
            let end = world.drive();
            let certificate = issued(end, &world);
            assert_eq!(world.outcome, Some(Outcome::Granted));
            assert_eq!(world.confirmed, Some(certificate));
            let requests = requests(&world);
            let [(attributes, signer, Some(csr))] = requests.as_slice() else { panic!("{requests:?}") };
            // RFC 8894 section 2.3: same key, same subject, self-signed.
            assert_eq!(signer.public_key(), csr.public_key());
            assert_eq!(signer.subject(), csr.subject());
            assert!(csr.verify(&PROVIDER).is_ok() && csr.oddities().next().is_none());
            assert!(csr.challenge_password().expect("one").expect("one").matches(CHALLENGE.as_bytes()));
            assert_eq!(in_order(csr), 2);
            assert!(csr.attributes().any(|found| found.oid == attribute.oid()));
            assert_eq!(attributes.sender_nonce.as_ref().map(Nonce::was_odd_length), Some(false));
        }
    }
}

/// X.690 section 11.6: how many attributes there are, each not before the one before it.
fn in_order(csr: &Csr) -> usize {
    let encode = |attribute: pki_core::csr::Attribute<'_>| {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.oid(attribute.oid);
                w.constructed(Tag::SET, |w| w.raw(attribute.reader().rest()));
            });
        })
    };
    let attributes: Vec<Vec<u8>> = csr.attributes().map(encode).collect();
    assert!(attributes.is_sorted(), "{attributes:x?}");
    attributes.len()
}

#[test]
fn an_ec_key_goes_with_an_rsa_transport_key() {
    let mut world = World::with(TestServer::with_ra(ca_key(), ra_key(), PROVIDER), ec_key(), other_key());
    let end = world.drive();
    issued(end, &world);
    let requests = requests(&world);
    assert_eq!(requests[0].1.public_key(), public(other_key()).as_ref());
}

#[test]
fn every_form_of_authority_issues() {
    for server in [TestServer::with_ca_key(ca_key()), TestServer::with_two_ras(ca_key(), ra_key(), ra_encryption_key())]
    {
        let mut world = World::with(server, client_key(), client_key());
        let end = world.drive();
        issued(end, &world);
    }
}

#[test]
fn a_device_may_submit_by_itself() {
    let mut world = World::new().configure(|config| config.with_submission(Submission::ByDevice));
    world.server.policy = Policy::Pend(2);
    let end = world.drive();
    issued(end, &world);
    let sent: Vec<u8> = world.to_device.iter().map(|message| number(message)).collect();
    assert_eq!(sent, [8, 11]);
    assert_eq!(requests(&world).len(), 3);
    assert_eq!(world.budget.sets_left(), SigningLimits::DEFAULT.attribute_sets - 3);
}

#[test]
fn a_pending_request_is_polled_with_a_signature_for_each() {
    let mut world = World::new();
    world.server.policy = Policy::Pend(3);
    let end = world.drive();
    issued(end, &world);
    assert_eq!(world.budget.sets_left(), SigningLimits::DEFAULT.attribute_sets - 4);
    let requests = requests(&world);
    let nonces: std::collections::BTreeSet<Vec<u8>> = requests
        .iter()
        .map(|(attributes, ..)| attributes.sender_nonce.as_ref().expect("a nonce").as_bytes().to_vec())
        .collect();
    assert_eq!((requests.len(), nonces.len()), (4, 4));
    let ids: std::collections::BTreeSet<TransactionId> =
        requests.iter().map(|(attributes, ..)| attributes.transaction_id.clone()).collect();
    assert_eq!(ids.len(), 1);
}

#[test]
fn both_halves_go_on_from_their_records() {
    for submission in [Submission::ByService, Submission::ByDevice] {
        let mut world = World::new().configure(|config| config.with_submission(submission));
        world.server.policy = Policy::Pend(1);
        let device::Step::Wait(wait) = world.until(|step| matches!(step, device::Step::Wait(_))) else { panic!() };
        // The device, anew.
        let record = device::PendingRecord::from_der(&wait.record().to_der()).expect("a record");
        assert_eq!((record.until(), &record), (wait.until(), &wait.record()));
        world.budget = SigningBudget::from_der(&world.budget.to_der()).expect("a budget");
        let resumed = record.resume(std::sync::Arc::clone(&world.config), world.clock.now()).expect("a wait");
        // The service, anew.
        if let Some(service::Step::Pending(pending)) = &world.step {
            let record = scep::client::PendingRecord::from_der(&pending.record().to_der()).expect("a record");
            assert_eq!(record.transaction_id(), pending.transaction_id());
            let pin = super::world::pin(&world.server);
            let pending =
                service::Pending::resume(&record, world.client.clone(), pin, world.clock.now()).expect("a step");
            assert_eq!((pending.message(), pending.until()), (None, wait.until()));
            world.step = Some(service::Step::Pending(pending));
        }
        let end = world.drive_from(device::Step::Wait(resumed));
        issued(end, &world);
    }
}

/// Behind a balancer, or after a crash: what the service keeps is all that it has, and the device may ask again.
#[test]
fn each_message_may_come_to_another_replica_and_twice() {
    let mut world = World::new();
    world.server.policy = Policy::Pend(1);
    let mut step = world.start();
    let mut attributes = 0;
    while !matches!(step, device::Step::Issued(_)) {
        if let device::Step::Send(send) = &step
            && let Some(service::Step::Attributes(_)) = &world.step
        {
            // The answer is lost, and so is what the service had in memory.
            let asked = (world.to_ca.len(), send.message().to_vec());
            let before = world.step.clone();
            let answer = world.answer(&asked.1);
            world.step = before;
            world.restart();
            let again = world.answer(&asked.1);
            assert_eq!(world.to_ca[asked.0], world.to_ca[asked.0 + 1], "the CA is asked the same");
            attributes += 1;
            let [first, second] = [answer, again].map(|told| send.finish(&told, world.clock.now()).expect("a step"));
            assert_eq!(discriminant(&first), discriminant(&second), "the device is told the same");
            step = second;
        } else {
            step = world.turn(step).expect("a step");
        }
        world.restart();
    }
    assert_eq!(attributes, 2, "of the request and of the poll");
    issued(world.drive_from(step), &world);
}

#[test]
fn a_ca_may_refuse() {
    for submission in [Submission::ByService, Submission::ByDevice] {
        let mut world = World::new().challenge("a guess").configure(|config| config.with_submission(submission));
        let end = world.drive();
        let Ok(device::Step::Rejected(rejected)) = end else { panic!("{end:?}") };
        assert_eq!(rejected, Rejected::ByCa { info: Some(FailInfo::BAD_REQUEST), text: None });
        if submission == Submission::ByService {
            assert_eq!(world.outcome, Some(Outcome::Refused(Some(FailInfo::BAD_REQUEST))));
        }
        // The key signs a second digest no more.
        assert!(world.budget.is_open() && world.budget.digest().is_some());
    }
}

#[test]
fn a_service_may_give_up() {
    let mut world = World::new();
    world.server.policy = Policy::Pend(u32::MAX);
    world.client = ClientConfig::new(PROVIDER).with_poll_policy(PollPolicy { limit: 1, ..PollPolicy::DEFAULT });
    let end = world.drive();
    let Ok(device::Step::Rejected(rejected)) = end else { panic!("{end:?}") };
    assert_eq!(rejected, Rejected::ByService(RefusalReason::GaveUp));
    assert_eq!(world.outcome, Some(Outcome::GaveUp));
}

#[test]
fn keys_may_be_elsewhere() {
    let mut world = World::new();
    let mut step = world.start();
    let end = loop {
        step = match step {
            device::Step::SignDigest(sign) => {
                let digest = *sign.digest(&mut world.budget).expect("a digest");
                let signature =
                    client_key().sign_digest(sign.algorithm(), &digest, &mut world.rng).expect("a signature");
                sign.attach(signature, &mut world.rng).expect("a step")
            }
            device::Step::SignAttributes(sign) => {
                let bytes = sign.bytes(&mut world.budget).expect("attributes").to_vec();
                let signature = client_key().sign(sign.algorithm(), &bytes, &mut world.rng).expect("a signature");
                sign.attach(signature)
            }
            device::Step::Open(open) => {
                use pki_core::crypto::Decrypter as _;
                let key = client_key().unwrap_key(open.wrapped_key(), &mut world.rng).expect("a key");
                open.attach(&mut world.budget, &key).expect("a step")
            }
            device::Step::Issued(_) => break step,
            step => world.turn(step).expect("a step"),
        };
    };
    issued(Ok(end), &world);
}

#[test]
fn names_are_compared_unless_they_are_the_ca_s() {
    use pki_core::GeneralNamesBuilder;
    // This CA writes no alternative names.
    for (names, ends) in [(IssuedNames::AsAsked, Err(device::Error::Names)), (IssuedNames::ByCa, Ok(()))] {
        let mut world = World::new().configure(|config| config.with_issued_names(names));
        let alternative = || GeneralNamesBuilder::new().add_dns_name("device.example");
        let names = Names::new(name("device")).with_alternative(alternative()).expect("names");
        let expectation = expectation(client_key()).with_names(names);
        let pin = super::world::pin(&world.server);
        world.entitlement = Entitlement::new(profile("wifi"), expectation, Secret::from(CHALLENGE), pin);
        let builder =
            CsrBuilder::new(name("device"), public(client_key()).clone()).with_subject_alt_name(alternative());
        let csr = fixtures::sign_csr(&builder, client_key());
        let (config, now) = (std::sync::Arc::clone(&world.config), world.clock.now());
        let step = device::Step::start(config, csr, transport(client_key()), now, &mut world.rng).expect("a step");
        assert_eq!(world.drive_from(step).map(drop), ends);
        // The device's own attribute, extensionRequest, stands behind the challenge.
        let requests = requests(&world);
        let [(.., Some(csr))] = requests.as_slice() else { panic!("{requests:?}") };
        assert_eq!(in_order(csr), 3);
    }
}

#[test]
fn a_message_that_was_lost_is_sent_again() {
    let mut world = World::new().broker(blinding_key(), BlindingAttribute::RandomNonce);
    let first = world.start();
    let device::Step::Send(send) = &first else { panic!() };
    let once = world.answer(send.message());
    let twice = world.answer(send.message());
    // A derived blinding: the same digest, which the key may sign.
    assert_eq!(once, twice);
    let end = world.drive_from(first);
    issued(end, &world);
}
