//! [`Blinding`]: randomness beside the challenge, so that no digest tells what the challenge is.

use alloc::{vec, vec::Vec};
use core::{fmt, time::Duration};

use hkdf::Hkdf;
use pki_core::{
    Oid, Secret, UnixTime,
    crypto::{RandomFailed, SecureRandom},
    der::{Tag, Writer},
    oid,
};
use sha2::Sha256;

/// Where the blinding of a request comes from. 256 bits of it in either case.
#[derive(Debug)]
#[non_exhaustive]
pub enum Blinding {
    /// Derived from a key, the request, the profile, the challenge and the period of time: nothing has to be kept between the two
    /// messages of a device. The same request gets the same digest within a period, which tells the device that the challenge is
    /// the same, too.
    Derived(BlindingKey),
    /// Fresh for every request; a [`BlindRecord`](super::service::BlindRecord) has to be kept until the device comes back.
    Fresh,
}

/// The attribute of the CSR that carries the blinding.
///
/// Any attribute is allowed in a CSR (RFC 2986 section 4.1), and CAs pass over those that they don't know. Together with
/// challengePassword it has the same number of octets whatever the challenge is, so that the size of an envelope does not show
/// how long the challenge is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlindingAttribute {
    /// An attribute of one's own, with an OCTET STRING.
    Private(Oid<'static>),
    /// randomNonce (RFC 2985 section 5.3.3), an OCTET STRING. The default: an attribute that exists, for random octets, and that
    /// steers no CA.
    #[default]
    RandomNonce,
    /// unstructuredName (RFC 2985 section 5.4.3), a PrintableString of hexadecimal digits, for CAs that refuse what they don't
    /// know. CAs for Cisco's devices may copy it into the subject. Challenges may have 111 octets at most.
    UnstructuredName,
}

/// A secret key of the service, from which [`Blinding::Derived`] makes blindings: at least 32 octets. All replicas have the same.
#[derive(Debug)]
pub struct BlindingKey {
    key: Secret,
    period: Duration,
}

/// Fewer octets than a [`BlindingKey`] needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShortBlindingKey;

/// 256 bits that a blinding is made from.
#[derive(Debug)]
pub(super) struct Seed(Secret);

/// What a derived blinding depends on beside the key and the time.
pub(super) struct Context<'a> {
    pub(super) request: &'a [u8],
    pub(super) profile: &'a str,
    pub(super) challenge: &'a Secret,
}

impl BlindingKey {
    /// From the octets. Blindings change each day; see [`BlindingKey::with_period`].
    ///
    /// # Errors
    /// [`ShortBlindingKey`] for fewer than 32 octets.
    pub fn new(key: Secret) -> Result<Self, ShortBlindingKey> {
        let long_enough = key.expose().len() >= Seed::LENGTH;
        if long_enough { Ok(Self { key, period: DAY }) } else { Err(ShortBlindingKey) }
    }

    /// How long a blinding stays the same. A device may take this long, and up to as long again, to come back. Less than a
    /// second counts as a second.
    #[must_use]
    pub fn with_period(self, period: Duration) -> Self {
        Self { period: period.max(Duration::from_secs(1)), ..self }
    }

    /// The number of the period at `now`, and of the one before.
    pub(super) fn periods(&self, now: UnixTime) -> [i64; 2] {
        let length = i64::try_from(self.period.as_secs()).unwrap_or(i64::MAX).max(1);
        let current = now.as_seconds().div_euclid(length);
        [current, current.saturating_sub(1)]
    }

    /// HMAC-SHA-256 under the key, of everything that the blinding depends on.
    pub(super) fn seed(&self, period: i64, context: &Context<'_>) -> Seed {
        let text = Secret::new(Writer::encode(|w| {
            w.sequence(|w| {
                w.octet_string(DERIVATION);
                w.raw(context.request);
                w.octet_string(context.profile.as_bytes());
                w.octet_string(context.challenge.expose());
                w.octet_string(&period.to_be_bytes());
            });
        }));
        // Extraction of HKDF (RFC 5869 section 2.2) is HMAC.
        let (seed, _) = Hkdf::<Sha256>::extract(Some(self.key.expose()), text.expose());
        Seed(Secret::new(seed.to_vec()))
    }
}

impl Seed {
    /// Octets in it.
    pub(super) const LENGTH: usize = 32;

    pub(super) fn generate(rng: &mut dyn SecureRandom) -> Result<Self, RandomFailed> {
        let mut octets = vec![0; Self::LENGTH];
        rng.fill(&mut octets)?;
        Ok(Self(Secret::new(octets)))
    }

    /// From a record.
    pub(super) fn from_bytes(octets: &[u8; Self::LENGTH]) -> Self {
        Self(Secret::from(&octets[..]))
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// So many octets (RFC 5869 section 2.3). Fewer than 255 digests of them are ever wanted.
    fn expand(&self, length: usize) -> Secret {
        let mut octets = vec![0; length];
        let expanded = Hkdf::<Sha256>::from_prk(self.expose()).map(|hkdf| hkdf.expand(EXPANSION, &mut octets));
        debug_assert!(matches!(expanded, Ok(Ok(()))), "the lengths are ours");
        Secret::new(octets)
    }
}

impl Clone for Seed {
    fn clone(&self) -> Self {
        Self(Secret::from(self.expose()))
    }
}

impl BlindingAttribute {
    /// Its identifier.
    #[must_use]
    pub const fn oid(self) -> Oid<'static> {
        match self {
            Self::Private(oid) => oid,
            Self::RandomNonce => RANDOM_NONCE,
            Self::UnstructuredName => oid::UNSTRUCTURED_NAME,
        }
    }

    /// Most octets in a challenge.
    #[must_use]
    pub const fn longest_challenge(self) -> usize {
        match self {
            Self::Private(_) | Self::RandomNonce => 255,
            Self::UnstructuredName => 111,
        }
    }

    /// The attribute that goes with a challengePassword attribute of so many octets; both together always have as many.
    ///
    /// The lengths stay where a DER length has the same number of octets: the value has 256 octets or more, or from 128 to 238.
    pub(super) fn encode(self, seed: &Seed, beside: usize) -> Vec<u8> {
        let padding = |longest: usize| longest.saturating_sub(beside);
        let value = match self {
            // A challengePassword of 255 octets takes 277.
            Self::Private(_) | Self::RandomNonce => {
                let octets = seed.expand(256 + padding(277));
                Writer::encode(|w| w.octet_string(octets.expose()))
            }
            // One of 111 octets takes 128.
            Self::UnstructuredName => {
                let digits = 128 + padding(128);
                let text: Vec<u8> =
                    seed.expand(digits.div_ceil(2)).expose().iter().flat_map(|o| hex(*o)).take(digits).collect();
                Writer::encode(|w| w.primitive(Tag::PRINTABLE_STRING, &text))
            }
        };
        Writer::encode(|w| {
            w.sequence(|w| {
                w.oid(self.oid());
                w.constructed(Tag::SET, |w| w.raw(&value));
            });
        })
    }
}

impl fmt::Display for ShortBlindingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a blinding key needs 32 octets or more")
    }
}

impl core::error::Error for ShortBlindingKey {}

fn hex(octet: u8) -> [u8; 2] {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + (nibble - 10) };
    [digit(octet >> 4), digit(octet & 0x0f)]
}

const DAY: Duration = Duration::from_secs(86_400);
const DERIVATION: &[u8] = b"mdm-proto broker blinding 1";
const EXPANSION: &[u8] = b"mdm-proto broker blinding attribute 1";
/// pkcs-9-at-randomNonce, `1.2.840.113549.1.9.25.3`.
const RANDOM_NONCE: Oid<'static> = match Oid::from_bytes(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x19, 0x03])
{
    Some(oid) => oid,
    None => oid::DATA,
};

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    /// The length of the DER of a challengePassword attribute of so many octets.
    fn challenge_length(octets: usize) -> usize {
        let text = String::from_utf8(vec![b'a'; octets]).unwrap();
        Writer::encode(|w| super::super::request_info::encode_challenge(&text, w)).len()
    }

    #[test]
    fn the_length_of_the_challenge_does_not_show() {
        let seed = Seed::from_bytes(&[7; 32]);
        for attribute in [BlindingAttribute::RandomNonce, BlindingAttribute::UnstructuredName] {
            let total = |octets| challenge_length(octets) + attribute.encode(&seed, challenge_length(octets)).len();
            for octets in 1..=attribute.longest_challenge() {
                assert_eq!(total(octets), total(1), "{attribute:?} {octets}");
            }
        }
    }

    #[test]
    fn a_blinding_depends_on_everything_that_it_is_made_from() {
        let (one, other) = (Secret::from("one"), Secret::from("other"));
        let seed = |key: u8, period, request: &[u8], profile, challenge| {
            let key = BlindingKey::new(Secret::new(vec![key; 32])).unwrap();
            key.seed(period, &Context { request, profile, challenge }).expose().to_vec()
        };
        let first = seed(1, 1, &[0x05, 0], "p", &one);
        assert_eq!(first, seed(1, 1, &[0x05, 0], "p", &one));
        for changed in [
            seed(2, 1, &[0x05, 0], "p", &one),
            seed(1, 2, &[0x05, 0], "p", &one),
            seed(1, 1, &[0x04, 0], "p", &one),
            seed(1, 1, &[0x05, 0], "q", &one),
            seed(1, 1, &[0x05, 0], "p", &other),
        ] {
            assert_ne!(first, changed);
        }
    }

    #[test]
    fn periods_follow_each_other() {
        let key = BlindingKey::new(Secret::new(vec![1; 32])).unwrap().with_period(Duration::from_secs(10));
        assert_eq!(key.periods(UnixTime::from_seconds(19)), [1, 0]);
        assert_eq!(key.periods(UnixTime::from_seconds(20)), [2, 1]);
        assert_eq!(key.periods(UnixTime::from_seconds(-1)), [-1, -2]);
        assert_eq!(key.with_period(Duration::ZERO).periods(UnixTime::from_seconds(3)), [3, 2]);
    }

    #[test]
    fn short_keys_are_refused() {
        assert_eq!(BlindingKey::new(Secret::new(vec![1; 31])).unwrap_err(), ShortBlindingKey);
    }

    #[test]
    fn rfc2985_the_default_attribute_is_random_nonce() {
        use alloc::string::ToString;
        assert_eq!(BlindingAttribute::default().oid().to_string(), "1.2.840.113549.1.9.25.3");
    }
}
