//! The program `conformance`: what it prints, and what its exit code says.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use conformance::fixtures;
use pki_core::Profile;

/// A root and a certificate below it, in files of this test's own.
struct Files {
    root: PathBuf,
    leaf: PathBuf,
}

impl Files {
    fn new(test: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        fs::create_dir_all(&directory).unwrap();
        let (root, leaf) = (directory.join("root.pem"), directory.join("leaf.der"));
        let certificate =
            fixtures::below_root(fixtures::ca_key(), "device", fixtures::client_key(), &Profile::DEVICE_CLIENT);
        fs::write(&root, format!("The root:\n{}", fixtures::root(fixtures::ca_key()).to_pem())).unwrap();
        fs::write(&leaf, certificate.as_der()).unwrap();
        Self { root, leaf }
    }

    fn chain(&self, more: &[&str]) -> Output {
        let program = &mut Command::new(env!("CARGO_BIN_EXE_conformance"));
        let program = program.arg("chain").arg("--anchors").arg(&self.root).arg("--leaf").arg(&self.leaf);
        program.args(["--profile", "path-validation"]).args(more).output().unwrap()
    }
}

fn text(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), &output.stderr].concat()).unwrap()
}

#[test]
fn a_valid_path_is_told_rule_by_rule() {
    let now = conformance::Clock::new().now().to_string();
    let output = Files::new("valid").chain(&["--time", &now, "--purpose", "client"]);
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 anchor: CN=Root") && text.contains("0 target: CN=device"), "{text}");
    assert!(text.contains("ok: signed by the key above (RFC 5280 section 6.1.3 (a) (1))"), "{text}");
    assert!(text.contains("not checked: not revoked"), "{text}");
    assert!(text.trim_end().ends_with(&format!("valid at {now}")) && !text.contains("BROKEN"), "{text}");
}

#[test]
fn what_makes_a_path_invalid_is_told_and_fails() {
    let files = Files::new("invalid");
    let now = conformance::Clock::new().now().to_string();
    for (arguments, rule) in [
        (&["--time", "2050-01-01"][..], "(RFC 5280 section 6.1.3 (a) (2))"),
        (&["--time", &now, "--purpose", "server"], "(RFC 5280 section 4.2.1.12)"),
        (&["--time", &now, "--name", "other.example.com"], "(RFC 9525 section 6)"),
        (&["--time", &now, "--policy", "2.16.840.1.101.3.2.1.48.1"], "(RFC 5280 section 6.1"),
        (&["--time", &now, "--revocation", "require"], "(RFC 5280 section 6.1.3 (a) (3))"),
    ] {
        let output = files.chain(arguments);
        let text = text(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.lines().any(|line| line.contains("BROKEN") && line.contains(rule)), "{text}");
        assert!(text.lines().last().unwrap().starts_with("NOT VALID at "), "{text}");
    }
}

#[test]
fn files_that_are_no_certificates_are_named() {
    let files = Files::new("junk");
    fs::write(&files.leaf, "junk").unwrap();
    let output = files.chain(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("leaf.der"), "{}", text(&output));
}
