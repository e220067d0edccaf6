//! A SCEP client: gets a certificate from a server over HTTP by ureq.
//!
//! ```sh
//! cargo run --release -p conformance --example http-client -- --url http://127.0.0.1:8080/scep --challenge secret \
//!     --subject-cn device-1 --out device-1 --fingerprint SHA-256-OF-THE-CA
//! ```
//!
//! Exit codes: 0 with the certificate in OUT/cert.pem, 75 (try again later) when it is pending and `--no-wait` was given, 1 for
//! everything else.
#![expect(clippy::disallowed_methods, reason = "here are the clock and the patience")]

use std::{
    error::Error,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use clap::Parser;
use getrandom::SysRng;
use pki_core::{
    Certificate, CsrBuilder, KeyKind, NameBuilder, Secret, UnixTime,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signer as _,
        rustcrypto::{LEGACY_PROVIDER, PROVIDER, PrivateKey, Random},
    },
    pem,
};
use scep::{
    client::{
        AlgorithmFloor, ClientConfig, EnrolmentRequest, Exchange, Fingerprint, Issued, PendingRecord, PollPolicy, Step,
        Wait,
    },
    http::{HttpRequest, HttpResponse, Method, RetryAfter},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Enrols a device by SCEP.
#[derive(Parser)]
struct Arguments {
    /// The server's URL, without a query.
    #[arg(long)]
    url: String,
    /// The challenge password that entitles to a certificate.
    #[arg(long, required_unless_present = "resume")]
    challenge: Option<String>,
    /// The common name to ask for.
    #[arg(long, value_name = "NAME", required_unless_present = "resume")]
    subject_cn: Option<String>,
    /// Directory for key.pem, cert.pem and chain.pem.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The CA certificate's fingerprint, in hexadecimal.
    #[arg(long, value_name = "HEX", value_parser = Fingerprint::from_hex)]
    fingerprint: Option<Fingerprint>,
    /// Believe any CA. Without this and without a fingerprint, the CA's fingerprint is shown and nothing is asked for.
    #[arg(long, conflicts_with = "fingerprint")]
    trust_any: bool,
    /// Also triple DES and SHA-1, and replies with single DES and MD5, for servers that know nothing better.
    #[arg(long)]
    legacy: bool,
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
    #[arg(long, value_name = "FILE", conflicts_with_all = ["challenge", "subject_cn"])]
    resume: Option<PathBuf>,
    /// Write the CSR and all that is sent and received into this directory.
    #[arg(long, value_name = "DIR")]
    dump: Option<PathBuf>,
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

/// Whether the certificate is here; if not, it is pending.
fn run(arguments: &Arguments) -> Result<bool> {
    let crypto = if arguments.legacy { LEGACY_PROVIDER } else { PROVIDER };
    let first = Duration::from_secs(arguments.poll_seconds);
    let mut config = ClientConfig::new(crypto).with_poll_policy(PollPolicy { first, ..PollPolicy::DEFAULT });
    if arguments.legacy {
        config = config.with_algorithm_floor(AlgorithmFloor::Legacy);
    }
    if let Some(fingerprint) = &arguments.fingerprint {
        config = config.with_fingerprint(fingerprint.clone());
    }
    let config = Arc::new(config);
    fs::create_dir_all(&arguments.out)?;
    let key_file = arguments.out.join("key.pem");

    let (key, start) = match &arguments.resume {
        Some(record) => {
            let wait = PendingRecord::from_der(&fs::read(record)?)?.resume(config, now())?;
            (PrivateKey::from_pem(&fs::read_to_string(key_file)?)?, Step::Wait(wait))
        }
        None => {
            let key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, &mut Random(SysRng))?;
            // Before anything is sent: a certificate without its key is worth nothing.
            write_secret(&key_file, &key.to_pem())?;
            let request = request(arguments, &key)?;
            (key, Step::start(config, request)?)
        }
    };
    let Some(issued) = Enroller::new(arguments, key).drive(start)? else { return Ok(false) };

    let chain: String = issued.chain().iter().map(certificate_pem).collect();
    fs::write(arguments.out.join("chain.pem"), chain)?;
    fs::write(arguments.out.join("cert.pem"), certificate_pem(issued.certificate()))?;
    println!("issued: {} by {}", issued.certificate().subject(), issued.certificate().issuer());
    Ok(true)
}

/// A CSR of our own making. `EnrolmentRequest::new` takes the builder as it is and has the CSR signed in a step, too.
fn request(arguments: &Arguments, key: &PrivateKey) -> Result<EnrolmentRequest> {
    let subject = NameBuilder::new().add_common_name(arguments.subject_cn.as_deref().unwrap_or_default()).build()?;
    let challenge = Secret::from(arguments.challenge.as_deref().unwrap_or_default());
    let csr = CsrBuilder::new(subject, key.public_key().clone())
        .with_challenge_password(&challenge)
        .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
        .sign_with(key, &mut Random(SysRng))?;
    if let Some(directory) = &arguments.dump {
        fs::create_dir_all(directory)?;
        fs::write(directory.join("csr.der"), csr.as_der())?;
    }
    Ok(EnrolmentRequest::from_csr(csr))
}

/// What the dialogue lacks: a network, a clock, a key, a place for its record.
struct Enroller<'a> {
    arguments: &'a Arguments,
    key: PrivateKey,
    agent: ureq::Agent,
    sent: u32,
}

impl<'a> Enroller<'a> {
    fn new(arguments: &'a Arguments, key: PrivateKey) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            // What an HTTP error means is for scep to say, and a redirected POST would arrive without its body.
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self { arguments, key, agent: config.into(), sent: 0 }
    }

    /// The whole dialogue. `None` if it is pending and nobody wants to wait.
    fn drive(&mut self, mut step: Step) -> Result<Option<Issued>> {
        let rng = &mut Random(SysRng);
        loop {
            step = match step {
                Step::Exchange(exchange) => self.exchange(&exchange)?,
                Step::ConfirmAuthority(authority) => {
                    println!("CA: {}", authority.authority().anchor().subject());
                    println!("SHA-256 {}", authority.fingerprint());
                    if !self.arguments.trust_any {
                        return Err("give this --fingerprint if it is the right one, or --trust-any".into());
                    }
                    authority.accept(rng)?
                }
                Step::Sign(sign) => sign.sign_with(&self.key, rng)?,
                Step::Open(open) => open.open_with(&self.key, rng)?,
                Step::Wait(wait) => {
                    self.keep(&wait)?;
                    // A resumed request is asked about at least once.
                    if self.arguments.no_wait && self.sent > 0 {
                        return Ok(None);
                    }
                    thread::sleep(time_until(wait.until()));
                    wait.poll(rng)?
                }
                Step::Issued(issued) => return Ok(Some(issued)),
                Step::Rejected(rejected) => return Err(format!("rejected: {:?}", rejected.reason()).into()),
                step => return Err(format!("a step that came later than this program: {step:?}").into()),
            };
        }
    }

    /// One request and its reply. The same request may be sent again, so what may pass is waited for.
    fn exchange(&mut self, exchange: &Exchange) -> Result<Step> {
        let mut failures = 0;
        loop {
            let mut pause = Duration::from_secs(2);
            let error: Box<dyn Error> = match self.send(exchange.request()) {
                Ok(reply) => match exchange.finish(&reply, now(), &mut Random(SysRng)) {
                    Err(error) if error.is_retryable() => {
                        let hint = error.retry_after().map(|hint| hint.delay(now()).min(LONGEST_PAUSE));
                        pause = hint.unwrap_or(pause);
                        error.into()
                    }
                    result => return Ok(result?),
                },
                Err(error) => error,
            };
            failures += 1;
            if failures == TRIES {
                return Err(error);
            }
            eprintln!("{error}; trying again");
            thread::sleep(pause);
        }
    }

    fn send(&mut self, request: &HttpRequest) -> Result<HttpResponse> {
        let url = format!("{}?{}", self.arguments.url, request.query);
        let mut response = match request.method {
            Method::Get => self.agent.get(url).call()?,
            Method::Post => {
                let content_type = request.content_type.as_deref().unwrap_or_default();
                self.agent.post(url).content_type(content_type).send(&request.body)?
            }
        };
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let content_type = header("content-type").unwrap_or_default().to_owned();
        let retry_after = header("retry-after").and_then(RetryAfter::parse);
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(LARGEST_REPLY).read_to_vec()?;
        self.sent += 1;
        if let Some(directory) = &self.arguments.dump {
            fs::create_dir_all(directory)?;
            fs::write(directory.join(format!("{}-request.url", self.sent)), &request.query)?;
            fs::write(directory.join(format!("{}-request.der", self.sent)), &request.body)?;
            fs::write(directory.join(format!("{}-reply.der", self.sent)), &body)?;
        }
        Ok(HttpResponse::new(status, content_type, body).with_retry_after(retry_after))
    }

    /// The record has no secret in it; who can change it can change which CA is believed.
    fn keep(&self, wait: &Wait) -> Result<()> {
        println!("pending: {}, poll at {}", wait.transaction_id(), wait.until());
        if let Some(file) = &self.arguments.record {
            fs::write(file, wait.record().to_der())?;
        }
        Ok(())
    }
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

fn time_until(time: UnixTime) -> Duration {
    let seconds = time.as_seconds().saturating_sub(now().as_seconds());
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

/// EX_TEMPFAIL of sysexits.h.
const TRY_AGAIN_LATER: u8 = 75;
/// How often a request is sent at most.
const TRIES: u32 = 5;
/// However much longer a server wants to be left alone.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Many times what a reply takes.
const LARGEST_REPLY: u64 = 1024 * 1024;
