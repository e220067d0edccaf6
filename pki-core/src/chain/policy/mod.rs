//! The policies that a path is valid under (RFC 5280 section 6.1, as RFC 9618 has it).
//!
//! RFC 5280 grows a tree, which doubles with each certificate that maps two policies to both. RFC 9618 grows a graph with each
//! policy once a depth, and what is asked for at the end are only the policies that hang from anyPolicy and have offspring in
//! the last certificate. So a depth here is two sorted lists, policies and what is expected of the next certificate, beside a
//! flag for anyPolicy. Edges are looked up, nothing is pruned on the way down, and depths are shared between graphs that
//! begin alike. A graph without policies at its last depth is NULL: every policy there has ancestors.

mod set;
mod settings;

#[cfg(test)]
mod tests;

pub use set::PolicySet;
pub use settings::PolicySettings;
pub(crate) use settings::{AnyPolicy, ExplicitPolicy, PolicyMappings};

use alloc::{sync::Arc, vec, vec::Vec};
use core::fmt;

use crate::{
    cert::extension::{PolicyInformation, PolicyMapping},
    der::SequenceOf,
    oid::{self, Oid},
};

/// `valid_policy_graph` (RFC 5280 section 6.1.2 (a), as updated by RFC 9618). Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct PolicyGraph<'a>(State<'a>);

#[derive(Clone, Debug)]
enum State<'a> {
    /// anyPolicy at every depth, and nothing else at the last one.
    AnyPolicy,
    Null,
    Policies(Arc<Depth<'a>>),
}

/// The policies of one certificate that are valid so far; anyPolicy or one other at least.
#[derive(Clone, Debug)]
struct Depth<'a> {
    /// Sorted, without anyPolicy.
    policies: Vec<Oid<'a>>,
    expected: Expected<'a>,
    /// Whether anyPolicy is one of them.
    any_policy: AnyPolicy,
    /// The depth above, if a policy of this one has a parent there that is not anyPolicy.
    above: Option<Arc<Self>>,
    /// How many policies and mappings there are down to here.
    entries: usize,
}

/// The `expected_policy_set` of each policy other than anyPolicy.
#[derive(Clone, Debug)]
enum Expected<'a> {
    Itself,
    /// Sorted. With each expected policy, the index of the one that expects it.
    Mapped(Vec<(Oid<'a>, usize)>),
}

/// The policy sets of section 6.1.5 (g).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConstrainedPolicies {
    /// `authority_constrained_policy_set`: what the certificates say.
    pub(crate) authority: PolicySet,
    /// `user_constrained_policy_set`: what of it was asked for.
    pub(crate) user: PolicySet,
}

/// Why the policies of a certificate can't be processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyError<'a> {
    /// A mapping from or to anyPolicy (RFC 5280 section 6.1.4 (a)).
    AnyPolicyMapped,
    /// certificatePolicies names this policy twice (RFC 5280 section 4.2.1.4).
    Duplicate(Oid<'a>),
    /// More policies and mappings in a certificate or path than are looked at.
    TooMany,
}

impl<'a> PolicyGraph<'a> {
    /// Section 6.1.2 (a): anyPolicy at depth 0.
    pub(crate) const fn new() -> Self {
        Self(State::AnyPolicy)
    }

    /// Whether no policy is left.
    pub(crate) const fn is_null(&self) -> bool {
        matches!(self.0, State::Null)
    }

    /// Section 6.1.3 (d) and (e): the certificatePolicies of the next certificate. `any_policy` says whether anyPolicy counts
    /// there: `inhibit_anyPolicy` is greater than 0, or the certificate is self-issued and not the last.
    ///
    /// # Errors
    /// [`PolicyError::Duplicate`] and [`PolicyError::TooMany`], also where the graph is NULL. It is left as it was.
    pub(crate) fn process_policies(
        &mut self,
        policies: Option<SequenceOf<'a, PolicyInformation<'a>>>,
        any_policy: AnyPolicy,
    ) -> Result<(), PolicyError<'a>> {
        self.0 = match policies {
            None => State::Null,
            Some(policies) => {
                let (asserted, any_asserted) = asserted(policies)?;
                let wildcard = if any_policy == AnyPolicy::Inhibited { AnyPolicy::Inhibited } else { any_asserted };
                self.0.next(asserted, wildcard)?
            }
        };
        Ok(())
    }

    /// Section 6.1.4 (a) and (b): the policyMappings of the certificate whose policies were processed last. `policy_mapping`
    /// is inhibited where that counter is 0.
    ///
    /// # Errors
    /// [`PolicyError::AnyPolicyMapped`] and [`PolicyError::TooMany`], also where the graph is NULL. It is left as it was.
    pub(crate) fn map(
        &mut self,
        mappings: SequenceOf<'a, PolicyMapping<'a>>,
        policy_mapping: PolicyMappings,
    ) -> Result<(), PolicyError<'a>> {
        let mappings = by_issuer(mappings)?;
        let depth = match &self.0 {
            State::Null => return Ok(()),
            State::AnyPolicy => Depth::new(Vec::new(), AnyPolicy::Allowed, None)?,
            State::Policies(depth) => Depth::clone(depth),
        };
        self.0 = match policy_mapping {
            PolicyMappings::Allowed => depth.mapped(&mappings)?,
            PolicyMappings::Inhibited => depth.without_mapped(&mappings),
        }
        .into_state();
        Ok(())
    }

    /// Section 6.1.5 (g): what the path is valid under, and what of it is in the initial policy set.
    pub(crate) fn conclude(&self, initial: &PolicySet) -> ConstrainedPolicies {
        let authority = match &self.0 {
            State::AnyPolicy => PolicySet::ANY,
            State::Null => PolicySet::EMPTY,
            State::Policies(depth) => depth.authority_constrained(),
        };
        let user = authority.constrained_by(initial);
        ConstrainedPolicies { authority, user }
    }
}

impl<'a> State<'a> {
    /// The depth below, of a certificate with these policies, and with anyPolicy if `wildcard` is allowed.
    fn next(&self, asserted: Vec<Oid<'a>>, wildcard: AnyPolicy) -> Result<Self, PolicyError<'a>> {
        let depth = match self {
            Self::Null => return Ok(Self::Null),
            Self::AnyPolicy => Depth::new(asserted, wildcard, None)?,
            Self::Policies(above) => Depth::below(above, asserted, wildcard)?,
        };
        Ok(depth.into_state())
    }
}

impl<'a> Depth<'a> {
    fn new(policies: Vec<Oid<'a>>, any_policy: AnyPolicy, above: Option<Arc<Self>>) -> Result<Self, PolicyError<'a>> {
        let entries = above.as_ref().map_or(0, |above| above.entries).saturating_add(policies.len());
        bounded(entries)?;
        Ok(Self { policies, expected: Expected::Itself, any_policy, above, entries })
    }

    /// Section 6.1.3 (d).
    fn below(above: &Arc<Self>, asserted: Vec<Oid<'a>>, wildcard: AnyPolicy) -> Result<Self, PolicyError<'a>> {
        let mut policies = asserted;
        // (1) Those that are expected, or else have anyPolicy above.
        if above.any_policy == AnyPolicy::Inhibited {
            policies.retain(|policy| above.expects(*policy));
        }
        // (2) anyPolicy stands for all that is expected.
        if wildcard == AnyPolicy::Allowed {
            policies.extend(above.expected());
            policies.sort_unstable();
            policies.dedup();
        }
        let any_policy = if wildcard == AnyPolicy::Allowed { above.any_policy } else { AnyPolicy::Inhibited };
        let needs_above = policies.iter().any(|policy| above.expects(*policy));
        Self::new(policies, any_policy, needs_above.then(|| Arc::clone(above)))
    }

    /// Section 6.1.4 (b) (1) and (2). The mappings are sorted.
    fn mapped(mut self, mappings: &[(Oid<'a>, Oid<'a>)]) -> Result<Self, PolicyError<'a>> {
        // (2) anyPolicy lets policies be mapped that are not there.
        if self.any_policy == AnyPolicy::Allowed {
            self.policies.extend(mappings.iter().map(|(issuer, _)| *issuer));
            self.policies.sort_unstable();
            self.policies.dedup();
        }
        let mut expected = Vec::with_capacity(self.policies.len().saturating_add(mappings.len()));
        for (index, policy) in self.policies.iter().enumerate() {
            let of_policy = equal_range(mappings, *policy);
            expected.extend(of_policy.iter().map(|(_, subject)| (*subject, index)));
            if of_policy.is_empty() {
                expected.push((*policy, index));
            }
        }
        expected.sort_unstable();
        let above = self.above.as_ref().map_or(0, |above| above.entries);
        self.entries = above.saturating_add(self.policies.len()).saturating_add(expected.len());
        bounded(self.entries)?;
        self.expected = Expected::Mapped(expected);
        Ok(self)
    }

    /// Section 6.1.4 (b) (3). The mappings are sorted.
    fn without_mapped(mut self, mappings: &[(Oid<'a>, Oid<'a>)]) -> Self {
        self.policies.retain(|policy| equal_range(mappings, *policy).is_empty());
        self
    }

    /// A depth without policies is none, and one with anyPolicy alone needs no list.
    fn into_state(self) -> State<'a> {
        match self.any_policy {
            _ if !self.policies.is_empty() => State::Policies(Arc::new(self)),
            AnyPolicy::Allowed => State::AnyPolicy,
            AnyPolicy::Inhibited => State::Null,
        }
    }

    /// All expected policies, with repetitions.
    fn expected(&self) -> impl Iterator<Item = Oid<'a>> {
        let (same, mapped) = match &self.expected {
            Expected::Itself => (self.policies.as_slice(), &[][..]),
            Expected::Mapped(mapped) => (&[][..], mapped.as_slice()),
        };
        same.iter().copied().chain(mapped.iter().map(|(policy, _)| *policy))
    }

    fn expects(&self, policy: Oid<'a>) -> bool {
        self.expecting(policy).next().is_some()
    }

    /// The indices of the policies that expect this one.
    fn expecting(&self, policy: Oid<'a>) -> impl Iterator<Item = usize> {
        let (same, mapped) = match &self.expected {
            Expected::Itself => (self.policies.binary_search(&policy).ok(), &[][..]),
            Expected::Mapped(mapped) => (None, equal_range(mapped, policy)),
        };
        same.into_iter().chain(mapped.iter().map(|(_, index)| *index))
    }

    /// Section 6.1.5 (g) (2) to (4): from the last depth upwards, the policies whose parent is anyPolicy, and anyPolicy if it
    /// is at the last depth. Looks at each edge once.
    fn authority_constrained(&self) -> PolicySet {
        let mut set = if self.any_policy == AnyPolicy::Allowed { PolicySet::ANY } else { PolicySet::EMPTY };
        let (mut depth, mut has_offspring) = (self, vec![true; self.policies.len()]);
        loop {
            let mut above_has = vec![false; depth.above.as_ref().map_or(0, |above| above.policies.len())];
            for (policy, _) in depth.policies.iter().zip(&has_offspring).filter(|(_, has)| **has) {
                let mut is_expected = false;
                for parent in depth.above.iter().flat_map(|above| above.expecting(*policy)) {
                    is_expected = true;
                    above_has.get_mut(parent).into_iter().for_each(|has| *has = true);
                }
                if !is_expected {
                    set.insert(*policy);
                }
            }
            let Some(above) = &depth.above else { return set };
            (depth, has_offspring) = (above, above_has);
        }
    }
}

/// The policies of a certificate, sorted, and apart from them whether anyPolicy is one.
fn asserted<'a>(policies: SequenceOf<'a, PolicyInformation<'a>>) -> Result<(Vec<Oid<'a>>, AnyPolicy), PolicyError<'a>> {
    let mut sorted = Vec::new();
    for information in policies.iter() {
        sorted.push(information.policy);
        bounded(sorted.len())?;
    }
    sorted.sort_unstable();
    if let Some(policy) = sorted.windows(2).find_map(|pair| pair.first().filter(|first| pair.last() == Some(first))) {
        return Err(PolicyError::Duplicate(*policy));
    }
    match sorted.binary_search(&oid::ANY_POLICY) {
        Ok(index) => {
            sorted.remove(index);
            Ok((sorted, AnyPolicy::Allowed))
        }
        Err(_) => Ok((sorted, AnyPolicy::Inhibited)),
    }
}

/// The mappings as pairs of issuerDomainPolicy and subjectDomainPolicy, sorted, each once.
fn by_issuer<'a>(mappings: SequenceOf<'a, PolicyMapping<'a>>) -> Result<Vec<(Oid<'a>, Oid<'a>)>, PolicyError<'a>> {
    let mut sorted = Vec::new();
    for mapping in mappings.iter() {
        let pair = (mapping.issuer_domain_policy, mapping.subject_domain_policy);
        if pair.0 == oid::ANY_POLICY || pair.1 == oid::ANY_POLICY {
            return Err(PolicyError::AnyPolicyMapped);
        }
        sorted.push(pair);
        bounded(sorted.len())?;
    }
    sorted.sort_unstable();
    sorted.dedup();
    Ok(sorted)
}

/// The part of a sorted list whose keys are this one.
fn equal_range<'s, 'a, T>(sorted: &'s [(Oid<'a>, T)], key: Oid<'a>) -> &'s [(Oid<'a>, T)] {
    let start = sorted.partition_point(|(other, _)| *other < key);
    let end = sorted.partition_point(|(other, _)| *other <= key);
    sorted.get(start..end).unwrap_or(&[])
}

const fn bounded<'a>(entries: usize) -> Result<(), PolicyError<'a>> {
    if entries > MOST_ENTRIES { Err(PolicyError::TooMany) } else { Ok(()) }
}

impl fmt::Display for PolicyError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyPolicyMapped => f.write_str("a policy mapping from or to anyPolicy"),
            Self::Duplicate(policy) => write!(f, "certificatePolicies has {policy} twice"),
            Self::TooMany => write!(f, "more than {MOST_ENTRIES} policies and mappings in a certificate or path"),
        }
    }
}

impl core::error::Error for PolicyError<'_> {}

/// Most policies in one certificate, mappings in one certificate, and both together in one path. OpenSSL stops at 1,000 nodes,
/// certval at 300; no path of PKITS has more than 30.
const MOST_ENTRIES: usize = 512;
