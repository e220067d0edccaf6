//! [`select`]: which certificate of a list belongs to a profile.

use alloc::vec::Vec;
use core::{cmp::Reverse, fmt, time::Duration};

use pki_core::{Certificate, Name, NameRef, UnixTime, oid};

use super::{DeviceStanding, Revocation, thumbprints::thumbprint};

/// What a certificate has to be like to belong to a profile.
#[derive(Clone, Debug)]
pub struct Selection {
    issuers: Vec<Name>,
    marker: Option<alloc::string::String>,
    skew: Duration,
}

/// A certificate of a list, such as a device's `CertificateList`, and what is known of its revocation.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "made by callers")]
pub struct Candidate<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Whether it is revoked.
    pub revocation: Revocation,
}

/// The certificate that was chosen, and why not the others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selected {
    /// Its place in the list; `None` if none will do.
    pub best: Option<usize>,
    /// The others by place, in the order of the list.
    pub others: Vec<(usize, NotSelected)>,
}

/// Why a certificate was not chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotSelected {
    /// The chosen one is better: of a preferred issuer, or with a longer life.
    Bettered,
    /// It is in the list before.
    Duplicate,
    /// It has ended.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// It was issued by another CA.
    OtherIssuer,
    /// It lacks the marker of the profile.
    OtherProfile,
    /// It, or a CA above it, is revoked.
    Revoked,
}

impl Selection {
    /// Issued by one of these, of which the first are preferred.
    ///
    /// Names are no proof: validate what is chosen before anything is trusted for it.
    #[must_use]
    pub fn new(issuers: impl Into<Vec<Name>>) -> Self {
        Self { issuers: issuers.into(), marker: None, skew: Duration::from_secs(300) }
    }

    /// With this text as an organizationalUnitName of the subject, by which profiles mark their certificates (Fleet's renewal
    /// identifier).
    #[must_use]
    pub fn with_marker(self, marker: impl Into<alloc::string::String>) -> Self {
        Self { marker: Some(marker.into()), ..self }
    }

    /// With another tolerance of clocks. Default 5 minutes.
    #[must_use]
    pub fn with_skew(self, skew: Duration) -> Self {
        Self { skew, ..self }
    }

    /// The place of the issuer in the order of preference, or why it is none.
    fn rank(&self, candidate: &Candidate<'_>, now: UnixTime) -> Result<usize, NotSelected> {
        let Candidate { certificate, revocation } = *candidate;
        let issuer = certificate.issuer();
        let rank = self.issuers.iter().position(|name| name.matches(issuer)).ok_or(NotSelected::OtherIssuer)?;
        if self.marker.as_deref().is_some_and(|marker| !has_marker(certificate.subject(), marker)) {
            return Err(NotSelected::OtherProfile);
        }
        if revocation.is_revoked() {
            return Err(NotSelected::Revoked);
        }
        let validity = certificate.validity();
        if now.minus(self.skew) > validity.not_after {
            return Err(NotSelected::Expired);
        }
        if now.plus(self.skew) < validity.not_before {
            return Err(NotSelected::NotYetValid);
        }
        Ok(rank)
    }
}

/// Chooses the certificate of a profile out of a list: all of it is looked at. Of those that are issued by the right CA, have
/// the marker, are valid and not revoked, the one by the preferred issuer, then the one that lasts longest, then the one that
/// began last; of those that are equal in all that, the one with the smallest SHA-256, so that the order of the list has no
/// meaning.
#[must_use]
pub fn select(selection: &Selection, candidates: &[Candidate<'_>], now: UnixTime) -> Selected {
    let mut seen = alloc::collections::BTreeSet::new();
    let mut ranked = Vec::new();
    let mut others = Vec::new();
    for (place, candidate) in candidates.iter().enumerate() {
        let thumbprint = thumbprint(candidate.certificate);
        let rank = if seen.insert(thumbprint) { selection.rank(candidate, now) } else { Err(NotSelected::Duplicate) };
        match rank {
            Ok(rank) => {
                let validity = candidate.certificate.validity();
                ranked.push((rank, Reverse(validity.not_after), Reverse(validity.not_before), thumbprint, place));
            }
            Err(reason) => others.push((place, reason)),
        }
    }
    let best = ranked.iter().min().map(|(.., place)| *place);
    let bettered = ranked.iter().map(|(.., place)| *place).filter(|place| Some(*place) != best);
    others.extend(bettered.map(|place| (place, NotSelected::Bettered)));
    others.sort_unstable_by_key(|(place, _)| *place);
    Selected { best, others }
}

/// How the certificate that a server believes a device to have stands, by the device's report.
#[must_use]
pub fn standing(
    selection: &Selection,
    expected: &Certificate,
    report: &[Candidate<'_>],
    now: UnixTime,
) -> DeviceStanding {
    let is_there = report.iter().any(|candidate| candidate.certificate == expected);
    // As if it were there: what the device has in its place may be worse.
    let mut all = report.to_vec();
    all.push(Candidate { certificate: expected, revocation: Revocation::Unchecked });
    let best = select(selection, &all, now).best.and_then(|place| all.get(place));
    match best {
        Some(best) if best.certificate != expected => DeviceStanding::Superseded,
        // It may be revoked or have ended, but it is there.
        _ if is_there => DeviceStanding::Installed,
        _ => DeviceStanding::Missing,
    }
}

fn has_marker(subject: NameRef<'_>, marker: &str) -> bool {
    let mut units = subject.attributes().filter(|attribute| attribute.oid == oid::ORGANIZATIONAL_UNIT_NAME);
    units.any(|unit| unit.to_text().is_some_and(|text| text == marker))
}

impl fmt::Display for NotSelected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bettered => "another one is by a preferred issuer or lasts longer",
            Self::Duplicate => "it is in the list before",
            Self::Expired => "it has ended",
            Self::NotYetValid => "it is not valid yet",
            Self::OtherIssuer => "it was issued by another CA",
            Self::OtherProfile => "it lacks the marker of the profile",
            Self::Revoked => "it is revoked",
        })
    }
}
