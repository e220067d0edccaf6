//! [`Signers`]: the keys of those who sign CRLs and OCSP responses, found by searches of their own.

use super::{
    Issuer, check,
    crl::{CrlRejected, CrlSigners},
    ocsp::Checks,
};
use crate::{
    cert::{Certificate, extension::KeyUsage},
    chain::{Context, Purpose, error::Violation, limits::Budget, missing::Missing, search::Search},
    crl::Crl,
    crypto::VerifyError,
    key::PublicKeyRef,
    name::GeneralName,
    ocsp::BasicOcspResponse,
};

/// Finds keys for the revocation of one certificate, on the budget of the whole validation.
pub(super) struct Signers<'a, 's> {
    pub(super) context: Context<'a>,
    /// Whose status is wanted.
    pub(super) certificate: &'a Certificate,
    pub(super) issuer: Issuer<'a>,
    pub(super) budget: &'s mut Budget,
    pub(super) missing: &'s mut Missing,
}

impl<'a> Signers<'a, '_> {
    /// The issuer of the certificate, if it issues the CRL, too, and may.
    fn issuers_own(&self, crl: &Crl) -> Option<PublicKeyRef<'a>> {
        let certificate = match self.issuer.certificate {
            Some(certificate) => Some(certificate),
            None => self.context.validator.anchors.get(self.issuer.anchor)?.certificate(),
        };
        (self.issuer.name.matches(crl.issuer()) && certificate.is_none_or(may_sign_crls)).then_some(self.issuer.key)
    }

    /// The anchor of the path, likewise.
    fn anchors_own(&self, crl: &Crl) -> Option<PublicKeyRef<'a>> {
        let anchor = self.context.validator.anchors.get(self.issuer.anchor)?;
        let may = anchor.name().matches(crl.issuer()) && anchor.certificate().is_none_or(may_sign_crls);
        may.then(|| anchor.public_key())
    }

    /// Whether `key` signed `crl`.
    fn signed(&mut self, crl: &Crl, key: PublicKeyRef<'_>) -> Result<(), CrlRejected> {
        if !self.budget.signature() {
            return Err(CrlRejected::LimitExceeded);
        }
        crl.verify_signature(key, &self.context.validator.crypto).map_err(CrlRejected::Signature)
    }

    /// Whether `signer`, whose path is being validated, says itself whether it is revoked, as its issuer wants: its
    /// distribution point names it as the cRLIssuer. Who believes the issuer has to believe that.
    fn answers_for_itself(&self, signer: &Certificate) -> bool {
        let is_asked = self.context.crl_signer.is_some_and(|asked| core::ptr::eq(asked, signer));
        let points = self.certificate.crl_distribution_points().ok().flatten();
        let mut issuers = points.into_iter().flat_map(|points| points.iter()).filter_map(|point| point.crl_issuer);
        let is_itself = |name| matches!(name, GeneralName::DirectoryName(name) if name.matches(signer.subject()));
        is_asked && core::ptr::eq(self.certificate, signer) && issuers.any(|names| names.iter().any(is_itself))
    }

    /// Whether a path to the same anchor ends at `signer`.
    fn has_path(&mut self, signer: &'a Certificate) -> bool {
        if self.answers_for_itself(signer) {
            return true;
        }
        if self.context.nesting == DEEPEST {
            return false;
        }
        let context = self.context.nested(Purpose::ANY.with_key_usage(KeyUsage::CRL_SIGN), Some(signer));
        Search::new(context, Some(self.issuer.anchor), self.budget, self.missing).run(signer).is_ok()
    }
}

impl<'a> CrlSigners<'a> for Signers<'a, '_> {
    /// The issuer's key, that of the anchor, then those of certificates in the pool: old and new keys of the CA, keys for
    /// CRLs alone, and other CRL issuers.
    fn key(&mut self, crl: &'a Crl) -> Result<PublicKeyRef<'a>, CrlRejected> {
        let mut rejected = CrlRejected::UntrustedSigner;
        let own = [self.issuers_own(crl), self.anchors_own(crl)];
        for key in own.into_iter().flatten() {
            match self.signed(crl, key) {
                Ok(()) => return Ok(key),
                Err(CrlRejected::LimitExceeded) => return Err(CrlRejected::LimitExceeded),
                Err(error) => rejected = error,
            }
        }
        let authority = crl.authority_key_identifier().ok().flatten().and_then(|identifier| identifier.key_identifier);
        let (name, pool) = (crl.issuer(), self.context.pool);
        for (_, signer) in pool.with_subject(name, name.folded_hash()) {
            if !self.budget.step() {
                return Err(CrlRejected::LimitExceeded);
            }
            let key = signer.public_key();
            let subject = signer.subject_key_identifier().ok().flatten();
            let differs = authority.zip(subject).is_some_and(|(authority, subject)| authority != subject.as_bytes());
            if differs || !is_crl_signer(signer) || own.contains(&Some(key)) {
                continue;
            }
            match self.signed(crl, key) {
                Ok(()) if self.has_path(signer) => return Ok(key),
                Ok(()) => rejected = CrlRejected::UntrustedSigner,
                Err(CrlRejected::LimitExceeded) => return Err(CrlRejected::LimitExceeded),
                Err(_) => {}
            }
        }
        Err(rejected)
    }

    fn verify(&mut self, delta: &'a Crl, key: PublicKeyRef<'a>) -> Result<(), CrlRejected> {
        self.signed(delta, key)
    }

    fn step(&mut self) -> bool {
        self.budget.step()
    }
}

impl Checks for Signers<'_, '_> {
    fn certificate(&mut self, certificate: &Certificate, key: PublicKeyRef<'_>) -> Option<Result<(), VerifyError>> {
        let crypto = &self.context.validator.crypto;
        self.budget.signature().then(|| certificate.verify_signature(key, crypto))
    }

    fn response(&mut self, response: &BasicOcspResponse, key: PublicKeyRef<'_>) -> Option<Result<(), VerifyError>> {
        let crypto = &self.context.validator.crypto;
        self.budget.signature().then(|| response.verify_signature(key, crypto))
    }

    fn delegate_status(&mut self, delegate: &Certificate) -> Result<(), Violation> {
        if self.context.nesting == DEEPEST {
            return Err(Violation::RevocationUnknown { crls: alloc::vec![], responses: alloc::vec![] });
        }
        let context = self.context.nested(Purpose::ANY, None);
        check(&context, delegate, &self.issuer, self.budget, self.missing)
    }
}

/// RFC 5280 section 6.3.3 (f): cRLSign, if keyUsage is there.
fn may_sign_crls(certificate: &Certificate) -> bool {
    certificate.key_usage().is_ok_and(|usage| usage.is_none_or(|usage| usage.contains(KeyUsage::CRL_SIGN)))
}

/// The same for whoever is neither the issuer nor the anchor: an end entity has to have the bit. Else a device with the name
/// of its CA, and a certificate that says nothing, could sign CRLs.
fn is_crl_signer(certificate: &Certificate) -> bool {
    let is_ca = || certificate.basic_constraints().is_ok_and(|found| found.is_some_and(|found| found.is_ca));
    may_sign_crls(certificate) && (certificate.key_usage().is_ok_and(|usage| usage.is_some()) || is_ca())
}

/// A CRL issuer's own status may need the CRL of another CRL issuer; this ends what would go round.
const DEEPEST: u8 = 3;
