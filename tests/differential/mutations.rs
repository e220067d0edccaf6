//! [`MUTATIONS`]: what is done to a valid chain.

use conformance::{TestRandom, chain::Ca};
use pki_core::{
    GeneralName, Oid, Profile, Validity,
    der::{Tag, Writer},
    extension::{BasicConstraints, KeyUsage, PolicyConstraints},
    oid,
};

use super::{
    changes::*,
    plan::{ABSENT, Place, Plan, TRUE, at, extension},
};

/// One kind of change.
pub struct Mutation {
    pub kind: &'static str,
    pub places: &'static [Place],
    /// How many to make at each place: 1 where nothing about it is random.
    pub count: usize,
    pub apply: fn(&mut Plan, Place, &mut TestRandom),
}

const fn one(kind: &'static str, places: &'static [Place], apply: fn(&mut Plan, Place, &mut TestRandom)) -> Mutation {
    Mutation { kind, places, count: 1, apply }
}

const fn many(kind: &'static str, places: &'static [Place], apply: fn(&mut Plan, Place, &mut TestRandom)) -> Mutation {
    Mutation { kind, places, count: 24, apply }
}

pub const MUTATIONS: &[Mutation] = &[
    one("nothing", Place::LEAF, |_, _, _| {}),
    // Validity.
    many("notAfter over", Place::ALL, |plan, place, rng| {
        plan.at(place).validity = Validity::new(at(-86_400), at(-1 - i64::try_from(rng.below(80_000)).expect("small")));
    }),
    many("notBefore ahead", Place::ALL, |plan, place, rng| {
        plan.at(place).validity = Validity::new(at(1 + i64::try_from(rng.below(80_000)).expect("small")), at(86_400));
    }),
    one("notAfter now", Place::ALL, |plan, place, _| plan.at(place).validity = Validity::new(at(-9), at(0))),
    one("notBefore now", Place::ALL, |plan, place, _| plan.at(place).validity = Validity::new(at(0), at(9))),
    one("GeneralizedTime before 2050", Place::ALL, |plan, place, _| {
        times(plan, place, 0x18, "20200101000000Z", "20300101000000Z")
    }),
    one("UTCTime without seconds", Place::ALL, |plan, place, _| times(plan, place, 0x17, "2001010000Z", "3001010000Z")),
    one("UTCTime with an offset", Place::ALL, |plan, place, _| {
        times(plan, place, 0x17, "200101000000+0000", "300101000000+0000")
    }),
    one("GeneralizedTime with a fraction", Place::ALL, |plan, place, _| {
        times(plan, place, 0x18, "20200101000000.5Z", "20300101000000.5Z")
    }),
    one("a time that does not exist", Place::ALL, |plan, place, _| {
        times(plan, place, 0x17, "200230000000Z", "300101000000Z")
    }),
    one("notBefore of 1950", Place::ALL, |plan, place, _| times(plan, place, 0x17, "500101000000Z", "491231235959Z")),
    one("no expiration", Place::ALL, |plan, place, _| times(plan, place, 0x18, "20200101000000Z", "99991231235959Z")),
    // Signatures.
    one("signed by another key", Place::ALL, |plan, place, _| plan.at(place).is_forged = true),
    many("an octet changed after signing", Place::BELOW, |plan, place, rng| {
        let (position, bit) = (rng.next_u64(), rng.below(8));
        plan.at(place).damage.push(Box::new(move |der| {
            let length = u64::try_from(der.len()).expect("small");
            der[usize::try_from(position % length).expect("small")] ^= 1 << bit;
        }));
    }),
    one("other algorithm outside", Place::BELOW, |plan, place, _| {
        surgery(plan.at(place), |tbs| tbs.outer_algorithm[11] = 3);
    }),
    one("other algorithm inside and outside", Place::BELOW, |plan, place, _| {
        surgery(plan.at(place), |tbs| {
            tbs.algorithm[11] = 3;
            tbs.outer_algorithm[11] = 3;
        });
    }),
    one("algorithm with NULL", Place::BELOW, |plan, place, _| {
        surgery(plan.at(place), |tbs| {
            let with_null = [&[0x30, 12], &tbs.algorithm[2..], &[5, 0]].concat();
            tbs.algorithm.clone_from(&with_null);
            tbs.outer_algorithm = with_null;
        });
    }),
    // basicConstraints.
    one("no basicConstraints", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| tbs.remove_extension(oid::BASIC_CONSTRAINTS))
    }),
    one("cA FALSE", Place::CAS, |plan, place, _| {
        extend(plan.at(place), |b| b.with_basic_constraints(BasicConstraints::END_ENTITY))
    }),
    one("cA TRUE", Place::LEAF, |plan, place, _| {
        extend(plan.at(place), |b| b.with_basic_constraints(BasicConstraints::CA))
    }),
    one("cA FALSE written out", Place::LEAF, |plan, place, _| basic_constraints(plan, place, &[0x30, 3, 1, 1, 0])),
    one("cA TRUE as 1", Place::CAS, |plan, place, _| basic_constraints(plan, place, &[0x30, 3, 1, 1, 1])),
    one("pathLenConstraint without cA", Place::LEAF, |plan, place, _| {
        basic_constraints(plan, place, &[0x30, 3, 2, 1, 0])
    }),
    one("negative pathLenConstraint", Place::CAS, |plan, place, _| {
        basic_constraints(plan, place, &[0x30, 6, 1, 1, 0xff, 2, 1, 0xff])
    }),
    one("pathLenConstraint of 5 octets", Place::CAS, |plan, place, _| {
        basic_constraints(plan, place, &[0x30, 10, 1, 1, 0xff, 2, 5, 1, 0, 0, 0, 0]);
    }),
    one("basicConstraints not critical", Place::CAS, |plan, place, _| {
        surgery(plan.at(place), |tbs| {
            tbs.set_extension(extension(oid::BASIC_CONSTRAINTS, ABSENT, &[0x30, 3, 1, 1, 0xff]))
        });
    }),
    many("pathLenConstraint", Place::CAS, |plan, place, rng| {
        let path_length = u32::try_from(rng.below(4)).expect("small");
        extend(plan.at(place), move |b| {
            b.with_basic_constraints(BasicConstraints { is_ca: true, path_length: Some(path_length) })
        });
    }),
    many("pathLenConstraint above a key rollover", Place::INTERMEDIATE, |plan, place, rng| {
        let path_length = u32::try_from(rng.below(3)).expect("small");
        extend(plan.at(place), move |b| {
            b.with_basic_constraints(BasicConstraints { is_ca: true, path_length: Some(path_length) })
        });
        roll_over(plan);
    }),
    one("a key rollover", Place::LEAF, |plan, _, _| roll_over(plan)),
    // Usages.
    one("no keyUsage", Place::ALL, |plan, place, _| extend(plan.at(place), |b| b.with_key_usage(KeyUsage::NONE))),
    one("keyUsage without keyCertSign", Place::CAS, |plan, place, _| {
        extend(plan.at(place), |b| b.with_key_usage(KeyUsage::CRL_SIGN))
    }),
    one("keyUsage of no use to TLS", Place::LEAF, |plan, place, _| {
        extend(plan.at(place), |b| b.with_key_usage(KeyUsage::CRL_SIGN))
    }),
    one("keyUsage without bits", Place::CAS, |plan, place, _| {
        surgery(plan.at(place), |tbs| tbs.set_extension(extension(oid::KEY_USAGE, TRUE, &[3, 1, 0])));
    }),
    one("keyUsage not critical", Place::ALL, |plan, place, _| {
        let usage: &[u8] = if place == Place::Leaf { &[3, 2, 7, 0x80] } else { &[3, 2, 2, 0x04] };
        surgery(plan.at(place), |tbs| tbs.set_extension(extension(oid::KEY_USAGE, ABSENT, usage)));
    }),
    many("extKeyUsage", Place::ALL, |plan, place, rng| {
        let all = [oid::SERVER_AUTH, oid::CLIENT_AUTH, oid::CODE_SIGNING];
        let chosen: Vec<Oid<'static>> = all.into_iter().filter(|_| rng.below(2) == 0).collect();
        extend(plan.at(place), move |b| b.with_extended_key_usage(&chosen));
    }),
    one("anyExtendedKeyUsage", Place::ALL, |plan, place, _| {
        extend(plan.at(place), |b| b.with_extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]));
    }),
    one("critical extKeyUsage", Place::ALL, |plan, place, _| {
        let value = Writer::encode(|w| w.sequence(|w| w.oid(oid::SERVER_AUTH)));
        surgery(plan.at(place), move |tbs| tbs.set_extension(extension(oid::EXT_KEY_USAGE, TRUE, &value)));
    }),
    // Name constraints.
    many("permitted dNSName", Place::CAS, |plan, place, rng| constrain_dns(plan, place, rng, Side::Permitted)),
    many("excluded dNSName", Place::CAS, |plan, place, rng| constrain_dns(plan, place, rng, Side::Excluded)),
    many("odd permitted dNSName", Place::INTERMEDIATE, |plan, place, rng| odd_dns(plan, place, rng, Side::Permitted)),
    many("odd excluded dNSName", Place::INTERMEDIATE, |plan, place, rng| odd_dns(plan, place, rng, Side::Excluded)),
    many("wildcard below permitted dNSName", Place::INTERMEDIATE, |plan, place, rng| {
        plan.at(Place::Leaf).extend.push(alternative(|names| names.add_dns_name("*.example.com")));
        constrain_dns(plan, place, rng, Side::Permitted);
    }),
    many("wildcard below excluded dNSName", Place::INTERMEDIATE, |plan, place, rng| {
        plan.at(Place::Leaf).extend.push(alternative(|names| names.add_dns_name("*.example.com")));
        constrain_dns(plan, place, rng, Side::Excluded);
    }),
    many("permitted iPAddress", Place::INTERMEDIATE, |plan, place, rng| {
        constrain_address(plan, place, rng, Side::Permitted)
    }),
    many("excluded iPAddress", Place::INTERMEDIATE, |plan, place, rng| {
        constrain_address(plan, place, rng, Side::Excluded)
    }),
    one("iPAddress constraint with a torn mask", Place::INTERMEDIATE, |plan, place, _| {
        plan.at(Place::Leaf).extend.push(alternative(|names| names.add_ip_address([192, 0, 2, 7].into())));
        raw_constraint(plan, place, Side::Permitted, GeneralName::IpAddress(&[192, 0, 2, 0, 255, 0, 255, 0]));
    }),
    many("permitted rfc822Name", Place::INTERMEDIATE, |plan, place, rng| {
        constrain_mail(plan, place, rng, Side::Permitted)
    }),
    many("excluded rfc822Name", Place::INTERMEDIATE, |plan, place, rng| {
        constrain_mail(plan, place, rng, Side::Excluded)
    }),
    many("permitted URI", Place::INTERMEDIATE, |plan, place, rng| constrain_uri(plan, place, rng, Side::Permitted)),
    many("excluded URI", Place::INTERMEDIATE, |plan, place, rng| constrain_uri(plan, place, rng, Side::Excluded)),
    many("permitted directoryName", Place::CAS, |plan, place, rng| {
        constrain_directory(plan, place, rng, Side::Permitted)
    }),
    many("excluded directoryName", Place::CAS, |plan, place, rng| {
        constrain_directory(plan, place, rng, Side::Excluded)
    }),
    one("constraint on registeredID without such a name", Place::INTERMEDIATE, |plan, place, _| {
        raw_constraint(plan, place, Side::Excluded, GeneralName::RegisteredId(PRIVATE));
    }),
    one("constraint on registeredID and such a name", Place::INTERMEDIATE, |plan, place, _| {
        plan.at(Place::Leaf).extend.push(alternative(|names| names.add_name(GeneralName::RegisteredId(PRIVATE))));
        raw_constraint(plan, place, Side::Excluded, GeneralName::RegisteredId(OTHER));
    }),
    one("nameConstraints with minimum", Place::INTERMEDIATE, |plan, place, _| {
        let value = Writer::encode(|w| {
            w.sequence(|w| {
                w.constructed(Tag::context_constructed(0), |w| {
                    w.sequence(|w| {
                        GeneralName::DnsName("example.com").encode(w);
                        w.primitive(Tag::context(0), &[1]);
                    });
                });
            });
        });
        add(plan, place, oid::NAME_CONSTRAINTS, TRUE, value);
    }),
    one("nameConstraints not critical", Place::INTERMEDIATE, |plan, place, _| {
        let value = subtrees(Side::Excluded, GeneralName::DnsName("example.com"));
        add(plan, place, oid::NAME_CONSTRAINTS, ABSENT, value);
    }),
    one("nameConstraints in the leaf", Place::LEAF, |plan, place, _| {
        raw_constraint(plan, place, Side::Permitted, GeneralName::DnsName("example.org"));
    }),
    // Policies.
    one("critical certificatePolicies", Place::BELOW, |plan, place, _| {
        let value = Writer::encode(|w| w.sequence(|w| w.sequence(|w| w.oid(PRIVATE))));
        add(plan, place, oid::CERTIFICATE_POLICIES, TRUE, value);
    }),
    one("a policy twice", Place::BELOW, |plan, place, _| {
        let value = Writer::encode(|w| w.sequence(|w| [0, 1].iter().for_each(|_| w.sequence(|w| w.oid(PRIVATE)))));
        add(plan, place, oid::CERTIFICATE_POLICIES, ABSENT, value);
    }),
    many("requireExplicitPolicy", Place::BELOW, |plan, place, rng| {
        let number = u32::try_from(rng.below(4)).expect("small");
        extend(plan.at(place), move |b| b.with_policy_constraints(PolicyConstraints::new(Some(number), None)));
    }),
    many("policies", Place::BELOW, |plan, place, rng| {
        let random = |rng: &mut TestRandom| -> Vec<Oid<'static>> {
            [PRIVATE, OTHER, oid::ANY_POLICY].into_iter().filter(|_| rng.below(2) == 0).collect()
        };
        for other in Place::BELOW {
            let policies = random(rng);
            extend(plan.at(*other), move |b| b.with_certificate_policies(&policies));
        }
        let number = u32::try_from(rng.below(2)).expect("small");
        extend(plan.at(place), move |b| b.with_policy_constraints(PolicyConstraints::new(Some(number), None)));
    }),
    many("policy mapping", Place::INTERMEDIATE, |plan, place, rng| {
        let pairs = [(PRIVATE, OTHER), (OTHER, PRIVATE), (PRIVATE, PRIVATE)];
        let pair = pairs[rng.below(3)];
        for other in Place::BELOW {
            let policies: Vec<_> = [PRIVATE, OTHER].into_iter().filter(|_| rng.below(3) > 0).collect();
            extend(plan.at(*other), move |b| b.with_certificate_policies(&policies));
        }
        let inhibit = [None, Some(0), Some(1)][rng.below(3)];
        extend(plan.at(place), move |b| b.with_policy_mappings(&[pair]));
        extend(plan.at(Place::Upper), move |b| b.with_policy_constraints(PolicyConstraints::new(Some(0), inhibit)));
    }),
    one("mapping of anyPolicy", Place::INTERMEDIATE, |plan, place, _| {
        let value = Writer::encode(|w| {
            w.sequence(|w| w.sequence(|w| [oid::ANY_POLICY, PRIVATE].iter().for_each(|oid| w.oid(*oid))))
        });
        extend(plan.at(place), |b| b.with_certificate_policies(&[PRIVATE]));
        add(plan, place, oid::POLICY_MAPPINGS, TRUE, value);
    }),
    many("inhibitAnyPolicy", Place::INTERMEDIATE, |plan, place, rng| {
        for other in Place::BELOW {
            let policy = [PRIVATE, oid::ANY_POLICY][rng.below(2)];
            extend(plan.at(*other), move |b| b.with_certificate_policies(&[policy]));
        }
        let number = u32::try_from(rng.below(3)).expect("small");
        extend(plan.at(place), move |b| b.with_inhibit_any_policy(number));
        extend(plan.at(Place::Upper), |b| b.with_policy_constraints(PolicyConstraints::new(Some(0), None)));
    }),
    // Other extensions.
    one("unknown critical extension", Place::ALL, |plan, place, _| add(plan, place, PRIVATE, TRUE, vec![5, 0])),
    one("unknown extension", Place::ALL, |plan, place, _| add(plan, place, PRIVATE, ABSENT, vec![5, 0])),
    one("an extension twice", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| tbs.extensions.push(tbs.extensions[0].clone()));
    }),
    one("an unknown extension twice", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| {
            [0, 1].iter().for_each(|_| tbs.extensions.push(extension(PRIVATE, ABSENT, &[5, 0])))
        });
    }),
    many("extensions in another order", Place::ALL, |plan, place, rng| {
        let seed = rng.next_u64();
        surgery(plan.at(place), move |tbs| shuffle(&mut tbs.extensions, &mut TestRandom::new(seed)));
    }),
    one("no extensions", Place::ALL, |plan, place, _| surgery(plan.at(place), |tbs| tbs.extensions.clear())),
    one("critical FALSE written out", Place::ALL, |plan, place, _| add(plan, place, PRIVATE, &[1, 1, 0], vec![5, 0])),
    one("critical as 1", Place::ALL, |plan, place, _| {
        let value = if place == Place::Leaf { vec![0x30, 0] } else { vec![0x30, 3, 1, 1, 0xff] };
        add(plan, place, oid::BASIC_CONSTRAINTS, &[1, 1, 1], value);
    }),
    one("octets behind the value of an extension", Place::ALL, |plan, place, _| {
        let value = if place == Place::Leaf { vec![0x30, 0, 5, 0] } else { vec![0x30, 3, 1, 1, 0xff, 5, 0] };
        add(plan, place, oid::BASIC_CONSTRAINTS, TRUE, value);
    }),
    one("critical subjectKeyIdentifier", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| tbs.set_extension(extension(oid::SUBJECT_KEY_IDENTIFIER, TRUE, &[4, 1, 7])));
    }),
    one("no key identifiers", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| {
            tbs.remove_extension(oid::SUBJECT_KEY_IDENTIFIER);
            tbs.remove_extension(oid::AUTHORITY_KEY_IDENTIFIER);
        });
    }),
    one("wrong authorityKeyIdentifier", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| {
            tbs.set_extension(extension(oid::AUTHORITY_KEY_IDENTIFIER, ABSENT, &[0x30, 3, 0x80, 1, 7]))
        });
    }),
    one("wrong subjectKeyIdentifier", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| tbs.set_extension(extension(oid::SUBJECT_KEY_IDENTIFIER, ABSENT, &[4, 1, 7])));
    }),
    one("empty authorityKeyIdentifier", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| tbs.set_extension(extension(oid::AUTHORITY_KEY_IDENTIFIER, ABSENT, &[0x30, 0])));
    }),
    one("empty subjectAltName", Place::LEAF, |plan, place, _| {
        add(plan, place, oid::SUBJECT_ALT_NAME, ABSENT, vec![0x30, 0])
    }),
    one("empty extKeyUsage", Place::BELOW, |plan, place, _| {
        add(plan, place, oid::EXT_KEY_USAGE, ABSENT, vec![0x30, 0])
    }),
    one("empty nameConstraints", Place::CAS, |plan, place, _| {
        add(plan, place, oid::NAME_CONSTRAINTS, TRUE, vec![0x30, 0])
    }),
    one("empty permittedSubtrees", Place::CAS, |plan, place, _| {
        add(plan, place, oid::NAME_CONSTRAINTS, TRUE, vec![0x30, 2, 0xa0, 0])
    }),
    // Fields.
    one("version 1 with extensions", Place::ALL, |plan, place, _| surgery(plan.at(place), |tbs| tbs.version.clear())),
    one("version 2 with extensions", Place::ALL, |plan, place, _| surgery(plan.at(place), |tbs| tbs.version[4] = 1)),
    one("version 4", Place::ALL, |plan, place, _| surgery(plan.at(place), |tbs| tbs.version[4] = 3)),
    one("version 1 without extensions", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| {
            tbs.version.clear();
            tbs.extensions.clear();
        });
    }),
    one("serial number 0", Place::ALL, |plan, place, _| surgery(plan.at(place), |tbs| tbs.serial = vec![2, 1, 0])),
    one("negative serial number", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| tbs.serial = vec![2, 1, 0x80])
    }),
    one("serial number of 32 octets", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| tbs.serial = [&[2, 32], &[0x11; 32][..]].concat());
    }),
    one("serial number with a leading zero", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| tbs.serial = vec![2, 2, 0, 1]);
    }),
    one("empty serial number", Place::ALL, |plan, place, _| surgery(plan.at(place), |tbs| tbs.serial = vec![2, 0])),
    one("unique identifiers", Place::ALL, |plan, place, _| {
        surgery(plan.at(place), |tbs| tbs.unique_ids = vec![0x81, 2, 0, 7, 0x82, 2, 0, 8]);
    }),
    one("issuer in other case", Place::BELOW, |plan, place, _| issuer(plan, place, |text| text.to_ascii_uppercase())),
    one("issuer with more spaces", Place::BELOW, |plan, place, _| issuer(plan, place, |text| format!("  {text} "))),
    one("issuer in PrintableString", Place::BELOW, |plan, place, _| retype_issuer(plan, place, 0x13)),
    one("issuer in BMPString", Place::BELOW, |plan, place, _| retype_issuer(plan, place, 0x1e)),
    one("another issuer", Place::BELOW, |plan, place, _| issuer(plan, place, |text| format!("{text}x"))),
    one("empty subject", Place::LEAF, |plan, place, _| surgery(plan.at(place), |tbs| tbs.subject = vec![0x30, 0])),
    // The pool.
    one("an issuer missing", Place::INTERMEDIATE, |plan, place, _| {
        let index = usize::from(place == Place::Lower);
        plan.pool.push(Box::new(move |pool| drop(pool.remove(index))));
    }),
    many("pool in another order with junk", Place::LEAF, |plan, _, rng| {
        let seed = rng.next_u64();
        plan.pool.push(Box::new(move |pool| {
            let stranger = Ca::root("Stranger");
            let junk = [stranger.certificate.clone(), stranger.leaf("junk"), stranger.ca("lower").certificate];
            pool.extend(junk.iter().map(|certificate| certificate.as_der().to_vec()));
            pool.extend(pool.clone());
            shuffle(pool, &mut TestRandom::new(seed));
        }));
    }),
    one("a forged issuer besides", Place::INTERMEDIATE, |plan, place, _| besides(plan, place, |draft| draft.forged())),
    one("an expired issuer besides", Place::INTERMEDIATE, |plan, place, _| {
        besides(plan, place, |draft| draft.with_validity(at(-9), at(-1)));
    }),
    one("a certificate of the issuer that is no CA besides", Place::INTERMEDIATE, |plan, place, _| {
        besides(plan, place, |draft| draft.with_profile(Profile::RA_SIGNING));
    }),
    // Octets of what is signed.
    Mutation { kind: OCTET, places: Place::ALL, count: 400, apply: |_, _, _| {} },
];

/// The kind that is named after the part of the certificate in which it is.
pub const OCTET: &str = "an octet changed in";

/// Changes an octet of one part before it is signed; says which part that is.
pub fn change_octet(plan: &mut Plan, place: Place, rng: &mut TestRandom) -> String {
    // All certificates of a place have the same parts.
    let mut names =
        vec!["version", "serialNumber", "signature", "issuer", "validity", "subject", "subjectPublicKeyInfo"];
    let own: &[&str] = match place {
        Place::Leaf => &[
            "basicConstraints",
            "keyUsage",
            "extKeyUsage",
            "subjectKeyIdentifier",
            "authorityKeyIdentifier",
            "subjectAltName",
        ],
        _ => &["basicConstraints", "keyUsage", "subjectKeyIdentifier", "authorityKeyIdentifier"],
    };
    names.extend(own);
    let name = names[rng.below(names.len())];
    let (position, mask) = (rng.next_u64(), u8::try_from(1 + rng.below(255)).expect("an octet"));
    // Half of the changes are of one bit.
    let mask = if rng.below(2) == 0 { 1 << (mask % 8) } else { mask };
    surgery(plan.at(place), move |tbs| {
        let mut parts = tbs.parts();
        let (_, der) = parts.iter_mut().find(|(other, _)| other == name).unwrap_or_else(|| panic!("no {name}"));
        let length = u64::try_from(der.len()).expect("small");
        der[usize::try_from(position % length).expect("small")] ^= mask;
    });
    format!("{OCTET} {name}")
}
