//! The work keystore: the record says what is to be done, and here it is done.

use mdm_proto::{
    keystore::{KeyHandle, Removal, Step},
    lifecycle::{CertificateFacts, Outcome, Revocation},
    profile::{AgentProfile, ProfileId},
};
use pki_core::Certificate;

use super::Agent;
use crate::Result;

impl Agent {
    /// A certificate has come. It replaces the one before when it is proven.
    pub(super) fn install(&mut self, profile: &AgentProfile, chain: Vec<Certificate>, key: KeyHandle) -> Result<()> {
        let (id, now) = (profile.id(), self.clock.now());
        let leaf = chain.first().ok_or("there is no certificate")?;
        println!("profile {id}: certificate {} by {}", super::serial(Some(&chain)), leaf.issuer());
        let facts = CertificateFacts::of(leaf, self.record.device.as_bytes());
        let number = self.record.number(id);
        self.record.under_way.remove(id);
        self.record.keystore = self.record.keystore.put(id, chain, key)?;
        self.record.monitor.resolve(number, Outcome::Renewed(facts), now)?;
        self.save()?;
        self.execute_steps()?;
        self.prove(id)
    }

    /// Where a platform would connect to the network, here the chain is validated, with revocation.
    fn prove(&mut self, id: &ProfileId) -> Result<()> {
        let (number, now) = (self.record.number(id), self.clock.now());
        if let Revocation::Good { .. } = self.check_revocation(id)? {
            self.record.keystore = self.record.keystore.proven(id);
            self.record.monitor.resolve(number, Outcome::Used, now)?;
        }
        self.save()
    }

    /// After a crash: what was put in and not proven yet.
    pub(super) fn finish_steps(&mut self) -> Result<()> {
        self.execute_steps()?;
        let profiles: Vec<_> = self.record.profiles.scep_profiles().map(|profile| profile.id().clone()).collect();
        for id in profiles {
            if self.record.keystore.candidates(&id).count() > 1 {
                self.prove(&id)?;
            }
        }
        Ok(())
    }

    /// The key got out: it goes before there is another.
    pub(super) fn remove_key(&mut self, id: &ProfileId) -> Result<()> {
        self.record.keystore = self.record.keystore.remove(id, Removal::Delete);
        self.save()?;
        self.execute_steps()
    }

    /// Each is done, then noted as done: twice does no harm.
    pub(super) fn execute_steps(&mut self) -> Result<()> {
        while let Some(step) = self.record.keystore.steps().first() {
            match step {
                Step::Add(entry) => self.files.add_entry(entry.id, &entry.chain)?,
                Step::Delete(id) => self.files.delete_entry(*id)?,
                Step::DeleteKey(key) => self.files.delete_key(key)?,
                Step::Revoke(_) => println!("a certificate is left to end: this service takes no requests to revoke"),
            }
            self.record.keystore = self.record.keystore.done(step);
            self.save()?;
        }
        Ok(())
    }
}
