use core::time::Duration;

use getrandom::SysRng;
use pki_core::{
    CertificateBuilder, KeyKind, Name, Profile, SerialNumber, Validity,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
    extension::{BasicConstraints, Criticality},
};

use super::*;

const NOW: UnixTime = UnixTime::from_seconds(1_795_392_000);
const DAY: Duration = Duration::from_secs(86_400);

/// A key with its certificate.
struct Entity {
    key: PrivateKey,
    certificate: Certificate,
}

fn key(kind: KeyKind) -> PrivateKey {
    PrivateKey::generate(kind, &mut Random(SysRng)).unwrap()
}

fn rsa() -> PrivateKey {
    key(KeyKind::Rsa { bits: 1024 })
}

/// A certificate for `subject` and `key`, issued by `issuer` or by itself, with changes made by `change`.
fn certify(
    subject: &str,
    key: PrivateKey,
    issuer: Option<&Entity>,
    change: impl Fn(CertificateBuilder) -> CertificateBuilder,
) -> Entity {
    certify_for(subject, key, issuer, Validity::new(NOW.minus(DAY), NOW.plus(DAY)), change)
}

fn certify_for(
    subject: &str,
    key: PrivateKey,
    issuer: Option<&Entity>,
    validity: Validity,
    change: impl Fn(CertificateBuilder) -> CertificateBuilder,
) -> Entity {
    let subject = Name::from_common_name(subject).unwrap();
    let issuer_name = issuer.map_or_else(|| subject.clone(), |ca| ca.certificate.subject().to_owned());
    let public_key = Signer::public_key(&key).clone();
    let serial = SerialNumber::random(&mut Random(SysRng)).unwrap();
    let builder = change(CertificateBuilder::new(serial, issuer_name, subject, validity, public_key));
    let signer = issuer.map_or(&key, |ca| &ca.key);
    let algorithm = Signer::algorithms(signer)[0];
    let certificate = builder.build(algorithm).unwrap().sign_with(signer, &mut Random(SysRng)).unwrap();
    Entity { key, certificate }
}

fn profile(profile: Profile) -> impl Fn(CertificateBuilder) -> CertificateBuilder {
    move |builder| builder.with_profile(&profile)
}

fn root() -> Entity {
    certify("Root", key(KeyKind::P256), None, profile(Profile::ROOT_CA))
}

fn proposed(certificates: &[&Entity]) -> Result<Authority, AuthorityError> {
    let certificates: Vec<_> = certificates.iter().map(|entity| entity.certificate.clone()).collect();
    Authority::proposed(&certificates, &PROVIDER, NOW)
}

#[test]
fn one_ca_certificate_is_everything() {
    let ca = certify("CA", rsa(), None, profile(Profile::ROOT_CA.answering_scep()));
    let authority = proposed(&[&ca]).unwrap();
    assert_eq!(authority.recipient(), &ca.certificate);
    assert_eq!(authority.signers(), core::slice::from_ref(&ca.certificate));
    assert_eq!(authority.anchor(), &ca.certificate);
    assert_eq!(authority.issuer(), &ca.certificate);
}

/// micromdm's scepserver has such a CA, and so has step-ca, as its lowest.
#[test]
fn a_lone_ca_whose_key_usage_is_for_certificates_only_is_everything() {
    let ca = certify("CA", rsa(), None, profile(Profile::ROOT_CA));
    let authority = proposed(&[&ca]).unwrap();
    assert_eq!(authority.recipient(), &ca.certificate);
    assert_eq!(authority.signers(), core::slice::from_ref(&ca.certificate));

    let issuing = certify("Issuing", rsa(), Some(&ca), profile(Profile::issuing_ca(0)));
    let authority = proposed(&[&ca, &issuing]).unwrap();
    assert_eq!(authority.recipient(), &issuing.certificate);
    assert_eq!(authority.signers(), core::slice::from_ref(&issuing.certificate));
}

#[test]
fn scep_2_1_2_beside_an_ra_a_ca_does_only_what_its_key_usage_says() {
    let ca = certify("CA", rsa(), None, profile(Profile::ROOT_CA));
    let signing = certify("RA sign", rsa(), Some(&ca), profile(Profile::RA_SIGNING));
    assert_eq!(proposed(&[&ca, &signing]).err(), Some(AuthorityError::NoRecipient));
    let encryption = certify("RA encrypt", rsa(), Some(&ca), profile(Profile::RA_ENCRYPTION));
    assert_eq!(proposed(&[&ca, &encryption]).err(), Some(AuthorityError::NoSigner));
}

#[test]
fn n6_ndes_certificates_are_chosen_by_key_usage_in_any_order() {
    let ca = root();
    let signing = certify("RA sign", rsa(), Some(&ca), profile(Profile::RA_SIGNING));
    let encryption = certify("RA encrypt", rsa(), Some(&ca), profile(Profile::RA_ENCRYPTION));
    for order in [
        [&ca, &signing, &encryption],
        [&ca, &encryption, &signing],
        [&signing, &ca, &encryption],
        [&signing, &encryption, &ca],
        [&encryption, &ca, &signing],
        [&encryption, &signing, &ca],
    ] {
        let authority = proposed(&order).unwrap();
        assert_eq!(authority.anchor(), &ca.certificate);
        assert_eq!(authority.recipient(), &encryption.certificate);
        assert_eq!(authority.signers(), core::slice::from_ref(&signing.certificate));
        assert_eq!(authority.issuer(), &ca.certificate);
    }
}

#[test]
fn scep_2_2_03_a_chain_is_used_at_its_lowest_ca() {
    let root = root();
    let issuing = certify("Issuing", rsa(), Some(&root), profile(Profile::issuing_ca(0).answering_scep()));
    for order in [[&root, &issuing], [&issuing, &root]] {
        let authority = proposed(&order).unwrap();
        assert_eq!(authority.anchor(), &root.certificate);
        assert_eq!(authority.recipient(), &issuing.certificate);
        assert!(authority.signers().contains(&issuing.certificate));
    }
}

#[test]
fn scep_2_2_07_only_the_pinned_ca_and_what_it_issued_count() {
    let (ca, stranger) = (root(), root());
    let ra = certify("RA", rsa(), Some(&ca), profile(Profile::RA));
    let theirs = certify("RA", rsa(), Some(&stranger), profile(Profile::RA));
    let bundle = [&stranger, &theirs, &ra, &ca].map(|entity| entity.certificate.clone());
    let pin = Fingerprint::of(&ca.certificate, &PROVIDER).unwrap();
    let authority = Authority::pinned(&bundle, &pin, &PROVIDER, NOW).unwrap();
    assert_eq!(authority.recipient(), &ra.certificate);
    assert_eq!(authority.certificates().len(), 2);

    let without = [theirs.certificate, ra.certificate];
    assert_eq!(Authority::pinned(&without, &pin, &PROVIDER, NOW), Err(AuthorityError::FingerprintMismatch));
}

/// RFC 8894 section 2.2: intermediate certificates are verified before use. None of these may be encrypted to.
#[test]
fn scep_2_2_08_intermediates_that_do_not_hold_are_not_used() {
    let root = certify("Root", key(KeyKind::P256), None, |builder| {
        let constraints = BasicConstraints { is_ca: true, path_length: Some(1) };
        profile(Profile::ROOT_CA)(builder).with_basic_constraints(constraints)
    });
    let good = profile(Profile::issuing_ca(0).answering_scep());
    let past = Validity::new(NOW.minus(2 * DAY), NOW.minus(DAY));
    let future = Validity::new(NOW.plus(DAY), NOW.plus(2 * DAY));
    let twin = certify("Root", key(KeyKind::P256), None, profile(Profile::ROOT_CA));
    let bad = [
        ("expired", certify_for("Issuing", rsa(), Some(&root), past, &good)),
        ("not yet valid", certify_for("Issuing", rsa(), Some(&root), future, &good)),
        ("signed by another key", certify("Issuing", rsa(), Some(&twin), &good)),
        (
            "unknown critical extension",
            certify("Issuing", rsa(), Some(&root), |builder| {
                good(builder).add_extension(oid::DATA, Criticality::Critical, &[0x05, 0x00])
            }),
        ),
    ];
    for (why, intermediate) in bad {
        let ra = certify("RA", rsa(), Some(&intermediate), profile(Profile::RA));
        assert_eq!(proposed(&[&root, &intermediate, &ra]).err(), Some(AuthorityError::NoRecipient), "{why}");
    }

    let no_ca = certify("Issuing", rsa(), Some(&root), profile(Profile::RA_SIGNING));
    let below = certify("RA", rsa(), Some(&no_ca), profile(Profile::RA));
    assert_eq!(proposed(&[&root, &no_ca, &below]).err(), Some(AuthorityError::NoRecipient));

    let first = certify("First", key(KeyKind::P256), Some(&root), profile(Profile::issuing_ca(0)));
    let second = certify("Second", rsa(), Some(&first), &good);
    assert_eq!(proposed(&[&root, &first, &second]).err(), Some(AuthorityError::NoRecipient), "path length");
}

#[test]
fn an_expired_ca_says_when() {
    let past = Validity::new(NOW.minus(2 * DAY), NOW.minus(DAY));
    let ca = certify_for("CA", rsa(), None, past, profile(Profile::ROOT_CA.answering_scep()));
    let error = AuthorityError::NotValidNow { at: NOW, not_before: past.not_before, not_after: past.not_after };
    assert_eq!(proposed(&[&ca]), Err(error));
}

#[test]
fn without_somebody_to_encrypt_to_or_to_believe_there_is_no_authority() {
    assert_eq!(proposed(&[&root()]).err(), Some(AuthorityError::NoRecipient));
    assert_eq!(proposed(&[]).err(), Some(AuthorityError::Empty));
    let silent = certify("CA", rsa(), None, |builder| {
        profile(Profile::ROOT_CA)(builder).with_key_usage(KeyUsage::KEY_ENCIPHERMENT)
    });
    assert_eq!(proposed(&[&silent]).err(), Some(AuthorityError::NoSigner));
}

#[test]
fn what_get_ca_cert_gives_is_read_by_its_content() {
    let ca = root().certificate;
    let limits = Limits::DEFAULT;
    assert_eq!(Authority::read(ca.as_der(), limits), Ok(alloc::vec![ca.clone()]));
    let bundle = pki_core::cms::certs_only([ca.as_der()], []);
    assert_eq!(Authority::read(&bundle, limits), Ok(alloc::vec![ca]));
    assert_eq!(Authority::read(&pki_core::cms::certs_only([], []), limits), Err(AuthorityError::Empty));
    assert!(matches!(Authority::read(b"<html>", limits), Err(AuthorityError::Malformed(_))));
    // An RA that can't be read any more is not passed over in silence.
    let broken = pki_core::cms::certs_only([root().certificate.as_der(), &[0x30, 0x00]], []);
    assert!(matches!(Authority::read(&broken, limits), Err(AuthorityError::Malformed(_))));
}

#[test]
fn the_algorithm_of_a_ca_key_does_not_matter() {
    let ca = certify("CA", key(KeyKind::Ed25519), None, profile(Profile::ROOT_CA));
    assert_eq!(Signer::algorithms(&ca.key)[0], SignatureAlgorithm::ED25519);
    let ra = certify("RA", rsa(), Some(&ca), profile(Profile::RA));
    assert_eq!(proposed(&[&ra, &ca]).unwrap().recipient(), &ra.certificate);
}
