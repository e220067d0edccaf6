//! Whole enrolments, with all quirks of a profile at once.

use conformance::{Clock, Scenario, TestRandom, fixtures, forge};
use pki_core::crypto::{
    Signer,
    rustcrypto::{LEGACY_PROVIDER, PROVIDER},
};
use scep::{
    PkiStatus,
    client::{ClientConfig, RejectReason, RenewalStyle, Step},
    http::{HttpResponse, MediaType, Operation},
    message::{MessageData, Received},
    peer::{CaCertificates, PeerProfile, Quirk, Quirks},
    server::{self, ConfigError, EmptyContent, RegistrationAuthority, Responder},
};

use crate::{
    asking, at, ber, open, read,
    reply::{self, Reply, Status},
    request::{self, Request},
    seen_in_reply, seen_in_request, serve, serving, taken,
};

/// Those that can be in one message: of two ways to do the same, the one that is farther from ours.
fn at_once(quirks: Quirks, by_get: bool) -> Quirks {
    let exclusive = [
        (Quirk::Base64Alphabet, Quirk::Base64Escapes),
        (Quirk::Base64Alphabet, Quirk::Base64Spaces),
        (Quirk::Base64Escapes, Quirk::Base64Spaces),
        (Quirk::CsrMicrosoftExtensions, Quirk::CsrForm),
        (Quirk::Md5, Quirk::Sha1),
        (Quirk::Md5, Quirk::SignerSha1),
        (Quirk::SingleDes, Quirk::TripleDes),
        (Quirk::SenderNonceAbsent, Quirk::SenderNonceCopied),
    ];
    let all = exclusive.into_iter().fold(
        quirks,
        |all, (one, other)| {
            if all.contains(one) { all.without(other) } else { all }
        },
    );
    let of_get = Quirk::ALL.iter().copied().filter(|quirk| quirk.name().starts_with("Base64"));
    let of_get = of_get.chain([Quirk::GetInsteadOfPost]).collect();
    if by_get { all.without(Quirk::MediaType) } else { all - of_get }
}

/// What the clients of this profile do in a request for a certificate.
fn of_client(profile: &PeerProfile, by_get: bool, signer: By) -> Quirks {
    let fixtures: Quirks = request::FIXTURES.iter().map(|(quirk, _)| *quirk).collect();
    let elsewhere = Quirks::of(&[Quirk::CaIdentifier, Quirk::PollNames]);
    let owned = profile.quirks - (Quirks::ALLOWED - Quirks::owned_by(profile.name));
    let all = at_once(owned.intersection(fixtures) - elsewhere, by_get);
    match signer {
        By::Ca => all - OF_SELF_SIGNED,
        By::Itself => all.without(Quirk::RenewalAsPkcsReq),
    }
}

/// Whose certificate signs a request.
#[derive(Clone, Copy, Debug)]
enum By {
    Ca,
    Itself,
}

/// What the servers of this profile do in a CertRep.
fn of_server(profile: &PeerProfile) -> Quirks {
    let fixtures: Quirks = reply::FIXTURES.iter().map(|(quirk, _)| *quirk).collect();
    let owned = Quirks::owned_by(profile.name);
    at_once(owned.intersection(fixtures), true)
        | if owned.contains(Quirk::MediaType) { Quirk::MediaType.into() } else { Quirks::NONE }
}

/// What is in a FAILURE or PENDING, and no SUCCESS.
const OF_REFUSALS: Quirks =
    Quirks::of(&[Quirk::ContentEmpty, Quirk::ContentMeaningless, Quirk::FailInfoMissing, Quirk::FailInfoUndefined]);
/// What a certificate of a CA does not show.
const OF_SELF_SIGNED: Quirks = Quirks::of(&[
    Quirk::SignerExtensions,
    Quirk::SignerKey,
    Quirk::SignerKeyUsage,
    Quirk::SignerSerial,
    Quirk::SignerSha1,
    Quirk::SignerSubject,
]);
/// What is in an envelope, and no other reply.
const OF_ENVELOPES: Quirks = Quirks::of(&[
    Quirk::BerEnvelope,
    Quirk::EnvelopePieces,
    Quirk::SeveralCertificates,
    Quirk::SeveralRecipients,
    Quirk::SingleDes,
    Quirk::TripleDes,
]);

#[test]
fn a_client_of_each_profile_enrols_with_all_of_its_quirks() {
    for profile in PeerProfile::ALL {
        let cases = [(true, By::Itself), (false, By::Itself), (true, By::Ca), (false, By::Ca)];
        for (by_get, signer) in cases {
            let quirks = of_client(profile, by_get, signer);
            let request = Request::with(quirks.iter());
            let server = serving(*profile);
            let seen = seen_in_request(&request, &server);
            assert_eq!(seen - Quirk::GetInsteadOfPost.into(), quirks - Quirk::GetInsteadOfPost.into(), "{profile}");

            let (reply, causes) = serve(*profile, &request);
            assert_eq!(causes, [], "{profile} {quirks:?}");
            let verified = read(&reply);
            assert_eq!(verified.attributes().pki_status, Some(PkiStatus::SUCCESS));
            let opened = open(&verified, &request.signer(&server), request.reply_key());
            let MessageData::Bundle(bundle) = opened.data() else { panic!("{opened:?}") };
            assert_eq!(bundle.certificates.len(), 1);
            assert_eq!(bundle.certificates[0].public_key(), Signer::public_key(request.new_key()).as_ref());

            let (_, causes) = serve(PeerProfile::STRICT, &request);
            let first = seen.first().map(server::Error::Quirk);
            let named =
                causes.first().map(|cause| matches!(cause, server::Error::Quirk(quirk) if seen.contains(*quirk)));
            assert_eq!(named, first.map(|_| true), "{profile}");
        }
    }
}

#[test]
fn a_client_gets_its_certificate_from_a_server_of_each_profile() {
    for profile in PeerProfile::ALL {
        let quirks = of_server(profile);
        let success = Reply::with(Status::Success, (quirks - OF_REFUSALS).iter()).with_oaep();
        assert_eq!(seen_in_reply(&success, &asking(PeerProfile::TOLERANT)), quirks - OF_REFUSALS, "{profile}");
        assert!(matches!(taken(*profile, &success), Ok(Step::Issued(_))), "{profile}");
        let failure = Reply::with(Status::Failure, (quirks - OF_ENVELOPES).iter());
        assert!(matches!(taken(*profile, &failure), Ok(Step::Rejected(_))), "{profile}");
        let of_failures = Quirks::of(&[Quirk::FailInfoMissing, Quirk::FailInfoUndefined]);
        let pending = Reply::with(Status::Pending, (quirks - OF_ENVELOPES - of_failures).iter());
        assert!(matches!(taken(*profile, &pending), Ok(Step::Wait(_))), "{profile}");
    }
}

#[test]
fn n1_n2_n3_n4_n6_a_client_of_ndes_enrols() {
    // GetCACert has three certificates, in BER, under a wrong type; there are no certificates in the replies.
    let mut pair = at(conformance::Stage::Certificates, PeerProfile::NDES.tolerating(Quirk::BerMessage.into()));
    let all = pair.server.authority();
    let bundle = ber::signed_data(&forge::certs_only(&all.iter().rev().collect::<Vec<_>>()));
    pair.step = pair.try_reply(&HttpResponse::new(200, "application/octet-stream", bundle)).expect("a signature");
    while !matches!(pair.step, Step::Exchange(_)) {
        pair.turn().expect("a next step");
    }
    let reply =
        |status| Reply::with(status, of_server(&PeerProfile::NDES).iter().filter(|q| !OF_REFUSALS.contains(*q)));
    let pending = Reply::with(Status::Pending, [Quirk::CertificatesMissing, Quirk::ContentMeaningless, Quirk::Sha1]);
    let pending = pending.to_http(&pair);
    assert!(matches!(pair.try_reply(&pending), Ok(Step::Wait(_))));
    let success = reply(Status::Success).with_oaep().to_http(&pair);
    let Ok(Step::Open(open)) = pair.try_reply(&success) else { panic!("not to be opened") };
    assert!(matches!(open.open_with(pair.key, &mut TestRandom::new(9)), Ok(Step::Issued(_))));
}

#[test]
fn n1_a_reply_without_certificates_is_verified_all_the_same() {
    let mut pair = asking(PeerProfile::NDES);
    let mut reply = Reply::with(Status::Success, [Quirk::CertificatesMissing]).to_http(&pair);
    *reply.body.last_mut().expect("a signature") ^= 1;
    assert!(matches!(pair.try_reply(&reply), Err(scep::client::Error::Message(_))));
}

#[test]
fn o7_dogtags_failures_are_failures_by_their_number() {
    let Ok(Step::Rejected(rejected)) =
        taken(PeerProfile::DOGTAG, &Reply::with(Status::Failure, [Quirk::FailInfoUndefined]))
    else {
        panic!("not rejected")
    };
    let RejectReason::Failed { info, .. } = rejected.reason() else { panic!("{rejected:?}") };
    assert_eq!(info.map(scep::FailInfo::number), Some(5));
}

#[test]
fn a9_c6_apple_and_juniper_get_the_leaf_alone() {
    for (profile, count) in [(PeerProfile::APPLE, 1), (PeerProfile::JUNIPER, 1), (PeerProfile::CISCO_ASA, 2)] {
        let server = serving(profile);
        let request = Request::flawless().to_http(&server);
        let mut rng = TestRandom::new(8);
        let Ok(server::Incoming::Sealed(sealed)) = server.responder.receive(&request, Clock::new().now(), &mut rng)
        else {
            panic!("not sealed")
        };
        let Ok(server::Operation::PkcsReq(enrol)) = sealed.open_with(fixtures::ra_key(), &mut rng) else {
            panic!("no PKCSReq")
        };
        let leaf = fixtures::below_root(
            fixtures::ca_key(),
            "device",
            fixtures::client_key(),
            &pki_core::Profile::DEVICE_CLIENT,
        );
        let authorized = enrol.authorize_manually();
        let reply = enrol.issue(&authorized, &[leaf, server.ca().clone()], &mut rng).expect("a reply");
        let reply = reply.sign_with(fixtures::ra_key(), &mut rng).expect("a signature");
        let signer = Request::flawless().signer(&server);
        let opened = open(&read(&reply), &signer, fixtures::client_key());
        let MessageData::Bundle(bundle) = opened.data() else { panic!("{opened:?}") };
        assert_eq!(bundle.certificates.len(), count, "{profile}");
        assert_eq!(opened.quirks().contains(Quirk::SeveralCertificates), count > 1);
    }
}

#[test]
fn a13_apple_gets_along_with_plain_rsa_only() {
    let ca = fixtures::root(fixtures::ec_key());
    let ra = fixtures::certify(
        (&fixtures::name("Root"), fixtures::ec_key()),
        &fixtures::name("RA"),
        Signer::public_key(fixtures::ra_key()),
        fixtures::validity(),
        &pki_core::Profile::RA,
    );
    let ra = RegistrationAuthority { signing: ra.clone(), encryption: ra };
    let responder = Responder::new(ca, ra, PROVIDER).expect("a responder");
    assert!(responder.clone().with_peer(PeerProfile::TOLERANT).is_ok());
    assert_eq!(responder.with_peer(PeerProfile::APPLE).err(), Some(ConfigError::UnsuitableKey));

    let mut server = serving(PeerProfile::APPLE);
    let csr = fixtures::csr("device", fixtures::ec_key());
    let signer = fixtures::self_signed("device", fixtures::client_key());
    let message = forge::RawMessage::request(&server, "19", csr.as_der(), signer, fixtures::client_key());
    let reply = server.answer(&message.to_request(), &Clock::new(), &mut TestRandom::new(8));
    assert_eq!(read(&reply).attributes().fail_info, Some(scep::FailInfo::BAD_REQUEST));
    assert_eq!(server.refusals, [server::Error::UnsuitableKey]);
}

#[test]
fn clients_on_openssl_get_empty_content() {
    for (profile, content) in [
        (PeerProfile::CERTMONGER, Quirks::from(Quirk::ContentEmpty)),
        (PeerProfile::SSCEP, Quirk::ContentEmpty.into()),
        (PeerProfile::APPLE, Quirks::NONE),
    ] {
        let mut server = serving(profile);
        server.policy = conformance::Policy::Pend(1);
        let request = Request::flawless().to_http(&server);
        let reply = server.answer(&request, &Clock::new(), &mut TestRandom::new(8));
        let received = Received::decode(&reply.body, pki_core::Limits::DEFAULT).expect("a pkiMessage");
        let verified = received.verify_by(&[server.signing()], &LEGACY_PROVIDER).expect("a signature");
        assert_eq!(verified.attributes().pki_status, Some(PkiStatus::PENDING));
        assert_eq!(verified.quirks(), content, "{profile}");
    }
    assert_eq!(PeerProfile::CERTMONGER.empty_content, EmptyContent::ZeroLength);
}

#[test]
fn ways_of_peers_are_as_the_survey_has_them() {
    for profile in [PeerProfile::CISCO_IOS, PeerProfile::CISCO_ASA, PeerProfile::CERTMONGER, PeerProfile::SSCEP] {
        assert_eq!(profile.renewal, Some(RenewalStyle::PkcsReq));
    }
    assert_eq!(PeerProfile::APPLE.renewal, Some(RenewalStyle::Anew));
    assert_eq!(PeerProfile::DOGTAG.ca_certificates, CaCertificates::OneByOne);
    let apple = PeerProfile::APPLE.polling.expect("a schedule");
    assert_eq!((apple.interval.as_secs(), apple.attempts), (10, 3));
    let cisco = PeerProfile::CISCO_IOS.polling.expect("a schedule");
    assert_eq!((cisco.interval.as_secs(), cisco.attempts), (60, 10));
    assert!(PeerProfile::CISCO_IOS.needs.contains(Quirk::SingleDes));
    assert!(
        PeerProfile::ALL
            .iter()
            .all(|profile| profile.tolerated().contains_all(profile.needs) || profile.needs == Quirks::NONE)
    );
}

#[test]
fn a_strict_client_and_a_strict_server_get_along() {
    let mut pair = at(conformance::Stage::Capabilities, PeerProfile::STRICT);
    pair.server.responder = pair.server.responder.with_peer(PeerProfile::STRICT).expect("suitable keys");
    pair.server.policy = conformance::Policy::Pend(2);
    let issued = pair.drive().issued();
    assert_eq!(issued.certificate().public_key(), Signer::public_key(pair.key).as_ref());
    assert_eq!((pair.errors.len(), pair.server.refusals.len()), (0, 0));
    let text = HttpResponse::ok(MediaType::TextPlain, *b"AES\n");
    assert_eq!(text.quirks(Operation::GetCaCaps), Quirks::NONE);
}

#[test]
fn c4_where_renewal_is_not_stated_the_profile_says_how_to_renew() {
    let current =
        fixtures::below_root(fixtures::ca_key(), "device", fixtures::other_key(), &pki_core::Profile::DEVICE_CLIENT);
    for (profile, by_current) in
        [(PeerProfile::CISCO_IOS, true), (PeerProfile::EJBCA, true), (PeerProfile::DOGTAG, false)]
    {
        let config = ClientConfig::new(PROVIDER).with_peer(profile);
        let scenario = Scenario::new().renewal(current.clone(), fixtures::other_key());
        let mut pair = scenario.start_with(config);
        let stated = HttpResponse::ok(MediaType::TextPlain, *b"AES\nPOSTPKIOperation\nSHA-256\n");
        pair.step = pair.try_reply(&stated).expect("GetCACert");
        pair.turn().expect("a signature");
        while !matches!(pair.step, Step::Exchange(_)) {
            pair.turn().expect("a next step");
        }
        let asked = forge::Asked::by(&pair);
        assert_eq!(asked.attributes.message_type, scep::MessageType::PKCS_REQ, "{profile}");
        assert_eq!(asked.signer == current, by_current, "{profile}");
    }
}
