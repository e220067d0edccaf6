//! Chapter 4: HTTP, and chapters 5 to 7 as far as they are about the same.

use super::*;

/// What a new server answers to this request.
fn answer(request: &HttpRequest) -> HttpResponse {
    server().answer(request, &Clock::new(), &mut TestRandom::new(1))
}

#[test]
fn scep_4_1_01_a_request_is_operation_and_message_in_this_spelling() {
    assert_eq!(HttpRequest::get_ca_caps(None).query, "operation=GetCACaps");
    assert_eq!(HttpRequest::get_ca_cert(Some("a b")).query, "operation=GetCACert&message=a%20b");
    assert_eq!(HttpRequest::get_next_ca_cert(None).query, "operation=GetNextCACert");
    assert_eq!(HttpRequest::pki_operation(Method::Get, vec![0xfb]).query, "operation=PKIOperation&message=%2Bw%3D%3D");
    assert_eq!(HttpRequest::pki_operation(Method::Post, vec![0xfb]).query, "operation=PKIOperation");
}

#[test]
fn scep_4_1_02_and_03_the_path_is_the_transport_s_and_is_not_looked_at() {
    // A request has no path, so that no path can be wrong; the documents of the examples name /cgi-bin/pkiclient.exe.
    let HttpRequest { method, query, content_type, body, .. } = HttpRequest::get_ca_caps(None);
    assert!(method == Method::Get && !query.contains('/') && content_type.is_none() && body.is_empty());
}

#[test]
fn scep_4_2_02_and_4_7_02_get_ca_cert_has_no_data_unless_a_name_is_configured() {
    let plain = answer(&HttpRequest::get_ca_cert(None));
    for identifier in ["default", "nobody knows", ""] {
        assert_eq!(answer(&HttpRequest::get_ca_cert(Some(identifier))), plain);
    }
    assert_eq!(HttpRequest::get_next_ca_cert(None).query, "operation=GetNextCACert");
}

#[test]
fn scep_4_2_1_1_01_a_lone_ca_is_a_bare_certificate() {
    let mut server = TestServer::with_ca_key(ca_key());
    let reply = server.answer(&HttpRequest::get_ca_cert(None), &Clock::new(), &mut TestRandom::new(1));
    assert_eq!(reply.content_type, "application/x-x509-ca-cert");
    assert_eq!(Certificate::from_der(&reply.body).as_ref(), Ok(server.ca()));
}

#[test]
fn scep_4_2_1_2_01_several_certificates_are_a_degenerate_signed_data() {
    let reply = answer(&HttpRequest::get_ca_cert(None));
    assert_eq!(reply.content_type, "application/x-x509-ca-ra-cert");
    let bundle = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
    assert!(bundle.certificates().count() >= 2);
}

#[test]
fn scep_4_2_1_2_02_the_choice_does_not_depend_on_the_order() {
    let root = fixtures::root(ca_key());
    let intermediate = fixtures::certify(
        (&fixtures::name("Root"), ca_key()),
        &fixtures::name("Issuing"),
        Signer::public_key(other_key()),
        fixtures::validity(),
        &Profile::issuing_ca(0).answering_scep(),
    );
    for order in [[&root, &intermediate], [&intermediate, &root]] {
        let certificates: Vec<_> = order.into_iter().cloned().collect();
        let pin = scep::client::Fingerprint::of(&root, &PROVIDER).expect("SHA-256");
        let config = scep::client::ClientConfig::new(PROVIDER).with_fingerprint(pin);
        let mut pair = Scenario::new().start_with(config);
        pair.turn().expect("GetCACert");
        let bundle =
            HttpResponse::ok(MediaType::X509CaRaCert, forge::certs_only(&certificates.iter().collect::<Vec<_>>()));
        pair.step = pair.try_reply(&bundle).expect("an authority");
        while matches!(pair.step, Step::Sign(_)) {
            pair.turn().expect("a signature");
        }
        let Step::Exchange(exchange) = &pair.step else { panic!("{:?}", pair.step) };
        let seen = Seen::of(&exchange.request().body);
        let content = seen.content.as_deref().expect("an envelope");
        let envelope = EnvelopedData::from_ber(content, Limits::DEFAULT).expect("EnvelopedData");
        assert!(envelope.recipients()[0].rid().names(&intermediate));
    }
}

#[test]
fn scep_4_3_1_01_what_can_be_answered_is_answered_by_a_cert_rep() {
    for attack in [
        good().with(|message| message.signer().flaw = Flaw::Bit),
        good().content([0x30, 0x00]),
        good().set_text(oid::SCEP_MESSAGE_TYPE, "18"),
        good().with(|message| message.certificates.clear()),
    ] {
        let (reply, _) = serve(&attack);
        assert_eq!((reply.status, Seen::of(&reply.body).status()), (200, &b"2"[..]));
    }
    assert_eq!(serve(&good()).0.status, 200);
}

#[test]
fn scep_4_3_1_02_and_03_pending_is_no_error() {
    let transcript = Transcript::of(Scenario::new().pending(1));
    assert_eq!(transcript.replies[0].status(), b"3");
    assert!(transcript.pair.errors.is_empty());
}

#[test]
fn scep_4_3_1_04_and_6_03_replies_have_their_media_types() {
    for transcript in all() {
        for (request, reply) in transcript.pair.network.log() {
            let expected = match request.query.as_str() {
                "operation=GetCACaps" => "text/plain",
                "operation=GetCACert" => "application/x-x509-ca-ra-cert",
                _ => "application/x-pki-message",
            };
            assert_eq!(reply.content_type, expected);
        }
    }
}

#[test]
fn scep_4_4_04_a_client_has_one_request_at_a_time() {
    // A step is one request; there is no other step before its reply.
    let transcript = Transcript::issued();
    let ids: BTreeSet<_> = transcript.requests.iter().map(|seen| seen.value(oid::SCEP_TRANSACTION_ID)).collect();
    assert_eq!((ids.len(), transcript.requests.len()), (1, transcript.replies.len()));
}

#[test]
fn scep_4_4_05_polling_ends() {
    let policy = scep::client::PollPolicy { limit: 3, ..scep::client::PollPolicy::DEFAULT };
    let transcript = Transcript::of(Scenario::new().pending(100).poll_policy(policy));
    assert_eq!(transcript.requests.len(), 4);
    assert!(matches!(transcript.pair.end(), Some(End::Rejected(RejectReason::PollLimit))));
}

#[test]
fn scep_4_4_1_01_polls_are_answered_as_requests_are_and_to_their_signer() {
    let transcript = Transcript::issued();
    for reply in &transcript.replies[1..] {
        assert!(matches!(reply.status(), b"0" | b"3"));
    }
    assert!(!transcript.replies[2].data(&transcript.signer(), client_key()).is_empty());
}

#[test]
fn scep_5_2_03_a_request_that_is_sent_again_gets_the_same_certificate() {
    let mut server = server();
    let mut rng = TestRandom::new(1);
    let mut certificates = BTreeSet::new();
    for _ in 0..2 {
        let reply = server.answer(&good().to_request(), &Clock::new(), &mut rng);
        let signer = fixtures::self_signed("device", client_key());
        let data = Seen::of(&reply.body).data(&signer, client_key());
        let bundle = SignedData::from_ber(&data, Limits::DEFAULT).expect("SignedData");
        certificates.extend(bundle.certificates().map(<[u8]>::to_vec));
    }
    assert_eq!(certificates.len(), 1);
}

#[test]
fn scep_7_9_01_sha_1_is_read_but_not_chosen_where_there_is_better() {
    let (reply, _) = serve(&good().with(|message| message.signer().digest = DigestAlgorithm::SHA1));
    assert_eq!(Seen::of(&reply.body).status(), b"0");
    assert_eq!(after(b"SHA-1\nSHA-256\nAES\nPOSTPKIOperation\n"), best());
}

#[test]
fn scep_7_10_01_nothing_depends_on_tls() {
    // Neither request nor reply says whether they came over TLS: a challenge is asked for all the same.
    let transcript = Transcript::of(Scenario::new().challenge(None));
    assert_eq!(transcript.replies[0].status(), b"2");
}
