//! The device agent.

mod activation;
mod client;
mod enrolment;
mod files;
mod monitor;
mod record;
mod revocation;
mod split;
mod store;

use std::{path::PathBuf, thread, time::Duration};

use mdm_proto::{
    keystore::KeyHandle,
    lifecycle::{CertificateId, Outcome, ProfileStanding, Trigger},
    profile::AgentProfileSet,
};
use pki_core::chain::ChainValidator;
use pki_core::crypto::rustcrypto::PROVIDER;
use scep::Method;

use crate::{
    Result, ahead,
    clock::Clock,
    http::{self, Answer},
    tls,
};
use files::Files;
pub use record::hex;
use record::{Record, UnderWay};

#[derive(clap::Args)]
pub struct Arguments {
    /// Directory of the device's records and keys.
    #[arg(long)]
    state: PathBuf,
    /// Where to be activated; afterwards the device knows where its service is.
    #[arg(long)]
    url: Option<String>,
    /// Whose device it is, for the activation.
    #[arg(long, requires = "url")]
    user: Option<String>,
    /// The activation password.
    #[arg(long, requires = "user")]
    password: Option<String>,
    /// So many days from now.
    #[arg(long, default_value_t = 0)]
    ahead_days: u64,
    /// Add all that is received to this file.
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
}

/// The agent while it runs: the record says what it has and what it was about to do.
struct Agent {
    clock: Clock,
    files: Files,
    record: Record,
    dump: Option<PathBuf>,
    plain: ureq::Agent,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let files = Files::open(&arguments.state)?;
    let record = files.load()?.unwrap_or_default();
    let clock = ahead(arguments.ahead_days);
    let mut agent = Agent { clock, files, record, dump: arguments.dump.clone(), plain: http::plain() };
    agent.sweep()?;
    if agent.record.identity.keys().next().is_none() {
        agent.activate(arguments)?;
    }
    agent.files.delete_request()?;
    agent.finish_client_renewal()?;
    agent.update_profiles()?;
    agent.resume()?;
    agent.watch()?;
    agent.show();
    Ok(())
}

impl Agent {
    /// Deletes keys that nothing refers to: they were made just before a crash.
    fn sweep(&self) -> Result<()> {
        let known = self.record.keys();
        for name in self.files.keys()? {
            if !known.contains(&name) {
                println!("deleting a key that nothing refers to");
                self.files.delete_key(&name)?;
            }
        }
        Ok(())
    }

    fn save(&self) -> Result<()> {
        self.files.save(&self.record)
    }

    /// Gets the profiles, and notes which enrolments that starts.
    fn update_profiles(&mut self) -> Result<()> {
        let json = self.as_client(Method::Get, "/profiles", &[])?.success()?;
        let new = AgentProfileSet::from_json(&json)?;
        let now = self.clock.now();
        let diff = self.record.profiles.diff(&new);
        for change in diff.enrolments() {
            let Some(reason) = change.reasons().first() else { continue };
            println!("profile {}: {}", change.profile(), Trigger::from(reason));
            let changed = ProfileStanding::Changed(Trigger::from(reason));
            let id = self.record.number(change.profile());
            if self.record.monitor.resolve(id, Outcome::Profile(changed), now).is_err() {
                self.record.track_new(id);
            }
            // What was asked for under the old profile is not wanted any more.
            self.record
                .under_way
                .entry(change.profile().clone())
                .and_modify(|under_way| *under_way = UnderWay::Enrolment);
        }
        for profile in diff.orphans() {
            println!("profile {profile}: gone; its certificate stays until it ends");
            let id = self.record.number(profile);
            self.record.monitor.resolve(id, Outcome::Profile(ProfileStanding::Unassigned), now)?;
        }
        self.record.profiles = new;
        self.save()
    }

    /// One request to the service, by the client certificate: the next, and if that is refused, the current one.
    fn as_client(&mut self, method: Method, path: &str, body: &[u8]) -> Result<Answer> {
        let answer = self.send_as_client(method, path, &[], body)?;
        let (has_next, has_current) = (self.record.identity.next().is_some(), self.record.identity.current().is_some());
        if answer.status == 403 && has_next && has_current {
            self.record.identity = self.record.identity.dismissed();
            self.save()?;
            return self.send_as_client(method, path, &[], body);
        }
        if answer.status == 200 && has_next {
            println!(
                "client certificate {} accepted",
                serial(self.record.identity.keys().next().map(|key| &key.chain))
            );
            self.record.identity = self.record.identity.used();
            let _untracked = self.record.monitor.resolve(CLIENT, Outcome::Used, self.clock.now());
            self.save()?;
            self.show_client()?;
            self.delete_unused_client_keys()?;
        }
        Ok(answer)
    }

    fn send_as_client(&self, method: Method, path: &str, headers: &[(&str, String)], body: &[u8]) -> Result<Answer> {
        let identity = &self.record.identity;
        let client = identity.keys().next().ok_or("the device is not activated")?;
        let key = self.files.key(&client.key)?;
        let anchors: Vec<_> = identity.roots().iter().cloned().map(Into::into).collect();
        let servers = ChainValidator::new(anchors, PROVIDER);
        let shown = tls::Identity { chain: &client.chain, key: &key };
        let agent = tls::agent(servers, Some(&shown), self.clock)?;
        let url = format!("{}{path}", self.record.url);
        self.patiently(|| http::send(&agent, method, &url, headers, body))
    }

    /// The same request until there is an answer: the service may be about to restart.
    fn patiently(&self, send: impl Fn() -> Result<Answer>) -> Result<Answer> {
        for _ in 0..TRIES {
            match send() {
                Ok(answer) if answer.status != 503 => return self.received(answer),
                Ok(_) => {}
                Err(error) => println!("no answer: {error}"),
            }
            #[expect(clippy::disallowed_methods, reason = "here is the patience")]
            thread::sleep(PAUSE);
        }
        send().and_then(|answer| self.received(answer))
    }

    fn received(&self, answer: Answer) -> Result<Answer> {
        if let Some(file) = &self.dump {
            let mut options = std::fs::OpenOptions::new();
            std::io::Write::write_all(&mut options.create(true).append(true).open(file)?, &answer.body)?;
        }
        Ok(answer)
    }

    /// What there is, for people and for the demonstration.
    fn show(&self) {
        let identity = self.record.identity.current().map(|key| &key.chain);
        println!("= client {}", serial(identity));
        for profile in self.record.keystore.profiles() {
            for entry in self.record.keystore.candidates(profile) {
                println!("= {profile} {}", serial(Some(&entry.chain)));
            }
        }
    }
}

/// The serial number of the first certificate.
fn serial(chain: Option<&Vec<pki_core::Certificate>>) -> String {
    let leaf = chain.and_then(|chain| chain.first());
    leaf.map_or_else(String::new, |leaf| hex(leaf.serial_number()))
}

/// A name for a new key.
fn key_name() -> Result<KeyHandle> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)?;
    Ok(KeyHandle::new(hex(&random).as_bytes())?)
}

/// The client certificate, to the monitor.
const CLIENT: CertificateId = CertificateId(0);
const TRIES: u32 = 60;
const PAUSE: Duration = Duration::from_millis(250);
