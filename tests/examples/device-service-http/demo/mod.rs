//! The whole story, each party a process of its own, and what has to be true after each chapter.

mod program;

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
};

use mdm_proto::challenge::{ChallengeRecord, ChallengeState};
use pki_core::{
    Certificate, KeyKind,
    chain::{ChainValidator, Pool, Purpose},
    crypto::rustcrypto::PROVIDER,
};

use crate::{
    Result, ahead,
    service::{self, Authority, database::Kind},
};
use program::{Program, Shown};

/// What goes on through the chapters.
struct Demo {
    directory: PathBuf,
    /// For HTTPS and HTTP.
    ports: [u16; 2],
    chapter: u32,
}

/// By name: the serial number of the certificate that the device uses.
type Serials = BTreeMap<String, String>;

pub fn run() -> Result<()> {
    let directory = std::env::temp_dir().join(format!("device-service-http-{}", std::process::id()));
    fs::create_dir_all(&directory)?;
    let mut demo = Demo { directory, ports: [free_port()?, free_port()?], chapter: 0 };
    let outcome = demo.tell();
    if outcome.is_err() {
        eprintln!("what there is can be looked at in {}", demo.directory.display());
        return outcome;
    }
    fs::remove_dir_all(&demo.directory)?;
    println!("all as it should be");
    Ok(())
}

impl Demo {
    fn tell(&mut self) -> Result<()> {
        let first = self.activation_and_two_crashes()?;
        let renewed = self.a_year_later(&first)?;
        let replaced = self.a_key_gets_out(&renewed)?;
        self.a_profile_changes(&replaced)?;
        self.what_the_device_has_seen()
    }

    fn activation_and_two_crashes(&mut self) -> Result<Serials> {
        self.chapter("the service is installed; Jane gets an activation password");
        let mut service = self.serve(0, &["--hold", "60"])?;
        let password = self.once(&["user", "--name", "jane@example.com"])?.pop().ok_or("no password")?;

        self.chapter("the device is activated and enrols; the challenge is redeemed, and the agent is killed before it hears of it");
        let activation = [
            format!("--url=http://127.0.0.1:{}/activation", self.ports[1]),
            "--user=jane@example.com".into(),
            format!("--password={password}"),
        ];
        let agent = self.agent(0, &activation)?;
        service.wait_for("scep wifi: the reply is held back")?;
        agent.kill()?;
        self.check_challenges(1)?;

        self.chapter("the agent goes on; now the service is killed before it replies, and started again");
        let mut agent = self.agent(0, &[])?;
        agent.wait_for("going on with what was begun")?;
        service.wait_for("the request that redeemed it came again")?;
        service.wait_for("scep wifi: the reply is held back")?;
        service.kill()?;
        agent.wait_for("no answer")?;
        let service = self.serve(0, &[])?;
        let serials = serials(&agent.finish()?);
        // One certificate, however often it was asked for.
        self.check_challenges(1)?;
        self.check_issued([1, 1])?;

        self.chapter("the agent looks again: there is nothing to do");
        let again = self.agent_serials(0)?;
        check(again == serials && again.len() == 3, "the certificates are those from before")?;
        service.kill()?;
        Ok(serials)
    }

    fn a_year_later(&mut self, before: &Serials) -> Result<Serials> {
        self.chapter("340 days later: server certificate, client certificate, and those by SCEP are renewed");
        let mut service = self.start_service(340, &[])?;
        service.wait_for("server certificate issued: Ending")?;
        service.wait_for("listening")?;
        let said = self.agent(340, &[])?.finish()?;
        check(said.iter().any(|line| line.contains("renewed by EST")), "the client certificate is renewed by EST")?;
        let after = serials(&said);
        for name in ["client", "vpn", "wifi"] {
            check(after.contains_key(name) && after.get(name) != before.get(name), &format!("{name} is another"))?;
        }
        // By the certificates that there were, and by no challenge. The one of last year is forgotten.
        self.check_challenges(0)?;
        self.check_issued([2, 2])?;
        check(self.keys()? == 3, "the keys from before are deleted")?;
        service.kill()?;
        Ok(after)
    }

    fn a_key_gets_out(&mut self, before: &Serials) -> Result<Serials> {
        self.chapter(
            "the key for Wi-Fi gets out: its certificate is revoked, and the agent sees the CRL when it next looks",
        );
        let service = self.serve(342, &[])?;
        let serial = before.get("wifi").ok_or("there is no certificate for Wi-Fi")?;
        self.once(&["revoke", "--ahead-days", "342", "--serial", serial])?;
        let said = self.agent(342, &[])?.finish()?;
        check(said.iter().any(|line| line.contains("revoked: keyCompromise")), "the agent has seen the revocation")?;
        let after = serials(&said);
        check(after.get("wifi").is_some_and(|new| new != serial), "there is another certificate for Wi-Fi")?;
        let rest = ["client", "vpn"].into_iter().all(|name| after.get(name) == before.get(name));
        check(rest, "the others stay")?;
        self.check_challenges(1)?;
        self.check_issued([3, 2])?;
        service.kill()?;
        Ok(after)
    }

    fn a_profile_changes(&mut self, before: &Serials) -> Result<()> {
        self.chapter("the profile for VPN asks for longer keys: the broker is asked again");
        let service = self.serve(342, &[])?;
        self.once(&["profile", "--id", "vpn", "--rsa-bits", "3072"])?;
        let after = self.agent_serials(342)?;
        check(after.get("vpn").is_some_and(|new| Some(new) != before.get("vpn")), "there is another for VPN")?;
        let rest = ["client", "wifi"].into_iter().all(|name| after.get(name) == before.get(name));
        check(rest, "the others stay")?;
        self.check_issued([3, 3])?;
        service.kill()?;

        let (mut kinds, now) = (Vec::new(), ahead(342).now());
        for (name, serial) in after.iter().filter(|(name, _)| *name != "client") {
            let chain = self.entry(serial)?;
            let [leaf, ..] = &chain[..] else { return Err("an entry without a certificate".into()) };
            let ca = fs::read_to_string(self.directory.join(format!("service/{name}-ca.pem")))?;
            let validator = ChainValidator::new([Certificate::from_pem(&ca)?.into()], PROVIDER);
            validator.validate(leaf, &Pool::new(), Purpose::CLIENT_AUTH, now)?;
            kinds.push(leaf.public_key().kind());
        }
        let expected = [KeyKind::Rsa { bits: 3072 }, KeyKind::Rsa { bits: 2048 }];
        check(kinds == expected, "both chains are valid, and the keys are as the profiles want them")
    }

    fn what_the_device_has_seen(&mut self) -> Result<()> {
        self.chapter("the password of the CA for VPN is in nothing that the device has received");
        let received = fs::read(self.directory.join("received"))?;
        let has = |octets: &[u8]| received.windows(octets.len()).any(|window| window == octets);
        let password = service::password(&service::open(&self.directory.join("service"))?)?;
        check(has(br#""broker""#), "the search finds what is there")?;
        check(!has(password.expose()), "the password is not there")
    }

    // --- Checks

    /// So many were given out, and each was redeemed.
    fn check_challenges(&self, expected: usize) -> Result<()> {
        let records = service::open(&self.directory.join("service"))?.all(Kind::Challenge)?;
        let mut spent = 0;
        for record in &records {
            let is_spent = matches!(ChallengeRecord::from_der(record)?.state(), ChallengeState::Spent { .. });
            spent += usize::from(is_spent);
        }
        check((records.len(), spent) == (expected, expected), &format!("challenges given out and redeemed: {expected}"))
    }

    /// So many certificates are issued for Wi-Fi and VPN.
    fn check_issued(&self, expected: [u32; 2]) -> Result<()> {
        let database = service::open(&self.directory.join("service"))?;
        for (name, expected) in Authority::NAMES.into_iter().zip(expected) {
            let id = scep::server::AuthorityId::of(&Authority::certificate(&database, name)?, &PROVIDER);
            let issued = database.issued(&id.ok_or("no SHA-256")?)?;
            check(issued == expected, &format!("certificates issued for {name}: {expected}"))?;
        }
        Ok(())
    }

    fn keys(&self) -> Result<usize> {
        Ok(fs::read_dir(self.directory.join("device/keys"))?.count())
    }

    /// The entry of the device's keystore whose certificate has this serial number.
    fn entry(&self, serial: &str) -> Result<Vec<Certificate>> {
        for file in fs::read_dir(self.directory.join("device/store"))? {
            let leaf = Certificate::from_pem(&fs::read_to_string(file?.path())?)?;
            if crate::agent::hex(leaf.serial_number()) == serial {
                return Ok(vec![leaf]);
            }
        }
        Err(format!("the certificate {serial} is not in the keystore").into())
    }

    // --- Processes

    fn serve(&self, days: u64, options: &[&str]) -> Result<Program> {
        let mut service = self.start_service(days, options)?;
        service.wait_for("listening")?;
        Ok(service)
    }

    fn start_service(&self, days: u64, options: &[&str]) -> Result<Program> {
        let [https, http] = self.ports.map(|port| format!("127.0.0.1:{port}"));
        let days = days.to_string();
        let state = self.directory.join("service");
        let fixed = ["serve", "--listen", &https, "--plain", &http, "--ahead-days", &days, "--state"];
        let arguments = fixed.into_iter().map(Into::into).chain([state.into_os_string()]);
        Program::start(Shown::As("service"), arguments.chain(options.iter().map(Into::into)))
    }

    fn agent(&self, days: u64, options: &[String]) -> Result<Program> {
        let days = days.to_string();
        let [state, received] = ["device", "received"].map(|name| self.directory.join(name).into_os_string());
        let fixed = ["agent", "--ahead-days", &days, "--state"].into_iter().map(Into::into);
        let arguments = fixed.chain([state, "--dump".into(), received]).chain(options.iter().map(Into::into));
        Program::start(Shown::As("agent"), arguments)
    }

    fn agent_serials(&self, days: u64) -> Result<Serials> {
        Ok(serials(&self.agent(days, &[])?.finish()?))
    }

    /// An administrator's command. What it says may be a secret.
    fn once(&self, arguments: &[&str]) -> Result<Vec<String>> {
        let state = self.directory.join("service").into_os_string();
        let arguments = arguments.iter().map(Into::into).chain(["--state".into(), state]);
        Program::start(Shown::Nothing, arguments)?.finish()
    }

    fn chapter(&mut self, title: &str) {
        self.chapter += 1;
        println!("{}. {title}", self.chapter);
    }
}

/// What the agent says that it has.
fn serials(said: &[String]) -> Serials {
    let lines = said.iter().filter_map(|line| line.strip_prefix("= ")?.split_once(' '));
    lines.map(|(name, serial)| (name.to_owned(), serial.to_owned())).collect()
}

fn check(is_so: bool, what: &str) -> Result<()> {
    if !is_so {
        return Err(format!("not so: {what}").into());
    }
    println!("    ok      {what}");
    Ok(())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
