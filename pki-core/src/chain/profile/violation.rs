//! [`ProfileViolation`].

use core::fmt;

use crate::{
    cert::extension::KeyUsage,
    error::DecodeError,
    key::KeyKind,
    oid::{self, Oid},
};

/// What a certificate has otherwise than the [`ValidationProfile`](super::ValidationProfile) demands, in the order of
/// RFC 5280 section 4 and then of the Baseline Requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileViolation {
    /// A `critical` that is TRUE but not `FF`, so that the certificate is not DER (RFC 5280 section 4.1).
    BerBoolean,
    /// The signature algorithms inside and outside of what is signed differ (RFC 5280 section 4.1.1.2).
    SignatureAlgorithmMismatch,
    /// Extensions in a certificate of this version, where they need 3 (RFC 5280 section 4.1.2.1).
    ExtensionsInVersion(u8),
    /// A serial number that is zero or negative (RFC 5280 section 4.1.2.2).
    SerialNumberNotPositive,
    /// A serial number of more than 20 octets (RFC 5280 section 4.1.2.2).
    SerialNumberTooLong {
        /// How many it has.
        octets: usize,
    },
    /// The issuer is empty (RFC 5280 section 4.1.2.4).
    EmptyIssuer,
    /// The subject of a CA or CRL issuer is empty (RFC 5280 section 4.1.2.6).
    EmptySubjectOfIssuer,
    /// Neither a subject nor a subjectAltName (RFC 5280 section 4.1.2.6).
    Unnamed,
    /// A unique identifier, which CAs must not generate (RFC 5280 section 4.1.2.8).
    UniqueIdentifier,
    /// A list of extensions without extensions (RFC 5280 section 4.1.2.9).
    EmptyExtensions,
    /// An extension that can't be read, or is empty where something has to be there.
    MalformedExtension {
        /// Which one.
        extension: Oid<'static>,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// A critical extension that must not be.
    CriticalExtension {
        /// Which one.
        extension: Oid<'static>,
    },
    /// An extension that must be critical, and is not; subjectAltName beside an empty subject is such.
    NonCriticalExtension {
        /// Which one.
        extension: Oid<'static>,
    },
    /// No keyIdentifier in authorityKeyIdentifier, or not even that, though issuer and subject differ
    /// (RFC 5280 section 4.2.1.1).
    MissingAuthorityKeyIdentifier,
    /// authorityKeyIdentifier has an issuer and no serial number, or a serial number and no issuer
    /// (RFC 5280 section 4.2.1.1 and appendix A.2).
    IncompleteAuthority,
    /// A CA without subjectKeyIdentifier (RFC 5280 section 4.2.1.2).
    MissingSubjectKeyIdentifier,
    /// A CA in a path without keyUsage (RFC 5280 section 4.2.1.3).
    MissingKeyUsage,
    /// keyCertSign, though basicConstraints makes it no CA (RFC 5280 section 4.2.1.3).
    KeyCertSignWithoutCa,
    /// A CA in a path whose keyUsage has no keyCertSign (RFC 5280 section 4.2.1.3).
    CaWithoutKeyCertSign {
        /// What it has.
        usage: KeyUsage,
    },
    /// A policy occurs twice (RFC 5280 section 4.2.1.4).
    DuplicatePolicy,
    /// anyPolicy with another qualifier than a CPS pointer or a user notice (RFC 5280 section 4.2.1.4).
    AnyPolicyQualifier,
    /// A mapping to or from anyPolicy (RFC 5280 section 4.2.1.5).
    AnyPolicyMapped,
    /// An alternative name that is empty (RFC 5280 section 4.2.1.6).
    EmptyGeneralName {
        /// Of the subject or of the issuer.
        extension: Oid<'static>,
    },
    /// A dNSName that is no host name, with `*.` before it or without (RFC 5280 section 4.2.1.6).
    InvalidDnsName {
        /// Of the subject or of the issuer.
        extension: Oid<'static>,
    },
    /// An rfc822Name that is no mailbox (RFC 5280 section 4.2.1.6).
    InvalidMailbox {
        /// Of the subject or of the issuer.
        extension: Oid<'static>,
    },
    /// A uniformResourceIdentifier that is relative, has forbidden characters, or has an authority without host
    /// (RFC 5280 section 4.2.1.6).
    InvalidUri {
        /// Of the subject or of the issuer.
        extension: Oid<'static>,
    },
    /// A CA in a path without basicConstraints (RFC 5280 section 4.2.1.9).
    MissingBasicConstraints,
    /// A certificate in the place of a CA whose basicConstraints has no cA (RFC 5280 section 4.2.1.9).
    NotCa,
    /// pathLenConstraint without cA, or without keyCertSign (RFC 5280 section 4.2.1.9).
    PathLengthWithoutSigning {
        /// The constraint.
        path_length: u32,
    },
    /// nameConstraints, though basicConstraints makes it no CA (RFC 5280 section 4.2.1.10).
    NameConstraintsWithoutCa,
    /// A subtree with a minimum other than 0, or a maximum (RFC 5280 section 4.2.1.10).
    SubtreeDistance {
        /// `minimum`
        minimum: u32,
        /// `maximum`
        maximum: Option<u32>,
    },
    /// A cRLIssuer that has another name than directory names (RFC 5280 section 4.2.1.13).
    CrlIssuerNameForm,
    /// A cRLIssuer that is the issuer of the certificate, where it has to be omitted (RFC 5280 section 4.2.1.13).
    CrlIssuerIsIssuer,
    /// A distribution point named relative to more than one CRL issuer (RFC 5280 section 4.2.1.13).
    AmbiguousRelativeName {
        /// How many there are.
        issuers: usize,
    },
    /// No distribution point is for all reasons (RFC 5280 section 4.2.1.13).
    NoCrlForAllReasons,

    /// An RSA key with too short a modulus (Baseline Requirements 6.1.5).
    RsaKeyTooShort {
        /// Bits in the modulus.
        bits: usize,
        /// Bits that it needs.
        least: usize,
    },
    /// An RSA key whose modulus has a number of bits that 8 does not divide (Baseline Requirements 6.1.5).
    RsaKeyNotInOctets {
        /// Bits in the modulus.
        bits: usize,
    },
    /// A key of a kind that is not RSA, P-256, P-384 or P-521 (Baseline Requirements 6.1.5).
    ForbiddenKey {
        /// The kind.
        kind: KeyKind,
    },
    /// A certificate of this version, where only 3 may be (Baseline Requirements 7.1.1).
    NotVersion3(u8),
    /// extKeyUsage in a root (Baseline Requirements 7.1.2.1.2).
    ExtendedKeyUsageInRoot,
    /// authorityKeyIdentifier of a root does not have its subjectKeyIdentifier (Baseline Requirements 7.1.2.1.3).
    RootKeyIdentifierMismatch,
    /// A subscriber without extKeyUsage (Baseline Requirements 7.1.2.7.6).
    MissingExtendedKeyUsage,
    /// A critical extKeyUsage of a subscriber (Baseline Requirements 7.1.2.7.6).
    CriticalExtendedKeyUsage,
    /// A subscriber that is a CA (Baseline Requirements 7.1.2.7.8).
    SubscriberIsCa,
    /// An extKeyUsage of a subscriber without serverAuth (Baseline Requirements 7.1.2.7.10).
    MissingServerAuth,
    /// A purpose that a subscriber must not have (Baseline Requirements 7.1.2.7.10).
    ForbiddenPurpose {
        /// The purpose.
        purpose: Oid<'static>,
    },
    /// A keyUsage of a subscriber with keyCertSign or cRLSign (Baseline Requirements 7.1.2.7.11).
    SubscriberSigns {
        /// All it has.
        usage: KeyUsage,
    },
    /// A subscriber without subjectAltName (Baseline Requirements 7.1.2.7.12).
    MissingSubjectAltName,
    /// A critical subjectAltName beside a subject (Baseline Requirements 7.1.2.7.12).
    CriticalSubjectAltName,
    /// An alternative name of a subscriber that is neither a DNS name nor an address (Baseline Requirements 7.1.2.7.12).
    ForbiddenNameForm,
    /// A wildcard over a single label, as `*.com` (Baseline Requirements 3.2.2.6).
    WildcardOverPublicSuffix,
    /// authorityKeyIdentifier with an issuer or a serial number (Baseline Requirements 7.1.2.11.1; for roots 7.1.2.1.3).
    AuthorityIssuerOrSerial,
    /// An EC key that writes out its curve, or says nothing of it (Baseline Requirements 7.1.3.1.2).
    ExplicitCurve,
    /// A signature algorithm other than RSA or ECDSA with SHA-256, SHA-384 or SHA-512 (Baseline Requirements 7.1.3.2).
    ForbiddenSignatureAlgorithm,
    /// The subject of a subscriber has more than one commonName (Baseline Requirements 7.1.4.3).
    SeveralCommonNames,
    /// The commonName of a subscriber is none of its alternative names in their one text form
    /// (Baseline Requirements 7.1.4.3).
    CommonNameNotAlternative,
}

impl ProfileViolation {
    /// The section that has the rule.
    #[must_use]
    pub fn section(&self) -> &'static str {
        match self {
            Self::BerBoolean => "RFC 5280 section 4.1",
            Self::SignatureAlgorithmMismatch => "RFC 5280 section 4.1.1.2",
            Self::ExtensionsInVersion(_) => "RFC 5280 section 4.1.2.1",
            Self::SerialNumberNotPositive | Self::SerialNumberTooLong { .. } => "RFC 5280 section 4.1.2.2",
            Self::EmptyIssuer => "RFC 5280 section 4.1.2.4",
            Self::EmptySubjectOfIssuer | Self::Unnamed => "RFC 5280 section 4.1.2.6",
            Self::UniqueIdentifier => "RFC 5280 section 4.1.2.8",
            Self::EmptyExtensions => "RFC 5280 section 4.1.2.9",
            Self::MalformedExtension { extension, .. }
            | Self::CriticalExtension { extension }
            | Self::NonCriticalExtension { extension }
            | Self::EmptyGeneralName { extension }
            | Self::InvalidDnsName { extension }
            | Self::InvalidMailbox { extension }
            | Self::InvalidUri { extension } => described(*extension).1,
            Self::MissingAuthorityKeyIdentifier | Self::IncompleteAuthority => "RFC 5280 section 4.2.1.1",
            Self::MissingSubjectKeyIdentifier => "RFC 5280 section 4.2.1.2",
            Self::MissingKeyUsage | Self::KeyCertSignWithoutCa | Self::CaWithoutKeyCertSign { .. } => {
                "RFC 5280 section 4.2.1.3"
            }
            Self::DuplicatePolicy | Self::AnyPolicyQualifier => "RFC 5280 section 4.2.1.4",
            Self::AnyPolicyMapped => "RFC 5280 section 4.2.1.5",
            Self::MissingBasicConstraints | Self::NotCa | Self::PathLengthWithoutSigning { .. } => {
                "RFC 5280 section 4.2.1.9"
            }
            Self::NameConstraintsWithoutCa | Self::SubtreeDistance { .. } => "RFC 5280 section 4.2.1.10",
            Self::CrlIssuerNameForm
            | Self::CrlIssuerIsIssuer
            | Self::AmbiguousRelativeName { .. }
            | Self::NoCrlForAllReasons => "RFC 5280 section 4.2.1.13",
            Self::RsaKeyTooShort { .. } | Self::RsaKeyNotInOctets { .. } | Self::ForbiddenKey { .. } => {
                "CA/Browser TLS BR 6.1.5"
            }
            Self::NotVersion3(_) => "CA/Browser TLS BR 7.1.1",
            Self::ExtendedKeyUsageInRoot => "CA/Browser TLS BR 7.1.2.1.2",
            Self::RootKeyIdentifierMismatch => "CA/Browser TLS BR 7.1.2.1.3",
            Self::MissingExtendedKeyUsage | Self::CriticalExtendedKeyUsage => "CA/Browser TLS BR 7.1.2.7.6",
            Self::SubscriberIsCa => "CA/Browser TLS BR 7.1.2.7.8",
            Self::MissingServerAuth | Self::ForbiddenPurpose { .. } => "CA/Browser TLS BR 7.1.2.7.10",
            Self::SubscriberSigns { .. } => "CA/Browser TLS BR 7.1.2.7.11",
            Self::MissingSubjectAltName | Self::CriticalSubjectAltName | Self::ForbiddenNameForm => {
                "CA/Browser TLS BR 7.1.2.7.12"
            }
            Self::WildcardOverPublicSuffix => "CA/Browser TLS BR 3.2.2.6",
            Self::AuthorityIssuerOrSerial => "CA/Browser TLS BR 7.1.2.11.1",
            Self::ExplicitCurve => "CA/Browser TLS BR 7.1.3.1.2",
            Self::ForbiddenSignatureAlgorithm => "CA/Browser TLS BR 7.1.3.2",
            Self::SeveralCommonNames | Self::CommonNameNotAlternative => "CA/Browser TLS BR 7.1.4.3",
        }
    }

    /// What is wrong, without values.
    const fn text(&self) -> &'static str {
        match self {
            Self::BerBoolean => "a critical that is TRUE is not encoded as DER has it",
            Self::SignatureAlgorithmMismatch => "the signature algorithms inside and outside differ",
            Self::SerialNumberNotPositive => "the serial number is not positive",
            Self::EmptyIssuer => "the issuer is empty",
            Self::EmptySubjectOfIssuer => "the subject of a CA or CRL issuer is empty",
            Self::Unnamed => "there is neither a subject nor a subjectAltName",
            Self::UniqueIdentifier => "there is a unique identifier",
            Self::EmptyExtensions => "the list of extensions is empty",
            Self::MissingAuthorityKeyIdentifier => "authorityKeyIdentifier has no keyIdentifier, or is missing",
            Self::IncompleteAuthority => "authorityKeyIdentifier has one of issuer and serial number without the other",
            Self::MissingSubjectKeyIdentifier => "a CA has no subjectKeyIdentifier",
            Self::MissingKeyUsage => "a CA has no keyUsage",
            Self::KeyCertSignWithoutCa => "keyUsage has keyCertSign and basicConstraints makes it no CA",
            Self::DuplicatePolicy => "a policy occurs twice",
            Self::AnyPolicyQualifier => "anyPolicy has a qualifier that it may not have",
            Self::AnyPolicyMapped => "anyPolicy is mapped",
            Self::MissingBasicConstraints => "a CA has no basicConstraints",
            Self::NotCa => "basicConstraints of a CA has no cA",
            Self::NameConstraintsWithoutCa => "nameConstraints in a certificate that is no CA",
            Self::CrlIssuerNameForm => "a cRLIssuer is no directory name",
            Self::CrlIssuerIsIssuer => "a cRLIssuer is the issuer of the certificate",
            Self::NoCrlForAllReasons => "no distribution point is for all reasons",
            Self::ExtendedKeyUsageInRoot => "a root has extKeyUsage",
            Self::RootKeyIdentifierMismatch => "authorityKeyIdentifier of a root is not its subjectKeyIdentifier",
            Self::MissingExtendedKeyUsage => "a subscriber has no extKeyUsage",
            Self::CriticalExtendedKeyUsage => "extKeyUsage of a subscriber is critical",
            Self::SubscriberIsCa => "a subscriber is a CA",
            Self::MissingServerAuth => "extKeyUsage of a subscriber has no serverAuth",
            Self::MissingSubjectAltName => "a subscriber has no subjectAltName",
            Self::CriticalSubjectAltName => "subjectAltName is critical beside a subject",
            Self::ForbiddenNameForm => "an alternative name is neither a DNS name nor an address",
            Self::WildcardOverPublicSuffix => "a wildcard spans a public suffix",
            Self::AuthorityIssuerOrSerial => "authorityKeyIdentifier has an issuer or a serial number",
            Self::ExplicitCurve => "an EC key does not name its curve",
            Self::ForbiddenSignatureAlgorithm => "the signature algorithm is not permitted",
            Self::SeveralCommonNames => "the subject has more than one commonName",
            Self::CommonNameNotAlternative => "commonName repeats no alternative name",
            Self::AmbiguousRelativeName { .. }
            | Self::CaWithoutKeyCertSign { .. }
            | Self::CriticalExtension { .. }
            | Self::EmptyGeneralName { .. }
            | Self::ExtensionsInVersion(_)
            | Self::ForbiddenKey { .. }
            | Self::ForbiddenPurpose { .. }
            | Self::InvalidDnsName { .. }
            | Self::InvalidMailbox { .. }
            | Self::InvalidUri { .. }
            | Self::MalformedExtension { .. }
            | Self::NonCriticalExtension { .. }
            | Self::NotVersion3(_)
            | Self::PathLengthWithoutSigning { .. }
            | Self::RsaKeyNotInOctets { .. }
            | Self::RsaKeyTooShort { .. }
            | Self::SerialNumberTooLong { .. }
            | Self::SubscriberSigns { .. }
            | Self::SubtreeDistance { .. } => "",
        }
    }
}

impl fmt::Display for ProfileViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |extension: &Oid<'static>| described(*extension).0;
        match self {
            Self::ExtensionsInVersion(version) => write!(f, "extensions in version {version}, where they need 3"),
            Self::SerialNumberTooLong { octets } => write!(f, "the serial number has {octets} octets, 20 at most"),
            Self::MalformedExtension { extension, error } => write!(f, "{} is malformed: {error}", name(extension)),
            Self::CriticalExtension { extension } => write!(f, "{} is critical", name(extension)),
            Self::NonCriticalExtension { extension } => write!(f, "{} is not critical", name(extension)),
            Self::CaWithoutKeyCertSign { usage } => write!(f, "keyUsage of a CA is {usage}, without keyCertSign"),
            Self::EmptyGeneralName { extension } => write!(f, "a name in {} is empty", name(extension)),
            Self::InvalidDnsName { extension } => write!(f, "a dNSName in {} is no host name", name(extension)),
            Self::InvalidMailbox { extension } => write!(f, "an rfc822Name in {} is no mailbox", name(extension)),
            Self::InvalidUri { extension } => write!(f, "a URI in {} is not absolute, or no URI", name(extension)),
            Self::PathLengthWithoutSigning { path_length } => {
                write!(f, "a path length of {path_length} without cA or without keyCertSign")
            }
            Self::SubtreeDistance { minimum, maximum: None } => {
                write!(f, "a subtree has a minimum of {minimum}, not 0")
            }
            Self::SubtreeDistance { minimum, maximum: Some(maximum) } => {
                write!(f, "a subtree has a minimum of {minimum} and a maximum of {maximum}, not 0 and none")
            }
            Self::AmbiguousRelativeName { issuers } => {
                write!(f, "a distribution point is named relative to {issuers} CRL issuers")
            }
            Self::RsaKeyTooShort { bits, least } => write!(f, "an RSA key of {bits} bits, {least} at least"),
            Self::RsaKeyNotInOctets { bits } => write!(f, "an RSA key of {bits} bits, which 8 does not divide"),
            Self::ForbiddenKey { kind } => write!(f, "a key of kind {kind}, where RSA, P-256, P-384 or P-521 may be"),
            Self::NotVersion3(version) => write!(f, "version {version}, where 3 has to be"),
            Self::ForbiddenPurpose { purpose } => write!(f, "extKeyUsage of a subscriber has {purpose}"),
            Self::SubscriberSigns { usage } => write!(f, "keyUsage of a subscriber is {usage}"),
            plain => f.write_str(plain.text()),
        }?;
        write!(f, " ({})", self.section())
    }
}

impl core::error::Error for ProfileViolation {}

/// The name of a standard extension, and its section.
fn described(extension: Oid<'_>) -> (&'static str, &'static str) {
    let known = EXTENSIONS.iter().find(|(oid, ..)| *oid == extension);
    known.map_or(("an extension", "RFC 5280 section 4.2"), |(_, name, section)| (name, section))
}

const EXTENSIONS: [(Oid<'static>, &str, &str); 17] = [
    (oid::AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier", "RFC 5280 section 4.2.1.1"),
    (oid::SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier", "RFC 5280 section 4.2.1.2"),
    (oid::KEY_USAGE, "keyUsage", "RFC 5280 section 4.2.1.3"),
    (oid::CERTIFICATE_POLICIES, "certificatePolicies", "RFC 5280 section 4.2.1.4"),
    (oid::POLICY_MAPPINGS, "policyMappings", "RFC 5280 section 4.2.1.5"),
    (oid::SUBJECT_ALT_NAME, "subjectAltName", "RFC 5280 section 4.2.1.6"),
    (oid::ISSUER_ALT_NAME, "issuerAltName", "RFC 5280 section 4.2.1.7"),
    (oid::SUBJECT_DIRECTORY_ATTRIBUTES, "subjectDirectoryAttributes", "RFC 5280 section 4.2.1.8"),
    (oid::BASIC_CONSTRAINTS, "basicConstraints", "RFC 5280 section 4.2.1.9"),
    (oid::NAME_CONSTRAINTS, "nameConstraints", "RFC 5280 section 4.2.1.10"),
    (oid::POLICY_CONSTRAINTS, "policyConstraints", "RFC 5280 section 4.2.1.11"),
    (oid::EXT_KEY_USAGE, "extKeyUsage", "RFC 5280 section 4.2.1.12"),
    (oid::CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints", "RFC 5280 section 4.2.1.13"),
    (oid::INHIBIT_ANY_POLICY, "inhibitAnyPolicy", "RFC 5280 section 4.2.1.14"),
    (oid::FRESHEST_CRL, "freshestCRL", "RFC 5280 section 4.2.1.15"),
    (oid::AUTHORITY_INFO_ACCESS, "authorityInfoAccess", "RFC 5280 section 4.2.2.1"),
    (oid::SUBJECT_INFO_ACCESS, "subjectInfoAccess", "RFC 5280 section 4.2.2.2"),
];
