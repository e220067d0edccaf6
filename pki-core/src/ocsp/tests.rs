//! OCSP: what OpenSSL made, hostile bytes, building.

use alloc::{format, vec, vec::Vec};
use core::num::NonZeroU32;

use hex_literal::hex;

use super::*;
use crate::{
    BuildError, Certificate, CertificateBuilder, Oid, Profile, SerialNumber, UnixTime, Validity,
    algorithm::{AlgorithmIdentifier, DigestAlgorithm, SignatureAlgorithm},
    cert::extension::{BasicConstraints, Criticality, KeyUsage},
    crl::RevocationReason,
    crypto::{CryptoProvider, RandomFailed, SecureRandom, Signature},
    der::{Decode, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    name::{GeneralName, Name},
    oid,
};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../tests/data/ocsp/", $name))
    };
}

const NAME_HASH: [u8; 20] = hex!("5304E040135750B43304570F17217092D249B22A");
const KEY_HASH: [u8; 20] = hex!("3CE7DBF3DB18A74023439F1087D2F57A647E514E");
const NONCE: [u8; 16] = hex!("04B7FC2C19463DF707E0C1D41FE292AC");

const NO_CRYPTO: CryptoProvider = CryptoProvider {
    verifiers: &[],
    digests: &[],
    ciphers: &[],
    authenticated_ciphers: &[],
    key_transports: &[],
    key_derivations: &[],
};

fn certificate(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

fn made_at() -> UnixTime {
    UnixTime::from_civil(2026, 11, 23, 3, 28, 0).unwrap()
}

/// A `CertID` by SHA-1, without anybody behind it.
fn cert_id() -> CertId {
    CertId::from_der(&hex!("3012 3007 06052b0e03021a 0401aa 0401bb 020117")).unwrap()
}

fn signed(builder: OcspResponseBuilder) -> OcspResponse {
    builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap().attach(Signature::new(vec![1, 2, 3]))
}

fn answer() -> OcspResponseBuilder {
    OcspResponseBuilder::new(ResponderId::ByKey(&[9; 20]), made_at()).add_response(
        cert_id().as_ref(),
        CertStatus::Good,
        made_at(),
        None,
    )
}

/// The parts of a `BasicOCSPResponse` as DER, each to be replaced.
struct Parts {
    status: Vec<u8>,
    version: Vec<u8>,
    responder: Vec<u8>,
    produced_at: Vec<u8>,
    cert_status: Vec<u8>,
    this_update: Vec<u8>,
    next_update: Vec<u8>,
    single_extensions: Vec<u8>,
    copies: usize,
    extensions: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    certs: Vec<u8>,
}

impl Parts {
    fn new() -> Self {
        Self {
            status: hex!("0a0100").to_vec(),
            version: vec![],
            responder: hex!("a203 0401aa").to_vec(),
            produced_at: b"\x18\x0f20261123032800Z".to_vec(),
            cert_status: hex!("8000").to_vec(),
            this_update: b"\x18\x0f20261123032800Z".to_vec(),
            next_update: vec![],
            single_extensions: vec![],
            copies: 1,
            extensions: vec![],
            algorithm: hex!("300a 06082a8648ce3d040302").to_vec(),
            signature: hex!("0302 00ab").to_vec(),
            certs: vec![],
        }
    }

    fn read(&self) -> Result<OcspResponse, DecodeError> {
        let basic = Writer::encode(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.raw(&self.version);
                    w.raw(&self.responder);
                    w.raw(&self.produced_at);
                    w.sequence(|w| {
                        for _ in 0..self.copies {
                            w.sequence(|w| {
                                w.raw(cert_id().as_der());
                                w.raw(&self.cert_status);
                                w.raw(&self.this_update);
                                w.raw(&self.next_update);
                                w.raw(&self.single_extensions);
                            });
                        }
                    });
                    w.raw(&self.extensions);
                });
                w.raw(&self.algorithm);
                w.raw(&self.signature);
                w.raw(&self.certs);
            });
        });
        OcspResponse::from_der(&Writer::encode(|w| {
            w.sequence(|w| {
                w.raw(&self.status);
                w.constructed(Tag::context_constructed(0), |w| {
                    w.sequence(|w| {
                        w.oid(oid::OCSP_BASIC);
                        w.octet_string(&basic);
                    });
                });
            });
        }))
    }

    /// The error, and the last field on the way to it.
    fn error(&self) -> (DecodeErrorKind, &'static str) {
        let error = self.read().unwrap_err();
        (error.kind(), error.path().last().unwrap_or_default())
    }
}

macro_rules! refused {
    ($($field:ident = $value:expr => $kind:pat, $name:literal;)*) => {$(
        let parts = Parts { $field: $value, ..Parts::new() };
        let (kind, name) = parts.error();
        assert!(matches!(kind, $kind), "{}: {kind:?}", stringify!($field = $value));
        assert_eq!(name, $name, "{}", stringify!($field = $value));
    )*};
}

#[test]
fn every_field_of_a_response_is_checked() {
    use DecodeErrorKind as E;
    assert!(Parts::new().read().is_ok());
    refused! {
        status = hex!("020100").to_vec() => E::UnexpectedTag { .. }, "responseStatus";
        version = hex!("a003 020101").to_vec() => E::UnsupportedVersion, "version";
        responder = hex!("a303 0401aa").to_vec() => E::UnexpectedTag { .. }, "responderID";
        responder = hex!("a205 0401aa 0500").to_vec() => E::TrailingData, "responderID";
        responder = hex!("a102 0500").to_vec() => E::UnexpectedTag { .. }, "responderID";
        cert_status = hex!("800100").to_vec() => E::InvalidEncoding, "certStatus";
        cert_status = hex!("820100").to_vec() => E::InvalidEncoding, "certStatus";
        cert_status = hex!("8300").to_vec() => E::UnexpectedTag { .. }, "certStatus";
        cert_status = hex!("a100").to_vec() => E::Truncated, "certStatus";
        next_update = hex!("a002 0500").to_vec() => E::UnexpectedTag { .. }, "nextUpdate";
        single_extensions = hex!("a100").to_vec() => E::UnexpectedTag { .. }, "singleExtensions";
        extensions = hex!("a102 3100").to_vec() => E::UnexpectedTag { .. }, "responseExtensions";
        algorithm = hex!("3000").to_vec() => E::UnexpectedTag { .. }, "signatureAlgorithm";
        signature = hex!("0302 01aa").to_vec() => E::InvalidValue, "signature";
        certs = hex!("a004 3002 0500").to_vec() => E::UnexpectedTag { .. }, "certs";
    }
}

#[test]
fn rfc6960_s4_2_2_1_times_are_generalized_times_in_seconds_and_utc() {
    for bad in [&b"\x17\x0d261123032800Z"[..], b"\x18\x1120261123032800.5Z", b"\x18\x0d202611230328Z"] {
        assert_eq!(Parts { produced_at: bad.to_vec(), ..Parts::new() }.error().1, "producedAt");
        assert_eq!(Parts { this_update: bad.to_vec(), ..Parts::new() }.error().1, "thisUpdate");
        let mut next_update = vec![0xa0, u8::try_from(bad.len()).unwrap()];
        next_update.extend_from_slice(bad);
        assert_eq!(Parts { next_update, ..Parts::new() }.error().1, "nextUpdate");
        let mut cert_status = vec![0xa1, u8::try_from(bad.len()).unwrap()];
        cert_status.extend_from_slice(bad);
        assert_eq!(Parts { cert_status, ..Parts::new() }.error().1, "certStatus");
    }
}

#[test]
fn rfc6960_s4_2_1_a_default_version_written_out_is_accepted() {
    assert!(Parts { version: hex!("a003 020100").to_vec(), ..Parts::new() }.read().is_ok());
}

#[test]
fn lists_are_bounded() {
    assert!(Parts { copies: 128, ..Parts::new() }.read().is_ok());
    assert_eq!(Parts { copies: 129, ..Parts::new() }.error(), (DecodeErrorKind::TooMany, "responses"));
    let certs = |count: usize| {
        Writer::encode(|w| {
            w.constructed(Tag::context_constructed(0), |w| w.sequence(|w| (0..count).for_each(|_| w.sequence(|_| ()))));
        })
    };
    let response = Parts { certs: certs(32), ..Parts::new() }.read().unwrap();
    assert!(response.basic().unwrap().certificates().all(|certificate| certificate.is_err()));
    assert_eq!(response.basic().unwrap().certificates().count(), 32);
    assert_eq!(Parts { certs: certs(33), ..Parts::new() }.error(), (DecodeErrorKind::TooMany, "certs"));
    let large = vec![0; OcspResponse::MAX_SIZE + 1];
    assert_eq!(OcspResponse::from_der(&large).unwrap_err().kind(), DecodeErrorKind::TooLarge);
    assert_eq!(OcspRequest::from_der(&large).unwrap_err().kind(), DecodeErrorKind::TooLarge);
}

#[test]
fn extensions_occur_once_and_unknown_critical_ones_are_named() {
    let two = hex!("3006 06022a03 0400 3006 06022a03 0400");
    let list = |tag: u8, contents: &[u8]| {
        Writer::encode(|w| w.constructed(Tag::context_constructed(tag), |w| w.sequence(|w| w.raw(contents))))
    };
    for parts in [
        Parts { extensions: list(1, &two), ..Parts::new() },
        Parts { single_extensions: list(1, &two), ..Parts::new() },
    ] {
        assert_eq!(parts.error().0, DecodeErrorKind::Duplicate);
    }
    let critical = list(1, &hex!("3009 06022a03 0101ff 0400"));
    let unknown = Oid::from_bytes(&hex!("2a03")).map(|oid| format!("{oid}"));
    let response = Parts { extensions: critical.clone(), ..Parts::new() }.read().unwrap();
    let basic = response.basic().unwrap();
    assert_eq!(basic.unknown_critical().map(|oid| format!("{oid}")), unknown);
    assert_eq!(basic.responses().next().unwrap().unknown_critical(), None);
    let response = Parts { single_extensions: critical, ..Parts::new() }.read().unwrap();
    let basic = response.basic().unwrap();
    assert_eq!(basic.unknown_critical(), None);
    let single = basic.responses().next().unwrap();
    assert_eq!(single.unknown_critical().map(|oid| format!("{oid}")), unknown);
    assert!(!single.extensions.is_empty());
    assert_eq!(single.extensions.find(oid::OCSP_CRL), None);
    // TRUE in BER, as in certificates.
    let ber = list(1, &hex!("3009 06022a03 010101 0400"));
    let response = Parts { single_extensions: ber, ..Parts::new() }.read().unwrap();
    assert!(response.basic().unwrap().responses().next().unwrap().unknown_critical().is_some());
    let not_critical = list(1, &hex!("3009 06022a03 010100 0400"));
    let response = Parts { single_extensions: not_critical, ..Parts::new() }.read().unwrap();
    assert_eq!(response.basic().unwrap().responses().next().unwrap().unknown_critical(), None);
}

#[test]
fn every_refusal_has_a_name_and_unknown_ones_survive() {
    let other = NonZeroU32::new(4).unwrap();
    for (refusal, number) in [
        (Refusal::MalformedRequest, 1),
        (Refusal::InternalError, 2),
        (Refusal::TryLater, 3),
        (Refusal::Other(other), 4),
        (Refusal::SigRequired, 5),
        (Refusal::Unauthorized, 6),
    ] {
        let der = [0x30, 0x03, 0x0a, 0x01, number];
        assert_eq!(OcspResponse::refusal(refusal).as_der(), der);
        let response = OcspResponse::from_der(&der).unwrap();
        assert_eq!(response.basic().unwrap_err(), NoBasicResponse::Refused(refusal));
        assert_eq!(response, OcspResponse::refusal(refusal));
    }
    let large = OcspResponse::from_der(&hex!("3004 0a02 0100")).unwrap();
    assert_eq!(large.basic().unwrap_err(), NoBasicResponse::Refused(Refusal::Other(NonZeroU32::new(256).unwrap())));
    assert_eq!(OcspResponse::from_der(&hex!("3003 0a01ff")).unwrap_err().kind(), DecodeErrorKind::InvalidValue);
}

#[test]
fn success_without_a_basic_response_is_named() {
    let absent = OcspResponse::from_der(&hex!("3003 0a0100")).unwrap();
    assert_eq!(absent.basic().unwrap_err(), NoBasicResponse::Absent);
    let other = OcspResponse::from_der(&hex!("300f 0a0100 a00a 3008 06022a03 04020000")).unwrap();
    let expected = NoBasicResponse::OtherType(Oid::from_bytes(&hex!("2a03")).unwrap().into());
    assert_eq!(other.basic().unwrap_err(), expected);
    assert_eq!(format!("{expected}"), "the response is of type 1.2.3");
}

#[test]
fn openssl_request_without_a_nonce() {
    let request = OcspRequest::from_der(fixture!("request.der")).unwrap();
    assert_eq!(request.nonce(), Ok(None));
    assert!(request.signature().is_none() && request.requestor_name().is_none());
    let asked: Vec<_> = request.requests().map(|request| request.cert_id).collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].hash_algorithm.oid, oid::SHA1);
    assert_eq!(asked[0].issuer_name_hash, NAME_HASH);
    assert_eq!(asked[0].issuer_key_hash, KEY_HASH);
    assert_eq!(asked[0].serial_number, [0x10, 0x01]);
}

#[test]
fn openssl_signed_request() {
    let request = OcspRequest::from_der(fixture!("request-signed.der")).unwrap();
    let good = certificate(fixture!("good.der"));
    assert_eq!(request.requestor_name(), Some(GeneralName::DirectoryName(good.subject())));
    let signature = request.signature().unwrap();
    let sent: Vec<_> = signature.certificates().collect();
    assert_eq!(sent, [Ok(good)]);
    assert_eq!(signature.algorithm, AlgorithmIdentifier::new(oid::ECDSA_WITH_SHA256, None));
    #[cfg(feature = "rustcrypto")]
    {
        let key = sent[0].as_ref().unwrap().public_key();
        let crypto = crate::crypto::rustcrypto::PROVIDER;
        assert_eq!(crypto.verify(signature.algorithm, key, request.tbs(), signature.signature), Ok(()));
    }
}

#[test]
fn openssl_response_of_the_ca() {
    let response = OcspResponse::from_der(fixture!("response-ca.der")).unwrap();
    let basic = response.basic().unwrap();
    assert_eq!(response.as_der(), fixture!("response-ca.der"));
    assert_eq!(basic.responder_id(), ResponderId::ByName(certificate(fixture!("ca.der")).subject()));
    assert_eq!(basic.produced_at(), made_at());
    assert_eq!(basic.nonce(), Ok(Some(&NONCE[..])));
    assert_eq!(basic.certificates().count(), 0);
    let found: Vec<_> = basic.responses().map(|single| (single.cert_id.serial_number, single.status)).collect();
    let at = UnixTime::from_civil(2025, 1, 2, 3, 4, 5).unwrap();
    assert_eq!(
        found,
        [
            (&[0x10, 0x01][..], CertStatus::Good),
            (&[0x10, 0x02], CertStatus::Revoked { at, reason: Some(RevocationReason::KeyCompromise) }),
            (&[0x10, 0x03], CertStatus::Unknown),
        ]
    );
    assert!(basic.responses().all(|single| single.this_update == made_at() && single.next_update.is_none()));
}

#[test]
fn openssl_response_of_a_delegate() {
    let response = OcspResponse::from_der(fixture!("response-delegated.der")).unwrap();
    let basic = response.basic().unwrap();
    let responder = certificate(fixture!("responder.der"));
    assert_eq!(basic.responder_id(), ResponderId::ByKey(&hex!("6A37471318B01FD7AC3AC0D29E5BC9B882DE4E55")));
    assert!(basic.certificates().eq([Ok(responder.clone())]));
    assert_eq!(basic.nonce(), Ok(None));
    let single = basic.responses().next().unwrap();
    assert_eq!(single.next_update, UnixTime::from_civil(2026, 12, 23, 3, 28, 0));
    assert!(responder.extension(oid::OCSP_NO_CHECK).is_some());
}

#[test]
fn damage_gives_an_error_or_another_response_never_a_panic() {
    for der in [&fixture!("response-ca.der")[..], fixture!("response-delegated.der")] {
        for end in 0..der.len() {
            assert!(OcspResponse::from_der(&der[..end]).is_err());
        }
        for place in 0..der.len() {
            for flip in [0x01, 0x20, 0x80, 0xff] {
                let mut damaged = der.to_vec();
                damaged[place] ^= flip;
                let Ok(response) = OcspResponse::from_der(&damaged) else { continue };
                let Ok(basic) = response.basic() else { continue };
                let _ = format!("{basic:?} {:?}", basic.nonce());
                assert!(basic.responses().count() <= 3);
                basic.certificates().for_each(drop);
            }
        }
    }
}

#[test]
fn damaged_requests_never_panic() {
    for der in [&fixture!("request-three.der")[..], fixture!("request-signed.der")] {
        for place in 0..der.len() {
            assert!(OcspRequest::from_der(&der[..place]).is_err());
            for flip in [0x01, 0x20, 0x80, 0xff] {
                let mut damaged = der.to_vec();
                damaged[place] ^= flip;
                let Ok(request) = OcspRequest::from_der(&damaged) else { continue };
                let _ = format!("{request:?} {:?} {:?}", request.nonce(), request.requestor_name());
                assert!(request.requests().count() >= 1);
                request.signature().into_iter().flat_map(|signature| signature.certificates()).for_each(drop);
            }
        }
    }
}

#[test]
fn every_field_of_a_request_is_checked() {
    use DecodeErrorKind as E;
    let id = cert_id();
    let entry = Writer::encode(|w| w.sequence(|w| w.raw(id.as_der())));
    let read = |tbs: &[&[u8]], signature: &[u8]| {
        OcspRequest::from_der(&Writer::encode(|w| {
            w.sequence(|w| {
                w.sequence(|w| tbs.iter().for_each(|part| w.raw(part)));
                w.raw(signature);
            });
        }))
    };
    let list = |count: usize| Writer::encode(|w| w.sequence(|w| (0..count).for_each(|_| w.raw(&entry))));
    assert!(read(&[&list(128)], &[]).is_ok());
    for (tbs, signature, kind, name) in [
        (&[&list(129)[..]][..], &[][..], E::TooMany, "requestList"),
        (&[&list(0)], &[], E::Empty, "requestList"),
        (&[&hex!("a003 020101"), &list(1)], &[], E::UnsupportedVersion, "version"),
        (&[&hex!("a103 870100"), &list(1)], &[], E::InvalidValue, "requestorName"),
        (&[&list(1), &hex!("a206 3004 3002 0500")], &[], unexpected(Tag::OID, Tag::NULL), "requestExtensions"),
        (
            &[&list(1)],
            &hex!("a002 3000"),
            E::UnexpectedTag { expected: Tag::SEQUENCE, found: None },
            "signatureAlgorithm",
        ),
        (&[&list(1), &hex!("0500")], &[], E::TrailingData, "tbsRequest"),
    ] {
        let error = read(tbs, signature).unwrap_err();
        assert_eq!((error.kind(), error.path().last().unwrap()), (kind, name));
    }
    let critical = hex!("a20b 3009 3007 06022a03 0101ff");
    assert!(read(&[&list(1), &critical], &[]).is_err());
    let critical = hex!("a20d 300b 3009 06022a03 0101ff 0400");
    let request = read(&[&list(1), &critical], &[]).unwrap();
    assert_eq!(request.unknown_critical().map(|oid| format!("{oid}")).as_deref(), Some("1.2.3"));
}

fn unexpected(expected: Tag, found: Tag) -> DecodeErrorKind {
    DecodeErrorKind::UnexpectedTag { expected, found: Some(found) }
}

#[test]
fn rfc9654_s2_1_nonces_have_1_to_128_octets() {
    let id = cert_id();
    for (length, error) in
        [(0, Some(BuildError::Empty("nonce"))), (1, None), (128, None), (129, Some(BuildError::TooLong("nonce")))]
    {
        let nonce = vec![7; length];
        let request = OcspRequestBuilder::new(id.as_ref()).with_nonce(&nonce).build();
        let response = answer().with_nonce(&nonce).build(SignatureAlgorithm::ECDSA_SHA256);
        // What another implementation sends.
        let value = Writer::encode(|w| w.octet_string(&nonce));
        let received = OcspRequestBuilder::new(id.as_ref())
            .add_extension(oid::OCSP_NONCE, Criticality::NonCritical, &value)
            .build()
            .unwrap();
        match error {
            None => {
                assert_eq!(request.unwrap().nonce(), Ok(Some(&nonce[..])));
                assert!(response.is_ok());
                assert_eq!(received.nonce(), Ok(Some(&nonce[..])));
            }
            Some(error) => {
                assert_eq!(request.unwrap_err(), error);
                assert_eq!(response.unwrap_err(), error);
                assert_eq!(received.nonce().unwrap_err().kind(), DecodeErrorKind::InvalidValue);
            }
        }
    }
}

#[derive(Debug)]
struct Sevens;

impl SecureRandom for Sevens {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        out.fill(7);
        Ok(())
    }
}

#[test]
fn rfc9654_s2_1_our_nonces_have_32_octets_and_what_comes_back_is_compared() {
    let id = cert_id();
    let request = OcspRequestBuilder::new(id.as_ref()).with_random_nonce(&mut Sevens).unwrap().build().unwrap();
    assert_eq!(request.nonce(), Ok(Some(&[7; 32][..])));
    let plain = OcspRequestBuilder::new(id.as_ref()).build().unwrap();
    let malformed = answer().add_extension(oid::OCSP_NONCE, Criticality::NonCritical, &[5, 0]);
    for (builder, optional, required) in [
        (answer().with_nonce(&[7; 32]), Ok(()), Ok(())),
        (answer(), Ok(()), Err(NonceError::Missing)),
        (answer().with_nonce(&[7; 31]), Err(NonceError::Mismatch), Err(NonceError::Mismatch)),
        (answer().with_nonce(&[8; 32]), Err(NonceError::Mismatch), Err(NonceError::Mismatch)),
        (malformed, Err(NonceError::Mismatch), Err(NonceError::Mismatch)),
    ] {
        let response = signed(builder);
        let basic = response.basic().unwrap();
        assert_eq!(request.check_nonce(basic, NoncePolicy::Optional), optional);
        assert_eq!(request.check_nonce(basic, NoncePolicy::Required), required);
    }
    let response = signed(answer().with_nonce(&[7; 32]));
    assert_eq!(plain.check_nonce(response.basic().unwrap(), NoncePolicy::Optional), Ok(()));
    assert_eq!(plain.check_nonce(response.basic().unwrap(), NoncePolicy::Required), Err(NonceError::Missing));
}

#[test]
fn rfc6960_appendix_a1_the_path_of_a_get() {
    let request = OcspRequest::from_der(fixture!("request-three.der")).unwrap();
    let path = request.to_get_path();
    assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'%'));
    assert_eq!(OcspRequest::from_get_path(&path), Ok(request.clone()));
    assert_eq!(OcspRequest::from_get_path(&format!("//{path}")), Ok(request));
    for bad in ["", "%zz", "MA==", "%ff"] {
        assert!(OcspRequest::from_get_path(bad).is_err());
    }
    assert_eq!(OcspRequest::from_get_path("*").unwrap_err().kind(), DecodeErrorKind::InvalidBase64);
    let long = "M".repeat(OcspRequest::MAX_SIZE * 4 + 1);
    assert_eq!(OcspRequest::from_get_path(&long).unwrap_err().kind(), DecodeErrorKind::TooLarge);
}

#[test]
fn what_is_wrong_with_a_response_of_ours_is_named() {
    let build = |builder: OcspResponseBuilder| builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap_err();
    let empty = OcspResponseBuilder::new(ResponderId::ByKey(&[9; 20]), made_at());
    assert_eq!(build(empty), BuildError::Empty("responses"));
    let id = cert_id();
    let add = |builder: OcspResponseBuilder, next: Option<UnixTime>| {
        builder.add_response(id.as_ref(), CertStatus::Good, made_at(), next)
    };
    let before = made_at().minus(core::time::Duration::from_secs(1));
    assert_eq!(build(add(answer(), Some(before))), BuildError::InvalidValue("nextUpdate"));
    assert_eq!(build((0..128).fold(answer(), |builder, _| add(builder, None))), BuildError::TooLong("responses"));
    let ca = certificate(fixture!("ca.der"));
    assert_eq!(build(answer().with_certificates(&vec![ca; 33])), BuildError::TooLong("certs"));
    let twice = answer().add_extension(oid::OCSP_CRL, Criticality::NonCritical, &[5, 0]).add_extension(
        oid::OCSP_CRL,
        Criticality::NonCritical,
        &[5, 0],
    );
    assert_eq!(build(twice), BuildError::Duplicate(oid::OCSP_CRL.into()));
    let large = Writer::encode(|w| w.octet_string(&vec![0; OcspResponse::MAX_SIZE / 2]));
    let large = answer().add_extension(oid::OCSP_CRL, Criticality::NonCritical, &large);
    assert_eq!(build(large), BuildError::TooLong("tbsResponseData"));
}

#[test]
fn what_is_wrong_with_a_request_of_ours_is_named() {
    let id = cert_id();
    let many = (0..128).fold(OcspRequestBuilder::new(id.as_ref()), |builder, _| builder.add_certificate(id.as_ref()));
    assert_eq!(many.build().unwrap_err(), BuildError::TooLong("requestList"));
    let large = Writer::encode(|w| w.octet_string(&vec![0; OcspRequest::MAX_SIZE]));
    let large = OcspRequestBuilder::new(id.as_ref()).add_extension(oid::OCSP_CRL, Criticality::NonCritical, &large);
    assert!(matches!(large.build(), Err(BuildError::Unreadable(error)) if error.kind() == DecodeErrorKind::TooLarge));
    let broken = OcspRequestBuilder::new(id.as_ref()).add_extension(oid::OCSP_CRL, Criticality::NonCritical, &[5]);
    assert_eq!(broken.build().unwrap_err(), BuildError::InvalidValue("extnValue"));
}

#[test]
fn what_was_put_together_reads_as_the_same_parts() {
    let ca = certificate(fixture!("ca.der"));
    let at = UnixTime::from_civil(2000, 2, 29, 0, 0, 0).unwrap();
    let id = cert_id();
    let reasons = (0..12).filter_map(RevocationReason::from_code);
    let builder = reasons.clone().fold(answer(), |builder, reason| {
        let status = CertStatus::Revoked { at, reason: Some(reason) };
        builder.add_response(id.as_ref(), status, at, Some(made_at()))
    });
    let builder = builder
        .add_response(id.as_ref(), CertStatus::Revoked { at, reason: None }, at, None)
        .add_response(id.as_ref(), CertStatus::Unknown, at, None)
        .with_nonce(&NONCE)
        .with_certificates(&[ca.clone(), ca.clone()]);
    let made = signed(builder);
    let read = OcspResponse::from_der(made.as_der()).unwrap();
    for response in [&made, &read] {
        let basic = response.basic().unwrap();
        assert_eq!(basic.signature(), [1, 2, 3]);
        assert_eq!(basic.signature_algorithm(), AlgorithmIdentifier::new(oid::ECDSA_WITH_SHA256, None));
        assert_eq!(basic.responder_id(), ResponderId::ByKey(&[9; 20]));
        assert_eq!((basic.produced_at(), basic.nonce()), (made_at(), Ok(Some(&NONCE[..]))));
        assert!(basic.certificates().eq([Ok(ca.clone()), Ok(ca.clone())]));
        let statuses: Vec<_> = basic.responses().map(|single| single.status).collect();
        let expected = reasons.clone().map(|reason| CertStatus::Revoked { at, reason: Some(reason) });
        assert!(statuses[1..11].iter().copied().eq(expected));
        assert_eq!(statuses[11..], [CertStatus::Revoked { at, reason: None }, CertStatus::Unknown]);
        assert_eq!(basic.responses().nth(1).unwrap().next_update, Some(made_at()));
    }
    let [made, read] = [&made, &read].map(|response| response.basic().unwrap());
    assert_eq!(made.tbs(), read.tbs());
}

#[test]
fn rfc6960_s4_2_1_revoked_for_a_reason_without_a_name_is_revoked() {
    for (reason, expected) in [
        (&hex!("0a0101")[..], Some(RevocationReason::KeyCompromise)),
        (&hex!("0a0107"), None),
        (&hex!("0a020101"), None),
    ] {
        let mut cert_status = b"\xa1\x00\x18\x0f20261123032800Z\xa0".to_vec();
        cert_status.push(u8::try_from(reason.len()).unwrap());
        cert_status.extend_from_slice(reason);
        cert_status[1] = u8::try_from(cert_status.len() - 2).unwrap();
        let response = Parts { cert_status, ..Parts::new() }.read().unwrap();
        let status = response.basic().unwrap().responses().next().unwrap().status;
        assert_eq!(status, CertStatus::Revoked { at: made_at(), reason: expected });
    }
    let negative = b"\xa1\x16\x18\x0f20261123032800Z\xa0\x03\x0a\x01\xff".to_vec();
    let error = Parts { cert_status: negative, ..Parts::new() }.error();
    assert_eq!(error, (DecodeErrorKind::InvalidValue, "certStatus"));
}

#[test]
fn a_serial_number_that_is_no_integer_is_refused() {
    let ca = certificate(fixture!("ca.der"));
    for bad in [&[][..], &[0, 1], &[0xff, 0x80]] {
        let id = CertId::new(bad, ca.subject(), ca.public_key(), DigestAlgorithm::SHA1, &NO_CRYPTO);
        assert_eq!(id.unwrap_err(), BuildError::InvalidValue("serialNumber"));
    }
}

#[test]
fn without_the_digest_nobody_can_tell() {
    let (ca, good) = (certificate(fixture!("ca.der")), certificate(fixture!("good.der")));
    let id = CertId::of_certificate(&good, ca.public_key(), DigestAlgorithm::SHA1, &NO_CRYPTO);
    assert_eq!(id.unwrap_err(), BuildError::MissingDigest);
    let request = OcspRequest::from_der(fixture!("request.der")).unwrap();
    let id = request.requests().next().unwrap().cert_id;
    assert_eq!(id.matches(ca.subject(), ca.public_key(), good.serial_number(), &NO_CRYPTO), None);
    assert_eq!(id.matches(ca.subject(), ca.public_key(), &[1], &NO_CRYPTO), Some(false));
    assert_eq!(ResponderId::ByKey(&[]).matches(ca.subject(), ca.public_key(), &NO_CRYPTO), None);
}

#[test]
fn rfc6960_s4_2_2_2_the_profile_of_a_delegate() {
    let (ca, responder) = (certificate(fixture!("ca.der")), certificate(fixture!("responder.der")));
    let validity = Validity::new(made_at(), UnixTime::NO_EXPIRATION);
    let made = CertificateBuilder::new(
        SerialNumber::from_bytes(&[7]).unwrap(),
        ca.subject().to_owned(),
        Name::from_common_name("responder").unwrap(),
        validity,
        responder.public_key().to_owned(),
    )
    .with_profile(&Profile::OCSP_RESPONDER)
    .with_ocsp_no_check()
    .build(SignatureAlgorithm::ECDSA_SHA256)
    .unwrap()
    .attach(Signature::new(vec![0]));
    assert_eq!(made.basic_constraints(), Ok(Some(BasicConstraints::END_ENTITY)));
    assert_eq!(made.key_usage(), Ok(Some(KeyUsage::DIGITAL_SIGNATURE)));
    assert!(made.extended_key_usage().unwrap().unwrap().iter().eq([oid::OCSP_SIGNING]));
    // As OpenSSL writes it.
    assert_eq!(made.extension(oid::OCSP_NO_CHECK), responder.extension(oid::OCSP_NO_CHECK));
    assert_eq!(made.extension(oid::OCSP_NO_CHECK).unwrap().value, [5, 0]);
}

#[cfg(feature = "rustcrypto")]
mod with_crypto {
    use super::*;
    use crate::crypto::{VerifyError, rustcrypto::PROVIDER};

    #[test]
    fn rfc6960_s4_1_1_the_names_of_certificates_are_those_of_openssl() {
        let ca = certificate(fixture!("ca.der"));
        let request = OcspRequest::from_der(fixture!("request-three.der")).unwrap();
        let files: [&[u8]; 3] = [fixture!("good.der"), fixture!("revoked.der"), fixture!("other.der")];
        let digests = [DigestAlgorithm::SHA1, DigestAlgorithm::SHA1, DigestAlgorithm::SHA256];
        let ids: Vec<CertId> = files
            .iter()
            .zip(digests)
            .map(|(der, digest)| CertId::of_certificate(&certificate(der), ca.public_key(), digest, &PROVIDER).unwrap())
            .collect();
        assert!(request.requests().map(|asked| asked.cert_id).eq(ids.iter().map(CertId::as_ref)));
        // The whole request is the same, byte by byte.
        let builder = OcspRequestBuilder::new(ids[0].as_ref())
            .add_certificate(ids[1].as_ref())
            .add_certificate(ids[2].as_ref())
            .with_nonce(&NONCE);
        assert_eq!(builder.build().unwrap(), request);
    }

    #[test]
    fn a_cert_id_means_one_serial_number_of_one_name_and_key() {
        let (ca, good) = (certificate(fixture!("ca.der")), certificate(fixture!("good.der")));
        let serial = good.serial_number();
        for digest in [
            DigestAlgorithm::SHA1,
            DigestAlgorithm::SHA224,
            DigestAlgorithm::SHA256,
            DigestAlgorithm::SHA384,
            DigestAlgorithm::SHA512,
        ] {
            let id = CertId::of_certificate(&good, ca.public_key(), digest, &PROVIDER).unwrap();
            let id = id.as_ref();
            assert_eq!(id.matches(ca.subject(), ca.public_key(), serial, &PROVIDER), Some(true));
            assert_eq!(id.matches(good.subject(), ca.public_key(), serial, &PROVIDER), Some(false));
            assert_eq!(id.matches(ca.subject(), good.public_key(), serial, &PROVIDER), Some(false));
            assert_eq!(id.matches(ca.subject(), ca.public_key(), &[1], &PROVIDER), Some(false));
        }
    }

    #[test]
    fn signatures_of_openssl_verify_and_those_of_others_do_not() {
        let (ca, responder) = (certificate(fixture!("ca.der")), certificate(fixture!("responder.der")));
        for (der, right, wrong) in
            [(&fixture!("response-ca.der")[..], &ca, &responder), (fixture!("response-delegated.der"), &responder, &ca)]
        {
            let response = OcspResponse::from_der(der).unwrap();
            let basic = response.basic().unwrap();
            assert_eq!(basic.verify_signature(right.public_key(), &PROVIDER), Ok(()));
            assert_eq!(basic.verify_signature(wrong.public_key(), &PROVIDER), Err(VerifyError::BadSignature));
            let id = basic.responder_id();
            assert_eq!(id.matches(right.subject(), right.public_key(), &PROVIDER), Some(true));
            assert_eq!(id.matches(wrong.subject(), wrong.public_key(), &PROVIDER), Some(false));
        }
    }
}

#[test]
fn a_cert_id_is_read_field_by_field() {
    for (der, name) in [
        (&hex!("3011 3006 06042a8648ce 0401aa 0401bb 020117")[..], "hashAlgorithm"),
        (&hex!("3012 3007 06052b0e03021a 0501aa 0401bb 020117"), "issuerNameHash"),
        (&hex!("3012 3007 06052b0e03021a 0401aa 0501bb 020117"), "issuerKeyHash"),
        (&hex!("3013 3007 06052b0e03021a 0401aa 0401bb 02020017"), "serialNumber"),
    ] {
        let error = CertIdRef::decode(&mut Reader::new(der)).unwrap_err();
        assert_eq!(error.path().next(), Some(name));
    }
    let request = hex!("3018 3012 3007 06052b0e03021a 0401aa 0401bb 020117 a002 3000");
    assert!(SingleRequest::decode(&mut Reader::new(&request)).unwrap().extensions.is_empty());
}
