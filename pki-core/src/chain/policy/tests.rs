//! Policies are small numbers here, the last arc of PKITS' test policies; 0 is anyPolicy, as the last arc of its own.

use alloc::{format, string::ToString};

use super::*;
use crate::der::{Decode, Reader, Writer};

/// One certificate: its policies, its mappings, and what the counters say.
#[derive(Clone, Debug)]
struct Step {
    policies: Option<Vec<u8>>,
    mappings: Vec<(u8, u8)>,
    any_policy: AnyPolicy,
    policy_mapping: PolicyMappings,
}

impl Step {
    fn new(policies: &[u8]) -> Self {
        let policies = Some(policies.to_vec());
        Self { policies, mappings: Vec::new(), any_policy: AnyPolicy::Allowed, policy_mapping: PolicyMappings::Allowed }
    }

    fn mapping(self, mappings: &[(u8, u8)]) -> Self {
        Self { mappings: mappings.to_vec(), ..self }
    }

    fn any_inhibited(self) -> Self {
        Self { any_policy: AnyPolicy::Inhibited, ..self }
    }

    fn mapping_inhibited(self) -> Self {
        Self { policy_mapping: PolicyMappings::Inhibited, ..self }
    }
}

/// 2.16.840.1.101.3.2.1.48.n, of which the last two arcs may be 0 to 127 and more; and anyPolicy.
fn octets(policy: u8) -> Vec<u8> {
    match policy {
        0 => oid::ANY_POLICY.as_bytes().to_vec(),
        _ => [&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x02, 0x01, 0x30][..], &[policy]].concat(),
    }
}

fn last_arc(policy: Oid<'_>) -> u8 {
    *policy.as_bytes().last().unwrap()
}

fn set(policies: &[u8]) -> PolicySet {
    policies.iter().for_each(|policy| assert!(*policy < 0x80));
    let octets: Vec<_> = policies.iter().map(|policy| octets(*policy)).collect();
    PolicySet::of(octets.iter().map(|octets| Oid::from_bytes(octets).unwrap()))
}

fn write_policies(policies: &[Vec<u8>]) -> Vec<u8> {
    Writer::encode(|w| w.sequence(|w| policies.iter().for_each(|p| w.sequence(|w| w.oid(Oid::from_bytes(p).unwrap())))))
}

fn write_mappings(mappings: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            for (issuer, subject) in mappings {
                w.sequence(|w| {
                    w.oid(Oid::from_bytes(issuer).unwrap());
                    w.oid(Oid::from_bytes(subject).unwrap());
                });
            }
        });
    })
}

fn read<'a, T: Decode<'a>>(der: &'a [u8]) -> SequenceOf<'a, T> {
    SequenceOf::decode(&mut Reader::new(der)).unwrap()
}

/// The extensions of a path in DER, for the graph to borrow.
fn encoded(path: &[Step]) -> Vec<(Option<Vec<u8>>, Vec<u8>)> {
    let policies = |step: &Step| {
        let policies = step.policies.as_ref()?;
        Some(write_policies(&policies.iter().map(|policy| octets(*policy)).collect::<Vec<_>>()))
    };
    let mappings =
        |step: &Step| write_mappings(&step.mappings.iter().map(|(a, b)| (octets(*a), octets(*b))).collect::<Vec<_>>());
    path.iter().map(|step| (policies(step), mappings(step))).collect()
}

fn process<'a>(
    graph: &mut PolicyGraph<'a>,
    step: &Step,
    der: &'a (Option<Vec<u8>>, Vec<u8>),
) -> Result<(), PolicyError<'a>> {
    graph.process_policies(der.0.as_deref().map(read), step.any_policy)?;
    if step.mappings.is_empty() { Ok(()) } else { graph.map(read(&der.1), step.policy_mapping) }
}

/// The sets of a path, the authorities' and the user's.
fn sets(path: &[Step], initial: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let der = encoded(path);
    let mut graph = PolicyGraph::new();
    for (step, der) in path.iter().zip(&der) {
        process(&mut graph, step, der).unwrap();
    }
    let sets = graph.conclude(&set(initial));
    assert_eq!(graph.is_null(), sets.authority.is_empty());
    (sets.authority.iter().map(last_arc).collect(), sets.user.iter().map(last_arc).collect())
}

fn user(path: &[Step], initial: &[u8]) -> Vec<u8> {
    sets(path, initial).1
}

const ANY: &[u8] = &[0];

#[test]
fn rfc9618_s3_the_basic_example() {
    // OID1 maps to OID3 and OID4; the last certificate has OID2, OID3 and OID6, which is under neither.
    let path = [Step::new(&[1, 2, 5]).mapping(&[(1, 3), (1, 4)]), Step::new(&[2, 3, 6])];
    assert_eq!(user(&path, ANY), [1, 2]);
    assert_eq!(user(&path, &[1, 6]), [1]);
    assert_eq!(user(&path, &[3, 5]), [0; 0]);
}

#[test]
fn rfc9618_s3_1_the_exponential_example_is_linear() {
    let all = [(1, 1), (1, 2), (2, 1), (2, 2)];
    let mut path = vec![Step::new(&[1, 2]).mapping(&all); 60];
    path.push(Step::new(&[2]));
    assert_eq!(user(&path, ANY), [1, 2]);
    let der = encoded(&path);
    let mut graph = PolicyGraph::new();
    for (count, (step, der)) in path.iter().zip(&der).enumerate().take(60) {
        process(&mut graph, step, der).unwrap();
        let State::Policies(depth) = &graph.0 else { panic!("{graph:?}") };
        assert_eq!(depth.entries, (2 + 4) * (count + 1));
    }
}

#[test]
fn rfc5280_s6_1_3_d_1_one_policy_expected_by_two() {
    // Red expects Gold and White, Blue expects Gold and Yellow. Gold comes, and has both as parents; Silver comes in vain.
    let path = [Step::new(&[1, 2]).mapping(&[(1, 10), (1, 11), (2, 10), (2, 12)]), Step::new(&[10, 13])];
    assert_eq!(user(&path, ANY), [1, 2]);
    assert_eq!(user(&path, &[2, 13]), [2]);
}

#[test]
fn rfc5280_s6_1_3_d_1_any_policy_above_takes_in_what_is_not_expected() {
    let path = [Step::new(&[0]), Step::new(&[10, 13])];
    assert_eq!(user(&path, ANY), [10, 13]);
    // Of a policy that is expected, anyPolicy is no parent.
    let path = [Step::new(&[0, 1]).mapping(&[(1, 10)]), Step::new(&[10, 13])];
    assert_eq!(user(&path, ANY), [1, 13]);
}

#[test]
fn rfc5280_s6_1_3_d_2_any_policy_stands_for_what_is_expected() {
    let path = [Step::new(&[1, 2]).mapping(&[(1, 10), (1, 13), (2, 10), (2, 14)]), Step::new(&[0]), Step::new(&[14])];
    assert_eq!(user(&path[..2], ANY), [1, 2]);
    assert_eq!(user(&path, ANY), [2]);
}

#[test]
fn rfc5280_s6_1_2_a_the_graph_begins_with_any_policy() {
    assert_eq!(sets(&[], ANY), (vec![0], vec![0]));
    assert_eq!(sets(&[], &[7]), (vec![0], vec![7]));
    assert!(!PolicyGraph::new().is_null());
}

#[test]
fn rfc5280_s6_1_3_d_2_inhibited_any_policy_is_no_policy() {
    assert_eq!(user(&[Step::new(&[0]).any_inhibited()], ANY), [0; 0]);
    assert_eq!(user(&[Step::new(&[0, 4]).any_inhibited()], ANY), [4]);
    // Inhibition is of the certificate that has anyPolicy, not of those below.
    assert_eq!(user(&[Step::new(&[0]), Step::new(&[3]).any_inhibited()], ANY), [3]);
}

#[test]
fn rfc5280_s6_1_3_d_3_ancestors_without_offspring_go() {
    let path = [Step::new(&[1, 2, 3]), Step::new(&[1, 2]), Step::new(&[2])];
    assert_eq!(user(&path, ANY), [2]);
}

#[test]
fn rfc5280_s6_1_3_e_without_the_extension_no_policy_is_left_for_good() {
    let without = Step { policies: None, ..Step::new(&[]) };
    assert_eq!(sets(&[Step::new(&[1]), without, Step::new(&[0, 1])], ANY), (vec![], vec![]));
}

#[test]
fn rfc5280_s6_1_4_a_any_policy_cannot_be_mapped() {
    for mapping in [(0, 1), (1, 0)] {
        for policies in [&[0][..], &[1], &[1, 2]] {
            let path = [Step::new(policies).mapping(&[(2, 3), mapping])];
            let der = encoded(&path);
            let error = process(&mut PolicyGraph::new(), &path[0], &der[0]).unwrap_err();
            assert_eq!(error, PolicyError::AnyPolicyMapped);
            // Also where there is nothing to map.
            let mut null = PolicyGraph(State::Null);
            assert_eq!(null.map(read(&der[0].1), PolicyMappings::Inhibited), Err(PolicyError::AnyPolicyMapped));
        }
    }
}

#[test]
fn rfc5280_s6_1_4_b_1_any_policy_lets_a_policy_be_mapped_that_is_not_named() {
    let path = [Step::new(&[0]).mapping(&[(1, 2)]), Step::new(&[2])];
    assert_eq!(user(&path, ANY), [1]);
    let path = [Step::new(&[3]).mapping(&[(1, 2)]), Step::new(&[2])];
    assert_eq!(user(&path, ANY), [0; 0]);
}

#[test]
fn rfc5280_s6_1_4_b_2_inhibited_mapping_ends_the_policy() {
    let path = [Step::new(&[1, 2]).mapping(&[(1, 3)]).mapping_inhibited(), Step::new(&[1, 2, 3])];
    assert_eq!(user(&path, ANY), [2]);
    let path = [Step::new(&[1]).mapping(&[(1, 3)]).mapping_inhibited(), Step::new(&[0])];
    assert_eq!(user(&path, ANY), [0; 0]);
    let path = [Step::new(&[0, 1]).mapping(&[(1, 3)]).mapping_inhibited(), Step::new(&[3])];
    assert_eq!(user(&path, ANY), [3]);
}

#[test]
fn rfc5280_s4_2_1_4_a_policy_occurs_once() {
    for policies in [&[1, 2, 1][..], &[0, 0]] {
        let (path, mut graph) = ([Step::new(policies)], PolicyGraph::new());
        let der = encoded(&path);
        let error = process(&mut graph, &path[0], &der[0]).unwrap_err();
        let twice = octets(policies[0]);
        assert_eq!(error, PolicyError::Duplicate(Oid::from_bytes(&twice).unwrap()));
        // Also where there is nothing left to lose.
        assert!(process(&mut PolicyGraph(State::Null), &path[0], &der[0]).is_err());
        assert_eq!(graph.conclude(&PolicySet::ANY).user, PolicySet::ANY, "as it was");
    }
}

/// Paths of NIST PKITS, with the sets that `pkits.json` expects.
#[test]
fn pkits_policy_paths() {
    // 4.8.10, 4.8.11, 4.8.13, 4.8.14
    let same = [Step::new(&[1, 2]), Step::new(&[1, 2])];
    assert_eq!((user(&same, ANY), user(&same, &[1]), user(&same, &[2])), (vec![1, 2], vec![1], vec![2]));
    let any = [Step::new(&[0]), Step::new(&[0])];
    assert_eq!((user(&any, ANY), user(&any, &[1])), (vec![0], vec![1]));
    let any_then_one = [Step::new(&[0]), Step::new(&[1])];
    assert_eq!((user(&any_then_one, &[1]), user(&any_then_one, &[2])), (vec![1], vec![]));
    // 4.10.1: 1 is mapped to 2.
    let mapped = [Step::new(&[1]).mapping(&[(1, 2)]), Step::new(&[2])];
    assert_eq!((user(&mapped, &[1]), user(&mapped, &[2])), (vec![1], vec![]));
    let inhibited = [Step::new(&[1]).mapping(&[(1, 2)]).mapping_inhibited(), Step::new(&[2])];
    assert_eq!(user(&inhibited, ANY), [0; 0]);
    // 4.10.5: two mappings one after the other.
    let twice = [Step::new(&[1, 6]).mapping(&[(1, 2), (6, 3)]), Step::new(&[2]).mapping(&[(2, 5)]), Step::new(&[5])];
    assert_eq!((user(&twice, &[1]), user(&twice, &[6])), (vec![1], vec![]));
}

/// Section 6.1 of RFC 5280 as it was before RFC 9618: the tree, grown node by node.
struct Tree(Vec<Node>);

#[derive(Clone)]
struct Node {
    depth: usize,
    policy: u8,
    expected: Vec<u8>,
    parent: usize,
    deleted: bool,
}

impl Tree {
    fn new() -> Self {
        Self(vec![Node { depth: 0, policy: 0, expected: vec![0], parent: 0, deleted: false }])
    }

    fn at(&self, depth: usize) -> Vec<usize> {
        (0..self.0.len()).filter(|node| !self.0[*node].deleted && self.0[*node].depth == depth).collect()
    }

    fn add(&mut self, parent: usize, policy: u8, expected: Vec<u8>) {
        let depth = self.0[parent].depth + 1;
        self.0.push(Node { depth, policy, expected, parent, deleted: false });
    }

    fn children(&self, node: usize) -> impl Iterator<Item = &Node> {
        let depth = self.0[node].depth + 1;
        self.0.iter().filter(move |child| !child.deleted && child.depth == depth && child.parent == node)
    }

    fn prune(&mut self, last: usize) {
        for depth in (0..last).rev() {
            for node in self.at(depth) {
                let is_childless = self.children(node).next().is_none();
                self.0[node].deleted = is_childless;
            }
        }
    }

    fn process(&mut self, depth: usize, step: &Step) {
        let Some(policies) = &step.policies else {
            self.0.iter_mut().for_each(|node| node.deleted = true);
            return;
        };
        for policy in policies.iter().filter(|policy| **policy != 0) {
            let mut parents = self.at(depth - 1);
            parents.retain(|node| self.0[*node].expected.contains(policy));
            if parents.is_empty() {
                parents = self.at(depth - 1);
                parents.retain(|node| self.0[*node].policy == 0);
            }
            parents.into_iter().for_each(|parent| self.add(parent, *policy, vec![*policy]));
        }
        if policies.contains(&0) && step.any_policy == AnyPolicy::Allowed {
            for parent in self.at(depth - 1) {
                for value in self.0[parent].expected.clone() {
                    if self.children(parent).all(|child| child.policy != value) {
                        self.add(parent, value, vec![value]);
                    }
                }
            }
        }
        self.prune(depth);
        for (issuer, _) in &step.mappings {
            let subjects = step.mappings.iter().filter(|(other, _)| other == issuer).map(|(_, subject)| *subject);
            let subjects: Vec<_> = subjects.collect();
            let of_issuer: Vec<_> = self.at(depth).into_iter().filter(|node| self.0[*node].policy == *issuer).collect();
            let any = self.at(depth).into_iter().find(|node| self.0[*node].policy == 0);
            match (step.policy_mapping, any) {
                (PolicyMappings::Inhibited, _) => of_issuer.into_iter().for_each(|node| self.0[node].deleted = true),
                (PolicyMappings::Allowed, Some(any)) if of_issuer.is_empty() => {
                    self.add(self.0[any].parent, *issuer, subjects);
                }
                _ => of_issuer.into_iter().for_each(|node| self.0[node].expected.clone_from(&subjects)),
            }
        }
        self.prune(depth);
    }

    /// 6.1.5 (g) (iii), of which the other cases are special ones.
    fn intersection(mut self, last: usize, initial: &[u8]) -> Vec<u8> {
        let is_top = |tree: &Self, node: &Node| !node.deleted && node.depth > 0 && tree.0[node.parent].policy == 0;
        let tops: Vec<_> = (0..self.0.len()).filter(|node| is_top(&self, &self.0[*node])).collect();
        let mut found: Vec<u8> = tops.iter().map(|node| self.0[*node].policy).filter(|policy| *policy != 0).collect();
        let any = self.at(last).into_iter().any(|node| self.0[node].policy == 0);
        if initial.contains(&0) {
            found.extend(any.then_some(0));
        } else {
            found.retain(|policy| initial.contains(policy));
            if any {
                found.extend(initial);
            }
        }
        self.0.clear();
        found.sort_unstable();
        found.dedup();
        found
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u8::try_from((self.0 >> 16) % limit).unwrap()
    }

    fn step(&mut self) -> Step {
        let policies: Vec<_> = (0..6).filter(|_| self.below(2) == 0).collect();
        let mappings = if self.below(2) == 0 { 0 } else { self.below(6) };
        let mappings = (0..mappings).map(|_| (1 + self.below(5), 1 + self.below(5))).collect();
        let any_policy = if self.below(6) == 0 { AnyPolicy::Inhibited } else { AnyPolicy::Allowed };
        let policy_mapping = if self.below(6) == 0 { PolicyMappings::Inhibited } else { PolicyMappings::Allowed };
        Step { policies: (!policies.is_empty()).then_some(policies), mappings, any_policy, policy_mapping }
    }
}

#[test]
fn rfc9618_the_graph_says_what_the_tree_says() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut empty, mut some, mut any) = (0, 0, 0);
    for _ in 0..4_000 {
        let path: Vec<_> = (0..=random.below(4)).map(|_| random.step()).collect();
        let initial: Vec<_> = (0..6).filter(|_| random.below(3) == 0).collect();
        let mut tree = Tree::new();
        path.iter().enumerate().for_each(|(index, step)| tree.process(index + 1, step));
        let expected = tree.intersection(path.len(), &initial);
        assert_eq!(user(&path, &initial), expected, "{path:?} for {initial:?}");
        match expected.as_slice() {
            [] => empty += 1,
            [0, ..] => any += 1,
            _ => some += 1,
        }
    }
    assert!(empty > 500 && some > 500 && any > 100, "{empty} {some} {any}");
}

fn many(count: u16) -> Vec<Vec<u8>> {
    (0..count).map(|n| vec![0x2a, 0x81 + u8::try_from(n / 128).unwrap(), u8::try_from(n % 128).unwrap()]).collect()
}

#[test]
fn policies_of_a_certificate_are_limited() {
    let (enough, too_many) = (write_policies(&many(512)), write_policies(&many(513)));
    let mut graph = PolicyGraph::new();
    assert_eq!(graph.process_policies(Some(read(&enough)), AnyPolicy::Allowed), Ok(()));
    assert_eq!(graph.conclude(&PolicySet::ANY).user.iter().count(), 512);
    for mut graph in [PolicyGraph::new(), PolicyGraph(State::Null)] {
        let error = graph.process_policies(Some(read(&too_many)), AnyPolicy::Allowed);
        assert_eq!(error, Err(PolicyError::TooMany));
    }
}

#[test]
fn mappings_of_a_certificate_are_limited() {
    let mapping =
        |count| write_mappings(&many(count).into_iter().map(|policy| (octets(1), policy)).collect::<Vec<_>>());
    let (enough, too_many) = (mapping(511), mapping(513));
    let policies = write_policies(&[octets(1)]);
    let mut graph = PolicyGraph::new();
    graph.process_policies(Some(read(&policies)), AnyPolicy::Allowed).unwrap();
    assert_eq!(graph.clone().map(read(&enough), PolicyMappings::Allowed), Ok(()));
    assert_eq!(graph.map(read(&too_many), PolicyMappings::Allowed), Err(PolicyError::TooMany));
}

#[test]
fn policies_of_a_path_are_limited() {
    let policies = write_policies(&many(100));
    let mut graph = PolicyGraph::new();
    for _ in 0..5 {
        assert_eq!(graph.process_policies(Some(read(&policies)), AnyPolicy::Allowed), Ok(()));
    }
    assert_eq!(graph.process_policies(Some(read(&policies)), AnyPolicy::Allowed), Err(PolicyError::TooMany));
}

#[test]
fn a_graph_is_left_as_it_was_by_what_happens_to_its_clone() {
    let path = [Step::new(&[1, 2]), Step::new(&[1]).mapping(&[(1, 3)])];
    let der = encoded(&path);
    let mut graph = PolicyGraph::new();
    process(&mut graph, &path[0], &der[0]).unwrap();
    process(&mut graph.clone(), &path[1], &der[1]).unwrap();
    assert_eq!(graph.conclude(&PolicySet::ANY).user, set(&[1, 2]));
}

#[test]
fn a_set_with_any_policy_has_every_policy() {
    let one = octets(1);
    let one = Oid::from_bytes(&one).unwrap();
    assert!(PolicySet::ANY.contains(one) && PolicySet::ANY.is_any() && !PolicySet::ANY.is_empty());
    assert!(!PolicySet::EMPTY.contains(one) && !PolicySet::EMPTY.contains(oid::ANY_POLICY));
    assert!(set(&[2, 1]).contains(one) && !set(&[2, 3]).contains(one));
    assert_eq!(set(&[2, 1, 2]).iter().map(last_arc).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn sets_are_shown_in_dotted_decimal() {
    assert_eq!(set(&[2, 0]).to_string(), "anyPolicy, 2.16.840.1.101.3.2.1.48.2");
    assert_eq!(set(&[1, 2]).to_string(), "2.16.840.1.101.3.2.1.48.1, 2.16.840.1.101.3.2.1.48.2");
    assert_eq!(format!("{:?}", PolicySet::EMPTY), "PolicySet(none)");
}

#[test]
fn settings_hold_what_was_asked_for() {
    let (one, two) = (octets(1), octets(2));
    let oids = [Oid::from_bytes(&one).unwrap(), Oid::from_bytes(&two).unwrap()];
    let settings = PolicySettings::default();
    assert_eq!(settings.initial_policies(), &PolicySet::ANY);
    assert_eq!(settings.explicit_policy(), ExplicitPolicy::NotRequired);
    assert_eq!((settings.policy_mapping(), settings.any_policy()), (PolicyMappings::Allowed, AnyPolicy::Allowed));
    let settings = settings.with_policies(&oids).requiring_explicit_policy().inhibiting_policy_mapping();
    assert_eq!(settings.initial_policies(), &set(&[1, 2]));
    assert_eq!(settings.explicit_policy(), ExplicitPolicy::Required);
    assert_eq!((settings.policy_mapping(), settings.any_policy()), (PolicyMappings::Inhibited, AnyPolicy::Allowed));
    assert_eq!(PolicySettings::ANY.inhibiting_any_policy().any_policy(), AnyPolicy::Inhibited);
    assert_eq!(PolicySettings::ANY.with_policies(&[oids[0], oid::ANY_POLICY]), PolicySettings::ANY);
}

#[test]
fn errors_say_what_is_wrong() {
    let one = octets(1);
    let duplicate = PolicyError::Duplicate(Oid::from_bytes(&one).unwrap());
    assert_eq!(duplicate.to_string(), "certificatePolicies has 2.16.840.1.101.3.2.1.48.1 twice");
    assert_eq!(PolicyError::AnyPolicyMapped.to_string(), "a policy mapping from or to anyPolicy");
    assert!(PolicyError::TooMany.to_string().contains("512"));
}
