//! Enrolment by the broker: the password of the CA is never here.

use std::sync::Arc;

use getrandom::SysRng;
use mdm_proto::{
    broker::{
        SigningBudget, SigningLimits,
        device::{self, DeviceConfig, Step},
    },
    profile::AgentProfile,
};
use pki_core::{
    Certificate,
    crypto::{
        Signer as _,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
};
use scep::Method;

use super::{Agent, enrolment::algorithm};
use crate::Result;

impl Agent {
    /// The whole dialogue, for a key that has signed nothing yet. After a crash another key begins, so the budget need not be
    /// written down: the old key signs nothing more, since nothing refers to it.
    pub(super) fn enrol_by_broker(
        &mut self,
        profile: &AgentProfile,
        key: &PrivateKey,
    ) -> Result<Option<Vec<Certificate>>> {
        let (rng, algorithm) = (&mut Random(SysRng), algorithm(profile)?);
        let public = key.public_key();
        let mut budget = SigningBudget::new(public.as_ref(), SigningLimits::DEFAULT);
        let csr = profile.csr_without_challenge(public.clone())?.build(algorithm)?.sign_with(key, rng)?;
        let (subject, now) = (csr.subject().to_owned(), self.clock.now());
        let transport = device::transport_certificate(&subject, public, algorithm, now, rng)?.sign_with(key, rng)?;
        let config = DeviceConfig::from_profile(profile, PROVIDER)?;
        let mut step = Step::start(Arc::new(config), csr, transport, now, rng)?;
        loop {
            step = match step {
                Step::Send(message) => {
                    let answer = self.as_client(Method::Post, "/broker", message.message())?.success()?;
                    message.finish(&answer, self.clock.now())?
                }
                Step::SignDigest(digest) => digest.sign_with(&mut budget, key, rng)?,
                Step::SignAttributes(attributes) => attributes.sign_with(&mut budget, key, rng)?,
                Step::Open(open) => open.open_with(&mut budget, key, rng)?,
                Step::Wait(wait) => {
                    self.wait(wait.until());
                    wait.poll(rng)?
                }
                Step::Issued(issued) => {
                    self.as_client(Method::Post, "/broker", issued.message())?;
                    let validated = issued.validated();
                    let anchor = validated.anchor().certificate().into_iter();
                    return Ok(Some(validated.path().iter().chain(anchor).cloned().collect()));
                }
                Step::Rejected(rejected) => {
                    println!("profile {}: {rejected}", profile.id());
                    return Ok(None);
                }
                step => return Err(format!("a step that came later than this program: {step:?}").into()),
            };
        }
    }
}
