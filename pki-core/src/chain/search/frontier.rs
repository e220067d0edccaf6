//! [`Frontier`]: which paths down to a certificate can lead somewhere that others can't.
//!
//! Many paths lead down to one certificate of a mesh. Every rule but those on policies lets pass below a path all that it lets
//! pass below one with more constraints, and a way on that goes round through a certificate above begins there as well. So a
//! path whose state allows no more than that of another one to the same certificate need not be followed, unless that other
//! one turns out to have a signature or a status that is bad: until then it is put aside.

use alloc::{collections::BTreeSet, vec::Vec};

use crate::chain::rules::State;

/// The paths that are followed, and those that are put aside.
#[derive(Default)]
pub(super) struct Frontier {
    is_used: bool,
    /// Certificates, and the first nodes at each that are followed.
    followed: BTreeSet<(usize, usize)>,
    aside: Vec<usize>,
}

impl Frontier {
    /// Without policies: those of a longer path may be valid where those of a shorter one are not.
    pub(super) fn without_policies(is_without: bool) -> Self {
        Self { is_used: is_without, ..Self::default() }
    }

    /// Whether to follow `node`, which leads down to `vertex`. `state` gives that of a node, but `None` of one on which
    /// something bad was found.
    pub(super) fn admits<'n, 'a: 'n>(
        &mut self,
        node: usize,
        vertex: usize,
        state: impl Fn(usize) -> Option<&'n State<'a>>,
    ) -> bool {
        if !self.is_used {
            return true;
        }
        let own = state(node);
        let covers = |other| state(other).zip(own).is_some_and(|(other, own)| other.allows_all_of(own));
        let mut compared = 0;
        for (_, other) in self.followed.range((vertex, 0)..=(vertex, usize::MAX)) {
            if covers(*other) {
                self.aside.push(node);
                return false;
            }
            compared += 1;
        }
        if compared < MOST_COMPARED {
            self.followed.insert((vertex, node));
        }
        true
    }

    /// Those put aside, to be asked about again.
    pub(super) fn take_aside(&mut self) -> Vec<usize> {
        core::mem::take(&mut self.aside)
    }

    /// From now on every path is followed: what was found bad is not known by the node that it is on.
    pub(super) const fn give_up(&mut self) {
        self.is_used = false;
    }
}

/// With how many others a path to the same certificate is compared, so that many different constraints cost no more than that.
const MOST_COMPARED: usize = 16;
