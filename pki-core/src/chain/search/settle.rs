//! Of a path that is whole: signatures and status.

use alloc::vec::Vec;

use super::{Search, descend::Node};
use crate::chain::{error::Violation, revocation};

impl<'a> Search<'a, '_> {
    /// Checks signatures from the anchor down, then the status of each certificate.
    pub(super) fn settle(&mut self, nodes: &[Node<'a>], last: usize) -> bool {
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
}
