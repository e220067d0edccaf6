//! Whatever is changed, repeated, reflected or mixed up on the way, nobody is activated by it.

use std::time::Duration;

use mdm_proto::activation::password::{
    Activated, DeviceError, DeviceExchange, DeviceFailure, DeviceStep, Opened, Received, ScryptBounds,
    ScryptParameters, ServiceError, ServiceName, UnacceptableParameters,
};
use pki_core::{DecodeErrorKind, chain::Violation};

use crate::{
    attacker::{self, strings},
    world::{
        PASSWORD, URL, World, activated, derive, device, device_called, enrol, exchange, password, service,
        service_called,
    },
};

/// A step, or what it failed by.
type Outcome = Result<DeviceStep, DeviceError>;

/// A run in which `change` is done to one message, counted from 0, on its way.
fn run(world: &mut World, place: usize, change: &dyn Fn(&mut Vec<u8>)) -> Outcome {
    let mut passed = 0;
    let mut on_the_way = |mut message: Vec<u8>| {
        if passed == place {
            change(&mut message);
        }
        passed += 1;
        message
    };
    let mut step = device().start();
    let mut turns = 0;
    loop {
        turns += 1;
        step = match step {
            DeviceStep::Exchange(exchange) => {
                let message = on_the_way(exchange.message().to_vec());
                let reply = on_the_way(world.post(&message));
                exchange.finish(&reply, world.clock.now()).map_err(|failure| failure.cause)?
            }
            DeviceStep::Derive(derive) => derive.derive(&password(PASSWORD), &mut world.rng)?,
            DeviceStep::Enrol(enrol) => enrol.request(&world.csr())?,
            end => return Ok(end),
        };
        assert!(turns < 10);
    }
}

/// How long the message is.
fn length(place: usize) -> usize {
    let length = std::cell::Cell::new(0);
    activated(run(&mut World::new(), place, &|message| length.set(message.len())).unwrap());
    length.get()
}

#[test]
fn a_change_of_any_octet_of_the_first_four_messages_is_noticed() {
    for place in 0..4 {
        for at in 0..length(place) {
            let change = |message: &mut Vec<u8>| message[at] ^= 1 << (at % 8);
            let outcome = run(&mut World::new(), place, &change);
            assert!(outcome.is_err(), "octet {at} of message {place}: {outcome:?}");
        }
    }
}

#[test]
fn a_change_of_any_octet_of_the_request_is_refused() {
    let mut world = World::new();
    let request = world.until_request(&device());
    for at in 0..request.message().len() {
        let mut message = request.message().to_vec();
        message[at] ^= 1 << (at % 8);
        let reply = world.post(&message);
        assert!(world.record().unwrap().attempts() == 1 && world.issued == 0, "octet {at}");
        assert!(matches!(reply.len(), 8 | 15), "octet {at}: no more than a failure or HTTP 400");
    }
    let reply = world.post(request.message());
    activated(request.finish(&reply, world.clock.now()).unwrap());
}

#[test]
fn a_change_of_any_octet_of_the_answer_is_refused_and_the_right_one_still_taken() {
    let mut world = World::new();
    let mut request = world.until_request(&device());
    let answer = world.post(request.message());
    for at in 0..answer.len() {
        let mut changed = answer.clone();
        changed[at] ^= 1 << (at % 8);
        let DeviceFailure { cause, exchange } = request.finish(&changed, world.clock.now()).unwrap_err();
        assert!(matches!(cause, DeviceError::Sealed | DeviceError::Message(_)), "octet {at}: {cause:?}");
        request = exchange.unwrap();
    }
    activated(request.finish(&answer, world.clock.now()).unwrap());
}

#[test]
fn nothing_cut_short_or_with_a_tail_is_taken() {
    for place in 0..6 {
        assert!(run(&mut World::new(), place, &|message| message.push(0)).is_err(), "message {place}");
        assert!(
            run(&mut World::new(), place, &|message| message.truncate(message.len() - 1)).is_err(),
            "message {place}"
        );
        assert!(run(&mut World::new(), place, &Vec::clear).is_err(), "message {place}");
    }
}

#[test]
fn a_message_out_of_place_is_refused_and_the_exchange_stays() {
    let mut world = World::new();
    let request = world.until_request(&device());
    let proof = world.post(&attacker::share(attacker::point(&strings(request.message())[0])));
    let messages = [
        attacker::hello(),
        world.post(&attacker::hello()),
        proof,
        request.message().to_vec(),
        world.post(request.message()),
        attacker::message(7, &[]),
    ];
    let mut fresh = World::new();
    let exchanges =
        [exchange(device().start()), fresh.until_share(&device(), PASSWORD), fresh.until_request(&device())];
    // Parameters to a hello, a proof to a share, and an answer to a request are looked at; a failure to the latter two as well.
    let read = [(0, 1), (1, 2), (2, 4), (1, 5), (2, 5)];
    for (place, mut awaiting) in exchanges.into_iter().enumerate() {
        for (number, message) in messages.iter().enumerate() {
            if read.contains(&(place, number)) {
                continue;
            }
            let DeviceFailure { cause, exchange } = awaiting.finish(message, fresh.clock.now()).unwrap_err();
            assert!(matches!(cause, DeviceError::Message(_)), "{place} {number}: {cause:?}");
            awaiting = exchange.unwrap();
        }
    }
    for reply in [&messages[1], &messages[2], &messages[4], &messages[5]] {
        let error = service().receive(reply).unwrap_err();
        assert!(matches!(error, ServiceError::Message(_)), "{error:?}");
    }
}

#[test]
fn reflected_messages_are_refused() {
    let mut world = World::new();
    // The device's own share as that of the service, with either confirmation that was ever seen.
    let sent = world.until_share(&device(), PASSWORD);
    let own = attacker::point(&strings(sent.message())[0]);
    let proof = world.post(sent.message());
    let confirmation: [u8; 32] = strings(&proof)[1].clone().try_into().unwrap();
    let failure = sent.finish(&attacker::proof(own, confirmation), world.clock.now()).unwrap_err();
    assert_eq!(failure.cause, DeviceError::NotConfirmed);
    // What the device sealed, as what the service sealed.
    let request = world.until_request(&device());
    let sealed = strings(request.message())[2].clone();
    let reflected = attacker::message(6, &[attacker::string(&sealed)]);
    let failure = request.finish(&reflected, world.clock.now()).unwrap_err();
    assert_eq!(failure.cause, DeviceError::Sealed);
}

#[test]
fn messages_of_another_run_are_refused() {
    let mut world = World::new();
    let first = world.until_request(&device());
    let second = world.until_request(&device());
    let (of_first, of_second) = (strings(first.message()), strings(second.message()));
    let mixed = |share: &[u8], confirmation: &[u8], sealed: &[u8]| {
        let fields = [
            attacker::text(crate::world::USER),
            attacker::text(crate::world::DEVICE),
            attacker::string(share),
            attacker::string(confirmation),
            attacker::string(sealed),
        ];
        attacker::message(5, &fields)
    };
    assert_eq!(mixed(&of_first[0], &of_first[1], &of_first[2]), first.message());
    for message in [
        mixed(&of_second[0], &of_first[1], &of_first[2]),
        mixed(&of_first[0], &of_second[1], &of_first[2]),
        mixed(&of_first[0], &of_first[1], &of_second[2]),
    ] {
        assert_eq!(world.post(&message), attacker::message(7, &[]));
    }
    // An answer of one run to the request of another, and the proof of one run to the share of another.
    let answer = world.post(first.message());
    assert_eq!(second.finish(&answer, world.clock.now()).unwrap_err().cause, DeviceError::Sealed);
    let mut world = World::new();
    let (one, other) = (world.until_share(&device(), PASSWORD), world.until_share(&device(), PASSWORD));
    let proof = world.post(one.message());
    assert_eq!(other.finish(&proof, world.clock.now()).unwrap_err().cause, DeviceError::NotConfirmed);
}

#[test]
fn a_replayed_run_activates_nobody() {
    let mut world = World::new();
    let request = world.until_request(&device());
    let share = attacker::share(attacker::point(&strings(request.message())[0]));
    let answer = world.post(request.message());
    // With the next password, the same one even: what was recorded is worth nothing.
    let expires = world.clock.now().plus(Duration::from_secs(60));
    world.row = Some(world.service.register(crate::world::user(), &password(PASSWORD), expires).unwrap().to_der());
    let _proof = world.post(&share);
    let replayed = world.post(request.message());
    assert_ne!(replayed, answer);
    assert_eq!((replayed, world.issued), (attacker::message(7, &[]), 1));
}

#[test]
fn the_wrong_user_service_or_device_agrees_with_nobody() {
    // Another user's record under this user's name does not count as hers.
    let mut world = World::new();
    let expires = world.clock.now().plus(Duration::from_secs(60));
    let joan = mdm_proto::activation::password::UserId::new("joan@example.com").unwrap();
    world.row = Some(world.service.register(joan, &password(PASSWORD), expires).unwrap().to_der());
    assert_eq!(world.activate(&device(), PASSWORD).unwrap_err(), DeviceError::NotConfirmed);
    assert_eq!(world.attempts(), 0);
    // A service of another name, with the same secret and the same record.
    let mut world = World::new();
    world.service = service_called("mdm.example.org");
    assert_eq!(world.activate(&device(), PASSWORD).unwrap_err(), DeviceError::NotConfirmed);
    // Somebody between them who makes a device think that it is another one.
    let mut world = World::new();
    let sent = world.until_share(&device(), PASSWORD);
    let fields =
        [attacker::text(crate::world::USER), attacker::text("phone-2"), attacker::string(&strings(sent.message())[0])];
    let proof = world.post(&attacker::message(3, &fields));
    assert_eq!(sent.finish(&proof, world.clock.now()).unwrap_err().cause, DeviceError::NotConfirmed);
}

#[test]
fn a_device_that_knows_its_service_takes_no_other() {
    let mut world = World::new();
    world.service = service_called("mdm.example.org");
    let device = device().with_service(ServiceName::new(crate::world::SERVICE).unwrap());
    let hello = exchange(device.start());
    let reply = world.post(hello.message());
    let failure = hello.finish(&reply, world.clock.now()).unwrap_err();
    assert_eq!(failure.cause, DeviceError::OtherService(ServiceName::new("mdm.example.org").unwrap()));
    // And the right one may still answer.
    world.service = service();
    let hello = failure.exchange.unwrap();
    let reply = world.post(hello.message());
    let _derive = derive(hello.finish(&reply, world.clock.now()).unwrap());
}

#[test]
fn scrypt_out_of_bounds_is_refused_before_any_work() {
    let mut world = World::new();
    let bounds = ScryptBounds::DEFAULT;
    let strict = device().with_scrypt_bounds(bounds);
    for (log_n, r, p) in [(1, 1, 1), (13, 8, 1), (18, 8, 1), (24, 64, 64), (17, 8, 5)] {
        world.service = service().with_scrypt(ScryptParameters::new(log_n, r, p).unwrap());
        world.row = None;
        let hello = exchange(strict.start());
        let reply = world.post(hello.message());
        let failure = hello.finish(&reply, world.clock.now()).unwrap_err();
        assert_eq!(failure.cause, DeviceError::Parameters(UnacceptableParameters { log_n, r, p }));
        assert!(failure.exchange.is_some());
    }
}

#[test]
fn a_downgrade_of_scrypt_on_the_way_ends_in_no_agreement() {
    let mut world = World::new();
    let two = ScryptParameters::new(2, 1, 1).unwrap();
    world.service = service().with_scrypt(two);
    let expires = world.clock.now().plus(Duration::from_secs(60));
    world.row = Some(world.service.register(crate::world::user(), &password(PASSWORD), expires).unwrap().to_der());
    // ... INTEGER 2, 1, 1 at the end becomes INTEGER 1, 1, 1.
    let downgrade = |message: &mut Vec<u8>| {
        let at = message.len() - 7;
        assert_eq!(message[at], 2);
        message[at] = 1;
    };
    assert_eq!(run(&mut world, 1, &downgrade).unwrap_err(), DeviceError::NotConfirmed);
    activated(run(&mut world, 1, &|_| {}).unwrap());
}

#[test]
fn another_version_is_refused_by_both() {
    let other = b"\x30\x06\x02\x01\x02\x02\x01\x07";
    let Err(ServiceError::Message(error)) = service().receive(other) else { panic!() };
    assert_eq!(error.kind(), DecodeErrorKind::UnsupportedVersion);
    let failure = exchange(device().start()).finish(other, World::new().clock.now()).unwrap_err();
    let DeviceError::Message(error) = failure.cause else { panic!() };
    assert_eq!(error.kind(), DecodeErrorKind::UnsupportedVersion);
}

#[test]
fn messages_are_bounded() {
    let too_long = |kind| attacker::message(kind, &[attacker::string(&vec![0; 70_000])]);
    let Err(ServiceError::Message(error)) = service().receive(&too_long(5)[..]) else { panic!() };
    assert_eq!(error.kind(), DecodeErrorKind::TooLarge);
    let mut world = World::new();
    let failure = world.until_request(&device()).finish(&too_long(6), world.clock.now()).unwrap_err();
    let DeviceError::Message(error) = failure.cause else { panic!() };
    assert_eq!(error.kind(), DecodeErrorKind::TooLarge);
}

/// A request, and what the service would let it have.
fn confirmed(world: &mut World) -> (DeviceExchange, mdm_proto::activation::password::Confirmed) {
    let request = world.until_request(&device_called("phone-1"));
    let Ok(Received::Request(received)) = world.service.receive(request.message()) else { panic!() };
    match received.open(world.record().as_ref(), world.clock.now()).unwrap() {
        Opened::Confirmed(confirmed) => (request, confirmed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_device_takes_only_a_certificate_that_is_valid_under_the_root_beside_it() {
    let mut world = World::new();
    let (request, confirmed) = confirmed(&mut world);
    let now = world.clock.now();
    // Another root than the one that issued it.
    let certificate = {
        let csr = confirmed.csr().clone();
        let issuer = (&conformance::fixtures::name("Root"), &world.ca);
        let subject = conformance::fixtures::name("Jane's phone");
        let profile = pki_core::Profile::DEVICE_CLIENT;
        conformance::fixtures::certify(
            issuer,
            &subject,
            &csr.public_key().to_owned(),
            conformance::fixtures::validity(),
            &profile,
        )
    };
    let given = Activated::new(certificate, conformance::fixtures::root(&world.key), URL);
    let reply = confirmed.issue(&given, now).unwrap().written();
    let DeviceFailure { cause, exchange } = request.finish(&reply, now).unwrap_err();
    assert!(matches!(cause, DeviceError::Chain(_)), "{cause:?}");
    // The right one, at a time when it is not valid, and then at one when it is: a new device's clock may be wrong.
    let reply = confirmed.issue(&world.activated(confirmed.csr()), now).unwrap().written();
    let long_ago = now.minus(Duration::from_secs(20 * 365 * 86_400));
    let DeviceFailure { cause, exchange } = exchange.unwrap().finish(&reply, long_ago).unwrap_err();
    let DeviceError::Chain(error) = cause else { panic!("{cause:?}") };
    assert!(matches!(error.violation(), Violation::NotYetValid { .. }), "{error:?}");
    activated(exchange.unwrap().finish(&reply, now).unwrap());
}

#[test]
fn after_the_proof_the_share_is_gone() {
    let mut world = World::new();
    let sent = world.until_share(&device(), "wrong-password");
    let reply = world.post(sent.message());
    let failure = sent.finish(&reply, world.clock.now()).unwrap_err();
    assert_eq!(failure.cause, DeviceError::NotConfirmed);
    assert!(failure.exchange.is_none());
    // A page of a proxy in the place of the proof tells nobody anything, and costs nothing.
    let sent = world.until_share(&device(), PASSWORD);
    let reply = world.post(sent.message());
    let failure = sent.finish(b"<html>", world.clock.now()).unwrap_err();
    let _enrol = enrol(failure.exchange.unwrap().finish(&reply, world.clock.now()).unwrap());
}
