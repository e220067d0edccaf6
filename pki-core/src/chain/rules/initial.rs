//! RFC 5280 section 6.1.2: the state variables and their first values.

use alloc::vec::Vec;

use super::super::{
    EffectiveConstraints,
    anchor::TrustAnchor,
    error::Violation,
    policy::{AnyPolicy, ExplicitPolicy, PolicyGraph, PolicyMappings, PolicySet, PolicySettings},
};
use crate::{cert::extension::NameConstraints, key::PublicKeyRef};

/// The state of path processing after some certificates, counted from the anchor.
///
/// `working_issuer_name` (j) is not kept: the search goes from names to names.
#[derive(Clone, Debug)]
pub(in crate::chain) struct State<'a> {
    /// (a) `valid_policy_tree`, as the graph of RFC 9618.
    pub(super) policies: PolicyGraph<'a>,
    /// (b) and (c) `permitted_subtrees` and `excluded_subtrees`: the constraints above, each of which has to hold. Their
    /// intersection and union are never made.
    pub(super) name_constraints: Vec<NameConstraints<'a>>,
    /// (d) `explicit_policy`; the largest number stands for n+1.
    pub(super) explicit_policy: u32,
    /// (e) `inhibit_anyPolicy`, likewise.
    pub(super) inhibit_any_policy: u32,
    /// (f) `policy_mapping`, likewise.
    pub(super) policy_mapping: u32,
    /// (g), (h), (i) `working_public_key`, its algorithm and its parameters.
    pub(in crate::chain) working_key: PublicKeyRef<'a>,
    /// (k) `max_path_length`, likewise.
    pub(super) max_path_length: u32,
    /// The pathLenConstraint that it was counted down from.
    pub(super) path_length: u32,
    /// What is left of [`ChainLimits::depth`](super::super::ChainLimits::depth).
    pub(super) depth: u32,
    /// `user-initial-policy-set`, as far as the anchor allows it.
    pub(super) initial_policies: PolicySet,
}

impl<'a> State<'a> {
    /// (a) to (k) for paths from this anchor, with what limits it (RFC 5937 section 3).
    pub(in crate::chain) fn initial(
        anchor: &'a TrustAnchor,
        settings: &PolicySettings,
        depth: u8,
    ) -> Result<Self, Violation> {
        let constraints =
            anchor.constraints().map_err(|error| Violation::Malformed { field: "trust anchor", error })?;
        let unless = |inhibited: bool| if inhibited { 0 } else { u32::MAX };
        let policy = constraints.policy_constraints;
        let required = policy.and_then(|policy| policy.require_explicit_policy).unwrap_or(u32::MAX);
        let mapping = policy.and_then(|policy| policy.inhibit_policy_mapping).unwrap_or(u32::MAX);
        let initial = settings.initial_policies();
        Ok(Self {
            policies: PolicyGraph::new(),
            name_constraints: constraints.name_constraints.into_iter().collect(),
            explicit_policy: unless(settings.explicit_policy() == ExplicitPolicy::Required).min(required),
            inhibit_any_policy: unless(settings.any_policy() == AnyPolicy::Inhibited)
                .min(constraints.inhibit_any_policy.unwrap_or(u32::MAX)),
            policy_mapping: unless(settings.policy_mapping() == PolicyMappings::Inhibited).min(mapping),
            working_key: anchor.public_key(),
            max_path_length: constraints.path_length.unwrap_or(u32::MAX),
            path_length: constraints.path_length.unwrap_or(u32::MAX),
            depth: depth.into(),
            initial_policies: match constraints.policies {
                Some(policies) => PolicySet::of(policies.iter().map(|policy| policy.policy)).constrained_by(initial),
                None => initial.clone(),
            },
        })
    }

    /// Whether a policy is or may get required by the certificates so far.
    pub(in crate::chain) const fn may_require_policy(&self) -> bool {
        self.explicit_policy != u32::MAX
    }

    /// Whether what may follow on `other`, after the same certificate, may follow on this one; policies aside.
    pub(in crate::chain) fn allows_all_of(&self, other: &Self) -> bool {
        self.max_path_length >= other.max_path_length
            && self.depth >= other.depth
            && self.working_key.algorithm() == other.working_key.algorithm()
            && self.name_constraints.iter().all(|constraints| other.name_constraints.contains(constraints))
    }

    /// The policies so far, and those of them that were asked for.
    pub(in crate::chain) fn policy_sets(&self) -> (PolicySet, PolicySet) {
        let sets = self.policies.conclude(&self.initial_policies);
        (sets.authority, sets.user)
    }

    /// What is left of the constraints.
    pub(in crate::chain) fn effective(&self) -> EffectiveConstraints {
        EffectiveConstraints {
            path_length: self.max_path_length.min(self.depth),
            requires_policy: self.explicit_policy == 0,
        }
    }
}
