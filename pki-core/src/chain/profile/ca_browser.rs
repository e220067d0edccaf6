//! The CA/Browser Forum's Baseline Requirements for TLS server certificates, sections 6.1.5 and 7, in their order. The rules
//! of RFC 5280 come first, and say what is malformed.

use core::fmt::{self, Write as _};

use super::{ProfileViolation, Role, Rule, Verdict, refuse, subject::Subject, syntax};
use crate::{
    cert::extension::{AuthorityKeyIdentifier, Criticality, KeyUsage, SubjectKeyIdentifier},
    der::{SequenceOf, Tag},
    key::KeyKind,
    name::{GeneralName, GeneralNames},
    oid::{self, Oid},
};

pub(super) const RULES: &[Rule] = &[
    key_size,
    version,
    root_extended_key_usage,
    root_authority_key_identifier,
    subscriber_extended_key_usage,
    subscriber_basic_constraints,
    subscriber_purposes,
    subscriber_key_usage,
    subscriber_alternative_names,
    authority_key_identifier,
    named_curve,
    signature_algorithm,
    common_name,
];

/// Section 6.1.5: RSA of 2048 bits and more, in whole octets; P-256, P-384 and P-521.
fn key_size(of: &Subject<'_>) -> Verdict {
    match of.certificate.public_key().kind() {
        KeyKind::Rsa { bits } if bits < LEAST_RSA_BITS => {
            Err(ProfileViolation::RsaKeyTooShort { bits, least: LEAST_RSA_BITS })
        }
        KeyKind::Rsa { bits } => refuse(!bits.is_multiple_of(8), ProfileViolation::RsaKeyNotInOctets { bits }),
        KeyKind::P256 | KeyKind::P384 | KeyKind::P521 => Ok(()),
        // Said by the rule of section 7.1.3.1.2.
        _ if has_explicit_curve(of) => Ok(()),
        kind => Err(ProfileViolation::ForbiddenKey { kind }),
    }
}

/// Section 7.1.1: version 3.
fn version(of: &Subject<'_>) -> Verdict {
    let version = of.certificate.version();
    refuse(version != 3, ProfileViolation::NotVersion3(version))
}

/// Section 7.1.2.1.2: no extKeyUsage in roots.
fn root_extended_key_usage(of: &Subject<'_>) -> Verdict {
    refuse(of.fields.extended_key_usage.is_some() && is_root(of), ProfileViolation::ExtendedKeyUsageInRoot)
}

/// Section 7.1.2.1.3: in roots, where it is there, the keyIdentifier is the subjectKeyIdentifier.
fn root_authority_key_identifier(of: &Subject<'_>) -> Verdict {
    let Some(authority) = of.readable::<AuthorityKeyIdentifier<'_>>(of.fields.authority_key_identifier) else {
        return Ok(());
    };
    if !is_root(of) {
        return Ok(());
    }
    let own = of.readable::<SubjectKeyIdentifier<'_>>(of.fields.subject_key_identifier);
    let agree =
        authority.key_identifier.is_some() && authority.key_identifier == own.map(SubjectKeyIdentifier::as_bytes);
    refuse(!agree, ProfileViolation::RootKeyIdentifierMismatch)
}

/// Section 7.1.2.7.6: extKeyUsage is there, and not critical.
fn subscriber_extended_key_usage(of: &Subject<'_>) -> Verdict {
    if of.role != Role::Target {
        return Ok(());
    }
    let field = of.fields.extended_key_usage.ok_or(ProfileViolation::MissingExtendedKeyUsage)?;
    refuse(field.criticality == Criticality::Critical, ProfileViolation::CriticalExtendedKeyUsage)
}

/// Section 7.1.2.7.8: no CA.
fn subscriber_basic_constraints(of: &Subject<'_>) -> Verdict {
    refuse(of.role == Role::Target && of.is_ca(), ProfileViolation::SubscriberIsCa)
}

/// Section 7.1.2.7.10: serverAuth, and none of the purposes that must not be beside it.
fn subscriber_purposes(of: &Subject<'_>) -> Verdict {
    let Some(purposes) = of.readable::<SequenceOf<'_, Oid<'_>>>(of.fields.extended_key_usage) else { return Ok(()) };
    if of.role != Role::Target {
        return Ok(());
    }
    let forbidden = FORBIDDEN_PURPOSES.iter().find(|purpose| purposes.contains(purpose));
    if let Some(purpose) = forbidden {
        return Err(ProfileViolation::ForbiddenPurpose { purpose: *purpose });
    }
    refuse(!purposes.contains(&oid::SERVER_AUTH), ProfileViolation::MissingServerAuth)
}

/// Section 7.1.2.7.11: neither keyCertSign nor cRLSign.
fn subscriber_key_usage(of: &Subject<'_>) -> Verdict {
    let signs = |usage: &KeyUsage| usage.intersects(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN);
    match of.key_usage.filter(signs) {
        Some(usage) if of.role == Role::Target => Err(ProfileViolation::SubscriberSigns { usage }),
        _ => Ok(()),
    }
}

/// Section 7.1.2.7.12: subjectAltName is there, critical if the subject is empty and else not, of DNS names and addresses
/// alone. A wildcard over a single label spans a public suffix, whatever the list (section 3.2.2.6).
fn subscriber_alternative_names(of: &Subject<'_>) -> Verdict {
    if of.role != Role::Target {
        return Ok(());
    }
    let field = of.fields.subject_alternatives.ok_or(ProfileViolation::MissingSubjectAltName)?;
    if field.criticality == Criticality::Critical && !of.certificate.subject().is_empty() {
        return Err(ProfileViolation::CriticalSubjectAltName);
    }
    let names = of.readable::<GeneralNames<'_>>(Some(field));
    names.into_iter().flat_map(SequenceOf::iter).try_for_each(|name| match name {
        GeneralName::DnsName(name) => {
            let below = name.strip_prefix("*.");
            refuse(below.is_some_and(|below| !below.contains('.')), ProfileViolation::WildcardOverPublicSuffix)
        }
        GeneralName::IpAddress(_) => Ok(()),
        _ => Err(ProfileViolation::ForbiddenNameForm),
    })
}

/// Sections 7.1.2.1.3 and 7.1.2.11.1: neither authorityCertIssuer nor authorityCertSerialNumber.
fn authority_key_identifier(of: &Subject<'_>) -> Verdict {
    let authority = of.readable::<AuthorityKeyIdentifier<'_>>(of.fields.authority_key_identifier);
    let named = authority.is_some_and(|authority| authority.issuer.is_some() || authority.serial_number.is_some());
    refuse(named, ProfileViolation::AuthorityIssuerOrSerial)
}

/// Section 7.1.3.1.2: an EC key names its curve.
fn named_curve(of: &Subject<'_>) -> Verdict {
    refuse(has_explicit_curve(of), ProfileViolation::ExplicitCurve)
}

/// Section 7.1.3.2: RSA and ECDSA with SHA-256, SHA-384 and SHA-512. Of RSASSA-PSS the parameters are not looked at. Not for
/// anchors, whose signature nobody relies on.
fn signature_algorithm(of: &Subject<'_>) -> Verdict {
    let algorithm = of.certificate.signature_algorithm().oid;
    let permitted = of.role == Role::Anchor || SIGNATURE_ALGORITHMS.contains(&algorithm);
    refuse(!permitted, ProfileViolation::ForbiddenSignatureAlgorithm)
}

/// Section 7.1.4.3: the commonName of a subscriber, if there is one, is one of the alternative names: a DNS name to the
/// letter, an address in the one text form that RFC 3986 or RFC 5952 gives it.
///
/// Laxer than the section: a domain name is let pass where no alternative name is one, as `example.com` beside
/// `*.example.com` or beside an address. Such certificates are about, and nobody finds a name in commonName.
fn common_name(of: &Subject<'_>) -> Verdict {
    if of.role != Role::Target {
        return Ok(());
    }
    let mut common_names = of.certificate.subject().attributes().filter(|it| it.oid == oid::COMMON_NAME);
    let Some(common_name) = common_names.next() else { return Ok(()) };
    if common_names.next().is_some() {
        return Err(ProfileViolation::SeveralCommonNames);
    }
    let text = match common_name.tag {
        Tag::UTF8_STRING | Tag::PRINTABLE_STRING => str::from_utf8(common_name.value).ok(),
        _ => None,
    };
    let text = text.ok_or(ProfileViolation::CommonNameNotAlternative)?;
    let names = of.readable::<GeneralNames<'_>>(of.fields.subject_alternatives);
    let names = || names.into_iter().flat_map(SequenceOf::iter);
    if names().any(|name| is_text_of(text, &name)) {
        return Ok(());
    }
    let comparable = names().any(|name| matches!(name, GeneralName::DnsName(name) if is_domain_name(name)));
    refuse(comparable || !is_domain_name(text), ProfileViolation::CommonNameNotAlternative)
}

/// Whether it is a host name of two labels or more.
fn is_domain_name(text: &str) -> bool {
    text.contains('.') && syntax::is_host_name(text)
}

fn is_text_of(text: &str, name: &GeneralName<'_>) -> bool {
    match name {
        GeneralName::DnsName(name) => text == *name,
        _ => name.ip_address().is_some_and(|address| {
            // `IpAddr` displays as those RFCs have it.
            let mut rest = Unmatched(text);
            write!(rest, "{address}").is_ok() && rest.0.is_empty()
        }),
    }
}

fn is_root(of: &Subject<'_>) -> bool {
    of.role == Role::Anchor && of.certificate.is_self_issued()
}

fn has_explicit_curve(of: &Subject<'_>) -> bool {
    let algorithm = of.certificate.public_key().algorithm();
    let is_named = |der: &[u8]| der.first() == Some(&Tag::OID.as_byte());
    algorithm.oid == oid::EC_PUBLIC_KEY && !algorithm.parameters.is_some_and(is_named)
}

/// A text from which what is written is taken off the front.
struct Unmatched<'a>(&'a str);

impl fmt::Write for Unmatched<'_> {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(fmt::Error)?;
        Ok(())
    }
}

const LEAST_RSA_BITS: usize = 2048;

const FORBIDDEN_PURPOSES: [Oid<'static>; 5] =
    [oid::ANY_EXTENDED_KEY_USAGE, oid::CODE_SIGNING, oid::EMAIL_PROTECTION, oid::OCSP_SIGNING, oid::TIME_STAMPING];

const SIGNATURE_ALGORITHMS: [Oid<'static>; 7] = [
    oid::SHA256_WITH_RSA,
    oid::SHA384_WITH_RSA,
    oid::SHA512_WITH_RSA,
    oid::RSASSA_PSS,
    oid::ECDSA_WITH_SHA256,
    oid::ECDSA_WITH_SHA384,
    oid::ECDSA_WITH_SHA512,
];
