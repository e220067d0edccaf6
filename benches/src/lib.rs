//! What the benchmarks share: a CA, a registration authority, a device, and their messages, made once from fixed seeds.

mod contest;
pub mod memory;
pub mod paths;

use std::{sync::Arc, time::Duration};

pub use contest::Contest;
use pki_core::{
    Certificate, CertificateBuilder, CsrBuilder, KeyKind, NameBuilder, Profile, Secret, SerialNumber, UnixTime,
    Validity,
    algorithm::SignatureAlgorithm,
    crypto::{
        CryptoProvider, Decrypter, RandomFailed, SecureRandom, Signer,
        rustcrypto::{self, PROVIDER},
    },
};
use scep::{
    client::{ClientConfig, EnrolmentRequest, Fingerprint, Step},
    http::{HttpRequest, HttpResponse},
    server::{Incoming, Operation, Refusal, Responder},
};

/// Repeatable numbers, fit for benchmarks and for nothing else (SplitMix64).
#[derive(Debug)]
pub struct Seeded(pub u64);

impl SecureRandom for Seeded {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        for chunk in out.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bytes = (z ^ (z >> 31)).to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

/// A private key of whichever provider.
pub trait PrivateKey: Signer + Decrypter {}

impl<K: Signer + Decrypter> PrivateKey for K {}

/// Which provider does the work.
#[derive(Clone, Copy, Debug)]
pub enum Backend {
    /// `pki_core::crypto::aws_lc_rs`
    #[cfg(feature = "aws-lc-rs")]
    AwsLcRs,
    /// `pki_core::crypto::rustcrypto`
    RustCrypto,
}

impl Backend {
    /// Those that are compiled in.
    pub const ALL: &[Self] = &[
        #[cfg(feature = "aws-lc-rs")]
        Self::AwsLcRs,
        Self::RustCrypto,
    ];

    /// Its algorithms.
    pub const fn provider(self) -> CryptoProvider {
        match self {
            #[cfg(feature = "aws-lc-rs")]
            Self::AwsLcRs => pki_core::crypto::aws_lc_rs::PROVIDER,
            Self::RustCrypto => rustcrypto::PROVIDER,
        }
    }

    /// A key for it.
    pub fn key(self, key: &rustcrypto::PrivateKey) -> Box<dyn PrivateKey> {
        let der = key.to_pkcs8_der();
        match self {
            #[cfg(feature = "aws-lc-rs")]
            Self::AwsLcRs => Box::new(pki_core::crypto::aws_lc_rs::PrivateKey::from_pkcs8_der(der.expose()).unwrap()),
            Self::RustCrypto => Box::new(rustcrypto::PrivateKey::from_pkcs8_der(der.expose()).unwrap()),
        }
    }
}

/// A CA whose own RSA-2048 key does everything, as the peers that are measured have it, and a device.
#[derive(Debug)]
pub struct World {
    /// The CA's certificate.
    pub ca: Certificate,
    /// The CA's key.
    pub ca_key: Box<dyn PrivateKey>,
    /// The same in PKCS#8, for peers.
    pub ca_key_der: Vec<u8>,
    /// The server.
    pub responder: Responder,
    /// The device's key.
    pub device_key: Box<dyn PrivateKey>,
    /// The algorithms.
    pub provider: CryptoProvider,
    /// The challenge.
    pub challenge: Secret,
    /// When all of this happens.
    pub now: UnixTime,
}

impl World {
    /// Makes keys and certificates.
    pub fn new(backend: Backend, rng: &mut Seeded) -> Self {
        let now = UnixTime::from_civil(2026, 11, 23, 9, 0, 0).unwrap();
        let ca_key = rustcrypto::PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng).unwrap();
        let name = NameBuilder::new().add_organization("Example").add_common_name("Example Root").build().unwrap();
        let years = Validity::starting(now, Duration::from_secs(3650 * 86_400));
        let serial = SerialNumber::random(rng).unwrap();
        let ca = CertificateBuilder::new(serial, name.clone(), name, years, Signer::public_key(&ca_key).clone())
            .with_profile(&Profile::ROOT_CA.answering_scep())
            .with_subject_key_identifier(&PROVIDER)
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)
            .unwrap()
            .sign_with(&ca_key, rng)
            .unwrap();
        let responder = Responder::with_ca_key(ca.clone(), backend.provider()).unwrap();
        let device_key = rustcrypto::PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng).unwrap();
        Self {
            ca,
            ca_key_der: ca_key.to_pkcs8_der().expose().to_vec(),
            ca_key: backend.key(&ca_key),
            responder,
            device_key: backend.key(&device_key),
            provider: backend.provider(),
            challenge: Secret::from("correct horse"),
            now,
        }
    }

    /// The client's steps up to the PKCSReq that it would send.
    pub fn pkcs_req(&self, rng: &mut Seeded) -> HttpRequest {
        let Step::Exchange(exchange) = self.client_until_pkcs_req(rng) else { unreachable!() };
        exchange.request().clone()
    }

    /// The client, about to send its PKCSReq.
    pub fn client_until_pkcs_req(&self, rng: &mut Seeded) -> Step {
        let pin = Fingerprint::of(&self.ca, &PROVIDER).unwrap();
        let config = Arc::new(ClientConfig::new(self.provider).with_fingerprint(pin));
        let name = NameBuilder::new().add_organization("Example").add_common_name("device-1").build().unwrap();
        let csr = CsrBuilder::new(name, Signer::public_key(&*self.device_key).clone())
            .with_challenge_password(&self.challenge);
        let mut step = Step::start(config, EnrolmentRequest::new(csr)).unwrap();
        loop {
            step = match step {
                Step::Exchange(exchange) if !exchange.request().body.is_empty() => return Step::Exchange(exchange),
                Step::Exchange(exchange) => {
                    let reply = self.answer(exchange.request(), rng);
                    exchange.finish(&reply, self.now, rng).unwrap()
                }
                Step::Sign(sign) => sign.sign_with(&*self.device_key, rng).unwrap(),
                step => panic!("{step:?}"),
            };
        }
    }

    /// The server: from request to response, the certificate included.
    pub fn answer(&self, request: &HttpRequest, rng: &mut Seeded) -> HttpResponse {
        let mut reply = || {
            let sealed = match self.responder.receive(request, self.now, rng)? {
                Incoming::Query(query) => return Ok(query.reply()),
                Incoming::Sealed(sealed) => sealed,
                incoming => panic!("{incoming:?}"),
            };
            let Operation::PkcsReq(enrol) = sealed.open_with(&*self.ca_key, rng)? else { unreachable!() };
            let authorized = enrol.check_challenge(&self.challenge).unwrap();
            let csr = enrol.csr();
            let certificate = CertificateBuilder::new(
                SerialNumber::random(rng).unwrap(),
                self.ca.subject().to_owned(),
                csr.subject().to_owned(),
                Validity::starting(self.now, Duration::from_secs(365 * 86_400)),
                csr.public_key().to_owned(),
            )
            .with_profile(&Profile::DEVICE_CLIENT)
            .with_subject_key_identifier(&PROVIDER)
            .with_authority(&self.ca, &PROVIDER)
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)
            .unwrap()
            .sign_with(&*self.ca_key, rng)
            .unwrap();
            enrol.issue(&authorized, &[certificate], rng)
        };
        let reply = reply().unwrap_or_else(|refusal: Refusal| refusal.reply);
        reply.sign_with(&*self.ca_key, rng).unwrap()
    }
}
