//! A SCEP client: gets a certificate from a server over HTTP by ureq, renews it, looks up certificates and CRLs, and learns which
//! CA will follow.
//!
//! ```sh
//! cargo run --release -p conformance --example http-client -- --url http://127.0.0.1:8080/scep --challenge secret \
//!     --subject-cn device-1 --out device-1 --fingerprint SHA-256-OF-THE-CA
//! cargo run --release -p conformance --example http-client -- --url http://127.0.0.1:8080/scep --renew device-1 \
//!     --out device-1-renewed --fingerprint SHA-256-OF-THE-CA
//! ```
//!
//! Exit codes: 0 with what was asked for in OUT, 75 (try again later) when it is pending and `--no-wait` was given, 1 for
//! everything else.
#![expect(clippy::disallowed_methods, reason = "here are the clock and the patience")]

mod dialogue;

use std::{
    error::Error,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime},
};

use clap::{Parser, ValueEnum};
use getrandom::SysRng;
use pki_core::{
    Certificate, CsrBuilder, KeyKind, NameBuilder, Secret, UnixTime,
    algorithm::{CipherAlgorithm, SignatureAlgorithm},
    crypto::{
        Signer as _,
        rustcrypto::{LEGACY_PROVIDER, PROVIDER, PrivateKey, Random},
    },
    pem,
};
use scep::{
    client::{
        AlgorithmFloor, AuthenticatedEncryption, Authority, Call, ClientConfig, EnrolmentRequest, Fingerprint, Found,
        LookupRequest, NextAuthority, PendingRecord, PollPolicy, Renewal, RenewalStyle, Rollover, Step,
    },
    message::IssuerAndSerial,
};

use dialogue::{Dialogue, End, Http, Keys};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Talks to a SCEP server for a device.
#[derive(Parser)]
struct Arguments {
    /// The server's URL, without a query.
    #[arg(long)]
    url: String,
    /// The challenge password that entitles to a certificate.
    #[arg(long)]
    challenge: Option<String>,
    /// The common name to ask for.
    #[arg(long, value_name = "NAME", required_unless_present = "other_than_first")]
    subject_cn: Option<String>,
    /// Directory for key.pem, cert.pem and chain.pem, or for what else is asked for.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The CA certificate's fingerprint, in hexadecimal.
    #[arg(long, value_name = "HEX", value_parser = Fingerprint::from_hex)]
    fingerprint: Option<Fingerprint>,
    /// Believe any CA. Without this and without a fingerprint, the CA's fingerprint is shown and nothing is asked for.
    #[arg(long, conflicts_with = "fingerprint")]
    trust_any: bool,
    /// The CA, and the one that follows: OUT/rollover.der of an earlier `--next-ca`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fingerprint", "trust_any"])]
    rollover: Option<PathBuf>,
    /// Also triple DES and SHA-1, and replies with single DES and MD5, for servers that know nothing better.
    #[arg(long)]
    legacy: bool,
    /// AES-GCM, for a server that is known to read it.
    #[arg(long)]
    aes_gcm: bool,
    /// The kind of key to make.
    #[arg(long, value_enum, default_value_t = Key::Rsa)]
    key: Key,
    /// Seconds until the first poll while the request is pending; twice as long before each further one.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    poll_seconds: u64,
    /// Keep here what a pending request needs to be resumed.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Do not wait for a pending request.
    #[arg(long, requires = "record")]
    no_wait: bool,
    /// Go on with the request that this record is about; its key is in OUT/key.pem.
    #[arg(long, value_name = "FILE", group = "other_than_first")]
    resume: Option<PathBuf>,
    /// Renew DIR/cert.pem, whose key is DIR/key.pem, with a new key.
    #[arg(long, value_name = "DIR", group = "other_than_first")]
    renew: Option<PathBuf>,
    /// Renew by PKCSReq, as before RFC 8894, whatever the server states.
    #[arg(long, requires = "renew")]
    by_pkcs_req: bool,
    /// Ask for the CRL on which DIR/cert.pem would be; it goes to OUT/crl.pem.
    #[arg(long, value_name = "DIR", group = "other_than_first")]
    get_crl: Option<PathBuf>,
    /// Ask for DIR/cert.pem by its serial number; it goes to OUT/cert.pem.
    #[arg(long, value_name = "DIR", group = "other_than_first")]
    get_cert: Option<PathBuf>,
    /// Another certificate to ask for, or for the CRL of its issuer.
    #[arg(long, value_name = "FILE")]
    of: Option<PathBuf>,
    /// Ask for the CA that will follow; it goes to OUT/next.pem, and OUT/rollover.der is for later requests.
    #[arg(long, group = "other_than_first", requires = "fingerprint")]
    next_ca: bool,
    /// Write the CSR and all that is sent and received into this directory.
    #[arg(long, value_name = "DIR")]
    dump: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Key {
    Ec,
    Rsa,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(TRY_AGAIN_LATER),
        Err(error) => {
            eprintln!("http-client: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether what was asked for is here; if not, it is pending.
fn run(arguments: &Arguments) -> Result<bool> {
    fs::create_dir_all(&arguments.out)?;
    let config = Arc::new(config(arguments)?);
    let http = Http::new(&arguments.url, arguments.dump.clone());
    if arguments.next_ca {
        return next_ca(arguments, &config, http).map(|()| true);
    }
    let (keys, start) = start(arguments, config)?;
    match Dialogue::new(arguments, http, keys).drive(start)? {
        End::Issued(issued) => {
            let chain: String = issued.chain().iter().map(certificate_pem).collect();
            fs::write(arguments.out.join("chain.pem"), chain)?;
            fs::write(arguments.out.join("cert.pem"), certificate_pem(issued.certificate()))?;
            println!("issued: {} by {}", issued.certificate().subject(), issued.certificate().issuer());
        }
        End::Found(Found::Certificate { certificate, .. }) => {
            fs::write(arguments.out.join("cert.pem"), certificate_pem(&certificate))?;
        }
        End::Found(Found::Crl { crl, .. }) => {
            fs::write(arguments.out.join("crl.pem"), pem::encode("X509 CRL", crl.as_der()))?;
        }
        End::Found(found) => return Err(format!("something that came later than this program: {found:?}").into()),
        End::Pending => return Ok(false),
    }
    Ok(true)
}

fn config(arguments: &Arguments) -> Result<ClientConfig> {
    let crypto = if arguments.legacy { LEGACY_PROVIDER } else { PROVIDER };
    let first = Duration::from_secs(arguments.poll_seconds);
    let mut config = ClientConfig::new(crypto).with_poll_policy(PollPolicy { first, ..PollPolicy::DEFAULT });
    if arguments.legacy {
        config = config.with_algorithm_floor(AlgorithmFloor::Legacy);
    }
    if arguments.aes_gcm {
        config = config.with_authenticated_encryption(AuthenticatedEncryption::agreed(CipherAlgorithm::AES128_GCM));
    }
    if let Some(fingerprint) = &arguments.fingerprint {
        config = config.with_fingerprint(fingerprint.clone());
    }
    if let Some(file) = &arguments.rollover {
        config = config.with_rollover(Rollover::from_der(&fs::read(file)?)?);
    }
    Ok(config)
}

/// The keys that a dialogue needs, and its first step.
fn start(arguments: &Arguments, config: Arc<ClientConfig>) -> Result<(Keys, Step)> {
    let key_file = arguments.out.join("key.pem");
    if let Some(record) = &arguments.resume {
        let wait = PendingRecord::from_der(&fs::read(record)?)?.resume(config, now())?;
        return Ok((Keys { new: Some(load_key(&key_file)?), current: None }, Step::Wait(wait)));
    }
    if let Some(directory) = arguments.get_crl.as_ref().or(arguments.get_cert.as_ref()) {
        let (current, current_key) = load_pair(directory)?;
        let target = match &arguments.of {
            Some(file) => IssuerAndSerial::of(&load_certificate(file)?),
            None => IssuerAndSerial::of(&current),
        };
        let request = LookupRequest::new(target, current);
        let look_up = if arguments.get_crl.is_some() { Step::get_crl } else { Step::get_cert };
        return Ok((Keys { new: None, current: Some(current_key) }, look_up(config, request)?));
    }
    let key = PrivateKey::generate(arguments.key.kind(), &mut Random(SysRng))?;
    // Before anything is sent: a certificate without its key is worth nothing.
    write_secret(&key_file, &key.to_pem())?;
    let (request, current) = match &arguments.renew {
        Some(directory) => {
            let (current, current_key) = load_pair(directory)?;
            (renewal(arguments, current, &key)?, Some(current_key))
        }
        None => (first_request(arguments, &key)?, None),
    };
    Ok((Keys { new: Some(key), current }, Step::start(config, request)?))
}

/// A CSR of our own making.
fn first_request(arguments: &Arguments, key: &PrivateKey) -> Result<EnrolmentRequest> {
    let subject = NameBuilder::new().add_common_name(arguments.subject_cn.as_deref().unwrap_or_default()).build()?;
    let mut csr = CsrBuilder::new(subject, key.public_key().clone());
    if let Some(challenge) = &arguments.challenge {
        csr = csr.with_challenge_password(&Secret::from(challenge.as_str()));
    }
    let algorithm = arguments.key.signature_algorithm();
    let csr = csr.build(algorithm)?.sign_with(key, &mut Random(SysRng))?;
    if let Some(directory) = &arguments.dump {
        fs::create_dir_all(directory)?;
        fs::write(directory.join("csr.der"), csr.as_der())?;
    }
    Ok(EnrolmentRequest::from_csr(csr))
}

/// The names of the current certificate for a new key. `EnrolmentRequest` has the CSR signed in a step, too.
fn renewal(arguments: &Arguments, current: Certificate, key: &PrivateKey) -> Result<EnrolmentRequest> {
    let mut csr = CsrBuilder::new(current.subject().to_owned(), key.public_key().clone());
    if let Some(names) = current.subject_alt_name()? {
        csr = csr.with_subject_alt_name(names.iter().collect());
    }
    let mut renewal = Renewal::of(current);
    if let Some(challenge) = &arguments.challenge {
        csr = csr.with_challenge_password(&Secret::from(challenge.as_str()));
        renewal = renewal.with_challenge_sent();
    }
    if arguments.by_pkcs_req {
        renewal = renewal.with_style(RenewalStyle::PkcsReq);
    }
    Ok(EnrolmentRequest::renewal(csr, renewal))
}

/// Which CA will follow, by the word of the one that is there.
fn next_ca(arguments: &Arguments, config: &ClientConfig, mut http: Http) -> Result<()> {
    let mut certificates = http.call(&Call::<Vec<Certificate>>::certificates(config))?;
    let pin = arguments.fingerprint.as_ref().ok_or("no fingerprint")?;
    certificates.sort_by_key(|certificate| !pin.matches(certificate, config.crypto()));
    if !certificates.first().is_some_and(|anchor| pin.matches(anchor, config.crypto())) {
        return Err("no certificate has the configured fingerprint".into());
    }
    let authority = Authority::new(&certificates, config.crypto(), now())?;
    let next = http.call(&Call::<NextAuthority>::next_certificates(config, &authority))?;
    let rollover = Rollover::new(authority)
        .with_next(&next, config.crypto(), now())?
        // The RFC has the switch when the current CA expires; servers go over when the next one is valid.
        .with_switch_at(next.valid_from());
    fs::write(arguments.out.join("rollover.der"), rollover.to_der())?;
    fs::write(arguments.out.join("next.pem"), next.certificates().iter().map(certificate_pem).collect::<String>())?;
    println!(
        "from {}: {:?}",
        next.valid_from(),
        next.certificates().iter().map(|ca| ca.subject().to_string()).collect::<Vec<_>>()
    );
    Ok(())
}

impl Key {
    const fn kind(self) -> KeyKind {
        match self {
            Self::Ec => KeyKind::P256,
            Self::Rsa => KeyKind::Rsa { bits: 2048 },
        }
    }

    const fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Ec => SignatureAlgorithm::ECDSA_SHA256,
            Self::Rsa => SignatureAlgorithm::RSA_PKCS1_SHA256,
        }
    }
}

fn load_key(file: &Path) -> Result<PrivateKey> {
    Ok(PrivateKey::from_pem(&fs::read_to_string(file)?)?)
}

fn load_certificate(file: &Path) -> Result<Certificate> {
    Ok(Certificate::from_der(&pem::decode(&fs::read_to_string(file)?, "CERTIFICATE")?)?)
}

/// DIR/cert.pem and DIR/key.pem.
fn load_pair(directory: &Path) -> Result<(Certificate, PrivateKey)> {
    Ok((load_certificate(&directory.join("cert.pem"))?, load_key(&directory.join("key.pem"))?))
}

fn certificate_pem(certificate: &Certificate) -> String {
    pem::encode("CERTIFICATE", certificate.as_der())
}

/// Readable by its owner alone, and never in place of another key: a certificate may depend on that one.
fn write_secret(path: &Path, secret: &Secret) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(file.write_all(secret.expose())?)
}

fn now() -> UnixTime {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_seconds(0).plus(since_1970)
}

/// EX_TEMPFAIL of sysexits.h.
const TRY_AGAIN_LATER: u8 = 75;
