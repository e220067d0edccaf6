//! [`IssuingDistributionPoint`]: what a CRL is about.

use super::Reasons;
use crate::{
    cert::extension::{DistributionPointName, tolerant_boolean},
    der::{Decode, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
};

/// The scope of a CRL (RFC 5280 section 5.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuingDistributionPoint<'a> {
    /// `distributionPoint`: the CRL is for certificates with one of these names in their distribution points.
    pub name: Option<DistributionPointName<'a>>,
    /// `onlyContainsUserCerts`, `onlyContainsCACerts` and `onlyContainsAttributeCerts`.
    pub scope: CrlScope,
    /// `onlySomeReasons`; all where absent.
    pub only_some_reasons: Option<Reasons>,
    /// `indirectCRL`: entries may be about certificates of other issuers than the CRL's.
    pub indirect_crl: bool,
}

/// Which sort of certificates a CRL is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 5280 lets at most one of three be set")]
pub enum CrlScope {
    /// Any.
    AnyCertificates,
    /// `onlyContainsUserCerts`: those of end entities.
    UserCertificates,
    /// `onlyContainsCACerts`: those of CAs.
    CaCertificates,
    /// `onlyContainsAttributeCerts`: none that is an X.509 public key certificate.
    AttributeCertificates,
}

impl<'a> IssuingDistributionPoint<'a> {
    /// For this distribution point, and without any other restriction.
    #[must_use]
    pub const fn new(name: Option<DistributionPointName<'a>>) -> Self {
        Self { name, scope: CrlScope::AnyCertificates, only_some_reasons: None, indirect_crl: false }
    }

    /// The same for these certificates only.
    #[must_use]
    pub const fn with_scope(self, scope: CrlScope) -> Self {
        Self { scope, ..self }
    }

    /// The same for these reasons only.
    #[must_use]
    pub const fn with_reasons(self, reasons: Reasons) -> Self {
        Self { only_some_reasons: Some(reasons), ..self }
    }

    /// The same, and for certificates of other issuers too.
    #[must_use]
    pub const fn indirect(self) -> Self {
        Self { indirect_crl: true, ..self }
    }

    /// Whether it says nothing, which a CRL may not have it say.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(
            self,
            Self { name: None, scope: CrlScope::AnyCertificates, only_some_reasons: None, indirect_crl: false }
        )
    }

    /// Writes it.
    pub fn encode(&self, writer: &mut Writer) {
        let scope = |wanted, number, w: &mut Writer| {
            if self.scope == wanted {
                w.primitive(Tag::context(number), &[0xff]);
            }
        };
        writer.sequence(|w| {
            if let Some(name) = self.name {
                name.encode_field(w);
            }
            scope(CrlScope::UserCertificates, 1, w);
            scope(CrlScope::CaCertificates, 2, w);
            if let Some(reasons) = self.only_some_reasons {
                reasons.encode(Tag::context(3), w);
            }
            if self.indirect_crl {
                w.primitive(Tag::context(4), &[0xff]);
            }
            scope(CrlScope::AttributeCertificates, 5, w);
        });
    }
}

impl<'a> Decode<'a> for IssuingDistributionPoint<'a> {
    /// A TRUE that is not `FF`, and a FALSE written out, are accepted.
    ///
    /// # Errors
    /// - [`Empty`](DecodeErrorKind::Empty) if it says nothing.
    /// - [`InvalidValue`](DecodeErrorKind::InvalidValue) if more than one of the three that exclude each other is TRUE.
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let element = reader.expect(Tag::SEQUENCE)?;
        let mut inner = element.reader();
        let name = DistributionPointName::optional(&mut inner)?;
        let user = boolean(&mut inner, 1)?;
        let ca = boolean(&mut inner, 2)?;
        let only_some_reasons = inner.optional(Tag::context(3))?;
        let only_some_reasons = only_some_reasons.map(|element| Reasons::from_element(&element)).transpose()?;
        let indirect_crl = boolean(&mut inner, 4)?;
        let attribute = boolean(&mut inner, 5)?;
        inner.finish()?;
        let scope = match (user, ca, attribute) {
            (false, false, false) => CrlScope::AnyCertificates,
            (true, false, false) => CrlScope::UserCertificates,
            (false, true, false) => CrlScope::CaCertificates,
            (false, false, true) => CrlScope::AttributeCertificates,
            _ => return Err(element.error(DecodeErrorKind::InvalidValue)),
        };
        let read = Self { name, scope, only_some_reasons, indirect_crl };
        if read.is_empty() { Err(element.error(DecodeErrorKind::Empty)) } else { Ok(read) }
    }
}

/// `[number] IMPLICIT BOOLEAN DEFAULT FALSE`.
fn boolean(reader: &mut Reader<'_>, number: u8) -> Result<bool, DecodeError> {
    let Some(element) = reader.optional(Tag::context(number))? else { return Ok(false) };
    let value = tolerant_boolean(element.content());
    value.map(|(value, _)| value).ok_or_else(|| element.error(DecodeErrorKind::InvalidEncoding))
}
