//! [`CertificateIdentifier`]: how CMS names the certificate of a signer or recipient.

use crate::{
    ber,
    cert::Certificate,
    der::{Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    name::NameRef,
};

/// `SignerIdentifier` and `RecipientIdentifier` (RFC 5652 sections 5.3 and 6.2.1), which are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateIdentifier<'a> {
    /// By issuer and serial number.
    IssuerAndSerial {
        /// The DER of the issuer's `Name`, as received.
        issuer: &'a [u8],
        /// The contents octets of the serial number INTEGER, of any number: certmonger sends 32.
        serial: &'a [u8],
    },
    /// By the octets of the subjectKeyIdentifier extension.
    SubjectKeyIdentifier(&'a [u8]),
}

impl<'a> CertificateIdentifier<'a> {
    /// By issuer and serial number: the DER of a `Name` and the contents octets of an INTEGER.
    #[must_use]
    pub const fn issuer_and_serial(issuer: &'a [u8], serial: &'a [u8]) -> Self {
        Self::IssuerAndSerial { issuer, serial }
    }

    /// By issuer and serial number of `certificate`, as SCEP does.
    #[must_use]
    pub fn of(certificate: &'a Certificate) -> Self {
        Self::issuer_and_serial(certificate.issuer().as_der(), certificate.serial_number())
    }

    /// Whether it names `certificate`.
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        let key_identifier = certificate.subject_key_identifier().ok().flatten();
        self.matches(
            certificate.issuer().as_der(),
            certificate.serial_number(),
            key_identifier.map(|identifier| identifier.as_bytes()),
        )
    }

    /// Whether it names the certificate with this issuer (the DER of the `Name`), serial number (contents octets) and
    /// subjectKeyIdentifier, `None` if the certificate has none.
    ///
    /// Octet by octet, but for names: those that differ in their octets are compared by RFC 5280 section 7.1, because peers
    /// write a PrintableString as UTF8String.
    #[must_use]
    pub fn matches(&self, issuer: &[u8], serial: &[u8], key_identifier: Option<&[u8]>) -> bool {
        match *self {
            Self::IssuerAndSerial { issuer: ours, serial: number } => number == serial && same_name(ours, issuer),
            Self::SubjectKeyIdentifier(ours) => key_identifier == Some(ours),
        }
    }

    /// Reads the next element.
    pub(super) fn decode(reader: &mut ber::Reader<'a>) -> Result<Self, DecodeError> {
        match reader.peek() {
            Some(Tag::SEQUENCE) => {
                let mut inner = reader.sequence()?;
                let issuer = inner.expect(Tag::SEQUENCE).map_err(DecodeError::within("issuer"))?;
                let serial = inner.expect(Tag::INTEGER).map_err(DecodeError::within("serialNumber"))?;
                inner.finish()?;
                if serial.content().is_empty() {
                    return Err(DecodeError::within("serialNumber")(serial.error(DecodeErrorKind::InvalidEncoding)));
                }
                Ok(Self::IssuerAndSerial { issuer: issuer.raw(), serial: serial.content() })
            }
            Some(KEY_IDENTIFIER) => {
                let element = reader.any().map_err(DecodeError::within("subjectKeyIdentifier"))?;
                Ok(Self::SubjectKeyIdentifier(element.content()))
            }
            found => Err(reader.error(DecodeErrorKind::UnexpectedTag { expected: Tag::SEQUENCE, found })),
        }
    }

    /// Writes it.
    pub(super) fn encode(&self, writer: &mut Writer) {
        match *self {
            Self::IssuerAndSerial { issuer, serial } => writer.sequence(|w| {
                w.raw(issuer);
                w.primitive(Tag::INTEGER, serial);
            }),
            Self::SubjectKeyIdentifier(octets) => writer.primitive(KEY_IDENTIFIER, octets),
        }
    }

    /// Whether what it holds is DER: for identifiers that a caller made.
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        if let Self::IssuerAndSerial { issuer, serial } = *self {
            let mut name = crate::der::Reader::new(issuer);
            name.expect(Tag::SEQUENCE).map_err(DecodeError::within("issuer"))?;
            name.finish().map_err(DecodeError::within("issuer"))?;
            if serial.is_empty() {
                return Err(DecodeError::within("serialNumber")(DecodeError::new(DecodeErrorKind::Empty, 0)));
            }
        }
        Ok(())
    }
}

fn same_name(one: &[u8], other: &[u8]) -> bool {
    one == other
        || NameRef::from_der(one).is_ok_and(|one| NameRef::from_der(other).is_ok_and(|other| one.matches(other)))
}

const KEY_IDENTIFIER: Tag = Tag::context(0);
