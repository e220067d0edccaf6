//! [`KnownCapabilities`]: what a CA was last seen to state.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    DecodeError, DecodeErrorKind,
    der::{Reader, Tag, Writer},
};

use super::Error;
use crate::capability::{Capabilities, Capability};

/// The memory against downgrades: what a CA was last seen to state in GetCACaps, which nobody signs (RFC 8894 section 7.5).
///
/// Keep it per CA. [`Issued::known_capabilities`](super::Issued::known_capabilities) is what to keep after an enrolment, and
/// [`ClientConfig::with_known_capabilities`](super::ClientConfig::with_known_capabilities) is where it goes for the next one.
/// It comes with a certificate and not before, since whoever sits between can also put words in: those that were used had
/// to work.
///
/// Of words that speak of strength none is forgotten: SCEPStandard, AES, POSTPKIOperation, SHA-256, and SHA-384 or SHA-512
/// where nothing as good takes their place. The others come and go.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct KnownCapabilities {
    /// A bit for each of [`Capability::ALL`].
    words: u16,
}

impl KnownCapabilities {
    /// Nothing is known.
    pub const NONE: Self = Self { words: 0 };

    /// What this CA states now, whatever was known: for a CA that was set up anew.
    #[must_use]
    pub fn of(capabilities: &Capabilities) -> Self {
        capabilities.known().collect()
    }

    /// The words, in the order of [`Capability::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Capability> {
        let words = self.words;
        Capability::ALL.into_iter().filter(move |word| words & bit(*word) != 0)
    }

    /// The words of strength that were there, or implied, and are no longer.
    #[must_use]
    pub fn missing_from(&self, capabilities: &Capabilities) -> Vec<Capability> {
        let known: Capabilities = self.iter().collect();
        let replaced =
            |word| LONGER_DIGESTS.contains(&word) && SHA_2.into_iter().any(|digest| capabilities.supports(digest));
        STRENGTH
            .into_iter()
            .filter(|word| known.supports(*word) && !capabilities.supports(*word) && !replaced(*word))
            .collect()
    }

    /// The same after the CA stated `capabilities`: those, and the words of strength that are not forgotten.
    #[must_use]
    pub fn updated(&self, capabilities: &Capabilities) -> Self {
        self.iter().filter(|word| STRENGTH.contains(word)).chain(capabilities.known()).collect()
    }

    /// As bytes, with a version number first. Versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.sequence(|w| self.iter().for_each(|word| w.primitive(Tag::UTF8_STRING, word.keyword().as_bytes())));
            });
        })
    }

    /// From bytes. Words that this release does not know are passed over.
    ///
    /// # Errors
    /// [`Error::Record`], with [`DecodeErrorKind::UnsupportedVersion`] for one written by a later release.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Self::decode(der).map_err(DecodeError::within("KnownCapabilities")).map_err(Error::Record)
    }

    pub(super) fn decode(der: &[u8]) -> Result<Self, DecodeError> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let version = fields.error(DecodeErrorKind::UnsupportedVersion);
        if fields.small_integer()? != VERSION {
            return Err(version);
        }
        let mut list = fields.sequence()?;
        fields.finish()?;
        let mut known = Self::default();
        while !list.is_empty() {
            let word = list.expect(Tag::UTF8_STRING)?;
            known.words |= Capability::from_keyword(word.content()).map_or(0, bit);
        }
        Ok(known)
    }
}

impl FromIterator<Capability> for KnownCapabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(words: I) -> Self {
        Self { words: words.into_iter().fold(0, |words, word| words | bit(word)) }
    }
}

impl fmt::Debug for KnownCapabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownCapabilities ")?;
        f.debug_list().entries(self.iter()).finish()
    }
}

fn bit(word: Capability) -> u16 {
    let place = Capability::ALL.iter().position(|known| *known == word);
    place.and_then(|place| u32::try_from(place).ok()).and_then(|place| 1_u16.checked_shl(place)).unwrap_or(0)
}

const VERSION: u32 = 1;

/// The words whose loss makes messages weaker.
const STRENGTH: [Capability; 6] = [
    Capability::Aes,
    Capability::PostPkiOperation,
    Capability::Sha256,
    Capability::Sha384,
    Capability::Sha512,
    Capability::ScepStandard,
];
const LONGER_DIGESTS: [Capability; 2] = [Capability::Sha384, Capability::Sha512];
const SHA_2: [Capability; 3] = [Capability::Sha256, Capability::Sha384, Capability::Sha512];

#[cfg(test)]
mod tests {
    use alloc::{format, vec};

    use super::*;

    fn stated(words: &str) -> Capabilities {
        Capabilities::parse(words.as_bytes()).unwrap()
    }

    fn known(words: &str) -> KnownCapabilities {
        KnownCapabilities::of(&stated(words))
    }

    #[test]
    fn scep_7_5_01_what_was_stated_and_is_missing() {
        for (before, now, missing) in [
            ("SCEPStandard", "SCEPStandard", vec![]),
            ("", "SHA-1 DES3", vec![]),
            ("AES SHA-256 POSTPKIOperation", "SCEPStandard", vec![]),
            ("SCEPStandard", "AES SHA-256 POSTPKIOperation", vec![Capability::ScepStandard]),
            ("AES SHA-256", "AES", vec![Capability::Sha256]),
            ("AES SHA-256", "SHA-256 DES3", vec![Capability::Aes]),
            ("POSTPKIOperation", "AES", vec![Capability::PostPkiOperation]),
            ("SHA-512 SHA-384", "SHA-256", vec![]),
            ("SHA-512", "SHA-1", vec![Capability::Sha512]),
            ("Renewal GetNextCACert SHA-1 DES3 Update", "", vec![]),
            (
                "SCEPStandard SHA-512",
                "",
                vec![
                    Capability::Aes,
                    Capability::PostPkiOperation,
                    Capability::Sha256,
                    Capability::Sha512,
                    Capability::ScepStandard,
                ],
            ),
        ] {
            assert_eq!(known(before).missing_from(&stated(now)), missing, "{before:?} then {now:?}");
        }
    }

    #[test]
    fn words_of_strength_are_not_forgotten_and_others_are() {
        let updated = known("SCEPStandard Renewal GetNextCACert DES3").updated(&stated("AES Renewal X-Local"));
        assert_eq!(updated, known("SCEPStandard AES Renewal"));
        assert_eq!(format!("{updated:?}"), "KnownCapabilities [Aes, Renewal, ScepStandard]");
    }

    #[test]
    fn every_word_has_a_bit_of_its_own() {
        let all: KnownCapabilities = Capability::ALL.into_iter().collect();
        assert!(all.iter().eq(Capability::ALL));
        assert_eq!(all.words.count_ones(), 11);
        assert_eq!(KnownCapabilities::from_der(&all.to_der()), Ok(all));
    }

    /// SEQUENCE { INTEGER 1, SEQUENCE { UTF8String "AES", UTF8String "X-New" } } by hand.
    #[test]
    fn words_of_a_later_release_are_passed_over() {
        let der = b"\x30\x11\x02\x01\x01\x30\x0c\x0c\x03AES\x0c\x05X-New";
        assert_eq!(KnownCapabilities::from_der(der), Ok(known("AES")));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let kind = |der: &[u8]| match KnownCapabilities::from_der(der) {
            Err(Error::Record(error)) => error.kind(),
            other => panic!("{other:?}"),
        };
        assert_eq!(kind(b"\x30\x05\x02\x01\x02\x30\x00"), DecodeErrorKind::UnsupportedVersion);
        assert_eq!(kind(b"\x30\x05\x02\x01\x01\x30\x00\x00"), DecodeErrorKind::TrailingData);
        assert_eq!(kind(b"\x30\x07\x02\x01\x01\x30\x00\x05\x00"), DecodeErrorKind::TrailingData);
        assert_eq!(kind(b"\x30\x05\x02\x01\x01\x30"), DecodeErrorKind::Truncated);
        assert!(matches!(kind(b"\x30\x07\x02\x01\x01\x30\x02\x05\x00"), DecodeErrorKind::UnexpectedTag { .. }));
    }
}
