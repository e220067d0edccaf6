//! A SCEP server: HTTP by axum, a CA and a registration authority of its own, and SQLite for what has to outlive a restart.
//!
//! ```sh
//! cargo run --release -p conformance --example http-server -- --state ca --challenge secret --manual
//! cargo run --release -p conformance --example http-server -- --state ca --approve all
//! ```
//!
//! Any path is the SCEP URL. For more than a trial: a proxy in front that has time-outs and speaks TLS, the CA's key in an HSM
//! or at least in another process than this one, a challenge for each device, and a look at the names that are asked for.
#![expect(clippy::disallowed_methods, reason = "here is the clock")]

mod authority;
mod database;

use std::{
    error::Error,
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{Method, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use clap::Parser;
use getrandom::SysRng;
use pki_core::{
    Secret, UnixTime,
    crypto::rustcrypto::{LEGACY_PROVIDER, PROVIDER, Random},
};
use rusqlite::{Connection, TransactionBehavior};
use scep::{
    FailInfo, TransactionId,
    http::{self, HttpRequest, HttpResponse},
    server::{
        CertPoll, Conflict, EmptyContent, Enrol, Incoming, Operation, Refusal, RegistrationAuthority, Reply, Responder,
        TransactionLimits, TransactionRecord, TransactionState,
    },
};

use authority::Authority;

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
    /// Show what waits for approval, and exit.
    #[arg(long, group = "decision")]
    list: bool,
    /// Issue what waits, also while a server runs, and exit: a transactionID as `--list` shows it, or `all`.
    #[arg(long, group = "decision", value_name = "ID")]
    approve: Option<String>,
    /// Refuse what waits, and exit.
    #[arg(long, group = "decision", value_name = "ID")]
    reject: Option<String>,
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
    if arguments.challenge.is_some() {
        Authority::install(&arguments.state, arguments.ca_key_answers)?;
    }
    let authority = Authority::load(&arguments.state, arguments.ca_key_answers)?;
    let mut database = database::open(&arguments.state.join("scep.db"))?;
    let Some(challenge) = &arguments.challenge else {
        return decide_pending(&arguments, &authority, &mut database);
    };

    let crypto = if arguments.legacy { LEGACY_PROVIDER } else { PROVIDER };
    let ca = authority.ca.clone();
    let empty_content = if arguments.empty_content { EmptyContent::ZeroLength } else { EmptyContent::Absent };
    let responder = match &authority.ra {
        Some((ra, _)) => {
            Responder::new(ca, RegistrationAuthority { signing: ra.clone(), encryption: ra.clone() }, crypto)?
        }
        None => Responder::with_ca_key(ca, crypto)?,
    }
    .with_empty_content(empty_content);
    let server = Server {
        responder,
        authority,
        challenge: Secret::from(challenge.as_str()),
        manual: arguments.manual,
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
        Ok(Ok(HttpResponse { status, content_type, body, .. })) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [(CONTENT_TYPE, content_type)], body).into_response()
        }
        Ok(Err(error)) => {
            eprintln!("no reply: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_panic) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

struct Server {
    responder: Responder,
    authority: Authority,
    challenge: Secret,
    manual: bool,
    database: Mutex<Connection>,
}

impl Server {
    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse> {
        let reply = self.decide(request).unwrap_or_else(|Refusal { cause, reply }| {
            eprintln!("refused: {cause}");
            reply
        });
        Ok(reply.sign_with(self.authority.scep_key(), &mut Random(SysRng))?)
    }

    fn decide(&self, request: &HttpRequest) -> std::result::Result<Reply, Refusal> {
        let rng = &mut Random(SysRng);
        let sealed = match self.responder.receive(request, now(), rng)? {
            Incoming::Query(query) => return Ok(query.reply()),
            Incoming::Sealed(sealed) => sealed,
            _ => return Ok(unavailable("what came is not known here")),
        };
        match sealed.open_with(self.authority.scep_key(), rng)? {
            Operation::PkcsReq(enrol) | Operation::RenewalReq(enrol) => {
                // First who may, then what is known: strangers take no room in the database.
                let authorized = match enrol.check_challenge(&self.challenge) {
                    Ok(authorized) => authorized,
                    Err(denied) => {
                        eprintln!("{} {}: {denied}", enrol.transaction_id(), enrol.csr().subject());
                        return enrol.reject(denied.fail_info(), rng);
                    }
                };
                match self.admit(&enrol) {
                    Ok(TransactionState::Issued(chain)) => enrol.issue(&authorized, &chain, rng),
                    Ok(TransactionState::Pending) => enrol.pend(rng),
                    Ok(TransactionState::Rejected(info)) => enrol.reject(info, rng),
                    Err(error) => Ok(unavailable(&error.to_string())),
                }
            }
            Operation::CertPoll(poll) => match self.find(&poll) {
                Ok(record) => poll.answer(record.as_ref(), rng),
                Err(error) => Ok(unavailable(&error.to_string())),
            },
            Operation::GetCert(lookup) => Err(lookup.not_found(rng)),
            Operation::GetCrl(lookup) => Err(lookup.not_found(rng)),
            _ => Ok(unavailable("what came is not known here")),
        }
    }

    /// How a request stands. A new one is decided at once, unless somebody has to approve it.
    ///
    /// What will be said is in the database before it is said: asked again, the server gives the same certificate.
    fn admit(&self, enrol: &Enrol) -> Result<TransactionState> {
        let mut database = self.database.lock().map_err(|_| "the database was left in disorder")?;
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        database::forget_before(&transaction, now().minus(TransactionLimits::DEFAULT.lifetime))?;
        let id = enrol.transaction_id();
        if let Some((record, _)) = database::find(&transaction, id)? {
            return Ok(record.admit(enrol).cloned().unwrap_or_else(|conflict| refused(id, conflict)));
        }
        database::insert(&transaction, &TransactionRecord::new(enrol, now()), enrol.csr())?;
        let state = if self.manual {
            TransactionState::Pending
        } else {
            match self.authority.certify(enrol.csr()) {
                Ok(certificate) => TransactionState::Issued(vec![certificate]),
                Err(error) => {
                    eprintln!("{id}: {error}");
                    TransactionState::Rejected(FailInfo::BAD_REQUEST)
                }
            }
        };
        database::settle(&transaction, id, &state)?;
        transaction.commit()?;
        eprintln!("{id} {}: {}", enrol.csr().subject(), if self.manual { "pending" } else { "decided" });
        Ok(state)
    }

    fn find(&self, poll: &CertPoll) -> Result<Option<TransactionRecord>> {
        let database = self.database.lock().map_err(|_| "the database was left in disorder")?;
        Ok(database::find(&database, poll.transaction_id())?.map(|(record, _)| record))
    }
}

/// The state that a request sees which is not the transaction's own.
fn refused(id: &TransactionId, conflict: Conflict) -> TransactionState {
    eprintln!("{id}: {conflict}");
    TransactionState::Rejected(conflict.fail_info())
}

/// Our trouble, not the client's: it may ask again.
fn unavailable(why: &str) -> Reply {
    eprintln!("unavailable: {why}");
    Reply::Ready(HttpResponse::new(503, "text/plain", "try again later\n"))
}

/// `--list`, `--approve` and `--reject`.
fn decide_pending(arguments: &Arguments, authority: &Authority, database: &mut Connection) -> Result<()> {
    let wanted = arguments.approve.as_ref().or(arguments.reject.as_ref());
    let mut found = false;
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (record, csr) in database::pending(&transaction)? {
        let id = hexadecimal(record.transaction_id.as_bytes());
        if wanted.is_none_or(|wanted| *wanted == "all" || *wanted == id) {
            found = true;
            println!("{id}  {}  {}", record.created, csr.subject());
            let state = match (&arguments.approve, &arguments.reject) {
                (Some(_), _) => TransactionState::Issued(vec![authority.certify(&csr)?]),
                (None, Some(_)) => TransactionState::Rejected(FailInfo::BAD_REQUEST),
                (None, None) => TransactionState::Pending,
            };
            database::settle(&transaction, &record.transaction_id, &state)?;
        }
    }
    transaction.commit()?;
    if found || wanted.is_none() { Ok(()) } else { Err("no such request waits".into()) }
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
