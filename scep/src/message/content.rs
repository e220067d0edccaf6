//! [`IssuerAndSubject`], the messageData of a CertPoll (RFC 8894 section 3.3.3), and [`IssuerAndSerial`], that of GetCert and
//! GetCRL (section 3.3.4).

use alloc::vec::Vec;

use pki_core::{
    Certificate, DecodeError, Name, NameRef,
    cms::CertificateIdentifier,
    der::{Reader, Tag, Writer},
};

/// Names of the CA and of the requester.
///
/// For information only: what a CertPoll asks for is told by its transactionID and recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerAndSubject {
    issuer: Name,
    subject: Name,
}

impl IssuerAndSubject {
    /// The subject of the CA's certificate, and the subject of the certificate asked for.
    #[must_use]
    pub const fn new(issuer: Name, subject: Name) -> Self {
        Self { issuer, subject }
    }

    /// Reads the whole of `der`.
    ///
    /// # Errors
    /// Those of [`Reader`], with the path below `issuer` or `subject`.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        let issuer = NameRef::decode(&mut fields).map_err(DecodeError::within("issuer"))?.to_owned();
        let subject = NameRef::decode(&mut fields).map_err(DecodeError::within("subject"))?.to_owned();
        fields.finish()?;
        outer.finish()?;
        Ok(Self { issuer, subject })
    }

    /// The DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.raw(self.issuer.as_der());
                w.raw(self.subject.as_der());
            });
        })
    }

    /// The CA's name.
    #[must_use]
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The requester's name.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }
}

/// The certificate that is asked for, or whose CRL is: an `IssuerAndSerialNumber` (RFC 5652 section 10.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerAndSerial {
    issuer: Name,
    serial: Vec<u8>,
}

impl IssuerAndSerial {
    /// Of the certificate with this issuer and serial number, the contents octets of its INTEGER: see
    /// [`SerialNumber::as_bytes`](pki_core::SerialNumber::as_bytes).
    #[must_use]
    pub fn new(issuer: Name, serial: &[u8]) -> Self {
        Self { issuer, serial: serial.to_vec() }
    }

    /// Of this certificate.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        Self::new(certificate.issuer().to_owned(), certificate.serial_number())
    }

    /// Reads the whole of `der`.
    ///
    /// # Errors
    /// Those of [`Reader`], with the path below `issuer` or `serialNumber`.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        let issuer = NameRef::decode(&mut fields).map_err(DecodeError::within("issuer"))?.to_owned();
        let serial = fields.integer().map_err(DecodeError::within("serialNumber"))?.to_vec();
        fields.finish()?;
        outer.finish()?;
        Ok(Self { issuer, serial })
    }

    /// The DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.raw(self.issuer.as_der());
                w.primitive(Tag::INTEGER, &self.serial);
            });
        })
    }

    /// Who issued it.
    #[must_use]
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The contents octets of its serial number.
    #[must_use]
    pub fn serial_number(&self) -> &[u8] {
        &self.serial
    }

    /// Whether it is this one; names are compared by RFC 5280 section 7.1.
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        CertificateIdentifier::issuer_and_serial(self.issuer.as_der(), &self.serial).names(certificate)
    }
}
