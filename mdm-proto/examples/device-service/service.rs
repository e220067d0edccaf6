//! The device service. It has one phone; one with more would have a database, and look up by user or device what is fields here.

use std::time::Duration;

use mdm_proto::{
    activation::password::{
        self, Activated, ActivationPassword, ActivationRecord, Attempt, Opened, Received, ServiceName, UserId,
    },
    broker::{
        Blinding,
        service::{self as broker, AttemptLimits, AttemptRecord, BlindRecord, Broker, Entitlement, Incoming},
    },
    challenge::{self, Binding, ServiceKey, ServiceLimits},
    client_certificate::{ClientCertificates, ClientRecord, Decision, Issuance, NameRule, NotAuthenticated, Step},
    csr_policy::Expectation,
    est::{
        self,
        server::{Connection, Operation, Rejection, Responder},
    },
    identity::Identity,
    installation::{Action, Authority, Installation, RootProfile, Schedule, ServerProfile},
    profile::{AgentChallenge, AgentProfileSet, ChallengeSource, ProfileId, ProfileSet, Variable, Variables},
};
use pki_core::{
    Certificate, KeyKind, NameBuilder, Secret, UnixTime,
    chain::ValidatedChain,
    crypto::{SecureRandom as _, rustcrypto::PROVIDER},
};
use scep::{
    client::ClientConfig,
    http::{HttpRequest, HttpResponse},
};

use crate::{Result, Rng, keys::Keys, say, world::SERVICE};

pub struct Service {
    pub installation: Installation,
    pub challenges: challenge::Service,
    /// What the phone is to have.
    pub profiles: ProfileSet,
    keys: Keys,
    clients: ClientCertificates,
    client: ClientRecord,
    passwords: password::Service,
    activation: Option<ActivationRecord>,
    est: Responder,
    broker: Broker,
    attempts: (Option<AttemptRecord>, Option<AttemptRecord>),
    blinding: Option<Secret>,
    relay: Option<broker::Step>,
}

impl Service {
    /// With an enterprise root of its own, for a phone that will stand for `identity`.
    pub fn install(identity: Identity, now: UnixTime, rng: &mut Rng) -> Result<Self> {
        let mut keys = Keys::default();
        let (root_key, public) = keys.make(KeyKind::P384, rng)?;
        let name = NameBuilder::new().add_organization("Example").add_common_name("Example Enterprise Management Root");
        let root = RootProfile::DEFAULT
            .root(name.build()?, public, &Issuance::new(now, rng)?, &PROVIDER)?
            .sign_with(keys.get(&root_key)?, rng)?;
        let mut secret = vec![0; 32];
        rng.fill(&mut secret)?;
        let mut service = Self {
            // A device that is to be activated doesn't know yet what its certificate will say.
            clients: ClientCertificates::new(root.clone(), PROVIDER).with_csr_names(NameRule::Any),
            installation: Installation::new(Authority::new(root, root_key)),
            challenges: challenge::Service::new(ServiceKey::generate(rng)?, ServiceLimits::DEFAULT),
            profiles: ProfileSet::new("activation 1"),
            keys,
            client: ClientRecord::new(identity),
            passwords: password::Service::new(ServiceName::new(SERVICE)?, &Secret::new(secret), PROVIDER)?,
            activation: None,
            est: Responder::new(PROVIDER),
            broker: Broker::new(PROVIDER, Blinding::Fresh),
            attempts: (None, None),
            blinding: None,
            relay: None,
        };
        let _ = service.maintain(now, rng)?;
        Ok(service)
    }

    /// Does what the installation needs, and says when to look again.
    pub fn maintain(&mut self, now: UnixTime, rng: &mut Rng) -> Result<UnixTime> {
        loop {
            match self.installation.next_action(&Schedule::DEFAULT, now) {
                Action::IssueServer { .. } => {
                    let (handle, public) = self.keys.make(KeyKind::P256, rng)?;
                    let authority = self.installation.current();
                    let certificate = ServerProfile::new()
                        .add_dns_name(SERVICE)
                        .certificate(authority.issuer(), public, &Issuance::new(now, rng)?, &PROVIDER)?
                        .sign_with(self.keys.get(authority.issuer_key())?, rng)?;
                    say(now, "service", format!("a new server certificate, to {}", certificate.validity().not_after));
                    self.installation = self.installation.with_server(certificate, handle, &PROVIDER)?;
                }
                Action::Wait { until } => return Ok(until),
                action => return Err(format!("not within two years: {action:?}").into()),
            }
        }
    }

    /// A password for the user to type into the phone. Only what it can be checked by is kept.
    pub fn invite(&mut self, user: &str, now: UnixTime, rng: &mut Rng) -> Result<ActivationPassword> {
        let password = ActivationPassword::generate(rng)?;
        self.activation = Some(self.passwords.register(UserId::new(user)?, &password, now.plus(7 * DAY))?);
        Ok(password)
    }

    /// A message of an activation.
    pub fn activation(&mut self, message: &[u8], now: UnixTime, rng: &mut Rng) -> Result<Vec<u8>> {
        let record = self.activation.as_ref();
        let unwritten = match self.passwords.receive(message)? {
            Received::Hello(hello) => return Ok(hello.answer(record)),
            Received::Attempt(attempt) => match attempt.count(record, now, rng)? {
                Attempt::Counted(unwritten) => unwritten,
                Attempt::Decoy(_, reply) | Attempt::Repeated(reply) => return Ok(reply),
                attempt => return Err(format!("{attempt:?}").into()),
            },
            Received::Request(request) => match request.open(record, now) {
                Ok(Opened::Confirmed(confirmed)) => {
                    let decision = self.clients.enrol(confirmed.csr(), &self.client, &Issuance::new(now, rng)?)?;
                    let certificate = self.decided(decision, rng)?;
                    let root = self.installation.current().root().clone();
                    let url = format!("https://{SERVICE}/");
                    confirmed.issue(&Activated::new(certificate, root, &url), now)?
                }
                Ok(Opened::Answered(reply)) => return Ok(reply),
                Ok(opened) => return Err(format!("{opened:?}").into()),
                Err(refusal) => return Err(refusal.to_string().into()),
            },
            received => return Err(format!("{received:?}").into()),
        };
        // The record is in the database before the reply exists.
        self.activation = Some(unwritten.record().clone());
        Ok(unwritten.written())
    }

    /// Who is at the other end of a connection.
    pub fn authenticate(&mut self, chain: &ValidatedChain, now: UnixTime) -> Result<Identity, NotAuthenticated> {
        let authenticated = self.clients.authenticate(chain, &self.client, now)?;
        if let Some(record) = authenticated.first_use {
            self.client = record;
        }
        Ok(authenticated.identity)
    }

    /// A request by EST, of a phone that authenticated: here it renews its client certificate.
    pub fn est(
        &mut self,
        request: &est::HttpRequest,
        connection: &Connection,
        now: UnixTime,
        rng: &mut Rng,
    ) -> Result<est::HttpResponse> {
        let enrol = match self.est.receive(request, connection) {
            Ok(Operation::CaCerts(asked)) => return Ok(asked.answer(&self.installation.ca_certificates())),
            Ok(Operation::SimpleReenroll(enrol)) => enrol,
            Ok(operation) => return Err(format!("{operation:?}").into()),
            Err(refusal) => return Ok(refusal.reply),
        };
        let (authorized, chain) = (enrol.authorize_by_certificate()?, enrol.client().ok_or("no certificate")?);
        match self.clients.renew(chain, enrol.csr(), &self.client, &Issuance::new(now, rng)?) {
            Ok(decision) => {
                let certificate = self.decided(decision, rng)?;
                Ok(enrol.issue(&authorized, &certificate).unwrap_or_else(|refusal| refusal.reply))
            }
            Err(refused) => Ok(enrol.reject(Rejection::Forbidden, refused)),
        }
    }

    /// Recorded, then signed, then recorded again: there is one certificate, wherever the service stops.
    fn decided(&mut self, decision: Decision, rng: &mut Rng) -> Result<Certificate> {
        self.client = decision.record;
        match decision.step {
            Step::Send(certificate) => Ok(certificate),
            Step::Sign(unsigned) => {
                let key = self.keys.get(self.installation.current().issuer_key())?;
                let certificate = unsigned.to_be_signed().sign_with(key, rng)?;
                self.client = self.client.with_signed(certificate.clone())?;
                Ok(certificate)
            }
        }
    }

    /// What the phone is to have, as JSON. Passwords for all devices can't get into it.
    pub fn profiles(
        &mut self,
        identity: &Identity,
        anew: &[ProfileId],
        now: UnixTime,
        rng: &mut Rng,
    ) -> Result<Secret> {
        let mut set = AgentProfileSet::new(self.profiles.activation());
        for profile in self.profiles.scep_profiles() {
            let variables = variables(identity);
            let challenge = match profile.challenge() {
                ChallengeSource::Broker(_) => AgentChallenge::Broker,
                ChallengeSource::OneTime if anew.contains(profile.id()) => {
                    // It is good for one CSR with these names, of this phone, within an hour.
                    let expectation = Expectation::from_profile(profile, &variables)?;
                    let binding = Binding::new(&identity.device().to_string(), profile.id().as_str(), expectation)?;
                    let challenge = self.challenges.issue(binding, HOUR, now, rng)?;
                    AgentChallenge::one_time(Secret::from(challenge.as_secret().expose()))
                }
                _ => AgentChallenge::None,
            };
            set = set.with_scep(profile.for_device(&variables, challenge)?)?;
        }
        for referrer in self.profiles.referrers() {
            set = set.with_referrer(referrer.clone())?;
        }
        Ok(set.to_json()?)
    }

    /// A message of a phone that enrols through the broker; `ca` sends a request to the CA.
    pub fn broker(
        &mut self,
        identity: &Identity,
        message: &[u8],
        now: UnixTime,
        rng: &mut Rng,
        ca: &mut dyn FnMut(&HttpRequest, &mut Rng) -> Result<HttpResponse>,
    ) -> Result<Vec<u8>> {
        let mut step = match self.broker.receive(message)? {
            Incoming::Request(request) => {
                let entitlement = self.entitlement(request.profile(), identity)?;
                let admitted = self.admit(now)?;
                let prepared = self.broker.prepare(&request, &entitlement, admitted, now, rng)?;
                self.blinding = prepared.record().map(BlindRecord::to_der);
                return Ok(prepared.message().to_vec());
            }
            Incoming::SignedDigest(signed) => {
                let entitlement = self.entitlement(signed.profile(), identity)?;
                let admitted = self.admit(now)?;
                let record = self.blinding.take().map(|der| BlindRecord::from_der(der.expose())).transpose()?;
                let completed = self.broker.complete(&signed, &entitlement, record.as_ref(), admitted, now)?;
                completed.submit(ClientConfig::new(PROVIDER))?
            }
            Incoming::Further(further) => match &self.relay {
                Some(broker::Step::Attributes(attributes)) => attributes.answer(&further, rng)?,
                Some(broker::Step::Relayed(relayed)) => {
                    let certificate = relayed.confirm(&further, now)?;
                    say(now, "service", format!("the phone reports its certificate for {}", certificate.subject()));
                    return Ok(Vec::new());
                }
                step => return Err(format!("{step:?}").into()),
            },
            incoming => return Err(format!("{incoming:?}").into()),
        };
        while let broker::Step::Exchange(exchange) = &step {
            let reply = ca(exchange.request(), rng)?;
            step = exchange.finish(&reply, now, rng)?;
        }
        let message = match &step {
            broker::Step::Attributes(attributes) => attributes.message().to_vec(),
            broker::Step::Relayed(relayed) => relayed.message().to_vec(),
            step => return Err(format!("{step:?}").into()),
        };
        self.relay = Some(step);
        Ok(message)
    }

    fn entitlement(&self, profile: &ProfileId, identity: &Identity) -> Result<Entitlement> {
        let profile = self.profiles.scep(profile).ok_or("the phone has no such profile")?;
        Ok(Entitlement::from_profile(profile, &variables(identity))?)
    }

    fn admit(&mut self, now: UnixTime) -> Result<broker::Admitted> {
        let (device, challenge) = &self.attempts;
        let admission = broker::admit(device.as_ref(), challenge.as_ref(), AttemptLimits::DEFAULT, now)?;
        self.attempts = (Some(*admission.device()), Some(*admission.challenge()));
        Ok(admission.stored())
    }

    /// The phone was lost.
    pub fn revoke(&mut self, now: UnixTime) {
        self.client = self.client.revoke(now);
    }
}

/// What stands for the variables in the names of profiles.
fn variables(identity: &Identity) -> Variables {
    Variables::of_identity(identity).with(Variable::UserName, "jane")
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
