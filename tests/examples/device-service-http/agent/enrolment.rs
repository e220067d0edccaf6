//! Certificates by SCEP: what was begun is brought to an end, after a crash as well.

use std::{sync::Arc, thread, time::Duration};

use getrandom::SysRng;
use mdm_proto::{
    keystore::KeyHandle,
    lifecycle::{FailureClass, Outcome},
    profile::{AgentChallenge, AgentProfile, KeyAlgorithm, ProfileId},
};
use pki_core::{
    Certificate, Csr, CsrBuilder, PublicKey, UnixTime,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signer as _,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
};
use scep::{
    Method, TransactionId,
    client::{EnrolmentRequest, KeyRole, OpenWith, Step},
};

use super::{
    Agent, key_name,
    record::{Request, UnderWay},
};
use crate::{Result, http};

impl Agent {
    /// Goes on where the last run stopped.
    pub(super) fn resume(&mut self) -> Result<()> {
        let profiles: Vec<_> = self.record.under_way.keys().cloned().collect();
        for profile in profiles {
            println!("profile {profile}: going on with what was begun");
            self.finish(&profile)?;
        }
        self.finish_steps()
    }

    /// Notes what is due, together with what the monitor knows of it, and does it.
    pub(super) fn begin(&mut self, profile: &ProfileId, what: UnderWay) -> Result<()> {
        self.record.under_way.insert(profile.clone(), what);
        self.save()?;
        self.finish(profile)
    }

    fn finish(&mut self, id: &ProfileId) -> Result<()> {
        let Some(profile) = self.record.profiles.scep(id).cloned() else {
            self.record.under_way.remove(id);
            return self.save();
        };
        let under_way = self.record.under_way.get(id).cloned().ok_or("nothing was begun")?;
        let is_resumed = matches!(under_way, UnderWay::Request(_));
        let (chain, key) = match under_way {
            UnderWay::Enrolment if *profile.challenge() == AgentChallenge::Broker => self.enrol_by_broker(&profile)?,
            UnderWay::Enrolment => {
                let json = self.as_client(Method::Post, &format!("/profiles/{id}"), &[])?.success()?;
                let profile = AgentProfile::from_json(&json)?;
                let request = self.request(&profile, |key| Ok(profile.csr(key)?), false)?;
                (self.send_request(&profile, &request)?, request.key)
            }
            UnderWay::Renewal => {
                let request = self.request(&profile, |key| Ok(profile.csr_without_challenge(key)?), true)?;
                (self.send_request(&profile, &request)?, request.key)
            }
            UnderWay::Request(request) => (self.send_request(&profile, &request)?, request.key),
        };
        match chain {
            Some(chain) => self.install(&profile, chain, key),
            // A challenge that was too old by now, perhaps: another one, once.
            None if is_resumed => self.begin(id, UnderWay::Enrolment),
            None => {
                let (number, now) = (self.record.number(id), self.clock.now());
                self.record.under_way.remove(id);
                self.record.monitor.resolve(number, Outcome::Failed(FailureClass::PolicyReject), now)?;
                self.save()
            }
        }
    }

    pub(super) fn new_key(&self, profile: &AgentProfile) -> Result<(PrivateKey, KeyHandle)> {
        let kind = KeyAlgorithm::kind(profile.settings().key().algorithm());
        let (key, name) = (PrivateKey::generate(kind, &mut Random(SysRng))?, key_name()?);
        self.files.keep_key(&name, &key)?;
        Ok((key, name))
    }

    /// Key, CSR and transaction are recorded before anything is sent.
    fn request(
        &mut self,
        profile: &AgentProfile,
        csr: impl FnOnce(PublicKey) -> Result<CsrBuilder>,
        is_renewal: bool,
    ) -> Result<Request> {
        let (rng, (key, name)) = (&mut Random(SysRng), self.new_key(profile)?);
        let csr: Csr = csr(key.public_key().clone())?.build(algorithm(profile)?)?.sign_with(&key, rng)?;
        let request = Request { key: name, csr, transaction: TransactionId::generate(rng)?, is_renewal };
        self.record.under_way.insert(profile.id().clone(), UnderWay::Request(request.clone()));
        self.save()?;
        Ok(request)
    }

    /// The dialogue with the CA. The chain, or nothing if the CA says no.
    fn send_request(&self, profile: &AgentProfile, request: &Request) -> Result<Option<Vec<Certificate>>> {
        let Request { key, csr, transaction, is_renewal } = request;
        let (rng, url) = (&mut Random(SysRng), profile.settings().urls().first().ok_or("the profile has no URL")?);
        let (new, current) = (self.files.key(key)?, self.current(profile.id())?);
        let key_of = |role| match (role, &current) {
            (KeyRole::Current, Some((_, key))) => Ok(key),
            (KeyRole::Current, None) => Err("there is no certificate to renew"),
            _ => Ok(&new),
        };
        let enrolment = match &current {
            Some((certificate, _)) if *is_renewal => {
                EnrolmentRequest::renewal_from_csr(csr.clone(), certificate.clone())
            }
            _ => EnrolmentRequest::from_csr(csr.clone()),
        };
        let enrolment = enrolment.with_transaction_id(transaction.clone());
        let mut step = Step::start(Arc::new(profile.client_config(PROVIDER)), enrolment)?;
        loop {
            step = match step {
                Step::Exchange(exchange) => {
                    let answer = self.patiently(|| http::send_scep(&self.plain, url, exchange.request()))?;
                    exchange.finish(&answer.into_scep(), self.clock.now(), rng)?
                }
                Step::Sign(sign) => sign.sign_with(key_of(sign.key())?, rng)?,
                Step::Open(open) => match open.needs() {
                    OpenWith::Key(role) => open.open_with(key_of(role)?, rng)?,
                    other => return Err(format!("the reply is not for the device's key: {other:?}").into()),
                },
                Step::Wait(wait) => {
                    self.wait(wait.until());
                    wait.poll(rng)?
                }
                Step::Issued(issued) => return Ok(Some(issued.chain().to_vec())),
                Step::Rejected(rejected) => {
                    println!("profile {}: the CA says no: {:?}", profile.id(), rejected.reason());
                    return Ok(None);
                }
                step => return Err(format!("a step that came later than this program: {step:?}").into()),
            };
        }
    }

    pub(super) fn wait(&self, until: UnixTime) {
        let seconds = until.as_seconds().saturating_sub(self.clock.now().as_seconds());
        #[expect(clippy::disallowed_methods, reason = "here is the patience")]
        thread::sleep(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()));
    }

    fn current(&self, profile: &ProfileId) -> Result<Option<(Certificate, PrivateKey)>> {
        let Some(entry) = self.record.keystore.candidates(profile).next() else { return Ok(None) };
        let leaf = entry.chain.first().ok_or("an entry without a certificate")?;
        Ok(Some((leaf.clone(), self.files.key(&entry.key)?)))
    }
}

/// By what the profile's keys sign.
pub fn algorithm(profile: &AgentProfile) -> Result<SignatureAlgorithm> {
    let algorithm = match profile.settings().key().algorithm() {
        KeyAlgorithm::Rsa { .. } => SignatureAlgorithm::RSA_PKCS1_SHA256,
        _ => return Err("this example knows RSA keys only, which can decrypt replies".into()),
    };
    algorithm.with_digest(profile.settings().digest()).ok_or_else(|| "no algorithm for this digest".into())
}
