//! [`Action`]: what to do now, and when to look again.

use core::fmt;

use pki_core::{UnixTime, crl::RevocationReason};

use super::{KeyPolicy, Trigger};

/// What to do now, whom to tell, and when to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_structs, reason = "callers take it apart")]
pub struct Action {
    /// What to do.
    pub task: Task,
    /// What to tell people, once.
    pub alert: Option<Alert>,
    /// When to decide again at the latest, once what is said was begun and [noted](super::Inputs::after); always later than
    /// now. `None`: nothing will change by itself.
    pub again: Option<UnixTime>,
}

/// What to do with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Task {
    /// Ask for a new challenge: the last one was too old. Tell [`Outcome::Prepared`](super::Outcome::Prepared) when it is
    /// there.
    AskForChallenge,
    /// Look up whether it is revoked, and tell [`Outcome::Checked`](super::Outcome::Checked).
    CheckRevocation,
    /// Delete the key and certificate that this one replaced: it was used.
    DeletePredecessor,
    /// Trust the CA no more, and wait for a profile with another.
    DropTrust(DropReason),
    /// Get a certificate with a challenge and a new key; what is there is kept until that one was used.
    Enrol {
        /// Which attempt it is, from 1.
        attempt: u32,
        /// Why.
        reason: EnrolReason,
    },
    /// See whether the device has a newer certificate, and tell [`Outcome::Device`](super::Outcome::Device).
    LookForReplacement,
    /// Read the CA's capabilities and certificates again, by GetNextCACert as well. Tell
    /// [`Outcome::Prepared`](super::Outcome::Prepared), or track the new certificate.
    RefreshAuthority(RefreshReason),
    /// Ask the CA for the window that it suggests, and tell [`Outcome::Hinted`](super::Outcome::Hinted).
    RefreshWindow,
    /// Delete certificate and key, and wait for the server.
    Remove(RemoveReason),
    /// Get a certificate by the one that is there.
    Renew {
        /// Which attempt it is, from 1.
        attempt: u32,
        /// By what it is authorised.
        proof: Proof,
        /// For which key.
        key: KeyPolicy,
        /// Whether time is short.
        urgency: Urgency,
    },
    /// Stop using it, delete the key **now**, and get a certificate for a fresh key with a fresh challenge; never by this one.
    ReplaceKey {
        /// Which attempt it is, from 1.
        attempt: u32,
    },
    /// Stop using it and delete it: a better one is there.
    Retire,
    /// Find out the time, from a server that is authenticated: no expiry is judged by this clock.
    SetClock,
    /// Stop, and ask the server or its administrator.
    Stop(StopReason),
    /// Stop using it, and keep the key: it may come back.
    Suspend,
    /// Nothing.
    Wait(WaitReason),
}

/// What to tell people. Each is told once, and none after a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a life ends in this order")]
pub enum Alert {
    /// It should be renewed, and nobody may, or it stopped.
    Expiring,
    /// Time is short.
    Urgent,
    /// It has ended. Connectivity may be lost.
    Expired,
}

/// Why there is to be a full enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EnrolReason {
    /// The certificate has ended, or the period in which the CA renews it.
    Expired,
    /// There is none yet.
    First,
    /// The device lost it.
    Missing,
    /// The profile has changed.
    Profile(Trigger),
    /// It is revoked as superseded, and there is no other.
    Superseded,
    /// It is revoked for no reason that is told, and policy says to go on.
    Unspecified,
}

/// By what a renewal is authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "one or the other")]
pub enum Proof {
    /// The signature of the certificate that is renewed.
    Certificate,
    /// That and a challenge: whether it is revoked could not be found out.
    Challenge,
}

/// Whether time is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it is or it is not")]
pub enum Urgency {
    /// There is time.
    Normal,
    /// Time is short.
    Urgent,
}

/// Why what the CA says of itself is to be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefreshReason {
    /// Its certificate ends soon.
    Expiring,
    /// Algorithms or fingerprints did not fit.
    Mismatch,
}

/// Why a CA is no longer trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// Somebody else has its key, or may have it.
    Compromised,
    /// Its certificate has ended.
    Expired,
    /// It was revoked for another reason: there is another CA, or none.
    Replaced,
}

/// Why certificate and key are to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RemoveReason {
    /// It is revoked: affiliationChanged, privilegeWithdrawn, cessationOfOperation.
    Revoked(RevocationReason),
    /// The profile was taken away.
    Unassigned(Revoke),
}

/// Whether the certificate is to be revoked, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it is or it is not")]
pub enum Revoke {
    /// It is left to end.
    No,
    /// The CA is told to revoke it.
    Yes,
}

/// Why a person has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// As many attempts failed as policy allows.
    AttemptsSpent,
    /// Algorithms or fingerprints did not fit, twice.
    CryptoMismatch,
    /// The CA refuses.
    PolicyReject,
    /// It is revoked, and the reason does not say what to do.
    Revoked(Option<RevocationReason>),
}

/// Why there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitReason {
    /// What is to be done was said, and nothing has changed since.
    Acknowledged,
    /// What was asked for has not come.
    Asked,
    /// The last attempt failed, and the next one is for later.
    BackingOff,
    /// An attempt is under way.
    InProgress,
    /// The certificate is good, and it is not time yet.
    NotDue,
    /// The certificate is not valid yet: the clock is slow, or the CA's is fast.
    NotYetValid,
    /// The profile was taken away, and the certificate stays until it ends.
    Unassigned,
}

impl Task {
    /// What is said once, and then stands until something changes.
    pub(super) const fn steady(self) -> Option<Steady> {
        Some(match self {
            Self::DropTrust(_) => Steady::DropTrust,
            Self::LookForReplacement => Steady::LookForReplacement,
            Self::Remove(_) => Steady::Remove,
            Self::Retire => Steady::Retire,
            Self::Stop(_) => Steady::Stop,
            Self::Suspend => Steady::Suspend,
            _ => return None,
        })
    }
}

/// A task that stands until something changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Steady {
    DropTrust,
    LookForReplacement,
    Remove,
    Retire,
    Stop,
    Suspend,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttemptsSpent => f.write_str("all attempts failed: see why, then resolve it as prepared"),
            Self::CryptoMismatch => {
                f.write_str("algorithms or fingerprints don't fit, not even as the CA has them now")
            }
            Self::PolicyReject => f.write_str("the CA refuses: compare its policy with the profile"),
            Self::Revoked(Some(reason)) => write!(f, "revoked as {reason}: ask the server what to do"),
            Self::Revoked(None) => f.write_str("revoked for no reason that is told: ask the server what to do"),
        }
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expiring => "the certificate will end, and nothing renews it",
            Self::Urgent => "the certificate ends soon",
            Self::Expired => "the certificate has ended; connectivity may be lost",
        })
    }
}
