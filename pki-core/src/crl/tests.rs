//! CRLs: reading, looking up, hostile bytes, building.

extern crate std;

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::{mem::size_of_val, time::Duration};
use std::collections::{HashMap, HashSet};

use hex_literal::hex;

use super::*;
use crate::{
    BuildError, Certificate,
    algorithm::SignatureAlgorithm,
    cert::extension::{Criticality, DistributionPointName},
    crypto::Signature,
    der::{Decode, Reader, Tag, Writer},
    error::DecodeErrorKind,
    name::{GeneralName, GeneralNames, Name},
};

const FULL: &[u8] = include_bytes!("../../tests/data/crl/openssl-full.der");
const FULL_PEM: &str = include_str!("../../tests/data/crl/openssl-full.pem");
const VERSION_1: &[u8] = include_bytes!("../../tests/data/crl/openssl-version-1.der");
const INDIRECT_DELTA: &[u8] = include_bytes!("../../tests/data/crl/indirect-delta.der");
#[cfg(feature = "rustcrypto")]
const CA: &[u8] = include_bytes!("../../tests/data/crl/ca.der");

const ECDSA_SHA256: [u8; 12] = hex!("300a 06082a8648ce3d040302");
const THIS_UPDATE: [u8; 15] = *b"\x17\x0d260101000000Z";
const NEXT_UPDATE: [u8; 15] = *b"\x17\x0d270101000000Z";
const CRL_NUMBER: [u8; 12] = hex!("300a 0603551d14 0403 020105");
const REASON_CODE: [u8; 12] = hex!("300a 0603551d15 0403 0a0101");

/// The parts of a CRL as DER, each to be replaced. The signature is worthless.
struct Parts {
    version: Vec<u8>,
    signature: Vec<u8>,
    issuer: Vec<u8>,
    this_update: Vec<u8>,
    next_update: Vec<u8>,
    revoked: Vec<u8>,
    extensions: Vec<u8>,
    outer_algorithm: Vec<u8>,
    value: Vec<u8>,
}

impl Parts {
    fn new() -> Self {
        Self {
            version: hex!("020101").to_vec(),
            signature: ECDSA_SHA256.to_vec(),
            issuer: common_name("issuer").as_der().to_vec(),
            this_update: THIS_UPDATE.to_vec(),
            next_update: NEXT_UPDATE.to_vec(),
            revoked: sequence(&[&entry(&[5], &[])]),
            extensions: explicit(&sequence(&[&CRL_NUMBER])),
            outer_algorithm: ECDSA_SHA256.to_vec(),
            value: hex!("0303 00abcd").to_vec(),
        }
    }

    fn with_entries(entries: &[Vec<u8>]) -> Self {
        let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
        Self { revoked: sequence(&entries), ..Self::new() }
    }

    fn with_extension(extension: &[u8]) -> Self {
        Self { extensions: explicit(&sequence(&[extension])), ..Self::new() }
    }

    fn encode(&self) -> Vec<u8> {
        let tbs = sequence(&[
            &self.version,
            &self.signature,
            &self.issuer,
            &self.this_update,
            &self.next_update,
            &self.revoked,
            &self.extensions,
        ]);
        sequence(&[&tbs, &self.outer_algorithm, &self.value])
    }

    fn read(&self) -> Result<Crl, DecodeError> {
        Crl::from_der(&self.encode())
    }

    fn kind(&self) -> DecodeErrorKind {
        self.read().unwrap_err().kind()
    }
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    Writer::encode(|w| w.sequence(|w| parts.iter().for_each(|part| w.raw(part))))
}

fn explicit(inner: &[u8]) -> Vec<u8> {
    Writer::encode(|w| w.constructed(Tag::context_constructed(0), |w| w.raw(inner)))
}

fn entry(serial: &[u8], extensions: &[&[u8]]) -> Vec<u8> {
    let serial = Writer::encode(|w| w.primitive(Tag::INTEGER, serial));
    let extensions = if extensions.is_empty() { vec![] } else { sequence(extensions) };
    sequence(&[&serial, &THIS_UPDATE, &extensions])
}

fn extension(oid: Oid<'_>, criticality: Criticality, value: &[u8]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(oid);
            if criticality == Criticality::Critical {
                w.boolean(true);
            }
            w.octet_string(value);
        });
    })
}

fn certificate_issuer(names: &[GeneralName<'_>]) -> Vec<u8> {
    let value = Writer::encode(|w| w.sequence(|w| names.iter().for_each(|name| name.encode(w))));
    extension(oid::CERTIFICATE_ISSUER, Criticality::Critical, &value)
}

fn common_name(text: &str) -> Name {
    Name::from_common_name(text).unwrap()
}

fn date(year: u16, month: u8, day: u8) -> UnixTime {
    UnixTime::from_civil(year, month, day, 0, 0, 0).unwrap()
}

fn builder() -> CrlBuilder {
    CrlBuilder::new(common_name("issuer"), date(2026, 1, 1), date(2027, 1, 1)).with_number(CrlNumber::from(7))
}

fn built(builder: CrlBuilder) -> Crl {
    builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap().attach(Signature::new(vec![0xab, 0xcd]))
}

fn refused(builder: CrlBuilder) -> BuildError {
    builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap_err()
}

mod reading {
    use super::*;

    #[test]
    fn rfc5280_s5_1_fields_of_a_crl_by_openssl() {
        let crl = Crl::from_der(FULL).unwrap();
        assert_eq!(crl.as_der(), FULL);
        assert_eq!(crl.version(), 2);
        assert_eq!(crl.issuer().to_string(), "CN=CRL CA,O=Example");
        assert_eq!(crl.this_update().to_string(), "2026-11-23T03:25:32Z");
        assert_eq!(crl.next_update().unwrap().to_string(), "2026-12-23T03:25:32Z");
        assert_eq!(crl.signature_algorithm().oid, oid::ECDSA_WITH_SHA256);
        assert_eq!(crl.tbs_signature_algorithm(), crl.signature_algorithm());
        assert_eq!(crl.tbs(), &FULL[4..4 + crl.tbs().len()]);
        assert!(crl.signature().starts_with(&hex!("304402204a825471")));
        assert_eq!(crl.len(), 5);
        assert!(!crl.is_empty() && !crl.has_certificate_issuers());
        assert_eq!(format!("{crl:?}"), "Crl(CN=CRL CA,O=Example, 2026-11-23T03:25:32Z, 5 revoked)");
    }

    #[test]
    fn rfc5280_s5_2_every_extension() {
        let crl = Crl::from_der(FULL).unwrap();
        assert_eq!(crl.extensions().len(), 6);
        let id = crl.authority_key_identifier().unwrap().unwrap().key_identifier.unwrap();
        assert_eq!(id, hex!("1d7615c239634ffc4ee5acc79c70c16381e4c5db"));
        let uri = GeneralName::Uri("http://ca.example/");
        assert!(crl.issuer_alt_name().unwrap().unwrap().contains(&uri));
        let access = crl.authority_info_access().unwrap().unwrap().iter().next().unwrap();
        assert_eq!(
            (access.method, access.location),
            (oid::AD_CA_ISSUERS, GeneralName::Uri("http://ca.example/ca.cer"))
        );
        let number = crl.crl_number().unwrap().unwrap();
        assert_eq!(number.to_string(), "0x0123456789abcdef0123");
        assert_eq!(crl.delta_crl_indicator(), Ok(None));
        let freshest = crl.freshest_crl().unwrap().unwrap().iter().next().unwrap();
        assert_eq!((freshest.reasons, freshest.crl_issuer), (None, None));

        let point = crl.issuing_distribution_point().unwrap().unwrap();
        let Some(DistributionPointName::FullName(names)) = point.name else { panic!("{point:?}") };
        assert_eq!(names.iter().next(), Some(GeneralName::Uri("http://ca.example/full.crl")));
        assert_eq!(names.iter().count(), 2);
        assert_eq!(point.scope, CrlScope::UserCertificates);
        let reasons = point.only_some_reasons.unwrap();
        assert_eq!(reasons.to_string(), "keyCompromise, cACompromise, superseded, certificateHold, aACompromise");
        assert!(!point.indirect_crl);
    }

    #[test]
    fn rfc5280_s5_3_entries_in_the_order_of_the_encoding() {
        let crl = Crl::from_der(FULL).unwrap();
        let reason = RevocationReason::Superseded;
        let expected: [(&[u8], _, _); 5] = [
            (&[0x01], date(2026, 1, 1), None),
            (&[0x02], date(2026, 1, 3), Some(reason)),
            (&[0x00, 0x80], date(2026, 1, 4), Some(RevocationReason::CertificateHold)),
            (&[0x00, 0xff, 0x01], date(1950, 1, 5), Some(RevocationReason::RemoveFromCrl)),
            (
                &hex!("7feeddccbbaa99887766554433221100"),
                UnixTime::from_civil(2026, 1, 2, 3, 4, 5).unwrap(),
                Some(RevocationReason::KeyCompromise),
            ),
        ];
        for (revoked, (serial, date, reason)) in crl.revoked().zip(expected) {
            assert_eq!((revoked.serial_number(), revoked.revocation_date()), (serial, date));
            assert_eq!(revoked.reason(), Ok(reason));
            assert_eq!(revoked.certificate_issuer(), crl.issuer());
        }
        let last = crl.revoked().last().unwrap();
        assert_eq!(last.invalidity_date(), Ok(Some(date(2025, 12, 24))));
        assert!(format!("{last:?}").starts_with("RevokedCertificate(7feeddcc"));
        let hold = crl.find(&[0x00, 0x80], crl.issuer()).unwrap();
        assert_eq!(hold.extensions().count(), 2);
        assert_eq!(hold.invalidity_date(), Ok(None));
        assert_eq!(hold.unknown_critical_extension(), None);
        assert!(crl.find(&[0x80], crl.issuer()).is_none());
        assert!(crl.find(&[0x01], common_name("other").as_ref()).is_none());
    }

    #[test]
    fn rfc5280_s5_1_2_1_version_1_has_no_version_and_no_extensions() {
        let crl = Crl::from_der(VERSION_1).unwrap();
        assert_eq!((crl.version(), crl.len(), crl.extensions().len()), (1, 0, 0));
        assert!(crl.is_empty() && crl.revoked().next().is_none());
        assert!(crl.find(&[1], crl.issuer()).is_none());
        assert_eq!(crl.crl_number(), Ok(None));
    }

    #[test]
    fn rfc7468_s6_pem() {
        let crl = Crl::from_pem(FULL_PEM).unwrap();
        assert_eq!(crl.as_der(), FULL);
        assert_eq!(crl.to_pem(), FULL_PEM);
        assert_eq!(Crl::from_pem("-----BEGIN CRL-----\n").unwrap_err().kind(), DecodeErrorKind::InvalidPem);
    }

    #[test]
    fn equal_bytes_are_equal_crls() {
        let (crl, same) = (Crl::from_der(FULL).unwrap(), Crl::from_der(FULL).unwrap());
        assert_eq!(crl, same);
        assert_ne!(crl, Crl::from_der(VERSION_1).unwrap());
        let set: HashSet<Crl> = [crl.clone(), same, crl].into();
        assert_eq!(set.len(), 1);
    }

    #[cfg(feature = "rustcrypto")]
    #[test]
    fn signatures_are_verified_over_the_bytes_received() {
        use crate::crypto::rustcrypto::PROVIDER;

        let ca = Certificate::from_der(CA).unwrap();
        for der in [FULL, VERSION_1, INDIRECT_DELTA] {
            let crl = Crl::from_der(der).unwrap();
            assert_eq!(crl.verify_signature(ca.public_key(), &PROVIDER), Ok(()));
            let mut changed = der.to_vec();
            let place = changed.windows(6).position(|bytes| bytes == b"CRL CA").unwrap();
            changed[place] = b'D';
            let crl = Crl::from_der(&changed).unwrap();
            assert_eq!(crl.verify_signature(ca.public_key(), &PROVIDER), Err(VerifyError::BadSignature));
        }
        let mixed = Parts { outer_algorithm: hex!("300a 06082a8648ce3d040303").to_vec(), ..Parts::new() };
        let verified = mixed.read().unwrap().verify_signature(ca.public_key(), &PROVIDER);
        assert_eq!(verified, Err(VerifyError::AlgorithmMismatch));
    }

    #[test]
    fn rfc5280_s5_1_2_5_no_next_update() {
        let crl = Parts { next_update: vec![], ..Parts::new() }.read().unwrap();
        assert_eq!((crl.next_update(), crl.len()), (None, 1));
        let crl = Parts { next_update: b"\x18\x0f20500101000000Z".to_vec(), ..Parts::new() }.read().unwrap();
        assert_eq!(crl.next_update(), Some(date(2050, 1, 1)));
    }

    #[test]
    fn empty_lists_are_accepted() {
        let parts = Parts { revoked: hex!("3000").to_vec(), extensions: hex!("a002 3000").to_vec(), ..Parts::new() };
        let crl = parts.read().unwrap();
        assert!(crl.is_empty() && crl.extensions().is_empty());
        assert_eq!(Parts::with_entries(&[sequence(&[&[2, 1, 5], &THIS_UPDATE, &[0x30, 0]])]).read().unwrap().len(), 1);
    }

    #[test]
    fn rfc5280_s5_2_and_s5_3_unknown_critical_extensions_are_known_at_once() {
        let unknown = extension(oid::SHA256, Criticality::Critical, &[5, 0]);
        let ignored = extension(oid::SHA256, Criticality::NonCritical, &[5, 0]);
        assert_eq!(Parts::with_extension(&ignored).read().unwrap().unknown_critical_extension(), None);
        assert_eq!(Parts::with_extension(&unknown).read().unwrap().unknown_critical_extension(), Some(oid::SHA256));

        let issuer = common_name("other");
        let known = certificate_issuer(&[GeneralName::DirectoryName(issuer.as_ref())]);
        let critical_reason = extension(oid::REASON_CODE, Criticality::Critical, &hex!("0a0101"));
        let entries = [entry(&[1], &[&known]), entry(&[2], &[&critical_reason, &ignored]), entry(&[3], &[])];
        assert_eq!(Parts::with_entries(&entries).read().unwrap().unknown_critical_extension(), None);

        let crl = Parts::with_entries(&[entry(&[1], &[]), entry(&[2], &[&REASON_CODE, &unknown])]).read().unwrap();
        assert_eq!(crl.unknown_critical_extension(), Some(oid::SHA256));
        let unknown: Vec<_> = crl.revoked().map(|revoked| revoked.unknown_critical_extension()).collect();
        assert_eq!(unknown, [None, Some(oid::SHA256)]);
    }

    #[test]
    fn what_is_no_crl_is_refused() {
        let unexpected = |expected, found| DecodeErrorKind::UnexpectedTag { expected, found };
        assert_eq!(
            Parts { version: hex!("020100").to_vec(), ..Parts::new() }.kind(),
            DecodeErrorKind::UnsupportedVersion
        );
        assert_eq!(
            Parts { version: hex!("020102").to_vec(), ..Parts::new() }.kind(),
            DecodeErrorKind::UnsupportedVersion
        );
        assert_eq!(Parts { value: hex!("0303 01abcc").to_vec(), ..Parts::new() }.kind(), DecodeErrorKind::InvalidValue);
        assert_eq!(
            Parts { this_update: vec![], next_update: vec![], ..Parts::new() }.kind(),
            unexpected(Tag::UTC_TIME, Some(Tag::SEQUENCE))
        );
        let bad_time = b"\x17\x0d261301000000Z".to_vec();
        assert_eq!(Parts { this_update: bad_time.clone(), ..Parts::new() }.kind(), DecodeErrorKind::InvalidTime);
        assert_eq!(Parts { next_update: bad_time, ..Parts::new() }.kind(), DecodeErrorKind::InvalidTime);
        assert_eq!(
            Parts { extensions: explicit(&sequence(&[&CRL_NUMBER, &CRL_NUMBER])), ..Parts::new() }.kind(),
            DecodeErrorKind::Duplicate
        );
        let extensions = [explicit(&sequence(&[&CRL_NUMBER])), explicit(&[])].concat();
        assert_eq!(Parts { extensions, ..Parts::new() }.kind(), DecodeErrorKind::TrailingData);
        let distinct: Vec<Vec<u8>> =
            (0..129_u8).map(|n| sequence(&[&[6, 3, 0x2a, 0x81 + n / 100, n % 100], &[4, 0]])).collect();
        let extensions: Vec<&[u8]> = distinct.iter().map(Vec::as_slice).collect();
        assert_eq!(
            Parts { extensions: explicit(&sequence(&extensions)), ..Parts::new() }.kind(),
            DecodeErrorKind::TooMany
        );
        assert!(Parts { extensions: explicit(&sequence(&extensions[..128])), ..Parts::new() }.read().is_ok());
    }

    #[test]
    fn entries_are_all_checked() {
        let kind = |bad: Vec<u8>| Parts::with_entries(&[entry(&[1], &[]), bad, entry(&[2], &[])]).kind();
        assert_eq!(kind(entry(&[], &[])), DecodeErrorKind::InvalidEncoding);
        assert_eq!(kind(entry(&[0, 1], &[])), DecodeErrorKind::InvalidEncoding);
        assert_eq!(kind(sequence(&[&[2, 1, 5], b"\x17\x0d261301000000Z"])), DecodeErrorKind::InvalidTime);
        assert_eq!(kind(sequence(&[&[2, 1, 5]])), DecodeErrorKind::Truncated);
        assert_eq!(kind(sequence(&[&entry(&[5], &[&REASON_CODE])[2..], &[5, 0]])), DecodeErrorKind::TrailingData);
        assert_eq!(kind(entry(&[5], &[&REASON_CODE, &REASON_CODE])), DecodeErrorKind::Duplicate);
        assert_eq!(
            kind(entry(&[5], &[&[0x30, 1, 5]])),
            DecodeErrorKind::UnexpectedTag { expected: Tag::OID, found: Some(Tag::NULL) }
        );
        let distinct: Vec<Vec<u8>> = (0..17).map(|n| sequence(&[&[6, 2, 0x2a, n], &[4, 0]])).collect();
        let extensions: Vec<&[u8]> = distinct.iter().map(Vec::as_slice).collect();
        assert_eq!(kind(entry(&[5], &extensions)), DecodeErrorKind::TooMany);
        assert!(Parts::with_entries(&[entry(&[5], &extensions[..16])]).read().is_ok());

        let no_name = certificate_issuer(&[GeneralName::DnsName("issuer.example")]);
        assert_eq!(kind(entry(&[5], &[&no_name])), DecodeErrorKind::InvalidValue);
        assert_eq!(kind(entry(&[5], &[&certificate_issuer(&[])])), DecodeErrorKind::Empty);

        let error = Parts::with_entries(&[entry(&[5], &[&REASON_CODE, &REASON_CODE])]).read().unwrap_err();
        assert_eq!(error.path().collect::<Vec<_>>(), ["tbsCertList", "revokedCertificates", "crlEntryExtensions"]);
    }

    #[test]
    fn rfc5280_s5_3_1_what_is_in_an_entry_shows_when_it_is_asked_for() {
        for (value, expected) in [
            (&hex!("0a0100")[..], Ok(RevocationReason::Unspecified)),
            (&hex!("0a010a"), Ok(RevocationReason::AaCompromise)),
            (&hex!("0a0107"), Err(DecodeErrorKind::InvalidValue)),
            (&hex!("0a010b"), Err(DecodeErrorKind::InvalidValue)),
            (&hex!("0a01ff"), Err(DecodeErrorKind::InvalidValue)),
            (&hex!("0a020101"), Err(DecodeErrorKind::InvalidValue)),
            (&hex!("0a020001"), Err(DecodeErrorKind::InvalidEncoding)),
            (&hex!("0a0101 00"), Err(DecodeErrorKind::TrailingData)),
            (
                &hex!("020101"),
                Err(DecodeErrorKind::UnexpectedTag { expected: Tag::ENUMERATED, found: Some(Tag::INTEGER) }),
            ),
        ] {
            let der =
                Parts::with_entries(&[entry(&[5], &[&extension(oid::REASON_CODE, Criticality::NonCritical, value)])]);
            let crl = der.read().unwrap();
            let revoked = crl.find(&[5], crl.issuer()).unwrap();
            let reason = revoked.reason();
            assert_eq!(reason.map_err(|error| error.kind()), expected.map(Some), "{value:02x?}");
            assert_eq!(crl.revoked().next().unwrap().reason(), reason);
            if let Err(error) = reason {
                let octet = Span::new(error.position(), 1).of_bytes(crl.as_der());
                assert!(matches!(octet, [0x00 | 0x02 | 0x0a]), "{error} points elsewhere");
            }
        }
    }

    #[test]
    fn rfc5280_s5_3_2_invalidity_date_is_a_generalized_time() {
        for (value, expected) in [
            (&b"\x18\x0f20250607080910Z"[..], Ok(UnixTime::from_civil(2025, 6, 7, 8, 9, 10))),
            (b"\x18\x1120250607080910.5Z", Err(DecodeErrorKind::InvalidTime)),
            (
                b"\x17\x0d250607080910Z",
                Err(DecodeErrorKind::UnexpectedTag { expected: Tag::GENERALIZED_TIME, found: Some(Tag::UTC_TIME) }),
            ),
        ] {
            let extension = extension(oid::INVALIDITY_DATE, Criticality::NonCritical, value);
            let crl = Parts::with_entries(&[entry(&[5], &[&extension])]).read().unwrap();
            let date = crl.revoked().next().unwrap().invalidity_date();
            assert_eq!(date.map_err(|error| error.kind()), expected);
        }
    }

    #[test]
    fn every_truncation_is_an_error_and_nothing_panics() {
        for der in [FULL, VERSION_1, INDIRECT_DELTA] {
            for length in 0..der.len() {
                assert!(Crl::from_der(&der[..length]).is_err());
            }
            for place in 0..der.len() {
                let mut changed = der.to_vec();
                changed[place] ^= 0x5a;
                let Ok(crl) = Crl::from_der(&changed) else { continue };
                let read = crl.revoked().map(|revoked| (revoked.reason().is_ok(), revoked.invalidity_date().is_ok()));
                assert_eq!(read.count(), crl.len());
            }
        }
    }

    #[test]
    fn more_than_the_limit_is_refused() {
        // A vector of zeros takes no memory until it is written to.
        let kind = Crl::from_der(&vec![0; Crl::MAX_SIZE + 1]).unwrap_err().kind();
        assert_eq!(kind, DecodeErrorKind::TooLarge);
    }
}

mod finding {
    use super::*;

    fn names_of(crl: &Crl) -> Vec<String> {
        crl.revoked().map(|revoked| revoked.certificate_issuer().to_string()).collect()
    }

    #[test]
    fn rfc5280_s5_3_3_certificate_issuer_holds_until_the_next() {
        let crl = Crl::from_der(INDIRECT_DELTA).unwrap();
        let own = "CN=CRL CA,O=Example";
        let expected = [own, own, "CN=one", "CN=one", "CN=two", "CN=two", "CN=one", "CN=one"];
        assert_eq!(names_of(&crl), expected);
        assert!(crl.has_certificate_issuers());

        let find = |serial: u8, issuer: &str| {
            let issuer = if issuer == own { crl.issuer().to_owned() } else { common_name(issuer) };
            crl.find(&[serial], issuer.as_ref()).map(|revoked| revoked.reason().unwrap())
        };
        assert_eq!(find(5, own), Some(None));
        assert_eq!(find(7, own), Some(Some(RevocationReason::CaCompromise)));
        assert_eq!(find(5, "one"), Some(Some(RevocationReason::PrivilegeWithdrawn)));
        assert_eq!(find(5, "ONE"), find(5, "one"));
        // A second distinguished name of the same issuer.
        assert_eq!(find(5, "one too"), find(5, "one"));
        assert_eq!(find(6, "one"), Some(None));
        assert_eq!(find(5, "two"), Some(Some(RevocationReason::AaCompromise)));
        assert_eq!(find(8, "two"), Some(Some(RevocationReason::RemoveFromCrl)));
        assert_eq!(find(9, "one"), Some(Some(RevocationReason::CessationOfOperation)));
        for (serial, issuer) in [(6, own), (7, "one"), (6, "two"), (8, own), (9, own), (5, "three"), (10, own)] {
            assert_eq!(find(serial, issuer), None, "{serial} of {issuer}");
        }
        let number = crl.crl_number().unwrap().unwrap();
        assert_eq!(number.as_bytes(), hex!("8000000000000000000000000000000000000001"));
        assert_eq!(crl.delta_crl_indicator(), Ok(Some(CrlNumber::from(255))));
        let point = crl.issuing_distribution_point().unwrap().unwrap();
        assert!(matches!(point.name, Some(DistributionPointName::RelativeToCrlIssuer(_))));
        assert!(point.indirect_crl && point.scope == CrlScope::CaCertificates);
    }

    /// Serial numbers in the shapes that an index could be wrong about.
    fn shapes() -> Vec<Vec<Vec<u8>>> {
        let sorted: Vec<Vec<u8>> = (0..2000_u32).map(|n| [&[0x40][..], &(n * 7).to_be_bytes()].concat()).collect();
        let reversed = sorted.iter().rev().cloned().collect();
        let tails = (0..2000_u32)
            .map(|n| [&[0x40][..], &n.wrapping_mul(0x9e37_79b1).to_be_bytes(), &[0; 8]].concat())
            .collect();
        let lengths = (1..200).map(|n| vec![0x40; n]).collect();
        let short = (0..=255_u8).map(|n| if n < 0x80 { vec![n] } else { vec![0, n] }).collect();
        let negative = (0x80..=0xff_u8).map(|n| vec![n]).collect();
        let repeated = (0..500_u32).map(|n| vec![u8::try_from(n % 5).unwrap()]).collect();
        vec![sorted, reversed, tails, lengths, short, negative, repeated]
    }

    #[test]
    fn find_is_the_same_as_a_scan() {
        for serials in shapes() {
            let crl = built(serials.iter().enumerate().fold(builder(), |builder, (index, serial)| {
                let time = date(2026, 1, 1).plus(Duration::from_secs(u64::try_from(index).unwrap()));
                builder.add_revoked(Revocation::new(serial, time))
            }));
            assert_eq!(crl.len(), serials.len());
            let mut neighbours = serials.clone();
            for serial in &serials {
                neighbours.push([&serial[..], &[1]].concat());
                neighbours.push(serial[1..].to_vec());
                neighbours.push(serial.iter().map(|octet| octet ^ 1).collect());
            }
            let mut first = HashMap::new();
            crl.revoked().for_each(|revoked| {
                first.entry(revoked.serial_number()).or_insert_with(|| revoked.revocation_date());
            });
            for serial in neighbours {
                let found = crl.find(&serial, crl.issuer()).map(|revoked| revoked.revocation_date());
                assert_eq!(found, first.get(&serial[..]).copied(), "{serial:02x?}");
            }
        }
    }

    #[test]
    fn find_is_the_same_as_a_scan_with_many_issuers() {
        let issuers: Vec<Name> = (0..6).map(|n| common_name(&format!("issuer {n}"))).collect();
        let point = IssuingDistributionPoint::new(None).indirect();
        let mut builder = builder().with_issuing_distribution_point(&point);
        for n in 0..3000_usize {
            let (serial, issuer) = ([u8::try_from(n * 31 % 61).unwrap()], &issuers[n / 7 % 6]);
            let time = date(2026, 1, 1).plus(Duration::from_secs(u64::try_from(n).unwrap()));
            builder = builder.add_revoked(Revocation::new(&serial, time).with_certificate_issuer(issuer.as_ref()));
        }
        let crl = built(builder);
        for serial in 0..70 {
            for issuer in issuers.iter().chain([&common_name("issuer"), &common_name("nobody")]) {
                let wanted = |revoked: &RevokedCertificate<'_>| {
                    revoked.serial_number() == [serial] && revoked.certificate_issuer() == issuer.as_ref()
                };
                let scanned = crl.revoked().find(wanted).map(|revoked| revoked.revocation_date());
                let found = crl.find(&[serial], issuer.as_ref());
                assert_eq!(found.map(|revoked| revoked.revocation_date()), scanned);
                assert!(found.is_none_or(|revoked| revoked.certificate_issuer() == issuer.as_ref()));
            }
        }
    }

    #[test]
    fn a_hundred_thousand_entries_take_eight_octets_each() {
        let serial = |n: u32| [&[0x40][..], &n.wrapping_mul(0x9e37_79b1).to_be_bytes(), &n.to_be_bytes()].concat();
        let crl = built((0..100_000).fold(builder(), |builder, n| {
            let serial = serial(n);
            builder.add_revoked(Revocation::new(&serial, date(2026, 1, 1)).with_reason(RevocationReason::Superseded))
        }));
        assert_eq!(crl.len(), 100_000);
        assert_eq!(size_of_val(crl.0.index().revoked.slots()), 800_000);
        for n in (0..100_000).step_by(997) {
            assert_eq!(crl.find(&serial(n), crl.issuer()).unwrap().reason(), Ok(Some(RevocationReason::Superseded)));
        }
        assert!(crl.find(&serial(100_000), crl.issuer()).is_none());
        assert_eq!(Crl::from_der(crl.as_der()).unwrap().len(), 100_000);
    }
}

mod types {
    use super::*;

    fn decode<'a, T: Decode<'a>>(der: &'a [u8]) -> Result<T, DecodeErrorKind> {
        let mut reader = Reader::new(der);
        let value = T::decode(&mut reader).and_then(|value| reader.finish().map(|()| value));
        value.map_err(|error| error.kind())
    }

    #[test]
    fn rfc5280_s5_2_3_numbers_up_to_20_octets_compare_by_value() {
        let number = |bytes: &[u8]| decode::<CrlNumber>(bytes);
        assert_eq!(number(&hex!("020100")), Ok(CrlNumber::from(0)));
        assert_eq!(number(&hex!("02020080")), Ok(CrlNumber::from(128)));
        assert_eq!(number(&hex!("0209 00ffffffffffffffff")), Ok(CrlNumber::from(u64::MAX)));
        let twenty = [&[2, 20, 0x7f][..], &[0xff; 19]].concat();
        assert_eq!(number(&twenty).unwrap().as_bytes(), &twenty[2..]);
        // 160 bits, and an octet for the sign.
        assert_eq!(number(&[&[2, 21, 0][..], &[0xff; 20]].concat()).unwrap().as_bytes(), [0xff; 20]);
        assert_eq!(number(&[&[2, 21, 1][..], &[0; 20]].concat()), Err(DecodeErrorKind::TooLarge));
        assert_eq!(number(&hex!("0201ff")), Err(DecodeErrorKind::InvalidValue));
        assert_eq!(number(&hex!("02020001")), Err(DecodeErrorKind::InvalidEncoding));

        let ordered = [
            CrlNumber::from(0),
            CrlNumber::from(255),
            CrlNumber::from(256),
            CrlNumber::from(u64::MAX),
            CrlNumber::from_bytes(&hex!("01 0000000000000000")).unwrap(),
            CrlNumber::from_bytes(&[0xff; 20]).unwrap(),
        ];
        assert!(ordered.is_sorted_by(|left, right| left < right));
        assert_eq!(CrlNumber::from_bytes(&[1; 21]), Err(BuildError::TooLong("cRLNumber")));
        assert_eq!(CrlNumber::from_bytes(&[&[0; 30][..], &[1]].concat()), Ok(CrlNumber::from(1)));
        assert_eq!(format!("{:?} {}", ordered[0], ordered[2]), "CrlNumber(0x00) 0x0100");
        for number in ordered {
            assert_eq!(decode(&Writer::encode(|w| number.encode(w))), Ok(number));
        }
    }

    #[test]
    fn rfc5280_s5_2_5_issuing_distribution_point() {
        let point =
            |bytes: &[u8]| decode::<IssuingDistributionPoint<'_>>(bytes).map(|point| (point.scope, point.indirect_crl));
        assert_eq!(point(&hex!("3000")), Err(DecodeErrorKind::Empty));
        assert_eq!(point(&hex!("3003 810100")), Err(DecodeErrorKind::Empty));
        assert_eq!(point(&hex!("3003 8101ff")), Ok((CrlScope::UserCertificates, false)));
        assert_eq!(point(&hex!("3003 820101")), Ok((CrlScope::CaCertificates, false)));
        assert_eq!(point(&hex!("3003 8401ff")), Ok((CrlScope::AnyCertificates, true)));
        assert_eq!(point(&hex!("3003 8501ff")), Ok((CrlScope::AttributeCertificates, false)));
        assert_eq!(point(&hex!("3006 8101ff 8201ff")), Err(DecodeErrorKind::InvalidValue));
        assert_eq!(point(&hex!("3006 8201ff 8501ff")), Err(DecodeErrorKind::InvalidValue));
        assert_eq!(point(&hex!("3006 8101ff 820100")), Ok((CrlScope::UserCertificates, false)));
        assert_eq!(point(&hex!("3006 8201ff 8101ff")), Err(DecodeErrorKind::TrailingData));
        assert_eq!(point(&hex!("3004 8102ffff")), Err(DecodeErrorKind::InvalidEncoding));
        assert_eq!(point(&hex!("3004 a002 a000")), Err(DecodeErrorKind::Empty));
        let reasons = decode::<IssuingDistributionPoint<'_>>(&hex!("3004 83020560")).unwrap().only_some_reasons;
        assert_eq!(reasons, Some(Reasons::KEY_COMPROMISE | Reasons::CA_COMPROMISE));
    }

    #[test]
    fn rfc5280_s4_2_1_13_reason_flags() {
        let read = |bytes: &[u8]| {
            Reader::new(bytes).any().and_then(|element| Reasons::from_element(&element)).map_err(|error| error.kind())
        };
        assert_eq!(read(&hex!("0303 077f80")), Ok(Reasons::ALL));
        // Bit 0 is not used, nor are those after bit 8.
        assert_eq!(read(&hex!("0303 00ffff")), Ok(Reasons::ALL));
        assert_eq!(read(&hex!("030100")), Ok(Reasons::NONE));
        assert_eq!(read(&hex!("03020780")), Ok(Reasons::NONE));
        assert_eq!(read(&hex!("0300")), Err(DecodeErrorKind::InvalidEncoding));

        let (some, other) =
            (Reasons::KEY_COMPROMISE | Reasons::SUPERSEDED, Reasons::SUPERSEDED | Reasons::AA_COMPROMISE);
        assert_eq!(some.intersection(other), Reasons::SUPERSEDED);
        assert_eq!(some.difference(other), Reasons::KEY_COMPROMISE);
        assert!(some.union(other).contains(some) && !some.contains(other));
        assert!(Reasons::NONE.is_empty() && Reasons::ALL.difference(Reasons::ALL).is_empty());
        assert_eq!(format!("{some:?}"), "Reasons(keyCompromise, superseded)");
        let every: Vec<_> = Reasons::ALL.to_string().split(", ").map(String::from).collect();
        assert_eq!(every.len(), 8);
        assert_eq!(Writer::encode(|w| Reasons::ALL.encode(Tag::BIT_STRING, w)), hex!("0303 077f80"));
    }

    #[test]
    fn rfc5280_s5_3_1_reasons() {
        // The numbers in the module of RFC 5280 appendix A.2.
        for (code, name) in [
            (0, "unspecified"),
            (1, "keyCompromise"),
            (2, "cACompromise"),
            (3, "affiliationChanged"),
            (4, "superseded"),
            (5, "cessationOfOperation"),
            (6, "certificateHold"),
            (8, "removeFromCRL"),
            (9, "privilegeWithdrawn"),
            (10, "aACompromise"),
        ] {
            let reason = RevocationReason::from_code(code).unwrap();
            assert_eq!((reason.code(), reason.to_string()), (code, name.into()));
            assert_eq!(decode(&Writer::encode(|w| reason.encode(w))), Ok(reason));
        }
        assert!([7, 11, 255].into_iter().all(|code| RevocationReason::from_code(code).is_none()));
    }
}

mod building {
    use super::*;

    #[test]
    fn what_is_built_is_read_back() {
        let names = Writer::encode(|w| w.sequence(|w| GeneralName::Uri("http://ca.example/").encode(w)));
        let names = GeneralNames::decode(&mut Reader::new(&names)).unwrap();
        let point = IssuingDistributionPoint::new(Some(DistributionPointName::FullName(names)))
            .with_scope(CrlScope::UserCertificates)
            .with_reasons(Reasons::KEY_COMPROMISE)
            .indirect();
        let other = common_name("other");
        let crl = built(
            builder()
                .with_issuing_distribution_point(&point)
                .with_freshest_crl(&["http://ca.example/delta"])
                .add_extension(oid::SHA256, Criticality::NonCritical, &[5, 0])
                .add_revoked(Revocation::new(&[1], date(2026, 1, 2)))
                .add_revoked(
                    Revocation::new(&[2], date(2051, 1, 3))
                        .with_reason(RevocationReason::KeyCompromise)
                        .with_invalidity_date(date(2025, 1, 1))
                        .with_certificate_issuer(other.as_ref()),
                )
                .add_revoked(Revocation::new(&[3], date(2026, 1, 4)).with_certificate_issuer(other.as_ref()))
                .add_revoked(Revocation::new(&[4], date(2026, 1, 4))),
        );
        assert_eq!(crl, Crl::from_der(crl.as_der()).unwrap());
        assert_eq!(
            (crl.version(), crl.this_update(), crl.next_update()),
            (2, date(2026, 1, 1), Some(date(2027, 1, 1)))
        );
        assert_eq!(crl.issuing_distribution_point(), Ok(Some(point)));
        assert!(crl.extension(oid::ISSUING_DISTRIBUTION_POINT).unwrap().critical);
        assert!(!crl.extension(oid::CRL_NUMBER).unwrap().critical);
        assert!(!crl.extension(oid::FRESHEST_CRL).unwrap().critical);
        assert_eq!(crl.crl_number(), Ok(Some(CrlNumber::from(7))));
        let revoked: Vec<_> = crl.revoked().collect();
        let counts: Vec<usize> = revoked.iter().map(|revoked| revoked.extensions().count()).collect();
        assert_eq!(counts, [0, 3, 0, 1]);
        assert!(revoked[1].extensions().map(|extension| extension.critical).eq([false, false, true]));
        assert_eq!(revoked[1].reason(), Ok(Some(RevocationReason::KeyCompromise)));
        assert_eq!(revoked[1].invalidity_date(), Ok(Some(date(2025, 1, 1))));
        assert_eq!(revoked[1].revocation_date(), date(2051, 1, 3));
        let issuers: Vec<_> = revoked.iter().map(|revoked| revoked.certificate_issuer().to_string()).collect();
        assert_eq!(issuers, ["CN=issuer", "CN=other", "CN=other", "CN=issuer"]);
    }

    #[test]
    fn rfc5280_s5_1_2_6_no_entry_no_list() {
        let crl = built(builder());
        let after_times = crl.tbs().windows(2).filter(|bytes| *bytes == [0x17, 0x0d]).count();
        assert_eq!(after_times, 2);
        let place = crl.tbs().windows(15).position(|bytes| bytes == NEXT_UPDATE).unwrap();
        assert_eq!(crl.tbs()[place + 15], 0xa0);
    }

    #[test]
    fn rfc5280_s5_2_4_delta_crls() {
        let removal = Revocation::new(&[1], date(2026, 1, 2)).with_reason(RevocationReason::RemoveFromCrl);
        let crl = built(builder().with_delta_base(CrlNumber::from(6)).add_revoked(removal));
        assert_eq!(crl.delta_crl_indicator(), Ok(Some(CrlNumber::from(6))));
        assert!(crl.extension(oid::DELTA_CRL_INDICATOR).unwrap().critical);
        assert_eq!(crl.revoked().next().unwrap().reason(), Ok(Some(RevocationReason::RemoveFromCrl)));

        assert_eq!(refused(builder().add_revoked(removal)), BuildError::InvalidValue("reasonCode"));
        let base = CrlNumber::from(7);
        assert_eq!(refused(builder().with_delta_base(base)), BuildError::InvalidValue("deltaCRLIndicator"));
        let delta = builder().with_delta_base(CrlNumber::from(6)).with_freshest_crl(&["http://ca.example/"]);
        assert_eq!(refused(delta), BuildError::InvalidValue("freshestCRL"));
        let unnumbered =
            CrlBuilder::new(common_name("issuer"), date(2026, 1, 1), date(2027, 1, 1)).with_delta_base(base);
        assert_eq!(refused(unnumbered), BuildError::Empty("cRLNumber"));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let empty = CrlBuilder::new(Name::empty(), date(2026, 1, 1), date(2027, 1, 1));
        assert_eq!(refused(empty), BuildError::Empty("issuer"));
        let backwards = CrlBuilder::new(common_name("issuer"), date(2027, 1, 1), date(2026, 1, 1));
        assert_eq!(refused(backwards), BuildError::InvalidValue("nextUpdate"));
        let nothing = IssuingDistributionPoint::new(None);
        let builder_with_nothing = builder().with_issuing_distribution_point(&nothing);
        assert_eq!(refused(builder_with_nothing), BuildError::Empty("issuingDistributionPoint"));
        for serial in [&[][..], &[0, 1], &[0xff, 0x80]] {
            let entry = Revocation::new(serial, date(2026, 1, 1));
            assert_eq!(refused(builder().add_revoked(entry)), BuildError::InvalidValue("userCertificate"));
        }
        let other = common_name("other");
        let entry = Revocation::new(&[1], date(2026, 1, 1));
        let foreign = entry.with_certificate_issuer(other.as_ref());
        assert_eq!(refused(builder().add_revoked(foreign)), BuildError::InvalidValue("certificateIssuer"));
        let nobody = entry.with_certificate_issuer(NameRef::EMPTY);
        assert_eq!(refused(builder().add_revoked(nobody)), BuildError::Empty("certificateIssuer"));
        let twice = builder().add_extension(oid::CRL_NUMBER, Criticality::NonCritical, &[2, 1, 1]);
        assert_eq!(refused(twice), BuildError::Duplicate(oid::CRL_NUMBER.into()));
        let not_der = builder().add_extension(oid::SHA256, Criticality::NonCritical, &[2, 1]);
        assert_eq!(refused(not_der), BuildError::InvalidValue("extnValue"));
        let many = (0..129_u8).fold(builder(), |builder, n| {
            builder.add_extension(
                Oid::from_bytes(&[0x2a, 0x81 + n / 100, n % 100]).unwrap(),
                Criticality::NonCritical,
                &[5, 0],
            )
        });
        let BuildError::Unreadable(error) = refused(many) else { panic!() };
        assert_eq!(error.kind(), DecodeErrorKind::TooMany);
    }

    #[test]
    fn too_long_a_list_is_refused() {
        // One serial number fills half of the largest CRL.
        let serial = vec![0x40; Crl::MAX_SIZE / 2];
        let long = builder().add_revoked(Revocation::new(&serial, date(2026, 1, 1)));
        assert_eq!(refused(long), BuildError::TooLong("tbsCertList"));
    }

    #[test]
    fn the_authority_is_named_by_its_key_identifier() {
        use crate::crypto::CryptoProvider;

        let nothing = CryptoProvider {
            verifiers: &[],
            digests: &[],
            ciphers: &[],
            authenticated_ciphers: &[],
            key_transports: &[],
            key_derivations: &[],
        };
        let issuer = Certificate::from_der(include_bytes!("../../tests/data/x509/version-1.der")).unwrap();
        assert_eq!(refused(builder().with_authority(&issuer, &nothing)), BuildError::MissingDigest);
        let key = issuer.public_key().to_owned();
        assert_eq!(refused(builder().with_authority_key(&key, &nothing)), BuildError::MissingDigest);
    }

    #[cfg(feature = "rustcrypto")]
    #[test]
    fn rfc5280_s5_2_1_the_authority_key_identifier_is_that_of_the_certificate() {
        use crate::crypto::rustcrypto::PROVIDER;

        let ca = Certificate::from_der(CA).unwrap();
        let theirs = Crl::from_der(FULL).unwrap();
        let theirs = theirs.authority_key_identifier().unwrap();
        assert_eq!(built(builder().with_authority(&ca, &PROVIDER)).authority_key_identifier(), Ok(theirs));
        let key = ca.public_key().to_owned();
        assert_eq!(built(builder().with_authority_key(&key, &PROVIDER)).authority_key_identifier(), Ok(theirs));
    }
}
