//! Which RSA keys the platforms' clients make.

use alloc::vec::Vec;

use super::{Field, Loss, LoweringError, Reason};
use crate::profile::{KeyAlgorithm, KeySpec};

/// The size of RSA key that is written for a key: the smallest that is not weaker, of those that Apple and Windows know.
pub(super) fn rsa_bits(key: KeySpec, losses: &mut Vec<Loss>) -> Result<u16, LoweringError> {
    let bits = match key.algorithm() {
        KeyAlgorithm::Rsa { bits } => bits,
        KeyAlgorithm::Ec(curve) => return Err(LoweringError::EcUnavailable(curve)),
    };
    let written = SIZES.into_iter().find(|size| *size >= bits).ok_or(LoweringError::KeySize { bits })?;
    if written != bits {
        losses.push(Loss::clamped(Field::KeySize, bits.into(), written.into(), Reason::NotOffered));
    }
    if written < STRONG {
        losses.push(Loss::warning(Field::KeySize, Reason::Weak));
    }
    Ok(written)
}

const SIZES: [u16; 3] = [1024, 2048, 4096];
const STRONG: u16 = 2048;
