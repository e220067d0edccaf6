//! RFC 5652 by the numbers of the conformance catalogue, on messages put together field by field.

mod authenticated;

use alloc::{vec, vec::Vec};

use hex_literal::hex;

use super::*;
use crate::{
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    crypto::{
        ContentKey, CryptoProvider, Decrypter, RandomFailed, SecureRandom, Signer, VerifyError, WrapFailed,
        rustcrypto::{self, PROVIDER, PrivateKey, Random},
    },
    der::{Reader, Tag, Writer},
    key::{KeyKind, PublicKeyRef},
    oid,
};

const CONTENT: &[u8] = b"content";
const ISSUER: &[u8] = &hex!("300d310b3009060355040613025553");
const SERIAL: &[u8] = &[0x05];
/// SHA-256 of CONTENT, by `openssl dgst`.
const CONTENT_SHA256: [u8; 32] = hex!("ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73");
/// SHA-256 of nothing (FIPS 180-4 examples).
const EMPTY_SHA256: [u8; 32] = hex!("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

fn rng() -> Random<getrandom::SysRng> {
    Random(getrandom::SysRng)
}

fn ec_key() -> PrivateKey {
    PrivateKey::generate(KeyKind::P256, &mut rng()).unwrap()
}

fn rsa_key() -> PrivateKey {
    PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, &mut rng()).unwrap()
}

fn public(key: &PrivateKey) -> PublicKeyRef<'_> {
    Signer::public_key(key).as_ref()
}

fn element(tag: Tag, parts: &[&[u8]]) -> Vec<u8> {
    Writer::encode(|w| w.constructed(tag, |w| parts.iter().for_each(|part| w.raw(part))))
}

fn attribute(oid: Oid<'_>, values: &[&[u8]]) -> Vec<u8> {
    let oid = Writer::encode(|w| w.oid(oid));
    element(Tag::SEQUENCE, &[&oid, &element(Tag::SET, values)])
}

fn octet_string(octets: &[u8]) -> Vec<u8> {
    Writer::encode(|w| w.octet_string(octets))
}

fn identifier(algorithm: AlgorithmIdentifier<'_>) -> Vec<u8> {
    Writer::encode(|w| algorithm.encode(w))
}

fn oid_der(oid: Oid<'_>) -> Vec<u8> {
    Writer::encode(|w| w.oid(oid))
}

/// A SignedData with one signer, each field as it will be written.
#[derive(Clone)]
struct Message {
    outer_type: Oid<'static>,
    version: u32,
    digest_algorithms: Vec<u8>,
    content_type: Oid<'static>,
    content: Option<Vec<u8>>,
    certificates: Vec<u8>,
    crls: Vec<u8>,
    signers: usize,
    signer_version: u32,
    sid: Vec<u8>,
    digest_algorithm: Vec<u8>,
    attributes: Option<Vec<Vec<u8>>>,
    /// The tag of the attributes when they are signed.
    signed_tag: Tag,
    algorithm: SignatureAlgorithm,
    signature_algorithm: Vec<u8>,
    unsigned: Vec<u8>,
}

impl Message {
    fn new() -> Self {
        Self {
            outer_type: oid::SIGNED_DATA,
            version: 1,
            digest_algorithms: identifier(DigestAlgorithm::SHA256.identifier()),
            content_type: oid::DATA,
            content: Some(octet_string(CONTENT)),
            certificates: vec![],
            crls: vec![],
            signers: 1,
            signer_version: 1,
            sid: element(Tag::SEQUENCE, &[ISSUER, &hex!("020105")]),
            digest_algorithm: identifier(DigestAlgorithm::SHA256.identifier()),
            attributes: Some(vec![
                attribute(oid::CONTENT_TYPE, &[&oid_der(oid::DATA)]),
                attribute(oid::MESSAGE_DIGEST, &[&octet_string(&CONTENT_SHA256)]),
            ]),
            signed_tag: Tag::SET,
            algorithm: SignatureAlgorithm::ECDSA_SHA256,
            signature_algorithm: identifier(SignatureAlgorithm::ECDSA_SHA256.identifier()),
            unsigned: vec![],
        }
    }

    fn with_attributes(attributes: &[Vec<u8>]) -> Self {
        Self { attributes: Some(attributes.to_vec()), ..Self::new() }
    }

    fn encode(&self, key: &PrivateKey) -> Vec<u8> {
        let attributes = self.attributes.as_ref().map(|attributes| attributes.concat());
        let message = match &attributes {
            Some(attributes) => element(self.signed_tag, &[attributes]),
            None => CONTENT.to_vec(),
        };
        let signature = key.sign(self.algorithm, &message, &mut rng()).unwrap();
        encode_content_info(self.outer_type, |w| {
            w.small_integer(self.version);
            w.constructed(Tag::SET, |w| w.raw(&self.digest_algorithms));
            w.sequence(|w| {
                w.oid(self.content_type);
                if let Some(content) = &self.content {
                    w.constructed(Tag::context_constructed(0), |w| w.raw(content));
                }
            });
            for (number, bag) in [(0, &self.certificates), (1, &self.crls)] {
                if !bag.is_empty() {
                    w.constructed(Tag::context_constructed(number), |w| w.raw(bag));
                }
            }
            w.constructed(Tag::SET, |w| {
                for _ in 0..self.signers {
                    w.sequence(|w| {
                        w.small_integer(self.signer_version);
                        w.raw(&self.sid);
                        w.raw(&self.digest_algorithm);
                        if let Some(attributes) = &attributes {
                            w.constructed(Tag::context_constructed(0), |w| w.raw(attributes));
                        }
                        w.raw(&self.signature_algorithm);
                        w.octet_string(signature.as_bytes());
                        w.raw(&self.unsigned);
                    });
                }
            });
        })
    }

    /// Read and verified, or why not.
    fn verify(&self) -> Result<(), SignatureError> {
        self.verify_with(&ec_key(), &PROVIDER)
    }

    fn verify_with(&self, key: &PrivateKey, crypto: &CryptoProvider) -> Result<(), SignatureError> {
        let bytes = self.encode(key);
        let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        data.signers()[0].verify(data.content_type(), data.content(), public(key), crypto)
    }

    /// Why it is not read.
    fn decode_error(&self) -> DecodeError {
        SignedData::from_ber(&self.encode(&ec_key()), Limits::DEFAULT).unwrap_err()
    }
}

#[test]
fn cms_01_a_bare_signed_data_is_refused() {
    let message = Message::new().encode(&ec_key());
    assert!(SignedData::from_ber(&message, Limits::DEFAULT).is_ok());
    let bare = Reader::new(&message).sequence().and_then(|mut info| {
        info.any()?;
        Ok(info.any()?.content().to_vec())
    });
    let error = SignedData::from_ber(&bare.unwrap(), Limits::DEFAULT).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::UnexpectedTag { expected: Tag::OID, found: Some(Tag::INTEGER) });

    let other = Message { outer_type: oid::ENVELOPED_DATA, ..Message::new() }.decode_error();
    assert_eq!(other.kind(), DecodeErrorKind::InvalidValue);
    assert!(other.path().eq(["contentType"]));
}

#[test]
fn cms_02_the_version_is_handed_out_and_not_judged() {
    for version in [0, 1, 3, 4, 5, 99] {
        assert_eq!(Message { version, ..Message::new() }.verify(), Ok(()));
    }
}

#[test]
fn cms_02_what_is_written_has_the_version_of_its_shape() {
    for (content_type, signer, expected) in [
        (oid::DATA, CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL), [1, 1]),
        (oid::SIGNED_DATA, CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL), [3, 1]),
        (oid::DATA, CertificateIdentifier::SubjectKeyIdentifier(b"id"), [3, 3]),
    ] {
        let key = ec_key();
        let built = SignedDataBuilder::new(Some(CONTENT.to_vec())).with_content_type(content_type);
        let built = built.build(signer, SignatureAlgorithm::ECDSA_SHA256, &PROVIDER).unwrap();
        let message = built.sign_with(&key, &mut rng()).unwrap();
        let data = SignedData::from_ber(&message, Limits::DEFAULT).unwrap();
        let info = &data.signers()[0];
        assert_eq!([data.version(), info.version()], expected);
        assert_eq!(info.sid(), signer);
        assert_eq!(info.verify(content_type, data.content(), public(&key), &PROVIDER), Ok(()));
    }
}

#[test]
fn cms_03_digest_algorithms_may_be_empty_or_others() {
    assert_eq!(Message { digest_algorithms: vec![], ..Message::new() }.verify(), Ok(()));
    let sha1 = identifier(DigestAlgorithm::SHA1.identifier());
    assert_eq!(Message { digest_algorithms: sha1, ..Message::new() }.verify(), Ok(()));
}

#[test]
fn cms_04_only_the_octets_of_e_content_are_digested() {
    for form in [&hex!("2409 0403 636f6e 0402 7465")[..], &hex!("2480 0403 636f6e 2480 0402 7465 0000 0000")] {
        let content = [form, &[]].concat();
        // Without the last two letters of "content".
        let message = Message { content: Some(content), ..Message::new() };
        assert_eq!(message.verify(), Err(SignatureError::DigestMismatch));
    }
    let content = hex!("2480 0403 636f6e 2480 0402 7465 0000 0400 0402 6e74 0000").to_vec();
    assert_eq!(Message { content: Some(content), ..Message::new() }.verify(), Ok(()));
}

#[test]
fn cms_05_another_type_than_octet_string_as_content_is_refused() {
    let error = Message { content: Some(hex!("30020500").to_vec()), ..Message::new() }.decode_error();
    assert!(matches!(error.kind(), DecodeErrorKind::UnexpectedTag { expected: Tag::OCTET_STRING, .. }));
    assert!(error.path().eq(["encapContentInfo", "eContent"]));
}

#[test]
fn cms_06_a_message_without_signers_has_id_data_and_no_content() {
    let certificate = hex!("30020500");
    let message = certs_only([&certificate[..], &certificate], [&certificate[..]]);
    let data = SignedData::from_ber(&message, Limits::DEFAULT).unwrap();
    assert_eq!((data.version(), data.content_type(), data.content()), (1, oid::DATA, None));
    assert_eq!((data.certificates().count(), data.crls().count(), data.signers().len()), (2, 1, 0));
    // RFC 8894 section 3.4: both SETs are there, and empty.
    assert_eq!(
        certs_only([], []),
        hex!("3023 06092a864886f70d010702 a016 3014 020101 3100 300b 06092a864886f70d010701 3100")
    );
}

#[test]
fn cms_07_cms_08_both_forms_of_signer_identifier_are_read() {
    let by_name = Message::new().encode(&ec_key());
    let data = SignedData::from_ber(&by_name, Limits::DEFAULT).unwrap();
    assert_eq!(data.signers()[0].sid(), CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL));

    let message = Message { version: 3, signer_version: 3, sid: hex!("8003 010203").to_vec(), ..Message::new() };
    let by_key = message.encode(&ec_key());
    let data = SignedData::from_ber(&by_key, Limits::DEFAULT).unwrap();
    assert_eq!(data.signers()[0].sid(), CertificateIdentifier::SubjectKeyIdentifier(&[1, 2, 3]));
    assert_eq!(message.verify(), Ok(()));

    let error = Message { sid: hex!("a103 020101").to_vec(), ..Message::new() }.decode_error();
    assert!(matches!(error.kind(), DecodeErrorKind::UnexpectedTag { .. }) && error.path().eq(["signerInfos", "sid"]));
    let error = Message { sid: element(Tag::SEQUENCE, &[ISSUER, &[2, 0]]), ..Message::new() }.decode_error();
    assert_eq!(error.kind(), DecodeErrorKind::InvalidEncoding);
}

#[test]
fn cms_09_names_match_by_rfc5280_s7_1_where_their_octets_differ() {
    let printable = element(Tag::SEQUENCE, &[&hex!("3110300e0603550403 1307 4d7920204341 20")]);
    let utf8 = element(Tag::SEQUENCE, &[&hex!("310e300c0603550403 0c05 6d79204361")]);
    let other = element(Tag::SEQUENCE, &[&hex!("310e300c0603550403 0c05 6d79204362")]);
    let identifier = CertificateIdentifier::issuer_and_serial(&printable, SERIAL);
    assert!(identifier.matches(&utf8, SERIAL, None));
    assert!(!identifier.matches(&other, SERIAL, None));
    assert!(!identifier.matches(&utf8, &[6], None));
    assert!(!identifier.matches(&utf8[1..], SERIAL, None));
}

#[test]
fn cms_09_identifiers_match_by_all_their_octets() {
    let long = [0x11; 32];
    let by_name = CertificateIdentifier::issuer_and_serial(ISSUER, &long);
    assert!(by_name.matches(ISSUER, &long, None));
    assert!(by_name.matches(ISSUER, &long, Some(b"other")));
    assert!(!by_name.matches(ISSUER, &long[1..], None));
    assert!(!by_name.matches(&ISSUER[..8], &long, Some(b"other")));
    let by_key = CertificateIdentifier::SubjectKeyIdentifier(b"id");
    assert!(by_key.matches(&[], &[], Some(b"id")));
    assert!(!by_key.matches(ISSUER, &long, Some(b"i")));
    assert!(!by_key.matches(ISSUER, &long, None));
    assert!(!CertificateIdentifier::SubjectKeyIdentifier(b"").matches(ISSUER, &long, None));
}

#[test]
fn cms_10_content_that_is_not_data_needs_signed_attributes() {
    let key = ec_key();
    let verify_any = |message: &Message| {
        let bytes = message.encode(&key);
        let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        data.signers()[0].verify_any(data.content_type(), data.content(), public(&key), &PROVIDER)
    };
    let plain = Message { attributes: None, ..Message::new() };
    assert_eq!(verify_any(&plain), Ok(SignedOver::Content));
    assert_eq!(plain.verify_with(&key, &PROVIDER), Err(SignatureError::NoSignedAttributes));
    let typed = Message { content_type: oid::SIGNED_DATA, ..plain };
    assert_eq!(verify_any(&typed), Err(SignatureError::NoSignedAttributes));
    assert_eq!(verify_any(&Message::new()), Ok(SignedOver::Attributes));
}

#[test]
fn cms_11_signed_attributes_are_der_inside() {
    let long = hex!("3081 0e 06092a864886f70d010903 310105");
    let error = Message::with_attributes(&[long.to_vec()]).decode_error();
    assert_eq!(error.kind(), DecodeErrorKind::NonMinimalLength);
    let indefinite = hex!("3080 0603550403 3100 0000");
    let error = Message::with_attributes(&[indefinite.to_vec()]).decode_error();
    assert_eq!(error.kind(), DecodeErrorKind::IndefiniteLength);
    assert!(error.path().eq(["signerInfos", "signedAttrs"]));
}

#[test]
fn cms_11_written_attributes_are_sorted() {
    let key = ec_key();
    let signer = CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL);
    let built = SignedDataBuilder::new(Some(CONTENT.to_vec()))
        .add_attribute(oid::SCEP_TRANSACTION_ID, &hex!("130161"))
        .add_attribute(oid::SCEP_MESSAGE_TYPE, &hex!("13023139"))
        .add_attribute(oid::SIGNING_TIME, &hex!("0500"))
        .build(signer, SignatureAlgorithm::ECDSA_SHA256, &PROVIDER)
        .unwrap();
    let set = Reader::new(built.message()).nested(Tag::SET).unwrap();
    let mut attributes = vec![];
    let mut rest = set;
    while !rest.is_empty() {
        attributes.push(rest.any().unwrap().raw().to_vec());
    }
    assert!(attributes.is_sorted() && attributes.len() == 5);
    let message = built.sign_with(&key, &mut rng()).unwrap();
    let data = SignedData::from_ber(&message, Limits::DEFAULT).unwrap();
    assert_eq!(data.signers()[0].signed_attributes().unwrap().as_bytes(), set.rest());
}

#[test]
fn cms_12_the_signature_is_over_a_set_of() {
    assert_eq!(Message::new().verify(), Ok(()));
    let message = Message { signed_tag: Tag::context_constructed(0), ..Message::new() };
    assert_eq!(message.verify(), Err(SignatureError::BadSignature));
}

#[test]
fn cms_12_attributes_are_verified_in_the_order_received() {
    let mut message = Message::new();
    message.attributes.as_mut().unwrap().reverse();
    assert_eq!(message.verify(), Ok(()));
}

fn malformed(oid: Oid<'static>, message: &Message) -> DecodeErrorKind {
    match message.verify() {
        Err(SignatureError::AttributeMalformed { oid: found, error }) if found == oid => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn cms_13_content_type_is_there_once_with_one_value() {
    let data = oid_der(oid::DATA);
    let digest = attribute(oid::MESSAGE_DIGEST, &[&octet_string(&CONTENT_SHA256)]);
    let content_type = |values: &[&[u8]]| attribute(oid::CONTENT_TYPE, values);
    let with = |attributes: &[&[u8]]| {
        Message::with_attributes(&attributes.iter().map(|attribute| attribute.to_vec()).collect::<Vec<_>>())
    };
    let missing = SignatureError::AttributeMissing { oid: oid::CONTENT_TYPE };
    assert_eq!(with(&[&digest]).verify(), Err(missing));
    let kind = |message| malformed(oid::CONTENT_TYPE, &message);
    let one = content_type(&[&data]);
    assert_eq!(kind(with(&[&one, &digest, &one])), DecodeErrorKind::Duplicate);
    assert_eq!(kind(with(&[&content_type(&[]), &digest])), DecodeErrorKind::Empty);
    assert_eq!(kind(with(&[&content_type(&[&data, &data]), &digest])), DecodeErrorKind::TooMany);
    let wrong = content_type(&[&octet_string(oid::DATA.as_bytes())]);
    assert!(matches!(kind(with(&[&wrong, &digest])), DecodeErrorKind::UnexpectedTag { expected: Tag::OID, .. }));
    assert_eq!(kind(with(&[&content_type(&[&hex!("0600")]), &digest])), DecodeErrorKind::InvalidEncoding);
}

#[test]
fn cms_14_content_type_is_that_of_the_content() {
    let mut message = Message::new();
    message.attributes.as_mut().unwrap()[0] = attribute(oid::CONTENT_TYPE, &[&oid_der(oid::ENVELOPED_DATA)]);
    assert_eq!(message.verify(), Err(SignatureError::ContentTypeMismatch));
}

#[test]
fn cms_15_message_digest_is_there_once_with_one_value() {
    let content_type = attribute(oid::CONTENT_TYPE, &[&oid_der(oid::DATA)]);
    let value = octet_string(&CONTENT_SHA256);
    let with =
        |digests: &[Vec<u8>]| Message::with_attributes(&[core::slice::from_ref(&content_type), digests].concat());
    let digest = |values: &[&[u8]]| attribute(oid::MESSAGE_DIGEST, values);
    assert_eq!(with(&[]).verify(), Err(SignatureError::AttributeMissing { oid: oid::MESSAGE_DIGEST }));
    let kind = |message| malformed(oid::MESSAGE_DIGEST, &message);
    assert_eq!(kind(with(&[digest(&[&value]), digest(&[&value])])), DecodeErrorKind::Duplicate);
    assert_eq!(kind(with(&[digest(&[])])), DecodeErrorKind::Empty);
    assert_eq!(kind(with(&[digest(&[&value, &value])])), DecodeErrorKind::TooMany);
    let wrong = Writer::encode(|w| w.bit_string(&CONTENT_SHA256));
    assert!(matches!(
        kind(with(&[digest(&[&wrong])])),
        DecodeErrorKind::UnexpectedTag { expected: Tag::OCTET_STRING, .. }
    ));
}

#[test]
fn cms_16_the_digest_of_the_content_is_compared() {
    let message = Message { content: Some(octet_string(b"Content")), ..Message::new() };
    assert_eq!(message.verify(), Err(SignatureError::DigestMismatch));
    let mut message = Message::new();
    let cut = octet_string(&CONTENT_SHA256[..31]);
    message.attributes.as_mut().unwrap()[1] = attribute(oid::MESSAGE_DIGEST, &[&cut]);
    assert_eq!(message.verify(), Err(SignatureError::DigestMismatch));
}

#[test]
fn cms_17_absent_content_digests_like_nothing() {
    let mut message = Message { content: None, ..Message::new() };
    assert_eq!(message.verify(), Err(SignatureError::DigestMismatch));
    message.attributes.as_mut().unwrap()[1] = attribute(oid::MESSAGE_DIGEST, &[&octet_string(&EMPTY_SHA256)]);
    assert_eq!(message.verify(), Ok(()));

    let signer = CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL);
    let built = SignedDataBuilder::new(None).build(signer, SignatureAlgorithm::ECDSA_SHA256, &PROVIDER).unwrap();
    assert!(built.message().windows(32).any(|window| window == EMPTY_SHA256));
    let bytes = built.sign_with(&ec_key(), &mut rng()).unwrap();
    assert_eq!(SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap().content(), None);
}

#[test]
fn cms_18_one_digest_algorithm_for_content_and_attributes() {
    let named = |algorithm: SignatureAlgorithm| Message {
        signature_algorithm: identifier(algorithm.identifier()),
        ..Message::new()
    };
    for algorithm in [
        SignatureAlgorithm::ECDSA_SHA1,
        SignatureAlgorithm::ECDSA_SHA512,
        SignatureAlgorithm::RSA_PKCS1_SHA1,
        SignatureAlgorithm::RSA_PSS_SHA512,
        // RFC 8419 section 3.1: with SHA-512.
        SignatureAlgorithm::ED25519,
    ] {
        assert_eq!(named(algorithm).verify(), Err(SignatureError::AlgorithmMismatch), "{algorithm:?}");
    }
    // By key alone, the digest is that of digestAlgorithm.
    let by_key = identifier(AlgorithmIdentifier::new(oid::EC_PUBLIC_KEY, None));
    assert_eq!(Message { signature_algorithm: by_key, ..Message::new() }.verify(), Ok(()));
}

#[test]
fn rfc8419_s3_1_ed25519_goes_with_sha_512() {
    let key = PrivateKey::generate(KeyKind::Ed25519, &mut rng()).unwrap();
    let signer = CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL);
    let built = SignedDataBuilder::new(Some(CONTENT.to_vec()));
    let built = built.build(signer, SignatureAlgorithm::ED25519, &PROVIDER).unwrap();
    let bytes = built.sign_with(&key, &mut rng()).unwrap();
    let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    let info = &data.signers()[0];
    assert_eq!(info.digest_algorithm().oid, oid::SHA512);
    assert_eq!(info.verify(oid::DATA, data.content(), public(&key), &PROVIDER), Ok(()));
}

#[test]
fn cms_19_unsigned_attributes_count_for_nothing() {
    let digest = attribute(oid::MESSAGE_DIGEST, &[&octet_string(&CONTENT_SHA256)]);
    let unsigned = element(Tag::context_constructed(1), &[&digest]);
    let content_type = attribute(oid::CONTENT_TYPE, &[&oid_der(oid::DATA)]);
    let message = Message { unsigned: unsigned.clone(), ..Message::with_attributes(&[content_type]) };
    assert_eq!(message.verify(), Err(SignatureError::AttributeMissing { oid: oid::MESSAGE_DIGEST }));
    let message = Message { unsigned: unsigned.clone(), ..Message::new() };
    assert_eq!(message.verify(), Ok(()));
    let bytes = message.encode(&ec_key());
    let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    assert_eq!(data.signers()[0].unsigned_attributes(), Some(unsigned.as_slice()));
}

#[test]
fn cms_20_other_attributes_survive_whatever_their_values() {
    let mut message = Message::new();
    let unknown = Oid::from_bytes(&[0x2a, 0x03]).unwrap();
    let extra = [attribute(unknown, &[&hex!("0500"), &hex!("020101")]), attribute(unknown, &[])];
    message.attributes.as_mut().unwrap().extend(extra);
    assert_eq!(message.verify(), Ok(()));
    let bytes = message.encode(&ec_key());
    let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    let attributes = data.signers()[0].signed_attributes().unwrap();
    assert!(attributes.iter().map(|attribute| attribute.values().count()).eq([1, 1, 2, 0]));
    assert_eq!(attributes.first_duplicate(), Some(unknown));
    assert_eq!(attributes.single(unknown).unwrap_err().kind(), DecodeErrorKind::Duplicate);
    assert!(attributes.single(oid::SIGNING_TIME).unwrap().is_none());
}

#[test]
fn cms_21_unknown_versions_and_algorithms_are_no_decoding_errors() {
    assert_eq!(Message { signer_version: 9, ..Message::new() }.verify(), Ok(()));
    let unknown = identifier(AlgorithmIdentifier::new(Oid::from_bytes(&[0x2a, 0x03]).unwrap(), Some(&[0x04, 0])));
    let field = |message: Message| match message.verify() {
        Err(SignatureError::UnsupportedAlgorithm { field }) => field,
        other => panic!("{other:?}"),
    };
    let message = Message { signature_algorithm: unknown.clone(), ..Message::new() };
    assert_eq!(field(message), "signatureAlgorithm");
    let by_key = identifier(AlgorithmIdentifier::new(oid::EC_PUBLIC_KEY, None));
    let message = Message { signature_algorithm: by_key, digest_algorithm: unknown, ..Message::new() };
    assert_eq!(field(message), "digestAlgorithm");
    let md5 = Message {
        digest_algorithm: identifier(DigestAlgorithm::MD5.identifier()),
        signature_algorithm: identifier(SignatureAlgorithm::RSA_PKCS1_MD5.identifier()),
        ..Message::new()
    };
    assert_eq!(field(md5), "digestAlgorithm");
    for algorithm in [
        AlgorithmIdentifier::new(oid::RSA_ENCRYPTION, Some(&[0x04, 0])),
        AlgorithmIdentifier::new(oid::ECDSA_WITH_SHA256, Some(&[0x04, 0])),
        AlgorithmIdentifier::new(oid::RSASSA_PSS, None),
        AlgorithmIdentifier::new(oid::RSASSA_PSS, Some(&[0x04, 0])),
    ] {
        let message = Message { signature_algorithm: identifier(algorithm), ..Message::new() };
        assert_eq!(field(message), "signatureAlgorithm");
    }
}

#[test]
fn cms_22_cms_23_certificates_of_any_number_and_kind() {
    let (x509, other) = (hex!("30020500"), hex!("a1020500 a0020500 a2020500 a30606022a030500"));
    let certificates = [&other[..], &x509, &other, &x509].concat();
    let message = Message { certificates, crls: [&x509[..], &other[..4]].concat(), ..Message::new() };
    assert_eq!(message.verify(), Ok(()));
    let bytes = message.encode(&ec_key());
    let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    assert!(data.certificates().eq([&x509[..], &x509]));
    assert!(data.crls().eq([&x509[..]]));
    assert_eq!(
        SignedData::from_ber(&Message::new().encode(&ec_key()), Limits::DEFAULT).unwrap().certificates().count(),
        0
    );
}

#[test]
fn cms_35_cms_36_parameters_of_digests_and_rsa_may_be_absent_or_null() {
    let key = rsa_key();
    let null = Some(NULL);
    for digest_parameters in [None, null] {
        for (oid, parameters) in [
            (oid::RSA_ENCRYPTION, null),
            (oid::RSA_ENCRYPTION, None),
            (oid::SHA256_WITH_RSA, null),
            (oid::SHA256_WITH_RSA, None),
        ] {
            let message = Message {
                digest_algorithm: identifier(AlgorithmIdentifier::new(oid::SHA256, digest_parameters)),
                algorithm: SignatureAlgorithm::RSA_PKCS1_SHA256,
                signature_algorithm: identifier(AlgorithmIdentifier::new(oid, parameters)),
                ..Message::new()
            };
            assert_eq!(message.verify_with(&key, &PROVIDER), Ok(()));
        }
    }
    // NULL with a length that is not minimal.
    let long_null = hex!("3011 06092a864886f70d010101 058400000000").to_vec();
    let message =
        Message { algorithm: SignatureAlgorithm::RSA_PKCS1_SHA256, signature_algorithm: long_null, ..Message::new() };
    assert_eq!(message.verify_with(&key, &PROVIDER), Ok(()));
}

#[test]
fn a_signature_moved_from_attributes_to_content_is_refused() {
    let key = ec_key();
    let signed = Message::new().encode(&key);
    let data = SignedData::from_ber(&signed, Limits::DEFAULT).unwrap();
    let signer = &data.signers()[0];
    let forged_content = signer.signed_attributes().unwrap().to_signed_bytes();
    let forged = Writer::encode(|w| {
        w.sequence(|w| {
            w.small_integer(1);
            w.raw(&Message::new().sid);
            w.raw(&identifier(DigestAlgorithm::SHA256.identifier()));
            w.raw(&identifier(SignatureAlgorithm::ECDSA_SHA256.identifier()));
            w.octet_string(signer.signature());
        });
    });
    let mut reader = ber::Reader::new(&forged, Limits::DEFAULT).unwrap();
    let forged = SignerInfo::decode(&mut reader, Limits::DEFAULT).unwrap();
    let public_key = public(&key);
    // The signature itself is good.
    let algorithm = SignatureAlgorithm::ECDSA_SHA256.identifier();
    assert_eq!(PROVIDER.verify(algorithm, public_key, &forged_content, forged.signature()), Ok::<_, VerifyError>(()));
    assert_eq!(
        forged.verify_any(oid::DATA, Some(&forged_content), public_key, &PROVIDER),
        Err(SignatureError::AmbiguousContent)
    );
}

#[test]
fn entries_are_bounded() {
    let few = Limits { entries: 2, ..Limits::DEFAULT };
    let three = hex!("3000 3000 3000").to_vec();
    let unknown = attribute(oid::SIGNING_TIME, &[]);
    let mut many = Message::new();
    many.attributes.as_mut().unwrap().push(unknown);
    for (message, field) in [
        (Message { certificates: three.clone(), ..Message::new() }, "certificates"),
        (Message { crls: three, ..Message::new() }, "crls"),
        (Message { signers: 3, ..Message::new() }, "signerInfos"),
        (many, "signerInfos"),
    ] {
        let bytes = message.encode(&ec_key());
        let error = SignedData::from_ber(&bytes, few).unwrap_err();
        assert_eq!((error.kind(), error.path().next()), (DecodeErrorKind::TooMany, Some(field)));
        assert!(SignedData::from_ber(&bytes, Limits { entries: 3, ..few }).is_ok());
    }
}

#[test]
fn build_errors() {
    let signer = CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL);
    let build = |builder: SignedDataBuilder, signer, crypto| {
        builder.build(signer, SignatureAlgorithm::ECDSA_SHA256, crypto).map(drop).unwrap_err()
    };
    let new = || SignedDataBuilder::new(None);
    let null = hex!("0500");
    let twice = new().add_attribute(oid::SIGNING_TIME, &null).add_attribute(oid::SIGNING_TIME, &null);
    assert_eq!(build(twice, signer, &PROVIDER), BuildError::DuplicateAttribute);
    for reserved in [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST] {
        assert_eq!(build(new().add_attribute(reserved, &null), signer, &PROVIDER), BuildError::ReservedAttribute);
    }
    for (builder, signer) in [
        (new().add_attribute(oid::SIGNING_TIME, &hex!("050005")), signer),
        (new().add_certificate(&hex!("3001")), signer),
        (new(), CertificateIdentifier::issuer_and_serial(&null, SERIAL)),
        (new(), CertificateIdentifier::issuer_and_serial(ISSUER, &[])),
    ] {
        assert!(matches!(build(builder, signer, &PROVIDER), BuildError::InvalidDer(_)));
    }
    let sha1_only = CryptoProvider { digests: &[&rustcrypto::Sha1], ..PROVIDER };
    assert_eq!(build(new(), signer, &sha1_only), BuildError::UnsupportedDigest(DigestAlgorithm::SHA256));
}

/// An EnvelopedData whose recipients, cipher parameters and ciphertext are as given.
fn envelope(recipients: &[&[u8]], cipher: AlgorithmIdentifier<'_>, encrypted_content: &[u8]) -> Vec<u8> {
    encode_content_info(oid::ENVELOPED_DATA, |w| {
        w.small_integer(0);
        w.constructed(Tag::SET, |w| recipients.iter().for_each(|recipient| w.raw(recipient)));
        w.sequence(|w| {
            w.oid(oid::DATA);
            cipher.encode(w);
            w.raw(encrypted_content);
        });
    })
}

fn recipient(serial: u8, algorithm: AlgorithmIdentifier<'_>) -> Vec<u8> {
    let rid = element(Tag::SEQUENCE, &[ISSUER, &[2, 1, serial]]);
    element(Tag::SEQUENCE, &[&hex!("020100"), &rid, &identifier(algorithm), &octet_string(&[serial; 4])])
}

const RSA: AlgorithmIdentifier<'static> = AlgorithmIdentifier::new(oid::RSA_ENCRYPTION, Some(NULL));
const IV: &[u8] = &hex!("0410 00000000000000000000000000000000");
const AES: AlgorithmIdentifier<'static> = AlgorithmIdentifier::new(oid::AES128_CBC, Some(IV));

#[test]
fn cms_24_cms_26_versions_of_what_is_written() {
    let key = rsa_key();
    let public_key = public(&key);
    let by_name = CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL);
    let by_key = CertificateIdentifier::SubjectKeyIdentifier(b"id");
    for (identifiers, version, versions) in
        [(&[by_name][..], 0, &[0][..]), (&[by_key], 2, &[2]), (&[by_name, by_key], 2, &[0, 2])]
    {
        let mut builder = EnvelopedDataBuilder::new(CONTENT, CipherAlgorithm::AES128_CBC);
        for identifier in identifiers {
            builder = builder.add_recipient(*identifier, public_key, KeyTransportAlgorithm::RsaPkcs1);
        }
        let bytes = builder.build(&mut rng(), &PROVIDER).unwrap();
        let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        assert_eq!(data.version(), version);
        let mut found: Vec<u32> = data.recipients().iter().map(KeyTransRecipient::version).collect();
        found.sort_unstable();
        assert_eq!(found, versions);
        for recipient in data.recipients() {
            // RFC 3370 section 4.2.1: NULL is there.
            assert_eq!(recipient.algorithm(), RSA);
            let wrapped = data.wrapped_key(recipient, &PROVIDER).unwrap();
            let content_key = key.unwrap_key(&wrapped, &mut rng()).unwrap();
            assert_eq!(data.decrypt(&content_key, &PROVIDER).unwrap().expose(), CONTENT);
        }
        assert!(data.recipient_for(ISSUER, SERIAL, Some(b"id")).is_some());
    }
}

#[test]
fn cms_25_there_is_at_least_one_recipient() {
    let error = EnvelopedData::from_ber(&envelope(&[], AES, &[]), Limits::DEFAULT).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Empty);
    assert!(error.path().eq(["recipientInfos"]));
    let builder = EnvelopedDataBuilder::new(CONTENT, CipherAlgorithm::AES128_CBC);
    assert_eq!(builder.build(&mut rng(), &PROVIDER), Err(SealError::NoRecipients));
}

#[test]
fn cms_27_a_key_that_cannot_encrypt_is_refused() {
    let key = ec_key();
    let builder = EnvelopedDataBuilder::new(CONTENT, CipherAlgorithm::AES128_CBC).add_recipient(
        CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL),
        public(&key),
        KeyTransportAlgorithm::RsaPkcs1,
    );
    assert_eq!(builder.build(&mut rng(), &PROVIDER), Err(SealError::Wrap(WrapFailed)));
}

#[test]
fn cms_28_the_recipient_is_found_among_others() {
    let kari = hex!("a102 0500");
    let ori = hex!("a402 0500");
    let recipients = [&kari[..], &recipient(1, RSA), &ori, &recipient(2, RSA), &recipient(3, RSA)];
    let bytes = envelope(&recipients, AES, &[]);
    let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    assert_eq!((data.recipients().len(), data.other_recipients()), (3, 2));
    assert_eq!(data.recipient_for(ISSUER, &[2], None).unwrap().encrypted_key(), [2; 4]);
    assert!(data.recipient_for(ISSUER, &[4], None).is_none());
    assert!(data.recipient_for(&[], &[2], None).is_none());
    let error = EnvelopedData::from_ber(&bytes, Limits { entries: 4, ..Limits::DEFAULT }).unwrap_err();
    assert_eq!((error.kind(), error.path().next()), (DecodeErrorKind::TooMany, Some("recipientInfos")));
}

#[test]
fn cms_29_key_transport_is_known_or_refused_by_name() {
    let oaep = AlgorithmIdentifier::new(oid::RSAES_OAEP, Some(&[0x30, 0]));
    let wrapped = |algorithm, crypto: &CryptoProvider| {
        let bytes = envelope(&[&recipient(1, algorithm)], AES, &[]);
        let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        data.wrapped_key(&data.recipients()[0], crypto).map(|key| (key.algorithm(), key.key_length()))
    };
    assert_eq!(wrapped(RSA, &PROVIDER), Ok((KeyTransportAlgorithm::RsaPkcs1, 16)));
    let absent = AlgorithmIdentifier::new(oid::RSA_ENCRYPTION, None);
    assert_eq!(wrapped(absent, &PROVIDER), Ok((KeyTransportAlgorithm::RsaPkcs1, 16)));
    assert_eq!(wrapped(oaep, &PROVIDER), Ok((KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA1), 16)));
    let no_oaep = CryptoProvider { key_transports: &[&rustcrypto::RsaPkcs1], ..PROVIDER };
    assert_eq!(wrapped(oaep, &no_oaep), Err(EnvelopeError::UnsupportedKeyTransport));
    let unknown = AlgorithmIdentifier::new(oid::DATA, None);
    assert_eq!(wrapped(unknown, &PROVIDER), Err(EnvelopeError::UnsupportedKeyTransport));
}

#[test]
fn cms_30_whatever_is_wrong_behind_the_key_fails_alike() {
    let key = ContentKey::new(vec![7; 16]);
    let cipher = PROVIDER.cipher(oid::AES128_CBC).unwrap();
    let good = cipher.encrypt(&key, &[0; 16], CONTENT).unwrap();
    let decrypt = |ciphertext: &[u8], key: &ContentKey| {
        let content = Writer::encode(|w| w.primitive(Tag::context(0), ciphertext));
        let bytes = envelope(&[&recipient(1, RSA)], AES, &content);
        let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        data.decrypt(key, &PROVIDER).map(|content| content.expose().to_vec())
    };
    assert_eq!(decrypt(&good, &key), Ok(CONTENT.to_vec()));
    let mut bad_padding = good.clone();
    bad_padding.extend_from_slice(&[0; 16]);
    for ciphertext in [&[][..], &good[..15], &bad_padding] {
        assert_eq!(decrypt(ciphertext, &key), Err(crate::crypto::CipherFailed));
    }
    assert_eq!(decrypt(&good, &ContentKey::new(vec![7; 15])), Err(crate::crypto::CipherFailed));

    let bytes = envelope(&[&recipient(1, RSA)], AES, &[]);
    let absent = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    assert_eq!(absent.encrypted_content(), None);
    assert_eq!(absent.decrypt(&key, &PROVIDER), Err(crate::crypto::CipherFailed));
}

#[test]
fn cms_31_the_iv_is_an_octet_string_of_one_block() {
    let wrapped = |cipher| {
        let bytes = envelope(&[&recipient(1, RSA)], cipher, &[]);
        let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        data.wrapped_key(&data.recipients()[0], &PROVIDER).map(drop)
    };
    assert_eq!(wrapped(AES), Ok(()));
    let (short, long) = (octet_string(&[0; 8]), octet_string(&[0; 17]));
    let wrong_type = Writer::encode(|w| w.primitive(Tag::BIT_STRING, &[0; 16]));
    for parameters in [None, Some(NULL), Some(&short[..]), Some(&long), Some(&wrong_type)] {
        let cipher = AlgorithmIdentifier::new(oid::AES128_CBC, parameters);
        assert_eq!(wrapped(cipher), Err(EnvelopeError::InvalidIv));
    }
    let des = AlgorithmIdentifier::new(oid::DES_CBC, Some(&short));
    assert_eq!(wrapped(des), Err(EnvelopeError::UnsupportedCipher));
}

#[test]
fn cms_33_encrypted_content_in_any_form() {
    for form in [
        &hex!("8003 010203")[..],
        &hex!("a005 0403 010203"),
        &hex!("a080 0401 01 0402 0203 0000"),
        &hex!("a00b 0401 01 2480 0402 0203 0000"),
        &hex!("a081 09 2404 0402 0102 0401 03"),
    ] {
        let bytes = envelope(&[&recipient(1, RSA)], AES, form);
        let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        assert_eq!(data.encrypted_content(), Some(&[1, 2, 3][..]), "{form:02x?}");
    }
}

#[test]
fn cms_34_key_and_iv_are_fresh() {
    let key = rsa_key();
    let build = || {
        EnvelopedDataBuilder::new(CONTENT, CipherAlgorithm::AES128_CBC)
            .add_recipient(
                CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL),
                public(&key),
                KeyTransportAlgorithm::RsaPkcs1,
            )
            .build(&mut rng(), &PROVIDER)
            .unwrap()
    };
    let (one, two) = (build(), build());
    let one = EnvelopedData::from_ber(&one, Limits::DEFAULT).unwrap();
    let two = EnvelopedData::from_ber(&two, Limits::DEFAULT).unwrap();
    assert_ne!(one.iv(), two.iv());
    assert_ne!(one.encrypted_content(), two.encrypted_content());
    let content_key = |data: &EnvelopedData<'_>| {
        let wrapped = data.wrapped_key(&data.recipients()[0], &PROVIDER).unwrap();
        key.unwrap_key(&wrapped, &mut rng()).unwrap()
    };
    assert_ne!(content_key(&one), content_key(&two));
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

/// A cipher that takes no key.
#[derive(Debug)]
struct Refusing;

impl crate::crypto::ContentCipher for Refusing {
    fn algorithm(&self) -> CipherAlgorithm {
        CipherAlgorithm::AES128_CBC
    }

    fn encrypt(&self, _: &ContentKey, _: &[u8], _: &[u8]) -> Result<Vec<u8>, crate::crypto::CipherFailed> {
        Err(crate::crypto::CipherFailed)
    }

    fn decrypt(&self, _: &ContentKey, _: &[u8], _: &[u8]) -> Result<crate::Secret, crate::crypto::CipherFailed> {
        Err(crate::crypto::CipherFailed)
    }
}

#[test]
fn seal_errors() {
    let key = rsa_key();
    let good = CertificateIdentifier::issuer_and_serial(ISSUER, SERIAL);
    let seal = |identifier, transport, rng: &mut dyn SecureRandom, crypto: &CryptoProvider| {
        EnvelopedDataBuilder::new(CONTENT, CipherAlgorithm::AES128_CBC)
            .add_recipient(identifier, public(&key), transport)
            .build(rng, crypto)
            .unwrap_err()
    };
    let pkcs1 = KeyTransportAlgorithm::RsaPkcs1;
    let aes256 = CryptoProvider { ciphers: &[&rustcrypto::Aes256Cbc], ..PROVIDER };
    let no_cipher = SealError::UnsupportedCipher(CipherAlgorithm::AES128_CBC);
    assert_eq!(seal(good, pkcs1, &mut rng(), &aes256), no_cipher);
    let oaep_only = CryptoProvider { key_transports: &[&rustcrypto::RsaOaepSha256], ..PROVIDER };
    assert_eq!(seal(good, pkcs1, &mut rng(), &oaep_only), SealError::UnsupportedKeyTransport(pkcs1));
    for octets in [0, 16] {
        assert_eq!(seal(good, pkcs1, &mut Failing(octets), &PROVIDER), SealError::Random(RandomFailed));
    }
    assert_eq!(seal(good, pkcs1, &mut Failing(32), &PROVIDER), SealError::Wrap(WrapFailed));
    let refusing = CryptoProvider { ciphers: &[&Refusing], ..PROVIDER };
    assert_eq!(seal(good, pkcs1, &mut rng(), &refusing), SealError::Cipher(crate::crypto::CipherFailed));
    let bad = CertificateIdentifier::issuer_and_serial(&hex!("0500"), SERIAL);
    assert!(matches!(seal(bad, pkcs1, &mut rng(), &PROVIDER), SealError::InvalidDer(_)));
}

#[test]
fn optional_fields_around_the_envelope_are_read_over() {
    let bytes = encode_content_info(oid::ENVELOPED_DATA, |w| {
        w.small_integer(2);
        w.constructed(Tag::context_constructed(0), |w| w.raw(&hex!("a002 3000")));
        w.constructed(Tag::SET, |w| w.raw(&recipient(1, RSA)));
        w.sequence(|w| {
            w.oid(oid::DATA);
            AES.encode(w);
        });
        w.constructed(Tag::context_constructed(1), |w| w.raw(&attribute(oid::SIGNING_TIME, &[])));
    });
    let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    assert_eq!((data.version(), data.recipients().len()), (2, 1));
}
