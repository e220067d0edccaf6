//! RSASSA-PSS.

use super::*;

#[test]
fn messages_are_signed_with_rsa_pss_on_request() {
    for (capabilities, algorithm) in [
        (RENEWAL, SignatureAlgorithm::RSA_PSS_SHA256),
        ("AES\nSHA-512\nPOSTPKIOperation\n", SignatureAlgorithm::RSA_PSS_SHA512),
    ] {
        let mut run = Run::new(Scenario::new().rsa_pss().pending(1).start(), capabilities);
        let mut algorithms = Vec::new();
        while run.pair.end().is_none() {
            match &run.pair.step {
                Step::Sign(sign) => algorithms.push(sign.algorithm()),
                // It is in the record.
                Step::Wait(_) => run.pair.restart_client(),
                _ => {}
            }
            run.pair.turn().expect("a next step");
        }
        assert!(matches!(run.pair.end(), Some(End::Issued(_))), "{:?}", run.pair.errors);
        let pkcs1 = SignatureAlgorithm::RSA_PKCS1_SHA256.with_digest(algorithm.digest().expect("a digest"));
        let pkcs1 = pkcs1.expect("an algorithm");
        assert_eq!(algorithms, [pkcs1, pkcs1, algorithm, algorithm]);
    }
}

#[test]
fn rsa_pss_goes_with_sha_256_where_the_ca_has_sha_1_only_and_not_with_other_keys() {
    let signed_with = |run: &mut Run| {
        let mut found = None;
        while !matches!(&run.pair.step, Step::Exchange(exchange) if exchange.request().query.contains("PKIOperation")) {
            if let Step::Sign(sign) = &run.pair.step {
                found = Some(sign.algorithm());
            }
            run.pair.turn().expect("a next step");
        }
        found
    };
    let config = ClientConfig::new(PROVIDER).with_algorithm_floor(AlgorithmFloor::Legacy);
    let pair = Scenario::new().rsa_pss().unpinned().start_with(config);
    let mut run = Run::new(pair, "AES\nPOSTPKIOperation\nSHA-1\n");
    assert_eq!(signed_with(&mut run), Some(SignatureAlgorithm::RSA_PSS_SHA256));
    let mut run = Run::new(Scenario::new().rsa_pss().key(ec_key()).start(), NO_RENEWAL);
    assert_eq!(signed_with(&mut run), Some(SignatureAlgorithm::ECDSA_SHA256));
    let request = LookupRequest::new(target(), device(client_key())).with_rsa_pss();
    let mut run = Run::new(Scenario::new().start_get_cert(request), NO_RENEWAL);
    assert_eq!(signed_with(&mut run), Some(SignatureAlgorithm::RSA_PSS_SHA256));
}

#[test]
fn replies_signed_with_rsa_pss_are_read() {
    let mut run = Run::request(Scenario::new().start(), NO_RENEWAL);
    let asked = run.asked();
    for algorithm in [SignatureAlgorithm::RSA_PSS_SHA256, SignatureAlgorithm::RSA_PSS_SHA512] {
        let mut attributes = asked.attributes.clone();
        attributes.message_type = MessageType::CERT_REP;
        attributes.recipient_nonce = attributes.sender_nonce.take();
        attributes.pki_status = Some(scep::PkiStatus::SUCCESS);
        let data = forge::certs_only(&[&device(client_key())]);
        let message = PkiMessageBuilder::new(attributes)
            .with_envelope(forge::envelope(&data, &asked.signer))
            .build(&run.pair.server.signing(), algorithm, &PROVIDER)
            .expect("a message")
            .sign_with(ra_key(), &mut TestRandom::new(9))
            .expect("a signature");
        let reply = HttpResponse::ok(MediaType::PkiMessage, message.into_bytes());
        assert_eq!(issued(run.end_of(&reply)), device(client_key()));
    }
}
