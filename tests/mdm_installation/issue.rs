//! From a CSR to a certificate: the service decides, the CSR is compared.

use conformance::fixtures;
use mdm_proto::client_certificate::{ClientCertificates, KeyPolicy, KeyRefused, NameMismatch, NameRule, Refused};
use mdm_proto::identity::{Identity, IdentityUris};
use pki_core::{
    BuildError, CsrBuilder, GeneralNamesBuilder, KeyKind, Name,
    algorithm::SignatureAlgorithm,
    crypto::{CryptoProvider, Signature, Signer, VerifyError, rustcrypto::PROVIDER},
};

use super::world::*;

fn clients() -> ClientCertificates {
    ClientCertificates::new(root(), PROVIDER)
}

fn names() -> GeneralNamesBuilder {
    identity().alternative_names(&IdentityUris::DEFAULT)
}

fn subject() -> Name {
    identity().subject().unwrap()
}

#[test]
fn the_same_arguments_give_the_same_octets() {
    let issuance = issuance(now());
    let once = clients().issue(&csr("device-1"), &identity(), &issuance).unwrap();
    let again = clients().issue(&csr("device-1"), &identity(), &issuance).unwrap();
    assert_eq!(once.message(), again.message());
}

#[test]
fn what_is_issued_says_who_it_stands_for() {
    let issued = sign(&clients().issue(&csr("device-1"), &identity(), &issuance(now())).unwrap(), root_key("root-1"));
    let chain = validate(&root(), &issued, now()).unwrap();
    assert_eq!(Identity::from_certificate(&chain), Ok(identity()));
}

#[test]
fn rfc7030_s4_2_1_names_in_the_csr_are_compared_and_not_obeyed() {
    let other = GeneralNamesBuilder::new().add_email_address("boss@example.com");
    let (more, fewer) = (names().add_email_address("boss@example.com"), names());
    let cases = [
        (subject(), None, [true, false, true]),
        (Name::empty(), Some(fewer), [true, false, true]),
        (subject(), Some(names()), [true, true, true]),
        (name("boss"), None, [false, false, true]),
        (subject(), Some(other), [false, false, true]),
        (subject(), Some(more), [false, false, true]),
    ];
    for (asked, alternative, verdicts) in cases {
        let csr = csr_with(asked, alternative, key("device-1"));
        for (rule, is_good) in [NameRule::NotMore, NameRule::Same, NameRule::Any].into_iter().zip(verdicts) {
            let issued = clients().with_csr_names(rule).issue(&csr, &identity(), &issuance(now()));
            let Ok(issued) = issued else {
                assert!(!is_good && matches!(issued, Err(Refused::Names(_))), "{csr:?} {rule:?}: {issued:?}");
                continue;
            };
            assert!(is_good, "{csr:?} {rule:?}");
            let certificate = sign(&issued, root_key("root-1"));
            assert!(certificate.subject().matches(subject().as_ref()));
            let chain = validate(&root(), &certificate, now()).unwrap();
            assert_eq!(Identity::from_certificate(&chain), Ok(identity()));
        }
    }
    let csr = csr_with(name("boss"), None, key("device-1"));
    let refused = clients().issue(&csr, &identity(), &issuance(now())).unwrap_err();
    assert!(matches!(refused, Refused::Names(NameMismatch::Subject { .. })), "{refused}");
}

#[test]
fn rfc2986_s3_possession_of_the_key_is_proven() {
    let builder = CsrBuilder::new(subject(), key("device-1").public_key().clone());
    let to_be_signed = builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap();
    let forged = sign(&to_be_signed, key("other"));
    let refused = clients().issue(&forged, &identity(), &issuance(now())).unwrap_err();
    assert_eq!(refused, Refused::ProofOfPossession(VerifyError::BadSignature));
    assert_eq!(clients().check(&forged, &identity()), Err(refused));
    let none = to_be_signed.attach(Signature::new(vec![]));
    assert!(matches!(clients().check(&none, &identity()), Err(Refused::ProofOfPossession(_))));
}

#[test]
fn mdm_5_1_weak_keys_are_refused() {
    let small = csr_with(subject(), None, fixtures::small_client_key());
    let refused = clients().issue(&small, &identity(), &issuance(now())).unwrap_err();
    assert_eq!(refused, Refused::Key(KeyRefused::RsaBits { bits: 1024, fewest: 2048, most: 8192 }));
    assert!(clients().check(&csr_with(subject(), None, fixtures::client_key()), &identity()).is_ok());
    let ed25519 = csr_with(subject(), None, key_of(KeyKind::Ed25519, "device"));
    assert_eq!(clients().check(&ed25519, &identity()), Err(Refused::Key(KeyRefused::Kind(KeyKind::Ed25519))));
    let only_p384 = clients().with_keys(KeyPolicy::DEFAULT.with_kinds(&[KeyKind::P384]));
    assert_eq!(only_p384.check(&csr("device-1"), &identity()), Err(Refused::Key(KeyRefused::Kind(KeyKind::P256))));
}

#[test]
fn the_key_of_the_ca_is_no_key_of_a_device() {
    let csr = csr_with(subject(), None, root_key("root-1"));
    assert_eq!(clients().check(&csr, &identity()), Err(Refused::KeyOfIssuer));
}

#[test]
fn nothing_outlives_the_ca_or_the_root() {
    let end = root().validity().not_after;
    let issue = |clients: ClientCertificates, at| {
        clients.issue(&csr("device-1"), &identity(), &issuance(at)).map(|issued| sign(&issued, root_key("root-1")))
    };
    assert_eq!(issue(clients(), end.minus(days(7))).unwrap().validity().not_after, end);
    assert_eq!(issue(clients(), end).unwrap().validity().not_after, end);
    let beyond = end.plus(days(1));
    assert_eq!(issue(clients(), beyond), Err(Refused::IssuerNotValid { at: beyond }));
    let before = now().minus(days(1));
    assert_eq!(issue(clients(), before), Err(Refused::IssuerNotValid { at: before }));
    // A root that ends before the CA below it.
    let older = root_at("Older", "root-2", now().minus(days(5000)));
    let below = clients().with_root(&older);
    assert_eq!(issue(below.clone(), day(400)).unwrap().validity().not_after, older.validity().not_after);
    assert_eq!(issue(below, day(500)), Err(Refused::IssuerNotValid { at: day(500) }));
}

#[test]
fn validity_is_back_dated_but_not_before_the_root() {
    let at = |back_dating, at| {
        let clients = clients().with_back_dating(back_dating).with_lifetime(days(2));
        sign(&clients.issue(&csr("device-1"), &identity(), &issuance(at)).unwrap(), root_key("root-1")).validity()
    };
    assert_eq!(at(days(1), day(3)).not_before, day(2));
    assert_eq!(at(days(1), day(3)).not_after, day(5));
    assert_eq!(at(days(1), now()).not_before, root().validity().not_before);
}

#[test]
fn what_the_service_has_to_mend_is_told_apart() {
    let no_digests = CryptoProvider { digests: &[], ..PROVIDER };
    let refused = ClientCertificates::new(root(), no_digests).issue(&csr("device-1"), &identity(), &issuance(now()));
    assert_eq!(refused.unwrap_err(), Refused::Build(BuildError::MissingDigest));
    let bad_pointer = clients().add_crl_distribution_point("");
    let refused = bad_pointer.issue(&csr("device-1"), &identity(), &issuance(now())).unwrap_err();
    assert!(matches!(refused, Refused::Build(BuildError::Empty(_))) && refused.is_of_service(), "{refused}");
    assert!(!Refused::KeyOfIssuer.is_of_service());
}
