//! [`SignedData`]: content with certificates and signatures.

use alloc::{borrow::Cow, vec::Vec};
use core::iter;

use super::{SignerInfo, content_info};
use crate::{
    ber,
    der::Tag,
    error::{DecodeError, DecodeErrorKind},
    limits::Limits,
    oid::{self, Oid},
};

/// A SignedData as received (RFC 5652 section 5.1).
///
/// - Nothing is verified; see [`SignerInfo::verify`].
/// - There may be no signers, as in a certificates-only message, and no certificates.
/// - `digestAlgorithms` is read over: it tells nothing that the signers don't.
#[derive(Clone, Debug)]
pub struct SignedData<'a> {
    version: u32,
    content_type: Oid<'a>,
    content: Option<Cow<'a, [u8]>>,
    certificates: Option<ber::Reader<'a>>,
    crls: Option<ber::Reader<'a>>,
    signers: Vec<SignerInfo<'a>>,
}

impl<'a> SignedData<'a> {
    /// Reads a `ContentInfo` with a SignedData in it, in any BER.
    ///
    /// # Errors
    /// Those of [`ber::Reader`]; [`TooMany`](DecodeErrorKind::TooMany) for more certificates, CRLs, signers or attributes of
    /// one signer than [`Limits::entries`]; those of [`der::Reader`](crate::der::Reader) for signed attributes.
    pub fn from_ber(bytes: &'a [u8], limits: Limits) -> Result<Self, DecodeError> {
        let (_, mut fields) = content_info(bytes, &[oid::SIGNED_DATA], limits)?;
        let version = fields.small_integer().map_err(DecodeError::within("version"))?;
        fields.expect(Tag::SET).map_err(DecodeError::within("digestAlgorithms"))?;
        let (content_type, content) = encapsulated(&mut fields).map_err(DecodeError::within("encapContentInfo"))?;
        let certificates = bag(&mut fields, 0, limits).map_err(DecodeError::within("certificates"))?;
        let crls = bag(&mut fields, 1, limits).map_err(DecodeError::within("crls"))?;
        let signers = signers(&mut fields, limits).map_err(DecodeError::within("signerInfos"))?;
        fields.finish()?;
        Ok(Self { version, content_type, content, certificates, crls, signers })
    }

    /// The version: 1 for what SCEP sends, 3 with a signer named by key identifier or content that is not id-data.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// eContentType.
    #[must_use]
    pub const fn content_type(&self) -> Oid<'a> {
        self.content_type
    }

    /// The octets of eContent, joined if they came in pieces. `None` if it is absent, which is not the same as empty.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// The same by value, still borrowed from the message where it came in one piece.
    #[must_use]
    pub fn into_content(self) -> Option<Cow<'a, [u8]>> {
        self.content
    }

    /// The DER of each X.509 certificate, in the order received. Other kinds of certificates are stepped over
    /// (RFC 5652 section 10.2.2).
    pub fn certificates(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        sequences(self.certificates)
    }

    /// The DER of each X.509 CRL, in the order received. Other kinds of revocation information are stepped over
    /// (RFC 5652 section 10.2.1).
    pub fn crls(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        sequences(self.crls)
    }

    /// The signers, in the order received.
    #[must_use]
    pub fn signers(&self) -> &[SignerInfo<'a>] {
        &self.signers
    }
}

type Encapsulated<'a> = (Oid<'a>, Option<Cow<'a, [u8]>>);

/// `EncapsulatedContentInfo` (RFC 5652 section 5.2).
fn encapsulated<'a>(fields: &mut ber::Reader<'a>) -> Result<Encapsulated<'a>, DecodeError> {
    let mut inner = fields.sequence()?;
    let content_type = inner.oid().map_err(DecodeError::within("eContentType"))?;
    let content = match inner.optional(Tag::context_constructed(0))? {
        None => None,
        Some(explicit) => {
            let mut explicit = explicit.reader()?;
            let octets = explicit.octets(Tag::OCTET_STRING).map_err(DecodeError::within("eContent"))?;
            explicit.finish()?;
            Some(octets)
        }
    };
    inner.finish()?;
    Ok((content_type, content))
}

/// An optional SET OF certificates or CRLs under `[number]`, each stepped over once.
fn bag<'a>(fields: &mut ber::Reader<'a>, number: u8, limits: Limits) -> Result<Option<ber::Reader<'a>>, DecodeError> {
    let Some(element) = fields.optional(Tag::context_constructed(number))? else { return Ok(None) };
    let all = element.reader()?;
    let mut rest = all;
    let mut left = limits.entries;
    while !rest.is_empty() {
        left = left.checked_sub(1).ok_or_else(|| rest.error(DecodeErrorKind::TooMany))?;
        rest.any()?;
    }
    Ok(Some(all))
}

fn signers<'a>(fields: &mut ber::Reader<'a>, limits: Limits) -> Result<Vec<SignerInfo<'a>>, DecodeError> {
    let mut set = fields.nested(Tag::SET)?;
    let mut signers = Vec::new();
    while !set.is_empty() {
        if signers.len() >= limits.entries {
            return Err(set.error(DecodeErrorKind::TooMany));
        }
        if signers.is_empty() {
            // One is the rule.
            signers.reserve_exact(1);
        }
        signers.push(SignerInfo::decode(&mut set, limits)?);
    }
    Ok(signers)
}

/// The elements that are SEQUENCEs: X.509, and not one of the tagged alternatives.
fn sequences<'a>(bag: Option<ber::Reader<'a>>) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let mut reader = bag;
    iter::from_fn(move || reader.as_mut()?.any().ok())
        .filter(|element| element.tag() == Tag::SEQUENCE)
        .map(|element| element.raw())
}
