//! A server is no oracle: a thousand envelopes damaged in each way, and nothing that the peer gets, and no private key, tells
//! which it was (RFC 3218; peers.md 6.4). The time that it takes is looked at by a benchmark, not by a test.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use conformance::{
    Clock, TestRandom, TestServer,
    fixtures::{self, small_ca_key, small_client_key, small_ra_key},
    forge::{self, RawMessage},
    oracle::Damage,
};
use pki_core::{
    Limits, PublicKey,
    algorithm::SignatureAlgorithm,
    cms::SignedData,
    crypto::{
        ContentKey, Decrypter, SecureRandom, SignFailed, Signature, Signer, UnwrapFailed, WrappedKey,
        rustcrypto::{PROVIDER, PrivateKey},
    },
    der::Reader,
    oid,
};
use scep::{
    FailInfo, PkiStatus,
    http::HttpResponse,
    message::{MessageError, Received},
    server::{Error, Incoming},
};

/// Of each kind.
const MESSAGES: u64 = 1000;

/// A key that counts what is done with it.
#[derive(Debug)]
struct Counting {
    key: &'static PrivateKey,
    unwrapped: AtomicUsize,
    signed: AtomicUsize,
}

impl Counting {
    const fn new(key: &'static PrivateKey) -> Self {
        Self { key, unwrapped: AtomicUsize::new(0), signed: AtomicUsize::new(0) }
    }

    fn counts(&self) -> (usize, usize) {
        (self.unwrapped.load(Ordering::Relaxed), self.signed.load(Ordering::Relaxed))
    }
}

impl Signer for Counting {
    fn public_key(&self) -> &PublicKey {
        Signer::public_key(self.key)
    }

    fn algorithms(&self) -> &[SignatureAlgorithm] {
        self.key.algorithms()
    }

    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        rng: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed> {
        self.signed.fetch_add(1, Ordering::Relaxed);
        self.key.sign(algorithm, message, rng)
    }
}

impl Decrypter for Counting {
    fn public_key(&self) -> &PublicKey {
        Decrypter::public_key(self.key)
    }

    fn unwrap_key(&self, key: &WrappedKey, rng: &mut dyn SecureRandom) -> Result<ContentKey, UnwrapFailed> {
        self.unwrapped.fetch_add(1, Ordering::Relaxed);
        self.key.unwrap_key(key, rng)
    }
}

/// All that the peer sees, and how often the private key was used.
#[derive(Debug, PartialEq, Eq)]
struct Visible {
    status: u16,
    content_type: String,
    fail_info: Option<FailInfo>,
    /// Every element: how deep it lies, its tag and its length.
    shape: Vec<(usize, u8, usize)>,
    /// The body, with zeros for what is random: senderNonce, messageDigest, signature.
    masked: Vec<u8>,
    /// Unwrapped and signed.
    private_operations: (usize, usize),
}

impl Visible {
    fn of(reply: &HttpResponse, key: &Counting) -> Self {
        let received = Received::decode(&reply.body, Limits::DEFAULT).expect("a pkiMessage");
        let attributes = received.verify(&PROVIDER).expect("a signature").attributes().clone();
        assert_eq!(attributes.pki_status, Some(PkiStatus::FAILURE));
        let signed_data = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
        let signer = &signed_data.signers()[0];
        let nonce = attributes.sender_nonce.expect("a nonce");
        let digest = signer.signed_attributes().expect("attributes").single(oid::MESSAGE_DIGEST).expect("one value");
        let digest = digest.expect("messageDigest").content();
        let mut masked = reply.body.clone();
        [nonce.as_bytes(), digest, signer.signature()].into_iter().for_each(|random| mask(&mut masked, random));
        let mut shape = Vec::new();
        elements(Reader::new(&reply.body), 0, &mut shape);
        Self {
            status: reply.status,
            content_type: reply.content_type.clone(),
            fail_info: attributes.fail_info,
            shape,
            masked,
            private_operations: key.counts(),
        }
    }
}

fn mask(body: &mut [u8], random: &[u8]) {
    let place = body.windows(random.len()).position(|window| window == random).expect("what was found in it");
    body[place..place + random.len()].fill(0);
}

fn elements(mut reader: Reader<'_>, depth: usize, shape: &mut Vec<(usize, u8, usize)>) {
    while !reader.is_empty() {
        let element = reader.any().expect("DER");
        shape.push((depth, element.tag().as_byte(), element.content().len()));
        if element.tag().is_constructed() {
            elements(element.reader(), depth + 1, shape);
        }
    }
}

/// The server's answer to an envelope, and why.
fn answer(server: &TestServer, envelope: Vec<u8>, seed: u64) -> (Visible, Error) {
    let key = Counting::new(small_ra_key());
    let rng = &mut TestRandom::new(seed);
    let message = RawMessage::pkcs_req(server, "device", small_client_key()).content(envelope);
    let incoming = server.responder.receive(&message.to_request(), Clock::new().now(), rng);
    let Ok(Incoming::Sealed(sealed)) = incoming else { panic!("{incoming:?}") };
    let refusal = sealed.open_with(&key, rng).expect_err("a damaged envelope");
    let reply = refusal.reply.sign_with(&key, rng).expect("a signature");
    (Visible::of(&reply, &key), refusal.cause)
}

#[test]
fn padding_oracle_replies_and_private_operations_are_the_same_for_a_thousand_damages_of_each_kind() {
    let server = TestServer::with_ra(small_ca_key(), small_ra_key(), PROVIDER);
    let recipient = forge::recipient(&server);
    let csr = fixtures::csr("device", small_client_key());
    let (first, _) = answer(&server, Damage::Content.envelope(&csr, &recipient, &mut TestRandom::new(0)).encode(), 0);
    assert_eq!((first.status, first.fail_info), (200, Some(FailInfo::BAD_REQUEST)));
    assert_eq!(first.private_operations, (1, 1));

    let check = |damage: Damage| {
        let rng = &mut TestRandom::new(damage as u64);
        for seed in 0..MESSAGES {
            let envelope = damage.envelope(&csr, &recipient, rng);
            let (visible, cause) = answer(&server, envelope.encode(), seed);
            assert_eq!(visible, first, "{damage:?}, {seed}");
            // Not even the log is told.
            assert_eq!(cause, Error::Message(MessageError::Unopenable), "{damage:?}, {seed}");
        }
    };
    thread::scope(|scope| Damage::ALL.into_iter().for_each(|damage| drop(scope.spawn(move || check(damage)))));
}
