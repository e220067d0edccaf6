//! Random schedules: a client, any number of servers over one database, a network that fails, and processes that end
//! anywhere.
//!
//! In each run there is at most one certificate for a transaction, the client comes to an end, what was issued is not lost,
//! and the same octets get the same reply. `cargo test` does all of the [`RUNS`]. A run that fails says its seed:
//!
//! ```sh
//! SEED=4711 cargo test -p conformance --test schedules
//! ```
//!
//! Cryptography is that of the fuzz targets, with signatures that tell keys and messages apart and are another each time:
//! what is tested is order, not arithmetic. `enrolment` does the same with RSA, 2,000 times.

#[path = "../../fuzz/src/fake.rs"]
#[expect(dead_code, reason = "the fuzz targets use the rest")]
mod fake;

mod cluster;
mod device;
mod ledger;
mod world;

use std::{panic, thread};

use conformance::{Clock, Fault, Network, TestRandom};
use pki_core::{Certificate, Limits, crypto::Decrypter};
use scep::{
    client::{Issued, Step},
    http::{HttpRequest, HttpResponse, Request},
    message::{MessageData, Received},
    server::{MessageDigest, TransactionState},
};

use cluster::{Cluster, Policy};
use device::Device;
use world::{PROVIDER, World};

/// How many, each with its own seed, from 0.
const RUNS: u64 = 100_000;

/// What the runs came to.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    issued: u32,
    renewed: u32,
    rejected: u32,
    server_crashes: u32,
    client_crashes: u32,
    interruptions: u32,
    replayed: u32,
    asked_again: u32,
}

#[test]
fn one_certificate_for_a_transaction_whatever_happens() {
    if let Some(seed) = seed() {
        eprintln!("{:?}", run(seed));
        return;
    }
    let threads = thread::available_parallelism().map_or(1, |count| u64::try_from(count.get()).expect("few"));
    let tallies = thread::scope(|scope| {
        let work = |first: u64| (first..RUNS).step_by(usize::try_from(threads).expect("few")).map(guarded);
        let handles: Vec<_> =
            (0..threads).map(|first| scope.spawn(move || work(first).fold(Tally::default(), Tally::and))).collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|cause| panic::resume_unwind(cause)))
            .fold(Tally::default(), Tally::and)
    });
    eprintln!("{tallies:?}");
    // The schedules reached everything.
    let runs = u32::try_from(RUNS).expect("32 bits");
    assert!(tallies.issued > runs / 2 && tallies.rejected > runs / 20, "{tallies:?}");
    assert!(tallies.renewed > runs / 4, "{tallies:?}");
    let events = [tallies.server_crashes, tallies.client_crashes, tallies.interruptions, tallies.replayed];
    assert!(events.iter().all(|count| *count > runs / 2) && tallies.asked_again > runs / 4, "{tallies:?}");
}

fn guarded(seed: u64) -> Tally {
    let outcome = panic::catch_unwind(|| run(seed));
    outcome.unwrap_or_else(|cause| {
        eprintln!("failed; again with SEED={seed}");
        panic::resume_unwind(cause)
    })
}

/// One run.
fn run(seed: u64) -> Tally {
    let world = World::shared();
    let mut chance = TestRandom::new(seed ^ 0x5c4e_d01e);
    let policy =
        [Policy::AtOnce, Policy::AtOnce, Policy::Undecided, Policy::Operator, Policy::Operators][chance.below(5)];
    let mut cluster = Cluster::new(world, policy, seed);
    cluster.crashes = u32::try_from(chance.below(5)).expect("few");
    cluster.interruptions = u32::try_from(chance.below(9)).expect("few");
    // Mostly all replies are kept; else as many as by default.
    cluster.ledger.keeps_all = chance.below(4) > 0;
    if cluster.ledger.keeps_all {
        cluster.limits.replies = usize::MAX;
        cluster.limits.reply_octets = usize::MAX;
    }
    let issuer = &world.generations[usize::from(chance.below(4) == 0)];
    let script: Vec<_> = (0..chance.below(8)).map(|_| Fault::random(&mut chance)).collect();
    let mut network = Network::with_script(script);
    let mut device = Device::new(world, issuer);
    let renews = chance.below(2) == 0;
    let mut clock = Clock::new();
    let mut rng = TestRandom::new(seed ^ 0xdede);
    let mut tally = Tally::default();
    let mut ends_left = chance.below(4);

    for turn in 0.. {
        assert!(turn < MOST_TURNS, "no end: {:?}", device.step);
        match &device.step {
            Step::Issued(issued) if renews && !device.is_renewing() => {
                tally.issued += 1;
                issued_by(&cluster, issued);
                let certificate = issued.certificate().clone();
                device.renew(certificate, &world.devices[chance.below(2)]);
            }
            Step::Issued(_) | Step::Rejected(_) => break,
            _ => {}
        }
        if ends_left > 0 && chance.below(8) == 0 {
            ends_left -= 1;
            tally.client_crashes += 1;
            device.restart(&clock);
        }
        if matches!(policy, Policy::Operator | Policy::Operators) && chance.below(8) == 0 {
            cluster.operate(&clock);
        }
        if let Step::Exchange(exchange) = &device.step {
            let serve = |request: &HttpRequest, clock: &Clock| cluster.answer(request, clock);
            let reply = network.exchange(exchange.request(), &mut clock, serve);
            if let Some(Ok(next)) = reply.map(|reply| exchange.finish(&reply, clock.now(), &mut rng)) {
                device.step = next;
            }
        } else {
            device.turn(&mut clock, &mut rng);
        }
    }

    // What was issued is what the client has, or still gets.
    if let Step::Issued(issued) = &device.step {
        tally.issued += 1;
        tally.renewed += u32::from(device.is_renewing());
        issued_by(&cluster, issued);
    } else {
        tally.rejected += 1;
    }
    cluster.crashes = 0;
    cluster.interruptions = 0;
    for (request, _) in network.log().iter().rev().take(2) {
        tally.asked_again += u32::from(ask_again(&mut cluster, request, &clock));
    }
    Tally {
        server_crashes: cluster.crashed,
        interruptions: cluster.interrupted,
        replayed: cluster.ledger.replayed,
        ..tally
    }
}

/// What the client has is what stands in the database.
fn issued_by(cluster: &Cluster<'_>, issued: &Issued) {
    let stands = |state: &TransactionState| match state {
        TransactionState::Issued(chain) => chain[0] == *issued.certificate(),
        _ => false,
    };
    assert!(cluster.records().any(|record| stands(record.state())), "a certificate that nobody issued");
}

/// Whoever asks again gets the certificate that was issued; says whether there is one.
fn ask_again(cluster: &mut Cluster<'_>, request: &HttpRequest, clock: &Clock) -> bool {
    let Ok(Request::PkiOperation { message }) = request.parse(&Limits::DEFAULT) else { return false };
    let digest = MessageDigest::of(&message, &PROVIDER).expect("SHA-256");
    let Some(key) = cluster.ledger.transaction_of(&digest).cloned() else { return false };
    let record = cluster.records().find(|record| *record.key() == key).expect("a record");
    let TransactionState::Issued(chain) = record.state() else { return false };
    let reply = cluster.answer(request, clock);
    assert_eq!(certificate(&message, &reply).as_ref(), Some(&chain[0]), "what was issued is lost");
    true
}

/// The certificate in the reply to a message.
fn certificate(message: &[u8], reply: &HttpResponse) -> Option<Certificate> {
    let world = World::shared();
    let recipient = Received::decode(message, Limits::DEFAULT).ok()?.certificates().first()?.clone();
    let signers: Vec<_> = world.generations.iter().map(|issuer| issuer.ra.clone()).collect();
    let verified = Received::decode(&reply.body, Limits::DEFAULT).ok()?.verify_by(&signers, &PROVIDER).ok()?;
    let wrapped = verified.wrapped_key(&recipient, &PROVIDER).ok()?;
    let device = world.devices.iter().find(|key| key.public().as_ref() == recipient.public_key())?;
    let key = device.unwrap_key(&wrapped, &mut TestRandom::new(0)).ok()?;
    match verified.open(&key, &PROVIDER).ok()?.data() {
        MessageData::Bundle(bundle) => bundle.certificates.first().cloned(),
        data => panic!("{data:?}"),
    }
}

impl Tally {
    fn and(self, other: Self) -> Self {
        Self {
            issued: self.issued + other.issued,
            renewed: self.renewed + other.renewed,
            rejected: self.rejected + other.rejected,
            server_crashes: self.server_crashes + other.server_crashes,
            client_crashes: self.client_crashes + other.client_crashes,
            interruptions: self.interruptions + other.interruptions,
            replayed: self.replayed + other.replayed,
            asked_again: self.asked_again + other.asked_again,
        }
    }
}

/// The one run that is wanted.
#[expect(clippy::disallowed_methods, reason = "a person says so")]
fn seed() -> Option<u64> {
    std::env::var("SEED").ok().map(|seed| seed.parse().expect("a number"))
}

/// Many times what a run takes.
const MOST_TURNS: u32 = 400;
