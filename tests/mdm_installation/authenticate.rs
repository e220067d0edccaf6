//! Which certificates are believed, and which are not.

use mdm_proto::client_certificate::{ClientCertificates, ClientRecord, NotAuthenticated, Refused};
use mdm_proto::identity::{Identity, IdentityError, IdentityField, IdentityUris};
use pki_core::{
    CrlBuilder, Profile,
    algorithm::SignatureAlgorithm,
    chain::{ChainValidator, Pool, Purpose, RevocationPolicy, Violation},
    crypto::{Signer, rustcrypto::PROVIDER},
};

use super::world::*;

#[test]
fn the_first_use_is_stored_once() {
    let mut service = Service::new();
    let certificate = service.enrol(&csr("device-1"), now());
    let chain = service.chain(&certificate, now()).unwrap();
    let first = service.clients.authenticate(&chain, &service.record, now()).unwrap();
    assert_eq!(first.identity, identity());
    let record = first.first_use.unwrap();
    // Two connections at once: the one whose record was stored, and one that reads it after.
    let second = service.clients.authenticate(&chain, &record, day(1)).unwrap();
    assert_eq!((second.identity, second.first_use), (identity(), None));
}

#[test]
fn a_certificate_whose_signature_was_not_recorded_is_good() {
    let service = Service::new();
    let decision = service.clients.enrol(&csr("device-1"), &service.record, &issuance(now())).unwrap();
    let mdm_proto::client_certificate::Step::Sign(unsigned) = decision.step else { panic!("new") };
    let certificate = sign(unsigned.to_be_signed(), root_key("root-1"));
    let chain = service.chain(&certificate, now()).unwrap();
    let authenticated = service.clients.authenticate(&chain, &decision.record, now()).unwrap();
    assert_eq!(authenticated.first_use.unwrap().current().unwrap().certificate, certificate);
}

#[test]
fn a_certificate_with_another_signature_is_the_same() {
    let service = Service::new();
    let decision = service.clients.enrol(&csr("device-1"), &service.record, &issuance(now())).unwrap();
    let mdm_proto::client_certificate::Step::Sign(unsigned) = decision.step else { panic!("new") };
    // As ECDSA with random nonces makes them, on two replicas: the one that is recorded, and the one that was sent.
    let recorded = unsigned.to_be_signed().attach(pki_core::crypto::Signature::new(vec![1; 70]));
    let record = decision.record.with_signed(recorded).unwrap();
    let sent = sign(unsigned.to_be_signed(), root_key("root-1"));
    let chain = service.chain(&sent, now()).unwrap();
    let record = service.clients.authenticate(&chain, &record, now()).unwrap().first_use.unwrap();
    assert_eq!(service.clients.authenticate(&chain, &record, day(1)).unwrap().first_use, None);
}

#[test]
fn what_the_record_does_not_have_is_unknown() {
    let (service, certificate) = Service::activated(|clients| clients);
    let chain = service.chain(&certificate, now()).unwrap();
    // As after a restored backup.
    let unknown = service.clients.authenticate(&chain, &ClientRecord::new(identity()), now());
    assert_eq!(unknown, Err(NotAuthenticated::Unknown));
    let other = service.clients.authenticate(&chain, &ClientRecord::new(identity_of(2)), now());
    assert_eq!(other, Err(NotAuthenticated::OtherRecord));
}

#[test]
fn revoked_and_expired_are_told_apart() {
    let (service, certificate) = Service::activated(|clients| clients);
    let chain = service.chain(&certificate, now()).unwrap();
    let revoked = service.clients.authenticate(&chain, &service.record.revoke(day(3)), day(4));
    assert_eq!(revoked, Err(NotAuthenticated::Revoked { at: day(3) }));
    // A session that outlives the certificate.
    let expired = service.clients.authenticate(&chain, &service.record, day(366)).unwrap_err();
    assert_eq!(expired, NotAuthenticated::Expired { at: day(366), not_after: certificate.validity().not_after });
}

#[test]
fn chains_that_are_not_valid_do_not_come_so_far() {
    let (service, certificate) = Service::activated(|clients| clients);
    let expired = service.chain(&certificate, day(366)).unwrap_err();
    assert!(matches!(expired.violation(), Violation::Expired { .. }));
    let wrong_root = validate(&root_at("Root", "root-2", now()), &certificate, now()).unwrap_err();
    assert!(matches!(wrong_root.violation(), Violation::Signature(_)), "{wrong_root}");
    let other_name = validate(&root_at("Other", "root-2", now()), &certificate, now()).unwrap_err();
    assert!(matches!(other_name.violation(), Violation::UnknownIssuer { .. }));
    // On the CRL.
    let crl = CrlBuilder::new(service.root.subject().to_owned(), now(), day(7))
        .add_revoked(pki_core::crl::Revocation::new(certificate.serial_number(), now()))
        .with_number(pki_core::crl::CrlNumber::from_bytes(&[1]).unwrap())
        .with_authority(&service.root, &PROVIDER);
    let crl = sign(&crl.build(SignatureAlgorithm::ECDSA_SHA384).unwrap(), root_key("root-1"));
    let mut pool = Pool::new();
    pool.add_crl(crl);
    let validator = ChainValidator::new([service.root.clone().into()], PROVIDER);
    let validator = validator.with_revocation(RevocationPolicy::Require);
    let revoked = validator.validate(&certificate, &pool, Purpose::CLIENT_AUTH, day(1)).unwrap_err();
    assert!(matches!(revoked.violation(), Violation::Revoked { .. }), "{revoked}");
}

#[test]
fn a_certificate_without_identity_is_nobody() {
    let service = Service::new();
    let other = conformance::fixtures::certify(
        (&service.root.subject().to_owned(), root_key("root-1")),
        &name("printer"),
        key("printer").public_key(),
        service.root.validity(),
        &Profile::DEVICE_CLIENT,
    );
    let chain = service.chain(&other, now()).unwrap();
    let absent = IdentityError::Absent(IdentityField::Device);
    assert_eq!(Identity::from_certificate(&chain), Err(absent.clone()));
    let nobody = service.clients.authenticate(&chain, &service.record, now());
    assert_eq!(nobody, Err(NotAuthenticated::Identity(absent.clone())));
    let refused = service.clients.renew(&chain, &csr("device-1"), &service.record, &issuance(now()));
    assert_eq!(refused, Err(Refused::NotAuthenticated(NotAuthenticated::Identity(absent))));
}

#[test]
fn another_prefix_is_another_service() {
    let uris = IdentityUris::DEFAULT.with_work_space_prefix("https://mdm.example.com/ws/").unwrap();
    let (service, certificate) = Service::activated(|clients| clients.with_uris(uris.clone()));
    let chain = service.chain(&certificate, now()).unwrap();
    assert_eq!(Identity::from_certificate_with(&chain, &uris), Ok(identity()));
    let uri = "https://mdm.example.com/ws/sales-7".to_owned();
    assert_eq!(Identity::from_certificate(&chain), Err(IdentityError::Ambiguous { uri }));
    let default = ClientCertificates::new(service.root.clone(), PROVIDER);
    let refused = default.authenticate(&chain, &service.record, now());
    assert!(matches!(refused, Err(NotAuthenticated::Identity(_))));
}
