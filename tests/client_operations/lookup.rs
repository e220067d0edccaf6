//! GetCert and GetCRL.

use super::*;

fn get_cert(request: LookupRequest) -> Run {
    Run::request(Scenario::new().start_get_cert(request), NO_RENEWAL)
}

fn get_crl() -> Run {
    Run::request(Scenario::new().start_get_crl(LookupRequest::new(target(), device(client_key()))), NO_RENEWAL)
}

fn crl(issuer: &str, key: &PrivateKey) -> Crl {
    let validity = day(-1, 1);
    CrlBuilder::new(name(issuer), validity.not_before, validity.not_after)
        .with_authority_key(&public(key), &PROVIDER)
        .build(SignatureAlgorithm::RSA_PKCS1_SHA256)
        .expect("a CRL")
        .sign_with(key, &mut TestRandom::new(8))
        .expect("a signature")
}

fn crls_only(crls: &[&Crl]) -> Vec<u8> {
    certs_only([], crls.iter().map(|crl| crl.as_der()))
}

#[test]
fn scep_3_3_4_01_get_cert_names_the_certificate() {
    let mut run = get_cert(LookupRequest::new(target(), device(client_key())));
    assert_eq!(run.message_type(), MessageType::GET_CERT);
    assert_eq!(run.asked().signer, device(client_key()));
    assert_eq!(run.signed, [KeyRole::Current]);
    match run.opened_request().data() {
        MessageData::IssuerAndSerial(found) => assert_eq!(found, &target()),
        other => panic!("{other:?}"),
    }
    let reply = run.success(&forge::certs_only(&[run.pair.server.ca(), &current()]));
    let found = found(run.end(&reply));
    assert_eq!(run.opened, [OpenWith::Key(KeyRole::Current)]);
    assert_eq!(found.issuer(), Some(run.pair.server.ca()));
    assert!(matches!(found, Found::Certificate { certificate, .. } if certificate == current()));
}

#[test]
fn scep_4_5_01_and_4_6_01_lookups_are_pki_operations() {
    for run in [get_cert(LookupRequest::new(target(), device(client_key()))), get_crl()] {
        let Step::Exchange(exchange) = &run.pair.step else { panic!("{:?}", run.pair.step) };
        assert_eq!(exchange.request().query, "operation=PKIOperation");
    }
}

#[test]
fn scep_3_3_4_01_get_crl_names_the_certificate() {
    let mut run = get_crl();
    assert_eq!(run.message_type(), MessageType::GET_CRL);
    assert!(matches!(run.opened_request().data(), MessageData::IssuerAndSerial(found) if found == &target()));
    let list = crl("Root", ca_key());
    let reply = run.success(&crls_only(&[&list]));
    let found = found(run.end(&reply));
    assert_eq!(found, Found::Crl { crl: list, issuer: Some(run.pair.server.ca().clone()) });
}

#[test]
fn a_lookup_by_a_stranger_is_signed_by_a_self_signed_certificate() {
    let request = LookupRequest::self_signed(target(), name("stranger"), public(client_key()));
    let mut run = get_cert(request);
    let signer = run.asked().signer;
    assert!(signer.is_self_issued());
    assert_eq!(signer.subject(), name("stranger").as_ref());
    let reply = run.success(&forge::certs_only(&[&current()]));
    assert!(matches!(found(run.end(&reply)), Found::Certificate { .. }));
    assert_eq!(run.signed, [KeyRole::Transport, KeyRole::Transport]);
    assert_eq!(run.opened, [OpenWith::Key(KeyRole::Transport)]);
}

#[test]
fn scep_2_3_12_the_chain_of_whoever_looks_up_goes_along_if_wished() {
    let ca = fixtures::root(ca_key());
    let run = get_cert(LookupRequest::new(target(), device(client_key())).with_chain([ca.clone()]));
    assert!(run.received().certificates().contains(&ca));
    assert_eq!(run.asked().signer, device(client_key()));
}

#[test]
fn scep_4_5_1_01_and_4_6_1_01_a_lookup_is_never_pending() {
    for mut run in [get_cert(LookupRequest::new(target(), device(client_key()))), get_crl()] {
        let before = format!("{:?}", run.pair.step);
        assert_eq!(misbehaviour(run.end(&run.cert_rep("3"))), Misbehaviour::PendingLookup);
        assert_eq!(format!("{:?}", run.pair.step), before);
    }
}

#[test]
fn a_lookup_that_the_server_refuses_is_rejected() {
    for start in [Scenario::start_get_cert, Scenario::start_get_crl] {
        let mut pair = start(Scenario::new(), LookupRequest::new(target(), device(client_key())));
        let End::Rejected(RejectReason::Failed { info: Some(_), .. }) = pair.drive() else {
            panic!("{:?}", pair.step);
        };
    }
    let mut run = get_crl();
    let reply = run.cert_rep("2").set_text(oid::SCEP_FAIL_INFO, "4");
    let expected = RejectReason::Failed { info: Some(FailInfo::BAD_CERT_ID), text: None };
    assert_eq!(rejected(run.end(&reply)).reason(), &expected);
}

#[test]
fn scep_4_5_1_another_certificate_is_not_the_one_asked_for() {
    let mut run = get_cert(LookupRequest::new(target(), device(client_key())));
    for certificates in [&[][..], &[&device(client_key())]] {
        let reply = run.success(&forge::certs_only(certificates));
        assert_eq!(misbehaviour(run.end(&reply)), Misbehaviour::NoSuchCertificate);
    }
    // CRLs do not answer GetCert.
    let reply = run.success(&crls_only(&[&crl("Root", ca_key())]));
    assert_eq!(misbehaviour(run.end(&reply)), Misbehaviour::NoSuchCertificate);
}

#[test]
fn a_certificate_by_another_key_under_the_name_of_the_ca_is_not_the_one_asked_for() {
    let mut run = get_cert(LookupRequest::new(target(), device(client_key())));
    let serial = pki_core::SerialNumber::from_bytes(current().serial_number()).expect("a serial number");
    let builder = || {
        let serial = serial.clone();
        CertificateBuilder::new(serial, name("Root"), name("device"), fixtures::validity(), public(other_key()))
    };
    let forged = fixtures::certify_with((&name("Root"), other_key()), builder());
    let reply = run.success(&forge::certs_only(&[&forged]));
    assert_eq!(misbehaviour(run.end(&reply)), Misbehaviour::BadCertificateSignature);
    // One by a former key of the CA says which: then the issuer's certificate is not at hand.
    let former = fixtures::root(other_key());
    let builder = builder().with_authority(&former, &PROVIDER);
    let former = fixtures::certify_with((&name("Root"), other_key()), builder);
    let reply = run.success(&forge::certs_only(&[&former]));
    assert_eq!(found(run.end(&reply)), Found::Certificate { certificate: former, issuer: None });
}

#[test]
fn scep_4_6_1_01_get_crl_is_answered_with_one_crl_of_the_issuer() {
    let mut run = get_crl();
    let (list, other) = (crl("Root", ca_key()), crl("Elsewhere", ca_key()));
    for (crls, expected) in [
        (&[][..], Misbehaviour::CrlCount { found: 0 }),
        (&[&list, &other], Misbehaviour::CrlCount { found: 2 }),
        (&[&other], Misbehaviour::CrlIssuer),
    ] {
        let reply = run.success(&crls_only(crls));
        assert_eq!(misbehaviour(run.end(&reply)), expected);
        assert!(!expected.to_string().is_empty());
    }
    let reply = run.success(&forge::certs_only(&[&current()]));
    assert_eq!(misbehaviour(run.end(&reply)), Misbehaviour::CrlCount { found: 0 });
}

#[test]
fn a_crl_that_does_not_verify_is_refused() {
    let mut run = get_crl();
    let mut bad = crl("Root", ca_key()).as_der().to_vec();
    *bad.last_mut().expect("a signature") ^= 1;
    let bad = Crl::from_der(&bad).expect("a CRL");
    let reply = run.success(&crls_only(&[&bad]));
    assert_eq!(misbehaviour(run.end(&reply)), Misbehaviour::BadCrlSignature);
    // By a former key of the CA, whose certificate is not at hand.
    let former = crl("Root", other_key());
    let reply = run.success(&crls_only(&[&former]));
    assert_eq!(found(run.end(&reply)), Found::Crl { crl: former, issuer: None });
}

#[test]
fn lookups_that_can_not_succeed_are_not_begun() {
    let config = || Arc::new(ClientConfig::new(PROVIDER));
    let start = |request| Step::get_cert(config(), request).map(drop);
    let cannot = Err(Error::Unsupported(Unsupported::TransportKeyCannotDecrypt));
    assert_eq!(start(LookupRequest::new(target(), device(ec_key()))), cannot);
    assert_eq!(start(LookupRequest::self_signed(target(), name("device"), public(ec_key()))), cannot);
    let request = LookupRequest::new(target(), current());
    assert_eq!(Step::get_crl(config(), request.clone()).map(drop), Ok(()));
    let without_aes = pki_core::crypto::CryptoProvider { ciphers: &[], ..PROVIDER };
    let result = Step::get_crl(Arc::new(ClientConfig::new(without_aes)), request);
    assert_eq!(result.map(drop), Err(Error::Unsupported(Unsupported::Provider)));
    for (certificate, expected) in [
        (device_at(day(-2, -1)), "it is valid from"),
        (fixtures::below_root(ca_key(), "device", other_key(), &Profile::RA_ENCRYPTION), "its keyUsage"),
    ] {
        let pair = Scenario::new().start_get_cert(LookupRequest::new(target(), certificate));
        match Run::new(pair, NO_RENEWAL).advance() {
            Err(Some(Error::CurrentCertificate(error))) => assert!(error.to_string().starts_with(expected)),
            other => panic!("{other:?}"),
        }
    }
}

/// A server that issued a certificate to the client, and the certificate.
fn enrolled() -> (TestServer, Certificate) {
    let mut pair = Scenario::new().start();
    let issued = pair.drive().issued();
    (pair.server, issued.certificate().clone())
}

#[test]
fn scep_3_3_2_1_04_and_06_our_server_answers_get_cert_with_the_certificate_asked_for() {
    let (server, certificate) = enrolled();
    let request = LookupRequest::new(IssuerAndSerial::of(&certificate), certificate.clone());
    let mut pair = Scenario::with_server(server).start_get_cert(request);
    let found = pair.drive().found();
    assert_eq!(found, Found::Certificate { certificate, issuer: Some(pair.server.ca().clone()) });
}

#[test]
fn scep_3_3_2_1_07_our_server_answers_get_crl_with_the_crl() {
    let (mut server, certificate) = enrolled();
    server.crls.push(crl("Root", ca_key()));
    let request = LookupRequest::new(IssuerAndSerial::of(&certificate), certificate);
    let mut pair = Scenario::with_server(server).start_get_crl(request);
    let found = pair.drive().found();
    assert_eq!(found, Found::Crl { crl: crl("Root", ca_key()), issuer: Some(pair.server.ca().clone()) });
}

#[test]
fn lookups_with_keys_that_are_elsewhere() {
    let (server, certificate) = enrolled();
    let request = LookupRequest::new(IssuerAndSerial::of(&certificate), certificate);
    let mut pair = Scenario::with_server(server).start_get_cert(request);
    pair.keys_apart = true;
    assert!(matches!(pair.drive(), End::Found(_)), "{:?}", pair.errors);
}
