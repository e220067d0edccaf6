use alloc::vec;

use super::*;

fn sender() -> Sender {
    Sender { user: UserId::new("jane").unwrap(), device: DeviceName::new("phone").unwrap() }
}

fn share() -> Share {
    Share { sender: sender(), share: [4; 65] }
}

fn all() -> [(Message, Vec<u8>); 7] {
    let parameters =
        Parameters { service: ServiceName::new("mdm").unwrap(), salt: [9; 32], scrypt: ScryptParameters::DEFAULT };
    let proof = Proof { share: [4; 65], confirmation: [5; 32] };
    let request = Request { share: share(), confirmation: [6; 32], sealed: vec![7; 300] };
    [
        (Message::Hello(sender().user), Message::hello(&sender().user)),
        (Message::Parameters(parameters.clone()), Message::parameters(&parameters)),
        (Message::Share(share()), Message::share(&share())),
        (Message::Proof(proof.clone()), Message::proof(&proof)),
        (Message::Request(request.clone()), Message::request(&request)),
        (Message::Answer(vec![8; 300]), Message::answer(&[8; 300])),
        (Message::Failure, Message::failure()),
    ]
}

fn kind(der: &[u8]) -> DecodeErrorKind {
    Message::decode(der, LARGEST_TO_DEVICE).unwrap_err().kind()
}

#[test]
fn what_is_written_is_read() {
    for (message, der) in all() {
        assert_eq!(Message::decode(&der, der.len()), Ok(message));
    }
}

#[test]
fn the_encoding_is_that_of_the_documentation() {
    // X.690 by hand.
    assert_eq!(Message::hello(&sender().user), b"\x30\x0c\x02\x01\x01\x02\x01\x01\x0c\x04jane");
    assert_eq!(Message::failure(), b"\x30\x06\x02\x01\x01\x02\x01\x07");
}

#[test]
fn no_message_is_longer_than_may_be() {
    for (_, der) in all() {
        let error = Message::decode(&der, der.len() - 1).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TooLarge);
    }
}

#[test]
fn nothing_cut_short_or_with_a_tail_is_read() {
    for (_, mut der) in all() {
        (0..der.len()).for_each(|length| assert!(Message::decode(&der[..length], LARGEST_TO_DEVICE).is_err()));
        der.push(0);
        assert_eq!(kind(&der), DecodeErrorKind::TrailingData);
    }
}

#[test]
fn other_versions_and_kinds_are_refused() {
    assert_eq!(kind(b"\x30\x06\x02\x01\x02\x02\x01\x07"), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(kind(b"\x30\x06\x02\x01\x01\x02\x01\x08"), DecodeErrorKind::InvalidValue);
    assert_eq!(kind(b"\x30\x09\x02\x01\x01\x02\x01\x07\x02\x01\x00"), DecodeErrorKind::TrailingData);
}

#[test]
fn a_share_or_confirmation_of_another_length_is_refused() {
    let der = Message::proof(&Proof { share: [4; 65], confirmation: [5; 32] });
    let shorter = Writer::encode(|w| {
        w.sequence(|w| {
            w.small_integer(1);
            w.small_integer(4);
            w.octet_string(&[4; 64]);
            w.octet_string(&[5; 32]);
        });
    });
    assert_eq!(der.len(), shorter.len() + 1);
    assert_eq!(kind(&shorter), DecodeErrorKind::InvalidValue);
}

#[test]
fn only_urls_of_https_are_service_urls() {
    for good in ["https://mdm.example.com/", "HTTPS://[2001:db8::1]:8443/x?y"] {
        assert!(content::is_https(good), "{good}");
    }
    for bad in
        ["", "https://", "https:///x", "http://mdm.example.com", "https://mdm.example.com/ x", "https://mdm\u{e9}"]
    {
        assert!(!content::is_https(bad), "{bad}");
    }
}

#[test]
fn a_refusal_is_read_as_the_reason_that_it_has() {
    use crate::activation::password::RefusalReason;
    for reason in [
        RefusalReason::Csr,
        RefusalReason::Device,
        RefusalReason::Key,
        RefusalReason::Unavailable,
        RefusalReason::Other(99),
    ] {
        let content = content::Content::Refused(reason);
        assert_eq!(content::Content::from_der(&content.to_der()), Ok(content));
    }
}
