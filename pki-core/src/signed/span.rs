//! [`Span`]: where a value lies in bytes that are kept.

use crate::der::Element;

/// A range of bytes. Certificates and CSRs are bounded well below 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    length: u32,
}

impl Span {
    /// Header and contents of `element`, counted from `base`.
    pub(crate) fn of(element: &Element<'_>, base: usize) -> Self {
        Self::new(element.position().saturating_sub(base), element.raw().len())
    }

    /// The contents of `element`, counted from `base`.
    pub(crate) fn of_content(element: &Element<'_>, base: usize) -> Self {
        let length = element.content().len();
        let header = element.raw().len() - length;
        Self::new((element.position() + header).saturating_sub(base), length)
    }

    pub(crate) fn new(start: usize, length: usize) -> Self {
        Self { start: u32::try_from(start).unwrap_or(u32::MAX), length: u32::try_from(length).unwrap_or(0) }
    }

    /// The first byte.
    pub(crate) fn start(self) -> usize {
        usize::try_from(self.start).unwrap_or(usize::MAX)
    }

    /// The bytes, in the text that the span was counted in.
    pub(crate) fn of_bytes(self, bytes: &[u8]) -> &[u8] {
        let (start, length) = (self.start(), usize::try_from(self.length).unwrap_or(0));
        bytes.get(start..).and_then(|rest| rest.get(..length)).unwrap_or_default()
    }
}
