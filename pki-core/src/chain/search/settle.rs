//! Of a path that is whole: signatures and status.

use alloc::vec::Vec;

use super::{Search, descend::Node};
use crate::chain::{error::Violation, revocation};

impl<'a> Search<'a, '_> {
    /// Checks signatures from the anchor down, then the status of each certificate.
    pub(super) fn settle(&mut self, nodes: &[Node<'a>], last: usize) -> bool {
        // From what to what, the anchor's first.
        let mut way: Vec<(usize, usize)> = Vec::new();
        let mut at = last;
        while let Some((parent, vertex)) = nodes.get(at).and_then(|node| node.parent.zip(node.vertex)) {
            way.push((parent, vertex));
            at = parent;
        }
        way.reverse();
        for (parent, vertex) in way.iter().copied() {
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
                    self.fail_on(Violation::Signature(error), nodes, parent, vertex);
                    return false;
                }
            }
        }
        way.into_iter().all(|(parent, vertex)| self.has_good_status(nodes, parent, vertex))
    }

    /// RFC 5280 section 6.1.3 (a) (3).
    fn has_good_status(&mut self, nodes: &[Node<'a>], parent: usize, vertex: usize) -> bool {
        let (Some(above), Some(below)) = (nodes.get(parent), self.vertices.get(vertex)) else { return false };
        let Some(anchor) = self.anchor_of(above) else { return false };
        let certificate = below.facts.certificate;
        let issuer = revocation::Issuer {
            certificate: above.vertex.and_then(|vertex| self.vertices.get(vertex)).map(|above| above.facts.certificate),
            name: certificate.issuer(),
            key: above.state.working_key,
            anchor,
        };
        match revocation::check(&self.context, certificate, &issuer, self.budget, self.missing) {
            Ok(()) => true,
            Err(violation) => {
                self.frontier.give_up();
                self.fail_on(violation, nodes, parent, vertex);
                false
            }
        }
    }
}
