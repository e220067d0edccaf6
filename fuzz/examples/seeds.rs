//! Writes what the fuzzer starts from into a directory, one below it for each target.
//!
//! ```sh
//! cargo run --example seeds -- DIRECTORY
//! ```
//!
//! What it finds by itself goes into `corpus/`; this is needed only where a format has changed, or a target is new.
#![expect(dead_code, reason = "some of what is shared with the targets")]

#[path = "../src/broker.rs"]
mod broker;
#[path = "../src/fake.rs"]
mod fake;
#[path = "../src/fixture.rs"]
mod fixture;
#[path = "../src/operations.rs"]
mod operations;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use mdm_proto::{
    challenge::{Binding, ChallengeFormat, Detail, SealingKeys, ServiceKey},
    csr_policy::{Expectation, Field, FieldRule},
    lifecycle::RenewalStart,
    lowering::{
        PlatformProfile,
        apple::{ConfigurationProfile, Identifier as AppleIdentifier, ScepPayload},
        windows::{ScepInstall, UniqueId},
    },
    profile::{
        AgentChallenge, AgentProfile, AgentProfileSet, AlternativeNameTemplate, CertificateStore, CertificateTemplate,
        ChallengeSource, Curve, CustomVariable, EmailProfile, KeyAlgorithm, KeyProtection, KeySpec, NameTemplate,
        OtherSettings, ProfileId, Referrer, Route, ScepProfile, ScepSettings, StaticPassword, StaticUse, Template,
        Variable, Variables, VpnProfile, WifiProfile,
    },
    syncml::SyncBody,
};
use pki_core::{
    Certificate, CertificateBuilder, CsrBuilder, GeneralNamesBuilder, Limits, NameBuilder, NameRef, Profile, Secret,
    SerialNumber, Validity,
    algorithm::{CipherAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    cms::{EnvelopedDataBuilder, PasswordKey, PasswordProfile, certs_only},
    der::{Reader, Tag, Writer},
    ocsp::{OcspRequest, OcspResponse, Refusal},
    oid, pem,
};
use scep::{
    Capabilities, FailInfo, FailInfoText, HttpRequest, HttpResponse, MessageType, Method, Nonce, PkiStatus,
    TransactionId,
    client::{ClientConfig, EnrolmentRequest, Exchange, Fingerprint, Step},
    http::{MediaType, Request},
    message::{Attributes, EnvelopeAlgorithms, IssuerAndSubject, PkiMessageBuilder, Received, seal},
};

use fake::{Counter, PROVIDER};
use fixture::{NOW, World};

type Result<T> = std::result::Result<T, Box<dyn Error>>;
/// A target, and what it starts from.
type Seeds = (&'static str, Vec<Vec<u8>>);

/// A request of each kind, bodies of certificates, attributes as in RFC 7030 section 4.5.2, records, a token.
fn est() -> Result<Vec<Vec<u8>>> {
    use mdm_proto::{
        activation::token::{TokenKey, TokenPolicy},
        est::{
            Authority, CsrAttributes,
            client::{Call, Config},
        },
        identity::{DeviceId, Identity, User, WorkSpaceId},
    };
    let world = World::shared();
    let asked = fixture::csr("Device", world.device_key.public(), "secret");
    let request = |path: &str, body: &[u8]| {
        [&[0], path.as_bytes(), b"\0application/pkcs10\0Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\0", body].concat()
    };
    let call = Call::simple_enroll(&Config::new(fake::PROVIDER), &asked);
    let bag = [&world.ca, &world.ra, &world.leaf].map(Certificate::as_der);
    let bag = pki_core::cms::certs_only(bag, []);
    let base64: String = pem::encode("X", &bag).lines().filter(|line| !line.starts_with('-')).collect();
    let curve = pki_core::der::Writer::encode(|w| w.oid(oid::SECP384R1));
    let attributes = CsrAttributes::new()
        .add_oid(oid::CHALLENGE_PASSWORD)
        .add_attribute(oid::EC_PUBLIC_KEY, &[&curve])?
        .add_oid(oid::ECDSA_WITH_SHA384);
    let device = DeviceId::from_bytes([3; 16]);
    let identity = Identity::new(User::from_email("jane@example.com")?, WorkSpaceId::new("sales")?, device);
    let key = TokenKey::new(pki_core::Secret::new(vec![1; 32])).ok_or("a key")?;
    let (token, record) = key.issue(identity, &TokenPolicy::DEFAULT, fixture::NOW, &mut fake::Counter(0))?;
    let redeemed =
        record.present(&token, pki_core::CsrDigest::from_bytes([1; 32]), &key, fixture::NOW).record().clone();
    let authority = Authority::of_roots(vec![world.ca.clone()]).ok_or("a root")?;
    Ok(vec![
        request("/.well-known/est/simpleenroll", &call.request().body),
        request("/.well-known/est/label/simplereenroll", b"AAAA"),
        request("/.well-known/est/cacerts?", b""),
        request("/.well-known/est/csrattrs", b""),
        [b"\x01\0\0", base64.as_bytes()].concat(),
        [&[2], &bag[..]].concat(),
        [&[3], &attributes.to_der()[..]].concat(),
        [&[4], &bag[..]].concat(),
        [b"\x04\x01", "120\0".as_bytes()].concat(),
        [&[5], &record.to_der()[..]].concat(),
        [&[5], &redeemed.to_der()[..]].concat(),
        [&[6], &authority.to_der()[..]].concat(),
        [&[7], token.to_text().expose()].concat(),
        b"\x07Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==".to_vec(),
    ])
}

fn main() -> Result<()> {
    let directory = PathBuf::from(env::args().nth(1).ok_or("a directory is needed")?);
    for (target, seeds) in seeds()? {
        let place = directory.join(target);
        fs::create_dir_all(&place)?;
        for (index, seed) in seeds.iter().enumerate() {
            fs::write(place.join(format!("seed-{index:02}")), seed)?;
        }
    }
    for (target, name, seed) in recorded()? {
        fs::write(directory.join(target).join(name), seed)?;
    }
    Ok(())
}

/// What other programs said, and records of earlier releases, as the tests of the conformance package have them: target, file, seed.
fn recorded() -> Result<Vec<(&'static str, String, Vec<u8>)>> {
    let mut all = Vec::new();
    for (path, octets) in files(&["tests", "data", "peers"])? {
        let peer = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let (stem, extension) = (stem(&path), path.extension().unwrap_or_default().to_string_lossy());
        let name = format!("{peer}-{stem}");
        match (&*extension, &*stem) {
            ("txt", _) => all.push(("capabilities", name, octets)),
            ("query", _) => {
                let query = String::from_utf8(octets)?;
                let request = HttpRequest::new(Method::Get, query.clone(), []);
                let Request::PkiOperation { message } = request.parse(&Limits::DEFAULT)? else { continue };
                all.push(("scep_message", name.clone(), readable(message.into_owned())));
                all.push(("http_request", name, [b"\0", query.as_bytes()].concat()));
            }
            ("der", "getcacert") => all.push(("cms", name, readable(octets))),
            ("der", _) => all.push(("scep_message", name, readable(octets))),
            _ => {}
        }
    }
    for (path, octets) in files(&["tests", "data", "records"])? {
        if stem(&path).starts_with("pending-") {
            all.push(("pending_record", stem(&path), octets));
        }
    }
    for (path, octets) in files(&["tests", "data", "est"])? {
        match &*stem(&path) {
            name @ "rfc7030-a3-csr" => {
                let text = format!("-----BEGIN CSR-----\n{}\n-----END CSR-----\n", str::from_utf8(&octets)?.trim());
                all.push(("csr", name.into(), pem::decode(&text, "CSR")?));
            }
            name if name.starts_with("rfc7030") => all.push(("est", name.into(), [b"\x01\0\0", &octets[..]].concat())),
            _ => {}
        }
    }
    for (path, octets) in files(&["mdm-proto", "tests", "data", "csr"])? {
        if path.extension().is_some_and(|extension| extension == "der") {
            all.push(("csr", format!("openssl-{}", stem(&path)), octets));
        }
    }
    Ok(all)
}

/// The files below a directory of the repository, in order.
fn files(directory: &[&str]) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut places = vec![PathBuf::from_iter([env!("CARGO_MANIFEST_DIR"), ".."].iter().chain(directory))];
    let mut all = Vec::new();
    while let Some(place) = places.pop() {
        for entry in fs::read_dir(place)? {
            let path = entry?.path();
            if path.is_dir() { places.push(path) } else { all.push((path.clone(), fs::read(path)?)) }
        }
    }
    all.sort();
    Ok(all)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn seeds() -> Result<Vec<Seeds>> {
    let samples = samples()?;
    let is_certificate = |der: &&Vec<u8>| Certificate::from_der(der).is_ok();
    let certificates: Vec<_> = samples.iter().filter(is_certificate).cloned().chain([rich_certificate()?]).collect();
    let csr = rich_csr()?;
    let messages = messages()?;
    let cms = samples.iter().filter(|der| !is_certificate(der)).chain(&messages).cloned().chain(envelopes()?).collect();
    Ok(vec![
        ("activation_device", activations()),
        ("activation_service", activations()),
        ("broker", brokered()),
        ("ber_reader", headers().into_iter().chain(samples.iter().take(12).cloned()).collect()),
        ("capabilities", words(&["", "SCEPStandard\nRenewal\n", "\u{feff}AES\r\nDES3\tsha-256 X-Local", "<html>"])),
        ("chain", graphs()),
        ("chain_bytes", chains()?),
        ("client_dialogue", client_dialogues()),
        ("cms", cms),
        ("crl", crls()?),
        ("csr", vec![csr.clone(), fixture::csr("Device", World::shared().ec_key.public(), "secret").as_der().to_vec()]),
        ("est", est()?),
        ("extension", extensions(&certificates)?),
        ("http_request", requests(&messages)),
        ("name", names(&certificates)?),
        ("name_constraints", constraints()),
        ("ocsp", ocsp()?),
        (
            "pem",
            words(&[&pem::encode("CERTIFICATE", &certificates[0]), &(pem::encode("A", &[1]) + &pem::encode("B", &[]))]),
        ),
        ("pending_record", records()?),
        ("scep_message", messages),
        ("server_dialogue", dialogues()),
        ("mscep_admin", pages()?),
        ("sealed_challenge", challenges()?),
        ("certificate", certificates),
        ("profile_json", profiles()?),
        ("plist", property_lists()?),
        ("syncml", sync_messages()?),
    ])
}

/// Profiles lowered for Apple's devices, and what these answer.
fn property_lists() -> Result<Vec<Vec<u8>>> {
    let prefix = AppleIdentifier::new("com.example.mdm")?;
    let mut all = Vec::new();
    for device in lowered()? {
        let payload = ScepPayload::lower(&PlatformProfile::new(&device)?)?.into_parts().0;
        all.push(ConfigurationProfile::new(prefix.clone()).add_payload(&payload).to_document()?.as_bytes().to_vec());
    }
    let document = |body: &str| format!("<?xml version=\"1.0\"?><plist version=\"1.0\">{body}</plist>");
    let data = pem::encode("X", World::shared().leaf.as_der());
    let data: String = data.lines().filter(|line| !line.starts_with('-')).collect();
    all.extend(words(&[
        &document(&format!(
            "<dict><key>Status</key><string>Acknowledged</string><key>CertificateList</key><array><dict>\
             <key>CommonName</key><string>Device</string><key>Data</key><data>{data}</data><key>IsIdentity</key><true/>\
             </dict></array></dict>"
        )),
        &document(
            "<dict><key>ProfileList</key><array><dict><key>PayloadIdentifier</key><string>com.example</string>\
             <key>PayloadVersion</key><integer>1</integer><key>IsEncrypted</key><false/></dict></array></dict>",
        ),
        &document("<array><real>-1.5e3</real><date>2026-11-23T00:00:00Z</date><!-- c --><string><![CDATA[&]]></string></array>"),
    ]));
    Ok(all)
}

/// A profile as Windows is told of it, and answers as Windows gives them.
fn sync_messages() -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    for device in lowered()? {
        let install = ScepInstall::lower(&PlatformProfile::new(&device)?)?.into_parts().0;
        all.push(SyncBody::new([install.to_command()]).to_xml()?.into_bytes());
        let unique = UniqueId::of(device.id());
        all.push(SyncBody::new([ScepInstall::status_query(&unique, CertificateStore::Device)]).to_xml()?.into_bytes());
    }
    let node = "./Device/Vendor/MSFT/ClientCertificateInstall/SCEP";
    all.extend(words(&[
        &format!(
            "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr/><SyncBody><Results><CmdID>3</CmdID><MsgRef>1</MsgRef>\
             <CmdRef>2</CmdRef><Item><Source><LocURI>{node}/x/Status</LocURI></Source><Data>1</Data></Item></Results>\
             <Final/></SyncBody></SyncML>"
        ),
        "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD></SyncHdr><SyncBody><Status><CmdID>3</CmdID>\
         <MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Get</Cmd><TargetRef>./x</TargetRef><Data> 404 </Data></Status>\
         <Alert><CmdID>2</CmdID><Data>1201</Data></Alert></SyncBody></SyncML>",
    ]));
    Ok(all)
}

/// Profiles for a device, that every platform knows.
fn lowered() -> Result<Vec<AgentProfile>> {
    let settings = ScepSettings::new(ProfileId::new("wifi-cert")?, "https://ca.example/scep")
        .with_thumbprint(Fingerprint::new(&[0xda; 20])?);
    let mail = AlternativeNameTemplate::Email(Template::parse("%UserEmail%")?);
    let plain = ScepProfile::new(settings, NameTemplate::parse("/C=DE/O=Example/CN=%UserName%")?)
        .with_challenge(ChallengeSource::OneTime);
    let variables = Variables::new().with(Variable::UserName, "Doe, Jane").with(Variable::UserEmail, "j@example.com");
    [plain.clone(), plain.add_alternative_name(mail)]
        .map(|profile| Ok(profile.for_device(&variables, AgentChallenge::one_time(Secret::from("XG4sLq0Zt7")))?))
        .into_iter()
        .collect()
}

/// Profiles of every kind, with most of what there can be, templates, and what a CSR is compared with.
fn profiles() -> Result<Vec<Vec<u8>>> {
    let settings = ScepSettings::new(ProfileId::new("user")?, "https://ca.example.com/scep");
    let full = settings
        .clone()
        .add_url("http://ca2.example.com/")
        .with_ca_identifier("ca")
        .with_thumbprint(Fingerprint::new(&[1; 20])?)
        .with_key(KeySpec::new(KeyAlgorithm::Ec(Curve::P384)).with_protection(KeyProtection::Software))
        .with_cipher(CipherAlgorithm::AES256_GCM)
        .with_lifetime(Duration::from_secs(86_400))
        .with_renewal(RenewalStart::PercentRemaining(20))
        .with_template(CertificateTemplate::Name("Device".into()))
        .with_route(Route::ByService)
        .with_store(CertificateStore::User);
    let alternative = [
        AlternativeNameTemplate::Dns(Template::parse("%DeviceId%.example.com")?),
        AlternativeNameTemplate::Email(Template::parse("%UserEmail%")?),
        AlternativeNameTemplate::Sid(Template::parse("%UserSid%")?),
        AlternativeNameTemplate::Uri(Template::parse("urn:x:%custom.y%%%")?),
        AlternativeNameTemplate::Upn(Template::parse("%UserPrincipalName%")?),
    ];
    let subject = |text| NameTemplate::parse(text);
    let usual = ScepProfile::new(settings.clone(), subject("CN=%UserName%,O=Example\\, Inc.")?);
    let rich = ScepProfile::new(full, subject("CN=%UserName%+OU=\"a, b\",%UserDistinguishedName%,1.2.3=\\C3\\A4")?)
        .with_alternative_names(alternative)
        .with_challenge(ChallengeSource::OneTime);
    let password = StaticPassword::new(Secret::from("password")).with_use(StaticUse::PlatformClients);
    let shared = usual.clone().with_challenge(ChallengeSource::Static(password.clone()));
    let broker = usual.clone().with_challenge(ChallengeSource::Broker(password));
    let variables = Variables::new()
        .with(Variable::UserName, "jane")
        .with(Variable::UserEmail, "jane@example.com")
        .with(Variable::UserPrincipalName, "jane@corp")
        .with(Variable::UserSid, "S-1-5-21-1-2-3")
        .with(Variable::DeviceId, "d1")
        .with(Variable::UserDistinguishedName, "CN=Jane,DC=corp")
        .with(Variable::Custom(CustomVariable::new("y").ok_or("a name")?), "y");
    let agent = rich.for_device(&variables, AgentChallenge::one_time(Secret::from("ticket")))?;
    let brokered = broker.for_device(&variables, AgentChallenge::Broker)?;
    let id = || ProfileId::new("user");
    let wifi = WifiProfile::new(ProfileId::new("office")?, "Office").add_server_name("radius").with_certificate(id()?);
    let vpn = VpnProfile::new(ProfileId::new("vpn")?, "vpn").with_certificate(id()?);
    let email = EmailProfile::new(ProfileId::new("mail")?, "mail")
        .with_certificate(id()?)
        .with_signing_certificate(id()?)
        .with_other(OtherSettings::new(&[7; 32]));
    let set = AgentProfileSet::new("1")
        .with_scep(brokered)?
        .with_referrer(wifi.clone())?
        .with_referrer(vpn)?
        .with_referrer(email)?;
    let secrets = [
        usual.to_json_with_password()?,
        rich.to_json_with_password()?,
        shared.to_json_with_password()?,
        broker.to_json_with_password()?,
        agent.to_json()?,
        set.to_json()?,
    ];
    let mut seeds: Vec<_> = secrets.iter().map(|json| json.expose().to_vec()).collect();
    seeds.push(Referrer::from(wifi).to_json()?);
    seeds.push(Expectation::from_profile(&rich, &variables)?.to_der());
    seeds.push(Expectation::from_profile(&usual, &variables)?.with_rule(Field::Key, FieldRule::NotCompared).to_der());
    seeds.extend(words(&[
        "CN=%UserName% (100%%)+OU=a,%UserDistinguishedName%",
        "/C=DE/O=A\\/B/CN=%custom.x%",
        "CN=\"Sue, Grabbit and Runn\" , C=GB",
        "UID=\\ jsmith\\ ,DC=example,2.5.4.5=\\#1",
    ]));
    Ok(seeds)
}

/// The samples of the conformance tests.
fn samples() -> Result<Vec<Vec<u8>>> {
    let is_der = |path: &Path| path.extension().is_some_and(|extension| extension == "der");
    let samples = files(&["tests", "data", "cms"])?.into_iter().filter(|(path, _)| is_der(path));
    Ok(samples.map(|(_, sample)| readable(sample)).collect())
}

/// With the digests of signed attributes replaced by what [`PROVIDER`] computes.
fn readable(mut message: Vec<u8>) -> Vec<u8> {
    let wanted = Writer::encode(|w| w.oid(oid::MESSAGE_DIGEST));
    let places: Vec<_> = message.windows(wanted.len()).enumerate().filter(|(_, at)| *at == wanted).collect();
    for place in places.into_iter().map(|(place, _)| place + wanted.len()).collect::<Vec<_>>() {
        // SET, OCTET STRING: two headers of two octets.
        let length = usize::from(message[place + 3]);
        message[place + 4..][..length].fill(0);
    }
    message
}

/// The pages of the conformance tests, and addresses.
fn pages() -> Result<Vec<Vec<u8>>> {
    let is_page = |path: &Path| path.extension().is_some_and(|extension| extension == "html");
    let pages = files(&["tests", "data", "ndes"])?.into_iter().filter(|(path, _)| is_page(path));
    let mut all: Vec<_> = pages.map(|(_, page)| page).collect();
    all.extend(words(&[
        "https://ndes/certsrv/mscep/mscep.dll/pkiclient.exe?a=b#c",
        "/p/device/wifi/TOKEN/pkiclient.exe",
    ]));
    Ok(all)
}

/// A text that is presented, names to seal, records, and the bodies of webhooks and of Intune.
fn challenges() -> Result<Vec<Vec<u8>>> {
    let rng = &mut Counter(0);
    let key = ServiceKey::from_secret(Secret::new(vec![3; 32]))?;
    let binding = Binding::any_request("device", "wifi")?;
    let keys = SealingKeys::new(1, Secret::new(vec![9; 32]))?;
    let sealed = keys.seal(&binding, NOW, Detail::Whole, rng)?;
    let (_, record) = key.issue(binding, NOW, ChallengeFormat::DEFAULT, NOW, rng)?;
    let mut all = words(&[
        &format!("\0{}", sealed.expose()),
        "\u{1}\u{7}device/wifi",
        "\u{3}{\"webhook\":{\"webhookEvent\":\"SCEPChallenge\",\"id\":1},\"event\":{\"scepServerUrl\":\"https://ca\"}}",
        "\u{3}{\"value\":[{\"requestContext\":\"a\",\"serialNumber\":\"0A\",\"issuerName\":null}]}",
    ]);
    for record in [record.clone(), record.delivered(NOW), record.withdrawn(NOW)] {
        all.push([vec![2], record.to_der()].concat());
    }
    Ok(all)
}

/// EnvelopedData and AuthEnvelopedData under the password that the target knows.
fn envelopes() -> Result<Vec<Vec<u8>>> {
    let rng = &mut Counter(0);
    let key = PasswordKey::derive(&Secret::from("challenge"), PasswordProfile::DEFAULT, rng, &PROVIDER)?;
    let mut all = Vec::new();
    for cipher in [CipherAlgorithm::AES128_CBC, CipherAlgorithm::AES128_GCM] {
        for content_type in [oid::DATA, oid::SIGNED_DATA] {
            let builder = EnvelopedDataBuilder::new(b"content", cipher).with_content_type(content_type);
            all.push(builder.add_password_recipient(&key).build(rng, &PROVIDER)?);
        }
    }
    Ok(all)
}

/// Headers that have crashed other readers, and nesting without end.
fn headers() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> =
        [&[0x1f, 0x80][..], &[0x1f, 0x05], &[0x30, 0x81], &[0x30, 0x84, 0x01], &[0x5f, 0x4d], &[0x30, 0x82, 0x06]]
            .map(<[u8]>::to_vec)
            .to_vec();
    for header in [[0x30, 0x80], [0x24, 0x80], [0xa0, 0x80]] {
        all.push(header.repeat(40));
        all.push([header.repeat(31), vec![4, 1, 0], [0, 0].repeat(31)].concat());
    }
    let nested = (0..300).fold(vec![5, 0], |inside, _| Writer::encode(|w| w.sequence(|w| w.raw(&inside))));
    all.push(nested);
    all.push([[0x24, 0x80].to_vec(), [0x04, 0x00].repeat(100), vec![0, 0]].concat());
    all
}

fn words(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn rich_certificate() -> Result<Vec<u8>> {
    let World { ca, device_key, .. } = World::shared();
    let subject = NameBuilder::new().add_country("DE").add_organization("A, B").add_common_name("ä").build()?;
    let names = alternative_names()?;
    let builder = CertificateBuilder::new(
        SerialNumber::from_bytes(&[0xff; 8])?,
        ca.subject().to_owned(),
        subject,
        Validity::new(NOW, pki_core::UnixTime::NO_EXPIRATION),
        device_key.public().clone(),
    )
    .with_profile(&Profile::TLS_SERVER)
    .with_authority(ca, &PROVIDER)
    .with_subject_alt_name(names);
    let certificate = builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256)?.attach(fake::signature());
    Ok(certificate.as_der().to_vec())
}

fn rich_csr() -> Result<Vec<u8>> {
    let csr = CsrBuilder::new(fixture::name("Device"), World::shared().device_key.public().clone())
        .with_subject_alt_name(alternative_names()?)
        .with_extended_key_usage(&[oid::CLIENT_AUTH])
        .with_challenge_password(&Secret::from("pass*word"))
        .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
        .attach(fake::signature());
    Ok(csr.as_der().to_vec())
}

fn alternative_names() -> Result<GeneralNamesBuilder> {
    Ok(GeneralNamesBuilder::new()
        .add_dns_name("a.example")
        .add_email_address("a@example")
        .add_uri("https://a.example/")
        .add_upn("a@example")
        .add_ip_address("192.0.2.1".parse()?)
        .add_directory_name(World::shared().ca.subject())
        .add_registered_id(oid::DATA))
}

/// Each value of each extension, behind each octet that says of which type it may be.
fn extensions(certificates: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    for der in certificates {
        for extension in Certificate::from_der(der)?.extensions().iter() {
            let kind = match extension.oid {
                oid::AUTHORITY_KEY_IDENTIFIER => 1,
                oid::BASIC_CONSTRAINTS => 2,
                oid::EXT_KEY_USAGE => 5,
                oid::KEY_USAGE => 6,
                oid::SUBJECT_ALT_NAME => 10,
                oid::SUBJECT_KEY_IDENTIFIER => 11,
                _ => 13,
            };
            all.push([&[kind], extension.value].concat());
        }
    }
    let uri = b"\x86\x0ahttp://a/b";
    let sequence = |inside: &[u8]| Writer::encode(|w| w.sequence(|w| w.raw(inside)));
    let access = Writer::encode(|w| w.oid(oid::DATA));
    all.push([&[0], &*sequence(&sequence(&[&*access, uri].concat()))].concat());
    all.push([&[3], &*sequence(&sequence(&access))].concat());
    let full_name = [&[0xa0, 0x0e, 0xa0, 0x0c], &uri[..]].concat();
    all.push([&[4], &*sequence(&sequence(&[&*full_name, &[0x81, 0x02, 0x01, 0x06]].concat()))].concat());
    all.push([&[7], &*sequence(b"\xa0\x07\x30\x05\x82\x03a.b\xa1\x0c\x30\x0a\x87\x08\0\0\0\0\0\0\0\0")].concat());
    all.push([&[8], &*sequence(&[0x80, 1, 0, 0x81, 1, 1])].concat());
    all.push([&[9], &*sequence(&sequence(&[&*access, &*access].concat()))].concat());
    Ok(all)
}

fn names(certificates: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    for der in certificates {
        let certificate = Certificate::from_der(der)?;
        all.push([certificate.issuer().as_der(), certificate.subject().as_der()].concat());
    }
    let spelled = |text: &[u8]| Writer::encode(|w| w.primitive(pki_core::der::Tag::TELETEX_STRING, text));
    let with = |value: &[u8]| {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.constructed(pki_core::der::Tag::SET, |w| {
                    for _ in 0..2 {
                        w.sequence(|w| {
                            w.oid(oid::COMMON_NAME);
                            w.raw(value);
                        });
                    }
                });
            });
        })
    };
    all.push([with(&spelled(b" A  b\xe4")), with("\u{1e}\u{6}\0A\0 \0b".as_bytes())].concat());
    all.iter().try_for_each(|der| NameRef::decode(&mut Reader::new(der)).map(drop))?;
    Ok(all)
}

fn requests(messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let get = HttpRequest::pki_operation(Method::Get, messages[0][..40].to_vec()).query;
    let mut all = words(&[
        "\0operation=GetCACaps&message=x%20y",
        "\0?operation=getcacert",
        "\0message=&operation=GetNextCACert",
        "\0operation=PKIOperation&message=AAEC_-%2b%0A+A==",
        "\u{1}operation=PKIOperation\0body",
        "\u{3}operation=GetCACert",
        "\0operation=x",
        "\0operation=PKIOperation&operation=x",
    ]);
    all.push([b"\0", get.as_bytes()].concat());
    all
}

/// Requests and replies of every kind, as our own builders make them.
fn messages() -> Result<Vec<Vec<u8>>> {
    let World { ra, ra_key, device, ca, .. } = World::shared();
    let mut rng = Counter(7);
    let id = || TransactionId::from_text("1");
    let nonce = || Nonce::from_bytes(&[7; 16]);
    let oaep = KeyTransportAlgorithm::RsaOaep(pki_core::algorithm::DigestAlgorithm::SHA256);
    let names = IssuerAndSubject::new(ca.subject().to_owned(), device.subject().to_owned()).to_der();
    let mut all = Vec::new();
    let mut make = |attributes: Attributes, data: Option<(&[u8], &Certificate, KeyTransportAlgorithm)>, signer| {
        let mut builder = PkiMessageBuilder::new(attributes).add_certificate(signer);
        if let Some((data, recipient, key_transport)) = data {
            let algorithms = EnvelopeAlgorithms { key_transport, ..EnvelopeAlgorithms::MANDATORY };
            builder = builder.with_envelope(seal(data, recipient, algorithms, &PROVIDER, &mut rng)?);
        }
        let message = builder.build(signer, SignatureAlgorithm::RSA_PKCS1_SHA256, &PROVIDER)?.attach(fake::signature());
        all.push(message.into_bytes());
        Result::Ok(())
    };
    let rsa = KeyTransportAlgorithm::RsaPkcs1;
    make(Attributes::request(MessageType::PKCS_REQ, id()?, nonce()?), Some((&rich_csr()?, ra, rsa)), device)?;
    make(Attributes::request(MessageType::CERT_POLL, id()?, nonce()?), Some((&names, ra, oaep)), device)?;
    let reply = |status| Ok::<_, Box<dyn Error>>(Attributes::reply(id()?, Some(nonce()?), status, nonce()?));
    let bundle = certs_only([device.as_der(), ca.as_der()], []);
    make(reply(PkiStatus::SUCCESS)?, Some((&bundle, ra, rsa)), ra)?;
    make(reply(PkiStatus::PENDING)?, None, ra)?;
    let mut failure = reply(PkiStatus::FAILURE)?;
    failure.fail_info = Some(FailInfo::BAD_REQUEST);
    failure.fail_info_text = Some(FailInfoText::new("no"));
    make(failure, None, ra)?;
    assert_eq!(ra_key.public().as_ref(), ra.public_key());
    Ok(all)
}

/// Records of an enrolment: of its request that waits for a signature, and of the wait.
fn records() -> Result<Vec<Vec<u8>>> {
    let World { ca, ra, device_key, .. } = World::shared();
    let mut rng = Counter(3);
    let csr = CsrBuilder::new(fixture::name("Device"), device_key.public().clone());
    let mut step = Step::start(Arc::new(ClientConfig::new(PROVIDER)), EnrolmentRequest::new(csr))?;
    let mut all = Vec::new();
    loop {
        step = match step {
            Step::Exchange(exchange) => exchange.finish(&answer(&exchange, ca, ra)?, NOW, &mut rng)?,
            Step::Sign(sign) => {
                all.extend(sign.record().map(|record| record.to_der()));
                sign.attach(fake::signature(), &mut rng)?
            }
            Step::ConfirmAuthority(confirm) => confirm.accept(&mut rng)?,
            Step::Wait(wait) => {
                all.push(wait.record().to_der());
                return Ok(all);
            }
            step => return Err(format!("{step:?}").into()),
        }
    }
}

fn answer(exchange: &Exchange, ca: &Certificate, ra: &Certificate) -> Result<HttpResponse> {
    let message = match exchange.request().parse(&Limits::DEFAULT)? {
        Request::PkiOperation { message } => message,
        Request::GetCaCaps { .. } => {
            return Ok(HttpResponse::ok(MediaType::TextPlain, Capabilities::of(&PROVIDER).encode()));
        }
        _ => return Ok(HttpResponse::ok(MediaType::X509CaRaCert, certs_only([ca.as_der(), ra.as_der()], []))),
    };
    let asked = Received::decode(&message, Limits::DEFAULT)?.verify(&PROVIDER)?;
    let Attributes { transaction_id, sender_nonce, .. } = asked.attributes().clone();
    let attributes = Attributes::reply(transaction_id, sender_nonce, PkiStatus::PENDING, Nonce::from_bytes(&[1; 16])?);
    let message = PkiMessageBuilder::new(attributes).build(ra, SignatureAlgorithm::RSA_PKCS1_SHA256, &PROVIDER)?;
    Ok(HttpResponse::ok(MediaType::PkiMessage, message.attach(fake::signature()).into_bytes()))
}

/// Two octets of length, then the octets.
fn framed(der: &[u8]) -> Vec<u8> {
    [&u16::try_from(der.len()).unwrap_or_default().to_le_bytes(), der].concat()
}

/// Choices for graphs: chains of CAs, each issued by the one before, with one flaw after the other.
fn graphs() -> Vec<Vec<u8>> {
    // For whom and by whom, counted from those whose turn it is; how many flaws; the flaws.
    let issued = |flaws: &[u8]| [&[0, 0, u8::try_from(flaws.len() / 2).unwrap_or_default()], flaws].concat();
    let mut all = vec![vec![]];
    for flaw in 0..24 {
        // Settings, one anchor that is a bare name, the target not in the pool, three CAs.
        let settings = [[0, 0, 0], [0x64, 3, 2], [0x22, 0, 3], [1, 0x10, 0]][usize::from(flaw % 4)];
        let start = [&settings[..], &[0, 0, 0, 3]].concat();
        let leaf = issued(&[if flaw < 12 { 20 } else { flaw }, 3]);
        let status = vec![2, 0, 2, 0, 0, 1, 2, 0, 1, 2, 0, 0, 1, 0, 0, 0, 0];
        all.push([start, issued(&[]), issued(&[]), issued(&[flaw, 1]), leaf, status].concat());
    }
    all
}

/// The certificates that OpenSSL made for CRLs and OCSP, and a chain of our own.
fn chains() -> Result<Vec<Vec<u8>>> {
    let World { ca, leaf, ec_leaf, .. } = World::shared();
    let ocsp = |name| foreign("ocsp", name);
    let mut all = Vec::new();
    let item = |kind: u8, der: &[u8]| [vec![kind], framed(der)].concat();
    for settings in [0, 6, 8] {
        let own = [vec![settings], framed(leaf.as_der()), item(2, ec_leaf.as_der()), item(settings & 1, ca.as_der())];
        all.push(own.concat());
    }
    for (status, answer) in [("good.der", "response-delegated.der"), ("revoked.der", "response-ca.der")] {
        let items = [item(0, &ocsp("ca.der")?), item(2, &ocsp("responder.der")?), item(2, &ocsp(answer)?)];
        all.push([vec![4], framed(&ocsp(status)?), items.concat()].concat());
    }
    let every = foreign("x509", "every-extension.der")?;
    all.push([vec![2], framed(&every), item(0, &foreign("crl", "ca.der")?), item(1, &every)].concat());
    Ok(all)
}

/// What OpenSSL made for the tests of `pki-core`.
fn foreign(kind: &str, name: &str) -> Result<Vec<u8>> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "pki-core", "tests", "data", kind, name].iter().collect();
    Ok(fs::read(path)?)
}

fn crls() -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    for name in ["openssl-full.der", "openssl-version-1.der", "indirect-delta.der"] {
        all.push([vec![1], foreign("crl", name)?].concat());
    }
    // Settings, then entries: kind, length, serial number.
    all.push(b"\0\0\x04\x01\x07\x04\x01\x07\x08\x02\x01\x07\x12\x01\x07".to_vec());
    all.push(b"\0\x19\x01\x09\x01\x08\x83\x01\x07\x10\x04\x01\0\0\x07".to_vec());
    all.push(b"\0\x0d\x01\x09\x13\x01\x07".to_vec());
    Ok(all)
}

fn ocsp() -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    for name in ["request.der", "request-signed.der", "request-three.der"] {
        all.push([vec![1], foreign("ocsp", name)?].concat());
    }
    for name in ["response-ca.der", "response-delegated.der"] {
        all.push([vec![2], foreign("ocsp", name)?].concat());
    }
    let path = OcspRequest::from_der(&foreign("ocsp", "request.der")?)?.to_get_path();
    all.push([b"\x01", path.as_bytes()].concat());
    all.push([b"\x02", OcspResponse::refusal(Refusal::TryLater).as_der()].concat());
    all.push(b"\0\x09\x01\0\x01\x07\x01\x02\x01\x08\x08nonceabc\x06\x0c".to_vec());
    all.push(b"\0\x02\0\0\x01\x07\0\x1e\x0c".to_vec());
    Ok(all)
}

/// Names and subtrees by kind: which list in two bits, the form above them, then a length and a text.
fn constraints() -> Vec<Vec<u8>> {
    let mut all = vec![b"\x01\x0d\x30\x0b\xa0\x09\x30\x07\x82\x05a.b.c\x07\0\x30\x05\x82\x03b.c".to_vec()];
    let texts: [(u8, &[&str]); 6] = [
        (0, &["a.example", "*.a.example", "example", "", "b.a.example.", "A.EXAMPLE"]),
        (2, &["a@example", "example", ".example", "\"a b\"@a.example"]),
        (3, &["https://a.example/b", ".example", "sip:a@b.example:5060", "http://[::1]/", "a.example"]),
        (5, &["Leaf", "CA"]),
        (6, &["a@a.example", "@a.example"]),
        (7, &["\u{7f}@example", "a@xn--a.example"]),
    ];
    for (form, texts) in texts {
        for list in [[0, 2, 3], [0, 3, 2], [1, 0, 3]] {
            let item = |(index, text): (usize, &&str)| {
                let head = [form << 2 | list[index % 3], u8::try_from(text.len()).unwrap_or_default()];
                [&head, text.as_bytes()].concat()
            };
            all.push([vec![0], texts.iter().enumerate().flat_map(item).collect()].concat());
        }
    }
    all.push(vec![0, 0x10, 192, 0, 2, 1, 0, 0x12, 192, 0, 2, 0, 24, 0x13, 192, 0, 2, 1, 32, 0x11, 10, 0, 0, 1, 0]);
    all
}

/// With each kind of dialogue, which is what the third octet says: under the challenge, renewals, lookups.
fn client_dialogues() -> Vec<Vec<u8>> {
    let mut all = dialogues();
    for kind in [0x80, 0xa0, 0xa1, 0xa6, 0xc0, 0xc1, 0xe0, 0xe1] {
        for flags in [0x02, 0x16, 0x20] {
            all.push(vec![flags, 1, kind]);
        }
        // A PENDING, a FAILURE, what is not right, and then what is.
        all.extend((1..5).map(|answer| vec![2, 1, kind, 0, 0, 0, 0, 0, 1, 1, 1, 0, answer % 3, answer, 0, 0]));
    }
    all
}

/// Operations: an octet each, in some order.
fn dialogues() -> Vec<Vec<u8>> {
    let mut rng = Counter(11);
    let mut all = vec![vec![], vec![0; 40], vec![1; 60], vec![7; 60], (0..100).collect(), vec![255; 40]];
    for length in [20, 50, 100, 200] {
        let mut octets = vec![0; length];
        pki_core::crypto::SecureRandom::fill(&mut rng, &mut octets).unwrap_or_default();
        // Small numbers name operations.
        all.push(octets.iter().map(|octet| octet >> 5).collect());
        all.push(octets);
    }
    all
}

/// Operations of the broker's target: none and each alteration of each message, with every setting by itself; the messages of a run
/// and its records.
fn brokered() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for settings in [0_u8, 1, 2, 4, 8, 9, 0x10, 0x11, 0x18, 0x40, 0x41] {
        seeds.push(vec![settings]);
        // Which alteration, then its arguments; at last, whether the device goes on with it.
        for alteration in [[3, 12, 0, 1, 7], [4, 5, 0, 0, 0], [5, 5, 0, 4, 0], [6, 0, 0, 0, 7], [7, 7, 0, 0, 0]] {
            seeds.push([&[settings], &alteration[..], &[0; 3], &alteration].concat());
        }
    }
    for run in broker::recorded() {
        seeds.extend(run.to_device.iter().map(|message| [&[0xc0][..], message].concat()));
        seeds.extend(run.to_service.iter().map(|message| [&[0x80][..], message].concat()));
        seeds.extend(run.records.iter().map(|record| [&[0xff][..], record].concat()));
    }
    // The two runs begin alike.
    seeds.sort();
    seeds.dedup();
    seeds
}

/// Operations of the activation targets: none, each alteration of each message, and the records.
fn activations() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![0], vec![0, 0, 0, 0, 0, 0, 0, 0, 0, 0]];
    seeds.extend((0..3).map(|before| {
        let mut seed = vec![0; 1 + before];
        seed.extend([3, 10, 0, 1, 4, 5, 5, 4, 0, 1, 2, 3, 4, 6, 1, 7]);
        seed
    }));
    for record in ["activation-1-open.der", "activation-1-activated.der", "request-1.der"] {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "tests", "data", "records", record].iter().collect();
        seeds.extend(fs::read(path).map(|der| [&[0xff][..], &der].concat()));
    }
    // A hello, a share of the curve's generator, and parameters.
    let message = |kind: u32, fields: &dyn Fn(&mut Writer)| {
        let der = Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(1);
                w.small_integer(kind);
                fields(w);
            });
        });
        [&[0x80][..], &der].concat()
    };
    seeds.push(message(1, &|w| w.primitive(Tag::UTF8_STRING, b"jane")));
    seeds.push(message(2, &|w| {
        w.primitive(Tag::UTF8_STRING, b"mdm");
        w.octet_string(&[5; 32]);
        [1, 1, 1].iter().for_each(|number| w.small_integer(*number));
    }));
    seeds.push(message(3, &|w| {
        w.primitive(Tag::UTF8_STRING, b"jane");
        w.primitive(Tag::UTF8_STRING, b"phone");
        w.octet_string(&GENERATOR);
    }));
    seeds
}

/// The generator of P-256, uncompressed (SEC 2 section 2.4.2).
const GENERATOR: [u8; 65] = [
    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03,
    0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe,
    0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce,
    0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
];
