//! Extensions of certificates and CRLs (RFC 5280 sections 4.2 and 5.2): [`Extensions`] as a list, and a type for each.

mod access;
mod authority_key_identifier;
mod basic_constraints;
mod distribution_points;
mod index;
mod key_usage;
mod name_constraints;
mod policies;

pub use access::AccessDescription;
pub use authority_key_identifier::{AuthorityKeyIdentifier, SubjectKeyIdentifier};
pub use basic_constraints::BasicConstraints;
pub use distribution_points::{DistributionPoint, DistributionPointName};
pub(crate) use index::{ExtensionIndex, RawExtension, tolerant_boolean};
pub use key_usage::KeyUsage;
pub use name_constraints::{GeneralSubtree, NameConstraints};
pub use policies::{PolicyConstraints, PolicyInformation, PolicyMapping};

use crate::{
    crl::{CrlNumber, IssuingDistributionPoint},
    csr::Attribute,
    der::{Decode, Reader, SequenceOf},
    error::DecodeError,
    name::GeneralNames,
    oid::{self, Oid},
};

/// Whether who does not know an extension has to refuse the certificate (RFC 5280 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a BOOLEAN")]
pub enum Criticality {
    /// It must be known.
    Critical,
    /// It may be ignored.
    NonCritical,
}

/// One extension as received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension<'a> {
    /// Its type.
    pub oid: Oid<'a>,
    /// Whether who does not know it has to refuse the certificate (RFC 5280 section 4.2).
    pub critical: bool,
    /// The contents of its `extnValue`.
    pub value: &'a [u8],
}

impl Extension<'_> {
    /// [`Extension::critical`] as builders take it.
    #[must_use]
    pub const fn criticality(&self) -> Criticality {
        if self.critical { Criticality::Critical } else { Criticality::NonCritical }
    }
}

/// The extensions of a certificate or CRL, or those that a CSR asks for. Each type occurs once at most.
///
/// The typed accessors give `Ok(None)` where the extension is absent and decode it on each call; positions in their errors
/// count from the start of the whole. What is malformed, or empty where RFC 5280 wants one element at least,
/// is an error of the accessor, not of reading the whole.
#[derive(Clone, Copy, Debug)]
pub struct Extensions<'a> {
    bytes: &'a [u8],
    index: &'a ExtensionIndex,
    base: usize,
}

impl<'a> Extensions<'a> {
    /// Over `bytes` that `index` is counted in, which begin at `base` in what errors count in.
    pub(crate) const fn new(bytes: &'a [u8], index: &'a ExtensionIndex, base: usize) -> Self {
        Self { bytes, index, base }
    }

    /// All of them, in the order of the encoding.
    #[must_use]
    pub fn iter(self) -> impl ExactSizeIterator<Item = Extension<'a>> + use<'a> {
        self.index.entries().iter().map(move |entry| entry.extension(self.bytes))
    }

    /// How many there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.index.entries().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.index.entries().is_empty()
    }

    /// The extension of this type.
    #[must_use]
    pub fn find(self, oid: Oid<'_>) -> Option<Extension<'a>> {
        self.index.find(oid, self.bytes).map(|entry| entry.extension(self.bytes))
    }

    /// The extension of this type, decoded as `T`.
    ///
    /// # Errors
    /// Whatever decoding gives, and [`TrailingData`](crate::DecodeErrorKind::TrailingData).
    pub fn typed<T: Decode<'a>>(self, oid: Oid<'_>) -> Result<Option<T>, DecodeError> {
        let Some(entry) = self.index.find(oid, self.bytes) else { return Ok(None) };
        let mut reader = Reader::at(entry.extension(self.bytes).value, self.base + entry.value_start());
        let value = T::decode(&mut reader).map_err(DecodeError::within("extnValue"))?;
        reader.finish().map_err(DecodeError::within("extnValue"))?;
        Ok(Some(value))
    }
}

macro_rules! accessors {
    ($(#[doc = $doc:literal] $name:ident = $oid:ident: $value:ty, of $($holder:ident)+;)*) => {
        impl<'a> Extensions<'a> {
            $(#[doc = $doc]
            ///
            /// # Errors
            /// What is wrong with the extension; see [`Extensions::typed`].
            pub fn $name(self) -> Result<Option<$value>, DecodeError> {
                self.typed(oid::$oid).map_err(DecodeError::within(stringify!($name)))
            })*
        }

        // One item, for one lint to be expected of all.
        #[expect(single_use_lifetimes, clippy::needless_lifetimes, reason = "some of the types borrow")]
        const _: () = {
            $($(impl crate::$holder {
                #[doc = $doc]
                ///
                /// # Errors
                /// What is wrong with the extension; see [`Extensions::typed`].
                pub fn $name<'a>(&'a self) -> Result<Option<$value>, DecodeError> {
                    self.extensions().$name()
                }
            })+)*
        };
    };
}

accessors! {
    /// The authorityInfoAccess extension (RFC 5280 sections 4.2.2.1 and 5.2.7).
    authority_info_access = AUTHORITY_INFO_ACCESS: SequenceOf<'a, AccessDescription<'a>>, of Certificate Crl;
    /// The authorityKeyIdentifier extension (RFC 5280 sections 4.2.1.1 and 5.2.1).
    authority_key_identifier = AUTHORITY_KEY_IDENTIFIER: AuthorityKeyIdentifier<'a>, of Certificate Crl;
    /// The basicConstraints extension (RFC 5280 section 4.2.1.9).
    basic_constraints = BASIC_CONSTRAINTS: BasicConstraints, of Certificate;
    /// The certificatePolicies extension (RFC 5280 section 4.2.1.4).
    certificate_policies = CERTIFICATE_POLICIES: SequenceOf<'a, PolicyInformation<'a>>, of Certificate;
    /// The cRLDistributionPoints extension (RFC 5280 section 4.2.1.13).
    crl_distribution_points = CRL_DISTRIBUTION_POINTS: SequenceOf<'a, DistributionPoint<'a>>, of Certificate;
    /// The cRLNumber extension (RFC 5280 section 5.2.3).
    crl_number = CRL_NUMBER: CrlNumber, of Crl;
    /// The deltaCRLIndicator extension (RFC 5280 section 5.2.4): the number of the base.
    delta_crl_indicator = DELTA_CRL_INDICATOR: CrlNumber, of Crl;
    /// The extKeyUsage extension (RFC 5280 section 4.2.1.12).
    extended_key_usage = EXT_KEY_USAGE: SequenceOf<'a, Oid<'a>>, of Certificate;
    /// The freshestCRL extension (RFC 5280 sections 4.2.1.15 and 5.2.6).
    freshest_crl = FRESHEST_CRL: SequenceOf<'a, DistributionPoint<'a>>, of Certificate Crl;
    /// The inhibitAnyPolicy extension (RFC 5280 section 4.2.1.14): after how many certificates.
    inhibit_any_policy = INHIBIT_ANY_POLICY: u32, of Certificate;
    /// The issuerAltName extension (RFC 5280 sections 4.2.1.7 and 5.2.2).
    issuer_alt_name = ISSUER_ALT_NAME: GeneralNames<'a>, of Certificate Crl;
    /// The issuingDistributionPoint extension (RFC 5280 section 5.2.5).
    issuing_distribution_point = ISSUING_DISTRIBUTION_POINT: IssuingDistributionPoint<'a>, of Crl;
    /// The keyUsage extension (RFC 5280 section 4.2.1.3).
    key_usage = KEY_USAGE: KeyUsage, of Certificate;
    /// The nameConstraints extension (RFC 5280 section 4.2.1.10).
    name_constraints = NAME_CONSTRAINTS: NameConstraints<'a>, of Certificate;
    /// The policyConstraints extension (RFC 5280 section 4.2.1.11).
    policy_constraints = POLICY_CONSTRAINTS: PolicyConstraints, of Certificate;
    /// The policyMappings extension (RFC 5280 section 4.2.1.5).
    policy_mappings = POLICY_MAPPINGS: SequenceOf<'a, PolicyMapping<'a>>, of Certificate;
    /// The subjectAltName extension (RFC 5280 section 4.2.1.6).
    subject_alt_name = SUBJECT_ALT_NAME: GeneralNames<'a>, of Certificate;
    /// The subjectDirectoryAttributes extension (RFC 5280 section 4.2.1.8).
    subject_directory_attributes = SUBJECT_DIRECTORY_ATTRIBUTES: SequenceOf<'a, Attribute<'a>>, of Certificate;
    /// The subjectInfoAccess extension (RFC 5280 section 4.2.2.2).
    subject_info_access = SUBJECT_INFO_ACCESS: SequenceOf<'a, AccessDescription<'a>>, of Certificate;
    /// The subjectKeyIdentifier extension (RFC 5280 section 4.2.1.2).
    subject_key_identifier = SUBJECT_KEY_IDENTIFIER: SubjectKeyIdentifier<'a>, of Certificate;
}

#[cfg(test)]
mod tests;
