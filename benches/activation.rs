//! Activation by password: all of it, the service's part alone, and scrypt, beside P-256 scalar multiplications.

use std::{hint::black_box, time::Duration};

use benches::Seeded;
use conformance::fixtures;
use criterion::{Criterion, criterion_group, criterion_main};
use mdm_proto::activation::password::{
    Activated, ActivationPassword, ActivationRecord, Attempt, AttemptReceived, Confirmed, Device, DeviceExchange,
    DeviceName, DeviceStep, Opened, Received, RequestReceived, ScryptBounds, ScryptParameters, Service, ServiceName,
    UserId,
};
use p256::{ProjectivePoint, Scalar, U256, elliptic_curve::ops::Reduce};
use pki_core::{
    Certificate, Csr, KeyKind, Profile, Secret, UnixTime,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};

/// Both sides.
struct World {
    service: Service,
    record: ActivationRecord,
    device: Device,
    password: ActivationPassword,
    csr: Csr,
    certificate: Certificate,
    root: Certificate,
    now: UnixTime,
}

impl World {
    fn new(scrypt: ScryptParameters, rng: &mut Seeded) -> Self {
        let now = conformance::Clock::new().now();
        let (user, password) = (UserId::new("jane").unwrap(), ActivationPassword::typed("sesame-4711").unwrap());
        let service = Service::new(ServiceName::new("mdm").unwrap(), &Secret::new(vec![1; 32]), PROVIDER).unwrap();
        let service = service.with_scrypt(scrypt);
        let record = service.register(user.clone(), &password, now.plus(Duration::from_secs(60))).unwrap();
        let bounds = ScryptBounds::DEFAULT.with_memory(0, u64::MAX);
        let device = Device::new(user, DeviceName::new("phone").unwrap(), PROVIDER).with_scrypt_bounds(bounds);
        let ca = PrivateKey::generate(KeyKind::P256, rng).unwrap();
        let key = PrivateKey::generate(KeyKind::P256, rng).unwrap();
        let (root, name) = (fixtures::root(&ca), fixtures::name("phone"));
        let certificate = fixtures::certify(
            (&fixtures::name("Root"), &ca),
            &name,
            Signer::public_key(&key),
            fixtures::validity(),
            &Profile::DEVICE_CLIENT,
        );
        let csr = fixtures::csr("phone", &key);
        Self { service, record, device, password, csr, certificate, root, now }
    }

    /// From the hello to the certificate, which was signed before, as was the CSR.
    fn activate(&self, rng: &mut Seeded) -> DeviceStep {
        let mut step = self.device.start();
        let mut record = self.record.clone();
        loop {
            step = match step {
                DeviceStep::Exchange(exchange) => {
                    let reply = self.answer(&exchange, &mut record, rng);
                    exchange.finish(&reply, self.now).unwrap()
                }
                DeviceStep::Derive(derive) => derive.derive(&self.password, rng).unwrap(),
                DeviceStep::Enrol(enrol) => enrol.request(&self.csr).unwrap(),
                end => return end,
            };
        }
    }

    fn answer(&self, exchange: &DeviceExchange, record: &mut ActivationRecord, rng: &mut Seeded) -> Vec<u8> {
        match self.service.receive(exchange.message()).unwrap() {
            Received::Hello(hello) => hello.answer(Some(record)),
            Received::Attempt(attempt) => match attempt.count(Some(record), self.now, rng).unwrap() {
                Attempt::Counted(unwritten) => {
                    *record = unwritten.record().clone();
                    unwritten.written()
                }
                other => panic!("{other:?}"),
            },
            Received::Request(request) => self.issue(&self.open(&request, record)),
            other => panic!("{other:?}"),
        }
    }

    fn open(&self, request: &RequestReceived, record: &ActivationRecord) -> Confirmed {
        match request.open(Some(record), self.now).unwrap() {
            Opened::Confirmed(confirmed) => confirmed,
            other => panic!("{other:?}"),
        }
    }

    fn issue(&self, confirmed: &Confirmed) -> Vec<u8> {
        let given = Activated::new(self.certificate.clone(), self.root.clone(), "https://mdm/");
        confirmed.issue(&given, self.now).unwrap().written()
    }

    /// An attempt, and the request that follows it, with its record.
    fn messages(&self, rng: &mut Seeded) -> (AttemptReceived, RequestReceived, ActivationRecord) {
        let mut record = self.record.clone();
        let DeviceStep::Exchange(hello) = self.device.start() else { panic!() };
        let reply = self.answer(&hello, &mut record, rng);
        let DeviceStep::Derive(derive) = hello.finish(&reply, self.now).unwrap() else { panic!() };
        let DeviceStep::Exchange(share) = derive.derive(&self.password, rng).unwrap() else { panic!() };
        let Received::Attempt(attempt) = self.service.receive(share.message()).unwrap() else { panic!() };
        let reply = self.answer(&share, &mut record, rng);
        let DeviceStep::Enrol(enrol) = share.finish(&reply, self.now).unwrap() else { panic!() };
        let DeviceStep::Exchange(exchange) = enrol.request(&self.csr).unwrap() else { panic!() };
        let Received::Request(request) = self.service.receive(exchange.message()).unwrap() else { panic!() };
        (attempt, request, record)
    }
}

fn activation(c: &mut Criterion) {
    let rng = &mut Seeded(3);
    let mut group = c.benchmark_group("activation by password");
    let scalar = <Scalar as Reduce<U256>>::reduce(&U256::from_be_slice(&[0xa7; 32]));
    let point = ProjectivePoint::GENERATOR * scalar;
    group.bench_function("one P-256 scalar multiplication", |b| b.iter(|| black_box(point) * black_box(scalar)));
    let signature = fixtures::csr("phone", &PrivateKey::generate(KeyKind::P256, rng).unwrap());
    group.bench_function("one ECDSA verification, of a CSR", |b| b.iter(|| black_box(&signature).verify(&PROVIDER)));

    let world = World::new(ScryptParameters::new(1, 1, 1).unwrap(), rng);
    group.bench_function("both sides, without scrypt", |b| b.iter(|| world.activate(rng)));
    let (attempt, request, record) = world.messages(rng);
    group.bench_function("service: attempt", |b| b.iter(|| attempt.count(Some(&world.record), world.now, rng)));
    group.bench_function("service: attempt, of an unknown user", |b| b.iter(|| attempt.count(None, world.now, rng)));
    group.bench_function("service: request, opened", |b| b.iter(|| request.open(Some(black_box(&record)), world.now)));
    let confirmed = world.open(&request, &record);
    group.bench_function("service: answer", |b| b.iter(|| world.issue(black_box(&confirmed))));

    group.sample_size(10);
    let world = World::new(ScryptParameters::DEFAULT, rng);
    group.bench_function("both sides, with scrypt of 32 MiB", |b| b.iter(|| world.activate(rng)));
    group.finish();
}

criterion_group!(benches, activation);
criterion_main!(benches);
