//! Envelopes that are damaged in one way each, for whoever tries to tell these ways apart (RFC 3218, RFC 8894 section 7).

use pki_core::{Certificate, Csr};
use rsa::{BoxedUint, RsaPublicKey, hazmat, pkcs8::DecodePublicKey as _, traits::PublicKeyParts as _};

use crate::{
    TestRandom, fixtures,
    forge::{self, RawEnvelope},
};

/// Where an envelope is damaged. No more than one thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The encryptedKey is no RSAES-PKCS1-v1_5 block: what Bleichenbacher's attack asks.
    RsaPadding,
    /// It is one, with a content key that is too short or too long inside.
    KeyLength,
    /// The content key is right, the padding of the content is not: what Vaudenay's attack asks.
    CbcPadding,
    /// All of that is right, and the content is no CSR, or not by the key in it.
    Content,
}

impl Damage {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::RsaPadding, Self::KeyLength, Self::CbcPadding, Self::Content];

    /// Damages a good envelope, somewhere.
    ///
    /// # Panics
    /// If the recipient's key is not RSA.
    #[must_use]
    pub fn envelope(self, csr: &Csr, recipient: &Certificate, rng: &mut TestRandom) -> RawEnvelope {
        let mut envelope = RawEnvelope::new(csr.as_der(), recipient);
        let length = envelope.ciphertext.len();
        match self {
            Self::RsaPadding => envelope.recipients[0].1 = bad_block(recipient, rng),
            Self::KeyLength => {
                let wrong = [0, 1, 8, 15, 17, 24, 32, 64, 100, 117];
                let length = wrong[rng.below(wrong.len())];
                envelope.recipients[0].1 = forge::wrap(&rng.bytes(length), recipient);
            }
            Self::CbcPadding => {
                let padding = 16 - csr.as_der().len() % 16;
                // What the last octet of the plaintext becomes: 0 or more than a block; or all is right but one octet.
                let (back, change) = match rng.below(3) {
                    0 => (1, padding),
                    1 if padding > 1 => (2 + rng.below(padding - 1), 1 + rng.below(255)),
                    _ => (1, padding ^ (17 + rng.below(239))),
                };
                envelope.ciphertext[length - 16 - back] ^= u8::try_from(change).expect("an octet");
            }
            Self::Content => match rng.below(8) {
                0 => envelope = RawEnvelope::new(&rng.bytes(csr.as_der().len()), recipient),
                1 => envelope = RawEnvelope::new(stranger(csr).as_der(), recipient),
                // Not in the last two blocks, where it would be padding.
                _ => envelope.ciphertext[rng.below(length - 48)] ^= u8::try_from(1 + rng.below(255)).expect("an octet"),
            },
        }
        envelope
    }
}

/// The encryption of a block that is not `00 02`, eight octets or more that are not zero, a zero, and a content key.
fn bad_block(recipient: &Certificate, rng: &mut TestRandom) -> Vec<u8> {
    let key = RsaPublicKey::from_public_key_der(recipient.public_key().as_der()).expect("an RSA key");
    let size = key.size();
    let mut block: Vec<_> = (0..size).map(|_| u8::try_from(1 + rng.below(255)).expect("an octet")).collect();
    block[..2].copy_from_slice(&[0, 2]);
    let separator = size - 17;
    block[separator] = 0;
    match rng.below(5) {
        0 => block[0] = 1,
        1 => block[1] = 1,
        2 => block[2 + rng.below(8)] = 0,
        3 => block[separator] = 1,
        _ => block[1] = u8::try_from(3 + rng.below(253)).expect("an octet"),
    }
    let block = BoxedUint::from_be_slice(&block, key.n_bits_precision()).expect("less than the modulus");
    let encrypted = hazmat::rsa_encrypt(&key, &block).expect("a ciphertext").to_be_bytes();
    encrypted[encrypted.len() - size..].to_vec()
}

/// The same request, signed by somebody else.
fn stranger(csr: &Csr) -> Csr {
    let builder = pki_core::CsrBuilder::new(csr.subject().to_owned(), csr.public_key().to_owned());
    fixtures::sign_csr(&builder, fixtures::small_ca_key())
}
