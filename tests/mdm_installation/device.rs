//! What a device takes, keeps and deletes.

use std::time::Duration;

use mdm_proto::client_certificate::DeviceIdentity;
use mdm_proto::client_certificate::device::NotAccepted;
use mdm_proto::identity::{IdentityError, IdentityUris};
use mdm_proto::lifecycle::RenewalStart;
use pki_core::{
    Certificate, DecodeErrorKind, Profile,
    chain::Violation,
    crypto::{Signer, rustcrypto::PROVIDER},
};

use super::world::*;

/// As after a restart.
fn stored(state: &DeviceIdentity) -> DeviceIdentity {
    let der = state.to_der();
    let read = DeviceIdentity::from_der(&der).unwrap();
    assert_eq!((&read, read.to_der()), (state, der));
    read
}

fn asking() -> DeviceIdentity {
    DeviceIdentity::new(IdentityUris::DEFAULT).with_roots([root()]).request(csr("device-1"), handle("device-1"))
}

/// With a certificate that was used.
fn activated() -> (Service, DeviceIdentity) {
    let (service, certificate) = Service::activated(|clients| clients);
    let device = asking().receive(&[certificate], &PROVIDER, now()).unwrap().used();
    (service, device)
}

fn presented(state: &DeviceIdentity) -> Vec<Certificate> {
    state.keys().map(|key| key.chain[0].clone()).collect()
}

#[test]
fn a_device_is_activated_and_renews() {
    let (mut service, device) = activated();
    let first = device.current().unwrap().chain[0].clone();
    assert!(device.pending().is_none() && device.keys_to_delete().is_empty());
    assert_eq!(device.roots(), [root()]);

    let device = stored(&device.request(csr("device-2"), handle("device-2")));
    assert_eq!(presented(&device), std::slice::from_ref(&first));
    let second = service.renew(&first, &device.pending().unwrap().csr, day(200));
    let device = stored(&device.receive(std::slice::from_ref(&second), &PROVIDER, day(200)).unwrap());
    assert_eq!(
        presented(&device),
        [second.clone(), first.clone()],
        "the new one first, and the old one to fall back on"
    );
    assert!(device.keys_to_delete().is_empty());
    service.use_it(&second, day(201));
    let device = stored(&device.used());
    assert_eq!(presented(&device), [second]);
    assert_eq!(device.keys_to_delete(), [handle("device-1")]);
    let device = stored(&device.key_deleted(&handle("device-1")));
    assert!(device.keys_to_delete().is_empty());
    assert_eq!(device.used(), device, "once more changes nothing");
}

#[test]
fn the_same_answer_again_changes_nothing() {
    let (_, device) = activated();
    let chain = device.current().unwrap().chain.clone();
    assert_eq!(device.receive(&chain, &PROVIDER, now()), Ok(device));
}

#[test]
fn one_that_the_service_refuses_is_given_up() {
    let (mut service, device) = activated();
    let first = presented(&device)[0].clone();
    let device = device.request(csr("device-2"), handle("device-2"));
    let lost = service.renew(&first, &csr("device-2"), day(200));
    let device = device.receive(&[lost], &PROVIDER, day(200)).unwrap().dismissed();
    assert_eq!(presented(&device), [first]);
    assert_eq!(stored(&device).keys_to_delete(), [handle("device-2")]);
}

#[test]
fn another_request_gives_up_the_one_before() {
    let (_, device) = activated();
    let device = device.request(csr("device-2"), handle("device-2")).request(csr("device-3"), handle("device-3"));
    assert_eq!(device.keys_to_delete(), [handle("device-2")]);
    let again = device.request(csr("device-3"), handle("device-3"));
    assert_eq!(again, device);
}

#[test]
fn a_key_that_stays_in_use_is_not_deleted() {
    let rules =
        mdm_proto::client_certificate::RenewalRules::DEFAULT.with_key(mdm_proto::client_certificate::RenewalKey::Any);
    let (mut service, first) = Service::activated(|clients| clients.with_renewal(rules));
    let device = asking().receive(std::slice::from_ref(&first), &PROVIDER, now()).unwrap().used();
    let device = device.request(csr("device-1"), handle("device-1"));
    let second = service.renew(&first, &csr("device-1"), day(200));
    let device = device.receive(&[second], &PROVIDER, day(200)).unwrap().used();
    assert!(device.keys_to_delete().is_empty());
}

/// A caller with few places for keys in hardware asks with one that it has not deleted yet.
#[test]
fn a_key_that_comes_into_use_again_is_not_deleted() {
    let (_, device) = activated();
    let device = device.request(csr("device-2"), handle("device-2")).request(csr("device-3"), handle("device-3"));
    let device = stored(&device.request(csr("device-2"), handle("device-2")));
    assert_eq!(device.keys_to_delete(), [handle("device-3")]);
}

#[test]
fn mdm_6_3_a_slow_clock_is_no_failure() {
    let mut service = Service::with(|clients| clients.with_back_dating(Duration::ZERO));
    let certificate = service.enrol(&csr("device-1"), day(1));
    let behind = |minutes: u64| {
        let now = day(1).minus(Duration::from_secs(60 * minutes));
        asking().receive(std::slice::from_ref(&certificate), &PROVIDER, now).map(drop)
    };
    assert_eq!(behind(5), Ok(()));
    let error = behind(6).unwrap_err();
    assert!(
        matches!(&error, NotAccepted::Chain(error) if matches!(error.violation(), Violation::NotYetValid { .. })),
        "{error}"
    );
}

#[test]
fn what_is_not_right_is_not_taken() {
    let (mut service, device) = activated();
    let first = presented(&device)[0].clone();
    let asking = device.request(csr("device-2"), handle("device-2"));
    let second = service.renew(&first, &csr("device-2"), day(200));
    let receive = |chain: &[Certificate], at| asking.receive(chain, &PROVIDER, at).unwrap_err();
    assert_eq!(receive(&[], now()), NotAccepted::NoCertificate);
    assert_eq!(receive(std::slice::from_ref(&first), day(200)), NotAccepted::OtherKey);
    assert_eq!(device.receive(std::slice::from_ref(&second), &PROVIDER, day(200)), Err(NotAccepted::NothingPending));
    let expired = receive(std::slice::from_ref(&second), day(200 + 366));
    assert!(matches!(&expired, NotAccepted::Chain(error) if matches!(error.violation(), Violation::Expired { .. })));

    // Of another service, for this key.
    let other_root = root_at("Root", "root-2", now());
    let other = mdm_proto::client_certificate::ClientCertificates::new(other_root, PROVIDER);
    let other = sign(&other.issue(&csr("device-2"), &identity(), &issuance(now())).unwrap(), root_key("root-2"));
    let foreign = receive(&[other], now());
    assert!(matches!(&foreign, NotAccepted::Chain(error) if matches!(error.violation(), Violation::Signature(_))));

    // For a server.
    let certify = |profile| {
        let issuer = (&root().subject().to_owned(), root_key("root-1"));
        conformance::fixtures::certify(issuer, &name("x"), key("device-2").public_key(), root().validity(), profile)
    };
    let server = receive(&[certify(&Profile::TLS_SERVER)], now());
    assert!(
        matches!(&server, NotAccepted::Chain(error) if matches!(error.violation(), Violation::ExtendedKeyUsage { .. }))
    );
    let nobody = receive(&[certify(&Profile::DEVICE_CLIENT)], now());
    assert!(matches!(nobody, NotAccepted::Identity(IdentityError::Absent(_))), "{nobody}");

    // For another device.
    let csr_2 = csr_with(identity_of(2).subject().unwrap(), None, key("device-2"));
    let other = sign(&service.clients.issue(&csr_2, &identity_of(2), &issuance(now())).unwrap(), root_key("root-1"));
    let wrong = receive(&[other], now());
    assert_eq!(wrong, NotAccepted::OtherIdentity { expected: identity(), found: identity_of(2) });

    assert!(asking.receive(&[second], &PROVIDER, day(200)).is_ok(), "and the request stays");
}

#[test]
fn the_path_is_kept_and_nothing_else() {
    let root = root_of(&mdm_proto::installation::RootProfile::DEFAULT.with_issuing_ca(), "Root", "root-1", now());
    let issuing = mdm_proto::installation::RootProfile::DEFAULT
        .issuing_ca(&root, name("Issuing"), root_key("issuing").public_key().clone(), &issuance(now()), &PROVIDER)
        .unwrap();
    let issuing = sign(&issuing, root_key("root-1"));
    let clients = mdm_proto::client_certificate::ClientCertificates::new(issuing.clone(), PROVIDER).with_root(&root);
    let leaf = sign(&clients.issue(&csr("device-1"), &identity(), &issuance(now())).unwrap(), root_key("issuing"));
    let junk = super::world::root_at("Junk", "junk", now());
    let device = asking().with_roots([root.clone()]);
    let device = device.receive(&[leaf.clone(), junk, root, issuing.clone()], &PROVIDER, now()).unwrap();
    assert_eq!(device.next().unwrap().chain, [leaf, issuing]);
}

#[test]
fn mdm_6_1_renewal_starts_where_services_allow_it() {
    let (_, device) = activated();
    let end = device.current().unwrap().chain[0].validity().not_after;
    let half = now().plus(Duration::from_secs((365 * DAY - 300) / 2));
    for (start, at) in [
        (RenewalStart::Before(days(30)), end.minus(days(30))),
        (RenewalStart::Before(days(300)), half),
        (RenewalStart::PercentRemaining(80), half),
        (RenewalStart::PercentRemaining(20), end.minus(Duration::from_secs((365 * DAY + 300) / 5))),
    ] {
        assert_eq!(device.renew_at(start), Some(at), "{start:?}");
    }
    assert_eq!(asking().renew_at(RenewalStart::Before(days(30))), None);
}

#[test]
fn records_are_as_small_as_documented() {
    let (mut service, device) = activated();
    let device = device.with_roots([root(), root_at("Next", "root-2", now())]);
    let renewed = service.renew(&presented(&device)[0], &csr("device-2"), day(200));
    let device = device.request(csr("device-2"), handle("device-2")).receive(&[renewed], &PROVIDER, day(200)).unwrap();
    let device = device.request(csr("device-3"), handle("device-3"));
    assert!(device.to_der().len() < 8_000, "{}", device.to_der().len());
    assert!(service.record.to_der().len() < 4_000, "{}", service.record.to_der().len());
    let installation = with_server(&installation(), "root-1", now());
    assert!(installation.to_der().len() < 16_000, "{}", installation.to_der().len());
}

#[test]
fn what_is_no_record_is_refused() {
    let (mut service, device) = activated();
    let second = service.renew(&presented(&device)[0], &csr("device-2"), day(200));
    let device = device.request(csr("device-2"), handle("device-2")).receive(&[second], &PROVIDER, day(200)).unwrap();
    let der = device.request(csr("device-3"), handle("device-3")).to_der();
    assert!((0..der.len()).all(|end| DeviceIdentity::from_der(&der[..end]).is_err()));
    for place in 0..der.len() {
        let mut changed = der.clone();
        changed[place] ^= 0x41;
        if let Ok(read) = DeviceIdentity::from_der(&changed) {
            assert_eq!(DeviceIdentity::from_der(&read.to_der()), Ok(read));
        }
    }
    let later = [0x30, 0x03, 0x02, 0x01, 0x02];
    assert_eq!(DeviceIdentity::from_der(&later).unwrap_err().kind(), DecodeErrorKind::UnsupportedVersion);
}
