//! [`RenewalPolicy`]: when a certificate may be renewed by whoever has its key.

use core::time::Duration;

use pki_core::{
    Certificate, Csr, PublicKeyRef, UnixTime, Validity,
    chain::{RevocationPolicy, TrustAnchor},
    oid::Oid,
};

use super::{
    Denied, NameRule, Names,
    signer::{Evidence, RequestSigner, SignerRules},
};

/// When a certificate may be renewed by whoever has its key (RFC 8894 sections 2.3 to 2.5): plain data, made once.
///
/// What always holds: the certificate chains to the CA (RFC 5280 section 6), is no CA's and not self-signed, and its keyUsage,
/// if it has one, allows digitalSignature. Everything else has a default that is strict:
///
/// | | default |
/// |---|---|
/// | who issued it | the responder's own CA itself, see [`add_authority`](Self::add_authority) |
/// | revocation | has to be known to be good, see [`with_revocation`](Self::with_revocation) |
/// | when | any time while it is valid, see [`with_window`](Self::with_window), [`with_grace`](Self::with_grace) |
/// | names | the same, see [`with_names`](Self::with_names) |
/// | key | new or the same, see [`with_key`](Self::with_key) |
#[derive(Clone, Debug)]
pub struct RenewalPolicy {
    pub(super) signers: SignerRules,
    window: RenewalWindow,
    names: NameRule,
    key: RenewalKey,
}

/// From when a certificate may be renewed. Until when, is when it expires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenewalWindow {
    /// As soon as it is valid.
    #[default]
    Anytime,
    /// In so much time before it expires.
    Last(Duration),
    /// In so many hundredths of its life before it expires: with 20, in the last fifth.
    LastPercent(u8),
}

/// Which key a renewal may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "one key is another or it is not")]
pub enum RenewalKey {
    /// A new one or the same: RFC 8894 section 2.5 recommends the one and allows the other.
    #[default]
    Any,
    /// A new one.
    New,
    /// The same, for keys that prove what the device is, as those in hardware do.
    Same,
}

impl RenewalPolicy {
    /// The defaults above.
    #[must_use]
    pub const fn new() -> Self {
        let window = RenewalWindow::Anytime;
        Self { signers: SignerRules::STRICT, window, names: NameRule::Same, key: RenewalKey::Any }
    }

    /// Adds an authority beside the responder's own CAs: a former CA, or another one whose certificates are accepted for
    /// this CA's (RFC 8894 section 2.3). Certificates of CAs below it count too, if the message or the pool has them.
    #[must_use]
    pub fn add_authority(mut self, authority: impl Into<TrustAnchor>) -> Self {
        self.signers.authorities.push(authority.into());
        self
    }

    /// With another policy on revocation. [`RevocationPolicy::Ignore`] leaves only what [`Evidence::with_status`] says.
    #[must_use]
    pub fn with_revocation(mut self, revocation: RevocationPolicy) -> Self {
        self.signers.revocation = revocation;
        self
    }

    /// With extended key usages that the certificate has to have, so that a certificate for something else is not renewed
    /// into one for this.
    #[must_use]
    pub fn with_extended_key_usage(mut self, purposes: &'static [Oid<'static>]) -> Self {
        self.signers.extended_key_usage = purposes;
        self
    }

    /// With a window.
    #[must_use]
    pub fn with_window(self, window: RenewalWindow) -> Self {
        Self { window, ..self }
    }

    /// With a time after it expired in which a certificate may still be renewed, for devices that were off. Then it has to
    /// be the CA's own word that it is good ([`Evidence::with_status`]), since CRLs forget what has expired.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.signers.grace = grace;
        self
    }

    /// With another rule on names.
    #[must_use]
    pub fn with_names(self, names: NameRule) -> Self {
        Self { names, ..self }
    }

    /// With another rule on keys.
    #[must_use]
    pub fn with_key(self, key: RenewalKey) -> Self {
        Self { key, ..self }
    }

    /// Whether the certificate that signed the request may be renewed by this CSR.
    pub(super) fn check(
        &self,
        csr: &Csr,
        signer: &RequestSigner<'_>,
        evidence: &Evidence<'_>,
        now: UnixTime,
    ) -> Result<(), Denied> {
        self.signers.check(signer, evidence, now)?;
        let opens = self.window.opens(signer.certificate.validity());
        if now < opens {
            return Err(Denied::TooEarly { at: now, opens });
        }
        self.check_key(csr, signer.certificate)?;
        Ok(Names::of_certificate(signer.certificate)?.compare(csr, self.names)?)
    }

    fn check_key(&self, csr: &Csr, certificate: &Certificate) -> Result<(), Denied> {
        match (self.key, same_key(csr.public_key(), certificate.public_key())) {
            (RenewalKey::New, true) => Err(Denied::KeyUnchanged),
            (RenewalKey::Same, false) => Err(Denied::KeyChanged),
            _ => Ok(()),
        }
    }
}

impl Default for RenewalPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl RenewalWindow {
    /// From when a certificate with this validity may be renewed.
    #[must_use]
    pub fn opens(self, validity: Validity) -> UnixTime {
        let Validity { not_before, not_after } = validity;
        match self {
            Self::Anytime => not_before,
            Self::Last(time) => not_after.minus(time),
            Self::LastPercent(percent) => {
                let life = not_after.as_seconds().saturating_sub(not_before.as_seconds());
                let last = life.saturating_mul(i64::from(percent.min(100))) / 100;
                UnixTime::from_seconds(not_after.as_seconds().saturating_sub(last))
            }
        }
    }
}

/// Whether two keys are one, however their algorithm's parameters are written.
pub(super) fn same_key(one: PublicKeyRef<'_>, another: PublicKeyRef<'_>) -> bool {
    one.algorithm().oid == another.algorithm().oid && one.key_bits() == another.key_bits()
}
