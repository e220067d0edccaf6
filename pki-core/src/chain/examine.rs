//! [`ChainValidator::examine`]: every rule on a given path, for people.

use alloc::vec::Vec;
use core::fmt;

use super::{
    ChainValidator, Context, PolicySet, Pool, Purpose, TrustAnchor,
    error::Violation,
    facts::Facts,
    limits::Budget,
    missing::Missing,
    profile::{self, Role},
    revocation,
    rules::{self, Check, Work},
};
use crate::{cert::Certificate, name::NameRef, time::UnixTime};

/// What every rule says of one path.
#[derive(Clone, Debug)]
pub struct Examination {
    findings: Vec<Finding>,
    policies: PolicySet,
}

/// What became of one rule on one certificate.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// Which certificate, counted from the target, which is 0; the anchor is the length of the path.
    pub depth: usize,
    /// The rule: document and section.
    pub section: &'static str,
    /// What it demands.
    pub text: &'static str,
    /// Whether it is obeyed.
    pub outcome: Outcome,
}

/// Whether a rule is obeyed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way but not to look")]
pub enum Outcome {
    /// It is.
    Obeyed,
    /// It is not.
    Broken(Violation),
    /// Nobody looked: there is no anchor to begin with, a certificate above can't be read, or revocation is ignored.
    NotChecked,
}

impl ChainValidator {
    /// Applies every rule to `path`, the target first, from one of the anchors down, and goes on after a rule is broken: what
    /// [`validate`](Self::validate) decides, told at length. The path of a [`ChainError`](super::ChainError) is a good one to
    /// give; `anchor` is where it is to end.
    #[must_use]
    pub fn examine(
        &self,
        path: &[Certificate],
        anchor: Option<&TrustAnchor>,
        pool: &Pool,
        purpose: Purpose<'_>,
        now: UnixTime,
    ) -> Examination {
        let context = Context::new(self, pool, purpose, now);
        let mut findings = Vec::new();
        let index = anchor.and_then(|wanted| {
            let same = |known: &TrustAnchor| known.name() == wanted.name() && known.public_key() == wanted.public_key();
            // Several may be alike but for what limits them.
            let itself = self.anchors.iter().position(|known| known.is(wanted));
            itself.or_else(|| self.anchors.iter().position(same))
        });
        let mut budget = Budget::new(self.limits);
        let start = index.and_then(|index| context.anchor_state(index, &mut budget));
        findings.push(Finding {
            depth: path.len(),
            section: "RFC 5280 section 6.1.1 (d)",
            text: "a trust anchor",
            outcome: match (&start, path.last()) {
                (Some(Ok(_)), _) => Outcome::Obeyed,
                (Some(Err(violation)), _) => Outcome::Broken(violation.clone()),
                (None, Some(top)) => Outcome::Broken(Violation::UnknownIssuer { issuer: top.issuer().to_owned() }),
                (None, None) => Outcome::NotChecked,
            },
        });
        let mut examiner = Examiner { context, index, budget, findings };
        let mut state = start.and_then(Result::ok);
        let mut above: Option<&Certificate> = None;
        for (depth, certificate) in path.iter().enumerate().rev() {
            examiner.certificate(depth, certificate, above, &mut state);
            above = Some(certificate);
        }
        // Policies that can't be processed are worth nothing.
        let unprocessed = |finding: &Finding| {
            matches!(finding.outcome, Outcome::Broken(Violation::DuplicatePolicy(_) | Violation::MappedAnyPolicy))
        };
        let state = state.filter(|_| !examiner.findings.iter().any(unprocessed));
        let policies = state.map_or(PolicySet::EMPTY, |state| state.policy_sets().1);
        Examination { findings: examiner.findings, policies }
    }
}

impl Examination {
    /// What became of each rule, from the anchor down to the target.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether no rule is broken, and there is an anchor.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let anchored = self.findings.first().is_some_and(|finding| finding.outcome == Outcome::Obeyed);
        anchored && self.findings.iter().all(|finding| !matches!(finding.outcome, Outcome::Broken(_)))
    }

    /// The policies that were asked for and that the path has (`user-constrained-policy-set`), whatever other rules say.
    #[must_use]
    pub const fn policies(&self) -> &PolicySet {
        &self.policies
    }
}

struct Examiner<'a> {
    context: Context<'a>,
    index: Option<usize>,
    budget: Budget,
    findings: Vec<Finding>,
}

impl<'a> Examiner<'a> {
    /// Applies the rules to one certificate. A rule on the path that is broken leaves the state as it was.
    fn certificate(
        &mut self,
        depth: usize,
        certificate: &'a Certificate,
        above: Option<&'a Certificate>,
        state: &mut Option<rules::State<'a>>,
    ) {
        let role = if depth == 0 { Role::Target } else { Role::Intermediate };
        let facts = match Facts::read(certificate, &self.context.known_extensions()) {
            Ok(facts) => facts,
            Err(violation) => {
                let (section, text) = (violation.rule(), "extensions that can be read");
                self.findings.push(Finding { depth, section, text, outcome: Outcome::Broken(violation) });
                *state = None;
                return;
            }
        };
        self.profile(depth, certificate, role);
        let key = state.as_ref().map(|state| state.working_key).or_else(|| above.map(Certificate::public_key));
        for rule in rules::rules(role) {
            let result = match rule.check {
                Check::Alone(check) => Some(check(&facts, role, &self.context)),
                Check::InPath(check) => {
                    state.as_mut().map(|state| check(state, &facts, role, &mut Work { budget: &mut self.budget }))
                }
                Check::Issuer => self.issuer_name(above).map(|expected| {
                    let found = certificate.issuer();
                    let (expected, found) = (expected.to_owned(), found.to_owned());
                    if found.matches(expected.as_ref()) {
                        Ok(())
                    } else {
                        Err(Violation::IssuerMismatch { expected, found })
                    }
                }),
                Check::Signature => key.map(|key| {
                    certificate.verify_signature(key, &self.context.validator.crypto).map_err(Violation::Signature)
                }),
                Check::Status => key.zip(self.index).and_then(|(key, anchor)| {
                    let issuer = revocation::Issuer { certificate: above, name: certificate.issuer(), key, anchor };
                    self.status(certificate, &issuer)
                }),
            };
            let outcome = match result {
                None => Outcome::NotChecked,
                Some(Ok(())) => Outcome::Obeyed,
                Some(Err(violation)) => Outcome::Broken(violation),
            };
            self.findings.push(Finding { depth, section: rule.section, text: rule.text, outcome });
        }
    }

    /// What the profile says: each rule that is broken, or that none is.
    fn profile(&mut self, depth: usize, certificate: &Certificate, role: Role) {
        let broken = profile::check_all(self.context.profile, certificate, role);
        let before = self.findings.len();
        self.findings.extend(broken.map(|violation| Finding {
            depth,
            section: violation.section(),
            text: PROFILE_TEXT,
            outcome: Outcome::Broken(Violation::Profile(violation)),
        }));
        if self.findings.len() == before {
            let section = "RFC 5280 section 4";
            self.findings.push(Finding { depth, section, text: PROFILE_TEXT, outcome: Outcome::Obeyed });
        }
    }

    /// The subject of the certificate above, or the name of the anchor.
    fn issuer_name(&self, above: Option<&'a Certificate>) -> Option<NameRef<'a>> {
        let anchor = || Some(self.context.validator.anchors.get(self.index?)?.name());
        above.map(Certificate::subject).or_else(anchor)
    }

    fn status(
        &mut self,
        certificate: &'a Certificate,
        issuer: &revocation::Issuer<'a>,
    ) -> Option<Result<(), Violation>> {
        if self.context.validator.revocation == super::RevocationPolicy::Ignore {
            return None;
        }
        Some(revocation::check(&self.context, certificate, issuer, &mut self.budget, &mut Missing::default()))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.outcome {
            Outcome::Obeyed => "ok",
            Outcome::Broken(_) => "BROKEN",
            Outcome::NotChecked => "not checked",
        };
        write!(f, "{mark}: {} ({})", self.text, self.section)?;
        match &self.outcome {
            Outcome::Broken(violation) => write!(f, ": {violation}"),
            _ => Ok(()),
        }
    }
}

const PROFILE_TEXT: &str = "as the profile has it";
