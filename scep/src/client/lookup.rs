//! [`LookupRequest`] and [`Found`]: certificates and CRLs by message.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{
    Certificate, Crl, Name, NameRef, PublicKey, UnixTime,
    algorithm::DigestAlgorithm,
    crypto::{CryptoProvider, SecureRandom},
    extension::KeyUsage,
};

use super::{
    Authority, Error, Misbehaviour, Sign, Unsupported, UnusableCertificate,
    enrolment::Purpose,
    renewal,
    request::{RsaPadding, signature_algorithm},
    transaction::Transaction,
};
use crate::{
    attribute::{MessageType, Nonce},
    message::{Bundle, IssuerAndSerial, has_mandatory_algorithms},
};

/// Which certificate is asked for, or is to be looked up on a CRL, and by whom (RFC 8894 sections 4.5 and 4.6).
///
/// Where there is an HTTP certificate store or a CRL distribution point, that is the better source (section 3.3.4): it needs
/// no signature and no private key of the CA.
#[derive(Clone, Debug)]
#[must_use]
pub struct LookupRequest {
    target: IssuerAndSerial,
    inquirer: Inquirer,
    padding: RsaPadding,
}

/// What was asked for. The reply is signed by the confirmed authority, for this request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// The certificate with the issuer and serial number that were asked for. It may have expired or be revoked.
    Certificate {
        /// The certificate.
        certificate: Certificate,
        /// The certificate of the authority whose key it verifies by; `None` if its issuer's is not at hand.
        issuer: Option<Certificate>,
    },
    /// The only CRL in the reply, of the issuer that was asked for. Whether it is current, and which certificates it speaks
    /// of, is for [`pki_core::chain`] to say.
    Crl {
        /// The CRL.
        crl: Crl,
        /// The certificate of the authority whose key it verifies by; `None` if its issuer's is not at hand.
        issuer: Option<Certificate>,
    },
}

/// What is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Certificate,
    Crl,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(super) enum Inquirer {
    Certificate { current: Certificate, chain: Vec<Certificate> },
    Key { subject: Name, key: PublicKey },
}

/// A transaction that ends in what is looked up.
#[derive(Debug)]
pub(super) struct Inquiry {
    pub(super) transaction: Transaction,
    pub(super) item: Item,
    pub(super) target: IssuerAndSerial,
}

impl LookupRequest {
    /// Asked by the holder of this certificate, whose key, [`KeyRole::Current`](super::KeyRole::Current), is at hand: an RSA
    /// key.
    pub const fn new(target: IssuerAndSerial, current: Certificate) -> Self {
        let inquirer = Inquirer::Certificate { current, chain: Vec::new() };
        Self { target, inquirer, padding: RsaPadding::Pkcs1 }
    }

    /// Asked by whoever has this key, [`KeyRole::Transport`](super::KeyRole::Transport), an RSA key, under a self-signed
    /// certificate with this subject, made for the purpose. Not every CA answers strangers.
    pub const fn self_signed(target: IssuerAndSerial, subject: Name, key: PublicKey) -> Self {
        Self { target, inquirer: Inquirer::Key { subject, key }, padding: RsaPadding::Pkcs1 }
    }

    /// Sends these certificates above the current one along.
    pub fn with_chain(mut self, superiors: impl IntoIterator<Item = Certificate>) -> Self {
        if let Inquirer::Certificate { chain, .. } = &mut self.inquirer {
            *chain = superiors.into_iter().collect();
        }
        self
    }

    /// Signs the message with RSASSA-PSS, see [`EnrolmentRequest::with_rsa_pss`](super::EnrolmentRequest::with_rsa_pss).
    pub const fn with_rsa_pss(mut self) -> Self {
        self.padding = RsaPadding::Pss;
        self
    }

    pub(super) const fn target(&self) -> &IssuerAndSerial {
        &self.target
    }

    pub(super) const fn inquirer(&self) -> &Inquirer {
        &self.inquirer
    }

    pub(super) const fn padding(&self) -> RsaPadding {
        self.padding
    }

    /// Whether it can succeed at all. There is no challenge here that the reply could be encrypted under.
    pub(super) fn check(&self, crypto: &CryptoProvider) -> Result<(), Error> {
        let key = match &self.inquirer {
            Inquirer::Certificate { current, .. } => current.public_key(),
            Inquirer::Key { key, .. } => key.as_ref(),
        };
        if !key.can_encrypt() {
            return Err(Unsupported::TransportKeyCannotDecrypt.into());
        }
        if !has_mandatory_algorithms(crypto) {
            return Err(Unsupported::Provider.into());
        }
        signature_algorithm(key, DigestAlgorithm::SHA256).map(drop)
    }

    /// Whether the current certificate can sign at this time. Who issued it is the CA's to judge: lookups may be for the
    /// certificates of others.
    pub(super) fn check_at(&self, now: UnixTime) -> Result<(), UnusableCertificate> {
        match &self.inquirer {
            Inquirer::Certificate { current, .. } => renewal::check_signer(current, now),
            Inquirer::Key { .. } => Ok(()),
        }
    }
}

impl Inquiry {
    /// GetCert or GetCRL (RFC 8894 section 3.3.4).
    pub(super) fn request(self: &Arc<Self>, rng: &mut dyn SecureRandom) -> Result<Sign, Error> {
        let message_type = match self.item {
            Item::Certificate => MessageType::GET_CERT,
            Item::Crl => MessageType::GET_CRL,
        };
        let nonce = Nonce::generate(rng)?;
        let message = self.transaction.message(message_type, nonce, &self.target.to_der(), rng)?;
        Ok(Sign::message(Purpose::Lookup(Arc::clone(self)), message))
    }

    /// What was asked for, among what came.
    pub(super) fn find(&self, bundle: &Bundle) -> Result<Found, Misbehaviour> {
        let (authority, crypto) = (&self.transaction.authority, self.transaction.config.crypto());
        match self.item {
            Item::Certificate => {
                let certificate = bundle.certificates.iter().find(|certificate| self.target.names(certificate));
                let certificate = certificate.ok_or(Misbehaviour::NoSuchCertificate)?;
                let key = certificate.authority_key_identifier().ok().flatten().and_then(|id| id.key_identifier);
                let issuer = verified(
                    &candidates(authority, certificate.issuer(), KeyUsage::KEY_CERT_SIGN, key),
                    |ca| certificate.verify_signature(ca.public_key(), crypto).is_ok(),
                    Misbehaviour::BadCertificateSignature,
                )?;
                Ok(Found::Certificate { certificate: certificate.clone(), issuer })
            }
            Item::Crl => {
                let [crl] = bundle.crls.as_slice() else {
                    return Err(Misbehaviour::CrlCount { found: bundle.crls.len() });
                };
                if !crl.issuer().matches(self.target.issuer().as_ref()) {
                    return Err(Misbehaviour::CrlIssuer);
                }
                let key = crl.authority_key_identifier().ok().flatten().and_then(|id| id.key_identifier);
                let issuer = verified(
                    &candidates(authority, crl.issuer(), KeyUsage::CRL_SIGN, key),
                    |ca| crl.verify_signature(ca.public_key(), crypto).is_ok(),
                    Misbehaviour::BadCrlSignature,
                )?;
                Ok(Found::Crl { crl: crl.clone(), issuer })
            }
        }
    }
}

impl Found {
    /// The certificate of the authority whose key it verifies by; `None` if its issuer's is not at hand.
    #[must_use]
    pub const fn issuer(&self) -> Option<&Certificate> {
        match self {
            Self::Certificate { issuer, .. } | Self::Crl { issuer, .. } => issuer.as_ref(),
        }
    }
}

/// The certificates of the authority that may be the issuer's: by name, by what keyUsage it has, and by key identifier where
/// both have one, for a CA keeps its name when it changes its key.
fn candidates<'a>(
    authority: &'a Authority,
    name: NameRef<'_>,
    usage: KeyUsage,
    key_identifier: Option<&[u8]>,
) -> Vec<&'a Certificate> {
    let may = |ca: &Certificate| ca.key_usage().is_ok_and(|found| found.is_none_or(|found| found.contains(usage)));
    let same_key = |ca: &Certificate| {
        let own = ca.subject_key_identifier().ok().flatten();
        key_identifier.zip(own).is_none_or(|(wanted, own)| wanted == own.as_bytes())
    };
    let certificates = authority.certificates().iter();
    certificates.filter(|ca| ca.subject().matches(name) && same_key(ca) && may(ca)).collect()
}

/// The first of them that it verifies by; `None` where there are none to try.
fn verified(
    candidates: &[&Certificate],
    verifies: impl Fn(&Certificate) -> bool,
    otherwise: Misbehaviour,
) -> Result<Option<Certificate>, Misbehaviour> {
    if candidates.is_empty() {
        return Ok(None);
    }
    let issuer = candidates.iter().find(|ca| verifies(ca));
    issuer.map(|issuer| Some(Certificate::clone(issuer))).ok_or(otherwise)
}
