//! Keys that live elsewhere: each private key has a thread of its own; client and server run in another, without any.
//!
//! ```sh
//! cargo run -p conformance --example remote-signer
//! ```
//!
//! Both dialogues stop where a key is needed. They hand out what is to be signed or unwrapped and go on with the result,
//! whenever it comes and wherever from: here over a channel, elsewhere from an HSM, a signing service or an `async` call.

use std::{
    error::Error,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use getrandom::SysRng;
use pki_core::{
    Certificate, CertificateBuilder, CsrBuilder, KeyKind, Name, NameBuilder, Profile, PublicKey, Secret, SerialNumber,
    ToBeSigned, UnixTime, Validity,
    algorithm::SignatureAlgorithm,
    crypto::{
        ContentKey, Decrypter as _, SignFailed, Signature, Signer, UnwrapFailed, WrappedKey,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
};
use scep::{
    client::{ClientConfig, EnrolmentRequest, Fingerprint, Step},
    http::{HttpRequest, HttpResponse},
    server::{Incoming, Operation, Refusal, RegistrationAuthority, Reply, Responder},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let rng = &mut Random(SysRng);
    let now = UnixTime::from_civil(2026, 11, 23, 9, 0, 0).ok_or("no such date")?;
    let server = Server::install(now)?;
    let key = RemoteKey::start()?;

    let fingerprint = Fingerprint::of(&server.ca, &PROVIDER).ok_or("no SHA-256")?;
    let csr =
        CsrBuilder::new(name("device-1")?, key.public.clone()).with_challenge_password(&Secret::from("correct horse"));
    let config = ClientConfig::new(PROVIDER).with_fingerprint(fingerprint);
    let mut step = Step::start(Arc::new(config), EnrolmentRequest::new(csr))?;
    loop {
        step = match step {
            Step::Exchange(exchange) => exchange.finish(&server.answer(exchange.request(), now)?, now, rng)?,
            Step::Sign(sign) => {
                let signature = key.sign(sign.algorithm(), sign.bytes())?;
                sign.attach(signature, rng)?
            }
            Step::Open(open) => {
                let wrapped = open.wrapped_key().ok_or("an RSA key needs no challenge to open replies")?;
                let content_key = key.unwrap(wrapped)?;
                open.attach(&content_key)?
            }
            Step::Issued(issued) => {
                println!("issued: {} by {}", issued.certificate().subject(), issued.certificate().issuer());
                return Ok(());
            }
            step => return Err(format!("this server gives no reason for {step:?}").into()),
        };
    }
}

/// A CA and an RA: certificates, and the way to their keys.
struct Server {
    responder: Responder,
    ca: Certificate,
    ca_key: RemoteKey,
    ra_key: RemoteKey,
}

impl Server {
    fn install(now: UnixTime) -> Result<Self> {
        let (ca_key, ra_key) = (RemoteKey::start()?, RemoteKey::start()?);
        let ca = certificate(&Profile::ROOT_CA, name("Example Root")?, ca_key.public.clone(), now)?;
        let ca = ca_key.complete(&ca)?;
        let ra = certificate(&Profile::RA, name("Example RA")?, ra_key.public.clone(), now)?;
        let ra = ca_key.complete(&ra)?;
        let ra = RegistrationAuthority { signing: ra.clone(), encryption: ra };
        Ok(Self { responder: Responder::new(ca.clone(), ra, PROVIDER)?, ca, ca_key, ra_key })
    }

    fn answer(&self, request: &HttpRequest, now: UnixTime) -> Result<HttpResponse> {
        match self.decide(request, now).unwrap_or_else(|refusal| refusal.reply) {
            Reply::Ready(response) => Ok(response),
            Reply::Unsigned(reply) => Ok(self.ra_key.complete(reply.to_be_signed())?),
        }
    }

    fn decide(&self, request: &HttpRequest, now: UnixTime) -> std::result::Result<Reply, Refusal> {
        let rng = &mut Random(SysRng);
        let sealed = match self.responder.receive(request, now, rng)? {
            Incoming::Query(query) => return Ok(query.reply()),
            Incoming::Sealed(sealed) => sealed,
            _ => return Ok(no_answer()),
        };
        // A failure goes in, too: the peer must not be able to tell one from another.
        let content_key = self.ra_key.unwrap(sealed.wrapped_key());
        let Operation::PkcsReq(enrol) = sealed.attach(content_key, rng)? else { return Ok(no_answer()) };
        let authorized = match enrol.check_challenge(&Secret::from("correct horse")) {
            Ok(authorized) => authorized,
            Err(denied) => return enrol.reject(denied.fail_info(), rng),
        };
        let (subject, public_key) = (enrol.csr().subject().to_owned(), enrol.csr().public_key().to_owned());
        let issued = certificate(&Profile::DEVICE_CLIENT, subject, public_key, now)
            .and_then(|unsigned| Ok(self.ca_key.complete(&unsigned)?));
        match issued {
            Ok(certificate) => enrol.issue(&authorized, &[certificate], rng),
            Err(_) => Ok(no_answer()),
        }
    }
}

fn certificate(
    profile: &Profile,
    subject: Name,
    public_key: PublicKey,
    now: UnixTime,
) -> Result<ToBeSigned<Certificate>> {
    let validity = Validity::starting(now, Duration::from_secs(365 * 86_400));
    let serial = SerialNumber::random(&mut Random(SysRng))?;
    let builder = CertificateBuilder::new(serial, name("Example Root")?, subject, validity, public_key);
    Ok(builder.with_profile(profile).build(SignatureAlgorithm::RSA_PKCS1_SHA256)?)
}

fn name(common_name: &str) -> Result<Name> {
    Ok(NameBuilder::new().add_common_name(common_name).build()?)
}

fn no_answer() -> Reply {
    Reply::Ready(HttpResponse::new(500, "text/plain", ""))
}

/// A private key in a thread of its own, as it is seen from outside.
struct RemoteKey {
    public: PublicKey,
    jobs: mpsc::Sender<Job>,
}

/// What can be asked of it, and where the answer goes.
enum Job {
    Sign(SignatureAlgorithm, Vec<u8>, mpsc::Sender<std::result::Result<Signature, SignFailed>>),
    Unwrap(WrappedKey, mpsc::Sender<std::result::Result<ContentKey, UnwrapFailed>>),
}

impl RemoteKey {
    /// The private key is made in the thread and never leaves it.
    fn start() -> Result<Self> {
        let (jobs, inbox) = mpsc::channel();
        let (public_sender, public) = mpsc::channel();
        thread::spawn(move || {
            let rng = &mut Random(SysRng);
            let Ok(key) = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng) else { return };
            // Whoever asked and went away gets no answer.
            public_sender.send(Signer::public_key(&key).clone()).ok();
            for job in inbox {
                match job {
                    Job::Sign(algorithm, message, answer) => answer.send(key.sign(algorithm, &message, rng)).ok(),
                    Job::Unwrap(wrapped, answer) => answer.send(key.unwrap_key(&wrapped, rng)).ok(),
                };
            }
        });
        Ok(Self { public: public.recv()?, jobs })
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> std::result::Result<Signature, SignFailed> {
        let (sender, answer) = mpsc::channel();
        self.jobs.send(Job::Sign(algorithm, message.to_vec(), sender)).map_err(|_| SignFailed)?;
        answer.recv().map_err(|_| SignFailed)?
    }

    /// Certificates, CSRs, replies: all that the family signs is a [`ToBeSigned`].
    fn complete<T>(&self, unsigned: &ToBeSigned<T>) -> std::result::Result<T, SignFailed> {
        Ok(unsigned.attach(self.sign(unsigned.algorithm(), unsigned.message())?))
    }

    fn unwrap(&self, wrapped: &WrappedKey) -> std::result::Result<ContentKey, UnwrapFailed> {
        let (sender, answer) = mpsc::channel();
        self.jobs.send(Job::Unwrap(wrapped.clone(), sender)).map_err(|_| UnwrapFailed)?;
        answer.recv().map_err(|_| UnwrapFailed)?
    }
}
