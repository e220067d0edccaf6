//! What real peers do otherwise than RFC 8894: for each quirk a message of its owner's, byte by byte; for each profile a whole
//! enrolment with all of its quirks at once.
//!
//! Of each quirk it is shown that it is seen, and nothing else with it; that the tolerant profile and those of its owners
//! take it; and that the strict profile, and the tolerant one without it, refuse it by its name.

mod ber;
mod reply;
mod request;
mod samples;
mod whole;

use conformance::{
    Clock, Pair, Scenario, Stage, TestRandom, TestServer, fixtures,
    forge::{self, RawEnvelope, RawMessage, RawSigner},
};
use pki_core::{
    Limits, Oid,
    algorithm::AlgorithmIdentifier,
    crypto::{
        Decrypter,
        rustcrypto::{LEGACY_PROVIDER, PROVIDER, PrivateKey},
    },
    der::Writer,
    oid,
};
use scep::{
    FailInfo, HttpRequest, HttpResponse,
    client::{Authority, Call, ClientConfig, Error, Fingerprint, Misbehaviour, Step},
    http::{MediaType, Operation, Request as Parsed},
    message::{MessageData, MessageError, Opened, Received, Verified},
    peer::{PeerProfile, Quirk, Quirks, Standing},
    server,
};

use crate::{
    reply::{Reply, Status},
    request::Request,
};

// Requests.

#[test]
fn each_quirk_of_a_client_is_seen_and_nothing_else_with_it() {
    let server = serving(PeerProfile::TOLERANT);
    assert_eq!(seen_in_request(&Request::flawless(), &server), Quirks::NONE);
    for (quirk, _) in request::FIXTURES {
        assert_eq!(seen_in_request(&Request::with([*quirk]), &server), with_carrier(*quirk), "{quirk:?}");
    }
}

#[test]
fn a1_an_rsa_signer_for_signatures_only_is_seen() {
    let mut request = Request::flawless();
    request::signer_key_usage_of_apple(&mut request);
    let server = serving(PeerProfile::APPLE);
    assert_eq!(seen_in_request(&request, &server), Quirk::SignerKeyUsage.into());
    served(PeerProfile::APPLE, &request, Quirk::SignerKeyUsage);
}

#[test]
fn each_quirk_of_a_client_is_taken_by_the_tolerant_and_by_its_owners() {
    for (quirk, _) in request::FIXTURES {
        let request = Request::with([*quirk]);
        served(PeerProfile::TOLERANT, &request, *quirk);
        served(PeerProfile::STRICT.tolerating(with_carrier(*quirk)), &request, *quirk);
        for owner in quirk.owners().iter().filter_map(|owner| PeerProfile::from_name(owner)) {
            served(*owner, &request, *quirk);
        }
        let conforming = quirk.standing() == Standing::Allowed;
        let (_, causes) = serve(PeerProfile::CONFORMING, &request);
        assert_eq!(causes.is_empty(), conforming, "{quirk:?} {causes:?}");
    }
}

#[test]
fn each_quirk_of_a_client_is_refused_by_its_name() {
    let (_, causes) = serve(PeerProfile::STRICT, &Request::flawless());
    assert_eq!(causes, []);
    for (quirk, _) in request::FIXTURES {
        let request = Request::with([*quirk]);
        for profile in [PeerProfile::STRICT, PeerProfile::TOLERANT.refusing((*quirk).into())] {
            let (reply, causes) = serve(profile, &request);
            assert_eq!(causes, [server::Error::Quirk(*quirk)], "{profile}");
            if OF_HTTP.contains(*quirk) {
                assert_eq!((reply.status, reply.body.len()), (400, 0), "{quirk:?}");
                continue;
            }
            let algorithm = matches!(quirk, Quirk::Md5 | Quirk::Sha1 | Quirk::SingleDes | Quirk::TripleDes);
            let info = if algorithm { FailInfo::BAD_ALG } else { FailInfo::BAD_REQUEST };
            assert_eq!(read(&reply).attributes().fail_info, Some(info), "{quirk:?}");
        }
    }
}

#[test]
fn what_is_refused_behind_the_envelope_looks_like_what_can_not_be_opened() {
    let mut server = serving(PeerProfile::STRICT);
    let no_csr = forge::envelope(b"no CSR", &forge::recipient(&server));
    let damaged = RawMessage::pkcs_req(&server, "device", fixtures::client_key()).content(no_csr);
    let unopenable = read(&server.answer(&damaged.to_request(), &Clock::new(), &mut TestRandom::new(8)));
    assert_eq!(server.refusals, [server::Error::Message(MessageError::Unopenable)]);
    for quirk in [Quirk::CsrVersion, Quirk::ChallengeString, Quirk::SignerKey, Quirk::SignerSubject] {
        let (reply, _) = serve(PeerProfile::STRICT, &Request::with([quirk]));
        let refused = read(&reply);
        assert_eq!(refused.attributes().fail_info, unopenable.attributes().fail_info);
        assert_eq!(refused.attributes().fail_info_text, unopenable.attributes().fail_info_text);
        assert_eq!(refused.attributes().pki_status, unopenable.attributes().pki_status);
    }
}

// Replies.

#[test]
fn each_quirk_of_a_server_is_seen_and_nothing_else_with_it() {
    let pair = asking(PeerProfile::TOLERANT);
    for status in [Status::Success, Status::Failure, Status::Pending] {
        assert_eq!(seen_in_reply(&Reply::flawless(status), &pair), Quirks::NONE);
        assert_eq!(seen_in_reply(&Reply::flawless(status).with_oaep(), &pair), Quirks::NONE);
    }
    for (quirk, _) in reply::FIXTURES {
        assert_eq!(seen_in_reply(&Reply::with(Status::Success, [*quirk]), &pair), (*quirk).into(), "{quirk:?}");
    }
    for quirk in [Quirk::ContentEmpty, Quirk::ContentMeaningless, Quirk::CertificatesMissing] {
        assert_eq!(seen_in_reply(&Reply::with(Status::Pending, [quirk]), &pair), quirk.into());
    }
}

#[test]
fn each_quirk_of_a_server_is_taken_by_the_tolerant_and_by_its_owners() {
    for (quirk, _) in reply::FIXTURES {
        let reply = Reply::with(Status::Success, [*quirk]);
        let tolerant = quirk.standing() != Standing::Unsafe;
        assert_eq!(taken(PeerProfile::TOLERANT, &reply).is_ok(), tolerant, "{quirk:?}");
        assert_eq!(taken(PeerProfile::STRICT.tolerating((*quirk).into()), &reply).err(), None, "{quirk:?}");
        for owner in quirk.owners().iter().filter_map(|owner| PeerProfile::from_name(owner)) {
            assert_eq!(taken(*owner, &reply).err(), None, "{quirk:?} {owner}");
        }
    }
}

#[test]
fn each_quirk_of_a_server_is_refused_by_its_name() {
    assert_eq!(taken(PeerProfile::STRICT, &Reply::flawless(Status::Success)).err(), None);
    for (quirk, _) in reply::FIXTURES {
        let cause = match quirk {
            Quirk::NonceNotEchoed => Misbehaviour::RecipientNonce,
            quirk => Misbehaviour::Quirk(*quirk),
        };
        for profile in [PeerProfile::STRICT, PeerProfile::TOLERANT.refusing((*quirk).into())] {
            let refused = taken(profile, &Reply::with(Status::Success, [*quirk]));
            assert_eq!(refused.err(), Some(Error::Misbehaved(cause.clone())), "{profile}");
        }
    }
}

#[test]
fn o9_an_old_reply_passes_only_where_digis_quirk_is_named() {
    let old = Reply::with(Status::Success, [Quirk::NonceNotEchoed]);
    for profile in PeerProfile::ALL {
        assert_eq!(taken(*profile, &old).err(), Some(Misbehaviour::RecipientNonce.into()), "{profile}");
    }
    let digi = PeerProfile::TOLERANT.tolerating(Quirk::NonceNotEchoed.into());
    assert_eq!(taken(digi, &old).err(), None);
}

// GetCACaps and GetCACert.

/// GetCACaps as CAs answer it.
fn capabilities() -> [(Quirk, HttpResponse); 5] {
    let text = |body: &[u8]| HttpResponse::ok(MediaType::TextPlain, body);
    [
        (Quirk::CapabilitiesCase, text(b"AES\nPostPKIOperation\nSHA-256\n")),
        // C5
        (Quirk::CapabilitiesLine, text(b"GetNextCACert Renewal SHA2 SHA-256 AES\n")),
        (Quirk::CapabilitiesMark, text(b"\xef\xbb\xbfAES\r\nPOSTPKIOperation\r\nSHA-256\r\n")),
        // N7
        (Quirk::CapabilitiesMissing, HttpResponse::new(404, "text/html", *b"<html>Not found</html>")),
        // C5
        (Quirk::MediaType, HttpResponse::new(200, "application/x-pki-message", *b"AES\nPOSTPKIOperation\nSHA-256\n")),
    ]
}

/// GetCACert as CAs answer it: with one certificate, or a few.
fn certificates(server: &TestServer) -> [(Quirk, HttpResponse); 3] {
    let all: Vec<_> = server.authority();
    let bundle = forge::certs_only(&all.iter().collect::<Vec<_>>());
    [
        // micromdm: a root that is for nothing but certificates, and for SCEP.
        (Quirk::AuthorityKeyUsage, HttpResponse::ok(MediaType::X509CaCert, server.ca().as_der())),
        // O2
        (Quirk::BerMessage, HttpResponse::ok(MediaType::X509CaRaCert, ber::signed_data(&bundle))),
        (Quirk::MediaType, HttpResponse::ok(MediaType::X509CaCert, bundle)),
    ]
}

#[test]
fn each_quirk_of_capabilities_and_certificates_is_seen_tolerated_and_refused() {
    let server = serving(PeerProfile::TOLERANT);
    let cases = capabilities().map(|case| (Stage::Capabilities, case)).into_iter();
    let cases = cases.chain(certificates(&server).map(|case| (Stage::Certificates, case)));
    for (stage, (quirk, response)) in cases {
        let operation = if stage == Stage::Capabilities { Operation::GetCaCaps } else { Operation::GetCaCert };
        let visible = if quirk == Quirk::AuthorityKeyUsage { Quirks::NONE } else { quirk.into() };
        assert_eq!(response.quirks(operation), visible);
        let refusal = |profile: PeerProfile| match at(stage, profile).try_reply(&response) {
            Err(Error::Misbehaved(Misbehaviour::Quirk(quirk))) => Some(quirk),
            _ => None,
        };
        assert_eq!(refusal(PeerProfile::TOLERANT), None, "{quirk:?}");
        assert_eq!(refusal(PeerProfile::STRICT.tolerating(quirk.into())), None);
        assert_eq!(refusal(PeerProfile::STRICT), Some(quirk));
        assert_eq!(refusal(PeerProfile::TOLERANT.refusing(quirk.into())), Some(quirk));
        for owner in quirk.owners().iter().filter_map(|owner| PeerProfile::from_name(owner)) {
            assert_eq!(refusal(*owner), None, "{quirk:?} {owner}");
        }
    }
}

#[test]
fn capabilities_are_flawless_in_any_order_with_unknown_words_and_either_line_end() {
    for body in ["SHA-256\r\nAES\r\n", "AES\nX Y Z\nSHA-256", "SCEPStandard"] {
        assert_eq!(scep::Capabilities::quirks(body.as_bytes()), Quirks::NONE, "{body:?}");
    }
    for body in ["", "<html>", "X\nY"] {
        assert_eq!(scep::Capabilities::quirks(body.as_bytes()), Quirk::CapabilitiesMissing.into(), "{body:?}");
    }
}

// What is never tolerated.

#[test]
fn what_is_never_tolerated_is_refused_whatever_the_profile_says() {
    let everything = PeerProfile::TOLERANT.tolerating(Quirk::ALL.iter().copied().collect());
    let server = serving(everything);
    let good = RawMessage::pkcs_req(&server, "device", fixtures::client_key());
    let csr = fixtures::csr("device", fixtures::client_key());
    let cases = [
        // Section 3.1: the CSR for all to read.
        (Quirk::EnvelopeOmitted, good.clone().content(csr.as_der())),
        // What Go's pkcs7 makes of AES-GCM.
        (Quirk::GcmEnvelope, good.clone().content(gcm_under_enveloped_data(csr.as_der(), &server))),
        (Quirk::UpdateReq, good.set_text(oid::SCEP_MESSAGE_TYPE, "18")),
    ];
    let update = Received::decode(&cases[2].1.encode(), Limits::DEFAULT).expect("a pkiMessage");
    assert_eq!(update.quirks(), Quirk::UpdateReq.into());
    for (quirk, message) in cases {
        assert_eq!(quirk.standing(), Standing::Never);
        let mut server = serving(everything);
        let reply = server.answer(&message.to_request(), &Clock::new(), &mut TestRandom::new(8));
        assert_eq!(read(&reply).attributes().pki_status, Some(scep::PkiStatus::FAILURE), "{quirk:?}");
        assert_eq!((server.refusals.len(), server.transactions.records().count()), (1, 0), "{quirk:?}");
    }
}

fn gcm_under_enveloped_data(data: &[u8], server: &TestServer) -> Vec<u8> {
    let mut envelope = RawEnvelope::new(data, &forge::recipient(server));
    envelope.ciphertext.extend([0x7a; 16]);
    let parameters = Writer::encode(|w| {
        w.sequence(|w| {
            w.octet_string(&[0x1b; 12]);
            w.small_integer(16);
        });
    });
    let aes128_gcm = const_oid::ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.6");
    let algorithm =
        Writer::encode(|w| AlgorithmIdentifier::new(Oid::from_const(&aes128_gcm), Some(&parameters)).encode(w));
    ber::replace(&envelope.encode(), &[0x30, 0xa0, 0x30, 0x30, 0x30], &algorithm)
}

#[test]
fn the_next_ca_by_an_ra_counts_where_that_is_named_and_beside_the_signature_never() {
    let server = serving(PeerProfile::TOLERANT);
    let authority = Authority::new(&server.authority(), &PROVIDER, Clock::new().now()).expect("an authority");
    let next = fixtures::root(fixtures::other_key());
    let read = |profile: PeerProfile, message: &RawMessage| {
        let config = ClientConfig::new(PROVIDER).with_peer(profile);
        let reply = HttpResponse::ok(MediaType::NextCaCert, message.encode());
        Call::next_certificates(&config, &authority).finish(&reply).is_ok()
    };
    let everything = PeerProfile::TOLERANT.tolerating(Quirk::ALL.iter().copied().collect());

    let by = |certificate, key| RawSigner::new(certificate, key, []);
    let content = Some(forge::certs_only(&[&next]));
    let by_ca = RawMessage::new(content.clone(), by(server.ca().clone(), fixtures::ca_key()));
    let by_ra = RawMessage::new(content, by(server.signing(), fixtures::ra_key()));
    assert!(read(PeerProfile::STRICT, &by_ca));
    assert!(!read(PeerProfile::TOLERANT, &by_ra));
    assert!(read(PeerProfile::TOLERANT.tolerating(Quirk::NextAuthorityByRa.into()), &by_ra));

    let mut beside = RawMessage::new(None, by(server.ca().clone(), fixtures::ca_key()));
    beside.certificates.push(next.as_der().to_vec());
    for profile in [PeerProfile::TOLERANT, PeerProfile::JSCEP, everything] {
        assert!(!read(profile, &beside));
    }
}

#[test]
fn each_quirk_has_a_fixture() {
    let requests = request::FIXTURES.iter().map(|(quirk, _)| *quirk);
    let replies = reply::FIXTURES.iter().map(|(quirk, _)| *quirk);
    let others = capabilities().map(|(quirk, _)| quirk).into_iter();
    let others = others.chain(certificates(&serving(PeerProfile::TOLERANT)).map(|(quirk, _)| quirk));
    let never = [Quirk::EnvelopeOmitted, Quirk::GcmEnvelope, Quirk::UpdateReq];
    let next = [Quirk::NextAuthorityByRa, Quirk::NextAuthorityUnsigned];
    let shown: Quirks = requests.chain(replies).chain(others).chain(never).chain(next).collect();
    assert_eq!(shown, Quirk::ALL.iter().copied().collect());
}

// The harness.

/// What shows before there is a transaction to answer.
const OF_HTTP: Quirks = Quirks::of(&[
    Quirk::Base64Alphabet,
    Quirk::Base64Escapes,
    Quirk::Base64LineBreaks,
    Quirk::Base64Padding,
    Quirk::Base64Spaces,
    Quirk::CaIdentifier,
    Quirk::GetInsteadOfPost,
    Quirk::MediaType,
]);

/// The quirk, and that it came by GET where it can't come otherwise.
fn with_carrier(quirk: Quirk) -> Quirks {
    let get = quirk.name().starts_with("Base64");
    Quirks::from(quirk) | if get { Quirk::GetInsteadOfPost.into() } else { Quirks::NONE }
}

/// A server that has all algorithms and expects these clients.
fn serving(profile: PeerProfile) -> TestServer {
    let mut server = TestServer::with_ra(fixtures::ca_key(), fixtures::ra_key(), LEGACY_PROVIDER);
    server.responder = server.responder.with_peer(profile).expect("suitable keys");
    server
}

/// What such a server says to a request, and what it complains of.
fn serve(profile: PeerProfile, request: &Request) -> (HttpResponse, Vec<server::Error>) {
    let mut server = serving(profile);
    let reply = server.answer(&request.to_http(&server), &Clock::new(), &mut TestRandom::new(8));
    (reply, server.refusals)
}

/// The server grants it, or answers it as what it is.
#[track_caller]
fn served(profile: PeerProfile, request: &Request, quirk: Quirk) {
    let (reply, causes) = serve(profile, request);
    let unknown = [server::Error::Transaction(server::Conflict::Unknown)];
    let expected = if quirk == Quirk::PollNames { unknown.as_slice() } else { &[] };
    assert_eq!(causes, expected, "{quirk:?} {profile}");
    match quirk {
        Quirk::CaIdentifier => assert_eq!(reply.quirks(Operation::GetCaCaps), Quirks::NONE),
        // There is no such transaction.
        Quirk::PollNames => assert_eq!(read(&reply).attributes().pki_status, Some(scep::PkiStatus::FAILURE)),
        _ => assert_eq!(read(&reply).attributes().pki_status, Some(scep::PkiStatus::SUCCESS), "{quirk:?} {profile}"),
    }
}

/// A CertRep of the server's, which has no quirks but those that mirror the request or are the client's wish.
fn read(reply: &HttpResponse) -> Verified {
    let received = Received::decode(&reply.body, Limits::DEFAULT).expect("a pkiMessage");
    let server = serving(PeerProfile::TOLERANT);
    let verified = received.verify_by(&[server.signing()], &LEGACY_PROVIDER).expect("a signature");
    let for_the_client = Quirks::of(&[Quirk::ContentEmpty, Quirk::Sha1, Quirk::SingleDes, Quirk::TripleDes]);
    assert_eq!((reply.quirks(Operation::PkiOperation) | verified.quirks()) - for_the_client, Quirks::NONE);
    verified
}

fn seen_in_request(request: &Request, server: &TestServer) -> Quirks {
    let http: HttpRequest = request.to_http(server);
    let Parsed::PkiOperation { message } = http.parse(&Limits::DEFAULT).expect("a request") else {
        return http.quirks();
    };
    let received = Received::decode(&message, Limits::DEFAULT).expect("a pkiMessage");
    let verified = received.verify(&LEGACY_PROVIDER).expect("a signature");
    let opened = open(&verified, &forge::recipient(server), fixtures::ra_key());
    assert!(verified.quirks().contains_all(received.quirks()) && opened.quirks().contains_all(verified.quirks()));
    http.quirks() | opened.quirks()
}

fn seen_in_reply(reply: &Reply, pair: &Pair) -> Quirks {
    let http = reply.to_http(pair);
    let received = Received::decode(&http.body, Limits::DEFAULT).expect("a pkiMessage");
    let verified = received.verify_by(&[pair.server.signing()], &LEGACY_PROVIDER).expect("a signature");
    let seen = http.quirks(Operation::PkiOperation) | verified.quirks();
    if verified.attributes().pki_status != Some(scep::PkiStatus::SUCCESS) {
        return seen;
    }
    let opened = open(&verified, &forge::Asked::by(pair).signer, pair.key);
    assert!(matches!(opened.data(), MessageData::Bundle(_)));
    seen | opened.quirks()
}

fn open(verified: &Verified, recipient: &pki_core::Certificate, key: &PrivateKey) -> Opened {
    let wrapped = verified.wrapped_key(recipient, &LEGACY_PROVIDER).expect("a wrapped key");
    let key = key.unwrap_key(&wrapped, &mut TestRandom::new(9)).expect("a content key");
    verified.open(&key, &LEGACY_PROVIDER).expect("an open envelope")
}

/// A client that expects this CA and has come so far.
fn at(stage: Stage, profile: PeerProfile) -> Pair {
    let server = TestServer::with_ra(fixtures::ca_key(), fixtures::ra_key(), PROVIDER);
    let pin = Fingerprint::of(server.ca(), &PROVIDER).expect("SHA-256");
    let config = ClientConfig::new(LEGACY_PROVIDER).with_fingerprint(pin).with_peer(profile);
    let mut pair = Scenario::with_server(server).start_with(config);
    let operation = match stage {
        Stage::Capabilities => Operation::GetCaCaps,
        Stage::Certificates => Operation::GetCaCert,
        _ => Operation::PkiOperation,
    };
    let there = format!("operation={}", operation.name());
    while !matches!(&pair.step, Step::Exchange(exchange) if exchange.request().query.starts_with(&there)) {
        pair.turn().expect("a next step");
    }
    pair
}

/// A client that waits for the reply to its PKCSReq.
fn asking(profile: PeerProfile) -> Pair {
    at(Stage::Request, profile)
}

/// What becomes of a reply: the last step.
fn taken(profile: PeerProfile, reply: &Reply) -> Result<Step, Error> {
    let mut pair = asking(profile);
    let response = reply.to_http(&pair);
    match pair.try_reply(&response)? {
        Step::Open(open) => open.open_with(pair.key, &mut TestRandom::new(9)),
        step => Ok(step),
    }
}
