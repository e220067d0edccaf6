//! [`Class`]: what a request is.

use scep::server::{AgentPolicy, Enrol, Nature, RenewalPolicy};

/// What a request is, finer than [`Nature`]: what a proxy or an RA tells apart before it looks at who may.
///
/// Looks at who issued the signer's certificate, not at whether that is valid: a renewal by an expired or revoked one is a renewal,
/// which [`Enrol::authorize_renewal`] then denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// A certificate for somebody who has none.
    Initial(InitialSigner),
    /// A certificate for somebody else, asked for by an agent.
    OnBehalf,
    /// A certificate in place of the signer's.
    Renewal,
    /// Signed by a certificate of the CA, for another subject than its own, and not by an agent: to be refused.
    Stranger,
}

/// Who signed a request for a first certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the key in the CSR, or another")]
pub enum InitialSigner {
    /// The key in the CSR, as RFC 8894 section 2.3 says.
    OwnKey,
    /// The key in the CSR, in a self-signed certificate with another subject: some clients call it as they like.
    OwnKeyOtherSubject,
    /// Another key, as macOS does. Where that is not expected, refuse it: [`Enrol::check_signer_key`].
    SeparateKey,
}

impl Class {
    /// Of a request.
    #[must_use]
    pub fn of(enrol: &Enrol, renewal: &RenewalPolicy, agents: &AgentPolicy) -> Self {
        let same_subject = enrol.csr().subject().matches(enrol.signer().subject());
        match enrol.nature(renewal, agents) {
            Nature::First if enrol.has_separate_signer() => Self::Initial(InitialSigner::SeparateKey),
            Nature::First if same_subject => Self::Initial(InitialSigner::OwnKey),
            Nature::First => Self::Initial(InitialSigner::OwnKeyOtherSubject),
            Nature::OnBehalf => Self::OnBehalf,
            Nature::Renewal if same_subject || enrol.csr().subject().is_empty() => Self::Renewal,
            Nature::Renewal => Self::Stranger,
        }
    }
}
