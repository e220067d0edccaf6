//! The service: each token and each device is a file.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri, header::AUTHORIZATION, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use getrandom::SysRng;
use mdm_proto::{
    activation::token::{TokenKey, TokenRecord},
    client_certificate::{
        ClientCertificates, ClientRecord, Decision, Issuance, NameRule, RenewalRules, RenewalWindow, Step,
    },
    est::{
        CsrAttributes, HttpRequest, HttpResponse,
        server::{Authorized, Connection, Enrol, Operation, Rejection, Responder},
    },
    identity::{Identity, User},
};
use pki_core::{
    Certificate, Secret,
    chain::{ChainValidator, Pool, Purpose},
    crypto::rustcrypto::{PROVIDER, PrivateKey, Random},
    der::Writer,
    oid,
};
use scep::http::{self, RetryAfter};

use crate::{Result, clock::Clock, state, tls};

struct Service {
    state: PathBuf,
    clock: Clock,
    responder: Responder,
    clients: ClientCertificates,
    root_key: PrivateKey,
    token_key: TokenKey,
    hesitant: AtomicBool,
    /// Whoever changes a file holds it: in place of a database's compare-and-set.
    files: Mutex<()>,
}

pub async fn serve(state: &Path, listen: SocketAddr, clock: Clock, hesitant: bool) -> Result<()> {
    state::install(state)?;
    let [root, server] = ["ca.pem", "server.pem"].map(|name| fs::read_to_string(state.join(name)));
    let (root, server) = (Certificate::from_pem(&root?)?, Certificate::from_pem(&server?)?);
    let renewal = RenewalRules::DEFAULT.with_window(RenewalWindow::Anytime);
    let service = Service {
        state: state.to_owned(),
        clock,
        responder: Responder::new(PROVIDER),
        // A device does not know its names before it has a certificate.
        clients: ClientCertificates::new(root.clone(), PROVIDER).with_csr_names(NameRule::Any).with_renewal(renewal),
        root_key: PrivateKey::from_pem(&fs::read_to_string(state.join("ca-key.pem"))?)?,
        token_key: state::token_key(state)?,
        hesitant: hesitant.into(),
        files: Mutex::new(()),
    };
    let key = PrivateKey::from_pem(&fs::read_to_string(state.join("server-key.pem"))?)?;
    let validator = ChainValidator::new([root.into()], PROVIDER);
    let config = tls::server_config(&tls::Identity { chain: &[server], key: &key }, validator, clock)?;
    let listener = tls::TlsListener::new(tokio::net::TcpListener::bind(listen).await?, move || Arc::clone(&config))?;
    let router =
        Router::new().fallback(answer).layer(DefaultBodyLimit::max(LARGEST_BODY)).with_state(Arc::new(service));
    println!("listening on {listen}");
    Ok(axum::serve(listener, router.into_make_service_with_connect_info::<tls::Client>()).await?)
}

/// HTTP in, HTTP out.
async fn answer(
    State(service): State<Arc<Service>>,
    ConnectInfo(client): ConnectInfo<tls::Client>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let method = if method == Method::POST { http::Method::Post } else { http::Method::Get };
    let mut request = HttpRequest::new(method, uri.path(), body);
    if let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
        request = request.with_content_type(value);
    }
    if let Some(value) = headers.get(AUTHORIZATION) {
        request = request.with_authorization(Secret::from(value.as_bytes()));
    }
    let address = client.address;
    match tokio::task::spawn_blocking(move || service.answer(&request, &client)).await {
        Ok(Ok(reply)) => {
            println!("{address}: {} {}", reply.status, uri.path());
            let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = (status, reply.body.clone()).into_response();
            response.headers_mut().remove(CONTENT_TYPE);
            for (name, value) in reply.headers() {
                if let Ok(value) = value.parse() {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        Ok(Err(error)) => {
            eprintln!("no reply: {error}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(_panic) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Service {
    fn answer(&self, request: &HttpRequest, client: &tls::Client) -> Result<HttpResponse> {
        let mut connection = Connection::new();
        if let Some((leaf, others)) = client.certificates.split_first() {
            let validator = ChainValidator::new([self.clients.issuer().clone().into()], PROVIDER);
            let pool: Pool = others.iter().cloned().collect();
            connection =
                connection.with_client(validator.validate(leaf, &pool, Purpose::CLIENT_AUTH, self.clock.now())?);
        }
        match self.responder.receive(request, &connection) {
            Ok(Operation::CaCerts(asked)) => Ok(asked.answer(std::slice::from_ref(self.clients.issuer()))),
            Ok(Operation::CsrAttributes(asked)) => {
                let curve = Writer::encode(|w| w.oid(oid::SECP256R1));
                let wanted = CsrAttributes::new().add_attribute(oid::EC_PUBLIC_KEY, &[&curve])?;
                Ok(asked.answer(&wanted.add_oid(oid::ECDSA_WITH_SHA256)))
            }
            Ok(Operation::SimpleEnroll(enrol)) => self.activate(enrol),
            Ok(Operation::SimpleReenroll(enrol)) => self.renew(enrol),
            Err(refusal) => {
                eprintln!("{refusal}");
                Ok(refusal.reply)
            }
        }
    }

    fn activate(&self, enrol: Enrol) -> Result<HttpResponse> {
        if self.hesitant.swap(false, Ordering::Relaxed) {
            return Ok(enrol.pend(RetryAfter::Delay(Duration::from_secs(1))));
        }
        let _held = self.files.lock().map_err(|_| "another request failed")?;
        // The user is in a file's name: no other than was put there.
        let user = enrol.credentials().ok().flatten().map(|credentials| credentials.user().to_owned());
        let file = user.filter(|user| User::from_email(user).is_ok() && !user.contains(['/', '\\']));
        let file = file.map(|user| self.state.join("tokens").join(user)).filter(|file| file.exists());
        let Some(file) = file else { return Ok(enrol.ask_for_credentials(REALM)) };
        let record = TokenRecord::from_der(&fs::read(&file)?)?;
        let attempt = record.redeem(&enrol, &self.token_key, self.clock.now());
        if attempt.is_right()
            && let Err(refused) = self.clients.check(enrol.csr(), record.identity())
        {
            return Ok(enrol.reject(Rejection::BadRequest, refused));
        }
        fs::write(&file, attempt.record().to_der())?;
        let authorized = match attempt.stored() {
            Ok(authorized) => authorized,
            Err(denied) => {
                eprintln!("{denied}");
                return Ok(denied.answer(enrol, REALM));
            }
        };
        let device = self.device(record.identity());
        let client = match fs::read(&device) {
            Ok(der) => ClientRecord::from_der(&der)?,
            Err(_none) => ClientRecord::new(record.identity().clone()),
        };
        let decision = self.clients.enrol(enrol.csr(), &client, &self.issuance()?)?;
        self.issue(enrol, &authorized, decision, &device)
    }

    fn renew(&self, enrol: Enrol) -> Result<HttpResponse> {
        let _held = self.files.lock().map_err(|_| "another request failed")?;
        let (authorized, chain) = (enrol.authorize_by_certificate()?, enrol.client().ok_or("no certificate")?);
        let device = self.device(&Identity::from_certificate_with(chain, self.clients.uris())?);
        let client = ClientRecord::from_der(&fs::read(&device)?)?;
        match self.clients.renew(chain, enrol.csr(), &client, &self.issuance()?) {
            Ok(decision) => self.issue(enrol, &authorized, decision, &device),
            Err(refused) => Ok(enrol.reject(Rejection::Forbidden, refused)),
        }
    }

    /// Recorded first, then signed, then sent.
    fn issue(&self, enrol: Enrol, authorized: &Authorized, decision: Decision, device: &Path) -> Result<HttpResponse> {
        fs::write(device, decision.record.to_der())?;
        let certificate = match decision.step {
            Step::Send(certificate) => certificate,
            Step::Sign(unsigned) => {
                let certificate = unsigned.to_be_signed().sign_with(&self.root_key, &mut Random(SysRng))?;
                fs::write(device, decision.record.with_signed(certificate.clone())?.to_der())?;
                certificate
            }
        };
        Ok(enrol.issue(authorized, &certificate).unwrap_or_else(|refusal| refusal.reply))
    }

    fn issuance(&self) -> Result<Issuance> {
        Ok(Issuance::new(self.clock.now(), &mut Random(SysRng))?)
    }

    fn device(&self, identity: &Identity) -> PathBuf {
        self.state.join("devices").join(identity.device().to_string())
    }
}

const REALM: &str = "activation";
const LARGEST_BODY: usize = 256 * 1024;
