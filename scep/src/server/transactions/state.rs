//! [`TransactionState`]: how a transaction stands, and how it may go on.

use alloc::vec::Vec;

use pki_core::{BuildError, Certificate, ToBeSigned};

use crate::attribute::FailInfo;

/// How a transaction stands. [The module](super) shows what follows on what.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "callers match, and a new state would change what they have to do")]
pub enum TransactionState {
    /// Not decided. The client is told PENDING.
    Pending,
    /// Decided: this certificate and no other. It is not signed yet, or the signature was not recorded. The client is told
    /// PENDING, if it is told anything before the signature.
    Approved(UnsignedCertificate),
    /// The certificates to send, the one issued first. Sent again whenever it is asked for.
    Issued(Vec<Certificate>),
    /// Refused.
    Rejected(FailInfo),
}

/// A certificate that is decided on and recorded, to be signed: the exact `TBSCertificate`, with serial number and validity.
///
/// Whoever signs it, and however often, signs the same bytes.
#[derive(Clone, Debug)]
pub struct UnsignedCertificate(ToBeSigned<Certificate>);

/// Whether more is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Finality {
    /// PENDING was said: the next answer may be another.
    Interim,
    /// SUCCESS or FAILURE was said.
    Final,
}

impl TransactionState {
    /// Whether what is said in this state is the last word.
    #[must_use]
    pub const fn finality(&self) -> Finality {
        match self {
            Self::Pending | Self::Approved(_) => Finality::Interim,
            Self::Issued(_) | Self::Rejected(_) => Finality::Final,
        }
    }

    /// Goes on to `next` if that may follow, and says whether it did.
    pub(super) fn advance(&mut self, next: Self) -> Advance {
        let follows = match (&*self, &next) {
            (Self::Pending, Self::Approved(_) | Self::Rejected(_)) => true,
            (Self::Pending, Self::Issued(chain)) => !chain.is_empty(),
            (Self::Approved(approved), Self::Issued(chain)) => {
                chain.first().is_some_and(|leaf| leaf.tbs() == approved.tbs())
            }
            _ => false,
        };
        if !follows {
            return Advance::Stands;
        }
        *self = next;
        Advance::Changed
    }
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advance {
    Changed,
    Stands,
}

impl UnsignedCertificate {
    /// From the DER of a `TBSCertificate`, as a record keeps it.
    ///
    /// # Errors
    /// Those of [`Certificate::to_be_signed`].
    pub fn from_tbs(tbs: &[u8]) -> Result<Self, BuildError> {
        Certificate::to_be_signed(tbs).map(Self)
    }

    /// The DER of the `TBSCertificate`.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.0.message()
    }

    /// To sign it.
    pub const fn to_be_signed(&self) -> &ToBeSigned<Certificate> {
        &self.0
    }
}

impl From<ToBeSigned<Certificate>> for UnsignedCertificate {
    fn from(certificate: ToBeSigned<Certificate>) -> Self {
        Self(certificate)
    }
}

impl PartialEq for UnsignedCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.tbs() == other.tbs() && self.0.algorithm() == other.0.algorithm()
    }
}

impl Eq for UnsignedCertificate {}
