//! [`Subject`]: a certificate as the rules look at it.

use super::{ProfileViolation, Role, Rules};
use crate::{
    cert::{
        Certificate,
        extension::{BasicConstraints, Criticality, KeyUsage},
    },
    der::{Decode, Reader},
    oid::{self, Oid},
};

/// A certificate, its place in the path, and its standard extensions, found in one pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) role: Role,
    pub(super) rules: Rules,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) fields: Fields<'a>,
}

/// A standard extension: its type, one of the constants, whether it is critical, and its contents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    extension: Oid<'static>,
    pub(super) criticality: Criticality,
    value: &'a [u8],
}

macro_rules! fields {
    ($($name:ident = $oid:ident;)*) => {
        /// The standard extensions that are there.
        #[derive(Clone, Copy, Debug, Default)]
        pub(super) struct Fields<'a> {
            $(pub(super) $name: Option<Field<'a>>,)*
        }

        impl<'a> Fields<'a> {
            fn of(certificate: &'a Certificate) -> Self {
                let mut fields = Self::default();
                for extension in certificate.extensions().iter() {
                    let (field, oid) = match extension.oid {
                        $(oid::$oid => (&mut fields.$name, oid::$oid),)*
                        _ => continue,
                    };
                    let criticality = extension.criticality();
                    *field = Some(Field { extension: oid, criticality, value: extension.value });
                }
                fields
            }
        }
    };
}

fields! {
    authority_information = AUTHORITY_INFO_ACCESS;
    authority_key_identifier = AUTHORITY_KEY_IDENTIFIER;
    basic_constraints = BASIC_CONSTRAINTS;
    certificate_policies = CERTIFICATE_POLICIES;
    distribution_points = CRL_DISTRIBUTION_POINTS;
    extended_key_usage = EXT_KEY_USAGE;
    freshest_crl = FRESHEST_CRL;
    inhibit_any_policy = INHIBIT_ANY_POLICY;
    issuer_alternatives = ISSUER_ALT_NAME;
    key_usage = KEY_USAGE;
    name_constraints = NAME_CONSTRAINTS;
    policy_constraints = POLICY_CONSTRAINTS;
    policy_mappings = POLICY_MAPPINGS;
    subject_alternatives = SUBJECT_ALT_NAME;
    subject_attributes = SUBJECT_DIRECTORY_ATTRIBUTES;
    subject_information = SUBJECT_INFO_ACCESS;
    subject_key_identifier = SUBJECT_KEY_IDENTIFIER;
}

impl<'a> Subject<'a> {
    /// Finds the extensions, and reads the two that most rules look at.
    pub(super) fn new(certificate: &'a Certificate, role: Role, rules: Rules) -> Result<Self, ProfileViolation> {
        let fields = Fields::of(certificate);
        let bare = Self { certificate, role, rules, basic_constraints: None, key_usage: None, fields };
        Ok(Self {
            basic_constraints: bare.read(fields.basic_constraints)?,
            key_usage: bare.read(fields.key_usage)?,
            ..bare
        })
    }

    /// An extension, decoded as `T`.
    pub(super) fn read<T: Decode<'a>>(&self, field: Option<Field<'a>>) -> Result<Option<T>, ProfileViolation> {
        let Some(Field { extension, .. }) = field else { return Ok(None) };
        if let Some(value) = self.readable(field) {
            return Ok(Some(value));
        }
        // Once more, for where in the certificate it is.
        let again = self.certificate.extensions().typed::<T>(extension);
        again.map_err(|error| ProfileViolation::MalformedExtension { extension, error })
    }

    /// An extension, decoded as `T`; `None` also where another rule says that it is malformed.
    pub(super) fn readable<T: Decode<'a>>(&self, field: Option<Field<'a>>) -> Option<T> {
        let mut reader = Reader::new(field?.value);
        T::decode(&mut reader).ok().filter(|_| reader.is_empty())
    }

    /// Whether basicConstraints says so.
    pub(super) fn is_ca(&self) -> bool {
        self.basic_constraints.is_some_and(|constraints| constraints.is_ca)
    }

    /// Whether its key verifies another certificate of the path.
    pub(super) fn signs_certificates(&self) -> bool {
        self.role != Role::Target
    }

    /// Whether keyUsage is there with all of these bits.
    pub(super) fn asserts(&self, usage: KeyUsage) -> bool {
        self.key_usage.is_some_and(|bits| bits.contains(usage))
    }
}

impl Field<'_> {
    /// Refuses a critical one.
    pub(super) fn expect_non_critical(&self) -> Result<(), ProfileViolation> {
        match self.criticality {
            Criticality::Critical => Err(ProfileViolation::CriticalExtension { extension: self.extension }),
            Criticality::NonCritical => Ok(()),
        }
    }

    /// Refuses one that is not critical.
    pub(super) fn expect_critical(&self) -> Result<(), ProfileViolation> {
        match self.criticality {
            Criticality::Critical => Ok(()),
            Criticality::NonCritical => Err(ProfileViolation::NonCriticalExtension { extension: self.extension }),
        }
    }
}
