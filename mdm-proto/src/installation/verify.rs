//! [`verify_server`].

use core::fmt;

use pki_core::{
    Certificate, UnixTime,
    chain::{ChainError, ChainValidator, PeerName, Pool, Purpose, TrustAnchor, ValidatedChain},
    crypto::CryptoProvider,
};

/// Why a device does not believe a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerRefused {
    /// Its certificate does not lead to a pinned root, is not for TLS servers, not valid now, or lacks a name.
    Chain(ChainError),
    /// It sent no certificate.
    NoCertificate,
    /// The caller: no name was expected, and any server would do.
    NoName,
}

/// Verifies what a server sent in TLS, its own certificate first, against the roots that the device pinned: every one of
/// `names` has to be there. Nothing is known of other roots, as those of browsers.
///
/// # Errors
/// [`ServerRefused`]
pub fn verify_server(
    roots: &[Certificate],
    chain: &[Certificate],
    names: &[PeerName<'_>],
    now: UnixTime,
    crypto: &CryptoProvider,
) -> Result<ValidatedChain, ServerRefused> {
    let target = chain.first().ok_or(ServerRefused::NoCertificate)?;
    if names.is_empty() {
        return Err(ServerRefused::NoName);
    }
    let anchors: alloc::vec::Vec<_> = roots.iter().cloned().map(TrustAnchor::from_certificate).collect();
    let pool: Pool = chain.iter().skip(1).take(MOST_CERTIFICATES).cloned().collect();
    let purpose = Purpose::SERVER_AUTH.with_names(names);
    ChainValidator::new(anchors, *crypto).validate(target, &pool, purpose, now).map_err(ServerRefused::Chain)
}

impl fmt::Display for ServerRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(error) => write!(f, "the server is not the one that the device belongs to: {error}"),
            Self::NoCertificate => f.write_str("the server sent no certificate"),
            Self::NoName => f.write_str("no name is expected of the server: give the one that the device connects to"),
        }
    }
}

impl core::error::Error for ServerRefused {}

/// More than that no server sends.
const MOST_CERTIFICATES: usize = 16;
