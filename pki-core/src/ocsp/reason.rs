//! [`RevocationReason`].

use core::fmt;

use crate::{
    der::{Element, Tag, Writer},
    error::DecodeError,
};

/// Why a certificate was revoked: a `CRLReason` (RFC 5280 section 5.3.1). Numbers that have no name there survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RevocationReason {
    /// `unspecified` (0)
    Unspecified,
    /// `keyCompromise` (1)
    KeyCompromise,
    /// `cACompromise` (2)
    CaCompromise,
    /// `affiliationChanged` (3)
    AffiliationChanged,
    /// `superseded` (4)
    Superseded,
    /// `cessationOfOperation` (5)
    CessationOfOperation,
    /// `certificateHold` (6)
    CertificateHold,
    /// `removeFromCRL` (8)
    RemoveFromCrl,
    /// `privilegeWithdrawn` (9)
    PrivilegeWithdrawn,
    /// `aACompromise` (10)
    AaCompromise,
    /// Another number.
    Other(u32),
}

impl RevocationReason {
    /// From its number.
    #[must_use]
    pub fn from_number(number: u32) -> Self {
        let known = NUMBERS.iter().find(|(_, known, _)| *known == number);
        known.map_or(Self::Other(number), |(reason, ..)| *reason)
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::Other(number) => number,
            _ => NUMBERS.iter().find(|(reason, ..)| *reason == self).map_or(0, |(_, number, _)| *number),
        }
    }

    pub(super) fn from_element(element: &Element<'_>) -> Result<Self, DecodeError> {
        element.small_integer().map(Self::from_number)
    }

    pub(super) fn encode(self, writer: &mut Writer) {
        writer.unsigned(Tag::ENUMERATED, &self.number().to_be_bytes());
    }
}

impl fmt::Display for RevocationReason {
    /// The name in RFC 5280, or the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NUMBERS.iter().find(|(reason, ..)| reason == self) {
            Some((.., name)) => f.write_str(name),
            None => write!(f, "reason {}", self.number()),
        }
    }
}

const NUMBERS: [(RevocationReason, u32, &str); 10] = [
    (RevocationReason::Unspecified, 0, "unspecified"),
    (RevocationReason::KeyCompromise, 1, "keyCompromise"),
    (RevocationReason::CaCompromise, 2, "cACompromise"),
    (RevocationReason::AffiliationChanged, 3, "affiliationChanged"),
    (RevocationReason::Superseded, 4, "superseded"),
    (RevocationReason::CessationOfOperation, 5, "cessationOfOperation"),
    (RevocationReason::CertificateHold, 6, "certificateHold"),
    (RevocationReason::RemoveFromCrl, 8, "removeFromCRL"),
    (RevocationReason::PrivilegeWithdrawn, 9, "privilegeWithdrawn"),
    (RevocationReason::AaCompromise, 10, "aACompromise"),
];
