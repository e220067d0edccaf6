//! [`Signed`]: `SEQUENCE { toBeSigned, signatureAlgorithm, signature }`, kept as it was received. Certificates, CSRs and CRLs
//! are such.

mod span;

use alloc::{boxed::Box, sync::Arc, vec::Vec};

pub(crate) use span::Span;

use crate::{
    algorithm::{AlgorithmIdentifier, SignatureAlgorithm},
    build_error::BuildError,
    crypto::Signature,
    der::{Element, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    oid,
    tbs::ToBeSigned,
};

/// The exact bytes of something signed, and where its parts lie in them. Cheap to clone.
pub(crate) struct Signed<I>(Arc<Inner<I>>);

struct Inner<I> {
    der: Box<[u8]>,
    tbs: Span,
    algorithm: Span,
    signature: Span,
    index: I,
}

/// Where the fields of the signed part lie, counted from its first byte, so that they stay right wherever it is put.
pub(crate) trait Index: Clone + Send + Sync + 'static {
    /// The name of the signed part.
    const TBS: &'static str;
    /// The name of the signature.
    const SIGNATURE: &'static str;
    /// Most bytes in the whole.
    const MAX_SIZE: usize;

    /// Reads the signed part.
    fn read(tbs: &Element<'_>) -> Result<Self, DecodeError>;
}

impl<I: Index> Signed<I> {
    /// From DER.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        if der.len() > I::MAX_SIZE {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge, 0));
        }
        let mut reader = Reader::new(der);
        let mut fields = reader.sequence()?;
        reader.finish()?;

        let tbs = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within(I::TBS))?;
        let index = I::read(&tbs).map_err(DecodeError::within(I::TBS))?;
        let algorithm = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("signatureAlgorithm"))?;
        check_algorithm(&algorithm).map_err(DecodeError::within("signatureAlgorithm"))?;
        let signature = signature_value(&mut fields).map_err(DecodeError::within(I::SIGNATURE))?;
        fields.finish()?;
        Ok(Self(Arc::new(Inner {
            tbs: Span::of(&tbs, 0),
            algorithm: Span::of(&algorithm, 0),
            signature,
            index,
            der: der.into(),
        })))
    }

    /// A signed part of our own, which is read before it is signed, so that putting it together can't fail.
    pub(crate) fn to_be_signed<T: 'static>(
        tbs: Vec<u8>,
        algorithm: SignatureAlgorithm,
        wrap: fn(Self) -> T,
    ) -> Result<ToBeSigned<T>, BuildError> {
        // The other half is for the signature.
        if tbs.len() > I::MAX_SIZE / 2 {
            return Err(BuildError::TooLong(I::TBS));
        }
        let index = Element::from_der(&tbs).and_then(|element| I::read(&element)).map_err(BuildError::Unreadable)?;
        Ok(ToBeSigned::new(tbs, algorithm, move |tbs, signature| {
            wrap(Self::assemble(tbs, index.clone(), algorithm, &signature))
        }))
    }

    fn assemble(tbs: &[u8], index: I, algorithm: SignatureAlgorithm, signature: &Signature) -> Self {
        let rest = Writer::encode(|w| {
            algorithm.identifier().encode(w);
            w.bit_string(signature.as_bytes());
        });
        let der = Writer::encode(|w| {
            w.sequence(|w| {
                w.raw(tbs);
                w.raw(&rest);
            });
        });
        let tbs_start = der.len() - rest.len() - tbs.len();
        let identifier = Writer::encode(|w| algorithm.identifier().encode(w));
        let value_length = signature.as_bytes().len();
        Self(Arc::new(Inner {
            tbs: Span::new(tbs_start, tbs.len()),
            algorithm: Span::new(tbs_start + tbs.len(), identifier.len()),
            signature: Span::new(der.len() - value_length, value_length),
            index,
            der: der.into(),
        }))
    }
}

impl<I> Signed<I> {
    /// All of it.
    pub(crate) fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// What the signature is made over, with its header.
    pub(crate) fn tbs(&self) -> &[u8] {
        self.0.tbs.of_bytes(&self.0.der)
    }

    /// Where that begins.
    pub(crate) fn tbs_start(&self) -> usize {
        self.0.tbs.start()
    }

    /// The DER of the `signatureAlgorithm`.
    pub(crate) fn algorithm_der(&self) -> &[u8] {
        self.0.algorithm.of_bytes(&self.0.der)
    }

    /// The `signatureAlgorithm`.
    pub(crate) fn algorithm(&self) -> AlgorithmIdentifier<'_> {
        algorithm_from_checked(self.algorithm_der())
    }

    /// The octets of the signature.
    pub(crate) fn signature(&self) -> &[u8] {
        self.0.signature.of_bytes(&self.0.der)
    }

    /// Where the fields of the signed part lie.
    pub(crate) fn index(&self) -> &I {
        &self.0.index
    }

    /// A field of the signed part.
    pub(crate) fn field(&self, span: Span) -> &[u8] {
        span.of_bytes(self.tbs())
    }
}

impl<I> Clone for Signed<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Refuses what is no `AlgorithmIdentifier`.
pub(crate) fn check_algorithm(element: &Element<'_>) -> Result<(), DecodeError> {
    let mut fields = element.reader();
    fields.oid()?;
    if !fields.is_empty() {
        fields.any()?;
    }
    fields.finish()
}

/// Over bytes that [`check_algorithm`] has seen.
pub(crate) fn algorithm_from_checked(der: &[u8]) -> AlgorithmIdentifier<'_> {
    AlgorithmIdentifier::decode(&mut Reader::new(der)).unwrap_or(AlgorithmIdentifier::new(oid::DATA, None))
}

/// The octets of a signature's BIT STRING.
pub(crate) fn signature_value(reader: &mut Reader<'_>) -> Result<Span, DecodeError> {
    let element = reader.expect(Tag::BIT_STRING)?;
    match element.bit_string()?.whole_bytes() {
        Some(octets) => {
            let content = Span::of_content(&element, 0);
            Ok(Span::new(content.start() + 1, octets.len()))
        }
        None => Err(element.error(DecodeErrorKind::InvalidValue)),
    }
}
