//! CVEs, advisories, and published defects.

use std::time::Duration;

use conformance::{
    Clock, TestRandom,
    attack::{failed, good, granted, refused, serve, server},
    chain::{self, Ca},
    fixtures::{self, ca_key, client_key, other_key},
    forge::{self, RawEnvelope, RawMessage},
};
use pki_core::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, DecodeErrorKind, GeneralName, GeneralNames, GeneralNamesBuilder,
    Limits, Profile, UnixTime,
    algorithm::SignatureAlgorithm,
    chain::{Pool, Purpose, RevocationPolicy, Violation},
    crl::{CrlNumber, IssuingDistributionPoint, Revocation},
    crypto::{Decrypter, Signer, WrappedKey, rustcrypto::PROVIDER},
    der::{Element, Reader, Tag, Writer},
    extension::{Criticality, DistributionPointName},
    oid,
};
use scep::{
    http::{HttpRequest, Method},
    message::{MessageError, Received},
    server::Redeemed,
};

#[test]
fn cve_2026_30836_update_req_and_every_other_type_is_denied() {
    for number in (0..=99).filter(|number| !matches!(number, 17 | 19..=22)) {
        refused(&good().set_text(oid::SCEP_MESSAGE_TYPE, &number.to_string()), &[2]);
    }
    for text in ["x", "", "19 ", "1９"] {
        refused(&good().set_text(oid::SCEP_MESSAGE_TYPE, text), &[2]);
    }
    granted(&serve(&good()).0);
}

#[test]
fn cve_2026_40097_empty_extensions_do_not_panic() {
    // extendedKeyUsage, subjectAltName, keyUsage and basicConstraints with nothing in them.
    let empty = [0x30, 0x00];
    for extension in [oid::EXT_KEY_USAGE, oid::SUBJECT_ALT_NAME, oid::KEY_USAGE, oid::BASIC_CONSTRAINTS] {
        let value: &[u8] = if extension == oid::KEY_USAGE { &[0x03, 0x01, 0x00] } else { &empty };
        let name = fixtures::name("device");
        let key = Signer::public_key(client_key()).clone();
        let serial = fixtures::serial(&name, &key);
        let builder = CertificateBuilder::new(serial, name.clone(), name, fixtures::validity(), key).add_extension(
            extension,
            Criticality::NonCritical,
            value,
        );
        let signer = fixtures::certify_with((&fixtures::name("device"), client_key()), builder);
        let (reply, _) = serve(&good().signed_by(&signer, client_key()));
        assert_eq!(reply.status, 200);
        assert!(signer.extended_key_usage().is_ok() || extension == oid::EXT_KEY_USAGE);
    }
}

#[test]
fn cve_2024_43541_and_43544_a_message_has_a_budget() {
    let huge = vec![0x30; Limits::DEFAULT.size + 1];
    let request = HttpRequest::pki_operation(Method::Post, huge);
    assert_eq!(server().answer(&request, &Clock::new(), &mut TestRandom::new(1)).status, 413);
    let crowd = good().with(|message| {
        message.certificates.extend(vec![vec![0x30, 0x00]; 1000]);
    });
    let error = Received::decode(&crowd.encode(), Limits::DEFAULT).expect_err("too many");
    assert!(matches!(error, MessageError::Malformed(error) if error.kind() == DecodeErrorKind::TooMany));
}

#[test]
fn omnitrust_1904_and_1968_a_replay_does_not_overwrite_the_csr_of_a_transaction() {
    let (mut server, mut rng) = (server(), TestRandom::new(1));
    granted(&server.answer(&good().to_request(), &Clock::new(), &mut rng));
    let before: Vec<_> = server.transactions.records().cloned().collect();
    let csr = fixtures::csr("admin", client_key());
    let signer = fixtures::self_signed("device", client_key());
    let other = RawMessage::request(&server, "19", csr.as_der(), signer, client_key());
    failed(&server.answer(&other.to_request(), &Clock::new(), &mut rng), &[2]);
    assert_eq!(server.transactions.records().cloned().collect::<Vec<_>>(), before);
    // And a CSR without a challenge is no exception.
    let csr = pki_core::CsrBuilder::new(fixtures::name("device"), Signer::public_key(client_key()).clone());
    let csr = fixtures::sign_csr(&csr, client_key());
    let signer = fixtures::self_signed("device", client_key());
    refused(&RawMessage::request(&server, "19", csr.as_der(), signer, client_key()), &[2]);
}

#[test]
fn cve_2019_1563_no_recipient_but_the_matching_one_is_tried() {
    let csr = fixtures::csr("device", client_key());
    let mut envelope = RawEnvelope::new(csr.as_der(), &forge::recipient(&server()));
    let stranger = fixtures::self_signed("stranger", other_key());
    // A stranger's content key that our key could decrypt, before and behind our own that it can't.
    let theirs = (stranger, forge::wrap(&forge::KEY[..16], &forge::recipient(&server())));
    let ours = envelope.recipients[0].0.clone();
    envelope.recipients = vec![theirs.clone(), (ours, vec![0x17; 256]), theirs];
    refused(&good().content(envelope.encode()), &[2]);
}

#[test]
fn rustsec_2023_0071_bad_padding_gives_a_random_key_and_no_error() {
    let key = fixtures::ra_key();
    let wrapped = WrappedKey::new(pki_core::algorithm::KeyTransportAlgorithm::RsaPkcs1, vec![0x17; 256], 16);
    let keys: Vec<_> =
        (1..3).map(|seed| key.unwrap_key(&wrapped, &mut TestRandom::new(seed)).expect("a key")).collect();
    assert!(keys.iter().all(|key| key.expose().len() == 16));
    // The key object is a trait: an HSM, or AWS-LC, does as well.
    let _: &dyn Decrypter = key;
}

#[test]
fn mozilla_pkcs7_67_68_94_smallstep_pkcs7_62_vault_24891_short_headers_are_errors() {
    for seed in
        [&[0x1f, 0x80][..], &[0x1f, 0x05], &[0x30, 0x81], &[0x30, 0x84, 0x01], &[0x5f, 0x4d], &[0x30, 0x82, 0x06]]
    {
        assert!(Reader::new(seed).any().is_err(), "{seed:02x?}");
        assert!(pki_core::ber::Reader::new(seed, Limits::DEFAULT).and_then(|mut reader| reader.any()).is_err());
        assert!(matches!(Received::decode(seed, Limits::DEFAULT), Err(MessageError::Malformed(_))));
        assert!(Certificate::from_der(seed).is_err());
    }
}

#[test]
fn rustsec_2023_0062_bad_lengths_are_errors() {
    for bytes in [
        &[0x30, 0x80][..],
        &[0x30, 0xff],
        &[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff],
    ] {
        assert!(Element::from_der(bytes).is_err());
        assert!(matches!(Received::decode(bytes, Limits::DEFAULT), Err(MessageError::Malformed(_))));
    }
}

#[test]
fn rustsec_2021_0125_times_are_octets() {
    for text in ["2\u{e9}0101000000Z", "\u{1f600}01000000Z", "260101000000\u{e9}"] {
        let time = Writer::encode(|w| w.primitive(Tag::UTC_TIME, text.as_bytes()));
        let element = Element::from_der(&time).expect("an element");
        assert!(UnixTime::from_element(&element).is_err());
    }
}

#[test]
fn rustsec_2019_0007_nothing_is_allocated_by_an_announced_length() {
    let announced = [0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert!(matches!(Received::decode(&announced, Limits::DEFAULT), Err(MessageError::Malformed(_))));
}

#[test]
fn cve_2025_44005_an_authorisation_is_for_one_request() {
    // The word of a challenge service for one CSR does not serve for another, nor does what came of it.
    let one = open(&good());
    let other = open(&RawMessage::pkcs_req(&server(), "other", other_key()));
    let redeemed = Redeemed::for_csr(*one.csr_digest());
    assert!(other.authorize_challenge(&redeemed).is_err());
    let authorized = one.authorize_challenge(&redeemed).expect("for this one");
    let leaf = fixtures::below_root(ca_key(), "other", other_key(), &Profile::DEVICE_CLIENT);
    assert!(other.issue(&authorized, &[leaf], &mut TestRandom::new(1)).is_err());
}

/// What a server's caller sees of a request.
fn open(message: &RawMessage) -> scep::server::Enrol {
    let server = server();
    let rng = &mut TestRandom::new(1);
    let incoming = server.responder.receive(&message.to_request(), Clock::new().now(), rng).expect("a message");
    let scep::server::Incoming::Sealed(sealed) = incoming else { panic!("{incoming:?}") };
    let operation = sealed.open_with(fixtures::ra_key(), rng).expect("an operation");
    let scep::server::Operation::PkcsReq(enrol) = operation else { panic!("{operation:?}") };
    enrol
}

#[test]
fn cve_2010_3868_and_3869_decryption_is_no_service() {
    // Somebody else's envelope in a message of one's own: what comes back is for the victim's key and tells no challenge.
    let stolen = good().signed_by(&fixtures::self_signed("thief", other_key()), other_key());
    let (reply, _) = serve(&stolen);
    let challenge = fixtures::CHALLENGE.as_bytes();
    assert!(!reply.body.windows(challenge.len()).any(|window| window == challenge));
}

// What other chain validators were found to do.

#[test]
fn rustsec_2023_0053_the_search_for_a_path_has_a_budget() {
    // Twelve CAs, each certified by each, and none of them by the root.
    let root = Ca::root("Root");
    let cas: Vec<_> = (0..12).map(|number| Ca::root(&format!("CA {number}"))).collect();
    let crossed = cas.iter().flat_map(|one| cas.iter().map(move |other| one.cross_certify(other)));
    let pool: Pool = crossed.map(|ca| ca.certificate).collect();
    let leaf = cas[0].leaf("leaf");
    let error = chain::validator(&root).validate(&leaf, &pool, Purpose::ANY, chain::now()).expect_err("no path");
    assert!(error.signatures() <= 100);
}

/// A CRL that lists this certificate, for one of the issuer's distribution points.
fn crl_of(issuer: &Ca, revoked: &Certificate, point: &IssuingDistributionPoint<'_>) -> Crl {
    let now = chain::now();
    let hour = Duration::from_secs(3600);
    CrlBuilder::new(issuer.certificate.subject().to_owned(), now.minus(hour), now.plus(hour))
        .with_authority(&issuer.certificate, &PROVIDER)
        .with_number(CrlNumber::from(1))
        .with_issuing_distribution_point(point)
        .add_revoked(Revocation::new(revoked.serial_number(), now.minus(hour)))
        .build(SignatureAlgorithm::ECDSA_SHA256)
        .expect("a CRL")
        .sign_with(issuer.key, &mut TestRandom::new(1))
        .expect("a signature")
}

/// `fullName` with this URI.
fn uri(text: &str) -> Vec<u8> {
    GeneralNamesBuilder::new().add_uri(text).build().expect("a URI")
}

#[test]
fn rustsec_2026_0049_every_distribution_point_is_compared() {
    let root = Ca::root("Root");
    let points = Writer::encode(|w| {
        w.sequence(|w| {
            for location in ["http://example.com/1.crl", "http://example.com/2.crl"] {
                let names = uri(location);
                let names = Element::from_der(&names).expect("GeneralNames").content().to_vec();
                w.sequence(|w| {
                    w.constructed(Tag::context_constructed(0), |w| {
                        w.constructed(Tag::context_constructed(0), |w| w.raw(&names));
                    });
                });
            }
        });
    });
    let leaf = root.leaf_with("leaf", |builder| {
        builder.add_extension(oid::CRL_DISTRIBUTION_POINTS, Criticality::NonCritical, &points)
    });
    let second = uri("http://example.com/2.crl");
    let names = GeneralNames::from_contents(Element::from_der(&second).expect("GeneralNames").reader()).expect("names");
    let point = IssuingDistributionPoint::new(Some(DistributionPointName::FullName(names)));
    let mut pool = Pool::new();
    pool.add_crl(crl_of(&root, &leaf, &point));
    let validator = chain::validator(&root).with_revocation(RevocationPolicy::Prefer);
    let error = validator.validate(&leaf, &pool, Purpose::ANY, chain::now()).expect_err("revoked");
    assert!(matches!(error.violation(), Violation::Revoked { .. }), "{error:?}");
}

#[test]
fn rustsec_2026_0098_name_constraints_hold_for_uris() {
    let root = Ca::root("Root");
    let excluded = [GeneralName::Uri("example.com")];
    let ca = root.ca_with("CA", |builder| builder.with_name_constraints(&[], &excluded));
    let leaf =
        |location| ca.leaf_with("leaf", |b| b.with_subject_alt_name(GeneralNamesBuilder::new().add_uri(location)));
    assert!(chain::validate(&root, &[&ca], &leaf("https://example.com/x")).is_err());
    assert!(chain::validate(&root, &[&ca], &leaf("https://example.org/x")).is_ok());
}

#[test]
fn rustsec_2026_0099_a_wildcard_is_not_within_a_narrower_subtree() {
    let root = Ca::root("Root");
    let permitted = [GeneralName::DnsName("a.example.com")];
    let ca = root.ca_with("CA", |builder| builder.with_name_constraints(&permitted, &[]));
    let leaf = |name| ca.leaf_with("leaf", |b| b.with_subject_alt_name(GeneralNamesBuilder::new().add_dns_name(name)));
    assert!(chain::validate(&root, &[&ca], &leaf("*.example.com")).is_err());
    assert!(chain::validate(&root, &[&ca], &leaf("*.a.example.com")).is_ok());
}

#[test]
fn rustsec_2026_0104_an_empty_bit_string_of_reasons_is_an_error() {
    // onlySomeReasons [3] with a BIT STRING of no octets, and of no bits.
    for reasons in [&[0x83, 0x00][..], &[0x83, 0x01, 0x00], &[0x83, 0x02, 0x08, 0x00]] {
        let value = Writer::encode(|w| w.sequence(|w| w.raw(reasons)));
        let root = Ca::root("Root");
        let leaf = root.leaf("leaf");
        let now = chain::now();
        let hour = Duration::from_secs(3600);
        let builder = CrlBuilder::new(root.certificate.subject().to_owned(), now.minus(hour), now.plus(hour))
            .with_number(CrlNumber::from(1))
            .add_extension(oid::ISSUING_DISTRIBUTION_POINT, Criticality::Critical, &value);
        // It may be refused when the CRL is read, or later; a signature that is none comes first or last.
        let Ok(crl) = builder.build(SignatureAlgorithm::ECDSA_SHA256) else { continue };
        let Ok(crl) = crl.sign_with(root.key, &mut TestRandom::new(1)) else { continue };
        assert!(crl.issuing_distribution_point().is_err() || reasons == [0x83, 0x01, 0x00]);
        let mut pool = Pool::new();
        pool.add_crl(crl);
        let validator = chain::validator(&root).with_revocation(RevocationPolicy::Require);
        assert!(validator.validate(&leaf, &pool, Purpose::ANY, now).is_err());
    }
}
