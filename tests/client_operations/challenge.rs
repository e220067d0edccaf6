//! Replies under the challenge.

use super::*;

fn ec() -> Run {
    Run::request(Scenario::new().key(ec_key()).start(), NO_RENEWAL)
}

#[test]
fn scep_3_1_03_a_key_that_can_not_decrypt_gets_its_reply_under_the_challenge() {
    for scenario in [Scenario::new(), Scenario::new().finished_csr()] {
        let mut run = Run::request(scenario.key(ec_key()).start(), NO_RENEWAL);
        let signer = run.asked().signer;
        // SCEP-2.3-02.
        assert_eq!(signer.key_usage(), Ok(Some(KeyUsage::DIGITAL_SIGNATURE)));
        assert_eq!(signer.public_key(), public(ec_key()).as_ref());
        let reply = run.success_under(&forge::certs_only(&[&device(ec_key())]), fixtures::CHALLENGE);
        assert_eq!(issued(run.end(&reply)), device(ec_key()));
        assert_eq!(run.opened, [OpenWith::Challenge]);
    }
}

#[test]
fn e07_an_ec_key_enrols_at_our_server_and_renews() {
    let mut pair = Scenario::new().key(ec_key()).start();
    let first = pair.drive().issued().certificate().clone();
    assert_eq!(first.public_key(), public(ec_key()).as_ref());
    let mut pair = Scenario::with_server(pair.server).key(ec_key()).renewal(first.clone(), ec_key()).start();
    let second = pair.drive().issued().certificate().clone();
    assert_eq!(second.public_key(), first.public_key());
    assert_ne!(second.serial_number(), first.serial_number());
}

#[test]
fn e07_a_wrong_challenge_opens_nothing() {
    let mut run = ec();
    let data = forge::certs_only(&[&device(ec_key())]);
    let reply = run.success_under(&data, "another");
    assert_eq!(error(run.end(&reply)), Error::Message(MessageError::Unopenable));
    let Ok(Step::Open(open)) = run.pair.try_reply(&reply.to_reply()) else { panic!("not to be opened") };
    // The step remains, and the right one opens it.
    let rng = &mut run.pair.rng;
    assert!(open.open_with_challenge(&Secret::from(""), rng).is_err());
    assert!(matches!(open.open_with_challenge(&Secret::from("another"), rng), Ok(Step::Issued(_))));
    // The work may be done elsewhere.
    let wrapped = open.password_wrapped_key().expect("under a password");
    let key = wrapped.derive(&Secret::from("another"), &PROVIDER).expect("PBKDF2");
    let content_key = wrapped.unwrap_key(&key, rng, &PROVIDER).expect("a key");
    assert!(matches!(open.attach(&content_key), Ok(Step::Issued(_))));
}

#[test]
fn a_reply_is_opened_by_what_it_needs_and_nothing_else() {
    let mut run = ec();
    let reply = run.success_under(&forge::certs_only(&[&device(ec_key())]), fixtures::CHALLENGE);
    let Ok(Step::Open(open)) = run.pair.try_reply(&reply.to_reply()) else { panic!("not to be opened") };
    assert_eq!((open.needs(), open.wrapped_key()), (OpenWith::Challenge, None));
    let result = open.open_with(client_key(), &mut run.pair.rng);
    assert_eq!(error(result), Error::Unsupported(Unsupported::EncryptedUnderChallenge));
    let (mut pair, open) = Scenario::new().to_open();
    assert_eq!((open.needs(), open.password_wrapped_key()), (OpenWith::Key(KeyRole::New), None));
    let result = open.open_with_challenge(&Secret::from(fixtures::CHALLENGE), &mut pair.rng);
    assert_eq!(error(result), Error::Unsupported(Unsupported::EncryptedToKey));
}

#[test]
fn scep_3_1_02_a_reply_under_the_challenge_is_not_for_a_key_that_can_decrypt() {
    let mut run = Run::request(Scenario::new().start(), NO_RENEWAL);
    let reply = run.success_under(&forge::certs_only(&[&device(client_key())]), fixtures::CHALLENGE);
    assert_eq!(error(run.end(&reply)), Error::Message(MessageError::UnknownRecipient));
    // Nor does one to some RSA key do for a key that can't.
    let mut run = ec();
    let data = forge::certs_only(&[&device(ec_key())]);
    let reply = run.cert_rep("0").content(forge::envelope(&data, &fixtures::self_signed("device", client_key())));
    assert_eq!(error(run.end(&reply)), Error::Message(MessageError::UnknownRecipient));
}

#[test]
fn e07_more_iterations_than_there_may_be_are_refused_before_any_work() {
    let mut run = ec();
    let mut content = forge::envelope_under(&forge::certs_only(&[&device(ec_key())]), fixtures::CHALLENGE);
    // 10,000 iterations as an INTEGER become as many as four octets hold: 02 02 27 10.
    let place = content.windows(4).position(|window| window == [0x02, 0x02, 0x27, 0x10]).expect("iterationCount");
    content[place + 2] = 0x7f;
    let reply = run.cert_rep("0").content(content.clone());
    let limits = Limits::DEFAULT.with_iterations(10_001);
    let config = ClientConfig::new(PROVIDER).with_limits(limits);
    let mut strict = Run::request(Scenario::new().key(ec_key()).unpinned().start_with(config), NO_RENEWAL);
    let strict_reply = strict.cert_rep("0").content(content);
    assert!(matches!(
        error(strict.end(&strict_reply)),
        Error::Message(MessageError::Envelope(pki_core::cms::EnvelopeError::TooManyIterations { .. }))
    ));
    // Within the default limit it is merely the wrong key.
    assert_eq!(error(run.end(&reply)), Error::Message(MessageError::Unopenable));
}

#[test]
fn scep_3_1_03_polls_of_an_ec_key_go_on_from_a_record_and_the_challenge_comes_from_the_caller() {
    let mut run = Run::new(Scenario::new().key(ec_key()).pending(1).start(), NO_RENEWAL);
    while !matches!(run.pair.step, Step::Wait(_)) {
        // The server's answer to the request is PENDING whatever the key; see its own tests for the rest.
        if let Step::Exchange(exchange) = &run.pair.step
            && exchange.request().query == "operation=PKIOperation"
        {
            let reply = run.cert_rep("3").to_reply();
            run.pair.step = run.pair.try_reply(&reply).expect("a wait");
        } else {
            run.pair.turn().expect("a next step");
        }
    }
    let Step::Wait(wait) = &run.pair.step else { panic!("{:?}", run.pair.step) };
    let record = wait.record().to_der();
    assert!(!record.windows(7).any(|window| window == &fixtures::CHALLENGE.as_bytes()[..7]));
    run.pair.restart_client();
    run.advance().expect("the poll");
    assert_eq!(run.message_type(), MessageType::CERT_POLL);
    let reply = run.success_under(&forge::certs_only(&[&device(ec_key())]), fixtures::CHALLENGE);
    assert_eq!(issued(run.end(&reply)), device(ec_key()));
}

#[test]
fn the_renewal_of_an_ec_key_needs_a_challenge_and_sends_it() {
    let renewing = || renewing(device(ec_key())).renewal(device(ec_key()), ec_key());
    let mut run = Run::request(renewing().challenge(Some(fixtures::CHALLENGE)).start(), RENEWAL);
    assert_eq!(run.message_type(), MessageType::RENEWAL_REQ);
    assert!(run.csr().challenge_password().expect("readable").is_some());
    let reply = run.success_under(&forge::certs_only(&[&device(client_key())]), fixtures::CHALLENGE);
    assert_eq!(issued(run.end(&reply)), device(client_key()));
    let mut pair = renewing().start();
    let result = pair.try_reply(&HttpResponse::ok(MediaType::TextPlain, RENEWAL));
    assert_eq!(error(result), Error::Unsupported(Unsupported::TransportKeyCannotDecrypt));
}
