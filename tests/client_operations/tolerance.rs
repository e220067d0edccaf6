//! What is put up with in replies.

use super::*;

#[test]
fn n1_a_reply_without_certificates_is_verified_with_the_known_ra() {
    for status in ["0", "2"] {
        let mut run = Run::request(renewing(current()).start(), RENEWAL);
        let bare =
            |run: &Run| run.success(&forge::certs_only(&[&device(client_key())])).with(|m| m.certificates.clear());
        let reply = bare(&run).set_text(oid::SCEP_PKI_STATUS, status);
        let end = run.end(&reply);
        assert_eq!(matches!(end, Ok(Step::Issued(_))), status == "0", "{end:?}");
        // Never because there is none.
        let stranger = fixtures::self_signed("RA", other_key());
        let reply = bare(&run).with(|m| m.signer().key = other_key());
        assert!(matches!(error(run.end(&reply)), Error::Message(MessageError::Signature(_))));
        let reply = bare(&run).with(|m| m.signer().certificate = stranger);
        assert_eq!(error(run.end(&reply)), Error::Message(MessageError::SignerUnknown));
    }
}

#[test]
fn n3_failure_and_pending_with_absent_empty_or_zero_content() {
    let mut run = Run::request(Scenario::new().start(), NO_RENEWAL);
    for content in [None, Some(vec![]), Some(vec![0])] {
        let with = |message: RawMessage| RawMessage { content: content.clone(), ..message };
        assert!(matches!(run.end(&with(run.cert_rep("3"))), Ok(Step::Wait(_))));
        let failure = with(run.cert_rep("2").set_text(oid::SCEP_FAIL_INFO, "2"));
        let expected = RejectReason::Failed { info: Some(FailInfo::BAD_REQUEST), text: None };
        assert_eq!(rejected(run.end(&failure)).reason(), &expected);
        // The signature over it counts all the same.
        let bad = failure.with(|m| m.signer().flaw = Flaw::Bit);
        assert!(matches!(error(run.end(&bad)), Error::Message(MessageError::Signature(_))));
    }
}

#[test]
fn n4_what_ndes_says_beside_is_handed_on() {
    let mut run = Run::request(Scenario::new().start(), NO_RENEWAL);
    let failure = run.cert_rep("2").set_text(oid::SCEP_FAIL_INFO, "1");
    let failure = || failure.clone();
    let bmp = |text: &str| {
        let octets: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        Writer::encode(|w| w.primitive(Tag::BMP_STRING, &octets))
    };
    let reply = failure()
        .set_text(oid::MICROSOFT_SCEP_ERROR, "-2147024809")
        .set(oid::MICROSOFT_SCEP_SERVER_MESSAGE, bmp("Denied\u{1b}"));
    let rejection = rejected(run.end(&reply));
    let text = rejection.vendor_text();
    assert_eq!(text.error.as_ref().map(|text| text.as_str()), Some("-2147024809"));
    assert_eq!(text.server_message.as_ref().map(ToString::to_string).as_deref(), Some("Denied\\u{1b}"));
    // What can't be read is left out, and is not fatal. Nothing was said: nothing is there.
    let odd = failure().set(oid::MICROSOFT_SCEP_ERROR, Writer::encode(|w| w.small_integer(1)));
    let many = failure().with(|m| {
        let value = Writer::encode(|w| w.primitive(Tag::UTF8_STRING, b"x"));
        let mut attribute = forge::RawAttribute::new(oid::MICROSOFT_SCEP_ERROR, value.clone());
        attribute.values.push(value);
        m.signer().attributes.push(attribute);
    });
    for reply in [odd, many, failure()] {
        assert_eq!(rejected(run.end(&reply)).vendor_text(), &scep::message::VendorText::default());
    }
}

#[test]
fn a10_signed_attributes_in_any_order_are_verified_as_they_stand() {
    let mut run = Run::request(Scenario::new().start(), NO_RENEWAL);
    let data = forge::certs_only(&[&device(client_key())]);
    let reply = run.success(&data).with(|m| m.signer().flaw = Flaw::Unsorted);
    assert_ne!(reply.encode(), run.success(&data).encode());
    assert_eq!(issued(run.end(&reply)), device(client_key()));
}

#[test]
fn scep_3_2_1_5_a_sender_nonce_may_be_absent_or_a_copy_of_ours() {
    let mut run = Run::request(Scenario::new().start(), NO_RENEWAL);
    let nonce = run.asked().attributes.sender_nonce.expect("a nonce");
    let data = forge::certs_only(&[&device(client_key())]);
    // micromdm and step-ca copy it.
    let copied = run.success(&data).set_octets(oid::SCEP_SENDER_NONCE, nonce.as_bytes());
    let absent = run.success(&data).without(oid::SCEP_SENDER_NONCE);
    for reply in [copied, absent] {
        assert_eq!(issued(run.end(&reply)), device(client_key()));
    }
}
