//! What the SCEP CAs decide: who may have a certificate, or renew one.

use std::{thread, time::Duration};

use getrandom::SysRng;
use mdm_proto::challenge::{ChallengeRecord, Grant, Lookup, Presented, RedeemPolicy, Step};
use pki_core::{chain::Pool, crypto::rustcrypto::Random};
use scep::{
    HttpRequest,
    server::{
        AgentPolicy, Authorized, Denied, Enrol, Error, Evidence, Incoming, Issuance, Names, Nature, Operation, Refusal,
        Reply as Unsigned, TransactionKey, TransactionLimits, TransactionRecord, TransactionState,
    },
};

use super::{Authority, Reply, Service, authority::Admission, database::Kind};
use crate::Result;

/// A reply to be signed, or none, when it is the server that has trouble.
type Decision = Result<std::result::Result<Unsigned, Refusal>>;

impl Service {
    pub(super) fn scep(&self, authority: &Authority, request: &HttpRequest) -> Result<Reply> {
        let rng = &mut Random(SysRng);
        let sealed = match authority.responder.receive(request, self.clock.now(), rng) {
            Ok(Incoming::Sealed(sealed)) => sealed,
            Ok(Incoming::Query(query)) => return Ok(query.reply().sign_with(&authority.key, rng)?.into()),
            Ok(_) => return Err("what came is not known here".into()),
            Err(refusal) => return Ok(refused(refusal).sign_with(&authority.key, rng)?.into()),
        };
        let reply = match sealed.open_with(&authority.key, rng) {
            Ok(Operation::PkcsReq(enrol) | Operation::RenewalReq(enrol)) => {
                self.enrol(authority, enrol)?.unwrap_or_else(refused)
            }
            Ok(Operation::CertPoll(poll)) => {
                let record = self.transaction(poll.transaction())?;
                poll.answer(record.as_ref(), rng).unwrap_or_else(refused)
            }
            Ok(_) => return Ok(Reply::refusal(501, &"certificates and CRLs are not looked up here")),
            Err(refusal) => refused(refusal),
        };
        Ok(reply.sign_with(&authority.key, rng)?.into())
    }

    /// First who may, then what is known: strangers take no room in the database.
    fn enrol(&self, authority: &Authority, enrol: Enrol) -> Decision {
        let rng = &mut Random(SysRng);
        let authorized = match self.authorize(authority, &enrol)? {
            Ok(authorized) => authorized,
            Err(denied) => return Ok(Err(enrol.refuse(denied, rng))),
        };
        // Those that the profile gives, with which the CSR was compared: here for a one-time challenge, by the broker, or as in
        // the certificate that is renewed.
        let names = Names::of_request(enrol.csr(), &authorized)?;
        if let Err(error) = authority.profile.check(enrol.csr(), &names) {
            return Ok(Err(enrol.refuse(error, rng)));
        }
        let key = enrol.transaction().clone();
        let new = TransactionRecord::new(&enrol, self.clock.now());
        let ends = self.clock.now().plus(TransactionLimits::DEFAULT.lifetime);
        self.database.insert(Kind::Transaction, &name_of(&key), &new.to_der(), Some(ends))?;
        let record = self.transaction(&key)?.ok_or("the transaction is gone")?;
        let state = match record.admit(&enrol) {
            Ok(TransactionState::Pending) => {
                let issuance = Issuance::new(self.clock.now(), rng)?;
                match authority.profile.certificate(enrol.csr(), &authorized, &names, &issuance) {
                    Ok(certificate) => self.settle(&key, TransactionState::Approved(certificate.into()))?,
                    Err(error) => return Ok(Err(enrol.refuse(error, rng))),
                }
            }
            Ok(state) => state.clone(),
            Err(conflict) => return Ok(Err(enrol.refuse(Error::Transaction(conflict), rng))),
        };
        let state = match state {
            // What was decided is in the database before, so that there is one certificate and no other.
            TransactionState::Approved(certificate) => {
                let certificate = certificate.to_be_signed().sign_with(&authority.key, rng)?;
                self.settle(&key, TransactionState::Issued(vec![certificate]))?
            }
            state => state,
        };
        let TransactionState::Issued(chain) = state else { return Err("the transaction is not decided".into()) };
        if let Some(certificate) = chain.first() {
            self.database.keep_certificate(&authority.id, certificate)?;
        }
        println!("scep {}: issued", authority.name);
        if self.hold.as_deref() == Some(authority.name) {
            println!("scep {}: the reply is held back", authority.name);
            #[expect(clippy::disallowed_methods, reason = "what --hold asks for")]
            thread::sleep(Duration::from_secs(60));
        }
        Ok(enrol.issue(&authorized, &chain, rng))
    }

    /// Whoever has a certificate of this CA may renew it, if policy says so; everybody else needs a challenge.
    fn authorize(&self, authority: &Authority, enrol: &Enrol) -> Result<std::result::Result<Authorized, Denied>> {
        Ok(match (enrol.nature(&authority.renewal, &AgentPolicy::new()), &authority.admission) {
            (Nature::Renewal, _) => {
                let status = self.database.status(enrol.signer())?;
                let (pool, now) = (Pool::new(), self.clock.now());
                enrol.authorize_renewal(&authority.renewal, Evidence::new(&pool).with_status(status), now)
            }
            (_, Admission::Static(password)) => enrol.check_challenge(password),
            (_, Admission::OneTime) => {
                self.redeem(enrol)?.and_then(|grant| enrol.authorize_challenge(grant.redeemed()))
            }
        })
    }

    /// Redeems a one-time challenge: who stores first has it.
    fn redeem(&self, enrol: &Enrol) -> Result<std::result::Result<Grant, Denied>> {
        let lookup = Lookup::new(&self.challenge_keys, Presented::of(enrol), RedeemPolicy::DEFAULT);
        let mut lookup = match lookup {
            Ok(lookup) => lookup,
            Err(error) => return Ok(Err(error.denied())),
        };
        loop {
            let mut old = None;
            for id in lookup.ids() {
                old = old.or(self.database.load(Kind::Challenge, id.as_bytes())?);
            }
            let record = old.as_deref().map(ChallengeRecord::from_der).transpose()?;
            let spending = match lookup.found(record.as_ref(), self.clock.now()) {
                Ok(Step::Granted(grant)) => {
                    println!("challenge: the request that redeemed it came again");
                    return Ok(Ok(grant));
                }
                Ok(Step::Store(spending)) => spending,
                Ok(step) => return Err(format!("what came later than this program: {step:?}").into()),
                Err(error) => {
                    println!("challenge: {error}");
                    return Ok(Err(error.denied()));
                }
            };
            let new = spending.record().to_der();
            if self.database.replace(Kind::Challenge, spending.id().as_bytes(), old.as_deref(), &new)? {
                println!("challenge: redeemed");
                return Ok(Ok(spending.stored()));
            }
            lookup = spending.lost();
        }
    }

    fn transaction(&self, key: &TransactionKey) -> Result<Option<TransactionRecord>> {
        let record = self.database.load(Kind::Transaction, &name_of(key))?;
        Ok(record.as_deref().map(TransactionRecord::from_der).transpose()?)
    }

    /// Goes on to this state. Gives what stands then, which may be an earlier decision.
    fn settle(&self, key: &TransactionKey, next: TransactionState) -> Result<TransactionState> {
        let (name, now) = (name_of(key), self.clock.now());
        loop {
            let old = self.database.find(Kind::Transaction, &name)?;
            let mut record = TransactionRecord::from_der(&old)?;
            let state = record.settle(next.clone(), now).clone();
            if self.database.replace(Kind::Transaction, &name, Some(&old), &record.to_der())? {
                return Ok(state);
            }
        }
    }
}

fn name_of(key: &TransactionKey) -> Vec<u8> {
    [key.authority.as_bytes(), key.id.as_bytes()].concat()
}

fn refused(Refusal { cause, reply }: Refusal) -> Unsigned {
    println!("scep: refused: {cause}");
    reply
}
