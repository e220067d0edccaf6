//! Reading: a pkiMessage's SignedData and a certificate, beside `cms`, `x509-cert`, `rustls-webpki` and OpenSSL.

use std::hint::black_box;

use benches::{Backend, Seeded, World};
use criterion::{Criterion, criterion_group, criterion_main};
use der::Decode;
use pki_core::{Certificate, Limits, cms::SignedData, oid};

fn signed_data(c: &mut Criterion) {
    let rng = &mut Seeded(1);
    let world = World::new(Backend::RustCrypto, rng);
    let message = world.pkcs_req(rng).body;
    let mut group = c.benchmark_group(format!("read a SignedData of {} octets", message.len()));
    group.bench_function("pki-core", |b| {
        b.iter(|| {
            let signed_data = SignedData::from_ber(black_box(&message), Limits::DEFAULT).unwrap();
            let attributes = signed_data.signers()[0].signed_attributes().unwrap();
            for oid in [oid::SCEP_MESSAGE_TYPE, oid::SCEP_TRANSACTION_ID, oid::SCEP_SENDER_NONCE] {
                black_box(attributes.single(oid).unwrap().unwrap());
            }
            signed_data.content().map(<[u8]>::len)
        });
    });
    group.bench_function("scep::message::Received, owned, certificates included", |b| {
        b.iter(|| scep::message::Received::decode(black_box(&message), Limits::DEFAULT).unwrap());
    });
    group.bench_function("cms", |b| {
        b.iter(|| {
            let info = cms::content_info::ContentInfo::from_der(black_box(&message)).unwrap();
            info.content.decode_as::<cms::signed_data::SignedData>().unwrap()
        });
    });
    #[cfg(feature = "openssl")]
    group.bench_function("OpenSSL", |b| {
        b.iter(|| openssl::cms::CmsContentInfo::from_der(black_box(&message)).unwrap());
    });
    group.finish();
}

fn certificate(c: &mut Criterion) {
    let world = World::new(Backend::RustCrypto, &mut Seeded(2));
    let der = world.ca.as_der().to_vec();
    let mut group = c.benchmark_group(format!("read a certificate of {} octets", der.len()));
    group.bench_function("pki-core", |b| b.iter(|| Certificate::from_der(black_box(&der)).unwrap()));
    group.bench_function("rustls-webpki", |b| {
        let der = rustls_pki_types::CertificateDer::from(der.as_slice());
        b.iter(|| webpki::EndEntityCert::try_from(black_box(&der)).map(|_| ()).unwrap());
    });
    group.bench_function("x509-cert", |b| {
        b.iter(|| x509_cert::Certificate::from_der(black_box(&der)).unwrap());
    });
    #[cfg(feature = "openssl")]
    group.bench_function("OpenSSL", |b| b.iter(|| openssl::x509::X509::from_der(black_box(&der)).unwrap()));
    group.finish();
}

criterion_group!(benches, signed_data, certificate);
criterion_main!(benches);
