//! The device: a key, a profile, and a channel to the service.

use std::{fs, io::Write as _, path::Path, sync::Arc, thread, time::Duration};

use getrandom::SysRng;
use mdm_proto::{
    broker::{
        SigningBudget, SigningLimits,
        device::{self, DeviceConfig, Step, Submission},
    },
    profile::ProfileId,
};
use pki_core::{
    CsrBuilder, KeyKind, Secret,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signer,
        rustcrypto::{PrivateKey, Random},
    },
    pem,
};

use crate::{Arguments, PROFILE, Result, name, now, send, service::Service};

/// The whole enrolment. Nothing of `arguments` is used that a device would not have.
pub fn run(arguments: &Arguments, mut service: Service) -> Result<()> {
    let (rng, out) = (&mut Random(SysRng), arguments.out.as_path());
    fs::create_dir_all(out)?;
    let key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng)?;
    write_secret(&out.join("key.pem"), &key.to_pem())?;

    let (public, algorithm) = (Signer::public_key(&key).clone(), SignatureAlgorithm::RSA_PKCS1_SHA256);
    let mut budget = SigningBudget::new(public.as_ref(), SigningLimits::DEFAULT);
    let subject = name(arguments.asks_for.as_deref().unwrap_or(&arguments.subject_cn))?;
    let csr = CsrBuilder::new(subject.clone(), public.clone()).build(algorithm)?.sign_with(&key, rng)?;
    let transport = device::transport_certificate(&subject, &public, algorithm, now(), rng)?.sign_with(&key, rng)?;
    let by_device = if arguments.submission_by_device { Submission::ByDevice } else { Submission::ByService };
    let config = DeviceConfig::new(ProfileId::new(PROFILE)?, arguments.fingerprint.clone(), arguments.crypto());

    let mut step = Step::start(Arc::new(config.with_submission(by_device)), csr, transport, now(), rng)?;
    loop {
        step = match step {
            Step::Send(message) => {
                // Before anything goes out that may have a signature in it.
                keep(out, &budget)?;
                let answer = service.answer(message.message());
                println!("device: {} octets to the service, {} back", message.message().len(), answer.len());
                message.finish(&answer, now())?
            }
            Step::SignDigest(digest) => digest.sign_with(&mut budget, &key, rng)?,
            Step::SignAttributes(attributes) => attributes.sign_with(&mut budget, &key, rng)?,
            Step::Submit(submit) => {
                keep(out, &budget)?;
                submit.finish(&send(&arguments.url, submit.request())?, now())?
            }
            Step::Open(open) => open.open_with(&mut budget, &key, rng)?,
            Step::Wait(wait) => {
                let seconds = wait.until().as_seconds().saturating_sub(now().as_seconds());
                thread::sleep(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()));
                wait.poll(rng)?
            }
            Step::Issued(issued) => {
                keep(out, &budget)?;
                fs::write(out.join("cert.pem"), pem::encode("CERTIFICATE", issued.certificate().as_der()))?;
                service.told(issued.message());
                println!("issued: {} by {}", issued.certificate().subject(), issued.certificate().issuer());
                return Ok(());
            }
            Step::Rejected(rejected) => return Err(rejected.to_string().into()),
            step => return Err(format!("a step that came later than this program: {step:?}").into()),
        };
    }
}

fn keep(out: &Path, budget: &SigningBudget) -> Result<()> {
    Ok(fs::write(out.join("budget.der"), budget.to_der())?)
}

/// Readable by its owner alone, and never in place of another key.
fn write_secret(path: &Path, secret: &Secret) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(file.write_all(secret.expose())?)
}
