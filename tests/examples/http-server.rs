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

use std::{
    error::Error,
    fs,
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
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
    Certificate, CertificateBuilder, Csr, CsrDigest, KeyKind, Name, NameBuilder, Profile, PublicKey, Secret,
    SerialNumber, UnixTime, Validity,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signer as _,
        rustcrypto::{LEGACY_PROVIDER, PROVIDER, PrivateKey, Random},
    },
    pem,
};
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};
use scep::{
    FailInfo, TransactionId,
    http::{self, HttpRequest, HttpResponse},
    server::{
        CertPoll, Conflict, EmptyContent, Enrol, Incoming, Operation, Refusal, RegistrationAuthority, Reply, Responder,
        TransactionRecord, TransactionState,
    },
};

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
    let authority = Authority::load(&arguments.state, arguments.ca_key_answers)?;
    let mut database = open_database(&arguments.state.join("scep.db"))?;
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
        let sealed = match self.responder.receive(request, rng)? {
            Incoming::Query(query) => return Ok(query.reply()),
            Incoming::Sealed(sealed) => sealed,
            _ => return Ok(unavailable("what came is not known here")),
        };
        match sealed.open_with(self.authority.scep_key(), rng)? {
            Operation::PkcsReq(enrol) => {
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
            Operation::CertPoll(poll) => match self.admit_poll(&poll) {
                Ok(TransactionState::Issued(chain)) => poll.issue(&chain, rng),
                Ok(TransactionState::Pending) => poll.pend(rng),
                Ok(TransactionState::Rejected(info)) => poll.reject(info, rng),
                Err(error) => Ok(unavailable(&error.to_string())),
            },
            _ => Ok(unavailable("what came is not known here")),
        }
    }

    /// How a request stands. A new one is decided at once, unless somebody has to approve it.
    ///
    /// What will be said is in the database before it is said: asked again, the server gives the same certificate.
    fn admit(&self, enrol: &Enrol) -> Result<TransactionState> {
        let mut database = self.database.lock().map_err(|_| "the database was left in disorder")?;
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let id = enrol.transaction_id();
        if let Some((record, _)) = find(&transaction, id)? {
            return Ok(record.admit(enrol).cloned().unwrap_or_else(|conflict| refused(id, conflict)));
        }
        insert(&transaction, &TransactionRecord::new(enrol, now()), enrol.csr())?;
        let state = match self.manual {
            true => TransactionState::Pending,
            false => TransactionState::Issued(vec![self.authority.certify(enrol.csr())?]),
        };
        settle(&transaction, id, &state)?;
        transaction.commit()?;
        eprintln!("{id} {}: {}", enrol.csr().subject(), if self.manual { "pending" } else { "issued" });
        Ok(state)
    }

    fn admit_poll(&self, poll: &CertPoll) -> Result<TransactionState> {
        let database = self.database.lock().map_err(|_| "the database was left in disorder")?;
        let id = poll.transaction_id();
        let found = find(&database, id)?;
        let state = found.as_ref().ok_or(Conflict::Unknown).and_then(|(record, _)| record.admit_poll(poll));
        Ok(state.cloned().unwrap_or_else(|conflict| refused(id, conflict)))
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
    for (record, csr) in pending(&transaction)? {
        let id = hexadecimal(record.transaction_id.as_bytes());
        if wanted.is_none_or(|wanted| *wanted == "all" || *wanted == id) {
            found = true;
            println!("{id}  {}  {}", record.created, csr.subject());
            if arguments.approve.is_some() {
                let state = TransactionState::Issued(vec![authority.certify(&csr)?]);
                settle(&transaction, &record.transaction_id, &state)?;
            } else if arguments.reject.is_some() {
                settle(&transaction, &record.transaction_id, &TransactionState::Rejected(FailInfo::BAD_REQUEST))?;
            }
        }
    }
    transaction.commit()?;
    if found || wanted.is_none() { Ok(()) } else { Err("no such request waits".into()) }
}

/// The CA's keys and certificates: one key signs certificates, the other talks SCEP.
struct Authority {
    ca: Certificate,
    ca_key: PrivateKey,
    ra: Option<(Certificate, PrivateKey)>,
}

impl Authority {
    fn load(state: &Path, ca_key_answers: bool) -> Result<Self> {
        if !state.join("ca.pem").exists() {
            Self::install(state, ca_key_answers)?;
        }
        let (ca, ca_key) = load_pair(state, "ca")?;
        let ra = if ca_key_answers { None } else { Some(load_pair(state, "ra")?) };
        Ok(Self { ca, ca_key, ra })
    }

    /// Makes a root for ten years and an RA for two. `ca.pem` comes last: with it, the rest is there.
    fn install(state: &Path, ca_key_answers: bool) -> Result<()> {
        let rng = &mut Random(SysRng);
        create_private(state)?;
        let profile = if ca_key_answers { Profile::ROOT_CA.answering_scep() } else { Profile::ROOT_CA };
        let ca_key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng)?;
        let root = name("Example Root")?;
        let public_key = ca_key.public_key().clone();
        let ca = CertificateBuilder::new(SerialNumber::random(rng)?, root.clone(), root, years(10), public_key)
            .with_profile(&profile)
            .with_subject_key_identifier(&PROVIDER)
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
            .sign_with(&ca_key, rng)?;
        let ra_key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng)?;
        let ra = template(&ca, &Profile::RA, name("Example RA")?, years(2), ra_key.public_key().clone())?
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
            .sign_with(&ca_key, rng)?;

        write_secret(&state.join("ca-key.pem"), &ca_key.to_pem())?;
        write_secret(&state.join("ra-key.pem"), &ra_key.to_pem())?;
        fs::write(state.join("ra.pem"), pem::encode("CERTIFICATE", ra.as_der()))?;
        fs::write(state.join("ca.pem"), pem::encode("CERTIFICATE", ca.as_der()))?;
        Ok(())
    }

    /// Signs and decrypts SCEP messages.
    fn scep_key(&self) -> &PrivateKey {
        self.ra.as_ref().map_or(&self.ca_key, |(_, key)| key)
    }

    /// A certificate as this CA gives it: of the CSR only the key, the subject and the subjectAltName count.
    fn certify(&self, csr: &Csr) -> Result<Certificate> {
        let (subject, public_key) = (csr.subject().to_owned(), csr.public_key().to_owned());
        let mut builder = template(&self.ca, &Profile::DEVICE_CLIENT, subject, years(1), public_key)?;
        if let Some(names) = csr.subject_alt_name()? {
            builder = builder.with_subject_alt_name(names.iter().collect());
        }
        Ok(builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256)?.sign_with(&self.ca_key, &mut Random(SysRng))?)
    }
}

/// What all certificates below the CA have. Nothing outlives its issuer.
fn template(
    ca: &Certificate,
    profile: &Profile,
    subject: Name,
    validity: Validity,
    public_key: PublicKey,
) -> Result<CertificateBuilder> {
    let serial = SerialNumber::random(&mut Random(SysRng))?;
    let validity = Validity::new(validity.not_before, validity.not_after.min(ca.validity().not_after));
    Ok(CertificateBuilder::new(serial, ca.subject().to_owned(), subject, validity, public_key)
        .with_profile(profile)
        .with_subject_key_identifier(&PROVIDER)
        .with_authority(ca, &PROVIDER))
}

fn open_database(path: &Path) -> Result<Connection> {
    let database = Connection::open(path)?;
    // Another process approves while this one serves.
    database.busy_timeout(Duration::from_secs(10))?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL;
         CREATE TABLE IF NOT EXISTS certificates (
            serial BLOB PRIMARY KEY, subject TEXT NOT NULL, not_after INTEGER NOT NULL, der BLOB NOT NULL
         ) STRICT;
         CREATE TABLE IF NOT EXISTS transactions (
            id BLOB PRIMARY KEY, csr_digest BLOB NOT NULL, csr BLOB NOT NULL, signer BLOB NOT NULL,
            created INTEGER NOT NULL, serial BLOB REFERENCES certificates, fail_info INTEGER
         ) STRICT;",
    )?;
    Ok(database)
}

fn find(database: &Connection, id: &TransactionId) -> Result<Option<(TransactionRecord, Csr)>> {
    let mut statement = database.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?;
    statement.query_row([id.as_bytes()], |row| Ok(record(row))).optional()?.transpose()
}

fn pending(database: &Connection) -> Result<Vec<(TransactionRecord, Csr)>> {
    let mut statement = database.prepare(&format!("{SELECT} WHERE t.serial IS NULL AND fail_info IS NULL"))?;
    statement.query_map([], |row| Ok(record(row)))?.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().collect()
}

const SELECT: &str = "SELECT id, csr_digest, csr, signer, created, der, fail_info
    FROM transactions t LEFT JOIN certificates c ON c.serial = t.serial";

/// A row of [`SELECT`].
fn record(row: &Row<'_>) -> Result<(TransactionRecord, Csr)> {
    let csr = Csr::from_der(row.get_ref(2)?.as_blob()?)?;
    let state = match (row.get_ref(5)?.as_blob_or_null()?, row.get(6)?) {
        (Some(der), _) => TransactionState::Issued(vec![Certificate::from_der(der)?]),
        (None, Some(info)) => TransactionState::Rejected(FailInfo::new(info)),
        (None, None) => TransactionState::Pending,
    };
    let record = TransactionRecord::from_parts(
        TransactionId::from_bytes(row.get_ref(0)?.as_blob()?)?,
        CsrDigest::from_bytes(row.get(1)?),
        PublicKey::from_der(row.get_ref(3)?.as_blob()?)?,
        state,
        UnixTime::from_seconds(row.get(4)?),
    );
    Ok((record, csr))
}

fn insert(database: &Connection, record: &TransactionRecord, csr: &Csr) -> Result<()> {
    let TransactionRecord { transaction_id, csr: digest, signer, created, .. } = record;
    database.execute(
        "INSERT INTO transactions (id, csr_digest, csr, signer, created) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![transaction_id.as_bytes(), digest.as_bytes(), csr.as_der(), signer.as_der(), created.as_seconds()],
    )?;
    Ok(())
}

fn settle(database: &Connection, id: &TransactionId, state: &TransactionState) -> Result<()> {
    match state {
        TransactionState::Pending => {}
        TransactionState::Rejected(info) => {
            database.execute(
                "UPDATE transactions SET fail_info = ?2 WHERE id = ?1",
                params![id.as_bytes(), info.number()],
            )?;
        }
        TransactionState::Issued(chain) => {
            let certificate = chain.first().ok_or("nothing was issued")?;
            let (serial, not_after) = (certificate.serial_number(), certificate.validity().not_after.as_seconds());
            database.execute(
                "INSERT INTO certificates (serial, subject, not_after, der) VALUES (?1, ?2, ?3, ?4)",
                params![serial, certificate.subject().to_string(), not_after, certificate.as_der()],
            )?;
            database.execute("UPDATE transactions SET serial = ?2 WHERE id = ?1", params![id.as_bytes(), serial])?;
        }
    }
    Ok(())
}

/// NAME.pem and NAME-key.pem.
fn load_pair(state: &Path, name: &str) -> Result<(Certificate, PrivateKey)> {
    let certificate = pem::decode(&fs::read_to_string(state.join(format!("{name}.pem")))?, "CERTIFICATE")?;
    let key = PrivateKey::from_pem(&fs::read_to_string(state.join(format!("{name}-key.pem")))?)?;
    Ok((Certificate::from_der(&certificate)?, key))
}

/// For its owner alone: the database has CSRs in it, and they have challenges.
fn create_private(directory: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.recursive(true).create(directory)?)
}

/// Readable by its owner alone.
fn write_secret(path: &Path, secret: &Secret) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?.write_all(secret.expose())?)
}

fn name(common_name: &str) -> Result<Name> {
    Ok(NameBuilder::new().add_organization("Example").add_common_name(common_name).build()?)
}

/// From an hour ago: clocks differ.
fn years(years: u64) -> Validity {
    Validity::starting(now().minus(Duration::from_secs(3600)), Duration::from_secs(years * 365 * 86_400))
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
