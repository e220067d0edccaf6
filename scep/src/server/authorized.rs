//! [`Authorized`]: proof that a CSR may be issued.

use alloc::collections::BTreeSet;

use pki_core::{Certificate, CsrDigest};

use super::Denied;

/// Proof that one particular CSR may be issued: names the digest of that CSR, and by which [`Means`] it was authorised.
///
/// Issuing needs one, so forgetting to authorise does not compile. Where several validators are configured, they all have to
/// agree: see [`Authorized::all`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "nothing is issued yet"]
pub struct Authorized {
    csr: CsrDigest,
    means: BTreeSet<Means>,
    signer: Option<Certificate>,
}

/// How a request came to be authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Means {
    /// By a challengePassword (RFC 8894 section 2.4).
    Challenge,
    /// Somebody approved it (RFC 8894 section 2.4).
    Manual,
    /// An agent that may ask for others signed it.
    OnBehalf,
    /// It is signed with the certificate that it renews (RFC 8894 sections 2.3 and 2.5).
    Renewal,
}

/// A challenge service's word that a challenge was redeemed for the CSR with this digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    csr: CsrDigest,
}

impl Authorized {
    pub(super) fn new(csr: CsrDigest, means: Means) -> Self {
        Self { csr, means: BTreeSet::from([means]), signer: None }
    }

    /// By the certificate that signed the request.
    pub(super) fn by_signer(csr: CsrDigest, means: Means, signer: Certificate) -> Self {
        Self { signer: Some(signer), ..Self::new(csr, means) }
    }

    /// Somebody approved the request with this digest, which was pending and comes from a database. For one that is at hand
    /// there is [`Enrol::authorize_manually`](super::Enrol::authorize_manually).
    pub fn manually(csr: CsrDigest) -> Self {
        Self::new(csr, Means::Manual)
    }

    /// What all validators that are configured say together: yes only if each says yes, and of the same request.
    ///
    /// Hand in one verdict for each that is configured. Then switching one on never switches another off.
    ///
    /// ```
    /// use pki_core::{Secret, UnixTime, chain::Pool};
    /// use scep::server::{Authorized, Denied, Enrol, RenewalPolicy};
    ///
    /// /// A renewal that needs the challenge, too (RFC 8894 section 2.4 allows to ask for it).
    /// fn renew(
    ///     enrol: &Enrol, policy: &RenewalPolicy, challenge: &Secret, pool: &Pool, now: UnixTime,
    /// ) -> Result<Authorized, Denied> {
    ///     Authorized::all([enrol.authorize_renewal(policy, pool, now), enrol.check_challenge(challenge)])
    /// }
    ///
    /// assert_eq!(Authorized::all([]), Err(Denied::NoValidator));
    /// ```
    ///
    /// # Errors
    /// - The first [`Denied`] among them.
    /// - [`Denied::DifferentRequests`] if they name different CSRs, or different signers.
    /// - [`Denied::NoValidator`] if there is none.
    pub fn all(verdicts: impl IntoIterator<Item = Result<Self, Denied>>) -> Result<Self, Denied> {
        let mut verdicts = verdicts.into_iter();
        let first = verdicts.next().ok_or(Denied::NoValidator)??;
        verdicts.try_fold(first, |all, next| all.and(next?))
    }

    /// The CSR that may be issued.
    #[must_use]
    pub const fn csr(&self) -> &CsrDigest {
        &self.csr
    }

    /// By which means; one or more, in a fixed order.
    pub fn means(&self) -> impl Iterator<Item = Means> {
        self.means.iter().copied()
    }

    /// Whether this is one of the means.
    #[must_use]
    pub fn is_by(&self, means: Means) -> bool {
        self.means.contains(&means)
    }

    /// The certificate that is renewed, if this is a renewal.
    #[must_use]
    pub fn renewed(&self) -> Option<&Certificate> {
        self.signer.as_ref().filter(|_| self.is_by(Means::Renewal))
    }

    /// The certificate of the agent that asked, if one did.
    #[must_use]
    pub fn agent(&self) -> Option<&Certificate> {
        self.signer.as_ref().filter(|_| self.is_by(Means::OnBehalf))
    }

    fn and(mut self, other: Self) -> Result<Self, Denied> {
        let same_signer = match (&self.signer, &other.signer) {
            (Some(one), Some(another)) => one == another,
            _ => true,
        };
        if self.csr != other.csr || !same_signer {
            return Err(Denied::DifferentRequests);
        }
        self.means.extend(other.means);
        self.signer = self.signer.or(other.signer);
        Ok(self)
    }
}

impl Redeemed {
    /// Says that a challenge was presented for this CSR, was right, may be used for it, and is now used up.
    #[must_use]
    pub const fn for_csr(csr: CsrDigest) -> Self {
        Self { csr }
    }

    /// The CSR that it was redeemed for.
    #[must_use]
    pub const fn csr(&self) -> &CsrDigest {
        &self.csr
    }
}
