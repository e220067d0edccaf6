//! When a device gets another certificate, and how it gets the same one again.

use mdm_proto::client_certificate::{
    ClientCertificates, ClientRecord, NotAuthenticated, Refused, RenewalKey, RenewalRules, RenewalWindow,
    RetiredBecause, Step, UserChange,
};
use mdm_proto::identity::{Identity, User};
use pki_core::crypto::{Signer, rustcrypto::PROVIDER};

use super::world::*;

fn same(clients: ClientCertificates) -> ClientCertificates {
    clients
}

#[test]
fn a_lost_reply_gives_the_same_certificate() {
    let mut service = Service::new();
    let first = service.enrol(&csr("device-1"), now());
    let stored = service.record.clone();
    assert_eq!(service.enrol(&csr("device-1"), day(1)), first);
    assert_eq!(service.record, stored);
    service.use_it(&first, day(1));
    assert_eq!(service.enrol(&csr("device-1"), day(2)), first, "once it is used, too");

    let second = service.renew(&first, &csr("device-2"), day(200));
    let stored = service.record.clone();
    assert_eq!(service.renew(&first, &csr("device-2"), day(201)), second);
    assert_eq!(service.record, stored);
    assert_ne!(first, second);
    service.use_it(&second, day(202));
    // The reply came twice, and the second request after the first use: by the new certificate then.
    assert_eq!(service.renew(&second, &csr("device-2"), day(203)), second);
}

#[test]
fn a_crash_before_the_signature_gives_the_same_certificate() {
    let service = Service::new();
    let decision = service.clients.enrol(&csr("device-1"), &service.record, &issuance(now())).unwrap();
    let again = service.clients.enrol(&csr("device-1"), &decision.record, &issuance(day(1))).unwrap();
    assert_eq!(again, decision);
    let Step::Sign(unsigned) = again.step else { panic!("not signed") };
    // Each replica has its signature; one is recorded.
    let one = unsigned.to_be_signed().sign_with(root_key("root-1"), &mut conformance::TestRandom::new(1)).unwrap();
    let record = again.record.with_signed(one.clone()).unwrap();
    let again = service.clients.enrol(&csr("device-1"), &record, &issuance(day(1))).unwrap();
    assert_eq!(again.step, Step::Send(one));
}

#[test]
fn what_is_over_is_not_sent_again() {
    let mut service = Service::new();
    let first = service.enrol(&csr("device-1"), now());
    let second = service.enrol(&csr("device-1"), day(366));
    assert_ne!(first, second);
    service.use_it(&second, day(366));
    assert_ne!(service.enrol(&csr("device-1"), day(366 + 366)), second);
    let unsigned = service.clients.enrol(&csr("device-2"), &service.record, &issuance(now())).unwrap();
    let later = service.clients.enrol(&csr("device-2"), &unsigned.record, &issuance(day(366))).unwrap();
    assert_ne!(unsigned.step, later.step);
}

#[test]
fn rfc7030_s4_2_2_the_window_opens_at_half_of_the_life() {
    let (service, current) = Service::activated(same);
    let chain = service.chain(&current, now()).unwrap();
    // 365 days and the 5 minutes of back-dating, halved.
    let opens = now().plus(std::time::Duration::from_secs((365 * DAY - 300) / 2));
    let renew = |at| service.clients.renew(&chain, &csr("device-2"), &service.record, &issuance(at));
    let early = opens.minus(std::time::Duration::from_secs(1));
    assert_eq!(renew(early), Err(Refused::TooEarly { at: early, opens }));
    assert!(renew(opens).is_ok());
    let end = current.validity().not_after;
    assert!(renew(end).is_ok());
    let late = end.plus(std::time::Duration::from_secs(1));
    let expired = NotAuthenticated::Expired { at: late, not_after: end };
    assert_eq!(renew(late), Err(Refused::NotAuthenticated(expired)));
}

#[test]
fn mdm_6_4_a_new_key_unless_policy_says_otherwise() {
    let with = |key| {
        let rules = RenewalRules::DEFAULT.with_key(key).with_window(RenewalWindow::Anytime);
        let (service, current) = Service::activated(|clients| clients.with_renewal(rules));
        let chain = service.chain(&current, now()).unwrap();
        // Another CSR with the same key.
        let same_key = csr_with(
            identity().subject().unwrap(),
            Some(identity().alternative_names(service.clients.uris())),
            key_of_device(),
        );
        let renew = |csr| service.clients.renew(&chain, csr, &service.record, &issuance(day(1))).map(drop);
        (renew(&same_key), renew(&csr("device-2")))
    };
    assert_eq!(with(RenewalKey::New), (Err(Refused::KeyUnchanged), Ok(())));
    assert_eq!(with(RenewalKey::Any), (Ok(()), Ok(())));
    assert_eq!(with(RenewalKey::Same), (Ok(()), Err(Refused::KeyChanged)));
}

fn key_of_device() -> &'static pki_core::crypto::rustcrypto::PrivateKey {
    key("device-1")
}

#[test]
fn with_the_same_key_the_same_csr_renews_once_in_the_window() {
    let rules = RenewalRules::DEFAULT.with_key(RenewalKey::Any);
    let (mut service, first) = Service::activated(|clients| clients.with_renewal(rules));
    // Octet for octet the CSR of the activation, as RSA and deterministic ECDSA make it.
    assert_eq!(service.renew(&first, &csr("device-1"), day(1)), first, "a repeated request");
    let second = service.renew(&first, &csr("device-1"), day(200));
    assert_ne!(first, second);
    assert_eq!(service.renew(&first, &csr("device-1"), day(201)), second, "and not a third");
    assert_eq!(service.record.retired().len(), 0);
}

#[test]
fn the_old_certificate_is_good_until_the_new_one_is_used() {
    let (mut service, first) = Service::activated(same);
    let second = service.renew(&first, &csr("device-2"), day(200));
    service.use_it(&first, day(201));
    assert!(service.record.retired().is_empty());
    service.use_it(&second, day(202));
    let chain = service.chain(&first, day(203)).unwrap();
    let superseded = NotAuthenticated::Superseded { at: day(202), because: RetiredBecause::Renewed };
    assert_eq!(service.clients.authenticate(&chain, &service.record, day(203)), Err(superseded.clone()));
    let renewed = service.clients.renew(&chain, &csr("device-3"), &service.record, &issuance(day(203)));
    assert_eq!(renewed, Err(Refused::NotAuthenticated(superseded)));
}

#[test]
fn renewing_by_the_new_certificate_is_its_first_use() {
    let rules = RenewalRules::DEFAULT.with_window(RenewalWindow::Anytime);
    let (mut service, first) = Service::activated(|clients| clients.with_renewal(rules));
    let second = service.renew(&first, &csr("device-2"), day(1));
    let third = service.renew(&second, &csr("device-3"), day(2));
    assert_eq!(service.record.current().unwrap().certificate, second);
    assert!(service.record.certificates().eq([&second, &third]));
    assert_eq!(service.record.retired().len(), 1);
}

#[test]
fn a_device_that_lost_its_pending_key_asks_anew() {
    let (mut service, first) = Service::activated(same);
    let lost = service.renew(&first, &csr("device-2"), day(200));
    let second = service.renew(&first, &csr("device-3"), day(201));
    let [retired] = service.record.retired() else { panic!("one") };
    assert_eq!((&retired.serial[..], retired.because), (lost.serial_number(), RetiredBecause::Replaced));
    let chain = service.chain(&lost, day(202)).unwrap();
    let superseded = NotAuthenticated::Superseded { at: day(201), because: RetiredBecause::Replaced };
    assert_eq!(service.clients.authenticate(&chain, &service.record, day(202)), Err(superseded));
    service.use_it(&second, day(202));
}

#[test]
fn who_is_revoked_gets_nothing() {
    let (service, first) = Service::activated(same);
    let record = service.record.revoke(day(100));
    let chain = service.chain(&first, day(200)).unwrap();
    let revoked = Refused::Revoked { at: day(100) };
    let issuance = issuance(day(200));
    assert_eq!(service.clients.renew(&chain, &csr("device-2"), &record, &issuance), Err(revoked.clone()));
    assert_eq!(service.clients.enrol(&csr("device-2"), &record, &issuance), Err(revoked.clone()));
    // Also what was issued before.
    assert_eq!(service.clients.enrol(&csr("device-1"), &record, &issuance), Err(revoked));
    assert!(service.clients.enrol(&csr("device-2"), &ClientRecord::new(identity()), &issuance).is_ok());
}

#[test]
fn the_certificate_of_another_device_renews_nothing() {
    let (service, _) = Service::activated(same);
    let mut other = Service::new();
    other.record = ClientRecord::new(identity_of(2));
    let csr_2 = csr_with(identity_of(2).subject().unwrap(), None, key("device-2"));
    let certificate = other.enrol(&csr_2, now());
    let chain = service.chain(&certificate, day(200)).unwrap();
    let refused = service.clients.renew(&chain, &csr("device-2"), &service.record, &issuance(day(200)));
    assert_eq!(refused, Err(Refused::NotAuthenticated(NotAuthenticated::OtherRecord)));
}

#[test]
fn a_user_who_changed_takes_an_activation_or_a_policy() {
    let joan = Identity::new(
        User::from_email("joan@example.com").unwrap(),
        identity().work_space().clone(),
        *identity().device(),
    )
    .with_organisation("Example")
    .unwrap();
    let (mut service, first) = Service::activated(same);
    service.record = service.record.with_user_of(&joan);
    let chain = service.chain(&first, day(200)).unwrap();
    let renew = |clients: &ClientCertificates, csr: &pki_core::Csr| {
        clients.renew(&chain, csr, &service.record, &issuance(day(200)))
    };
    let refused = renew(&service.clients, &csr("device-2")).unwrap_err();
    assert_eq!(refused, Refused::UserChanged { certificate: identity(), record: joan.clone() });
    let rules = RenewalRules::DEFAULT.with_user_change(UserChange::Follow);
    let following = service.clients.clone().with_renewal(rules);
    // The device asks by the names that it has, by those that it will have, or by none; not by those of others.
    let uris = following.uris().clone();
    for (names, is_good) in [
        (Some(identity().alternative_names(&uris)), true),
        (Some(joan.alternative_names(&uris)), true),
        (None, true),
        (Some(identity_of(2).alternative_names(&uris)), false),
    ] {
        let csr = csr_with(identity().subject().unwrap(), names, key("device-2"));
        let decision = renew(&following, &csr);
        assert_eq!(decision.is_ok(), is_good, "{decision:?}");
        let Ok(decision) = decision else {
            assert!(matches!(decision, Err(Refused::Names(_))));
            continue;
        };
        let Step::Sign(unsigned) = decision.step else { panic!("new") };
        let certificate = sign(unsigned.to_be_signed(), root_key("root-1"));
        let chain = service.chain(&certificate, day(200)).unwrap();
        assert_eq!(Identity::from_certificate(&chain), Ok(joan.clone()));
    }
}

#[test]
fn renewal_checks_the_csr_as_the_first_request_does() {
    let (service, first) = Service::activated(same);
    let chain = service.chain(&first, day(200)).unwrap();
    let renew = |csr| service.clients.renew(&chain, csr, &service.record, &issuance(day(200))).unwrap_err();
    let names = csr_with(name("boss"), None, key("device-2"));
    assert!(matches!(renew(&names), Refused::Names(_)));
    let small = csr_with(identity().subject().unwrap(), None, conformance::fixtures::small_client_key());
    assert!(matches!(renew(&small), Refused::Key(_)));
    let builder = pki_core::CsrBuilder::new(identity().subject().unwrap(), key("device-2").public_key().clone());
    let forged = sign(&builder.build(pki_core::algorithm::SignatureAlgorithm::ECDSA_SHA256).unwrap(), key("other"));
    assert!(matches!(renew(&forged), Refused::ProofOfPossession(_)));
    let ended = service.clients.clone().with_root(&root_at("Old", "root-2", now().minus(days(15 * 365 - 100))));
    let refused = ended.renew(&chain, &csr("device-2"), &service.record, &issuance(day(200)));
    assert_eq!(refused, Err(Refused::IssuerNotValid { at: day(200) }));
}

#[test]
fn a_ca_that_can_not_sign_is_the_services_to_mend() {
    // X25519 keys agree on keys and sign nothing.
    let x25519 = hex_literal::hex!(
        "302a 300506032b656e 032100 de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
    );
    let ca = pki_core::CertificateBuilder::new(
        issuance(now()).serial,
        name("CA"),
        name("CA"),
        root().validity(),
        pki_core::PublicKey::from_der(&x25519).unwrap(),
    )
    .with_profile(&pki_core::Profile::issuing_ca(0))
    .with_subject_key_identifier(&PROVIDER);
    let ca = sign(&ca.build(pki_core::algorithm::SignatureAlgorithm::ECDSA_SHA256).unwrap(), key("x"));
    let clients = ClientCertificates::new(ca, PROVIDER);
    let refused = clients.issue(&csr("device-1"), &identity(), &issuance(now())).unwrap_err();
    assert_eq!(refused, Refused::IssuerKeyUnsupported);
    assert!(refused.is_of_service());
}
