//! Meshes: n CAs that all certify each other, and pools full of forgeries. Path building is bounded here by what it counts,
//! never by time.

use std::time::Duration;

use conformance::{
    TestRandom,
    chain::{self, Ca},
};
use pki_core::{
    Certificate, GeneralName, GeneralNamesBuilder, Profile,
    chain::{ChainError, ChainLimits, ChainValidator, LimitKind, PolicySettings, Pool, Purpose, ValidatedChain},
    crypto::rustcrypto::PROVIDER,
    extension::BasicConstraints,
    oid,
};

/// All that an existing path may cost.
const GOAL: u32 = 10;
/// The sizes of reference measurements: 4 CAs are 13 certificates, 12 are 133.
const SIZES: std::ops::RangeInclusive<usize> = 4..=12;

/// n CAs, each certified by each other one.
struct Mesh {
    root: Ca,
    cas: Vec<Ca>,
    certificates: Vec<Certificate>,
}

impl Mesh {
    fn new(size: usize) -> Self {
        let cas: Vec<Ca> = (0..size).map(|number| Ca::root(&format!("Mesh {number}"))).collect();
        let mut certificates = Vec::new();
        for (above, issuer) in cas.iter().enumerate() {
            for (_, subject) in cas.iter().enumerate().filter(|(below, _)| *below != above) {
                certificates.push(issuer.cross_certify(subject).certificate);
            }
        }
        Self { root: Ca::root("Root"), cas, certificates }
    }

    fn with(mut self, entry: Ca) -> Self {
        self.certificates.push(entry.certificate);
        self
    }

    /// And two CAs that lead round to the first.
    fn with_way_round(self) -> Self {
        let outer = self.root.ca("Outer");
        let inner = outer.ca("Inner");
        let way = inner.cross_certify(&self.cas[0]);
        self.with(outer).with(inner).with(way)
    }

    fn last(&self) -> &Ca {
        self.cas.last().expect("a CA")
    }

    /// With the certificates in some order.
    fn pool(&self, seed: u64) -> Pool {
        let mut certificates = self.certificates.clone();
        let mut rng = TestRandom::new(seed);
        for last in (1..certificates.len()).rev() {
            certificates.swap(last, rng.below(last + 1));
        }
        certificates.into_iter().collect()
    }

    fn leaf(&self) -> Certificate {
        let names = GeneralNamesBuilder::new().add_dns_name("leaf.example.com");
        self.last().leaf_with("leaf", |builder| builder.with_subject_alt_name(names))
    }

    /// The same verdict for any order of the pool.
    fn validate_with(&self, validator: &ChainValidator) -> Result<ValidatedChain, ChainError> {
        let leaf = self.leaf();
        let verdicts = (0..3).map(|seed| validator.validate(&leaf, &self.pool(seed), Purpose::ANY, chain::now()));
        let summary = |verdict: &Result<ValidatedChain, ChainError>| match verdict {
            Ok(valid) => Ok(valid.path().len()),
            Err(error) => Err(error.rule()),
        };
        let verdicts: Vec<_> = verdicts.collect();
        assert!(
            verdicts.iter().all(|verdict| summary(verdict) == summary(&verdicts[0])),
            "{:?}",
            verdicts.iter().map(summary).collect::<Vec<_>>()
        );
        // The worst of them.
        verdicts
            .into_iter()
            .max_by_key(|verdict| match verdict {
                Ok(valid) => valid.signatures(),
                Err(error) => error.signatures(),
            })
            .expect("three")
    }

    fn validate(&self) -> Result<ValidatedChain, ChainError> {
        self.validate_with(&chain::validator(&self.root))
    }

    #[track_caller]
    fn is_found(&self, length: usize) {
        let size = self.cas.len();
        let valid = self.validate().unwrap_or_else(|error| panic!("{size} CAs: {error}"));
        assert_eq!(valid.path().len(), length, "{size} CAs");
        assert!(valid.signatures() <= GOAL, "{size} CAs: {} signatures", valid.signatures());
    }

    /// Refused for this reason, within the budget and not for its end.
    #[track_caller]
    fn is_refused(&self, rule: &str, signatures: u32) {
        let size = self.cas.len();
        let error = self.validate().expect_err("no path");
        assert_eq!((error.rule(), error.exhausted()), (rule, None), "{size} CAs: {error}");
        assert!(error.signatures() <= signatures, "{size} CAs: {} signatures", error.signatures());
    }
}

fn excluding(name: &str) -> impl FnOnce(pki_core::CertificateBuilder) -> pki_core::CertificateBuilder {
    move |builder| builder.with_name_constraints(&[], &[GeneralName::DnsName(name)])
}

#[test]
fn ok_the_shortest_path_is_found_with_its_own_signatures() {
    for size in SIZES {
        let mesh = Mesh::new(size);
        let entry = mesh.root.cross_certify(&mesh.cas[0]);
        let mesh = mesh.with(entry);
        mesh.is_found(3);
        assert_eq!(mesh.validate().expect("a path").signatures(), 3);
    }
}

#[test]
fn nc_the_only_entry_excludes_the_name() {
    for size in SIZES {
        let mesh = Mesh::new(size);
        let entry = mesh.root.draft_of(&mesh.cas[0]).into_ca(excluding("example.com"));
        mesh.with(entry).is_refused("RFC 5280 section 6.1.3 (b) and (c)", 0);
    }
}

#[test]
fn noanchor_nothing_leads_to_the_root() {
    for size in SIZES {
        Mesh::new(size).is_refused("RFC 5280 section 6.1", 0);
    }
}

#[test]
fn all_entries_but_one_are_expired() {
    let before = chain::now().minus(Duration::from_secs(1));
    for size in SIZES {
        let mut mesh = Mesh::new(size);
        for number in 1..size {
            let entry = mesh.root.draft_of(&mesh.cas[number]).with_validity(before, before).into_ca(|b| b);
            mesh = mesh.with(entry);
        }
        mesh.is_refused("RFC 5280 section 6.1.3 (a) (2)", 0);
        let entry = mesh.root.cross_certify(&mesh.cas[0]);
        mesh.with(entry).is_found(3);
    }
}

#[test]
fn all_entries_are_forged_but_one() {
    for size in SIZES {
        let mut mesh = Mesh::new(size);
        for number in 1..size {
            let entry = mesh.root.draft_of(&mesh.cas[number]).forged().into_ca(|b| b);
            mesh = mesh.with(entry);
        }
        let size_u32 = u32::try_from(size).expect("small");
        mesh.is_refused("RFC 5280 section 6.1.3 (a) (1)", size_u32);
        let entry = mesh.root.cross_certify(&mesh.cas[0]);
        let mesh = mesh.with(entry);
        let valid = mesh.validate().unwrap_or_else(|error| panic!("{size} CAs: {error}"));
        // Each forgery is unmasked once.
        assert!(valid.signatures() < 3 + size_u32, "{size} CAs: {} signatures", valid.signatures());
    }
}

/// A row of CAs leads from the root through all of the mesh, and only whoever is at its end certifies the last.
#[test]
fn only_the_longest_way_is_open() {
    for size in SIZES {
        let root = Ca::root("Root");
        let cas: Vec<Ca> = (0..size).map(|number| Ca::root(&format!("Mesh {number}"))).collect();
        let before = chain::now().minus(Duration::from_secs(1));
        let mut mesh = Mesh { root, cas, certificates: Vec::new() };
        for above in 0..size {
            for below in (0..size).filter(|below| *below != above) {
                let draft = mesh.cas[above].draft_of(&mesh.cas[below]);
                let draft = if below == above + 1 { draft } else { draft.with_validity(before, before) };
                mesh.certificates.push(draft.into_ca(|b| b).certificate);
            }
        }
        let entry = mesh.root.cross_certify(&mesh.cas[0]);
        let mesh = mesh.with(entry);
        let valid = mesh.validate().unwrap_or_else(|error| panic!("{size} CAs: {error}"));
        let length = size + 1;
        assert_eq!((valid.path().len(), valid.signatures()), (length, u32::try_from(length).expect("small")));
    }
}

/// What looks longer is the only way: the shorter ones end at a path length constraint, a name constraint, a policy.
#[test]
fn entries_with_path_lengths_that_do_not_suffice() {
    for size in SIZES {
        let mut mesh = Mesh::new(size);
        // Into the mesh at every CA but the last, for no CA below: those that need one more fail.
        for number in 0..size - 1 {
            let constraints = BasicConstraints { is_ca: true, path_length: Some(0) };
            let entry = mesh.root.draft_of(&mesh.cas[number]).into_ca(|b| b.with_basic_constraints(constraints));
            mesh = mesh.with(entry);
        }
        mesh.is_refused("RFC 5280 section 6.1.4 (l)", 0);
        // A way round over two more CAs.
        let outer = mesh.root.ca("Outer");
        let inner = outer.ca("Inner");
        let way = inner.cross_certify(mesh.last());
        mesh.with(outer).with(inner).with(way).is_found(4);
    }
}

#[test]
fn every_certificate_of_the_mesh_allows_no_ca_below() {
    for size in SIZES {
        let root = Ca::root("Root");
        let cas: Vec<Ca> = (0..size).map(|number| Ca::root(&format!("Mesh {number}"))).collect();
        let constraints = BasicConstraints { is_ca: true, path_length: Some(0) };
        let mut mesh = Mesh { root, cas, certificates: Vec::new() };
        for above in 0..size {
            for below in (0..size).filter(|below| *below != above) {
                let draft = mesh.cas[above].draft_of(&mesh.cas[below]);
                mesh.certificates.push(draft.into_ca(|b| b.with_basic_constraints(constraints)).certificate);
            }
        }
        let entry = mesh.root.cross_certify(&mesh.cas[0]);
        mesh.with(entry).is_found(3);
    }
}

/// Names are excluded on every way in but one, which is two certificates longer.
#[test]
fn the_short_ways_in_exclude_the_name() {
    for size in SIZES {
        let mut mesh = Mesh::new(size);
        for number in 0..size {
            let entry = mesh.root.draft_of(&mesh.cas[number]).into_ca(excluding("example.com"));
            mesh = mesh.with(entry);
        }
        mesh.with_way_round().is_found(5);
    }
}

/// The names of the CAs on the way are excluded, not that of the target, so that it shows on the path alone.
#[test]
fn the_short_ways_in_exclude_the_cas_below() {
    for size in SIZES {
        let mut mesh = Mesh::new(size);
        for number in 0..size - 1 {
            let last = mesh.last().certificate.subject().to_owned();
            let entry = mesh
                .root
                .draft_of(&mesh.cas[number])
                .into_ca(|b| b.with_name_constraints(&[], &[GeneralName::DirectoryName(last.as_ref())]));
            mesh = mesh.with(entry);
        }
        mesh.is_refused("RFC 5280 section 6.1.3 (b) and (c)", 0);
        mesh.with_way_round().is_found(5);
    }
}

/// The same, with a way round that is longer than any that is tried in vain.
#[test]
fn the_short_ways_in_exclude_the_cas_below_and_the_way_round_is_long() {
    for size in SIZES {
        for length in [3, 6, 10] {
            let mut mesh = Mesh::new(size);
            for number in 0..size - 1 {
                let last = mesh.last().certificate.subject().to_owned();
                let entry = mesh
                    .root
                    .draft_of(&mesh.cas[number])
                    .into_ca(|b| b.with_name_constraints(&[], &[GeneralName::DirectoryName(last.as_ref())]));
                mesh = mesh.with(entry);
            }
            let mut outer = mesh.root.clone();
            for number in 0..length {
                outer = outer.ca(&format!("Outer {number}"));
                mesh = mesh.with(outer.clone());
            }
            let way = outer.cross_certify(&mesh.cas[0]);
            let mesh = mesh.with(way);
            let valid = mesh.validate().unwrap_or_else(|error| panic!("{size} CAs: {error}"));
            assert_eq!(valid.path().len(), length + 3);
            assert_eq!(valid.signatures(), u32::try_from(length + 3).expect("small"));
        }
    }
}

/// What leads on from a forgery is not held against other ways to the same certificate.
#[test]
fn a_forged_short_way_does_not_hide_a_long_one() {
    for size in SIZES {
        let mesh = Mesh::new(size);
        // The short way in is forged; the long one has constraints, so that it allows less.
        let forged = mesh.root.draft_of(&mesh.cas[0]).forged().into_ca(|b| b);
        let outer =
            mesh.root.ca_with("Outer", |b| b.with_name_constraints(&[], &[GeneralName::DnsName("example.org")]));
        let inner = outer.ca("Inner");
        let way = inner.cross_certify(&mesh.cas[0]);
        let mesh = mesh.with(forged).with(outer).with(inner).with(way);
        let valid = mesh.validate().unwrap_or_else(|error| panic!("{size} CAs: {error}"));
        assert_eq!((valid.path().len(), valid.signatures()), (5, 6));
    }
}

/// Of two ways of the same length, that which allows less is put aside first, and taken up when the other one is unmasked.
#[test]
fn a_forged_way_does_not_hide_another_of_its_length() {
    for size in SIZES {
        let mesh = Mesh::new(size);
        let forged = mesh.root.draft_of(&mesh.cas[0]).forged().into_ca(|b| b);
        let good = mesh.root.draft_of(&mesh.cas[0]).into_ca(excluding("example.org"));
        let mesh = mesh.with(forged).with(good);
        let valid = mesh.validate().unwrap_or_else(|error| panic!("{size} CAs: {error}"));
        assert_eq!(valid.path().len(), 3);
        assert!(valid.signatures() <= 4, "{}", valid.signatures());
    }
}

/// Every CA has the policy but the one that the short way leads through.
#[test]
fn a_policy_is_required_and_only_the_long_way_has_it() {
    for size in SIZES {
        let root = Ca::root("Root");
        let cas: Vec<Ca> = (0..size).map(|number| Ca::root(&format!("Mesh {number}"))).collect();
        let mut mesh = Mesh { root, cas, certificates: Vec::new() };
        for above in 0..size {
            for below in (0..size).filter(|below| *below != above) {
                let draft = mesh.cas[above].draft_of(&mesh.cas[below]);
                // Into the last CA, only the second CA certifies under the policy.
                let has_policy = below != size - 1 || above == 1;
                let ca =
                    draft.into_ca(|b| if has_policy { b.with_certificate_policies(&[oid::ANY_POLICY]) } else { b });
                mesh.certificates.push(ca.certificate);
            }
        }
        let entry = mesh.root.draft_of(&mesh.cas[0]).into_ca(|b| b.with_certificate_policies(&[oid::ANY_POLICY]));
        let mesh = mesh.with(entry);
        let settings = PolicySettings::ANY.requiring_explicit_policy();
        let validator = chain::validator(&mesh.root).with_policies(settings);
        let leaf = mesh.last().leaf_with("leaf", |b| b.with_certificate_policies(&[oid::ANY_POLICY]));
        let valid = validator.validate(&leaf, &mesh.pool(1), Purpose::ANY, chain::now());
        let valid = valid.unwrap_or_else(|error| panic!("{size} CAs: {error}, {:?}", error.exhausted()));
        assert_eq!(valid.path().len(), 4);
        assert!(valid.signatures() <= GOAL);
    }
}

/// No way has the policy: each of the many paths is tried to its end. Refused within the budget, be it exhausted or not.
#[test]
fn a_policy_is_required_and_the_leaf_has_none() {
    for size in SIZES {
        let mesh = Mesh::new(size);
        let entry = mesh.root.cross_certify(&mesh.cas[0]);
        let mesh = mesh.with(entry);
        let validator = chain::validator(&mesh.root).with_policies(PolicySettings::ANY.requiring_explicit_policy());
        let error = mesh.validate_with(&validator).expect_err("no policy");
        assert_eq!((error.rule(), error.signatures(), error.exhausted()), ("RFC 5280 section 6.1.5 (g)", 0, None));
    }
}

/// Paths that only fail at their last certificate: there are factorially many, and the steps end it.
#[test]
fn hopeless_only_at_the_leaf_ends_with_the_steps() {
    for size in SIZES {
        let root = Ca::root("Root");
        let cas: Vec<Ca> = (0..size).map(|number| Ca::root(&format!("Mesh {number}"))).collect();
        let mut mesh = Mesh { root, cas, certificates: Vec::new() };
        for above in 0..size {
            for below in (0..size).filter(|below| *below != above) {
                let ca = mesh.cas[above].draft_of(&mesh.cas[below]);
                mesh.certificates.push(ca.into_ca(|b| b.with_certificate_policies(&[oid::ANY_POLICY])).certificate);
            }
        }
        let entry = mesh.root.draft_of(&mesh.cas[0]).into_ca(|b| b.with_certificate_policies(&[oid::ANY_POLICY]));
        let mesh = mesh.with(entry);
        let validator = chain::validator(&mesh.root).with_policies(PolicySettings::ANY.requiring_explicit_policy());
        let error = mesh.validate_with(&validator).expect_err("no policy");
        assert_eq!((error.rule(), error.signatures()), ("RFC 5280 section 6.1.5 (g)", 0));
        assert!(matches!(error.exhausted(), None | Some(LimitKind::Steps)));
    }
}

/// The signature of the leaf is wrong: one check tells, whichever of the many paths it is that leads there.
#[test]
fn a_forged_leaf_is_checked_once() {
    for size in SIZES {
        let mesh = Mesh::new(size);
        let entry = mesh.root.cross_certify(&mesh.cas[0]);
        let mesh = mesh.with(entry);
        let leaf = mesh.last().draft("leaf").forged().issue(|b| b);
        let error = chain::validator(&mesh.root).validate(&leaf, &mesh.pool(1), Purpose::ANY, chain::now());
        let error = error.expect_err("forged");
        assert_eq!((error.rule(), error.depth(), error.signatures()), ("RFC 5280 section 6.1.3 (a) (1)", 0, 3));
    }
}

/// Every certificate of the mesh is forged: at most one check of each, and the budget at worst.
#[test]
fn a_mesh_of_forgeries_is_refused_within_the_budget() {
    for size in SIZES {
        let root = Ca::root("Root");
        let cas: Vec<Ca> = (0..size).map(|number| Ca::root(&format!("Mesh {number}"))).collect();
        let mut mesh = Mesh { root, cas, certificates: Vec::new() };
        for above in 0..size {
            for below in (0..size).filter(|below| *below != above) {
                mesh.certificates.push(mesh.cas[above].draft_of(&mesh.cas[below]).forged().into_ca(|b| b).certificate);
            }
        }
        let entry = mesh.root.cross_certify(&mesh.cas[0]);
        let mesh = mesh.with(entry);
        let error = mesh.validate().expect_err("forged");
        assert_eq!(error.rule(), "RFC 5280 section 6.1.3 (a) (1)");
        // That of the entry, and the forgeries that it seems to have signed.
        assert!(error.signatures() <= u32::try_from(size).expect("small"), "{}", error.signatures());
    }
}

/// Forgeries with the right names, keys and identifiers besides the certificate that is none.
fn flooded(forgeries: usize) -> (Ca, Certificate, Vec<Certificate>) {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let leaf = ca.leaf("leaf");
    let day = 86_400;
    let certificates = (0..forgeries).map(|number| {
        let validity = conformance::fixtures::validity();
        // Each is another certificate.
        let not_after = validity.not_after.plus(Duration::from_secs(day * u64::try_from(number).expect("small")));
        root.draft_of(&ca).with_validity(validity.not_before, not_after).forged().into_ca(|b| b).certificate
    });
    let mut certificates: Vec<Certificate> = certificates.collect();
    certificates.push(ca.certificate);
    (root, leaf, certificates)
}

/// Certificates that differ in nothing but their signature can only be told apart by it. Up to the limit the right one is
/// found wherever it is; beyond it the refusal says that a limit was met.
#[test]
fn forgeries_of_the_issuer_cost_a_check_each() {
    for forgeries in [0, 1, 10, 97] {
        let (root, leaf, mut certificates) = flooded(forgeries);
        for _ in 0..2 {
            let pool: Pool = certificates.iter().cloned().collect();
            let valid = chain::validator(&root).validate(&leaf, &pool, Purpose::ANY, chain::now()).expect("a path");
            assert!(valid.signatures() <= u32::try_from(forgeries).expect("small") + 2);
            certificates.reverse();
        }
    }
    let (root, leaf, certificates) = flooded(150);
    let pool: Pool = certificates.into_iter().collect();
    let error = chain::validator(&root).validate(&leaf, &pool, Purpose::ANY, chain::now()).expect_err("too many");
    assert_eq!((error.signatures(), error.exhausted()), (100, Some(LimitKind::Signatures)));
}

/// Forged by people who do not know the key: then the identifiers tell.
#[test]
fn forgeries_with_other_keys_cost_nothing() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let leaf = ca.leaf("leaf");
    let mut certificates: Vec<Certificate> = (0..150)
        .map(|number| {
            let draft = root.draft("CA").with_key(chain::key(&format!("junk {number}"))).with_profile(Profile::ROOT_CA);
            draft.forged().into_ca(|b| b).certificate
        })
        .collect();
    certificates.push(ca.certificate.clone());
    let pool: Pool = certificates.into_iter().collect();
    let valid = chain::validator(&root).validate(&leaf, &pool, Purpose::ANY, chain::now()).expect("a path");
    assert_eq!(valid.signatures(), 2);
}

/// RUSTSEC-2023-0052: CAs of one name and many keys, one below the other.
#[test]
fn same_name_and_many_keys_without_identifiers() {
    let root = Ca::root("Root");
    let bare = |issuer: &Ca, key: &'static pki_core::crypto::rustcrypto::PrivateKey| {
        use pki_core::crypto::Signer;
        let name = conformance::fixtures::name("CA");
        let public_key = Signer::public_key(key).clone();
        let serial = conformance::fixtures::serial(&name, &public_key);
        let issuer_name = issuer.certificate.subject().to_owned();
        let validity = conformance::fixtures::validity();
        let builder = pki_core::CertificateBuilder::new(serial, issuer_name, name, validity, public_key);
        Ca { certificate: chain::sign(builder.with_profile(&Profile::ROOT_CA), issuer.key), key }
    };
    let mut cas = vec![Ca::root("CA")];
    for number in 0..40 {
        let next = bare(&cas[number], chain::key(&format!("key {number}")));
        cas.push(next);
    }
    let leaf = cas.last().expect("a CA").leaf("leaf");
    let pool: Pool = cas.iter().map(|ca| ca.certificate.clone()).collect();
    let error = chain::validator(&root).validate(&leaf, &pool, Purpose::ANY, chain::now()).expect_err("no path");
    assert_eq!((error.signatures(), error.exhausted()), (0, None));
    // Below the root there are more ways than anybody can try.
    let entry = root.cross_certify(&cas[0]);
    let pool: Pool = cas.iter().map(|ca| ca.certificate.clone()).chain([entry.certificate]).collect();
    let verdict = chain::validator(&root).validate(&leaf, &pool, Purpose::ANY, chain::now());
    let signatures = verdict.as_ref().map_or_else(ChainError::signatures, ValidatedChain::signatures);
    assert!(signatures <= 100);
}

/// Whoever raises the limit gets what it costs.
#[test]
fn the_limits_are_the_caller_s() {
    let (root, leaf, certificates) = flooded(150);
    let pool: Pool = certificates.into_iter().collect();
    let limits = ChainLimits { signatures: 152, ..ChainLimits::DEFAULT };
    let validator = ChainValidator::new([root.anchor()], PROVIDER).with_limits(limits);
    assert!(validator.validate(&leaf, &pool, Purpose::ANY, chain::now()).is_ok());
}
