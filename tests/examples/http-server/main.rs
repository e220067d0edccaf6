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
    sync::{Arc, Mutex, MutexGuard},
    time::SystemTime,
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
    Secret, UnixTime,
    crypto::rustcrypto::{LEGACY_PROVIDER, PROVIDER, Random},
};
use rusqlite::Connection;
use scep::{
    FailInfo,
    http::{self, HttpRequest, HttpResponse},
    server::{
        Conflict, EmptyContent, Enrol, Incoming, Operation, Refusal, RegistrationAuthority, Reply, Responder, Sealed,
        TransactionKey, TransactionLimits, TransactionRecord, TransactionState,
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
    let database = database::open(&arguments.state.join("scep.db"))?;
    let Some(challenge) = &arguments.challenge else {
        return decide_pending(&arguments, &authority, &database);
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
        Ok(Ok(HttpResponse { status, content_type, body, retry_after, .. })) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let retry_after = retry_after.map(|retry_after| [(RETRY_AFTER, retry_after.to_string())]);
            (status, [(CONTENT_TYPE, content_type)], retry_after, body).into_response()
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
        let rng = &mut Random(SysRng);
        let reply = match self.responder.receive(request, now(), rng) {
            Ok(Incoming::Sealed(sealed)) => return self.answer_sealed(sealed),
            Ok(Incoming::Query(query)) => query.reply(),
            Ok(_) => unavailable("what came is not known here"),
            Err(refusal) => refused(refusal),
        };
        Ok(reply.sign_with(self.authority.scep_key(), rng)?)
    }

    /// The same octets get the same reply, which is kept before it is sent.
    fn answer_sealed(&self, sealed: Sealed) -> Result<HttpResponse> {
        let rng = &mut Random(SysRng);
        let (key, message) = (sealed.transaction().clone(), *sealed.message_digest());
        if let Some(reply) = database::find(&*self.database()?, &key)?.and_then(|record| record.replay(&sealed)) {
            return Ok(reply);
        }
        let mut answered = None;
        let operation = sealed.open_with(self.authority.scep_key(), rng);
        let reply = operation.and_then(|operation| self.decide(operation, &mut answered)).unwrap_or_else(refused);
        let response = reply.sign_with(self.authority.scep_key(), rng)?;
        let Some(state) = answered else { return Ok(response) };
        database::change(&*self.database()?, &key, |record| {
            record.keep_reply(&message, &state, response.clone(), &TransactionLimits::DEFAULT)
        })
    }

    /// The reply, and how the transaction stands, if it speaks of one.
    fn decide(
        &self,
        operation: Operation,
        answered: &mut Option<TransactionState>,
    ) -> std::result::Result<Reply, Refusal> {
        let rng = &mut Random(SysRng);
        match operation {
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
                    Ok(Ok(state)) => match answered.insert(state) {
                        TransactionState::Issued(chain) => enrol.issue(&authorized, chain, rng),
                        TransactionState::Rejected(info) => enrol.reject(*info, rng),
                        TransactionState::Pending | TransactionState::Approved(_) => enrol.pend(rng),
                    },
                    Ok(Err(conflict)) => {
                        eprintln!("{}: {conflict}", enrol.transaction_id());
                        enrol.reject(conflict.fail_info(), rng)
                    }
                    Err(error) => Ok(unavailable(&error.to_string())),
                }
            }
            Operation::CertPoll(poll) => match self.finished(poll.transaction()) {
                Ok(record) => {
                    *answered = record.as_ref().map(|record| record.state().clone());
                    poll.answer(record.as_ref(), rng)
                }
                Err(error) => Ok(unavailable(&error.to_string())),
            },
            Operation::GetCert(lookup) => Err(lookup.not_found(rng)),
            Operation::GetCrl(lookup) => Err(lookup.not_found(rng)),
            _ => Ok(unavailable("what came is not known here")),
        }
    }

    /// How a request stands. A new one is decided at once, unless somebody has to approve it.
    fn admit(&self, enrol: &Enrol) -> Result<std::result::Result<TransactionState, Conflict>> {
        let database = self.database()?;
        let key = enrol.transaction();
        database::forget_before(&database, now().minus(TransactionLimits::DEFAULT.lifetime))?;
        database::insert(&database, &TransactionRecord::new(enrol, now()), enrol.csr())?;
        let record = database::find(&database, key)?.ok_or("the transaction is gone")?;
        let state = match record.admit(enrol) {
            Ok(state) => state.clone(),
            Err(conflict) => return Ok(Err(conflict)),
        };
        if self.manual || state != TransactionState::Pending {
            return self.authority.finish(&database, key, state).map(Ok);
        }
        let decision = match self.authority.certificate(enrol.csr()) {
            Ok(certificate) => TransactionState::Approved(certificate.into()),
            Err(error) => {
                eprintln!("{}: {error}", key.id);
                TransactionState::Rejected(FailInfo::BAD_REQUEST)
            }
        };
        self.authority.settle(&database, key, decision).map(Ok)
    }

    /// The transaction, with what is approved signed.
    fn finished(&self, key: &TransactionKey) -> Result<Option<TransactionRecord>> {
        let database = self.database()?;
        if let Some(record) = database::find(&database, key)? {
            self.authority.finish(&database, key, record.state().clone())?;
        }
        database::find(&database, key)
    }

    fn database(&self) -> Result<MutexGuard<'_, Connection>> {
        self.database.lock().map_err(|_| "the database was left in disorder".into())
    }
}

impl Authority {
    /// Decides, and signs what is approved. Gives what stands then, which may be an earlier decision.
    fn settle(&self, database: &Connection, key: &TransactionKey, next: TransactionState) -> Result<TransactionState> {
        let now = now();
        let state = database::change(database, key, |record| record.settle(next.clone(), now).clone())?;
        self.finish(database, key, state)
    }

    /// Signs what is approved: what was decided is in the database before, so that there is one certificate and no other.
    fn finish(&self, database: &Connection, key: &TransactionKey, state: TransactionState) -> Result<TransactionState> {
        let TransactionState::Approved(certificate) = &state else { return Ok(state) };
        let issued = TransactionState::Issued(vec![self.sign(certificate)?]);
        let now = now();
        let state = database::change(database, key, |record| record.settle(issued.clone(), now).clone())?;
        if let TransactionState::Issued(chain) = &state {
            chain.first().map_or(Ok(()), |certificate| database::keep_certificate(database, certificate))?;
        }
        eprintln!("{}: issued", key.id);
        Ok(state)
    }
}

fn refused(Refusal { cause, reply }: Refusal) -> Reply {
    eprintln!("refused: {cause}");
    reply
}

/// Our trouble, not the client's: it may ask again.
fn unavailable(why: &str) -> Reply {
    eprintln!("unavailable: {why}");
    Reply::Ready(HttpResponse::new(503, "text/plain", "try again later\n"))
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
                (Some(_), _) => TransactionState::Approved(authority.certificate(&csr)?.into()),
                (None, Some(_)) => TransactionState::Rejected(FailInfo::BAD_REQUEST),
                (None, None) => continue,
            };
            let _ = authority.settle(database, record.key(), decision)?;
        }
    }
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
