//! [`CrlFacts`]: what RFC 5280 section 6.3.3 has to know of one CRL.

use super::CrlRejected;
use crate::{
    cert::extension::AuthorityKeyIdentifier,
    crl::{Crl, CrlNumber, IssuingDistributionPoint},
    der::Decode,
    error::{DecodeError, DecodeErrorKind},
    oid::{self, Oid},
    time::UnixTime,
};

/// A CRL that conforms so far that it can be used, and its extensions that matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct CrlFacts<'a> {
    pub(super) crl: &'a Crl,
    /// Its place in the pool.
    pub(super) index: usize,
    /// cRLNumber
    pub(super) number: CrlNumber,
    /// deltaCRLIndicator; absent in complete CRLs.
    pub(super) base: Option<CrlNumber>,
    /// issuingDistributionPoint
    pub(super) point: Option<IssuingDistributionPoint<'a>>,
    /// authorityKeyIdentifier
    pub(super) authority: Option<AuthorityKeyIdentifier<'a>>,
    pub(super) next_update: UnixTime,
}

impl<'a> CrlFacts<'a> {
    /// Reads them, unless no conforming CRL is like that, or it is from the future.
    pub(super) fn read(index: usize, crl: &'a Crl, now: UnixTime) -> Result<Self, CrlRejected> {
        if let Some(oid) = crl.unknown_critical_extension() {
            return Err(CrlRejected::UnknownCriticalExtension(oid.into()));
        }
        let number = typed(crl, oid::CRL_NUMBER, "cRLNumber")?.ok_or(CrlRejected::NumberMissing)?;
        if crl.extension(oid::CRL_NUMBER).is_some_and(|extension| extension.critical) {
            return Err(CrlRejected::NumberCritical);
        }
        let base = typed(crl, oid::DELTA_CRL_INDICATOR, "deltaCRLIndicator")?;
        let point: Option<IssuingDistributionPoint<'a>> =
            typed(crl, oid::ISSUING_DISTRIBUTION_POINT, "issuingDistributionPoint")?;
        let authority = typed(crl, oid::AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier")?;
        if crl.has_certificate_issuers() && !point.is_some_and(|point| point.indirect_crl) {
            return Err(CrlRejected::UnexpectedCertificateIssuer);
        }
        if now < crl.this_update() {
            return Err(CrlRejected::NotYetValid { this_update: crl.this_update() });
        }
        let next_update = crl.next_update().ok_or(CrlRejected::NextUpdateMissing)?;
        Ok(Self { crl, index, number, base, point, authority, next_update })
    }
}

/// An extension, if it is not larger than what certificates could agree with: it is read for each distribution point, and
/// before anybody has checked a signature.
fn typed<'a, T: Decode<'a>>(crl: &'a Crl, oid: Oid<'_>, field: &'static str) -> Result<Option<T>, CrlRejected> {
    let malformed = |error| CrlRejected::Malformed { field, error };
    if crl.extension(oid).is_some_and(|extension| extension.value.len() > LARGEST_EXTENSION) {
        return Err(malformed(DecodeError::new(DecodeErrorKind::TooLarge, 0)));
    }
    crl.extensions().typed(oid).map_err(malformed)
}

/// As large as a certificate may be.
const LARGEST_EXTENSION: usize = crate::Certificate::MAX_SIZE;
