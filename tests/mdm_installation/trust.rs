//! Fingerprints as OpenSSL shows them.

use std::process::Command;

use mdm_proto::trust::{Description, ExpiryWarning, TrustError, TrustPurpose, TrustStore, Warning};
use pki_core::crypto::rustcrypto::PROVIDER;

use super::world::*;

#[test]
fn fingerprints_are_those_that_openssl_shows() {
    let description = Description::new(&root(), ExpiryWarning::default(), now(), &PROVIDER);
    let file = std::env::temp_dir().join(format!("mdm-trust-{}.pem", std::process::id()));
    std::fs::write(&file, root().to_pem()).unwrap();
    for (name, ours) in [("-sha256", description.sha256.unwrap()), ("-sha1", description.sha1.unwrap())] {
        let output = Command::new("openssl").args(["x509", "-noout", "-fingerprint", name, "-in"]).arg(&file).output();
        let Ok(output) = output else {
            conformance::skipped("no openssl program here");
            break;
        };
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, theirs) = text.trim().split_once('=').unwrap();
        assert_eq!(theirs.replace(':', "").to_lowercase(), ours.to_string());
    }
    std::fs::remove_file(file).ok();
    assert!(description.warnings.is_empty());
    assert_eq!(description.validity, root().validity());
}

#[test]
fn a_root_rollover_is_a_change_of_the_enterprise_set() {
    let (old, new) = (root(), root_at("Next", "root-2", now()));
    let (store, _) = TrustStore::new().replace(TrustPurpose::Enterprise, [old.clone()]).unwrap();
    let (store, change) = store.replace(TrustPurpose::Enterprise, [old.clone(), new.clone()]).unwrap();
    assert_eq!((change.install, change.uninstall.len()), (vec![new.clone()], 0));
    let (store, change) = store.replace(TrustPurpose::Enterprise, [new]).unwrap();
    assert_eq!(change.uninstall, std::slice::from_ref(&old));
    assert_eq!(store.replace(TrustPurpose::Enterprise, []), Err(TrustError::NoEnterpriseRoot));
    let not_after = old.validity().not_after;
    let late = Description::new(&old, ExpiryWarning(days(1)), not_after, &PROVIDER);
    assert_eq!(late.warnings, [Warning::Expiring { not_after }]);
}
