//! The search for a path.
//!
//! 1. *Climb*: from the target up, by names, over every certificate that by itself could be on a path; that gives each its
//!    distance from the target. What can't be on any path (expired, no CA, constraints that exclude the target) ends here,
//!    and so do pools that reach no anchor, without one signature check.
//! 2. *Descend*: from the anchors down, best first: fewest mismatched key identifiers, then the shortest path that the
//!    distances promise. Each step applies the rules of RFC 5280 section 6.1 on the path so far, so that what breaks one cuts
//!    off all that lies below it; and of several paths to one certificate only those are followed that allow something that
//!    the others don't ([`Frontier`]).
//! 3. *Settle*: only a path that is whole has its signatures checked, from the anchor down, so that no key is used that was
//!    not vouched for; each check is remembered. Then comes revocation.
//!
//! The first path is thus the shortest valid one, and in an honest pool it costs as many checks as it has certificates.

use alloc::{
    collections::{BTreeMap, BinaryHeap},
    vec::Vec,
};
use core::cmp::Reverse;

use super::{
    Context,
    anchor::TrustAnchor,
    error::Violation,
    facts::Facts,
    frontier::Frontier,
    limits::Budget,
    missing::Missing,
    names,
    profile::Role,
    revocation,
    rules::{self, State, Work},
};
use crate::{
    cert::Certificate,
    crypto::{CryptoProvider, VerifyError},
    key::PublicKeyRef,
};

/// A path that holds.
pub(super) struct Found<'a> {
    /// The target first.
    pub(super) path: Vec<&'a Certificate>,
    pub(super) anchor: &'a TrustAnchor,
    pub(super) state: State<'a>,
}

/// The best reason why there is none.
pub(super) struct Failure {
    pub(super) violation: Violation,
    /// The certificate that breaks the rule, counted from the target.
    pub(super) depth: usize,
    /// The target first.
    pub(super) path: Vec<Certificate>,
    pub(super) anchor: Option<usize>,
}

/// One search. What it has learnt of the pool and of signatures stays in it.
pub(super) struct Search<'a, 's> {
    context: Context<'a>,
    budget: &'s mut Budget,
    /// Which anchors may end the path; all where absent.
    only_anchor: Option<usize>,
    /// The target first; each once.
    vertices: Vec<Vertex<'a>>,
    /// The number of each CA, by its key and the hash of its name.
    entities: BTreeMap<(&'a [u8], u64), usize>,
    /// From anchors to what they may have issued.
    tops: Vec<Top>,
    best: Option<Failure>,
    frontier: Frontier,
    signatures: Signatures<'a>,
    missing: &'s mut Missing,
}

/// A certificate that may be on a path.
struct Vertex<'a> {
    facts: Facts<'a>,
    /// Whose it is: the same for certificates of the same name with the same key, but for the target.
    entity: usize,
    /// How many certificates lie between it and the target, at least.
    distance: u32,
    /// What it may have issued.
    below: Vec<Edge>,
}

/// From an issuer to a certificate.
#[derive(Clone, Copy)]
struct Edge {
    vertex: usize,
    /// 1 if the key identifiers differ, so that this is hardly the issuer (RFC 5280 section 4.2.1.1: a hint).
    mismatch: u32,
}

/// An anchor and what it may have issued.
struct Top {
    anchor: usize,
    entity: usize,
    edges: Vec<Edge>,
}

/// A path from an anchor down to `vertex`, and the state after it; the anchor by itself where there is no vertex.
struct Node<'a> {
    top: usize,
    parent: Option<usize>,
    vertex: Option<usize>,
    length: u32,
    mismatches: u32,
    state: State<'a>,
}

/// A step to take: mismatches, length that the whole path has at least, order of discovery; then from where to where.
type Step = (u32, u32, u32, usize, usize);

/// Whose key: the number of the CA, and the parameters, which it may have from above.
type Signatory<'a> = (usize, Option<&'a [u8]>);

/// Keys and what they have, or have not, signed.
#[derive(Default)]
struct Signatures<'a> {
    /// By key and certificate.
    known: BTreeMap<(Signatory<'a>, usize), Result<(), VerifyError>>,
    /// Whether some don't hold.
    any_bad: bool,
}

impl<'a, 's> Search<'a, 's> {
    pub(super) fn new(
        context: Context<'a>,
        only_anchor: Option<usize>,
        budget: &'s mut Budget,
        missing: &'s mut Missing,
    ) -> Self {
        Self {
            context,
            budget,
            only_anchor,
            vertices: Vec::new(),
            entities: BTreeMap::new(),
            tops: Vec::new(),
            best: None,
            frontier: Frontier::default(),
            signatures: Signatures::default(),
            missing,
        }
    }

    /// Finds the first valid path from `target` to an anchor.
    pub(super) fn run(mut self, target: &'a Certificate) -> Result<Found<'a>, Failure> {
        let known = self.context.known_extensions();
        let checked = Facts::read(target, &known)
            .and_then(|facts| rules::check_alone(&facts, Role::Target, &self.context).map(|()| facts));
        match checked {
            Ok(facts) => self.vertices.push(Vertex { facts, entity: TARGETS_OWN, distance: 0, below: Vec::new() }),
            Err(violation) => {
                return Err(Failure { violation, depth: 0, path: alloc::vec![target.clone()], anchor: None });
            }
        }
        self.climb(&known);
        if let Some(found) = self.descend() {
            return Ok(found);
        }
        let exhausted = self.budget.exhausted();
        Err(self.best.take().unwrap_or_else(|| Failure {
            violation: match exhausted {
                Some(limit) => Violation::LimitExceeded(limit),
                None => Violation::UnknownIssuer { issuer: target.issuer().to_owned() },
            },
            depth: 0,
            path: alloc::vec![target.clone()],
            anchor: None,
        }))
    }

    /// Finds all that may lie between the target and an anchor.
    fn climb(&mut self, known: &[crate::Oid<'_>]) {
        // What became of the certificates of the pool: their vertex, or none if they can't be on a path.
        let mut visited: BTreeMap<usize, Option<usize>> = BTreeMap::new();
        let mut next = 0;
        while let Some(vertex) = self.vertices.get(next) {
            let certificate = vertex.facts.certificate;
            let authority_key = vertex.facts.authority_key;
            let (name, hash) = (certificate.issuer(), certificate.issuer().folded_hash());
            // Whether somebody has the name of the issuer, and whether one of them may be it.
            let (mut named, mut admitted) = (false, false);
            let validator = self.context.validator;
            for index in validator.by_name.find(hash) {
                let wanted = self.only_anchor.is_none_or(|only| only == index);
                let Some(anchor) = validator.anchors.get(index).filter(|anchor| anchor.name().matches(name)) else {
                    continue;
                };
                (named, admitted) = (true, true);
                if wanted && self.budget.step() {
                    let subject_key = anchor.certificate().and_then(|own| own.subject_key_identifier().ok().flatten());
                    let mismatch = mismatch(authority_key, subject_key.map(|id| id.as_bytes()));
                    self.add_top(index, Edge { vertex: next, mismatch });
                }
            }
            for (index, issuer) in self.context.pool.with_subject_hash(hash) {
                let subject = issuer.subject();
                let steps = if subject == name { 1 } else { steps_for(name.as_der().len()) };
                if !self.budget.steps(steps) {
                    return;
                }
                if !subject.matches(name) {
                    continue;
                }
                named = true;
                let seen = visited.get(&index).copied();
                let found = seen.unwrap_or_else(|| {
                    let found = self.admit(issuer, hash, next, known);
                    visited.insert(index, found);
                    found
                });
                if let Some(above) = found.and_then(|above| self.vertices.get_mut(above)) {
                    let mismatch = mismatch(authority_key, above.facts.subject_key);
                    admitted = true;
                    above.below.push(Edge { vertex: next, mismatch });
                }
            }
            if !admitted {
                self.missing.add_issuer_of(certificate);
            }
            if !named {
                self.fail(Violation::UnknownIssuer { issuer: name.to_owned() }, None, next);
            }
            next += 1;
        }
    }

    fn add_top(&mut self, anchor: usize, edge: Edge) {
        match self.tops.iter_mut().find(|top| top.anchor == anchor) {
            Some(top) => top.edges.push(edge),
            None => {
                let Some(known) = self.context.validator.anchors.get(anchor) else { return };
                let entity = self.entity(known.public_key(), known.name_hash());
                self.tops.push(Top { anchor, entity, edges: alloc::vec![edge] });
            }
        }
    }

    /// The number of whoever has this key, and a name with this hash. Who makes names with equal hashes is still one that has
    /// the same key.
    fn entity(&mut self, key: PublicKeyRef<'a>, name_hash: u64) -> usize {
        let next = TARGETS_OWN + 1 + self.entities.len();
        *self.entities.entry((key.as_der(), name_hash)).or_insert(next)
    }

    /// Whether it is the target once more.
    fn is_copy_of_target(&self, certificate: &Certificate) -> bool {
        self.vertices.get(TARGET).is_some_and(|target| target.facts.certificate == certificate)
    }

    /// Makes a vertex of a certificate that may have issued `below`, if by itself it can be on a path.
    fn admit(
        &mut self,
        certificate: &'a Certificate,
        subject_hash: u64,
        below: usize,
        known: &[crate::Oid<'_>],
    ) -> Option<usize> {
        let checked = Facts::read(certificate, known).and_then(|facts| {
            rules::check_alone(&facts, Role::Intermediate, &self.context)?;
            self.excludes_target(&facts)?;
            Ok(facts)
        });
        match checked {
            Ok(facts) => {
                let entity = if self.is_copy_of_target(certificate) {
                    TARGETS_OWN
                } else {
                    self.entity(facts.public_key, subject_hash)
                };
                let distance = self.vertices.get(below)?.distance + 1;
                self.vertices.push(Vertex { facts, entity, distance, below: Vec::new() });
                Some(self.vertices.len() - 1)
            }
            Err(violation) => {
                self.fail_above(violation, certificate, below);
                None
            }
        }
    }

    /// Whoever is above the target constrains it, whatever lies between.
    fn excludes_target(&mut self, facts: &Facts<'a>) -> Result<(), Violation> {
        let (Some(constraints), Some(target)) = (facts.name_constraints, self.vertices.first()) else { return Ok(()) };
        let checked = names::check(&constraints, target.facts.certificate, &mut self.budget.names);
        checked.map_err(|refused| self.budget.name_refused(refused))
    }

    /// Goes down from the anchors, best first.
    fn descend(&mut self) -> Option<Found<'a>> {
        let mut nodes: Vec<Node<'a>> = Vec::new();
        let mut steps: BinaryHeap<Reverse<Step>> = BinaryHeap::new();
        for top in 0..self.tops.len() {
            if let Some(node) = self.start(top) {
                nodes.push(node);
                self.expand(&nodes, nodes.len() - 1, &mut steps);
            }
        }
        let requires = |vertex: &Vertex<'_>| {
            vertex.facts.policy_constraints.is_some_and(|constraints| constraints.require_explicit_policy.is_some())
        };
        let policies = self.vertices.iter().any(requires) || nodes.iter().any(|node| node.state.may_require_policy());
        self.frontier = Frontier::without_policies(!policies);
        while let Some(Reverse((mismatches, _, _, parent, vertex))) = steps.pop() {
            if self.leads_through_bad_signature(&nodes, parent, vertex) {
                continue;
            }
            let Some(node) = self.step(&nodes, parent, vertex, mismatches) else { continue };
            nodes.push(node);
            let last = nodes.len() - 1;
            if vertex != TARGET {
                self.follow(&nodes, last, &mut steps);
            } else if self.settle(&nodes, last) {
                let node = nodes.pop()?;
                let mut path = alloc::vec![self.vertices.get(TARGET)?.facts.certificate];
                path.extend(self.ancestors(&nodes, node.parent).map(|(_, vertex)| vertex.facts.certificate));
                let anchor = self.context.validator.anchors.get(self.tops.get(node.top)?.anchor)?;
                return Some(Found { path, anchor, state: node.state });
            } else {
                for aside in self.frontier.take_aside() {
                    self.follow(&nodes, aside, &mut steps);
                }
            }
            if self.budget.exhausted().is_some() {
                return None;
            }
        }
        None
    }

    /// The anchor by itself.
    fn start(&mut self, top: usize) -> Option<Node<'a>> {
        let entry = self.tops.get(top)?;
        let (anchor, first) = (entry.anchor, entry.edges.first()?.vertex);
        match self.context.anchor_state(anchor, self.budget)? {
            Ok(state) => Some(Node { top, parent: None, vertex: None, length: 0, mismatches: 0, state }),
            Err(violation) => {
                self.fail(violation, Some(anchor), first);
                None
            }
        }
    }

    /// Goes on from a node, unless what it can lead to can be had from another one.
    fn follow(&mut self, nodes: &[Node<'a>], from: usize, steps: &mut BinaryHeap<Reverse<Step>>) {
        let Some(vertex) = nodes.get(from).and_then(|node| node.vertex) else { return };
        let mut frontier = core::mem::take(&mut self.frontier);
        let state = |index: usize| {
            let node = nodes.get(index)?;
            let is_bad = self.leads_through_bad_signature(nodes, node.parent?, node.vertex?);
            (!is_bad).then_some(&node.state)
        };
        let is_followed = frontier.admits(from, vertex, state);
        self.frontier = frontier;
        if is_followed {
            self.expand(nodes, from, steps);
        }
    }

    /// Notes the steps that lead on from a node.
    fn expand(&mut self, nodes: &[Node<'a>], from: usize, steps: &mut BinaryHeap<Reverse<Step>>) {
        let Some(node) = nodes.get(from).filter(|node| node.length < LONGEST) else { return };
        let edges = match node.vertex {
            None => self.tops.get(node.top).map(|top| &top.edges),
            Some(vertex) => self.vertices.get(vertex).map(|vertex| &vertex.below),
        };
        for edge in edges.into_iter().flatten() {
            let Some(below) = self.vertices.get(edge.vertex) else { continue };
            if self.is_on_path(nodes, from, edge.vertex, below.entity) {
                continue;
            }
            if !self.budget.step() {
                return;
            }
            let order = self.budget.steps_spent();
            let length = node.length + 1 + below.distance;
            steps.push(Reverse((node.mismatches + edge.mismatch, length, order, from, edge.vertex)));
        }
    }

    /// Whether the same name with the same key is above already: going round adds nothing but constraints. The target has to
    /// be last, whoever else has its name and key, but no certificate occurs twice.
    fn is_on_path(&self, nodes: &[Node<'a>], from: usize, vertex: usize, entity: usize) -> bool {
        let top = nodes.get(from).and_then(|node| self.tops.get(node.top));
        (vertex != TARGET && top.is_some_and(|top| top.entity == entity))
            || self.ancestors(nodes, Some(from)).any(|(_, above)| above.entity == entity)
    }

    /// The certificates of a node and above, up to the one below the anchor.
    fn ancestors<'n>(
        &'n self,
        nodes: &'n [Node<'a>],
        from: Option<usize>,
    ) -> impl Iterator<Item = (&'n Node<'a>, &'n Vertex<'a>)> {
        let mut at = from;
        core::iter::from_fn(move || {
            let node = nodes.get(at?)?;
            at = node.parent;
            Some((node, self.vertices.get(node.vertex?)?))
        })
    }

    /// Applies the rules to the next certificate of a path.
    fn step(&mut self, nodes: &[Node<'a>], parent: usize, vertex: usize, mismatches: u32) -> Option<Node<'a>> {
        let (above, below) = (nodes.get(parent)?, self.vertices.get(vertex)?);
        let policies = below.facts.size_of_policies;
        if policies > 0 && !self.budget.steps(steps_for(policies)) {
            return None;
        }
        let mut state = above.state.clone();
        let role = if vertex == TARGET { Role::Target } else { Role::Intermediate };
        match rules::process(&mut state, &below.facts, role, &mut Work { budget: self.budget }) {
            Ok(()) => Some(Node {
                top: above.top,
                parent: Some(parent),
                vertex: Some(vertex),
                length: above.length + 1,
                mismatches,
                state,
            }),
            Err(violation) => {
                let anchor = self.tops.get(above.top).map(|top| top.anchor);
                self.fail_on(violation, anchor, nodes, parent, vertex);
                None
            }
        }
    }

    /// Whether a signature on the way to `vertex` is known not to hold.
    fn leads_through_bad_signature(&self, nodes: &[Node<'a>], parent: usize, vertex: usize) -> bool {
        if !self.signatures.any_bad {
            return false;
        }
        let mut at = Some((parent, vertex));
        while let Some((above, below)) = at {
            let Some(node) = nodes.get(above) else { return false };
            if self.signatory(node).is_some_and(|signatory| self.signatures.is_bad(signatory, below)) {
                return true;
            }
            at = node.parent.zip(node.vertex);
        }
        false
    }

    /// Who signs what is below a node.
    fn signatory(&self, node: &Node<'a>) -> Option<Signatory<'a>> {
        let entity = match node.vertex {
            None => self.tops.get(node.top)?.entity,
            Some(vertex) => self.vertices.get(vertex)?.entity,
        };
        Some((entity, node.state.working_key.algorithm().parameters))
    }

    /// Checks signatures from the anchor down, then the status of each certificate.
    fn settle(&mut self, nodes: &[Node<'a>], last: usize) -> bool {
        let mut way: Vec<(usize, usize, usize)> = Vec::new();
        let mut at = last;
        while let Some((node, parent, vertex)) = nodes.get(at).and_then(|node| Some((node, node.parent?, node.vertex?)))
        {
            way.push((node.top, parent, vertex));
            at = parent;
        }
        way.reverse();
        for (top, parent, vertex) in way.iter().copied() {
            let anchor = self.tops.get(top).map(|top| top.anchor);
            let (Some(above), Some(below)) = (nodes.get(parent), self.vertices.get(vertex)) else { return false };
            let Some(signatory) = self.signatory(above) else { return false };
            let (key, certificate) = (above.state.working_key, below.facts.certificate);
            let crypto = &self.context.validator.crypto;
            match self.signatures.check(signatory, key, (vertex, certificate), crypto, self.budget) {
                None => return false,
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    // Perhaps somebody else of this name signed it.
                    self.missing.add_issuer_of(below.facts.certificate);
                    self.fail_on(Violation::Signature(error), anchor, nodes, parent, vertex);
                    return false;
                }
            }
        }
        way.iter().copied().all(|(top, parent, vertex)| self.has_good_status(nodes, top, parent, vertex))
    }

    /// RFC 5280 section 6.1.3 (a) (3).
    fn has_good_status(&mut self, nodes: &[Node<'a>], top: usize, parent: usize, vertex: usize) -> bool {
        let anchor = self.tops.get(top).map(|top| top.anchor);
        let (Some(above), Some(below), Some(index)) = (nodes.get(parent), self.vertices.get(vertex), anchor) else {
            return false;
        };
        let certificate = below.facts.certificate;
        let issuer = revocation::Issuer {
            certificate: above.vertex.and_then(|vertex| self.vertices.get(vertex)).map(|above| above.facts.certificate),
            name: certificate.issuer(),
            key: above.state.working_key,
            anchor: index,
        };
        match revocation::check(&self.context, certificate, &issuer, self.budget, self.missing) {
            Ok(()) => true,
            Err(violation) => {
                self.frontier.give_up();
                self.fail_on(violation, anchor, nodes, parent, vertex);
                false
            }
        }
    }

    /// Notes that `certificate`, which may have issued `below`, can't be on a path.
    fn fail_above(&mut self, violation: Violation, certificate: &Certificate, below: usize) {
        if self.is_best(&violation) {
            let mut path = self.path_below(below);
            // Names that it does not allow are those of the target.
            let depth = if matches!(violation, Violation::Name(_)) { TARGET } else { path.len() };
            path.push(certificate.clone());
            self.best = Some(Failure { violation, depth, path, anchor: None });
        }
    }

    /// Notes that the anchor above `vertex`, or nothing, is wrong.
    fn fail(&mut self, violation: Violation, anchor: Option<usize>, vertex: usize) {
        if self.is_best(&violation) {
            let path = self.path_below(vertex);
            let depth = if anchor.is_some() { path.len() } else { path.len().saturating_sub(1) };
            self.best = Some(Failure { violation, depth, path, anchor });
        }
    }

    /// Notes that `vertex` breaks a rule below `parent`.
    fn fail_on(
        &mut self,
        violation: Violation,
        anchor: Option<usize>,
        nodes: &[Node<'a>],
        parent: usize,
        vertex: usize,
    ) {
        if self.is_best(&violation) {
            let mut path = self.path_below(vertex);
            let depth = path.len().saturating_sub(1);
            path.extend(self.ancestors(nodes, Some(parent)).map(|(_, above)| above.facts.certificate.clone()));
            self.best = Some(Failure { violation, depth, path, anchor });
        }
    }

    fn is_best(&self, violation: &Violation) -> bool {
        self.best.as_ref().is_none_or(|best| best.violation.rank() < violation.rank())
    }

    /// The shortest way from the target up to `vertex`.
    fn path_below(&self, vertex: usize) -> Vec<Certificate> {
        let mut path = Vec::new();
        let mut at = self.vertices.get(vertex);
        while let Some(vertex) = at {
            path.push(vertex.facts.certificate.clone());
            let nearest = vertex.below.iter().filter_map(|edge| self.vertices.get(edge.vertex));
            at = nearest.min_by_key(|below| below.distance).filter(|below| below.distance < vertex.distance);
        }
        path.reverse();
        path
    }
}

impl<'a> Signatures<'a> {
    /// Whether `vertex` is signed by `key`, which is that of `signatory`, checked once; `None` if no check is left.
    fn check(
        &mut self,
        signatory: Signatory<'a>,
        key: PublicKeyRef<'a>,
        vertex: (usize, &Certificate),
        crypto: &CryptoProvider,
        budget: &mut Budget,
    ) -> Option<Result<(), VerifyError>> {
        let (vertex, certificate) = vertex;
        if let Some(known) = self.known.get(&(signatory, vertex)) {
            return Some(*known);
        }
        if !budget.signature() {
            return None;
        }
        let result = certificate.verify_signature(key, crypto);
        self.known.insert((signatory, vertex), result);
        self.any_bad |= result.is_err();
        Some(result)
    }

    fn is_bad(&self, signatory: Signatory<'a>, vertex: usize) -> bool {
        self.known.get(&(signatory, vertex)).is_some_and(Result::is_err)
    }
}

/// 1 where both name a key and not the same one.
fn mismatch(authority: Option<&[u8]>, subject: Option<&[u8]>) -> u32 {
    match (authority, subject) {
        (Some(authority), Some(subject)) if authority != subject => 1,
        _ => 0,
    }
}

/// What going over so many octets costs.
fn steps_for(octets: usize) -> u32 {
    u32::try_from(octets / OCTETS_PER_STEP).unwrap_or(u32::MAX).saturating_add(1)
}

/// About as many as are looked at in the time that a step takes anyway.
const OCTETS_PER_STEP: usize = 32;
/// Certificates in a path, self-issued ones included, which [`ChainLimits::depth`](super::ChainLimits::depth) does not count.
const LONGEST: u32 = 64;
/// The target's vertex.
const TARGET: usize = 0;
/// The number of the target and its copies.
const TARGETS_OWN: usize = 0;
