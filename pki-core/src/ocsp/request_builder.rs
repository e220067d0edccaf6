//! [`OcspRequestBuilder`].

use super::{
    CertIdRef, MOST_ENTRIES, OcspRequest,
    nonce::{self, NONCE_LENGTH},
};
use crate::{
    build_error::BuildError,
    cert::{ExtensionList, extension::Criticality},
    crypto::{RandomFailed, SecureRandom},
    der::{Tag, Writer},
    oid::Oid,
};

/// Builds an [`OcspRequest`], unsigned.
#[derive(Debug)]
#[must_use]
pub struct OcspRequestBuilder {
    requests: Writer,
    count: usize,
    extensions: ExtensionList,
}

impl OcspRequestBuilder {
    /// For one certificate, without a nonce.
    pub fn new(cert_id: CertIdRef<'_>) -> Self {
        let builder = Self { requests: Writer::new(), count: 0, extensions: ExtensionList::default() };
        builder.add_certificate(cert_id)
    }

    /// Asks for one more certificate. Many responders answer for one at a time only (RFC 5019 section 2.1.1).
    pub fn add_certificate(mut self, cert_id: CertIdRef<'_>) -> Self {
        self.count += 1;
        self.requests.sequence(|w| w.raw(cert_id.as_der()));
        self
    }

    /// Sets a nonce of 32 random octets (RFC 9654 section 2.1).
    ///
    /// # Errors
    /// [`RandomFailed`] from the source.
    pub fn with_random_nonce(self, rng: &mut dyn SecureRandom) -> Result<Self, RandomFailed> {
        let mut nonce = [0; NONCE_LENGTH];
        rng.fill(&mut nonce)?;
        Ok(self.with_nonce(&nonce))
    }

    /// Sets the nonce, 1 to 128 octets. RFC 9654 section 2.1 wants 32 at least, and not to be guessed.
    pub fn with_nonce(mut self, nonce: &[u8]) -> Self {
        nonce::set(&mut self.extensions, nonce);
        self
    }

    /// Adds an extension of the whole request; `value` is the DER that goes into `extnValue`.
    pub fn add_extension(mut self, oid: Oid<'_>, criticality: Criticality, value: &[u8]) -> Self {
        self.extensions.add(oid, criticality, value);
        self
    }

    /// The request.
    ///
    /// # Errors
    /// - [`BuildError::Duplicate`] if an extension was added twice.
    /// - [`BuildError::Empty`] for an empty nonce.
    /// - [`BuildError::InvalidValue`] for an extension that is not DER.
    /// - [`BuildError::TooLong`] for more than 128 certificates, or a nonce over 128 octets.
    /// - [`BuildError::Unreadable`] if it can't be read back, as when it is larger than [`OcspRequest::MAX_SIZE`].
    pub fn build(self) -> Result<OcspRequest, BuildError> {
        self.extensions.check()?;
        if self.count > MOST_ENTRIES {
            return Err(BuildError::TooLong("requestList"));
        }
        let requests = self.requests.finish();
        let der = Writer::encode(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.sequence(|w| w.raw(&requests));
                    if !self.extensions.is_empty() {
                        w.constructed(Tag::context_constructed(2), |w| self.extensions.encode(w));
                    }
                });
            });
        });
        OcspRequest::from_der(&der).map_err(BuildError::Unreadable)
    }
}
