//! Renewals: signed with the certificate that is renewed.

use std::time::Duration;

use conformance::{
    TestRandom, attack,
    chain::Ca,
    fixtures::{self, ca_key, client_key, other_key},
    forge::{self, RawMessage},
};
use pki_core::{
    Certificate, Csr, GeneralNamesBuilder, Profile, UnixTime, Validity,
    chain::{Pool, RevocationPolicy, Violation},
    crypto::rustcrypto::PROVIDER,
    der::Writer,
    extension::KeyUsage,
    ocsp::CertStatus,
    oid,
};
use scep::{
    FailInfo, PkiStatus,
    message::Received,
    server::{
        AgentPolicy, Conflict, Denied, Error, Evidence, Generation, IssueError, KeyRefused, Means, NameMismatch,
        NameRule, Nature, RegistrationAuthority, RenewalKey, RenewalPolicy, RenewalWindow, Responder,
        TransactionLimits, TransactionState, Transactions,
    },
};

use crate::{
    ask, ca, crl_with, csr, device, first, now, public, raw_csr, renewal, renewal_csr, san, server, signed, stranger,
    with_san,
};

const DAY: Duration = Duration::from_secs(86_400);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// What comes of a RenewalReq by a certificate that the CA's database says is good.
#[track_caller]
fn verdict(policy: &RenewalPolicy, csr: &Csr, signer: &Certificate, at: UnixTime) -> Result<Certificate, Denied> {
    let pool = Pool::new();
    let enrol = renewal(csr, signer);
    let authorized = enrol.authorize_renewal(policy, Evidence::new(&pool).with_status(CertStatus::Good), at)?;
    assert_eq!(authorized.csr(), enrol.csr_digest());
    assert_eq!(authorized.means().collect::<Vec<_>>(), [Means::Renewal]);
    assert_eq!(authorized.agent(), None);
    Ok(authorized.renewed().expect("a renewal").clone())
}

/// What comes of one today.
#[track_caller]
fn today(signer: &Certificate) -> Result<Certificate, Denied> {
    verdict(&RenewalPolicy::new(), &renewal_csr(), signer, now())
}

/// Why the signer does not chain to the CA.
#[track_caller]
fn violation(verdict: Result<Certificate, Denied>) -> Violation {
    match verdict {
        Err(Denied::NotIssuedByCa(error)) => error.violation().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn scep_2_3_06_and_2_5_02_the_holder_of_a_certificate_of_the_ca_renews_it() {
    assert_eq!(today(&device()), Ok(device()));
}

#[test]
fn scep_2_4_03_a_renewal_needs_no_challenge() {
    let enrol = renewal(&renewal_csr(), &device());
    assert!(enrol.challenge().is_none());
    let verdict = enrol.authorize_renewal(&RenewalPolicy::new(), &crl_with(None), now());
    assert!(verdict.is_ok(), "{verdict:?}");
}

#[test]
fn c4_a_pkcs_req_signed_by_a_certificate_of_the_ca_is_a_renewal() {
    let enrol = ask("19", &renewal_csr(), &device());
    assert_eq!(enrol.nature(&RenewalPolicy::new(), &AgentPolicy::new()), Nature::Renewal);
    assert!(enrol.authorize_renewal(&RenewalPolicy::new(), &crl_with(None), now()).is_ok());
}

#[test]
fn what_a_request_is_shows_by_its_type_and_by_who_signed_it() {
    let nature = |message_type, signer: &Certificate| {
        ask(message_type, &renewal_csr(), signer).nature(&RenewalPolicy::new(), &AgentPolicy::new())
    };
    let self_signed = fixtures::self_signed("device", client_key());
    let expired = ca().draft("device").with_key(client_key()).with_validity(now().minus(YEAR), now().minus(DAY));
    let by_stranger = stranger().draft("device").with_key(client_key());
    let own_issuer = fixtures::certify(
        (&ca().certificate.subject().to_owned(), client_key()),
        &fixtures::name("device"),
        &public(client_key()),
        fixtures::validity(),
        &Profile::SCEP_TRANSPORT,
    );
    assert_eq!(nature("17", &self_signed), Nature::Renewal);
    assert_eq!(nature("19", &self_signed), Nature::First);
    assert_eq!(nature("19", &expired.issue(|builder| builder)), Nature::Renewal);
    assert_eq!(nature("19", &by_stranger.issue(|builder| builder)), Nature::First);
    assert_eq!(nature("19", &own_issuer), Nature::First);
    let enrol = ask("19", &renewal_csr(), &stranger().draft("device").with_key(client_key()).issue(|b| b));
    let policy = RenewalPolicy::new().add_authority(stranger().certificate);
    assert_eq!(enrol.nature(&policy, &AgentPolicy::new()), Nature::Renewal);
}

// Whose certificate it is.

#[test]
fn renewal_by_another_ca_s_certificate_scep_2_3_09() {
    let other = Ca::root("Other CA");
    let foreign = other.draft("device").with_key(client_key()).issue(with_san);
    assert!(matches!(violation(today(&foreign)), Violation::UnknownIssuer { .. }));
    // Of the same name, with another key.
    let forged = stranger().draft("device").with_key(client_key()).issue(with_san);
    assert!(matches!(violation(today(&forged)), Violation::Signature(_)));
}

#[test]
fn scep_2_3_08_and_09_another_ca_s_certificate_is_accepted_if_policy_says() {
    let other = Ca::root("Other CA");
    let foreign = other.draft("device").with_key(client_key()).issue(with_san);
    let policy = RenewalPolicy::new().add_authority(other.certificate.clone());
    assert_eq!(verdict(&policy, &renewal_csr(), &foreign, now()), Ok(foreign));
    // It is not the trust of the whole world.
    let third = Ca::root("Third CA").draft("device").with_key(client_key()).issue(with_san);
    assert!(matches!(violation(verdict(&policy, &renewal_csr(), &third, now())), Violation::UnknownIssuer { .. }));
}

#[test]
fn scep_2_3_12_the_chain_of_another_ca_s_certificate_may_come_along_or_be_in_the_pool() {
    let root = Ca::root("Other root");
    let below = root.ca("Other CA");
    let foreign = below.draft("device").with_key(client_key()).issue(with_san);
    let policy = RenewalPolicy::new().add_authority(root.certificate.clone());
    let known = |pool: &Pool, enrol: &scep::server::Enrol| {
        enrol.authorize_renewal(&policy, Evidence::new(pool).with_status(CertStatus::Good), now()).is_ok()
    };
    let message = RawMessage::request(&server(), "17", renewal_csr().as_der(), foreign, client_key());
    assert!(!known(&Pool::new(), &crate::open(&message)));
    assert!(known(&[below.certificate.clone()].into_iter().collect(), &crate::open(&message)));
    let along = message.with(|message| message.certificates.push(below.certificate.as_der().to_vec()));
    assert!(known(&Pool::new(), &crate::open(&along)));
}

#[test]
fn what_a_ca_below_ours_issued_is_another_ca_s() {
    let below = ca().ca("Department CA");
    let foreign = below.draft("device").with_key(client_key()).issue(with_san);
    let message = RawMessage::request(&server(), "17", renewal_csr().as_der(), foreign, client_key());
    let enrol = crate::open(&message);
    let pool: Pool = [below.certificate.clone()].into_iter().collect();
    let evidence = Evidence::new(&pool).with_status(CertStatus::Good);
    match enrol.authorize_renewal(&RenewalPolicy::new(), evidence, now()) {
        Err(Denied::NotIssuedByCa(error)) => assert_eq!(error.violation(), &Violation::PathLength { allowed: 0 }),
        other => panic!("{other:?}"),
    }
    let policy = RenewalPolicy::new().add_authority(ca().certificate);
    assert!(enrol.authorize_renewal(&policy, evidence, now()).is_ok());
}

#[test]
fn self_signed_renewal_with_a_subject_equal_to_an_issued_one_scep_2_4_07_a() {
    // With the serial number of the real one, too.
    let real = device();
    let name = fixtures::name("device");
    let serial = pki_core::SerialNumber::from_bytes(real.serial_number()).expect("a serial number");
    let builder = pki_core::CertificateBuilder::new(
        serial,
        name.clone(),
        name.clone(),
        fixtures::validity(),
        public(client_key()),
    );
    let twin = fixtures::certify_with((&name, client_key()), with_san(builder.with_profile(&Profile::DEVICE_CLIENT)));
    assert_eq!(today(&twin), Err(Denied::SelfSigned));
}

#[test]
fn scep_2_4_07_b_a_self_signed_pkcs_req_with_the_subject_of_a_device_is_a_first_request_and_no_renewal() {
    let enrol = ask("19", &renewal_csr(), &fixtures::self_signed("device", client_key()));
    assert_eq!(enrol.nature(&RenewalPolicy::new(), &AgentPolicy::new()), Nature::First);
    assert_eq!(enrol.check_challenge(&fixtures::CHALLENGE.into()), Err(Denied::ChallengeMissing));
    assert_eq!(enrol.authorize_renewal(&RenewalPolicy::new(), &crl_with(None), now()), Err(Denied::SelfSigned));
}

#[test]
fn scep_2_4_07_c_a_certificate_with_the_ca_s_name_as_issuer_and_its_own_signature() {
    let issuer = ca().certificate.subject().to_owned();
    let subjects = [fixtures::name("device"), issuer.clone()];
    for subject in &subjects {
        let profile = Profile::SCEP_TRANSPORT;
        let key = &public(client_key());
        let forged = fixtures::certify((&issuer, client_key()), subject, key, fixtures::validity(), &profile);
        match today(&forged) {
            Err(Denied::SelfSigned) => assert_eq!(subject, &issuer),
            Err(Denied::NotIssuedByCa(error)) => assert!(matches!(error.violation(), Violation::Signature(_))),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn renewal_with_a_ca_true_certificate() {
    let authority = |profile| ca().draft("device").with_key(client_key()).with_profile(profile).issue(with_san);
    assert_eq!(today(&authority(Profile::ROOT_CA.answering_scep())), Err(Denied::CaCertificate));
    // By keyUsage alone.
    let odd = Profile::DEVICE_CLIENT.with_key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_CERT_SIGN);
    assert_eq!(today(&authority(odd)), Err(Denied::CaCertificate));
}

#[test]
fn a_certificate_that_may_not_sign_renews_nothing() {
    let mute = ca().draft("device").with_key(client_key()).with_profile(Profile::RA_ENCRYPTION).issue(with_san);
    assert!(matches!(violation(today(&mute)), Violation::KeyUsage { .. }));
    let silent =
        ca().draft("device").with_key(client_key()).issue(|builder| with_san(builder).with_key_usage(KeyUsage::NONE));
    assert_eq!(today(&silent), Ok(silent));
}

#[test]
fn a_certificate_for_another_purpose_is_not_renewed_if_policy_names_one() {
    let policy = RenewalPolicy::new().with_extended_key_usage(&[oid::CLIENT_AUTH]);
    let with_profile = |profile| ca().draft("device").with_key(client_key()).with_profile(profile).issue(with_san);
    let (client, web) = (with_profile(Profile::DEVICE_CLIENT), with_profile(Profile::TLS_SERVER));
    assert!(verdict(&policy, &renewal_csr(), &client, now()).is_ok());
    let verdict = verdict(&policy, &renewal_csr(), &web, now());
    assert!(matches!(violation(verdict), Violation::ExtendedKeyUsage { .. }));
}

#[test]
fn a_certificate_that_cannot_be_read_renews_nothing() {
    use pki_core::extension::Criticality;
    let broken = |oid| {
        ca().draft("device").with_key(client_key()).with_profile(Profile::SCEP_TRANSPORT).issue(|builder| {
            builder.with_key_usage(KeyUsage::NONE).add_extension(oid, Criticality::NonCritical, b"\x05\x00")
        })
    };
    for oid in [oid::BASIC_CONSTRAINTS, oid::KEY_USAGE, oid::SUBJECT_ALT_NAME] {
        assert!(matches!(today(&broken(oid)), Err(Denied::Unreadable(_))), "{oid}");
    }
}

// When.

#[test]
fn renewal_by_an_expired_certificate() {
    let device = device();
    let Validity { not_after, .. } = device.validity();
    let policy = RenewalPolicy::new();
    assert!(verdict(&policy, &renewal_csr(), &device, not_after).is_ok());
    let at = not_after.plus(Duration::from_secs(1));
    assert_eq!(verdict(&policy, &renewal_csr(), &device, at), Err(Denied::Expired { at, not_after }));
}

#[test]
fn renewal_by_a_not_yet_valid_certificate() {
    let not_before = now().plus(DAY);
    let early = ca().draft("device").with_key(client_key()).with_validity(not_before, now().plus(YEAR)).issue(with_san);
    assert_eq!(today(&early), Err(Denied::NotYetValid { at: now(), not_before }));
    assert!(verdict(&RenewalPolicy::new(), &renewal_csr(), &early, not_before).is_ok());
}

#[test]
fn a_certificate_whose_end_is_before_its_beginning_is_never_good() {
    // No builder of ours makes one: the two times are put the other way round in the DER, and the CA signs that.
    let times = [now().minus(DAY), now().plus(DAY)];
    let good = ca().draft("device").with_key(client_key()).with_validity(times[0], times[1]).issue(with_san);
    let [before, after] = times.map(|time| Writer::encode(|w| w.time(time)));
    let (forwards, backwards) = ([&before[..], &after].concat(), [&after[..], &before].concat());
    let start = good.tbs().windows(forwards.len()).position(|window| window == forwards).expect("the validity");
    let mut tbs = good.tbs().to_vec();
    tbs[start..start + backwards.len()].copy_from_slice(&backwards);
    let never = signed(&tbs, ca_key(), Certificate::from_der);
    assert_eq!(verdict(&RenewalPolicy::new(), &renewal_csr(), &good, now()), Ok(good));
    for at in [times[0].minus(DAY), times[0], now(), times[1], times[1].plus(DAY)] {
        for grace in [Duration::ZERO, YEAR] {
            let verdict = verdict(&RenewalPolicy::new().with_grace(grace), &renewal_csr(), &never, at);
            assert!(verdict.is_err(), "{verdict:?}");
        }
    }
}

#[test]
fn an_expired_certificate_is_renewed_in_a_time_of_grace_if_the_ca_says_that_it_is_good() {
    let old = ca().draft("device").with_key(client_key()).with_validity(now().minus(YEAR), now().minus(DAY));
    let old = old.issue(with_san);
    let policy = RenewalPolicy::new().with_grace(2 * DAY);
    assert_eq!(verdict(&policy, &renewal_csr(), &old, now()), Ok(old.clone()));
    let (at, not_after) = (now().plus(2 * DAY), old.validity().not_after);
    assert_eq!(verdict(&policy, &renewal_csr(), &old, at), Err(Denied::Expired { at, not_after }));

    // A CRL without it proves nothing any more.
    let enrol = renewal(&renewal_csr(), &old);
    for revocation in [RevocationPolicy::Prefer, RevocationPolicy::Require] {
        let policy = policy.clone().with_revocation(revocation);
        let unknown = enrol.authorize_renewal(&policy, &crl_with(None), now());
        assert!(matches!(unknown, Err(Denied::StatusUnknown(_))), "{unknown:?}");
    }
    let careless = policy.with_revocation(RevocationPolicy::Ignore);
    assert!(enrol.authorize_renewal(&careless, &Pool::new(), now()).is_ok());
}

#[test]
fn a_window_opens_so_long_before_the_end() {
    let start = now().minus(80 * DAY);
    let device =
        ca().draft("device").with_key(client_key()).with_validity(start, start.plus(100 * DAY)).issue(with_san);
    let opens = |window| match verdict(&RenewalPolicy::new().with_window(window), &renewal_csr(), &device, start) {
        Ok(_) => start,
        Err(Denied::TooEarly { at, opens }) => {
            assert_eq!(at, start);
            opens
        }
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(opens(RenewalWindow::Anytime), start);
    assert_eq!(opens(RenewalWindow::Last(30 * DAY)), start.plus(70 * DAY));
    assert_eq!(opens(RenewalWindow::LastPercent(20)), start.plus(80 * DAY));
    assert_eq!(opens(RenewalWindow::LastPercent(0)), start.plus(100 * DAY));
    assert_eq!(opens(RenewalWindow::LastPercent(255)), start);
    // Today is the first second of the last fifth.
    let policy = RenewalPolicy::new().with_window(RenewalWindow::LastPercent(20));
    assert!(verdict(&policy, &renewal_csr(), &device, now()).is_ok());
    assert!(verdict(&policy, &renewal_csr(), &device, now().minus(Duration::from_secs(1))).is_err());
}

// Revocation.

#[test]
fn renewal_by_a_revoked_certificate() {
    let device = device();
    let enrol = renewal(&renewal_csr(), &device);
    let policy = RenewalPolicy::new();
    let revoked = |verdict| matches!(verdict, Err(Denied::Revoked { .. }));
    for revocation in [RevocationPolicy::Prefer, RevocationPolicy::Require] {
        let policy = policy.clone().with_revocation(revocation);
        assert!(revoked(enrol.authorize_renewal(&policy, &crl_with(Some(&device)), now())));
        assert!(enrol.authorize_renewal(&policy, &crl_with(None), now()).is_ok());
    }
    // The database says so, whatever policy looks at.
    let status = CertStatus::Revoked { at: now().minus(DAY), reason: None };
    for revocation in [RevocationPolicy::Ignore, RevocationPolicy::Prefer, RevocationPolicy::Require] {
        let (policy, pool) = (policy.clone().with_revocation(revocation), crl_with(None));
        let verdict = enrol.authorize_renewal(&policy, Evidence::new(&pool).with_status(status), now());
        assert_eq!(verdict, Err(Denied::Revoked { at: now().minus(DAY), reason: None }));
    }
    // The database has not heard of it yet, and the CRL has.
    let pool = crl_with(Some(&device));
    assert!(revoked(enrol.authorize_renewal(&policy, Evidence::new(&pool).with_status(CertStatus::Good), now())));
}

#[test]
fn a_certificate_whose_status_is_not_known_is_not_renewed_and_what_is_missing_is_told() {
    let url = "http://crl.example.com/ca.crl";
    let device = ca().draft("device").with_key(client_key());
    let device = device.issue(|builder| with_san(builder).with_crl_distribution_points(&[url]));
    let enrol = renewal(&renewal_csr(), &device);
    let pool = Pool::new();
    for evidence in [Evidence::new(&pool), Evidence::new(&pool).with_status(CertStatus::Unknown)] {
        let denied = enrol.authorize_renewal(&RenewalPolicy::new(), evidence, now()).expect_err("unknown");
        assert!(matches!(denied, Denied::StatusUnknown(_)));
        assert_eq!(denied.missing().expect("a CRL").urls().collect::<Vec<_>>(), [url]);
    }
    for revocation in [RevocationPolicy::Prefer, RevocationPolicy::Ignore] {
        let policy = RenewalPolicy::new().with_revocation(revocation);
        assert!(enrol.authorize_renewal(&policy, &pool, now()).is_ok());
    }
}

// Names.

#[test]
fn micromdm_117_a_renewal_for_another_subject() {
    let other = csr("admin", other_key(), |csr| csr.with_subject_alt_name(san()));
    let policy = RenewalPolicy::new();
    let (asked, allowed) = (fixtures::name("admin"), fixtures::name("device"));
    let expected = Denied::Names(NameMismatch::Subject { asked, allowed });
    assert_eq!(verdict(&policy, &other, &device(), now()), Err(expected.clone()));
    assert_eq!(verdict(&policy.clone().with_names(NameRule::NotMore), &other, &device(), now()), Err(expected));
    assert!(verdict(&policy.with_names(NameRule::Any), &other, &device(), now()).is_ok());
}

#[test]
fn san_added_by_a_renewal_cve_2022_26923() {
    let more = csr("device", other_key(), |csr| csr.with_subject_alt_name(san().add_dns_name("admin.example.com")));
    let der = Writer::encode(|w| pki_core::GeneralName::DnsName("admin.example.com").encode(w));
    for rule in [NameRule::Same, NameRule::NotMore] {
        let policy = RenewalPolicy::new().with_names(rule);
        let expected = Denied::Names(NameMismatch::Added { name: der.clone() });
        assert_eq!(verdict(&policy, &more, &device(), now()), Err(expected.clone()));
        assert!(expected.to_string().contains("admin.example.com"));
    }
    // A certificate without alternative names gets none either.
    let plain = ca().draft("device").with_key(client_key()).issue(|builder| builder);
    assert!(matches!(today(&plain), Err(Denied::Names(NameMismatch::Added { .. }))));
}

#[test]
fn names_left_out_by_a_renewal_are_for_policy() {
    let silent = csr("device", other_key(), |csr| csr);
    let one = csr("device", other_key(), |csr| {
        csr.with_subject_alt_name(GeneralNamesBuilder::new().add_dns_name("device.example.com"))
    });
    let nameless = raw_csr(pki_core::NameRef::EMPTY, other_key(), None);
    let strict = RenewalPolicy::new();
    let missing = verdict(&strict, &one, &device(), now());
    assert!(matches!(missing, Err(Denied::Names(NameMismatch::Missing { .. }))), "{missing:?}");
    let subject = verdict(&strict, &nameless, &device(), now());
    assert!(matches!(subject, Err(Denied::Names(NameMismatch::Subject { .. }))), "{subject:?}");
    let tolerant = RenewalPolicy::new().with_names(NameRule::NotMore);
    for csr in [&silent, &one, &nameless] {
        assert!(matches!(verdict(&strict, csr, &device(), now()), Err(Denied::Names(_))));
        assert!(verdict(&tolerant, csr, &device(), now()).is_ok());
    }
}

#[test]
fn rfc5280_s7_names_compare_without_case_and_in_any_order() {
    let shouted = csr("DEVICE", other_key(), |csr| {
        let names =
            GeneralNamesBuilder::new().add_email_address("device@example.com").add_dns_name("Device.Example.COM");
        csr.with_subject_alt_name(names)
    });
    assert!(verdict(&RenewalPolicy::new(), &shouted, &device(), now()).is_ok());
    // A mailbox has a local part, in which case has a meaning.
    let mailbox = csr("device", other_key(), |csr| {
        let names =
            GeneralNamesBuilder::new().add_email_address("DEVICE@example.com").add_dns_name("device.example.com");
        csr.with_subject_alt_name(names)
    });
    assert!(verdict(&RenewalPolicy::new(), &mailbox, &device(), now()).is_err());
    // A name of one kind is none of another.
    let kind = csr("device", other_key(), |csr| {
        let names = GeneralNamesBuilder::new().add_uri("device.example.com").add_email_address("device@example.com");
        csr.with_subject_alt_name(names)
    });
    assert!(verdict(&RenewalPolicy::new(), &kind, &device(), now()).is_err());
}

#[test]
fn alternative_names_that_cannot_be_read_are_refused() {
    use pki_core::extension::Criticality;
    let broken = csr("device", other_key(), |csr| {
        csr.add_extension(oid::SUBJECT_ALT_NAME, Criticality::NonCritical, b"\x30\x02\x8f\x00")
    });
    let verdict = verdict(&RenewalPolicy::new(), &broken, &device(), now());
    assert!(matches!(verdict, Err(Denied::Names(NameMismatch::Unreadable(_)))), "{verdict:?}");
}

// Keys.

#[test]
fn scep_2_5_04_and_05_a_new_key_or_the_same_as_policy_says() {
    let same = csr("device", client_key(), |csr| csr.with_subject_alt_name(san()));
    let with = |key| RenewalPolicy::new().with_key(key);
    for (key, with_new, with_same) in [
        (RenewalKey::Any, Ok(device()), Ok(device())),
        (RenewalKey::New, Ok(device()), Err(Denied::KeyUnchanged)),
        (RenewalKey::Same, Err(Denied::KeyChanged), Ok(device())),
    ] {
        assert_eq!(verdict(&with(key), &renewal_csr(), &device(), now()), with_new);
        assert_eq!(verdict(&with(key), &same, &device(), now()), with_same);
    }
}

#[test]
fn scep_7_6_01_the_csr_s_own_signature_is_the_proof_of_possession() {
    // For a third party's key, signed with the key of the certificate.
    let builder = pki_core::CsrBuilder::new(fixtures::name("device"), public(other_key())).with_subject_alt_name(san());
    let stolen = fixtures::sign_csr(&builder, client_key());
    let mut server = server();
    let message = RawMessage::request(&server, "17", stolen.as_der(), device(), client_key());
    let reply = server.answer(&message.to_request(), &conformance::Clock::new(), &mut TestRandom::new(1));
    attack::failed(&reply, &[1, 2]);
    assert_eq!(server.transactions.records().count(), 0);
}

#[test]
fn scep_2_3_13_the_reply_to_a_renewal_is_for_the_old_key() {
    let enrol = renewal(&renewal_csr(), &device());
    let rng = &mut TestRandom::new(1);
    let authorized = enrol.authorize_renewal(&RenewalPolicy::new(), &crl_with(None), now()).expect("authorised");
    let leaf = fixtures::below_root(ca_key(), "device", other_key(), &Profile::DEVICE_CLIENT);
    let reply = enrol.issue(&authorized, &[leaf], rng).expect("a reply");
    let reply = reply.sign_with(fixtures::ra_key(), rng).expect("a signature");
    let received = Received::decode(&reply.body, pki_core::Limits::DEFAULT).expect("a pkiMessage");
    let verified = received.verify(&PROVIDER).expect("a signature");
    assert_eq!(verified.attributes().pki_status, Some(PkiStatus::SUCCESS));
    assert!(verified.wrapped_key(&device(), &PROVIDER).is_ok());
}

#[test]
fn scep_2_4_06_a_renewal_may_need_the_challenge_too() {
    use scep::server::Authorized;
    let challenge = fixtures::CHALLENGE.into();
    let both = |csr: &Csr| {
        let enrol = renewal(csr, &device());
        let renewal = enrol.authorize_renewal(&RenewalPolicy::new(), &crl_with(None), now());
        let verdict = Authorized::all([renewal.clone(), enrol.check_challenge(&challenge)]);
        // The order decides at most which reason is told.
        let reversed = Authorized::all([enrol.check_challenge(&challenge), renewal]);
        assert_eq!(verdict, reversed);
        verdict
    };
    let with = |text| {
        csr("device", other_key(), |csr| {
            csr.with_subject_alt_name(san()).with_challenge_password(&pki_core::Secret::from(text))
        })
    };
    let authorized = both(&with(fixtures::CHALLENGE)).expect("both");
    assert_eq!(authorized.means().collect::<Vec<_>>(), [Means::Challenge, Means::Renewal]);
    assert_eq!(authorized.renewed(), Some(&device()));
    assert_eq!(both(&with("another")), Err(Denied::ChallengeWrong));
    assert_eq!(both(&renewal_csr()), Err(Denied::ChallengeMissing));
}

#[test]
fn scep_2_4_05_a_renewal_may_carry_the_old_challenge_or_an_empty_one() {
    let plain = ca().draft("device").with_key(client_key()).issue(|builder| builder);
    for text in [fixtures::CHALLENGE, "long used up", ""] {
        let csr = raw_csr(fixtures::name("device").as_ref(), other_key(), Some(text));
        assert_eq!(renewal(&csr, &plain).challenge().expect("it").expose(), text.as_bytes());
        assert_eq!(verdict(&RenewalPolicy::new(), &csr, &plain, now()), Ok(plain.clone()), "{text:?}");
    }
}

// What the peer is told.

#[test]
fn a_denied_request_gets_bad_request_and_the_log_the_reason() {
    let rng = &mut TestRandom::new(1);
    let enrol = renewal(&renewal_csr(), &fixtures::self_signed("device", client_key()));
    let denied = enrol.authorize_renewal(&RenewalPolicy::new(), &Pool::new(), now()).expect_err("self-signed");
    let refusal = enrol.refuse(denied.clone(), rng);
    assert_eq!(refusal.cause, Error::Denied(denied.clone()));
    assert_eq!(refusal.cause.to_string(), denied.to_string());
    let reply = refusal.reply.sign_with(fixtures::ra_key(), rng).expect("a signature");
    let attributes = attack::attributes(&reply);
    assert_eq!(attributes.fail_info, Some(FailInfo::BAD_REQUEST));
    assert_eq!(attributes.fail_info_text, None);
}

#[test]
fn a_stranger_reads_the_same_words_whatever_is_wrong() {
    let responder = server().responder.with_fail_info_text();
    let words = |cause: Error| {
        let (rng, request) = (&mut TestRandom::new(1), RawMessage::request);
        let message = request(&server(), "17", renewal_csr().as_der(), device(), client_key()).to_request();
        let refusal = crate::open_by(&responder, &message).refuse(cause, rng);
        let reply = refusal.reply.sign_with(fixtures::ra_key(), rng).expect("a signature");
        attack::attributes(&reply).fail_info_text.expect("a text").as_str().to_owned()
    };
    let damaged = words(Error::Message(scep::message::MessageError::Unopenable));
    let foreign = Ca::root("Other CA").draft("device").with_key(client_key()).issue(with_san);
    for denied in [
        today(&foreign).expect_err("foreign"),
        today(&fixtures::self_signed("device", client_key())).expect_err("self-signed"),
        first("device", "wrong").check_challenge(&fixtures::CHALLENGE.into()).expect_err("wrong"),
        Denied::ChallengeMissing,
        Denied::RedeemedForAnotherCsr,
        Denied::Revoked { at: now(), reason: None },
        Denied::AgentUnknown,
    ] {
        assert_eq!(denied.fail_info_text(), None);
        assert_eq!(words(denied.into()), damaged);
    }
    // Who has a certificate of the CA is told what to do.
    let known = [
        Denied::TooEarly { at: now(), opens: now() },
        Denied::Expired { at: now(), not_after: now() },
        Denied::KeyChanged,
        Denied::KeyUnchanged,
    ];
    for denied in known {
        let text = denied.fail_info_text().expect("words").as_str().to_owned();
        assert_eq!(words(denied.into()), text);
    }
    let weak = KeyRefused::RsaBits { bits: 1024, fewest: 2048, most: 8192 };
    assert!(words(Error::Issue(IssueError::Key(weak))).contains("key"));
}

#[test]
fn a_device_comes_from_the_former_ca_to_the_next() {
    let former = Ca::root("Former CA");
    let ra = former.draft("RA").with_key(fixtures::ra_encryption_key()).with_profile(Profile::RA);
    let ra = ra.issue(|builder| builder);
    let ra = RegistrationAuthority { signing: ra.clone(), encryption: ra };
    let generation = Generation::new(former.certificate.clone(), ra, &PROVIDER).expect("a generation");
    let old = former.draft("device").with_key(client_key()).issue(with_san);
    for message_type in ["17", "19"] {
        let message = RawMessage::request(&server(), message_type, renewal_csr().as_der(), old.clone(), client_key());
        let verdict = |responder: &Responder| {
            let (enrol, pool) = (crate::open_by(responder, &message.to_request()), Pool::new());
            assert_eq!(enrol.issuer(), &ca().certificate);
            let evidence = Evidence::new(&pool).with_status(CertStatus::Good);
            let nature = enrol.nature(&RenewalPolicy::new(), &AgentPolicy::new());
            (nature, enrol.authorize_renewal(&RenewalPolicy::new(), evidence, now()).is_ok())
        };
        let alone = server().responder;
        let unknown = if message_type == "17" { Nature::Renewal } else { Nature::First };
        assert_eq!(verdict(&alone), (unknown, false));
        let both = alone.with_former([generation.clone()]);
        assert_eq!(verdict(&both), (Nature::Renewal, true));
    }
}

/// The forged envelope that the tests above stand on is one that the server opens.
#[test]
fn the_forge_writes_what_the_server_reads() {
    let asked = forge::Asked::of(
        &RawMessage::request(&server(), "17", renewal_csr().as_der(), device(), client_key()).to_request(),
    );
    assert_eq!(asked.signer, device());
}

/// certmonger's transactionID is made of its key, and comes again with the key.
#[test]
fn certmonger_renews_under_the_transaction_id_of_its_key() {
    let mut transactions = Transactions::new(TransactionLimits::DEFAULT);
    let enrolment = first("device", fixtures::CHALLENGE);
    assert_eq!(transactions.admit(&enrolment, now()), Ok(TransactionState::Pending));
    let renewed = csr("device", client_key(), with_san_asked);
    let by_certmonger = |signer: &Certificate| ask("19", &renewed, signer);

    // As long as there is no certificate, and from whoever has another one, it is somebody else's transactionID.
    assert_eq!(transactions.admit(&by_certmonger(&device()), now()), Err(Conflict::DifferentRequest));
    let key = enrolment.transaction();
    let issued = TransactionState::Issued(vec![device()]);
    assert_eq!(transactions.settle(key, issued.clone(), now()), Ok(issued.clone()));
    let other = ca().draft("other").with_key(client_key()).issue(with_san);
    assert_eq!(transactions.admit(&by_certmonger(&other), now()), Err(Conflict::DifferentRequest));
    assert_eq!(transactions.admit(&enrolment, now()), Ok(issued));

    assert_eq!(transactions.admit(&by_certmonger(&device()), now()), Ok(TransactionState::Pending));
    assert_eq!(transactions.admit(&by_certmonger(&device()), now()), Ok(TransactionState::Pending));
    assert_eq!(transactions.admit(&enrolment, now()), Err(Conflict::DifferentRequest));
    assert_eq!(transactions.records().count(), 1);
}

fn with_san_asked(builder: pki_core::CsrBuilder) -> pki_core::CsrBuilder {
    builder.with_subject_alt_name(san())
}
