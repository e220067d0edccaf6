//! [`TestRandom`]: the same numbers every time.

use pki_core::crypto::{RandomFailed, SecureRandom};

/// SplitMix64, seeded. Not random at all; never for anything but tests.
#[derive(Clone, Debug)]
pub struct TestRandom {
    state: u64,
    /// How often it will still give something; `None` for ever.
    left: Option<u32>,
}

impl TestRandom {
    /// From a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed, left: None }
    }

    /// One that fails at the `count + 1`th request.
    #[must_use]
    pub const fn failing_after(seed: u64, count: u32) -> Self {
        Self { state: seed, left: Some(count) }
    }

    /// The next number.
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("64 bits");
        usize::try_from(self.next_u64() % bound).expect("less than a usize")
    }

    /// So many octets.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut out = vec![0; count];
        self.write(&mut out);
        out
    }

    fn write(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            let octets = self.next_u64().to_le_bytes();
            chunk.copy_from_slice(&octets[..chunk.len()]);
        }
    }
}

impl SecureRandom for TestRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(1).ok_or(RandomFailed)?;
        }
        self.write(out);
        Ok(())
    }
}
