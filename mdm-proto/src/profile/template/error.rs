//! [`TemplateError`] and [`ExpandError`].

use alloc::string::String;
use core::fmt;

use pki_core::BuildError;

use crate::profile::Variable;

/// Why a text is no template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateError {
    /// What is wrong.
    pub kind: TemplateErrorKind,
    /// Offset in octets from the start of the text.
    pub position: usize,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateErrorKind {
    /// `\` before something that can't be escaped (RFC 4514 section 3), or hexadecimal that is no UTF-8.
    BadEscape,
    /// A control character. No name has one.
    ControlCharacter,
    /// An attribute without a value.
    EmptyValue,
    /// A value in hexadecimal, `#04024869` (RFC 4514 section 2.4): no text, so nothing goes into it.
    HexadecimalValue,
    /// An attribute without `=`.
    MissingEquals,
    /// A variable stands where an attribute should, and it is not the user's distinguished name.
    NoAttribute(Variable),
    /// This character has to be escaped where it stands (RFC 4514 section 2.4).
    NotEscaped(char),
    /// More than 1024 characters.
    TooLong,
    /// More than 32 attributes.
    TooMany,
    /// A `%` or a `"` without its counterpart. A percent sign of its own is written `%%`.
    Unfinished(char),
    /// Not a short name and not an object identifier; as it was written.
    UnknownAttribute(String),
    /// Not a variable; as it was written.
    UnknownVariable(String),
}

/// Why a template can't be expanded for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpandError {
    /// What came of it can't be encoded, as with a country that is not two letters. Names the field.
    Build(BuildError),
    /// The value of a variable has a control character in it, such as NUL: names with one read differently to different
    /// readers.
    ControlCharacter(Variable),
    /// The user's distinguished name is no name.
    InvalidDistinguishedName(TemplateError),
    /// What came of it is not of the form that the field has. Names the field.
    InvalidValue(&'static str),
    /// The variable has no value for this device.
    Missing(Variable),
    /// Neither a subject nor an alternative name came of it (RFC 5280 section 4.1.2.6).
    Nameless,
    /// What came of it is too long for the field (RFC 5280 appendix A.1).
    TooLong {
        /// The field.
        field: &'static str,
        /// How many characters came of it.
        length: usize,
        /// How many there may be.
        longest: usize,
    },
}

impl TemplateError {
    pub(super) const fn new(kind: TemplateErrorKind, position: usize) -> Self {
        Self { kind, position }
    }
}

impl From<BuildError> for ExpandError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.position)
    }
}

impl fmt::Display for TemplateErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadEscape => f.write_str("'\\' is not followed by a character that can be escaped"),
            Self::ControlCharacter => f.write_str("a control character can't be in a name"),
            Self::EmptyValue => f.write_str("the attribute has no value"),
            Self::HexadecimalValue => f.write_str("a value in hexadecimal can't be a template"),
            Self::MissingEquals => f.write_str("the attribute has no '='"),
            Self::NoAttribute(variable) => write!(f, "%{variable}% needs an attribute, like CN=%{variable}%"),
            Self::NotEscaped(character) => write!(f, "write '\\{character}' for '{character}'"),
            Self::TooLong => write!(f, "a template has {LONGEST} characters at most"),
            Self::TooMany => write!(f, "a name has {MOST_ATTRIBUTES} attributes at most"),
            Self::Unfinished(character) => write!(f, "'{character}' has no counterpart; write '%%' for a percent sign"),
            Self::UnknownAttribute(name) => write!(f, "{name:?} is no attribute that is known, and no identifier"),
            Self::UnknownVariable(name) => write!(f, "{name:?} is no variable"),
        }
    }
}

impl fmt::Display for ExpandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => error.fmt(f),
            Self::ControlCharacter(variable) => write!(f, "the value of %{variable}% has a control character"),
            Self::InvalidDistinguishedName(error) => write!(f, "the user's distinguished name is none: {error}"),
            Self::InvalidValue(field) => write!(f, "what came of the template is no {field}"),
            Self::Missing(variable) => write!(f, "%{variable}% has no value for this device"),
            Self::Nameless => f.write_str("there is neither a subject nor an alternative name"),
            Self::TooLong { field, length, longest } => {
                write!(f, "{field} has {length} characters, and may have {longest}")
            }
        }
    }
}

impl core::error::Error for TemplateError {}
impl core::error::Error for ExpandError {}

/// Most characters of a template: room for a URI and a long distinguished name.
pub(super) const LONGEST: usize = 1024;
/// Most attributes of a name. Real ones have up to ten.
pub(super) const MOST_ATTRIBUTES: usize = 32;
