//! [`NameWork`]: the bound on comparing names.

use super::NameRefused;

/// How much may still be compared, counted down over all paths that are tried.
///
/// 2,048 names against 2,048 subtrees are both well formed and 4 million comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NameWork {
    left: u32,
}

impl NameWork {
    /// As many as fit into some 15 ms. rustls-webpki and Go allow 250,000.
    pub(crate) const DEFAULT_LIMIT: u32 = 100_000;

    /// Up to `limit` units: a look at a name or at a subtree is one, and comparing long ones is more.
    pub(crate) const fn new(limit: u32) -> Self {
        Self { left: limit }
    }

    /// What is left.
    #[cfg(test)]
    pub(crate) const fn left(self) -> u32 {
        self.left
    }

    /// Takes `units`; once they don't suffice nothing does.
    pub(super) fn spend(&mut self, units: usize) -> Result<(), NameRefused> {
        let left = u32::try_from(units).ok().and_then(|units| self.left.checked_sub(units));
        self.left = left.unwrap_or(0);
        left.map(drop).ok_or(NameRefused::TooMuchWork)
    }
}
