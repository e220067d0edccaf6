//! A whole enrolment in memory, step by step: a CA with a registration authority, a device, and nothing between them.
//!
//! ```sh
//! cargo run --release -p scep --example enrol
//! ```
//!
//! The device asks for a certificate, is told to wait, asks again, and gets it; eleven months later it renews it, with a new
//! key and by the old certificate; then a second device tries the wrong challenge. No socket, no file: what an application has to add is its own transport in place of `Server::answer`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(clippy::panic, reason = "an example stops where it goes wrong")]
#![expect(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "an application has std")]

use std::{error::Error, sync::Arc, time::Duration};

use getrandom::SysRng;
use pki_core::{
    Certificate, CertificateBuilder, CsrBuilder, GeneralNamesBuilder, KeyKind, Name, NameBuilder, Profile, Secret,
    SerialNumber, UnixTime, Validity,
    algorithm::SignatureAlgorithm,
    chain::Pool,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
    ocsp::CertStatus,
};
use scep::{
    client::{ClientConfig, EnrolmentRequest, Fingerprint, Issued, KeyRole, OpenWith, RejectReason, Step},
    http::{HttpRequest, HttpResponse},
    server::{
        AgentPolicy, Authorized, CertificateProfile, Denied, Enrol, Evidence, Incoming, Issuance, Means, Names, Nature,
        Operation, Refusal, RegistrationAuthority, RenewalPolicy, RenewalWindow, Reply, Responder, TransactionLimits,
        TransactionState, Transactions,
    },
};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> Result<()> {
    // Time and randomness are arguments: this is all the example has of a clock.
    let mut now = UnixTime::from_civil(2026, 11, 23, 9, 0, 0).ok_or("no such date")?;
    let mut rng = Random(SysRng);

    println!("A CA and its registration authority");
    let mut server = Server::install(now, &mut rng)?;
    let fingerprint = Fingerprint::of(&server.ca, &PROVIDER).ok_or("no SHA-256")?;
    show("CA", &server.ca);
    show("RA", &server.ra);
    println!("  SHA-256 {fingerprint}");

    println!("\nA device enrols");
    let config = Arc::new(ClientConfig::new(PROVIDER).with_fingerprint(fingerprint));
    let key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, &mut rng)?;
    let csr = CsrBuilder::new(device_name("device-1")?, key.public_key().clone())
        .with_subject_alt_name(GeneralNamesBuilder::new().add_upn("ada@example.com"))
        .with_challenge_password(&Secret::from("correct horse"));
    let start = Step::start(Arc::clone(&config), EnrolmentRequest::new(csr))?;
    let keys = Keys { new: &key, current: None };
    let Ok(issued) = enrol(start, keys, &mut server, &mut now, &mut rng)? else { panic!("rejected") };
    println!("\nThe chain, each certificate issued by the next");
    issued.chain().iter().for_each(|certificate| show("", certificate));

    now = issued.certificate().validity().not_after.minus(DAY * 30);
    println!("\nThe device renews, at {now}");
    let renewed = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, &mut rng)?;
    let csr = CsrBuilder::new(device_name("device-1")?, renewed.public_key().clone())
        .with_subject_alt_name(GeneralNamesBuilder::new().add_upn("ada@example.com"));
    let request = EnrolmentRequest::renewal(csr, issued.certificate().clone());
    let start = Step::start(Arc::clone(&config), request)?;
    let keys = Keys { new: &renewed, current: Some(&key) };
    let Ok(issued) = enrol(start, keys, &mut server, &mut now, &mut rng)? else { panic!("rejected") };
    show("", issued.certificate());

    println!("\nA device with the wrong challenge");
    let csr = CsrBuilder::new(device_name("device-2")?, key.public_key().clone())
        .with_challenge_password(&Secret::from("a guess"));
    let start = Step::start(config, EnrolmentRequest::new(csr))?;
    let keys = Keys { new: &key, current: None };
    match enrol(start, keys, &mut server, &mut now, &mut rng)? {
        Ok(_) => panic!("issued without authorisation"),
        Err(reason) => println!("  rejected: {reason:?}"),
    }
    Ok(())
}

/// The keys of a device: the one that a certificate is asked for, and, for a renewal, that of the certificate that it has.
#[derive(Clone, Copy)]
struct Keys<'a> {
    new: &'a PrivateKey,
    current: Option<&'a PrivateKey>,
}

impl<'a> Keys<'a> {
    fn of(self, role: KeyRole) -> &'a PrivateKey {
        match role {
            KeyRole::Current => self.current.unwrap_or(self.new),
            _ => self.new,
        }
    }
}

/// The client, as its caller writes it.
fn enrol(
    mut step: Step,
    keys: Keys<'_>,
    server: &mut Server,
    now: &mut UnixTime,
    rng: &mut Random<SysRng>,
) -> Result<Result<Issued, RejectReason>> {
    loop {
        step = match step {
            Step::Exchange(exchange) => {
                let request = exchange.request();
                let reply = server.answer(request, *now, rng)?;
                println!(
                    "  {:?} {:<24} {:>5} octets -> {} {:<30} {:>5} octets",
                    request.method,
                    request.query.split('&').next().unwrap_or_default(),
                    request.body.len(),
                    reply.status,
                    reply.content_type,
                    reply.body.len()
                );
                exchange.finish(&reply, *now, rng)?
            }
            Step::Sign(sign) => {
                println!("  sign {} octets with {:?}, {:?} key", sign.bytes().len(), sign.algorithm(), sign.key());
                sign.sign_with(keys.of(sign.key()), rng)?
            }
            Step::Open(open) => {
                let OpenWith::Key(role) = open.needs() else { panic!("an RSA key needs no challenge") };
                println!("  open the reply, {role:?} key");
                open.open_with(keys.of(role), rng)?
            }
            Step::Wait(wait) => {
                println!(
                    "  pending: poll at {}; the record to keep has {} octets",
                    wait.until(),
                    wait.record().to_der().len()
                );
                *now = wait.until();
                wait.poll(rng)?
            }
            Step::Issued(issued) => return Ok(Ok(issued)),
            Step::Rejected(rejected) => return Ok(Err(rejected.reason().clone())),
            step => panic!("a pinned CA needs no answer to {step:?}"),
        };
    }
}

/// A CA with two keys: one signs certificates, the other talks SCEP.
struct Server {
    responder: Responder,
    ca: Certificate,
    ca_key: PrivateKey,
    ra: Certificate,
    ra_key: PrivateKey,
    challenge: Secret,
    renewal: RenewalPolicy,
    profile: CertificateProfile,
    transactions: Transactions,
}

impl Server {
    fn install(now: UnixTime, rng: &mut Random<SysRng>) -> Result<Self> {
        let name = NameBuilder::new().add_organization("Example").add_common_name("Example Root").build()?;
        let ca_key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng)?;
        let ca_public = ca_key.public_key().clone();
        let ca = CertificateBuilder::new(SerialNumber::random(rng)?, name.clone(), name, years(now, 10), ca_public)
            .with_profile(&Profile::ROOT_CA)
            .with_subject_key_identifier(&PROVIDER)
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
            .sign_with(&ca_key, rng)?;

        let ra_key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng)?;
        let ra = CertificateBuilder::new(
            SerialNumber::random(rng)?,
            ca.subject().to_owned(),
            device_name("Example RA")?,
            years(now, 2),
            ra_key.public_key().clone(),
        )
        .with_profile(&Profile::RA)
        .with_authority(&ca, &PROVIDER)
        .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
        .sign_with(&ca_key, rng)?;

        let certificates = RegistrationAuthority { signing: ra.clone(), encryption: ra.clone() };
        let responder = Responder::new(ca.clone(), certificates, PROVIDER)?.with_renewal();
        let challenge = Secret::from("correct horse");
        let renewal = RenewalPolicy::new().with_window(RenewalWindow::Last(DAY * 60));
        let profile = CertificateProfile::new(ca.clone(), DAY * 365, PROVIDER);
        let transactions = Transactions::new(TransactionLimits::DEFAULT);
        Ok(Self { responder, ca, ca_key, ra, ra_key, challenge, renewal, profile, transactions })
    }

    /// The server, as its caller writes it. It asks for one poll before it issues to a new device, to show how that goes.
    fn answer(&mut self, request: &HttpRequest, now: UnixTime, rng: &mut Random<SysRng>) -> Result<HttpResponse> {
        let reply = self.decide(request, now, rng).unwrap_or_else(|refusal| {
            println!("    (server log: {})", refusal.cause);
            refusal.reply
        });
        Ok(reply.sign_with(&self.ra_key, rng)?)
    }

    fn decide(&mut self, request: &HttpRequest, now: UnixTime, rng: &mut Random<SysRng>) -> Result<Reply, Refusal> {
        let sealed = match self.responder.receive(request, now, rng)? {
            Incoming::Query(query) => return Ok(query.reply()),
            Incoming::Sealed(sealed) => sealed,
            incoming => panic!("{incoming:?}"),
        };
        match sealed.open_with(&self.ra_key, rng)? {
            Operation::PkcsReq(enrol) | Operation::RenewalReq(enrol) => {
                // First who may, then what is known: strangers take no room in the transactions.
                let authorized = match self.authorize(&enrol, now) {
                    Ok(authorized) => authorized,
                    Err(denied) => return Err(enrol.refuse(denied, rng)),
                };
                if let Err(conflict) = self.transactions.admit(&enrol, now) {
                    return enrol.reject(conflict.fail_info(), rng);
                }
                let state = match self.approve(&enrol, &authorized, now, rng) {
                    Ok(state) => state,
                    Err(error) => {
                        println!("    (server log: {error})");
                        return enrol.pend(rng);
                    }
                };
                match state {
                    TransactionState::Issued(certificates) if authorized.is_by(Means::Renewal) => {
                        enrol.issue(&authorized, &certificates, rng)
                    }
                    // An operator would look at the request now. This one approved it while the device waits.
                    _ => enrol.pend(rng),
                }
            }
            Operation::CertPoll(poll) => {
                let record = self.transactions.get(poll.transaction());
                poll.answer(record, rng)
            }
            operation => panic!("{operation:?}"),
        }
    }

    /// A renewal by the certificate that the device has, anything else by the challenge.
    fn authorize(&self, enrol: &Enrol, now: UnixTime) -> Result<Authorized, Denied> {
        match enrol.nature(&self.renewal, &AgentPolicy::new()) {
            Nature::Renewal => {
                // This CA has revoked nothing. Another one would look into its database.
                let nothing = Pool::new();
                let evidence = Evidence::new(&nothing).with_status(CertStatus::Good);
                enrol.authorize_renewal(&self.renewal, evidence, now)
            }
            Nature::First | Nature::OnBehalf => enrol.check_challenge(&self.challenge),
        }
    }

    /// What is decided is recorded before it is signed, so that there is one certificate whatever happens in between.
    ///
    /// From the CSR comes the key, and here the names; all else is the profile's.
    fn approve(
        &mut self,
        enrol: &Enrol,
        authorized: &Authorized,
        now: UnixTime,
        rng: &mut Random<SysRng>,
    ) -> Result<TransactionState> {
        let key = enrol.transaction();
        let names = Names::of_request(enrol.csr(), authorized)?;
        let issuance = Issuance::new(now, rng)?;
        let certificate = self.profile.certificate(enrol.csr(), authorized, &names, &issuance)?;
        match self.transactions.settle(key, TransactionState::Approved(certificate.into()), now)? {
            TransactionState::Approved(certificate) => {
                let certificate = certificate.to_be_signed().sign_with(&self.ca_key, rng)?;
                Ok(self.transactions.settle(key, TransactionState::Issued(vec![certificate]), now)?)
            }
            state => Ok(state),
        }
    }
}

fn device_name(common_name: &str) -> Result<Name> {
    Ok(NameBuilder::new().add_organization("Example").add_common_name(common_name).build()?)
}

fn years(now: UnixTime, years: u64) -> Validity {
    Validity::starting(now.minus(Duration::from_secs(3600)), Duration::from_secs(years * 365 * 86_400))
}

fn show(what: &str, certificate: &Certificate) {
    let Validity { not_before, not_after } = certificate.validity();
    println!("  {what:<2} {}", certificate.subject());
    println!("       issued by {}, {}", certificate.issuer(), certificate.public_key().kind());
    println!("       {not_before} to {not_after}, {} octets", certificate.as_der().len());
    if let Ok(Some(names)) = certificate.subject_alt_name() {
        names.iter().for_each(|name| println!("       also {name:?}"));
    }
}

const DAY: Duration = Duration::from_secs(86_400);
