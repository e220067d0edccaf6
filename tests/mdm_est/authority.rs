//! `/cacerts`: which of the certificates is to be trusted (RFC 7030 section 4.1.3).

use conformance::fixtures;
use mdm_proto::est::{
    Authority, AuthorityError, CaCertificates, CaRole, CaTrust, HttpResponse,
    client::{Call, Config},
};
use pki_core::{
    Certificate, DecodeErrorKind, Name, Profile, Validity,
    chain::Purpose,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};
use scep::client::Fingerprint;

use crate::{ca, certificate, days, now, root, sample};

fn old_key() -> &'static PrivateKey {
    fixtures::ca_key()
}

fn new_key() -> &'static PrivateKey {
    fixtures::ra_key()
}

fn name() -> Name {
    fixtures::name("Root")
}

/// The four of RFC 4210 section 4.4.
struct Rollover {
    old_with_old: Certificate,
    old_with_new: Certificate,
    new_with_old: Certificate,
    new_with_new: Certificate,
}

fn rollover() -> Rollover {
    let (old, new) = ((&name(), old_key()), (&name(), new_key()));
    Rollover {
        old_with_old: ca(old, &name(), old_key(), days(-3000, 100)),
        old_with_new: ca(new, &name(), old_key(), days(-3000, 100)),
        new_with_old: ca(old, &name(), new_key(), days(-1, 100)),
        new_with_new: ca(new, &name(), new_key(), days(-1, 5000)),
    }
}

impl Rollover {
    fn bag(&self) -> CaCertificates {
        let all = [&self.old_with_new, &self.new_with_old, &self.old_with_old, &self.new_with_new];
        CaCertificates::new(all.into_iter().cloned().collect())
    }
}

fn pin(certificate: &Certificate) -> CaTrust {
    CaTrust::Fingerprint(Fingerprint::of(certificate, &PROVIDER).expect("SHA-256"))
}

fn confirm(bag: &CaCertificates, trust: &CaTrust) -> Result<Authority, AuthorityError> {
    bag.confirm(trust, &PROVIDER, now())
}

#[test]
fn rfc7030_s4_1_3_the_root_key_update_certificates_are_recognised() {
    let expected = [CaRole::OldWithNew, CaRole::NewWithOld, CaRole::OldWithOld, CaRole::NewWithNew];
    assert_eq!(rollover().bag().roles(&PROVIDER), expected);
    let alone = CaCertificates::new(vec![root(), certificate("a", fixtures::client_key())]);
    assert_eq!(alone.roles(&PROVIDER), [CaRole::NewWithNew, CaRole::Other]);
    let none = CaCertificates::new(vec![certificate("a", fixtures::client_key())]);
    assert_eq!(none.roles(&PROVIDER), [CaRole::Other]);
}

#[test]
fn rfc7030_s4_1_3_the_example_of_the_rfc_is_read() {
    let reply = HttpResponse::new(200, "application/pkcs7-mime", *sample!("rfc7030-a1-cacerts.b64"));
    let bag = Call::ca_certificates(&Config::new(PROVIDER)).finish(&reply).unwrap();
    let expected = [CaRole::OldWithOld, CaRole::NewWithOld, CaRole::OldWithNew, CaRole::NewWithNew];
    assert_eq!(bag.roles(&PROVIDER), expected);
    // All of it ended in 2014.
    let [old, .., new] = bag.certificates() else { panic!() };
    assert_eq!(confirm(&bag, &pin(new)), Err(AuthorityError::NotValid { at: now() }));
    // On the next day it was good. The links have other names and no basicConstraints: nothing leads from old to new.
    let then = new.validity().not_before.plus(crate::seconds(86_400));
    assert_eq!(bag.confirm(&pin(new), &PROVIDER, then).unwrap().roots(), std::slice::from_ref(new));
    assert_eq!(bag.confirm(&pin(old), &PROVIDER, then).unwrap().roots(), std::slice::from_ref(old));
}

#[test]
fn rfc7030_s4_1_1_a_fingerprint_decides() {
    let stranger = fixtures::root(fixtures::other_key());
    let bag = CaCertificates::new(vec![stranger.clone(), root()]);
    let authority = confirm(&bag, &pin(&root())).unwrap();
    assert_eq!((authority.roots(), authority.below()), (&[root()][..], &[][..]));
    let alone = CaCertificates::new(vec![stranger]);
    let error = confirm(&alone, &pin(&root())).unwrap_err();
    assert_eq!(error, AuthorityError::FingerprintMismatch);
    assert!(error.to_string().contains("fingerprint"));
}

#[test]
fn rfc7030_s4_1_3_the_most_recent_root_is_the_one_that_ends_last() {
    let rollover = rollover();
    let authority = confirm(&rollover.bag(), &CaTrust::Server).unwrap();
    assert_eq!(authority.roots(), std::slice::from_ref(&rollover.new_with_new));
    assert!(authority.below().contains(&rollover.old_with_new));
    // A root of the future is none yet.
    let future = ca((&name(), new_key()), &name(), new_key(), days(1, 9000));
    let bag = CaCertificates::new(vec![future.clone(), root()]);
    assert_eq!(confirm(&bag, &CaTrust::Server).unwrap().roots(), [root()]);
    let error = confirm(&CaCertificates::new(vec![future]), &CaTrust::Server).unwrap_err();
    assert_eq!(error, AuthorityError::NoRoot);
}

#[test]
fn rfc7030_s4_1_3_from_the_old_root_to_the_new() {
    let rollover = rollover();
    for trust in [pin(&rollover.old_with_old), CaTrust::Certificate(rollover.old_with_old.clone())] {
        let authority = confirm(&rollover.bag(), &trust).unwrap();
        assert_eq!(authority.roots(), [rollover.new_with_new.clone(), rollover.old_with_old.clone()]);
    }
    // The old root need not be in the answer for those who have it.
    let Rollover { old_with_old, new_with_old, new_with_new, .. } = rollover;
    let bag = CaCertificates::new(vec![new_with_old, new_with_new.clone()]);
    assert_eq!(confirm(&bag, &CaTrust::Certificate(old_with_old)).unwrap().roots()[0], new_with_new);
}

/// Who knows the new root verifies what the old one issued, by OldWithNew.
#[test]
fn rfc7030_s4_1_3_what_the_old_root_issued_is_valid_below_the_new() {
    let rollover = rollover();
    let authority = confirm(&rollover.bag(), &pin(&rollover.new_with_new)).unwrap();
    let device = certificate("a", fixtures::client_key());
    let chain = authority.validate(&device, Purpose::CLIENT_AUTH, &PROVIDER, now()).unwrap();
    assert_eq!(chain.path(), [device, rollover.old_with_new]);
}

/// The way from one root to the next is open to the root alone.
#[test]
fn nobody_below_the_old_root_makes_itself_the_new_one() {
    let old = rollover().old_with_old;
    let mallory = fixtures::other_key();
    let long = days(-1, 9000);
    let own_root = |name: &Name| ca((name, mallory), name, mallory, long);
    let by_old = |subject: &Name, profile: &Profile, validity: Validity| {
        fixtures::certify((&name(), old_key()), subject, Signer::public_key(mallory), validity, profile)
    };
    let device = fixtures::name("device");
    for (link, claimed) in [
        // A device, a subordinate CA: each with a root of its own for the same key.
        (by_old(&device, &Profile::DEVICE_CLIENT, days(-1, 100)), own_root(&device)),
        (by_old(&device, &Profile::ROOT_CA, days(-1, 100)), own_root(&device)),
        // Under the CA's name.
        (by_old(&device, &Profile::ROOT_CA, days(-1, 100)), own_root(&name())),
        // Self-issued, and no CA.
        (by_old(&name(), &Profile::DEVICE_CLIENT, days(-1, 100)), own_root(&name())),
        // A link that is over, or not yet good.
        (by_old(&name(), &Profile::ROOT_CA, days(-100, -1)), own_root(&name())),
        (by_old(&name(), &Profile::ROOT_CA, days(1, 100)), own_root(&name())),
        // No link, but itself.
        (own_root(&name()), own_root(&name())),
    ] {
        let bag = CaCertificates::new(vec![old.clone(), link, claimed]);
        assert_eq!(confirm(&bag, &pin(&old)).unwrap().roots(), std::slice::from_ref(&old));
    }
    // And the same by right.
    let bag =
        CaCertificates::new(vec![old.clone(), by_old(&name(), &Profile::ROOT_CA, days(-1, 100)), own_root(&name())]);
    assert_eq!(confirm(&bag, &pin(&old)).unwrap().roots(), [own_root(&name()), old]);
}

#[test]
fn rfc7030_s4_1_3_others_are_kept_if_they_are_valid_below_the_root() {
    let subordinate = fixtures::below_root(fixtures::ca_key(), "Sub", fixtures::ra_key(), &Profile::issuing_ca(0));
    let stranger = fixtures::certify(
        (&fixtures::name("Root"), fixtures::other_key()),
        &fixtures::name("Sub"),
        Signer::public_key(fixtures::other_key()),
        fixtures::validity(),
        &Profile::issuing_ca(0),
    );
    let bag = CaCertificates::new(vec![stranger, subordinate.clone(), root()]);
    let authority = confirm(&bag, &pin(&root())).unwrap();
    assert_eq!(authority.below(), [subordinate]);
}

#[test]
fn what_is_no_root_is_not_trusted() {
    let device = certificate("a", fixtures::client_key());
    let bag = CaCertificates::new(vec![device.clone(), root()]);
    assert_eq!(confirm(&bag, &pin(&device)), Err(AuthorityError::NotRoot));
    assert_eq!(confirm(&bag, &CaTrust::Certificate(device)), Err(AuthorityError::NotRoot));
    // A self-signed certificate that is no CA's.
    let transport = fixtures::self_signed("a", fixtures::client_key());
    let bag = CaCertificates::new(vec![transport.clone()]);
    assert_eq!(confirm(&bag, &pin(&transport)), Err(AuthorityError::NotRoot));
    assert_eq!(confirm(&bag, &CaTrust::Server), Err(AuthorityError::NoRoot));
    // One that says so, signed by somebody else.
    let forged = fixtures::certify(
        (&name(), fixtures::other_key()),
        &name(),
        Signer::public_key(old_key()),
        fixtures::validity(),
        &Profile::ROOT_CA,
    );
    assert_eq!(confirm(&CaCertificates::new(vec![forged.clone()]), &pin(&forged)), Err(AuthorityError::NotRoot));
    let over = ca((&name(), old_key()), &name(), old_key(), days(-100, -1));
    let error = confirm(&CaCertificates::new(vec![over.clone()]), &pin(&over)).unwrap_err();
    assert_eq!(error, AuthorityError::NotValid { at: now() });
    for error in [error, AuthorityError::NotRoot, AuthorityError::NoRoot] {
        assert!(error.to_string().contains("CA"));
    }
}

#[test]
fn an_authority_is_read_as_it_was_written() {
    let rollover = rollover();
    let authority = confirm(&rollover.bag(), &pin(&rollover.old_with_old)).unwrap();
    let der = authority.to_der();
    assert_eq!(Authority::from_der(&der), Ok(authority));
    assert_eq!(Authority::of_roots(Vec::new()), None);
    let single = Authority::of_roots(vec![root()]).unwrap();
    assert_eq!(Authority::from_der(&single.to_der()), Ok(single));
    for length in 0..der.len() {
        assert!(Authority::from_der(&der[..length]).is_err());
    }
    let kind = |der: &[u8]| Authority::from_der(der).unwrap_err().kind();
    assert_eq!(kind(&[0x30, 7, 2, 1, 1, 0x30, 0, 0x30, 0]), DecodeErrorKind::Empty);
    assert_eq!(kind(&[0x30, 7, 2, 1, 2, 0x30, 0, 0x30, 0]), DecodeErrorKind::UnsupportedVersion);
    let many = Authority::of_roots(vec![root(); 33]).unwrap();
    assert_eq!(kind(&many.to_der()), DecodeErrorKind::TooMany);
}

/// 31 roots with one name and as many links between them: what is signed by whom costs no more than so many verifications.
#[test]
fn a_hostile_bag_is_judged_in_bounded_time() {
    let key = fixtures::small_ca_key();
    let bag: Vec<_> = (0..31).map(|n| ca((&name(), key), &name(), key, days(-1, 100 + n))).collect();
    let pinned = pin(&bag[0]);
    let bag = CaCertificates::new(bag);
    assert_eq!(bag.roles(&PROVIDER).len(), 31);
    assert_eq!(confirm(&bag, &pinned).unwrap().roots().len(), 1);
}
