//! The phone: what it keeps, and what it does when its time has come.

use std::time::Duration;

use mdm_proto::{
    activation::password::{ActivationPassword, Device, DeviceName, DeviceStep, ServiceName, UserId},
    client_certificate::DeviceIdentity,
    est,
    identity::IdentityUris,
    keystore::{self, KeyHandle, Keystore, Removal},
    lifecycle::{
        CertificateFacts, CertificateId, EnrolReason, Event, Freshness, Life, LifecyclePolicy, Monitor, Outcome,
        Output, PolicyId, ProfileStanding, Revocation, RevocationWatch, Seed, Task,
    },
    profile::{AgentProfile, AgentProfileSet, ProfileId},
};
use pki_core::{
    Certificate, CsrBuilder, KeyKind, Name, UnixTime,
    algorithm::SignatureAlgorithm,
    chain::{ChainValidator, Pool, Purpose, RevocationPolicy},
    crypto::rustcrypto::PROVIDER,
};

use crate::{
    Result, enrol,
    keys::{self, Keys},
    say,
    world::{Connection, SERVICE, World},
};

pub struct Phone {
    pub keys: Keys,
    identity: DeviceIdentity,
    profiles: AgentProfileSet,
    keystore: Keystore,
    monitor: Monitor,
    /// For the client certificate: whether that is revoked, the service says.
    client_policy: PolicyId,
    /// How often revocation was looked up.
    pub looked_up: u32,
}

impl Phone {
    pub fn new() -> Result<Self> {
        let weekly = Duration::from_secs(7 * 86_400);
        let revocation = RevocationWatch::Check { at_least_every: weekly, retry: Duration::from_secs(3600) };
        let mut monitor = Monitor::new(LifecyclePolicy { revocation, ..LifecyclePolicy::BES });
        let client_policy =
            monitor.add_policy(LifecyclePolicy { revocation: RevocationWatch::Ignore, ..LifecyclePolicy::BES })?;
        Ok(Self {
            keys: Keys::default(),
            identity: DeviceIdentity::new(IdentityUris::DEFAULT),
            profiles: AgentProfileSet::new(""),
            keystore: Keystore::new(),
            monitor,
            client_policy,
            looked_up: 0,
        })
    }

    /// One run: one guess at the password.
    pub fn activate(&mut self, user: &str, password: &ActivationPassword, world: &mut World) -> Result<()> {
        let device = Device::new(UserId::new(user)?, DeviceName::new("Jane's phone")?, PROVIDER);
        let mut step = device.with_service(ServiceName::new(SERVICE)?).start();
        let activated = loop {
            step = match step {
                DeviceStep::Exchange(exchange) => {
                    let reply = world.activation(exchange.message())?;
                    say(
                        world.now,
                        "phone",
                        format!("{} octets to the service, {} back", exchange.message().len(), reply.len()),
                    );
                    exchange.finish(&reply, world.now)?
                }
                DeviceStep::Derive(derive) => derive.derive(password, &mut world.rng)?,
                // The service has proven that it knows the password, too. Only now there is a key.
                DeviceStep::Enrol(enrol) => {
                    let (handle, public) = self.keys.make(KeyKind::P256, &mut world.rng)?;
                    let csr = CsrBuilder::new(Name::from_common_name("Jane's phone")?, public)
                        .build(SignatureAlgorithm::ECDSA_SHA256)?
                        .sign_with(self.keys.get(&handle)?, &mut world.rng)?;
                    self.identity = self.identity.request(csr.clone(), handle);
                    enrol.request(&csr)?
                }
                DeviceStep::Activated(activated) => break activated,
                step => return Err(format!("{step:?}").into()),
            };
        };
        let identity = self.identity.clone().with_roots(activated.roots().to_vec());
        self.identity = identity.receive(activated.certificates(), &PROVIDER, world.now)?;
        let connection = self.connect(world)?;
        let (user, space) = (connection.identity.user().email().unwrap_or_default(), connection.identity.work_space());
        say(world.now, "phone", format!("activated: {user}, {space}, {}", connection.identity.device()));
        Ok(())
    }

    /// Connects with the next client certificate, whose first use retires the one before.
    fn connect(&mut self, world: &mut World) -> Result<Connection> {
        let key = self.identity.keys().next().ok_or("not activated")?;
        let connection = world.connect(self.identity.roots(), &key.chain)?;
        if let Some(next) = self.identity.next() {
            let facts = CertificateFacts::of(next.chain.first().ok_or("no certificate")?, NAME);
            self.monitor.track_under(self.client_policy, CLIENT, facts);
            self.identity = self.identity.used();
        }
        for unused in self.identity.keys_to_delete().to_vec() {
            say(world.now, "phone", format!("deletes {}", keys::name(&unused)));
            self.keys.delete(&unused);
            self.identity = self.identity.key_deleted(&unused);
        }
        Ok(connection)
    }

    /// Profiles have arrived or changed.
    pub fn receive_profiles(&mut self, world: &mut World) -> Result<()> {
        let connection = self.connect(world)?;
        let profiles = world.profiles(&connection, &[])?;
        let diff = self.profiles.diff(&profiles);
        for change in diff.changed() {
            change
                .reasons()
                .iter()
                .for_each(|reason| say(world.now, "phone", format!("{}: {reason}", change.profile())));
            change.changes().iter().for_each(|silent| {
                say(world.now, "phone", format!("{}: {silent}, no reason to enrol", change.profile()));
            });
        }
        for change in diff.enrolments() {
            let (id, reason) = (certificate_id(change.profile()), &change.reasons()[0]);
            match self.monitor.get(id) {
                Some(_) => {
                    self.monitor.resolve(id, Outcome::Profile(ProfileStanding::Changed(reason.into())), world.now)?;
                }
                None => self.monitor.track(id, Life::enrolling(Seed::new(NAME, change.profile().as_str().as_bytes()))),
            }
        }
        self.profiles = profiles;
        Ok(())
    }

    /// Does all that is due, and says when to look again.
    pub fn work(&mut self, world: &mut World) -> Result<Option<UnixTime>> {
        loop {
            match self.monitor.poll(world.now) {
                Output::Wait(until) => return Ok(until),
                Output::Event(event) => self.handle(event, world)?,
            }
        }
    }

    fn handle(&mut self, event: Event, world: &mut World) -> Result<()> {
        match event {
            Event::RenewalDue { id: CLIENT, .. } => self.renew_client_certificate(world),
            Event::RenewalDue { id, proof, .. } => {
                let profile = self.profile(id)?;
                say(world.now, "phone", format!("{} is to be renewed, by {proof:?}", profile.id()));
                let (current, key) = self.current(&profile)?;
                let renewed = enrol::directly(self, &profile, Some((current, key)), world)?;
                self.install(&profile, renewed, world)
            }
            Event::EnrolmentDue { id, reason, .. } => {
                let profile = self.profile(id)?;
                say(world.now, "phone", format!("{}: an enrolment ({})", profile.id(), because(reason)));
                self.enrol(&profile, world)
            }
            Event::Todo { id, task: Task::CheckRevocation } => self.look_up(id, world),
            Event::Todo { task: Task::DeletePredecessor, .. } => Ok(()),
            Event::Revoked { id, task: Task::ReplaceKey { .. } } => {
                let profile = self.profile(id)?;
                say(world.now, "phone", format!("{} is revoked: its key is compromised, away with it", profile.id()));
                self.keystore = self.keystore.remove(profile.id(), Removal::Delete);
                self.execute(world.now)?;
                self.enrol(&profile, world)
            }
            event => Err(format!("not in this story: {event:?}").into()),
        }
    }

    /// simplereenroll over a connection by the certificate that is renewed, for a new key.
    fn renew_client_certificate(&mut self, world: &mut World) -> Result<()> {
        let connection = self.connect(world)?;
        let current = self.identity.current().and_then(|key| key.chain.first()).ok_or("not activated")?.clone();
        let (handle, public) = self.keys.make(KeyKind::P256, &mut world.rng)?;
        let csr = est::reenrolment_csr(&current, public)
            .build(SignatureAlgorithm::ECDSA_SHA256)?
            .sign_with(self.keys.get(&handle)?, &mut world.rng)?;
        self.identity = self.identity.request(csr.clone(), handle);
        let call = est::client::Call::simple_reenroll(&est::client::Config::new(PROVIDER), &csr);
        let est::client::EnrolReply::Issued(renewed) = call.finish(&world.est(&connection, call.request())?)? else {
            return Err("the service wants time".into());
        };
        self.identity = self.identity.receive(std::slice::from_ref(&renewed), &PROVIDER, world.now)?;
        say(world.now, "phone", format!("the client certificate is renewed, to {}", renewed.validity().not_after));
        self.connect(world).map(drop)
    }

    /// A first certificate, or one in place of one that is of no use: for a new key and by a challenge.
    fn enrol(&mut self, profile: &AgentProfile, world: &mut World) -> Result<()> {
        let connection = self.connect(world)?;
        let profiles = world.profiles(&connection, &[profile.id().clone()])?;
        let profile = profiles.scep(profile.id()).ok_or("the profile is gone")?;
        let enrolled = match profile.challenge() {
            mdm_proto::profile::AgentChallenge::Broker => enrol::by_broker(self, profile, &connection, world)?,
            _ => enrol::directly(self, profile, None, world)?,
        };
        self.install(profile, enrolled, world)
    }

    /// Into the keystore. The former certificate goes when the new one has worked.
    fn install(
        &mut self,
        profile: &AgentProfile,
        (chain, key): (Vec<Certificate>, KeyHandle),
        world: &mut World,
    ) -> Result<()> {
        let leaf = chain.first().ok_or("no certificate")?.clone();
        self.keystore = self.keystore.put(profile.id(), chain, key)?;
        self.execute(world.now)?;

        // A gateway or access point would do so.
        let (ca, ..) = world.revocations(url(profile)?)?;
        let validator = ChainValidator::new([ca.into()], PROVIDER);
        let path = validator.validate(&leaf, &Pool::new(), Purpose::CLIENT_AUTH, world.now)?;
        say(world.now, "gateway", format!("lets {} in, to {}", path.path()[0].subject(), leaf.validity().not_after));
        self.keystore = self.keystore.proven(profile.id());
        self.execute(world.now)?;

        let id = certificate_id(profile.id());
        self.monitor.resolve(id, Outcome::Renewed(CertificateFacts::of(&leaf, NAME)), world.now)?;
        Ok(self.monitor.resolve(id, Outcome::Used, world.now)?)
    }

    /// What the real keystore is to do; the record is stored before and after each step.
    fn execute(&mut self, now: UnixTime) -> Result<()> {
        while let Some(step) = self.keystore.steps().first() {
            say(
                now,
                "keystore",
                match step {
                    keystore::Step::Add(entry) => {
                        format!(
                            "adds {:?}: {} certificates and {}",
                            entry.id,
                            entry.chain.len(),
                            keys::name(&entry.key)
                        )
                    }
                    keystore::Step::Delete(id) => format!("deletes {id:?}"),
                    keystore::Step::DeleteKey(key) => {
                        self.keys.delete(key);
                        format!("deletes {}", keys::name(key))
                    }
                    step => return Err(format!("{step:?}").into()),
                },
            );
            self.keystore = self.keystore.done(step);
        }
        Ok(())
    }

    /// Whether a certificate is revoked, by its CA's CRL.
    fn look_up(&mut self, id: CertificateId, world: &mut World) -> Result<()> {
        let profile = self.profile(id)?;
        let (leaf, _) = self.current(&profile)?;
        let (ca, crl, pool) = world.revocations(url(&profile)?)?;
        let policy = RevocationPolicy::Require;
        let validator = ChainValidator::new([ca.into()], PROVIDER).with_revocation(policy);
        let verdict = validator.validate(&leaf, &pool, Purpose::CLIENT_AUTH, world.now);
        let until = crl.next_update().unwrap_or(world.now);
        let found = Revocation::from_verdict(&verdict, policy, until);
        self.looked_up += 1;
        Ok(self.monitor.resolve(id, Outcome::Checked(found, Some(Freshness::from(&crl))), world.now)?)
    }
}

impl Phone {
    fn profile(&self, id: CertificateId) -> Result<AgentProfile> {
        let found = self.profiles.scep_profiles().find(|profile| certificate_id(profile.id()) == id);
        found.cloned().ok_or_else(|| format!("no profile has {id:?}").into())
    }

    /// The certificate of a profile, and its key.
    fn current(&self, profile: &AgentProfile) -> Result<(Certificate, KeyHandle)> {
        let entry = self.keystore.candidates(profile.id()).next().cloned().ok_or("no certificate")?;
        Ok((entry.chain.into_iter().next().ok_or("no certificate")?, entry.key))
    }
}

fn because(reason: EnrolReason) -> String {
    match reason {
        EnrolReason::Profile(trigger) => trigger.to_string(),
        reason => format!("{reason:?}"),
    }
}

/// Where the CA of a profile is.
pub fn url(profile: &AgentProfile) -> Result<&str> {
    profile.settings().urls().first().map(String::as_str).ok_or_else(|| "no URL".into())
}

/// The monitor has numbers where profiles have names.
fn certificate_id(profile: &ProfileId) -> CertificateId {
    CertificateId(if profile.as_str() == "wifi-certificate" { 1 } else { 2 })
}

const CLIENT: CertificateId = CertificateId(0);
/// What spreads this phone's renewals away from those of others.
const NAME: &[u8] = b"Jane's phone";
