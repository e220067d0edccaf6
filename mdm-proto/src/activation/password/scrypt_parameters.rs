//! [`ScryptParameters`] and the [`ScryptBounds`] within which a device lets a service choose.

use core::fmt;

use pki_core::{
    DecodeError, DecodeErrorKind,
    der::{Reader, Writer},
};

/// What scrypt (RFC 7914) is run with: N = 2^`log_n`, `r`, `p`. It takes 128 · N · r octets of memory, and a time that grows
/// with p beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScryptParameters {
    log_n: u8,
    r: u32,
    p: u32,
}

/// What parameters a device accepts from a service, before it does any work.
///
/// Too little would make a verifier that leaks from the service cheap to try passwords against; too much would let anyone who
/// answers in the place of the service keep a device busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScryptBounds {
    /// Least memory, octets.
    pub least_memory: u64,
    /// Most memory, octets.
    pub most_memory: u64,
    /// Most work, octets mixed: memory times p.
    pub most_work: u64,
}

/// Parameters that scrypt does not have, or a service may not ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "all there is to say")]
pub struct UnacceptableParameters {
    /// log2 of N.
    pub log_n: u8,
    /// Block size.
    pub r: u32,
    /// Parallelism.
    pub p: u32,
}

impl ScryptParameters {
    /// N = 2^15, r = 8, p = 1: 32 MiB, what RFC 9383's implementations in TLS libraries use. Default.
    pub const DEFAULT: Self = Self { log_n: 15, r: 8, p: 1 };

    /// These.
    ///
    /// # Errors
    /// [`UnacceptableParameters`] unless log N is 1 to 24, r is 1 to 64, p is 1 to 64.
    pub const fn new(log_n: u8, r: u32, p: u32) -> Result<Self, UnacceptableParameters> {
        if log_n == 0 || log_n > 24 || r == 0 || r > 64 || p == 0 || p > 64 {
            return Err(UnacceptableParameters { log_n, r, p });
        }
        Ok(Self { log_n, r, p })
    }

    /// log2 of N.
    #[must_use]
    pub const fn log_n(self) -> u8 {
        self.log_n
    }

    /// Block size.
    #[must_use]
    pub const fn r(self) -> u32 {
        self.r
    }

    /// Parallelism.
    #[must_use]
    pub const fn p(self) -> u32 {
        self.p
    }

    /// The memory it takes, octets.
    #[must_use]
    pub fn memory(self) -> u64 {
        (128 * u64::from(self.r)) << self.log_n
    }

    pub(super) fn encode(self, w: &mut Writer) {
        w.small_integer(self.log_n.into());
        w.small_integer(self.r);
        w.small_integer(self.p);
    }

    pub(super) fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let unacceptable = fields.error(DecodeErrorKind::InvalidValue);
        let log_n = u8::try_from(fields.small_integer()?).map_err(|_error| unacceptable)?;
        Self::new(log_n, fields.small_integer()?, fields.small_integer()?).map_err(|_error| unacceptable)
    }
}

impl ScryptBounds {
    /// 16 MiB to 128 MiB of memory, and at most 512 MiB mixed: within a second or two on a phone.
    pub const DEFAULT: Self = Self { least_memory: 16 << 20, most_memory: 128 << 20, most_work: 512 << 20 };

    /// With another range of memory, octets.
    #[must_use]
    pub const fn with_memory(self, least: u64, most: u64) -> Self {
        Self { least_memory: least, most_memory: most, ..self }
    }

    /// With another bound on work.
    #[must_use]
    pub const fn with_most_work(self, most: u64) -> Self {
        Self { most_work: most, ..self }
    }

    /// Whether `parameters` are within.
    ///
    /// # Errors
    /// [`UnacceptableParameters`] if they are not.
    pub fn check(&self, parameters: ScryptParameters) -> Result<(), UnacceptableParameters> {
        let memory = parameters.memory();
        let within = (self.least_memory..=self.most_memory).contains(&memory)
            && memory.saturating_mul(parameters.p.into()) <= self.most_work;
        let ScryptParameters { log_n, r, p } = parameters;
        if within { Ok(()) } else { Err(UnacceptableParameters { log_n, r, p }) }
    }
}

impl Default for ScryptParameters {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Default for ScryptBounds {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for UnacceptableParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scrypt with N = 2^{}, r = {}, p = {} is not acceptable", self.log_n, self.r, self.p)
    }
}

impl core::error::Error for UnacceptableParameters {}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(log_n: u8, r: u32, p: u32) -> bool {
        ScryptBounds::DEFAULT.check(ScryptParameters::new(log_n, r, p).unwrap()).is_ok()
    }

    #[test]
    fn a_device_accepts_what_is_neither_cheap_nor_endless() {
        assert!(within(15, 8, 1) && within(14, 8, 1) && within(17, 8, 1) && within(17, 8, 4));
        // 8 MiB; 256 MiB; 640 MiB mixed.
        assert!(!within(13, 8, 1) && !within(18, 8, 1) && !within(17, 8, 5));
        assert!(!within(24, 64, 64));
    }

    #[test]
    fn what_scrypt_does_not_have() {
        for (log_n, r, p) in [(0, 8, 1), (25, 8, 1), (15, 0, 1), (15, 65, 1), (15, 8, 0), (15, 8, 65)] {
            assert_eq!(ScryptParameters::new(log_n, r, p), Err(UnacceptableParameters { log_n, r, p }));
        }
    }
}
