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
        ClientConfig, ConfirmAuthority, EnrolmentRequest, Error, Exchange, Fingerprint, Issued, LookupRequest, Open,
        PollPolicy, Renewal, Sign, Step, Wait,
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
    renewal: Option<(Renewal, &'static PrivateKey)>,
    padding: Padding,
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

/// How RSA keys sign messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Padding {
    Pkcs1,
    Pss,
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
            renewal: None,
            padding: Padding::Pkcs1,
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

    /// There is a certificate already, with this key, and it is to be renewed.
    #[must_use]
    pub fn renewal(self, renewal: impl Into<Renewal>, key: &'static PrivateKey) -> Self {
        Self { renewal: Some((renewal.into(), key)), ..self }
    }

    /// Messages are signed with RSASSA-PSS.
    #[must_use]
    pub fn rsa_pss(self) -> Self {
        Self { padding: Padding::Pss, ..self }
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
        let config = self.config();
        self.start_with(config)
    }

    /// The beginning, for a client that knows something else.
    ///
    /// # Panics
    /// If there is none: the keys don't do.
    #[must_use]
    pub fn start_with(self, config: ClientConfig) -> Pair {
        let request = self.enrolment_request();
        self.pair(config, |config| Step::start(config, request))
    }

    /// The beginning of GetCert by the client's key.
    ///
    /// # Panics
    /// If there is none: the key does not do.
    #[must_use]
    pub fn start_get_cert(self, request: LookupRequest) -> Pair {
        let config = self.config();
        self.pair(config, |config| Step::get_cert(config, request))
    }

    /// The beginning of GetCRL by the client's key.
    ///
    /// # Panics
    /// If there is none: the key does not do.
    #[must_use]
    pub fn start_get_crl(self, request: LookupRequest) -> Pair {
        let config = self.config();
        self.pair(config, |config| Step::get_crl(config, request))
    }

    /// What the client knows.
    fn config(&self) -> ClientConfig {
        let config = ClientConfig::new(PROVIDER).with_poll_policy(self.poll_policy);
        match self.pinned {
            Pinned::Fingerprint => {
                config.with_fingerprint(Fingerprint::of(self.server.ca(), &PROVIDER).expect("SHA-256"))
            }
            Pinned::No => config,
        }
    }

    /// What the client asks for, and how.
    #[must_use]
    pub fn enrolment_request(&self) -> EnrolmentRequest {
        let csr = self.request();
        let request = match (self.csr, self.renewal.clone()) {
            (SignedBy::Dialogue, None) => EnrolmentRequest::new(csr),
            (SignedBy::Caller, None) => EnrolmentRequest::from_csr(fixtures::sign_csr(&csr, self.key)),
            (SignedBy::Dialogue, Some((renewal, _))) => EnrolmentRequest::renewal(csr, renewal),
            (SignedBy::Caller, Some((renewal, _))) => {
                EnrolmentRequest::renewal_from_csr(fixtures::sign_csr(&csr, self.key), renewal)
            }
        };
        let request = match self.transport_key {
            Some(key) => request.with_transport_key(Signer::public_key(key).clone()),
            None => request,
        };
        if self.padding == Padding::Pss { request.with_rsa_pss() } else { request }
    }

    fn pair(self, config: ClientConfig, start: impl FnOnce(Arc<ClientConfig>) -> Result<Step, Error>) -> Pair {
        let config = Arc::new(config);
        Pair {
            step: start(Arc::clone(&config)).expect("a beginning"),
            config,
            key: self.key,
            transport_key: self.transport_key.unwrap_or(self.key),
            current_key: self.renewal.as_ref().map_or(self.key, |(_, key)| *key),
            challenge: self.challenge,
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
