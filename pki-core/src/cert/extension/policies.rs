//! certificatePolicies, policyMappings and policyConstraints.

use crate::{
    der::{Decode, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    oid::Oid,
};

/// One policy that a certificate was issued under (RFC 5280 section 4.2.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyInformation<'a> {
    /// `policyIdentifier`
    pub policy: Oid<'a>,
    /// `policyQualifiers`: the SEQUENCE of qualifiers with its header, not looked into.
    pub qualifiers: Option<&'a [u8]>,
}

/// Two policies that are equivalent (RFC 5280 section 4.2.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyMapping<'a> {
    /// `issuerDomainPolicy`
    pub issuer_domain_policy: Oid<'a>,
    /// `subjectDomainPolicy`
    pub subject_domain_policy: Oid<'a>,
}

/// After how many certificates policies are needed, and mapping ends (RFC 5280 section 4.2.1.11). One at least is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyConstraints {
    /// `requireExplicitPolicy`
    pub require_explicit_policy: Option<u32>,
    /// `inhibitPolicyMapping`
    pub inhibit_policy_mapping: Option<u32>,
}

impl PolicyConstraints {
    /// With these two numbers of certificates; `None` for what is not constrained.
    #[must_use]
    pub const fn new(require_explicit_policy: Option<u32>, inhibit_policy_mapping: Option<u32>) -> Self {
        Self { require_explicit_policy, inhibit_policy_mapping }
    }

    /// Whether nothing is constrained, for which there is no encoding.
    pub(crate) const fn is_empty(self) -> bool {
        self.require_explicit_policy.is_none() && self.inhibit_policy_mapping.is_none()
    }

    /// Writes it.
    pub(crate) fn encode(self, writer: &mut Writer) {
        writer.sequence(|w| {
            for (number, skip_certs) in [(0, self.require_explicit_policy), (1, self.inhibit_policy_mapping)] {
                if let Some(count) = skip_certs {
                    w.unsigned(Tag::context(number), &count.to_be_bytes());
                }
            }
        });
    }
}

impl<'a> Decode<'a> for PolicyInformation<'a> {
    /// # Errors
    /// [`Empty`](DecodeErrorKind::Empty) for an empty list of qualifiers.
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut inner = reader.sequence()?;
        let policy = inner.oid()?;
        let qualifiers = inner.optional(Tag::SEQUENCE)?;
        inner.finish()?;
        match qualifiers {
            Some(list) if list.content().is_empty() => Err(list.error(DecodeErrorKind::Empty)),
            list => Ok(Self { policy, qualifiers: list.map(|list| list.raw()) }),
        }
    }
}

impl<'a> Decode<'a> for PolicyMapping<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut inner = reader.sequence()?;
        let (issuer_domain_policy, subject_domain_policy) = (inner.oid()?, inner.oid()?);
        inner.finish()?;
        Ok(Self { issuer_domain_policy, subject_domain_policy })
    }
}

impl Decode<'_> for PolicyConstraints {
    /// # Errors
    /// [`Empty`](DecodeErrorKind::Empty) if neither is there.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut inner = reader.sequence()?;
        if inner.is_empty() {
            return Err(inner.error(DecodeErrorKind::Empty));
        }
        let mut skip_certs = |tag| inner.optional(tag)?.map(|element| element.small_integer()).transpose();
        let require_explicit_policy = skip_certs(Tag::context(0))?;
        let inhibit_policy_mapping = skip_certs(Tag::context(1))?;
        inner.finish()?;
        Ok(Self { require_explicit_policy, inhibit_policy_mapping })
    }
}
