//! Block ciphers in CBC mode, and their padding.

use alloc::vec::Vec;

use cbc::cipher::{Block, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use subtle::{ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};
use zeroize::Zeroizing;

use crate::{
    algorithm::CipherAlgorithm,
    crypto::{CipherFailed, ContentCipher, ContentKey},
    secret::Secret,
};

macro_rules! ciphers {
    ($($(#[$attribute:meta])* $name:ident = $cipher:ty, $algorithm:ident;)*) => {
        $($(#[$attribute])*
        #[derive(Clone, Copy, Debug)]
        #[expect(clippy::exhaustive_structs, reason = "a name for an algorithm, without parameters")]
        pub struct $name;

        $(#[$attribute])*
        impl ContentCipher for $name {
            fn algorithm(&self) -> CipherAlgorithm {
                CipherAlgorithm::$algorithm
            }

            fn encrypt(&self, key: &ContentKey, iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, CipherFailed> {
                encrypt::<cbc::Encryptor<$cipher>>(key, iv, plaintext)
            }

            fn decrypt(&self, key: &ContentKey, iv: &[u8], ciphertext: &[u8]) -> Result<Secret, CipherFailed> {
                decrypt::<cbc::Decryptor<$cipher>>(key, iv, ciphertext)
            }
        })*
    };
}

ciphers! {
    /// AES-128 in CBC mode (RFC 3565).
    Aes128Cbc = aes::Aes128, AES128_CBC;
    /// AES-192 in CBC mode (RFC 3565).
    Aes192Cbc = aes::Aes192, AES192_CBC;
    /// AES-256 in CBC mode (RFC 3565).
    Aes256Cbc = aes::Aes256, AES256_CBC;
    /// Triple DES with three keys in CBC mode (RFC 3370 section 5.1), for legacy peers. The parity of the key is not checked.
    DesEde3Cbc = des::TdesEde3, DES_EDE3_CBC;
    /// Single DES in CBC mode. Broken.
    #[cfg(feature = "legacy")]
    DesCbc = des::Des, DES_CBC;
}

fn encrypt<M: KeyIvInit + BlockModeEncrypt>(
    key: &ContentKey,
    iv: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, CipherFailed> {
    let mut mode = M::new_from_slices(key.expose(), iv).map_err(|_length| CipherFailed)?;
    let missing = M::block_size() - plaintext.len() % M::block_size();
    let filler = u8::try_from(missing).map_err(|_size| CipherFailed)?;
    let mut buffer = Vec::with_capacity(plaintext.len() + missing);
    buffer.extend_from_slice(plaintext);
    buffer.resize(plaintext.len() + missing, filler);
    let (blocks, _) = Block::<M>::slice_as_chunks_mut(&mut buffer);
    mode.encrypt_blocks(blocks);
    Ok(buffer)
}

fn decrypt<M: KeyIvInit + BlockModeDecrypt>(
    key: &ContentKey,
    iv: &[u8],
    ciphertext: &[u8],
) -> Result<Secret, CipherFailed> {
    let mut mode = M::new_from_slices(key.expose(), iv).map_err(|_length| CipherFailed)?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let (blocks, []) = Block::<M>::slice_as_chunks_mut(&mut buffer) else { return Err(CipherFailed) };
    mode.decrypt_blocks(blocks);
    let kept = unpadded_length(blocks.last().ok_or(CipherFailed)?, ciphertext.len())?;
    buffer.truncate(kept);
    Ok(Secret::new(core::mem::take(&mut buffer)))
}

/// How much is left without the padding of RFC 5652 section 6.3: the last octet says how many octets there are of it, from 1
/// to a block, and all are the same. Looks at the whole block whatever is in it.
fn unpadded_length(last_block: &[u8], length: usize) -> Result<usize, CipherFailed> {
    let block = u8::try_from(last_block.len()).map_err(|_size| CipherFailed)?;
    let padding = last_block.last().copied().unwrap_or(0);
    let mut good = !padding.ct_eq(&0) & !padding.ct_gt(&block);
    for (distance, octet) in (0..block).zip(last_block.iter().rev()) {
        let inside = padding.ct_gt(&distance);
        good &= !inside | octet.ct_eq(&padding);
    }
    let removed = u8::conditional_select(&0, &padding, good);
    if bool::from(good) { Ok(length.saturating_sub(usize::from(removed))) } else { Err(CipherFailed) }
}
