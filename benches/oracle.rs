//! How long a server takes over envelopes that are damaged in one way each: whether the time tells which.
//!
//! Not a criterion benchmark: what counts is not the time but the difference of two. Messages of all kinds take turns in
//! random order; each kind is compared with each other one by Welch's t, over all measurements and over the fastest quarter,
//! where other programs hide less. Two halves of one kind, compared likewise, say what t is by chance. Below 4.5 nothing was
//! found (that is what TVLA and dudect go by); the difference in nanoseconds says what there is to find.

use std::time::Instant;

use benches::Backend;
use conformance::{
    Clock, TestRandom, TestServer,
    fixtures::{self, ca_key, client_key, ra_key},
    forge::{self, RawMessage},
    oracle::Damage,
};
use pki_core::crypto::{Decrypter, rustcrypto::PROVIDER};
use scep::{
    http::HttpRequest,
    server::{Incoming, RegistrationAuthority, Responder},
};

/// Messages of each kind.
const MESSAGES: usize = 100;
/// Measurements of each kind.
const MEASUREMENTS: usize = 5_000;

fn main() {
    // `cargo test --benches` asks whether it runs at all.
    let measurements = if std::env::args().any(|argument| argument == "--bench") { MEASUREMENTS } else { 20 };
    let messages: Vec<_> = Damage::ALL.into_iter().map(messages).collect();
    for &backend in Backend::ALL {
        println!("{backend:?}, RSA-2048, {measurements} measurements of each kind: opening and refusing");
        let times = measure(backend, &messages, measurements);
        for (damage, times) in Damage::ALL.iter().zip(&times) {
            let halves = [0, 1].map(|half| times.iter().skip(half).step_by(2).copied().collect::<Vec<_>>());
            report(&format!("{damage:?}, one half and the other"), &halves[0], &halves[1]);
        }
        for (index, damage) in Damage::ALL.iter().enumerate() {
            for (other, others) in Damage::ALL.iter().zip(&times).skip(index + 1) {
                report(&format!("{damage:?} and {other:?}"), &times[index], others);
            }
        }
    }
}

fn messages(damage: Damage) -> Vec<HttpRequest> {
    let server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
    let (recipient, csr) = (forge::recipient(&server), fixtures::csr("device", client_key()));
    let good = RawMessage::pkcs_req(&server, "device", client_key());
    let rng = &mut TestRandom::new(1);
    (0..MESSAGES).map(|_| good.clone().content(damage.envelope(&csr, &recipient, rng).encode()).to_request()).collect()
}

/// Nanoseconds, by kind.
#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn measure(backend: Backend, messages: &[Vec<HttpRequest>], measurements: usize) -> Vec<Vec<f64>> {
    let server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
    let ra = server.signing();
    let authority = RegistrationAuthority { signing: ra.clone(), encryption: ra };
    let responder = Responder::new(server.ca().clone(), authority, backend.provider()).expect("a responder");
    let key = backend.key(ra_key());
    let (now, chance, rng) = (Clock::new().now(), &mut TestRandom::new(2), &mut TestRandom::new(3));
    let mut times = vec![Vec::with_capacity(measurements); messages.len()];
    while times.iter().any(|times| times.len() < measurements) {
        let kind = chance.below(messages.len());
        let request = &messages[kind][chance.below(MESSAGES)];
        let Ok(Incoming::Sealed(sealed)) = responder.receive(request, now, rng) else { panic!("not a message") };
        let begin = Instant::now();
        let refused = sealed.open_with(&*key as &dyn Decrypter, rng);
        let elapsed = begin.elapsed();
        assert!(refused.is_err());
        times[kind].push(elapsed.as_secs_f64() * 1e9);
    }
    times
}

fn report(what: &str, one: &[f64], other: &[f64]) {
    let all = compare(one, other);
    let fastest = compare(&fastest(one), &fastest(other));
    println!(
        "  {what:45}  all: {:8.0} ns, t {:6.1}   fastest: {:8.0} ns, t {:6.1}",
        all.0, all.1, fastest.0, fastest.1
    );
}

fn fastest(times: &[f64]) -> Vec<f64> {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.truncate(sorted.len() / 4);
    sorted
}

/// The difference of the means, and Welch's t.
fn compare(one: &[f64], other: &[f64]) -> (f64, f64) {
    let [(mean, error), (other_mean, other_error)] = [one, other].map(|times| {
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    });
    (mean - other_mean, (mean - other_mean) / (error + other_error).sqrt())
}
