//! [`Life`]: all that is known of one certificate, and how that changes.

use pki_core::UnixTime;

use super::{
    Action, Alert, Attempts, CertificateFacts, DeviceStanding, FailureClass, Freshness, Hints, Inputs, KeyPolicy,
    Predecessor, ProfileStanding, Revocation, Role, Seed, Task, action::Steady, attempts::Phase, span,
};

/// All that is known of one certificate, or of one that is yet to be: what a server keeps of it in its database, as
/// [`to_der`](Self::to_der) writes it.
///
/// It is a value: [`Inputs::after`] and [`Inputs::resolved`] give the next one. Store that only if the old one is still there,
/// and begin anew if it is not:
///
/// ```sql
/// UPDATE certificates SET life = :new, again = :again WHERE id = :id AND life = :old;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    pub(super) certificate: Option<CertificateFacts>,
    pub(super) seed: Seed,
    pub(super) hints: Hints,
    pub(super) attempts: Attempts,
    pub(super) revocation: Revocation,
    pub(super) check_at: Option<UnixTime>,
    pub(super) profile: ProfileStanding,
    pub(super) device: DeviceStanding,
    pub(super) predecessor: Predecessor,
    pub(super) told: Option<Alert>,
    pub(super) acknowledged: Option<Steady>,
}

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Its revocation was looked up, with this result, by a CRL or OCSP response of these times.
    Checked(Revocation, Option<Freshness>),
    /// The device has reported.
    Device(DeviceStanding),
    /// The attempt failed.
    Failed(FailureClass),
    /// The CA said when to renew.
    Hinted(Hints),
    /// What was asked for is there: a new challenge, what the CA says of itself. Or a person has looked at what stopped, and
    /// it may go on.
    Prepared,
    /// The profile has changed, was taken away, or came back. The same again is no news: say of one that changed once more, for
    /// the same reason and before there was a new certificate, that it is assigned, and then that it changed.
    Profile(ProfileStanding),
    /// This certificate is there in its place. If the profile has changed and no enrolment for it was [begun](Inputs::after), it
    /// was asked for before, and there is still one to come.
    Renewed(CertificateFacts),
    /// It was used, and its predecessor is not needed any more.
    Used,
}

impl Life {
    /// Of a certificate of which nothing else is known.
    #[must_use]
    pub const fn new(certificate: CertificateFacts) -> Self {
        Self { certificate: Some(certificate), ..Self::enrolling(certificate.seed) }
    }

    /// Of a certificate that is to be enrolled.
    #[must_use]
    pub const fn enrolling(seed: Seed) -> Self {
        Self {
            certificate: None,
            seed,
            hints: Hints::NONE,
            attempts: Attempts::NONE,
            revocation: Revocation::Unchecked,
            check_at: None,
            profile: ProfileStanding::Assigned,
            device: DeviceStanding::Unknown,
            predecessor: Predecessor::None,
            told: None,
            acknowledged: None,
        }
    }

    /// With what the CA says of when to renew.
    #[must_use]
    pub const fn with_hints(self, hints: Hints) -> Self {
        Self { hints, ..self }
    }

    /// The certificate, if there is one.
    #[must_use]
    pub const fn certificate(&self) -> Option<&CertificateFacts> {
        self.certificate.as_ref()
    }

    /// What was tried.
    #[must_use]
    pub const fn attempts(&self) -> &Attempts {
        &self.attempts
    }

    /// Whether it is revoked, as far as is known.
    #[must_use]
    pub const fn revocation(&self) -> Revocation {
        self.revocation
    }

    /// What the CA says of when to renew.
    #[must_use]
    pub const fn hints(&self) -> &Hints {
        &self.hints
    }

    /// How its profile stands.
    #[must_use]
    pub const fn profile(&self) -> ProfileStanding {
        self.profile
    }

    /// How it stands on the device.
    #[must_use]
    pub const fn device(&self) -> DeviceStanding {
        self.device
    }

    /// How what it replaced stands.
    #[must_use]
    pub const fn predecessor(&self) -> Predecessor {
        self.predecessor
    }

    /// The last thing that people were told.
    #[must_use]
    pub const fn told(&self) -> Option<Alert> {
        self.told
    }

    pub(super) fn role(&self) -> Role {
        self.certificate.map_or(Role::Device, |facts| facts.role)
    }

    /// With this alert told.
    pub(super) fn with_told(self, alert: Option<Alert>) -> Self {
        Self { told: self.told.max(alert), ..self }
    }
}

impl From<CertificateFacts> for Life {
    fn from(certificate: CertificateFacts) -> Self {
        Self::new(certificate)
    }
}

impl Inputs<'_> {
    /// What to keep when what `action` says was begun, and people were told, at `now`.
    #[must_use]
    pub fn after(&self, action: &Action, now: UnixTime) -> Life {
        let (life, now) = (self.life.with_told(action.alert), self.time(now));
        let attempts = life.attempts;
        match action.task {
            Task::Renew { attempt, .. } | Task::Enrol { attempt, .. } | Task::ReplaceKey { attempt } => {
                Life { attempts: attempts.started(attempt, now), acknowledged: None, ..life }
            }
            Task::AskForChallenge => Life { attempts: attempts.asked(FailureClass::ChallengeExpired, now), ..life },
            Task::RefreshAuthority(_) => Life { attempts: attempts.asked(FailureClass::CryptoMismatch, now), ..life },
            Task::CheckRevocation => {
                let check_at = life.revocation.retry_at(self.policy, now);
                Life { check_at, ..life }
            }
            Task::RefreshWindow => {
                let refresh_at = Some(now.plus(self.policy.window_every()));
                Life { hints: Hints { refresh_at, ..life.hints }, ..life }
            }
            Task::DeletePredecessor => Life { predecessor: Predecessor::None, ..life },
            task => Life { acknowledged: task.steady().or(life.acknowledged), ..life },
        }
    }

    /// What to keep when `outcome` was heard of at `now`.
    #[must_use]
    pub fn resolved(&self, outcome: Outcome, now: UnixTime) -> Life {
        let (life, now) = (*self.life, self.time(now));
        let next = match outcome {
            Outcome::Checked(revocation, fresh) => {
                let check_at = revocation.check_at(self.policy, life.seed, fresh, now);
                return self.changed(Life { revocation, check_at, ..life }, life.revocation != revocation);
            }
            Outcome::Device(device) => Life { device, ..life },
            Outcome::Failed(_) if life.has_heard_of_failure() => return life,
            Outcome::Failed(class) => Life { attempts: life.attempts.failed(class, now), ..life },
            Outcome::Hinted(hints) => Life { hints: self.bounded(hints, now), ..life },
            // It will be asked again when it is time: nothing new is no reason to ask at once.
            Outcome::Prepared if life.role() == Role::Authority => life,
            Outcome::Prepared => Life { attempts: life.attempts.prepared(), ..life },
            Outcome::Profile(profile) if profile == life.profile => life,
            Outcome::Profile(profile) => Life { profile, attempts: Attempts::NONE, ..life },
            Outcome::Renewed(facts) => {
                let keeps = self.policy.key == KeyPolicy::New && life.has_usable_key() && facts.role == Role::Device;
                let predecessor = if keeps { Predecessor::Kept } else { Predecessor::None };
                // What comes late does not bring back a profile that was taken away, nor is it of one that has changed since and
                // that nothing was tried for.
                let profile = match life.profile {
                    ProfileStanding::Changed(_) if life.attempts.phase != Phase::Ready => ProfileStanding::Assigned,
                    standing => standing,
                };
                return Life { predecessor, profile, ..Life::new(facts) };
            }
            Outcome::Used if life.predecessor == Predecessor::Kept => {
                Life { predecessor: Predecessor::Obsolete, ..life }
            }
            Outcome::Used => life,
        };
        self.changed(next, next != life)
    }

    /// What was acknowledged of the state before doesn't hold for another.
    fn changed(&self, life: Life, has_changed: bool) -> Life {
        if has_changed { Life { acknowledged: None, ..life } } else { life }
    }

    /// What a CA may ask for: not more often than every minute, nor less than once a day.
    fn bounded(&self, hints: Hints, now: UnixTime) -> Hints {
        let bound = |at: UnixTime| at.clamp(span::later(now, MINUTE), span::later(now, DAY));
        let by_default = hints.suggested.map(|_| now.plus(self.policy.window_every()));
        Hints { refresh_at: hints.refresh_at.map(bound).or(by_default), ..hints }
    }
}

impl Life {
    /// Whether a failure is one that was told before, or of an attempt that was given up.
    fn has_heard_of_failure(&self) -> bool {
        match self.attempts.phase {
            Phase::Failed(..) => true,
            Phase::Asked(..) => self.role() == Role::Device,
            Phase::Ready | Phase::Running(_) => false,
        }
    }

    /// Whether there is a key that may be used until another one was.
    fn has_usable_key(&self) -> bool {
        self.certificate.is_some() && !self.revocation.is_revoked()
    }
}

pub(super) const MINUTE: u64 = 60;
pub(super) const DAY: u64 = 86_400;
