//! [`ProfileDiff`]: what comes of a change of profiles.

use alloc::{vec, vec::Vec};

use super::{EnrolmentReason, ProfileId, ProfileSet, Scep, SilentChange};

/// What comes of a change of profiles, for every SCEP profile that was there or is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileDiff {
    changed: Vec<ProfileChange>,
    orphans: Vec<ProfileId>,
    unchanged: Vec<ProfileId>,
}

/// What comes of it for one SCEP profile that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileChange {
    profile: ProfileId,
    reasons: Vec<EnrolmentReason>,
    changes: Vec<SilentChange>,
}

impl<P: Scep> ProfileSet<P> {
    /// What comes of it if the device has the profiles of `new` from now on.
    ///
    /// - A SCEP profile that is new starts an enrolment, whether or not something refers to it yet: platforms' own clients
    ///   don't wait either.
    /// - Whatever differs in a profile that refers to it starts one, and so does a profile that begins to.
    /// - Subject, alternative names and usages are no reason (BES10): a certificate goes on to stand for whom it stood. Where
    ///   they must change at once, revoke it, or give the profile another identifier.
    /// - A new activation starts all.
    #[must_use]
    pub fn diff(&self, new: &Self) -> ProfileDiff {
        let mut diff = ProfileDiff { changed: Vec::new(), orphans: Vec::new(), unchanged: Vec::new() };
        for (id, profile) in &new.scep {
            let change = ProfileChange {
                profile: id.clone(),
                reasons: self.reasons(new, id, profile),
                changes: self.scep(id).map_or_else(Vec::new, |before| changes(before, profile)),
            };
            if change.reasons.is_empty() && change.changes.is_empty() {
                diff.unchanged.push(change.profile);
            } else {
                diff.changed.push(change);
            }
        }
        diff.orphans.extend(self.scep.keys().filter(|id| !new.scep.contains_key(*id)).cloned());
        diff
    }

    fn reasons(&self, new: &Self, id: &ProfileId, profile: &P) -> Vec<EnrolmentReason> {
        if self.activation != new.activation {
            return vec![EnrolmentReason::NewActivation];
        }
        let Some(before) = self.scep(id) else { return vec![EnrolmentReason::NewProfile] };
        let mut reasons = EnrolmentReason::of_settings(before.settings(), profile.settings());
        for referrer in new.referrers_to(id) {
            match self.referrers.get(referrer.id()) {
                Some(before) if before == referrer => {}
                Some(before) if before.certificates().any(|certificate| certificate == id) => {
                    reasons.push(EnrolmentReason::ChangedReferrer(referrer.id().clone()));
                }
                _ => reasons.push(EnrolmentReason::NewReferrer(referrer.id().clone())),
            }
        }
        reasons
    }
}

impl ProfileDiff {
    /// The SCEP profiles for which an enrolment starts, by identifier.
    pub fn enrolments(&self) -> impl Iterator<Item = &ProfileChange> {
        self.changed.iter().filter(|change| change.starts())
    }

    /// The SCEP profiles in which something changed that starts no enrolment, by identifier.
    pub fn silent(&self) -> impl Iterator<Item = &ProfileChange> {
        self.changed.iter().filter(|change| !change.starts())
    }

    /// Both.
    #[must_use]
    pub fn changed(&self) -> &[ProfileChange] {
        &self.changed
    }

    /// The SCEP profiles that are gone. Whether their certificates go, too, is for a policy to say; BES10 keeps them.
    #[must_use]
    pub fn orphans(&self) -> &[ProfileId] {
        &self.orphans
    }

    /// The SCEP profiles that are as they were, and whose referrers are.
    #[must_use]
    pub fn unchanged(&self) -> &[ProfileId] {
        &self.unchanged
    }
}

impl ProfileChange {
    /// The SCEP profile.
    #[must_use]
    pub const fn profile(&self) -> &ProfileId {
        &self.profile
    }

    /// Whether an enrolment starts.
    #[must_use]
    pub const fn starts(&self) -> bool {
        !self.reasons.is_empty()
    }

    /// Why one starts; none if none does.
    #[must_use]
    pub fn reasons(&self) -> &[EnrolmentReason] {
        &self.reasons
    }

    /// What else changed.
    #[must_use]
    pub fn changes(&self) -> &[SilentChange] {
        &self.changes
    }
}

fn changes<P: Scep>(old: &P, new: &P) -> Vec<SilentChange> {
    let mut changes = SilentChange::of_settings(old.settings(), new.settings());
    if !old.has_challenge_of(new) {
        changes.push(SilentChange::Challenge);
    }
    if !old.has_names_of(new) {
        changes.push(SilentChange::Names);
    }
    changes.sort_unstable();
    changes
}
