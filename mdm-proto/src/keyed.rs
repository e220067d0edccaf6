//! HMAC-SHA-256 (RFC 2104), and keys for it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use pki_core::{
    Secret,
    crypto::{RandomFailed, SecureRandom},
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// A fresh key of 32 octets.
pub(crate) fn key(rng: &mut dyn SecureRandom) -> Result<Secret, RandomFailed> {
    let mut octets = Zeroizing::new([0; 32]);
    rng.fill(&mut *octets)?;
    Ok(Secret::from(octets.as_slice()))
}

/// The HMAC of the concatenation of `parts` under a key of any length.
pub(crate) fn hash(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // RFC 2104 section 2: a key longer than a block is hashed, a shorter one filled up with zeros.
    let mut block = Zeroizing::new([0; 64]);
    let long = (key.len() > block.len()).then(|| Zeroizing::new(<[u8; 32]>::from(Sha256::digest(key))));
    let octets = long.as_ref().map_or(key, |hashed| hashed.as_slice());
    block.iter_mut().zip(octets).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<Sha256>::new(&(*block).into());
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    #[test]
    fn rfc4231_test_cases() {
        assert_eq!(
            hash(&[0x0b; 20], &[b"Hi ", b"There"]),
            hex!("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        );
        assert_eq!(
            hash(&[0xaa; 131], &[b"Test Using Larger Than Block-Size Key - Hash Key First"]),
            hex!("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        );
    }
}
