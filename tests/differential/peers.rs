//! Those whose verdicts are compared: ours, rustls-webpki's, and that of the `openssl` program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use conformance::chain;
use pki_core::{
    Certificate, PublicKey, UnixTime,
    algorithm::SignatureAlgorithm,
    chain::{ChainValidator, Pool, Purpose},
    crypto::rustcrypto::PROVIDER,
    der::Writer,
    oid, pem,
};
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, TrustAnchor, alg_id,
};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::plan::Chain;

/// Valid, or why not.
pub type Verdict = Result<(), String>;

pub trait Peer {
    fn name(&self) -> &'static str;
    fn verdict(&mut self, chain: &Chain) -> Verdict;
}

/// Our own. What can't be read in the pool is left out.
pub fn ours(chain: &Chain) -> Verdict {
    let root = Certificate::from_der(&chain.root).map_err(|error| format!("root: {error}"))?;
    let leaf = Certificate::from_der(&chain.leaf).map_err(|error| format!("leaf: {error}"))?;
    let pool: Pool = chain.pool.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let validator = ChainValidator::new([root.into()], PROVIDER);
    let verdict = validator.validate(&leaf, &pool, Purpose::SERVER_AUTH, chain::now());
    verdict.map(|_| ()).map_err(|error| error.to_string())
}

/// With ECDSA by our provider: it is path processing that is compared, and no C compiler is needed.
pub struct Webpki;

impl Peer for Webpki {
    fn name(&self) -> &'static str {
        "webpki"
    }

    fn verdict(&mut self, chain: &Chain) -> Verdict {
        let root = CertificateDer::from(chain.root.as_slice());
        let anchor: TrustAnchor<'_> = anchor_from_trusted_cert(&root).map_err(|error| format!("root: {error:?}"))?;
        let leaf = CertificateDer::from(chain.leaf.as_slice());
        let leaf = EndEntityCert::try_from(&leaf).map_err(|error| format!("leaf: {error:?}"))?;
        let pool: Vec<_> = chain.pool.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let seconds = u64::try_from(chain::now().as_seconds()).expect("after 1970");
        let now = rustls_pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let algorithms: &[&dyn SignatureVerificationAlgorithm] = &[&P256];
        let anchors = [anchor];
        let verdict = leaf.verify_for_usage(algorithms, &anchors, &pool, now, KeyUsage::server_auth(), None, None);
        verdict.map(|_| ()).map_err(|error| format!("{error:?}"))
    }
}

#[derive(Debug)]
struct P256;

impl SignatureVerificationAlgorithm for P256 {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let curve = Writer::encode(|w| w.oid(oid::SECP256R1));
        let key = Writer::encode(|w| {
            w.sequence(|w| {
                pki_core::AlgorithmIdentifier::new(oid::EC_PUBLIC_KEY, Some(&curve)).encode(w);
                w.bit_string(public_key);
            });
        });
        let key = PublicKey::from_der(&key).map_err(|_| InvalidSignature)?;
        let algorithm = SignatureAlgorithm::ECDSA_SHA256.identifier();
        PROVIDER.verify(algorithm, key.as_ref(), message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA256
    }
}

/// The program, where there is one.
pub struct OpenSsl {
    directory: PathBuf,
    now: UnixTime,
}

impl OpenSsl {
    /// `None` without OpenSSL 3 on the path; files are written to `directory`.
    pub fn find(directory: &Path) -> Option<Self> {
        let version = Command::new("openssl").arg("version").output().ok()?;
        let is_3 = version.stdout.starts_with(b"OpenSSL 3.");
        fs::create_dir_all(directory).ok()?;
        is_3.then(|| Self { directory: directory.to_owned(), now: chain::now() })
    }

    fn write(&self, name: &str, certificates: &[Vec<u8>]) -> PathBuf {
        let path = self.directory.join(name);
        let text: String = certificates.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
        fs::write(&path, text).expect("a file");
        path
    }
}

impl Peer for OpenSsl {
    fn name(&self) -> &'static str {
        "openssl"
    }

    fn verdict(&mut self, chain: &Chain) -> Verdict {
        let mut command = Command::new("openssl");
        command.args([
            "verify",
            "-purpose",
            "sslserver",
            "-policy_check",
            "-policy",
            "2.5.29.32.0",
            "-no-CApath",
            "-no-CAstore",
        ]);
        command.arg("-attime").arg(self.now.as_seconds().to_string());
        command.arg("-CAfile").arg(self.write("root.pem", std::slice::from_ref(&chain.root)));
        if !chain.pool.is_empty() {
            command.arg("-untrusted").arg(self.write("pool.pem", &chain.pool));
        }
        let output = command.arg(self.write("leaf.pem", std::slice::from_ref(&chain.leaf))).output();
        let output = output.expect("openssl");
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(text.lines().find(|line| line.starts_with("error")).unwrap_or(&text).to_owned())
    }
}
