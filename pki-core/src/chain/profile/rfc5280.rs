//! RFC 5280 section 4: what conforming certificates are like, in the order of the RFC.

use alloc::vec::Vec;

use super::{
    ProfileViolation, Role, Rule, Rules, Verdict, refuse,
    subject::{Field, Subject},
    syntax,
};
use crate::{
    cert::{
        CertificateOddity,
        extension::{
            AccessDescription, AuthorityKeyIdentifier, DistributionPoint, DistributionPointName, KeyUsage,
            NameConstraints, PolicyConstraints, PolicyInformation, PolicyMapping, SubjectKeyIdentifier,
        },
    },
    csr::Attribute,
    der::{Decode, Reader, SequenceOf},
    name::{GeneralName, GeneralNames},
    oid::{self, Oid},
};

pub(super) const RULES: &[Rule] = &[
    booleans_are_der,
    algorithms_agree,
    version,
    serial_number,
    issuer,
    subject,
    unique_identifiers,
    extensions,
    authority_key_identifier,
    subject_key_identifier,
    key_usage,
    certificate_policies,
    policy_mappings,
    subject_alt_name,
    issuer_alt_name,
    subject_directory_attributes,
    basic_constraints,
    path_length,
    name_constraints,
    policy_constraints,
    extended_key_usage,
    crl_distribution_points,
    inhibit_any_policy,
    freshest_crl,
    authority_info_access,
    subject_info_access,
];

/// Section 4.1: DER, in which TRUE is `FF`.
fn booleans_are_der(of: &Subject<'_>) -> Verdict {
    refuse(of.certificate.oddities().any(|it| it == CertificateOddity::BerBoolean), ProfileViolation::BerBoolean)
}

/// Section 4.1.1.2: `signatureAlgorithm` is the `signature` of what is signed. In a path the signature shows it; no signature
/// of an anchor is verified.
fn algorithms_agree(of: &Subject<'_>) -> Verdict {
    let inside = of.certificate.tbs_signature_algorithm();
    refuse(of.certificate.signature_algorithm() != inside, ProfileViolation::SignatureAlgorithmMismatch)
}

/// Sections 4.1.2.1 and 4.1.2.9: version 3 where there are extensions.
fn version(of: &Subject<'_>) -> Verdict {
    let version = of.certificate.version();
    let has_extensions = !of.certificate.extensions().is_empty();
    refuse(has_extensions && version < 3, ProfileViolation::ExtensionsInVersion(version))
}

/// Section 4.1.2.2: positive, of at most 20 octets. Not for anchors: roots with the serial number 0 are in use.
fn serial_number(of: &Subject<'_>) -> Verdict {
    match of.certificate.serial_number() {
        _ if of.role == Role::Anchor => Ok(()),
        [0] | [0x80..=0xff, ..] => Err(ProfileViolation::SerialNumberNotPositive),
        serial => refuse(serial.len() > 20, ProfileViolation::SerialNumberTooLong { octets: serial.len() }),
    }
}

/// Section 4.1.2.4: not empty.
fn issuer(of: &Subject<'_>) -> Verdict {
    refuse(of.certificate.issuer().is_empty(), ProfileViolation::EmptyIssuer)
}

/// Section 4.1.2.6: not empty in certificates of CAs and CRL issuers; in others, if empty, there is a critical
/// subjectAltName (also section 4.2.1.6).
fn subject(of: &Subject<'_>) -> Verdict {
    if !of.certificate.subject().is_empty() {
        return Ok(());
    }
    if of.is_ca() || of.signs_certificates() || of.asserts(KeyUsage::CRL_SIGN) {
        return Err(ProfileViolation::EmptySubjectOfIssuer);
    }
    of.fields.subject_alternatives.ok_or(ProfileViolation::Unnamed)?.expect_critical()
}

/// Section 4.1.2.8: none.
fn unique_identifiers(of: &Subject<'_>) -> Verdict {
    let certificate = of.certificate;
    let present = certificate.issuer_unique_id().is_some() || certificate.subject_unique_id().is_some();
    refuse(present, ProfileViolation::UniqueIdentifier)
}

/// Section 4.1.2.9: one or more, where there is a list.
fn extensions(of: &Subject<'_>) -> Verdict {
    let certificate = of.certificate;
    let empty = certificate.extensions().is_empty()
        && certificate.oddities().any(|oddity| oddity == CertificateOddity::EmptyExtensions);
    refuse(empty, ProfileViolation::EmptyExtensions)
}

/// Section 4.2.1.1: not critical, with a keyIdentifier unless self-signed; issuer and serial number both or neither
/// (appendix A.2). Whether an anchor is self-signed though its names differ takes [`super::must_be_self_signed`].
fn authority_key_identifier(of: &Subject<'_>) -> Verdict {
    let field = of.fields.authority_key_identifier;
    field.map_or(Ok(()), |field| field.expect_non_critical())?;
    let identifier = of.read::<AuthorityKeyIdentifier<'_>>(field)?;
    let identified = identifier.is_some_and(|identifier| identifier.key_identifier.is_some());
    if !identified && of.role != Role::Anchor && !of.certificate.is_self_issued() {
        return Err(ProfileViolation::MissingAuthorityKeyIdentifier);
    }
    let half = identifier.is_some_and(|identifier| identifier.issuer.is_some() != identifier.serial_number.is_some());
    refuse(half, ProfileViolation::IncompleteAuthority)
}

/// Section 4.2.1.2: not critical, and in every CA certificate.
fn subject_key_identifier(of: &Subject<'_>) -> Verdict {
    let field = of.fields.subject_key_identifier;
    field.map_or(Ok(()), |field| field.expect_non_critical())?;
    let identifier = of.read::<SubjectKeyIdentifier<'_>>(field)?;
    refuse(identifier.is_none() && of.is_ca(), ProfileViolation::MissingSubjectKeyIdentifier)
}

/// Section 4.2.1.3: present where the key verifies certificates, and with keyCertSign there; keyCertSign in CA certificates
/// alone. That one bit is set is checked when it is read. Anchors may lack it, as old roots do.
fn key_usage(of: &Subject<'_>) -> Verdict {
    if of.asserts(KeyUsage::KEY_CERT_SIGN) {
        // Where it signs, the rules of basicConstraints say what is missing.
        return refuse(!of.is_ca() && !of.signs_certificates(), ProfileViolation::KeyCertSignWithoutCa);
    }
    match of.key_usage {
        _ if !of.signs_certificates() => Ok(()),
        None => refuse(of.role == Role::Intermediate, ProfileViolation::MissingKeyUsage),
        Some(usage) => Err(ProfileViolation::CaWithoutKeyCertSign { usage }),
    }
}

/// Section 4.2.1.4: no policy twice; anyPolicy with the two qualifiers of the RFC alone.
fn certificate_policies(of: &Subject<'_>) -> Verdict {
    let Some(policies) = of.read::<SequenceOf<'_, PolicyInformation<'_>>>(of.fields.certificate_policies)? else {
        return Ok(());
    };
    if has_duplicates(policies) {
        return Err(ProfileViolation::DuplicatePolicy);
    }
    let foreign = policies.iter().any(|information| {
        information.policy == oid::ANY_POLICY && information.qualifiers.is_some_and(has_foreign_qualifier)
    });
    refuse(foreign, ProfileViolation::AnyPolicyQualifier)
}

/// Section 4.2.1.5: neither to nor from anyPolicy.
fn policy_mappings(of: &Subject<'_>) -> Verdict {
    let Some(mappings) = of.read::<SequenceOf<'_, PolicyMapping<'_>>>(of.fields.policy_mappings)? else {
        return Ok(());
    };
    let mut sides = mappings.iter().flat_map(|it| [it.issuer_domain_policy, it.subject_domain_policy]);
    refuse(sides.any(|policy| policy == oid::ANY_POLICY), ProfileViolation::AnyPolicyMapped)
}

/// Section 4.2.1.6: names in their syntax, none empty.
fn subject_alt_name(of: &Subject<'_>) -> Verdict {
    alternative_names(of, of.fields.subject_alternatives, oid::SUBJECT_ALT_NAME)
}

/// Section 4.2.1.7: encoded as in section 4.2.1.6.
fn issuer_alt_name(of: &Subject<'_>) -> Verdict {
    alternative_names(of, of.fields.issuer_alternatives, oid::ISSUER_ALT_NAME)
}

/// Section 4.2.1.8: not critical.
fn subject_directory_attributes(of: &Subject<'_>) -> Verdict {
    let field = of.fields.subject_attributes;
    expect_non_critical::<SequenceOf<'_, Attribute<'_>>>(of, field)
}

/// Section 4.2.1.9: present and critical, with cA, where the key verifies certificates.
fn basic_constraints(of: &Subject<'_>) -> Verdict {
    let Some(field) = of.fields.basic_constraints else {
        return refuse(of.signs_certificates(), ProfileViolation::MissingBasicConstraints);
    };
    if of.signs_certificates() && !of.is_ca() {
        return Err(ProfileViolation::NotCa);
    }
    if of.signs_certificates() || of.is_ca() && of.asserts(KeyUsage::KEY_CERT_SIGN) {
        return field.expect_critical();
    }
    Ok(())
}

/// Section 4.2.1.9: pathLenConstraint with cA and keyCertSign alone.
fn path_length(of: &Subject<'_>) -> Verdict {
    let Some(path_length) = of.basic_constraints.and_then(|constraints| constraints.path_length) else { return Ok(()) };
    let may_sign = of.is_ca() && of.asserts(KeyUsage::KEY_CERT_SIGN);
    refuse(!may_sign, ProfileViolation::PathLengthWithoutSigning { path_length })
}

/// Section 4.2.1.10: critical, in CA certificates alone; minimum 0 and maximum absent. The Baseline Requirements, section
/// 7.1.2.10.8, let it be non-critical.
fn name_constraints(of: &Subject<'_>) -> Verdict {
    let Some(field) = of.fields.name_constraints else { return Ok(()) };
    if !of.is_ca() {
        return Err(ProfileViolation::NameConstraintsWithoutCa);
    }
    if of.rules != Rules::CaBrowser {
        field.expect_critical()?;
    }
    let Some(constraints) = of.read::<NameConstraints<'_>>(Some(field))? else { return Ok(()) };
    let lists = [constraints.permitted, constraints.excluded].into_iter().flatten();
    let distant = lists.flat_map(SequenceOf::iter).find(|subtree| subtree.minimum != 0 || subtree.maximum.is_some());
    match distant {
        Some(subtree) => Err(ProfileViolation::SubtreeDistance { minimum: subtree.minimum, maximum: subtree.maximum }),
        None => Ok(()),
    }
}

/// Section 4.2.1.11: critical, and not empty.
fn policy_constraints(of: &Subject<'_>) -> Verdict {
    expect_critical::<PolicyConstraints>(of, of.fields.policy_constraints)
}

/// Section 4.2.1.12: one purpose at least.
fn extended_key_usage(of: &Subject<'_>) -> Verdict {
    of.read::<SequenceOf<'_, Oid<'_>>>(of.fields.extended_key_usage).map(drop)
}

/// Section 4.2.1.13: no cRLIssuer that is the issuer; nothing but directory names there, and one of them beside a relative
/// name; one point at least for all reasons.
fn crl_distribution_points(of: &Subject<'_>) -> Verdict {
    let Some(points) = of.read::<SequenceOf<'_, DistributionPoint<'_>>>(of.fields.distribution_points)? else {
        return Ok(());
    };
    let mut covers_all = false;
    for point in points.iter() {
        covers_all |= point.reasons.is_none();
        let Some(issuers) = point.crl_issuer else { continue };
        let mut count = 0;
        for name in issuers.iter() {
            let GeneralName::DirectoryName(name) = name else { return Err(ProfileViolation::CrlIssuerNameForm) };
            if name.matches(of.certificate.issuer()) {
                return Err(ProfileViolation::CrlIssuerIsIssuer);
            }
            count += 1;
        }
        if count > 1 && matches!(point.name, Some(DistributionPointName::RelativeToCrlIssuer(_))) {
            return Err(ProfileViolation::AmbiguousRelativeName { issuers: count });
        }
    }
    refuse(!covers_all, ProfileViolation::NoCrlForAllReasons)
}

/// Section 4.2.1.14: critical.
fn inhibit_any_policy(of: &Subject<'_>) -> Verdict {
    expect_critical::<u32>(of, of.fields.inhibit_any_policy)
}

/// Section 4.2.1.15: not critical.
fn freshest_crl(of: &Subject<'_>) -> Verdict {
    expect_non_critical::<SequenceOf<'_, DistributionPoint<'_>>>(of, of.fields.freshest_crl)
}

/// Section 4.2.2.1: not critical, and not empty.
fn authority_info_access(of: &Subject<'_>) -> Verdict {
    expect_non_critical::<SequenceOf<'_, AccessDescription<'_>>>(of, of.fields.authority_information)
}

/// Section 4.2.2.2: not critical, and not empty.
fn subject_info_access(of: &Subject<'_>) -> Verdict {
    expect_non_critical::<SequenceOf<'_, AccessDescription<'_>>>(of, of.fields.subject_information)
}

fn expect_critical<'a, T: Decode<'a>>(of: &Subject<'a>, field: Option<Field<'a>>) -> Verdict {
    field.map_or(Ok(()), |field| field.expect_critical())?;
    of.read::<T>(field).map(drop)
}

fn expect_non_critical<'a, T: Decode<'a>>(of: &Subject<'a>, field: Option<Field<'a>>) -> Verdict {
    field.map_or(Ok(()), |field| field.expect_non_critical())?;
    of.read::<T>(field).map(drop)
}

fn alternative_names<'a>(of: &Subject<'a>, field: Option<Field<'a>>, extension: Oid<'static>) -> Verdict {
    let Some(names) = of.read::<GeneralNames<'_>>(field)? else { return Ok(()) };
    names.iter().try_for_each(|name| match name {
        GeneralName::Rfc822Name("") | GeneralName::DnsName("") | GeneralName::Uri("") => {
            Err(ProfileViolation::EmptyGeneralName { extension })
        }
        GeneralName::DirectoryName(name) => refuse(name.is_empty(), ProfileViolation::EmptyGeneralName { extension }),
        GeneralName::DnsName(name) => {
            refuse(!syntax::is_dns_name(name), ProfileViolation::InvalidDnsName { extension })
        }
        GeneralName::Rfc822Name(name) => {
            refuse(!syntax::is_mailbox(name), ProfileViolation::InvalidMailbox { extension })
        }
        GeneralName::Uri(name) => refuse(!syntax::is_absolute_uri(name), ProfileViolation::InvalidUri { extension }),
        _ => Ok(()),
    })
}

/// Compares all with all where there are few, and sorts them where there are many.
fn has_duplicates(policies: SequenceOf<'_, PolicyInformation<'_>>) -> bool {
    let mut few = [None; FEW_POLICIES];
    let mut rest = policies.iter().map(|information| information.policy);
    for (slot, policy) in few.iter_mut().zip(&mut rest) {
        *slot = Some(policy);
    }
    if rest.next().is_some() {
        let mut sorted: Vec<_> = policies.iter().map(|information| information.policy).collect();
        sorted.sort_unstable();
        return sorted.windows(2).any(|pair| matches!(pair, [first, second] if first == second));
    }
    let mut known = few.iter().flatten();
    while let Some(policy) = known.next() {
        if known.clone().any(|other| other == policy) {
            return true;
        }
    }
    false
}

/// Whether some `PolicyQualifierInfo` is neither a CPS pointer nor a user notice, or can't be read.
fn has_foreign_qualifier(list: &[u8]) -> bool {
    let Ok(mut qualifiers) = Reader::new(list).sequence() else { return true };
    while !qualifiers.is_empty() {
        match qualifiers.sequence().and_then(|mut qualifier| qualifier.oid()) {
            Ok(id) if id.as_bytes() == QT_CPS || id.as_bytes() == QT_USER_NOTICE => {}
            _ => return true,
        }
    }
    false
}

const FEW_POLICIES: usize = 16;

/// id-qt-cps, `1.3.6.1.5.5.7.2.1`.
const QT_CPS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2, 1];

/// id-qt-unotice, `1.3.6.1.5.5.7.2.2`.
const QT_USER_NOTICE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2, 2];
