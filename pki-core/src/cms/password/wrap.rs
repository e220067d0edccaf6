//! The key wrap of RFC 3211 section 2.3: a formatted key, encrypted twice in CBC mode without padding.
//!
//! A [`ContentCipher`] pads. What it makes of whole blocks begins with their encryption without padding, and the one block
//! behind that, which is made of padding alone, is taken off here, and put on again to decrypt.

use alloc::vec::Vec;

use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::{
    crypto::{CipherFailed, ContentCipher, ContentKey, SecureRandom, UnwrapFailed, WrapFailed},
    secret::Secret,
};

/// Wraps `key`.
pub(super) fn wrap(
    cipher: &dyn ContentCipher,
    kek: &ContentKey,
    iv: &[u8],
    key: &ContentKey,
    rng: &mut dyn SecureRandom,
) -> Result<Vec<u8>, WrapFailed> {
    let block = cipher.algorithm().block_length();
    let (Ok(count), octets @ [first, second, third, ..]) = (u8::try_from(key.expose().len()), key.expose()) else {
        return Err(WrapFailed);
    };
    let used = octets.len() + HEADER;
    let length = used.max(2 * block).checked_next_multiple_of(block).ok_or(WrapFailed)?;
    let mut formatted = Zeroizing::new(Vec::with_capacity(length));
    formatted.extend_from_slice(&[count, !first, !second, !third]);
    formatted.extend_from_slice(octets);
    formatted.resize(length, 0);
    rng.fill(formatted.get_mut(used..).unwrap_or_default()).map_err(|_failed| WrapFailed)?;
    wrap_formatted(cipher, kek, iv, &formatted).map_err(|CipherFailed| WrapFailed)
}

/// The content key inside, or a *random* one of `length` octets if there is none of that length: which of the two does not
/// show, so that what fails later fails as one, as with key transport (RFC 3218).
pub(super) fn unwrap(
    cipher: &dyn ContentCipher,
    kek: &ContentKey,
    iv: &[u8],
    wrapped: &[u8],
    length: usize,
    rng: &mut dyn SecureRandom,
) -> Result<ContentKey, UnwrapFailed> {
    let mut key = Zeroizing::new(alloc::vec![0; length]);
    rng.fill(&mut key).map_err(|_failed| UnwrapFailed)?;
    // How long it is everybody sees.
    let formatted = unwrap_formatted(cipher, kek, iv, wrapped).unwrap_or_else(|CipherFailed| Secret::new(Vec::new()));
    let header = formatted.expose().split_first_chunk::<HEADER>();
    let parts = header.and_then(|(header, octets)| Some((header, octets.get(..length)?)));
    if let (Some(([count, check @ ..], octets)), Ok(expected)) = (parts, u8::try_from(length)) {
        let mut good = count.ct_eq(&expected);
        for (check, octet) in check.iter().zip(octets) {
            good &= octet.ct_eq(&!check);
        }
        key.iter_mut().zip(octets).for_each(|(to, from)| to.conditional_assign(from, good));
    }
    Ok(ContentKey::new(core::mem::take(&mut key)))
}

/// RFC 3211 section 2.3.1, key wrapping.
pub(super) fn wrap_formatted(
    cipher: &dyn ContentCipher,
    kek: &ContentKey,
    iv: &[u8],
    formatted: &[u8],
) -> Result<Vec<u8>, CipherFailed> {
    let once = encrypt_blocks(cipher, kek, iv, formatted)?;
    let (_, last) = split_last_block(cipher, &once)?;
    encrypt_blocks(cipher, kek, last, &once)
}

/// RFC 3211 section 2.3.2, key unwrapping.
fn unwrap_formatted(
    cipher: &dyn ContentCipher,
    kek: &ContentKey,
    iv: &[u8],
    wrapped: &[u8],
) -> Result<Secret, CipherFailed> {
    if wrapped.len() > LONGEST {
        return Err(CipherFailed);
    }
    let (before, last) = split_last_block(cipher, wrapped)?;
    let (_, last_but_one) = split_last_block(cipher, before)?;
    let inner_last = decrypt_blocks(cipher, kek, last_but_one, last)?;
    let once = decrypt_blocks(cipher, kek, inner_last.expose(), wrapped)?;
    decrypt_blocks(cipher, kek, iv, once.expose())
}

fn encrypt_blocks(
    cipher: &dyn ContentCipher,
    kek: &ContentKey,
    iv: &[u8],
    blocks: &[u8],
) -> Result<Vec<u8>, CipherFailed> {
    let mut encrypted = cipher.encrypt(kek, iv, blocks)?;
    encrypted.truncate(blocks.len());
    Ok(encrypted)
}

fn decrypt_blocks(
    cipher: &dyn ContentCipher,
    kek: &ContentKey,
    iv: &[u8],
    blocks: &[u8],
) -> Result<Secret, CipherFailed> {
    let (_, last) = split_last_block(cipher, blocks)?;
    let padding = cipher.encrypt(kek, last, &[])?;
    cipher.decrypt(kek, iv, &[blocks, &padding].concat())
}

/// What is before the last block, and that.
fn split_last_block<'a>(cipher: &dyn ContentCipher, blocks: &'a [u8]) -> Result<(&'a [u8], &'a [u8]), CipherFailed> {
    let before = blocks.len().checked_sub(cipher.algorithm().block_length()).ok_or(CipherFailed)?;
    blocks.split_at_checked(before).ok_or(CipherFailed)
}

/// The count and the check value.
const HEADER: usize = 4;

/// More than a count of 255, the check value and a block can make.
const LONGEST: usize = 512;
