//! [`CertificateOddity`]: what is accepted though RFC 5280 has it otherwise.

use core::fmt;

use super::Certificate;

/// A deviation from RFC 5280 that reading a certificate tolerates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateOddity {
    /// A `critical` that is TRUE but not `FF` (X.690 section 11.1).
    BerBoolean,
    /// An `extensions` field without extensions (RFC 5280 section 4.1).
    EmptyExtensions,
    /// Extensions in a certificate of this version, where version 3 has them (RFC 5280 section 4.1.2.9).
    ExtensionsInVersion(u8),
    /// A serial number of so many octets, more than 20 (RFC 5280 section 4.1.2.2). certmonger's have 32.
    LongSerialNumber(usize),
    /// A negative serial number (RFC 5280 section 4.1.2.2).
    NegativeSerialNumber,
    /// The serial number 0 (RFC 5280 section 4.1.2.2).
    ZeroSerialNumber,
}

pub(super) fn oddities(certificate: &Certificate) -> impl Iterator<Item = CertificateOddity> + use<> {
    let index = certificate.0.index();
    let serial = certificate.serial_number();
    let has_extensions = !certificate.extensions().is_empty();
    let digits = serial.strip_prefix(&[0]).unwrap_or(serial).len();
    [
        index.extensions.has_ber_boolean().then_some(CertificateOddity::BerBoolean),
        index.extensions.is_empty_list().then_some(CertificateOddity::EmptyExtensions),
        (has_extensions && index.version < 3).then_some(CertificateOddity::ExtensionsInVersion(index.version)),
        (serial.len() > 20).then_some(CertificateOddity::LongSerialNumber(digits)),
        matches!(serial, [0x80..=0xff, ..]).then_some(CertificateOddity::NegativeSerialNumber),
        (serial == [0]).then_some(CertificateOddity::ZeroSerialNumber),
    ]
    .into_iter()
    .flatten()
}

impl fmt::Display for CertificateOddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BerBoolean => f.write_str("critical is TRUE but not FF"),
            Self::EmptyExtensions => f.write_str("extensions is there and empty"),
            Self::ExtensionsInVersion(version) => write!(f, "extensions in a certificate of version {version}"),
            Self::LongSerialNumber(length) => write!(f, "the serial number has {length} octets"),
            Self::NegativeSerialNumber => f.write_str("the serial number is negative"),
            Self::ZeroSerialNumber => f.write_str("the serial number is 0"),
        }
    }
}
