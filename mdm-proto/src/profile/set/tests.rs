use core::time::Duration;

use alloc::{string::ToString, vec, vec::Vec};
use pki_core::{
    Secret,
    algorithm::{CipherAlgorithm, DigestAlgorithm},
    extension::KeyUsage,
    oid,
};
use scep::client::Fingerprint;

use super::*;
use crate::{
    lifecycle::RenewalStart,
    profile::{
        AgentChallenge, AlternativeNameTemplate, CertificateStore, CertificateTemplate, ChallengeSource, Curve,
        EmailProfile, Extractability, KeyAlgorithm, KeySpec, NameTemplate, OtherSettings, Retries, Route,
        StaticPassword, Template, Variable, Variables, VpnProfile, WifiProfile,
    },
};

fn id(text: &str) -> ProfileId {
    ProfileId::new(text).unwrap()
}

fn thumbprint(octet: u8) -> Fingerprint {
    Fingerprint::new(&[octet; 32]).unwrap()
}

fn settings() -> ScepSettings {
    ScepSettings::new(id("user"), "https://ca.example.com/scep")
        .with_ca_identifier("ca1")
        .with_thumbprint(thumbprint(1))
}

fn profile(settings: ScepSettings) -> ScepProfile {
    ScepProfile::new(settings, NameTemplate::parse("CN=%UserName%").unwrap())
}

fn set(profile: ScepProfile) -> ProfileSet {
    ProfileSet::new("1").with_scep(profile).unwrap()
}

fn rsa(bits: u16) -> KeyAlgorithm {
    KeyAlgorithm::Rsa { bits }
}

/// What comes of it if `old` becomes `new`: the reasons, and what changes besides.
fn change(old: ScepProfile, new: ScepProfile) -> (Vec<EnrolmentReason>, Vec<SilentChange>) {
    let diff = set(old).diff(&set(new));
    assert_eq!(diff.orphans(), []);
    match diff.changed() {
        [] => {
            assert_eq!(diff.unchanged(), [id("user")]);
            (vec![], vec![])
        }
        [change] => {
            assert_eq!(*change.profile(), id("user"));
            assert_eq!(diff.enrolments().count(), usize::from(change.starts()));
            assert_eq!(diff.silent().count(), usize::from(!change.starts()));
            (change.reasons().to_vec(), change.changes().to_vec())
        }
        more => panic!("{more:?}"),
    }
}

fn key(algorithm: KeyAlgorithm) -> ScepProfile {
    profile(settings().with_key(KeySpec::new(algorithm)))
}

/// The row "Other restart triggers": changing any of Certification Authority Identifier, Certificate Thumbprint, Key
/// Algorithm, ECC Strength, RSA Strength.
#[test]
fn bes10_what_restarts_enrolment() {
    let ec = KeyAlgorithm::Ec;
    for (old, new, reason) in [
        (profile(settings()), profile(settings().with_ca_identifier("ca2")), EnrolmentReason::CaIdentifier),
        (
            profile(settings()),
            profile(settings().with_thumbprint(thumbprint(2))),
            EnrolmentReason::Thumbprint { gone: vec![thumbprint(1)] },
        ),
        (key(rsa(2048)), key(ec(Curve::P256)), EnrolmentReason::KeyAlgorithm { old: rsa(2048), new: ec(Curve::P256) }),
        (
            key(ec(Curve::P256)),
            key(ec(Curve::P384)),
            EnrolmentReason::EccStrength { old: ec(Curve::P256), new: ec(Curve::P384) },
        ),
        (key(rsa(2048)), key(rsa(4096)), EnrolmentReason::RsaStrength { old: rsa(2048), new: rsa(4096) }),
    ] {
        let (reasons, changes) = change(old.clone(), new.clone());
        assert_eq!(reasons, core::slice::from_ref(&reason));
        assert!(changes.is_empty() || changes == [SilentChange::ThumbprintAdded], "{changes:?}");
        assert!(!reason.to_string().is_empty());
        // Whichever way it changes.
        assert_eq!(change(new, old).0.len(), 1);
    }
    // A CA identifier that was not there, or is gone.
    let without = profile(ScepSettings::new(id("user"), "https://ca.example.com/scep").with_thumbprint(thumbprint(1)));
    assert_eq!(change(without.clone(), profile(settings())).0, [EnrolmentReason::CaIdentifier]);
    assert_eq!(change(profile(settings()), without).0, [EnrolmentReason::CaIdentifier]);
}

/// The row "Non-triggers": everything else (URL, challenge, hash, encryption algorithm, renewal days).
#[test]
fn bes10_what_restarts_nothing() {
    let old = profile(settings());
    let changed = |settings| profile(settings);
    let secret = StaticPassword::new(Secret::from("secret"));
    let protected = KeySpec::DEFAULT.with_extractability(Extractability::Allowed);
    for (new, expected) in [
        (changed(settings().with_url("https://ca2.example.com/")), SilentChange::Url),
        (changed(settings().add_url("https://ca2.example.com/")), SilentChange::Url),
        (old.clone().with_challenge(ChallengeSource::Static(secret)), SilentChange::Challenge),
        (changed(settings().with_digest(DigestAlgorithm::SHA512)), SilentChange::Digest),
        (changed(settings().with_cipher(CipherAlgorithm::AES256_CBC)), SilentChange::Cipher),
        (changed(settings().with_renewal(RenewalStart::PercentRemaining(20))), SilentChange::Renewal),
        (changed(settings().with_name("other")), SilentChange::Name),
        (changed(settings().with_key(protected)), SilentChange::KeyProtection),
        (changed(settings().with_key_usage(KeyUsage::DIGITAL_SIGNATURE)), SilentChange::KeyUsage),
        (changed(settings().with_extended_key_usage(&[oid::EMAIL_PROTECTION])), SilentChange::ExtendedKeyUsage),
        (changed(settings().with_lifetime(Duration::from_secs(86_400))), SilentChange::Lifetime),
        (changed(settings().with_retries(Retries::new(5, Duration::from_secs(1)))), SilentChange::Retries),
        (changed(settings().with_template(CertificateTemplate::Name("x".into()))), SilentChange::Template),
        (changed(settings().with_route(Route::ByService)), SilentChange::Route),
        (changed(settings().with_store(CertificateStore::User)), SilentChange::Store),
        (changed(settings().add_thumbprint(thumbprint(2))), SilentChange::ThumbprintAdded),
        (old.clone().with_subject(NameTemplate::parse("CN=x").unwrap()), SilentChange::Names),
        (
            old.clone().add_alternative_name(AlternativeNameTemplate::Dns(Template::parse("x").unwrap())),
            SilentChange::Names,
        ),
    ] {
        assert_eq!(change(old.clone(), new), (vec![], vec![expected]));
    }
    assert_eq!(change(old.clone(), old), (vec![], vec![]));
}

/// The row "Profile removed": the corresponding certificate is not removed from the device. What happens to it is not said
/// here: it is named, and a policy decides.
#[test]
fn bes10_a_profile_that_is_gone_leaves_an_orphan() {
    let before = set(profile(settings()));
    let diff = before.diff(&before.clone().without(&id("user")));
    assert_eq!(diff.orphans(), [id("user")]);
    assert!(diff.changed().is_empty() && diff.unchanged().is_empty());
}

/// "Devices can receive a SCEP profile during the activation process, when you change a SCEP profile, or when you change
/// another profile that has an associated SCEP profile."
#[test]
fn bes10_a_profile_that_is_new_starts_an_enrolment() {
    let after = set(profile(settings()));
    let diff = ProfileSet::new("1").diff(&after);
    assert_eq!(diff.changed()[0].reasons(), [EnrolmentReason::NewProfile]);
    // Gone and come again.
    let again = after.clone().without(&id("user")).diff(&after);
    assert_eq!(again.enrolments().count(), 1);
}

#[test]
fn bes10_a_new_activation_starts_all() {
    let before = set(profile(settings()));
    let other =
        profile(ScepSettings::new(id("mail"), "https://ca.example.com/")).with_challenge(ChallengeSource::OneTime);
    let before = before.with_scep(other).unwrap();
    let diff = before.diff(&before.clone().with_activation("2"));
    assert_eq!(diff.enrolments().count(), 2);
    assert!(diff.enrolments().all(|change| change.reasons() == [EnrolmentReason::NewActivation]));
}

fn wifi() -> WifiProfile {
    WifiProfile::new(id("office"), "Office").add_server_name("radius.example.com").with_certificate(id("user"))
}

#[test]
fn bes10_a_profile_that_refers_to_it_starts_an_enrolment() {
    let bare = set(profile(settings()));
    let with = |referrer: Referrer| bare.clone().with_referrer(referrer).unwrap();
    let reasons = |old: &ProfileSet, new: &ProfileSet| {
        old.diff(new).enrolments().flat_map(|change| change.reasons().to_vec()).collect::<Vec<_>>()
    };
    let (new, changed) = (EnrolmentReason::NewReferrer(id("office")), EnrolmentReason::ChangedReferrer(id("office")));

    let before = with(wifi().into());
    assert_eq!(reasons(&bare, &before), core::slice::from_ref(&new));
    assert_eq!(reasons(&before, &before), []);
    assert_eq!(reasons(&before, &with(wifi().add_server_name("x").into())), core::slice::from_ref(&changed));
    assert_eq!(reasons(&before, &with(wifi().with_other(OtherSettings::new(&[1])).into())), [changed]);
    // It is gone: the certificate is as good as before.
    assert_eq!(reasons(&before, &bare), []);
    assert_eq!(before.diff(&bare).unchanged(), [id("user")]);
    // It refers to nothing, and then to this.
    let unbound = with(WifiProfile::new(id("office"), "Office").into());
    assert_eq!(reasons(&bare, &unbound), []);
    assert_eq!(reasons(&unbound, &before), [new]);
    assert_eq!(reasons(&before, &unbound), []);
}

#[test]
fn an_email_profile_refers_to_up_to_three() {
    let scep = |name: &str| profile(ScepSettings::new(id(name), "https://ca.example.com/"));
    let before = ["a", "b", "c"].iter().fold(ProfileSet::new("1"), |set, name| set.with_scep(scep(name)).unwrap());
    let mail = EmailProfile::new(id("mail"), "mail.example.com").with_certificate(id("a"));
    let before = before.with_referrer(mail.clone()).unwrap();
    let mail = mail.with_signing_certificate(id("b")).with_encryption_certificate(id("c"));
    let after = before.clone().with_referrer(mail).unwrap();
    let diff = before.diff(&after);
    let reasons: Vec<_> = diff.enrolments().map(|change| change.reasons()[0].clone()).collect();
    let new = || EnrolmentReason::NewReferrer(id("mail"));
    assert_eq!(reasons, [EnrolmentReason::ChangedReferrer(id("mail")), new(), new()]);
    let vpn = VpnProfile::new(id("vpn"), "vpn.example.com").with_certificate(id("b"));
    let after = after.with_referrer(vpn).unwrap();
    assert_eq!(after.referrers_to(&id("b")).count(), 2);
    assert_eq!(after.referrers().len(), 2);
}

/// One CA follows another: the next one's thumbprint is added, devices renew, the old one's is taken away.
#[test]
fn rollover_of_thumbprints_restarts_only_those_who_stayed_behind() {
    let (old, new) = (thumbprint(1), thumbprint(2));
    let one = profile(settings());
    let both = profile(settings().add_thumbprint(new.clone()));
    let other = profile(settings().with_thumbprint(new.clone()));
    assert_eq!(change(one.clone(), both.clone()), (vec![], vec![SilentChange::ThumbprintAdded]));
    let (reasons, changes) = change(both, other.clone());
    assert_eq!((reasons.len(), changes), (1, vec![]));
    assert_eq!(reasons[0], EnrolmentReason::Thumbprint { gone: vec![old.clone()] });
    assert!(reasons[0].spares(&new) && !reasons[0].spares(&old));

    // Without thumbprints anybody was believed: nobody is spared.
    let none = profile(settings().without_thumbprints());
    let (reasons, changes) = change(none.clone(), other.clone());
    assert_eq!(
        (reasons.clone(), changes),
        (vec![EnrolmentReason::Thumbprint { gone: vec![] }], vec![SilentChange::ThumbprintAdded])
    );
    assert!(!reasons[0].spares(&new));
    assert!(reasons[0].to_string().contains("there were no thumbprints"));
    // By the letter of the table, a thumbprint that is taken away was changed.
    assert_eq!(change(other, none).0, [EnrolmentReason::Thumbprint { gone: vec![new.clone()] }]);
    // The order has no meaning.
    let turned = profile(settings().with_thumbprint(new).add_thumbprint(old.clone()));
    assert_eq!(change(profile(settings().add_thumbprint(thumbprint(2))), turned), (vec![], vec![]));
    assert!(!EnrolmentReason::CaIdentifier.spares(&old));
    assert_eq!(one.settings().clone().add_thumbprint(old.clone()).thumbprints(), [old]);
}

/// What the device has tells it the same.
#[test]
fn the_device_comes_to_the_same_decisions() {
    let variables = Variables::new().with(Variable::UserName, "jane");
    let agent = |profile: &ScepProfile, challenge: &str| {
        let profile = profile.clone().with_challenge(ChallengeSource::OneTime);
        profile.for_device(&variables, AgentChallenge::one_time(Secret::from(challenge))).unwrap()
    };
    let set = |profile| AgentProfileSet::new("1").with_scep(profile).unwrap();
    let before = set(agent(&profile(settings()), "a"));
    let after = set(agent(&profile(settings().with_ca_identifier("ca2")), "b"));
    let diff = before.diff(&after);
    assert_eq!(diff.changed()[0].reasons(), [EnrolmentReason::CaIdentifier]);
    assert_eq!(diff.changed()[0].changes(), [SilentChange::Challenge]);
    let renamed = variables.clone().with(Variable::UserName, "jane.doe");
    let renamed = profile(settings()).for_device(&renamed, AgentChallenge::None).unwrap();
    let diff = before.diff(&set(renamed));
    assert_eq!(diff.changed()[0].changes(), [SilentChange::Challenge, SilentChange::Names]);
    assert!(!diff.changed()[0].starts());
}

#[test]
fn identifiers_are_those_of_one_profile() {
    let before = set(profile(settings()));
    let wifi = WifiProfile::new(id("user"), "Office");
    assert_eq!(before.clone().with_referrer(wifi.clone()), Err(ProfileSetError::Ambiguous(id("user"))));
    let referrers = ProfileSet::new("1").with_referrer(wifi).unwrap();
    assert_eq!(referrers.with_scep(profile(settings())), Err(ProfileSetError::Ambiguous(id("user"))));
    // In place of the one that is there.
    assert_eq!(before.with_scep(profile(settings())).unwrap().scep_profiles().len(), 1);
}

#[test]
fn a_device_has_so_many_profiles_at_most() {
    let name = |index: usize| id(&alloc::format!("p{index}"));
    let scep = |index| profile(ScepSettings::new(name(index), "https://ca.example.com/"));
    let full = (0..ProfileSet::<ScepProfile>::MOST)
        .fold(ProfileSet::new("1"), |set, index| set.with_scep(scep(index)).unwrap());
    assert_eq!(full.clone().with_scep(scep(1000)), Err(ProfileSetError::TooMany));
    assert!(full.with_scep(scep(0)).is_ok());
    let wifi = |index| WifiProfile::new(name(index), "x");
    let full = (0..ProfileSet::<ScepProfile>::MOST)
        .fold(ProfileSet::<ScepProfile>::new("1"), |set, index| set.with_referrer(wifi(index)).unwrap());
    assert_eq!(
        full.with_referrer(wifi(1000)).unwrap_err().to_string(),
        "a device has 256 profiles of one kind at most"
    );
}

#[test]
fn what_is_referred_to_and_not_there_is_named() {
    let set = ProfileSet::<ScepProfile>::new("1").with_referrer(wifi()).unwrap();
    let dangling: Vec<_> = set.dangling().map(|(referrer, scep)| (referrer.id().clone(), scep.clone())).collect();
    assert_eq!(dangling, [(id("office"), id("user"))]);
    assert_eq!(set.with_scep(profile(settings())).unwrap().dangling().count(), 0);
}
