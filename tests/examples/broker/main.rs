//! A device that enrols by SCEP at any CA, and never learns the challenge: a service stands between, and the two exchange messages.
//!
//! ```sh
//! cargo run --release -p conformance --example broker -- --url http://127.0.0.1:8080/scep --challenge secret \
//!     --subject-cn device-1 --out device-1 --fingerprint SHA-256-OF-THE-CA
//! ```
//!
//! Both run in this process, for the sake of the example; what goes between them are octets, and goes nowhere else. The device has its
//! key, its profile and OUT; the service has the challenge, what the CSR has to be like, and the way to the CA. Read the patents
//! in the documentation of `mdm_proto::broker` before you use this.
#![expect(clippy::disallowed_methods, reason = "here are the clock and the patience")]

mod device;
mod service;

use std::{
    error::Error,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use clap::{Parser, ValueEnum};
use pki_core::{
    Name, NameBuilder, UnixTime,
    crypto::{
        CryptoProvider,
        rustcrypto::{LEGACY_PROVIDER, PROVIDER},
    },
};
use scep::{HttpRequest, HttpResponse, Method, client::Fingerprint, http::RetryAfter};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Enrols a device through a broker.
#[derive(Parser)]
struct Arguments {
    /// The SCEP server's URL, without a query.
    #[arg(long)]
    url: String,
    /// The challenge password that the CA expects. The device is not given it.
    #[arg(long)]
    challenge: String,
    /// The common name that the service has on record for the device.
    #[arg(long, value_name = "NAME")]
    subject_cn: String,
    /// The common name that the device asks for; the same unless it is up to something.
    #[arg(long, value_name = "NAME")]
    asks_for: Option<String>,
    /// Directory for key.pem, budget.der and cert.pem of the device.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The CA certificate's fingerprint, in hexadecimal: from the profile, and known to both.
    #[arg(long, value_name = "HEX", value_parser = Fingerprint::from_hex)]
    fingerprint: Fingerprint,
    /// Also read replies with single DES, for servers that know nothing better.
    #[arg(long)]
    legacy: bool,
    /// Which attribute carries the blinding.
    #[arg(long, value_enum, default_value_t = Attribute::RandomNonce)]
    attribute: Attribute,
    /// Derive the blinding, in place of keeping a fresh one.
    #[arg(long)]
    derived: bool,
    /// Hand the envelope to the device, and have it submit by itself. The documentation says what that costs.
    #[arg(long)]
    submission_by_device: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Attribute {
    RandomNonce,
    UnstructuredName,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let run = || {
        let service = service::Service::new(&arguments)?;
        device::run(&arguments, service)
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("broker: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Arguments {
    const fn crypto(&self) -> CryptoProvider {
        if self.legacy { LEGACY_PROVIDER } else { PROVIDER }
    }
}

/// A name with nothing but this.
fn name(common_name: &str) -> Result<Name> {
    Ok(NameBuilder::new().add_common_name(common_name).build()?)
}

/// One request to the CA.
fn send(url: &str, request: &HttpRequest) -> Result<HttpResponse> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(30)))
        .http_status_as_error(false)
        .max_redirects(0)
        .build();
    let agent = ureq::Agent::from(config);
    let url = format!("{url}?{}", request.query);
    let mut response = match request.method {
        Method::Get => agent.get(url).call()?,
        Method::Post => {
            let content_type = request.content_type.as_deref().unwrap_or_default();
            agent.post(url).content_type(content_type).send(&request.body)?
        }
    };
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let content_type = header("content-type").unwrap_or_default().to_owned();
    let retry_after = header("retry-after").and_then(RetryAfter::parse);
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(LARGEST_REPLY).read_to_vec()?;
    Ok(HttpResponse::new(status, content_type, body).with_retry_after(retry_after))
}

fn now() -> UnixTime {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_seconds(0).plus(since_1970)
}

/// Many times what a reply takes.
const LARGEST_REPLY: u64 = 1024 * 1024;
/// How both call the profile.
const PROFILE: &str = "wifi";
