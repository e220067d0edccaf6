//! [`Authority`]: the CA as a client knows it: whom to encrypt to, and whose signature to believe.

mod error;
mod record;
mod trust;

use alloc::vec::Vec;

use pki_core::{
    Certificate, DecodeError, Limits, Oid, UnixTime, cms::SignedData, crypto::CryptoProvider, extension::KeyUsage, oid,
};

pub use error::{AuthorityError, LeftOut, LeftOutCause};
pub(super) use trust::{is_ca, may_issue, validator};

use self::trust::{Judged, may};
use super::Fingerprint;
use crate::peer::{Quirk, Quirks};

/// A CA and its registration authority.
///
/// - [`certificates`](Self::certificates) all validate below the confirmed certificate, which stands first (RFC 5280 section
///   6, no revocation);
/// - [`recipient`](Self::recipient) is whom requests are encrypted to;
/// - [`signers`](Self::signers) are those whose signature on a reply counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    certificates: Vec<Certificate>,
    recipient: Certificate,
    signers: Vec<Certificate>,
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

    /// The authority below the topmost of the certificates, for somebody to confirm: the first CA that none of the others
    /// issued. At a key rollover, old and new CA each certify the other's key (RFC 8894 section 4.7); a certificate for the
    /// same key is not above.
    pub(super) fn proposed(
        certificates: &[Certificate],
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, AuthorityError> {
        let superior = |certificate: &Certificate| {
            let above = |other: &&Certificate| other.public_key() != certificate.public_key();
            certificates.iter().filter(above).any(|other| issued(other, certificate, crypto))
        };
        let top = certificates.iter().find(|certificate| is_ca(certificate) && !superior(certificate));
        Self::below(top.or_else(|| certificates.first()).ok_or(AuthorityError::Empty)?, certificates, crypto, now)
    }

    /// The same authority with the certificates that GetCACert gives now: those that validate below the one that was
    /// confirmed, which need not be among them. So an RA is replaced under a running service.
    ///
    /// # Errors
    /// [`AuthorityError::NotValidNow`]; [`AuthorityError::NoRecipient`], also where none of them is the confirmed one or
    /// validates below it; [`AuthorityError::NoSigner`].
    pub fn refreshed(
        &self,
        certificates: &[Certificate],
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, AuthorityError> {
        let mut all = alloc::vec![self.anchor().clone()];
        all.extend(certificates.iter().filter(|certificate| *certificate != self.anchor()).cloned());
        let refreshed = Self::below(self.anchor(), &all, crypto, now)?;
        let concerned = refreshed.certificates.iter().any(|trusted| certificates.contains(trusted));
        if concerned { Ok(refreshed) } else { Err(AuthorityError::NoRecipient(None)) }
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

    /// What deviates in the certificates.
    #[must_use]
    pub fn quirks(&self) -> Quirks {
        if certifies_only(&self.recipient) { Quirk::AuthorityKeyUsage.into() } else { Quirks::NONE }
    }

    /// Takes what validates below `anchor` and chooses by keyUsage, never by position (NDES gives three
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
        let judged = Judged::below(anchor, certificates, crypto, now);
        let trusted = &judged.trusted;
        let stands_in = |c: &&Certificate| *c == anchor || is_ca(c) || may_be_ra(c);
        let eligible: Vec<_> = trusted.iter().filter(stands_in).cloned().collect();
        let lone = certificates.iter().all(|certificate| is_ca(certificate) && trusted.contains(certificate));
        let can_encrypt = |certificate: &Certificate| certificate.public_key().can_encrypt();
        let recipient = choose(&eligible, |c| can_encrypt(c) && may(c, KeyUsage::KEY_ENCIPHERMENT))
            .or_else(|| choose(&eligible, |c| lone && can_encrypt(c) && certifies_only(c)));
        let Some(recipient) = recipient.cloned() else {
            let suits = |c: &Certificate| may(c, KeyUsage::KEY_ENCIPHERMENT) || certifies_only(c);
            let missed = judged.missed(|c| stands_in(&c) && can_encrypt(c) && suits(c));
            return Err(AuthorityError::NoRecipient(missed));
        };
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
            let suits = |c: &Certificate| may(c, KeyUsage::DIGITAL_SIGNATURE) || certifies_only(c);
            return Err(AuthorityError::NoSigner(judged.missed(|c| stands_in(&c) && suits(c))));
        }
        Ok(Self { certificates: judged.trusted, recipient, signers })
    }
}

/// The best recipient: an RA before a CA, and the lowest CA before those above it.
fn choose(trusted: &[Certificate], suits: impl Fn(&Certificate) -> bool) -> Option<&Certificate> {
    let ra = trusted.iter().find(|certificate| !is_ca(certificate) && suits(certificate));
    ra.or_else(|| trusted.iter().rev().find(|certificate| suits(certificate)))
}

/// Whether `issuer` signed `certificate`: a CA by basicConstraints with a matching name.
fn issued(issuer: &Certificate, certificate: &Certificate, crypto: &CryptoProvider) -> bool {
    may_issue(issuer)
        && issuer.subject().matches(certificate.issuer())
        && certificate.verify_signature(issuer.public_key(), crypto).is_ok()
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

/// What an RA's certificate may be for.
const RA_PURPOSES: [Oid<'static>; 3] = [oid::CERTIFICATE_REQUEST_AGENT, oid::CMC_RA, oid::ANY_EXTENDED_KEY_USAGE];

#[cfg(test)]
#[cfg(feature = "rustcrypto")]
mod tests;
