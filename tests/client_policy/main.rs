//! What a client makes of a CA that says little, that says less than before, that is busy, and that is followed by another.

mod floor;
mod http;
mod memory;
mod next_ca;
mod rollover;

use std::{sync::Arc, time::Duration};

use conformance::{
    End, Pair, Scenario, Stage, TestRandom, TestServer,
    fixtures::{self, ca_key, client_key, other_key, ra_encryption_key, ra_key},
    forge::{Asked, Flaw, RawMessage, RawSigner, certs_only, envelope},
};
use pki_core::{
    Certificate, DecodeErrorKind, Limits, Profile, UnixTime, Validity,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm},
    cms::{EnvelopedData, SignatureError, SignedData},
    crypto::{
        CryptoProvider, Signer,
        rustcrypto::{self, PROVIDER, PrivateKey},
    },
    oid,
};
use scep::{
    Capability, HttpRequest, HttpResponse, Method,
    client::{
        AlgorithmFloor, AuthenticatedEncryption, Authority, AuthorityError, Call, ClientConfig, DowngradePolicy,
        EnrolmentRequest, Error, KnownCapabilities, NextAuthority, NextAuthorityError, NextSigner, PendingRecord,
        PollPolicy, Rollover, StandardPolicy, Standing, Step, Unsupported, UnusableCertificate,
    },
    http::{MediaType, Request, RetryAfter},
    message::MessageError,
    server::{NextCaCertificates, RegistrationAuthority, Responder},
};

const DAY: Duration = Duration::from_secs(86_400);

fn config() -> ClientConfig {
    ClientConfig::new(PROVIDER)
}

fn text(words: &str) -> HttpResponse {
    HttpResponse::ok(MediaType::TextPlain, words)
}

/// What comes of this answer to GetCACaps.
fn after(config: ClientConfig, reply: &HttpResponse) -> (Pair, Result<Step, Error>) {
    let mut pair = Scenario::new().start_with(config);
    let step = pair.try_reply(reply);
    (pair, step)
}

/// Goes on from a step to the certificate, and looks at the request that was sent for it.
fn sent(mut pair: Pair, step: Result<Step, Error>) -> Sent {
    pair.step = step.expect("a next step");
    assert!(matches!(pair.drive(), End::Issued(_)), "{:?}", pair.errors);
    let is_request = |request: &&HttpRequest| request.query.starts_with("operation=PKIOperation");
    Sent::of(pair.network.log().iter().map(|(request, _)| request).find(is_request).expect("a request"))
}

/// How a request was made.
#[derive(Debug, PartialEq, Eq)]
struct Sent {
    method: Method,
    digest: DigestAlgorithm,
    cipher: CipherAlgorithm,
    key_transport: KeyTransportAlgorithm,
    authenticated: bool,
}

impl Sent {
    const BEST: Self = Self {
        method: Method::Post,
        digest: DigestAlgorithm::SHA256,
        cipher: CipherAlgorithm::AES128_CBC,
        key_transport: KeyTransportAlgorithm::RsaPkcs1,
        authenticated: false,
    };

    fn of(request: &HttpRequest) -> Self {
        let Ok(Request::PkiOperation { message }) = request.parse(&Limits::DEFAULT) else { panic!("{request:?}") };
        let signed_data = SignedData::from_ber(&message, Limits::DEFAULT).expect("SignedData");
        let content = signed_data.content().expect("an envelope");
        let envelope = EnvelopedData::from_ber(content, Limits::DEFAULT).expect("an envelope");
        let recipient = &envelope.recipients()[0];
        Self {
            method: request.method,
            digest: DigestAlgorithm::from_oid(signed_data.signers()[0].digest_algorithm().oid).expect("a digest"),
            cipher: CipherAlgorithm::from_oid(envelope.cipher().oid).expect("a cipher"),
            key_transport: envelope.wrapped_key(recipient, &PROVIDER).expect("a key").algorithm(),
            authenticated: envelope.is_authenticated(),
        }
    }
}

/// Two generations of a CA, each with an RA. The current one expires in five years.
struct Generations {
    server: TestServer,
    next_server: TestServer,
    current: Authority,
    next_ca: Certificate,
}

impl Generations {
    fn new() -> Self {
        let server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
        let next_server = TestServer::with_ra(other_key(), ra_encryption_key(), PROVIDER);
        let current = authority(&server.authority());
        let next_ca = next_server.ca().clone();
        Self { server, next_server, current, next_ca }
    }

    fn call(&self) -> Call<NextAuthority> {
        Call::next_certificates(&config(), &self.current)
    }

    /// What the current CA signs about the next.
    fn message(&self) -> RawMessage {
        let content = certs_only(&[&self.next_ca]);
        RawMessage::new(Some(content), RawSigner::new(self.server.ca().clone(), ca_key(), []))
    }

    fn read(&self, message: &RawMessage) -> Result<NextAuthority, NextAuthorityError> {
        self.read_octets(message.encode())
    }

    fn read_octets(&self, octets: Vec<u8>) -> Result<NextAuthority, NextAuthorityError> {
        match self.call().finish(&HttpResponse::ok(MediaType::NextCaCert, octets)) {
            Ok(next) => Ok(next),
            Err(Error::NextAuthority(error)) => Err(error),
            Err(error) => panic!("{error}"),
        }
    }

    fn next(&self) -> NextAuthority {
        self.read(&self.message()).expect("the next authority")
    }

    /// After that message; the next CA comes with its RA.
    fn rollover(&self) -> Rollover {
        let next: Vec<_> = self.next_server.authority();
        let content = certs_only(&next.iter().collect::<Vec<_>>());
        let next = self.read(&self.message().content(content)).expect("the next authority");
        Rollover::new(self.current.clone()).with_next(&next, &PROVIDER, now()).expect("a rollover")
    }
}

fn now() -> UnixTime {
    conformance::Clock::new().now()
}

fn authority(certificates: &[Certificate]) -> Authority {
    Authority::new(certificates, &PROVIDER, now()).expect("an authority")
}

/// A root for this key, valid from and to so many days from now.
fn root(name: &str, key: &PrivateKey, from: i64, to: i64) -> Certificate {
    let day = |days: i64| UnixTime::from_seconds(now().as_seconds() + days * 86_400);
    let name = fixtures::name(name);
    let validity = Validity::new(day(from), day(to));
    fixtures::certify((&name, key), &name, Signer::public_key(key), validity, &Profile::ROOT_CA)
}
