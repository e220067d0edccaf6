//! A device and a service, any order of steps, messages that are lost, a service that stops between its steps: nobody is ever
//! locked out, and no request gives two certificates.

use std::collections::{BTreeMap, BTreeSet};

use mdm_proto::{
    client_certificate::{
        ClientRecord, Decision, DeviceIdentity, NotAuthenticated, Refused, RenewalRules, RenewalWindow, Step,
    },
    identity::IdentityUris,
    keystore::KeyHandle,
};
use pki_core::{Certificate, CsrDigest, UnixTime, crypto::rustcrypto::PROVIDER};
use proptest::prelude::*;

use super::world::*;

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The device makes a key and a CSR; also while another request is under way.
    Ask,
    /// It sends its request.
    Send(Lost),
    /// It connects, with what it has.
    Connect(Lost),
    /// It deletes one key that it does not need.
    DeleteKey,
    /// Days pass.
    Wait(u8),
}

/// What is lost of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    Nothing,
    Request,
    Reply,
    /// The service stops when the decision is stored, before it signs.
    Signature,
    /// It stops when it has signed and sent, before that is stored.
    Record,
}

struct Run {
    service: Service,
    device: DeviceIdentity,
    keys: BTreeSet<KeyHandle>,
    asked: u32,
    issued: BTreeMap<CsrDigest, Vec<u8>>,
    now: UnixTime,
}

impl Run {
    fn new() -> Self {
        let rules = RenewalRules::DEFAULT.with_window(RenewalWindow::Anytime);
        let service = Service::with(|clients| clients.with_renewal(rules).with_lifetime(days(100_000)));
        let device = DeviceIdentity::new(IdentityUris::DEFAULT).with_roots([root()]);
        Self { service, device, keys: BTreeSet::new(), asked: 0, issued: BTreeMap::new(), now: now() }
    }

    fn step(&mut self, event: Event) {
        match event {
            Event::Ask => self.ask(),
            Event::Send(lost) => self.send(lost),
            Event::Connect(lost) => self.connect(lost),
            Event::DeleteKey => self.delete_key(),
            Event::Wait(count) => self.now = self.now.plus(days(count.into())),
        }
        self.check();
    }

    fn ask(&mut self) {
        self.asked += 1;
        let name = format!("model-{}", self.asked);
        self.keys.insert(handle(&name));
        self.device = self.device.request(csr(&name), handle(&name));
    }

    fn send(&mut self, lost: Lost) {
        let Some(pending) = self.device.pending().cloned() else { return };
        if lost == Lost::Request {
            return;
        }
        let (clients, record) = (&self.service.clients, &self.service.record);
        let decision = match self.device.keys().next() {
            // Its activation token is as good as ever.
            None => clients.enrol(&pending.csr, record, &issuance(self.now)),
            Some(key) => {
                let chain = self.service.chain(&key.chain[0], self.now).unwrap();
                clients.renew(&chain, &pending.csr, record, &issuance(self.now))
            }
        };
        match decision {
            Ok(decision) => {
                let digest = pending.csr.digest(&PROVIDER).unwrap();
                if let Some(certificate) = self.carry_out(decision, digest, lost) {
                    self.device =
                        self.device.receive(&[certificate], &PROVIDER, self.now).expect("what the service issued");
                }
            }
            Err(Refused::NotAuthenticated(NotAuthenticated::Superseded { .. })) => {
                assert!(self.device.next().is_some(), "the one that was accepted last is good");
                self.device = self.device.dismissed();
            }
            Err(refused) => panic!("{refused}"),
        }
    }

    /// What comes to the device.
    fn carry_out(&mut self, decision: Decision, csr: CsrDigest, lost: Lost) -> Option<Certificate> {
        self.service.record = decision.record;
        let certificate = match decision.step {
            Step::Sign(_) if lost == Lost::Signature => return None,
            Step::Sign(unsigned) => {
                let certificate = sign(unsigned.to_be_signed(), root_key("root-1"));
                if lost != Lost::Record {
                    self.service.record = self.service.record.with_signed(certificate).unwrap();
                    self.service.record.answer(&csr).unwrap().clone()
                } else {
                    certificate
                }
            }
            Step::Send(certificate) => certificate,
        };
        let serial = certificate.serial_number().to_vec();
        let first = self.issued.entry(csr).or_insert_with(|| serial.clone());
        assert_eq!(*first, serial, "one request, one certificate");
        (lost != Lost::Reply).then_some(certificate)
    }

    fn connect(&mut self, lost: Lost) {
        if lost == Lost::Request {
            return;
        }
        for key in self.device.clone().keys() {
            let chain = self.service.chain(&key.chain[0], self.now).unwrap();
            match self.service.clients.authenticate(&chain, &self.service.record, self.now) {
                Ok(authenticated) => {
                    if let Some(record) = authenticated.first_use {
                        self.service.record = record;
                    }
                    if lost == Lost::Nothing && self.device.next() == Some(key) {
                        self.device = self.device.used();
                    }
                    return;
                }
                Err(NotAuthenticated::Superseded { .. }) => {
                    assert_eq!(self.device.next(), Some(key), "the one that was accepted last is good");
                    self.device = self.device.dismissed();
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert!(self.device.current().is_none(), "locked out");
    }

    fn delete_key(&mut self) {
        if let Some(key) = self.device.keys_to_delete().first().cloned() {
            assert!(self.keys.remove(&key));
            self.device = self.device.key_deleted(&key);
        }
    }

    fn check(&mut self) {
        let needed = self.device.keys().map(|key| &key.key).chain(self.device.pending().map(|pending| &pending.key));
        assert!(needed.into_iter().all(|key| self.keys.contains(key)), "a key that is needed was deleted");
        if self.device.current().is_some() {
            let is_good = |certificate: &Certificate| {
                let chain = self.service.chain(certificate, self.now).unwrap();
                self.service.clients.authenticate(&chain, &self.service.record, self.now).is_ok()
            };
            assert!(self.device.keys().any(|key| is_good(&key.chain[0])), "locked out");
        }
        assert!(self.service.record.certificates().count() <= 2);
        // Both stop, and go on from what they stored.
        self.service.record = ClientRecord::from_der(&self.service.record.to_der()).unwrap();
        self.device = DeviceIdentity::from_der(&self.device.to_der()).unwrap();
    }

    /// Without any more losses.
    fn settle(&mut self) {
        if self.device.pending().is_none() && self.device.keys().next().is_none() {
            self.ask();
        }
        for _ in 0..4 {
            self.step(Event::Send(Lost::Nothing));
            self.step(Event::Connect(Lost::Nothing));
        }
        while !self.device.keys_to_delete().is_empty() {
            self.step(Event::DeleteKey);
        }
        assert!(self.device.pending().is_none() && self.device.next().is_none());
        let current = self.device.current().unwrap();
        assert!(self.keys.iter().eq([&current.key]));
        assert_eq!(self.service.record.current().unwrap().certificate, current.chain[0]);
    }
}

fn lost() -> impl Strategy<Value = Lost> {
    prop_oneof![
        4 => Just(Lost::Nothing),
        1 => Just(Lost::Request),
        2 => Just(Lost::Reply),
        1 => Just(Lost::Signature),
        1 => Just(Lost::Record),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Ask),
        4 => lost().prop_map(Event::Send),
        4 => lost().prop_map(Event::Connect),
        1 => Just(Event::DeleteKey),
        1 => (0..10_u8).prop_map(Event::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_locked_out(events in prop::collection::vec(event(), 1..40)) {
        let mut run = Run::new();
        events.into_iter().for_each(|event| run.step(event));
        run.settle();
    }
}
