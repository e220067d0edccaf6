//! pkiMessages, from bytes to what is in the envelope, and back.

use pki_core::{
    Limits,
    algorithm::SignatureAlgorithm,
    crypto::{ContentKey, Decrypter as _},
};
use scep::message::{IssuerAndSubject, MessageData, MessageError, Opened, PkiMessageBuilder, Received, Verified};

use super::{
    fake::{self, Counter},
    fixture::World,
    x509::every_accessor,
};

/// A pkiMessage through all stages.
pub fn scep_message(data: &[u8]) {
    let Ok(received) = Received::decode(data, Limits::DEFAULT) else { return };
    assert_eq!(received.as_bytes(), data);
    assert!(!format!("{received:?}").is_empty());
    received.certificates().iter().for_each(every_accessor);

    let World { ca, ra, .. } = World::shared();
    let known = [ca.clone(), ra.clone()];
    for verified in [received.verify(&fake::PROVIDER), received.verify_by(&known, &fake::PROVIDER)] {
        match verified {
            Ok(verified) => {
                assert_eq!(
                    received.reply_address().transaction_id.as_ref(),
                    Some(&verified.attributes().transaction_id)
                );
                stages(&verified);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

fn stages(verified: &Verified) {
    let World { ra, ra_key, .. } = World::shared();
    let mut rng = Counter(1);
    attributes_again(verified);
    assert!(verified.received().digest().is_none_or(|digest| fake::PROVIDER.digest(digest.oid()).is_some()));
    let algorithms = verified.envelope_algorithms(ra, &fake::PROVIDER);
    match verified.wrapped_key(ra, &fake::PROVIDER) {
        Ok(wrapped) => {
            let cipher = algorithms.unwrap().cipher;
            assert_eq!(cipher.key_length(), wrapped.key_length());
            let key = ra_key.unwrap_key(&wrapped, &mut rng).unwrap();
            opened(verified.open(&key, &fake::PROVIDER));
            let short = ContentKey::new(vec![0; wrapped.key_length() - 1]);
            assert_eq!(verified.open(&short, &fake::PROVIDER).err(), Some(MessageError::Unopenable));
        }
        Err(error) => {
            assert_eq!(algorithms, Err(error));
            // For whomever it is, by a key of whatever length.
            for length in [8, 16, 24, 32] {
                opened(verified.open(&ContentKey::new(vec![0; length]), &fake::PROVIDER));
            }
        }
    }
}

/// Attributes that are written and signed are read as the same ones.
fn attributes_again(verified: &Verified) {
    let World { ra, .. } = World::shared();
    let message = PkiMessageBuilder::new(verified.attributes().clone())
        .add_certificate(ra)
        .build(ra, SignatureAlgorithm::RSA_PKCS1_SHA256, &fake::PROVIDER)
        .unwrap()
        .attach(fake::signature());
    let again = Received::decode(message.as_bytes(), Limits::DEFAULT).unwrap().verify(&fake::PROVIDER).unwrap();
    assert_eq!(again.attributes(), verified.attributes());
    assert_eq!(again.signer(), ra);
    assert_eq!(again.wrapped_key(ra, &fake::PROVIDER), Err(MessageError::EnvelopeMissing));
}

fn opened(opened: Result<Opened, MessageError>) {
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => return assert_eq!(error, MessageError::Unopenable),
    };
    assert_eq!(opened.message_type(), opened.verified().attributes().message_type);
    match opened.data() {
        MessageData::Bundle(bundle) => bundle.certificates.iter().for_each(every_accessor),
        MessageData::Csr(csr) => super::csr(csr.as_der()),
        MessageData::IssuerAndSubject(names) => {
            assert_eq!(IssuerAndSubject::from_der(&names.to_der()).as_ref(), Ok(names));
            super::name(&[names.issuer().as_der(), names.subject().as_der()].concat());
        }
        _ => {}
    }
}
