//! [`Nonce`]: senderNonce and recipientNonce.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    DecodeError, DecodeErrorKind,
    crypto::{RandomFailed, SecureRandom},
    der::{Element, Tag, Writer},
};
use subtle::ConstantTimeEq;

/// senderNonce or recipientNonce (RFC 8894 section 3.2.1.5).
///
/// Ours have 16 octets, as the RFC says. Received ones may have 1 to 64, since old iOS sends 8, and go back as they came.
/// Compared in time that depends on the lengths only.
#[derive(Clone)]
pub struct Nonce(Vec<u8>);

impl Nonce {
    /// Octets in those that we make.
    pub const LENGTH: usize = 16;
    /// Most octets in those that we take.
    pub const LONGEST: usize = 64;

    /// A fresh one.
    ///
    /// # Errors
    /// [`RandomFailed`] from the source.
    pub fn generate(rng: &mut dyn SecureRandom) -> Result<Self, RandomFailed> {
        let mut octets = alloc::vec![0; Self::LENGTH];
        rng.fill(&mut octets)?;
        Ok(Self(octets))
    }

    /// From octets, as a record keeps them.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Empty`], or [`DecodeErrorKind::TooLarge`] over 64 octets.
    pub fn from_bytes(octets: &[u8]) -> Result<Self, DecodeError> {
        match octets.len() {
            0 => Err(DecodeError::new(DecodeErrorKind::Empty, 0)),
            1..=Self::LONGEST => Ok(Self(octets.to_vec())),
            _ => Err(DecodeError::new(DecodeErrorKind::TooLarge, Self::LONGEST)),
        }
    }

    /// From the value of the attribute, an OCTET STRING.
    ///
    /// # Errors
    /// [`DecodeErrorKind::UnexpectedTag`], and those of [`Nonce::from_bytes`].
    pub fn decode(element: &Element<'_>) -> Result<Self, DecodeError> {
        match element.tag() {
            Tag::OCTET_STRING => Self::from_bytes(element.content()).map_err(|error| element.error(error.kind())),
            found => {
                Err(element.error(DecodeErrorKind::UnexpectedTag { expected: Tag::OCTET_STRING, found: Some(found) }))
            }
        }
    }

    /// The value of the attribute.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| w.octet_string(&self.0))
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the length is another than the 16 octets of RFC 8894 section 3.2.1.5.
    #[must_use]
    pub fn was_odd_length(&self) -> bool {
        self.0.len() != Self::LENGTH
    }
}

impl PartialEq for Nonce {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Nonce {}

impl fmt::Display for Nonce {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({self})")
    }
}
