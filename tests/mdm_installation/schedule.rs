//! What is due when: 50 years of an installation that does what it is told.

use std::time::Duration;

use mdm_proto::installation::{Action, Authority, Installation, Schedule, ServerDue, ServerProfile, StepError};
use pki_core::{
    UnixTime,
    crypto::{Signer, rustcrypto::PROVIDER},
};

use super::world::*;

const SCHEDULE: Schedule = Schedule::DEFAULT;

fn due(installation: &Installation, at: UnixTime) -> Action {
    installation.next_action(&SCHEDULE, at)
}

/// The last second before.
fn before(at: UnixTime) -> UnixTime {
    UnixTime::from_seconds(at.as_seconds() - 1)
}

#[test]
fn the_server_certificate_comes_first_and_is_replaced_in_time() {
    let installation = installation();
    assert_eq!(due(&installation, now()), Action::IssueServer { because: ServerDue::Missing });
    let installation = with_server(&installation, "root-1", now());
    let not_after = day(365);
    let at = not_after.minus(days(30));
    assert_eq!(due(&installation, now()), Action::Wait { until: at });
    assert_eq!(due(&installation, before(at)), Action::Wait { until: at });
    assert_eq!(due(&installation, at), Action::IssueServer { because: ServerDue::Ending { not_after } });
    let sooner = SCHEDULE.with_server(days(60));
    assert_eq!(installation.next_action(&sooner, now()), Action::Wait { until: not_after.minus(days(60)) });
}

/// Of 20 days, where 30 days before the end would be before the beginning.
#[test]
fn a_short_server_certificate_is_replaced_at_half_of_its_life_and_not_at_once() {
    let installation = installation();
    let profile = ServerProfile::new().add_dns_name("mdm.example.com").with_lifetime(days(20));
    let issuer = installation.current().issuer();
    let certificate = profile.with_back_dating(Duration::ZERO).certificate(
        issuer,
        key("server").public_key().clone(),
        &issuance(now()),
        &PROVIDER,
    );
    let certificate = sign(&certificate.unwrap(), root_key("root-1"));
    let installation = installation.with_server(certificate, handle("server"), &PROVIDER).unwrap();
    assert_eq!(due(&installation, now()), Action::Wait { until: day(10) });
    let because = ServerDue::Ending { not_after: day(20) };
    assert_eq!(due(&installation, day(10)), Action::IssueServer { because });
}

/// What is said can be done: with as many former roots as are kept, the next waits until one of them goes.
#[test]
fn a_switch_waits_for_room() {
    let mut installation = with_server(&installation(), "root-1", now());
    let roll = |installation: &Installation, number: u64| {
        let key = format!("root-{number}");
        let next = Authority::new(root_at("Next", &key, day(number)), handle(&key));
        installation.begin_rollover(next, day(number)).unwrap()
    };
    for number in 2..=5 {
        installation = roll(&installation, number).switch(&SCHEDULE, day(number)).unwrap();
    }
    installation = roll(&with_server(&installation, "root-5", day(6)), 6);
    assert_eq!(installation.switch(&SCHEDULE, day(100)), Err(StepError::TooManyRoots));
    // The server certificate is not forgotten over it, 30 days before its end.
    assert_eq!(due(&installation, day(100)), Action::Wait { until: day(6 + 335) });
    assert!(matches!(due(&installation, day(6 + 335)), Action::IssueServer { .. }));
    // A root goes, before the next one comes.
    let installation = with_server(&installation, "root-5", day(6 + 335));
    let gone = UnixTime::from_seconds(day(2 + 365).as_seconds() + 1);
    assert_eq!(due(&installation, day(350)), Action::Wait { until: gone });
    assert_eq!(due(&installation, gone), Action::Retire { generation: 1 });
    assert_eq!(due(&installation.retire(1, gone).unwrap(), gone), Action::Switch);
}

#[test]
fn a_root_is_replaced_before_client_certificates_are_cut_short() {
    let end = root().validity().not_after;
    let begins = end.minus(days(365 + 90));
    let installation = with_server(&installation(), "root-1", begins.minus(days(200)));
    assert_eq!(due(&installation, before(begins)), Action::Wait { until: begins });
    assert_eq!(due(&installation, begins), Action::BeginRollover { end });
    let next = Authority::new(root_at("Next", "root-2", begins), handle("root-2"));
    let installation = installation.begin_rollover(next, begins).unwrap();
    let switches = begins.plus(days(90));
    assert_eq!(due(&installation, before(switches)), Action::Wait { until: switches });
    assert_eq!(due(&installation, switches), Action::Switch);
    let installation = installation.switch(&SCHEDULE, switches).unwrap();
    // Clients that were issued on the last day before the switch live as long as ever.
    let until = installation.former()[0].until;
    assert_eq!(until, switches.plus(days(365)));
    assert!(until <= end);
    let because = ServerDue::Ending { not_after: begins.plus(days(165)) };
    assert_eq!(due(&installation, begins.plus(days(135))), Action::IssueServer { because });
    let installation = with_server(&installation, "root-2", begins.plus(days(135)));
    let last = until;
    assert_eq!(due(&installation, last), Action::Wait { until: UnixTime::from_seconds(last.as_seconds() + 1) });
    let Action::Retire { generation: 1 } = due(&installation, UnixTime::from_seconds(last.as_seconds() + 1)) else {
        panic!("nobody needs it")
    };
}

#[test]
fn a_server_certificate_does_not_hold_a_former_root() {
    let installation = with_server(&installation(), "root-1", now());
    let next = Authority::new(root_at("Next", "root-2", now()), handle("root-2"));
    // A short rollover by hand, as after a loss of the key.
    let installation = installation.begin_rollover(next, now()).unwrap().switch(&SCHEDULE, now()).unwrap();
    let installation = installation.with_clients_until(1, day(60)).unwrap();
    let because = ServerDue::UnderFormerRoot { generation: 1 };
    assert_eq!(due(&installation, day(29)), Action::Wait { until: day(30) });
    assert_eq!(due(&installation, day(30)), Action::IssueServer { because });
    let installation = with_server(&installation, "root-2", day(30));
    assert!(matches!(due(&installation, day(61)), Action::Retire { generation: 1 }));
}

#[test]
fn a_rollover_that_begins_late_ends_with_the_root() {
    let end = root().validity().not_after;
    let late = end.minus(days(10));
    let installation = with_server(&installation(), "root-1", late);
    assert_eq!(due(&installation, late), Action::BeginRollover { end });
    let next = Authority::new(root_at("Next", "root-2", late), handle("root-2"));
    let installation = installation.begin_rollover(next, late).unwrap();
    // The server certificate ends with the root: there is no longer one before the switch.
    assert_eq!(due(&installation, late), Action::Wait { until: end });
    assert_eq!(due(&installation, end), Action::Switch);
    let installation = installation.switch(&SCHEDULE, end).unwrap();
    assert_eq!(installation.former()[0].until, end);
    let because = ServerDue::Ending { not_after: end };
    assert_eq!(due(&installation, end), Action::IssueServer { because });
}

/// Whoever asks daily and does what is due always has a server certificate that is valid, an authority that can issue, and no
/// more than two roots.
#[test]
fn fifty_years() {
    let mut installation = installation();
    let (mut roots, mut servers) = (1, 0);
    for at in (0..50 * 365).map(day) {
        let mut steps = 0;
        loop {
            let issuer_key = format!("root-{}", installation.current().generation());
            installation = match due(&installation, at) {
                Action::Wait { until } => {
                    assert!(until > at);
                    break;
                }
                Action::IssueServer { .. } => {
                    servers += 1;
                    with_server(&installation, &issuer_key, at)
                }
                Action::BeginRollover { .. } => {
                    roots += 1;
                    let key = format!("root-{roots}");
                    let next = Authority::new(root_at(&format!("Root {roots}"), &key, at), handle(&key));
                    installation.begin_rollover(next, at).unwrap()
                }
                Action::Switch => installation.switch(&SCHEDULE, at).unwrap(),
                Action::Retire { generation } => installation.retire(generation, at).unwrap(),
                other => panic!("{other:?}"),
            };
            steps += 1;
            assert!(steps < 4, "it comes to an end");
        }
        assert!(installation.server().unwrap().certificate.validity().contains(at));
        assert!(installation.current().end() >= at.plus(days(365)), "client certificates are not cut short");
        assert!(installation.roots().len() <= 2);
    }
    // 50 years of certificates that are replaced after 335 days; of roots after 15 years less 455 days and 90 days.
    assert!((54..=58).contains(&servers), "{servers}");
    assert_eq!(roots, 4);
}
