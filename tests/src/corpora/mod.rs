//! Public suites of certification paths, run against [`pki_core::chain`], and what came of them.
//!
//! A suite gives cases, each with a verdict to reach. [`Report`] compares. Exceptions are listed in files beside the suites'
//! data with their reasons, and an entry that no longer holds is itself a fault.

mod exceptions;
mod inputs;
pub mod limbo;
pub mod pkits;
mod report;
mod time;

pub use exceptions::{Exception, Exceptions, Extent};
pub use inputs::{Answer, Inputs, Refusal};
pub use report::{Agreement, Outcome, Report, Tally, Verdict};
pub use time::parse as parse_time;

use std::{fmt, io, path::Path};

/// Why a suite can't be run.
#[derive(Debug)]
pub enum SuiteError {
    /// A file can't be read; its path.
    Io(String, io::Error),
    /// A file is not what it should be; its path.
    Json(String, serde_json::Error),
    /// A case is not what it should be; its id and what is wrong.
    Case(String, String),
}

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{path}: {error}"),
            Self::Json(path, error) => write!(f, "{path}: {error}"),
            Self::Case(id, what) => write!(f, "case {id}: {what}"),
        }
    }
}

impl std::error::Error for SuiteError {}

fn read(path: &Path) -> Result<Vec<u8>, SuiteError> {
    std::fs::read(path).map_err(|error| SuiteError::Io(path.display().to_string(), error))
}
