//! The rollover (section 5.1).

use super::*;

#[test]
fn scep_5_1_02_a_next_ca_that_is_not_valid_yet_is_kept() {
    let generations = Generations::new();
    let future = root("Root", other_key(), 100, 4000);
    let next = generations.read(&generations.message().content(certs_only(&[&future]))).expect("the next");
    let rollover = Rollover::new(generations.current.clone()).with_next(&next, &PROVIDER, now()).expect("a rollover");
    let expiry = generations.server.ca().validity().not_after;
    assert_eq!(rollover.switch_at(), Some(expiry));
    let day = |days: u32| now().plus(DAY * days);
    let is_next = |rollover: &Rollover, at| Some(rollover.at(at)) == rollover.next();
    for at in [day(0), day(99), day(101), day(1800)] {
        assert!(!is_next(&rollover, at));
    }
    assert!(is_next(&rollover, expiry) && is_next(&rollover, day(3000)));
    assert_eq!(rollover.accepted(day(99)).count(), 1);
    assert_eq!(rollover.accepted(day(101)).count(), 2);
    assert_eq!(rollover.accepted(expiry.plus(DAY)).count(), 1);
    // Sooner, as the caller likes, but not before it is valid.
    let sooner = rollover.with_switch_at(day(50));
    assert!(!is_next(&sooner, day(51)) && is_next(&sooner, day(100)));
    assert_eq!(sooner.accepted(day(101)).count(), 2);
}

#[test]
fn where_the_current_ca_expires_early_the_next_one_takes_over() {
    let generations = Generations::new();
    let short = root("Root", ca_key(), -10, 10);
    let ra = fixtures::below_root(ca_key(), "RA", ra_key(), &Profile::RA);
    let rollover = Rollover::new(authority(&[short.clone(), ra]));
    let rollover = rollover.with_next(&generations.next(), &PROVIDER, now()).expect("a rollover");
    let late = rollover.clone().with_switch_at(now().plus(DAY * 1000));
    assert_eq!(late.at(now()), late.current());
    assert_eq!(Some(late.at(now().plus(DAY * 11))), late.next());
    let settled = rollover.clone().settled(now());
    assert_eq!(settled, rollover);
    let settled = rollover.clone().settled(now().plus(DAY * 11));
    assert_eq!(Some(settled.current()), rollover.next());
    assert_eq!((settled.next(), settled.switch_at()), (None, None));
    assert_eq!(settled.clone().settled(now().plus(DAY * 99_999)), settled);
}

#[test]
fn a_next_ca_that_has_expired_makes_no_rollover() {
    let generations = Generations::new();
    let expired = root("Root", other_key(), -100, -50);
    let next = generations.read(&generations.message().content(certs_only(&[&expired]))).expect("the next");
    let refused = Rollover::new(generations.current.clone()).with_next(&next, &PROVIDER, now());
    assert!(matches!(refused, Err(AuthorityError::NotValidNow { .. })), "{refused:?}");
}

#[test]
fn an_authority_has_a_standing() {
    let generations = Generations::new();
    let rollover = generations.rollover().with_switch_at(now().plus(DAY * 30));
    let (current, next) = (rollover.current().clone(), rollover.next().expect("the next").clone());
    let stranger = authority(&[root("Stranger", client_key(), -1, 5000)]);
    let end = generations.server.ca().validity().not_after;
    for (authority, at, standing) in [
        (&current, now(), Standing::Active),
        (&next, now(), Standing::Accepted),
        (&next, now().plus(DAY * 30), Standing::Active),
        (&current, now().plus(DAY * 30), Standing::Accepted),
        (&current, end.plus(DAY), Standing::Former),
        (&stranger, now(), Standing::Unknown),
    ] {
        assert_eq!(rollover.standing(authority, at), standing);
    }
    let future = root("Root", other_key(), 100, 4000);
    let next = generations.read(&generations.message().content(certs_only(&[&future]))).expect("the next");
    let rollover = Rollover::new(generations.current.clone()).with_next(&next, &PROVIDER, now()).expect("a rollover");
    assert_eq!(rollover.standing(rollover.next().expect("the next"), now()), Standing::Future);
}

/// The whole way: GetNextCACert from our server, an enrolment before the switch, one with the next CA in advance, and one
/// after the switch.
#[test]
fn scep_5_1_01_requests_go_to_the_ca_whose_time_it_is() {
    let Generations { mut server, mut next_server, current, next_ca } = Generations::new();
    let switch = now().plus(DAY * 30);
    let response = NextCaCertificates::new(&next_server.authority())
        .build(server.ca(), pki_core::algorithm::SignatureAlgorithm::RSA_PKCS1_SHA256, &PROVIDER)
        .expect("a response")
        .sign_with(ca_key(), &mut TestRandom::new(5))
        .expect("a signature");
    server.responder = server.responder.clone().with_next_ca_response(response);
    let call = Call::next_certificates(&config(), &current);
    let reply = server.answer(call.request(), &conformance::Clock::new(), &mut TestRandom::new(1));
    let next = call.finish(&reply).expect("the next certificates");
    let rollover = Rollover::new(current).with_next(&next, &PROVIDER, now()).expect("a rollover");
    let rollover = rollover.with_switch_at(switch);
    // As kept by the caller.
    let rollover = Rollover::from_der(&rollover.to_der()).expect("a record");

    let enrol = |server: &mut TestServer, config: ClientConfig, at: UnixTime| {
        let mut pair = Scenario::new().start_with(config);
        std::mem::swap(&mut pair.server, server);
        pair.clock.advance_to(at);
        let issued = pair.drive().issued();
        std::mem::swap(&mut pair.server, server);
        assert!(issued.validated().is_some());
        issued.chain().last().expect("a root").clone()
    };
    let rolling = || config().with_rollover(rollover.clone());
    assert_eq!(enrol(&mut server, rolling(), now()), fixtures::root(ca_key()));
    // Figure 9: with the next CA, in advance.
    let in_advance = config().with_authority(rollover.next().expect("the next").clone());
    assert_eq!(enrol(&mut next_server, in_advance, now()), next_ca);
    assert_eq!(enrol(&mut next_server, rolling(), switch), next_ca);
}

/// A SUCCESS for what the client asked, by this RA, with a certificate by this CA.
fn success_by(pair: &Pair, ra: &Certificate, ra_key: &'static PrivateKey, ca_key: &PrivateKey) -> HttpResponse {
    let asked = Asked::by(pair);
    let leaf = fixtures::below_root(ca_key, "device", client_key(), &Profile::DEVICE_CLIENT);
    let content = envelope(&certs_only(&[&leaf]), &asked.signer);
    RawMessage::cert_rep(&asked, &pair.server, "0").content(content).signed_by(ra, ra_key).to_reply()
}

#[test]
fn in_the_overlap_replies_by_either_count_and_certificates_below_either() {
    let generations = Generations::new();
    let rollover = generations.rollover();
    let (old_ra, new_ra) = (generations.server.signing(), generations.next_server.signing());
    let to_exchange = |config: ClientConfig| {
        let mut pair = Scenario::new().pending(9).start_with(config);
        while !matches!(&pair.step, Step::Exchange(exchange) if exchange.request().method == Method::Post) {
            pair.turn().expect("a next step");
        }
        pair
    };
    let outcome = |pair: &mut Pair, reply: &HttpResponse| {
        let Step::Open(open) = pair.try_reply(reply)? else { panic!("no SUCCESS") };
        match open.open_with(client_key(), &mut pair.rng)? {
            Step::Issued(issued) => Ok(issued.validated().is_some()),
            step => panic!("{step:?}"),
        }
    };
    let mut pair = to_exchange(config().with_rollover(rollover.clone()));
    for (ra, ra_key) in [(&old_ra, ra_key()), (&new_ra, ra_encryption_key())] {
        for ca_key in [ca_key(), other_key()] {
            let reply = success_by(&pair, ra, ra_key, ca_key);
            assert_eq!(outcome(&mut pair, &reply), Ok(true));
        }
        let reply = success_by(&pair, ra, ra_key, client_key());
        assert!(matches!(outcome(&mut pair, &reply), Err(Error::Misbehaved(_))), "below neither");
    }
    // Without the rollover, or before the next CA is valid, the new RA is a stranger.
    let mut alone = to_exchange(config().with_authority(generations.current.clone()));
    let reply = success_by(&alone, &new_ra, ra_encryption_key(), ca_key());
    assert_eq!(outcome(&mut alone, &reply), Err(MessageError::SignerUnknown.into()));
    let future = root("Root", other_key(), 100, 4000);
    let ra = fixtures::below_root(other_key(), "RA", ra_encryption_key(), &Profile::RA);
    let next = generations.read(&generations.message().content(certs_only(&[&future, &ra]))).expect("the next");
    let early = Rollover::new(generations.current.clone()).with_next(&next, &PROVIDER, now()).expect("a rollover");
    let mut early = to_exchange(config().with_rollover(early));
    let reply = success_by(&early, &ra, ra_encryption_key(), other_key());
    assert_eq!(outcome(&mut early, &reply), Err(MessageError::SignerUnknown.into()));
    // Nor does a stranger count at any time.
    let stranger = fixtures::below_root(client_key(), "RA", client_key(), &Profile::RA);
    let reply = success_by(&pair, &stranger, client_key(), ca_key());
    assert_eq!(outcome(&mut pair, &reply), Err(MessageError::SignerUnknown.into()));
}

#[test]
fn a_certificate_of_the_former_ca_asks_the_next_one_for_its_successor() {
    let rollover = Generations::new().rollover().with_switch_at(now());
    let next = rollover.next().expect("the next").clone();
    let device = fixtures::below_root(ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let renewal = |config: ClientConfig| {
        let request = EnrolmentRequest::renewal(fixtures::request("device", client_key()), device.clone());
        let step = Step::start(Arc::new(config), request).expect("a beginning");
        let Step::Exchange(exchange) = step else { panic!("{step:?}") };
        exchange.finish(&text("SCEPStandard Renewal"), now(), &mut TestRandom::new(1))
    };
    assert!(matches!(renewal(config().with_rollover(rollover)), Ok(Step::Sign(_))));
    let refused = renewal(config().with_authority(next));
    assert!(matches!(refused, Err(Error::CurrentCertificate(UnusableCertificate::NotIssuedByAuthority(_)))));
}

#[test]
fn a_transaction_of_the_former_ca_has_to_start_anew() {
    let generations = Generations::new();
    let rollover = generations.rollover().with_switch_at(now().plus(DAY));
    let mut pair = Scenario::new().pending(9).start_with(config().with_rollover(rollover.clone()));
    while !matches!(pair.step, Step::Wait(_)) {
        pair.turn().expect("a next step");
    }
    let Step::Wait(wait) = &pair.step else { unreachable!() };
    let record = wait.record();
    let end = generations.server.ca().validity().not_after;
    for (at, standing) in
        [(now(), Standing::Active), (now().plus(DAY), Standing::Accepted), (end.plus(DAY), Standing::Former)]
    {
        assert_eq!(rollover.standing(wait.authority(), at), standing);
        let resumed = record.resume(Arc::clone(&pair.config), at).expect("a wait");
        assert_eq!(resumed.authority(), &generations.current);
    }
    // Without the rollover there is nothing that it could go on with.
    let resumed = record.resume(Arc::new(config()), end.plus(DAY));
    assert!(matches!(resumed, Err(Error::Authority(AuthorityError::NotValidNow { .. }))));
}

/// RA certificates live for a year or two, CAs for ten: the RA is replaced while transactions are pending.
#[test]
fn an_ra_is_replaced_under_a_running_service() {
    let (mut pair, wait) = Scenario::new().pending(3).to_wait();
    let record = wait.record();
    let old = authority(&pair.server.authority());

    let mut server = TestServer::with_ra(ca_key(), ra_encryption_key(), PROVIDER);
    server.transactions = pair.server.transactions.clone();
    std::mem::swap(&mut pair.server, &mut server);
    let call = Call::certificates(&pair.config);
    let reply = pair.server.answer(call.request(), &pair.clock, &mut pair.rng);
    let certificates = call.finish(&reply).expect("certificates");
    let rollover = Rollover::new(old.clone()).refreshed(&certificates, &PROVIDER, now()).expect("the new RA");
    assert_eq!(rollover.current().anchor(), old.anchor());
    assert_ne!(rollover.current().recipient(), old.recipient());
    assert_eq!(rollover.standing(&old, now()), Standing::Active, "it is the same CA");

    pair.config = Arc::new(config().with_rollover(rollover));
    let wait = PendingRecord::from_der(&record.to_der()).and_then(|record| record.resume(pair.config.clone(), now()));
    let wait = wait.expect("a wait");
    assert_eq!(wait.authority().recipient(), pair.server.authority().last().expect("the RA"));
    pair.step = Step::Wait(wait);
    pair.turn().expect("a poll");
    pair.turn().expect("a message");
    let reply = pair.true_reply();
    assert!(!matches!(pair.try_reply(&reply), Err(Error::Message(_))), "the new RA reads it and is believed");
}

#[test]
fn get_ca_cert_refreshes_the_generation_that_it_leads_to() {
    let generations = Generations::new();
    let rollover = generations.rollover();
    let next_ra = fixtures::below_root(other_key(), "RA 2", ra_key(), &Profile::RA);
    // The server has switched, and has a new RA.
    let given = [generations.next_ca.clone(), next_ra.clone()];
    let refreshed = rollover.refreshed(&given, &PROVIDER, now()).expect("the new RA");
    assert_eq!(refreshed.current(), rollover.current());
    assert_eq!(refreshed.next().expect("the next").recipient(), &next_ra);
    assert_eq!(refreshed.switch_at(), rollover.switch_at());
    // It leads to the confirmed CA, or it counts for nothing.
    let stranger = root("Stranger", client_key(), -1, 1);
    for given in [vec![], vec![stranger.clone()], vec![fixtures::self_signed("RA", client_key())]] {
        let refused = rollover.refreshed(&given, &PROVIDER, now());
        assert!(matches!(refused, Err(AuthorityError::NoRecipient(_))), "{given:?}: {refused:?}");
    }
    let without_signer = fixtures::below_root(ca_key(), "RA", ra_key(), &Profile::RA_ENCRYPTION);
    let given = [generations.server.ca().clone(), without_signer, stranger];
    assert!(matches!(rollover.refreshed(&given, &PROVIDER, now()), Err(AuthorityError::NoSigner(_))));
    let expired = rollover.current().refreshed(&given, &PROVIDER, now().plus(DAY * 9999));
    assert!(matches!(expired, Err(AuthorityError::NotValidNow { .. })));
}

#[test]
fn a_lone_ca_is_refreshed_by_its_own_certificate_too() {
    let ca = fixtures::answering_root(ca_key());
    let rollover = Rollover::new(authority(std::slice::from_ref(&ca)));
    assert_eq!(rollover.refreshed(std::slice::from_ref(&ca), &PROVIDER, now()), Ok(rollover.clone()));
}

/// Written by version 1, kept since: [`Generations::rollover`] with the switch in thirty days.
const ROLLOVER_1: &[u8] = include_bytes!("../data/records/rollover-1.der");

#[test]
fn a_rollover_of_version_1_is_read() {
    let rollover = Generations::new().rollover().with_switch_at(now().plus(DAY * 30));
    assert_eq!(Rollover::from_der(ROLLOVER_1), Ok(rollover.clone()));
    assert_eq!(rollover.to_der(), ROLLOVER_1);
    let alone = Rollover::new(rollover.current().clone());
    assert_eq!(Rollover::from_der(&alone.to_der()), Ok(alone));
}

#[test]
fn a_broken_rollover_record_is_refused() {
    let kind = |der: &[u8]| match Rollover::from_der(der) {
        Err(Error::Record(error)) => error.kind(),
        other => panic!("{other:?}"),
    };
    for length in 0..ROLLOVER_1.len() {
        kind(&ROLLOVER_1[..length]);
    }
    // The version comes first: SEQUENCE of a length in two octets, INTEGER 1.
    let mut later = ROLLOVER_1.to_vec();
    assert_eq!(later[4..7], [0x02, 0x01, 0x01]);
    later[6] = 2;
    assert_eq!(kind(&later), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(kind(&[ROLLOVER_1, &[0]].concat()), DecodeErrorKind::TrailingData);
    // The last eight octets are the time.
    let mut short = ROLLOVER_1.to_vec();
    let place = short.len() - 10;
    assert_eq!(short[place..place + 2], [0x04, 0x08]);
    short[place] = 0x0c;
    assert_eq!(kind(&short), DecodeErrorKind::InvalidTime);
    // A role is the place of a certificate that is there: the recipient is the second of two.
    let mut nobody = ROLLOVER_1.to_vec();
    let place = nobody.windows(8).position(|octets| octets == [0x02, 0x01, 0x01, 0x30, 0x03, 0x02, 0x01, 0x01]);
    nobody[place.expect("the roles") + 2] = 2;
    assert_eq!(kind(&nobody), DecodeErrorKind::InvalidValue);
}

#[test]
fn a_responder_of_the_next_generation_is_found_by_get_ca_cert() {
    let generations = Generations::new();
    let ra = fixtures::below_root(other_key(), "RA", ra_encryption_key(), &Profile::RA);
    let ra = RegistrationAuthority { signing: ra.clone(), encryption: ra };
    let responder = Responder::new(generations.next_ca.clone(), ra, PROVIDER).expect("a responder");
    let mut server = TestServer::with_ra(other_key(), ra_encryption_key(), PROVIDER);
    server.responder = responder;
    let rollover = generations.rollover();
    let refreshed = rollover.refreshed(&server.authority(), &PROVIDER, now()).expect("an authority");
    assert_eq!(refreshed, rollover);
}
