use core::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use getrandom::SysRng;
use pki_core::{
    AlgorithmIdentifier, CertificateBuilder, GeneralName, KeyKind, Name, Profile, PublicKeyRef, SerialNumber, Validity,
    algorithm::SignatureAlgorithm,
    chain::Violation,
    crypto::{
        BadSignature, SignatureVerifier, Signer, VerifyError,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
    extension::{BasicConstraints, Criticality, PolicyConstraints},
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
    assert_eq!(proposed(&[&ca, &signing]).err(), Some(AuthorityError::NoRecipient(None)));
    let encryption = certify("RA encrypt", rsa(), Some(&ca), profile(Profile::RA_ENCRYPTION));
    assert_eq!(proposed(&[&ca, &encryption]).err(), Some(AuthorityError::NoSigner(None)));
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

/// Who was missed, where `anchor` is pinned and requests can be encrypted to nobody.
fn missed(anchor: &Entity, certificates: &[&Entity]) -> LeftOut {
    let bundle: Vec<_> = certificates.iter().map(|entity| entity.certificate.clone()).collect();
    let pin = Fingerprint::of(&anchor.certificate, &PROVIDER).unwrap();
    match Authority::pinned(&bundle, &pin, &PROVIDER, NOW) {
        Err(AuthorityError::NoRecipient(Some(left_out))) => left_out,
        other => panic!("{other:?}"),
    }
}

/// The violation, and how far above the one that was missed.
fn violation(left_out: &LeftOut) -> (&Violation, usize) {
    match left_out.cause() {
        LeftOutCause::Invalid(error) => (error.violation(), error.depth()),
        cause => panic!("{cause:?}"),
    }
}

/// RFC 8894 section 2.2: intermediate certificates are verified before use. None of these may be encrypted to, and the error
/// says which of them is wrong, and how.
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
    let critical = |builder| good(builder).add_extension(oid::DATA, Criticality::Critical, &[0x05, 0x00]);
    let key_usage = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT;
    let bad = [
        (
            Violation::Expired { at: NOW, not_after: past.not_after },
            certify_for("Issuing", rsa(), Some(&root), past, &good),
        ),
        (
            Violation::NotYetValid { at: NOW, not_before: future.not_before },
            certify_for("Issuing", rsa(), Some(&root), future, &good),
        ),
        (Violation::Signature(VerifyError::BadSignature), certify("Issuing", rsa(), Some(&twin), &good)),
        (Violation::UnknownCriticalExtension(oid::DATA.into()), certify("Issuing", rsa(), Some(&root), critical)),
        (
            Violation::KeyUsage { required: KeyUsage::KEY_CERT_SIGN, found: key_usage },
            certify("Issuing", key(KeyKind::P256), Some(&root), |builder| good(builder).with_key_usage(key_usage)),
        ),
        (
            Violation::NotACa { found: Some(BasicConstraints::END_ENTITY), version: 3 },
            certify("Issuing", rsa(), Some(&root), profile(Profile::RA_SIGNING)),
        ),
    ];
    for (why, intermediate) in bad {
        let ra = certify("RA", rsa(), Some(&intermediate), profile(Profile::RA));
        for order in [[&root, &intermediate, &ra], [&ra, &intermediate, &root]] {
            let missed = missed(&root, &order);
            assert_eq!(missed.certificate(), &ra.certificate);
            assert_eq!(violation(&missed), (&why, 1));
        }
    }

    let first = certify("First", key(KeyKind::P256), Some(&root), profile(Profile::issuing_ca(0)));
    let second = certify("Second", rsa(), Some(&first), &good);
    let left_out = missed(&root, &[&root, &first, &second]);
    assert_eq!((left_out.certificate(), left_out.cause()), (&second.certificate, &LeftOutCause::PathLength));
    let ra = certify("RA", rsa(), Some(&second), profile(Profile::RA));
    assert_eq!(violation(&missed(&root, &[&root, &first, &second, &ra])), (&Violation::PathLength { allowed: 0 }, 1));
}

#[test]
fn rfc5280_s6_1_4_g_an_ra_outside_of_the_names_that_its_ca_may_use_is_not_trusted() {
    let root = root();
    let allowed = Name::from_common_name("RA").unwrap();
    let issuing = certify("Issuing", key(KeyKind::P256), Some(&root), |builder| {
        profile(Profile::issuing_ca(0))(builder)
            .with_name_constraints(&[GeneralName::DirectoryName(allowed.as_ref())], &[])
    });
    let ra = certify("RA", rsa(), Some(&issuing), profile(Profile::RA));
    assert_eq!(proposed(&[&root, &issuing, &ra]).unwrap().recipient(), &ra.certificate);
    let other = certify("Another RA", rsa(), Some(&issuing), profile(Profile::RA));
    let missed = missed(&root, &[&root, &issuing, &other]);
    assert_eq!(missed.certificate(), &other.certificate);
    assert!(matches!(violation(&missed).0, Violation::Name(_)), "{missed:?}");
}

#[test]
fn rfc5280_s6_1_5_g_an_ra_without_the_policy_that_its_ca_requires_is_not_trusted() {
    let root = root();
    let policy = oid::DATA;
    let issuing = certify("Issuing", key(KeyKind::P256), Some(&root), |builder| {
        let required = PolicyConstraints::new(Some(0), None);
        profile(Profile::issuing_ca(0))(builder).with_certificate_policies(&[policy]).with_policy_constraints(required)
    });
    let ra = certify("RA", rsa(), Some(&issuing), |builder| {
        profile(Profile::RA)(builder).with_certificate_policies(&[policy])
    });
    assert_eq!(proposed(&[&root, &issuing, &ra]).unwrap().recipient(), &ra.certificate);
    let without = certify("RA", rsa(), Some(&issuing), profile(Profile::RA));
    assert_eq!(violation(&missed(&root, &[&root, &issuing, &without])), (&Violation::NoValidPolicy, 0));
}

/// SCEP CAs have an extendedKeyUsage for their own part in the protocol.
#[test]
fn an_extended_key_usage_of_the_ca_does_not_restrict_its_ra() {
    let root = root();
    let agent = Profile::issuing_ca(0).with_extended_key_usage(&[oid::CLIENT_AUTH]);
    let issuing = certify("Issuing", key(KeyKind::P256), Some(&root), profile(agent));
    let ra = certify("RA", rsa(), Some(&issuing), |builder| {
        profile(Profile::RA)(builder).with_extended_key_usage(&[oid::CERTIFICATE_REQUEST_AGENT])
    });
    assert_eq!(proposed(&[&root, &issuing, &ra]).unwrap().recipient(), &ra.certificate);
}

/// RFC 8894 section 4.7: between the CA's certificates there may be those by which old and new certify each other.
#[test]
fn at_a_key_rollover_old_and_new_ca_lead_to_the_ra_by_either() {
    let old = certify("CA", key(KeyKind::P256), None, profile(Profile::ROOT_CA));
    let new = certify("CA", key(KeyKind::P384), None, profile(Profile::ROOT_CA));
    let certificate = |entity: &Entity, by: &Entity| {
        let key = entity.certificate.public_key().to_owned();
        let serial = SerialNumber::random(&mut Random(SysRng)).unwrap();
        let name = entity.certificate.subject().to_owned();
        let validity = entity.certificate.validity();
        let builder = profile(Profile::ROOT_CA)(CertificateBuilder::new(serial, name.clone(), name, validity, key));
        builder.build(Signer::algorithms(&by.key)[0]).unwrap().sign_with(&by.key, &mut Random(SysRng)).unwrap()
    };
    let (new_by_old, old_by_new) = (certificate(&new, &old), certificate(&old, &new));
    let ra = certify("RA", rsa(), Some(&new), profile(Profile::RA)).certificate;
    let (old, new) = (old.certificate, new.certificate);
    let bundle = [&new_by_old, &old_by_new, &ra, &new, &old].map(Clone::clone);
    for anchor in [&old, &new] {
        let pin = Fingerprint::of(anchor, &PROVIDER).unwrap();
        let authority = Authority::pinned(&bundle, &pin, &PROVIDER, NOW).unwrap();
        assert_eq!((authority.anchor(), authority.recipient()), (anchor, &ra));
    }
    // Who has to confirm is shown a self-signed one.
    let shown = Authority::proposed(&bundle, &PROVIDER, NOW).unwrap();
    assert_eq!(shown.anchor(), &new);
    // Without what connects them, the new CA's RA is a stranger to those who know the old CA.
    let pin = Fingerprint::of(&old, &PROVIDER).unwrap();
    let apart = Authority::pinned(&[new, ra.clone(), old], &pin, &PROVIDER, NOW);
    let Err(AuthorityError::NoRecipient(Some(left_out))) = apart else { panic!("{apart:?}") };
    assert_eq!(left_out.certificate(), &ra);
}

/// The old CA certified by the new one is no lower CA, though the path to it is longer.
#[test]
fn at_a_key_rollover_the_recipient_is_the_new_ca() {
    let answering = || profile(Profile::ROOT_CA.answering_scep());
    let old = certify("CA", rsa(), None, answering());
    let new = certify("CA", rsa(), Some(&old), answering());
    let old_again = Entity {
        key: rsa(),
        certificate: {
            let key = old.certificate.public_key().to_owned();
            let name = old.certificate.subject().to_owned();
            let serial = SerialNumber::random(&mut Random(SysRng)).unwrap();
            let builder = CertificateBuilder::new(serial, name.clone(), name, old.certificate.validity(), key);
            let algorithm = Signer::algorithms(&new.key)[0];
            answering()(builder).build(algorithm).unwrap().sign_with(&new.key, &mut Random(SysRng)).unwrap()
        },
    };
    for order in [[&old, &new, &old_again], [&old_again, &new, &old]] {
        let bundle = order.map(|entity| entity.certificate.clone());
        let pin = Fingerprint::of(&old.certificate, &PROVIDER).unwrap();
        let authority = Authority::pinned(&bundle, &pin, &PROVIDER, NOW).unwrap();
        assert_eq!(authority.recipient(), &new.certificate);
        assert_eq!(authority.certificates().len(), 3);
    }
}

#[test]
fn an_expired_ra_is_named_with_its_date() {
    let ca = root();
    let past = Validity::new(NOW.minus(2 * DAY), NOW.minus(DAY));
    let stranger = root();
    let theirs = certify("RA of others", rsa(), Some(&stranger), profile(Profile::RA));
    let ra = certify_for("RA", rsa(), Some(&ca), past, profile(Profile::RA));
    let signing = certify("RA sign", rsa(), Some(&ca), profile(Profile::RA_SIGNING));
    let error = proposed(&[&ca, &theirs, &signing, &ra]).unwrap_err();
    let text = alloc::format!(
        "no certificate can be encrypted to; CN=RA is not trusted: certificate 0, CN=RA: valid until {}, not at {NOW} \
         (RFC 5280 section 6.1.3 (a) (2))",
        past.not_after
    );
    assert_eq!(alloc::string::ToString::to_string(&error), text);

    // What was the CA's own is more likely to have been meant than an RA of strangers.
    let issuing = certify_for("Issuing", rsa(), Some(&ca), past, profile(Profile::issuing_ca(0).answering_scep()));
    assert_eq!(missed(&ca, &[&ca, &theirs, &issuing]).certificate(), &issuing.certificate);

    let encryption = certify("RA encrypt", rsa(), Some(&ca), profile(Profile::RA_ENCRYPTION));
    let signing = certify_for("RA sign", rsa(), Some(&ca), past, profile(Profile::RA_SIGNING));
    let Err(AuthorityError::NoSigner(Some(left_out))) = proposed(&[&ca, &signing, &encryption]) else { panic!() };
    assert_eq!(left_out.certificate(), &signing.certificate);
    assert_eq!(violation(&left_out), (&Violation::Expired { at: NOW, not_after: past.not_after }, 0));
}

/// Who confirms an RA by itself does not make it a CA.
#[test]
fn what_a_confirmed_ra_signed_is_not_trusted() {
    let ca = root();
    let ra = certify("RA", rsa(), Some(&ca), profile(Profile::RA));
    let below = certify("Below", rsa(), Some(&ra), profile(Profile::RA));
    let bundle = [&below, &ra, &ca].map(|entity| entity.certificate.clone());
    let pin = Fingerprint::of(&ra.certificate, &PROVIDER).unwrap();
    let authority = Authority::pinned(&bundle, &pin, &PROVIDER, NOW).unwrap();
    assert_eq!(authority.certificates(), core::slice::from_ref(&ra.certificate));
}

/// Counts what is asked of another one.
#[derive(Debug)]
struct Counting;

static CHECKS: AtomicUsize = AtomicUsize::new(0);

impl SignatureVerifier for Counting {
    fn supports(&self, signature: AlgorithmIdentifier<'_>, key: AlgorithmIdentifier<'_>) -> bool {
        PROVIDER.verifiers.iter().any(|verifier| verifier.supports(signature, key))
    }

    fn verify(
        &self,
        algorithm: AlgorithmIdentifier<'_>,
        key: PublicKeyRef<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        CHECKS.fetch_add(1, Ordering::Relaxed);
        let verifier = PROVIDER.verifiers.iter().find(|verifier| verifier.supports(algorithm, key.algorithm()));
        verifier.unwrap().verify(algorithm, key, message, signature)
    }
}

/// As many certificates as an answer may have, all but two of CAs of one name with keys of their own: an RA by the last of
/// them is found, and what that costs is bounded.
#[test]
fn the_work_that_a_bundle_can_cause_is_bounded() {
    let ca = root();
    let issuing = || certify("Issuing", key(KeyKind::P256), Some(&ca), profile(Profile::ROOT_CA));
    let cas: Vec<_> = (0..30).map(|_| issuing()).collect();
    let ra = certify("RA", rsa(), cas.last(), profile(Profile::RA));
    let bundle: Vec<_> = cas.iter().chain([&ra, &ca]).map(|entity| entity.certificate.clone()).collect();
    assert_eq!(bundle.len(), Limits::DEFAULT.entries);
    let pin = Fingerprint::of(&ca.certificate, &PROVIDER).unwrap();
    let crypto = CryptoProvider { verifiers: &[&Counting], ..PROVIDER };
    let authority = Authority::pinned(&bundle, &pin, &crypto, NOW).unwrap();
    assert_eq!(authority.recipient(), &ra.certificate);
    // One for each CA by itself; for the RA, two for each CA that may have issued it.
    assert_eq!(CHECKS.swap(0, Ordering::Relaxed), 30 + 2 * 30);

    // CAs that by their names may all have issued each other, by keys of strangers.
    let twin = root();
    let cas: Vec<_> =
        (0..31).map(|_| certify("Root", key(KeyKind::P256), Some(&twin), profile(Profile::ROOT_CA))).collect();
    let bundle: Vec<_> = cas.iter().chain([&ca]).map(|entity| entity.certificate.clone()).collect();
    let authority = Authority::pinned(&bundle, &pin, &crypto, NOW);
    assert!(matches!(authority, Err(AuthorityError::NoRecipient(None))), "{authority:?}");
    let checks = CHECKS.swap(0, Ordering::Relaxed);
    assert!(checks <= 32 * 64, "{checks}");
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
    assert_eq!(proposed(&[&root()]).err(), Some(AuthorityError::NoRecipient(None)));
    assert_eq!(proposed(&[]).err(), Some(AuthorityError::Empty));
    let silent = certify("CA", rsa(), None, |builder| {
        profile(Profile::ROOT_CA)(builder).with_key_usage(KeyUsage::KEY_ENCIPHERMENT)
    });
    assert_eq!(proposed(&[&silent]).err(), Some(AuthorityError::NoSigner(None)));
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
