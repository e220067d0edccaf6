//! The service.

mod activation;
pub mod admin;
mod authority;
mod broker;
pub mod database;
mod est;
mod installation;
mod profiles;
mod scep;
mod server;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Mutex,
};

use mdm_proto::{
    activation::password::{Service as Activation, ServiceName},
    broker::{Blinding, service::Broker},
    challenge::ServiceKey,
    est::{HttpRequest, HttpResponse, server::Responder},
    profile::ProfileId,
};
use pki_core::{Secret, crypto::rustcrypto::PROVIDER};

use crate::{Result, ahead, clock::Clock};
pub use authority::{Authority, password};
use database::{Database, Kind};
pub use server::serve;

#[derive(clap::Args)]
pub struct Arguments {
    /// Directory of the database; made on the first start, for these addresses.
    #[arg(long)]
    state: PathBuf,
    /// Where to listen for HTTPS.
    #[arg(long, default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Where to listen for HTTP.
    #[arg(long, default_value = "127.0.0.1:8080")]
    plain: SocketAddr,
    /// So many days from now.
    #[arg(long, default_value_t = 0)]
    ahead_days: u64,
    /// Replies of this SCEP CA are held back for a minute when all is recorded, so that there is something to interrupt.
    #[arg(long, value_name = "NAME")]
    hold: Option<String>,
}

/// All but what is in the database.
pub struct Service {
    clock: Clock,
    database: Database,
    /// Of itself, for devices.
    url: String,
    activation: Activation,
    est: Responder,
    challenge_keys: [ServiceKey; 1],
    authorities: [Authority; 2],
    broker: Broker,
    /// Enrolments that the broker has at a CA, with the profiles they are for. What waits for a device is in the database, too.
    under_way: Mutex<BTreeMap<broker::Name, (ProfileId, mdm_proto::broker::service::Step)>>,
    hold: Option<String>,
}

/// A request, by whichever way it came.
struct Request {
    method: ::scep::Method,
    path: String,
    query: String,
    content_type: Option<String>,
    body: Vec<u8>,
    /// Who is at the other end, with TLS.
    client: Option<crate::tls::Client>,
}

struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Service {
    fn new(arguments: &Arguments) -> Result<Self> {
        let (clock, state) = (ahead(arguments.ahead_days), &arguments.state);
        std::fs::create_dir_all(state)?;
        let database = open(state)?;
        installation::install(state, &database, clock)?;
        let plain = format!("http://{}", arguments.plain);
        for name in Authority::NAMES {
            Authority::install(state, &database, name, clock)?;
        }
        profiles::install(&database, &plain)?;
        let [wifi, vpn] = Authority::NAMES;
        let service = Self {
            clock,
            url: format!("https://localhost:{}", arguments.listen.port()),
            activation: activation(&database)?,
            est: Responder::new(PROVIDER),
            challenge_keys: [ServiceKey::from_secret(secret(&database, "challenges")?)?],
            authorities: [Authority::load(&database, wifi, &plain)?, Authority::load(&database, vpn, &plain)?],
            broker: Broker::new(PROVIDER, Blinding::Fresh),
            under_way: Mutex::default(),
            hold: arguments.hold.clone(),
            database,
        };
        service.maintain()?;
        Ok(service)
    }

    fn answer(&self, request: Request) -> Result<Reply> {
        let Request { method, path, query, content_type, body, client } = request;
        let Some(client) = client else {
            let named = |prefix| path.strip_prefix(prefix).and_then(|name| self.authority(name));
            return if path == "/activation" {
                self.activate(&body)
            } else if let Some(authority) = named("/scep/") {
                self.scep(authority, &::scep::HttpRequest::new(method, query, body))
            } else if let Some(authority) = named("/crl/") {
                let crl = authority.crl(&self.database, self.clock.now())?;
                Ok(Reply::new("application/pkix-crl", crl.as_der().to_vec()))
            } else {
                Ok(Reply::refusal(404, &"there is nothing of this name here"))
            };
        };
        if path.starts_with("/.well-known/est/") {
            let request = HttpRequest::new(method, path, body);
            let request = content_type.into_iter().fold(request, HttpRequest::with_content_type);
            return Ok(self.est(&request, &client)?.into());
        }
        let identity = match self.authenticate(&client)? {
            Ok(identity) => identity,
            Err(reply) => return Ok(reply),
        };
        match (path.as_str(), path.strip_prefix("/profiles/")) {
            ("/broker", _) => self.broker(&identity, &body).map(Reply::octets),
            ("/profiles", _) => self.profiles(&identity),
            (_, Some(profile)) => self.profile_with_challenge(&identity, profile),
            _ => Ok(Reply::refusal(404, &"there is nothing of this name here")),
        }
    }

    fn authority(&self, name: &str) -> Option<&Authority> {
        self.authorities.iter().find(|authority| authority.name == name)
    }
}

impl Reply {
    fn new(content_type: &str, body: Vec<u8>) -> Self {
        Self { status: 200, headers: vec![("Content-Type", content_type.to_owned())], body }
    }

    fn octets(body: Vec<u8>) -> Self {
        Self::new("application/octet-stream", body)
    }

    /// In words for people.
    fn refusal(status: u16, why: &dyn std::fmt::Display) -> Self {
        println!("refused: {why}");
        Self { status, ..Self::new("text/plain", why.to_string().into_bytes()) }
    }
}

impl From<HttpResponse> for Reply {
    fn from(response: HttpResponse) -> Self {
        Self { status: response.status, headers: response.headers().collect(), body: response.body }
    }
}

impl From<::scep::HttpResponse> for Reply {
    fn from(response: ::scep::HttpResponse) -> Self {
        let retry_after = response.retry_after.map(|hint| ("Retry-After", hint.to_string()));
        let content_type = ("Content-Type", response.content_type.to_string());
        Self {
            status: response.status,
            headers: retry_after.into_iter().chain([content_type]).collect(),
            body: response.body,
        }
    }
}

pub fn open(state: &Path) -> Result<Database> {
    Database::open(&state.join("service.db"))
}

fn activation(database: &Database) -> Result<Activation> {
    Ok(Activation::new(ServiceName::new("localhost")?, &secret(database, "activation")?, PROVIDER)?)
}

/// 32 random octets that are kept.
pub fn secret(database: &Database, name: &str) -> Result<Secret> {
    let mut random = vec![0; 32];
    getrandom::fill(&mut random)?;
    database.insert(Kind::Secret, name.as_bytes(), &random, None)?;
    Ok(Secret::new(database.find(Kind::Secret, name.as_bytes())?))
}
