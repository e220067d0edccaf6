//! From the anchors down: paths, best first.

use alloc::{collections::BinaryHeap, vec::Vec};
use core::cmp::Reverse;

use super::{Found, Search, TARGET, USUAL_LENGTH, Vertex, climb::steps_for, frontier::Frontier, signatures::Signatory};
use crate::chain::{
    profile::Role,
    rules::{self, State, Work},
};

/// A path from an anchor down to `vertex`, and the state after it; the anchor by itself where there is no vertex.
pub(super) struct Node<'a> {
    pub(super) top: usize,
    pub(super) parent: Option<usize>,
    pub(super) vertex: Option<usize>,
    pub(super) length: u32,
    pub(super) mismatches: u32,
    pub(super) state: State<'a>,
}

/// A step to take: mismatches, length that the whole path has at least, order of discovery; then from where to where.
pub(super) type Step = (u32, u32, u32, usize, usize);

impl<'a> Search<'a, '_> {
    /// Goes down from the anchors, best first.
    pub(super) fn descend(&mut self) -> Option<Found<'a>> {
        let mut nodes: Vec<Node<'a>> = Vec::with_capacity(USUAL_LENGTH + 1);
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
            if let Some(node) = self.step(&nodes, parent, vertex, mismatches) {
                nodes.push(node);
                if let Some(found) = self.arrive(&nodes, &mut steps) {
                    return Some(found);
                }
            }
            if self.budget.exhausted().is_some() {
                return None;
            }
        }
        None
    }

    /// Goes on from the last of the nodes; if it is the target, settles whether the path to it is valid.
    fn arrive(&mut self, nodes: &[Node<'a>], steps: &mut BinaryHeap<Reverse<Step>>) -> Option<Found<'a>> {
        let last = nodes.len().checked_sub(1)?;
        let node = nodes.get(last)?;
        if node.vertex != Some(TARGET) {
            self.follow(nodes, last, steps);
            return None;
        }
        if !self.settle(nodes, last) {
            for aside in self.frontier.take_aside() {
                self.follow(nodes, aside, steps);
            }
            return None;
        }
        let path = self.ancestors(nodes, Some(last)).map(|(_, vertex)| vertex.facts.certificate).collect();
        let anchor = self.context.validator.anchors.get(self.anchor_of(node)?)?;
        Some(Found { path, anchor, state: node.state.clone() })
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
    pub(super) fn ancestors<'n>(
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
                self.fail_on(violation, nodes, parent, vertex);
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

    /// The anchor that a node is below, by its place among the anchors.
    pub(super) fn anchor_of(&self, node: &Node<'a>) -> Option<usize> {
        self.tops.get(node.top).map(|top| top.anchor)
    }

    /// Who signs what is below a node.
    pub(super) fn signatory(&self, node: &Node<'a>) -> Option<Signatory<'a>> {
        let entity = match node.vertex {
            None => self.tops.get(node.top)?.entity,
            Some(vertex) => self.vertices.get(vertex)?.entity,
        };
        Some((entity, node.state.working_key.algorithm().parameters))
    }
}

/// Certificates in a path, self-issued ones included, which [`ChainLimits::depth`](super::ChainLimits::depth) does not count.
const LONGEST: u32 = 64;
