//! [`Config`]: what a client knows beforehand.

use pki_core::{Limits, crypto::CryptoProvider};

use crate::est::Label;

/// What a client knows beforehand. The server's name and how its TLS certificate is judged are the transport's business.
#[derive(Clone, Debug)]
pub struct Config {
    crypto: CryptoProvider,
    label: Option<Label>,
    limits: Limits,
}

impl Config {
    /// With nothing known but the algorithms that may be used.
    #[must_use]
    pub const fn new(crypto: CryptoProvider) -> Self {
        Self { crypto, label: None, limits: Limits::DEFAULT }
    }

    /// With one of the CAs behind the server (RFC 7030 section 3.2.2).
    #[must_use]
    pub fn with_label(self, label: Label) -> Self {
        Self { label: Some(label), ..self }
    }

    /// With other limits on what is read.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The algorithms that may be used.
    #[must_use]
    pub const fn crypto(&self) -> &CryptoProvider {
        &self.crypto
    }

    pub(super) const fn label(&self) -> Option<&Label> {
        self.label.as_ref()
    }

    pub(super) const fn limits(&self) -> Limits {
        self.limits
    }
}
