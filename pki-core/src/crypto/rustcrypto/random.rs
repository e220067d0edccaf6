//! [`Random`], and the way back: a [`SecureRandom`] for functions that want a generator of `rand_core`.

use core::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

use crate::crypto::{RandomFailed, SecureRandom};

/// A [`SecureRandom`] of a generator of the `rand_core` crate, like `Random(getrandom::SysRng)`.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper and nothing else")]
pub struct Random<R>(pub R);

impl<R: TryCryptoRng> SecureRandom for Random<R> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        self.0.try_fill_bytes(out).map_err(|_error| RandomFailed)
    }
}

/// A `rand_core` generator of a [`SecureRandom`].
pub(super) struct Source<'a>(pub(super) &'a mut dyn SecureRandom);

impl TryRng for Source<'_> {
    type Error = RandomFailed;

    fn try_next_u32(&mut self) -> Result<u32, RandomFailed> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, RandomFailed> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        self.0.fill(out)
    }
}

impl TryCryptoRng for Source<'_> {}

/// A [`SecureRandom`] for functions that take no failure for an answer, such as a search for primes.
///
/// When the source fails, a fixed sequence takes its place so that the search comes to an end, and
/// [`Unfailing::finish`] says that the result must be thrown away.
pub(super) struct Unfailing<'a> {
    source: Source<'a>,
    failed: bool,
    sequence: u64,
}

impl<'a> Unfailing<'a> {
    pub(super) const fn new(source: &'a mut dyn SecureRandom) -> Self {
        Self { source: Source(source), failed: false, sequence: 0 }
    }

    /// Whether everything that was given out came from the source.
    pub(super) const fn finish(self) -> Result<(), RandomFailed> {
        if self.failed { Err(RandomFailed) } else { Ok(()) }
    }

    /// `SplitMix64`: equidistributed and not random.
    const fn next(&mut self) -> u64 {
        self.failed = true;
        self.sequence = self.sequence.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.sequence ^ (self.sequence >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl TryRng for Unfailing<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        if self.failed || self.source.try_fill_bytes(out).is_err() {
            for chunk in out.chunks_mut(8) {
                chunk.iter_mut().zip(self.next().to_le_bytes()).for_each(|(to, from)| *to = from);
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Unfailing<'_> {}
