//! What templates expand to, read by OpenSSL.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use conformance::fixtures;
use mdm_proto::profile::{
    AgentChallenge, AlternativeNameTemplate, CertificateTemplate, ChallengeSource, NameTemplate, ProfileId,
    ScepProfile, ScepSettings, Template, Variable, Variables,
};
use pki_core::{Secret, crypto::Signer};

/// What `openssl` writes, given `input`; `None` if there is no OpenSSL.
fn openssl(arguments: &[&str], input: &[u8]) -> Option<String> {
    let command = Command::new("openssl").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = command else {
        conformance::skipped("no openssl program here");
        return None;
    };
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn values_stay_in_their_attribute_for_openssl_too() {
    let key = fixtures::client_key();
    for value in ["Doe, Jane", "x,O=Evil", "x+O=Evil", "\"x\"", "x\\", "a/O=Evil", "#x", " x ", "<x>", "x;y", "jané"] {
        let template = NameTemplate::parse("/O=Example/CN=%UserName%").unwrap();
        let name = template.expand(&Variables::new().with(Variable::UserName, value)).unwrap();
        let csr = fixtures::sign_csr(&pki_core::CsrBuilder::new(name, Signer::public_key(key).clone()), key);
        let options = ["req", "-inform", "DER", "-noout", "-subject", "-nameopt", "utf8,sep_multiline,lname"];
        let Some(printed) = openssl(&options, csr.as_der()) else { return };
        let lines: Vec<_> = printed.lines().collect();
        assert_eq!(
            lines,
            ["subject=".to_owned(), "    organizationName=Example".into(), format!("    commonName={value}")]
        );
    }
}

#[test]
fn the_csr_of_an_agent_for_openssl() {
    let template = |text| Template::parse(text).unwrap();
    let settings = ScepSettings::new(ProfileId::new("p").unwrap(), "https://ca.example.com/")
        .with_template(CertificateTemplate::Name("Device".into()));
    let profile =
        ScepProfile::new(settings, NameTemplate::parse("OU=Sales+CN=%UserName%,%UserDistinguishedName%").unwrap())
            .with_challenge(ChallengeSource::OneTime)
            .add_alternative_name(AlternativeNameTemplate::Upn(template("%UserName%@corp.example.com")))
            .add_alternative_name(AlternativeNameTemplate::Sid(template("%UserSid%")))
            .add_alternative_name(AlternativeNameTemplate::Uri(template("https://example.com/%UserName%/x")))
            .add_alternative_name(AlternativeNameTemplate::Dns(template("%UserName%.example.com")))
            .add_alternative_name(AlternativeNameTemplate::Email(template("%UserName%@example.com")));
    let variables = Variables::new()
        .with(Variable::UserName, "jane")
        .with(Variable::UserSid, "S-1-5-21-1-2-3-1013")
        .with(Variable::UserDistinguishedName, "OU=\"A, B\",DC=corp,DC=example");
    let challenge = AgentChallenge::one_time(Secret::from("Ticket-7"));
    let agent = profile.for_device(&variables, challenge).unwrap();
    let key = fixtures::client_key();
    let csr = fixtures::sign_csr(&agent.csr(Signer::public_key(key).clone()).unwrap(), key);
    let options = ["req", "-inform", "DER", "-noout", "-verify", "-text", "-nameopt", "RFC2253"];
    let Some(text) = openssl(&options, csr.as_der()) else { return };
    for line in [
        "Subject: OU=Sales+CN=jane,OU=A\\, B,DC=corp,DC=example",
        "challengePassword        :Ticket-7",
        "Digital Signature, Key Encipherment",
        "TLS Web Client Authentication",
        "othername: UPN::jane@corp.example.com, URI:tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1013, \
         URI:https://example.com/jane/x, DNS:jane.example.com, email:jane@example.com",
        "1.3.6.1.4.1.311.20.2:",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}
