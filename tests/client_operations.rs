//! What a client does beside first enrolments: renewal, GetCert and GetCRL, replies under the challenge, RSASSA-PSS; and what
//! it puts up with in replies.

use std::sync::Arc;

use conformance::{
    Clock, End, Pair, Scenario, TestRandom, TestServer,
    fixtures::{self, ca_key, client_key, ec_key, name, other_key, ra_key},
    forge::{self, Asked, Flaw, RawMessage},
};
use pki_core::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, Csr, CsrBuilder, Limits, Profile, Secret, Validity,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    chain::Violation,
    cms::certs_only,
    crypto::{
        Decrypter, Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
    der::{Tag, Writer},
    extension::KeyUsage,
    oid,
};
use scep::{
    FailInfo, HttpResponse, MessageType,
    client::{
        AlgorithmFloor, AuthenticatedEncryption, ClientConfig, Error, Found, KeyRole, LookupRequest, Misbehaviour,
        Open, OpenWith, PendingRecord, RejectReason, Rejected, Renewal, RenewalStyle, Step, Unsupported,
        UnusableCertificate,
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

// Renewal.

#[test]
fn scep_2_3_06_and_07_and_2_5_03_a_renewal_is_signed_by_the_current_certificate() {
    let mut run = Run::request(renewing(current()).start(), RENEWAL);
    assert_eq!(run.message_type(), MessageType::RENEWAL_REQ);
    // 2.3-11 and 2.3-12: it verifies by the certificate that is in it, which is the current one and no other.
    assert_eq!(run.received().certificates(), [current()]);
    assert_eq!(run.asked().signer, current());
    assert_eq!(run.csr().public_key(), Signer::public_key(client_key()).as_ref());
    run.advance().expect("the end");
    let issued = run.pair.end().expect("the end").issued();
    assert_eq!(issued.certificate().public_key(), Signer::public_key(client_key()).as_ref());
    // 2.3-13: the reply is encrypted to the current key.
    assert_eq!(run.signed, [KeyRole::New, KeyRole::Current]);
    assert_eq!(run.opened, [OpenWith::Key(KeyRole::Current)]);
}

#[test]
fn scep_2_3_12_the_chain_of_the_current_certificate_goes_along_if_wished() {
    let ca = fixtures::root(ca_key());
    let run = Run::request(renewing(Renewal::of(current()).with_chain([ca.clone()])).start(), RENEWAL);
    let mut found = run.received().certificates().to_vec();
    found.sort_by_key(|certificate| certificate == &ca);
    assert_eq!(found, [current(), ca]);
    assert_eq!(run.asked().signer, current());
}

#[test]
fn scep_2_3_13_a_reply_to_the_new_key_is_for_somebody_else() {
    let mut run = Run::request(renewing(current()).start(), RENEWAL);
    let data = forge::certs_only(&[&device(client_key())]);
    let to_new = run.cert_rep("0").content(forge::envelope(&data, &fixtures::self_signed("device", client_key())));
    assert_eq!(error(run.end(&to_new)), Error::Message(MessageError::UnknownRecipient));
    assert_eq!(issued(run.end(&run.success(&data))), device(client_key()));
}

#[test]
fn scep_2_4_04_and_05_the_challenge_is_left_out_of_a_renewal_unless_wished() {
    for (renewal, sent) in [(Renewal::of(current()), false), (Renewal::of(current()).with_challenge_sent(), true)] {
        let scenario = renewing(renewal.clone()).challenge(Some(fixtures::CHALLENGE));
        let run = Run::request(scenario.start(), RENEWAL);
        assert_eq!(run.message_type(), MessageType::RENEWAL_REQ);
        assert_eq!(run.csr().challenge_password().expect("readable").is_some(), sent);
        // What was signed elsewhere is sent as it is.
        let scenario = renewing(renewal).challenge(Some(fixtures::CHALLENGE)).finished_csr();
        assert!(Run::request(scenario.start(), RENEWAL).csr().challenge_password().expect("readable").is_some());
    }
}

#[test]
fn scep_2_5_04_and_05_a_renewal_may_be_for_a_new_key_or_the_same() {
    for key in [client_key(), other_key()] {
        let mut run = Run::request(renewing(current()).key(key).start(), RENEWAL);
        run.advance().expect("the end");
        let issued = run.pair.end().expect("the end").issued();
        assert_eq!(issued.certificate().public_key(), Signer::public_key(key).as_ref());
        assert_ne!(issued.certificate(), &current());
    }
}

#[test]
fn a_finished_csr_is_renewed_with() {
    let mut run = Run::request(renewing(current()).finished_csr().start(), RENEWAL);
    assert_eq!(run.csr(), fixtures::sign_csr(&CsrBuilder::new(name("device"), public(client_key())), client_key()));
    run.advance().expect("the end");
    assert_eq!(run.signed, [KeyRole::Current]);
    assert!(matches!(run.pair.end(), Some(End::Issued(_))));
}

fn public(key: &PrivateKey) -> pki_core::PublicKey {
    Signer::public_key(key).clone()
}

#[test]
fn scep_2_3_10_a_ca_that_does_not_state_renewal_gets_a_first_request() {
    let scenario = || renewing(current()).challenge(Some(fixtures::CHALLENGE));
    let mut run = Run::request(scenario().start(), NO_RENEWAL);
    assert_eq!(run.message_type(), MessageType::PKCS_REQ);
    assert!(run.asked().signer.is_self_issued());
    assert_eq!(run.asked().signer.public_key(), public(client_key()).as_ref());
    assert!(run.csr().challenge_password().expect("readable").is_some());
    run.advance().expect("the end");
    assert_eq!(run.signed, [KeyRole::New, KeyRole::New, KeyRole::New]);
    assert_eq!(run.opened, [OpenWith::Key(KeyRole::New)]);
    // That needs a challenge, and the CA's certificates are not even asked for.
    let mut pair = renewing(current()).start();
    let result = pair.try_reply(&HttpResponse::ok(MediaType::TextPlain, NO_RENEWAL));
    assert_eq!(error(result), Error::Unsupported(Unsupported::RenewalNotStated));
}

#[test]
fn what_a_renewal_is_asked_by() {
    use RenewalStyle::{Anew, PkcsReq, RenewalReq};
    const FIRST: (MessageType, bool) = (MessageType::PKCS_REQ, true);
    const OLD: (MessageType, bool) = (MessageType::PKCS_REQ, false);
    const NEW: (MessageType, bool) = (MessageType::RENEWAL_REQ, false);
    for (style, fallback, stated, unstated) in [
        (None, Some(PkcsReq), NEW, OLD),
        (None, Some(RenewalReq), NEW, NEW),
        (None, Some(Anew), NEW, FIRST),
        (Some(PkcsReq), None, OLD, OLD),
        (Some(RenewalReq), Some(PkcsReq), NEW, NEW),
        (Some(Anew), None, FIRST, FIRST),
    ] {
        let mut renewal = Renewal::of(current());
        if let Some(style) = style {
            renewal = renewal.with_style(style);
        }
        if let Some(fallback) = fallback {
            renewal = renewal.with_fallback(fallback);
        }
        for (capabilities, expected) in [(RENEWAL, stated), (NO_RENEWAL, unstated)] {
            let mut run = Run::request(renewing(renewal.clone()).start(), capabilities);
            let found = (run.message_type(), run.asked().signer.is_self_issued());
            assert_eq!(found, expected, "{style:?} {fallback:?} {capabilities:?}");
            run.advance().expect("the end");
            assert!(matches!(run.pair.end(), Some(End::Issued(_))));
        }
    }
}

#[test]
fn scep_2_3_01_a_first_request_is_signed_by_a_fresh_self_signed_certificate() {
    let first = |seed| {
        let server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
        Run::request(Scenario::with_server(server).seed(seed).start(), RENEWAL)
    };
    let (one, other) = (first(1), first(2));
    for run in [&one, &other] {
        let signer = run.asked().signer;
        assert_eq!(run.message_type(), MessageType::PKCS_REQ);
        assert_eq!(run.received().certificates(), std::slice::from_ref(&signer));
        assert!(signer.is_self_issued() && signer.verify_signature(signer.public_key(), &PROVIDER).is_ok());
    }
    assert_ne!(one.asked().signer.serial_number(), other.asked().signer.serial_number());
}

/// What `certificate` is refused for, before anything is signed with it.
fn unusable(certificate: &Certificate) -> UnusableCertificate {
    let mut run = Run::new(renewing(certificate.clone()).start(), RENEWAL);
    match run.advance() {
        Err(Some(Error::CurrentCertificate(error))) => {
            assert_eq!(run.signed, []);
            assert!(!error.to_string().is_empty());
            error
        }
        other => panic!("{other:?}"),
    }
}

fn device_at(validity: Validity) -> Certificate {
    let issuer = name("Root");
    fixtures::certify((&issuer, ca_key()), &name("device"), &public(other_key()), validity, &Profile::DEVICE_CLIENT)
}

fn day(from: i64, to: i64) -> Validity {
    let at = |days: i64| pki_core::UnixTime::from_seconds(Clock::new().now().as_seconds() + days * 86_400);
    Validity::new(at(from), at(to))
}

#[test]
fn a_certificate_that_is_not_valid_now_does_not_sign_its_renewal() {
    for (from, to) in [(-10, -1), (1, 10)] {
        let (at, validity) = (Clock::new().now(), day(from, to));
        let expected =
            UnusableCertificate::NotValidNow { at, not_before: validity.not_before, not_after: validity.not_after };
        assert_eq!(unusable(&device_at(validity)), expected);
    }
    // It may be replaced all the same.
    let renewal = Renewal::of(device_at(day(-10, -1))).with_style(RenewalStyle::Anew);
    let mut run = Run::request(renewing(renewal).start(), RENEWAL);
    run.advance().expect("the end");
    assert!(matches!(run.pair.end(), Some(End::Issued(_))));
}

#[test]
fn a_certificate_that_is_not_for_signatures_does_not_sign_its_renewal() {
    let encryption = fixtures::below_root(ca_key(), "device", other_key(), &Profile::RA_ENCRYPTION);
    assert_eq!(unusable(&encryption), UnusableCertificate::NotForSignatures);
}

#[test]
fn a_certificate_of_another_ca_does_not_sign_a_renewal_unless_wished() {
    let stranger = fixtures::certify(
        (&name("Elsewhere"), fixtures::ra_encryption_key()),
        &name("device"),
        &public(other_key()),
        fixtures::validity(),
        &Profile::DEVICE_CLIENT,
    );
    let impostor = fixtures::certify(
        (&name("Root"), fixtures::ra_encryption_key()),
        &name("device"),
        &public(other_key()),
        fixtures::validity(),
        &Profile::DEVICE_CLIENT,
    );
    for certificate in [&stranger, &impostor, &fixtures::self_signed("device", other_key())] {
        match unusable(certificate) {
            UnusableCertificate::NotIssuedByAuthority(error) => {
                assert!(matches!(error.violation(), Violation::UnknownIssuer { .. } | Violation::Signature(_)))
            }
            other => panic!("{other:?}"),
        }
    }
    // SCEP-2.3-08.
    let run = Run::request(renewing(Renewal::of(stranger.clone()).of_another_ca()).start(), RENEWAL);
    assert_eq!((run.message_type(), run.asked().signer), (MessageType::RENEWAL_REQ, stranger));
}

#[test]
fn a_certificate_below_an_intermediate_is_renewed_with_its_chain() {
    let intermediate =
        fixtures::below_root(ca_key(), "Issuing", fixtures::ra_encryption_key(), &Profile::issuing_ca(0));
    let below = fixtures::certify(
        (&name("Issuing"), fixtures::ra_encryption_key()),
        &name("device"),
        &public(other_key()),
        fixtures::validity(),
        &Profile::DEVICE_CLIENT,
    );
    assert!(matches!(unusable(&below), UnusableCertificate::NotIssuedByAuthority(_)));
    let run = Run::request(renewing(Renewal::of(below.clone()).with_chain([intermediate])).start(), RENEWAL);
    assert_eq!(run.asked().signer, below);
}

#[test]
fn scep_2_5_06_polls_of_a_renewal_are_signed_by_the_current_certificate_after_a_restart_too() {
    let mut run = Run::new(renewing(current()).pending(2).start(), RENEWAL);
    while run.pair.end().is_none() {
        if let Step::Wait(wait) = &run.pair.step {
            let record = wait.record();
            assert_eq!(record.message_type(), MessageType::RENEWAL_REQ);
            assert_eq!((record.signer(), record.current()), ((KeyRole::Current, &current()), Some(&current())));
            run.pair.restart_client();
        }
        run.advance().expect("a next step");
        if matches!(&run.pair.step, Step::Exchange(_)) {
            assert_eq!(run.received().certificates(), [current()]);
        }
    }
    assert!(matches!(run.pair.end(), Some(End::Issued(_))));
    assert_eq!(run.signed, [KeyRole::New, KeyRole::Current, KeyRole::Current, KeyRole::Current]);
    assert_eq!(run.opened, [OpenWith::Key(KeyRole::Current)]);
}

#[test]
fn n10_the_same_certificate_is_no_renewal() {
    let styles = [RenewalStyle::RenewalReq, RenewalStyle::PkcsReq, RenewalStyle::Anew];
    for style in styles {
        // NDES does this where the key is the same.
        let mut run =
            Run::request(renewing(Renewal::of(current()).with_style(style)).key(other_key()).start(), RENEWAL);
        let same = run.success(&forge::certs_only(&[&current(), run.pair.server.ca()]));
        assert_eq!(rejected(run.end(&same)).reason(), &RejectReason::SameCertificate);
        // Another one beside it is the new one, even if it does not last as long.
        let new = fixtures::certify(
            (&name("Root"), ca_key()),
            &name("renewed"),
            &public(other_key()),
            day(0, 1),
            &Profile::DEVICE_CLIENT,
        );
        let both = run.success(&forge::certs_only(&[&new, &current()]));
        assert_eq!(issued(run.end(&both)), new);
        // For another key there is none at all.
        let stranger = run.success(&forge::certs_only(&[&device(client_key())]));
        assert_eq!(misbehaviour(run.end(&stranger)), Misbehaviour::NoCertificateForKey);
    }
}

#[test]
fn n10_the_same_serial_number_is_the_same_certificate() {
    // The fixtures' serial numbers follow from subject and key.
    let altered = device_at(day(0, 9));
    assert_eq!(altered.serial_number(), current().serial_number());
    assert_ne!(altered, current());
    // Also after a restart.
    let renewal = Renewal::of(current()).with_style(RenewalStyle::Anew);
    let mut run = Run::new(renewing(renewal).key(other_key()).pending(1).start(), RENEWAL);
    while !matches!(run.pair.step, Step::Wait(_)) {
        run.pair.turn().expect("a next step");
    }
    run.pair.restart_client();
    run.advance().expect("the poll");
    let reply = run.success(&forge::certs_only(&[&altered]));
    assert_eq!(rejected(run.end(&reply)).reason(), &RejectReason::SameCertificate);
}

// GetCert and GetCRL.

fn target() -> IssuerAndSerial {
    IssuerAndSerial::of(&current())
}

fn get_cert(request: LookupRequest) -> Run {
    Run::request(Scenario::new().start_get_cert(request), NO_RENEWAL)
}

fn get_crl() -> Run {
    Run::request(Scenario::new().start_get_crl(LookupRequest::new(target(), device(client_key()))), NO_RENEWAL)
}

fn crl(issuer: &str, key: &PrivateKey) -> Crl {
    let validity = day(-1, 1);
    CrlBuilder::new(name(issuer), validity.not_before, validity.not_after)
        .with_authority_key(&public(key), &PROVIDER)
        .build(SignatureAlgorithm::RSA_PKCS1_SHA256)
        .expect("a CRL")
        .sign_with(key, &mut TestRandom::new(8))
        .expect("a signature")
}

fn crls_only(crls: &[&Crl]) -> Vec<u8> {
    certs_only([], crls.iter().map(|crl| crl.as_der()))
}

fn found(result: Result<Step, Error>) -> Found {
    match result {
        Ok(Step::Found(found)) => found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn scep_3_3_4_01_get_cert_names_the_certificate() {
    let mut run = get_cert(LookupRequest::new(target(), device(client_key())));
    assert_eq!(run.message_type(), MessageType::GET_CERT);
    assert_eq!(run.asked().signer, device(client_key()));
    assert_eq!(run.signed, [KeyRole::Current]);
    match run.opened_request().data() {
        MessageData::IssuerAndSerial(found) => assert_eq!(found, &target()),
        other => panic!("{other:?}"),
    }
    let reply = run.success(&forge::certs_only(&[run.pair.server.ca(), &current()]));
    let found = found(run.end(&reply));
    assert_eq!(run.opened, [OpenWith::Key(KeyRole::Current)]);
    assert_eq!(found.issuer(), Some(run.pair.server.ca()));
    assert!(matches!(found, Found::Certificate { certificate, .. } if certificate == current()));
}

#[test]
fn scep_4_5_01_and_4_6_01_lookups_are_pki_operations() {
    for run in [get_cert(LookupRequest::new(target(), device(client_key()))), get_crl()] {
        let Step::Exchange(exchange) = &run.pair.step else { panic!("{:?}", run.pair.step) };
        assert_eq!(exchange.request().query, "operation=PKIOperation");
    }
}

#[test]
fn scep_3_3_4_01_get_crl_names_the_certificate() {
    let mut run = get_crl();
    assert_eq!(run.message_type(), MessageType::GET_CRL);
    assert!(matches!(run.opened_request().data(), MessageData::IssuerAndSerial(found) if found == &target()));
    let list = crl("Root", ca_key());
    let reply = run.success(&crls_only(&[&list]));
    let found = found(run.end(&reply));
    assert_eq!(found, Found::Crl { crl: list, issuer: Some(run.pair.server.ca().clone()) });
}

#[test]
fn a_lookup_by_a_stranger_is_signed_by_a_self_signed_certificate() {
    let request = LookupRequest::self_signed(target(), name("stranger"), public(client_key()));
    let mut run = get_cert(request);
    let signer = run.asked().signer;
    assert!(signer.is_self_issued());
    assert_eq!(signer.subject(), name("stranger").as_ref());
    let reply = run.success(&forge::certs_only(&[&current()]));
    assert!(matches!(found(run.end(&reply)), Found::Certificate { .. }));
    assert_eq!(run.signed, [KeyRole::Transport, KeyRole::Transport]);
    assert_eq!(run.opened, [OpenWith::Key(KeyRole::Transport)]);
}

#[test]
fn scep_2_3_12_the_chain_of_whoever_looks_up_goes_along_if_wished() {
    let ca = fixtures::root(ca_key());
    let run = get_cert(LookupRequest::new(target(), device(client_key())).with_chain([ca.clone()]));
    assert!(run.received().certificates().contains(&ca));
    assert_eq!(run.asked().signer, device(client_key()));
}

#[test]
fn scep_4_5_1_01_and_4_6_1_01_a_lookup_is_never_pending() {
    for mut run in [get_cert(LookupRequest::new(target(), device(client_key()))), get_crl()] {
        let before = format!("{:?}", run.pair.step);
        assert_eq!(misbehaviour(run.end(&run.cert_rep("3"))), Misbehaviour::PendingLookup);
        assert_eq!(format!("{:?}", run.pair.step), before);
    }
}

#[test]
fn a_lookup_that_the_server_refuses_is_rejected() {
    for start in [Scenario::start_get_cert, Scenario::start_get_crl] {
        let mut pair = start(Scenario::new(), LookupRequest::new(target(), device(client_key())));
        let End::Rejected(RejectReason::Failed { info: Some(_), .. }) = pair.drive() else {
            panic!("{:?}", pair.step);
        };
    }
    let mut run = get_crl();
    let reply = run.cert_rep("2").set_text(oid::SCEP_FAIL_INFO, "4");
    let expected = RejectReason::Failed { info: Some(FailInfo::BAD_CERT_ID), text: None };
    assert_eq!(rejected(run.end(&reply)).reason(), &expected);
}

#[test]
fn scep_4_5_1_another_certificate_is_not_the_one_asked_for() {
    let mut run = get_cert(LookupRequest::new(target(), device(client_key())));
    for certificates in [&[][..], &[&device(client_key())]] {
        let reply = run.success(&forge::certs_only(certificates));
        assert_eq!(misbehaviour(run.end(&reply)), Misbehaviour::NoSuchCertificate);
    }
    // CRLs do not answer GetCert.
    let reply = run.success(&crls_only(&[&crl("Root", ca_key())]));
    assert_eq!(misbehaviour(run.end(&reply)), Misbehaviour::NoSuchCertificate);
}

#[test]
fn a_certificate_by_another_key_under_the_name_of_the_ca_is_not_the_one_asked_for() {
    let mut run = get_cert(LookupRequest::new(target(), device(client_key())));
    let serial = pki_core::SerialNumber::from_bytes(current().serial_number()).expect("a serial number");
    let builder = || {
        let serial = serial.clone();
        CertificateBuilder::new(serial, name("Root"), name("device"), fixtures::validity(), public(other_key()))
    };
    let forged = fixtures::certify_with((&name("Root"), other_key()), builder());
    let reply = run.success(&forge::certs_only(&[&forged]));
    assert_eq!(misbehaviour(run.end(&reply)), Misbehaviour::BadCertificateSignature);
    // One by a former key of the CA says which: then the issuer's certificate is not at hand.
    let former = fixtures::root(other_key());
    let builder = builder().with_authority(&former, &PROVIDER);
    let former = fixtures::certify_with((&name("Root"), other_key()), builder);
    let reply = run.success(&forge::certs_only(&[&former]));
    assert_eq!(found(run.end(&reply)), Found::Certificate { certificate: former, issuer: None });
}

#[test]
fn scep_4_6_1_01_get_crl_is_answered_with_one_crl_of_the_issuer() {
    let mut run = get_crl();
    let (list, other) = (crl("Root", ca_key()), crl("Elsewhere", ca_key()));
    for (crls, expected) in [
        (&[][..], Misbehaviour::CrlCount { found: 0 }),
        (&[&list, &other], Misbehaviour::CrlCount { found: 2 }),
        (&[&other], Misbehaviour::CrlIssuer),
    ] {
        let reply = run.success(&crls_only(crls));
        assert_eq!(misbehaviour(run.end(&reply)), expected);
        assert!(!expected.to_string().is_empty());
    }
    let reply = run.success(&forge::certs_only(&[&current()]));
    assert_eq!(misbehaviour(run.end(&reply)), Misbehaviour::CrlCount { found: 0 });
}

#[test]
fn a_crl_that_does_not_verify_is_refused() {
    let mut run = get_crl();
    let mut bad = crl("Root", ca_key()).as_der().to_vec();
    *bad.last_mut().expect("a signature") ^= 1;
    let bad = Crl::from_der(&bad).expect("a CRL");
    let reply = run.success(&crls_only(&[&bad]));
    assert_eq!(misbehaviour(run.end(&reply)), Misbehaviour::BadCrlSignature);
    // By a former key of the CA, whose certificate is not at hand.
    let former = crl("Root", other_key());
    let reply = run.success(&crls_only(&[&former]));
    assert_eq!(found(run.end(&reply)), Found::Crl { crl: former, issuer: None });
}

#[test]
fn lookups_that_can_not_succeed_are_not_begun() {
    let config = || Arc::new(ClientConfig::new(PROVIDER));
    let start = |request| Step::get_cert(config(), request).map(drop);
    let cannot = Err(Error::Unsupported(Unsupported::TransportKeyCannotDecrypt));
    assert_eq!(start(LookupRequest::new(target(), device(ec_key()))), cannot);
    assert_eq!(start(LookupRequest::self_signed(target(), name("device"), public(ec_key()))), cannot);
    let request = LookupRequest::new(target(), current());
    assert_eq!(Step::get_crl(config(), request.clone()).map(drop), Ok(()));
    let without_aes = pki_core::crypto::CryptoProvider { ciphers: &[], ..PROVIDER };
    let result = Step::get_crl(Arc::new(ClientConfig::new(without_aes)), request);
    assert_eq!(result.map(drop), Err(Error::Unsupported(Unsupported::Provider)));
    for (certificate, expected) in [
        (device_at(day(-2, -1)), "it is valid from"),
        (fixtures::below_root(ca_key(), "device", other_key(), &Profile::RA_ENCRYPTION), "its keyUsage"),
    ] {
        let pair = Scenario::new().start_get_cert(LookupRequest::new(target(), certificate));
        match Run::new(pair, NO_RENEWAL).advance() {
            Err(Some(Error::CurrentCertificate(error))) => assert!(error.to_string().starts_with(expected)),
            other => panic!("{other:?}"),
        }
    }
}

/// A server that issued a certificate to the client, and the certificate.
fn enrolled() -> (TestServer, Certificate) {
    let mut pair = Scenario::new().start();
    let issued = pair.drive().issued();
    (pair.server, issued.certificate().clone())
}

#[test]
fn scep_3_3_2_1_04_and_06_our_server_answers_get_cert_with_the_certificate_asked_for() {
    let (server, certificate) = enrolled();
    let request = LookupRequest::new(IssuerAndSerial::of(&certificate), certificate.clone());
    let mut pair = Scenario::with_server(server).start_get_cert(request);
    let found = pair.drive().found();
    assert_eq!(found, Found::Certificate { certificate, issuer: Some(pair.server.ca().clone()) });
}

#[test]
fn scep_3_3_2_1_07_our_server_answers_get_crl_with_the_crl() {
    let (mut server, certificate) = enrolled();
    server.crls.push(crl("Root", ca_key()));
    let request = LookupRequest::new(IssuerAndSerial::of(&certificate), certificate);
    let mut pair = Scenario::with_server(server).start_get_crl(request);
    let found = pair.drive().found();
    assert_eq!(found, Found::Crl { crl: crl("Root", ca_key()), issuer: Some(pair.server.ca().clone()) });
}

#[test]
fn lookups_with_keys_that_are_elsewhere() {
    let (server, certificate) = enrolled();
    let request = LookupRequest::new(IssuerAndSerial::of(&certificate), certificate);
    let mut pair = Scenario::with_server(server).start_get_cert(request);
    pair.keys_apart = true;
    assert!(matches!(pair.drive(), End::Found(_)), "{:?}", pair.errors);
}

// Replies under the challenge.

fn ec() -> Run {
    Run::request(Scenario::new().key(ec_key()).start(), NO_RENEWAL)
}

#[test]
fn scep_3_1_03_a_key_that_can_not_decrypt_gets_its_reply_under_the_challenge() {
    for scenario in [Scenario::new(), Scenario::new().finished_csr()] {
        let mut run = Run::request(scenario.key(ec_key()).start(), NO_RENEWAL);
        let signer = run.asked().signer;
        // SCEP-2.3-02.
        assert_eq!(signer.key_usage(), Ok(Some(KeyUsage::DIGITAL_SIGNATURE)));
        assert_eq!(signer.public_key(), public(ec_key()).as_ref());
        let reply = run.success_under(&forge::certs_only(&[&device(ec_key())]), fixtures::CHALLENGE);
        assert_eq!(issued(run.end(&reply)), device(ec_key()));
        assert_eq!(run.opened, [OpenWith::Challenge]);
    }
}

#[test]
fn e07_an_ec_key_enrols_at_our_server_and_renews() {
    let mut pair = Scenario::new().key(ec_key()).start();
    let first = pair.drive().issued().certificate().clone();
    assert_eq!(first.public_key(), public(ec_key()).as_ref());
    let mut pair = Scenario::with_server(pair.server).key(ec_key()).renewal(first.clone(), ec_key()).start();
    let second = pair.drive().issued().certificate().clone();
    assert_eq!(second.public_key(), first.public_key());
    assert_ne!(second.serial_number(), first.serial_number());
}

#[test]
fn e07_a_wrong_challenge_opens_nothing() {
    let mut run = ec();
    let data = forge::certs_only(&[&device(ec_key())]);
    let reply = run.success_under(&data, "another");
    assert_eq!(error(run.end(&reply)), Error::Message(MessageError::Unopenable));
    let Ok(Step::Open(open)) = run.pair.try_reply(&reply.to_reply()) else { panic!("not to be opened") };
    // The step remains, and the right one opens it.
    let rng = &mut run.pair.rng;
    assert!(open.open_with_challenge(&Secret::from(""), rng).is_err());
    assert!(matches!(open.open_with_challenge(&Secret::from("another"), rng), Ok(Step::Issued(_))));
    // The work may be done elsewhere.
    let wrapped = open.password_wrapped_key().expect("under a password");
    let key = wrapped.derive(&Secret::from("another"), &PROVIDER).expect("PBKDF2");
    let content_key = wrapped.unwrap_key(&key, rng, &PROVIDER).expect("a key");
    assert!(matches!(open.attach(&content_key), Ok(Step::Issued(_))));
}

#[test]
fn a_reply_is_opened_by_what_it_needs_and_nothing_else() {
    let mut run = ec();
    let reply = run.success_under(&forge::certs_only(&[&device(ec_key())]), fixtures::CHALLENGE);
    let Ok(Step::Open(open)) = run.pair.try_reply(&reply.to_reply()) else { panic!("not to be opened") };
    assert_eq!((open.needs(), open.wrapped_key()), (OpenWith::Challenge, None));
    let result = open.open_with(client_key(), &mut run.pair.rng);
    assert_eq!(error(result), Error::Unsupported(Unsupported::EncryptedUnderChallenge));
    let (mut pair, open) = Scenario::new().to_open();
    assert_eq!((open.needs(), open.password_wrapped_key()), (OpenWith::Key(KeyRole::New), None));
    let result = open.open_with_challenge(&Secret::from(fixtures::CHALLENGE), &mut pair.rng);
    assert_eq!(error(result), Error::Unsupported(Unsupported::EncryptedToKey));
}

#[test]
fn scep_3_1_02_a_reply_under_the_challenge_is_not_for_a_key_that_can_decrypt() {
    let mut run = Run::request(Scenario::new().start(), NO_RENEWAL);
    let reply = run.success_under(&forge::certs_only(&[&device(client_key())]), fixtures::CHALLENGE);
    assert_eq!(error(run.end(&reply)), Error::Message(MessageError::UnknownRecipient));
    // Nor does one to some RSA key do for a key that can't.
    let mut run = ec();
    let data = forge::certs_only(&[&device(ec_key())]);
    let reply = run.cert_rep("0").content(forge::envelope(&data, &fixtures::self_signed("device", client_key())));
    assert_eq!(error(run.end(&reply)), Error::Message(MessageError::UnknownRecipient));
}

#[test]
fn e07_more_iterations_than_there_may_be_are_refused_before_any_work() {
    let mut run = ec();
    let mut content = forge::envelope_under(&forge::certs_only(&[&device(ec_key())]), fixtures::CHALLENGE);
    // 10,000 iterations as an INTEGER become as many as four octets hold: 02 02 27 10.
    let place = content.windows(4).position(|window| window == [0x02, 0x02, 0x27, 0x10]).expect("iterationCount");
    content[place + 2] = 0x7f;
    let reply = run.cert_rep("0").content(content.clone());
    let limits = Limits::DEFAULT.with_iterations(10_001);
    let config = ClientConfig::new(PROVIDER).with_limits(limits);
    let mut strict = Run::request(Scenario::new().key(ec_key()).unpinned().start_with(config), NO_RENEWAL);
    let strict_reply = strict.cert_rep("0").content(content);
    assert!(matches!(
        error(strict.end(&strict_reply)),
        Error::Message(MessageError::Envelope(pki_core::cms::EnvelopeError::TooManyIterations { .. }))
    ));
    // Within the default limit it is merely the wrong key.
    assert_eq!(error(run.end(&reply)), Error::Message(MessageError::Unopenable));
}

#[test]
fn scep_3_1_03_polls_of_an_ec_key_go_on_from_a_record_and_the_challenge_comes_from_the_caller() {
    let mut run = Run::new(Scenario::new().key(ec_key()).pending(1).start(), NO_RENEWAL);
    while !matches!(run.pair.step, Step::Wait(_)) {
        // The server's answer to the request is PENDING whatever the key; see its own tests for the rest.
        if let Step::Exchange(exchange) = &run.pair.step
            && exchange.request().query == "operation=PKIOperation"
        {
            let reply = run.cert_rep("3").to_reply();
            run.pair.step = run.pair.try_reply(&reply).expect("a wait");
        } else {
            run.pair.turn().expect("a next step");
        }
    }
    let Step::Wait(wait) = &run.pair.step else { panic!("{:?}", run.pair.step) };
    let record = wait.record().to_der();
    assert!(!record.windows(7).any(|window| window == &fixtures::CHALLENGE.as_bytes()[..7]));
    run.pair.restart_client();
    run.advance().expect("the poll");
    assert_eq!(run.message_type(), MessageType::CERT_POLL);
    let reply = run.success_under(&forge::certs_only(&[&device(ec_key())]), fixtures::CHALLENGE);
    assert_eq!(issued(run.end(&reply)), device(ec_key()));
}

#[test]
fn the_renewal_of_an_ec_key_needs_a_challenge_and_sends_it() {
    let renewing = || renewing(device(ec_key())).renewal(device(ec_key()), ec_key());
    let mut run = Run::request(renewing().challenge(Some(fixtures::CHALLENGE)).start(), RENEWAL);
    assert_eq!(run.message_type(), MessageType::RENEWAL_REQ);
    assert!(run.csr().challenge_password().expect("readable").is_some());
    let reply = run.success_under(&forge::certs_only(&[&device(client_key())]), fixtures::CHALLENGE);
    assert_eq!(issued(run.end(&reply)), device(client_key()));
    let mut pair = renewing().start();
    let result = pair.try_reply(&HttpResponse::ok(MediaType::TextPlain, RENEWAL));
    assert_eq!(error(result), Error::Unsupported(Unsupported::TransportKeyCannotDecrypt));
}

// RSASSA-PSS.

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

// What is put up with in replies.

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

// Records.

/// Written by version 1: pending after the first PENDING; messages signed by a transport key.
const VERSION_1_TRANSPORT: &[u8] = include_bytes!("data/records/pending-1-transport-key.der");

#[test]
fn a_record_of_version_1_with_a_transport_key_is_read() {
    let record = PendingRecord::from_der(VERSION_1_TRANSPORT).expect("a record");
    assert_eq!(record.public_key(), &public(ec_key()));
    let (role, signer) = record.signer();
    assert_eq!((role, signer.public_key()), (KeyRole::Transport, public(fixtures::small_client_key()).as_ref()));
    assert_eq!((record.message_type(), record.current()), (MessageType::PKCS_REQ, None));
    assert_eq!(PendingRecord::from_der(&record.to_der()), Ok(record));
}

/// Written by version 2: a renewal with its chain, over RSAES-OAEP and RSASSA-PSS; by a first request for an EC key, with
/// AES-GCM, in place of a certificate that has expired.
const VERSION_2: [&[u8]; 2] =
    [include_bytes!("data/records/pending-2-renewal.der"), include_bytes!("data/records/pending-2-replacement.der")];

/// What the records of version 2 are of.
fn waiting() -> [Pair; 2] {
    let oaep = KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA256);
    let renewal = Renewal::of(current()).with_chain([fixtures::root(ca_key())]);
    let config = ClientConfig::new(PROVIDER).with_key_transport(oaep);
    let renewal = renewing(renewal).rsa_pss().pending(1).unpinned().start_with(config);
    let gcm = AuthenticatedEncryption::agreed(CipherAlgorithm::AES256_GCM);
    let replacement = Renewal::of(device_at(day(-10, -1))).with_style(RenewalStyle::Anew);
    let config = ClientConfig::new(PROVIDER).with_authenticated_encryption(gcm);
    let server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
    let replacement = Scenario::with_server(server).key(ec_key()).renewal(replacement, other_key()).pending(1);
    let mut pairs = [renewal, replacement.unpinned().start_with(config)];
    for pair in &mut pairs {
        while !matches!(pair.step, Step::Wait(_)) {
            pair.turn().expect("a next step");
        }
    }
    pairs
}

#[test]
fn records_of_version_2_are_read_and_written() {
    for ((sample, mut pair), (kind, role)) in VERSION_2
        .into_iter()
        .zip(waiting())
        .zip([(MessageType::RENEWAL_REQ, KeyRole::Current), (MessageType::PKCS_REQ, KeyRole::New)])
    {
        let record = PendingRecord::from_der(sample).expect("a record");
        assert_eq!(record.to_der(), sample);
        assert_eq!((record.message_type(), record.signer().0), (kind, role));
        assert!(record.current().is_some());
        // What was protected in which way goes on to be.
        pair.step = Step::Wait(record.resume(Arc::clone(&pair.config), pair.clock.now()).expect("a wait"));
        let mut run = Run { pair, signed: Vec::new(), opened: Vec::new() };
        let sign = match &run.pair.step {
            Step::Wait(wait) => wait.poll(&mut run.pair.rng),
            step => panic!("{step:?}"),
        };
        let Ok(Step::Sign(sign)) = sign else { panic!("{sign:?}") };
        let pss = sign.algorithm() == SignatureAlgorithm::RSA_PSS_SHA256;
        run.advance().expect("the poll");
        let algorithms = run.verified().envelope_algorithms(&forge::recipient(&run.pair.server), &PROVIDER);
        let algorithms = algorithms.expect("for the RA");
        let found = (pss, algorithms.cipher, algorithms.key_transport, run.received().certificates().len());
        let oaep = KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA256);
        match role {
            KeyRole::Current => assert_eq!(found, (true, CipherAlgorithm::AES128_CBC, oaep, 2)),
            _ => assert_eq!(found, (false, CipherAlgorithm::AES256_GCM, KeyTransportAlgorithm::RsaPkcs1, 1)),
        }
    }
}

#[test]
fn garbage_of_version_2_is_no_record() {
    for sample in VERSION_2 {
        for length in 0..sample.len() {
            assert!(matches!(PendingRecord::from_der(&sample[..length]), Err(Error::Record(_))));
        }
        for place in 0..sample.len() {
            let mut changed = sample.to_vec();
            changed[place] ^= 1 << (place % 8);
            if let Ok(record) = PendingRecord::from_der(&changed) {
                assert_eq!(PendingRecord::from_der(&record.to_der()), Ok(record));
            }
        }
    }
}
