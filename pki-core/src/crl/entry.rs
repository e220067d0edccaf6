//! [`RevokedCertificate`]: one entry of a CRL.

use core::fmt;

use super::RevocationReason;
use crate::{
    cert::{Extension, extension::RawExtension},
    der::{Decode, Element, Reader, Tag},
    error::{DecodeError, DecodeErrorKind},
    name::{GeneralName, GeneralNames, NameRef},
    oid::{self, Oid},
    time::UnixTime,
};

/// One entry of a [`Crl`](super::Crl): a certificate that is revoked, or on hold (RFC 5280 section 5.3).
///
/// Positions in errors count from the start of the CRL.
#[derive(Clone, Copy)]
pub struct RevokedCertificate<'a> {
    serial_number: &'a [u8],
    revocation_date: UnixTime,
    extensions: Reader<'a>,
    certificate_issuer: NameRef<'a>,
}

impl<'a> RevokedCertificate<'a> {
    /// The octets of the serial number INTEGER, two's complement, at least one.
    #[must_use]
    pub const fn serial_number(&self) -> &'a [u8] {
        self.serial_number
    }

    /// When it was revoked.
    #[must_use]
    pub const fn revocation_date(&self) -> UnixTime {
        self.revocation_date
    }

    /// The distinguished name of the certificate's issuer: that of the last certificateIssuer up to this entry, the first if
    /// it has several, or else that of the CRL's issuer (RFC 5280 section 5.3.3).
    #[must_use]
    pub const fn certificate_issuer(&self) -> NameRef<'a> {
        self.certificate_issuer
    }

    /// The extensions of this entry, in the order of the encoding; each type occurs once.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        raw_extensions(self.extensions).map(|raw| raw.extension())
    }

    /// The reasonCode; absent means the same as [`RevocationReason::Unspecified`] (RFC 5280 section 5.3.1).
    ///
    /// # Errors
    /// [`InvalidValue`](DecodeErrorKind::InvalidValue) for a reason that does not exist, and others for what is no
    /// ENUMERATED.
    pub fn reason(&self) -> Result<Option<RevocationReason>, DecodeError> {
        self.typed(oid::REASON_CODE, RevocationReason::decode).map_err(DecodeError::within("reasonCode"))
    }

    /// The invalidityDate: when the key was lost, or is thought to have been (RFC 5280 section 5.3.2).
    ///
    /// # Errors
    /// [`InvalidTime`](DecodeErrorKind::InvalidTime), and others for what is no GeneralizedTime.
    pub fn invalidity_date(&self) -> Result<Option<UnixTime>, DecodeError> {
        let decode = |reader: &mut Reader<'a>| UnixTime::from_element(&reader.expect(Tag::GENERALIZED_TIME)?);
        self.typed(oid::INVALIDITY_DATE, decode).map_err(DecodeError::within("invalidityDate"))
    }

    /// A critical extension of this entry that RFC 5280 does not define;
    /// [`Crl::unknown_critical_extension`](super::Crl::unknown_critical_extension) knows of all entries.
    #[must_use]
    pub fn unknown_critical_extension(&self) -> Option<Oid<'a>> {
        raw_extensions(self.extensions).find(is_unknown_critical).map(|raw| raw.oid)
    }

    /// Reads an entry that [`Entry::read`] has seen.
    pub(super) fn read(list: &mut Reader<'a>, certificate_issuer: NameRef<'a>) -> Option<Self> {
        let Entry { serial_number, revocation_date, extensions } = Entry::read(list).ok()?;
        Some(Self { serial_number: serial_number.content(), revocation_date, extensions, certificate_issuer })
    }

    fn typed<T>(
        &self,
        oid: Oid<'_>,
        decode: impl Fn(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        let Some(raw) = raw_extensions(self.extensions).find(|raw| raw.oid == oid) else { return Ok(None) };
        let mut reader = raw.value.reader();
        let value = decode(&mut reader)?;
        reader.finish()?;
        Ok(Some(value))
    }
}

impl fmt::Debug for RevokedCertificate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RevokedCertificate(")?;
        self.serial_number.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, " of {}, {})", self.certificate_issuer, self.revocation_date)
    }
}

/// The fields of an entry, read without any other.
pub(super) struct Entry<'a> {
    pub(super) serial_number: Element<'a>,
    pub(super) revocation_date: UnixTime,
    /// Over the contents of `crlEntryExtensions`.
    pub(super) extensions: Reader<'a>,
}

/// What the extensions of an entry mean to others.
#[derive(Default)]
pub(super) struct EntryExtensions<'a> {
    /// The names in certificateIssuer, with their header.
    pub(super) certificate_issuer: Option<Element<'a>>,
    /// The type of the first critical extension that RFC 5280 does not define.
    pub(super) unknown_critical: Option<Element<'a>>,
}

impl<'a> Entry<'a> {
    /// Reads the next entry, but not into its extensions.
    pub(super) fn read(list: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = list.sequence()?;
        let serial_number = fields.expect(Tag::INTEGER).map_err(DecodeError::within("userCertificate"))?;
        serial_number.integer().map_err(DecodeError::within("userCertificate"))?;
        let date = fields.any().and_then(|element| UnixTime::from_element(&element));
        let revocation_date = date.map_err(DecodeError::within("revocationDate"))?;
        let extensions = if fields.is_empty() {
            fields
        } else {
            let extensions = fields.sequence().map_err(DecodeError::within("crlEntryExtensions"))?;
            fields.finish()?;
            extensions
        };
        Ok(Self { serial_number, revocation_date, extensions })
    }

    /// Checks the syntax of the extensions, and that each occurs once.
    pub(super) fn check_extensions(&self) -> Result<EntryExtensions<'a>, DecodeError> {
        let mut found = EntryExtensions::default();
        let mut seen = [oid::DATA; MOST_EXTENSIONS];
        let mut list = self.extensions;
        let mut count = 0;
        while !list.is_empty() {
            let start = list;
            let raw = RawExtension::read(&mut list)?;
            if seen.iter().take(count).any(|earlier| *earlier == raw.oid) {
                return Err(start.error(DecodeErrorKind::Duplicate));
            }
            let slot = seen.get_mut(count).ok_or_else(|| start.error(DecodeErrorKind::TooMany))?;
            *slot = raw.oid;
            count += 1;
            if raw.oid == oid::CERTIFICATE_ISSUER {
                let names = certificate_issuer(&raw).map_err(DecodeError::within("certificateIssuer"))?;
                found.certificate_issuer = Some(names);
            }
            if is_unknown_critical(&raw) {
                found.unknown_critical.get_or_insert(raw.id);
            }
        }
        Ok(found)
    }
}

/// The first distinguished name among `names`.
pub(super) fn directory_name<'a>(names: GeneralNames<'a>) -> Option<NameRef<'a>> {
    directory_names(names).next()
}

/// The distinguished names among `names`.
pub(super) fn directory_names<'a>(names: GeneralNames<'a>) -> impl Iterator<Item = NameRef<'a>> + use<'a> {
    names.iter().filter_map(|name| match name {
        GeneralName::DirectoryName(name) => Some(name),
        _ => None,
    })
}

/// A certificateIssuer has the distinguished name of the issuer (RFC 5280 section 5.3.3), or else nobody could say which
/// entries are about a certificate.
fn certificate_issuer<'a>(raw: &RawExtension<'a>) -> Result<Element<'a>, DecodeError> {
    let mut reader = raw.value.reader();
    let element = reader.expect(Tag::SEQUENCE)?;
    reader.finish()?;
    let names = GeneralNames::from_contents(element.reader())?;
    directory_name(names).map(|_| element).ok_or_else(|| element.error(DecodeErrorKind::InvalidValue))
}

fn is_unknown_critical(raw: &RawExtension<'_>) -> bool {
    raw.critical && !KNOWN_EXTENSIONS.contains(&raw.oid)
}

fn raw_extensions(mut list: Reader<'_>) -> impl Iterator<Item = RawExtension<'_>> {
    core::iter::from_fn(move || RawExtension::read(&mut list).ok())
}

/// RFC 5280 section 5.3.
const KNOWN_EXTENSIONS: [Oid<'static>; 3] = [oid::REASON_CODE, oid::INVALIDITY_DATE, oid::CERTIFICATE_ISSUER];

/// RFC 5280 defines 3. Each is compared with all before it, so there must be an end.
const MOST_EXTENSIONS: usize = 16;
