//! [`Scenario`]: any state in one line.

use std::sync::Arc;

use pki_core::{
    CsrBuilder, Secret,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};
use scep::{
    FailInfo,
    client::{
        ClientConfig, ConfirmAuthority, EnrolmentRequest, Exchange, Fingerprint, Issued, Open, PollPolicy, Sign, Step,
        Wait,
    },
    http::Operation,
};

use crate::{Clock, Fault, Network, Pair, Policy, TestRandom, TestServer, fixtures};

/// How an enrolment is set up, and how far it goes.
#[derive(Debug)]
pub struct Scenario {
    server: TestServer,
    key: &'static PrivateKey,
    transport_key: Option<&'static PrivateKey>,
    challenge: Option<&'static str>,
    pinned: Pinned,
    csr: SignedBy,
    poll_policy: PollPolicy,
    script: Vec<Fault>,
    seed: u64,
}

/// Whether the client knows the CA beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pinned {
    Fingerprint,
    No,
}

/// Who signs the CSR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignedBy {
    Dialogue,
    Caller,
}

/// Which exchange to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// GetCACaps.
    Capabilities,
    /// GetCACert.
    Certificates,
    /// PKCSReq.
    Request,
    /// The first CertPoll. The server has to pend.
    Poll,
}

impl Scenario {
    /// An RSA-2048 client that pins the CA, and a server with one RA certificate that issues at once.
    #[must_use]
    pub fn new() -> Self {
        Self::with_server(TestServer::with_ra(fixtures::ca_key(), fixtures::ra_key(), PROVIDER))
    }

    /// The same with small keys, for tests that enrol thousands of times.
    #[must_use]
    pub fn small() -> Self {
        let server = TestServer::with_ra(fixtures::small_ca_key(), fixtures::small_ra_key(), PROVIDER);
        Self { key: fixtures::small_client_key(), ..Self::with_server(server) }
    }

    /// With another server.
    #[must_use]
    pub fn with_server(server: TestServer) -> Self {
        Self {
            server,
            key: fixtures::client_key(),
            transport_key: None,
            challenge: Some(fixtures::CHALLENGE),
            pinned: Pinned::Fingerprint,
            csr: SignedBy::Dialogue,
            // The tests know when to poll to the second.
            poll_policy: PollPolicy { jitter: 0, ..PollPolicy::DEFAULT },
            script: Vec::new(),
            seed: 0,
        }
    }

    /// The server says PENDING so many times.
    #[must_use]
    pub fn pending(self, times: u32) -> Self {
        self.policy(Policy::Pend(times))
    }

    /// The server says no.
    #[must_use]
    pub fn rejected(self, info: FailInfo) -> Self {
        self.policy(Policy::Reject(info))
    }

    /// What the server does.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.server.policy = policy;
        self
    }

    /// The client has no fingerprint: somebody has to confirm.
    #[must_use]
    pub fn unpinned(self) -> Self {
        Self { pinned: Pinned::No, ..self }
    }

    /// The key that a certificate is asked for.
    #[must_use]
    pub fn key(self, key: &'static PrivateKey) -> Self {
        Self { key, ..self }
    }

    /// The key that messages are signed with.
    #[must_use]
    pub fn transport_key(self, key: &'static PrivateKey) -> Self {
        Self { transport_key: Some(key), ..self }
    }

    /// The CSR was signed beforehand.
    #[must_use]
    pub fn finished_csr(self) -> Self {
        Self { csr: SignedBy::Caller, ..self }
    }

    /// Another challenge, or none.
    #[must_use]
    pub fn challenge(self, challenge: Option<&'static str>) -> Self {
        Self { challenge, ..self }
    }

    /// When to poll.
    #[must_use]
    pub fn poll_policy(self, poll_policy: PollPolicy) -> Self {
        Self { poll_policy, ..self }
    }

    /// What the network does.
    #[must_use]
    pub fn faults(self, script: impl IntoIterator<Item = Fault>) -> Self {
        Self { script: script.into_iter().collect(), ..self }
    }

    /// Other randomness.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// What the client asks for.
    pub fn request(&self) -> CsrBuilder {
        let builder = CsrBuilder::new(fixtures::name("device"), Signer::public_key(self.key).clone());
        match self.challenge {
            Some(challenge) => builder.with_challenge_password(&Secret::from(challenge)),
            None => builder,
        }
    }

    /// The beginning.
    ///
    /// # Panics
    /// If there is none: the keys don't do.
    #[must_use]
    pub fn start(self) -> Pair {
        let mut config = ClientConfig::new(PROVIDER).with_poll_policy(self.poll_policy);
        if self.pinned == Pinned::Fingerprint {
            let fingerprint = Fingerprint::of(self.server.ca(), &PROVIDER).expect("SHA-256");
            config = config.with_fingerprint(fingerprint);
        }
        self.start_with(config)
    }

    /// The beginning, for a client that knows something else.
    ///
    /// # Panics
    /// If there is none: the keys don't do.
    #[must_use]
    pub fn start_with(self, config: ClientConfig) -> Pair {
        let csr = self.request();
        let request = match self.csr {
            SignedBy::Dialogue => EnrolmentRequest::new(csr),
            SignedBy::Caller => EnrolmentRequest::from_csr(fixtures::sign_csr(&csr, self.key)),
        };
        let request = match self.transport_key {
            Some(key) => request.with_transport_key(Signer::public_key(key).clone()),
            None => request,
        };
        let config = Arc::new(config);
        Pair {
            step: Step::start(Arc::clone(&config), request).expect("a beginning"),
            config,
            key: self.key,
            transport_key: self.transport_key.unwrap_or(self.key),
            keys_apart: false,
            server: self.server,
            network: Network::with_script(self.script),
            clock: Clock::new(),
            rng: TestRandom::new(self.seed),
            errors: Vec::new(),
        }
    }

    /// Somebody has to confirm the CA.
    pub fn to_confirm(self) -> (Pair, ConfirmAuthority) {
        self.unpinned().to(|step| match step {
            Step::ConfirmAuthority(confirm) => Some(confirm.clone()),
            _ => None,
        })
    }

    /// The first signature is needed.
    pub fn to_sign(self) -> (Pair, Sign) {
        self.to(|step| match step {
            Step::Sign(sign) => Some(sign.clone()),
            _ => None,
        })
    }

    /// A request is to be sent.
    pub fn to_exchange(self, stage: Stage) -> (Pair, Exchange) {
        let mut operations = 0;
        self.to(|step| match step {
            Step::Exchange(exchange) => {
                let query = &exchange.request().query;
                let is = |operation: Operation| query.starts_with(&format!("operation={}", operation.name()));
                operations += u32::from(is(Operation::PkiOperation));
                let there = match stage {
                    Stage::Capabilities => is(Operation::GetCaCaps),
                    Stage::Certificates => is(Operation::GetCaCert),
                    Stage::Request => operations == 1,
                    Stage::Poll => operations == 2,
                };
                there.then(|| exchange.clone())
            }
            _ => None,
        })
    }

    /// The CA has not decided. The server has to pend.
    pub fn to_wait(self) -> (Pair, Wait) {
        self.to(|step| match step {
            Step::Wait(wait) => Some(wait.clone()),
            _ => None,
        })
    }

    /// The reply is to be decrypted.
    pub fn to_open(self) -> (Pair, Open) {
        self.to(|step| match step {
            Step::Open(open) => Some(open.clone()),
            _ => None,
        })
    }

    /// The good end.
    pub fn to_issued(self) -> (Pair, Issued) {
        self.to(|step| match step {
            Step::Issued(issued) => Some(issued.clone()),
            _ => None,
        })
    }

    fn to<T>(self, mut there: impl FnMut(&Step) -> Option<T>) -> (Pair, T) {
        let mut pair = self.start();
        loop {
            if let Some(found) = there(&pair.step) {
                return (pair, found);
            }
            assert!(pair.end().is_none(), "the enrolment ended with {:?}", pair.step);
            pair.turn().expect("a next step");
        }
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self::new()
    }
}
