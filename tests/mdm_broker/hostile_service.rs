//! Services that want other signatures of the device than those that it means to give, or that lie to it about the CA.

use std::sync::Arc;

use conformance::Clock;
use pki_core::{AlgorithmIdentifier, Profile, UnixTime, crypto::DigestValue};
use scep::{MessageType, Nonce, TransactionId, client::AlgorithmFloor, message::MessageError};

use super::{world::public, *};

/// A device that has sent its signed digest: the step that waits for attributes, its transactionID and its nonce.
fn waiting(world: &mut World) -> (device::Send, TransactionId, Nonce) {
    let mut step = world.start();
    loop {
        match step {
            device::Step::Send(send) if number(send.message()) == 1 => {
                let mut fields = body(send.message());
                let skip = |fields: &mut Reader<'_>| fields.any().map(drop).expect("a field");
                (0..4).for_each(|_| skip(&mut fields));
                let id = TransactionId::from_bytes(fields.octet_string().expect("an id")).expect("an id");
                let nonce = Nonce::from_bytes(fields.octet_string().expect("a nonce")).expect("a nonce");
                return (send, id, nonce);
            }
            other => step = world.turn(other).expect("a step"),
        }
    }
}

fn attribute(oid: pki_core::Oid<'_>, values: &[&[u8]]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(oid);
            w.constructed(Tag::SET, |w| values.iter().for_each(|value| w.raw(value)));
        });
    })
}

/// The five attributes of an honest service.
fn honest(id: &TransactionId, nonce: &Nonce) -> Vec<Vec<u8>> {
    let mut all = vec![
        attribute(oid::CONTENT_TYPE, &[&Writer::encode(|w| w.oid(oid::DATA))]),
        attribute(oid::MESSAGE_DIGEST, &[&Writer::encode(|w| w.octet_string(&[3; 32]))]),
        attribute(oid::SCEP_MESSAGE_TYPE, &[&MessageType::PKCS_REQ.to_der()]),
        attribute(oid::SCEP_TRANSACTION_ID, &[&id.to_der()]),
        attribute(oid::SCEP_SENDER_NONCE, &[&nonce.to_der()]),
    ];
    all.sort();
    all
}

fn set(attributes: &[Vec<u8>]) -> Vec<u8> {
    Writer::encode(|w| w.constructed(Tag::SET, |w| attributes.iter().for_each(|attribute| w.raw(attribute))))
}

fn to_sign(algorithm: SignatureAlgorithm, bytes: &[u8]) -> Vec<u8> {
    message(9, |w| {
        algorithm.identifier().encode(w);
        w.octet_string(bytes);
    })
}

const RSA: SignatureAlgorithm = SignatureAlgorithm::RSA_PKCS1_SHA256;

#[test]
fn attributes_that_are_not_of_this_request_are_not_signed() {
    let mut world = World::new();
    let (send, id, nonce) = waiting(&mut world);
    let now = world.clock.now();
    let finish = |bytes: &[u8]| match send.finish(&to_sign(RSA, bytes), now) {
        Ok(device::Step::SignAttributes(_)) => Ok(()),
        Ok(step) => panic!("{step:?}"),
        Err(device::Error::Attributes(flaw)) => Err(flaw),
        Err(error) => panic!("{error}"),
    };
    let good = honest(&id, &nonce);
    assert_eq!(finish(&set(&good)), Ok(()));
    let place = |oid: pki_core::Oid<'_>| {
        let oid = Writer::encode(|w| w.oid(oid));
        good.iter().position(|attribute| attribute.windows(oid.len()).any(|bytes| bytes == oid)).expect("a place")
    };
    let with = |oid, value: &[u8]| {
        let mut changed = good.clone();
        changed[place(oid)] = attribute(oid, &[value]);
        changed.sort();
        set(&changed)
    };
    let octets = |bytes: &[u8]| Writer::encode(|w| w.octet_string(bytes));

    // Another content, another message, another transaction, another nonce, another digest.
    let signed_data = Writer::encode(|w| w.oid(oid::SIGNED_DATA));
    assert_eq!(finish(&with(oid::CONTENT_TYPE, &signed_data)), Err(AttributeFlaw::ContentType));
    for other in [MessageType::RENEWAL_REQ, MessageType::CERT_POLL, MessageType::GET_CERT, MessageType::CERT_REP] {
        assert_eq!(finish(&with(oid::SCEP_MESSAGE_TYPE, &other.to_der())), Err(AttributeFlaw::MessageType));
    }
    let foreign = TransactionId::from_text("another").expect("an identifier");
    assert_eq!(finish(&with(oid::SCEP_TRANSACTION_ID, &foreign.to_der())), Err(AttributeFlaw::TransactionId));
    let utf8 = Writer::encode(|w| w.primitive(Tag::UTF8_STRING, id.as_bytes()));
    assert_eq!(finish(&with(oid::SCEP_TRANSACTION_ID, &utf8)), Err(AttributeFlaw::TransactionId));
    assert_eq!(finish(&with(oid::SCEP_SENDER_NONCE, &octets(&[0; 16]))), Err(AttributeFlaw::Nonce));
    for length in [0, 20, 31, 33, 64] {
        assert_eq!(finish(&with(oid::MESSAGE_DIGEST, &octets(&vec![3; length]))), Err(AttributeFlaw::Digest));
    }
    let text = Writer::encode(|w| w.primitive(Tag::UTF8_STRING, &[b'3'; 32]));
    assert_eq!(finish(&with(oid::MESSAGE_DIGEST, &text)), Err(AttributeFlaw::Digest));

    // More, or fewer.
    for index in 0..good.len() {
        let mut fewer = good.clone();
        fewer.remove(index);
        assert_eq!(finish(&set(&fewer)), Err(AttributeFlaw::Missing));
        let mut twice = good.clone();
        twice.insert(index, good[index].clone());
        assert_eq!(finish(&set(&twice)), Err(AttributeFlaw::Duplicate));
    }
    let mut more = good.clone();
    more.push(attribute(oid::SIGNING_TIME, &[&Writer::encode(|w| w.time(UnixTime::from_seconds(0)))]));
    more.sort();
    assert_eq!(finish(&set(&more)), Err(AttributeFlaw::Foreign));
    let mut two_values = good.clone();
    let place_of_type = place(oid::SCEP_MESSAGE_TYPE);
    let number = MessageType::PKCS_REQ.to_der();
    two_values[place_of_type] = attribute(oid::SCEP_MESSAGE_TYPE, &[&number, &number]);
    assert_eq!(finish(&set(&two_values)), Err(AttributeFlaw::Duplicate));

    // X.690 section 11.6: another order.
    let mut unsorted = good.clone();
    unsorted.swap(0, 4);
    assert_eq!(finish(&set(&unsorted)), Err(AttributeFlaw::NotCanonical));

    // No attributes at all: the header of TLS 1.3's CertificateVerify (RFC 8446 section 4.4.3), a certificate, a digest.
    let mut tls = vec![0x20; 64];
    tls.extend(b"TLS 1.3, client CertificateVerify\0");
    tls.extend([7; 32]);
    let certificate = fixtures::root(ca_key());
    let mut behind = set(&good);
    behind.push(0);
    for bytes in [&tls[..], certificate.tbs(), &[7; 32], &[], &behind, &set(&good)[1..]] {
        assert!(matches!(finish(bytes), Err(AttributeFlaw::NotDer(_))), "{bytes:?}");
    }
    assert_eq!(world.budget.sets_left(), SigningLimits::DEFAULT.attribute_sets);
}

#[test]
fn attributes_are_signed_by_an_algorithm_that_fits_and_is_strong() {
    let mut world = World::new();
    let (send, id, nonce) = waiting(&mut world);
    let now = world.clock.now();
    let bytes = set(&honest(&id, &nonce));
    for algorithm in [
        SignatureAlgorithm::RSA_PKCS1_SHA1,
        SignatureAlgorithm::RSA_PKCS1_MD5,
        SignatureAlgorithm::ECDSA_SHA256,
        SignatureAlgorithm::ED25519,
    ] {
        assert_eq!(send.finish(&to_sign(algorithm, &bytes), now).map(drop), Err(device::Error::Algorithm(algorithm)));
    }
    // Of another digest, the length is wrong.
    let sha512 = send.finish(&to_sign(SignatureAlgorithm::RSA_PKCS1_SHA512, &bytes), now).map(drop);
    assert_eq!(sha512, Err(device::Error::Attributes(AttributeFlaw::Digest)));
    // One that nobody knows.
    let unknown = message(9, |w| {
        AlgorithmIdentifier::new(oid::TITLE, None).encode(w);
        w.octet_string(&bytes);
    });
    assert!(matches!(send.finish(&unknown, now), Err(device::Error::Decode(_))));

    let mut world = World::new().configure(|config| config.with_algorithm_floor(AlgorithmFloor::Legacy));
    let (send, id, nonce) = waiting(&mut world);
    let mut old = honest(&id, &nonce);
    old.retain(|attribute| !attribute.windows(2).any(|bytes| bytes == [0x04, 0x20]));
    old.push(attribute(oid::MESSAGE_DIGEST, &[&Writer::encode(|w| w.octet_string(&[3; 20]))]));
    old.sort();
    let old = send.finish(&to_sign(SignatureAlgorithm::RSA_PKCS1_SHA1, &set(&old)), now);
    assert!(matches!(old, Ok(device::Step::SignAttributes(_))), "{old:?}");
}

#[test]
fn a_second_digest_is_not_signed_by_the_same_key() {
    let digest = |octet: u8| message(8, |w| w.octet_string(&[octet; 32]));
    let mut world = World::new();
    let device::Step::Send(send) = world.start() else { panic!() };
    let now = world.clock.now();
    let ask = |octet| match send.finish(&digest(octet), now) {
        Ok(device::Step::SignDigest(sign)) => sign,
        other => panic!("{other:?}"),
    };
    let (first, second) = (ask(1), ask(2));
    let rng = &mut TestRandom::new(1);
    assert!(first.sign_with(&mut world.budget, client_key(), rng).is_ok());
    // The step is asked twice, cloned, begun anew, restored: it is the key's budget that counts.
    let spent = device::Error::Budget(BudgetError::DigestSpent);
    assert_eq!(second.sign_with(&mut world.budget, client_key(), rng).map(drop), Err(spent.clone()));
    let device::Step::Send(again) = world.start() else { panic!() };
    let Ok(device::Step::SignDigest(third)) = again.finish(&digest(3), now) else { panic!() };
    assert_eq!(third.digest(&mut world.budget).map(drop), Err(spent.clone()));
    let mut restored = SigningBudget::from_der(&world.budget.to_der()).expect("a budget");
    assert_eq!(third.digest(&mut restored).map(drop), Err(spent));
    // What was signed may be signed again, since the message may have been lost.
    assert_eq!(first.digest(&mut restored), Ok(&DigestValue::new(&[1; 32]).expect("a digest")));
}

#[test]
fn a_digest_of_another_length_is_not_signed() {
    let mut world = World::new();
    let device::Step::Send(send) = world.start() else { panic!() };
    for length in [0, 20, 31, 33, 48, 64] {
        let digest = message(8, |w| w.octet_string(&vec![1; length]));
        assert_eq!(send.finish(&digest, world.clock.now()).map(drop), Err(device::Error::Digest));
    }
    let too_long = message(8, |w| w.octet_string(&[1; 65]));
    assert!(matches!(send.finish(&too_long, world.clock.now()), Err(device::Error::Decode(_))));
}

#[test]
fn nothing_is_signed_after_the_certificate() {
    let mut world = World::new();
    let device::Step::Send(send) = world.start() else { panic!() };
    let now = world.clock.now();
    assert!(matches!(world.drive(), Ok(device::Step::Issued(_))));
    let digest = *world.budget.digest().expect("a digest");
    let again = message(8, |w| w.octet_string(digest.as_bytes()));
    let Ok(device::Step::SignDigest(sign)) = send.finish(&again, now) else { panic!() };
    assert_eq!(sign.digest(&mut world.budget).map(drop), Err(device::Error::Budget(BudgetError::Closed)));
}

#[test]
fn polls_end_with_the_budget() {
    let mut world = World::new();
    world.budget = SigningBudget::new(public(client_key()).as_ref(), SigningLimits { attribute_sets: 3 });
    world.server.policy = Policy::Pend(u32::MAX);
    let end = world.drive();
    assert_eq!(end.map(drop), Err(device::Error::Budget(BudgetError::SetsSpent)));
    assert_eq!(world.to_ca.iter().filter(|request| request.query.contains("PKIOperation")).count(), 3);
}

#[test]
fn other_keys_and_other_budgets_do_not_sign() {
    let mut world = World::new();
    let device::Step::Send(send) = world.start() else { panic!() };
    let answer = world.answer(send.message());
    let Ok(device::Step::SignDigest(sign)) = send.finish(&answer, world.clock.now()) else { panic!() };
    let rng = &mut TestRandom::new(1);
    let mut foreign = SigningBudget::new(public(other_key()).as_ref(), SigningLimits::DEFAULT);
    assert_eq!(
        sign.sign_with(&mut foreign, client_key(), rng).map(drop),
        Err(device::Error::Budget(BudgetError::OtherKey))
    );
    assert_eq!(sign.sign_with(&mut world.budget, other_key(), rng).map(drop), Err(device::Error::OtherKey));
    assert_eq!(world.budget.digest(), None);
    let failing = &mut TestRandom::failing_after(1, 0);
    assert!(matches!(sign.sign_with(&mut world.budget, client_key(), failing), Err(device::Error::Sign(_))));
    assert!(matches!(
        sign.attach(pki_core::crypto::Signature::new(vec![1]), &mut TestRandom::failing_after(1, 0)),
        Err(device::Error::Random(_))
    ));

    let mut world = World::new();
    let step = world.until(|step| matches!(step, device::Step::SignAttributes(_)));
    let device::Step::SignAttributes(sign) = step else { panic!() };
    assert_eq!(sign.sign_with(&mut world.budget, other_key(), rng).map(drop), Err(device::Error::OtherKey));

    let mut world = World::new();
    let device::Step::Open(open) = world.until(|step| matches!(step, device::Step::Open(_))) else { panic!() };
    assert_eq!(open.open_with(&mut world.budget, other_key(), rng).map(drop), Err(device::Error::OtherKey));
    let failing = &mut TestRandom::failing_after(1, 0);
    assert!(matches!(open.open_with(&mut world.budget, client_key(), failing), Err(device::Error::Unwrap(_))));
    let wrong = pki_core::crypto::ContentKey::new(vec![1; 16]);
    assert_eq!(open.attach(&mut world.budget, &wrong).map(drop), Err(device::Error::Message(MessageError::Unopenable)));
    assert!(world.budget.is_open());
}

#[test]
fn an_answer_to_something_else_is_not_taken() {
    let mut world = World::new();
    let device::Step::Send(request) = world.start() else { panic!() };
    let (now, certificate) = (world.clock.now(), fixtures::root(ca_key()));
    let attributes = to_sign(RSA, b"anything");
    let reply = message(10, |w| {
        w.octet_string(b"anything");
        w.sequence(|w| w.raw(certificate.as_der()));
    });
    assert_eq!(request.finish(&attributes, now).map(drop), Err(device::Error::Unexpected));
    assert_eq!(request.finish(&reply, now).map(drop), Err(device::Error::Unexpected));
    for bytes in [&b""[..], b"garbage", &message(13, |_| {}), &message(0, |_| {}), &message(8, |_| {})] {
        assert!(matches!(request.finish(bytes, now), Err(device::Error::Decode(_))), "{bytes:?}");
    }
    let (send, ..) = waiting(&mut world);
    let digest = message(8, |w| w.octet_string(&[1; 32]));
    assert_eq!(send.finish(&digest, now).map(drop), Err(device::Error::Unexpected));
    assert_eq!(send.finish(&reply, now).map(drop), Err(device::Error::Unexpected));
    // A refusal is an answer to everything, with a reason that may be new.
    let refused = send.finish(&message(12, |w| w.small_integer(77)), now);
    assert!(
        matches!(refused, Ok(device::Step::Rejected(Rejected::ByService(RefusalReason::Unknown(77))))),
        "{refused:?}"
    );
}

/// Who submits is the device's configuration, not the service's choice of the moment.
#[test]
fn an_envelope_is_not_taken_unless_the_device_submits() {
    let mut by_device = World::new().configure(|config| config.with_submission(Submission::ByDevice));
    let (send, ..) = waiting(&mut by_device);
    let envelope = by_device.answer(send.message());
    assert_eq!(number(&envelope), 11);
    let mut by_service = World::new();
    let (send, id, nonce) = waiting(&mut by_service);
    let now = by_service.clock.now();
    assert_eq!(send.finish(&envelope, now).map(drop), Err(device::Error::Unexpected));
    let mut by_device = World::new().configure(|config| config.with_submission(Submission::ByDevice));
    let (other, ..) = waiting(&mut by_device);
    let attributes = to_sign(RSA, &set(&honest(&id, &nonce)));
    assert_eq!(other.finish(&attributes, now).map(drop), Err(device::Error::Unexpected));
}

/// A device that waits for the CA's reply, and that reply.
fn relayed(world: &mut World) -> (device::Send, Vec<u8>) {
    let mut step = world.start();
    loop {
        match step {
            device::Step::Send(send) if number(send.message()) == 2 => {
                let answer = world.answer(send.message());
                return (send, answer);
            }
            other => step = world.turn(other).expect("a step"),
        }
    }
}

#[test]
fn a_service_can_not_speak_for_the_ca() {
    let mut world = World::new();
    let (send, honest) = relayed(&mut world);
    let now = world.clock.now();
    assert!(matches!(send.finish(&honest, now), Ok(device::Step::Open(_))));
    let mut fields = body(&honest);
    let cert_rep = fields.octet_string().expect("a CertRep").to_vec();
    let authority = |w: &mut Writer, certificates: &[Certificate]| {
        w.sequence(|w| certificates.iter().for_each(|certificate| w.raw(certificate.as_der())));
    };
    let answer = |cert_rep: &[u8], certificates: &[Certificate]| {
        message(10, |w| {
            w.octet_string(cert_rep);
            authority(w, certificates);
        })
    };
    let ours = world.server.authority();
    // A CA of its own, alone or beside the pinned one.
    let strange = TestServer::with_ra(other_key(), other_key(), PROVIDER).authority();
    assert_eq!(send.finish(&answer(&cert_rep, &strange), now).map(drop), Err(device::Error::NotPinned));
    assert_eq!(send.finish(&answer(&cert_rep, &[]), now).map(drop), Err(device::Error::NotPinned));
    let both: Vec<Certificate> = strange.iter().chain(&ours).cloned().collect();
    assert!(matches!(send.finish(&answer(&cert_rep, &both), now), Ok(device::Step::Open(_))));
    // The pinned one without the RA, or much later.
    assert!(matches!(
        send.finish(&answer(&cert_rep, &ours[1..]), now),
        Err(device::Error::NotPinned | device::Error::Authority(_))
    ));
    let late = fixtures::years(now, 0, 20).not_after;
    assert!(matches!(send.finish(&honest, late), Err(device::Error::Authority(_))));
    // A reply by somebody else, and one that was changed.
    let mut other = World::with(TestServer::with_ra(other_key(), other_key(), PROVIDER), client_key(), client_key());
    let (_, foreign) = relayed(&mut other);
    let foreign = body(&foreign).octet_string().expect("a CertRep").to_vec();
    assert!(matches!(send.finish(&answer(&foreign, &ours), now), Err(device::Error::Message(_))));
    let mut changed = cert_rep.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert!(matches!(send.finish(&answer(&changed, &ours), now), Err(device::Error::Message(_))));
    // A reply of the CA to another request: a replay.
    let mut earlier = World::new().seed(99);
    let (_, replayed) = relayed(&mut earlier);
    let replayed = body(&replayed).octet_string().expect("a CertRep").to_vec();
    let replayed = send.finish(&answer(&replayed, &ours), now).map(drop);
    assert_eq!(replayed, Err(device::Error::Misbehaved(Misbehaviour::TransactionId)));
    // Too many certificates.
    let many = vec![ours[0].clone(); 33];
    assert!(matches!(send.finish(&answer(&cert_rep, &many), now), Err(device::Error::Decode(_))));
}

/// What a CA says that keeps to nothing, put into the mouth of the real one.
#[test]
fn a_ca_that_breaks_the_protocol_is_not_believed() {
    use scep::{
        PkiStatus,
        message::{Attributes, PkiMessageBuilder},
    };
    let mut world = World::new();
    let (send, honest) = relayed(&mut world);
    let now = world.clock.now();
    let (asked, ours) = (requested(&world), world.server.authority());
    let say = |change: &dyn Fn(&mut Attributes)| {
        let (id, nonce) = (asked.transaction_id.clone(), asked.sender_nonce.clone());
        let mut attributes =
            Attributes::reply(id, nonce, PkiStatus::PENDING, Nonce::from_bytes(&[1; 16]).expect("one"));
        change(&mut attributes);
        let message = PkiMessageBuilder::new(attributes).build(&world.server.signing(), RSA, &PROVIDER);
        let message = message.expect("a message").sign_with(ra_key(), &mut TestRandom::new(1)).expect("a signature");
        let answer = super::message(10, |w| {
            w.octet_string(message.as_bytes());
            w.sequence(|w| ours.iter().for_each(|certificate| w.raw(certificate.as_der())));
        });
        send.finish(&answer, now)
    };
    let misbehaved = |result: Result<device::Step, device::Error>| match result {
        Err(device::Error::Misbehaved(misbehaviour)) => misbehaviour,
        other => panic!("{other:?}"),
    };
    let pending = say(&|_| {});
    let Ok(device::Step::Wait(wait)) = pending else { panic!("{pending:?}") };
    assert_eq!(wait.until(), now.plus(std::time::Duration::from_secs(60)));
    let strange = Nonce::from_bytes(&[9; 16]).expect("a nonce");
    assert_eq!(misbehaved(say(&|a| a.recipient_nonce = Some(strange.clone()))), Misbehaviour::RecipientNonce);
    assert_eq!(misbehaved(say(&|a| a.recipient_nonce = None)), Misbehaviour::RecipientNonce);
    let request = MessageType::PKCS_REQ;
    assert_eq!(misbehaved(say(&|a| a.message_type = request)), Misbehaviour::Type(request));
    assert_eq!(misbehaved(say(&|a| a.pki_status = None)), Misbehaviour::Status(None));
    let odd = PkiStatus::new(7);
    assert_eq!(misbehaved(say(&|a| a.pki_status = Some(odd))), Misbehaviour::Status(Some(odd)));
    assert!(matches!(say(&|a| a.pki_status = Some(PkiStatus::SUCCESS)), Err(device::Error::Message(_))));
    assert!(matches!(send.finish(&honest, now), Ok(device::Step::Open(_))));
}

/// The attributes of the last request that the CA got.
fn requested(world: &World) -> scep::message::Attributes {
    let request = world.to_ca.last().expect("a request");
    let received = scep::message::Received::decode(&request.body, pki_core::Limits::DEFAULT).expect("a message");
    received.verify(&PROVIDER).expect("a signature").attributes().clone()
}

#[test]
fn a_certificate_that_does_not_hold_is_not_installed() {
    use scep::{
        PkiStatus,
        message::{Attributes, EnvelopeAlgorithms, PkiMessageBuilder, seal},
    };
    let mut world = World::new();
    let (send, _) = relayed(&mut world);
    let now = world.clock.now();
    let (asked, ours) = (requested(&world), world.server.authority());
    let give = |certificate: &Certificate| {
        let rng = &mut TestRandom::new(1);
        let (id, nonce) = (asked.transaction_id.clone(), asked.sender_nonce.clone());
        let attributes = Attributes::reply(id, nonce, PkiStatus::SUCCESS, Nonce::from_bytes(&[1; 16]).expect("one"));
        let data = pki_core::cms::certs_only([certificate.as_der()], []);
        let envelope = seal(&data, &transport(client_key()), EnvelopeAlgorithms::MANDATORY, &PROVIDER, rng);
        let builder = PkiMessageBuilder::new(attributes).with_envelope(envelope.expect("an envelope"));
        let message = builder.build(&world.server.signing(), RSA, &PROVIDER).expect("a message");
        let message = message.sign_with(ra_key(), rng).expect("a signature");
        let answer = super::message(10, |w| {
            w.octet_string(message.as_bytes());
            w.sequence(|w| ours.iter().for_each(|certificate| w.raw(certificate.as_der())));
        });
        let Ok(device::Step::Open(open)) = send.finish(&answer, now) else { panic!() };
        let mut budget = world.budget.clone();
        open.open_with(&mut budget, client_key(), rng).map(drop)
    };
    let below = |ca, common_name, key| fixtures::below_root(ca, common_name, key, &Profile::DEVICE_CLIENT);
    assert_eq!(give(&below(ca_key(), "device", client_key())), Ok(()));
    let no_key = device::Error::Misbehaved(Misbehaviour::NoCertificateForKey);
    assert_eq!(give(&below(ca_key(), "device", other_key())), Err(no_key));
    assert_eq!(give(&below(ca_key(), "director", client_key())), Err(device::Error::Names));
    assert!(matches!(give(&below(other_key(), "device", client_key())), Err(device::Error::Chain(_))));
}

#[test]
fn a_device_that_submits_by_itself_judges_http_too() {
    let mut world = World::new().configure(|config| config.with_submission(Submission::ByDevice));
    let device::Step::Submit(submit) = world.until(|step| matches!(step, device::Step::Submit(_))) else { panic!() };
    assert_eq!(submit.authority().anchor(), world.server.ca());
    let reply = |status| scep::HttpResponse::new(status, "text/html", "<html>");
    let mut pending = World::new().configure(|config| config.with_submission(Submission::ByDevice));
    pending.server.policy = Policy::Pend(1);
    let device::Step::Wait(wait) = pending.until(|step| matches!(step, device::Step::Wait(_))) else { panic!() };
    assert!(matches!(wait.poll(&mut TestRandom::failing_after(1, 0)), Err(device::Error::Random(_))));
    assert!(matches!(wait.poll(&mut TestRandom::failing_after(1, 1)), Err(device::Error::Build(_))));
    assert_eq!(submit.finish(&reply(503), world.clock.now()).map(drop), Err(device::Error::Http(503)));
    assert!(matches!(submit.finish(&reply(200), world.clock.now()), Err(device::Error::Message(_))));
}

#[test]
fn a_device_begins_only_with_what_a_broker_can_take() {
    let world = World::new();
    let rng = &mut TestRandom::new(1);
    let mut start = |csr: Csr, certificate: Certificate| {
        device::Step::start(Arc::clone(&world.config), csr, certificate, Clock::new().now(), rng).map(drop)
    };
    let with_challenge = fixtures::csr("device", client_key());
    assert_eq!(start(with_challenge, transport(client_key())), Err(device::Error::Csr(CsrFlaw::Attribute)));
    let stolen = fixtures::sign_csr(&CsrBuilder::new(name("device"), public(other_key()).clone()), client_key());
    assert!(matches!(start(stolen, transport(client_key())), Err(device::Error::Csr(CsrFlaw::Signature(_)))));
    // Ed25519 signs no digests (RFC 8410).
    let key = PrivateKey::generate(pki_core::KeyKind::Ed25519, &mut TestRandom::new(7)).expect("a key");
    let csr_of_key = CsrBuilder::new(name("device"), Signer::public_key(&key).clone())
        .build(SignatureAlgorithm::ED25519)
        .expect("a CSR")
        .sign_with(&key, &mut TestRandom::new(1))
        .expect("a signature");
    assert_eq!(start(csr_of_key, transport(client_key())), Err(device::Error::Csr(CsrFlaw::Algorithm)));
    assert_eq!(start(csr(client_key()), transport(client_key())), Ok(()));
    let mut failing = TestRandom::failing_after(1, 0);
    let config = Arc::clone(&world.config);
    let started =
        device::Step::start(config, csr(client_key()), transport(client_key()), Clock::new().now(), &mut failing);
    assert!(matches!(started, Err(device::Error::Random(_))));
    let unfit = device::transport_certificate(
        &name("device"),
        public(client_key()),
        SignatureAlgorithm::ECDSA_SHA256,
        Clock::new().now(),
        &mut TestRandom::new(1),
    );
    assert!(matches!(unfit, Err(device::TransportError::Build(_))));
    let failed = device::transport_certificate(
        &name("device"),
        public(client_key()),
        RSA,
        Clock::new().now(),
        &mut TestRandom::failing_after(1, 0),
    );
    assert!(matches!(failed, Err(device::TransportError::Random(_))));
}
