//! [`ProfileWarning`]: what is odd about a profile.

use alloc::{string::String, vec::Vec};
use core::{fmt, time::Duration};

use pki_core::{
    algorithm::{CipherAlgorithm, DigestAlgorithm},
    extension::KeyUsage,
};
use scep::{client::Fingerprint, peer::ChallengeAlphabet};

use super::{
    AttributeType, ChallengeSource, Curve, Extractability, KeyAlgorithm, KeyProtection, ScepProfile, ScepSettings,
    StaticUse,
};
use crate::lifecycle::RenewalStart;

/// What is odd about a profile. None of it keeps a profile from being used: some CA somewhere wants each.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileWarning {
    /// The text around the variables of an attribute leaves no room for them, or is too long by itself: it can't be expanded.
    AttributeTooLong {
        /// The attribute.
        attribute: AttributeType,
        /// Characters beside the variables.
        length: usize,
        /// How many there may be altogether.
        longest: usize,
    },
    /// keyCertSign or cRLSign: for CAs.
    CaKeyUsage,
    /// The static password has characters that Windows refuses: PrintableString, the type of challenges there, has letters,
    /// digits, spaces and `'()+,-./:=?`, and field reports say that only letters, digits and dashes are safe.
    ChallengeCharacters,
    /// The password has over 255 characters (RFC 2985 appendix A) or none, or is no UTF-8: no CSR can carry it.
    ChallengeUnusable,
    /// An EC key can't decrypt the CA's replies: only CAs that encrypt them under the challenge (RFC 8894 section 3.1) can
    /// answer, and only if there is a challenge. Apple's and Windows' clients have RSA only.
    EcKey(Curve),
    /// keyEncipherment with an EC key, which RFC 8813 section 3 forbids.
    EcKeyEncipherment,
    /// The key can be taken out and has to be in hardware.
    ExtractableFromHardware,
    /// DES and triple DES.
    LegacyCipher(CipherAlgorithm),
    /// MD5 and SHA-1.
    LegacyDigest(DigestAlgorithm),
    /// A key usage without digitalSignature: SCEP signs messages with the key, and so does TLS.
    NoDigitalSignature,
    /// The URL is not https. SCEP does not need TLS, but iOS, Android's device owners and UEM's devices do, and without it
    /// anybody on the way sees subjects and may answer GetCACaps.
    NoHttps {
        /// The URL.
        url: String,
    },
    /// Neither http nor https, or no host.
    NoHttpUrl {
        /// The URL.
        url: String,
    },
    /// No thumbprint: somebody has to confirm the CA on each device, or whoever answers is believed.
    NoThumbprint,
    /// Renewal starts before the certificate does, or with its beginning.
    RenewalBeyondLifetime {
        /// How long before the end.
        start: Duration,
        /// The lifetime asked for.
        lifetime: Duration,
    },
    /// A percentage that is none of 1 to 99.
    RenewalPercent(u8),
    /// Devices are given the password that is one for all, and their users can read it.
    StaticPasswordOnDevices,
    /// RSA below 2048 bits.
    WeakRsa {
        /// Bits in the modulus.
        bits: u16,
    },
    /// The thumbprint is an MD5 or SHA-1 digest. Both were made to collide; a second certificate for one that somebody else
    /// made is still out of reach. Windows knows SHA-1 only.
    WeakThumbprint(Fingerprint),
}

impl ScepSettings {
    /// What is odd about them; nothing most of the time.
    #[must_use]
    pub fn warnings(&self) -> Vec<ProfileWarning> {
        let mut warnings = Vec::new();
        warnings.extend(self.urls().iter().filter_map(|url| url_warning(url)));
        if self.thumbprints().is_empty() {
            warnings.push(ProfileWarning::NoThumbprint);
        }
        let weak = self.thumbprints().iter().filter(|thumbprint| thumbprint.as_bytes().len() <= SHA1_LENGTH);
        warnings.extend(weak.cloned().map(ProfileWarning::WeakThumbprint));
        self.key_warnings(&mut warnings);
        if matches!(self.digest(), DigestAlgorithm::MD5 | DigestAlgorithm::SHA1) {
            warnings.push(ProfileWarning::LegacyDigest(self.digest()));
        }
        if matches!(self.cipher(), CipherAlgorithm::DES_CBC | CipherAlgorithm::DES_EDE3_CBC) {
            warnings.push(ProfileWarning::LegacyCipher(self.cipher()));
        }
        match (self.renewal(), self.lifetime()) {
            (RenewalStart::PercentRemaining(percent), _) if !matches!(percent, 1..=99) => {
                warnings.push(ProfileWarning::RenewalPercent(percent));
            }
            (RenewalStart::Before(start), Some(lifetime)) if start >= lifetime => {
                warnings.push(ProfileWarning::RenewalBeyondLifetime { start, lifetime });
            }
            _ => {}
        }
        warnings
    }

    fn key_warnings(&self, warnings: &mut Vec<ProfileWarning>) {
        let (key, usage) = (self.key(), self.key_usage());
        match key.algorithm() {
            KeyAlgorithm::Rsa { bits } if bits < 2048 => warnings.push(ProfileWarning::WeakRsa { bits }),
            KeyAlgorithm::Rsa { .. } => {}
            KeyAlgorithm::Ec(curve) => {
                warnings.push(ProfileWarning::EcKey(curve));
                if usage.contains(KeyUsage::KEY_ENCIPHERMENT) {
                    warnings.push(ProfileWarning::EcKeyEncipherment);
                }
            }
        }
        if key.protection() == KeyProtection::HardwareRequired && key.extractability() == Extractability::Allowed {
            warnings.push(ProfileWarning::ExtractableFromHardware);
        }
        if !usage.is_empty() && !usage.contains(KeyUsage::DIGITAL_SIGNATURE) {
            warnings.push(ProfileWarning::NoDigitalSignature);
        }
        if usage.intersects(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN) {
            warnings.push(ProfileWarning::CaKeyUsage);
        }
    }
}

impl ScepProfile {
    /// What is odd about it, settings included; nothing most of the time.
    #[must_use]
    pub fn warnings(&self) -> Vec<ProfileWarning> {
        let mut warnings = self.settings().warnings();
        for (attribute, value) in self.subject().attributes() {
            let longest = attribute.longest();
            let length = value.literal_length();
            // A value of a variable has one character at least.
            if length + value.variables().count() > longest {
                warnings.push(ProfileWarning::AttributeTooLong { attribute: attribute.clone(), length, longest });
            }
        }
        if let Some(password) = self.challenge().static_password() {
            match str::from_utf8(password.for_service().expose()) {
                Ok(text) if matches!(text.chars().count(), 1..=LONGEST_PASSWORD) => {
                    if !ChallengeAlphabet::LettersDigitsHyphen.permits(text) {
                        warnings.push(ProfileWarning::ChallengeCharacters);
                    }
                }
                _ => warnings.push(ProfileWarning::ChallengeUnusable),
            }
            let exposed = password.usage() == StaticUse::PlatformClients;
            if exposed && matches!(self.challenge(), ChallengeSource::Static(_)) {
                warnings.push(ProfileWarning::StaticPasswordOnDevices);
            }
        }
        warnings
    }
}

fn url_warning(url: &str) -> Option<ProfileWarning> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_https = scheme.eq_ignore_ascii_case("https");
    let is_url = !host.is_empty() && url.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_url || !(is_https || scheme.eq_ignore_ascii_case("http")) {
        return Some(ProfileWarning::NoHttpUrl { url: url.into() });
    }
    (!is_https).then(|| ProfileWarning::NoHttps { url: url.into() })
}

impl fmt::Display for ProfileWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttributeTooLong { attribute, length, longest } => {
                write!(f, "{attribute} has {length} characters beside its variables, and may have {longest} altogether")
            }
            Self::CaKeyUsage => f.write_str("the key usage is a CA's"),
            Self::ChallengeCharacters => f.write_str("the challenge has characters that Windows may refuse"),
            Self::ChallengeUnusable => f.write_str("the challenge is no text of 1 to 255 characters"),
            Self::EcKey(_) => f.write_str("few CAs answer a first request by an EC key"),
            Self::EcKeyEncipherment => f.write_str("keyEncipherment is not for EC keys"),
            Self::ExtractableFromHardware => f.write_str("a key that has to be in hardware can't be taken out"),
            Self::LegacyCipher(cipher) => write!(f, "{cipher:?} is out of date"),
            Self::LegacyDigest(digest) => write!(f, "{} is out of date", digest.name()),
            Self::NoDigitalSignature => f.write_str("the key usage lacks digitalSignature"),
            Self::NoHttps { url } => write!(f, "{url} is not https"),
            Self::NoHttpUrl { url } => write!(f, "{url:?} is no URL of a SCEP server"),
            Self::NoThumbprint => f.write_str("there is no thumbprint of the CA's certificate"),
            Self::RenewalBeyondLifetime { start, lifetime } => {
                write!(f, "renewal starts {start:?} before the end of a lifetime of {lifetime:?}")
            }
            Self::RenewalPercent(percent) => write!(f, "renewal can't start at {percent} per cent"),
            Self::StaticPasswordOnDevices => f.write_str("users can read the challenge that is one for all devices"),
            Self::WeakRsa { bits } => write!(f, "RSA-{bits} is too short"),
            Self::WeakThumbprint(thumbprint) => write!(f, "{thumbprint} is of MD5 or SHA-1"),
        }
    }
}

/// `pkcs-9-ub-challengePassword` (RFC 2985 appendix A).
const LONGEST_PASSWORD: usize = 255;
/// Octets in a SHA-1 digest; MD5 has fewer.
const SHA1_LENGTH: usize = 20;

#[cfg(test)]
mod tests;
