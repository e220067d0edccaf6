//! The certificate for a CSR, and the key of a request.

use core::fmt;

use pki_core::{Certificate, Csr};
use scep::server::Enrol;
use sha2::{Digest as _, Sha256};

/// The certificate for this CSR among those that a CA sent, by its key: not by its place, which a SET has no say about. Of several,
/// the one that begins last.
pub fn certificate_for<'c>(
    csr: &Csr,
    certificates: impl IntoIterator<Item = &'c Certificate>,
) -> Option<&'c Certificate> {
    let for_key = certificates.into_iter().filter(|certificate| certificate.public_key() == csr.public_key());
    for_key.max_by_key(|certificate| certificate.validity().not_before)
}

/// What a repeated request is told by, before a CA behind a proxy is asked again: the CA, the transactionID, the key that signed, and
/// the CSR. A request that differs in any of these is another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey([u8; 32]);

impl RequestKey {
    /// Of a request.
    #[must_use]
    pub fn of(enrol: &Enrol) -> Self {
        let transaction = enrol.transaction();
        let signer = Sha256::digest(enrol.signer().public_key().as_der());
        let id = Sha256::digest(transaction.id.as_bytes());
        let parts = [transaction.authority.as_bytes().as_slice(), &id, &signer, enrol.csr_digest().as_bytes()];
        Self(Sha256::digest(parts.concat()).into())
    }

    /// For a column of a database.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestKey(")?;
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))?;
        f.write_str(")")
    }
}
