//! CMS.

use pki_core::{
    Certificate, Limits, Secret,
    algorithm::CipherAlgorithm,
    cms::{EnvelopedData, EnvelopedDataBuilder, PasswordKey, PasswordProfile, SignedData, SignerInfo, certs_only},
    crypto::{ContentKey, Decrypter as _},
    der::{self, Reader, Tag},
};

use super::{
    fake::{self, Counter},
    fixture::World,
    x509::every_accessor,
};

/// SignedData and EnvelopedData, one in the other.
pub fn cms(data: &[u8]) {
    enveloped_data(data);
    let Ok(signed_data) = SignedData::from_ber(data, Limits::DEFAULT) else { return };
    assert!(!format!("{signed_data:?}").is_empty());
    assert!(signed_data.signers().len() <= Limits::DEFAULT.entries);
    for signer in signed_data.signers() {
        signer_info(&signed_data, signer);
    }
    bundle(&signed_data);
    if let Some(content) = signed_data.content() {
        assert!(content.len() < data.len());
        enveloped_data(content);
    }
    assert_eq!(signed_data.content().map(<[u8]>::to_vec), signed_data.clone().into_content().map(|c| c.into_owned()));
}

fn signer_info(signed_data: &SignedData<'_>, signer: &SignerInfo<'_>) {
    let World { ca, .. } = World::shared();
    let (content_type, content) = (signed_data.content_type(), signed_data.content());
    let strict = signer.verify(content_type, content, ca.public_key(), &fake::PROVIDER);
    let lax = signer.verify_any(content_type, content, ca.public_key(), &fake::PROVIDER);
    assert!(strict.is_err() || lax.is_ok());
    let _ = signer.sid().names(ca);
    let _ = (signer.version(), signer.unsigned_attributes(), signer.signature_algorithm());

    let Some(attributes) = signer.signed_attributes() else { return };
    let signed = attributes.to_signed_bytes();
    let mut reader = Reader::new(&signed);
    assert_eq!(reader.nested(Tag::SET).unwrap().rest(), attributes.as_bytes());
    reader.finish().unwrap();
    let duplicate = attributes.first_duplicate();
    for attribute in attributes.iter() {
        let single = attributes.single(attribute.oid());
        assert!(!matches!(single, Ok(None)));
        if attribute.values().count() == 1 && duplicate.is_none() {
            let value = |found: der::Element<'_>| found.raw().to_vec();
            assert_eq!(single.map(|found| found.map(value)), attribute.single_value().map(value).map(Some));
        }
    }
}

/// A certificates-only message of the same certificates and CRLs has them in the same order.
fn bundle(signed_data: &SignedData<'_>) {
    let (certificates, crls) = (signed_data.certificates(), signed_data.crls());
    let bundle = certs_only(certificates, crls);
    match SignedData::from_ber(&bundle, Limits::DEFAULT) {
        Ok(again) => {
            assert!(again.certificates().eq(signed_data.certificates()) && again.crls().eq(signed_data.crls()));
            assert!(again.signers().is_empty() && again.content().is_none());
        }
        // Only a message of the largest size can become too large.
        Err(error) => assert!(bundle.len() > Limits::DEFAULT.size, "{error}"),
    }
    signed_data.certificates().filter_map(|der| Certificate::from_der(der).ok()).for_each(|c| every_accessor(&c));
}

fn enveloped_data(data: &[u8]) {
    let Ok(envelope) = EnvelopedData::from_ber(data, Limits::DEFAULT) else { return };
    assert!(!format!("{envelope:?}").is_empty());
    let World { ra, ra_key, .. } = World::shared();
    let recipients = envelope.recipients().len() + envelope.password_recipients().len() + envelope.other_recipients();
    assert!((1..=Limits::DEFAULT.entries).contains(&recipients));
    let ours = envelope.recipient_for(ra.issuer().as_der(), ra.serial_number(), None);
    assert!(ours.is_none_or(|recipient| recipient.rid().names(ra)));
    for recipient in envelope.recipients() {
        let Ok(wrapped) = envelope.wrapped_key(recipient, &fake::PROVIDER) else { continue };
        assert_eq!(wrapped.encrypted(), recipient.encrypted_key());
        let key = ra_key.unwrap_key(&wrapped, &mut Counter(0)).unwrap();
        decrypt(&envelope, &key);
    }
    for recipient in envelope.password_recipients() {
        let Ok(wrapped) = envelope.password_wrapped_key(recipient, &fake::PROVIDER) else { continue };
        assert!(wrapped.profile().iterations().get() <= Limits::DEFAULT.iterations);
        let key = wrapped.derive(&Secret::from("challenge"), &fake::PROVIDER).unwrap();
        assert_eq!(PasswordKey::from_der(key.to_der().expose()).as_ref(), Ok(&key));
        let key = wrapped.unwrap_key(&key, &mut Counter(0), &fake::PROVIDER).unwrap();
        assert_eq!(key.expose().len(), wrapped.key_length());
        decrypt(&envelope, &key);
    }
    let wrong = ContentKey::new(vec![0; CipherAlgorithm::AES128_CBC.key_length() + 1]);
    assert!(envelope.decrypt(&wrong, &fake::PROVIDER).is_err());
    if let Ok(cipher) = envelope.cipher_algorithm(&fake::PROVIDER) {
        assert_eq!(cipher.is_authenticated(), envelope.is_authenticated());
        assert_eq!(envelope.iv().unwrap().len(), cipher.iv_length());
    }
    let attributes = envelope.authenticated_attributes();
    assert!(attributes.is_none_or(|attributes| envelope.is_authenticated() && attributes.iter().count() < data.len()));
    let _ = (envelope.version(), envelope.content_type(), envelope.cipher());
}

/// With the fake ciphers, what comes out is what was there, without padding.
fn decrypt(envelope: &EnvelopedData<'_>, key: &ContentKey) {
    let Ok(content) = envelope.decrypt(key, &fake::PROVIDER) else { return };
    let ciphertext = envelope.encrypted_content().unwrap();
    assert!(ciphertext.starts_with(content.expose()));
    assert_eq!(content.expose().len() == ciphertext.len(), envelope.is_authenticated());
    reseal(envelope, content.expose());
}

/// The same content, encrypted again by a password and opened.
fn reseal(envelope: &EnvelopedData<'_>, content: &[u8]) {
    let Ok(cipher) = envelope.cipher_algorithm(&fake::PROVIDER) else { return };
    let (crypto, rng) = (&fake::PROVIDER, &mut Counter(1));
    let key = PasswordKey::derive(&Secret::from("challenge"), PasswordProfile::DEFAULT, rng, crypto).unwrap();
    let builder = EnvelopedDataBuilder::new(content, cipher).with_content_type(envelope.content_type());
    let bytes = builder.add_password_recipient(&key).build(rng, crypto).unwrap();
    let Ok(again) = EnvelopedData::from_ber(&bytes, Limits::DEFAULT) else {
        // Only a message of the largest size can become too large.
        return assert!(bytes.len() > Limits::DEFAULT.size);
    };
    assert_eq!(again.is_authenticated(), envelope.is_authenticated());
    let wrapped = again.password_wrapped_key(&again.password_recipients()[0], crypto).unwrap();
    let content_key = wrapped.unwrap_key(&key, rng, crypto).unwrap();
    assert!(again.decrypt(&content_key, crypto).unwrap().matches(content));
}
