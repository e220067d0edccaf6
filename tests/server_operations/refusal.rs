//! failInfo and failInfoText (RFC 8894 section 3.2.1.4), and signingTime.

use std::time::Duration;

use conformance::{
    fixtures::{self, client_key, other_key},
    forge::{self, Flaw, RawEnvelope, RawMessage},
};
use pki_core::{
    Limits, Secret, UnixTime,
    algorithm::CipherAlgorithm,
    cms::SignedData,
    der::{Tag, Writer},
    oid,
};
use scep::{
    FailInfo, PkiStatus,
    message::{EnvelopeAlgorithms, MessageError},
    server::{EmptyContent, Error},
};

use super::Bench;

fn good(bench: &Bench) -> RawMessage {
    RawMessage::pkcs_req(&bench.server, "device", client_key())
}

/// The attribute signing-time (RFC 5652 section 11.3).
fn signing_time(time: UnixTime) -> Vec<u8> {
    let (year, month, day, hour, minute, second) = time.to_civil().expect("a date");
    let text = format!("{:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z", year % 100);
    Writer::encode(|w| w.primitive(Tag::UTC_TIME, text.as_bytes()))
}

fn with_tolerance(seconds: u64) -> Bench {
    let mut bench = Bench::new();
    let responder = bench.server.responder.clone();
    bench.server.responder = responder.with_clock_tolerance(Duration::from_secs(seconds));
    bench
}

#[test]
fn scep_3_2_1_4_06_bad_time_where_signing_time_is_too_far_off() {
    let now = Bench::new().clock.now();
    for (skew, late) in [(301, true), (301, false), (86_400 * 3650, true), (86_400 * 3650, false)] {
        let skew = Duration::from_secs(skew);
        let time = if late { now.plus(skew) } else { now.minus(skew) };
        let mut bench = with_tolerance(300);
        let message = good(&bench).set(oid::SIGNING_TIME, signing_time(time));
        assert_eq!(bench.refused(&message, FailInfo::BAD_TIME), Error::ClockSkew { signing_time: time });
        // Nobody looks unless told to.
        Bench::new().granted(&message);
    }
}

#[test]
fn scep_3_2_1_4_06_signing_time_within_the_tolerance_or_absent_is_taken() {
    let now = Bench::new().clock.now();
    let within = Duration::from_secs(300);
    for time in [now, now.plus(within), now.minus(within)] {
        let mut bench = with_tolerance(300);
        let message = good(&bench).set(oid::SIGNING_TIME, signing_time(time));
        bench.granted(&message);
    }
    let mut bench = with_tolerance(0);
    let absent = good(&bench);
    bench.granted(&absent);
}

#[test]
fn a_signing_time_that_is_no_time_is_refused_where_it_counts() {
    for value in [Writer::encode(Writer::null), Writer::encode(|w| w.primitive(Tag::UTC_TIME, b"yesterday"))] {
        let mut bench = with_tolerance(300);
        let message = good(&bench).set(oid::SIGNING_TIME, value);
        let cause = bench.refused(&message, FailInfo::BAD_REQUEST);
        let is_it = matches!(cause, Error::Message(MessageError::Attribute { oid, .. }) if oid == oid::SIGNING_TIME);
        assert!(is_it, "{cause:?}");
        Bench::new().granted(&message);
    }
}

fn with_texts() -> Bench {
    let mut bench = Bench::new();
    bench.server.responder = bench.server.responder.clone().with_fail_info_text();
    bench
}

fn text(bench: &mut Bench, message: &RawMessage) -> (FailInfo, Option<String>) {
    let reply = bench.send(message);
    let attributes = reply.attributes();
    let text = attributes.fail_info_text.as_ref().map(ToString::to_string);
    (attributes.fail_info.expect("a refusal"), text)
}

#[test]
fn scep_3_2_1_4_03_and_04_and_05_fail_info_text_tells_what_anybody_can_see() {
    let mut bench = with_texts();
    let csr = fixtures::csr("device", client_key());
    let data = csr.as_der();
    let to = forge::recipient(&bench.server);
    let single_des = EnvelopeAlgorithms { cipher: CipherAlgorithm::DES_CBC, ..EnvelopeAlgorithms::MANDATORY };
    let stranger = fixtures::self_signed("other", other_key());
    let attacks = [
        (good(&bench).with(|message| message.signer().flaw = Flaw::Bit), FailInfo::BAD_MESSAGE_CHECK, "signature"),
        (good(&bench).with(|message| message.certificates.clear()), FailInfo::BAD_MESSAGE_CHECK, "certificate"),
        (good(&bench).content(forge::envelope_with(data, &to, single_des)), FailInfo::BAD_ALG, "content encryption"),
        (good(&bench).content(forge::envelope(data, &stranger)), FailInfo::BAD_REQUEST, "somebody else"),
        (good(&bench).content([0x30, 0x00]), FailInfo::BAD_REQUEST, "malformed"),
        (good(&bench).with(|message| message.content = None), FailInfo::BAD_REQUEST, "no pkcsPKIEnvelope"),
        (good(&bench).set_text(oid::SCEP_MESSAGE_TYPE, "18"), FailInfo::BAD_REQUEST, "messageType"),
        (good(&bench).set_text(oid::SCEP_MESSAGE_TYPE, "x"), FailInfo::BAD_REQUEST, "malformed"),
        (good(&bench).without(oid::SCEP_MESSAGE_TYPE), FailInfo::BAD_REQUEST, "missing"),
        (good(&bench).without(oid::SCEP_SENDER_NONCE), FailInfo::BAD_REQUEST, "senderNonce"),
    ];
    for (attack, info, word) in attacks {
        let (seen, text) = text(&mut bench, &attack);
        let text = text.expect("a text");
        assert_eq!(seen, info, "{text}");
        assert!(text.contains(word), "{text}");
        // By default nothing is written.
        assert_eq!(super::refusal::text(&mut Bench::new(), &attack), (info, None));
    }
}

#[test]
fn peers_6_2_1_after_a_private_key_was_used_fail_info_text_says_no_more_than_fail_info() {
    let mut bench = with_texts();
    let csr = fixtures::csr("device", client_key());
    let to = forge::recipient(&bench.server);
    let damaged = |change: fn(&mut RawEnvelope)| {
        let mut envelope = RawEnvelope::new(csr.as_der(), &to);
        change(&mut envelope);
        envelope.encode()
    };
    let wrong = fixtures::request("device", client_key()).with_challenge_password(&Secret::from("wrong"));
    let attacks = [
        damaged(|envelope| envelope.recipients[0].1[5] ^= 1),
        damaged(|envelope| *envelope.ciphertext.last_mut().expect("octets") ^= 1),
        damaged(|envelope| envelope.ciphertext.clear()),
        forge::envelope(b"no CSR", &to),
        forge::envelope(fixtures::sign_csr(&fixtures::request("device", client_key()), other_key()).as_der(), &to),
        // Opened, read, and denied.
        forge::envelope(fixtures::sign_csr(&wrong, client_key()).as_der(), &to),
    ];
    let mut seen: Vec<_> = attacks.map(|content| text(&mut bench, &good(&Bench::new()).content(content))).into();
    // Nor does a poll for what is not known.
    let poll = bench.poll(client_key());
    seen.push(text(&mut bench, &poll));
    let all_alike = "the transaction is not permitted or not supported";
    for one in seen {
        assert_eq!(one, (FailInfo::BAD_REQUEST, Some(all_alike.to_owned())));
    }
}

#[test]
fn scep_3_2_1_4_fail_info_text_is_a_utf8_string() {
    let mut bench = with_texts();
    let attack = good(&bench).without(oid::SCEP_SENDER_NONCE);
    let reply = bench.send_raw(&attack.to_request());
    let signed_data = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
    let attributes = signed_data.signers()[0].signed_attributes().expect("attributes").clone();
    let value = attributes.single(oid::SCEP_FAIL_INFO_TEXT).expect("one").expect("a text");
    assert_eq!(value.tag(), Tag::UTF8_STRING);
}

#[test]
fn scep_3_3_2_2_02_and_3_3_2_3_01_content_is_omitted_unless_clients_need_it_empty() {
    for (empty, expected) in [(EmptyContent::Absent, None), (EmptyContent::ZeroLength, Some(Vec::new()))] {
        let mut bench = Bench::pending(3);
        bench.server.responder = bench.server.responder.clone().with_empty_content(empty);
        let message = good(&bench);
        let pending = bench.send(&message);
        assert_eq!(pending.attributes().pki_status, Some(PkiStatus::PENDING));
        assert_eq!(super::content(&pending), expected);
        let poll = bench.poll(other_key());
        let failure = bench.send(&poll);
        assert_eq!(failure.attributes().pki_status, Some(PkiStatus::FAILURE));
        assert_eq!(super::content(&failure), expected);
    }
}
