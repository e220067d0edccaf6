//! [`CaCertificates`] as they come, and [`Authority`], what of them is to be trusted (RFC 7030 section 4.1.3).

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    Certificate, DecodeError, DecodeErrorKind, Limits, UnixTime,
    chain::{ChainError, ChainLimits, ChainValidator, Pool, Purpose, TrustAnchor, ValidatedChain},
    crypto::CryptoProvider,
    der::Writer,
    extension::KeyUsage,
};
use scep::client::Fingerprint;

use super::{BundleError, bundle};
use crate::identity::der;

/// What `/cacerts` gave: a bag of certificates, of which nothing is believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaCertificates(Vec<Certificate>);

/// What one of them looks like beside the others; proof is another matter, see [`CaCertificates::confirm`].
///
/// When a root comes after another, there are four certificates (RFC 4210 section 4.4): each key, signed by each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaRole {
    /// The newest self-signed certificate, by its end.
    NewWithNew,
    /// Its key, signed by an older root.
    NewWithOld,
    /// The key of an older root, signed by the newest.
    OldWithNew,
    /// An older self-signed certificate.
    OldWithOld,
    /// Something else: a subordinate CA, as a rule.
    Other,
}

/// By what the CA is known beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaTrust {
    /// By this root, which is held already. It may have been followed by another since.
    Certificate(Certificate),
    /// By the fingerprint of a root. The answer may come over a connection whose server is not authenticated (RFC 7030 section
    /// 4.1.1).
    Fingerprint(Fingerprint),
    /// By the connection: TLS has authenticated the server by other means, such as public roots (an Implicit TA), and the
    /// newest root is what the server says.
    Server,
}

/// A CA that is trusted: roots, and what was found valid below the newest of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The newest first.
    roots: Vec<Certificate>,
    below: Vec<Certificate>,
}

/// Why a bag of certificates makes no [`Authority`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorityError {
    /// No certificate has the fingerprint.
    FingerprintMismatch,
    /// There is no self-signed certificate of a CA.
    NoRoot,
    /// What has the fingerprint, or was held before, is no self-signed certificate of a CA.
    NotRoot,
    /// The root is not valid now.
    NotValid {
        /// When it was looked at.
        at: UnixTime,
    },
}

impl CaCertificates {
    /// These certificates.
    #[must_use]
    pub const fn new(certificates: Vec<Certificate>) -> Self {
        Self(certificates)
    }

    /// In the order received.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0
    }

    /// What each looks like, by keys and signatures.
    #[must_use]
    pub fn roles(&self, crypto: &CryptoProvider) -> Vec<CaRole> {
        let mut budget = MOST_SIGNATURES;
        let mut signed_by = |certificate: &Certificate, by: &Certificate| {
            let names = certificate.issuer().matches(by.subject());
            names && spend(&mut budget) && certificate.verify_signature(by.public_key(), crypto).is_ok()
        };
        let roots: Vec<_> = self.0.iter().filter(|c| c.is_self_issued() && signed_by(c, c)).collect();
        let newest = roots.iter().max_by_key(|root| root.validity().not_after).copied();
        let has_key = |certificate: &Certificate, of: &Certificate| certificate.public_key() == of.public_key();
        let mut role = |certificate: &Certificate| {
            let Some(newest) = newest else { return CaRole::Other };
            if certificate == newest {
                return CaRole::NewWithNew;
            }
            if roots.contains(&certificate) {
                return CaRole::OldWithOld;
            }
            let mut older = roots.iter().copied().filter(|root| *root != newest);
            if has_key(certificate, newest) && older.any(|old| signed_by(certificate, old)) {
                return CaRole::NewWithOld;
            }
            let mut older = roots.iter().filter(|root| **root != newest);
            if older.any(|old| has_key(certificate, old)) && signed_by(certificate, newest) {
                return CaRole::OldWithNew;
            }
            CaRole::Other
        };
        self.0.iter().map(&mut role).collect()
    }

    /// What of it is to be trusted, at `now`, by a CA that is known by `trust`.
    ///
    /// From the root that is known the way leads to a newer one only over a `NewWithOld` certificate: valid below the old root,
    /// a CA's, and with the same name as issuer and as subject, so that no other CA or device below the old root can make
    /// itself the new one. Other certificates are kept if they are valid below a root that is trusted, and dropped if not
    /// (section 4.1.3).
    ///
    /// # Errors
    /// [`AuthorityError`]
    pub fn confirm(
        &self,
        trust: &CaTrust,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Authority, AuthorityError> {
        let is_root = |c: &Certificate| c.is_self_issued() && may_issue(c);
        let self_signed = |c: &&Certificate| is_root(c) && c.verify_signature(c.public_key(), crypto).is_ok();
        let known = match trust {
            CaTrust::Certificate(root) => root.clone(),
            CaTrust::Fingerprint(pin) => {
                let pinned = self.0.iter().take(MOST_CERTIFICATES).find(|certificate| pin.matches(certificate, crypto));
                pinned.ok_or(AuthorityError::FingerprintMismatch)?.clone()
            }
            CaTrust::Server => {
                let roots = self.0.iter().take(MOST_CERTIFICATES).filter(self_signed);
                let valid = roots.filter(|root| root.validity().not_before <= now);
                let newest = valid.max_by_key(|root| root.validity().not_after);
                newest.ok_or(AuthorityError::NoRoot)?.clone()
            }
        };
        if !self_signed(&&known) {
            return Err(AuthorityError::NotRoot);
        }
        let mut roots = alloc::vec![known];
        while roots.len() <= MOST_ROOTS
            && let Some(next) = roots.first().and_then(|old| self.successor(old, crypto, now))
        {
            roots.insert(0, next.clone());
        }
        roots.retain(|root| root.validity().contains(now));
        if roots.is_empty() {
            return Err(AuthorityError::NotValid { at: now });
        }
        let authority = Authority { roots, below: Vec::new() };
        let below = authority.valid_below(&self.0, crypto, now);
        Ok(Authority { below, ..authority })
    }

    /// The root that comes after `old`, by a `NewWithOld` certificate. Those are looked at first: only `old` can sign one.
    fn successor(&self, old: &Certificate, crypto: &CryptoProvider, now: UnixTime) -> Option<&Certificate> {
        let validator = validator([old.clone().into()], crypto);
        let bag = || self.0.iter().take(MOST_CERTIFICATES);
        let is_link = |link: &Certificate| {
            link.is_self_issued()
                && may_issue(link)
                && link.public_key() != old.public_key()
                && validator.validate(link, &Pool::new(), Purpose::ANY, now).is_ok()
        };
        let leads_to = |link: &Certificate, new: &Certificate| {
            new != link
                && new.public_key() == link.public_key()
                && new.subject().matches(link.subject())
                && new.is_self_issued()
                && may_issue(new)
                && new.validity().contains(now)
                && new.validity().not_after > old.validity().not_after
                && new.verify_signature(new.public_key(), crypto).is_ok()
        };
        bag().filter(|link| is_link(link)).find_map(|link| bag().find(|new| leads_to(link, new)))
    }
}

impl Authority {
    /// Most bytes in a record, 1 MiB.
    pub const MAX_SIZE: usize = 1024 * 1024;

    /// That of these roots, the newest first; `None` for none. Whoever calls this vouches for them.
    #[must_use]
    pub fn of_roots(roots: Vec<Certificate>) -> Option<Self> {
        (!roots.is_empty()).then_some(Self { roots, below: Vec::new() })
    }

    /// The roots to trust, of the EST server too: the newest, and those before it that were trusted and are still valid.
    #[must_use]
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    /// Other certificates that are valid below them: of subordinate CAs, and those from one root to another.
    #[must_use]
    pub fn below(&self) -> &[Certificate] {
        &self.below
    }

    /// For the server's certificate, and for what was issued: trusts the roots.
    #[must_use]
    pub fn validator(&self, crypto: &CryptoProvider) -> ChainValidator {
        validator(self.roots.iter().cloned().map(TrustAnchor::from).collect::<Vec<_>>(), crypto)
    }

    /// Validates a certificate below the roots, by way of [`below`](Self::below) (RFC 5280 section 6, without revocation).
    ///
    /// # Errors
    /// Those of [`ChainValidator::validate`].
    pub fn validate(
        &self,
        certificate: &Certificate,
        purpose: Purpose<'_>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<ValidatedChain, ChainError> {
        let pool: Pool = self.below.iter().cloned().collect();
        self.validator(crypto).validate(certificate, &pool, purpose, now)
    }

    /// As bytes, to be kept as configuration is kept: whoever can change them decides who is trusted.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                der::write_certificates(w, &self.roots);
                der::write_certificates(w, &self.below);
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`UnsupportedVersion`](DecodeErrorKind::UnsupportedVersion) for a record written by a later release;
    /// [`Empty`](DecodeErrorKind::Empty) for one without roots; [`TooLarge`](DecodeErrorKind::TooLarge) beyond
    /// [`MAX_SIZE`](Self::MAX_SIZE); others for what is none.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("Authority"))
    }

    fn valid_below(&self, bag: &[Certificate], crypto: &CryptoProvider, now: UnixTime) -> Vec<Certificate> {
        let pool: Pool = bag.iter().take(MOST_CERTIFICATES).cloned().collect();
        let validator = self.validator(crypto);
        let new = pool.certificates().iter().filter(|certificate| !self.roots.contains(certificate));
        new.filter(|certificate| validator.validate(certificate, &pool, Purpose::ANY, now).is_ok()).cloned().collect()
    }
}

impl fmt::Display for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FingerprintMismatch => f.write_str("no certificate has the fingerprint"),
            Self::NoRoot => f.write_str("no self-signed certificate of a CA"),
            Self::NotRoot => f.write_str("what is known of the CA is no self-signed certificate of a CA"),
            Self::NotValid { at } => write!(f, "the CA's root is not valid at {at}"),
        }
    }
}

impl core::error::Error for AuthorityError {}

/// The certificates of a `/cacerts` response.
pub(super) fn read(body: &[u8], limits: Limits) -> Result<CaCertificates, BundleError> {
    bundle::read(body, limits).map(CaCertificates)
}

fn validator(anchors: impl Into<alloc::sync::Arc<[TrustAnchor]>>, crypto: &CryptoProvider) -> ChainValidator {
    ChainValidator::new(anchors, *crypto).with_limits(LIMITS)
}

/// A CA by basicConstraints, for certificates by keyUsage.
fn may_issue(certificate: &Certificate) -> bool {
    let is_ca = certificate.basic_constraints().ok().flatten().is_some_and(|constraints| constraints.is_ca);
    let usage = certificate.key_usage();
    is_ca && usage.is_ok_and(|usage| usage.is_none_or(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN)))
}

fn spend(budget: &mut usize) -> bool {
    let left = budget.checked_sub(1);
    *budget = left.unwrap_or(0);
    left.is_some()
}

fn decode(der: &[u8]) -> Result<Authority, DecodeError> {
    let mut fields = der::record(der, VERSION, Authority::MAX_SIZE)?;
    let empty = fields.error(DecodeErrorKind::Empty);
    let roots = der::certificates(&mut fields, MOST_CERTIFICATES)?;
    let below = der::certificates(&mut fields, MOST_CERTIFICATES)?;
    fields.finish()?;
    if roots.is_empty() { Err(empty) } else { Ok(Authority { roots, below }) }
}

const VERSION: u32 = 1;
/// As many as [`Limits::DEFAULT`] lets into a message; whoever lets more in does not have them looked at.
const MOST_CERTIFICATES: usize = 32;
/// Steps from one root to the next: a device that was off for so many generations is activated anew.
const MOST_ROOTS: usize = 4;
/// For the roles of all certificates together.
const MOST_SIGNATURES: usize = 128;
/// For one certificate.
const LIMITS: ChainLimits =
    ChainLimits { signatures: 16, steps: 2_000, name_comparisons: 50_000, ..ChainLimits::DEFAULT };
