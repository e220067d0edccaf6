//! A SCEP server: HTTP by axum, a CA and a registration authority of its own, and SQLite for what has to outlive a restart.
//!
//! ```sh
//! cargo run --release -p conformance --example http-server -- --state ca --challenge secret --manual
//! cargo run --release -p conformance --example http-server -- --state ca --approve all
//! cargo run --release -p conformance --example http-server -- --state ca --roll-over 604800
//! ```
//!
//! What decides is in `server`: who may have a certificate, renew one or look one up, and how each request is answered once.
//!
//! Any path is the SCEP URL. For more than a trial: a proxy in front that has time-outs and speaks TLS, the CA's key in an HSM
//! or at least in another process than this one, a challenge for each device, and a look at the names that are asked for.
#![expect(clippy::disallowed_methods, reason = "here is the clock")]

mod authority;
mod database;
mod server;

use std::{
    error::Error,
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{
        Method, StatusCode, Uri,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse as _, Response},
};
use clap::Parser;
use getrandom::SysRng;
use pki_core::{
    Csr, Secret, UnixTime,
    crypto::rustcrypto::{LEGACY_PROVIDER, PROVIDER, Random},
};
use rusqlite::Connection;
use scep::{
    FailInfo,
    http::{self, HttpRequest, HttpResponse},
    server::{
        Authorized, EmptyContent, Issuance, Names, RenewalPolicy, RenewalWindow, TransactionRecord, TransactionState,
    },
};

use authority::{Authority, ScepKey};
use server::{Approval, Server};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A SCEP server with a small CA.
#[derive(Parser)]
struct Arguments {
    /// Directory of the CA; made on the first start.
    #[arg(long)]
    state: PathBuf,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The challenge password that entitles to a certificate.
    #[arg(long, required_unless_present = "decision")]
    challenge: Option<String>,
    /// Certificates are issued only after somebody approved them.
    #[arg(long)]
    manual: bool,
    /// Also single DES and MD5, for clients that know nothing better.
    #[arg(long)]
    legacy: bool,
    /// The CA's own key answers, for clients that know no registration authority.
    #[arg(long)]
    ca_key_answers: bool,
    /// Replies without content have it empty, not absent, for clients that can't verify the latter, like certmonger.
    #[arg(long)]
    empty_content: bool,
    /// Certificates may be renewed in so many days before they expire; without this, at any time.
    #[arg(long, value_name = "DAYS")]
    renew_within: Option<u64>,
    /// Show what waits for approval, and exit.
    #[arg(long, group = "decision")]
    list: bool,
    /// Issue what waits, also while a server runs, and exit: a transactionID as `--list` shows it, or `all`.
    #[arg(long, group = "decision", value_name = "ID")]
    approve: Option<String>,
    /// Refuse what waits, and exit.
    #[arg(long, group = "decision", value_name = "ID")]
    reject: Option<String>,
    /// Revoke a certificate, and exit: its serial number in hexadecimal.
    #[arg(long, group = "decision", value_name = "SERIAL")]
    revoke: Option<String>,
    /// Make the CA that takes over after so many seconds, and exit; a server that is started then knows it.
    #[arg(long, group = "decision", value_name = "SECONDS")]
    roll_over: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("http-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let scep_key = if arguments.ca_key_answers { ScepKey::Ca } else { ScepKey::Ra };
    let crypto = if arguments.legacy { LEGACY_PROVIDER } else { PROVIDER };
    if arguments.challenge.is_some() {
        Authority::install(&arguments.state, scep_key)?;
    }
    if let Some(seconds) = arguments.roll_over {
        return Authority::install_next(&arguments.state, scep_key, now().plus(Duration::from_secs(seconds)));
    }
    let authority = Authority::load(&arguments.state, scep_key, &crypto)?;
    let database = database::open(&arguments.state.join("scep.db"))?;
    if let Some(serial) = &arguments.revoke {
        let found = database::revoke(&database, serial, now())?;
        return if found { Ok(()) } else { Err("no such certificate is good".into()) };
    }
    let Some(challenge) = &arguments.challenge else {
        return decide_pending(&arguments, &authority, &database);
    };

    let empty_content = if arguments.empty_content { EmptyContent::ZeroLength } else { EmptyContent::Absent };
    let window = arguments
        .renew_within
        .map_or(RenewalWindow::Anytime, |days| RenewalWindow::Last(Duration::from_secs(days.saturating_mul(86_400))));
    let server = Server {
        responder: authority.responder(crypto)?.with_renewal().with_fail_info_text().with_empty_content(empty_content),
        authority,
        challenge: Secret::from(challenge.as_str()),
        renewal: RenewalPolicy::new().with_window(window),
        approval: if arguments.manual { Approval::Manual } else { Approval::Automatic },
        database: Mutex::new(database),
    };

    let router = Router::new().fallback(serve).layer(DefaultBodyLimit::max(LARGEST_BODY)).with_state(Arc::new(server));
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    println!("listening on {}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

/// HTTP in, HTTP out. RSA takes too long for the threads that do I/O.
async fn serve(State(server): State<Arc<Server>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let method = match method {
        Method::GET => http::Method::Get,
        Method::POST => http::Method::Post,
        _ => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    // The query as it came: scep knows what clients do to base64 in it.
    let request = HttpRequest::new(method, uri.query().unwrap_or_default(), body);
    match tokio::task::spawn_blocking(move || server.answer(&request)).await {
        Ok(Ok(HttpResponse { status, content_type, body, retry_after, .. })) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let retry_after = retry_after.map(|retry_after| [(RETRY_AFTER, retry_after.to_string())]);
            (status, [(CONTENT_TYPE, content_type)], retry_after, body).into_response()
        }
        Ok(Err(error)) => {
            // Our trouble, not the client's: it may ask again.
            eprintln!("no reply: {error}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(_panic) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// `--list`, `--approve` and `--reject`.
fn decide_pending(arguments: &Arguments, authority: &Authority, database: &Connection) -> Result<()> {
    let wanted = arguments.approve.as_ref().or(arguments.reject.as_ref());
    let mut found = false;
    for (record, csr) in database::pending(database)? {
        let id = hexadecimal(record.key().id.as_bytes());
        if wanted.is_none_or(|wanted| *wanted == "all" || *wanted == id) {
            found = true;
            println!("{id}  {}  {}", record.created(), csr.subject());
            let decision = match (&arguments.approve, &arguments.reject) {
                (Some(_), _) => approved(authority, &record, &csr)?,
                (None, Some(_)) => TransactionState::Rejected(FailInfo::BAD_REQUEST),
                (None, None) => continue,
            };
            let _ = authority.settle(database, record.key(), decision)?;
        }
    }
    if found || wanted.is_none() { Ok(()) } else { Err("no such request waits".into()) }
}

/// A person has looked at the names, which are those that the CSR asks for.
fn approved(authority: &Authority, record: &TransactionRecord, csr: &Csr) -> Result<TransactionState> {
    let authorized = Authorized::manually(*record.csr());
    let issuance = Issuance::new(now(), &mut Random(SysRng))?;
    let profile = &authority.issuer(&record.key().authority)?.profile;
    let certificate = profile.certificate(csr, &authorized, &Names::of_csr(csr)?, &issuance)?;
    Ok(TransactionState::Approved(certificate.into()))
}

fn now() -> UnixTime {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_seconds(0).plus(since_1970)
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Many times what a request takes.
const LARGEST_BODY: usize = 256 * 1024;
