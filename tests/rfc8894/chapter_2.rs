//! Chapter 2: who talks to whom, and in which order.

use scep::{
    client::{Authority, ClientConfig},
    server::{TransactionRecord, TransactionState},
};

use super::*;

#[test]
fn scep_2_1_1_01_nothing_that_is_received_changes_where_requests_go() {
    // The host is the caller's: a request is a method, a query and a body, and a redirection is no reply.
    for stage in [Stage::Capabilities, Stage::Certificates, Stage::Request] {
        let (mut pair, exchange) = Scenario::new().to_exchange(stage);
        assert!(exchange.request().query.starts_with("operation="));
        let elsewhere = HttpResponse::new(302, "text/html", "<a href=\"http://elsewhere.example/\">moved</a>");
        match pair.try_reply(&elsewhere) {
            Err(Error::Http(refusal)) => assert_eq!(refusal.status, 302),
            // A CA without GetCACaps (section 3.5.2).
            result => assert!(stage == Stage::Capabilities, "{result:?}"),
        }
    }
}

#[test]
fn scep_2_1_2_04_a_ca_may_refuse_anything_in_due_form() {
    for info in [FailInfo::BAD_ALG, FailInfo::BAD_REQUEST, FailInfo::BAD_CERT_ID] {
        let transcript = Transcript::of(Scenario::new().rejected(info));
        let [reply] = &transcript.replies[..] else { panic!("one reply") };
        assert_eq!(
            (reply.status(), reply.value(oid::SCEP_FAIL_INFO)),
            (&b"2"[..], info.number().to_string().as_bytes())
        );
    }
}

#[test]
fn scep_2_2_02_certificates_of_the_ca_are_for_anybody_and_unprotected() {
    let reply = server().answer(&HttpRequest::get_ca_cert(None), &Clock::new(), &mut TestRandom::new(1));
    let bundle = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
    assert!(bundle.signers().is_empty());
    assert_eq!(bundle.certificates().count(), 2);
}

#[test]
fn scep_2_2_04_the_ca_s_certificates_may_be_known_beforehand() {
    let certificates = server().authority();
    let authority = Authority::new(&certificates, &PROVIDER, Clock::new().now()).expect("an authority");
    let mut pair = Scenario::new().start_with(ClientConfig::new(PROVIDER).with_authority(authority));
    assert!(matches!(pair.drive(), End::Issued(_)));
    assert!(pair.network.log().iter().all(|(request, _)| !request.query.contains("GetCACert")));
}

#[test]
fn scep_2_2_05_a_fingerprint_authenticates_what_get_ca_cert_gave() {
    let mut pair = Scenario::new().start();
    assert!(matches!(pair.drive(), End::Issued(_)));
    let (_, confirm) = Scenario::new().to_confirm();
    let expected = PROVIDER.digest(oid::SHA256).expect("SHA-256").digest(&[server().ca().as_der()]);
    let shown: String = confirm.fingerprint().to_string().chars().filter(char::is_ascii_hexdigit).collect();
    assert_eq!(shown.to_ascii_lowercase(), expected.to_string());
}

#[test]
fn scep_2_3_03_and_04_the_first_signer_has_the_name_and_the_key_of_the_csr() {
    let transcript = Transcript::issued();
    let (signer, csr) = (transcript.signer(), transcript.csr());
    assert_eq!(signer.subject().as_der(), csr.subject().as_der());
    assert_eq!(signer.public_key(), csr.public_key());
    // A server looks at neither: Cisco ASA has other names there, macOS another key.
    for (common_name, key) in [("SCEP SIGNER", client_key()), ("device", other_key())] {
        let csr = fixtures::csr("device", client_key());
        let signer = fixtures::self_signed(common_name, key);
        let (reply, _) = serve(&RawMessage::request(&server(), "19", csr.as_der(), signer, key));
        assert_eq!(Seen::of(&reply.body).status(), b"0");
    }
}

#[test]
fn scep_2_3_05_a_first_request_is_a_pkcs_req() {
    assert_eq!(Transcript::issued().requests[0].value(oid::SCEP_MESSAGE_TYPE), b"19");
}

#[test]
fn scep_2_3_10_enrolment_with_a_self_signed_certificate_is_always_there() {
    // For a client that has a certificate already, too.
    let (mut server, mut rng) = (server(), TestRandom::new(1));
    for id in ["first", "again"] {
        let message = good().set_text(oid::SCEP_TRANSACTION_ID, id);
        let reply = server.answer(&message.to_request(), &Clock::new(), &mut rng);
        assert_eq!(Seen::of(&reply.body).status(), b"0");
    }
}

#[test]
fn scep_2_4_08_what_is_not_authorised_is_refused_or_waits() {
    let csr = fixtures::sign_csr(
        &pki_core::CsrBuilder::new(fixtures::name("device"), Signer::public_key(client_key()).clone()),
        client_key(),
    );
    let signer = fixtures::self_signed("device", client_key());
    refused(&RawMessage::request(&server(), "19", csr.as_der(), signer, client_key()), &[2]);
    assert_eq!(Transcript::of(Scenario::new().pending(1)).replies[0].status(), b"3");
}

#[test]
fn scep_2_4_09_what_waits_for_somebody_waits_until_it_is_decided() {
    let approved = Transcript::of(Scenario::new().pending(5));
    let statuses: Vec<_> = approved.replies.iter().map(|reply| reply.status().to_vec()).collect();
    assert_eq!(statuses, [b"3", b"3", b"3", b"3", b"3", b"0"]);
    let denied = Transcript::of(Scenario::new().policy(Policy::PendThenReject(2, FailInfo::BAD_REQUEST)));
    let last = denied.replies.last().expect("a reply");
    assert_eq!((last.status(), last.value(oid::SCEP_FAIL_INFO)), (&b"2"[..], &b"2"[..]));
}

#[test]
fn scep_2_5_01_an_enrolment_is_a_csr_in_cms() {
    let transcript = Transcript::issued();
    assert!(transcript.csr().verify(&PROVIDER).is_ok());
    assert!(transcript.requests[0].content.is_some());
}

#[test]
fn scep_2_5_06_and_2_5_1_04_after_pending_comes_a_poll() {
    let transcript = Transcript::issued();
    let types: Vec<_> = transcript.requests.iter().map(|seen| seen.value(oid::SCEP_MESSAGE_TYPE)).collect();
    assert_eq!(types, [b"19", b"20", b"20"]);
}

#[test]
fn scep_2_5_07_a_transaction_has_one_final_answer() {
    let mut transcript = Transcript::issued();
    let finals = transcript.replies.iter().filter(|reply| reply.status() != b"3").count();
    assert_eq!((finals, transcript.replies.last().expect("a reply").status()), (1, &b"0"[..]));
    // Whoever settles it again settles nothing.
    let records: Vec<_> = transcript.pair.server.transactions.records().cloned().collect();
    let [record] = &records[..] else { panic!("one transaction") };
    let rejected = TransactionState::Rejected(FailInfo::BAD_REQUEST);
    let now = transcript.pair.clock.now();
    let stands = transcript.pair.server.transactions.settle(record.key(), rejected, now);
    assert_eq!(stands.as_ref(), Ok(record.state()));
    let mut after = transcript.pair.server.transactions.records();
    assert_eq!(after.next().map(TransactionRecord::state), Some(record.state()));
}

#[test]
fn scep_2_5_1_01_success_ends_with_the_certificate_and_no_further_traffic() {
    let mut transcript = Transcript::of(Scenario::new());
    let sent = transcript.pair.network.log().len();
    let issued = transcript.pair.drive().issued();
    assert_eq!(issued.certificate().public_key(), Signer::public_key(client_key()).as_ref());
    assert_eq!(transcript.pair.network.log().len(), sent);
}

#[test]
fn scep_2_5_1_02_failure_ends_the_polling_without_a_certificate() {
    let mut transcript = Transcript::of(Scenario::new().policy(Policy::PendThenReject(2, FailInfo::BAD_REQUEST)));
    let sent = transcript.pair.network.log().len();
    assert_eq!(
        transcript.pair.drive().rejected(),
        RejectReason::Failed { info: Some(FailInfo::BAD_REQUEST), text: None }
    );
    assert_eq!(transcript.pair.network.log().len(), sent);
}

#[test]
fn scep_2_5_1_03_without_a_reply_the_client_is_where_it_was() {
    // Whether to ask again or to begin anew is the caller's choice: the step has lost nothing.
    let (mut pair, exchange) =
        Scenario::new().faults([conformance::Fault::DropReply; 3]).to_exchange(Stage::Capabilities);
    for _ in 0..3 {
        assert!(matches!(pair.turn(), Err(None)));
        let Step::Exchange(again) = &pair.step else { panic!("{:?}", pair.step) };
        assert_eq!(again.request(), exchange.request());
    }
    assert!(matches!(pair.drive(), End::Issued(_)));
}

#[test]
fn scep_2_8_01_there_is_no_revocation_request() {
    assert_eq!(scep::http::Operation::from_name("Revoke"), None);
    refused(&good().set_text(oid::SCEP_MESSAGE_TYPE, "23"), &[2]);
}

#[test]
fn scep_2_9_07_a_server_takes_messages_by_get() {
    let message = good().encode();
    let request = HttpRequest::pki_operation(Method::Get, message);
    let reply = server().answer(&request, &Clock::new(), &mut TestRandom::new(1));
    assert_eq!(Seen::of(&reply.body).status(), b"0");
}

#[test]
fn scep_2_9_08_and_09_a_server_takes_triple_des_and_sha_1_and_answers_in_kind() {
    let csr = fixtures::csr("device", client_key());
    let algorithms = EnvelopeAlgorithms { cipher: CipherAlgorithm::DES_EDE3_CBC, ..EnvelopeAlgorithms::MANDATORY };
    let envelope = forge::envelope_with(csr.as_der(), &forge::recipient(&server()), algorithms);
    let message = good().content(envelope).with(|message| message.signer().digest = DigestAlgorithm::SHA1);
    let (reply, _) = serve(&message);
    let reply = Seen::of(&reply.body);
    assert_eq!(reply.status(), b"0");
    assert_eq!(
        (reply.cipher(), reply.digest.as_slice()),
        (oid::DES_EDE3_CBC.as_bytes().to_vec(), oid::SHA1.as_bytes())
    );
}
