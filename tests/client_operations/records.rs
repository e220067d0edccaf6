//! Records.

use super::*;

/// Written by version 1: pending after the first PENDING; messages signed by a transport key.
const VERSION_1_TRANSPORT: &[u8] = include_bytes!("../data/records/pending-1-transport-key.der");

#[test]
fn a_record_of_version_1_with_a_transport_key_is_read() {
    let record = PendingRecord::from_der(VERSION_1_TRANSPORT).expect("a record");
    assert_eq!(record.public_key(), &public(ec_key()));
    let (role, signer) = record.signer();
    assert_eq!((role, signer.public_key()), (KeyRole::Transport, public(fixtures::small_client_key()).as_ref()));
    assert_eq!((record.message_type(), record.current()), (MessageType::PKCS_REQ, None));
    assert_eq!(PendingRecord::from_der(&record.to_der()), Ok(record));
}

/// Written by version 2: a renewal with its chain, over RSAES-OAEP and RSASSA-PSS; by a first request for an EC key, with
/// AES-GCM, in place of a certificate that has expired.
const VERSION_2: [&[u8]; 2] = [
    include_bytes!("../data/records/pending-2-renewal.der"),
    include_bytes!("../data/records/pending-2-replacement.der"),
];

/// What the records of version 2 are of.
fn waiting() -> [Pair; 2] {
    let oaep = KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA256);
    let renewal = Renewal::of(current()).with_chain([fixtures::root(ca_key())]);
    let config = ClientConfig::new(PROVIDER).with_key_transport(oaep);
    let renewal = renewing(renewal).rsa_pss().pending(1).unpinned().start_with(config);
    let gcm = AuthenticatedEncryption::agreed(CipherAlgorithm::AES256_GCM);
    let replacement = Renewal::of(device_at(day(-10, -1))).with_style(RenewalStyle::Anew);
    let config = ClientConfig::new(PROVIDER).with_authenticated_encryption(gcm);
    let server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
    let replacement = Scenario::with_server(server).key(ec_key()).renewal(replacement, other_key()).pending(1);
    let mut pairs = [renewal, replacement.unpinned().start_with(config)];
    for pair in &mut pairs {
        while !matches!(pair.step, Step::Wait(_)) {
            pair.turn().expect("a next step");
        }
    }
    pairs
}

#[test]
fn records_of_version_2_are_read_and_written() {
    for ((sample, mut pair), (kind, role)) in VERSION_2
        .into_iter()
        .zip(waiting())
        .zip([(MessageType::RENEWAL_REQ, KeyRole::Current), (MessageType::PKCS_REQ, KeyRole::New)])
    {
        let record = PendingRecord::from_der(sample).expect("a record");
        assert_eq!(record.to_der(), sample);
        assert_eq!((record.message_type(), record.signer().0), (kind, role));
        assert!(record.current().is_some());
        // What was protected in which way goes on to be.
        pair.step = Step::Wait(record.resume(Arc::clone(&pair.config), pair.clock.now()).expect("a wait"));
        let mut run = Run { pair, signed: Vec::new(), opened: Vec::new() };
        let sign = match &run.pair.step {
            Step::Wait(wait) => wait.poll(&mut run.pair.rng),
            step => panic!("{step:?}"),
        };
        let Ok(Step::Sign(sign)) = sign else { panic!("{sign:?}") };
        let pss = sign.algorithm() == SignatureAlgorithm::RSA_PSS_SHA256;
        run.advance().expect("the poll");
        let algorithms = run.verified().envelope_algorithms(&forge::recipient(&run.pair.server), &PROVIDER);
        let algorithms = algorithms.expect("for the RA");
        let found = (pss, algorithms.cipher, algorithms.key_transport, run.received().certificates().len());
        let oaep = KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA256);
        match role {
            KeyRole::Current => assert_eq!(found, (true, CipherAlgorithm::AES128_CBC, oaep, 2)),
            _ => assert_eq!(found, (false, CipherAlgorithm::AES256_GCM, KeyTransportAlgorithm::RsaPkcs1, 1)),
        }
    }
}

#[test]
fn garbage_of_version_2_is_no_record() {
    for sample in VERSION_2 {
        for length in 0..sample.len() {
            assert!(matches!(PendingRecord::from_der(&sample[..length]), Err(Error::Record(_))));
        }
        for place in 0..sample.len() {
            let mut changed = sample.to_vec();
            changed[place] ^= 1 << (place % 8);
            if let Ok(record) = PendingRecord::from_der(&changed) {
                assert_eq!(PendingRecord::from_der(&record.to_der()), Ok(record));
            }
        }
    }
}

/// Each message of an enrolment and of a renewal, a poll among them, waits for its signature in a record: what is signed and what
/// is sent stays the same.
#[test]
fn a_message_is_signed_after_a_crash_as_before() {
    for scenario in [Scenario::new().pending(1), renewing(current()).pending(1)] {
        let mut pair = scenario.start();
        let mut kept = Vec::new();
        while pair.end().is_none() {
            if let Step::Sign(sign) = &pair.step
                && let Some(record) = sign.record()
            {
                let der = record.to_der();
                assert_eq!(SignRecord::from_der(&der), Ok(record.clone()));
                let resumed = record.resume(Arc::clone(&pair.config), pair.clock.now()).expect("a step");
                assert_eq!((resumed.bytes(), resumed.algorithm()), (sign.bytes(), sign.algorithm()));
                assert_eq!((resumed.key(), resumed.record()), (sign.key(), Some(record.clone())));
                let signature = Signature::new(vec![7; 256]);
                let sent = [sign, &resumed].map(|sign| match sign.attach(signature.clone(), &mut pair.rng) {
                    Ok(Step::Exchange(exchange)) => exchange.request().clone(),
                    step => panic!("{step:?}"),
                });
                assert_eq!(sent[0], sent[1]);
                assert_eq!((record.signer().0, record.public_key()), (sign.key(), Signer::public_key(pair.key)));
                let strange = Fingerprint::new(&[1; 32]).expect("a fingerprint");
                let config = ClientConfig::new(PROVIDER).with_fingerprint(strange);
                assert!(matches!(record.resume(config.into(), pair.clock.now()), Err(Error::Authority(_))));
                let poor = ClientConfig::new(CryptoProvider { digests: &[], ..PROVIDER });
                assert!(matches!(record.resume(poor.into(), pair.clock.now()), Err(Error::Build(_))));
                pair.step = Step::Sign(resumed);
                kept.push(der);
            }
            pair.turn().expect("a step");
        }
        assert!(matches!(pair.step, Step::Issued(_)), "{:?}", pair.step);
        // The request and the poll.
        assert_eq!(kept.len(), 2);
        for der in kept {
            torn(&der);
        }
    }
}

#[test]
fn what_is_begun_again_as_easily_has_no_record() {
    let (_, sign) = Scenario::new().to_sign();
    assert_eq!((sign.key(), sign.record()), (KeyRole::New, None), "the CSR");
    let lookup = LookupRequest::new(IssuerAndSerial::of(&current()), current());
    let run = Run::new(Scenario::new().start_get_cert(lookup), "SCEPStandard\n");
    let mut pair = run.pair;
    while !matches!(pair.step, Step::Sign(_)) {
        pair.turn().expect("a step");
    }
    let Step::Sign(sign) = &pair.step else { unreachable!() };
    assert_eq!(sign.record(), None);
}

fn torn(der: &[u8]) {
    for length in 0..der.len() {
        assert!(matches!(SignRecord::from_der(&der[..length]), Err(Error::Record(_))));
    }
    for place in 0..der.len() {
        let mut changed = der.to_vec();
        changed[place] ^= 1 << (place % 8);
        if let Ok(record) = SignRecord::from_der(&changed) {
            assert_eq!(SignRecord::from_der(&record.to_der()), Ok(record));
        }
    }
    // The version is the first INTEGER.
    let place = der.windows(3).position(|octets| octets == [2, 1, 1]).expect("a version");
    let mut later = der.to_vec();
    later[place + 2] = 2;
    let Err(Error::Record(error)) = SignRecord::from_der(&later) else { panic!("version 2") };
    assert_eq!((error.kind(), error.path().next()), (DecodeErrorKind::UnsupportedVersion, Some("SignRecord")));
}
