//! [`Pair`]: a client and a server, and what is between them.

use std::sync::Arc;

use pki_core::{
    Secret,
    crypto::{Decrypter, Signer, rustcrypto::PrivateKey},
};
use scep::{
    client::{ClientConfig, Error, Found, Issued, KeyRole, OpenWith, PendingRecord, RejectReason, Step},
    http::HttpResponse,
};

use crate::{Clock, Network, TestRandom, TestServer};

/// A client and a server joined by a network, in virtual time.
#[derive(Debug)]
pub struct Pair {
    /// Where the client is.
    pub step: Step,
    /// What the client knows.
    pub config: Arc<ClientConfig>,
    /// The key that a certificate is asked for.
    pub key: &'static PrivateKey,
    /// The key that messages are signed with.
    pub transport_key: &'static PrivateKey,
    /// The key of the certificate that is there already.
    pub current_key: &'static PrivateKey,
    /// What the client opens replies with where its key can't decrypt.
    pub challenge: Option<&'static str>,
    /// Whether the client's keys are used through the halves of a step that go out and come back.
    pub keys_apart: bool,
    /// The server.
    pub server: TestServer,
    /// The network.
    pub network: Network,
    /// The time.
    pub clock: Clock,
    /// The randomness of both.
    pub rng: TestRandom,
    /// What the client complained of, in order. Each time it was left where it was.
    pub errors: Vec<Error>,
}

/// How it ended.
#[derive(Debug)]
pub enum End {
    /// With what was looked up.
    Found(Box<Found>),
    /// With a certificate.
    Issued(Box<Issued>),
    /// Without.
    Rejected(RejectReason),
    /// Nothing moves any more.
    Stuck,
}

impl End {
    /// What was looked up.
    ///
    /// # Panics
    /// If there is nothing.
    #[must_use]
    pub fn found(self) -> Found {
        match self {
            Self::Found(found) => *found,
            other => panic!("not found: {other:?}"),
        }
    }

    /// The certificate.
    ///
    /// # Panics
    /// If there is none.
    pub fn issued(self) -> Issued {
        match self {
            Self::Issued(issued) => *issued,
            other => panic!("not issued: {other:?}"),
        }
    }

    /// The reason.
    ///
    /// # Panics
    /// If it was not rejected.
    #[must_use]
    pub fn rejected(self) -> RejectReason {
        match self {
            Self::Rejected(reason) => reason,
            other => panic!("not rejected: {other:?}"),
        }
    }
}

impl Pair {
    /// Goes on to the end, jumping to each deadline. Exchanges that fail are repeated, up to a point.
    pub fn drive(&mut self) -> End {
        let mut failures = 0;
        loop {
            if let Some(end) = self.end() {
                return end;
            }
            match self.turn() {
                Ok(()) => failures = 0,
                Err(_) if failures < MOST_FAILURES => failures += 1,
                Err(_) => return End::Stuck,
            }
        }
    }

    /// The end, if this is it.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        match &self.step {
            Step::Found(found) => Some(End::Found(Box::new(found.clone()))),
            Step::Issued(issued) => Some(End::Issued(Box::new(issued.clone()))),
            Step::Rejected(rejected) => Some(End::Rejected(rejected.reason().clone())),
            _ => None,
        }
    }

    /// Answers the step once.
    ///
    /// # Errors
    /// The client's complaint, or none where no reply came. The step is what it was.
    pub fn turn(&mut self) -> Result<(), Option<Error>> {
        let next = match self.step.clone() {
            Step::Exchange(exchange) => {
                let Self { server, rng, .. } = self;
                let serve = |request: &_, clock: &Clock| server.answer(request, clock, rng);
                match self.network.exchange(exchange.request(), &mut self.clock, serve) {
                    Some(reply) => exchange.finish(&reply, self.clock.now(), &mut self.rng),
                    None => return Err(None),
                }
            }
            Step::ConfirmAuthority(confirm) => confirm.accept(&mut self.rng),
            Step::Sign(sign) => {
                let key = self.key_for(sign.key());
                if self.keys_apart {
                    let signature = key.sign(sign.algorithm(), sign.bytes(), &mut self.rng).expect("a signature");
                    sign.attach(signature, &mut self.rng)
                } else {
                    sign.sign_with(key, &mut self.rng)
                }
            }
            Step::Open(open) => match (open.needs(), open.wrapped_key()) {
                (OpenWith::Key(role), Some(wrapped)) if self.keys_apart => {
                    open.attach(&self.key_for(role).unwrap_key(wrapped, &mut self.rng).expect("a key"))
                }
                (OpenWith::Key(role), _) => open.open_with(self.key_for(role), &mut self.rng),
                _ => {
                    let challenge = Secret::from(self.challenge.expect("a challenge"));
                    open.open_with_challenge(&challenge, &mut self.rng)
                }
            },
            Step::Wait(wait) => {
                self.clock.advance_to(wait.until());
                wait.poll(&mut self.rng)
            }
            end => Ok(end),
        };
        match next {
            Ok(step) => {
                self.step = step;
                Ok(())
            }
            Err(error) => {
                self.errors.push(error.clone());
                Err(Some(error))
            }
        }
    }

    /// Gives the client a reply from somewhere else. What comes of it does not count: the step remains.
    ///
    /// # Errors
    /// The client's.
    ///
    /// # Panics
    /// If the client does not wait for a reply.
    pub fn try_reply(&mut self, reply: &HttpResponse) -> Result<Step, Error> {
        match &self.step {
            Step::Exchange(exchange) => exchange.finish(reply, self.clock.now(), &mut self.rng),
            step => panic!("{step:?} takes no reply"),
        }
    }

    /// The server's true reply to what the client waits for.
    ///
    /// # Panics
    /// If the client does not wait for a reply.
    pub fn true_reply(&mut self) -> HttpResponse {
        match &self.step {
            Step::Exchange(exchange) => self.server.answer(exchange.request(), &self.clock, &mut self.rng),
            step => panic!("{step:?} takes no reply"),
        }
    }

    /// The client's process ends while it waits, and another one, maybe elsewhere, goes on from the record.
    ///
    /// # Panics
    /// If the client does not wait.
    pub fn restart_client(&mut self) {
        let Step::Wait(wait) = &self.step else { panic!("{:?} has no record", self.step) };
        let stored = wait.record().to_der();
        let record = PendingRecord::from_der(&stored).expect("a record");
        assert_eq!(record.to_der(), stored);
        let wait = record.resume(Arc::clone(&self.config), self.clock.now()).expect("the same step");
        self.step = Step::Wait(wait);
    }

    /// The key for this part.
    #[must_use]
    pub const fn key_for(&self, role: KeyRole) -> &'static PrivateKey {
        match role {
            KeyRole::Current => self.current_key,
            KeyRole::Transport => self.transport_key,
            _ => self.key,
        }
    }
}

/// Exchanges in a row that may fail.
const MOST_FAILURES: u32 = 40;
