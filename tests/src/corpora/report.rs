//! What came of the cases of a suite.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// What a case comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The path is not valid.
    Invalid,
    /// The case cannot be put to the validator.
    Skipped,
    /// The path is valid.
    Valid,
}

/// How what a case came to stands to what it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The same.
    Agrees,
    /// Invalid, and it was accepted.
    FalseAccept,
    /// Valid, and it was rejected.
    FalseReject,
    /// There is no verdict.
    Skip,
}

/// One case.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The suite's name of it.
    pub id: String,
    /// The part of the suite that it belongs to.
    pub group: String,
    /// What it should come to.
    pub expected: Verdict,
    /// What it came to.
    pub actual: Verdict,
    /// Why it is invalid or skipped, the rule before all; nothing if it is valid.
    pub reason: String,
    /// How many signatures were checked.
    pub signatures: u32,
    /// How long it took, decoding included.
    #[serde(rename = "microseconds", serialize_with = "as_microseconds")]
    pub time: Duration,
}

/// The cases of a suite, or of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub total: usize,
    /// Those that agree.
    pub agree: usize,
    /// Those that are invalid and were accepted.
    pub false_accepts: usize,
    /// Those that are valid and were rejected.
    pub false_rejects: usize,
    /// Those without a verdict.
    pub skips: usize,
}

/// All cases of a suite. Its `Display` is a table by group, then each disagreement, then what cost most.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// In the suite's order.
    pub outcomes: Vec<Outcome>,
}

impl Outcome {
    /// How the verdicts compare.
    #[must_use]
    pub const fn agreement(&self) -> Agreement {
        match (self.expected, self.actual) {
            (_, Verdict::Skipped) => Agreement::Skip,
            (Verdict::Valid, Verdict::Valid) | (Verdict::Invalid, Verdict::Invalid) => Agreement::Agrees,
            (_, Verdict::Valid) => Agreement::FalseAccept,
            (_, Verdict::Invalid) => Agreement::FalseReject,
        }
    }
}

impl Tally {
    fn add(&mut self, agreement: Agreement) {
        self.total += 1;
        *match agreement {
            Agreement::Agrees => &mut self.agree,
            Agreement::FalseAccept => &mut self.false_accepts,
            Agreement::FalseReject => &mut self.false_rejects,
            Agreement::Skip => &mut self.skips,
        } += 1;
    }
}

impl Report {
    /// All together.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.outcomes.iter().for_each(|outcome| tally.add(outcome.agreement()));
        tally
    }

    /// Those that do not agree.
    pub fn disagreements(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.agreement() != Agreement::Agrees)
    }

    /// Each group with its tally, by name.
    #[must_use]
    pub fn groups(&self) -> BTreeMap<&str, Tally> {
        let mut groups: BTreeMap<&str, Tally> = BTreeMap::new();
        for outcome in &self.outcomes {
            groups.entry(&outcome.group).or_default().add(outcome.agreement());
        }
        groups
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Agrees => "agrees",
            Self::FalseAccept => "false accept",
            Self::FalseReject => "false reject",
            Self::Skip => "skip",
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.groups().keys().map(|name| name.len()).max().unwrap_or(0).max(5);
        writeln!(f, "{:width$}  cases  agree  false accepts  false rejects  skips", "group")?;
        for (name, Tally { total, agree, false_accepts, false_rejects, skips }) in self.groups() {
            writeln!(f, "{name:width$} {total:6} {agree:6} {false_accepts:14} {false_rejects:14} {skips:6}")?;
        }
        for outcome in self.disagreements() {
            writeln!(f, "{:12}  {}  {}", outcome.agreement(), outcome.id, outcome.reason)?;
        }
        if let Some(slowest) = self.outcomes.iter().max_by_key(|outcome| outcome.time) {
            writeln!(f, "most time: {:.1} ms, {}", slowest.time.as_secs_f64() * 1e3, slowest.id)?;
        }
        if let Some(costliest) = self.outcomes.iter().max_by_key(|outcome| outcome.signatures) {
            writeln!(f, "most signatures checked: {}, {}", costliest.signatures, costliest.id)?;
        }
        let all: Duration = self.outcomes.iter().map(|outcome| outcome.time).sum();
        writeln!(f, "all together: {:.2} s", all.as_secs_f64())
    }
}

fn as_microseconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u128(time.as_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(id: &str, expected: Verdict, actual: Verdict) -> Outcome {
        let group = id.split_once("::").map_or(id, |(group, _)| group).to_owned();
        let time = Duration::from_millis(1);
        Outcome { id: id.to_owned(), group, expected, actual, reason: "why".to_owned(), signatures: 2, time }
    }

    #[test]
    fn verdicts_compare() {
        let agreement = |expected, actual| outcome("a", expected, actual).agreement();
        assert_eq!(agreement(Verdict::Valid, Verdict::Valid), Agreement::Agrees);
        assert_eq!(agreement(Verdict::Invalid, Verdict::Invalid), Agreement::Agrees);
        assert_eq!(agreement(Verdict::Invalid, Verdict::Valid), Agreement::FalseAccept);
        assert_eq!(agreement(Verdict::Valid, Verdict::Invalid), Agreement::FalseReject);
        assert_eq!(agreement(Verdict::Valid, Verdict::Skipped), Agreement::Skip);
    }

    #[test]
    fn a_report_counts_by_group_and_names_what_disagrees() {
        let outcomes = vec![
            outcome("a::x", Verdict::Valid, Verdict::Valid),
            outcome("b::y", Verdict::Valid, Verdict::Invalid),
            outcome("b::z", Verdict::Invalid, Verdict::Valid),
        ];
        let report = Report { outcomes };
        assert_eq!(report.tally(), Tally { total: 3, agree: 1, false_accepts: 1, false_rejects: 1, skips: 0 });
        assert_eq!(report.groups()["b"].agree, 0);
        let text = report.to_string();
        let row = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.lines().any(|line| row(line) == "b 2 0 1 1 0"), "{text}");
        assert!(text.contains("false reject  b::y  why") && text.contains("false accept  b::z  why"), "{text}");
        assert!(!text.contains("a::x  why"), "{text}");
    }
}
