//! An installation and devices, made of keys that are the same every time.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use conformance::{TestRandom, chain, fixtures};
use mdm_proto::{
    client_certificate::{ClientCertificates, ClientRecord, Decision, Issuance, Step},
    identity::{DeviceId, Identity, User, WorkSpaceId},
    installation::{Authority, Installation, RootProfile, ServerProfile},
    keystore::KeyHandle,
};
use pki_core::{
    Certificate, Csr, CsrBuilder, GeneralNamesBuilder, KeyKind, Name, NameBuilder, SerialNumber, ToBeSigned, UnixTime,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    chain::{ChainError, ChainValidator, Pool, Purpose, ValidatedChain},
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};

pub(crate) const DAY: u64 = 86_400;

pub(crate) fn now() -> UnixTime {
    chain::now()
}

pub(crate) fn days(days: u64) -> Duration {
    Duration::from_secs(days * DAY)
}

/// So many days from now.
pub(crate) fn day(count: u64) -> UnixTime {
    now().plus(days(count))
}

/// A key of this kind and name, the same every time.
pub(crate) fn key_of(kind: KeyKind, name: &str) -> &'static PrivateKey {
    static KEYS: Mutex<Vec<(String, &'static PrivateKey)>> = Mutex::new(Vec::new());
    let id = format!("{kind} {name}");
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, key)) = keys.iter().find(|(known, _)| *known == id) {
        return key;
    }
    let seed = id.bytes().fold(7, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let key: &_ = Box::leak(Box::new(PrivateKey::generate(kind, &mut TestRandom::new(seed)).unwrap()));
    keys.push((id, key));
    key
}

/// On P-256.
pub(crate) fn key(name: &str) -> &'static PrivateKey {
    chain::key(name)
}

/// For a root: on P-384.
pub(crate) fn root_key(name: &str) -> &'static PrivateKey {
    key_of(KeyKind::P384, name)
}

pub(crate) fn handle(name: &str) -> KeyHandle {
    KeyHandle::new(name.as_bytes()).unwrap()
}

/// A serial number that differs from all others of a test.
pub(crate) fn issuance(at: UnixTime) -> Issuance {
    static LAST: Mutex<u32> = Mutex::new(0);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    *last += 1;
    Issuance { serial: SerialNumber::from_bytes(&[&[0x40; 8][..], &last.to_be_bytes()].concat()).unwrap(), at }
}

pub(crate) fn sign<T>(to_be_signed: &ToBeSigned<T>, key: &PrivateKey) -> T {
    to_be_signed.sign_with(key, &mut TestRandom::new(3)).unwrap()
}

pub(crate) fn name(common_name: &str) -> Name {
    NameBuilder::new().add_organization("Example").add_common_name(common_name).build().unwrap()
}

/// A root of path length 0, signed by the key of this name; the same every time.
pub(crate) fn root_at(common_name: &str, key_name: &str, at: UnixTime) -> Certificate {
    root_of(&RootProfile::DEFAULT, common_name, key_name, at)
}

pub(crate) fn root_of(profile: &RootProfile, common_name: &str, key_name: &str, at: UnixTime) -> Certificate {
    let (name, key) = (name(common_name), root_key(key_name));
    let issuance = Issuance { serial: fixtures::serial(&name, key.public_key()), at };
    let root = profile.root(name, key.public_key().clone(), &issuance, &PROVIDER).unwrap();
    sign(&root, key)
}

pub(crate) fn root() -> Certificate {
    root_at("Root", "root-1", now())
}

/// An installation whose root has the key `root-1`.
pub(crate) fn installation() -> Installation {
    Installation::new(Authority::new(root(), handle("root-1")))
}

/// A server certificate by the current authority, whose issuer has a P-384 key of this name.
pub(crate) fn server(installation: &Installation, issuer_key: &str, at: UnixTime) -> Certificate {
    let profile = ServerProfile::new().add_dns_name("mdm.example.com");
    let issuer = installation.current().issuer();
    let certificate = profile.certificate(issuer, key("server").public_key().clone(), &issuance(at), &PROVIDER);
    sign(&certificate.unwrap(), root_key(issuer_key))
}

pub(crate) fn with_server(installation: &Installation, issuer_key: &str, at: UnixTime) -> Installation {
    let certificate = server(installation, issuer_key, at);
    installation.with_server(certificate, handle("server"), &PROVIDER).unwrap()
}

pub(crate) fn device(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 16])
}

pub(crate) fn identity_of(number: u8) -> Identity {
    let user = User::from_email("jane@example.com").unwrap().with_upn("jane@corp.example.com").unwrap();
    Identity::new(user, WorkSpaceId::new("sales-7").unwrap(), device(number)).with_organisation("Example").unwrap()
}

pub(crate) fn identity() -> Identity {
    identity_of(1)
}

/// With this subject and these names for the key, signed by it.
pub(crate) fn csr_with(subject: Name, names: Option<GeneralNamesBuilder>, key: &PrivateKey) -> Csr {
    let builder = CsrBuilder::new(subject, Signer::public_key(key).clone());
    let builder = match names {
        Some(names) => builder.with_subject_alt_name(names),
        None => builder,
    };
    let algorithm = SignatureAlgorithm::for_key(Signer::public_key(key).as_ref(), DigestAlgorithm::SHA256);
    let csr = builder.build(algorithm.or_else(|| key.algorithms().first().copied()).unwrap()).unwrap();
    sign(&csr, key)
}

/// Of device 1.
pub(crate) fn csr(key_name: &str) -> Csr {
    csr_with(identity().subject().unwrap(), None, key(key_name))
}

/// A service and one device of it: the root, the record, and what the record was.
pub(crate) struct Service {
    pub(crate) clients: ClientCertificates,
    pub(crate) record: ClientRecord,
    pub(crate) root: Certificate,
}

impl Service {
    pub(crate) fn new() -> Self {
        let root = root();
        let clients = ClientCertificates::new(root.clone(), PROVIDER);
        Self { clients, record: ClientRecord::new(identity()), root }
    }

    pub(crate) fn with(change: impl FnOnce(ClientCertificates) -> ClientCertificates) -> Self {
        let service = Self::new();
        Self { clients: change(service.clients), ..service }
    }

    /// What is stored after a decision, and sent.
    pub(crate) fn carry_out(&mut self, decision: Decision) -> Certificate {
        self.record = decision.record;
        match decision.step {
            Step::Send(certificate) => certificate,
            Step::Sign(unsigned) => {
                let certificate = sign(unsigned.to_be_signed(), root_key("root-1"));
                self.record = self.record.with_signed(certificate.clone()).unwrap();
                assert_eq!(self.record.answer(self.record.next().unwrap().csr()), Some(&certificate));
                certificate
            }
        }
    }

    pub(crate) fn enrol(&mut self, csr: &Csr, at: UnixTime) -> Certificate {
        let decision = self.clients.enrol(csr, &self.record, &issuance(at)).unwrap();
        self.carry_out(decision)
    }

    pub(crate) fn renew(&mut self, current: &Certificate, csr: &Csr, at: UnixTime) -> Certificate {
        let chain = self.chain(current, at).unwrap();
        let decision = self.clients.renew(&chain, csr, &self.record, &issuance(at)).unwrap();
        self.carry_out(decision)
    }

    /// With a certificate that is in use.
    pub(crate) fn activated(change: impl FnOnce(ClientCertificates) -> ClientCertificates) -> (Self, Certificate) {
        let mut service = Self::with(change);
        let certificate = service.enrol(&csr("device-1"), now());
        service.use_it(&certificate, now());
        (service, certificate)
    }

    pub(crate) fn use_it(&mut self, certificate: &Certificate, at: UnixTime) {
        let chain = self.chain(certificate, at).unwrap();
        if let Some(record) = self.clients.authenticate(&chain, &self.record, at).unwrap().first_use {
            self.record = record;
        }
    }

    pub(crate) fn chain(&self, certificate: &Certificate, at: UnixTime) -> Result<ValidatedChain, ChainError> {
        validate(&self.root, certificate, at)
    }
}

pub(crate) fn validate(root: &Certificate, leaf: &Certificate, at: UnixTime) -> Result<ValidatedChain, ChainError> {
    let validator = ChainValidator::new([root.clone().into()], PROVIDER);
    validator.validate(leaf, &Pool::new(), Purpose::CLIENT_AUTH, at)
}
