//! [`Inputs`]: what a case is put to the validator with.

use std::time::{Duration, Instant};

use pki_core::{
    Certificate, UnixTime,
    chain::{
        ChainError, ChainLimits, ChainValidator, PolicySettings, Pool, Purpose, RevocationPolicy, TrustAnchor,
        ValidatedChain, ValidationProfile,
    },
    crl::Crl,
    crypto::CryptoProvider,
};

use super::{Outcome, Verdict};

/// One validation, in the bytes of a suite. What can't be decoded is left out of the pool, as a validator's caller would.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Certificates of anchors.
    pub anchors: Vec<Vec<u8>>,
    /// Certificates.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs.
    pub crls: Vec<Vec<u8>>,
    /// The certificate in question.
    pub target: Vec<u8>,
    /// When.
    pub time: UnixTime,
    /// What certificates must be like.
    pub profile: ValidationProfile,
    /// What is asked of policies.
    pub policies: PolicySettings,
    /// What is asked of revocation.
    pub revocation: RevocationPolicy,
    /// How much it may cost.
    pub limits: ChainLimits,
    /// Which signatures are known.
    pub crypto: CryptoProvider,
}

/// What the validator said.
#[derive(Debug)]
pub struct Answer {
    /// Its verdict; an error in words if the target itself can't be decoded.
    pub result: Result<ValidatedChain, Refusal>,
    /// How long it took, decoding included.
    pub time: Duration,
}

/// Why there is no valid path.
#[derive(Debug)]
pub enum Refusal {
    /// The target is no certificate.
    Undecodable(pki_core::DecodeError),
    /// No path is valid.
    Chain(ChainError),
}

impl Inputs {
    /// Decodes all, and validates.
    #[expect(clippy::disallowed_methods, reason = "a report on speed, of which no verdict depends")]
    #[must_use]
    pub fn run(&self, purpose: Purpose<'_>) -> Answer {
        let start = Instant::now();
        let result = self.validate(purpose);
        Answer { result, time: start.elapsed() }
    }

    fn validate(&self, purpose: Purpose<'_>) -> Result<ValidatedChain, Refusal> {
        let target = Certificate::from_der(&self.target).map_err(Refusal::Undecodable)?;
        self.validator().validate(&target, &self.pool(), purpose, self.time).map_err(Refusal::Chain)
    }

    /// With the anchors and what is asked for.
    #[must_use]
    pub fn validator(&self) -> ChainValidator {
        let anchors: Vec<_> =
            self.anchors.iter().flat_map(|der| Certificate::from_der(der)).map(TrustAnchor::from).collect();
        ChainValidator::new(anchors, self.crypto)
            .with_profile(self.profile)
            .with_policies(self.policies.clone())
            .with_revocation(self.revocation)
            .with_limits(self.limits)
    }

    /// With the certificates and CRLs that can be decoded.
    #[must_use]
    pub fn pool(&self) -> Pool {
        let mut pool: Pool = self.certificates.iter().flat_map(|der| Certificate::from_der(der)).collect();
        self.crls.iter().flat_map(|der| Crl::from_der(der)).for_each(|crl| pool.add_crl(crl));
        pool
    }
}

impl Answer {
    /// The verdict alone.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        if self.result.is_ok() { Verdict::Valid } else { Verdict::Invalid }
    }

    /// What rule is broken, and how; nothing if none is.
    #[must_use]
    pub fn reason(&self) -> String {
        match &self.result {
            Ok(_) => String::new(),
            Err(Refusal::Undecodable(error)) => format!("the target is no certificate: {error}"),
            Err(Refusal::Chain(error)) => error.to_string(),
        }
    }

    /// How many signatures were checked.
    #[must_use]
    pub fn signatures(&self) -> u32 {
        match &self.result {
            Ok(chain) => chain.signatures(),
            Err(Refusal::Undecodable(_)) => 0,
            Err(Refusal::Chain(error)) => error.signatures(),
        }
    }

    /// For the report.
    #[must_use]
    pub fn into_outcome(self, id: &str, group: &str, expected: Verdict) -> Outcome {
        let (actual, reason, signatures) = (self.verdict(), self.reason(), self.signatures());
        Outcome { id: id.to_owned(), group: group.to_owned(), expected, actual, reason, signatures, time: self.time }
    }
}
