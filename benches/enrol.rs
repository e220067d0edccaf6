//! A whole enrolment by step, and the server's part beside the private and public operations that it can't do without.

use std::hint::black_box;

use benches::{Seeded, World};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pki_core::{
    algorithm::{KeyTransportAlgorithm, SignatureAlgorithm},
    crypto::{ContentKey, Decrypter, KeyTransport, Signer, WrappedKey, rustcrypto},
};
use scep::client::Step;

fn server(c: &mut Criterion) {
    let rng = &mut Seeded(3);
    let world = World::new(rng);
    let request = world.pkcs_req(rng);
    let mut group = c.benchmark_group("server, PKCSReq to CertRep, RSA-2048");
    group.throughput(Throughput::Elements(1)).sample_size(50);
    group.bench_function("scep with rustcrypto", |b| b.iter(|| world.answer(black_box(&request), rng)));

    // Decrypt the content key, sign the certificate, sign the CertRep; verify the message, verify the CSR, encrypt the
    // content key.
    let algorithm = SignatureAlgorithm::RSA_PKCS1_SHA256;
    let signature = world.device_key.sign(algorithm, b"message", rng).unwrap();
    let transport = rustcrypto::RsaPkcs1;
    let key = ContentKey::new(vec![7; 16]);
    let wrapped = transport.wrap(world.ca.public_key(), &key, rng).unwrap();
    let wrapped = WrappedKey::new(KeyTransportAlgorithm::RsaPkcs1, wrapped, 16);
    group.bench_function("floor: 3 private and 3 public operations of rustcrypto", |b| {
        b.iter(|| {
            world.ca_key.unwrap_key(&wrapped, rng).unwrap();
            for _ in 0..2 {
                world.ca_key.sign(algorithm, b"message", rng).unwrap();
                let key = world.device_key.public_key().as_ref();
                let verified = rustcrypto::PROVIDER.verify(
                    algorithm.identifier(),
                    key,
                    b"message",
                    signature.as_bytes(),
                );
                verified.unwrap();
            }
            transport.wrap(world.ca.public_key(), &key, rng).unwrap()
        });
    });
    group.finish();
}

fn client(c: &mut Criterion) {
    let rng = &mut Seeded(4);
    let world = World::new(rng);
    let Step::Exchange(exchange) = world.client_until_pkcs_req(rng) else { unreachable!() };
    let reply = world.answer(exchange.request(), rng);
    let Step::Open(open) = exchange.finish(&reply, world.now, rng).unwrap() else { unreachable!() };

    let mut group = c.benchmark_group("client by step, RSA-2048");
    group.sample_size(50);
    group.bench_function("start to PKCSReq", |b| b.iter(|| world.client_until_pkcs_req(rng)));
    group.bench_function("judge the CertRep", |b| b.iter(|| exchange.finish(black_box(&reply), world.now, rng).unwrap()));
    group.bench_function("open it", |b| b.iter(|| open.open_with(&world.device_key, rng).unwrap()));
    group.finish();
}

criterion_group!(benches, server, client);
criterion_main!(benches);
