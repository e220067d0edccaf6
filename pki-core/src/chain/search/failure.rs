//! [`Failure`]: the best reason why there is no path.

use alloc::vec::Vec;

use super::{Search, TARGET, descend::Node};
use crate::{cert::Certificate, chain::error::Violation};

/// The best reason why there is none.
pub(in crate::chain) struct Failure {
    pub(in crate::chain) violation: Violation,
    /// The certificate that breaks the rule, counted from the target.
    pub(in crate::chain) depth: usize,
    /// The target first.
    pub(in crate::chain) path: Vec<Certificate>,
    pub(in crate::chain) anchor: Option<usize>,
}

impl<'a> Search<'a, '_> {
    /// Notes that `certificate`, which may have issued `below`, can't be on a path.
    pub(super) fn fail_above(&mut self, violation: Violation, certificate: &Certificate, below: usize) {
        if self.is_best(&violation) {
            let mut path = self.path_below(below);
            // Names that it does not allow are those of the target.
            let depth = if matches!(violation, Violation::Name(_)) { TARGET } else { path.len() };
            path.push(certificate.clone());
            self.best = Some(Failure { violation, depth, path, anchor: None });
        }
    }

    /// Notes that the anchor above `vertex`, or nothing, is wrong.
    pub(super) fn fail(&mut self, violation: Violation, anchor: Option<usize>, vertex: usize) {
        if self.is_best(&violation) {
            let path = self.path_below(vertex);
            let depth = if anchor.is_some() { path.len() } else { path.len().saturating_sub(1) };
            self.best = Some(Failure { violation, depth, path, anchor });
        }
    }

    /// Notes that `vertex` breaks a rule below `parent`.
    pub(super) fn fail_on(&mut self, violation: Violation, nodes: &[Node<'a>], parent: usize, vertex: usize) {
        if self.is_best(&violation) {
            let anchor = nodes.get(parent).and_then(|above| self.anchor_of(above));
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
