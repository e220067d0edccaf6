//! EST: the client certificate authenticates, and renews itself.

use getrandom::SysRng;
use mdm_proto::{
    client_certificate::{ClientRecord, Decision, Issuance, Refused, Step},
    est::{
        CsrAttributes, HttpRequest, HttpResponse,
        server::{Connection, Enrol, Operation, Rejection},
    },
    identity::{DeviceId, Identity},
};
use pki_core::{
    Certificate,
    chain::{Purpose, ValidatedChain},
    crypto::rustcrypto::{PROVIDER, Random},
};

use super::{Reply, Service, database::Kind};
use crate::{Result, tls::Client};

impl Service {
    pub(super) fn est(&self, request: &HttpRequest, client: &Client) -> Result<HttpResponse> {
        let mut connection = Connection::new();
        if let Some(chain) = self.client_chain(client)? {
            connection = connection.with_client(chain);
        }
        match self.est.receive(request, &connection) {
            Ok(Operation::CaCerts(asked)) => Ok(asked.answer(&self.installation()?.ca_certificates())),
            Ok(Operation::CsrAttributes(asked)) => Ok(asked.answer(&CsrAttributes::new())),
            Ok(Operation::SimpleEnroll(enrol)) => Ok(enrol.reject(Rejection::Forbidden, "activate by password")),
            Ok(Operation::SimpleReenroll(enrol)) => self.renew(enrol),
            Err(refusal) => {
                println!("est: {refusal}");
                Ok(refusal.reply)
            }
        }
    }

    fn renew(&self, enrol: Enrol) -> Result<HttpResponse> {
        let (authorized, chain) = (enrol.authorize_by_certificate()?, enrol.client().ok_or("no certificate")?);
        let clients = self.clients(&self.installation()?);
        let identity = Identity::from_certificate_with(chain, clients.uris())?;
        let certified =
            self.certify(identity.device(), |record, issuance| clients.renew(chain, enrol.csr(), record, issuance))?;
        match certified {
            Ok(certificate) => {
                println!("est: client certificate of {} renewed", identity.device());
                Ok(enrol.issue(&authorized, &certificate).unwrap_or_else(|refusal| refusal.reply))
            }
            Err(refused) => {
                println!("est: {refused}");
                Ok(enrol.reject(Rejection::Forbidden, refused))
            }
        }
    }

    /// One certificate for one request: decided and recorded, then signed and recorded, then sent.
    pub(super) fn certify(
        &self,
        device: &DeviceId,
        decide: impl Fn(&ClientRecord, &Issuance) -> std::result::Result<Decision, Refused>,
    ) -> Result<std::result::Result<Certificate, Refused>> {
        let (rng, name) = (&mut Random(SysRng), device.to_string());
        loop {
            let old = self.database.find(Kind::Device, name.as_bytes())?;
            let issuance = Issuance::new(self.clock.now(), rng)?;
            let Decision { record, step, .. } = match decide(&ClientRecord::from_der(&old)?, &issuance) {
                Ok(decision) => decision,
                Err(refused) => return Ok(Err(refused)),
            };
            let decided = record.to_der();
            if decided != old && !self.database.replace(Kind::Device, name.as_bytes(), Some(&old), &decided)? {
                continue;
            }
            let unsigned = match step {
                Step::Send(certificate) => return Ok(Ok(certificate)),
                Step::Sign(unsigned) => unsigned,
            };
            let installation = self.installation()?;
            let key = self.key(installation.current().issuer_key())?;
            let certificate = unsigned.to_be_signed().sign_with(&key, rng)?;
            let signed = record.with_signed(certificate.clone())?.to_der();
            if self.database.replace(Kind::Device, name.as_bytes(), Some(&decided), &signed)? {
                return Ok(Ok(certificate));
            }
        }
    }

    /// Who is at the other end, by certificate and record. The first use of a certificate is recorded here.
    pub(super) fn authenticate(&self, client: &Client) -> Result<std::result::Result<Identity, Reply>> {
        let Some(chain) = self.client_chain(client)? else {
            return Ok(Err(Reply::refusal(401, &"a client certificate is needed")));
        };
        let clients = self.clients(&self.installation()?);
        loop {
            let identity = Identity::from_certificate_with(&chain, clients.uris())?;
            let name = identity.device().to_string();
            let old = self.database.find(Kind::Device, name.as_bytes())?;
            let found = match clients.authenticate(&chain, &ClientRecord::from_der(&old)?, self.clock.now()) {
                Ok(found) => found,
                Err(error) => return Ok(Err(Reply::refusal(403, &error))),
            };
            let Some(used) = found.first_use else { return Ok(Ok(found.identity)) };
            if self.database.replace(Kind::Device, name.as_bytes(), Some(&old), &used.to_der())? {
                println!("{}: client certificate in use", identity.device());
                return Ok(Ok(found.identity));
            }
        }
    }

    fn client_chain(&self, client: &Client) -> Result<Option<ValidatedChain>> {
        let Some((leaf, others)) = client.certificates.split_first() else { return Ok(None) };
        let (validator, mut pool) = self.installation()?.client_validator(PROVIDER);
        others.iter().for_each(|other| pool.add_certificate(other.clone()));
        Ok(Some(validator.validate(leaf, &pool, Purpose::CLIENT_AUTH, self.clock.now())?))
    }
}
