//! [`PolicySettings`]: what the caller asks of the policies of a path.

use super::PolicySet;
use crate::oid::Oid;

/// What is asked of the certificate policies of a path (RFC 5280 section 6.1.1 (c), (e), (f) and (g)). Nothing by default.
///
/// ```
/// use pki_core::{Oid, chain::PolicySettings};
///
/// // 2.16.840.1.101.3.2.1.3.13 and no other; a path without policies will not do.
/// let medium_hardware = Oid::from_bytes(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x02, 0x01, 0x03, 0x0d]).unwrap();
/// let settings = PolicySettings::ANY.with_policies(&[medium_hardware]).requiring_explicit_policy();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySettings {
    initial_policies: PolicySet,
    explicit_policy: ExplicitPolicy,
    policy_mapping: PolicyMappings,
    any_policy: AnyPolicy,
}

/// Whether a path must be valid under a policy of the initial set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExplicitPolicy {
    NotRequired,
    Required,
}

/// Whether policyMappings map, or end the policies that they name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyMappings {
    Allowed,
    Inhibited,
}

/// Whether anyPolicy stands for all policies, or for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnyPolicy {
    Allowed,
    Inhibited,
}

impl PolicySettings {
    /// Every policy will do, and none. Certificates may still ask for policies.
    pub const ANY: Self = Self {
        initial_policies: PolicySet::ANY,
        explicit_policy: ExplicitPolicy::NotRequired,
        policy_mapping: PolicyMappings::Allowed,
        any_policy: AnyPolicy::Allowed,
    };

    /// `user-initial-policy-set`: the policies that are acceptable, in place of all. anyPolicy among them is all again.
    ///
    /// Paths under no policy or others are still valid, unless a certificate or
    /// [`requiring_explicit_policy`](Self::requiring_explicit_policy) asks for one of these.
    #[must_use]
    pub fn with_policies(self, policies: &[Oid<'_>]) -> Self {
        let policies = PolicySet::of(policies.iter().copied());
        Self { initial_policies: if policies.is_any() { PolicySet::ANY } else { policies }, ..self }
    }

    /// `initial-explicit-policy`: a path must be valid under one of the acceptable policies.
    #[must_use]
    pub fn requiring_explicit_policy(self) -> Self {
        Self { explicit_policy: ExplicitPolicy::Required, ..self }
    }

    /// `initial-policy-mapping-inhibit`: no certificate may map policies.
    #[must_use]
    pub fn inhibiting_policy_mapping(self) -> Self {
        Self { policy_mapping: PolicyMappings::Inhibited, ..self }
    }

    /// `initial-any-policy-inhibit`: anyPolicy in a certificate is no policy.
    #[must_use]
    pub fn inhibiting_any_policy(self) -> Self {
        Self { any_policy: AnyPolicy::Inhibited, ..self }
    }

    pub(crate) const fn initial_policies(&self) -> &PolicySet {
        &self.initial_policies
    }

    pub(crate) const fn explicit_policy(&self) -> ExplicitPolicy {
        self.explicit_policy
    }

    pub(crate) const fn policy_mapping(&self) -> PolicyMappings {
        self.policy_mapping
    }

    pub(crate) const fn any_policy(&self) -> AnyPolicy {
        self.any_policy
    }
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self::ANY
    }
}
