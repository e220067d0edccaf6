//! [`Code`]: what Intune says of a request.

use core::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What Intune says of a request, by the names that Microsoft gives.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

codes! {
    /// One that is not in this list, or Intune does not know either.
    Unknown,
    /// The request is right.
    Success,
    /// The CSR can't be read.
    CertificateRequestDecodingFailed,
    /// There is no challengePassword.
    ChallengePasswordMissing,
    /// The challenge can't be read.
    ChallengeDeserializationError,
    /// The challenge can't be decrypted.
    ChallengeDecryptionError,
    /// The challenge can't be decoded.
    ChallengeDecodingError,
    /// The challenge's time is none.
    ChallengeInvalidTimestamp,
    /// The challenge has ended: the profile has to be delivered again.
    ChallengeExpired,
    /// The CSR has no subject.
    SubjectNameMissing,
    /// The CSR has another subject.
    SubjectNameMismatch,
    /// The CSR has no alternative names.
    SubjectAltNameMissing,
    /// The CSR has other alternative names.
    SubjectAltNameMismatch,
    /// The CSR has another key usage.
    KeyUsageMismatch,
    /// The CSR has a key of another length.
    KeyLengthMismatch,
    /// The CSR has no extended key usage.
    EnhancedKeyUsageMissing,
    /// The CSR has another extended key usage.
    EnhancedKeyUsageMismatch,
    /// The CSR has no list of key identifiers.
    AadKeyIdentifierListMissing,
    /// The key is another than the one registered.
    RegisteredKeyMismatch,
    /// The challenge is signed by another certificate.
    SigningCertThumbprintMismatch,
    /// The device is not to have the profile any more.
    ScepProfileNoLongerTargetedToTheClient,
    /// The challenge's signature does not hold.
    SignatureValidationFailed,
    /// The challenge is for another request.
    BadCertificateRequestIdInChallenge,
    /// The challenge is for another device.
    BadDeviceIdInChallenge,
    /// The challenge is for another user.
    BadUserIdInChallenge,
}

impl Code {
    /// By its name, in any letter case. Another name is [`Code::Unknown`].
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let known = Self::ALL.iter().find(|code| code.name().eq_ignore_ascii_case(name));
        known.copied().unwrap_or(Self::Unknown)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
