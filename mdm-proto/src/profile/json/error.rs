//! [`JsonError`].

use core::fmt;

use serde_json::error::Category;

use crate::profile::{ProfileSetError, TemplateError};

/// Why a profile can't be read from JSON, or written as it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonError {
    /// The profiles don't go together.
    Set(ProfileSetError),
    /// Writing: the password that is one for all devices would be in it.
    StaticPassword,
    /// Not JSON, or other fields or types than there are. Nothing of the text is in here: it may hold a challenge.
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A template of a name.
    Template(TemplateError),
    /// More than 64 KiB for a profile, or 1 MiB for a set.
    TooLarge,
    /// Written by a later release, or by another program.
    UnsupportedVersion(u32),
    /// A value that can't be there, or more of them than there may be.
    Value(JsonField),
}

/// Where a value is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum JsonField {
    /// `alternativeNames`: up to 32; of an agent, the base64 of DER.
    AlternativeNames,
    /// `caIdentifier`: up to 256 characters.
    CaIdentifier,
    /// `challenge`: 1 to 255 characters; of a sealed one, up to 4,096.
    Challenge,
    /// `cipher`: one that has a name here.
    Cipher,
    /// `digest`: one that has a name here.
    Digest,
    /// `extendedKeyUsage`: up to 32 identifiers.
    ExtendedKeyUsage,
    /// `id`, or another profile's identifier.
    Id,
    /// `keyUsage`: the names of RFC 5280, each once.
    KeyUsage,
    /// A name for people: up to 256 characters.
    Name,
    /// `other`: up to 64 octets in base64.
    Other,
    /// A host, an SSID or another text of a referring profile: up to 256 characters; server names: up to 32.
    Referrer,
    /// `subject`: of an agent, the base64 of DER; not empty without alternative names.
    Subject,
    /// `template`
    Template,
    /// `thumbprints`: up to 16, in hexadecimal.
    Thumbprints,
    /// A length of time that is not of whole seconds.
    Time,
    /// `urls`: 1 to 16, of up to 2,048 characters.
    Urls,
}

impl JsonError {
    pub(super) fn syntax(error: serde_json::Error) -> Self {
        match error.classify() {
            // There is no input and no output but memory.
            Category::Io => Self::TooLarge,
            Category::Data | Category::Eof | Category::Syntax => {
                Self::Syntax { line: error.line(), column: error.column() }
            }
        }
    }
}

impl From<JsonField> for JsonError {
    fn from(field: JsonField) -> Self {
        Self::Value(field)
    }
}

impl From<ProfileSetError> for JsonError {
    fn from(error: ProfileSetError) -> Self {
        Self::Set(error)
    }
}

impl From<TemplateError> for JsonError {
    fn from(error: TemplateError) -> Self {
        Self::Template(error)
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(error) => error.fmt(f),
            Self::StaticPassword => f.write_str("the profile has a password that is one for all devices"),
            Self::Syntax { line, column } => write!(f, "not the JSON of a profile at line {line} column {column}"),
            Self::Template(error) => error.fmt(f),
            Self::TooLarge => f.write_str("the JSON is larger than that of profiles"),
            Self::UnsupportedVersion(version) => write!(f, "version {version} is not known"),
            Self::Value(field) => write!(f, "the value of {field} can't be there"),
        }
    }
}

impl fmt::Display for JsonField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlternativeNames => "alternativeNames",
            Self::CaIdentifier => "caIdentifier",
            Self::Challenge => "challenge",
            Self::Cipher => "cipher",
            Self::Digest => "digest",
            Self::ExtendedKeyUsage => "extendedKeyUsage",
            Self::Id => "id",
            Self::KeyUsage => "keyUsage",
            Self::Name => "name",
            Self::Other => "other",
            Self::Referrer => "a referring profile",
            Self::Subject => "subject",
            Self::Template => "template",
            Self::Thumbprints => "thumbprints",
            Self::Time => "a length of time",
            Self::Urls => "urls",
        })
    }
}

impl core::error::Error for JsonError {}
