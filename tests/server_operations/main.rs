//! What a server does beyond issuing: lookups, polls, rollover, replies under a password, and what it says when it refuses.

mod algorithms;
mod lookup;
mod next_ca;
mod password;
mod poll;
mod refusal;
mod rollover;

use conformance::{
    Clock, Policy, TestRandom, TestServer,
    fixtures::{self, ca_key, client_key, ra_key},
    forge::RawMessage,
};
use pki_core::{
    Certificate, Limits, Profile,
    chain::Pool,
    crypto::{
        Decrypter,
        rustcrypto::{LEGACY_PROVIDER, PROVIDER, PrivateKey},
    },
};
use scep::{
    FailInfo, PkiStatus,
    http::{HttpRequest, HttpResponse},
    message::{Bundle, IssuerAndSerial, IssuerAndSubject, MessageData, Received, Verified},
    server::Error,
};

/// A server, and the time.
struct Bench {
    server: TestServer,
    clock: Clock,
    rng: TestRandom,
}

impl Bench {
    fn new() -> Self {
        Self::with_server(TestServer::with_ra(ca_key(), ra_key(), PROVIDER))
    }

    fn with_server(server: TestServer) -> Self {
        Self { server, clock: Clock::new(), rng: TestRandom::new(11) }
    }

    fn pending(times: u32) -> Self {
        let mut bench = Self::new();
        bench.server.policy = Policy::Pend(times);
        bench
    }

    fn send_raw(&mut self, request: &HttpRequest) -> HttpResponse {
        self.server.answer(request, &self.clock, &mut self.rng)
    }

    fn send(&mut self, message: &RawMessage) -> Verified {
        self.send_bytes(&message.to_request())
    }

    /// A CertRep that verifies by the certificate in it.
    fn send_bytes(&mut self, request: &HttpRequest) -> Verified {
        let reply = self.send_raw(request);
        assert_eq!((reply.status, reply.content_type.as_str()), (200, "application/x-pki-message"));
        let received = Received::decode(&reply.body, Limits::DEFAULT).expect("a pkiMessage");
        received.verify(&LEGACY_PROVIDER).expect("a signature")
    }

    #[track_caller]
    fn granted(&mut self, message: &RawMessage) -> Verified {
        let reply = self.send(message);
        assert_eq!(reply.attributes().pki_status, Some(PkiStatus::SUCCESS), "{:?}", self.server.refusals);
        reply
    }

    #[track_caller]
    fn refused(&mut self, message: &RawMessage, info: FailInfo) -> Error {
        let before = self.server.refusals.len();
        let reply = self.send(message);
        let attributes = reply.attributes();
        assert_eq!((attributes.pki_status, attributes.fail_info), (Some(PkiStatus::FAILURE), Some(info)));
        assert!(content(&reply).is_none(), "RFC 8894 section 3.3.2.2: no pkcsPKIEnvelope");
        self.server.refusals.get(before).cloned().unwrap_or_else(|| panic!("no refusal was logged"))
    }

    /// What is in a SUCCESS.
    fn open(&mut self, reply: &Verified, signer: &Certificate, key: &PrivateKey) -> Bundle {
        let wrapped = reply.wrapped_key(signer, &PROVIDER).expect("a wrapped key");
        let key = key.unwrap_key(&wrapped, &mut self.rng).expect("a content key");
        bundle(reply, &key)
    }

    /// Enrols the client's key.
    fn enrol(&mut self) -> Certificate {
        let good = RawMessage::pkcs_req(&self.server, "device", client_key());
        let reply = self.granted(&good);
        self.open(&reply, &fixtures::self_signed("device", client_key()), client_key()).certificates.remove(0)
    }

    /// A GetCert (21) or GetCRL (22) about `target`.
    fn lookup(
        &self,
        kind: &str,
        target: &IssuerAndSerial,
        signer: &Certificate,
        key: &'static PrivateKey,
    ) -> RawMessage {
        RawMessage::request(&self.server, kind, &target.to_der(), signer.clone(), key)
    }

    fn poll(&self, key: &'static PrivateKey) -> RawMessage {
        let names = IssuerAndSubject::new(fixtures::name("Root"), fixtures::name("device"));
        RawMessage::request(&self.server, "20", &names.to_der(), fixtures::self_signed("device", key), key)
    }
}

fn bundle(reply: &Verified, key: &pki_core::crypto::ContentKey) -> Bundle {
    match reply.open(key, &PROVIDER).expect("an open envelope").data() {
        MessageData::Bundle(bundle) => bundle.clone(),
        other => panic!("{other:?}"),
    }
}

/// The pkcsPKIEnvelope of a reply.
fn content(reply: &Verified) -> Option<Vec<u8>> {
    let message = reply.received().as_bytes();
    let signed_data = pki_core::cms::SignedData::from_ber(message, Limits::DEFAULT).expect("SignedData");
    signed_data.content().map(<[u8]>::to_vec)
}

/// Another CA's certificate for the client's key.
fn of_another_ca() -> Certificate {
    let issuer = fixtures::name("Another");
    let key = pki_core::crypto::Signer::public_key(client_key());
    let validity = fixtures::validity();
    fixtures::certify(
        (&issuer, fixtures::other_key()),
        &fixtures::name("device"),
        key,
        validity,
        &Profile::DEVICE_CLIENT,
    )
}

fn pool(crl: pki_core::Crl) -> Pool {
    let mut pool = Pool::new();
    pool.add_crl(crl);
    pool
}
