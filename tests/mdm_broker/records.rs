//! What is kept, as bytes: read as written, and nothing else read.

use mdm_proto::broker::service::{AttemptLimits, AttemptRecord, BlindRecord};
use pki_core::DecodeError;

use super::{world::public, *};

/// Each of its beginnings, and it with one octet changed, is refused or gives something: never a panic.
fn torn(der: &[u8], read: impl Fn(&[u8]) -> Result<Vec<u8>, DecodeError>) {
    assert_eq!(read(der).as_deref(), Ok(der));
    for length in 0..der.len() {
        assert!(read(&der[..length]).is_err(), "{length}");
    }
    let mut longer = der.to_vec();
    longer.push(0);
    assert!(read(&longer).is_err());
    for place in 0..der.len().min(400) {
        let mut changed = der.to_vec();
        changed[place] ^= 0x55;
        if let Ok(again) = read(&changed) {
            assert_eq!(again, changed, "{place}");
        }
    }
    // The version is the first INTEGER.
    let place = der.windows(3).position(|bytes| bytes == [0x02, 0x01, 0x01]).expect("a version");
    let mut later = der.to_vec();
    later[place + 2] = 2;
    assert_eq!(read(&later).unwrap_err().kind(), DecodeErrorKind::UnsupportedVersion);
}

#[test]
fn budgets() {
    let mut world = World::new();
    world.server.policy = Policy::Pend(1);
    let waiting = world.until(|step| matches!(step, device::Step::Wait(_)));
    assert!(matches!(waiting, device::Step::Wait(_)));
    let read = |der: &[u8]| SigningBudget::from_der(der).map(|budget| budget.to_der());
    torn(&world.budget.to_der(), read);
    torn(&SigningBudget::new(public(client_key()).as_ref(), SigningLimits::DEFAULT).to_der(), read);
}

#[test]
fn blindings() {
    let mut world = World::new();
    let device::Step::Send(send) = world.start() else { panic!() };
    world.answer(send.message());
    let der = world.blind.clone().expect("a record");
    let record = BlindRecord::from_der(&der).expect("a record");
    assert_eq!(record.expires(), world.clock.now().plus(BlindRecord::LIFETIME));
    torn(&der, |der| BlindRecord::from_der(der).map(|record| record.to_der().expose().to_vec()));
    assert_eq!(BlindRecord::name(&csr(client_key())), BlindRecord::name(&csr(client_key())));
    assert_ne!(BlindRecord::name(&csr(client_key())), BlindRecord::name(&csr(other_key())));
}

#[test]
fn attempts() {
    let now = super::world::now();
    let admission = service::admit(None, None, AttemptLimits::DEFAULT, now).expect("an admission");
    assert_eq!((admission.device().attempts(), admission.device().since()), (1, now));
    torn(&admission.device().to_der(), |der| AttemptRecord::from_der(der).map(|record| record.to_der()));
}

#[test]
fn pending_enrolments_of_the_device() {
    for submission in [Submission::ByService, Submission::ByDevice] {
        let mut world = World::new().configure(|config| config.with_submission(submission));
        world.server.policy = Policy::Pend(1);
        let device::Step::Wait(wait) = world.until(|step| matches!(step, device::Step::Wait(_))) else { panic!() };
        let der = wait.record().to_der();
        torn(&der, |der| device::PendingRecord::from_der(der).map(|record| record.to_der()));
        // Under another configuration.
        let record = device::PendingRecord::from_der(&der).expect("a record");
        let strange = Fingerprint::new(&[1; 32]).expect("a fingerprint");
        let config = DeviceConfig::new(profile("wifi"), strange, PROVIDER).with_submission(submission);
        let resumed = record.resume(config.into(), world.clock.now()).map(drop);
        match submission {
            Submission::ByService => assert_eq!(resumed, Ok(())),
            Submission::ByDevice => {
                assert_eq!(resumed, Err(device::Error::NotPinned));
                let by_service = World::new().config;
                assert_eq!(record.resume(by_service, world.clock.now()).map(drop), Err(device::Error::Unexpected));
            }
        }
    }
}

/// What waits for the device's signature goes on for the pinned CA, and for no other.
#[test]
fn attributes_of_the_service() {
    let mut world = World::new();
    let _ = world.until(|step| matches!(step, device::Step::SignAttributes(_)));
    let Some(service::Step::Attributes(attributes)) = &world.step else { panic!("{:?}", world.step) };
    let (record, now) = (attributes.record(), world.clock.now());
    let resume = |pin| service::Attributes::resume(record, world.client.clone(), pin, now);
    let pinned = |certificate| Fingerprint::of(certificate, &PROVIDER).expect("SHA-256");
    let resumed = resume(pinned(world.server.ca())).expect("a step");
    assert_eq!((resumed.message(), resumed.transaction_id()), (attributes.message(), attributes.transaction_id()));
    // The RA is among the CA's certificates, and not what all of them are below.
    assert_eq!(resume(pinned(&world.server.signing())).map(drop), Err(service::Error::NotPinned));
    let strange = resume(Fingerprint::new(&[1; 32]).expect("a fingerprint")).map(drop);
    let Err(service::Error::Scep(error)) = strange else { panic!("{strange:?}") };
    assert_eq!(*error, scep::client::Error::Authority(scep::client::AuthorityError::FingerprintMismatch));
}

/// Messages with one octet changed are refused, or are other messages, on both sides.
#[test]
fn messages() {
    let mut world = World::new();
    world.server.policy = Policy::Pend(1);
    assert!(matches!(world.drive(), Ok(device::Step::Issued(_))));
    for message in &world.to_service {
        for place in 0..message.len() {
            let mut changed = message.clone();
            changed[place] ^= 0x55;
            drop(world.broker.receive(&changed));
            assert!(world.broker.receive(&message[..place]).is_err());
        }
    }
    let device::Step::Send(send) = World::new().start() else { panic!() };
    for message in &world.to_device {
        for place in 0..message.len() {
            let mut changed = message.clone();
            changed[place] ^= 0x55;
            // Of all these, this step takes a digest or a refusal.
            let taken = send.finish(&changed, world.clock.now());
            assert!(matches!(taken, Err(_) | Ok(device::Step::SignDigest(_) | device::Step::Rejected(_))), "{taken:?}");
            assert!(send.finish(&message[..place], world.clock.now()).is_err());
        }
    }
}
