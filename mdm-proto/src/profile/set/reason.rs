//! [`EnrolmentReason`] and [`SilentChange`].

use alloc::vec::Vec;
use core::fmt;

use scep::client::Fingerprint;

use super::ProfileId;
use crate::profile::{KeyAlgorithm, ScepSettings};

/// Why a device enrols anew. Reasons of the settings are those of BES10: changing anything else restarts nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnrolmentReason {
    /// Another CA behind the URL.
    CaIdentifier,
    /// A profile that refers to it is another than before.
    ChangedReferrer(ProfileId),
    /// Another curve.
    EccStrength {
        /// Before.
        old: KeyAlgorithm,
        /// Now.
        new: KeyAlgorithm,
    },
    /// Another kind of key.
    KeyAlgorithm {
        /// Before.
        old: KeyAlgorithm,
        /// Now.
        new: KeyAlgorithm,
    },
    /// The device was activated anew. It has nothing of before.
    NewActivation,
    /// The profile was not there before.
    NewProfile,
    /// A profile that refers to it was not there before, or referred to another.
    NewReferrer(ProfileId),
    /// Another length of the RSA modulus.
    RsaStrength {
        /// Before.
        old: KeyAlgorithm,
        /// Now.
        new: KeyAlgorithm,
    },
    /// A CA is no longer believed, or there were no thumbprints and there are now.
    ///
    /// A thumbprint that is added beside those that stay is no reason: while one CA follows another, the next one's is
    /// added first, devices renew in their own time, and the old one's is taken away when they have. Whose certificate is
    /// from a CA that stays may then keep it: see [`EnrolmentReason::spares`].
    Thumbprint {
        /// Those that are gone; none if there were none.
        gone: Vec<Fingerprint>,
    },
}

/// What changes without a new enrolment, and counts from the next one on, or at once where it is about the dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SilentChange {
    /// Where the challenge comes from, or the challenge itself.
    Challenge,
    /// The cipher for messages.
    Cipher,
    /// The digest for signatures.
    Digest,
    /// The extended key usages.
    ExtendedKeyUsage,
    /// How the key is protected, or whether it can be taken out. It counts for the next key.
    KeyProtection,
    /// The key usage.
    KeyUsage,
    /// The lifetime to ask for.
    Lifetime,
    /// The name for people.
    Name,
    /// The subject or the alternative names.
    Names,
    /// When renewal starts.
    Renewal,
    /// How often the device asks again.
    Retries,
    /// How messages reach the CA.
    Route,
    /// Where the certificate is kept.
    Store,
    /// Microsoft's template.
    Template,
    /// A thumbprint beside those that were there.
    ThumbprintAdded,
    /// The URLs.
    Url,
}

impl EnrolmentReason {
    /// Whether it is none for a device whose certificate was enrolled under the CA with this thumbprint: others are gone.
    #[must_use]
    pub fn spares(&self, enrolled_under: &Fingerprint) -> bool {
        matches!(self, Self::Thumbprint { gone } if !gone.is_empty() && !gone.contains(enrolled_under))
    }

    /// Those that lie in the settings.
    pub(super) fn of_settings(old: &ScepSettings, new: &ScepSettings) -> Vec<Self> {
        let mut reasons = Vec::new();
        if old.ca_identifier() != new.ca_identifier() {
            reasons.push(Self::CaIdentifier);
        }
        let gone: Vec<_> = old.thumbprints().iter().filter(|old| !new.thumbprints().contains(old)).cloned().collect();
        if !gone.is_empty() || (old.thumbprints().is_empty() && !new.thumbprints().is_empty()) {
            reasons.push(Self::Thumbprint { gone });
        }
        let (old, new) = (old.key().algorithm(), new.key().algorithm());
        match (old, new) {
            _ if old == new => {}
            (KeyAlgorithm::Rsa { .. }, KeyAlgorithm::Rsa { .. }) => reasons.push(Self::RsaStrength { old, new }),
            (KeyAlgorithm::Ec(_), KeyAlgorithm::Ec(_)) => reasons.push(Self::EccStrength { old, new }),
            _ => reasons.push(Self::KeyAlgorithm { old, new }),
        }
        reasons
    }
}

impl SilentChange {
    /// Those that lie in the settings.
    pub(super) fn of_settings(old: &ScepSettings, new: &ScepSettings) -> Vec<Self> {
        let spec = |settings: &ScepSettings| (settings.key().protection(), settings.key().extractability());
        let adds = |thumbprint: &Fingerprint| !old.thumbprints().contains(thumbprint);
        [
            (old.cipher() != new.cipher(), Self::Cipher),
            (old.digest() != new.digest(), Self::Digest),
            (old.extended_key_usage() != new.extended_key_usage(), Self::ExtendedKeyUsage),
            (spec(old) != spec(new), Self::KeyProtection),
            (old.key_usage() != new.key_usage(), Self::KeyUsage),
            (old.lifetime() != new.lifetime(), Self::Lifetime),
            (old.name() != new.name(), Self::Name),
            (old.renewal() != new.renewal(), Self::Renewal),
            (old.retries() != new.retries(), Self::Retries),
            (old.route() != new.route(), Self::Route),
            (old.store() != new.store(), Self::Store),
            (old.template() != new.template(), Self::Template),
            (new.thumbprints().iter().any(adds), Self::ThumbprintAdded),
            (old.urls() != new.urls(), Self::Url),
        ]
        .into_iter()
        .filter_map(|(differs, change)| differs.then_some(change))
        .collect()
    }
}

impl fmt::Display for EnrolmentReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CaIdentifier => f.write_str("the CA identifier changed"),
            Self::ChangedReferrer(id) => write!(f, "{id}, which refers to it, changed"),
            Self::EccStrength { old, new } | Self::KeyAlgorithm { old, new } | Self::RsaStrength { old, new } => {
                write!(f, "the key is to be {new}, and was {old}")
            }
            Self::NewActivation => f.write_str("the device was activated anew"),
            Self::NewProfile => f.write_str("the profile is new"),
            Self::NewReferrer(id) => write!(f, "{id}, which refers to it, is new"),
            Self::Thumbprint { gone } if gone.is_empty() => f.write_str("there were no thumbprints, and there are now"),
            Self::Thumbprint { gone } => {
                f.write_str("a CA is no longer believed:")?;
                gone.iter().try_for_each(|thumbprint| write!(f, " {thumbprint}"))
            }
        }
    }
}

impl fmt::Display for SilentChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Challenge => "another challenge, or another source of them",
            Self::Cipher => "another cipher",
            Self::Digest => "another digest",
            Self::ExtendedKeyUsage => "other extended key usages",
            Self::KeyProtection => "another protection of the next key",
            Self::KeyUsage => "another key usage",
            Self::Lifetime => "another lifetime",
            Self::Name => "another name for people",
            Self::Names => "another subject or other alternative names",
            Self::Renewal => "another start of renewals",
            Self::Retries => "other retries",
            Self::Route => "another way to the CA",
            Self::Store => "another store",
            Self::Template => "another template",
            Self::ThumbprintAdded => "one more thumbprint",
            Self::Url => "other URLs",
        })
    }
}
