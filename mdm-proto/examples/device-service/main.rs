//! A device service and a phone, in memory, from installation through a year to the end: who does what, step by step.
//!
//! ```sh
//! cargo run --release -p mdm-proto --features split-signing --example device-service
//! ```
//!
//! | file | who |
//! |---|---|
//! | `service.rs` | the device service: root, activation, client certificates, profiles, challenges, broker |
//! | `phone.rs`, `enrol.rs` | the phone: identity, profiles, keystore, monitor; its enrolments by SCEP |
//! | `authority.rs` | a CA that speaks SCEP, twice |
//! | `world.rs` | the network, which is calls, and the clock, which is a variable |
//!
//! An application puts its own transport and storage in the place of `world.rs` and of the fields that hold records;
//! `tests/examples/device-service-http` is one, over HTTP and TLS and with a database.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(unreachable_pub, reason = "a program has no API")]
#![expect(clippy::panic, clippy::indexing_slicing, reason = "an example stops where it goes wrong")]
#![expect(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "an application has std")]

mod authority;
mod enrol;
mod keys;
mod phone;
mod service;
mod world;

use std::{error::Error, fmt::Display, time::Duration};

use getrandom::SysRng;
use mdm_proto::{
    activation::password::ActivationPassword,
    identity::{DeviceId, Identity, User, WorkSpaceId},
    profile::{
        AlternativeNameTemplate, ChallengeSource, KeyAlgorithm, KeySpec, NameTemplate, ProfileId, ScepProfile,
        ScepSettings, StaticPassword, Template, VpnProfile, WifiProfile,
    },
    trust::{Description, ExpiryWarning, TrustPurpose, TrustStore},
};
use pki_core::{
    Secret, UnixTime,
    crl::RevocationReason,
    crypto::rustcrypto::{PROVIDER, Random},
};

use authority::Authority;
use phone::Phone;
use service::Service;
use world::{VPN_CA, WIFI_CA, WIFI_PASSWORD, World};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;
type Rng = Random<SysRng>;

fn main() -> Result<()> {
    let mut rng = Random(SysRng);
    let now = UnixTime::from_civil(2026, 11, 23, 9, 0, 0).ok_or("no such date")?;

    chapter("Installation");
    let (user, work_space) = (User::from_email(JANE)?, WorkSpaceId::new("sales-7")?);
    let identity = Identity::new(user, work_space, DeviceId::random(&mut rng)?).with_organisation("Example")?;
    let service = Service::install(identity, now, &mut rng)?;
    let wifi = Authority::install("Example Wi-Fi CA", now, &mut rng)?;
    let vpn = Authority::install("Example VPN CA", now, &mut rng)?;
    let mut world = World { now, rng, service, wifi, vpn, to_phone: Vec::new() };

    chapter("Activation");
    let mut phone = Phone::new()?;
    let password = world.service.invite(JANE, world.now, &mut world.rng)?;
    let mistyped = ActivationPassword::typed("12345678")?;
    match phone.activate(JANE, &mistyped, &mut world) {
        Ok(()) => return Err("activated by a wrong password".into()),
        Err(error) => say(world.now, "phone", error),
    }
    phone.activate(JANE, &password, &mut world)?;

    chapter("CA certificates, by what they are trusted for");
    let trust = TrustStore::new();
    let (trust, enterprise) = trust.replace(TrustPurpose::Enterprise, world.service.installation.roots())?;
    let (trust, wifi) = trust.replace(TrustPurpose::WiFi, [world.wifi.certificate.clone()])?;
    let (_, vpn) = trust.replace(TrustPurpose::Vpn, [world.vpn.certificate.clone()])?;
    for change in [enterprise, wifi, vpn] {
        for certificate in &change.install {
            let described = Description::new(certificate, ExpiryWarning::default(), world.now, &PROVIDER);
            let (subject, end) = (described.subject, described.validity.not_after);
            say(world.now, "phone", format!("trusts {subject}, to {end}, for {}", change.purpose));
        }
    }

    chapter("Profiles arrive");
    let vpn = assign_profiles(&mut world)?;
    phone.receive_profiles(&mut world)?;
    phone.work(&mut world)?;
    if world.to_phone.iter().any(|octets| contains(octets, WIFI_PASSWORD.as_bytes())) {
        return Err("the phone was sent the password of the whole fleet".into());
    }
    say(world.now, "check", "nothing that the phone was sent has the Wi-Fi CA's password in it");

    chapter("A year passes");
    pass(380, &mut phone, &mut world)?;
    say(world.now, "phone", format!("has looked up {} times whether its certificates are revoked", phone.looked_up));

    chapter("The Wi-Fi CA revokes a certificate");
    world.wifi.revoke_last(RevocationReason::KeyCompromise, world.now);
    pass(8, &mut phone, &mut world)?;

    chapter("A profile changes: another name, then longer keys");
    let renamed = vpn.settings().clone().with_name("VPN");
    world.service.profiles = world.service.profiles.clone().with_scep(vpn.clone().with_settings(renamed.clone()))?;
    phone.receive_profiles(&mut world)?;
    phone.work(&mut world)?;
    let longer = renamed.with_key(KeySpec::new(KeyAlgorithm::Rsa { bits: 3072 }));
    world.service.profiles = world.service.profiles.clone().with_scep(vpn.with_settings(longer))?;
    phone.receive_profiles(&mut world)?;
    phone.work(&mut world)?;

    chapter("The phone is lost");
    world.service.revoke(world.now);
    match phone.receive_profiles(&mut world) {
        Ok(()) => Err("a phone that is revoked got in".into()),
        Err(error) => {
            say(world.now, "service", error);
            Ok(())
        }
    }
}

/// A certificate for Wi-Fi by the broker, and one for the VPN, which is given back, by a one-time challenge.
fn assign_profiles(world: &mut World) -> Result<ScepProfile> {
    let email = AlternativeNameTemplate::Email(Template::parse("%UserEmail%")?);
    let settings = ScepSettings::new(ProfileId::new("wifi-certificate")?, WIFI_CA);
    let settings = settings.with_thumbprint(world.wifi.fingerprint()?);
    let wifi = ScepProfile::new(settings, NameTemplate::parse("CN=%UserName%,O=Example")?)
        .add_alternative_name(email.clone())
        .with_challenge(ChallengeSource::Broker(StaticPassword::new(Secret::from(WIFI_PASSWORD))));
    let settings = ScepSettings::new(ProfileId::new("vpn-certificate")?, VPN_CA);
    let settings = settings.with_thumbprint(world.vpn.fingerprint()?);
    let vpn = ScepProfile::new(settings, NameTemplate::parse("CN=%DeviceId%,O=Example")?)
        .add_alternative_name(email)
        .with_challenge(ChallengeSource::OneTime);
    let office = WifiProfile::new(ProfileId::new("office")?, "Office").with_certificate(wifi.id().clone());
    let gateway = VpnProfile::new(ProfileId::new("vpn")?, "vpn.example.com").with_certificate(vpn.id().clone());
    let profiles = world.service.profiles.clone().with_scep(wifi)?.with_scep(vpn.clone())?;
    world.service.profiles = profiles.with_referrer(office)?.with_referrer(gateway)?;
    Ok(vpn)
}

/// So many days, in which service and phone do what is due when it is due.
fn pass(days: u64, phone: &mut Phone, world: &mut World) -> Result<()> {
    let end = world.now.plus(Duration::from_secs(days * 86_400));
    loop {
        let service = world.service.maintain(world.now, &mut world.rng)?;
        let phone = phone.work(world)?.unwrap_or(end);
        let next = service.min(phone).min(end);
        if next >= end {
            world.now = end;
            return Ok(());
        }
        world.now = next;
    }
}

fn chapter(title: &str) {
    println!("\n{title}");
}

fn say(now: UnixTime, who: &str, what: impl Display) {
    let (now, who) = (now.to_string(), format!("{who}:"));
    println!("  {}  {who:<9} {what}", now.split('T').next().unwrap_or_default());
}

fn contains(octets: &[u8], what: &[u8]) -> bool {
    octets.windows(what.len()).any(|window| window == what)
}

const JANE: &str = "jane@example.com";
