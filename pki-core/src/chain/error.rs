//! [`ChainError`]: why there is no valid path, and the [`Violation`] that says it best.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use super::{
    CrlRejected, LimitKind, Missing, NameRefused, OcspRejection, ProfileViolation, TrustAnchor, search::Failure,
};
use crate::{
    build_error::OwnedOid,
    cert::{
        Certificate,
        extension::{BasicConstraints, KeyUsage},
    },
    crl::RevocationReason,
    crypto::VerifyError,
    error::DecodeError,
    name::Name,
    time::UnixTime,
};

/// Why no path is valid: of all that was tried, the rule whose breach says most, the certificate that breaks it, and what
/// could be fetched to try again.
#[derive(Clone, PartialEq, Eq)]
pub struct ChainError(Box<Details>);

#[derive(Clone, PartialEq, Eq)]
struct Details {
    violation: Violation,
    depth: usize,
    path: Vec<Certificate>,
    anchor: Option<TrustAnchor>,
    missing: Missing,
    exhausted: Option<LimitKind>,
    signatures: u32,
}

/// A rule that a certificate, or a path, breaks, with both values where there are two.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// No anchor and no certificate in the pool has the name of the issuer (RFC 5280 section 6.1).
    UnknownIssuer {
        /// The name.
        issuer: Name,
    },
    /// The signature is not by the key of the issuer, or can't be verified (6.1.3 (a) (1)).
    Signature(VerifyError),
    /// The issuer of the certificate is not the subject of the one above (6.1.3 (a) (4)).
    IssuerMismatch {
        /// The subject above.
        expected: Name,
        /// The issuer.
        found: Name,
    },
    /// It is not valid yet (6.1.3 (a) (2)).
    NotYetValid {
        /// The time of the validation.
        at: UnixTime,
        /// When it begins to be.
        not_before: UnixTime,
    },
    /// It is no longer valid (6.1.3 (a) (2)).
    Expired {
        /// The time of the validation.
        at: UnixTime,
        /// When it ended to be.
        not_after: UnixTime,
    },
    /// An extension can't be read.
    Malformed {
        /// Which.
        field: &'static str,
        /// What is wrong.
        error: DecodeError,
    },
    /// A critical extension that is not processed (6.1.4 (o), 6.1.5 (f)).
    UnknownCriticalExtension(OwnedOid),
    /// It is no CA by basicConstraints, or is of version 1 or 2 (6.1.4 (k)).
    NotACa {
        /// What it says.
        found: Option<BasicConstraints>,
        /// Its version.
        version: u8,
    },
    /// keyUsage lacks a bit: keyCertSign of a CA (6.1.4 (n)), or what the purpose needs (4.2.1.3).
    KeyUsage {
        /// What it needs.
        required: KeyUsage,
        /// What it has.
        found: KeyUsage,
    },
    /// extKeyUsage lacks a purpose (4.2.1.12).
    ExtendedKeyUsage {
        /// What it needs.
        required: OwnedOid,
        /// What it has.
        found: Vec<OwnedOid>,
    },
    /// More CAs than the pathLenConstraint above allows (6.1.4 (l)).
    PathLength {
        /// The pathLenConstraint above that allows least, the lowest of these.
        allowed: u32,
    },
    /// It breaks a rule of the profile on certificates by themselves.
    Profile(ProfileViolation),
    /// The target does not have a name that the purpose needs.
    PeerName {
        /// The name.
        expected: String,
    },
    /// A name is not where nameConstraints above want it (6.1.3 (b) and (c)).
    Name(NameRefused),
    /// policyMappings maps from or to anyPolicy (6.1.4 (a)).
    MappedAnyPolicy,
    /// certificatePolicies has a policy twice (4.2.1.4).
    DuplicatePolicy(OwnedOid),
    /// A policy is required, and none holds for the whole path (6.1.3 (f), 6.1.5 (g)).
    NoValidPolicy,
    /// Its status could not be found out, and policy requires it (6.1.3 (a) (3)): what was of no use, if there was anything.
    RevocationUnknown {
        /// Why CRLs don't tell.
        crls: Vec<CrlRejected>,
        /// Why OCSP responses don't tell.
        responses: Vec<OcspRejection>,
    },
    /// It is revoked (6.1.3 (a) (3)).
    Revoked {
        /// Since when.
        at: UnixTime,
        /// Why.
        reason: Option<RevocationReason>,
    },
    /// A limit was met before a path was found.
    LimitExceeded(LimitKind),
}

impl Violation {
    /// The rule that is broken.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::UnknownIssuer { .. } => "RFC 5280 section 6.1",
            Self::Signature(_) => "RFC 5280 section 6.1.3 (a) (1)",
            Self::NotYetValid { .. } | Self::Expired { .. } => "RFC 5280 section 6.1.3 (a) (2)",
            Self::RevocationUnknown { .. } | Self::Revoked { .. } => "RFC 5280 section 6.1.3 (a) (3)",
            Self::IssuerMismatch { .. } => "RFC 5280 section 6.1.3 (a) (4)",
            Self::Malformed { .. } => "RFC 5280 section 4.2",
            Self::UnknownCriticalExtension(_) => "RFC 5280 section 6.1.4 (o)",
            Self::NotACa { .. } => "RFC 5280 section 6.1.4 (k)",
            Self::KeyUsage { required: KeyUsage::KEY_CERT_SIGN, .. } => "RFC 5280 section 6.1.4 (n)",
            Self::KeyUsage { .. } => "RFC 5280 section 4.2.1.3",
            Self::ExtendedKeyUsage { .. } => "RFC 5280 section 4.2.1.12",
            Self::PathLength { .. } => "RFC 5280 section 6.1.4 (l)",
            Self::Profile(violation) => violation.section(),
            Self::PeerName { .. } => "RFC 9525 section 6",
            Self::Name(_) => "RFC 5280 section 6.1.3 (b) and (c)",
            Self::MappedAnyPolicy => "RFC 5280 section 6.1.4 (a)",
            Self::DuplicatePolicy(_) => "RFC 5280 section 4.2.1.4",
            Self::NoValidPolicy => "RFC 5280 section 6.1.5 (g)",
            Self::LimitExceeded(_) => "limits of the validation",
        }
    }

    /// How much it says: what breaks a path that is otherwise whole says more than what breaks one early.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::LimitExceeded(
                LimitKind::Signatures | LimitKind::Steps | LimitKind::NameComparisons | LimitKind::PolicyNodes,
            ) => 0,
            Self::UnknownIssuer { .. } => 1,
            Self::IssuerMismatch { .. } => 2,
            Self::Signature(_) => 3,
            Self::NotACa { .. } => 4,
            Self::KeyUsage { .. } => 5,
            Self::Profile(_) => 6,
            Self::Malformed { .. } => 7,
            Self::UnknownCriticalExtension(_) => 8,
            Self::NotYetValid { .. } => 9,
            Self::Expired { .. } => 10,
            Self::ExtendedKeyUsage { .. } => 11,
            Self::PathLength { .. } | Self::LimitExceeded(LimitKind::Depth) => 12,
            Self::Name(_) => 13,
            Self::MappedAnyPolicy => 14,
            Self::DuplicatePolicy(_) => 15,
            Self::NoValidPolicy => 16,
            Self::PeerName { .. } => 17,
            Self::RevocationUnknown { .. } => 18,
            Self::Revoked { .. } => 19,
        }
    }
}

impl ChainError {
    pub(super) fn new(
        failure: Failure,
        anchor: Option<TrustAnchor>,
        missing: Missing,
        exhausted: Option<LimitKind>,
        signatures: u32,
    ) -> Self {
        let Failure { violation, depth, path, .. } = failure;
        Self(Box::new(Details { violation, depth, path, anchor, missing, exhausted, signatures }))
    }

    /// What is broken.
    #[must_use]
    pub fn violation(&self) -> &Violation {
        &self.0.violation
    }

    /// The rule: document and section.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.0.violation.rule()
    }

    /// Which certificate breaks it, counted from the target, which is 0. The anchor is the length of the path.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.depth
    }

    /// The best path that was tried, the target first. It may not reach an anchor.
    #[must_use]
    pub fn path(&self) -> &[Certificate] {
        &self.0.path
    }

    /// The anchor that this path reached, if it did.
    #[must_use]
    pub fn anchor(&self) -> Option<&TrustAnchor> {
        self.0.anchor.as_ref()
    }

    /// What could be fetched to try again.
    #[must_use]
    pub fn missing(&self) -> &Missing {
        &self.0.missing
    }

    /// The limit that ended the search, if one did: then there may be a valid path all the same.
    #[must_use]
    pub fn exhausted(&self) -> Option<LimitKind> {
        self.0.exhausted
    }

    /// How many signatures were checked.
    #[must_use]
    pub fn signatures(&self) -> u32 {
        self.0.signatures
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownIssuer { issuer } => write!(f, "nobody has the name of the issuer, {issuer}"),
            Self::Signature(error) => error.fmt(f),
            Self::IssuerMismatch { expected, found } => write!(f, "the issuer is {found}, not {expected}"),
            Self::NotYetValid { at, not_before } => write!(f, "valid from {not_before}, not at {at}"),
            Self::Expired { at, not_after } => write!(f, "valid until {not_after}, not at {at}"),
            Self::Malformed { field, error } => write!(f, "{field} can't be read: {error}"),
            Self::UnknownCriticalExtension(oid) => write!(f, "the critical extension {oid} is not processed"),
            Self::NotACa { version: version @ 1..=2, .. } => write!(f, "version {version} says nothing of CAs"),
            Self::NotACa { .. } => f.write_str("no CA by basicConstraints"),
            Self::KeyUsage { required, found } => write!(f, "keyUsage is {found}; it lacks {required}"),
            Self::ExtendedKeyUsage { required, found } => {
                write!(f, "extKeyUsage lacks {required}; it has")?;
                found.iter().try_for_each(|purpose| write!(f, " {purpose}"))
            }
            Self::PathLength { allowed } => {
                write!(f, "a pathLenConstraint above is {allowed}, and here is one more CA")
            }
            Self::Profile(violation) => violation.fmt(f),
            Self::PeerName { expected } => write!(f, "subjectAltName does not have {expected}"),
            Self::Name(refused) => refused.fmt(f),
            Self::MappedAnyPolicy => f.write_str("policyMappings maps anyPolicy"),
            Self::DuplicatePolicy(policy) => write!(f, "certificatePolicies has {policy} twice"),
            Self::NoValidPolicy => f.write_str("a policy is required, and none holds for the whole path"),
            Self::RevocationUnknown { crls, responses } => {
                f.write_str("no CRL and no OCSP response tells the status")?;
                crls.iter().try_for_each(|rejected| write!(f, "; CRL: {rejected}"))?;
                responses.iter().try_for_each(|rejected| write!(f, "; OCSP: {rejected}"))
            }
            Self::Revoked { at, reason: Some(reason) } => write!(f, "revoked since {at}: {reason}"),
            Self::Revoked { at, reason: None } => write!(f, "revoked since {at}"),
            Self::LimitExceeded(limit) => write!(f, "the limit of {limit} was met"),
        }
    }
}

impl core::error::Error for Violation {}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { violation, depth, path, exhausted, .. } = &*self.0;
        match path.get(*depth) {
            Some(certificate) => write!(f, "certificate {depth}, {}: {violation}", certificate.subject())?,
            None => write!(f, "trust anchor: {violation}")?,
        }
        write!(f, " ({})", self.rule())?;
        match exhausted {
            Some(limit) if !matches!(violation, Violation::LimitExceeded(_)) => {
                write!(f, "; the search ended at the limit of {limit}")
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { violation, depth, exhausted, signatures, .. } = &*self.0;
        f.debug_struct("ChainError")
            .field("violation", violation)
            .field("depth", depth)
            .field("exhausted", exhausted)
            .field("signatures", signatures)
            .finish_non_exhaustive()
    }
}

impl core::error::Error for ChainError {}
