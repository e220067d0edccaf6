//! AES in GCM mode.

use alloc::vec::Vec;

use aes_gcm::{
    AeadInOut, AesGcm, KeyInit, TagSize,
    aead::{
        array::ArraySize,
        consts::{U12, U13, U14, U15, U16},
    },
    aes::cipher::{BlockCipherEncrypt, BlockSizeUser},
};
use zeroize::Zeroizing;

use crate::{
    algorithm::CipherAlgorithm,
    crypto::{AuthenticatedCipher, CipherFailed, ContentKey, Sealed},
    secret::Secret,
};

macro_rules! ciphers {
    ($($(#[$attribute:meta])* $name:ident = $cipher:ty, $algorithm:ident;)*) => {
        $($(#[$attribute])*
        #[derive(Clone, Copy, Debug)]
        #[expect(clippy::exhaustive_structs, reason = "a name for an algorithm, without parameters")]
        pub struct $name;

        impl AuthenticatedCipher for $name {
            fn algorithm(&self) -> CipherAlgorithm {
                CipherAlgorithm::$algorithm
            }

            fn seal(
                &self,
                key: &ContentKey,
                nonce: &[u8],
                data: &[u8],
                plaintext: &[u8],
            ) -> Result<Sealed, CipherFailed> {
                seal::<$cipher>(key, nonce, data, plaintext)
            }

            fn open(
                &self,
                key: &ContentKey,
                nonce: &[u8],
                data: &[u8],
                ciphertext: &[u8],
                tag: &[u8],
            ) -> Result<Secret, CipherFailed> {
                match tag.len() {
                    12 => open::<$cipher, U12>(key, nonce, data, ciphertext, tag),
                    13 => open::<$cipher, U13>(key, nonce, data, ciphertext, tag),
                    14 => open::<$cipher, U14>(key, nonce, data, ciphertext, tag),
                    15 => open::<$cipher, U15>(key, nonce, data, ciphertext, tag),
                    _ => open::<$cipher, U16>(key, nonce, data, ciphertext, tag),
                }
            }
        })*
    };
}

ciphers! {
    /// AES-128 in GCM mode (RFC 5084).
    Aes128Gcm = aes::Aes128, AES128_GCM;
    /// AES-192 in GCM mode (RFC 5084).
    Aes192Gcm = aes::Aes192, AES192_GCM;
    /// AES-256 in GCM mode (RFC 5084).
    Aes256Gcm = aes::Aes256, AES256_GCM;
}

fn seal<C: BlockSizeUser<BlockSize = U16> + BlockCipherEncrypt + KeyInit>(
    key: &ContentKey,
    nonce: &[u8],
    data: &[u8],
    plaintext: &[u8],
) -> Result<Sealed, CipherFailed> {
    let cipher = AesGcm::<C, U12>::new_from_slice(key.expose()).map_err(|_length| CipherFailed)?;
    let nonce = nonce.try_into().map_err(|_length| CipherFailed)?;
    let mut buffer: Vec<u8> = plaintext.to_vec();
    let tag = cipher.encrypt_inout_detached(nonce, data, buffer.as_mut_slice().into());
    let tag = tag.map_err(|_length| CipherFailed)?.to_vec();
    Ok(Sealed { ciphertext: buffer, tag })
}

fn open<C: BlockSizeUser<BlockSize = U16> + BlockCipherEncrypt + KeyInit, T: TagSize + ArraySize>(
    key: &ContentKey,
    nonce: &[u8],
    data: &[u8],
    ciphertext: &[u8],
    tag: &[u8],
) -> Result<Secret, CipherFailed> {
    let cipher = AesGcm::<C, U12, T>::new_from_slice(key.expose()).map_err(|_length| CipherFailed)?;
    let nonce = nonce.try_into().map_err(|_length| CipherFailed)?;
    let tag = tag.try_into().map_err(|_length| CipherFailed)?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let opened = cipher.decrypt_inout_detached(nonce, data, buffer.as_mut_slice().into(), tag);
    opened.map_err(|_tag| CipherFailed)?;
    Ok(Secret::new(core::mem::take(&mut buffer)))
}
