//! [`Open`] and [`Issued`]: the reply decrypted, and the certificate in it judged.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{
    Certificate, GeneralName, UnixTime,
    chain::{ChainValidator, Pool, Purpose, ValidatedChain, ValidationProfile},
    crypto::{ContentKey, Decrypter, SecureRandom, WrappedKey},
};
use scep::{
    client::{Authority, Misbehaviour},
    message::{MessageData, MessageError, Verified},
};

use super::{Enrolment, Error, IssuedNames, SigningBudget, Step};
use crate::broker::message::ToService;

/// SUCCESS, signed by the pinned CA or its RA. The certificate is in the envelope, which the transport key opens, on the device:
/// nothing that it decrypts goes back to the service.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Open {
    enrolment: Arc<Enrolment>,
    authority: Authority,
    verified: Verified,
    wrapped: WrappedKey,
    /// When the reply came.
    now: UnixTime,
}

/// The certificate is here, and the key's budget is closed.
///
/// It exists only if the CA signed the reply to this very request, and the certificate in it is for the key of the CSR, has the names
/// that were asked for ([`IssuedNames`]), and is valid below the pinned certificate (RFC 5280 section 6, without revocation).
#[must_use = "here is the certificate"]
#[derive(Clone, Debug)]
pub struct Issued {
    certificate: Certificate,
    chain: ValidatedChain,
    message: Vec<u8>,
}

impl Open {
    pub(super) const fn new(
        enrolment: Arc<Enrolment>,
        authority: Authority,
        verified: Verified,
        wrapped: WrappedKey,
        now: UnixTime,
    ) -> Self {
        Self { enrolment, authority, verified, wrapped, now }
    }

    /// The content key, encrypted to the transport key.
    #[must_use]
    pub const fn wrapped_key(&self) -> &WrappedKey {
        &self.wrapped
    }

    /// Opens it with a content key unwrapped elsewhere on the device, judges the certificate, and closes the budget.
    ///
    /// # Errors
    /// - [`Error::Message`] if the envelope can't be opened.
    /// - [`Error::Misbehaved`] without a certificate for the key.
    /// - [`Error::Names`] or [`Error::Chain`] if the certificate does not hold.
    pub fn attach(&self, budget: &mut SigningBudget, key: &ContentKey) -> Result<Step, Error> {
        let Enrolment { config, csr, transaction_id, .. } = self.enrolment.as_ref();
        let opened = self.verified.open(key, &config.crypto)?;
        let MessageData::Bundle(bundle) = opened.data() else {
            return Err(MessageError::UnexpectedType(opened.message_type()).into());
        };
        let for_key = bundle.certificates.iter().filter(|found| found.public_key() == csr.public_key());
        let certificate = for_key.max_by_key(|certificate| certificate.validity().not_after);
        let certificate = certificate.ok_or(Misbehaviour::NoCertificateForKey)?;
        if config.names == IssuedNames::AsAsked && !self.has_names(certificate) {
            return Err(Error::Names);
        }
        let pool: Pool = bundle.certificates.iter().chain(self.authority.certificates()).cloned().collect();
        let chain = below(self.authority.anchor(), certificate, &pool, &config.crypto, self.now)?;
        budget.close();
        let message =
            ToService::Installed { transaction_id: transaction_id.clone(), certificate: certificate.clone() }.to_der();
        Ok(Step::Issued(Issued { certificate: certificate.clone(), chain, message }))
    }

    /// Opens it in place.
    ///
    /// # Errors
    /// [`Error::OtherKey`] if it is another key than the transport certificate's, [`Error::Unwrap`] if the decrypter fails, and
    /// those of [`Open::attach`].
    pub fn open_with(
        &self,
        budget: &mut SigningBudget,
        decrypter: &dyn Decrypter,
        rng: &mut dyn SecureRandom,
    ) -> Result<Step, Error> {
        if decrypter.public_key().as_ref() != self.enrolment.transport.public_key() {
            return Err(Error::OtherKey);
        }
        self.attach(budget, &decrypter.unwrap_key(&self.wrapped, rng)?)
    }

    /// Whether the subject is the one asked for, and the alternative names are among the certificate's.
    fn has_names(&self, certificate: &Certificate) -> bool {
        let csr = &self.enrolment.csr;
        let (Ok(asked), Ok(given)) = (csr.subject_alt_name(), certificate.extensions().subject_alt_name()) else {
            return false;
        };
        let given: Vec<GeneralName<'_>> = given.map(|names| names.iter().collect()).unwrap_or_default();
        let mut asked = asked.into_iter().flat_map(|names| names.iter());
        certificate.subject().matches(csr.subject()) && asked.all(|name| given.contains(&name))
    }
}

impl Issued {
    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The proof that it is valid below the pinned certificate.
    #[must_use]
    pub const fn validated(&self) -> &ValidatedChain {
        &self.chain
    }

    /// Tells the service, which has not seen the certificate, what came of it: for
    /// [`Relayed::confirm`](crate::broker::service::Relayed::confirm). There is no answer to wait for.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }
}

/// The path from a certificate to the pinned one. Its validity may begin a little later than now, since clocks differ.
pub(in crate::broker) fn below(
    anchor: &Certificate,
    certificate: &Certificate,
    pool: &Pool,
    crypto: &pki_core::crypto::CryptoProvider,
    now: UnixTime,
) -> Result<ValidatedChain, Error> {
    let validity = certificate.validity();
    let at = now.max(validity.not_before).min(validity.not_after);
    let validator = ChainValidator::new(alloc::vec![anchor.clone().into()], *crypto)
        .with_profile(ValidationProfile::SCEP_TRANSPORT);
    // Its extensions are for those who use it.
    let critical =
        certificate.extensions().iter().filter(|extension| extension.critical).map(|extension| extension.oid);
    let validator = critical.fold(validator, ChainValidator::add_known_extension);
    validator.validate(certificate, pool, Purpose::ANY, at).map_err(Error::Chain)
}
