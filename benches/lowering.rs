//! Profiles for each platform, and property lists beside the crate `plist`.

use std::hint::black_box;

use benches::Contest;
use mdm_proto::{
    lowering::{
        PlatformProfile,
        android::ManagedConfiguration,
        apple::{Accessible, ConfigurationProfile, Declarations, Identifier, ScepPayload},
        windows::ScepInstall,
    },
    plist::Value,
    profile::{
        AgentChallenge, AgentProfile, AlternativeNameTemplate, ChallengeSource, NameTemplate, ProfileId, ScepProfile,
        ScepSettings, Template, Variable, Variables,
    },
    syncml::SyncBody,
};
use pki_core::{Limits, Secret};
use quick_xml::events::Event;
use scep::client::Fingerprint;

fn profile() -> ScepProfile {
    let settings = ScepSettings::new(ProfileId::new("wifi-cert").unwrap(), "https://ca.example/scep")
        .with_thumbprint(Fingerprint::new(&[0xda; 20]).unwrap());
    let mail = AlternativeNameTemplate::Email(Template::parse("%UserEmail%").unwrap());
    ScepProfile::new(settings, NameTemplate::parse("/C=DE/O=Example/CN=%UserName%").unwrap())
        .with_challenge(ChallengeSource::OneTime)
        .add_alternative_name(mail)
}

fn device(profile: &ScepProfile) -> AgentProfile {
    let variables =
        Variables::new().with(Variable::UserName, "Doe, Jane").with(Variable::UserEmail, "jane@example.com");
    profile.for_device(&variables, AgentChallenge::one_time(Secret::from("XG4sLq0Zt7"))).unwrap()
}

fn mobileconfig(device: &AgentProfile) -> Vec<u8> {
    let payload = ScepPayload::lower(&PlatformProfile::new(device).unwrap()).unwrap().into_parts().0;
    let profile = ConfigurationProfile::new(Identifier::new("com.example.mdm").unwrap()).add_payload(&payload);
    profile.to_document().unwrap().as_bytes().to_vec()
}

fn platforms() {
    let profile = profile();
    let ready = device(&profile);
    let native = |device| PlatformProfile::new(black_box(device)).unwrap();
    let prefix = Identifier::new("com.example.mdm").unwrap();
    let mut contest = Contest::new("one profile for one device");
    contest.add("names and challenge, for any platform", || device(black_box(&profile)));
    contest.add("Apple, configuration profile", || mobileconfig(&ready));
    contest.add("Apple, declarations", || {
        let payload = ScepPayload::lower(&native(&ready)).unwrap().into_parts().0;
        Declarations::new(&payload, &prefix, "https://mdm.example/1", Accessible::Default).unwrap()
    });
    contest.add("Windows, SyncML", || {
        let install = ScepInstall::lower(&native(&ready)).unwrap().into_parts().0;
        SyncBody::new([install.to_command()]).to_xml().unwrap()
    });
    contest.add("Android, managed configuration", || {
        ManagedConfiguration::lower(std::slice::from_ref(black_box(&ready))).unwrap().output().to_json()
    });
    contest.run();
}

fn property_lists() {
    let document = mobileconfig(&device(&profile()));
    let ours = Value::from_xml(&document, Limits::DEFAULT).unwrap();
    let theirs = plist::Value::from_reader_xml(document.as_slice()).unwrap();
    let mut contest = Contest::new(format!("read a property list of {} octets", document.len()));
    contest.add("mdm-proto", || Value::from_xml(black_box(&document), Limits::DEFAULT).unwrap());
    contest.add("plist", || plist::Value::from_reader_xml(black_box(document.as_slice())).unwrap());
    contest.add("quick-xml, events alone", || {
        let mut reader = quick_xml::Reader::from_str(core::str::from_utf8(black_box(&document)).unwrap());
        core::iter::from_fn(|| Some(reader.read_event().unwrap()).filter(|event| *event != Event::Eof)).count()
    });
    contest.run();
    let mut contest = Contest::new("write the same");
    contest.add("mdm-proto", || black_box(&ours).to_xml().unwrap());
    contest.add("plist", || {
        let mut out = Vec::new();
        black_box(&theirs).to_writer_xml(&mut out).unwrap();
        out
    });
    contest.run();
}

fn main() {
    platforms();
    property_lists();
}
