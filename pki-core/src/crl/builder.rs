//! [`CrlBuilder`].

use super::{Crl, CrlNumber, IssuingDistributionPoint, RevocationReason};
use crate::{
    algorithm::SignatureAlgorithm,
    build_error::BuildError,
    cert::{Certificate, ExtensionList, extension::Criticality},
    crypto::CryptoProvider,
    der::{Element, Tag, Writer},
    key::PublicKey,
    name::{GeneralName, Name, NameRef},
    oid::{self, Oid},
    signed::Signed,
    tbs::ToBeSigned,
    time::UnixTime,
};

/// Builds a [`Crl`] of version 2.
///
/// Nothing is added that was not asked for. RFC 5280 section 5.2 demands a number ([`with_number`](Self::with_number)) and an
/// authorityKeyIdentifier ([`with_authority`](Self::with_authority)) in every CRL.
#[derive(Debug)]
#[must_use]
pub struct CrlBuilder {
    issuer: Name,
    this_update: UnixTime,
    next_update: UnixTime,
    entries: Writer,
    /// The issuer of the certificate of the last entry, where that is not the CRL's (RFC 5280 section 5.3.3).
    certificate_issuer: Option<Name>,
    number: Option<CrlNumber>,
    delta_base: Option<CrlNumber>,
    extensions: ExtensionList,
    /// Some entry is of a certificate of another issuer.
    has_certificate_issuers: bool,
    /// Some entry takes a certificate off.
    has_removals: bool,
    is_indirect: bool,
    error: Option<BuildError>,
}

/// An entry for a CRL: which certificate is revoked, since when, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Revocation<'a> {
    serial_number: &'a [u8],
    date: UnixTime,
    reason: RevocationReason,
    invalidity_date: Option<UnixTime>,
    certificate_issuer: Option<NameRef<'a>>,
}

impl<'a> Revocation<'a> {
    /// Of the certificate of the CRL's issuer with this serial number, the octets of its INTEGER as in
    /// [`Certificate::serial_number`], at `date`, for a reason that is not told.
    pub const fn new(serial_number: &'a [u8], date: UnixTime) -> Self {
        let reason = RevocationReason::Unspecified;
        Self { serial_number, date, reason, invalidity_date: None, certificate_issuer: None }
    }

    /// For this reason; [`Unspecified`](RevocationReason::Unspecified) is left out (RFC 5280 section 5.3.1).
    pub const fn with_reason(self, reason: RevocationReason) -> Self {
        Self { reason, ..self }
    }

    /// Since `date` the key was lost, or is thought to have been (RFC 5280 section 5.3.2).
    pub const fn with_invalidity_date(self, date: UnixTime) -> Self {
        Self { invalidity_date: Some(date), ..self }
    }

    /// Of the certificate of this issuer, in an indirect CRL.
    pub const fn with_certificate_issuer(self, issuer: NameRef<'a>) -> Self {
        Self { certificate_issuer: Some(issuer), ..self }
    }
}

impl CrlBuilder {
    /// Without entries and extensions.
    pub fn new(issuer: Name, this_update: UnixTime, next_update: UnixTime) -> Self {
        Self {
            issuer,
            this_update,
            next_update,
            entries: Writer::new(),
            certificate_issuer: None,
            number: None,
            delta_base: None,
            extensions: ExtensionList::default(),
            has_certificate_issuers: false,
            has_removals: false,
            is_indirect: false,
            error: None,
        }
    }

    /// Adds an entry. Entries stay in the order of the calls; certificateIssuer is written where it changes.
    pub fn add_revoked(mut self, revocation: Revocation<'_>) -> Self {
        self.check_revocation(&revocation);
        let issuer_before = self.certificate_issuer.as_ref().map_or(self.issuer.as_ref(), Name::as_ref);
        let certificate_issuer = revocation.certificate_issuer.unwrap_or(self.issuer.as_ref());
        let new_issuer = (certificate_issuer != issuer_before).then_some(certificate_issuer);
        encode_entry(&revocation, new_issuer, &mut self.entries);
        if let Some(issuer) = new_issuer {
            self.has_certificate_issuers = true;
            self.certificate_issuer = Some(issuer.to_owned());
        }
        self
    }

    /// Sets authorityKeyIdentifier to the subjectKeyIdentifier of `issuer`, or, if that has none, to what it would be
    /// (RFC 5280 section 5.2.1).
    pub fn with_authority(mut self, issuer: &Certificate, crypto: &CryptoProvider) -> Self {
        self.extensions.set_authority(issuer, crypto);
        self
    }

    /// Sets authorityKeyIdentifier to the identifier of the issuer's key (RFC 5280 section 4.2.1.2, method 1).
    pub fn with_authority_key(mut self, key: &PublicKey, crypto: &CryptoProvider) -> Self {
        self.extensions.set_authority_key(key, crypto);
        self
    }

    /// Makes it a delta CRL, of changes since the complete CRL with the number `base`: sets deltaCRLIndicator, critical
    /// (RFC 5280 section 5.2.4).
    pub fn with_delta_base(mut self, base: CrlNumber) -> Self {
        self.delta_base = Some(base);
        self.extensions.set(oid::DELTA_CRL_INDICATOR, Criticality::Critical, |w| base.encode(w));
        self
    }

    /// Sets freshestCRL: where delta CRLs for this one are (RFC 5280 section 5.2.6); none leaves the extension out.
    pub fn with_freshest_crl(mut self, uris: &[&str]) -> Self {
        self.extensions.set_distribution_points(oid::FRESHEST_CRL, uris);
        self
    }

    /// Sets issuingDistributionPoint, critical (RFC 5280 section 5.2.5).
    pub fn with_issuing_distribution_point(mut self, point: &IssuingDistributionPoint<'_>) -> Self {
        if point.is_empty() {
            self.fail(BuildError::Empty("issuingDistributionPoint"));
        }
        self.is_indirect = point.indirect_crl;
        self.extensions.set(oid::ISSUING_DISTRIBUTION_POINT, Criticality::Critical, |w| point.encode(w));
        self
    }

    /// Sets cRLNumber, greater than that of every CRL before (RFC 5280 section 5.2.3).
    pub fn with_number(mut self, number: CrlNumber) -> Self {
        self.number = Some(number);
        self.extensions.set(oid::CRL_NUMBER, Criticality::NonCritical, |w| number.encode(w));
        self
    }

    /// Adds an extension; `value` is the DER that goes into `extnValue`.
    pub fn add_extension(mut self, oid: Oid<'_>, criticality: Criticality, value: &[u8]) -> Self {
        self.extensions.add(oid, criticality, value);
        self
    }

    /// The CRL, complete but for the signature by the issuer's key with `algorithm`.
    ///
    /// # Errors
    /// - [`BuildError::Duplicate`] if an extension was added twice.
    /// - [`BuildError::Empty`] for an empty issuer, an issuingDistributionPoint that says nothing, or a delta CRL without
    ///   number.
    /// - [`BuildError::InvalidValue`] for a nextUpdate before thisUpdate, a serial number that is no INTEGER, an entry for
    ///   another issuer in a CRL that is not indirect, removeFromCRL or freshestCRL in the wrong kind of CRL, a base that is
    ///   not below the number, and whatever was wrong with an extension.
    /// - [`BuildError::MissingDigest`] if the provider has no SHA-1 for key identifiers.
    /// - [`BuildError::TooLong`] if it is larger than half of [`Crl::MAX_SIZE`].
    /// - [`BuildError::Unreadable`] if it can't be read back, as with more than 128 extensions.
    pub fn build(self, algorithm: SignatureAlgorithm) -> Result<ToBeSigned<Crl>, BuildError> {
        self.check()?;
        Signed::to_be_signed(self.encode(algorithm), algorithm, Crl)
    }

    fn check_revocation(&mut self, revocation: &Revocation<'_>) {
        let serial = Writer::encode(|w| w.primitive(Tag::INTEGER, revocation.serial_number));
        if Element::from_der(&serial).and_then(|element| element.integer().map(|_| ())).is_err() {
            self.fail(BuildError::InvalidValue("userCertificate"));
        }
        if revocation.certificate_issuer.is_some_and(NameRef::is_empty) {
            self.fail(BuildError::Empty("certificateIssuer"));
        }
        self.has_removals |= revocation.reason == RevocationReason::RemoveFromCrl;
    }

    fn check(&self) -> Result<(), BuildError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        if self.issuer.is_empty() {
            return Err(BuildError::Empty("issuer"));
        }
        if self.next_update < self.this_update {
            return Err(BuildError::InvalidValue("nextUpdate"));
        }
        if self.has_certificate_issuers && !self.is_indirect {
            return Err(BuildError::InvalidValue("certificateIssuer"));
        }
        match (self.delta_base, self.number) {
            (None, _) if self.has_removals => return Err(BuildError::InvalidValue("reasonCode")),
            (None, _) => {}
            (Some(_), None) => return Err(BuildError::Empty("cRLNumber")),
            (Some(base), Some(number)) if base >= number => return Err(BuildError::InvalidValue("deltaCRLIndicator")),
            (Some(_), _) if self.extensions.contains(oid::FRESHEST_CRL) => {
                return Err(BuildError::InvalidValue("freshestCRL"));
            }
            (Some(_), _) => {}
        }
        self.extensions.check()
    }

    fn fail(&mut self, error: BuildError) {
        self.error.get_or_insert(error);
    }

    fn encode(self, algorithm: SignatureAlgorithm) -> alloc::vec::Vec<u8> {
        let entries = self.entries.finish();
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(1);
                algorithm.identifier().encode(w);
                w.raw(self.issuer.as_der());
                w.time(self.this_update);
                w.time(self.next_update);
                if !entries.is_empty() {
                    w.primitive(Tag::SEQUENCE, &entries);
                }
                if !self.extensions.is_empty() {
                    w.constructed(Tag::context_constructed(0), |w| self.extensions.encode(w));
                }
            });
        })
    }
}

fn encode_entry(revocation: &Revocation<'_>, new_issuer: Option<NameRef<'_>>, writer: &mut Writer) {
    let Revocation { serial_number, date, reason, invalidity_date, certificate_issuer: _ } = *revocation;
    let has_reason = reason != RevocationReason::Unspecified;
    writer.sequence(|w| {
        w.primitive(Tag::INTEGER, serial_number);
        w.time(date);
        if !has_reason && invalidity_date.is_none() && new_issuer.is_none() {
            return;
        }
        w.sequence(|w| {
            if has_reason {
                encode_extension(oid::REASON_CODE, Criticality::NonCritical, |w| reason.encode(w), w);
            }
            if let Some(date) = invalidity_date {
                let write = |w: &mut Writer| w.generalized_time(date);
                encode_extension(oid::INVALIDITY_DATE, Criticality::NonCritical, write, w);
            }
            if let Some(issuer) = new_issuer {
                let write = |w: &mut Writer| w.sequence(|w| GeneralName::DirectoryName(issuer).encode(w));
                encode_extension(oid::CERTIFICATE_ISSUER, Criticality::Critical, write, w);
            }
        });
    });
}

/// Writes an `Extension`.
fn encode_extension(oid: Oid<'_>, criticality: Criticality, value: impl FnOnce(&mut Writer), writer: &mut Writer) {
    writer.sequence(|w| {
        w.oid(oid);
        if criticality == Criticality::Critical {
            w.boolean(true);
        }
        w.constructed(Tag::OCTET_STRING, value);
    });
}
