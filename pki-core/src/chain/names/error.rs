//! [`NameRefused`]: why name constraints refuse a certificate.

use core::fmt;

use crate::{error::DecodeError, name::GeneralName};

/// Why the name constraints of a CA refuse a certificate below it (RFC 5280 section 4.2.1.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameRefused {
    /// A name lies in an excluded subtree.
    Excluded(ConstrainedName),
    /// A constraint on this name is none of those that its form allows.
    MalformedConstraint(ConstrainedName),
    /// A constrained name is none of its form, so that nobody can say where it lies.
    MalformedName(ConstrainedName),
    /// There are permitted subtrees for the form of a name, and it lies in none of them.
    NotPermitted(ConstrainedName),
    /// A constraint on this name is of a form that is not processed, or has a `minimum` or `maximum`.
    NotProcessed(ConstrainedName),
    /// More names and subtrees than may be compared. Says nothing of the certificate.
    TooMuchWork,
    /// The subjectAltName extension cannot be decoded.
    Undecodable(DecodeError),
}

/// A name that constraints apply to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ConstrainedName {
    /// Where it is.
    pub place: NamePlace,
    /// What it is.
    pub form: NameForm,
}

/// Where a name is in its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NamePlace {
    /// An emailAddress in the subject.
    EmailAddress,
    /// The subject.
    Subject,
    /// The subjectAltName extension.
    SubjectAltName {
        /// How many names are before it.
        index: usize,
    },
}

/// A form of [`GeneralName`], in the order of RFC 5280 section 4.2.1.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a CHOICE of RFC 5280")]
pub enum NameForm {
    /// otherName
    OtherName,
    /// rfc822Name
    Rfc822Name,
    /// dNSName
    DnsName,
    /// x400Address
    X400Address,
    /// directoryName
    DirectoryName,
    /// ediPartyName
    EdiPartyName,
    /// uniformResourceIdentifier
    Uri,
    /// iPAddress
    IpAddress,
    /// registeredID
    RegisteredId,
}

impl NameForm {
    /// The form of `name`.
    #[must_use]
    pub const fn of(name: &GeneralName<'_>) -> Self {
        match name {
            GeneralName::OtherName { .. } => Self::OtherName,
            GeneralName::Rfc822Name(_) => Self::Rfc822Name,
            GeneralName::DnsName(_) => Self::DnsName,
            GeneralName::X400Address(_) => Self::X400Address,
            GeneralName::DirectoryName(_) => Self::DirectoryName,
            GeneralName::EdiPartyName(_) => Self::EdiPartyName,
            GeneralName::Uri(_) => Self::Uri,
            GeneralName::IpAddress(_) => Self::IpAddress,
            GeneralName::RegisteredId(_) => Self::RegisteredId,
        }
    }

    /// As RFC 5280 spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherName => "otherName",
            Self::Rfc822Name => "rfc822Name",
            Self::DnsName => "dNSName",
            Self::X400Address => "x400Address",
            Self::DirectoryName => "directoryName",
            Self::EdiPartyName => "ediPartyName",
            Self::Uri => "uniformResourceIdentifier",
            Self::IpAddress => "iPAddress",
            Self::RegisteredId => "registeredID",
        }
    }
}

impl fmt::Display for ConstrainedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            NamePlace::EmailAddress => f.write_str("emailAddress in the subject"),
            NamePlace::Subject => f.write_str("the subject"),
            NamePlace::SubjectAltName { index } => {
                write!(f, "the {} at index {index} of subjectAltName", self.form.as_str())
            }
        }
    }
}

impl fmt::Display for NameRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Excluded(name) => write!(f, "{name} lies in an excluded subtree"),
            Self::MalformedConstraint(name) => write!(f, "a constraint on {name} is malformed"),
            Self::MalformedName(name) => write!(f, "{name} is malformed, and constrained"),
            Self::NotPermitted(name) => write!(f, "{name} lies in no permitted subtree"),
            Self::NotProcessed(name) => write!(f, "a constraint on {name} is of a kind that is not processed"),
            Self::TooMuchWork => f.write_str("more names and name constraints than may be compared"),
            Self::Undecodable(error) => write!(f, "subjectAltName cannot be decoded: {error}"),
        }
    }
}

impl core::error::Error for NameRefused {}
