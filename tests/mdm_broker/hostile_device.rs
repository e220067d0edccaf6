//! Devices that want the challenge, or a certificate that is not theirs.

use std::time::Duration;

use mdm_proto::csr_policy::Mismatch;
use pki_core::{GeneralNamesBuilder, Profile, crypto::VerifyError, der::Element, extension::KeyUsage};
use scep::{
    Nonce, TransactionId,
    client::{Authority, AuthorityError, ClientConfig, Error as ScepError},
};
use service::{AttemptLimits, Counted};

use super::{
    world::{blinding_key, public},
    *,
};

/// A request of a hostile device, and what the service says.
fn ask(world: &mut World, csr: &Csr) -> RefusalReason {
    let request = message(0, |w| {
        w.primitive(Tag::UTF8_STRING, b"wifi");
        w.raw(csr.as_der());
    });
    refusal(&world.answer(&request))
}

fn refusal(answer: &[u8]) -> RefusalReason {
    assert_eq!(number(answer), 12, "no refusal");
    match body(answer).small_integer() {
        Ok(0) => RefusalReason::Invalid,
        Ok(1) => RefusalReason::Profile,
        Ok(2) => RefusalReason::Mismatch,
        Ok(3) => RefusalReason::TooMany,
        Ok(4) => RefusalReason::Unavailable,
        other => panic!("{other:?}"),
    }
}

/// An honest device up to its signed digest.
fn signed_digest(world: &mut World) -> Vec<u8> {
    let mut step = world.start();
    loop {
        match &step {
            device::Step::Send(send) if number(send.message()) == 1 => return send.message().to_vec(),
            _ => step = world.turn(step).expect("a step"),
        }
    }
}

/// The fields of a signed digest: profile, CSR, signature, transport certificate, transactionID, nonce.
fn fields(message: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = body(message);
    std::iter::from_fn(|| reader.any().ok().map(|element: Element<'_>| element.raw().to_vec())).collect()
}

fn with_field(message: &[u8], index: usize, field: &[u8]) -> Vec<u8> {
    let mut fields = fields(message);
    fields[index] = field.to_vec();
    super::message(1, |w| fields.iter().for_each(|field| w.raw(field)))
}

#[test]
fn the_csr_is_compared_before_anything_else() {
    let builder = |subject| CsrBuilder::new(name(subject), public(client_key()).clone());
    let sign = |builder: CsrBuilder| fixtures::sign_csr(&builder, client_key());
    for csr in [
        sign(builder("director")),
        sign(builder("device").with_subject_alt_name(GeneralNamesBuilder::new().add_upn("director@example.com"))),
        sign(
            builder("device")
                .with_subject_alt_name(GeneralNamesBuilder::new().add_email_address("director@example.com")),
        ),
        sign(builder("device").with_key_usage(KeyUsage::KEY_CERT_SIGN)),
        sign(builder("device").with_extended_key_usage(&[oid::SERVER_AUTH])),
    ] {
        let mut world = World::new();
        assert_eq!(ask(&mut world, &csr), RefusalReason::Mismatch);
        assert!(matches!(world.refusals.as_slice(), [service::Error::Mismatch(_)]));
        assert!(world.blind.is_none() && world.to_ca.is_empty());
    }
    let mut world = World::new();
    let weak = fixtures::sign_csr(
        &CsrBuilder::new(name("device"), public(fixtures::small_client_key()).clone()),
        fixtures::small_client_key(),
    );
    assert_eq!(ask(&mut world, &weak), RefusalReason::Mismatch);
    let [service::Error::Mismatch(mismatches)] = world.refusals.as_slice() else { panic!() };
    assert!(mismatches.listed().iter().any(|mismatch| matches!(mismatch, Mismatch::Key { .. })));
}

#[test]
fn a_csr_that_is_not_signed_by_its_key_gets_no_digest() {
    let mut world = World::new();
    let stolen = fixtures::sign_csr(&CsrBuilder::new(name("device"), public(other_key()).clone()), client_key());
    assert_eq!(ask(&mut world, &stolen), RefusalReason::Invalid);
    let flaw = CsrFlaw::Signature(VerifyError::BadSignature);
    assert_eq!(world.refusals, [service::Error::Csr(flaw)]);
}

#[test]
fn a_csr_with_what_the_service_adds_gets_no_digest() {
    let builder = || CsrBuilder::new(name("device"), public(client_key()).clone());
    let blinding = BlindingAttribute::RandomNonce.oid();
    for builder in [
        builder().with_challenge_password(&Secret::from("mine")),
        builder().add_attribute(blinding, &[0x04, 0x04, 1, 2, 3, 4]),
    ] {
        let mut world = World::new();
        assert_eq!(ask(&mut world, &fixtures::sign_csr(&builder, client_key())), RefusalReason::Invalid);
        assert_eq!(world.refusals, [service::Error::Csr(CsrFlaw::Attribute)]);
    }
}

#[test]
fn a_csr_by_a_weak_digest_or_in_an_odd_form_gets_no_digest() {
    let builder = CsrBuilder::new(name("device"), public(client_key()).clone());
    let sha1 = builder.build(SignatureAlgorithm::RSA_PKCS1_SHA1).expect("a CSR");
    let sha1 = sha1.sign_with(client_key(), &mut TestRandom::new(1)).expect("a signature");
    let mut world = World::new();
    assert_eq!(ask(&mut world, &sha1), RefusalReason::Invalid);
    assert_eq!(world.refusals, [service::Error::Csr(CsrFlaw::Algorithm)]);

    // The version 1 instead of 0 (RFC 2986 section 4.1).
    let info = csr(client_key()).info().to_vec();
    let position = info.windows(3).position(|bytes| bytes == [0x02, 0x01, 0x00]).expect("a version");
    let mut odd = info;
    odd[position + 2] = 1;
    let signature = client_key().sign(SignatureAlgorithm::RSA_PKCS1_SHA256, &odd, &mut TestRandom::new(1));
    let odd = Csr::from_der(&Writer::encode(|w| {
        w.sequence(|w| {
            w.raw(&odd);
            SignatureAlgorithm::RSA_PKCS1_SHA256.identifier().encode(w);
            w.bit_string(signature.expect("a signature").as_bytes());
        });
    }));
    let mut world = World::new();
    assert_eq!(ask(&mut world, &odd.expect("a CSR")), RefusalReason::Invalid);
    assert!(matches!(world.refusals.as_slice(), [service::Error::Csr(CsrFlaw::Form(_))]));
}

/// The fatal mistake that a broker can make: to encrypt to whom the device says.
#[test]
fn a_device_can_not_say_whom_to_encrypt_to() {
    // A CA certificate of its own beside the rest: there is no place for it.
    let mut world = World::new();
    let honest = signed_digest(&mut world);
    let own = fixtures::answering_root(client_key());
    for index in 0..=6 {
        let mut all = fields(&honest);
        all.insert(index, own.as_der().to_vec());
        let stuffed = message(1, |w| all.iter().for_each(|field| w.raw(field)));
        assert_eq!(refusal(&world.answer(&stuffed)), RefusalReason::Invalid, "{index}");
    }
    // In place of the transport certificate.
    assert_eq!(refusal(&world.answer(&with_field(&honest, 3, own.as_der()))), RefusalReason::Invalid);
    assert_eq!(world.refusals.last(), Some(&service::Error::Transport(TransportFlaw::IsCa)));
    assert!(world.to_ca.is_empty());
}

/// A network that the device controls, between service and CA.
#[test]
fn a_ca_that_is_not_pinned_gets_nothing() {
    let mut world = World::new();
    world.server = TestServer::with_ra(other_key(), other_key(), PROVIDER);
    let end = world.drive();
    assert!(matches!(end, Ok(device::Step::Rejected(Rejected::ByService(RefusalReason::Unavailable)))), "{end:?}");
    let [service::Error::Scep(error)] = world.refusals.as_slice() else { panic!("{:?}", world.refusals) };
    assert_eq!(**error, ScepError::Authority(AuthorityError::FingerprintMismatch));
    assert!(world.to_ca.iter().all(|request| !request.query.contains("PKIOperation")));

    // Nor one that is in the configuration.
    let mut world = World::new();
    let strange = TestServer::with_ra(other_key(), other_key(), PROVIDER);
    let authority = Authority::new(&strange.authority(), &PROVIDER, world.clock.now()).expect("an authority");
    world.client = ClientConfig::new(PROVIDER).with_authority(authority);
    let end = world.drive();
    assert!(matches!(end, Ok(device::Step::Rejected(Rejected::ByService(RefusalReason::Unavailable)))), "{end:?}");
    assert_eq!(world.refusals, [service::Error::NotPinned]);
    assert!(world.to_ca.iter().all(|request| !request.query.contains("PKIOperation")));
}

#[test]
fn an_envelope_for_a_ca_that_is_not_pinned_is_not_made() {
    let mut world = World::new();
    let honest = signed_digest(&mut world);
    let Ok(Incoming::SignedDigest(signed)) = world.broker.receive(&honest) else { panic!() };
    let blind = service::BlindRecord::from_der(world.blind.as_deref().expect("a record")).expect("a record");
    let strange = TestServer::with_ra(other_key(), other_key(), PROVIDER);
    let strange = Authority::new(&strange.authority(), &PROVIDER, world.clock.now()).expect("an authority");
    let (ours, capabilities) = world.authority();
    let (now, rng) = (world.clock.now(), &mut TestRandom::new(1));
    let complete = || {
        let admission = service::admit(None, None, AttemptLimits::DEFAULT, now).expect("an admission");
        let (broker, entitlement) = (&world.broker, &world.entitlement);
        broker.complete(&signed, entitlement, Some(&blind), admission.stored(), now).expect("a CSR")
    };
    let pkcs1 = pki_core::algorithm::KeyTransportAlgorithm::RsaPkcs1;
    let mut seal = |authority: &Authority, capabilities: &scep::Capabilities| {
        complete().seal_for_submission_by_device(authority, capabilities, pkcs1, rng).map(drop)
    };
    assert_eq!(seal(&strange, &capabilities), Err(service::Error::NotPinned));
    let poor = scep::Capabilities::parse(b"SHA-1\nDES3\n").expect("capabilities");
    assert_eq!(seal(&ours, &poor), Err(service::Error::Capabilities));
    assert_eq!(seal(&ours, &capabilities), Ok(()));
    let failing = &mut TestRandom::failing_after(1, 0);
    let failed = complete().seal_for_submission_by_device(&ours, &capabilities, pkcs1, failing).map(drop);
    assert!(matches!(failed, Err(service::Error::Build(_))), "{failed:?}");
    assert_eq!(failed.map_err(|error| error.reason()), Err(RefusalReason::Unavailable));
}

/// A CSR as large as may be, so that it is too large with a challenge in it.
#[test]
fn a_csr_that_leaves_no_room_for_the_challenge_is_refused() {
    let fill = |octets: usize| {
        let attribute = |w: &mut Writer| {
            w.sequence(|w| {
                w.oid(oid::TITLE);
                w.constructed(Tag::SET, |w| w.octet_string(&vec![0; octets]));
            });
        };
        let info = Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(0);
                w.raw(name("device").as_der());
                w.raw(public(client_key()).as_der());
                w.constructed(Tag::context_constructed(0), attribute);
            });
        });
        let algorithm = SignatureAlgorithm::RSA_PKCS1_SHA256;
        let signature = client_key().sign(algorithm, &info, &mut TestRandom::new(1)).expect("a signature");
        let der = Writer::encode(|w| {
            w.sequence(|w| {
                w.raw(&info);
                algorithm.identifier().encode(w);
                w.bit_string(signature.as_bytes());
            });
        });
        Csr::from_der(&der).expect("a CSR")
    };
    let mut world = World::new();
    let csr = fill(Csr::MAX_SIZE - 1_000);
    let (config, now) = (std::sync::Arc::clone(&world.config), world.clock.now());
    let step = device::Step::start(config, csr, transport(client_key()), now, &mut world.rng).expect("a step");
    let end = world.drive_from(step);
    assert!(matches!(end, Ok(device::Step::Rejected(Rejected::ByService(RefusalReason::Unavailable)))), "{end:?}");
    let refusals = world.refusals.as_slice();
    assert!(matches!(refusals, [service::Error::Challenge(UnusableChallenge::Unreadable(_))]), "{refusals:?}");
}

#[test]
fn another_csr_between_the_steps_is_found_out() {
    let mut world = World::new();
    let honest = signed_digest(&mut world);
    // Its own CSR for another key, or for other names: no blinding was kept for that.
    let other = fixtures::sign_csr(&CsrBuilder::new(name("device"), public(other_key()).clone()), other_key());
    let swapped = with_field(&honest, 1, other.as_der());
    assert_eq!(refusal(&world.answer(&swapped)), RefusalReason::Invalid);
    assert_eq!(world.refusals, [service::Error::Blinding]);
    let director = CsrBuilder::new(name("director"), public(client_key()).clone());
    let swapped = with_field(&honest, 1, fixtures::sign_csr(&director, client_key()).as_der());
    assert_eq!(refusal(&world.answer(&swapped)), RefusalReason::Mismatch);

    // With a derived blinding, the signature is not over it.
    let mut world = World::new().broker(blinding_key(), BlindingAttribute::RandomNonce);
    let honest = signed_digest(&mut world);
    let swapped = with_field(&honest, 1, other.as_der());
    let swapped = with_field(&swapped, 3, transport(other_key()).as_der());
    assert_eq!(refusal(&world.answer(&swapped)), RefusalReason::Invalid);
    assert_eq!(world.refusals, [service::Error::Signature(VerifyError::BadSignature)]);
    assert!(world.to_ca.is_empty());
}

#[test]
fn another_profile_is_refused_at_both_steps() {
    let mut world = World::new();
    let request = message(0, |w| {
        w.primitive(Tag::UTF8_STRING, b"vpn");
        w.raw(csr(client_key()).as_der());
    });
    assert_eq!(refusal(&world.answer(&request)), RefusalReason::Profile);
    let honest = signed_digest(&mut world);
    let vpn = Writer::encode(|w| w.primitive(Tag::UTF8_STRING, b"vpn"));
    assert_eq!(refusal(&world.answer(&with_field(&honest, 0, &vpn))), RefusalReason::Profile);
    // The very digest of one profile does not do for another: the blinding is the profile's.
    let pin = super::world::pin(&world.server);
    let vpn_entitlement = Entitlement::new(profile("vpn"), expectation(client_key()), Secret::from(CHALLENGE), pin);
    let mut world = World::new();
    let honest = signed_digest(&mut world);
    world.entitlement = vpn_entitlement;
    assert_eq!(refusal(&world.answer(&with_field(&honest, 0, &vpn))), RefusalReason::Invalid);
    assert_eq!(world.refusals, [service::Error::Blinding]);
}

#[test]
fn a_digest_is_completed_once_and_in_time() {
    let mut world = World::new();
    let honest = signed_digest(&mut world);
    assert_eq!(number(&world.answer(&honest)), 9);
    assert_eq!(refusal(&world.answer(&honest)), RefusalReason::Invalid);
    assert_eq!(world.refusals, [service::Error::Blinding]);

    let mut world = World::new();
    let honest = signed_digest(&mut world);
    world.clock.advance(service::BlindRecord::LIFETIME + Duration::from_secs(1));
    assert_eq!(refusal(&world.answer(&honest)), RefusalReason::Invalid);
    assert_eq!(world.refusals, [service::Error::Blinding]);

    // A derived blinding does for its period and the one after.
    for (days, expected) in [(0, Ok(9)), (1, Ok(9)), (2, Err(RefusalReason::Invalid))] {
        let mut world = World::new().broker(blinding_key(), BlindingAttribute::RandomNonce);
        let honest = signed_digest(&mut world);
        world.clock.advance(Duration::from_secs(days * 86_400));
        let answer = world.answer(&honest);
        match expected {
            Ok(expected) => assert_eq!(number(&answer), expected, "{days} days"),
            Err(reason) => assert_eq!(refusal(&answer), reason, "{days} days"),
        }
    }
}

#[test]
fn a_challenge_that_was_changed_in_between_does_not_go_out_under_the_old_signature() {
    let mut world = World::new();
    let honest = signed_digest(&mut world);
    let mut world = World {
        entitlement: super::world::entitlement(client_key(), "new", super::world::pin(&world.server)),
        ..world
    };
    assert_eq!(refusal(&world.answer(&honest)), RefusalReason::Invalid);
    assert_eq!(world.refusals, [service::Error::Signature(VerifyError::BadSignature)]);
}

#[test]
fn who_asks_too_often_is_told_to_wait() {
    let mut world = World::new();
    world.limits = AttemptLimits { per_device: 3, ..AttemptLimits::DEFAULT };
    let csr = csr(client_key());
    let request = message(0, |w| {
        w.primitive(Tag::UTF8_STRING, b"wifi");
        w.raw(csr.as_der());
    });
    for _ in 0..3 {
        assert_eq!(number(&world.answer(&request)), 8);
    }
    assert_eq!(refusal(&world.answer(&request)), RefusalReason::TooMany);
    let [service::Error::Attempts(error)] = world.refusals.as_slice() else { panic!() };
    assert_eq!((error.by, error.until), (Counted::Device, world.clock.now().plus(world.limits.window)));
    assert_eq!(world.attempts.1.map(|record| record.attempts()), Some(3));
    // The window ends.
    world.clock.advance(world.limits.window);
    assert_eq!(number(&world.answer(&request)), 8);

    // Many devices for one challenge.
    world.limits = AttemptLimits { per_challenge: 2, ..AttemptLimits::DEFAULT };
    world.attempts.0 = None;
    assert_eq!(number(&world.answer(&request)), 8);
    assert_eq!(refusal(&world.answer(&request)), RefusalReason::TooMany);
    assert!(matches!(world.refusals.last(), Some(service::Error::Attempts(e)) if e.by == Counted::Challenge));
    // A clock that is set back opens no new window.
    let past = world.clock.now().minus(Duration::from_secs(86_400));
    let (device, challenge) = world.attempts;
    assert!(service::admit(device.as_ref(), challenge.as_ref(), world.limits, past).is_err());
}

#[test]
fn a_transport_certificate_has_to_go_with_the_csr() {
    let key = client_key();
    let other = fixtures::self_signed("director", key);
    let by_ca = fixtures::below_root(ca_key(), "device", key, &Profile::SCEP_TRANSPORT);
    let named = |profile: &Profile, validity| {
        fixtures::certify((&name("device"), key), &name("device"), public(key), validity, profile)
    };
    let yesterday = super::world::now().minus(Duration::from_secs(86_400));
    let past = pki_core::Validity::new(yesterday, yesterday.plus(Duration::from_secs(3600)));
    let month = pki_core::Validity::new(yesterday, super::world::now().plus(Duration::from_secs(30 * 86_400)));
    let signing = Profile::SCEP_TRANSPORT.with_key_usage(KeyUsage::DIGITAL_SIGNATURE);
    let stranger = fixtures::certify(
        (&name("device"), other_key()),
        &name("device"),
        public(key),
        month,
        &Profile::SCEP_TRANSPORT,
    );
    for (certificate, flaw) in [
        (other, TransportFlaw::Subject),
        (named(&Profile::SCEP_TRANSPORT, fixtures::validity()), TransportFlaw::Validity),
        (named(&Profile::SCEP_TRANSPORT, past), TransportFlaw::Validity),
        (named(&signing, month), TransportFlaw::Usage),
        (stranger, TransportFlaw::NotSelfSigned),
        (transport_of_ec(), TransportFlaw::CannotDecrypt),
    ] {
        let mut world = World::new();
        let honest = signed_digest(&mut world);
        assert_eq!(refusal(&world.answer(&with_field(&honest, 3, certificate.as_der()))), RefusalReason::Invalid);
        assert_eq!(world.refusals, [service::Error::Transport(flaw)]);
        // Nor does an honest device begin with it.
        let config = std::sync::Arc::clone(&world.config);
        let started = device::Step::start(config, csr(key), certificate, world.clock.now(), &mut world.rng);
        assert_eq!(started.map(drop), Err(device::Error::Transport(flaw)));
    }
    // The CA's own certificate for that key is for no first request: it would look like a renewal.
    let mut world = World::new();
    let honest = signed_digest(&mut world);
    assert_eq!(refusal(&world.answer(&with_field(&honest, 3, by_ca.as_der()))), RefusalReason::Invalid);
}

fn transport_of_ec() -> Certificate {
    transport(ec_key())
}

#[test]
fn only_attributes_signed_by_the_transport_key_go_on() {
    let mut world = World::new();
    let honest = signed_digest(&mut world);
    let attributes = world.answer(&honest);
    let mut fields = body(&attributes);
    fields.any().expect("an algorithm");
    let bytes = fields.octet_string().expect("attributes");
    let id = fields_of_id(&honest);
    let answer = |id: &[u8], signature: &[u8]| {
        message(2, |w| {
            w.octet_string(id);
            w.octet_string(signature);
        })
    };
    let sign = |key: &PrivateKey, bytes: &[u8]| {
        key.sign(SignatureAlgorithm::RSA_PKCS1_SHA256, bytes, &mut TestRandom::new(1)).expect("a signature")
    };
    let forged = sign(other_key(), bytes);
    assert_eq!(refusal(&world.answer(&answer(&id, forged.as_bytes()))), RefusalReason::Invalid);
    let other = sign(client_key(), b"something else");
    assert_eq!(refusal(&world.answer(&answer(&id, other.as_bytes()))), RefusalReason::Invalid);
    let good = sign(client_key(), bytes);
    assert_eq!(refusal(&world.answer(&answer(b"another", good.as_bytes()))), RefusalReason::Invalid);
    let poll = message(3, |w| {
        w.octet_string(&id);
        w.octet_string(&[1; 16]);
    });
    assert_eq!(refusal(&world.answer(&poll)), RefusalReason::Invalid);
    let bad = || service::Error::Signature(VerifyError::BadSignature);
    assert_eq!(world.refusals, [bad(), bad(), service::Error::Transaction, service::Error::Unexpected]);
    assert!(world.to_ca.iter().all(|request| !request.query.contains("PKIOperation")));
    // None of that did any harm.
    assert_eq!(number(&world.answer(&answer(&id, good.as_bytes()))), 10);
    assert_eq!(world.outcome, Some(Outcome::Granted));
}

/// The transactionID of a signed digest.
fn fields_of_id(message: &[u8]) -> Vec<u8> {
    let fields = fields(message);
    Element::from_der(&fields[4]).expect("an element").content().to_vec()
}

#[test]
fn a_report_of_another_certificate_is_not_believed() {
    let mut world = World::new();
    let end = world.drive();
    assert!(matches!(end, Ok(device::Step::Issued(_))), "{end:?}");
    let id = fields_of_id(world.to_service.iter().find(|message| number(message) == 1).expect("a message"));
    let Some(service::Step::Relayed(relayed)) = world.step.take() else { panic!() };
    let report = |certificate: &Certificate, id: &[u8]| {
        let message = message(4, |w| {
            w.octet_string(id);
            w.raw(certificate.as_der());
        });
        let Ok(Incoming::Further(further)) = world.broker.receive(&message) else { panic!() };
        assert_eq!(further.transaction_id().as_bytes(), id);
        relayed.confirm(&further, world.clock.now())
    };
    let strange = fixtures::below_root(other_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    assert!(
        matches!(report(&strange, &id), Err(service::Error::Certificate(e)) if matches!(*e, device::Error::Chain(_)))
    );
    let other = fixtures::below_root(ca_key(), "device", other_key(), &Profile::DEVICE_CLIENT);
    let no_key = device::Error::Misbehaved(Misbehaviour::NoCertificateForKey);
    assert_eq!(report(&other, &id), Err(service::Error::Certificate(Box::new(no_key))));
    let good = world.confirmed.clone().expect("a certificate");
    assert_eq!(report(&good, b"another"), Err(service::Error::Transaction));
    assert_eq!(report(&good, &id), Ok(good.clone()));
}

#[test]
fn what_is_no_message_is_refused() {
    let world = World::new();
    let receive = |bytes: &[u8]| world.broker.receive(bytes).map(drop);
    for bytes in [&b""[..], b"garbage", &[0x30, 0x00], &message(5, |_| {}), &message(8, |w| w.octet_string(&[0; 32]))] {
        assert!(matches!(receive(bytes), Err(service::Error::Decode(_))), "{bytes:?}");
    }
    let version = Writer::encode(|w| {
        w.sequence(|w| {
            w.small_integer(2);
            w.constructed(Tag::context_constructed(0), |_| {});
        });
    });
    let Err(service::Error::Decode(error)) = receive(&version) else { panic!() };
    assert_eq!(error.kind(), DecodeErrorKind::UnsupportedVersion);
    let Err(service::Error::Decode(error)) = receive(&vec![0x30; 128 * 1024 + 1]) else { panic!() };
    assert_eq!(error.kind(), DecodeErrorKind::TooLarge);
    let named = |name: &[u8]| {
        message(0, |w| {
            w.primitive(Tag::UTF8_STRING, name);
            w.raw(csr(client_key()).as_der());
        })
    };
    for name in [&[][..], &[b'a'; 129], &[0xff], b"two words"] {
        let Err(service::Error::Decode(error)) = receive(&named(name)) else { panic!() };
        assert_eq!(error.kind(), DecodeErrorKind::InvalidString);
    }
    assert_eq!(receive(&named(&[b'a'; 128])), Ok(()));
    let poll = |nonce: &[u8]| {
        message(3, |w| {
            w.octet_string(b"id");
            w.octet_string(nonce);
        })
    };
    assert!(receive(&poll(&[0; 8])).is_err() && receive(&poll(&[])).is_err());
    assert_eq!(receive(&poll(&[0; 16])), Ok(()));
    assert!(Nonce::from_bytes(&[0; 8]).is_ok() && TransactionId::from_text("id").is_ok());
}

#[test]
fn a_challenge_that_can_not_be_used_is_the_service_s_to_mend() {
    for (challenge, attribute, expected) in [
        (Secret::from(""), BlindingAttribute::RandomNonce, UnusableChallenge::Empty),
        (Secret::from(&[0xff][..]), BlindingAttribute::RandomNonce, UnusableChallenge::NotText),
        (Secret::new(vec![b'a'; 256]), BlindingAttribute::RandomNonce, UnusableChallenge::TooLong),
        (Secret::new(vec![b'a'; 112]), BlindingAttribute::UnstructuredName, UnusableChallenge::TooLong),
    ] {
        let mut world = World::new().broker(Blinding::Fresh, attribute);
        let pin = super::world::pin(&world.server);
        world.entitlement = Entitlement::new(profile("wifi"), expectation(client_key()), challenge, pin);
        assert_eq!(ask(&mut world, &csr(client_key())), RefusalReason::Unavailable);
        assert_eq!(world.refusals, [service::Error::Challenge(expected)]);
    }
    let huge = CsrBuilder::new(name("device"), public(client_key()).clone())
        .add_attribute(oid::TITLE, &Writer::encode(|w| w.octet_string(&vec![0; 31_900])));
    let mut world = World::new();
    let answer = ask_any(&mut world, &fixtures::sign_csr(&huge, client_key()));
    assert_eq!(number(&answer), 8);
}

fn ask_any(world: &mut World, csr: &Csr) -> Vec<u8> {
    let request = message(0, |w| {
        w.primitive(Tag::UTF8_STRING, b"wifi");
        w.raw(csr.as_der());
    });
    world.answer(&request)
}

#[test]
fn randomness_that_fails_is_an_error() {
    let world = World::new();
    let request = message(0, |w| {
        w.primitive(Tag::UTF8_STRING, b"wifi");
        w.raw(csr(client_key()).as_der());
    });
    let Ok(Incoming::Request(request)) = world.broker.receive(&request) else { panic!() };
    let now = world.clock.now();
    let admission = service::admit(None, None, AttemptLimits::DEFAULT, now).expect("an admission");
    let failed = world.broker.prepare(
        &request,
        &world.entitlement,
        admission.stored(),
        now,
        &mut TestRandom::failing_after(1, 0),
    );
    assert!(matches!(failed, Err(service::Error::Random(_))));
}
