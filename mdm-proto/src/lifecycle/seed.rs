//! [`Seed`]: what spreads a fleet out.

use sha2::{Digest, Sha256};

/// What the jitter of one certificate on one device is made from: the same every time, and evenly spread over a fleet.
///
/// So no state has to be kept for it, a device that is asked twice gets the same slot, and tests can repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(u32);

/// What a number is drawn for, so that draws are independent of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Draw {
    /// The start of the renewal.
    Renewal,
    /// The instant in a window that the CA suggests, which changes with the window.
    Suggested(super::Window),
    /// The wait after so many failures.
    Retry(u32),
    /// How long before nextUpdate revocation is looked up.
    Revocation,
}

impl Seed {
    /// From whatever names the device for good, and the octets of the certificate's serial number.
    ///
    /// The first four octets of SHA-256 over the length of the device's name in 8 octets, the name, and the serial number.
    #[must_use]
    pub fn new(device: &[u8], serial_number: &[u8]) -> Self {
        let length = u64::try_from(device.len()).unwrap_or(u64::MAX);
        let digest = Sha256::new().chain_update(length.to_be_bytes()).chain_update(device).chain_update(serial_number);
        let [a, b, c, d, ..] = <[u8; 32]>::from(digest.finalize());
        Self(u32::from_be_bytes([a, b, c, d]))
    }

    /// From a number that was kept.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// The number, to be kept.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// A number from 0 to `most`, each as likely as the others.
    pub(super) fn draw(self, draw: Draw, most: u64) -> u64 {
        let mut state = scatter(u64::from(self.0));
        for word in draw.words() {
            state = scatter(state ^ word);
        }
        let choices = u128::from(most) + 1;
        // The upper 64 bits of a product of less than 2¹²⁸.
        u64::try_from((u128::from(state) * choices) >> 64).unwrap_or(most)
    }
}

impl Draw {
    fn words(self) -> [u64; 3] {
        match self {
            Self::Renewal => [1, 0, 0],
            Self::Suggested(window) => {
                [2, window.start.as_seconds().cast_unsigned(), window.end.as_seconds().cast_unsigned()]
            }
            Self::Retry(failures) => [3, failures.into(), 0],
            Self::Revocation => [4, 0, 0],
        }
    }
}

/// One number of `SplitMix64` (Steele, Lea and Flood: Fast splittable pseudorandom number generators, 2014).
pub(super) const fn scatter(state: u64) -> u64 {
    let mixed = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '\0\0\0\0\0\0\0\2ab\x01' | sha256sum` begins with these octets.
    #[test]
    fn the_seed_is_a_hash_of_device_and_serial_number() {
        assert_eq!(Seed::new(b"ab", &[1]).number(), AB_1);
        assert_ne!(Seed::new(b"a", b"b"), Seed::new(b"ab", b""));
    }

    #[test]
    fn draws_are_even_and_stay_within_bounds() {
        let mut counts = [0_u32; 10];
        for seed in 0..10_000 {
            let drawn = Seed::from_number(seed).draw(Draw::Renewal, 9);
            counts[usize::try_from(drawn).unwrap()] += 1;
        }
        // Five standard deviations of a binomial distribution: 5 × √(10,000 × 0.1 × 0.9) = 150.
        assert!(counts.iter().all(|count| (850..=1150).contains(count)), "{counts:?}");
        for most in [0, 1, u64::MAX] {
            assert!(Seed::from_number(7).draw(Draw::Renewal, most) <= most);
        }
    }

    #[test]
    fn draws_for_other_things_are_others() {
        let seed = Seed::from_number(1);
        let draws = [Draw::Renewal, Draw::Retry(1), Draw::Retry(2), Draw::Revocation];
        let drawn = draws.map(|draw| seed.draw(draw, u64::MAX));
        assert!((1..drawn.len()).all(|index| !drawn[..index].contains(&drawn[index])));
    }

    const AB_1: u32 = 0xca6f_1932;
}
