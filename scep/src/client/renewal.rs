//! [`Renewal`]: a certificate in place of one that is there.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    Certificate, UnixTime,
    chain::{ChainError, Pool, Violation},
    crypto::CryptoProvider,
    extension::KeyUsage,
};

use super::{Authority, Error, Unsupported, issued};
use crate::{attribute::MessageType, peer::RenewalStyle};

/// How a certificate that is still valid is renewed (RFC 8894 sections 2.3 and 2.5): the certificate, and what goes with it.
///
/// Messages are signed with the key of the current certificate, [`KeyRole::Current`](super::KeyRole::Current), which also
/// opens the reply. The certificate asked for may be for a new key, which is the better choice (section 2.5), or for the same;
/// what CAs accept differs, and some answer the same key with the same certificate, see
/// [`RejectReason::SameCertificate`](super::RejectReason::SameCertificate).
///
/// ```
/// use pki_core::{Certificate, CsrBuilder};
/// use scep::client::{EnrolmentRequest, Renewal, RenewalStyle};
///
/// fn as_the_rfc_has_it(csr: CsrBuilder, current: Certificate) -> EnrolmentRequest {
///     EnrolmentRequest::renewal(csr, current)
/// }
///
/// /// For a CA that does not state Renewal, and takes a PKCSReq signed by the current certificate for one.
/// fn in_the_old_way(csr: CsrBuilder, current: Certificate, issuer: Certificate) -> EnrolmentRequest {
///     let renewal = Renewal::of(current).with_chain([issuer]).with_fallback(RenewalStyle::PkcsReq);
///     EnrolmentRequest::renewal(csr, renewal)
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Renewal {
    current: Certificate,
    chain: Vec<Certificate>,
    style: Option<RenewalStyle>,
    fallback: Option<RenewalStyle>,
    challenge: Challenge,
    issuer: Issuer,
}

/// Why the current certificate can't sign a renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnusableCertificate {
    /// It does not validate below the confirmed CA; see [`Renewal::of_another_ca`].
    NotIssuedByAuthority(ChainError),
    /// It is not valid at this time: expired, or not valid yet. What has expired can't be renewed by itself: enrol anew.
    NotValidNow {
        /// When it was to be used.
        at: UnixTime,
        /// notBefore.
        not_before: UnixTime,
        /// notAfter.
        not_after: UnixTime,
    },
    /// Its keyUsage is not for signatures: digitalSignature is missing (RFC 5280 section 4.2.1.3).
    NotForSignatures,
}

/// Whether a RenewalReq has the challengePassword, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Challenge {
    LeftOut,
    Sent,
}

/// Who issued the current certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Issuer {
    Authority,
    Anybody,
}

/// What a request turned out to be asked for by, once the CA's capabilities are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// PKCSReq, self-signed.
    First,
    /// This type of message, signed by the current certificate.
    Renewal(MessageType),
}

impl Renewal {
    /// Of this certificate, whose key is at hand. RenewalReq where the CA states Renewal; where it does not, what
    /// [`PeerProfile::renewal`](crate::peer::PeerProfile::renewal) says; else a first request if the CSR has a challenge, and an
    /// error if not.
    pub const fn of(current: Certificate) -> Self {
        Self {
            current,
            chain: Vec::new(),
            style: None,
            fallback: None,
            challenge: Challenge::LeftOut,
            issuer: Issuer::Authority,
        }
    }

    /// Sends these certificates above the current one along (section 2.3 allows it), for a CA that does not find them itself.
    pub fn with_chain(self, chain: impl IntoIterator<Item = Certificate>) -> Self {
        Self { chain: chain.into_iter().collect(), ..self }
    }

    /// Asks in this way whatever the CA states: for a CA that is known, see
    /// [`PeerProfile::renewal`](crate::peer::PeerProfile::renewal).
    pub const fn with_style(mut self, style: RenewalStyle) -> Self {
        self.style = Some(style);
        self
    }

    /// Asks in this way where the CA does not state Renewal.
    pub const fn with_fallback(mut self, fallback: RenewalStyle) -> Self {
        self.fallback = Some(fallback);
        self
    }

    /// Sends the challengePassword of the CSR in a RenewalReq, too. Section 2.4 has it left out, which is the default, unless
    /// the reply has to be encrypted under it: where the current key can't decrypt. A PKCSReq always has it.
    pub const fn with_challenge_sent(mut self) -> Self {
        self.challenge = Challenge::Sent;
        self
    }

    /// The current certificate is of another CA (section 2.3 allows it if the CA does): who issued it is not checked.
    pub const fn of_another_ca(mut self) -> Self {
        self.issuer = Issuer::Anybody;
        self
    }

    pub(super) const fn current(&self) -> &Certificate {
        &self.current
    }

    pub(super) fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// How to ask a CA that states, or does not state, Renewal; and how one of its kind can be asked.
    pub(super) fn form(&self, stated: bool, kind: Option<RenewalStyle>, has_challenge: bool) -> Result<Form, Error> {
        let negotiated = if stated { Some(RenewalStyle::RenewalReq) } else { self.fallback.or(kind) };
        let last_resort = has_challenge.then_some(RenewalStyle::Anew);
        match self.style.or(negotiated).or(last_resort) {
            Some(RenewalStyle::Anew) => Ok(Form::First),
            Some(RenewalStyle::PkcsReq) => Ok(Form::Renewal(MessageType::PKCS_REQ)),
            Some(RenewalStyle::RenewalReq) => Ok(Form::Renewal(MessageType::RENEWAL_REQ)),
            None => Err(Unsupported::RenewalNotStated.into()),
        }
    }

    /// Whether the CSR goes without its challenge.
    pub(super) fn leaves_challenge_out(&self, form: Form) -> bool {
        form == Form::Renewal(MessageType::RENEWAL_REQ)
            && self.challenge == Challenge::LeftOut
            && self.current.public_key().can_encrypt()
    }

    /// Whether the current certificate can sign messages to this authority at this time.
    pub(super) fn check(
        &self,
        authority: &Authority,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<(), UnusableCertificate> {
        check_signer(&self.current, now)?;
        if self.issuer == Issuer::Anybody {
            return Ok(());
        }
        let pool: Pool = self.chain.iter().chain(authority.certificates()).cloned().collect();
        match issued::path(&self.current, &pool, authority, crypto, now) {
            Ok(_) => Ok(()),
            // Who confirmed an RA by itself does not know the CA.
            Err(error) if !issued::is_ca_known(authority) && is_issuer_unknown(&error) => Ok(()),
            Err(error) => Err(UnusableCertificate::NotIssuedByAuthority(error)),
        }
    }
}

impl From<Certificate> for Renewal {
    fn from(current: Certificate) -> Self {
        Self::of(current)
    }
}

impl fmt::Display for UnusableCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIssuedByAuthority(error) => write!(f, "it is not valid below the CA's: {error}"),
            Self::NotValidNow { at, not_before, not_after } => {
                write!(f, "it is valid from {not_before} to {not_after}, not at {at}")
            }
            Self::NotForSignatures => f.write_str("its keyUsage is not for signatures"),
        }
    }
}

impl core::error::Error for UnusableCertificate {}

/// Whether a certificate that was there before can sign messages at this time.
pub(super) fn check_signer(certificate: &Certificate, now: UnixTime) -> Result<(), UnusableCertificate> {
    let validity = certificate.validity();
    if !validity.contains(now) {
        let (not_before, not_after) = (validity.not_before, validity.not_after);
        return Err(UnusableCertificate::NotValidNow { at: now, not_before, not_after });
    }
    let signs = |usage: KeyUsage| usage.contains(KeyUsage::DIGITAL_SIGNATURE);
    if certificate.key_usage().is_ok_and(|usage| usage.is_none_or(signs)) {
        Ok(())
    } else {
        Err(UnusableCertificate::NotForSignatures)
    }
}

fn is_issuer_unknown(error: &ChainError) -> bool {
    matches!(error.violation(), Violation::UnknownIssuer { .. })
}
