//! A whole enrolment by step; the server's part beside the private and public operations that it can't do without, and
//! beside OpenSSL.

use std::hint::black_box;

use benches::{Backend, Seeded, World};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pki_core::{
    algorithm::{KeyTransportAlgorithm, SignatureAlgorithm},
    crypto::{ContentKey, KeyTransport, Signer, WrappedKey, rustcrypto},
};
use scep::client::Step;

fn server(c: &mut Criterion) {
    let mut group = c.benchmark_group("server, PKCSReq to CertRep, RSA-2048");
    group.throughput(Throughput::Elements(1)).sample_size(50);
    for &backend in Backend::ALL {
        let rng = &mut Seeded(3);
        let world = World::new(backend, rng);
        let request = world.pkcs_req(rng);
        group.bench_function(format!("scep, {backend:?}"), |b| b.iter(|| world.answer(black_box(&request), rng)));
        group.bench_function(format!("floor: 3 private and 3 public operations, {backend:?}"), |b| {
            let mut floor = floor(&world, rng);
            b.iter(&mut floor);
        });
    }
    #[cfg(feature = "openssl")]
    group.bench_function("OpenSSL's CMS, without SCEP attributes", |b| {
        let rng = &mut Seeded(3);
        let world = World::new(Backend::RustCrypto, rng);
        let request = world.pkcs_req(rng);
        let mut openssl = openssl_server(&world);
        b.iter(|| openssl(black_box(&request.body)));
    });
    group.finish();
}

/// Decrypt the content key, sign the certificate, sign the CertRep; verify the message, verify the CSR, encrypt the content
/// key.
fn floor<'a>(world: &'a World, rng: &'a mut Seeded) -> impl FnMut() -> Vec<u8> + use<'a> {
    let algorithm = SignatureAlgorithm::RSA_PKCS1_SHA256;
    let signature = world.device_key.sign(algorithm, b"message", rng).unwrap();
    let transport = world.provider.key_transport(KeyTransportAlgorithm::RsaPkcs1).unwrap();
    let key = ContentKey::new(vec![7; 16]);
    let wrapped = rustcrypto::RsaPkcs1.wrap(world.ca.public_key(), &key, rng).unwrap();
    let wrapped = WrappedKey::new(KeyTransportAlgorithm::RsaPkcs1, wrapped, 16);
    move || {
        world.ca_key.unwrap_key(&wrapped, rng).unwrap();
        for _ in 0..2 {
            world.ca_key.sign(algorithm, b"message", rng).unwrap();
            let key = Signer::public_key(&*world.device_key).as_ref();
            world.provider.verify(algorithm.identifier(), key, b"message", signature.as_bytes()).unwrap();
        }
        transport.wrap(world.ca.public_key(), &key, rng).unwrap()
    }
}

/// The same work by OpenSSL: verify, decrypt, verify the CSR, sign a certificate, encrypt it, sign. Its bindings don't set
/// signed attributes, so the reply is a little smaller than SCEP's.
#[cfg(feature = "openssl")]
fn openssl_server(world: &World) -> impl FnMut(&[u8]) -> Vec<u8> {
    use openssl::{
        asn1::Asn1Time,
        bn::BigNum,
        cms::{CMSOptions, CmsContentInfo},
        hash::MessageDigest,
        pkey::PKey,
        stack::Stack,
        symm::Cipher,
        x509::{X509, X509Builder, X509Req},
    };

    let ca = X509::from_der(world.ca.as_der()).unwrap();
    let key = PKey::private_key_from_pkcs8(&world.ca_key_der).unwrap();
    move |message| {
        let mut signed = CmsContentInfo::from_der(message).unwrap();
        let mut content = Vec::new();
        signed.verify(None, None, None, Some(&mut content), CMSOptions::NO_SIGNER_CERT_VERIFY).unwrap();
        let device = scep::message::Received::decode(message, pki_core::Limits::DEFAULT).unwrap();
        let device = X509::from_der(device.certificates()[0].as_der()).unwrap();
        let csr = CmsContentInfo::from_der(&content).unwrap().decrypt(&key, &ca).unwrap();
        let csr = X509Req::from_der(&csr).unwrap();
        let csr_key = csr.public_key().unwrap();
        assert!(csr.verify(&csr_key).unwrap());

        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_serial_number(&BigNum::from_u32(4711).unwrap().to_asn1_integer().unwrap()).unwrap();
        builder.set_issuer_name(ca.subject_name()).unwrap();
        builder.set_subject_name(csr.subject_name()).unwrap();
        builder.set_pubkey(&csr_key).unwrap();
        builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::days_from_now(365).unwrap()).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        let certificate = builder.build().to_der().unwrap();

        let mut recipients = Stack::new().unwrap();
        recipients.push(device).unwrap();
        let flags = CMSOptions::BINARY;
        let envelope = CmsContentInfo::encrypt(&recipients, &certificate, Cipher::aes_128_cbc(), flags).unwrap();
        let envelope = envelope.to_der().unwrap();
        CmsContentInfo::sign(Some(&ca), Some(&key), None, Some(&envelope), flags).unwrap().to_der().unwrap()
    }
}

fn client(c: &mut Criterion) {
    let rng = &mut Seeded(4);
    let world = World::new(Backend::RustCrypto, rng);
    let Step::Exchange(exchange) = world.client_until_pkcs_req(rng) else { unreachable!() };
    let reply = world.answer(exchange.request(), rng);
    let Step::Open(open) = exchange.finish(&reply, world.now, rng).unwrap() else { unreachable!() };

    let mut group = c.benchmark_group("client by step, RSA-2048, RustCrypto");
    group.sample_size(50);
    group.bench_function("start to PKCSReq: three signatures", |b| b.iter(|| world.client_until_pkcs_req(rng)));
    group.bench_function("judge the CertRep", |b| {
        b.iter(|| exchange.finish(black_box(&reply), world.now, rng).unwrap());
    });
    group.bench_function("open it", |b| b.iter(|| open.open_with(&*world.device_key, rng).unwrap()));
    group.finish();
}

criterion_group!(benches, server, client);
criterion_main!(benches);
