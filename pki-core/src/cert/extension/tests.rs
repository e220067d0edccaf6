//! Extensions. The fixture was made by OpenSSL from `every-extension.cnf`, which says what is in it.

use alloc::{format, string::ToString, vec::Vec};

use hex_literal::hex;

use super::*;
use crate::{
    cert::Certificate,
    crl::Reasons,
    der::{Tag, Writer},
    error::DecodeErrorKind,
    name::GeneralName,
};

const EVERY_EXTENSION: &[u8] = include_bytes!("../../../tests/data/x509/every-extension.der");

fn fixture() -> Certificate {
    Certificate::from_der(EVERY_EXTENSION).unwrap()
}

fn kind<'a, T: Decode<'a>>(der: &'a [u8]) -> DecodeErrorKind {
    let mut reader = Reader::new(der);
    T::decode(&mut reader).and_then(|_| reader.finish()).unwrap_err().kind()
}

fn oid(bytes: &[u8]) -> Oid<'_> {
    Oid::from_bytes(bytes).unwrap()
}

#[test]
fn all_seventeen_are_there() {
    let certificate = fixture();
    assert_eq!(certificate.extensions().len(), 17);
    let critical = certificate.extensions().iter().filter(|extension| extension.critical);
    assert!(critical.map(|extension| extension.oid).eq([
        oid::KEY_USAGE,
        oid::BASIC_CONSTRAINTS,
        oid::NAME_CONSTRAINTS
    ]));
    assert_eq!(certificate.extension(oid::KEY_USAGE).unwrap().value, hex!("030307a880"));
    assert_eq!(certificate.extension(oid::CLIENT_AUTH), None);
}

#[test]
fn rfc5280_s4_2_1_1_authority_key_identifier() {
    let certificate = fixture();
    let id = certificate.authority_key_identifier().unwrap().unwrap();
    assert_eq!(id.key_identifier, None);
    assert_eq!(id.serial_number, Some(certificate.serial_number()));
    assert!(id.issuer.unwrap().contains(&GeneralName::DirectoryName(certificate.issuer())));

    let by_key = hex!("3004 8002 abcd");
    let id = AuthorityKeyIdentifier::decode(&mut Reader::new(&by_key)).unwrap();
    assert_eq!(id.key_identifier, Some(&[0xab, 0xcd][..]));
    assert!(AuthorityKeyIdentifier::decode(&mut Reader::new(&hex!("3000"))).is_ok());
    assert_eq!(kind::<AuthorityKeyIdentifier<'_>>(&hex!("3002 a100")), DecodeErrorKind::Empty);
    assert_eq!(kind::<AuthorityKeyIdentifier<'_>>(&hex!("3002 8200")), DecodeErrorKind::InvalidEncoding);
    assert_eq!(kind::<AuthorityKeyIdentifier<'_>>(&hex!("3002 8300")), DecodeErrorKind::TrailingData);
}

#[test]
fn rfc5280_s4_2_1_2_subject_key_identifier() {
    let certificate = fixture();
    let id = certificate.subject_key_identifier().unwrap().unwrap();
    assert_eq!(id.as_bytes().len(), 20);
    #[cfg(feature = "rustcrypto")]
    {
        let expected = certificate.public_key().key_identifier(&crate::crypto::rustcrypto::PROVIDER).unwrap();
        assert_eq!(id.as_bytes(), expected.as_bytes());
    }
    assert_eq!(kind::<SubjectKeyIdentifier<'_>>(&hex!("0400")), DecodeErrorKind::Empty);
}

#[test]
fn rfc5280_s4_2_1_3_key_usage() {
    let usage = fixture().key_usage().unwrap().unwrap();
    let expected =
        KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT | KeyUsage::KEY_AGREEMENT | KeyUsage::DECIPHER_ONLY;
    assert_eq!(usage, expected);
    assert_eq!(usage.to_string(), "digitalSignature, keyEncipherment, keyAgreement, decipherOnly");
    assert!(usage.contains(KeyUsage::DIGITAL_SIGNATURE) && !usage.contains(KeyUsage::CRL_SIGN));
    assert!(usage.intersects(KeyUsage::CRL_SIGN | KeyUsage::KEY_AGREEMENT) && !usage.intersects(KeyUsage::CRL_SIGN));
    assert_eq!(Writer::encode(|w| usage.encode(w)), hex!("030307a880"));
    assert_eq!(format!("{:?}", KeyUsage::CRL_SIGN), "KeyUsage(cRLSign)");
}

#[test]
fn rfc5280_s4_2_1_3_at_least_one_bit() {
    for empty in [&hex!("030100")[..], &hex!("03020000"), &hex!("0303060040")] {
        assert_eq!(kind::<KeyUsage>(empty), DecodeErrorKind::Empty);
    }
    assert_eq!(kind::<KeyUsage>(&hex!("0300")), DecodeErrorKind::InvalidEncoding);
    // Trailing zero bits are not DER, and common.
    assert_eq!(
        KeyUsage::decode(&mut Reader::new(&hex!("030200a0"))).unwrap().to_string(),
        "digitalSignature, keyEncipherment"
    );
}

#[test]
fn rfc5280_s4_2_1_4_certificate_policies() {
    let certificate = fixture();
    let policies: Vec<_> = certificate.certificate_policies().unwrap().unwrap().iter().collect();
    assert_eq!(
        policies.iter().map(|p| p.policy.to_string()).collect::<Vec<_>>(),
        ["1.2.3.4", "2.5.29.32.0", "1.2.3.6"]
    );
    assert_eq!(policies[0].qualifiers, None);
    // SEQUENCE { SEQUENCE { id-qt-cps, IA5String } }
    let qualifiers = policies[2].qualifiers.unwrap();
    assert!(qualifiers.ends_with(b"http://cps.example/") && qualifiers[0] == 0x30);
    assert_eq!(kind::<SequenceOf<'_, PolicyInformation<'_>>>(&hex!("3000")), DecodeErrorKind::Empty);
    assert_eq!(kind::<PolicyInformation<'_>>(&hex!("3006 06022a03 3000")), DecodeErrorKind::Empty);
}

#[test]
fn rfc5280_s4_2_1_5_policy_mappings() {
    let certificate = fixture();
    let mappings: Vec<_> = certificate.policy_mappings().unwrap().unwrap().iter().collect();
    assert_eq!(mappings.len(), 1);
    assert_eq!(mappings[0].issuer_domain_policy, oid(&hex!("2a0304")));
    assert_eq!(mappings[0].subject_domain_policy, oid(&hex!("2a0305")));
    assert_eq!(kind::<SequenceOf<'_, PolicyMapping<'_>>>(&hex!("3000")), DecodeErrorKind::Empty);
}

#[test]
fn rfc5280_s4_2_1_6_subject_alt_name() {
    let certificate = fixture();
    let names: Vec<_> = certificate.subject_alt_name().unwrap().unwrap().iter().collect();
    assert_eq!(names.len(), 8);
    assert_eq!(names[0].upn().unwrap(), "user@corp.example");
    assert_eq!(names[1], GeneralName::Rfc822Name("user@example.org"));
    assert_eq!(names[2], GeneralName::DnsName("host.example"));
    assert!(matches!(names[3], GeneralName::DirectoryName(name) if name.to_string() == "CN=directory name"));
    assert_eq!(names[4], GeneralName::Uri("https://host.example/"));
    assert_eq!(names[5].ip_address().unwrap().to_string(), "192.0.2.7");
    assert_eq!(names[6].ip_address().unwrap().to_string(), "2001:db8::7");
    assert_eq!(names[7], GeneralName::RegisteredId(oid(&hex!("2a0304"))));
}

#[test]
fn rfc5280_s4_2_1_7_issuer_alt_name() {
    assert!(fixture().issuer_alt_name().unwrap().unwrap().iter().eq([GeneralName::DnsName("issuer.example")]));
}

#[test]
fn rfc5280_s4_2_1_8_subject_directory_attributes() {
    let certificate = fixture();
    let attributes: Vec<_> = certificate.subject_directory_attributes().unwrap().unwrap().iter().collect();
    assert_eq!(attributes.len(), 1);
    assert_eq!(attributes[0].oid, oid::PSEUDONYM);
    assert_eq!(attributes[0].values().next().unwrap().raw(), b"\x0c\x06nobody");
}

#[test]
fn rfc5280_s4_2_1_9_basic_constraints() {
    assert_eq!(fixture().basic_constraints(), Ok(Some(BasicConstraints { is_ca: true, path_length: Some(3) })));
    let read = |der: &[u8]| BasicConstraints::decode(&mut Reader::new(der));
    assert_eq!(read(&hex!("3000")), Ok(BasicConstraints::END_ENTITY));
    assert_eq!(read(&hex!("3003 010100")), Ok(BasicConstraints::END_ENTITY));
    assert_eq!(read(&hex!("3003 010101")), Ok(BasicConstraints::CA));
    assert_eq!(kind::<BasicConstraints>(&hex!("3006 0101ff 0201ff")), DecodeErrorKind::InvalidValue);
    assert_eq!(kind::<BasicConstraints>(&hex!("3002 0100")), DecodeErrorKind::InvalidEncoding);
    assert_eq!(kind::<BasicConstraints>(b""), DecodeErrorKind::UnexpectedTag { expected: Tag::SEQUENCE, found: None });
    for constraints in
        [BasicConstraints::CA, BasicConstraints::END_ENTITY, BasicConstraints { is_ca: true, path_length: Some(0) }]
    {
        assert_eq!(read(&Writer::encode(|w| constraints.encode(w))), Ok(constraints));
    }
}

#[test]
fn rfc5280_s4_2_1_10_name_constraints() {
    let certificate = fixture();
    let constraints = certificate.name_constraints().unwrap().unwrap();
    let permitted: Vec<_> = constraints.permitted.unwrap().iter().map(|subtree| subtree.base).collect();
    assert_eq!(permitted, [GeneralName::DnsName(".example"), GeneralName::IpAddress(&hex!("c0000200 ffffff00"))]);
    let excluded: Vec<_> = constraints.excluded.unwrap().iter().collect();
    assert_eq!(excluded[0].base, GeneralName::Rfc822Name("example.org"));
    assert_eq!((excluded[0].minimum, excluded[0].maximum), (0, None));
    assert_eq!(kind::<NameConstraints<'_>>(&hex!("3000")), DecodeErrorKind::Empty);
    assert_eq!(kind::<NameConstraints<'_>>(&hex!("3002 a000")), DecodeErrorKind::Empty);
    let bounded = hex!("3009 820161 800101 810102");
    let subtree = GeneralSubtree::decode(&mut Reader::new(&bounded)).unwrap();
    assert_eq!((subtree.minimum, subtree.maximum), (1, Some(2)));
}

#[test]
fn rfc5280_s4_2_1_11_policy_constraints() {
    let constraints = fixture().policy_constraints().unwrap().unwrap();
    assert_eq!((constraints.require_explicit_policy, constraints.inhibit_policy_mapping), (Some(3), Some(0)));
    assert_eq!(kind::<PolicyConstraints>(&hex!("3000")), DecodeErrorKind::Empty);
}

#[test]
fn rfc5280_s4_2_1_12_extended_key_usage() {
    let certificate = fixture();
    let usage = certificate.extended_key_usage().unwrap().unwrap();
    assert!(usage.iter().eq([oid::CLIENT_AUTH, oid::SERVER_AUTH, oid::CERTIFICATE_REQUEST_AGENT]));
    assert!(usage.contains(&oid::SERVER_AUTH) && !usage.contains(&oid::OCSP_SIGNING));
    assert_eq!(kind::<SequenceOf<'_, Oid<'_>>>(&hex!("3000")), DecodeErrorKind::Empty);
}

#[test]
fn rfc5280_s4_2_1_13_crl_distribution_points() {
    let certificate = fixture();
    let points: Vec<_> = certificate.crl_distribution_points().unwrap().unwrap().iter().collect();
    assert_eq!(points.len(), 1);
    let Some(DistributionPointName::FullName(names)) = points[0].name else { panic!("{points:?}") };
    assert!(names.iter().eq([GeneralName::Uri("http://crl.example/ca.crl")]));
    // ReasonFlags: keyCompromise (1), cACompromise (2).
    assert_eq!(points[0].reasons, Some(Reasons::KEY_COMPROMISE | Reasons::CA_COMPROMISE));
    assert!(matches!(points[0].crl_issuer.unwrap().iter().next(), Some(GeneralName::DirectoryName(_))));

    assert_eq!(kind::<SequenceOf<'_, DistributionPoint<'_>>>(&hex!("3000")), DecodeErrorKind::Empty);
    assert_eq!(kind::<DistributionPoint<'_>>(&hex!("3000")), DecodeErrorKind::Empty);
    assert_eq!(kind::<DistributionPoint<'_>>(&hex!("3004 a002 a000")), DecodeErrorKind::Empty);
    assert_eq!(kind::<DistributionPoint<'_>>(&hex!("3004 a002 a100")), DecodeErrorKind::Empty);
    let relative = hex!("3010 a00e a10c 300a 0603550403 0c03616263");
    let point = DistributionPoint::decode(&mut Reader::new(&relative)).unwrap();
    assert_eq!(point.name, Some(DistributionPointName::RelativeToCrlIssuer(&relative[6..])));
}

#[test]
fn rfc5280_s4_2_1_14_inhibit_any_policy() {
    assert_eq!(fixture().inhibit_any_policy(), Ok(Some(2)));
}

#[test]
fn rfc5280_s4_2_1_15_freshest_crl() {
    assert_eq!(fixture().freshest_crl().unwrap().unwrap().iter().count(), 1);
}

#[test]
fn rfc5280_s4_2_2_1_authority_info_access() {
    let certificate = fixture();
    let access: Vec<_> = certificate.authority_info_access().unwrap().unwrap().iter().collect();
    assert_eq!(access[0].method, oid::AD_OCSP);
    assert_eq!(access[0].location, GeneralName::Uri("http://ocsp.example/"));
    assert_eq!(access[1].method, oid::AD_CA_ISSUERS);
    assert_eq!(kind::<SequenceOf<'_, AccessDescription<'_>>>(&hex!("3000")), DecodeErrorKind::Empty);
}

#[test]
fn rfc5280_s4_2_2_2_subject_info_access() {
    let certificate = fixture();
    let access: Vec<_> = certificate.subject_info_access().unwrap().unwrap().iter().collect();
    assert_eq!((access.len(), access[0].method), (1, oid::AD_CA_REPOSITORY));
}
