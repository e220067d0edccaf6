//! RFC 5083 and RFC 5084, on messages put together field by field.

use super::*;
use crate::{
    crypto::{AuthenticatedCipher, CipherFailed, Sealed},
    secret::Secret,
};

const NONCE: [u8; 12] = [0x1c; 12];

fn content_key() -> ContentKey {
    ContentKey::new(vec![7; 16])
}

/// An AuthEnvelopedData, each field as it will be written.
#[derive(Clone)]
struct Authenticated {
    content_type: Oid<'static>,
    cipher: Oid<'static>,
    parameters: Vec<u8>,
    ciphertext: Option<Vec<u8>>,
    attributes: Option<Vec<u8>>,
    mac: Vec<u8>,
    behind: Vec<u8>,
}

impl Authenticated {
    /// CONTENT under `content_key()`, with these attributes authenticated.
    fn new(attributes: Option<Vec<u8>>) -> Self {
        let data = attributes.as_ref().map(|attributes| element(Tag::SET, &[attributes])).unwrap_or_default();
        let sealed = rustcrypto::Aes128Gcm.seal(&content_key(), &NONCE, &data, CONTENT).unwrap();
        Self {
            content_type: oid::DATA,
            cipher: oid::AES128_GCM,
            parameters: element(Tag::SEQUENCE, &[&octet_string(&NONCE), &[2, 1, 16]]),
            ciphertext: Some(sealed.ciphertext),
            attributes,
            mac: octet_string(&sealed.tag),
            behind: vec![],
        }
    }

    /// With a tag and an announcement of its length.
    fn with_tag(self, announced: &[u8], tag: &[u8]) -> Self {
        let parameters = element(Tag::SEQUENCE, &[&octet_string(&NONCE), announced]);
        Self { parameters, mac: octet_string(tag), ..self }
    }

    fn encode(&self) -> Vec<u8> {
        encode_content_info(oid::AUTH_ENVELOPED_DATA, |w| {
            w.small_integer(0);
            w.constructed(Tag::SET, |w| w.raw(&recipient(1, RSA)));
            w.sequence(|w| {
                w.oid(self.content_type);
                AlgorithmIdentifier::new(self.cipher, Some(&self.parameters)).encode(w);
                if let Some(ciphertext) = &self.ciphertext {
                    w.primitive(Tag::context(0), ciphertext);
                }
            });
            if let Some(attributes) = &self.attributes {
                w.constructed(Tag::context_constructed(1), |w| w.raw(attributes));
            }
            w.raw(&self.mac);
            w.raw(&self.behind);
        })
    }

    fn decode_error(&self) -> DecodeError {
        EnvelopedData::from_ber(&self.encode(), Limits::DEFAULT).unwrap_err()
    }

    /// What is wrong with it before any key is used; if something is, there is no decryption either.
    fn check_with(&self, crypto: &CryptoProvider) -> Result<(), EnvelopeError> {
        let bytes = self.encode();
        let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        assert!(data.is_authenticated());
        let checked = data.wrapped_key(&data.recipients()[0], crypto).map(drop);
        assert_eq!(data.cipher_algorithm(crypto).map(drop), checked);
        if checked.is_err() {
            assert_eq!(data.decrypt(&content_key(), crypto), Err(CipherFailed));
        }
        checked
    }

    fn check(&self) -> Result<(), EnvelopeError> {
        self.check_with(&PROVIDER)
    }

    fn decrypt(&self) -> Result<Secret, CipherFailed> {
        EnvelopedData::from_ber(&self.encode(), Limits::DEFAULT).unwrap().decrypt(&content_key(), &PROVIDER)
    }

    fn opens(&self) -> bool {
        self.decrypt().is_ok_and(|content| content.matches(CONTENT))
    }
}

#[test]
fn rfc5083_s2_1_what_is_written() {
    let key = rsa_key();
    for (content_type, by_key) in [(oid::DATA, false), (oid::SIGNED_DATA, true)] {
        let by_name = CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL);
        let identifier = if by_key { CertificateIdentifier::SubjectKeyIdentifier(b"id") } else { by_name };
        let bytes = EnvelopedDataBuilder::new(CONTENT, CipherAlgorithm::AES256_GCM)
            .with_content_type(content_type)
            .add_recipient(identifier, public(&key), KeyTransportAlgorithm::RsaPkcs1)
            .build(&mut rng(), &PROVIDER)
            .unwrap();
        let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        // "It MUST be set to 0", whatever the recipients.
        assert_eq!((data.is_authenticated(), data.version(), data.content_type()), (true, 0, content_type));
        assert_eq!(data.cipher().oid, oid::AES256_GCM);
        assert_eq!(data.encrypted_content().unwrap().len(), CONTENT.len());
        // RFC 5084 section 3.2.
        let nonce = octet_string(data.iv().unwrap());
        assert_eq!(data.cipher().parameters.unwrap(), element(Tag::SEQUENCE, &[&nonce, &[2, 1, 16]]));
        assert_eq!(nonce.len(), 2 + 12);
        let attributes = data.authenticated_attributes().map(SignedAttributes::as_bytes);
        let expected = attribute(oid::CONTENT_TYPE, &[&oid_der(content_type)]);
        assert_eq!(attributes, (content_type != oid::DATA).then_some(expected.as_slice()));
        let wrapped = data.wrapped_key(&data.recipients()[0], &PROVIDER).unwrap();
        assert_eq!(wrapped.key_length(), 32);
        let content_key = key.unwrap_key(&wrapped, &mut rng()).unwrap();
        assert_eq!(data.decrypt(&content_key, &PROVIDER).unwrap().expose(), CONTENT);
        let wrong = ContentKey::new(vec![0; 32]);
        assert_eq!(data.decrypt(&wrong, &PROVIDER), Err(CipherFailed));
    }
}

#[test]
fn rfc5083_s2_2_attributes_are_authenticated_as_a_set_of() {
    let attributes = [attribute(oid::CONTENT_TYPE, &[&oid_der(oid::DATA)]), attribute(oid::SIGNING_TIME, &[NULL])];
    let message = Authenticated::new(Some(attributes.concat()));
    assert_eq!(message.check(), Ok(()));
    assert!(message.opens());
    let reversed = [&attributes[1][..], &attributes[0]].concat();
    assert!(!Authenticated { attributes: Some(reversed), ..message.clone() }.opens());
    assert!(!Authenticated { attributes: Some(attributes[0].clone()), ..message.clone() }.opens());
    assert!(!Authenticated { attributes: None, ..message }.opens());
    // None of them is not an empty set of them.
    assert!(Authenticated::new(None).opens());
    assert!(Authenticated::new(Some(vec![])).opens());
    assert!(!Authenticated { attributes: Some(vec![]), ..Authenticated::new(None) }.opens());
}

#[test]
fn rfc5083_s2_1_content_that_is_not_data_has_its_type_authenticated() {
    let typed = |content_type, attributes: Option<Vec<u8>>| {
        Authenticated { content_type, ..Authenticated::new(attributes) }.check()
    };
    let names = |oid| attribute(oid::CONTENT_TYPE, &[&oid_der(oid)]);
    let mismatch = Err(EnvelopeError::ContentTypeMismatch);
    assert_eq!(typed(oid::SIGNED_DATA, Some(names(oid::SIGNED_DATA))), Ok(()));
    assert_eq!(typed(oid::SIGNED_DATA, None), mismatch);
    assert_eq!(typed(oid::SIGNED_DATA, Some(attribute(oid::SIGNING_TIME, &[NULL]))), mismatch);
    assert_eq!(typed(oid::SIGNED_DATA, Some(names(oid::DATA))), mismatch);
    assert_eq!(typed(oid::DATA, Some(names(oid::DATA))), Ok(()));
    assert_eq!(typed(oid::DATA, Some(attribute(oid::SIGNING_TIME, &[NULL]))), Ok(()));
    assert_eq!(typed(oid::DATA, Some(names(oid::SIGNED_DATA))), mismatch);
    let twice = [names(oid::DATA), names(oid::DATA)].concat();
    assert_eq!(typed(oid::DATA, Some(twice)), mismatch);
    assert_eq!(typed(oid::DATA, Some(attribute(oid::CONTENT_TYPE, &[]))), mismatch);
    let octets = octet_string(oid::DATA.as_bytes());
    assert_eq!(typed(oid::DATA, Some(attribute(oid::CONTENT_TYPE, &[&octets]))), mismatch);
}

/// smallstep's pkcs7 writes the tag behind the ciphertext of an EnvelopedData.
#[test]
fn peers_6_2_gcm_in_an_enveloped_data_is_refused_by_name() {
    let sealed = rustcrypto::Aes128Gcm.seal(&content_key(), &NONCE, &[], CONTENT).unwrap();
    let appended = Writer::encode(|w| w.primitive(Tag::context(0), &[sealed.ciphertext, sealed.tag].concat()));
    let parameters = element(Tag::SEQUENCE, &[&octet_string(&NONCE), &[2, 1, 16]]);
    for parameters in [&parameters[..], &octet_string(&NONCE), IV, NULL] {
        let gcm = AlgorithmIdentifier::new(oid::AES128_GCM, Some(parameters));
        let bytes = envelope(&[&recipient(1, RSA)], gcm, &appended);
        let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        assert!(!data.is_authenticated());
        for crypto in [PROVIDER, CryptoProvider { authenticated_ciphers: &[], ..PROVIDER }] {
            let error = data.wrapped_key(&data.recipients()[0], &crypto).unwrap_err();
            assert_eq!(error, EnvelopeError::AuthenticatedCipher);
            assert_eq!(data.decrypt(&content_key(), &crypto), Err(CipherFailed));
        }
    }
}

#[test]
fn rfc5083_s2_1_cbc_in_an_auth_enveloped_data_is_refused_by_name() {
    let message = Authenticated { cipher: oid::AES128_CBC, parameters: IV.to_vec(), ..Authenticated::new(None) };
    for crypto in [PROVIDER, CryptoProvider { ciphers: &[], ..PROVIDER }] {
        assert_eq!(message.check_with(&crypto), Err(EnvelopeError::UnauthenticatedCipher));
    }
}

/// An algorithm that this crate does not know, of both kinds.
#[derive(Debug)]
struct Own;

impl AuthenticatedCipher for Own {
    fn algorithm(&self) -> CipherAlgorithm {
        CipherAlgorithm::gcm("own", oid::SIGNING_TIME, 16)
    }

    fn seal(&self, _: &ContentKey, _: &[u8], _: &[u8], _: &[u8]) -> Result<Sealed, CipherFailed> {
        Err(CipherFailed)
    }

    fn open(&self, _: &ContentKey, _: &[u8], _: &[u8], _: &[u8], _: &[u8]) -> Result<Secret, CipherFailed> {
        Ok(Secret::from("own"))
    }
}

impl crate::crypto::ContentCipher for Own {
    fn algorithm(&self) -> CipherAlgorithm {
        CipherAlgorithm::new("own", oid::SIGNING_TIME, 16, 16)
    }

    fn encrypt(&self, _: &ContentKey, _: &[u8], _: &[u8]) -> Result<Vec<u8>, CipherFailed> {
        Err(CipherFailed)
    }

    fn decrypt(&self, _: &ContentKey, _: &[u8], _: &[u8]) -> Result<Secret, CipherFailed> {
        Ok(Secret::from("own"))
    }
}

#[test]
fn ciphers_of_the_caller_are_told_apart_by_their_list() {
    let (own, none) = (oid::SIGNING_TIME, CryptoProvider { ciphers: &[], authenticated_ciphers: &[], ..PROVIDER });
    let authenticated = CryptoProvider { authenticated_ciphers: &[&Own], ..none };
    let plain = CryptoProvider { ciphers: &[&Own], ..none };
    let message = Authenticated { cipher: own, ..Authenticated::new(None) };
    assert_eq!(message.check_with(&authenticated), Ok(()));
    assert_eq!(message.check_with(&plain), Err(EnvelopeError::UnauthenticatedCipher));
    assert_eq!(message.check_with(&none), Err(EnvelopeError::UnsupportedCipher));
    let bytes = envelope(&[&recipient(1, RSA)], AlgorithmIdentifier::new(own, Some(IV)), &[]);
    let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    assert_eq!(data.cipher_algorithm(&plain).map(CipherAlgorithm::name), Ok("own"));
    assert_eq!(data.cipher_algorithm(&authenticated), Err(EnvelopeError::AuthenticatedCipher));
    assert_eq!(data.cipher_algorithm(&none), Err(EnvelopeError::UnsupportedCipher));
    let no_gcm = CryptoProvider { authenticated_ciphers: &[&rustcrypto::Aes256Gcm], ..PROVIDER };
    assert_eq!(Authenticated::new(None).check_with(&no_gcm), Err(EnvelopeError::UnsupportedCipher));
}

#[test]
fn rfc5084_s3_2_tags_of_12_to_16_octets() {
    let message = Authenticated::new(None);
    let tag = message.mac[2..].to_vec();
    for length in 12..=16_u8 {
        let cut_off = message.clone().with_tag(&[2, 1, length], &tag[..usize::from(length)]);
        assert_eq!(cut_off.check(), Ok(()));
        assert!(cut_off.opens(), "{length}");
    }
    // aes-ICVlen DEFAULT 12.
    assert!(message.clone().with_tag(&[], &tag[..12]).opens());
    let longer = [&tag[..], &[0]].concat();
    for (announced, tag) in [
        (&[][..], &tag[..]),
        (&[2, 1, 16], &tag[..12]),
        (&[2, 1, 12], &tag),
        (&[2, 1, 11], &tag[..11]),
        (&[2, 1, 0], &[]),
        (&[2, 1, 17], &longer),
    ] {
        assert_eq!(message.clone().with_tag(announced, tag).check(), Err(EnvelopeError::InvalidMac));
    }
    for position in 0..16 {
        let mut damaged = tag.clone();
        damaged[position] ^= 0x80;
        assert_eq!(message.clone().with_tag(&[2, 1, 16], &damaged).decrypt(), Err(CipherFailed));
    }
}

#[test]
fn rfc5084_s3_2_nonces_of_12_octets() {
    let with = |parameters: &[u8]| Authenticated { parameters: parameters.to_vec(), ..Authenticated::new(None) };
    let sixteen = [2, 1, 16];
    for parameters in [
        &element(Tag::SEQUENCE, &[&octet_string(&NONCE[1..]), &sixteen])[..],
        &element(Tag::SEQUENCE, &[&octet_string(&[0; 16]), &sixteen]),
        &element(Tag::SEQUENCE, &[&octet_string(&[]), &sixteen]),
        &element(Tag::SEQUENCE, &[&octet_string(&NONCE), &sixteen, NULL]),
        &element(Tag::SEQUENCE, &[&octet_string(&NONCE), &[2, 1, 0xff]]),
        &element(Tag::SEQUENCE, &[&sixteen]),
        &octet_string(&NONCE),
        NULL,
        &[],
    ] {
        assert_eq!(with(parameters).check(), Err(EnvelopeError::InvalidIv), "{parameters:02x?}");
    }
    // And the other way round.
    let iv = element(Tag::SEQUENCE, &[&octet_string(&[0; 16])]);
    let bytes = envelope(&[&recipient(1, RSA)], AlgorithmIdentifier::new(oid::AES128_CBC, Some(&iv)), &[]);
    let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    assert_eq!(data.cipher_algorithm(&PROVIDER), Err(EnvelopeError::InvalidIv));
}

#[test]
fn whatever_is_wrong_with_the_content_fails_alike() {
    let message = Authenticated::new(None);
    for position in 0..CONTENT.len() {
        let mut damaged = message.clone();
        damaged.ciphertext.as_mut().unwrap()[position] ^= 1;
        assert_eq!(damaged.decrypt(), Err(CipherFailed));
    }
    assert_eq!(Authenticated { ciphertext: Some(vec![]), ..message.clone() }.decrypt(), Err(CipherFailed));
    assert_eq!(Authenticated { ciphertext: None, ..message.clone() }.decrypt(), Err(CipherFailed));
    // Elsewhere is not empty.
    let sealed = rustcrypto::Aes128Gcm.seal(&content_key(), &NONCE, &[], &[]).unwrap();
    let empty = Authenticated { ciphertext: Some(vec![]), mac: octet_string(&sealed.tag), ..message };
    assert_eq!(empty.decrypt().unwrap().expose(), []);
    assert_eq!(Authenticated { ciphertext: None, ..empty }.decrypt(), Err(CipherFailed));
}

#[test]
fn rfc5083_s2_1_each_field_is_read() {
    let message = Authenticated::new(None);
    let in_pieces = [&hex!("2480 0401")[..], &message.mac[2..3], &hex!("040f"), &message.mac[3..], &[0, 0]].concat();
    assert!(Authenticated { mac: in_pieces, ..message.clone() }.opens());
    // unauthAttrs.
    let unauthenticated = element(Tag::context_constructed(2), &[&attribute(oid::SIGNING_TIME, &[NULL])]);
    assert!(Authenticated { behind: unauthenticated, ..message.clone() }.opens());
    let error = Authenticated { behind: NULL.to_vec(), ..message.clone() }.decode_error();
    assert_eq!(error.kind(), DecodeErrorKind::TrailingData);
    let error = Authenticated { mac: vec![], ..message.clone() }.decode_error();
    assert!(error.path().eq(["mac"]), "{error}");
    let indefinite = hex!("3080 0603550403 3100 0000").to_vec();
    let error = Authenticated { attributes: Some(indefinite), ..message.clone() }.decode_error();
    assert_eq!(error.kind(), DecodeErrorKind::IndefiniteLength);
    assert!(error.path().eq(["authAttrs"]), "{error}");
    let many = attribute(oid::SIGNING_TIME, &[NULL]).repeat(33);
    let error = Authenticated { attributes: Some(many), ..message }.decode_error();
    assert_eq!(error.kind(), DecodeErrorKind::TooMany);
    let bytes = encode_content_info(oid::AUTH_ENVELOPED_DATA, |w| {
        w.small_integer(0);
        w.constructed(Tag::SET, |w| w.raw(&recipient(1, RSA)));
        w.null();
    });
    let error = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap_err();
    assert!(error.path().eq(["authEncryptedContentInfo"]), "{error}");
}

#[test]
fn seal_errors_with_authentication() {
    let key = rsa_key();
    let seal = |cipher, rng: &mut dyn SecureRandom, crypto: &CryptoProvider| {
        let identifier = CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL);
        EnvelopedDataBuilder::new(CONTENT, cipher)
            .add_recipient(identifier, public(&key), KeyTransportAlgorithm::RsaPkcs1)
            .build(rng, crypto)
            .unwrap_err()
    };
    let none = CryptoProvider { authenticated_ciphers: &[], ..PROVIDER };
    let gcm = CipherAlgorithm::AES128_GCM;
    assert_eq!(seal(gcm, &mut rng(), &none), SealError::UnsupportedCipher(gcm));
    // 16 octets of key and 12 of nonce.
    assert_eq!(seal(gcm, &mut Failing(27), &PROVIDER), SealError::Random(RandomFailed));
    assert_eq!(seal(gcm, &mut Failing(28), &PROVIDER), SealError::Wrap(WrapFailed));
    let refusing = CryptoProvider { authenticated_ciphers: &[&Own], ..PROVIDER };
    assert_eq!(seal(AuthenticatedCipher::algorithm(&Own), &mut rng(), &refusing), SealError::Cipher(CipherFailed));
}
