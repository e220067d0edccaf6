//! [`Authorized`]: proof that a CSR may be issued.

use pki_core::CsrDigest;

/// Proof that one particular CSR may be issued: names its digest. Issuing needs one, so forgetting to authorise does not
/// compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "nothing is issued yet"]
pub struct Authorized {
    csr: CsrDigest,
    means: Means,
}

/// How a request came to be authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Means {
    /// By the client's certificate, which is to be renewed.
    Certificate,
    /// The caller decided: somebody approved it, or something that this crate knows nothing of.
    Manual,
    /// By a token for activation.
    Token,
}

impl Authorized {
    pub(crate) const fn new(csr: CsrDigest, means: Means) -> Self {
        Self { csr, means }
    }

    /// The caller decided that the request with this digest may be issued.
    pub const fn manually(csr: CsrDigest) -> Self {
        Self::new(csr, Means::Manual)
    }

    /// The CSR that may be issued.
    #[must_use]
    pub const fn csr(&self) -> &CsrDigest {
        &self.csr
    }

    /// By which means.
    #[must_use]
    pub const fn means(&self) -> Means {
        self.means
    }
}
