//! [`Loss`]: what a platform could not be told.

use alloc::vec::Vec;
use core::fmt;

/// Something in a platform's form, and what was lost on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "what was lost is to be looked at"]
pub struct Lowered<T> {
    output: T,
    losses: Vec<Loss>,
}

/// A setting that a platform was not told as the profile has it, or that will not do what it seems to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// The setting.
    pub field: Field,
    /// What became of it.
    pub change: Change,
    /// Why.
    pub reason: Reason,
}

/// What became of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Another number was written.
    Clamped {
        /// What the profile has.
        from: u64,
        /// What was written.
        to: u64,
    },
    /// It was left out.
    Dropped,
    /// It was written; see the reason.
    Warning,
}

/// A setting of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Field {
    /// An alternative name.
    AlternativeName,
    /// The name of the CA behind the URL.
    CaIdentifier,
    /// The challenge.
    Challenge,
    /// The cipher for messages.
    Cipher,
    /// The digest for signatures.
    Digest,
    /// The extended key usages.
    ExtendedKeyUsage,
    /// Whether the key can be taken out.
    Extractability,
    /// Where the key is kept.
    KeyProtection,
    /// The size of the key, in bits.
    KeySize,
    /// The key usage, as the octet that the extension begins with.
    KeyUsage,
    /// The lifetime to ask for, in seconds.
    Lifetime,
    /// When renewal starts.
    Renewal,
    /// How often the device asks again.
    RetryCount,
    /// How long it waits each time, in seconds.
    RetryDelay,
    /// In which store the certificate is kept.
    Store,
    /// The subject.
    Subject,
    /// The certificate template.
    Template,
    /// The thumbprint of the CA's certificate.
    Thumbprint,
    /// A URL.
    Url,
}

/// Why a setting was not told as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Windows' client was seen to fail with `! @ # $ % ^ & * _` in a challenge.
    ChallengeAlphabet,
    /// The platform's client chooses by itself, from what the CA can do.
    ClientChooses,
    /// It is counted in whole units: minutes or days.
    Coarse,
    /// Every user of a device can read the password that is good for all devices.
    Disclosed,
    /// The platform names a family of digests, and takes one of it by itself.
    HashFamily,
    /// What the platform offers is less than what is preferred.
    NotOffered,
    /// The platform has no such setting.
    NoSuchSetting,
    /// One of several is all that the platform takes. The first that fits is it.
    OnlyOne,
    /// Windows' client was seen to fail with `+` in a common name.
    PlusInCommonName,
    /// The platform takes no number beyond.
    Range,
    /// The platform wants one where the profile has none.
    Required,
    /// The thumbprint must be that of the root CA, and was not compared with it.
    RootUnconfirmed,
    /// The text has the character by which the platform separates texts.
    Separator,
    /// The service has to send the profile again, in time: the platform does not renew by itself.
    ServiceRenews,
    /// The platform's documentation knows SHA-1 and MD5; longer ones are known to work from others' reports only.
    Undocumented,
    /// Without a thumbprint whichever CA answers is believed.
    Unpinned,
    /// Digest or key are too weak to be relied on.
    Weak,
}

impl<T> Lowered<T> {
    pub(super) const fn new(output: T, losses: Vec<Loss>) -> Self {
        Self { output, losses }
    }

    /// What was made.
    #[must_use]
    pub const fn output(&self) -> &T {
        &self.output
    }

    /// What was lost.
    #[must_use]
    pub fn losses(&self) -> &[Loss] {
        &self.losses
    }

    /// Both.
    #[must_use]
    pub fn into_parts(self) -> (T, Vec<Loss>) {
        (self.output, self.losses)
    }
}

impl Loss {
    pub(super) const fn clamped(field: Field, from: u64, to: u64, reason: Reason) -> Self {
        Self { field, change: Change::Clamped { from, to }, reason }
    }

    pub(super) const fn dropped(field: Field, reason: Reason) -> Self {
        Self { field, change: Change::Dropped, reason }
    }

    pub(super) const fn warning(field: Field, reason: Reason) -> Self {
        Self { field, change: Change::Warning, reason }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, change, reason } = self;
        match change {
            Change::Clamped { from, to } => write!(f, "{field}: {to} instead of {from}: {reason}"),
            Change::Dropped => write!(f, "{field}: left out: {reason}"),
            Change::Warning => write!(f, "{field}: {reason}"),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlternativeName => "alternative name",
            Self::CaIdentifier => "CA identifier",
            Self::Challenge => "challenge",
            Self::Cipher => "cipher",
            Self::Digest => "digest",
            Self::ExtendedKeyUsage => "extended key usage",
            Self::Extractability => "extractability",
            Self::KeyProtection => "key protection",
            Self::KeySize => "key size",
            Self::KeyUsage => "key usage",
            Self::Lifetime => "lifetime",
            Self::Renewal => "renewal",
            Self::RetryCount => "retries",
            Self::RetryDelay => "retry delay",
            Self::Store => "store",
            Self::Subject => "subject",
            Self::Template => "template",
            Self::Thumbprint => "thumbprint",
            Self::Url => "URL",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ChallengeAlphabet => "the client may fail with other characters than letters and digits",
            Self::ClientChooses => "the platform's client chooses by itself",
            Self::Coarse => "it is counted in whole units",
            Self::Disclosed => "every user of a device can read what is good for all devices",
            Self::HashFamily => "the platform names a family and takes one of it",
            Self::NotOffered => "the platform offers less",
            Self::NoSuchSetting => "the platform has no such setting",
            Self::OnlyOne => "the platform takes one",
            Self::PlusInCommonName => "the client may fail with a plus sign in a common name",
            Self::Range => "the platform takes no number beyond",
            Self::Required => "the platform wants one",
            Self::RootUnconfirmed => "it must be of the root CA, which it was not compared with",
            Self::Separator => "it has the character by which the platform separates",
            Self::ServiceRenews => "the service has to send the profile again in time",
            Self::Undocumented => "the platform's documentation knows only shorter ones",
            Self::Unpinned => "without one, whichever CA answers is believed",
            Self::Weak => "it is too weak to be relied on",
        })
    }
}
