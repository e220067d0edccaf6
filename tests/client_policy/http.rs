//! HTTP (section 4.1), and when to ask again.

use super::*;

/// Every exchange of an enrolment.
fn every_exchange() -> [Pair; 4] {
    [Stage::Capabilities, Stage::Certificates, Stage::Request, Stage::Poll]
        .map(|stage| Scenario::new().pending(3).to_exchange(stage).0)
}

#[test]
fn a_server_that_is_busy_says_when_to_ask_again() {
    let hint = RetryAfter::Delay(Duration::from_secs(120));
    for mut pair in every_exchange() {
        for status in [429, 503] {
            let busy = HttpResponse::new(status, "text/plain", "").with_retry_after(hint);
            let error = pair.try_reply(&busy).map(drop).expect_err("an error");
            assert!(error.is_retryable());
            assert_eq!(error.retry_after(), Some(hint));
            let busy = HttpResponse::new(status, "text/plain", "");
            assert_eq!(pair.try_reply(&busy).map(drop).expect_err("an error").retry_after(), None);
        }
        assert!(matches!(pair.drive(), End::Issued(_)), "{:?}", pair.errors);
    }
    let error = Error::Unsupported(Unsupported::Key);
    assert_eq!((error.retry_after(), error.is_retryable()), (None, false));
}

/// IIS before NDES answers what it can't read with 200 and HTML; sscep says "wrong MIME".
#[test]
fn n11_an_answer_that_is_none_says_what_it_was() {
    let page = format!("<html>\r\n<title>Server Error in '/CertSrv' \u{e9}</title>{}", "x".repeat(1000));
    let [_, rest @ ..] = every_exchange();
    for mut pair in rest {
        for (status, content_type) in [
            (200, "text/html; charset=utf-8"),
            (200, "text/plain"),
            (200, "application/octet-stream"),
            (200, ""),
            (404, "text/html"),
            (403, "application/x-pki-message"),
            (301, "text/html"),
        ] {
            let error = pair.try_reply(&HttpResponse::new(status, content_type, page.as_bytes())).map(drop);
            let Err(Error::Http(refusal)) = error else { panic!("{error:?}") };
            assert_eq!((refusal.status, refusal.content_type.as_str()), (status, content_type));
            assert!(refusal.excerpt.starts_with("<html>..<title>Server Error in '/CertSrv' ..</title>xxx"));
            assert_eq!(refusal.excerpt.chars().count(), 256);
            assert!(refusal.to_string().starts_with(&format!("HTTP {status} with {content_type:?}: <html>")));
        }
        assert!(matches!(pair.drive(), End::Issued(_)));
    }
}

#[test]
fn an_answer_that_is_none_is_one_to_get_next_ca_cert_either() {
    let call = Call::next_certificates(&config(), &Generations::new().current);
    for (status, content_type) in [(200, "text/html"), (200, ""), (503, "text/html"), (302, "text/html"), (403, "")] {
        let reply = HttpResponse::new(status, content_type, "<html>").with_retry_after(RetryAfter::parse("7"));
        let error = call.finish(&reply).expect_err("an error");
        assert!(matches!(&error, Error::Http(refusal) if refusal.status == status && refusal.excerpt == "<html>"));
        assert_eq!(error.retry_after(), RetryAfter::parse("7"));
    }
}

#[test]
fn long_content_types_are_cut() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
    let error = pair.try_reply(&HttpResponse::new(200, "x".repeat(100_000), "")).map(drop);
    let Err(Error::Http(refusal)) = error else { panic!("{error:?}") };
    assert_eq!(refusal.content_type.len(), 256);
}

/// The waits of a client that is never answered, in seconds.
fn waits(pair: &mut Pair) -> Vec<i64> {
    let (mut waits, mut last) = (Vec::new(), None);
    while pair.end().is_none() {
        if let Step::Wait(wait) = &pair.step {
            let until = wait.until().as_seconds();
            if last != Some(until) {
                waits.push(until - pair.clock.now().as_seconds());
                last = Some(until);
            }
        }
        pair.turn().expect("a next step");
    }
    waits
}

#[test]
fn a15_and_c7_apple_and_cisco_give_up_when_they_do() {
    for (policy, expected) in [(PollPolicy::APPLE, vec![10; 3]), (PollPolicy::CISCO_IOS, vec![60; 10])] {
        let mut pair = Scenario::new().pending(u32::MAX).poll_policy(policy).start();
        assert_eq!(waits(&mut pair), expected);
    }
}

#[test]
fn a_client_that_goes_on_elsewhere_goes_on_by_the_same_schedule() {
    let policy = PollPolicy { limit: 8, ..PollPolicy::DEFAULT };
    let start = |policy| Scenario::new().pending(u32::MAX).poll_policy(policy);
    let stay = waits(&mut start(policy).start());
    assert_ne!(stay, [60, 120, 240, 480, 960, 1920, 3600, 3600], "there is jitter");
    let (mut pair, _) = start(policy).to_wait();
    pair.restart_client();
    // Other randomness from here on changes nothing.
    pair.rng = TestRandom::new(77);
    assert_eq!(waits(&mut pair), stay);
    // Nor does any if the policy has the seed.
    let seeded = |seed| waits(&mut start(PollPolicy { seed: Some(9), ..policy }).seed(seed).start());
    assert_eq!(seeded(1), seeded(2));
}

#[test]
fn the_server_s_hint_is_kept_to() {
    let (mut pair, _) = Scenario::new().pending(3).to_exchange(Stage::Request);
    let now = pair.clock.now();
    let wait = |pair: &mut Pair, hint: Option<RetryAfter>| {
        let reply = pair.true_reply().with_retry_after(hint);
        match pair.try_reply(&reply) {
            Ok(Step::Wait(wait)) => wait.until().as_seconds() - now.as_seconds(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(wait(&mut pair, None), 60);
    assert_eq!(wait(&mut pair, RetryAfter::parse("5")), 5);
    // The clock of the tests says 2026-11-23 09:00:00.
    assert_eq!(wait(&mut pair, RetryAfter::parse("Mon, 23 Nov 2026 09:01:15 GMT")), 75);
    assert_eq!(wait(&mut pair, RetryAfter::parse("Mon, 23 Nov 2020 09:01:15 GMT")), 1);
    assert_eq!(wait(&mut pair, RetryAfter::parse("999999")), 3600);
    assert_eq!(wait(&mut pair, RetryAfter::parse("later")), 60);
}
