//! GetNextCACert (section 4.7).

use super::*;

#[test]
fn scep_4_7_01_the_operation_is_get_next_ca_cert_by_get_without_data() {
    let call = Generations::new().call();
    assert_eq!((call.request().method, call.request().query.as_str()), (Method::Get, "operation=GetNextCACert"));
    assert!(format!("{call:?}").contains("GetNextCACert"));
}

#[test]
fn scep_4_7_1_01_what_the_current_ca_signed_is_believed() {
    let generations = Generations::new();
    let next = generations.next();
    assert_eq!(next.certificates(), std::slice::from_ref(&generations.next_ca));
    assert_eq!(next.valid_from(), generations.next_ca.validity().not_before);
    // Content types lie, and drafts had another.
    for content_type in ["application/x-x509-ca-ra-cert", "text/plain", ""] {
        let reply = HttpResponse::new(200, content_type, generations.message().encode());
        assert_eq!(generations.call().finish(&reply), Ok(next.clone()));
    }
    // CMS leaves signed attributes to the signer where the content is id-data.
    let bare = generations.message().with(|message| message.signer().flaw = Flaw::OverContent);
    assert_eq!(generations.read(&bare), Ok(next));
}

#[test]
fn get_next_ca_cert_signed_by_a_stranger_scep_4_7_1_02() {
    let generations = Generations::new();
    let signed_by = |certificate: &Certificate, key| {
        let message = generations.message().signed_by(certificate, key);
        // The signer's certificate beside it makes no difference.
        generations.read(&message.with(|message| message.certificates = vec![certificate.as_der().to_vec()]))
    };
    let device = fixtures::below_root(ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let stranger = root("Stranger", other_key(), -1, 1);
    let namesake = fixtures::self_signed("Root", client_key());
    for (who, certificate, key) in [
        ("the next CA", &generations.next_ca, other_key()),
        ("a stranger", &stranger, other_key()),
        ("a stranger of the CA's name", &namesake, client_key()),
        ("a device below the CA", &device, client_key()),
        ("the CA's RA", &generations.server.signing(), ra_key()),
    ] {
        assert_eq!(signed_by(certificate, key), Err(NextAuthorityError::SignerUnknown), "{who}");
    }
    let ca = generations.server.ca();
    let bad = NextAuthorityError::Signature(SignatureError::BadSignature);
    assert_eq!(signed_by(ca, client_key()), Err(bad.clone()), "in the CA's name");
    let bit = generations.message().with(|message| message.signer().flaw = Flaw::Bit);
    assert_eq!(generations.read(&bit), Err(bad));
    let attributes = generations.message().with(|message| message.signer().flaw = Flaw::OverContent);
    let other = attributes.clone().content(certs_only(&[&stranger]));
    assert!(generations.read(&other).is_ok(), "signed anew");
}

#[test]
fn scep_4_7_1_02_a_good_signature_over_other_content_is_none() {
    let generations = Generations::new();
    let good = generations.message().encode();
    let stranger = root("Stranger", client_key(), -1, 1);
    let other = generations.message().content(certs_only(&[&stranger])).encode();
    // The signature, which is the end of the message, moves from one to the other.
    let moved = [&other[..other.len() - 256], &good[good.len() - 256..]].concat();
    let refused = NextAuthorityError::Signature(SignatureError::BadSignature);
    assert_eq!(generations.read_octets(moved), Err(refused));
    // The content is changed under the signed attributes.
    let place = good.windows(3).position(|octets| octets == b"Exa").expect("a name");
    let mut changed = good;
    changed[place] ^= 1;
    let found = generations.read_octets(changed);
    let refused = [SignatureError::DigestMismatch, SignatureError::BadSignature].map(NextAuthorityError::Signature);
    assert!(found.as_ref().is_err_and(|error| refused.contains(error)), "{found:?}");
}

#[test]
fn scep_4_7_1_02_unsigned_and_signed_twice_are_refused() {
    let generations = Generations::new();
    let unsigned = generations.message().with(|message| message.signers.clear());
    assert_eq!(generations.read(&unsigned), Err(NextAuthorityError::SignerCount { found: 0 }));
    let degenerate = certs_only(&[&generations.next_ca]);
    assert_eq!(generations.read_octets(degenerate), Err(NextAuthorityError::SignerCount { found: 0 }));
    let twice = generations.message().with(|message| message.signers.push(message.signers[0].clone()));
    assert_eq!(generations.read(&twice), Err(NextAuthorityError::SignerCount { found: 2 }));
    let der = generations.next_ca.as_der().to_vec();
    assert!(matches!(generations.read_octets(der), Err(NextAuthorityError::Malformed(_))));
}

/// jscep issue 72.
#[test]
fn scep_4_7_1_04_certificates_beside_the_content_do_not_count() {
    let generations = Generations::new();
    let outer = |content: Option<Vec<u8>>| {
        generations.message().with(|message| {
            message.content = content;
            message.certificates = vec![generations.next_ca.as_der().to_vec()];
        })
    };
    assert_eq!(generations.read(&outer(None)), Err(NextAuthorityError::ContentMissing));
    assert_eq!(generations.read(&outer(Some(vec![]))), Err(NextAuthorityError::ContentMissing));
    assert_eq!(generations.read(&outer(Some(certs_only(&[])))), Err(NextAuthorityError::NoCa));
}

#[test]
fn scep_4_7_1_04_the_content_is_a_certificates_only_message_with_a_new_ca() {
    let generations = Generations::new();
    let with = |content: Vec<u8>| generations.read(&generations.message().content(content));
    assert!(matches!(with(b"next".to_vec()), Err(NextAuthorityError::ContentMalformed(_))));
    assert!(matches!(with(generations.next_ca.as_der().to_vec()), Err(NextAuthorityError::ContentMalformed(_))));
    let nested = generations.message().with(|message| {
        message.certificates = vec![generations.next_ca.as_der().to_vec()];
    });
    assert_eq!(with(nested.encode()), Err(NextAuthorityError::NotCertificatesOnly));
    let device = fixtures::below_root(other_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    assert_eq!(with(certs_only(&[&device])), Err(NextAuthorityError::NoCa));
    assert_eq!(with(certs_only(&[generations.server.ca()])), Err(NextAuthorityError::Unchanged));
    let with_broken = RawMessage { certificates: vec![vec![0x30, 0x03, 0x02, 0x01, 0x01]], ..generations.message() };
    let broken = with_broken.with(|message| (message.content, message.signers) = (None, vec![]));
    assert!(matches!(with(broken.encode()), Err(NextAuthorityError::ContentMalformed(_))));
    let typed = generations.message().with(|message| message.content_type = oid::SIGNED_DATA);
    assert_eq!(generations.read(&typed), Err(NextAuthorityError::ContentType));
    // The current one may be there, too.
    assert!(with(certs_only(&[generations.server.ca(), &generations.next_ca])).is_ok());
}

#[test]
fn scep_4_7_1_01_no_next_ca_is_an_error_of_its_own() {
    let call = Generations::new().call();
    for status in [400, 404, 405, 410, 501] {
        let error = call.finish(&HttpResponse::new(status, "text/html", "<html>")).expect_err("an error");
        let Error::NextAuthority(NextAuthorityError::None(refusal)) = &error else { panic!("{error:?}") };
        assert_eq!(refusal.status, status);
        assert!(error.to_string().starts_with("next CA certificates: there are none: HTTP 4") || status == 501);
    }
    // Our own server.
    let mut server = TestServer::with_ra(ca_key(), ra_key(), PROVIDER);
    let reply = server.answer(call.request(), &conformance::Clock::new(), &mut TestRandom::new(1));
    assert!(matches!(call.finish(&reply), Err(Error::NextAuthority(NextAuthorityError::None(_)))));
}

#[test]
fn an_ra_may_sign_for_the_ca_only_where_that_was_configured() {
    let generations = Generations::new();
    let by_ra = generations.message().signed_by(&generations.server.signing(), ra_key()).encode();
    let reply = HttpResponse::ok(MediaType::NextCaCert, by_ra);
    let config = config().with_next_signer(NextSigner::CaOrRa);
    let call = Call::next_certificates(&config, &generations.current);
    assert_eq!(call.finish(&reply), Ok(generations.next()));
    let by_ca = HttpResponse::ok(MediaType::NextCaCert, generations.message().encode());
    assert_eq!(call.finish(&by_ca), Ok(generations.next()));
    let device = fixtures::below_root(ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let by_device = generations.message().signed_by(&device, client_key()).encode();
    let refused = call.finish(&HttpResponse::ok(MediaType::NextCaCert, by_device));
    assert_eq!(refused, Err(NextAuthorityError::SignerUnknown.into()));
}

#[test]
fn who_confirmed_an_ra_alone_knows_no_ca_that_could_sign() {
    let generations = Generations::new();
    let ra_alone = authority(&[generations.server.signing()]);
    let call = Call::next_certificates(&config(), &ra_alone);
    let by_ra = generations.message().signed_by(&generations.server.signing(), ra_key()).encode();
    for message in [generations.message().encode(), by_ra] {
        let refused = call.finish(&HttpResponse::ok(MediaType::NextCaCert, message));
        assert_eq!(refused, Err(NextAuthorityError::SignerUnknown.into()));
    }
}
