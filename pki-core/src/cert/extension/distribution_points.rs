//! cRLDistributionPoints and freshestCRL.

use crate::{
    crl::Reasons,
    der::{Decode, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    name::GeneralNames,
};

/// Where a CRL is, which reasons it covers, and who issues it (RFC 5280 section 4.2.1.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DistributionPoint<'a> {
    /// `distributionPoint`
    pub name: Option<DistributionPointName<'a>>,
    /// `reasons`; all where absent.
    pub reasons: Option<Reasons>,
    /// `cRLIssuer`; the certificate's issuer where absent.
    pub crl_issuer: Option<GeneralNames<'a>>,
}

/// The name of a distribution point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a CHOICE of RFC 5280")]
pub enum DistributionPointName<'a> {
    /// `fullName`
    FullName(GeneralNames<'a>),
    /// `nameRelativeToCRLIssuer`: the encoded attributes of one RDN, without the SET around them.
    RelativeToCrlIssuer(&'a [u8]),
}

impl<'a> DistributionPointName<'a> {
    /// Reads the alternatives, tagged `[0]` and `[1]`.
    ///
    /// # Errors
    /// [`UnexpectedTag`](DecodeErrorKind::UnexpectedTag) for another alternative, [`Empty`](DecodeErrorKind::Empty) for an
    /// empty one, and those of [`GeneralNames`].
    pub fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        if let Some(relative) = reader.optional(Tag::context_constructed(1))? {
            return match relative.content() {
                [] => Err(relative.error(DecodeErrorKind::Empty)),
                attributes => Ok(Self::RelativeToCrlIssuer(attributes)),
            };
        }
        GeneralNames::from_contents(reader.nested(Tag::context_constructed(0))?).map(Self::FullName)
    }

    /// The `distributionPoint [0]` of a distribution point, in a certificate or CRL.
    pub(crate) fn optional(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        let Some(explicit) = reader.optional(Tag::context_constructed(0))? else { return Ok(None) };
        let mut choice = explicit.reader();
        let name = Self::decode(&mut choice)?;
        choice.finish()?;
        Ok(Some(name))
    }

    /// Writes that field.
    pub(crate) fn encode_field(self, writer: &mut Writer) {
        let (number, contents) = match self {
            Self::FullName(names) => (0, names.contents()),
            Self::RelativeToCrlIssuer(attributes) => (1, attributes),
        };
        writer.constructed(Tag::context_constructed(0), |w| w.primitive(Tag::context_constructed(number), contents));
    }
}

impl<'a> Decode<'a> for DistributionPoint<'a> {
    /// # Errors
    /// [`Empty`](DecodeErrorKind::Empty) if it has neither a name nor a CRL issuer.
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let element = reader.expect(Tag::SEQUENCE)?;
        let mut inner = element.reader();
        let name = DistributionPointName::optional(&mut inner)?;
        let reasons = inner.optional(Tag::context(1))?.map(|element| Reasons::from_element(&element)).transpose()?;
        let crl_issuer = inner.optional(Tag::context_constructed(2))?;
        let crl_issuer = crl_issuer.map(|element| GeneralNames::from_contents(element.reader())).transpose()?;
        inner.finish()?;
        if name.is_none() && crl_issuer.is_none() {
            return Err(element.error(DecodeErrorKind::Empty));
        }
        Ok(Self { name, reasons, crl_issuer })
    }
}
