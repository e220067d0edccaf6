//! Cases that are known to come out otherwise, with reasons.

use serde::Deserialize;

use super::{Agreement, Report, SuiteError, Verdict};

/// One case that comes out otherwise than the suite wants.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The suite's name of the case.
    pub id: String,
    /// What the suite wants.
    pub expected: Verdict,
    /// What it comes to.
    pub actual: Verdict,
    /// Why that is better, or good enough.
    pub reason: String,
}

/// A list of them.
#[derive(Clone, Debug, Default)]
pub struct Exceptions(Vec<Exception>);

/// How much of a suite was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Complete,
    /// Some of it; exceptions may be of the rest.
    Partial,
}

impl Exceptions {
    /// From a JSON array.
    ///
    /// # Errors
    /// If it is none; `name` says which.
    pub fn read(name: &str, json: &str) -> Result<Self, SuiteError> {
        serde_json::from_str(json).map(Self).map_err(|error| SuiteError::Json(name.to_owned(), error))
    }

    /// What is wrong: each disagreement that is not listed, and each entry that does not hold.
    #[must_use]
    pub fn faults(&self, report: &Report, extent: Extent) -> Vec<String> {
        let listed = |id: &str| self.0.iter().find(|exception| exception.id == id);
        let unlisted = report.disagreements().filter(|outcome| listed(&outcome.id).is_none());
        let unlisted = unlisted.map(|outcome| format!("{}: {}: {}", outcome.id, outcome.agreement(), outcome.reason));
        let stale = self.0.iter().filter_map(|exception| {
            let Some(outcome) = report.outcomes.iter().find(|outcome| outcome.id == exception.id) else {
                let id = &exception.id;
                return (extent == Extent::Complete)
                    .then(|| format!("{id}: an exception for a case that is not there"));
            };
            let holds = outcome.agreement() != Agreement::Agrees
                && (outcome.expected, outcome.actual) == (exception.expected, exception.actual);
            (!holds).then(|| format!("{}: a stale exception: {}", exception.id, outcome.agreement()))
        });
        unlisted.chain(stale).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::Outcome, *};

    const LISTED: &str = r#"[{"id": "a", "expected": "invalid", "actual": "valid", "reason": "because"}]"#;

    fn report(id: &str, expected: Verdict, actual: Verdict) -> Report {
        let (group, reason, time) = (String::new(), String::new(), Duration::ZERO);
        Report { outcomes: vec![Outcome { id: id.to_owned(), group, expected, actual, reason, signatures: 0, time }] }
    }

    fn faults(report: &Report, extent: Extent) -> usize {
        Exceptions::read("test", LISTED).unwrap().faults(report, extent).len()
    }

    #[test]
    fn a_listed_disagreement_is_no_fault_and_others_are() {
        assert_eq!(faults(&report("a", Verdict::Invalid, Verdict::Valid), Extent::Complete), 0);
        assert_eq!(faults(&report("b", Verdict::Invalid, Verdict::Valid), Extent::Partial), 1);
        assert_eq!(faults(&report("b", Verdict::Valid, Verdict::Skipped), Extent::Partial), 1);
    }

    #[test]
    fn a_stale_entry_is_a_fault() {
        assert_eq!(faults(&report("a", Verdict::Invalid, Verdict::Invalid), Extent::Partial), 1);
        assert_eq!(faults(&report("a", Verdict::Valid, Verdict::Invalid), Extent::Partial), 1);
        assert_eq!(faults(&report("b", Verdict::Valid, Verdict::Valid), Extent::Complete), 1);
        assert_eq!(faults(&report("b", Verdict::Valid, Verdict::Valid), Extent::Partial), 0);
    }

    #[test]
    fn a_list_that_is_none_is_an_error() {
        assert!(Exceptions::read("test", r#"[{"id": "a"}]"#).is_err());
    }
}
