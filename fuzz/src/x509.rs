//! Certificates, CSRs, names and extensions.

use std::fmt::Debug;

use pki_core::{
    Certificate, Csr, GeneralName, GeneralNames, GeneralNamesBuilder, Name, NameRef, Oid, PublicKeyRef,
    crypto::VerifyError,
    der::{Decode, Reader, SequenceOf, Writer},
    extension::{
        AccessDescription, AuthorityKeyIdentifier, BasicConstraints, DistributionPoint, Extensions, GeneralSubtree,
        KeyUsage, NameConstraints, PolicyConstraints, PolicyInformation, PolicyMapping, SubjectKeyIdentifier,
    },
    name::DirectoryString,
};

use super::{
    fake::{self, BAD_SIGNATURE},
    fixture::World,
};

/// All that a certificate can be asked.
pub fn certificate(data: &[u8]) {
    let Ok(certificate) = Certificate::from_der(data) else { return };
    every_accessor(&certificate);
}

/// All that a CSR can be asked.
pub fn csr(data: &[u8]) {
    let Ok(csr) = Csr::from_der(data) else { return };
    assert_eq!(csr.as_der(), data);
    assert_eq!(Csr::from_der(csr.as_der()).as_ref(), Ok(&csr));
    assert!(!format!("{csr:?}").is_empty());
    assert!(csr.oddities().all(|oddity| !oddity.to_string().is_empty()));
    every_name(csr.subject());
    every_key(csr.public_key());
    every_extension(csr.extension_request());
    for attribute in csr.attributes() {
        assert!(attribute.values().all(|value| !value.raw().is_empty()));
        assert!(!format!("{attribute:?}").is_empty());
    }
    if let Ok(Some(password)) = csr.challenge_password() {
        assert!(std::str::from_utf8(password.expose()).is_ok());
        assert!(csr.attributes().any(|attribute| attribute.oid == pki_core::oid::CHALLENGE_PASSWORD));
    }
    let _ = (csr.subject_alt_name(), csr.key_usage(), csr.extended_key_usage());
    assert_eq!(csr.verify(&fake::PROVIDER).is_ok(), !matches!(csr.signature(), [] | [BAD_SIGNATURE, ..]));
    assert!(csr.digest(&fake::PROVIDER).is_some());
}

/// Two names in a row: each is read, shown, and compared with the other.
pub fn name(data: &[u8]) {
    let mut reader = Reader::new(data);
    let Ok(left) = NameRef::decode(&mut reader) else {
        if let Ok(string) = DirectoryString::decode(&mut Reader::new(data)) {
            text_again(string.as_str());
        }
        return;
    };
    every_name(left);
    let Ok(right) = NameRef::decode(&mut reader) else { return };
    every_name(right);
    assert_eq!(left.matches(right), right.matches(left));
    if left.matches(right) {
        assert_eq!(left.rdns().count(), right.rdns().count());
    }
}

/// Extension values, without the certificate around them. The first octet says of which type.
pub fn extension(data: &[u8]) {
    let Some((kind, der)) = data.split_first() else { return };
    match kind % 14 {
        0 => {
            shown::<SequenceOf<'_, AccessDescription<'_>>>(der);
        }
        1 => {
            shown::<AuthorityKeyIdentifier<'_>>(der);
        }
        2 => {
            if let Some(constraints) = shown::<BasicConstraints>(der) {
                let again = Writer::encode(|w| constraints.encode(w));
                assert_eq!(shown(&again), Some(constraints));
            }
        }
        3 => {
            shown::<SequenceOf<'_, PolicyInformation<'_>>>(der);
        }
        4 => {
            shown::<SequenceOf<'_, DistributionPoint<'_>>>(der);
        }
        5 => {
            shown::<SequenceOf<'_, Oid<'_>>>(der);
        }
        6 => {
            if let Some(usage) = shown::<KeyUsage>(der) {
                let again = Writer::encode(|w| usage.encode(w));
                assert_eq!(shown(&again), Some(usage));
                assert!(!usage.to_string().is_empty());
            }
        }
        7 => {
            shown::<NameConstraints<'_>>(der);
        }
        8 => {
            shown::<PolicyConstraints>(der);
        }
        9 => {
            shown::<SequenceOf<'_, PolicyMapping<'_>>>(der);
        }
        10 => {
            shown::<GeneralNames<'_>>(der).map(every_general_name);
        }
        11 => {
            shown::<SubjectKeyIdentifier<'_>>(der);
        }
        12 => {
            shown::<GeneralSubtree<'_>>(der);
        }
        _ => {
            shown::<u32>(der);
        }
    }
}

/// All that a certificate can be asked, for other targets too.
pub(super) fn every_accessor(certificate: &Certificate) {
    let der = certificate.as_der();
    assert_eq!(Certificate::from_der(der).as_ref(), Ok(certificate));
    for part in [certificate.tbs(), certificate.signature(), certificate.serial_number()] {
        assert!(part.len() < der.len());
    }
    assert!((1..=3).contains(&certificate.version()));
    assert!(!certificate.serial_number().is_empty());
    assert!(!format!("{certificate:?}").is_empty());
    assert!(certificate.oddities().all(|oddity| !oddity.to_string().is_empty()));
    let _ = (certificate.issuer_unique_id(), certificate.subject_unique_id());
    let validity = certificate.validity();
    assert_eq!(validity.contains(validity.not_before), validity.not_before <= validity.not_after);

    every_name(certificate.issuer());
    every_name(certificate.subject());
    assert_eq!(certificate.is_self_issued(), certificate.subject().matches(certificate.issuer()));
    every_key(certificate.public_key());
    every_extension(certificate.extensions());
    assert!(certificate.extension(pki_core::oid::DATA).is_none_or(|found| found.oid == pki_core::oid::DATA));

    let same = certificate.signature_algorithm() == certificate.tbs_signature_algorithm();
    match certificate.verify_signature(World::shared().ca.public_key(), &fake::PROVIDER) {
        Ok(()) => assert!(same && !certificate.signature().is_empty()),
        Err(VerifyError::AlgorithmMismatch) => {}
        Err(_) => assert!(matches!(certificate.signature(), [] | [BAD_SIGNATURE, ..])),
    }
    for digest in fake::PROVIDER.digests {
        assert_eq!(certificate.fingerprint(*digest), digest.digest(&[der]));
    }
}

fn every_name(name: NameRef<'_>) {
    let owned = Name::from_der(name.as_der()).unwrap();
    assert_eq!(owned.as_ref(), name);
    assert!(name.matches(owned.as_ref()));
    assert_eq!(name.is_empty(), name.attributes().next().is_none());
    let shown = name.to_string();
    assert!(!shown.contains(|c: char| c.is_control()), "{shown:?}");
    assert_eq!(shown.is_empty(), name.is_empty());
    for attribute in name.attributes() {
        attribute.to_text().iter().for_each(|text| text_again(text));
    }
    assert!(name.common_name().is_none() || !name.is_empty());
    assert!(name.rdns().all(|rdn| rdn.attributes().next().is_some()));
}

/// A text is written so that it is read as itself.
fn text_again(text: &str) {
    let der = Writer::encode(|w| DirectoryString::encode(text, w));
    assert_eq!(DirectoryString::decode(&mut Reader::new(&der)).unwrap().as_str(), text);
}

fn every_key(key: PublicKeyRef<'_>) {
    assert!(PublicKeyRef::from_der(key.as_der()) == Ok(key));
    assert!(key.to_owned().as_ref() == key);
    assert!(!key.kind().to_string().is_empty() && !format!("{key:?}").is_empty());
    assert!(key.key_bits().len() < key.as_der().len());
    assert!(key.key_identifier(&fake::PROVIDER).is_some());
    let _ = key.can_encrypt();
}

fn every_extension(extensions: Extensions<'_>) {
    assert_eq!(extensions.iter().count(), extensions.len());
    for extension in extensions.iter() {
        assert_eq!(extensions.find(extension.oid), Some(extension));
    }
    for names in [extensions.subject_alt_name(), extensions.issuer_alt_name()] {
        names.ok().flatten().map(every_general_name);
    }
    macro_rules! shown {
        ($($name:ident)*) => {
            $(if let Ok(Some(value)) = extensions.$name() {
                assert!(!format!("{value:?}").is_empty());
            })*
        };
    }
    shown! {
        authority_info_access authority_key_identifier basic_constraints certificate_policies crl_distribution_points
        extended_key_usage freshest_crl inhibit_any_policy key_usage name_constraints policy_constraints policy_mappings
        subject_directory_attributes subject_info_access subject_key_identifier
    }
}

/// Names are written as they were read. The builder takes them all, but for those without a text.
fn every_general_name(names: GeneralNames<'_>) {
    let again = Writer::encode(|w| w.sequence(|w| names.iter().for_each(|name| name.encode(w))));
    assert_eq!(GeneralNames::decode(&mut Reader::new(&again)), Ok(names));
    if let Ok(built) = names.iter().collect::<GeneralNamesBuilder>().build() {
        assert_eq!(built, again);
    }
    for name in names.iter() {
        let _ = (name.upn(), name.ip_address());
        if let GeneralName::DirectoryName(name) = name {
            every_name(name);
        }
    }
}

/// Reads a value and writes it for people.
fn shown<'a, T: Decode<'a> + Debug + PartialEq>(der: &'a [u8]) -> Option<T> {
    let value = T::decode(&mut Reader::new(der)).ok()?;
    assert!(!format!("{value:?}").is_empty());
    assert!(T::decode(&mut Reader::at(der, 7)).is_ok_and(|again| again == value));
    Some(value)
}
