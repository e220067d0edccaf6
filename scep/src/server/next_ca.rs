//! [`NextCaCertificates`] and [`NextCaResponse`]: the answer to GetNextCACert (RFC 8894 section 4.7).

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    Certificate, DecodeError, Limits, ToBeSigned,
    algorithm::SignatureAlgorithm,
    cms::{self, BuildError, CertificateIdentifier, SignatureError, SignedData, SignedDataBuilder},
    crypto::CryptoProvider,
};

/// The certificates of the CA that will follow, and of its RA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextCaCertificates(Vec<Certificate>);

/// The body of a GetNextCACert response: the certificates of the next CA, signed by the current one.
///
/// It does not depend on the request. It is made once, where the CA's key is, and given to every server.
#[derive(Clone, PartialEq, Eq)]
pub struct NextCaResponse {
    der: Vec<u8>,
    certificates: NextCaCertificates,
}

/// Why a response to GetNextCACert can't be made, or is not good.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextCaError {
    /// It can't be put together.
    Build(BuildError),
    /// Not a SignedData around a degenerate SignedData, or not one with certificates.
    Decode(DecodeError),
    /// The next CA's certificate becomes valid only after the current one has expired.
    Gap,
    /// The current CA's certificate is among those of the next.
    IsCurrent,
    /// None of the certificates is a CA's.
    NoCaCertificate,
    /// It is not signed once, or not in the name of the current CA (section 4.7.1).
    NotSignedByCurrent,
    /// The current CA's signature does not hold.
    Signature(SignatureError),
}

impl NextCaCertificates {
    /// These: those of [`Generation::certificates`](super::Generation::certificates) if the server will go on as that.
    #[must_use]
    pub fn new(certificates: &[Certificate]) -> Self {
        Self(certificates.to_vec())
    }

    /// What has to be signed by the key of `current`, the CA whose certificate clients have: a SignedData whose content is a
    /// degenerate SignedData with the certificates.
    ///
    /// # Errors
    /// - [`NextCaError::NoCaCertificate`], [`NextCaError::IsCurrent`], [`NextCaError::Gap`] for the wrong certificates.
    /// - [`NextCaError::Decode`] if one's extensions can't be read.
    /// - [`NextCaError::Build`] if `crypto` lacks the digest of `algorithm`.
    pub fn build(
        &self,
        current: &Certificate,
        algorithm: SignatureAlgorithm,
        crypto: &CryptoProvider,
    ) -> Result<ToBeSigned<NextCaResponse>, NextCaError> {
        self.check(current)?;
        let content = cms::certs_only(self.0.iter().map(Certificate::as_der), []);
        let certificates = self.clone();
        SignedDataBuilder::new(Some(content))
            .add_certificate(current.as_der())
            .build(CertificateIdentifier::of(current), algorithm, crypto)
            .map(|signed| signed.map(move |der| NextCaResponse { der, certificates: certificates.clone() }))
            .map_err(NextCaError::Build)
    }

    /// The certificates.
    #[must_use]
    pub fn as_slice(&self) -> &[Certificate] {
        &self.0
    }

    fn check(&self, current: &Certificate) -> Result<(), NextCaError> {
        if self.0.contains(current) {
            return Err(NextCaError::IsCurrent);
        }
        let mut found = false;
        for certificate in &self.0 {
            let constraints = certificate.basic_constraints().map_err(NextCaError::Decode)?;
            if constraints.is_some_and(|constraints| constraints.is_ca) {
                found = true;
                if certificate.validity().not_before > current.validity().not_after {
                    return Err(NextCaError::Gap);
                }
            }
        }
        if found { Ok(()) } else { Err(NextCaError::NoCaCertificate) }
    }
}

impl NextCaResponse {
    /// Reads one that was made earlier, and verifies that `current` signed it.
    ///
    /// # Errors
    /// - [`NextCaError::Decode`], [`NextCaError::NotSignedByCurrent`], [`NextCaError::Signature`].
    /// - As [`NextCaCertificates::build`] for the certificates in it.
    pub fn from_der(der: &[u8], current: &Certificate, crypto: &CryptoProvider) -> Result<Self, NextCaError> {
        let signed_data = SignedData::from_ber(der, Limits::DEFAULT).map_err(NextCaError::Decode)?;
        let [signer] = signed_data.signers() else { return Err(NextCaError::NotSignedByCurrent) };
        if !signer.sid().names(current) {
            return Err(NextCaError::NotSignedByCurrent);
        }
        let content = signed_data.content();
        let verified = signer.verify(signed_data.content_type(), content, current.public_key(), crypto);
        verified.map_err(NextCaError::Signature)?;
        let inner = SignedData::from_ber(content.unwrap_or_default(), Limits::DEFAULT).map_err(NextCaError::Decode)?;
        let certificates = inner.certificates().map(Certificate::from_der).collect::<Result<_, _>>();
        let certificates = NextCaCertificates(certificates.map_err(NextCaError::Decode)?);
        certificates.check(current)?;
        Ok(Self { der: der.to_vec(), certificates })
    }

    /// The body of the response, of type `application/x-x509-next-ca-cert`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.der
    }

    /// The certificates in it.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        self.certificates.as_slice()
    }
}

impl fmt::Debug for NextCaResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NextCaResponse").field("certificates", &self.certificates.0).finish_non_exhaustive()
    }
}

impl fmt::Display for NextCaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::Gap => f.write_str("the next CA's certificate begins after the current one's end"),
            Self::IsCurrent => f.write_str("the current CA's certificate is not the next one's"),
            Self::NoCaCertificate => f.write_str("there is no certificate of a CA"),
            Self::NotSignedByCurrent => f.write_str("it is not signed by the current CA alone"),
            Self::Signature(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for NextCaError {}
