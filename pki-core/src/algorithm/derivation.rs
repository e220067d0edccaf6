//! [`KeyDerivationAlgorithm`]: how a key is made of a password.

use core::fmt;

use super::{AlgorithmIdentifier, DigestAlgorithm, NULL};
use crate::oid::{self, Oid};

/// How a key is derived from a password.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyDerivationAlgorithm {
    /// PBKDF2 (RFC 8018 section 5.2) with HMAC over one digest.
    Pbkdf2(DigestAlgorithm),
}

impl KeyDerivationAlgorithm {
    /// PBKDF2 with HMAC-SHA-256.
    pub const PBKDF2_SHA256: Self = Self::Pbkdf2(DigestAlgorithm::SHA256);

    /// PBKDF2 with this pseudorandom function (RFC 8018 appendix B.1). `None` for what is not supported.
    #[must_use]
    pub fn from_prf(prf: AlgorithmIdentifier<'_>) -> Option<Self> {
        let known = PRFS.iter().find(|(_, oid)| *oid == prf.oid && prf.has_no_parameters());
        known.map(|(digest, _)| Self::Pbkdf2(*digest))
    }

    /// The pseudorandom function, with the parameter NULL. `None` if it has no identifier.
    #[must_use]
    pub fn prf(self) -> Option<AlgorithmIdentifier<'static>> {
        let Self::Pbkdf2(digest) = self;
        let known = PRFS.iter().find(|(known, _)| *known == digest);
        known.map(|(_, oid)| AlgorithmIdentifier::new(*oid, Some(NULL)))
    }
}

impl fmt::Debug for KeyDerivationAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Pbkdf2(digest) = self;
        write!(f, "PBKDF2-HMAC-{digest:?}")
    }
}

/// HMAC over each digest (RFC 8018 appendix B.1.2).
const PRFS: &[(DigestAlgorithm, Oid<'static>)] = &[
    (DigestAlgorithm::SHA256, oid::HMAC_WITH_SHA256),
    (DigestAlgorithm::SHA1, oid::HMAC_WITH_SHA1),
    (DigestAlgorithm::SHA224, oid::HMAC_WITH_SHA224),
    (DigestAlgorithm::SHA384, oid::HMAC_WITH_SHA384),
    (DigestAlgorithm::SHA512, oid::HMAC_WITH_SHA512),
];

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn rfc8018_appendix_b_1_2_each_prf_has_an_identifier() {
        for (digest, last) in [
            (DigestAlgorithm::SHA1, 7),
            (DigestAlgorithm::SHA224, 8),
            (DigestAlgorithm::SHA256, 9),
            (DigestAlgorithm::SHA384, 10),
            (DigestAlgorithm::SHA512, 11),
        ] {
            let algorithm = KeyDerivationAlgorithm::Pbkdf2(digest);
            let prf = algorithm.prf().unwrap();
            assert_eq!((format!("{}", prf.oid), prf.parameters), (format!("1.2.840.113549.2.{last}"), Some(NULL)));
            assert_eq!(KeyDerivationAlgorithm::from_prf(prf), Some(algorithm));
            assert_eq!(KeyDerivationAlgorithm::from_prf(AlgorithmIdentifier::new(prf.oid, None)), Some(algorithm));
            let other = AlgorithmIdentifier::new(prf.oid, Some(&[0x30, 0x00]));
            assert_eq!(KeyDerivationAlgorithm::from_prf(other), None);
        }
        assert_eq!(KeyDerivationAlgorithm::Pbkdf2(DigestAlgorithm::MD5).prf(), None);
        assert_eq!(format!("{:?}", KeyDerivationAlgorithm::PBKDF2_SHA256), "PBKDF2-HMAC-SHA-256");
    }
}
