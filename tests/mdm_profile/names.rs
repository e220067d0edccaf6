//! Properties of templates and expectations.

use mdm_proto::{
    csr_policy::{Expectation, ExpectedKey, Field, FieldRule, NameComparison},
    profile::{KeyAlgorithm, NameTemplate, Template, Variable, Variables},
};
use pki_core::{
    GeneralName, GeneralNames, GeneralNamesBuilder, Name,
    der::{Decode as _, Reader},
};
use proptest::{collection::vec, prelude::*};
use scep::server::Names;

/// What names can carry in a commonName: characters that mean something to parsers more often than others.
fn value() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        3 => prop::sample::select(vec![',', '+', '=', '"', '\\', '/', '%', '#', ';', '<', '>', ' ', '0', 'C', 'N']),
        1 => any::<char>().prop_filter("no control character", |c| !c.is_control()),
    ];
    vec(character, 1..32).prop_map(String::from_iter)
}

fn attributes(name: &Name) -> Vec<(String, String)> {
    let attributes = name.as_ref().attributes();
    attributes.map(|it| (it.oid.to_string(), it.to_text().unwrap().into_owned())).collect()
}

proptest! {
    #[test]
    fn a_value_is_the_value_of_its_attribute(value in value(), slashes in any::<bool>()) {
        let template = if slashes { "/O=x/CN=%UserName%" } else { "CN=%UserName%,O=x" };
        let variables = Variables::new().with(Variable::UserName, value.as_str());
        let name = NameTemplate::parse(template).unwrap().expand(&variables).unwrap();
        prop_assert_eq!(attributes(&name), [("2.5.4.10".into(), "x".into()), ("2.5.4.3".into(), value)]);
    }

    /// What names print as (RFC 4514) is read as the same name.
    #[test]
    fn a_printed_name_is_read_as_the_same(one in value(), other in value()) {
        let variables = Variables::new().with(Variable::UserName, one).with(Variable::DeviceId, other);
        let template = NameTemplate::parse("CN=%UserName%+UID=%DeviceId%,O=%DeviceId%").unwrap();
        let name = template.expand(&variables).unwrap();
        let directory = Variables::new().with(Variable::UserDistinguishedName, name.to_string());
        let again = NameTemplate::parse("%UserDistinguishedName%").unwrap().expand(&directory).unwrap();
        prop_assert_eq!(again, name);
    }

    #[test]
    fn what_is_read_is_printed_and_read_again(text in "[ -~]{0,40}|(CN|O|/O|,|\\+|=|%UserName%|%%|\\\\|\"|x| ){0,12}") {
        if let Ok(template) = NameTemplate::parse(&text) {
            let printed = template.to_string();
            prop_assert_eq!(NameTemplate::parse(&printed), Ok(template), "{}", printed);
        }
        if let Ok(template) = Template::parse(&text) {
            prop_assert_eq!(Template::parse(&template.to_string()), Ok(template));
        }
    }

    /// Names in any order, as often as they like; one more or one less is seen.
    #[test]
    fn names_compare_as_sets(hosts in vec(0_u8..6, 1..8), others in vec(0_u8..6, 1..8)) {
        let key = conformance::fixtures::ec_key();
        let names = |hosts: &[u8]| hosts.iter().fold(GeneralNamesBuilder::new(), |names, host| {
            names.add_dns_name(&format!("h{host}.example.com"))
        });
        let expected = Names::new(conformance::fixtures::name("x")).with_alternative(names(&hosts)).unwrap();
        let builder = pki_core::CsrBuilder::new(
            conformance::fixtures::name("x"),
            pki_core::crypto::Signer::public_key(key).clone(),
        );
        let csr = conformance::fixtures::sign_csr(&builder.with_subject_alt_name(names(&others)), key);
        let same = others.iter().collect::<std::collections::BTreeSet<_>>() == hosts.iter().collect();
        for comparison in [NameComparison::Normalised, NameComparison::Raw] {
            let key = ExpectedKey::Algorithm(KeyAlgorithm::Ec(mdm_proto::profile::Curve::P256));
            let expectation = Expectation::new(expected.clone(), key).with_comparison(comparison);
            prop_assert_eq!(expectation.check(&csr).is_ok(), same);
            let kept = Expectation::from_der(&expectation.to_der()).unwrap();
            prop_assert_eq!(kept.check(&csr).is_ok(), same);
            prop_assert_eq!(kept, expectation);
        }
    }

    /// Whatever is read as a record is written as it was.
    #[test]
    fn a_damaged_record_is_refused_or_another(place in 0_usize..200, octet: u8) {
        let names = GeneralNamesBuilder::new().add_upn("jane@corp").add_dns_name("x.example.com");
        let names = Names::new(conformance::fixtures::name("x")).with_alternative(names).unwrap();
        let key = ExpectedKey::Algorithm(KeyAlgorithm::Rsa { bits: 2048 });
        let expectation = Expectation::new(names, key)
            .with_extended_key_usage(&[pki_core::oid::CLIENT_AUTH])
            .with_rule(Field::Template, FieldRule::NotCompared);
        let mut der = expectation.to_der();
        let place = place % der.len();
        let changed = der[place] != octet;
        der[place] = octet;
        if let Ok(read) = Expectation::from_der(&der) {
            prop_assert_eq!(read.to_der(), der);
            prop_assert_eq!(read != expectation, changed);
        }
    }
}

#[test]
fn the_names_of_a_profile_are_read_back_as_they_were_asked_for() {
    let der = GeneralNamesBuilder::new().add_upn("jane@corp").build().unwrap();
    let names = GeneralNames::decode(&mut Reader::new(&der)).unwrap();
    assert!(names.iter().all(|name| matches!(name, GeneralName::OtherName { .. })));
}
