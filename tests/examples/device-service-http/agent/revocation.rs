//! Whether a certificate is revoked, by a CRL that is fetched.

use mdm_proto::{
    lifecycle::{Freshness, Outcome, Revocation},
    profile::ProfileId,
};
use pki_core::{
    chain::{ChainValidator, Pool, Purpose, RevocationPolicy, TrustAnchor},
    crypto::rustcrypto::PROVIDER,
};
use scep::Method;

use super::Agent;
use crate::{Result, http};

impl Agent {
    /// Validates the certificate of a profile below the CA that the profile pins, and tells the monitor. What can't be fetched
    /// leaves it undetermined: that is the monitor's to judge.
    pub(super) fn check_revocation(&mut self, profile: &ProfileId) -> Result<Revocation> {
        let (number, now) = (self.record.number(profile), self.clock.now());
        let settings = self.record.profiles.scep(profile).ok_or("there is no such profile")?.settings();
        let is_pinned =
            |ca: &&pki_core::Certificate| settings.thumbprints().iter().any(|pin| pin.matches(ca, &PROVIDER));
        let entry = self.record.keystore.candidates(profile).next().ok_or("there is no certificate")?;
        let (leaf, above) = entry.chain.split_first().ok_or("there is no certificate")?;
        let anchors: Vec<TrustAnchor> = above.iter().filter(is_pinned).cloned().map(Into::into).collect();
        let policy = RevocationPolicy::Require;
        let validator = ChainValidator::new(anchors, PROVIDER).with_revocation(policy);
        let mut pool: Pool = above.iter().cloned().collect();
        let mut verdict = validator.validate(leaf, &pool, Purpose::CLIENT_AUTH, now);
        for _ in 0..ROUNDS {
            let Err(error) = &verdict else { break };
            let urls: Vec<_> = error.missing().urls().map(str::to_owned).collect();
            let mut fetched = false;
            for url in urls {
                let answer = self.patiently(|| http::send(&self.plain, Method::Get, &url, &[], &[]));
                fetched |= answer.and_then(|answer| Ok(pool.add_der(&answer.success()?)?)).is_ok();
            }
            if !fetched {
                break;
            }
            verdict = validator.validate(leaf, &pool, Purpose::CLIENT_AUTH, now);
        }
        let fresh = pool.crls().first().map(Freshness::from);
        let until = fresh.and_then(|fresh| fresh.next_update).unwrap_or(now);
        let revocation = Revocation::from_verdict(&verdict, policy, until);
        println!("profile {profile}: {}", describe(revocation));
        self.record.monitor.resolve(number, Outcome::Checked(revocation, fresh), now)?;
        self.save()?;
        Ok(revocation)
    }
}

fn describe(revocation: Revocation) -> String {
    match revocation {
        Revocation::Good { until } => format!("valid and not revoked, as is known until {until}"),
        Revocation::Revoked(Some(reason)) => format!("revoked: {reason}"),
        revocation => format!("{revocation:?}"),
    }
}

const ROUNDS: u32 = 4;
