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

mod climb;
mod descend;
mod failure;
mod frontier;
mod settle;
mod signatures;

use alloc::{collections::BTreeMap, vec::Vec};

pub(super) use self::failure::Failure;
use self::{frontier::Frontier, signatures::Signatures};
use super::{
    Context,
    anchor::TrustAnchor,
    error::Violation,
    facts::Facts,
    limits::Budget,
    missing::Missing,
    profile::Role,
    rules::{self, State},
};
use crate::cert::Certificate;

/// A path that holds.
pub(super) struct Found<'a> {
    /// The target first.
    pub(super) path: Vec<&'a Certificate>,
    pub(super) anchor: &'a TrustAnchor,
    pub(super) state: State<'a>,
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
            vertices: Vec::with_capacity(USUAL_LENGTH),
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
}

/// Certificates in most paths. Vectors that begin larger than needed cost more than those that grow.
const USUAL_LENGTH: usize = 2;
/// The target's vertex.
const TARGET: usize = 0;
/// The number of the target and its copies.
const TARGETS_OWN: usize = 0;
