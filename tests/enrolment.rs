//! Whole enrolments over a network that fails.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use conformance::{End, Fault, Pair, Policy, Scenario, Stage, TestRandom, TestServer, fixtures};
use pki_core::crypto::{Signer, rustcrypto::PROVIDER};
use scep::{
    FailInfo,
    client::{
        Authority, AuthorityError, ClientConfig, Error, Fingerprint, Issued, KeyRole, OpenWith, PollPolicy,
        RejectReason, Step,
    },
    http::Method,
    server::TransactionState,
};

fn queries(pair: &Pair) -> Vec<&str> {
    let operation = |query: &str| query.split('&').next().unwrap_or_default().len();
    pair.network.log().iter().map(|(request, _)| &request.query[..operation(&request.query)]).collect()
}

fn issued_for(pair: &Pair, issued: &Issued) {
    assert_eq!(issued.certificate().public_key(), Signer::public_key(pair.key).as_ref());
    assert!(issued.certificate().verify_signature(pair.server.ca().public_key(), &PROVIDER).is_ok());
    assert_eq!(issued.chain().last(), Some(pair.server.ca()));
}

#[test]
fn a_certificate_is_issued_in_three_exchanges() {
    let mut pair = Scenario::new().start();
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
    assert_eq!(queries(&pair), ["operation=GetCACaps", "operation=GetCACert", "operation=PKIOperation"]);
    assert_eq!(pair.network.log()[2].0.method, Method::Post);
    assert_eq!(issued.chain().len(), 2);
    assert!(pair.errors.is_empty() && pair.server.refusals.is_empty());
}

#[test]
fn every_form_of_authority_issues() {
    for server in [
        TestServer::with_ca_key(fixtures::ca_key()),
        TestServer::with_ra(fixtures::ca_key(), fixtures::ra_key(), PROVIDER),
        TestServer::with_two_ras(fixtures::ca_key(), fixtures::ra_key(), fixtures::ra_encryption_key()),
    ] {
        let mut pair = Scenario::with_server(server).pending(1).start();
        let issued = pair.drive().issued();
        issued_for(&pair, &issued);
    }
}

#[test]
fn the_ca_is_confirmed_by_somebody_where_no_fingerprint_is_pinned() {
    let (mut pair, confirm) = Scenario::new().to_confirm();
    assert_eq!(confirm.fingerprint(), &Fingerprint::of(pair.server.ca(), &PROVIDER).expect("SHA-256"));
    assert_eq!(confirm.authority().anchor(), pair.server.ca());
    assert_eq!(pair.network.log().len(), 2);
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
}

#[test]
fn get_ca_cert_is_skipped_where_the_ca_is_known() {
    let scenario = Scenario::new();
    let server = TestServer::with_ra(fixtures::ca_key(), fixtures::ra_key(), PROVIDER);
    let authority = Authority::new(&server.authority(), &PROVIDER, conformance::Clock::new().now());
    let config = ClientConfig::new(PROVIDER).with_authority(authority.expect("an authority"));
    let mut pair = scenario.start_with(config);
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
    assert_eq!(queries(&pair), ["operation=GetCACaps", "operation=PKIOperation"]);
}

#[test]
fn pending_is_followed_by_polls_until_issued() {
    for times in [1, 2, 7] {
        let (mut pair, wait) = Scenario::new().pending(times).to_wait();
        let begin = pair.clock.now();
        assert_eq!(wait.until(), begin.plus(Duration::from_secs(60)));
        let issued = pair.drive().issued();
        issued_for(&pair, &issued);
        let operations = queries(&pair).iter().filter(|query| **query == "operation=PKIOperation").count();
        assert_eq!(operations, 1 + usize::try_from(times).expect("few"));
        // 60 s, 120 s, 240 s, ... to an hour at most.
        let waited: i64 = (0..times).map(|poll| (60 << poll).min(3600)).sum();
        assert_eq!(pair.clock.now().as_seconds() - begin.as_seconds(), waited);
    }
}

#[test]
fn pending_may_end_in_a_refusal() {
    let mut pair = Scenario::new().policy(Policy::PendThenReject(2, FailInfo::BAD_TIME)).start();
    let reason = pair.drive().rejected();
    assert_eq!(reason, RejectReason::Failed { info: Some(FailInfo::BAD_TIME), text: None });
}

#[test]
fn a_wrong_or_missing_challenge_is_refused() {
    for challenge in [None, Some("a guess"), Some("correct horse "), Some("correct hors")] {
        let mut pair = Scenario::new().challenge(challenge).start();
        let reason = pair.drive().rejected();
        assert_eq!(reason, RejectReason::Failed { info: Some(FailInfo::BAD_REQUEST), text: None });
        assert_eq!(pair.server.transactions.records().count(), 0);
    }
}

#[test]
fn an_empty_challenge_is_not_sent() {
    let mut pair = Scenario::new().challenge(Some("")).start();
    assert!(matches!(pair.drive(), End::Stuck));
    assert!(matches!(pair.errors.last(), Some(Error::Request(_))), "{:?}", pair.errors);
}

#[test]
fn polling_ends_at_the_limit() {
    let policy = PollPolicy { limit: 3, ..PollPolicy::DEFAULT };
    let mut pair = Scenario::new().pending(u32::MAX).poll_policy(policy).start();
    assert_eq!(pair.drive().rejected(), RejectReason::PollLimit);
    assert_eq!(queries(&pair).len(), 2 + 1 + 3);
}

#[test]
fn polling_ends_at_the_deadline() {
    let policy = PollPolicy { deadline: Duration::from_secs(400), jitter: 0, ..PollPolicy::DEFAULT };
    let mut pair = Scenario::new().pending(u32::MAX).poll_policy(policy).start();
    let begin = pair.clock.now();
    assert_eq!(pair.drive().rejected(), RejectReason::PollLimit);
    // 60 s, 60 + 120 s; the next would be at 420 s.
    assert_eq!(pair.clock.now().as_seconds() - begin.as_seconds(), 180);
    assert_eq!(queries(&pair).len(), 2 + 1 + 2);
}

#[test]
fn after_a_lost_reply_the_same_exchange_gives_the_same_certificate() {
    let (mut pair, exchange) = Scenario::new().to_exchange(Stage::Request);
    pair.network.then([Fault::DropReply]);
    assert_eq!(pair.turn(), Err(None));
    let first = pair.server.transactions.records().next().expect("a record").state().clone();
    let TransactionState::Issued(first) = first else { panic!("{first:?}") };
    let issued = pair.drive().issued();
    assert_eq!(issued.certificate(), &first[0]);
    let sent: Vec<_> = pair.network.log()[2..].iter().map(|(request, _)| request).collect();
    assert_eq!(sent, [exchange.request(), exchange.request()]);
}

#[test]
fn a_request_that_arrives_twice_is_one_request() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
    pair.network.then([Fault::DuplicateRequest]);
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
    assert_eq!(pair.server.transactions.records().count(), 1);
}

#[test]
fn the_reply_to_another_exchange_changes_nothing() {
    for back in 1..=2 {
        let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
        pair.network.then([Fault::Reorder(back)]);
        assert!(matches!(pair.turn(), Err(Some(Error::Http(_)))), "{:?}", pair.errors);
        let issued = pair.drive().issued();
        issued_for(&pair, &issued);
    }
}

#[test]
fn scep_3_2_1_5_04_the_reply_to_an_earlier_poll_changes_nothing() {
    let (mut pair, _) = Scenario::new().pending(3).to_exchange(Stage::Poll);
    pair.network.then([Fault::Reorder(1)]);
    assert_eq!(pair.turn(), Err(Some(scep::client::Misbehaviour::RecipientNonce.into())));
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
}

#[test]
fn no_changed_octet_of_a_reply_gets_through() {
    let (mut pair, _) = Scenario::small().to_exchange(Stage::Request);
    let reply = pair.true_reply();
    for place in 0..reply.body.len() {
        let mut corrupt = reply.clone();
        corrupt.body[place] ^= 0x11;
        match pair.try_reply(&corrupt) {
            Err(_) => {}
            // The bag is not signed, and not looked at. Nor are version numbers and digestAlgorithms.
            Ok(Step::Open(open)) => match open.open_with(pair.key, &mut pair.rng) {
                Ok(Step::Issued(issued)) => issued_for(&pair, &issued),
                other => panic!("octet {place}: {other:?}"),
            },
            Ok(other) => panic!("octet {place}: {other:?}"),
        }
    }
}

#[test]
fn no_shorter_reply_gets_through() {
    let (mut pair, _) = Scenario::small().to_exchange(Stage::Request);
    let reply = pair.true_reply();
    for length in 0..reply.body.len() {
        let mut short = reply.clone();
        short.body.truncate(length);
        let result = pair.try_reply(&short);
        assert!(matches!(result, Err(Error::Message(_))), "{length} octets: {result:?}");
    }
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
}

#[test]
fn the_server_restarts_between_request_and_poll() {
    let (mut pair, _) = Scenario::new().pending(2).to_wait();
    pair.server.restart();
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);

    let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
    pair.network.then([Fault::DropReply]);
    assert_eq!(pair.turn(), Err(None));
    pair.server.restart();
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
}

#[test]
fn a_server_without_memory_refuses_the_poll() {
    let (mut pair, _) = Scenario::new().pending(2).to_wait();
    pair.server.transactions = scep::server::Transactions::new(scep::server::TransactionLimits::DEFAULT);
    let reason = pair.drive().rejected();
    assert_eq!(reason, RejectReason::Failed { info: Some(FailInfo::BAD_REQUEST), text: None });
}

#[test]
fn the_client_restarts_while_it_waits() {
    let (mut pair, wait) = Scenario::new().pending(4).to_wait();
    let mut polls = 0;
    while pair.end().is_none() {
        if let Step::Wait(waiting) = &pair.step {
            assert_eq!(waiting.transaction_id(), wait.transaction_id());
            polls += 1;
            pair.restart_client();
        }
        pair.turn().expect("a next step");
    }
    assert_eq!(polls, 4);
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
}

#[test]
fn a_record_is_not_resumed_for_another_ca() {
    let (pair, wait) = Scenario::new().pending(1).to_wait();
    let other = Fingerprint::new(&[0x77; 32]).expect("32 octets");
    let config = Arc::new(ClientConfig::new(PROVIDER).with_fingerprint(other));
    let result = wait.record().resume(config, pair.clock.now());
    assert_eq!(result.map(drop), Err(Error::Authority(AuthorityError::FingerprintMismatch)));
}

#[test]
fn a_record_is_not_resumed_when_the_ca_has_expired() {
    let (mut pair, wait) = Scenario::new().pending(1).to_wait();
    pair.clock.advance(Duration::from_secs(6 * 365 * 86_400));
    let result = wait.record().resume(Arc::clone(&pair.config), pair.clock.now());
    assert!(matches!(result, Err(Error::Authority(AuthorityError::NotValidNow { .. }))), "{result:?}");
}

#[test]
fn an_ec_key_is_certified_over_an_rsa_transport_key() {
    let scenario = Scenario::new().key(fixtures::ec_key()).transport_key(fixtures::other_key());
    let mut pair = scenario.pending(1).start();
    let mut roles = Vec::new();
    while pair.end().is_none() {
        match &pair.step {
            Step::Sign(sign) => roles.push(sign.key()),
            Step::Open(open) => match open.needs() {
                OpenWith::Key(key) => roles.push(key),
                needs => panic!("{needs:?}"),
            },
            Step::Wait(_) => pair.restart_client(),
            _ => {}
        }
        pair.turn().expect("a next step");
    }
    // CSR; transport certificate, request, poll, reply.
    assert_eq!(roles, [KeyRole::New, KeyRole::Transport, KeyRole::Transport, KeyRole::Transport, KeyRole::Transport]);
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
}

#[test]
fn a_finished_csr_is_sent_as_it_is() {
    let mut pair = Scenario::new().finished_csr().start();
    let mut signatures = 0;
    while pair.end().is_none() {
        signatures += u32::from(matches!(pair.step, Step::Sign(_)));
        pair.turn().expect("a next step");
    }
    assert_eq!(signatures, 2);
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
    let csr = fixtures::sign_csr(&Scenario::new().request(), fixtures::client_key());
    let record = pair.server.transactions.records().next().expect("a record");
    assert_eq!(Some(record.csr()), csr.digest(&PROVIDER).as_ref());
}

#[test]
fn a_finished_csr_for_an_ec_key_goes_with_a_transport_key() {
    let scenario = Scenario::new().finished_csr().key(fixtures::ec_key()).transport_key(fixtures::other_key());
    let mut pair = scenario.start();
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
}

#[test]
fn keys_that_are_elsewhere_do_on_both_sides() {
    let mut pair = Scenario::new().pending(1).start();
    pair.keys_apart = true;
    pair.server.keep_keys_apart();
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
}

#[test]
fn get_is_used_where_the_ca_does_not_state_post() {
    let mut pair = Scenario::new().pending(1).start();
    let reply = scep::HttpResponse::new(200, "text/plain", "SHA-256\nAES\n");
    pair.step = pair.try_reply(&reply).expect("a next step");
    let issued = pair.drive().issued();
    issued_for(&pair, &issued);
    assert!(pair.network.log().iter().all(|(request, _)| request.method == Method::Get && request.body.is_empty()));
}

#[test]
fn transactions_differ_for_the_same_key() {
    let ids: BTreeSet<_> = (0..8)
        .map(|seed| {
            let (_, wait) = Scenario::small().seed(seed).pending(1).to_wait();
            wait.transaction_id().clone()
        })
        .collect();
    assert_eq!(ids.len(), 8);
}

/// What random schedules came to.
#[derive(Debug, Default)]
struct Tally {
    issued: u32,
    rejected: u32,
    errors: usize,
    refusals: usize,
}

/// 2,000 schedules: faults at random for the first exchanges, restarts on either side, and a network that works at last.
#[test]
fn whatever_the_network_does_it_ends_and_never_with_a_certificate_for_another_key() {
    let mut tally = Tally::default();
    for seed in 0..2000 {
        let mut chance = TestRandom::new(seed ^ 0x5ce9);
        let policy = match chance.below(6) {
            0 | 1 => Policy::Issue,
            2..5 => Policy::Pend(u32::try_from(1 + chance.below(3)).expect("few")),
            _ => Policy::PendThenReject(1, FailInfo::BAD_REQUEST),
        };
        let script: Vec<_> = (0..chance.below(9)).map(|_| Fault::random(&mut chance)).collect();
        let mut pair = Scenario::small().policy(policy).faults(script.clone()).seed(seed).start();
        let mut turns = 0;
        let end = loop {
            match pair.end() {
                Some(end) => break end,
                None if turns > 200 => break End::Stuck,
                None => {}
            }
            if chance.below(8) == 0 {
                pair.server.restart();
            }
            if matches!(pair.step, Step::Wait(_)) && chance.below(2) == 0 {
                pair.restart_client();
            }
            // An error leaves the step as it was.
            let before = format!("{:?}", pair.step);
            if pair.turn().is_err() {
                assert_eq!(format!("{:?}", pair.step), before);
            }
            turns += 1;
        };
        match end {
            End::Issued(issued) => {
                issued_for(&pair, &issued);
                tally.issued += 1;
            }
            End::Rejected(_) => tally.rejected += 1,
            End::Found(found) => panic!("{found:?}"),
            End::Stuck => panic!("seed {seed}: {script:?} got stuck at {:?} after {:?}", pair.step, pair.errors),
        }
        tally.errors += pair.errors.len();
        tally.refusals += pair.server.refusals.len();
    }
    // The schedules reached both ends, and both sides had something to refuse.
    assert!(tally.issued > 1000 && tally.rejected > 100 && tally.errors > 500 && tally.refusals > 50, "{tally:?}");
}
