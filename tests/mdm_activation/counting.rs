//! How often a password may be tried, and that nothing else shows.

use std::{sync::Mutex, time::Duration};

use conformance::TestRandom;
use mdm_proto::activation::password::{
    ActivationRecord, Attempt, AttemptReceived, Decoy, DeviceError, Received, ServiceError, Standing,
};
use pki_core::UnixTime;

use crate::{
    attacker::{self, scalar, strings},
    world::{PASSWORD, World, activated, device, device_called, limit, password, service, user},
};

/// A share, as the service receives it.
fn attempt(seed: u64) -> AttemptReceived {
    let point = p256::ProjectivePoint::GENERATOR * scalar(seed);
    match service().receive(&attacker::share(point)).unwrap() {
        Received::Attempt(attempt) => attempt,
        other => panic!("{other:?}"),
    }
}

fn standing(world: &World) -> Standing {
    world.record().unwrap().standing(world.clock.now())
}

#[test]
fn wrong_passwords_are_counted_and_after_the_limit_the_right_one_is_of_no_use() {
    let mut world = World::new();
    for left in [2, 1] {
        assert_eq!(world.activate(&device(), "wrong-password").unwrap_err(), DeviceError::NotConfirmed);
        assert_eq!(standing(&world), Standing::Open { attempts_left: left });
    }
    assert_eq!(world.activate(&device(), "wrong-password").unwrap_err(), DeviceError::NotConfirmed);
    assert_eq!(standing(&world), Standing::Locked);
    assert_eq!(world.activate(&device(), PASSWORD).unwrap_err(), DeviceError::NotConfirmed);
    assert_eq!((world.attempts(), world.issued), (3, 0));
    // The administrator gives a new one.
    let expires = world.clock.now().plus(Duration::from_secs(60));
    world.row = Some(world.service.register(user(), &password("another-one"), expires).unwrap().to_der());
    activated(world.activate(&device(), "another-one").unwrap());
}

#[test]
fn the_last_attempt_counts_and_may_succeed() {
    let mut world = World::new();
    for _ in 0..2 {
        world.activate(&device(), "wrong-password").unwrap_err();
    }
    activated(world.activate(&device(), PASSWORD).unwrap());
}

#[test]
fn an_attempt_that_was_made_before_the_lock_or_the_end_may_still_finish() {
    let mut world = World::new();
    let request = world.until_request(&device());
    for _ in 0..3 {
        world.activate(&device_called("intruder"), "wrong-password").unwrap_err();
    }
    assert_eq!(standing(&world), Standing::Locked);
    let reply = world.post(request.message());
    activated(request.finish(&reply, world.clock.now()).unwrap());

    let mut world = World::new();
    world.clock.advance_to(world.record().unwrap().expires());
    let request = world.until_request(&device());
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(standing(&world), Standing::Expired);
    let reply = world.post(request.message());
    activated(request.finish(&reply, world.clock.now()).unwrap());
}

#[test]
fn an_attempt_is_good_for_a_while() {
    let mut world = World::new();
    let request = world.until_request(&device());
    world.clock.advance(Duration::from_secs(601));
    let reply = world.post(request.message());
    assert_eq!(request.finish(&reply, world.clock.now()).unwrap_err().cause, DeviceError::Refused);
}

#[test]
fn the_reply_is_not_to_be_had_before_the_record() {
    let world = World::new();
    let record = world.record().unwrap();
    let mut rng = TestRandom::new(1);
    let Attempt::Counted(unwritten) = attempt(1).count(Some(&record), world.clock.now(), &mut rng).unwrap() else {
        panic!("counted")
    };
    assert_eq!(unwritten.record().attempts(), 1);
    // An attempt whose record was not written and that is made again has another reply: the first told nobody anything.
    let first = unwritten.written();
    let Attempt::Counted(again) = attempt(1).count(Some(&record), world.clock.now(), &mut rng).unwrap() else {
        panic!("counted")
    };
    assert_ne!(again.written(), first);
}

#[test]
fn without_randomness_nothing_is_counted_or_answered() {
    let world = World::new();
    let mut rng = TestRandom::failing_after(1, 0);
    attempt(1).count(world.record().as_ref(), world.clock.now(), &mut rng).unwrap_err();
}

/// Compare and set.
fn replace(row: &Mutex<Vec<u8>>, old: &[u8], new: Vec<u8>) -> bool {
    let mut row = row.lock().unwrap();
    let same = *row == old;
    if same {
        *row = new;
    }
    same
}

#[test]
fn concurrent_attempts_never_exceed_the_limit() {
    let world = World::new();
    let (row, now) = (Mutex::new(world.row.clone().unwrap()), world.clock.now());
    let answered: usize = std::thread::scope(|scope| {
        let attackers: Vec<_> = (0..8_u64)
            .map(|thread| {
                let row = &row;
                scope.spawn(move || (0..6).filter(|turn| try_once(row, thread * 100 + turn, now)).count())
            })
            .collect();
        attackers.into_iter().map(|attacker| attacker.join().unwrap()).sum()
    });
    assert_eq!(answered, 3);
    let record = ActivationRecord::from_der(&row.lock().unwrap()).unwrap();
    assert_eq!((record.attempts(), record.standing(now)), (3, Standing::Locked));
}

/// Whether this attempt got the reply that a guess can be checked with.
fn try_once(row: &Mutex<Vec<u8>>, seed: u64, now: UnixTime) -> bool {
    let (attempt, mut rng) = (attempt(seed), TestRandom::new(seed));
    loop {
        let old = row.lock().unwrap().clone();
        let record = ActivationRecord::from_der(&old).unwrap();
        match attempt.count(Some(&record), now, &mut rng).unwrap() {
            Attempt::Counted(unwritten) if replace(row, &old, unwritten.record().to_der()) => return true,
            Attempt::Counted(_) => {}
            Attempt::Decoy(cause, _) => {
                assert_eq!(cause, Decoy::Locked);
                return false;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn two_replicas_that_answer_one_request_at_once_use_the_password_up_once() {
    let mut world = World::new();
    let request = world.until_request(&device());
    let Ok(Received::Request(received)) = world.service.receive(request.message()) else { panic!() };
    let (record, now) = (world.record(), world.clock.now());
    let open = |record: Option<&ActivationRecord>| received.open(record, now).unwrap();
    use mdm_proto::activation::password::Opened;
    let (Opened::Confirmed(one), Opened::Confirmed(other)) = (open(record.as_ref()), open(record.as_ref())) else {
        panic!("confirmed")
    };
    let row = Mutex::new(world.row.clone().unwrap());
    let old = world.row.clone().unwrap();
    let unwritten = [one, other].map(|confirmed| confirmed.issue(&world.activated(confirmed.csr()), now).unwrap());
    let written = unwritten.each_ref().map(|unwritten| replace(&row, &old, unwritten.record().to_der()));
    assert_eq!(written, [true, false]);
    // The second one reads again, and sends what the first one wrote.
    let record = ActivationRecord::from_der(&row.lock().unwrap()).unwrap();
    let Opened::Answered(reply) = open(Some(&record)) else { panic!("answered") };
    let [first, _] = unwritten;
    assert_eq!(reply, first.written());
}

#[test]
fn a_certificate_that_was_made_serves_although_the_record_has_changed_meanwhile() {
    let mut world = World::new();
    let request = world.until_request(&device());
    let Ok(Received::Request(received)) = world.service.receive(request.message()) else { panic!() };
    use mdm_proto::activation::password::Opened;
    let open = |world: &World| match received.open(world.record().as_ref(), world.clock.now()).unwrap() {
        Opened::Confirmed(confirmed) => confirmed,
        other => panic!("{other:?}"),
    };
    let confirmed = open(&world);
    let given = world.activated(confirmed.csr());
    world.activate(&device_called("intruder"), "wrong-password").unwrap_err();
    let unwritten = open(&world).issue(&given, world.clock.now()).unwrap();
    assert_eq!(world.issued, 1);
    activated(request.finish(&unwritten.written(), world.clock.now()).unwrap());
}

/// The worlds in which a right password is of no use, and how the log tells them apart.
fn useless() -> [(Decoy, World); 4] {
    let mut unknown = World::new();
    unknown.row = None;
    let mut locked = World::new();
    (0..3).for_each(|_| drop(locked.activate(&device(), "wrong-password")));
    let mut expired = World::new();
    expired.clock.advance(Duration::from_secs(8 * 86_400));
    let mut used = World::new();
    activated(used.activate(&device(), PASSWORD).unwrap());
    [(Decoy::Unknown, unknown), (Decoy::Locked, locked), (Decoy::Expired, expired), (Decoy::Activated, used)]
}

#[test]
fn whether_there_is_a_password_does_not_show() {
    let mut open = World::new();
    let parameters = open.post(&attacker::hello());
    let share = attacker::share(p256::ProjectivePoint::GENERATOR * scalar(5));
    let proof = open.post(&share);
    assert_eq!(open.post(&share), proof, "the same again");
    let request = open.until_request(&device());
    for (cause, mut world) in useless() {
        assert_eq!(world.post(&attacker::hello()), parameters, "{cause:?}: salt and cost are those of the user");
        let decoy = world.post(&share);
        assert_eq!(world.post(&share), decoy, "{cause:?}: the same again");
        let shape = |reply: &[u8]| strings(reply).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!((decoy.len(), shape(&decoy)), (proof.len(), shape(&proof)), "{cause:?}");
        attacker::point(&strings(&decoy)[0]);
        assert_ne!(decoy, proof);
        assert_eq!(world.activate(&device(), PASSWORD).unwrap_err(), DeviceError::NotConfirmed, "{cause:?}");
        assert_eq!(world.post(request.message()), attacker::message(7, &[]), "{cause:?}");
        let before = world.row.clone();
        let counted = attempt(9).count(world.record().as_ref(), world.clock.now(), &mut world.rng).unwrap();
        assert!(matches!(counted, Attempt::Decoy(found, _) if found == cause), "{cause:?}: {counted:?}");
        assert_eq!(world.row, before, "{cause:?}: nothing is written");
    }
}

#[test]
fn a_decoy_can_be_told_by_no_password() {
    // Who tries a list of passwords on a user that there is none of learns of each that it is wrong.
    let (_, mut world) = useless().into_iter().next().unwrap();
    for candidate in ["123456", "password", PASSWORD] {
        assert_eq!(world.activate(&device(), candidate).unwrap_err(), DeviceError::NotConfirmed);
    }
}

#[test]
fn services_with_another_secret_have_other_salts() {
    let mut world = World::new();
    let salt = |world: &mut World| strings(&world.post(&attacker::hello()))[0].clone();
    world.row = None;
    let first = salt(&mut world);
    let secret = pki_core::Secret::new(vec![43; 32]);
    let name = mdm_proto::activation::password::ServiceName::new(crate::world::SERVICE).unwrap();
    let provider = pki_core::crypto::rustcrypto::PROVIDER;
    world.service = mdm_proto::activation::password::Service::new(name, &secret, provider).unwrap();
    assert_ne!(salt(&mut world), first);
}

#[test]
fn the_log_tells_what_the_peer_does_not_learn() {
    let mut world = World::new();
    let request = world.until_request(&device());
    let Ok(Received::Request(received)) = world.service.receive(request.message()) else { panic!() };
    let cause = |record: Option<&ActivationRecord>, now| {
        let refusal = received.open(record, now).unwrap_err();
        assert_eq!(refusal.reply, attacker::message(7, &[]));
        refusal.cause
    };
    let (record, now) = (world.record(), world.clock.now());
    assert_eq!(cause(None, now), ServiceError::NotCounted);
    assert_eq!(cause(record.as_ref(), now.plus(Duration::from_secs(601))), ServiceError::TimedOut);
    let expires = now.plus(Duration::from_secs(60));
    let fresh = world.service.register(user(), &password(PASSWORD), expires).unwrap();
    assert_eq!(cause(Some(&fresh), now), ServiceError::NotCounted);
    // The share is on record, and the proof is not right.
    let fields: Vec<_> = strings(request.message());
    let message = attacker::message(
        5,
        &[
            attacker::text(crate::world::USER),
            attacker::text(crate::world::DEVICE),
            attacker::string(&fields[0]),
            attacker::string(&[0; 32]),
            attacker::string(&fields[2]),
        ],
    );
    let Ok(Received::Request(forged)) = world.service.receive(&message) else { panic!() };
    assert_eq!(forged.open(record.as_ref(), now).unwrap_err().cause, ServiceError::NotConfirmed);
}

#[test]
fn a_limit_of_one_and_of_255() {
    for most in [1, 255] {
        let mut world = World::new();
        world.service = service().with_attempt_limit(limit(most));
        let expires = world.clock.now().plus(Duration::from_secs(60));
        let mut record = world.service.register(user(), &password(PASSWORD), expires).unwrap();
        let mut counted = 0_u64;
        while let Attempt::Counted(unwritten) =
            attempt(counted).count(Some(&record), world.clock.now(), &mut world.rng).unwrap()
        {
            record = ActivationRecord::from_der(&unwritten.record().to_der()).unwrap();
            counted += 1;
            assert_eq!(record.attempts(), u8::try_from(counted).unwrap());
            if most == 255 && counted == 3 {
                break; // 255 of them take a while; the record's own test goes to the end.
            }
        }
        assert_eq!(counted, if most == 1 { 1 } else { 3 });
    }
}
