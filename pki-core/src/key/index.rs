//! [`PublicKeyIndex`]: where the parts of a `SubjectPublicKeyInfo` lie.

use super::PublicKeyRef;
use crate::{
    algorithm::AlgorithmIdentifier,
    der::Reader,
    error::DecodeError,
    oid::{self, Oid},
    signed::Span,
};

/// Where a `SubjectPublicKeyInfo` and its parts lie, so that they are read once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublicKeyIndex {
    der: Span,
    /// The contents octets.
    oid: Span,
    parameters: Option<Span>,
    bits: Span,
}

impl PublicKeyIndex {
    /// Reads the next element, counted from `base`.
    pub(crate) fn read(reader: &mut Reader<'_>, base: usize) -> Result<Self, DecodeError> {
        let start = reader.position() - base;
        let (key, algorithm_end) = PublicKeyRef::decode_parts(reader)?;
        let AlgorithmIdentifier { oid, parameters } = key.algorithm();
        // Each part ends where the next one begins, or with what it is in.
        let before = |end: usize, part: &[u8]| Span::new(end.saturating_sub(part.len()), part.len());
        let parameters = parameters.map(|parameters| before(algorithm_end - base, parameters));
        let oid_end = parameters.map_or(algorithm_end - base, Span::start);
        Ok(Self {
            der: Span::new(start, key.as_der().len()),
            oid: before(oid_end, oid.as_bytes()),
            parameters,
            bits: before(start + key.as_der().len(), key.key_bits()),
        })
    }

    /// The key, in the bytes that were counted.
    pub(crate) fn key(self, bytes: &[u8]) -> PublicKeyRef<'_> {
        let oid = Oid::from_bytes(self.oid.of_bytes(bytes)).unwrap_or(oid::DATA);
        PublicKeyRef {
            der: self.der.of_bytes(bytes),
            algorithm: AlgorithmIdentifier::new(oid, self.parameters.map(|span| span.of_bytes(bytes))),
            bits: self.bits.of_bytes(bytes),
        }
    }
}
