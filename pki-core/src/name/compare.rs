//! Whether two names are the same by RFC 5280 section 7.1.

use super::{DirectoryString, NameAttribute, NameRef, Rdn};
use crate::der::Tag;

/// Names match if they have the same number of RDNs and these match pairwise.
pub(super) fn names_match(left: NameRef<'_>, right: NameRef<'_>) -> bool {
    if left == right {
        return true;
    }
    let (mut left, mut right) = (left.rdns(), right.rdns());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(left), Some(right)) if rdns_match(left, right) => {}
            _ => return false,
        }
    }
}

/// A name lies below another if its first RDNs match those of the other pairwise.
pub(super) fn lies_below(name: NameRef<'_>, base: NameRef<'_>) -> bool {
    let mut rdns = name.rdns();
    base.rdns().all(|wanted| rdns.next().is_some_and(|rdn| rdns_match(wanted, rdn)))
}

/// RDNs match if they have the same number of attributes and each has its match in the other, in any order.
fn rdns_match(left: Rdn<'_>, right: Rdn<'_>) -> bool {
    if left == right {
        return true;
    }
    let count = left.attributes().count();
    if count > LARGEST_RDN || right.attributes().count() != count {
        return false;
    }
    // Matching is an equivalence, so the first match that is still free is as good as any.
    let mut taken = 0_u32;
    left.attributes().all(|wanted| {
        let mut free = right.attributes().zip(0_u32..).filter(|(_, index)| taken & (1 << index) == 0);
        let found = free.find(|(candidate, _)| attributes_match(&wanted, candidate)).map(|(_, index)| index);
        found.is_some_and(|index| {
            taken |= 1 << index;
            true
        })
    })
}

fn attributes_match(left: &NameAttribute<'_>, right: &NameAttribute<'_>) -> bool {
    if left.oid != right.oid {
        return false;
    }
    if left.tag == right.tag && left.value == right.value {
        return true;
    }
    let texts = (DirectoryString::text(left.tag, left.value), DirectoryString::text(right.tag, right.value));
    matches!(texts, (Some(left), Some(right)) if folded(&left).eq(folded(&right)))
}

/// Equal for names that match, and most often different for those that don't. Anybody can make names with equal hashes.
pub(super) fn folded_hash(name: NameRef<'_>) -> u64 {
    let rdn_hash = |rdn: Rdn<'_>| rdn.attributes().fold(0, |sum: u64, next| sum.wrapping_add(attribute_hash(&next)));
    finish(name.rdns().fold(0, |hash, rdn| mix(hash, rdn_hash(rdn))))
}

fn attribute_hash(attribute: &NameAttribute<'_>) -> u64 {
    let mut oid = ByteHash::default();
    attribute.oid.as_bytes().iter().for_each(|byte| oid.push(*byte));
    finish(mix(oid.finish(), value_hash(attribute.tag, attribute.value)))
}

fn value_hash(tag: Tag, value: &[u8]) -> u64 {
    let plain = DirectoryString::is_of_octets(tag).then(|| plain_ascii_hash(value)).flatten();
    plain.unwrap_or_else(|| {
        let mut hash = ByteHash::default();
        if let Some(text) = DirectoryString::text(tag, value) {
            let mut buffer = [0; 4];
            folded(&text).for_each(|c| c.encode_utf8(&mut buffer).bytes().for_each(|byte| hash.push(byte)));
        } else {
            hash.push(tag.as_byte());
            value.iter().for_each(|byte| hash.push(*byte));
        }
        hash.finish()
    })
}

/// The hash of what [`folded`] gives for ASCII without control characters that has spaces inside only and just one at a time,
/// as most texts are; `None` for others. Eight octets at a time.
fn plain_ascii_hash(text: &[u8]) -> Option<u64> {
    let (words, tail) = text.as_chunks::<8>();
    let mut hash = ByteHash::default();
    // Each octet has its highest bit for what is said of it; what comes first in the text is at the top.
    let (mut odd, mut after_space) = (0, 0x80);
    for word in words {
        let word = u64::from_be_bytes(*word);
        let not_space = word ^ (OCTETS * u64::from(b' '));
        let spaces = !(((not_space & LOW_BITS) + LOW_BITS) | not_space) & HIGH_BITS;
        let control = word.wrapping_sub(OCTETS * u64::from(b' ')) & !word;
        odd |= (word | control) & HIGH_BITS | spaces & (spaces >> 8 | after_space << 56);
        after_space = spaces & 0x80;
        hash.push_word(lower_case(word));
    }
    for byte in tail {
        let is_odd = !(b' '..0x80).contains(byte) || (*byte == b' ' && after_space != 0);
        odd |= u64::from(is_odd);
        after_space = u64::from(*byte == b' ');
        hash.push(byte.to_ascii_lowercase());
    }
    (odd | after_space == 0).then(|| hash.finish())
}

/// Eight octets of ASCII in lower case.
const fn lower_case(word: u64) -> u64 {
    let heptets = word & LOW_BITS;
    // The highest bit of each octet says whether it is `A` or more, and whether it is more than `Z`.
    let (from_a, after_z) = (heptets + OCTETS * 0x3f, heptets + OCTETS * 0x25);
    word | (from_a & !after_z & HIGH_BITS) >> 2
}

/// A hash of octets, eight at a time.
#[derive(Default)]
struct ByteHash {
    hash: u64,
    word: u64,
    length: u64,
}

impl ByteHash {
    fn push(&mut self, byte: u8) {
        self.word = self.word << 8 | u64::from(byte);
        self.length = self.length.wrapping_add(1);
        if self.length & 7 == 0 {
            self.hash = mix(self.hash, self.word);
            self.word = 0;
        }
    }

    /// Eight octets, where the number of those before is a multiple of eight.
    fn push_word(&mut self, word: u64) {
        self.hash = mix(self.hash, word);
        self.length = self.length.wrapping_add(8);
    }

    fn finish(self) -> u64 {
        mix(mix(self.hash, self.word), self.length)
    }
}

/// Adds a word to a hash in a way that minds the order.
const fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Spreads differences over all bits.
const fn finish(hash: u64) -> u64 {
    let hash = (hash ^ hash >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ hash >> 32
}

/// Lower case, no white space at the ends, each run of white space inside as one space.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.split_whitespace().enumerate().flat_map(|(index, word)| {
        let space = (index > 0).then_some(' ');
        space.into_iter().chain(word.chars().flat_map(char::to_lowercase))
    })
}

/// More attributes than anybody puts into one RDN. Larger ones are equal only if their bytes are.
const LARGEST_RDN: usize = 16;

/// One in each octet; times an octet, that octet eight times.
const OCTETS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = OCTETS * 0x80;
const LOW_BITS: u64 = OCTETS * 0x7f;
