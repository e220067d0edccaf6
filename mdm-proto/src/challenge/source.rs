//! [`Source`]: whichever kind of challenge a profile has; [`Step`]: what it takes to redeem one.

use pki_core::{UnixTime, crypto::SecureRandom};

use super::{
    Grant, Lookup, Presented, Recall, RedeemError, RedeemPolicy, SealingKeys, Service, ServiceKey, Spending,
    StaticChallenge,
    external::{Ask, intune::Intune, step_ca::Webhook},
};

/// Whichever kind of challenge a profile has, for the server that redeems it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Source<'a> {
    /// Intune knows.
    Intune(&'a Intune),
    /// Used once, kept in the caller's database; hashed under one of these keys, the newest first.
    OneTime(&'a [ServiceKey], RedeemPolicy),
    /// Used once, kept in memory.
    OneTimeInMemory(&'a mut Service),
    /// Sealed.
    Sealed(&'a SealingKeys),
    /// One for all.
    Static(&'a StaticChallenge),
    /// A webhook knows.
    Webhook(&'a Webhook),
}

/// What it takes to redeem a challenge. Owned: it can wait for a database or for an answer.
#[derive(Debug)]
#[must_use = "nothing is redeemed yet"]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "taken apart at once")]
pub enum Step {
    /// A service elsewhere has to say.
    Ask(Ask),
    /// Redeemed.
    Granted(Grant),
    /// The record is needed.
    Load(Lookup),
    /// The expectation is needed.
    Recall(Recall),
    /// The record is to be stored.
    Store(Spending),
}

impl Source<'_> {
    /// Begins to redeem.
    ///
    /// # Errors
    /// [`RedeemError`], by kind: [`StaticChallenge::redeem`], [`Service::redeem`], [`Lookup::new`], [`SealingKeys::redeem`],
    /// [`Intune::ask`], [`Webhook::ask`].
    pub fn redeem(self, presented: &Presented, now: UnixTime, rng: &mut dyn SecureRandom) -> Result<Step, RedeemError> {
        match self {
            Self::Intune(intune) => intune.ask(presented, rng).map(Step::Ask),
            Self::OneTime(keys, policy) => Lookup::new(keys, presented.clone(), policy).map(Step::Load),
            Self::OneTimeInMemory(service) => service.redeem(presented, now).map(Step::Granted),
            Self::Sealed(keys) => keys.redeem(presented, now),
            Self::Static(challenge) => challenge.redeem(presented, now).map(Step::Granted),
            Self::Webhook(webhook) => webhook.ask(presented, now).map(Step::Ask),
        }
    }
}
