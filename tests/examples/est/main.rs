//! EST over TLS: a service with a small CA, that activates devices by one-time tokens and renews their certificates, and a device.
//!
//! ```sh
//! alias est='cargo run --release -p conformance --example est --'
//! est serve --state service --listen 127.0.0.1:8443 &
//! est token --state service --user jane@example.com
//! est enrol --url https://localhost:8443 --ca service/ca.pem --user jane@example.com --token ... --out device
//! est renew --url https://localhost:8443 --out device
//! ```
//!
//! The server certificate is for `localhost`. Any EST client will do: the token is the password of HTTP Basic, and a renewal is
//! by TLS with the certificate that is renewed. A database, time-outs and a proxy that limits requests are left out.

#[path = "../device-service-http/clock.rs"]
mod clock;
mod device;
mod service;
mod state;
#[path = "../device-service-http/tls.rs"]
mod tls;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use pki_core::{crypto::rustcrypto::PrivateKey, pem};

use clock::Clock;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// EST: a service and a device.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves.
    Serve {
        /// Directory of the CA, the tokens and what is known of devices; made on the first start.
        #[arg(long)]
        state: PathBuf,
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:8443")]
        listen: SocketAddr,
        /// So many days from now.
        #[arg(long, default_value_t = 0)]
        days_ahead: u64,
        /// Everybody is told to come again in a second, once.
        #[arg(long)]
        hesitant: bool,
    },
    /// Makes a token, also while a server runs, and shows it.
    Token {
        /// Directory of the service.
        #[arg(long)]
        state: PathBuf,
        /// An e-mail address.
        #[arg(long)]
        user: String,
    },
    /// Gets a certificate for a new key by a token.
    Enrol {
        #[command(flatten)]
        server: Server,
        /// The root of the service.
        #[arg(long)]
        ca: PathBuf,
        /// The user name.
        #[arg(long)]
        user: String,
        /// The token, in any form.
        #[arg(long)]
        token: String,
    },
    /// Gets a certificate for a new key in place of the one in OUT.
    Renew {
        #[command(flatten)]
        server: Server,
    },
}

#[derive(clap::Args)]
struct Server {
    /// `https://`, a name and a port.
    #[arg(long)]
    url: String,
    /// The CA among several.
    #[arg(long)]
    label: Option<String>,
    /// Directory for the key and the certificate.
    #[arg(long)]
    out: PathBuf,
    /// So many days from now.
    #[arg(long, default_value_t = 0)]
    days_ahead: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("est: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Serve { state, listen, days_ahead, hesitant } => {
            service::serve(&state, listen, ahead(days_ahead), hesitant).await
        }
        Command::Token { state, user } => state::token(&state, &user),
        Command::Enrol { server, ca, user, token } => {
            tokio::task::spawn_blocking(move || device::enrol(&server, &ca, &user, &token)).await?
        }
        Command::Renew { server } => tokio::task::spawn_blocking(move || device::renew(&server)).await?,
    }
}

const fn ahead(days: u64) -> Clock {
    Clock { ahead: Duration::from_secs(days.saturating_mul(86_400)) }
}

fn key_pem(key: &PrivateKey) -> String {
    pem::encode("PRIVATE KEY", key.to_pkcs8_der().expose())
}
