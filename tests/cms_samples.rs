//! CMS by OpenSSL, BouncyCastle, micromdm and by hand (`data/cms`) is read, verified and decrypted; what we write is read by
//! OpenSSL; nothing that is damaged panics.

use std::{
    fs,
    io::Write as _,
    num::NonZeroU32,
    path::PathBuf,
    process::{Command, Stdio},
};

use pki_core::{
    DecodeErrorKind, Limits, PublicKey, Secret,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyDerivationAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    cms::{
        CertificateIdentifier, EnvelopedData, EnvelopedDataBuilder, PasswordKey, PasswordProfile, SignatureError,
        SignedData, SignedDataBuilder, SignedOver, certs_only,
    },
    crypto::{
        CipherFailed, CryptoProvider, Decrypter,
        rustcrypto::{LEGACY_PROVIDER, PROVIDER, PrivateKey, Random},
    },
    der::{Reader, Tag, Writer},
    oid,
};

/// What a certificate is named by, and its key.
struct Certificate {
    der: Vec<u8>,
    issuer: Vec<u8>,
    serial: Vec<u8>,
    key: PublicKey,
}

impl Certificate {
    fn new(der: &[u8]) -> Self {
        let mut tbs = Reader::new(der).sequence().unwrap().sequence().unwrap();
        tbs.optional(Tag::context_constructed(0)).unwrap();
        let serial = tbs.integer().unwrap().to_vec();
        tbs.sequence().unwrap();
        let issuer = tbs.any().unwrap().raw().to_vec();
        tbs.sequence().unwrap();
        tbs.sequence().unwrap();
        let key = PublicKey::from_der(tbs.any().unwrap().raw()).unwrap();
        Self { der: der.to_vec(), issuer, serial, key }
    }

    fn load(name: &str) -> Self {
        Self::new(&sample(&format!("cert-{name}.der")))
    }

    fn identifier(&self) -> CertificateIdentifier<'_> {
        CertificateIdentifier::issuer_and_serial(&self.issuer, &self.serial)
    }

    /// OpenSSL makes subjectKeyIdentifier by method 1 of RFC 5280 section 4.2.1.2.
    fn key_identifier(&self) -> Vec<u8> {
        self.key.as_ref().key_identifier(&PROVIDER).unwrap().as_bytes().to_vec()
    }
}

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "data", "cms", name].iter().collect()
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap()
}

/// Every file of the directory with this ending.
fn samples(ending: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), sample(&name))).collect()
}

fn key(name: &str) -> PrivateKey {
    PrivateKey::from_pkcs8_der(&sample(&format!("key-{name}.pk8"))).unwrap()
}

fn rng() -> Random<getrandom::SysRng> {
    Random(getrandom::SysRng)
}

/// What `openssl` writes, given `input`; `None` if there is no OpenSSL.
fn openssl(arguments: &[&str], input: &[u8]) -> Option<(bool, Vec<u8>)> {
    let child = Command::new("openssl")
        .args(arguments)
        .current_dir(path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        conformance::skipped("no openssl program here");
        return None;
    };
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    Some((output.status.success(), output.stdout))
}

#[test]
fn every_signed_sample_is_verified() {
    for (name, content, certificates) in [
        ("signed-rsa", Some("short.bin"), &["rsa"][..]),
        ("signed-sha1", Some("short.bin"), &["rsa"]),
        ("signed-keyid", Some("short.bin"), &["rsa"]),
        ("signed-pss", Some("short.bin"), &["rsa"]),
        ("signed-pss-32", Some("short.bin"), &["rsa"]),
        ("signed-pss-sha384", Some("short.bin"), &["rsa"]),
        ("signed-pss-sha512", Some("short.bin"), &["rsa"]),
        ("signed-ec", Some("short.bin"), &["ec"]),
        ("signed-two-signers", Some("short.bin"), &["rsa", "ec"]),
        ("signed-cms-stream", Some("short.bin"), &["rsa"]),
        ("signed-smime-stream", Some("short.bin"), &["rsa"]),
        ("signed-smime", Some("short.bin"), &["rsa"]),
        ("signed-detached", None, &["rsa"]),
        ("bc-signed", Some("long.bin"), &["rsa"]),
        ("bc-signed-stream", Some("long.bin"), &["rsa"]),
        ("variant-definite-pieces", Some("short.bin"), &["rsa"]),
        ("variant-nested-pieces", Some("short.bin"), &["rsa"]),
        ("variant-long-lengths", Some("short.bin"), &["rsa"]),
        ("variant-indefinite", Some("short.bin"), &["rsa"]),
        ("variant-certificates-indefinite", Some("short.bin"), &["rsa"]),
        ("variant-attributes-indefinite", Some("short.bin"), &["rsa"]),
        ("variant-certificate-choices", Some("short.bin"), &["rsa"]),
        ("variant-unsigned-attributes", Some("short.bin"), &["rsa"]),
    ] {
        let bytes = sample(&format!("{name}.der"));
        let data = SignedData::from_ber(&bytes, Limits::DEFAULT).expect(name);
        let expected = content.map(sample);
        assert_eq!(data.content(), expected.as_deref(), "{name}");
        assert_eq!(data.content_type(), oid::DATA, "{name}");
        let inside: Vec<&[u8]> = data.certificates().collect();
        assert_eq!(inside.len(), certificates.len(), "{name}");
        assert_eq!(data.signers().len(), certificates.len(), "{name}");
        let content = expected.unwrap_or_else(|| sample("short.bin"));
        for certificate in certificates.iter().copied().map(Certificate::load) {
            assert!(inside.contains(&certificate.der.as_slice()), "{name}");
            let ski = certificate.key_identifier();
            let mut signers = data.signers().iter();
            let signer = signers
                .find(|signer| signer.sid().matches(&certificate.issuer, &certificate.serial, Some(&ski)))
                .expect(name);
            let verify = |content| signer.verify(oid::DATA, content, certificate.key.as_ref(), &PROVIDER);
            assert_eq!(verify(Some(&content)), Ok(()), "{name}");
            assert_eq!(verify(Some(b"other")), Err(SignatureError::DigestMismatch), "{name}");
        }
    }
}

#[test]
fn rfc4055_s3_1_pss_with_another_digest_for_the_mask_is_not_supported() {
    let certificate = Certificate::load("rsa");
    let bytes = sample("signed-pss-mgf1.der");
    let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    assert_eq!(
        data.signers()[0].verify(oid::DATA, data.content(), certificate.key.as_ref(), &PROVIDER),
        Err(SignatureError::UnsupportedAlgorithm { field: "signatureAlgorithm" })
    );
}

#[test]
fn the_message_digest_is_what_openssl_says() {
    let Some((_, digest)) = openssl(&["dgst", "-sha256", "-binary", "short.bin"], &[]) else { return };
    for name in ["signed-rsa.der", "signed-smime-stream.der", "variant-nested-pieces.der"] {
        let bytes = sample(name);
        let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        let attributes = data.signers()[0].signed_attributes().unwrap();
        let value = attributes.single(oid::MESSAGE_DIGEST).unwrap().unwrap();
        assert_eq!(value.content(), digest, "{name}");
    }
}

#[test]
fn empty_content_is_not_absent_content() {
    let certificate = Certificate::load("rsa");
    let bytes = sample("signed-empty.der");
    let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    assert_eq!(data.content(), Some(&[][..]));
    assert_eq!(data.signers()[0].verify(oid::DATA, data.content(), certificate.key.as_ref(), &PROVIDER), Ok(()));
    let bytes = sample("signed-detached.der");
    assert_eq!(SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap().content(), None);
}

#[test]
fn a_signature_without_attributes_is_a_case_of_its_own() {
    let certificate = Certificate::load("rsa");
    let bytes = sample("signed-noattr.der");
    let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    let signer = &data.signers()[0];
    let key = certificate.key.as_ref();
    assert_eq!(signer.verify(oid::DATA, data.content(), key, &PROVIDER), Err(SignatureError::NoSignedAttributes));
    assert_eq!(signer.verify_any(oid::DATA, data.content(), key, &PROVIDER), Ok(SignedOver::Content));
    assert_eq!(signer.verify_any(oid::DATA, Some(b"x"), key, &PROVIDER), Err(SignatureError::BadSignature));
}

#[test]
fn octets_behind_the_content_info_are_refused_by_position() {
    let bytes = sample("variant-trailing.der");
    let error = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap_err();
    assert_eq!((error.kind(), error.position()), (DecodeErrorKind::TrailingData, bytes.len() - 2));
    assert!(SignedData::from_ber(&bytes[..error.position()], Limits::DEFAULT).is_ok());
}

#[test]
fn certificates_only_samples_are_read() {
    for (name, certificates, crls) in [
        ("certs-only.der", &["rsa", "ec"][..], 0),
        ("certs-and-crl.der", &["rsa"], 1),
        ("bc-certs-only.der", &["rsa"], 0),
        ("crl-only.der", &[], 1),
    ] {
        let bytes = sample(name);
        let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
        let expected: Vec<Vec<u8>> = certificates.iter().map(|name| Certificate::load(name).der).collect();
        assert!(data.certificates().eq(expected.iter().map(Vec::as_slice)), "{name}");
        assert_eq!(data.crls().count(), crls, "{name}");
        assert!(data.crls().all(|crl| crl == sample("crl.der")), "{name}");
        assert!(data.signers().is_empty() && data.content().is_none(), "{name}");
    }
}

#[test]
fn every_enveloped_sample_is_decrypted() {
    let certificate = Certificate::load("rsa");
    let (key, ski) = (key("rsa"), certificate.key_identifier());
    for (name, recipients, passwords, others) in [
        ("enveloped-rsa", 1, 0, 0),
        ("enveloped-aes256", 1, 0, 0),
        ("enveloped-3des", 1, 0, 0),
        ("enveloped-stream", 1, 0, 0),
        ("enveloped-two", 2, 0, 0),
        ("enveloped-keyid", 1, 0, 0),
        ("enveloped-oaep", 1, 0, 0),
        ("enveloped-oaep-sha256", 1, 0, 0),
        ("enveloped-kari-first", 1, 1, 1),
        ("bc-enveloped", 1, 0, 0),
        ("bc-enveloped-stream", 1, 0, 0),
        ("variant-enveloped-definite", 1, 0, 0),
        ("variant-enveloped-indefinite", 1, 0, 0),
        ("variant-enveloped-nested", 1, 0, 0),
        ("variant-enveloped-everything", 1, 1, 3),
    ] {
        let bytes = sample(&format!("{name}.der"));
        let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).expect(name);
        let kinds = [data.recipients().len(), data.password_recipients().len(), data.other_recipients()];
        assert_eq!(kinds, [recipients, passwords, others], "{name}");
        assert_eq!(data.content_type(), oid::DATA, "{name}");
        let recipient = data.recipient_for(&certificate.issuer, &certificate.serial, Some(&ski)).expect(name);
        let wrapped = data.wrapped_key(recipient, &PROVIDER).expect(name);
        let content_key = key.unwrap_key(&wrapped, &mut rng()).expect(name);
        let content = data.decrypt(&content_key, &PROVIDER).expect(name);
        assert_eq!(content.expose(), sample("long.bin"), "{name}");
    }
    let bytes = sample("enveloped-only-kari.der");
    let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    assert_eq!((data.recipients().len(), data.other_recipients()), (0, 1));
    let error = EnvelopedData::from_ber(&sample("variant-enveloped-nobody.der"), Limits::DEFAULT).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Empty);
}

#[test]
fn every_authenticated_sample_is_decrypted() {
    let certificate = Certificate::load("rsa");
    let (key, ski) = (key("rsa"), certificate.key_identifier());
    for (name, cipher, attributes) in [
        ("auth-enveloped-aes128", CipherAlgorithm::AES128_GCM, 0),
        ("auth-enveloped-aes192", CipherAlgorithm::AES192_GCM, 0),
        ("auth-enveloped-aes256", CipherAlgorithm::AES256_GCM, 0),
        ("auth-enveloped-stream", CipherAlgorithm::AES128_GCM, 0),
        ("bc-auth-enveloped", CipherAlgorithm::AES128_GCM, 0),
        ("bc-auth-enveloped-attributes", CipherAlgorithm::AES256_GCM, 2),
    ] {
        let bytes = sample(&format!("{name}.der"));
        let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).expect(name);
        assert!(data.is_authenticated(), "{name}");
        assert_eq!(data.cipher_algorithm(&PROVIDER), Ok(cipher), "{name}");
        assert_eq!(data.authenticated_attributes().map_or(0, |found| found.iter().count()), attributes, "{name}");
        let recipient = data.recipient_for(&certificate.issuer, &certificate.serial, Some(&ski)).expect(name);
        let wrapped = data.wrapped_key(recipient, &PROVIDER).expect(name);
        let content_key = key.unwrap_key(&wrapped, &mut rng()).expect(name);
        assert_eq!(data.decrypt(&content_key, &PROVIDER).expect(name).expose(), sample("long.bin"), "{name}");
    }
}

#[test]
fn no_damage_to_what_is_authenticated_is_decrypted() {
    let bytes = sample("bc-auth-enveloped-attributes.der");
    let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    let wrapped = data.wrapped_key(&data.recipients()[0], &PROVIDER).unwrap();
    let content_key = key("rsa").unwrap_key(&wrapped, &mut rng()).unwrap();
    let find = |octets: &[u8]| bytes.windows(octets.len()).position(|window| window == octets).unwrap();
    let ciphertext = find(&data.encrypted_content().unwrap()[..1000]);
    let nonce = find(data.iv().unwrap());
    let attributes = find(data.authenticated_attributes().unwrap().as_bytes());
    // Contents of the nonce, of the last piece of ciphertext, of signingTime and of mac.
    for index in (nonce..nonce + 12).chain(ciphertext..bytes.len() - 6).filter(|index| {
        let pieces = [0..1000, 1004..2004, 2008..2508].map(|piece| ciphertext + piece.start..ciphertext + piece.end);
        let contents = [nonce..nonce + 12, attributes + 43..attributes + 56, bytes.len() - 22..bytes.len() - 6];
        pieces.iter().chain(&contents).any(|contents| contents.contains(index))
    }) {
        let mut damaged = bytes.clone();
        damaged[index] ^= 0x01;
        let data = EnvelopedData::from_ber(&damaged, Limits::DEFAULT).unwrap();
        assert_eq!(data.decrypt(&content_key, &PROVIDER), Err(CipherFailed), "{index}");
    }
}

#[test]
fn every_sample_with_a_password_is_decrypted() {
    for (name, password, digest, iterations, cipher) in [
        ("pwri-aes128", "secret", DigestAlgorithm::SHA1, 2048, CipherAlgorithm::AES128_CBC),
        ("pwri-aes192", "secret", DigestAlgorithm::SHA1, 2048, CipherAlgorithm::AES192_CBC),
        ("pwri-aes256", "secret", DigestAlgorithm::SHA1, 2048, CipherAlgorithm::AES256_CBC),
        ("pwri-3des", "secret", DigestAlgorithm::SHA1, 2048, CipherAlgorithm::DES_EDE3_CBC),
        ("pwri-stream", "secret", DigestAlgorithm::SHA1, 2048, CipherAlgorithm::AES128_CBC),
        ("enveloped-kari-first", "secret", DigestAlgorithm::SHA1, 2048, CipherAlgorithm::AES128_CBC),
        ("bc-pwri", "sécret", DigestAlgorithm::SHA1, 1024, CipherAlgorithm::AES128_CBC),
        ("bc-pwri-sha224", "sécret", DigestAlgorithm::SHA224, 1, CipherAlgorithm::DES_EDE3_CBC),
        ("bc-pwri-sha256", "sécret", DigestAlgorithm::SHA256, 10_000, CipherAlgorithm::AES128_CBC),
        ("bc-pwri-sha384", "sécret", DigestAlgorithm::SHA384, 4096, CipherAlgorithm::AES192_CBC),
        ("bc-pwri-sha512", "sécret", DigestAlgorithm::SHA512, 4096, CipherAlgorithm::AES256_CBC),
    ] {
        let bytes = sample(&format!("{name}.der"));
        let data = EnvelopedData::from_ber(&bytes, Limits::DEFAULT).expect(name);
        let [recipient] = data.password_recipients() else { panic!("{name}") };
        let wrapped = data.password_wrapped_key(recipient, &PROVIDER).expect(name);
        let profile = wrapped.profile();
        let found = (profile.derivation(), profile.iterations().get(), profile.cipher());
        assert_eq!(found, (KeyDerivationAlgorithm::Pbkdf2(digest), iterations, cipher), "{name}");
        let open = |password: &str| {
            let key = wrapped.derive(&Secret::from(password), &PROVIDER).unwrap();
            let content_key = wrapped.unwrap_key(&key, &mut rng(), &PROVIDER).unwrap();
            data.decrypt(&content_key, &PROVIDER)
        };
        assert_eq!(open(password).expect(name).expose(), sample("long.bin"), "{name}");
        // One wrong key in 256 leaves padding that could be right, and other content.
        assert!(open("Secret").map_or(true, |content| content.expose() != sample("long.bin")), "{name}");
    }
}

#[test]
fn openssl_decrypts_what_we_encrypt_under_a_password() {
    let content = sample("long.bin");
    let iterations = NonZeroU32::new(PasswordProfile::FEWEST_ITERATIONS).unwrap();
    for (content_cipher, cipher, digest) in [
        (CipherAlgorithm::AES128_CBC, CipherAlgorithm::AES128_CBC, DigestAlgorithm::SHA256),
        (CipherAlgorithm::AES256_CBC, CipherAlgorithm::AES128_CBC, DigestAlgorithm::SHA1),
        (CipherAlgorithm::DES_EDE3_CBC, CipherAlgorithm::AES192_CBC, DigestAlgorithm::SHA224),
        (CipherAlgorithm::AES192_CBC, CipherAlgorithm::AES256_CBC, DigestAlgorithm::SHA384),
        (CipherAlgorithm::AES128_CBC, CipherAlgorithm::DES_EDE3_CBC, DigestAlgorithm::SHA512),
        (CipherAlgorithm::AES256_GCM, CipherAlgorithm::AES128_CBC, DigestAlgorithm::SHA256),
    ] {
        let derivation = KeyDerivationAlgorithm::Pbkdf2(digest);
        let profile =
            PasswordProfile::DEFAULT.with_iterations(iterations).with_derivation(derivation).with_cipher(cipher);
        let key = PasswordKey::derive(&Secret::from("sécret"), profile, &mut rng(), &PROVIDER).unwrap();
        let message = EnvelopedDataBuilder::new(&content, content_cipher).add_password_recipient(&key);
        let message = message.build(&mut rng(), &PROVIDER).unwrap();
        let decrypt = ["cms", "-decrypt", "-binary", "-inform", "DER", "-pwri_password", "sécret"];
        let Some((decrypted, out)) = openssl(&decrypt, &message) else { return };
        assert!(decrypted && out == content, "{content_cipher:?} {cipher:?} {digest:?}");
        let (_, again) = openssl(&["cms", "-cmsout", "-inform", "DER", "-outform", "DER"], &message).unwrap();
        assert!(again == message, "{cipher:?}: not DER");
    }
}

#[test]
fn a_request_of_micromdm_is_verified_and_opened() {
    let bytes = sample("micromdm-pkcsreq.der");
    let data = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    let signer = &data.signers()[0];
    let own = Certificate::new(data.certificates().next().unwrap());
    assert!(signer.sid().matches(&own.issuer, &own.serial, None));
    assert_eq!(signer.digest_algorithm().oid, oid::SHA1);
    assert_eq!(signer.verify(data.content_type(), data.content(), own.key.as_ref(), &PROVIDER), Ok(()));
    let attributes = signer.signed_attributes().unwrap();
    let message_type = attributes.single(oid::SCEP_MESSAGE_TYPE).unwrap().unwrap();
    assert_eq!(message_type.content(), b"19");

    let envelope = EnvelopedData::from_ber(data.content().unwrap(), Limits::DEFAULT).unwrap();
    let ca = Certificate::load("rsa");
    let recipient = envelope.recipient_for(&ca.issuer, &ca.serial, None).unwrap();
    assert_eq!(envelope.cipher().oid, oid::DES_CBC);
    assert!(envelope.wrapped_key(recipient, &PROVIDER).is_err());
    let wrapped = envelope.wrapped_key(recipient, &LEGACY_PROVIDER).unwrap();
    let content_key = key("rsa").unwrap_key(&wrapped, &mut rng()).unwrap();
    let csr = envelope.decrypt(&content_key, &LEGACY_PROVIDER).unwrap();
    assert!(Reader::new(csr.expose()).sequence().is_ok());
    assert!(csr.expose().windows(6).any(|window| window == b"secret"));
}

#[test]
fn openssl_verifies_what_we_sign() {
    let attribute = Writer::encode(|w| w.primitive(Tag::PRINTABLE_STRING, b"19"));
    for (name, algorithm, content, by_key) in [
        ("rsa", SignatureAlgorithm::RSA_PKCS1_SHA256, Some("short.bin"), false),
        ("rsa", SignatureAlgorithm::RSA_PKCS1_SHA1, Some("short.bin"), false),
        ("rsa", SignatureAlgorithm::RSA_PKCS1_SHA512, Some("long.bin"), true),
        ("rsa", SignatureAlgorithm::RSA_PSS_SHA256, Some("long.bin"), false),
        ("rsa", SignatureAlgorithm::RSA_PSS_SHA384, Some("long.bin"), false),
        ("rsa", SignatureAlgorithm::RSA_PSS_SHA512, Some("short.bin"), true),
        ("ec", SignatureAlgorithm::ECDSA_SHA256, Some("short.bin"), false),
        ("rsa", SignatureAlgorithm::RSA_PKCS1_SHA256, None, false),
    ] {
        let certificate = Certificate::load(name);
        let content = content.map(sample);
        let ski = certificate.key_identifier();
        let signer = if by_key { CertificateIdentifier::SubjectKeyIdentifier(&ski) } else { certificate.identifier() };
        let message = SignedDataBuilder::new(content.clone())
            .add_certificate(&certificate.der)
            .add_certificate(&Certificate::load("other").der)
            .add_attribute(oid::SCEP_MESSAGE_TYPE, &attribute)
            .build(signer, algorithm, &PROVIDER)
            .unwrap()
            .sign_with(&key(name), &mut rng())
            .unwrap();

        let data = SignedData::from_ber(&message, Limits::DEFAULT).unwrap();
        assert_eq!(data.content(), content.as_deref());
        assert_eq!(data.version(), if by_key { 3 } else { 1 });
        assert_eq!(data.signers()[0].verify(oid::DATA, data.content(), certificate.key.as_ref(), &PROVIDER), Ok(()));

        let mut arguments = vec!["cms", "-verify", "-binary", "-inform", "DER", "-noverify"];
        if content.is_none() {
            arguments.extend(["-content", "/dev/null"]);
        }
        let Some((verified, out)) = openssl(&arguments, &message) else { return };
        assert!(verified, "{algorithm:?}");
        assert_eq!(out, content.unwrap_or_default(), "{algorithm:?}");
        // OpenSSL sorts every SET OF when it encodes.
        let (_, again) = openssl(&["cms", "-cmsout", "-inform", "DER", "-outform", "DER"], &message).unwrap();
        assert!(again == message, "{algorithm:?}: not DER");
    }
}

#[test]
fn openssl_decrypts_what_we_encrypt() {
    let (certificate, other) = (Certificate::load("rsa"), Certificate::load("other"));
    let ski = certificate.key_identifier();
    let content = sample("long.bin");
    let oaep = KeyTransportAlgorithm::RsaOaep;
    for (cipher, transport, by_key) in [
        (CipherAlgorithm::AES128_CBC, KeyTransportAlgorithm::RsaPkcs1, false),
        (CipherAlgorithm::AES192_CBC, KeyTransportAlgorithm::RsaPkcs1, true),
        (CipherAlgorithm::AES256_CBC, oaep(DigestAlgorithm::SHA1), false),
        (CipherAlgorithm::DES_EDE3_CBC, oaep(DigestAlgorithm::SHA256), true),
        (CipherAlgorithm::AES128_CBC, oaep(DigestAlgorithm::SHA512), false),
        (CipherAlgorithm::AES128_GCM, KeyTransportAlgorithm::RsaPkcs1, false),
        (CipherAlgorithm::AES192_GCM, oaep(DigestAlgorithm::SHA1), false),
        (CipherAlgorithm::AES256_GCM, oaep(DigestAlgorithm::SHA256), true),
    ] {
        let identifier =
            if by_key { CertificateIdentifier::SubjectKeyIdentifier(&ski) } else { certificate.identifier() };
        let message = EnvelopedDataBuilder::new(&content, cipher)
            .add_recipient(other.identifier(), other.key.as_ref(), KeyTransportAlgorithm::RsaPkcs1)
            .add_recipient(identifier, certificate.key.as_ref(), transport)
            .build(&mut rng(), &PROVIDER)
            .unwrap();

        let data = EnvelopedData::from_ber(&message, Limits::DEFAULT).unwrap();
        assert_eq!(data.is_authenticated(), cipher.is_authenticated());
        assert_eq!(data.version(), if by_key && !cipher.is_authenticated() { 2 } else { 0 });
        let recipient = data.recipient_for(&certificate.issuer, &certificate.serial, Some(&ski)).unwrap();
        let wrapped = data.wrapped_key(recipient, &PROVIDER).unwrap();
        let content_key = key("rsa").unwrap_key(&wrapped, &mut rng()).unwrap();
        assert_eq!(data.decrypt(&content_key, &PROVIDER).unwrap().expose(), content);

        let decrypt = ["cms", "-decrypt", "-binary", "-inform", "DER", "-keyform", "DER"];
        for name in ["rsa", "other"] {
            let (key, certificate) = (format!("key-{name}.pk8"), format!("cert-{name}.der"));
            let arguments = [&decrypt[..], &["-inkey", &key, "-recip", &certificate]].concat();
            let Some((decrypted, out)) = openssl(&arguments, &message) else { return };
            assert!(decrypted && out == content, "{cipher:?} {transport:?} {name}");
        }
        let (_, again) = openssl(&["cms", "-cmsout", "-inform", "DER", "-outform", "DER"], &message).unwrap();
        assert!(again == message, "{cipher:?}: not DER");
    }
}

#[test]
fn openssl_prints_our_certificates_only_messages() {
    let (first, second) = (Certificate::load("rsa"), Certificate::load("ec"));
    let message = certs_only([first.der.as_slice(), &second.der], []);
    let Some((read, text)) = openssl(&["pkcs7", "-inform", "DER", "-print_certs"], &message) else { return };
    let text = String::from_utf8(text).unwrap();
    assert!(read && text.matches("BEGIN CERTIFICATE").count() == 2);
    assert!(text.find("CN = rsa") < text.find("CN = ec"), "the order given stays");
    // Byte for byte what OpenSSL makes of the same, and BouncyCastle in DER.
    assert_eq!(message, sample("certs-only.der"));
    assert_eq!(certs_only([first.der.as_slice()], [sample("crl.der").as_slice()]), sample("certs-and-crl.der"));
    assert_eq!(certs_only([], [sample("crl.der").as_slice()]), sample("crl-only.der"));
}

fn read_all(bytes: &[u8]) -> bool {
    let mut read = false;
    if let Ok(data) = SignedData::from_ber(bytes, Limits::DEFAULT) {
        read = true;
        let _ = data.certificates().count() + data.crls().count();
        for signer in data.signers() {
            let Some(attributes) = signer.signed_attributes() else { continue };
            let _ = attributes.first_duplicate();
            for attribute in attributes.iter() {
                let _ = attributes.single(attribute.oid());
                let _ = attribute.values().filter(|value| value.oid().is_ok()).count();
            }
        }
    }
    if let Ok(data) = EnvelopedData::from_ber(bytes, Limits::DEFAULT) {
        read = true;
        for recipient in data.recipients() {
            let _ = data.wrapped_key(recipient, &PROVIDER);
        }
        for recipient in data.password_recipients() {
            let _ = data.password_wrapped_key(recipient, &PROVIDER);
        }
    }
    read
}

#[test]
fn no_truncation_is_read_and_no_damage_panics() {
    for (name, bytes) in samples(".der") {
        for length in 0..bytes.len() {
            // What is cut off the sample with octets behind it may be those.
            assert!(!read_all(&bytes[..length]) || name == "variant-trailing.der", "{name} cut at {length}");
        }
        let mut damaged = bytes.clone();
        for index in 0..bytes.len() {
            for value in [bytes[index] ^ 0x01, bytes[index] ^ 0x20, bytes[index] ^ 0x80, 0x00, 0x80, 0xff] {
                damaged[index] = value;
                read_all(&damaged);
            }
            damaged[index] = bytes[index];
        }
    }
}

#[test]
fn no_damage_to_what_is_signed_verifies() {
    let certificate = Certificate::load("rsa");
    let bytes = sample("variant-nested-pieces.der");
    let whole = SignedData::from_ber(&bytes, Limits::DEFAULT).unwrap();
    let attributes = whole.signers()[0].signed_attributes().unwrap().as_bytes();
    let verify = |data: &SignedData<'_>, crypto: &CryptoProvider| {
        let signer = data.signers().first();
        signer.is_some_and(|s| s.verify(data.content_type(), data.content(), certificate.key.as_ref(), crypto).is_ok())
    };
    let mut verified = 0;
    let mut damaged = bytes.clone();
    for index in 0..bytes.len() {
        damaged[index] ^= 0x04;
        if let Ok(data) = SignedData::from_ber(&damaged, Limits::DEFAULT)
            && verify(&data, &PROVIDER)
        {
            verified += 1;
            assert_eq!(data.content(), whole.content());
            assert_eq!(data.signers()[0].signed_attributes().unwrap().as_bytes(), attributes);
        }
        damaged[index] ^= 0x04;
    }
    // Damage to certificates, versions and the signer's name is no business of the signature.
    assert!(verified > 0);
}
