//! [`Mismatch`]: what is otherwise than expected.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{DecodeError, KeyKind, OwnedOid, extension::KeyUsage};
use scep::server::{KeyRefused, NameMismatch};

use super::{Field, KeyDigest};
use crate::profile::{CertificateTemplate, KeyAlgorithm};

/// Everything that is otherwise in a CSR than was expected; at least one thing.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatches {
    listed: Vec<Mismatch>,
    omitted: usize,
}

/// One thing that is otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// The extended key usages asked for, as a set.
    ExtendedKeyUsage {
        /// What was expected.
        expected: Vec<OwnedOid>,
        /// What the CSR has, up to 32; nothing if the extension is absent.
        found: Vec<OwnedOid>,
    },
    /// The key is of another algorithm or strength, or plainly bad.
    Key {
        /// What was expected.
        expected: KeyAlgorithm,
        /// What the CSR has.
        found: KeyKind,
        /// What is wrong with it.
        refused: KeyRefused,
    },
    /// The key usage asked for.
    KeyUsage {
        /// What was expected.
        expected: KeyUsage,
        /// What the CSR has; nothing if the extension is absent.
        found: KeyUsage,
    },
    /// The subject, or an alternative name.
    Name(NameMismatch),
    /// It is another key.
    OtherKey {
        /// What was expected.
        expected: KeyDigest,
        /// What the CSR has.
        found: KeyDigest,
    },
    /// The template asked for.
    Template {
        /// What was expected.
        expected: Option<CertificateTemplate>,
        /// What the CSR has.
        found: Vec<CertificateTemplate>,
    },
    /// What the CSR has there can't be read.
    Unreadable {
        /// Where.
        field: Field,
        /// What is wrong.
        error: DecodeError,
    },
}

impl Mismatches {
    /// Nothing for nothing. Most CSRs that are wrong are so in one or two things; one that is in thousands is not worth a long
    /// answer.
    pub(super) fn check(mut all: Vec<Mismatch>) -> Result<(), Self> {
        if all.is_empty() {
            return Ok(());
        }
        let omitted = all.len().saturating_sub(MOST);
        all.truncate(MOST);
        Err(Self { listed: all, omitted })
    }

    /// What is otherwise, up to 32 things.
    #[must_use]
    pub fn listed(&self) -> &[Mismatch] {
        &self.listed
    }

    /// How many more there are.
    #[must_use]
    pub const fn omitted(&self) -> usize {
        self.omitted
    }

    /// Whether something is otherwise there.
    #[must_use]
    pub fn concern(&self, field: Field) -> bool {
        self.listed.iter().any(|mismatch| mismatch.field() == field)
    }
}

impl Mismatch {
    /// Where it is.
    #[must_use]
    pub const fn field(&self) -> Field {
        match self {
            Self::ExtendedKeyUsage { .. } => Field::ExtendedKeyUsage,
            Self::Key { .. } | Self::OtherKey { .. } => Field::Key,
            Self::KeyUsage { .. } => Field::KeyUsage,
            Self::Name(NameMismatch::Subject { .. }) => Field::Subject,
            Self::Name(_) => Field::AlternativeNames,
            Self::Template { .. } => Field::Template,
            Self::Unreadable { field, .. } => *field,
        }
    }
}

impl fmt::Display for Mismatches {
    /// All of them, with semicolons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mismatch) in self.listed.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "; " })?;
            mismatch.fmt(f)?;
        }
        match self.omitted {
            0 => Ok(()),
            omitted => write!(f, "; and {omitted} more"),
        }
    }
}

impl fmt::Debug for Mismatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mismatches({self})")
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExtendedKeyUsage { expected, found } => {
                write!(f, "the CSR asks for the extended key usages {found:?}, not {expected:?}")
            }
            Self::Key { expected, found, refused } if expected.kind() == *found => refused.fmt(f),
            Self::Key { expected, found, .. } => write!(f, "the CSR is for a key {found}, not {expected}"),
            Self::KeyUsage { expected, found } => {
                write!(f, "the CSR asks for the key usage {found:?}, not {expected:?}")
            }
            Self::Name(mismatch) => mismatch.fmt(f),
            Self::OtherKey { expected, found } => write!(f, "the CSR is for the key {found}, not {expected}"),
            Self::Template { expected: None, found } => {
                write!(f, "the CSR asks for the template {}, and none was expected", Templates(found))
            }
            Self::Template { expected: Some(expected), found } => {
                write!(f, "the CSR asks for the template {}, not {expected}", Templates(found))
            }
            Self::Unreadable { field, error } => write!(f, "the CSR's {field} can't be read: {error}"),
        }
    }
}

impl core::error::Error for Mismatches {}
impl core::error::Error for Mismatch {}

struct Templates<'a>(&'a [CertificateTemplate]);

impl fmt::Display for Templates<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        self.0.iter().enumerate().try_for_each(|(index, template)| {
            f.write_str(if index == 0 { "" } else { " and " })?;
            template.fmt(f)
        })
    }
}

/// Most mismatches that are listed.
const MOST: usize = 32;
