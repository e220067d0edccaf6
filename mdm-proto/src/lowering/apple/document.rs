//! [`Document`]: a configuration profile as octets.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    Certificate, Secret, ToBeSigned,
    algorithm::SignatureAlgorithm,
    cms::{BuildError, CertificateIdentifier, SignedDataBuilder},
    crypto::CryptoProvider,
};

/// A configuration profile as it goes to a device: a property list that is not signed yet. It may hold a challenge, so `Debug`
/// shows nothing of it and it is wiped when dropped.
pub struct Document(Secret);

impl Document {
    pub(super) const fn new(xml: Secret) -> Self {
        Self(xml)
    }

    /// The property list.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.expose()
    }

    /// The signed profile: a CMS SignedData with the profile inside (RFC 5652 section 5), with the certificates by which a
    /// device comes from the signer to a root that it knows.
    ///
    /// Signing does not hide the challenge: that is what [`encrypt`](super::ConfigurationProfile::encrypt) is for, before.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn to_be_signed(
        &self,
        signer: &Certificate,
        intermediates: &[Certificate],
        algorithm: SignatureAlgorithm,
        crypto: &CryptoProvider,
    ) -> Result<ToBeSigned<Secret>, BuildError> {
        let builder = SignedDataBuilder::new(Some(Vec::from(self.as_bytes()))).add_certificate(signer.as_der());
        let builder = intermediates.iter().fold(builder, |builder, other| builder.add_certificate(other.as_der()));
        let to_be_signed = builder.build(CertificateIdentifier::of(signer), algorithm, crypto)?;
        Ok(to_be_signed.map(Secret::new))
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} octets)", self.as_bytes().len())
    }
}
