//! When to renew, to warn and to give up.

mod action;
mod attempts;
mod certificate;
mod clock;
mod codes;
mod decide;
mod hints;
mod life;
mod monitor;
mod policy;
mod record;
mod renewal_start;
mod revocation;
mod schedule;
mod seed;
mod span;
mod standing;

pub use action::{
    Action, Alert, DropReason, EnrolReason, Proof, RefreshReason, RemoveReason, Revoke, StopReason, Task, Urgency,
    WaitReason,
};
pub use attempts::{Attempts, FailureClass};
pub use certificate::{CertificateFacts, Role};
pub use clock::ClockEvidence;
pub use decide::{Inputs, decide};
pub use hints::{Hints, Window};
pub use life::{Life, Outcome};
pub use monitor::{CertificateId, Event, Monitor, Output, PolicyId, TooManyPolicies, UnknownCertificate};
pub use policy::{Backoff, KeyPolicy, LifecyclePolicy, OnUnspecified, RemovalPolicy, RevocationWatch};
pub use renewal_start::RenewalStart;
pub use revocation::{Freshness, Revocation};
pub use schedule::Schedule;
pub use seed::Seed;
pub use standing::{DeviceStanding, Predecessor, ProfileStanding, Trigger};
