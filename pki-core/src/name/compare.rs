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

/// Lower case, no white space at the ends, each run of white space inside as one space.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.split_whitespace().enumerate().flat_map(|(index, word)| {
        let space = (index > 0).then_some(' ');
        space.into_iter().chain(word.chars().flat_map(char::to_lowercase))
    })
}

/// More attributes than anybody puts into one RDN. Larger ones are equal only if their bytes are.
const LARGEST_RDN: usize = 16;
