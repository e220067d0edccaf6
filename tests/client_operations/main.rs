//! What a client does beside first enrolments: renewal, GetCert and GetCRL, replies under the challenge, RSASSA-PSS; and what
//! it puts up with in replies.

mod challenge;
mod elsewhere;
mod lookup;
mod pss;
mod records;
mod renewal;
mod tolerance;

use std::sync::Arc;

use conformance::{
    Clock, End, Pair, Scenario, TestRandom, TestServer,
    fixtures::{self, ca_key, client_key, ec_key, name, other_key, ra_key},
    forge::{self, Asked, Flaw, RawMessage},
};
use pki_core::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, Csr, CsrBuilder, DecodeErrorKind, Limits, Profile, Secret,
    Validity,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    chain::Violation,
    cms::certs_only,
    crypto::{
        CryptoProvider, Decrypter, Signature, Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
    der::{Tag, Writer},
    extension::KeyUsage,
    oid,
};
use scep::{
    FailInfo, HttpResponse, MessageType,
    client::{
        AlgorithmFloor, AuthenticatedEncryption, ClientConfig, Error, Fingerprint, Found, KeyRole, LookupRequest,
        Misbehaviour, Open, OpenWith, PendingRecord, RejectReason, Rejected, Renewal, RenewalStyle, SignRecord, Step,
        Unsupported, UnusableCertificate,
    },
    http::MediaType,
    message::{IssuerAndSerial, MessageData, MessageError, Opened, PkiMessageBuilder, Received, Verified},
};

const RENEWAL: &str = "SCEPStandard\nRenewal\n";
const NO_RENEWAL: &str = "SCEPStandard\n";

/// The certificate that is to be renewed, for `other_key`.
fn current() -> Certificate {
    device(other_key())
}

fn device(key: &PrivateKey) -> Certificate {
    fixtures::below_root(ca_key(), "device", key, &Profile::DEVICE_CLIENT)
}

/// A renewal for a new key, by a client without a challenge, at a server that asks for none.
fn renewing(renewal: impl Into<Renewal>) -> Scenario {
    let mut server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
    server.challenge = None;
    Scenario::with_server(server).challenge(None).renewal(renewal, other_key())
}

/// A dialogue with a CA that states this.
struct Run {
    pair: Pair,
    signed: Vec<KeyRole>,
    opened: Vec<OpenWith>,
}

impl Run {
    fn new(mut pair: Pair, capabilities: &str) -> Self {
        pair.step = pair.try_reply(&HttpResponse::ok(MediaType::TextPlain, capabilities)).expect("GetCACert");
        Self { pair, signed: Vec::new(), opened: Vec::new() }
    }

    /// On to the next exchange, or to the end.
    fn advance(&mut self) -> Result<(), Option<Error>> {
        loop {
            match &self.pair.step {
                Step::Sign(sign) => self.signed.push(sign.key()),
                Step::Open(open) => self.opened.push(open.needs()),
                _ => {}
            }
            self.pair.turn()?;
            if matches!(self.pair.step, Step::Exchange(_)) || self.pair.end().is_some() {
                return Ok(());
            }
        }
    }

    /// The PKIOperation that is to be sent.
    fn request(pair: Pair, capabilities: &str) -> Self {
        let mut run = Self::new(pair, capabilities);
        run.advance().expect("the request");
        run
    }

    fn message(&self) -> Vec<u8> {
        match &self.pair.step {
            Step::Exchange(exchange) => exchange.request().body.clone(),
            step => panic!("{step:?}"),
        }
    }

    fn received(&self) -> Received {
        Received::decode(&self.message(), Limits::DEFAULT).expect("a message")
    }

    fn verified(&self) -> Verified {
        self.received().verify(&PROVIDER).expect("a signature")
    }

    fn asked(&self) -> Asked {
        Asked::by(&self.pair)
    }

    fn message_type(&self) -> MessageType {
        self.asked().attributes.message_type
    }

    /// The request as the RA reads it.
    fn opened_request(&self) -> Opened {
        let verified = self.verified();
        let wrapped = verified.wrapped_key(&forge::recipient(&self.pair.server), &PROVIDER).expect("for the RA");
        let key = ra_key().unwrap_key(&wrapped, &mut TestRandom::new(6)).expect("a key");
        verified.open(&key, &PROVIDER).expect("messageData")
    }

    fn csr(&self) -> Csr {
        match self.opened_request().data() {
            MessageData::Csr(csr) => csr.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn cert_rep(&self, status: &str) -> RawMessage {
        RawMessage::cert_rep(&self.asked(), &self.pair.server, status)
    }

    /// SUCCESS with this messageData, encrypted to the signer of the request.
    fn success(&self, data: &[u8]) -> RawMessage {
        self.cert_rep("0").content(forge::envelope(data, &self.asked().signer))
    }

    /// SUCCESS with this messageData, encrypted under this challenge.
    fn success_under(&self, data: &[u8], challenge: &str) -> RawMessage {
        self.cert_rep("0").content(forge::envelope_under(data, challenge))
    }

    /// The end that a reply leads to.
    fn end(&mut self, reply: &RawMessage) -> Result<Step, Error> {
        self.end_of(&reply.to_reply())
    }

    fn end_of(&mut self, reply: &HttpResponse) -> Result<Step, Error> {
        match self.pair.try_reply(reply)? {
            Step::Open(open) => {
                self.opened.push(open.needs());
                self.open(&open)
            }
            step => Ok(step),
        }
    }

    fn open(&mut self, open: &Open) -> Result<Step, Error> {
        match open.needs() {
            OpenWith::Key(role) => open.open_with(self.pair.key_for(role), &mut self.pair.rng),
            _ => {
                let challenge = Secret::from(self.pair.challenge.expect("a challenge"));
                open.open_with_challenge(&challenge, &mut self.pair.rng)
            }
        }
    }
}

fn error(result: Result<Step, Error>) -> Error {
    result.map(|step| panic!("{step:?}")).unwrap_or_else(|error| error)
}

fn misbehaviour(result: Result<Step, Error>) -> Misbehaviour {
    match error(result) {
        Error::Misbehaved(misbehaviour) => misbehaviour,
        other => panic!("{other:?}"),
    }
}

fn issued(result: Result<Step, Error>) -> Certificate {
    match result {
        Ok(Step::Issued(issued)) => issued.certificate().clone(),
        other => panic!("{other:?}"),
    }
}

fn rejected(result: Result<Step, Error>) -> Rejected {
    match result {
        Ok(Step::Rejected(rejected)) => rejected,
        other => panic!("{other:?}"),
    }
}

fn target() -> IssuerAndSerial {
    IssuerAndSerial::of(&current())
}

fn found(result: Result<Step, Error>) -> Found {
    match result {
        Ok(Step::Found(found)) => found,
        other => panic!("{other:?}"),
    }
}

fn public(key: &PrivateKey) -> pki_core::PublicKey {
    Signer::public_key(key).clone()
}

fn device_at(validity: Validity) -> Certificate {
    let issuer = name("Root");
    fixtures::certify((&issuer, ca_key()), &name("device"), &public(other_key()), validity, &Profile::DEVICE_CLIENT)
}

fn day(from: i64, to: i64) -> Validity {
    let at = |days: i64| pki_core::UnixTime::from_seconds(Clock::new().now().as_seconds() + days * 86_400);
    Validity::new(at(from), at(to))
}
