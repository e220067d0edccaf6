//! A service with its database, a CA and a device.

use std::{num::NonZeroU8, time::Duration};

use conformance::{Clock, TestRandom, fixtures};
use mdm_proto::activation::password::{
    Activated, ActivationPassword, ActivationRecord, Attempt, Derive, Device, DeviceActivated, DeviceError,
    DeviceExchange, DeviceFailure, DeviceName, DeviceStep, Enrol, Opened, Received, RefusalReason, ScryptBounds,
    ScryptParameters, Service, ServiceName, UserId,
};
use pki_core::{
    Certificate, Csr, KeyKind, Profile, Secret,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};

pub const SERVICE: &str = "mdm.example.com";
pub const USER: &str = "jane@example.com";
pub const DEVICE: &str = "phone-1";
pub const PASSWORD: &str = "sesame-4711";
pub const URL: &str = "https://mdm.example.com/manage";

/// Cheap, since scrypt is not the point.
pub fn cheap() -> ScryptParameters {
    ScryptParameters::new(1, 1, 1).unwrap()
}

pub fn service() -> Service {
    service_called(SERVICE)
}

pub fn service_called(name: &str) -> Service {
    let service = Service::new(ServiceName::new(name).unwrap(), &Secret::new(vec![42; 32]), PROVIDER).unwrap();
    service.with_scrypt(cheap()).with_attempt_limit(limit(3))
}

pub fn limit(limit: u8) -> NonZeroU8 {
    NonZeroU8::new(limit).unwrap()
}

pub fn user() -> UserId {
    UserId::new(USER).unwrap()
}

pub fn password(text: &str) -> ActivationPassword {
    ActivationPassword::typed(text).unwrap()
}

pub fn device() -> Device {
    device_called(DEVICE)
}

pub fn device_called(name: &str) -> Device {
    let device = Device::new(user(), DeviceName::new(name).unwrap(), PROVIDER);
    device.with_scrypt_bounds(ScryptBounds::DEFAULT.with_memory(0, 1 << 20))
}

/// One activation record and whoever changes it.
pub struct World {
    pub service: Service,
    /// The database: one row, as octets.
    pub row: Option<Vec<u8>>,
    pub clock: Clock,
    pub rng: TestRandom,
    pub ca: PrivateKey,
    pub root: Certificate,
    pub key: PrivateKey,
    /// What the service does with a confirmed request.
    pub refuse: Option<RefusalReason>,
    /// How many certificates were made.
    pub issued: u32,
}

impl World {
    /// With a password for [`USER`].
    pub fn new() -> Self {
        let (clock, mut rng, service) = (Clock::new(), TestRandom::new(7), service());
        let expires = clock.now().plus(Duration::from_secs(7 * 86_400));
        let record = service.register(user(), &password(PASSWORD), expires).unwrap();
        let mut key = || PrivateKey::generate(KeyKind::P256, &mut rng).unwrap();
        let (ca, key) = (key(), key());
        let (row, root) = (Some(record.to_der()), fixtures::root(&ca));
        Self { service, row, clock, rng, ca, root, key, refuse: None, issued: 0 }
    }

    pub fn record(&self) -> Option<ActivationRecord> {
        self.row.as_ref().map(|row| ActivationRecord::from_der(row).unwrap())
    }

    pub fn attempts(&self) -> u8 {
        self.record().unwrap().attempts()
    }

    /// What a service program does with one message.
    pub fn post(&mut self, message: &[u8]) -> Vec<u8> {
        let now = self.clock.now();
        let Ok(received) = self.service.receive(message) else { return b"400 Bad Request".to_vec() };
        let record = self.record();
        match received {
            Received::Hello(hello) => hello.answer(record.as_ref()),
            Received::Attempt(attempt) => match attempt.count(record.as_ref(), now, &mut self.rng).unwrap() {
                Attempt::Counted(unwritten) => {
                    self.row = Some(unwritten.record().to_der());
                    unwritten.written()
                }
                Attempt::Decoy(_, reply) | Attempt::Repeated(reply) => reply,
                other => panic!("{other:?}"),
            },
            Received::Request(request) => match request.open(record.as_ref(), now) {
                Ok(Opened::Confirmed(confirmed)) => {
                    if let Some(reason) = self.refuse {
                        return confirmed.refuse(reason);
                    }
                    let unwritten = confirmed.issue(&self.activated(confirmed.csr()), now).unwrap();
                    self.row = Some(unwritten.record().to_der());
                    unwritten.written()
                }
                Ok(Opened::Answered(reply)) => reply,
                Ok(other) => panic!("{other:?}"),
                Err(refusal) => refusal.reply,
            },
            other => panic!("{other:?}"),
        }
    }

    /// A certificate for the key of a CSR, with the rest.
    pub fn activated(&mut self, csr: &Csr) -> Activated {
        self.issued += 1;
        let (issuer, subject) = (fixtures::name("Root"), fixtures::name("Jane's phone"));
        let key = csr.public_key().to_owned();
        let certificate =
            fixtures::certify((&issuer, &self.ca), &subject, &key, fixtures::validity(), &Profile::DEVICE_CLIENT);
        Activated::new(certificate, self.root.clone(), URL)
    }

    pub fn csr(&self) -> Csr {
        let request = pki_core::CsrBuilder::new(fixtures::name("whatever"), Signer::public_key(&self.key).clone());
        fixtures::sign_csr(&request, &self.key)
    }

    /// Up to scrypt.
    pub fn until_derive(&mut self, device: &Device) -> Derive {
        let hello = exchange(device.start());
        let reply = self.post(hello.message());
        derive(hello.finish(&reply, self.clock.now()).unwrap())
    }

    /// Up to the share.
    pub fn until_share(&mut self, device: &Device, text: &str) -> DeviceExchange {
        let derive = self.until_derive(device);
        exchange(derive.derive(&password(text), &mut self.rng).unwrap())
    }

    /// Up to where both have proven the password.
    pub fn until_enrol(&mut self, device: &Device, text: &str) -> Result<Enrol, DeviceFailure> {
        let share = self.until_share(device, text);
        let reply = self.post(share.message());
        Ok(enrol(share.finish(&reply, self.clock.now())?))
    }

    /// Up to the request.
    pub fn until_request(&mut self, device: &Device) -> DeviceExchange {
        let enrol = self.until_enrol(device, PASSWORD).unwrap();
        exchange(enrol.request(&self.csr()).unwrap())
    }

    /// All of it.
    pub fn activate(&mut self, device: &Device, text: &str) -> Result<DeviceStep, DeviceError> {
        let enrol = self.until_enrol(device, text).map_err(|failure| failure.cause)?;
        let request = exchange(enrol.request(&self.csr()).unwrap());
        let reply = self.post(request.message());
        request.finish(&reply, self.clock.now()).map_err(|failure| failure.cause)
    }
}

pub fn exchange(step: DeviceStep) -> DeviceExchange {
    match step {
        DeviceStep::Exchange(exchange) => exchange,
        other => panic!("{other:?}"),
    }
}

pub fn derive(step: DeviceStep) -> Derive {
    match step {
        DeviceStep::Derive(derive) => derive,
        other => panic!("{other:?}"),
    }
}

pub fn enrol(step: DeviceStep) -> Enrol {
    match step {
        DeviceStep::Enrol(enrol) => enrol,
        other => panic!("{other:?}"),
    }
}

pub fn activated(step: DeviceStep) -> DeviceActivated {
    match step {
        DeviceStep::Activated(activated) => activated,
        other => panic!("{other:?}"),
    }
}
