//! [`Point`]: a distribution point of a certificate, and the names that it shares with CRLs.

use crate::{
    cert::{
        Certificate,
        extension::{DistributionPoint, DistributionPointName},
    },
    crl::Reasons,
    der::{Tag, Writer},
    name::{GeneralName, GeneralNames, Name, NameRef},
};

/// Where CRLs for a certificate may come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point<'a> {
    pub(super) name: PointName<'a>,
    /// `reasons`; all where absent.
    pub(super) reasons: Option<Reasons>,
    /// `cRLIssuer`; the certificate's issuer where absent.
    pub(super) crl_issuer: Option<GeneralNames<'a>>,
}

/// The `distributionPoint` of a distribution point.
#[derive(Clone, Copy, Debug)]
pub(super) enum PointName<'a> {
    /// None: the cRLIssuer stands for it.
    Absent,
    /// As the certificate has it.
    Given(DistributionPointName<'a>),
    /// The names of the certificate's issuer, where no distribution point says (RFC 5280 section 6.3.3, last paragraph).
    Issuer(NameRef<'a>, Option<GeneralNames<'a>>),
}

impl<'a> Point<'a> {
    /// The one for CRLs that no distribution point of the certificate speaks of.
    pub(super) fn implicit(certificate: &'a Certificate) -> Self {
        // What can't be read names nobody.
        let alternatives = certificate.issuer_alt_name().ok().flatten();
        Self { name: PointName::Issuer(certificate.issuer(), alternatives), reasons: None, crl_issuer: None }
    }

    /// The distinguished names of those whose CRLs it is about.
    pub(super) fn crl_issuers(self, certificate: &'a Certificate) -> impl Iterator<Item = NameRef<'a>> {
        let own = if self.crl_issuer.is_none() { Some(certificate.issuer()) } else { None };
        let others = self.crl_issuer.into_iter().flat_map(|names| names.iter()).filter_map(|name| match name {
            GeneralName::DirectoryName(name) => Some(name),
            _ => None,
        });
        own.into_iter().chain(others.take(MOST_NAMES))
    }

    /// Where its CRLs may be had.
    pub(super) fn uris(self) -> impl Iterator<Item = &'a str> {
        let names = match self.name {
            PointName::Given(DistributionPointName::FullName(names)) => Some(names),
            _ => None,
        };
        names.into_iter().flat_map(|names| names.iter()).filter_map(super::uri)
    }

    /// Its names, or those of the cRLIssuer in their place (RFC 5280 section 6.3.3 (b) (2) (i)).
    ///
    /// A nameRelativeToCRLIssuer goes on from `crl_issuer`, the issuer of the CRL, which (b) (1) has found to be the right
    /// one.
    pub(super) fn names(self, crl_issuer: NameRef<'_>) -> PointNames<'a> {
        match (self.name, self.crl_issuer) {
            (PointName::Given(name), _) => PointNames::of(name, crl_issuer),
            (PointName::Absent, list) => PointNames { list, ..PointNames::NONE },
            (PointName::Issuer(issuer, list), _) => PointNames { first: Some(issuer), list, ..PointNames::NONE },
        }
    }
}

impl<'a> From<DistributionPoint<'a>> for Point<'a> {
    fn from(point: DistributionPoint<'a>) -> Self {
        let name = point.name.map_or(PointName::Absent, PointName::Given);
        Self { name, reasons: point.reasons, crl_issuer: point.crl_issuer }
    }
}

/// Names of a distribution point, of which one has to be among those on the other side.
#[derive(Debug)]
pub(super) struct PointNames<'a> {
    /// From a nameRelativeToCRLIssuer.
    resolved: Option<Name>,
    first: Option<NameRef<'a>>,
    list: Option<GeneralNames<'a>>,
}

impl<'a> PointNames<'a> {
    const NONE: Self = Self { resolved: None, first: None, list: None };

    /// Those of a `distributionPoint`, whose relative name goes on from `crl_issuer`.
    pub(super) fn of(name: DistributionPointName<'a>, crl_issuer: NameRef<'_>) -> Self {
        match name {
            DistributionPointName::FullName(names) => Self { list: Some(names), ..Self::NONE },
            DistributionPointName::RelativeToCrlIssuer(attributes) => {
                Self { resolved: relative(crl_issuer, attributes), ..Self::NONE }
            }
        }
    }

    /// Whether both have some name.
    pub(super) fn intersect(&self, other: &PointNames<'_>) -> bool {
        self.iter().any(|name| other.iter().any(|candidate| same(name, candidate)))
    }

    fn iter(&self) -> impl Iterator<Item = GeneralName<'_>> {
        let names = self.resolved.as_ref().map(Name::as_ref).into_iter().chain(self.first);
        let listed = self.list.into_iter().flat_map(|list| list.iter());
        names.map(GeneralName::DirectoryName).chain(listed).take(MOST_NAMES)
    }
}

/// Distinguished names by RFC 5280 section 7.1, others by their bytes: the encodings have to be identical (section 5.2.5).
fn same(left: GeneralName<'_>, right: GeneralName<'_>) -> bool {
    match (left, right) {
        (GeneralName::DirectoryName(left), GeneralName::DirectoryName(right)) => left.matches(right),
        _ => left == right,
    }
}

/// `base` with one more RDN; `None` if the attributes are none.
fn relative(base: NameRef<'_>, attributes: &[u8]) -> Option<Name> {
    let der = Writer::encode(|w| {
        w.sequence(|w| {
            for rdn in base.rdns() {
                w.primitive(Tag::SET, rdn.contents());
            }
            w.primitive(Tag::SET, attributes);
        });
    });
    Name::from_der(&der).ok()
}

/// More than any distribution point has. Each is compared with each, so there must be an end.
const MOST_NAMES: usize = 32;
