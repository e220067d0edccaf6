//! Challenges: one-time among 100,000 that are out, and sealed. Beside an HMAC-SHA-256 of a few octets, which a challenge can't be
//! redeemed without.

use std::{hint::black_box, time::Duration};

use benches::{Contest, Seeded};
use mdm_proto::{
    challenge::{Binding, Challenge, Detail, Presented, SealingKeys, Service, ServiceKey, ServiceLimits, Step},
    csr_policy::{Expectation, ExpectedKey},
    profile::{Curve, KeyAlgorithm},
};
use pki_core::{
    Csr, CsrBuilder, GeneralNamesBuilder, KeyKind, Name, NameBuilder, Secret, UnixTime,
    algorithm::SignatureAlgorithm,
    crypto::{Signer, rustcrypto::PrivateKey},
};
use scep::server::Names;

const NOW: UnixTime = UnixTime::from_seconds(1_795_424_400);
const OUTSTANDING: usize = 100_000;

fn main() {
    let rng = &mut Seeded(1);
    let key = PrivateKey::generate(KeyKind::P256, rng).unwrap();
    let csr = csr(&key, rng);
    one_time(&csr);
    sealed(&csr);
}

fn name() -> Name {
    NameBuilder::new().add_organization("Example").add_common_name("device-1").build().unwrap()
}

fn alternative() -> GeneralNamesBuilder {
    GeneralNamesBuilder::new().add_dns_name("device-1.example.com").add_upn("user@example.com")
}

fn csr(key: &PrivateKey, rng: &mut Seeded) -> Csr {
    let csr = CsrBuilder::new(name(), Signer::public_key(key).clone()).with_subject_alt_name(alternative());
    csr.build(SignatureAlgorithm::ECDSA_SHA256).unwrap().sign_with(key, rng).unwrap()
}

fn binding(device: &str) -> Binding {
    let names = Names::new(name()).with_alternative(alternative()).unwrap();
    let key = ExpectedKey::Algorithm(KeyAlgorithm::Ec(Curve::P256));
    Binding::new(device, "wifi", Expectation::new(names, key)).unwrap()
}

fn service_key() -> ServiceKey {
    ServiceKey::from_secret(Secret::new(vec![0x42; 32])).unwrap()
}

/// A service with so many challenges of as many devices, and what was given out.
fn filled(count: usize) -> (Service, Vec<Challenge>) {
    let rng = &mut Seeded(2);
    let limits = ServiceLimits { capacity: usize::MAX, ..ServiceLimits::DEFAULT };
    let mut service = Service::new(service_key(), limits);
    let lifetime = Duration::from_secs(7 * 86_400);
    let issue = |number| service.issue(binding(&format!("device-{number}")), lifetime, NOW, rng).unwrap();
    let challenges = (0..count).map(issue).collect();
    (service, challenges)
}

fn one_time(csr: &Csr) {
    let (mut full, challenges) = filled(OUTSTANDING);
    let (mut small, few) = filled(100);
    let (mut issuing, _) = filled(OUTSTANDING);
    let challenge = challenges[OUTSTANDING / 3].as_secret();
    let (mut at, mut of_few, mut number) = (0, 0, 0);
    let rng = &mut Seeded(3);
    let bound: Vec<_> = (0..1000).map(|number| binding(&format!("more-{number}"))).collect();

    let mut contest = Contest::new(format!("One-time challenges, {OUTSTANDING} of them out"));
    contest.add("HMAC-SHA-256 of one challenge", || service_key().id(black_box(challenge)));
    contest.add("compare a CSR with what is expected", || bound[0].expectation().unwrap().check(black_box(csr)));
    contest.add("SHA-256 of the CSR, copies", || Presented::new(black_box(csr), Some(challenge)));
    // After the first round these are repetitions within the grace.
    contest.add("redeem", || {
        at = (at + 7919) % OUTSTANDING;
        let presented = Presented::new(csr, Some(challenges[at].as_secret()));
        full.redeem(&presented, NOW).unwrap()
    });
    contest.add("redeem, 100 of them out", || {
        of_few = (of_few + 37) % few.len();
        let presented = Presented::new(csr, Some(few[of_few].as_secret()));
        small.redeem(&presented, NOW).unwrap()
    });
    // In and out again, so that there are as many all the time.
    contest.add("issue and forget", || {
        number = (number + 1) % bound.len();
        let challenge = issuing.issue(bound[number].clone(), Duration::from_secs(60), NOW, rng).unwrap();
        let id = issuing.find(&challenge).unwrap().id();
        issuing.remove(&id)
    });
    contest.run();
}

fn sealed(csr: &Csr) {
    let keys = SealingKeys::new(1, Secret::new(vec![1; 32])).unwrap();
    let (binding, end) = (binding("device-1"), NOW.plus(Duration::from_secs(3600)));
    let rng = &mut Seeded(4);
    let challenge = keys.seal(&binding, end, Detail::Whole, rng).unwrap();
    let mut wrong = challenge.expose().as_bytes().to_vec();
    wrong.swap(60, 61);
    let (right, wrong) =
        (Presented::new(csr, Some(challenge.as_secret())), Presented::new(csr, Some(&Secret::new(wrong))));

    let mut contest = Contest::new(format!("Sealed challenges of {} characters", challenge.expose().len()));
    contest.add("HMAC-SHA-256 of one challenge", || service_key().id(black_box(challenge.as_secret())));
    contest.add("seal", || keys.seal(&binding, end, Detail::Whole, rng).unwrap());
    contest.add("redeem", || matches!(keys.redeem(black_box(&right), NOW), Ok(Step::Granted(_))));
    contest.add("refuse", || keys.redeem(black_box(&wrong), NOW).unwrap_err());
    contest.run();
}
