//! [`PolicySet`]: policies that a path is valid under, or that are asked for.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    build_error::OwnedOid,
    oid::{self, Oid},
};

/// A set of certificate policies, with or without anyPolicy (RFC 5280 section 4.2.1.4).
#[derive(Clone, PartialEq, Eq)]
pub struct PolicySet {
    /// Sorted, without anyPolicy.
    policies: Vec<OwnedOid>,
    is_any: bool,
}

impl PolicySet {
    /// anyPolicy and nothing else.
    pub const ANY: Self = Self { policies: Vec::new(), is_any: true };

    /// No policy.
    pub const EMPTY: Self = Self { policies: Vec::new(), is_any: false };

    /// These policies; anyPolicy may be among them.
    #[must_use]
    #[expect(single_use_lifetimes, reason = "an associated type can't have an anonymous one")]
    pub fn of<'a>(policies: impl IntoIterator<Item = Oid<'a>>) -> Self {
        let mut set = Self::EMPTY;
        policies.into_iter().for_each(|policy| set.insert(policy));
        set
    }

    /// Whether `policy` is in the set, as all are if anyPolicy is.
    #[must_use]
    pub fn contains(&self, policy: Oid<'_>) -> bool {
        self.is_any || self.position(policy).is_ok()
    }

    /// Whether anyPolicy is in the set.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.is_any
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.policies.is_empty() && !self.is_any
    }

    /// The policies that are named, anyPolicy among them.
    pub fn iter(&self) -> impl Iterator<Item = Oid<'_>> {
        let any = self.is_any.then_some(oid::ANY_POLICY);
        any.into_iter().chain(self.policies.iter().filter_map(OwnedOid::as_oid))
    }

    /// Adds a policy, which may be anyPolicy.
    pub(super) fn insert(&mut self, policy: Oid<'_>) {
        if policy == oid::ANY_POLICY {
            self.is_any = true;
        } else if let Err(place) = self.position(policy) {
            self.policies.insert(place, policy.into());
        }
    }

    /// Section 6.1.5 (g) (5) and (6) (RFC 9618): what of this set of the authorities' is in the user's.
    pub(in crate::chain) fn constrained_by(&self, initial: &Self) -> Self {
        match (initial.is_any, self.is_any) {
            (true, _) => self.clone(),
            (false, true) => initial.clone(),
            (false, false) => {
                let mut both = Self::EMPTY;
                both.policies.extend(self.policies.iter().filter(|policy| initial.has(policy)).cloned());
                both
            }
        }
    }

    fn has(&self, policy: &OwnedOid) -> bool {
        policy.as_oid().is_some_and(|policy| self.contains(policy))
    }

    fn position(&self, policy: Oid<'_>) -> Result<usize, usize> {
        self.policies.binary_search_by(|other| other.as_oid().cmp(&Some(policy)))
    }
}

impl fmt::Display for PolicySet {
    /// Dotted decimal with commas; `none` if empty, and `anyPolicy` by name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (index, policy) in self.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            if policy == oid::ANY_POLICY { f.write_str("anyPolicy")? } else { write!(f, "{policy}")? }
        }
        Ok(())
    }
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicySet({self})")
    }
}
