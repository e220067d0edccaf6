//! One root replaces another, and nobody is locked out.

use mdm_proto::{
    client_certificate::ClientCertificates,
    installation::{Authority, Installation, InstallationError, RootProfile, Schedule, StepError, verify_server},
};
use pki_core::{
    Certificate, DecodeErrorKind,
    chain::{PeerName, Purpose},
    crypto::{Signer, rustcrypto::PROVIDER},
};

use super::{openssl, world::*};

const SCHEDULE: Schedule = Schedule::DEFAULT;

fn stored(installation: &Installation) -> Installation {
    let der = installation.to_der();
    let read = Installation::from_der(&der).unwrap();
    assert_eq!((&read, read.to_der()), (installation, der));
    read
}

fn next(common_name: &str) -> Authority {
    Authority::new(root_at(common_name, "root-2", now()), handle("root-2"))
}

fn rolling(common_name: &str) -> Installation {
    with_server(&installation(), "root-1", now()).begin_rollover(next(common_name), now()).unwrap()
}

fn cross(subject: &Certificate, signer: (&Certificate, &str)) -> Result<Certificate, InstallationError> {
    let cross = RootProfile::DEFAULT.cross(subject, signer.0, &issuance(now()), &PROVIDER)?;
    Ok(sign(&cross, root_key(signer.1)))
}

fn client(installation: &Installation, issuer_key: &str) -> Certificate {
    let clients = ClientCertificates::new(installation.current().issuer().clone(), PROVIDER);
    sign(&clients.issue(&csr("device-1"), &identity(), &issuance(now())).unwrap(), root_key(issuer_key))
}

fn is_believed(roots: &[Certificate], installation: &Installation) -> bool {
    let names = [PeerName::Dns("mdm.example.com")];
    let chain = installation.server_chain();
    let verdict = verify_server(roots, &chain, &names, now(), &PROVIDER);
    let options = ["-purpose", "sslserver", "-verify_hostname", "mdm.example.com"];
    if let Some(openssl) = openssl::verify(roots, &chain, &options, now()) {
        assert_eq!(openssl.is_ok(), verdict.is_ok(), "OpenSSL: {openssl:?}; we: {verdict:?}");
    }
    verdict.is_ok()
}

#[test]
fn the_next_root_is_handed_out_issues_and_stays_alone() {
    let (old, new) = (root(), next("Next").root().clone());
    let installation = stored(&rolling("Next"));
    assert_eq!(installation.roots(), [old.clone(), new.clone()]);
    assert_eq!(installation.current().generation(), 1);
    let under_old = client(&installation, "root-1");

    let installation = stored(&installation.switch(&SCHEDULE, now()).unwrap());
    assert_eq!((installation.current().generation(), installation.current().root()), (2, &new));
    assert_eq!(installation.roots(), [new.clone(), old.clone()]);
    assert!(is_believed(&[old.clone(), new.clone()], &installation), "the server is under the old one still");
    let under_new = client(&installation, "root-2");
    let (validator, pool) = installation.client_validator(PROVIDER);
    for client in [&under_old, &under_new] {
        assert!(validator.validate(client, &pool, Purpose::CLIENT_AUTH, now()).is_ok());
    }

    assert_eq!(installation.retire(1, day(400)), Err(StepError::StillNeeded), "the server");
    let installation = with_server(&installation, "root-2", now());
    assert_eq!(installation.server().unwrap().generation, 2);
    assert_eq!(installation.retire(1, day(365)), Err(StepError::StillNeeded), "clients");
    let sooner = installation.with_clients_until(1, day(10)).unwrap();
    assert!(sooner.retire(1, day(11)).is_ok());
    let installation = stored(&installation.retire(1, day(366)).unwrap());
    assert_eq!(installation.roots(), std::slice::from_ref(&new));
    assert!(installation.former().is_empty());
    assert!(is_believed(&[new], &installation) && !is_believed(&[old], &installation));
}

#[test]
fn rfc4210_s4_4_roots_of_one_name_certify_each_other_both_ways() {
    let installation = rolling("Root");
    let (old, new) = (installation.current().root().clone(), installation.next().unwrap().root().clone());
    let new_with_old = cross(&new, (&old, "root-1")).unwrap();
    let old_with_new = cross(&old, (&new, "root-2")).unwrap();
    let installation = installation.add_cross(new_with_old.clone(), &PROVIDER).unwrap();
    let installation = stored(&installation.add_cross(old_with_new, &PROVIDER).unwrap());
    assert_eq!(installation.add_cross(new_with_old, &PROVIDER).as_ref(), Ok(&installation), "the same again");

    // Before the switch, for a device that knows the new one only.
    assert!(is_believed(std::slice::from_ref(&old), &installation));
    assert!(is_believed(std::slice::from_ref(&new), &installation));
    let under_old = client(&installation, "root-1");
    // After it, for a device that was off and knows the old one only.
    let switched = with_server(&installation.switch(&SCHEDULE, now()).unwrap(), "root-2", now());
    assert!(is_believed(std::slice::from_ref(&old), &switched));
    assert!(is_believed(std::slice::from_ref(&new), &switched));
    // What the device is given: its certificate, and what leads to the root that it knows.
    let renewed = client(&switched, "root-2");
    assert_eq!(switched.client_chain(&renewed, &PROVIDER), [renewed, switched.current().cross()[0].clone()]);
    assert_eq!(switched.client_chain(&under_old, &PROVIDER)[1..], *switched.former()[0].authority.cross());
    // RFC 7030 section 4.1.3: the roots, NewWithOld and OldWithNew.
    assert_eq!(switched.ca_certificates().len(), 4);
    assert_eq!(switched.ca_certificates()[..2], [new.clone(), old]);
    // A service that knows the new root only, as a replica that was set up anew: with the cross certificate in the pool.
    let (_, pool) = switched.client_validator(PROVIDER);
    let validator = pki_core::chain::ChainValidator::new([new.into()], PROVIDER);
    assert!(validator.validate(&under_old, &pool, Purpose::CLIENT_AUTH, now()).is_ok());
}

#[test]
fn rfc5280_s6_1_4_l_roots_of_two_names_need_room() {
    let (old, new) = (root(), next("Next").root().clone());
    assert_eq!(cross(&new, (&old, "root-1")), Err(InstallationError::NoRoom));
    let tall = root_of(&RootProfile::DEFAULT.with_issuing_ca(), "Tall", "root-1", now());
    let crossed = cross(&new, (&tall, "root-1")).unwrap();
    let installation = Installation::new(Authority::new(tall.clone(), handle("root-1")));
    let installation = installation.begin_rollover(next("Next"), now()).unwrap();
    let installation = installation.add_cross(crossed, &PROVIDER).unwrap().switch(&SCHEDULE, now()).unwrap();
    let installation = with_server(&installation, "root-2", now());
    assert!(is_believed(std::slice::from_ref(&tall), &installation));
    // One with an issuing CA below needs one more.
    let tall_next = root_of(&RootProfile::DEFAULT.with_issuing_ca(), "Tall next", "root-2", now());
    assert_eq!(cross(&tall_next, (&tall, "root-1")), Err(InstallationError::NoRoom));
    let unbounded = conformance::fixtures::certify(
        (&name("Free"), root_key("root-3")),
        &name("Free"),
        root_key("root-3").public_key(),
        tall.validity(),
        &pki_core::Profile::ROOT_CA,
    );
    assert_eq!(cross(&unbounded, (&tall, "root-1")), Err(InstallationError::NoRoom));
    assert!(cross(&tall_next, (&unbounded, "root-3")).is_ok());
}

#[test]
fn a_cross_certificate_is_valid_as_long_as_both() {
    let (old, new) = (root_at("Root", "root-1", now().minus(days(1000))), root_at("Root", "root-2", now()));
    for (subject, signer) in [(&new, (&old, "root-1")), (&old, (&new, "root-2"))] {
        let validity = cross(subject, signer).unwrap().validity();
        assert_eq!(validity.not_after, old.validity().not_after);
        assert_eq!(validity.not_before, new.validity().not_before);
    }
    let over = root_at("Root", "root-1", now().minus(days(16 * 365)));
    assert_eq!(cross(&over, (&new, "root-2")), Err(InstallationError::IssuerNotValid { at: now() }));
    assert_eq!(cross(&new, (&over, "root-1")), Err(InstallationError::IssuerNotValid { at: now() }));
}

#[test]
fn an_issuing_ca_stands_between() {
    let profile = RootProfile::DEFAULT.with_issuing_ca();
    let root = root_of(&profile, "Root", "root-1", now());
    let issuing = profile
        .issuing_ca(&root, name("Issuing"), root_key("issuing").public_key().clone(), &issuance(now()), &PROVIDER)
        .unwrap();
    let issuing = sign(&issuing, root_key("root-1"));
    let authority = Authority::new(root.clone(), handle("root-1")).with_issuing_ca(issuing.clone(), handle("issuing"));
    let installation = stored(&with_server(&Installation::new(authority), "issuing", now()));
    assert_eq!(installation.current().issuer_key(), &handle("issuing"));
    assert_eq!(installation.current().root_key(), &handle("root-1"));
    assert_eq!(installation.server_chain()[1..], [issuing]);
    assert!(is_believed(std::slice::from_ref(&root), &installation));
    let client = client(&installation, "issuing");
    let (validator, pool) = installation.client_validator(PROVIDER);
    assert!(validator.validate(&client, &pool, Purpose::CLIENT_AUTH, now()).is_ok());
    assert_eq!(installation.ca_certificates(), [installation.current().issuer().clone(), root.clone()]);
    assert_eq!(installation.client_chain(&client, &PROVIDER).len(), 2);
    let leaf_of_root = server(&Installation::new(Authority::new(root, handle("root-1"))), "root-1", now());
    assert_eq!(
        installation.with_server(leaf_of_root, handle("server"), &PROVIDER),
        Err(StepError::NotIssuedHere),
        "the root issues CAs alone"
    );
}

#[test]
fn every_step_that_can_not_be_made_says_why() {
    let installation = rolling("Next");
    assert_eq!(installation.begin_rollover(next("Third"), now()), Err(StepError::UnderWay));
    let switched = installation.switch(&SCHEDULE, now()).unwrap();
    assert_eq!(switched.switch(&SCHEDULE, now()), Err(StepError::NothingUnderWay));
    assert_eq!(switched.retire(7, now()), Err(StepError::UnknownGeneration));
    assert_eq!(switched.with_clients_until(2, now()), Err(StepError::UnknownGeneration));
    let elsewhere = Installation::new(Authority::new(root_at("Root", "root-3", now()), handle("root-3")));
    let stranger = server(&elsewhere, "root-3", now());
    assert_eq!(installation.with_server(stranger, handle("server"), &PROVIDER), Err(StepError::NotIssuedHere));

    let old = root();
    for wrong in [
        // Not for a root; by itself; by a stranger.
        server(&installation, "root-1", now()),
        old.clone(),
        cross(&old, (elsewhere.current().root(), "root-3")).unwrap(),
    ] {
        assert_eq!(installation.add_cross(wrong, &PROVIDER), Err(StepError::NotIssuedHere));
    }
    let mut full = rolling("Root");
    let new = full.next().unwrap().root().clone();
    for _ in 0..Installation::MOST_CROSS {
        full = full.add_cross(cross(&new, (&old, "root-1")).unwrap(), &PROVIDER).unwrap();
    }
    let one_more = cross(&new, (&old, "root-1")).unwrap();
    assert_eq!(full.add_cross(one_more, &PROVIDER), Err(StepError::TooManyRoots));
    assert_eq!(Installation::from_der(&full.to_der()), Ok(full));

    let mut many = super::world::installation();
    for _ in 0..Installation::MOST_FORMER {
        many = many.begin_rollover(next("Next"), now()).unwrap().switch(&SCHEDULE, now()).unwrap();
    }
    let many = many.begin_rollover(next("Next"), now()).unwrap();
    assert_eq!(many.switch(&SCHEDULE, now()), Err(StepError::TooManyRoots));
    assert_eq!(Installation::from_der(&many.to_der()), Ok(many));
}

#[test]
fn what_is_no_record_is_refused() {
    let der = rolling("Next").switch(&SCHEDULE, now()).unwrap().begin_rollover(next("Third"), now()).unwrap().to_der();
    assert!((0..der.len()).all(|end| Installation::from_der(&der[..end]).is_err()));
    for place in 0..der.len() {
        let mut changed = der.clone();
        changed[place] ^= 0x41;
        if let Ok(read) = Installation::from_der(&changed) {
            assert_eq!(Installation::from_der(&read.to_der()), Ok(read));
        }
    }
    let later = [0x30, 0x03, 0x02, 0x01, 0x02];
    assert_eq!(Installation::from_der(&later).unwrap_err().kind(), DecodeErrorKind::UnsupportedVersion);
}
