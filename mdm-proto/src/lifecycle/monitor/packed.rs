//! [`Packed`]: a life in 40 octets.

use core::num::NonZeroU8;

use pki_core::UnixTime;

use crate::lifecycle::{Attempts, CertificateFacts, Hints, Life, Revocation, Seed, attempts::Phase, codes::Code, span};

/// A [`Life`] of a certificate, as almost all are: without hints, and with instants in the 136 years from its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed {
    starts: UnixTime,
    expires: UnixTime,
    seed: u32,
    since: Instant,
    until: Instant,
    check_at: Instant,
    failures: u16,
    phase: u8,
    revocation: u8,
    profile: u8,
    /// Role and mismatches; the last bit is always set, so that `None` takes no room.
    mixed: NonZeroU8,
    /// Device and predecessor.
    standing: u8,
    /// What was told and acknowledged.
    noted: u8,
}

/// Seconds since the start of the life, plus 1; 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Instant(u32);

impl Packed {
    /// Packed, if it can be.
    pub(super) fn pack(life: &Life) -> Option<Self> {
        let facts = life.certificate?;
        if life.hints != Hints::NONE || facts.seed != life.seed {
            return None;
        }
        let (phase, since) = life.attempts.phase.to_code();
        let (revocation, until) = life.revocation.to_code();
        let instant = |time| Instant::pack(time, facts.starts);
        Some(Self {
            starts: facts.starts,
            expires: facts.expires,
            seed: facts.seed.number(),
            since: instant(since)?,
            until: instant(until)?,
            check_at: instant(life.check_at)?,
            failures: life.attempts.failures,
            phase,
            revocation,
            profile: life.profile.code(),
            mixed: NonZeroU8::MIN | (both(facts.role.code(), life.attempts.mismatches.code()) << 1),
            standing: both(life.device.code(), life.predecessor.code()),
            noted: both(life.told.code(), life.acknowledged.code()),
        })
    }

    /// The life. There is one: nothing else was packed.
    pub(super) fn unpack(&self) -> Option<Life> {
        let [(role, mismatches), (device, predecessor), (told, acknowledged)] =
            [self.mixed.get() >> 1, self.standing, self.noted].map(|octet| (octet >> 4, octet & 0x0f));
        let instant = |instant: Instant| instant.unpack(self.starts);
        let seed = Seed::from_number(self.seed);
        let facts = CertificateFacts::new(self.starts, self.expires, seed).with_role(Code::from_code(role)?);
        Some(Life {
            attempts: Attempts {
                failures: self.failures,
                mismatches: Code::from_code(mismatches)?,
                phase: Phase::from_code(self.phase, instant(self.since))?,
            },
            revocation: Revocation::from_code(self.revocation, instant(self.until))?,
            check_at: instant(self.check_at),
            profile: Code::from_code(self.profile)?,
            device: Code::from_code(device)?,
            predecessor: Code::from_code(predecessor)?,
            told: Code::from_code(told)?,
            acknowledged: Code::from_code(acknowledged)?,
            ..Life::new(facts)
        })
    }
}

impl Instant {
    /// `None` if it is before the start or more than 136 years after it.
    fn pack(time: Option<UnixTime>, starts: UnixTime) -> Option<Self> {
        let Some(time) = time else { return Some(Self(0)) };
        if time < starts {
            return None;
        }
        let seconds = u32::try_from(span::seconds_between(starts, time)).ok()?;
        seconds.checked_add(1).map(Self)
    }

    fn unpack(self, starts: UnixTime) -> Option<UnixTime> {
        Some(span::later(starts, self.0.checked_sub(1)?.into()))
    }
}

/// Two numbers below 16 in an octet.
const fn both(high: u8, low: u8) -> u8 {
    (high << 4) | (low & 0x0f)
}
