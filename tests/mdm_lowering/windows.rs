//! `ClientCertificateInstall/SCEP`, read back by `quick-xml`.

use std::{num::NonZeroU32, time::Duration};

use conformance::fixtures;
use mdm_proto::{
    lowering::{
        Change, Field, InstalledCertificate, LoweringError, Reason,
        windows::{Hresult, InstallReport, InstallStatus, ReportError, ScepInstall, UniqueId},
    },
    profile::{
        AgentChallenge, AlternativeNameTemplate, CertificateStore, CertificateTemplate, ChallengeSource,
        Extractability, KeyProtection, KeySpec, Retries, ScepProfile, ScepSettings, Template, Variables,
    },
    syncml::{Command, SyncBody, Verb},
};
use pki_core::{
    Limits, Secret,
    algorithm::DigestAlgorithm,
    crypto::{CryptoProvider, rustcrypto::PROVIDER},
    extension::KeyUsage,
    oid,
};
use quick_xml::events::Event;
use scep::client::Fingerprint;

use super::sample::{SHA1, SHA256, agent, id, named, platform, profile, settings, shown, thumbprint, with_names};

const NODE: &str = "./Device/Vendor/MSFT/ClientCertificateInstall/SCEP/wifi-cert";

/// A command as `quick-xml` reads it: its name, number, URI, format and value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    command: String,
    number: u32,
    uri: String,
    format: String,
    data: Option<String>,
}

/// The commands in the order of the document, the Atomic first.
fn seen(document: &str) -> Vec<Seen> {
    let mut reader = quick_xml::Reader::from_str(document);
    let (mut all, mut path, mut text): (Vec<Seen>, Vec<String>, _) = (Vec::new(), Vec::new(), String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_string();
                if matches!(&*name, "Atomic" | "Add" | "Replace" | "Delete" | "Get" | "Exec") {
                    all.push(Seen { command: name.clone(), ..Seen::default() });
                }
                if name == "Format" {
                    let namespace = start.try_get_attribute("xmlns").unwrap().unwrap();
                    assert_eq!(&*namespace.value, "syncml:metinf");
                }
                path.push(name);
                text.clear();
            }
            Event::Text(piece) => text.push_str(&piece),
            Event::GeneralRef(reference) => {
                text.push_str(quick_xml::escape::resolve_predefined_entity(&reference).unwrap());
            }
            Event::End(_) => {
                let last = all.last_mut();
                match (path.pop().unwrap().as_str(), last) {
                    ("CmdID", Some(seen)) => seen.number = text.parse().unwrap(),
                    ("LocURI", Some(seen)) => seen.uri.clone_from(&text),
                    ("Format", Some(seen)) => seen.format.clone_from(&text),
                    ("Data", Some(seen)) => seen.data = Some(text.clone()),
                    _ => {}
                }
            }
            Event::Eof => return all,
            _ => {}
        }
    }
}

fn install(settings: ScepSettings) -> ScepInstall {
    install_of(&profile(settings))
}

fn install_of(profile: &ScepProfile) -> ScepInstall {
    ScepInstall::lower(&platform(profile)).unwrap().into_parts().0
}

fn document(install: &ScepInstall) -> String {
    SyncBody::new([install.to_command()]).to_xml().unwrap()
}

/// The value of a node below `Install`, with its format.
fn value(install: &ScepInstall, name: &str) -> Option<(String, String)> {
    let uri = format!("/Install/{name}");
    let seen = seen(&document(install)).into_iter().find(|seen| seen.uri.ends_with(&uri))?;
    Some((seen.format, seen.data.unwrap_or_default()))
}

fn text(install: &ScepInstall, name: &str) -> String {
    value(install, name).unwrap().1
}

fn losses(settings: ScepSettings) -> Vec<(Field, Change, Reason)> {
    shown(ScepInstall::lower(&platform(&profile(settings))).unwrap().losses())
}

fn refused(settings: ScepSettings) -> LoweringError {
    ScepInstall::lower(&platform(&profile(settings))).unwrap_err()
}

#[test]
fn it_is_one_atomic_that_makes_the_node_first_and_enrols_last() {
    let body = SyncBody::new([install(settings()).to_command()]).with_first_id(NonZeroU32::new(5).unwrap());
    let seen = seen(&body.to_xml().unwrap());
    assert_eq!(seen[0].command, "Atomic");
    assert_eq!((&*seen[1].command, &*seen[1].uri, &*seen[1].format), ("Add", NODE, "node"));
    assert_eq!(seen[1].data, None);
    let (last, adds) = seen[1..].split_last().unwrap();
    assert!(adds.iter().all(|seen| seen.command == "Add"));
    assert_eq!((&*last.command, last.uri.clone()), ("Exec", format!("{NODE}/Install/Enroll")));
    assert_eq!((&*last.format, &last.data), ("", &None));
    // Each command has a number of its own, in order.
    assert!(seen.iter().map(|seen| seen.number).eq(5..5 + u32::try_from(seen.len()).unwrap()));
}

/// The table of nodes that Microsoft publishes: those that must be there, and what they are.
#[test]
fn every_node_has_its_spelling_and_format() {
    let rich = settings()
        .with_template(CertificateTemplate::Id(oid::CLIENT_AUTH.into()))
        .with_lifetime(Duration::from_secs(365 * 86_400));
    let install = install_of(&with_names(profile(rich)));
    let mut found: Vec<_> = seen(&document(&install))
        .into_iter()
        .filter(|seen| seen.command == "Add" && seen.uri != NODE)
        .map(|seen| (seen.uri.strip_prefix(NODE).unwrap().to_string(), seen.format))
        .collect();
    let mut expected = [
        ("/Install/ServerURL", "chr"),
        ("/Install/Challenge", "chr"),
        ("/Install/EKUMapping", "chr"),
        ("/Install/KeyUsage", "int"),
        ("/Install/SubjectName", "chr"),
        ("/Install/KeyLength", "int"),
        ("/Install/HashAlgorithm", "chr"),
        ("/Install/CAThumbprint", "chr"),
        ("/Install/SubjectAlternativeNames", "chr"),
        ("/Install/KeyProtection", "int"),
        ("/Install/RetryDelay", "int"),
        ("/Install/RetryCount", "int"),
        ("/Install/TemplateName", "chr"),
        ("/Install/ValidPeriod", "chr"),
        ("/Install/ValidPeriodUnits", "int"),
    ]
    .map(|(name, format)| (name.to_string(), format.to_string()));
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn values_are_as_microsoft_says() {
    let rich = settings()
        .add_url("https://other.example/scep")
        .with_extended_key_usage(&[oid::CLIENT_AUTH, oid::SERVER_AUTH])
        .with_lifetime(Duration::from_secs(365 * 86_400))
        .with_template(CertificateTemplate::Id(oid::CLIENT_AUTH.into()))
        .with_retries(Retries::new(30, Duration::from_secs(120)));
    let install = install_of(&with_names(profile(rich)));
    assert_eq!(text(&install, "ServerURL"), "https://ca.example/scep?a=1&b=2;https://other.example/scep");
    assert_eq!(text(&install, "Challenge"), "XG4sLq0Zt7");
    assert_eq!(text(&install, "EKUMapping"), "1.3.6.1.5.5.7.3.2+1.3.6.1.5.5.7.3.1");
    assert_eq!(text(&install, "KeyUsage"), "160");
    assert_eq!(text(&install, "KeyLength"), "2048");
    assert_eq!(text(&install, "HashAlgorithm"), "SHA-2");
    assert_eq!(text(&install, "CAThumbprint"), "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709");
    let names =
        "2+jane@example.com;3+a.example.com;3+b.example.com;7+https://example.com/?u=1&v=2;11+jane@corp.example";
    assert_eq!(text(&install, "SubjectAlternativeNames"), names);
    assert_eq!(text(&install, "KeyProtection"), "2");
    assert_eq!((text(&install, "RetryDelay"), text(&install, "RetryCount")), ("2".into(), "30".into()));
    assert_eq!((text(&install, "ValidPeriod"), text(&install, "ValidPeriodUnits")), ("Days".into(), "365".into()));
    assert_eq!(text(&install, "TemplateName"), "1.3.6.1.5.5.7.3.2");
    // In the document itself, ampersands are escaped.
    assert!(document(&install).contains("scep?a=1&amp;b=2;"));
}

/// The rules of `CertNameToStr`, which `CertStrToName` reads.
#[test]
fn subjects_are_quoted_for_cert_str_to_name() {
    for (template, expected) in [
        ("/C=DE/O=Example/CN=device 7", "C=DE,O=Example,CN=device 7"),
        ("CN=Doe\\, Jane,O=Example", "O=Example,CN=\"Doe, Jane\""),
        ("CN=a\\\"b", "CN=\"a\"\"b\""),
        ("CN=\\ a\\ ", "CN=\" a \""),
        ("CN=\\#a", "CN=\"#a\""),
        ("CN=a\\;b", "CN=\"a;b\""),
        ("CN=a\\=b", "CN=\"a=b\""),
        ("CN=a\\<b\\>", "CN=\"a<b>\""),
        ("CN=a\\+b", "CN=\"a+b\""),
        ("CN=a\\\\b", "CN=a\\b"),
        ("ST=Bavaria,emailAddress=a@example.com", "E=a@example.com,S=Bavaria"),
        ("1.2.5.3=bar", "1.2.5.3=bar"),
        ("CN=ä€😀", "CN=ä€😀"),
    ] {
        let install = install_of(&named(settings(), template));
        assert_eq!(text(&install, "SubjectName"), expected, "{template}");
    }
    let joined = text(&install_of(&named(settings(), "/O=A/CN=b+OU=c")), "SubjectName");
    assert!(matches!(&*joined, "O=A,CN=b+OU=c" | "O=A,OU=c+CN=b"), "{joined}");
}

#[test]
fn a_plus_in_a_common_name_warns() {
    let warning = (Field::Subject, Change::Warning, Reason::PlusInCommonName);
    for (template, warns) in [("CN=a\\+b", true), ("CN=ab,OU=a\\+b", false), ("CN=a+OU=b", false)] {
        let lowered = ScepInstall::lower(&platform(&named(settings(), template))).unwrap();
        assert_eq!(shown(lowered.losses()).contains(&warning), warns, "{template}");
    }
}

/// A certificate may be named by alternative names alone; Windows has a node for the subject nevertheless.
#[test]
fn a_missing_subject_warns() {
    let lowered = ScepInstall::lower(&platform(&with_names(named(settings(), "")))).unwrap();
    assert_eq!(text(lowered.output(), "SubjectName"), "");
    assert!(shown(lowered.losses()).contains(&(Field::Subject, Change::Warning, Reason::Required)));
}

#[test]
fn challenges_beyond_letters_and_digits_warn() {
    let warning = (Field::Challenge, Change::Warning, Reason::ChallengeAlphabet);
    for (challenge, warns) in
        [("Abc123", false), ("abc-1.2", false), ("a_b", true), ("a b", true), ("ä", true), ("a&b", true)]
    {
        let profile = profile(settings());
        let device = profile.for_device(&Variables::new(), AgentChallenge::one_time(Secret::from(challenge))).unwrap();
        let lowered = ScepInstall::lower(&mdm_proto::lowering::PlatformProfile::new(&device).unwrap()).unwrap();
        assert_eq!(shown(lowered.losses()).contains(&warning), warns, "{challenge}");
        assert_eq!(text(lowered.output(), "Challenge"), challenge);
    }
}

#[test]
fn numbers_are_clamped_and_said() {
    let with = |count, seconds| settings().with_retries(Retries::new(count, Duration::from_secs(seconds)));
    let clamped = |field, from, to, reason| (field, Change::Clamped { from, to }, reason);
    let install_100 = install(with(100, 61));
    assert_eq!((text(&install_100, "RetryCount"), text(&install_100, "RetryDelay")), ("30".into(), "2".into()));
    let found = losses(with(100, 61));
    assert!(found.contains(&clamped(Field::RetryCount, 100, 30, Reason::Range)));
    assert!(found.contains(&clamped(Field::RetryDelay, 61, 120, Reason::Coarse)));
    // At least a minute.
    assert_eq!(text(&install(with(0, 0)), "RetryDelay"), "1");
    assert!(losses(with(0, 0)).contains(&clamped(Field::RetryDelay, 0, 60, Reason::Coarse)));
    assert_eq!(text(&install(with(0, 0)), "RetryCount"), "0");

    let lifetime = settings().with_lifetime(Duration::from_secs(86_401));
    assert_eq!(text(&install(lifetime.clone()), "ValidPeriodUnits"), "2");
    assert!(losses(lifetime).contains(&clamped(Field::Lifetime, 86_401, 172_800, Reason::Coarse)));
    let usage = settings().with_key_usage(KeyUsage::NONE);
    assert_eq!(text(&install(usage.clone()), "KeyUsage"), "160");
    assert!(losses(usage).contains(&clamped(Field::KeyUsage, 0, 160, Reason::Required)));
}

#[test]
fn key_usage_is_the_octet_of_its_bits() {
    for (usage, octet) in [
        (KeyUsage::DIGITAL_SIGNATURE, "128"),
        (KeyUsage::KEY_ENCIPHERMENT, "32"),
        (KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION | KeyUsage::KEY_AGREEMENT, "200"),
        (KeyUsage::DIGITAL_SIGNATURE | KeyUsage::DECIPHER_ONLY, "128"),
    ] {
        assert_eq!(text(&install(settings().with_key_usage(usage)), "KeyUsage"), octet);
    }
    let beyond = losses(settings().with_key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::DECIPHER_ONLY));
    assert!(beyond.contains(&(Field::KeyUsage, Change::Dropped, Reason::NotOffered)));
}

#[test]
fn key_protection_and_hash_families_are_named() {
    for (protection, number) in [
        (KeyProtection::HardwareRequired, "1"),
        (KeyProtection::HardwarePreferred, "2"),
        (KeyProtection::Software, "3"),
    ] {
        let key = KeySpec::DEFAULT.with_protection(protection);
        assert_eq!(text(&install(settings().with_key(key)), "KeyProtection"), number);
    }
    let family = (Field::Digest, Change::Warning, Reason::HashFamily);
    for (digest, name, warns) in [
        (DigestAlgorithm::SHA1, "SHA-1", false),
        (DigestAlgorithm::SHA256, "SHA-2", true),
        (DigestAlgorithm::SHA512, "SHA-2", true),
    ] {
        assert_eq!(text(&install(settings().with_digest(digest)), "HashAlgorithm"), name);
        assert_eq!(losses(settings().with_digest(digest)).contains(&family), warns);
    }
}

#[test]
fn what_windows_cannot_be_told_is_listed() {
    let key = KeySpec::DEFAULT.with_extractability(Extractability::Allowed);
    let rich = settings()
        .with_key(key)
        .with_ca_identifier("EXAMPLE-CA")
        .add_thumbprint(thumbprint(SHA256))
        .with_template(CertificateTemplate::Name("User".into()));
    let dropped = |field, reason| (field, Change::Dropped, reason);
    let expected = [
        dropped(Field::CaIdentifier, Reason::NoSuchSetting),
        dropped(Field::Cipher, Reason::ClientChooses),
        (Field::Digest, Change::Warning, Reason::HashFamily),
        dropped(Field::Extractability, Reason::NoSuchSetting),
        dropped(Field::Renewal, Reason::ServiceRenews),
        dropped(Field::Template, Reason::NoSuchSetting),
        dropped(Field::Thumbprint, Reason::OnlyOne),
        (Field::Thumbprint, Change::Warning, Reason::RootUnconfirmed),
    ];
    assert_eq!(losses(rich), expected);
}

#[test]
fn alternative_names_that_have_the_separator_are_left_out() {
    let uri = AlternativeNameTemplate::Uri(Template::parse("urn:a;b").unwrap());
    let mail = AlternativeNameTemplate::Email(Template::parse("a+b@example.com").unwrap());
    let lowered = ScepInstall::lower(&platform(&profile(settings()).with_alternative_names([uri, mail]))).unwrap();
    assert_eq!(text(lowered.output(), "SubjectAlternativeNames"), "2+a+b@example.com");
    let found = shown(lowered.losses());
    assert!(found.contains(&(Field::AlternativeName, Change::Dropped, Reason::Separator)));
    assert!(found.contains(&(Field::AlternativeName, Change::Warning, Reason::Separator)));
    assert_eq!(value(&install(settings()), "SubjectAlternativeNames"), None);
}

#[test]
fn the_thumbprint_is_that_of_the_root() {
    let root = fixtures::root(fixtures::ca_key());
    let sha1 = root.fingerprint(PROVIDER.digest(oid::SHA1).unwrap());
    let of_root = Fingerprint::new(sha1.as_bytes()).unwrap();
    let hex: String = sha1.as_bytes().iter().map(|octet| format!("{octet:02X}")).collect();
    let lower =
        |settings, crypto: &CryptoProvider| ScepInstall::lower_with_root(&platform(&profile(settings)), &root, crypto);
    // From the root, whatever else the profile knows the CA by.
    for settings in [settings().with_thumbprint(thumbprint(SHA256)), settings().with_thumbprint(of_root.clone())] {
        let lowered = lower(settings, &PROVIDER).unwrap();
        assert_eq!(text(lowered.output(), "CAThumbprint"), hex);
        assert!(!lowered.losses().iter().any(|loss| loss.reason == Reason::RootUnconfirmed));
    }
    // Thumbprints that are not told are said to be left out, also where there is just one.
    let left_out = |settings| {
        let lowered = lower(settings, &PROVIDER).unwrap();
        shown(lowered.losses())
            .iter()
            .filter(|(field, change, _)| (*field, *change) == (Field::Thumbprint, Change::Dropped))
            .count()
    };
    assert_eq!(left_out(settings().with_thumbprint(of_root.clone())), 0);
    assert_eq!(left_out(settings().with_thumbprint(thumbprint(SHA256))), 1);
    assert_eq!(left_out(settings().with_thumbprint(thumbprint(SHA256)).add_thumbprint(of_root.clone())), 1);
    // Another root than the profile says.
    assert_eq!(lower(settings(), &PROVIDER), Err(LoweringError::Thumbprint));
    let without = CryptoProvider { digests: &[], ..PROVIDER };
    assert_eq!(lower(settings().without_thumbprints(), &without), Err(LoweringError::Thumbprint));
    assert_eq!(refused(settings().with_thumbprint(thumbprint(SHA256))), LoweringError::Thumbprint);
    assert_eq!(refused(settings().without_thumbprints()), LoweringError::Thumbprint);
    assert_eq!(SHA1.len(), 40);
}

#[test]
fn what_windows_needs_and_a_profile_lacks_is_an_error() {
    assert_eq!(refused(settings().with_extended_key_usage(&[])), LoweringError::ExtendedKeyUsageRequired);
    assert_eq!(
        refused(settings().with_key_usage(KeyUsage::KEY_AGREEMENT)),
        LoweringError::KeyUsage(KeyUsage::KEY_AGREEMENT)
    );
    let md5 = settings().with_digest(DigestAlgorithm::MD5);
    assert_eq!(refused(md5), LoweringError::UnsupportedDigest(DigestAlgorithm::MD5));
    assert_eq!(refused(settings().with_url("https://ca.example/a;b")), LoweringError::Url);
    let profile = profile(settings()).with_challenge(ChallengeSource::None);
    let device = profile.for_device(&Variables::new(), AgentChallenge::None).unwrap();
    let native = mdm_proto::lowering::PlatformProfile::new(&device).unwrap();
    assert_eq!(ScepInstall::lower(&native), Err(LoweringError::ChallengeRequired));
    assert_eq!(agent(&super::sample::profile(settings())).id(), &id("wifi-cert"));
}

#[test]
fn scope_and_identifier_make_the_node() {
    let user = install(settings().with_store(CertificateStore::User));
    let node = seen(&document(&user))[1].uri.clone();
    assert_eq!(node, "./User/Vendor/MSFT/ClientCertificateInstall/SCEP/wifi-cert");
    let odd = UniqueId::of(&id("a/b%c;d"));
    assert_eq!(odd.as_str(), "a%2Fb%25c%3Bd");
    assert!(odd.node(CertificateStore::Device).ends_with("/SCEP/a%2Fb%25c%3Bd"));
}

#[test]
fn removal_and_query_are_one_command_each() {
    let install = install(settings());
    let removal = ScepInstall::removal(install.id(), CertificateStore::Device);
    let deletes = seen(&SyncBody::new([removal]).to_xml().unwrap());
    assert_eq!((deletes.len(), &*deletes[0].command, &*deletes[0].uri), (1, "Delete", NODE));
    let Command::Request { verb: Verb::Get, items } = ScepInstall::status_query(install.id(), CertificateStore::Device)
    else {
        panic!("no Get")
    };
    let uris: Vec<_> = items.iter().map(|item| item.uri().strip_prefix(NODE).unwrap()).collect();
    assert_eq!(uris, ["/Status", "/ErrorCode", "/CertThumbprint", "/RespondentServerUrl"]);
}

fn results(items: &[(&str, &str)]) -> SyncBody {
    let items: String = items
        .iter()
        .map(|(name, data)| format!("<Item><Source><LocURI>{NODE}{name}</LocURI></Source><Data>{data}</Data></Item>"))
        .collect();
    let document = format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr/><SyncBody><Results><CmdID>3</CmdID><MsgRef>1</MsgRef>\
         <CmdRef>2</CmdRef>{items}</Results><Final/></SyncBody></SyncML>"
    );
    SyncBody::from_xml(document.as_bytes(), Limits::DEFAULT).unwrap()
}

fn report(items: &[(&str, &str)]) -> Result<InstallReport, ReportError> {
    InstallReport::from_body(&results(items), &UniqueId::of(&id("wifi-cert")), CertificateStore::Device)
}

#[test]
fn what_a_device_reports_is_typed() {
    let done = report(&[
        ("/Status", "1"),
        ("/ErrorCode", "0"),
        ("/CertThumbprint", SHA1),
        ("/RespondentServerUrl", "https://ca.example/scep/pkiclient.exe"),
        ("/Install/KeyLength", "2048"),
        ("-other/Status", "16"),
    ])
    .unwrap();
    assert_eq!((done.status, done.error), (Some(InstallStatus::Done), Some(Hresult::OK)));
    assert_eq!(done.respondent.as_deref(), Some("https://ca.example/scep/pkiclient.exe"));
    let Some(InstalledCertificate::Thumbprint { sha1, unique_id }) = done.to_installed() else { panic!("{done:?}") };
    assert_eq!((sha1.as_slice(), &*unique_id), (thumbprint(SHA1).as_bytes(), "wifi-cert"));

    // 0x800B0101 as a signed number, and the spelling of older documentation.
    let failed = report(&[("/Status", "16"), ("/ErrorCode", "-2146762495"), ("/CertThumprint", "")]).unwrap();
    assert_eq!(failed.status, Some(InstallStatus::Failed));
    assert_eq!(failed.error, Some(Hresult::CERT_E_EXPIRED));
    assert_eq!(failed.error.unwrap().to_string(), "0x800B0101");
    assert!(failed.error.unwrap().is_error() && !Hresult::OK.is_error());
    assert_eq!((failed.thumbprint, failed.to_installed()), (None, None));
    for (text, code) in [("2148204809", 0x800b_0109), ("0x800B0109", 0x800b_0109), ("-1", 0xffff_ffff)] {
        assert_eq!(report(&[("/ErrorCode", text)]).unwrap().error, Some(Hresult::new(code)), "{text}");
    }
    for (text, status) in
        [("2", InstallStatus::Pending), ("32", InstallStatus::Unknown), ("7", InstallStatus::Other(7))]
    {
        assert_eq!(report(&[("/STATUS", text)]).unwrap().status, Some(status));
    }
    assert_eq!(report(&[]).unwrap().status, None);
}

#[test]
fn reports_that_make_no_sense_are_refused() {
    for (name, data, node) in [
        ("/Status", "x", "Status"),
        ("/Status", "", "Status"),
        ("/ErrorCode", "4294967296", "ErrorCode"),
        ("/ErrorCode", "0xzz", "ErrorCode"),
        ("/ErrorCode", "-2147483649", "ErrorCode"),
        ("/CertThumbprint", "da39", "CertThumbprint"),
        ("/CertThumbprint", SHA256, "CertThumbprint"),
    ] {
        assert_eq!(report(&[(name, data)]), Err(ReportError(node)), "{name} {data}");
    }
}
