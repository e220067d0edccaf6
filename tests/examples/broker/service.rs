//! The service: the challenge, what it has on record, and the way to the CA.

use getrandom::SysRng;
use mdm_proto::{
    broker::{
        Blinding, BlindingAttribute, BlindingKey,
        service::{self, Admitted, AttemptLimits, AttemptRecord, BlindRecord, Broker, Entitlement, Incoming, Step},
    },
    csr_policy::{Expectation, ExpectedKey},
    profile::{KeyAlgorithm, ProfileId},
};
use pki_core::{
    Certificate, Secret,
    algorithm::KeyTransportAlgorithm,
    crypto::{SecureRandom as _, rustcrypto::Random},
};
use scep::{
    Capabilities,
    client::{AlgorithmFloor, Authority, Call, ClientConfig},
    server::Names,
};

use crate::{Arguments, Attribute, PROFILE, Result, name, now, send};

/// What a service keeps for one device. A real one has a database, and looks all of this up by the device that the channel names.
pub struct Service {
    broker: Broker,
    entitlement: Entitlement,
    client: ClientConfig,
    url: String,
    hands_out_envelopes: bool,
    attempts: (Option<AttemptRecord>, Option<AttemptRecord>),
    blinding: Option<Secret>,
    step: Option<Step>,
}

impl Service {
    pub fn new(arguments: &Arguments) -> Result<Self> {
        let blinding = if arguments.derived {
            let mut key = vec![0; 32];
            Random(SysRng).fill(&mut key)?;
            Blinding::Derived(BlindingKey::new(Secret::new(key))?)
        } else {
            Blinding::Fresh
        };
        let attribute = match arguments.attribute {
            Attribute::RandomNonce => BlindingAttribute::RandomNonce,
            Attribute::UnstructuredName => BlindingAttribute::UnstructuredName,
        };
        let names = Names::new(name(&arguments.subject_cn)?);
        let expectation = Expectation::new(names, ExpectedKey::Algorithm(KeyAlgorithm::Rsa { bits: 2048 }));
        let challenge = Secret::from(arguments.challenge.as_str());
        let (profile, client) = (ProfileId::new(PROFILE)?, ClientConfig::new(arguments.crypto()));
        Ok(Self {
            broker: Broker::new(arguments.crypto(), blinding).with_blinding_attribute(attribute),
            entitlement: Entitlement::new(profile, expectation, challenge, arguments.fingerprint.clone()),
            client: if arguments.legacy { client.with_algorithm_floor(AlgorithmFloor::Legacy) } else { client },
            url: arguments.url.clone(),
            hands_out_envelopes: arguments.submission_by_device,
            attempts: (None, None),
            blinding: None,
            step: None,
        })
    }

    /// A message of the device, and what it is told.
    pub fn answer(&mut self, message: &[u8]) -> Vec<u8> {
        self.try_answer(message).unwrap_or_else(|error| {
            eprintln!("service: {error}");
            match error.downcast::<service::Error>() {
                Ok(error) => error.refusal(),
                // The CA is out of reach.
                Err(_) => service::Error::Capabilities.refusal(),
            }
        })
    }

    /// The certificate that the device reports.
    pub fn told(&self, message: &[u8]) {
        if let (Some(Step::Relayed(relayed)), Ok(Incoming::Further(report))) =
            (&self.step, self.broker.receive(message))
        {
            match relayed.confirm(&report, now()) {
                Ok(certificate) => println!("service: {} has its certificate", certificate.subject()),
                Err(error) => eprintln!("service: {error}"),
            }
        }
    }

    fn try_answer(&mut self, message: &[u8]) -> Result<Vec<u8>> {
        let rng = &mut Random(SysRng);
        let step = match self.broker.receive(message)? {
            Incoming::Request(request) => {
                let admitted = self.admit()?;
                let prepared = self.broker.prepare(&request, &self.entitlement, admitted, now(), rng)?;
                self.blinding = prepared.record().map(BlindRecord::to_der);
                return Ok(prepared.message().to_vec());
            }
            Incoming::SignedDigest(signed) => {
                let admitted = self.admit()?;
                // Taken out: a digest is completed once.
                let record = self.blinding.take().map(|der| BlindRecord::from_der(der.expose())).transpose()?;
                let completed = self.broker.complete(&signed, &self.entitlement, record.as_ref(), admitted, now())?;
                if self.hands_out_envelopes {
                    let (authority, capabilities) = self.authority()?;
                    let transport = KeyTransportAlgorithm::RsaPkcs1;
                    return Ok(completed.seal_for_submission_by_device(&authority, &capabilities, transport, rng)?);
                }
                completed.submit(self.client.clone())?
            }
            Incoming::Further(further) => match &self.step {
                Some(Step::Attributes(attributes)) => attributes.answer(&further, rng)?,
                Some(Step::Pending(pending)) => pending.poll(&further, rng)?,
                _ => return Err(service::Error::Transaction.into()),
            },
            _ => return Err(service::Error::Unexpected.into()),
        };
        self.with_ca(step)
    }

    /// With the CA, until there is something for the device.
    fn with_ca(&mut self, mut step: Step) -> Result<Vec<u8>> {
        let message = loop {
            match &step {
                Step::Exchange(exchange) => {
                    let reply = send(&self.url, exchange.request())?;
                    step = exchange.finish(&reply, now(), &mut Random(SysRng))?;
                }
                Step::Attributes(attributes) => break attributes.message().to_vec(),
                Step::Pending(pending) => break pending.message().unwrap_or_default().to_vec(),
                Step::Relayed(relayed) => {
                    println!("service: {:?}", relayed.outcome());
                    break relayed.message().to_vec();
                }
                step => return Err(format!("a step that came later than this program: {step:?}").into()),
            }
        };
        self.step = Some(step);
        Ok(message)
    }

    fn admit(&mut self) -> std::result::Result<Admitted, service::Error> {
        let (device, challenge) = &self.attempts;
        let admission = service::admit(device.as_ref(), challenge.as_ref(), AttemptLimits::DEFAULT, now())?;
        self.attempts = (Some(*admission.device()), Some(*admission.challenge()));
        Ok(admission.stored())
    }

    /// The CA below the pinned certificate, and what it can do.
    fn authority(&self) -> Result<(Authority, Capabilities)> {
        let call = Call::<Vec<Certificate>>::certificates(&self.client);
        let mut certificates = call.finish(&send(&self.url, call.request())?)?;
        let pin = self.entitlement.pin();
        certificates.sort_by_key(|certificate| !pin.matches(certificate, self.client.crypto()));
        let authority = Authority::new(&certificates, self.client.crypto(), now())?;
        let call = Call::capabilities(&self.client);
        let capabilities = call.finish(&send(&self.url, call.request())?)?;
        Ok((authority, capabilities))
    }
}
