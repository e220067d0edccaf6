//! [`AgentPolicy`]: who may ask for certificates of others.

use alloc::vec::Vec;

use pki_core::{
    Certificate, PublicKey, UnixTime,
    chain::{RevocationPolicy, TrustAnchor},
    oid,
};

use super::{
    Denied,
    renewal::same_key,
    signer::{Evidence, RequestSigner, SignerRules},
};

/// Who may ask for certificates of others: registration authorities, MDM servers and the like, that sign a PKCSReq with a
/// certificate of their own around a CSR of somebody else. Plain data, made once.
///
/// An agent's certificate has to chain to the CA, be valid and not revoked, and be no CA's. Whoever is one may ask for any
/// name: what to issue is for a [`CertificateProfile`](super::CertificateProfile) and its [`Names`](super::Names). By
/// default, nobody is.
#[derive(Clone, Debug)]
pub struct AgentPolicy {
    pub(super) signers: SignerRules,
    agents: Vec<Agent>,
    purpose: AgentPurpose,
}

/// What extKeyUsage has to do with being an agent: the purpose Certificate Request Agent,
/// [`CERTIFICATE_REQUEST_AGENT`](oid::CERTIFICATE_REQUEST_AGENT), that AD CS calls for. It has to be there itself;
/// no extKeyUsage, or any, will not do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the list, the purpose, both")]
pub enum AgentPurpose {
    /// Nothing: who is listed is an agent.
    #[default]
    Ignored,
    /// Who is listed and has the purpose is one.
    Required,
    /// Who is listed or has the purpose is one. The CA must not issue it lightly.
    Sufficient,
}

#[derive(Clone, Debug)]
enum Agent {
    Certificate(Certificate),
    Key(PublicKey),
}

impl AgentPolicy {
    /// Nobody.
    #[must_use]
    pub const fn new() -> Self {
        Self { signers: SignerRules::STRICT, agents: Vec::new(), purpose: AgentPurpose::Ignored }
    }

    /// Lists an agent by certificate. Its next certificate has to be listed, too.
    #[must_use]
    pub fn add_agent(mut self, certificate: Certificate) -> Self {
        self.agents.push(Agent::Certificate(certificate));
        self
    }

    /// Lists an agent by key, whatever certificate it has for it.
    #[must_use]
    pub fn add_agent_key(mut self, key: PublicKey) -> Self {
        self.agents.push(Agent::Key(key));
        self
    }

    /// Adds an authority beside the responder's own CAs that agents' certificates may come from.
    #[must_use]
    pub fn add_authority(mut self, authority: impl Into<TrustAnchor>) -> Self {
        self.signers.authorities.push(authority.into());
        self
    }

    /// With another rule on extKeyUsage.
    #[must_use]
    pub fn with_purpose(self, purpose: AgentPurpose) -> Self {
        Self { purpose, ..self }
    }

    /// With another policy on revocation; without one, the status has to be known.
    #[must_use]
    pub fn with_revocation(mut self, revocation: RevocationPolicy) -> Self {
        self.signers.revocation = revocation;
        self
    }

    /// Whether this would be an agent's certificate, if it is valid and comes from where it should.
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        let is_listed = self.agents.iter().any(|agent| match agent {
            Agent::Certificate(listed) => listed == certificate,
            Agent::Key(key) => same_key(key.as_ref(), certificate.public_key()),
        });
        match self.purpose {
            AgentPurpose::Ignored => is_listed,
            AgentPurpose::Required => is_listed && has_purpose(certificate),
            AgentPurpose::Sufficient => is_listed || has_purpose(certificate),
        }
    }

    /// Whether the certificate that signed the request is an agent's.
    pub(super) fn check(
        &self,
        signer: &RequestSigner<'_>,
        evidence: &Evidence<'_>,
        now: UnixTime,
    ) -> Result<(), Denied> {
        self.signers.check(signer, evidence, now)?;
        if self.names(signer.certificate) { Ok(()) } else { Err(Denied::AgentUnknown) }
    }
}

impl Default for AgentPolicy {
    fn default() -> Self {
        Self::new()
    }
}

fn has_purpose(certificate: &Certificate) -> bool {
    let purposes = certificate.extended_key_usage().ok().flatten();
    purposes.is_some_and(|purposes| purposes.contains(&oid::CERTIFICATE_REQUEST_AGENT))
}
