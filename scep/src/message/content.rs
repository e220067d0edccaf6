//! [`IssuerAndSubject`]: the messageData of a CertPoll (RFC 8894 section 3.3.3).

use alloc::vec::Vec;

use pki_core::{
    DecodeError, Name, NameRef,
    der::{Reader, Writer},
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
