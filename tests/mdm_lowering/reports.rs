//! What Apple's devices report.

use conformance::fixtures;
use mdm_proto::{
    lowering::{
        InstalledCertificate, Possession,
        apple::{AnswerError, certificate_list, certificate_status, profile_list},
    },
    plist::Value,
};
use pki_core::{Certificate, Limits, crypto::rustcrypto::PROVIDER, oid};
use plist::Value as Theirs;
use serde_json::json;

fn certificate() -> Certificate {
    fixtures::root(fixtures::ca_key())
}

/// An answer that the crate `plist` wrote.
fn answer(value: &Theirs) -> Value {
    let mut document = Vec::new();
    value.to_writer_xml(&mut document).unwrap();
    Value::from_xml(&document, Limits::DEFAULT).unwrap()
}

fn dictionary(entries: &[(&str, Theirs)]) -> Theirs {
    let mut dictionary = plist::Dictionary::new();
    for (key, value) in entries {
        dictionary.insert((*key).into(), value.clone());
    }
    Theirs::Dictionary(dictionary)
}

#[test]
fn a_certificate_list_is_read_past_what_is_odd() {
    let entry = |name: &str, is_identity: bool, data: Vec<u8>| {
        dictionary(&[("CommonName", name.into()), ("IsIdentity", is_identity.into()), ("Data", Theirs::Data(data))])
    };
    let der = certificate().as_der().to_vec();
    let list = vec![entry("odd", false, vec![1, 2, 3]), entry("Root", true, der.clone()), entry("Root", false, der)];
    let answered = answer(&dictionary(&[("Status", "Acknowledged".into()), ("CertificateList", Theirs::Array(list))]));
    let list = certificate_list(&answered).unwrap();
    assert_eq!(list.unreadable, [0]);
    assert_eq!(list.certificates.len(), 2);
    let InstalledCertificate::Whole { possession, label, .. } = &list.certificates[0] else { panic!("whole") };
    assert_eq!((*possession, label.as_deref()), (Possession::WithKey, Some("Root")));
    assert_eq!(list.certificates[1].certificate(), Some(&certificate()));
    let sha1 = certificate().fingerprint(PROVIDER.digest(oid::SHA1).unwrap());
    assert!(list.certificates[0].is(&certificate(), sha1.as_bytes()));
    let other = fixtures::root(fixtures::other_key());
    assert!(!list.certificates[0].is(&other, sha1.as_bytes()));
}

#[test]
fn a_profile_list_is_read() {
    let entry = dictionary(&[
        ("PayloadIdentifier", "com.example.mdm".into()),
        ("PayloadUUID", "X".into()),
        ("IsManaged", true.into()),
    ]);
    let answered = answer(&dictionary(&[("ProfileList", Theirs::Array(vec![entry]))]));
    let profiles = profile_list(&answered).unwrap();
    assert_eq!(
        (&*profiles[0].identifier, &*profiles[0].uuid, profiles[0].is_managed),
        ("com.example.mdm", "X", Some(true))
    );
}

#[test]
fn answers_to_other_commands_are_refused() {
    let empty = answer(&dictionary(&[]));
    assert_eq!(certificate_list(&empty), Err(AnswerError::Missing("CertificateList")));
    assert_eq!(profile_list(&empty), Err(AnswerError::Missing("ProfileList")));
    let strings = answer(&dictionary(&[
        ("CertificateList", Theirs::Array(vec!["x".into()])),
        ("ProfileList", Theirs::Array(vec![dictionary(&[("PayloadIdentifier", "x".into())])])),
    ]));
    assert_eq!(certificate_list(&strings), Err(AnswerError::Missing("CertificateList")));
    assert_eq!(profile_list(&strings), Err(AnswerError::Missing("PayloadUUID")));
}

#[test]
fn a_status_report_says_what_came_and_what_went() {
    let pem = certificate().to_pem();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let report = json!({ "StatusItems": { "device": {}, "security": { "certificate": { "list": [
        { "identifier": "1", "declaration-identifier": "d", "subject-summary": "Root", "is-identity": true, "data": base64 },
        { "identifier": "2", "_removed": true },
    ] } } }, "Errors": [] });
    let status = certificate_status(report.to_string().as_bytes(), Limits::DEFAULT).unwrap();
    assert_eq!((&*status[0].identifier, status[0].declaration.as_deref()), ("1", Some("d")));
    assert_eq!(status[0].certificate.as_ref().unwrap().certificate(), Some(&certificate()));
    assert_eq!((&*status[1].identifier, &status[1].certificate), ("2", &None));
    assert_eq!(certificate_status(b"{}", Limits::DEFAULT), Ok(vec![]));
}

#[test]
fn status_reports_that_make_no_sense_are_refused() {
    let list = |entry: serde_json::Value| {
        json!({ "StatusItems": { "security": { "certificate": { "list": [entry] } } } }).to_string()
    };
    let read = |text: &str, limits| certificate_status(text.as_bytes(), limits);
    assert_eq!(read("", Limits::DEFAULT), Err(AnswerError::Json));
    assert_eq!(read(&list(json!({})), Limits::DEFAULT), Err(AnswerError::Json));
    for data in [json!("x"), json!("AAEC"), json!(null)] {
        let entry = json!({ "identifier": "1", "data": data });
        assert_eq!(read(&list(entry), Limits::DEFAULT), Err(AnswerError::Certificate));
    }
    let removed = list(json!({ "identifier": "1", "_removed": true }));
    assert_eq!(read(&removed, Limits::DEFAULT.with_size(10)), Err(AnswerError::TooMuch));
    let mut none = Limits::DEFAULT;
    none.elements = 0;
    assert_eq!(read(&removed, none), Err(AnswerError::TooMuch));
}
