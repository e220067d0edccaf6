//! Path validation: chains beside the bare signature checks, `rustls-webpki`, `certval` and OpenSSL; meshes; and the worst that
//! hostile certificates can do.

mod chain {
    #[cfg(feature = "certval")]
    pub(crate) mod certval;
    #[cfg(feature = "openssl")]
    pub(crate) mod openssl;
    #[cfg(feature = "aws-lc-rs")]
    pub(crate) mod webpki;
}

use std::hint::black_box;

use benches::{
    Backend, Contest, Seeded,
    paths::{Chain, HOST, Hostile, Mesh, NOW},
};
use pki_core::{
    Certificate, KeyKind, PublicKeyRef,
    algorithm::AlgorithmIdentifier,
    chain::{ChainError, ChainValidator, PeerName, PolicySettings, Pool, Purpose, TrustAnchor, ValidatedChain},
    crypto::{BadSignature, CryptoProvider, SignatureVerifier, rustcrypto::PROVIDER},
};

fn main() {
    for (kind, name) in [(KeyKind::Rsa { bits: 2048 }, "RSA-2048"), (KeyKind::P256, "P-256")] {
        for length in [1, 3, 6] {
            let chain = Chain::new(length, kind, &mut Seeded(4));
            chains(&chain, &format!("chain of {length}, {name}"));
        }
    }
    for count in [4, 6, 8, 10, 12] {
        for mesh in [Mesh::Ok, Mesh::NameConstraint, Mesh::NoAnchor, Mesh::Policy] {
            let chain = Chain::mesh(count, mesh, &mut Seeded(5));
            meshes(&format!("mesh of {count}, {mesh:?}"), &chain, mesh);
        }
    }
    for hostile in [Hostile::Policies, Hostile::SelfIssued, Hostile::Names] {
        let chain = Chain::hostile(hostile, &mut Seeded(6));
        meshes(&format!("hostile mesh, {hostile:?}"), &chain, Mesh::Policy);
    }
}

fn chains(chain: &Chain, title: &str) {
    let der: Vec<_> = chain.iter().map(|certificate| certificate.as_der().to_vec()).collect();
    for &backend in Backend::ALL {
        let mut contest = Contest::new(format!("{title}, {backend:?}, cold"));
        contest.add("floor: the signature checks alone", || floor(chain, backend.provider()));
        contest.add("pki-core without signature checks", || cold(black_box(&der), UNCHECKED).unwrap());
        contest.add("pki-core", || cold(black_box(&der), backend.provider()).unwrap());
        match backend {
            #[cfg(feature = "aws-lc-rs")]
            Backend::AwsLcRs => {
                contest.add("rustls-webpki", || chain::webpki::cold(black_box(&der)));
                #[cfg(feature = "openssl")]
                contest.add("OpenSSL", || chain::openssl::cold(black_box(&der)));
            }
            Backend::RustCrypto => {
                #[cfg(feature = "certval")]
                contest.add("certval", || chain::certval::cold(black_box(&der)));
            }
        }
        contest.run();

        let mut contest = Contest::new(format!("{title}, {backend:?}, warm"));
        contest.add("floor: the signature checks alone", || floor(chain, backend.provider()));
        let (validator, pool) = prepare(chain.anchor.clone(), chain.intermediates.clone(), UNCHECKED);
        contest.add("pki-core without signature checks", move || {
            server(&validator, black_box(&chain.leaf), &pool).unwrap()
        });
        let (validator, pool) = prepare(chain.anchor.clone(), chain.intermediates.clone(), backend.provider());
        contest.add("pki-core", move || server(&validator, black_box(&chain.leaf), &pool).unwrap());
        match backend {
            #[cfg(feature = "aws-lc-rs")]
            Backend::AwsLcRs => {
                let (anchors, entity, intermediates) = chain::webpki::prepare(&der);
                contest.add("rustls-webpki", move || chain::webpki::validate(&anchors, &entity, &intermediates));
                #[cfg(feature = "openssl")]
                let prepared = chain::openssl::prepare(&der);
                #[cfg(feature = "openssl")]
                contest.add("OpenSSL", move || chain::openssl::validate(&prepared));
            }
            Backend::RustCrypto => {
                #[cfg(feature = "certval")]
                let prepared = chain::certval::prepare(&der);
                #[cfg(feature = "certval")]
                contest.add("certval", move || chain::certval::validate(&prepared));
            }
        }
        contest.run();
    }
}

fn meshes(title: &str, chain: &Chain, mesh: Mesh) {
    let (validator, pool) = prepare(chain.anchor.clone(), chain.intermediates.clone(), PROVIDER);
    let validator = match mesh {
        Mesh::Policy => validator.with_policies(PolicySettings::ANY.requiring_explicit_policy()),
        _ => validator,
    };
    let verdict = server(&validator, &chain.leaf, &pool);
    assert_eq!(verdict.is_ok(), mesh == Mesh::Ok, "{verdict:?}");
    let signatures = verdict.as_ref().map_or_else(ChainError::signatures, ValidatedChain::signatures);
    let exhausted = verdict.err().and_then(|error| error.exhausted());
    let title = format!("{title}, {} certificates, {signatures} signatures, {exhausted:?}", pool.certificates().len());
    let mut contest = Contest::new(title);
    contest.add("pki-core, warm", || server(&validator, black_box(&chain.leaf), &pool));
    contest.run();
}

/// The signature checks alone: each certificate below the anchor, or the anchor by itself.
fn floor(chain: &Chain, crypto: CryptoProvider) {
    let certificates: Vec<_> = chain.iter().collect();
    for pair in certificates.windows(2) {
        pair[1].verify_signature(pair[0].public_key(), &crypto).unwrap();
    }
}

/// From DER: an anchor, CAs, a server.
fn cold(der: &[Vec<u8>], crypto: CryptoProvider) -> Result<ValidatedChain, ChainError> {
    let [anchor, intermediates @ .., leaf] = der else { unreachable!() };
    let read = |der: &Vec<u8>| Certificate::from_der(der).unwrap();
    let (validator, pool) = prepare(read(anchor), intermediates.iter().map(read), crypto);
    server(&validator, &read(leaf), &pool)
}

fn prepare(
    anchor: Certificate,
    intermediates: impl IntoIterator<Item = Certificate>,
    crypto: CryptoProvider,
) -> (ChainValidator, Pool) {
    let validator = ChainValidator::new([TrustAnchor::from_certificate(anchor)], crypto);
    (validator, intermediates.into_iter().collect())
}

fn server(validator: &ChainValidator, leaf: &Certificate, pool: &Pool) -> Result<ValidatedChain, ChainError> {
    validator.validate(leaf, pool, Purpose::SERVER_AUTH.with_names(&[PeerName::Dns(HOST)]), NOW)
}

/// Accepts every signature: what is left is all else.
#[derive(Debug)]
struct Unchecked;

impl SignatureVerifier for Unchecked {
    fn supports(&self, _: AlgorithmIdentifier<'_>, _: AlgorithmIdentifier<'_>) -> bool {
        true
    }

    fn verify(&self, _: AlgorithmIdentifier<'_>, _: PublicKeyRef<'_>, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        Ok(())
    }
}

const UNCHECKED: CryptoProvider = CryptoProvider { verifiers: &[&Unchecked], ..PROVIDER };
