//! [`CrlRejected`]: why a CRL does not tell the status of a certificate.

use core::fmt;

use crate::{build_error::OwnedOid, crl::CrlScope, crypto::VerifyError, error::DecodeError, time::UnixTime};

/// Why a CRL does not tell the status of a certificate, by the steps of RFC 5280 section 6.3.3.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrlRejected {
    /// An extension can't be read.
    Malformed {
        /// Which.
        field: &'static str,
        /// What is wrong.
        error: DecodeError,
    },
    /// A critical extension, of the CRL or of an entry, that nobody knows (5.2, 5.3).
    UnknownCriticalExtension(OwnedOid),
    /// There is no cRLNumber (5.2.3).
    NumberMissing,
    /// cRLNumber is critical (5.2.3).
    NumberCritical,
    /// An entry says whose certificate it is about, and the CRL does not say that it is indirect (5.3.3).
    UnexpectedCertificateIssuer,
    /// There is no nextUpdate, so nobody knows how long it holds (5.1.2.5).
    NextUpdateMissing,
    /// It is from the future.
    NotYetValid {
        /// When it begins to hold.
        this_update: UnixTime,
    },
    /// (a) There should be a newer one, and no delta CRL updates it.
    Stale {
        /// Since when.
        next_update: UnixTime,
    },
    /// (b) (1) The issuer is neither that of the certificate nor the cRLIssuer of the distribution point.
    IssuerMismatch,
    /// (b) (1) The distribution point has a cRLIssuer, and the CRL is not indirect.
    NotIndirect,
    /// (b) (2) (i) It is for other distribution points.
    PointMismatch,
    /// (b) (2) (ii) to (iv) It is for other certificates.
    OutOfScope(CrlScope),
    /// (e) It covers no reason that others did not.
    NoNewReasons,
    /// (f) No path to the same anchor validates a key for it.
    UntrustedSigner,
    /// (g) The signature does not hold.
    Signature(VerifyError),
    /// The work came to an end.
    LimitExceeded,
}

impl fmt::Display for CrlRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { field, error } => write!(f, "{field} can't be read: {error}"),
            Self::UnknownCriticalExtension(oid) => write!(f, "the critical extension {oid} is not known"),
            Self::NumberMissing => f.write_str("there is no cRLNumber"),
            Self::NumberCritical => f.write_str("cRLNumber is critical"),
            Self::UnexpectedCertificateIssuer => f.write_str("entries for other issuers in a CRL that is not indirect"),
            Self::NextUpdateMissing => f.write_str("there is no nextUpdate"),
            Self::NotYetValid { this_update } => write!(f, "it holds from {this_update}"),
            Self::Stale { next_update } => write!(f, "there should be a newer one since {next_update}"),
            Self::IssuerMismatch => f.write_str("another issuer"),
            Self::NotIndirect => f.write_str("the distribution point has a cRLIssuer, and the CRL is not indirect"),
            Self::PointMismatch => f.write_str("it is for other distribution points"),
            Self::OutOfScope(scope) => write!(f, "it is for {scope:?}"),
            Self::NoNewReasons => f.write_str("it covers no more reasons"),
            Self::UntrustedSigner => f.write_str("no path validates a key for it"),
            Self::Signature(error) => error.fmt(f),
            Self::LimitExceeded => f.write_str("a limit was met"),
        }
    }
}
