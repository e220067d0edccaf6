//! Every error that is not provoked elsewhere, and what each says.

use mdm_proto::activation::password::{
    DeviceError, InvalidIdentifier, InvalidPassword, IssueError, Opened, Received, RefusalReason, RegisterError,
    RequestRecord, Service, ServiceError, ServiceName, UnacceptableParameters,
};
use pki_core::{
    DecodeError, DecodeErrorKind, KeyKind, Secret,
    crypto::{
        RandomFailed, Signer, VerifyError,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};

use crate::{
    attacker,
    world::{self, PASSWORD, World, activated, device, enrol, exchange, password, service, user},
};

/// A confirmed request, with the device's side.
fn confirmed(world: &mut World) -> mdm_proto::activation::password::Confirmed {
    let request = world.until_request(&device());
    let Ok(Received::Request(received)) = world.service.receive(request.message()) else { panic!() };
    match received.open(world.record().as_ref(), world.clock.now()).unwrap() {
        Opened::Confirmed(confirmed) => confirmed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_short_password_and_a_short_secret_are_not_registered() {
    let expires = World::new().clock.now();
    let register = |text: &str| service().register(user(), &password(text), expires);
    assert_eq!(register("äöüßé").unwrap_err(), RegisterError::UnsuitablePassword);
    assert!(register("äöüßéè").is_ok());
    let name = ServiceName::new("mdm").unwrap();
    let error = Service::new(name, &Secret::new(vec![0; 31]), PROVIDER).unwrap_err();
    assert_eq!(error, RegisterError::ShortSecret);
}

#[test]
fn a_certificate_for_another_key_is_not_handed_out() {
    let mut world = World::new();
    let confirmed = confirmed(&mut world);
    let other = PrivateKey::generate(KeyKind::P256, &mut world.rng).unwrap();
    let csr = conformance::fixtures::csr("other", &other);
    let given = world.activated(&csr);
    assert_eq!(confirmed.issue(&given, world.clock.now()).unwrap_err(), IssueError::CertificateMismatch);
}

#[test]
fn what_is_too_large_or_without_tls_is_not_handed_out() {
    let mut world = World::new();
    let confirmed = confirmed(&mut world);
    let now = world.clock.now();
    let given = world.activated(confirmed.csr());
    let root = world.root.clone();
    let roots = |count: usize| (1..count).fold(given.clone(), |given, _| given.add_root(root.clone()));
    assert!(confirmed.issue(&roots(8), now).is_ok());
    assert_eq!(confirmed.issue(&roots(9), now).unwrap_err(), IssueError::TooLarge);
    let chain = given.clone().with_chain(vec![root.clone(); 9]);
    assert_eq!(confirmed.issue(&chain, now).unwrap_err(), IssueError::TooLarge);
    let certificate =
        conformance::fixtures::below_root(&world.ca, "phone", &world.key, &pki_core::Profile::DEVICE_CLIENT);
    let at = |url: &str| {
        let given = mdm_proto::activation::password::Activated::new(certificate.clone(), root.clone(), url);
        confirmed.issue(&given, now).map(drop)
    };
    assert_eq!(at("http://mdm.example.com/"), Err(IssueError::Url));
    assert_eq!(at(&format!("https://mdm.example.com/{}", "x".repeat(70_000))), Err(IssueError::TooLarge));
    assert_eq!(at(world::URL), Ok(()));
}

#[test]
fn a_csr_without_the_key_is_refused_and_the_device_told() {
    let mut world = World::new();
    let other = PrivateKey::generate(KeyKind::P256, &mut world.rng).unwrap();
    let builder = pki_core::CsrBuilder::new(conformance::fixtures::name("x"), Signer::public_key(&world.key).clone());
    let csr = conformance::fixtures::sign_csr(&builder, &other);
    let enrol = world.until_enrol(&device(), PASSWORD).unwrap();
    let request = exchange(enrol.request(&csr).unwrap());
    let Ok(Received::Request(received)) = world.service.receive(request.message()) else { panic!() };
    let refusal = received.open(world.record().as_ref(), world.clock.now()).unwrap_err();
    assert_eq!(refusal.cause, ServiceError::CsrSignature(VerifyError::BadSignature));
    let step = request.finish(&refusal.reply, world.clock.now()).unwrap();
    assert!(matches!(step, mdm_proto::activation::password::DeviceStep::Refused(RefusalReason::Csr)));
    assert_eq!(world.attempts(), 1);
}

#[test]
fn a_csr_that_does_not_fit_is_not_sent() {
    let mut world = World::new();
    let enrol = world.until_enrol(&device(), PASSWORD).unwrap();
    let key = Signer::public_key(&world.key).clone();
    let octets = pki_core::der::Writer::encode(|w| w.octet_string(&vec![0; 20_000]));
    let builder =
        pki_core::CsrBuilder::new(conformance::fixtures::name("x"), key).add_attribute(pki_core::oid::SHA256, &octets);
    let csr = conformance::fixtures::sign_csr(&builder, &world.key);
    assert_eq!(enrol.request(&csr).unwrap_err(), DeviceError::CsrTooLarge);
    let request = exchange(enrol.request(&world.csr()).unwrap());
    let reply = world.post(request.message());
    activated(request.finish(&reply, world.clock.now()).unwrap());
}

#[test]
fn without_randomness_there_is_no_share() {
    let mut world = World::new();
    let derive = world.until_derive(&device());
    let mut rng = conformance::TestRandom::failing_after(1, 0);
    assert_eq!(derive.derive(&password(PASSWORD), &mut rng).unwrap_err(), DeviceError::Random(RandomFailed));
    let share = exchange(derive.derive(&password(PASSWORD), &mut world.rng).unwrap());
    let reply = world.post(share.message());
    let _enrol = enrol(share.finish(&reply, world.clock.now()).unwrap());
}

#[test]
fn a_failure_is_no_news_to_believe() {
    // It is not authenticated: the request stands, and the answer is taken when it comes.
    let mut world = World::new();
    let request = world.until_request(&device());
    let failure = request.finish(&attacker::message(7, &[]), world.clock.now()).unwrap_err();
    assert_eq!(failure.cause, DeviceError::Refused);
    let request = failure.exchange.unwrap();
    let reply = world.post(request.message());
    activated(request.finish(&reply, world.clock.now()).unwrap());
}

#[test]
fn errors_say_what_to_do_and_never_what_is_secret() {
    let decode = DecodeError::new(DecodeErrorKind::Empty, 3);
    let unacceptable = UnacceptableParameters { log_n: 30, r: 8, p: 1 };
    let service_name = ServiceName::new("mdm.example.org").unwrap();
    let texts = [
        DeviceError::NotConfirmed.to_string(),
        DeviceError::Parameters(unacceptable).to_string(),
        DeviceError::OtherService(service_name).to_string(),
        DeviceError::Message(decode).to_string(),
        DeviceError::Record(decode).to_string(),
        DeviceError::Random(RandomFailed).to_string(),
        DeviceError::CertificateMismatch.to_string(),
        DeviceError::CsrTooLarge.to_string(),
        DeviceError::Refused.to_string(),
        DeviceError::Sealed.to_string(),
        ServiceError::Csr(decode).to_string(),
        ServiceError::CsrSignature(VerifyError::BadSignature).to_string(),
        ServiceError::Message(decode).to_string(),
        ServiceError::NotConfirmed.to_string(),
        ServiceError::NotCounted.to_string(),
        ServiceError::TimedOut.to_string(),
        IssueError::CertificateMismatch.to_string(),
        IssueError::TooLarge.to_string(),
        IssueError::Url.to_string(),
        RegisterError::ShortSecret.to_string(),
        RegisterError::UnsuitablePassword.to_string(),
        InvalidIdentifier::Empty.to_string(),
        InvalidIdentifier::TooLong.to_string(),
        InvalidIdentifier::ControlCharacter.to_string(),
        InvalidPassword::Empty.to_string(),
        InvalidPassword::TooLong.to_string(),
        RefusalReason::Key.to_string(),
        RefusalReason::Other(77).to_string(),
    ];
    for (place, text) in texts.iter().enumerate() {
        assert!(text.len() > 10 && !texts[..place].contains(text), "{text}");
    }
    assert_eq!(texts[1], "scrypt with N = 2^30, r = 8, p = 1 is not acceptable");
}

#[test]
fn debug_output_holds_no_secret() {
    let mut world = World::new();
    let derive = world.until_derive(&device());
    let share = world.until_share(&device(), PASSWORD);
    let request = world.until_request(&device());
    let record = RequestRecord::from_der(request.record().unwrap().to_der().expose()).unwrap();
    let confirmed = confirmed(&mut world);
    let text = format!(
        "{:?} {derive:?} {share:?} {request:?} {record:?} {confirmed:?} {:?} {:?}",
        device(),
        world.service,
        world.record()
    );
    assert!(!text.contains(PASSWORD) && text.len() < 1000, "{text}");
    assert!(!text.contains("["), "no octets: {text}");
}
