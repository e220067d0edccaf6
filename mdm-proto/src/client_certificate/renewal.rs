//! From a request to a decision: [`ClientCertificates::enrol`] and [`ClientCertificates::renew`].

use pki_core::{BuildError, Certificate, Csr, PublicKeyRef, chain::ValidatedChain};
use scep::server::{Issuance, Names, RenewalKey, RenewalWindow, UnsignedCertificate};

use super::{ClientCertificates, ClientRecord, NextCertificate, NotAuthenticated, Refused};
use crate::identity::Identity;

/// When a device may renew its certificate, and with what: plain data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenewalRules {
    window: RenewalWindow,
    key: RenewalKey,
    user: UserChange,
}

/// What happens when the record has another user than the certificate that is renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum UserChange {
    /// The new certificate has the user of the record.
    Follow,
    /// There is none: a certificate for another user takes an activation.
    #[default]
    Refuse,
}

/// What to do for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it has to be stored"]
pub struct Decision {
    /// The record to store in the place of the old one, before the step is done. The same where nothing changes.
    pub record: ClientRecord,
    /// What then.
    pub step: Step,
}

/// What to do once the record is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "callers match, and another step would change what they have to do")]
pub enum Step {
    /// Send this. The request came before.
    Send(Certificate),
    /// Sign this, put it into the record with [`ClientRecord::with_signed`], store that, and send what [`ClientRecord::answer`]
    /// has.
    Sign(UnsignedCertificate),
}

impl RenewalRules {
    /// In the second half of the certificate's life, which the device's own start is in by any of the usual policies; with a
    /// new key; for the same user.
    pub const DEFAULT: Self =
        Self { window: RenewalWindow::LastPercent(50), key: RenewalKey::New, user: UserChange::Refuse };

    /// With another window.
    #[must_use]
    pub const fn with_window(self, window: RenewalWindow) -> Self {
        Self { window, ..self }
    }

    /// With another rule on keys.
    #[must_use]
    pub const fn with_key(self, key: RenewalKey) -> Self {
        Self { key, ..self }
    }

    /// With another rule on users.
    #[must_use]
    pub const fn with_user_change(self, user: UserChange) -> Self {
        Self { user, ..self }
    }

    /// The window.
    #[must_use]
    pub const fn window(&self) -> RenewalWindow {
        self.window
    }

    fn check(&self, csr: &Csr, current: &Certificate, issuance: &Issuance) -> Result<(), Refused> {
        let opens = self.window.opens(current.validity());
        if issuance.at < opens {
            return Err(Refused::TooEarly { at: issuance.at, opens });
        }
        match (self.key, is_same_key(csr.public_key(), current.public_key())) {
            (RenewalKey::New, true) => Err(Refused::KeyUnchanged),
            (RenewalKey::Same, false) => Err(Refused::KeyChanged),
            _ => Ok(()),
        }
    }
}

impl Default for RenewalRules {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl ClientCertificates {
    /// For a device whose activation was authorised, by its password or token: for a record without certificates, or for a
    /// device that is activated once more. Its certificate in use stays good until the new one is used.
    ///
    /// The same CSR again gives the same certificate, as long as that is valid.
    ///
    /// # Errors
    /// - [`Refused::Revoked`]
    /// - Those of [`issue`](Self::issue).
    pub fn enrol(&self, csr: &Csr, record: &ClientRecord, issuance: &Issuance) -> Result<Decision, Refused> {
        if let Some(revocation) = record.revoked() {
            return Err(Refused::Revoked { at: revocation.at });
        }
        let repeated = match self.pending(csr, record, issuance)? {
            None => self.in_use(csr, record, issuance)?,
            pending => pending,
        };
        if let Some(step) = repeated {
            return Ok(Decision { record: record.clone(), step });
        }
        self.check(csr, record.identity())?;
        self.decide(csr, record.clone(), issuance)
    }

    /// For a device that authenticated by the certificate that it renews (simplereenroll, RFC 7030 section 4.2.2). If that is
    /// the first use of it, the record says so, too.
    ///
    /// The same CSR again gives the same certificate, as long as that is valid.
    ///
    /// # Errors
    /// - [`Refused::NotAuthenticated`] and [`Refused::Revoked`] as [`authenticate`](Self::authenticate) says.
    /// - [`Refused::UserChanged`], [`Refused::TooEarly`], [`Refused::KeyUnchanged`], [`Refused::KeyChanged`] by the
    ///   [`RenewalRules`].
    /// - Those of [`issue`](Self::issue).
    pub fn renew(
        &self,
        chain: &ValidatedChain,
        csr: &Csr,
        record: &ClientRecord,
        issuance: &Issuance,
    ) -> Result<Decision, Refused> {
        let authenticated = self.authenticate(chain, record, issuance.at)?;
        let record = authenticated.first_use.unwrap_or_else(|| record.clone());
        let current = chain.target().ok_or(NotAuthenticated::Unknown)?;
        if let Some(step) = self.pending(csr, &record, issuance)? {
            return Ok(Decision { record, step });
        }
        let permitted = self.renewal().check(csr, current, issuance);
        // With the CSR of the certificate in use, under a policy that allows the same key, nothing tells a renewal from a
        // request that was repeated late: it is a renewal from when it may be one.
        if permitted.is_err()
            && let Some(step) = self.in_use(csr, &record, issuance)?
        {
            return Ok(Decision { record, step });
        }
        let certified = Identity::from_certificate_with(chain, self.uris())?;
        if self.renewal().user == UserChange::Refuse && certified != *record.identity() {
            return Err(Refused::UserChanged { certificate: certified, record: record.identity().clone() });
        }
        permitted?;
        self.check_key(csr)?;
        self.compare_names(csr, current, record.identity())?;
        self.decide(csr, record, issuance)
    }

    /// A device whose user changed does not know it: its CSR has the names of its certificate (RFC 7030 section 4.2.2), or those
    /// of the record.
    fn compare_names(&self, csr: &Csr, current: &Certificate, identity: &Identity) -> Result<(), Refused> {
        let rule = self.csr_names();
        let certified = Names::of_certificate(current).map(|names| names.compare(csr, rule));
        if matches!(certified, Ok(Ok(()))) {
            return Ok(());
        }
        Ok(identity.names(self.uris())?.compare(csr, rule)?)
    }

    fn decide(&self, csr: &Csr, record: ClientRecord, issuance: &Issuance) -> Result<Decision, Refused> {
        let digest = csr.digest(self.crypto()).ok_or(BuildError::MissingDigest)?;
        let unsigned = self.certificate(csr, &record.identity().names(self.uris())?, issuance)?;
        let unsigned = UnsignedCertificate::from(unsigned);
        let record = record.with_approved(digest, unsigned.clone(), issuance.at);
        Ok(Decision { record, step: Step::Sign(unsigned) })
    }

    /// What was decided for this very CSR and not used yet, if it is still good.
    fn pending(&self, csr: &Csr, record: &ClientRecord, issuance: &Issuance) -> Result<Option<Step>, Refused> {
        let digest = csr.digest(self.crypto()).ok_or(BuildError::MissingDigest)?;
        let next = record.next().filter(|next| *next.csr() == digest);
        let good = next.filter(|next| issuance.at <= next.certificate().validity().not_after);
        Ok(good.map(|next| match next {
            NextCertificate::Approved { unsigned, .. } => Step::Sign(unsigned.clone()),
            NextCertificate::Issued(issued) => Step::Send(issued.certificate.clone()),
        }))
    }

    /// The certificate in use, if it was issued for this very CSR and is still good.
    fn in_use(&self, csr: &Csr, record: &ClientRecord, issuance: &Issuance) -> Result<Option<Step>, Refused> {
        let digest = csr.digest(self.crypto()).ok_or(BuildError::MissingDigest)?;
        let current = record.current().filter(|current| current.csr == digest);
        let good = current.filter(|current| issuance.at <= current.certificate.validity().not_after);
        Ok(good.map(|current| Step::Send(current.certificate.clone())))
    }
}

/// Whether two keys are one, however their algorithm's parameters are written.
pub(super) fn is_same_key(one: PublicKeyRef<'_>, another: PublicKeyRef<'_>) -> bool {
    one.algorithm().oid == another.algorithm().oid && one.key_bits() == another.key_bits()
}
