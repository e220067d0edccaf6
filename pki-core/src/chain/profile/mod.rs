//! [`ValidationProfile`]: rules on single certificates beyond path processing.

mod ca_browser;
mod rfc5280;
mod subject;
mod syntax;
mod violation;

pub use violation::ProfileViolation;

use self::subject::Subject;
use crate::cert::Certificate;

/// What certificates of a path have to be like beyond what RFC 5280 section 6 asks of the path.
///
/// Each rule looks at one certificate and at its place in the path; [`ProfileViolation`] lists them. What section 6 decides
/// (signatures, times, names, constraints, policies, unknown critical extensions) is not decided here a second time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValidationProfile {
    rules: Rules,
    extended_key_usage: ExtendedKeyUsageChaining,
}

impl ValidationProfile {
    /// RFC 5280 section 6 and no more.
    pub const PATH_VALIDATION: Self =
        Self { rules: Rules::None, extended_key_usage: ExtendedKeyUsageChaining::Restricts };

    /// Also what RFC 5280 section 4 demands of conforming certificates, as far as one certificate shows it.
    ///
    /// - Trust anchors given as certificates are held to it too, but for the serial number: some roots have 0.
    /// - A target may be a CA certificate.
    /// - Not checked: which time type was used (section 4.1.2.5), the string types in names (section 4.1.2.4), the texts of
    ///   policy qualifiers (section 4.2.1.4).
    pub const RFC5280: Self = Self { rules: Rules::Rfc5280, ..Self::PATH_VALIDATION };

    /// Also what the CA/Browser Forum's Baseline Requirements for TLS server certificates demand in sections 6.1.5 and 7.
    ///
    /// - The target is a subscriber certificate: for TLS servers, and no CA.
    /// - nameConstraints may be non-critical, which section 7.1.2.10.8 has as an exception from RFC 5280.
    /// - A wildcard must leave two labels at least. That it spans a public suffix of more labels takes a list that the
    ///   caller has.
    /// - A commonName that is a domain name is let pass where no alternative name is one, as `example.com` beside
    ///   `*.example.com`.
    /// - Not checked: the period of validity, the extensions that the Requirements want for revocation, policies and
    ///   transparency, and the contents of the subject but for commonName.
    pub const CA_BROWSER: Self = Self { rules: Rules::CaBrowser, ..Self::PATH_VALIDATION };

    /// RFC 5280 section 6, and extKeyUsage in CA certificates does not restrict what is below.
    ///
    /// SCEP CAs in the field have an extKeyUsage for their own part in the protocol, which does not cover what they issue.
    pub const SCEP_TRANSPORT: Self =
        Self { extended_key_usage: ExtendedKeyUsageChaining::Ignored, ..Self::PATH_VALIDATION };

    /// Whether extKeyUsage in a CA certificate restricts what the certificates below may be used for.
    #[must_use]
    pub(crate) const fn chains_extended_key_usage(self) -> bool {
        matches!(self.extended_key_usage, ExtendedKeyUsageChaining::Restricts)
    }

    const fn tables(self) -> [&'static [Rule]; 2] {
        match self.rules {
            Rules::None => [&[], &[]],
            Rules::Rfc5280 => [rfc5280::RULES, &[]],
            Rules::CaBrowser => [rfc5280::RULES, ca_browser::RULES],
        }
    }
}

/// The place of a certificate in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The trust anchor, given as a certificate.
    Anchor,
    /// A CA between the anchor and the target.
    Intermediate,
    /// The end of the path.
    Target,
}

/// The first rule of `profile` that `certificate` breaks, in the order of the RFC.
pub(crate) fn check(profile: ValidationProfile, certificate: &Certificate, role: Role) -> Verdict {
    if profile.rules == Rules::None {
        return Ok(());
    }
    let subject = Subject::new(certificate, role, profile.rules)?;
    profile.tables().into_iter().flatten().try_for_each(|rule| rule(&subject))
}

/// Whether an anchor conforms only if it is signed with its own key (RFC 5280 section 4.2.1.1): it has no
/// authorityKeyIdentifier with a keyIdentifier, and its names differ, so that it takes the signature to tell. If it is not,
/// that is [`ProfileViolation::MissingAuthorityKeyIdentifier`].
pub(crate) fn must_be_self_signed(profile: ValidationProfile, anchor: &Certificate) -> bool {
    let identifier =
        || anchor.authority_key_identifier().ok().flatten().and_then(|identifier| identifier.key_identifier);
    profile.rules != Rules::None && identifier().is_none() && !anchor.is_self_issued()
}

/// Every rule of `profile` that `certificate` breaks, for reports. A rule with several parts gives the first of them.
pub(crate) fn check_all(
    profile: ValidationProfile,
    certificate: &Certificate,
    role: Role,
) -> impl Iterator<Item = ProfileViolation> {
    let (subject, unreadable) = match Subject::new(certificate, role, profile.rules) {
        Ok(subject) => (Some(subject), None),
        Err(violation) => (None, Some(violation)),
    };
    let unreadable = unreadable.filter(|_| profile.rules != Rules::None);
    let broken = subject
        .into_iter()
        .flat_map(move |subject| profile.tables().into_iter().flatten().filter_map(move |rule| rule(&subject).err()));
    unreadable.into_iter().chain(broken)
}

/// Which rules there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rules {
    #[default]
    None,
    Rfc5280,
    CaBrowser,
}

/// What extKeyUsage means in a CA certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ExtendedKeyUsageChaining {
    #[default]
    Restricts,
    Ignored,
}

type Rule = fn(&Subject<'_>) -> Verdict;

type Verdict = Result<(), ProfileViolation>;

fn refuse(broken: bool, violation: ProfileViolation) -> Verdict {
    if broken { Err(violation) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
