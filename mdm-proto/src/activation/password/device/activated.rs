//! [`DeviceActivated`]: the end.

use alloc::{string::String, vec::Vec};

use pki_core::{
    Certificate, UnixTime,
    chain::{ChainValidator, Pool, Purpose, TrustAnchor, ValidatedChain},
    crypto::CryptoProvider,
};

use crate::activation::password::{DeviceError, message::content::Issued};

/// A device is activated: from here on both sides authenticate by TLS with certificates under the root.
///
/// - The certificate is for the key of the CSR.
/// - It is valid under one of the roots, to be a TLS client, at the time that was given.
/// - All of it came in one message, from the service that knows the password.
#[derive(Clone, Debug)]
pub struct DeviceActivated {
    chain: ValidatedChain,
    certificates: Vec<Certificate>,
    roots: Vec<Certificate>,
    url: String,
}

impl DeviceActivated {
    pub(super) fn check(issued: Issued, crypto: &CryptoProvider, now: UnixTime) -> Result<Self, DeviceError> {
        let Issued { certificate, roots, chain: others, url } = issued;
        let anchors: Vec<TrustAnchor> = roots.iter().cloned().map(TrustAnchor::from_certificate).collect();
        let pool = Pool::from_iter(others.iter().cloned());
        let chain = ChainValidator::new(anchors, *crypto).validate(&certificate, &pool, Purpose::CLIENT_AUTH, now);
        let chain = chain.map_err(DeviceError::Chain)?;
        let certificates = core::iter::once(certificate).chain(others).collect();
        Ok(Self { chain, certificates, roots, url })
    }

    /// The path from the certificate to the root, validated: what identities are read from.
    #[must_use]
    pub const fn chain(&self) -> &ValidatedChain {
        &self.chain
    }

    /// The device's certificate first, then those that TLS sends with it.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The roots under which the service authenticates, and no others do.
    #[must_use]
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    /// Where the service is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}
