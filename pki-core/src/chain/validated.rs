//! [`ValidatedChain`]: the proof that a path is valid.

use alloc::vec::Vec;

use super::{Missing, PolicySet, TrustAnchor};
use crate::cert::{Certificate, extension::NameConstraints};

/// A path that [`ChainValidator::validate`](super::ChainValidator::validate) found valid. There is no other way to have one.
#[derive(Clone, Debug)]
pub struct ValidatedChain {
    pub(super) path: Vec<Certificate>,
    pub(super) anchor: TrustAnchor,
    pub(super) authority_policies: PolicySet,
    pub(super) user_policies: PolicySet,
    pub(super) constraints: EffectiveConstraints,
    pub(super) signatures: u32,
    pub(super) missing: Missing,
}

/// What the path limits its target, and whatever that issues, to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EffectiveConstraints {
    /// How many CAs that are not self-issued may follow below the last CA.
    pub path_length: u32,
    /// Whether a policy is required by now (`explicit_policy` is 0).
    pub requires_policy: bool,
}

impl ValidatedChain {
    /// The certificates, the target first. The anchor is not one of them.
    #[must_use]
    pub fn path(&self) -> &[Certificate] {
        &self.path
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> Option<&Certificate> {
        self.path.first()
    }

    /// Where the path ends.
    #[must_use]
    pub const fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    /// The policies that the CAs of the path vouch for (`authority-constrained-policy-set`, RFC 9618).
    #[must_use]
    pub const fn authority_policies(&self) -> &PolicySet {
        &self.authority_policies
    }

    /// Those of them that were asked for (`user-constrained-policy-set`).
    #[must_use]
    pub const fn policies(&self) -> &PolicySet {
        &self.user_policies
    }

    /// What the path limits its target to, beside names.
    #[must_use]
    pub const fn constraints(&self) -> &EffectiveConstraints {
        &self.constraints
    }

    /// The nameConstraints that the names of the target obey: those of the certificates above, from the target up. Each
    /// holds by itself. Those of an anchor that is no certificate are not among them.
    pub fn name_constraints(&self) -> impl Iterator<Item = NameConstraints<'_>> {
        let above = self.path.iter().skip(1).chain(self.anchor.certificate());
        above.filter_map(|certificate| certificate.name_constraints().ok().flatten())
    }

    /// How many signatures were checked, those of junk in the pool among them.
    #[must_use]
    pub const fn signatures(&self) -> u32 {
        self.signatures
    }

    /// What would have told the status of certificates for which [`RevocationPolicy::Prefer`](super::RevocationPolicy::Prefer)
    /// let pass that it is not known.
    #[must_use]
    pub const fn missing(&self) -> &Missing {
        &self.missing
    }
}
