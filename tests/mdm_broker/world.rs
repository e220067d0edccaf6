//! [`World`]: a device, a service, and a CA that knows of neither's arrangement.

use std::sync::Arc;

use conformance::Clock;
use pki_core::{PublicKey, UnixTime, algorithm::KeyTransportAlgorithm};
use scep::{
    HttpRequest, HttpResponse,
    client::{Authority, Call, ClientConfig, PendingRecord, SignRecord},
};
use service::{AttemptLimits, AttemptRecord, BlindRecord, Further};

use super::*;

/// All three, and every octet that went between the first two.
pub struct World {
    pub server: TestServer,
    pub clock: Clock,
    pub rng: TestRandom,
    pub key: &'static PrivateKey,
    pub transport_key: &'static PrivateKey,
    pub budget: SigningBudget,
    pub config: Arc<DeviceConfig>,
    pub broker: Broker,
    pub entitlement: Entitlement,
    pub client: ClientConfig,
    pub limits: AttemptLimits,
    /// What the service keeps.
    pub attempts: (Option<AttemptRecord>, Option<AttemptRecord>),
    pub blind: Option<Vec<u8>>,
    pub step: Option<service::Step>,
    /// What the device was sent.
    pub to_device: Vec<Vec<u8>>,
    /// What the device sent.
    pub to_service: Vec<Vec<u8>>,
    /// What the CA was sent.
    pub to_ca: Vec<HttpRequest>,
    /// Why the service refused.
    pub refusals: Vec<service::Error>,
    /// How it ended for the service, and the certificate that it was told of.
    pub outcome: Option<Outcome>,
    pub confirmed: Option<Certificate>,
}

pub fn expectation(key: &PrivateKey) -> Expectation {
    use mdm_proto::profile::Curve;
    let algorithm = match Signer::public_key(key).kind() {
        pki_core::KeyKind::Rsa { bits } => KeyAlgorithm::Rsa { bits: bits.try_into().expect("few bits") },
        _ => KeyAlgorithm::Ec(Curve::P256),
    };
    Expectation::new(Names::new(name("device")), ExpectedKey::Algorithm(algorithm))
}

pub fn public(key: &PrivateKey) -> &PublicKey {
    Signer::public_key(key)
}

pub fn algorithm(key: &PrivateKey) -> SignatureAlgorithm {
    SignatureAlgorithm::for_key(public(key).as_ref(), DigestAlgorithm::SHA256).expect("an algorithm")
}

/// A CSR of the device, without challenge.
pub fn csr(key: &PrivateKey) -> Csr {
    fixtures::sign_csr(&CsrBuilder::new(name("device"), public(key).clone()), key)
}

pub fn transport(key: &PrivateKey) -> Certificate {
    let unsigned =
        device::transport_certificate(&name("device"), public(key), algorithm(key), now(), &mut TestRandom::new(5));
    unsigned.expect("a certificate").sign_with(key, &mut TestRandom::new(5)).expect("a signature")
}

pub fn now() -> UnixTime {
    Clock::new().now()
}

pub fn pin(server: &TestServer) -> Fingerprint {
    Fingerprint::of(server.ca(), &PROVIDER).expect("SHA-256")
}

impl World {
    /// An RSA device, a service with fresh blindings, a CA with an RA.
    pub fn new() -> Self {
        Self::with(TestServer::with_ra(ca_key(), ra_key(), PROVIDER), client_key(), client_key())
    }

    pub fn with(server: TestServer, key: &'static PrivateKey, transport_key: &'static PrivateKey) -> Self {
        let pin = pin(&server);
        Self {
            clock: Clock::new(),
            rng: TestRandom::new(11),
            key,
            transport_key,
            budget: SigningBudget::new(public(key).as_ref(), SigningLimits::DEFAULT),
            config: Arc::new(DeviceConfig::new(profile("wifi"), pin.clone(), PROVIDER)),
            broker: Broker::new(PROVIDER, Blinding::Fresh),
            entitlement: entitlement(key, CHALLENGE, pin),
            client: ClientConfig::new(PROVIDER),
            limits: AttemptLimits::DEFAULT,
            attempts: (None, None),
            blind: None,
            step: None,
            to_device: Vec::new(),
            to_service: Vec::new(),
            to_ca: Vec::new(),
            refusals: Vec::new(),
            outcome: None,
            confirmed: None,
            server,
        }
    }

    pub fn challenge(mut self, challenge: &str) -> Self {
        self.entitlement = entitlement(self.key, challenge, pin(&self.server));
        self
    }

    pub fn broker(mut self, blinding: Blinding, attribute: BlindingAttribute) -> Self {
        self.broker = Broker::new(PROVIDER, blinding).with_blinding_attribute(attribute);
        self
    }

    pub fn configure(mut self, change: impl FnOnce(DeviceConfig) -> DeviceConfig) -> Self {
        self.config = Arc::new(change(DeviceConfig::clone(&self.config)));
        self
    }

    pub fn seed(mut self, seed: u64) -> Self {
        self.rng = TestRandom::new(seed);
        self
    }

    /// The device begins.
    pub fn start(&mut self) -> device::Step {
        let (csr, transport) = (csr(self.key), transport(self.transport_key));
        let step = device::Step::start(Arc::clone(&self.config), csr, transport, self.clock.now(), &mut self.rng);
        step.expect("a step")
    }

    /// One step of the device.
    pub fn turn(&mut self, step: device::Step) -> Result<device::Step, device::Error> {
        match step {
            device::Step::Send(send) => {
                let answer = self.answer(send.message());
                send.finish(&answer, self.clock.now())
            }
            device::Step::SignDigest(sign) => sign.sign_with(&mut self.budget, self.key, &mut self.rng),
            device::Step::SignAttributes(sign) => sign.sign_with(&mut self.budget, self.transport_key, &mut self.rng),
            device::Step::Submit(submit) => {
                let reply = self.ask_ca(submit.request());
                submit.finish(&reply, self.clock.now())
            }
            device::Step::Open(open) => open.open_with(&mut self.budget, self.transport_key, &mut self.rng),
            device::Step::Wait(wait) => {
                self.clock.advance_to(wait.until());
                wait.poll(&mut self.rng)
            }
            end => Ok(end),
        }
    }

    /// To the end, or to the first error.
    pub fn drive(&mut self) -> Result<device::Step, device::Error> {
        let step = self.start();
        self.drive_from(step)
    }

    pub fn drive_from(&mut self, mut step: device::Step) -> Result<device::Step, device::Error> {
        while !matches!(step, device::Step::Issued(_) | device::Step::Rejected(_)) {
            step = self.turn(step)?;
        }
        let report = match &step {
            device::Step::Issued(issued) => self.broker.receive(issued.message()),
            _ => return Ok(step),
        };
        if let (Some(service::Step::Relayed(relayed)), Ok(Incoming::Further(further))) = (&self.step, report) {
            self.confirmed = Some(relayed.confirm(&further, self.clock.now()).expect("the certificate"));
        }
        Ok(step)
    }

    /// As far as the first step of this kind.
    pub fn until(&mut self, stop: impl Fn(&device::Step) -> bool) -> device::Step {
        let mut step = self.start();
        while !stop(&step) {
            step = self.turn(step).expect("a step");
        }
        step
    }

    /// The service: a message of the device, and what it is told.
    pub fn answer(&mut self, message: &[u8]) -> Vec<u8> {
        self.to_service.push(message.to_vec());
        let answer = self.serve(message).unwrap_or_else(|error| {
            let refusal = error.refusal();
            self.refusals.push(error);
            refusal
        });
        self.to_device.push(answer.clone());
        answer
    }

    fn serve(&mut self, message: &[u8]) -> Result<Vec<u8>, service::Error> {
        match self.broker.receive(message)? {
            Incoming::Request(request) => {
                let admitted = self.admit()?;
                let now = self.clock.now();
                let prepared = self.broker.prepare(&request, &self.entitlement, admitted, now, &mut self.rng)?;
                self.blind = prepared.record().map(|record| record.to_der().expose().to_vec());
                Ok(prepared.message().to_vec())
            }
            Incoming::SignedDigest(signed) => {
                let admitted = self.admit()?;
                let now = self.clock.now();
                let record = self.blind.take().map(|der| BlindRecord::from_der(&der).expect("a record"));
                let completed = self.broker.complete(&signed, &self.entitlement, record.as_ref(), admitted, now)?;
                if self.config.submission() == Submission::ByDevice {
                    let (authority, capabilities) = self.authority();
                    let transport = KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA256);
                    let (client, rng) = (capabilities, &mut self.rng);
                    return completed.seal_for_submission_by_device(&authority, &client, transport, rng);
                }
                let step = completed.submit(self.client.clone())?;
                self.exchange(step)
            }
            Incoming::Further(further) => {
                let step = self.follow(&further)?;
                self.exchange(step)
            }
            incoming => panic!("{incoming:?}"),
        }
    }

    fn follow(&mut self, further: &Further) -> Result<service::Step, service::Error> {
        match &self.step {
            Some(service::Step::Attributes(attributes)) => attributes.answer(further, &mut self.rng),
            Some(service::Step::Pending(pending)) => pending.poll(further, &mut self.rng),
            Some(service::Step::Relayed(relayed)) => {
                relayed.confirm(further, self.clock.now())?;
                Err(service::Error::Unexpected)
            }
            _ => Err(service::Error::Transaction),
        }
    }

    /// With the CA, until there is something for the device.
    fn exchange(&mut self, mut step: service::Step) -> Result<Vec<u8>, service::Error> {
        while let service::Step::Exchange(exchange) = &step {
            let reply = self.ask_ca(exchange.request());
            step = exchange.finish(&reply, self.clock.now(), &mut self.rng)?;
        }
        let message = match &step {
            service::Step::Attributes(attributes) => attributes.message(),
            service::Step::Pending(pending) => pending.message().expect("a message"),
            service::Step::Relayed(relayed) => {
                self.outcome = Some(relayed.outcome());
                relayed.message()
            }
            step => panic!("{step:?}"),
        };
        let message = message.to_vec();
        self.step = Some(step);
        Ok(message)
    }

    /// The service has its records, and nothing else.
    pub fn restart(&mut self) {
        let (client, pin, now) = (self.client.clone(), pin(&self.server), self.clock.now());
        self.step = match self.step.take() {
            Some(service::Step::Attributes(attributes)) => {
                let record = SignRecord::from_der(&attributes.record().to_der()).expect("a record");
                let resumed = service::Attributes::resume(&record, client, pin, now).expect("a step");
                assert_eq!(resumed.message(), attributes.message());
                Some(service::Step::Attributes(resumed))
            }
            Some(service::Step::Pending(pending)) => {
                let record = PendingRecord::from_der(&pending.record().to_der()).expect("a record");
                Some(service::Step::Pending(service::Pending::resume(&record, client, pin, now).expect("a step")))
            }
            step => step,
        };
    }

    fn admit(&mut self) -> Result<service::Admitted, service::Error> {
        let (device, challenge) = &self.attempts;
        let admission = service::admit(device.as_ref(), challenge.as_ref(), self.limits, self.clock.now())?;
        self.attempts = (Some(*admission.device()), Some(*admission.challenge()));
        Ok(admission.stored())
    }

    pub fn ask_ca(&mut self, request: &HttpRequest) -> HttpResponse {
        self.to_ca.push(request.clone());
        self.server.answer(request, &self.clock, &mut self.rng)
    }

    /// What the service knows of the CA.
    pub fn authority(&mut self) -> (Authority, scep::Capabilities) {
        let config = ClientConfig::new(PROVIDER);
        let authority = Authority::new(&self.server.authority(), &PROVIDER, self.clock.now()).expect("an authority");
        let call = Call::capabilities(&config);
        let reply = self.server.answer(call.request(), &self.clock, &mut self.rng);
        (authority, call.finish(&reply).expect("capabilities"))
    }
}

pub fn entitlement(key: &PrivateKey, challenge: &str, pin: Fingerprint) -> Entitlement {
    Entitlement::new(profile("wifi"), expectation(key), Secret::from(challenge), pin)
}

pub fn blinding_key() -> Blinding {
    Blinding::Derived(BlindingKey::new(Secret::new(vec![9; 32])).expect("a key"))
}
