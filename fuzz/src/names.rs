//! Name constraints and the names of peers, through a CA that carries the ones and a certificate with the others.

use std::net::{IpAddr, Ipv4Addr};

use pki_core::{
    Certificate, CertificateBuilder, GeneralName, Oid, SerialNumber, Validity,
    algorithm::SignatureAlgorithm,
    chain::{ChainValidator, NameRefused, PeerName, Pool, Purpose, TrustAnchor, Violation},
    der::{Tag, Writer},
    extension::{BasicConstraints, Criticality},
    oid,
};

use super::{
    fake,
    fixture::{self, NOW, World},
    operations::Operations,
};

/// Most names of each kind.
const MOST: usize = 6;

/// Names and constraints: each a kind and a text. Or raw octets for both extensions.
pub fn name_constraints(data: &[u8]) {
    let mut input = Operations::new(data);
    if input.octet() & 1 == 1 {
        let (constraints, names) = (input.octets(), input.long_octets());
        if let Some(verdict) = verdict(constraints, names) {
            shown(&verdict);
        }
        return;
    }
    let mut all = Names::default();
    while !input.is_empty() {
        let kind = input.octet();
        let name = name(kind >> 2, &mut input);
        let list = match kind & 3 {
            0 | 1 => &mut all.presented,
            2 => &mut all.permitted,
            _ => &mut all.excluded,
        };
        if list.len() < MOST {
            list.push(name);
        }
    }
    all.check();
}

/// Names as DER, each a `GeneralName`.
#[derive(Default)]
struct Names {
    presented: Vec<Encoded>,
    permitted: Vec<Encoded>,
    excluded: Vec<Encoded>,
}

/// A name, which is also the base of a subtree.
#[derive(Clone)]
struct Encoded {
    der: Vec<u8>,
    /// The same but for addresses, which have a mask.
    base: Vec<u8>,
    text: String,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Dns,
    Mail,
    Uri,
    Address,
    Directory,
    Upn,
    Other,
}

impl Names {
    fn check(&self) {
        let Self { presented, permitted, excluded } = self;
        let Some(whole) = judged(presented, permitted, excluded) else { return };
        shown(&whole);

        // Order has no meaning.
        let reversed = |list: &[Encoded]| list.iter().rev().cloned().collect::<Vec<_>>();
        let backwards = judged(&reversed(presented), &reversed(permitted), &reversed(excluded));
        assert_eq!(backwards.map(|verdict| verdict.is_ok()), Some(whole.is_ok()));

        // Whatever is excluded stays so.
        let holds = |presented: &[Encoded], permitted: &[Encoded], excluded: &[Encoded]| {
            judged(presented, permitted, excluded).is_some_and(|verdict| verdict.is_ok())
        };
        assert_eq!(whole.is_ok(), holds(presented, permitted, &[]) && holds(presented, &[], excluded));

        // Each name by itself, below each excluded subtree by itself.
        let singly = |name: &Encoded| holds(std::slice::from_ref(name), permitted, excluded);
        if !presented.is_empty() {
            assert_eq!(whole.is_ok(), presented.iter().all(singly));
        }
        for name in presented {
            let name = std::slice::from_ref(name);
            let apart = excluded.iter().all(|subtree| holds(name, &[], std::slice::from_ref(subtree)));
            assert_eq!(holds(name, &[], excluded), apart);
            for subtree in permitted.iter().chain(excluded) {
                both_ways(&name[0], subtree);
            }
        }
        self.peers();
    }

    /// Names that somebody looks for, which are the same as those above.
    fn peers(&self) {
        let Some(certificate) = presenting(&sequence(&self.presented)) else { return };
        for Encoded { text, form, .. } in self.presented.iter().chain(&self.permitted).chain(&self.excluded) {
            let mut wanted = vec![PeerName::Dns(text), PeerName::Email(text), PeerName::Upn(text), PeerName::Uri(text)];
            wanted.extend(text.parse::<IpAddr>().map(PeerName::Ip));
            for name in wanted {
                assert!(!name.to_string().is_empty());
                let found = name.matches(&certificate) == Ok(true);
                // Whoever has the name has it in one of those in the certificate.
                let alone = |other: &Encoded| {
                    presenting(&sequence(std::slice::from_ref(other)))
                        .is_some_and(|certificate| name.matches(&certificate) == Ok(true))
                };
                assert_eq!(found, self.presented.iter().any(alone), "{name}");
            }
            if *form == Form::Dns {
                self.host(text);
            }
        }
    }

    /// A host that a certificate stands for by a wildcard is where the wildcard may be.
    fn host(&self, host: &str) {
        // A dot at the end is of no meaning in what is looked for, and not allowed in a certificate.
        let exactly = dns(host.strip_suffix('.').unwrap_or(host));
        for name in self.presented.iter().filter(|name| name.form == Form::Dns) {
            let alone = std::slice::from_ref(name);
            let Some(certificate) = presenting(&sequence(alone)) else { continue };
            if PeerName::Dns(host).matches(&certificate) != Ok(true) {
                continue;
            }
            for domain in self.permitted.iter().chain(&self.excluded) {
                let domain = std::slice::from_ref(domain);
                let [whole, single] = [alone, std::slice::from_ref(&exactly)].map(|names| {
                    [judged(names, domain, &[]), judged(names, &[], domain)]
                        .map(|verdict| verdict.is_some_and(|verdict| verdict.is_ok()))
                });
                assert!(whole[0] <= single[0], "{} is permitted, {host} not", name.text);
                assert!(whole[1] <= single[1], "{host} is excluded, {} not", name.text);
            }
        }
    }
}

/// A name of the form of a subtree lies inside or outside; one that stands for many may do both.
fn both_ways(name: &Encoded, subtree: &Encoded) {
    let (names, subtrees) = (std::slice::from_ref(name), std::slice::from_ref(subtree));
    let permitted = judged(names, subtrees, &[]);
    let excluded = judged(names, &[], subtrees);
    let (Some(permitted), Some(excluded)) = (permitted, excluded) else { return };
    // The subject is a name of its own, and nothing but a common name.
    if name.form == subtree.form && ![Form::Directory, Form::Other, Form::Upn].contains(&name.form) {
        assert!(permitted.is_err() || excluded.is_err(), "{} and {}", name.text, subtree.text);
        let clear = |verdict: &Result<(), Violation>| {
            matches!(verdict, Ok(()) | Err(Violation::Name(NameRefused::Excluded(_) | NameRefused::NotPermitted(_))))
        };
        assert_eq!(clear(&permitted), clear(&excluded), "{} and {}", name.text, subtree.text);
        if clear(&permitted) && !name.text.starts_with('*') {
            assert!(permitted.is_ok() != excluded.is_ok(), "{} and {}", name.text, subtree.text);
        }
    }
}

/// What validation says of these names below these constraints; none if that can't be built.
fn judged(presented: &[Encoded], permitted: &[Encoded], excluded: &[Encoded]) -> Option<Result<(), Violation>> {
    let constraints = Writer::encode(|w| {
        w.sequence(|w| {
            for (number, subtrees) in [(0, permitted), (1, excluded)] {
                if !subtrees.is_empty() {
                    w.constructed(Tag::context_constructed(number), |w| {
                        subtrees.iter().for_each(|subtree| w.sequence(|w| w.raw(&subtree.base)));
                    });
                }
            }
        });
    });
    verdict(&constraints, &sequence(presented))
}

fn sequence(names: &[Encoded]) -> Vec<u8> {
    Writer::encode(|w| w.sequence(|w| names.iter().for_each(|name| w.raw(&name.der))))
}

/// A CA with these nameConstraints above a certificate with this subjectAltName.
fn verdict(constraints: &[u8], names: &[u8]) -> Option<Result<(), Violation>> {
    let ca = builder("CA").with_basic_constraints(BasicConstraints::CA);
    let ca = with(ca, oid::NAME_CONSTRAINTS, constraints);
    let ca = ca.build(SignatureAlgorithm::RSA_PKCS1_SHA256).ok()?.attach(fake::signature());
    let validator = ChainValidator::new([TrustAnchor::from_certificate(ca)], fake::PROVIDER);
    let verdict = validator.validate(&presenting(names)?, &Pool::new(), Purpose::ANY, NOW);
    Some(verdict.map(drop).map_err(|error| error.violation().clone()))
}

/// A certificate with this subjectAltName.
fn presenting(names: &[u8]) -> Option<Certificate> {
    let builder = with(builder("Leaf"), oid::SUBJECT_ALT_NAME, names);
    Some(builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256).ok()?.attach(fake::signature()))
}

/// With an extension that is a list, if there is something in it.
fn with(builder: CertificateBuilder, oid: Oid<'_>, list: &[u8]) -> CertificateBuilder {
    if list == [0x30, 0x00] { builder } else { builder.add_extension(oid, Criticality::Critical, list) }
}

fn builder(subject: &str) -> CertificateBuilder {
    CertificateBuilder::new(
        SerialNumber::from_bytes(&[1]).unwrap(),
        fixture::name("CA"),
        fixture::name(subject),
        Validity::new(NOW, NOW),
        World::shared().ca_key.public().clone(),
    )
}

fn shown(verdict: &Result<(), Violation>) {
    if let Err(violation) = verdict {
        assert!(!violation.to_string().is_empty() && !format!("{violation:?}").is_empty());
        assert!(!violation.rule().is_empty());
    }
}

fn dns(host: &str) -> Encoded {
    encoded(&GeneralName::DnsName(host), host, Form::Dns)
}

fn encoded(name: &GeneralName<'_>, text: &str, form: Form) -> Encoded {
    let der = Writer::encode(|w| name.encode(w));
    Encoded { base: der.clone(), der, text: text.to_owned(), form }
}

/// A name by its kind.
fn name(kind: u8, input: &mut Operations<'_>) -> Encoded {
    match kind % 8 {
        0 | 1 => dns(&input.text()),
        2 => {
            let text = input.text();
            encoded(&GeneralName::Rfc822Name(&text), &text, Form::Mail)
        }
        3 => {
            let text = input.text();
            encoded(&GeneralName::Uri(&text), &text, Form::Uri)
        }
        4 => {
            let [a, b, c, d, length] = std::array::from_fn(|_| input.octet());
            let mask = u32::MAX.checked_shl(32 - u32::from(length % 33)).unwrap_or_default() ^ u32::from(length / 250);
            let [e, f, g, h] = mask.to_be_bytes();
            let base = Writer::encode(|w| GeneralName::IpAddress(&[a, b, c, d, e, f, g, h]).encode(w));
            let name = GeneralName::IpAddress(&[a, b, c, d]);
            Encoded { base, ..encoded(&name, &Ipv4Addr::new(a, b, c, d).to_string(), Form::Address) }
        }
        5 => {
            let text = input.text();
            let name = fixture::name(if text.is_empty() { "Leaf" } else { text.get(..60).unwrap_or(&text) });
            encoded(&GeneralName::DirectoryName(name.as_ref()), "", Form::Directory)
        }
        6 => {
            let text = input.text();
            let value = Writer::encode(|w| w.primitive(Tag::UTF8_STRING, text.as_bytes()));
            encoded(&GeneralName::OtherName { type_id: oid::UPN, value: &value }, &text, Form::Upn)
        }
        _ => {
            let text = input.text();
            let value = Writer::encode(|w| w.primitive(Tag::UTF8_STRING, text.as_bytes()));
            encoded(&GeneralName::OtherName { type_id: oid::SMTP_UTF8_MAILBOX, value: &value }, &text, Form::Other)
        }
    }
}
