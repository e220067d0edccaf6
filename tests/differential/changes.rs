//! The changes that mutations are made of.

use conformance::{
    TestRandom,
    chain::{self, Draft},
    fixtures,
};
use pki_core::{
    CertificateBuilder, GeneralName, GeneralNamesBuilder, Name, NameBuilder, Oid, Profile,
    der::{Reader, Tag, Writer},
    extension::BasicConstraints,
    oid,
};

use super::plan::{Part, Place, Plan, TRUE, Tbs, extension};

#[derive(Clone, Copy)]
pub enum Side {
    Permitted,
    Excluded,
}

pub fn extend(part: &mut Part, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder + 'static) {
    part.extend.push(Box::new(change));
}

pub fn surgery(part: &mut Part, change: impl FnOnce(&mut Tbs) + 'static) {
    part.surgery.push(Box::new(change));
}

pub fn add(plan: &mut Plan, place: Place, oid: Oid<'static>, critical: &'static [u8], value: Vec<u8>) {
    surgery(plan.at(place), move |tbs| tbs.set_extension(extension(oid, critical, &value)));
}

pub fn basic_constraints(plan: &mut Plan, place: Place, value: &'static [u8]) {
    add(plan, place, oid::BASIC_CONSTRAINTS, TRUE, value.to_vec());
}

pub fn times(plan: &mut Plan, place: Place, tag: u8, not_before: &'static str, not_after: &'static str) {
    surgery(plan.at(place), move |tbs| {
        let time = |text: &str| [&[tag, u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
        tbs.validity =
            Writer::encode(|w| w.sequence(|w| [not_before, not_after].iter().for_each(|text| w.raw(&time(text)))));
    });
}

/// The lower CA has another key, certified by its old one; the leaf is below that.
pub fn roll_over(plan: &mut Plan) {
    plan.pool.push(Box::new(|pool| {
        let draft = || Draft::by("upper", "lower").with_key(chain::key("old key")).with_profile(Profile::ROOT_CA);
        let new = draft().into_ca(|b| b).draft("lower").with_profile(Profile::ROOT_CA).issue(|b| b);
        let as_planned = std::mem::replace(&mut pool[1], new.as_der().to_vec());
        // The constraints that were planned for it are those of the old key now.
        let constrained = pki_core::Certificate::from_der(&as_planned).expect("a certificate").basic_constraints();
        let constraints = constrained.expect("readable").unwrap_or(BasicConstraints::CA);
        pool.push(draft().issue(|b| b.with_basic_constraints(constraints)).as_der().to_vec());
    }));
}

/// Another certificate for the same CA.
pub fn besides(plan: &mut Plan, place: Place, change: fn(Draft) -> Draft) {
    plan.pool.push(Box::new(move |pool| {
        let above = if place == Place::Upper { "root" } else { "upper" };
        let draft = Draft::by(above, place.name()).with_profile(Profile::ROOT_CA);
        pool.insert(0, change(draft).issue(|b| b.with_inhibit_any_policy(9)).as_der().to_vec());
    }));
}

pub type Extend = Box<dyn FnOnce(CertificateBuilder) -> CertificateBuilder>;

pub fn alternative(add: fn(GeneralNamesBuilder) -> GeneralNamesBuilder) -> Extend {
    Box::new(move |builder| builder.with_subject_alt_name(add(GeneralNamesBuilder::new())))
}

pub fn subtrees(side: Side, base: GeneralName<'_>) -> Vec<u8> {
    let number = if matches!(side, Side::Permitted) { 0 } else { 1 };
    Writer::encode(|w| {
        w.sequence(|w| w.constructed(Tag::context_constructed(number), |w| w.sequence(|w| base.encode(w))));
    })
}

pub fn raw_constraint(plan: &mut Plan, place: Place, side: Side, base: GeneralName<'_>) {
    let value = subtrees(side, base);
    add(plan, place, oid::NAME_CONSTRAINTS, TRUE, value);
}

pub fn pick<'a>(from: &[&'a str], rng: &mut TestRandom) -> &'a str {
    from[rng.below(from.len())]
}

pub fn constrain_dns(plan: &mut Plan, place: Place, rng: &mut TestRandom, side: Side) {
    let bases = [
        "example.com",
        "leaf.example.com",
        "a.leaf.example.com",
        "other.example.com",
        "example.org",
        "com",
        "EXAMPLE.Com",
        "xample.com",
        "",
    ];
    raw_constraint(plan, place, side, GeneralName::DnsName(pick(&bases, rng)));
}

pub fn odd_dns(plan: &mut Plan, place: Place, rng: &mut TestRandom, side: Side) {
    let bases = [
        ".example.com",
        "*.example.com",
        "example.com.",
        ".",
        "exa mple.com",
        "-example.com",
        "example..com",
        "example_x.com",
    ];
    raw_constraint(plan, place, side, GeneralName::DnsName(pick(&bases, rng)));
}

pub fn constrain_address(plan: &mut Plan, place: Place, rng: &mut TestRandom, side: Side) {
    plan.at(Place::Leaf).extend.push(alternative(|names| names.add_ip_address([192, 0, 2, 7].into())));
    let bases: [&[u8]; 6] = [
        &[192, 0, 2, 0, 255, 255, 255, 0],
        &[192, 0, 3, 0, 255, 255, 255, 0],
        &[0; 8],
        &[192, 0, 2, 7, 255, 255, 255, 255],
        &[192, 0, 2, 9, 255, 255, 255, 0],
        &[0; 32],
    ];
    raw_constraint(plan, place, side, GeneralName::IpAddress(bases[rng.below(bases.len())]));
}

pub fn constrain_mail(plan: &mut Plan, place: Place, rng: &mut TestRandom, side: Side) {
    plan.at(Place::Leaf).extend.push(alternative(|names| names.add_email_address("Jane@host.example.com")));
    let bases = [
        "host.example.com",
        "example.com",
        ".example.com",
        "Jane@host.example.com",
        "jane@host.example.com",
        "joe@host.example.com",
        "HOST.example.com",
    ];
    raw_constraint(plan, place, side, GeneralName::Rfc822Name(pick(&bases, rng)));
}

pub fn constrain_uri(plan: &mut Plan, place: Place, rng: &mut TestRandom, side: Side) {
    let uris =
        ["https://host.example.com/path", "https://user@HOST.example.com:8443", "urn:example:a", "https://192.0.2.7/"];
    let uri = pick(&uris, rng);
    extend(plan.at(Place::Leaf), move |b| {
        b.with_subject_alt_name(GeneralNamesBuilder::new().add_name(GeneralName::Uri(uri)))
    });
    let bases = ["host.example.com", ".example.com", "example.com", "example.org", ".host.example.com"];
    raw_constraint(plan, place, side, GeneralName::Uri(pick(&bases, rng)));
}

pub fn constrain_directory(plan: &mut Plan, place: Place, rng: &mut TestRandom, side: Side) {
    let organization = |name: &str| NameBuilder::new().add_organization(name).build().expect("a name");
    let bases: [Name; 6] = [
        organization("Example"),
        organization("EXAMPLE"),
        organization("Elsewhere"),
        fixtures::name("leaf"),
        fixtures::name("lower"),
        NameBuilder::new().add_common_name("leaf").build().expect("a name"),
    ];
    let base = &bases[rng.below(bases.len())];
    raw_constraint(plan, place, side, GeneralName::DirectoryName(base.as_ref()));
}

/// Spells the common name of the issuer otherwise.
pub fn issuer(plan: &mut Plan, place: Place, spell: fn(&str) -> String) {
    let above = Place::ALL[Place::ALL.iter().position(|other| *other == place).expect("a place") - 1];
    surgery(plan.at(place), move |tbs| tbs.issuer = fixtures::name(&spell(above.name())).as_der().to_vec());
}

/// Writes the common name of the issuer in another type of string; the builder writes UTF8String.
pub fn retype_issuer(plan: &mut Plan, place: Place, tag: u8) {
    surgery(plan.at(place), move |tbs| {
        let mut names = Reader::new(&tbs.issuer).sequence().expect("a name");
        let mut retyped = Vec::new();
        while !names.is_empty() {
            let mut attribute = names.nested(Tag::SET).and_then(|mut set| set.sequence()).expect("an attribute");
            let oid = attribute.oid().expect("a type");
            let text = attribute.any().expect("a value").content();
            let octets = if tag == 0x1e { text.iter().flat_map(|octet| [0, *octet]).collect() } else { text.to_vec() };
            retyped.push(Writer::encode(|w| {
                w.constructed(Tag::SET, |w| {
                    w.sequence(|w| {
                        w.oid(oid);
                        w.raw(&[&[tag, u8::try_from(octets.len()).expect("short")], octets.as_slice()].concat());
                    });
                });
            }));
        }
        tbs.issuer = Writer::encode(|w| w.sequence(|w| retyped.iter().for_each(|attribute| w.raw(attribute))));
    });
}

pub fn shuffle<T>(items: &mut [T], rng: &mut TestRandom) {
    for last in (1..items.len()).rev() {
        items.swap(last, rng.below(last + 1));
    }
}

pub const fn identifier(bytes: &'static [u8]) -> Oid<'static> {
    match Oid::from_bytes(bytes) {
        Some(oid) => oid,
        None => panic!("an object identifier"),
    }
}

/// 1.2.4.1 and 1.2.4.2
pub const PRIVATE: Oid<'static> = identifier(&[0x2a, 4, 1]);
pub const OTHER: Oid<'static> = identifier(&[0x2a, 4, 2]);
