//! What a peer that knows the password may still do wrong.

use alloc::vec;
use core::time::Duration;

use pki_core::{
    Certificate, CertificateBuilder, Csr, CsrBuilder, KeyKind, Name, Profile, Secret, SerialNumber, Validity,
    algorithm::SignatureAlgorithm,
    crypto::{
        RandomFailed, SecureRandom, Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};

use super::*;
use crate::activation::password::{
    ActivationPassword, ActivationRecord, Attempt, DeviceName, Received, RefusalReason, ScryptBounds, ScryptParameters,
    Service, ServiceError, ServiceName, UserId,
    message::{Request, content::Issued},
};

/// Counts.
struct Counter(u8);

impl SecureRandom for Counter {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        self.0 += 1;
        out.fill(self.0);
        Ok(())
    }
}

fn now() -> UnixTime {
    UnixTime::from_seconds(1_795_392_000)
}

fn key(seed: u8) -> PrivateKey {
    PrivateKey::generate(KeyKind::P256, &mut Counter(seed)).unwrap()
}

fn csr(key: &PrivateKey) -> Csr {
    let builder = CsrBuilder::new(Name::from_common_name("phone").unwrap(), Signer::public_key(key).clone());
    builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap().sign_with(key, &mut Counter(9)).unwrap()
}

/// A certificate for `subject` that `issuer` signs, which is a CA called `CA`.
fn certificate(issuer: &PrivateKey, subject: &PrivateKey, profile: &Profile, name: &str) -> Certificate {
    let (issuer_name, name) = (Name::from_common_name("CA").unwrap(), Name::from_common_name(name).unwrap());
    let validity = Validity::starting(now().minus(Duration::from_secs(60)), Duration::from_secs(86_400));
    let serial = SerialNumber::from_bytes(&[1]).unwrap();
    CertificateBuilder::new(serial, issuer_name, name, validity, Signer::public_key(subject).clone())
        .with_profile(profile)
        .build(SignatureAlgorithm::ECDSA_SHA256)
        .unwrap()
        .sign_with(issuer, &mut Counter(8))
        .unwrap()
}

/// Both sides up to where they have proven the password: service, record, device's step.
fn agreed() -> (Service, ActivationRecord, Enrol) {
    let service = Service::new(ServiceName::new("mdm").unwrap(), &Secret::new(vec![1; 32]), PROVIDER).unwrap();
    let service = service.with_scrypt(ScryptParameters::new(1, 1, 1).unwrap());
    let (user, password) = (UserId::new("jane").unwrap(), ActivationPassword::typed("sesame-4711").unwrap());
    let record = service.register(user.clone(), &password, now()).unwrap();
    let device = Device::new(user, DeviceName::new("phone").unwrap(), PROVIDER)
        .with_scrypt_bounds(ScryptBounds::DEFAULT.with_memory(0, 1 << 20));

    let DeviceStep::Exchange(hello) = device.start() else { panic!("hello") };
    let Ok(Received::Hello(received)) = service.receive(hello.message()) else { panic!("hello") };
    let Ok(DeviceStep::Derive(derive)) = hello.finish(&received.answer(Some(&record)), now()) else { panic!("derive") };
    let Ok(DeviceStep::Exchange(share)) = derive.derive(&password, &mut Counter(1)) else { panic!("share") };
    let Ok(Received::Attempt(attempt)) = service.receive(share.message()) else { panic!("share") };
    let Ok(Attempt::Counted(counted)) = attempt.count(Some(&record), now(), &mut Counter(2)) else { panic!("counted") };
    let record = counted.record().clone();
    let Ok(DeviceStep::Enrol(enrol)) = share.finish(&counted.written(), now()) else { panic!("enrol") };
    (service, record, enrol)
}

#[test]
fn a_device_that_seals_no_csr_is_told_so() {
    let (service, record, enrol) = agreed();
    let opening = enrol.agreement.then_opening(&enrol.share, enrol.confirmation);
    let sealed = enrol.keys.to_service.seal(&opening, b"no csr").unwrap();
    let request = Request { share: enrol.share.clone(), confirmation: enrol.confirmation, sealed };
    let Ok(Received::Request(received)) = service.receive(&Message::request(&request)) else { panic!("request") };
    let refusal = received.open(Some(&record), now()).unwrap_err();
    assert!(matches!(refusal.cause, ServiceError::Csr(_)), "{refusal:?}");
    let Ok(Message::Answer(sealed)) = Message::decode(&refusal.reply, LARGEST_TO_DEVICE) else { panic!("answer") };
    let content = enrol.keys.to_device.open(&enrol.agreement.then_request(&request), &sealed).unwrap();
    assert_eq!(Content::from_der(content.expose()), Ok(Content::Refused(RefusalReason::Csr)));
}

/// The device's request for its key, and how it takes this content.
fn answered(content: &[u8]) -> Result<DeviceStep, DeviceError> {
    let (_, _, enrol) = agreed();
    let Ok(DeviceStep::Exchange(exchange)) = enrol.request(&csr(&key(1))) else { panic!("request") };
    let Awaited::Answer(requested) = &exchange.awaited else { panic!("request") };
    let sealed = requested.key.seal(&requested.transcript, content).unwrap();
    exchange.finish(&Message::answer(&sealed), now()).map_err(|failure| failure.cause)
}

fn issued(subject: &PrivateKey, url: &str, roots: usize) -> Vec<u8> {
    let ca = key(7);
    let root = certificate(&ca, &ca, &Profile::ROOT_CA, "CA");
    let certificate = certificate(&ca, subject, &Profile::DEVICE_CLIENT, "phone");
    let issued = Issued { certificate, roots: vec![root; roots], chain: vec![], url: url.into() };
    Content::Issued(issued).to_der()
}

#[test]
fn a_device_takes_a_certificate_for_its_own_key_alone() {
    assert!(matches!(answered(&issued(&key(1), "https://mdm/", 1)), Ok(DeviceStep::Activated(_))));
    let error = answered(&issued(&key(2), "https://mdm/", 1)).unwrap_err();
    assert_eq!(error, DeviceError::CertificateMismatch);
}

#[test]
fn a_device_takes_no_answer_without_root_or_tls_or_with_nine_roots() {
    let kind = |content: &[u8]| match answered(content).unwrap_err() {
        DeviceError::Message(error) => error.kind(),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(&issued(&key(1), "https://mdm/", 0)), DecodeErrorKind::Empty);
    assert_eq!(kind(&issued(&key(1), "http://mdm/", 1)), DecodeErrorKind::InvalidString);
    assert_eq!(kind(&issued(&key(1), "https://mdm/", 9)), DecodeErrorKind::TooMany);
    assert_eq!(
        kind(b""),
        DecodeErrorKind::UnexpectedTag { expected: pki_core::der::Tag::from_byte(0xa0), found: None }
    );
    assert!(matches!(answered(&[issued(&key(1), "https://mdm/", 1), vec![0]].concat()), Err(DeviceError::Message(_))));
}

#[test]
fn a_device_takes_no_server_certificate_for_its_own() {
    let ca = key(7);
    let root = certificate(&ca, &ca, &Profile::ROOT_CA, "CA");
    let certificate = certificate(&ca, &key(1), &Profile::TLS_SERVER, "phone");
    let issued = Issued { certificate, roots: vec![root], chain: vec![], url: "https://mdm/".into() };
    assert!(matches!(answered(&Content::Issued(issued).to_der()), Err(DeviceError::Chain(_))));
}
