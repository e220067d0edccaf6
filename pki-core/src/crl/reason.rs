//! [`RevocationReason`] of one certificate, and sets of [`Reasons`] that CRLs cover.

use core::{fmt, ops::BitOr};

use crate::{
    der::{Decode, Element, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
};

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Why a certificate was revoked (`CRLReason`, RFC 5280 section 5.3.1).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(clippy::exhaustive_enums, reason = "an ENUMERATED of RFC 5280")]
        pub enum RevocationReason {
            $($(#[doc = $doc])* $name,)*
        }

        impl RevocationReason {
            /// The number in `CRLReason`.
            #[must_use]
            pub const fn code(self) -> u8 {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// By the number in `CRLReason`; `None` if there is no such reason. 7 is not used.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for RevocationReason {
            /// As RFC 5280 spells it.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $text,)*
                })
            }
        }
    };
}

reasons! {
    /// Not told.
    Unspecified = 0, "unspecified";
    /// Somebody else has the subject's key, or may have it.
    KeyCompromise = 1, "keyCompromise";
    /// Somebody else has the key of the CA that is the subject, or may have it.
    CaCompromise = 2, "cACompromise";
    /// The subject's name or other data changed.
    AffiliationChanged = 3, "affiliationChanged";
    /// There is a newer certificate.
    Superseded = 4, "superseded";
    /// The certificate is not needed any longer.
    CessationOfOperation = 5, "cessationOfOperation";
    /// The certificate is on hold, and may come back.
    CertificateHold = 6, "certificateHold";
    /// In delta CRLs: the certificate is not on hold any longer, or has expired.
    RemoveFromCrl = 8, "removeFromCRL";
    /// The subject may not do any longer what the certificate says.
    PrivilegeWithdrawn = 9, "privilegeWithdrawn";
    /// Somebody else has the key of an attribute authority, or may have it.
    AaCompromise = 10, "aACompromise";
}

impl RevocationReason {
    /// Writes it.
    pub fn encode(self, writer: &mut Writer) {
        writer.primitive(Tag::ENUMERATED, &[self.code()]);
    }
}

impl Decode<'_> for RevocationReason {
    /// # Errors
    /// [`InvalidValue`](DecodeErrorKind::InvalidValue) if there is no such reason.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let element = reader.expect(Tag::ENUMERATED)?;
        let reason = match *element.integer()? {
            [code] => Self::from_code(code),
            _ => None,
        };
        reason.ok_or_else(|| element.error(DecodeErrorKind::InvalidValue))
    }
}

/// A set of reasons that a CRL covers: `ReasonFlags` (RFC 5280 sections 4.2.1.13 and 5.2.5).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reasons(u16);

impl Reasons {
    /// No reason.
    pub const NONE: Self = Self(0);
    /// `keyCompromise`
    pub const KEY_COMPROMISE: Self = Self(0x4000);
    /// `cACompromise`
    pub const CA_COMPROMISE: Self = Self(0x2000);
    /// `affiliationChanged`
    pub const AFFILIATION_CHANGED: Self = Self(0x1000);
    /// `superseded`
    pub const SUPERSEDED: Self = Self(0x0800);
    /// `cessationOfOperation`
    pub const CESSATION_OF_OPERATION: Self = Self(0x0400);
    /// `certificateHold`
    pub const CERTIFICATE_HOLD: Self = Self(0x0200);
    /// `privilegeWithdrawn`
    pub const PRIVILEGE_WITHDRAWN: Self = Self(0x0100);
    /// `aACompromise`
    pub const AA_COMPROMISE: Self = Self(0x0080);
    /// Every reason there is: `all-reasons` (RFC 5280 section 6.3.2).
    pub const ALL: Self = Self(0x7f80);

    /// Whether every reason of `other` is in it.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The reasons of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The reasons that both have.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The reasons that `other` does not have.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Reads a BIT STRING, whatever the tag. Trailing zero bits and bits that have no name are accepted and dropped, so
    /// nothing may be left.
    ///
    /// # Errors
    /// [`InvalidEncoding`](DecodeErrorKind::InvalidEncoding)
    pub fn from_element(element: &Element<'_>) -> Result<Self, DecodeError> {
        let bits = element.bit_string()?;
        let named = NAMES.iter().zip(1..).filter(|(_, number)| bits.bit(*number));
        Ok(named.fold(Self::NONE, |set, ((bit, _), _)| set | *bit))
    }

    /// Writes it with `tag`.
    pub fn encode(self, tag: Tag, writer: &mut Writer) {
        writer.named_bits(tag, self.0);
    }
}

impl BitOr for Reasons {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl fmt::Display for Reasons {
    /// The names of RFC 5280, with commas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (_, name)) in NAMES.iter().filter(|(bit, _)| self.contains(*bit)).enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reasons({self})")
    }
}

/// By bit number, from 1; bit 0 is not used.
const NAMES: [(Reasons, &str); 8] = [
    (Reasons::KEY_COMPROMISE, "keyCompromise"),
    (Reasons::CA_COMPROMISE, "cACompromise"),
    (Reasons::AFFILIATION_CHANGED, "affiliationChanged"),
    (Reasons::SUPERSEDED, "superseded"),
    (Reasons::CESSATION_OF_OPERATION, "cessationOfOperation"),
    (Reasons::CERTIFICATE_HOLD, "certificateHold"),
    (Reasons::PRIVILEGE_WITHDRAWN, "privilegeWithdrawn"),
    (Reasons::AA_COMPROMISE, "aACompromise"),
];
