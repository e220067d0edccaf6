//! [`Rollover`]: one CA after another.

use alloc::vec::Vec;

use pki_core::{
    Certificate, DecodeError, DecodeErrorKind, UnixTime,
    crypto::CryptoProvider,
    der::{Reader, Writer},
};

use super::{Authority, AuthorityError, Error, NextAuthority, record::time};

/// A CA, and the one that comes after it (RFC 8894 sections 4.7 and 5.1): what to trust over the years.
///
/// ```text
///           with_next                 switch_at             current expires
///  current ────┬──────────────────────────┬───────────────────────┬─────────
///              │ next is kept, and        │ requests go to next,  │ settled:
///              │ accepted once it is valid│ current is accepted   │ next is current
/// ```
///
/// - Requests go to [`Rollover::at`]: the current authority up to the switch, the next one from then on. One that is not
///   valid yet waits until it is, or until the current one expires.
/// - Whatever either signs, replies and certificates, counts while both are valid.
/// - What was asked of the old CA can be carried to an end while that is valid. Then it has to be asked anew, of the new CA;
///   [`Rollover::standing`] tells. Certificates that the old CA issued are to be renewed with the new one before they stop
///   being valid with it.
/// - RA certificates come and go below each CA: [`Rollover::refreshed`] takes what GetCACert gives now.
///
/// A value like others: what changes it gives a new one. [`to_der`](Self::to_der) and [`from_der`](Self::from_der) turn it
/// into bytes and back, with a version number first; versions that were written once stay readable. Who can change it can
/// change which CA is believed: keep it as one keeps configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollover {
    current: Authority,
    next: Option<Next>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Next {
    authority: Authority,
    switch_at: UnixTime,
}

/// What an authority is at some time, and with it the transactions that were begun with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "requests go there or not, and what it signs counts or not")]
pub enum Standing {
    /// Requests go there.
    Active,
    /// What it signs counts, but requests go to the other. Transactions go on.
    Accepted,
    /// The next one, which is not valid yet.
    Future,
    /// It has expired. What was asked of it has to be asked anew, of the other.
    Former,
    /// None of the two.
    Unknown,
}

impl Rollover {
    /// With one authority, and none known that comes after it.
    #[must_use]
    pub const fn new(current: Authority) -> Self {
        Self { current, next: None }
    }

    /// Replaces what comes next. The switch is when the current CA's certificate expires, as RFC 8894 section 4.7.1 has it.
    ///
    /// # Errors
    /// [`AuthorityError`] if the certificates make no authority at `now`, or at the time when they become valid.
    pub fn with_next(
        self,
        next: &NextAuthority,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, AuthorityError> {
        let authority = next.authority(crypto, now)?;
        let switch_at = last_second(&self.current);
        Ok(Self { current: self.current, next: Some(Next { authority, switch_at }) })
    }

    /// Replaces the time from which on requests go to the next authority: sooner, since certificates of a CA that is about to
    /// expire expire with it. Without a next authority this does nothing.
    #[must_use]
    pub fn with_switch_at(self, switch_at: UnixTime) -> Self {
        let next = self.next.map(|next| Next { switch_at, ..next });
        Self { next, ..self }
    }

    /// The authority that was there first.
    #[must_use]
    pub const fn current(&self) -> &Authority {
        &self.current
    }

    /// The one that comes after it. A request may be made to it before its time: RFC 8894 section 5.1 has clients enrol with
    /// the next CA and keep the certificate until the one that they have expires.
    #[must_use]
    pub fn next(&self) -> Option<&Authority> {
        self.next.as_ref().map(|next| &next.authority)
    }

    /// When requests begin to go to the next one.
    #[must_use]
    pub fn switch_at(&self) -> Option<UnixTime> {
        self.next.as_ref().map(|next| next.switch_at)
    }

    /// Whom requests go to.
    #[must_use]
    pub fn at(&self, now: UnixTime) -> &Authority {
        let Some(next) = &self.next else { return &self.current };
        let current_holds = is_valid(&self.current, now);
        let next_holds = is_valid(&next.authority, now);
        let due = now >= next.switch_at;
        // Only if exactly one of them is valid does validity decide.
        let switched = if current_holds == next_holds { due } else { next_holds && (due || !current_holds) };
        if switched { &next.authority } else { &self.current }
    }

    /// Those whose replies and certificates count: the one of [`Rollover::at`], and the other while it is valid.
    pub fn accepted(&self, now: UnixTime) -> impl Iterator<Item = &Authority> {
        let active = self.at(now);
        let others = [Some(&self.current), self.next()].into_iter().flatten();
        let others = others.filter(move |other| *other != active && is_valid(other, now));
        core::iter::once(active).chain(others)
    }

    /// What this authority is now. It is recognised by the certificates of its CA, whichever RA it has.
    #[must_use]
    pub fn standing(&self, authority: &Authority, now: UnixTime) -> Standing {
        let Some(known) = self.holding(authority.certificates()) else { return Standing::Unknown };
        if known == self.at(now) {
            return Standing::Active;
        }
        let is_next = self.next() == Some(known);
        match is_valid(known, now) {
            true => Standing::Accepted,
            false if is_next && now < first_second(known) => Standing::Future,
            false => Standing::Former,
        }
    }

    /// Takes what GetCACert gives now: new RA certificates below a CA that is known. What leads to neither CA counts for
    /// nothing; if that leaves an authority nobody to encrypt to, or nobody who signs, it stays as it was.
    ///
    /// # Errors
    /// [`AuthorityError`] if both stay as they were: that of the one of [`Rollover::at`].
    pub fn refreshed(
        &self,
        certificates: &[Certificate],
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, AuthorityError> {
        let refresh =
            |authority: &Authority| authority.refreshed(certificates, crypto, now.max(first_second(authority)));
        let current = refresh(&self.current);
        let next = self.next.as_ref().map(|next| (next, refresh(&next.authority)));
        let active = self.at(now);
        let failures = [(&self.current, &current)].into_iter().chain(next.iter().map(|(n, new)| (&n.authority, new)));
        let failure = failures.filter(|(old, _)| *old == active).find_map(|(_, new)| new.as_ref().err().cloned());
        let none = current.is_err() && next.as_ref().is_none_or(|(_, new)| new.is_err());
        if let (true, Some(error)) = (none, failure) {
            return Err(error);
        }
        let next = next.map(|(old, new)| Next {
            authority: new.unwrap_or_else(|_| old.authority.clone()),
            switch_at: old.switch_at,
        });
        Ok(Self { current: current.unwrap_or_else(|_| self.current.clone()), next })
    }

    /// The same without an authority whose time is over: once the current one has expired and the next one's time has come,
    /// that is the current one.
    #[must_use]
    pub fn settled(self, now: UnixTime) -> Self {
        let over = now > last_second(&self.current);
        match self.next {
            Some(next) if over && is_valid(&next.authority, now) => Self::new(next.authority),
            next => Self { current: self.current, next },
        }
    }

    /// As bytes.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                self.current.encode(w);
                if let Some(next) = &self.next {
                    next.authority.encode(w);
                    w.octet_string(&next.switch_at.as_seconds().to_be_bytes());
                }
            });
        })
    }

    /// From bytes. The certificates are not validated again: that was done when they came.
    ///
    /// # Errors
    /// [`Error::Record`], with [`DecodeErrorKind::UnsupportedVersion`] for one written by a later release.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Self::decode(der).map_err(DecodeError::within("Rollover")).map_err(Error::Record)
    }

    fn decode(der: &[u8]) -> Result<Self, DecodeError> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let version = fields.error(DecodeErrorKind::UnsupportedVersion);
        if fields.small_integer()? != VERSION {
            return Err(version);
        }
        let current = Authority::decode(&mut fields)?;
        if fields.is_empty() {
            return Ok(Self::new(current));
        }
        let authority = Authority::decode(&mut fields)?;
        let switch_at = time(fields.any()?)?;
        fields.finish()?;
        Ok(Self { current, next: Some(Next { authority, switch_at }) })
    }

    /// The one that these certificates were of, the confirmed one first.
    pub(super) fn holding(&self, certificates: &[Certificate]) -> Option<&Authority> {
        let of =
            |known: &&Authority| certificates.first() == Some(known.anchor()) && certificates.contains(known.issuer());
        [Some(&self.current), self.next()].into_iter().flatten().find(of)
    }
}

/// Whether its CA is valid: the confirmed certificate, and that of the CA which issues.
fn is_valid(authority: &Authority, now: UnixTime) -> bool {
    (first_second(authority)..=last_second(authority)).contains(&now)
}

fn first_second(authority: &Authority) -> UnixTime {
    authority.anchor().validity().not_before.max(authority.issuer().validity().not_before)
}

fn last_second(authority: &Authority) -> UnixTime {
    authority.anchor().validity().not_after.min(authority.issuer().validity().not_after)
}

const VERSION: u32 = 1;
