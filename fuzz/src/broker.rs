//! The challenge broker: a device, its service and a CA, of whom the first two don't hear each other right all the time.

use std::{
    mem::discriminant,
    sync::{Arc, Mutex, OnceLock},
};

use mdm_proto::{
    broker::{
        Blinding, BlindingAttribute, BlindingKey, DigestSigner, SigningBudget, SigningLimits,
        device::{self, DeviceConfig, Rejected, Submission},
        service::{self, AttemptLimits, AttemptRecord, BlindRecord, Broker, Entitlement, Incoming, Outcome},
    },
    csr_policy::{Expectation, ExpectedKey},
    profile::{KeyAlgorithm, ProfileId},
};
use pki_core::{
    Certificate, CertificateBuilder, Csr, CsrBuilder, Limits, Profile, PublicKey, Secret, SerialNumber, UnixTime,
    Validity,
    algorithm::{KeyTransportAlgorithm, SignatureAlgorithm},
    cms::certs_only,
    crypto::{CryptoProvider, Decrypter as _, DigestValue, SecureRandom, SignFailed, Signature, Signer},
    der::{Reader, Tag},
};
use scep::{
    Capabilities, HttpRequest, HttpResponse, Nonce, PkiStatus,
    client::{Authority, ClientConfig, Fingerprint},
    http::{MediaType, Request},
    message::{
        Attributes, EnvelopeAlgorithms, IssuerAndSubject, MessageData, Opened, PkiMessageBuilder, Received, Verified,
        seal,
    },
    server::Names,
};

use super::{
    fake::{self, Counter, Key},
    fixture::{NOW, name},
    operations::Operations,
};

/// The first octet says what the rest is: operations, with settings; a message to a device or to a service, at every point of an
/// enrolment; a record.
///
/// Nothing but the certificate that the CA made for the device's key is ever installed, a key signs one digest, and attributes that
/// are this device's own. A CSR gets to the CA only as the device signed it. Nothing that the service says has the challenge in
/// it. What is altered is refused or leads nowhere, a refusal can be read, and right messages lead to the end.
pub fn broker(data: &[u8]) {
    let mut operations = Operations::new(data);
    match operations.octet() {
        0xff => record(operations.rest()),
        0xc0.. => recorded().iter().for_each(|run| run.to_device(data.get(1..).unwrap_or_default())),
        0x80.. => recorded().iter().for_each(|run| run.to_service(data.get(1..).unwrap_or_default())),
        settings => dialogue(Settings(settings), &mut operations),
    }
}

fn dialogue(settings: Settings, operations: &mut Operations<'_>) {
    let mut run = Run::new(settings, 0);
    for turn in 0..MOST_TURNS {
        if operations.is_empty() {
            break;
        }
        if run.turn(operations) {
            run = Run::new(settings, turn + 1);
        }
    }
    // Whatever came before, with another key: one digest is all that the first may sign.
    let mut run = Run::new(settings, u8::MAX);
    assert!((0..TURNS).any(|_| run.turn(&mut Operations::new(&[]))), "{:?}", run.step);
}

/// What holds for a whole run, as bits. Two of them count how often the CA asks for patience.
#[derive(Clone, Copy, Debug)]
struct Settings(u8);

impl Settings {
    const BY_DEVICE: u8 = 1;
    const DERIVED: u8 = 2;
    const UNSTRUCTURED_NAME: u8 = 4;
    /// The service hears what was altered; else the device does.
    const SERVICE_MISLED: u8 = 8;
    const REFUSED: u8 = 64;

    const fn has(self, setting: u8) -> bool {
        self.0 & setting != 0
    }

    const fn polls(self) -> u8 {
        self.0 >> 4 & 3
    }
}

/// A device in the middle of an enrolment, and whom it talks to.
#[derive(Debug)]
struct Run {
    settings: Settings,
    key: SigningKey,
    config: Arc<DeviceConfig>,
    budget: SigningBudget,
    step: device::Step,
    service: Service,
    rng: Counter,
    now: UnixTime,
    /// Whether the device went on with what the service did not say.
    misled: bool,
    /// What was said, for it to be said again.
    to_device: Vec<Vec<u8>>,
    to_service: Vec<Vec<u8>>,
}

/// The service, and the CA behind it.
#[derive(Clone, Debug)]
struct Service {
    settings: Settings,
    broker: Arc<Broker>,
    entitlement: Arc<Entitlement>,
    blind: Option<Vec<u8>>,
    step: Option<service::Step>,
    /// What the CA made.
    issued: Option<Certificate>,
    polls: u8,
    rng: Counter,
    now: UnixTime,
}

impl Run {
    fn new(settings: Settings, number: u8) -> Self {
        let key = SigningKey::new(number);
        let pin = Fingerprint::of(&Authorities::shared().ca, &CRYPTO).unwrap();
        let submission = if settings.has(Settings::BY_DEVICE) { Submission::ByDevice } else { Submission::ByService };
        let config = Arc::new(DeviceConfig::new(profile(), pin.clone(), CRYPTO).with_submission(submission));
        let mut rng = Counter(u64::from(number));
        let csr = CsrBuilder::new(name("Device"), key.public_key().clone()).build(ALGORITHM).unwrap();
        let csr = csr.sign_with(&key, &mut rng).unwrap();
        let transport = device::transport_certificate(&name("Device"), key.public_key(), ALGORITHM, NOW, &mut rng);
        let transport = transport.unwrap().sign_with(&key, &mut rng).unwrap();
        let step = device::Step::start(Arc::clone(&config), csr, transport, NOW, &mut rng).unwrap();
        Self {
            settings,
            budget: SigningBudget::new(key.public_key().as_ref(), SigningLimits::DEFAULT),
            key,
            config,
            step,
            service: Service::new(settings, pin),
            rng,
            now: NOW,
            misled: false,
            to_device: Vec::new(),
            to_service: Vec::new(),
        }
    }

    /// One step of the device. Whether it was the last.
    fn turn(&mut self, operations: &mut Operations<'_>) -> bool {
        let next = match self.step.clone() {
            device::Step::Send(send) => self.exchange(&send, operations),
            device::Step::SignDigest(sign) => {
                let step = sign.sign_with(&mut self.budget, &self.key, &mut self.rng);
                let again = sign.sign_with(&mut self.budget, &self.key, &mut self.rng);
                assert!(again.is_ok() && self.key.digests.lock().unwrap().len() == 1);
                step
            }
            device::Step::SignAttributes(sign) => {
                let bytes = sign.bytes(&mut self.budget).unwrap();
                let mut attributes = Reader::new(bytes).nested(Tag::SET).unwrap();
                let own = (0..5).all(|_| attributes.any().is_ok());
                assert!(own && attributes.is_empty());
                sign.sign_with(&mut self.budget, &self.key, &mut self.rng)
            }
            device::Step::Submit(submit) => {
                let right = self.service.ask_ca(submit.request());
                if !self.settings.has(Settings::SERVICE_MISLED) {
                    let mut altered = right.clone();
                    altered.body = operations.alter(&right.body, &self.to_device, REFUSAL);
                    // Not all of a SignedData is signed, but all that counts.
                    if let (Ok(step), Ok(right)) = (submit.finish(&altered, self.now), submit.finish(&right, self.now))
                    {
                        assert_eq!(discriminant(&step), discriminant(&right), "nobody has signed this");
                    }
                }
                submit.finish(&right, self.now)
            }
            device::Step::Open(open) => open.open_with(&mut self.budget, &self.key.key, &mut self.rng),
            device::Step::Wait(wait) => self.wait(&wait, operations),
            end => {
                self.end(&end);
                return true;
            }
        };
        match next {
            Ok(step) => {
                self.step = step;
                false
            }
            Err(error) => {
                assert!(self.misled, "{error}");
                true
            }
        }
    }

    /// What the device says, what the service makes of it, and what the device hears.
    fn exchange(
        &mut self,
        send: &device::Send,
        operations: &mut Operations<'_>,
    ) -> Result<device::Step, device::Error> {
        let said = send.message().to_vec();
        if self.settings.has(Settings::SERVICE_MISLED) {
            let altered = operations.alter(&said, &self.to_service, REFUSAL);
            if altered != said {
                let _taken = self.service.try_on(&altered, send);
            }
        }
        let right = self.service.answer(&said);
        self.to_service.push(said);
        if !self.settings.has(Settings::SERVICE_MISLED) {
            let heard = operations.alter(&right, &self.to_device, REFUSAL);
            if heard != right
                && let Ok(step) = send.finish(&heard, self.now)
            {
                assert!(!matches!(step, device::Step::Issued(_) | device::Step::Send(_) | device::Step::Submit(_)));
                if operations.seldom() {
                    self.misled = true;
                    return Ok(step);
                }
            }
        }
        self.to_device.push(right.clone());
        send.finish(&right, self.now)
    }

    fn wait(&mut self, wait: &device::Wait, operations: &mut Operations<'_>) -> Result<device::Step, device::Error> {
        assert!(wait.until() > self.now);
        self.now = wait.until();
        self.service.now = self.now;
        let record = wait.record();
        assert_eq!(device::PendingRecord::from_der(&record.to_der()).as_ref(), Ok(&record));
        if operations.seldom() {
            let resumed = record.resume(Arc::clone(&self.config), self.now).unwrap();
            assert_eq!(resumed.record(), record);
            return resumed.poll(&mut self.rng);
        }
        wait.poll(&mut self.rng)
    }

    fn end(&mut self, end: &device::Step) {
        match end {
            device::Step::Issued(issued) => {
                assert_eq!(Some(issued.certificate()), self.service.issued.as_ref());
                assert!(issued.certificate().public_key() == self.key.public_key().as_ref() && !self.budget.is_open());
                let report = self.service.broker.receive(issued.message()).unwrap();
                if let (Some(service::Step::Relayed(relayed)), Incoming::Further(further)) =
                    (&self.service.step, &report)
                {
                    let confirmed = relayed.confirm(further, self.now);
                    assert_eq!(confirmed.as_ref().ok(), self.service.issued.as_ref());
                }
                assert!(!self.settings.has(Settings::REFUSED));
            }
            device::Step::Rejected(Rejected::ByCa { .. }) => {
                assert!(self.misled || self.settings.has(Settings::REFUSED));
            }
            device::Step::Rejected(_) => assert!(self.misled, "{end:?} in a right run"),
            other => panic!("{other:?}"),
        }
    }
}

impl Service {
    fn new(settings: Settings, pin: Fingerprint) -> Self {
        let blinding = if settings.has(Settings::DERIVED) {
            Blinding::Derived(BlindingKey::new(Secret::new(vec![9; 32])).unwrap())
        } else {
            Blinding::Fresh
        };
        let broker = Broker::new(CRYPTO, blinding);
        let broker = match settings.has(Settings::UNSTRUCTURED_NAME) {
            false => broker,
            true => broker.with_blinding_attribute(BlindingAttribute::UnstructuredName),
        };
        let expected = ExpectedKey::Algorithm(KeyAlgorithm::Rsa { bits: 1024 });
        let expectation = Expectation::new(Names::new(name("Device")), expected);
        Self {
            settings,
            broker: Arc::new(broker),
            entitlement: Arc::new(Entitlement::new(profile(), expectation, Secret::from(CHALLENGE), pin)),
            blind: None,
            step: None,
            issued: None,
            polls: settings.polls(),
            rng: Counter(5),
            now: NOW,
        }
    }

    /// The answer to a message, which may be a refusal.
    fn answer(&mut self, message: &[u8]) -> Vec<u8> {
        let answer = self.serve(message).unwrap_or_else(|error| error.refusal());
        // The fake envelope that goes by way of the device hides nothing.
        if !self.settings.has(Settings::BY_DEVICE) {
            assert!(!answer.windows(CHALLENGE.len()).any(|window| window == CHALLENGE.as_bytes()));
        }
        answer
    }

    /// Hears what the device did not say, and forgets it: whether it was taken. A refusal says why.
    fn try_on(&self, message: &[u8], send: &device::Send) -> bool {
        let Err(error) = self.clone().serve(message) else { return true };
        match send.finish(&error.refusal(), self.now) {
            Ok(device::Step::Rejected(Rejected::ByService(reason))) => assert_eq!(reason, error.reason()),
            other => panic!("{other:?}"),
        }
        false
    }

    fn serve(&mut self, message: &[u8]) -> Result<Vec<u8>, service::Error> {
        let admitted = || Ok::<_, service::Error>(service::admit(None, None, AttemptLimits::DEFAULT, NOW)?.stored());
        match self.broker.receive(message)? {
            Incoming::Request(request) => {
                let (entitlement, rng) = (&self.entitlement, &mut self.rng);
                let prepared = self.broker.prepare(&request, entitlement, admitted()?, self.now, rng)?;
                self.blind = prepared.record().map(|record| record.to_der().expose().to_vec());
                Ok(prepared.message().to_vec())
            }
            Incoming::SignedDigest(signed) => {
                let record = self.blind.as_ref().map(|der| BlindRecord::from_der(der).unwrap());
                let (entitlement, record) = (&self.entitlement, record.as_ref());
                let completed = self.broker.complete(&signed, entitlement, record, admitted()?, self.now)?;
                if self.settings.has(Settings::BY_DEVICE) {
                    let Authorities { ca, ra, .. } = Authorities::shared();
                    let authority = Authority::new(&[ca.clone(), ra.clone()], &CRYPTO, self.now).unwrap();
                    let (capabilities, rng) = (Capabilities::of(&CRYPTO), &mut self.rng);
                    let transport = KeyTransportAlgorithm::RsaPkcs1;
                    return completed.seal_for_submission_by_device(&authority, &capabilities, transport, rng);
                }
                let step = completed.submit(ClientConfig::new(CRYPTO))?;
                self.with_ca(step)
            }
            Incoming::Further(further) => {
                let step = match &self.step {
                    Some(service::Step::Attributes(attributes)) => {
                        let record = attributes.record();
                        assert_eq!(scep::client::SignRecord::from_der(&record.to_der()).as_ref(), Ok(record));
                        attributes.answer(&further, &mut self.rng)?
                    }
                    Some(service::Step::Pending(pending)) => {
                        let record = pending.record();
                        assert_eq!(scep::client::PendingRecord::from_der(&record.to_der()).as_ref(), Ok(&record));
                        pending.poll(&further, &mut self.rng)?
                    }
                    Some(service::Step::Relayed(relayed)) => {
                        let certificate = relayed.confirm(&further, self.now)?;
                        assert!(relayed.outcome() == Outcome::Granted && self.issued == Some(certificate));
                        return Err(service::Error::Unexpected);
                    }
                    _ => return Err(service::Error::Transaction),
                };
                self.with_ca(step)
            }
            incoming => panic!("{incoming:?}"),
        }
    }

    /// With the CA, until there is something for the device.
    fn with_ca(&mut self, mut step: service::Step) -> Result<Vec<u8>, service::Error> {
        while let service::Step::Exchange(exchange) = &step {
            let reply = self.ask_ca(exchange.request());
            step = exchange.finish(&reply, self.now, &mut self.rng)?;
        }
        let message = match &step {
            service::Step::Attributes(attributes) => attributes.message(),
            service::Step::Pending(pending) => pending.message().unwrap(),
            service::Step::Relayed(relayed) => relayed.message(),
            other => panic!("{other:?}"),
        };
        let message = message.to_vec();
        self.step = Some(step);
        Ok(message)
    }

    fn ask_ca(&mut self, request: &HttpRequest) -> HttpResponse {
        let Authorities { ca, ra, .. } = Authorities::shared();
        match request.parse(&Limits::DEFAULT).unwrap() {
            Request::PkiOperation { message } => HttpResponse::ok(MediaType::PkiMessage, self.cert_rep(&message)),
            Request::GetCaCaps { .. } => {
                HttpResponse::ok(MediaType::TextPlain, Capabilities::of(&CRYPTO).encode().as_bytes())
            }
            _ => HttpResponse::ok(MediaType::X509CaRaCert, certs_only([ca.as_der(), ra.as_der()], [])),
        }
    }

    /// The CA: what comes to it is signed by the device, and so is the CSR, in which the challenge is.
    fn cert_rep(&mut self, message: &[u8]) -> Vec<u8> {
        let Authorities { ca, ra, ra_key, .. } = Authorities::shared();
        let asked = Received::decode(message, Limits::DEFAULT).unwrap().verify(&CRYPTO).unwrap();
        let status = self.decide(&asked);
        let Attributes { transaction_id, sender_nonce, .. } = asked.attributes().clone();
        let nonce = Nonce::generate(&mut self.rng).unwrap();
        let mut builder = PkiMessageBuilder::new(Attributes::reply(transaction_id, sender_nonce, status, nonce));
        if let (PkiStatus::SUCCESS, Some(certificate)) = (status, &self.issued) {
            let bundle = certs_only([certificate.as_der(), ca.as_der()], []);
            let algorithms = EnvelopeAlgorithms::MANDATORY;
            builder = builder.with_envelope(seal(&bundle, asked.signer(), algorithms, &CRYPTO, &mut self.rng).unwrap());
        }
        let message = builder.add_certificate(ra).build(ra, ALGORITHM, &CRYPTO).unwrap();
        message.sign_with(ra_key, &mut self.rng).unwrap().into_bytes()
    }

    fn decide(&mut self, asked: &Verified) -> PkiStatus {
        let opened = open(asked);
        match opened.as_ref().map(Opened::data) {
            Some(MessageData::Csr(csr)) if csr.verify(&CRYPTO).is_ok() => self.issue(csr),
            Some(MessageData::IssuerAndSubject(names)) => {
                assert_eq!(IssuerAndSubject::from_der(&names.to_der()).as_ref(), Ok(names));
            }
            _ => return PkiStatus::FAILURE,
        }
        if self.settings.has(Settings::REFUSED) {
            return PkiStatus::FAILURE;
        }
        match self.polls.checked_sub(1) {
            Some(polls) => {
                self.polls = polls;
                PkiStatus::PENDING
            }
            None => PkiStatus::SUCCESS,
        }
    }

    fn issue(&mut self, csr: &Csr) {
        assert!(csr.challenge_password().unwrap().unwrap().matches(CHALLENGE.as_bytes()));
        assert!(csr.oddities().next().is_none() && csr.attributes().count() == 2);
        let Authorities { ca_key, .. } = Authorities::shared();
        let key = csr.public_key().to_owned();
        self.issued = Some(certificate(7, "Device", &key, &Profile::DEVICE_CLIENT, ca_key));
    }
}

/// What is in a message to the RA.
fn open(asked: &Verified) -> Option<Opened> {
    let Authorities { ra, ra_key, .. } = Authorities::shared();
    let wrapped = asked.wrapped_key(ra, &CRYPTO).ok()?;
    asked.open(&ra_key.key.unwrap_key(&wrapped, &mut Counter(0)).ok()?, &CRYPTO).ok()
}

/// A run without a flaw: what was said in it, and where everybody was when it was said.
pub struct Recording {
    sends: Vec<device::Send>,
    services: Vec<Service>,
    /// What the service said, and what the device said.
    pub to_device: Vec<Vec<u8>>,
    pub to_service: Vec<Vec<u8>>,
    /// What either keeps.
    pub records: Vec<Vec<u8>>,
}

/// Runs with submission by the service and by the device, in which the CA asks for patience once.
pub fn recorded() -> &'static [Recording] {
    static RECORDED: OnceLock<Vec<Recording>> = OnceLock::new();
    RECORDED.get_or_init(|| [0x10, 0x10 | Settings::BY_DEVICE].map(|bits| Recording::new(Settings(bits))).into())
}

impl Recording {
    fn new(settings: Settings) -> Self {
        let mut run = Run::new(settings, 0);
        let (mut sends, mut services, mut records) = (Vec::new(), vec![run.service.clone()], Vec::new());
        loop {
            match &run.step {
                device::Step::Send(send) => sends.push(send.clone()),
                device::Step::Wait(wait) => records.push(wait.record().to_der()),
                device::Step::Issued(issued) => {
                    run.to_service.push(issued.message().to_vec());
                    break;
                }
                _ => {}
            }
            assert!(!run.turn(&mut Operations::new(&[])));
            records.extend(run.service.blind.clone());
            services.push(run.service.clone());
        }
        records.push(run.budget.to_der());
        let admission = service::admit(None, None, AttemptLimits::DEFAULT, NOW).unwrap();
        records.push(admission.device().to_der());
        records.sort();
        records.dedup();
        let (to_device, to_service) = (run.to_device, run.to_service);
        Self { sends, services, to_device, to_service, records }
    }

    fn to_device(&self, message: &[u8]) {
        for (send, right) in self.sends.iter().zip(&self.to_device) {
            match send.finish(message, NOW) {
                Ok(step) => assert!(!matches!(step, device::Step::Issued(_) | device::Step::Send(_))),
                Err(error) => assert!(right != message, "{error}"),
            }
        }
    }

    fn to_service(&self, message: &[u8]) {
        let taken = self.services.iter().filter(|service| service.try_on(message, &self.sends[0])).count();
        // The report of the end has no answer.
        let (_report, others) = self.to_service.split_last().unwrap();
        assert!(taken > 0 || !others.iter().any(|said| said == message));
    }
}

/// A record of either: what is read is written as it was, and can be worked with.
fn record(der: &[u8]) {
    let mut kinds = 0;
    if let Ok(record) = device::PendingRecord::from_der(der) {
        kinds += 1;
        assert_eq!(record.to_der(), der);
        for run in [Settings(0), Settings(Settings::BY_DEVICE)].map(|settings| Run::new(settings, 0)) {
            let Ok(wait) = record.resume(run.config, NOW) else { continue };
            assert_eq!(wait.until(), record.until());
            let _ = wait.poll(&mut Counter(1));
        }
    }
    if let Ok(record) = BlindRecord::from_der(der) {
        kinds += 1;
        assert_eq!(record.to_der().expose(), der);
    }
    if let Ok(record) = AttemptRecord::from_der(der) {
        kinds += 1;
        assert_eq!(record.to_der(), der);
        if let Ok(admission) = service::admit(Some(&record), None, AttemptLimits::DEFAULT, NOW) {
            assert!(admission.device().attempts() <= AttemptLimits::DEFAULT.per_device);
        }
    }
    if let Ok(budget) = SigningBudget::from_der(der) {
        kinds += 1;
        assert_eq!(budget.to_der(), der);
    }
    let is_ours = recorded().iter().any(|run| run.records.iter().any(|record| record == der));
    assert!(kinds <= 1 && (kinds == 1 || !is_ours));
}

/// A CA with a registration authority, whose signatures are [`fake::DIGESTED`].
#[derive(Debug)]
struct Authorities {
    ca_key: SigningKey,
    ca: Certificate,
    ra_key: SigningKey,
    ra: Certificate,
}

impl Authorities {
    fn shared() -> &'static Self {
        static AUTHORITIES: OnceLock<Authorities> = OnceLock::new();
        AUTHORITIES.get_or_init(|| {
            let (ca_key, ra_key) = (SigningKey::new(1), SigningKey::new(2));
            let ca = certificate(1, "CA", ca_key.public_key(), &Profile::ROOT_CA.answering_scep(), &ca_key);
            let ra = certificate(2, "RA", ra_key.public_key(), &Profile::RA, &ca_key);
            Self { ca_key, ca, ra_key, ra }
        })
    }
}

/// A certificate by the CA.
fn certificate(serial: u8, subject: &str, key: &PublicKey, profile: &Profile, ca_key: &SigningKey) -> Certificate {
    let year = std::time::Duration::from_secs(365 * 86_400);
    CertificateBuilder::new(
        SerialNumber::from_bytes(&[serial]).unwrap(),
        name("CA"),
        name(subject),
        Validity::new(NOW.minus(year), NOW.plus(year)),
        key.clone(),
    )
    .with_profile(profile)
    .with_subject_key_identifier(&CRYPTO)
    .build(ALGORITHM)
    .unwrap()
    .sign_with(ca_key, &mut Counter(0))
    .unwrap()
}

/// A key that looks at what it signs.
#[derive(Debug)]
struct SigningKey {
    key: Key,
    /// What it has signed of which it can't know what it is.
    digests: Mutex<Vec<DigestValue>>,
}

impl SigningKey {
    fn new(number: u8) -> Self {
        Self { key: Key::rsa(number), digests: Mutex::new(Vec::new()) }
    }
}

impl Signer for SigningKey {
    fn public_key(&self) -> &PublicKey {
        self.key.public()
    }

    fn algorithms(&self) -> &[SignatureAlgorithm] {
        Signer::algorithms(&self.key)
    }

    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        rng: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed> {
        self.key.sign(algorithm, message, rng)?;
        let digest = CRYPTO.digest(algorithm.digest().ok_or(SignFailed)?.oid()).ok_or(SignFailed)?;
        Ok(fake::sign_digest(self.public_key().as_ref(), digest.digest(&[message]).as_bytes()))
    }
}

impl DigestSigner for SigningKey {
    fn sign_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &DigestValue,
        _rng: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed> {
        assert_eq!(algorithm, ALGORITHM);
        let mut digests = self.digests.lock().unwrap();
        digests.push(*digest);
        digests.dedup();
        Ok(fake::sign_digest(self.public_key().as_ref(), digest.as_bytes()))
    }
}

fn profile() -> ProfileId {
    ProfileId::new("wifi").unwrap()
}

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::RSA_PKCS1_SHA256;
const CHALLENGE: &str = "challenge-4711";
const CRYPTO: CryptoProvider = fake::DIGESTED;
/// A message of the service that wants no more.
const REFUSAL: &[u8] = b"\x30\x08\x02\x01\x01\xac\x03\x02\x01\x03";
/// Of the device, until it is sure to be at the end.
const TURNS: u8 = 24;
const MOST_TURNS: u8 = 48;
