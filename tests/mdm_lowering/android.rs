//! Managed configuration.

use std::time::Duration;

use mdm_proto::{
    lifecycle::RenewalStart,
    lowering::{
        Change, Field, Reason,
        android::{AGENT_PROFILES, ManagedConfiguration, RestrictionValue, SCEP_PROFILES},
    },
    profile::{
        AgentChallenge, AgentProfileSet, CertificateStore, CertificateTemplate, ChallengeSource, Curve, KeyAlgorithm,
        KeyProtection, KeySpec, Route, Variables, WifiProfile,
    },
};
use pki_core::{Name, oid};
use serde_json::{Value, json};

use super::sample::{SHA1, agent, id, profile, settings, shown, with_names};

fn bundle(json: &[u8]) -> Value {
    let mut configuration: Value = serde_json::from_slice(json).unwrap();
    configuration[SCEP_PROFILES][0].take()
}

/// The table in the documentation, value by value.
#[test]
fn a_bundle_has_everything_that_an_agent_needs() {
    let settings = settings()
        .with_ca_identifier("EXAMPLE-CA")
        .with_lifetime(Duration::from_secs(86_400))
        .with_template(CertificateTemplate::Name("User".into()));
    let device = agent(&with_names(profile(settings)));
    let lowered = ManagedConfiguration::lower(std::slice::from_ref(&device)).unwrap();
    assert_eq!(lowered.losses(), []);
    let mut found = bundle(lowered.output().to_json().expose());
    let der = found["subject_der"].take();
    let der = base64(der.as_str().unwrap());
    assert_eq!(&Name::from_der(&der).unwrap(), device.names().subject());
    let expected = json!({
        "id": "wifi-cert",
        "name": "Office Wi-Fi",
        "urls": ["https://ca.example/scep?a=1&b=2"],
        "ca_identifier": "EXAMPLE-CA",
        "ca_thumbprints": [SHA1],
        "key_algorithm": "RSA",
        "key_size": 2048,
        "key_protection": "hardware-preferred",
        "key_exportable": false,
        "subject": device.names().subject().to_string(),
        "subject_der": null,
        "alternative_names": [
            { "type": "email", "value": "jane@example.com" },
            { "type": "dns", "value": "a.example.com" },
            { "type": "dns", "value": "b.example.com" },
            { "type": "uri", "value": "https://example.com/?u=1&v=2" },
            { "type": "upn", "value": "jane@corp.example" },
        ],
        "key_usage": ["digitalSignature", "keyEncipherment"],
        "extended_key_usage": ["1.3.6.1.5.5.7.3.2"],
        "digest": "SHA-256",
        "cipher": "AES-128-CBC",
        "lifetime_seconds": 86_400,
        "renew_seconds_before": 30 * 86_400,
        "retry_count": 5,
        "retry_delay_seconds": 60,
        "template": "User",
        "route": "direct",
        "store": "device",
        "challenge_source": "one-time",
        "challenge": "XG4sLq0Zt7",
    });
    assert_eq!(found, expected);
}

fn base64(text: &str) -> Vec<u8> {
    let pem = format!("-----BEGIN X-----\n{text}\n-----END X-----\n");
    pki_core::pem::decode(&pem, "X").unwrap()
}

#[test]
fn what_else_a_profile_can_say() {
    let key = KeySpec::new(KeyAlgorithm::Ec(Curve::P521)).with_protection(KeyProtection::HardwareRequired);
    let settings = settings()
        .with_key(key)
        .with_renewal(RenewalStart::PercentRemaining(20))
        .with_route(Route::ByService)
        .with_store(CertificateStore::User)
        .with_template(CertificateTemplate::Id(oid::CLIENT_AUTH.into()));
    let profile = profile(settings).with_challenge(ChallengeSource::BrokerPerRequest);
    let device = profile.for_device(&Variables::new(), AgentChallenge::Broker).unwrap();
    let found = bundle(ManagedConfiguration::lower(&[device]).unwrap().output().to_json().expose());
    for (key, value) in [
        ("key_algorithm", json!("EC")),
        ("key_size", json!(521)),
        ("key_protection", json!("hardware-required")),
        ("renew_percent_remaining", json!(20)),
        ("route", json!("service")),
        ("store", json!("user")),
        ("template", json!("1.3.6.1.5.5.7.3.2")),
        ("challenge_source", json!("broker")),
    ] {
        assert_eq!(found[key], value, "{key}");
    }
    for key in ["challenge", "renew_seconds_before", "lifetime_seconds", "ca_identifier"] {
        assert!(found.get(key).is_none(), "{key}");
    }
}

#[test]
fn seconds_beyond_an_integer_are_clamped_and_said() {
    let long = settings().with_lifetime(Duration::from_secs(1 << 40));
    let lowered = ManagedConfiguration::lower(&[agent(&profile(long))]).unwrap();
    let clamped = Change::Clamped { from: 1 << 40, to: 0x7fff_ffff };
    assert_eq!(shown(lowered.losses()), [(Field::Lifetime, clamped, Reason::Range)]);
}

/// The shape of the Play EMM API: a key and a value under the name of its type.
#[test]
fn managed_properties_have_typed_values() {
    let lowered = ManagedConfiguration::lower(&[agent(&with_names(profile(settings())))]).unwrap();
    let resource: Value = serde_json::from_slice(lowered.output().to_managed_properties().expose()).unwrap();
    assert_eq!(resource["kind"], "androidenterprise#managedConfigurationsForDevice");
    let profiles = &resource["managedProperty"][0];
    assert_eq!(profiles["key"], SCEP_PROFILES);
    let properties = profiles["valueBundleArray"][0]["managedProperty"].as_array().unwrap();
    let find = |key: &str| properties.iter().find(|property| property["key"] == key).unwrap();
    assert_eq!(find("id"), &json!({ "key": "id", "valueString": "wifi-cert" }));
    assert_eq!(find("key_size"), &json!({ "key": "key_size", "valueInteger": 2048 }));
    assert_eq!(find("key_exportable"), &json!({ "key": "key_exportable", "valueBool": false }));
    assert_eq!(find("key_algorithm"), &json!({ "key": "key_algorithm", "valueString": "RSA" }));
    assert_eq!(find("ca_thumbprints"), &json!({ "key": "ca_thumbprints", "valueStringArray": [SHA1] }));
    let first = &find("alternative_names")["valueBundleArray"][0]["managedProperty"];
    let expected = json!([
        { "key": "type", "valueString": "email" },
        { "key": "value", "valueString": "jane@example.com" },
    ]);
    assert_eq!(first, &expected);
}

#[test]
fn restrictions_name_their_types() {
    let lowered = ManagedConfiguration::lower(&[agent(&profile(settings()))]).unwrap();
    let [restriction] = lowered.output().restrictions() else { panic!("one restriction") };
    assert_eq!((restriction.key, restriction.value.restriction_type()), (SCEP_PROFILES, "bundle_array"));
    let RestrictionValue::BundleArray(bundles) = &restriction.value else { panic!("bundles") };
    let mut types: Vec<_> = bundles[0].iter().map(|restriction| restriction.value.restriction_type()).collect();
    types.sort_unstable();
    types.dedup();
    assert_eq!(types, ["bool", "bundle_array", "choice", "integer", "multi-select", "string"]);
}

/// An agent built with these crates reads the whole of it back.
#[test]
fn agent_profiles_lose_nothing() {
    let profiles = AgentProfileSet::new("activation 1")
        .with_scep(agent(&profile(settings())))
        .and_then(|set| set.with_referrer(WifiProfile::new(id("office"), "Office").with_certificate(id("wifi-cert"))))
        .unwrap();
    let configuration = ManagedConfiguration::of_agent_profiles(&profiles).unwrap();
    let json: Value = serde_json::from_slice(configuration.to_json().expose()).unwrap();
    let text = json[AGENT_PROFILES].as_str().unwrap();
    assert_eq!(AgentProfileSet::from_json(text.as_bytes()).unwrap(), profiles);
    assert!(!format!("{configuration:?}").contains("XG4sLq0Zt7"));
}
