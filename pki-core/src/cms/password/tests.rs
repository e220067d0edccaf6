//! RFC 3211 section 3, and passwords as recipients.

use alloc::{format, vec};

use hex_literal::hex;

use super::*;
use crate::{
    algorithm::DigestAlgorithm,
    cms::{CertificateIdentifier, EnvelopedData, EnvelopedDataBuilder},
    crypto::{
        CipherFailed, ContentCipher, CryptoProvider, KeyDerivation, RandomFailed, UnwrapFailed, WrapFailed,
        rustcrypto::{self, PROVIDER, Random},
    },
    limits::Limits,
    oid::Oid,
};

const CONTENT: &[u8] = b"content";
const PASSWORD: &str = "challenge";
/// RFC 3211 section 3.
const SALT: &[u8] = &hex!("1234567878563412");
const PHRASE: &str = "All n-entities must communicate with other n-entities via n-1 entiteeheehees";

fn rng() -> Random<getrandom::SysRng> {
    Random(getrandom::SysRng)
}

/// Gives so many octets, then fails.
struct Failing(usize);

impl SecureRandom for Failing {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        self.0 = self.0.checked_sub(out.len()).ok_or(RandomFailed)?;
        out.fill(1);
        Ok(())
    }
}

/// Gives these octets.
struct Octets(&'static [u8]);

impl SecureRandom for Octets {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        let (given, rest) = self.0.split_at(out.len());
        out.copy_from_slice(given);
        self.0 = rest;
        Ok(())
    }
}

fn profile() -> PasswordProfile {
    PasswordProfile::DEFAULT.with_iterations(NonZeroU32::new(PasswordProfile::FEWEST_ITERATIONS).unwrap())
}

fn password_key() -> PasswordKey {
    PasswordKey::derive(&Secret::from(PASSWORD), profile(), &mut rng(), &PROVIDER).unwrap()
}

/// An EnvelopedData with this PasswordRecipientInfo for a key of AES-256, and no content.
fn envelope(recipients: &[u8]) -> Vec<u8> {
    crate::cms::encode_content_info(oid::ENVELOPED_DATA, |w| {
        w.small_integer(3);
        w.constructed(Tag::SET, |w| w.raw(recipients));
        w.sequence(|w| {
            w.oid(oid::DATA);
            let iv = Writer::encode(|w| w.octet_string(&[0; 16]));
            AlgorithmIdentifier::new(oid::AES256_CBC, Some(&iv)).encode(w);
        });
    })
}

fn wrapped_key_with(recipient: &[u8], crypto: &CryptoProvider) -> Result<PasswordWrappedKey, EnvelopeError> {
    let bytes = envelope(recipient);
    let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    data.password_wrapped_key(&data.password_recipients()[0], crypto)
}

fn wrapped_key(recipient: &[u8]) -> Result<PasswordWrappedKey, EnvelopeError> {
    wrapped_key_with(recipient, &PROVIDER)
}

fn element(tag: Tag, parts: &[&[u8]]) -> Vec<u8> {
    Writer::encode(|w| w.constructed(tag, |w| parts.iter().for_each(|part| w.raw(part))))
}

/// The fields of a PasswordRecipientInfo, each as it will be written.
struct Fields {
    derivation: Oid<'static>,
    salt: Vec<u8>,
    iterations: Vec<u8>,
    key_length: Vec<u8>,
    prf: Vec<u8>,
    encryption: Oid<'static>,
    cipher: Oid<'static>,
    iv: Vec<u8>,
}

impl Fields {
    fn new() -> Self {
        Self {
            derivation: oid::PBKDF2,
            salt: hex!("0408 1234567878563412").to_vec(),
            iterations: hex!("0202 01f4").to_vec(),
            key_length: vec![],
            prf: vec![],
            encryption: oid::PWRI_KEK,
            cipher: oid::AES128_CBC,
            iv: Writer::encode(|w| w.octet_string(&[0; 16])),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let parameters = element(Tag::SEQUENCE, &[&self.salt, &self.iterations, &self.key_length, &self.prf]);
        let derivation = Writer::encode(|w| w.oid(self.derivation));
        let cipher = element(Tag::SEQUENCE, &[&Writer::encode(|w| w.oid(self.cipher)), &self.iv]);
        let encryption = Writer::encode(|w| w.oid(self.encryption));
        element(
            PasswordRecipient::TAG,
            &[
                &hex!("020100"),
                &element(Tag::context_constructed(0), &[&derivation, &parameters]),
                &element(Tag::SEQUENCE, &[&encryption, &cipher]),
                &Writer::encode(|w| w.octet_string(&[0; 48])),
            ],
        )
    }

    fn error(&self) -> EnvelopeError {
        wrapped_key(&self.encode()).unwrap_err()
    }
}

#[test]
fn rfc3211_s3_a_256_bit_key_under_triple_des() {
    // The RFC prints 96 for the length of all; its own offsets add up to 111.
    let recipient = hex!(
        "a36f 020100"
        "a01b 06092a864886f70d01050c 300e 0408 1234567878563412 0202 01f4"
        "3023 060b2a864886f70d0109100309 3014 06082a864886f70d0307 0408 baf1ca7931213c4e"
        "0428 c03c514abdb9e2c5aac038572b5e24553876b377aafb82eca5a9d73f8ab143d9ec74e6cad7db260c"
    );
    let wrapped = wrapped_key(&recipient).unwrap();
    assert_eq!(wrapped.profile().iterations().get(), 500);
    assert_eq!(wrapped.profile().derivation(), KeyDerivationAlgorithm::Pbkdf2(DigestAlgorithm::SHA1));
    assert_eq!((wrapped.profile().cipher(), wrapped.key_length()), (CipherAlgorithm::DES_EDE3_CBC, 32));
    let key = wrapped.derive(&Secret::from(PHRASE), &PROVIDER).unwrap();
    assert_eq!(key.salt(), SALT);
    assert_eq!(key.key.expose(), hex!("6a8970bf68c92caea84a8df28510858607126380cc47ab2d"));
    let content_key = hex!("8c637d887223a2f965b566eb014b0fa5d52300a3f7ea40fffc577203c71baf3b");
    assert_eq!(wrapped.unwrap_key(&key, &mut rng(), &PROVIDER).unwrap().expose(), content_key);

    let padding = Octets(&hex!("baf1ca7931213c4e fa060a45"));
    let made = key.encode_recipient(&ContentKey::new(content_key.to_vec()), &mut { padding }, &PROVIDER);
    assert_eq!(made.unwrap(), recipient);
}

#[cfg(feature = "legacy")]
#[test]
fn rfc3211_s3_a_64_bit_key_under_des() {
    let kek = ContentKey::new(hex!("d1daa78615f287e6").to_vec());
    let derived = rustcrypto::Pbkdf2Sha1.derive(&Secret::from("password"), SALT, NonZeroU32::new(5).unwrap(), 8);
    assert_eq!(derived.expose(), kek.expose());
    let (iv, key) = (hex!("efe598ef21b33d6d"), hex!("8c627c897323a2f8"));
    let wrapped = hex!("b81b2565ee373ca6dedca26a178b0c10");
    let cipher = &rustcrypto::DesCbc;
    let made = wrap::wrap(cipher, &kek, &iv, &ContentKey::new(key.to_vec()), &mut Octets(&hex!("c436f541")));
    assert_eq!(made.unwrap(), wrapped);
    assert_eq!(wrap::unwrap(cipher, &kek, &iv, &wrapped, 8, &mut rng()).unwrap().expose(), key);
}

#[test]
fn rfc8894_s3_1_what_is_written_follows_the_profile() {
    let key = password_key();
    let bytes = EnvelopedDataBuilder::new(CONTENT, CipherAlgorithm::AES256_CBC)
        .add_password_recipient(&key)
        .build(&mut rng(), &PROVIDER)
        .unwrap();
    let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    // RFC 5652 section 6.1.
    assert_eq!(data.version(), 3);
    assert_eq!((data.recipients().len(), data.password_recipients().len(), data.other_recipients()), (0, 1, 0));
    let recipient = &data.password_recipients()[0];
    assert_eq!((recipient.version(), recipient.algorithm().oid), (0, oid::PWRI_KEK));
    assert_eq!(recipient.key_derivation().unwrap().oid, oid::PBKDF2);
    // The count, the check value and 32 octets fill three blocks.
    assert_eq!(recipient.encrypted_key().len(), 48);
    let wrapped = data.password_wrapped_key(recipient, &PROVIDER).unwrap();
    assert_eq!(wrapped.profile(), profile());
    assert_eq!(wrapped.profile().derivation(), KeyDerivationAlgorithm::PBKDF2_SHA256);
    assert_eq!(wrapped.profile().cipher(), CipherAlgorithm::AES128_CBC);
    let derived = wrapped.derive(&Secret::from(PASSWORD), &PROVIDER).unwrap();
    assert_eq!(derived, key);
    let content_key = wrapped.unwrap_key(&derived, &mut rng(), &PROVIDER).unwrap();
    assert_eq!(data.decrypt(&content_key, &PROVIDER).unwrap().expose(), CONTENT);
    assert_eq!(PasswordProfile::default().iterations().get(), 600_000);
}

#[test]
fn every_derivation_and_cipher_works() {
    for derivation in PROVIDER.key_derivations {
        for cipher in PROVIDER.ciphers {
            let profile = profile().with_derivation(derivation.algorithm()).with_cipher(cipher.algorithm());
            let key = PasswordKey::derive(&Secret::from(PASSWORD), profile, &mut rng(), &PROVIDER).unwrap();
            assert_eq!((key.profile(), key.salt().len()), (profile, 16));
            let content_key = ContentKey::new(vec![7; 32]);
            let recipient = key.encode_recipient(&content_key, &mut rng(), &PROVIDER).unwrap();
            let wrapped = wrapped_key(&recipient).unwrap();
            assert_eq!(wrapped.profile(), profile);
            assert_eq!(wrapped.unwrap_key(&key, &mut rng(), &PROVIDER).unwrap(), content_key);
        }
    }
}

#[test]
fn rfc3211_s2_3_2_whatever_is_wrong_gives_a_random_key() {
    let (key, content_key) = (password_key(), ContentKey::new(vec![7; 32]));
    let recipient = key.encode_recipient(&content_key, &mut rng(), &PROVIDER).unwrap();
    let good = wrapped_key(&recipient).unwrap();
    let unwrap = |wrapped: &PasswordWrappedKey, key: &PasswordKey| {
        let unwrapped = wrapped.unwrap_key(key, &mut rng(), &PROVIDER).unwrap();
        assert_eq!(unwrapped.expose().len(), wrapped.key_length);
        unwrapped
    };
    assert_eq!(unwrap(&good, &key), content_key);
    let random = |wrapped: &PasswordWrappedKey, key: &PasswordKey| {
        assert_ne!(unwrap(wrapped, key), unwrap(wrapped, key));
    };
    let wrong = good.derive(&Secret::from("Challenge"), &PROVIDER).unwrap();
    random(&good, &wrong);
    for position in 0..good.encrypted.len() {
        let mut damaged = good.clone();
        damaged.encrypted[position] ^= 1;
        random(&damaged, &key);
    }
    for length in [0, 15, 16, 31, 32, 47] {
        random(&PasswordWrappedKey { encrypted: good.encrypted[..length].to_vec(), ..good.clone() }, &key);
    }
    random(&PasswordWrappedKey { encrypted: vec![0; 1024], ..good.clone() }, &key);
    // A key of another length than the content cipher's.
    random(&PasswordWrappedKey { key_length: 24, ..good.clone() }, &key);
    random(&PasswordWrappedKey { key_length: 300, ..good }, &key);
}

#[test]
fn rfc3211_s2_3_2_count_and_check_value_are_looked_at() {
    let (kek, iv) = (ContentKey::new(vec![1; 16]), [2; 16]);
    let unwrap = |formatted: &[u8]| {
        let wrapped = wrap::wrap_formatted(&rustcrypto::Aes128Cbc, &kek, &iv, formatted).unwrap();
        wrap::unwrap(&rustcrypto::Aes128Cbc, &kek, &iv, &wrapped, 16, &mut Failing(16)).unwrap()
    };
    let mut formatted = [7; 32];
    formatted[..4].copy_from_slice(&[16, !7, !7, !7]);
    assert_eq!(unwrap(&formatted).expose(), [7; 16]);
    for position in 0..32 {
        let mut other = formatted;
        other[position] ^= 0x80;
        // What randomness gave; from the key on, any octet is right but the first three, which are checked.
        let rejected = unwrap(&other).expose() == [1; 16];
        assert_eq!(rejected, position < 7, "{position}");
    }
}

#[test]
fn what_does_not_depend_on_the_password_is_an_error() {
    let key = password_key();
    let recipient = key.encode_recipient(&ContentKey::new(vec![7; 32]), &mut rng(), &PROVIDER).unwrap();
    let wrapped = wrapped_key(&recipient).unwrap();
    assert_eq!(wrapped.unwrap_key(&password_key(), &mut rng(), &PROVIDER), Err(UnwrapFailed));
    assert_eq!(wrapped.unwrap_key(&key, &mut Failing(31), &PROVIDER), Err(UnwrapFailed));
    let no_aes = CryptoProvider { ciphers: &[&rustcrypto::DesEde3Cbc], ..PROVIDER };
    assert_eq!(wrapped.unwrap_key(&key, &mut rng(), &no_aes), Err(UnwrapFailed));
    let nothing = CryptoProvider { key_derivations: &[], ..PROVIDER };
    assert_eq!(wrapped.derive(&Secret::from(PASSWORD), &nothing), Err(UnwrapFailed));
}

#[test]
fn iterations_are_bounded_before_any_work() {
    /// Must not be asked.
    #[derive(Debug)]
    struct Untouched;
    impl KeyDerivation for Untouched {
        fn algorithm(&self) -> KeyDerivationAlgorithm {
            KeyDerivationAlgorithm::Pbkdf2(DigestAlgorithm::SHA1)
        }

        fn derive(&self, _: &Secret, _: &[u8], _: NonZeroU32, _: usize) -> Secret {
            panic!("iterations were run")
        }
    }
    let crypto = CryptoProvider { key_derivations: &[&Untouched], ..PROVIDER };
    let asking = |iterations: &[u8]| Fields { iterations: iterations.to_vec(), ..Fields::new() }.encode();
    for (iterations, requested) in [
        (&hex!("0205 0080000000")[..], 1 << 31),
        (&hex!("0204 7fffffff"), (1 << 31) - 1),
        (&hex!("0205 00ffffffff"), u64::from(u32::MAX)),
        (&hex!("0205 0100000000"), u64::from(u32::MAX)),
        (&hex!("0209 00ffffffffffffffff"), u64::from(u32::MAX)),
        (&hex!("0203 0f4241"), 1_000_001),
    ] {
        let error = wrapped_key_with(&asking(iterations), &crypto).unwrap_err();
        assert_eq!(error, EnvelopeError::TooManyIterations { requested, limit: 1_000_000 });
    }
    assert!(wrapped_key_with(&asking(&hex!("0203 0f4240")), &crypto).is_ok());
    // All recipients of a message together.
    let (half, more) = (asking(&hex!("0203 07a120")), asking(&hex!("0203 07a121")));
    assert!(wrapped_key_with(&[&half[..], &half].concat(), &crypto).is_ok());
    let error = wrapped_key_with(&[&half[..], &more].concat(), &crypto).unwrap_err();
    assert_eq!(error, EnvelopeError::TooManyIterations { requested: 1_000_001, limit: 1_000_000 });
    // As the caller says.
    let bytes = envelope(&half);
    let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT.with_iterations(499_999)).unwrap();
    let error = data.password_wrapped_key(&data.password_recipients()[0], &crypto).unwrap_err();
    assert_eq!(error, EnvelopeError::TooManyIterations { requested: 500_000, limit: 499_999 });
}

#[test]
fn parameters_are_checked_by_field() {
    let invalid = |fields: Fields, path: &[&str]| match fields.error() {
        EnvelopeError::InvalidPasswordRecipient(error) => assert!(error.path().eq(path.iter().copied()), "{error}"),
        other => panic!("{other}"),
    };
    let salt = |octets| Fields { salt: Writer::encode(|w| w.octet_string(octets)), ..Fields::new() };
    assert!(wrapped_key(&salt(&[1; 128]).encode()).is_ok());
    assert!(wrapped_key(&salt(&[1]).encode()).is_ok());
    invalid(salt(&[]), &["keyDerivationAlgorithm", "salt"]);
    invalid(salt(&[1; 129]), &["keyDerivationAlgorithm", "salt"]);
    // otherSource.
    invalid(Fields { salt: hex!("3000").to_vec(), ..Fields::new() }, &["keyDerivationAlgorithm", "salt"]);
    for iterations in [&hex!("020100")[..], &hex!("0201ff"), &hex!("0200"), &hex!("0400")] {
        let fields = Fields { iterations: iterations.to_vec(), ..Fields::new() };
        invalid(fields, &["keyDerivationAlgorithm", "iterationCount"]);
    }
    let key_length = |der: &[u8]| Fields { key_length: der.to_vec(), ..Fields::new() };
    assert!(wrapped_key(&key_length(&hex!("020110")).encode()).is_ok());
    for other in [&hex!("020100")[..], &hex!("02010f"), &hex!("020120"), &hex!("0205 00ffffffff")] {
        invalid(key_length(other), &["keyLength"]);
    }
    invalid(key_length(&hex!("0205 0100000000")), &["keyDerivationAlgorithm", "keyLength"]);
    invalid(Fields { prf: hex!("0500").to_vec(), ..Fields::new() }, &["keyDerivationAlgorithm", "prf"]);
    for iv in [&hex!("0408 0000000000000000")[..], &hex!("0500"), &[]] {
        invalid(Fields { iv: iv.to_vec(), ..Fields::new() }, &["keyEncryptionAlgorithm"]);
    }
}

#[test]
fn algorithms_are_known_or_refused_by_name() {
    let unknown = Fields { derivation: oid::DATA, ..Fields::new() };
    assert_eq!(unknown.error(), EnvelopeError::UnsupportedKeyDerivation);
    let md5 = Fields { prf: hex!("300a 06082a864886f70d0206").to_vec(), ..Fields::new() };
    assert_eq!(md5.error(), EnvelopeError::UnsupportedKeyDerivation);
    let sha2_only = CryptoProvider { key_derivations: &[&rustcrypto::Pbkdf2Sha256], ..PROVIDER };
    let sha1 = Fields::new().encode();
    assert_eq!(wrapped_key_with(&sha1, &sha2_only), Err(EnvelopeError::UnsupportedKeyDerivation));
    for encryption in [oid::DATA, oid::RSA_ENCRYPTION] {
        assert_eq!(Fields { encryption, ..Fields::new() }.error(), EnvelopeError::UnsupportedKeyTransport);
    }
    // Not in CBC mode, and single DES.
    for cipher in [oid::AES128_GCM, oid::DES_CBC] {
        assert_eq!(Fields { cipher, ..Fields::new() }.error(), EnvelopeError::UnsupportedKeyTransport);
    }
    // RFC 5652 section 6.2.4: without derivation, the key is agreed on elsewhere.
    let elsewhere = hex!("a30d 020100 3006 06042a030405 0400");
    assert_eq!(wrapped_key(&elsewhere), Err(EnvelopeError::UnsupportedKeyDerivation));
}

#[test]
fn rfc5652_s6_2_4_each_field_is_read() {
    for (recipient, field) in [
        (&hex!("a302 0400")[..], "version"),
        (&hex!("a307 020100 a002 0400"), "keyDerivationAlgorithm"),
        (&hex!("a305 020100 0400"), "keyEncryptionAlgorithm"),
        (&hex!("a309 020100 3004 06022a03"), "encryptedKey"),
    ] {
        let error = EnvelopedData::from_ber(&envelope(recipient), Limits::DEFAULT).unwrap_err();
        assert!(error.path().take(2).eq(["recipientInfos", field]), "{error}");
    }
    let trailing = hex!("a30d 020100 3004 06022a03 0400 0500");
    let error = EnvelopedData::from_ber(&envelope(&trailing), Limits::DEFAULT).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::TrailingData);
    let three = Fields::new().encode().repeat(3);
    let few = Limits { entries: 2, ..Limits::DEFAULT };
    let error = EnvelopedData::from_ber(&envelope(&three), few).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::TooMany);
}

#[test]
fn keys_are_kept_and_not_shown() {
    for derivation in PROVIDER.key_derivations {
        let profile = profile().with_derivation(derivation.algorithm()).with_cipher(CipherAlgorithm::AES256_CBC);
        let key = PasswordKey::derive(&Secret::from(PASSWORD), profile, &mut rng(), &PROVIDER).unwrap();
        let der = key.to_der();
        assert_eq!(PasswordKey::from_der(der.expose()), Ok(key));
    }
    let key = PasswordKey { profile: profile(), salt: vec![1; 4], key: Secret::from(&[0x5a; 16][..]) };
    assert!(!format!("{key:?}").contains("90, 90"));
    let der = key.to_der();
    let kind = |der: &[u8]| PasswordKey::from_der(der).unwrap_err().kind();
    assert_eq!(kind(&der.expose()[..9]), DecodeErrorKind::Truncated);
    assert_eq!(kind(&[der.expose(), &[0]].concat()), DecodeErrorKind::TrailingData);
    let with_cipher = |cipher| PasswordKey {
        profile: profile().with_cipher(cipher),
        salt: vec![1; 4],
        key: Secret::from(&[0; 16][..]),
    };
    for cipher in [CipherAlgorithm::AES256_CBC, CipherAlgorithm::AES128_GCM] {
        assert_eq!(kind(with_cipher(cipher).to_der().expose()), DecodeErrorKind::InvalidValue);
    }
    let without_salt = PasswordKey { salt: vec![], ..with_cipher(CipherAlgorithm::AES128_CBC) };
    assert_eq!(kind(without_salt.to_der().expose()), DecodeErrorKind::InvalidValue);
    let other = with_cipher(CipherAlgorithm::new("other", oid::DATA, 16, 16));
    assert_eq!(kind(other.to_der().expose()), DecodeErrorKind::InvalidValue);
    let mut unknown = der.expose().to_vec();
    let pbkdf2 = unknown.windows(2).position(|octets| octets == [5, 12]).unwrap();
    unknown[pbkdf2 + 1] = 13;
    assert_eq!(kind(&unknown), DecodeErrorKind::InvalidValue);
}

#[test]
fn derive_errors() {
    let derive = |profile, rng: &mut dyn SecureRandom, crypto: &CryptoProvider| {
        PasswordKey::derive(&Secret::from(PASSWORD), profile, rng, crypto).unwrap_err()
    };
    let few = profile().with_iterations(NonZeroU32::new(9_999).unwrap());
    assert_eq!(derive(few, &mut rng(), &PROVIDER), DeriveError::TooFewIterations(9_999));
    assert_eq!(derive(profile(), &mut Failing(15), &PROVIDER), DeriveError::Random(RandomFailed));
    for cipher in [CipherAlgorithm::AES128_GCM, CipherAlgorithm::DES_CBC] {
        assert_eq!(
            derive(profile().with_cipher(cipher), &mut rng(), &PROVIDER),
            DeriveError::UnsupportedCipher(cipher)
        );
    }
    let md5 = KeyDerivationAlgorithm::Pbkdf2(DigestAlgorithm::MD5);
    let unsupported = derive(profile().with_derivation(md5), &mut rng(), &PROVIDER);
    assert_eq!(unsupported, DeriveError::UnsupportedKeyDerivation(md5));
    let nothing = CryptoProvider { key_derivations: &[], ..PROVIDER };
    let sha256 = KeyDerivationAlgorithm::PBKDF2_SHA256;
    assert_eq!(derive(profile(), &mut rng(), &nothing), DeriveError::UnsupportedKeyDerivation(sha256));
}

/// A cipher in CBC mode that fails, or has no blocks.
#[derive(Debug)]
struct Broken {
    block_length: usize,
}

impl ContentCipher for Broken {
    fn algorithm(&self) -> CipherAlgorithm {
        CipherAlgorithm::new("broken", oid::AES128_CBC, 16, self.block_length)
    }

    fn encrypt(&self, _: &ContentKey, _: &[u8], _: &[u8]) -> Result<Vec<u8>, CipherFailed> {
        Err(CipherFailed)
    }

    fn decrypt(&self, _: &ContentKey, _: &[u8], _: &[u8]) -> Result<Secret, CipherFailed> {
        Err(CipherFailed)
    }
}

#[test]
fn seal_errors() {
    let key = password_key();
    let seal = |rng: &mut dyn SecureRandom, crypto: &CryptoProvider| {
        let builder = EnvelopedDataBuilder::new(CONTENT, CipherAlgorithm::AES256_CBC).add_password_recipient(&key);
        builder.build(rng, crypto).unwrap_err()
    };
    // 32 octets of content key, 16 of its IV, 16 of the IV of the wrapping, 12 of padding.
    assert_eq!(seal(&mut Failing(48), &PROVIDER), SealError::Random(RandomFailed));
    assert_eq!(seal(&mut Failing(64), &PROVIDER), SealError::Wrap(WrapFailed));
    let no_kek = CryptoProvider { ciphers: &[&rustcrypto::Aes256Cbc], ..PROVIDER };
    assert_eq!(seal(&mut rng(), &no_kek), SealError::UnsupportedCipher(CipherAlgorithm::AES128_CBC));
    for block_length in [0, 16] {
        let wrapped = wrap::wrap(
            &Broken { block_length },
            &ContentKey::new(vec![]),
            &[],
            &ContentKey::new(vec![7; 16]),
            &mut rng(),
        );
        assert_eq!(wrapped, Err(WrapFailed));
        let random =
            wrap::unwrap(&Broken { block_length }, &ContentKey::new(vec![]), &[], &[0; 32], 16, &mut Failing(16));
        assert_eq!(random.unwrap().expose(), [1; 16]);
    }
    // RFC 3211 section 2.3.1: one octet counts, and three are checked.
    for length in [2, 256] {
        let content_key = ContentKey::new(vec![7; length]);
        let wrapped = key.encode_recipient(&content_key, &mut rng(), &PROVIDER);
        assert_eq!(wrapped, Err(SealError::Wrap(WrapFailed)));
    }
}

#[test]
fn versions_of_envelopes_with_several_recipients() {
    let (key, rsa) =
        (password_key(), rustcrypto::PrivateKey::generate(crate::KeyKind::Rsa { bits: 1024 }, &mut rng()).unwrap());
    let public = crate::crypto::Signer::public_key(&rsa).as_ref();
    let identifier = CertificateIdentifier::SubjectKeyIdentifier(b"id");
    let bytes = EnvelopedDataBuilder::new(CONTENT, CipherAlgorithm::AES128_CBC)
        .add_password_recipient(&key)
        .add_recipient(identifier, public, crate::algorithm::KeyTransportAlgorithm::RsaPkcs1)
        .build(&mut rng(), &PROVIDER)
        .unwrap();
    let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    assert_eq!((data.version(), data.recipients().len(), data.password_recipients().len()), (3, 1, 1));
    let wrapped = data.password_wrapped_key(&data.password_recipients()[0], &PROVIDER).unwrap();
    let content_key = wrapped.unwrap_key(&key, &mut rng(), &PROVIDER).unwrap();
    assert_eq!(data.decrypt(&content_key, &PROVIDER).unwrap().expose(), CONTENT);
    // A reader that has only ciphers of the content: GCM is not looked for.
    let gcm_only = CryptoProvider { ciphers: &[], ..PROVIDER };
    let error = data.password_wrapped_key(&data.password_recipients()[0], &gcm_only).unwrap_err();
    assert_eq!(error, EnvelopeError::UnsupportedCipher);
}
