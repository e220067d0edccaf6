//! From a password to a client certificate.

use getrandom::SysRng;
use mdm_proto::{
    activation::password::{
        ActivationPassword, Device, DeviceActivated, DeviceError, DeviceName, DeviceStep, RequestRecord, UserId,
    },
    identity::Identity,
    lifecycle::CertificateFacts,
};
use pki_core::{
    CsrBuilder, KeyKind, Name,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signer as _,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
};
use scep::Method;

use super::{Agent, Arguments, key_name};
use crate::{Result, http};

impl Agent {
    /// One run, which is one guess: a person says when there is another. A request whose answer did not come is sent again.
    pub(super) fn activate(&mut self, arguments: &Arguments) -> Result<()> {
        let rng = &mut Random(SysRng);
        let user = arguments.user.as_deref().ok_or("the device is not activated: give url, user and password")?;
        let device = Device::new(UserId::new(user)?, DeviceName::new("an example")?, PROVIDER);
        let mut step = match self.files.request() {
            Some(record) => DeviceStep::Exchange(RequestRecord::from_der(record.expose())?.resume(&device)),
            None => device.start(),
        };
        loop {
            step = match step {
                DeviceStep::Exchange(exchange) => {
                    if let Some(record) = exchange.record() {
                        self.files.keep_request(&record.to_der())?;
                    }
                    let url = arguments.url.as_deref().ok_or("the device is not activated: give its URL")?;
                    let send = || http::send(&self.plain, Method::Post, url, &[], exchange.message());
                    let reply = self.patiently(send)?.success()?;
                    match exchange.finish(&reply, self.clock.now()) {
                        Ok(step) => step,
                        Err(failure) => {
                            if failure.cause == DeviceError::Refused {
                                self.files.delete_request()?;
                            }
                            return Err(failure.cause.into());
                        }
                    }
                }
                DeviceStep::Derive(derive) => {
                    let password = arguments.password.as_deref().ok_or("the password is needed")?;
                    derive.derive(&ActivationPassword::typed(password)?, rng)?
                }
                DeviceStep::Enrol(enrol) => {
                    println!("activation: {} has proven that it knows the password", enrol.service());
                    let (key, name) = (PrivateKey::generate(KeyKind::P256, rng)?, key_name()?);
                    self.files.keep_key(&name, &key)?;
                    let csr = CsrBuilder::new(Name::from_common_name("device")?, key.public_key().clone())
                        .build(SignatureAlgorithm::ECDSA_SHA256)?
                        .sign_with(&key, rng)?;
                    self.record.identity = self.record.identity.request(csr.clone(), name);
                    self.save()?;
                    enrol.request(&csr)?
                }
                DeviceStep::Activated(activated) => return self.activated(&activated),
                DeviceStep::Refused(reason) => {
                    self.files.delete_request()?;
                    return Err(format!("the service issues nothing: {reason:?}").into());
                }
                step => return Err(format!("a step that came later than this program: {step:?}").into()),
            };
        }
    }

    fn activated(&mut self, activated: &DeviceActivated) -> Result<()> {
        let (now, identity) = (self.clock.now(), Identity::from_certificate(activated.chain())?);
        let leaf = activated.certificates().first().ok_or("there is no certificate")?;
        let pinned = self.record.identity.clone().with_roots(activated.roots().iter().cloned());
        self.record.identity = pinned.receive(activated.certificates(), &PROVIDER, now)?;
        activated.url().clone_into(&mut self.record.url);
        self.record.device = identity.device().to_string();
        let facts = CertificateFacts::of(leaf, self.record.device.as_bytes());
        self.record.track_client(facts);
        self.save()?;
        println!("activated: {} of {}", identity.device(), identity.user().email().unwrap_or_default());
        Ok(())
    }
}
