//! [`Authority`]: the CA as a client knows it: whom to encrypt to, and whose signature to believe.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    Certificate, DecodeError, Limits, Oid, UnixTime, cms::SignedData, crypto::CryptoProvider, extension::KeyUsage, oid,
};

use super::Fingerprint;

/// A CA and its registration authority.
///
/// - [`certificates`](Self::certificates) are all issued, directly or not, by the confirmed certificate, which stands first;
/// - [`recipient`](Self::recipient) is whom requests are encrypted to;
/// - [`signers`](Self::signers) are those whose signature on a reply counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    certificates: Vec<Certificate>,
    recipient: Certificate,
    signers: Vec<Certificate>,
}

/// Why the certificates make no authority.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorityError {
    /// Neither a certificate nor a degenerate SignedData (RFC 8894 section 4.2.1).
    Malformed(DecodeError),
    /// There is no certificate.
    Empty,
    /// A certificate that is needed is not valid at this time.
    NotValidNow {
        /// The time of the check.
        at: UnixTime,
        /// The first second of its validity.
        not_before: UnixTime,
        /// The last second of its validity.
        not_after: UnixTime,
    },
    /// None of the certificates has the configured fingerprint.
    FingerprintMismatch,
    /// None of the certificates can be encrypted to: no RSA key with keyEncipherment, nor a lone CA's that says nothing of it.
    NoRecipient,
    /// None of the certificates may sign replies: no digitalSignature, nor a lone CA that says nothing of it.
    NoSigner,
}

impl Authority {
    /// From certificates known out of band, the CA's first. The caller vouches for that one; the others count if it issued
    /// them.
    ///
    /// # Errors
    /// [`AuthorityError`], but for `FingerprintMismatch`.
    pub fn new(certificates: &[Certificate], crypto: &CryptoProvider, now: UnixTime) -> Result<Self, AuthorityError> {
        let anchor = certificates.first().ok_or(AuthorityError::Empty)?;
        Self::below(anchor, certificates, crypto, now)
    }

    /// Reads the answer to GetCACert: a certificate, or a degenerate SignedData, by its content. Content types lie.
    pub(super) fn read(body: &[u8], limits: Limits) -> Result<Vec<Certificate>, AuthorityError> {
        if let Ok(certificate) = Certificate::from_der(body) {
            return Ok(alloc::vec![certificate]);
        }
        let bundle = SignedData::from_ber(body, limits).map_err(AuthorityError::Malformed)?;
        let certificates: Vec<_> = bundle
            .certificates()
            .map(Certificate::from_der)
            .collect::<Result<_, _>>()
            .map_err(|error| AuthorityError::Malformed(DecodeError::within("certificates")(error)))?;
        if certificates.is_empty() { Err(AuthorityError::Empty) } else { Ok(certificates) }
    }

    /// The authority below the certificate that has the pinned fingerprint.
    pub(super) fn pinned(
        certificates: &[Certificate],
        pin: &Fingerprint,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, AuthorityError> {
        let anchor = certificates.iter().find(|certificate| pin.matches(certificate, crypto));
        Self::below(anchor.ok_or(AuthorityError::FingerprintMismatch)?, certificates, crypto, now)
    }

    /// The authority below the topmost of the certificates, for somebody to confirm.
    pub(super) fn proposed(
        certificates: &[Certificate],
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, AuthorityError> {
        let superior = |certificate: &Certificate| {
            certificates.iter().any(|other| other != certificate && issued(other, certificate, crypto))
        };
        let top = certificates.iter().find(|certificate| is_ca(certificate) && !superior(certificate));
        Self::below(top.or_else(|| certificates.first()).ok_or(AuthorityError::Empty)?, certificates, crypto, now)
    }

    /// All certificates, the confirmed one first.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The certificate that was, or is to be, confirmed.
    #[must_use]
    pub fn anchor(&self) -> &Certificate {
        self.certificates.first().unwrap_or(&self.recipient)
    }

    /// Whom requests are encrypted to.
    #[must_use]
    pub const fn recipient(&self) -> &Certificate {
        &self.recipient
    }

    /// Those whose signature on a reply counts.
    #[must_use]
    pub fn signers(&self) -> &[Certificate] {
        &self.signers
    }

    /// The CA that issues: the one above the recipient, or the recipient itself if it is a CA.
    #[must_use]
    pub fn issuer(&self) -> &Certificate {
        if is_ca(&self.recipient) {
            return &self.recipient;
        }
        let issuer = |ca: &&Certificate| ca.subject().matches(self.recipient.issuer());
        self.certificates.iter().find(issuer).unwrap_or(&self.recipient)
    }

    /// Takes what `anchor` issued, directly or not, and chooses by keyUsage, never by position (NDES gives three
    /// certificates in any order). A certificate without keyUsage may do anything. The answer to GetCACert may have been
    /// tampered with, and every device has a certificate of the same CA: one that is for other purposes by its
    /// extendedKeyUsage is no RA.
    ///
    /// Where there are CAs only, one with keyUsage for certificates and CRLs only, against RFC 8894 section 2.1.2, may do
    /// everything, too: micromdm has such a CA. It has to answer with that key, since there is no other, and who believes
    /// what a key certifies may as well believe what it replies. A certificate that does not hold may have been an RA before
    /// somebody changed it, and speaks against that.
    fn below(
        anchor: &Certificate,
        certificates: &[Certificate],
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, AuthorityError> {
        let validity = anchor.validity();
        if !validity.contains(now) {
            let (not_before, not_after) = (validity.not_before, validity.not_after);
            return Err(AuthorityError::NotValidNow { at: now, not_before, not_after });
        }
        let trusted = trusted_below(anchor, certificates, crypto, now);
        let stands_in = |c: &&Certificate| *c == anchor || is_ca(c) || may_be_ra(c);
        let eligible: Vec<_> = trusted.iter().filter(stands_in).cloned().collect();
        let lone = certificates.iter().all(|certificate| is_ca(certificate) && trusted.contains(certificate));
        let can_encrypt = |certificate: &Certificate| certificate.public_key().can_encrypt();
        let recipient = choose(&eligible, |c| can_encrypt(c) && may(c, KeyUsage::KEY_ENCIPHERMENT))
            .or_else(|| choose(&eligible, |c| lone && can_encrypt(c) && certifies_only(c)))
            .ok_or(AuthorityError::NoRecipient)?
            .clone();
        // An RA signs in place of the CA. Where there is none, a CA does.
        let mut signers = eligible;
        signers.retain(|certificate| may(certificate, KeyUsage::DIGITAL_SIGNATURE));
        if !signers.iter().all(is_ca) {
            signers.retain(|certificate| !is_ca(certificate));
        }
        if signers.is_empty() && lone && certifies_only(&recipient) {
            signers.push(recipient.clone());
        }
        if signers.is_empty() {
            return Err(AuthorityError::NoSigner);
        }
        Ok(Self { certificates: trusted, recipient, signers })
    }
}

/// `anchor`, and whatever it issued directly or through valid CAs among `certificates` (RFC 8894 section 2.2: intermediate
/// certificates are verified before use). Each certificate is taken once, and tried against each CA that was taken: at most
/// n² signature checks of n certificates, n being bounded when they were read.
fn trusted_below(
    anchor: &Certificate,
    certificates: &[Certificate],
    crypto: &CryptoProvider,
    now: UnixTime,
) -> Vec<Certificate> {
    let mut trusted = alloc::vec![Trusted { certificate: anchor.clone(), cas_below: path_length(anchor) }];
    let mut next = 0;
    while let Some(issuer) = trusted.get(next).cloned() {
        next += 1;
        for certificate in certificates {
            let new = trusted.iter().all(|known| known.certificate != *certificate);
            if new
                && certificate.validity().contains(now)
                && !has_unknown_critical_extension(certificate)
                && issued(&issuer.certificate, certificate, crypto)
                && let Some(cas_below) = issuer.cas_below_subordinate(certificate)
            {
                trusted.push(Trusted { certificate: certificate.clone(), cas_below });
            }
        }
    }
    trusted.into_iter().map(|trusted| trusted.certificate).collect()
}

#[derive(Clone)]
struct Trusted {
    certificate: Certificate,
    /// How many CAs may follow below, by the path length constraints so far; `None` for any number.
    cas_below: Option<u32>,
}

impl Trusted {
    /// What is left of the path length constraints below `certificate`, which this one issued (RFC 5280 section 6.1.4, l and
    /// m). The outer `None` if it may not have a CA below it.
    #[expect(clippy::option_option, reason = "no number, and any number")]
    fn cas_below_subordinate(&self, certificate: &Certificate) -> Option<Option<u32>> {
        if !is_ca(certificate) {
            return Some(Some(0));
        }
        let left = match self.cas_below {
            Some(left) if !certificate.is_self_issued() => Some(left.checked_sub(1)?),
            left => left,
        };
        Some(match (left, path_length(certificate)) {
            (Some(left), Some(own)) => Some(left.min(own)),
            (left, own) => left.or(own),
        })
    }
}

fn path_length(certificate: &Certificate) -> Option<u32> {
    certificate.basic_constraints().ok().flatten().and_then(|constraints| constraints.path_length)
}

/// RFC 5280 section 4.2: a certificate with a critical extension that is not understood must not be used.
fn has_unknown_critical_extension(certificate: &Certificate) -> bool {
    certificate.extensions().iter().any(|extension| extension.critical && !UNDERSTOOD.contains(&extension.oid))
}

/// The best recipient: an RA before a CA, and the lowest CA before those above it.
fn choose(trusted: &[Certificate], suits: impl Fn(&Certificate) -> bool) -> Option<&Certificate> {
    let ra = trusted.iter().find(|certificate| !is_ca(certificate) && suits(certificate));
    ra.or_else(|| trusted.iter().rev().find(|certificate| suits(certificate)))
}

/// Whether `issuer` signed `certificate`: a CA by basicConstraints with a matching name.
fn issued(issuer: &Certificate, certificate: &Certificate, crypto: &CryptoProvider) -> bool {
    is_ca(issuer)
        && may(issuer, KeyUsage::KEY_CERT_SIGN)
        && issuer.subject().matches(certificate.issuer())
        && certificate.verify_signature(issuer.public_key(), crypto).is_ok()
}

fn is_ca(certificate: &Certificate) -> bool {
    certificate.basic_constraints().ok().flatten().is_some_and(|constraints| constraints.is_ca)
}

/// Whether keyUsage allows it; a certificate without keyUsage may do anything, one that can't be read nothing.
fn may(certificate: &Certificate, usage: KeyUsage) -> bool {
    certificate.key_usage().is_ok_and(|found| found.is_none_or(|found| found.contains(usage)))
}

/// RFC 5280 section 4.2.1.12: with an extendedKeyUsage, a certificate is for the purposes in it only. NDES has Certificate
/// Request Agent.
fn may_be_ra(certificate: &Certificate) -> bool {
    certificate.extended_key_usage().is_ok_and(|purposes| {
        purposes.is_none_or(|purposes| purposes.iter().any(|purpose| RA_PURPOSES.contains(&purpose)))
    })
}

/// Whether keyUsage speaks of certificates and CRLs only.
fn certifies_only(certificate: &Certificate) -> bool {
    let scep = [KeyUsage::DIGITAL_SIGNATURE, KeyUsage::KEY_ENCIPHERMENT];
    may(certificate, KeyUsage::KEY_CERT_SIGN) && scep.into_iter().all(|usage| !may(certificate, usage))
}

impl fmt::Display for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "neither a certificate nor a bundle of certificates: {error}"),
            Self::Empty => f.write_str("no certificate"),
            Self::NotValidNow { at, not_before, not_after } => {
                write!(f, "the CA certificate is valid from {not_before} to {not_after}, not at {at}")
            }
            Self::FingerprintMismatch => f.write_str("no certificate has the configured fingerprint"),
            Self::NoRecipient => f.write_str("no certificate can be encrypted to"),
            Self::NoSigner => f.write_str("no certificate may sign replies"),
        }
    }
}

impl core::error::Error for AuthorityError {}

/// What an RA's certificate may be for.
const RA_PURPOSES: [Oid<'static>; 3] = [oid::CERTIFICATE_REQUEST_AGENT, oid::CMC_RA, oid::ANY_EXTENDED_KEY_USAGE];

/// Extensions that are looked at here, or that say nothing about who may sign and be encrypted to.
const UNDERSTOOD: [Oid<'static>; 7] = [
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::BASIC_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::EXT_KEY_USAGE,
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::SUBJECT_KEY_IDENTIFIER,
];

#[cfg(test)]
#[cfg(feature = "rustcrypto")]
mod tests;
