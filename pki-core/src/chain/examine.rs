//! [`ChainValidator::examine`]: every rule on a given path, for people.

use alloc::vec::Vec;
use core::fmt;

use super::{
    ChainValidator, Context, Pool, Purpose, TrustAnchor,
    error::Violation,
    facts::Facts,
    limits::Budget,
    missing::Missing,
    profile::{self, Role},
    revocation,
    rules::{self, Check, Work},
};
use crate::{cert::Certificate, name::NameRef, time::UnixTime};

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
    /// Nobody looked: the state that it needs was lost with a rule above, or revocation is ignored.
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
    ) -> Vec<Finding> {
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
        let mut examination = Examination { context, index, budget, findings };
        let mut state = start.and_then(Result::ok);
        let mut above: Option<&Certificate> = None;
        for (depth, certificate) in path.iter().enumerate().rev() {
            examination.certificate(depth, certificate, above, &mut state);
            above = Some(certificate);
        }
        examination.findings
    }
}

struct Examination<'a> {
    context: Context<'a>,
    index: Option<usize>,
    budget: Budget,
    findings: Vec<Finding>,
}

impl<'a> Examination<'a> {
    /// Applies the rules to one certificate. The state is lost where a rule on the path is broken.
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
                Some(Err(violation)) => {
                    if matches!(rule.check, Check::InPath(_)) {
                        *state = None;
                    }
                    Outcome::Broken(violation)
                }
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
