//! [`Revocation`]: what is known of whether a certificate is revoked, as [`pki_core::chain`] found it.

use pki_core::{
    Crl, UnixTime,
    chain::{ChainError, RevocationPolicy, ValidatedChain, Violation},
    crl::RevocationReason,
    ocsp::SingleResponse,
};

use super::{LifecyclePolicy, RevocationWatch, Seed, seed::Draw, span};

/// What is known of whether a certificate is revoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each has an action")]
pub enum Revocation {
    /// Nobody looked.
    #[default]
    Unchecked,
    /// It is not revoked, as CRLs or OCSP responses say that hold up to this time. Later it is [`Undetermined`](Self::Undetermined).
    Good {
        /// nextUpdate of what said so.
        until: UnixTime,
    },
    /// It could not be found out: not good, and not revoked. It is used on; only the privilege to renew without a challenge
    /// is withdrawn.
    Undetermined,
    /// It is revoked.
    Revoked(Option<RevocationReason>),
    /// A CA above it is.
    AuthorityRevoked(Option<RevocationReason>),
}

/// When the status was known to be right, and when more will be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what CRLs and OCSP responses have")]
pub struct Freshness {
    /// thisUpdate
    pub this_update: UnixTime,
    /// nextUpdate. Without, what was said holds until it is next looked up.
    pub next_update: Option<UnixTime>,
}

impl Revocation {
    /// What a validation with this policy found of its target. `until` is the nextUpdate of what it found it by.
    ///
    /// Good is only what was validated with [`RevocationPolicy::Require`]: with [`Prefer`](RevocationPolicy::Prefer), what is
    /// not known passes as well. A path that is broken for another reason says nothing of revocation.
    #[must_use]
    pub fn from_verdict(
        verdict: &Result<ValidatedChain, ChainError>,
        policy: RevocationPolicy,
        until: UnixTime,
    ) -> Self {
        match (verdict, policy) {
            (_, RevocationPolicy::Ignore) => Self::Unchecked,
            (Ok(_), RevocationPolicy::Require) => Self::Good { until },
            (Ok(_), _) => Self::Undetermined,
            (Err(error), _) => match *error.violation() {
                Violation::Revoked { reason, .. } if error.depth() == 0 => Self::Revoked(reason),
                Violation::Revoked { reason, .. } => Self::AuthorityRevoked(reason),
                _ => Self::Undetermined,
            },
        }
    }

    /// Whether it, or a CA above it, is revoked.
    #[must_use]
    pub const fn is_revoked(&self) -> bool {
        matches!(self, Self::Revoked(_) | Self::AuthorityRevoked(_))
    }

    /// What is known at `now`: what was good until then is not known any longer.
    #[must_use]
    pub fn at(self, now: UnixTime) -> Self {
        match self {
            Self::Good { until } if now > until => Self::Undetermined,
            known => known,
        }
    }

    /// When to look it up again if it could not be found out at `now`.
    pub(super) fn retry_at(self, policy: &LifecyclePolicy, now: UnixTime) -> Option<UnixTime> {
        match policy.revocation {
            RevocationWatch::Check { retry, .. } => Some(span::after(now, retry)),
            RevocationWatch::Ignore => None,
        }
    }

    /// When to look it up again, having done so at `now`; `None` if nobody looks, or nothing can change.
    pub(super) fn check_at(
        self,
        policy: &LifecyclePolicy,
        seed: Seed,
        fresh: Option<Freshness>,
        now: UnixTime,
    ) -> Option<UnixTime> {
        let RevocationWatch::Check { at_least_every, retry } = policy.revocation else { return None };
        let (at_most, retry) = (span::after(now, at_least_every), span::after(now, retry));
        match self {
            Self::Revoked(reason) | Self::AuthorityRevoked(reason) => {
                let may_come_back = reason == Some(RevocationReason::CertificateHold);
                may_come_back.then(|| fresh.map_or(retry, |fresh| fresh.check_at(seed, now, at_most, retry)))
            }
            Self::Good { until } => {
                let fresh = fresh.unwrap_or(Freshness { this_update: now, next_update: Some(until) });
                Some(fresh.check_at(seed, now, at_most, retry))
            }
            Self::Unchecked | Self::Undetermined => Some(retry),
        }
    }
}

impl Freshness {
    /// nextUpdate minus jitter, a tenth of the period or an hour at most; not before thisUpdate, nor after `at_most`. If that
    /// has passed, `retry`.
    fn check_at(self, seed: Seed, now: UnixTime, at_most: UnixTime, retry: UnixTime) -> UnixTime {
        let Some(next_update) = self.next_update else { return at_most };
        let period = span::seconds_between(self.this_update, next_update);
        let jitter = seed.draw(Draw::Revocation, (period / 10).min(MOST_JITTER));
        let at = span::earlier(next_update, jitter).max(self.this_update).min(at_most);
        if at <= now { retry.min(at_most) } else { at }
    }
}

impl From<&Crl> for Freshness {
    fn from(crl: &Crl) -> Self {
        Self { this_update: crl.this_update(), next_update: crl.next_update() }
    }
}

impl From<&SingleResponse<'_>> for Freshness {
    fn from(response: &SingleResponse<'_>) -> Self {
        Self { this_update: response.this_update, next_update: response.next_update }
    }
}

/// Seconds.
const MOST_JITTER: u64 = 3600;
