//! A signer elsewhere who chooses beforehand what the messages say: transport certificate, transactionID, nonces.

use scep::{
    Nonce, TransactionId,
    client::{EnrolmentRequest, Fingerprint, Wait},
};

use super::*;

fn nonce(octet: u8) -> Nonce {
    Nonce::from_bytes(&[octet; 16]).expect("a nonce")
}

/// As far as the pending reply, with this key to sign the messages; every message that was signed.
fn waiting(key: &'static PrivateKey, role: KeyRole) -> (TestServer, Wait, Vec<Verified>) {
    let mut server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
    server.policy = conformance::Policy::Pend(1);
    let fingerprint = Fingerprint::of(server.ca(), &PROVIDER).expect("SHA-256");
    let (config, rng, clock) = (ClientConfig::new(PROVIDER), &mut TestRandom::new(3), Clock::new());
    let request = EnrolmentRequest::from_csr(fixtures::csr("device", client_key()))
        .with_transport_certificate(fixtures::self_signed("device", key))
        .with_transaction_id(TransactionId::from_text("mine").expect("an identifier"))
        .with_sender_nonce(nonce(1));
    let mut step = Step::start(Arc::new(config.with_fingerprint(fingerprint)), request).expect("a step");
    let mut messages = Vec::new();
    loop {
        step = match step {
            Step::Exchange(exchange) => {
                let reply = server.answer(exchange.request(), &clock, rng);
                if exchange.request().query.contains("PKIOperation") {
                    messages.push(verified(&exchange.request().body));
                }
                exchange.finish(&reply, clock.now(), rng).expect("a step")
            }
            Step::Sign(sign) => {
                assert_eq!(sign.key(), role);
                assert_eq!(sign.authority().anchor(), server.ca());
                sign.sign_with(key, rng).expect("a step")
            }
            Step::Wait(wait) => return (server, wait, messages),
            step => panic!("{step:?}"),
        };
    }
}

fn verified(message: &[u8]) -> Verified {
    Received::decode(message, Limits::DEFAULT).expect("a message").verify(&PROVIDER).expect("a signature")
}

#[test]
fn messages_say_what_the_signer_chose() {
    for (key, role) in [(client_key(), KeyRole::New), (other_key(), KeyRole::Transport)] {
        let (mut server, wait, messages) = waiting(key, role);
        let [request] = messages.as_slice() else { panic!("{messages:?}") };
        assert_eq!(request.signer(), &fixtures::self_signed("device", key));
        assert_eq!(request.attributes().transaction_id.as_bytes(), b"mine");
        assert_eq!(request.attributes().sender_nonce, Some(nonce(1)));

        let rng = &mut TestRandom::new(4);
        let Ok(Step::Sign(sign)) = wait.poll_with_nonce(nonce(2), rng) else { panic!("a message to sign") };
        assert_eq!(sign.authority(), wait.authority());
        let Ok(Step::Exchange(exchange)) = sign.sign_with(key, rng) else { panic!("a message to send") };
        let poll = verified(&exchange.request().body);
        assert_eq!(poll.attributes().message_type, MessageType::CERT_POLL);
        assert_eq!(poll.attributes().transaction_id.as_bytes(), b"mine");
        assert_eq!(poll.attributes().sender_nonce, Some(nonce(2)));
        let reply = server.answer(exchange.request(), &Clock::new(), rng);
        let Ok(Step::Open(open)) = exchange.finish(&reply, Clock::new().now(), rng) else { panic!("a reply to open") };
        assert_eq!(open.needs(), OpenWith::Key(role));
        assert!(matches!(open.open_with(key, rng), Ok(Step::Issued(_))));
    }
}

#[test]
fn the_last_word_on_the_transport_key_counts() {
    let (server, clock, rng) =
        (TestServer::with_ra(ca_key(), ra_key(), PROVIDER), Clock::new(), &mut TestRandom::new(3));
    let authority = scep::client::Authority::new(&server.authority(), &PROVIDER, clock.now()).expect("an authority");
    let request = EnrolmentRequest::from_csr(fixtures::csr("device", client_key()))
        .with_transport_certificate(fixtures::self_signed("device", client_key()))
        .with_transport_key(Signer::public_key(other_key()).clone());
    let config = ClientConfig::new(PROVIDER).with_authority(authority.clone());
    let Ok(Step::Exchange(exchange)) = Step::start(Arc::new(config), request) else { panic!("an exchange") };
    let reply = HttpResponse::ok(MediaType::TextPlain, NO_RENEWAL);
    let Ok(Step::Sign(sign)) = exchange.finish(&reply, clock.now(), rng) else { panic!("a signature") };
    assert_eq!(sign.key(), KeyRole::Transport);
    assert_eq!(sign.authority(), &authority);
    // A certificate that is yet to be made.
    assert!(matches!(sign.sign_with(other_key(), rng), Ok(Step::Sign(_))));
}
