//! CRL processing: RFC 5280 section 6.3.3, a function for each letter.
//!
//! Who signs CRLs is found by a search of its own, which [`CrlSigners`] stands for: nothing here knows of paths.

mod facts;
mod point;
mod rejected;

use alloc::vec::Vec;
use core::cmp::Reverse;

pub use self::rejected::CrlRejected;
use self::{
    facts::CrlFacts,
    point::{Point, PointNames},
};
use crate::{
    cert::Certificate,
    chain::pool::Pool,
    crl::{Crl, CrlScope, IssuingDistributionPoint, Reasons, RevocationReason},
    key::PublicKeyRef,
    name::GeneralName,
    oid,
    time::UnixTime,
};

/// Finds and checks the keys of CRL issuers, and counts the work.
pub(in crate::chain) trait CrlSigners<'a> {
    /// (f) and (g): a key that is validated up to the anchor of the certificate's path, that may sign CRLs, and that signed
    /// this one.
    ///
    /// # Errors
    /// [`CrlRejected::UntrustedSigner`], [`CrlRejected::Signature`] or [`CrlRejected::LimitExceeded`].
    fn key(&mut self, crl: &'a Crl) -> Result<PublicKeyRef<'a>, CrlRejected>;

    /// (h): whether that key signed a delta CRL.
    ///
    /// # Errors
    /// [`CrlRejected::Signature`] or [`CrlRejected::LimitExceeded`].
    fn verify(&mut self, delta: &'a Crl, key: PublicKeyRef<'a>) -> Result<(), CrlRejected>;

    /// Takes one step; false if there is none left.
    fn step(&mut self) -> bool;
}

/// What the CRLs of a pool tell of a certificate.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::chain) enum CrlVerdict<'a> {
    /// It is on none of the CRLs, and they cover all reasons.
    NotRevoked,
    /// It is on one.
    Revoked(Revoked),
    /// They don't cover all reasons.
    Undetermined(Undetermined<'a>),
}

/// Since when and why a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chain) struct Revoked {
    /// The revocationDate.
    pub(in crate::chain) at: UnixTime,
    /// The reasonCode; absent where the entry has none, or one that can't be read.
    pub(in crate::chain) reason: Option<RevocationReason>,
    /// The invalidityDate.
    pub(in crate::chain) invalidity_date: Option<UnixTime>,
}

/// Why CRLs do not tell the status, and what would help.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::chain) struct Undetermined<'a> {
    /// The reasons that no CRL covers.
    pub(in crate::chain) uncovered: Reasons,
    /// CRLs by their place in the pool, and what keeps each from telling more; the first few.
    pub(in crate::chain) rejected: Vec<(usize, CrlRejected)>,
    /// Where CRLs, delta CRLs and certificates of CRL issuers may be had; the first few.
    pub(in crate::chain) urls: Vec<&'a str>,
}

/// What the CRLs in `pool` tell of `certificate` at the time `now` (RFC 5280 section 6.3.3, use-deltas set).
pub(in crate::chain) fn status<'a>(
    certificate: &'a Certificate,
    pool: &'a Pool,
    now: UnixTime,
    signers: &mut dyn CrlSigners<'a>,
) -> CrlVerdict<'a> {
    let mut processing = Processing {
        certificate,
        pool,
        now,
        signers,
        reasons: Reasons::NONE,
        status: Status::Unrevoked,
        keys: Vec::new(),
        rejected: Vec::new(),
        urls: Vec::new(),
    };
    // Points that can't be read help nobody; a CRL for all certificates of the issuer may.
    let points = certificate.crl_distribution_points().ok().flatten();
    let points = points.into_iter().flat_map(|points| points.iter()).map(Point::from);
    for point in points.chain([Point::implicit(certificate)]) {
        processing.point(point);
        if processing.is_determined() {
            break;
        }
    }
    processing.verdict()
}

/// The state variables of RFC 5280 section 6.3.2.
struct Processing<'a, 's> {
    certificate: &'a Certificate,
    pool: &'a Pool,
    now: UnixTime,
    signers: &'s mut dyn CrlSigners<'a>,
    /// `reasons_mask`
    reasons: Reasons,
    /// `cert_status`
    status: Status,
    /// What came of the signers of CRLs that were asked for.
    keys: Vec<(usize, Result<PublicKeyRef<'a>, CrlRejected>)>,
    rejected: Vec<(usize, CrlRejected)>,
    urls: Vec<&'a str>,
}

/// `cert_status`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Unrevoked,
    Listed(Revoked),
}

impl<'a> Processing<'a, '_> {
    fn is_determined(&self) -> bool {
        self.reasons == Reasons::ALL || self.status != Status::Unrevoked
    }

    fn verdict(self) -> CrlVerdict<'a> {
        match self.status {
            Status::Listed(revoked) => CrlVerdict::Revoked(revoked),
            Status::Unrevoked if self.reasons == Reasons::ALL => CrlVerdict::NotRevoked,
            Status::Unrevoked => CrlVerdict::Undetermined(Undetermined {
                uncovered: Reasons::ALL.difference(self.reasons),
                rejected: self.rejected,
                urls: self.urls,
            }),
        }
    }

    /// Every complete CRL that may belong to a distribution point, the newest first.
    fn point(&mut self, point: Point<'a>) {
        let mut complete: Vec<CrlFacts<'a>> = Vec::new();
        for issuer in point.crl_issuers(self.certificate) {
            for (index, crl) in self.pool.crls_by(issuer) {
                if !self.signers.step() {
                    return self.reject(index, CrlRejected::LimitExceeded);
                }
                match CrlFacts::read(index, crl, self.now) {
                    Ok(facts) if facts.base.is_some() => {}
                    Ok(facts) => complete.push(facts),
                    Err(rejected) => self.reject(index, rejected),
                }
            }
        }
        self.sort(&mut complete);
        for facts in complete {
            if let Err(rejected) = self.complete(point, &facts) {
                self.help(&facts, &rejected);
                self.reject(facts.index, rejected);
            }
            if self.is_determined() {
                return;
            }
        }
        self.add_urls(point.uris());
    }

    /// The steps on one complete CRL.
    fn complete(&mut self, point: Point<'a>, complete: &CrlFacts<'a>) -> Result<(), CrlRejected> {
        b_1(point, complete, self.certificate)?;
        if let Some(issuing) = &complete.point {
            b_2_i(point, issuing, complete.crl)?;
            b_2_ii_iii_iv(issuing.scope, self.certificate)?;
        }
        let interim = d(point, complete.point.as_ref());
        e(interim, self.reasons)?;
        let deltas = self.deltas(complete)?;
        let current = a(complete, self.now);
        if deltas.is_empty() {
            current.clone()?;
        }
        let key = self.f_g(complete)?;
        let delta = self.h(&deltas, key);
        if delta.is_none() {
            current?;
        }
        let on_delta = delta.map_or(Status::Unrevoked, |delta| i_j(delta, self.certificate));
        let found = if on_delta == Status::Unrevoked { i_j(complete.crl, self.certificate) } else { on_delta };
        self.status = k(found);
        // (l)
        self.reasons = self.reasons.union(interim);
        Ok(())
    }

    /// Current delta CRLs that can update a complete CRL, the newest first, since that counts (RFC 5280 section 5.2.4).
    fn deltas(&mut self, complete: &CrlFacts<'a>) -> Result<Vec<CrlFacts<'a>>, CrlRejected> {
        let mut deltas = Vec::new();
        // (c) (1)
        for (index, crl) in self.pool.crls_by(complete.crl.issuer()) {
            if !self.signers.step() {
                return Err(CrlRejected::LimitExceeded);
            }
            // What is no delta CRL has been, or will be, looked at by itself.
            if crl.extension(oid::DELTA_CRL_INDICATOR).is_none() {
                continue;
            }
            match CrlFacts::read(index, crl, self.now) {
                Ok(delta) if c(complete, &delta) && a(&delta, self.now).is_ok() => deltas.push(delta),
                _ => {}
            }
        }
        self.sort(&mut deltas);
        Ok(deltas)
    }

    /// The newest first; of those that are of the same time and number, what revokes counts first, so that the order of the
    /// pool has no meaning.
    fn sort(&self, crls: &mut [CrlFacts<'a>]) {
        let revokes = |facts: &CrlFacts<'_>| k(i_j(facts.crl, self.certificate)) != Status::Unrevoked;
        crls.sort_by_cached_key(|facts| Reverse((facts.crl.this_update(), facts.number, revokes(facts))));
    }

    /// (f) and (g), asked once for each CRL.
    fn f_g(&mut self, complete: &CrlFacts<'a>) -> Result<PublicKeyRef<'a>, CrlRejected> {
        if let Some((_, known)) = self.keys.iter().find(|(index, _)| *index == complete.index) {
            return known.clone();
        }
        let key = self.signers.key(complete.crl);
        self.keys.push((complete.index, key.clone()));
        key
    }

    /// (h): the newest delta CRL that the same key signed. Others are strangers'.
    fn h(&mut self, deltas: &[CrlFacts<'a>], key: PublicKeyRef<'a>) -> Option<&'a Crl> {
        deltas.iter().map(|delta| delta.crl).find(|delta| self.signers.verify(delta, key).is_ok())
    }

    fn reject(&mut self, index: usize, rejected: CrlRejected) {
        let entry = (index, rejected);
        if self.rejected.len() < MOST_NOTES && !self.rejected.contains(&entry) {
            self.rejected.push(entry);
        }
    }

    /// Notes what a CRL itself says could help: delta CRLs, or the certificate of its issuer.
    fn help(&mut self, complete: &CrlFacts<'a>, rejected: &CrlRejected) {
        match rejected {
            CrlRejected::Stale { .. } => {
                let freshest = complete.crl.freshest_crl().ok().flatten();
                let points = freshest.into_iter().flat_map(|points| points.iter());
                self.add_urls(points.flat_map(|point| Point::from(point).uris()));
            }
            CrlRejected::UntrustedSigner => {
                let access = complete.crl.authority_info_access().ok().flatten();
                let issuers = access.into_iter().flat_map(|access| access.iter());
                let issuers = issuers.filter(|access| access.method == oid::AD_CA_ISSUERS);
                self.add_urls(issuers.filter_map(|access| uri(access.location)));
            }
            _ => {}
        }
    }

    fn add_urls(&mut self, urls: impl Iterator<Item = &'a str>) {
        for url in urls.take(MOST_NOTES) {
            if self.urls.len() < MOST_NOTES && !self.urls.contains(&url) {
                self.urls.push(url);
            }
        }
    }
}

/// (a): whether it is still the newest. There is nothing here that could get another.
fn a(facts: &CrlFacts<'_>, now: UnixTime) -> Result<(), CrlRejected> {
    let next_update = facts.next_update;
    if now > next_update { Err(CrlRejected::Stale { next_update }) } else { Ok(()) }
}

/// (b) (1): the CRL is by the cRLIssuer of the distribution point and indirect, or by the issuer of the certificate.
fn b_1<'a>(point: Point<'a>, complete: &CrlFacts<'a>, certificate: &'a Certificate) -> Result<(), CrlRejected> {
    let issuer = complete.crl.issuer();
    if !point.crl_issuers(certificate).any(|name| name.matches(issuer)) {
        return Err(CrlRejected::IssuerMismatch);
    }
    let is_indirect = complete.point.is_some_and(|issuing| issuing.indirect_crl);
    if point.crl_issuer.is_some() && !is_indirect { Err(CrlRejected::NotIndirect) } else { Ok(()) }
}

/// (b) (2) (i): the distribution points of the CRL and the certificate have a name in common, if that of the CRL has one.
fn b_2_i(point: Point<'_>, issuing: &IssuingDistributionPoint<'_>, complete: &Crl) -> Result<(), CrlRejected> {
    let Some(name) = issuing.name else { return Ok(()) };
    let names = PointNames::of(name, complete.issuer());
    if names.intersect(&point.names(complete.issuer())) { Ok(()) } else { Err(CrlRejected::PointMismatch) }
}

/// (b) (2) (ii) to (iv): the certificate is of the sort that the CRL is about. One of version 1 or 2 is of neither
/// (RFC 5280 section 5.2.5).
fn b_2_ii_iii_iv(scope: CrlScope, certificate: &Certificate) -> Result<(), CrlRejected> {
    let constraints =
        certificate.basic_constraints().map_err(|error| CrlRejected::Malformed { field: "basicConstraints", error })?;
    let is_ca = constraints.is_some_and(|constraints| constraints.is_ca);
    let in_scope = match scope {
        CrlScope::AnyCertificates => true,
        CrlScope::UserCertificates => !is_ca && certificate.version() == 3,
        CrlScope::CaCertificates => is_ca && certificate.version() == 3,
        CrlScope::AttributeCertificates => false,
    };
    if in_scope { Ok(()) } else { Err(CrlRejected::OutOfScope(scope)) }
}

/// (c): the delta CRL has the scope and the key of the complete one, was made from it or from one before, and comes after it
/// (RFC 5280 section 5.2.4 (b) to (d)).
fn c(complete: &CrlFacts<'_>, delta: &CrlFacts<'_>) -> bool {
    complete.crl.issuer().matches(delta.crl.issuer())
        && complete.point == delta.point
        && complete.authority == delta.authority
        && delta.base.is_some_and(|base| base <= complete.number)
        && complete.number < delta.number
}

/// (d): the reasons that a CRL covers for a distribution point.
fn d(point: Point<'_>, issuing: Option<&IssuingDistributionPoint<'_>>) -> Reasons {
    let of_crl = issuing.and_then(|issuing| issuing.only_some_reasons);
    of_crl.unwrap_or(Reasons::ALL).intersection(point.reasons.unwrap_or(Reasons::ALL))
}

/// (e): some of them are new.
fn e(interim: Reasons, reasons: Reasons) -> Result<(), CrlRejected> {
    if interim.difference(reasons).is_empty() { Err(CrlRejected::NoNewReasons) } else { Ok(()) }
}

/// (i) and (j): what a CRL says of the certificate.
fn i_j(crl: &Crl, certificate: &Certificate) -> Status {
    crl.find(certificate.serial_number(), certificate.issuer()).map_or(Status::Unrevoked, |entry| {
        Status::Listed(Revoked {
            at: entry.revocation_date(),
            // What can't be read is no reason to let it pass.
            reason: entry.reason().ok().flatten(),
            invalidity_date: entry.invalidity_date().ok().flatten(),
        })
    })
}

/// (k): what was taken off is not revoked.
fn k(status: Status) -> Status {
    match status {
        Status::Listed(Revoked { reason: Some(RevocationReason::RemoveFromCrl), .. }) => Status::Unrevoked,
        status => status,
    }
}

fn uri(name: GeneralName<'_>) -> Option<&str> {
    match name {
        GeneralName::Uri(uri) => Some(uri),
        _ => None,
    }
}

/// More than helps anybody.
const MOST_NOTES: usize = 32;

#[cfg(test)]
mod tests;
