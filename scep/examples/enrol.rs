//! A whole enrolment in memory, step by step: a CA with a registration authority, a device, and nothing between them.
//!
//! ```sh
//! cargo run --release -p scep --example enrol
//! ```
//!
//! The device asks for a certificate, is told to wait, asks again, and gets it; then a second device tries the wrong
//! challenge. No socket, no file: what an application has to add is its own transport in place of `Server::answer`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(clippy::panic, reason = "an example stops where it goes wrong")]
#![expect(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "an application has std")]

use std::{error::Error, sync::Arc, time::Duration};

use getrandom::SysRng;
use pki_core::{
    Certificate, CertificateBuilder, CsrBuilder, GeneralNamesBuilder, KeyKind, Name, NameBuilder, Profile, Secret,
    SerialNumber, ToBeSigned, UnixTime, Validity,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
};
use scep::{
    client::{ClientConfig, EnrolmentRequest, Fingerprint, Issued, RejectReason, Step},
    http::{HttpRequest, HttpResponse},
    server::{
        Enrol, Incoming, Operation, Refusal, RegistrationAuthority, Reply, Responder, TransactionLimits,
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
    match enrol(start, &key, &mut server, &mut now, &mut rng)? {
        Ok(issued) => {
            println!("\nThe chain, each certificate issued by the next");
            issued.chain().iter().for_each(|certificate| show("", certificate));
        }
        Err(reason) => panic!("rejected: {reason:?}"),
    }

    println!("\nA device with the wrong challenge");
    let csr = CsrBuilder::new(device_name("device-2")?, key.public_key().clone())
        .with_challenge_password(&Secret::from("a guess"));
    let start = Step::start(config, EnrolmentRequest::new(csr))?;
    match enrol(start, &key, &mut server, &mut now, &mut rng)? {
        Ok(_) => panic!("issued without authorisation"),
        Err(reason) => println!("  rejected: {reason:?}"),
    }
    Ok(())
}

/// The client, as its caller writes it.
fn enrol(
    mut step: Step,
    key: &PrivateKey,
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
                sign.sign_with(key, rng)?
            }
            Step::Open(open) => {
                println!("  open the reply, which needs {:?}", open.needs());
                open.open_with(key, rng)?
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
        let responder = Responder::new(ca.clone(), certificates, PROVIDER)?;
        let challenge = Secret::from("correct horse");
        let transactions = Transactions::new(TransactionLimits::DEFAULT);
        Ok(Self { responder, ca, ca_key, ra, ra_key, challenge, transactions })
    }

    /// The server, as its caller writes it. It asks for one poll before it issues, to show how that goes.
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
                if let Err(denied) = enrol.check_challenge(&self.challenge) {
                    println!("    (server log: {denied})");
                    return enrol.reject(denied.fail_info(), rng);
                }
                if let Err(conflict) = self.transactions.admit(&enrol, now) {
                    return enrol.reject(conflict.fail_info(), rng);
                }
                // An operator would look at the request now. This one approves it while the device waits.
                if let Err(error) = self.approve(&enrol, now, rng) {
                    println!("    (server log: {error})");
                }
                enrol.pend(rng)
            }
            Operation::CertPoll(poll) => {
                let record = self.transactions.get(poll.transaction());
                poll.answer(record, rng)
            }
            operation => panic!("{operation:?}"),
        }
    }

    /// What is decided is recorded before it is signed, so that there is one certificate whatever happens in between.
    fn approve(&mut self, enrol: &Enrol, now: UnixTime, rng: &mut Random<SysRng>) -> Result<()> {
        let key = enrol.transaction();
        let decision = TransactionState::Approved(self.certificate(enrol, now, rng)?.into());
        if let TransactionState::Approved(certificate) = self.transactions.settle(key, decision, now)? {
            let certificate = certificate.to_be_signed().sign_with(&self.ca_key, rng)?;
            let _ = self.transactions.settle(key, TransactionState::Issued(vec![certificate]), now)?;
        }
        Ok(())
    }

    /// The certificate's content is the server's decision; from the CSR come the key and, here, the names.
    fn certificate(&self, enrol: &Enrol, now: UnixTime, rng: &mut Random<SysRng>) -> Result<ToBeSigned<Certificate>> {
        let csr = enrol.csr();
        let mut builder = CertificateBuilder::new(
            SerialNumber::random(rng)?,
            self.ca.subject().to_owned(),
            csr.subject().to_owned(),
            years(now, 1),
            csr.public_key().to_owned(),
        )
        .with_profile(&Profile::DEVICE_CLIENT)
        .with_subject_key_identifier(&PROVIDER)
        .with_authority(&self.ca, &PROVIDER);
        if let Some(names) = csr.subject_alt_name()? {
            builder = builder.with_subject_alt_name(names.iter().collect());
        }
        Ok(builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256)?)
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
