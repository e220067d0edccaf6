//! [`ToBeSigned`]: the one way to everything that the family signs.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use crate::{
    algorithm::SignatureAlgorithm,
    crypto::{SecureRandom, SignFailed, Signature, Signer},
};

/// Something complete but for its signature: a CSR, a certificate, a pkiMessage.
///
/// Nothing is used up by a signature that fails: sign again.
///
/// Sign it in place with [`sign_with`](Self::sign_with), or take [`message`](Self::message) to where the key is (an HSM, a
/// remote signer, another thread) and bring the signature back with [`attach`](Self::attach).
#[must_use = "nothing is signed yet"]
pub struct ToBeSigned<T> {
    message: Vec<u8>,
    algorithm: SignatureAlgorithm,
    finish: Finish<T>,
}

type Finish<T> = Arc<dyn Fn(&[u8], Signature) -> T + Send + Sync>;

impl<T> ToBeSigned<T> {
    /// From the bytes to sign, the algorithm to sign them with, and what to do with both once there is a signature.
    pub fn new(
        message: Vec<u8>,
        algorithm: SignatureAlgorithm,
        finish: impl Fn(&[u8], Signature) -> T + Send + Sync + 'static,
    ) -> Self {
        Self { message, algorithm, finish: Arc::new(finish) }
    }

    /// The bytes to sign, not hashed.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The algorithm to sign them with; it is already named inside.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Attaches a signature over [`message`](Self::message) made elsewhere. It is not verified here.
    #[must_use]
    pub fn attach(&self, signature: Signature) -> T {
        (self.finish)(&self.message, signature)
    }

    /// Signs in place.
    ///
    /// # Errors
    /// [`SignFailed`] if the signer does not know the algorithm, or fails.
    pub fn sign_with(&self, signer: &dyn Signer, rng: &mut dyn SecureRandom) -> Result<T, SignFailed> {
        let signature = signer.sign(self.algorithm, &self.message, rng)?;
        Ok(self.attach(signature))
    }

    /// The same, with `then` applied to what comes out.
    pub fn map<U>(self, then: impl Fn(T) -> U + Send + Sync + 'static) -> ToBeSigned<U>
    where
        T: 'static,
    {
        let finish = self.finish;
        ToBeSigned::new(self.message, self.algorithm, move |message, signature| then(finish(message, signature)))
    }
}

impl<T> Clone for ToBeSigned<T> {
    fn clone(&self) -> Self {
        Self { message: self.message.clone(), algorithm: self.algorithm, finish: Arc::clone(&self.finish) }
    }
}

impl<T> fmt::Debug for ToBeSigned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToBeSigned")
            .field("message", &format_args!("{} octets", self.message.len()))
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
