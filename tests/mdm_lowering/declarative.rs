//! The declarative form.

use mdm_proto::{
    lowering::apple::{Accessible, AppAccess, DeclarationError, Declarations, Identifier, ScepPayload},
    profile::{Extractability, KeySpec},
};
use pki_core::crypto::rustcrypto::PROVIDER;
use serde_json::{Value, json};

use super::sample::{platform, profile, settings, with_names};

const URL: &str = "https://mdm.example/credentials/7";

fn payload() -> ScepPayload {
    let settings = settings().with_ca_identifier("EXAMPLE-CA");
    ScepPayload::lower(&platform(&with_names(profile(settings)))).unwrap().into_parts().0
}

fn prefix() -> Identifier {
    Identifier::new("com.example.mdm").unwrap()
}

fn declarations(payload: &ScepPayload) -> Declarations {
    Declarations::new(payload, &prefix(), URL, Accessible::Default).unwrap()
}

/// The keys of `com.apple.credential.scep`, written by hand after Apple's documentation. Data is base64 in JSON.
#[test]
fn the_credential_has_apples_keys() {
    let declarations = declarations(&payload());
    let credential: Value = serde_json::from_slice(declarations.credential.expose()).unwrap();
    let expected = json!({
        "URL": "https://ca.example/scep?a=1&b=2",
        "Name": "EXAMPLE-CA",
        "Subject": [[["C", "US"]], [["O", "Apple Inc."]], [["CN", "foo"]], [["1.2.5.3", "bar"]]],
        "Challenge": "XG4sLq0Zt7",
        "Keysize": 2048,
        "Key Type": "RSA",
        "Key Usage": 5,
        "CAFingerprint": "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
        "Retries": 5,
        "RetryDelay": 60,
        "SubjectAltName": {
            "rfc822Name": "jane@example.com",
            "dNSName": ["a.example.com", "b.example.com"],
            "uniformResourceIdentifier": "https://example.com/?u=1&v=2",
            "ntPrincipalName": "jane@corp.example",
        },
    });
    assert_eq!(credential, expected);
}

#[test]
fn asset_and_configuration_refer_to_each_other() {
    let declarations = declarations(&payload().with_access(AppAccess::AllApps));
    let asset: Value = serde_json::from_str(&declarations.asset).unwrap();
    let configuration: Value = serde_json::from_str(&declarations.configuration).unwrap();
    let sha256 = PROVIDER.digest(pki_core::oid::SHA256).unwrap().digest(&[declarations.credential.expose()]);
    let hash: String = sha256.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(asset["Type"], "com.apple.asset.credential.scep");
    assert_eq!(
        asset["Payload"],
        json!({
            "Reference": {
                "DataURL": URL,
                "ContentType": "application/json",
                "Size": declarations.credential.expose().len(),
                "Hash-SHA-256": hash,
            },
            "Authentication": { "Type": "MDM" },
            "Accessible": "Default",
        })
    );
    assert_eq!(configuration["Type"], "com.apple.configuration.security.identity");
    assert_eq!(
        configuration["Payload"],
        json!({
            "CredentialAssetReference": asset["Identifier"],
            "KeyIsExtractable": false,
            "AllowAllAppsAccess": true,
        })
    );
    assert_ne!(asset["Identifier"], configuration["Identifier"]);
}

/// A device fetches again what has another token, and only that.
#[test]
fn tokens_change_with_the_content_and_identifiers_do_not() {
    let read = |payload: &ScepPayload| {
        let declarations = declarations(payload);
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        (parse(&declarations.asset), parse(&declarations.configuration))
    };
    let before = read(&payload());
    assert_eq!(read(&payload()), before);
    let other = settings().with_url("https://other.example/scep");
    let after = read(&ScepPayload::lower(&platform(&profile(other))).unwrap().into_parts().0);
    assert_eq!(after.0["Identifier"], before.0["Identifier"]);
    assert_ne!(after.0["ServerToken"], before.0["ServerToken"]);
    assert_eq!(after.1, before.1);
    let key = KeySpec::DEFAULT.with_extractability(Extractability::Allowed);
    let after = read(&ScepPayload::lower(&platform(&profile(settings().with_key(key)))).unwrap().into_parts().0);
    assert_ne!(after.1["ServerToken"], before.1["ServerToken"]);
}

#[test]
fn access_after_the_first_unlock() {
    let declarations = Declarations::new(&payload(), &prefix(), URL, Accessible::AfterFirstUnlock).unwrap();
    let asset: Value = serde_json::from_str(&declarations.asset).unwrap();
    assert_eq!(asset["Payload"]["Accessible"], "AfterFirstUnlock");
}

#[test]
fn what_makes_no_declaration_is_refused() {
    for url in ["http://mdm.example/1", "", "https:/x", "ftp://mdm.example"] {
        let made = Declarations::new(&payload(), &prefix(), url, Accessible::Default);
        assert_eq!(made.unwrap_err(), DeclarationError::NotHttps, "{url}");
    }
    let long = Identifier::new(&"a".repeat(256)).unwrap();
    let made = Declarations::new(&payload(), &long, URL, Accessible::Default);
    assert!(matches!(made.unwrap_err(), DeclarationError::Identifier(_)));
    assert!(!format!("{:?}", declarations(&payload())).contains("XG4sLq0Zt7"));
}
