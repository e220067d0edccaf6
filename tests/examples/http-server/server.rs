//! What is decided: who may have what.

use std::sync::{Mutex, MutexGuard};

use getrandom::SysRng;
use pki_core::{Certificate, Crl, Secret, chain::Pool, crypto::rustcrypto::Random};
use rusqlite::Connection;
use scep::{
    http::{HttpRequest, HttpResponse},
    server::{
        AgentPolicy, Authorized, CertPoll, Conflict, Denied, Enrol, Error, Evidence, Incoming, Issuance, Lookup,
        LookupPolicy, Names, Nature, Operation, Refusal, RenewalPolicy, Reply, Responder, Sealed, TransactionKey,
        TransactionLimits, TransactionRecord, TransactionState,
    },
};

use crate::{Result, authority::Authority, database, now};

pub struct Server {
    pub responder: Responder,
    pub authority: Authority,
    pub challenge: Secret,
    pub renewal: RenewalPolicy,
    pub approval: Approval,
    pub database: Mutex<Connection>,
}

/// Who decides on what is authorised.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    Automatic,
    Manual,
}

/// A reply to be signed, or none, when it is the server that has trouble.
type Decision = Result<std::result::Result<Reply, Refusal>>;

impl Server {
    pub fn answer(&self, request: &HttpRequest) -> Result<HttpResponse> {
        match self.responder.receive(request, now(), &mut Random(SysRng)) {
            Ok(Incoming::Sealed(sealed)) => self.answer_sealed(sealed),
            Ok(Incoming::Query(query)) => self.sign(&query.reply()),
            Ok(_) => Err("what came is not known here".into()),
            Err(refusal) => self.sign(&refused(refusal)),
        }
    }

    /// The same octets get the same reply, which is kept before it is sent.
    fn answer_sealed(&self, sealed: Sealed) -> Result<HttpResponse> {
        let (key, message) = (sealed.transaction().clone(), *sealed.message_digest());
        if let Some(reply) = database::find(&*self.database()?, &key)?.and_then(|record| record.replay(&sealed)) {
            return Ok(reply);
        }
        let decrypter = self.authority.key_of(sealed.recipient())?;
        let mut answered = None;
        let reply = match sealed.open_with(decrypter, &mut Random(SysRng)) {
            Ok(operation) => self.decide(operation, &mut answered)?.unwrap_or_else(refused),
            Err(refusal) => refused(refusal),
        };
        let response = self.sign(&reply)?;
        let Some(state) = answered else { return Ok(response) };
        database::change(&*self.database()?, &key, |record| {
            record.keep_reply(&message, &state, response.clone(), &TransactionLimits::DEFAULT)
        })
    }

    /// By the key of the generation that was asked.
    fn sign(&self, reply: &Reply) -> Result<HttpResponse> {
        let signer = match reply.signer() {
            Some(certificate) => self.authority.key_of(certificate)?,
            None => self.authority.key_of(self.responder.current(now()).signing())?,
        };
        Ok(reply.sign_with(signer, &mut Random(SysRng))?)
    }

    /// The reply, and how the transaction stands, if it speaks of one.
    fn decide(&self, operation: Operation, answered: &mut Option<TransactionState>) -> Decision {
        match operation {
            Operation::PkcsReq(enrol) | Operation::RenewalReq(enrol) => self.enrol(enrol, answered),
            Operation::CertPoll(poll) => self.poll(poll, answered),
            Operation::GetCert(lookup) => self.look_up_certificate(lookup),
            Operation::GetCrl(lookup) => self.look_up_crl(lookup),
            _ => Err("what came is not known here".into()),
        }
    }

    // --- A certificate is asked for

    /// First who may, then what is known: strangers take no room in the database.
    fn enrol(&self, enrol: Enrol, answered: &mut Option<TransactionState>) -> Decision {
        let rng = &mut Random(SysRng);
        let authorized = match self.authorize(&enrol)? {
            Ok(authorized) => authorized,
            Err(denied) => return Ok(Err(enrol.refuse(denied, rng))),
        };
        // A renewal gets the names of the certificate that it renews. The names of a first request are those that it asks
        // for: who knows the challenge is believed here. A service that gives out a challenge for each device knows better.
        let names = Names::of_request(enrol.csr(), &authorized)?;
        let issuer = self.authority.issuer(&enrol.transaction().authority)?;
        if let Err(error) = issuer.profile.check(enrol.csr(), &names) {
            return Ok(Err(enrol.refuse(error, rng)));
        }
        let state = match self.admit(&enrol)? {
            Ok(TransactionState::Pending) if self.approval == Approval::Automatic => {
                let issuance = Issuance::new(now(), rng)?;
                match issuer.profile.certificate(enrol.csr(), &authorized, &names, &issuance) {
                    Ok(certificate) => self.authority.settle(
                        &*self.database()?,
                        enrol.transaction(),
                        TransactionState::Approved(certificate.into()),
                    )?,
                    Err(error) => return Ok(Err(enrol.refuse(error, rng))),
                }
            }
            Ok(state) => self.authority.finish(&*self.database()?, enrol.transaction(), state)?,
            Err(conflict) => return Ok(Err(enrol.refuse(Error::Transaction(conflict), rng))),
        };
        Ok(match answered.insert(state) {
            TransactionState::Issued(chain) => enrol.issue(&authorized, chain, rng),
            TransactionState::Rejected(info) => enrol.reject(*info, rng),
            TransactionState::Pending | TransactionState::Approved(_) => {
                // A key that can't decrypt gets the certificate under the challenge, which no poll has in it.
                if let Some(password_key) = enrol.reply_password_key(rng)? {
                    database::keep_password_key(&*self.database()?, enrol.transaction(), &password_key)?;
                }
                enrol.pend(rng)
            }
        })
    }

    /// Whoever has a certificate of ours may renew it, if policy says so; everybody else needs the challenge.
    fn authorize(&self, enrol: &Enrol) -> Result<std::result::Result<Authorized, Denied>> {
        Ok(match enrol.nature(&self.renewal, &AgentPolicy::new()) {
            Nature::Renewal => {
                let status = database::status(&*self.database()?, enrol.signer())?;
                enrol.authorize_renewal(&self.renewal, Evidence::new(&Pool::new()).with_status(status), now())
            }
            Nature::First | Nature::OnBehalf => enrol.check_challenge(&self.challenge),
        })
    }

    /// How a request stands; a new one is pending.
    fn admit(&self, enrol: &Enrol) -> Result<std::result::Result<TransactionState, Conflict>> {
        let database = self.database()?;
        let now = now();
        database::forget_before(&database, now.minus(TransactionLimits::DEFAULT.lifetime))?;
        if let Some(earlier) = database::find(&database, enrol.transaction())?
            && earlier.is_over(enrol)
        {
            database::remove(&database, &earlier)?;
        }
        database::insert(&database, &TransactionRecord::new(enrol, now), enrol.csr())?;
        let record = database::find(&database, enrol.transaction())?.ok_or("the transaction is gone")?;
        Ok(record.admit(enrol).cloned())
    }

    fn poll(&self, poll: CertPoll, answered: &mut Option<TransactionState>) -> Decision {
        let database = self.database()?;
        let key = poll.transaction().clone();
        if let Some(record) = database::find(&database, &key)? {
            *answered = Some(self.authority.finish(&database, &key, record.state().clone())?);
        }
        let poll = match database::password_key(&database, &key)? {
            Some(password_key) => poll.with_password_key(password_key),
            None => poll,
        };
        Ok(poll.answer(database::find(&database, &key)?.as_ref(), &mut Random(SysRng)))
    }

    // --- Something is looked up

    /// Everybody may see the own certificate, as long as it is good.
    fn look_up_certificate(&self, lookup: Lookup<Certificate>) -> Decision {
        let rng = &mut Random(SysRng);
        let authorized = match lookup.authorize(LookupPolicy::OwnCertificate, &self.crls()?, now()) {
            Ok(authorized) => authorized,
            Err(denied) => return Ok(Err(lookup.deny(denied, rng))),
        };
        for issuer in self.authority.issuers() {
            let found = database::certificate(&*self.database()?, &issuer.id, lookup.target().serial_number())?;
            if let Some(certificate) = found.filter(|certificate| lookup.target().names(certificate)) {
                return Ok(lookup.answer(&authorized, &certificate, rng));
            }
        }
        Ok(Err(lookup.not_found(rng)))
    }

    /// Everybody who has a certificate may have the CRL.
    fn look_up_crl(&self, lookup: Lookup<Crl>) -> Decision {
        let rng = &mut Random(SysRng);
        let authorized = match lookup.authorize(&self.crls()?, now()) {
            Ok(authorized) => authorized,
            Err(denied) => return Ok(Err(lookup.deny(denied, rng))),
        };
        let wanted = lookup.target().issuer().as_ref();
        match self.authority.issuers().find(|issuer| issuer.generation.ca().subject().matches(wanted)) {
            Some(issuer) => {
                let crl = issuer.crl(&database::revoked(&*self.database()?, &issuer.id)?)?;
                Ok(lookup.answer(&authorized, &crl, rng))
            }
            None => Ok(Err(lookup.not_found(rng))),
        }
    }

    /// What tells whether a requester's certificate is revoked.
    fn crls(&self) -> Result<Pool> {
        let mut pool = Pool::new();
        for issuer in self.authority.issuers() {
            pool.add_crl(issuer.crl(&database::revoked(&*self.database()?, &issuer.id)?)?);
        }
        Ok(pool)
    }

    fn database(&self) -> Result<MutexGuard<'_, Connection>> {
        self.database.lock().map_err(|_| "the database was left in disorder".into())
    }
}

impl Authority {
    /// Decides, and signs what is approved. Gives what stands then, which may be an earlier decision.
    pub fn settle(
        &self,
        database: &Connection,
        key: &TransactionKey,
        next: TransactionState,
    ) -> Result<TransactionState> {
        let now = now();
        let state = database::change(database, key, |record| record.settle(next.clone(), now).clone())?;
        self.finish(database, key, state)
    }

    /// Signs what is approved: what was decided is in the database before, so that there is one certificate and no other.
    fn finish(&self, database: &Connection, key: &TransactionKey, state: TransactionState) -> Result<TransactionState> {
        let TransactionState::Approved(certificate) = &state else { return Ok(state) };
        let issued = TransactionState::Issued(vec![self.issuer(&key.authority)?.sign(certificate)?]);
        let now = now();
        let state = database::change(database, key, |record| record.settle(issued.clone(), now).clone())?;
        if let TransactionState::Issued(chain) = &state
            && let Some(certificate) = chain.first()
        {
            database::keep_certificate(database, &key.authority, certificate)?;
        }
        eprintln!("{}: issued", key.id);
        Ok(state)
    }
}

fn refused(Refusal { cause, reply }: Refusal) -> Reply {
    eprintln!("refused: {cause}");
    reply
}
