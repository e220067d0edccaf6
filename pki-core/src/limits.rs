//! [`Limits`]: the bounds on what is read from outside.

/// Bounds on the size and shape of what is decoded. Nothing is ever allocated by an announced length.
///
/// The largest message that a real SCEP client was seen to send is 5.7 kB; micromdm caps requests at 2 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Most bytes in one message. Default 256 KiB.
    pub size: usize,
    /// Deepest nesting of elements. Default 32; a streamed pkiMessage has 9 levels.
    pub depth: u8,
    /// Most elements that are looked at to find one end of an indefinite length, or to join one chunked string.
    /// Default 16,384; BouncyCastle's 1000-octet chunks of a message at the size limit are 263.
    pub elements: u32,
    /// Most certificates, CRLs, recipients or signers taken from one message, and most signed attributes of one signer.
    /// Default 32; SCEP has 9 attributes.
    pub entries: usize,
    /// Most iterations of a key derivation that all password recipients of one message ask for together (RFC 8018 section
    /// 4.2). Default 1,000,000, more than the 600,000 that OWASP asks for: a server core runs them in a quarter of a second
    /// with SHA-256, and in one second with SHA-384.
    pub iterations: u32,
}

impl Limits {
    /// The defaults above.
    pub const DEFAULT: Self =
        Self { size: 256 * 1024, depth: 32, elements: 16_384, entries: 32, iterations: 1_000_000 };

    /// The same with another bound on size.
    #[must_use]
    pub const fn with_size(self, size: usize) -> Self {
        Self { size, ..self }
    }

    /// The same with another bound on iterations.
    #[must_use]
    pub const fn with_iterations(self, iterations: u32) -> Self {
        Self { iterations, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
