//! [`TrustAnchor`]: whom a path has to end at.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use crate::{
    cert::{
        Certificate,
        extension::{NameConstraints, PolicyConstraints, PolicyInformation},
    },
    der::{Decode, Reader, SequenceOf, Tag, Writer},
    error::DecodeError,
    key::{PublicKey, PublicKeyRef},
    name::{GeneralName, Name, NameRef},
    oid::Oid,
};

/// A CA that is trusted out of band: a name, a key, and what the trust is limited to (RFC 5280 section 6.1.1 (d), RFC 5914).
/// Cheap to clone.
///
/// From a certificate, its nameConstraints, pathLenConstraint, certificatePolicies, policyConstraints and inhibitAnyPolicy
/// limit the paths below (RFC 5937), and it has to be valid at the time of validation; its signature is not looked at. From a
/// name and a key, there is no validity. The methods `with_…` replace what the certificate says.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustAnchor(Arc<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    source: Source,
    name_hash: u64,
    path_length: Option<u32>,
    /// The DER of the extension's value, as below.
    name_constraints: Option<Vec<u8>>,
    policies: Option<Vec<u8>>,
    policy_constraints: Option<PolicyConstraints>,
    inhibit_any_policy: Option<u32>,
}

/// Where the name and the key are.
#[derive(Clone, PartialEq, Eq)]
enum Source {
    Certificate(Certificate),
    Key { name: Name, public_key: PublicKey },
}

/// What an anchor limits the paths below to.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnchorConstraints<'a> {
    pub(super) path_length: Option<u32>,
    pub(super) name_constraints: Option<NameConstraints<'a>>,
    pub(super) policies: Option<SequenceOf<'a, PolicyInformation<'a>>>,
    pub(super) policy_constraints: Option<PolicyConstraints>,
    pub(super) inhibit_any_policy: Option<u32>,
}

impl TrustAnchor {
    /// A CA certificate, most often self-signed. Any CA may be an anchor: paths end there.
    #[must_use]
    pub fn from_certificate(certificate: Certificate) -> Self {
        let name_hash = certificate.subject().folded_hash();
        Self::build(Source::Certificate(certificate), name_hash)
    }

    /// A name and a key, without limits (RFC 5914 `TrustAnchorInfo`).
    #[must_use]
    pub fn new(name: Name, public_key: PublicKey) -> Self {
        let name_hash = name.as_ref().folded_hash();
        Self::build(Source::Key { name, public_key }, name_hash)
    }

    /// Limits how many CAs that are not self-issued may lie between the anchor and the target.
    #[must_use]
    pub fn with_path_length(self, length: u32) -> Self {
        self.changed(|inner| inner.path_length = Some(length))
    }

    /// Limits the names below, as nameConstraints do: the initial permitted and excluded subtrees of RFC 5280 section 6.1.1
    /// (h) and (i). An iPAddress is an address and its mask, 8 or 32 octets. An empty list says nothing.
    #[must_use]
    pub fn with_name_constraints(self, permitted: &[GeneralName<'_>], excluded: &[GeneralName<'_>]) -> Self {
        let der = Writer::encode(|w| {
            w.sequence(|w| {
                for (number, names) in
                    [(0, permitted), (1, excluded)].into_iter().filter(|(_, names)| !names.is_empty())
                {
                    w.constructed(Tag::context_constructed(number), |w| {
                        names.iter().for_each(|name| w.sequence(|w| name.encode(w)));
                    });
                }
            });
        });
        let said = !permitted.is_empty() || !excluded.is_empty();
        self.changed(|inner| inner.name_constraints = said.then_some(der))
    }

    /// Limits the policies below to these; none says nothing.
    #[must_use]
    pub fn with_policies(self, policies: &[Oid<'_>]) -> Self {
        let der = Writer::encode(|w| w.sequence(|w| policies.iter().for_each(|oid| w.sequence(|w| w.oid(*oid)))));
        self.changed(|inner| inner.policies = (!policies.is_empty()).then_some(der))
    }

    /// Says after how many certificates policies are required and mapping ends.
    #[must_use]
    pub fn with_policy_constraints(self, constraints: PolicyConstraints) -> Self {
        self.changed(|inner| inner.policy_constraints = Some(constraints))
    }

    /// Says after how many certificates anyPolicy no longer counts.
    #[must_use]
    pub fn with_inhibit_any_policy(self, skip_certs: u32) -> Self {
        self.changed(|inner| inner.inhibit_any_policy = Some(skip_certs))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> NameRef<'_> {
        match &self.0.source {
            Source::Certificate(certificate) => certificate.subject(),
            Source::Key { name, .. } => name.as_ref(),
        }
    }

    /// Its key.
    #[must_use]
    pub fn public_key(&self) -> PublicKeyRef<'_> {
        match &self.0.source {
            Source::Certificate(certificate) => certificate.public_key(),
            Source::Key { public_key, .. } => public_key.as_ref(),
        }
    }

    /// Its certificate, if it was made from one.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        match &self.0.source {
            Source::Certificate(certificate) => Some(certificate),
            Source::Key { .. } => None,
        }
    }

    /// Whether it is `other`, or a clone of it.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The hash of its name.
    pub(super) fn name_hash(&self) -> u64 {
        self.0.name_hash
    }

    /// What it limits the paths below to (RFC 5937 section 3).
    pub(super) fn constraints(&self) -> Result<AnchorConstraints<'_>, DecodeError> {
        let inner = &*self.0;
        let mut found = match self.certificate() {
            Some(certificate) => AnchorConstraints {
                path_length: certificate.basic_constraints()?.and_then(|constraints| constraints.path_length),
                name_constraints: certificate.name_constraints()?,
                policies: certificate.certificate_policies()?,
                policy_constraints: certificate.policy_constraints()?,
                inhibit_any_policy: certificate.inhibit_any_policy()?,
            },
            None => AnchorConstraints {
                path_length: None,
                name_constraints: None,
                policies: None,
                policy_constraints: None,
                inhibit_any_policy: None,
            },
        };
        if let Some(der) = &inner.name_constraints {
            found.name_constraints = Some(NameConstraints::decode(&mut Reader::new(der))?);
        }
        if let Some(der) = &inner.policies {
            found.policies = Some(SequenceOf::decode(&mut Reader::new(der))?);
        }
        found.path_length = inner.path_length.or(found.path_length);
        found.policy_constraints = inner.policy_constraints.or(found.policy_constraints);
        found.inhibit_any_policy = inner.inhibit_any_policy.or(found.inhibit_any_policy);
        Ok(found)
    }

    fn build(source: Source, name_hash: u64) -> Self {
        Self(Arc::new(Inner {
            source,
            name_hash,
            path_length: None,
            name_constraints: None,
            policies: None,
            policy_constraints: None,
            inhibit_any_policy: None,
        }))
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }
}

impl From<Certificate> for TrustAnchor {
    fn from(certificate: Certificate) -> Self {
        Self::from_certificate(certificate)
    }
}

impl fmt::Debug for TrustAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustAnchor({}, {})", self.name(), self.public_key().kind())
    }
}
