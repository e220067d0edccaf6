//! The phone's enrolments by SCEP: directly at the CA, and by the service's broker.

use std::sync::Arc;

use mdm_proto::{
    broker::{
        SigningBudget, SigningLimits,
        device::{self, DeviceConfig},
    },
    keystore::KeyHandle,
    profile::AgentProfile,
};
use pki_core::{Certificate, algorithm::SignatureAlgorithm, crypto::rustcrypto::PROVIDER};
use scep::client::{KeyRole, OpenWith, Step};

use crate::{
    Result,
    phone::{Phone, url},
    say,
    world::{Connection, World},
};

/// Asks the CA: by the challenge in the profile, or by the certificate and key that are renewed.
pub fn directly(
    phone: &mut Phone,
    profile: &AgentProfile,
    current: Option<(Certificate, KeyHandle)>,
    world: &mut World,
) -> Result<(Vec<Certificate>, KeyHandle)> {
    let (new, public) = phone.keys.make(profile.settings().key().algorithm().kind(), &mut world.rng)?;
    let (request, old) = match current {
        Some((certificate, key)) => (profile.renewal(public, certificate)?, key),
        None => (profile.request(public)?, new.clone()),
    };
    let key = |role| if role == KeyRole::Current { &old } else { &new };
    let mut step = Step::start(Arc::new(profile.client_config(PROVIDER)), request)?;
    loop {
        step = match step {
            Step::Exchange(exchange) => {
                let request = exchange.request();
                let reply = world.scep(url(profile)?, request)?;
                let query = request.query.split('&').next().unwrap_or_default();
                let operation = query.trim_start_matches("operation=");
                say(
                    world.now,
                    "phone",
                    format!("{operation}, {} octets; {} back", request.body.len(), reply.body.len()),
                );
                exchange.finish(&reply, world.now, &mut world.rng)?
            }
            Step::Sign(sign) => sign.sign_with(phone.keys.get(key(sign.key()))?, &mut world.rng)?,
            Step::Open(open) => {
                let OpenWith::Key(role) = open.needs() else { return Err("an RSA key needs no challenge".into()) };
                open.open_with(phone.keys.get(key(role))?, &mut world.rng)?
            }
            Step::Wait(wait) => {
                world.now = wait.until();
                wait.poll(&mut world.rng)?
            }
            Step::Issued(issued) => return Ok((issued.chain().to_vec(), new)),
            step => return Err(format!("{step:?}").into()),
        };
    }
}

/// Asks the service, which has the challenge: the phone signs what it can't read, once, with a key that is good for nothing yet.
pub fn by_broker(
    phone: &mut Phone,
    profile: &AgentProfile,
    connection: &Connection,
    world: &mut World,
) -> Result<(Vec<Certificate>, KeyHandle)> {
    let (handle, public) = phone.keys.make(profile.settings().key().algorithm().kind(), &mut world.rng)?;
    let key = phone.keys.get(&handle)?;
    let (algorithm, rng) = (SignatureAlgorithm::RSA_PKCS1_SHA256, &mut world.rng);
    let mut budget = SigningBudget::new(public.as_ref(), SigningLimits::DEFAULT);
    let transport = device::transport_certificate(profile.names().subject(), &public, algorithm, world.now, rng)?;
    let transport = transport.sign_with(key, rng)?;
    let csr = profile.csr_without_challenge(public)?.build(algorithm)?.sign_with(key, rng)?;
    let config = Arc::new(DeviceConfig::from_profile(profile, PROVIDER)?);
    let mut step = device::Step::start(config, csr, transport, world.now, rng)?;
    loop {
        step = match step {
            device::Step::Send(message) => {
                let answer = world.broker(connection, message.message())?;
                say(
                    world.now,
                    "phone",
                    format!("{} octets to the broker, {} back", message.message().len(), answer.len()),
                );
                message.finish(&answer, world.now)?
            }
            device::Step::SignDigest(sign) => sign.sign_with(&mut budget, key, &mut world.rng)?,
            device::Step::SignAttributes(sign) => sign.sign_with(&mut budget, key, &mut world.rng)?,
            device::Step::Open(open) => open.open_with(&mut budget, key, &mut world.rng)?,
            device::Step::Issued(issued) => {
                world.broker(connection, issued.message())?;
                let ca = issued.validated().anchor().certificate();
                return Ok((issued.validated().path().iter().chain(ca).cloned().collect(), handle));
            }
            step => return Err(format!("{step:?}").into()),
        };
    }
}
