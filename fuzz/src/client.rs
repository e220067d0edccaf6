//! The client dialogues, against a peer that is right, nearly right, or noise.
//!
//! Where the input ends, every answer is the right one: so whatever came before, the dialogue must go on to its end.

use std::sync::Arc;
use std::time::Duration;

use arbitrary::Unstructured;
use pki_core::{
    Certificate, Crl, CsrBuilder, GeneralNamesBuilder, Limits, Secret, UnixTime,
    algorithm::{CipherAlgorithm, SignatureAlgorithm},
    cms::{EnvelopedDataBuilder, PasswordKey, PasswordProfile, certs_only},
    crypto::{ContentKey, CryptoProvider, Signature, Signer as _},
};
use scep::{
    Capability, FailInfo, FailInfoText, HttpRequest, HttpResponse, MessageType, Nonce, PkiStatus, TransactionId,
    client::{
        AlgorithmFloor, Authority, ClientConfig, ConfirmAuthority, EnrolmentRequest, Exchange, Fingerprint, Found,
        KeyRole, KnownCapabilities, LookupRequest, Open, OpenWith, PendingRecord, PollPolicy, RejectReason, Renewal,
        RenewalStyle, Rollover, Sign, SignRecord, StandardPolicy, Standing, Step, Wait,
    },
    http::{MediaType, Request},
    message::{Attributes, IssuerAndSerial, PkiMessageBuilder, Received, Verified, seal},
};

use super::{
    fake::{self, BAD_SIGNATURE, Broken, Counter, Key},
    fixture::{self, NOW, World},
};

/// An enrolment, a renewal or a lookup, from the first question to what was asked for or to a refusal.
pub fn client_dialogue(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut run = Run::new(&mut input);
    let mut step = run.start();
    // Each way round, from a poll to the next, takes three steps, and there are eleven polls at most.
    for _ in 0..100 {
        let next = match step {
            Step::Exchange(exchange) => run.exchange(&exchange),
            Step::Sign(sign) => Some(run.sign(&sign)),
            Step::ConfirmAuthority(confirm) => run.confirm(&confirm),
            Step::Wait(wait) => run.wait(&wait),
            _ => None,
        };
        match next {
            Some(next) => step = next,
            None => return,
        }
    }
    panic!("no end in sight");
}

/// A record is read again as it was written, and what is resumed from it can be kept and resumed again.
pub fn pending_record(data: &[u8]) {
    other_records(data);
    let Ok(record) = PendingRecord::from_der(data) else { return };
    let der = record.to_der();
    assert_eq!(PendingRecord::from_der(&der).map(|again| again.to_der()), Ok(der.clone()));
    assert_eq!(PendingRecord::from_der(&der).as_ref(), Ok(&record));
    let config = Arc::new(ClientConfig::new(fake::PROVIDER));
    for now in [NOW, record.until()] {
        let Ok(wait) = record.resume(Arc::clone(&config), now) else { continue };
        assert_eq!((wait.until(), wait.transaction_id()), (record.until(), record.transaction_id()));
        let kept = wait.record();
        assert_eq!(kept.resume(Arc::clone(&config), now).unwrap().record(), kept);
        let Ok(Step::Sign(sign)) = wait.poll(&mut Counter(0)) else { continue };
        let step = sign.attach(fake::signature(), &mut Counter(0)).unwrap();
        let Step::Exchange(exchange) = step else { panic!("{step:?}") };
        match exchange.request().parse(&Limits::DEFAULT) {
            Ok(Request::PkiOperation { message }) => drop(request_of(&message, &fake::PROVIDER)),
            other => panic!("{other:?}"),
        }
    }
}

/// What else a client keeps.
fn other_records(data: &[u8]) {
    if let Ok(known) = KnownCapabilities::from_der(data) {
        assert_eq!(KnownCapabilities::from_der(&known.to_der()), Ok(known));
    }
    if let Ok(record) = SignRecord::from_der(data) {
        let der = record.to_der();
        assert_eq!(SignRecord::from_der(&der).as_ref(), Ok(&record));
        let config = Arc::new(ClientConfig::new(fake::PROVIDER));
        if let Ok(sign) = record.resume(Arc::clone(&config), NOW) {
            let kept = sign.record().unwrap();
            assert_eq!(kept.resume(config, NOW).unwrap().bytes(), sign.bytes());
        }
    }
    let Ok(rollover) = Rollover::from_der(data) else { return };
    assert_eq!(Rollover::from_der(&rollover.to_der()).as_ref(), Ok(&rollover));
    for now in [NOW].into_iter().chain(rollover.switch_at()) {
        let active = rollover.at(now);
        assert_eq!(rollover.accepted(now).next(), Some(active));
        assert_ne!(rollover.standing(active, now), Standing::Unknown);
        let _ = rollover.clone().settled(now);
        let _ = rollover.refreshed(active.certificates(), &fake::PROVIDER, now);
    }
}

struct Run<'i, 'd> {
    input: &'i mut Unstructured<'d>,
    world: &'static World,
    crypto: CryptoProvider,
    /// Whether digests tell one certificate from another.
    hashing: bool,
    config: Arc<ClientConfig>,
    pinned: bool,
    /// Whether the key cannot decrypt, and another has to.
    separate: bool,
    aim: Aim,
    key: &'static Key,
    rng: Counter,
    now: UnixTime,
    /// Whether the authority is ours: not so once noise was taken for one.
    genuine: bool,
    /// How many replies led nowhere.
    refused: u32,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    /// The first certificate, with a key that can decrypt, or with another beside it.
    First,
    /// The first one for a key that can't decrypt, under the challenge.
    UnderChallenge,
    /// Another in place of the current one.
    Renewal,
    GetCert,
    GetCrl,
}

/// What must come of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Accepted,
    Refused,
    Either,
}

/// What an envelope holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Leaf,
    LeafAmongOthers,
    OtherLeaf,
    Nothing,
    BadSignature,
    Current,
    Noise,
}

impl<'i, 'd> Run<'i, 'd> {
    fn new(input: &'i mut Unstructured<'d>) -> Self {
        let world = World::shared();
        let flags = octet(input);
        let hashing = flags & 1 != 0;
        let crypto = if hashing { fake::HASHING } else { fake::PROVIDER };
        let mut config = ClientConfig::new(crypto);
        let pinned = flags & 2 != 0;
        if pinned {
            config = config.with_fingerprint(Fingerprint::of(&world.ca, &crypto).unwrap());
        }
        if flags & 4 != 0 {
            let certificates = [world.ca.clone(), world.ra.clone()];
            config = config.with_authority(Authority::new(&certificates, &crypto, NOW).unwrap());
        }
        if flags & 8 != 0 {
            config = config.with_ca_identifier("a&b=c%+");
        }
        config = if flags & 32 != 0 {
            config.with_standard_policy(StandardPolicy::Assume)
        } else {
            config.with_algorithm_floor(AlgorithmFloor::Legacy)
        };
        let first = Duration::from_secs(u64::from(octet(input)) << (flags >> 5));
        config = config.with_poll_policy(PollPolicy { first, limit: 10, ..PollPolicy::DEFAULT });
        let separate = flags & 16 != 0;
        let key = if separate { &world.ec_key } else { &world.device_key };
        Self {
            input,
            world,
            crypto,
            hashing,
            config: Arc::new(config),
            pinned,
            separate,
            aim: Aim::First,
            key,
            rng: Counter(1),
            now: NOW,
            genuine: true,
            refused: 0,
        }
    }

    fn start(&mut self) -> Step {
        let choice = octet(self.input);
        self.aim = match choice {
            ..0x80 => Aim::First,
            0x80..0xa0 => Aim::UnderChallenge,
            0xa0..0xc0 => Aim::Renewal,
            0xc0..0xe0 => Aim::GetCert,
            0xe0.. => Aim::GetCrl,
        };
        if self.aim == Aim::UnderChallenge {
            (self.key, self.separate) = (&self.world.ec_key, true);
        }
        let config = Arc::clone(&self.config);
        match self.aim {
            Aim::GetCert => Step::get_cert(config, self.lookup(choice)).unwrap(),
            Aim::GetCrl => Step::get_crl(config, self.lookup(choice)).unwrap(),
            _ => Step::start(config, self.request(choice)).unwrap(),
        }
    }

    fn request(&self, choice: u8) -> EnrolmentRequest {
        let public_key = self.key.public().clone();
        let builder = || CsrBuilder::new(fixture::name("Device"), public_key.clone());
        let with_challenge = || {
            builder()
                .with_subject_alt_name(GeneralNamesBuilder::new().add_dns_name("device.example"))
                .with_challenge_password(&Secret::from(CHALLENGE))
        };
        let request = match self.aim {
            Aim::Renewal => {
                let styles = [RenewalStyle::PkcsReq, RenewalStyle::RenewalReq, RenewalStyle::Anew];
                let renewal = Renewal::of(self.world.current.clone());
                let renewal = renewal.with_fallback(styles[usize::from(choice % 3)]);
                EnrolmentRequest::renewal(if choice & 4 == 0 { builder() } else { with_challenge() }, renewal)
            }
            Aim::UnderChallenge => EnrolmentRequest::new(with_challenge()),
            _ => match choice % 3 {
                0 => EnrolmentRequest::new(builder()),
                1 => EnrolmentRequest::from_csr(fixture::csr("Device", &public_key, CHALLENGE)),
                _ => EnrolmentRequest::new(with_challenge()),
            },
        };
        if self.separate && self.aim != Aim::UnderChallenge {
            request.with_transport_key(self.world.device_key.public().clone())
        } else {
            request
        }
    }

    fn lookup(&self, choice: u8) -> LookupRequest {
        let target = IssuerAndSerial::of(self.leaf());
        if choice & 1 == 0 {
            LookupRequest::new(target, self.world.current.clone())
        } else {
            LookupRequest::self_signed(target, fixture::name("Device"), self.world.device_key.public().clone())
        }
    }

    /// The key for a part.
    fn key_for(&self, role: KeyRole) -> &'static Key {
        if role == KeyRole::New { self.key } else { &self.world.device_key }
    }

    /// Answers until an answer is accepted.
    fn exchange(&mut self, exchange: &Exchange) -> Option<Step> {
        let request = exchange.request().clone();
        let asked = match request.parse(&Limits::DEFAULT).unwrap() {
            Request::PkiOperation { message } => Some(request_of(&message, &self.crypto)),
            _ => None,
        };
        loop {
            let (reply, expect, content) = self.reply(&request, asked.as_ref());
            let seconds = u64::from(u16::from_le_bytes([octet(self.input), octet(self.input)]));
            self.now = self.now.plus(Duration::from_secs(seconds)).min(NOW.plus(Duration::from_secs(200 * 86_400)));
            let next = exchange.finish(&reply, self.now, &mut self.rng);
            // Whatever came of it, the step is as it was.
            assert_eq!(exchange.request(), &request);
            match next {
                Ok(step) => {
                    assert_ne!(expect, Expect::Refused, "{step:?}");
                    if !matches!(step, Step::Open(_) | Step::Wait(_) | Step::Rejected(_)) {
                        self.genuine &= expect == Expect::Accepted;
                    }
                    let Step::Open(open) = step else { return Some(step) };
                    if let Some(step) = self.open(&open, content) {
                        return Some(step);
                    }
                }
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    if !self.genuine {
                        return None;
                    }
                    assert_ne!(expect, Expect::Accepted, "{error}");
                }
            }
            // More of them show nothing more.
            self.refused += 1;
            if self.refused > MOST_REFUSED {
                *self.input = Unstructured::new(&[]);
            }
        }
    }

    fn reply(&mut self, request: &HttpRequest, asked: Option<&Verified>) -> (HttpResponse, Expect, Content) {
        match (request.parse(&Limits::DEFAULT), asked) {
            (_, Some(asked)) => self.cert_rep(asked),
            (Ok(Request::GetCaCaps { .. }), _) => {
                let reply = self.capabilities();
                // A server that is out of order states nothing, not even that.
                let expect = if reply.is_success() { Expect::Accepted } else { Expect::Either };
                (reply, expect, Content::Noise)
            }
            _ => {
                let (reply, expect) = self.certificates();
                (reply, expect, Content::Noise)
            }
        }
    }

    /// Whatever they are, there is a way to go on.
    fn capabilities(&mut self) -> HttpResponse {
        let octets = match octet(self.input) {
            0 => b"SCEPStandard\nRenewal\n".to_vec(),
            1 => return self.noise(),
            words => {
                let stated = Capability::ALL.iter().enumerate().filter(|(index, _)| words >> (index % 8) & 1 == 1);
                stated.flat_map(|(_, word)| [word.keyword().as_bytes(), b"\r\n"].concat()).collect()
            }
        };
        HttpResponse::ok(MediaType::TextPlain, octets)
    }

    fn certificates(&mut self) -> (HttpResponse, Expect) {
        let World { ca, ra, stranger, .. } = self.world;
        let bundle = |all: &[&Certificate]| {
            HttpResponse::ok(MediaType::X509CaRaCert, certs_only(all.iter().map(|c| c.as_der()), []))
        };
        match octet(self.input) % 5 {
            0 => (bundle(&[ca, ra]), Expect::Accepted),
            1 => (HttpResponse::ok(MediaType::X509CaCert, ca.as_der()), Expect::Accepted),
            2 => (bundle(&[ra, stranger, ca]), Expect::Accepted),
            3 if self.pinned && self.hashing => (bundle(&[stranger, ra]), Expect::Refused),
            _ => (self.noise(), Expect::Either),
        }
    }

    /// Asks whether the CA is the right one; it is not if noise made it up.
    fn confirm(&mut self, confirm: &ConfirmAuthority) -> Option<Step> {
        assert!(!self.pinned);
        assert!(confirm.authority().certificates().contains(confirm.authority().anchor()));
        assert!(confirm.accept(&mut Broken(self.key)).is_ok() || confirm.accept(&mut self.rng).is_ok());
        confirm.accept(&mut self.rng).ok()
    }

    fn sign(&mut self, sign: &Sign) -> Step {
        let key = self.key_for(sign.key());
        assert!(!sign.bytes().is_empty() && key.algorithms().contains(&sign.algorithm()));
        assert!(sign.sign_with(&Broken(key), &mut self.rng).is_err());
        match octet(self.input) {
            0 => sign.sign_with(key, &mut self.rng).unwrap(),
            1 => match sign.sign_with(key, &mut Broken(key)) {
                Ok(step) => step,
                Err(_) => sign.sign_with(key, &mut self.rng).unwrap(),
            },
            length => {
                let signature = Signature::new(vec![length; usize::from(length.min(BAD_SIGNATURE - 1))]);
                let signature = if length == BAD_SIGNATURE { fake::signature() } else { signature };
                sign.attach(signature, &mut self.rng).unwrap()
            }
        }
    }

    /// A CertRep; see [`Flaws`] for what is wrong with it.
    fn cert_rep(&mut self, asked: &Verified) -> (HttpResponse, Expect, Content) {
        let flaws = Flaws(octet(self.input));
        if flaws.has(Flaws::NOISE) && octet(self.input) & 1 == 0 {
            return (self.noise(), Expect::Either, Content::Noise);
        }
        let (status, content) = (self.status(), self.content());
        let World { ca, ra, stranger, .. } = self.world;
        // Who is asked is who answers: the RA, or the CA where the client knows no RA.
        let own = if asked.wrapped_key(ra, &self.crypto).is_ok() { ra } else { ca };
        let signer = if flaws.has(Flaws::SIGNER) { stranger } else { own };

        let message = PkiMessageBuilder::new(self.attributes(asked, flaws, status)).add_certificate(signer);
        let message = if flaws.has(Flaws::NO_ENVELOPE) {
            message
        } else {
            let data = self.message_data(content);
            let recipient = if flaws.has(Flaws::RECIPIENT) { stranger } else { asked.signer() };
            let Ok(algorithms) = asked.envelope_algorithms(own, &self.crypto) else {
                assert!(!self.genuine);
                return (self.noise(), Expect::Either, Content::Noise);
            };
            let envelope = if recipient.public_key().can_encrypt() {
                seal(&data, recipient, algorithms, &self.crypto, &mut self.rng).unwrap()
            } else {
                self.under_challenge(&data)
            };
            message.with_envelope(envelope)
        };
        let message = message.build(signer, SignatureAlgorithm::RSA_PKCS1_SHA256, &self.crypto).unwrap();
        let bad = Signature::new(vec![BAD_SIGNATURE]);
        let message = message.attach(if flaws.has(Flaws::SIGNATURE) { bad } else { fake::signature() });
        let mut reply = HttpResponse::ok(MediaType::PkiMessage, message.into_bytes());
        if flaws.has(Flaws::NOISE) {
            damage(self.input, &mut reply.body);
            return (reply, Expect::Either, Content::Noise);
        }

        let envelope_wrong = flaws.has(Flaws::NO_ENVELOPE) || flaws.has(Flaws::RECIPIENT);
        let known = status.is_some_and(|status| status.known().is_some());
        let lookup = matches!(self.aim, Aim::GetCert | Aim::GetCrl);
        let refused = flaws.fatal()
            || !known
            || (status == Some(PkiStatus::SUCCESS) && envelope_wrong)
            || (status == Some(PkiStatus::PENDING) && lookup);
        (reply, if refused { Expect::Refused } else { Expect::Accepted }, content)
    }

    fn under_challenge(&mut self, data: &[u8]) -> Vec<u8> {
        let password = Secret::from(CHALLENGE);
        let key = PasswordKey::derive(&password, PasswordProfile::DEFAULT, &mut self.rng, &self.crypto).unwrap();
        EnvelopedDataBuilder::new(data, CipherAlgorithm::AES128_CBC)
            .add_password_recipient(&key)
            .build(&mut self.rng, &self.crypto)
            .unwrap()
    }

    fn status(&mut self) -> Option<PkiStatus> {
        match octet(self.input) % 5 {
            0 => Some(PkiStatus::SUCCESS),
            1 => Some(PkiStatus::PENDING),
            2 => Some(PkiStatus::FAILURE),
            3 => Some(PkiStatus::new(u32::from(octet(self.input)))),
            _ => None,
        }
    }

    fn content(&mut self) -> Content {
        match octet(self.input) % 7 {
            0 => Content::Leaf,
            1 => Content::LeafAmongOthers,
            2 => Content::OtherLeaf,
            3 => Content::Nothing,
            4 => Content::BadSignature,
            5 => Content::Current,
            _ => Content::Noise,
        }
    }

    fn attributes(&mut self, asked: &Verified, flaws: Flaws, status: Option<PkiStatus>) -> Attributes {
        let wanted = asked.attributes();
        let id = match flaws.has(Flaws::TRANSACTION) {
            false => wanted.transaction_id.clone(),
            true => TransactionId::from_text("another").unwrap(),
        };
        let nonce = match flaws.has(Flaws::NONCE) {
            false => wanted.sender_nonce.clone(),
            true => Some(octet(self.input))
                .filter(|octet| *octet != 0)
                .map(|octet| Nonce::from_bytes(&[octet; 16]).unwrap()),
        };
        let fresh = Nonce::generate(&mut self.rng).unwrap();
        let mut attributes = Attributes::reply(id, nonce, PkiStatus::SUCCESS, fresh);
        attributes.pki_status = status;
        if flaws.has(Flaws::TYPE) {
            attributes.message_type = MessageType::new(u32::from(octet(self.input).max(4)));
        }
        if status == Some(PkiStatus::FAILURE) {
            attributes.fail_info = Some(FailInfo::new(u32::from(octet(self.input))));
            attributes.fail_info_text = Some(FailInfoText::new("no"));
        }
        attributes
    }

    fn message_data(&mut self, content: Content) -> Vec<u8> {
        if self.aim == Aim::GetCrl {
            return self.crls(content);
        }
        let (leaf, other) = (self.leaf().clone(), self.world.other_leaf.clone());
        let certificates = match content {
            Content::Leaf => vec![leaf],
            Content::LeafAmongOthers => vec![self.world.ca.clone(), other, leaf],
            Content::OtherLeaf => vec![other, self.world.ca.clone()],
            Content::Nothing => vec![],
            Content::Current => vec![self.world.current.clone()],
            Content::BadSignature => {
                let mut der = leaf.as_der().to_vec();
                let length = fake::signature().as_bytes().len();
                let first = der.len() - length;
                der[first] = BAD_SIGNATURE;
                vec![Certificate::from_der(&der).unwrap()]
            }
            Content::Noise => return bytes(self.input),
        };
        certs_only(certificates.iter().map(Certificate::as_der), [])
    }

    fn crls(&mut self, content: Content) -> Vec<u8> {
        let [crl, other] = &self.world.crls;
        let crls = match content {
            Content::Leaf | Content::LeafAmongOthers => vec![crl.clone()],
            Content::OtherLeaf => vec![other.clone()],
            Content::Nothing => vec![],
            Content::Current => vec![crl.clone(), other.clone()],
            Content::BadSignature => {
                let mut der = crl.as_der().to_vec();
                let length = fake::signature().as_bytes().len();
                let first = der.len() - length;
                der[first] = BAD_SIGNATURE;
                vec![Crl::from_der(&der).unwrap()]
            }
            Content::Noise => return bytes(self.input),
        };
        let beside = (content == Content::LeafAmongOthers).then_some(self.world.ca.as_der());
        certs_only(beside, crls.iter().map(Crl::as_der))
    }

    /// The certificate that is asked for.
    const fn leaf(&self) -> &'static Certificate {
        if self.separate { &self.world.ec_leaf } else { &self.world.leaf }
    }

    /// Opens the reply. `None` if it was not worth it: then another reply may come.
    fn open(&mut self, open: &Open, content: Content) -> Option<Step> {
        let opened = match (open.needs(), open.wrapped_key()) {
            (OpenWith::Key(role), Some(wrapped)) => {
                let key = self.key_for(role);
                assert!(open.open_with(&Broken(key), &mut self.rng).is_err());
                assert!(open.attach(&ContentKey::new(vec![0; wrapped.key_length() + 1])).is_err());
                assert!(open.open_with_challenge(&Secret::from(CHALLENGE), &mut self.rng).is_err());
                open.open_with(key, &mut self.rng)
            }
            (needs, wrapped) => {
                assert_eq!((needs, wrapped), (OpenWith::Challenge, None));
                assert!(self.aim == Aim::UnderChallenge && open.open_with(self.key, &mut self.rng).is_err());
                open.open_with_challenge(&Secret::from(CHALLENGE), &mut self.rng)
            }
        };
        let good = matches!(content, Content::Leaf | Content::LeafAmongOthers);
        match (opened, content) {
            (Ok(Step::Found(found)), _) => {
                match &found {
                    Found::Certificate { certificate, .. } => {
                        assert!(self.aim == Aim::GetCert && IssuerAndSerial::of(self.leaf()).names(certificate));
                    }
                    Found::Crl { crl, .. } => {
                        assert!(self.aim == Aim::GetCrl && crl.issuer().matches(self.leaf().issuer()));
                    }
                    other => panic!("{other:?}"),
                }
                Some(Step::Found(found))
            }
            (Ok(Step::Rejected(rejected)), _) => {
                assert_eq!(rejected.reason(), &RejectReason::SameCertificate);
                assert!(self.aim == Aim::Renewal && !good);
                Some(Step::Rejected(rejected))
            }
            (Ok(Step::Issued(issued)), _) => {
                // The one promise that no peer may break.
                assert!(issued.certificate().public_key() == self.key.public().as_ref());
                assert_eq!(issued.chain().first(), Some(issued.certificate()));
                assert!(!matches!(content, Content::OtherLeaf | Content::Nothing));
                assert!(self.aim != Aim::Renewal || issued.certificate() != &self.world.current);
                if good {
                    assert_eq!(issued.certificate(), self.leaf());
                }
                Some(Step::Issued(issued))
            }
            (Ok(step), _) => panic!("{step:?}"),
            (Err(error), Content::Leaf | Content::LeafAmongOthers) => panic!("{error}"),
            (Err(error), _) => {
                assert!(!error.to_string().is_empty());
                None
            }
        }
    }

    fn wait(&mut self, wait: &Wait) -> Option<Step> {
        assert!(wait.until() >= self.now);
        let record = wait.record();
        let again = PendingRecord::from_der(&record.to_der()).unwrap();
        assert_eq!(again, record);
        assert_eq!(record.public_key(), self.key.public());
        self.now = wait.until();
        match octet(self.input) % 3 {
            0 => wait.poll(&mut self.rng).ok(),
            1 => wait.poll(&mut Broken(self.key)).or_else(|_| wait.poll(&mut self.rng)).ok(),
            _ => match again.resume(Arc::clone(&self.config), self.now) {
                Ok(resumed) => {
                    assert_eq!(resumed.until(), wait.until());
                    resumed.poll(&mut self.rng).ok()
                }
                Err(error) => {
                    assert!(!self.genuine, "{error}");
                    None
                }
            },
        }
    }

    /// Anything.
    fn noise(&mut self) -> HttpResponse {
        let status = if octet(self.input) & 1 == 0 { 200 } else { 100 + u16::from(octet(self.input)) * 2 };
        let content_type = match octet(self.input) % 4 {
            0 => MediaType::PkiMessage.as_str(),
            1 => MediaType::X509CaCert.as_str(),
            2 => MediaType::X509CaRaCert.as_str(),
            _ => "text/html; charset=utf-8",
        };
        HttpResponse::new(status, content_type, bytes(self.input))
    }
}

/// What is wrong with a reply, as bits.
#[derive(Clone, Copy)]
struct Flaws(u8);

impl Flaws {
    const NONCE: u8 = 1;
    const TRANSACTION: u8 = 2;
    const TYPE: u8 = 4;
    const SIGNER: u8 = 8;
    const RECIPIENT: u8 = 16;
    const NO_ENVELOPE: u8 = 32;
    const SIGNATURE: u8 = 64;
    const NOISE: u8 = 128;

    const fn has(self, flaw: u8) -> bool {
        self.0 & flaw != 0
    }

    /// Whether no reply with it may be believed, whatever it says.
    const fn fatal(self) -> bool {
        self.0 & (Self::NONCE | Self::TRANSACTION | Self::TYPE | Self::SIGNER | Self::SIGNATURE) != 0
    }
}

/// Our own request, read as a server reads it.
fn request_of(message: &[u8], crypto: &CryptoProvider) -> Verified {
    let verified = Received::decode(message, Limits::DEFAULT).unwrap().verify(crypto).unwrap();
    let attributes = verified.attributes();
    assert!(attributes.message_type.known().is_some() && attributes.message_type != MessageType::CERT_REP);
    assert!(attributes.sender_nonce.as_ref().is_some_and(|nonce| !nonce.was_odd_length()));
    verified
}

/// Changes some octets.
pub(super) fn damage(input: &mut Unstructured<'_>, message: &mut [u8]) {
    for _ in 0..octet(input) % 4 {
        let place = usize::from(u16::from_le_bytes([octet(input), octet(input)])) % message.len();
        message[place] = octet(input);
    }
}

/// The next octet; 0 past the end.
pub(super) fn octet(input: &mut Unstructured<'_>) -> u8 {
    input.arbitrary().unwrap_or_default()
}

/// Some octets: as many as the first two say, or as are left.
pub(super) fn bytes(input: &mut Unstructured<'_>) -> Vec<u8> {
    let length = usize::from(u16::from_le_bytes([octet(input), octet(input)])).min(input.len());
    input.bytes(length).unwrap_or_default().to_vec()
}

const CHALLENGE: &str = "secret";
/// Replies that lead nowhere in one run, before all are right.
const MOST_REFUSED: u32 = 6;
