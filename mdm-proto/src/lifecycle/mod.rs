//! When to renew, to warn and to give up.
//!
//! [`decide()`] takes the time and what is known of a certificate, a [`Life`], and gives an [`Action`]: what to do now, and when
//! to look again. It is pure, so a server that keeps lives in a database asks it for the rows whose time has come.
//! [`Monitor`] does the same for an agent, or for a million certificates, in memory.
//!
//! ```
//! use mdm_proto::lifecycle::{CertificateFacts, Inputs, Life, LifecyclePolicy, Outcome, RevocationWatch, Seed, Task, decide};
//! use pki_core::UnixTime;
//!
//! let day = |day: i64| UnixTime::from_seconds(day * 86_400);
//! let policy = LifecyclePolicy { revocation: RevocationWatch::Ignore, ..LifecyclePolicy::DEFAULT };
//! // A certificate of 90 days: renewal starts when a third of them is left, and up to three days later.
//! let mut life = Life::new(CertificateFacts::new(day(0), day(90), Seed::new(b"device", &[1])));
//! let action = decide(day(1), &Inputs::new(&policy, &life));
//! let again = action.again.unwrap();
//! assert!((day(60)..=day(63)).contains(&again));
//!
//! let inputs = Inputs::new(&policy, &life);
//! let action = decide(again, &inputs);
//! assert!(matches!(action.task, Task::Renew { attempt: 1, .. }));
//! // Store this, and renew; then store what came of it.
//! life = inputs.after(&action, again);
//! let renewed = CertificateFacts::new(again, again.plus(std::time::Duration::from_secs(90 * 86_400)), Seed::new(b"device", &[2]));
//! life = Inputs::new(&policy, &life).resolved(Outcome::Renewed(renewed), again);
//! assert!(matches!(decide(again, &Inputs::new(&policy, &life)).task, Task::Wait(_)));
//! ```
//!
//! # What goes in
//!
//! | | |
//! |---|---|
//! | [`CertificateFacts`] | when the life starts and ends; the [`Seed`] that spreads a fleet |
//! | [`LifecyclePolicy`] | when to start, how to retry, what to do where there is a choice |
//! | [`Hints`] | the window in which the CA renews, and the one that it suggests (RFC 9773) |
//! | [`Outcome`] | failures by [class](FailureClass), [revocation](Revocation), [profiles](ProfileStanding), [reports](DeviceStanding) |
//! | [`ClockEvidence`] | build time, the CA's end, a server's `Date` |
//!
//! # Revocation
//!
//! | what [`pki_core::chain`] found | action |
//! |---|---|
//! | good, CRL or OCSP current | none; looked up again before nextUpdate, by jitter |
//! | good, but nextUpdate has passed; unknown; no answer | neither good nor revoked: used on, looked up again, and if that tells nothing renewed with a challenge ([`Proof::Challenge`]) |
//! | keyCompromise | [`Task::ReplaceKey`] |
//! | superseded | [`Task::LookForReplacement`], then [`Task::Retire`] or [`Task::Enrol`] |
//! | affiliationChanged, privilegeWithdrawn, cessationOfOperation | [`Task::Remove`] |
//! | certificateHold | [`Task::Suspend`], looked up again |
//! | cACompromise; a CA above, or a CA or RA itself, is revoked | [`Task::DropTrust`] |
//! | unspecified or none | [`Task::Stop`], or [`Task::Enrol`] by [policy](OnUnspecified) |
//!
//! # Beside it
//!
//! - [`Enrolment`]: how a profile stands on a device, for the server's database.
//! - [`Stagger`]: no more starts in a time than a CA can take.
//! - [`select()`] and [`standing()`]: which certificate of a device's list belongs to a profile.
//! - [`Association`]: which certificate a device is known by, before and after a renewal.
//! - [`Thumbprints`]: which CA and RA certificates are expected, and what a change of them means.

mod action;
mod association;
mod attempts;
mod certificate;
mod clock;
mod codes;
mod decide;
mod enrolment;
mod hints;
mod life;
mod monitor;
mod policy;
mod record;
mod renewal_start;
mod revocation;
mod schedule;
mod seed;
mod select;
mod span;
mod stagger;
mod standing;
mod thumbprints;

pub use action::{
    Action, Alert, DropReason, EnrolReason, Proof, RefreshReason, RemoveReason, Revoke, StopReason, Task, Urgency,
    WaitReason,
};
pub use association::{Association, KeyEvidence, NotAssociated};
pub use attempts::{Attempts, FailureClass};
pub use certificate::{CertificateFacts, Role};
pub use clock::ClockEvidence;
pub use decide::{Inputs, decide};
pub use enrolment::{Applied, Enrolment, EnrolmentConflict, EnrolmentEvent, EnrolmentState, IssuedCertificate};
pub use hints::{Hints, Window};
pub use life::{Life, Outcome};
pub use monitor::{CertificateId, Event, Monitor, Output, PolicyId, TooManyPolicies, UnknownCertificate};
pub use policy::{Backoff, KeyPolicy, LifecyclePolicy, OnUnspecified, RemovalPolicy, RevocationWatch};
pub use renewal_start::RenewalStart;
pub use revocation::{Freshness, Revocation};
pub use schedule::Schedule;
pub use seed::Seed;
pub use select::{Candidate, NotSelected, Selected, Selection, select, standing};
pub use stagger::{Stagger, StaggerFull, StartLimit};
pub use standing::{DeviceStanding, Predecessor, ProfileStanding, Trigger};
pub use thumbprints::{ThumbprintChange, Thumbprints};
