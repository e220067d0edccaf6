//! Enrolment by the broker: the password of the CA is never here.

use std::sync::Arc;

use getrandom::SysRng;
use mdm_proto::{
    broker::{
        RefusalReason, SigningBudget, SigningLimits,
        device::{self, DeviceConfig, Rejected, Step},
    },
    keystore::KeyHandle,
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
    /// With as many keys as it takes, within reason: a service that was restarted in the middle has forgotten the dialogue, and a
    /// key that has signed a digest signs no other.
    pub(super) fn enrol_by_broker(&mut self, profile: &AgentProfile) -> Result<(Option<Vec<Certificate>>, KeyHandle)> {
        for _ in 0..MOST_KEYS {
            let (key, name) = self.new_key(profile)?;
            match self.run_broker(profile, &key)? {
                Ok(chain) => return Ok((Some(chain), name)),
                Err(Rejected::ByService(RefusalReason::Invalid | RefusalReason::Unavailable)) => {
                    println!("profile {}: the broker has lost the thread; again with another key", profile.id());
                    self.files.delete_key(&name)?;
                }
                Err(rejected) => {
                    println!("profile {}: {rejected}", profile.id());
                    return Ok((None, name));
                }
            }
        }
        Err("the broker does not get to an end".into())
    }

    /// The whole dialogue, for a key that has signed nothing yet. After a crash another key begins, so the budget need not be
    /// written down: the old key signs nothing more, since nothing refers to it.
    fn run_broker(
        &mut self,
        profile: &AgentProfile,
        key: &PrivateKey,
    ) -> Result<std::result::Result<Vec<Certificate>, Rejected>> {
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
                    return Ok(Ok(validated.path().iter().chain(anchor).cloned().collect()));
                }
                Step::Rejected(rejected) => return Ok(Err(rejected)),
                step => return Err(format!("a step that came later than this program: {step:?}").into()),
            };
        }
    }
}

const MOST_KEYS: u32 = 3;
