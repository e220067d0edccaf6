//! [`TransactionId`]: what ties the messages of one operation together.

use alloc::{string::String, vec::Vec};
use core::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use pki_core::{
    DecodeError, DecodeErrorKind,
    crypto::{RandomFailed, SecureRandom},
    der::{Element, Tag, Writer},
};
use subtle::ConstantTimeEq;

use super::{is_printable, string_content};

/// transactionID (RFC 8894 section 3.2.1.1): 1 to 255 octets that mean nothing to us.
///
/// - Goes back octet for octet as it came: no case folding, no trimming, and characters that a PrintableString can't have
///   stay as they are.
/// - Equal only as a whole; compared in time that depends on the lengths only. Order and hash are for maps.
/// - Ours are 32 hexadecimal digits of randomness, so that none occurs twice.
#[derive(Clone)]
pub struct TransactionId(Vec<u8>);

impl TransactionId {
    /// Most octets in one. Apple reads fewer than 128 from a CA.
    pub const LONGEST: usize = 255;

    /// A fresh one.
    ///
    /// # Errors
    /// [`RandomFailed`] from the source.
    pub fn generate(rng: &mut dyn SecureRandom) -> Result<Self, RandomFailed> {
        let mut octets = [0; 16];
        rng.fill(&mut octets)?;
        let digits: String = octets.iter().map(|octet| alloc::format!("{octet:02x}")).collect();
        Ok(Self(digits.into_bytes()))
    }

    /// From a text of the application, such as the identifier of a device. It must be unique to the transaction.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::Empty`], or [`DecodeErrorKind::TooLarge`] over 255 octets.
    /// - [`DecodeErrorKind::InvalidString`] at the first character that a PrintableString can't have.
    pub fn from_text(text: &str) -> Result<Self, DecodeError> {
        match text.bytes().position(|byte| !is_printable(byte)) {
            Some(position) => Err(DecodeError::new(DecodeErrorKind::InvalidString, position)),
            None => Self::from_bytes(text.as_bytes()),
        }
    }

    /// From octets, as a record keeps them.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Empty`], or [`DecodeErrorKind::TooLarge`] over 255 octets.
    pub fn from_bytes(octets: &[u8]) -> Result<Self, DecodeError> {
        match octets.len() {
            0 => Err(DecodeError::new(DecodeErrorKind::Empty, 0)),
            1..=Self::LONGEST => Ok(Self(octets.to_vec())),
            _ => Err(DecodeError::new(DecodeErrorKind::TooLarge, Self::LONGEST)),
        }
    }

    /// From the value of the attribute. The characters are not checked: what came goes back.
    ///
    /// # Errors
    /// [`DecodeErrorKind::UnexpectedTag`] if it is not a PrintableString, UTF8String or IA5String, and those of
    /// [`TransactionId::from_bytes`].
    pub fn decode(element: &Element<'_>) -> Result<Self, DecodeError> {
        Self::from_bytes(string_content(element)?).map_err(|error| element.error(error.kind()))
    }

    /// The value of the attribute, a PrintableString.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| w.primitive(Tag::PRINTABLE_STRING, &self.0))
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl PartialEq for TransactionId {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TransactionId {}

impl PartialOrd for TransactionId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TransactionId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl Hash for TransactionId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Display for TransactionId {
    /// The text, with octets that are not printable ASCII escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

impl fmt::Debug for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransactionId({self})")
    }
}
