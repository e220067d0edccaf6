//! [`OcspRejection`].

use core::fmt;

use crate::{
    build_error::OwnedOid, chain::error::Violation, crypto::VerifyError, ocsp::NoBasicResponse, time::UnixTime,
};

/// Why a response does not tell the status of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OcspRejection {
    /// There is no signed answer.
    NoAnswer(NoBasicResponse),
    /// It answers for other certificates (RFC 6960 section 3.2, requirement 1).
    OtherCertificate,
    /// The responder does not know the certificate (RFC 6960 section 2.2).
    UnknownCertificate,
    /// It answers for a certificate with this serial number, named by a digest that the provider lacks.
    UnsupportedDigest(OwnedOid),
    /// It has a critical extension that is not processed (section 4.1.2).
    UnknownCriticalExtension(OwnedOid),
    /// nextUpdate is before thisUpdate.
    InvalidPeriod,
    /// thisUpdate is in the future (section 4.2.2.1).
    NotYetValid {
        /// The time of the validation.
        at: UnixTime,
        /// thisUpdate
        this_update: UnixTime,
    },
    /// nextUpdate has passed (requirement 6).
    Expired {
        /// The time of the validation.
        at: UnixTime,
        /// nextUpdate
        next_update: UnixTime,
    },
    /// There is no nextUpdate, and thisUpdate is too long ago (requirement 5).
    TooOld {
        /// The time of the validation.
        at: UnixTime,
        /// thisUpdate
        this_update: UnixTime,
    },
    /// Nobody who may answer for the CA is whom the response names as its signer (requirements 3 and 4).
    UnknownResponder,
    /// Who signed it may not, or no longer, answer for the CA (requirement 4, section 4.2.2.2): a rule that its certificate
    /// breaks.
    Responder(Violation),
    /// The signature does not hold (requirement 2).
    Signature(VerifyError),
    /// The limit on signature checks was met.
    LimitExceeded,
}

impl fmt::Display for OcspRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(reason) => reason.fmt(f),
            Self::OtherCertificate => f.write_str("the response is about other certificates"),
            Self::UnknownCertificate => f.write_str("the responder does not know the certificate"),
            Self::UnsupportedDigest(digest) => write!(f, "the response names certificates by the digest {digest}"),
            Self::UnknownCriticalExtension(oid) => write!(f, "the critical extension {oid} is not processed"),
            Self::InvalidPeriod => f.write_str("nextUpdate is before thisUpdate"),
            Self::NotYetValid { at, this_update } => write!(f, "the response is of {this_update}, not of {at}"),
            Self::Expired { at, next_update } => write!(f, "the response is good until {next_update}, not at {at}"),
            Self::TooOld { at, this_update } => write!(f, "the response is of {this_update}, too old at {at}"),
            Self::UnknownResponder => f.write_str("the response is by somebody whom the CA did not delegate to"),
            Self::Responder(violation) => write!(f, "the responder's certificate: {violation}"),
            Self::Signature(error) => error.fmt(f),
            Self::LimitExceeded => f.write_str("the limit of signature checks was met"),
        }
    }
}

impl core::error::Error for OcspRejection {}
