//! GetCert and GetCRL (RFC 8894 sections 2.6, 2.7, 3.3.4, 4.5 and 4.6), and who may ask.

use std::time::Duration;

use conformance::{
    fixtures::{self, ca_key, client_key, other_key},
    forge::{self, RawMessage},
};
use pki_core::{
    Certificate, Crl, CrlBuilder, Profile, UnixTime, Validity,
    algorithm::SignatureAlgorithm,
    chain::{Pool, Violation},
    cms::SignedData,
    crl::Revocation,
    crypto::{Decrypter, Signer, rustcrypto::PROVIDER},
};
use scep::{
    FailInfo,
    message::{IssuerAndSerial, MessageError},
    server::{Error, Incoming, Lookup, LookupDenied, LookupPolicy, Operation},
};

use super::{Bench, of_another_ca, pool};

fn issued(common_name: &str, validity: Validity) -> Certificate {
    let key = Signer::public_key(client_key());
    let issuer = fixtures::name("Root");
    fixtures::certify((&issuer, ca_key()), &fixtures::name(common_name), key, validity, &Profile::DEVICE_CLIENT)
}

fn crl(bench: &Bench, number: u64, revoked: &[&Certificate]) -> Crl {
    let now = bench.clock.now();
    let builder = CrlBuilder::new(fixtures::name("Root"), now, now.plus(Duration::from_secs(86_400)));
    let builder = builder.with_authority(bench.server.ca(), &PROVIDER).with_number(number.into());
    let add = |builder: CrlBuilder, revoked: &&Certificate| {
        builder.add_revoked(Revocation::new(revoked.serial_number(), now))
    };
    let builder = revoked.iter().fold(builder, add);
    let unsigned = builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256).expect("a CRL");
    unsigned.sign_with(ca_key(), &mut conformance::TestRandom::new(5)).expect("a signature")
}

/// The lookup, as the server's caller gets it.
fn opened(bench: &mut Bench, message: &RawMessage) -> Operation {
    let received = bench.server.responder.receive(&message.to_request(), bench.clock.now(), &mut bench.rng);
    let Ok(Incoming::Sealed(sealed)) = received else { panic!("{received:?}") };
    sealed.open_with(bench.server.signing_key(), &mut bench.rng).expect("an operation")
}

fn get_cert(bench: &mut Bench, message: &RawMessage) -> Lookup<Certificate> {
    match opened(bench, message) {
        Operation::GetCert(lookup) => lookup,
        other => panic!("{other:?}"),
    }
}

fn get_crl(bench: &mut Bench, message: &RawMessage) -> Lookup<Crl> {
    match opened(bench, message) {
        Operation::GetCrl(lookup) => lookup,
        other => panic!("{other:?}"),
    }
}

#[test]
fn scep_2_6_01_and_3_3_2_1_04_and_06_get_cert_gives_exactly_the_certificate() {
    let mut bench = Bench::new();
    let own = bench.enrol();
    let question = bench.lookup("21", &IssuerAndSerial::of(&own), &own, client_key());
    let reply = bench.granted(&question);
    let bundle = bench.open(&reply, &own, client_key());
    assert_eq!(bundle.certificates, [own]);
    assert!(bundle.crls.is_empty());
}

#[test]
fn peers_6_2_13_get_cert_is_not_for_strangers() {
    let mut bench = Bench::new();
    let own = bench.enrol();
    let stranger = fixtures::self_signed("device", client_key());
    let nobody = IssuerAndSerial::new(fixtures::name("Root"), &[0x55]);
    bench.server.lookups = LookupPolicy::AnyCertificate;
    // Whether there is such a certificate does not show.
    for target in [IssuerAndSerial::of(&own), nobody] {
        let question = bench.lookup("21", &target, &stranger, client_key());
        let cause = bench.refused(&question, FailInfo::BAD_REQUEST);
        assert!(matches!(cause, Error::LookupDenied(LookupDenied::SignerUntrusted(_))), "{cause:?}");
    }
}

#[test]
fn peers_6_4_get_cert_for_another_s_serial_is_refused_by_default() {
    let mut bench = Bench::new();
    let own = bench.enrol();
    let theirs = issued("their device", fixtures::validity());
    let nobody = IssuerAndSerial::new(fixtures::name("Root"), &[0x55]);
    for target in [IssuerAndSerial::of(&theirs), nobody] {
        let question = bench.lookup("21", &target, &own, client_key());
        let cause = bench.refused(&question, FailInfo::BAD_REQUEST);
        assert_eq!(cause, Error::LookupDenied(LookupDenied::NotOwnCertificate));
    }
}

#[test]
fn scep_3_2_1_4_07_bad_cert_id_where_no_certificate_matches() {
    let mut bench = Bench::new();
    let own = bench.enrol();
    bench.server.lookups = LookupPolicy::AnyCertificate;
    let unknown = IssuerAndSerial::new(fixtures::name("Root"), &[0x55]);
    let foreign = IssuerAndSerial::new(fixtures::name("Elsewhere"), own.serial_number());
    // RFC 8894 section 3.3.4 says nothing of signs: -1 is a serial number that nothing has.
    let negative = IssuerAndSerial::new(fixtures::name("Root"), &[0xff]);
    for target in [unknown, foreign, negative] {
        let question = bench.lookup("21", &target, &own, client_key());
        assert_eq!(bench.refused(&question, FailInfo::BAD_CERT_ID), Error::NotFound);
        let question = bench.lookup("22", &target, &own, client_key());
        assert_eq!(bench.refused(&question, FailInfo::BAD_CERT_ID), Error::NotFound);
    }
}

#[test]
fn any_certificate_of_the_ca_may_be_looked_up_where_policy_says_so() {
    let mut bench = Bench::new();
    let target = bench.enrol();
    bench.server.lookups = LookupPolicy::AnyCertificate;
    let asks = issued("their device", fixtures::validity());
    let question = bench.lookup("21", &IssuerAndSerial::of(&target), &asks, client_key());
    let reply = bench.granted(&question);
    assert_eq!(bench.open(&reply, &asks, client_key()).certificates, [target]);
}

#[test]
fn peers_6_4_expired_future_foreign_and_revoked_certificates_look_nothing_up() {
    let mut bench = Bench::new();
    let now = bench.clock.now();
    let (day, year) = (Duration::from_secs(86_400), Duration::from_secs(365 * 86_400));
    let revoked = issued("revoked", fixtures::validity());
    bench.server.pool = pool(crl(&bench, 1, &[&revoked]));
    bench.server.crls.push(crl(&bench, 1, &[&revoked]));
    let expired = issued("expired", Validity::new(now.minus(year), now.minus(day)));
    let future = issued("future", Validity::new(now.plus(day), now.plus(year)));
    let is = |violation: &Violation, which: usize| match which {
        0 => matches!(violation, Violation::Expired { .. }),
        1 => matches!(violation, Violation::NotYetValid { .. }),
        2 => matches!(violation, Violation::Revoked { .. }),
        _ => matches!(violation, Violation::UnknownIssuer { .. }),
    };
    for (which, signer) in [expired, future, revoked, of_another_ca()].iter().enumerate() {
        for kind in ["21", "22"] {
            let question = bench.lookup(kind, &IssuerAndSerial::of(signer), signer, client_key());
            let Error::LookupDenied(LookupDenied::SignerUntrusted(error)) =
                bench.refused(&question, FailInfo::BAD_REQUEST)
            else {
                panic!("{:?}", bench.server.refusals)
            };
            assert!(is(error.violation(), which), "{error:?}");
        }
    }
}

#[test]
fn scep_2_7_05_and_3_3_2_1_07_and_4_6_1_01_get_crl_gives_the_most_recent_crl_alone() {
    let mut bench = Bench::new();
    let own = bench.enrol();
    let other = issued("other", fixtures::validity());
    let (old, new) = (crl(&bench, 1, &[]), crl(&bench, 2, &[&other]));
    bench.server.crls = vec![old, new.clone()];
    // About whichever certificate of the CA.
    for target in [&own, &other] {
        let question = bench.lookup("22", &IssuerAndSerial::of(target), &own, client_key());
        let reply = bench.granted(&question);
        let bundle = bench.open(&reply, &own, client_key());
        assert!(bundle.certificates.is_empty());
        assert_eq!(bundle.crls, std::slice::from_ref(&new));
        // RFC 8894 section 3.4: no content, no signers, and no certificates at all.
        let wrapped = reply.wrapped_key(&own, &PROVIDER).expect("a wrapped key");
        let key = client_key().unwrap_key(&wrapped, &mut bench.rng).expect("a key");
        let envelope = super::content(&reply).expect("an envelope");
        let envelope = pki_core::cms::EnvelopedData::from_ber(&envelope, pki_core::Limits::DEFAULT).expect("one");
        let inner = envelope.decrypt(&key, &PROVIDER).expect("a plaintext");
        let inner = SignedData::from_ber(inner.expose(), pki_core::Limits::DEFAULT).expect("SignedData");
        assert_eq!((inner.content(), inner.signers().len(), inner.certificates().count()), (None, 0, 0));
    }
}

#[test]
fn peers_6_2_13_get_crl_is_not_for_strangers() {
    let mut bench = Bench::new();
    bench.server.crls = vec![crl(&bench, 1, &[])];
    let stranger = fixtures::self_signed("device", client_key());
    let target = IssuerAndSerial::new(fixtures::name("Root"), &[0x01]);
    let question = bench.lookup("22", &target, &stranger, client_key());
    let cause = bench.refused(&question, FailInfo::BAD_REQUEST);
    assert!(matches!(cause, Error::LookupDenied(LookupDenied::SignerUntrusted(_))), "{cause:?}");
}

#[test]
fn an_authorisation_is_for_one_target_and_one_requester() {
    let mut bench = Bench::new();
    let own = bench.enrol();
    let theirs = issued("their device", fixtures::validity());
    let question = |bench: &Bench, target: &Certificate, signer: &Certificate| {
        bench.lookup("21", &IssuerAndSerial::of(target), signer, client_key())
    };
    let mine = question(&bench, &own, &own);
    let authorized = get_cert(&mut bench, &mine)
        .authorize(LookupPolicy::OwnCertificate, &Pool::new(), bench.clock.now())
        .expect("one's own");
    assert_eq!((authorized.target(), authorized.signer()), (&IssuerAndSerial::of(&own), &own));
    for (target, signer) in [(&theirs, &own), (&own, &theirs)] {
        let message = question(&bench, target, signer);
        let refusal = get_cert(&mut bench, &message).answer(&authorized, target, &mut bench.rng).expect_err("refused");
        assert_eq!(refusal.cause, Error::AuthorizedForAnotherLookup);
    }
    let message = bench.lookup("22", &IssuerAndSerial::of(&theirs), &own, client_key());
    let answer = crl(&bench, 1, &[]);
    let refusal = get_crl(&mut bench, &message).answer(&authorized, &answer, &mut bench.rng).expect_err("refused");
    assert_eq!(refusal.cause, Error::AuthorizedForAnotherLookup);
}

#[test]
fn scep_3_3_2_1_04_another_certificate_is_no_answer() {
    let mut bench = Bench::new();
    let own = bench.enrol();
    let theirs = issued("their device", fixtures::validity());
    let message = bench.lookup("21", &IssuerAndSerial::of(&own), &own, client_key());
    let lookup = get_cert(&mut bench, &message);
    let authorized = lookup.authorize_manually();
    let refusal = lookup.answer(&authorized, &theirs, &mut bench.rng).expect_err("refused");
    assert_eq!(refusal.cause, Error::CertificateMismatch);
}

#[test]
fn scep_3_3_2_1_07_the_crl_of_another_issuer_is_no_answer() {
    let mut bench = Bench::new();
    let own = bench.enrol();
    let target = IssuerAndSerial::new(fixtures::name("Another"), own.serial_number());
    let message = bench.lookup("22", &target, &own, client_key());
    let lookup = get_crl(&mut bench, &message);
    let authorized = lookup.authorize(&Pool::new(), bench.clock.now()).expect("a certificate of ours");
    let crl = crl(&bench, 1, &[]);
    let refusal = lookup.answer(&authorized, &crl, &mut bench.rng).expect_err("refused");
    assert_eq!(refusal.cause, Error::CrlMismatch);
}

#[test]
fn a_lookup_may_be_authorised_and_refused_by_the_caller() {
    let mut bench = Bench::new();
    let own = bench.enrol();
    let stranger = fixtures::self_signed("device", client_key());
    let message = bench.lookup("21", &IssuerAndSerial::of(&own), &stranger, client_key());
    let lookup = get_cert(&mut bench, &message);
    assert_eq!(lookup.signer(), &stranger);
    let authorized = lookup.authorize_manually();
    assert!(lookup.answer(&authorized, &own, &mut bench.rng).is_ok());
    assert!(get_cert(&mut bench, &message).reject(FailInfo::BAD_REQUEST, &mut bench.rng).is_ok());
}

#[test]
fn scep_4_5_1_01_a_lookup_is_never_pending() {
    let mut bench = Bench::pending(3);
    let own = issued("device", fixtures::validity());
    for kind in ["21", "22"] {
        let question = bench.lookup(kind, &IssuerAndSerial::of(&own), &own, client_key());
        bench.refused(&question, FailInfo::BAD_CERT_ID);
    }
}

#[test]
fn scep_3_3_4_01_what_is_no_issuer_and_serial_number_is_refused() {
    let mut bench = Bench::new();
    let own = bench.enrol();
    let good = IssuerAndSerial::of(&own).to_der();
    let trailing = [good.as_slice(), &[0]].concat();
    for data in [trailing.as_slice(), &good[..good.len() - 1], &[], fixtures::csr("device", client_key()).as_der()] {
        for kind in ["21", "22"] {
            let message = RawMessage::request(&bench.server, kind, data, own.clone(), client_key());
            let cause = bench.refused(&message, FailInfo::BAD_REQUEST);
            assert_eq!(cause, Error::Message(MessageError::Unopenable));
        }
    }
}

#[test]
fn a_certificate_of_a_former_ca_looks_up_as_long_as_it_is_valid() {
    let mut bench = Bench::new();
    let own = bench.enrol();
    let (next, former) = super::rollover::two_generations();
    bench.server.responder = scep::server::Responder::of(next.clone(), PROVIDER).with_former([former]);
    bench.server.other_keys = vec![other_key(), fixtures::ra_encryption_key()];
    let message = bench.lookup("21", &IssuerAndSerial::of(&own), &own, client_key());
    let message = message.content(forge::envelope(&IssuerAndSerial::of(&own).to_der(), next.encryption()));
    let reply = bench.granted(&message);
    assert_eq!(bench.open(&reply, &own, client_key()).certificates, std::slice::from_ref(&own));
    bench.clock.advance_to(own.validity().not_after.plus(Duration::from_secs(1)));
    assert!(bench.clock.now() > UnixTime::from_civil(2027, 11, 1, 0, 0, 0).expect("a date"));
    bench.refused(&message, FailInfo::BAD_REQUEST);
}
