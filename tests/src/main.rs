//! `conformance`: runs public suites against the chain validator, and explains single verdicts.

use std::{error::Error, fs, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use conformance::{
    corpora::{limbo, pkits},
    explain::{ChainArguments, explain},
};

#[derive(Parser)]
#[command(about, version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Validate one certificate and tell why, rule by rule; fails unless it is valid
    Chain(ChainArguments),
    /// Run x509-limbo; fails on disagreements that are not listed as exceptions
    Limbo {
        /// limbo.json
        file: PathBuf,
        /// Where to write each case's outcome as JSON
        #[arg(long)]
        json: Option<PathBuf>,
    },
    /// Run NIST PKITS; fails on disagreements
    Pkits {
        /// The directory with `certs` and `crls`, as tests/corpora.sh makes it
        directory: PathBuf,
        /// Where to write each test's outcome as JSON
        #[arg(long)]
        json: Option<PathBuf>,
    },
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let passed = match Arguments::parse().command {
        Command::Chain(arguments) => {
            let explanation = explain(&arguments)?;
            print!("{}", explanation.text);
            explanation.is_valid
        }
        Command::Limbo { file, json } => {
            let results = limbo::run(&limbo::load(&file)?);
            write(json, &results.report)?;
            println!("{results}");
            results.faults()?.is_empty()
        }
        Command::Pkits { directory, json } => {
            let results = pkits::run(&directory)?;
            write(json, &results)?;
            println!("{results}");
            results.agree()
        }
    };
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write(path: Option<PathBuf>, results: &impl serde::Serialize) -> Result<(), Box<dyn Error>> {
    match path {
        Some(path) => Ok(fs::write(path, serde_json::to_vec_pretty(results)?)?),
        None => Ok(()),
    }
}
