//! Whether two names are the same by RFC 5280 section 7.1.

use alloc::string::String;

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
    match (left.only_attribute(), right.only_attribute()) {
        (Some(left), Some(right)) => attributes_match(&left, &right),
        (None, None) => larger_rdns_match(left, right),
        _ => false,
    }
}

fn larger_rdns_match(left: Rdn<'_>, right: Rdn<'_>) -> bool {
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
    if let (Some(left_hash), Some(right_hash)) = (plain_hash(left), plain_hash(right)) {
        return left_hash == right_hash && left.value.eq_ignore_ascii_case(right.value);
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
    let value = plain_hash(attribute).unwrap_or_else(|| {
        let folded =
            DirectoryString::text(attribute.tag, attribute.value).map(|text| folded(&text).collect::<String>());
        match folded {
            Some(text) => octets_hash(text.as_bytes()).0,
            None => mix(octets_hash(attribute.value).0, attribute.tag.as_byte().into()),
        }
    });
    let oid = attribute.oid.as_bytes().iter().fold(0, |word: u64, octet| word.rotate_left(8) ^ u64::from(*octet));
    mix(value, oid)
}

/// The hash of a value that is a plain text, as most are: of what [`folded`] makes of it, without making that. `None` for
/// others.
fn plain_hash(attribute: &NameAttribute<'_>) -> Option<u64> {
    let (hash, is_plain) = octets_hash(attribute.value);
    (is_plain && DirectoryString::is_of_octets(attribute.tag)).then_some(hash)
}

/// A hash of octets, the same for ASCII letters of either case, and whether they are plain: ASCII without control characters
/// that has spaces inside only and just one at a time. Eight octets at a time.
fn octets_hash(octets: &[u8]) -> (u64, bool) {
    let mut state = OctetsHash { hash: 0, odd: 0, after_space: LAST_BIT };
    let (words, tail) = octets.as_chunks::<8>();
    words.iter().for_each(|word| state.push(u64::from_be_bytes(*word)));
    if !tail.is_empty() {
        // What fills the word ends in a space if what went before did.
        let filler = FILLER ^ (state.after_space / LAST_BIT * u64::from(b'a' ^ b' '));
        state.after_space = 0;
        state.push(tail.iter().fold(filler, |word, byte| word << 8 | u64::from(*byte)));
    }
    let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
    (mix(state.hash, length), state.odd | state.after_space == 0)
}

/// What [`octets_hash`] knows after some words. Each octet of a word has its highest bit for what is said of it; what comes
/// first in the text is at the top.
struct OctetsHash {
    hash: u64,
    odd: u64,
    /// Whether the last octet so far, or what is before the first, is a space: [`LAST_BIT`] or 0.
    after_space: u64,
}

impl OctetsHash {
    fn push(&mut self, word: u64) {
        let not_space = word ^ (OCTETS * u64::from(b' '));
        let spaces = !(((not_space & LOW_BITS) + LOW_BITS) | not_space) & HIGH_BITS;
        let control = word.wrapping_sub(OCTETS * u64::from(b' ')) & !word;
        self.odd |= (word | control) & HIGH_BITS | spaces & (spaces >> 8 | self.after_space << 56);
        self.after_space = spaces & LAST_BIT;
        self.hash = mix(self.hash, lower_case(word));
    }
}

/// Eight octets of ASCII in lower case.
const fn lower_case(word: u64) -> u64 {
    let heptets = word & LOW_BITS;
    // The highest bit of each octet says whether it is `A` or more, and whether it is more than `Z`.
    let (from_a, after_z) = (heptets + OCTETS * 0x3f, heptets + OCTETS * 0x25);
    word | (from_a & !after_z & HIGH_BITS) >> 2
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
/// The highest bit of the last octet.
const LAST_BIT: u64 = 0x80;
/// No space, and nothing odd.
const FILLER: u64 = OCTETS * 0x61;
