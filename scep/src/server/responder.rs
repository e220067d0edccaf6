//! [`Responder`]: who answers, and the first look at a request.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{
    Certificate, Limits, UnixTime,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    chain::{ChainValidator, Pool, Purpose, TrustAnchor, ValidationProfile},
    crypto::{CryptoProvider, SecureRandom},
    extension::KeyUsage,
};

use super::{
    ConfigError, Error, Query, Refusal, Sealed,
    reply::{EmptyContent, Reply, ReplyContext},
};
use crate::{
    attribute::KnownMessageType,
    capability::Capabilities,
    http::{HttpRequest, HttpResponse, Request},
    message::{MessageError, Received, ReplyAddress, Verified, has_mandatory_algorithms, signature_algorithm},
    peer::PeerProfile,
};

/// A SCEP server's identity and limits: certificates without their keys.
///
/// Immutable and cheap to clone. Any number of replicas give the same answers.
#[derive(Clone, Debug)]
pub struct Responder(Arc<Identity>);

/// The certificates of a registration authority, whose keys talk SCEP so that the CA's key need not.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "an RA has these two certificates, or one in both places")]
pub struct RegistrationAuthority {
    /// Signs replies: keyUsage digitalSignature.
    pub signing: Certificate,
    /// Receives requests: an RSA key, keyUsage keyEncipherment.
    pub encryption: Certificate,
}

/// A request at first sight.
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "moved once, and taken apart at once")]
#[non_exhaustive]
pub enum Incoming {
    /// GetCACaps or GetCACert: answered as it stands.
    Query(Query),
    /// A PKIOperation whose signature holds and whose content is still closed.
    Sealed(Sealed),
}

#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) authority: Vec<Certificate>,
    pub(super) signing: Certificate,
    pub(super) encryption: Certificate,
    pub(super) crypto: CryptoProvider,
    pub(super) limits: Limits,
    pub(super) capabilities: Capabilities,
    pub(super) empty_content: EmptyContent,
    pub(super) peer: PeerProfile,
    /// `None` for whatever the kind of key can do.
    pub(super) signature_algorithms: Option<Vec<SignatureAlgorithm>>,
}

impl Responder {
    /// A CA with a registration authority apart from it: the recommended way. A key that decrypts what strangers send
    /// should not be the key that signs certificates (RFC 8894 section 7.2).
    ///
    /// # Errors
    /// - [`ConfigError::SigningCertificate`], [`ConfigError::EncryptionCertificate`] for wrong key usages or keys.
    /// - [`ConfigError::NotIssuedByCa`] if there is no time at which the RA's certificates are valid below the CA's (RFC 5280
    ///   section 6). When they expire is the caller's to watch.
    /// - [`ConfigError::Provider`] if `crypto` lacks a mandatory algorithm.
    pub fn new(ca: Certificate, ra: RegistrationAuthority, crypto: CryptoProvider) -> Result<Self, ConfigError> {
        let mut authority = alloc::vec![ca.clone()];
        let validator = ChainValidator::new([TrustAnchor::from_certificate(ca.clone())], crypto)
            .with_profile(ValidationProfile::SCEP_TRANSPORT);
        for certificate in [&ra.signing, &ra.encryption] {
            let both_begun = ca.validity().not_before.max(certificate.validity().not_before);
            validator
                .validate(certificate, &Pool::new(), Purpose::ANY, both_begun)
                .map_err(ConfigError::NotIssuedByCa)?;
            if !authority.contains(certificate) {
                authority.push(certificate.clone());
            }
        }
        Self::with_identity(authority, ra, crypto)
    }

    /// A CA whose own key signs and decrypts SCEP messages. Needed for clients that know no RA; weaker, see
    /// [`Responder::new`].
    ///
    /// # Errors
    /// As [`Responder::new`]; the CA's keyUsage needs digitalSignature and keyEncipherment (RFC 8894 section 2.1.2).
    pub fn with_ca_key(ca: Certificate, crypto: CryptoProvider) -> Result<Self, ConfigError> {
        let ra = RegistrationAuthority { signing: ca.clone(), encryption: ca.clone() };
        Self::with_identity(alloc::vec![ca], ra, crypto)
    }

    /// Adds the certificates above the CA, up to the root, which GetCACert then gives too (RFC 8894 section 2.2).
    #[must_use]
    pub fn with_superiors(self, superiors: impl IntoIterator<Item = Certificate>) -> Self {
        self.change(|identity| identity.authority.extend(superiors))
    }

    /// Replaces what stands where a reply has no content: for clients that can't read the form that RFC 8894 wants.
    #[must_use]
    pub fn with_empty_content(self, empty_content: EmptyContent) -> Self {
        self.change(|identity| identity.empty_content = empty_content)
    }

    /// Says who the clients are: what is tolerated of them, what they can read. Replaces
    /// [`with_empty_content`](Self::with_empty_content), too. [`PeerProfile::TOLERANT`] unless said.
    ///
    /// Clients of several kinds are served by one tolerant responder, or by one for each where the path tells them apart.
    ///
    /// # Errors
    /// [`ConfigError::UnsuitableKey`] if these clients don't get along with the key of one of the certificates, which is
    /// better known now than from each of them.
    pub fn with_peer(self, peer: PeerProfile) -> Result<Self, ConfigError> {
        if !self.0.authority.iter().all(|certificate| peer.keys.include(certificate.public_key())) {
            return Err(ConfigError::UnsuitableKey);
        }
        Ok(self.change(|identity| {
            identity.empty_content = peer.empty_content;
            identity.peer = peer;
        }))
    }

    /// Says what the key of the signing certificate signs with, [`Signer::algorithms`](pki_core::crypto::Signer::algorithms),
    /// where that is less than its kind of key could: an HSM, or AWS-LC, which has no SHA-1. A request with another digest is
    /// answered with the first of them.
    #[must_use]
    pub fn with_signature_algorithms(self, algorithms: &[SignatureAlgorithm]) -> Self {
        self.change(|identity| identity.signature_algorithms = Some(algorithms.to_vec()))
    }

    /// Replaces the limits on what is read.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        self.change(|identity| identity.limits = limits)
    }

    /// Takes a request apart, as far as no private key is needed.
    ///
    /// `rng` serves the nonce of a refusal.
    ///
    /// # Errors
    /// [`Refusal`], whose reply goes to the peer.
    pub fn receive(
        &self,
        request: &HttpRequest,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Incoming, Refusal> {
        let parsed = request.parse(&self.0.limits);
        if parsed.is_ok() {
            let check = self.0.peer.check_with(|| request.quirks());
            check.map_err(|quirk| Refusal::http(Error::Quirk(quirk)))?;
        }
        match parsed {
            Ok(Request::GetCaCaps { .. }) => Ok(Incoming::Query(Query::capabilities(&self.0))),
            Ok(Request::GetCaCert { .. }) => Ok(Incoming::Query(Query::certificates(&self.0))),
            Ok(Request::PkiOperation { message }) => self.receive_message(&message, now, rng).map(Incoming::Sealed),
            Ok(_) => Err(Refusal::http(Error::OperationUnsupported)),
            Err(error) => {
                let reply = Reply::Ready(HttpResponse::refusal(&error));
                Err(Refusal { cause: Error::Http(error), reply })
            }
        }
    }

    /// The same for a bare pkiMessage, where the caller has taken it out of HTTP.
    ///
    /// # Errors
    /// As [`Responder::receive`].
    pub fn receive_message(
        &self,
        message: &[u8],
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Sealed, Refusal> {
        // The one thing that depends on it comes with the tolerance for signingTime.
        let _ = now;
        let received = Received::decode(message, self.0.limits).map_err(|error| Refusal::http(error.into()))?;
        let verified = received.verify(&self.0.crypto).map_err(Error::Message);
        verified.and_then(|verified| self.seal(verified)).map_err(|error| self.refuse(&received, error, rng))
    }

    /// The checks between the signature and the envelope, in the order of RFC 8894 section 3.2.1.
    fn seal(&self, verified: Verified) -> Result<Sealed, Error> {
        let Identity { encryption, crypto, .. } = &*self.0;
        let attributes = verified.attributes();
        match attributes.message_type.known() {
            Some(
                KnownMessageType::PkcsReq
                | KnownMessageType::RenewalReq
                | KnownMessageType::CertPoll
                | KnownMessageType::GetCert
                | KnownMessageType::GetCrl,
            ) => {}
            _ => return Err(MessageError::UnexpectedType(attributes.message_type).into()),
        }
        let nonce = attributes.sender_nonce.clone().ok_or(Error::SenderNonceMissing)?;
        self.0.peer.check_with(|| verified.quirks()).map_err(Error::Quirk)?;
        if !verified.signer().public_key().can_encrypt() {
            return Err(Error::ReplyUndeliverable);
        }
        let wrapped = verified.wrapped_key(encryption, crypto)?;
        let context = ReplyContext::new(
            Arc::clone(&self.0),
            attributes.transaction_id.clone(),
            Some(nonce),
            verified.received().digest(),
        );
        let algorithms = verified.envelope_algorithms(encryption, crypto)?;
        if !algorithms.fit(verified.signer().public_key()) {
            return Err(Error::ReplyUndeliverable);
        }
        Ok(Sealed::new(verified, wrapped, context.answering(algorithms)))
    }

    /// A CertRep FAILURE if the transaction is known, else an HTTP error.
    fn refuse(&self, received: &Received, cause: Error, rng: &mut dyn SecureRandom) -> Refusal {
        let ReplyAddress { transaction_id, sender_nonce } = received.reply_address().clone();
        match transaction_id {
            Some(id) => ReplyContext::new(Arc::clone(&self.0), id, sender_nonce, received.digest()).refuse(cause, rng),
            None => Refusal::http(cause),
        }
    }

    fn with_identity(
        authority: Vec<Certificate>,
        ra: RegistrationAuthority,
        crypto: CryptoProvider,
    ) -> Result<Self, ConfigError> {
        let signs = ra.signing.key_usage()?.is_none_or(|usage| usage.contains(KeyUsage::DIGITAL_SIGNATURE));
        if !signs {
            return Err(ConfigError::SigningCertificate);
        }
        let encrypts = ra.encryption.key_usage()?.is_none_or(|usage| usage.contains(KeyUsage::KEY_ENCIPHERMENT));
        if !encrypts || !ra.encryption.public_key().can_encrypt() {
            return Err(ConfigError::EncryptionCertificate);
        }
        if !has_mandatory_algorithms(&crypto) {
            return Err(ConfigError::Provider);
        }
        Ok(Self(Arc::new(Identity {
            authority,
            signing: ra.signing,
            encryption: ra.encryption,
            crypto,
            limits: Limits::DEFAULT,
            capabilities: Capabilities::of(&crypto),
            empty_content: EmptyContent::Absent,
            peer: PeerProfile::TOLERANT,
            signature_algorithms: None,
        })))
    }

    fn change(mut self, change: impl FnOnce(&mut Identity)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl Identity {
    /// What to sign a reply with: by the digest of the request, if the signing key has it.
    pub(super) fn signature_algorithm(&self, digest: DigestAlgorithm) -> Option<SignatureAlgorithm> {
        let fitting = signature_algorithm(self.signing.public_key(), digest);
        match &self.signature_algorithms {
            None => fitting,
            Some(known) => fitting.filter(|algorithm| known.contains(algorithm)).or_else(|| known.first().copied()),
        }
    }
}

impl Refusal {
    pub(super) fn http(cause: Error) -> Self {
        let reply = Reply::http_error(cause.status());
        Self { cause, reply }
    }
}

#[cfg(test)]
#[cfg(feature = "rustcrypto")]
mod tests {
    use getrandom::SysRng;
    use pki_core::{
        CertificateBuilder, KeyKind, Name, Profile, SerialNumber, UnixTime, Validity,
        algorithm::SignatureAlgorithm,
        cms::SignedData,
        crypto::{
            Signer,
            rustcrypto::{PROVIDER, PrivateKey, Random},
        },
    };

    use super::*;
    use crate::{attribute::FailInfo, message::Received, server::reply::Answer};

    #[test]
    fn scep_3_3_2_3_content_is_omitted_unless_clients_need_it_empty() {
        let rng = &mut Random(SysRng);
        let key = PrivateKey::generate(KeyKind::Rsa { bits: 1024 }, rng).unwrap();
        let name = Name::from_common_name("CA").unwrap();
        let validity = Validity::new(UnixTime::from_seconds(0), UnixTime::from_seconds(86_400));
        let serial = SerialNumber::random(rng).unwrap();
        let public_key = Signer::public_key(&key).clone();
        let ca = CertificateBuilder::new(serial, name.clone(), name, validity, public_key)
            .with_profile(&Profile::ROOT_CA.answering_scep())
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)
            .unwrap()
            .sign_with(&key, rng)
            .unwrap();
        let responder = Responder::with_ca_key(ca.clone(), PROVIDER).unwrap();
        let lenient = responder.clone().with_empty_content(EmptyContent::ZeroLength);
        for (responder, content) in [(responder, None), (lenient, Some([].as_slice()))] {
            for answer in [Answer::Pending, Answer::Failure(FailInfo::BAD_REQUEST, None)] {
                let id = crate::TransactionId::from_text("1").unwrap();
                let context = ReplyContext::new(Arc::clone(&responder.0), id, None, None);
                let reply = context.answer(answer, rng).unwrap().sign_with(&key, rng).unwrap();
                assert_eq!(SignedData::from_ber(&reply.body, Limits::DEFAULT).unwrap().content(), content);
                let received = Received::decode(&reply.body, Limits::DEFAULT).unwrap();
                received.verify_by(core::slice::from_ref(&ca), &PROVIDER).unwrap();
            }
        }
    }
}
