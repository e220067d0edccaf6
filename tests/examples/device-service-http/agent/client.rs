//! The client certificate, renewed by EST with itself.

use getrandom::SysRng;
use mdm_proto::{
    est::{
        client::{Call, Config, EnrolReply},
        reenrolment_csr,
    },
    lifecycle::{CertificateFacts, Outcome},
};
use pki_core::{
    KeyKind,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signer as _,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
};
use scep::Method;

use super::{Agent, CLIENT, key_name};
use crate::Result;

impl Agent {
    pub(super) fn renew_client(&mut self) -> Result<()> {
        let rng = &mut Random(SysRng);
        let (key, name) = (PrivateKey::generate(KeyKind::P256, rng)?, key_name()?);
        self.files.keep_key(&name, &key)?;
        let current = self.record.identity.keys().next().and_then(|key| key.chain.first());
        let csr = reenrolment_csr(current.ok_or("the device is not activated")?, key.public_key().clone());
        let csr = csr.build(SignatureAlgorithm::ECDSA_SHA256)?.sign_with(&key, rng)?;
        self.record.identity = self.record.identity.request(csr, name);
        self.save()?;
        self.finish_client_renewal()
    }

    /// Sends the request that was recorded, and uses what comes at once: that retires the one before.
    pub(super) fn finish_client_renewal(&mut self) -> Result<()> {
        let Some(pending) = self.record.identity.pending() else { return Ok(()) };
        let config = Config::new(PROVIDER);
        let call = Call::simple_reenroll(&config, &pending.csr);
        let request = call.request();
        let headers: Vec<_> = request.headers().collect();
        let answer = self.send_as_client(Method::Post, &request.path, &headers, &request.body)?;
        let EnrolReply::Issued(certificate) = call.finish(&answer.into_est())? else {
            return Err("the service has not decided on the client certificate".into());
        };
        let now = self.clock.now();
        let facts = CertificateFacts::of(&certificate, self.record.device.as_bytes());
        self.record.identity = self.record.identity.receive(&[certificate], &PROVIDER, now)?;
        self.record.monitor.resolve(CLIENT, Outcome::Renewed(facts), now)?;
        self.save()?;
        println!("client certificate: renewed by EST");
        self.update_roots()?;
        self.as_client(Method::Get, "/profiles", &[])?.success().map(drop)
    }

    /// The roots, from a server that those before verified.
    fn update_roots(&mut self) -> Result<()> {
        let call = Call::ca_certificates(&Config::new(PROVIDER));
        let answer = self.send_as_client(Method::Get, &call.request().path, &[], &[])?;
        let fetched = call.finish(&answer.into_est())?;
        let is_root = |certificate: &&pki_core::Certificate| certificate.is_self_issued();
        let roots: Vec<_> = fetched.certificates().iter().filter(is_root).cloned().collect();
        if roots.is_empty() {
            return Err("the service has no root".into());
        }
        self.record.identity = self.record.identity.clone().with_roots(roots);
        self.save()
    }

    /// `client.pem`, for other programs: certificate and key.
    pub(super) fn show_client(&self) -> Result<()> {
        let client = self.record.identity.keys().next().ok_or("the device is not activated")?;
        self.files.show_client(&client.chain, &client.key)
    }

    pub(super) fn delete_unused_client_keys(&mut self) -> Result<()> {
        for key in self.record.identity.keys_to_delete().to_vec() {
            self.files.delete_key(&key)?;
            self.record.identity = self.record.identity.key_deleted(&key);
        }
        self.save()
    }
}
