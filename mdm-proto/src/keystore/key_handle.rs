//! [`KeyHandle`].

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use pki_core::{
    BuildError, DecodeError, DecodeErrorKind,
    der::{Decode, Reader, Tag, Writer},
};

/// By what the caller finds a private key: a label, a number, a key wrapped by hardware. Octets that mean nothing here. Cheap
/// to clone.
///
/// Whatever they are, they are in records that are not secret.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHandle(Arc<[u8]>);

impl KeyHandle {
    /// Most octets in a handle.
    pub const MAX_SIZE: usize = 4096;

    /// From octets.
    ///
    /// # Errors
    /// [`BuildError::Empty`], [`BuildError::TooLong`].
    pub fn new(octets: &[u8]) -> Result<Self, BuildError> {
        match octets.len() {
            0 => Err(BuildError::Empty("keyHandle")),
            length if length > Self::MAX_SIZE => Err(BuildError::TooLong("keyHandle")),
            _ => Ok(Self(octets.into())),
        }
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.octet_string(&self.0);
    }

    /// Once each, in order; the oldest is forgotten where nobody ever deletes one and there are too many.
    pub(crate) fn insert(list: &mut Vec<Self>, handle: Self, most: usize) {
        if list.contains(&handle) {
            return;
        }
        if list.len() >= most {
            list.remove(0);
        }
        list.push(handle);
    }
}

impl Decode<'_> for KeyHandle {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let element = reader.expect(Tag::OCTET_STRING)?;
        Self::new(element.content()).map_err(|_| element.error(DecodeErrorKind::InvalidValue))
    }
}

impl fmt::Debug for KeyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyHandle({} octets)", self.0.len())
    }
}
