//! SPAKE2+ (RFC 9383) as this dialogue runs it.

use alloc::vec::Vec;
use core::convert::Infallible;

use pki_core::der::Writer;
use rand_core::{TryCryptoRng, TryRng};
use spake2plus::{
    ConfirmP, ConfirmV, Context, P256Sha256, Prover, ProverSecret, ShareP, ShareV, SharedKey, Verifier,
    VerifierConfirming, VerifierRecord,
};
use zeroize::Zeroizing;

use super::{
    ActivationPassword,
    identifier::{ServiceName, UserId},
    message::{Message, Parameters, Proof, Sender},
    scrypt_parameters::ScryptParameters,
};
use crate::keyed;

/// The one suite of version 1: P256-SHA256-HKDF-SHA256-HMAC-SHA256.
pub(super) type Suite = P256Sha256;
/// A share: a point, uncompressed.
pub(super) type Share = [u8; 65];
/// A confirmation: a MAC.
pub(super) type Confirmation = [u8; 32];
/// What a device makes of the password.
pub(super) type DeviceSecret = ProverSecret<Suite>;
/// What a service keeps of it.
pub(super) type ServiceVerifier = VerifierRecord<Suite>;

/// w0 and w1 of a password (RFC 9383 section 3.2); none where scrypt gave a zero, which it does not.
pub(super) fn derive(
    password: &ActivationPassword,
    (user, service): (&UserId, &ServiceName),
    salt: &[u8],
    parameters: ScryptParameters,
) -> Option<DeviceSecret> {
    let parts = [password.expose(), user.as_str().as_bytes(), service.as_str().as_bytes()];
    let mut input = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum()));
    for part in parts {
        // Memory ends before 64 bits do.
        input.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        input.extend_from_slice(part);
    }
    let parameters = scrypt::Params::new(parameters.log_n(), parameters.r(), parameters.p()).ok()?;
    let mut output = Zeroizing::new([0; PBKDF_OUTPUT]);
    scrypt::scrypt(&input, salt, &parameters, &mut *output).ok()?;
    DeviceSecret::from_pbkdf_output(&*output).ok()
}

/// The device's first half of a run.
pub(super) fn start(secret: &DeviceSecret, bound: &Bound<'_>, seed: &[u8; 32]) -> (Prover<Suite>, Share) {
    let (prover, share) = Prover::start(secret, &bound.context(), &mut Seeded::new(seed));
    (prover, *share.as_bytes())
}

/// The device's second half: its confirmation and the key, if the service's confirmation is right. None also where the service
/// sent a share that leaves nothing secret.
pub(super) fn confirm(prover: Prover<Suite>, (share, confirmation): Peer) -> Option<(Confirmation, SharedKey<Suite>)> {
    let (confirmation, key) = prover.receive(&share).ok()?.finish(&confirmation).ok()?;
    Some((*confirmation.as_bytes(), key))
}

/// The service's share and confirmation, as they came.
pub(super) type Peer = (ShareV<Suite>, ConfirmV<Suite>);

/// The service's share and confirmation; none unless the share is a point of the group other than the identity (RFC 9383
/// section 3.3).
pub(super) fn peer(proof: &Proof) -> Option<Peer> {
    Some((ShareV::from_bytes(&proof.share).ok()?, ConfirmV::from_bytes(&proof.confirmation).ok()?))
}

/// The device's share, if it is a point of the group other than the identity.
pub(super) fn device_share(share: &Share) -> Option<ShareP<Suite>> {
    ShareP::from_bytes(share).ok()
}

/// The service's side of a run, all of it up to what the device says: the same from the same seed.
pub(super) struct ServiceRun {
    pub(super) proof: Proof,
    confirming: VerifierConfirming<Suite>,
}

impl ServiceRun {
    /// None for a share that leaves nothing secret, which takes the right password to make.
    pub(super) fn new(
        verifier: &ServiceVerifier,
        bound: &Bound<'_>,
        share: &ShareP<Suite>,
        seed: &[u8; 32],
    ) -> Option<Self> {
        let (run, own_share) = Verifier::start(verifier, &bound.context(), &mut Seeded::new(seed));
        let (confirming, confirmation) = run.receive(share).ok()?;
        Some(Self { proof: Proof { share: *own_share.as_bytes(), confirmation: *confirmation.as_bytes() }, confirming })
    }

    /// The key, if the device's confirmation is right.
    pub(super) fn finish(self, confirmation: &Confirmation) -> Option<SharedKey<Suite>> {
        self.confirming.finish(&ConfirmP::from_bytes(confirmation).ok()?).ok()
    }
}

/// What a run is bound to, beside the password: both identities, and in the context the protocol, its version, its suite, user
/// and device, and the message with the salt and the cost of scrypt.
pub(super) struct Bound<'a> {
    user: &'a UserId,
    service: &'a ServiceName,
    context: Vec<u8>,
}

impl<'a> Bound<'a> {
    pub(super) fn new(sender: &'a Sender, parameters: &'a Parameters) -> Self {
        let mut context = CONTEXT.to_vec();
        context.extend(Writer::encode(|w| w.sequence(|w| sender.encode(w))));
        context.extend(Message::parameters(parameters));
        Self { user: &sender.user, service: &parameters.service, context }
    }

    fn context(&self) -> Context<'_> {
        Context {
            context: &self.context,
            prover_id: self.user.as_str().as_bytes(),
            verifier_id: self.service.as_str().as_bytes(),
        }
    }
}

/// HMAC-SHA256 of a counter under a seed: the generator that a run takes its scalar from, so that a service can come to the
/// same scalar again without having kept it.
struct Seeded {
    seed: Zeroizing<[u8; 32]>,
    blocks: u64,
}

impl Seeded {
    fn new(seed: &[u8; 32]) -> Self {
        Self { seed: Zeroizing::new(*seed), blocks: 0 }
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(32) {
            let block = Zeroizing::new(keyed::hash(&*self.seed, &[&self.blocks.to_be_bytes()]));
            chunk.iter_mut().zip(block.iter()).for_each(|(to, from)| *to = *from);
            self.blocks = self.blocks.wrapping_add(1);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

/// w0s and w1s: 40 octets each, 64 bits more than the order has (RFC 9383 section 3.2).
const PBKDF_OUTPUT: usize = 80;
const CONTEXT: &[u8] = b"mdm-proto activation by password, version 1, SPAKE2+ P256-SHA256-HKDF-SHA256-HMAC-SHA256";

#[cfg(test)]
mod tests;
