//! Renewal.

use super::*;

#[test]
fn scep_2_3_06_and_07_and_2_5_03_a_renewal_is_signed_by_the_current_certificate() {
    let mut run = Run::request(renewing(current()).start(), RENEWAL);
    assert_eq!(run.message_type(), MessageType::RENEWAL_REQ);
    // 2.3-11 and 2.3-12: it verifies by the certificate that is in it, which is the current one and no other.
    assert_eq!(run.received().certificates(), [current()]);
    assert_eq!(run.asked().signer, current());
    assert_eq!(run.csr().public_key(), Signer::public_key(client_key()).as_ref());
    run.advance().expect("the end");
    let issued = run.pair.end().expect("the end").issued();
    assert_eq!(issued.certificate().public_key(), Signer::public_key(client_key()).as_ref());
    // 2.3-13: the reply is encrypted to the current key.
    assert_eq!(run.signed, [KeyRole::New, KeyRole::Current]);
    assert_eq!(run.opened, [OpenWith::Key(KeyRole::Current)]);
}

#[test]
fn scep_2_3_12_the_chain_of_the_current_certificate_goes_along_if_wished() {
    let ca = fixtures::root(ca_key());
    let run = Run::request(renewing(Renewal::of(current()).with_chain([ca.clone()])).start(), RENEWAL);
    let mut found = run.received().certificates().to_vec();
    found.sort_by_key(|certificate| certificate == &ca);
    assert_eq!(found, [current(), ca]);
    assert_eq!(run.asked().signer, current());
}

#[test]
fn scep_2_3_13_a_reply_to_the_new_key_is_for_somebody_else() {
    let mut run = Run::request(renewing(current()).start(), RENEWAL);
    let data = forge::certs_only(&[&device(client_key())]);
    let to_new = run.cert_rep("0").content(forge::envelope(&data, &fixtures::self_signed("device", client_key())));
    assert_eq!(error(run.end(&to_new)), Error::Message(MessageError::UnknownRecipient));
    assert_eq!(issued(run.end(&run.success(&data))), device(client_key()));
}

#[test]
fn scep_2_4_04_and_05_the_challenge_is_left_out_of_a_renewal_unless_wished() {
    for (renewal, sent) in [(Renewal::of(current()), false), (Renewal::of(current()).with_challenge_sent(), true)] {
        let scenario = renewing(renewal.clone()).challenge(Some(fixtures::CHALLENGE));
        let run = Run::request(scenario.start(), RENEWAL);
        assert_eq!(run.message_type(), MessageType::RENEWAL_REQ);
        assert_eq!(run.csr().challenge_password().expect("readable").is_some(), sent);
        // What was signed elsewhere is sent as it is.
        let scenario = renewing(renewal).challenge(Some(fixtures::CHALLENGE)).finished_csr();
        assert!(Run::request(scenario.start(), RENEWAL).csr().challenge_password().expect("readable").is_some());
    }
}

#[test]
fn scep_2_5_04_and_05_a_renewal_may_be_for_a_new_key_or_the_same() {
    for key in [client_key(), other_key()] {
        let mut run = Run::request(renewing(current()).key(key).start(), RENEWAL);
        run.advance().expect("the end");
        let issued = run.pair.end().expect("the end").issued();
        assert_eq!(issued.certificate().public_key(), Signer::public_key(key).as_ref());
        assert_ne!(issued.certificate(), &current());
    }
}

#[test]
fn a_finished_csr_is_renewed_with() {
    let mut run = Run::request(renewing(current()).finished_csr().start(), RENEWAL);
    assert_eq!(run.csr(), fixtures::sign_csr(&CsrBuilder::new(name("device"), public(client_key())), client_key()));
    run.advance().expect("the end");
    assert_eq!(run.signed, [KeyRole::Current]);
    assert!(matches!(run.pair.end(), Some(End::Issued(_))));
}

#[test]
fn scep_2_3_10_a_ca_that_does_not_state_renewal_gets_a_first_request() {
    let scenario = || renewing(current()).challenge(Some(fixtures::CHALLENGE));
    let mut run = Run::request(scenario().start(), NO_RENEWAL);
    assert_eq!(run.message_type(), MessageType::PKCS_REQ);
    assert!(run.asked().signer.is_self_issued());
    assert_eq!(run.asked().signer.public_key(), public(client_key()).as_ref());
    assert!(run.csr().challenge_password().expect("readable").is_some());
    run.advance().expect("the end");
    assert_eq!(run.signed, [KeyRole::New, KeyRole::New, KeyRole::New]);
    assert_eq!(run.opened, [OpenWith::Key(KeyRole::New)]);
    // That needs a challenge, and the CA's certificates are not even asked for.
    let mut pair = renewing(current()).start();
    let result = pair.try_reply(&HttpResponse::ok(MediaType::TextPlain, NO_RENEWAL));
    assert_eq!(error(result), Error::Unsupported(Unsupported::RenewalNotStated));
}

#[test]
fn what_a_renewal_is_asked_by() {
    use RenewalStyle::{Anew, PkcsReq, RenewalReq};
    const FIRST: (MessageType, bool) = (MessageType::PKCS_REQ, true);
    const OLD: (MessageType, bool) = (MessageType::PKCS_REQ, false);
    const NEW: (MessageType, bool) = (MessageType::RENEWAL_REQ, false);
    for (style, fallback, stated, unstated) in [
        (None, Some(PkcsReq), NEW, OLD),
        (None, Some(RenewalReq), NEW, NEW),
        (None, Some(Anew), NEW, FIRST),
        (Some(PkcsReq), None, OLD, OLD),
        (Some(RenewalReq), Some(PkcsReq), NEW, NEW),
        (Some(Anew), None, FIRST, FIRST),
    ] {
        let mut renewal = Renewal::of(current());
        if let Some(style) = style {
            renewal = renewal.with_style(style);
        }
        if let Some(fallback) = fallback {
            renewal = renewal.with_fallback(fallback);
        }
        for (capabilities, expected) in [(RENEWAL, stated), (NO_RENEWAL, unstated)] {
            let mut run = Run::request(renewing(renewal.clone()).start(), capabilities);
            let found = (run.message_type(), run.asked().signer.is_self_issued());
            assert_eq!(found, expected, "{style:?} {fallback:?} {capabilities:?}");
            run.advance().expect("the end");
            assert!(matches!(run.pair.end(), Some(End::Issued(_))));
        }
    }
}

#[test]
fn scep_2_3_01_a_first_request_is_signed_by_a_fresh_self_signed_certificate() {
    let first = |seed| {
        let server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
        Run::request(Scenario::with_server(server).seed(seed).start(), RENEWAL)
    };
    let (one, other) = (first(1), first(2));
    for run in [&one, &other] {
        let signer = run.asked().signer;
        assert_eq!(run.message_type(), MessageType::PKCS_REQ);
        assert_eq!(run.received().certificates(), std::slice::from_ref(&signer));
        assert!(signer.is_self_issued() && signer.verify_signature(signer.public_key(), &PROVIDER).is_ok());
    }
    assert_ne!(one.asked().signer.serial_number(), other.asked().signer.serial_number());
}

/// What `certificate` is refused for, before anything is signed with it.
fn unusable(certificate: &Certificate) -> UnusableCertificate {
    let mut run = Run::new(renewing(certificate.clone()).start(), RENEWAL);
    match run.advance() {
        Err(Some(Error::CurrentCertificate(error))) => {
            assert_eq!(run.signed, []);
            assert!(!error.to_string().is_empty());
            error
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_that_is_not_valid_now_does_not_sign_its_renewal() {
    for (from, to) in [(-10, -1), (1, 10)] {
        let (at, validity) = (Clock::new().now(), day(from, to));
        let expected =
            UnusableCertificate::NotValidNow { at, not_before: validity.not_before, not_after: validity.not_after };
        assert_eq!(unusable(&device_at(validity)), expected);
    }
    // It may be replaced all the same.
    let renewal = Renewal::of(device_at(day(-10, -1))).with_style(RenewalStyle::Anew);
    let mut run = Run::request(renewing(renewal).start(), RENEWAL);
    run.advance().expect("the end");
    assert!(matches!(run.pair.end(), Some(End::Issued(_))));
}

#[test]
fn a_certificate_that_is_not_for_signatures_does_not_sign_its_renewal() {
    let encryption = fixtures::below_root(ca_key(), "device", other_key(), &Profile::RA_ENCRYPTION);
    assert_eq!(unusable(&encryption), UnusableCertificate::NotForSignatures);
}

#[test]
fn a_certificate_of_another_ca_does_not_sign_a_renewal_unless_wished() {
    let stranger = fixtures::certify(
        (&name("Elsewhere"), fixtures::ra_encryption_key()),
        &name("device"),
        &public(other_key()),
        fixtures::validity(),
        &Profile::DEVICE_CLIENT,
    );
    let impostor = fixtures::certify(
        (&name("Root"), fixtures::ra_encryption_key()),
        &name("device"),
        &public(other_key()),
        fixtures::validity(),
        &Profile::DEVICE_CLIENT,
    );
    for certificate in [&stranger, &impostor, &fixtures::self_signed("device", other_key())] {
        match unusable(certificate) {
            UnusableCertificate::NotIssuedByAuthority(error) => {
                assert!(matches!(error.violation(), Violation::UnknownIssuer { .. } | Violation::Signature(_)))
            }
            other => panic!("{other:?}"),
        }
    }
    // SCEP-2.3-08.
    let run = Run::request(renewing(Renewal::of(stranger.clone()).of_another_ca()).start(), RENEWAL);
    assert_eq!((run.message_type(), run.asked().signer), (MessageType::RENEWAL_REQ, stranger));
}

#[test]
fn a_certificate_below_an_intermediate_is_renewed_with_its_chain() {
    let intermediate =
        fixtures::below_root(ca_key(), "Issuing", fixtures::ra_encryption_key(), &Profile::issuing_ca(0));
    let below = fixtures::certify(
        (&name("Issuing"), fixtures::ra_encryption_key()),
        &name("device"),
        &public(other_key()),
        fixtures::validity(),
        &Profile::DEVICE_CLIENT,
    );
    assert!(matches!(unusable(&below), UnusableCertificate::NotIssuedByAuthority(_)));
    let run = Run::request(renewing(Renewal::of(below.clone()).with_chain([intermediate])).start(), RENEWAL);
    assert_eq!(run.asked().signer, below);
}

#[test]
fn scep_2_5_06_polls_of_a_renewal_are_signed_by_the_current_certificate_after_a_restart_too() {
    let mut run = Run::new(renewing(current()).pending(2).start(), RENEWAL);
    while run.pair.end().is_none() {
        if let Step::Wait(wait) = &run.pair.step {
            let record = wait.record();
            assert_eq!(record.message_type(), MessageType::RENEWAL_REQ);
            assert_eq!((record.signer(), record.current()), ((KeyRole::Current, &current()), Some(&current())));
            run.pair.restart_client();
        }
        run.advance().expect("a next step");
        if matches!(&run.pair.step, Step::Exchange(_)) {
            assert_eq!(run.received().certificates(), [current()]);
        }
    }
    assert!(matches!(run.pair.end(), Some(End::Issued(_))));
    assert_eq!(run.signed, [KeyRole::New, KeyRole::Current, KeyRole::Current, KeyRole::Current]);
    assert_eq!(run.opened, [OpenWith::Key(KeyRole::Current)]);
}

#[test]
fn n10_the_same_certificate_is_no_renewal() {
    let styles = [RenewalStyle::RenewalReq, RenewalStyle::PkcsReq, RenewalStyle::Anew];
    for style in styles {
        // NDES does this where the key is the same.
        let mut run =
            Run::request(renewing(Renewal::of(current()).with_style(style)).key(other_key()).start(), RENEWAL);
        let same = run.success(&forge::certs_only(&[&current(), run.pair.server.ca()]));
        assert_eq!(rejected(run.end(&same)).reason(), &RejectReason::SameCertificate);
        // Another one beside it is the new one, even if it does not last as long.
        let new = fixtures::certify(
            (&name("Root"), ca_key()),
            &name("renewed"),
            &public(other_key()),
            day(0, 1),
            &Profile::DEVICE_CLIENT,
        );
        let both = run.success(&forge::certs_only(&[&new, &current()]));
        assert_eq!(issued(run.end(&both)), new);
        // For another key there is none at all.
        let stranger = run.success(&forge::certs_only(&[&device(client_key())]));
        assert_eq!(misbehaviour(run.end(&stranger)), Misbehaviour::NoCertificateForKey);
    }
}

#[test]
fn n10_the_same_serial_number_is_the_same_certificate() {
    // The fixtures' serial numbers follow from subject and key.
    let altered = device_at(day(0, 9));
    assert_eq!(altered.serial_number(), current().serial_number());
    assert_ne!(altered, current());
    // Also after a restart.
    let renewal = Renewal::of(current()).with_style(RenewalStyle::Anew);
    let mut run = Run::new(renewing(renewal).key(other_key()).pending(1).start(), RENEWAL);
    while !matches!(run.pair.step, Step::Wait(_)) {
        run.pair.turn().expect("a next step");
    }
    run.pair.restart_client();
    run.advance().expect("the poll");
    let reply = run.success(&forge::certs_only(&[&altered]));
    assert_eq!(rejected(run.end(&reply)).reason(), &RejectReason::SameCertificate);
}
