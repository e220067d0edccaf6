//! The dialogue, and what it lacks: a network, a clock, keys, a place for its record.

use std::{error::Error, fs, path::PathBuf, thread, time::Duration};

use getrandom::SysRng;
use pki_core::{
    Secret, UnixTime,
    crypto::rustcrypto::{PrivateKey, Random},
};
use scep::{
    client::{Call, Exchange, Found, Issued, KeyRole, OpenWith, Step, Wait},
    http::{HttpRequest, HttpResponse, Method, RetryAfter},
};

use crate::{Arguments, Result, now};

/// A dialogue and all that it lacks.
pub struct Dialogue<'a> {
    arguments: &'a Arguments,
    http: Http,
    keys: Keys,
}

/// The keys that may be asked for.
pub struct Keys {
    /// Of the certificate that is asked for.
    pub new: Option<PrivateKey>,
    /// Of the certificate that is there.
    pub current: Option<PrivateKey>,
}

/// How it ended.
pub enum End {
    Found(Found),
    Issued(Issued),
    /// And nobody wants to wait.
    Pending,
}

/// The network.
pub struct Http {
    url: String,
    agent: ureq::Agent,
    dump: Option<PathBuf>,
    sent: u32,
}

impl<'a> Dialogue<'a> {
    pub const fn new(arguments: &'a Arguments, http: Http, keys: Keys) -> Self {
        Self { arguments, http, keys }
    }

    /// The whole dialogue.
    pub fn drive(&mut self, mut step: Step) -> Result<End> {
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
                Step::Sign(sign) => sign.sign_with(self.keys.of(sign.key())?, rng)?,
                Step::Open(open) => match open.needs() {
                    OpenWith::Key(role) => open.open_with(self.keys.of(role)?, rng)?,
                    // To a key that can't decrypt.
                    OpenWith::Challenge => {
                        let challenge = self.arguments.challenge.as_deref().ok_or("the challenge is needed again")?;
                        open.open_with_challenge(&Secret::from(challenge), rng)?
                    }
                    other => return Err(format!("what came later than this program: {other:?}").into()),
                },
                Step::Wait(wait) => {
                    self.keep(&wait)?;
                    // A resumed request is asked about at least once.
                    if self.arguments.no_wait && self.http.sent > 0 {
                        return Ok(End::Pending);
                    }
                    thread::sleep(time_until(wait.until()));
                    wait.poll(rng)?
                }
                Step::Found(found) => return Ok(End::Found(found)),
                Step::Issued(issued) => return Ok(End::Issued(issued)),
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
            let error: Box<dyn Error> = match self.http.send(exchange.request()) {
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

    /// The record has no secret in it; who can change it can change which CA is believed.
    fn keep(&self, wait: &Wait) -> Result<()> {
        println!("pending: {}, poll at {}", wait.transaction_id(), wait.until());
        if let Some(file) = &self.arguments.record {
            fs::write(file, wait.record().to_der())?;
        }
        Ok(())
    }
}

impl Keys {
    fn of(&self, role: KeyRole) -> Result<&PrivateKey> {
        let key = if role == KeyRole::Current { &self.current } else { &self.new };
        key.as_ref().ok_or_else(|| format!("there is no key for the role {role:?}").into())
    }
}

impl Http {
    pub fn new(url: &str, dump: Option<PathBuf>) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            // What an HTTP error means is for scep to say, and a redirected POST would arrive without its body.
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self { url: url.into(), agent: config.into(), dump, sent: 0 }
    }

    /// A question that has one answer.
    pub fn call<T>(&mut self, call: &Call<T>) -> Result<T> {
        let reply = self.send(call.request())?;
        Ok(call.finish(&reply)?)
    }

    fn send(&mut self, request: &HttpRequest) -> Result<HttpResponse> {
        let url = format!("{}?{}", self.url, request.query);
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
        if let Some(directory) = &self.dump {
            fs::create_dir_all(directory)?;
            fs::write(directory.join(format!("{}-request.url", self.sent)), &request.query)?;
            fs::write(directory.join(format!("{}-request.der", self.sent)), &request.body)?;
            fs::write(directory.join(format!("{}-reply.der", self.sent)), &body)?;
        }
        Ok(HttpResponse::new(status, content_type, body).with_retry_after(retry_after))
    }
}

fn time_until(time: UnixTime) -> Duration {
    let seconds = time.as_seconds().saturating_sub(now().as_seconds());
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

/// How often a request is sent at most.
const TRIES: u32 = 5;
/// However much longer a server wants to be left alone.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Many times what a reply takes.
const LARGEST_REPLY: u64 = 1024 * 1024;
