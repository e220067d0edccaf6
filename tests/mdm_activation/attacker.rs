//! SPAKE2+ as RFC 9383 has it, on bare arithmetic, with everything in the open: for an attacker who tries passwords, and for a
//! device that shares no code with the library.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use mdm_proto::activation::password::ScryptParameters;
use p256::{
    ProjectivePoint, PublicKey, Scalar, U256,
    elliptic_curve::{ops::Reduce, sec1::ToSec1Point},
};
use pki_core::der::{Reader, Tag, Writer};
use sha2::{Digest, Sha256};

use crate::world::{DEVICE, SERVICE, USER};

/// What follows from a password.
#[derive(Clone, Copy)]
pub struct Guess {
    pub w0: Scalar,
    pub w1: Scalar,
}

/// Everything of a run that both sides hash.
pub struct Run<'a> {
    pub parameters: &'a [u8],
    pub share_p: ProjectivePoint,
    pub share_v: ProjectivePoint,
}

/// The keys of a run: both confirmations and `K_shared`.
#[derive(Debug, PartialEq, Eq)]
pub struct Keys {
    pub confirm_p: [u8; 32],
    pub confirm_v: [u8; 32],
    pub shared: [u8; 32],
}

/// M and N (section 4).
pub fn masks() -> (ProjectivePoint, ProjectivePoint) {
    let compressed = |hex: [u8; 33]| PublicKey::from_sec1_bytes(&hex).unwrap().to_projective();
    (
        compressed(hex_literal::hex!("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f")),
        compressed(hex_literal::hex!("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49")),
    )
}

/// A scalar of no particular secrecy.
pub fn scalar(seed: u64) -> Scalar {
    <Scalar as Reduce<U256>>::reduce(&U256::from_be_slice(&Sha256::digest(seed.to_be_bytes())))
}

impl Guess {
    /// Section 3.2.
    pub fn new(password: &str, salt: &[u8], scrypt: ScryptParameters) -> Self {
        let mut input = Vec::new();
        [password, USER, SERVICE].iter().for_each(|part| with_length(&mut input, part.as_bytes()));
        let mut output = [0; 80];
        let parameters = scrypt::Params::new(scrypt.log_n(), scrypt.r(), scrypt.p()).unwrap();
        scrypt::scrypt(&input, salt, &parameters, &mut output).unwrap();
        // Forty octets: the first eight times 2^256, and the rest.
        let reduced = |half: &[u8]| {
            let mut high = [0; 32];
            high[24..].copy_from_slice(&half[..8]);
            let part = |octets: &[u8]| <Scalar as Reduce<U256>>::reduce(&U256::from_be_slice(octets));
            let two_to_128 =
                part(&hex_literal::hex!("0000000000000000000000000000000100000000000000000000000000000000"));
            part(&high) * two_to_128 * two_to_128 + part(&half[8..])
        };
        Self { w0: reduced(&output[..40]), w1: reduced(&output[40..]) }
    }

    pub fn share_p(&self, x: Scalar) -> ProjectivePoint {
        ProjectivePoint::GENERATOR * x + masks().0 * self.w0
    }

    pub fn share_v(&self, y: Scalar) -> ProjectivePoint {
        ProjectivePoint::GENERATOR * y + masks().1 * self.w0
    }

    pub fn l(&self) -> ProjectivePoint {
        ProjectivePoint::GENERATOR * self.w1
    }
}

impl Run<'_> {
    /// What who knows x comes to.
    pub fn of_prover(&self, guess: &Guess, x: Scalar) -> Keys {
        let unmasked = self.share_v - masks().1 * guess.w0;
        self.keys(guess, unmasked * x, unmasked * guess.w1)
    }

    /// What who knows y comes to.
    pub fn of_verifier(&self, guess: &Guess, y: Scalar) -> Keys {
        let unmasked = self.share_p - masks().0 * guess.w0;
        self.keys(guess, unmasked * y, guess.l() * y)
    }

    /// Sections 3.3 and 3.4.
    pub fn keys(&self, guess: &Guess, z: ProjectivePoint, v: ProjectivePoint) -> Keys {
        let sender = Writer::encode(|w| w.sequence(|w| [text(USER), text(DEVICE)].iter().for_each(|text| w.raw(text))));
        let context = [
            b"mdm-proto activation by password, version 1, SPAKE2+ P256-SHA256-HKDF-SHA256-HMAC-SHA256".as_slice(),
            &sender,
            self.parameters,
        ]
        .concat();
        let (m, n) = masks();
        let mut transcript = Vec::new();
        for part in [
            context,
            USER.as_bytes().to_vec(),
            SERVICE.as_bytes().to_vec(),
            octets(m),
            octets(n),
            octets(self.share_p),
            octets(self.share_v),
            octets(z),
            octets(v),
            guess.w0.to_bytes().to_vec(),
        ] {
            with_length(&mut transcript, &part);
        }
        let kdf = Hkdf::<Sha256>::new(None, &Sha256::digest(&transcript));
        let (mut confirmation, mut shared) = ([0; 64], [0; 32]);
        kdf.expand(b"ConfirmationKeys", &mut confirmation).unwrap();
        kdf.expand(b"SharedKey", &mut shared).unwrap();
        let mac = |key: &[u8], share: ProjectivePoint| -> [u8; 32] {
            let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
            mac.chain_update(octets(share)).finalize().into_bytes().into()
        };
        Keys {
            confirm_p: mac(&confirmation[..32], self.share_v),
            confirm_v: mac(&confirmation[32..], self.share_p),
            shared,
        }
    }
}

/// A point, uncompressed. The identity, which has no such form, is one octet.
pub fn octets(point: ProjectivePoint) -> Vec<u8> {
    point.to_sec1_point(false).as_bytes().to_vec()
}

pub fn point(octets: &[u8]) -> ProjectivePoint {
    PublicKey::from_sec1_bytes(octets).unwrap().to_projective()
}

/// A message of a kind, with fields that [`field`] writes.
pub fn message(kind: u32, fields: &[Vec<u8>]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.small_integer(1);
            w.small_integer(kind);
            fields.iter().for_each(|field| w.raw(field));
        });
    })
}

pub fn text(text: &str) -> Vec<u8> {
    Writer::encode(|w| w.primitive(Tag::UTF8_STRING, text.as_bytes()))
}

pub fn string(octets: &[u8]) -> Vec<u8> {
    Writer::encode(|w| w.octet_string(octets))
}

pub fn hello() -> Vec<u8> {
    message(1, &[text(USER)])
}

pub fn share(point: ProjectivePoint) -> Vec<u8> {
    message(3, &[text(USER), text(DEVICE), string(&octets(point))])
}

pub fn proof(share_v: ProjectivePoint, confirm_v: [u8; 32]) -> Vec<u8> {
    message(4, &[string(&octets(share_v)), string(&confirm_v)])
}

/// The OCTET STRINGs of a message, in order.
pub fn strings(message: &[u8]) -> Vec<Vec<u8>> {
    let mut fields = Reader::new(message).sequence().unwrap();
    let mut strings = Vec::new();
    while !fields.is_empty() {
        let field = fields.any().unwrap();
        if field.tag() == Tag::OCTET_STRING {
            strings.push(field.content().to_vec());
        }
    }
    strings
}

fn with_length(out: &mut Vec<u8>, part: &[u8]) {
    out.extend_from_slice(&u64::try_from(part.len()).unwrap().to_le_bytes());
    out.extend_from_slice(part);
}
