//! [`Broker::complete`]: from the device's signature to the CSR with the challenge in it, and on to the CA.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{
    Certificate, Csr, UnixTime,
    algorithm::{CipherAlgorithm, KeyTransportAlgorithm},
    crypto::{CryptoProvider, SecureRandom, VerifyError},
};
use scep::{
    Capabilities, Capability, Method, Nonce, TransactionId,
    client::{self, Authority, ClientConfig, EnrolmentRequest, Fingerprint},
    message::{self, EnvelopeAlgorithms},
};

use super::{
    Admitted, BlindRecord, Broker, Entitlement, Error, SignedDigest, Step,
    step::{Exchange, Shared},
};
use crate::broker::{
    device,
    message::{Envelope, ToDevice},
    request_info::{Extended, is_sha2},
};

/// A CSR with the challenge in it, signed by the device that has not seen it. It does not leave the service but in an envelope for the
/// pinned CA.
#[derive(Debug)]
#[must_use]
pub struct Completed {
    csr: Csr,
    transport: Certificate,
    transaction_id: TransactionId,
    nonce: Nonce,
    pin: Fingerprint,
    crypto: CryptoProvider,
}

impl Broker {
    /// Compares the request once more with what is on record, makes the CSR with the challenge once more, and puts the signature to
    /// it.
    ///
    /// `record` is that of [`Prepared::record`](super::Prepared::record), taken out of where it was kept.
    ///
    /// # Errors
    /// - Those of [`Broker::prepare`].
    /// - [`Error::Blinding`] if the blinding is fresh, and there is no record for this CSR and profile at `now`.
    /// - [`Error::Transport`] if the transport certificate does not go with the CSR.
    /// - [`Error::Signature`] if the signature is not over that CSR: another digest was signed, or the challenge was changed in the
    ///   meantime.
    pub fn complete(
        &self,
        signed: &SignedDigest,
        entitlement: &Entitlement,
        record: Option<&BlindRecord>,
        _: Admitted,
        now: UnixTime,
    ) -> Result<Completed, Error> {
        let crate::broker::message::SignedDigest { profile, csr, signature, transport, transaction_id, nonce } =
            &signed.0;
        let algorithm = self.check(profile, csr, entitlement)?;
        device::check_transport(transport, csr, &self.crypto, now)?;
        let mut verdict = Err(Error::Blinding);
        for seed in self.seeds(csr, entitlement, record, now) {
            let extended = Extended::new(csr, algorithm, &entitlement.challenge, self.attribute, &seed)?;
            let completed = extended.complete(signature)?;
            match completed.verify(&self.crypto) {
                Ok(()) => {
                    return Ok(Completed {
                        csr: completed,
                        transport: transport.clone(),
                        transaction_id: transaction_id.clone(),
                        nonce: nonce.clone(),
                        pin: entitlement.pin.clone(),
                        crypto: self.crypto,
                    });
                }
                Err(error) => verdict = Err(Error::Signature(error)),
            }
        }
        verdict
    }
}

impl Completed {
    /// Submits it to the CA, as any client does: what the CA sees can't be told from a device's own request.
    ///
    /// `client` says how; its fingerprint is replaced by the pinned one, and an authority in it has to be below that.
    ///
    /// # Errors
    /// [`Error::Scep`] if no request can be made with these algorithms.
    pub fn submit(self, client: ClientConfig) -> Result<Step, Error> {
        let Self { csr, transport, transaction_id, nonce, pin, crypto } = self;
        let config = Arc::new(client.with_fingerprint(pin.clone()));
        let public_key = csr.public_key().to_owned();
        let request = EnrolmentRequest::from_csr(csr)
            .with_transport_certificate(transport.clone())
            .with_transaction_id(transaction_id.clone())
            .with_sender_nonce(nonce);
        let shared = Arc::new(Shared { pin, crypto, transport, transaction_id, public_key });
        match client::Step::start(config, request)? {
            client::Step::Exchange(exchange) => Ok(Step::Exchange(Exchange::new(shared, None, exchange))),
            _ => Err(Error::Unexpected),
        }
    }

    /// Hands the envelope to the device, which submits it by itself: the message for it. For CAs that only devices reach.
    ///
    /// It costs something. The device holds what it must not read, and can bring it to the CA changed as often as it likes: where the
    /// CA tells different failures apart, by failInfo or by the time it takes, it decrypts the challenge for the device piece by
    /// piece (Bleichenbacher's attack on PKCS#1 v1.5, Vaudenay's on CBC). A blinding is no help against that. Take OAEP where the
    /// CA has it, one-time challenges, or [`Completed::submit`]. This is also the variant that the patents of [`broker`](crate::broker)
    /// describe.
    ///
    /// `authority` and `capabilities` come from [`Call`](scep::client::Call) or from the profile, never from the device.
    ///
    /// # Errors
    /// - [`Error::NotPinned`] if `authority` is not below the pinned certificate.
    /// - [`Error::Capabilities`] if the CA states no SHA-2 or no AES.
    /// - [`Error::Build`] if the envelope can't be made.
    pub fn seal_for_submission_by_device(
        self,
        authority: &Authority,
        capabilities: &Capabilities,
        key_transport: KeyTransportAlgorithm,
        rng: &mut dyn SecureRandom,
    ) -> Result<Vec<u8>, Error> {
        if !self.pin.matches(authority.anchor(), &self.crypto) {
            return Err(Error::NotPinned);
        }
        let digest = capabilities.best_digest(&self.crypto).filter(|digest| is_sha2(*digest));
        let cipher = capabilities.best_cipher(&self.crypto).filter(|cipher| *cipher != CipherAlgorithm::DES_EDE3_CBC);
        let (Some(digest), Some(cipher)) = (digest, cipher) else { return Err(Error::Capabilities) };
        let algorithms = EnvelopeAlgorithms { cipher, key_transport };
        let envelope = message::seal(self.csr.as_der(), authority.recipient(), algorithms, &self.crypto, rng)?;
        let post = capabilities.supports(Capability::PostPkiOperation);
        let method = if post { Method::Post } else { Method::Get };
        let authority = authority.certificates().to_vec();
        Ok(ToDevice::Envelope(Envelope { envelope, authority, digest, algorithms, method }).to_der())
    }
}

impl From<VerifyError> for Error {
    fn from(error: VerifyError) -> Self {
        Self::Signature(error)
    }
}
