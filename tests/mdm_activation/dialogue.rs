//! Runs that succeed, and what is left of them.

use std::time::Duration;

use mdm_proto::activation::password::{
    ActivationPassword, ActivationRecord, DeviceError, DeviceStep, RefusalReason, RequestRecord, Standing, UserId,
};
use pki_core::{
    DecodeErrorKind,
    crypto::{Signer, rustcrypto::PROVIDER},
};

use crate::world::{PASSWORD, SERVICE, URL, World, activated, device, exchange, password, service, user};

#[test]
fn a_device_comes_to_its_certificate_its_root_and_its_service() {
    let mut world = World::new();
    let activated = activated(world.activate(&device(), PASSWORD).unwrap());
    assert_eq!(activated.url(), URL);
    assert_eq!(activated.roots(), std::slice::from_ref(&world.root));
    assert_eq!(activated.certificates().len(), 1);
    assert_eq!(activated.certificates()[0].public_key(), Signer::public_key(&world.key).as_ref());
    assert_eq!(activated.chain().target(), activated.certificates().first());
    assert_eq!(activated.chain().anchor().certificate(), Some(&world.root));
    let standing = world.record().unwrap().standing(world.clock.now());
    assert!(matches!(standing, Standing::Activated { device, .. } if device.as_str() == "phone-1"));
}

#[test]
fn a_generated_password_that_nobody_sees_does_the_same() {
    let mut world = World::new();
    let secret = ActivationPassword::generate(&mut world.rng).unwrap();
    let expires = world.clock.now().plus(Duration::from_secs(60));
    world.row = Some(world.service.register(user(), &secret, expires).unwrap().to_der());
    let derive = world.until_derive(&device());
    let share = exchange(derive.derive(&secret, &mut world.rng).unwrap());
    let reply = world.post(share.message());
    assert!(matches!(share.finish(&reply, world.clock.now()), Ok(DeviceStep::Enrol(_))));
}

#[test]
fn intermediates_and_two_roots_arrive() {
    let mut world = World::new();
    let request = world.until_request(&device());
    let received = world.service.receive(request.message()).unwrap();
    let mdm_proto::activation::password::Received::Request(received) = received else { panic!("{received:?}") };
    let opened = received.open(world.record().as_ref(), world.clock.now()).unwrap();
    let mdm_proto::activation::password::Opened::Confirmed(confirmed) = opened else { panic!("{opened:?}") };
    let other_root = conformance::fixtures::root(&world.key);
    let given = world.activated(confirmed.csr()).add_root(other_root.clone()).with_chain(vec![other_root.clone()]);
    let reply = confirmed.issue(&given, world.clock.now()).unwrap().written();
    let activated = activated(request.finish(&reply, world.clock.now()).unwrap());
    assert_eq!(activated.roots(), [world.root.clone(), other_root.clone()]);
    assert_eq!(activated.certificates()[1..], [other_root]);
}

#[test]
fn a_success_uses_the_password_up() {
    let mut world = World::new();
    activated(world.activate(&device(), PASSWORD).unwrap());
    assert_eq!(world.activate(&device(), PASSWORD).unwrap_err(), DeviceError::NotConfirmed);
    assert_eq!(world.issued, 1);
}

#[test]
fn a_lost_reply_is_sent_again_for_the_same_request_alone() {
    let mut world = World::new();
    let request = world.until_request(&device());
    let lost = world.post(request.message());
    world.clock.advance(Duration::from_secs(86_400));
    let again = world.post(request.message());
    assert_eq!(lost, again);
    assert_eq!(world.issued, 1);
    activated(request.finish(&again, world.clock.now()).unwrap());

    let late = {
        let mut world = World::new();
        let request = world.until_request(&device());
        world.post(request.message());
        world.clock.advance(Duration::from_secs(86_401));
        let reply = world.post(request.message());
        request.finish(&reply, world.clock.now()).unwrap_err().cause
    };
    assert_eq!(late, DeviceError::Refused);
}

#[test]
fn a_request_outlives_the_device() {
    let mut world = World::new();
    let request = world.until_request(&device());
    let kept = request.record().unwrap().to_der();
    world.post(request.message());
    drop(request);

    let record = RequestRecord::from_der(kept.expose()).unwrap();
    assert_eq!(record.to_der(), kept);
    assert_eq!(record.public_key(), Signer::public_key(&world.key));
    let request = record.resume(&device());
    let reply = world.post(request.message());
    activated(request.finish(&reply, world.clock.now()).unwrap());
    assert_eq!(world.issued, 1);
}

#[test]
fn a_request_record_is_read_as_it_was_written_or_not_at_all() {
    let mut world = World::new();
    let der = world.until_request(&device()).record().unwrap().to_der();
    let der = der.expose();
    for length in 0..der.len() {
        assert!(matches!(RequestRecord::from_der(&der[..length]), Err(DeviceError::Record(_))));
    }
    let Err(DeviceError::Record(error)) = RequestRecord::from_der(b"\x30\x03\x02\x01\x02") else { panic!() };
    assert_eq!(error.kind(), DecodeErrorKind::UnsupportedVersion);
}

#[test]
fn only_the_last_exchange_has_to_be_kept() {
    let mut world = World::new();
    assert!(exchange(device().start()).record().is_none());
    assert!(world.until_share(&device(), PASSWORD).record().is_none());
}

#[test]
fn a_refusal_reaches_the_device_with_its_reason_and_the_password_stays() {
    let mut world = World::new();
    world.refuse = Some(RefusalReason::Device);
    let step = world.activate(&device(), PASSWORD).unwrap();
    assert!(matches!(step, DeviceStep::Refused(RefusalReason::Device)));
    assert_eq!(world.attempts(), 1);
    world.refuse = None;
    activated(world.activate(&device(), PASSWORD).unwrap());
}

#[test]
fn a_refused_request_that_is_accepted_when_it_comes_again_is_sealed_with_another_nonce() {
    let mut world = World::new();
    let request = world.until_request(&device());
    world.refuse = Some(RefusalReason::Unavailable);
    let refused = world.post(request.message());
    world.refuse = None;
    let issued = world.post(request.message());
    // Behind the headers of the message, its version, its kind, and the header of what is sealed.
    assert_ne!(refused[10..22], issued[14..26], "the nonces");
    activated(request.finish(&issued, world.clock.now()).unwrap());
}

#[test]
fn a_message_that_is_repeated_is_no_second_attempt() {
    let mut world = World::new();
    let share = world.until_share(&device(), PASSWORD);
    let first = world.post(share.message());
    let second = world.post(share.message());
    assert_eq!((first, world.attempts()), (second.clone(), 1));
    let step = share.finish(&second, world.clock.now()).unwrap();
    assert!(matches!(step, DeviceStep::Enrol(_)));
}

#[test]
fn two_devices_of_one_user_do_not_disturb_each_other_and_the_first_wins() {
    let mut world = World::new();
    let (phone, tablet) = (device(), crate::world::device_called("tablet"));
    let from_phone = world.until_request(&phone);
    let from_tablet = world.until_request(&tablet);
    assert_eq!(world.attempts(), 2);
    let reply = world.post(from_phone.message());
    activated(from_phone.finish(&reply, world.clock.now()).unwrap());
    let reply = world.post(from_tablet.message());
    assert_eq!(from_tablet.finish(&reply, world.clock.now()).unwrap_err().cause, DeviceError::Refused);
}

#[test]
fn a_service_needs_no_memory_but_its_record() {
    // Every message is answered by a service that was set up anew.
    let mut world = World::new();
    let share = world.until_share(&device(), PASSWORD);
    world.service = service();
    let reply = world.post(share.message());
    world.service = service();
    let DeviceStep::Enrol(enrol) = share.finish(&reply, world.clock.now()).unwrap() else { panic!() };
    let request = exchange(enrol.request(&world.csr()).unwrap());
    let reply = world.post(request.message());
    activated(request.finish(&reply, world.clock.now()).unwrap());
}

#[test]
fn a_person_may_type_the_user_in_capitals_and_a_generated_password_in_lower_case() {
    let mut world = World::new();
    let expires = world.clock.now().plus(Duration::from_secs(60));
    let record = world.service.register(UserId::new("Jane@Example.COM").unwrap(), &password("BCDF-2345-GHJK"), expires);
    world.row = Some(record.unwrap().to_der());
    activated(world.activate(&device(), "bcdf2345ghjk").unwrap());
}

#[test]
fn records_of_version_1_are_read_and_written() {
    for octets in [
        &include_bytes!("../data/records/activation-1-open.der")[..],
        include_bytes!("../data/records/activation-1-activated.der"),
    ] {
        let record = ActivationRecord::from_der(octets).unwrap();
        assert_eq!(record.user().as_str(), "jane@example.com");
        assert_eq!(record.to_der(), octets);
    }
}

#[test]
fn request_records_of_version_1_are_read_and_written() {
    let octets = include_bytes!("../data/records/request-1.der");
    assert_eq!(RequestRecord::from_der(octets).unwrap().to_der().expose(), octets);
}

#[test]
fn with_the_default_parameters() {
    let mut world = World::new();
    world.service = world.service.clone().with_scrypt(Default::default());
    let expires = world.clock.now().plus(Duration::from_secs(60));
    world.row = Some(world.service.register(user(), &password(PASSWORD), expires).unwrap().to_der());
    let name = mdm_proto::activation::password::DeviceName::new("phone").unwrap();
    let device = mdm_proto::activation::password::Device::new(user(), name, PROVIDER)
        .with_service(mdm_proto::activation::password::ServiceName::new(SERVICE).unwrap());
    activated(world.activate(&device, PASSWORD).unwrap());
}
