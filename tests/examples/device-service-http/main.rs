//! A device management service and a device agent over HTTP and TLS, with records that outlive a crash on either side.
//!
//! ```sh
//! alias device='cargo run --release -p conformance --example device-service-http --'
//! device demo
//! ```
//!
//! runs all of this by itself, kills both sides in the middle, lets a year pass, and checks what came of it. By hand:
//!
//! ```sh
//! device serve --state service --listen 127.0.0.1:8443 --plain 127.0.0.1:8080 &
//! device user --state service --name jane@example.com
//! device agent --state phone --url http://127.0.0.1:8080/activation --user jane@example.com --password ...
//! device agent --state phone                                # goes on from its records
//! device profile --state service --id vpn --rsa-bits 3072   # while the service runs; so is the next
//! device revoke --state service --serial ...
//! device agent --state phone --ahead-days 2
//! ```
//!
//! What the service has:
//!
//! | | | |
//! |---|---|---|
//! | HTTP | `/activation` | SPAKE2+ by an activation password: it needs no TLS |
//! | | `/scep/wifi` | a CA with one-time challenges, bound to device, profile and names |
//! | | `/scep/vpn` | a CA with one password for everybody, which only the broker knows |
//! | | `/crl/wifi`, `/crl/vpn` | what is revoked |
//! | HTTPS | `/.well-known/est/` | `cacerts`, and `simplereenroll` by the client certificate |
//! | | `/profiles` | the profiles of the device that authenticated; `POST /profiles/ID` gives one with a fresh challenge |
//! | | `/broker` | split signing: the device sends a CSR and signs digests. Read the patents in `mdm_proto::broker` |
//!
//! Records change by compare-and-set in SQLite on the service's side, and by a rename on the agent's, before anything depends
//! on them is sent. Left out are limits on requests, time-outs, an HSM, and a user interface in which the password is typed.

mod agent;
mod clock;
mod demo;
mod http;
mod service;
mod tls;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};

use clock::Clock;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Device management over HTTP and TLS.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves.
    Serve(service::Arguments),
    /// Makes a user, or a new password for one, and shows the password; also while the service runs.
    User {
        /// Directory of the service.
        #[arg(long)]
        state: PathBuf,
        /// An e-mail address.
        #[arg(long)]
        name: String,
    },
    /// Changes a profile, also while the service runs.
    Profile {
        /// Directory of the service.
        #[arg(long)]
        state: PathBuf,
        /// The profile.
        #[arg(long)]
        id: String,
        /// Strength of its RSA keys.
        #[arg(long, value_name = "BITS")]
        rsa_bits: u16,
    },
    /// Revokes a certificate of a SCEP CA, since its key got out; also while the service runs.
    Revoke {
        /// Directory of the service.
        #[arg(long)]
        state: PathBuf,
        /// The serial number in hexadecimal.
        #[arg(long)]
        serial: String,
        /// So many days from now.
        #[arg(long, default_value_t = 0)]
        ahead_days: u64,
    },
    /// Is a device: does all that is due now, and ends.
    Agent(agent::Arguments),
    /// Shows all of it.
    Demo,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("device-service-http: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    if let Command::Serve(arguments) = command {
        return service::serve(&arguments).await;
    }
    tokio::task::spawn_blocking(|| match command {
        Command::Serve(_) => Ok(()),
        Command::User { state, name } => service::admin::user(&state, &name),
        Command::Profile { state, id, rsa_bits } => service::admin::profile(&state, &id, rsa_bits),
        Command::Revoke { state, serial, ahead_days } => service::admin::revoke(&state, &serial, ahead(ahead_days)),
        Command::Agent(arguments) => agent::run(&arguments),
        Command::Demo => demo::run(),
    })
    .await?
}

const fn ahead(days: u64) -> Clock {
    Clock { ahead: Duration::from_secs(days.saturating_mul(86_400)) }
}
