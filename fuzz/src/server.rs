//! The server dialogue, against clients that are right, nearly right, or noise.

use std::time::Duration;

use arbitrary::Unstructured;
use pki_core::{
    Certificate, CsrDigest, Limits, Profile, Secret,
    algorithm::{DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    chain::Pool,
    crypto::{CryptoProvider, Decrypter as _, Signature},
};
use scep::{
    Capability, FailInfo, FailInfoText, HttpRequest, HttpResponse, MessageType, Method, Nonce, PkiStatus,
    TransactionId,
    client::{Call, ClientConfig},
    http::{MediaType, Request},
    message::{Attributes, EnvelopeAlgorithms, IssuerAndSubject, MessageData, PkiMessageBuilder, Received, seal},
    server::{
        Authorized, CertPoll, Denied, Enrol, Error, Incoming, Lookup, LookupPolicy, Operation, Redeemed, Refusal,
        RegistrationAuthority, Reply, Responder, TransactionLimits, TransactionRecord, TransactionState, Transactions,
    },
};

use super::{
    client::{bytes, damage, octet},
    fake::{self, BAD_SIGNATURE, Broken, Counter},
    fixture::{self, NOW, World},
};

/// Some requests to one server.
pub fn server_dialogue(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut server = Server::new(octet(&mut input));
    for _ in 0..8 {
        if input.is_empty() {
            return;
        }
        let question = server.question(&mut input);
        server.answer(&mut input, &question);
    }
}

struct Server {
    world: &'static World,
    crypto: CryptoProvider,
    responder: Responder,
    /// The certificate that requests are encrypted to and replies signed by.
    own: Certificate,
    transactions: Transactions,
    rng: Counter,
    /// What was authorised before.
    authorized: Option<Authorized>,
}

/// A request, and what is known of it.
struct Question {
    request: HttpRequest,
    /// What the client put into it; `None` if it was damaged.
    meant: Option<Meant>,
}

#[derive(Clone)]
struct Meant {
    attributes: Attributes,
    /// Whether its challenge is the right one.
    entitled: bool,
    /// Whether it can be read at all.
    sound: bool,
}

impl Server {
    fn new(flags: u8) -> Self {
        let world = World::shared();
        let World { ca, ra, .. } = world;
        let crypto = if flags & 1 == 0 { fake::PROVIDER } else { fake::HASHING };
        let (responder, own) = if flags & 2 == 0 {
            let certificates = RegistrationAuthority { signing: ra.clone(), encryption: ra.clone() };
            (Responder::new(ca.clone(), certificates, crypto), ra)
        } else {
            (Responder::with_ca_key(ca.clone(), crypto), ca)
        };
        let limits = TransactionLimits { capacity: 3, ..TransactionLimits::DEFAULT };
        Self {
            world,
            crypto,
            responder: if flags & 4 == 0 {
                responder.unwrap()
            } else {
                responder.unwrap().with_renewal().with_fail_info_text().with_clock_tolerance(Duration::from_secs(300))
            },
            own: own.clone(),
            transactions: Transactions::new(limits),
            rng: Counter(1),
            authorized: None,
        }
    }

    fn question(&mut self, input: &mut Unstructured<'_>) -> Question {
        match octet(input) % 8 {
            0 => Question { request: HttpRequest::pki_operation(Method::Post, bytes(input)), meant: None },
            1 => {
                let query = String::from_utf8_lossy(&bytes(input)).into_owned();
                let method = if octet(input) & 1 == 0 { Method::Get } else { Method::Post };
                Question { request: HttpRequest::new(method, query, bytes(input)), meant: None }
            }
            2 => Question { request: HttpRequest::get_ca_caps(None), meant: None },
            3 => Question { request: HttpRequest::get_ca_cert(Some("x")), meant: None },
            4 => Question { request: HttpRequest::get_next_ca_cert(None), meant: None },
            5 => {
                let mut question = self.message(input, Method::Post);
                damage(input, &mut question.request.body);
                Question { meant: None, ..question }
            }
            6 => self.message(input, Method::Get),
            _ => self.message(input, Method::Post),
        }
    }

    /// A pkiMessage as a client makes it, with a flaw or two.
    fn message(&mut self, input: &mut Unstructured<'_>, method: Method) -> Question {
        let World { device, stranger, ec_key, .. } = self.world;
        let flaws = octet(input);
        let message_type = match octet(input) {
            0..=127 => MessageType::PKCS_REQ,
            128..=191 => MessageType::CERT_POLL,
            other => MessageType::new(u32::from(other - 192)),
        };
        let id = TransactionId::from_bytes(&[b'a' + octet(input) % 4]).unwrap();
        let mut attributes = Attributes::request(message_type, id, Nonce::generate(&mut self.rng).unwrap());
        if flaws & 1 != 0 {
            attributes.sender_nonce = None;
        }
        let (data, entitled, readable) = self.message_data(input, message_type);
        let algorithms = EnvelopeAlgorithms {
            cipher: self.crypto.ciphers[usize::from(octet(input)) % self.crypto.ciphers.len()].algorithm(),
            key_transport: if flaws & 2 == 0 {
                KeyTransportAlgorithm::RsaPkcs1
            } else {
                KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA1)
            },
        };
        let recipient = if flaws & 4 == 0 { &self.own } else { stranger };
        let envelope = seal(&data, recipient, algorithms, &self.crypto, &mut self.rng).unwrap();
        let no_rsa;
        let signer = match flaws & 24 {
            0 | 24 => device,
            8 => stranger,
            _ => {
                no_rsa = fixture::certificate(5, "EC", "EC", ec_key.public(), &Profile::SCEP_TRANSPORT);
                &no_rsa
            }
        };
        let builder = PkiMessageBuilder::new(attributes.clone());
        let builder = if flaws & 32 == 0 { builder.add_certificate(signer) } else { builder };
        let builder = if flaws & 64 == 0 { builder.with_envelope(envelope) } else { builder };
        let message = builder.build(signer, SignatureAlgorithm::RSA_PKCS1_SHA256, &self.crypto).unwrap();
        let bad = Signature::new(vec![BAD_SIGNATURE]);
        let message = message.attach(if flaws & 128 == 0 { fake::signature() } else { bad });

        let renewal = self.responder.capabilities(NOW).states(Capability::Renewal);
        let known = matches!(message_type, MessageType::PKCS_REQ | MessageType::CERT_POLL)
            || (renewal && message_type == MessageType::RENEWAL_REQ);
        let sound = known && readable && flaws & (1 | 4 | 32 | 64 | 128) == 0;
        let meant = Some(Meant { attributes, entitled, sound });
        Question { request: HttpRequest::pki_operation(method, message.into_bytes()), meant }
    }

    /// What goes into the envelope, whether its challenge is right, and whether it can be read.
    fn message_data(&self, input: &mut Unstructured<'_>, message_type: MessageType) -> (Vec<u8>, bool, bool) {
        if octet(input) == 255 {
            return (bytes(input), false, false);
        }
        if message_type == MessageType::CERT_POLL {
            let names = IssuerAndSubject::new(fixture::name("CA"), fixture::name("Device"));
            return (names.to_der(), false, true);
        }
        let challenge = ["", "wrong", "secre", "secret"][usize::from(octet(input) % 4)];
        let subject = ["Device", "Somebody else"][usize::from(octet(input) % 2)];
        let csr = fixture::csr(subject, self.world.device_key.public(), challenge);
        (csr.as_der().to_vec(), challenge == CHALLENGE, true)
    }

    fn answer(&mut self, input: &mut Unstructured<'_>, question: &Question) {
        let mut granted = None;
        let answered = self.decide(input, question, &mut granted);
        let refused = answered.is_err();
        let no_randomness = answered.as_ref().is_err_and(|refusal| matches!(refusal.cause, Error::Build(_)));
        let reply = answered.unwrap_or_else(|refusal| {
            assert!(!refusal.cause.to_string().is_empty());
            refusal.reply
        });
        let key = if self.own == self.world.ra { &self.world.ra_key } else { &self.world.ca_key };
        assert_eq!(reply.sign_with(&Broken(key), &mut self.rng).is_err(), matches!(reply, Reply::Unsigned(_)));
        let response = reply.sign_with(key, &mut self.rng).unwrap();
        if let Some(meant) = &question.meant {
            assert!(!meant.sound || response.is_success() || no_randomness);
        }
        if response.media_type() == Some(MediaType::PkiMessage) {
            self.read(question, &response, granted.as_ref(), refused);
        } else {
            assert_eq!(response.is_success(), !refused);
            assert!(granted.is_none());
        }
    }

    /// The server, as its caller writes it. `granted` is the certificate, if one was.
    fn decide(
        &mut self,
        input: &mut Unstructured<'_>,
        question: &Question,
        granted: &mut Option<Certificate>,
    ) -> Result<Reply, Refusal> {
        let sealed = match self.responder.receive(&question.request, NOW, &mut self.rng)? {
            Incoming::Query(query) => {
                let reply = query.reply();
                self.query_reply(&reply, &question.request);
                return Ok(reply);
            }
            Incoming::Sealed(sealed) => sealed,
            incoming => panic!("{incoming:?}"),
        };
        assert_eq!(sealed.recipient(), &self.own);
        let key = if self.own == self.world.ra { &self.world.ra_key } else { &self.world.ca_key };
        let key = match octet(input) {
            255 => Broken(key).unwrap_key(sealed.wrapped_key(), &mut self.rng),
            _ => key.unwrap_key(sealed.wrapped_key(), &mut self.rng),
        };
        let unopened = key.is_err();
        let operation = sealed.attach(key, &mut self.rng);
        // A request that was opened and read, and proves its key, may still be one that no reply can be made to.
        let failed = operation.as_ref().is_err_and(|Refusal { cause, .. }| {
            cause.fail_info() == FailInfo::BAD_REQUEST || *cause == Error::ReplyUndeliverable
        });
        assert_eq!(operation.is_err(), failed, "one answer to everything after the signature");
        match operation? {
            _ if unopened => panic!("opened without a key"),
            Operation::PkcsReq(enrol) | Operation::RenewalReq(enrol) => self.enrol(input, question, enrol, granted),
            Operation::CertPoll(poll) => self.poll(poll, granted),
            Operation::GetCert(lookup) => self.get_cert(lookup, granted),
            Operation::GetCrl(lookup) => Err(lookup.not_found(&mut self.rng)),
            operation => panic!("{operation:?}"),
        }
    }

    fn enrol(
        &mut self,
        input: &mut Unstructured<'_>,
        question: &Question,
        enrol: Enrol,
        granted: &mut Option<Certificate>,
    ) -> Result<Reply, Refusal> {
        let record = TransactionRecord::new(&enrol, NOW);
        assert_eq!(record.admit(&enrol), Ok(&TransactionState::Pending));
        let elsewhere = Redeemed::for_csr(CsrDigest::from_bytes([1; 32]));
        assert_eq!(enrol.authorize_challenge(&elsewhere), Err(Denied::RedeemedForAnotherCsr));

        let key = enrol.csr().public_key().to_owned();
        let leaf = if key == *self.world.device_key.public() {
            self.world.leaf.clone()
        } else {
            fixture::certificate(7, "CA", "Device", &key, &Profile::DEVICE_CLIENT)
        };
        let verdict = enrol.check_challenge(&Secret::from(CHALLENGE));
        let presented = enrol.challenge().is_some_and(|challenge| challenge.expose() == CHALLENGE.as_bytes());
        assert_eq!(verdict.is_ok(), presented);
        if let Some(meant) = &question.meant {
            let asked = meant.attributes.message_type;
            assert!(meant.sound && matches!(asked, MessageType::PKCS_REQ | MessageType::RENEWAL_REQ));
            assert_eq!(meant.entitled, presented);
        }

        // What was authorised for another request is worth nothing here.
        if let Some(earlier) = self.authorized.take_if(|earlier| earlier.csr() != enrol.csr_digest()) {
            let refusal = enrol.issue(&earlier, &[leaf], &mut self.rng).unwrap_err();
            assert_eq!(refusal.cause, Error::AuthorizedForAnotherCsr);
            return Err(refusal);
        }
        let authorized = match verdict {
            Ok(authorized) => authorized,
            Err(denied) => return enrol.reject_with_text(denied.fail_info(), FailInfoText::new("no"), &mut self.rng),
        };
        assert_eq!(authorized.csr(), enrol.csr_digest());
        if let Err(conflict) = self.transactions.admit(&enrol, NOW) {
            return enrol.reject(conflict.fail_info(), &mut self.rng);
        }
        match octet(input) % 5 {
            0 => enrol.pend(&mut self.rng),
            1 => {
                let refusal = enrol.issue(&authorized, std::slice::from_ref(&self.own), &mut self.rng).unwrap_err();
                assert_eq!(refusal.cause, Error::CertificateMismatch);
                Err(refusal)
            }
            2 => {
                let refusal = enrol.issue(&authorized, &[leaf], &mut Broken(&self.world.ca_key)).unwrap_err();
                assert!(matches!(refusal.cause, Error::Build(_)));
                Err(refusal)
            }
            _ => {
                let issued = TransactionState::Issued(vec![leaf.clone()]);
                assert!(self.transactions.settle(enrol.transaction(), issued, NOW).is_ok());
                let reply = enrol.issue(&authorized, std::slice::from_ref(&leaf), &mut self.rng)?;
                self.authorized = Some(authorized);
                *granted = Some(leaf);
                Ok(reply)
            }
        }
    }

    fn poll(&mut self, poll: CertPoll, granted: &mut Option<Certificate>) -> Result<Reply, Refusal> {
        let record = self.transactions.get(poll.transaction()).cloned();
        let admitted = record.as_ref().is_some_and(|record| record.admit_poll(&poll).is_ok());
        // Of a key that can't decrypt no password is kept here.
        let can_decrypt = poll.signer().public_key().can_encrypt();
        let answer = poll.answer(record.as_ref(), &mut self.rng);
        match &answer {
            Ok(_) => {
                assert!(admitted, "strangers learn nothing");
                if let Some(TransactionState::Issued(certificates)) = record.as_ref().map(TransactionRecord::state) {
                    *granted = certificates.first().cloned();
                }
            }
            Err(refusal) if admitted => {
                assert!(!can_decrypt && refusal.cause == Error::ReplyUndeliverable, "{refusal:?}");
            }
            Err(_) => {}
        }
        answer
    }

    /// Whoever has a certificate of the CA gets that, and nobody anything else.
    fn get_cert(&mut self, lookup: Lookup<Certificate>, granted: &mut Option<Certificate>) -> Result<Reply, Refusal> {
        let verdict = lookup.authorize(LookupPolicy::OwnCertificate, &Pool::new(), NOW);
        let signer = lookup.signer().clone();
        match verdict {
            Ok(authorized) => {
                assert!(lookup.target().names(&signer));
                let reply = lookup.answer(&authorized, &signer, &mut self.rng)?;
                *granted = Some(signer);
                Ok(reply)
            }
            Err(denied) => Err(lookup.deny(denied, &mut self.rng)),
        }
    }

    /// What anybody may know is readable to our own client.
    fn query_reply(&mut self, reply: &Reply, request: &HttpRequest) {
        let response = reply.sign_with(&Broken(&self.world.ca_key), &mut self.rng).unwrap();
        let config = ClientConfig::new(self.crypto);
        if matches!(request.parse(&Limits::DEFAULT), Ok(Request::GetCaCaps { .. })) {
            assert_eq!(Call::capabilities(&config).finish(&response), Ok(self.responder.capabilities(NOW)));
        } else {
            assert!(Call::certificates(&config).finish(&response).unwrap().contains(&self.own));
        }
    }

    /// A CertRep is readable to our own client, answers the request, and grants what was granted.
    fn read(&self, question: &Question, response: &HttpResponse, granted: Option<&Certificate>, refused: bool) {
        let received = Received::decode(&response.body, Limits::DEFAULT).unwrap();
        let verified = received.verify_by(std::slice::from_ref(&self.own), &self.crypto).unwrap();
        let attributes = verified.attributes();
        assert_eq!(attributes.message_type, MessageType::CERT_REP);
        assert!(attributes.sender_nonce.is_some());
        if let Some(meant) = &question.meant {
            assert_eq!(attributes.transaction_id, meant.attributes.transaction_id);
            assert_eq!(attributes.recipient_nonce, meant.attributes.sender_nonce);
        }
        assert_eq!(attributes.fail_info.is_some(), attributes.pki_status == Some(PkiStatus::FAILURE));
        assert!(!refused || attributes.fail_info.is_some());
        assert_eq!(attributes.pki_status == Some(PkiStatus::SUCCESS), granted.is_some());
        let Some(leaf) = granted else { return };
        let device = &self.world.device;
        let Ok(wrapped) = verified.wrapped_key(device, &self.crypto) else { return };
        let key = self.world.device_key.unwrap_key(&wrapped, &mut Counter(0)).unwrap();
        let opened = verified.open(&key, &self.crypto).unwrap();
        let MessageData::Bundle(bundle) = opened.data() else { panic!("{opened:?}") };
        assert_eq!(bundle.certificates.first(), Some(leaf));
    }
}

const CHALLENGE: &str = "secret";
