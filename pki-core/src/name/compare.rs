//! Whether two names are the same by RFC 5280 section 7.1.

use super::{DirectoryString, NameAttribute, NameRef, Rdn};

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
    let mut hash = ByteHash::default();
    attribute.oid.as_bytes().iter().for_each(|byte| hash.push(*byte));
    // Neither UTF-8 nor the end of an identifier has this octet, so the two don't run into each other.
    hash.push(0xff);
    if attribute.value.is_ascii() && DirectoryString::is_of_octets(attribute.tag) {
        hash.push_folded_ascii(attribute.value);
    } else if let Some(text) = DirectoryString::text(attribute.tag, attribute.value) {
        let mut buffer = [0; 4];
        folded(&text).for_each(|c| c.encode_utf8(&mut buffer).bytes().for_each(|byte| hash.push(byte)));
    } else {
        hash.push(attribute.tag.as_byte());
        attribute.value.iter().for_each(|byte| hash.push(*byte));
    }
    hash.finish()
}

/// A hash of octets, eight at a time.
#[derive(Default)]
struct ByteHash {
    hash: u64,
    word: u64,
    length: u64,
}

impl ByteHash {
    #[inline]
    fn push(&mut self, byte: u8) {
        self.word = self.word << 8 | u64::from(byte);
        self.length = self.length.wrapping_add(1);
        if self.length & 7 == 0 {
            self.hash = mix(self.hash, self.word);
        }
    }

    /// What [`folded`] gives for ASCII.
    fn push_folded_ascii(&mut self, text: &[u8]) {
        let (mut started, mut spaced) = (false, false);
        for byte in text {
            if matches!(byte, 0x09..=0x0d | b' ') {
                spaced = started;
                continue;
            }
            if spaced {
                self.push(b' ');
            }
            (started, spaced) = (true, false);
            self.push(byte.to_ascii_lowercase());
        }
    }

    /// The last word is counted again in part, which harms nothing: the length says how much.
    fn finish(self) -> u64 {
        finish(mix(mix(self.hash, self.word), self.length))
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
