//! Where the story is played: the processes, and what is looked at when they are done.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
};

use mdm_proto::{
    activation::password::ActivationRecord,
    challenge::{ChallengeRecord, ChallengeState},
};
use pki_core::{
    Certificate,
    chain::{ChainValidator, Pool, Purpose, TrustAnchor},
    crypto::rustcrypto::{PROVIDER, PrivateKey},
};
use scep::{Method, server::AuthorityId};

use super::program::{Program, Shown};
use crate::{
    Result, agent, ahead, http,
    service::{
        self, Authority,
        database::{Database, Kind},
    },
    tls,
};

pub struct Stage {
    pub directory: PathBuf,
    /// For HTTPS and HTTP.
    ports: [u16; 2],
    chapter: u32,
}

/// By name: the serial number of the certificate that the device uses.
pub type Serials = BTreeMap<String, String>;

impl Stage {
    pub fn new() -> Result<Self> {
        let directory = std::env::temp_dir().join(format!("device-service-http-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        Ok(Self { directory, ports: [free_port()?, free_port()?], chapter: 0 })
    }

    pub fn chapter(&mut self, title: &str) {
        self.chapter += 1;
        println!("{}. {title}", self.chapter);
    }

    // --- Processes

    pub fn serve(&self, days: u64, options: &[&str]) -> Result<Program> {
        let mut service = self.start_service(days, options)?;
        service.wait_for("listening")?;
        Ok(service)
    }

    pub fn start_service(&self, days: u64, options: &[&str]) -> Result<Program> {
        let [https, http] = self.ports.map(|port| format!("127.0.0.1:{port}"));
        let days = days.to_string();
        let state = self.directory.join("service");
        let fixed = ["serve", "--listen", &https, "--plain", &http, "--ahead-days", &days, "--state"];
        let arguments = fixed.into_iter().map(Into::into).chain([state.into_os_string()]);
        Program::start(Shown::As("service"), arguments.chain(options.iter().map(Into::into)))
    }

    /// A device of this name.
    pub fn agent(&self, name: &'static str, days: u64, options: &[String]) -> Result<Program> {
        let days = days.to_string();
        let [state, received] = [name.to_owned(), format!("{name}-received")].map(|name| self.directory.join(name));
        let fixed = ["agent", "--ahead-days", &days, "--state"].into_iter().map(Into::into);
        let paths = [state.into_os_string(), "--dump".into(), received.into_os_string()];
        Program::start(Shown::As(name), fixed.chain(paths).chain(options.iter().map(Into::into)))
    }

    /// Jane's device, until it has nothing to do: what it has then.
    pub fn device(&self, days: u64) -> Result<Serials> {
        Ok(serials(&self.agent("device", days, &[])?.finish()?))
    }

    pub fn activation_url(&self) -> String {
        format!("--url=http://127.0.0.1:{}/activation", self.ports[1])
    }

    /// An administrator's command. What it says may be a secret.
    pub fn once(&self, arguments: &[&str]) -> Result<Vec<String>> {
        let state = self.directory.join("service").into_os_string();
        let arguments = arguments.iter().map(Into::into).chain(["--state".into(), state]);
        Program::start(Shown::Nothing, arguments)?.finish()
    }

    // --- Checks

    /// So many were given out, and each was redeemed.
    pub fn check_challenges(&self, expected: usize) -> Result<()> {
        let records = self.database()?.all(Kind::Challenge)?;
        let mut spent = 0;
        for record in &records {
            let is_spent = matches!(ChallengeRecord::from_der(record)?.state(), ChallengeState::Spent { .. });
            spent += usize::from(is_spent);
        }
        check((records.len(), spent) == (expected, expected), &format!("challenges given out and redeemed: {expected}"))
    }

    /// So many certificates are issued for Wi-Fi and VPN.
    pub fn check_issued(&self, expected: [u32; 2]) -> Result<()> {
        let database = self.database()?;
        for (name, expected) in Authority::NAMES.into_iter().zip(expected) {
            let id = AuthorityId::of(&Authority::certificate(&database, name)?, &PROVIDER);
            let issued = database.issued(&id.ok_or("no SHA-256")?)?;
            check(issued == expected, &format!("certificates issued for {name}: {expected}"))?;
        }
        Ok(())
    }

    pub fn keys(&self) -> Result<usize> {
        Ok(fs::read_dir(self.directory.join("device/keys"))?.count())
    }

    /// The certificate of the device's keystore with this serial number, valid below this CA.
    pub fn validated(&self, ca: &str, serial: &str, days: u64) -> Result<Certificate> {
        let anchor = self.certificate(&format!("service/{ca}-ca.pem"))?;
        for file in fs::read_dir(self.directory.join("device/store"))? {
            let leaf = Certificate::from_pem(&fs::read_to_string(file?.path())?)?;
            if agent::hex(leaf.serial_number()) == serial {
                let validator = ChainValidator::new([TrustAnchor::from(anchor)], PROVIDER);
                validator.validate(&leaf, &Pool::new(), Purpose::CLIENT_AUTH, ahead(days).now())?;
                return Ok(leaf);
            }
        }
        Err(format!("the certificate {serial} is not in the keystore").into())
    }

    /// The status for who comes with this certificate and key.
    pub fn ask_with(&self, client: &str, days: u64) -> Result<u16> {
        let (chain, key) = ([Certificate::from_pem(client)?], PrivateKey::from_pem(client)?);
        let servers = ChainValidator::new([self.certificate("service/root.pem")?.into()], PROVIDER);
        let agent = tls::agent(servers, Some(&tls::Identity { chain: &chain, key: &key }), ahead(days))?;
        let url = format!("https://localhost:{}/profiles", self.ports[0]);
        Ok(http::send(&agent, Method::Get, &url, &[], &[])?.status)
    }

    /// How often Jane's password was tried.
    pub fn attempts(&self) -> Result<u8> {
        let record = self.database()?.find(Kind::Activation, b"jane@example.com")?;
        Ok(ActivationRecord::from_der(&record)?.attempts())
    }

    /// Nothing that the device got has the password of the CA in it that only the broker knows.
    pub fn check_received(&self) -> Result<()> {
        let received = fs::read(self.directory.join("device-received"))?;
        let has = |octets: &[u8]| received.windows(octets.len()).any(|window| window == octets);
        check(has(br#""broker""#), "the search finds what is there")?;
        check(!has(service::password(&self.database()?)?.expose()), "the password is not there")
    }

    fn certificate(&self, name: &str) -> Result<Certificate> {
        Ok(Certificate::from_pem(&fs::read_to_string(self.directory.join(name))?)?)
    }

    fn database(&self) -> Result<Database> {
        service::open(&self.directory.join("service"))
    }
}

/// What the agent says that it has.
pub fn serials(said: &[String]) -> Serials {
    let lines = said.iter().filter_map(|line| line.strip_prefix("= ")?.split_once(' '));
    lines.map(|(name, serial)| (name.to_owned(), serial.to_owned())).collect()
}

pub fn check(is_so: bool, what: &str) -> Result<()> {
    if !is_so {
        return Err(format!("not so: {what}").into());
    }
    println!("    ok       {what}");
    Ok(())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
