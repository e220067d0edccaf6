//! Chapter 3: messages, attributes, and what is in the envelope.

use pki_core::{Name, cms::CertificateIdentifier};
use scep::capability::Capabilities;

use super::*;

#[test]
fn scep_3_01_and_3_1_01_a_message_is_signed_around_encrypted() {
    for message in Transcript::issued().messages().filter(|message| message.content.is_some()) {
        // What is signed is the envelope: messageDigest is over its DER.
        let content = message.content.as_deref().expect("content");
        let digest = PROVIDER.digest(oid::SHA256).expect("SHA-256").digest(&[content]);
        assert_eq!(message.value(oid::MESSAGE_DIGEST), digest.as_bytes());
        let mut info = Reader::new(content).sequence().expect("ContentInfo");
        assert_eq!(info.oid().expect("contentType"), oid::ENVELOPED_DATA);
    }
}

#[test]
fn scep_3_03_the_message_type_says_what_is_in_the_envelope() {
    let transcript = Transcript::issued();
    let ra = forge::recipient(&transcript.pair.server);
    for (message, is_csr) in transcript.requests.iter().zip([true, false, false]) {
        let data = message.data(&ra, ra_key());
        assert_eq!(Csr::from_der(&data).is_ok(), is_csr);
        assert_eq!(IssuerAndSubject::from_der(&data).is_ok(), !is_csr);
    }
}

#[test]
fn scep_3_1_02_a_key_that_can_decrypt_gets_the_content_key_by_key_transport() {
    let transcript = Transcript::issued();
    let (ra, client) = (forge::recipient(&transcript.pair.server), transcript.signer());
    let sealed = transcript.requests.iter().map(|seen| (seen, &ra)).chain([(&transcript.replies[2], &client)]);
    for (message, recipient) in sealed {
        let content = message.content.as_deref().expect("content");
        let envelope = EnvelopedData::from_ber(content, Limits::DEFAULT).expect("EnvelopedData");
        let [info] = envelope.recipients() else { panic!("one recipient") };
        assert_eq!(info.rid(), CertificateIdentifier::of(recipient));
        assert_eq!(envelope.other_recipients(), 0);
    }
}

#[test]
fn scep_3_1_04_a_request_that_is_not_encrypted_is_refused() {
    // Old servers for EC keys left the envelope out: everybody could read the challenge.
    refused(&good().content(fixtures::csr("device", client_key()).as_der()), &[2]);
    for request in &Transcript::issued().requests {
        let challenge = fixtures::CHALLENGE.as_bytes();
        assert!(!request.bytes.windows(challenge.len()).any(|window| window == challenge));
    }
}

#[test]
fn scep_3_2_1_07_a_failure_may_have_a_text() {
    let (mut pair, _) = success();
    let text = pki_core::der::Writer::encode(|w| w.primitive(Tag::UTF8_STRING, "nicht möglich".as_bytes()));
    let failure = RawMessage::cert_rep(&Asked::by(&pair), &pair.server, "2")
        .set_text(oid::SCEP_FAIL_INFO, "2")
        .set(oid::SCEP_FAIL_INFO_TEXT, text);
    let Ok(Step::Rejected(rejected)) = pair.try_reply(&failure.to_reply()) else { panic!("no failure") };
    let RejectReason::Failed { text: Some(text), .. } = rejected.reason() else { panic!("{rejected:?}") };
    assert_eq!(text.as_str(), "nicht möglich");
}

#[test]
fn scep_3_2_1_09_and_11_and_12_and_15_and_16_attributes_have_the_types_and_identifiers_of_the_table() {
    // RFC 8894 table 2 below id-attributes, 2.16.840.1.113733.1.9: type by type.
    let table: [(u8, Tag); 5] = [
        (2, Tag::PRINTABLE_STRING),
        (3, Tag::PRINTABLE_STRING),
        (5, Tag::OCTET_STRING),
        (6, Tag::OCTET_STRING),
        (7, Tag::PRINTABLE_STRING),
    ];
    let below = |arc: u8| [&[0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x45, 0x01, 0x09][..], &[arc]].concat();
    let issued = Transcript::issued();
    for reply in &issued.replies {
        for (arc, tag) in table {
            let (found, value) = reply.attributes.get(&below(arc)).expect("the attribute");
            assert_eq!(*found, tag, "{arc}");
            assert!(tag != Tag::OCTET_STRING || value.len() == 16);
        }
    }
    let (tag, value) = &Transcript::rejected().replies[0].attributes[&below(4)];
    assert_eq!((*tag, value.as_slice()), (Tag::PRINTABLE_STRING, &b"3"[..]));
}

#[test]
fn scep_3_2_1_2_02_only_a_cert_rep_is_a_reply() {
    let (_, success) = success();
    for text in ["19", "17", "0"] {
        let expected = Error::from(Misbehaviour::Type(MessageType::new(text.parse().expect("a number"))));
        discarded(&success.clone().set_text(oid::SCEP_MESSAGE_TYPE, text), &|error| *error == expected);
    }
    for text in ["3 ", "03", "3x", ""] {
        discarded(&success.clone().set_text(oid::SCEP_MESSAGE_TYPE, text), &|error| {
            matches!(error, Error::Message(MessageError::Attribute { .. }))
        });
    }
}

#[test]
fn scep_3_2_1_4_03_algorithms_that_are_not_known_are_bad_alg() {
    let csr = fixtures::csr("device", client_key());
    let des = EnvelopeAlgorithms { cipher: CipherAlgorithm::DES_CBC, ..EnvelopeAlgorithms::MANDATORY };
    refused(&good().content(forge::envelope_with(csr.as_der(), &forge::recipient(&server()), des)), &[0]);
    refused(&good().with(|message| message.signer().digest = DigestAlgorithm::MD5), &[0]);
}

#[test]
fn scep_3_2_1_4_04_a_signature_that_does_not_hold_is_bad_message_check() {
    refused(&good().with(|message| message.signer().flaw = Flaw::Bit), &[1]);
    refused(&good().set_octets(oid::MESSAGE_DIGEST, &[0; 32]), &[1]);
}

#[test]
fn scep_3_2_1_4_05_what_is_not_permitted_is_bad_request() {
    refused(&good().set_text(oid::SCEP_MESSAGE_TYPE, "99"), &[2]);
    refused(&good().content([0x30, 0x00]), &[2]);
    let without = Transcript::of(Scenario::new().challenge(Some("guess")));
    assert_eq!(without.replies[0].value(oid::SCEP_FAIL_INFO), b"2");
}

#[test]
fn scep_3_2_1_5_02_a_poll_s_reply_has_the_nonce_of_the_poll() {
    let transcript = Transcript::issued();
    let nonces: BTreeSet<_> = transcript.replies.iter().map(|seen| seen.value(oid::SCEP_RECIPIENT_NONCE)).collect();
    assert_eq!(nonces.len(), 3);
    assert_eq!(
        transcript.replies[1].value(oid::SCEP_RECIPIENT_NONCE),
        transcript.requests[1].value(oid::SCEP_SENDER_NONCE)
    );
}

#[test]
fn scep_3_3_1_04_and_3_3_3_03_every_request_has_the_three_attributes() {
    for request in &Transcript::issued().requests {
        for oid in [oid::SCEP_TRANSACTION_ID, oid::SCEP_MESSAGE_TYPE, oid::SCEP_SENDER_NONCE] {
            assert!(request.attribute(oid).is_some());
        }
        // They are the only ones beside contentType and messageDigest.
        assert_eq!(request.attributes.len(), 5);
    }
}

#[test]
fn scep_3_3_1_05_the_csr_proves_that_the_requester_has_the_key() {
    assert!(Transcript::issued().csr().verify(&PROVIDER).is_ok());
    // For another's key, signed with one's own.
    let csr = fixtures::sign_csr(&fixtures::request("device", other_key()), client_key());
    let signer = fixtures::self_signed("device", client_key());
    refused(&RawMessage::request(&server(), "19", csr.as_der(), signer, client_key()), &[1, 2]);
}

#[test]
fn scep_3_3_2_01_a_success_has_a_certificates_only_signed_data() {
    let transcript = Transcript::issued();
    let data = transcript.replies[2].data(&transcript.signer(), client_key());
    let bundle = SignedData::from_ber(&data, Limits::DEFAULT).expect("SignedData");
    assert!(bundle.signers().is_empty() && bundle.content().is_none());
    assert_eq!((bundle.certificates().count(), bundle.crls().count()), (1, 0));
}

#[test]
fn scep_3_3_2_02_a_reply_is_believed_by_what_get_ca_cert_gave_and_by_nothing_in_it() {
    let (_, success) = success();
    let stranger = fixtures::self_signed("RA", other_key());
    let sibling = fixtures::below_root(ca_key(), "another device", other_key(), &Profile::DEVICE_CLIENT);
    let own = fixtures::self_signed("device", client_key());
    for (certificate, key) in [(&stranger, other_key()), (&sibling, other_key()), (&own, client_key())] {
        discarded(&success.clone().signed_by(certificate, key), &|error| {
            matches!(error, Error::Message(MessageError::SignerUnknown))
        });
    }
    // jscep does not verify what carries no certificate.
    let bare = success.with(|message| {
        message.certificates.clear();
        message.signer().flaw = Flaw::Bit;
    });
    discarded(&bare, &|error| matches!(error, Error::Message(MessageError::Signature(_))));
}

#[test]
fn scep_3_3_2_03_nonces_are_not_carried_from_one_exchange_to_the_next() {
    let transcript = Transcript::issued();
    for (reply, next) in transcript.replies.iter().zip(&transcript.requests[1..]) {
        assert_ne!(reply.value(oid::SCEP_SENDER_NONCE), next.value(oid::SCEP_SENDER_NONCE));
        assert!(next.attribute(oid::SCEP_RECIPIENT_NONCE).is_none());
    }
}

#[test]
fn scep_3_3_2_04_a_reply_without_sender_nonce_is_good() {
    let (mut pair, success) = success();
    let reply = success.without(oid::SCEP_SENDER_NONCE).to_reply();
    pair.step = pair.try_reply(&reply).expect("SUCCESS");
    assert!(matches!(pair.drive(), End::Issued(_)));
}

/// What the client makes of these certificates in a SUCCESS.
fn issued_from(certificates: &[&Certificate]) -> Option<Certificate> {
    let (mut pair, success) = success();
    let envelope = forge::envelope(&forge::certs_only(certificates), &Asked::by(&pair).signer);
    pair.step = pair.try_reply(&success.content(envelope).to_reply()).expect("SUCCESS");
    match pair.drive() {
        End::Issued(issued) => Some(issued.certificate().clone()),
        _ => None,
    }
}

#[test]
fn scep_3_3_2_1_02_and_08_the_certificate_is_found_by_its_key_wherever_it_stands() {
    let leaf = fixtures::below_root(ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let root = fixtures::root(ca_key());
    let ra = fixtures::below_root(ca_key(), "RA", ra_key(), &Profile::RA);
    for order in [[&leaf, &root, &ra], [&root, &leaf, &ra], [&ra, &root, &leaf], [&root, &ra, &leaf]] {
        assert_eq!(issued_from(&order).as_ref(), Some(&leaf));
    }
    assert_eq!(issued_from(&[&leaf]).as_ref(), Some(&leaf));
    for none in [&[][..], &[&root], &[&root, &ra]] {
        assert_eq!(issued_from(none), None);
    }
}

#[test]
fn scep_3_3_2_1_09_the_certificate_is_for_the_key_of_the_csr() {
    let transcript = Transcript::issued();
    let Some(End::Issued(issued)) = transcript.pair.end() else { panic!("no certificate") };
    assert_eq!(issued.certificate().public_key(), transcript.csr().public_key());
}

#[test]
fn scep_3_3_2_2_02_and_3_3_2_3_01_an_envelope_in_a_failure_or_pending_is_not_opened() {
    for (status, info) in [("2", Some("2")), ("3", None)] {
        let (mut pair, success) = success();
        let reply = success.set_text(oid::SCEP_PKI_STATUS, status);
        let reply = info.map_or(reply.clone(), |info| reply.set_text(oid::SCEP_FAIL_INFO, info));
        let step = pair.try_reply(&reply.to_reply());
        assert!(matches!(step, Ok(Step::Rejected(_) | Step::Wait(_))), "{step:?}");
    }
}

#[test]
fn scep_3_3_3_01_a_poll_names_the_ca_and_the_requester_in_this_order() {
    let transcript = Transcript::issued();
    let data = transcript.requests[1].data(&forge::recipient(&transcript.pair.server), ra_key());
    let mut names = Reader::new(&data).sequence().expect("IssuerAndSubject");
    let issuer = names.any().expect("issuer");
    let subject = names.any().expect("subject");
    assert_eq!((issuer.raw(), subject.raw()), (fixtures::name("Root").as_der(), fixtures::name("device").as_der()));
    names.finish().expect("no more");
}

#[test]
fn scep_3_3_3_02_a_poll_is_answered_by_its_transaction_whatever_names_it_has() {
    let mut server = server();
    server.policy = Policy::Pend(9);
    let mut rng = TestRandom::new(1);
    let pending = server.answer(&good().to_request(), &Clock::new(), &mut rng);
    assert_eq!(Seen::of(&pending.body).status(), b"3");
    let root = || fixtures::name("Root");
    let device = || fixtures::name("device");
    let unrelated = || fixtures::name("somebody");
    let poll = |issuer: Name, subject: Name| {
        let data = IssuerAndSubject::new(issuer, subject).to_der();
        RawMessage::request(&self::server(), "20", &data, fixtures::self_signed("device", client_key()), client_key())
    };
    for names in [(root(), device()), (device(), root()), (unrelated(), unrelated())] {
        let reply = server.answer(&poll(names.0, names.1).to_request(), &Clock::new(), &mut rng);
        assert_eq!(Seen::of(&reply.body).status(), b"3");
    }
    // By the names alone nothing is found.
    let stray = poll(root(), device()).set_text(oid::SCEP_TRANSACTION_ID, "another");
    let reply = server.answer(&stray.to_request(), &Clock::new(), &mut rng);
    assert_eq!(Seen::of(&reply.body).status(), b"2");
}

#[test]
fn scep_3_4_02_and_03_and_04_a_degenerate_signed_data_has_certificates_and_crls_in_their_places_and_no_signers() {
    let root = fixtures::root(ca_key());
    let der = pki_core::cms::certs_only([root.as_der()], [&[0x30, 0x00][..]]);
    let mut info = Reader::new(&der).sequence().expect("ContentInfo");
    info.oid().expect("contentType");
    let mut fields = info.nested(Tag::context_constructed(0)).expect("content").sequence().expect("SignedData");
    assert_eq!(fields.small_integer(), Ok(1));
    assert!(fields.expect(Tag::SET).expect("digestAlgorithms").content().is_empty());
    fields.sequence().expect("encapContentInfo");
    let certificates = fields.expect(Tag::context_constructed(0)).expect("certificates");
    assert_eq!(certificates.content(), root.as_der());
    assert_eq!(fields.expect(Tag::context_constructed(1)).expect("crls").content(), [0x30, 0x00]);
    assert!(fields.expect(Tag::SET).expect("signerInfos").content().is_empty());
    fields.finish().expect("no more");
}

#[test]
fn scep_3_5_2_02_a_server_may_state_words_of_its_own() {
    let capabilities = Capabilities::parse(b"SCEPStandard\nexample.com-Frobnicate\n").expect("capabilities");
    assert_eq!(capabilities.unknown().collect::<Vec<_>>(), ["example.com-Frobnicate"]);
    assert_eq!(capabilities.encode(), "SCEPStandard\nexample.com-Frobnicate\n");
}

#[test]
fn scep_3_5_2_08_aes_128_is_preferred_to_triple_des() {
    assert_eq!(after(b"DES3\nAES\nSHA-256\nPOSTPKIOperation\n"), best());
}

#[test]
fn scep_3_5_2_15_the_media_type_of_capabilities_does_not_matter() {
    for content_type in ["text/plain", "application/octet-stream", "text/html", ""] {
        let mut pair = Scenario::new().start();
        let reply = HttpResponse::new(200, content_type, "SCEPStandard\n");
        pair.step = pair.try_reply(&reply).expect("GetCACert");
        assert!(matches!(pair.drive(), End::Issued(_)));
        assert_eq!(pair.network.log()[1].0.method, Method::Post);
    }
}

#[test]
fn scep_5_2_01_and_02_a_client_that_begins_anew_is_in_a_transaction_of_its_own() {
    let first = Transcript::of(Scenario::new().pending(3).seed(1));
    let second = Transcript::of(Scenario::new().seed(2));
    let id = |transcript: &Transcript| transcript.requests[0].value(oid::SCEP_TRANSACTION_ID).to_vec();
    assert_ne!(id(&first), id(&second));
}
