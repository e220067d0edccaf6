//! [`ChainLimits`]: how much work a validation may cost, and the [`Budget`] that counts it.

use core::fmt;

use super::{
    error::Violation,
    names::{NameRefused, NameWork},
};

/// How much one validation may do before it gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct ChainLimits {
    /// CAs between the anchor and the target, self-issued ones not counted. Public hierarchies have 1 to 3, bridges up to 6.
    pub depth: u8,
    /// Signature checks, of certificates, CRLs and OCSP responses together. 100 as in Go (CVE-2018-16875) and rustls-webpki.
    pub signatures: u32,
    /// Steps of the search: certificates looked at, ways tried from one to another, and every 32 octets of names and policies
    /// that have to be gone over on the way. A mesh of twelve CAs that all certify each other needs some 1,500; the default
    /// takes some milliseconds at worst.
    pub steps: u32,
    /// Comparisons of a name with a constraint. The default takes some milliseconds at worst; `mozilla::pkix` and Go allow
    /// 250,000.
    pub name_comparisons: u32,
}

/// Which of the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitKind {
    /// [`ChainLimits::depth`]
    Depth,
    /// [`ChainLimits::signatures`]
    Signatures,
    /// [`ChainLimits::steps`]
    Steps,
    /// [`ChainLimits::name_comparisons`]
    NameComparisons,
    /// The nodes of the policy graph (RFC 9618).
    PolicyNodes,
}

/// What is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    limits: ChainLimits,
    signatures: u32,
    steps: u32,
    /// Comparisons of names that are left.
    pub(super) names: NameWork,
    exhausted: Option<LimitKind>,
}

impl ChainLimits {
    /// The defaults.
    pub const DEFAULT: Self =
        Self { depth: 16, signatures: 100, steps: 20_000, name_comparisons: NameWork::DEFAULT_LIMIT };
}

impl Default for ChainLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Budget {
    pub(super) const fn new(limits: ChainLimits) -> Self {
        let names = NameWork::new(limits.name_comparisons);
        Self { limits, signatures: 0, steps: 0, names, exhausted: None }
    }

    pub(super) const fn signatures_spent(&self) -> u32 {
        self.signatures
    }

    /// How many steps were taken, by which they can be told apart.
    pub(super) const fn steps_spent(&self) -> u32 {
        self.steps
    }

    /// Which limit was met, if any.
    pub(super) const fn exhausted(&self) -> Option<LimitKind> {
        self.exhausted
    }

    /// Says that a limit was met.
    pub(super) const fn exhaust(&mut self, kind: LimitKind) {
        if self.exhausted.is_none() {
            self.exhausted = Some(kind);
        }
    }

    /// What a refusal by name constraints comes to: it may be the end of the work.
    pub(super) const fn name_refused(&mut self, refused: NameRefused) -> Violation {
        match refused {
            NameRefused::TooMuchWork => {
                self.exhaust(LimitKind::NameComparisons);
                Violation::LimitExceeded(LimitKind::NameComparisons)
            }
            refused => Violation::Name(refused),
        }
    }

    /// Takes one signature check, if there is one left.
    pub(super) const fn signature(&mut self) -> bool {
        if self.signatures >= self.limits.signatures {
            self.exhaust(LimitKind::Signatures);
            return false;
        }
        self.signatures += 1;
        true
    }

    /// Takes one step, if there is one left.
    pub(super) const fn step(&mut self) -> bool {
        self.steps(1)
    }

    /// Takes so many steps, if they are left.
    pub(super) const fn steps(&mut self, count: u32) -> bool {
        self.steps = self.steps.saturating_add(count);
        if self.steps > self.limits.steps {
            self.exhaust(LimitKind::Steps);
            return false;
        }
        true
    }
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Depth => "depth",
            Self::Signatures => "signature checks",
            Self::Steps => "steps of the search",
            Self::NameComparisons => "name comparisons",
            Self::PolicyNodes => "policy nodes",
        })
    }
}
