//! NIST PKITS: 249 subtests of path validation with CRLs, and the policies that each path is valid under.
//!
//! The facts are in `tests/data/pkits/pkits.json`; the certificates and CRLs are where `tests/corpora.sh` puts them.

use std::{collections::BTreeMap, path::Path};

use const_oid::ObjectIdentifier;
use pki_core::{
    Certificate, Oid, UnixTime,
    chain::{ChainLimits, PolicySet, PolicySettings, Purpose, RevocationPolicy, ValidationProfile},
};
use serde::{Deserialize, Serialize};

use super::{Inputs, Report, SuiteError, Verdict, parse_time, read};

/// Subtests of broken signatures, for which no set at all is as right as the one that the suite says.
const NO_SET_IS_RIGHT: [&str; 3] = ["4.1.2", "4.1.3", "4.1.6"];

const FACTS: &str = include_str!("../../data/pkits/pkits.json");

/// One subtest.
#[derive(Clone, Debug, Deserialize)]
pub struct Test {
    /// The section, and which of its parts if there are several: `4.8.1.2`.
    pub id: String,
    section: String,
    trust_anchor: String,
    intermediates: Vec<String>,
    end_entity: String,
    crl_issuer_certs: Vec<String>,
    crls: Vec<String>,
    validation_time: String,
    initial_policy_set: Vec<Policy>,
    initial_explicit_policy: bool,
    initial_policy_mapping_inhibit: bool,
    initial_any_policy_inhibit: bool,
    expected: Verdict,
    expected_user_constrained_policy_set: Vec<Policy>,
}

/// An identifier in dotted decimal.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Policy(ObjectIdentifier);

/// What came of the subtests.
#[derive(Clone, Debug, Serialize)]
pub struct Results {
    /// The verdicts.
    pub report: Report,
    /// How many policy sets were compared: those of valid paths, and those of paths that are valid but for revocation.
    pub policy_sets: usize,
    /// The sets that differ: by id, what should have come out and what did.
    pub wrong_policy_sets: BTreeMap<String, (String, String)>,
}

#[derive(Deserialize)]
struct File {
    count: usize,
    tests: Vec<Test>,
}

/// The subtests.
///
/// # Errors
/// If the facts are not what they should be.
pub fn tests() -> Result<Vec<Test>, SuiteError> {
    let name = "tests/data/pkits/pkits.json";
    let file: File = serde_json::from_str(FACTS).map_err(|error| SuiteError::Json(name.to_owned(), error))?;
    if file.count == file.tests.len() {
        Ok(file.tests)
    } else {
        Err(SuiteError::Case(name.to_owned(), format!("{} tests where {} are said", file.tests.len(), file.count)))
    }
}

/// Puts each subtest to the validator, with the certificates and CRLs of `directory`.
///
/// # Errors
/// If one of these can't be read.
pub fn run(directory: &Path) -> Result<Results, SuiteError> {
    let mut results = Results { report: Report::default(), policy_sets: 0, wrong_policy_sets: BTreeMap::new() };
    for test in tests()? {
        let inputs = test.inputs(directory)?;
        let answer = inputs.run(Purpose::ANY);
        let found = test.policies(&inputs, directory)?;
        let expected = set(&test.expected_user_constrained_policy_set);
        results.policy_sets += 1;
        if found != expected && !(found.is_empty() && NO_SET_IS_RIGHT.contains(&test.id.as_str())) {
            results.wrong_policy_sets.insert(test.id.clone(), (expected.to_string(), found.to_string()));
        }
        results.report.outcomes.push(answer.into_outcome(&test.id, &test.group(), test.expected));
    }
    Ok(results)
}

impl Test {
    /// The section of the suite, with its number first: `4.08 certificate policies`.
    fn group(&self) -> String {
        let number = self.id.split('.').nth(1).unwrap_or_default();
        format!("4.{number:0>2} {}", self.section)
    }

    fn inputs(&self, directory: &Path) -> Result<Inputs, SuiteError> {
        let all =
            |paths: &[String]| paths.iter().map(|path| read(&directory.join(path))).collect::<Result<Vec<_>, _>>();
        Ok(Inputs {
            anchors: vec![read(&directory.join(&self.trust_anchor))?],
            certificates: [all(&self.intermediates)?, all(&self.crl_issuer_certs)?].concat(),
            crls: all(&self.crls)?,
            target: read(&directory.join(&self.end_entity))?,
            time: self.time()?,
            // The suite's CAs have non-critical policyConstraints and basicConstraints, which section 4 does not allow.
            profile: ValidationProfile::PATH_VALIDATION,
            policies: self.settings(),
            revocation: RevocationPolicy::Require,
            limits: ChainLimits::DEFAULT,
            // 4.1.4 and 4.1.5 are signed with DSA.
            crypto: crate::dsa::provider(),
        })
    }

    fn time(&self) -> Result<UnixTime, SuiteError> {
        let text = &self.validation_time;
        parse_time(text).ok_or_else(|| SuiteError::Case(self.id.clone(), format!("no time: {text}")))
    }

    fn settings(&self) -> PolicySettings {
        let oids: Vec<_> = self.initial_policy_set.iter().map(Policy::as_oid).collect();
        let mut settings = PolicySettings::ANY.with_policies(&oids);
        if self.initial_explicit_policy {
            settings = settings.requiring_explicit_policy();
        }
        if self.initial_policy_mapping_inhibit {
            settings = settings.inhibiting_policy_mapping();
        }
        if self.initial_any_policy_inhibit {
            settings = settings.inhibiting_any_policy();
        }
        settings
    }

    /// The user-constrained policy set of the path that the suite describes, valid or not.
    fn policies(&self, inputs: &Inputs, directory: &Path) -> Result<PolicySet, SuiteError> {
        let mut path = vec![inputs.target.clone()];
        for certificate in self.intermediates.iter().rev() {
            path.push(read(&directory.join(certificate))?);
        }
        // The decoder refuses some that are to be refused: a path with one of these has no policies.
        let path: Option<Vec<_>> = path.iter().map(|der| Certificate::from_der(der).ok()).collect();
        let examine = |path: Vec<_>| {
            let (validator, pool) = (inputs.validator(), inputs.pool());
            let examination = validator.examine(&path, validator.anchors().first(), &pool, Purpose::ANY, inputs.time);
            examination.policies().clone()
        };
        Ok(path.map_or(PolicySet::EMPTY, examine))
    }
}

impl Results {
    /// Whether nothing disagrees.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.report.disagreements().next().is_none() && self.wrong_policy_sets.is_empty()
    }
}

impl std::fmt::Display for Results {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.report)?;
        writeln!(f, "policy sets compared: {}", self.policy_sets)?;
        for (id, (expected, found)) in &self.wrong_policy_sets {
            writeln!(f, "wrong policy set  {id}  expected {expected}, found {found}")?;
        }
        let tally = self.report.tally();
        let (accepts, rejects, wrong) = (tally.false_accepts, tally.false_rejects, self.wrong_policy_sets.len());
        let (agree, total) = (tally.agree, tally.total);
        write!(
            f,
            "pkits: agree {agree} of {total}, false accepts {accepts}, false rejects {rejects}, policy sets wrong {wrong}"
        )
    }
}

impl Policy {
    const fn as_oid(&self) -> Oid<'_> {
        Oid::from_const(&self.0)
    }
}

impl TryFrom<String> for Policy {
    type Error = const_oid::Error;

    fn try_from(dotted: String) -> Result<Self, Self::Error> {
        dotted.parse().map(Self)
    }
}

fn set(oids: &[Policy]) -> PolicySet {
    PolicySet::of(oids.iter().map(Policy::as_oid))
}
