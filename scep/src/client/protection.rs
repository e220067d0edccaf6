//! [`Protection`]: how messages to a CA are made and sent.

use pki_core::algorithm::{DigestAlgorithm, KeyTransportAlgorithm};

use super::{ClientConfig, Error, KnownCapabilities, Unsupported};
use crate::{
    capability::{Capabilities, Capability},
    http::Method,
    message::EnvelopeAlgorithms,
};

/// How messages to this CA are made and sent, by its capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Protection {
    pub(super) digest: DigestAlgorithm,
    pub(super) envelope: EnvelopeAlgorithms,
    pub(super) method: Method,
    /// What is known of the CA now, for the caller to keep.
    pub(super) seen: KnownCapabilities,
}

impl Protection {
    /// The best that the CA states and the provider has (RFC 8894 section 3.5.2).
    pub(super) fn choose(config: &ClientConfig, capabilities: &Capabilities) -> Result<Self, Error> {
        let none = Error::Unsupported(Unsupported::NoCommonAlgorithm);
        let crypto = config.crypto();
        let (Some(digest), Some(cipher)) = (capabilities.best_digest(crypto), capabilities.best_cipher(crypto)) else {
            return Err(none);
        };
        let post = capabilities.supports(Capability::PostPkiOperation);
        let method = if post { Method::Post } else { Method::Get };
        let envelope = EnvelopeAlgorithms { cipher, key_transport: KeyTransportAlgorithm::RsaPkcs1 };
        Ok(Self { digest, envelope, method, seen: KnownCapabilities::of(capabilities) })
    }
}
