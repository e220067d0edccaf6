//! CRLs and OCSP responses: reading and looking up, beside `rustls-webpki`, `x509-cert` and OpenSSL.

use std::{hint::black_box, time::Duration};

use benches::{
    Contest, Seeded,
    memory::{Counting, kept},
    paths::{Authority, NOW},
};
use der::Decode;
use pki_core::{
    Crl, CrlBuilder, KeyKind, Profile,
    algorithm::DigestAlgorithm,
    crl::{CrlNumber, Revocation, RevocationReason},
    crypto::{SecureRandom, Signer, rustcrypto::PROVIDER},
    ocsp::{CertId, CertStatus, OcspResponse, OcspResponseBuilder, ResponderId},
};
use webpki::{BorrowedCertRevocationList, CertRevocationList, OwnedCertRevocationList};

fn main() {
    for count in [1_000, 100_000, 1_000_000] {
        crls(count);
    }
    ocsp();
}

fn crls(count: usize) {
    let rng = &mut Seeded(7);
    let authority = Authority::new("Example CA", KeyKind::P256, rng);
    let serials: Vec<[u8; 16]> = (0..count).map(|_| serial(rng)).collect();
    let der = crl(&authority, &serials, rng);
    let (hit, miss) = (&serials[count / 3], &serial(rng));
    let name = authority.name.as_ref();

    let mut contest = Contest::new(format!("CRL of {count} entries, {} octets: read", der.len()));
    contest.add("pki-core, indexed", || Crl::from_der(black_box(&der)).unwrap());
    contest.add("rustls-webpki, owned, indexed", || OwnedCertRevocationList::from_der(black_box(&der)).unwrap());
    contest.add("rustls-webpki, borrowed", || BorrowedCertRevocationList::from_der(black_box(&der)).unwrap());
    contest.add("x509-cert", || {
        x509_cert::crl::CertificateList::<x509_cert::certificate::Rfc5280>::from_der(black_box(&der)).unwrap()
    });
    #[cfg(feature = "openssl")]
    contest.add("OpenSSL", || openssl::x509::X509Crl::from_der(black_box(&der)).unwrap());
    contest.run();

    let (ours, our_memory) = kept(|| Crl::from_der(&der).unwrap());
    let (owned, owned_memory) = kept(|| CertRevocationList::from(OwnedCertRevocationList::from_der(&der).unwrap()));
    let borrowed = CertRevocationList::from(BorrowedCertRevocationList::from_der(&der).unwrap());
    if std::env::args().any(|argument| argument == "--bench") {
        let each = |octets: usize| octets as f64 / count as f64;
        println!(
            "CRL of {count} entries: octets kept for each of {:.1}: pki-core {:.1}, rustls-webpki {:.1}\n",
            each(der.len()),
            each(our_memory),
            each(owned_memory)
        );
    }
    #[cfg(feature = "openssl")]
    let openssl = openssl::x509::X509Crl::from_der(&der).unwrap();
    for (what, serial, there) in [("hit", hit, true), ("miss", miss, false)] {
        let mut contest = Contest::new(format!("CRL of {count} entries: lookup, {what}"));
        contest.add("pki-core", || assert_eq!(ours.find(black_box(serial), name).is_some(), there));
        contest.add("rustls-webpki, owned", || {
            assert_eq!(owned.find_serial(black_box(serial)).unwrap().is_some(), there);
        });
        contest.add("rustls-webpki, borrowed", || {
            assert_eq!(borrowed.find_serial(black_box(serial)).unwrap().is_some(), there);
        });
        #[cfg(feature = "openssl")]
        let (crl, number) = (&openssl, openssl::bn::BigNum::from_slice(serial).unwrap().to_asn1_integer().unwrap());
        #[cfg(feature = "openssl")]
        contest.add("OpenSSL", move || {
            let status = crl.get_by_serial(black_box(&number));
            assert_eq!(!matches!(status, openssl::x509::CrlStatus::NotRevoked), there);
        });
        contest.run();
    }
}

fn ocsp() {
    let rng = &mut Seeded(8);
    let authority = Authority::new("Example CA", KeyKind::P256, rng);
    let server = Authority::new("www.example.com", KeyKind::P256, rng);
    let certificate = authority.sign(authority.certify(&server, &Profile::TLS_SERVER, rng), rng);
    let key = Signer::public_key(&authority.key).as_ref();
    let id = CertId::new(certificate.serial_number(), authority.name.as_ref(), key, DigestAlgorithm::SHA1, &PROVIDER)
        .unwrap();
    let response = OcspResponseBuilder::new(ResponderId::ByName(authority.name.as_ref()), NOW)
        .add_response(id.as_ref(), CertStatus::Good, NOW, None)
        .build(authority.key.algorithms()[0])
        .unwrap()
        .sign_with(&authority.key, rng)
        .unwrap();
    let der = response.as_der().to_vec();
    let mut contest = Contest::new(format!("OCSP response of {} octets, P-256", der.len()));
    contest.add("pki-core, read", || OcspResponse::from_der(black_box(&der)).unwrap());
    contest.add("pki-core, read and verified", || {
        let response = OcspResponse::from_der(black_box(&der)).unwrap();
        response.basic().unwrap().verify_signature(key, &PROVIDER).unwrap();
    });
    contest.add("the signature check alone", || {
        response.basic().unwrap().verify_signature(key, &PROVIDER).unwrap();
    });
    #[cfg(feature = "openssl")]
    contest.add("OpenSSL, read", || openssl::ocsp::OcspResponse::from_der(black_box(&der)).unwrap().basic().unwrap());
    contest.run();
}

/// A CRL of these; one in four has a reason.
fn crl(authority: &Authority, serials: &[[u8; 16]], rng: &mut Seeded) -> Vec<u8> {
    let week = Duration::from_secs(7 * 86_400);
    let builder = serials.iter().enumerate().fold(
        CrlBuilder::new(authority.name.clone(), NOW, NOW.plus(week)),
        |builder, (index, serial)| {
            let reason = if index % 4 == 0 { RevocationReason::KeyCompromise } else { RevocationReason::Unspecified };
            builder.add_revoked(Revocation::new(serial, NOW).with_reason(reason))
        },
    );
    builder
        .with_number(CrlNumber::from(1))
        .with_authority_key(Signer::public_key(&authority.key), &PROVIDER)
        .build(authority.key.algorithms()[0])
        .unwrap()
        .sign_with(&authority.key, rng)
        .unwrap()
        .as_der()
        .to_vec()
}

/// A positive number of 16 octets.
fn serial(rng: &mut Seeded) -> [u8; 16] {
    let mut serial = [0; 16];
    rng.fill(&mut serial).unwrap();
    serial[0] = serial[0] & 0x7f | 0x40;
    serial
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
