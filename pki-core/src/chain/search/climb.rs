//! From the target up: which certificates could be on a path.

use alloc::{collections::BTreeMap, vec::Vec};

use super::{Edge, Search, TARGET, TARGETS_OWN, Top, Vertex};
use crate::{
    cert::Certificate,
    chain::{error::Violation, facts::Facts, names, profile::Role, rules},
    key::PublicKeyRef,
    oid::Oid,
};

impl<'a> Search<'a, '_> {
    /// Finds all that may lie between the target and an anchor.
    pub(super) fn climb(&mut self, known: &[Oid<'_>]) {
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
        known: &[Oid<'_>],
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
}

/// 1 where both name a key and not the same one.
fn mismatch(authority: Option<&[u8]>, subject: Option<&[u8]>) -> u32 {
    match (authority, subject) {
        (Some(authority), Some(subject)) if authority != subject => 1,
        _ => 0,
    }
}

/// What going over so many octets costs.
pub(super) fn steps_for(octets: usize) -> u32 {
    u32::try_from(octets / OCTETS_PER_STEP).unwrap_or(u32::MAX).saturating_add(1)
}

/// About as many as are looked at in the time that a step takes anyway.
const OCTETS_PER_STEP: usize = 32;
