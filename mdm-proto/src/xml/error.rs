//! [`Located`]: what was wrong with a document, and where.

use core::fmt;

/// What was wrong with a document, and the byte at which that showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located<K> {
    kind: K,
    position: usize,
}

/// Why a text is not a document that is read here.
pub(crate) type XmlError = Located<XmlErrorKind>;

/// What was wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum XmlErrorKind {
    /// A DOCTYPE with an internal subset: nothing that is read here has one, and attacks do.
    Doctype,
    /// The same attribute twice.
    DuplicateAttribute,
    /// A declared encoding other than UTF-8.
    Encoding,
    /// A character that XML does not have, as a control character.
    InvalidCharacter,
    /// A reference to an entity other than `amp`, `lt`, `gt`, `quot` and `apos`, or to a character that XML does not have.
    InvalidReference,
    /// Octets that are not UTF-8.
    InvalidUtf8,
    /// Not the syntax of XML.
    Malformed,
    /// An end tag for another element than the one that is open.
    Mismatched,
    /// Elements nested deeper than `Limits::depth`.
    TooDeep,
    /// More octets than `Limits::size`.
    TooLarge,
    /// More elements than `Limits::elements`, or more attributes in one than `Limits::entries`.
    TooMany,
    /// Something follows the root element.
    TrailingContent,
    /// The text ends before the document does.
    Truncated,
    /// An element where only text belongs, or text where only elements do.
    Unexpected,
}

impl<K: Copy> Located<K> {
    pub(crate) const fn new(kind: K, position: usize) -> Self {
        Self { kind, position }
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> K {
        self.kind
    }

    /// The byte offset at which it showed.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for XmlErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Doctype => "a DOCTYPE with an internal subset",
            Self::DuplicateAttribute => "the same attribute twice",
            Self::Encoding => "an encoding other than UTF-8",
            Self::InvalidCharacter => "a character that XML does not have",
            Self::InvalidReference => "a reference to an unknown entity or character",
            Self::InvalidUtf8 => "not UTF-8",
            Self::Malformed => "not XML",
            Self::Mismatched => "an end tag of another element",
            Self::TooDeep => "elements nested too deep",
            Self::TooLarge => "too many octets",
            Self::TooMany => "too many elements or attributes",
            Self::TrailingContent => "something behind the root element",
            Self::Truncated => "the text ends too early",
            Self::Unexpected => "text or an element where it does not belong",
        })
    }
}

impl<K: fmt::Display> fmt::Display for Located<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.position)
    }
}

impl<K: fmt::Debug + fmt::Display> core::error::Error for Located<K> {}

/// For `map_err`: octets that are not UTF-8.
pub(super) const fn not_utf8(error: core::str::Utf8Error) -> XmlError {
    XmlError::new(XmlErrorKind::InvalidUtf8, error.valid_up_to())
}
