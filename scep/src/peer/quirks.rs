//! [`Quirks`]: a set.

use core::{
    fmt,
    ops::{BitOr, BitOrAssign, Sub},
};

use super::{Quirk, Standing};

/// A set of [`Quirk`]s.
///
/// ```
/// use scep::peer::{Quirk, Quirks};
///
/// let seen = Quirks::of(&[Quirk::NonceLength, Quirk::BerEnvelope]);
/// assert!(seen.contains(Quirk::BerEnvelope));
/// assert_eq!(seen - Quirks::SAFE, Quirks::NONE);
/// assert_eq!(format!("{seen}"), "the envelope is BER; senderNonce has not 16 octets");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quirks(u64);

impl Quirks {
    /// The empty set.
    pub const NONE: Self = Self(0);
    /// Those that RFC 8894 and CMS leave open.
    pub const ALLOWED: Self = Self::with_standing(Standing::Allowed);
    /// Those that can be tolerated without giving anything up, the allowed ones among them.
    pub const SAFE: Self = Self::ALLOWED.union(Self::with_standing(Standing::Safe));
    /// The algorithms that only a provider which has them tolerates.
    pub const LEGACY: Self = Self::with_standing(Standing::Legacy);
    /// Those that no profile can make tolerable.
    pub const NEVER: Self = Self::with_standing(Standing::Never);

    /// These.
    #[must_use]
    pub const fn of(quirks: &[Quirk]) -> Self {
        let mut all = Self::NONE;
        let mut rest = quirks;
        while let [first, others @ ..] = rest {
            all = all.with(*first);
            rest = others;
        }
        all
    }

    /// Those with this owner; see [`Quirk::owners`].
    #[must_use]
    pub const fn owned_by(name: &str) -> Self {
        let mut all = Self::NONE;
        let mut rest = Quirk::ALL;
        while let [first, others @ ..] = rest {
            if has(first.owners(), name) {
                all = all.with(*first);
            }
            rest = others;
        }
        all
    }

    /// Those with this standing.
    #[must_use]
    pub const fn with_standing(standing: Standing) -> Self {
        let mut all = Self::NONE;
        let mut rest = Quirk::ALL;
        while let [first, others @ ..] = rest {
            if first.standing().same(standing) {
                all = all.with(*first);
            }
            rest = others;
        }
        all
    }

    /// The same with `quirk`.
    #[must_use]
    pub const fn with(self, quirk: Quirk) -> Self {
        Self(self.0 | quirk.bit())
    }

    /// The same without `quirk`.
    #[must_use]
    pub const fn without(self, quirk: Quirk) -> Self {
        Self(self.0 & !quirk.bit())
    }

    /// Those in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that `other` does not have.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `quirk` is in it.
    #[must_use]
    pub const fn contains(self, quirk: Quirk) -> bool {
        self.0 & quirk.bit() != 0
    }

    /// Whether all of `other` are in it.
    #[must_use]
    pub const fn contains_all(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Them, in the order of [`Quirk::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.iter().copied().filter(move |quirk| self.contains(*quirk))
    }

    /// The first one, if there is any.
    #[must_use]
    pub fn first(self) -> Option<Quirk> {
        self.iter().next()
    }

    /// Adds `quirk` if that is so.
    pub(crate) fn note(&mut self, quirk: Quirk, is_so: bool) {
        if is_so {
            *self = self.with(quirk);
        }
    }
}

impl Standing {
    const fn same(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Allowed, Self::Allowed)
                | (Self::Safe, Self::Safe)
                | (Self::Legacy, Self::Legacy)
                | (Self::Unsafe, Self::Unsafe)
                | (Self::Never, Self::Never)
        )
    }
}

impl BitOr for Quirks {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl BitOrAssign for Quirks {
    fn bitor_assign(&mut self, other: Self) {
        *self = self.union(other);
    }
}

impl Sub for Quirks {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.difference(other)
    }
}

impl From<Quirk> for Quirks {
    fn from(quirk: Quirk) -> Self {
        Self::NONE.with(quirk)
    }
}

impl FromIterator<Quirk> for Quirks {
    fn from_iter<I: IntoIterator<Item = Quirk>>(quirks: I) -> Self {
        quirks.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl fmt::Display for Quirks {
    /// In words, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, quirk) in self.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "; " })?;
            quirk.fmt(f)?;
        }
        Ok(())
    }
}

const fn has(names: &[&str], name: &str) -> bool {
    let mut rest = names;
    while let [first, others @ ..] = rest {
        if same(first.as_bytes(), name.as_bytes()) {
            return true;
        }
        rest = others;
    }
    false
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let (mut one, mut other) = (one, other);
    while let ([first, rest @ ..], [second, others @ ..]) = (one, other) {
        if *first != *second {
            return false;
        }
        one = rest;
        other = others;
    }
    one.is_empty() && other.is_empty()
}

const _: () = assert!(Quirk::ALL.len() <= 64, "a set has a bit for each");
