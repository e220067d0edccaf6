//! Activation by password, each side opposite to the other's right answers, altered ones and raw octets.
//!
//! Agreement and sealing are real, since nothing would be left without them; signatures on certificates are fake.

use std::{cell::RefCell, collections::HashMap, num::NonZeroU8, sync::LazyLock, time::Duration};

use mdm_proto::activation::password::{
    Activated, ActivationPassword, ActivationRecord, Attempt, Device, DeviceError, DeviceName, DeviceStep, Opened,
    Received, RequestRecord, ScryptBounds, ScryptParameters, Service, ServiceName, Standing, UserId,
};
use pki_core::{Csr, Secret, UnixTime};

use super::{
    fake::{Counter, PROVIDER},
    fixture::{self, NOW, World},
    operations::Operations,
};

/// A device, whose service is right most of the time. A proof or an answer that is not the service's is never taken, the right
/// one always; only a proof that fails ends a run.
pub fn activation_device(data: &[u8]) {
    let mut operations = Operations::new(data);
    match operations.octet() {
        0xff => return request_record(operations.rest()),
        0x80.. => return reply(operations.rest()),
        _ => {}
    }
    let mut peer = Peer::new();
    let device = device();
    let mut step = device.start();
    let mut misled = false;
    let mut earlier: Vec<Vec<u8>> = Vec::new();
    for turn in 0..2 * TURNS {
        if turn == TURNS {
            operations = Operations::new(&[]);
        }
        step = match step {
            DeviceStep::Exchange(exchange) => {
                peer.requests.push(exchange.message().to_vec());
                let right = peer.post(exchange.message());
                let reply = operations.alter(&right, &earlier, REFUSAL);
                let is_right = reply == right;
                earlier.push(right);
                match exchange.finish(&reply, NOW) {
                    Ok(DeviceStep::Derive(derive)) => {
                        misled |= !is_right;
                        DeviceStep::Derive(derive)
                    }
                    Ok(next) => {
                        assert!(is_right && !misled, "a reply that the service did not make");
                        next
                    }
                    Err(failure) => {
                        assert!(!is_right || misled, "{}", failure.cause);
                        assert_eq!(failure.exchange.is_none(), failure.cause == DeviceError::NotConfirmed);
                        failure.exchange.map_or_else(
                            || {
                                misled = false;
                                device.start()
                            },
                            DeviceStep::Exchange,
                        )
                    }
                }
            }
            DeviceStep::Derive(derive) => derive.derive(&password(), &mut peer.rng).unwrap(),
            DeviceStep::Enrol(enrol) => {
                let step = enrol.request(&csr()).unwrap();
                let DeviceStep::Exchange(exchange) = &step else { panic!("{step:?}") };
                let kept = exchange.record().unwrap().to_der();
                let record = RequestRecord::from_der(kept.expose()).unwrap();
                assert_eq!(record.to_der(), kept);
                if operations.seldom() { DeviceStep::Exchange(record.resume(&device)) } else { step }
            }
            DeviceStep::Activated(activated) => {
                let leaf = &activated.certificates()[0];
                assert_eq!(leaf.public_key(), csr().public_key());
                return;
            }
            other => panic!("{other:?}"),
        };
    }
    panic!("right answers lead to the end");
}

/// A service that hears devices, altered and repeated messages, and raw octets. Attempts are counted up to the limit and no
/// further, nothing is confirmed but what a device with the password sent, and one device is activated.
pub fn activation_service(data: &[u8]) {
    let mut operations = Operations::new(data);
    match operations.octet() {
        0xff => return activation_record(operations.rest()),
        0x80.. => return message(operations.rest()),
        _ => {}
    }
    let mut peer = Peer::new();
    let mut steps = [device().start(), device().start()];
    let mut sent: Vec<Vec<u8>> = Vec::new();
    for _ in 0..TURNS {
        if operations.is_empty() {
            break;
        }
        match operations.below(8) {
            0..=3 => {
                let [first, second] = &mut steps;
                let step = if operations.seldom() { second } else { first };
                let taken = std::mem::replace(step, device().start());
                if let DeviceStep::Exchange(exchange) = &taken {
                    sent.push(exchange.message().to_vec());
                }
                *step = peer.advance(taken, operations.seldom());
            }
            4 => drop(peer.post(operations.long_octets())),
            5 | 6 => {
                if let Some(last) = sent.last() {
                    let message = operations.alter(&last.clone(), &sent, REFUSAL);
                    let _reply = peer.post(&message);
                }
            }
            _ => match operations.below(4) {
                0 => peer.now = peer.now.plus(Duration::from_secs(u64::from(operations.octet()) * 60)),
                1 => peer.record = None,
                _ => {
                    // Randomness goes on: a device that repeated itself would be taken for one that repeats a message.
                    let (requests, rng) = (std::mem::take(&mut peer.requests), Counter(peer.rng.0));
                    *peer = Peer { requests, rng, ..*Peer::new() };
                }
            },
        }
    }
    let open = |record: &ActivationRecord| matches!(record.standing(peer.now), Standing::Open { .. });
    if !peer.record.as_ref().is_some_and(open) {
        return;
    }
    let mut step = device().start();
    for _ in 0..5 {
        step = peer.advance(step, false);
    }
    assert!(matches!(step, DeviceStep::Activated(_)), "{step:?}");
}

/// A service, its record, and what devices sent to it.
struct Peer {
    service: Service,
    record: Option<ActivationRecord>,
    requests: Vec<Vec<u8>>,
    now: UnixTime,
    rng: Counter,
}

impl Peer {
    fn new() -> Box<Self> {
        let (service, record) = LazyLock::force(&REGISTERED).clone();
        Box::new(Self { service, record: Some(record), requests: Vec::new(), now: NOW, rng: Counter(3) })
    }

    /// What a device does next, with the right password or a wrong one.
    fn advance(&mut self, step: DeviceStep, wrong: bool) -> DeviceStep {
        match step {
            DeviceStep::Exchange(exchange) => {
                self.requests.push(exchange.message().to_vec());
                let reply = self.post(exchange.message());
                exchange.finish(&reply, NOW).unwrap_or_else(|_failure| device().start())
            }
            DeviceStep::Derive(derive) => {
                let wrong_one = ActivationPassword::typed("something else").unwrap();
                let password = if wrong { wrong_one } else { password() };
                derive.derive(&password, &mut self.rng).unwrap()
            }
            DeviceStep::Enrol(enrol) => enrol.request(&csr()).unwrap(),
            _ => device().start(),
        }
    }

    /// What a service program does with a message. Agreeing on a key is most of the work, and inputs begin alike: what was
    /// asked before, of the same service in the same state, is answered from memory.
    fn post(&mut self, message: &[u8]) -> Vec<u8> {
        let record = self.record.as_ref().map(ActivationRecord::to_der);
        let question = (message.to_vec(), record, self.now, self.rng.0);
        if let Some((reply, record, rng)) = ANSWERS.with_borrow(|answers| answers.get(&question).cloned()) {
            (self.record, self.rng) = (record, Counter(rng));
            return reply;
        }
        let reply = self.answer(message);
        ANSWERS.with_borrow_mut(|answers| {
            if answers.len() == MOST_ANSWERS {
                answers.clear();
            }
            answers.insert(question, (reply.clone(), self.record.clone(), self.rng.0));
        });
        reply
    }

    fn answer(&mut self, message: &[u8]) -> Vec<u8> {
        let Ok(received) = self.service.receive(message) else { return Vec::new() };
        match received {
            Received::Hello(hello) => hello.answer(self.record.as_ref()),
            Received::Attempt(attempt) => match attempt.count(self.record.as_ref(), self.now, &mut self.rng).unwrap() {
                Attempt::Counted(unwritten) => {
                    let before = self.record.as_ref().unwrap();
                    assert_eq!(unwritten.record().attempts(), before.attempts() + 1);
                    assert!(unwritten.record().attempts() <= LIMIT);
                    self.write(unwritten.record().to_der());
                    unwritten.written()
                }
                Attempt::Decoy(_, reply) | Attempt::Repeated(reply) => reply,
                other => panic!("{other:?}"),
            },
            Received::Request(request) => match request.open(self.record.as_ref(), self.now) {
                Ok(Opened::Confirmed(confirmed)) => {
                    assert!(self.requests.iter().any(|known| known == message), "nobody asked for this");
                    let world = World::shared();
                    let given = Activated::new(world.leaf.clone(), world.ca.clone(), "https://mdm/");
                    let unwritten = confirmed.issue(&given, self.now).unwrap();
                    assert!(!matches!(self.record.as_ref().unwrap().standing(self.now), Standing::Activated { .. }));
                    self.write(unwritten.record().to_der());
                    unwritten.written()
                }
                Ok(Opened::Answered(reply)) => reply,
                Ok(other) => panic!("{other:?}"),
                Err(refusal) => refusal.reply,
            },
            other => panic!("{other:?}"),
        }
    }

    fn write(&mut self, der: Vec<u8>) {
        let record = ActivationRecord::from_der(&der).unwrap();
        assert_eq!(record.to_der(), der);
        self.record = Some(record);
    }
}

/// A record of a service: what is read is written the same, and can be worked with.
fn activation_record(data: &[u8]) {
    let Ok(record) = ActivationRecord::from_der(data) else { return };
    assert_eq!(record.to_der(), data);
    let (mut peer, limit) = (Peer::new(), record.attempt_limit().get());
    assert!(record.attempts() <= limit);
    if *record.user() != user() {
        return;
    }
    peer.record = Some(record);
    let DeviceStep::Exchange(hello) = device().start() else { return };
    assert!(!peer.post(hello.message()).is_empty());
}

/// A record of a device, likewise.
fn request_record(data: &[u8]) {
    let Ok(record) = RequestRecord::from_der(data) else { return };
    assert_eq!(record.to_der().expose(), data);
    let exchange = record.resume(&device());
    let failure = exchange.finish(&[], NOW).unwrap_err();
    assert_eq!(failure.exchange.unwrap().record().unwrap().to_der().expose(), data);
}

/// A reply to a hello: the device works with it only within its bounds, and otherwise asks again.
fn reply(data: &[u8]) {
    let DeviceStep::Exchange(hello) = device().start() else { return };
    match hello.finish(data, NOW) {
        Ok(DeviceStep::Derive(derive)) => assert!(derive.scrypt().memory() <= MOST_MEMORY),
        Ok(other) => panic!("{other:?}"),
        Err(failure) => assert!(failure.exchange.is_some() && failure.cause != DeviceError::NotConfirmed),
    }
}

/// A message to a service that knows nobody.
fn message(data: &[u8]) {
    match Peer::new().service.receive(data) {
        Ok(Received::Hello(hello)) => assert!(!hello.answer(None).is_empty()),
        Ok(received) => assert!(!received.user().as_str().is_empty()),
        Err(_) => {}
    }
}

fn device() -> Device {
    let bounds = ScryptBounds::DEFAULT.with_memory(0, MOST_MEMORY).with_most_work(MOST_MEMORY);
    Device::new(user(), DeviceName::new("phone").unwrap(), PROVIDER).with_scrypt_bounds(bounds)
}

fn user() -> UserId {
    UserId::new("jane").unwrap()
}

fn password() -> ActivationPassword {
    ActivationPassword::typed("sesame-4711").unwrap()
}

fn cheap() -> ScryptParameters {
    ScryptParameters::new(1, 1, 1).unwrap()
}

fn csr() -> Csr {
    fixture::csr("Device", World::shared().device_key.public(), "")
}

/// A service, and the record of the password that [`password`] is.
static REGISTERED: LazyLock<(Service, ActivationRecord)> = LazyLock::new(|| {
    let secret = Secret::new(vec![1; 32]);
    let service = Service::new(ServiceName::new("mdm").unwrap(), &secret, PROVIDER).unwrap();
    let service = service.with_scrypt(cheap()).with_attempt_limit(NonZeroU8::new(LIMIT).unwrap());
    let record = service.register(user(), &password(), NOW.plus(Duration::from_secs(86_400))).unwrap();
    (service, record)
});

thread_local! {
    static ANSWERS: RefCell<HashMap<Question, Answer>> = RefCell::default();
}

/// A message, and the state of the service: its record, the time, its randomness.
type Question = (Vec<u8>, Option<Vec<u8>>, UnixTime, u64);
/// A reply, and what became of record and randomness.
type Answer = (Vec<u8>, Option<ActivationRecord>, u64);

const MOST_ANSWERS: usize = 4096;
const LIMIT: u8 = 20;
const MOST_MEMORY: u64 = 1 << 16;
const TURNS: usize = 16;
/// What a service says that wants no more.
const REFUSAL: &[u8] = b"\x30\x06\x02\x01\x01\x02\x01\x07";
